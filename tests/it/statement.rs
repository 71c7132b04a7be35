//! The privacy statement: one source for page, Markdown and JSON; its versions; and the letter that
//! tells people of a change, once for each address.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lethe::actions::statement::announce;
use lethe::actions::{ActionError, objections, statement};
use lethe::app::App;
use lethe::config::policy::{self, BUILT_IN};
use lethe::db;
use lethe::domain::staff::Role;
use lethe::i18n::Lang;
use lethe::imports::Source;
use lethe::seal::Unsubscribe;
use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp};

/// The same application under changed rules, as after the next start.
fn under(app: &TestApp, version: &str, text: &str) -> App {
    let mut changed = app.app.clone();
    changed.policy = Arc::new(policy::parse(text).unwrap());
    changed.policy_version = version.into();
    changed
}

fn shorter() -> String {
    BUILT_IN.replacen("period = \"2 years\"", "period = \"1 year\"", 1)
}

/// Licences under maintenance, one for each address; `n` numbers them.
async fn customers(app: &TestApp, addresses: &[String], ends: &str) {
    let rows: Vec<Value> = addresses
        .iter()
        .map(|address| {
            json!({
                "addonKey": "board", "addonName": "Board", "hosting": "Cloud", "licenseType": "COMMERCIAL",
                "appEntitlementId": format!("id-{address}"), "appEntitlementNumber": format!("E-{address}"),
                "status": if ends < "2026-11-20" { "inactive" } else { "active" },
                "lastUpdated": "2026-11-01", "maintenanceStartDate": "2024-01-01", "maintenanceEndDate": ends,
                "contactDetails": {
                    "company": "Halden", "country": "Germany", "region": "EMEA",
                    "technicalContact": { "email": address, "name": "A Person" },
                },
            })
        })
        .collect();
    let report = app
        .import(Source::Licences, &Value::Array(rows).to_string())
        .await;
    assert_eq!(report.counts.refused, 0, "{report}");
}

fn addresses(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!("person{n}@halden.example"))
        .collect()
}

async fn text(app: &TestApp, path: &str) -> String {
    app.browser();
    let answer = reqwest::get(format!("{}{path}", app.url)).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn page_markdown_and_json_say_the_same_and_the_date_in_force() {
    let app = TestApp::start().await;
    statement::put_in_force(&app.app).await.unwrap();
    for lang in Lang::all() {
        let tag = lang.tag();
        let page = app.browser().get(&format!("/privacy?lang={tag}")).await;
        let markdown = text(&app, &format!("/privacy.md?lang={tag}")).await;
        let json: Value =
            serde_json::from_str(&text(&app, &format!("/privacy.json?lang={tag}")).await).unwrap();
        assert_eq!(json["language"], tag);
        assert_eq!(json["in_force_since"], "2026-11-20");
        let since = lang.date_medium(app.app.today());
        assert!(page.text.contains(&since) && markdown.contains(&since));
        let kept = json["kept"].as_array().unwrap();
        assert!(kept.len() >= app.app.policy.rules.len() - 1);
        for row in kept.iter().chain(json["backups"].as_array().unwrap()) {
            let period = row["period"].as_str().unwrap();
            assert!(page.text.contains(period), "{period}");
            assert!(markdown.contains(period), "{period}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_is_stored_once_and_the_text_of_an_old_one_can_be_had() {
    let app = TestApp::start().await;
    let first = app.app.policy_version.to_string();
    for _ in 0..2 {
        statement::put_in_force(&app.app).await.unwrap();
    }
    let changed = under(&app, "v2", &shorter());
    for _ in 0..2 {
        statement::put_in_force(&changed).await.unwrap();
    }
    assert_eq!(app.count("policies", "1 = 1"), 2);
    assert_eq!(app.count("audit_index", "action = 'policy_changed'"), 2);
    let (old, known) = statement::of_version(&app.app, Lang::En, &first)
        .await
        .unwrap();
    assert_eq!(known.text, BUILT_IN);
    let period = |said: &statement::Statement| {
        let row = said.kept.iter().find(|kept| kept.id == "tickets");
        row.unwrap().period.clone()
    };
    assert!(period(&old).contains("2\u{a0}years"));
    let (new, _) = statement::of_version(&app.app, Lang::En, "v2")
        .await
        .unwrap();
    assert!(period(&new).contains("1\u{a0}year "));
    assert!(matches!(
        statement::of_version(&app.app, Lang::En, "v3").await,
        Err(ActionError::NotFound)
    ));
    // What the process that still runs under the first rules would change back.
    let coming = statement::coming(&app.app, Lang::En).await.unwrap();
    assert_eq!(coming.len(), 1, "{coming:?}");
    assert_eq!(coming[0].id, "tickets");
    // A version that comes back is in force again, and stored no second time.
    statement::put_in_force(&app.app).await.unwrap();
    assert_eq!(app.count("policies", "1 = 1"), 2);
    assert_eq!(statement::coming(&app.app, Lang::En).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_letter_goes_once_to_each_address_over_a_kill_and_to_nobody_who_must_be_left_in_peace()
{
    let app = TestApp::start().await;
    statement::put_in_force(&app.app).await.unwrap();
    let people = addresses(260);
    customers(&app, &people, "2027-06-30").await;
    // The same person on a second licence, and one whose period is over.
    customers(&app, &["former@halden.example".to_owned()], "2025-01-31").await;
    let second: Vec<String> = vec![people[0].to_uppercase()];
    customers(&app, &second, "2027-01-31").await;
    // One objects to marketing: it is a duty notice. One was erased, one is restricted.
    let token = app.app.keys.unsubscribe_token(&Unsubscribe {
        address: people[1].clone(),
        list: "*".to_owned(),
        tool: None,
        tool_id: None,
    });
    objections::unsubscribe(&app.app, &token, false, "one_click")
        .await
        .unwrap();
    let (erased, restricted) = (people[2].clone(), people[3].clone());
    let digests = |address: &str| {
        app.app
            .address_digests(&lethe::domain::email::Email::parse(address).unwrap())
    };
    let (of_erased, id, now) = (digests(&erased), app.app.id(), app.app.clock.now());
    app.app
        .db
        .write(move |conn| {
            db::guards::guard_erasure(conn, id, &of_erased[0], "*", "*", "request", now)
        })
        .await
        .unwrap();
    let request = app.ask_and_confirm("review", &restricted, &[]).await;
    app.app
        .db
        .write(move |conn| {
            let request = db::requests::find(conn, request.id)?.unwrap();
            let (mut request, _) = request.restrict(true, now).unwrap();
            db::requests::save(conn, &mut request)
        })
        .await
        .unwrap();

    let changed = under(&app, "v2", &shorter());
    statement::put_in_force(&changed).await.unwrap();
    let agent = app.actor(Role::Agent).await;
    let lead = app.actor(Role::Lead).await;
    assert!(
        announce::overview(&changed, &agent, Lang::En)
            .await
            .is_err()
    );
    let overview = announce::overview(&changed, &lead, Lang::En).await.unwrap();
    assert!(overview.is_due());
    assert_eq!(overview.people, 258);
    assert_eq!(overview.letters.len(), Lang::all().len());
    let words: Vec<&str> = overview.letters[0].1.text.split_whitespace().collect();
    assert!(
        words
            .join(" ")
            .contains("Kept for 1 year after the closing of the ticket.")
    );
    assert!(announce::send(&changed, &lead, "v1").await.is_err());
    announce::send(&changed, &lead, "v2").await.unwrap();
    assert!(
        announce::send(&changed, &lead, "v2").await.is_err(),
        "a second click sends nothing"
    );
    let id = app
        .app
        .db
        .read(|conn| db::policies::announcements(conn, 1))
        .await
        .unwrap()[0]
        .id;
    // What a process leaves that is killed between two batches.
    assert!(announce::write_batch(&changed, id).await.unwrap());
    let so_far = app.count("outbox", "letter = 'statement_changed'");
    assert!((1..=100).contains(&so_far), "{so_far}");
    // And one that is killed at any instant.
    let file = app.config_file("");
    for _ in 0..3 {
        let before = app.count("outbox", "letter = 'statement_changed'");
        let mut command = app.command(&file);
        let mut worker = command.arg("worker").stdout(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        while app.count("outbox", "letter = 'statement_changed'") == before
            && app.count("jobs", "kind = 'announce'") > 0
        {
            assert!(Instant::now() < end, "the worker writes nothing");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    announce::write(&changed, id).await.unwrap();
    assert_eq!(app.count("outbox", "letter = 'statement_changed'"), 258);
    let done = app
        .app
        .db
        .read(move |conn| db::policies::announcement(conn, id))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(done.letters, 258);
    assert!(done.done_at.is_some());
    let mut causes: Vec<String> = Vec::new();
    for address in &people {
        let digest = app
            .app
            .address_digest(&lethe::domain::email::Email::parse(address).unwrap());
        let hex: String = digest.bytes.iter().map(|b| format!("{b:02x}")).collect();
        let cause = format!("announcement:{id}:{hex}");
        let count = app.count("outbox", &format!("cause = '{cause}'"));
        let wanted = i64::from(*address != erased && *address != restricted);
        assert_eq!(count, wanted, "{address}");
        causes.push(cause);
    }
    assert_eq!(app.count("audit_index", "action = 'policy_announced'"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_sees_the_difference_and_the_letter_and_says_why_nobody_need_be_told() {
    let app = TestApp::start().await;
    statement::put_in_force(&app.app).await.unwrap();
    statement::put_in_force(&under(&app, "v2", &shorter()))
        .await
        .unwrap();
    for (role, status) in [(Role::Agent, 403), (Role::Auditor, 403)] {
        let email = format!("{role}@northwind.example");
        app.staff(&email, role).await;
        let browser = app.browser();
        browser.sign_in(&email, PASSWORD).await;
        assert_eq!(
            browser.get("/admin/statement").await.status,
            status,
            "{role}"
        );
        assert_eq!(browser.get("/admin/registers").await.status, 200, "{role}");
    }
    app.staff("lead@northwind.example", Role::Lead).await;
    let browser = app.browser();
    browser.sign_in("lead@northwind.example", PASSWORD).await;
    let page = browser.get("/admin/statement").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("2\u{a0}years after") && page.text.contains("1\u{a0}year after"));
    assert!(page.text.contains("has changed its privacy statement"));
    let exempt = "/admin/statement/exemption";
    let wrong = browser
        .send(&page, exempt, &[("seen", "v2"), ("reason", " ")])
        .await;
    assert_eq!(wrong.status, 422);
    let done = browser
        .send(
            &page,
            exempt,
            &[("seen", "v2"), ("reason", "Shorter is better for all")],
        )
        .await;
    assert_eq!(done.status, 200);
    assert!(done.text.contains("Shorter is better for all"));
    assert_eq!(announce::waits_since(&app.app).await.unwrap(), None);
    assert_eq!(app.count("outbox", "letter = 'statement_changed'"), 0);
    assert_eq!(
        app.count("audit_index", "action = 'policy_not_announced'"),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_prints_statement_and_record_in_every_form() {
    let app = TestApp::start().await;
    let file = app.config_file("");
    let run = |arguments: &[&str]| {
        let output = app.command(&file).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let markdown = run(&["statement", "--lang", "de"]);
    assert!(markdown.starts_with("# Datenschutzerklärung von Northwind Apps\n"));
    let json: Value = serde_json::from_str(&run(&["statement", "--format", "json"])).unwrap();
    assert_eq!(json["form"], "lethe-statement/1");
    assert!(run(&["statement", "--format", "html"]).starts_with("<!doctype html>"));
    assert_eq!(run(&["statement", "--format", "policy"]), BUILT_IN);
    let record: Value =
        serde_json::from_str(&run(&["register", "processing", "--format", "json"])).unwrap();
    assert_eq!(record["form"], "lethe-processing/1");
    assert!(run(&["register", "processing", "--lang", "de"]).contains("Verzeichnis"));
    let wrong = app
        .command(&file)
        .args(["statement", "--version", "nope"])
        .output()
        .unwrap();
    assert!(!wrong.status.success());
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(said.contains("was never in force here"), "{said}");
}

//! The feed of a mailing tool when something is out of the ordinary: an objection that stood before a
//! link said whose it is, a restored database, a clock that is set back, a tool that comes late.

use std::process::Command;

use diesel::connection::SimpleConnection;
use jiff::SignedDuration;
use lethe::actions::senders::{self, Added, KnownAs};
use lethe::actions::{objections, trail::succession};
use lethe::db;
use lethe::domain::email::Email;
use lethe::domain::event::{Actor, Loss};
use lethe::domain::sender::Scope;
use lethe::domain::staff::Role;
use lethe::i18n::Lang;
use lethe::seal::Unsubscribe;
use serde_json::{Value, json};

use crate::senders::{ANN, Answer, Hook, Tool, add, digest, lists, token, unsubscribe, with_input};
use crate::support::TestApp;

const HEARS: &[Scope] = &[Scope::Suppressions];

/// What a tool is told, without the places.
async fn told(app: &TestApp, added: &Added) -> Vec<(String, Value, Value)> {
    let changes = Tool::new(app, added.token.as_str()).changes(0).await;
    let part = |change: &Value, name: &str| change[name].clone();
    changes
        .iter()
        .map(|change| {
            let what = change["change"].as_str().unwrap().to_owned();
            (what, part(change, "digest"), part(change, "id"))
        })
        .collect()
}

fn added(digest: impl Into<Value>, id: impl Into<Value>) -> (String, Value, Value) {
    ("added".to_owned(), digest.into(), id.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_tells_each_tool_what_it_could_not_know_of_an_objection_that_stands() {
    let app = TestApp::start().await;
    let agent = app.actor(Role::Agent).await;
    objections::add(&app.app, &agent, ANN, "news", "By telephone")
        .await
        .unwrap();
    let news = add(&app.app, "newsletter", HEARS, None).await;
    let crm = add(&app.app, "crm", HEARS, None).await;
    app.run_jobs().await;
    assert_eq!(told(&app, &news).await, [added(Value::Null, Value::Null)]);

    // The link has the address, and the newsletter's own id. Pressed again it says nothing new.
    for _ in 0..2 {
        unsubscribe(&app.app, ANN, "news").await;
        app.run_jobs().await;
        let mine = added(digest(&news.keys, ANN), format!("id-of-{ANN}"));
        assert_eq!(
            told(&app, &news).await,
            [added(Value::Null, Value::Null), mine]
        );
        let theirs = added(digest(&crm.keys, ANN), Value::Null);
        assert_eq!(
            told(&app, &crm).await,
            [added(Value::Null, Value::Null), theirs]
        );
    }

    // The tool has the person twice: the second id is told too, and only to it.
    let second = KnownAs {
        tool: "newsletter",
        id: "42",
    };
    let email = Email::parse(ANN).unwrap();
    let link = senders::link(&app.app, &email, "News", Some(second)).url;
    let link = link.rsplit('/').next().unwrap();
    objections::unsubscribe(&app.app, link, false, "page")
        .await
        .unwrap();
    app.run_jobs().await;
    assert_eq!(
        told(&app, &news).await[2],
        added(digest(&news.keys, ANN), "42"),
        "and the case of a list's name does not matter"
    );
    assert_eq!(told(&app, &crm).await.len(), 2);

    // An export names each person once for each id.
    let output = with_input(
        &app,
        "",
        &["suppressions", "export", "--token", "newsletter"],
        b"",
    );
    let exported = String::from_utf8(output.stdout).unwrap();
    assert_eq!(exported.lines().count(), 1 + 2, "{exported}");

    // A later token of the same tool knows both ids from the beginning; a lift is told under both.
    let scopes = HEARS;
    let more = senders::add_token(
        &app.app,
        &Actor::Operator,
        "more",
        Some("newsletter"),
        scopes,
        None,
    );
    let more = more.await.unwrap();
    app.run_jobs().await;
    let id = format!("id-of-{ANN}");
    assert_eq!(
        told(&app, &more).await,
        [added(Value::Null, "42"), added(Value::Null, id.as_str())]
    );
    app.app.clock.advance(SignedDuration::from_secs(1));
    objections::resubscribe(&app.app, &token(&app.app, ANN, "NEWS"), Lang::En)
        .await
        .unwrap();
    app.run_jobs().await;
    let lifted = told(&app, &more).await.split_off(2);
    let lift = |id: &str| {
        (
            "lifted".to_owned(),
            json!(digest(&more.keys, ANN)),
            json!(id),
        )
    };
    assert_eq!(lifted, [lift("42"), lift(&id)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_in_a_link_of_before_is_that_of_the_only_tool_or_of_none() {
    let app = TestApp::start().await;
    let press = async |address: &str, id: &str| {
        let old = app.app.keys.unsubscribe_token(&Unsubscribe {
            address: address.to_owned(),
            list: "news".to_owned(),
            tool_id: Some(id.to_owned()),
            tool: None,
        });
        objections::unsubscribe(&app.app, &old, false, "one_click")
            .await
            .unwrap();
        app.run_jobs().await;
    };
    let news = add(&app.app, "newsletter", HEARS, None).await;
    press(ANN, "41").await;
    assert_eq!(
        told(&app, &news).await,
        [added(digest(&news.keys, ANN), "41")]
    );
    let crm = add(&app.app, "crm", HEARS, None).await;
    app.run_jobs().await;
    press("bo@halden.example", "17").await;
    for tool in [&news, &crm] {
        let last = told(&app, tool).await.pop().unwrap();
        assert_eq!(
            last,
            added(digest(&tool.keys, "bo@halden.example"), Value::Null)
        );
    }
}

/// The tree as it was when the backup was made; the copy beside the journal knows more.
const RESTORED: &str = "DELETE FROM audit_sequence WHERE position > 1;
     DELETE FROM audit_nodes WHERE position > 1;
     DELETE FROM audit_pending;
     DELETE FROM audit_checkpoints";

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_no_cursor_of_before_is_taken_for_one_of_now() {
    let app = TestApp::start().await;
    let hook = Hook::start(&[]);
    let news = add(&app.app, "newsletter", HEARS, None).await;
    add(&app.app, "crm", HEARS, Some(&hook.url)).await;
    for n in 0..3 {
        unsubscribe(&app.app, &format!("p{n}@halden.example"), "news").await;
    }
    app.run_jobs().await;
    lethe::actions::trail::checkpoint::make(&app.app)
        .await
        .unwrap();
    let tool = Tool::new(&app, news.token.as_str());
    assert_eq!(tool.changes(0).await.len(), 3);
    let applied = "/api/v1/suppressions/applied";
    assert_eq!(tool.post(applied, &json!({"through": 3})).await.0, 200);
    assert_eq!(hook.sent().last().unwrap().places().last(), Some(&3));

    // The backup knows one change. A cursor beyond it is refused instead of waited for.
    app.connect()
        .batch_execute(
            "DELETE FROM suppression_feed WHERE place > 1;
             UPDATE sender_state SET last_place = 1, applied_through = 1",
        )
        .unwrap();
    let (status, body) = tool.get("/api/v1/suppressions?after=3").await;
    assert_eq!(status, 422);
    let said = body["message"].as_str().unwrap();
    assert!(said.contains("Ask from 0 again"), "{said}");
    assert_eq!(tool.post(applied, &json!({"through": 3})).await.0, 422);

    // Other changes get the lost places. With the new log every feed begins anew, so that none of
    // them passes for what the tool has.
    for n in 3..6 {
        unsubscribe(&app.app, &format!("p{n}@halden.example"), "news").await;
    }
    while senders::sequence(&app.app).await.unwrap() > 0 {}
    app.connect().batch_execute(RESTORED).unwrap();
    let begun = succession::begin(&app.app, &Actor::Operator, Loss::Restored, None).await;
    begun.unwrap();
    app.run_jobs().await;
    for after in [1, 3, 4] {
        let path = format!("/api/v1/suppressions?after={after}");
        assert_eq!(tool.get(&path).await.0, 422, "{after}");
    }
    let all = tool.changes(0).await;
    assert_eq!(all.len(), 4);
    let first = all[0]["cursor"].as_i64().unwrap();
    assert!(first > 1_000_000_000, "{first}");
    assert_eq!(tool.changes(first).await.len(), 3);
    assert_eq!(tool.changes(first - 1).await.len(), 4);
    let last = hook.sent().pop().unwrap().places();
    assert_eq!(last, (first..first + 4).collect::<Vec<i64>>(), "all again");
    let done = json!({"through": first + 3});
    assert_eq!(tool.post(applied, &done).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_stops_neither_webhook_nor_filling() {
    let app = TestApp::start().await;
    let hook = Hook::start(&[Answer::Status(500)]);
    add(&app.app, "crm", HEARS, Some(&hook.url)).await;
    app.run_jobs().await;
    unsubscribe(&app.app, ANN, "news").await;
    app.run_jobs().await;
    assert_eq!(hook.sent().len(), 1, "refused, and to be tried again");
    let late = add(&app.app, "late", HEARS, None).await;
    app.app.clock.advance(SignedDuration::from_hours(-30));
    app.run_jobs().await;
    assert_eq!(hook.sent().len(), 2);
    assert_eq!(told(&app, &late).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_whose_filling_has_not_ended_is_not_told_that_there_is_no_more() {
    let app = TestApp::start().await;
    for n in 0..120 {
        unsubscribe(&app.app, &format!("p{n}@halden.example"), "news").await;
    }
    let news = add(&app.app, "newsletter", HEARS, None).await;
    add(&app.app, "mailer", &[Scope::Links], None).await;
    let tool = Tool::new(&app, news.token.as_str());
    let page = "/api/v1/suppressions?after=0";
    let (_, body) = tool.get(page).await;
    assert_eq!(body, json!({"changes": [], "next": 0, "more": true}));

    // No worker ran for a day: the tool is late, though there is nothing that it could apply.
    let before = app.app.clock.now() + SignedDuration::from_secs(1);
    let late = app.app.db.read(move |conn| db::senders::late(conn, before));
    let late = late.await.unwrap();
    assert_eq!(late.len(), 1, "{late:?}");
    assert_eq!(late[0].name, "newsletter");

    // An export waits for no worker.
    let export = ["suppressions", "export", "--token", "newsletter"];
    let output = with_input(&app, "", &export, b"");
    let lines = String::from_utf8(output.stdout).unwrap().lines().count();
    assert_eq!(lines, 121);
    app.run_jobs().await;
    let (_, body) = tool.get(page).await;
    assert_eq!(body["more"], false);
    assert_eq!(body["changes"].as_array().unwrap().len(), 120);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_far_behind_lets_other_jobs_have_their_turn() {
    let app = TestApp::start().await;
    let hook = Hook::start(&[]);
    add(&app.app, "crm", HEARS, Some(&hook.url)).await;
    app.run_jobs().await;
    app.connect()
        .batch_execute(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2050)
             INSERT INTO suppression_feed (id, token_id, objection_id, place, list, change, at, written_at)
             SELECT 'c' || n, (SELECT id FROM api_tokens), 'o', n, 'news', 'added', 0, 0 FROM numbers;
             UPDATE sender_state SET last_place = 2050",
        )
        .unwrap();
    let crm = app.app.db.read(db::senders::tokens).await.unwrap()[0]
        .sender
        .id;
    senders::notify(&app.app, crm).await.unwrap();
    assert_eq!(hook.sent().len(), 20);
    app.run_jobs().await;
    let places: Vec<i64> = hook.sent().iter().flat_map(|sent| sent.places()).collect();
    assert_eq!(places, (1..=2050).collect::<Vec<i64>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_list_is_the_same_in_any_case() {
    for configured in [true, false] {
        let app = TestApp::start_with(|config| {
            if configured {
                lists(config);
                config.lists[0].name = "News".to_owned();
            }
        })
        .await;
        let news = add(&app.app, "newsletter", HEARS, None).await;
        unsubscribe(&app.app, ANN, "nEws").await;
        let tool = Tool::new(&app, news.token.as_str());
        for list in ["news", "NEWS"] {
            let question = json!({"list": list, "addresses": [ANN]});
            let (status, body) = tool.post("/api/v1/suppressions/check", &question).await;
            assert_eq!(status, 200, "{body}");
            assert_eq!(body["results"][0]["write"], false, "{list}");
            let filter = ["suppressions", "filter", "--list", list];
            let more = "[[lists]]\nname = \"News\"\ntitle = \"News\"\n";
            let output = with_input(
                &app,
                if configured { more } else { "" },
                &filter,
                format!("email\n{ANN}\nbo@halden.example\n").as_bytes(),
            );
            assert_eq!(output.stdout, b"email\nbo@halden.example\n", "{list}");
        }
        unsubscribe(&app.app, ANN, "NEWS").await;
        assert_eq!(app.count("objections", "1 = 1"), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_with_several_addresses_is_left_out_if_one_of_them_objects() {
    let app = TestApp::start().await;
    unsubscribe(&app.app, ANN, "news").await;
    let kept: &[u8] = b"Dee,dee@halden.example,,\nEve,,eve@halden.example,\n";
    let gone: &[u8] = b"Ann,dee@halden.example,ann@halden.example,\nAnn,ann@halden.example,,x@\n\
        Fay,fay@halden.example,nobody,\nGus,,,\n";
    let input = [b"name,email,billing,note\n", kept, gone].concat();
    let run = |columns: &[&str]| {
        let mut arguments = vec!["suppressions", "filter"];
        for column in columns {
            arguments.extend(["--column", column]);
        }
        let output = with_input(&app, "", &arguments, &input);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        (output.stdout, said)
    };
    let (out, said) = run(&["email", "Billing"]);
    assert_eq!(out, [b"name,email,billing,note\n", kept].concat());
    assert!(
        said.contains("2 rows may be written to, 2 may not, 2 have no address"),
        "{said}"
    );
    // Every cell with an @; the word in the column of Fay is none.
    let (out, _) = run(&["*"]);
    let fay = b"Fay,fay@halden.example,nobody,\n";
    assert_eq!(out, [b"name,email,billing,note\n", kept, fay].concat());
}

/// The block of Python in the documentation that has these words in it.
fn sample(words: &str) -> String {
    let path = format!("{}/docs/senders.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```python\n").skip(1);
    let mut blocks = blocks.filter_map(|rest| rest.split("```").next());
    blocks
        .find(|block| block.contains(words))
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_of_the_documentation_makes_the_digest_of_lethe() {
    let app = TestApp::start().await;
    let news = add(&app.app, "newsletter", HEARS, None).await;
    for address in [
        "Ann@Halden.example",
        " \u{feff}ann@halden.example\u{200b}\r\n",
        "\u{3000}\u{ad}ÅSE.Ærø@HALDEN.example\u{2060}\u{a0}",
        "ΟΔΟΣ@halden.example",
    ] {
        let email = Email::parse(address).unwrap();
        let program = format!(
            "import json, sys\nDIGEST_KEY = sys.argv[1]\n{}\nprint(digest(json.loads(sys.argv[2])))",
            sample("def digest")
        );
        let output = Command::new("/usr/bin/python3")
            .args(["-c", &program, &news.keys.digest_key()])
            .arg(json!(address).to_string())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            said.trim(),
            digest(&news.keys, email.normalised()),
            "{address:?} {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

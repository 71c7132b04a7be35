//! The registers: a removal waits for a copy outside the stores, somebody looks through who may do
//! what, and a statistic that leads to a person is inside the request.

use std::process::Stdio;

use jiff::civil::date;
use jiff::{SignedDuration, ToSpan};
use lethe::actions::queries::desk::{self, Why};
use lethe::actions::taken::{self, NewCopy};
use lethe::actions::{ActionError, registers, reviews};
use lethe::clock::Clock;
use lethe::db;
use lethe::domain::event::Actor;
use lethe::domain::ids::CopyId;
use lethe::domain::request::{DecisionError, Progress, Request};
use lethe::domain::staff::Role;
use lethe::i18n::Lang;
use lethe::imports::Source;
use lethe::seal::{KeyRing, Purpose};

use crate::support::{PASSWORD, TestApp};

const ANN: &str = "ann@halden.example";
const BOB: &str = "bob@solvind.example";
const PLACE: &str = "Zirconia laptop in the Quillfeather drawer";

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// A mail without the ends of its lines.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A copy of everybody's data, or of one person's, that an outsider holds until in ten days.
fn copy(app: &TestApp, person: Option<&str>) -> NewCopy {
    NewCopy {
        what: "Support tickets".to_owned(),
        person: person.map(str::to_owned),
        recipient: "Vexley Bookkeeping".to_owned(),
        place: PLACE.to_owned(),
        why: "The books of the year".to_owned(),
        until_on: Some(app.app.today().saturating_add(10.days())),
        ..NewCopy::default()
    }
}

async fn enter(app: &TestApp, person: Option<&str>) -> CopyId {
    let agent = app.actor(Role::Agent).await;
    let new = copy(app, person);
    taken::enter(&app.app, &agent, new).await.unwrap()
}

async fn destroy(app: &TestApp, id: CopyId) {
    let agent = app.actor(Role::Agent).await;
    let today = Some(app.app.today());
    let done = taken::destroyed(&app.app, &agent, id, today, "Ruth Vexley").await;
    done.unwrap();
}

/// A ticket of Ann's, and her accepted removal with everything done that can be.
async fn accepted(app: &TestApp) -> Request {
    let ticket = format!(
        r#"{{"key":"T-1","subject":"Help","status":"closed","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{ANN}","name":"P"}},"participants":[],"messages":[{{"key":"1","author":{{"email":"{ANN}"}},"at":"2026-01-02T03:04:05Z","body":"Hello"}}]}}"#
    );
    app.import(Source::Tickets, &ticket).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    for _ in 0..5 {
        app.run_jobs().await;
        app.app.clock.advance(SignedDuration::from_secs(60));
    }
    request
}

async fn progress(app: &TestApp, request: &Request) -> Progress {
    let id = request.id;
    let found = app.app.db.read(move |conn| db::requests::find(conn, id));
    found.await.unwrap().unwrap().progress
}

fn actions(app: &TestApp, action: &str) -> i64 {
    app.count("audit_index", &format!("action = '{action}'"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_waits_for_a_copy_of_everybody_and_closes_by_itself_when_it_is_destroyed() {
    let app = TestApp::start().await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let agent = app.staff("agent@northwind.example", Role::Agent).await;
    let id = enter(&app, None).await;
    let request = accepted(&app).await;
    assert_eq!(app.count("tickets", "1 = 1"), 0, "the stores do not wait");
    assert_eq!(progress(&app, &request).await, Progress::Running);
    assert_eq!(app.count("certificates", "1 = 1"), 0);
    assert_eq!(app.count("jobs", "kind = 'run'"), 0, "nothing spins");

    let told = app.letters_to("lead@northwind.example").await;
    let waits = told
        .iter()
        .filter(|letter| letter.subject.contains("waits"));
    assert_eq!(waits.count(), 1, "once, however often the run looks");
    let text = unwrapped(&told[0].text);
    assert!(text.contains("Vexley Bookkeeping") && !text.contains("Zirconia"));
    assert!(app.letters_to("agent@northwind.example").await.is_empty());

    // The page of the request and of the run, and the overview, say who holds it.
    let browser = app.browser();
    browser.sign_in(agent.email.as_str(), PASSWORD).await;
    let path = format!("/admin/requests/{}", request.reference);
    for path in [path.clone(), format!("{path}/run")] {
        let page = browser.get(&path).await;
        assert!(
            page.text.contains("Vexley Bookkeeping holds a copy"),
            "{path}"
        );
        let link = format!("/admin/copies/{id}");
        assert!(page.attributes("a", "href").contains(&link), "{path}");
    }
    let page = browser.get("/admin").await;
    assert!(page.text.contains("Waits for a copy outside"));
    let actor = Actor::Staff {
        id: lead.id,
        role: Role::Lead,
    };
    let seen = desk::overview(&app.app, &actor).await.unwrap();
    let whys: Vec<Why> = seen.needs.iter().map(|need| need.why).collect();
    assert!(whys.contains(&Why::WaitsForCopy), "{whys:?}");

    // The hourly look lets nothing through.
    taken::sweep(&app.app).await.unwrap();
    app.run_jobs().await;
    assert_eq!(progress(&app, &request).await, Progress::Running);

    destroy(&app, id).await;
    let closed = app.until_it_rests(&request).await;
    assert_eq!(closed.progress, Progress::Done);
    app.run_jobs().await;
    assert_eq!(app.count("certificates", "1 = 1"), 1);
    for (action, count) in [
        ("copy_entered", 1),
        ("copy_extended", 0),
        ("copy_destroyed", 1),
        ("closed", 1),
    ] {
        assert_eq!(actions(&app, action), count, "{action}");
    }
    assert_eq!(app.is_anywhere("Zirconia"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_counts_for_its_person_alone_and_forgets_whose_it_was() {
    let app = TestApp::start().await;
    let other = enter(&app, Some(BOB)).await;
    let request = accepted(&app).await;
    let closed = app.until_it_rests(&request).await;
    assert_eq!(closed.progress, Progress::Done, "Bob's copy is not Ann's");

    // Ann's own, named by her reference, is known under the key of digests that comes next, too.
    let theirs = enter(&app, Some(&request.reference.to_string())).await;
    KeyRing::rotate(
        &app.app.config.keys.file,
        Purpose::Search,
        app.app.clock.now(),
    )
    .unwrap();
    app.app.keys.refresh().unwrap();
    taken::refresh(&app.app).await.unwrap();
    assert_eq!(
        app.count("copy_digests", &format!("copy_id = '{theirs}'")),
        2
    );
    assert_eq!(app.is_anywhere(BOB), Vec::<String>::new(), "it is sealed");

    let agent = app.actor(Role::Agent).await;
    let listed = taken::list(&app.app, &agent, false).await.unwrap();
    let people: Vec<_> = listed.iter().map(|one| &one.words.address).collect();
    assert_eq!(people, [&Some(BOB.to_owned()), &Some(ANN.to_owned())]);
    assert_eq!(app.count("audit_index", "action = 'looked_up'"), 1);
    let auditor = app.actor(Role::Auditor).await;
    let listed = taken::list(&app.app, &auditor, false).await.unwrap();
    assert!(listed.iter().all(|one| one.words.address.is_none()));

    destroy(&app, theirs).await;
    destroy(&app, other).await;
    assert_eq!(app.count("copy_digests", "1 = 1"), 0);
    let gone = taken::list(&app.app, &agent, true).await.unwrap();
    assert!(gone.iter().all(|one| one.words.address.is_none()));
    assert!(gone.iter().all(|one| one.words.attested.is_some()));
    app.app.clock.advance(days(3 * 365 - 1));
    taken::sweep(&app.app).await.unwrap();
    assert_eq!(app.count("copies_taken", "1 = 1"), 2);
    app.app.clock.advance(days(2));
    taken::sweep(&app.app).await.unwrap();
    assert_eq!(app.count("copies_taken", "1 = 1"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_after_the_stores_were_empty_does_not_hold_a_removal_up() {
    let app = TestApp::start().await;
    let before = enter(&app, None).await;
    let request = accepted(&app).await;
    app.app.clock.advance(days(3));
    enter(&app, None).await;
    app.run_jobs().await;
    assert_eq!(progress(&app, &request).await, Progress::Running);
    app.app.clock.advance(days(1));
    destroy(&app, before).await;
    let closed = app.until_it_rests(&request).await;
    assert_eq!(
        closed.progress,
        Progress::Done,
        "the later one never had her"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_entered_while_the_run_works_stops_the_close() {
    let app = TestApp::start().await;
    let first = enter(&app, None).await;
    let request = accepted(&app).await;
    let second = enter(&app, Some(ANN)).await;
    destroy(&app, first).await;
    app.run_jobs().await;
    assert_eq!(progress(&app, &request).await, Progress::Running);
    destroy(&app, second).await;
    let closed = app.until_it_rests(&request).await;
    assert_eq!(closed.progress, Progress::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_and_those_who_assign_are_reminded_on_the_last_day_and_every_week() {
    let app = TestApp::start().await;
    let (lead, holder) = ("lead@northwind.example", "holder@northwind.example");
    let leading = app.staff(lead, Role::Lead).await;
    let account = app.staff(holder, Role::Auditor).await;
    let actor = Actor::Staff {
        id: leading.id,
        role: Role::Lead,
    };
    let new = NewCopy {
        holder: Some(account.id),
        ..copy(&app, None)
    };
    let id = taken::enter(&app.app, &actor, new).await.unwrap();
    let whys = async || {
        let seen = desk::overview(&app.app, &actor).await.unwrap();
        let whys: Vec<Why> = seen.needs.iter().map(|need| need.why).collect();
        whys
    };
    let told = async |address: &str| {
        taken::sweep(&app.app).await.unwrap();
        taken::sweep(&app.app).await.unwrap();
        app.run_jobs().await;
        app.letters_to(address).await
    };
    app.app.clock.advance(days(9));
    assert!(told(holder).await.is_empty(), "not before its last day");
    app.app.clock.advance(days(1));
    assert_eq!(told(holder).await.len(), 1);
    assert_eq!(told(lead).await.len(), 1);
    assert!(!whys().await.contains(&Why::CopiesOverdue(1)), "not on it");
    app.app.clock.advance(days(6));
    assert_eq!(told(holder).await.len(), 1, "not every day");
    assert!(whys().await.contains(&Why::CopiesOverdue(1)));
    app.app.clock.advance(days(1));
    let letters = told(holder).await;
    assert_eq!(letters.len(), 2, "a week later");
    assert!(
        letters[0].subject.contains("overdue"),
        "{}",
        letters[0].subject
    );
    assert!(!letters[0].text.contains("Zirconia"));
    let file = app.config_file("");
    let check = app.command(&file).arg("check").output().unwrap();
    assert!(
        !String::from_utf8(check.stdout)
            .unwrap()
            .contains("Zirconia")
    );

    let until = app.app.today().saturating_add(30.days());
    taken::extend(&app.app, &actor, id, Some(until))
        .await
        .unwrap();
    assert!(!whys().await.contains(&Why::CopiesOverdue(1)));
    app.app.clock.advance(days(7));
    assert_eq!(told(holder).await.len(), 2, "not before its new day");
    assert_eq!(actions(&app, "copy_extended"), 1);
    destroy(&app, id).await;
    app.app.clock.advance(days(60));
    assert_eq!(told(holder).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_entered_is_told_at_its_field_and_roles_decide_who_enters() {
    let app = TestApp::start().await;
    let agent = app.actor(Role::Agent).await;
    let base = copy(&app, None);
    let today = app.app.today();
    let wrong = |change: fn(&mut NewCopy)| {
        let mut new = base.clone();
        change(&mut new);
        new
    };
    for (new, field) in [
        (wrong(|new| new.what.clear()), "what"),
        (wrong(|new| new.recipient.clear()), "recipient"),
        (wrong(|new| new.place.clear()), "place"),
        (wrong(|new| new.why.clear()), "why"),
        (wrong(|new| new.until_on = None), "until_on"),
        (
            wrong(|new| new.until_on = Some(date(2026, 12, 21))),
            "until_on",
        ),
        (
            wrong(|new| new.until_on = Some(date(2026, 11, 19))),
            "until_on",
        ),
        (
            wrong(|new| new.taken_on = Some(date(2026, 11, 21))),
            "taken_on",
        ),
        (wrong(|new| new.person = Some("nobody".into())), "person"),
    ] {
        let refused = taken::enter(&app.app, &agent, new).await;
        assert!(
            matches!(refused, Err(ActionError::Invalid { field: wrong, .. }) if wrong == field),
            "{field}"
        );
    }
    for role in [Role::Auditor, Role::Subcontractor] {
        let actor = app.actor(role).await;
        let refused = taken::enter(&app.app, &actor, base.clone()).await;
        assert!(matches!(refused, Err(ActionError::Forbidden(_))), "{role}");
    }
    let id = enter(&app, None).await;
    for (day, attested, field) in [
        (None, "Ruth", "destroyed_on"),
        (Some(date(2026, 11, 19)), "Ruth", "destroyed_on"),
        (Some(date(2026, 11, 21)), "Ruth", "destroyed_on"),
        (Some(today), "", "attested"),
    ] {
        let refused = taken::destroyed(&app.app, &agent, id, day, attested).await;
        assert!(
            matches!(refused, Err(ActionError::Invalid { field: wrong, .. }) if wrong == field),
            "{field}"
        );
    }
    destroy(&app, id).await;
    let again = taken::destroyed(&app.app, &agent, id, Some(today), "Ruth").await;
    assert!(matches!(again, Err(ActionError::NotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_enter_put_off_and_attest_a_copy_on_its_pages() {
    let app = TestApp::start().await;
    let agent = app.staff("agent@northwind.example", Role::Agent).await;
    let browser = app.browser();
    browser.sign_in(agent.email.as_str(), PASSWORD).await;
    let page = browser.get("/admin/copies").await;
    assert!(page.text.contains("No copy is open"));
    let typed = [
        ("what", "Database dump"),
        ("whose", "one"),
        ("person", ANN),
        ("holder", ""),
        ("recipient", "Vexley Bookkeeping"),
        ("place", PLACE),
        ("why", "The books"),
        ("taken_on", "2026-11-20"),
        ("until_on", "2026-12-01"),
    ];
    let wrong = browser
        .send(&page, "/admin/copies", &typed[..typed.len() - 1])
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("Choose the last day"));
    assert!(wrong.text.contains("Vexley Bookkeeping"), "nothing is lost");
    let page = browser.send(&wrong, "/admin/copies", &typed).await;
    assert!(page.text.contains("The copy is entered"));
    assert!(page.text.contains(ANN));
    let links = page.attributes("table a", "href");
    let path = links.first().unwrap();
    let one = browser.get(path).await;
    assert!(one.text.contains("Zirconia"));
    let extension = format!("{path}/extension");
    let far = browser
        .send(&one, &extension, &[("until_on", "2027-12-01")])
        .await;
    assert_eq!(far.status, 422);
    let page = browser
        .send(&one, &extension, &[("until_on", "2026-12-10")])
        .await;
    assert!(page.text.contains("until its new day"));
    let end = format!("{path}/end");
    let typed = [("destroyed_on", "2026-11-20"), ("attested", "Ruth Vexley")];
    let page = browser.send(&one, &end, &typed).await;
    assert!(page.text.contains("entered as destroyed"));
    assert!(!page.text.contains(ANN), "whose it was is forgotten");

    // Every register is reached from the first, as far as the role goes.
    let page = browser.get("/admin/registers").await;
    assert!(page.text.contains("Database dump"));
    let links = page.attributes("nav.views a", "href");
    assert_eq!(
        links,
        ["/admin/registers", "/admin/copies", "/admin/installations"]
    );
    app.staff("lead@northwind.example", Role::Lead).await;
    let browser = app.browser();
    browser.sign_in("lead@northwind.example", PASSWORD).await;
    let page = browser.get("/admin/registers").await;
    let links = page.attributes("nav.views a", "href");
    assert_eq!(links.len(), 6);
    for link in links {
        let page = browser.get(&link).await;
        assert_eq!(page.status, 200, "{link}");
        assert_eq!(page.attributes("nav.views a[aria-current]", "href"), [link]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_of_processing_names_copies_and_statistics_and_nobody() {
    let app = TestApp::start().await;
    enter(&app, Some(ANN)).await;
    let auditor = app.actor(Role::Auditor).await;
    let record = registers::processing(&app.app, &auditor, Lang::En)
        .await
        .unwrap();
    let json = serde_json::to_value(&record).unwrap();
    assert_eq!(json["copies"][0]["holder"], "Vexley Bookkeeping");
    assert_eq!(json["copies"][0]["everybody"], false);
    assert!(!json.to_string().contains(ANN));
    assert_eq!(app.count("audit_index", "action = 'looked_up'"), 0);
    let statistics = json["activities"]
        .as_array()
        .unwrap()
        .iter()
        .find(|activity| activity["id"] == "statistics")
        .unwrap();
    let identity = |at: usize| statistics["fields"][at]["identity"].as_str().unwrap();
    assert_eq!([identity(0), identity(1)], ["plain", "linked"]);

    // What leads to somebody is inside the request, where Lethe cannot look.
    let request = accepted(&app).await;
    let agent = app.staff("agent@northwind.example", Role::Agent).await;
    let browser = app.browser();
    browser.sign_in(agent.email.as_str(), PASSWORD).await;
    let path = format!("/admin/requests/{}", request.reference);
    let page = browser.get(&path).await;
    assert!(page.text.contains("Errors in the browser"));
    assert!(page.text.contains("remove what you find"));
    assert!(!page.text.contains("Use of functions per day"));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_looks_through_who_may_do_what_and_is_reminded() {
    let app = TestApp::start().await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    app.staff("agent@northwind.example", Role::Agent).await;
    let actor = Actor::Staff {
        id: lead.id,
        role: Role::Lead,
    };
    let late = async || {
        let seen = desk::overview(&app.app, &actor).await.unwrap();
        seen.needs.iter().any(|need| need.why == Why::AccessReview)
    };
    assert!(!late().await);
    app.app.clock.advance(days(181));
    assert!(late().await, "nobody ever did");

    let browser = app.browser();
    browser.sign_in("lead@northwind.example", PASSWORD).await;
    let page = browser.get("/admin/access").await;
    for said in ["agent@northwind.example", "Never", "Key file", "decide"] {
        assert!(page.text.contains(said), "{said}");
    }
    let access = reviews::access(&app.app, &actor).await.unwrap();
    assert!(access.is_late);
    let of = |email: &str| {
        let row = access.accounts.iter().find(|one| one.email == email);
        let row = row.unwrap();
        (row.signed_in_at, row.sessions)
    };
    assert_eq!(of("agent@northwind.example"), (None, 0));
    let now = app.app.clock.now();
    assert_eq!(of("lead@northwind.example"), (Some(now), 1));

    // The list changes while it is looked at: nothing is noted.
    let seen = page.attributes("input[name=seen]", "value").remove(0);
    app.staff("new@northwind.example", Role::Administrator)
        .await;
    let stale = browser
        .send(&page, "/admin/access", &[("seen", &seen)])
        .await;
    assert_eq!(stale.status, 409);
    assert_eq!(app.count("access_reviews", "1 = 1"), 0);
    let seen = stale.attributes("input[name=seen]", "value").remove(0);
    let done = browser
        .send(&stale, "/admin/access", &[("seen", &seen)])
        .await;
    assert!(done.text.contains("It is noted"), "{}", done.text);
    assert!(done.text.contains("Unchanged since"));
    assert_eq!(actions(&app, "access_reviewed"), 1);
    assert!(!late().await);

    // Signing in changes nothing that was reviewed; an account does.
    app.browser()
        .sign_in("agent@northwind.example", PASSWORD)
        .await;
    let access = reviews::access(&app.app, &actor).await.unwrap();
    assert!(access.reviews[0].is_current);
    app.staff("more@northwind.example", Role::Agent).await;
    let access = reviews::access(&app.app, &actor).await.unwrap();
    assert!(!access.reviews[0].is_current);

    let agent = app.actor(Role::Agent).await;
    assert!(reviews::access(&app.app, &agent).await.is_err());
    let auditor = app.actor(Role::Auditor).await;
    let access = reviews::access(&app.app, &auditor).await.unwrap();
    let refused = reviews::reviewed(&app.app, &auditor, &access.list).await;
    assert!(matches!(refused, Err(ActionError::Forbidden(_))));
    let stale = reviews::reviewed(&app.app, &actor, "another").await;
    assert!(matches!(
        stale,
        Err(ActionError::Decision(DecisionError::Stale))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_enters_lists_and_ends_copies_and_reviews_access() {
    use std::io::Write;

    let app = TestApp::start().await;
    let file = app.config_file("");
    let run = |args: &[&str], input: &str| {
        let mut command = app.command(&file);
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        // What reads nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    // The program has the clock of the machine.
    let day = |after: i64| {
        let now = Clock::system().now();
        let today = now.to_zoned(app.app.config.vendor.zone.clone()).date();
        today.saturating_add(after.days()).to_string()
    };
    let words = format!("{PLACE}\nThe books of the year\n");
    let holder = "Vexley Bookkeeping";
    let add = ["copies", "add", "Database dump", "--holder", holder];
    let (until, far) = (day(10), day(40));
    assert!(!run(&[&add[..], &["--until", &far]].concat(), &words).0);
    let (entered, id) = run(&[&add[..], &["--until", &until]].concat(), &words);
    assert!(entered, "{id}");
    let (_, list) = run(&["copies", "list"], "");
    for said in [id.trim(), holder, PLACE, "everybody", &until] {
        assert!(list.contains(said), "{said}: {list}");
    }
    let (_, json) = run(&["copies", "list", "--json"], "");
    let json: serde_json::Value = serde_json::from_str(json.trim()).unwrap();
    assert_eq!(json["overdue"], false);
    let later = day(20);
    assert!(run(&["copies", "extend", id.trim(), "--until", &later], "").0);
    assert!(run(&["copies", "destroyed", id.trim(), "--by", "Ruth"], "").0);
    assert!(!run(&["copies", "destroyed", id.trim(), "--by", "Ruth"], "").0);
    assert_eq!(run(&["copies", "list"], "").1, "");
    let (_, gone) = run(&["copies", "list", "--destroyed"], "");
    assert!(gone.contains("destroyed on"), "{gone}");

    let (done, text) = run(&["register", "access", "--reviewed"], "");
    assert!(done && text.contains("Who may do what"), "{text}");
    let (_, json) = run(&["register", "access", "--format", "json"], "");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["reviews"][0]["is_current"], true);
}

//! Legal holds: nothing goes under one, the person is answered in time, and what it kept goes when
//! it ends, without being asked for again.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::{Date, date};
use jiff::{SignedDuration, ToSpan};
use lethe::actions::decide::{self, ItemChoice};
use lethe::actions::holds::{self, NewHold};
use lethe::actions::queries::desk;
use lethe::actions::{ActionError, follow, own, trail};
use lethe::clock::Clock;
use lethe::db;
use lethe::domain::event::Actor;
use lethe::domain::ids::HoldId;
use lethe::domain::request::{DecisionError, Outcome, Request, Stage};
use lethe::domain::run::RunState;
use lethe::domain::staff::{Permission, Role};
use lethe::domain::store::{Ground, ItemOutcome};
use lethe::i18n::Lang;
use lethe::imports::Source;

use crate::support::stores::{FakeStore, Habit};
use crate::support::{PASSWORD, TestApp, friday};

const ANN: &str = "ann@halden.example";
const BOB: &str = "bob@solvind.example";
const MATTER: &str = "Vexley versus Halden over the Zirconia clause";
const AUTHOR: &str = "Quillfeather and Partners";
const REASON: &str = "The Zirconia clause was settled out of court";
/// More than a worker erases before the hold is there.
const MESSAGES: i64 = 3000;
const REVIEW: Date = date(2027, 2, 15);

fn on(person: &str) -> NewHold {
    NewHold {
        person: person.to_owned(),
        matter: MATTER.to_owned(),
        author: AUTHOR.to_owned(),
        review_on: Some(REVIEW),
        until_on: None,
    }
}

async fn place(app: &TestApp, person: &str) -> HoldId {
    let lead = app.actor(Role::Lead).await;
    holds::place(&app.app, &lead, on(person)).await.unwrap()
}

async fn lift(app: &TestApp, hold: HoldId) {
    let lead = app.actor(Role::Lead).await;
    holds::lift(&app.app, &lead, hold, REASON).await.unwrap();
}

fn ticket(key: &str, requester: &str, more: &str) -> String {
    format!(
        r#"{{"key":"{key}","subject":"Help","status":"closed","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{requester}","name":"P"}},"participants":[{more}],"messages":[{{"key":"1","author":{{"email":"{requester}"}},"at":"2026-01-02T03:04:05Z","body":"Hello from {requester}"}}]}}"#
    )
}

fn licence(id: &str, contact: &str) -> String {
    format!(
        r#"[{{"addonLicenseId":"{id}","addonKey":"com.northwind.boards","addonName":"Northwind Boards","hosting":"Cloud","lastUpdated":"2026-03-14","licenseType":"COMMERCIAL","maintenanceStartDate":"2024-03-15","maintenanceEndDate":"2026-03-14","status":"inactive","tier":"25 Users","contactDetails":{{"company":"Halden","technicalContact":{contact}}}}}]"#
    )
}

fn contact(email: &str) -> String {
    format!(r#"{{"email":"{email}","name":"Ann Lind","phone":"+47 555 0143"}}"#)
}

/// A licence that ended and a ticket: both would go.
async fn fill(app: &TestApp) {
    app.import(Source::Licences, &licence("5550001", &contact(ANN)))
        .await;
    app.import(Source::Tickets, &ticket("T-1", ANN, "")).await;
}

/// A mail without the ends of its lines.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_fulfilled(request: &Request) -> bool {
    matches!(
        request.stage,
        Stage::Closed {
            outcome: Outcome::Fulfilled,
            ..
        }
    )
}

/// How many items of the request's run are held, and how many are gone.
async fn held_and_gone(app: &TestApp, request: &Request) -> (usize, usize) {
    let id = request.id;
    app.app
        .db
        .read(move |conn| {
            let run = db::runs::of_request(conn, id)?.unwrap();
            let counts = db::runs::count_items(conn, run.id)?;
            let of = |wanted: &[ItemOutcome]| {
                counts
                    .iter()
                    .filter(|count| count.outcome.is_some_and(|is| wanted.contains(&is)))
                    .map(|count| count.count as usize)
                    .sum()
            };
            Ok::<_, db::DbError>((
                of(&[ItemOutcome::Held]),
                of(&[ItemOutcome::Erased, ItemOutcome::Neutralised]),
            ))
        })
        .await
        .unwrap()
}

async fn run_state(app: &TestApp, request: &Request) -> RunState {
    let id = request.id;
    let run = app.app.db.read(move |conn| db::runs::of_request(conn, id));
    run.await.unwrap().unwrap().state
}

/// Works what is due, letting a little time pass, until the run is done.
async fn until_done(app: &TestApp, request: &Request) {
    for _ in 0..40 {
        app.run_jobs().await;
        if run_state(app, request).await == RunState::Done {
            app.run_jobs().await;
            return;
        }
        app.app.clock.advance(SignedDuration::from_secs(60));
    }
    panic!("the run never ended");
}

/// No word of the hold is where the person, an outsider or a reader of the trail could find it.
async fn says_nothing(app: &TestApp, request: &Request) {
    let words = ["Vexley", "Zirconia", "Quillfeather"];
    for letter in app.letters_to(ANN).await {
        for word in words {
            let said = [&letter.text, &letter.html, &letter.subject];
            assert!(!said.iter().any(|text| text.contains(word)), "{word}");
        }
    }
    for word in words {
        assert_eq!(app.is_anywhere(word), Vec::<String>::new(), "{word}");
    }
    let page = app.browser().open_status(app, ANN).await;
    let followed = follow::follow(&app.app, request.id, Lang::En)
        .await
        .unwrap();
    let certificate = followed.certificate.expect("a certificate").statement;
    let certificate = String::from_utf8(certificate.to_bytes()).unwrap();
    for word in words {
        assert!(!page.text.contains(word), "{word}");
        assert!(!certificate.contains(word), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_placed_before_the_acceptance_keeps_everything_until_it_is_lifted() {
    let app = TestApp::start().await;
    fill(&app).await;
    let hold = place(&app, ANN).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    let closed = app.until_it_rests(&request).await;
    app.run_jobs().await;
    assert!(is_fulfilled(&closed), "the answer comes in time");
    let (held, gone) = held_and_gone(&app, &request).await;
    assert!(held >= 3 && gone == 0, "{held} held, {gone} gone");
    assert_eq!(app.count("contacts", "blocked_ground = 'legal_claims'"), 1);
    assert_eq!(app.count("ticket_messages", "1 = 1"), 1);

    let letter = app.letters_to(ANN).await.remove(0);
    assert!(
        letter.subject.contains("For now, we keep"),
        "{}",
        letter.subject
    );
    for said in ["17(3)(e)", "15 February 2027", "complain", "court"] {
        let text = unwrapped(&letter.text);
        assert!(text.contains(said), "{said}: {}", letter.text);
    }
    let page = app.browser().open_status(&app, ANN).await;
    assert!(page.first("h1").contains("we keep"), "{}", page.first("h1"));
    for said in ["17(3)(e)", "15 Feb 2027", "court"] {
        assert!(page.text.contains(said), "{said}");
    }
    let followed = follow::follow(&app.app, request.id, Lang::En)
        .await
        .unwrap();
    let first = followed.certificate.expect("a certificate").statement;
    let kept: Vec<_> = first.stores.iter().flat_map(|store| &store.kept).collect();
    assert!(!kept.is_empty());
    for kept in kept {
        assert_eq!(
            (&*kept.article, kept.until),
            ("Art. 17(3)(e)", Some(REVIEW))
        );
    }
    says_nothing(&app, &request).await;

    app.app.clock.advance(SignedDuration::from_hours(24 * 20));
    lift(&app, hold).await;
    until_done(&app, &request).await;
    assert_eq!(app.is_anywhere(ANN), Vec::<String>::new());
    let letter = app.letters_to(ANN).await.remove(0);
    assert!(letter.subject.contains("is removed"), "{}", letter.subject);
    let followed = follow::follow(&app.app, request.id, Lang::En)
        .await
        .unwrap();
    let second = followed.certificate.expect("a new certificate").statement;
    assert!(second.stores.iter().all(|store| store.kept.is_empty()));
    assert!(second.closed > first.closed);
    says_nothing(&app, &request).await;
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    let verified = trail::verify::verify(&app.app, Vec::new()).await.unwrap();
    assert_eq!(verified.problem, None);
    for action in ["hold_placed", "hold_lifted", "held_released"] {
        let of = format!("action = '{action}'");
        assert_eq!(app.count("audit_index", &of), 1, "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_placed_between_acceptance_and_erasure_stops_it() {
    let app = TestApp::start().await;
    fill(&app).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    let hold = place(&app, &request.reference.to_string()).await;
    assert!(is_fulfilled(&app.until_it_rests(&request).await));
    let (held, gone) = held_and_gone(&app, &request).await;
    assert!(held >= 3 && gone == 0, "{held} held, {gone} gone");
    lift(&app, hold).await;
    until_done(&app, &request).await;
    assert_eq!(app.is_anywhere(ANN), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stores_themselves_ask_in_the_transaction_that_erases() {
    use lethe::domain::email::Email;
    use lethe::domain::run::Cause;
    use lethe::domain::store::{Decision, Order};

    let app = TestApp::start().await;
    fill(&app).await;
    let hold = place(&app, ANN).await;
    let subject = app.app.subject(&Email::parse(ANN).unwrap(), None);
    for cause in [Cause::Request, Cause::Retention, Cause::Source] {
        for store in app.app.stores.iter() {
            let items = store.inventory(&subject, None).await.unwrap().items;
            let orders: Vec<Order> = items
                .iter()
                .map(|item| Order {
                    key: item.key.clone(),
                    kind: item.kind,
                    decision: Decision::Erase,
                })
                .collect();
            let outcomes = store.carry_out(&subject, &orders, cause).await.unwrap();
            let name = store.name();
            assert!(
                outcomes
                    .iter()
                    .all(|done| done.outcome == ItemOutcome::Held),
                "{name}, {cause}: {outcomes:?}"
            );
        }
    }
    assert!(app.count("held_records", "1 = 1") >= 3);
    lift(&app, hold).await;
    for store in app.app.stores.iter() {
        let items = store.inventory(&subject, None).await.unwrap().items;
        let erase = |item: &lethe::domain::store::Item| Order {
            key: item.key.clone(),
            kind: item.kind,
            decision: Decision::Erase,
        };
        let orders: Vec<Order> = items.iter().map(erase).collect();
        let outcomes = store.carry_out(&subject, &orders, Cause::Request).await;
        assert!(!outcomes.unwrap().contains(&ItemOutcome::Held.into()));
    }
    while !app.app.db.scrub().await.unwrap() {}
    assert_eq!(app.is_anywhere(ANN), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_on_which_a_held_person_stands_stays_though_another_asks() {
    let app = TestApp::start().await;
    let bob = format!(r#"{{"role":"cc","email":"{BOB}","name":"Bob Sol"}}"#);
    app.import(Source::Tickets, &ticket("T-1", ANN, &bob)).await;
    app.import(Source::Tickets, &ticket("T-2", ANN, "")).await;
    let hold = place(&app, BOB).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    assert!(is_fulfilled(&app.until_it_rests(&request).await));
    let (held, gone) = held_and_gone(&app, &request).await;
    assert!(held >= 1 && gone >= 1, "{held} held, {gone} gone");
    assert_eq!(app.count("tickets", "1 = 1"), 1, "the other one is gone");
    // Looked at again and again it stays, and nobody is written to about it.
    let letters = app.letters_to(ANN).await.len();
    holds::sweep(&app.app).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.letters_to(ANN).await.len(), letters);
    lift(&app, hold).await;
    until_done(&app, &request).await;
    assert_eq!(app.is_anywhere(ANN), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_holds_the_last_lets_go() {
    let app = TestApp::start().await;
    fill(&app).await;
    let (first, second) = (place(&app, ANN).await, place(&app, ANN).await);
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let third = place(&app, ANN).await;
    for hold in [first, second] {
        lift(&app, hold).await;
        app.run_jobs().await;
        assert!(held_and_gone(&app, &request).await.0 >= 3);
        assert_eq!(run_state(&app, &request).await, RunState::Done);
    }
    lift(&app, third).await;
    until_done(&app, &request).await;
    assert_eq!(held_and_gone(&app, &request).await.0, 0);
    assert_eq!(app.is_anywhere(ANN), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_ends_after_its_last_day_and_not_on_it() {
    let app = TestApp::start().await;
    fill(&app).await;
    let until = date(2027, 1, 31);
    let lead = app.actor(Role::Lead).await;
    let new = NewHold {
        until_on: Some(until),
        ..on(ANN)
    };
    holds::place(&app.app, &lead, new).await.unwrap();
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let at = |day: Date, hour| {
        let zone = app.app.config.vendor.zone.clone();
        day.at(hour, 0, 0, 0).to_zoned(zone).unwrap().timestamp()
    };
    app.clock_goes_to(at(until, 23)).await;
    holds::sweep(&app.app).await.unwrap();
    app.run_jobs().await;
    assert!(held_and_gone(&app, &request).await.0 >= 3, "the last day");
    app.clock_goes_to(at(until.tomorrow().unwrap(), 1)).await;
    holds::sweep(&app.app).await.unwrap();
    until_done(&app, &request).await;
    assert_eq!(app.is_anywhere(ANN), Vec::<String>::new());
    assert_eq!(app.count("holds", "ended_how = 'expired'"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumped_ends_no_hold_until_it_has_stood_there() {
    let app = TestApp::start().await;
    fill(&app).await;
    let lead = app.actor(Role::Lead).await;
    let new = NewHold {
        until_on: Some(date(2027, 1, 31)),
        ..on(ANN)
    };
    holds::place(&app.app, &lead, new).await.unwrap();
    app.app.clock.set("2027-02-10T12:00:00Z".parse().unwrap());
    let now = app.app.clock.now();
    app.app.keys.ensure_pseudonym(2027, now).unwrap();
    holds::sweep(&app.app).await.unwrap();
    assert_eq!(app.count("holds", "ended_at IS NULL"), 1);
    // The daily check, as it begins with each start.
    trail::verify::verify(&app.app, Vec::new()).await.unwrap();
    app.app.clock.advance(SignedDuration::from_hours(11));
    holds::sweep(&app.app).await.unwrap();
    assert_eq!(app.count("holds", "ended_at IS NULL"), 1);
    app.app.clock.advance(SignedDuration::from_hours(1));
    holds::sweep(&app.app).await.unwrap();
    assert_eq!(app.count("holds", "ended_how = 'expired'"), 1);
    let journal = std::fs::read_to_string(app.app.journal.path()).unwrap();
    assert!(journal.contains(r#""kind":"hold_ended""#), "{journal}");
    assert!(journal.contains(r#""how":"expired""#), "{journal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_reminded_of_and_alarms_and_the_person_hears_a_new_day() {
    let app = TestApp::start().await;
    fill(&app).await;
    let mail = "lead@northwind.example";
    let staff = app.staff(mail, Role::Lead).await;
    let lead = Actor::Staff {
        id: staff.id,
        role: Role::Lead,
    };
    let agent = app.staff("agent@northwind.example", Role::Agent).await;
    let hold = holds::place(&app.app, &lead, on(ANN)).await.unwrap();
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let days = |n: i64| SignedDuration::from_hours(24 * n);
    let to_review = REVIEW.since(app.app.date(friday())).unwrap().get_days();
    app.app.clock.advance(days(i64::from(to_review) - 15));
    let letters = async |to: &str| {
        holds::sweep(&app.app).await.unwrap();
        holds::sweep(&app.app).await.unwrap();
        app.run_jobs().await;
        let mut letters = app.letters_to(to).await;
        letters.retain(|letter| letter.subject.contains("legal hold"));
        letters
    };
    let whys = async || {
        let seen = desk::overview(&app.app, &lead).await.unwrap();
        let whys: Vec<desk::Why> = seen.needs.iter().map(|need| need.why).collect();
        whys
    };
    assert!(letters(mail).await.is_empty());
    app.app.clock.advance(days(2));
    assert_eq!(letters(mail).await.len(), 1, "once, two weeks before");
    assert!(whys().await.contains(&desk::Why::HoldSoon(1)));
    app.app.clock.advance(days(14));
    let due = letters(mail).await;
    assert_eq!(due.len(), 2, "and once when it is due");
    assert!(!due[0].text.contains(ANN) && !due[0].text.contains("Zirconia"));
    assert!(whys().await.contains(&desk::Why::HoldDue(1)));
    assert!(letters(agent.email.as_str()).await.is_empty());
    let file = app.config_file("");
    let check = app.command(&file).arg("check").output().unwrap();
    let said = String::from_utf8(check.stdout).unwrap();
    // The program has the machine's clock, on which the day has not come.
    assert!(!said.contains("Zirconia") && !said.contains(ANN), "{said}");
    let today = app.app.today();
    let overdue = app.app.db.read(move |conn| holds::overdue(conn, today));
    assert_eq!(overdue.await.unwrap(), Some((1, REVIEW)));

    let before = app.letters_to(ANN).await.len();
    let next = app.app.today().saturating_add(6.months());
    let review = holds::review(&app.app, &lead, hold, Some(next), None);
    review.await.unwrap();
    app.run_jobs().await;
    let told = app.letters_to(ANN).await;
    assert_eq!(told.len(), before + 1);
    assert!(
        told[0].subject.contains("still keep"),
        "{}",
        told[0].subject
    );
    assert!(unwrapped(&told[0].text).contains(&Lang::En.date_medium(next)));
    assert!(!whys().await.contains(&desk::Why::HoldDue(1)));
    says_nothing(&app, &request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_system_keeps_by_law_waits_for_a_hold_and_stays_kept_after_it() {
    let store = Arc::new(FakeStore::new(Habit::KeepsAll, 2));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let asked = || std::mem::take(&mut *store.kept.lock().unwrap());
    let hold = place(&app, ANN).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    until_done(&app, &request).await;
    assert_eq!(
        asked(),
        [Ground::LegalClaims; 2],
        "nothing is taken from them"
    );
    assert_eq!(held_and_gone(&app, &request).await, (2, 0));
    app.pass(SignedDuration::from_hours(25)).await;
    assert_eq!(asked(), []);

    lift(&app, hold).await;
    until_done(&app, &request).await;
    assert_eq!(
        asked(),
        [Ground::TaxLaw; 2],
        "what goes meanwhile can go now"
    );
    assert_eq!(held_and_gone(&app, &request).await, (0, 0));
    let kept = "outcome = 'kept' AND decision = 'keep' AND ground = 'tax_law'";
    assert_eq!(app.count("run_items", kept), 2);
    assert_eq!(store.records.lock().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_for_a_hold_is_not_forgotten_before_the_person_heard_of_its_end() {
    let app = TestApp::start().await;
    fill(&app).await;
    let hold = place(&app, ANN).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    app.clock_goes_to(app.app.clock.now() + SignedDuration::from_hours(24 * 200))
        .await;
    own::sweep_own(&app.app).await.unwrap();
    lift(&app, hold).await;
    until_done(&app, &request).await;
    assert!(app.letters_to(ANN).await[0].subject.contains("is removed"));
    own::sweep_own(&app.app).await.unwrap();
    assert_eq!(
        app.count("certificates", "1 = 1"),
        1,
        "the page stays a while"
    );
    app.clock_goes_to(app.app.clock.now() + SignedDuration::from_hours(24 * 91))
        .await;
    own::sweep_own(&app.app).await.unwrap();
    assert_eq!(app.count("certificates", "1 = 1"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_source_erases_stays_blocked_under_a_hold_and_goes_after_it() {
    let app = TestApp::start().await;
    app.import(Source::Licences, &licence("5550001", &contact(ANN)))
        .await;
    let hold = place(&app, ANN).await;
    let gone = licence("5550001", r#"{"email":"RTBF","name":"RTBF"}"#).replace(
        r#""lastUpdated":"2026-03-14""#,
        r#""lastUpdated":"2026-10-01""#,
    );
    let report = app.import(Source::Licences, &gone).await;
    assert_eq!(report.erased_at_source, 0, "{report}");
    assert!(format!("{report}").contains("legal hold: 1"), "{report}");
    assert_eq!(app.count("contacts", "blocked_ground = 'legal_claims'"), 1);
    while !app.app.db.scrub().await.unwrap() {}
    assert_eq!(app.is_anywhere(ANN), Vec::<String>::new(), "it is sealed");
    lift(&app, hold).await;
    app.run_jobs().await;
    assert_eq!(app.count("contacts", "1 = 1"), 0);
    assert_eq!(app.count("held_records", "1 = 1"), 0);
    assert_eq!(app.count("audit_index", "action = 'erased_at_source'"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_item_cannot_be_set_to_go_but_to_go_after_the_hold() {
    let app = TestApp::start().await;
    fill(&app).await;
    place(&app, ANN).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let agent = app.actor(Role::Agent).await;
    let id = request.id;
    let item = app
        .app
        .db
        .read(move |conn| {
            let run = db::runs::of_request(conn, id)?.unwrap();
            let stores = db::runs::stores(conn, run.id)?;
            let store = stores.iter().find(|store| store.found > 0).unwrap();
            Ok::<_, db::DbError>(db::runs::items(conn, run.id, &store.store, None, 1)?.remove(0))
        })
        .await
        .unwrap();
    let decide = |choice| {
        decide::decide_item(
            &app.app,
            &agent,
            request.reference,
            item.id,
            choice,
            "because",
        )
    };
    decide(ItemChoice::Keep(Ground::ThirdParty, None))
        .await
        .unwrap();
    assert!(matches!(
        decide(ItemChoice::Erase).await,
        Err(ActionError::Decision(DecisionError::UnderHold))
    ));
    decide(ItemChoice::EraseAfterHold).await.unwrap();

    let staff = app.browser();
    app.staff("agent@northwind.example", Role::Agent).await;
    staff.sign_in("agent@northwind.example", PASSWORD).await;
    let path = format!("/admin/requests/{}", request.reference);
    for page in [
        path.clone(),
        format!("{path}/acceptance"),
        format!("{path}/items/{}", item.id),
    ] {
        let page = staff.get(&page).await;
        assert!(page.text.contains("legal hold"), "{}", page.text);
        assert!(page.text.contains("15 February 2027"));
        assert!(!page.text.contains("Zirconia") && !page.text.contains("Quillfeather"));
    }
    let lead = app.browser();
    app.staff("lead@northwind.example", Role::Lead).await;
    lead.sign_in("lead@northwind.example", PASSWORD).await;
    assert!(lead.get(&path).await.text.contains("Zirconia"));
    let people = format!("/admin/people?q={ANN}&reason=phone");
    assert!(lead.get(&people).await.text.contains("Zirconia"));
    assert!(!staff.get(&people).await.text.contains("Zirconia"));
    assert!(staff.get(&people).await.text.contains("legal hold"));
    assert!(
        lead.get("/admin/requests")
            .await
            .text
            .contains("Legal hold")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_leads_and_administrators_place_and_lift_holds() {
    let app = TestApp::start().await;
    let hold = place(&app, ANN).await;
    for role in Role::ALL {
        let actor = app.actor(*role).await;
        let may = matches!(role, Role::Lead | Role::Administrator);
        let placed = holds::place(&app.app, &actor, on(BOB)).await;
        assert_eq!(placed.is_ok(), may, "{role}");
        assert_eq!(holds::list(&app.app, &actor, false).await.is_ok(), may);
        assert_eq!(holds::find(&app.app, &actor, hold).await.is_ok(), may);
        let next = Some(date(2027, 3, 1));
        let reviewed = holds::review(&app.app, &actor, hold, next, None).await;
        assert_eq!(reviewed.is_ok(), may);
        if !may {
            let lifted = holds::lift(&app.app, &actor, hold, REASON).await;
            assert!(
                matches!(lifted, Err(ActionError::Forbidden(forbidden)) if forbidden.0 == Permission::Hold)
            );
        }
    }
    let lead = app.actor(Role::Lead).await;
    for (wrong, field) in [
        (
            NewHold {
                person: "nobody".into(),
                ..on(ANN)
            },
            "person",
        ),
        (
            NewHold {
                matter: " ".into(),
                ..on(ANN)
            },
            "matter",
        ),
        (
            NewHold {
                author: String::new(),
                ..on(ANN)
            },
            "author",
        ),
        (
            NewHold {
                review_on: None,
                ..on(ANN)
            },
            "review_on",
        ),
        (
            NewHold {
                review_on: Some(date(2028, 1, 1)),
                ..on(ANN)
            },
            "review_on",
        ),
        (
            NewHold {
                until_on: Some(date(2026, 1, 1)),
                ..on(ANN)
            },
            "until_on",
        ),
    ] {
        let refused = holds::place(&app.app, &lead, wrong).await;
        assert!(
            matches!(refused, Err(ActionError::Invalid { field: wrong, .. }) if wrong == field),
            "{field}"
        );
    }
    lift(&app, hold).await;
    let again = holds::lift(&app.app, &lead, hold, REASON).await;
    assert!(matches!(again, Err(ActionError::NotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_places_lists_and_lifts_holds() {
    use std::io::Write;

    let app = TestApp::start().await;
    let file = app.config_file("");
    let run = |args: &[&str], input: &str| {
        let mut command = app.command(&file);
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    // The program has the clock of the machine.
    let review = Clock::system()
        .now()
        .to_zoned(app.app.config.vendor.zone.clone())
        .date()
        .saturating_add(90.days())
        .to_string();
    let words = format!("{AUTHOR}\n{MATTER}\n");
    let (placed, id) = run(&["holds", "place", ANN, "--review", &review], &words);
    assert!(placed, "{id}");
    let (_, list) = run(&["holds", "list"], "");
    for said in [id.trim(), ANN, AUTHOR, MATTER, &review] {
        assert!(list.contains(said), "{said}: {list}");
    }
    assert!(!run(&["holds", "place", ANN, "--review", "2020-01-01"], &words).0);
    assert!(run(&["holds", "lift", id.trim()], REASON).0);
    assert!(!run(&["holds", "lift", id.trim()], REASON).0);
    assert_eq!(run(&["holds", "list"], "").1, "");
    assert!(run(&["holds", "list", "--ended"], "").1.contains("lifted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_a_run_under_a_hold_keeps_everything_and_ends_after_it() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Agent).await;
    let messages: Vec<String> = (0..MESSAGES)
        .map(|m| format!(r#"{{"key":"{m}","author":{{"email":"{ANN}"}},"at":"2026-01-02T03:04:05Z","body":"Line {m}"}}"#))
        .collect();
    let text = format!(
        r#"{{"key":"T-1","subject":"Help","status":"open","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{BOB}","name":"B"}},"participants":[{{"role":"cc","email":"{ANN}","name":"Ann Lind"}}],"messages":[{}]}}"#,
        messages.join(",")
    );
    app.import(Source::Tickets, &text).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let now = app.newest_request(ANN).await;
    decide::accept(&app.app, &actor, now.reference, now.version)
        .await
        .unwrap();
    let file = app.config_file("");
    let worker = || {
        let mut command = app.command(&file);
        command.arg("worker").stdout(Stdio::null());
        command.spawn().unwrap()
    };
    // The hold comes while a worker erases; from its commit on not one message more goes.
    let mut child = worker();
    let start = Instant::now();
    while app.count("ticket_messages", "1 = 1") == MESSAGES
        && start.elapsed() < Duration::from_secs(60)
    {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let hold = holds::place(&app.app, &app.actor(Role::Lead).await, on(ANN))
        .await
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    // What was committed before the hold may become visible a moment after it.
    let mut left = app.count("ticket_messages", "1 = 1");
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        left = app.count("ticket_messages", "1 = 1");
    }
    assert!(left > 0, "the hold came after the last message had gone");
    for life in 0..12 {
        let mut child = worker();
        tokio::time::sleep(Duration::from_millis(60 + 60 * life)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(app.count("ticket_messages", "1 = 1"), left);
    }
    let ends = async || {
        let mut child = worker();
        let start = Instant::now();
        while run_state(&app, &request).await != RunState::Done {
            assert!(
                start.elapsed() < Duration::from_secs(90),
                "the run never ends"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    };
    ends().await;
    assert_eq!(app.count("ticket_messages", "1 = 1"), left);
    let (held, _) = held_and_gone(&app, &request).await;
    assert!(held as i64 >= left, "{held} held of {left}");
    lift(&app, hold).await;
    holds::sweep(&app.app).await.unwrap();
    for life in 0..6 {
        let mut child = worker();
        tokio::time::sleep(Duration::from_millis(60 + 60 * life)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    ends().await;
    assert_eq!(app.is_anywhere(ANN), Vec::<String>::new());
    let intents = app
        .app
        .db
        .read(|conn| db::audit::open_intents(conn, jiff::Timestamp::MAX))
        .await
        .unwrap();
    assert!(intents.is_empty(), "every intent has its outcome");
}

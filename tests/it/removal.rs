//! The main job: a person asks to be removed, and is gone from every store.

use std::sync::Arc;

use lethe::actions::decide::{self, ItemChoice};
use lethe::actions::{generate, run, trail};
use lethe::db;
use lethe::domain::request::{Outcome, Progress, Request, Stage};
use lethe::domain::run::RunState;
use lethe::domain::staff::Role;
use lethe::imports::Source;

use crate::support::TestApp;
use crate::support::stores::{FakeStore, Habit};

const ANN: &str = "ann@halden.example";

fn outcome(request: &Request) -> Option<Outcome> {
    match request.stage {
        Stage::Closed { outcome, .. } => Some(outcome),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_person_is_gone_from_every_store_file_and_journal() {
    let app = TestApp::start().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let email = people[0].email;
    assert!(
        !app.is_anywhere(email).is_empty(),
        "the person is there before"
    );
    let request = app.ask_and_confirm("removal", email, &[]).await;
    app.accept(&request).await;
    let closed = app.until_it_rests(&request).await;
    assert_eq!(outcome(&closed), Some(Outcome::Fulfilled));
    assert_eq!(app.is_anywhere(email), Vec::<String>::new());
    let status = app.browser().open_status(&app, email).await;
    assert!(
        status.first("h1").contains("removed"),
        "{}",
        status.first("h1")
    );
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    assert_eq!(
        trail::verify::verify(&app.app, Vec::new())
            .await
            .unwrap()
            .problem,
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_1200_messages_keeps_none() {
    let app = TestApp::start().await;
    let messages: Vec<String> = (0..1200)
        .map(|n| {
            format!(
                r#"{{"key":"m{n}","author":{{"email":"{ANN}","name":"Ann Lind"}},"at":"2026-01-02T03:04:05Z","body":"Line {n} by {ANN}"}}"#
            )
        })
        .collect();
    let ticket = format!(
        r#"{{"key":"T-1","subject":"Many words","status":"closed","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{ANN}","name":"Ann Lind"}},"participants":[],"messages":[{}]}}"#,
        messages.join(",")
    );
    app.import(Source::Tickets, &ticket).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    let closed = app.until_it_rests(&request).await;
    assert_eq!(outcome(&closed), Some(Outcome::Fulfilled));
    assert_eq!(app.is_anywhere(ANN), Vec::<String>::new());
    let again = app.import(Source::Tickets, &ticket).await;
    assert!(format!("{again}").contains("suppressed"), "{again}");
    assert_eq!(
        app.is_anywhere(ANN),
        Vec::<String>::new(),
        "the next import brings nothing back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_lies_about_success_keeps_the_request_open() {
    let store = Arc::new(FakeStore::new(Habit::Lies, 3));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    let halted = app.until_it_rests(&request).await;
    assert_eq!(halted.progress, Progress::Halted);
    assert_eq!(outcome(&halted), None);
    *store.habit.lock().unwrap() = Habit::Honest;
    let actor = app.actor(Role::Agent).await;
    run::retry(&app.app, &actor, halted.reference)
        .await
        .unwrap();
    let closed = app.until_it_rests(&request).await;
    assert_eq!(outcome(&closed), Some(Outcome::Fulfilled));
    assert!(store.records.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_now_and_then_is_tried_again_without_a_person() {
    for habit in [Habit::FailsFirst(3), Habit::DiesAfterErasing(2)] {
        let store = Arc::new(FakeStore::new(habit, 450));
        let app = TestApp::start_with_stores(vec![store.clone()]).await;
        let request = app.ask_and_confirm("removal", ANN, &[]).await;
        app.accept(&request).await;
        let closed = app.until_it_rests(&request).await;
        assert_eq!(outcome(&closed), Some(Outcome::Fulfilled), "{habit:?}");
        assert!(store.records.lock().unwrap().is_empty());
        let intents = app
            .app
            .db
            .read(|conn| db::audit::open_intents(conn, jiff::Timestamp::MAX))
            .await
            .unwrap();
        assert!(
            intents.is_empty(),
            "every intent has its outcome after {habit:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_needs_a_person_halts_and_tells_staff() {
    let store = Arc::new(FakeStore::new(Habit::NeedsPerson, 2));
    let app = TestApp::start_with_stores(vec![store]).await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    assert_eq!(
        app.until_it_rests(&request).await.progress,
        Progress::Halted
    );
    app.run_jobs().await;
    let letters = app.letters_to(lead.email.as_str()).await;
    assert!(
        letters
            .iter()
            .any(|letter| letter.text.contains("may not delete")),
        "{letters:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_found_is_an_answer_and_closes() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    assert_eq!(
        outcome(&app.until_it_rests(&request).await),
        Some(Outcome::NothingFound)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_possible_match_must_be_answered_before_acceptance() {
    let app = TestApp::start().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let email = people[2].email;
    let request = app.ask_and_confirm("removal", email, &[]).await;
    let actor = app.actor(Role::Agent).await;
    let now = app.newest_request(email).await;
    assert!(
        decide::accept(&app.app, &actor, now.reference, now.version)
            .await
            .is_err()
    );
    let (candidates, run) = app
        .app
        .db
        .read(move |conn| {
            let run = db::runs::of_request(conn, request.id)?.unwrap();
            Ok::<_, db::DbError>((db::runs::candidates(conn, run.id, 100)?, run))
        })
        .await
        .unwrap();
    assert!(!candidates.is_empty());
    assert_eq!(run.state, RunState::Proposed);
    for candidate in candidates {
        decide::decide_item(
            &app.app,
            &actor,
            now.reference,
            candidate.id,
            ItemChoice::Erase,
            "",
        )
        .await
        .unwrap();
    }
    let request = app.newest_request(email).await;
    app.accept(&request).await;
    assert_eq!(
        outcome(&app.until_it_rests(&request).await),
        Some(Outcome::Fulfilled)
    );
    assert_eq!(app.is_anywhere(email), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_under_maintenance_is_kept_and_the_person_is_told_why() {
    let app = TestApp::start().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let email = people[1].email;
    let request = app.ask_and_confirm("removal", email, &[]).await;
    app.accept(&request).await;
    assert_eq!(
        outcome(&app.until_it_rests(&request).await),
        Some(Outcome::Fulfilled)
    );
    app.run_jobs().await;
    let letter = &app.letters_to(email).await[0];
    assert!(letter.text.contains("maintenance"), "{}", letter.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_erasures_at_once_all_close() {
    let app = TestApp::start().await;
    let mut requests = Vec::new();
    for n in 0..100 {
        let email = format!("person{n}@halden.example");
        app.import(
            Source::Tickets,
            &format!(
                r#"{{"key":"T-{n}","subject":"Help","status":"open","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{email}","name":"P"}},"participants":[],"messages":[{{"key":"1","author":{{"email":"{email}"}},"at":"2026-01-02T03:04:05Z","body":"Hello from {email}"}}]}}"#
            ),
        )
        .await;
        requests.push(app.ask_and_confirm("removal", &email, &[]).await);
    }
    for request in &requests {
        app.accept(request).await;
    }
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let worker = tokio::spawn(lethe::jobs::work(app.app.clone(), stopping));
    let waiting = async {
        loop {
            let open = app
                .app
                .db
                .read(|conn| db::requests::count_open(conn, None))
                .await
                .unwrap();
            if open.is_empty() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(120), waiting)
        .await
        .expect("all close");
    stop.send_replace(true);
    app.app.wake.notify_waiters();
    worker.await.unwrap();
    for n in [0, 50, 99] {
        assert_eq!(
            app.is_anywhere(&format!("person{n}@halden.example")),
            Vec::<String>::new()
        );
    }
}

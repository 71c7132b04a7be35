//! What a run does when things do not go as they should: two processes, stores that answer with
//! everything but an answer, and stores that were done and are so no more.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;
use lethe::actions::tasks::{self, Attested};
use lethe::actions::{decide, run};
use lethe::app::App;
use lethe::db;
use lethe::db::jobs::LEASE;
use lethe::domain::ids::RunId;
use lethe::domain::job::Job;
use lethe::domain::request::{Outcome, Request, Stage};
use lethe::domain::run::{RunState, RunStore, StoreState};
use lethe::domain::staff::Role;
use lethe::domain::store::{Store, StoreName};
use lethe::jobs;

use crate::support::stores::{FakeStore, Habit};
use crate::support::{PASSWORD, TestApp};

const ANN: &str = "ann@halden.example";

async fn of_run(app: &TestApp, request: &Request) -> (RunState, Vec<RunStore>) {
    let id = request.id;
    app.app
        .db
        .read(move |conn| {
            let run = db::runs::of_request(conn, id)?.unwrap();
            Ok::<_, db::DbError>((run.state, db::runs::stores(conn, run.id)?))
        })
        .await
        .unwrap()
}

async fn fields(app: &TestApp, run: RunId) -> usize {
    let fields = app.app.db.read(move |conn| db::runs::fields(conn, run));
    fields.await.unwrap().len()
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

/// How many letters to somebody hold these words.
async fn letters_with(app: &TestApp, email: &str, words: &str) -> usize {
    let letters = app.letters_to(email).await;
    let with = letters.iter().filter(|letter| letter.text.contains(words));
    with.count()
}

/// Claims every job that is due, and says how many are about a subject.
async fn claim(app: &TestApp, owner: &'static str, subject: RunId) -> Vec<String> {
    let now = app.app.clock.now();
    let claimed = app
        .app
        .db
        .write(move |conn| db::jobs::claim(conn, owner, now, 100))
        .await
        .unwrap();
    let about = |claimed: &db::jobs::Claimed| claimed.job == Job::Run(subject);
    claimed
        .into_iter()
        .filter(about)
        .map(|claimed| claimed.id)
        .collect()
}

async fn ask_for(app: &TestApp, run: RunId) {
    let (id, now) = (app.app.id(), app.app.clock.now());
    app.app
        .db
        .write(move |conn| db::jobs::enqueue(conn, id, &Job::Run(run), now))
        .await
        .unwrap();
}

async fn finish(app: &TestApp, id: &str, owner: &'static str) {
    let id = id.to_owned();
    app.app
        .db
        .write(move |conn| db::jobs::finish(conn, &id, owner))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_while_it_is_worked_is_done_once_more_and_not_beside() {
    let app = TestApp::start().await;
    let run: RunId = app.app.id();
    ask_for(&app, run).await;
    let mine = claim(&app, "one", run).await;
    assert_eq!(mine.len(), 1);
    ask_for(&app, run).await;
    ask_for(&app, run).await;
    assert!(claim(&app, "two", run).await.is_empty(), "one has it");
    let (subject, now) = (run.to_string(), app.app.clock.now());
    let held = app
        .app
        .db
        .read(move |conn| db::jobs::is_held(conn, &subject, now));
    assert!(held.await.unwrap());
    finish(&app, &mine[0], "one").await;
    let again = claim(&app, "two", run).await;
    assert_eq!(again, mine, "once more, by whoever comes");
    finish(&app, &mine[0], "two").await;
    assert_eq!(app.count("jobs", "kind = 'run'"), 0, "and once only");

    // One that failed meanwhile is not put off.
    ask_for(&app, run).await;
    let mine = claim(&app, "one", run).await;
    ask_for(&app, run).await;
    let (id, later) = (mine[0].clone(), app.app.clock.now() + LEASE * 100);
    let put_off = app
        .app
        .db
        .write(move |conn| db::jobs::postpone(conn, &id, "one", later, 1, Some("away")));
    put_off.await.unwrap();
    assert_eq!(claim(&app, "one", run).await, mine);

    // Nor does one that died keep it, and what it was asked for is done with the rest.
    ask_for(&app, run).await;
    app.app.clock.advance(LEASE);
    assert_eq!(claim(&app, "two", run).await, mine);
    finish(&app, &mine[0], "one").await;
    assert_eq!(app.count("jobs", "owner = 'two'"), 1);
    finish(&app, &mine[0], "two").await;
    assert_eq!(app.count("jobs", "kind = 'run'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_never_work_one_run() {
    let store = Arc::new(FakeStore::new(Habit::Honest, 3));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let mut other = App::start((*app.app.config).clone(), app.app.clock.clone()).unwrap();
    let stores: Vec<Arc<dyn Store>> = vec![store.clone()];
    other.stores = stores.into();
    let agent = app.actor(Role::Agent).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let gate = store.gate.lock().await;
    app.accept(&request).await;
    let one = tokio::spawn({
        let app = app.app.clone();
        async move { jobs::run_due(&app).await }
    });
    store.at_gate.notified().await;
    run::retry(&app.app, &agent, request.reference)
        .await
        .unwrap();
    // It would wait at the run for as long as the first is at the gate.
    tokio::time::timeout(Duration::from_secs(20), jobs::run_due(&other))
        .await
        .expect("the other process takes nothing up")
        .unwrap();
    drop(gate);
    one.await.unwrap().unwrap();
    assert!(is_fulfilled(&app.until_it_rests(&request).await));
    assert_eq!(app.count("jobs", "kind = 'run'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_cannot_be_read_are_a_trouble_that_shows() {
    let store = Arc::new(FakeStore::new(Habit::HidesValues, 1));
    let well = Arc::new(FakeStore::named("well", Habit::Honest, 1));
    let app = TestApp::start_with_stores(vec![store.clone(), well]).await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let request = app
        .ask_and_confirm("rectification", ANN, &[("name", "Ann Right")])
        .await;
    let (state, stores) = of_run(&app, &request).await;
    assert_eq!(state, RunState::Searching);
    assert_eq!(stores[0].state, StoreState::Waiting);
    assert_eq!(stores[0].trouble.as_deref(), Some("the system is away"));
    assert_eq!(stores[1].state, StoreState::Searched, "the other is read");
    let browser = app.browser();
    browser.sign_in("lead@northwind.example", PASSWORD).await;
    let path = format!("/admin/requests/{}/run", request.reference);
    let page = browser.get(&path).await;
    assert!(page.text.contains("the system is away"), "{}", page.text);
    assert!(page.text.contains(&format!("{path}/handover")));
    for _ in 0..40 {
        app.pass(SignedDuration::from_mins(10)).await;
    }
    let told = letters_with(&app, lead.email.as_str(), "the system is away").await;
    assert_eq!(told, 1, "staff hear of it once");
    *store.habit.lock().unwrap() = Habit::Honest;
    app.pass(SignedDuration::from_mins(10)).await;
    let (state, stores) = of_run(&app, &request).await;
    assert_eq!(state, RunState::Proposed, "it goes on by itself");
    assert_eq!((stores[0].attempts, &stores[0].trouble), (0, &None));
    assert_eq!(stores[0].found, 1, "nothing is counted twice");
    assert_eq!(fields(&app, stores[0].run).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_hides_its_values_can_be_taken_over() {
    let store = Arc::new(FakeStore::new(Habit::HidesValues, 1));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let agent = app.actor(Role::Agent).await;
    let request = app
        .ask_and_confirm("rectification", ANN, &[("name", "Ann Right")])
        .await;
    let name = StoreName("fake".to_owned());
    tasks::hand_over(&app.app, &agent, request.reference, name)
        .await
        .unwrap();
    app.run_jobs().await;
    let (state, stores) = of_run(&app, &request).await;
    assert_eq!(state, RunState::Proposed);
    assert_eq!(fields(&app, stores[0].run).await, 1, "a person will look");
    let now = app.newest_request(ANN).await;
    let run = stores[0].run;
    let open = app.app.db.read(move |conn| db::runs::fields(conn, run));
    let choices = open
        .await
        .unwrap()
        .iter()
        .map(|field| decide::FieldChoice {
            field: field.id,
            refused: None,
        })
        .collect();
    decide::decide_fields(&app.app, &agent, now.reference, now.version, choices)
        .await
        .unwrap();
    let now = app.newest_request(ANN).await;
    decide::accept(&app.app, &agent, now.reference, now.version)
        .await
        .unwrap();
    app.run_jobs().await;
    let open = app.app.db.read(move |conn| db::tasks::of_run(conn, run));
    let said = Attested {
        found: true,
        words: "I wrote it by hand.".to_owned(),
        ..Attested::default()
    };
    let task = open.await.unwrap().remove(0);
    tasks::attest(&app.app, &agent, request.reference, task.id, said)
        .await
        .unwrap();
    assert!(is_fulfilled(&app.until_it_rests(&request).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_read_back_at_the_end_is_no_longer_verified() {
    let early = Arc::new(FakeStore::named("early", Habit::Honest, 3));
    let late = Arc::new(FakeStore::named("late", Habit::FailsFirst(1), 3));
    let app = TestApp::start_with_stores(vec![early.clone(), late]).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.run_jobs().await;
    let (_, stores) = of_run(&app, &request).await;
    assert_eq!(stores[0].state, StoreState::Done);
    let first = stores[0].verified_at.unwrap();
    *early.habit.lock().unwrap() = Habit::Silent;
    app.pass(SignedDuration::from_mins(10)).await;
    let (_, stores) = of_run(&app, &request).await;
    assert_eq!(stores[0].state, StoreState::Verifying);
    assert_eq!(stores[0].verified_at, None, "nobody can say so now");
    *early.habit.lock().unwrap() = Habit::Honest;
    assert!(is_fulfilled(&app.until_it_rests(&request).await));
    let (_, stores) = of_run(&app, &request).await;
    assert!(stores[0].verified_at.unwrap() > first);
    assert_eq!((stores[0].attempts, &stores[0].trouble), (0, &None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_taken_over_while_it_is_read_back_is_not_verified() {
    let store = Arc::new(FakeStore::new(Habit::Honest, 3));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let agent = app.actor(Role::Agent).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    let gate = store.look_gate.lock().await;
    let worker = tokio::spawn({
        let app = app.app.clone();
        async move { jobs::run_due(&app).await }
    });
    store.at_look_gate.notified().await;
    let name = StoreName("fake".to_owned());
    tasks::hand_over(&app.app, &agent, request.reference, name)
        .await
        .unwrap();
    drop(gate);
    worker.await.unwrap().unwrap();
    let (_, stores) = of_run(&app, &request).await;
    assert_eq!(stores[0].state, StoreState::WithPerson);
    assert_eq!(stores[0].verified_at, None);
    assert_eq!(stores[0].found, 4, "the three, and the look itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_only_puts_off_is_told_of_after_a_day() {
    let store = Arc::new(FakeStore::new(Habit::PutsOff, 3));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    let pass = async |hours: i32| {
        for _ in 0..hours * 2 {
            app.pass(SignedDuration::from_mins(30)).await;
        }
        letters_with(&app, lead.email.as_str(), "asks to be left alone").await
    };
    assert_eq!(pass(23).await, 0, "that is no failure");
    let (_, stores) = of_run(&app, &request).await;
    assert_eq!(stores[0].attempts, 0);
    assert_eq!(pass(2).await, 1);
    assert_eq!(pass(48).await, 1, "and once only");
    let (state, stores) = of_run(&app, &request).await;
    assert_eq!(
        (state, stores[0].state),
        (RunState::Running, StoreState::Working)
    );
    assert_eq!(app.count("audit_index", "action = 'step_failed'"), 1);
    *store.habit.lock().unwrap() = Habit::Honest;
    assert!(is_fulfilled(&app.until_it_rests(&request).await));
    let (_, stores) = of_run(&app, &request).await;
    assert_eq!((stores[0].attempts, stores[0].put_off_since), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_moves_between_is_not_put_off() {
    let store = Arc::new(FakeStore::new(Habit::PutsOff, 450));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    let calls = || store.calls.load(Ordering::SeqCst);
    for hours in [20, 20] {
        for _ in 0..hours {
            app.pass(SignedDuration::from_hours(1)).await;
        }
        // One batch goes, and then it asks to be left alone again.
        *store.habit.lock().unwrap() = Habit::PutsOffAfter(calls());
        app.pass(SignedDuration::from_mins(2)).await;
    }
    assert_eq!(store.records.lock().unwrap().len(), 50);
    assert_eq!(
        letters_with(&app, lead.email.as_str(), "left alone").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_store_that_stands_has_its_letter() {
    let stores: Vec<Arc<dyn Store>> = vec![
        Arc::new(FakeStore::named("one", Habit::NeedsPerson, 1)),
        Arc::new(FakeStore::named("two", Habit::NeedsPerson, 1)),
    ];
    let app = TestApp::start_with_stores(stores).await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let cause = "The account may not delete";
    assert_eq!(letters_with(&app, lead.email.as_str(), cause).await, 2);
}

//! What a run does when things do not go as they should.

use std::sync::Arc;
use std::time::Duration;

use lethe::actions::run;
use lethe::app::App;
use lethe::db;
use lethe::db::jobs::LEASE;
use lethe::domain::ids::RunId;
use lethe::domain::job::Job;
use lethe::domain::request::{Outcome, Request, Stage};
use lethe::domain::staff::Role;
use lethe::domain::store::Store;
use lethe::jobs;

use crate::support::stores::{FakeStore, Habit};
use crate::support::TestApp;

const ANN: &str = "ann@halden.example";

fn is_fulfilled(request: &Request) -> bool {
    matches!(
        request.stage,
        Stage::Closed {
            outcome: Outcome::Fulfilled,
            ..
        }
    )
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

//! kill -9: whatever was begun ends in the same state, without a person.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use lethe::actions::{decide, trail};
use lethe::db;
use lethe::domain::staff::Role;
use lethe::imports::Source;

use crate::support::TestApp;

const PEOPLE: usize = 12;

fn person(n: usize) -> String {
    format!("person{n}@halden.example")
}

fn worker(app: &TestApp, file: &Path) -> Child {
    let mut command = app.command(file);
    command.arg("worker").stdout(Stdio::null());
    command.spawn().unwrap()
}

async fn open_requests(app: &TestApp) -> i64 {
    let open = app
        .app
        .db
        .read(|conn| db::requests::count_open(conn, None))
        .await
        .unwrap();
    open.into_iter().map(|(_, count)| count).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_every_erasure_ends() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Agent).await;
    for n in 0..PEOPLE {
        let email = person(n);
        let messages: Vec<String> = (0..40)
            .map(|m| format!(r#"{{"key":"{m}","author":{{"email":"{email}"}},"at":"2026-01-02T03:04:05Z","body":"{email}"}}"#))
            .collect();
        app.import(
            Source::Tickets,
            &format!(
                r#"{{"key":"T-{n}","subject":"Help","status":"open","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{email}","name":"P"}},"participants":[],"messages":[{}]}}"#,
                messages.join(",")
            ),
        )
        .await;
        app.ask_and_confirm("removal", &email, &[]).await;
        let request = app.newest_request(&email).await;
        decide::accept(&app.app, &actor, request.reference, request.version)
            .await
            .unwrap();
    }
    let file = app.config_file("");
    let mut kills = 0;
    // Each life is a little longer than the one before, so that death meets every step.
    for life in 0..30 {
        let mut child = worker(&app, &file);
        tokio::time::sleep(Duration::from_millis(60 + 25 * life)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        if open_requests(&app).await == 0 {
            break;
        }
    }
    let mut child = worker(&app, &file);
    let start = Instant::now();
    while open_requests(&app).await > 0 {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "requests are still open after {kills} kills"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    assert_eq!(
        trail::verify::verify(&app.app, Vec::new())
            .await
            .unwrap()
            .problem,
        None
    );
    let intents = app
        .app
        .db
        .read(|conn| db::audit::open_intents(conn, jiff::Timestamp::MAX))
        .await
        .unwrap();
    assert!(intents.is_empty(), "every intent has its outcome");
    for n in 0..PEOPLE {
        assert_eq!(
            app.is_anywhere(&person(n)),
            Vec::<String>::new(),
            "after {kills} kills"
        );
    }
}

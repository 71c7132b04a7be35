//! kill -9: whatever was begun ends in the same state, without a person.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lethe::actions::{decide, trail};
use lethe::config::DatabaseUrl;
use lethe::db;
use lethe::domain::staff::Role;
use lethe::imports::Source;
use secrecy::ExposeSecret;

use crate::support::TestApp;

const PEOPLE: usize = 12;

fn person(n: usize) -> String {
    format!("person{n}@halden.example")
}

/// A configuration file for the same database, keys and journal.
fn configuration(app: &TestApp) -> std::path::PathBuf {
    let config = &app.app.config;
    let file = app.folder.join("lethe.toml");
    let text = format!(
        r#"[server]
public_url = "{url}"
[keys]
file = "{keys}"
[journal]
erasure = "{journal}"
[vendor]
name = "Northwind Apps"
address = "Northwind Apps B.V., Amsterdam"
privacy_addresses = ["privacy@northwind.example"]
country = "NL"
zone = "Europe/Amsterdam"
authority_name = "Autoriteit Persoonsgegevens"
authority_url = "https://autoriteitpersoonsgegevens.nl/"
[mail]
transport = "files"
folder = "{folder}/mails"
from = "privacy@northwind.example"
[retention]
tax_years = 7
backup_days = 30
tax_law = "AWR art. 52"
[audit]
origin = "audit.northwind.example/lethe"
"#,
        url = app.url,
        keys = config.keys.file.display(),
        journal = config.journal.erasure.display(),
        folder = app.folder.display(),
    );
    std::fs::write(&file, text).unwrap();
    file
}

fn worker(app: &TestApp, file: &Path) -> Child {
    let url = match &app.app.config.database.url {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Postgres(url) => url.expose_secret().to_owned(),
    };
    Command::new(env!("CARGO_BIN_EXE_lethe"))
        .args(["worker", "--config"])
        .arg(file)
        .env("LETHE_DATABASE_URL", url)
        .env("LETHE_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
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
    let file = configuration(&app);
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

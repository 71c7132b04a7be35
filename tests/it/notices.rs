//! Notices to recipients (Art. 19): by a signed message and by mail, again until they are taken, and
//! told to the person.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use jiff::SignedDuration;
use lethe::actions::{notices, retention};
use lethe::config::policy::{BUILT_IN, PolicyFile};
use lethe::db;
use lethe::domain::request::Request;
use lethe::domain::staff::Role;
use lethe::imports::Source;
use serde_json::Value;

use crate::support::TestApp;

const ANN: &str = "ann@halden.example";

const TICKET: &str = r#"{"key":"SUP-7","subject":"Boards of Ann Lind","status":"closed","created_at":"2026-01-02T03:04:05Z","requester":{"email":"ann@halden.example","name":"Ann Lind"},"participants":[],"messages":[{"key":"m","author":{"email":"ann@halden.example","name":"Ann Lind"},"at":"2026-01-02T03:04:05Z","body":"Hello"}]}"#;

/// Starts with a recipient of tickets that is told in this way.
async fn start(notify: &str) -> TestApp {
    let (from, _) = BUILT_IN
        .split_once("notify = \"none\"\nwhy_not = { en = \"It works in our help desk")
        .expect("the recipient of tickets");
    let policy = format!("{from}notify = \"{notify}\"\n");
    TestApp::start_with(move |config| {
        let folder = config
            .keys
            .file
            .parent()
            .map_or(Path::new("."), |folder| folder);
        let file = folder.join("policy.toml");
        std::fs::write(&file, &policy).unwrap();
        config.retention.policy = PolicyFile::At(file);
    })
    .await
}

/// Ann asks to be removed, and is.
async fn removed(app: &TestApp) -> Request {
    app.import(Source::Tickets, TICKET).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await
}

async fn state(app: &TestApp, request: &Request, recipient: &str) -> db::notices::Notice {
    let id = request.id;
    app.app
        .db
        .read(move |conn| db::notices::of_requests(conn, &[id]))
        .await
        .unwrap()
        .into_iter()
        .find(|notice| notice.recipient == recipient)
        .expect("a notice to the recipient")
}

/// A message that a webhook got.
#[derive(Clone)]
struct Got {
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// A recipient's server, which answers as it is told, and 204 after that.
#[derive(Clone)]
struct Hook {
    url: String,
    got: Arc<Mutex<Vec<Got>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Hook {
    fn start(answers: &[u16]) -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hook = Hook {
            url: format!("http://{}/notices", listener.local_addr().unwrap()),
            got: Arc::default(),
            answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
        };
        let shared = hook.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut headers = BTreeMap::new();
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                loop {
                    line.clear();
                    reader.read_line(&mut line).unwrap();
                    let Some((name, value)) = line.trim().split_once(": ") else {
                        break;
                    };
                    headers.insert(name.to_lowercase(), value.to_owned());
                }
                let length = headers.get("content-length").map_or("0", String::as_str);
                let mut body = vec![0; length.parse().unwrap()];
                reader.read_exact(&mut body).unwrap();
                shared.got.lock().unwrap().push(Got { headers, body });
                let status = shared.answers.lock().unwrap().pop_front().unwrap_or(204);
                let head = format!(
                    "HTTP/1.1 {status} So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).unwrap();
            }
        });
        hook
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_hears_of_a_removal_again_until_it_takes_it_and_of_nobody_by_name() {
    let hook = Hook::start(&[503, 500]);
    let app = start(&hook.url).await;
    let request = removed(&app).await;
    app.run_jobs().await;
    let waiting = state(&app, &request, "Letterbird").await;
    assert_eq!(
        (waiting.state.as_str(), waiting.way.as_str()),
        ("queued", "webhook")
    );
    let page = app.browser().open_status(&app, ANN).await;
    assert!(page.text.contains("Letterbird") && page.text.contains("Is being told"));
    for _ in 0..3 {
        app.pass(SignedDuration::from_mins(2)).await;
    }
    let told = state(&app, &request, "Letterbird").await;
    assert_eq!((told.state.as_str(), told.attempts), ("told", 2));
    let got = hook.got();
    assert_eq!(got.len(), 3, "two that were refused, and one");
    let secret = app.app.keys.webhook_secret("Letterbird");
    for message in &got {
        let id = &message.headers["webhook-id"];
        let at: i64 = message.headers["webhook-timestamp"].parse().unwrap();
        assert_eq!(*id, told.id.to_string(), "the same notice has the same id");
        assert_eq!(
            message.headers["webhook-signature"],
            secret.sign(id, at, &message.body)
        );
        let text = String::from_utf8(message.body.clone()).unwrap();
        assert!(!text.contains("halden") && !text.contains("Lind"), "{text}");
        let body: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(body["type"], "data.erased");
        assert_eq!(body["data"]["reference"], request.reference.to_string());
        assert_eq!(body["data"]["records"][0]["label"], "SUP-7");
    }
    let page = app.browser().open_status(&app, ANN).await;
    assert!(page.text.contains("Told on"), "{}", page.text);
    // Besides, the host: it cannot be told, and that is on record too.
    assert_eq!(app.count("audit_index", "action = 'recipient_notified'"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_never_takes_it_is_an_alarm_until_staff_try_again() {
    let hook = Hook::start(&[500; 18]);
    let app = start(&hook.url).await;
    let request = removed(&app).await;
    for _ in 0..40 {
        app.pass(SignedDuration::from_hours(6)).await;
    }
    let failed = state(&app, &request, "Letterbird").await;
    assert_eq!((failed.state.as_str(), failed.attempts), ("failed", 18));
    assert_eq!(failed.trouble.as_deref(), Some("answered 500"));
    assert_eq!(hook.got().len(), 18);
    assert_eq!(
        app.count("jobs", "kind = 'tell_recipient' AND state = 'needs_person'"),
        1
    );
    let auditor = app.actor(Role::Auditor).await;
    assert!(notices::retry(&app.app, &auditor, failed.id).await.is_err());
    let agent = app.actor(Role::Agent).await;
    notices::retry(&app.app, &agent, failed.id).await.unwrap();
    app.run_jobs().await;
    let told = state(&app, &request, "Letterbird").await;
    assert_eq!((told.state.as_str(), told.trouble), ("told", None));
    assert_eq!(app.count("jobs", "kind = 'tell_recipient'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_by_mail_gets_one_letter_and_one_that_cannot_be_told_has_its_ground() {
    let app = start("privacy@letterbird.example").await;
    let request = removed(&app).await;
    app.run_jobs().await;
    let letters = app.letters_to("privacy@letterbird.example").await;
    assert_eq!(letters.len(), 1);
    let text = &letters[0].text;
    assert!(
        text.contains("SUP-7") && text.contains("Article 19"),
        "{text}"
    );
    assert!(!text.contains("halden") && !text.contains("Lind"), "{text}");
    assert_eq!(state(&app, &request, "Letterbird").await.state, "told");
    let host = state(&app, &request, "Cloudhaven Hosting").await;
    assert_eq!(
        (host.state.as_str(), host.way.as_str()),
        ("not_told", "none")
    );
    let page = app.browser().open_status(&app, ANN).await;
    assert!(page.text.contains("Cloudhaven Hosting") && page.text.contains("Its disks hold"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_nothing_of_what_was_removed_hears_nothing() {
    let app = start("privacy@letterbird.example").await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    assert_eq!(app.count("notices", "1 = 1"), 0);
}

/// Two tickets of two people.
const OLD_TICKETS: &str = concat!(
    r#"{"key":"SUP-1","subject":"Ann Lind","status":"closed","created_at":"2026-01-02T03:04:05Z","closed_at":"2026-02-01T10:00:00Z","requester":{"email":"ann@halden.example","name":"Ann Lind"},"participants":[],"messages":[]}"#,
    "\n",
    r#"{"key":"SUP-2","subject":"Bo","status":"closed","created_at":"2026-01-02T03:04:05Z","closed_at":"2026-02-01T10:00:00Z","requester":{"email":"bo@halden.example","name":"Bo"},"participants":[],"messages":[]}"#
);

/// The tickets are there, and their period has ended: an import would not have taken them then.
async fn with_old_tickets(app: &TestApp) {
    use diesel::prelude::*;
    app.import(Source::Tickets, OLD_TICKETS).await;
    let closed = diesel::sql_query("UPDATE tickets SET closed_at = 0").execute(&mut app.connect());
    assert_eq!(closed.unwrap(), 2);
}

async fn of_sweep(app: &TestApp, id: lethe::domain::ids::SweepId) -> Vec<db::notices::Notice> {
    let notices = app.app.db.read(move |conn| db::notices::of_sweep(conn, id));
    notices.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_hears_once_of_all_that_a_sweep_removed() {
    let app = start("privacy@letterbird.example").await;
    with_old_tickets(&app).await;
    let sweep = retention::begin(&app.app).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.count("tickets", "1 = 1"), 0);
    let letters = app.letters_to("privacy@letterbird.example").await;
    assert_eq!(letters.len(), 1);
    let text = &letters[0].text;
    for said in ["SUP-1", "SUP-2", "Article 19", "period of retention"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("halden") && !text.contains("Lind"), "{text}");
    let notices = of_sweep(&app, sweep).await;
    let told: Vec<_> = notices
        .iter()
        .map(|of| (of.recipient.as_str(), of.state.as_str(), of.sealed.len()))
        .collect();
    assert_eq!(
        told,
        [
            ("Cloudhaven Hosting", "not_told", 0),
            ("Letterbird", "told", 0)
        ]
    );
    assert_eq!(app.count("audit_index", "action = 'recipient_notified'"), 2);
    // The next day nothing goes, and nobody hears anything.
    app.pass(SignedDuration::from_hours(24)).await;
    retention::begin(&app.app).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.letters_to("privacy@letterbird.example").await.len(), 1);
    assert_eq!(app.count("notices", "1 = 1"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_hears_of_a_sweep_too() {
    let hook = Hook::start(&[503]);
    let app = start(&hook.url).await;
    with_old_tickets(&app).await;
    let sweep = retention::begin(&app.app).await.unwrap();
    app.run_jobs().await;
    app.pass(SignedDuration::from_mins(2)).await;
    let got = hook.got();
    assert_eq!(got.len(), 2, "one that was refused, and one");
    let body: Value = serde_json::from_slice(&got[1].body).unwrap();
    assert_eq!(body["type"], "data.erased");
    assert_eq!(body["data"]["reference"], Value::Null);
    assert_eq!(body["data"]["sweep"], sweep.to_string());
    assert_eq!(body["data"]["records"][1]["label"], "SUP-2");
    assert!(
        of_sweep(&app, sweep)
            .await
            .iter()
            .any(|of| of.state == "told")
    );
}

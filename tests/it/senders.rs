//! Mailing tools: links, the feed of objections, the webhook, questions by the API, and what the
//! command line does for tools without one.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use diesel::connection::SimpleConnection;
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use lethe::actions::senders::{self, Added};
use lethe::actions::{objections, trail};
use lethe::app::App;
use lethe::config::List;
use lethe::db;
use lethe::domain::email::Email;
use lethe::domain::event::Actor;
use lethe::domain::sender::Scope;
use lethe::domain::staff::Role;
use lethe::i18n::Lang;
use lethe::imports::Source;
use lethe::seal::{ApiToken, SenderKeys, Unsubscribe};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::page::Page;
use crate::support::{PASSWORD, TestApp, path_in};

pub(crate) const ANN: &str = "ann@halden.example";
pub(crate) const ONE_CLICK: &[u8] = b"List-Unsubscribe=One-Click";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn token(app: &App, address: &str, list: &str) -> String {
    app.keys.unsubscribe_token(&Unsubscribe {
        address: address.to_owned(),
        list: list.to_owned(),
        tool_id: Some(format!("id-of-{address}")),
        tool: Some("newsletter".to_owned()),
    })
}

pub(crate) async fn add(app: &App, name: &str, scopes: &[Scope], webhook: Option<&str>) -> Added {
    senders::add_token(app, &Actor::Operator, name, None, scopes, webhook)
        .await
        .unwrap()
}

pub(crate) async fn unsubscribe(app: &App, address: &str, list: &str) {
    let token = token(app, address, list);
    objections::unsubscribe(app, &token, false, "one_click")
        .await
        .unwrap();
}

/// The digest as a mailing tool makes it, from the key that it was given.
pub(crate) fn digest(keys: &SenderKeys, address: &str) -> String {
    let key = BASE64.decode(keys.digest_key()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(address.to_lowercase().as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A mailing tool at the API.
pub(crate) struct Tool {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Tool {
    pub(crate) fn new(app: &TestApp, token: &str) -> Tool {
        app.browser();
        Tool {
            http: reqwest::Client::new(),
            url: app.url.clone(),
            token: token.to_owned(),
        }
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.bearer_auth(&self.token).send().await.unwrap();
        let status = answer.status().as_u16();
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert!(answer.headers().get("set-cookie").is_none());
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        if status != 200 {
            assert!(
                body["error"].is_string() && body["message"].is_string(),
                "{body}"
            );
        }
        (status, body)
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.answer(self.http.get(format!("{}{path}", self.url)))
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .body(body.to_string());
        self.answer(request).await
    }

    pub(crate) async fn changes(&self, after: i64) -> Vec<Value> {
        let (status, body) = self
            .get(&format!("/api/v1/suppressions?after={after}"))
            .await;
        assert_eq!(status, 200, "{body}");
        body["changes"].as_array().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sender_hears_of_each_change_under_its_own_key_and_says_what_it_applied() {
    let app = TestApp::start().await;
    let news = add(
        &app.app,
        "newsletter",
        &[Scope::Suppressions, Scope::Links],
        None,
    )
    .await;
    let crm = add(&app.app, "crm", &[Scope::Suppressions], None).await;
    let path = format!("/u/{}", token(&app.app, "Ann@Halden.example", "news"));
    let answer = app
        .browser()
        .post_raw(&path, FORM, ONE_CLICK.to_vec())
        .await;
    assert_eq!(answer.status().as_u16(), 200);
    app.app.clock.advance(SignedDuration::from_secs(1));
    let browser = app.browser();
    let page = browser.get(&path).await;
    browser.send(&page, &path, &[("action", "undo")]).await;
    app.run_jobs().await;

    for added in [&news, &crm] {
        let tool = Tool::new(&app, added.token.as_str());
        let changes = tool.changes(0).await;
        let kinds: Vec<&str> = changes
            .iter()
            .map(|c| c["change"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["added", "lifted"]);
        for (place, change) in (1..).zip(&changes) {
            assert_eq!(change["cursor"], place);
            assert_eq!(change["list"], "news");
            // The link is the newsletter's, and nobody else learns whom it knows under which id.
            let id = (added.token == news.token).then_some("id-of-Ann@Halden.example");
            assert_eq!(change["id"], json!(id));
            assert_eq!(change["digest"], digest(&added.keys, ANN));
        }
        assert_eq!(tool.changes(0).await, changes, "a look changes nothing");
        assert_eq!(tool.changes(1).await, changes[1..]);
        let (_, page) = tool.get("/api/v1/suppressions?limit=1").await;
        assert_eq!((&page["next"], &page["more"]), (&json!(1), &json!(true)));
        let (_, end) = tool.get("/api/v1/suppressions?after=2").await;
        assert_eq!(end, json!({"changes": [], "next": 2, "more": false}));
    }
    assert_ne!(digest(&news.keys, ANN), digest(&crm.keys, ANN));

    // One of them applies them; after a day the other is named.
    let tool = Tool::new(&app, news.token.as_str());
    let applied = "/api/v1/suppressions/applied";
    assert_eq!(tool.post(applied, &json!({"through": 3})).await.0, 422);
    assert_eq!(tool.post(applied, &json!({"through": 2})).await.0, 200);
    assert_eq!(
        tool.post(applied, &json!({"through": 1})).await.0,
        200,
        "never less"
    );
    let late = |app: &TestApp| {
        let (db, before) = (app.app.db.clone(), app.app.clock.now() - senders::MAY_WAIT);
        async move {
            db.read(move |conn| db::senders::late(conn, before))
                .await
                .unwrap()
        }
    };
    assert_eq!(late(&app).await, []);
    app.pass(SignedDuration::from_hours(25)).await;
    let behind = late(&app).await;
    assert_eq!(behind.len(), 1);
    assert_eq!((behind[0].name.as_str(), behind[0].waiting), ("crm", 2));

    app.staff("lead@northwind.example", Role::Lead).await;
    let browser = app.browser();
    browser.sign_in("lead@northwind.example", PASSWORD).await;
    let overview = browser.get("/admin").await;
    assert!(
        overview.text.contains("has not applied 2 changes"),
        "{}",
        overview.text
    );
    assert!(
        browser
            .get("/admin/objections")
            .await
            .text
            .contains("2 changes wait since")
    );
    // The command has no frozen clock, so the changes are made old for certain.
    app.connect()
        .batch_execute("UPDATE suppression_feed SET written_at = 0")
        .unwrap();
    let output = app
        .command(&app.config_file(""))
        .arg("check")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("senders: crm has not applied 2 changes"),
        "{said}"
    );
    assert!(!said.contains("newsletter"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_sender_hears_of_what_stood_before_it_and_an_ended_one_of_nothing() {
    let app = TestApp::start().await;
    for n in 0..3 {
        unsubscribe(&app.app, &format!("p{n}@halden.example"), "news").await;
    }
    objections::resubscribe(
        &app.app,
        &token(&app.app, "p1@halden.example", "news"),
        Lang::En,
    )
    .await
    .unwrap();
    let (operator, scopes) = (Actor::Operator, [Scope::Suppressions]);
    let of_tool = Some("newsletter");
    let added = senders::add_token(&app.app, &operator, "late", of_tool, &scopes, None)
        .await
        .unwrap();
    let other = add(&app.app, "crm", &scopes, None).await;
    unsubscribe(&app.app, "p3@halden.example", "news").await;
    app.run_jobs().await;
    for change in Tool::new(&app, other.token.as_str()).changes(0).await {
        assert_eq!(change["id"], Value::Null, "the ids are the newsletter's");
    }
    let tool = Tool::new(&app, added.token.as_str());
    let changes = tool.changes(0).await;
    let known: BTreeMap<&str, bool> = changes
        .iter()
        .map(|c| (c["id"].as_str().unwrap(), c["digest"].is_string()))
        .collect();
    // What was made after it came has a digest, and is not named once more without.
    assert_eq!(changes.len(), 3, "{changes:?}");
    for id in ["id-of-p0@halden.example", "id-of-p2@halden.example"] {
        assert_eq!(known.get(id), Some(&false), "{id}");
    }
    assert!(!known.contains_key("id-of-p1@halden.example"));
    assert!(
        changes
            .iter()
            .any(|c| c["digest"] == digest(&added.keys, "p3@halden.example"))
    );

    senders::revoke_token(&app.app, &Actor::Operator, "late")
        .await
        .unwrap();
    assert_eq!(tool.get("/api/v1/suppressions").await.0, 401);
    unsubscribe(&app.app, "p4@halden.example", "news").await;
    app.app.clock.advance(SignedDuration::from_hours(7));
    lethe::actions::own::sweep_own(&app.app).await.unwrap();
    let left = app.app.db.read(|conn| {
        let tokens = db::senders::tokens(conn)?;
        db::senders::changes(conn, tokens[0].sender.id, 0, 100)
    });
    assert_eq!(left.await.unwrap(), []);
    add(&app.app, "late", &[Scope::Links], None).await;
    let twice = senders::add_token(
        &app.app,
        &Actor::Operator,
        "late",
        None,
        &[Scope::Links],
        None,
    )
    .await;
    assert!(twice.is_err(), "the name is taken again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_has_no_gap_and_no_late_row_while_several_processes_write() {
    let app = TestApp::start_with(|config| config.limits.per_token_per_minute = 100_000).await;
    let others: Vec<App> = (0..3)
        .map(|_| App::start((*app.app.config).clone(), app.app.clock.clone()).unwrap())
        .collect();
    // The others run already, and must not miss it.
    let added = add(&app.app, "newsletter", &[Scope::Suppressions], None).await;
    let mut writers = Vec::new();
    for (n, other) in others.iter().cloned().enumerate() {
        writers.push(tokio::spawn(async move {
            for m in 0..40 {
                unsubscribe(&other, &format!("p{n}-{m}@halden.example"), "news").await;
                // All of them press the same link, back and forth.
                let shared = token(&other, ANN, "news");
                if (n + m) % 2 == 0 {
                    objections::unsubscribe(&other, &shared, false, "page")
                        .await
                        .unwrap();
                } else {
                    objections::resubscribe(&other, &shared, Lang::En)
                        .await
                        .unwrap();
                }
                senders::sequence(&other).await.unwrap();
            }
        }));
    }
    let tool = Tool::new(&app, added.token.as_str());
    let mut seen = Vec::new();
    let mut done = false;
    while !done {
        done = writers.iter().all(tokio::task::JoinHandle::is_finished);
        if done {
            while senders::sequence(&app.app).await.unwrap() > 0 {}
        }
        loop {
            let more = tool.changes(seen.len() as i64).await;
            if more.is_empty() {
                break;
            }
            seen.extend(more);
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    for (place, change) in (1..).zip(&seen) {
        assert_eq!(change["cursor"], place, "no gap, and none came late");
    }
    for n in 0..3 {
        for m in 0..40 {
            let digest = digest(&added.keys, &format!("p{n}-{m}@halden.example"));
            assert_eq!(seen.iter().filter(|c| c["digest"] == digest).count(), 1);
        }
    }
    let of_ann: Vec<&str> = seen
        .iter()
        .filter(|c| c["digest"] == digest(&added.keys, ANN))
        .map(|c| c["change"].as_str().unwrap())
        .collect();
    for (n, change) in of_ann.iter().enumerate() {
        assert_eq!(
            *change,
            if n % 2 == 0 { "added" } else { "lifted" },
            "{of_ann:?}"
        );
    }
    let digests = app.app.address_digests(&Email::parse(ANN).unwrap());
    let standing = app
        .app
        .db
        .read(move |conn| db::guards::objections_of(conn, &digests));
    let stands = !standing.await.unwrap().is_empty();
    assert_eq!(
        of_ann.last() == Some(&"added"),
        stands,
        "the feed ends as it is"
    );
}

/// What a webhook was sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Sent {
    pub(crate) fn places(&self) -> Vec<i64> {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(body["type"], "suppressions.changed");
        let changes = body["data"]["changes"].as_array().unwrap();
        changes
            .iter()
            .map(|c| c["cursor"].as_i64().unwrap())
            .collect()
    }

    /// As a mailing tool checks it, from the secret that it was given.
    fn is_signed(&self, keys: &SenderKeys) -> bool {
        let secret = keys.webhook_secret();
        let secret = BASE64
            .decode(secret.strip_prefix("whsec_").unwrap())
            .unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
        mac.update(self.headers["webhook-id"].as_bytes());
        mac.update(b".");
        mac.update(self.headers["webhook-timestamp"].as_bytes());
        mac.update(b".");
        mac.update(&self.body);
        let expected = format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()));
        self.headers["webhook-signature"] == expected
    }
}

/// A mailing tool's own server, which answers as it is told and keeps what it got.
#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) url: String,
    sent: Arc<Mutex<Vec<Sent>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Status(u16),
    /// Nothing at all, for as long as it takes.
    Silence,
}

impl Hook {
    pub(crate) fn start(answers: &[Answer]) -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hook = Hook {
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
            sent: Arc::default(),
            answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
        };
        let shared = hook.clone();
        thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut headers = BTreeMap::new();
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.is_empty() {
                    continue;
                }
                loop {
                    line.clear();
                    reader.read_line(&mut line).unwrap();
                    let Some((name, value)) = line.trim().split_once(": ") else {
                        break;
                    };
                    headers.insert(name.to_lowercase(), value.to_owned());
                }
                let mut body = vec![0; headers["content-length"].parse().unwrap()];
                reader.read_exact(&mut body).unwrap();
                shared.sent.lock().unwrap().push(Sent { headers, body });
                let answer = shared.answers.lock().unwrap().pop_front();
                match answer.unwrap_or(Answer::Status(204)) {
                    Answer::Status(status) => {
                        let head = format!(
                            "HTTP/1.1 {status} So\r\nlocation: {}/elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                            shared.url
                        );
                        stream.write_all(head.as_bytes()).unwrap();
                    }
                    Answer::Silence => held.push(stream),
                }
            }
        });
        hook
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_told_at_once_in_order_and_again_until_it_takes_it() {
    let app = TestApp::start().await;
    let hook = Hook::start(&[
        Answer::Status(200),
        Answer::Status(500),
        Answer::Status(302),
        Answer::Silence,
    ]);
    let added = add(&app.app, "crm", &[Scope::Suppressions], Some(&hook.url)).await;
    app.run_jobs().await;
    unsubscribe(&app.app, ANN, "news").await;
    app.run_jobs().await;
    let sent = hook.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].places(), [1]);
    assert!(sent[0].is_signed(&added.keys));
    assert!(!sent[0].is_signed(&SenderKeys::random()));
    let body: Value = serde_json::from_slice(&sent[0].body).unwrap();
    assert_eq!(
        body["data"]["changes"][0]["digest"],
        digest(&added.keys, ANN)
    );
    let now = app.app.clock.now().as_second().to_string();
    assert_eq!(sent[0].headers["webhook-timestamp"], now);

    // 500, a redirect that is not followed, and silence: each is a failure, and nothing is lost.
    unsubscribe(&app.app, "bo@halden.example", "news").await;
    for tries in 2..=4 {
        app.run_jobs().await;
        assert_eq!(hook.sent().len(), tries, "one try at a time");
        app.run_jobs().await;
        assert_eq!(hook.sent().len(), tries, "not before the delay has passed");
        if tries == 3 {
            // It does not bring the next try nearer.
            unsubscribe(&app.app, "cy@halden.example", "news").await;
        }
        app.app.clock.advance(SignedDuration::from_secs(60));
    }
    app.run_jobs().await;
    let sent = hook.sent();
    let places: Vec<Vec<i64>> = sent.iter().map(Sent::places).collect();
    assert_eq!(places, [vec![1], vec![2], vec![2], vec![2, 3], vec![2, 3]]);
    assert_eq!(sent[1].headers["webhook-id"], sent[2].headers["webhook-id"]);
    assert_ne!(sent[2].headers["webhook-id"], sent[3].headers["webhook-id"]);
    assert_eq!(sent[3].headers["webhook-id"], sent[4].headers["webhook-id"]);
    assert!(sent.iter().all(|sent| sent.is_signed(&added.keys)));
    let state = app.app.db.read(db::senders::tokens).await.unwrap();
    assert_eq!((state[0].last_place, state[0].applied_through), (3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_is_away_gets_everything_when_it_is_back() {
    let app = TestApp::start().await;
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{gone}/");
    add(&app.app, "crm", &[Scope::Suppressions], Some(&url)).await;
    app.run_jobs().await;
    for n in 0..150 {
        unsubscribe(&app.app, &format!("p{n}@halden.example"), "news").await;
    }
    app.run_jobs().await;
    app.pass(SignedDuration::from_hours(1)).await;
    let listener = TcpListener::bind(gone).unwrap();
    let taken = thread::spawn(move || {
        let mut places = Vec::new();
        while places.len() < 150 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while line != "\r\n" {
                line.clear();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let headers = BTreeMap::new();
            places.extend(Sent { headers, body }.places());
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).unwrap();
        }
        places
    });
    app.pass(SignedDuration::from_mins(6)).await;
    let places = taken.join().unwrap();
    assert_eq!(places, (1..=150).collect::<Vec<i64>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_of_anybody_else_is_refused() {
    let app = TestApp::start().await;
    for url in [
        "http://crm.example/",
        "ftp://localhost/",
        "crm",
        "https://a:b@crm.example/",
    ] {
        let scopes = [Scope::Suppressions];
        let refused =
            senders::add_token(&app.app, &Actor::Operator, "crm", None, &scopes, Some(url)).await;
        assert!(refused.is_err(), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_clicks_at_once_leave_one_objection_each() {
    let app = TestApp::start().await;
    add(&app.app, "newsletter", &[Scope::Suppressions], None).await;
    let (people, presses) = (2000, 5);
    let paths: Vec<String> = (0..people)
        .map(|n| {
            format!(
                "{}/u/{}",
                app.url,
                token(&app.app, &format!("p{n}@halden.example"), "news")
            )
        })
        .collect();
    let paths = Arc::new(paths);
    app.browser();
    let http = reqwest::Client::new();
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let (paths, http) = (paths.clone(), http.clone());
            tokio::spawn(async move {
                // Neighbours press the same links at the same time.
                for press in (task..people * presses).step_by(64) {
                    let answer = http
                        .post(&paths[press / presses])
                        .header("content-type", FORM)
                        .body(ONE_CLICK)
                        .send()
                        .await
                        .unwrap();
                    assert_eq!(answer.status().as_u16(), 200);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let count = app.app.db.read(db::guards::count_objections).await.unwrap();
    assert_eq!(count, people as i64);
    while senders::sequence(&app.app).await.unwrap() > 0 {}
    let state = app.app.db.read(db::senders::tokens).await.unwrap();
    assert_eq!(state[0].last_place, people as i64);
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    let entries = app.app.db.read(db::audit::count_entries).await.unwrap();
    assert_eq!(
        entries,
        people as i64 + 1,
        "an entry each, and one of the token"
    );
}

pub(crate) fn lists(config: &mut lethe::config::Config) {
    let list = |name: &str, title: &str, german: &str| List {
        name: name.to_owned(),
        title: title.to_owned(),
        titles: BTreeMap::from([("de".to_owned(), german.to_owned())]),
    };
    config.lists = vec![
        list("news", "Product news", "Neuigkeiten"),
        list("webinars", "Webinars", "Webinare"),
    ];
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_addresses_are_checked_in_one_call_and_not_kept() {
    let app = TestApp::start_with(lists).await;
    let added = add(&app.app, "newsletter", &[Scope::Suppressions], None).await;
    let tool = Tool::new(&app, added.token.as_str());
    unsubscribe(&app.app, "p7@halden.example", "news").await;
    unsubscribe(&app.app, "p4000@halden.example", "webinars").await;
    unsubscribe(&app.app, "p9998@halden.example", "*").await;
    let mut addresses: Vec<String> = (0..10_000)
        .map(|n| format!("p{n}@halden.example"))
        .collect();
    addresses[7] = " P7@HALDEN.example".to_owned();
    addresses[9] = "nobody".to_owned();
    let check = "/api/v1/suppressions/check";
    let (status, body) = tool
        .post(check, &json!({"list": "news", "addresses": addresses}))
        .await;
    assert_eq!(status, 200);
    let results = body["results"].as_array().unwrap();
    assert_eq!(results.len(), 10_000);
    let refused: Vec<(usize, &Value)> = results
        .iter()
        .enumerate()
        .filter(|(_, result)| result["write"] != true)
        .collect();
    let (unsubscribed, invalid) = (
        json!({"write": false, "why": "unsubscribed"}),
        json!({"write": false, "why": "invalid"}),
    );
    assert_eq!(
        refused,
        [(7, &unsubscribed), (9, &invalid), (9998, &unsubscribed)]
    );
    assert_eq!(
        app.is_anywhere("p5000@halden.example"),
        Vec::<String>::new()
    );

    addresses.push(ANN.to_owned());
    let (status, _) = tool
        .post(check, &json!({"list": "news", "addresses": addresses}))
        .await;
    assert_eq!(status, 422, "10,001 are too many");
    for list in ["gossip", "*", ""] {
        let (status, body) = tool
            .post(check, &json!({"list": list, "addresses": []}))
            .await;
        assert_eq!(
            (status, &body["error"]),
            (422, &json!("unusable")),
            "{list}"
        );
    }
    let (status, body) = tool
        .post(check, &json!({"list": "news", "addresses": [ANN, 5]}))
        .await;
    assert_eq!(status, 422);
    assert!(!body.to_string().contains(ANN), "{body}");
    let long = "x".repeat(7 * 1024 * 1024);
    let (status, _) = tool
        .post(check, &json!({"list": "news", "addresses": [long]}))
        .await;
    assert_eq!(status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_come_with_headers_ready_to_paste_and_the_page_knows_the_title() {
    let app = TestApp::start_with(|config| {
        lists(config);
        config.unsubscribe.mailto = Some("unsubscribe@northwind.example".parse().unwrap());
    })
    .await;
    let added = add(&app.app, "newsletter", &[Scope::Links], None).await;
    let tool = Tool::new(&app, added.token.as_str());
    let order = json!({"list": "webinars", "recipients": [
        {"address": ANN, "id": "usr_41"}, {"address": "nobody"}, {"address": "bo@halden.example"},
    ]});
    let (status, body) = tool.post("/api/v1/unsubscribe-links", &order).await;
    assert_eq!(status, 200, "{body}");
    let links = body["links"].as_array().unwrap();
    assert_eq!((links.len(), &links[1]), (3, &Value::Null));
    let url = links[0]["url"].as_str().unwrap();
    let token = url.strip_prefix(&format!("{}/u/", app.url)).unwrap();
    assert_eq!(
        links[0]["List-Unsubscribe"],
        format!("<{url}>, <mailto:unsubscribe@northwind.example?subject={token}>")
    );
    assert_eq!(
        links[0]["List-Unsubscribe-Post"],
        "List-Unsubscribe=One-Click"
    );
    let read = app.app.keys.read_unsubscribe_token(token).unwrap();
    assert_eq!(read.tool_id.as_deref(), Some("usr_41"));
    assert_eq!(read.tool.as_deref(), Some("newsletter"));

    let browser = app.browser();
    let path = format!("/u/{token}");
    let page = browser.get(&format!("{path}?lang=de")).await;
    assert!(
        page.first("h1").contains("Webinare"),
        "{}",
        page.first("h1")
    );
    let done = browser.send(&page, &path, &[("action", "all")]).await;
    assert!(done.text.contains("no more news"), "{}", done.text);
    let again = browser.get(&path).await;
    assert!(
        again.text.contains("no more news"),
        "all is ended, not only this list"
    );
    // A list that the configuration knows no more is still left.
    let old = format!("/u/{}", self::token(&app.app, ANN, "gossip"));
    assert_eq!(
        app.browser()
            .post_raw(&old, FORM, ONE_CLICK.to_vec())
            .await
            .status(),
        200
    );

    for wrong in [
        json!({"list": "gossip", "recipients": []}),
        json!({"list": "news", "recipients": [{"address": ANN, "id": "two words"}]}),
        json!({"list": "news", "recipients": [{"address": ANN, "name": "Ann"}]}),
    ] {
        assert_eq!(
            tool.post("/api/v1/unsubscribe-links", &wrong).await.0,
            422,
            "{wrong}"
        );
    }
    let longest = senders::link(
        &app.app,
        &Email::parse(&format!(
            "{}@{}.example",
            "a".repeat(64),
            ["b".repeat(59).as_str(); 3].join(".")
        ))
        .unwrap(),
        &"n".repeat(64),
        Some(senders::KnownAs {
            tool: &"t".repeat(64),
            id: &"i".repeat(128),
        }),
    );
    for part in longest.list_unsubscribe.split(", ") {
        assert!(
            part.len() < 998 - 20,
            "a header line of RFC 5322: {}",
            part.len()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_what_it_is_for_and_nothing_else() {
    let app = TestApp::start_with(|config| config.limits.per_token_per_minute = 5).await;
    let hears = add(&app.app, "hears", &[Scope::Suppressions], None).await;
    let makes = add(&app.app, "makes", &[Scope::Links], None).await;
    let hears = Tool::new(&app, hears.token.as_str());
    let makes = Tool::new(&app, makes.token.as_str());
    let order = json!({"list": "news", "recipients": []});
    let (status, body) = hears.post("/api/v1/unsubscribe-links", &order).await;
    assert_eq!((status, &body["error"]), (403, &json!("out_of_scope")));
    for path in ["/api/v1/suppressions/applied", "/api/v1/suppressions/check"] {
        let body = if path.ends_with("check") {
            json!({"list": "news", "addresses": []})
        } else {
            json!({"through": 0})
        };
        assert_eq!(makes.post(path, &body).await.0, 403, "{path}");
    }
    assert_eq!(makes.get("/api/v1/suppressions").await.0, 403);

    let stranger = Tool::new(&app, ApiToken::random().as_str());
    let nobody = Tool::new(&app, "");
    for tool in [&stranger, &nobody] {
        assert_eq!(tool.get("/api/v1/suppressions").await.0, 401);
    }
    assert_eq!(hears.get("/api/v1/gossip").await.0, 404);
    assert_eq!(hears.get("/api/v1/suppressions/check").await.0, 405);
    let check = "/api/v1/suppressions/check";
    let broken = hears.http.post(format!("{}{check}", app.url)).body("{");
    let (status, body) = hears.answer(broken).await;
    assert_eq!((status, &body["error"]), (400, &json!("unreadable")));
    assert_eq!(hears.get("/api/v1/suppressions?after=x").await.0, 422);
    let description = hears
        .http
        .get(format!("{}/api/openapi.json", app.url))
        .send()
        .await
        .unwrap();
    assert_eq!(description.status().as_u16(), 200);

    let mut last = 0;
    for _ in 0..5 {
        last = makes.get("/api/v1/suppressions").await.0;
    }
    assert_eq!(last, 429);
    // Neither the trail nor the table holds the token or a key.
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    assert_eq!(app.is_anywhere(&hears.token), Vec::<String>::new());
    assert_eq!(
        trail::verify::verify(&app.app, Vec::new())
            .await
            .unwrap()
            .problem,
        None
    );
    let used = app.app.db.read(db::senders::tokens).await.unwrap();
    assert_eq!(used[0].last_used_on, Some(app.app.today()));
}

pub(crate) fn with_input(app: &TestApp, more: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = app
        .command(&app.config_file(more))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = thread::spawn(move || {
        // A program that refuses its input does not read it to the end.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_keeps_the_rows_that_may_be_written_to_byte_for_byte() {
    let app = TestApp::start().await;
    unsubscribe(&app.app, ANN, "news").await;
    unsubscribe(&app.app, "bo@halden.example", "webinars").await;
    unsubscribe(&app.app, "cy@halden.example", "*").await;
    let header = b"\xef\xbb\xbfName;E-Mail;Note\r\n";
    let kept: [&[u8]; 4] = [
        b"\"Dee \"\"D;\"\" Ek\";dee@halden.example;\"two\r\nlines\"\r\n",
        b"Caf\xe9;\" eve@halden.example \";\n",
        b"Fay;FAY@halden.example;\"\"\r\n",
        b"Gus;gus@halden.example;the last one, without an end",
    ];
    let bo: &[u8] = b"Bo;bo@halden.example;webinars\n";
    let gone: [&[u8]; 5] = [
        b"Ann;\"ANN@halden.example\";x\n",
        b"Cy;cy@halden.example;all\r\n",
        b"Nobody;nobody;x\n",
        b"Short\n",
        b"Kim;k\xe9m@halden.example;x\n",
    ];
    let input = [
        header, gone[0], kept[0], gone[1], b"\r\n", gone[2], kept[1], bo, gone[3], kept[2],
        gone[4], kept[3],
    ]
    .concat();
    let output = with_input(
        &app,
        "",
        &["suppressions", "filter", "--list", "news"],
        &input,
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let wanted = [&header[..], kept[0], kept[1], bo, kept[2], kept[3]].concat();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&wanted)
    );
    assert_eq!(output.stdout, wanted);
    assert!(
        said.contains("5 rows may be written to, 2 may not, 3 have no address"),
        "{said}"
    );

    // Without a list, whoever objects to anything is left out; without a header, the first column counts.
    let input = b"bo@halden.example\ndee@halden.example\n";
    let output = with_input(&app, "", &["suppressions", "filter"], input);
    assert_eq!(output.stdout, b"dee@halden.example\n");

    let input = b"email,note\ndee@halden.example,\"open\nann@halden.example,x\n";
    let output = with_input(&app, "", &["suppressions", "filter"], input);
    assert_eq!(output.status.code(), Some(2));
    assert!(!String::from_utf8_lossy(&output.stdout).contains(ANN));
    let output = with_input(
        &app,
        "",
        &["suppressions", "filter", "--column", "mail"],
        input,
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());

    // Many rows, in many batches.
    let rows: Vec<String> = (0..5000)
        .map(|n| format!("p{n}@halden.example\n"))
        .collect();
    let input = format!(
        "email\n{}{ANN}\n{}",
        rows[..2500].concat(),
        rows[2500..].concat()
    );
    let output = with_input(&app, "", &["suppressions", "filter"], input.as_bytes());
    assert_eq!(
        output.stdout,
        format!("email\n{}", rows.concat()).into_bytes()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_links_on_the_command_line() {
    let app = TestApp::start().await;
    let more = "[unsubscribe]\nmailto = \"unsubscribe@northwind.example\"\n[[lists]]\nname = \"news\"\ntitle = \"Product news\"\n";
    let run = |arguments: &[&str], input: &str| {
        let output = with_input(&app, more, arguments, input.as_bytes());
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (code, shown, said) = run(
        &[
            "tokens",
            "add",
            "newsletter",
            "--scope",
            "suppressions,links",
            "--webhook",
            "https://crm.example/x",
            "--json",
        ],
        "",
    );
    assert_eq!(code, Some(0), "{said}");
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert!(
        shown["webhook_secret"]
            .as_str()
            .unwrap()
            .starts_with("whsec_")
    );
    assert_eq!(
        BASE64
            .decode(shown["digest_key"].as_str().unwrap())
            .unwrap()
            .len(),
        32
    );
    let tool = Tool::new(&app, shown["token"].as_str().unwrap());
    assert_eq!(tool.get("/api/v1/suppressions").await.0, 200);

    let (_, links, _) = run(
        &["unsubscribe-links", "--list", "news"],
        &format!("{ANN}\n"),
    );
    let path = path_in(&links, "/u/").split(',').next().unwrap().to_owned();
    assert!(
        links.contains("<mailto:unsubscribe@northwind.example?subject=v1."),
        "{links}"
    );
    assert_eq!(
        app.browser()
            .post_raw(&path, FORM, ONE_CLICK.to_vec())
            .await
            .status(),
        200
    );
    assert_eq!(
        run(&["unsubscribe-links", "--list", "gossip"], ANN).0,
        Some(2)
    );

    let (_, exported, _) = run(&["suppressions", "export", "--token", "newsletter"], "");
    let lines: Vec<&str> = exported.lines().collect();
    assert_eq!((lines.len(), lines[0]), (2, "list,digest,id,since"));
    let key = BASE64
        .decode(shown["digest_key"].as_str().unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(ANN.as_bytes());
    let digest: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert!(
        lines[1].starts_with(&format!("news,{digest},,2")),
        "{}",
        lines[1]
    );

    let (_, list, _) = run(&["tokens", "list"], "");
    assert!(
        list.contains("newsletter  suppressions,links, webhook  used"),
        "{list}"
    );
    assert!(!list.contains("lethe_") && !list.contains("whsec_"));
    assert_eq!(run(&["tokens", "revoke", "newsletter"], "").0, Some(0));
    assert_eq!(tool.get("/api/v1/suppressions").await.0, 401);
    assert_eq!(run(&["tokens", "revoke", "newsletter"], "").0, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_look_up_enter_and_lift_an_objection_and_the_person_hears_of_a_lift() {
    let app = TestApp::start_with(lists).await;
    let added = add(&app.app, "newsletter", &[Scope::Suppressions], None).await;
    app.staff("agent@northwind.example", Role::Agent).await;
    let browser = app.browser();
    browser.sign_in("agent@northwind.example", PASSWORD).await;
    let page = browser
        .get("/admin/objections?q=ann%40halden.example&reason=")
        .await;
    assert_eq!(page.status, 422);
    let look = "/admin/objections?q=ann%40halden.example&reason=A%20call";
    let page = browser.get(look).await;
    assert!(page.text.contains("objects to nothing"), "{}", page.text);

    let send = async |page: &Page, action: &str, list: &str, reason: &str| {
        let typed = [
            ("q", ANN),
            ("looked", "A call"),
            ("list", list),
            ("reason", reason),
        ];
        browser.send(page, action, &typed).await
    };
    let objections = "/admin/objections";
    let wrong = send(&page, objections, "news", "").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("#add_reason"), "{}", wrong.text);
    let done = send(&page, objections, "news", "A call").await;
    assert!(
        done.text.contains("The objection is entered"),
        "{}",
        done.text
    );
    let page = browser.get(look).await;
    assert!(page.text.contains("Product news") && page.text.contains("Entered by staff"));

    let lifting = "/admin/objections/lifting";
    let done = send(&page, lifting, "news", "Called again").await;
    assert!(
        done.text.contains("The objection is lifted"),
        "{}",
        done.text
    );
    app.run_jobs().await;
    let letters = app.letters_to(ANN).await;
    assert_eq!(letters.len(), 1);
    let words: Vec<&str> = letters[0].text.split_whitespace().collect();
    assert!(
        words.join(" ").contains("Product news"),
        "{}",
        letters[0].text
    );
    let path = path_in(&letters[0].text, "/u/");
    assert_eq!(
        app.browser()
            .post_raw(&path, FORM, ONE_CLICK.to_vec())
            .await
            .status(),
        200
    );
    app.run_jobs().await;
    let tool = Tool::new(&app, added.token.as_str());
    let changes = tool.changes(0).await;
    let kinds: Vec<&str> = changes
        .iter()
        .map(|c| c["change"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["added", "lifted", "added"]);
    let nothing = send(&page, lifting, "webinars", "Called again").await;
    assert_eq!(nothing.status, 404);

    for role in [Role::Auditor, Role::Subcontractor] {
        let email = format!("{role}@northwind.example");
        app.staff(&email, role).await;
        let browser = app.browser();
        browser.sign_in(&email, PASSWORD).await;
        assert_eq!(browser.get(look).await.status, 403, "{role}");
        let actor = app.actor(role).await;
        assert!(
            objections::lift_by_staff(&app.app, &actor, ANN, "news", "A call")
                .await
                .is_err()
        );
        assert!(senders::tokens(&app.app, &actor).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_import_leaves_the_licence_of_an_unsubscribed_person_as_it_is() {
    let app = TestApp::start().await;
    let export = std::fs::read_to_string(format!(
        "{}/tests/data/marketplace-licenses.sample.json",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap();
    app.import(Source::Licences, &export).await;
    let address = export
        .split('"')
        .find(|text| text.contains('@') && Email::parse(text).is_ok())
        .unwrap()
        .to_owned();
    let subject = app.app.subject(&Email::parse(&address).unwrap(), None);
    let held = |app: &TestApp| {
        let (stores, subject) = (app.app.stores.clone(), subject.clone());
        async move {
            let mut held = Vec::new();
            for store in stores.iter() {
                held.extend(store.inventory(&subject, None).await.unwrap().items);
            }
            format!("{held:?}")
        }
    };
    let before = held(&app).await;
    assert!(before.len() > 2, "the person has a licence");
    unsubscribe(&app.app, &address, "*").await;
    let report = app.import(Source::Licences, &export).await;
    assert_eq!(report.counts.suppressed, 0, "{report}");
    assert_eq!(held(&app).await, before);
    let verdicts = senders::verdicts(&app.app, Some("news"), vec![address])
        .await
        .unwrap();
    assert_eq!(verdicts, [senders::Verdict::Unsubscribed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_places_what_came_and_calls_the_webhook_by_itself() {
    let app = TestApp::start().await;
    let hook = Hook::start(&[]);
    add(&app.app, "crm", &[Scope::Suppressions], Some(&hook.url)).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let worker = tokio::spawn(lethe::jobs::work(app.app.clone(), stopped));
    unsubscribe(&app.app, ANN, "news").await;
    let mut waited = Duration::ZERO;
    while hook.sent().is_empty() {
        assert!(
            waited < Duration::from_secs(30),
            "the webhook was not called"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
        waited += Duration::from_millis(20);
    }
    stop.send(true).unwrap();
    worker.await.unwrap();
}

//! What is told of installations: by apps with Atlassian's own tokens, by reports, by staff; late, twice,
//! forged, in any order, and with the process killed in between.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use jiff::{SignedDuration, Timestamp};
use lethe::actions::lifecycle::{self as lives, Entry};
use lethe::actions::{ActionError, generate, own, senders, trail};
use lethe::auth::connect::query_hash;
use lethe::config::policy::PolicyFile;
use lethe::config::{Config, ConnectApp, Lifecycle};
use lethe::db;
use lethe::db::lifecycle::Tenant;
use lethe::domain::event::Actor;
use lethe::domain::lifecycle::Happening;
use lethe::domain::retention::Source as Teller;
use lethe::domain::sender::Scope;
use lethe::domain::staff::Role;
use lethe::imports::Source;
use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp};

const APP: &str = "example.burndown.plus";
const KEY: &str = "4f9c2d1e-0000-4000-8000-00000000c1e7";
const SITE: &str = "tandem-works.atlassian.example";
const SECRET: &str = "invented-do-not-use-0000000000000000";
const ACCOUNT: &str = "000000:aaaabbbb-cccc-4ddd-8eee-ffff00001111";
const BASE_URL: &str = "https://burndown.vendor.example/connect";

macro_rules! data {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/", $name))
    };
}
const EVENTS: &str = data!("lifecycle-events.sample.json");
const FEEDBACK: &str = data!("marketplace-feedback.sample.json");
const LICENCES: &str = data!("marketplace-licenses.sample.json");

fn keys_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/connect"))
}

fn connect_app(key: &str) -> ConnectApp {
    ConnectApp {
        key: key.to_owned(),
        base_url: BASE_URL.parse().unwrap(),
        installed: "/installed".to_owned(),
        uninstalled: "/uninstalled".to_owned(),
        enabled: "/enabled".to_owned(),
        disabled: "/disabled".to_owned(),
    }
}

fn with_connect(config: &mut Config) {
    config.connect = vec![connect_app(APP), connect_app("example.timesheet")];
    config.lifecycle = Lifecycle {
        install_keys: Some(keys_folder().to_owned()),
        install_keys_url: None,
    };
}

/// The sample of the reference, changed.
fn payload(sample: &str, change: Value) -> Value {
    let all: Value = serde_json::from_str(EVENTS).unwrap();
    let mut payload = all[sample].clone();
    for (name, value) in change.as_object().unwrap() {
        payload[name] = value.clone();
    }
    payload
}

/// A token of Atlassian's, or what somebody takes for one.
#[derive(Clone)]
struct Token {
    header: Value,
    claims: Value,
    sign: Sign,
}

#[derive(Clone)]
enum Sign {
    Rs256(&'static str),
    Hs256(Vec<u8>),
    Nothing,
}

impl Token {
    /// For an event, signed now.
    fn of(app: &TestApp, event: &str) -> Token {
        Token::at(app.app.clock.now(), event)
    }

    fn at(now: Timestamp, event: &str) -> Token {
        let now = now.as_second();
        Token {
            header: json!({"alg": "RS256", "typ": "JWT", "kid": "key-1"}),
            claims: json!({
                "iss": KEY,
                "aud": [BASE_URL],
                "iat": now,
                "exp": now + 180,
                "qsh": query_hash("POST", &format!("/{event}"), ""),
            }),
            sign: Sign::Rs256(data!("connect/key-1.private.pem")),
        }
    }

    /// Under the tenant's secret.
    fn shared(app: &TestApp, event: &str, secret: &str) -> Token {
        Token {
            header: json!({"alg": "HS256", "typ": "JWT"}),
            sign: Sign::Hs256(secret.as_bytes().to_vec()),
            ..Token::of(app, event)
        }
    }

    fn saying(mut self, name: &str, value: Value) -> Token {
        self.claims[name] = value;
        self
    }

    fn headed(mut self, name: &str, value: Value) -> Token {
        self.header[name] = value;
        self
    }

    fn signed(mut self, sign: Sign) -> Token {
        self.sign = sign;
        self
    }

    fn text(&self) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = match &self.sign {
            Sign::Nothing => Vec::new(),
            Sign::Hs256(secret) => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
                ring::hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            Sign::Rs256(pem) => {
                let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
                let pair = ring::rsa::KeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap();
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(
                    &ring::signature::RSA_PKCS1_SHA256,
                    &ring::rand::SystemRandom::new(),
                    message.as_bytes(),
                    &mut signature,
                )
                .unwrap();
                signature
            }
        };
        format!("{message}.{}", BASE64.encode(signature))
    }
}

/// Whoever sends to the API.
struct Caller {
    http: reqwest::Client,
    url: String,
}

impl Caller {
    fn new(app: &TestApp) -> Caller {
        app.browser();
        Caller {
            http: reqwest::Client::new(),
            url: app.url.clone(),
        }
    }

    async fn post(&self, path: &str, authorization: &str, body: &str) -> (u16, Value) {
        let answer = self
            .http
            .post(format!("{}{path}", self.url))
            .header("Authorization", authorization)
            .header("Content-Type", "application/json")
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        if status == 401 {
            assert!(answer.headers().contains_key("www-authenticate"));
        }
        let body = answer.bytes().await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if status >= 400 {
            assert!(body["error"].is_string() && body["message"].is_string());
        }
        (status, body)
    }

    async fn connect(&self, event: &str, token: &Token, payload: &Value) -> u16 {
        let path = format!("/api/v1/lifecycle/connect/{event}");
        let authorization = format!("JWT {}", token.text());
        self.post(&path, &authorization, &payload.to_string())
            .await
            .0
    }

    async fn forge(&self, token: &str, body: &Value) -> (u16, Value) {
        let authorization = format!("Bearer {token}");
        self.post("/api/v1/lifecycle/forge", &authorization, &body.to_string())
            .await
    }
}

async fn install(app: &TestApp, caller: &Caller) {
    let payload = payload("connect_installed", json!({}));
    let token = Token::of(app, "installed");
    assert_eq!(caller.connect("installed", &token, &payload).await, 204);
}

async fn uninstall(app: &TestApp, caller: &Caller) {
    let payload = payload("connect_uninstalled", json!({}));
    let token = Token::of(app, "uninstalled");
    assert_eq!(caller.connect("uninstalled", &token, &payload).await, 204);
}

async fn tenant(app: &TestApp, app_key: &str, client_key: &str) -> Option<Tenant> {
    let (app_key, client_key) = (app_key.to_owned(), client_key.to_owned());
    app.app
        .db
        .read(move |conn| db::lifecycle::find(conn, &app_key, &client_key))
        .await
        .unwrap()
}

async fn burndown(app: &TestApp) -> Tenant {
    tenant(app, APP, KEY).await.expect("an installation")
}

/// The day of the end and who says so.
fn end(app: &TestApp, tenant: &Tenant) -> Option<(String, Option<Teller>)> {
    let at = tenant.uninstalled_at?;
    Some((app.app.date(at).to_string(), tenant.uninstalled_source))
}

async fn ended(app: &TestApp) -> Option<(String, Option<Teller>)> {
    end(app, &burndown(app).await)
}

fn entries(app: &TestApp, action: &str) -> i64 {
    app.count("audit_index", &format!("action = '{action}'"))
}

/// What the leaves of an action say, oldest first.
async fn leaves(app: &TestApp, action: &str) -> Vec<Value> {
    #[derive(QueryableByName)]
    struct Leaf {
        #[diesel(sql_type = diesel::sql_types::Binary)]
        leaf: Vec<u8>,
    }
    let sql = format!(
        "SELECT e.leaf AS leaf FROM audit_entries e JOIN audit_index i ON i.entry_id = e.id WHERE i.action = '{action}' ORDER BY e.id"
    );
    diesel::sql_query(sql)
        .load::<Leaf>(&mut app.connect())
        .unwrap()
        .into_iter()
        .map(|leaf| serde_json::from_slice(&leaf.leaf).unwrap())
        .collect()
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connect_app_tells_of_its_life_and_an_installation_anew_takes_the_end_back() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    install(&app, &caller).await;
    let first = burndown(&app).await;
    assert_eq!(first.installed_at, app.app.clock.now());
    assert_eq!(first.site.as_deref(), Some(SITE));
    assert_eq!(first.account_id.as_deref(), Some(ACCOUNT));
    assert_eq!(app.is_anywhere(SECRET), Vec::<String>::new(), "sealed");

    // What the tenant's secret signs.
    for event in ["disabled", "enabled"] {
        app.app.clock.advance(hours(1));
        let payload = payload("connect_uninstalled", json!({"eventType": event}));
        let token = Token::shared(&app, event, SECRET);
        assert_eq!(
            caller.connect(event, &token, &payload).await,
            204,
            "{event}"
        );
        let wrong = Token::shared(&app, event, "another-secret");
        assert_eq!(caller.connect(event, &wrong, &payload).await, 401);
        let asymmetric = Token::of(&app, event);
        assert_eq!(caller.connect(event, &asymmetric, &payload).await, 401);
    }
    assert_eq!(ended(&app).await, None);

    app.app.clock.advance(hours(24));
    uninstall(&app, &caller).await;
    let connect = Some(Teller::Connect);
    assert_eq!(ended(&app).await, Some(("2026-11-21".to_owned(), connect)));

    // Within the period it is installed anew, by somebody else, with a new secret.
    app.app.clock.advance(hours(48));
    let anew = payload(
        "connect_installed",
        json!({"sharedSecret": "a-new-secret-for-the-tenant", "accountId": "000000:other"}),
    );
    let token = Token::of(&app, "installed");
    assert_eq!(caller.connect("installed", &token, &anew).await, 204);
    let second = burndown(&app).await;
    assert_eq!((second.id, second.uninstalled_at), (first.id, None));
    assert_eq!(second.installed_at, app.app.clock.now());
    assert_eq!(second.account_id.as_deref(), Some("000000:other"));
    let disabled = payload("connect_uninstalled", json!({"eventType": "disabled"}));
    let old = Token::shared(&app, "disabled", SECRET);
    assert_eq!(
        caller.connect("disabled", &old, &disabled).await,
        401,
        "its time is over"
    );
    let new = Token::shared(&app, "disabled", "a-new-secret-for-the-tenant");
    assert_eq!(caller.connect("disabled", &new, &disabled).await, 204);

    assert_eq!(entries(&app, "app_installed"), 2);
    assert_eq!(entries(&app, "app_uninstalled"), 1);
    assert_eq!(entries(&app, "app_noted"), 3);
    let leaf = &leaves(&app, "app_uninstalled").await[0];
    assert_eq!(leaf["detail"]["source"], "connect");
    assert_eq!(leaf["detail"]["on"], "2026-11-21");
    assert_eq!(leaf["outcome"], "changed");
    let bare = leaf.to_string();
    assert!(!bare.contains(KEY) && !bare.contains(SITE), "{bare}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_atlassian_did_not_sign_for_this_request_is_refused_and_changes_nothing() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    install(&app, &caller).await;
    app.app.clock.advance(hours(1));
    let uninstalled = payload("connect_uninstalled", json!({}));
    let good = || Token::of(&app, "uninstalled");
    let now = app.app.clock.now().as_second();
    let pem = data!("connect/key-1.pem");
    let hs256 = |secret: &[u8]| {
        good()
            .headed("alg", json!("HS256"))
            .signed(Sign::Hs256(secret.to_vec()))
    };
    let forged = [
        (
            "none",
            good().headed("alg", json!("none")).signed(Sign::Nothing),
        ),
        (
            "None",
            good().headed("alg", json!("None")).signed(Sign::Nothing),
        ),
        ("no signature", good().signed(Sign::Nothing)),
        ("the public key as a secret", hs256(pem.as_bytes())),
        ("the same, trimmed", hs256(pem.trim().as_bytes())),
        ("the secret of the tenant", hs256(SECRET.as_bytes())),
        (
            "another key",
            good().signed(Sign::Rs256(data!("connect/key-2.private.pem"))),
        ),
        ("no key", good().headed("kid", Value::Null)),
        ("an unknown key", good().headed("kid", json!("key-3"))),
        (
            "a file elsewhere",
            good().headed("kid", json!("../connect/key-1")),
        ),
        ("a token for `installed`", Token::of(&app, "installed")),
        (
            "a token for a page",
            good().saying("qsh", json!("context-qsh")),
        ),
        (
            "another query",
            good().saying("qsh", json!(query_hash("POST", "/uninstalled", "a=1"))),
        ),
        (
            "an old one",
            good()
                .saying("exp", json!(now - 61))
                .saying("iat", json!(now - 300)),
        ),
        (
            "one from the future",
            good()
                .saying("iat", json!(now + 61))
                .saying("exp", json!(now + 300)),
        ),
        (
            "another tenant",
            good().saying("iss", json!("another-tenant")),
        ),
        (
            "another app",
            good().saying("aud", json!(["https://other.vendor.example"])),
        ),
        ("nobody's", good().saying("aud", Value::Null)),
    ];
    for (what, token) in forged {
        assert_eq!(
            caller.connect("uninstalled", &token, &uninstalled).await,
            401,
            "{what}"
        );
    }
    let path = "/api/v1/lifecycle/connect/uninstalled";
    let body = uninstalled.to_string();
    for authorization in [
        "",
        "JWT",
        "JWT x",
        "JWT a.b.c",
        &format!("Bearer {}", good().text()),
    ] {
        let (status, answer) = caller.post(path, authorization, &body).await;
        assert_eq!((status, &answer["error"]), (401, &json!("not_signed")));
    }
    assert_eq!(caller.post(path, "JWT x", "no json").await.0, 401);

    // A file that holds no public key is the operator's to mend.
    let private = good().headed("kid", json!("key-1.private"));
    assert_eq!(
        caller.connect("uninstalled", &private, &uninstalled).await,
        503
    );

    // A tenant says of another that it is gone.
    let other = payload(
        "connect_uninstalled",
        json!({"clientKey": "another-tenant"}),
    );
    assert_eq!(caller.connect("uninstalled", &good(), &other).await, 401);
    // No such app, no such event, one for another address, one that is too long.
    let unknown = payload("connect_uninstalled", json!({"key": "somebody.elses"}));
    assert_eq!(caller.connect("uninstalled", &good(), &unknown).await, 404);
    for event in ["unsubscribed", "nothing"] {
        assert_eq!(
            caller.connect(event, &good(), &uninstalled).await,
            404,
            "{event}"
        );
    }
    let mixed = payload("connect_uninstalled", json!({"eventType": "installed"}));
    assert_eq!(caller.connect("uninstalled", &good(), &mixed).await, 422);
    let long = payload(
        "connect_uninstalled",
        json!({"description": "x".repeat(65 * 1024)}),
    );
    assert_eq!(caller.connect("uninstalled", &good(), &long).await, 413);

    assert_eq!(ended(&app).await, None);
    assert_eq!(app.count("lifecycle_events", "1 = 1"), 1);
    assert_eq!(entries(&app, "app_uninstalled"), 0);
    // The same request with the right token is taken.
    assert_eq!(
        caller.connect("uninstalled", &good(), &uninstalled).await,
        204
    );
    assert!(ended(&app).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_sent_again_changes_nothing_even_with_another_body() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    install(&app, &caller).await;
    let before = burndown(&app).await;
    let token = Token::of(&app, "installed");
    let altered = payload(
        "connect_installed",
        json!({"sharedSecret": "of-the-thief", "accountId": "000000:thief", "baseUrl": "https://thief.example"}),
    );
    assert_eq!(caller.connect("installed", &token, &altered).await, 204);
    let after = burndown(&app).await;
    assert_eq!(
        (after.secret, after.account_id, after.site),
        (before.secret, before.account_id, before.site)
    );
    assert_eq!(entries(&app, "app_installed"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_query_that_atlassian_sent_is_part_of_what_it_signed() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    let body = payload("connect_installed", json!({})).to_string();
    let query = "user_key=anna%20b&b=2&b=1";
    let token =
        Token::of(&app, "installed").saying("qsh", json!(query_hash("POST", "/installed", query)));
    let authorization = format!("JWT {}", token.text());
    let path = "/api/v1/lifecycle/connect/installed";
    assert_eq!(caller.post(path, &authorization, &body).await.0, 401);
    let path = format!("{path}?{query}");
    assert_eq!(caller.post(&path, &authorization, &body).await.0, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_come_late_or_twice_are_put_in_their_place() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    let start = app.app.clock.now();
    let installed = payload("connect_installed", json!({}));
    let uninstalled = payload("connect_uninstalled", json!({}));
    let told = |event: &'static str, minute: i64| {
        // A token lives longer than its way takes.
        Token::at(start + SignedDuration::from_mins(minute), event)
            .saying("exp", json!((start + hours(3)).as_second()))
    };
    app.app.clock.advance(hours(2));
    // The end comes first: nothing is held of the tenant, and its late beginning makes nothing.
    let gone = told("uninstalled", 10);
    assert_eq!(
        caller.connect("uninstalled", &gone, &uninstalled).await,
        204
    );
    let begun = told("installed", 5);
    assert_eq!(caller.connect("installed", &begun, &installed).await, 204);
    assert!(tenant(&app, APP, KEY).await.is_none());
    // Installed anew, and all of it told again in the wrong order.
    let anew = told("installed", 20);
    assert_eq!(caller.connect("installed", &anew, &installed).await, 204);
    for (event, token, body) in [
        ("uninstalled", &gone, &uninstalled),
        ("installed", &begun, &installed),
        ("installed", &anew, &installed),
        ("uninstalled", &gone, &uninstalled),
    ] {
        assert_eq!(caller.connect(event, token, body).await, 204);
        let now = burndown(&app).await;
        assert_eq!(now.uninstalled_at, None, "{event}");
        assert_eq!(now.installed_at, start + SignedDuration::from_mins(20));
    }
    // An end between two beginnings, heard last.
    let between = told("uninstalled", 15);
    assert_eq!(
        caller.connect("uninstalled", &between, &uninstalled).await,
        204
    );
    assert_eq!(ended(&app).await, None);
    assert_eq!(app.count("lifecycle_events", "1 = 1"), 4);
    assert_eq!(
        entries(&app, "app_installed") + entries(&app, "app_uninstalled"),
        4
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_apps_on_one_site_share_the_tenants_key_and_nothing_else() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    install(&app, &caller).await;
    let second = payload(
        "connect_installed",
        json!({"key": "example.timesheet", "sharedSecret": "the-other-apps-own-secret"}),
    );
    app.app.clock.advance(hours(1));
    let token = Token::of(&app, "installed");
    assert_eq!(caller.connect("installed", &token, &second).await, 204);
    app.app.clock.advance(hours(1));
    uninstall(&app, &caller).await;
    assert!(ended(&app).await.is_some());
    let other = tenant(&app, "example.timesheet", KEY).await.unwrap();
    assert_eq!(other.uninstalled_at, None);
    assert_eq!(app.count("installations", "1 = 1"), 2);
    let entry = entry(Happening::Uninstalled, "2026-11-20", "by phone");
    let error = lives::enter_by_key(&app.app, &Actor::Operator, KEY, None, &entry).await;
    assert!(matches!(
        error,
        Err(ActionError::Invalid { field: "--app", .. })
    ));
    let named = Some("example.timesheet");
    lives::enter_by_key(&app.app, &Actor::Operator, KEY, named, &entry)
        .await
        .unwrap();
    let other = tenant(&app, "example.timesheet", KEY).await.unwrap();
    assert_eq!(other.uninstalled_source, Some(Teller::Staff));
    assert_eq!(
        burndown(&app).await.uninstalled_source,
        Some(Teller::Connect)
    );
}

/// A server of public keys, which says what it was asked.
struct KeyServer {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl KeyServer {
    fn start() -> KeyServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut first, mut line) = (String::new(), String::new());
                reader.read_line(&mut first).unwrap();
                while line != "\r\n" {
                    line.clear();
                    if reader.read_line(&mut line).unwrap() == 0 {
                        break;
                    }
                }
                let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                let answer = match path.as_str() {
                    "/keys/key-1" => {
                        let pem = data!("connect/key-1.pem");
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{pem}", pem.len())
                    }
                    "/keys/broken" => "HTTP/1.1 502 Bad\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
                    "/keys/moved" => "HTTP/1.1 302 Found\r\nlocation: /keys/key-1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
                    "/keys/long" => format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}", "x".repeat(20_000)),
                    _ => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
                };
                heard.lock().unwrap().push(path);
                // Whoever stops listening has heard enough.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        KeyServer { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_there_is_fetched_once_from_the_one_server_that_is_named() {
    let server = KeyServer::start();
    let url = server.url.clone();
    let app = TestApp::start_with(|config| {
        with_connect(config);
        config.lifecycle = Lifecycle {
            install_keys: None,
            install_keys_url: Some(url.parse().unwrap()),
        };
    })
    .await;
    let caller = Caller::new(&app);
    let installed = payload("connect_installed", json!({}));
    for (kid, status) in [
        ("unknown", 401),
        ("broken", 503),
        ("moved", 503),
        ("long", 503),
        ("a/b", 401),
    ] {
        let token = Token::of(&app, "installed").headed("kid", json!(kid));
        assert_eq!(
            caller.connect("installed", &token, &installed).await,
            status,
            "{kid}"
        );
    }
    install(&app, &caller).await;
    app.app.clock.advance(hours(1));
    uninstall(&app, &caller).await;
    assert_eq!(
        server.asked(),
        [
            "/keys/unknown",
            "/keys/broken",
            "/keys/moved",
            "/keys/long",
            "/keys/key-1"
        ]
    );
    // Whoever makes names up does not have us ask without end.
    for n in 0..40 {
        let token = Token::of(&app, "installed").headed("kid", json!(format!("made-up-{n}")));
        let status = caller.connect("installed", &token, &installed).await;
        assert_eq!(status, if n < 30 { 401 } else { 503 }, "{n}");
    }
    assert_eq!(server.asked().len(), 35);
    // What is known is still known.
    let token = Token::of(&app, "installed");
    assert_eq!(caller.connect("installed", &token, &installed).await, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_is_a_place_for_one_key() {
    let app = TestApp::start_with(|config| {
        with_connect(config);
        config.lifecycle.install_keys = Some(keys_folder().join("key-2.pem"));
    })
    .await;
    let caller = Caller::new(&app);
    let installed = payload("connect_installed", json!({}));
    let first = Token::of(&app, "installed");
    assert_eq!(caller.connect("installed", &first, &installed).await, 401);
    let second = Token::of(&app, "installed")
        .headed("kid", json!("key-2"))
        .signed(Sign::Rs256(data!("connect/key-2.private.pem")));
    assert_eq!(caller.connect("installed", &second, &installed).await, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_app_tells_with_a_token_of_its_scope() {
    let app = TestApp::start().await;
    let caller = Caller::new(&app);
    let added = |name: &'static str, scope| {
        let app = app.app.clone();
        async move {
            senders::add_token(&app, &Actor::Operator, name, None, &[scope], None)
                .await
                .unwrap()
        }
    };
    let token = added("burndown", Scope::Lifecycle).await.token;
    let mailing = added("newsletter", Scope::Links).await.token;
    let all: Value = serde_json::from_str(EVENTS).unwrap();
    let forge = &all["forge_installed"];
    let now = app.app.clock.now();
    let trigger = |event: &str, at: Timestamp| {
        json!({
            "event": event,
            "at": at.to_string(),
            "app_key": APP,
            "installation_id": forge["id"],
            "site": format!("https://{SITE}/"),
            "account_id": forge["installerAccountId"],
        })
    };
    let installed = trigger("installed", now);
    assert_eq!(caller.forge(mailing.as_str(), &installed).await.0, 403);
    assert_eq!(caller.forge("lethe_nothing", &installed).await.0, 401);
    let heard = |answer: (u16, Value)| {
        assert_eq!(answer.0, 200, "{}", answer.1);
        answer.1["heard"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        heard(caller.forge(token.as_str(), &installed).await),
        "changed"
    );
    assert_eq!(
        heard(caller.forge(token.as_str(), &installed).await),
        "repeated"
    );
    let id = forge["id"].as_str().unwrap();
    let first = tenant(&app, APP, id).await.unwrap();
    assert_eq!(first.site.as_deref(), Some(SITE));
    assert_eq!(first.account_id.as_deref(), Some(ACCOUNT));
    app.app.clock.advance(hours(48));
    let gone = trigger("uninstalled", app.app.clock.now());
    assert_eq!(heard(caller.forge(token.as_str(), &gone).await), "changed");
    let tenant_now = tenant(&app, APP, id).await.unwrap();
    assert_eq!(
        end(&app, &tenant_now),
        Some(("2026-11-22".to_owned(), Some(Teller::Forge)))
    );
    // An older end, heard later.
    let older = trigger("uninstalled", now + hours(20));
    assert_eq!(heard(caller.forge(token.as_str(), &older).await), "changed");
    let anew = trigger(
        "installed",
        app.app.clock.now() + SignedDuration::from_secs(5),
    );
    assert_eq!(heard(caller.forge(token.as_str(), &anew).await), "changed");
    assert_eq!(tenant(&app, APP, id).await.unwrap().uninstalled_at, None);

    for (name, value) in [
        ("event", json!("upgraded")),
        ("at", json!("yesterday")),
        ("at", json!((app.app.clock.now() + hours(1)).to_string())),
        (
            "at",
            json!((app.app.clock.now() - hours(24 * 8)).to_string()),
        ),
        ("app_key", json!("")),
        ("installation_id", json!("two words")),
        ("site", json!("not a host")),
        ("account_id", json!("a\nb")),
        ("unknown", json!(1)),
    ] {
        let mut wrong = installed.clone();
        wrong[name] = value.clone();
        let (status, answer) = caller.forge(token.as_str(), &wrong).await;
        assert_eq!(status, 422, "{name} {value}: {answer}");
    }
    assert_eq!(app.count("lifecycle_events", "source = 'forge'"), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feedback_report_ends_an_installation_and_nothing_of_what_people_wrote_stays() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    // Installed in October; the feedback is of 2 November, and its licence names the site.
    app.connect()
        .batch_execute(&format!(
            "INSERT INTO installations (id, client_key, app_key, site, installed_at, import_id)
             VALUES ('01930000-0000-7000-8000-000000000001', '{KEY}', '{APP}', '{SITE}', 1790000000000000, '01930000-0000-7000-8000-000000000002')"
        ))
        .unwrap();
    let early = app.import(Source::Feedback, FEEDBACK).await;
    assert_eq!((early.counts.unchanged, early.unplaced), (1, 1));
    assert!(
        early.warnings[0].contains("import the licences first"),
        "{early}"
    );
    let licence = json!([{
        "appEntitlementId": "0B1F5C5E-9C1D-4A6B-8E02-5A10C0FFEE01", "addonKey": APP,
        "hosting": "Cloud", "status": "active", "cloudSiteHostname": "Tandem-Works.atlassian.example",
    }]);
    app.import(Source::Licences, &licence.to_string()).await;
    let report = app.import(Source::Feedback, FEEDBACK).await;
    assert_eq!((report.counts.written, report.unplaced), (1, 0));
    let feedback = Some(("2026-11-02".to_owned(), Some(Teller::FeedbackReport)));
    assert_eq!(ended(&app).await, feedback);
    let again = app.import(Source::Feedback, FEEDBACK).await;
    assert_eq!((again.counts.unchanged, again.counts.written), (1, 0));
    for text in ["Ilona Varga", "ilona.varga", "fix it", "missing-feature"] {
        assert_eq!(app.is_anywhere(text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(entries(&app, "app_uninstalled"), 1);

    // A row that says less, and an installation anew.
    let rows = format!(
        "addonKey,feedbackType,date,cloudSiteHostname,fullName\n\
         {APP},disable,2026-11-03,{SITE},Ilona Varga\n\
         {APP},unsubscribe,2026-11-04,{SITE},\n"
    );
    assert_eq!(app.import(Source::Feedback, &rows).await.counts.written, 2);
    assert_eq!(ended(&app).await, feedback);
    assert_eq!(entries(&app, "app_noted"), 2);
    install(&app, &caller).await;
    assert_eq!(ended(&app).await, None);
    assert_eq!(
        app.import(Source::Feedback, FEEDBACK).await.counts.written,
        0
    );
    assert_eq!(ended(&app).await, None, "an old report read again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_comes_before_the_beginning_waits_for_it() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    let rows = format!(
        "addonKey,feedbackType,date,cloudSiteHostname\n{APP},uninstall,2026-11-20,{SITE}\n"
    );
    let report = app.import(Source::Feedback, &rows).await;
    assert_eq!((report.counts.written, report.unplaced), (1, 1));
    install(&app, &caller).await;
    assert_eq!(
        ended(&app).await,
        Some(("2026-11-20".to_owned(), Some(Teller::FeedbackReport)))
    );
    // Where two installations fit, people say which.
    let second = payload("connect_installed", json!({"clientKey": "second-tenant"}));
    let third = payload("connect_installed", json!({"clientKey": "third-tenant"}));
    for (key, payload) in [("second-tenant", second), ("third-tenant", third)] {
        let token = Token::of(&app, "installed").saying("iss", json!(key));
        assert_eq!(caller.connect("installed", &token, &payload).await, 204);
    }
    let rows = rows.replace("2026-11-20", "2026-11-25");
    let report = app.import(Source::Feedback, &rows).await;
    assert_eq!((report.counts.written, report.unplaced), (1, 1));
    for key in ["second-tenant", "third-tenant"] {
        assert_eq!(tenant(&app, APP, key).await.unwrap().uninstalled_at, None);
    }
}

/// The built-in policy, in which a licence that ended counts as an uninstall.
fn with_licence_report(config: &mut Config) {
    with_connect(config);
    let policy = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/policies/standard.toml"
    ));
    let (before, rest) = policy
        .split_once("categories = [\"installation\"]")
        .unwrap();
    let (line, after) = rest.split_once("sources = [").unwrap();
    let text = format!(
        "{before}categories = [\"installation\"]{line}sources = [\"licence-report\", {after}"
    );
    let folder = config.keys.file.parent().unwrap().to_owned();
    let file = folder.join("policy.toml");
    std::fs::write(&file, text).unwrap();
    config.retention.policy = PolicyFile::At(file);
}

fn licence(n: u32, status: &str, ends_on: &str, updated: &str, site: &str) -> Value {
    json!({
        "appEntitlementNumber": format!("E-{n}"), "addonKey": APP, "hosting": "Cloud", "status": status,
        "maintenanceStartDate": "2025-01-01", "maintenanceEndDate": ends_on, "lastUpdated": updated,
        "cloudSiteHostname": site,
    })
}

/// Installations that came with an import, so that no app has told of them.
fn silent(app: &TestApp, sites: &[&str]) {
    for (n, site) in sites.iter().enumerate() {
        app.connect()
            .batch_execute(&format!(
                "INSERT INTO installations (id, client_key, app_key, site, installed_at, import_id)
                 VALUES ('01930000-0000-7000-8000-00000000000{n}', 'silent-{n}', '{APP}', '{site}', 1740000000000000, '01930000-0000-7000-8000-0000000000ff')"
            ))
            .unwrap();
    }
}

async fn silent_end(app: &TestApp, n: usize) -> Option<(String, Option<Teller>)> {
    let found = tenant(app, APP, &format!("silent-{n}")).await.unwrap();
    end(app, &found)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_speaks_for_an_app_that_tells_nothing_where_the_policy_says_so() {
    let report = |runs: &str, updated: &str| {
        json!([
            licence(1, "inactive", "2026-06-30", "2026-07-01", "ended.example"),
            licence(2, "active", "2026-06-30", "2026-07-01", "two.example"),
            licence(3, "cancelled", "2027-06-30", "2026-08-15", "two.example"),
            licence(4, "active", runs, updated, "runs.example"),
            licence(5, "cancelled", "2026-10-01", "2026-10-01", SITE),
        ])
        .to_string()
    };
    let by = |day: &str| Some((day.to_owned(), Some(Teller::LicenceReport)));
    let sites = [
        "ended.example",
        "two.example",
        "runs.example",
        "none.example",
    ];

    // Without the policy's word nothing is derived.
    let app = TestApp::start_with(with_connect).await;
    silent(&app, &sites);
    app.import(Source::Licences, &report("2027-01-31", "2026-01-31"))
        .await;
    assert_eq!(silent_end(&app, 0).await, None);

    let app = TestApp::start_with(with_licence_report).await;
    let caller = Caller::new(&app);
    silent(&app, &sites);
    install(&app, &caller).await;
    let done = app
        .import(Source::Licences, &report("2027-01-31", "2026-01-31"))
        .await;
    assert!(
        done.warnings
            .iter()
            .any(|line| line.ends_with("run again: 2")),
        "{done}"
    );
    assert_eq!(silent_end(&app, 0).await, by("2026-06-30"));
    assert_eq!(
        silent_end(&app, 1).await,
        by("2026-08-15"),
        "cancelled before its end"
    );
    assert_eq!(silent_end(&app, 2).await, None, "it runs");
    assert_eq!(silent_end(&app, 3).await, None, "no licence says anything");
    assert_eq!(ended(&app).await, None, "this app tells for itself");
    assert_eq!(entries(&app, "app_uninstalled"), 2);
    let leaf = &leaves(&app, "app_uninstalled").await[0];
    assert_eq!(leaf["detail"]["source"], "licence-report");

    // The same again changes nothing; a renewal takes it back; another end moves it.
    app.import(Source::Licences, &report("2027-01-31", "2026-01-31"))
        .await;
    assert_eq!(entries(&app, "app_uninstalled"), 2);
    let renewed = json!([
        licence(1, "active", "2027-06-30", "2026-11-19", "ended.example"),
        licence(3, "cancelled", "2027-06-30", "2026-09-20", "two.example"),
    ]);
    app.import(Source::Licences, &renewed.to_string()).await;
    assert_eq!(silent_end(&app, 0).await, None);
    assert_eq!(silent_end(&app, 1).await, by("2026-09-20"));
    let leaf = &leaves(&app, "app_installed").await[1];
    assert_eq!(leaf["detail"]["source"], "licence-report");

    // The app begins to tell: what was derived gives way.
    let told = payload(
        "connect_installed",
        json!({"clientKey": "silent-1", "baseUrl": "https://two.example"}),
    );
    let token = Token::of(&app, "installed").saying("iss", json!("silent-1"));
    assert_eq!(caller.connect("installed", &token, &told).await, 204);
    assert_eq!(silent_end(&app, 1).await, None);
    app.import(Source::Licences, &report("2026-06-30", "2026-11-20"))
        .await;
    assert_eq!(silent_end(&app, 1).await, None);
    assert_eq!(silent_end(&app, 2).await, by("2026-06-30"));
}

fn entry(what: Happening, on: &str, reason: &str) -> Entry {
    Entry {
        what,
        on: on.parse().unwrap(),
        reason: reason.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_enter_and_correct_an_end_on_its_page_with_a_reason() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    install(&app, &caller).await;
    app.app.clock.advance(hours(24 * 10));
    uninstall(&app, &caller).await;
    app.staff("agent@northwind.example", Role::Agent).await;
    app.staff("auditor@northwind.example", Role::Auditor).await;
    let browser = app.browser();
    browser.sign_in("agent@northwind.example", PASSWORD).await;
    let stores = browser.get("/admin/stores").await;
    let link = "href=\"/admin/installations\"";
    assert!(stores.text.contains(link), "{}", stores.text);
    assert!(
        browser
            .get("/admin/installations?q=two+words")
            .await
            .text
            .contains("without spaces")
    );
    assert!(
        browser
            .get("/admin/installations?q=nobody.example")
            .await
            .text
            .contains("No installation")
    );
    for q in [SITE, KEY] {
        let found = browser.get(&format!("/admin/installations?q={q}")).await;
        assert!(
            found.text.contains("One installation") && found.text.contains(KEY),
            "{}",
            found.text
        );
    }
    let path = format!("/admin/installations/{}", burndown(&app).await.id);
    let page = browser.get(&path).await;
    assert!(
        page.text.contains("30 Nov 2026, says the app (Connect)"),
        "{}",
        page.text
    );

    let send = |what: &'static str, on: &'static str, reason: &'static str| {
        let (browser, page, path) = (&browser, &page, path.clone());
        async move {
            browser
                .send(
                    page,
                    &path,
                    &[("what", what), ("on", on), ("reason", reason)],
                )
                .await
                .text
        }
    };
    for (what, on, reason, said) in [
        ("", "2026-11-25", "by phone", "Say what happened"),
        ("uninstalled", "2026-02-30", "by phone", "a day that exists"),
        ("uninstalled", "2026-12-01", "by phone", "still to come"),
        ("uninstalled", "2026-11-25", "", "Say why you enter it"),
        (
            "uninstalled",
            "2026-11-01",
            "by phone",
            "It was installed after this day",
        ),
        (
            "installed",
            "2026-11-29",
            "by phone",
            "It was uninstalled after this day",
        ),
    ] {
        let text = send(what, on, reason).await;
        assert!(text.contains(said), "{said}: {text}");
    }
    assert_eq!(
        app.count("lifecycle_events", "source = 'staff'"),
        0,
        "nothing of what was refused"
    );
    let text = send("uninstalled", "2026-11-25", "told by Kim Vos by phone").await;
    assert!(
        text.contains("It is entered.") && text.contains("25 Nov 2026, says staff"),
        "{text}"
    );
    let staff = Some(("2026-11-25".to_owned(), Some(Teller::Staff)));
    assert_eq!(ended(&app).await, staff);
    // The reason stands beside the trail, sealed, and not in it.
    assert_eq!(app.is_anywhere("Kim Vos"), Vec::<String>::new());
    let leaf = leaves(&app, "app_uninstalled").await.pop().unwrap();
    assert!(
        leaf["actor"].as_str().unwrap().starts_with("staff:"),
        "{leaf}"
    );
    assert_eq!(leaf["detail"]["source"], "staff");
    let text = send("installed", "2026-11-30", "it was another site").await;
    assert!(text.contains("It is entered."), "{text}");
    assert_eq!(ended(&app).await, None);

    let auditor = app.browser();
    auditor.sign_in("auditor@northwind.example", PASSWORD).await;
    assert_eq!(auditor.get(&path).await.status, 403);
    assert!(!auditor.get("/admin/stores").await.text.contains(link));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_enters_an_end_on_the_command_line() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    install(&app, &caller).await;
    let file = app.config_file("");
    let run = |line: &str| {
        let mut command = app.command(&file);
        command.args(line.split_whitespace());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap(), said)
    };
    let today = app.app.today();
    // The command has the system's clock, which is later than that of the test.
    let (code, said) = run(&format!(
        "lifecycle uninstalled --client-key {KEY} --on {today} --reason by-phone"
    ));
    assert_eq!(
        (code, said.contains("Entered: uninstalled")),
        (0, true),
        "{said}"
    );
    assert_eq!(
        ended(&app).await,
        Some((today.to_string(), Some(Teller::Staff)))
    );
    let (code, said) = run(&format!(
        "lifecycle uninstalled --client-key {KEY} --on 2100-01-01 --reason by-phone"
    ));
    assert_eq!(
        (code, said.contains("--on: This day is still to come")),
        (2, true),
        "{said}"
    );
    let (code, said) =
        run("lifecycle uninstalled --client-key nobody --on 2026-11-20 --reason by-phone");
    assert_eq!(
        (code, said.contains("no installation")),
        (2, true),
        "{said}"
    );
    let (code, said) = run(&format!(
        "lifecycle installed --client-key {KEY} --app {APP} --on {today} --reason it-stands"
    ));
    assert_eq!(code, 0, "{said}");
    assert_eq!(ended(&app).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_told_brings_back_a_person_who_was_erased() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    install(&app, &caller).await;
    // The account's address came with an import; its person asks for removal.
    let email = "ilona.varga@tandem-works.example";
    let digest = app
        .app
        .address_digest(&lethe::domain::email::Email::parse(email).unwrap());
    let hex: String = digest
        .bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let bytes = match app.connect() {
        db::Conn::Sqlite(_) => format!("X'{hex}'"),
        db::Conn::Postgres(_) => format!("'\\x{hex}'"),
    };
    app.connect()
        .batch_execute(&format!(
            "UPDATE installations SET email = '{email}', address_digest = {bytes}, digest_key = '{}'",
            digest.key
        ))
        .unwrap();
    let request = app.ask_and_confirm("removal", email, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    assert_eq!(burndown(&app).await.account_id, None);

    // An update of the app, an older event that comes late, and the feedback with the name in it.
    app.app.clock.advance(hours(1));
    install(&app, &caller).await;
    let now = burndown(&app).await;
    assert_eq!(now.account_id, None);
    assert!(
        now.secret.is_some(),
        "the tenant's secret is not the person's"
    );
    let late = Token::at(app.app.clock.now() - hours(6), "installed")
        .saying("exp", json!((app.app.clock.now() + hours(1)).as_second()));
    let payload = payload("connect_installed", json!({}));
    assert_eq!(caller.connect("installed", &late, &payload).await, 204);
    app.import(Source::Licences, LICENCES).await;
    app.import(Source::Feedback, FEEDBACK).await;
    assert_eq!(burndown(&app).await.account_id, None);
    assert_eq!(app.is_anywhere(ACCOUNT), Vec::<String>::new());
    assert_eq!(app.is_anywhere(email), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_and_its_entry_stand_together_or_not_at_all() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    install(&app, &caller).await;
    app.app.clock.advance(hours(1));
    let rename = |from: &str, to: &str| {
        app.connect()
            .batch_execute(&format!("ALTER TABLE {from} RENAME TO {to}"))
            .unwrap();
    };
    rename("audit_pending", "audit_away");
    let token = Token::of(&app, "uninstalled");
    let payload = payload("connect_uninstalled", json!({}));
    assert_eq!(caller.connect("uninstalled", &token, &payload).await, 500);
    assert_eq!(ended(&app).await, None);
    assert_eq!(app.count("lifecycle_events", "1 = 1"), 1);
    rename("audit_away", "audit_pending");
    // Atlassian tells it again.
    assert_eq!(caller.connect("uninstalled", &token, &payload).await, 204);
    assert!(ended(&app).await.is_some());
    assert_eq!(entries(&app, "app_uninstalled"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_feedback_that_is_killed_again_and_again_tells_everything_once() {
    const ROWS: usize = 1500;
    let app = TestApp::start().await;
    let mut csv = "addonKey,feedbackType,date,cloudSiteHostname\n".to_owned();
    for n in 0..ROWS {
        csv += &format!(
            "{APP},uninstall,2026-10-{:02},site-{n}.example\n",
            n % 28 + 1
        );
    }
    let file = app.folder.join("feedback.csv");
    std::fs::write(&file, csv).unwrap();
    let config = app.config_file("");
    let import = || {
        let mut command = app.command(&config);
        command.args(["import", "feedback"]).arg(&file);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut kills = 0;
    // Each life is a little longer, so that death meets every part.
    for life in 0..40 {
        let mut child = import().spawn().unwrap();
        thread::sleep(Duration::from_millis(80 + 30 * life));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    assert!(import().status().unwrap().success());
    assert_eq!(
        app.count("lifecycle_events", "1 = 1"),
        ROWS as i64,
        "{kills} kills"
    );
    assert_eq!(entries(&app, "app_uninstalled"), ROWS as i64);
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    let found = trail::verify::verify(&app.app, Vec::new()).await.unwrap();
    assert_eq!(found.problem, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_of_an_installation_that_is_gone_is_forgotten() {
    let app = TestApp::start_with(with_connect).await;
    let caller = Caller::new(&app);
    install(&app, &caller).await;
    let rows = format!(
        "addonKey,feedbackType,date,cloudSiteHostname\n{APP},uninstall,2026-11-02,elsewhere.example\n"
    );
    app.import(Source::Feedback, &rows).await;
    let told = || app.count("lifecycle_events", "1 = 1");
    app.clock_goes_to(app.app.clock.now() + hours(24 * 30))
        .await;
    own::sweep_own(&app.app).await.unwrap();
    assert_eq!(
        told(),
        2,
        "the installation stands, and the row still waits"
    );
    app.connect()
        .batch_execute("DELETE FROM installations")
        .unwrap();
    app.app.clock.advance(hours(24));
    own::sweep_own(&app.app).await.unwrap();
    assert_eq!(told(), 1);
    app.clock_goes_to(app.app.clock.now() + hours(24 * 60))
        .await;
    own::sweep_own(&app.app).await.unwrap();
    assert_eq!(told(), 0);
}

/// The code of the first block of a language in the document.
fn sample(language: &str) -> String {
    let document = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lifecycle.md"));
    let start = format!("```{language}\n");
    let (_, rest) = document.split_once(&start).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_in_the_document_forwards_what_atlassian_sent() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("no python3 here: the sample is not run");
        return;
    }
    let app = TestApp::start_with(with_connect).await;
    let body = payload("connect_installed", json!({})).to_string();
    let query = "user_key=admin";
    let token =
        Token::of(&app, "installed").saying("qsh", json!(query_hash("POST", "/installed", query)));
    let code = sample("python").replace("https://privacy.vendor.example", &app.url);
    let call = format!(
        "{code}\nimport sys\nprint(forward('installed', '{query}', 'JWT {}', sys.stdin.buffer.read()))\n",
        token.text()
    );
    let output = tokio::task::spawn_blocking(move || {
        let mut child = Command::new("python3")
            .args(["-c", &call])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(body.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    })
    .await
    .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "204");
    assert_eq!(burndown(&app).await.site.as_deref(), Some(SITE));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_names_apps_whose_uninstallation_nobody_could_believe() {
    let app = TestApp::start().await;
    let check = |more: &str| {
        let file = app.config_file(more);
        let output = app.command(&file).arg("check").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!check("").contains("install_keys"), "no app, no trouble");
    let sizes = generate::Sizes::default();
    generate::generate(&app.app, &Actor::Operator, 1, sizes)
        .await
        .unwrap();
    let said = check("");
    assert!(
        said.contains("lifecycle.install_keys: missing for example.burndown.plus"),
        "{said}"
    );
    assert!(said.contains("installations in retention.policy"), "{said}");
    let lifecycle = "[lifecycle]\ninstall_keys = \"keys\"\n[[connect]]\nkey = \"example.other\"\nbase_url = \"https://other.example\"\n";
    assert!(check(lifecycle).contains("[[connect]]: missing for example.burndown.plus"));
    let both = lifecycle.replace("example.other", "example.burndown.plus");
    let both = format!(
        "{both}[[connect]]\nkey = \"example.roadmap.lens\"\nbase_url = \"https://roadmap.example\"\n"
    );
    assert!(!check(&both).contains("retention.policy counts"));
}

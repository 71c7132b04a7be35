//! What a test says: start the application, ask, confirm, decide, run the jobs, look.

pub mod jira;
pub mod mail_servers;
pub mod page;
pub mod proxy;
pub mod request_tracker;
pub mod sql_servers;
pub mod stores;

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use diesel::connection::SimpleConnection;
use jiff::{SignedDuration, Timestamp};
use lethe::actions::decide::{self, Accepted};
use lethe::actions::{self, follow, letters, staff};
use lethe::app::App;
use lethe::auth::password::Password;
use lethe::auth::token::Token;
use lethe::clock::Clock;
use lethe::config::{Config, DatabaseUrl};
use lethe::db::{self, Access, Options, Target};
use lethe::domain::email::Email;
use lethe::domain::event::Actor;
use lethe::domain::request::{Progress, Request};
use lethe::domain::staff::{Role, Staff};
use lethe::domain::store::Store;
use lethe::i18n::Lang;
use lethe::imports::Source;
use lethe::mail::outbound::Outgoing;
use lethe::seal::KeyRing;
use lethe::{jobs, web};
use secrecy::ExposeSecret;
use tokio::sync::watch;

pub use page::Page;

/// The password of every account in tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// A running application with everything of its own.
pub struct TestApp {
    pub app: App,
    pub url: String,
    pub folder: PathBuf,
    server: actix_web::dev::ServerHandle,
    /// Streams of events end when it goes.
    _stop: watch::Sender<bool>,
    database: Option<(String, String)>,
    others: Mutex<Vec<String>>,
}

/// Friday 20 November 2026, 09:12 in Amsterdam.
pub fn friday() -> Timestamp {
    "2026-11-20T08:12:00Z".parse().unwrap()
}

impl TestApp {
    /// Starts with the built-in stores, empty.
    pub async fn start() -> TestApp {
        TestApp::start_with(|_| {}).await
    }

    /// Starts with a configuration of the test's own.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> TestApp {
        TestApp::start_full(change, |_| {}).await
    }

    /// Starts with stores of the test's own.
    pub async fn start_with_stores(stores: Vec<Arc<dyn Store>>) -> TestApp {
        TestApp::start_full(|_| {}, |app| app.stores = stores.into()).await
    }

    async fn start_full(
        change: impl FnOnce(&mut Config),
        adjust: impl FnOnce(&mut App),
    ) -> TestApp {
        let name = Token::random().as_str()[..12]
            .replace(['-', '_'], "x")
            .to_lowercase();
        let folder = std::env::temp_dir().join(format!("lethe-it-{name}"));
        std::fs::create_dir(&folder).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut config = Config::demo(&folder, listener.local_addr().unwrap()).unwrap();
        config.server.workers = Some(1);
        config.requests.two_people.clear();
        config.limits.per_network_per_hour = 100_000;
        config.limits.per_address_per_day = 100_000;
        let database = std::env::var("TEST_DATABASE_URL").ok().map(|server| {
            let url = create_database(&server, &format!("lethe_{name}"));
            config.database.url = url.parse::<DatabaseUrl>().unwrap();
            config.database.connections = 4;
            (server, format!("lethe_{name}"))
        });
        change(&mut config);
        let clock = Clock::frozen(friday());
        KeyRing::create(&config.keys.file, clock.now()).unwrap();
        let url = config
            .server
            .public_url
            .as_str()
            .trim_end_matches('/')
            .to_owned();
        let mut app = App::start(config, clock).unwrap();
        adjust(&mut app);
        let (stop, stopping) = watch::channel(false);
        let server = web::server(app.clone(), listener, stopping).unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        TestApp {
            app,
            url,
            folder,
            server: handle,
            _stop: stop,
            database,
            others: Mutex::default(),
        }
    }

    /// A second database of the same engine, with nothing in it, that goes with the first: its URL, and the
    /// folder that is its own.
    pub fn another_database(&self, name: &str) -> (String, PathBuf) {
        let folder = self.folder.join(name);
        std::fs::create_dir(&folder).unwrap();
        let url = match &self.database {
            None => format!("sqlite:{}", folder.join("lethe.db").display()),
            Some((server, own)) => {
                let own = format!("{own}_{name}");
                self.others.lock().unwrap().push(own.clone());
                create_database(server, &own)
            }
        };
        (url, folder)
    }

    /// Options that reach the same database, past the application.
    pub fn database(&self) -> Options {
        lethe::app::database_options(&self.app.config)
    }

    /// A connection past the application.
    pub fn connect(&self) -> db::Conn {
        db::connect(&self.database(), Access::Write).unwrap()
    }

    /// How many rows of a table fit a condition.
    pub fn count(&self, table: &str, condition: &str) -> i64 {
        use diesel::prelude::*;
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let sql = format!("SELECT count(*) AS n FROM {table} WHERE {condition}");
        diesel::sql_query(sql)
            .get_result::<Count>(&mut self.connect())
            .unwrap()
            .n
    }

    /// A fresh browser.
    pub fn browser(&self) -> Browser {
        // Once is enough; every later call is told so.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::limited(5))
            .build()
            .unwrap();
        Browser {
            client,
            url: self.url.clone(),
        }
    }

    /// Works every job that is due.
    pub async fn run_jobs(&self) {
        jobs::run_due(&self.app).await.unwrap();
    }

    /// Lets time pass, a little at a time, working what falls due.
    pub async fn pass(&self, time: SignedDuration) {
        self.clock_goes_to(self.app.clock.now() + time).await;
        self.run_jobs().await;
    }

    /// Sets the clock as on a machine that ran all the time: the daily check saw the half day before.
    pub async fn clock_goes_to(&self, at: Timestamp) {
        let before = at - SignedDuration::from_hours(13);
        if before > self.app.clock.now() {
            self.app.clock.set(before);
            actions::trail::verify::verify(&self.app, Vec::new())
                .await
                .unwrap();
        }
        self.app.clock.set(at);
    }

    /// The letters to an address, newest first.
    pub async fn letters_to(&self, email: &str) -> Vec<Outgoing> {
        let shown = letters::outbox(&self.app).await.unwrap();
        shown
            .into_iter()
            .map(|shown| shown.letter)
            .filter(|letter| letter.to == email)
            .collect()
    }

    /// An account of staff.
    pub async fn staff(&self, email: &str, role: Role) -> Staff {
        let new = staff::NewStaff {
            email: Email::parse(email).unwrap(),
            name: format!("The {role}"),
            role,
            contract: (role == Role::Subcontractor).then(|| "2026-014".to_owned()),
            until_on: (role == Role::Subcontractor).then(|| self.app.today()),
        };
        staff::add(
            &self.app,
            &Actor::Operator,
            new,
            Password::parse(PASSWORD).unwrap(),
        )
        .await
        .unwrap()
    }

    /// An actor with a role, with its account.
    pub async fn actor(&self, role: Role) -> Actor {
        let staff = self
            .staff(
                &format!("{role}-{}@northwind.example", self.app.id::<uuid::Uuid>()),
                role,
            )
            .await;
        Actor::Staff { id: staff.id, role }
    }

    /// Writes an export into a file and imports it.
    pub async fn import(&self, source: Source, content: &str) -> actions::import::Report {
        let file = self
            .folder
            .join(format!("import-{}", self.app.id::<uuid::Uuid>()));
        std::fs::write(&file, content).unwrap();
        let options = actions::import::Options {
            dry_run: false,
            skip_bad: false,
        };
        let report = actions::import::import(&self.app, &Actor::Operator, source, &file, options)
            .await
            .unwrap();
        std::fs::remove_file(&file).unwrap();
        report
    }

    /// A person asks in a browser and confirms from the mail; the request that came of it.
    pub async fn ask_and_confirm(&self, kind: &str, email: &str, more: &[(&str, &str)]) -> Request {
        let browser = self.browser();
        browser.ask(kind, email, more).await;
        self.run_jobs().await;
        browser.confirm_newest(self, email).await;
        self.run_jobs().await;
        self.newest_request(email).await
    }

    /// The newest request of an address.
    pub async fn newest_request(&self, email: &str) -> Request {
        self.requests(email)
            .await
            .into_iter()
            .next()
            .expect("a request of the address")
    }

    /// All requests of an address, newest first.
    pub async fn requests(&self, email: &str) -> Vec<Request> {
        let digests = self.app.address_digests(&Email::parse(email).unwrap());
        self.app
            .db
            .read(move |conn| db::requests::of_address(conn, &digests, 100))
            .await
            .unwrap()
    }

    /// An agent accepts a request.
    pub async fn accept(&self, request: &Request) {
        let actor = self.actor(Role::Agent).await;
        let email = follow::follow(&self.app, request.id, Lang::En)
            .await
            .unwrap()
            .asked
            .email;
        let now = self.newest_request(&email).await;
        let accepted = decide::accept(&self.app, &actor, now.reference, now.version)
            .await
            .unwrap();
        assert_eq!(accepted, Accepted::Started);
    }

    /// Works the jobs, letting time pass for those that wait, until a request is closed or halted.
    pub async fn until_it_rests(&self, request: &Request) -> Request {
        for _ in 0..40 {
            self.run_jobs().await;
            let id = request.id;
            let now = self
                .app
                .db
                .read(move |conn| db::requests::find(conn, id))
                .await
                .unwrap()
                .unwrap();
            if matches!(now.progress, Progress::Done | Progress::Halted) {
                return now;
            }
            self.app.clock.advance(SignedDuration::from_secs(60));
        }
        panic!("the run never rested");
    }

    /// Writes a configuration file for the same database, keys and journal; `more` stands at its end.
    pub fn config_file(&self, more: &str) -> PathBuf {
        let config = &self.app.config;
        let file = self.folder.join("lethe.toml");
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
policy = "built-in"
[audit]
origin = "{origin}"
{more}"#,
            url = self.url,
            keys = config.keys.file.display(),
            journal = config.journal.erasure.display(),
            folder = self.folder.display(),
            origin = config.audit.origin.as_str(),
        );
        std::fs::write(&file, text).unwrap();
        file
    }

    /// The program itself, with a configuration file.
    pub fn command(&self, file: &Path) -> Command {
        let url = match &self.app.config.database.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => url.expose_secret().to_owned(),
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_lethe"));
        command
            .arg("--config")
            .arg(file)
            .env("LETHE_DATABASE_URL", url)
            .env("LETHE_LOG", "error");
        command
    }

    /// Whether a text stands anywhere: in the files of SQLite or every text column and the
    /// statistics of PostgreSQL, and in the journal. Letter case does not matter.
    pub fn is_anywhere(&self, text: &str) -> Vec<String> {
        let wanted = text.to_lowercase();
        let mut places = search_files(&self.folder, &wanted);
        if self.database.is_some() {
            places.extend(search_postgres(&mut self.connect(), &wanted));
        }
        places
    }
}

/// The same in another folder and another database.
pub fn is_anywhere_in(folder: &Path, conn: &mut db::Conn, text: &str) -> Vec<String> {
    let wanted = text.to_lowercase();
    let mut places = search_files(folder, &wanted);
    if matches!(conn, db::Conn::Postgres(_)) {
        places.extend(search_postgres(conn, &wanted));
    }
    places
}

fn search_files(folder: &Path, wanted: &str) -> Vec<String> {
    let mut places = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let content = std::fs::read(&path).unwrap().to_ascii_lowercase();
        if content
            .windows(wanted.len())
            .any(|window| window == wanted.as_bytes())
        {
            places.push(path.display().to_string());
        }
    }
    places
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let server = self.server.clone();
        tokio::spawn(async move { server.stop(false).await });
        let _ = std::fs::remove_dir_all(&self.folder);
        if let Some((server, name)) = &self.database {
            let mut conn = admin(server);
            for name in self.others.lock().unwrap().iter().chain([name]) {
                let _ = conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            }
        }
    }
}

fn admin(server: &str) -> db::Conn {
    let target = Target::Postgres(server.to_owned());
    db::connect(
        &Options {
            target,
            connections: 1,
            prepared: true,
        },
        Access::Write,
    )
    .unwrap()
}

fn create_database(server: &str, name: &str) -> String {
    admin(server)
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// Searches every text and bytea column, and what ANALYZE sampled.
fn search_postgres(conn: &mut db::Conn, wanted: &str) -> Vec<String> {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Column {
        #[diesel(sql_type = diesel::sql_types::Text)]
        place: String,
        #[diesel(sql_type = diesel::sql_types::Text)]
        query: String,
    }
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        found: i64,
    }
    conn.batch_execute("ANALYZE").unwrap();
    let columns: Vec<Column> = diesel::sql_query(
        "SELECT table_name || '.' || column_name AS place,
                CASE data_type WHEN 'bytea'
                  THEN format('SELECT count(*) AS found FROM %I WHERE position(%%L::bytea in lower(encode(%I, ''escape''))::bytea) > 0', table_name, column_name)
                  ELSE format('SELECT count(*) AS found FROM %I WHERE position(%%L in lower(%I)) > 0', table_name, column_name)
                END AS query
         FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type IN ('text', 'bytea')",
    )
    .load(conn)
    .unwrap();
    let literal = format!("'{}'", wanted.replace('\'', "''"));
    let mut places: Vec<String> = columns
        .into_iter()
        .filter(|column| {
            let found: Found = diesel::sql_query(column.query.replace("%L", &literal))
                .get_result(conn)
                .unwrap();
            found.found > 0
        })
        .map(|column| column.place)
        .collect();
    let statistics: Found = diesel::sql_query(format!(
        "SELECT count(*) AS found FROM pg_stats WHERE schemaname = 'public' AND position({literal} in lower(
           coalesce(most_common_vals::text, '') || coalesce(histogram_bounds::text, ''))) > 0"
    ))
    .get_result(conn)
    .unwrap();
    if statistics.found > 0 {
        places.push("pg_stats".to_owned());
    }
    places
}

/// A browser of somebody.
pub struct Browser {
    client: reqwest::Client,
    pub url: String,
}

impl Browser {
    /// Fetches a page; its form is checked like every page's.
    pub async fn get(&self, path: &str) -> Page {
        let answer = self.client.get(self.full(path)).send().await.unwrap();
        Page::read(answer).await
    }

    /// Opens an address whose answer may have no end.
    pub async fn open(&self, path: &str) -> reqwest::Response {
        self.client.get(self.full(path)).send().await.unwrap()
    }

    /// Sends a form that a page of ours showed, with what the person typed.
    pub async fn send(&self, page: &Page, action: &str, typed: &[(&str, &str)]) -> Page {
        let mut fields: HashMap<&str, &str> = HashMap::new();
        let csrf = page.csrf();
        fields.insert("csrf", &csrf);
        let pairs: Vec<(&str, &str)> = fields.into_iter().chain(typed.iter().copied()).collect();
        let answer = self
            .client
            .post(self.full(action))
            .form(&pairs)
            .send()
            .await
            .unwrap();
        Page::read(answer).await
    }

    /// Sends raw bytes, as a mailbox provider does.
    pub async fn post_raw(
        &self,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> reqwest::Response {
        self.client
            .post(self.full(path))
            .header("Content-Type", content_type)
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// Fills in the form of one of the four rights.
    pub async fn ask(&self, kind: &str, email: &str, more: &[(&str, &str)]) -> Page {
        let path = format!("/requests/new/{kind}");
        let form = self.get(&path).await;
        let mut typed = vec![("email", email)];
        if kind == "removal" && !more.iter().any(|(name, _)| *name == "scope") {
            typed.push(("scope", "all"));
        }
        typed.extend_from_slice(more);
        self.send(&form, &path, &typed).await
    }

    /// Opens the newest confirmation to an address and confirms it, with its code if there is one.
    pub async fn confirm_newest(&self, app: &TestApp, email: &str) -> Page {
        let letter = app
            .letters_to(email)
            .await
            .into_iter()
            .find(|letter| letter.text.contains("/confirm/"))
            .unwrap();
        let path = path_in(&letter.text, "/confirm/");
        let page = self.get(&path).await;
        let code = code_in(&letter.text).unwrap_or_default();
        self.send(&page, &path, &[("code", &code), ("action", "confirm")])
            .await
    }

    /// Opens the status page with the newest link mailed to an address.
    pub async fn open_status(&self, app: &TestApp, email: &str) -> Page {
        let letter = app
            .letters_to(email)
            .await
            .into_iter()
            .find(|letter| letter.text.contains("/status/"))
            .unwrap();
        let path = path_in(&letter.text, "/status/");
        let page = self.get(&path).await;
        self.send(&page, &path, &[]).await
    }

    /// Signs in.
    pub async fn sign_in(&self, email: &str, password: &str) -> Page {
        let form = self.get("/admin/sign-in").await;
        self.send(
            &form,
            "/admin/sign-in",
            &[("email", email), ("password", password)],
        )
        .await
    }

    fn full(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

/// The path of the first link in a letter that contains a part.
pub fn path_in(text: &str, part: &str) -> String {
    let start = text
        .find(part)
        .unwrap_or_else(|| panic!("no {part} in {text}"));
    text[start..]
        .split_whitespace()
        .next()
        .unwrap()
        .trim_end_matches(['>', '.', ','])
        .to_owned()
}

/// The code of a letter: six digits alone on a line.
pub fn code_in(text: &str) -> Option<String> {
    text.lines()
        .map(str::trim)
        .find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()))
        .map(ToOwned::to_owned)
}

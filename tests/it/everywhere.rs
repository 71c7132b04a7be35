//! One removal over every kind of store at once: our own, PostgreSQL, MariaDB, Request Tracker, Jira
//! Service Management, a program behind a webhook, and a filing cabinet. It ends complete with nothing found anywhere; killed
//! again and again, and with each system failing, it ends the same.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use lethe::actions::decide::{self, ItemChoice};
use lethe::actions::tasks::{self, Attested};
use lethe::actions::trail;
use lethe::clock::Clock;
use lethe::db;
use lethe::domain::event::Actor;
use lethe::domain::request::{Outcome, Request, Stage};
use lethe::domain::run::{RunStore, StoreState};
use lethe::domain::staff::Role;
use lethe::domain::task::Task;
use lethe::imports::Source;

use crate::support::TestApp;
use crate::support::jira::{StandIn, TOKEN};
use crate::support::proxy::{How, Proxy};
use crate::support::request_tracker::{self, RequestTracker};
use crate::support::sql_servers::{Db, Engine, PASSWORD, shared};
use crate::webhook::{MIRA, SECRET, Sample};

/// How long a run may take on a slow machine before the test gives up.
const PATIENCE: Duration = Duration::from_secs(180);

/// A database of somebody's, behind a proxy.
struct Tables {
    db: Db,
    proxy: Proxy,
}

impl Tables {
    /// Sixty calls and an account of the person, and as many of somebody else.
    async fn start(engine: Engine) -> Tables {
        let server = shared(engine);
        let db = server.database().await;
        let mut script = "CREATE TABLE people (id BIGINT PRIMARY KEY, email VARCHAR(200), phone VARCHAR(50));
            CREATE TABLE calls (id BIGINT PRIMARY KEY, person BIGINT REFERENCES people (id), words VARCHAR(200));
            INSERT INTO people VALUES (1, 'Mira@Halden.example', '+31 20'), (2, 'tom@other.example', '+31 21');"
            .to_owned();
        for n in 0..60 {
            script.push_str(&format!(
                "INSERT INTO calls VALUES ({}, 1, 'mira@halden.example called'), ({}, 2, 'Tom called');",
                2 * n,
                2 * n + 1
            ));
        }
        for role in ["reads", "erases"] {
            let user = match engine {
                Engine::Postgresql => format!("{}_{role}", db.name),
                _ => format!("'{}_{role}'@'%'", db.name),
            };
            let rights = match role {
                "reads" => "SELECT",
                _ => "SELECT, DELETE",
            };
            for table in ["people", "calls"] {
                script.push_str(&format!("GRANT {rights} ON {table} TO {user};"));
            }
        }
        db.script(&script).await;
        Tables {
            db,
            proxy: Proxy::tcp(server.address()),
        }
    }

    fn file(&self, name: &str, engine: Engine) -> String {
        format!(
            r#"
            name = "{name}"
            title = "Calls in {name}"
            category = "licence"
            timeout_seconds = 10
            [sql]
            engine = "{}"
            host = "localhost"
            port = {}
            database = {db:?}
            user = "{db}_reads"
            erase_user = "{db}_erases"
            password_file = "password"
            erase_password_file = "password"
            [[sql.tables]]
            name = "people"
            kind = "account"
            key = "id"
            person = [{{ column = "email", match = "lower" }}]
            export = ["email", "phone"]
            erase = "delete"
            [[sql.tables]]
            name = "calls"
            kind = "record"
            key = "id"
            via = [{{ column = "person", table = "people", key = "id" }}]
            export = ["words"]
            erase = "delete"
            "#,
            engine.word(),
            self.proxy.address().port(),
            db = self.db.name,
        )
    }

    async fn left(&self) -> usize {
        let people = self
            .db
            .count("people WHERE lower(email) LIKE '%mira%'")
            .await;
        people
            + self
                .db
                .count("calls WHERE lower(words) LIKE '%mira%'")
                .await
    }

    async fn of_others(&self) -> usize {
        self.db.count("people").await + self.db.count("calls").await
    }
}

/// Writes the person into a Request Tracker: five tickets with a message, and one of somebody else's that
/// names them.
const IN_TRACKER: &str = r#"
    use MIME::Entity;
    for my $n (1 .. 6) {
        my $who = $n < 6 ? 'mira@halden.example' : 'tom@other.example';
        my $mime = MIME::Entity->build(From => $who, Subject => "Question $n", Type => 'text/plain',
            Data => ["Mira Halden asks from mira\@halden.example."]);
        my ($id, undef, $why) = RT::Ticket->new(RT->SystemUser)->Create(
            Queue => 'General', Subject => "Question $n", Requestor => $n < 6 ? "Mira Halden <$who>" : $who, MIMEObj => $mime);
        die $why unless $id;
    }
"#;

/// Everything in which the person is.
struct Everywhere {
    app: TestApp,
    file: PathBuf,
    postgresql: Tables,
    mariadb: Tables,
    jira: StandIn,
    account: String,
    sample: Sample,
    tracker: RequestTracker,
    to_jira: Proxy,
    to_sample: Proxy,
    to_tracker: Proxy,
    to_helper: Proxy,
    staff: Actor,
    request: Request,
}

fn on(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

impl Everywhere {
    /// The person is in every system, has asked to be removed, and staff have accepted.
    async fn start() -> Everywhere {
        let postgresql = Tables::start(Engine::Postgresql).await;
        let mariadb = Tables::start(Engine::Mariadb).await;
        let jira = StandIn::start();
        let account = jira.seed(MIRA, "Mira Halden", 6);
        let sample = Sample::start_with("", 40, 2);
        let tracker = tokio::task::spawn_blocking(|| {
            let tracker = RequestTracker::with_helper();
            tracker.perl(IN_TRACKER);
            tracker
        })
        .await
        .unwrap();
        assert!(!tracker.places(&[MIRA]).is_empty());
        let (to_tracker, to_helper) = (
            Proxy::http(tracker.address()),
            Proxy::http(tracker.helper_address()),
        );
        let (to_jira, to_sample) = (Proxy::http(on(jira.port)), Proxy::http(sample.at));
        let mut files = Vec::new();
        let app = TestApp::start_with(|config| {
            let folder = config.journal.erasure.parent().unwrap().to_owned();
            let write = |name: &str, text: &str| {
                let file = folder.join(name);
                std::fs::write(&file, text).unwrap();
                file
            };
            write("password", PASSWORD);
            write("token", TOKEN);
            write("secret", SECRET);
            write("tracker-token", &tracker.token);
            write("helper-secret", request_tracker::SECRET);
            files = vec![
                write("one.toml", &postgresql.file("calls", Engine::Postgresql)),
                write("two.toml", &mariadb.file("old-calls", Engine::Mariadb)),
                write(
                    "three.toml",
                    &format!(
                        "name = \"helpdesk\"\ntitle = \"Help desk\"\ncategory = \"ticket\"\ntimeout_seconds = 10\n\
                         [jira]\nsite = \"{}\"\naccount = \"privacy-bot@northwind.example\"\n\
                         projects = [\"SUP\"]\npage_size = 20\ntoken_file = \"token\"\n",
                        to_jira.url()
                    ),
                ),
                write(
                    "four.toml",
                    &format!(
                        "name = \"crm\"\ntitle = \"CRM\"\ncategory = \"licence\"\ntimeout_seconds = 10\n\
                         [webhook]\nurl = \"{}\"\nsecret_file = \"secret\"\n",
                        to_sample.url()
                    ),
                ),
                write(
                    "six.toml",
                    &format!(
                        "name = \"tracker\"\ntitle = \"Request Tracker\"\ncategory = \"ticket\"\ntimeout_seconds = 30\n\
                         [request_tracker]\nurl = \"{}\"\nmode = \"full\"\ntoken_file = \"tracker-token\"\n\
                         [request_tracker.helper]\nurl = \"{}\"\nsecret_file = \"helper-secret\"\n",
                        to_tracker.url(),
                        to_helper.url()
                    ),
                ),
                write(
                    "five.toml",
                    "name = \"cabinet\"\ntitle = \"Filing cabinet\"\ncategory = \"outside\"\n\
                     [manual]\ninstructions = \"The cabinet is on the second floor.\"\n",
                ),
            ];
            config.stores.files = files.clone();
        })
        .await;
        // The programs behind the systems go by the machine's time.
        app.app.clock.set(Clock::system().now());
        let messages: Vec<String> = (0..40)
            .map(|n| {
                format!(
                    r#"{{"key":"{n}","author":{{"email":"{MIRA}"}},"at":"2026-01-02T03:04:05Z","body":"{MIRA} writes"}}"#
                )
            })
            .collect();
        let ticket = format!(
            r#"{{"key":"T-1","subject":"Help","status":"open","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{MIRA}","name":"Mira Halden"}},"participants":[],"messages":[{}]}}"#,
            messages.join(",")
        );
        app.import(Source::Tickets, &ticket).await;
        let staff = app.actor(Role::Lead).await;
        let request = app
            .ask_and_confirm("removal", MIRA, &[("name", "Mira Halden")])
            .await;
        let listed: Vec<String> = files
            .iter()
            .map(|file| format!("{:?}", file.display().to_string()))
            .collect();
        let file = app.config_file(&format!("[stores]\nfiles = [{}]\n", listed.join(", ")));
        let all = Everywhere {
            app,
            file,
            postgresql,
            mariadb,
            jira,
            account,
            sample,
            tracker,
            to_jira,
            to_sample,
            to_tracker,
            to_helper,
            staff,
            request,
        };
        all.accept().await;
        all
    }

    /// Possible matches are answered with yes, and the removal is accepted.
    async fn accept(&self) {
        let app = &self.app.app;
        let id = self.request.id;
        let (found, candidates) = app
            .db
            .read(move |conn| {
                let run = db::runs::of_request(conn, id)?.unwrap();
                let found: i64 = db::runs::stores(conn, run.id)?
                    .iter()
                    .map(|row| row.found)
                    .sum();
                Ok::<_, db::DbError>((found, db::runs::candidates(conn, run.id, 1_000)?))
            })
            .await
            .unwrap();
        assert!(found >= 200, "{found} records");
        let reference = self.request.reference;
        for candidate in candidates {
            decide::decide_item(
                app,
                &self.staff,
                reference,
                candidate.id,
                ItemChoice::Erase,
                "",
            )
            .await
            .unwrap();
        }
        let now = self.app.newest_request(MIRA).await;
        decide::accept(app, &self.staff, now.reference, now.version)
            .await
            .unwrap();
    }

    async fn seen(&self) -> (Option<Outcome>, Vec<RunStore>, Vec<Task>) {
        let id = self.request.id;
        self.app
            .app
            .db
            .read(move |conn| {
                let request = db::requests::find(conn, id)?.unwrap();
                let outcome = match request.stage {
                    Stage::Closed { outcome, .. } => Some(outcome),
                    _ => None,
                };
                let run = db::runs::of_request(conn, id)?.unwrap();
                let stores = db::runs::stores(conn, run.id)?;
                Ok::<_, db::DbError>((outcome, stores, db::tasks::of_run(conn, run.id)?))
            })
            .await
            .unwrap()
    }

    /// Staff do what only they can, and say so. The account in the help desk goes by hand; what stays in the
    /// change logs of other people's tickets they leave alone.
    async fn do_tasks(&self) -> bool {
        let (_, _, tasks) = self.seen().await;
        let open: Vec<Task> = tasks
            .into_iter()
            .filter(|task| task.done_at.is_none())
            .collect();
        for task in &open {
            if task.store.0 == "helpdesk" {
                self.jira.delete_account_by_hand(&self.account);
            }
            let said = Attested {
                found: true,
                words: "I looked, and removed what was there.".to_owned(),
                ..Attested::default()
            };
            let app = &self.app.app;
            tasks::attest(app, &self.staff, self.request.reference, task.id, said)
                .await
                .unwrap();
        }
        !open.is_empty()
    }

    fn worker(&self) -> Worker {
        let mut command = self.app.command(&self.file);
        command.arg("worker").stdout(Stdio::null());
        Worker(command.spawn().unwrap())
    }

    fn asked(&self) -> usize {
        self.proxies()
            .iter()
            .map(|proxy| proxy.requests_seen())
            .sum()
    }

    fn proxies(&self) -> [&Proxy; 6] {
        [
            &self.postgresql.proxy,
            &self.mariadb.proxy,
            &self.to_jira,
            &self.to_sample,
            &self.to_tracker,
            &self.to_helper,
        ]
    }

    /// A worker works, and staff do their tasks when nothing else moves, until the request is closed.
    async fn until_closed(&self) -> Vec<RunStore> {
        let worker = self.worker();
        let start = Instant::now();
        loop {
            let (outcome, stores, _) = self.seen().await;
            if let Some(outcome) = outcome {
                assert_eq!(outcome, Outcome::Fulfilled);
                drop(worker);
                return stores;
            }
            assert!(
                !stores.iter().any(|row| row.state == StoreState::Halted),
                "nothing here needs a person to mend it: {stores:#?}"
            );
            assert!(start.elapsed() < PATIENCE, "it does not end: {stores:#?}");
            if !stores.iter().any(|row| row.state.moves()) {
                self.do_tasks().await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Nothing is found anywhere, and nobody else has lost anything.
    async fn is_gone(&self, stores: &[RunStore]) {
        assert_eq!(self.app.is_anywhere(MIRA), Vec::<String>::new());
        for tables in [&self.postgresql, &self.mariadb] {
            assert_eq!(tables.left().await, 0);
            assert_eq!(tables.of_others().await, 61, "Tom is still there");
        }
        assert_eq!(self.jira.places(MIRA), Vec::<String>::new());
        assert_eq!(
            self.tracker.places(&[MIRA, "Mira Halden"]),
            Vec::<String>::new()
        );
        assert!(!self.tracker.places(&["tom@other.example"]).is_empty());
        assert!(!self.sample.holds(MIRA));
        assert!(self.sample.holds("tom@other.example"));
        for row in stores {
            assert_eq!(row.state, StoreState::Done, "{row:?}");
            let by_hand = row.store.0 == "cabinet";
            assert_eq!(row.verified_at.is_some(), !by_hand, "{row:?}");
            // A place in another system's list may name somebody.
            assert_eq!(row.cursor, None, "{row:?}");
        }
        while trail::sequence(&self.app.app).await.unwrap() > 0 {}
        let verified = trail::verify::verify(&self.app.app, Vec::new())
            .await
            .unwrap();
        assert_eq!(verified.problem, None);
        let intents = self
            .app
            .app
            .db
            .read(|conn| db::audit::open_intents(conn, jiff::Timestamp::MAX))
            .await
            .unwrap();
        assert!(intents.is_empty(), "every intent has its outcome");
    }
}

/// A process of the program; it dies with its value.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_in_every_system_is_gone_from_all() {
    let all = Everywhere::start().await;
    let stores = all.until_closed().await;
    all.is_gone(&stores).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_any_question_the_removal_ends_the_same() {
    let all = Everywhere::start().await;
    // Each life asks a few questions more than the one before, so that death meets every step.
    for life in 0..24 {
        let before = all.asked();
        let mut worker = all.worker();
        let start = Instant::now();
        while all.asked() < before + 1 + 3 * life {
            let (outcome, stores, _) = all.seen().await;
            let rests = !stores.iter().any(|row| row.state.moves());
            if outcome.is_some() || rests || start.elapsed() > Duration::from_secs(20) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        worker.0.kill().unwrap();
        worker.0.wait().unwrap();
        let (outcome, stores, _) = all.seen().await;
        if outcome.is_some() || !stores.iter().any(|row| row.state.moves()) {
            break;
        }
    }
    let stores = all.until_closed().await;
    all.is_gone(&stores).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_system_fails_in_turn_and_nobody_has_to_help() {
    let ways = [
        How::CloseAfterRequest,
        How::Half,
        How::Status(500),
        How::StatusAfterRequest(502),
        How::CloseAfterRequest,
        How::Status(500),
    ];
    for (failing, how) in ways.into_iter().enumerate() {
        let all = Everywhere::start().await;
        let proxy = all.proxies()[failing];
        proxy.fail_next(3, how);
        let stores = all.until_closed().await;
        all.is_gone(&stores).await;
    }
}

//! A database that was put back: what was erased since is erased again before anything is served or worked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use jiff::SignedDuration;
use lethe::actions::generate;
use lethe::actions::holds::{self, NewHold};
use lethe::actions::restore::{self, RestoreError};
use lethe::actions::submit::{self, Entered};
use lethe::actions::{backup, decide, retention, trail};
use lethe::app::{App, database_options};
use lethe::clock::Clock;
use lethe::config::{Config, DatabaseUrl};
use lethe::db::{self, Access, Conn};
use lethe::domain::email::Email;
use lethe::domain::event::{Action, Actor, Event};
use lethe::domain::ids::{HoldId, RequestId};
use lethe::domain::request::{Asked, Kind, Progress, Proof, Request, Via};
use lethe::domain::staff::Role;
use lethe::domain::store::Ground;
use lethe::i18n::Lang;
use lethe::imports::Source;
use lethe::jobs;
use lethe::journal::{ErasureLine, Line};
use serde_json::Value;

use crate::support::{TestApp, friday, is_anywhere_in};

/// A second database that shares keys and journal with an application: the place of a restore.
struct Place {
    url: String,
    folder: PathBuf,
    file: PathBuf,
    config: Config,
}

impl Place {
    fn new(app: &TestApp, name: &str) -> Place {
        let (url, folder) = app.another_database(name);
        let mut config = (*app.app.config).clone();
        config.database.url = url.parse::<DatabaseUrl>().unwrap();
        Place {
            file: app.config_file(""),
            url,
            folder,
            config,
        }
    }

    /// The program, at work on this database.
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lethe"));
        command
            .arg("--config")
            .arg(&self.file)
            .env("LETHE_DATABASE_URL", &self.url)
            .env("LETHE_LOG", "error")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command().args(args).output().unwrap()
    }

    /// What a command that goes well prints.
    fn says(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command that refuses says.
    fn refuses(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!output.status.success(), "{args:?} must refuse: {out}");
        out + &String::from_utf8_lossy(&output.stderr)
    }

    fn restore(&self, backup: &Path, more: &[&str]) -> Value {
        let backup = backup.display().to_string();
        let mut args = vec!["restore", &backup, "--json"];
        args.extend(more);
        serde_json::from_str(&self.says(&args)).unwrap()
    }

    fn connect(&self) -> Conn {
        db::connect(&database_options(&self.config), Access::Write).unwrap()
    }

    fn count(&self, table: &str, condition: &str) -> i64 {
        use diesel::prelude::*;
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let sql = format!("SELECT count(*) AS n FROM {table} WHERE {condition}");
        let count = diesel::sql_query(sql).get_result::<Count>(&mut self.connect());
        count.unwrap().n
    }

    fn holds(&self, text: &str) -> Vec<String> {
        is_anywhere_in(&self.folder, &mut self.connect(), text)
    }

    /// Puts a backup there past Lethe, as an operator with the tools of the engine does.
    fn put_by_hand(&self, backup: &Path) {
        match &self.config.database.url {
            DatabaseUrl::Sqlite(path) => {
                for ending in ["-wal", "-shm"] {
                    let _ = fs::remove_file(format!("{}{ending}", path.display()));
                }
                fs::copy(backup, path).unwrap();
            }
            DatabaseUrl::Postgres(_) => {
                let restored = Command::new("pg_restore")
                    .args([
                        "--clean",
                        "--if-exists",
                        "--no-owner",
                        "--dbname",
                        &self.url,
                    ])
                    .arg(backup)
                    .output()
                    .unwrap();
                let said = String::from_utf8_lossy(&restored.stderr);
                assert!(restored.status.success(), "{said}");
            }
        }
    }

    async fn open(&self) -> Result<App, RestoreError> {
        restore::open(self.config.clone(), Clock::frozen(friday())).await
    }
}

/// A removal that staff enter, with the proof of it.
fn entered(app: &App, email: &str) -> Entered {
    Entered {
        kind: Kind::Erasure,
        email: Email::parse(email).unwrap(),
        asked: Asked {
            email: email.to_owned(),
            checked: Some("By phone.".to_owned()),
            ..Asked::default()
        },
        lang: Lang::En,
        via: Via::Phone,
        received_on: app.today(),
        proof: Some(Proof::Staff),
    }
}

/// A request that staff have checked, up to its end.
async fn erase(app: &TestApp, actor: &Actor, email: &str) {
    erase_on(&app.app, actor, email).await;
}

/// The same on one of several machines.
async fn erase_on(app: &App, actor: &Actor, email: &str) {
    let entered = entered(app, email);
    let request = submit::enter(app, actor, entered).await.unwrap();
    jobs::run_due(app).await.unwrap();
    let now = find(app, request.id).await;
    decide::accept(app, actor, now.reference, now.version)
        .await
        .unwrap();
    for _ in 0..40 {
        jobs::run_due(app).await.unwrap();
        if find(app, request.id).await.progress == Progress::Done {
            return;
        }
        app.clock.advance(SignedDuration::from_secs(60));
    }
    panic!("the run never ended");
}

async fn find(app: &App, id: RequestId) -> Request {
    let found = app.db.read(move |conn| db::requests::find(conn, id)).await;
    found.unwrap().unwrap()
}

async fn back_up(app: &TestApp, name: &str) -> PathBuf {
    let file = app.folder.join(name);
    backup::make(&app.app, &Actor::Operator, &file, "daily")
        .await
        .unwrap();
    file
}

/// The people of a licence report, or what is left of them when their source has erased them.
fn licences(people: impl Iterator<Item = (usize, String)>) -> String {
    let rows: Vec<String> = people
        .map(|(n, email)| {
            let name = if email == "RTBF" { "RTBF".to_owned() } else { format!("Person {n}") };
            format!(
                r#"{{"addonLicenseId": "{n}", "addonKey": "board", "hosting": "Cloud", "status": "inactive",
                    "licenseType": "COMMERCIAL", "lastUpdated": "2026-11-{:02}",
                    "maintenanceStartDate": "2024-01-01", "maintenanceEndDate": "2025-01-01",
                    "contactDetails": {{"company": "Halden", "technicalContact": {{"email": "{email}", "name": "{name}"}}}}}}"#,
                if email == "RTBF" { 20 } else { 10 },
            )
        })
        .collect();
    format!("[{}]", rows.join(","))
}

fn ticket(key: &str, requester: &str, messages: &[(&str, &str)]) -> String {
    let messages: Vec<String> = messages
        .iter()
        .enumerate()
        .map(|(n, (author, body))| {
            format!(
                r#"{{"key":"{n}","author":{{"email":"{author}"}},"at":"2026-01-02T03:04:05Z","body":"{body}"}}"#
            )
        })
        .collect();
    format!(
        r#"{{"key":"{key}","subject":"Help","status":"open","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{requester}","name":"P"}},"participants":[],"messages":[{}]}}"#,
        messages.join(",")
    )
}

fn erased(restored: &Value, store: &str) -> u64 {
    restored["replayed"]["erased"][store].as_u64().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_of_a_thousand_is_back() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Agent).await;
    let person = |n: usize| format!("person{n}@kraaienburg.example");
    let (asked, all) = (30, 1000);
    app.import(
        Source::Licences,
        &licences((0..all).map(|n| (n, person(n)))),
    )
    .await;
    let tickets: Vec<String> = (0..asked)
        .map(|n| {
            ticket(
                &format!("T-{n}"),
                &person(n),
                &[
                    (&person(n), "Hello"),
                    ("staff@northwind.example", &format!("Dear {}", person(n))),
                ],
            )
        })
        .collect();
    app.import(Source::Tickets, &tickets.join("\n")).await;
    let backup = back_up(&app, "before.backup").await;

    for n in 0..asked {
        erase(&app, &actor, &person(n)).await;
    }
    let rest = (asked..all).map(|n| (n, "RTBF".to_owned()));
    let report = app.import(Source::Licences, &licences(rest)).await;
    assert_eq!(report.erased_at_source, (all - asked) as u64);
    assert_eq!(app.count("contacts", "1 = 1"), 0);

    let place = Place::new(&app, "put_back");
    let restored = place.restore(&backup, &[]);
    assert_eq!(
        restored["contents"]["rows"]["contacts"], all,
        "they were in it"
    );
    assert_eq!(erased(&restored, "licence"), all as u64);
    assert!(erased(&restored, "ticket") >= asked as u64, "{restored}");
    assert_eq!(restored["replayed"]["guarded"], asked);
    assert_eq!(place.holds("kraaienburg"), Vec::<String>::new());
    for table in ["contacts", "ticket_people", "mentions"] {
        assert_eq!(place.count(table, "1 = 1"), 0, "{table}");
    }
    // Searched as staff would, in every store.
    let opened = place.open().await.unwrap();
    for n in [0, asked - 1, asked, all - 1] {
        let subject = opened.subject(&Email::parse(&person(n)).unwrap(), None);
        for store in opened.stores.iter() {
            let page = store.inventory(&subject, None).await.unwrap();
            assert!(page.items.is_empty(), "{n} in {}", store.name());
        }
    }
    assert_eq!(place.count("audit_index", "action = 'restored'"), 1);
    assert!(place.count("audit_index", "action = 'replayed'") >= 1);
    assert_eq!(
        place.count("audit_intents", "1 = 1"),
        0,
        "every intent is answered"
    );
    // The next import brings nobody back either.
    let file = app.folder.join("again.json");
    fs::write(&file, licences((0..all).map(|n| (n, person(n))))).unwrap();
    place.says(&["import", "licences", &file.display().to_string()]);
    assert_eq!(place.count("contacts", "email IS NOT NULL"), 0);
}

/// A sample person with something in every store, the name of their backup, and their erasure.
async fn erased_sample(app: &TestApp) -> (&'static str, PathBuf) {
    let people = generate::demo_people(&app.app).await.unwrap();
    let email = people[0].email;
    // A mention in somebody else's ticket, and the texts of others in the person's own.
    app.import(
        Source::Tickets,
        &[
            ticket(
                "M-1",
                "other@fjord.example",
                &[("other@fjord.example", &format!("Ask {email}, please"))],
            ),
            ticket(
                "M-2",
                email,
                &[
                    (email, "Mine"),
                    ("other@fjord.example", &format!("I wrote to {email}")),
                ],
            )
            .replace(
                r#""participants":[]"#,
                r#""participants":[{"role":"cc","email":"other@fjord.example"}]"#,
            ),
        ]
        .join("\n"),
    )
    .await;
    let backup = back_up(app, "sample.backup").await;
    let request = app.ask_and_confirm("removal", email, &[]).await;
    let actor = app.actor(Role::Agent).await;
    let run = app
        .app
        .db
        .read(move |conn| db::runs::of_request(conn, request.id))
        .await
        .unwrap()
        .unwrap();
    let candidates = app
        .app
        .db
        .read(move |conn| db::runs::candidates(conn, run.id, 100))
        .await
        .unwrap();
    assert!(!candidates.is_empty(), "the mention waits for an answer");
    for candidate in candidates {
        let now = app.newest_request(email).await;
        decide::decide_item(
            &app.app,
            &actor,
            now.reference,
            candidate.id,
            decide::ItemChoice::Erase,
            "It is the same person.",
        )
        .await
        .unwrap();
    }
    let request = app.newest_request(email).await;
    app.accept(&request).await;
    assert_eq!(app.until_it_rests(&request).await.progress, Progress::Done);
    (email, backup)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_in_every_store_is_gone_again_and_what_the_law_keeps_is_blocked() {
    let app = TestApp::start().await;
    let (email, backup) = erased_sample(&app).await;
    let blocked = app.count("contacts", "blocked IS NOT NULL");
    assert!(blocked > 0, "the sample has sales under tax law");
    let place = Place::new(&app, "put_back");
    place.put_by_hand(&backup);
    assert!(
        !place.holds(email).is_empty(),
        "the backup holds the person"
    );
    let opened = place.open().await.unwrap();
    assert_eq!(place.holds(email), Vec::<String>::new());
    assert_eq!(place.count("contacts", "blocked IS NOT NULL"), blocked);
    assert_eq!(place.count("ticket_messages", "body LIKE '%[removed]%'"), 2);
    for table in [
        "erasure_guards",
        "contacts",
        "ticket_people",
        "ticket_messages",
        "mentions",
    ] {
        assert_eq!(
            place.count(table, "1 = 1"),
            app.count(table, "1 = 1"),
            "{table}"
        );
    }
    // A second opening finds nothing to do.
    let entries = place.count("audit_entries", "1 = 1");
    drop(opened);
    place.open().await.unwrap();
    assert_eq!(place.count("audit_entries", "1 = 1"), entries);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_opens_a_database_that_cannot_be_replayed() {
    let app = TestApp::start().await;
    let (email, backup) = erased_sample(&app).await;
    let place = Place::new(&app, "put_back");
    place.put_by_hand(&backup);
    let journal = app.app.config.journal.erasure.clone();
    let whole = fs::read(&journal).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    fs::write(
        &journal,
        text.replacen(r#""store":"ticket""#, r#""store":"tucket""#, 1),
    )
    .unwrap();

    let import = app.folder.join("nobody.json");
    fs::write(
        &import,
        licences(std::iter::once((7, "new@fjord.example".to_owned()))),
    )
    .unwrap();
    let import = import.display().to_string();
    let away = app.folder.join("away.backup").display().to_string();
    let commands: [&[&str]; 9] = [
        &["serve"],
        &["serve", "--no-worker"],
        &["worker"],
        &["check"],
        &["import", "licences", &import],
        &["request", "removal", "--email", "kim@fjord.example"],
        &[
            "staff",
            "add",
            "kim@northwind.example",
            "--name",
            "Kim",
            "--role",
            "agent",
        ],
        &["audit", "verify"],
        &["backup", &away],
    ];
    for args in commands {
        let said = place.refuses(args);
        assert!(said.contains("is damaged"), "{args:?}: {said}");
        assert!(
            said.contains(&journal.display().to_string()),
            "{args:?}: {said}"
        );
    }
    assert!(
        place.count("contacts", &format!("email = '{email}'")) > 0,
        "nothing was done by halves"
    );
    assert_eq!(place.count("licences", "addon_licence_id = '7'"), 0);
    fs::write(&journal, whole).unwrap();
    place.run(&["check"]);
    assert_eq!(place.holds(email), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_journal_and_one_that_was_put_back_stop_the_start() {
    let app = TestApp::start().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let actor = app.actor(Role::Agent).await;
    let journal = app.app.config.journal.erasure.clone();
    let early = fs::read(&journal).unwrap();
    erase(&app, &actor, people[0].email).await;
    restore::catch_up(&app.app).await.unwrap();
    let newest = fs::read(&journal).unwrap();
    let place = Place {
        url: String::new(),
        folder: app.folder.clone(),
        file: app.config_file(""),
        config: (*app.app.config).clone(),
    };
    let open = || restore::open(place.config.clone(), Clock::frozen(friday()));
    open().await.unwrap();

    // Put back, and then written to by somebody who did not look.
    for more in ["", "{}\n"] {
        fs::write(&journal, [&early, more.as_bytes()].concat()).unwrap();
        let error = open().await.err().expect("an old copy");
        assert!(matches!(error, RestoreError::PutBack { .. }), "{error}");
        assert!(
            restore::move_mark(&app.app).await.is_err(),
            "a running process sees it too"
        );
    }
    fs::remove_file(&journal).unwrap();
    let error = open().await.err().expect("another journal");
    assert!(
        matches!(error, RestoreError::UnknownJournal { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("journals join"), "{error}");

    // The copy comes back, and all is well.
    fs::write(&journal, &newest).unwrap();
    open().await.unwrap();

    // It is lost for good: somebody says so, and the next one begins.
    fs::remove_file(&journal).unwrap();
    assert!(open().await.is_err());
    let known = app.app.db.read(db::journals::all).await.unwrap();
    restore::give_up(&app.app, &Actor::Operator, known[0].id)
        .await
        .unwrap();
    open().await.unwrap();
    assert_eq!(app.count("journals", "given_up_at IS NULL"), 1);
    assert_eq!(app.count("audit_index", "action = 'journal_given_up'"), 1);
    // The lost one turns up, after it was given up: nobody may go on with it.
    fs::write(&journal, &newest).unwrap();
    let error = open().await.err().expect("it was given up");
    assert!(
        matches!(error, RestoreError::UnknownJournal { .. }),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_killed_again_and_again_ends() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Agent).await;
    let person = |n: usize| format!("person{n}@kraaienburg.example");
    let people = 12;
    let tickets: Vec<String> = (0..people)
        .map(|n| {
            let messages: Vec<(String, String)> = (0..60)
                .map(|m| (person(n), format!("{m} {}", person(n))))
                .collect();
            let messages: Vec<(&str, &str)> = messages
                .iter()
                .map(|(author, body)| (&**author, &**body))
                .collect();
            ticket(&format!("T-{n}"), &person(n), &messages)
        })
        .collect();
    app.import(Source::Tickets, &tickets.join("\n")).await;
    let backup = back_up(&app, "before.backup").await;
    for n in 0..people {
        erase(&app, &actor, &person(n)).await;
    }
    let place = Place::new(&app, "put_back");
    place.put_by_hand(&backup);
    let mut kills = 0;
    for life in 0..40 {
        let mut child = place
            .command()
            .args(["backups", "list"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(20 + 15 * life)).await;
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    place.says(&["backups", "list"]);
    assert_eq!(
        place.holds("kraaienburg"),
        Vec::<String>::new(),
        "after {kills} kills"
    );
    assert_eq!(
        place.count("audit_intents", "1 = 1"),
        0,
        "after {kills} kills"
    );
    assert!(kills > 0, "it was never killed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_died_between_journal_and_store_ends_with_the_next_start() {
    let app = TestApp::start().await;
    generate::demo_people(&app.app).await.unwrap();
    let contact = app
        .app
        .db
        .read(|conn| -> Result<_, db::DbError> {
            use db::stores::After;
            let digest = app_digest(conn)?;
            Ok(
                db::stores::contacts_of(conn, &[digest], &["licence"], After { id: "", limit: 1 })?
                    .remove(0),
            )
        })
        .await
        .unwrap();
    let line = |run| {
        Line::Erasure(ErasureLine {
            store: "licence".to_owned(),
            record_key: contact.id.clone(),
            address_digest: None,
            erased_at: app.app.clock.now(),
            cause: "request".to_owned(),
            run,
        })
    };
    let standing =
        |condition: &str| app.count("contacts", &format!("id = '{}' {condition}", contact.id));
    let (spared, dead): (uuid::Uuid, uuid::Uuid) = (app.app.id(), app.app.id());
    // What was announced and spared stays.
    let spare = Line::Spared {
        store: "licence".to_owned(),
        record_key: contact.id.clone(),
        run: spared,
        at: app.app.clock.now(),
    };
    app.app.journal.append(&[line(spared), spare]).unwrap();
    restore::catch_up(&app.app).await.unwrap();
    assert_eq!(standing(""), 1);
    // What a living process holds is its own; the mark stays before it.
    app.app.journal.append(&[line(dead)]).unwrap();
    let (owner, now, job) = (
        "somebody",
        app.app.clock.now(),
        lethe::domain::job::Job::Run(dead.into()),
    );
    let id = app.app.id();
    app.app
        .db
        .write(move |conn| -> Result<_, db::DbError> {
            db::jobs::enqueue(conn, id, &job, now)?;
            db::jobs::claim(conn, owner, now, 100).map(drop)
        })
        .await
        .unwrap();
    let replayed = restore::catch_up(&app.app).await.unwrap();
    assert_eq!((replayed.in_hand, replayed.erased()), (1, 0));
    restore::move_mark(&app.app).await.unwrap();
    assert_eq!(standing(""), 1);
    // Its lease ends, and nobody else takes the job: the start does it.
    app.app.clock.advance(SignedDuration::from_secs(10));
    let replayed = restore::catch_up(&app.app).await.unwrap();
    assert_eq!((replayed.in_hand, replayed.erased()), (0, 1));
    assert_eq!(standing(""), 0);
    assert_eq!(app.count("audit_intents", "1 = 1"), 0);
    let known = app.app.db.read(db::journals::all).await.unwrap();
    assert_eq!(known[0].position, app.app.journal.length().unwrap());
}

/// The digest of a person of the sample who has a licence.
fn app_digest(conn: &mut Conn) -> Result<lethe::domain::request::AddressDigest, db::DbError> {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Binary)]
        address_digest: Vec<u8>,
        #[diesel(sql_type = diesel::sql_types::Text)]
        digest_key: String,
    }
    let row: Row = diesel::sql_query(
        "SELECT address_digest, digest_key FROM contacts WHERE store = 'licence' ORDER BY id LIMIT 1",
    )
    .get_result(conn)?;
    Ok(lethe::domain::request::AddressDigest {
        key: row.digest_key,
        bytes: row.address_digest,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_backup_opens_with_its_recovery_key_alone() {
    let app = TestApp::start().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let email = people[0].email;
    let place = Place::new(&app, "put_back");
    let (mine, other) = (app.folder.join("mine.key"), app.folder.join("other.key"));
    let [mine, other] = [mine, other].map(|key| key.display().to_string());
    let public = place.says(&["keys", "recovery", &mine]);
    place.says(&["keys", "recovery", &other]);
    place.refuses(&["keys", "recovery", &mine]);
    let file = app.config_file(&format!("[backup]\nrecovery_key = \"{}\"\n", public.trim()));
    let sealed = app.folder.join("sealed.backup").display().to_string();
    let made = app
        .command(&file)
        .args(["backup", &sealed])
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let bytes = fs::read(&sealed).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
    let email_bytes = email.as_bytes();
    assert!(
        !bytes
            .windows(email.len())
            .any(|window| window == email_bytes)
    );
    let drafts = fs::read_dir(&app.folder).unwrap();
    let drafts: Vec<_> = drafts
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".lethe-") || name.ends_with(".part"))
        .collect();
    assert_eq!(drafts, Vec::<String>::new(), "nothing open is left");

    assert!(
        place
            .refuses(&["restore", &sealed])
            .contains("--recovery-key-file")
    );
    let said = place.refuses(&["restore", &sealed, "--recovery-key-file", &other]);
    assert!(said.contains("another recovery key"), "{said}");
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let broken = app.folder.join("broken.backup").display().to_string();
    fs::write(&broken, damaged).unwrap();
    let said = place.refuses(&["restore", &broken, "--recovery-key-file", &mine]);
    assert!(said.contains("damaged or cut off"), "{said}");
    place.restore(Path::new(&sealed), &["--recovery-key-file", &mine]);
    assert!(place.count("contacts", &format!("email = '{email}'")) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_goes_over_no_file_and_a_restore_over_no_database() {
    use std::os::unix::fs::PermissionsExt;
    let app = TestApp::start().await;
    generate::demo_people(&app.app).await.unwrap();
    let file = back_up(&app, "one.backup").await;
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = backup::make(&app.app, &Actor::Operator, &file, "daily").await;
    assert!(matches!(again, Err(backup::BackupError::Exists(_))));
    let unknown = backup::make(
        &app.app,
        &Actor::Operator,
        &app.folder.join("two"),
        "weekly",
    )
    .await;
    assert!(matches!(unknown, Err(backup::BackupError::NoKind(..))));
    assert!(!app.folder.join("two").exists());

    let place = Place::new(&app, "put_back");
    let whole = fs::read(&file).unwrap();
    let broken = app.folder.join("broken.backup");
    let text = broken.display().to_string();
    for (content, said) in [
        (b"not a database at all".to_vec(), "is no backup of Lethe"),
        (whole[..whole.len() / 2].to_vec(), "is damaged"),
    ] {
        fs::write(&broken, content).unwrap();
        let refused = place.refuses(&["restore", &text]);
        assert!(refused.contains(said), "{refused}");
    }
    place.restore(&file, &[]);
    let one = file.display().to_string();
    let said = place.refuses(&["restore", &one]);
    assert!(said.contains("--replace"), "{said}");
    let opened = place.open().await.unwrap();
    let said = place.refuses(&["restore", &one, "--replace"]);
    assert!(said.contains("in use"), "{said}");
    drop(opened);
    // The pool gives its connections back in its own time.
    let mut restored = place.run(&["restore", &one, "--replace", "--json"]);
    for _ in 0..50 {
        if restored.status.success() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        restored = place.run(&["restore", &one, "--replace", "--json"]);
    }
    let restored: Value = serde_json::from_slice(&restored.stdout).unwrap();
    assert!(restored["moved_aside"].is_string(), "{restored}");
    assert_eq!(
        place.count("contacts", "1 = 1"),
        app.count("contacts", "1 = 1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journals_of_all_machines_are_replayed() {
    let app = TestApp::start().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let actor = app.actor(Role::Agent).await;
    restore::catch_up(&app.app).await.unwrap();
    let mut config = (*app.app.config).clone();
    config.journal.erasure = app.folder.join("other.erasures");
    let start = || restore::open(config.clone(), app.app.clock.clone());
    let error = start().await.err().expect("another machine says so first");
    assert!(
        matches!(error, RestoreError::UnknownJournal { .. }),
        "{error}"
    );
    let other = App::start(config.clone(), app.app.clock.clone()).unwrap();
    restore::join(&other, &Actor::Operator).await.unwrap();
    start().await.unwrap();
    let backup = back_up(&app, "both.backup").await;

    erase(&app, &actor, people[0].email).await;
    let second = other;
    erase_on(&second, &actor, people[1].email).await;

    let place = Place::new(&app, "put_back");
    place.put_by_hand(&backup);
    // Put back past Lethe: the trail shows it, and the other machine's lines are missing.
    let error = place
        .open()
        .await
        .err()
        .expect("the other journal is missing");
    assert!(matches!(error, RestoreError::OthersFirst(_)), "{error}");
    for args in [&["restore"][..], &["check"], &["serve"]] {
        let said = place.refuses(args);
        assert!(said.contains("of other machines"), "{args:?}: {said}");
    }
    let of_second = format!("email = '{}'", people[1].email);
    assert!(place.count("contacts", &of_second) > 1);
    let journal = config.journal.erasure.display().to_string();
    place.says(&["restore", "--journal", &journal]);
    assert_eq!(place.holds(people[0].email), Vec::<String>::new());
    // The second has a licence under maintenance, which stays; the sale is out of sight again.
    assert_eq!(place.count("contacts", &of_second), 1);
    assert_eq!(app.count("contacts", &of_second), 1);
    place.open().await.unwrap();

    // A journal that is lost is left out by name, and the trail says so.
    let lost = Place::new(&app, "without");
    let one = backup.display().to_string();
    let said = lost.refuses(&["restore", &one]);
    assert!(said.contains(&second.journal.id().to_string()), "{said}");
    let id = second.journal.id().to_string();
    lost.says(&["restore", "--without-journal", &id]);
    assert_eq!(lost.holds(people[0].email), Vec::<String>::new());
    assert_eq!(lost.count("audit_index", "action = 'journal_given_up'"), 1);
    lost.open().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_outlives_a_restore_and_says_when_an_erasure_is_final() {
    let app = TestApp::start_with(|config| {
        config.backup.kinds = vec!["yearly 400".parse().unwrap()];
    })
    .await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let first = back_up(&app, "first.backup").await;
    let yearly = app.folder.join("yearly.backup");
    backup::make(&app.app, &Actor::Operator, &yearly, "yearly")
        .await
        .unwrap();
    let snapshot = backup::add(
        &app.app,
        &Actor::Operator,
        "snapshot of vm 7",
        "snapshot",
        app.app.today(),
        "2026-12-01".parse().unwrap(),
    )
    .await
    .unwrap();

    let closed = app.ask_and_confirm("removal", people[0].email, &[]).await;
    app.accept(&closed).await;
    app.until_it_rests(&closed).await;
    let issued = lethe::actions::certificate::of_reference(&app.app, closed.reference).await;
    assert_eq!(issued.unwrap().unwrap().statement.backup_days, 401);

    // Their last days pass: Lethe deletes what is its own, and names the rest.
    app.clock_goes_to(app.app.clock.now() + SignedDuration::from_hours(24 * 60))
        .await;
    lethe::actions::own::sweep_own(&app.app).await.unwrap();
    assert!(!first.exists());
    assert!(yearly.exists());
    let inner = app.app.clone();
    let overdue = app
        .app
        .db
        .read(move |conn| backup::overdue(&inner, conn))
        .await
        .unwrap();
    assert_eq!(
        overdue.iter().map(|backup| backup.id).collect::<Vec<_>>(),
        [snapshot]
    );
    backup::forget(&app.app, &Actor::Operator, snapshot)
        .await
        .unwrap();
    assert!(
        backup::forget(&app.app, &Actor::Operator, snapshot)
            .await
            .is_err()
    );
    // Forty days more, and the request is forgotten: its key is destroyed.
    app.clock_goes_to(app.app.clock.now() + SignedDuration::from_hours(24 * 40))
        .await;
    lethe::actions::own::sweep_own(&app.app).await.unwrap();
    let id = closed.id.to_string();
    assert_eq!(app.count("request_keys", &format!("id = '{id}'")), 0);

    let place = Place::new(&app, "put_back");
    place.restore(&yearly, &[]);
    let (known, gone) = ("1 = 1", "deleted_at IS NOT NULL");
    assert_eq!(
        place.count("backups", known),
        3,
        "also those that it could not hold"
    );
    assert_eq!(place.count("backups", gone), 2);
    assert_eq!(place.count("request_keys", &format!("id = '{id}'")), 0);
    assert_eq!(place.holds(people[0].email), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_somebody_else_after_a_restore_stops_it_until_a_person_has_looked() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Agent).await;
    let (old, new) = ("old@fjord.example", "new@fjord.example");
    app.import(Source::Tickets, &ticket("T-1", old, &[(old, "Mine")]))
        .await;
    let backup = back_up(&app, "before.backup").await;
    // Somebody else took the ticket over, and asked to be removed.
    app.import(Source::Tickets, &ticket("T-1", new, &[(new, "Mine now")]))
        .await;
    erase(&app, &actor, new).await;
    assert_eq!(app.count("tickets", "1 = 1"), 0);

    let place = Place::new(&app, "put_back");
    let one = backup.display().to_string();
    let said = place.refuses(&["restore", &one]);
    assert!(said.contains("under another address"), "{said}");
    assert!(place.refuses(&["check"]).contains("under another address"));
    let record = said.split("--leave ").nth(1).unwrap();
    let record = record.split('`').next().unwrap();
    place.says(&["restore", "--leave", record]);
    assert_eq!(place.count("ticket_people", &format!("email = '{old}'")), 1);
    place.open().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_came_after_the_backup_stays_away_too() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Agent).await;
    let backup = back_up(&app, "empty.backup").await;
    let (asked, at_source) = ("asked@fjord.example", "source@fjord.example");
    let both = [(1, asked.to_owned()), (2, at_source.to_owned())];
    app.import(Source::Licences, &licences(both.clone().into_iter()))
        .await;
    // One asked for some of it only, so that nothing guards the person as a whole.
    let entered = Entered {
        asked: Asked {
            only_some: true,
            ..entered(&app.app, asked).asked
        },
        ..entered(&app.app, asked)
    };
    let request = submit::enter(&app.app, &actor, entered).await.unwrap();
    app.run_jobs().await;
    let id = request.id;
    let items = app
        .app
        .db
        .read(move |conn| -> Result<_, db::DbError> {
            let run = db::runs::of_request(conn, id)?.unwrap();
            db::runs::items_kept(conn, run.id, 100)
        })
        .await
        .unwrap();
    assert_eq!(items.len(), 1);
    let (erase, why) = (decide::ItemChoice::Erase, "This one.");
    decide::decide_item(&app.app, &actor, request.reference, items[0].id, erase, why)
        .await
        .unwrap();
    let now = find(&app.app, id).await;
    decide::accept(&app.app, &actor, now.reference, now.version)
        .await
        .unwrap();
    app.until_it_rests(&now).await;
    app.import(
        Source::Licences,
        &licences(std::iter::once((2, "RTBF".to_owned()))),
    )
    .await;
    assert_eq!(app.count("contacts", "1 = 1"), 0);

    let place = Place::new(&app, "put_back");
    place.restore(&backup, &[]);
    assert_eq!(place.count("licences", "1 = 1"), 0, "they came later");
    let file = app.folder.join("again.json");
    fs::write(&file, licences(both.into_iter())).unwrap();
    place.says(&["import", "licences", &file.display().to_string()]);
    assert_eq!(place.count("licences", "1 = 1"), 2);
    assert_eq!(place.count("contacts", "email IS NOT NULL"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_was_purged_goes_whole_whoever_wrote_in_it() {
    use diesel::prelude::*;
    let app = TestApp::start().await;
    let (own, other) = ("own@fjord.example", "other@fjord.example");
    let row = ticket("T-1", own, &[(own, "Mine"), (other, "Theirs")]).replace(
        r#""participants":[]"#,
        &format!(r#""participants":[{{"role":"cc","email":"{other}"}}]"#),
    );
    app.import(Source::Tickets, &row).await;
    let id = app
        .app
        .db
        .read(|conn| db::records::tickets_with(conn, &["T-1"]))
        .await
        .unwrap()[0]
        .id;
    let line = || {
        Line::Erasure(ErasureLine {
            store: "ticket".to_owned(),
            record_key: format!("ticket/{id}"),
            address_digest: None,
            erased_at: app.app.clock.now(),
            cause: "retention".to_owned(),
            run: app.app.id(),
        })
    };
    // It is open again: what no rule lets go now stays, as a sweep would leave it.
    app.app.journal.append(&[line()]).unwrap();
    let replayed = restore::catch_up(&app.app).await.unwrap();
    assert_eq!(replayed.erased(), 0);
    assert_eq!(app.count("tickets", "1 = 1"), 1);
    diesel::sql_query("UPDATE tickets SET closed_at = 0")
        .execute(&mut app.connect())
        .unwrap();
    app.app.journal.append(&[line()]).unwrap();
    let replayed = restore::catch_up(&app.app).await.unwrap();
    assert_eq!(replayed.erased["ticket"], 1);
    for table in ["tickets", "ticket_people", "ticket_messages"] {
        assert_eq!(app.count(table, "1 = 1"), 0, "{table}");
    }
    assert_eq!(app.count("erasure_guards", "cause = 'retention'"), 2);
}

fn hold_on(person: &str) -> NewHold {
    NewHold {
        person: person.to_owned(),
        matter: "Vexley versus Halden".to_owned(),
        author: "Quillfeather and Partners".to_owned(),
        review_on: Some(jiff::civil::date(2027, 2, 15)),
        until_on: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_that_were_placed_or_have_ended_since_the_backup_count_before_anything_goes() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.actor(Role::Agent).await, app.actor(Role::Lead).await);
    let (held, freed) = ("held@fjord.example", "freed@fjord.example");
    let both = [(1, held.to_owned()), (2, freed.to_owned())];
    app.import(Source::Licences, &licences(both.into_iter()))
        .await;
    let old = holds::place(&app.app, &lead, hold_on(freed)).await.unwrap();
    let backup = back_up(&app, "before.backup").await;
    let new = holds::place(&app.app, &lead, hold_on(held)).await.unwrap();
    let later = jiff::civil::date(2027, 4, 1);
    holds::review(&app.app, &lead, new, Some(later), None)
        .await
        .unwrap();
    holds::lift(&app.app, &lead, old, "It was settled")
        .await
        .unwrap();
    erase(&app, &agent, freed).await;
    let journal = fs::read_to_string(app.app.journal.path()).unwrap();
    for secret in ["Vexley", "Quillfeather", "settled", held] {
        assert!(!journal.contains(secret), "{secret}");
    }

    let place = Place::new(&app, "put_back");
    let restored = place.restore(&backup, &[]);
    assert_eq!(restored["replayed"]["holds"], 2);
    assert_eq!(erased(&restored, "licence"), 1, "no hold is in its way");
    assert_eq!(place.holds(freed), Vec::<String>::new());
    let in_force = format!("id = '{new}' AND ended_at IS NULL AND review_on = '2027-04-01'");
    assert_eq!(place.count("holds", &in_force), 1);
    assert_eq!(
        place.count("holds", &format!("id = '{old}' AND ended_how = 'lifted'")),
        1
    );
    let said = place.refuses(&["check"]);
    assert!(
        said.contains("1 legal holds came back from the erasure journal"),
        "{said}"
    );
    let list = place.says(&["holds", "list"]);
    assert!(
        list.contains("came back from the erasure journal"),
        "{list}"
    );

    // No sweep takes what it keeps, though all of it is due.
    let there = place.open().await.unwrap();
    assert_eq!(restore::catch_up(&there).await.unwrap().holds, 0, "once");
    retention::begin(&there).await.unwrap();
    jobs::run_due(&there).await.unwrap();
    let contact = format!("email = '{held}'");
    assert_eq!(place.count("contacts", &contact), 1);
    // Staff say again what it is about, of the same person and nobody else.
    let words = |who: &'static str| {
        let there = there.clone();
        async move {
            let (actor, matter, author) = (Actor::Operator, "A claim", "A lawyer");
            holds::complete(&there, &actor, new, who, matter, author).await
        }
    };
    words("else@fjord.example").await.unwrap_err();
    words("held@fjord.example").await.unwrap();
    words("held@fjord.example").await.unwrap_err();
    let shown = holds::find(&there, &Actor::Operator, new).await.unwrap();
    assert_eq!(
        (&*shown.words.address, &*shown.words.matter),
        (held, "A claim")
    );
    assert!(!place.refuses(&["check"]).contains("legal holds came back"));
    holds::lift(&there, &Actor::Operator, new, "It is settled")
        .await
        .unwrap();
    retention::begin(&there).await.unwrap();
    jobs::run_due(&there).await.unwrap();
    assert_eq!(place.count("contacts", &contact), 0);

    // The full row that comes after one of the journal keeps its id and brings its words.
    let third = HoldId(there.id());
    let line = Line::HoldPlaced {
        hold: third.0,
        address_digests: vec![there.keys.address_digest("third@fjord.example")],
        placed_at: there.clock.now(),
        review_on: later,
        until_on: None,
        at: there.clock.now(),
    };
    there.journal.append(&[line]).unwrap();
    assert_eq!(restore::catch_up(&there).await.unwrap().holds, 1);
    let shown = holds::find(&there, &Actor::Operator, third).await.unwrap();
    assert!(shown.words.from_journal);
    let (full, email) = (shown.hold, Email::parse("third@fjord.example").unwrap());
    let digests = there.address_digests(&email);
    there
        .db
        .write(move |conn| db::holds::insert(conn, &full, &digests))
        .await
        .unwrap();
    assert_eq!(place.count("holds", &format!("id = '{third}'")), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_kept_stays_when_the_person_is_guarded_again() {
    let app = TestApp::start().await;
    let agent = app.actor(Role::Agent).await;
    let ann = "ann@fjord.example";
    let four = (1..=4).map(|n| (n, ann.to_owned()));
    app.import(Source::Licences, &licences(four)).await;
    let backup = back_up(&app, "before.backup").await;
    let request = submit::enter(&app.app, &agent, entered(&app.app, ann))
        .await
        .unwrap();
    app.run_jobs().await;
    let id = request.id;
    let items = app
        .app
        .db
        .read(move |conn| -> Result<_, db::DbError> {
            let run = db::runs::of_request(conn, id)?.unwrap();
            let store = lethe::domain::store::StoreName("licence".to_owned());
            db::runs::items(conn, run.id, &store, None, 100)
        })
        .await
        .unwrap();
    assert_eq!(items.len(), 4);
    let choices = [
        decide::ItemChoice::Keep(Ground::ThirdParty, None),
        decide::ItemChoice::Keep(Ground::ActiveContract, None),
        decide::ItemChoice::Leave,
    ];
    for (item, choice) in items.iter().zip(choices) {
        decide::decide_item(&app.app, &agent, request.reference, item.id, choice, "So.")
            .await
            .unwrap();
    }
    let now = find(&app.app, id).await;
    decide::accept(&app.app, &agent, now.reference, now.version)
        .await
        .unwrap();
    app.until_it_rests(&now).await;
    assert_eq!(app.count("contacts", &format!("email = '{ann}'")), 3);

    let place = Place::new(&app, "put_back");
    place.restore(&backup, &[]);
    for (item, stands) in items.iter().zip([1, 1, 1, 0]) {
        let row = format!("id = '{}'", item.key.0);
        assert_eq!(place.count("contacts", &row), stands, "{row}");
    }
    // What somebody says may stay is not taken with its person either.
    let place = Place::new(&app, "put_back_again");
    let left = format!("licence:{}", items[3].key.0);
    place.restore(&backup, &["--leave", &left]);
    assert_eq!(place.count("contacts", &format!("email = '{ann}'")), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_was_killed_before_its_answer_is_answered_by_the_next_start() {
    let app = TestApp::start().await;
    // It announced itself and did what the line says, and was killed before it could say so.
    let gone = Line::Erasure(ErasureLine {
        store: "licence".to_owned(),
        record_key: app.app.id::<uuid::Uuid>().to_string(),
        address_digest: None,
        erased_at: app.app.clock.now(),
        cause: "request".to_owned(),
        run: app.app.id(),
    });
    restore::catch_up(&app.app).await.unwrap();
    app.app.journal.append(&[gone]).unwrap();
    let (inner, journal) = (app.app.clone(), app.app.journal.id());
    app.app
        .db
        .write(move |conn| -> Result<_, db::DbError> {
            let event = Event::new(Action::EraseIntended)
                .counting(1)
                .because("replay")
                .with("journal", journal);
            let intent = trail::record(&inner, conn, &Actor::System, None, &event)?;
            db::journals::set_intent(conn, journal, Some(intent))
        })
        .await
        .unwrap();
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    assert_eq!(app.count("audit_intents", "1 = 1"), 1);
    let config = (*app.app.config).clone();
    let opened = restore::open(config, Clock::frozen(friday()))
        .await
        .unwrap();
    while trail::sequence(&opened).await.unwrap() > 0 {}
    assert_eq!(app.count("audit_intents", "1 = 1"), 0, "it is answered");
    assert_eq!(app.count("audit_index", "action = 'replayed'"), 1);
    let intent = opened
        .db
        .read(move |conn| db::journals::intent(conn, journal));
    assert_eq!(intent.await.unwrap(), None);
    // Once: the next start has nothing to say.
    restore::catch_up(&opened).await.unwrap();
    while trail::sequence(&opened).await.unwrap() > 0 {}
    assert_eq!(app.count("audit_index", "action = 'replayed'"), 1);
}

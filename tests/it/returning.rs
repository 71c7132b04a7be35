//! A lost database: what was asked and decided since the backup is there again, from the intake journal.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use jiff::{SignedDuration, ToSpan};
use lethe::actions::decide::{self, Accepted};
use lethe::actions::holds::{self, NewHold};
use lethe::actions::restore::{self, RestoreError};
use lethe::actions::taken::{self, NewCopy};
use lethe::actions::{backup, intake, messages, objections, status, submit, trail, verify};
use lethe::app::{App, database_options};
use lethe::clock::Clock;
use lethe::config::{Config, DatabaseUrl};
use lethe::db::{self, Access, Conn};
use lethe::domain::email::Email;
use lethe::domain::event::Actor;
use lethe::domain::request::{Asked, Kind, Progress, Request, Via};
use lethe::domain::staff::Role;
use lethe::i18n::Lang;
use lethe::imports::Source;
use lethe::jobs;
use lethe::journal::intake::Segment;
use lethe::seal::Unsubscribe;
use lethe::seal::recovery::RecoverySecret;
use serde_json::Value;

use crate::support::{TestApp, friday, path_in};

/// All that the journal keeps, without what is not put back as it was: announcements of steps and places in feeds.
const TABLES: &[(&str, &[&str])] = &[
    ("submissions", &[]),
    ("request_keys", &[]),
    ("requests", &[]),
    ("decisions", &[]),
    ("messages", &[]),
    ("status_links", &[]),
    ("runs", &[]),
    ("run_stores", &["intent"]),
    ("run_items", &[]),
    ("run_fields", &[]),
    ("certificates", &["entry_id", "sealed", "at"]),
    ("notices", &[]),
    ("outbox", &[]),
    ("objections", &[]),
    ("objection_ids", &[]),
    ("suppression_feed", &["place"]),
    ("holds", &[]),
    ("hold_digests", &[]),
    ("held_records", &[]),
    ("corrections", &[]),
    ("copies_taken", &[]),
    ("copy_digests", &[]),
    ("incoming", &[]),
    ("incoming_parts", &[]),
    ("bundles", &[]),
    ("bundle_chunks", &[]),
];

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = diesel::sql_types::Text)]
    word: String,
}

fn words(conn: &mut Conn, sql: &str) -> Vec<String> {
    let rows: Vec<Word> = diesel::sql_query(sql).load(conn).unwrap();
    rows.into_iter().map(|row| row.word).collect()
}

/// Every row of a table as text.
fn rows(conn: &mut Conn, table: &str, except: &[&str]) -> BTreeSet<String> {
    let columns = match conn {
        Conn::Sqlite(_) => {
            format!("SELECT name AS word FROM pragma_table_info('{table}') ORDER BY 1")
        }
        Conn::Postgres(_) => format!(
            "SELECT column_name::text AS word FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY 1"
        ),
    };
    let columns: Vec<String> = words(conn, &columns)
        .into_iter()
        .filter(|column| !except.contains(&&**column))
        .map(|column| match conn {
            Conn::Sqlite(_) => format!("quote({column})"),
            Conn::Postgres(_) => format!("coalesce({column}::text, 'NULL')"),
        })
        .collect();
    assert!(!columns.is_empty(), "{table} is there");
    let sql = format!(
        "SELECT {} AS word FROM {table}",
        columns.join(" || '|' || ")
    );
    words(conn, &sql).into_iter().collect()
}

/// That two databases hold the same requests, objections and holds.
fn assert_same(one: &mut Conn, other: &mut Conn) {
    for (table, except) in TABLES {
        assert_eq!(
            rows(one, table, except),
            rows(other, table, except),
            "{table}"
        );
    }
}

/// An application with an intake journal.
struct Kept {
    app: TestApp,
    key: PathBuf,
    folder: PathBuf,
}

impl Kept {
    async fn start() -> Kept {
        let kept = Kept::without_journal().await;
        intake::begin(&kept.app.app).await.unwrap();
        kept
    }

    /// The journal is configured, and nobody has begun it.
    async fn without_journal() -> Kept {
        let mut places = None;
        let app = TestApp::start_with(|config| {
            let folder = config.keys.file.parent().unwrap().to_owned();
            let key = folder.join("recovery.key");
            config.backup.recovery_key = Some(RecoverySecret::create(&key).unwrap());
            config.journal.intake = Some(folder.join("intake"));
            places = Some((key, folder.join("intake")));
        })
        .await;
        let (key, folder) = places.unwrap();
        Kept { app, key, folder }
    }

    async fn back_up(&self, name: &str) -> PathBuf {
        let file = self.app.folder.join(name);
        backup::make(&self.app.app, &Actor::Operator, &file, "daily")
            .await
            .unwrap();
        file
    }

    /// Those that nobody writes to any more.
    fn ended(&self) -> Vec<Segment> {
        let segments = intake::segments(&self.app.app).unwrap();
        segments.into_iter().filter(|it| it.ended).collect()
    }

    fn segments(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = fs::read_dir(&self.folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        paths.sort();
        paths
    }

    /// Waits for the end of the open segment; one without a record stays open.
    fn end_segment(&self) {
        self.app.app.intake.get().unwrap().end_segment();
        let start = Instant::now();
        let all_ended = || {
            let segments = intake::segments(&self.app.app).unwrap();
            segments.iter().all(|it| it.ended || it.first.is_none())
        };
        while !all_ended() {
            assert!(start.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The program with the journal.
    fn command(&self, place: Option<&Place>) -> Command {
        let mut command = self.app.command(&self.app.config_file(""));
        let public = RecoverySecret::load(&self.key).unwrap().public();
        command
            .env("LETHE__BACKUP__RECOVERY_KEY", public.to_string())
            .env("LETHE__JOURNAL__INTAKE", &self.folder)
            .stdin(Stdio::null());
        if let Some(place) = place {
            command.env("LETHE_DATABASE_URL", &place.url);
        }
        command
    }
}

/// A second database that shares keys and journals with an application: the place of a restore.
struct Place {
    url: String,
    config: Config,
}

impl Place {
    fn new(kept: &Kept, name: &str) -> Place {
        let (url, _) = kept.app.another_database(name);
        let mut config = (*kept.app.app.config).clone();
        config.database.url = url.parse::<DatabaseUrl>().unwrap();
        Place { url, config }
    }

    fn connect(&self) -> Conn {
        db::connect(&database_options(&self.config), Access::Write).unwrap()
    }

    async fn open(&self) -> Result<App, RestoreError> {
        // What the program has put back is due by the machine's clock.
        let now = Clock::system().now().max(friday());
        restore::open(self.config.clone(), Clock::frozen(now + 1.hour())).await
    }

    fn run(&self, kept: &Kept, args: &[&str]) -> Output {
        kept.command(Some(self)).args(args).output().unwrap()
    }

    /// Restores with the journal.
    fn restore(&self, kept: &Kept, backup: Option<&Path>) -> Value {
        let (folder, key) = (
            kept.folder.display().to_string(),
            kept.key.display().to_string(),
        );
        let backup = backup.map(|backup| backup.display().to_string());
        let mut args = vec![
            "restore",
            "--json",
            "--intake",
            &folder,
            "--recovery-key-file",
            &key,
        ];
        args.extend(backup.as_deref());
        let output = self.run(kept, &args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

async fn find(app: &App, request: &Request) -> Request {
    let id = request.id;
    let found = app.db.read(move |conn| db::requests::find(conn, id)).await;
    found.unwrap().unwrap()
}

fn licence(n: usize, email: &str) -> String {
    format!(
        r#"[{{"addonLicenseId": "{n}", "addonKey": "board", "hosting": "Cloud", "status": "inactive",
            "licenseType": "COMMERCIAL", "lastUpdated": "2026-11-10",
            "maintenanceStartDate": "2024-01-01", "maintenanceEndDate": "2025-01-01",
            "contactDetails": {{"company": "Halden", "technicalContact": {{"email": "{email}", "name": "P"}}}}}}]"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_and_decided_since_the_backup_is_there_again() {
    let kept = Kept::start().await;
    let app = &kept.app;
    let [gone, running, asks, waits] = [
        "gone@kraaienburg.example",
        "running@halden.example",
        "asks@halden.example",
        "waits@halden.example",
    ];
    for (n, email) in [gone, running].into_iter().enumerate() {
        app.import(Source::Licences, &licence(n, email)).await;
    }
    let before = app.ask_and_confirm("removal", running, &[]).await;
    let backup = kept.back_up("before.backup").await;

    // An erasure that is closed.
    let erased = app.ask_and_confirm("removal", gone, &[]).await;
    app.accept(&erased).await;
    app.until_it_rests(&erased).await;
    // A review with a message and a later answer.
    let review = app.ask_and_confirm("review", asks, &[]).await;
    messages::write_as_subject(&app.app, review.id, "Please send it by post.")
        .await
        .unwrap();
    let agent = app.actor(Role::Agent).await;
    let now = find(&app.app, &review).await;
    decide::extend(&app.app, &agent, now.reference, now.version, "Many files.")
        .await
        .unwrap();
    let link = app.letters_to(asks).await;
    let link = link.iter().find(|letter| letter.text.contains("/status/"));
    let link = path_in(&link.unwrap().text, "/status/");
    objections::unsubscribe_address(&app.app, Email::parse("no@more.example").unwrap(), Lang::En)
        .await
        .unwrap();
    app.run_jobs().await;
    let lead = app.actor(Role::Lead).await;
    let hold = NewHold {
        person: "held@solvind.example".to_owned(),
        matter: "Vexley".to_owned(),
        author: "Quill".to_owned(),
        review_on: Some(app.app.today() + 60.days()),
        until_on: None,
    };
    holds::place(&app.app, &lead, hold).await.unwrap();
    let copy = NewCopy {
        what: "a ticket's file".to_owned(),
        person: Some("held@solvind.example".to_owned()),
        holder: None,
        recipient: "Halden Law".to_owned(),
        place: "their office".to_owned(),
        why: "a claim".to_owned(),
        taken_on: None,
        until_on: Some(app.app.today() + 20.days()),
    };
    taken::enter(&app.app, &lead, copy).await.unwrap();
    // A request of before the backup is accepted, and nobody works it any more; a submission has no letter yet.
    let now = find(&app.app, &before).await;
    let accepted = decide::accept(&app.app, &agent, now.reference, now.version).await;
    assert_eq!(accepted.unwrap(), Accepted::Started);
    app.browser().ask("review", waits, &[]).await;

    let place = Place::new(&kept, "put_back");
    let restored = place.restore(&kept, Some(&backup));
    let about = &restored["intake"]["about"];
    assert_eq!(about["requests"], 3, "{restored}");
    assert_eq!(about["submissions"], 4, "{restored}");
    for (what, at_least) in [
        ("decisions", 2),
        ("messages", 1),
        ("objections", 1),
        ("holds", 1),
    ] {
        assert!(
            about[what].as_i64().unwrap() >= at_least,
            "{what}: {restored}"
        );
    }
    assert_eq!(restored["intake"]["refused"], 0, "{restored}");
    assert_eq!(restored["intake"]["damaged"], Value::Array(Vec::new()));
    assert!(
        restored["replayed"]["erased"]["licence"].as_i64().unwrap() >= 1,
        "{restored}"
    );
    assert_same(&mut app.connect(), &mut place.connect());
    assert_eq!(rows(&mut place.connect(), "certificates", &[]).len(), 1);
    let told = words(
        &mut place.connect(),
        "SELECT action AS word FROM audit_index WHERE action = 'restored'",
    );
    assert_eq!(told.len(), 1);
    // Once more changes nothing.
    let again = place.restore(&kept, None);
    assert_eq!(again["intake"]["certificates"], 0, "{again}");
    assert_same(&mut app.connect(), &mut place.connect());

    let opened = place.open().await.unwrap();
    let token = link.trim_start_matches("/status/").to_owned();
    assert_eq!(status::look(&opened, &token).await.unwrap(), review.id);
    for _ in 0..40 {
        jobs::run_due(&opened).await.unwrap();
        opened.clock.advance(SignedDuration::from_secs(60));
    }
    assert_eq!(find(&opened, &before).await.progress, Progress::Done);
    assert_eq!(find(&opened, &erased).await.progress, Progress::Done);
    let mut conn = place.connect();
    let unsent = "SELECT cause AS word FROM outbox WHERE state <> 'sent'";
    assert_eq!(words(&mut conn, unsent), Vec::<String>::new());
    let addresses = "SELECT email AS word FROM contacts WHERE email IS NOT NULL";
    assert_eq!(
        words(&mut conn, addresses),
        Vec::<String>::new(),
        "both are erased"
    );
    // The letter that was not sent leads to a confirmation.
    let letters = lethe::actions::letters::outbox(&opened).await.unwrap();
    let letter = letters
        .into_iter()
        .map(|shown| shown.letter)
        .find(|letter| letter.to == waits);
    let token = path_in(&letter.unwrap().text, "/confirm/");
    let token = token.trim_start_matches("/confirm/");
    let confirmed = verify::confirm(&opened, token, "").await.unwrap();
    assert!(
        matches!(confirmed, verify::Confirmed::Done { .. }),
        "{confirmed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_opens_a_database_that_lacks_what_the_journal_holds() {
    let kept = Kept::start().await;
    let app = &kept.app;
    let backup = kept.back_up("before.backup").await;
    let asked = app
        .ask_and_confirm("review", "asks@halden.example", &[])
        .await;
    trail::checkpoint::make(&app.app).await.unwrap();

    // Put back past the program: only the last checkpoint tells.
    let place = Place::new(&kept, "by_other_means");
    let (backup, key) = (backup.display().to_string(), kept.key.display().to_string());
    let put = place.run(&kept, &["restore", &backup, "--recovery-key-file", &key]);
    assert!(put.status.success(), "{put:?}");
    place
        .connect()
        .batch_execute("UPDATE journals SET replayed_all_at = NULL")
        .unwrap();
    let refused = place.open().await.map(drop);
    assert!(
        matches!(&refused, Err(RestoreError::IntakeFirst(_))),
        "{refused:?}"
    );

    // A replay that is cut off.
    let begun = Clock::system().now();
    place
        .connect()
        .transaction(|conn| db::intake::begin_replay(conn, begun))
        .unwrap();
    let refused = place.open().await.map(drop);
    assert!(
        matches!(&refused, Err(RestoreError::Unfinished(_))),
        "{refused:?}"
    );
    assert!(refused.unwrap_err().to_string().contains("--intake"));

    place.restore(&kept, None);
    let opened = place.open().await.unwrap();
    assert_eq!(find(&opened, &asked).await.reference, asked.reference);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_neither_the_backup_nor_the_journal_holds_is_told() {
    let kept = Kept::without_journal().await;
    let app = &kept.app;
    let hour = SignedDuration::from_hours(1);
    let one = app
        .ask_and_confirm("review", "one@halden.example", &[])
        .await;
    let early = kept.back_up("early.backup").await;
    app.app.clock.advance(hour);
    let two = app
        .ask_and_confirm("review", "two@halden.example", &[])
        .await;
    app.app.clock.advance(hour);
    let late = kept.back_up("late.backup").await;
    app.app.clock.advance(hour);
    intake::begin(&app.app).await.unwrap();
    let three = app
        .ask_and_confirm("review", "three@halden.example", &[])
        .await;
    app.app.clock.advance(hour);
    let four = app
        .ask_and_confirm("review", "four@halden.example", &[])
        .await;
    app.app.clock.advance(hour);
    let last = kept.back_up("last.backup").await;
    let five = app
        .ask_and_confirm("review", "five@halden.example", &[])
        .await;

    for (backup, name, gap) in [
        (&last, "last", false),
        (&late, "late", false),
        (&early, "early", true),
    ] {
        let place = Place::new(&kept, name);
        let restored = place.restore(&kept, Some(backup));
        assert_eq!(restored["intake"]["gap"].is_array(), gap, "{restored}");
        let opened = place.open().await.unwrap();
        for request in [&one, &two, &three, &four, &five] {
            let is_there = !gap || request.id != two.id;
            let id = request.id;
            let found = opened
                .db
                .read(move |conn| db::requests::find(conn, id))
                .await;
            assert_eq!(found.unwrap().is_some(), is_there, "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_forgotten_since_stays_forgotten() {
    let mut kept = Kept::start().await;
    let app = &kept.app;
    let [known, new] = ["known@halden.example", "new@halden.example"];
    let one = app.ask_and_confirm("removal", known, &[]).await;
    let backup = kept.back_up("before.backup").await;
    let other = app.ask_and_confirm("removal", new, &[]).await;
    for request in [&one, &other] {
        app.accept(request).await;
        app.until_it_rests(request).await;
    }
    // The segments are older than any backup when a request is forgotten; these lie elsewhere.
    kept.end_segment();
    let aside = app.folder.join("aside");
    fs::create_dir(&aside).unwrap();
    for path in kept.segments() {
        fs::copy(&path, aside.join(path.file_name().unwrap())).unwrap();
    }
    // So does the backup, whose time will be over.
    let old_backup = app.folder.join("old.backup");
    fs::copy(&backup, &old_backup).unwrap();
    app.clock_goes_to(app.app.clock.now() + SignedDuration::from_hours(24 * 400))
        .await;
    lethe::actions::own::sweep_own(&app.app).await.unwrap();
    assert_eq!(app.count("request_keys", "1 = 1"), 0, "both are forgotten");
    let old = fs::read_dir(&aside)
        .unwrap()
        .map(|file| file.unwrap().file_name());
    for name in old {
        assert!(!kept.folder.join(&name).exists(), "{name:?} is gone");
    }
    kept.folder = aside;
    let place = Place::new(&kept, "put_back");
    let restored = place.restore(&kept, Some(&old_backup));
    let mut conn = place.connect();
    let keys = "SELECT id AS word FROM request_keys";
    assert_eq!(words(&mut conn, keys), Vec::<String>::new(), "{restored}");
    let requests = "SELECT id AS word FROM requests";
    assert_eq!(words(&mut conn, requests), [one.id.to_string()]);
    let shell = "SELECT stage || ' ' || length(sealed) AS word FROM requests";
    assert_eq!(words(&mut conn, shell), ["closed 0"], "as it was answered");
    assert!(
        restored["intake"]["forgotten"].as_i64().unwrap() > 0,
        "{restored}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_changes_nothing_and_a_torn_end_is_told() {
    let kept = Kept::start().await;
    let app = &kept.app;
    let backup = kept.back_up("before.backup").await;
    app.browser()
        .ask("review", "first@halden.example", &[])
        .await;
    app.browser()
        .ask("review", "second@halden.example", &[])
        .await;
    kept.end_segment();
    let wrong = app.folder.join("wrong.key");
    RecoverySecret::create(&wrong).unwrap();

    let place = Place::new(&kept, "put_back");
    let args = |key: &Path| {
        [
            "restore".to_owned(),
            backup.display().to_string(),
            "--intake".to_owned(),
            kept.folder.display().to_string(),
            "--recovery-key-file".to_owned(),
            key.display().to_string(),
        ]
    };
    let output = kept
        .command(Some(&place))
        .args(args(&wrong))
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("does not open with this recovery key"),
        "{said}"
    );
    assert!(!place.restore_was_begun(), "nothing was changed");

    // Without the journal it says what is left, and how to get it.
    let key = kept.key.display().to_string();
    let file = backup.display().to_string();
    let output = place.run(&kept, &["restore", &file, "--recovery-key-file", &key]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("Not back"), "{said}");
    assert!(said.contains("lethe restore --intake"), "{said}");

    // The last record and the end are torn.
    let segments = kept.segments();
    let last = segments.last().unwrap();
    let whole = fs::read(last).unwrap();
    fs::write(last, &whole[..whole.len() - 60]).unwrap();
    let output = place.run(
        &kept,
        &[
            "restore",
            "--intake",
            &kept.folder.display().to_string(),
            "--recovery-key-file",
            &key,
        ],
    );
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    assert!(said.contains("Damaged"), "{said}");
    assert!(said.contains("1 submissions"), "{said}");
    let place_rows = rows(&mut place.connect(), "submissions", &[]);
    assert_eq!(place_rows.len(), 1);
}

impl Place {
    fn restore_was_begun(&self) -> bool {
        match &self.config.database.url {
            DatabaseUrl::Sqlite(path) => path.exists(),
            DatabaseUrl::Postgres(_) => {
                let tables =
                    "SELECT tablename::text AS word FROM pg_tables WHERE schemaname = 'public'";
                !words(&mut self.connect(), tables).is_empty()
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_while_the_journal_cannot_be_written_is_told_to_ask_again() {
    let kept = Kept::start().await;
    let app = &kept.app;
    let backup = kept.back_up("before.backup").await;
    let browser = app.browser();
    let page = browser.ask("review", "first@halden.example", &[]).await;
    assert_eq!(page.status, 200);
    // Its disk is gone.
    fs::remove_dir_all(&kept.folder).unwrap();
    fs::write(&kept.folder, "in the way").unwrap();
    let form = browser.get("/requests/new/review").await;
    let typed = [
        ("csrf", form.csrf()),
        ("email", "second@halden.example".to_owned()),
    ];
    let answer = reqwest_post(&app.url, &browser, &typed).await;
    assert_eq!(answer, 503, "nobody is told that it is kept");
    assert_eq!(
        app.count("submissions", "1 = 1"),
        2,
        "it stands all the same"
    );
    // It is back, empty.
    fs::remove_file(&kept.folder).unwrap();
    let page = browser.ask("review", "second@halden.example", &[]).await;
    assert_eq!(page.status, 200);

    let place = Place::new(&kept, "put_back");
    let restored = place.restore(&kept, Some(&backup));
    // The first one's segment is lost with its disk. What was asked meanwhile was written when it could be.
    assert_eq!(restored["intake"]["about"]["submissions"], 3, "{restored}");
    assert_same(&mut app.connect(), &mut place.connect());
}

/// Sends a form and reads nothing but the status: the page of an error has no form.
async fn reqwest_post(
    url: &str,
    browser: &crate::support::Browser,
    typed: &[(&str, String)],
) -> u16 {
    let body = serde_urlencoded::to_string(typed).unwrap();
    assert_eq!(url, browser.url);
    let answer = browser
        .post_raw(
            "/requests/new/review",
            "application/x-www-form-urlencoded",
            body.into_bytes(),
        )
        .await;
    answer.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_goes_when_two_newer_backups_are_verified_or_its_time_is_over() {
    let kept = Kept::start().await;
    let app = &kept.app;
    let day = SignedDuration::from_hours(24);
    let mut counts = Vec::new();
    for n in 0..4 {
        app.browser()
            .ask("review", &format!("p{n}@halden.example"), &[])
            .await;
        kept.end_segment();
        app.app.clock.advance(day);
        kept.back_up(&format!("{n}.backup")).await;
        counts.push(kept.ended().len());
    }
    // The first is there after one newer backup, and gone after two; so is each that followed.
    assert_eq!(counts, [1, 1, 1, 1]);
    // Stamps differ, also where the clock stands.
    let first = kept.ended()[0].first.unwrap();
    let since = first.duration_since(friday() + day * 3);
    assert!(since < SignedDuration::from_secs(1), "{first}");
    // Without another backup it goes by its age.
    app.browser()
        .ask("review", "last@halden.example", &[])
        .await;
    kept.end_segment();
    assert_eq!(kept.ended().len(), 2);
    app.clock_goes_to(app.app.clock.now() + day * 32).await;
    intake::sweep(&app.app).await.unwrap();
    assert_eq!(kept.ended().len(), 0);
}

/// `lethe serve` until it is killed.
struct Serving(Child, String);

impl Serving {
    async fn start(kept: &Kept) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let url = format!("http://{at}");
        drop(listener);
        let child = kept
            .command(None)
            .args(["serve", "--no-worker"])
            .env("LETHE__SERVER__BIND", at.to_string())
            .env("LETHE__SERVER__PUBLIC_URL", &url)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while !reqwest::get(format!("{url}/healthz"))
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            assert!(start.elapsed() < Duration::from_secs(60));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Serving(child, url)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_whoever_was_answered_is_in_the_journal() {
    let kept = Kept::without_journal().await;
    let app = &kept.app;
    let backup = kept.back_up("before.backup").await;
    let mut answered = BTreeSet::new();
    for life in 0..4u64 {
        let mut serving = Serving::start(&kept).await;
        let mut senders = Vec::new();
        for sender in 0..8 {
            let mut browser = app.browser();
            browser.url.clone_from(&serving.1);
            let links: Vec<(String, String)> = (0..500)
                .map(|n| {
                    let address = format!("p{life}.{sender}.{n}@halden.example");
                    let token = app.app.keys.unsubscribe_token(&Unsubscribe {
                        address: address.clone(),
                        list: "news".to_owned(),
                        tool_id: None,
                        tool: None,
                    });
                    (address, format!("{}/u/{token}", serving.1))
                })
                .collect();
            senders.push(tokio::spawn(async move {
                let client = reqwest::Client::new();
                let mut done = Vec::new();
                for (address, link) in links {
                    let sent = client
                        .post(link)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .body("List-Unsubscribe=One-Click")
                        .send();
                    match sent.await {
                        Ok(answer) if answer.status().is_success() => done.push(address),
                        _ => break,
                    }
                }
                done
            }));
        }
        tokio::time::sleep(Duration::from_millis(400 + 150 * life)).await;
        serving.0.kill().unwrap();
        serving.0.wait().unwrap();
        for sender in senders {
            answered.extend(sender.await.unwrap());
        }
    }
    assert!(
        answered.len() > 50,
        "some were answered: {}",
        answered.len()
    );

    let lost = Place::new(&kept, "lost");
    lost.restore(&kept, Some(&backup));
    let mut conn = lost.connect();
    let there: BTreeSet<String> = words(
        &mut conn,
        "SELECT digest_key AS word FROM objections WHERE list = 'news'",
    )
    .into_iter()
    .collect();
    assert_eq!(there.len(), 1);
    for address in &answered {
        let digests = app.app.address_digests(&Email::parse(address).unwrap());
        let standing = db::guards::objections_of(&mut conn, &digests).unwrap();
        assert_eq!(standing.len(), 1, "{address}");
    }
    // What was committed and not written when it was killed is written by the next start.
    drop(Serving::start(&kept).await);
    let after = Place::new(&kept, "after");
    after.restore(&kept, Some(&backup));
    assert_same(&mut app.connect(), &mut after.connect());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_anybody_stands_in_a_segment_or_its_name() {
    let kept = Kept::start().await;
    let app = &kept.app;
    kept.back_up("before.backup").await;
    let email = "ann@zirconia.example";
    let request = app.ask_and_confirm("removal", email, &[]).await;
    kept.end_segment();
    let key = rows(&mut app.connect(), "request_keys", &["master_key"]);
    assert_eq!(key.len(), 1);
    for path in kept.segments() {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(!name.contains(&request.reference.to_string()));
        let bytes = fs::read(&path).unwrap();
        for text in [
            email,
            "zirconia",
            &request.id.to_string(),
            "requests",
            "sealed",
        ] {
            let found = bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes());
            assert!(!found, "{text} in {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_what_a_restore_would_lose() {
    let kept = Kept::without_journal().await;
    let file = kept.app.config_file("");
    let said = |mut command: Command| {
        let output = command.arg("check").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let out = said(kept.app.command(&file));
    assert!(out.contains("backup.recovery_key: there is none"), "{out}");
    let mut command = kept.command(None);
    command.env_remove("LETHE__JOURNAL__INTAKE");
    let out = said(command);
    assert!(out.contains("journal.intake: names no folder"), "{out}");
    let out = said(kept.command(None));
    assert!(!out.contains("names no folder"), "{out}");
    let is_beside = matches!(kept.app.app.config.database.url, DatabaseUrl::Sqlite(_));
    assert_eq!(
        out.contains("journal.intake: it lies on the file system of the database"),
        is_beside,
        "{out}"
    );
    kept.back_up("before.backup").await;
    intake::begin(&kept.app.app).await.unwrap();
    kept.app
        .browser()
        .ask("review", "first@halden.example", &[])
        .await;
    let out = said(kept.command(None));
    assert!(
        out.contains("The intake journal has 1 segments, the oldest of 2026-11-20"),
        "{out}"
    );
}

/// How long a thousand submissions take, sixteen at a time.
async fn thousand(app: &App) -> Duration {
    let start = Instant::now();
    let askers = (0..16).map(|asker| {
        let app = app.clone();
        tokio::spawn(async move {
            for n in 0..63 {
                let email = format!("p{asker}.{n}@halden.example");
                let address = Email::parse(&email).unwrap();
                let asked = Asked {
                    email,
                    ..Asked::default()
                };
                submit::submit(&app, Kind::Access, Lang::En, Via::Web, address, asked)
                    .await
                    .unwrap();
            }
        })
    });
    for asker in askers.collect::<Vec<_>>() {
        asker.await.unwrap();
    }
    start.elapsed()
}

/// For the figure in docs/decisions/0014-intake-journal.md: `cargo test --test it what_it_costs -- --ignored
/// --nocapture`.
#[ignore = "it measures"]
#[tokio::test(flavor = "multi_thread")]
async fn what_it_costs() {
    for _ in 0..3 {
        let without = thousand(&Kept::without_journal().await.app.app).await;
        let with = thousand(&Kept::start().await.app.app).await;
        println!("without {without:?}, with {with:?}");
    }
}

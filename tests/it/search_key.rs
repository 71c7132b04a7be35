//! The search key is rotated: everything is found before, while and after the stored digests are brought
//! under the new key, and then the old key confirms nothing.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use jiff::SignedDuration;
use lethe::actions::digests::{self, Renewed, TAKEN_UP};
use lethe::actions::senders::{self, Verdict};
use lethe::app::App;
use lethe::db;
use lethe::db::DbError;
use lethe::db::digests::Place;
use lethe::domain::email::Email;
use lethe::domain::request::AddressDigest;
use lethe::imports::Source;
use lethe::seal::{KeyRing, Purpose};

use crate::senders::{ANN, unsubscribe};
use crate::support::TestApp;

fn rotate(app: &TestApp) {
    let (now, keys) = (app.app.clock.now(), app.app.keys.search_key_count());
    KeyRing::rotate(&app.app.config.keys.file, Purpose::Search, now).unwrap();
    let start = Instant::now();
    // Nobody tells the process; it looks by itself.
    while app.app.keys.search_key_count() == keys {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// All that is stored, by column.
fn stored(app: &TestApp) -> BTreeSet<(&'static str, Vec<u8>)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Binary)]
        bytes: Vec<u8>,
    }
    let mut conn = app.connect();
    let mut all = BTreeSet::new();
    for place in Place::ALL {
        let (table, digest, _) = place.name();
        let sql = format!("SELECT {digest} AS bytes FROM {table} WHERE {digest} IS NOT NULL");
        let rows: Vec<Row> = diesel::sql_query(sql).load(&mut conn).unwrap();
        all.extend(rows.into_iter().map(|row| (table, row.bytes)));
    }
    all
}

async fn waiting(app: &TestApp) -> i64 {
    let keys = app.app.keys.clone();
    let waiting = app.app.db.read(move |conn| digests::waiting(&keys, conn));
    waiting.await.unwrap().0
}

async fn verdicts(app: &App, addresses: &[&str]) -> Vec<Verdict> {
    let addresses = addresses.iter().map(|address| (*address).to_owned());
    senders::verdicts(app, Some("news"), addresses.collect())
        .await
        .unwrap()
}

fn ticket(n: usize, email: &str) -> String {
    format!(
        r#"{{"key":"T-{n}","subject":"Help","status":"open","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{email}","name":"P"}},"participants":[],"messages":[{{"key":"1","author":{{"email":"{email}"}},"at":"2026-01-02T03:04:05Z","body":"{email} and bo@halden.example"}}]}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_found_under_both_keys_and_then_under_the_new_one_alone() {
    let app = TestApp::start().await;
    let licences = std::fs::read_to_string(format!(
        "{}/tests/data/marketplace-licenses.sample.json",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap();
    app.import(Source::Licences, &licences).await;
    let tickets = format!("{}\n{}", ticket(1, ANN), ticket(2, "cy@halden.example"));
    app.import(Source::Tickets, &tickets).await;
    unsubscribe(&app.app, ANN, "news").await;
    app.ask_and_confirm("removal", ANN, &[]).await;
    let request = app.newest_request(ANN).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    app.ask_and_confirm("review", "cy@halden.example", &[])
        .await;
    app.run_jobs().await;
    let full = [Place::Requests, Place::Objections, Place::ErasureGuards];
    for place in full {
        let known = app
            .app
            .db
            .read(move |conn| db::digests::keys_of(conn, place));
        assert!(!known.await.unwrap().is_empty(), "{place:?} is tested");
    }

    let mut known = BTreeSet::new();
    for round in 1..=2 {
        let before = stored(&app);
        known.extend(before.iter().cloned());
        rotate(&app);
        assert_eq!(
            digests::renew(&app.app).await.unwrap(),
            Renewed::Later(TAKEN_UP)
        );
        for step in ["under both", "under the new one"] {
            assert_eq!(
                verdicts(&app.app, &[ANN, "cy@halden.example"]).await,
                [Verdict::Unsubscribed, Verdict::Write],
                "{round}, {step}"
            );
            unsubscribe(&app.app, ANN, "News").await;
            assert_eq!(app.count("objections", "true"), 1, "{round}, {step}");
            // The guard keeps Ann out, and what is on file is known to be the same.
            let report = app.import(Source::Tickets, &tickets).await;
            assert_eq!(report.counts.suppressed, 1, "{round}, {step}: {report}");
            assert_eq!(report.counts.unchanged, 1, "{round}, {step}: {report}");
            let report = app.import(Source::Licences, &licences).await;
            assert_eq!(report.counts.written, 0, "{round}, {step}: {report}");
            assert_eq!(app.requests("cy@halden.example").await.len(), 1);
            // Asked again it joins the request that is open under the old key.
            app.ask_and_confirm("review", "cy@halden.example", &[])
                .await;
            assert_eq!(app.requests("cy@halden.example").await.len(), 1);
            if step == "under both" {
                assert!(waiting(&app).await > 0);
                app.app.clock.advance(TAKEN_UP);
                let done = digests::renew(&app.app).await.unwrap();
                assert_eq!(done, Renewed::Done(0));
                assert_eq!(waiting(&app).await, 0);
            }
        }
        let after = stored(&app);
        assert!(after.len() >= before.len());
        assert!(
            after.is_disjoint(&known),
            "{round}: a digest of before is left"
        );
    }
    let key = app.app.keys.current_id(Purpose::Search).to_string();
    for place in Place::ALL {
        let place = *place;
        let under = app
            .app
            .db
            .read(move |conn| db::digests::keys_of(conn, place));
        for under in under.await.unwrap() {
            assert_eq!(under.key.as_deref(), Some(key.as_str()), "{place:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_both_keys_that_say_the_same_become_one_and_nothing_is_lost() {
    let app = TestApp::start().await;
    let email = |n: usize| Email::parse(&format!("p{n}@halden.example")).unwrap();
    let digest = |n: usize| app.app.address_digest(&email(n));
    let write = |twin: Vec<AddressDigest>, values: [AddressDigest; 2], times: [i64; 4]| {
        let app = app.app.clone();
        async move {
            let inner = app.clone();
            let work = move |conn: &mut db::Conn| {
                let at = |n: usize| inner.clock.now() + SignedDuration::from_secs(times[n]);
                for (n, digest) in twin.iter().enumerate() {
                    let digest = std::slice::from_ref(digest);
                    db::guards::object(conn, inner.id(), digest, "news", "typed", at(n))?;
                }
                for (value, cause) in values.iter().zip(["request", "source"]) {
                    let (id, at) = (inner.id(), at(3));
                    db::guards::guard_erasure(conn, id, value, "ticket", cause, cause, at)?;
                    db::guards::guard_erasure(
                        conn,
                        inner.id(),
                        value,
                        "ticket",
                        "both",
                        cause,
                        at,
                    )?;
                    let id = inner.id();
                    db::guards::note_correction(conn, id, "ticket", "T-1", "name", value, at)?;
                }
                Ok::<_, DbError>(())
            };
            app.db.write(work).await.unwrap();
        }
    };
    // p0 stands, p1 and p2 are lifted, p3 stands; under the new key p0 and p1 stand, p2 and p3 are lifted.
    let lift = async |numbers: [usize; 2]| {
        let digests: Vec<AddressDigest> = numbers.iter().map(|n| digest(*n)).collect();
        let now = app.app.clock.now() + SignedDuration::from_secs(60);
        let work = move |conn: &mut db::Conn| db::guards::lift(conn, &digests, "news", now);
        app.app.db.write(work).await.unwrap();
    };
    let values = |n: usize| [digest(n), digest(n)];
    write((0..4).map(digest).collect(), values(9), [0, 1, 2, 3]).await;
    lift([1, 2]).await;
    rotate(&app);
    write((0..4).map(digest).collect(), values(9), [10, 11, 12, 13]).await;
    lift([2, 3]).await;
    assert_eq!(app.count("objections", "true"), 8);
    let guards = |_: ()| {
        let (digests, app) = (app.app.address_digests(&email(9)), app.app.clone());
        async move {
            let read =
                move |conn: &mut db::Conn| db::guards::guarded(conn, &digests, "ticket", "both");
            app.db.read(read).await.unwrap()
        }
    };
    let before = guards(()).await;
    assert_eq!(app.count("erasure_guards", "true"), 6);

    app.app.clock.advance(TAKEN_UP);
    assert_eq!(digests::renew(&app.app).await.unwrap(), Renewed::Done(0));
    assert_eq!(waiting(&app).await, 0);
    assert_eq!(app.count("objections", "true"), 4);
    assert_eq!(app.count("erasure_guards", "true"), 3);
    assert_eq!(app.count("corrections", "true"), 1);
    assert_eq!(guards(()).await, before);
    assert!(before.person_at.is_some() && before.record);
    let addresses: Vec<String> = (0..4).map(|n| email(n).as_str().to_owned()).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    assert_eq!(
        verdicts(&app.app, &addresses).await,
        [
            Verdict::Unsubscribed,
            Verdict::Unsubscribed,
            Verdict::Write,
            Verdict::Unsubscribed,
        ]
    );
}

/// Stores objections of this many people at once.
async fn object(app: &App, people: usize) {
    let inner = app.clone();
    let work = move |conn: &mut db::Conn| {
        for n in 0..people {
            let email = Email::parse(&format!("q{n}@halden.example")).unwrap();
            let digests = [inner.address_digest(&email)];
            let now = inner.clock.now();
            db::guards::object(conn, inner.id(), &digests, "news", "typed", now)?;
        }
        Ok::<_, DbError>(())
    };
    app.db.write(work).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_press_while_rows_are_moved_are_neither_lost_nor_doubled() {
    let app = TestApp::start().await;
    object(&app.app, 400).await;
    let other = App::start((*app.app.config).clone(), app.app.clock.clone()).unwrap();
    rotate(&app);
    app.app.clock.advance(TAKEN_UP);
    let movers = [&app.app, &other].map(|app| {
        let app = app.clone();
        tokio::spawn(async move { digests::renew(&app).await.unwrap() })
    });
    let pressing = [app.app.clone(), other.clone()].map(|app| {
        tokio::spawn(async move {
            // Whoever objects already, and as many new ones.
            for n in (0..800).step_by(7) {
                unsubscribe(&app, &format!("q{n}@halden.example"), "news").await;
            }
        })
    });
    for press in pressing {
        press.await.unwrap();
    }
    for mover in movers {
        assert_eq!(mover.await.unwrap(), Renewed::Done(0));
    }
    assert_eq!(digests::renew(&app.app).await.unwrap(), Renewed::Done(0));
    assert_eq!(waiting(&app).await, 0);
    let new = (400..800).filter(|n| n % 7 == 0).count();
    assert_eq!(app.count("objections", "true"), 400 + new as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_leaves_the_rest_to_the_next() {
    let people = 6000;
    let app = TestApp::start().await;
    object(&app.app, people).await;
    // The worker has the clock of the machine.
    let file = &app.app.config.keys.file;
    let old = jiff::Timestamp::UNIX_EPOCH;
    let key = KeyRing::rotate(file, Purpose::Search, old).unwrap();
    let config = app.config_file("");
    let moved = || app.count("objections", &format!("digest_key = '{key}'")) as usize;
    let mut seen = Vec::new();
    for is_last in [false, true] {
        let mut worker = app
            .command(&config)
            .arg("worker")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let (from, start) = (moved(), Instant::now());
        let enough = |now: usize| if is_last { now == people } else { now > from };
        while !enough(moved()) {
            assert!(start.elapsed() < Duration::from_secs(60), "{seen:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
        seen.push(moved());
    }
    assert!(
        0 < seen[0] && seen[0] < people,
        "killed in the middle: {seen:?}"
    );
    assert_eq!(app.count("objections", "lifted_at IS NULL"), people as i64);
    app.app.keys.refresh().unwrap();
    let last = format!("q{}@halden.example", people - 1);
    let both = verdicts(&app.app, &["q0@halden.example", &last]).await;
    assert_eq!(both, [Verdict::Unsubscribed, Verdict::Unsubscribed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_rotates_the_key_and_says_what_waits() {
    let app = TestApp::start().await;
    object(&app.app, 3).await;
    let config = app.config_file("");
    let run = |arguments: &[&str]| {
        let output = app.command(&config).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), said)
    };
    let (code, said) = run(&["keys", "check"]);
    assert_eq!((code, said.trim()), (Some(0), "Nothing is wrong."));
    let (code, said) = run(&["keys", "rotate", "search"]);
    assert_eq!(code, Some(0), "{said}");
    let file = std::fs::read_to_string(&app.app.config.keys.file).unwrap();
    assert_eq!(file.matches("wraps = ").count(), 1);
    assert_eq!(
        app.count("jobs", "kind = 'renew_digests' AND state = 'ready'"),
        1
    );
    let (code, said) = run(&["keys", "check"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.starts_with("3 digests wait for the search key in use"),
        "{said}"
    );
    let (_, said) = run(&["keys", "check", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["waiting_digests"], 3);

    // Without the inner key nothing starts, and the check says which is missing.
    let (_, retired) = file.split_once("wraps = \"").unwrap();
    let retired = retired.split('"').next().unwrap();
    let broken = file.replace(&format!("id = \"{retired}\""), "id = \"s-000000\"");
    std::fs::write(&app.app.config.keys.file, broken).unwrap();
    let (code, said) = run(&["keys", "check"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("wraps"), "{said}");
    std::fs::write(&app.app.config.keys.file, file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_waits_for_the_digests_by_which_people_are_found_and_for_no_other() {
    let app = TestApp::start().await;
    let ticket = r#"{"key":"SUP-1","subject":"A question","status":"closed","created_at":"2026-01-02T03:04:05Z","closed_at":"2026-02-01T10:00:00Z","requester":{"email":"bo@halden.example","name":"Bo"},"participants":[],"messages":[]}"#;
    let row = ticket.replace("SUP-1", "SUP-2").replace("bo@", "cy@");
    app.import(Source::Tickets, &format!("{ticket}\n{row}"))
        .await;
    let closed = diesel::sql_query("UPDATE tickets SET closed_at = 0").execute(&mut app.connect());
    assert_eq!(closed.unwrap(), 2);
    unsubscribe(&app.app, ANN, "news").await;
    rotate(&app);
    app.app.clock.advance(TAKEN_UP);
    assert!(matches!(
        digests::renew(&app.app).await.unwrap(),
        Renewed::Done(0)
    ));
    let put = |table: &str, key: &str| {
        diesel::sql_query(format!("UPDATE {table} SET digest_key = '{key}'"))
            .execute(&mut app.connect())
            .unwrap()
    };
    let known = app.app.keys.current_id(Purpose::Search).to_string();
    // An objection under a key that is lost stays so for ever, and finds nobody in a store.
    assert!(put("objections", "lost") > 0);
    assert!(put("ticket_people", "lost") > 0);
    let sweep = lethe::actions::retention::begin(&app.app).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.count("tickets", "1 = 1"), 2, "one person, two digests");
    put("ticket_people", &known);
    app.pass(SignedDuration::from_mins(2)).await;
    assert_eq!(app.count("tickets", "1 = 1"), 0);
    let done = app
        .app
        .db
        .read(move |conn| db::retention::find(conn, sweep));
    assert!(done.await.unwrap().unwrap().finished_at.is_some());
}

//! Attacks on the trail by somebody with the database, or with little care. Each shows a hole.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use lethe::actions::trail::{self, checkpoint, succession, verify};
use lethe::audit::leaf::Leaf;
use lethe::audit::tree::leaf_hash;
use lethe::db::{self, DbError};
use lethe::domain::event::{Action, Actor, Event, Loss};
use lethe::journal::LastKnown;

use crate::support::TestApp;
use crate::trail::{add_entries, tamper};

async fn signed() -> TestApp {
    let app = TestApp::start().await;
    for count in [70, 5, 130] {
        add_entries(&app, count).await;
        checkpoint::make(&app.app).await.unwrap();
    }
    app
}

async fn problem(app: &TestApp) -> Option<String> {
    let verified = verify::verify(&app.app, Vec::new()).await.unwrap();
    verified.problem.map(|problem| problem.what)
}

async fn wait_for_a_place(app: &TestApp, count: u64) {
    let inner = app.app.clone();
    app.app
        .db
        .write(move |conn| {
            for n in 0..count {
                let event = Event::new(Action::Imported).counting(n);
                trail::record(&inner, conn, &Actor::System, None, &event)?;
            }
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
}

/// What a backup of an earlier moment would leave.
const RESTORED: &str =
    "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_sequence WHERE position >= 100);
     DELETE FROM audit_index WHERE entry_id NOT IN (SELECT id FROM audit_entries);
     DELETE FROM audit_sequence WHERE position >= 100;
     DELETE FROM audit_nodes WHERE (level = 6 AND position >= 1) OR level >= 7;
     DELETE FROM audit_checkpoints WHERE size > 100;";

/// An entry that anybody can write who has the database: nothing in it needs a key.
fn forged(app: &TestApp, action: &str, detail: &[(&str, &str)]) -> (String, Leaf) {
    let id: uuid::Uuid = app.app.id();
    let mut leaf = Leaf::new(
        id.to_string(),
        app.app.clock.now(),
        "system".to_owned(),
        action.to_owned(),
    );
    leaf.detail = Some(
        detail
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    );
    (id.to_string(), leaf)
}

fn blob(app: &TestApp, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match app.connect() {
        db::Conn::Sqlite(_) => format!("X'{hex}'"),
        db::Conn::Postgres(_) => format!("'\\x{hex}'::bytea"),
    }
}

fn insertion(app: &TestApp, id: &str, leaf: &Leaf) -> String {
    format!(
        "INSERT INTO audit_entries (id, version, leaf) VALUES ('{id}', 1, {});
         INSERT INTO audit_index (entry_id, at, action) VALUES ('{id}', {}, '{}');",
        blob(app, &leaf.to_bytes()),
        leaf.time.as_microsecond(),
        leaf.action,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_checkpoint_given_by_hand_does_not_hide_what_the_file_knows() {
    let app = signed().await;
    let old = app
        .app
        .db
        .read(|conn| db::checkpoints::between(conn, 1, 0, 90))
        .await
        .unwrap()
        .pop()
        .unwrap();
    let newest = std::fs::read_to_string(app.app.last_known.path()).unwrap();
    tamper(&app, RESTORED);
    assert!(checkpoint::make(&app.app).await.is_err() || problem(&app).await.is_some());
    // Careless: the wrong mail is given. The command refuses ...
    let said = succession::begin(&app.app, &Actor::Operator, Loss::Restored, Some(old.note)).await;
    println!("{said:?}");
    // ... and from then on the loss is forgotten and a second story is signed.
    wait_for_a_place(&app, 200).await;
    let made = checkpoint::make(&app.app).await;
    let file = std::fs::read_to_string(app.app.last_known.path()).unwrap();
    assert!(made.is_err(), "signed twice:\n{newest}\n{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_succession_does_not_hide_a_rewritten_past() {
    let app = signed().await;
    let origin = app.app.config.audit.origin.as_str().to_owned();
    let (id, leaf) = forged(&app, "log_started", &[("ended", &origin)]);
    let hash = blob(&app, &leaf_hash(&leaf.to_bytes()).0);
    let sql = format!(
        "{RESTORED}
         DELETE FROM audit_checkpoints;
         {}
         UPDATE audit_logs SET ended_at = {now};
         INSERT INTO audit_logs (id, origin, started_at, pruned) VALUES (2, '{origin}/2', {now}, 0);
         INSERT INTO audit_sequence (log, position, entry_id, leaf_hash) VALUES (2, 0, '{id}', {hash});",
        insertion(&app, &id, &leaf),
        now = leaf.time.as_microsecond(),
    );
    tamper(&app, &sql);
    let found = problem(&app).await;
    assert!(
        found.is_some(),
        "half of the trail is gone, and nobody sees it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_ended_is_still_held_to_what_it_was() {
    let app = signed().await;
    tamper(&app, RESTORED);
    succession::begin(&app.app, &Actor::Operator, Loss::Restored, None)
        .await
        .unwrap();
    add_entries(&app, 3).await;
    checkpoint::make(&app.app).await.unwrap();
    assert_eq!(problem(&app).await, None);
    // Without any key: the old log is cut to 10 entries.
    app.connect()
        .batch_execute(
            "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_sequence WHERE log = 1 AND position >= 10);
             DELETE FROM audit_index WHERE entry_id NOT IN (SELECT id FROM audit_entries);
             DELETE FROM audit_sequence WHERE log = 1 AND position >= 10;
             DELETE FROM audit_nodes WHERE log = 1;
             DELETE FROM audit_checkpoints WHERE log = 1;",
        )
        .unwrap();
    let found = problem(&app).await;
    assert!(
        found.is_some(),
        "the log before was cut, and nobody sees it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_an_entry_into_the_queue_cannot_let_entries_go() {
    let app = signed().await;
    let origin = app.app.config.audit.origin.as_str().to_owned();
    let (id, leaf) = forged(
        &app,
        "pruned",
        &[("below", "60"), ("log", &origin), ("year", "2015")],
    );
    let sql = format!(
        "{} INSERT INTO audit_pending (entry_id) VALUES ('{id}');",
        insertion(&app, &id, &leaf)
    );
    app.connect().batch_execute(&sql).unwrap();
    checkpoint::make(&app.app).await.unwrap();
    app.connect()
        .batch_execute(
            "UPDATE audit_logs SET pruned = 60;
             DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_sequence WHERE position < 60);
             DELETE FROM audit_index WHERE entry_id NOT IN (SELECT id FROM audit_entries);",
        )
        .unwrap();
    let found = problem(&app).await;
    assert!(
        found.is_some(),
        "60 entries of this year are gone, and nobody sees it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_taken_out_of_the_queue_is_missed() {
    let app = signed().await;
    wait_for_a_place(&app, 1).await;
    app.connect()
        .batch_execute("UPDATE audit_pending SET entry_id = 'ffffffff-ffff-7fff-bfff-ffffffffffff'")
        .unwrap();
    for _ in 0..3 {
        checkpoint::make(&app.app).await.unwrap();
    }
    let found = problem(&app).await;
    assert!(
        found.is_some(),
        "an entry never gets a place, and nobody sees it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_in_a_log_that_is_none_is_missed() {
    let app = signed().await;
    wait_for_a_place(&app, 1).await;
    app.connect()
        .batch_execute(
            "INSERT INTO audit_sequence (log, position, entry_id, leaf_hash)
               SELECT 99, 0, entry_id, (SELECT leaf_hash FROM audit_sequence WHERE position = 0) FROM audit_pending;
             DELETE FROM audit_pending;
             INSERT INTO audit_checkpoints (log, size, note, at) VALUES (99, 1, 'Call 0900-1234 at once', 0);",
        )
        .unwrap();
    let letter = app.app.db.read(db::checkpoints::current).await.unwrap();
    println!("what letters carry: {letter:?}");
    let found = problem(&app).await;
    assert!(found.is_some(), "a log that is none goes unseen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_while_the_trail_grows_finds_nothing() {
    let app = signed().await;
    add_entries(&app, 9000).await;
    let other = app.app.clone();
    let writing = tokio::spawn(async move {
        for _ in 0..60 {
            let inner = other.clone();
            other
                .db
                .write(move |conn| {
                    for n in 0..10 {
                        let event = Event::new(Action::Imported).counting(n);
                        trail::record(&inner, conn, &Actor::System, None, &event)?;
                    }
                    Ok::<_, DbError>(())
                })
                .await
                .unwrap();
            checkpoint::make(&other).await.unwrap();
        }
    });
    let mut found = Vec::new();
    while !writing.is_finished() {
        found.extend(problem(&app).await);
    }
    writing.await.unwrap();
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_elsewhere_that_has_no_file_signs_no_second_story() {
    let app = signed().await;
    let first = std::fs::read_to_string(app.app.last_known.path()).unwrap();
    let mut elsewhere = app.app.clone();
    let folder = app.folder.join("elsewhere");
    std::fs::create_dir(&folder).unwrap();
    elsewhere.last_known = Arc::new(LastKnown::beside(&folder.join("lethe.erasures")));
    // A standby without the last commits takes over; the web process there goes on.
    tamper(&app, RESTORED);
    wait_for_a_place(&app, 200).await;
    let made = checkpoint::make(&elsewhere).await;
    assert!(made.is_err(), "signed twice:\n{first}\n{made:?}");
}

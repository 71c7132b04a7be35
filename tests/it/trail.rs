//! The trail: unbroken, append-only, without anybody in it, and able to prove itself to whoever
//! has no reason to believe the vendor.

use std::io::Cursor;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use lethe::actions::trail::{checkpoint, export, forget, succession, verify};
use lethe::actions::{ActionError, certificate, trail};
use lethe::audit::note::{Checkpoint, Note};
use lethe::audit::proof::Trust;
use lethe::certificate::check::{Proven, Verdict, check};
use lethe::db::audit::TrailFilter;
use lethe::db::{self, DbError};
use lethe::domain::event::{Action, Actor, Event, Loss};
use lethe::domain::reference::Reference;
use lethe::domain::request::Progress;
use lethe::domain::staff::Role;
use lethe::imports::Source;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::support::{PASSWORD, TestApp};

const ANN: &str = "ann.lindqvist@halden.example";

async fn with_some_entries() -> TestApp {
    let app = TestApp::start().await;
    app.ask_and_confirm("removal", ANN, &[("details", "All of it, please")])
        .await;
    app.ask_and_confirm("review", ANN, &[]).await;
    trail::sequence(&app.app).await.unwrap();
    app
}

/// Adds entries that are about nobody and wait for their place.
pub(crate) async fn wait_for_a_place(app: &TestApp, count: u64) {
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

/// The same, with their place.
pub(crate) async fn add_entries(app: &TestApp, count: u64) {
    wait_for_a_place(app, count).await;
    while trail::sequence(&app.app).await.unwrap() > 0 {}
}

/// Makes the trail longer than several stored nodes, signed at three sizes.
pub(crate) async fn sign_three_times(app: &TestApp) {
    for count in [70, 5, 130] {
        add_entries(app, count).await;
        checkpoint::make(&app.app).await.unwrap();
    }
}

/// What a backup of an earlier moment would leave: 100 entries.
pub(crate) const RESTORED: &str =
    "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_sequence WHERE position >= 100);
     DELETE FROM audit_index WHERE entry_id NOT IN (SELECT id FROM audit_entries);
     DELETE FROM audit_sequence WHERE position >= 100;
     DELETE FROM audit_nodes WHERE (level = 6 AND position >= 1) OR level >= 7;
     DELETE FROM audit_checkpoints WHERE size > 100;";

/// A trail that fills several stored nodes, signed at three sizes.
async fn with_a_long_trail() -> TestApp {
    let app = with_some_entries().await;
    sign_three_times(&app).await;
    app
}

/// Switches the triggers off, as somebody with the database's password could.
pub(crate) fn tamper(app: &TestApp, sql: &str) {
    let mut conn = app.connect();
    let off = match conn {
        db::Conn::Sqlite(_) => {
            "DROP TRIGGER audit_entries_no_update; DROP TRIGGER audit_entries_no_delete;"
        }
        db::Conn::Postgres(_) => "ALTER TABLE audit_entries DISABLE TRIGGER USER;",
    };
    conn.batch_execute(off).unwrap();
    conn.batch_execute(sql).unwrap();
}

async fn verified(app: &TestApp) -> verify::Verified {
    verify::verify(&app.app, Vec::new()).await.unwrap()
}

/// What is wrong, if anything is.
pub(crate) async fn problem(app: &TestApp) -> Option<String> {
    verified(app).await.problem.map(|problem| problem.what)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_trail_verifies_and_nothing_waits() {
    let app = with_a_long_trail().await;
    let verified = verified(&app).await;
    assert!(verified.size >= 200, "{verified:?}");
    assert_eq!((verified.problem, verified.pending), (None, 0));
    assert_eq!(verified.checkpoints, 3);
    assert_eq!(verified.origin, app.app.config.audit.origin.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_to_change_or_delete_an_entry() {
    let app = with_some_entries().await;
    for sql in [
        "UPDATE audit_entries SET version = 2",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_entries WHERE id = (SELECT entry_id FROM audit_sequence WHERE position = 0)",
    ] {
        assert!(app.connect().batch_execute(sql).is_err(), "{sql}");
    }
    assert_eq!(problem(&app).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_changed_is_found() {
    for change in [
        "UPDATE audit_entries SET leaf = (SELECT leaf FROM audit_entries ORDER BY id DESC LIMIT 1) WHERE id = (SELECT min(id) FROM audit_entries)",
        "UPDATE audit_entries SET version = 2 WHERE id = (SELECT min(id) FROM audit_entries)",
        "INSERT INTO audit_entries SELECT '00000000-0000-7000-8000-000000000000', version, leaf FROM audit_entries LIMIT 1",
        "UPDATE audit_index SET action = 'accepted' WHERE entry_id = (SELECT min(entry_id) FROM audit_index)",
        "UPDATE audit_index SET at = at + 1 WHERE entry_id = (SELECT min(entry_id) FROM audit_index)",
        "UPDATE audit_index SET store = 'ticket' WHERE entry_id = (SELECT min(entry_id) FROM audit_index)",
        "UPDATE audit_index SET request_id = '019f9ad0-0000-7000-8000-000000000001' WHERE request_id IS NOT NULL",
        "UPDATE audit_index SET request_id = NULL WHERE request_id IS NOT NULL",
        "UPDATE audit_index SET request_id = '019f9ad0-0000-7000-8000-000000000001' WHERE request_id IS NULL",
        "UPDATE audit_index SET staff_id = '019f9ad0-0000-7000-8000-000000000001'",
        "DELETE FROM audit_index WHERE entry_id = (SELECT min(entry_id) FROM audit_index)",
        "UPDATE audit_sequence SET leaf_hash = (SELECT leaf_hash FROM audit_sequence WHERE position = 1) WHERE position = 0",
        "UPDATE audit_nodes SET hash = (SELECT leaf_hash FROM audit_sequence WHERE position = 1) WHERE level = 6 AND position = 0",
        "UPDATE audit_nodes SET hash = (SELECT leaf_hash FROM audit_sequence WHERE position = 1) WHERE level = 7 AND position = 0",
        "DELETE FROM audit_nodes WHERE level = 6 AND position = 1",
        "INSERT INTO audit_nodes SELECT log, level, 3, hash FROM audit_nodes WHERE level = 6 AND position = 0",
        "UPDATE audit_checkpoints SET note = (SELECT max(note) FROM audit_checkpoints)",
        "UPDATE audit_checkpoints SET note = replace(note, 'a', 'b')",
        "UPDATE audit_checkpoints SET size = size - 1",
        "UPDATE audit_logs SET pruned = 10; DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_sequence WHERE position < 10)",
        "DELETE FROM audit_pending; DELETE FROM audit_sequence WHERE position > 200; DELETE FROM audit_entries WHERE id NOT IN (SELECT entry_id FROM audit_sequence)",
    ] {
        let app = with_a_long_trail().await;
        tamper(&app, change);
        assert!(problem(&app).await.is_some(), "not found: {change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_entry_that_differs_is_named() {
    let app = with_a_long_trail().await;
    tamper(
        &app,
        "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_sequence WHERE position IN (77, 150))",
    );
    let found = verified(&app).await.problem.unwrap();
    assert_eq!(
        (found.position, found.what.as_str()),
        (77, "the entry is missing")
    );
    assert!(found.entry.is_some());

    let app = with_a_long_trail().await;
    tamper(&app, "DELETE FROM audit_sequence WHERE position = 2");
    let found = verified(&app).await.problem.unwrap();
    assert_eq!(
        (found.position, found.what.as_str()),
        (2, "the place is empty")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_swapped_entries_are_found() {
    let app = with_a_long_trail().await;
    tamper(
        &app,
        "UPDATE audit_sequence SET entry_id = entry_id || '-away' WHERE position IN (0, 1);
         UPDATE audit_sequence SET entry_id = (SELECT replace(other.entry_id, '-away', '') FROM audit_sequence AS other WHERE other.position = 1) WHERE position = 0;
         UPDATE audit_sequence SET entry_id = (SELECT min(id) FROM audit_entries) WHERE position = 1;",
    );
    assert_eq!(verified(&app).await.problem.unwrap().position, 0);
}

#[derive(QueryableByName)]
struct Leaf {
    #[diesel(sql_type = diesel::sql_types::Text)]
    id: String,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    leaf: Vec<u8>,
}

/// Any one byte of any entry, changed to any other value.
#[tokio::test(flavor = "multi_thread")]
async fn any_changed_byte_of_any_entry_is_found_and_named() {
    let app = with_a_long_trail().await;
    tamper(&app, "SELECT 1");
    let leaves: Vec<Leaf> = diesel::sql_query(
        "SELECT id, leaf FROM audit_entries JOIN audit_sequence ON entry_id = id ORDER BY position",
    )
    .load(&mut app.connect())
    .unwrap();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (
        0..leaves.len(),
        any::<proptest::sample::Index>(),
        1..=255_u8,
    );
    for _ in 0..60 {
        let (which, at, change) = strategy.new_tree(&mut runner).unwrap().current();
        let Leaf { id, leaf } = &leaves[which];
        let mut changed = leaf.clone();
        changed[at.index(leaf.len())] ^= change;
        write_leaf(&app, id, &changed);
        let found = verified(&app).await.problem.expect("a changed byte");
        assert_eq!(
            (found.position, found.entry.as_ref()),
            (which as u64, Some(id))
        );
        write_leaf(&app, id, leaf);
    }
    assert_eq!(problem(&app).await, None);
}

fn write_leaf(app: &TestApp, id: &str, leaf: &[u8]) {
    let digits: String = leaf.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut conn = app.connect();
    let blob = match conn {
        db::Conn::Sqlite(_) => format!("x'{digits}'"),
        db::Conn::Postgres(_) => format!("'\\x{digits}'"),
    };
    conn.batch_execute(&format!(
        "UPDATE audit_entries SET leaf = {blob} WHERE id = '{id}'"
    ))
    .unwrap();
}

/// Somebody with the database rewrites the tail and everything that is computed from it; only what
/// is kept elsewhere shows it.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_tail_is_found_by_a_checkpoint_that_was_kept() {
    let app = with_a_long_trail().await;
    let kept = checkpoint::make(&app.app).await.unwrap().unwrap();
    let file = std::fs::read_to_string(app.app.last_known.path()).unwrap();
    assert_eq!(file, kept.note);
    let cut = "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_sequence WHERE position >= 150);
         DELETE FROM audit_index WHERE entry_id NOT IN (SELECT id FROM audit_entries);
         DELETE FROM audit_sequence WHERE position >= 150;
         DELETE FROM audit_nodes WHERE (level = 6 AND position >= 2) OR (level = 7 AND position >= 1);
         DELETE FROM audit_checkpoints WHERE size > 150;";
    tamper(&app, cut);
    let found = verified(&app).await.problem.unwrap();
    assert!(
        found.what.contains("entries of the trail are lost"),
        "{found:?}"
    );
    // The file beside the journal is gone too; a person's mail is not.
    std::fs::remove_file(app.app.last_known.path()).unwrap();
    assert_eq!(problem(&app).await, None);
    let (kept, _) = verify::kept_elsewhere(&app.app, &kept.note).unwrap();
    let found = verify::verify(&app.app, vec![kept])
        .await
        .unwrap()
        .problem
        .unwrap();
    assert_eq!(found.position, 150);
    assert!(found.what.contains("the others are gone"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewritten_past_is_found_by_a_checkpoint_that_was_kept() {
    let app = with_a_long_trail().await;
    let kept = checkpoint::make(&app.app).await.unwrap().unwrap();
    let kept: Checkpoint = kept.note.parse::<Note>().unwrap().text.parse().unwrap();
    // The same number of entries, with another root.
    let other = with_a_long_trail().await;
    assert_eq!(verified(&other).await.size, kept.size);
    let found = verify::verify(&other.app, vec![kept])
        .await
        .unwrap()
        .problem
        .unwrap();
    assert!(found.what.contains("kept elsewhere"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_must_be_ours() {
    let app = with_a_long_trail().await;
    let kept = checkpoint::make(&app.app).await.unwrap().unwrap().note;
    assert!(verify::kept_elsewhere(&app.app, &kept).is_ok());
    let stranger = with_a_long_trail().await;
    let foreign = checkpoint::make(&stranger.app).await.unwrap().unwrap().note;
    for wrong in [
        "",
        "hello",
        &kept.replacen('\n', "\n1", 1),
        &kept[..kept.len() - 3],
        &foreign,
    ] {
        assert!(verify::kept_elsewhere(&app.app, wrong).is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_signed_once_for_each_size_and_fits_the_one_before() {
    let app = with_some_entries().await;
    let first = checkpoint::make(&app.app).await.unwrap().unwrap();
    assert_eq!(checkpoint::make(&app.app).await.unwrap().unwrap(), first);
    add_entries(&app, 10).await;
    let second = checkpoint::make(&app.app).await.unwrap().unwrap();
    assert_eq!(second.size, first.size + 10);
    let keys = checkpoint::keys(&app.app, app.app.config.audit.origin.as_str()).unwrap();
    for stored in [first, second] {
        let note: Note = stored.note.parse().unwrap();
        assert_eq!(note.verify(&keys).unwrap().len(), 1);
    }
    // Nothing of a tree that is not the one before is ever signed.
    tamper(
        &app,
        "UPDATE audit_sequence SET leaf_hash = (SELECT leaf_hash FROM audit_sequence WHERE position = 1) WHERE position = 0",
    );
    wait_for_a_place(&app, 1).await;
    let refused = checkpoint::make(&app.app).await;
    assert!(
        matches!(
            refused,
            Err(ActionError::Db(DbError::Unavailable(_)) | ActionError::Trail(_))
        ),
        "{refused:?}"
    );
}

/// A backup is restored: entries that were signed are gone. Nothing is placed or signed until a
/// new log begins; then everything goes on, and the old log's checkpoints still verify.
#[tokio::test(flavor = "multi_thread")]
async fn lost_entries_end_the_log_and_a_new_one_begins_with_the_last_known_checkpoint() {
    let app = with_a_long_trail().await;
    let last = checkpoint::make(&app.app).await.unwrap().unwrap();
    let nothing = succession::begin(&app.app, &Actor::Operator, Loss::Restored, None).await;
    assert!(matches!(nothing, Err(ActionError::NothingLost)));
    tamper(&app, RESTORED);
    wait_for_a_place(&app, 1).await;
    assert!(trail::sequence(&app.app).await.is_err());
    assert!(checkpoint::make(&app.app).await.is_err());

    let log = succession::begin(&app.app, &Actor::Operator, Loss::Restored, None)
        .await
        .unwrap();
    assert_eq!(
        log.origin,
        format!("{}/2", app.app.config.audit.origin.as_str())
    );
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    let new = checkpoint::make(&app.app).await.unwrap().unwrap();
    assert!(new.note.starts_with(&format!("{}\n", log.origin)));
    let state = verified(&app).await;
    assert_eq!(state.problem, None, "{state:?}");
    assert_eq!(
        (state.origin.as_str(), state.former.len()),
        (log.origin.as_str(), 1)
    );
    // What was placed and never signed stands in the new log.
    assert_eq!(state.former[0].size + state.size, tally(&app).await as u64);
    let first = app
        .app
        .db
        .read(|conn| db::audit::in_order(conn, &TrailFilter::default(), 2, 0, 1, 1))
        .await
        .unwrap()
        .remove(0);
    let leaf: serde_json::Value = serde_json::from_slice(&first.leaf).unwrap();
    assert_eq!(leaf["action"], "log_started");
    assert_eq!(leaf["reason"], "restored");
    assert_eq!(leaf["detail"]["last_known"], last.note.as_str());
    // The old one's checkpoint is still ours, and it still shows what is missing.
    let (kept, _) = verify::kept_elsewhere(&app.app, &last.note).unwrap();
    let found = verify::verify(&app.app, vec![kept]).await.unwrap().problem;
    assert!(found.is_some());
}

async fn tally(app: &TestApp) -> i64 {
    app.app.db.read(db::audit::tally).await.unwrap().entries
}

#[tokio::test(flavor = "multi_thread")]
async fn old_years_are_reduced_to_hashes_and_the_trail_still_verifies() {
    let app = with_a_long_trail().await;
    an_agent_looks(&app).await;
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    let before = checkpoint::make(&app.app).await.unwrap().unwrap();
    assert_eq!(verified(&app).await.pruned, 0);
    // Ten years after the end of 2026, and not a day before.
    app.app.clock.set("2036-12-31T12:00:00Z".parse().unwrap());
    app.app
        .keys
        .ensure_pseudonym(2036, app.app.clock.now())
        .unwrap();
    forget::sweep(&app.app).await.unwrap();
    assert_eq!(verified(&app).await.pruned, 0);
    app.app.clock.set("2037-01-01T12:00:00Z".parse().unwrap());
    app.app
        .keys
        .ensure_pseudonym(2037, app.app.clock.now())
        .unwrap();
    // A clock that has only just got there is not believed.
    forget::sweep(&app.app).await.unwrap();
    assert_eq!(verified(&app).await.pruned, 0);
    app.clock_goes_to("2037-01-08T12:00:01Z".parse().unwrap())
        .await;
    forget::sweep(&app.app).await.unwrap();
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    let after = checkpoint::make(&app.app).await.unwrap().unwrap();
    let state = verified(&app).await;
    assert_eq!(state.problem, None);
    assert_eq!(state.pruned, before.size);
    assert!(after.size > before.size);
    assert!(app.app.keys.pseudonym(2026, "staff-v1", "x").is_none());
    let entries = app
        .app
        .db
        .read(|conn| db::audit::page(conn, &TrailFilter::default(), 1000))
        .await
        .unwrap();
    let actions: Vec<_> = entries
        .iter()
        .map(|entry| entry.index.action.as_str())
        .collect();
    assert!(
        actions.contains(&"pruned") && !actions.contains(&"imported"),
        "{actions:?}"
    );
    // Once more changes nothing.
    let size = tally(&app).await;
    forget::sweep(&app.app).await.unwrap();
    assert_eq!(tally(&app).await, size);
    // And the database still refuses to let a newer entry go.
    assert!(
        app.connect()
            .batch_execute("DELETE FROM audit_entries")
            .is_err()
    );
    // The whole trail, pruned entries and all, still verifies elsewhere.
    let text = exported(&app, TrailFilter::default(), true).await;
    let verdict = check(Cursor::new(text), &trust(&app)).unwrap();
    assert!(
        matches!(verdict.proven, Proven::Export { pruned, whole: true, .. } if pruned == before.size)
    );
}

pub(crate) fn trust(app: &TestApp) -> Trust {
    checkpoint::trust(&app.app, app.app.config.audit.origin.as_str()).unwrap()
}

async fn exported(app: &TestApp, filter: TrailFilter, whole: bool) -> String {
    let mut export = export::begin(&app.app, &Actor::Operator, filter, whole)
        .await
        .unwrap();
    let mut text = String::new();
    while let Some(piece) = export.next().await.unwrap() {
        text += &piece;
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_verifies_without_the_server_and_an_edited_one_does_not() {
    let app = with_a_long_trail().await;
    let whole = exported(&app, TrailFilter::default(), true).await;
    let Verdict { proven, standing } = check(Cursor::new(&whole), &trust(&app)).unwrap();
    let size = verified(&app).await.size;
    assert!(matches!(proven, Proven::Export { entries, whole: true, .. } if entries == size));
    assert_eq!(standing.checkpoint.size, size);

    let some = TrailFilter {
        actions: vec!["received".to_owned(), "identity_checked".to_owned()],
        ..TrailFilter::default()
    };
    let part = exported(&app, some, false).await;
    let verdict = check(Cursor::new(&part), &trust(&app)).unwrap();
    assert!(matches!(
        verdict.proven,
        Proven::Export {
            entries: 4,
            whole: false,
            ..
        }
    ));

    for text in [&whole, &part] {
        let lines: Vec<_> = text.lines().collect();
        let joined = |lines: &[&str]| lines.join("\n") + "\n";
        let mut swapped = lines.clone();
        swapped.swap(1, 2);
        let mut dropped = lines.clone();
        dropped.remove(2);
        for wrong in [
            joined(&swapped),
            joined(&dropped),
            joined(&lines[..lines.len() - 1]),
            text.replacen("received", "accepted", 1),
        ] {
            assert!(check(Cursor::new(wrong), &trust(&app)).is_err());
        }
        let stranger = with_some_entries().await;
        assert!(check(Cursor::new(text), &trust(&stranger)).is_err());
    }
}

/// Everything that the trail keeps, gives out or shows, after a whole removal, holds neither
/// address nor name nor a plain hash of one.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_trail_holds_anybody() {
    let app = with_some_entries().await;
    an_agent_looks(&app).await;
    let reference = removed(&app, "bea.holm@halden.example", "Bea Holm").await;
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    checkpoint::make(&app.app).await.unwrap();
    let issued = certificate::of_reference(&app.app, reference)
        .await
        .unwrap()
        .expect("a closed request has a certificate");
    let file = &issued.proved.as_ref().expect("it is signed").certificate;
    let mut texts = vec![
        exported(&app, TrailFilter::default(), true).await,
        file.to_json(),
        file.to_tlog_proof(),
        certificate::published(&app.app)
            .await
            .unwrap()
            .checkpoint
            .unwrap(),
        std::fs::read_to_string(&app.app.config.journal.erasure).unwrap(),
    ];
    for table in [
        "audit_index",
        "audit_intents",
        "audit_checks",
        "audit_witnesses",
        "audit_logs",
    ] {
        texts.push(rows_as_text(&app, table));
    }
    let people = [
        (ANN, "Ann Lindqvist"),
        ("bea.holm@halden.example", "Bea Holm"),
        ("agent@lethe.example", "Agent"),
    ];
    for text in &texts {
        let lower = text.to_lowercase();
        for (address, name) in people {
            for secret in [address, name].into_iter().flat_map(forms) {
                assert!(
                    !lower.contains(&secret.to_lowercase()),
                    "{secret} in {text}"
                );
            }
        }
        assert!(!lower.contains("halden"), "{text}");
    }
}

/// Somebody of staff signs in and opens a request.
async fn an_agent_looks(app: &TestApp) {
    app.staff("agent@lethe.example", Role::Agent).await;
    let browser = app.browser();
    browser.sign_in("agent@lethe.example", PASSWORD).await;
    let request = app.newest_request(ANN).await;
    let page = browser
        .get(&format!("/admin/requests/{}", request.reference))
        .await;
    assert_eq!(page.status, 200);
}

/// A person with a ticket asks to be removed, and is; the reference.
pub(crate) async fn removed(app: &TestApp, email: &str, name: &str) -> Reference {
    let ticket = format!(
        r#"{{"key":"T-1","subject":"Hello from {name}","status":"closed","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{email}","name":"{name}"}},"participants":[],"messages":[{{"key":"m1","author":{{"email":"{email}","name":"{name}"}},"at":"2026-01-02T03:04:05Z","body":"I am {name}"}}]}}"#
    );
    app.import(Source::Tickets, &ticket).await;
    let request = app
        .ask_and_confirm("removal", email, &[("name", name)])
        .await;
    app.accept(&request).await;
    let closed = app.until_it_rests(&request).await;
    assert_eq!(closed.progress, Progress::Done);
    closed.reference
}

/// A word as it is, and every plain hash of it that somebody might have stored.
pub(crate) fn forms(word: &str) -> Vec<String> {
    use base64::Engine;
    use sha2::Digest;
    let mut forms = vec![word.to_owned()];
    for variant in [
        word.to_owned(),
        word.to_lowercase(),
        word.to_uppercase(),
        format!("{word}\n"),
        format!("mailto:{word}"),
    ] {
        for digest in [
            sha2::Sha256::digest(&variant).to_vec(),
            sha2::Sha512::digest(&variant).to_vec(),
            sha2::Sha224::digest(&variant).to_vec(),
            sha1::Sha1::digest(&variant).to_vec(),
            md5::Md5::digest(&variant).to_vec(),
        ] {
            forms.push(digest.iter().map(|byte| format!("{byte:02x}")).collect());
            forms.push(base64::engine::general_purpose::STANDARD.encode(&digest));
            forms.push(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&digest));
        }
    }
    // "Agent" is a word of its own; only its hashes are looked for.
    if !word.contains(['@', ' ']) {
        forms.remove(0);
    }
    forms
}

pub(crate) fn rows_as_text(app: &TestApp, table: &str) -> String {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        t: String,
    }
    let mut conn = app.connect();
    let sql = match conn {
        db::Conn::Postgres(_) => format!("SELECT {table}::text AS t FROM {table}"),
        db::Conn::Sqlite(_) => {
            #[derive(QueryableByName)]
            struct Column {
                #[diesel(sql_type = diesel::sql_types::Text)]
                name: String,
            }
            let columns: Vec<Column> =
                diesel::sql_query(format!("SELECT name FROM pragma_table_info('{table}')"))
                    .load(&mut conn)
                    .unwrap();
            let parts: Vec<_> = columns
                .iter()
                .map(|column| format!("coalesce({}, '')", column.name))
                .collect();
            format!("SELECT {} AS t FROM {table}", parts.join(" || ' ' || "))
        }
    };
    let rows: Vec<Row> = diesel::sql_query(sql).load(&mut conn).unwrap();
    rows.into_iter().map(|row| row.t + "\n").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_sequencers_leave_no_gap() {
    let app = TestApp::start().await;
    let asks = (0..20).map(|n| {
        let browser = app.browser();
        async move {
            browser
                .ask("review", &format!("person{n}@halden.example"), &[])
                .await
                .status
        }
    });
    let sequencers = (0..4).map(|_| trail::sequence(&app.app));
    let (asked, sequenced) = tokio::join!(
        futures_util::future::join_all(asks),
        futures_util::future::join_all(sequencers)
    );
    assert!(asked.iter().all(|status| *status == 200));
    assert!(sequenced.iter().all(Result::is_ok), "{sequenced:?}");
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    let verified = verified(&app).await;
    assert_eq!(verified.problem, None);
    assert_eq!(verified.pending, 0);
}

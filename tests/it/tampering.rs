//! What somebody with the database, or with little care, tries on the trail; each was a hole once.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use lethe::actions::trail::{self, checkpoint, succession, verify};
use lethe::audit::leaf::Leaf;
use lethe::audit::tree::leaf_hash;
use lethe::db::{self, DbError};
use lethe::domain::event::{Action, Actor, Event, Loss};
use lethe::journal::LastKnown;

use crate::support::TestApp;
use crate::trail::{RESTORED, add_entries, problem, sign_three_times, tamper, wait_for_a_place};

async fn signed() -> TestApp {
    let app = TestApp::start().await;
    sign_three_times(&app).await;
    app
}

/// Changes the database past the application, as far as its triggers let anybody.
fn change(app: &TestApp, sql: &str) {
    app.connect().batch_execute(sql).unwrap();
}

/// The check finds something.
async fn assert_seen(app: &TestApp, what: &str) {
    assert!(problem(app).await.is_some(), "{what}, and nobody sees it");
}

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
    // A new log under a new name, or nothing: never a second past of the old one.
    let origin = |note: &str| note.lines().next().unwrap().to_owned();
    assert!(
        made.is_err() || origin(&file) != origin(&newest),
        "signed twice:\n{newest}\n{file}"
    );
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
         INSERT INTO audit_sequence (log, position, entry_id, leaf_hash, mac) VALUES (2, 0, '{id}', {hash}, '');",
        insertion(&app, &id, &leaf),
        now = leaf.time.as_microsecond(),
    );
    tamper(&app, &sql);
    assert_seen(&app, "half of the trail is gone").await;
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
    change(&app, "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_sequence WHERE log = 1 AND position >= 10);
             DELETE FROM audit_index WHERE entry_id NOT IN (SELECT id FROM audit_entries);
             DELETE FROM audit_sequence WHERE log = 1 AND position >= 10;
             DELETE FROM audit_nodes WHERE log = 1;
             DELETE FROM audit_checkpoints WHERE log = 1;");
    assert_seen(&app, "the log before was cut").await;
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
    change(&app, &sql);
    checkpoint::make(&app.app).await.unwrap();
    change(&app, "UPDATE audit_logs SET pruned = 60;
             DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_sequence WHERE position < 60);
             DELETE FROM audit_index WHERE entry_id NOT IN (SELECT id FROM audit_entries);");
    assert_seen(&app, "60 entries of this year are gone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_taken_out_of_the_queue_is_missed() {
    let app = signed().await;
    wait_for_a_place(&app, 1).await;
    change(
        &app,
        "UPDATE audit_pending SET entry_id = 'ffffffff-ffff-7fff-bfff-ffffffffffff'",
    );
    for _ in 0..3 {
        checkpoint::make(&app.app).await.unwrap();
    }
    assert_seen(&app, "an entry never gets a place").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_in_a_log_that_is_none_is_missed() {
    let app = signed().await;
    wait_for_a_place(&app, 1).await;
    change(&app, "INSERT INTO audit_sequence (log, position, entry_id, leaf_hash, mac)
               SELECT 99, 0, entry_id, (SELECT leaf_hash FROM audit_sequence WHERE position = 0), mac FROM audit_pending;
             DELETE FROM audit_pending;
             INSERT INTO audit_checkpoints (log, size, note, at) VALUES (99, 1, 'Call 0900-1234 at once', 0);");
    let published = lethe::actions::certificate::published(&app.app)
        .await
        .unwrap()
        .checkpoint;
    assert!(!published.unwrap().contains("0900"), "it goes to people");
    assert_seen(&app, "there is a log that is none").await;
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

/// Whoever passes an export on may put the hash in the place of an entry that the log still has.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_blacked_out_of_a_whole_export_is_seen() {
    let app = signed().await;
    let filter = lethe::db::audit::TrailFilter::default();
    let mut export = lethe::actions::trail::export::begin(&app.app, &Actor::Operator, filter, true)
        .await
        .unwrap();
    let mut text = String::new();
    while let Some(piece) = export.next().await.unwrap() {
        text += &piece;
    }
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line: serde_json::Value = serde_json::from_str(&lines[50]).unwrap();
    let hash = leaf_hash(line["leaf"].as_str().unwrap().as_bytes());
    lines[50] = format!(r#"{{"index":49,"hash":"{}"}}"#, hash.to_base64());
    let edited = lines.join("\n") + "\n";
    let verdict =
        lethe::certificate::check::check(std::io::Cursor::new(edited), &crate::trail::trust(&app));
    assert!(verdict.is_err(), "{verdict:?}");
}

/// A note that a person sends may have lines in it that we never wrote.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_among_the_signatures_does_not_reach_the_trail() {
    let app = signed().await;
    tamper(&app, RESTORED);
    let newest = std::fs::read_to_string(app.app.last_known.path()).unwrap();
    let file = format!("{newest}— Mira.Halden@halden.example AAAAAAAA\n");
    let (_, note) = verify::kept_elsewhere(&app.app, &file).unwrap();
    succession::begin(
        &app.app,
        &Actor::Operator,
        Loss::Restored,
        Some(note.to_string()),
    )
    .await
    .unwrap();
    let found = app.is_anywhere("Mira.Halden");
    let entries = app
        .app
        .db
        .read(|conn| db::audit::page(conn, &Default::default(), 10))
        .await
        .unwrap();
    let leaf = entries
        .iter()
        .any(|entry| String::from_utf8_lossy(&entry.leaf).contains("Mira.Halden"));
    assert!(!leaf && found.is_empty(), "{found:?}");
}

/// The clock of the machine stands in 2038 for as long as one sweep takes.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_does_not_destroy_a_year() {
    let app = signed().await;
    let now = app.app.clock.now();
    app.app.clock.set("2038-01-19T03:14:08Z".parse().unwrap());
    app.run_jobs().await;
    let _ = lethe::actions::own::sweep_own(&app.app).await;
    app.app.clock.set(now);
    assert!(app.app.keys.pseudonym(2026, "staff-v1", "x").is_some());
    let left = verify::verify(&app.app, Vec::new()).await.unwrap();
    assert_eq!(left.pruned, 0);
}

/// One row that cannot be read must not take the page of their request from people.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_checkpoint_does_not_take_the_page_of_a_request() {
    let app = TestApp::start().await;
    let request = app
        .ask_and_confirm("removal", "bea@halden.example", &[])
        .await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    app.run_jobs().await;
    let browser = app.browser();
    browser.open_status(&app, "bea@halden.example").await;
    let page = format!("/requests/{}", request.reference);
    assert_eq!(browser.get(&page).await.status, 200);
    change(&app, "UPDATE audit_checkpoints SET note = 'x'");
    assert_eq!(browser.get(&page).await.status, 200);
}

/// The boundary is moved to the end of numbers: nothing is ever forgotten again.
#[tokio::test(flavor = "multi_thread")]
async fn a_boundary_above_the_tree_is_seen() {
    let app = signed().await;
    change(&app, "UPDATE audit_logs SET pruned = 1000000");
    assert_seen(&app, "there is a boundary above the tree").await;
}

/// Who can write the queue can have any certificate signed.
#[tokio::test(flavor = "multi_thread")]
async fn who_writes_an_entry_into_the_queue_gets_no_certificate() {
    use lethe::actions::certificate;
    use lethe::certificate::check::check;
    use lethe::certificate::file::Certificate;

    let app = TestApp::start().await;
    let request = app
        .ask_and_confirm("removal", "bea@halden.example", &[])
        .await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    app.run_jobs().await;
    let issued = certificate::of_reference(&app.app, request.reference)
        .await
        .unwrap()
        .unwrap();
    let mut statement = issued.statement;
    statement.controller = "Whoever the attacker likes".to_owned();
    statement.stores[0].erased = 4711;
    let digest: String = statement
        .digest()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let (id, leaf) = forged(&app, "certified", &[("certificate", &digest)]);
    let sql = format!(
        "{} INSERT INTO audit_pending (entry_id) VALUES ('{id}');",
        insertion(&app, &id, &leaf)
    );
    change(&app, &sql);
    let _ = checkpoint::make(&app.app).await;
    let inner = app.app.clone();
    let proof = app
        .app
        .db
        .read(move |conn| {
            let entry = db::audit::find(conn, id.parse().unwrap())?.unwrap();
            certificate::proof(&inner, conn, &entry)
        })
        .await
        .unwrap();
    let verdict = proof.map(|(proof, _, _)| {
        let leaf = String::from_utf8(leaf.to_bytes()).unwrap();
        let file = Certificate {
            statement,
            leaf,
            proof,
        };
        check(
            std::io::Cursor::new(file.to_json()),
            &crate::trail::trust(&app),
        )
    });
    assert!(!matches!(verdict, Some(Ok(_))), "{verdict:?}");
}

/// That an act has no outcome follows from the entries, not from a table that can be emptied.
#[tokio::test(flavor = "multi_thread")]
async fn an_act_without_outcome_cannot_be_hidden() {
    let app = signed().await;
    let inner = app.app.clone();
    app.app
        .db
        .write(move |conn| {
            let event = Event::new(Action::EraseIntended);
            trail::record(&inner, conn, &Actor::System, None, &event)?;
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
    checkpoint::make(&app.app).await.unwrap();
    let open = verify::verify(&app.app, Vec::new()).await.unwrap();
    assert_eq!(open.unfinished, 1);
    change(&app, "DELETE FROM audit_intents");
    let after = verify::verify(&app.app, Vec::new()).await.unwrap();
    assert!(
        after.unfinished == 1 || after.problem.is_some(),
        "{after:?}"
    );
}

/// The migration of this version, back and forth with entries, nodes and checkpoints.
#[tokio::test(flavor = "multi_thread")]
async fn the_migration_goes_back_and_forth_with_data() {
    let app = signed().await;
    let mut conn = app.connect();
    let (down, up) = match conn {
        db::Conn::Sqlite(_) => (
            include_str!("../../migrations/sqlite/2026-11-21-000000_proof/down.sql"),
            include_str!("../../migrations/sqlite/2026-11-21-000000_proof/up.sql"),
        ),
        db::Conn::Postgres(_) => (
            include_str!("../../migrations/postgresql/2026-11-21-000000_proof/down.sql"),
            include_str!("../../migrations/postgresql/2026-11-21-000000_proof/up.sql"),
        ),
    };
    let before = verify::verify(&app.app, Vec::new()).await.unwrap();
    for _ in 0..2 {
        conn.batch_execute(down).unwrap();
        assert!(conn.batch_execute("DELETE FROM audit_entries").is_err());
        conn.batch_execute(up).unwrap();
        assert!(conn.batch_execute("DELETE FROM audit_entries").is_err());
        // As the first start after it does.
        db::audit::mark_all(&mut conn, |hash| app.app.keys.entry_mark(hash)).unwrap();
        db::audit::start_log(
            &mut conn,
            1,
            app.app.config.audit.origin.as_str(),
            app.app.clock.now(),
        )
        .unwrap();
    }
    drop(conn);
    let waiting = app.app.db.read(db::audit::pending_state).await.unwrap();
    println!("{waiting:?}");
    // The file knows more than the empty tree: nothing goes on until a person decides.
    let said = trail::sequence(&app.app).await;
    println!("{said:?}");
    std::fs::remove_file(app.app.last_known.path()).unwrap();
    while trail::sequence(&app.app).await.unwrap() > 0 {}
    checkpoint::make(&app.app).await.unwrap();
    let after = verify::verify(&app.app, Vec::new()).await.unwrap();
    assert_eq!((after.problem, after.root), (None, before.root));
}

/// A stored node can be made again from the hashes; its loss must not be the end of the trail.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_node_does_not_stop_the_trail_for_ever() {
    let app = signed().await;
    change(&app, "DELETE FROM audit_nodes");
    wait_for_a_place(&app, 1).await;
    let placed = trail::sequence(&app.app).await;
    let begun = succession::begin(&app.app, &Actor::Operator, Loss::Other, None).await;
    assert!(placed.is_ok() || begun.is_ok(), "{placed:?}\n{begun:?}");
}

/// The check names what is wrong instead of giving up.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_node_does_not_stop_the_check() {
    let app = signed().await;
    change(&app, "DELETE FROM audit_nodes");
    let checked = verify::verify(&app.app, Vec::new()).await;
    assert!(
        matches!(&checked, Ok(found) if found.problem.is_some()),
        "{checked:?}"
    );
}

/// Two processes sign; the one that was held up writes last.
#[test]
fn the_last_checkpoint_does_not_go_back() {
    let folder = std::env::temp_dir().join(format!("lethe-it-back-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let known = LastKnown::beside(&folder.join("lethe.erasures"));
    let root = lethe::audit::tree::empty_root().to_base64();
    let note = |size| format!("a.example/log\n{size}\n{root}\n\n— a.example/log AAAAAAAA\n");
    let size = |note: &str| note.lines().nth(1).unwrap().parse::<u64>().unwrap();
    for new in [12, 10] {
        known.write(&note(new), |there| size(there) < new).unwrap();
    }
    let text = known.read().unwrap().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(text.contains("\n12\n"), "{text}");
}

/// Somebody runs a command as root; the service must still be able to read the file.
#[test]
fn the_last_checkpoint_keeps_its_owner() {
    use std::os::unix::fs::{MetadataExt, chown};
    let folder = std::env::temp_dir().join(format!("lethe-it-owner-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let known = LastKnown::beside(&folder.join("lethe.erasures"));
    known.write("first\n", |_| true).unwrap();
    // Only root can show this.
    if chown(known.path(), Some(4711), Some(4711)).is_ok() {
        known.write("second\n", |_| true).unwrap();
        let owner = std::fs::metadata(known.path()).unwrap().uid();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(owner, 4711);
    }
}

/// A proxy before a witness that answers now 403, now 502: nothing happens in this installation,
/// so nothing is to be written.
#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_changes_its_mind_does_not_make_the_trail_grow() {
    use lethe::audit::note::{KeyKind, Signer};
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let answers = ["403 Forbidden", "502 Bad Gateway"];
        for (n, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(
                stream,
                "HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                answers[n % 2]
            );
        }
    });
    let key = Signer::new("w.example", KeyKind::Witness, &[7; 32])
        .unwrap()
        .verifier();
    let app = TestApp::start_with(|config| {
        config.audit.witnesses = vec![format!("{url} {key}").parse().unwrap()];
    })
    .await;
    add_entries(&app, 3).await;
    let before = app.app.db.read(db::audit::tally).await.unwrap().entries;
    for _ in 0..20 {
        let _ = checkpoint::publish(&app.app).await;
    }
    let after = app.app.db.read(db::audit::tally).await.unwrap().entries;
    assert!(
        after - before <= 2,
        "{} entries for nothing",
        after - before
    );
}

/// A backup from before the turn of the year is put back; the key file is kept, as it must be.
#[tokio::test(flavor = "multi_thread")]
async fn a_restored_year_is_forgotten_again() {
    let app = signed().await;
    app.app.clock.set("2037-01-02T12:00:00Z".parse().unwrap());
    app.app
        .keys
        .ensure_pseudonym(2037, app.app.clock.now())
        .unwrap();
    // The sweep on the first of January did this, and the database has forgotten that it did the rest.
    app.app.keys.destroy_pseudonym(2026).unwrap();
    verify::verify(&app.app, Vec::new()).await.unwrap();
    let later = app.app.clock.now() + jiff::SignedDuration::from_hours(200);
    app.clock_goes_to(later).await;
    lethe::actions::trail::forget::sweep(&app.app)
        .await
        .unwrap();
    let left = verify::verify(&app.app, Vec::new()).await.unwrap();
    assert!(left.pruned > 0, "{left:?}");
}

/// One entry with a wrong date must not hold all that follow it for as long as the date says.
#[tokio::test(flavor = "multi_thread")]
async fn one_entry_of_a_wrong_clock_does_not_keep_the_others() {
    let app = TestApp::start().await;
    add_entries(&app, 5).await;
    let now = app.app.clock.now();
    app.app.clock.set("2060-01-01T12:00:00Z".parse().unwrap());
    app.app
        .keys
        .ensure_pseudonym(2060, app.app.clock.now())
        .unwrap();
    add_entries(&app, 1).await;
    app.app.clock.set(now);
    add_entries(&app, 100).await;
    app.app.clock.set("2037-01-02T12:00:00Z".parse().unwrap());
    app.app
        .keys
        .ensure_pseudonym(2037, app.app.clock.now())
        .unwrap();
    verify::verify(&app.app, Vec::new()).await.unwrap();
    let later = app.app.clock.now() + jiff::SignedDuration::from_hours(200);
    app.clock_goes_to(later).await;
    lethe::actions::trail::forget::sweep(&app.app)
        .await
        .unwrap();
    let left = verify::verify(&app.app, Vec::new()).await.unwrap();
    assert!(left.pruned >= 100, "{left:?}");
}

/// The same application on another machine: one database, one key file, a journal of its own.
fn on_another_machine(app: &TestApp) -> lethe::app::App {
    let mut other = app.app.clone();
    let folder = app.folder.join("another-machine");
    std::fs::create_dir(&folder).unwrap();
    other.last_known = Arc::new(LastKnown::beside(&folder.join("lethe.erasures")));
    std::fs::copy(app.app.last_known.path(), other.last_known.path()).unwrap();
    other
}

/// Two machines at one database; one of them does all the signing. A standby without the last
/// commits takes over: the other must know what was signed, or it signs a second past.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_only_places_knows_what_the_other_signed() {
    let app = TestApp::start().await;
    add_entries(&app, 10).await;
    checkpoint::make(&app.app).await.unwrap();
    let other = on_another_machine(&app);
    sign_three_times(&app).await;
    let newest = std::fs::read_to_string(app.app.last_known.path()).unwrap();
    // What its worker does every 200 ms.
    trail::sequence(&other).await.unwrap();
    tamper(&app, RESTORED);
    wait_for_a_place(&app, 200).await;
    let made = checkpoint::make(&other).await;
    assert!(made.is_err(), "signed twice:\n{newest}\n{made:?}");
}

/// One machine began a new log. The other must neither be stuck nor end the new log in turn.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_beside_the_one_that_began_a_new_log_can_go_on() {
    let app = signed().await;
    let other = on_another_machine(&app);
    tamper(&app, RESTORED);
    let log = succession::begin(&app.app, &Actor::Operator, Loss::Restored, None)
        .await
        .unwrap();
    wait_for_a_place(&app, 3).await;
    let refused = checkpoint::make(&other).await.unwrap_err().to_string();
    assert!(refused.contains("--accept"), "{refused}");
    let again = succession::begin(&other, &Actor::Operator, Loss::Other, None).await;
    assert!(again.is_err(), "a log with nothing lost was ended");
    checkpoint::accept(&other).await.unwrap();
    let made = checkpoint::make(&other).await.unwrap().unwrap();
    assert!(made.note.starts_with(&format!("{}\n", log.origin)));
    checkpoint::make(&app.app).await.unwrap();
    assert_eq!(problem(&app).await, None);
}

/// Somebody gave an entry of their own a place. Nothing is signed over it; a new log leaves it behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_somebody_took_does_not_end_the_trail_for_ever() {
    let app = signed().await;
    add_entries(&app, 2).await;
    let size = verify::verify(&app.app, Vec::new()).await.unwrap().size;
    let (id, leaf) = forged(&app, "imported", &[]);
    let sql = format!(
        "{} INSERT INTO audit_sequence (log, position, entry_id, leaf_hash, mac) VALUES (1, {size}, '{id}', {}, 'x');",
        insertion(&app, &id, &leaf),
        blob(&app, &leaf_hash(&leaf.to_bytes()).0),
    );
    change(&app, &sql);
    let refused = checkpoint::make(&app.app).await.unwrap_err().to_string();
    assert!(
        refused.contains("was not written by Lethe") && refused.contains("new-log"),
        "{refused}"
    );
    let log = succession::begin(&app.app, &Actor::Operator, Loss::Other, None)
        .await
        .unwrap();
    add_entries(&app, 1).await;
    let made = checkpoint::make(&app.app).await.unwrap().unwrap();
    assert!(made.note.starts_with(&format!("{}\n", log.origin)));
    let now = verify::verify(&app.app, Vec::new()).await.unwrap();
    // It waits, unsigned, for whoever looks who wrote it.
    assert_eq!((now.problem, now.pending), (None, 1));
    let place = app
        .app
        .db
        .read(move |conn| db::audit::find(conn, id.parse().unwrap()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(place.position, None);
}

/// Database and file come back together from before a new log began; a mail of that log is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_kept_checkpoint_of_a_later_log_counts_more_than_an_old_file() {
    let app = signed().await;
    let old = std::fs::read_to_string(app.app.last_known.path()).unwrap();
    let mut conn = app.connect();
    let backup = app.folder.join("backup.db");
    let db::Conn::Sqlite(_) = &mut conn else {
        return;
    };
    conn.batch_execute(&format!("VACUUM INTO '{}'", backup.display()))
        .unwrap();
    tamper(&app, RESTORED);
    let second = succession::begin(&app.app, &Actor::Operator, Loss::Restored, None)
        .await
        .unwrap();
    let kept = std::fs::read_to_string(app.app.last_known.path()).unwrap();
    // The backup, with the file of its day.
    let tables = [
        "audit_logs",
        "audit_sequence",
        "audit_nodes",
        "audit_entries",
        "audit_index",
        "audit_pending",
        "audit_checkpoints",
    ];
    let copied: String = tables
        .iter()
        .map(|table| format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM old.{table};"))
        .collect();
    conn.batch_execute(&format!(
        "ATTACH '{}' AS old; BEGIN; {copied} COMMIT; DETACH old;",
        backup.display()
    ))
    .unwrap();
    std::fs::write(app.app.last_known.path(), old).unwrap();
    let (known, note) = verify::kept_elsewhere(&app.app, &kept).unwrap();
    let found = verify::verify(&app.app, vec![known]).await.unwrap().problem;
    assert!(found.unwrap().what.contains("does not know"));
    let third = succession::begin(
        &app.app,
        &Actor::Operator,
        Loss::Restored,
        Some(note.to_string()),
    )
    .await
    .unwrap();
    assert_eq!(
        (
            second.origin.rsplit('/').next(),
            third.origin.rsplit('/').next()
        ),
        (Some("2"), Some("3"))
    );
    checkpoint::make(&app.app).await.unwrap();
    assert_eq!(problem(&app).await, None);
}

/// Processes that sign side by side find nothing wrong with each other.
#[tokio::test(flavor = "multi_thread")]
async fn processes_that_sign_side_by_side_find_nothing_wrong() {
    let app = signed().await;
    let signing: Vec<_> = (0..3)
        .map(|_| {
            let app = app.app.clone();
            tokio::spawn(async move {
                for _ in 0..50 {
                    checkpoint::make(&app)
                        .await
                        .map_err(|error| error.to_string())?;
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    while !signing.iter().all(tokio::task::JoinHandle::is_finished) {
        wait_for_a_place(&app, 1).await;
    }
    for signed in signing {
        assert_eq!(signed.await.unwrap(), Ok(()));
    }
    assert_eq!(problem(&app).await, None);
}

/// The disk is full when a new log is stored: what was signed for it may have been seen, so the
/// next try has another name.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_log_that_could_not_be_stored_leaves_its_name_unused() {
    let app = signed().await;
    let mut conn = app.connect();
    let db::Conn::Sqlite(_) = &mut conn else {
        return;
    };
    tamper(&app, RESTORED);
    // Found at the commit alone, so that all is done before it.
    conn.batch_execute(
        "CREATE TABLE wanted (id INTEGER PRIMARY KEY);
         CREATE TABLE disk (id INTEGER REFERENCES wanted (id) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER full AFTER INSERT ON audit_checkpoints BEGIN INSERT INTO disk VALUES (1); END;",
    )
    .unwrap();
    // Somebody else's deed waits for the same commit, so that each runs again alone.
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (open, gate) = std::sync::mpsc::channel();
    let mut begun = Some(begun);
    let other = app.app.clone();
    let busy = tokio::spawn(async move {
        let wait = move |_: &mut db::Conn| {
            if let Some(begun) = begun.take() {
                begun.send(()).unwrap();
                gate.recv().unwrap();
            }
            Ok::<_, DbError>(())
        };
        other.db.write(wait).await
    });
    has_begun.await.unwrap();
    let (failed, (), ()) = tokio::join!(
        succession::begin(&app.app, &Actor::Operator, Loss::Restored, None),
        wait_for_a_place(&app, 1),
        async { open.send(()).unwrap() }
    );
    assert!(failed.is_err());
    busy.await.unwrap().unwrap();
    let tried = std::fs::read_to_string(app.app.last_known.path()).unwrap();
    conn.batch_execute("DROP TRIGGER full").unwrap();
    let log = succession::begin(&app.app, &Actor::Operator, Loss::Restored, None)
        .await
        .unwrap();
    let number = |origin: &str| {
        let (_, number) = origin.lines().next().unwrap().rsplit_once('/').unwrap();
        number.parse::<u32>().unwrap()
    };
    // It was tried twice, with two first entries under two names.
    assert_eq!((number(&tried), number(&log.origin)), (3, 4));
    checkpoint::make(&app.app).await.unwrap();
    assert_eq!(problem(&app).await, None);
}

/// A note is checked once, and again when the keys are others.
#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_not_published_on_the_word_of_keys_that_are_gone() {
    let app = signed().await;
    let published = async || {
        lethe::actions::certificate::published(&app.app)
            .await
            .unwrap()
            .checkpoint
    };
    let note = published().await.unwrap();
    let file = &app.app.config.keys.file;
    lethe::seal::KeyRing::rotate_signing(file, app.app.clock.now()).unwrap();
    app.app.keys.refresh().unwrap();
    assert_eq!(published().await.as_ref(), Some(&note), "it still verifies");
    // The old key is taken out altogether.
    let text = std::fs::read_to_string(file).unwrap();
    let (before, rest) = text.split_once("[[signing]]").unwrap();
    let (_, after) = rest.split_once("[[signing]]").unwrap();
    std::fs::write(file, format!("{before}[[signing]]{after}")).unwrap();
    app.app.keys.refresh().unwrap();
    assert_eq!(published().await, None);
}

/// Somebody without a key lets the log end and begins another: that is no machine of ours.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_signed_is_no_successor() {
    let app = signed().await;
    change(&app, "UPDATE audit_logs SET ended_at = 1;
             INSERT INTO audit_logs (id, origin, started_at, pruned) VALUES (2, 'somebody.example/log', 1, 0);");
    wait_for_a_place(&app, 1).await;
    assert!(problem(&app).await.is_some());
    assert!(checkpoint::accept(&app.app).await.is_err());
    assert!(trail::sequence(&app.app).await.is_err());
}

//! The trail: unbroken, append-only, and without anybody in it.

use diesel::connection::SimpleConnection;
use lethe::actions::trail;
use lethe::db;

use crate::support::TestApp;

const ANN: &str = "ann.lindqvist@halden.example";

async fn with_some_entries() -> TestApp {
    let app = TestApp::start().await;
    app.ask_and_confirm("removal", ANN, &[("details", "All of it, please")])
        .await;
    app.ask_and_confirm("review", ANN, &[]).await;
    trail::sequence(&app.app).await.unwrap();
    app
}

/// Switches the triggers off, as somebody with the database's password could.
fn tamper(app: &TestApp, sql: &str) {
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

async fn problem(app: &TestApp) -> Option<&'static str> {
    trail::verify(&app.app)
        .await
        .unwrap()
        .problem
        .map(|problem| problem.what)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_trail_verifies_and_nothing_waits() {
    let app = with_some_entries().await;
    let verified = trail::verify(&app.app).await.unwrap();
    assert!(verified.size >= 6, "{verified:?}");
    assert_eq!((verified.problem, verified.pending), (None, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_to_change_or_delete_an_entry() {
    let app = with_some_entries().await;
    assert!(
        app.connect()
            .batch_execute("UPDATE audit_entries SET version = 2")
            .is_err()
    );
    assert!(
        app.connect()
            .batch_execute("DELETE FROM audit_entries")
            .is_err()
    );
    assert_eq!(problem(&app).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_entry_is_found() {
    for change in [
        "UPDATE audit_entries SET leaf = (SELECT leaf FROM audit_entries ORDER BY id DESC LIMIT 1) WHERE id = (SELECT min(id) FROM audit_entries)",
        "UPDATE audit_entries SET version = 2 WHERE id = (SELECT min(id) FROM audit_entries)",
        "UPDATE audit_index SET action = 'accepted' WHERE entry_id = (SELECT min(entry_id) FROM audit_index)",
        "UPDATE audit_index SET at = at + 1 WHERE entry_id = (SELECT min(entry_id) FROM audit_index)",
        "DELETE FROM audit_index WHERE entry_id = (SELECT min(entry_id) FROM audit_index)",
        "UPDATE audit_sequence SET leaf_hash = (SELECT leaf_hash FROM audit_sequence WHERE position = 1) WHERE position = 0",
        "UPDATE audit_nodes SET hash = (SELECT leaf_hash FROM audit_sequence WHERE position = 1) WHERE level = 1 AND position = 0",
        "DELETE FROM audit_nodes WHERE level = 1 AND position = 0",
    ] {
        let app = with_some_entries().await;
        tamper(&app, change);
        assert!(problem(&app).await.is_some(), "not found: {change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_entry_is_found() {
    let app = with_some_entries().await;
    tamper(
        &app,
        "DELETE FROM audit_entries WHERE id = (SELECT entry_id FROM audit_sequence WHERE position = 2)",
    );
    assert_eq!(problem(&app).await, Some("the entry is missing"));
    let app = with_some_entries().await;
    tamper(&app, "DELETE FROM audit_sequence WHERE position = 2");
    assert_eq!(problem(&app).await, Some("the place is empty"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_swapped_entries_are_found() {
    let app = with_some_entries().await;
    tamper(
        &app,
        "UPDATE audit_sequence SET entry_id = entry_id || '-away' WHERE position IN (0, 1);
         UPDATE audit_sequence SET entry_id = (SELECT replace(other.entry_id, '-away', '') FROM audit_sequence AS other WHERE other.position = 1) WHERE position = 0;
         UPDATE audit_sequence SET entry_id = (SELECT min(id) FROM audit_entries) WHERE position = 1;",
    );
    assert!(problem(&app).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_entry_holds_an_address_a_name_or_what_was_typed() {
    let app = with_some_entries().await;
    let entries = app
        .app
        .db
        .read(|conn| db::audit::page(conn, &db::audit::TrailFilter::default(), 1000))
        .await
        .unwrap();
    assert!(entries.len() >= 6);
    for entry in entries {
        let leaf = String::from_utf8(entry.leaf).unwrap().to_lowercase();
        for secret in [ANN, "lindqvist", "halden", "all of it"] {
            assert!(!leaf.contains(secret), "{secret} in {leaf}");
        }
    }
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
    let verified = trail::verify(&app.app).await.unwrap();
    assert_eq!(verified.problem, None);
    assert_eq!(verified.pending, 0);
}

//! Two databases, one meaning: migrations, serial writes, shared commits, nothing half done.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use lethe::db::{self, DbError};

use crate::support::TestApp;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

fn count(conn: &mut db::Conn, sql: &str) -> i64 {
    diesel::sql_query(sql).get_result::<Count>(conn).unwrap().n
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    t: String,
}

fn texts(conn: &mut db::Conn, sql: &str) -> Vec<String> {
    diesel::sql_query(sql)
        .load::<Text>(conn)
        .unwrap()
        .into_iter()
        .map(|row| row.t)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_down_and_up_again() {
    let app = TestApp::start().await;
    let mut conn = app.connect();
    assert!(db::revert_all(&mut conn).unwrap() >= 1);
    assert!(db::migrate(&mut conn).unwrap() >= 1);
    assert_eq!(db::migrate(&mut conn).unwrap(), 0);
}

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine: &str| {
        let folder = format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgresql"));
}

/// The tables of a schema, each with its columns in order.
fn tables_of(conn: &mut db::Conn) -> BTreeMap<String, Vec<String>> {
    let names = match conn {
        db::Conn::Sqlite(_) => texts(
            conn,
            "SELECT name AS t FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'",
        ),
        db::Conn::Postgres(_) => texts(
            conn,
            "SELECT table_name::text AS t FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
        ),
    };
    names
        .into_iter()
        .map(|name| {
            let columns = match conn {
                db::Conn::Sqlite(_) => texts(conn, &format!("SELECT name AS t FROM pragma_table_info('{name}') ORDER BY cid")),
                db::Conn::Postgres(_) => texts(
                    conn,
                    &format!("SELECT column_name::text AS t FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{name}' ORDER BY ordinal_position"),
                ),
            };
            (name, columns)
        })
        .collect()
}

/// The tables as src/db/schema.rs declares them.
fn declared() -> BTreeMap<String, Vec<String>> {
    let text = std::fs::read_to_string(format!("{}/src/db/schema.rs", env!("CARGO_MANIFEST_DIR")))
        .unwrap();
    let mut tables = BTreeMap::new();
    for block in text.split("diesel::table! {").skip(1) {
        let (name, rest) = block.split_once('(').unwrap();
        let columns = rest
            .lines()
            .filter_map(|line| line.trim().split_once(" -> "))
            .map(|(column, _)| column.to_owned())
            .collect();
        tables.insert(name.trim().to_owned(), columns);
    }
    tables
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_are_what_the_schema_declares() {
    let app = TestApp::start().await;
    assert_eq!(tables_of(&mut app.connect()), declared());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_in_the_retention_document() {
    let document = std::fs::read_to_string(format!(
        "{}/docs/data-retention.md",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap();
    for table in declared().keys() {
        assert!(
            document.contains(&format!("`{table}`")),
            "docs/data-retention.md does not say what {table} keeps"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn read_then_increment_from_many_callers_loses_nothing() {
    let app = TestApp::start().await;
    app.connect()
        .batch_execute("CREATE TABLE counter (n BIGINT NOT NULL); INSERT INTO counter VALUES (0)")
        .unwrap();
    let tasks = (0..160).map(|_| {
        let db = app.app.db.clone();
        tokio::spawn(async move {
            db.write(|conn| {
                let n = diesel::sql_query("SELECT n FROM counter")
                    .get_result::<Count>(conn)?
                    .n;
                diesel::sql_query(format!("UPDATE counter SET n = {}", n + 1)).execute(conn)?;
                Ok::<_, DbError>(())
            })
            .await
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    assert_eq!(count(&mut app.connect(), "SELECT n FROM counter"), 160);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_callers_failure_or_panic_is_nobody_elses() {
    let app = TestApp::start().await;
    app.connect()
        .batch_execute("CREATE TABLE notes (n BIGINT NOT NULL)")
        .unwrap();
    let tasks: Vec<_> = (0..60)
        .map(|n| {
            let db = app.app.db.clone();
            tokio::spawn(async move {
                db.write(move |conn| {
                    diesel::sql_query(format!("INSERT INTO notes VALUES ({n})")).execute(conn)?;
                    match n % 3 {
                        0 => Ok(n),
                        1 => Err(DbError::Internal("refused".to_owned())),
                        _ => panic!("a test's panic"),
                    }
                })
                .await
            })
        })
        .collect();
    let mut kept = 0;
    for task in tasks {
        kept += i64::from(task.await.unwrap().is_ok());
    }
    assert_eq!(kept, 20);
    assert_eq!(
        count(&mut app.connect(), "SELECT count(*) AS n FROM notes"),
        20
    );
    assert_eq!(
        count(
            &mut app.connect(),
            "SELECT count(*) AS n FROM notes WHERE n % 3 <> 0"
        ),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hook_runs_after_the_commit_and_before_the_answer() {
    let app = TestApp::start().await;
    app.connect()
        .batch_execute("CREATE TABLE notes (n BIGINT NOT NULL)")
        .unwrap();
    let database = app.database();
    let seen = app
        .app
        .db
        .write_then(
            |conn| {
                diesel::sql_query("INSERT INTO notes VALUES (7)").execute(conn)?;
                Ok(())
            },
            move |()| {
                let mut other = db::connect(&database, db::Access::Read)?;
                let n = count(&mut other, "SELECT count(*) AS n FROM notes");
                if n == 1 {
                    Err(DbError::Internal("seen".to_owned()))
                } else {
                    Ok(())
                }
            },
        )
        .await;
    assert!(
        matches!(seen, Err(DbError::Internal(what)) if what == "seen"),
        "the hook saw the committed row"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_connection_cannot_write_on_sqlite() {
    let app = TestApp::start().await;
    let result = app
        .app
        .db
        .read(|conn| {
            let sqlite = matches!(conn, db::Conn::Sqlite(_));
            let written = diesel::sql_query("DELETE FROM requests").execute(conn);
            Ok::<_, DbError>(!sqlite || written.is_err())
        })
        .await;
    assert!(result.unwrap());
}

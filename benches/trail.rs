//! How fast the trail is, and whether a check finds what was changed, on a trail of real length.
//!
//! `cargo bench --bench trail` makes a million entries on SQLite (ENTRIES sets another number,
//! BENCH_DATABASE_URL a PostgreSQL database of its own), measures, then changes bytes, deletes,
//! swaps, cuts the tail and puts an old copy back, each on the same trail, and says what was found.

use std::path::PathBuf;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use lethe::actions::trail::{self, checkpoint, export, verify};
use lethe::actions::{ActionError, certificate};
use lethe::app::{App, database_options};
use lethe::audit::note::{Checkpoint, Note};
use lethe::certificate::check::check;
use lethe::clock::Clock;
use lethe::config::{Config, DatabaseUrl};
use lethe::db::audit::TrailFilter;
use lethe::db::{self, DbError};
use lethe::domain::event::{Action, Actor, Event};
use lethe::domain::ids::{RequestId, StaffId};
use lethe::domain::staff::Role;
use lethe::seal::KeyRing;

/// Entries that one transaction of the preparation adds.
const BATCH: u64 = 1000;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(run()).expect("the bench ran");
}

async fn run() -> Result<(), ActionError> {
    let entries: u64 = std::env::var("ENTRIES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000);
    let folder = std::env::temp_dir().join(format!("lethe-bench-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("a folder");
    let app = start(&folder);
    println!(
        "machine: {} threads; database: {}",
        std::thread::available_parallelism().map_or(1, usize::from),
        if std::env::var("BENCH_DATABASE_URL").is_ok() {
            "PostgreSQL"
        } else {
            "SQLite"
        }
    );

    let started = Instant::now();
    fill(&app, entries / 2).await?;
    let half = checkpoint::make(&app).await?;
    let old = folder.join("old.db");
    let is_sqlite = std::env::var("BENCH_DATABASE_URL").is_err();
    if is_sqlite {
        sql(&app, &format!("VACUUM INTO '{}'", old.display()));
    }
    fill(&app, entries - entries / 2).await?;
    let kept = checkpoint::make(&app).await?.expect("entries");
    let prepared = started.elapsed();
    println!("{} entries made and placed in {prepared:.1?}", kept.size);
    assert!(half.is_some());

    append(&app).await?;
    prove(&app, kept.size).await?;
    for _ in 0..5 {
        let started = Instant::now();
        let verified = verify::verify(&app, Vec::new()).await?;
        let rate = verified.size as f64 / started.elapsed().as_secs_f64();
        assert_eq!(verified.problem, None);
        println!("verify: {rate:.0} entries/s, peak memory {}", peak());
    }
    let started = Instant::now();
    let exported = whole(&app).await?;
    println!(
        "export: {:.0} entries/s",
        kept.size as f64 / started.elapsed().as_secs_f64()
    );
    let trust = checkpoint::trust(&app, app.config.audit.origin.as_str())?;
    let started = Instant::now();
    check(exported.as_slice(), &trust).expect("an export that verifies");
    println!(
        "lethe verify of the export: {:.0} entries/s",
        kept.size as f64 / started.elapsed().as_secs_f64()
    );
    drop(exported);

    if std::env::var("ONLY_SPEED").is_ok() {
        return Ok(());
    }
    tamper(&app, &kept.note).await?;
    if is_sqlite {
        roll_back(&app, &folder, &old, &kept.note).await?;
    }
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    Ok(())
}

fn start(folder: &std::path::Path) -> App {
    let mut config =
        Config::demo(folder, "127.0.0.1:1".parse().expect("an address")).expect("a configuration");
    if let Ok(url) = std::env::var("BENCH_DATABASE_URL") {
        config.database.url = url.parse::<DatabaseUrl>().expect("a database");
    }
    let clock = Clock::system();
    KeyRing::create(&config.keys.file, clock.now()).expect("keys");
    App::start(config, clock).expect("an application")
}

/// Entries as a busy desk makes them: a third by staff, most about a request.
async fn fill(app: &App, count: u64) -> Result<(), ActionError> {
    let (request, staff): (RequestId, StaffId) = (app.id(), app.id());
    for from in (0..count).step_by(BATCH as usize) {
        let inner = app.clone();
        let to = count.min(from + BATCH);
        app.db
            .write(move |conn| {
                for n in from..to {
                    let actor = match n % 3 {
                        0 => Actor::Staff {
                            id: staff,
                            role: Role::Agent,
                        },
                        1 => Actor::Subject,
                        _ => Actor::System,
                    };
                    let event = Event::new(Action::ALL[(n % 20) as usize])
                        .counting(n)
                        .with("list", "news");
                    let event = if n % 2 == 0 {
                        event.in_store("ticket")
                    } else {
                        event
                    };
                    let request = (n % 10 != 0).then_some(request);
                    // Intents would have to be answered.
                    let event = match event.action.is_intent() {
                        true => Event::new(Action::Viewed),
                        false => event,
                    };
                    trail::record(&inner, conn, &actor, request, &event)?;
                }
                Ok::<_, DbError>(())
            })
            .await?;
        while trail::sequence(app).await? > 0 {}
    }
    Ok(())
}

async fn append(app: &App) -> Result<(), ActionError> {
    let mut times = Vec::new();
    for _ in 0..300 {
        let inner = app.clone();
        let time = app
            .db
            .write(move |conn| {
                let started = Instant::now();
                trail::record(
                    &inner,
                    conn,
                    &Actor::System,
                    None,
                    &Event::new(Action::Viewed),
                )?;
                Ok::<_, DbError>(started.elapsed())
            })
            .await?;
        times.push(time);
    }
    times.sort();
    println!(
        "append in the transaction: median {:?}, p99 {:?}",
        times[150], times[297]
    );
    while trail::sequence(app).await? > 0 {}
    checkpoint::make(app).await?;
    Ok(())
}

async fn prove(app: &App, size: u64) -> Result<(), ActionError> {
    let mut times = Vec::new();
    for n in 0..500_u64 {
        let position = (n * 7_919 * 131) % size;
        let inner = app.clone();
        let time = app
            .db
            .read(move |conn| {
                let filter = TrailFilter::default();
                let entry = db::audit::in_order(conn, &filter, 1, position, position + 1, 1)?
                    .pop()
                    .expect("an entry");
                let started = Instant::now();
                certificate::proof(&inner, conn, &entry)?.expect("a checkpoint is over it");
                Ok::<_, DbError>(started.elapsed())
            })
            .await?;
        times.push(time);
    }
    times.sort();
    println!("prove: median {:?}, p99 {:?}", times[250], times[495]);
    Ok(())
}

async fn whole(app: &App) -> Result<Vec<u8>, ActionError> {
    let mut export = export::begin(app, &Actor::Operator, TrailFilter::default(), true).await?;
    let mut text = Vec::new();
    while let Some(piece) = export.next().await? {
        text.extend_from_slice(piece.as_bytes());
    }
    Ok(text)
}

/// The most memory that the process has had, by the kernel's accounting.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.map_or_else(String::new, |line| line[6..].trim().to_owned())
}

fn sql(app: &App, text: &str) {
    db::connect(&database_options(&app.config), db::Access::Write)
        .expect("a connection")
        .batch_execute(text)
        .expect("a statement");
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    id: String,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    leaf: Vec<u8>,
}

fn at(app: &App, position: u64) -> Row {
    let mut conn =
        db::connect(&database_options(&app.config), db::Access::Read).expect("a connection");
    diesel::sql_query(format!(
        "SELECT id, leaf FROM audit_entries JOIN audit_sequence ON entry_id = id WHERE log = 1 AND position = {position}"
    ))
    .get_result(&mut conn)
    .expect("an entry")
}

/// The statement that writes the bytes of an entry.
fn written(app: &App, id: &str, leaf: &[u8]) -> String {
    let digits: String = leaf.iter().map(|byte| format!("{byte:02x}")).collect();
    let blob = match app.config.database.url {
        DatabaseUrl::Sqlite(_) => format!("x'{digits}'"),
        DatabaseUrl::Postgres(_) => format!("'\\x{digits}'"),
    };
    format!("UPDATE audit_entries SET leaf = {blob} WHERE id = '{id}';")
}

async fn found(app: &App, what: &str, against: &[Checkpoint]) -> Result<(), ActionError> {
    let verified = verify::verify(app, against.to_vec()).await?;
    match verified.problem {
        Some(problem) => println!(
            "{what}: found at entry {}: {}",
            problem.position, problem.what
        ),
        None => panic!("{what}: NOT FOUND"),
    }
    Ok(())
}

async fn tamper(app: &App, kept: &str) -> Result<(), ActionError> {
    let off = match app.config.database.url {
        DatabaseUrl::Sqlite(_) => {
            "DROP TRIGGER audit_entries_no_update; DROP TRIGGER audit_entries_no_delete;"
        }
        DatabaseUrl::Postgres(_) => "ALTER TABLE audit_entries DISABLE TRIGGER USER;",
    };
    sql(app, off);
    let note: Note = kept.parse().expect("a note");
    let kept: Checkpoint = note.text.parse().expect("a checkpoint");
    let size = kept.size;
    for n in 1..=8_u64 {
        let position = size / 9 * n + n;
        let Row { id, leaf } = at(app, position);
        let mut changed = leaf.clone();
        let which = (n as usize * 37) % leaf.len();
        changed[which] ^= 1 << (n % 8);
        sql(app, &written(app, &id, &changed));
        found(
            app,
            &format!("byte {which} of entry {position} changed"),
            &[],
        )
        .await?;
        sql(app, &written(app, &id, &leaf));
    }
    let (one, other) = (at(app, size / 3), at(app, size / 3 + 1));
    sql(
        app,
        &(written(app, &one.id, &other.leaf) + &written(app, &other.id, &one.leaf)),
    );
    found(app, "two entries swapped", &[]).await?;
    sql(
        app,
        &(written(app, &one.id, &one.leaf) + &written(app, &other.id, &other.leaf)),
    );
    let gone = at(app, size / 2);
    sql(
        app,
        &format!(
            "CREATE TABLE kept_aside AS SELECT * FROM audit_entries WHERE id = '{0}'; DELETE FROM audit_entries WHERE id = '{0}';",
            gone.id
        ),
    );
    found(app, "an entry deleted", &[]).await?;
    sql(
        app,
        "INSERT INTO audit_entries SELECT * FROM kept_aside; DROP TABLE kept_aside;",
    );

    let cut = size - 1000;
    let full = cut >> 6;
    let nodes: String = (6..40)
        .map(|level| {
            format!(
                "DELETE FROM audit_nodes WHERE level = {level} AND position >= {};",
                cut >> level
            )
        })
        .collect();
    sql(app, &format!(
        "DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM audit_sequence WHERE position >= {cut});
         DELETE FROM audit_index WHERE entry_id NOT IN (SELECT id FROM audit_entries);
         DELETE FROM audit_sequence WHERE position >= {cut};
         DELETE FROM audit_checkpoints WHERE size > {cut}; {nodes}"
    ));
    assert!(full > 0);
    found(
        app,
        "the tail cut, against the file beside the journal",
        &[],
    )
    .await?;
    std::fs::remove_file(app.last_known.path()).expect("the file");
    found(app, "the tail cut, against a kept checkpoint", &[kept]).await
}

/// The database is the one of yesterday: whole in itself, and only a kept checkpoint shows it.
async fn roll_back(
    app: &App,
    folder: &std::path::Path,
    old: &std::path::Path,
    kept: &str,
) -> Result<(), ActionError> {
    let mut config = (*app.config).clone();
    let copy: PathBuf = folder.join("rolled-back.db");
    std::fs::rename(old, &copy).expect("the copy");
    config.database.url = DatabaseUrl::Sqlite(copy);
    let app = App::start(config, Clock::system()).expect("an application");
    let note: Note = kept.parse().expect("a note");
    let alone = verify::verify(&app, Vec::new()).await?;
    println!(
        "an old copy put back, alone: {:?}",
        alone.problem.map(|problem| problem.what)
    );
    found(
        &app,
        "an old copy put back, against a kept checkpoint",
        &[note.text.parse().expect("a checkpoint")],
    )
    .await
}

//! All SQL, and the only place that knows which engine runs.
//!
//! [`Db::write`] means the same on both: one serial transaction, run again on a
//! transient error, answered only after the commit is durable. On SQLite one
//! writer thread serves all callers and lets those who wait share a commit; on
//! PostgreSQL each call is a `SERIALIZABLE` transaction of its own.

pub mod accounts;
pub mod audit;
pub mod backups;
pub mod bundles;
pub mod certificates;
pub mod checkpoints;
mod conn;
pub mod copies;
pub mod decisions;
pub mod digests;
pub mod factors;
pub mod guards;
pub mod holds;
pub mod imports;
pub mod incoming;
pub mod intake;
pub mod jobs;
pub mod journals;
pub mod lifecycle;
pub mod notices;
pub mod outbox;
pub mod policies;
pub mod records;
pub mod requests;
pub mod retention;
pub mod reviews;
pub mod runs;
mod schema;
pub mod senders;
pub mod store_health;
pub mod stores;
pub mod submissions;
pub mod taken;
pub mod tasks;
mod types;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, Pool};
use diesel::sqlite::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

pub use conn::Conn;
use intake::{Kept, Sink};
use writer::Writer;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRESQL_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgresql");

/// What went wrong in the database, named for what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// Somebody else was there first; a second look shows what they did.
    #[error("another change came first")]
    Conflict(#[source] diesel::result::Error),
    /// What was to be written does not fit what is there: a defect, or a row from elsewhere.
    #[error("the database refuses what does not fit: {0}")]
    Refused(#[source] diesel::result::Error),
    /// The database cannot be reached, is full or is busy; later it may work.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A defect: a statement that is wrong, or a row that makes no sense.
    #[error("the database holds or was asked something impossible: {0}")]
    Internal(String),
}

impl From<diesel::result::Error> for DbError {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind as Kind, Error};
        match &error {
            Error::DatabaseError(Kind::UniqueViolation | Kind::SerializationFailure, _) => {
                DbError::Conflict(error)
            }
            Error::DatabaseError(
                Kind::ForeignKeyViolation | Kind::NotNullViolation | Kind::CheckViolation,
                _,
            ) => DbError::Refused(error),
            Error::DatabaseError(Kind::ClosedConnection | Kind::UnableToSendCommand, info) => {
                DbError::Unavailable(info.message().to_owned())
            }
            Error::DatabaseError(_, info) if info.message().contains("deadlock detected") => {
                DbError::Conflict(error)
            }
            Error::DatabaseError(_, info) if is_passing(info.message()) => {
                DbError::Unavailable(info.message().to_owned())
            }
            Error::BrokenTransactionManager => {
                DbError::Unavailable("a transaction was cut off".to_owned())
            }
            _ => DbError::Internal(error.to_string()),
        }
    }
}

/// Messages of states that pass: a full disk is emptied, a lock is released.
fn is_passing(message: &str) -> bool {
    [
        "database is locked",
        "disk is full",
        "disk I/O error",
        "unable to open",
        "terminating connection",
        "server closed",
    ]
    .iter()
    .any(|known| message.contains(known))
}

/// Whether running the same transaction again may end well.
pub trait Transient {
    /// True for a lost race, false for an answer.
    fn is_transient(&self) -> bool;
}

impl Transient for DbError {
    fn is_transient(&self) -> bool {
        matches!(self, DbError::Conflict(_))
    }
}

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct Options {
    /// The engine and where it is.
    pub target: Target,
    /// Connections that only read (SQLite), or all connections (PostgreSQL).
    pub connections: u32,
    /// Whether statements may be prepared by name; off behind a transaction pooler.
    pub prepared: bool,
}

/// The engine and where it is.
#[derive(Clone)]
pub enum Target {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A URL of PostgreSQL, which may hold a password.
    Postgres(String),
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Target::Postgres(_) => f.write_str("postgres"),
        }
    }
}

/// The database.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Manager>,
    writer: Option<Arc<Writer>>,
    kept: Kept,
}

impl Db {
    /// Opens the database and brings its tables up to date.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] if it cannot be reached, [`DbError::Internal`] if a migration fails.
    pub fn open(options: &Options) -> Result<Db, DbError> {
        let mut conn = connect(options, Access::Write)?;
        migrate(&mut conn)?;
        drop(conn);
        Db::open_as_it_is(options)
    }

    /// Opens the database without touching its tables.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] if it cannot be reached.
    pub fn open_as_it_is(options: &Options) -> Result<Db, DbError> {
        let kept = Kept::default();
        let writer = match options.target {
            Target::Sqlite(_) => Some(Arc::new(Writer::start(options, kept.clone())?)),
            Target::Postgres(_) => None,
        };
        let pool = Pool::builder()
            .max_size(options.connections)
            .min_idle(Some(1))
            .connection_timeout(Duration::from_secs(5))
            .build(Manager {
                options: options.clone(),
            })
            .map_err(|error| DbError::Unavailable(error.to_string()))?;
        Ok(Db { pool, writer, kept })
    }

    /// From now on every transaction is answered after this sink has what it changed.
    pub fn keep_changes(&self, sink: Arc<dyn Sink>) {
        self.kept.set(sink);
    }

    /// Runs `work` on a connection that cannot write.
    ///
    /// # Errors
    /// Those of `work`, and [`DbError::Unavailable`] if no connection is to be had within 5 s.
    pub async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let pool = self.pool.clone();
        blocking(move || {
            let mut conn = pool
                .get()
                .map_err(|error| DbError::Unavailable(error.to_string()))?;
            work(&mut conn)
        })
        .await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] if it does not.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.read(|conn| Ok(diesel::sql_query("SELECT 1").execute(conn).map(|_| ())?))
            .await
    }

    /// Runs `work` in one serial transaction; runs it again on a transient error,
    /// so it must touch nothing but `conn`. Answers after the commit is durable.
    ///
    /// # Errors
    /// Those of `work`; [`DbError::Conflict`] when the race was lost for 5 s.
    pub async fn write<T, E>(
        &self,
        work: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Transient + Send + 'static,
    {
        self.write_then(work, |_| Ok(())).await
    }

    /// As [`Db::write`], with a hook between the commit and the answer: what must be
    /// on another disk before anybody hears of the deed. A hook that fails fails the
    /// call, though the commit stands; the caller's next try finds the deed done.
    ///
    /// # Errors
    /// As [`Db::write`], and those of the hook.
    pub async fn write_then<T, E>(
        &self,
        work: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
        hook: impl FnOnce(&T) -> Result<(), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Transient + Send + 'static,
    {
        match &self.writer {
            Some(writer) => writer.write(work, hook).await,
            None => {
                let (pool, kept) = (self.pool.clone(), self.kept.clone());
                blocking(move || {
                    let mut conn = pool
                        .get()
                        .map_err(|error| DbError::Unavailable(error.to_string()))?;
                    let Some(sink) = kept.sink() else {
                        let value = writer::serializable(&mut conn, work, || ())?;
                        hook(&value)?;
                        return Ok(value);
                    };
                    let mut work = work;
                    let (value, changes) = writer::serializable(
                        &mut conn,
                        |conn| intake::collecting(conn, &**sink, &mut work),
                        || sink.doubt(),
                    )?;
                    // Whoever waits for the journal needs no connection.
                    drop(conn);
                    // Whatever the hook says, the commit stands, and the journal hears of it.
                    let hooked = hook(&value);
                    let (done, kept) = std::sync::mpsc::channel();
                    let then = move |result| {
                        // Whoever waits for it waits until it comes.
                        let _ = done.send(result);
                    };
                    sink.keep(changes.into_iter().collect(), Box::new(then));
                    let result = kept.recv();
                    result
                        .unwrap_or_else(|_| Err("its thread has ended".to_owned()))
                        .map_err(|why| intake::unkept(&why))?;
                    hooked?;
                    Ok(value)
                })
                .await
            }
        }
    }

    /// Truncates the write-ahead log of SQLite, so that erased bytes are nowhere
    /// (free pages are overwritten by `secure_delete`); vacuums on PostgreSQL.
    /// Returns false while a reader still holds old pages: try again.
    ///
    /// # Errors
    /// [`DbError`] where the engine refuses.
    pub async fn scrub(&self) -> Result<bool, DbError> {
        if let Some(writer) = &self.writer {
            return writer.outside_transaction(checkpoint).await;
        }
        let pool = self.pool.clone();
        blocking(move || {
            let mut conn = pool
                .get()
                .map_err(|error| DbError::Unavailable(error.to_string()))?;
            for table in SCRUBBED {
                conn.batch_execute(&format!("VACUUM {table}"))?;
            }
            Ok(true)
        })
        .await
    }
}

/// The tables from which rows of people are erased.
const SCRUBBED: &[&str] = &[
    "contacts",
    "licences",
    "transactions",
    "tickets",
    "ticket_people",
    "ticket_messages",
    "ticket_files",
    "mentions",
    "installations",
];

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    busy: i32,
}

fn checkpoint(conn: &mut Conn) -> Result<bool, DbError> {
    // Long enough for pages to be read to their end, short enough for the writers who wait
    // behind it; a reader that takes longer is waited for by the job, which tries again.
    conn.batch_execute("PRAGMA busy_timeout = 200")?;
    let state = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(conn);
    conn.batch_execute("PRAGMA busy_timeout = 5000")?;
    let state: Checkpoint = state?;
    Ok(state.busy == 0)
}

/// Runs a blocking piece of work off the asynchronous threads.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => {
            Err(DbError::Internal(format!("a database task ended early: {error}")).into())
        }
    }
}

/// Brings the tables up to date; several processes may try at once.
///
/// # Errors
/// [`DbError::Internal`] naming the migration that failed.
pub fn migrate(conn: &mut Conn) -> Result<usize, DbError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        DbError::Internal(format!("migration: {error}"))
    };
    match conn {
        Conn::Sqlite(conn) => Ok(conn
            .run_pending_migrations(SQLITE_MIGRATIONS)
            .map_err(failed)?
            .len()),
        Conn::Postgres(conn) => {
            // A session lock would leak through a pooler, so the lock lives in a transaction of its own.
            conn.transaction(|conn| {
                diesel::sql_query("SELECT pg_advisory_xact_lock(5209001)").execute(conn)?;
                conn.run_pending_migrations(POSTGRESQL_MIGRATIONS)
                    .map(|done| done.len())
                    .map_err(failed)
            })
        }
    }
}

/// Takes all migrations back, newest first. For tests of `down.sql`.
///
/// # Errors
/// [`DbError::Internal`] naming the migration that failed.
pub fn revert_all(conn: &mut Conn) -> Result<usize, DbError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        DbError::Internal(format!("migration: {error}"))
    };
    match conn {
        Conn::Sqlite(conn) => Ok(conn
            .revert_all_migrations(SQLITE_MIGRATIONS)
            .map_err(failed)?
            .len()),
        Conn::Postgres(conn) => Ok(conn
            .revert_all_migrations(POSTGRESQL_MIGRATIONS)
            .map_err(failed)?
            .len()),
    }
}

/// Whether nobody has used this database yet.
///
/// # Errors
/// [`DbError`].
pub fn is_empty(conn: &mut Conn) -> Result<bool, DbError> {
    // Whatever anybody did left an entry in the trail.
    Ok(audit::count_entries(conn)? == 0)
}

/// Whether a connection may write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only look.
    Read,
    /// Change, too.
    Write,
}

/// Opens one connection.
///
/// # Errors
/// [`DbError::Unavailable`] with the engine's own words and the mend.
pub fn connect(options: &Options, access: Access) -> Result<Conn, DbError> {
    match &options.target {
        Target::Sqlite(path) => connect_sqlite(path, access).map(Conn::Sqlite),
        Target::Postgres(url) => {
            let mut conn = PgConnection::establish(url)
                .map_err(|error| DbError::Unavailable(error.to_string()))?;
            if !options.prepared {
                conn.set_prepared_statement_cache_size(diesel::connection::CacheSize::Disabled);
            }
            Ok(Conn::Postgres(conn))
        }
    }
}

fn connect_sqlite(path: &Path, access: Access) -> Result<SqliteConnection, DbError> {
    let text = path
        .to_str()
        .ok_or_else(|| DbError::Unavailable(format!("{} is no UTF-8 path", path.display())))?;
    let mut conn = SqliteConnection::establish(text).map_err(|error| {
        DbError::Unavailable(format!(
            "{}: {error}; does its folder exist?",
            path.display()
        ))
    })?;
    let query_only = if access == Access::Read { "ON" } else { "OFF" };
    conn.batch_execute(&format!(
        "PRAGMA busy_timeout = 5000;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA query_only = {query_only};"
    ))
    .map_err(|error| DbError::Unavailable(format!("{}: {error}", path.display())))?;
    Ok(conn)
}

/// Makes connections for the pool; diesel's own manager would hide the cause of a failure.
#[derive(Clone, Debug)]
struct Manager {
    options: Options,
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = DbError;

    fn connect(&self) -> Result<Conn, DbError> {
        let access = match self.options.target {
            Target::Sqlite(_) => Access::Read,
            Target::Postgres(_) => Access::Write,
        };
        connect(&self.options, access)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), DbError> {
        match conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Postgres(conn) => Ok(diesel::sql_query("SELECT 1").execute(conn).map(|_| ())?),
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || conn.has_broken_transaction()
    }
}

impl Conn {
    fn has_broken_transaction(&mut self) -> bool {
        use diesel::connection::{AnsiTransactionManager, TransactionManager};
        match self {
            Conn::Sqlite(conn) => {
                <AnsiTransactionManager as TransactionManager<SqliteConnection>>::is_broken_transaction_manager(conn)
            }
            Conn::Postgres(conn) => {
                <AnsiTransactionManager as TransactionManager<PgConnection>>::is_broken_transaction_manager(conn)
            }
        }
    }
}

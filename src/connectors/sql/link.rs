//! A connection to a database, and what is sent over it.
//!
//! Each call of the store opens one and closes it at its end, so that none is found dead after a
//! server was started anew, and no more are open than calls are under way. Whatever a statement says
//! comes back as text; whatever it is given goes in bound, as text.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};
use tokio::time::{Instant, timeout};

use super::query::Query;
use crate::config::stores::{Account, Engine, Place, Server, Tls};
use crate::domain::store::StoreError;

/// How much longer than the server we wait for what the server should have given up.
const GRACE: Duration = Duration::from_secs(5);

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a row may be locked by somebody else.
const LOCKED: Duration = Duration::from_secs(10);

/// The collation that compares but for case, in SQLite, whose own knows only ASCII.
pub(super) const LOWER: &str = "lethe_lower";

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Looking. The engine refuses everything else.
    Reader,
    /// Erasing and correcting.
    Eraser,
}

/// A row, column by column.
pub(super) type Row = Vec<Option<String>>;

/// A connection.
pub(super) struct Link {
    to: To,
    patience: Duration,
    /// When the present statement began. SQLite looks at it.
    began: Arc<Mutex<Instant>>,
    /// Whether SQLite has let a statement go because of that.
    late: Arc<AtomicBool>,
}

enum To {
    Postgresql(Box<PgConnection>),
    Mariadb(Box<MySqlConnection>),
    Sqlite(Box<SqliteConnection>),
}

/// The same on each engine.
macro_rules! on {
    ($to:expr, $conn:ident => $done:expr) => {
        match $to {
            To::Postgresql($conn) => {
                let $conn = &mut **$conn;
                $done
            }
            To::Mariadb($conn) => {
                let $conn = &mut **$conn;
                $done
            }
            To::Sqlite($conn) => {
                let $conn = &mut **$conn;
                $done
            }
        }
    };
}

/// A statement that the driver does not keep, unless it is asked often.
macro_rules! prepared {
    ($query:expr) => {{
        let mut statement = sqlx::query(AssertSqlSafe($query.text().to_owned()));
        for value in $query.values() {
            statement = statement.bind(value.clone());
        }
        statement
    }};
}

impl Link {
    /// Opens a connection.
    pub(super) async fn open(
        place: &Place,
        role: Role,
        patience: Duration,
    ) -> Result<Link, StoreError> {
        let opened = timeout(CONNECT.min(patience), connect(place, role, patience));
        let to = opened.await.unwrap_or(Err(Fault::Late));
        let user = match (place, role) {
            (Place::File(_), _) => None,
            (Place::Server(server), Role::Reader) => Some(&server.reader.user),
            (Place::Server(server), Role::Eraser) => Some(&server.eraser.user),
        };
        let to = to.map_err(|fault| {
            let user = user.map_or(String::new(), |user| format!("The account “{user}”: "));
            fault.in_store(&user)
        })?;
        let mut link = Link {
            to,
            patience,
            began: Arc::new(Mutex::new(Instant::now())),
            late: Arc::default(),
        };
        link.settle(role)
            .await
            .map_err(|fault| fault.in_store(""))?;
        Ok(link)
    }

    /// Sets how long the server works for us, that it reads only, and that it cuts nothing off.
    async fn settle(&mut self, role: Role) -> Result<(), Fault> {
        let (patience, locked) = (self.patience, LOCKED.min(self.patience));
        let statements = match &mut self.to {
            To::Postgresql(_) => format!(
                "SET statement_timeout = {}; SET lock_timeout = {}; \
                 SET idle_in_transaction_session_timeout = {}; \
                 SET default_transaction_isolation = 'read committed'; \
                 SET default_transaction_read_only = {}; \
                 SET standard_conforming_strings = on",
                patience.as_millis(),
                locked.as_millis(),
                (patience + GRACE).as_millis(),
                if role == Role::Reader { "on" } else { "off" },
            ),
            To::Mariadb(_) => {
                let version = self.version().await?;
                // MySQL calls it otherwise, and knows it for SELECT only.
                let limit = if version.contains("MariaDB") {
                    format!("max_statement_time = {}", patience.as_secs())
                } else {
                    format!("max_execution_time = {}", patience.as_millis())
                };
                format!(
                    "SET SESSION {limit}, innodb_lock_wait_timeout = {}, \
                     sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'); \
                     SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, {}",
                    locked.as_secs().max(1),
                    if role == Role::Reader {
                        "READ ONLY"
                    } else {
                        "READ WRITE"
                    },
                )
            }
            To::Sqlite(conn) => {
                let (began, late) = (self.began.clone(), self.late.clone());
                let mut handle = conn.lock_handle().await.map_err(Fault::from)?;
                handle.set_progress_handler(20_000, move || {
                    let began = *began.lock().unwrap_or_else(PoisonError::into_inner);
                    let goes_on = began.elapsed() < patience;
                    late.fetch_or(!goes_on, Ordering::Relaxed);
                    goes_on
                });
                return Ok(());
            }
        };
        for statement in statements.split("; ") {
            self.plain(statement).await?;
        }
        Ok(())
    }

    /// What answers, with its version.
    pub(super) async fn version(&mut self) -> Result<String, Fault> {
        let (title, text) = match self.to {
            To::Postgresql(_) => ("PostgreSQL", "SELECT current_setting('server_version')"),
            To::Mariadb(_) => ("", "SELECT VERSION()"),
            To::Sqlite(_) => ("SQLite", "SELECT sqlite_version()"),
        };
        let rows = self.rows(&Query::fixed(text)).await?;
        let version = rows.into_iter().flatten().flatten().next();
        let version = version.unwrap_or_default();
        Ok(match title {
            "" if version.contains("MariaDB") => version,
            "" => format!("MySQL {version}"),
            title => format!("{title} {version}"),
        })
    }

    fn start(&self) -> Duration {
        *self.began.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.patience + GRACE
    }

    /// A statement without values and answer: the frame of a transaction.
    pub(super) async fn plain(&mut self, text: &str) -> Result<(), Fault> {
        let patience = self.start();
        let text = AssertSqlSafe(text.to_owned());
        let sent = on!(&mut self.to, conn => {
            timeout(patience, conn.execute(sqlx::raw_sql(text)))
                .await
                .map(|sent| sent.map(|_| ()))
        });
        self.ended(sent)
    }

    /// The rows that a statement answers, each value as text.
    pub(super) async fn rows(&mut self, query: &Query) -> Result<Vec<Row>, Fault> {
        let patience = self.start();
        macro_rules! read {
            ($conn:expr, $value:ty) => {
                timeout(patience, prepared!(query).fetch_all($conn))
                    .await
                    .map(|rows| {
                        rows.and_then(|rows| {
                            rows.iter()
                                .map(|row| {
                                    (0..row.len())
                                        .map(|column| {
                                            let value: Option<$value> =
                                                row.try_get_unchecked(column)?;
                                            Ok(value.map(text))
                                        })
                                        .collect()
                                })
                                .collect::<Result<Vec<Row>, sqlx::Error>>()
                        })
                    })
            };
        }
        let read = match &mut self.to {
            To::Postgresql(conn) => read!(&mut **conn, String),
            // It calls texts binary or not as it likes.
            To::Mariadb(conn) => read!(&mut **conn, Vec<u8>),
            To::Sqlite(conn) => read!(&mut **conn, String),
        };
        self.ended(read)
    }

    /// The bytes in the one column of the one row that a statement answers.
    pub(super) async fn bytes(&mut self, query: &Query) -> Result<Option<Vec<u8>>, Fault> {
        let patience = self.start();
        let read = on!(&mut self.to, conn => {
            timeout(patience, prepared!(query).fetch_optional(conn)).await.map(|row| {
                row.and_then(|row| match row {
                    Some(row) => row.try_get_unchecked::<Option<Vec<u8>>, _>(0),
                    None => Ok(None),
                })
            })
        });
        self.ended(read)
    }

    /// Changes rows, and says how many the database says it has found.
    pub(super) async fn run(&mut self, query: &Query) -> Result<u64, Fault> {
        let patience = self.start();
        let done = on!(&mut self.to, conn => {
            timeout(patience, prepared!(query).execute(conn))
                .await
                .map(|done| done.map(|done| done.rows_affected()))
        });
        self.ended(done)
    }

    fn ended<T>(
        &self,
        result: Result<Result<T, sqlx::Error>, tokio::time::error::Elapsed>,
    ) -> Result<T, Fault> {
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) if self.late.swap(false, Ordering::Relaxed) => Err(Fault::Late),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(Fault::Late),
        }
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin(&mut self) -> Result<(), Fault> {
        match self.to {
            To::Postgresql(_) => {
                self.plain("BEGIN").await?;
                // What is checked only at the end would fail for a whole batch at once.
                self.plain("SET CONSTRAINTS ALL IMMEDIATE").await
            }
            To::Mariadb(_) => self.plain("START TRANSACTION").await,
            To::Sqlite(_) => self.plain("BEGIN IMMEDIATE").await,
        }
    }

    /// Takes leave. A server would write into its log that we went without a word.
    pub(super) async fn close(self) {
        let goodbye = Duration::from_secs(1);
        let _ = match self.to {
            To::Postgresql(conn) => timeout(goodbye, conn.close()).await,
            To::Mariadb(conn) => timeout(goodbye, conn.close()).await,
            To::Sqlite(conn) => timeout(goodbye, conn.close()).await,
        };
    }
}

/// The text of a value.
fn text(value: impl Into<Vec<u8>>) -> String {
    match String::from_utf8(value.into()) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

async fn connect(place: &Place, role: Role, patience: Duration) -> Result<To, Fault> {
    let server = match place {
        Place::File(path) => return open_file(path, role, patience).await,
        Place::Server(server) => server,
    };
    let account = match role {
        Role::Reader => &server.reader,
        Role::Eraser => &server.eraser,
    };
    match server.engine {
        Engine::Mariadb => at_mariadb(server, account).await,
        Engine::Postgresql | Engine::Sqlite => at_postgresql(server, account).await,
    }
}

async fn at_postgresql(server: &Server, account: &Account) -> Result<To, Fault> {
    let options = PgConnectOptions::new_without_pgpass()
        .host(&server.host)
        .port(server.port)
        .database(&server.database)
        .username(&account.user)
        .password(account.password.expose_secret())
        .application_name("lethe")
        .disable_statement_logging();
    let options = match &server.tls {
        Tls::Off => options.ssl_mode(PgSslMode::Disable),
        Tls::System => options.ssl_mode(PgSslMode::VerifyFull),
        Tls::Authority(file) => options.ssl_mode(PgSslMode::VerifyFull).ssl_root_cert(file),
    };
    Ok(To::Postgresql(Box::new(options.connect().await?)))
}

async fn at_mariadb(server: &Server, account: &Account) -> Result<To, Fault> {
    let options = MySqlConnectOptions::new()
        .host(&server.host)
        .port(server.port)
        .database(&server.database)
        .username(&account.user)
        .password(account.password.expose_secret())
        .disable_statement_logging();
    let options = match &server.tls {
        Tls::Off => options.ssl_mode(MySqlSslMode::Disabled),
        Tls::System => options.ssl_mode(MySqlSslMode::VerifyIdentity),
        Tls::Authority(file) => options.ssl_mode(MySqlSslMode::VerifyIdentity).ssl_ca(file),
    };
    Ok(To::Mariadb(Box::new(options.connect().await?)))
}

async fn open_file(path: &Path, role: Role, patience: Duration) -> Result<To, Fault> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(role == Role::Reader)
        .busy_timeout(LOCKED.min(patience))
        .collation(LOWER, |one, other| {
            one.to_lowercase().cmp(&other.to_lowercase())
        })
        .disable_statement_logging();
    let options = match role {
        // What is erased is overwritten, and does not lie about in free pages.
        Role::Eraser => options.pragma("secure_delete", "ON"),
        Role::Reader => options.pragma("query_only", "ON"),
    };
    Ok(To::Sqlite(Box::new(options.connect().await?)))
}

/// Why a statement was not done.
#[derive(Debug)]
pub(super) enum Fault {
    /// It took too long.
    Late,
    /// The connection broke off, or never came about.
    Broken,
    /// Whoever answers cannot prove to be the server.
    Untrusted,
    /// The account may not sign in, or there is no such database.
    Shut,
    /// Somebody else is in the way.
    Busy,
    /// The account lacks a right.
    Forbidden,
    /// A table or a column is missing.
    Missing,
    /// Rows of another table refer to the row.
    Referred {
        /// The other table, if the database tells.
        by: Option<String>,
        /// The constraint, if the database tells.
        constraint: Option<String>,
    },
    /// A constraint, a trigger or a type says no.
    Refused(String),
    /// Something else, with the database's code for it.
    Other(String),
}

impl Fault {
    /// Whether it says something of one row alone. Otherwise the whole call is void.
    pub(super) fn is_of_the_row(&self) -> bool {
        matches!(
            self,
            Fault::Forbidden | Fault::Missing | Fault::Referred { .. } | Fault::Refused(_)
        )
    }

    /// The same in the words of a store. `who` stands in front where it is about an account.
    pub(super) fn in_store(self, who: &str) -> StoreError {
        let needs = |cause: String, mend: &str| StoreError::NeedsPerson {
            cause,
            mend: mend.to_owned(),
        };
        match self {
            Fault::Late => StoreError::Retry(
                "The database does not answer in time; an index may be missing.".to_owned(),
            ),
            Fault::Broken => {
                StoreError::Retry("The database cannot be reached, or broke off.".to_owned())
            }
            Fault::Busy => StoreError::Retry("Somebody else has locked what is needed.".to_owned()),
            Fault::Untrusted => needs(
                "The server does not prove that it is the one it should be (TLS).".to_owned(),
                "Compare host and ca_file in the store's file with the certificate of the server.",
            ),
            Fault::Shut => needs(
                format!("{who}It is not let in, or there is no such database or file."),
                "Compare user, database and password of the store with the server, or the path.",
            ),
            Fault::Forbidden => needs(
                format!("{who}A right is missing."),
                "Run lethe check: it names the right.",
            ),
            Fault::Missing => needs(
                "A table or a column of the mapping is missing in the database.".to_owned(),
                "Run lethe check: it names them.",
            ),
            Fault::Referred { by, .. } => {
                let by = by.unwrap_or_else(|| "another table".to_owned());
                StoreError::Retry(format!("Rows of {by} refer to what is to go."))
            }
            Fault::Refused(code) | Fault::Other(code) => {
                StoreError::Retry(format!("The database refuses with its code {code}."))
            }
        }
    }
}

impl From<sqlx::Error> for Fault {
    /// The words of the database are left behind: they may quote a row.
    fn from(error: sqlx::Error) -> Fault {
        match error {
            sqlx::Error::Database(error) => {
                if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
                    of_postgresql(error)
                } else if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
                    of_mariadb(error)
                } else {
                    let code = error.code().and_then(|code| code.parse().ok());
                    of_sqlite(code.unwrap_or(1))
                }
            }
            sqlx::Error::Tls(_) => Fault::Untrusted,
            sqlx::Error::Io(error) => {
                let inner = error.get_ref();
                match inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                    Some(
                        rustls::Error::InvalidCertificate(_)
                        | rustls::Error::NoCertificatesPresented
                        | rustls::Error::AlertReceived(_),
                    ) => Fault::Untrusted,
                    _ => Fault::Broken,
                }
            }
            sqlx::Error::Configuration(_) => Fault::Other("configuration".to_owned()),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Fault::Other("decode".to_owned())
            }
            // What is left are pieces of an answer that broke off.
            _ => Fault::Broken,
        }
    }
}

/// Appendix A of its manual.
fn of_postgresql(error: &PgDatabaseError) -> Fault {
    let code = error.code();
    match code {
        "23503" | "23001" => Fault::Referred {
            by: error.table().map(str::to_owned),
            constraint: error.constraint().map(str::to_owned),
        },
        "42501" => Fault::Forbidden,
        "42P01" | "42703" | "3F000" => Fault::Missing,
        "57014" => Fault::Late,
        "40001" | "40P01" | "55P03" | "53300" | "55006" => Fault::Busy,
        "3D000" => Fault::Shut,
        _ if code.starts_with("28") => Fault::Shut,
        _ if code.starts_with("08") || code.starts_with("57P") || code.starts_with("53") => {
            Fault::Broken
        }
        _ if ["22", "23", "44", "P0"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Fault::Refused(code.to_owned())
        }
        _ => Fault::Other(code.to_owned()),
    }
}

/// Its list of error codes.
fn of_mariadb(error: &MySqlDatabaseError) -> Fault {
    let number = error.number();
    match number {
        // Of a row that is referred to it tells table and constraint, and no values.
        1217 | 1451 => {
            let mut quoted = error.message().split('`').skip(1).step_by(2);
            Fault::Referred {
                by: quoted.nth(1).map(str::to_owned),
                constraint: quoted.next().map(str::to_owned),
            }
        }
        1044 | 1142 | 1143 | 1227 | 1370 | 1290 | 1792 => Fault::Forbidden,
        1045 | 1049 | 1698 | 1524 | 1251 => Fault::Shut,
        1054 | 1109 | 1146 => Fault::Missing,
        1205 | 1213 | 1020 | 1040 | 1203 | 1226 => Fault::Busy,
        1317 | 1969 | 3024 => Fault::Late,
        1053 | 1077 | 1079 | 1080 | 1927 => Fault::Broken,
        // Constraints, values that do not fit, and what a trigger signals.
        1048 | 1062 | 1264 | 1265 | 1292 | 1364 | 1366 | 1406 | 1452 | 1644 | 3819 | 4025 => {
            Fault::Refused(number.to_string())
        }
        _ => Fault::Other(number.to_string()),
    }
}

/// <https://www.sqlite.org/rescode.html>
fn of_sqlite(code: i32) -> Fault {
    match code {
        // CONSTRAINT_FOREIGNKEY
        787 => Fault::Referred {
            by: None,
            constraint: None,
        },
        _ => match code & 0xff {
            // BUSY, LOCKED
            5 | 6 => Fault::Busy,
            // INTERRUPT
            9 => Fault::Late,
            // PERM, READONLY, AUTH
            3 | 8 | 23 => Fault::Forbidden,
            // CANTOPEN, NOTADB
            14 | 26 => Fault::Shut,
            // IOERR, FULL
            10 | 13 => Fault::Broken,
            // CONSTRAINT, MISMATCH
            19 | 20 => Fault::Refused(code.to_string()),
            _ => Fault::Other(code.to_string()),
        },
    }
}

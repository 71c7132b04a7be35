//! Whole copies of the database: made, looked through, and put back. SQLite copies itself; PostgreSQL has its own
//! programs, `pg_dump` and `pg_restore`, which are run.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::SqliteConnection;
use jiff::Timestamp;
use url::Url;

use super::{Access, Conn, DbError, Options, Target, connect, journals, migrate, revert_all};

/// What a copy holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Contents {
    /// How many rows each table has.
    pub rows: BTreeMap<String, u64>,
}

impl Contents {
    /// Entries of the trail.
    pub fn entries(&self) -> u64 {
        self.rows.get("audit_entries").copied().unwrap_or_default()
    }
}

/// Why a copy cannot be made, read or put back. Each says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The system refuses.
    #[error("{0}: {1}")]
    Io(String, #[source] io::Error),
    /// A program of PostgreSQL is not there.
    #[error(
        "{0} is not to be found: install the client programs of PostgreSQL, of the server's version or a newer one"
    )]
    NoProgram(&'static str),
    /// A program of PostgreSQL refused.
    #[error("{program} said: {said}")]
    Program {
        /// Which.
        program: &'static str,
        /// Its own words.
        said: String,
    },
    /// It is no copy of a database of Lethe.
    #[error("{0} is no backup of Lethe for this database")]
    Foreign(String),
    /// The copy is broken.
    #[error("{0} is damaged: {1}. Take another backup")]
    Damaged(String, String),
    /// The database is in use.
    #[error("the database is in use: stop every process of Lethe first")]
    InUse,
    /// There is something in the database.
    #[error(
        "the database is not empty: restore into an empty one, or say `--replace` to move this one aside"
    )]
    NotEmpty,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<diesel::result::Error> for CopyError {
    fn from(error: diesel::result::Error) -> Self {
        CopyError::Db(error.into())
    }
}

/// Starts an empty file that its owner alone can read; one that is there is emptied.
///
/// # Errors
/// The system refuses.
pub fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> CopyError + '_ {
    move |error| CopyError::Io(path.display().to_string(), error)
}

/// Copies the database, as it is in one moment, into an empty file. Others go on working.
///
/// # Errors
/// [`CopyError`].
pub fn copy(options: &Options, to: &Path) -> Result<(), CopyError> {
    match &options.target {
        Target::Sqlite(_) => {
            let mut conn = connect(options, Access::Write)?;
            diesel::sql_query("VACUUM INTO ?")
                .bind::<Text, _>(to.to_str().unwrap_or_default())
                .execute(&mut conn)?;
        }
        Target::Postgres(url) => {
            let mut dump = postgres("pg_dump", url);
            dump.args([
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                "--exclude-schema=before_restore_*",
                "--exclude-schema=lethe_restoring",
                "--file",
            ])
            .arg(to);
            run("pg_dump", &mut dump)?;
        }
    }
    File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(at(to))
}

/// A program of PostgreSQL, with the way to the database. The password goes by the environment: everyone on the
/// machine can read arguments.
fn postgres(program: &str, url: &str) -> Command {
    let mut command = Command::new(program);
    match Url::parse(url) {
        Ok(mut parsed) => {
            let mut password = parsed.password().map(decoded);
            let pairs: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
            if pairs.iter().any(|(name, _)| name == "password") {
                parsed.query_pairs_mut().clear();
                for (name, value) in pairs {
                    match name.as_str() {
                        "password" => password = Some(value),
                        _ => {
                            parsed.query_pairs_mut().append_pair(&name, &value);
                        }
                    }
                }
            }
            if let Some(password) = password {
                command.env("PGPASSWORD", password);
                // A URL that takes no password has none either.
                let _ = parsed.set_password(None);
            }
            command.arg("--dbname").arg(parsed.as_str());
        }
        // What `postgres://` begins and is no URL reaches only the program's own refusal.
        Err(_) => {
            command.arg("--dbname").arg("");
        }
    }
    command.arg("--no-password");
    command
}

fn decoded(text: &str) -> String {
    let pair = format!("a={}", text.replace('+', "%2B"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(_, text)| text.into_owned())
}

fn spawn(program: &'static str, command: &mut Command) -> Result<Child, CopyError> {
    command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => CopyError::NoProgram(program),
            _ => CopyError::Io(program.to_owned(), error),
        })
}

fn run(program: &'static str, command: &mut Command) -> Result<(), CopyError> {
    let child = spawn(program, command.stdout(Stdio::null()))?;
    ended(program, child)
}

/// Waits for a program; its own words where it refused.
fn ended(program: &'static str, child: Child) -> Result<(), CopyError> {
    let output = child
        .wait_with_output()
        .map_err(|error| CopyError::Io(program.to_owned(), error))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().take(5).collect();
    Err(CopyError::Program {
        program,
        said: said.join("; "),
    })
}

/// Whether a file is a copy that this engine made, by how it begins.
fn fits(options: &Options, path: &Path) -> Result<bool, CopyError> {
    let mut begins = Vec::new();
    let file = File::open(path).map_err(at(path))?;
    file.take(16).read_to_end(&mut begins).map_err(at(path))?;
    Ok(match options.target {
        Target::Sqlite(_) => begins == b"SQLite format 3\0",
        Target::Postgres(_) => begins.starts_with(b"PGDMP"),
    })
}

/// Reads a copy to its end: whether it is whole, and what it holds.
///
/// # Errors
/// [`CopyError`].
pub fn look_through(options: &Options, path: &Path) -> Result<Contents, CopyError> {
    let foreign = || CopyError::Foreign(path.display().to_string());
    if !fits(options, path)? {
        return Err(foreign());
    }
    let contents = match options.target {
        Target::Sqlite(_) => look_through_sqlite(path)?,
        Target::Postgres(_) => look_through_dump(path)?,
    };
    if contents.rows.contains_key("audit_entries") {
        Ok(contents)
    } else {
        Err(foreign())
    }
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Mode {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

fn look_through_sqlite(path: &Path) -> Result<Contents, CopyError> {
    let mut uri = Url::from_file_path(fs::canonicalize(path).map_err(at(path))?)
        .map_err(|()| CopyError::Foreign(path.display().to_string()))?;
    // As it lies there: nothing is written beside it.
    uri.set_query(Some("mode=ro&immutable=1"));
    let damaged = |error: String| CopyError::Damaged(path.display().to_string(), error);
    let mut conn = SqliteConnection::establish(&uri.as_str().replacen("file://", "file:", 1))
        .map_err(|error| damaged(error.to_string()))?;
    let problems: Vec<Word> =
        diesel::sql_query("SELECT integrity_check AS word FROM pragma_integrity_check")
            .load(&mut conn)
            .map_err(|error| damaged(error.to_string()))?;
    if let Some(problem) = problems.iter().find(|problem| problem.word != "ok") {
        return Err(damaged(problem.word.clone()));
    }
    let tables: Vec<Word> = diesel::sql_query(
        "SELECT name AS word FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'",
    )
    .load(&mut conn)?;
    let mut contents = Contents::default();
    for Word { word } in tables {
        let sql = format!(
            "SELECT count(*) AS number FROM \"{}\"",
            word.replace('"', "\"\"")
        );
        let rows: Number = diesel::sql_query(sql).get_result(&mut conn)?;
        contents.rows.insert(word, rows.number.unsigned_abs());
    }
    Ok(contents)
}

/// Has `pg_restore` unpack all of it, and counts.
fn look_through_dump(path: &Path) -> Result<Contents, CopyError> {
    let mut command = Command::new("pg_restore");
    command
        .args(["--file", "-"])
        .arg(path)
        .stdout(Stdio::piped());
    let mut child = spawn("pg_restore", &mut command)?;
    let mut contents = Contents::default();
    let mut table: Option<(String, u64)> = None;
    let out = child.stdout.take().map(BufReader::new);
    let mut out = out.ok_or_else(|| CopyError::Foreign(path.display().to_string()))?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if out.read_until(b'\n', &mut line).map_err(at(path))? == 0 {
            break;
        }
        match table.take() {
            Some((name, rows)) if line == b"\\.\n" => {
                contents.rows.insert(name, rows);
            }
            Some((name, rows)) => table = Some((name, rows + 1)),
            None => {
                let name = line
                    .strip_prefix(b"COPY public.")
                    .and_then(|rest| str::from_utf8(rest).ok()?.split(' ').next());
                table = name.map(|name| (name.to_owned(), 0));
            }
        }
    }
    let path = path.display().to_string();
    ended("pg_restore", child).map_err(|error| match error {
        CopyError::Program { said, .. } => CopyError::Damaged(path.clone(), said),
        other => other,
    })?;
    match table {
        Some(_) => Err(CopyError::Damaged(path, "it is cut off".to_owned())),
        None => Ok(contents),
    }
}

/// Puts a copy in the place of the database, with its tables brought up to date and every journal marked as not
/// replayed. What was there is moved aside where `replace` says so; where to.
///
/// # Errors
/// [`CopyError`]; then the database is what it was, or says that the restore was cut off.
pub fn put_back(
    options: &Options,
    copy: &Path,
    replace: bool,
    now: Timestamp,
) -> Result<Option<String>, CopyError> {
    let stamp = now.strftime("%Y%m%d%H%M%S").to_string();
    match &options.target {
        Target::Sqlite(path) => put_back_sqlite(options, path, copy, replace, &stamp),
        Target::Postgres(url) => put_back_postgres(options, url, copy, replace, &stamp),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != OsStr::new("") => folder,
        _ => Path::new("."),
    }
}

fn put_back_sqlite(
    options: &Options,
    path: &Path,
    copy: &Path,
    replace: bool,
    stamp: &str,
) -> Result<Option<String>, CopyError> {
    let is_there = path.exists();
    let mut aside = None;
    if is_there {
        if !is_empty(options)? {
            if !replace {
                return Err(CopyError::NotEmpty);
            }
            aside = Some(beside(path, &format!(".before-restore-{stamp}")));
        }
        fold(options)?;
    }
    let draft = beside(path, ".restoring");
    for ending in ["", "-wal", "-shm"] {
        remove(&beside(&draft, ending))?;
    }
    let mut from = File::open(copy).map_err(at(copy))?;
    let mut to = private_file(&draft).map_err(at(&draft))?;
    // An operator who restores as root must not lock the service out.
    let owner = fs::metadata(path).or_else(|_| fs::metadata(folder(path)));
    let owner = owner.map_err(at(path))?;
    fchown(&to, Some(owner.uid()), Some(owner.gid())).map_err(at(&draft))?;
    io::copy(&mut from, &mut to).map_err(at(&draft))?;
    to.sync_all().map_err(at(&draft))?;
    let of_draft = Options {
        target: Target::Sqlite(draft.clone()),
        ..options.clone()
    };
    make_ready(&mut connect(&of_draft, Access::Write)?)?;
    fold(&of_draft)?;
    if let Some(aside) = &aside {
        fs::rename(path, aside).map_err(at(path))?;
    }
    fs::rename(&draft, path).map_err(at(path))?;
    File::open(folder(path))
        .and_then(|folder| folder.sync_all())
        .map_err(at(path))?;
    Ok(aside.map(|aside| aside.display().to_string()))
}

fn remove(path: &Path) -> Result<(), CopyError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(CopyError::Io(path.display().to_string(), error))
        }
        _ => Ok(()),
    }
}

/// Makes one file of a database of SQLite. That needs it alone: whoever else has it open is in the way.
fn fold(options: &Options) -> Result<(), CopyError> {
    let mut conn = connect(options, Access::Write)?;
    conn.batch_execute("PRAGMA busy_timeout = 500")?;
    let mode = diesel::sql_query("PRAGMA journal_mode = DELETE").get_result::<Mode>(&mut conn);
    match mode {
        Ok(mode) if mode.journal_mode == "delete" => Ok(()),
        _ => Err(CopyError::InUse),
    }
}

/// Whether nobody has used a database yet; one without tables is empty.
fn is_empty(options: &Options) -> Result<bool, CopyError> {
    let mut conn = connect(options, Access::Write)?;
    if !has_tables(&mut conn)? {
        return Ok(true);
    }
    Ok(super::is_empty(&mut conn)?)
}

fn has_tables(conn: &mut Conn) -> Result<bool, DbError> {
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT count(*) AS number FROM sqlite_master WHERE name = 'audit_entries'"
        }
        Conn::Postgres(_) => {
            "SELECT count(*) AS number FROM pg_tables WHERE schemaname = 'public' AND tablename = 'audit_entries'"
        }
    };
    Ok(diesel::sql_query(sql).get_result::<Number>(conn)?.number > 0)
}

/// Brings the tables of a copy up to date, and says that nothing of any journal is replayed. What held jobs when
/// it was made holds them no more.
fn make_ready(conn: &mut Conn) -> Result<(), CopyError> {
    migrate(conn)?;
    conn.transaction::<_, CopyError, _>(|conn| {
        journals::all_to_replay(conn)?;
        super::jobs::free_all(conn)?;
        Ok(())
    })
}

/// While it is there, a restore into PostgreSQL has not come to its end.
const MARK: &str = "lethe_restoring";

fn put_back_postgres(
    options: &Options,
    url: &str,
    copy: &Path,
    replace: bool,
    stamp: &str,
) -> Result<Option<String>, CopyError> {
    let mut conn = connect(options, Access::Write)?;
    let others = diesel::sql_query(
        "SELECT count(*) AS number FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
    )
    .get_result::<Number>(&mut conn)?;
    if others.number > 0 {
        return Err(CopyError::InUse);
    }
    let mut aside = None;
    if was_cut_off(&mut conn)? {
        // What a restore that was cut off has left is nothing of value.
        conn.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")?;
    } else if has_tables(&mut conn)? {
        if super::is_empty(&mut conn)? {
            revert_all(&mut conn)?;
            conn.batch_execute("DROP TABLE IF EXISTS __diesel_schema_migrations")?;
        } else if replace {
            let name = format!("before_restore_{stamp}");
            conn.batch_execute(&format!(
                "BEGIN; ALTER SCHEMA public RENAME TO {name}; CREATE SCHEMA public; COMMIT"
            ))?;
            aside = Some(format!("schema {name}"));
        } else {
            return Err(CopyError::NotEmpty);
        }
    }
    conn.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {MARK}"))?;
    let mut restore = postgres("pg_restore", url);
    restore
        .args([
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--single-transaction",
        ])
        .arg(copy);
    run("pg_restore", &mut restore)?;
    make_ready(&mut conn)?;
    conn.batch_execute(&format!("DROP SCHEMA {MARK}"))?;
    Ok(aside)
}

/// Whether a restore into this database did not come to its end. SQLite knows none: there a file is renamed.
///
/// # Errors
/// [`DbError`].
pub fn was_cut_off(conn: &mut Conn) -> Result<bool, DbError> {
    match conn {
        Conn::Sqlite(_) => Ok(false),
        Conn::Postgres(conn) => {
            let sql =
                format!("SELECT count(*) AS number FROM pg_namespace WHERE nspname = '{MARK}'");
            Ok(diesel::sql_query(sql).get_result::<Number>(conn)?.number > 0)
        }
    }
}

//! Imports: a whole file is checked, then written in small batches, each past the guards. A file with a fault writes
//! nothing; an import that was cut off goes on where it stopped; the same file twice changes nothing.
//!
//! What an import must never do is bring back what a person had erased or corrected. So every address is held against
//! the erasure guards before it is written, and every changed value against the corrections.

mod batch;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use self::batch::{Done, Prepared, prepare};
use super::{lifecycle, trail};
use crate::app::App;
use crate::audit::hex;
use crate::db::imports::{Counts, Import};
use crate::db::{self, Conn, DbError, Transient};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::job::Job;
use crate::domain::records::{FeedbackRow, LicenceRow, TicketRow, TransactionRow};
use crate::domain::staff::{Forbidden, Permission};
use crate::imports::{self, FileError, Outcome, RowError, Rows, Source};

/// Rows of one transaction at the most.
const ROWS: usize = 500;

/// For how long one transaction may keep others waiting.
const TIME: Duration = Duration::from_millis(50);

/// Of how many bytes a batch may be: tickets with their files are large.
const BYTES: usize = 8 * 1024 * 1024;

/// How an import is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Write nothing, only tell what would happen. Rows that depend on earlier ones of the same file may be told
    /// differently.
    pub dry_run: bool,
    /// Leave out rows that cannot be read, instead of refusing the whole file.
    pub skip_bad: bool,
}

/// One row of any source.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Row {
    Licence(LicenceRow),
    Sale(TransactionRow),
    Feedback(FeedbackRow),
    Ticket(TicketRow),
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What the file held.
    #[serde(serialize_with = "source")]
    pub source: Source,
    /// Its SHA-256 in hexadecimal digits.
    pub file_sha256: String,
    /// Rows and contacts, those of an earlier part that was cut off included.
    #[serde(flatten)]
    pub counts: Counts,
    /// Licences of people who had been erased, begun since then.
    pub returned: u64,
    /// Contacts of ours that went because the source has erased the person.
    pub erased_at_source: u64,
    /// Rows of feedback that fit no single installation.
    pub unplaced: u64,
    /// What the operator should know, a line each.
    pub warnings: Vec<String>,
}

fn source<S: Serializer>(source: &Source, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(source.as_str())
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts {
            read,
            written,
            unchanged,
            suppressed,
            refused,
        } = self.counts;
        write!(
            f,
            "read        {read}\nwritten     {written}\nunchanged   {unchanged}\n"
        )?;
        write!(f, "suppressed  {suppressed}\nrefused     {refused}")?;
        self.warnings
            .iter()
            .try_for_each(|warning| write!(f, "\n{warning}"))
    }
}

/// Why an import was not done, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The account may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The file cannot be read; nothing was written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Rows of it cannot be read; nothing was written.
    #[error("{first}\nrows that cannot be read: {count}; nothing was written")]
    Rows {
        /// The first of them.
        first: RowError,
        /// How many there are.
        count: i64,
    },
    /// The database. What was written stays; the same import goes on from there.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The erasure journal. What was written stays; the same import goes on from there.
    #[error("the journal cannot be written")]
    Journal(#[source] io::Error),
}

impl Transient for ImportError {
    fn is_transient(&self) -> bool {
        matches!(self, ImportError::Db(error) if error.is_transient())
    }
}

/// Imports a file. If the same file was begun before and cut off, goes on from there.
///
/// # Errors
/// [`ImportError`]; unless it says otherwise, nothing was written.
pub async fn import(
    app: &App,
    actor: &Actor,
    source: Source,
    path: &Path,
    options: Options,
) -> Result<Report, ImportError> {
    actor.may(Permission::Decide)?;
    let file = path.to_owned();
    let Checked {
        digest,
        refused,
        first,
    } = blocking(move || check(source, &file)).await?;
    if let (Some(first), false) = (&first, options.skip_bad) {
        return Err(ImportError::Rows {
            first: first.clone(),
            count: refused,
        });
    }
    let file = path.to_owned();
    let rows = move || rows(source, &file);
    let mut report = write(app, actor, source, digest, rows, options).await?;
    report
        .warnings
        .extend(first.map(|first| format!("rows left out: {refused}, the first at {first}")));
    Ok(report)
}

/// Imports rows that were made, not read. The digest stands for what they were made from.
///
/// # Errors
/// [`ImportError`].
pub async fn import_rows(
    app: &App,
    actor: &Actor,
    source: Source,
    digest: [u8; 32],
    rows: impl Iterator<Item = Row> + Send + 'static,
) -> Result<Report, ImportError> {
    actor.may(Permission::Decide)?;
    write(
        app,
        actor,
        source,
        digest,
        || Ok(rows.map(|row| Ok(Some(row)))),
        Options::default(),
    )
    .await
}

/// What the first pass over a file found.
struct Checked {
    digest: [u8; 32],
    refused: i64,
    first: Option<RowError>,
}

/// Reads all of the file and writes nothing.
fn check(source: Source, path: &Path) -> Result<Checked, ImportError> {
    let digest = sha256(path).map_err(FileError::from)?;
    let mut checked = Checked {
        digest,
        refused: 0,
        first: None,
    };
    let mut count = |row: Result<(), RowError>| {
        if let Err(error) = row {
            checked.refused += 1;
            checked.first.get_or_insert(error);
        }
    };
    match imports::open(source, path)? {
        Rows::Licences(mut rows) => rows.try_for_each(|row| row.map(|row| count(row.map(drop))))?,
        Rows::Transactions(mut rows) => {
            rows.try_for_each(|row| row.map(|row| count(row.map(drop))))?
        }
        Rows::Feedback(mut rows) => rows.try_for_each(|row| row.map(|row| count(row.map(drop))))?,
        Rows::Tickets(mut rows) => rows.try_for_each(|row| row.map(|row| count(row.map(drop))))?,
    }
    Ok(checked)
}

fn sha256(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// A row of the second pass; `None` for one that is left out.
type Fed<T> = Result<Option<T>, ImportError>;

fn rows(source: Source, path: &Path) -> Result<Box<dyn Iterator<Item = Fed<Row>>>, ImportError> {
    fn fed<T>(make: fn(T) -> Row) -> impl Fn(Outcome<T>) -> Fed<Row> {
        move |outcome| Ok(outcome?.ok().map(|(_, row)| make(row)))
    }
    Ok(match imports::open(source, path)? {
        Rows::Licences(rows) => Box::new(rows.map(fed(Row::Licence))),
        Rows::Transactions(rows) => Box::new(rows.map(fed(Row::Sale))),
        Rows::Feedback(rows) => Box::new(rows.map(fed(Row::Feedback))),
        Rows::Tickets(rows) => Box::new(rows.map(fed(Row::Ticket))),
    })
}

/// The second pass: reads in one thread, writes in batches.
async fn write<I: Iterator<Item = Fed<Row>>>(
    app: &App,
    actor: &Actor,
    source: Source,
    digest: [u8; 32],
    rows: impl FnOnce() -> Result<I, ImportError> + Send + 'static,
    options: Options,
) -> Result<Report, ImportError> {
    let mut import = begin(app, source, digest, options).await?;
    let mut held = 0;
    let mut report = Report {
        source,
        file_sha256: hex(&digest),
        counts: Counts::default(),
        returned: 0,
        erased_at_source: 0,
        unplaced: 0,
        warnings: Vec::new(),
    };
    if import.position > 0 {
        report.warnings.push(format!(
            "went on after row {}, where an earlier import was cut off",
            import.position
        ));
    }
    let ahead = if source == Source::Tickets { 2 } else { ROWS };
    let mut fed = feed(
        app,
        usize::try_from(import.position).unwrap_or(usize::MAX),
        ahead,
        rows,
    );
    let mut limit = ROWS;
    loop {
        let batch = Arc::new(collect(&mut fed, limit).await?);
        if batch.is_empty() {
            break;
        }
        let mut start = 0;
        while start < batch.len() {
            let (after, done) =
                write_batch(app, actor, &import, &batch, start, options.dry_run).await?;
            // What had to stop early sets the size of the next, which may grow again.
            start += done.rows;
            limit = if start < batch.len() {
                done.rows.max(1)
            } else {
                (limit * 2).min(ROWS)
            };
            import = after;
            report.returned += done.returned;
            report.erased_at_source += done.erased.values().sum::<u64>();
            held += done.held;
            report.unplaced += done.unplaced;
        }
    }
    report.counts = import.counts;
    if report.returned > 0 {
        report.warnings.push(format!(
            "licences begun by people who had been erased: {}",
            report.returned
        ));
    }
    if held > 0 {
        report.warnings.push(format!(
            "contacts that the source has erased, ours kept under a legal hold: {held}"
        ));
    }
    if report.erased_at_source > 0 {
        report.warnings.push(format!(
            "contacts that the source has erased, ours too: {}",
            report.erased_at_source
        ));
    }
    if report.unplaced > 0 {
        report.warnings.push(format!(
            "rows that fit no single installation: {}; import the licences first, or enter them at /admin/installations",
            report.unplaced
        ));
    }
    if options.dry_run {
        report
            .warnings
            .push("nothing was written: this was a dry run".to_owned());
    } else {
        // Before it is finished, so that an import that was cut off does it too.
        if source == Source::Licences {
            let ended = lifecycle::derive_from_licences(app, actor).await?;
            report
                .warnings
                .extend((ended > 0).then(|| format!("installations whose licences say since when they are over, or that they run again: {ended}")));
        }
        finish(app, actor, source, import).await?;
    }
    Ok(report)
}

/// The import to go on with, or a new one.
async fn begin(
    app: &App,
    source: Source,
    digest: [u8; 32],
    options: Options,
) -> Result<Import, DbError> {
    let new = Import {
        id: app.id(),
        source: source.as_str().to_owned(),
        file_digest: digest.to_vec(),
        started_at: app.clock.now(),
        finished_at: None,
        position: 0,
        counts: Counts::default(),
    };
    if options.dry_run {
        return Ok(new);
    }
    app.db
        .write(move |conn| {
            if let Some(import) = db::imports::unfinished(conn, &new.source, &new.file_digest)? {
                return Ok(import);
            }
            db::imports::insert(conn, &new)?;
            Ok(new.clone())
        })
        .await
}

/// Reads, digests and hands over rows in a thread of its own, so many ahead of the writer.
fn feed<I: Iterator<Item = Fed<Row>>>(
    app: &App,
    skip: usize,
    ahead: usize,
    rows: impl FnOnce() -> Result<I, ImportError> + Send + 'static,
) -> mpsc::Receiver<Fed<Prepared>> {
    let (sender, receiver) = mpsc::channel(ahead);
    let app = app.clone();
    tokio::task::spawn_blocking(move || match rows() {
        Err(error) => drop(sender.blocking_send(Err(error))),
        Ok(rows) => {
            for row in rows.skip(skip) {
                let row = row.map(|row| row.map(|row| prepare(&app, row)));
                if sender.blocking_send(row).is_err() {
                    return;
                }
            }
        }
    });
    receiver
}

/// Up to `limit` rows, fewer if they are large or come to their end.
async fn collect(
    fed: &mut mpsc::Receiver<Fed<Prepared>>,
    limit: usize,
) -> Result<Vec<Option<Prepared>>, ImportError> {
    let mut batch = Vec::with_capacity(limit);
    let mut bytes = 0;
    while batch.len() < limit && bytes < BYTES {
        let Some(row) = fed.recv().await else {
            break;
        };
        let row = row?;
        bytes += row.as_ref().map_or(0, |row| row.bytes);
        batch.push(row);
    }
    Ok(batch)
}

/// How a batch that writes nothing leaves its transaction.
enum Halt {
    DryRun(Box<(Import, Done)>),
    Failed(ImportError),
}

impl From<DbError> for Halt {
    fn from(error: DbError) -> Halt {
        Halt::Failed(error.into())
    }
}

impl Transient for Halt {
    fn is_transient(&self) -> bool {
        matches!(self, Halt::Failed(error) if error.is_transient())
    }
}

/// Writes what the time allows of a batch, from `start` on, and how far the import has come, in one transaction.
async fn write_batch(
    app: &App,
    actor: &Actor,
    import: &Import,
    batch: &Arc<Vec<Option<Prepared>>>,
    start: usize,
    dry_run: bool,
) -> Result<(Import, Done), ImportError> {
    let (at, actor, before, batch) = (
        app.clone(),
        actor.clone(),
        import.clone(),
        Arc::clone(batch),
    );
    let journal = Arc::clone(&app.journal);
    let written = app
        .db
        .write_then(
            move |conn| {
                let until = Instant::now() + TIME;
                let done = batch::write(&at, conn, &actor, before.id, &batch[start..], || {
                    Instant::now() >= until
                })?;
                let mut import = before.clone();
                import.position += i64::try_from(done.rows).unwrap_or(i64::MAX);
                import.counts = sum(import.counts, done.counts);
                if dry_run {
                    return Err(Halt::DryRun(Box::new((import, done))));
                }
                db::imports::save(conn, &import)?;
                record_erasures(&at, conn, &actor, &done)?;
                Ok((import, done))
            },
            move |(_, done)| match done.journal.is_empty() {
                true => Ok(()),
                false => journal
                    .append(&done.journal)
                    .map_err(|error| Halt::Failed(ImportError::Journal(error))),
            },
        )
        .await;
    match written {
        Ok((import, done)) => {
            if !done.erased.is_empty() {
                app.wake.notify_one();
            }
            Ok((import, done))
        }
        Err(Halt::DryRun(result)) => Ok(*result),
        Err(Halt::Failed(error)) => Err(error),
    }
}

fn sum(a: Counts, b: Counts) -> Counts {
    Counts {
        read: a.read + b.read,
        written: a.written + b.written,
        unchanged: a.unchanged + b.unchanged,
        suppressed: a.suppressed + b.suppressed,
        refused: a.refused + b.refused,
    }
}

/// What the source has erased and we erased after it goes into the trail, and out of the free pages.
fn record_erasures(app: &App, conn: &mut Conn, actor: &Actor, done: &Done) -> Result<(), DbError> {
    for (store, count) in &done.erased {
        trail::record(
            app,
            conn,
            actor,
            None,
            &Event::new(Action::ErasedAtSource)
                .in_store(store)
                .counting(*count),
        )?;
    }
    if !done.erased.is_empty() {
        db::jobs::enqueue(conn, app.id(), &Job::Scrub, app.clock.now())?;
    }
    Ok(())
}

/// Closes the import, with its entry in the trail.
async fn finish(
    app: &App,
    actor: &Actor,
    source: Source,
    mut import: Import,
) -> Result<(), DbError> {
    let now: Timestamp = app.clock.now();
    import.finished_at = Some(now);
    let (app, actor) = (app.clone(), actor.clone());
    app.db
        .clone()
        .write(move |conn| {
            let Counts {
                read,
                written,
                unchanged,
                suppressed,
                refused,
            } = import.counts;
            let event = Event::new(Action::Imported)
                .counting(read.unsigned_abs())
                .with("source", source.as_str())
                .with("file", hex(&import.file_digest))
                .with("written", written)
                .with("unchanged", unchanged)
                .with("suppressed", suppressed)
                .with("refused", refused);
            db::imports::save(conn, &import)?;
            trail::record(&app, conn, &actor, None, &event).map(drop)
        })
        .await
}

/// Runs reading off the asynchronous threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImportError> + Send + 'static,
) -> Result<T, ImportError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => {
            Err(DbError::Internal(format!("reading the file ended early: {error}")).into())
        }
    }
}

#[cfg(test)]
mod tests;

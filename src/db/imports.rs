//! Imports: how far each has come, so that one which was cut off goes on.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::imports;
use super::types::{maybe_time, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::ImportId;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Rows read.
    pub read: i64,
    /// Rows written, new or changed.
    pub written: i64,
    /// Rows that said nothing new.
    pub unchanged: i64,
    /// Contacts dropped because their person was erased, here or at the source.
    pub suppressed: i64,
    /// Rows that could not be read, with `--skip-bad`.
    pub refused: i64,
}

/// An import of a file.
#[derive(Clone, Debug)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Licences, transactions or tickets.
    pub source: String,
    /// SHA-256 of the file.
    pub file_digest: Vec<u8>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, if it did.
    pub finished_at: Option<Timestamp>,
    /// How many rows are done.
    pub position: i64,
    /// What it did.
    pub counts: Counts,
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = imports)]
struct Row {
    id: String,
    source: String,
    file_digest: Vec<u8>,
    started_at: i64,
    finished_at: Option<i64>,
    position: i64,
    rows_read: i64,
    rows_written: i64,
    rows_unchanged: i64,
    rows_suppressed: i64,
    rows_refused: i64,
}

impl From<&Import> for Row {
    fn from(import: &Import) -> Row {
        Row {
            id: import.id.to_string(),
            source: import.source.clone(),
            file_digest: import.file_digest.clone(),
            started_at: micros(import.started_at),
            finished_at: import.finished_at.map(micros),
            position: import.position,
            rows_read: import.counts.read,
            rows_written: import.counts.written,
            rows_unchanged: import.counts.unchanged,
            rows_suppressed: import.counts.suppressed,
            rows_refused: import.counts.refused,
        }
    }
}

impl TryFrom<Row> for Import {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Import, DbError> {
        Ok(Import {
            id: word(&row.id)?,
            source: row.source,
            file_digest: row.file_digest,
            started_at: time(row.started_at)?,
            finished_at: maybe_time(row.finished_at)?,
            position: row.position,
            counts: Counts {
                read: row.rows_read,
                written: row.rows_written,
                unchanged: row.rows_unchanged,
                suppressed: row.rows_suppressed,
                refused: row.rows_refused,
            },
        })
    }
}

/// Stores a new import.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, import: &Import) -> Result<(), DbError> {
    diesel::insert_into(imports::table)
        .values(Row::from(import))
        .execute(conn)?;
    Ok(())
}

/// Stores how far it has come.
///
/// # Errors
/// [`DbError`].
pub fn save(conn: &mut Conn, import: &Import) -> Result<(), DbError> {
    let row = Row::from(import);
    diesel::update(imports::table.find(&row.id))
        .set(&row)
        .execute(conn)?;
    Ok(())
}

/// An import of the same file that was cut off.
///
/// # Errors
/// [`DbError`].
pub fn unfinished(
    conn: &mut Conn,
    source: &str,
    file_digest: &[u8],
) -> Result<Option<Import>, DbError> {
    imports::table
        .filter(imports::source.eq(source))
        .filter(imports::file_digest.eq(file_digest))
        .filter(imports::finished_at.is_null())
        .first::<Row>(conn)
        .optional()?
        .map(Import::try_from)
        .transpose()
}

/// The newest import of a source.
///
/// # Errors
/// [`DbError`].
pub fn newest(conn: &mut Conn, source: &str) -> Result<Option<Import>, DbError> {
    imports::table
        .filter(imports::source.eq(source))
        .order(imports::started_at.desc())
        .first::<Row>(conn)
        .optional()?
        .map(Import::try_from)
        .transpose()
}

/// When the newest report of a source began that was read to its end, held rows that could be taken,
/// and had not been read before: an old file again says nothing new.
///
/// # Errors
/// [`DbError`].
pub fn newest_report(conn: &mut Conn, source: &str) -> Result<Option<Timestamp>, DbError> {
    let finished: Vec<(Vec<u8>, i64, i64, i64)> = imports::table
        .filter(imports::source.eq(source))
        .filter(imports::finished_at.is_not_null())
        .order(imports::started_at.asc())
        .select((
            imports::file_digest,
            imports::started_at,
            imports::rows_read,
            imports::rows_refused,
        ))
        .load(conn)?;
    let mut seen = std::collections::HashSet::new();
    let mut newest = None;
    for (digest, started_at, read, refused) in finished {
        if seen.insert(digest) && read > refused {
            newest = Some(started_at);
        }
    }
    newest.map(time).transpose()
}

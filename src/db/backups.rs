//! The catalogue of backups: copies of the database that hold whom was erased after them, until they expire.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::schema::backups;
use super::types::{date, maybe_time, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::BackupId;

/// A backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its id.
    pub id: BackupId,
    /// `daily`, `yearly`, …: what decides how long it lives.
    pub kind: String,
    /// The file, if Lethe made it, else what the operator calls it.
    pub name: String,
    /// Whether Lethe made it.
    pub own: bool,
    /// When it was made.
    pub made_at: Timestamp,
    /// The last day of its life.
    pub expires_on: Date,
    /// When it was opened again and found whole.
    pub verified_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = backups)]
struct Row {
    id: String,
    kind: String,
    name: String,
    own: bool,
    made_at: i64,
    expires_on: String,
    verified_at: Option<i64>,
    deleted_at: Option<i64>,
}

impl TryFrom<Row> for Backup {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Backup, DbError> {
        Ok(Backup {
            id: word(&row.id)?,
            kind: row.kind,
            name: row.name,
            own: row.own,
            made_at: time(row.made_at)?,
            expires_on: date(&row.expires_on)?,
            verified_at: maybe_time(row.verified_at)?,
            deleted_at: maybe_time(row.deleted_at)?,
        })
    }
}

/// Enters a backup, unless it is there.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, backup: &Backup) -> Result<(), DbError> {
    let known: i64 = backups::table
        .find(backup.id.to_string())
        .count()
        .get_result(conn)?;
    if known > 0 {
        return Ok(());
    }
    diesel::insert_into(backups::table)
        .values(Row {
            id: backup.id.to_string(),
            kind: backup.kind.clone(),
            name: backup.name.clone(),
            own: backup.own,
            made_at: micros(backup.made_at),
            expires_on: backup.expires_on.to_string(),
            verified_at: backup.verified_at.map(micros),
            deleted_at: backup.deleted_at.map(micros),
        })
        .execute(conn)?;
    Ok(())
}

/// A backup.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: BackupId) -> Result<Option<Backup>, DbError> {
    let row: Option<Row> = backups::table
        .find(id.to_string())
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Backup::try_from).transpose()
}

/// The backups that are not known to be gone, the oldest first.
///
/// # Errors
/// [`DbError`].
pub fn alive(conn: &mut Conn) -> Result<Vec<Backup>, DbError> {
    load(
        backups::table
            .filter(backups::deleted_at.is_null())
            .order((backups::made_at, backups::id))
            .select(Row::as_select())
            .load(conn)?,
    )
}

/// The last backups, the newest first, also those that are gone.
///
/// # Errors
/// [`DbError`].
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<Backup>, DbError> {
    load(
        backups::table
            .order((backups::made_at.desc(), backups::id.desc()))
            .limit(limit)
            .select(Row::as_select())
            .load(conn)?,
    )
}

fn load(rows: Vec<Row>) -> Result<Vec<Backup>, DbError> {
    rows.into_iter().map(Backup::try_from).collect()
}

/// The last day of the one that lives longest.
///
/// # Errors
/// [`DbError`].
pub fn last_day(conn: &mut Conn) -> Result<Option<Date>, DbError> {
    let last: Option<String> = backups::table
        .filter(backups::deleted_at.is_null())
        .order(backups::expires_on.desc())
        .select(backups::expires_on)
        .first(conn)
        .optional()?;
    last.as_deref().map(date).transpose()
}

/// A backup is gone; false if it was so before.
///
/// # Errors
/// [`DbError`].
pub fn set_deleted(conn: &mut Conn, id: BackupId, at: Timestamp) -> Result<bool, DbError> {
    let standing = backups::table
        .find(id.to_string())
        .filter(backups::deleted_at.is_null());
    let changed = diesel::update(standing)
        .set(backups::deleted_at.eq(micros(at)))
        .execute(conn)?;
    Ok(changed > 0)
}

/// Deletes the rows of backups that were gone before this time.
///
/// # Errors
/// [`DbError`].
pub fn forget_gone(conn: &mut Conn, before: Timestamp) -> Result<usize, DbError> {
    let gone = backups::table.filter(backups::deleted_at.lt(micros(before)));
    Ok(diesel::delete(gone).execute(conn)?)
}

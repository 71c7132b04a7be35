//! Signed checkpoints of the logs, how far each witness agrees, and what the last check found.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{audit_checkpoints, audit_checks, audit_witnesses};
use super::types::{maybe_time, maybe_word, micros, time};
use super::{Conn, DbError};
use crate::audit::note::Note;
use crate::domain::event::{Fault, WitnessTrouble};
use crate::domain::ids::EntryId;

/// A checkpoint as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Of which log.
    pub log: i32,
    /// Over how many entries.
    pub size: u64,
    /// The signed note, with the cosignatures that have come.
    pub note: String,
    /// When it was signed.
    pub at: Timestamp,
}

impl Stored {
    /// The note, read.
    ///
    /// # Errors
    /// [`DbError::Internal`] if what is stored is no note.
    pub fn parsed(&self) -> Result<Note, DbError> {
        self.note
            .parse()
            .map_err(|error| DbError::Internal(format!("checkpoint {}: {error}", self.size)))
    }
}

type Row = (i32, i64, String, i64);

fn stored_from(row: Row) -> Result<Stored, DbError> {
    let (log, size, note, at) = row;
    Ok(Stored {
        log,
        size: size.unsigned_abs(),
        note,
        at: time(at)?,
    })
}

/// Stores a checkpoint. Of one size there is one; the first stands.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, checkpoint: &Stored) -> Result<(), DbError> {
    if find(conn, checkpoint.log, checkpoint.size)?.is_some() {
        return Ok(());
    }
    diesel::insert_into(audit_checkpoints::table)
        .values((
            audit_checkpoints::log.eq(checkpoint.log),
            audit_checkpoints::size.eq(checkpoint.size.cast_signed()),
            audit_checkpoints::note.eq(&checkpoint.note),
            audit_checkpoints::at.eq(micros(checkpoint.at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Puts a note with more cosignatures in the place of a note.
///
/// # Errors
/// [`DbError`].
pub fn set_note(conn: &mut Conn, log: i32, size: u64, note: &str) -> Result<(), DbError> {
    diesel::update(audit_checkpoints::table.find((log, size.cast_signed())))
        .set(audit_checkpoints::note.eq(note))
        .execute(conn)?;
    Ok(())
}

/// The checkpoint of one size.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, log: i32, size: u64) -> Result<Option<Stored>, DbError> {
    audit_checkpoints::table
        .find((log, size.cast_signed()))
        .first::<Row>(conn)
        .optional()?
        .map(stored_from)
        .transpose()
}

/// The newest checkpoints of a log over more than `size` entries, the newest first.
///
/// # Errors
/// [`DbError`].
pub fn newest_over(
    conn: &mut Conn,
    log: i32,
    size: u64,
    limit: i64,
) -> Result<Vec<Stored>, DbError> {
    audit_checkpoints::table
        .filter(audit_checkpoints::log.eq(log))
        .filter(audit_checkpoints::size.gt(size.cast_signed()))
        .order(audit_checkpoints::size.desc())
        .limit(limit)
        .load::<Row>(conn)?
        .into_iter()
        .map(stored_from)
        .collect()
}

/// The newest checkpoint of a log.
///
/// # Errors
/// [`DbError`].
pub fn last(conn: &mut Conn, log: i32) -> Result<Option<Stored>, DbError> {
    Ok(newest_over(conn, log, 0, 1)?.pop())
}

/// The checkpoints of a log over more than `over` and at most `to` entries, the smallest first.
///
/// # Errors
/// [`DbError`].
pub fn between(conn: &mut Conn, log: i32, over: u64, to: u64) -> Result<Vec<Stored>, DbError> {
    audit_checkpoints::table
        .filter(audit_checkpoints::log.eq(log))
        .filter(audit_checkpoints::size.gt(over.cast_signed()))
        .filter(audit_checkpoints::size.le(to.cast_signed()))
        .order(audit_checkpoints::size)
        .load::<Row>(conn)?
        .into_iter()
        .map(stored_from)
        .collect()
}

/// When the trail was first checked between two instants.
///
/// # Errors
/// [`DbError`].
pub fn first_check(
    conn: &mut Conn,
    from: Timestamp,
    to: Timestamp,
) -> Result<Option<Timestamp>, DbError> {
    let first: Option<i64> = audit_checks::table
        .filter(audit_checks::at.ge(micros(from)))
        .filter(audit_checks::at.le(micros(to)))
        .select(diesel::dsl::min(audit_checks::at))
        .first(conn)?;
    maybe_time(first)
}

/// How far a witness agrees with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The log.
    pub log: i32,
    /// The witness's name, as in its key.
    pub name: String,
    /// Over how many entries it has cosigned; 0 if never.
    pub size: u64,
    /// When it last cosigned.
    pub agreed_at: Option<Timestamp>,
    /// Why it did not, the last time it was asked.
    pub trouble: Option<WitnessTrouble>,
    /// Since when.
    pub trouble_at: Option<Timestamp>,
}

type AgreementRow = (i32, String, i64, Option<i64>, Option<String>, Option<i64>);

fn agreement_from(row: AgreementRow) -> Result<Agreement, DbError> {
    let (log, name, size, agreed_at, trouble, trouble_at) = row;
    Ok(Agreement {
        log,
        name,
        size: size.unsigned_abs(),
        agreed_at: maybe_time(agreed_at)?,
        trouble: maybe_word(trouble.as_deref())?,
        trouble_at: maybe_time(trouble_at)?,
    })
}

/// How far the witnesses agree with a log.
///
/// # Errors
/// [`DbError`].
pub fn agreements(conn: &mut Conn, log: i32) -> Result<Vec<Agreement>, DbError> {
    audit_witnesses::table
        .filter(audit_witnesses::log.eq(log))
        .order(audit_witnesses::name)
        .load::<AgreementRow>(conn)?
        .into_iter()
        .map(agreement_from)
        .collect()
}

/// Stores how far a witness agrees.
///
/// # Errors
/// [`DbError`].
pub fn save_agreement(conn: &mut Conn, agreement: &Agreement) -> Result<(), DbError> {
    let values = (
        audit_witnesses::size.eq(agreement.size.cast_signed()),
        audit_witnesses::agreed_at.eq(agreement.agreed_at.map(micros)),
        audit_witnesses::trouble.eq(agreement.trouble.map(|trouble| trouble.as_str())),
        audit_witnesses::trouble_at.eq(agreement.trouble_at.map(micros)),
    );
    let row = audit_witnesses::table.find((agreement.log, &agreement.name));
    if diesel::update(row).set(values).execute(conn)? > 0 {
        return Ok(());
    }
    diesel::insert_into(audit_witnesses::table)
        .values((
            audit_witnesses::log.eq(agreement.log),
            audit_witnesses::name.eq(&agreement.name),
            values,
        ))
        .execute(conn)?;
    Ok(())
}

/// What a check of the whole trail found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// When it ended.
    pub at: Timestamp,
    /// How many entries stood in the current log.
    pub size: u64,
    /// What is wrong, if anything is.
    pub wrong: Option<Wrong>,
}

/// The first thing that a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What.
    pub fault: Fault,
    /// The first place that differs, or may differ.
    pub position: u64,
    /// The entry there, where it is known.
    pub entry: Option<EntryId>,
}

/// How many checks are remembered.
const REMEMBERED: i64 = 100;

/// Remembers a check, and forgets the oldest.
///
/// # Errors
/// [`DbError`].
pub fn insert_check(conn: &mut Conn, id: uuid::Uuid, check: &Check) -> Result<(), DbError> {
    diesel::insert_into(audit_checks::table)
        .values((
            audit_checks::id.eq(id.to_string()),
            audit_checks::at.eq(micros(check.at)),
            audit_checks::size.eq(check.size.cast_signed()),
            audit_checks::fault.eq(check.wrong.map(|wrong| wrong.fault.as_str())),
            audit_checks::position.eq(check.wrong.map(|wrong| wrong.position.cast_signed())),
            audit_checks::entry_id.eq(check
                .wrong
                .and_then(|wrong| wrong.entry)
                .map(|id| id.to_string())),
        ))
        .execute(conn)?;
    let old: Vec<String> = audit_checks::table
        .order(audit_checks::id.desc())
        .offset(REMEMBERED)
        .limit(REMEMBERED)
        .select(audit_checks::id)
        .load(conn)?;
    diesel::delete(audit_checks::table.filter(audit_checks::id.eq_any(old))).execute(conn)?;
    Ok(())
}

/// The last check.
///
/// # Errors
/// [`DbError`].
pub fn last_check(conn: &mut Conn) -> Result<Option<Check>, DbError> {
    type Row = (i64, i64, Option<String>, Option<i64>, Option<String>);
    let row: Option<Row> = audit_checks::table
        .order(audit_checks::id.desc())
        .select((
            audit_checks::at,
            audit_checks::size,
            audit_checks::fault,
            audit_checks::position,
            audit_checks::entry_id,
        ))
        .first(conn)
        .optional()?;
    row.map(|(at, size, fault, position, entry)| {
        let fault: Option<Fault> = maybe_word(fault.as_deref())?;
        let entry = maybe_word(entry.as_deref())?;
        Ok(Check {
            at: time(at)?,
            size: size.unsigned_abs(),
            wrong: fault.map(|fault| Wrong {
                fault,
                position: position.unwrap_or(0).unsigned_abs(),
                entry,
            }),
        })
    })
    .transpose()
}

//! Copies of data that were taken outside the stores, and whom they concern.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::intake::{Touched, touch};
use super::schema::{copies_taken, copy_digests, requests, run_stores, runs};
use super::types::{date, maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{CopyId, RequestId, RunId, StaffId};
use crate::domain::request::AddressDigest;
use crate::domain::taken::Span;

/// A copy as it is stored.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Its id.
    pub id: CopyId,
    /// When it was entered.
    pub entered_at: Timestamp,
    /// By whom; the operator has no account.
    pub entered_by: Option<StaffId>,
    /// The account that holds it; a recipient without one is named in the sealed words.
    pub holder: Option<StaffId>,
    /// Whether it holds everybody's data; otherwise one person's.
    pub everybody: bool,
    /// When it was taken, and until when it may be kept.
    pub span: Span,
    /// When and by whom it was said to be destroyed; one without is open.
    pub destroyed: Option<Destroyed>,
    /// What, whose, where and why, sealed.
    pub sealed: Vec<u8>,
}

/// The end of a copy.
#[derive(Clone, Copy, Debug)]
pub struct Destroyed {
    /// The day on which it was destroyed.
    pub on: Date,
    /// When that was entered.
    pub at: Timestamp,
    /// By whom; the operator has no account.
    pub by: Option<StaffId>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = copies_taken)]
struct Row {
    id: String,
    entered_at: i64,
    entered_by: Option<String>,
    holder: Option<String>,
    everybody: bool,
    taken_on: String,
    until_on: String,
    destroyed_on: Option<String>,
    destroyed_at: Option<i64>,
    destroyed_by: Option<String>,
    sealed: Vec<u8>,
}

impl TryFrom<Row> for Taken {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Taken, DbError> {
        let on = row.destroyed_on.as_deref().map(date).transpose()?;
        let destroyed = match (on, maybe_time(row.destroyed_at)?) {
            (Some(on), Some(at)) => Some(Destroyed {
                on,
                at,
                by: maybe_word(row.destroyed_by.as_deref())?,
            }),
            _ => None,
        };
        Ok(Taken {
            id: word(&row.id)?,
            entered_at: time(row.entered_at)?,
            entered_by: maybe_word(row.entered_by.as_deref())?,
            holder: maybe_word(row.holder.as_deref())?,
            everybody: row.everybody,
            span: Span {
                taken_on: date(&row.taken_on)?,
                until_on: date(&row.until_on)?,
            },
            destroyed,
            sealed: row.sealed,
        })
    }
}

/// Stores a new copy; digests of its person, if it holds one person's data.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, copy: &Taken, digests: &[AddressDigest]) -> Result<(), DbError> {
    touch(|| Touched::Copy(copy.id.to_string()));
    diesel::insert_into(copies_taken::table)
        .values(Row {
            id: copy.id.to_string(),
            entered_at: micros(copy.entered_at),
            entered_by: copy.entered_by.map(|id| id.to_string()),
            holder: copy.holder.map(|id| id.to_string()),
            everybody: copy.everybody,
            taken_on: copy.span.taken_on.to_string(),
            until_on: copy.span.until_on.to_string(),
            destroyed_on: None,
            destroyed_at: None,
            destroyed_by: None,
            sealed: copy.sealed.clone(),
        })
        .execute(conn)?;
    add_digests(conn, copy.id, digests)
}

/// The digests of a copy's person under keys that came into use since; those that are there stay.
///
/// # Errors
/// [`DbError`].
pub fn add_digests(
    conn: &mut Conn,
    copy: CopyId,
    digests: &[AddressDigest],
) -> Result<(), DbError> {
    touch(|| Touched::Copy(copy.to_string()));
    let known: Vec<Vec<u8>> = copy_digests::table
        .filter(copy_digests::copy_id.eq(copy.to_string()))
        .select(copy_digests::address_digest)
        .load(conn)?;
    for digest in digests {
        if !known.contains(&digest.bytes) {
            diesel::insert_into(copy_digests::table)
                .values((
                    copy_digests::copy_id.eq(copy.to_string()),
                    copy_digests::address_digest.eq(&digest.bytes),
                    copy_digests::digest_key.eq(&digest.key),
                ))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// The copy of this id.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: CopyId) -> Result<Option<Taken>, DbError> {
    copies_taken::table
        .find(id.to_string())
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(Taken::try_from)
        .transpose()
}

/// The open copies, the earliest last day first.
///
/// # Errors
/// [`DbError`].
pub fn open(conn: &mut Conn) -> Result<Vec<Taken>, DbError> {
    copies_taken::table
        .filter(copies_taken::destroyed_at.is_null())
        .order((copies_taken::until_on, copies_taken::id))
        .select(Row::as_select())
        .load::<Row>(conn)?
        .into_iter()
        .map(Taken::try_from)
        .collect()
}

/// The copies that were destroyed, the last first.
///
/// # Errors
/// [`DbError`].
pub fn destroyed(conn: &mut Conn, limit: i64) -> Result<Vec<Taken>, DbError> {
    copies_taken::table
        .filter(copies_taken::destroyed_at.is_not_null())
        .order(copies_taken::destroyed_at.desc())
        .limit(limit)
        .select(Row::as_select())
        .load::<Row>(conn)?
        .into_iter()
        .map(Taken::try_from)
        .collect()
}

/// The open copies that concern whoever has one of these digests: theirs, and everybody's.
///
/// # Errors
/// [`DbError`].
pub fn open_on(conn: &mut Conn, digests: &[&[u8]]) -> Result<Vec<Taken>, DbError> {
    let theirs = copy_digests::table
        .filter(copy_digests::address_digest.eq_any(digests))
        .select(copy_digests::copy_id);
    copies_taken::table
        .filter(copies_taken::destroyed_at.is_null())
        .filter(
            copies_taken::everybody
                .eq(true)
                .or(copies_taken::id.eq_any(theirs)),
        )
        .order((copies_taken::until_on, copies_taken::id))
        .select(Row::as_select())
        .load::<Row>(conn)?
        .into_iter()
        .map(Taken::try_from)
        .collect()
}

/// A copy may be kept until another day.
///
/// # Errors
/// [`DbError`].
pub fn set_until(conn: &mut Conn, id: CopyId, until_on: Date) -> Result<(), DbError> {
    touch(|| Touched::Copy(id.to_string()));
    diesel::update(copies_taken::table.find(id.to_string()))
        .set(copies_taken::until_on.eq(until_on.to_string()))
        .execute(conn)?;
    Ok(())
}

/// A copy was destroyed; whom it concerned is forgotten.
///
/// # Errors
/// [`DbError`].
pub fn destroy(
    conn: &mut Conn,
    id: CopyId,
    destroyed: &Destroyed,
    sealed: &[u8],
) -> Result<(), DbError> {
    touch(|| Touched::Copy(id.to_string()));
    diesel::update(copies_taken::table.find(id.to_string()))
        .set((
            copies_taken::destroyed_on.eq(destroyed.on.to_string()),
            copies_taken::destroyed_at.eq(micros(destroyed.at)),
            copies_taken::destroyed_by.eq(destroyed.by.map(|id| id.to_string())),
            copies_taken::sealed.eq(sealed),
        ))
        .execute(conn)?;
    diesel::delete(copy_digests::table.filter(copy_digests::copy_id.eq(id.to_string())))
        .execute(conn)?;
    Ok(())
}

/// Forgets copies that were destroyed before a time; how many.
///
/// # Errors
/// [`DbError`].
pub fn forget_destroyed(conn: &mut Conn, before: Timestamp, limit: i64) -> Result<usize, DbError> {
    let ids: Vec<String> = copies_taken::table
        .filter(copies_taken::destroyed_at.lt(micros(before)))
        .order(copies_taken::destroyed_at)
        .limit(limit)
        .select(copies_taken::id)
        .load(conn)?;
    for id in &ids {
        touch(|| Touched::Copy(id.clone()));
    }
    diesel::delete(copies_taken::table.filter(copies_taken::id.eq_any(&ids))).execute(conn)?;
    Ok(ids.len())
}

/// The runs of removals in which every store is done and which have not ended, the oldest first:
/// what a copy outside keeps from closing is among them.
///
/// # Errors
/// [`DbError`].
pub fn runs_at_their_end(
    conn: &mut Conn,
    after: Option<RunId>,
    limit: i64,
) -> Result<Vec<(RunId, RequestId)>, DbError> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let unfinished = run_stores::table
        .filter(run_stores::run_id.eq(runs::id))
        .filter(run_stores::state.ne("done"));
    let rows: Vec<(String, String)> = runs::table
        .inner_join(requests::table.on(runs::request_id.eq(requests::id.nullable())))
        .filter(runs::state.eq("running"))
        .filter(runs::id.gt(after))
        .filter(requests::kind.eq("erasure"))
        .filter(diesel::dsl::not(diesel::dsl::exists(unfinished)))
        .order(runs::id)
        .limit(limit)
        .select((runs::id, requests::id))
        .load(conn)?;
    rows.into_iter()
        .map(|(run, request)| Ok((word(&run)?, word(&request)?)))
        .collect()
}

//! Letters on their way out, written with their cause. `cause` is unique, so that
//! no event writes twice to the same person.

use diesel::prelude::*;
use jiff::Timestamp;

use super::intake::{Touched, touch};
use super::schema::outbox;
use super::types::{maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{LetterId, RequestId};

/// A letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its id.
    pub id: LetterId,
    /// The event that caused it.
    pub cause: String,
    /// Which letter it is.
    pub letter: String,
    /// Whose key seals it: a request's, or the store key if there is none.
    pub request: Option<RequestId>,
    /// Address, subject and bodies, sealed.
    pub sealed: Vec<u8>,
    /// `queued`, `sent` or `failed` (needs a person).
    pub state: String,
    /// Failed tries.
    pub attempts: i32,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the mail server took it.
    pub sent_at: Option<Timestamp>,
    /// What the mail server said.
    pub trouble: Option<String>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = outbox)]
struct Row {
    id: String,
    cause: String,
    letter: String,
    request_id: Option<String>,
    sealed: Vec<u8>,
    state: String,
    attempts: i32,
    created_at: i64,
    sent_at: Option<i64>,
    trouble: Option<String>,
}

impl TryFrom<Row> for Letter {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Letter, DbError> {
        Ok(Letter {
            id: word(&row.id)?,
            cause: row.cause,
            letter: row.letter,
            request: maybe_word(row.request_id.as_deref())?,
            sealed: row.sealed,
            state: row.state,
            attempts: row.attempts,
            created_at: time(row.created_at)?,
            sent_at: maybe_time(row.sent_at)?,
            trouble: row.trouble,
        })
    }
}

/// Whether a letter with this cause was written before.
///
/// # Errors
/// [`DbError`].
pub fn is_written(conn: &mut Conn, cause: &str) -> Result<bool, DbError> {
    let count: i64 = outbox::table
        .filter(outbox::cause.eq(cause))
        .count()
        .get_result(conn)?;
    Ok(count > 0)
}

/// Stores a letter.
///
/// # Errors
/// [`DbError::Conflict`] if one with this cause was written at the same time.
pub fn insert(conn: &mut Conn, letter: &Letter) -> Result<(), DbError> {
    touch(|| Touched::Letter(letter.id.to_string()));
    diesel::insert_into(outbox::table)
        .values(Row {
            id: letter.id.to_string(),
            cause: letter.cause.clone(),
            letter: letter.letter.clone(),
            request_id: letter.request.map(|id| id.to_string()),
            sealed: letter.sealed.clone(),
            state: letter.state.clone(),
            attempts: letter.attempts,
            created_at: micros(letter.created_at),
            sent_at: letter.sent_at.map(micros),
            trouble: letter.trouble.clone(),
        })
        .execute(conn)?;
    Ok(())
}

/// The letter of this id.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: LetterId) -> Result<Option<Letter>, DbError> {
    outbox::table
        .find(id.to_string())
        .first::<Row>(conn)
        .optional()?
        .map(Letter::try_from)
        .transpose()
}

/// The newest letters.
///
/// # Errors
/// [`DbError`].
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<Letter>, DbError> {
    outbox::table
        .order(outbox::id.desc())
        .limit(limit)
        .load::<Row>(conn)?
        .into_iter()
        .map(Letter::try_from)
        .collect()
}

/// The letters about a request that only a person can help, newest first.
///
/// # Errors
/// [`DbError`].
pub fn failed_about(conn: &mut Conn, request: RequestId) -> Result<Vec<Letter>, DbError> {
    outbox::table
        .filter(outbox::request_id.eq(request.to_string()))
        .filter(outbox::state.eq("failed"))
        .order(outbox::id.desc())
        .load::<Row>(conn)?
        .into_iter()
        .map(Letter::try_from)
        .collect()
}

/// The mail server has it. `keep` leaves the words for a demonstration's outbox page.
///
/// # Errors
/// [`DbError`].
pub fn sent(conn: &mut Conn, id: LetterId, now: Timestamp, keep: bool) -> Result<(), DbError> {
    touch(|| Touched::Letter(id.to_string()));
    let id = id.to_string();
    diesel::update(outbox::table.find(&id))
        .set((
            outbox::state.eq("sent"),
            outbox::sent_at.eq(micros(now)),
            outbox::trouble.eq(None::<String>),
        ))
        .execute(conn)?;
    if !keep {
        diesel::update(outbox::table.find(&id))
            .set(outbox::sealed.eq(Vec::<u8>::new()))
            .execute(conn)?;
    }
    Ok(())
}

/// A try failed; `final_` says that only a person can help.
///
/// # Errors
/// [`DbError`].
pub fn failed(conn: &mut Conn, id: LetterId, trouble: &str, final_: bool) -> Result<(), DbError> {
    touch(|| Touched::Letter(id.to_string()));
    diesel::update(outbox::table.find(id.to_string()))
        .set((
            outbox::attempts.eq(outbox::attempts + 1),
            outbox::trouble.eq(trouble),
            outbox::state.eq(if final_ { "failed" } else { "queued" }),
        ))
        .execute(conn)?;
    Ok(())
}

/// A letter came back: it was sent, and its reader's server will not have it.
///
/// # Errors
/// [`DbError`].
pub fn returned(conn: &mut Conn, id: LetterId, status: &str) -> Result<(), DbError> {
    touch(|| Touched::Letter(id.to_string()));
    diesel::update(outbox::table.find(id.to_string()))
        .set((
            outbox::state.eq("failed"),
            outbox::trouble.eq(format!("returned, {status}")),
        ))
        .execute(conn)?;
    Ok(())
}

/// Another letter was written in place of one that came back, so nobody is needed for it any more.
///
/// # Errors
/// [`DbError`].
pub fn replaced(conn: &mut Conn, id: LetterId) -> Result<(), DbError> {
    touch(|| Touched::Letter(id.to_string()));
    diesel::update(outbox::table.find(id.to_string()))
        .set(outbox::state.eq("sent"))
        .execute(conn)?;
    Ok(())
}

/// A letter is to be tried anew.
///
/// # Errors
/// [`DbError`].
pub fn requeue(conn: &mut Conn, id: LetterId) -> Result<(), DbError> {
    touch(|| Touched::Letter(id.to_string()));
    diesel::update(outbox::table.find(id.to_string()))
        .set((outbox::state.eq("queued"), outbox::attempts.eq(0)))
        .execute(conn)?;
    Ok(())
}

/// Letters in some states, newest first, before one of them.
///
/// # Errors
/// [`DbError`].
pub fn in_state(
    conn: &mut Conn,
    states: &[&str],
    before: Option<LetterId>,
    limit: i64,
) -> Result<Vec<Letter>, DbError> {
    let mut query = outbox::table
        .filter(outbox::state.eq_any(states))
        .order(outbox::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(outbox::id.lt(before.to_string()));
    }
    query
        .load::<Row>(conn)?
        .into_iter()
        .map(Letter::try_from)
        .collect()
}

/// How many letters stand in a state.
///
/// # Errors
/// [`DbError`].
pub fn count(conn: &mut Conn, state: &str) -> Result<i64, DbError> {
    Ok(outbox::table
        .filter(outbox::state.eq(state))
        .count()
        .get_result(conn)?)
}

/// Deletes letters written before an instant that were sent.
///
/// # Errors
/// [`DbError`].
pub fn delete_sent_before(conn: &mut Conn, before: Timestamp) -> Result<usize, DbError> {
    Ok(diesel::delete(
        outbox::table
            .filter(outbox::state.eq("sent"))
            .filter(outbox::created_at.lt(micros(before))),
    )
    .execute(conn)?)
}

/// Forgets the words of all letters about a request.
///
/// # Errors
/// [`DbError`].
pub fn forget_words(conn: &mut Conn, request: RequestId) -> Result<(), DbError> {
    touch(|| Touched::LettersOf(request.to_string()));
    diesel::update(outbox::table.filter(outbox::request_id.eq(request.to_string())))
        .set(outbox::sealed.eq(Vec::<u8>::new()))
        .execute(conn)?;
    Ok(())
}

/// Stores the words anew.
///
/// # Errors
/// [`DbError`].
pub fn reseal(conn: &mut Conn, id: LetterId, sealed: &[u8]) -> Result<(), DbError> {
    touch(|| Touched::Letter(id.to_string()));
    diesel::update(outbox::table.find(id.to_string()))
        .set(outbox::sealed.eq(sealed))
        .execute(conn)?;
    Ok(())
}

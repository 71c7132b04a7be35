//! Notices to recipients (Art. 19), with their outcome.

use diesel::prelude::*;
use jiff::Timestamp;

use super::intake::{Touched, touch};
use super::schema::notices;
use super::types::{maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{NoticeId, RequestId, SweepId};

/// A notice to one recipient about one request or one sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// About which request; none of a sweep.
    pub request: Option<RequestId>,
    /// About which sweep; none of a request.
    pub sweep: Option<SweepId>,
    /// The recipient's name in the policy.
    pub recipient: String,
    /// `mail`, `webhook` or `none`.
    pub way: String,
    /// `removal`, `rectification` or `retention`.
    pub act: String,
    /// `gathered` (its sweep goes on), `queued`, `told`, `failed` (needs a person) or `not_told` (on a ground).
    pub state: String,
    /// What it says, sealed with the request's key, or of a sweep with our own.
    pub sealed: Vec<u8>,
    /// Failed tries.
    pub attempts: i32,
    /// When it was written.
    pub created_at: Timestamp,
    /// When its outcome was known.
    pub done_at: Option<Timestamp>,
    /// What stands in the way; the ground of one who is not told.
    pub trouble: Option<String>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = notices)]
struct Row {
    id: String,
    request_id: Option<String>,
    recipient: String,
    way: String,
    act: String,
    state: String,
    sealed: Vec<u8>,
    attempts: i32,
    created_at: i64,
    done_at: Option<i64>,
    trouble: Option<String>,
    sweep_id: Option<String>,
}

impl TryFrom<Row> for Notice {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            id: word(&row.id)?,
            request: maybe_word(row.request_id.as_deref())?,
            sweep: maybe_word(row.sweep_id.as_deref())?,
            recipient: row.recipient,
            way: row.way,
            act: row.act,
            state: row.state,
            sealed: row.sealed,
            attempts: row.attempts,
            created_at: time(row.created_at)?,
            done_at: maybe_time(row.done_at)?,
            trouble: row.trouble,
        })
    }
}

/// Stores a notice.
///
/// # Errors
/// [`DbError::Conflict`] if this recipient has one about this request or sweep.
pub fn insert(conn: &mut Conn, notice: &Notice) -> Result<(), DbError> {
    touch(|| Touched::Notice(notice.id.to_string()));
    diesel::insert_into(notices::table)
        .values(Row {
            id: notice.id.to_string(),
            request_id: notice.request.map(|id| id.to_string()),
            recipient: notice.recipient.clone(),
            way: notice.way.clone(),
            act: notice.act.clone(),
            state: notice.state.clone(),
            sealed: notice.sealed.clone(),
            attempts: notice.attempts,
            created_at: micros(notice.created_at),
            done_at: notice.done_at.map(micros),
            trouble: notice.trouble.clone(),
            sweep_id: notice.sweep.map(|id| id.to_string()),
        })
        .execute(conn)?;
    Ok(())
}

/// The notice of this id.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: NoticeId) -> Result<Option<Notice>, DbError> {
    notices::table
        .find(id.to_string())
        .first::<Row>(conn)
        .optional()?
        .map(Notice::try_from)
        .transpose()
}

/// The notices about these requests, by name of the recipient.
///
/// # Errors
/// [`DbError`].
pub fn of_requests(conn: &mut Conn, requests: &[RequestId]) -> Result<Vec<Notice>, DbError> {
    let ids: Vec<String> = requests.iter().map(ToString::to_string).collect();
    notices::table
        .filter(notices::request_id.eq_any(ids))
        .order((notices::recipient, notices::id))
        .load::<Row>(conn)?
        .into_iter()
        .map(Notice::try_from)
        .collect()
}

/// The notices about a sweep, by name of the recipient.
///
/// # Errors
/// [`DbError`].
pub fn of_sweep(conn: &mut Conn, sweep: SweepId) -> Result<Vec<Notice>, DbError> {
    notices::table
        .filter(notices::sweep_id.eq(sweep.to_string()))
        .order((notices::recipient, notices::id))
        .load::<Row>(conn)?
        .into_iter()
        .map(Notice::try_from)
        .collect()
}

/// What a notice says; nothing once it need not be said again.
///
/// # Errors
/// [`DbError`].
pub fn set_sealed(conn: &mut Conn, id: NoticeId, sealed: &[u8]) -> Result<(), DbError> {
    touch(|| Touched::Notice(id.to_string()));
    diesel::update(notices::table.find(id.to_string()))
        .set(notices::sealed.eq(sealed))
        .execute(conn)?;
    Ok(())
}

/// The sweep of a notice has ended: it goes out, or is told to nobody on a ground.
///
/// # Errors
/// [`DbError`].
pub fn gathered(
    conn: &mut Conn,
    id: NoticeId,
    state: &str,
    trouble: Option<&str>,
    now: Timestamp,
) -> Result<(), DbError> {
    touch(|| Touched::Notice(id.to_string()));
    diesel::update(notices::table.find(id.to_string()))
        .set((
            notices::state.eq(state),
            notices::trouble.eq(trouble),
            notices::done_at.eq((state != "queued").then(|| micros(now))),
        ))
        .execute(conn)?;
    Ok(())
}

/// How a try ended, if the notice still waits; true if it did.
///
/// # Errors
/// [`DbError`].
pub fn settle(
    conn: &mut Conn,
    id: NoticeId,
    state: &str,
    trouble: Option<&str>,
    now: Timestamp,
) -> Result<bool, DbError> {
    touch(|| Touched::Notice(id.to_string()));
    let is_end = state != "queued";
    let waiting = notices::table
        .find(id.to_string())
        .filter(notices::state.eq_any(["queued", "failed"]));
    let settled = diesel::update(waiting)
        .set((
            notices::state.eq(state),
            notices::trouble.eq(trouble),
            notices::attempts.eq(notices::attempts + i32::from(state != "told")),
            notices::done_at.eq(is_end.then(|| micros(now))),
        ))
        .execute(conn)?;
    Ok(settled == 1)
}

/// A failed notice is to be tried anew.
///
/// # Errors
/// [`DbError`].
pub fn requeue(conn: &mut Conn, id: NoticeId) -> Result<bool, DbError> {
    touch(|| Touched::Notice(id.to_string()));
    let failed = notices::table
        .find(id.to_string())
        .filter(notices::state.eq("failed"));
    let renewed = diesel::update(failed)
        .set((
            notices::state.eq("queued"),
            notices::attempts.eq(0),
            notices::done_at.eq(None::<i64>),
        ))
        .execute(conn)?;
    Ok(renewed == 1)
}

/// The notices that only a person can help, the oldest first.
///
/// # Errors
/// [`DbError`].
pub fn failed(conn: &mut Conn, limit: i64) -> Result<Vec<Notice>, DbError> {
    notices::table
        .filter(notices::state.eq("failed"))
        .order(notices::id)
        .limit(limit)
        .load::<Row>(conn)?
        .into_iter()
        .map(Notice::try_from)
        .collect()
}

/// Forgets what the notices about a request say.
///
/// # Errors
/// [`DbError`].
pub fn forget_words(conn: &mut Conn, request: RequestId) -> Result<(), DbError> {
    diesel::update(notices::table.filter(notices::request_id.eq(request.to_string())))
        .set(notices::sealed.eq(Vec::<u8>::new()))
        .execute(conn)?;
    Ok(())
}

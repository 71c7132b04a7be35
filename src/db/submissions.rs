//! What arrived and waits for proof of identity, and the keys that seal requests.
//! Intake writes here and reads nothing, so that every address gets the same statements.

use diesel::prelude::*;
use jiff::Timestamp;

use super::intake::{Touched, touch};
use super::schema::{request_keys, submissions};
use super::types::{maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::RequestId;
use crate::domain::request::{AddressDigest, Kind, Via};

/// What arrived, before anybody proved anything.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Becomes the id of the request.
    pub id: RequestId,
    /// What was asked.
    pub kind: Kind,
    /// `waiting`, `confirmed`, `denied` or `locked` after too many wrong codes.
    pub state: String,
    /// The language of the person.
    pub lang: String,
    /// When it came: the clock starts here.
    pub received_at: Timestamp,
    /// Through which channel.
    pub via: Via,
    /// By which the person is found.
    pub address: AddressDigest,
    /// What was asked, sealed with the key of this id.
    pub sealed: Vec<u8>,
    /// The hash of the token in the mailed link.
    pub token_hash: Vec<u8>,
    /// The hash of the code beside it, where the kind needs one.
    pub code_hash: Option<Vec<u8>>,
    /// Wrong codes so far.
    pub attempts: i32,
    /// When it is forgotten.
    pub expires_at: Timestamp,
    /// The request that it became or joined, or is to prove.
    pub request: Option<RequestId>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = submissions)]
struct Row {
    id: String,
    kind: String,
    state: String,
    lang: String,
    received_at: i64,
    received_via: String,
    address_digest: Vec<u8>,
    digest_key: String,
    sealed: Vec<u8>,
    token_hash: Vec<u8>,
    code_hash: Option<Vec<u8>>,
    attempts: i32,
    expires_at: i64,
    request_id: Option<String>,
}

impl TryFrom<Row> for Submission {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Submission {
            id: word(&row.id)?,
            kind: word(&row.kind)?,
            state: row.state,
            lang: row.lang,
            received_at: time(row.received_at)?,
            via: word(&row.received_via)?,
            address: AddressDigest {
                key: row.digest_key,
                bytes: row.address_digest,
            },
            sealed: row.sealed,
            token_hash: row.token_hash,
            code_hash: row.code_hash,
            attempts: row.attempts,
            expires_at: time(row.expires_at)?,
            request: maybe_word(row.request_id.as_deref())?,
        })
    }
}

/// Stores what arrived.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, submission: &Submission) -> Result<(), DbError> {
    touch(|| Touched::Submission(submission.id.to_string()));
    diesel::insert_into(submissions::table)
        .values(Row {
            id: submission.id.to_string(),
            kind: submission.kind.to_string(),
            state: submission.state.clone(),
            lang: submission.lang.clone(),
            received_at: micros(submission.received_at),
            received_via: submission.via.to_string(),
            address_digest: submission.address.bytes.clone(),
            digest_key: submission.address.key.clone(),
            sealed: submission.sealed.clone(),
            token_hash: submission.token_hash.clone(),
            code_hash: submission.code_hash.clone(),
            attempts: submission.attempts,
            expires_at: micros(submission.expires_at),
            request_id: submission.request.map(|id| id.to_string()),
        })
        .execute(conn)?;
    Ok(())
}

/// The submission behind the token of a mailed link.
///
/// # Errors
/// [`DbError`].
pub fn by_token(conn: &mut Conn, token_hash: &[u8]) -> Result<Option<Submission>, DbError> {
    submissions::table
        .filter(submissions::token_hash.eq(token_hash))
        .first::<Row>(conn)
        .optional()?
        .map(Submission::try_from)
        .transpose()
}

/// The submission of this id.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: RequestId) -> Result<Option<Submission>, DbError> {
    submissions::table
        .find(id.to_string())
        .first::<Row>(conn)
        .optional()?
        .map(Submission::try_from)
        .transpose()
}

/// Stores anew what was asked.
///
/// # Errors
/// [`DbError`].
pub fn reseal(conn: &mut Conn, id: RequestId, sealed: &[u8]) -> Result<(), DbError> {
    touch(|| Touched::Submission(id.to_string()));
    diesel::update(submissions::table.find(id.to_string()))
        .set(submissions::sealed.eq(sealed))
        .execute(conn)?;
    Ok(())
}

/// Counts a wrong code; returns how many there were.
///
/// # Errors
/// [`DbError`].
pub fn count_wrong_code(conn: &mut Conn, id: RequestId, allowed: i32) -> Result<i32, DbError> {
    touch(|| Touched::Submission(id.to_string()));
    let id = id.to_string();
    diesel::update(submissions::table.find(&id))
        .set(submissions::attempts.eq(submissions::attempts + 1))
        .execute(conn)?;
    let attempts: i32 = submissions::table
        .find(&id)
        .select(submissions::attempts)
        .first(conn)?;
    if attempts >= allowed {
        diesel::update(submissions::table.find(&id))
            .set(submissions::state.eq("locked"))
            .execute(conn)?;
    }
    Ok(attempts)
}

/// Ends the wait: confirmed (then with the request that it became or joined) or denied.
/// What was typed is dropped here; the request has it now, or nobody needs it.
///
/// # Errors
/// [`DbError`].
pub fn finish(
    conn: &mut Conn,
    id: RequestId,
    state: &str,
    request: Option<RequestId>,
) -> Result<(), DbError> {
    touch(|| Touched::Submission(id.to_string()));
    diesel::update(submissions::table.find(id.to_string()))
        .set((
            submissions::state.eq(state),
            submissions::request_id.eq(request.map(|id| id.to_string())),
            submissions::sealed.eq(Vec::<u8>::new()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Submissions that wait and came before an instant, in the order they came, after one of them.
///
/// # Errors
/// [`DbError`].
pub fn waiting_since(
    conn: &mut Conn,
    before: Timestamp,
    after: Option<RequestId>,
    limit: i64,
) -> Result<Vec<Submission>, DbError> {
    submissions::table
        .filter(submissions::state.eq("waiting"))
        .filter(submissions::received_at.lt(micros(before)))
        .filter(submissions::id.gt(after.map_or_else(String::new, |id| id.to_string())))
        .order(submissions::id)
        .limit(limit)
        .load::<Row>(conn)?
        .into_iter()
        .map(Submission::try_from)
        .collect()
}

/// Submissions whose end has come, whatever became of them.
///
/// # Errors
/// [`DbError`].
pub fn ended(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Submission>, DbError> {
    submissions::table
        .filter(submissions::expires_at.lt(micros(now)))
        .order(submissions::expires_at)
        .limit(limit)
        .load::<Row>(conn)?
        .into_iter()
        .map(Submission::try_from)
        .collect()
}

/// Forgets a submission.
///
/// # Errors
/// [`DbError`].
pub fn delete(conn: &mut Conn, id: RequestId) -> Result<(), DbError> {
    touch(|| Touched::Submission(id.to_string()));
    diesel::delete(submissions::table.find(id.to_string())).execute(conn)?;
    Ok(())
}

/// Stores the wrapped key of a submission or request.
///
/// # Errors
/// [`DbError`].
pub fn insert_key(
    conn: &mut Conn,
    id: RequestId,
    wrapped: &[u8],
    master_key: &str,
) -> Result<(), DbError> {
    touch(|| Touched::Key(id.to_string()));
    diesel::insert_into(request_keys::table)
        .values((
            request_keys::id.eq(id.to_string()),
            request_keys::wrapped.eq(wrapped),
            request_keys::master_key.eq(master_key),
        ))
        .execute(conn)?;
    Ok(())
}

/// The wrapped key and the id of the master key that wraps it.
///
/// # Errors
/// [`DbError`].
pub fn key(conn: &mut Conn, id: RequestId) -> Result<Option<(Vec<u8>, String)>, DbError> {
    Ok(request_keys::table
        .find(id.to_string())
        .select((request_keys::wrapped, request_keys::master_key))
        .first(conn)
        .optional()?)
}

/// Destroys a key: whatever it sealed is forgotten.
///
/// # Errors
/// [`DbError`].
pub fn delete_key(conn: &mut Conn, id: RequestId) -> Result<(), DbError> {
    touch(|| Touched::Key(id.to_string()));
    diesel::delete(request_keys::table.find(id.to_string())).execute(conn)?;
    Ok(())
}

/// The master keys that wrap something.
///
/// # Errors
/// [`DbError`].
pub fn master_keys_in_use(conn: &mut Conn) -> Result<Vec<String>, DbError> {
    Ok(request_keys::table
        .select(request_keys::master_key)
        .distinct()
        .load(conn)?)
}

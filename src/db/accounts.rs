//! Accounts of staff, their sessions, and the links and sessions of the people who ask.

use diesel::prelude::*;
use jiff::Timestamp;

use super::intake::{Touched, touch};
use super::schema::{staff, staff_sessions, status_links, subject_sessions};
use super::types::{maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError, factors};
use crate::domain::email::Email;
use crate::domain::ids::{RequestId, StaffId};
use crate::domain::staff::{Proved, Staff};

/// An account with what signing in needs.
#[derive(Clone, Debug)]
pub struct Account {
    /// The account.
    pub staff: Staff,
    /// The argon2id hash in PHC form.
    pub password_hash: String,
    /// Failed tries since the last success.
    pub failures: i32,
    /// Until when no try is looked at.
    pub locked_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When somebody signed in with it last, if that is known.
    pub signed_in_at: Option<Timestamp>,
    /// Wrong codes of the second factor in a row, over all sessions.
    pub wrong_codes: i32,
    /// When the last of them came.
    pub wrong_code_at: Option<Timestamp>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = staff)]
struct Row {
    id: String,
    email: String,
    name: String,
    role: String,
    team: Option<String>,
    contract: Option<String>,
    until_on: Option<String>,
    active: bool,
    password_hash: String,
    created_at: i64,
    failures: i32,
    locked_until: Option<i64>,
    signed_in_at: Option<i64>,
    wrong_codes: i32,
    wrong_code_at: Option<i64>,
}

impl TryFrom<Row> for Account {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Account, DbError> {
        Ok(Account {
            staff: Staff {
                id: word(&row.id)?,
                email: Email::parse(&row.email)
                    .map_err(|error| DbError::Internal(error.to_string()))?,
                name: row.name,
                role: word(&row.role)?,
                team: row.team,
                contract: row.contract,
                until_on: maybe_word(row.until_on.as_deref())?,
                active: row.active,
            },
            password_hash: row.password_hash,
            failures: row.failures,
            locked_until: maybe_time(row.locked_until)?,
            created_at: time(row.created_at)?,
            signed_in_at: maybe_time(row.signed_in_at)?,
            wrong_codes: row.wrong_codes,
            wrong_code_at: maybe_time(row.wrong_code_at)?,
        })
    }
}

/// Stores a new account. Its address is kept in its normalised form.
///
/// # Errors
/// [`DbError::Conflict`] if the address has one.
pub fn insert(conn: &mut Conn, account: &Account) -> Result<(), DbError> {
    diesel::insert_into(staff::table)
        .values(Row {
            id: account.staff.id.to_string(),
            email: account.staff.email.normalised().to_owned(),
            name: account.staff.name.clone(),
            role: account.staff.role.to_string(),
            team: account.staff.team.clone(),
            contract: account.staff.contract.clone(),
            until_on: account.staff.until_on.map(|date| date.to_string()),
            active: account.staff.active,
            password_hash: account.password_hash.clone(),
            created_at: micros(account.created_at),
            failures: account.failures,
            locked_until: account.locked_until.map(micros),
            signed_in_at: account.signed_in_at.map(micros),
            wrong_codes: account.wrong_codes,
            wrong_code_at: account.wrong_code_at.map(micros),
        })
        .execute(conn)?;
    Ok(())
}

/// The account of an address.
///
/// # Errors
/// [`DbError`].
pub fn by_email(conn: &mut Conn, email: &Email) -> Result<Option<Account>, DbError> {
    staff::table
        .filter(staff::email.eq(email.normalised()))
        .first::<Row>(conn)
        .optional()?
        .map(Account::try_from)
        .transpose()
}

/// The account of this id.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: StaffId) -> Result<Option<Account>, DbError> {
    staff::table
        .find(id.to_string())
        .first::<Row>(conn)
        .optional()?
        .map(Account::try_from)
        .transpose()
}

/// All accounts, by name.
///
/// # Errors
/// [`DbError`].
pub fn all(conn: &mut Conn) -> Result<Vec<Account>, DbError> {
    staff::table
        .order(staff::name)
        .load::<Row>(conn)?
        .into_iter()
        .map(Account::try_from)
        .collect()
}

/// Notes a failed try, and until when no other is looked at.
///
/// # Errors
/// [`DbError`].
pub fn note_failure(
    conn: &mut Conn,
    id: StaffId,
    failures: i32,
    locked_until: Option<Timestamp>,
) -> Result<(), DbError> {
    diesel::update(staff::table.find(id.to_string()))
        .set((
            staff::failures.eq(failures),
            staff::locked_until.eq(locked_until.map(micros)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes how many wrong codes of the second factor came in a row, and when the last one did.
///
/// # Errors
/// [`DbError`].
pub fn note_wrong_codes(
    conn: &mut Conn,
    id: StaffId,
    wrong_codes: i32,
    last: Option<Timestamp>,
) -> Result<(), DbError> {
    diesel::update(staff::table.find(id.to_string()))
        .set((
            staff::wrong_codes.eq(wrong_codes),
            staff::wrong_code_at.eq(last.map(micros)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Sets a password and ends all sessions of the account.
///
/// # Errors
/// [`DbError`].
pub fn set_password(conn: &mut Conn, id: StaffId, password_hash: &str) -> Result<(), DbError> {
    diesel::update(staff::table.find(id.to_string()))
        .set(staff::password_hash.eq(password_hash))
        .execute(conn)?;
    end_sessions_of(conn, id)
}

/// Closes an account, ends its sessions and forgets its second factors.
///
/// # Errors
/// [`DbError`].
pub fn deactivate(conn: &mut Conn, id: StaffId) -> Result<(), DbError> {
    diesel::update(staff::table.find(id.to_string()))
        .set(staff::active.eq(false))
        .execute(conn)?;
    factors::delete_all_of(conn, id)?;
    end_sessions_of(conn, id)
}

/// Ends all sessions of an account.
///
/// # Errors
/// [`DbError`].
pub fn end_sessions_of(conn: &mut Conn, id: StaffId) -> Result<(), DbError> {
    diesel::delete(staff_sessions::table.filter(staff_sessions::staff_id.eq(id.to_string())))
        .execute(conn)?;
    Ok(())
}

/// Opens a session that has shown this much.
///
/// # Errors
/// [`DbError`].
pub fn open_session(
    conn: &mut Conn,
    token_hash: &[u8],
    id: StaffId,
    proved: Proved,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    diesel::insert_into(staff_sessions::table)
        .values((
            staff_sessions::token_hash.eq(token_hash),
            staff_sessions::staff_id.eq(id.to_string()),
            staff_sessions::created_at.eq(micros(now)),
            staff_sessions::seen_at.eq(micros(now)),
            staff_sessions::expires_at.eq(micros(expires_at)),
            staff_sessions::proved.eq(proved.as_str()),
            staff_sessions::wrong_codes.eq(0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes that somebody has signed in.
///
/// # Errors
/// [`DbError`].
pub fn note_signed_in(conn: &mut Conn, id: StaffId, now: Timestamp) -> Result<(), DbError> {
    diesel::update(staff::table.find(id.to_string()))
        .set(staff::signed_in_at.eq(micros(now)))
        .execute(conn)?;
    Ok(())
}

/// A session of staff that has not ended.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose it is.
    pub account: Account,
    /// What it has shown.
    pub proved: Proved,
    /// How many wrong codes it was given.
    pub wrong_codes: i32,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A session, if it has not ended and its account is active.
///
/// # Errors
/// [`DbError`].
pub fn session(
    conn: &mut Conn,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<Session>, DbError> {
    let row: Option<(String, String, i32, i64)> = staff_sessions::table
        .find(token_hash)
        .filter(staff_sessions::expires_at.gt(micros(now)))
        .select((
            staff_sessions::staff_id,
            staff_sessions::proved,
            staff_sessions::wrong_codes,
            staff_sessions::expires_at,
        ))
        .first(conn)
        .optional()?;
    let Some((staff_id, proved, wrong_codes, expires_at)) = row else {
        return Ok(None);
    };
    let account = find(conn, word(&staff_id)?)?.filter(|account| account.staff.active);
    let Some(account) = account else {
        return Ok(None);
    };
    Ok(Some(Session {
        account,
        proved: word(&proved)?,
        wrong_codes,
        expires_at: time(expires_at)?,
    }))
}

/// Notes how many wrong codes a session was given.
///
/// # Errors
/// [`DbError`].
pub fn note_wrong_in_session(
    conn: &mut Conn,
    token_hash: &[u8],
    wrong_codes: i32,
) -> Result<(), DbError> {
    diesel::update(staff_sessions::table.find(token_hash))
        .set(staff_sessions::wrong_codes.eq(wrong_codes))
        .execute(conn)?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// [`DbError`].
pub fn end_session(conn: &mut Conn, token_hash: &[u8]) -> Result<(), DbError> {
    diesel::delete(staff_sessions::table.find(token_hash)).execute(conn)?;
    Ok(())
}

/// Stores a link to a status page.
///
/// # Errors
/// [`DbError`].
pub fn insert_status_link(
    conn: &mut Conn,
    token_hash: &[u8],
    request: RequestId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    touch(|| Touched::LinksOf(request.to_string()));
    diesel::insert_into(status_links::table)
        .values((
            status_links::token_hash.eq(token_hash),
            status_links::request_id.eq(request.to_string()),
            status_links::created_at.eq(micros(now)),
            status_links::expires_at.eq(micros(expires_at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// The request behind a link that has not ended.
///
/// # Errors
/// [`DbError`].
pub fn request_of_link(
    conn: &mut Conn,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<RequestId>, DbError> {
    let id: Option<String> = status_links::table
        .find(token_hash)
        .filter(status_links::expires_at.gt(micros(now)))
        .select(status_links::request_id)
        .first(conn)
        .optional()?;
    maybe_word(id.as_deref())
}

/// Opens a session for one request.
///
/// # Errors
/// [`DbError`].
pub fn open_subject_session(
    conn: &mut Conn,
    token_hash: &[u8],
    request: RequestId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    diesel::insert_into(subject_sessions::table)
        .values((
            subject_sessions::token_hash.eq(token_hash),
            subject_sessions::request_id.eq(request.to_string()),
            subject_sessions::created_at.eq(micros(now)),
            subject_sessions::expires_at.eq(micros(expires_at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// The request whose session this is.
///
/// # Errors
/// [`DbError`].
pub fn request_of_session(
    conn: &mut Conn,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<RequestId>, DbError> {
    let id: Option<String> = subject_sessions::table
        .find(token_hash)
        .filter(subject_sessions::expires_at.gt(micros(now)))
        .select(subject_sessions::request_id)
        .first(conn)
        .optional()?;
    maybe_word(id.as_deref())
}

/// Deletes links and sessions that have ended.
///
/// # Errors
/// [`DbError`].
pub fn delete_ended(conn: &mut Conn, now: Timestamp) -> Result<usize, DbError> {
    let now = micros(now);
    Ok(
        diesel::delete(status_links::table.filter(status_links::expires_at.le(now)))
            .execute(conn)?
            + diesel::delete(subject_sessions::table.filter(subject_sessions::expires_at.le(now)))
                .execute(conn)?
            + diesel::delete(staff_sessions::table.filter(staff_sessions::expires_at.le(now)))
                .execute(conn)?,
    )
}

/// Revokes all links and sessions of a request.
///
/// # Errors
/// [`DbError`].
pub fn revoke_links(conn: &mut Conn, request: RequestId) -> Result<(), DbError> {
    touch(|| Touched::LinksOf(request.to_string()));
    let id = request.to_string();
    diesel::delete(status_links::table.filter(status_links::request_id.eq(&id))).execute(conn)?;
    diesel::delete(subject_sessions::table.filter(subject_sessions::request_id.eq(&id)))
        .execute(conn)?;
    Ok(())
}

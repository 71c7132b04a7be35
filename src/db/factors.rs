//! What staff sign in with beside their password: factors by kind, and recovery codes.

use std::collections::BTreeSet;

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{staff_factors, staff_recovery_codes};
use super::types::{maybe_time, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{FactorId, StaffId};
use crate::domain::staff::FactorKind;

/// A factor of an account.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Its id.
    pub id: FactorId,
    /// Whose it is.
    pub staff: StaffId,
    /// What it is.
    pub kind: FactorKind,
    /// Its secret, sealed.
    pub sealed: Vec<u8>,
    /// When somebody began to add it.
    pub begun_at: Timestamp,
    /// Until it is confirmed, the hash of the session that began it.
    pub session_hash: Option<Vec<u8>>,
    /// Since when it counts; one that nobody has confirmed does not.
    pub confirmed_at: Option<Timestamp>,
    /// The last step of time of which a code was accepted.
    pub last_step: Option<i64>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = staff_factors)]
struct Row {
    id: String,
    staff_id: String,
    kind: String,
    sealed: Vec<u8>,
    begun_at: i64,
    session_hash: Option<Vec<u8>>,
    confirmed_at: Option<i64>,
    last_step: Option<i64>,
}

impl TryFrom<Row> for Factor {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Factor, DbError> {
        Ok(Factor {
            id: word(&row.id)?,
            staff: word(&row.staff_id)?,
            kind: word(&row.kind)?,
            sealed: row.sealed,
            begun_at: time(row.begun_at)?,
            session_hash: row.session_hash,
            confirmed_at: maybe_time(row.confirmed_at)?,
            last_step: row.last_step,
        })
    }
}

/// Stores a factor.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, factor: &Factor) -> Result<(), DbError> {
    diesel::insert_into(staff_factors::table)
        .values(Row {
            id: factor.id.to_string(),
            staff_id: factor.staff.to_string(),
            kind: factor.kind.to_string(),
            sealed: factor.sealed.clone(),
            begun_at: micros(factor.begun_at),
            session_hash: factor.session_hash.clone(),
            confirmed_at: factor.confirmed_at.map(micros),
            last_step: factor.last_step,
        })
        .execute(conn)?;
    Ok(())
}

/// The factors of an account that count, the oldest first.
///
/// # Errors
/// [`DbError`].
pub fn of(conn: &mut Conn, staff: StaffId) -> Result<Vec<Factor>, DbError> {
    staff_factors::table
        .filter(staff_factors::staff_id.eq(staff.to_string()))
        .filter(staff_factors::confirmed_at.is_not_null())
        .order(staff_factors::id)
        .load::<Row>(conn)?
        .into_iter()
        .map(Factor::try_from)
        .collect()
}

/// Whether an account has a factor that counts.
///
/// # Errors
/// [`DbError`].
pub fn has(conn: &mut Conn, staff: StaffId) -> Result<bool, DbError> {
    let found: i64 = staff_factors::table
        .filter(staff_factors::staff_id.eq(staff.to_string()))
        .filter(staff_factors::confirmed_at.is_not_null())
        .count()
        .get_result(conn)?;
    Ok(found > 0)
}

/// Who has a factor that counts.
///
/// # Errors
/// [`DbError`].
pub fn who_has(conn: &mut Conn) -> Result<BTreeSet<StaffId>, DbError> {
    let ids: Vec<String> = staff_factors::table
        .filter(staff_factors::confirmed_at.is_not_null())
        .select(staff_factors::staff_id)
        .load(conn)?;
    ids.iter().map(|id| word(id)).collect()
}

/// The factor that a session began to add after a time, and has not confirmed.
///
/// # Errors
/// [`DbError`].
pub fn pending(
    conn: &mut Conn,
    session_hash: &[u8],
    after: Timestamp,
) -> Result<Option<Factor>, DbError> {
    staff_factors::table
        .filter(staff_factors::session_hash.eq(session_hash))
        .filter(staff_factors::confirmed_at.is_null())
        .filter(staff_factors::begun_at.gt(micros(after)))
        .first::<Row>(conn)
        .optional()?
        .map(Factor::try_from)
        .transpose()
}

/// A factor counts from now on, and the step of its first code is used.
///
/// # Errors
/// [`DbError`].
pub fn confirm(conn: &mut Conn, id: FactorId, now: Timestamp, step: i64) -> Result<(), DbError> {
    let none: Option<Vec<u8>> = None;
    diesel::update(staff_factors::table.find(id.to_string()))
        .set((
            staff_factors::confirmed_at.eq(micros(now)),
            staff_factors::session_hash.eq(none),
            staff_factors::last_step.eq(step),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes the step of the code that was accepted last.
///
/// # Errors
/// [`DbError`].
pub fn accepted(conn: &mut Conn, id: FactorId, step: i64) -> Result<(), DbError> {
    diesel::update(staff_factors::table.find(id.to_string()))
        .set(staff_factors::last_step.eq(step))
        .execute(conn)?;
    Ok(())
}

/// Deletes what an account has begun to add and not confirmed.
///
/// # Errors
/// [`DbError`].
pub fn delete_pending_of(conn: &mut Conn, staff: StaffId) -> Result<(), DbError> {
    diesel::delete(
        staff_factors::table
            .filter(staff_factors::staff_id.eq(staff.to_string()))
            .filter(staff_factors::confirmed_at.is_null()),
    )
    .execute(conn)?;
    Ok(())
}

/// Deletes what nobody has confirmed and was begun before a time.
///
/// # Errors
/// [`DbError`].
pub fn delete_pending_before(conn: &mut Conn, before: Timestamp) -> Result<usize, DbError> {
    Ok(diesel::delete(
        staff_factors::table
            .filter(staff_factors::confirmed_at.is_null())
            .filter(staff_factors::begun_at.le(micros(before))),
    )
    .execute(conn)?)
}

/// Deletes all factors and recovery codes of an account.
///
/// # Errors
/// [`DbError`].
pub fn delete_all_of(conn: &mut Conn, staff: StaffId) -> Result<(), DbError> {
    let id = staff.to_string();
    diesel::delete(staff_factors::table.filter(staff_factors::staff_id.eq(&id))).execute(conn)?;
    diesel::delete(staff_recovery_codes::table.filter(staff_recovery_codes::staff_id.eq(&id)))
        .execute(conn)?;
    Ok(())
}

/// Puts new recovery codes in the place of those that an account has.
///
/// # Errors
/// [`DbError`].
pub fn replace_recovery_codes(
    conn: &mut Conn,
    staff: StaffId,
    hashes: &[[u8; 32]],
    now: Timestamp,
) -> Result<(), DbError> {
    let id = staff.to_string();
    diesel::delete(staff_recovery_codes::table.filter(staff_recovery_codes::staff_id.eq(&id)))
        .execute(conn)?;
    for hash in hashes {
        diesel::insert_into(staff_recovery_codes::table)
            .values((
                staff_recovery_codes::staff_id.eq(&id),
                staff_recovery_codes::code_hash.eq(&hash[..]),
                staff_recovery_codes::made_at.eq(micros(now)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Uses up a recovery code; false if the account has none with this hash.
///
/// # Errors
/// [`DbError`].
pub fn use_recovery_code(conn: &mut Conn, staff: StaffId, hash: &[u8]) -> Result<bool, DbError> {
    let used = diesel::delete(
        staff_recovery_codes::table
            .filter(staff_recovery_codes::staff_id.eq(staff.to_string()))
            .filter(staff_recovery_codes::code_hash.eq(hash)),
    )
    .execute(conn)?;
    Ok(used > 0)
}

/// How many recovery codes an account has left.
///
/// # Errors
/// [`DbError`].
pub fn recovery_codes_left(conn: &mut Conn, staff: StaffId) -> Result<i64, DbError> {
    Ok(staff_recovery_codes::table
        .filter(staff_recovery_codes::staff_id.eq(staff.to_string()))
        .count()
        .get_result(conn)?)
}

/// The sealed secrets of all factors, to see which keys they need.
///
/// # Errors
/// [`DbError`].
pub fn secrets(conn: &mut Conn) -> Result<Vec<Vec<u8>>, DbError> {
    Ok(staff_factors::table
        .select(staff_factors::sealed)
        .load(conn)?)
}

//! When somebody looked through who may do what.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{access_reviews, staff_sessions};
use super::types::{maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{ReviewId, StaffId};

/// A review.
#[derive(Clone, Debug)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// When.
    pub at: Timestamp,
    /// By whom; the operator has no account.
    pub by: Option<StaffId>,
    /// How many accounts were open.
    pub accounts: i64,
    /// How many tokens of machines were in force.
    pub tokens: i64,
    /// A digest of the list that was looked at.
    pub list: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = access_reviews)]
struct Row {
    id: String,
    reviewed_at: i64,
    reviewed_by: Option<String>,
    accounts: i64,
    tokens: i64,
    list: String,
}

impl TryFrom<Row> for Review {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Review, DbError> {
        Ok(Review {
            id: word(&row.id)?,
            at: time(row.reviewed_at)?,
            by: maybe_word(row.reviewed_by.as_deref())?,
            accounts: row.accounts,
            tokens: row.tokens,
            list: row.list,
        })
    }
}

/// Stores a review.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, review: &Review) -> Result<(), DbError> {
    diesel::insert_into(access_reviews::table)
        .values(Row {
            id: review.id.to_string(),
            reviewed_at: micros(review.at),
            reviewed_by: review.by.map(|id| id.to_string()),
            accounts: review.accounts,
            tokens: review.tokens,
            list: review.list.clone(),
        })
        .execute(conn)?;
    Ok(())
}

/// The latest reviews, the newest first.
///
/// # Errors
/// [`DbError`].
pub fn latest(conn: &mut Conn, limit: i64) -> Result<Vec<Review>, DbError> {
    access_reviews::table
        .order(access_reviews::reviewed_at.desc())
        .limit(limit)
        .select(Row::as_select())
        .load::<Row>(conn)?
        .into_iter()
        .map(Review::try_from)
        .collect()
}

/// Forgets reviews from before a time; the latest stays whatever its age.
///
/// # Errors
/// [`DbError`].
pub fn forget_before(conn: &mut Conn, before: Timestamp) -> Result<usize, DbError> {
    let Some(latest) = latest(conn, 1)?.into_iter().next() else {
        return Ok(0);
    };
    let old = access_reviews::table
        .filter(access_reviews::reviewed_at.lt(micros(before)))
        .filter(access_reviews::id.ne(latest.id.to_string()));
    Ok(diesel::delete(old).execute(conn)?)
}

/// How many sessions each account has open.
///
/// # Errors
/// [`DbError`].
pub fn open_sessions(conn: &mut Conn, now: Timestamp) -> Result<Vec<(StaffId, i64)>, DbError> {
    let rows: Vec<(String, i64)> = staff_sessions::table
        .filter(staff_sessions::expires_at.gt(micros(now)))
        .group_by(staff_sessions::staff_id)
        .select((staff_sessions::staff_id, diesel::dsl::count_star()))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, count)| Ok((word(&id)?, count)))
        .collect()
}

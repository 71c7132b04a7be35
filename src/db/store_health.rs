//! How the stores in other systems were when they were last asked.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::store_health;
use super::types::{maybe_time, micros, time};
use super::{Conn, DbError};
use crate::domain::store::StoreName;

/// How a store was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Which store.
    pub store: StoreName,
    /// When it was last asked.
    pub asked_at: Timestamp,
    /// When it last answered well.
    pub last_success_at: Option<Timestamp>,
    /// Since when it has not, if it has not.
    pub failing_since: Option<Timestamp>,
    /// What is the matter.
    pub trouble: Option<String>,
}

type Row = (String, i64, Option<i64>, Option<i64>, Option<String>);

fn seen(row: Row) -> Result<Seen, DbError> {
    let (store, asked_at, last_success_at, failing_since, trouble) = row;
    Ok(Seen {
        store: StoreName(store),
        asked_at: time(asked_at)?,
        last_success_at: maybe_time(last_success_at)?,
        failing_since: maybe_time(failing_since)?,
        trouble,
    })
}

/// How every store was.
///
/// # Errors
/// [`DbError`].
pub fn all(conn: &mut Conn) -> Result<Vec<Seen>, DbError> {
    store_health::table
        .order(store_health::store)
        .load::<Row>(conn)?
        .into_iter()
        .map(seen)
        .collect()
}

/// Stores how one is now.
///
/// # Errors
/// [`DbError`].
pub fn save(conn: &mut Conn, now: &Seen) -> Result<(), DbError> {
    let values = (
        store_health::asked_at.eq(micros(now.asked_at)),
        store_health::last_success_at.eq(now.last_success_at.map(micros)),
        store_health::failing_since.eq(now.failing_since.map(micros)),
        store_health::trouble.eq(&now.trouble),
    );
    let name = store_health::store.eq(&now.store.0);
    let changed = diesel::update(store_health::table.filter(name))
        .set(values)
        .execute(conn)?;
    if changed == 0 {
        diesel::insert_into(store_health::table)
            .values((name, values))
            .execute(conn)?;
    }
    Ok(())
}

/// Forgets stores that are configured no more.
///
/// # Errors
/// [`DbError`].
pub fn keep_only(conn: &mut Conn, stores: &[StoreName]) -> Result<(), DbError> {
    let names: Vec<&str> = stores.iter().map(|store| store.0.as_str()).collect();
    diesel::delete(store_health::table.filter(store_health::store.ne_all(names))).execute(conn)?;
    Ok(())
}

//! Legal holds, whom they concern, and what they have stopped.

use std::collections::HashSet;

use diesel::prelude::*;
use jiff::Timestamp;

use super::intake::{Touched, touch};
use super::schema::{held_records, hold_digests, holds, requests, run_items, runs};
use super::types::{date, maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::hold::{Ended, Terms};
use crate::domain::ids::{HoldId, RequestId, RunId, StaffId};
use crate::domain::request::AddressDigest;
use crate::domain::run::Cause;
use crate::domain::store::{ItemKey, ItemKind, StoreName};

/// Digests that one statement asks for at the most.
const AT_ONCE: usize = 500;

/// A hold as it is stored.
#[derive(Clone, Debug)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// By whom; the operator has no account.
    pub placed_by: Option<StaffId>,
    /// How long, and when it is reviewed.
    pub terms: Terms,
    /// How and when it ended; one without is in force.
    pub ended: Option<End>,
    /// Matter, author, address and the reason of lifting, sealed.
    pub sealed: Vec<u8>,
}

/// The end of a hold.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// By whom; nobody where the last day passed.
    pub by: Option<StaffId>,
    /// How.
    pub how: Ended,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = holds)]
struct Row {
    id: String,
    placed_at: i64,
    placed_by: Option<String>,
    until_on: Option<String>,
    review_on: String,
    ended_at: Option<i64>,
    ended_by: Option<String>,
    ended_how: Option<String>,
    sealed: Vec<u8>,
}

impl TryFrom<Row> for Hold {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Hold, DbError> {
        let how: Option<Ended> = maybe_word(row.ended_how.as_deref())?;
        let ended = match (maybe_time(row.ended_at)?, how) {
            (Some(at), Some(how)) => Some(End {
                at,
                by: maybe_word(row.ended_by.as_deref())?,
                how,
            }),
            _ => None,
        };
        Ok(Hold {
            id: word(&row.id)?,
            placed_at: time(row.placed_at)?,
            placed_by: maybe_word(row.placed_by.as_deref())?,
            terms: Terms {
                review_on: date(&row.review_on)?,
                until_on: row.until_on.as_deref().map(date).transpose()?,
            },
            ended,
            sealed: row.sealed,
        })
    }
}

/// Stores a new hold on a person. One of the same id that the erasure journal brought back meanwhile gets its
/// words.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, hold: &Hold, digests: &[AddressDigest]) -> Result<(), DbError> {
    touch(|| Touched::Hold(hold.id.to_string()));
    let known: i64 = holds::table
        .find(hold.id.to_string())
        .count()
        .get_result(conn)?;
    if known > 0 {
        diesel::update(holds::table.find(hold.id.to_string()))
            .set((
                holds::placed_by.eq(hold.placed_by.map(|id| id.to_string())),
                holds::sealed.eq(&hold.sealed),
            ))
            .execute(conn)?;
        return add_digests(conn, hold.id, digests);
    }
    diesel::insert_into(holds::table)
        .values(Row {
            id: hold.id.to_string(),
            placed_at: micros(hold.placed_at),
            placed_by: hold.placed_by.map(|id| id.to_string()),
            until_on: hold.terms.until_on.map(|day| day.to_string()),
            review_on: hold.terms.review_on.to_string(),
            ended_at: None,
            ended_by: None,
            ended_how: None,
            sealed: hold.sealed.clone(),
        })
        .execute(conn)?;
    add_digests(conn, hold.id, digests)
}

/// The digests of a hold's person under keys that came into use since; those that are there stay.
///
/// # Errors
/// [`DbError`].
pub fn add_digests(
    conn: &mut Conn,
    hold: HoldId,
    digests: &[AddressDigest],
) -> Result<(), DbError> {
    touch(|| Touched::Hold(hold.to_string()));
    let mut known: Vec<Vec<u8>> = hold_digests::table
        .filter(hold_digests::hold_id.eq(hold.to_string()))
        .select(hold_digests::address_digest)
        .load(conn)?;
    for digest in digests {
        if !known.contains(&digest.bytes) {
            known.push(digest.bytes.clone());
            diesel::insert_into(hold_digests::table)
                .values((
                    hold_digests::hold_id.eq(hold.to_string()),
                    hold_digests::address_digest.eq(&digest.bytes),
                    hold_digests::digest_key.eq(&digest.key),
                ))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// The digests of a hold's person, under every key in use since it was placed.
///
/// # Errors
/// [`DbError`].
pub fn digests_of(conn: &mut Conn, hold: HoldId) -> Result<Vec<AddressDigest>, DbError> {
    let rows: Vec<(Vec<u8>, String)> = hold_digests::table
        .filter(hold_digests::hold_id.eq(hold.to_string()))
        .order(hold_digests::address_digest)
        .select((hold_digests::address_digest, hold_digests::digest_key))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(bytes, key)| AddressDigest { key, bytes })
        .collect())
}

/// When a hold was placed, and when it ended.
pub type Stretch = (Timestamp, Timestamp);

/// Whether any hold has ended.
///
/// # Errors
/// [`DbError`].
pub fn any_ended(conn: &mut Conn) -> Result<bool, DbError> {
    let one: Option<String> = holds::table
        .filter(holds::ended_at.is_not_null())
        .select(holds::id)
        .first(conn)
        .optional()?;
    Ok(one.is_some())
}

/// The holds that ended and kept a record, because of anybody on it or because they stopped its erasure, the
/// first first.
///
/// # Errors
/// [`DbError`].
pub fn ended_over(
    conn: &mut Conn,
    digests: &[&[u8]],
    store: &str,
    key: &str,
) -> Result<Vec<Stretch>, DbError> {
    let mut ids: Vec<String> = held_records::table
        .filter(held_records::store.eq(store))
        .filter(held_records::item_key.eq(key))
        .select(held_records::hold_id)
        .load(conn)?;
    for some in digests.chunks(AT_ONCE) {
        let on_people: Vec<String> = hold_digests::table
            .filter(hold_digests::address_digest.eq_any(some))
            .select(hold_digests::hold_id)
            .load(conn)?;
        ids.extend(on_people);
    }
    let rows: Vec<(i64, Option<i64>)> = holds::table
        .filter(holds::id.eq_any(ids))
        .filter(holds::ended_at.is_not_null())
        .order((holds::placed_at, holds::id))
        .select((holds::placed_at, holds::ended_at))
        .load(conn)?;
    rows.into_iter()
        .filter_map(|(placed, ended)| Some((placed, ended?)))
        .map(|(placed, ended)| Ok((time(placed)?, time(ended)?)))
        .collect()
}

/// Whether any hold is in force.
///
/// # Errors
/// [`DbError`].
pub fn any(conn: &mut Conn) -> Result<bool, DbError> {
    let one: Option<String> = holds::table
        .filter(holds::ended_at.is_null())
        .select(holds::id)
        .first(conn)
        .optional()?;
    Ok(one.is_some())
}

/// Which of these digests are under a hold in force. Whatever erases asks in the transaction that
/// erases, so that a hold and an erasure cannot miss each other.
///
/// # Errors
/// [`DbError`].
pub fn held(conn: &mut Conn, digests: &[&[u8]]) -> Result<HashSet<Vec<u8>>, DbError> {
    let mut held = HashSet::new();
    for some in digests.chunks(AT_ONCE) {
        let found: Vec<Vec<u8>> = hold_digests::table
            .inner_join(holds::table.on(holds::id.eq(hold_digests::hold_id)))
            .filter(hold_digests::address_digest.eq_any(some))
            .filter(holds::ended_at.is_null())
            .select(hold_digests::address_digest)
            .load(conn)?;
        held.extend(found);
    }
    Ok(held)
}

/// The holds in force on any of these digests, the oldest first.
///
/// # Errors
/// [`DbError`].
pub fn in_force_on(conn: &mut Conn, digests: &[&[u8]]) -> Result<Vec<Hold>, DbError> {
    let mut found: Vec<Row> = Vec::new();
    for some in digests.chunks(AT_ONCE) {
        let ids = hold_digests::table
            .filter(hold_digests::address_digest.eq_any(some))
            .select(hold_digests::hold_id);
        let rows: Vec<Row> = holds::table
            .filter(holds::id.eq_any(ids))
            .filter(holds::ended_at.is_null())
            .select(Row::as_select())
            .load(conn)?;
        found.extend(rows);
    }
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found.dedup_by(|one, other| one.id == other.id);
    found.into_iter().map(Hold::try_from).collect()
}

/// The hold of this id.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: HoldId) -> Result<Option<Hold>, DbError> {
    holds::table
        .find(id.to_string())
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(Hold::try_from)
        .transpose()
}

/// The holds in force, the next review first.
///
/// # Errors
/// [`DbError`].
pub fn in_force(conn: &mut Conn) -> Result<Vec<Hold>, DbError> {
    holds::table
        .filter(holds::ended_at.is_null())
        .order((holds::review_on, holds::id))
        .select(Row::as_select())
        .load::<Row>(conn)?
        .into_iter()
        .map(Hold::try_from)
        .collect()
}

/// The holds that ended, the last first.
///
/// # Errors
/// [`DbError`].
pub fn ended(conn: &mut Conn, limit: i64) -> Result<Vec<Hold>, DbError> {
    holds::table
        .filter(holds::ended_at.is_not_null())
        .order(holds::ended_at.desc())
        .limit(limit)
        .select(Row::as_select())
        .load::<Row>(conn)?
        .into_iter()
        .map(Hold::try_from)
        .collect()
}

/// A hold goes on with other terms.
///
/// # Errors
/// [`DbError`].
pub fn set_terms(conn: &mut Conn, id: HoldId, terms: &Terms) -> Result<(), DbError> {
    touch(|| Touched::Hold(id.to_string()));
    diesel::update(holds::table.find(id.to_string()))
        .set((
            holds::review_on.eq(terms.review_on.to_string()),
            holds::until_on.eq(terms.until_on.map(|day| day.to_string())),
        ))
        .execute(conn)?;
    Ok(())
}

/// The words of a hold.
///
/// # Errors
/// [`DbError`].
pub fn set_sealed(conn: &mut Conn, id: HoldId, sealed: &[u8]) -> Result<(), DbError> {
    touch(|| Touched::Hold(id.to_string()));
    diesel::update(holds::table.find(id.to_string()))
        .set(holds::sealed.eq(sealed))
        .execute(conn)?;
    Ok(())
}

/// Ends a hold.
///
/// # Errors
/// [`DbError`].
pub fn end(conn: &mut Conn, id: HoldId, end: &End, sealed: &[u8]) -> Result<(), DbError> {
    touch(|| Touched::Hold(id.to_string()));
    diesel::update(holds::table.find(id.to_string()))
        .set((
            holds::ended_at.eq(micros(end.at)),
            holds::ended_by.eq(end.by.map(|id| id.to_string())),
            holds::ended_how.eq(end.how.as_str()),
            holds::sealed.eq(sealed),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets holds that ended before a time and have nothing left to let go; how many.
///
/// # Errors
/// [`DbError`].
pub fn forget_ended(conn: &mut Conn, before: Timestamp, limit: i64) -> Result<usize, DbError> {
    let ids: Vec<String> = holds::table
        .filter(holds::ended_at.lt(micros(before)))
        .order(holds::ended_at)
        .limit(limit)
        .select(holds::id)
        .load(conn)?;
    for id in &ids {
        touch(|| Touched::Hold(id.clone()));
    }
    diesel::delete(held_records::table.filter(held_records::hold_id.eq_any(&ids))).execute(conn)?;
    diesel::delete(hold_digests::table.filter(hold_digests::hold_id.eq_any(&ids))).execute(conn)?;
    diesel::delete(holds::table.filter(holds::id.eq_any(&ids))).execute(conn)?;
    Ok(ids.len())
}

/// A record that would have gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// In which store.
    pub store: StoreName,
    /// Its key there.
    pub key: ItemKey,
    /// What it is.
    pub kind: ItemKind,
    /// Why it would have gone.
    pub cause: Cause,
}

/// Notes that holds stopped a record from going; once for each hold.
///
/// # Errors
/// [`DbError`].
pub fn stop(
    conn: &mut Conn,
    by: &[HoldId],
    stopped: &Stopped,
    now: Timestamp,
) -> Result<(), DbError> {
    for hold in by {
        touch(|| Touched::Hold(hold.to_string()));
        let there: i64 = held_records::table
            .filter(held_records::hold_id.eq(hold.to_string()))
            .filter(held_records::store.eq(&stopped.store.0))
            .filter(held_records::item_key.eq(&stopped.key.0))
            .count()
            .get_result(conn)?;
        if there > 0 {
            continue;
        }
        diesel::insert_into(held_records::table)
            .values((
                held_records::hold_id.eq(hold.to_string()),
                held_records::store.eq(&stopped.store.0),
                held_records::item_key.eq(&stopped.key.0),
                held_records::kind.eq(stopped.kind.as_str()),
                held_records::cause.eq(stopped.cause.as_str()),
                held_records::since_at.eq(micros(now)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The holds in force that stopped a record.
///
/// # Errors
/// [`DbError`].
pub fn stopping(conn: &mut Conn, store: &StoreName, key: &ItemKey) -> Result<Vec<Hold>, DbError> {
    let ids = held_records::table
        .filter(held_records::store.eq(&store.0))
        .filter(held_records::item_key.eq(&key.0))
        .select(held_records::hold_id);
    holds::table
        .filter(holds::id.eq_any(ids))
        .filter(holds::ended_at.is_null())
        .order(holds::id)
        .select(Row::as_select())
        .load::<Row>(conn)?
        .into_iter()
        .map(Hold::try_from)
        .collect()
}

/// When a hold in force stopped a record the last time.
///
/// # Errors
/// [`DbError`].
pub fn stopped_at(conn: &mut Conn, store: &str, key: &str) -> Result<Option<Timestamp>, DbError> {
    let at: Option<i64> = held_records::table
        .inner_join(holds::table.on(holds::id.eq(held_records::hold_id)))
        .filter(held_records::store.eq(store))
        .filter(held_records::item_key.eq(key))
        .filter(holds::ended_at.is_null())
        .select(diesel::dsl::max(held_records::since_at))
        .first(conn)?;
    maybe_time(at)
}

/// How many records a hold has stopped.
///
/// # Errors
/// [`DbError`].
pub fn count_stopped(conn: &mut Conn, hold: HoldId) -> Result<i64, DbError> {
    Ok(held_records::table
        .filter(held_records::hold_id.eq(hold.to_string()))
        .count()
        .get_result(conn)?)
}

/// What a source has erased and every hold has let go of; a copy of ours stays until it goes too.
///
/// # Errors
/// [`DbError`].
pub fn released_by_source(conn: &mut Conn) -> Result<Vec<Stopped>, DbError> {
    let rows: Vec<(String, String, String)> = held_records::table
        .inner_join(holds::table.on(holds::id.eq(held_records::hold_id)))
        .filter(held_records::cause.eq(Cause::Source.as_str()))
        .filter(holds::ended_at.is_not_null())
        .order((held_records::store, held_records::item_key))
        .select((
            held_records::store,
            held_records::item_key,
            held_records::kind,
        ))
        .distinct()
        .load(conn)?;
    let mut released = Vec::new();
    for (store, key, kind) in rows {
        let (store, key) = (StoreName(store), ItemKey(key));
        if stopping(conn, &store, &key)?.is_empty() {
            released.push(Stopped {
                store,
                key,
                kind: word(&kind)?,
                cause: Cause::Source,
            });
        }
    }
    Ok(released)
}

/// A record is gone, or kept for another reason: no hold stops it any more.
///
/// # Errors
/// [`DbError`].
pub fn let_go(conn: &mut Conn, store: &StoreName, key: &ItemKey) -> Result<(), DbError> {
    let holds: Vec<String> = held_records::table
        .filter(held_records::store.eq(&store.0))
        .filter(held_records::item_key.eq(&key.0))
        .select(held_records::hold_id)
        .load(conn)?;
    for hold in holds {
        diesel::delete(held_records::table.find((&hold, &store.0, &key.0))).execute(conn)?;
        touch(|| Touched::Hold(hold));
    }
    Ok(())
}

/// The ended runs that keep something under a hold, with their requests, oldest first.
///
/// # Errors
/// [`DbError`].
pub fn runs_that_wait(
    conn: &mut Conn,
    after: Option<RunId>,
    limit: i64,
) -> Result<Vec<(RunId, RequestId)>, DbError> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let held = run_items::table
        .filter(run_items::run_id.eq(runs::id))
        .filter(run_items::outcome.eq("held"));
    let rows: Vec<(String, String)> = runs::table
        .inner_join(requests::table.on(runs::request_id.eq(requests::id.nullable())))
        .filter(runs::state.eq("done"))
        .filter(runs::id.gt(after))
        .filter(requests::sealed.ne(Vec::<u8>::new()))
        .filter(diesel::dsl::exists(held))
        .order(runs::id)
        .limit(limit)
        .select((runs::id, requests::id))
        .load(conn)?;
    rows.into_iter()
        .map(|(run, request)| Ok((word(&run)?, word(&request)?)))
        .collect()
}

/// Closed requests whose run was taken up at the end of a hold and needs a person.
///
/// # Errors
/// [`DbError`].
pub fn halted_after_close(conn: &mut Conn, limit: i64) -> Result<Vec<RequestId>, DbError> {
    let ids: Vec<String> = runs::table
        .inner_join(requests::table.on(runs::request_id.eq(requests::id.nullable())))
        .filter(runs::state.eq("halted"))
        .filter(requests::stage.eq("closed"))
        .order(runs::id)
        .limit(limit)
        .select(requests::id)
        .load(conn)?;
    ids.iter().map(|id| word(id)).collect()
}

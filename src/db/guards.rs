//! The three guards: what senders and imports must respect after a person has spoken.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use jiff::Timestamp;

use super::intake::{Touched, touch};
use super::schema::{corrections, erasure_guards, objection_ids, objections};
use super::types::{micros, time};
use super::{Conn, DbError};
use crate::domain::request::AddressDigest;
use crate::domain::sender::ALL_LISTS;

/// The store and the record that stand for all of a person.
pub const EVERYTHING: &str = "*";

/// An objection, as senders hear of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Which objection.
    pub id: String,
    /// Which list.
    pub list: String,
    /// When it changed; later than every change of the same objection before.
    pub at: Timestamp,
}

/// What became of an objection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objected {
    /// It was made.
    Made(Changed),
    /// It stood already, since its `at`.
    Stood(Changed),
}

/// Whether two names are those of one list: people and tools do not agree on the case of letters.
fn is_list(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// The row of an objection: id, list, since when, when it was lifted.
type ObjectionRow = (String, String, i64, Option<i64>);

/// The objections of one digest to a list, in force or lifted.
fn to_list(
    conn: &mut Conn,
    digest: &AddressDigest,
    list: &str,
) -> Result<Vec<ObjectionRow>, DbError> {
    let mut rows: Vec<ObjectionRow> = objections::table
        .filter(objections::address_digest.eq(&digest.bytes))
        .order(objections::id)
        .select((
            objections::id,
            objections::list,
            objections::since_at,
            objections::lifted_at,
        ))
        .load(conn)?;
    rows.retain(|(_, known, ..)| is_list(known, list));
    Ok(rows)
}

/// The person objects to mail of this list (Art. 21(2)-(3)), known by the digests of the address, the
/// current one first.
///
/// # Errors
/// [`DbError`].
pub fn object(
    conn: &mut Conn,
    id: uuid::Uuid,
    digests: &[AddressDigest],
    list: &str,
    channel: &str,
    now: Timestamp,
) -> Result<Objected, DbError> {
    let Some(current) = digests.first() else {
        return Err(DbError::Internal("an address without a digest".to_owned()));
    };
    let mut lifted: Option<(String, String, i64)> = None;
    for digest in digests {
        for (id, list, since, lifted_at) in to_list(conn, digest, list)? {
            let Some(lifted_at) = lifted_at else {
                let at = time(since)?;
                return Ok(Objected::Stood(Changed { id, list, at }));
            };
            lifted = lifted.or(Some((id, list, lifted_at)));
        }
    }
    if let Some((id, list, lifted_at)) = lifted {
        let at = later(now, lifted_at)?;
        touch(|| Touched::Objection(id.clone()));
        diesel::update(objections::table.find(&id))
            .set((
                objections::address_digest.eq(&current.bytes),
                objections::digest_key.eq(&current.key),
                objections::since_at.eq(micros(at)),
                objections::channel.eq(channel),
                objections::lifted_at.eq(None::<i64>),
            ))
            .execute(conn)?;
        return Ok(Objected::Made(Changed { id, list, at }));
    }
    touch(|| Touched::Objection(id.to_string()));
    diesel::insert_into(objections::table)
        .values((
            objections::id.eq(id.to_string()),
            objections::address_digest.eq(&current.bytes),
            objections::digest_key.eq(&current.key),
            objections::list.eq(list),
            objections::since_at.eq(micros(now)),
            objections::channel.eq(channel),
        ))
        .execute(conn)?;
    Ok(Objected::Made(Changed {
        id: id.to_string(),
        list: list.to_owned(),
        at: now,
    }))
}

/// The first objection that an address ever made, if it made one: it stands for the address where its
/// digest must not be kept.
///
/// # Errors
/// [`DbError`].
pub fn first_objection(
    conn: &mut Conn,
    digests: &[AddressDigest],
) -> Result<Option<String>, DbError> {
    let bytes: Vec<&[u8]> = digests.iter().map(|digest| &*digest.bytes).collect();
    Ok(objections::table
        .filter(objections::address_digest.eq_any(bytes))
        .order(objections::id)
        .select(objections::id)
        .first(conn)
        .optional()?)
}

/// Notes under which id of its own a tool knows whoever objects.
///
/// # Errors
/// [`DbError`].
pub fn learn_id(
    conn: &mut Conn,
    objection: &str,
    tool: &str,
    tool_id: &str,
) -> Result<(), DbError> {
    let known: i64 = objection_ids::table
        .find((objection, tool, tool_id))
        .count()
        .get_result(conn)?;
    if known == 0 {
        touch(|| Touched::Objection(objection.to_owned()));
        diesel::insert_into(objection_ids::table)
            .values((
                objection_ids::objection_id.eq(objection),
                objection_ids::tool.eq(tool),
                objection_ids::tool_id.eq(tool_id),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Under which ids tools know whoever objects: by objection and tool.
///
/// # Errors
/// [`DbError`].
pub fn ids_of(
    conn: &mut Conn,
    objections: &[&str],
) -> Result<HashMap<(String, String), Vec<String>>, DbError> {
    let mut ids: HashMap<_, Vec<String>> = HashMap::new();
    for objections in objections.chunks(super::records::MANY) {
        let rows: Vec<(String, String, String)> = objection_ids::table
            .filter(objection_ids::objection_id.eq_any(objections.iter().copied()))
            .order((objection_ids::objection_id, objection_ids::tool_id))
            .select((
                objection_ids::objection_id,
                objection_ids::tool,
                objection_ids::tool_id,
            ))
            .load(conn)?;
        for (objection, tool, id) in rows {
            ids.entry((objection, tool)).or_default().push(id);
        }
    }
    Ok(ids)
}

/// Now, or a microsecond after the last change where another machine's clock is ahead.
fn later(now: Timestamp, than: i64) -> Result<Timestamp, DbError> {
    time(micros(now).max(than.saturating_add(1)))
}

/// The objection to this list is taken back. Nothing if there was none.
///
/// # Errors
/// [`DbError`].
pub fn lift(
    conn: &mut Conn,
    digests: &[AddressDigest],
    list: &str,
    now: Timestamp,
) -> Result<Vec<Changed>, DbError> {
    let mut lifted = Vec::new();
    for digest in digests {
        for (id, list, since, lifted_at) in to_list(conn, digest, list)? {
            if lifted_at.is_some() {
                continue;
            }
            let at = later(now, since)?;
            touch(|| Touched::Objection(id.clone()));
            diesel::update(objections::table.find(&id))
                .set(objections::lifted_at.eq(micros(at)))
                .execute(conn)?;
            lifted.push(Changed { id, list, at });
        }
    }
    Ok(lifted)
}

/// An objection in force.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its id.
    pub id: String,
    /// The list that it ends.
    pub list: String,
    /// Since when.
    pub since: Timestamp,
    /// How it came.
    pub channel: String,
}

type StandingRow = (String, String, i64, String);

fn standing((id, list, since, channel): StandingRow) -> Result<Standing, DbError> {
    Ok(Standing {
        id,
        list,
        since: time(since)?,
        channel,
    })
}

/// The objections of an address.
///
/// # Errors
/// [`DbError`].
pub fn objections_of(conn: &mut Conn, digests: &[AddressDigest]) -> Result<Vec<Standing>, DbError> {
    let mut all = Vec::new();
    for digest in digests {
        let rows: Vec<StandingRow> = objections::table
            .filter(objections::address_digest.eq(&digest.bytes))
            .filter(objections::lifted_at.is_null())
            .order(objections::list)
            .select((
                objections::id,
                objections::list,
                objections::since_at,
                objections::channel,
            ))
            .load(conn)?;
        for row in rows {
            all.push(standing(row)?);
        }
    }
    Ok(all)
}

/// The objections in force after this one, in the order of their ids.
///
/// # Errors
/// [`DbError`].
pub fn objections_after(
    conn: &mut Conn,
    after: &str,
    limit: i64,
) -> Result<Vec<Standing>, DbError> {
    objections::table
        .filter(objections::id.gt(after))
        .filter(objections::lifted_at.is_null())
        .order(objections::id)
        .limit(limit)
        .select((
            objections::id,
            objections::list,
            objections::since_at,
            objections::channel,
        ))
        .load::<StandingRow>(conn)?
        .into_iter()
        .map(standing)
        .collect()
}

/// Which of these digests object to a list or to all; without a list, to anything.
///
/// # Errors
/// [`DbError`].
pub fn objecting(
    conn: &mut Conn,
    digests: &[&[u8]],
    list: Option<&str>,
) -> Result<HashSet<Vec<u8>>, DbError> {
    let mut objecting = HashSet::new();
    for digests in digests.chunks(super::records::MANY) {
        let found: Vec<(Vec<u8>, String)> = objections::table
            .filter(objections::address_digest.eq_any(digests.iter().copied()))
            .filter(objections::lifted_at.is_null())
            .select((objections::address_digest, objections::list))
            .load(conn)?;
        let counts =
            |known: &str| list.is_none_or(|list| is_list(known, list) || known == ALL_LISTS);
        objecting.extend(
            found
                .into_iter()
                .filter(|(_, known)| counts(known))
                .map(|(digest, _)| digest),
        );
    }
    Ok(objecting)
}

/// How many objections stand.
///
/// # Errors
/// [`DbError`].
pub fn count_objections(conn: &mut Conn) -> Result<i64, DbError> {
    Ok(objections::table
        .filter(objections::lifted_at.is_null())
        .count()
        .get_result(conn)?)
}

/// A record of this address was erased: imports must not bring it back.
///
/// # Errors
/// [`DbError`].
pub fn guard_erasure(
    conn: &mut Conn,
    id: uuid::Uuid,
    address: &AddressDigest,
    store: &str,
    record_key: &str,
    cause: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let same = erasure_guards::table
        .filter(erasure_guards::address_digest.eq(&address.bytes))
        .filter(erasure_guards::store.eq(store))
        .filter(erasure_guards::record_key.eq(record_key));
    // What a person asked for is not forgotten because a rule came later, nor the other way round.
    if cause == "request" {
        diesel::update(same)
            .set(erasure_guards::cause.eq(cause))
            .execute(conn)?;
    }
    let same = erasure_guards::table
        .filter(erasure_guards::address_digest.eq(&address.bytes))
        .filter(erasure_guards::store.eq(store))
        .filter(erasure_guards::record_key.eq(record_key));
    let renewed = diesel::update(same)
        .set(erasure_guards::erased_at.eq(micros(now)))
        .execute(conn)?;
    if renewed == 0 {
        diesel::insert_into(erasure_guards::table)
            .values((
                erasure_guards::id.eq(id.to_string()),
                erasure_guards::address_digest.eq(&address.bytes),
                erasure_guards::digest_key.eq(&address.key),
                erasure_guards::store.eq(store),
                erasure_guards::record_key.eq(record_key),
                erasure_guards::erased_at.eq(micros(now)),
                erasure_guards::cause.eq(cause),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// When records of an address were last erased in a store at a person's request,
/// and whether this very record was, for whatever cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guarded {
    /// The newest erasure at a person's request.
    pub person_at: Option<Timestamp>,
    /// This record was erased or purged.
    pub record: bool,
}

/// What an import must respect for an address and a record.
///
/// # Errors
/// [`DbError`].
pub fn guarded(
    conn: &mut Conn,
    digests: &[AddressDigest],
    store: &str,
    record_key: &str,
) -> Result<Guarded, DbError> {
    let mut guarded = Guarded::default();
    for digest in digests {
        let rows: Vec<(String, String, i64, String)> = erasure_guards::table
            .filter(erasure_guards::address_digest.eq(&digest.bytes))
            .select((
                erasure_guards::store,
                erasure_guards::record_key,
                erasure_guards::erased_at,
                erasure_guards::cause,
            ))
            .load(conn)?;
        for (row_store, row_key, erased_at, cause) in rows {
            guarded.record |= row_store == store && row_key == record_key;
            if cause == "request" {
                guarded.person_at = guarded.person_at.max(Some(time(erased_at)?));
            }
        }
    }
    Ok(guarded)
}

/// A value was corrected: imports that bring the wrong one back must not overwrite.
///
/// # Errors
/// [`DbError`].
pub fn note_correction(
    conn: &mut Conn,
    id: uuid::Uuid,
    store: &str,
    record_key: &str,
    field: &str,
    wrong: &AddressDigest,
    now: Timestamp,
) -> Result<(), DbError> {
    let there: i64 = corrections::table
        .filter(corrections::store.eq(store))
        .filter(corrections::record_key.eq(record_key))
        .filter(corrections::field.eq(field))
        .filter(corrections::wrong_digest.eq(&wrong.bytes))
        .count()
        .get_result(conn)?;
    if there == 0 {
        touch(|| Touched::Correction(id.to_string()));
        diesel::insert_into(corrections::table)
            .values((
                corrections::id.eq(id.to_string()),
                corrections::store.eq(store),
                corrections::record_key.eq(record_key),
                corrections::field.eq(field),
                corrections::wrong_digest.eq(&wrong.bytes),
                corrections::digest_key.eq(&wrong.key),
                corrections::corrected_at.eq(micros(now)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// An erasure guard, as imports look them up for many rows at once.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The digest of the address.
    pub address: Vec<u8>,
    /// In which store a record was erased.
    pub store: String,
    /// Which record.
    pub record_key: String,
    /// When.
    pub erased_at: Timestamp,
    /// Whether the person had asked.
    pub by_request: bool,
    /// Whether its time had come by a retention rule.
    pub by_rule: bool,
}

/// The erasure guards on any of these digests.
///
/// # Errors
/// [`DbError`].
pub fn guards_on(conn: &mut Conn, digests: &[&[u8]]) -> Result<Vec<Guard>, DbError> {
    let mut guards = Vec::new();
    for digests in digests.chunks(super::records::MANY) {
        let rows: Vec<(Vec<u8>, String, String, i64, String)> = erasure_guards::table
            .filter(erasure_guards::address_digest.eq_any(digests.iter().copied()))
            .select((
                erasure_guards::address_digest,
                erasure_guards::store,
                erasure_guards::record_key,
                erasure_guards::erased_at,
                erasure_guards::cause,
            ))
            .load(conn)?;
        for (address, store, record_key, erased_at, cause) in rows {
            let (by_request, by_rule) = (cause == "request", cause == "retention");
            guards.push(Guard {
                address,
                store,
                record_key,
                erased_at: time(erased_at)?,
                by_request,
                by_rule,
            });
        }
    }
    Ok(guards)
}

/// An erasure guard, as the journal notes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGuard {
    /// The digest of the address.
    pub address: AddressDigest,
    /// In which store a record was erased.
    pub store: String,
    /// Which record.
    pub record_key: String,
    /// Why.
    pub cause: String,
    /// When.
    pub erased_at: Timestamp,
}

/// The guards that were written after this id, in the order of their ids, without those for a person as a whole.
///
/// # Errors
/// [`DbError`].
pub fn guards_after(
    conn: &mut Conn,
    digests: &[AddressDigest],
    after: &str,
) -> Result<Vec<NewGuard>, DbError> {
    let mut rows: Vec<GuardRow> = Vec::new();
    for some in digests.chunks(AT_ONCE) {
        let digests = some.iter().map(|digest| digest.bytes.as_slice());
        let of_some: Vec<GuardRow> = erasure_guards::table
            .filter(erasure_guards::id.gt(after))
            .filter(erasure_guards::address_digest.eq_any(digests))
            .filter(erasure_guards::store.ne(EVERYTHING))
            .order(erasure_guards::id)
            .select(GUARD)
            .load(conn)?;
        rows.extend(of_some);
    }
    rows.into_iter().map(new_guard).collect()
}

/// The guards that were written after this id for a cause, in the order of their ids.
///
/// # Errors
/// [`DbError`].
pub fn guards_of_cause_after(
    conn: &mut Conn,
    cause: &str,
    after: &str,
) -> Result<Vec<NewGuard>, DbError> {
    let rows: Vec<GuardRow> = erasure_guards::table
        .filter(erasure_guards::id.gt(after))
        .filter(erasure_guards::cause.eq(cause))
        .filter(erasure_guards::store.ne(EVERYTHING))
        .order(erasure_guards::id)
        .select(GUARD)
        .load(conn)?;
    rows.into_iter().map(new_guard).collect()
}

/// Digests that one statement asks for at the most.
const AT_ONCE: usize = 500;

type GuardRow = (Vec<u8>, String, String, String, String, i64);

const GUARD: (
    erasure_guards::address_digest,
    erasure_guards::digest_key,
    erasure_guards::store,
    erasure_guards::record_key,
    erasure_guards::cause,
    erasure_guards::erased_at,
) = (
    erasure_guards::address_digest,
    erasure_guards::digest_key,
    erasure_guards::store,
    erasure_guards::record_key,
    erasure_guards::cause,
    erasure_guards::erased_at,
);

fn new_guard(row: GuardRow) -> Result<NewGuard, DbError> {
    let (bytes, key, store, record_key, cause, erased_at) = row;
    Ok(NewGuard {
        address: AddressDigest { key, bytes },
        store,
        record_key,
        cause,
        erased_at: time(erased_at)?,
    })
}

/// A correction, as imports look them up for many records at once.
#[derive(Clone, Debug)]
pub struct Correction {
    /// The key of the record.
    pub record_key: String,
    /// Which field.
    pub field: String,
    /// The digest of the value that was wrong.
    pub wrong: AddressDigest,
}

/// The corrections of any of these records of a store.
///
/// # Errors
/// [`DbError`].
pub fn corrections_on(
    conn: &mut Conn,
    store: &str,
    record_keys: &[&str],
) -> Result<Vec<Correction>, DbError> {
    let mut all = Vec::new();
    for keys in record_keys.chunks(super::records::MANY) {
        let rows: Vec<(String, String, Vec<u8>, String)> = corrections::table
            .filter(corrections::store.eq(store))
            .filter(corrections::record_key.eq_any(keys.iter().copied()))
            .select((
                corrections::record_key,
                corrections::field,
                corrections::wrong_digest,
                corrections::digest_key,
            ))
            .load(conn)?;
        all.extend(
            rows.into_iter()
                .map(|(record_key, field, bytes, key)| Correction {
                    record_key,
                    field,
                    wrong: AddressDigest { key, bytes },
                }),
        );
    }
    Ok(all)
}

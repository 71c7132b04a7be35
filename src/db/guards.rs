//! The three guards: what senders and imports must respect after a person has spoken.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{corrections, erasure_guards, objections};
use super::types::{micros, time};
use super::{Conn, DbError};
use crate::domain::request::AddressDigest;

/// The store and the record that stand for all of a person.
pub const EVERYTHING: &str = "*";

/// The list that stands for all lists.
pub const ALL_LISTS: &str = "*";

/// The person objects to mail of this list (Art. 21(2)-(3)). Says whether that is new.
///
/// # Errors
/// [`DbError`].
pub fn object(
    conn: &mut Conn,
    id: uuid::Uuid,
    address: &AddressDigest,
    list: &str,
    channel: &str,
    tool_id: Option<&str>,
    now: Timestamp,
) -> Result<bool, DbError> {
    let same = objections::table
        .filter(objections::address_digest.eq(&address.bytes))
        .filter(objections::list.eq(list));
    let known: Option<Option<i64>> = same.select(objections::lifted_at).first(conn).optional()?;
    match known {
        Some(None) => Ok(false),
        Some(Some(_)) => {
            diesel::update(same)
                .set((
                    objections::since_at.eq(micros(now)),
                    objections::channel.eq(channel),
                    objections::lifted_at.eq(None::<i64>),
                ))
                .execute(conn)?;
            Ok(true)
        }
        None => {
            diesel::insert_into(objections::table)
                .values((
                    objections::id.eq(id.to_string()),
                    objections::address_digest.eq(&address.bytes),
                    objections::digest_key.eq(&address.key),
                    objections::list.eq(list),
                    objections::since_at.eq(micros(now)),
                    objections::channel.eq(channel),
                    objections::tool_id.eq(tool_id),
                ))
                .execute(conn)?;
            Ok(true)
        }
    }
}

/// The person takes the objection to this list back. Says whether there was one.
///
/// # Errors
/// [`DbError`].
pub fn lift(
    conn: &mut Conn,
    digests: &[AddressDigest],
    list: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let mut lifted = 0;
    for digest in digests {
        lifted += diesel::update(
            objections::table
                .filter(objections::address_digest.eq(&digest.bytes))
                .filter(objections::list.eq(list))
                .filter(objections::lifted_at.is_null()),
        )
        .set(objections::lifted_at.eq(micros(now)))
        .execute(conn)?;
    }
    Ok(lifted > 0)
}

/// The lists to which an address objects.
///
/// # Errors
/// [`DbError`].
pub fn objections_of(
    conn: &mut Conn,
    digests: &[AddressDigest],
) -> Result<Vec<(String, Timestamp)>, DbError> {
    let mut lists = Vec::new();
    for digest in digests {
        let rows: Vec<(String, i64)> = objections::table
            .filter(objections::address_digest.eq(&digest.bytes))
            .filter(objections::lifted_at.is_null())
            .select((objections::list, objections::since_at))
            .load(conn)?;
        for (list, since) in rows {
            lists.push((list, time(since)?));
        }
    }
    Ok(lists)
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
            let by_request = cause == "request";
            guards.push(Guard {
                address,
                store,
                record_key,
                erased_at: time(erased_at)?,
                by_request,
            });
        }
    }
    Ok(guards)
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

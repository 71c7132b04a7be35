//! The trail as tables: entries that nothing changes, and beside them the order,
//! the tree, the filter columns and the personal parts, which may go.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{
    audit_entries, audit_index, audit_intents, audit_nodes, audit_pending, audit_personal,
    audit_sequence,
};
use super::types::{maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::audit::tree::{Hash, Node};
use crate::domain::ids::{EntryId, RequestId, StaffId};

/// A new entry, ready to be stored.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Its id, also in the leaf.
    pub id: EntryId,
    /// The version of the leaf's form.
    pub version: i32,
    /// The canonical bytes.
    pub leaf: Vec<u8>,
    /// Salt and sealed personal part, if there is one.
    pub personal: Option<([u8; 32], Vec<u8>)>,
    /// What the trail is filtered by.
    pub index: Index,
    /// Whether an outcome must follow.
    pub is_intent: bool,
    /// The intent that this one answers.
    pub answers: Option<EntryId>,
}

/// The filter columns of an entry. They can be rebuilt from the leaves.
#[derive(Clone, Debug)]
pub struct Index {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// Who, if staff.
    pub staff: Option<StaffId>,
    /// On which request.
    pub request: Option<RequestId>,
    /// In which store.
    pub store: Option<String>,
}

/// Stores an entry in the transaction of its deed. It touches no row that another deed shares.
///
/// # Errors
/// [`DbError`]; then the deed does not happen either.
pub fn append(conn: &mut Conn, entry: &NewEntry) -> Result<(), DbError> {
    let id = entry.id.to_string();
    diesel::insert_into(audit_entries::table)
        .values((
            audit_entries::id.eq(&id),
            audit_entries::version.eq(entry.version),
            audit_entries::leaf.eq(&entry.leaf),
        ))
        .execute(conn)?;
    diesel::insert_into(audit_pending::table)
        .values(audit_pending::entry_id.eq(&id))
        .execute(conn)?;
    diesel::insert_into(audit_index::table)
        .values((
            audit_index::entry_id.eq(&id),
            audit_index::at.eq(micros(entry.index.at)),
            audit_index::action.eq(&entry.index.action),
            audit_index::staff_id.eq(entry.index.staff.map(|id| id.to_string())),
            audit_index::request_id.eq(entry.index.request.map(|id| id.to_string())),
            audit_index::store.eq(&entry.index.store),
        ))
        .execute(conn)?;
    if let Some((salt, personal)) = &entry.personal {
        diesel::insert_into(audit_personal::table)
            .values((
                audit_personal::entry_id.eq(&id),
                audit_personal::salt.eq(salt.as_slice()),
                audit_personal::personal.eq(personal),
            ))
            .execute(conn)?;
    }
    if entry.is_intent {
        diesel::insert_into(audit_intents::table)
            .values((
                audit_intents::entry_id.eq(&id),
                audit_intents::at.eq(micros(entry.index.at)),
            ))
            .execute(conn)?;
    }
    if let Some(intent) = entry.answers {
        diesel::delete(audit_intents::table.find(intent.to_string())).execute(conn)?;
    }
    Ok(())
}

/// Entries that the sequencer has not seen, oldest first.
///
/// # Errors
/// [`DbError`].
pub fn pending(conn: &mut Conn, limit: i64) -> Result<Vec<(EntryId, Vec<u8>)>, DbError> {
    let rows: Vec<(String, Vec<u8>)> = audit_pending::table
        .inner_join(audit_entries::table.on(audit_entries::id.eq(audit_pending::entry_id)))
        .order(audit_pending::entry_id)
        .limit(limit)
        .select((audit_entries::id, audit_entries::leaf))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, leaf)| Ok((word(&id)?, leaf)))
        .collect()
}

/// How many entries the sequencer has not seen, and the oldest of them.
///
/// # Errors
/// [`DbError`].
pub fn pending_state(conn: &mut Conn) -> Result<(i64, Option<EntryId>), DbError> {
    let (count, oldest): (i64, Option<String>) = audit_pending::table
        .select((
            diesel::dsl::count_star(),
            diesel::dsl::min(audit_pending::entry_id),
        ))
        .first(conn)?;
    Ok((count, maybe_word(oldest.as_deref())?))
}

/// Keeps other sequencers out until the transaction ends. SQLite has one writer anyway.
///
/// # Errors
/// [`DbError`].
pub fn lock_sequence(conn: &mut Conn) -> Result<(), DbError> {
    match conn {
        Conn::Sqlite(_) => Ok(()),
        // Only PostgreSQL has advisory locks, and only it has several writers.
        Conn::Postgres(conn) => {
            diesel::sql_query("SELECT pg_advisory_xact_lock(5209002)").execute(conn)?;
            Ok(())
        }
    }
}

/// How many entries stand in the tree.
///
/// # Errors
/// [`DbError`].
pub fn size(conn: &mut Conn) -> Result<u64, DbError> {
    let last: Option<i64> = audit_sequence::table
        .select(diesel::dsl::max(audit_sequence::position))
        .first(conn)?;
    Ok(last.map_or(0, |last| last.unsigned_abs() + 1))
}

/// Gives an entry its place in the tree.
///
/// # Errors
/// [`DbError::Conflict`] if the place is taken.
pub fn place(
    conn: &mut Conn,
    position: u64,
    entry: EntryId,
    leaf_hash: Hash,
    nodes: &[Node],
) -> Result<(), DbError> {
    let id = entry.to_string();
    diesel::insert_into(audit_sequence::table)
        .values((
            audit_sequence::position.eq(signed(position)?),
            audit_sequence::entry_id.eq(&id),
            audit_sequence::leaf_hash.eq(leaf_hash.0.as_slice()),
        ))
        .execute(conn)?;
    for node in nodes.iter().filter(|node| node.level > 0) {
        diesel::insert_into(audit_nodes::table)
            .values((
                audit_nodes::level.eq(i32::from(node.level)),
                audit_nodes::position.eq(signed(node.index)?),
                audit_nodes::hash.eq(node.hash.0.as_slice()),
            ))
            .execute(conn)?;
    }
    diesel::delete(audit_pending::table.find(&id)).execute(conn)?;
    Ok(())
}

/// A stored node of the tree; level 0 holds the leaf hashes.
///
/// # Errors
/// [`DbError::Internal`] if it is not there.
pub fn node(conn: &mut Conn, level: u8, index: u64) -> Result<Hash, DbError> {
    let bytes: Vec<u8> = if level == 0 {
        audit_sequence::table
            .find(signed(index)?)
            .select(audit_sequence::leaf_hash)
            .first(conn)?
    } else {
        audit_nodes::table
            .find((i32::from(level), signed(index)?))
            .select(audit_nodes::hash)
            .first(conn)?
    };
    Hash::try_from(bytes.as_slice())
        .map_err(|_| DbError::Internal(format!("tree node {level}/{index} is no SHA-256 hash")))
}

fn signed(position: u64) -> Result<i64, DbError> {
    i64::try_from(position)
        .map_err(|_| DbError::Internal("the trail is longer than 2^63".to_owned()))
}

/// An entry as the trail shows it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// Its canonical bytes.
    pub leaf: Vec<u8>,
    /// Its place in the tree, once it has one.
    pub position: Option<u64>,
    /// Its leaf hash, once it has a place.
    pub leaf_hash: Option<Hash>,
    /// The filter columns.
    pub index: Index,
}

type EntryRow = (
    (
        String,
        i64,
        String,
        Option<String>,
        Option<String>,
        Option<String>,
    ),
    Vec<u8>,
    Option<i64>,
    Option<Vec<u8>>,
);

fn entry_from(row: EntryRow) -> Result<Entry, DbError> {
    let ((id, at, action, staff, request, store), leaf, position, leaf_hash) = row;
    Ok(Entry {
        id: word(&id)?,
        leaf,
        position: position.map(i64::unsigned_abs),
        leaf_hash: leaf_hash
            .map(|bytes| {
                Hash::try_from(bytes.as_slice())
                    .map_err(|_| DbError::Internal(format!("leaf hash of {id}")))
            })
            .transpose()?,
        index: Index {
            at: time(at)?,
            action,
            staff: maybe_word(staff.as_deref())?,
            request: maybe_word(request.as_deref())?,
            store,
        },
    })
}

/// Which entries somebody looks at.
#[derive(Clone, Debug, Default)]
pub struct TrailFilter {
    /// Only of this request.
    pub request: Option<RequestId>,
    /// Only by this account.
    pub staff: Option<StaffId>,
    /// Only these actions; none means all.
    pub actions: Vec<String>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// Older than this one.
    pub before: Option<EntryId>,
}

/// A page of the trail, newest first.
///
/// # Errors
/// [`DbError`].
pub fn page(conn: &mut Conn, filter: &TrailFilter, limit: i64) -> Result<Vec<Entry>, DbError> {
    let mut query = audit_index::table
        .inner_join(audit_entries::table.on(audit_entries::id.eq(audit_index::entry_id)))
        .left_join(audit_sequence::table.on(audit_sequence::entry_id.eq(audit_index::entry_id)))
        .select((
            audit_index::all_columns,
            audit_entries::leaf,
            audit_sequence::position.nullable(),
            audit_sequence::leaf_hash.nullable(),
        ))
        .into_boxed::<<Conn as diesel::Connection>::Backend>();
    if let Some(request) = filter.request {
        query = query.filter(audit_index::request_id.eq(request.to_string()));
    }
    if let Some(staff) = filter.staff {
        query = query.filter(audit_index::staff_id.eq(staff.to_string()));
    }
    if !filter.actions.is_empty() {
        query = query.filter(audit_index::action.eq_any(filter.actions.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_index::at.ge(micros(from)));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_index::at.lt(micros(until)));
    }
    if let Some(before) = filter.before {
        query = query.filter(audit_index::entry_id.lt(before.to_string()));
    }
    query
        .order(audit_index::entry_id.desc())
        .limit(limit)
        .load::<EntryRow>(conn)?
        .into_iter()
        .map(entry_from)
        .collect()
}

/// One entry.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: EntryId) -> Result<Option<Entry>, DbError> {
    audit_index::table
        .inner_join(audit_entries::table.on(audit_entries::id.eq(audit_index::entry_id)))
        .left_join(audit_sequence::table.on(audit_sequence::entry_id.eq(audit_index::entry_id)))
        .filter(audit_index::entry_id.eq(id.to_string()))
        .select((
            audit_index::all_columns,
            audit_entries::leaf,
            audit_sequence::position.nullable(),
            audit_sequence::leaf_hash.nullable(),
        ))
        .first::<EntryRow>(conn)
        .optional()?
        .map(entry_from)
        .transpose()
}

/// The id of the entry at a place of the tree.
///
/// # Errors
/// [`DbError`].
pub fn at_position(conn: &mut Conn, position: i64) -> Result<Option<EntryId>, DbError> {
    let id: Option<String> = audit_sequence::table
        .find(position)
        .select(audit_sequence::entry_id)
        .first(conn)
        .optional()?;
    maybe_word(id.as_deref())
}

/// The entry that was made next after this one, if there is one.
///
/// # Errors
/// [`DbError`].
pub fn next_after(conn: &mut Conn, id: EntryId) -> Result<Option<EntryId>, DbError> {
    let next: Option<String> = audit_index::table
        .filter(audit_index::entry_id.gt(id.to_string()))
        .order(audit_index::entry_id)
        .select(audit_index::entry_id)
        .first(conn)
        .optional()?;
    maybe_word(next.as_deref())
}

/// How many entries there are on a request.
///
/// # Errors
/// [`DbError`].
pub fn count_of_request(conn: &mut Conn, request: RequestId) -> Result<i64, DbError> {
    Ok(audit_index::table
        .filter(audit_index::request_id.eq(request.to_string()))
        .count()
        .get_result(conn)?)
}

/// A row of the tree with the entry it should belong to, for verification.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its place.
    pub position: u64,
    /// The entry's id, as the tree has it.
    pub id: String,
    /// The leaf hash, as the tree has it.
    pub leaf_hash: Vec<u8>,
    /// Version and bytes of the entry, if it is there.
    pub entry: Option<(i32, Vec<u8>)>,
    /// Time and action of the filter columns, if they are there.
    pub index: Option<(i64, String, Option<String>)>,
}

/// The rows of the tree from a place on, in order.
///
/// # Errors
/// [`DbError`].
pub fn placed_from(conn: &mut Conn, from: u64, limit: i64) -> Result<Vec<Placed>, DbError> {
    type Row = (
        i64,
        String,
        Vec<u8>,
        Option<i32>,
        Option<Vec<u8>>,
        Option<i64>,
        Option<String>,
        Option<String>,
    );
    let rows: Vec<Row> = audit_sequence::table
        .left_join(audit_entries::table.on(audit_entries::id.eq(audit_sequence::entry_id)))
        .left_join(audit_index::table.on(audit_index::entry_id.eq(audit_sequence::entry_id)))
        .filter(audit_sequence::position.ge(signed(from)?))
        .order(audit_sequence::position)
        .limit(limit)
        .select((
            audit_sequence::position,
            audit_sequence::entry_id,
            audit_sequence::leaf_hash,
            audit_entries::version.nullable(),
            audit_entries::leaf.nullable(),
            audit_index::at.nullable(),
            audit_index::action.nullable(),
            audit_index::store.nullable(),
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(
            |(position, id, leaf_hash, version, leaf, at, action, store)| Placed {
                position: position.unsigned_abs(),
                id,
                leaf_hash,
                entry: version.zip(leaf),
                index: at.zip(action).map(|(at, action)| (at, action, store)),
            },
        )
        .collect())
}

/// How many entries there are, in the tree or not.
///
/// # Errors
/// [`DbError`].
pub fn count_entries(conn: &mut Conn) -> Result<i64, DbError> {
    Ok(audit_entries::table.count().get_result(conn)?)
}

/// Intents without an outcome, announced before an instant.
///
/// # Errors
/// [`DbError`].
pub fn open_intents(conn: &mut Conn, before: Timestamp) -> Result<Vec<EntryId>, DbError> {
    let ids: Vec<String> = audit_intents::table
        .filter(audit_intents::at.lt(micros(before)))
        .order(audit_intents::at)
        .limit(100)
        .select(audit_intents::entry_id)
        .load(conn)?;
    ids.iter().map(|id| word(id)).collect()
}

/// Forgets the personal parts of all entries on a request; the leaves go on verifying.
///
/// # Errors
/// [`DbError`].
pub fn forget_personal(conn: &mut Conn, request: RequestId) -> Result<usize, DbError> {
    let entries: Vec<String> = audit_index::table
        .filter(audit_index::request_id.eq(request.to_string()))
        .select(audit_index::entry_id)
        .load(conn)?;
    Ok(
        diesel::delete(audit_personal::table.filter(audit_personal::entry_id.eq_any(entries)))
            .execute(conn)?,
    )
}

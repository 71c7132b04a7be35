//! The trail as tables: entries that nothing changes, and beside them the order,
//! the tree, the filter columns and the personal parts, which may go.

use diesel::prelude::*;
use jiff::Timestamp;

use super::schema::{
    audit_entries, audit_index, audit_intents, audit_logs, audit_nodes, audit_pending,
    audit_personal, audit_sequence,
};
use super::types::{maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::audit::tree::{Frontier, Hash, Node};
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
    /// The mark over the leaf's hash, made with a key outside the database.
    pub mac: String,
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
        .values((
            audit_pending::entry_id.eq(&id),
            audit_pending::mac.eq(&entry.mac),
        ))
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

/// Entries that the sequencer has not seen, oldest first, each with its mark.
///
/// # Errors
/// [`DbError`].
pub fn pending(conn: &mut Conn, limit: i64) -> Result<Vec<(EntryId, Vec<u8>, String)>, DbError> {
    let rows: Vec<(String, Vec<u8>, String)> = audit_pending::table
        .inner_join(audit_entries::table.on(audit_entries::id.eq(audit_pending::entry_id)))
        .order(audit_pending::entry_id)
        .limit(limit)
        .select((audit_entries::id, audit_entries::leaf, audit_pending::mac))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, leaf, mac)| Ok((word(&id)?, leaf, mac)))
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

/// A log: a tree of its own under a name of its own. There is one, until entries are lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// 1 for the first, then one more each.
    pub id: i32,
    /// Its name in its checkpoints.
    pub origin: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, if it did.
    pub ended_at: Option<Timestamp>,
    /// Of a log that ended: the last checkpoint that was known of it, as a signed note.
    pub last_known: Option<String>,
    /// Entries below this place may be gone; their hashes stay.
    pub pruned: u64,
}

type LogRow = (i32, String, i64, Option<i64>, Option<String>, i64);

fn log_from(row: LogRow) -> Result<Log, DbError> {
    let (id, origin, started_at, ended_at, last_known, pruned) = row;
    Ok(Log {
        id,
        origin,
        started_at: time(started_at)?,
        ended_at: maybe_time(ended_at)?,
        last_known,
        pruned: pruned.unsigned_abs(),
    })
}

/// All logs, the first one first.
///
/// # Errors
/// [`DbError`].
pub fn logs(conn: &mut Conn) -> Result<Vec<Log>, DbError> {
    audit_logs::table
        .order(audit_logs::id)
        .load::<LogRow>(conn)?
        .into_iter()
        .map(log_from)
        .collect()
}

/// The log that entries are placed in; none before the first start.
///
/// # Errors
/// [`DbError`].
pub fn current_log(conn: &mut Conn) -> Result<Option<Log>, DbError> {
    audit_logs::table
        .order(audit_logs::id.desc())
        .first::<LogRow>(conn)
        .optional()?
        .map(log_from)
        .transpose()
}

/// Begins a log.
///
/// # Errors
/// [`DbError::Conflict`] if it stands already.
pub fn start_log(conn: &mut Conn, id: i32, origin: &str, at: Timestamp) -> Result<(), DbError> {
    diesel::insert_into(audit_logs::table)
        .values((
            audit_logs::id.eq(id),
            audit_logs::origin.eq(origin),
            audit_logs::started_at.eq(micros(at)),
            audit_logs::pruned.eq(0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends a log, with the last checkpoint that is known of it.
///
/// # Errors
/// [`DbError`].
pub fn end_log(
    conn: &mut Conn,
    log: i32,
    at: Timestamp,
    last_known: Option<&str>,
) -> Result<(), DbError> {
    diesel::update(audit_logs::table.find(log))
        .set((
            audit_logs::ended_at.eq(micros(at)),
            audit_logs::last_known.eq(last_known),
        ))
        .execute(conn)?;
    Ok(())
}

/// How many entries stand in the tree of a log.
///
/// # Errors
/// [`DbError`].
pub fn size(conn: &mut Conn, log: i32) -> Result<u64, DbError> {
    let last: Option<i64> = audit_sequence::table
        .filter(audit_sequence::log.eq(log))
        .select(diesel::dsl::max(audit_sequence::position))
        .first(conn)?;
    Ok(last.map_or(0, |last| last.unsigned_abs() + 1))
}

/// Nodes below this level are not stored: they are hashed from at most 2^6 leaf hashes, which lie
/// side by side. That leaves a row of nodes to every 32 entries.
pub const STORED_FROM: u8 = 6;

/// Gives an entry its place in the tree of a log.
///
/// # Errors
/// [`DbError::Conflict`] if the place is taken.
pub fn place(
    conn: &mut Conn,
    log: i32,
    position: u64,
    entry: EntryId,
    (leaf_hash, mac): (Hash, &str),
    nodes: &[Node],
) -> Result<(), DbError> {
    let id = entry.to_string();
    diesel::insert_into(audit_sequence::table)
        .values((
            audit_sequence::log.eq(log),
            audit_sequence::position.eq(signed(position)?),
            audit_sequence::entry_id.eq(&id),
            audit_sequence::leaf_hash.eq(leaf_hash.0.as_slice()),
            audit_sequence::mac.eq(mac),
        ))
        .execute(conn)?;
    for node in nodes.iter().filter(|node| node.level >= STORED_FROM) {
        diesel::insert_into(audit_nodes::table)
            .values((
                audit_nodes::log.eq(log),
                audit_nodes::level.eq(i32::from(node.level)),
                audit_nodes::position.eq(signed(node.index)?),
                audit_nodes::hash.eq(node.hash.0.as_slice()),
            ))
            .execute(conn)?;
    }
    diesel::delete(audit_pending::table.find(&id)).execute(conn)?;
    Ok(())
}

/// Takes back the places from `from` on; their entries wait again.
///
/// # Errors
/// [`DbError`].
pub fn give_up_places(conn: &mut Conn, log: i32, from: u64) -> Result<(), DbError> {
    let above = audit_sequence::log
        .eq(log)
        .and(audit_sequence::position.ge(signed(from)?));
    let entries: Vec<(String, String)> = audit_sequence::table
        .filter(above)
        .select((audit_sequence::entry_id, audit_sequence::mac))
        .load(conn)?;
    for (entry, mac) in &entries {
        diesel::insert_into(audit_pending::table)
            .values((
                audit_pending::entry_id.eq(entry),
                audit_pending::mac.eq(mac),
            ))
            .execute(conn)?;
    }
    diesel::delete(audit_sequence::table.filter(above)).execute(conn)?;
    // Node (level, index) stands over the leaves up to (index + 1) << level.
    for level in i32::from(STORED_FROM)..64 {
        diesel::delete(
            audit_nodes::table.filter(
                audit_nodes::log
                    .eq(log)
                    .and(audit_nodes::level.eq(level))
                    .and(audit_nodes::position.ge(signed(from >> level)?)),
            ),
        )
        .execute(conn)?;
    }
    Ok(())
}

/// A node of the tree of a log; level 0 holds the leaf hashes.
///
/// # Errors
/// [`DbError::Internal`] if it is not there.
pub fn node(conn: &mut Conn, log: i32, level: u8, index: u64) -> Result<Hash, DbError> {
    if level >= STORED_FROM {
        let bytes: Vec<u8> = audit_nodes::table
            .find((log, i32::from(level), signed(index)?))
            .select(audit_nodes::hash)
            .first(conn)?;
        return hash_of(&bytes, level, index);
    }
    let (from, count) = (index << level, 1_u64 << level);
    let leaves: Vec<Vec<u8>> = audit_sequence::table
        .filter(audit_sequence::log.eq(log))
        .filter(audit_sequence::position.ge(signed(from)?))
        .filter(audit_sequence::position.lt(signed(from + count)?))
        .order(audit_sequence::position)
        .select(audit_sequence::leaf_hash)
        .load(conn)?;
    if leaves.len() as u64 != count {
        return Err(DbError::Internal(format!(
            "leaves of tree node {level}/{index} are missing"
        )));
    }
    let mut frontier = Frontier::empty();
    for leaf in &leaves {
        frontier.push(hash_of(leaf, level, index)?);
    }
    Ok(frontier.root())
}

fn hash_of(bytes: &[u8], level: u8, index: u64) -> Result<Hash, DbError> {
    Hash::try_from(bytes)
        .map_err(|_| DbError::Internal(format!("tree node {level}/{index} is no SHA-256 hash")))
}

/// The stored nodes of one level, from one index to before another, with their indices.
///
/// # Errors
/// [`DbError`].
pub fn nodes_between(
    conn: &mut Conn,
    log: i32,
    level: u8,
    from: u64,
    to: u64,
) -> Result<Vec<(u64, Vec<u8>)>, DbError> {
    let rows: Vec<(i64, Vec<u8>)> = audit_nodes::table
        .filter(audit_nodes::log.eq(log))
        .filter(audit_nodes::level.eq(i32::from(level)))
        .filter(audit_nodes::position.ge(signed(from)?))
        .filter(audit_nodes::position.lt(signed(to)?))
        .order(audit_nodes::position)
        .select((audit_nodes::position, audit_nodes::hash))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(position, hash)| (position.unsigned_abs(), hash))
        .collect())
}

/// Whether a node is stored over leaves that a log of this size has not got.
///
/// # Errors
/// [`DbError`].
pub fn has_nodes_above(conn: &mut Conn, log: i32, size: u64) -> Result<bool, DbError> {
    for level in i32::from(STORED_FROM)..64 {
        let above = audit_nodes::table
            .filter(audit_nodes::log.eq(log))
            .filter(audit_nodes::level.eq(level))
            .filter(audit_nodes::position.ge(signed(size >> level)?));
        if above.count().get_result::<i64>(conn)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
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
    /// The log in whose tree it stands, once it has a place.
    pub log: Option<i32>,
    /// Its place in that tree.
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
    Option<i32>,
    Option<i64>,
    Option<Vec<u8>>,
);

fn entry_from(row: EntryRow) -> Result<Entry, DbError> {
    let ((id, at, action, staff, request, store), leaf, log, position, leaf_hash) = row;
    Ok(Entry {
        id: word(&id)?,
        leaf,
        log,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrailFilter {
    /// Only this entry.
    pub only: Option<EntryId>,
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

/// The entries that a filter lets through, with all that is shown of them.
macro_rules! shown {
    ($filter:expr) => {{
        let filter: &TrailFilter = $filter;
        let mut query = audit_index::table
            .inner_join(audit_entries::table.on(audit_entries::id.eq(audit_index::entry_id)))
            .left_join(audit_sequence::table.on(audit_sequence::entry_id.eq(audit_index::entry_id)))
            .select((
                audit_index::all_columns,
                audit_entries::leaf,
                audit_sequence::log.nullable(),
                audit_sequence::position.nullable(),
                audit_sequence::leaf_hash.nullable(),
            ))
            .into_boxed::<<Conn as diesel::Connection>::Backend>();
        if let Some(only) = filter.only {
            query = query.filter(audit_index::entry_id.eq(only.to_string()));
        }
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
    }};
}

/// A page of the trail, newest first.
///
/// # Errors
/// [`DbError`].
pub fn page(conn: &mut Conn, filter: &TrailFilter, limit: i64) -> Result<Vec<Entry>, DbError> {
    shown!(filter)
        .order(audit_index::entry_id.desc())
        .limit(limit)
        .load::<EntryRow>(conn)?
        .into_iter()
        .map(entry_from)
        .collect()
}

/// The placed entries of a log that a filter lets through, in the order of the tree, from a place
/// to before another.
///
/// # Errors
/// [`DbError`].
pub fn in_order(
    conn: &mut Conn,
    filter: &TrailFilter,
    log: i32,
    from: u64,
    to: u64,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    shown!(filter)
        .filter(audit_sequence::log.eq(log))
        .filter(audit_sequence::position.ge(signed(from)?))
        .filter(audit_sequence::position.lt(signed(to)?))
        .order(audit_sequence::position)
        .limit(limit)
        .load::<EntryRow>(conn)?
        .into_iter()
        .map(entry_from)
        .collect()
}

/// How many placed entries of a log a filter lets through, before a place.
///
/// # Errors
/// [`DbError`].
pub fn count_in_order(
    conn: &mut Conn,
    filter: &TrailFilter,
    log: i32,
    to: u64,
) -> Result<u64, DbError> {
    let count: i64 = shown!(filter)
        .filter(audit_sequence::log.eq(log))
        .filter(audit_sequence::position.lt(signed(to)?))
        .select(diesel::dsl::count_star())
        .first(conn)?;
    Ok(count.unsigned_abs())
}

/// One entry.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: EntryId) -> Result<Option<Entry>, DbError> {
    shown!(&TrailFilter::default())
        .filter(audit_index::entry_id.eq(id.to_string()))
        .first::<EntryRow>(conn)
        .optional()?
        .map(entry_from)
        .transpose()
}

/// The id of the entry at a place of the tree of a log.
///
/// # Errors
/// [`DbError`].
pub fn at_position(conn: &mut Conn, log: i32, position: i64) -> Result<Option<EntryId>, DbError> {
    let id: Option<String> = audit_sequence::table
        .find((log, position))
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

/// The places of a log from one to before another, in order: place, entry and leaf hash.
///
/// # Errors
/// [`DbError`].
pub fn places(
    conn: &mut Conn,
    log: i32,
    from: u64,
    to: u64,
) -> Result<Vec<(i64, String, Vec<u8>)>, DbError> {
    Ok(audit_sequence::table
        .filter(audit_sequence::log.eq(log))
        .filter(audit_sequence::position.ge(signed(from)?))
        .filter(audit_sequence::position.lt(signed(to)?))
        .order(audit_sequence::position)
        .select((
            audit_sequence::position,
            audit_sequence::entry_id,
            audit_sequence::leaf_hash,
        ))
        .load(conn)?)
}

/// The hashes at the places of a log from one to before another, in order, with their marks.
///
/// # Errors
/// [`DbError`].
pub fn marks(
    conn: &mut Conn,
    log: i32,
    from: u64,
    to: u64,
) -> Result<Vec<(Vec<u8>, String)>, DbError> {
    Ok(audit_sequence::table
        .filter(audit_sequence::log.eq(log))
        .filter(audit_sequence::position.ge(signed(from)?))
        .filter(audit_sequence::position.lt(signed(to)?))
        .order(audit_sequence::position)
        .select((audit_sequence::leaf_hash, audit_sequence::mac))
        .load(conn)?)
}

/// Marks every entry that has no mark: those that an older version wrote, before anything was signed.
///
/// # Errors
/// [`DbError`].
pub fn mark_all(conn: &mut Conn, mark: impl Fn(&[u8]) -> String) -> Result<(), DbError> {
    let placed: Vec<(i32, i64, Vec<u8>)> = audit_sequence::table
        .filter(audit_sequence::mac.eq(""))
        .select((
            audit_sequence::log,
            audit_sequence::position,
            audit_sequence::leaf_hash,
        ))
        .load(conn)?;
    for (log, position, hash) in placed {
        diesel::update(audit_sequence::table.find((log, position)))
            .set(audit_sequence::mac.eq(mark(&hash)))
            .execute(conn)?;
    }
    for (id, leaf, mac) in pending(conn, i64::MAX)? {
        if mac.is_empty() {
            let hash = crate::audit::tree::leaf_hash(&leaf);
            diesel::update(audit_pending::table.find(id.to_string()))
                .set(audit_pending::mac.eq(mark(&hash.0)))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// An entry as it is stored, for verification: id, version and bytes.
pub type StoredLeaf = (String, i32, Vec<u8>);

/// The filter columns of an entry as they are stored: id, time, action, account, request, store.
pub type StoredIndex = (
    String,
    i64,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
);

/// The rows of a table with these ids, sorted by id. Ids of one block of the tree lie close together,
/// so they are read as a range; where strangers lie between them in numbers, one by one.
macro_rules! by_ids {
    ($conn:expr, $table:ident . $id:ident, $ids:expr, $Row:ty) => {{
        let Some((first, last, limit)) = range($ids) else {
            return Ok(Vec::new());
        };
        let rows: Vec<$Row> = $table::table
            .filter($table::$id.between(first, last))
            .order($table::$id)
            .limit(limit)
            .load($conn)?;
        if (rows.len() as i64) < limit {
            return Ok(rows);
        }
        let mut rows: Vec<$Row> = Vec::with_capacity($ids.len());
        for some in $ids.chunks(FEW) {
            rows.extend(
                $table::table
                    .filter($table::$id.eq_any(some.to_vec()))
                    .order($table::$id)
                    .load::<$Row>($conn)?,
            );
        }
        Ok(rows)
    }};
}

/// The entries with these ids, which are sorted.
///
/// # Errors
/// [`DbError`].
pub fn stored_leaves(conn: &mut Conn, ids: &[&str]) -> Result<Vec<StoredLeaf>, DbError> {
    by_ids!(conn, audit_entries.id, ids, StoredLeaf)
}

/// The filter columns of the entries with these ids, which are sorted.
///
/// # Errors
/// [`DbError`].
pub fn stored_index(conn: &mut Conn, ids: &[&str]) -> Result<Vec<StoredIndex>, DbError> {
    by_ids!(conn, audit_index.entry_id, ids, StoredIndex)
}

/// Ids that one statement names.
const FEW: usize = 500;

/// The first and the last of some sorted ids, and how many rows between them are too many.
fn range<'a>(ids: &[&'a str]) -> Option<(&'a str, &'a str, i64)> {
    let limit = i64::try_from(4 * ids.len() + FEW).unwrap_or(i64::MAX);
    Some((ids.first()?, ids.last()?, limit))
}

/// How many entries are stored, wait, and have a place, at one and the same moment. It reads all of
/// the entries, and takes its time.
///
/// # Errors
/// [`DbError`].
pub fn tally(conn: &mut Conn) -> Result<Tally, DbError> {
    // One statement sees one state of the database on both engines.
    Ok(diesel::sql_query(
        "SELECT (SELECT count(*) FROM audit_entries) AS entries,
                (SELECT count(*) FROM audit_pending) AS pending,
                (SELECT CAST(coalesce(sum((SELECT max(position) + 1 FROM audit_sequence s WHERE s.log = l.id)), 0) AS BIGINT)
                   FROM audit_logs l) AS placed,
                (SELECT count(*) FROM audit_pending p
                  WHERE NOT EXISTS (SELECT 1 FROM audit_entries e WHERE e.id = p.entry_id)
                     OR EXISTS (SELECT 1 FROM audit_sequence s WHERE s.entry_id = p.entry_id)) AS strange",
    )
    .get_result(conn)?)
}

/// Rows of the trail at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Tally {
    /// Entries.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub entries: i64,
    /// Entries that wait for a place.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub pending: i64,
    /// Rows that wait for a place without an entry, or have one already.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub strange: i64,
    /// Places in all trees, up to the last one of each.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub placed: i64,
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

/// How many intents from before an instant have no outcome.
///
/// # Errors
/// [`DbError`].
pub fn count_intents_before(conn: &mut Conn, before: Timestamp) -> Result<i64, DbError> {
    Ok(audit_intents::table
        .filter(audit_intents::at.lt(micros(before)))
        .count()
        .get_result(conn)?)
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

/// Deletes up to `limit` particulars of entries from before an instant; how many there were.
///
/// # Errors
/// [`DbError`].
pub fn forget_personal_before(
    conn: &mut Conn,
    before: Timestamp,
    limit: i64,
) -> Result<usize, DbError> {
    let entries: Vec<String> = audit_personal::table
        .inner_join(audit_index::table.on(audit_index::entry_id.eq(audit_personal::entry_id)))
        .filter(audit_index::at.lt(micros(before)))
        .limit(limit)
        .select(audit_personal::entry_id)
        .load(conn)?;
    Ok(
        diesel::delete(audit_personal::table.filter(audit_personal::entry_id.eq_any(entries)))
            .execute(conn)?,
    )
}

/// Whether the trail shows an entry from before an instant.
///
/// # Errors
/// [`DbError`].
pub fn has_older(conn: &mut Conn, than: Timestamp) -> Result<bool, DbError> {
    let oldest: Option<i64> = audit_index::table
        .select(diesel::dsl::min(audit_index::at))
        .first(conn)?;
    Ok(oldest.is_some_and(|oldest| oldest < micros(than)))
}

/// When the first entry of those between two instants was written.
///
/// # Errors
/// [`DbError`].
pub fn first_at(
    conn: &mut Conn,
    from: Timestamp,
    to: Timestamp,
) -> Result<Option<Timestamp>, DbError> {
    let first: Option<i64> = audit_index::table
        .filter(audit_index::at.ge(micros(from)))
        .filter(audit_index::at.le(micros(to)))
        .select(diesel::dsl::min(audit_index::at))
        .first(conn)?;
    maybe_time(first)
}

/// The place of the first entry of a log from between two instants; the size of the log if there is
/// none. An entry from after the second was written by a clock that was wrong.
///
/// # Errors
/// [`DbError`].
pub fn first_between(
    conn: &mut Conn,
    log: i32,
    at: Timestamp,
    to: Timestamp,
) -> Result<u64, DbError> {
    let first: Option<i64> = audit_sequence::table
        .inner_join(audit_index::table.on(audit_index::entry_id.eq(audit_sequence::entry_id)))
        .filter(audit_sequence::log.eq(log))
        .filter(audit_index::at.ge(micros(at)))
        .filter(audit_index::at.le(micros(to)))
        .select(diesel::dsl::min(audit_sequence::position))
        .first(conn)?;
    first.map_or_else(|| size(conn, log), |first| Ok(first.unsigned_abs()))
}

/// Lets the entries of a log below a place go; the trigger refuses all others.
///
/// # Errors
/// [`DbError`].
pub fn set_pruned(conn: &mut Conn, log: i32, below: u64) -> Result<(), DbError> {
    diesel::update(audit_logs::table.find(log))
        .set(audit_logs::pruned.eq(signed(below)?))
        .execute(conn)?;
    Ok(())
}

/// Deletes the entries at the places from one to before another, with what stands beside them.
/// The places keep their hashes.
///
/// # Errors
/// [`DbError`], also where the places lie above the boundary of the log.
pub fn prune(conn: &mut Conn, log: i32, from: u64, to: u64) -> Result<(), DbError> {
    let ids: Vec<String> = places(conn, log, from, to)?
        .into_iter()
        .map(|(_, id, _)| id)
        .collect();
    for some in ids.chunks(FEW) {
        let some = || some.to_vec();
        diesel::delete(audit_personal::table.filter(audit_personal::entry_id.eq_any(some())))
            .execute(conn)?;
        diesel::delete(audit_index::table.filter(audit_index::entry_id.eq_any(some())))
            .execute(conn)?;
        diesel::delete(audit_entries::table.filter(audit_entries::id.eq_any(some())))
            .execute(conn)?;
    }
    Ok(())
}

/// Takes request and account out of the filter columns of entries from before an instant, because
/// the key that made their pseudonyms goes.
///
/// # Errors
/// [`DbError`].
pub fn forget_ids_before(conn: &mut Conn, before: Timestamp) -> Result<(), DbError> {
    let older = audit_index::at.lt(micros(before)).and(
        audit_index::request_id
            .is_not_null()
            .or(audit_index::staff_id.is_not_null()),
    );
    diesel::update(audit_index::table.filter(older))
        .set((
            audit_index::request_id.eq(None::<String>),
            audit_index::staff_id.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

//! How far each erasure journal is carried out in this database. The journals themselves lie outside.

use diesel::prelude::*;
use jiff::Timestamp;
use uuid::Uuid;

use super::schema::journals;
use super::types::{maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::EntryId;

/// A journal as this database knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The journal's own id.
    pub id: Uuid,
    /// Up to which byte all that it says is done here.
    pub position: u64,
    /// The hash that the line before this byte bears; empty at the beginning.
    pub line_hash: String,
    /// When it was first seen.
    pub known_since: Timestamp,
    /// When the mark last moved.
    pub moved_at: Timestamp,
    /// The database was put back, and the journal has not been replayed since.
    pub to_replay: bool,
    /// When somebody said that it is lost.
    pub given_up_at: Option<Timestamp>,
    /// When all journals were last replayed together, if the trail has been whole never since.
    pub replayed_all_at: Option<Timestamp>,
}

#[derive(Queryable)]
struct Row {
    id: String,
    position: i64,
    line_hash: String,
    known_since: i64,
    moved_at: i64,
    to_replay: bool,
    given_up_at: Option<i64>,
    replayed_all_at: Option<i64>,
}

/// The journals that this database knows, the oldest first.
///
/// # Errors
/// [`DbError`].
pub fn all(conn: &mut Conn) -> Result<Vec<Known>, DbError> {
    journals::table
        .order((journals::known_since, journals::id))
        .select((
            journals::id,
            journals::position,
            journals::line_hash,
            journals::known_since,
            journals::moved_at,
            journals::to_replay,
            journals::given_up_at,
            journals::replayed_all_at,
        ))
        .load::<Row>(conn)?
        .into_iter()
        .map(|row| {
            Ok(Known {
                id: word(&row.id)?,
                position: u64::try_from(row.position)
                    .map_err(|_| DbError::Internal(format!("the place of journal {}", row.id)))?,
                line_hash: row.line_hash,
                known_since: time(row.known_since)?,
                moved_at: time(row.moved_at)?,
                to_replay: row.to_replay,
                given_up_at: maybe_time(row.given_up_at)?,
                replayed_all_at: maybe_time(row.replayed_all_at)?,
            })
        })
        .collect()
}

/// Takes a journal up, at its beginning, if it is not known yet.
///
/// # Errors
/// [`DbError`].
pub fn join(conn: &mut Conn, id: Uuid, now: Timestamp) -> Result<(), DbError> {
    let known: i64 = journals::table
        .find(id.to_string())
        .count()
        .get_result(conn)?;
    if known == 0 {
        diesel::insert_into(journals::table)
            .values((
                journals::id.eq(id.to_string()),
                journals::position.eq(0),
                journals::line_hash.eq(""),
                journals::known_since.eq(micros(now)),
                journals::moved_at.eq(micros(now)),
                journals::to_replay.eq(false),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// All that the journal says before this byte is done. Never goes back: another process may have been faster.
///
/// # Errors
/// [`DbError`].
pub fn move_on(
    conn: &mut Conn,
    id: Uuid,
    position: u64,
    line_hash: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let position = position.cast_signed();
    diesel::update(journals::table.find(id.to_string()))
        .filter(journals::position.lt(position))
        .set((
            journals::position.eq(position),
            journals::line_hash.eq(line_hash),
            journals::moved_at.eq(micros(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// The database was put back: every journal is to be replayed before it is worked with.
///
/// # Errors
/// [`DbError`].
pub fn all_to_replay(conn: &mut Conn) -> Result<(), DbError> {
    diesel::update(journals::table.filter(journals::given_up_at.is_null()))
        .set(journals::to_replay.eq(true))
        .execute(conn)?;
    Ok(())
}

/// A journal has been replayed.
///
/// # Errors
/// [`DbError`].
pub fn replayed(conn: &mut Conn, id: Uuid) -> Result<(), DbError> {
    diesel::update(journals::table.find(id.to_string()))
        .set(journals::to_replay.eq(false))
        .execute(conn)?;
    Ok(())
}

/// All journals were replayed together, or the trail is whole, so that nothing has to be remembered.
///
/// # Errors
/// [`DbError`].
pub fn set_replayed_all(conn: &mut Conn, at: Option<Timestamp>) -> Result<(), DbError> {
    diesel::update(journals::table)
        .set(journals::replayed_all_at.eq(at.map(micros)))
        .execute(conn)?;
    Ok(())
}

/// Somebody says that a journal is lost; false if it is not known, or was given up before.
///
/// # Errors
/// [`DbError`].
pub fn give_up(conn: &mut Conn, id: Uuid, now: Timestamp) -> Result<bool, DbError> {
    let standing = journals::table
        .find(id.to_string())
        .filter(journals::given_up_at.is_null());
    let changed = diesel::update(standing)
        .set((
            journals::given_up_at.eq(micros(now)),
            journals::to_replay.eq(false),
        ))
        .execute(conn)?;
    Ok(changed > 0)
}

/// The entry that announced a replay which has not ended, if one was cut off.
///
/// # Errors
/// [`DbError`].
pub fn intent(conn: &mut Conn, id: Uuid) -> Result<Option<EntryId>, DbError> {
    let intent: Option<Option<String>> = journals::table
        .find(id.to_string())
        .select(journals::intent)
        .first(conn)
        .optional()?;
    maybe_word(intent.flatten().as_deref())
}

/// A replay was announced, or has ended.
///
/// # Errors
/// [`DbError`].
pub fn set_intent(conn: &mut Conn, id: Uuid, intent: Option<EntryId>) -> Result<(), DbError> {
    diesel::update(journals::table.find(id.to_string()))
        .set(journals::intent.eq(intent.map(|id| id.to_string())))
        .execute(conn)?;
    Ok(())
}

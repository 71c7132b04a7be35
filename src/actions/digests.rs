//! After the search key has been rotated: every stored digest is brought under the new one, in small
//! transactions, as often as it takes. Nothing waits for it, since whoever looks something up asks with
//! the digests under every key. A process that is killed leaves rows under both keys, and the next one
//! goes on with those that are left.

use jiff::SignedDuration;

use super::ActionError;
use crate::app::App;
use crate::db::digests::{self, Place};
use crate::db::{Conn, DbError};
use crate::seal::Purpose;

/// Running processes take a new search key up within a second. Rows are moved later than that by far: what
/// one of them has begun with the key before is done.
pub const TAKEN_UP: SignedDuration = SignedDuration::from_mins(2);

/// Rows of one transaction.
const BATCH: i64 = 100;

/// What became of the digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewed {
    /// All are under the key in use, but for some that cannot be yet; how many.
    Done(u64),
    /// The key is too new; how long.
    Later(SignedDuration),
}

/// Brings every digest under the search key in use. It passes over the tables until it finds nothing
/// more to do, since others write meanwhile.
///
/// # Errors
/// [`ActionError::Db`]; what was done is done.
pub async fn renew(app: &App) -> Result<Renewed, ActionError> {
    if app.keys.search_key_count() == 1 {
        return Ok(Renewed::Done(0));
    }
    let age = app.clock.now().duration_since(app.keys.search_key_since());
    if age < TAKEN_UP {
        // A key of the future was made before somebody set the clock back.
        return Ok(Renewed::Later((TAKEN_UP - age).min(TAKEN_UP)));
    }
    // Holds know their person under each key before any record stands under the new one.
    super::holds::refresh(app).await?;
    super::taken::refresh(app).await?;
    loop {
        let (mut moved, mut left) = (0, 0);
        for place in Place::ALL {
            let (of_place, not) = renew_place(app, *place).await?;
            moved += of_place;
            left += not;
        }
        if moved == 0 {
            return Ok(Renewed::Done(left));
        }
    }
}

/// One pass over a table: how many rows were moved, and how many could not be.
async fn renew_place(app: &App, place: Place) -> Result<(u64, u64), ActionError> {
    let (mut moved, mut left, mut after) = (0, 0, String::new());
    loop {
        let key = app.keys.current_id(Purpose::Search).to_string();
        let from = after.clone();
        // Outside the transaction: on PostgreSQL it would hold the range against every writer.
        let ids = app
            .db
            .read(move |conn| digests::not_under(conn, place, &key, &from, BATCH))
            .await?;
        let Some(last) = ids.last() else {
            return Ok((moved, left));
        };
        after.clone_from(last);
        let inner = app.clone();
        let (of_batch, not) = app
            .db
            .write(move |conn| -> Result<_, DbError> {
                let (mut moved, mut left) = (0, 0);
                for id in &ids {
                    match renew_one(&inner, conn, place, id)? {
                        Some(true) => moved += 1,
                        Some(false) => left += 1,
                        None => {}
                    }
                }
                Ok((moved, left))
            })
            .await?;
        moved += of_batch;
        left += not;
    }
}

/// Whether a row was moved or has to stay; nothing if there is nothing to do.
fn renew_one(app: &App, conn: &mut Conn, place: Place, id: &str) -> Result<Option<bool>, DbError> {
    let Some(stored) = digests::stored(conn, place, id)? else {
        return Ok(None);
    };
    let key = stored.key.as_deref().map(str::parse).transpose();
    let (Ok(key), Ok(bytes)) = (key, stored.bytes.try_into()) else {
        return Ok(Some(false));
    };
    match app.keys.renewed(key, bytes) {
        None => Ok(Some(false)),
        Some(digest) if key == Some(digest.key) => Ok(None),
        Some(digest) => digests::renew(conn, place, id, &(&digest).into()).map(Some),
    }
}

/// How many digests are not under the search key in use, and the keys that some are under and that are
/// not there. Reads every table with a digest.
///
/// # Errors
/// [`DbError`].
pub fn waiting(
    keys: &crate::seal::KeyRing,
    conn: &mut Conn,
) -> Result<(i64, Vec<String>), DbError> {
    waiting_in(keys, conn, Place::ALL)
}

/// How many digests by which people are found in stores are not under the search key in use.
///
/// # Errors
/// [`DbError`].
pub fn people_waiting(keys: &crate::seal::KeyRing, conn: &mut Conn) -> Result<i64, DbError> {
    Ok(waiting_in(keys, conn, Place::OF_PEOPLE)?.0)
}

fn waiting_in(
    keys: &crate::seal::KeyRing,
    conn: &mut Conn,
    places: &[Place],
) -> Result<(i64, Vec<String>), DbError> {
    let current = keys.current_id(Purpose::Search).to_string();
    let (mut count, mut missing) = (0, Vec::new());
    for place in places {
        for under in digests::keys_of(conn, *place)? {
            match under.key {
                // Of the first key, which is the one in use as long as it is alone.
                None if keys.search_key_count() == 1 => {}
                Some(key) if key == current => {}
                None => count += under.count,
                Some(key) => {
                    count += under.count;
                    let is_there = key.parse().is_ok_and(|key| keys.has(key));
                    if !is_there && !missing.contains(&key) {
                        missing.push(key);
                    }
                }
            }
        }
    }
    Ok((count, missing))
}

//! Review bundles, sealed in chunks.

use diesel::prelude::*;
use jiff::Timestamp;

use super::intake::{Touched, touch};
use super::schema::{bundle_chunks, bundles};
use super::types::{maybe_time, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{BundleId, RequestId};

/// A bundle.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// Its id.
    pub id: BundleId,
    /// For which request.
    pub request: RequestId,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its size in bytes.
    pub size: i64,
    /// How many chunks.
    pub chunks: i32,
    /// The digest of the code that opens it, while one is out.
    pub code_hash: Option<Vec<u8>>,
    /// Until when the code is good.
    pub code_expires_at: Option<Timestamp>,
    /// How often it was handed over.
    pub downloads: i32,
    /// When it is deleted.
    pub expires_at: Timestamp,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = bundles)]
struct Row {
    id: String,
    request_id: String,
    made_at: i64,
    size: i64,
    chunks: i32,
    code_hash: Option<Vec<u8>>,
    code_expires_at: Option<i64>,
    attempts: i32,
    downloads: i32,
    expires_at: i64,
}

impl TryFrom<Row> for Bundle {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Bundle, DbError> {
        Ok(Bundle {
            id: word(&row.id)?,
            request: word(&row.request_id)?,
            made_at: time(row.made_at)?,
            size: row.size,
            chunks: row.chunks,
            code_hash: row.code_hash,
            code_expires_at: maybe_time(row.code_expires_at)?,
            downloads: row.downloads,
            expires_at: time(row.expires_at)?,
        })
    }
}

/// Stores a bundle with its sealed chunks, in place of an earlier one.
///
/// # Errors
/// [`DbError`].
pub fn replace(conn: &mut Conn, bundle: &Bundle, chunks: &[Vec<u8>]) -> Result<(), DbError> {
    if let Some(earlier) = of_request(conn, bundle.request)? {
        delete(conn, earlier.id)?;
    }
    touch(|| Touched::Bundle(bundle.id.to_string()));
    diesel::insert_into(bundles::table)
        .values(Row {
            id: bundle.id.to_string(),
            request_id: bundle.request.to_string(),
            made_at: micros(bundle.made_at),
            size: bundle.size,
            chunks: bundle.chunks,
            code_hash: bundle.code_hash.clone(),
            code_expires_at: bundle.code_expires_at.map(micros),
            attempts: 0,
            downloads: bundle.downloads,
            expires_at: micros(bundle.expires_at),
        })
        .execute(conn)?;
    for (seq, sealed) in (0i32..).zip(chunks) {
        touch(|| Touched::Chunk(bundle.id.to_string(), seq));
        diesel::insert_into(bundle_chunks::table)
            .values((
                bundle_chunks::bundle_id.eq(bundle.id.to_string()),
                bundle_chunks::seq.eq(seq),
                bundle_chunks::sealed.eq(sealed),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The bundle of a request.
///
/// # Errors
/// [`DbError`].
pub fn of_request(conn: &mut Conn, request: RequestId) -> Result<Option<Bundle>, DbError> {
    bundles::table
        .filter(bundles::request_id.eq(request.to_string()))
        .first::<Row>(conn)
        .optional()?
        .map(Bundle::try_from)
        .transpose()
}

/// One sealed chunk.
///
/// # Errors
/// [`DbError`].
pub fn chunk(conn: &mut Conn, id: BundleId, seq: i32) -> Result<Vec<u8>, DbError> {
    Ok(bundle_chunks::table
        .find((id.to_string(), seq))
        .select(bundle_chunks::sealed)
        .first(conn)?)
}

/// Sets the digest of a code with its end, or takes it away; wrong tries start from none.
///
/// # Errors
/// [`DbError`].
pub fn set_code(
    conn: &mut Conn,
    id: BundleId,
    code: Option<(&[u8], Timestamp)>,
) -> Result<(), DbError> {
    touch(|| Touched::Bundle(id.to_string()));
    diesel::update(bundles::table.find(id.to_string()))
        .set((
            bundles::code_hash.eq(code.map(|(hash, _)| hash)),
            bundles::code_expires_at.eq(code.map(|(_, end)| micros(end))),
            bundles::attempts.eq(0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Counts a wrong code; how many there were.
///
/// # Errors
/// [`DbError`].
pub fn count_wrong_code(conn: &mut Conn, id: BundleId) -> Result<i32, DbError> {
    touch(|| Touched::Bundle(id.to_string()));
    let id = id.to_string();
    diesel::update(bundles::table.find(&id))
        .set(bundles::attempts.eq(bundles::attempts + 1))
        .execute(conn)?;
    Ok(bundles::table
        .find(&id)
        .select(bundles::attempts)
        .first(conn)?)
}

/// Counts a handing-over.
///
/// # Errors
/// [`DbError`].
pub fn count_download(conn: &mut Conn, id: BundleId) -> Result<(), DbError> {
    touch(|| Touched::Bundle(id.to_string()));
    diesel::update(bundles::table.find(id.to_string()))
        .set(bundles::downloads.eq(bundles::downloads + 1))
        .execute(conn)?;
    Ok(())
}

/// Bundles whose end has come.
///
/// # Errors
/// [`DbError`].
pub fn ended(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Bundle>, DbError> {
    bundles::table
        .filter(bundles::expires_at.lt(micros(now)))
        .limit(limit)
        .load::<Row>(conn)?
        .into_iter()
        .map(Bundle::try_from)
        .collect()
}

/// Deletes a bundle with its chunks.
///
/// # Errors
/// [`DbError`].
pub fn delete(conn: &mut Conn, id: BundleId) -> Result<(), DbError> {
    touch(|| Touched::Bundle(id.to_string()));
    let id = id.to_string();
    diesel::delete(bundle_chunks::table.filter(bundle_chunks::bundle_id.eq(&id))).execute(conn)?;
    diesel::delete(bundles::table.find(&id)).execute(conn)?;
    Ok(())
}

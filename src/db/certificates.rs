//! Certificates: what was certified at the end of a request, sealed with the request's key.

use diesel::prelude::*;
use jiff::Timestamp;

use super::intake::{Touched, touch};
use super::schema::certificates;
use super::types::{micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{EntryId, RequestId};

/// A certificate as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Of which request.
    pub request: RequestId,
    /// The entry of the trail that holds its digest.
    pub entry: EntryId,
    /// When it was issued.
    pub at: Timestamp,
    /// Statement and salt, sealed.
    pub sealed: Vec<u8>,
}

/// Stores a certificate.
///
/// # Errors
/// [`DbError::Conflict`] if the request has one.
pub fn insert(conn: &mut Conn, certificate: &Stored) -> Result<(), DbError> {
    touch(|| Touched::Certificate(certificate.request.to_string()));
    diesel::insert_into(certificates::table)
        .values((
            certificates::request_id.eq(certificate.request.to_string()),
            certificates::entry_id.eq(certificate.entry.to_string()),
            certificates::at.eq(micros(certificate.at)),
            certificates::sealed.eq(&certificate.sealed),
        ))
        .execute(conn)?;
    Ok(())
}

/// The certificate of a request.
///
/// # Errors
/// [`DbError`].
pub fn of_request(conn: &mut Conn, request: RequestId) -> Result<Option<Stored>, DbError> {
    let row: Option<(String, i64, Vec<u8>)> = certificates::table
        .find(request.to_string())
        .select((
            certificates::entry_id,
            certificates::at,
            certificates::sealed,
        ))
        .first(conn)
        .optional()?;
    row.map(|(entry, at, sealed)| {
        Ok(Stored {
            request,
            entry: word(&entry)?,
            at: time(at)?,
            sealed,
        })
    })
    .transpose()
}

/// Forgets the certificate of a request; the person has theirs.
///
/// # Errors
/// [`DbError`].
pub fn delete(conn: &mut Conn, request: RequestId) -> Result<(), DbError> {
    touch(|| Touched::Certificate(request.to_string()));
    diesel::delete(certificates::table.find(request.to_string())).execute(conn)?;
    Ok(())
}

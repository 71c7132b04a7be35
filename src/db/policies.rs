//! The versions of the privacy statement that were in force, and what people were told of them.

use std::collections::HashSet;

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::schema::{announcements, contacts, erasure_guards, licences, policies, requests};
use super::types::{Day, maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{AnnouncementId, StaffId};

/// A version of the rules, and of what people could read of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// The digest by which requests and the trail name it.
    pub version: String,
    /// What the policy is called.
    pub name: String,
    /// The policy file.
    pub text: String,
    /// The statement in every language, as JSON.
    pub statement: String,
    /// When it was in force first.
    pub first_at: Timestamp,
    /// Since when it is, or was, in force for the last time.
    pub in_force_at: Timestamp,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = policies)]
struct PolicyRow {
    version: String,
    name: String,
    text: String,
    statement: String,
    first_at: i64,
    in_force_at: i64,
}

impl TryFrom<PolicyRow> for PolicyVersion {
    type Error = DbError;

    fn try_from(row: PolicyRow) -> Result<Self, DbError> {
        Ok(Self {
            version: row.version,
            name: row.name,
            text: row.text,
            statement: row.statement,
            first_at: time(row.first_at)?,
            in_force_at: time(row.in_force_at)?,
        })
    }
}

/// The version that came into force last.
///
/// # Errors
/// [`DbError`].
pub fn in_force(conn: &mut Conn) -> Result<Option<PolicyVersion>, DbError> {
    policies::table
        .order((policies::in_force_at.desc(), policies::version))
        .first::<PolicyRow>(conn)
        .optional()?
        .map(PolicyVersion::try_from)
        .transpose()
}

/// A version.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, version: &str) -> Result<Option<PolicyVersion>, DbError> {
    policies::table
        .find(version)
        .first::<PolicyRow>(conn)
        .optional()?
        .map(PolicyVersion::try_from)
        .transpose()
}

/// All versions, the newest first.
///
/// # Errors
/// [`DbError`].
pub fn all(conn: &mut Conn) -> Result<Vec<PolicyVersion>, DbError> {
    policies::table
        .order((policies::in_force_at.desc(), policies::version))
        .load::<PolicyRow>(conn)?
        .into_iter()
        .map(PolicyVersion::try_from)
        .collect()
}

/// Stores a version, once, and since when it is in force; what people could read of a version is what
/// they could read first.
///
/// # Errors
/// [`DbError`].
pub fn put_in_force(conn: &mut Conn, version: &PolicyVersion) -> Result<(), DbError> {
    let renewed = diesel::update(policies::table.find(&version.version))
        .set(policies::in_force_at.eq(micros(version.in_force_at)))
        .execute(conn)?;
    if renewed == 0 {
        diesel::insert_into(policies::table)
            .values(PolicyRow {
                version: version.version.clone(),
                name: version.name.clone(),
                text: version.text.clone(),
                statement: version.statement.clone(),
                first_at: micros(version.first_at),
                in_force_at: micros(version.in_force_at),
            })
            .execute(conn)?;
    }
    Ok(())
}

/// What was decided about telling people of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Its id.
    pub id: AnnouncementId,
    /// Of which version.
    pub version: String,
    /// What people had been told of before.
    pub previous: Option<String>,
    /// `first`, `send` or `needless`.
    pub decision: String,
    /// Why it is needless.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<StaffId>,
    /// When.
    pub decided_at: Timestamp,
    /// How far the letters have been written: the digest of the last address.
    pub reached: Option<Vec<u8>>,
    /// Letters written.
    pub letters: i64,
    /// Addresses that get none.
    pub passed_over: i64,
    /// When the last was written.
    pub done_at: Option<Timestamp>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = announcements)]
struct AnnouncementRow {
    id: String,
    version: String,
    previous: Option<String>,
    decision: String,
    reason: Option<String>,
    decided_by: Option<String>,
    decided_at: i64,
    reached: Option<Vec<u8>>,
    letters: i64,
    passed_over: i64,
    done_at: Option<i64>,
}

impl TryFrom<AnnouncementRow> for Announcement {
    type Error = DbError;

    fn try_from(row: AnnouncementRow) -> Result<Self, DbError> {
        Ok(Self {
            id: word(&row.id)?,
            version: row.version,
            previous: row.previous,
            decision: row.decision,
            reason: row.reason,
            decided_by: maybe_word(row.decided_by.as_deref())?,
            decided_at: time(row.decided_at)?,
            reached: row.reached,
            letters: row.letters,
            passed_over: row.passed_over,
            done_at: maybe_time(row.done_at)?,
        })
    }
}

/// The newest decisions first.
///
/// # Errors
/// [`DbError`].
pub fn announcements(conn: &mut Conn, limit: i64) -> Result<Vec<Announcement>, DbError> {
    announcements::table
        .order((announcements::decided_at.desc(), announcements::id.desc()))
        .limit(limit)
        .load::<AnnouncementRow>(conn)?
        .into_iter()
        .map(Announcement::try_from)
        .collect()
}

/// A decision.
///
/// # Errors
/// [`DbError`].
pub fn announcement(conn: &mut Conn, id: AnnouncementId) -> Result<Option<Announcement>, DbError> {
    announcements::table
        .find(id.to_string())
        .first::<AnnouncementRow>(conn)
        .optional()?
        .map(Announcement::try_from)
        .transpose()
}

/// Stores a decision.
///
/// # Errors
/// [`DbError`].
pub fn announce(conn: &mut Conn, new: &Announcement) -> Result<(), DbError> {
    diesel::insert_into(announcements::table)
        .values(AnnouncementRow {
            id: new.id.to_string(),
            version: new.version.clone(),
            previous: new.previous.clone(),
            decision: new.decision.clone(),
            reason: new.reason.clone(),
            decided_by: new.decided_by.map(|id| id.to_string()),
            decided_at: micros(new.decided_at),
            reached: new.reached.clone(),
            letters: new.letters,
            passed_over: new.passed_over,
            done_at: new.done_at.map(micros),
        })
        .execute(conn)?;
    Ok(())
}

/// Notes how far the letters have been written.
///
/// # Errors
/// [`DbError`].
pub fn set_reached(conn: &mut Conn, announcement: &Announcement) -> Result<(), DbError> {
    diesel::update(announcements::table.find(announcement.id.to_string()))
        .set((
            announcements::reached.eq(&announcement.reached),
            announcements::letters.eq(announcement.letters),
            announcements::passed_over.eq(announcement.passed_over),
            announcements::done_at.eq(announcement.done_at.map(micros)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Digests of addresses that stand on a licence or a trial, in order, after one; not of those that
/// are blocked or were replaced.
///
/// # Errors
/// [`DbError`].
pub fn addresses_after(
    conn: &mut Conn,
    after: Option<&[u8]>,
    limit: i64,
) -> Result<Vec<Vec<u8>>, DbError> {
    let mut query = contacts::table
        .filter(contacts::store.eq_any(["licence", "trial"]))
        .filter(contacts::email.is_not_null())
        .filter(contacts::replaced_at.is_null())
        .filter(contacts::address_digest.is_not_null())
        .select(contacts::address_digest.assume_not_null())
        .distinct()
        .order(contacts::address_digest.assume_not_null())
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(contacts::address_digest.gt(after.to_vec()));
    }
    Ok(query.load(conn)?)
}

/// One licence or trial that names an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The digest of the address, as the row has it.
    pub digest: Vec<u8>,
    /// The address.
    pub email: String,
    /// `licence` or `trial`.
    pub store: String,
    /// Since when we have it.
    pub first_seen_at: Timestamp,
    /// The first day.
    pub starts_on: Option<Date>,
    /// The last day.
    pub ends_on: Option<Date>,
    /// Whether the report calls it active.
    pub is_active: bool,
    /// The customer's country, as the report writes it.
    pub country: Option<String>,
}

type StandingRow = (
    Option<Vec<u8>>,
    Option<String>,
    String,
    i64,
    Option<Day>,
    Option<Day>,
    String,
    Option<String>,
);

/// The licences and trials that name these addresses now.
///
/// # Errors
/// [`DbError`].
pub fn standing(conn: &mut Conn, digests: &[Vec<u8>]) -> Result<Vec<Standing>, DbError> {
    let rows: Vec<StandingRow> = contacts::table
        .inner_join(licences::table.on(licences::id.eq(contacts::record_id)))
        .filter(contacts::address_digest.eq_any(digests))
        .filter(contacts::store.eq_any(["licence", "trial"]))
        .filter(contacts::email.is_not_null())
        .filter(contacts::replaced_at.is_null())
        .order(contacts::id)
        .select((
            contacts::address_digest,
            contacts::email,
            contacts::store,
            contacts::first_seen_at,
            licences::starts_on,
            licences::ends_on,
            licences::status,
            licences::country,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(
            |(digest, email, store, first_seen_at, starts_on, ends_on, status, country)| {
                Ok(Standing {
                    digest: digest.unwrap_or_default(),
                    email: email.unwrap_or_default(),
                    store,
                    first_seen_at: time(first_seen_at)?,
                    starts_on: starts_on.map(|day| day.0),
                    ends_on: ends_on.map(|day| day.0),
                    is_active: status.eq_ignore_ascii_case("active"),
                    country,
                })
            },
        )
        .collect()
}

/// Which of these addresses must be left in peace: what the person asked to be erased was erased, here
/// or at the source, or an open request of theirs restricts the processing.
///
/// # Errors
/// [`DbError`].
pub fn at_rest(conn: &mut Conn, digests: &[&[u8]]) -> Result<HashSet<Vec<u8>>, DbError> {
    let guarded: Vec<Vec<u8>> = erasure_guards::table
        .filter(erasure_guards::address_digest.eq_any(digests))
        // A sweep ends the period of one record; the person may be a customer by another.
        .filter(erasure_guards::cause.ne("retention"))
        .select(erasure_guards::address_digest)
        .load(conn)?;
    let restricted: Vec<Vec<u8>> = requests::table
        .filter(requests::address_digest.eq_any(digests))
        .filter(requests::restricted_at.is_not_null())
        .filter(requests::stage.ne("closed"))
        .select(requests::address_digest)
        .load(conn)?;
    Ok(guarded.into_iter().chain(restricted).collect())
}

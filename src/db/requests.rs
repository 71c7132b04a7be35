//! Requests, and the queue over them.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::intake::{Touched, touch};
use super::schema::{hold_digests, holds, requests, run_items, runs};
use super::types::{date, maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::due::DueDates;
use crate::domain::ids::{RequestId, StaffId};
use crate::domain::reference::Reference;
use crate::domain::request::{AddressDigest, Kind, Progress, Receipt, Request, Stage, Version};

#[derive(Queryable, Insertable, AsChangeset, Clone)]
#[diesel(table_name = requests, treat_none_as_null = true)]
struct Row {
    id: String,
    reference: String,
    kind: String,
    stage: String,
    outcome: Option<String>,
    progress: String,
    lang: String,
    received_at: i64,
    received_on: String,
    received_via: String,
    regime: String,
    address_digest: Vec<u8>,
    digest_key: String,
    sealed: Vec<u8>,
    proof: Option<String>,
    proved_by: Option<String>,
    verified_at: Option<i64>,
    accepted_at: Option<i64>,
    closed_at: Option<i64>,
    due_strict: String,
    due_with_suspension: String,
    extended_at: Option<i64>,
    suspended_at: Option<i64>,
    suspended_days: i32,
    restricted_at: Option<i64>,
    policy_version: String,
    assignee: Option<String>,
    team: Option<String>,
    version: i32,
}

impl From<&Request> for Row {
    fn from(request: &Request) -> Row {
        let (verified_at, accepted_at, closed_at, outcome) = match request.stage {
            Stage::Received => (None, None, None, None),
            Stage::Verified { at, .. } => (Some(at), None, None, None),
            Stage::Fulfilling {
                verified_at,
                accepted_at,
                ..
            } => (Some(verified_at), Some(accepted_at), None, None),
            Stage::Closed { outcome, at, .. } => (None, None, Some(at), Some(outcome)),
        };
        Row {
            id: request.id.to_string(),
            reference: request.reference.to_string(),
            kind: request.kind.to_string(),
            stage: request.stage.as_str().to_owned(),
            outcome: outcome.map(|outcome| outcome.to_string()),
            progress: request.progress.to_string(),
            lang: request.lang.clone(),
            received_at: micros(request.received.at),
            received_on: request.received.on.to_string(),
            received_via: request.received.via.to_string(),
            regime: request.regime.to_string(),
            address_digest: request.address.bytes.clone(),
            digest_key: request.address.key.clone(),
            sealed: request.sealed.clone(),
            proof: request.stage.proof().map(|proof| proof.to_string()),
            proved_by: None,
            verified_at: verified_at.map(micros),
            accepted_at: accepted_at.map(micros),
            closed_at: closed_at.map(micros),
            due_strict: request.due.strict.to_string(),
            due_with_suspension: request.due.with_suspension.to_string(),
            extended_at: request.due.extended_at.map(micros),
            suspended_at: request.due.suspended_at.map(micros),
            suspended_days: i32::from(request.due.suspended_days),
            restricted_at: request.restricted_at.map(micros),
            policy_version: request.policy_version.clone(),
            assignee: request.assignee.map(|id| id.to_string()),
            team: request.team.clone(),
            version: request.version.0,
        }
    }
}

fn missing(row: &Row, column: &str) -> DbError {
    DbError::Internal(format!(
        "request {} is {} without {column}",
        row.id, row.stage
    ))
}

impl TryFrom<Row> for Request {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Request, DbError> {
        let proof = maybe_word(row.proof.as_deref())?;
        let at = |column: Option<i64>, name: &str| {
            column.ok_or_else(|| missing(&row, name)).and_then(time)
        };
        let stage = match row.stage.as_str() {
            "received" => Stage::Received,
            "verified" => Stage::Verified {
                at: at(row.verified_at, "verified_at")?,
                proof: proof.ok_or_else(|| missing(&row, "proof"))?,
            },
            "fulfilling" => Stage::Fulfilling {
                verified_at: at(row.verified_at, "verified_at")?,
                proof: proof.ok_or_else(|| missing(&row, "proof"))?,
                accepted_at: at(row.accepted_at, "accepted_at")?,
            },
            "closed" => Stage::Closed {
                outcome: maybe_word(row.outcome.as_deref())?
                    .ok_or_else(|| missing(&row, "outcome"))?,
                at: at(row.closed_at, "closed_at")?,
                proof,
            },
            other => {
                return Err(DbError::Internal(format!(
                    "request {} has the unknown stage {other}",
                    row.id
                )));
            }
        };
        Ok(Request {
            id: word(&row.id)?,
            reference: word(&row.reference)?,
            kind: word(&row.kind)?,
            stage,
            progress: word(&row.progress)?,
            lang: row.lang,
            received: Receipt {
                at: time(row.received_at)?,
                on: date(&row.received_on)?,
                via: word(&row.received_via)?,
            },
            regime: word(&row.regime)?,
            address: AddressDigest {
                key: row.digest_key,
                bytes: row.address_digest,
            },
            sealed: row.sealed,
            due: DueDates {
                strict: date(&row.due_strict)?,
                with_suspension: date(&row.due_with_suspension)?,
                extended_at: maybe_time(row.extended_at)?,
                suspended_at: maybe_time(row.suspended_at)?,
                suspended_days: u16::try_from(row.suspended_days).unwrap_or(0),
            },
            restricted_at: maybe_time(row.restricted_at)?,
            policy_version: row.policy_version,
            assignee: maybe_word(row.assignee.as_deref())?,
            team: row.team,
            version: Version(row.version),
        })
    }
}

/// Stores a new request.
///
/// # Errors
/// [`DbError::Conflict`] if one of this kind is open for the address: it was faster.
pub fn insert(conn: &mut Conn, request: &Request) -> Result<(), DbError> {
    touch(|| Touched::Request(request.id.to_string()));
    diesel::insert_into(requests::table)
        .values(Row::from(request))
        .execute(conn)?;
    Ok(())
}

/// Stores a changed request and makes its version the next one.
///
/// # Errors
/// [`DbError::Internal`] if the stored version is not the one that was changed.
pub fn save(conn: &mut Conn, request: &mut Request) -> Result<(), DbError> {
    touch(|| Touched::Request(request.id.to_string()));
    let before = request.version.0;
    request.version.0 += 1;
    let row = Row::from(&*request);
    let changed = diesel::update(
        requests::table
            .find(&row.id)
            .filter(requests::version.eq(before)),
    )
    .set(&row)
    .execute(conn)?;
    if changed == 1 {
        Ok(())
    } else {
        Err(DbError::Internal(format!(
            "request {} was changed under its own transaction",
            row.id
        )))
    }
}

/// The request of this id.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: RequestId) -> Result<Option<Request>, DbError> {
    requests::table
        .find(id.to_string())
        .first::<Row>(conn)
        .optional()?
        .map(Request::try_from)
        .transpose()
}

/// The request of this reference.
///
/// # Errors
/// [`DbError`].
pub fn by_reference(conn: &mut Conn, reference: &Reference) -> Result<Option<Request>, DbError> {
    requests::table
        .filter(requests::reference.eq(reference.to_string()))
        .first::<Row>(conn)
        .optional()?
        .map(Request::try_from)
        .transpose()
}

/// The open request of this kind for an address, under any of its digests.
///
/// # Errors
/// [`DbError`].
pub fn open_for(
    conn: &mut Conn,
    digests: &[AddressDigest],
    kind: Kind,
) -> Result<Option<Request>, DbError> {
    for digest in digests {
        let row = requests::table
            .filter(requests::address_digest.eq(&digest.bytes))
            .filter(requests::kind.eq(kind.as_str()))
            .filter(requests::stage.ne("closed"))
            .first::<Row>(conn)
            .optional()?;
        if let Some(row) = row {
            return Request::try_from(row).map(Some);
        }
    }
    Ok(None)
}

/// All requests of an address, newest first.
///
/// # Errors
/// [`DbError`].
pub fn of_address(
    conn: &mut Conn,
    digests: &[AddressDigest],
    limit: i64,
) -> Result<Vec<Request>, DbError> {
    let mut found = Vec::new();
    for digest in digests {
        let rows = requests::table
            .filter(requests::address_digest.eq(&digest.bytes))
            .order((requests::received_at.desc(), requests::id.desc()))
            .limit(limit)
            .load::<Row>(conn)?;
        for row in rows {
            found.push(Request::try_from(row)?);
        }
    }
    Ok(found)
}

/// Closed requests whose time on file is over. One that keeps records under a hold, whose run went on
/// after its end, or whose person is under a hold stays.
///
/// # Errors
/// [`DbError`].
pub fn closed_before(
    conn: &mut Conn,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<Request>, DbError> {
    let goes_on = runs::table
        .filter(runs::request_id.eq(requests::id.nullable()))
        .filter(
            runs::state
                .eq_any(["running", "halted"])
                .or(runs::finished_at.ge(micros(before))),
        );
    let with_held = run_items::table
        .filter(run_items::outcome.eq("held"))
        .select(run_items::run_id);
    let keeps = runs::table
        .filter(runs::request_id.eq(requests::id.nullable()))
        .filter(runs::id.eq_any(with_held));
    let under_hold = hold_digests::table
        .inner_join(holds::table.on(holds::id.eq(hold_digests::hold_id)))
        .filter(holds::ended_at.is_null())
        .select(hold_digests::address_digest);
    requests::table
        .filter(requests::stage.eq("closed"))
        .filter(requests::closed_at.lt(micros(before)))
        .filter(requests::sealed.ne(Vec::<u8>::new()))
        .filter(not(exists(goes_on)))
        .filter(not(exists(keeps)))
        .filter(requests::address_digest.ne_all(under_hold))
        .order(requests::closed_at)
        .limit(limit)
        .load::<Row>(conn)?
        .into_iter()
        .map(Request::try_from)
        .collect()
}

/// Which part of the queue somebody looks at.
#[derive(Clone, Debug, Default)]
pub struct QueueFilter {
    /// Only these states; none means all that are open.
    pub progress: Vec<Progress>,
    /// Closed ones instead of open ones.
    pub closed: bool,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only what is assigned to this account.
    pub assignee: Option<StaffId>,
    /// Only what nobody has.
    pub unassigned: bool,
    /// Only what is due on this day or before.
    pub due_until: Option<Date>,
    /// After this one (due date and id), in the order of the queue.
    pub after: Option<(Date, RequestId)>,
}

/// A page of the queue: open requests due first, closed ones due last first.
///
/// # Errors
/// [`DbError`].
pub fn queue(conn: &mut Conn, filter: &QueueFilter, limit: i64) -> Result<Vec<Request>, DbError> {
    let mut query = filtered(filter);
    if let Some((due, id)) = filter.after {
        let (due, id) = (due.to_string(), id.to_string());
        query = if filter.closed {
            query.filter(
                requests::due_strict
                    .lt(due.clone())
                    .or(requests::due_strict.eq(due).and(requests::id.lt(id))),
            )
        } else {
            query.filter(
                requests::due_strict
                    .gt(due.clone())
                    .or(requests::due_strict.eq(due).and(requests::id.gt(id))),
            )
        };
    }
    query = if filter.closed {
        query.order((requests::due_strict.desc(), requests::id.desc()))
    } else {
        query.order((requests::due_strict.asc(), requests::id.asc()))
    };
    query
        .limit(limit)
        .load::<Row>(conn)?
        .into_iter()
        .map(Request::try_from)
        .collect()
}

/// How many requests a filter lets through, wherever its page starts.
///
/// # Errors
/// [`DbError`].
pub fn count(conn: &mut Conn, filter: &QueueFilter) -> Result<i64, DbError> {
    Ok(filtered(filter).count().get_result(conn)?)
}

fn filtered(
    filter: &QueueFilter,
) -> requests::BoxedQuery<'static, <Conn as diesel::Connection>::Backend> {
    let mut query = requests::table.into_boxed::<<Conn as diesel::Connection>::Backend>();
    query = if filter.closed {
        query.filter(requests::stage.eq("closed"))
    } else {
        query.filter(requests::stage.ne("closed"))
    };
    if !filter.progress.is_empty() {
        let words: Vec<&str> = filter
            .progress
            .iter()
            .map(|progress| progress.as_str())
            .collect();
        query = query.filter(requests::progress.eq_any(words));
    } else if !filter.closed {
        query = query.filter(requests::progress.ne(Progress::Unproved.as_str()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(requests::kind.eq(kind.as_str()));
    }
    if let Some(assignee) = filter.assignee {
        query = query.filter(requests::assignee.eq(assignee.to_string()));
    }
    if filter.unassigned {
        query = query.filter(requests::assignee.is_null());
    }
    if let Some(until) = filter.due_until {
        query = query.filter(requests::due_strict.le(until.to_string()));
    }
    query
}

/// The references of these requests.
///
/// # Errors
/// [`DbError`].
pub fn references(
    conn: &mut Conn,
    ids: &[RequestId],
) -> Result<Vec<(RequestId, Reference)>, DbError> {
    let words: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let rows: Vec<(String, String)> = requests::table
        .filter(requests::id.eq_any(words))
        .select((requests::id, requests::reference))
        .load(conn)?;
    rows.iter()
        .map(|(id, reference)| Ok((word(id)?, word(reference)?)))
        .collect()
}

/// How many open requests stand in each state, for everybody or for one account.
///
/// # Errors
/// [`DbError`].
pub fn count_open(
    conn: &mut Conn,
    assignee: Option<StaffId>,
) -> Result<Vec<(Progress, i64)>, DbError> {
    let open = requests::table.filter(requests::stage.ne("closed"));
    let counted: Vec<(String, i64)> = match assignee {
        Some(assignee) => open
            .filter(requests::assignee.eq(assignee.to_string()))
            .group_by(requests::progress)
            .select((requests::progress, diesel::dsl::count_star()))
            .load(conn)?,
        None => open
            .group_by(requests::progress)
            .select((requests::progress, diesel::dsl::count_star()))
            .load(conn)?,
    };
    counted
        .into_iter()
        .map(|(progress, count)| Ok((word(&progress)?, count)))
        .collect()
}

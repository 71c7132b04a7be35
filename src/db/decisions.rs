//! Decisions and messages of a request.

use diesel::prelude::*;
use jiff::Timestamp;

use super::intake::{Touched, touch};
use super::schema::{decisions, messages};
use super::types::{maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{DecisionId, IncomingId, MessageId, RequestId, StaffId};

/// A decision on a request: who took it, and who seconded it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Its id.
    pub id: DecisionId,
    /// Which request.
    pub request: RequestId,
    /// `accept`, `refuse`, `extend`, `ask` or `withdraw`.
    pub kind: String,
    /// `proposed`, `in_force` or `dropped`.
    pub state: String,
    /// The reason code, where one is needed.
    pub reason: Option<String>,
    /// The words to the person, sealed.
    pub sealed: Vec<u8>,
    /// Who took it; nobody for the person's own.
    pub taken_by: Option<StaffId>,
    /// When.
    pub taken_at: Timestamp,
    /// Who agreed, where two are needed.
    pub seconded_by: Option<StaffId>,
    /// When.
    pub seconded_at: Option<Timestamp>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = decisions)]
struct DecisionRow {
    id: String,
    request_id: String,
    kind: String,
    state: String,
    reason: Option<String>,
    sealed: Vec<u8>,
    taken_by: Option<String>,
    taken_at: i64,
    seconded_by: Option<String>,
    seconded_at: Option<i64>,
}

/// Stores a decision.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, decision: &Decision) -> Result<(), DbError> {
    touch(|| Touched::Decision(decision.id.to_string()));
    diesel::insert_into(decisions::table)
        .values(DecisionRow {
            id: decision.id.to_string(),
            request_id: decision.request.to_string(),
            kind: decision.kind.clone(),
            state: decision.state.clone(),
            reason: decision.reason.clone(),
            sealed: decision.sealed.clone(),
            taken_by: decision.taken_by.map(|id| id.to_string()),
            taken_at: micros(decision.taken_at),
            seconded_by: decision.seconded_by.map(|id| id.to_string()),
            seconded_at: decision.seconded_at.map(micros),
        })
        .execute(conn)?;
    Ok(())
}

/// A second person agrees: the decision is in force.
///
/// # Errors
/// [`DbError`].
pub fn second(
    conn: &mut Conn,
    id: DecisionId,
    by: Option<StaffId>,
    at: Timestamp,
) -> Result<(), DbError> {
    touch(|| Touched::Decision(id.to_string()));
    diesel::update(decisions::table.find(id.to_string()))
        .set((
            decisions::state.eq("in_force"),
            decisions::seconded_by.eq(by.map(|id| id.to_string())),
            decisions::seconded_at.eq(micros(at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Drops the decisions that waited for a second person.
///
/// # Errors
/// [`DbError`].
pub fn drop_proposed(conn: &mut Conn, request: RequestId) -> Result<(), DbError> {
    touch(|| Touched::DecisionsOf(request.to_string()));
    diesel::update(
        decisions::table
            .filter(decisions::request_id.eq(request.to_string()))
            .filter(decisions::state.eq("proposed")),
    )
    .set(decisions::state.eq("dropped"))
    .execute(conn)?;
    Ok(())
}

/// The decisions on a request, oldest first.
///
/// # Errors
/// [`DbError`].
pub fn of_request(conn: &mut Conn, request: RequestId) -> Result<Vec<Decision>, DbError> {
    decisions::table
        .filter(decisions::request_id.eq(request.to_string()))
        .order((decisions::taken_at, decisions::id))
        .load::<DecisionRow>(conn)?
        .into_iter()
        .map(|row| {
            Ok(Decision {
                id: word(&row.id)?,
                request,
                kind: row.kind,
                state: row.state,
                reason: row.reason,
                sealed: row.sealed,
                taken_by: maybe_word(row.taken_by.as_deref())?,
                taken_at: time(row.taken_at)?,
                seconded_by: maybe_word(row.seconded_by.as_deref())?,
                seconded_at: maybe_time(row.seconded_at)?,
            })
        })
        .collect()
}

/// A message between person and staff, or a note among staff.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Which request.
    pub request: RequestId,
    /// Whether the person wrote it.
    pub by_subject: bool,
    /// Who wrote it, if staff did.
    pub staff: Option<StaffId>,
    /// Whether only staff may see it.
    pub internal: bool,
    /// The text, sealed.
    pub sealed: Vec<u8>,
    /// When.
    pub at: Timestamp,
    /// The mail that it came with.
    pub incoming: Option<IncomingId>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = messages)]
struct MessageRow {
    id: String,
    request_id: String,
    author: String,
    staff_id: Option<String>,
    internal: bool,
    sealed: Vec<u8>,
    at: i64,
    incoming_id: Option<String>,
}

/// Stores a message.
///
/// # Errors
/// [`DbError`].
pub fn insert_message(conn: &mut Conn, message: &Message) -> Result<(), DbError> {
    touch(|| Touched::Message(message.id.to_string()));
    diesel::insert_into(messages::table)
        .values(MessageRow {
            id: message.id.to_string(),
            request_id: message.request.to_string(),
            author: if message.by_subject {
                "subject"
            } else {
                "staff"
            }
            .to_owned(),
            staff_id: message.staff.map(|id| id.to_string()),
            internal: message.internal,
            sealed: message.sealed.clone(),
            at: micros(message.at),
            incoming_id: message.incoming.map(|id| id.to_string()),
        })
        .execute(conn)?;
    Ok(())
}

/// The messages of a request, oldest first, notes among staff included.
///
/// # Errors
/// [`DbError`].
pub fn messages_of(conn: &mut Conn, request: RequestId) -> Result<Vec<Message>, DbError> {
    messages::table
        .filter(messages::request_id.eq(request.to_string()))
        .order((messages::at, messages::id))
        .load::<MessageRow>(conn)?
        .into_iter()
        .map(|row| {
            Ok(Message {
                id: word(&row.id)?,
                request,
                by_subject: row.author == "subject",
                staff: maybe_word(row.staff_id.as_deref())?,
                internal: row.internal,
                sealed: row.sealed,
                at: time(row.at)?,
                incoming: maybe_word(row.incoming_id.as_deref())?,
            })
        })
        .collect()
}

/// Forgets the words of a request: decisions and messages keep their dates and codes.
///
/// # Errors
/// [`DbError`].
pub fn forget_words(conn: &mut Conn, request: RequestId) -> Result<(), DbError> {
    touch(|| Touched::MessagesOf(request.to_string()));
    touch(|| Touched::DecisionsOf(request.to_string()));
    let id = request.to_string();
    diesel::delete(messages::table.filter(messages::request_id.eq(&id))).execute(conn)?;
    diesel::update(decisions::table.filter(decisions::request_id.eq(&id)))
        .set(decisions::sealed.eq(Vec::<u8>::new()))
        .execute(conn)?;
    Ok(())
}

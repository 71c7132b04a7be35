//! Mail that came in, and how far each mailbox has been read.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use diesel::prelude::*;
use jiff::{SignedDuration, Timestamp};

use super::intake::{Touched, touch};
use super::schema::{incoming, incoming_parts, mailbox_leftovers, mailboxes};
use super::types::{date, maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{IncomingId, LetterId, RequestId, StaffId};
use crate::domain::incoming::{IncomingState, Renumbered, SenderProof, Settled, Verdict, Why};
use crate::domain::request::{AddressDigest, Kind};

/// A mail that came in.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Its id; a key of the same id seals it.
    pub id: IncomingId,
    /// The mailbox, or how else it came.
    pub source: String,
    /// How far it has come.
    pub state: IncomingState,
    /// When our mail server had it.
    pub received_at: Timestamp,
    /// When it was taken over.
    pub taken_at: Timestamp,
    /// Bytes.
    pub size: i64,
    /// How many sealed parts hold it as it came; none once that is forgotten.
    pub parts: i32,
    /// What was found when it was judged.
    pub judged: Option<Judged>,
    /// What was read of it, sealed; empty before it is judged and once it is forgotten.
    pub sealed: Vec<u8>,
    /// The submission or request that has it.
    pub request: Option<RequestId>,
    /// The letter that it reports on.
    pub letter: Option<LetterId>,
    /// How staff settled it.
    pub settled: Option<Settled>,
    /// Who did.
    pub settled_by: Option<StaffId>,
    /// And when.
    pub settled_at: Option<Timestamp>,
}

/// What was found when a mail was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What it was taken for.
    pub verdict: Verdict,
    /// Why a person has to look, or had to.
    pub why: Option<Why>,
    /// What is known of the sender's domain.
    pub proof: SenderProof,
    /// The right that the words ask for.
    pub kind: Option<Kind>,
    /// The language of the words.
    pub lang: Option<String>,
    /// How many attachments.
    pub attachments: i32,
    /// The sender.
    pub address: Option<AddressDigest>,
}

impl Judged {
    /// Of a mail of which nothing is known but this.
    pub fn of_nobody(verdict: Verdict, why: Option<Why>) -> Judged {
        Judged {
            verdict,
            why,
            proof: SenderProof::Unknown,
            kind: None,
            lang: None,
            attachments: 0,
            address: None,
        }
    }
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = incoming)]
struct Row {
    id: String,
    source: String,
    state: String,
    received_at: i64,
    taken_at: i64,
    size: i64,
    parts: i32,
    verdict: Option<String>,
    reason: Option<String>,
    identity: Option<Vec<u8>>,
    identity_key: Option<String>,
    address_digest: Option<Vec<u8>>,
    digest_key: Option<String>,
    sender_proof: Option<String>,
    kind: Option<String>,
    lang: Option<String>,
    attachments: i32,
    sealed: Vec<u8>,
    request_id: Option<String>,
    letter_id: Option<String>,
    settled: Option<String>,
    settled_by: Option<String>,
    settled_at: Option<i64>,
    answered_at: Option<i64>,
}

impl TryFrom<Row> for Incoming {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Incoming, DbError> {
        let address = row
            .digest_key
            .zip(row.address_digest)
            .map(|(key, bytes)| AddressDigest { key, bytes });
        let judged = match row.verdict {
            None => None,
            Some(verdict) => Some(Judged {
                verdict: word(&verdict)?,
                why: maybe_word(row.reason.as_deref())?,
                proof: maybe_word(row.sender_proof.as_deref())?.unwrap_or(SenderProof::Unknown),
                kind: maybe_word(row.kind.as_deref())?,
                lang: row.lang,
                attachments: row.attachments,
                address,
            }),
        };
        Ok(Incoming {
            id: word(&row.id)?,
            source: row.source,
            state: word(&row.state)?,
            received_at: time(row.received_at)?,
            taken_at: time(row.taken_at)?,
            size: row.size,
            parts: row.parts,
            judged,
            sealed: row.sealed,
            request: maybe_word(row.request_id.as_deref())?,
            letter: maybe_word(row.letter_id.as_deref())?,
            settled: maybe_word(row.settled.as_deref())?,
            settled_by: maybe_word(row.settled_by.as_deref())?,
            settled_at: maybe_time(row.settled_at)?,
        })
    }
}

/// Begins to take a mail over.
///
/// # Errors
/// [`DbError`].
pub fn begin(
    conn: &mut Conn,
    id: IncomingId,
    source: &str,
    received_at: Timestamp,
    now: Timestamp,
) -> Result<(), DbError> {
    touch(|| Touched::Mail(id.to_string()));
    diesel::insert_into(incoming::table)
        .values(Row {
            id: id.to_string(),
            source: source.to_owned(),
            state: IncomingState::Arriving.to_string(),
            received_at: micros(received_at),
            taken_at: micros(now),
            size: 0,
            parts: 0,
            verdict: None,
            reason: None,
            identity: None,
            identity_key: None,
            address_digest: None,
            digest_key: None,
            sender_proof: None,
            kind: None,
            lang: None,
            attachments: 0,
            sealed: Vec::new(),
            request_id: None,
            letter_id: None,
            settled: None,
            settled_by: None,
            settled_at: None,
            answered_at: None,
        })
        .execute(conn)?;
    Ok(())
}

/// Stores one sealed part of a mail.
///
/// # Errors
/// [`DbError`].
pub fn add_part(conn: &mut Conn, id: IncomingId, seq: i32, sealed: &[u8]) -> Result<(), DbError> {
    touch(|| Touched::Part(id.to_string(), seq));
    diesel::insert_into(incoming_parts::table)
        .values((
            incoming_parts::incoming_id.eq(id.to_string()),
            incoming_parts::seq.eq(seq),
            incoming_parts::sealed.eq(sealed),
        ))
        .execute(conn)?;
    Ok(())
}

/// The whole mail is ours.
///
/// # Errors
/// [`DbError`].
pub fn complete(conn: &mut Conn, id: IncomingId, size: i64, parts: i32) -> Result<(), DbError> {
    touch(|| Touched::Mail(id.to_string()));
    diesel::update(incoming::table.find(id.to_string()))
        .set((
            incoming::state.eq(IncomingState::Waiting.as_str()),
            incoming::size.eq(size),
            incoming::parts.eq(parts),
        ))
        .execute(conn)?;
    Ok(())
}

/// One sealed part.
///
/// # Errors
/// [`DbError`].
pub fn part(conn: &mut Conn, id: IncomingId, seq: i32) -> Result<Vec<u8>, DbError> {
    Ok(incoming_parts::table
        .find((id.to_string(), seq))
        .select(incoming_parts::sealed)
        .first(conn)?)
}

/// The mail of this id.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: IncomingId) -> Result<Option<Incoming>, DbError> {
    incoming::table
        .find(id.to_string())
        .first::<Row>(conn)
        .optional()?
        .map(Incoming::try_from)
        .transpose()
}

/// Whether a mail with one of these identities was judged before.
///
/// # Errors
/// [`DbError`].
pub fn is_known(conn: &mut Conn, identities: &[AddressDigest]) -> Result<bool, DbError> {
    let identities: Vec<&Vec<u8>> = identities.iter().map(|identity| &identity.bytes).collect();
    let known: i64 = incoming::table
        .filter(incoming::identity.eq_any(identities))
        .count()
        .get_result(conn)?;
    Ok(known > 0)
}

/// What a mail was judged to be, and what came of it.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What was found.
    pub judged: Judged,
    /// [`IncomingState::Done`] or [`IncomingState::ForStaff`].
    pub state: IncomingState,
    /// When our mail server had it, now that it can say so itself.
    pub received_at: Timestamp,
    /// When a letter answered it, if one did.
    pub answered_at: Option<Timestamp>,
    /// What makes the same mail known again; nothing for one that repeats another.
    pub identity: Option<AddressDigest>,
    /// What was read, sealed.
    pub sealed: Vec<u8>,
    /// The submission or request that has it.
    pub request: Option<RequestId>,
    /// The letter that it reports on.
    pub letter: Option<LetterId>,
}

/// Stores what a mail was judged to be.
///
/// # Errors
/// [`DbError::Conflict`] if the same mail was judged at the same time.
pub fn judge(conn: &mut Conn, id: IncomingId, judgement: &Judgement) -> Result<(), DbError> {
    touch(|| Touched::Mail(id.to_string()));
    let judged = &judgement.judged;
    let identity = judgement.identity.as_ref();
    let address = judged.address.as_ref();
    diesel::update(incoming::table.find(id.to_string()))
        .set((
            incoming::state.eq(judgement.state.as_str()),
            incoming::received_at.eq(micros(judgement.received_at)),
            incoming::answered_at.eq(judgement.answered_at.map(micros)),
            incoming::verdict.eq(judged.verdict.as_str()),
            incoming::reason.eq(judged.why.map(Why::as_str)),
            incoming::identity.eq(identity.map(|digest| &digest.bytes)),
            incoming::identity_key.eq(identity.map(|digest| &digest.key)),
            incoming::address_digest.eq(address.map(|digest| &digest.bytes)),
            incoming::digest_key.eq(address.map(|digest| &digest.key)),
            incoming::sender_proof.eq(judged.proof.as_str()),
            incoming::kind.eq(judged.kind.map(|kind| kind.to_string())),
            incoming::lang.eq(&judged.lang),
            incoming::attachments.eq(judged.attachments),
            incoming::sealed.eq(&judgement.sealed),
            incoming::request_id.eq(judgement.request.map(|id| id.to_string())),
            incoming::letter_id.eq(judgement.letter.map(|id| id.to_string())),
        ))
        .execute(conn)?;
    Ok(())
}

/// How many mails were answered by a letter since an instant.
///
/// # Errors
/// [`DbError`].
pub fn answered_since(conn: &mut Conn, since: Timestamp) -> Result<i64, DbError> {
    Ok(incoming::table
        .filter(incoming::answered_at.ge(micros(since)))
        .count()
        .get_result(conn)?)
}

/// The same, of one address; but for mails that ended newsletters, which its owner hears of once a
/// day in any case.
///
/// # Errors
/// [`DbError`].
pub fn answered_to_since(
    conn: &mut Conn,
    digests: &[AddressDigest],
    since: Timestamp,
) -> Result<i64, DbError> {
    let digests: Vec<&Vec<u8>> = digests.iter().map(|digest| &digest.bytes).collect();
    Ok(incoming::table
        .filter(incoming::address_digest.eq_any(digests))
        .filter(incoming::answered_at.ge(micros(since)))
        .filter(incoming::verdict.ne(Verdict::Objects.as_str()))
        .count()
        .get_result(conn)?)
}

/// Staff settled a mail that waited for them.
///
/// # Errors
/// [`DbError`].
pub fn settle(
    conn: &mut Conn,
    id: IncomingId,
    how: Settled,
    request: Option<RequestId>,
    by: Option<StaffId>,
    now: Timestamp,
) -> Result<(), DbError> {
    touch(|| Touched::Mail(id.to_string()));
    diesel::update(incoming::table.find(id.to_string()))
        .set((
            incoming::state.eq(IncomingState::Done.as_str()),
            incoming::settled.eq(how.as_str()),
            incoming::request_id.eq(request.map(|id| id.to_string())),
            incoming::settled_by.eq(by.map(|id| id.to_string())),
            incoming::settled_at.eq(micros(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// The mails that a submission had belong to the request that it became or joined.
///
/// # Errors
/// [`DbError`].
pub fn hand_over(conn: &mut Conn, from: RequestId, to: RequestId) -> Result<(), DbError> {
    touch(|| Touched::MailsOf(to.to_string()));
    diesel::update(incoming::table.filter(incoming::request_id.eq(from.to_string())))
        .set(incoming::request_id.eq(to.to_string()))
        .execute(conn)?;
    Ok(())
}

/// Mails in one state, newest first, before one of them.
///
/// # Errors
/// [`DbError`].
pub fn in_state(
    conn: &mut Conn,
    states: &[IncomingState],
    before: Option<IncomingId>,
    limit: i64,
) -> Result<Vec<Incoming>, DbError> {
    let mut query = incoming::table
        .filter(incoming::state.eq_any(states.iter().map(|state| state.as_str())))
        .order(incoming::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(incoming::id.lt(before.to_string()));
    }
    query
        .load::<Row>(conn)?
        .into_iter()
        .map(Incoming::try_from)
        .collect()
}

/// How many mails are in a state.
///
/// # Errors
/// [`DbError`].
pub fn count(conn: &mut Conn, state: IncomingState) -> Result<i64, DbError> {
    Ok(incoming::table
        .filter(incoming::state.eq(state.as_str()))
        .count()
        .get_result(conn)?)
}

/// When the oldest mail that waits for a person was received.
///
/// # Errors
/// [`DbError`].
pub fn oldest_for_staff(conn: &mut Conn) -> Result<Option<Timestamp>, DbError> {
    let oldest: Option<i64> = incoming::table
        .filter(incoming::state.eq(IncomingState::ForStaff.as_str()))
        .select(diesel::dsl::min(incoming::received_at))
        .first(conn)?;
    maybe_time(oldest)
}

/// Mails whose end has come, with what they belong to, after one of them: done and taken before an
/// instant, or never taken over whole.
///
/// # Errors
/// [`DbError`].
pub fn ended(
    conn: &mut Conn,
    done_before: Timestamp,
    begun_before: Timestamp,
    after: Option<IncomingId>,
    limit: i64,
) -> Result<Vec<(IncomingId, Option<RequestId>)>, DbError> {
    let rows: Vec<(String, Option<String>)> = incoming::table
        .filter(
            incoming::state
                .eq(IncomingState::Done.as_str())
                .and(incoming::taken_at.lt(micros(done_before)))
                .or(incoming::state
                    .eq(IncomingState::Arriving.as_str())
                    .and(incoming::taken_at.lt(micros(begun_before)))),
        )
        .filter(incoming::id.gt(after.map_or_else(String::new, |id| id.to_string())))
        .order(incoming::id)
        .limit(limit)
        .select((incoming::id, incoming::request_id))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, request)| Ok((word(&id)?, maybe_word(request.as_deref())?)))
        .collect()
}

/// The mails of a submission or request, but for those that wait for a person.
///
/// # Errors
/// [`DbError`].
pub fn of_request(conn: &mut Conn, request: RequestId) -> Result<Vec<IncomingId>, DbError> {
    let ids: Vec<String> = incoming::table
        .filter(incoming::request_id.eq(request.to_string()))
        .filter(incoming::state.ne(IncomingState::ForStaff.as_str()))
        .select(incoming::id)
        .load(conn)?;
    ids.iter().map(|id| word(id)).collect()
}

/// Deletes the mail as it came; the row stays.
///
/// # Errors
/// [`DbError`].
pub fn delete_parts(conn: &mut Conn, id: IncomingId) -> Result<(), DbError> {
    touch(|| Touched::Mail(id.to_string()));
    let id = id.to_string();
    diesel::delete(incoming_parts::table.filter(incoming_parts::incoming_id.eq(&id)))
        .execute(conn)?;
    diesel::update(incoming::table.find(&id))
        .set(incoming::parts.eq(0))
        .execute(conn)?;
    Ok(())
}

/// Deletes a mail with all its parts.
///
/// # Errors
/// [`DbError`].
pub fn delete(conn: &mut Conn, id: IncomingId) -> Result<(), DbError> {
    touch(|| Touched::Mail(id.to_string()));
    delete_parts(conn, id)?;
    diesel::delete(incoming::table.find(id.to_string())).execute(conn)?;
    Ok(())
}

/// How far a mailbox has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Which counting of messages `last_uid` belongs to (RFC 9051, 2.3.1.1); none before the first look.
    pub uid_validity: Option<u32>,
    /// The last message that was taken over.
    pub last_uid: u32,
    /// The last message that was put away in the mailbox after that.
    pub put_away_uid: u32,
    /// When the newest message that was taken over came to the mailbox.
    pub newest_at: Option<Timestamp>,
    /// What counts of the messages that were there when they were last numbered anew.
    pub renumbered: Option<Renumbered>,
}

/// A mailbox as the page of the mail shows it.
#[derive(Clone, Debug)]
pub struct MailboxState {
    /// Its name in the configuration.
    pub name: String,
    /// How far it has been read.
    pub progress: Progress,
    /// When it was last looked into.
    pub looked_at: Option<Timestamp>,
    /// What stands in the way.
    pub trouble: Option<String>,
    /// Since when.
    pub trouble_at: Option<Timestamp>,
}

#[derive(Queryable)]
struct MailboxRow {
    name: String,
    uid_validity: Option<i64>,
    last_uid: i64,
    put_away_uid: i64,
    newest_at: Option<i64>,
    looked_at: Option<i64>,
    trouble: Option<String>,
    trouble_at: Option<i64>,
    _owner: Option<String>,
    _leased_until: i64,
    renumbered_through: Option<i64>,
    renumbered_since_on: Option<String>,
}

fn uid(number: i64) -> Result<u32, DbError> {
    u32::try_from(number)
        .map_err(|_| DbError::Internal(format!("{number} is no number of a message")))
}

impl TryFrom<MailboxRow> for MailboxState {
    type Error = DbError;

    fn try_from(row: MailboxRow) -> Result<MailboxState, DbError> {
        Ok(MailboxState {
            name: row.name,
            progress: Progress {
                uid_validity: row.uid_validity.map(uid).transpose()?,
                last_uid: uid(row.last_uid)?,
                put_away_uid: uid(row.put_away_uid)?,
                newest_at: maybe_time(row.newest_at)?,
                renumbered: match (row.renumbered_through, row.renumbered_since_on) {
                    (Some(through), Some(since)) => Some(Renumbered {
                        through: uid(through)?,
                        since: date(&since)?,
                    }),
                    _ => None,
                },
            },
            looked_at: maybe_time(row.looked_at)?,
            trouble: row.trouble,
            trouble_at: maybe_time(row.trouble_at)?,
        })
    }
}

/// All mailboxes that were ever looked into.
///
/// # Errors
/// [`DbError`].
pub fn mailboxes(conn: &mut Conn) -> Result<Vec<MailboxState>, DbError> {
    mailboxes::table
        .order(mailboxes::name)
        .load::<MailboxRow>(conn)?
        .into_iter()
        .map(MailboxState::try_from)
        .collect()
}

/// A mailbox is read from now on; nothing happens to one that is known.
///
/// # Errors
/// [`DbError`].
pub fn add_mailbox(conn: &mut Conn, name: &str) -> Result<(), DbError> {
    let known: i64 = mailboxes::table
        .filter(mailboxes::name.eq(name))
        .count()
        .get_result(conn)?;
    if known == 0 {
        diesel::insert_into(mailboxes::table)
            .values((
                mailboxes::name.eq(name),
                mailboxes::last_uid.eq(0),
                mailboxes::put_away_uid.eq(0),
                mailboxes::leased_until.eq(0),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Takes a mailbox for an owner, or holds on to it, so that one process reads it at a time. Says
/// whether it has it. A lease that ends later than any can was taken before somebody set the clock
/// back, and counts as free.
///
/// # Errors
/// [`DbError`].
pub fn lease_mailbox(
    conn: &mut Conn,
    name: &str,
    owner: &str,
    lease: SignedDuration,
    now: Timestamp,
) -> Result<bool, DbError> {
    add_mailbox(conn, name)?;
    let taken = diesel::update(
        mailboxes::table.find(name).filter(
            mailboxes::owner
                .eq(owner)
                .or(mailboxes::leased_until.le(micros(now)))
                .or(mailboxes::leased_until.gt(micros(now + lease)))
                .or(mailboxes::owner.is_null()),
        ),
    )
    .set((
        mailboxes::owner.eq(owner),
        mailboxes::leased_until.eq(micros(now + lease)),
    ))
    .execute(conn)?;
    Ok(taken > 0)
}

/// Lets go of a mailbox.
///
/// # Errors
/// [`DbError`].
pub fn release_mailbox(conn: &mut Conn, name: &str, owner: &str) -> Result<(), DbError> {
    diesel::update(
        mailboxes::table
            .find(name)
            .filter(mailboxes::owner.eq(owner)),
    )
    .set((
        mailboxes::owner.eq(None::<String>),
        mailboxes::leased_until.eq(0),
    ))
    .execute(conn)?;
    Ok(())
}

/// How far a mailbox has been read.
///
/// # Errors
/// [`DbError`].
pub fn progress(conn: &mut Conn, name: &str) -> Result<Progress, DbError> {
    let row: Option<MailboxRow> = mailboxes::table.find(name).first(conn).optional()?;
    Ok(match row {
        Some(row) => MailboxState::try_from(row)?.progress,
        None => Progress::default(),
    })
}

/// A message was taken over, or there was nothing to take up to here.
///
/// # Errors
/// [`DbError`].
pub fn advance(conn: &mut Conn, name: &str, to: &Progress) -> Result<(), DbError> {
    diesel::update(mailboxes::table.find(name))
        .set((
            mailboxes::uid_validity.eq(to.uid_validity.map(i64::from)),
            mailboxes::last_uid.eq(i64::from(to.last_uid)),
            mailboxes::put_away_uid.eq(i64::from(to.put_away_uid)),
            mailboxes::newest_at.eq(to.newest_at.map(micros)),
            mailboxes::renumbered_through.eq(to.renumbered.map(|old| i64::from(old.through))),
            mailboxes::renumbered_since_on.eq(to.renumbered.map(|old| old.since.to_string())),
        ))
        .execute(conn)?;
    Ok(())
}

/// A message could not be read to its end, or is not kept whole, and stays in its mailbox; how often
/// that happened.
///
/// # Errors
/// [`DbError`].
pub fn leave(conn: &mut Conn, mailbox: &str, uid: u32) -> Result<i32, DbError> {
    let row = mailbox_leftovers::table.find((mailbox, i64::from(uid)));
    let tries: Option<i32> = row
        .select(mailbox_leftovers::tries)
        .first(conn)
        .optional()?;
    let tries = tries.unwrap_or_default() + 1;
    if tries == 1 {
        diesel::insert_into(mailbox_leftovers::table)
            .values((
                mailbox_leftovers::mailbox.eq(mailbox),
                mailbox_leftovers::uid.eq(i64::from(uid)),
                mailbox_leftovers::tries.eq(tries),
            ))
            .execute(conn)?;
    } else {
        diesel::update(row)
            .set(mailbox_leftovers::tries.eq(tries))
            .execute(conn)?;
    }
    Ok(tries)
}

/// The messages that stay in a mailbox.
///
/// # Errors
/// [`DbError`].
pub fn leftovers(conn: &mut Conn, mailbox: &str) -> Result<BTreeSet<u32>, DbError> {
    let uids: Vec<i64> = mailbox_leftovers::table
        .filter(mailbox_leftovers::mailbox.eq(mailbox))
        .select(mailbox_leftovers::uid)
        .load(conn)?;
    uids.into_iter().map(uid).collect()
}

/// These messages of a mailbox, one number after the other, were read after all, or nothing is done
/// with them any more.
///
/// # Errors
/// [`DbError`].
pub fn forget_leftovers(
    conn: &mut Conn,
    mailbox: &str,
    uids: RangeInclusive<u32>,
) -> Result<(), DbError> {
    diesel::delete(
        mailbox_leftovers::table
            .filter(mailbox_leftovers::mailbox.eq(mailbox))
            .filter(
                mailbox_leftovers::uid.between(i64::from(*uids.start()), i64::from(*uids.end())),
            ),
    )
    .execute(conn)?;
    Ok(())
}

/// Mails of a source whose end was never taken over.
///
/// # Errors
/// [`DbError`].
pub fn unfinished(conn: &mut Conn, source: &str) -> Result<Vec<IncomingId>, DbError> {
    let ids: Vec<String> = incoming::table
        .filter(incoming::source.eq(source))
        .filter(incoming::state.eq(IncomingState::Arriving.as_str()))
        .select(incoming::id)
        .load(conn)?;
    ids.iter().map(|id| word(id)).collect()
}

/// The mailbox was looked into; with what stood in the way, or nothing.
///
/// # Errors
/// [`DbError`].
pub fn looked(
    conn: &mut Conn,
    name: &str,
    trouble: Option<&str>,
    now: Timestamp,
) -> Result<(), DbError> {
    let mailbox = mailboxes::table.find(name);
    match trouble {
        None => diesel::update(mailbox)
            .set((
                mailboxes::looked_at.eq(micros(now)),
                mailboxes::trouble.eq(None::<String>),
                mailboxes::trouble_at.eq(None::<i64>),
            ))
            .execute(conn)?,
        Some(trouble) => {
            // Since when it stands in the way is what matters, not when it was last seen.
            diesel::update(mailbox.filter(mailboxes::trouble_at.is_null()))
                .set(mailboxes::trouble_at.eq(micros(now)))
                .execute(conn)?;
            diesel::update(mailbox)
                .set(mailboxes::trouble.eq(trouble))
                .execute(conn)?
        }
    };
    Ok(())
}

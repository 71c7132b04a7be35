//! Machines that ask by the API, and the feed from which they learn who has unsubscribed.
//!
//! A deed writes a row of the feed for each sender, without a place: places are given afterwards,
//! one after the other ([`place`]). A cursor over ids would skip what was committed late.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::intake::{Touched, touch};
use super::schema::{api_tokens, jobs, objections, sender_state, suppression_feed};
use super::types::{maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::TokenId;
use crate::domain::job::Job;
use crate::domain::sender::{Change, Scope, Sender};

/// A new token.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// The name of the machine.
    pub name: String,
    /// The tool whose ids of people it shares.
    pub tool: String,
    /// The hash of the token.
    pub hash: [u8; 32],
    /// What it may ask.
    pub scopes: Vec<Scope>,
    /// Its keys and the address of its webhook, sealed.
    pub sealed: Vec<u8>,
    /// Whether it has a webhook.
    pub has_webhook: bool,
}

/// A token, as people see it.
#[derive(Clone, Debug)]
pub struct Token {
    /// Whose.
    pub sender: Sender,
    /// Whether it has a webhook.
    pub has_webhook: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ended.
    pub revoked_at: Option<Timestamp>,
    /// On which day it was last used.
    pub last_used_on: Option<Date>,
    /// The last place of its feed.
    pub last_place: i64,
    /// Up to which place it has applied the feed.
    pub applied_through: i64,
    /// Whether it is still being told what stood before it came.
    pub is_filling: bool,
}

fn scopes(text: &str) -> Vec<Scope> {
    // An unknown one is of a newer Lethe, and allows nothing here.
    text.split(' ')
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// Stores a token. The feed of a sender that hears of objections begins with it.
///
/// # Errors
/// [`DbError::Conflict`] if one of this name is in force.
pub fn insert_token(conn: &mut Conn, token: &NewToken, now: Timestamp) -> Result<(), DbError> {
    let words: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    let hears = token.scopes.contains(&Scope::Suppressions);
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::id.eq(token.id.to_string()),
            api_tokens::name.eq(&token.name),
            api_tokens::token_hash.eq(token.hash.as_slice()),
            api_tokens::scopes.eq(words.join(" ")),
            api_tokens::sealed.eq(&token.sealed),
            api_tokens::has_webhook.eq(token.has_webhook),
            api_tokens::created_at.eq(micros(now)),
            api_tokens::tool.eq(&token.tool),
        ))
        .execute(conn)?;
    diesel::insert_into(sender_state::table)
        .values((
            sender_state::token_id.eq(token.id.to_string()),
            sender_state::last_place.eq(0),
            sender_state::applied_through.eq(0),
            sender_state::filled_through.eq(hears.then_some("")),
        ))
        .execute(conn)?;
    Ok(())
}

type TokenRow = (
    (String, String, String, String, bool, i64, Option<i64>),
    (Option<String>, i64, i64, Option<String>),
);

fn token(row: TokenRow) -> Result<Token, DbError> {
    let ((id, name, tool, words, has_webhook, created_at, revoked_at), state) = row;
    let (last_used_on, last_place, applied_through, filled_through) = state;
    Ok(Token {
        sender: Sender {
            id: word(&id)?,
            name,
            tool,
            scopes: scopes(&words),
        },
        has_webhook,
        created_at: time(created_at)?,
        revoked_at: maybe_time(revoked_at)?,
        last_used_on: maybe_word(last_used_on.as_deref())?,
        last_place,
        applied_through,
        is_filling: filled_through.is_some(),
    })
}

/// The columns of a token, in the order of its row.
macro_rules! token_columns {
    () => {
        (
            (
                api_tokens::id,
                api_tokens::name,
                api_tokens::tool,
                api_tokens::scopes,
                api_tokens::has_webhook,
                api_tokens::created_at,
                api_tokens::revoked_at,
            ),
            (
                sender_state::last_used_on,
                sender_state::last_place,
                sender_state::applied_through,
                sender_state::filled_through,
            ),
        )
    };
}

/// All tokens, the ended ones too, in the order of their making.
///
/// # Errors
/// [`DbError`].
pub fn tokens(conn: &mut Conn) -> Result<Vec<Token>, DbError> {
    api_tokens::table
        .inner_join(sender_state::table.on(sender_state::token_id.eq(api_tokens::id)))
        .order(api_tokens::id)
        .select(token_columns!())
        .load::<TokenRow>(conn)?
        .into_iter()
        .map(token)
        .collect()
}

/// The token of this hash, if it is in force.
///
/// # Errors
/// [`DbError`].
pub fn by_hash(conn: &mut Conn, hash: [u8; 32]) -> Result<Option<Token>, DbError> {
    api_tokens::table
        .inner_join(sender_state::table.on(sender_state::token_id.eq(api_tokens::id)))
        .filter(api_tokens::token_hash.eq(hash.as_slice()))
        .filter(api_tokens::revoked_at.is_null())
        .select(token_columns!())
        .first::<TokenRow>(conn)
        .optional()?
        .map(token)
        .transpose()
}

/// The token of this name, if it is in force.
///
/// # Errors
/// [`DbError`].
pub fn by_name(conn: &mut Conn, name: &str) -> Result<Option<Token>, DbError> {
    api_tokens::table
        .inner_join(sender_state::table.on(sender_state::token_id.eq(api_tokens::id)))
        .filter(api_tokens::name.eq(name))
        .filter(api_tokens::revoked_at.is_null())
        .select(token_columns!())
        .first::<TokenRow>(conn)
        .optional()?
        .map(token)
        .transpose()
}

/// Notes the day of the last use.
///
/// # Errors
/// [`DbError`].
pub fn used(conn: &mut Conn, id: TokenId, on: Date) -> Result<(), DbError> {
    diesel::update(sender_state::table.find(id.to_string()))
        .set(sender_state::last_used_on.eq(on.to_string()))
        .execute(conn)?;
    Ok(())
}

/// Ends a token and forgets its keys; its feed goes with the next sweep.
///
/// # Errors
/// [`DbError`].
pub fn revoke(conn: &mut Conn, id: TokenId, now: Timestamp) -> Result<(), DbError> {
    diesel::update(api_tokens::table.find(id.to_string()))
        .set((
            api_tokens::revoked_at.eq(micros(now)),
            api_tokens::sealed.eq(Vec::new()),
        ))
        .execute(conn)?;
    super::jobs::cancel(conn, &Job::NotifySender(id))?;
    super::jobs::cancel(conn, &Job::FillSender(id))
}

/// Who hears of an objection that is made now.
#[derive(Clone, Debug)]
pub struct Listener {
    /// The token.
    pub token: TokenId,
    /// The tool whose ids of people it shares.
    pub tool: String,
}

/// Who hears of an objection that is made now.
///
/// # Errors
/// [`DbError`].
pub fn listening(conn: &mut Conn) -> Result<Vec<Listener>, DbError> {
    let rows: Vec<(String, String, String)> = api_tokens::table
        .filter(api_tokens::revoked_at.is_null())
        .order(api_tokens::id)
        .select((api_tokens::id, api_tokens::tool, api_tokens::scopes))
        .load(conn)?;
    rows.into_iter()
        .filter(|(_, _, words)| scopes(words).contains(&Scope::Suppressions))
        .map(|(id, tool, _)| {
            Ok(Listener {
                token: word(&id)?,
                tool,
            })
        })
        .collect()
}

/// The tool, if there was never another.
///
/// # Errors
/// [`DbError`].
pub fn only_tool(conn: &mut Conn) -> Result<Option<String>, DbError> {
    let mut tools: Vec<String> = api_tokens::table
        .select(api_tokens::tool)
        .distinct()
        .limit(2)
        .load(conn)?;
    let last = tools.pop();
    Ok(last.filter(|_| tools.is_empty()))
}

/// The keys of a token in force, sealed.
///
/// # Errors
/// [`DbError`].
pub fn sealed(conn: &mut Conn, id: TokenId) -> Result<Option<Vec<u8>>, DbError> {
    Ok(api_tokens::table
        .find(id.to_string())
        .filter(api_tokens::revoked_at.is_null())
        .select(api_tokens::sealed)
        .first(conn)
        .optional()?)
}

/// A change, to be written for one sender.
#[derive(Clone, Debug)]
pub struct NewChange<'a> {
    /// The id of the row.
    pub id: uuid::Uuid,
    /// The sender.
    pub token: TokenId,
    /// The objection.
    pub objection: &'a str,
    /// The digest of the address under the sender's key, where the address is known.
    pub digest: Option<[u8; 32]>,
    /// The list.
    pub list: &'a str,
    /// The mailing tool's own id.
    pub tool_id: Option<&'a str>,
    /// What changed.
    pub change: Change,
    /// When it changed.
    pub at: Timestamp,
}

/// Writes a change for a sender, in the transaction of its deed.
///
/// # Errors
/// [`DbError`]; then the deed does not happen either.
pub fn append(conn: &mut Conn, change: &NewChange<'_>, now: Timestamp) -> Result<(), DbError> {
    touch(|| Touched::Told(change.id.to_string()));
    diesel::insert_into(suppression_feed::table)
        .values((
            suppression_feed::id.eq(change.id.to_string()),
            suppression_feed::token_id.eq(change.token.to_string()),
            suppression_feed::objection_id.eq(change.objection),
            suppression_feed::digest.eq(change.digest.as_ref().map(|digest| digest.as_slice())),
            suppression_feed::list.eq(change.list),
            suppression_feed::tool_id.eq(change.tool_id),
            suppression_feed::change.eq(change.change.as_str()),
            suppression_feed::at.eq(micros(change.at)),
            suppression_feed::written_at.eq(micros(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// What a sender was told of an objection since it stands.
#[derive(Clone, Debug, Default)]
pub struct ToldOf {
    /// Whether it got the digest of the address.
    pub digest: bool,
    /// The ids that it got.
    pub ids: Vec<String>,
}

/// What a sender was told of an objection since it stands.
///
/// # Errors
/// [`DbError`].
pub fn told_of(
    conn: &mut Conn,
    token: TokenId,
    objection: &str,
    since: Timestamp,
) -> Result<ToldOf, DbError> {
    let rows: Vec<(Option<Vec<u8>>, Option<String>)> = suppression_feed::table
        .filter(suppression_feed::objection_id.eq(objection))
        .filter(suppression_feed::token_id.eq(token.to_string()))
        .filter(suppression_feed::change.eq(Change::Added.as_str()))
        .filter(suppression_feed::at.eq(micros(since)))
        .select((suppression_feed::digest, suppression_feed::tool_id))
        .load(conn)?;
    Ok(ToldOf {
        digest: rows.iter().any(|(digest, _)| digest.is_some()),
        ids: rows.into_iter().filter_map(|(_, id)| id).collect(),
    })
}

/// Up to which objection a new sender has been told what stood before it; nothing once it knows all.
///
/// # Errors
/// [`DbError`].
pub fn filled_through(conn: &mut Conn, id: TokenId) -> Result<Option<String>, DbError> {
    Ok(sender_state::table
        .find(id.to_string())
        .select(sender_state::filled_through)
        .first::<Option<String>>(conn)
        .optional()?
        .flatten())
}

/// Moves that on; nothing: it knows all.
///
/// # Errors
/// [`DbError`].
pub fn set_filled(conn: &mut Conn, id: TokenId, through: Option<&str>) -> Result<(), DbError> {
    diesel::update(sender_state::table.find(id.to_string()))
        .set(sender_state::filled_through.eq(through))
        .execute(conn)?;
    Ok(())
}

/// Whether any change waits for its place; a look that locks nothing.
///
/// # Errors
/// [`DbError`].
pub fn any_waiting(conn: &mut Conn) -> Result<bool, DbError> {
    let waiting: Option<String> = suppression_feed::table
        .filter(suppression_feed::place.is_null())
        .select(suppression_feed::id)
        .first(conn)
        .optional()?;
    Ok(waiting.is_some())
}

/// Gives waiting changes their places, of each sender one after the other; how many.
///
/// # Errors
/// [`DbError`].
pub fn place(conn: &mut Conn, limit: i64) -> Result<usize, DbError> {
    match conn {
        Conn::Sqlite(_) => {}
        // Only PostgreSQL has advisory locks, and only it has several writers.
        Conn::Postgres(conn) => {
            diesel::sql_query("SELECT pg_advisory_xact_lock(5209003)").execute(conn)?;
        }
    }
    let waiting: Vec<(String, String)> = suppression_feed::table
        .filter(suppression_feed::place.is_null())
        .order((suppression_feed::at, suppression_feed::id))
        .limit(limit)
        .select((suppression_feed::id, suppression_feed::token_id))
        .load(conn)?;
    let mut last: std::collections::BTreeMap<&str, i64> = std::collections::BTreeMap::new();
    for (id, token) in &waiting {
        let known = match last.get(token.as_str()) {
            Some(known) => *known,
            None => sender_state::table
                .find(token)
                .select(sender_state::last_place)
                .first(conn)?,
        };
        diesel::update(suppression_feed::table.find(id))
            .set(suppression_feed::place.eq(known + 1))
            .execute(conn)?;
        last.insert(token, known + 1);
    }
    for (token, place) in last {
        diesel::update(sender_state::table.find(token))
            .set(sender_state::last_place.eq(place))
            .execute(conn)?;
    }
    Ok(waiting.len())
}

/// The jobs that senders need and that nobody is about to do: to call a webhook that has not been told
/// everything, and to tell a new sender what stood before it. One that waits for its next try is left
/// to it, unless that is farther off than any pause: then somebody set the clock back.
///
/// # Errors
/// [`DbError`].
pub fn jobs_due(conn: &mut Conn, now: Timestamp) -> Result<Vec<Job>, DbError> {
    let state = || {
        api_tokens::table
            .inner_join(sender_state::table.on(sender_state::token_id.eq(api_tokens::id)))
            .filter(api_tokens::revoked_at.is_null())
    };
    let behind: Vec<String> = state()
        .filter(api_tokens::has_webhook.eq(true))
        .filter(sender_state::last_place.gt(sender_state::applied_through))
        .select(api_tokens::id)
        .load(conn)?;
    let filling: Vec<String> = state()
        .filter(sender_state::filled_through.is_not_null())
        .select(api_tokens::id)
        .load(conn)?;
    let mut wanted = Vec::new();
    for id in behind {
        wanted.push(Job::NotifySender(word(&id)?));
    }
    for id in filling {
        wanted.push(Job::FillSender(word(&id)?));
    }
    let mut due = Vec::new();
    for job in wanted {
        let near = jobs::table
            .filter(jobs::kind.eq(job.kind()))
            .filter(jobs::subject.eq(job.subject()))
            .filter(jobs::run_at.le(micros(now + super::jobs::LONGEST_PAUSE)));
        if near.count().get_result::<i64>(conn)? == 0 {
            due.push(job);
        }
    }
    Ok(due)
}

/// A change, as its sender reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedRow {
    /// Its place, which is the cursor.
    pub place: i64,
    /// The id of the row.
    pub id: String,
    /// What changed.
    pub change: Change,
    /// The list; `*` for all.
    pub list: String,
    /// The digest of the address under the sender's key, where the address was known.
    pub digest: Option<Vec<u8>>,
    /// The mailing tool's own id of the person, if a link told it.
    pub tool_id: Option<String>,
    /// When.
    pub at: Timestamp,
}

type FeedColumns = (
    Option<i64>,
    String,
    String,
    String,
    Option<Vec<u8>>,
    Option<String>,
    i64,
);

fn feed_row(row: FeedColumns) -> Result<FeedRow, DbError> {
    let (place, id, change, list, digest, tool_id, at) = row;
    Ok(FeedRow {
        place: place.unwrap_or_default(),
        id,
        change: word(&change)?,
        list,
        digest,
        tool_id,
        at: time(at)?,
    })
}

/// The columns of a change, in the order of its row.
macro_rules! feed_columns {
    () => {
        (
            suppression_feed::place,
            suppression_feed::id,
            suppression_feed::change,
            suppression_feed::list,
            suppression_feed::digest,
            suppression_feed::tool_id,
            suppression_feed::at,
        )
    };
}

/// The changes of a sender after a place.
///
/// # Errors
/// [`DbError`].
pub fn changes(
    conn: &mut Conn,
    token: TokenId,
    after: i64,
    limit: i64,
) -> Result<Vec<FeedRow>, DbError> {
    suppression_feed::table
        .filter(suppression_feed::token_id.eq(token.to_string()))
        .filter(suppression_feed::place.gt(after))
        .order(suppression_feed::place)
        .limit(limit)
        .select(feed_columns!())
        .load::<FeedColumns>(conn)?
        .into_iter()
        .map(feed_row)
        .collect()
}

/// The same, but only what made an objection that is in force, and not what a later row says with more.
///
/// # Errors
/// [`DbError`].
pub fn in_force(
    conn: &mut Conn,
    token: TokenId,
    after: i64,
    limit: i64,
) -> Result<Vec<FeedRow>, DbError> {
    let later_feed = diesel::alias!(suppression_feed as later_feed);
    let more = later_feed
        .filter(
            later_feed
                .field(suppression_feed::objection_id)
                .eq(suppression_feed::objection_id),
        )
        .filter(
            later_feed
                .field(suppression_feed::token_id)
                .eq(suppression_feed::token_id),
        )
        .filter(
            later_feed
                .field(suppression_feed::change)
                .eq(suppression_feed::change),
        )
        .filter(
            later_feed
                .field(suppression_feed::at)
                .eq(suppression_feed::at),
        )
        .filter(
            later_feed
                .field(suppression_feed::place)
                .gt(suppression_feed::place),
        )
        .filter(
            later_feed
                .field(suppression_feed::digest)
                .is_not_null()
                .or(suppression_feed::digest.is_null()),
        )
        .filter(
            later_feed
                .field(suppression_feed::tool_id)
                .eq(suppression_feed::tool_id)
                .or(suppression_feed::tool_id.is_null()),
        )
        .select(later_feed.field(suppression_feed::id));
    suppression_feed::table
        .inner_join(objections::table.on(objections::id.eq(suppression_feed::objection_id)))
        .filter(suppression_feed::token_id.eq(token.to_string()))
        .filter(suppression_feed::place.gt(after))
        .filter(suppression_feed::change.eq(Change::Added.as_str()))
        .filter(suppression_feed::at.eq(objections::since_at))
        .filter(objections::lifted_at.is_null())
        .filter(diesel::dsl::not(diesel::dsl::exists(more)))
        .order(suppression_feed::place)
        .limit(limit)
        .select(feed_columns!())
        .load::<FeedColumns>(conn)?
        .into_iter()
        .map(feed_row)
        .collect()
}

/// How far a feed may go before its cursors are those of the next. A feed begins anew when the
/// database has lost what senders were told: its cursors then are of the next range, and none that was
/// given before is taken for one of them.
const RANGE: i64 = 1_000_000_000_000;

/// Whether a cursor is one that this feed has given, or may have. 0 is its beginning.
fn is_of_feed(cursor: i64, last_place: i64) -> bool {
    cursor == 0 || (last_place - last_place % RANGE..=last_place).contains(&cursor)
}

/// Begins every feed anew: all of it gets new places, and counts as not applied.
///
/// # Errors
/// [`DbError`].
pub fn begin_anew(conn: &mut Conn) -> Result<(), DbError> {
    let feeds: Vec<(String, i64)> = sender_state::table
        .select((sender_state::token_id, sender_state::last_place))
        .load(conn)?;
    for (token, last) in feeds {
        let begin = (last / RANGE + 1) * RANGE;
        diesel::update(sender_state::table.find(&token))
            .set((
                sender_state::last_place.eq(begin),
                sender_state::applied_through.eq(begin),
            ))
            .execute(conn)?;
    }
    diesel::update(suppression_feed::table)
        .set(suppression_feed::place.eq(None::<i64>))
        .execute(conn)?;
    Ok(())
}

/// Whether a feed has given this cursor, and whether what stood before its sender is still being told;
/// nothing for a cursor that is of no feed, or of one before a restore.
///
/// # Errors
/// [`DbError`].
pub fn is_filling(conn: &mut Conn, token: TokenId, cursor: i64) -> Result<Option<bool>, DbError> {
    let (last, filled): (i64, Option<String>) = sender_state::table
        .find(token.to_string())
        .select((sender_state::last_place, sender_state::filled_through))
        .first(conn)?;
    Ok(is_of_feed(cursor, last).then_some(filled.is_some()))
}

/// Up to which place a sender has applied its feed.
///
/// # Errors
/// [`DbError`].
pub fn applied_through(conn: &mut Conn, token: TokenId) -> Result<i64, DbError> {
    Ok(sender_state::table
        .find(token.to_string())
        .select(sender_state::applied_through)
        .first(conn)?)
}

/// Notes that a sender has applied its feed up to a place; never less than before. False for a
/// place that its feed has not reached.
///
/// # Errors
/// [`DbError`].
pub fn applied(conn: &mut Conn, token: TokenId, through: i64) -> Result<bool, DbError> {
    let last: i64 = sender_state::table
        .find(token.to_string())
        .select(sender_state::last_place)
        .first(conn)?;
    if !is_of_feed(through, last) {
        return Ok(false);
    }
    diesel::update(
        sender_state::table
            .find(token.to_string())
            .filter(sender_state::applied_through.lt(through)),
    )
    .set(sender_state::applied_through.eq(through))
    .execute(conn)?;
    Ok(true)
}

/// A sender that has not applied what it was told long ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// The sender.
    pub name: String,
    /// Since when the oldest change waits.
    pub since: Timestamp,
    /// How many changes wait, up to the last placed one.
    pub waiting: i64,
}

/// The senders in force with a change that was written before this time and is not applied.
///
/// # Errors
/// [`DbError`].
pub fn late(conn: &mut Conn, before: Timestamp) -> Result<Vec<Late>, DbError> {
    let mut late = Vec::new();
    for token in tokens(conn)?
        .into_iter()
        .filter(|token| token.revoked_at.is_none())
    {
        let of_token = suppression_feed::token_id.eq(token.sender.id.to_string());
        // Places follow the time of the change; one filled in later stands where it was written.
        let placed: Option<i64> = suppression_feed::table
            .filter(of_token.clone())
            .filter(suppression_feed::place.gt(token.applied_through))
            .order(suppression_feed::place)
            .select(suppression_feed::written_at)
            .first(conn)
            .optional()?;
        let unplaced: Option<i64> = suppression_feed::table
            .filter(of_token)
            .filter(suppression_feed::place.is_null())
            .order((suppression_feed::at, suppression_feed::id))
            .select(suppression_feed::written_at)
            .first(conn)
            .optional()?;
        // What it was not told yet, it cannot apply.
        let untold = token.is_filling.then(|| micros(token.created_at));
        let oldest = [placed, unplaced, untold].into_iter().flatten().min();
        if let Some(oldest) = oldest.filter(|oldest| *oldest < micros(before)) {
            late.push(Late {
                name: token.sender.name,
                since: time(oldest)?,
                waiting: (token.last_place - token.applied_through).max(1),
            });
        }
    }
    Ok(late)
}

/// Deletes one batch of what ended tokens leave behind; how many rows.
///
/// # Errors
/// [`DbError`].
pub fn forget_revoked(conn: &mut Conn, limit: i64) -> Result<usize, DbError> {
    let ended: Vec<String> = api_tokens::table
        .filter(api_tokens::revoked_at.is_not_null())
        .select(api_tokens::id)
        .load(conn)?;
    let ids: Vec<String> = suppression_feed::table
        .filter(suppression_feed::token_id.eq_any(&ended))
        .filter(suppression_feed::place.is_not_null())
        .limit(limit)
        .select(suppression_feed::id)
        .load(conn)?;
    Ok(
        diesel::delete(suppression_feed::table.filter(suppression_feed::id.eq_any(&ids)))
            .execute(conn)?,
    )
}

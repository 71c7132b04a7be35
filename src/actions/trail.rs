//! Writing the trail: an event becomes a canonical leaf, with pseudonyms for request
//! and staff and a salted commitment for what identifies anybody. Then the sequencer,
//! which alone gives entries their place in the tree. Signing the tree ([`checkpoint`]), checking
//! all of it ([`verify`]), giving it out with proofs ([`export`]), forgetting what is old
//! ([`forget`]) and going on after a loss ([`succession`]) are parts of their own.

pub mod checkpoint;
pub mod export;
pub mod forget;
pub mod succession;
pub mod verify;

use crate::app::App;
use crate::audit::commitment::commit;
use crate::audit::hex;
use crate::audit::leaf::Leaf;
use crate::audit::tree::{self, Frontier};
use crate::db::audit::Log;
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Actor, Event};
use crate::domain::ids::{EntryId, RequestId};
use crate::seal::{KeyRing, Place, random};

/// Entries that one turn of the sequencer takes at the most.
const TURN: i64 = 2000;

/// The form of the leaves that are written now.
const LEAF_VERSION: i32 = 1;

/// What pseudonyms of requests are made from, beside the id.
const REQUEST: &str = "request-v1";

/// What pseudonyms of accounts are made from, beside the id.
const STAFF: &str = "staff-v1";

/// What the actor of a leaf begins with where an account acted; its pseudonym follows.
const STAFF_PREFIX: &str = "staff:";

/// Records an event in the transaction of its deed, and says under which id.
///
/// # Errors
/// [`DbError`]; the deed must fail with it.
pub fn record(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    request: Option<RequestId>,
    event: &Event,
) -> Result<EntryId, DbError> {
    let now = app.clock.now();
    let id: EntryId = app.id();
    let year = app.date(now).year();
    let pseudonym = |label: &str, identifier: String| {
        app.keys.pseudonym(year, label, &identifier).ok_or_else(|| {
            DbError::Unavailable(format!(
                "the key file has no pseudonym key for {year}; restart Lethe to make it"
            ))
        })
    };
    let case = request
        .map(|id| pseudonym(REQUEST, id.to_string()))
        .transpose()?;
    let personal = event.personal.as_ref().map(|personal| {
        let salt: [u8; 32] = random();
        (salt, commit(&salt, personal.as_bytes()), personal)
    });
    let staff = actor
        .staff_id()
        .map(|id| pseudonym(STAFF, id.to_string()))
        .transpose()?;
    let (actor_word, role) = match actor {
        Actor::Subject => ("requester".to_owned(), None),
        Actor::System => ("system".to_owned(), None),
        Actor::Operator => ("operator".to_owned(), None),
        Actor::Staff { role, .. } => (
            format!(
                "{STAFF_PREFIX}{}",
                staff
                    .as_ref()
                    .map_or_else(String::new, |digest| hex(&digest.bytes))
            ),
            Some(role.to_string()),
        ),
    };
    let account = event
        .account
        .map(|id| pseudonym(STAFF, id.to_string()))
        .transpose()?;
    let mut detail = event.detail.clone();
    if let Some(account) = &account {
        detail.insert("account".to_owned(), hex(&account.bytes));
    }
    // All of them were made with the key of this year.
    let key = [&case, &staff, &account]
        .into_iter()
        .flatten()
        .map(|digest| digest.key.to_string())
        .next();
    let leaf = Leaf {
        role,
        case: case.as_ref().map(|digest| hex(&digest.bytes)),
        key,
        store: event.store.clone(),
        count: event.count,
        kept: event.kept,
        failed: event.failed,
        outcome: event.outcome.clone(),
        reason: event.reason.clone(),
        rule: event.rule.clone(),
        policy: Some(app.policy_version.to_string()),
        intent: event.intent.map(|id| id.to_string()),
        detail: (!detail.is_empty()).then_some(detail),
        commitment: personal.as_ref().map(|(_, commitment, _)| hex(commitment)),
        ..Leaf::new(id.to_string(), now, actor_word, event.action.to_string())
    };
    let leaf = leaf.to_bytes();
    let entry = db::audit::NewEntry {
        id,
        version: LEAF_VERSION,
        mac: app.keys.entry_mark(&tree::leaf_hash(&leaf).0),
        leaf,
        personal: personal.map(|(salt, _, personal)| {
            let id = id.to_string();
            let place = Place {
                table: "audit_personal",
                id: &id,
                column: "personal",
            };
            (salt, app.keys.seal_stored(place, personal.as_bytes()))
        }),
        index: db::audit::Index {
            at: now,
            action: event.action.to_string(),
            staff: actor.staff_id(),
            request,
            store: event.store.clone(),
        },
        is_intent: event.action.is_intent(),
        answers: event.intent,
    };
    db::audit::append(conn, &entry)?;
    Ok(id)
}

/// The log that entries are placed in.
///
/// # Errors
/// [`DbError::Internal`] before the first start, which begins it.
pub fn current_log(conn: &mut Conn) -> Result<Log, DbError> {
    db::audit::current_log(conn)?.ok_or_else(|| {
        DbError::Internal("the trail has no log; `lethe serve` begins it".to_owned())
    })
}

/// Gives waiting entries their place in the tree; says how many it placed. Any number
/// of processes may try: one at a time does it, without a gap. Where the tree is no longer the one
/// that was signed last, nothing is placed: whatever follows would be a second story. What another
/// machine has signed is kept here too.
///
/// # Errors
/// [`DbError`]; [`DbError::Unavailable`] where entries were lost, with the mend.
pub async fn sequence(app: &App) -> Result<usize, DbError> {
    let inner = app.clone();
    let (waiting, lost) = app
        .db
        .read(move |conn| {
            checkpoint::follow(&inner, conn)?;
            let waiting = db::audit::pending_state(conn)?.0;
            let lost = match waiting {
                0 => None,
                _ => checkpoint::lost(&inner, conn)?,
            };
            Ok::<_, DbError>((waiting, lost))
        })
        .await?;
    if waiting == 0 {
        return Ok(0);
    }
    if let Some(lost) = lost {
        return Err(DbError::Unavailable(lost.to_string()));
    }
    let keys = app.keys.clone();
    app.db
        .write(move |conn| {
            db::audit::lock_sequence(conn)?;
            let log = current_log(conn)?.id;
            let entries = db::audit::pending(conn, TURN)?;
            let mut frontier = frontier(conn, log)?;
            let mut placed = 0;
            for (id, leaf, mac) in &entries {
                let hash = tree::leaf_hash(leaf);
                // It waits until somebody looks who put it there; the alarm for old ones tells.
                if !keys.is_entry_mark(mac, &hash.0) {
                    tracing::error!(entry = %id, "an entry of the trail was not written by Lethe");
                    continue;
                }
                let position = frontier.size();
                let nodes = frontier.push(hash);
                db::audit::place(conn, log, position, *id, (hash, mac), &nodes)?;
                placed += 1;
            }
            Ok::<_, DbError>(placed)
        })
        .await
}

/// The right edge of the tree of a log.
fn frontier(conn: &mut Conn, log: i32) -> Result<Frontier, DbError> {
    let size = db::audit::size(conn, log)?;
    Frontier::load(size, |level, index| {
        db::audit::node(conn, log, level, index)
    })
}

/// The root over the first `size` entries of a log.
///
/// # Errors
/// [`DbError`].
pub fn root(conn: &mut Conn, log: i32, size: u64) -> Result<tree::Hash, DbError> {
    tree::root(size, |level, index| {
        db::audit::node(conn, log, level, index)
    })
}

/// The pseudonym that stands in leaves under this key, if the key is still there.
fn pseudonym_under(keys: &KeyRing, key: &str, label: &str, id: &str) -> Option<String> {
    let digest = keys.pseudonym_under(key.parse().ok()?, label, id)?;
    Some(hex(&digest.bytes))
}

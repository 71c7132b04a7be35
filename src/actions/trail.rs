//! Writing the trail: an event becomes a canonical leaf, with pseudonyms for request
//! and staff and a salted commitment for what identifies anybody. Then the sequencer,
//! which alone gives entries their place in the tree, and the check of all of it.

use crate::app::App;
use crate::audit::commitment::commit;
use crate::audit::hex;
use crate::audit::leaf::{self, Leaf};
use crate::audit::tree::{self, Frontier, Hash};
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{EntryId, RequestId};
use crate::seal::{Place, random};

/// Entries that one turn of the sequencer takes at the most.
const TURN: i64 = 2000;

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
        .map(|id| pseudonym("request-v1", id.to_string()))
        .transpose()?;
    let personal = event.personal.as_ref().map(|personal| {
        let salt: [u8; 32] = random();
        (salt, commit(&salt, personal.as_bytes()), personal)
    });
    let (actor_word, role) = match actor {
        Actor::Subject => ("requester".to_owned(), None),
        Actor::System => ("system".to_owned(), None),
        Actor::Operator => ("operator".to_owned(), None),
        Actor::Staff { id, role } => {
            let digest = pseudonym("staff-v1", id.to_string())?;
            (
                format!("staff:{}", hex(&digest.bytes)),
                Some(role.to_string()),
            )
        }
    };
    let mut detail = event.detail.clone();
    if let Some(account) = event.account {
        detail.insert(
            "account".to_owned(),
            hex(&pseudonym("staff-v1", account.to_string())?.bytes),
        );
    }
    let leaf = Leaf {
        role,
        case: case.as_ref().map(|digest| hex(&digest.bytes)),
        key: case.as_ref().map(|digest| digest.key.to_string()),
        store: event.store.clone(),
        count: event.count,
        kept: event.kept,
        failed: event.failed,
        outcome: event.outcome.clone(),
        reason: event.reason.clone(),
        policy: Some(app.policy_version.to_string()),
        intent: event.intent.map(|id| id.to_string()),
        detail: (!detail.is_empty()).then_some(detail),
        commitment: personal.as_ref().map(|(_, commitment, _)| hex(commitment)),
        ..Leaf::new(id.to_string(), now, actor_word, event.action.to_string())
    };
    let entry = db::audit::NewEntry {
        id,
        version: i32::try_from(leaf::VERSION).unwrap_or(i32::MAX),
        leaf: leaf.to_bytes(),
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
        is_intent: matches!(
            event.action,
            Action::EraseIntended | Action::RectifyIntended
        ),
        answers: event.intent,
    };
    db::audit::append(conn, &entry)?;
    Ok(id)
}

/// Gives waiting entries their place in the tree; says how many it placed. Any number
/// of processes may try: one at a time does it, without a gap.
///
/// # Errors
/// [`DbError`].
pub async fn sequence(app: &App) -> Result<usize, DbError> {
    let waiting = app.db.read(db::audit::pending_state).await?;
    if waiting.0 == 0 {
        return Ok(0);
    }
    app.db
        .write(|conn| {
            db::audit::lock_sequence(conn)?;
            let entries = db::audit::pending(conn, TURN)?;
            let size = db::audit::size(conn)?;
            let mut frontier =
                Frontier::load(size, |level, index| db::audit::node(conn, level, index))?;
            for (id, leaf) in &entries {
                let hash = tree::leaf_hash(leaf);
                let position = frontier.size();
                let nodes = frontier.push(hash);
                db::audit::place(conn, position, *id, hash, &nodes)?;
            }
            Ok::<_, DbError>(entries.len())
        })
        .await
}

/// What a check of the whole trail found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Entries in the tree.
    pub size: u64,
    /// Entries that wait for their place.
    pub pending: u64,
    /// The root over the tree, base64.
    pub root: String,
    /// The first thing that is wrong, if anything is.
    pub problem: Option<Problem>,
}

/// The first thing that is wrong with the trail.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// At which place of the tree.
    pub position: u64,
    /// The id of the entry, where there is one.
    pub entry: Option<String>,
    /// What is wrong.
    pub what: &'static str,
}

/// Recomputes everything: every leaf from its entry, every node from its leaves, the
/// filter columns against the leaves, and that no entry stands outside the tree unseen.
///
/// # Errors
/// [`DbError`] if it cannot be read. What is wrong with the trail is no error but the answer.
pub async fn verify(app: &App) -> Result<Verified, DbError> {
    let mut frontier: Frontier = Frontier::load(0, |_, _| {
        Err(DbError::Internal("an empty tree has no nodes".to_owned()))
    })?;
    let (size, pending) = app
        .db
        .read(|conn| {
            Ok::<_, DbError>((
                db::audit::size(conn)?,
                db::audit::pending_state(conn)?.0.unsigned_abs(),
            ))
        })
        .await?;
    let mut problem = None;
    while frontier.size() < size && problem.is_none() {
        let from = frontier.size();
        let rows = app
            .db
            .read(move |conn| db::audit::placed_from(conn, from, TURN))
            .await?;
        if rows.is_empty() {
            problem = Some(Problem {
                position: from,
                entry: None,
                what: "the place is empty",
            });
        }
        let mut nodes = Vec::new();
        for row in rows
            .iter()
            .take(usize::try_from(size - from).unwrap_or(usize::MAX))
        {
            let position = frontier.size();
            match check_row(row, position) {
                Ok(hash) => nodes.extend(frontier.push(hash)),
                Err(what) => {
                    problem = Some(Problem {
                        position,
                        entry: Some(row.id.clone()),
                        what,
                    });
                    break;
                }
            }
        }
        if problem.is_none() {
            problem = app.db.read(move |conn| check_nodes(conn, &nodes)).await?;
        }
    }
    if problem.is_none() {
        let entries = app.db.read(db::audit::count_entries).await?.unsigned_abs();
        if entries < size + pending {
            problem = Some(Problem {
                position: size,
                entry: None,
                what: "entries are missing",
            });
        }
    }
    Ok(Verified {
        size,
        pending,
        root: frontier.root().to_base64(),
        problem,
    })
}

/// Checks one row of the tree against its entry; the leaf hash if all is right.
fn check_row(row: &db::audit::Placed, position: u64) -> Result<Hash, &'static str> {
    if row.position != position {
        return Err("the place is empty");
    }
    let (version, bytes) = row.entry.as_ref().ok_or("the entry is missing")?;
    let hash = tree::leaf_hash(bytes);
    if hash.0.as_slice() != row.leaf_hash {
        return Err("the entry was changed, or stands in another's place");
    }
    let leaf = Leaf::parse(bytes).map_err(|_| "the entry is no leaf of this trail")?;
    if leaf.id != row.id || u64::try_from(*version) != Ok(leaf::VERSION) {
        return Err("the entry stands under another id or version");
    }
    let (at, action, store) = row.index.as_ref().ok_or("the filter columns are missing")?;
    if *at != leaf.time.as_microsecond() || *action != leaf.action || *store != leaf.store {
        return Err("the filter columns say something else than the entry");
    }
    Ok(hash)
}

fn check_nodes(conn: &mut Conn, nodes: &[tree::Node]) -> Result<Option<Problem>, DbError> {
    for node in nodes {
        let stored = db::audit::node(conn, node.level, node.index);
        if stored.map_or(true, |stored| stored != node.hash) {
            let position = node.index << node.level;
            return Ok(Some(Problem {
                position,
                entry: None,
                what: "a node of the tree was changed",
            }));
        }
    }
    Ok(None)
}

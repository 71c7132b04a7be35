//! Checking all of the trail: every entry is hashed again, every filter column compared with its
//! leaf, every stored node with the hashes below it, every checkpoint with the tree and with its
//! signature. What is kept elsewhere (a file beside the journal, a mail, a witness's copy) is
//! compared too; only that finds a tail that was cut or a whole copy that was rolled back.
//!
//! The tree is cut into blocks of 4,096 places, which are checked side by side and put together in
//! order, so that memory stays flat whatever the length.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, stream};

use super::checkpoint::{self, Lost};
use super::{REQUEST, STAFF, STAFF_PREFIX, current_log, pseudonym_under, record};
use crate::actions::ActionError;
use crate::app::App;
use crate::audit::leaf::{self, LeafRef};
use crate::audit::note::{Checkpoint, Note};
use crate::audit::proof::TlogProof;
use crate::audit::tree::{self, Frontier, Hash};
use crate::certificate::export::boundary;
use crate::certificate::file::Certificate;
use crate::db::audit::{Log, STORED_FROM, StoredIndex};
use crate::db::checkpoints::{Check, Wrong};
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, Event, Fault};
use crate::seal::KeyRing;

/// The places of a block: 2^12.
const BLOCK_LEVEL: u8 = 12;
const BLOCK: u64 = 1 << BLOCK_LEVEL;

/// What a check of the whole trail found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// The log that entries are placed in.
    pub origin: String,
    /// Entries in its tree.
    pub size: u64,
    /// Entries that wait for their place.
    pub pending: u64,
    /// The root over the tree, base64.
    pub root: String,
    /// Checkpoints that fit: their signatures are good and the tree is the one they were made over.
    pub checkpoints: u64,
    /// Cosignatures of the configured witnesses on them.
    pub cosignatures: u64,
    /// Entries of which only the hash is left, by a decision that the trail holds.
    pub pruned: u64,
    /// Announced acts whose outcome is missing.
    pub unfinished: u64,
    /// Logs that ended before this one, checked alike.
    pub former: Vec<Former>,
    /// The first thing that is wrong, if anything is.
    pub problem: Option<Problem>,
}

/// A log that ended because entries were lost.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Former {
    /// Its name.
    pub origin: String,
    /// Entries that are left of it.
    pub size: u64,
    /// The root over them, base64.
    pub root: String,
}

/// The first thing that is wrong with the trail.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// In which log.
    pub origin: String,
    /// The first place of the tree that differs, or may differ.
    pub position: u64,
    /// The id of the entry, where it is known.
    pub entry: Option<String>,
    /// What is wrong, as a word.
    #[serde(serialize_with = "as_word")]
    pub fault: Fault,
    /// What is wrong, as a sentence.
    pub what: String,
}

fn as_word<S: serde::Serializer>(fault: &Fault, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(fault.as_str())
}

/// Checks everything, also against checkpoints that are kept elsewhere. A check against nothing else
/// is remembered, for `/admin/audit` and `lethe check`: it can be repeated.
///
/// # Errors
/// [`ActionError::Db`] if it cannot be read. What is wrong with the trail is no error but the answer.
pub async fn verify(app: &App, against: Vec<Checkpoint>) -> Result<Verified, ActionError> {
    let is_remembered = against.is_empty();
    let verified = loop {
        let before = boundaries(app).await?;
        let verified = look(app, &against).await?;
        // A year that is forgotten meanwhile looks like a loss until it is looked at again.
        if verified.problem.is_none() || boundaries(app).await? == before {
            break verified;
        }
    };
    if !is_remembered {
        return Ok(verified);
    }
    let check = Check {
        at: app.clock.now(),
        size: verified.size,
        wrong: verified.problem.as_ref().map(|problem| Wrong {
            fault: problem.fault,
            position: problem.position,
            entry: problem.entry.as_deref().and_then(|id| id.parse().ok()),
        }),
    };
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let before = db::checkpoints::last_check(conn)?;
            let is_news =
                check.wrong.is_some() && before.and_then(|before| before.wrong) != check.wrong;
            if is_news {
                let event = Event::new(Action::FoundBroken).counting(check.size);
                record(&inner, conn, &Actor::System, None, &event)?;
            }
            db::checkpoints::insert_check(conn, inner.id(), &check)?;
            Ok(())
        })
        .await?;
    Ok(verified)
}

/// Up to where entries of each log may go.
async fn boundaries(app: &App) -> Result<Vec<u64>, DbError> {
    let logs = app.db.read(db::audit::logs).await?;
    Ok(logs.into_iter().map(|log| log.pruned).collect())
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, entry {}: {}", self.origin, self.position, self.what)
    }
}

/// The checkpoint of a file that somebody kept, and its note: a signed note, a `.tlog-proof` or a
/// certificate, if one of our keys signed it.
///
/// # Errors
/// What is wrong with the file, in a sentence.
pub fn kept_elsewhere(app: &App, file: &str) -> Result<(Checkpoint, Note), String> {
    // Copied out of a mail, it may have lost the end of its last line, or have others.
    let text = format!("{}\n", file.replace("\r\n", "\n").trim());
    let note = text
        .parse::<Note>()
        .ok()
        .or_else(|| Some(text.parse::<TlogProof>().ok()?.checkpoint))
        .or_else(|| Some(Certificate::parse(file.as_bytes()).ok()?.proof.checkpoint))
        .ok_or("it holds no checkpoint: give a signed note, a .tlog-proof or a certificate")?;
    let standing = checkpoint::standing(app, &note)?;
    Ok((standing.checkpoint, note))
}

async fn look(app: &App, against: &[Checkpoint]) -> Result<Verified, ActionError> {
    // Counting reads everything too, so it goes on beside the rest.
    let (verified, tally) = tokio::join!(look_through(app, against), app.db.read(db::audit::tally));
    let (mut verified, tally) = (verified?, tally?);
    verified.pending = tally.pending.unsigned_abs();
    let expected = tally.placed - verified.pruned.cast_signed() + tally.pending;
    if verified.problem.is_none() && (tally.entries != expected || tally.strange > 0) {
        let what = format!(
            "{} entries are stored, and {expected} have a place or wait for one, {} of them wrongly",
            tally.entries, tally.strange
        );
        verified.problem = Some(problem(
            &verified.origin,
            verified.size,
            None,
            (Fault::Missing, &what),
        ));
    }
    Ok(verified)
}

async fn look_through(app: &App, against: &[Checkpoint]) -> Result<Verified, ActionError> {
    checkpoint::refresh_keys(app);
    let inner = app.clone();
    let (logs, size, lost) = app
        .db
        .read(move |conn| {
            let log = current_log(conn)?;
            Ok::<_, DbError>((
                db::audit::logs(conn)?,
                db::audit::size(conn, log.id)?,
                checkpoint::lost(&inner, conn)?,
            ))
        })
        .await?;
    let mut verified = Verified {
        origin: String::new(),
        size,
        pending: 0,
        root: String::new(),
        checkpoints: 0,
        cosignatures: 0,
        pruned: 0,
        unfinished: 0,
        former: Vec::new(),
        problem: None,
    };
    for stranger in against {
        if !logs.iter().any(|log| log.origin == stranger.origin) {
            let what = "a checkpoint kept elsewhere is of a log that this database does not know";
            verified.problem = Some(problem(
                &stranger.origin,
                0,
                None,
                (Fault::Checkpoint, what),
            ));
            verified.origin.clone_from(&stranger.origin);
            return Ok(verified);
        }
    }
    // Intents that no entry answers, in whichever log.
    let mut open = HashSet::new();
    let mut allowed = Vec::new();
    let mut results = Vec::new();
    let mut before: Option<(String, u64, u64)> = None;
    for log in logs {
        let mut result = check_log(app, &log, against, &mut open).await?;
        if let Some((before, size, signed)) = &before
            && result.problem.is_none()
            && result.missing == 0
        {
            let what = match &result.follows {
                Some((ended, at)) if ended == before && at == size && at == signed => None,
                Some((ended, _)) if ended == before => {
                    Some("the log before it has not the size at which it ended, signed")
                }
                _ => {
                    Some("the log does not begin with the entry that says why the one before ended")
                }
            };
            result.problem = what.map(|what| problem(&log.origin, 0, None, (Fault::Changed, what)));
        }
        before = Some((log.origin.clone(), result.size, result.signed));
        allowed.extend(result.pruned_in.iter().cloned());
        results.push((log, result));
    }
    for (log, result) in results {
        verified.checkpoints += result.checkpoints;
        verified.cosignatures += result.cosignatures;
        verified.pruned += result.missing;
        // Only the trail itself says up to where entries may be gone.
        let boundary = allowed
            .iter()
            .filter(|(origin, _)| *origin == log.origin)
            .map(|(_, below)| *below)
            .max()
            .unwrap_or(0);
        let found = result.problem.or_else(|| {
            (log.pruned > boundary).then(|| {
                let what = "entries may go, or are gone, and no entry of the trail says so";
                let first = result.first_missing.unwrap_or(boundary);
                problem(
                    &log.origin,
                    first.max(boundary),
                    None,
                    (Fault::Missing, what),
                )
            })
        });
        verified.problem = verified.problem.or(found);
        let root = result.root.to_base64();
        if log.ended_at.is_some() {
            verified.former.push(Former {
                origin: log.origin,
                size: result.size,
                root,
            });
        } else {
            verified.origin = log.origin;
            verified.size = result.size;
            verified.root = root;
        }
    }
    verified.unfinished = open.len() as u64;
    // Without the file nobody can tell whether entries were lost; that is no fault of the trail.
    let lost = lost.filter(|lost| !matches!(lost, Lost::Missing(_) | Lost::Ended { .. }));
    if verified.problem.is_none()
        && let Some(lost) = lost
    {
        let position = match &lost {
            Lost::Entries { have, .. } => *have,
            _ => 0,
        };
        verified.problem = Some(problem(
            &verified.origin,
            position,
            None,
            (Fault::Lost, &lost.to_string()),
        ));
    }
    Ok(verified)
}

fn problem(
    origin: &str,
    position: u64,
    entry: Option<&str>,
    (fault, what): (Fault, &str),
) -> Problem {
    Problem {
        origin: origin.to_owned(),
        position,
        entry: entry.map(str::to_owned),
        fault,
        what: what.to_owned(),
    }
}

/// What a check of one log found.
struct LogResult {
    size: u64,
    root: Hash,
    checkpoints: u64,
    cosignatures: u64,
    /// Places whose entry is gone, and where the first of them is.
    missing: u64,
    first_missing: Option<u64>,
    /// What entries of this log say of which log: entries below this place may go.
    pruned_in: Vec<(String, u64)>,
    /// The log that its first entry says has ended, and at which size.
    follows: Option<(String, u64)>,
    /// The size of its last checkpoint that fits.
    signed: u64,
    problem: Option<Problem>,
}

async fn check_log(
    app: &App,
    log: &Log,
    against: &[Checkpoint],
    open: &mut HashSet<String>,
) -> Result<LogResult, ActionError> {
    let id = log.id;
    let size = app.db.read(move |conn| db::audit::size(conn, id)).await?;
    let mut result = LogResult {
        size,
        root: tree::empty_root(),
        checkpoints: 0,
        cosignatures: 0,
        missing: 0,
        first_missing: None,
        pruned_in: Vec::new(),
        follows: None,
        signed: 0,
        problem: None,
    };
    let kept: Vec<Checkpoint> = against
        .iter()
        .filter(|checkpoint| checkpoint.origin == log.origin)
        .cloned()
        .collect();
    let side_by_side = std::thread::available_parallelism().map_or(2, usize::from);
    let blocks = stream::iter((0..size).step_by(BLOCK as usize))
        .map(|from| {
            let (inner, log, kept) = (app.clone(), log.clone(), kept.clone());
            let to = size.min(from + BLOCK);
            app.db
                .read(move |conn| check_block(&inner, conn, &log, from, to, &kept))
        })
        .buffered(side_by_side);
    let mut blocks = std::pin::pin!(blocks);
    let mut outer = Frontier::empty();
    let mut upper = Vec::new();
    while let Some(block) = blocks.next().await {
        let block = block?;
        result.missing += block.missing;
        result.first_missing = result.first_missing.or(block.first_missing);
        result.pruned_in.extend(block.pruned_in);
        result.follows = result.follows.or(block.follows);
        open.extend(block.announced);
        for answered in &block.answered {
            open.remove(answered);
        }
        if block.problem.is_some() {
            result.problem = block.problem;
            return Ok(result);
        }
        for signed in block.signed {
            let mut tree = outer.clone();
            for (level, hash) in signed.peaks {
                tree.push_subtree(level, hash);
            }
            let trouble = match signed.checkpoint {
                Err(trouble) => Some((Fault::Signature, trouble)),
                Ok(root) if root != tree.root() => Some((
                    Fault::Checkpoint,
                    "an entry before this place was changed since it was signed".to_owned(),
                )),
                Ok(_) => None,
            };
            if let Some((fault, trouble)) = trouble {
                let what = format!(
                    "the {} over {} entries does not fit: {trouble}",
                    signed.name, signed.size
                );
                result.problem = Some(problem(&log.origin, result.signed, None, (fault, &what)));
                return Ok(result);
            }
            result.signed = signed.size;
            result.checkpoints += 1;
            result.cosignatures += signed.cosignatures;
        }
        for (level, hash) in block.peaks {
            upper.extend(outer.push_subtree(level, hash));
        }
    }
    result.root = outer.root();
    upper.retain(|node| node.level > BLOCK_LEVEL);
    let id = log.id;
    let (wrong, beyond) = app
        .db
        .read(move |conn| {
            let wrong = upper.into_iter().find(|node| {
                let stored = db::audit::node(conn, id, node.level, node.index);
                stored.map_or(true, |stored| stored != node.hash)
            });
            Ok::<_, DbError>((wrong, beyond(conn, id, size)?))
        })
        .await?;
    if let Some(node) = wrong {
        let position = node.index << node.level;
        result.problem = Some(problem(&log.origin, position, None, (Fault::Node, NODE)));
    } else if beyond.has_nodes {
        let position = beyond.size;
        result.problem = Some(problem(&log.origin, position, None, (Fault::Node, NODE)));
    } else if let Some(cut) = kept.iter().find(|kept| kept.size > beyond.size) {
        let (over, size) = (cut.size, beyond.size);
        let what = format!(
            "a checkpoint kept elsewhere is over {over} entries, and {size} are here: the others are gone"
        );
        result.problem = Some(problem(&log.origin, size, None, (Fault::Lost, &what)));
    } else if let Some(over) = beyond.signed {
        let size = beyond.size;
        let what = format!(
            "a checkpoint is over {over} entries, and {size} are here: the others are gone"
        );
        result.problem = Some(problem(&log.origin, size, None, (Fault::Lost, &what)));
    }
    Ok(result)
}

/// What is stored of places that a log has not got.
struct Beyond {
    /// The entries that it has by now.
    size: u64,
    /// Whether there are nodes over more.
    has_nodes: bool,
    /// The size of a checkpoint over more.
    signed: Option<u64>,
}

/// Looks past the size at which the check began. Entries are placed and signed meanwhile, so it is
/// asked for last, and what belongs to those that came is not too much.
fn beyond(conn: &mut Conn, log: i32, mut size: u64) -> Result<Beyond, DbError> {
    loop {
        let has_nodes = db::audit::has_nodes_above(conn, log, size)?;
        let signed = db::checkpoints::newest_over(conn, log, size, 1)?;
        let now = db::audit::size(conn, log)?;
        if now == size || !has_nodes && signed.is_empty() {
            return Ok(Beyond {
                size,
                has_nodes,
                signed: signed.first().map(|over| over.size),
            });
        }
        size = now;
    }
}

const MISSING: (Fault, &str) = (Fault::Missing, "the entry is missing");
const EMPTY: (Fault, &str) = (Fault::Missing, "the place is empty");
const NODE: &str = "a node of the tree was changed; the entries below it are sound";

/// What a check of one block found.
#[derive(Default)]
struct BlockResult {
    peaks: Vec<(u8, Hash)>,
    signed: Vec<SignedSize>,
    missing: u64,
    first_missing: Option<u64>,
    pruned_in: Vec<(String, u64)>,
    follows: Option<(String, u64)>,
    /// Intents, and the intents that entries answer.
    announced: Vec<String>,
    answered: Vec<String>,
    problem: Option<Problem>,
}

/// A size that a checkpoint in this block speaks of.
struct SignedSize {
    name: &'static str,
    size: u64,
    /// The root that it names, or what is wrong with it.
    checkpoint: Result<Hash, String>,
    cosignatures: u64,
    /// The tree up to it, as far as it lies in the block.
    peaks: Vec<(u8, Hash)>,
}

fn check_block(
    app: &App,
    conn: &mut Conn,
    log: &Log,
    from: u64,
    to: u64,
    kept: &[Checkpoint],
) -> Result<BlockResult, DbError> {
    let mut result = BlockResult::default();
    let wrong = |position: u64, entry: Option<&str>, what: (Fault, &str)| {
        Some(problem(&log.origin, position, entry, what))
    };
    let places = db::audit::places(conn, log.id, from, to)?;
    let mut signed = signed_sizes(app, conn, log, from, to, kept)?;
    // Sorted by id, places, entries and filter columns are walked side by side.
    let mut by_id: Vec<usize> = (0..places.len()).collect();
    by_id.sort_unstable_by(|&a, &b| places[a].1.cmp(&places[b].1));
    let ids: Vec<&str> = by_id.iter().map(|&at| places[at].1.as_str()).collect();
    let leaves = db::audit::stored_leaves(conn, &ids)?;
    let index = db::audit::stored_index(conn, &ids)?;
    let (mut leaves, mut index) = (leaves.iter().peekable(), index.iter().peekable());
    let mut troubles: Vec<(u64, (Fault, &'static str))> = Vec::new();
    let mut pseudonyms = Pseudonyms {
        keys: &app.keys,
        made: HashMap::new(),
    };
    for &at in &by_id {
        let (position, id, stored) = &places[at];
        let position = position.unsigned_abs();
        while leaves.next_if(|leaf| leaf.0 < *id).is_some() {}
        while index.next_if(|row| row.0 < *id).is_some() {}
        let row = index.next_if(|row| row.0 == *id);
        match leaves.next_if(|leaf| leaf.0 == *id) {
            Some((_, version, bytes)) => {
                match check_entry(&mut pseudonyms, id, *version, bytes, stored, row) {
                    Err(what) => troubles.push((position, what)),
                    Ok(leaf) => {
                        let pruned = boundary(&leaf);
                        result
                            .pruned_in
                            .extend(pruned.map(|(log, below)| (log.to_owned(), below)));
                        if is_intent(&leaf) {
                            result.announced.push(id.clone());
                        }
                        if let Some(intent) = &leaf.intent {
                            result.answered.push(intent.as_ref().to_owned());
                        }
                        if position == 0 {
                            result.follows = ended(&leaf);
                        }
                    }
                }
            }
            None => {
                result.missing += 1;
                result.first_missing = Some(
                    result
                        .first_missing
                        .map_or(position, |first| first.min(position)),
                );
                if position >= log.pruned {
                    troubles.push((position, MISSING));
                }
            }
        }
    }
    if let Some((position, what)) = troubles.iter().min_by_key(|(position, _)| *position) {
        let id = places
            .iter()
            .find(|(place, _, _)| place.unsigned_abs() == *position)
            .map(|(_, id, _)| id.as_str());
        result.problem = wrong(*position, id, *what);
        return Ok(result);
    }
    let mut frontier = Frontier::empty();
    let mut nodes = Vec::new();
    signed.reverse();
    for (expected, (position, id, stored)) in (from..).zip(&places) {
        let hash = Hash::try_from(stored.as_slice());
        match hash {
            Ok(hash) if position.unsigned_abs() == expected => {
                nodes.extend(frontier.push(hash));
            }
            Ok(_) => {
                result.problem = wrong(expected, None, EMPTY);
                return Ok(result);
            }
            Err(_) => {
                result.problem = wrong(
                    expected,
                    Some(id),
                    (Fault::Changed, "the hash of the entry is none"),
                );
                return Ok(result);
            }
        }
        while let Some(mut one) = signed.pop_if(|one| one.size == expected + 1) {
            one.peaks = frontier.peaks().collect();
            result.signed.push(one);
        }
    }
    if from + frontier.size() != to {
        result.problem = wrong(from + frontier.size(), None, EMPTY);
        return Ok(result);
    }
    result.peaks = frontier.peaks().collect();
    for level in STORED_FROM..=BLOCK_LEVEL {
        let base = from >> level;
        let expected: Vec<_> = nodes
            .iter()
            .filter(|node| node.level == level)
            .map(|node| (base + node.index, node.hash.0.to_vec()))
            .collect();
        // Of a block that is not full too: a node that stands before its time would be in the way.
        let count = BLOCK >> level;
        let mut stored = db::audit::nodes_between(conn, log.id, level, base, base + count)?;
        if stored.len() > expected.len() {
            // Those of entries that were placed meanwhile are for the next check.
            let now = db::audit::size(conn, log.id)?;
            stored.retain(|(index, _)| {
                let end = (index + 1) << level;
                end <= to || end > now
            });
        }
        if stored != expected {
            let differs = expected
                .iter()
                .zip(stored.iter().map(Some).chain(std::iter::repeat(None)))
                .find(|(expected, stored)| Some(*expected) != *stored)
                .map_or(base, |(expected, _)| expected.0);
            result.problem = wrong(differs << level, None, (Fault::Node, NODE));
            return Ok(result);
        }
    }
    Ok(result)
}

/// The checkpoints over sizes that lie in a block, the smallest first: those that are stored, and
/// those that were kept elsewhere.
fn signed_sizes(
    app: &App,
    conn: &mut Conn,
    log: &Log,
    from: u64,
    to: u64,
    kept: &[Checkpoint],
) -> Result<Vec<SignedSize>, DbError> {
    let mut signed: Vec<SignedSize> = db::checkpoints::between(conn, log.id, from, to)?
        .into_iter()
        .map(|stored| {
            let standing = stored
                .note
                .parse::<Note>()
                .map_err(|error| error.to_string())
                .and_then(|note| checkpoint::standing(app, &note));
            let cosignatures = standing
                .as_ref()
                .map_or(0, |standing| standing.witnessed.len() as u64);
            let checkpoint = standing.and_then(|standing| {
                let known = standing.checkpoint;
                if known.size == stored.size && known.origin == log.origin {
                    Ok(known.root)
                } else {
                    Err("it is a checkpoint of something else".to_owned())
                }
            });
            SignedSize {
                name: "checkpoint",
                size: stored.size,
                checkpoint,
                cosignatures,
                peaks: Vec::new(),
            }
        })
        .collect();
    signed.extend(
        kept.iter()
            .filter(|checkpoint| checkpoint.size > from && checkpoint.size <= to)
            .map(|checkpoint| SignedSize {
                name: "checkpoint kept elsewhere",
                size: checkpoint.size,
                checkpoint: Ok(checkpoint.root),
                cosignatures: 0,
                peaks: Vec::new(),
            }),
    );
    signed.sort_by_key(|one| one.size);
    Ok(signed)
}

/// Pseudonyms of requests and accounts. Entries of one request stand close together, so each is
/// made once a block.
struct Pseudonyms<'a> {
    keys: &'a KeyRing,
    made: HashMap<(&'static str, String, String), Option<String>>,
}

impl Pseudonyms<'_> {
    /// Whether the pseudonym in a leaf is that of this id. Where the key of the year is gone, nobody
    /// can tell any more whose it was, and the id must have gone with it.
    fn fits(
        &mut self,
        label: &'static str,
        key: Option<&str>,
        id: Option<&String>,
        written: Option<&str>,
    ) -> bool {
        match (key, id) {
            (Some(key), Some(id)) => {
                let keys = self.keys;
                let made = self
                    .made
                    .entry((label, key.to_owned(), id.clone()))
                    .or_insert_with(|| pseudonym_under(keys, key, label, id));
                made.as_deref().is_none_or(|made| written == Some(made))
            }
            (Some(key), None) => {
                written.is_none() || key.parse().is_ok_and(|key| !self.keys.has(key))
            }
            (None, id) => id.is_none() || written.is_some(),
        }
    }
}

/// Checks an entry against its hash, its id and its filter columns; the leaf if all is right.
fn check_entry<'a>(
    pseudonyms: &mut Pseudonyms<'_>,
    id: &str,
    version: i32,
    bytes: &'a [u8],
    stored: &[u8],
    row: Option<&StoredIndex>,
) -> Result<LeafRef<'a>, (Fault, &'static str)> {
    if tree::leaf_hash(bytes).0.as_slice() != stored {
        return Err((
            Fault::Changed,
            "the entry was changed, or stands in another's place",
        ));
    }
    let leaf = LeafRef::parse(bytes)
        .map_err(|_| (Fault::Changed, "the entry is no leaf of this trail"))?;
    if leaf.id.as_ref() != id || u64::try_from(version) != Ok(leaf::VERSION) {
        return Err((
            Fault::Changed,
            "the entry stands under another id or version",
        ));
    }
    let (_, at, action, staff, request, store) =
        row.ok_or((Fault::Columns, "the filter columns are missing"))?;
    let same = *at == leaf.time.as_microsecond()
        && action == leaf.action.as_ref()
        && store.as_deref() == leaf.store.as_ref().map(AsRef::as_ref);
    if !same {
        return Err((
            Fault::Columns,
            "the filter columns say something else than the entry",
        ));
    }
    let (key, case) = (
        leaf.key.as_ref().map(AsRef::as_ref),
        leaf.case.as_ref().map(AsRef::as_ref),
    );
    let actor = leaf.actor.as_ref().strip_prefix(STAFF_PREFIX);
    if !pseudonyms.fits(REQUEST, key, request.as_ref(), case)
        || !pseudonyms.fits(STAFF, key, staff.as_ref(), actor)
    {
        return Err((
            Fault::Columns,
            "the filter columns name another request or account than the entry",
        ));
    }
    Ok(leaf)
}

/// The log that an entry says has ended, and at which size.
fn ended(leaf: &LeafRef<'_>) -> Option<(String, u64)> {
    (leaf.action.as_ref() == Action::LogStarted.as_str()).then_some(())?;
    let detail = leaf.detail.as_ref()?;
    Some((
        detail.get("ended")?.as_ref().to_owned(),
        detail.get("ended_at_size")?.as_ref().parse().ok()?,
    ))
}

fn is_intent(leaf: &LeafRef<'_>) -> bool {
    let action: Result<Action, _> = leaf.action.as_ref().parse();
    action.is_ok_and(Action::is_intent)
}

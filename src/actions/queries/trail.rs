//! The trail as auditors read it. Reading it is no entry: it holds no personal data.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{ActionError, Names, names};
use crate::actions::certificate;
use crate::actions::trail::checkpoint::{self, Lost};
use crate::actions::trail::export::{self, Export};
use crate::actions::trail::{current_log, root};
use crate::app::App;
use crate::audit::proof::TlogProof;
use crate::audit::tree::Hash;
use crate::db::audit::{Entry, TrailFilter};
use crate::db::checkpoints::{Agreement, Check, Stored};
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, WitnessTrouble};
use crate::domain::ids::{EntryId, RequestId, StaffId};
use crate::domain::job::Job;
use crate::domain::reference::Reference;
use crate::domain::staff::Permission;

/// Entries on a page.
const PAGE: i64 = 50;

/// Unfinished acts that a page lists.
const UNFINISHED: i64 = 20;

/// What somebody looks for in the trail.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// A reference or the number of an entry.
    pub q: String,
    /// Only this action.
    pub action: Option<Action>,
    /// Only by this account.
    pub staff: Option<StaffId>,
    /// From this day on.
    pub from: Option<Date>,
    /// To the end of this day.
    pub until: Option<Date>,
    /// Older than this one.
    pub before: Option<EntryId>,
}

/// A page of the trail.
#[derive(Clone, Debug)]
pub struct Page {
    /// How many entries there are.
    pub entries: i64,
    /// How many of them stand in the tree.
    pub size: u64,
    /// The root, for a tree that is not empty.
    pub root: Option<Hash>,
    /// How far the trail can be trusted.
    pub state: State,
    /// The entries, newest first.
    pub found: Vec<Entry>,
    /// Whether there are older ones.
    pub more: bool,
    /// References of the requests that are still known.
    pub references: BTreeMap<RequestId, Reference>,
    /// The names of staff.
    pub names: Names,
}

/// How far the trail can be trusted, as far as is known now.
#[derive(Clone, Debug)]
pub struct State {
    /// The name of the log.
    pub origin: String,
    /// How many entries wait for the tree.
    pub waiting: i64,
    /// Since when the oldest of them does.
    pub waiting_since: Option<Timestamp>,
    /// The last check of all entries.
    pub check: Option<Check>,
    /// Whether one is under way, or about to be.
    pub is_checked_now: bool,
    /// Why the tree is not the one that was signed last, where that is so.
    pub lost: Option<Lost>,
    /// The last checkpoint.
    pub checkpoint: Option<Stored>,
    /// What the witnesses say.
    pub witnesses: Vec<Agreement>,
    /// Acts that were announced a while ago and have no outcome: at most twenty.
    pub unfinished: Vec<Entry>,
    /// How many there are; counted up to a hundred.
    pub unfinished_count: i64,
}

/// How long an act may take before it counts as unfinished.
pub const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// How long a witness may be away before somebody is told; one that says no is told of at once.
const WITNESS_MAY_BE_AWAY: SignedDuration = SignedDuration::from_hours(24);

impl State {
    /// The witnesses that do not cosign, why, and since when.
    pub fn refusing(
        &self,
        now: Timestamp,
    ) -> impl Iterator<Item = (&str, WitnessTrouble, Timestamp)> {
        self.witnesses.iter().filter_map(move |witness| {
            let (why, since) = (witness.trouble?, witness.trouble_at?);
            let is_away = why == WitnessTrouble::Silent;
            (!is_away || since + WITNESS_MAY_BE_AWAY < now).then_some((
                witness.name.as_str(),
                why,
                since,
            ))
        })
    }
}

/// How far the trail can be trusted; read by the page, the overview and `lethe check`.
///
/// # Errors
/// [`DbError`].
pub fn state(app: &App, conn: &mut Conn) -> Result<State, DbError> {
    let log = current_log(conn)?;
    let (waiting, oldest) = db::audit::pending_state(conn)?;
    let oldest = oldest.map(|id| db::audit::find(conn, id)).transpose()?;
    let before = app.clock.now() - PATIENCE;
    let unfinished = db::audit::open_intents(conn, before)?;
    let mut entries = Vec::new();
    for id in unfinished.iter().take(UNFINISHED as usize) {
        entries.extend(db::audit::find(conn, *id)?);
    }
    // One that was taken out of the configuration is asked no more.
    let mut witnesses = db::checkpoints::agreements(conn, log.id)?;
    let configured = &app.config.audit.witnesses;
    witnesses.retain(|row| {
        configured
            .iter()
            .any(|witness| witness.key.name() == row.name)
    });
    let checkpoint = db::checkpoints::last(conn, log.id)?;
    Ok(State {
        checkpoint,
        waiting,
        waiting_since: oldest.flatten().map(|entry| entry.index.at),
        check: db::checkpoints::last_check(conn)?,
        is_checked_now: db::jobs::stands(conn, &Job::VerifyTrail)?,
        lost: checkpoint::lost(app, conn)?,
        witnesses,
        unfinished: entries,
        unfinished_count: db::audit::count_intents_before(conn, before)?,
        origin: log.origin,
    })
}

/// A page of the trail.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn page(app: &App, actor: &Actor, search: Search) -> Result<Page, ActionError> {
    actor.may(Permission::Audit)?;
    let inner = app.clone();
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let mut filter = filter(app, &search);
            let mut found = match asked_for(conn, &search.q)? {
                Target::All => db::audit::page(conn, &filter, PAGE + 1)?,
                Target::Request(request) => {
                    filter.request = Some(request);
                    db::audit::page(conn, &filter, PAGE + 1)?
                }
                Target::Entry(id) => db::audit::find(conn, id)?.into_iter().collect(),
                Target::Nothing => Vec::new(),
            };
            let more = found.len() > PAGE as usize;
            found.truncate(PAGE as usize);
            let log = current_log(conn)?.id;
            let size = db::audit::size(conn, log)?;
            // Counting all of them would read all of them.
            let state = state(app, conn)?;
            let mut entries = state.waiting.unsigned_abs();
            for log in db::audit::logs(conn)? {
                entries += db::audit::size(conn, log.id)?;
            }
            Ok(Page {
                entries: entries.cast_signed(),
                size,
                root: (size > 0).then(|| root(conn, log, size)).transpose()?,
                state,
                references: references(conn, &found)?,
                names: names(conn)?,
                found,
                more,
            })
        })
        .await
}

/// The filter of what somebody looks for, without the words they typed.
fn filter(app: &App, search: &Search) -> TrailFilter {
    let midnight = |day: Date| {
        let zoned = day.to_zoned(app.config.vendor.zone.clone()).ok()?;
        Some(zoned.timestamp())
    };
    TrailFilter {
        request: None,
        staff: search.staff,
        actions: search.action.iter().map(ToString::to_string).collect(),
        from: search.from.and_then(midnight),
        until: search
            .until
            .and_then(|day| day.tomorrow().ok())
            .and_then(midnight),
        before: search.before,
        only: None,
    }
}

enum Target {
    All,
    Request(RequestId),
    Entry(EntryId),
    Nothing,
}

/// What was typed: a reference, or the number that an entry has on the page.
fn asked_for(conn: &mut Conn, q: &str) -> Result<Target, ActionError> {
    if q.is_empty() {
        return Ok(Target::All);
    }
    if let Ok(reference) = Reference::parse(q)
        && let Some(request) = db::requests::by_reference(conn, &reference)?
    {
        return Ok(Target::Request(request.id));
    }
    // The digits of a reference that nobody knows any more are no number.
    if q.chars().any(char::is_alphabetic) {
        return Ok(Target::Nothing);
    }
    let digits: String = q.chars().filter(char::is_ascii_digit).collect();
    match digits.parse() {
        Ok(position) => {
            let log = current_log(conn)?.id;
            Ok(db::audit::at_position(conn, log, position)?.map_or(Target::Nothing, Target::Entry))
        }
        Err(_) => Ok(Target::Nothing),
    }
}

fn references(
    conn: &mut Conn,
    entries: &[Entry],
) -> Result<BTreeMap<RequestId, Reference>, DbError> {
    let mut ids: Vec<RequestId> = entries
        .iter()
        .filter_map(|entry| entry.index.request)
        .collect();
    ids.sort();
    ids.dedup();
    Ok(db::requests::references(conn, &ids)?.into_iter().collect())
}

/// An entry and its neighbours.
#[derive(Clone, Debug)]
pub struct OneEntry {
    /// The entry.
    pub entry: Entry,
    /// Whether a checkpoint is over it, so that it can be proved.
    pub is_signed: bool,
    /// The one made before it.
    pub older: Option<EntryId>,
    /// The one made after it.
    pub newer: Option<EntryId>,
    /// The reference of its request, while it is known.
    pub reference: Option<Reference>,
    /// The names of staff.
    pub names: Names,
}

/// One entry of the trail.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`].
pub async fn entry(app: &App, actor: &Actor, id: EntryId) -> Result<OneEntry, ActionError> {
    actor.may(Permission::Audit)?;
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let entry = db::audit::find(conn, id)?.ok_or(ActionError::NotFound)?;
            let before = TrailFilter {
                before: Some(id),
                ..TrailFilter::default()
            };
            let is_signed = match (entry.log, entry.position) {
                (Some(log), Some(position)) => {
                    !db::checkpoints::newest_over(conn, log, position, 1)?.is_empty()
                }
                _ => false,
            };
            Ok(OneEntry {
                is_signed,
                older: db::audit::page(conn, &before, 1)?
                    .first()
                    .map(|older| older.id),
                newer: db::audit::next_after(conn, id)?,
                reference: references(conn, std::slice::from_ref(&entry))?
                    .into_values()
                    .next(),
                names: names(conn)?,
                entry,
            })
        })
        .await
}

/// Begins an export of what somebody looks at, or of all of it where they look at all.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`] where nothing can be found,
/// [`ActionError::Trail`], [`ActionError::Db`].
pub async fn export(app: &App, actor: &Actor, search: Search) -> Result<Export, ActionError> {
    actor.may(Permission::Audit)?;
    let (inner, q) = (app.clone(), search.q.clone());
    let mut filter = filter(app, &search);
    let target = app.db.read(move |conn| asked_for(conn, &q)).await?;
    match target {
        Target::All => {}
        Target::Request(request) => filter.request = Some(request),
        Target::Entry(entry) => filter.only = Some(entry),
        Target::Nothing => return Err(ActionError::NotFound),
    }
    let whole = filter == TrailFilter::default();
    export::begin(&inner, actor, filter, whole).await
}

/// The proof of one entry, as a `.tlog-proof` file with the entry in it.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`] while no checkpoint is over it, [`ActionError::Db`].
pub async fn proof(app: &App, actor: &Actor, id: EntryId) -> Result<String, ActionError> {
    actor.may(Permission::Audit)?;
    let inner = app.clone();
    app.db
        .read(move |conn| {
            let entry = db::audit::find(conn, id)?.ok_or(ActionError::NotFound)?;
            let (proof, _, _) =
                certificate::proof(&inner, conn, &entry)?.ok_or(ActionError::NotFound)?;
            let proof = TlogProof {
                extra: Some(entry.leaf),
                ..proof
            };
            Ok(proof.to_string())
        })
        .await
}

/// Has the whole trail checked by a worker; the page shows the result.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn check(app: &App, actor: &Actor) -> Result<(), ActionError> {
    actor.may(Permission::Audit)?;
    let (id, now) = (app.id::<uuid::Uuid>(), app.clock.now());
    app.db
        .write(move |conn| db::jobs::enqueue(conn, id, &Job::VerifyTrail, now))
        .await?;
    app.wake.notify_one();
    Ok(())
}

//! The trail as auditors read it. Reading it is no entry: it holds no personal data.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::{ActionError, Names, names};
use crate::actions;
use crate::actions::trail::Verified;
use crate::app::App;
use crate::audit::tree::{self, Hash};
use crate::db::audit::{Entry, TrailFilter};
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor};
use crate::domain::ids::{EntryId, RequestId, StaffId};
use crate::domain::reference::Reference;
use crate::domain::staff::Permission;

/// Entries on a page.
const PAGE: i64 = 50;

/// The longest trail that a page checks while somebody waits.
pub const CHECKED_ON_A_PAGE: u64 = 200_000;

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
    /// Up to the end of this day.
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
    /// How many wait for the tree.
    pub waiting: i64,
    /// Since when the oldest of those waits.
    pub waiting_since: Option<Timestamp>,
    /// The root, for a tree that is not empty.
    pub root: Option<Hash>,
    /// The entries, newest first.
    pub found: Vec<Entry>,
    /// Whether there are older ones.
    pub more: bool,
    /// References of the requests that are still known.
    pub references: BTreeMap<RequestId, Reference>,
    /// The names of staff.
    pub names: Names,
}

/// A page of the trail.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn page(app: &App, actor: &Actor, search: Search) -> Result<Page, ActionError> {
    actor.may(Permission::Audit)?;
    let zone = app.config.vendor.zone.clone();
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let midnight = |day: Date| {
                let midnight = day.to_zoned(zone.clone()).ok()?;
                Some(midnight.timestamp())
            };
            let from = search.from.and_then(midnight);
            let until = search
                .until
                .and_then(|day| midnight(day.checked_add(1.day()).ok()?));
            let mut filter = TrailFilter {
                request: None,
                staff: search.staff,
                actions: search.action.iter().map(ToString::to_string).collect(),
                from,
                until,
                before: search.before,
            };
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
            let size = db::audit::size(conn)?;
            let root = match size {
                0 => None,
                _ => Some(tree::root(size, |level, index| {
                    db::audit::node(conn, level, index)
                })?),
            };
            let (waiting, oldest) = db::audit::pending_state(conn)?;
            let oldest = match oldest {
                Some(oldest) => db::audit::find(conn, oldest)?,
                None => None,
            };
            Ok(Page {
                entries: db::audit::count_entries(conn)?,
                size,
                waiting,
                waiting_since: oldest.map(|oldest| oldest.index.at),
                root,
                references: references(conn, &found)?,
                names: names(conn)?,
                found,
                more,
            })
        })
        .await
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
    let digits: String = q.chars().filter(char::is_ascii_digit).collect();
    match digits.parse() {
        Ok(position) => {
            Ok(db::audit::at_position(conn, position)?.map_or(Target::Nothing, Target::Entry))
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
            Ok(OneEntry {
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

/// Checks the whole trail; nothing, if it is too long to wait for.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn check(app: &App, actor: &Actor) -> Result<Option<Verified>, ActionError> {
    actor.may(Permission::Audit)?;
    if app.db.read(db::audit::size).await? > CHECKED_ON_A_PAGE {
        return Ok(None);
    }
    Ok(Some(actions::trail::verify(app).await?))
}

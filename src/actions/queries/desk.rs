//! The overview and the queue.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{ActionError, Names, Opened, names, opened};
use crate::actions::{backup, holds, reviews, senders, taken, tasks, trail};
use crate::app::App;
use crate::db::requests::QueueFilter;
use crate::db::{self, Conn};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{RequestId, StaffId, TaskId};
use crate::domain::incoming::IncomingState;
use crate::domain::reference::Reference;
use crate::domain::request::{Kind, Progress};
use crate::domain::retention::SweepState;
use crate::domain::run::StoreState;
use crate::domain::staff::{Permission, Staff};
use crate::domain::store::StoreName;

/// Rows on a page of the queue.
const PAGE: i64 = 50;

/// Needs of one sort that the overview lists.
const NEEDS: i64 = 20;

/// Entries of the trail may wait so long for the tree before somebody is told.
const TREE_MAY_WAIT: SignedDuration = SignedDuration::from_mins(5);

/// A mailbox may be out of reach so long before somebody is told.
const MAILBOX_MAY_REST: SignedDuration = SignedDuration::from_mins(15);

/// A view of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// All open requests.
    Open,
    /// Those of who looks.
    Mine,
    /// Those that wait for a decision.
    Decide,
    /// Those whose run needs a person.
    Halted,
    /// Those where the next word is the person's.
    Waiting,
    /// Those entered by staff that the person has not confirmed.
    Unconfirmed,
    /// Those that have ended.
    Closed,
}

impl View {
    /// Every view, in the order of the page.
    pub const ALL: [View; 7] = [
        View::Open,
        View::Mine,
        View::Decide,
        View::Halted,
        View::Waiting,
        View::Unconfirmed,
        View::Closed,
    ];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            View::Open => "open",
            View::Mine => "mine",
            View::Decide => "decide",
            View::Halted => "halted",
            View::Waiting => "waiting",
            View::Unconfirmed => "unconfirmed",
            View::Closed => "closed",
        }
    }

    fn progress(self) -> &'static [Progress] {
        match self {
            View::Open | View::Mine | View::Closed => &[],
            View::Decide => &[Progress::ToDecide, Progress::Second],
            View::Halted => &[Progress::Halted],
            View::Waiting => &[Progress::Waiting],
            View::Unconfirmed => &[Progress::Unproved],
        }
    }

    fn counts(self, progress: Progress) -> bool {
        match self.progress() {
            [] => progress != Progress::Unproved,
            some => some.contains(&progress),
        }
    }
}

/// Whose requests an account sees: all, or only its own.
fn only_own(actor: &Actor) -> Option<StaffId> {
    match actor {
        Actor::Staff { id, role } if role.sees_only_own() => Some(*id),
        Actor::Staff { .. } | Actor::Subject | Actor::System | Actor::Operator => None,
    }
}

/// A store in another system that is away for longer is told of.
const STORE_MAY_REST: SignedDuration = SignedDuration::from_mins(30);

/// A sweep that goes on for longer stands still.
const SWEEP_MAY_TAKE: SignedDuration = SignedDuration::from_hours(2);

/// How many requests are open for an account; nothing for one without the queue.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn open_count(app: &App, actor: &Actor) -> Result<Option<i64>, ActionError> {
    if actor.may(Permission::Work).is_err() {
        return Ok(None);
    }
    let own = only_own(actor);
    let counts = app
        .db
        .read(move |conn| db::requests::count_open(conn, own))
        .await?;
    Ok(Some(sum(&counts, View::Open)))
}

fn sum(counts: &[(Progress, i64)], view: View) -> i64 {
    counts
        .iter()
        .filter(|(progress, _)| view.counts(*progress))
        .map(|(_, count)| count)
        .sum()
}

/// Why something needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The date of Art. 12(3) has passed.
    Overdue,
    /// A store of the run needs a person.
    RunHalted,
    /// Something is to be done by hand in a store.
    Task(TaskId),
    /// A store in another system does not answer, or does not let us.
    StoreAway,
    /// The mail server will not take a letter.
    MailFailed,
    /// So many mails came in that only a person can judge.
    MailWaits(i64),
    /// A mailbox cannot be read.
    MailboxSilent,
    /// Nobody took it within a working day.
    Unassigned,
    /// So many entries of the trail wait for the tree.
    AuditBehind(i64),
    /// The last check found the trail not intact, or it is not the one that was signed last.
    AuditBroken,
    /// So many witnesses refuse to sign the latest checkpoint.
    WitnessRefuses(i64),
    /// So many announced acts have no outcome.
    IntentOpen(i64),
    /// A sender has not applied so many changes of objections within a day.
    SendersBehind(i64),
    /// A sweep of so many records waits until somebody has looked.
    SweepWaits(i64),
    /// So many promises were kept too late, and nobody has said what came of it.
    KeptLate(i64),
    /// The review of so many legal holds is due.
    HoldDue(i64),
    /// The review of so many legal holds comes within two weeks.
    HoldSoon(i64),
    /// So many copies outside the stores are over their last day.
    CopiesOverdue(i64),
    /// A removal is done in every store and waits for a copy outside.
    WaitsForCopy,
    /// Nobody has looked through who may do what for too long.
    AccessReview,
    /// So many backups are over their last day and not known to be gone.
    BackupsOverdue(i64),
    /// The calendar has no holidays of this year, the next one.
    CalendarEnds(i16),
}

/// One thing that does not go on without staff.
#[derive(Clone, Debug)]
pub struct Need {
    /// Why.
    pub why: Why,
    /// On which request, if on one.
    pub on: Option<Opened>,
    /// In which store, if in one.
    pub store: Option<StoreName>,
    /// What stands in the way, in plain words; may be empty.
    pub detail: String,
    /// Since when.
    pub since: Timestamp,
}

/// The overview.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Open requests.
    pub open: i64,
    /// Of them, those that wait for a decision.
    pub to_decide: i64,
    /// Open requests whose date has passed.
    pub overdue: i64,
    /// Open requests due within seven days.
    pub due_this_week: i64,
    /// Requests where the next word is the person's.
    pub waiting: i64,
    /// What needs a person.
    pub needs: Vec<Need>,
    /// The names of staff.
    pub names: Names,
}

/// What needs a person now. The list of people is a look, and recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn overview(app: &App, actor: &Actor) -> Result<Overview, ActionError> {
    actor.may(Permission::Work)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, own, today) = (&inner, only_own(&actor), inner.today());
            let counts = db::requests::count_open(conn, own)?;
            let due_until = |day| QueueFilter {
                assignee: own,
                due_until: Some(day),
                ..QueueFilter::default()
            };
            let late = due_until(today.saturating_sub(1.day()));
            let overdue = db::requests::count(conn, &late)?;
            let due_soon = db::requests::count(conn, &due_until(today.saturating_add(7.days())))?;
            let mut needs = of_requests(app, conn, own, &late)?;
            let people = needs.len() as u64;
            if own.is_none() {
                needs.extend(of_the_system(app, conn)?);
            }
            if actor.may(Permission::Hold).is_ok() {
                needs.extend(of_holds(app, conn)?);
            }
            needs.extend(of_registers(app, conn, &actor)?);
            if people > 0 {
                let event = Event::new(Action::LookedUp)
                    .counting(people)
                    .with("list", "overview");
                trail::record(app, conn, &actor, None, &event)?;
            }
            Ok(Overview {
                open: sum(&counts, View::Open),
                to_decide: sum(&counts, View::Decide),
                overdue,
                due_this_week: due_soon - overdue,
                waiting: sum(&counts, View::Waiting),
                needs,
                names: names(conn)?,
            })
        })
        .await
}

fn of_requests(
    app: &App,
    conn: &mut Conn,
    own: Option<StaffId>,
    late: &QueueFilter,
) -> Result<Vec<Need>, ActionError> {
    let mut needs = Vec::new();
    let need = |why, on: Opened, since| Need {
        why,
        on: Some(on),
        store: None,
        detail: String::new(),
        since,
    };
    for request in db::requests::queue(conn, late, NEEDS)? {
        let since = crate::domain::deadline::first_late_instant(
            request.due.strict,
            &app.config.vendor.zone,
        );
        needs.push(need(Why::Overdue, opened(app, conn, request)?, since));
    }
    let halted = QueueFilter {
        assignee: own,
        progress: vec![Progress::Halted],
        ..QueueFilter::default()
    };
    let mut stuck = db::requests::queue(conn, &halted, NEEDS)?;
    // A run that was taken up at the end of a hold can halt, too; its request is closed.
    for id in db::holds::halted_after_close(conn, NEEDS)? {
        let request = db::requests::find(conn, id)?;
        stuck.extend(request.filter(|request| own.is_none() || request.assignee == own));
    }
    for request in stuck {
        let Some(run) = db::runs::of_request(conn, request.id)? else {
            continue;
        };
        let stores = db::runs::stores(conn, run.id)?;
        let stuck = stores
            .into_iter()
            .find(|store| store.state == StoreState::Halted);
        let failed = db::audit::TrailFilter {
            request: Some(request.id),
            actions: vec![Action::StepFailed.to_string()],
            ..Default::default()
        };
        let since = db::audit::page(conn, &failed, 1)?
            .first()
            .map_or(run.created_at, |entry| entry.index.at);
        let mut halted = need(Why::RunHalted, opened(app, conn, request)?, since);
        if let Some(stuck) = stuck {
            halted.store = Some(stuck.store);
            halted.detail = stuck
                .trouble
                .unwrap_or_default()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned();
        }
        needs.push(halted);
    }
    for (task, request) in tasks::waiting(conn, own, NEEDS)? {
        let why = Why::Task(task.id);
        needs.push(Need {
            store: Some(task.store),
            detail: task.due_on.to_string(),
            ..need(why, opened(app, conn, request)?, task.opened_at)
        });
    }
    for letter in db::outbox::in_state(conn, &["failed"], None, NEEDS)? {
        let Some(request) = letter
            .request
            .map(|id| db::requests::find(conn, id))
            .transpose()?
            .flatten()
        else {
            continue;
        };
        if own.is_none() || request.assignee == own {
            let failed = need(
                Why::MailFailed,
                opened(app, conn, request)?,
                letter.created_at,
            );
            needs.push(Need {
                detail: letter.trouble.unwrap_or_default(),
                ..failed
            });
        }
    }
    for (request, since, copy) in taken::waiting(app, conn, NEEDS)? {
        if own.is_none() || request.assignee == own {
            needs.push(Need {
                detail: copy.holder,
                ..need(Why::WaitsForCopy, opened(app, conn, request)?, since)
            });
        }
    }
    if own.is_none() {
        let free = QueueFilter {
            unassigned: true,
            ..QueueFilter::default()
        };
        let (zone, now) = (&app.config.vendor.zone, app.clock.now());
        for request in db::requests::queue(conn, &free, NEEDS)? {
            let since = request.received.at;
            if crate::domain::deadline::working_day_after(since, zone, &app.calendar) < now {
                needs.push(need(Why::Unassigned, opened(app, conn, request)?, since));
            }
        }
    }
    Ok(needs)
}

fn of_the_system(app: &App, conn: &mut Conn) -> Result<Vec<Need>, ActionError> {
    let mut needs = Vec::new();
    let now = app.clock.now();
    let need = |why, since| Need {
        why,
        on: None,
        store: None,
        detail: String::new(),
        since,
    };
    if let Some(since) = db::incoming::oldest_for_staff(conn)? {
        let count = db::incoming::count(conn, IncomingState::ForStaff)?;
        needs.push(need(Why::MailWaits(count), since));
    }
    for mailbox in db::incoming::mailboxes(conn)? {
        if let (Some(trouble), Some(since)) = (mailbox.trouble, mailbox.trouble_at)
            && since + MAILBOX_MAY_REST < now
        {
            needs.push(Need {
                detail: format!("{}: {trouble}", mailbox.name),
                ..need(Why::MailboxSilent, since)
            });
        }
    }
    for seen in db::store_health::all(conn)? {
        if let Some(since) = seen.failing_since.filter(|at| *at + STORE_MAY_REST < now) {
            needs.push(Need {
                store: Some(seen.store),
                detail: seen.trouble.unwrap_or_default(),
                ..need(Why::StoreAway, since)
            });
        }
    }
    if let Some(sweep) = db::retention::unfinished(conn)?
        && (sweep.state == SweepState::Waiting || sweep.made_at + SWEEP_MAY_TAKE < now)
    {
        let rules = db::retention::rules(conn, sweep.id)?;
        let left = |count: &db::retention::RuleCount| (count.due - count.done).max(0);
        needs.push(Need {
            detail: sweep.trouble.unwrap_or_default(),
            ..need(Why::SweepWaits(rules.iter().map(left).sum()), sweep.made_at)
        });
    }
    if let Some((count, since)) = db::retention::unsettled(conn)? {
        needs.push(need(Why::KeptLate(count), since));
    }
    let trail = super::trail::state(app, conn)?;
    if let Some(since) = trail.waiting_since
        && since + TREE_MAY_WAIT < now
    {
        needs.push(need(Why::AuditBehind(trail.waiting), since));
    }
    let wrong = trail.check.as_ref().filter(|check| check.wrong.is_some());
    if trail.lost.is_some() || wrong.is_some() {
        needs.push(need(Why::AuditBroken, wrong.map_or(now, |check| check.at)));
    }
    if let Some(since) = trail.refusing(now).map(|(_, _, since)| since).min() {
        let refusing = trail.refusing(now).count() as i64;
        needs.push(need(Why::WitnessRefuses(refusing), since));
    }
    if let Some(oldest) = trail.unfinished.first() {
        needs.push(need(
            Why::IntentOpen(trail.unfinished_count),
            oldest.index.at,
        ));
    }
    for late in db::senders::late(conn, now - senders::MAY_WAIT)? {
        needs.push(Need {
            detail: late.name,
            ..need(Why::SendersBehind(late.waiting), late.since)
        });
    }
    let overdue = backup::overdue(app, conn)?;
    if let Some(first) = overdue.iter().min_by_key(|backup| backup.expires_on) {
        needs.push(Need {
            detail: first.name.clone(),
            ..need(Why::BackupsOverdue(overdue.len() as i64), first.made_at)
        });
    }
    let next_year = app.today().year() + 1;
    if !app.calendar.knows(next_year) {
        needs.push(need(Why::CalendarEnds(next_year), now));
    }
    Ok(needs)
}

/// Copies outside whose last day has passed, and a late review of who may do what, for those whose
/// they are to mend.
fn of_registers(app: &App, conn: &mut Conn, actor: &Actor) -> Result<Vec<Need>, ActionError> {
    let mut needs = Vec::new();
    let need = |why, since| Need {
        why,
        on: None,
        store: None,
        detail: String::new(),
        since,
    };
    if actor.may(Permission::Copies).is_ok()
        && let Some((count, first)) = taken::overdue(conn, app.today())?
    {
        let since = taken::overdue_since(app, first);
        needs.push(need(Why::CopiesOverdue(count), since));
    }
    if actor.may(Permission::ReviewAccess).is_ok()
        && let Some(since) = reviews::late_since(app, conn)?
    {
        needs.push(need(Why::AccessReview, since));
    }
    Ok(needs)
}

/// Reviews of legal holds, for those who may make them.
fn of_holds(app: &App, conn: &mut Conn) -> Result<Vec<Need>, ActionError> {
    let (mut needs, today) = (Vec::new(), app.today());
    let need = |why, since| Need {
        why,
        on: None,
        store: None,
        detail: String::new(),
        since,
    };
    if let Some((count, since)) = holds::overdue(conn, today)? {
        let since = crate::domain::deadline::first_late_instant(
            since.saturating_sub(1.day()),
            &app.config.vendor.zone,
        );
        needs.push(need(Why::HoldDue(count), since));
    }
    if let Some((count, first)) = holds::soon(conn, today)? {
        needs.push(need(Why::HoldSoon(count), holds::noticed_at(app, first)));
    }
    Ok(needs)
}

/// Whose requests somebody looks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assigned {
    /// Anyone's.
    #[default]
    Anyone,
    /// Those that nobody has.
    Nobody,
    /// Those of this account.
    To(StaffId),
}

/// Which requests somebody looks for.
#[derive(Clone, Debug)]
pub struct Search {
    /// The view.
    pub view: View,
    /// A reference or an address; it looks in every view.
    pub q: String,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Whose.
    pub assigned: Assigned,
    /// Only what is due on this day or before.
    pub due_until: Option<Date>,
    /// After this one.
    pub after: Option<(Date, RequestId)>,
}

/// A row of the queue.
#[derive(Clone, Debug)]
pub struct QueueRow {
    /// The request.
    pub opened: Opened,
    /// In how many stores how many records were found, once the search has ended.
    pub found: Option<(i64, i64)>,
    /// Whether a legal hold is on the person.
    pub held: bool,
}

/// A page of the queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The rows, due first.
    pub rows: Vec<QueueRow>,
    /// How many stand in each view, but for the closed ones.
    pub counts: Vec<(View, i64)>,
    /// How many the search lets through in all; nothing for closed ones.
    pub total: Option<i64>,
    /// Where the next page starts, if there is one.
    pub next: Option<(Date, RequestId)>,
    /// Accounts that requests can be assigned to.
    pub staff: Vec<Staff>,
    /// The names of staff.
    pub names: Names,
}

/// A page of the queue. A list of people is a look, and recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn queue(app: &App, actor: &Actor, search: Search) -> Result<Queue, ActionError> {
    actor.may(Permission::Work)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, own) = (&inner, only_own(&actor));
            let me = actor.staff_id();
            let (requests, total, next) = if search.q.is_empty() {
                let filter = QueueFilter {
                    progress: search.view.progress().to_vec(),
                    closed: search.view == View::Closed,
                    kind: search.kind,
                    assignee: match search.assigned {
                        _ if own.is_some() => own,
                        _ if search.view == View::Mine => me,
                        Assigned::To(staff) => Some(staff),
                        Assigned::Anyone | Assigned::Nobody => None,
                    },
                    unassigned: own.is_none() && search.assigned == Assigned::Nobody,
                    due_until: search.due_until,
                    after: search.after,
                };
                let mut found = db::requests::queue(conn, &filter, PAGE + 1)?;
                let more = found.len() > PAGE as usize;
                found.truncate(PAGE as usize);
                let next = found
                    .last()
                    .filter(|_| more)
                    .map(|last| (last.due.strict, last.id));
                let total = if filter.closed {
                    None
                } else {
                    Some(db::requests::count(conn, &filter)?)
                };
                (found, total, next)
            } else {
                let mut found = by_text(app, conn, &search.q)?;
                found.retain(|request| own.is_none() || request.assignee == own);
                let total = found.len() as i64;
                (found, Some(total), None)
            };
            if !requests.is_empty() || !search.q.is_empty() {
                let mut event = Event::new(Action::LookedUp)
                    .counting(requests.len() as u64)
                    .with("list", "queue");
                if !search.q.is_empty() {
                    event = event.with(
                        "by",
                        if Reference::parse(&search.q).is_ok() {
                            "reference"
                        } else {
                            "address"
                        },
                    );
                }
                trail::record(app, conn, &actor, None, &event)?;
            }
            let any_hold = db::holds::any(conn)?;
            let rows = requests
                .into_iter()
                .map(|request| {
                    let found = found_in(conn, request.id)?;
                    let held = any_hold && holds::is_held(app, conn, &request)?;
                    Ok(QueueRow {
                        held,
                        opened: opened(app, conn, request)?,
                        found,
                    })
                })
                .collect::<Result<_, ActionError>>()?;
            let mine = db::requests::count_open(conn, me)?;
            let all = if own.is_some() {
                mine.clone()
            } else {
                db::requests::count_open(conn, None)?
            };
            let counts = View::ALL
                .iter()
                .filter(|view| **view != View::Closed)
                .map(|view| {
                    (
                        *view,
                        sum(if *view == View::Mine { &mine } else { &all }, *view),
                    )
                })
                .collect();
            Ok(Queue {
                rows,
                counts,
                total,
                next,
                staff: workers(conn)?,
                names: names(conn)?,
            })
        })
        .await
}

/// Requests by a reference or an address.
pub(super) fn by_text(
    app: &App,
    conn: &mut Conn,
    text: &str,
) -> Result<Vec<crate::domain::request::Request>, ActionError> {
    if let Ok(reference) = Reference::parse(text) {
        return Ok(db::requests::by_reference(conn, &reference)?
            .into_iter()
            .collect());
    }
    match Email::parse(text) {
        Ok(email) => Ok(db::requests::of_address(
            conn,
            &app.address_digests(&email),
            PAGE,
        )?),
        Err(_) => Ok(Vec::new()),
    }
}

fn found_in(conn: &mut Conn, request: RequestId) -> Result<Option<(i64, i64)>, ActionError> {
    let Some(run) = db::runs::of_request(conn, request)? else {
        return Ok(None);
    };
    let stores = db::runs::stores(conn, run.id)?;
    if stores.iter().any(|store| store.searched_at.is_none()) {
        return Ok(None);
    }
    let with_records = stores.iter().filter(|store| store.found > 0).count() as i64;
    Ok(Some((
        with_records,
        stores.iter().map(|store| store.found).sum(),
    )))
}

/// Accounts that may be given work.
pub(super) fn workers(conn: &mut Conn) -> Result<Vec<Staff>, ActionError> {
    let accounts = db::accounts::all(conn)?
        .into_iter()
        .map(|account| account.staff);
    Ok(accounts
        .filter(|staff| staff.active && staff.role.permissions().contains(&Permission::Work))
        .collect())
}

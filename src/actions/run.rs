//! The run of a request over the stores: search, work, read back, close. Each step may
//! run twice and a killed one is taken up by the next worker; the next step is a pure
//! function of the rows.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    ActionError, assign, close, holds, letters, note_in_journal, rectify, restore, sealing, tasks,
    trail, words,
};
use crate::app::App;
use crate::db::holds::Hold;
use crate::db::runs::{Run, RunItem};
use crate::db::{self, Conn, DbError};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::hold;
use crate::domain::ids::{RunId, RunItemId};
use crate::domain::job::Job;
use crate::domain::reference::Reference;
use crate::domain::request::{Asked, Kind, Progress, Request};
use crate::domain::run::{
    NextStep, PUT_OFF_MAY_LAST, READ_BACKS, RunState, RunStore, Standing, StoreState, TRIES,
    next_step, pause, standing,
};
use crate::domain::staff::Permission;
use crate::domain::store::{
    Decision, Done, Ground, Item, ItemOutcome, Match, Order, Store, StoreError, StoreName, Subject,
};
use crate::domain::task::TaskCause;
use crate::journal::{ErasureLine, Line};
use crate::mail::letters::Letter;

/// Items that one step works at the most.
const BATCH: i64 = 200;

/// Pages of one search, after which it is taken to have no end.
const MOST_PAGES: usize = 20_000;

/// The runs that this process works. Its jobs keep processes apart; this keeps apart what one process
/// does for a run under two of them, or under a lease that ended before its step did.
static AT_WORK: Mutex<BTreeSet<RunId>> = Mutex::new(BTreeSet::new());

/// Tells that a run has left [`AT_WORK`].
static LEFT: Notify = Notify::const_new();

/// The place of a run in [`AT_WORK`], for as long as it lives.
struct AtWork(RunId);

impl AtWork {
    /// Takes the place, when whoever has it is done.
    async fn take(id: RunId) -> AtWork {
        loop {
            let mut left = pin!(LEFT.notified());
            // From here on no leaving is missed.
            left.as_mut().enable();
            let is_free = {
                let mut at_work = AT_WORK.lock().unwrap_or_else(PoisonError::into_inner);
                at_work.insert(id)
            };
            if is_free {
                return AtWork(id);
            }
            left.await;
        }
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let mut at_work = AT_WORK.lock().unwrap_or_else(PoisonError::into_inner);
        at_work.remove(&self.0);
        LEFT.notify_waiters();
    }
}

/// What is sealed of an item: what staff and the person call it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Described {
    /// Its name.
    pub label: String,
    /// One line more.
    pub note: String,
    /// The fields that hold something of the person.
    pub holds: Vec<String>,
}

impl Described {
    /// Name and line, as a list names it.
    pub fn in_words(&self) -> String {
        match self.note.as_str() {
            "" => self.label.clone(),
            note => format!("{}, {note}", self.label),
        }
    }
}

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// There may be more to do, at once.
    Again,
    /// Try again after this time.
    Later(SignedDuration, String),
    /// Nothing more to do, for now or at all.
    Rest,
}

/// A run with its request and person, as every step needs them.
pub(super) struct Work {
    pub(super) run: Run,
    pub(super) request: Request,
    pub(super) asked: Asked,
    pub(super) subject: Subject,
    pub(super) stores: Vec<RunStore>,
}

/// Loads a run in a given state; nothing if it is elsewhere by now.
async fn load(app: &App, id: RunId, wanted: RunState) -> Result<Option<Work>, ActionError> {
    let inner = app.clone();
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let Some(run) = db::runs::find(conn, id)?.filter(|run| run.state == wanted) else {
                return Ok(None);
            };
            let Some(request) = run.request else {
                return Ok(None);
            };
            let request = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
            let key = sealing::key(app, conn, request.id)?;
            let asked: Asked = sealing::open(&key, "requests", request.id, &request.sealed)?;
            let email = Email::parse(&asked.email).map_err(|error| {
                DbError::Internal(format!("the address of request {}: {error}", request.id))
            })?;
            let subject = app.subject(&email, asked.name.clone());
            let stores = db::runs::stores(conn, id)?;
            Ok(Some(Work {
                run,
                request,
                asked,
                subject,
                stores,
            }))
        })
        .await
}

/// Stores that are worked one after the other: ours, whose order counts. Each system of others is
/// worked by itself, so that a slow one holds up nobody.
fn lanes(app: &App, stores: &[RunStore]) -> Vec<Vec<StoreName>> {
    let is_ours = |row: &&RunStore| app.store(&row.store).is_none_or(|store| store.is_ours());
    let (ours, others): (Vec<&RunStore>, Vec<&RunStore>) = stores.iter().partition(is_ours);
    let ours = ours.into_iter().map(|row| row.store.clone()).collect();
    let others = others.into_iter().map(|row| vec![row.store.clone()]);
    std::iter::once(ours).chain(others).collect()
}

/// When the next store is to be tried again, and what is the matter with it.
fn next_try(stores: &[RunStore]) -> Option<(Timestamp, String)> {
    stores
        .iter()
        .filter(|store| store.state.moves())
        .filter_map(|store| Some((store.retry_at?, store.trouble.clone().unwrap_or_default())))
        .min()
}

fn later(app: &App, (at, trouble): (Timestamp, String)) -> Step {
    let pause = at.duration_since(app.clock.now());
    Step::Later(pause.max(SignedDuration::from_millis(50)), trouble)
}

/// Searches the stores for the person of a request; run by a job, once more after a crash. One that
/// cannot be searched is tried again, and holds up the proposal but none of the other searches.
///
/// # Errors
/// [`ActionError`].
pub async fn search(app: &App, id: RunId) -> Result<Step, ActionError> {
    let _at_work = AtWork::take(id).await;
    let Some(work) = load(app, id, RunState::Searching).await? else {
        return Ok(Step::Rest);
    };
    let lanes = lanes(app, &work.stores);
    let searched = lanes.iter().map(|lane| search_lane(app, &work, lane));
    for result in join_all(searched).await {
        result?;
    }
    let stores = app.db.read(move |conn| db::runs::stores(conn, id)).await?;
    if stores.iter().any(|row| row.state == StoreState::Waiting) {
        return Ok(next_try(&stores).map_or(Step::Again, |next| later(app, next)));
    }
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let request =
                db::requests::find(conn, work.request.id)?.ok_or(ActionError::NotFound)?;
            let found: i64 = db::runs::stores(conn, id)?
                .iter()
                .map(|store| store.found)
                .sum();
            let (mut request, event) = request.searched(found.unsigned_abs())?;
            db::requests::save(conn, &mut request)?;
            db::runs::set_state(conn, id, RunState::Proposed, app.clock.now())?;
            trail::record(app, conn, &Actor::System, Some(request.id), &event)?;
            assign::by_product(app, conn, id, request)?;
            Ok(())
        })
        .await?;
    Ok(Step::Rest)
}

/// Searches the stores of a lane that wait for it, and are due.
async fn search_lane(app: &App, work: &Work, lane: &[StoreName]) -> Result<(), ActionError> {
    for row in work.stores.iter().filter(|row| lane.contains(&row.store)) {
        let now = app.clock.now();
        if row.state != StoreState::Waiting || row.retry_at.is_some_and(|at| at > now) {
            continue;
        }
        if let Err(error) = search_store(app, work, row.clone()).await? {
            stumble(app, work, &row.store, &error).await?;
        }
    }
    Ok(())
}

/// Walks one store to its end, a page at a time, and freezes what it holds; for a rectification with
/// the values that stand there.
async fn search_store(
    app: &App,
    work: &Work,
    mut row: RunStore,
) -> Result<Result<(), StoreError>, ActionError> {
    let store = match configured(app, &row.store) {
        Ok(store) => store,
        Err(error) => return Ok(Err(error)),
    };
    if !store.is_ours() {
        match store.probe().await {
            Ok(reach) => (row.level, row.leaves) = (Some(reach.level), reach.leaves),
            Err(error) => return Ok(Err(error)),
        }
    }
    let has_values = work.request.kind == Kind::Rectification;
    let mut pages = 0;
    loop {
        let cursor = row.cursor.as_deref();
        let page = match work.request.kind {
            Kind::Erasure => store.inventory(&work.subject, cursor).await,
            _ => store.everything(&work.subject, cursor).await,
        };
        let page = match page {
            Ok(page) => page,
            Err(error) => return Ok(Err(error)),
        };
        pages += 1;
        if pages > MOST_PAGES {
            return Ok(Err(endless()));
        }
        row.cursor = page.next;
        let last = row.cursor.is_none();
        let (inner, run, request) = (app.clone(), work.run.id, work.request.clone());
        let only_some = work.asked.only_some && request.kind == Kind::Erasure;
        row = app
            .db
            .write(move |conn| -> Result<_, ActionError> {
                let (app, mut row) = (&inner, row.clone());
                let now = row_now(conn, &row)?;
                if now.state != StoreState::Waiting {
                    return Ok(now);
                }
                for item in &page.items {
                    row.found += i64::from(add_item(
                        app, conn, run, &request, &row.store, item, only_some,
                    )?);
                }
                if !has_values {
                    row.put_off_since = None;
                }
                if last && !has_values {
                    searched(&mut row, app.clock.now());
                }
                db::runs::save_store(conn, &row)?;
                Ok(row)
            })
            .await?;
        if row.state != StoreState::Waiting {
            return Ok(Ok(()));
        }
        if last {
            break;
        }
    }
    if let Err(error) = rectify::propose(app, work, &*store).await? {
        return Ok(Err(error));
    }
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            // Staff may have taken it over while it was asked.
            let mut now = row_now(conn, &row)?;
            if now.state == StoreState::Waiting {
                searched(&mut now, inner.clock.now());
                db::runs::save_store(conn, &now)?;
            }
            Ok(Ok(()))
        })
        .await
}

fn searched(row: &mut RunStore, now: Timestamp) {
    row.state = StoreState::Searched;
    row.searched_at = Some(now);
    row.went_well();
}

/// The store of a run: what was configured when the run began may be so no more.
pub(super) fn configured(app: &App, name: &StoreName) -> Result<Arc<dyn Store>, StoreError> {
    let store = app.store(name).cloned();
    store.ok_or_else(|| StoreError::Retry(format!("the store {name} is not configured")))
}

/// Whether a person does the work of a run in a store. In our own database no person does.
async fn is_by_hand(app: &App, row: &RunStore) -> Result<bool, DbError> {
    if app.store(&row.store).is_some_and(|store| store.is_ours()) {
        return Ok(false);
    }
    let (run, name) = (row.run, row.store.clone());
    app.db
        .read(move |conn| db::runs::is_by_hand(conn, run, &name))
        .await
}

/// A store that gives page after page has no end, or nobody can read it.
fn endless() -> StoreError {
    StoreError::NeedsPerson {
        cause: "The search of this system does not come to an end.".to_owned(),
        mend: "Look in the system itself how much there is of this person, and do it by hand."
            .to_owned(),
    }
}

/// Adds what was found to a run, with what the rules propose; says whether it was new.
fn add_item(
    app: &App,
    conn: &mut Conn,
    run: RunId,
    request: &Request,
    store: &StoreName,
    item: &Item,
    only_some: bool,
) -> Result<bool, ActionError> {
    let id: RunItemId = app.id();
    let key = sealing::key(app, conn, request.id)?;
    let described = Described {
        label: item.label.clone(),
        note: item.note.clone(),
        holds: item.holds.clone(),
    };
    let (decision, ground, keep_until) = match (item.matched, item.proposal) {
        (Match::Candidate, _) => ("undecided", None, None),
        // "Only some of it": staff read which, and pick.
        (Match::Sure, _) if only_some => ("keep", Some(Ground::NotAsked), None),
        (Match::Sure, Decision::Erase) => ("erase", None, None),
        (Match::Sure, Decision::Keep(ground, until)) => ("keep", Some(ground), until),
    };
    let new = RunItem {
        id,
        run,
        store: store.clone(),
        key: item.key.clone(),
        kind: item.kind,
        matched: item.matched,
        decision: decision.to_owned(),
        ground: ground.map(|ground| ground.to_string()),
        keep_until,
        decided_by: None,
        outcome: None,
        outcome_at: None,
        sealed: sealing::seal(&key, "run_items", id, &described)?,
    };
    Ok(db::runs::add_item(conn, &new)?)
}

/// Takes a run as far as it goes; run by a job until there is nothing more to do.
///
/// # Errors
/// [`ActionError`].
pub async fn step(app: &App, id: RunId) -> Result<Step, ActionError> {
    let _at_work = AtWork::take(id).await;
    let Some(work) = load(app, id, RunState::Running).await? else {
        return Ok(Step::Rest);
    };
    let lanes = lanes(app, &work.stores);
    for result in join_all(lanes.iter().map(|lane| drive(app, id, lane))).await {
        result?;
    }
    let Some(work) = load(app, id, RunState::Running).await? else {
        return Ok(Step::Rest);
    };
    match standing(&work.stores) {
        Standing::Moves => Ok(next_try(&work.stores).map_or(Step::Again, |next| later(app, next))),
        Standing::WithPerson => Ok(Step::Rest),
        Standing::Halted => halt(app, &work).await,
        Standing::Done => close::finish(app, &work).await,
    }
}

/// Works the stores of a lane until each is done, needs a person, or is to be tried later.
async fn drive(app: &App, id: RunId, lane: &[StoreName]) -> Result<(), ActionError> {
    loop {
        let Some(work) = load(app, id, RunState::Running).await? else {
            return Ok(());
        };
        let rows = || work.stores.iter().filter(|row| lane.contains(&row.store));
        let NextStep::Work(name) = next_step(rows(), app.clock.now()) else {
            return Ok(());
        };
        let Some(row) = rows().find(|row| row.store == name) else {
            return Ok(());
        };
        if let Err(error) = work_store(app, &work, row).await? {
            stumble(app, &work, &name, &error).await?;
        }
    }
}

/// The next step in one store.
async fn work_store(
    app: &App,
    work: &Work,
    row: &RunStore,
) -> Result<Result<(), StoreError>, ActionError> {
    if is_by_hand(app, row).await? {
        return match row.state {
            // Whoever looked has said what they saw; no program can look again.
            StoreState::Verifying => close::nothing_to_do(app, row).await,
            _ => give_to_person(app, work, row).await,
        };
    }
    let store = match configured(app, &row.store) {
        Ok(store) => store,
        Err(error) => return Ok(Err(error)),
    };
    match (work.request.kind, row.state) {
        (Kind::Erasure, StoreState::Verifying) => verify_store(app, work, &*store, row).await,
        (Kind::Erasure, _) => erase_batch(app, work, &*store, row).await,
        (Kind::Rectification, _) => rectify::work_store(app, work, &*store, row).await,
        // A copy is collected from all of them at the end; an objection was done as it was entered.
        (Kind::Access | Kind::Objection, _) => close::nothing_to_do(app, row).await,
    }
}

/// What is done by hand becomes a task; without anything to do in it the store is done.
async fn give_to_person(
    app: &App,
    work: &Work,
    row: &RunStore,
) -> Result<Result<(), StoreError>, ActionError> {
    let holds = match work.request.kind {
        Kind::Erasure => holds::on_person(app, &work.subject).await?,
        Kind::Access | Kind::Rectification | Kind::Objection => Vec::new(),
    };
    let (inner, request, row) = (app.clone(), work.request.clone(), row.clone());
    let cause = work.run.cause;
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, mut row) = (&inner, row.clone());
            row.verified_at = None;
            // What a hold stops, nobody is asked to remove; it is asked for when the hold ends.
            if !holds.is_empty() {
                for item in db::runs::items_to_do(conn, row.run, &row.store, i64::MAX)? {
                    if item.decision == "erase" && holds::keep(app, conn, &item, cause, &holds)? {
                        let now = app.clock.now();
                        db::runs::set_outcome(conn, item.id, Some(ItemOutcome::Held), now)?;
                        row.kept += 1;
                    }
                }
            }
            let nothing = match request.kind {
                Kind::Rectification => !db::runs::fields(conn, row.run)?
                    .iter()
                    .any(|field| field.store == row.store && field.decision == "accept"),
                Kind::Erasure => db::runs::items_to_do(conn, row.run, &row.store, 1)?.is_empty(),
                Kind::Access => false,
                Kind::Objection => true,
            };
            if nothing {
                row.state = StoreState::Done;
            } else {
                row.state = StoreState::WithPerson;
                let lang = app.config.vendor.language;
                let (cause, todo) = tasks::by_hand(app, conn, &request, &row, lang)?;
                tasks::open(app, conn, &request, &row, cause, &todo)?;
            }
            row.retry_at = None;
            row.put_off_since = None;
            Ok(db::runs::save_store(conn, &row)?)
        })
        .await?;
    app.wake.notify_one();
    Ok(Ok(()))
}

/// A step failed: it is tried again, or the store is halted until a person helps. A system of others
/// is tried on and on, since it may be away for hours, and staff are told of it once. One that asks to
/// be left alone has not failed, unless it does nothing else for a day: then staff are told, too.
async fn stumble(
    app: &App,
    work: &Work,
    name: &StoreName,
    error: &StoreError,
) -> Result<(), ActionError> {
    let said = match error {
        StoreError::NeedsPerson { cause, mend } => format!("{cause}\n{mend}"),
        StoreError::Retry(cause) | StoreError::Bug(cause) | StoreError::Later { cause, .. } => {
            cause.clone()
        }
    };
    let after = match error {
        StoreError::Later { after, .. } => Some(*after),
        _ => None,
    };
    let passes = matches!(error, StoreError::Retry(_));
    let ours = app.store(name).is_none_or(|store| store.is_ours());
    let (inner, request, run) = (app.clone(), work.request.id, work.run.id);
    let (name, searching) = (name.clone(), work.run.state == RunState::Searching);
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, now) = (&inner, inner.clock.now());
            // The step may have saved more of the row before it failed, so it is looked at again.
            let mut row = db::runs::store(conn, run, &name)?.ok_or(ActionError::NotFound)?;
            row.trouble = Some(said.clone());
            if let Some(after) = after {
                row.retry_at = Some(now + after);
                let since = *row.put_off_since.get_or_insert(now);
                // After as many failures staff have been told, and after a day they are.
                let long = now.duration_since(since) >= PUT_OFF_MAY_LAST;
                if !long || row.attempts >= TRIES {
                    return Ok(db::runs::save_store(conn, &row)?);
                }
                row.attempts = TRIES;
            } else {
                row.attempts = match passes {
                    true => row.attempts.saturating_add(1),
                    // Nothing gets better by trying.
                    false => row.attempts.max(TRIES - 1) + 1,
                };
                let tries = row.attempts.max(2 * row.read_backs);
                row.retry_at = Some(now + pause(tries, app.id::<Uuid>().as_u128()));
            }
            let passes = passes || after.is_some();
            let halts = !searching && (!passes || (ours && row.attempts >= TRIES));
            if halts {
                row.state = StoreState::Halted;
                row.retry_at = None;
            }
            db::runs::save_store(conn, &row)?;
            // After that it says nothing new, maybe for days.
            if row.attempts > TRIES && !halts {
                return Ok(());
            }
            let mut event = Event::new(Action::StepFailed)
                .in_store(&row.store.0)
                .ending(if halts { "needs_person" } else { "retry" });
            if halts {
                event.intent = row.intent.take();
                db::runs::save_store(conn, &row)?;
            }
            trail::record(app, conn, &Actor::System, Some(request), &event)?;
            if row.attempts == TRIES && !halts {
                let request = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
                tell_staff(app, conn, &request, &[row], now)?;
            }
            Ok(())
        })
        .await
}

/// Erases or blocks the next items of a store. Announced before, reported after; the
/// journal outside the database hears of each record before it goes.
async fn erase_batch(
    app: &App,
    work: &Work,
    store: &dyn Store,
    row: &RunStore,
) -> Result<Result<(), StoreError>, ActionError> {
    let (run, name) = (work.run.id, row.store.clone());
    let batch = BATCH.min(i64::try_from(store.batch()).unwrap_or(BATCH));
    let items = app
        .db
        .read(move |conn| db::runs::items_to_do(conn, run, &name, batch))
        .await?;
    if items.is_empty() {
        if let Err(error) = journalled(note_left(app, work, &row.store).await)? {
            return Ok(Err(error));
        }
        return all_have_ends(app, store, row).await;
    }
    let mut orders: Vec<Order> = items.iter().filter_map(order).collect();
    if orders.len() != items.len() {
        return Ok(Err(StoreError::Bug(
            "an item has a decision that no store can carry out".to_owned(),
        )));
    }
    // The stores of our own ask once more in the transaction that erases; for others this is all.
    let holds = holds::on_person(app, &work.subject).await?;
    let asked: Vec<Decision> = orders.iter().map(|order| order.decision).collect();
    if let Some(until) = hold::kept_until(holds.iter().map(|hold| &hold.terms)) {
        for order in &mut orders {
            // What another system takes from a record that the law keeps waits too; ours take nothing from one.
            let waits = match order.decision {
                Decision::Erase => true,
                Decision::Keep(ground, _) => ground != Ground::LegalClaims && !store.is_ours(),
            };
            if waits {
                order.decision = Decision::Keep(Ground::LegalClaims, Some(until));
            }
        }
    }
    // A step that was cut off may have written guards that no journal has heard of.
    let since = match (row.intent, work.run.started_at) {
        (Some(_), Some(started_at)) => started_at,
        _ => app.clock.now(),
    };
    let row = announce(app, work, row, Action::EraseIntended, items.len()).await?;
    if let Err(error) = journalled(write_journal(app, work, &row.store, &orders).await)? {
        return Ok(Err(error));
    }
    let done = match store
        .carry_out(&work.subject, &orders, work.run.cause)
        .await
    {
        Ok(done) if done.len() == orders.len() => done,
        Ok(_) => {
            return Ok(Err(StoreError::Bug(
                "the store did not answer for every item".to_owned(),
            )));
        }
        Err(error) => return Ok(Err(error)),
    };
    let mut outcomes: Vec<ItemOutcome> = done.iter().map(|done| done.outcome).collect();
    for ((outcome, asked), order) in outcomes.iter_mut().zip(asked).zip(&orders) {
        if *outcome == ItemOutcome::Kept && asked != order.decision {
            *outcome = ItemOutcome::Held;
        }
    }
    let mut noted = note_held(app, work, &row.store, &orders, &outcomes).await;
    if noted.is_ok() {
        noted = restore::note_guards(app, &work.subject.digests, since).await;
    }
    if let Err(error) = journalled(noted)? {
        return Ok(Err(error));
    }
    let failed: Vec<&Done> = done
        .iter()
        .filter(|done| done.outcome == ItemOutcome::Failed)
        .collect();
    report(app, work, row, &items, &outcomes, &done, holds).await?;
    if let Some(first) = failed.first() {
        let why = first.why.as_deref().unwrap_or_default();
        let counts = format!(
            "{} of {} records could not be erased",
            failed.len(),
            orders.len()
        );
        return Ok(Err(StoreError::Retry(format!("{counts}. {why}"))));
    }
    Ok(Ok(()))
}

/// Every item of a store has its end, or waits for a person.
async fn all_have_ends(
    app: &App,
    store: &dyn Store,
    row: &RunStore,
) -> Result<Result<(), StoreError>, ActionError> {
    let (row, is_ours) = (row.clone(), store.is_ours());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let mut now = row_now(conn, &row)?;
            // Staff may have taken it over meanwhile.
            if is_ours || !db::runs::is_by_hand(conn, row.run, &row.store)? {
                now.state = match db::tasks::open_in(conn, row.run, &row.store)? {
                    Some(_) => StoreState::WithPerson,
                    None => StoreState::Verifying,
                };
                db::runs::save_store(conn, &now)?;
            }
            Ok(Ok(()))
        })
        .await
}

/// A journal that cannot be written is tried again, like a store that is away; anything else ends the
/// step.
fn journalled(noted: Result<(), ActionError>) -> Result<Result<(), StoreError>, ActionError> {
    match noted {
        Err(ActionError::Journal(error)) => Ok(Err(StoreError::Retry(format!(
            "The erasure journal cannot be written: {error}"
        )))),
        noted => noted.map(Ok),
    }
}

fn order(item: &RunItem) -> Option<Order> {
    let decision = match item.decision.as_str() {
        "erase" => Decision::Erase,
        "keep" => Decision::Keep(item.ground.as_deref()?.parse().ok()?, item.keep_until),
        _ => return None,
    };
    Some(Order {
        key: item.key.clone(),
        kind: item.kind,
        decision,
    })
}

/// Writes the intent of a step, unless the step before was cut off after writing it.
pub(super) async fn announce(
    app: &App,
    work: &Work,
    row: &RunStore,
    action: Action,
    count: usize,
) -> Result<RunStore, ActionError> {
    if row.intent.is_some() {
        return Ok(row.clone());
    }
    let (inner, row, request) = (app.clone(), row.clone(), work.request.id);
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let mut row = row_now(conn, &row)?;
            let event = Event::new(action)
                .in_store(&row.store.0)
                .counting(count as u64);
            row.intent = Some(trail::record(
                &inner,
                conn,
                &Actor::System,
                Some(request),
                &event,
            )?);
            row.state = StoreState::Working;
            db::runs::save_store(conn, &row)?;
            Ok(row)
        })
        .await
}

/// Tells the journal what is about to go. A record that is named there and still stands is
/// erased by the next try; the other way round it could come back from a backup.
async fn write_journal(
    app: &App,
    work: &Work,
    store: &StoreName,
    orders: &[Order],
) -> Result<(), ActionError> {
    let digest = app.keys.address_digest(work.subject.address.normalised());
    let now = app.clock.now();
    let ours = app.store(store).is_some_and(|store| store.is_ours());
    let line = |order: &Order| match order.decision {
        Decision::Erase => Some(Line::Erasure(ErasureLine {
            store: store.0.clone(),
            record_key: order.key.0.clone(),
            address_digest: Some(digest),
            erased_at: now,
            cause: work.run.cause.to_string(),
            run: work.run.id.0,
        })),
        // What the stores of our own block.
        Decision::Keep(
            ground @ (Ground::TaxLaw | Ground::LegalObligation | Ground::LegalClaims),
            until,
        ) if ours => Some(Line::Blocked {
            store: store.0.clone(),
            record_key: order.key.0.clone(),
            ground: ground.to_string(),
            until,
            at: now,
            run: work.run.id.0,
        }),
        Decision::Keep(ground, _) => Some(Line::Kept {
            store: store.0.clone(),
            record_key: order.key.0.clone(),
            ground: Some(ground.to_string()),
            at: now,
            run: work.run.id.0,
        }),
    };
    let mut lines: Vec<Line> = orders.iter().filter_map(line).collect();
    // The acceptance has said so already, unless the journal could not be written just then.
    if let Some(at) = work.run.started_at.filter(|_| !work.asked.only_some) {
        lines.insert(
            0,
            Line::PersonGuarded {
                address_digest: digest,
                at,
                run: work.run.id.0,
            },
        );
    }
    note_in_journal(app, lines).await
}

/// Tells the journal which announced records a hold has stopped, so that no restore erases them.
async fn note_held(
    app: &App,
    work: &Work,
    store: &StoreName,
    orders: &[Order],
    outcomes: &[ItemOutcome],
) -> Result<(), ActionError> {
    let at = app.clock.now();
    let lines: Vec<Line> = orders
        .iter()
        .zip(outcomes)
        .filter(|(order, outcome)| {
            order.decision == Decision::Erase && **outcome == ItemOutcome::Held
        })
        .map(|(order, _)| Line::Spared {
            store: store.0.clone(),
            record_key: order.key.0.clone(),
            run: work.run.id.0,
            at,
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    note_in_journal(app, lines).await
}

/// Tells the journal which records staff left alone, so that no restore takes them with the person.
async fn note_left(app: &App, work: &Work, store: &StoreName) -> Result<(), ActionError> {
    let (run, of_store) = (work.run.id, store.clone());
    let left = app
        .db
        .read(move |conn| db::runs::keys_left(conn, run, &of_store))
        .await?;
    let at = app.clock.now();
    let lines: Vec<Line> = left
        .into_iter()
        .map(|key| Line::Kept {
            store: store.0.clone(),
            record_key: key.0,
            ground: None,
            at,
            run: run.0,
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    note_in_journal(app, lines).await
}

/// Stores the outcome of a step and its entry in the trail.
async fn report(
    app: &App,
    work: &Work,
    row: RunStore,
    items: &[RunItem],
    outcomes: &[ItemOutcome],
    said: &[Done],
    holds: Vec<Hold>,
) -> Result<(), ActionError> {
    let done: Vec<(RunItem, ItemOutcome)> = items
        .iter()
        .cloned()
        .zip(outcomes.iter().copied())
        .collect();
    let said = said.to_vec();
    let cause = work.run.cause;
    let (inner, of) = (app.clone(), work.request.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let (now, request) = (app.clock.now(), of.id);
            // Staff may have taken the store over while it was asked.
            let mut row = row_now(conn, &row)?;
            let (mut erased, mut kept, mut held, mut failed) = (0, 0, 0, 0);
            let mut left = tasks::ToDo::default();
            for ((item, outcome), said) in done.iter().zip(&said) {
                match outcome {
                    // A hold that was lifted meanwhile stops nothing: the item is tried again.
                    ItemOutcome::Held if !holds::keep(app, conn, item, cause, &holds)? => continue,
                    ItemOutcome::Held => {
                        held += 1;
                        kept += 1;
                    }
                    ItemOutcome::Erased | ItemOutcome::Neutralised => erased += 1,
                    ItemOutcome::Kept => kept += 1,
                    // It waits for the person who has the task.
                    ItemOutcome::NeedsPerson => {
                        failed += 1;
                        left.steps.extend(said.why.clone());
                        let key = sealing::key(app, conn, request)?;
                        let described: Described =
                            sealing::open(&key, "run_items", item.id, &item.sealed)?;
                        left.records.push(described.in_words());
                    }
                    ItemOutcome::Failed | ItemOutcome::Corrected | ItemOutcome::Attested => {
                        failed += 1;
                        continue;
                    }
                }
                db::runs::set_outcome(conn, item.id, Some(*outcome), now)?;
            }
            let mut event = Event::new(Action::Erased)
                .in_store(&row.store.0)
                .counting(erased);
            event.kept = Some(kept);
            event.failed = Some(failed);
            if held > 0 {
                event = event.with("held", held);
            }
            event.intent = row.intent.take();
            row.erased += erased.cast_signed();
            row.kept += kept.cast_signed();
            row.retry_at = None;
            row.put_off_since = None;
            if failed == 0 {
                row.went_well();
            }
            db::runs::save_store(conn, &row)?;
            trail::record(app, conn, &Actor::System, Some(request), &event)?;
            if left != tasks::ToDo::default() {
                left.steps.sort();
                left.steps.dedup();
                tasks::open(app, conn, &of, &row, TaskCause::Remainder, &left)?;
            }
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// The row of a store as it is now: staff may have changed it while the store was asked.
pub(super) fn row_now(conn: &mut Conn, row: &RunStore) -> Result<RunStore, ActionError> {
    db::runs::store(conn, row.run, &row.store)?.ok_or(ActionError::NotFound)
}

/// Searches a store again by the same means as before. Only what is kept on a ground, or
/// was answered to be somebody else's, may still be there.
async fn verify_store(
    app: &App,
    work: &Work,
    store: &dyn Store,
    row: &RunStore,
) -> Result<Result<(), StoreError>, ActionError> {
    let only_some = work.asked.only_some;
    let (mut cursor, mut still_there, mut new, mut found) = (None::<String>, 0u64, 0u64, 0u64);
    let (mut attested, mut pages) = (0u64, 0);
    match remaining(app, work, store, row).await? {
        Ok((there, said)) => {
            still_there += there;
            attested += said;
        }
        Err(error) => return Ok(Err(error)),
    }
    loop {
        let page = match store.inventory(&work.subject, cursor.as_deref()).await {
            Ok(page) => page,
            Err(error) => return Ok(Err(error)),
        };
        let (inner, run, request, name) = (
            app.clone(),
            work.run.id,
            work.request.clone(),
            row.store.clone(),
        );
        let (back, said, added, fresh) = app
            .db
            .write(move |conn| -> Result<_, ActionError> {
                let (mut back, mut said, mut added, mut fresh) = (0u64, 0u64, 0u64, 0u64);
                for item in &page.items {
                    match db::runs::item_by_key(conn, run, &name, &item.key)? {
                        Some(known) if matches!(known.decision.as_str(), "keep" | "leave") => {}
                        Some(known) if known.decision == "undecided" => added += 1,
                        // It waits for its turn: a read-back that was cut off has seen it before.
                        Some(known) if known.outcome.is_none() => added += 1,
                        // Somebody said that it is gone, or has it to do; they are asked anew.
                        Some(known)
                            if matches!(
                                known.outcome,
                                Some(ItemOutcome::Attested | ItemOutcome::NeedsPerson)
                            ) =>
                        {
                            db::runs::set_outcome(conn, known.id, None, inner.clock.now())?;
                            said += 1;
                        }
                        Some(known) => {
                            db::runs::set_outcome(conn, known.id, None, inner.clock.now())?;
                            back += 1;
                        }
                        // What came after the answer was not asked for: the person may have come back.
                        None if request.is_closed() => {}
                        // It is of something that is kept, and stays with it on its ground.
                        None if is_kept_with(conn, run, &name, item)? => {}
                        None => {
                            added += 1;
                            fresh += 1;
                            add_item(&inner, conn, run, &request, &name, item, only_some)?;
                        }
                    }
                }
                Ok((back, said, added, fresh))
            })
            .await?;
        still_there += back;
        attested += said;
        new += added;
        found += fresh;
        cursor = page.next;
        pages += 1;
        if pages > MOST_PAGES {
            return Ok(Err(endless()));
        }
        if cursor.is_none() {
            break;
        }
    }
    let (inner, request, run) = (app.clone(), work.request.id, work.run.id);
    let (row, is_ours) = (row.clone(), store.is_ours());
    let looked_clean = still_there == 0 && attested == 0 && new == 0;
    let read_backs = row.read_backs + i32::from(still_there > 0);
    let candidates = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let mut row = row_now(conn, &row)?;
            row.found += found.cast_signed();
            row.read_backs = read_backs;
            // What an earlier look put back to be done, and was cut off, is no more found than gone.
            let left = db::runs::items_to_do(conn, row.run, &row.store, 1)?;
            let clean = looked_clean && left.is_empty();
            row.erased = db::runs::count_gone(conn, row.run, &row.store)?;
            row.put_off_since = None;
            if !is_ours && db::runs::is_by_hand(conn, row.run, &row.store)? {
                // Staff took it over meanwhile, and no search speaks for them.
                row.verified_at = None;
            } else if clean {
                row.state = StoreState::Done;
                // The first time counts from which on it was empty.
                row.verified_at.get_or_insert(inner.clock.now());
                row.went_well();
            } else {
                row.state = StoreState::Working;
                row.verified_at = None;
            }
            db::runs::save_store(conn, &row)?;
            let mut event = Event::new(Action::VerifiedEmpty)
                .in_store(&row.store.0)
                .counting(still_there + attested + new)
                .ending(if clean { "empty" } else { "found" });
            event.kept = Some(row.kept.unsigned_abs());
            trail::record(&inner, conn, &Actor::System, Some(request), &event)?;
            Ok(db::runs::candidates(conn, run, 1)?.len())
        })
        .await?;
    if candidates > 0 {
        return Ok(Err(StoreError::NeedsPerson {
            cause: "A possible match turned up during the run.".to_owned(),
            mend: "Say on the request's page whether it is the same person; the run goes on by itself.".to_owned(),
        }));
    }
    if still_there > 0 {
        let cause = format!(
            "The store reported {still_there} records as erased, and the search still finds them."
        );
        return Ok(Err(if read_backs < READ_BACKS {
            StoreError::Retry(cause)
        } else {
            let mend = "Look in the system itself why they stay, then try again.".to_owned();
            StoreError::NeedsPerson { cause, mend }
        }));
    }
    Ok(Ok(()))
}

/// Whether a find is a part of something that is kept or was left alone.
fn is_kept_with(
    conn: &mut Conn,
    run: RunId,
    store: &StoreName,
    found: &Item,
) -> Result<bool, DbError> {
    for key in &found.within {
        let whole = db::runs::item_by_key(conn, run, store, key)?;
        if whole.is_some_and(|whole| matches!(whole.decision.as_str(), "keep" | "leave")) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Asks a store for what it reported as gone, key by key. What is there is put back to be done again:
/// how much of it the store had reported, and how much a person.
async fn remaining(
    app: &App,
    work: &Work,
    store: &dyn Store,
    row: &RunStore,
) -> Result<Result<(u64, u64), StoreError>, ActionError> {
    let (mut there, mut attested, mut after) = (0, 0, None);
    if store.is_ours() {
        // The search by the address is by the keys there.
        return Ok(Ok((0, 0)));
    }
    loop {
        let (run, name) = (work.run.id, row.store.clone());
        let page = app
            .db
            .read(move |conn| db::runs::items(conn, run, &name, after, BATCH))
            .await?;
        let Some(last) = page.last() else {
            return Ok(Ok((there, attested)));
        };
        after = Some(last.id);
        let gone: Vec<&RunItem> = page
            .iter()
            .filter(|item| {
                matches!(
                    item.outcome,
                    Some(ItemOutcome::Erased | ItemOutcome::Neutralised | ItemOutcome::Attested)
                )
            })
            .collect();
        if gone.is_empty() {
            continue;
        }
        let orders: Vec<Order> = gone.iter().filter_map(|item| order(item)).collect();
        let remains = match store.remains(&work.subject, &orders).await {
            Ok(remains) => remains,
            Err(error) => return Ok(Err(error)),
        };
        let back: Vec<RunItem> = gone
            .into_iter()
            .filter(|item| remains.contains(&item.key))
            .cloned()
            .collect();
        for item in &back {
            match item.outcome {
                Some(ItemOutcome::Attested) => attested += 1,
                _ => there += 1,
            }
        }
        let now = app.clock.now();
        app.db
            .write(move |conn| -> Result<_, DbError> {
                for item in &back {
                    db::runs::set_outcome(conn, item.id, None, now)?;
                }
                Ok(())
            })
            .await?;
    }
}

/// Before the end all stores are searched once more: a store that was done early may hold
/// something again, because others took days. What turns up is worked like the rest.
pub(super) async fn all_are_empty(app: &App, work: &Work) -> Result<bool, ActionError> {
    let read_back = work.stores.iter().map(async |row| {
        // Whoever looked has said what they saw; the system may be there no more.
        if is_by_hand(app, row).await? {
            return Ok(());
        }
        let verified = match configured(app, &row.store) {
            Ok(store) => verify_store(app, work, &*store, row).await?,
            Err(error) => Err(error),
        };
        match verified {
            Ok(()) => Ok(()),
            Err(error) => reopen(app, work, &row.store, &error).await,
        }
    });
    for result in join_all(read_back).await {
        let done: Result<(), ActionError> = result;
        done?;
    }
    let run = work.run.id;
    let stores = app.db.read(move |conn| db::runs::stores(conn, run)).await?;
    Ok(stores.iter().all(|row| row.state == StoreState::Done))
}

/// A store that was done cannot be read back any more: it is no longer done.
pub(super) async fn reopen(
    app: &App,
    work: &Work,
    store: &StoreName,
    error: &StoreError,
) -> Result<(), ActionError> {
    let (run, name) = (work.run.id, store.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let row = db::runs::store(conn, run, &name)?;
            if let Some(mut row) = row.filter(|row| row.state == StoreState::Done) {
                row.state = StoreState::Verifying;
                // Nobody can say now that it is empty.
                row.verified_at = None;
                db::runs::save_store(conn, &row)?;
            }
            Ok(())
        })
        .await?;
    stumble(app, work, store, error).await
}

/// Every store that can go on is done, and one stands: staff are told.
async fn halt(app: &App, work: &Work) -> Result<Step, ActionError> {
    let (inner, id) = (app.clone(), work.run.id);
    let stores: Vec<RunStore> = work
        .stores
        .iter()
        .filter(|store| store.state == StoreState::Halted)
        .cloned()
        .collect();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let now = app.clock.now();
            let request = db::runs::find(conn, id)?
                .and_then(|run| run.request)
                .ok_or(ActionError::NotFound)?;
            let mut request = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
            // One that was answered stays so; its run was taken up at the end of a hold.
            if !request.is_closed() {
                request = request.halt()?;
                db::requests::save(conn, &mut request)?;
            }
            db::runs::set_state(conn, id, RunState::Halted, now)?;
            tell_staff(app, conn, &request, &stores, now)
        })
        .await?;
    app.wake.notify_one();
    Ok(Step::Rest)
}

fn tell_staff(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    stores: &[RunStore],
    now: Timestamp,
) -> Result<(), ActionError> {
    let lang = app.config.vendor.language;
    let mut told = assign::who_assign(conn)?;
    if let Some(id) = request
        .assignee
        .filter(|id| told.iter().all(|staff| staff.id != *id))
    {
        let theirs = db::accounts::find(conn, id)?.map(|account| account.staff);
        told.extend(theirs.filter(|staff| staff.active));
    }
    for store in stores {
        for staff in &told {
            let letter = Letter::RunHalted {
                reference: request.reference.to_string(),
                store: words::store(app, lang, &store.store),
                cause: store.trouble.clone().unwrap_or_default(),
                link: format!("{}/run", assign::staff_link(app, request)),
            };
            let (run, at) = (store.run, now.as_microsecond());
            let cause = format!("halted:{run}:{}:{}:{at}", store.store, staff.id);
            letters::post(
                app,
                conn,
                &cause,
                Some(request.id),
                staff.email.as_str(),
                lang,
                &letter,
            )?;
        }
    }
    Ok(())
}

/// Staff mended what stood in the way: halted stores are tried again, and those that wait for their
/// next try are tried now.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`].
pub async fn retry(app: &App, actor: &Actor, reference: Reference) -> Result<(), ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let request = super::decide::load(conn, &actor, &reference)?;
            let run = db::runs::of_request(conn, request.id)?.ok_or(ActionError::NotFound)?;
            if matches!(
                run.state,
                RunState::Halted | RunState::Searching | RunState::Running
            ) {
                trail::record(
                    &inner,
                    conn,
                    &actor,
                    Some(request.id),
                    &Event::new(Action::Retried),
                )?;
            }
            go_on(&inner, conn, run.id)
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Puts halted stores back to work and the run with them.
pub(super) fn go_on(app: &App, conn: &mut Conn, id: RunId) -> Result<(), ActionError> {
    let run = db::runs::find(conn, id)?.ok_or(ActionError::NotFound)?;
    let now = app.clock.now();
    for mut store in db::runs::stores(conn, id)? {
        let halted = store.state == StoreState::Halted;
        if !halted && store.retry_at.is_none() {
            continue;
        }
        store.retry_at = None;
        if halted {
            store.state = StoreState::Working;
            store.attempts = 0;
            store.read_backs = 0;
            store.trouble = None;
        }
        db::runs::save_store(conn, &store)?;
    }
    if run.state == RunState::Halted {
        db::runs::set_state(conn, id, RunState::Running, now)?;
        if let Some(request) = run.request {
            let mut request = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
            if request.progress == Progress::Halted {
                request = request.go_on()?;
                db::requests::save(conn, &mut request)?;
            }
        }
    }
    match run.state {
        RunState::Searching => db::jobs::enqueue(conn, app.id(), &Job::Search(id), now)?,
        RunState::Running | RunState::Halted => {
            db::jobs::enqueue(conn, app.id(), &Job::Run(id), now)?
        }
        RunState::Proposed | RunState::Done | RunState::Cancelled => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_journal_that_cannot_be_written_is_a_try_that_failed() {
        assert!(matches!(journalled(Ok(())), Ok(Ok(()))));
        let full = ActionError::Journal(std::io::ErrorKind::StorageFull.into());
        assert!(matches!(
            journalled(Err(full)),
            Ok(Err(StoreError::Retry(_)))
        ));
        let gone = journalled(Err(ActionError::NotFound));
        assert!(matches!(gone, Err(ActionError::NotFound)));
    }
}

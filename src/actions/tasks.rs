//! Tasks: what a person does in a store because no program can. They are opened by the run, reminded
//! of, and done when somebody says what they did; then the run goes on by itself.

use jiff::{SignedDuration, ToSpan};
use serde::{Deserialize, Serialize};

use super::run::Described;
use super::{ActionError, assign, decide, letters, rectify, run, sealing, trail, words};
use crate::app::App;
use crate::config::stores::StoreFile;
use crate::db::runs::RunItem;
use crate::db::{self, Conn};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{RunItemId, StaffId, TaskId};
use crate::domain::reference::Reference;
use crate::domain::request::{Kind, Request};
use crate::domain::run::{RunState, RunStore, StoreState};
use crate::domain::staff::{Permission, Staff};
use crate::domain::store::{ItemKey, ItemKind, ItemOutcome, Match, StoreName};
use crate::domain::task::{self, Task, TaskCause};
use crate::i18n::Lang;
use crate::mail::letters::Letter;

/// Records that a task names; the rest is counted.
const NAMED: usize = 200;

/// The longest attestation, in characters.
pub const LONGEST: usize = 4_000;

/// How often somebody is reminded of a task that is due.
const REMIND_AFTER: SignedDuration = SignedDuration::from_hours(24 * 3);

/// How many days before its day a task is first reminded of.
const DAYS_BEFORE: i32 = 2;

/// Tasks that one transaction reminds of.
const BATCH: i64 = 100;

/// What is to be done, in words for staff.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToDo {
    /// What the operator wrote for this store, or the system said, a step each.
    pub steps: Vec<String>,
    /// What is to be corrected, or the records that are meant.
    pub records: Vec<String>,
}

impl ToDo {
    /// Adds a step unless it is there.
    fn add(&mut self, step: &str) {
        if !self.steps.iter().any(|known| known == step) && self.steps.len() < NAMED {
            self.steps.push(step.to_owned());
        }
    }

    /// Adds a record.
    fn name(&mut self, record: String) {
        if !self.records.contains(&record) && self.records.len() < NAMED {
            self.records.push(record);
        }
    }
}

/// Opens the task of a run in a store, or adds to the one that is open.
///
/// # Errors
/// [`ActionError`].
pub(super) fn open(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    row: &RunStore,
    cause: TaskCause,
    more: &ToDo,
) -> Result<(), ActionError> {
    let key = sealing::key(app, conn, request.id)?;
    if let Some(mut task) = db::tasks::open_in(conn, row.run, &row.store)? {
        let mut todo: ToDo = sealing::open(&key, "tasks", task.id, &task.sealed)?;
        more.steps.iter().for_each(|step| todo.add(step));
        more.records
            .iter()
            .for_each(|record| todo.name(record.clone()));
        task.sealed = sealing::seal(&key, "tasks", task.id, &todo)?;
        return Ok(db::tasks::save(conn, &task)?);
    }
    let manual = app.store_file(&row.store).and_then(StoreFile::manual);
    let owner = match manual.and_then(|manual| manual.owner.as_ref()) {
        Some(email) => db::accounts::by_email(conn, email)?
            .filter(|account| account.staff.active)
            .map(|account| account.staff.id),
        None => None,
    };
    let id: TaskId = app.id();
    let days = manual.map_or(task::DAYS, |manual| manual.days);
    let task = Task {
        id,
        run: row.run,
        store: row.store.clone(),
        cause,
        owner,
        opened_at: app.clock.now(),
        due_on: task::due_on(app.today(), days, request.due.strict),
        reminded_at: None,
        done_at: None,
        done_by: None,
        sealed: sealing::seal(&key, "tasks", id, more)?,
        attestation: None,
    };
    db::tasks::insert(conn, &task)?;
    let event = Event::new(Action::TaskOpened)
        .in_store(&row.store.0)
        .because(cause.as_str());
    trail::record(app, conn, &Actor::System, Some(request.id), &event)?;
    tell(app, conn, request, &task)
}

/// Writes to whose task it is; to whose request it is where it is nobody's, and to those who assign
/// where that is nobody's either.
fn tell(app: &App, conn: &mut Conn, request: &Request, task: &Task) -> Result<(), ActionError> {
    let lang = app.config.vendor.language;
    let named = task.owner.or(request.assignee);
    let told: Vec<Staff> = match named {
        Some(id) => db::accounts::find(conn, id)?
            .map(|account| account.staff)
            .filter(|staff| staff.active)
            .into_iter()
            .collect(),
        None => assign::who_assign(conn)?,
    };
    for staff in told {
        let letter = Letter::Task {
            reference: request.reference.to_string(),
            store: words::store(app, lang, &task.store),
            due: lang.date_medium(task.due_on),
            link: format!("{}/tasks/{}", assign::staff_link(app, request), task.id),
        };
        let since = task.reminded_at.map_or(0, jiff::Timestamp::as_microsecond);
        let cause = format!("task:{}:{}:{since}", task.id, staff.id);
        let to = staff.email.as_str();
        letters::post(app, conn, &cause, Some(request.id), to, lang, &letter)?;
    }
    Ok(())
}

/// Reminds of tasks whose day comes or has passed; run by a job.
///
/// # Errors
/// [`ActionError`].
pub async fn remind(app: &App) -> Result<(), ActionError> {
    loop {
        let inner = app.clone();
        let reminded = app
            .db
            .write(move |conn| -> Result<_, ActionError> {
                let app = &inner;
                let now = app.clock.now();
                let soon = app.today().saturating_add(DAYS_BEFORE.days());
                let tasks = db::tasks::to_remind(conn, soon, now - REMIND_AFTER, BATCH)?;
                for task in &tasks {
                    let mut task = task.clone();
                    task.reminded_at = Some(now);
                    db::tasks::save(conn, &task)?;
                    let run = db::runs::find(conn, task.run)?;
                    let Some(request) = run.and_then(|run| run.request) else {
                        continue;
                    };
                    let request =
                        db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
                    // One that was opened a moment ago was told of then.
                    if now.duration_since(task.opened_at) >= REMIND_AFTER
                        || task.due_on <= app.today()
                    {
                        tell(app, conn, &request, &task)?;
                    }
                }
                Ok(tasks.len() as i64)
            })
            .await?;
        if reminded < BATCH {
            app.wake.notify_one();
            return Ok(());
        }
    }
}

/// What staff say of a task that they did.
#[derive(Clone, Debug, Default)]
pub struct Attested {
    /// Whether anything of the person was there at all.
    pub found: bool,
    /// What they did; of a review, what is held of the person.
    pub words: String,
    /// The records of a removal that turned out to be somebody else's: they are left as they are.
    pub not_theirs: Vec<RunItemId>,
}

/// A task with its request, for whoever sees the request, and for whose task it is.
///
/// # Errors
/// [`ActionError::NotFound`] if the request has no such task, or not for this person.
pub(super) fn load(
    conn: &mut Conn,
    actor: &Actor,
    reference: &Reference,
    id: TaskId,
) -> Result<(Request, Task), ActionError> {
    let request = db::requests::by_reference(conn, reference)?.ok_or(ActionError::NotFound)?;
    let task = db::tasks::find(conn, id)?.ok_or(ActionError::NotFound)?;
    let run = db::runs::find(conn, task.run)?;
    let is_of_it = run.is_some_and(|run| run.request == Some(request.id));
    if is_of_it && (is_owner(actor, &task) || decide::may_see(actor, &request)) {
        Ok((request, task))
    } else {
        Err(ActionError::NotFound)
    }
}

fn is_owner(actor: &Actor, task: &Task) -> bool {
    task.owner.is_some() && task.owner == actor.staff_id()
}

/// Staff did a task, and say so. What they say counts until a search finds otherwise.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`] if it is none of this request or done already,
/// or a record is none of it, [`ActionError::Invalid`] without words.
pub async fn attest(
    app: &App,
    actor: &Actor,
    reference: Reference,
    id: TaskId,
    said: Attested,
) -> Result<(), ActionError> {
    let words = said.words.trim().to_owned();
    if words.is_empty() || words.chars().count() > LONGEST {
        return Err(ActionError::Invalid {
            field: "words",
            message: "task-words-needed",
        });
    }
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let (request, mut task) = load(conn, &actor, &reference, id)?;
            if task.done_at.is_some() {
                return Err(ActionError::NotFound);
            }
            actor.may(if is_owner(&actor, &task) {
                Permission::Work
            } else {
                Permission::Decide
            })?;
            let now = app.clock.now();
            let key = sealing::key(app, conn, request.id)?;
            task.done_at = Some(now);
            task.done_by = actor.staff_id();
            // Another column of the same row, so another place.
            task.attestation = Some(key.seal_json(attestation_of(&id.to_string()), &words)?);
            db::tasks::save(conn, &task)?;
            let mut row =
                db::runs::store(conn, task.run, &task.store)?.ok_or(ActionError::NotFound)?;
            leave(app, conn, &actor, &request, &row, &said.not_theirs)?;
            let done = settle(conn, &request, &mut row, said.found, now)?;
            let by_hand = db::runs::is_by_hand(conn, row.run, &task.store)?;
            if row.state == StoreState::WithPerson {
                row.state = match request.kind {
                    Kind::Erasure if !by_hand => StoreState::Verifying,
                    _ => StoreState::Done,
                };
            }
            row.trouble = None;
            db::runs::save_store(conn, &row)?;
            let event = Event::new(Action::TaskAttested)
                .in_store(&task.store.0)
                .because(task.cause.as_str())
                .counting(done)
                .ending(if said.found { "done" } else { "nothing_there" });
            trail::record(app, conn, &actor, Some(request.id), &event)?;
            run::go_on(app, conn, row.run)
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

fn attestation_of(id: &str) -> crate::seal::Place<'_> {
    crate::seal::Place {
        table: "tasks",
        id,
        column: "attestation",
    }
}

/// The records that a task of a removal is about: what is to go and has no end yet.
fn records(conn: &mut Conn, row: &RunStore) -> Result<Vec<RunItem>, ActionError> {
    let by_hand = db::runs::is_by_hand(conn, row.run, &row.store)?;
    let mut left = db::runs::items_left(conn, row.run, &row.store)?;
    left.retain(|item| {
        let is_todo = by_hand || item.outcome == Some(ItemOutcome::NeedsPerson);
        // What is kept, is somebody else's or was not answered, nobody is asked to remove.
        is_todo && item.kind != ItemKind::Manual && item.decision == "erase"
    });
    Ok(left)
}

/// Leaves records as they are that are not the person's, as an answer to a candidate does.
fn leave(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    request: &Request,
    row: &RunStore,
    not_theirs: &[RunItemId],
) -> Result<(), ActionError> {
    if not_theirs.is_empty() {
        return Ok(());
    }
    if request.kind != Kind::Erasure {
        return Err(ActionError::NotFound);
    }
    let records = records(conn, row)?;
    for id in not_theirs {
        let item = records.iter().find(|item| item.id == *id);
        let item = item.ok_or(ActionError::NotFound)?;
        db::runs::decide_item(conn, item.id, "leave", None, None, actor.staff_id())?;
        db::runs::set_outcome(conn, item.id, None, app.clock.now())?;
        let event = Event::new(Action::ItemDecided)
            .in_store(&item.store.0)
            .ending("leave")
            .with("item", item.id);
        trail::record(app, conn, actor, Some(request.id), &event)?;
    }
    Ok(())
}

/// What a task that is open is about, record by record, so that each can be said to be not theirs.
pub(super) fn listed(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    task: &Task,
) -> Result<Vec<(RunItemId, String)>, ActionError> {
    if request.kind != Kind::Erasure || task.done_at.is_some() {
        return Ok(Vec::new());
    }
    let row = db::runs::store(conn, task.run, &task.store)?.ok_or(ActionError::NotFound)?;
    let key = sealing::key(app, conn, request.id)?;
    records(conn, &row)?
        .into_iter()
        .take(NAMED)
        .map(|item| {
            let described: Described = sealing::open(&key, "run_items", item.id, &item.sealed)?;
            Ok((item.id, described.in_words()))
        })
        .collect()
}

/// Notes on what was left to a person that they have done it; how many there were.
fn settle(
    conn: &mut Conn,
    request: &Request,
    row: &mut RunStore,
    found: bool,
    now: jiff::Timestamp,
) -> Result<u64, ActionError> {
    let mut done = 0;
    if request.kind == Kind::Rectification {
        for field in db::runs::fields(conn, row.run)? {
            let left = matches!(field.outcome, None | Some(ItemOutcome::NeedsPerson));
            if field.store == row.store && field.decision == "accept" && left {
                db::runs::set_field_outcome(conn, field.id, ItemOutcome::Attested, now)?;
                done += 1;
            }
        }
        return Ok(done);
    }
    let by_hand = db::runs::is_by_hand(conn, row.run, &row.store)?;
    let left = db::runs::items_left(conn, row.run, &row.store)?;
    let alone = left.len() == 1;
    for item in left {
        let outcome = match item.decision.as_str() {
            "erase" if by_hand || item.outcome.is_some() => ItemOutcome::Attested,
            "keep" if by_hand => ItemOutcome::Kept,
            _ => continue,
        };
        db::runs::set_outcome(conn, item.id, Some(outcome), now)?;
        // The look itself is no record, unless it is all there is; "nothing was there" is none at all.
        let counts = item.kind != ItemKind::Manual || (found && alone);
        if !counts {
            row.found -= 1;
        } else if outcome == ItemOutcome::Attested {
            row.erased += 1;
            done += 1;
        } else {
            row.kept += 1;
        }
    }
    Ok(done)
}

/// Staff take over what a program cannot do in a store, or not in time: from now on a person does it,
/// and says so.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`] if the store has nothing left to do.
pub async fn hand_over(
    app: &App,
    actor: &Actor,
    reference: Reference,
    store: StoreName,
) -> Result<(), ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let request = decide::load(conn, &actor, &reference)?;
            let run = db::runs::of_request(conn, request.id)?.ok_or(ActionError::NotFound)?;
            let at_work = matches!(
                run.state,
                RunState::Searching | RunState::Running | RunState::Halted
            );
            let mut row = db::runs::store(conn, run.id, &store)?
                .filter(|row| at_work && row.state != StoreState::Done)
                // What lies in our own database is never done by hand.
                .filter(|row| app.store(&row.store).is_none_or(|store| !store.is_ours()))
                .ok_or(ActionError::NotFound)?;
            if db::runs::is_by_hand(conn, run.id, &row.store)? {
                return Err(ActionError::NotFound);
            }
            let id: RunItemId = app.id();
            let key = sealing::key(app, conn, request.id)?;
            let described = Described {
                label: String::new(),
                note: String::new(),
                holds: Vec::new(),
            };
            let item = RunItem {
                id,
                run: run.id,
                store: row.store.clone(),
                // No system has such a key.
                key: ItemKey("\u{1}by hand".to_owned()),
                kind: ItemKind::Manual,
                matched: Match::Sure,
                decision: "erase".to_owned(),
                ground: None,
                keep_until: None,
                decided_by: actor.staff_id(),
                outcome: None,
                outcome_at: None,
                sealed: sealing::seal(&key, "run_items", id, &described)?,
            };
            row.found += i64::from(db::runs::add_item(conn, &item)?);
            row.cursor = None;
            row.verified_at = None;
            row.went_well();
            if row.state == StoreState::Waiting {
                row.searched_at = Some(app.clock.now());
                row.state = StoreState::Searched;
                if request.kind == Kind::Rectification {
                    rectify::propose_by_hand(app, conn, &request, &item)?;
                }
            } else {
                row.state = StoreState::Working;
            }
            let mut event = Event::new(Action::HandedOver).in_store(&row.store.0);
            event.intent = row.intent.take();
            db::runs::save_store(conn, &row)?;
            trail::record(app, conn, &actor, Some(request.id), &event)?;
            run::go_on(app, conn, run.id)
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// What a person is to do in a store that is done by hand.
pub(super) fn by_hand(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    row: &RunStore,
    lang: Lang,
) -> Result<(TaskCause, ToDo), ActionError> {
    let mut todo = ToDo::default();
    let cause = match app.store_file(&row.store).and_then(StoreFile::manual) {
        Some(manual) => {
            todo.add(manual.instructions.of(lang.tag()));
            TaskCause::Manual
        }
        None => TaskCause::HandedOver,
    };
    steps(lang, request).iter().for_each(|step| todo.add(step));
    let key = sealing::key(app, conn, request.id)?;
    if request.kind == Kind::Rectification {
        for field in db::runs::fields(conn, row.run)? {
            if field.store != row.store || field.decision != "accept" {
                continue;
            }
            let said: super::rectify::FieldWords =
                sealing::open(&key, "run_fields", field.id, &field.sealed)?;
            let name = field
                .field
                .parse()
                .map_or_else(|_| field.field.clone(), |field| words::field(lang, field));
            todo.name(format!("{name}: {}", said.new));
        }
        return Ok((cause, todo));
    }
    for item in records(conn, row)? {
        let described: Described = sealing::open(&key, "run_items", item.id, &item.sealed)?;
        todo.name(described.in_words());
    }
    Ok((cause, todo))
}

/// What the right of the person asks of whoever looks.
pub(super) fn steps(lang: Lang, request: &Request) -> Vec<String> {
    vec![lang.text_with("task-step", &[("kind", request.kind.as_str().into())])]
}

/// What people did for a run by hand, with their words: for the pages of staff and for the bundle.
///
/// # Errors
/// [`ActionError`].
pub(super) fn told(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    run: crate::domain::ids::RunId,
) -> Result<Vec<(Task, ToDo, Option<String>)>, ActionError> {
    db::tasks::of_run(conn, run)?
        .into_iter()
        .map(|task| {
            let (todo, said) = words_of(app, conn, request, &task)?;
            Ok((task, todo, said))
        })
        .collect()
}

/// What is to be done in a task, and what they said they did.
///
/// # Errors
/// [`ActionError`].
pub(super) fn words_of(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    task: &Task,
) -> Result<(ToDo, Option<String>), ActionError> {
    let key = sealing::key(app, conn, request.id)?;
    let todo = sealing::open(&key, "tasks", task.id, &task.sealed)?;
    let said = match &task.attestation {
        Some(sealed) => Some(key.open_json(attestation_of(&task.id.to_string()), sealed)?),
        None => None,
    };
    Ok((todo, said))
}

/// The open tasks that an account sees, with their requests.
///
/// # Errors
/// [`ActionError`].
pub(super) fn waiting(
    conn: &mut Conn,
    own: Option<StaffId>,
    limit: i64,
) -> Result<Vec<(Task, Request)>, ActionError> {
    let tasks = match own {
        Some(staff) => db::tasks::open_of(conn, staff, limit)?,
        None => db::tasks::open(conn, limit)?,
    };
    let mut waiting = Vec::new();
    for task in tasks {
        let Some(run) = db::runs::find(conn, task.run)? else {
            continue;
        };
        let Some(request) = run.request else { continue };
        let request = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
        waiting.push((task, request));
    }
    Ok(waiting)
}

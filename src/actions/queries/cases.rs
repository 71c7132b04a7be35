//! One request with all in sight: for its own page and for the pages of the decisions.

use jiff::Timestamp;

use super::{ActionError, Names, Opened, forgotten, names, opened};
use crate::actions::holds::{self, OnPerson};
use crate::actions::rectify::FieldWords;
use crate::actions::run::Described;
use crate::actions::taken::{self, InTheWay};
use crate::actions::tasks::{self, ToDo};
use crate::actions::{decide, sealing, trail};
use crate::app::App;
use crate::db::decisions::Decision;
use crate::db::runs::{ItemCount, Run, RunField, RunItem};
use crate::db::{self, Conn};
use crate::domain::due::DueDates;
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{RunId, RunItemId, StaffId, TaskId};
use crate::domain::incoming::SenderProof;
use crate::domain::reference::Reference;
use crate::domain::request::{DecisionError, Kind, RefusalReason, Request};
use crate::domain::run::RunStore;
use crate::domain::staff::{Permission, Staff};
use crate::domain::store::StoreName;
use crate::domain::task::Task;

/// Records of a store that the page of a request shows at once.
const FIRST: i64 = 50;

/// Records of a store on a page that shows that store alone.
const MORE: i64 = 500;

/// Entries of the trail beside a request.
const ENTRIES: i64 = 12;

/// A request, and what the pages of decisions need of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The request and what was asked.
    pub opened: Opened,
    /// Its run, once identity is proved.
    pub run: Option<Run>,
    /// The stores of the run.
    pub stores: Vec<RunStore>,
    /// How many records share store, decision and outcome.
    pub counts: Vec<ItemCount>,
    /// Its decisions, oldest first; their words stay sealed.
    pub decisions: Vec<Decision>,
    /// Values of a rectification that differ.
    pub fields: usize,
    /// The names of staff.
    pub names: Names,
    /// The legal holds on the person, if there are any.
    pub hold: Option<OnPerson>,
    /// The open copies outside the stores that may hold the person, until the request is closed.
    pub copies: Vec<InTheWay>,
}

/// A decision of staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Do what was asked.
    Accept,
    /// Do not.
    Refuse,
    /// Take two months more.
    Extend,
    /// Ask the person.
    Ask,
}

impl Case {
    /// Whether the law and the state of the request allow a decision now. It tries the very
    /// transition that the decision would make.
    ///
    /// # Errors
    /// [`DecisionError`] with why not.
    pub fn allows(&self, app: &App, deed: Deed) -> Result<(), DecisionError> {
        let (request, now) = (self.opened.request.clone(), app.clock.now());
        match deed {
            Deed::Accept => {
                let kind = request.kind;
                request.accept(now)?;
                let open = self
                    .counts
                    .iter()
                    .any(|count| count.decision == "undecided" && count.count > 0);
                if open && kind == Kind::Erasure {
                    Err(DecisionError::OpenCandidates)
                } else {
                    Ok(())
                }
            }
            Deed::Refuse => request
                .refuse(RefusalReason::IdentityNotEstablished, now)
                .map(drop),
            Deed::Extend => request.extend(&app.calculation(), now).map(drop),
            Deed::Ask => request.ask(now).map(drop),
        }
    }

    /// The reasons for which it could be refused now.
    pub fn refusal_reasons(&self, app: &App) -> Vec<RefusalReason> {
        let (request, now) = (&self.opened.request, app.clock.now());
        let possible = |reason: &RefusalReason| {
            reason.fits(request.kind) && request.clone().refuse(*reason, now).is_ok()
        };
        RefusalReason::ALL
            .iter()
            .copied()
            .filter(possible)
            .collect()
    }

    /// How many records share a decision.
    pub fn count(&self, decision: &str) -> i64 {
        self.counts
            .iter()
            .filter(|count| count.decision == decision)
            .map(|count| count.count)
            .sum()
    }

    /// How many records of a store share a decision.
    pub fn count_in(&self, store: &StoreName, decision: &str) -> i64 {
        let of_store = self
            .counts
            .iter()
            .filter(|count| count.store == *store && count.decision == decision);
        of_store.map(|count| count.count).sum()
    }

    /// The acceptance that waits for a second person.
    pub fn proposed(&self) -> Option<&Decision> {
        self.decisions
            .iter()
            .find(|decision| decision.kind == "accept" && decision.state == "proposed")
    }

    /// The acceptance in force.
    pub fn accepted(&self) -> Option<&Decision> {
        self.decisions
            .iter()
            .find(|decision| decision.kind == "accept" && decision.state == "in_force")
    }

    /// When the last store was searched, once all were.
    pub fn searched_at(&self) -> Option<Timestamp> {
        let all: Option<Vec<Timestamp>> =
            self.stores.iter().map(|store| store.searched_at).collect();
        all?.into_iter().max()
    }

    /// The due dates, if an open question were answered now.
    pub fn due_if_answered(&self, app: &App) -> DueDates {
        let mut due = self.opened.request.due;
        due.go_on(
            &app.calculation(),
            self.opened.request.received.on,
            app.clock.now(),
        );
        due
    }

    /// Who it was, as colleagues know them.
    pub fn name(&self, staff: Option<StaffId>) -> Option<&str> {
        self.names.get(&staff?).map(String::as_str)
    }
}

fn load(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    reference: &Reference,
) -> Result<Case, ActionError> {
    let request = decide::load(conn, actor, reference)?;
    of(app, conn, actor, request)
}

fn of(app: &App, conn: &mut Conn, actor: &Actor, request: Request) -> Result<Case, ActionError> {
    let run = db::runs::of_request(conn, request.id)?;
    let (stores, counts, fields) = match &run {
        Some(run) => (
            db::runs::stores(conn, run.id)?,
            db::runs::count_items(conn, run.id)?,
            db::runs::fields(conn, run.id)?.len(),
        ),
        None => (Vec::new(), Vec::new(), 0),
    };
    let decisions = db::decisions::of_request(conn, request.id)?;
    let digests = holds::digests_of(app, conn, &request)?;
    Ok(Case {
        copies: taken::standing(app, conn, &request, &digests, &stores)?,
        hold: holds::standing(app, conn, actor, &digests)?,
        opened: opened(app, conn, request)?,
        run,
        stores,
        counts,
        decisions,
        fields,
        names: names(conn)?,
    })
}

fn viewed(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    case: &Case,
    page: &str,
) -> Result<(), ActionError> {
    trail::record(
        app,
        conn,
        actor,
        Some(case.opened.request.id),
        &Event::new(Action::Viewed).with("page", page),
    )?;
    Ok(())
}

/// A request for the page of a decision. The look is recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`].
pub async fn decision(app: &App, actor: &Actor, reference: Reference) -> Result<Case, ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let case = load(&inner, conn, &actor, &reference)?;
            viewed(&inner, conn, &actor, &case, "decision")?;
            Ok(case)
        })
        .await
}

/// The run of a request: figures and troubles, no personal data, so no entry.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`] before there is a run.
pub async fn run(
    app: &App,
    actor: &Actor,
    reference: Reference,
) -> Result<(Case, Run), ActionError> {
    actor.may(Permission::Work)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let mut case = load(&inner, conn, &actor, &reference)?;
            case.opened.asked = None;
            if let Some(hold) = &mut case.hold {
                hold.matters.clear();
            }
            let run = case.run.clone().ok_or(ActionError::NotFound)?;
            Ok((case, run))
        })
        .await
}

/// The tasks of a run, without their words: for the page of the run.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn tasks(app: &App, run: RunId) -> Result<Vec<Task>, ActionError> {
    Ok(app
        .db
        .read(move |conn| db::tasks::of_run(conn, run))
        .await?)
}

/// A task, with the request it belongs to.
#[derive(Clone, Debug)]
pub struct TaskCase {
    /// The request.
    pub case: Case,
    /// Whether who looks may see more of the request than this task.
    pub sees_request: bool,
    /// The task.
    pub task: Task,
    /// What is to be done.
    pub todo: ToDo,
    /// The records of an open removal, each of which may turn out to be somebody else's.
    pub records: Vec<(RunItemId, String)>,
    /// What they said they did.
    pub said: Option<String>,
}

/// A task for its own page, also for whose task it is and who sees no more of the request. The look is
/// recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`] if the request has no such task.
pub async fn task(
    app: &App,
    actor: &Actor,
    reference: Reference,
    id: TaskId,
) -> Result<TaskCase, ActionError> {
    actor.may(Permission::Work)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (request, task) = tasks::load(conn, &actor, &reference, id)?;
            let sees_request = decide::may_see(&actor, &request);
            let (todo, said) = tasks::words_of(&inner, conn, &request, &task)?;
            let records = tasks::listed(&inner, conn, &request, &task)?;
            let case = of(&inner, conn, &actor, request)?;
            viewed(&inner, conn, &actor, &case, "task")?;
            Ok(TaskCase {
                case,
                sees_request,
                task,
                todo,
                records,
                said,
            })
        })
        .await
}

/// A record of a run with its words.
#[derive(Clone, Debug)]
pub struct FoundItem {
    /// The record.
    pub item: RunItem,
    /// Its words, until they are forgotten.
    pub described: Option<Described>,
}

/// A message or note with its words.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whether the person wrote it.
    pub by_subject: bool,
    /// Who wrote it, if staff did.
    pub staff: Option<StaffId>,
    /// Whether only staff see it.
    pub internal: bool,
    /// The text.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// For one that came by mail: whether the sender's domain was proved.
    pub mailed: Option<bool>,
}

/// Records of one store, and where more start.
#[derive(Clone, Debug)]
pub struct StoreItems {
    /// Which store.
    pub store: StoreName,
    /// Its records.
    pub items: Vec<FoundItem>,
    /// After which record more start, if there are more.
    pub next: Option<RunItemId>,
}

/// A request with all in sight.
#[derive(Clone, Debug)]
pub struct Sight {
    /// The request.
    pub case: Case,
    /// Possible matches without an answer.
    pub candidates: Vec<FoundItem>,
    /// What was found.
    pub records: Vec<StoreItems>,
    /// Messages and notes, oldest first.
    pub messages: Vec<Written>,
    /// Letters to the person that came back or never left, newest first.
    pub returned: Vec<db::outbox::Letter>,
    /// The newest entries of the trail.
    pub trail: Vec<db::audit::Entry>,
    /// How many entries there are.
    pub trail_count: i64,
    /// Other requests of the same address, newest first.
    pub earlier: Vec<crate::domain::request::Request>,
    /// Accounts that it can be assigned to.
    pub staff: Vec<Staff>,
}

/// One store alone, from a record on.
#[derive(Clone, Debug)]
pub struct Only {
    /// Which store.
    pub store: StoreName,
    /// After this record.
    pub after: Option<RunItemId>,
}

/// A request with all in sight; with `only`, more records of one store. The look is recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`].
pub async fn request(
    app: &App,
    actor: &Actor,
    reference: Reference,
    only: Option<Only>,
) -> Result<Sight, ActionError> {
    actor.may(Permission::Work)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let case = load(app, conn, &actor, &reference)?;
            let id = case.opened.request.id;
            let mut records = Vec::new();
            let mut candidates = Vec::new();
            if let Some(run) = &case.run {
                let open = db::runs::candidates(conn, run.id, FIRST)?;
                candidates = described(app, conn, &case, open)?;
                for row in case.stores.iter().filter(|row| row.found > 0) {
                    let (after, limit) = match &only {
                        Some(only) if only.store == row.store => (only.after, MORE),
                        Some(_) => continue,
                        None => (None, FIRST),
                    };
                    let mut items = db::runs::items(conn, run.id, &row.store, after, limit + 1)?;
                    let more = items.len() > limit as usize;
                    items.truncate(limit as usize);
                    let next = items.last().filter(|_| more).map(|last| last.id);
                    records.push(StoreItems {
                        store: row.store.clone(),
                        items: described(app, conn, &case, items)?,
                        next,
                    });
                }
            }
            let filter = db::audit::TrailFilter {
                request: Some(id),
                ..Default::default()
            };
            let email = case
                .opened
                .asked
                .as_ref()
                .and_then(|asked| Email::parse(&asked.email).ok());
            let digests = match email {
                Some(email) => app.address_digests(&email),
                None => vec![case.opened.request.address.clone()],
            };
            let mut earlier = db::requests::of_address(conn, &digests, 20)?;
            earlier.retain(|other| other.id != id && decide::may_see(&actor, other));
            viewed(app, conn, &actor, &case, "request")?;
            Ok(Sight {
                candidates,
                records,
                messages: messages(app, conn, &case)?,
                returned: db::outbox::failed_about(conn, id)?,
                trail: db::audit::page(conn, &filter, ENTRIES)?,
                trail_count: db::audit::count_of_request(conn, id)?,
                earlier,
                staff: super::desk::workers(conn)?,
                case,
            })
        })
        .await
}

fn described(
    app: &App,
    conn: &mut Conn,
    case: &Case,
    items: Vec<RunItem>,
) -> Result<Vec<FoundItem>, ActionError> {
    let key = forgotten(sealing::key(app, conn, case.opened.request.id))?;
    items
        .into_iter()
        .map(|item| {
            let described = match &key {
                Some(key) => forgotten(sealing::open(key, "run_items", item.id, &item.sealed))?,
                None => None,
            };
            Ok(FoundItem { item, described })
        })
        .collect()
}

fn messages(app: &App, conn: &mut Conn, case: &Case) -> Result<Vec<Written>, ActionError> {
    let id = case.opened.request.id;
    let Some(key) = forgotten(sealing::key(app, conn, id))? else {
        return Ok(Vec::new());
    };
    db::decisions::messages_of(conn, id)?
        .into_iter()
        .map(|message| {
            let mail = match message.incoming {
                Some(id) => db::incoming::find(conn, id)?,
                None => None,
            };
            let proved = |mail: db::incoming::Incoming| {
                mail.judged
                    .is_some_and(|judged| judged.proof == SenderProof::Pass)
            };
            Ok(Written {
                mailed: message.incoming.map(|_| mail.is_some_and(proved)),
                by_subject: message.by_subject,
                staff: message.staff,
                internal: message.internal,
                text: sealing::open(&key, "messages", message.id, &message.sealed)?,
                at: message.at,
            })
        })
        .collect()
}

/// One record of a request. The look is recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`].
pub async fn item(
    app: &App,
    actor: &Actor,
    reference: Reference,
    item: RunItemId,
) -> Result<(Case, FoundItem), ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let case = load(&inner, conn, &actor, &reference)?;
            let run = case.run.as_ref().ok_or(ActionError::NotFound)?.id;
            let item = db::runs::item(conn, item)?
                .filter(|item| item.run == run)
                .ok_or(ActionError::NotFound)?;
            let found = described(&inner, conn, &case, vec![item])?
                .pop()
                .ok_or(ActionError::NotFound)?;
            viewed(&inner, conn, &actor, &case, "item")?;
            Ok((case, found))
        })
        .await
}

/// One value of a rectification, wherever it stands.
#[derive(Clone, Debug)]
pub struct Value {
    /// The rows that it stands for; the first names it.
    pub ids: Vec<RunItemId>,
    /// Which field.
    pub field: String,
    /// What we hold.
    pub old: Option<String>,
    /// What was asked for.
    pub new: String,
    /// The stores that hold it.
    pub stores: Vec<StoreName>,
    /// `accept`, `refuse` or `undecided`.
    pub decision: String,
    /// The reason code of a refusal.
    pub reason: Option<String>,
}

/// The values of a rectification: the same change in many records is one decision. The look is recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`] before there is a run.
pub async fn values(
    app: &App,
    actor: &Actor,
    reference: Reference,
) -> Result<(Case, Vec<Value>), ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let case = load(&inner, conn, &actor, &reference)?;
            let run = case.run.as_ref().ok_or(ActionError::NotFound)?.id;
            let key = forgotten(sealing::key(&inner, conn, case.opened.request.id))?;
            let mut values: Vec<Value> = Vec::new();
            for field in db::runs::fields(conn, run)? {
                let words = match &key {
                    Some(key) => {
                        forgotten(sealing::open(key, "run_fields", field.id, &field.sealed))?
                    }
                    None => None,
                };
                if let Some(words) = words {
                    gather(&mut values, field, words);
                }
            }
            viewed(&inner, conn, &actor, &case, "rectification")?;
            Ok((case, values))
        })
        .await
}

fn gather(values: &mut Vec<Value>, field: RunField, words: FieldWords) {
    let same = values.iter_mut().find(|value| {
        value.field == field.field
            && value.old == words.old
            && value.new == words.new
            && value.decision == field.decision
            && value.reason == field.reason
    });
    match same {
        Some(value) => {
            value.ids.push(field.id);
            if !value.stores.contains(&field.store) {
                value.stores.push(field.store);
            }
        }
        None => values.push(Value {
            ids: vec![field.id],
            field: field.field,
            old: words.old,
            new: words.new,
            stores: vec![field.store],
            decision: field.decision,
            reason: field.reason,
        }),
    }
}

//! Decisions of staff: accept, refuse, extend, ask, withdraw, and what becomes of each record.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{ActionError, certificate, holds, letters, messages, sealing, status, trail};
use crate::app::App;
use crate::db::decisions::Decision;
use crate::db::runs::Run;
use crate::db::{self, Conn, DbError};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{DecisionId, RequestId, RunId, RunItemId};
use crate::domain::job::Job;
use crate::domain::reference::Reference;
use crate::domain::request::{
    Asked, DecisionError, Kind, Progress, RefusalReason, Request, Version,
};
use crate::domain::run::{Cause, RunState};
use crate::domain::staff::Permission;
use crate::domain::store::Ground;
use crate::journal::Line;
use crate::mail::letters::Letter;

/// A request by its reference, if this person may see it. A subcontractor sees only what is assigned to them.
pub(super) fn load(
    conn: &mut Conn,
    actor: &Actor,
    reference: &Reference,
) -> Result<Request, ActionError> {
    let request = db::requests::by_reference(conn, reference)?.ok_or(ActionError::NotFound)?;
    if may_see(actor, &request) {
        Ok(request)
    } else {
        Err(ActionError::NotFound)
    }
}

/// Whether this person may see a request at all.
pub(super) fn may_see(actor: &Actor, request: &Request) -> bool {
    match actor {
        Actor::Staff { id, role } => !role.sees_only_own() || request.assignee == Some(*id),
        Actor::Subject | Actor::System | Actor::Operator => true,
    }
}

/// Writes a letter to the person of a request, in their language, at the proved address.
pub(super) fn write_to_subject(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    cause: &str,
    letter: &Letter,
) -> Result<(), ActionError> {
    let asked: Asked = sealing::open(
        &sealing::key(app, conn, request.id)?,
        "requests",
        request.id,
        &request.sealed,
    )?;
    let lang = letters::lang(app, &request.lang);
    letters::post(
        app,
        conn,
        cause,
        Some(request.id),
        &asked.email,
        lang,
        letter,
    )
}

/// A decision as it is taken.
struct Taken<'a> {
    /// `accept`, `refuse`, `extend`, `ask` or `withdraw`.
    kind: &'static str,
    /// `proposed` or `in_force`.
    state: &'static str,
    /// The reason code, where one is needed.
    reason: Option<&'static str>,
    /// The words to the person.
    words: &'a str,
}

impl<'a> Taken<'a> {
    /// In force at once, with words.
    fn now(kind: &'static str, words: &'a str) -> Taken<'a> {
        Taken {
            kind,
            state: "in_force",
            reason: None,
            words,
        }
    }
}

/// Stores a decision, sealed with the request's key.
fn decided(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    request: RequestId,
    taken: &Taken<'_>,
) -> Result<(), ActionError> {
    let id: DecisionId = app.id();
    let key = sealing::key(app, conn, request)?;
    db::decisions::insert(
        conn,
        &Decision {
            id,
            request,
            kind: taken.kind.to_owned(),
            state: taken.state.to_owned(),
            reason: taken.reason.map(ToOwned::to_owned),
            sealed: sealing::seal(&key, "decisions", id, &taken.words)?,
            taken_by: actor.staff_id(),
            taken_at: app.clock.now(),
            seconded_by: None,
            seconded_at: None,
        },
    )?;
    Ok(())
}

/// What an acceptance led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The run has started.
    Started,
    /// A second person must agree.
    Proposed,
}

/// Staff accept: the run starts, or a second person is awaited. The second acceptance by
/// another person starts it.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Decision`] with why not.
pub async fn accept(
    app: &App,
    actor: &Actor,
    reference: Reference,
    seen: Version,
) -> Result<Accepted, ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor) = (app.clone(), actor.clone());
    let journal = app.journal.clone();
    let accepted = app
        .db
        .write_then(
            move |conn| -> Result<_, ActionError> {
                let (app, actor) = (&inner, &actor);
                let request = load(conn, actor, &reference)?.at_version(seen)?;
                let run =
                    db::runs::of_request(conn, request.id)?.ok_or(DecisionError::NotProved)?;
                ready(conn, &request, &run)?;
                let first = db::decisions::of_request(conn, request.id)?
                    .into_iter()
                    .find(|decision| decision.kind == "accept" && decision.state == "proposed");
                let two_needed = app.config.requests.two_people.contains(&request.kind);
                match first {
                    Some(first) if two_needed => {
                        if first.taken_by == actor.staff_id() {
                            return Err(DecisionError::SamePerson.into());
                        }
                        db::decisions::second(conn, first.id, actor.staff_id(), app.clock.now())?;
                    }
                    _ if two_needed => {
                        let (mut request, event) = request.propose()?;
                        db::requests::save(conn, &mut request)?;
                        trail::record(app, conn, actor, Some(request.id), &event)?;
                        decided(
                            app,
                            conn,
                            actor,
                            request.id,
                            &Taken {
                                state: "proposed",
                                ..Taken::now("accept", "")
                            },
                        )?;
                        return Ok((Accepted::Proposed, None));
                    }
                    _ => decided(app, conn, actor, request.id, &Taken::now("accept", ""))?,
                }
                let now = app.clock.now();
                let (mut request, event) = request.accept(now)?;
                db::requests::save(conn, &mut request)?;
                trail::record(app, conn, actor, Some(request.id), &event)?;
                db::runs::set_state(conn, run.id, RunState::Running, now)?;
                let guarded = match request.kind {
                    Kind::Erasure => guard_person(app, conn, &request, run.id, now)?,
                    Kind::Access | Kind::Rectification | Kind::Objection => None,
                };
                db::jobs::enqueue(conn, app.id(), &Job::Run(run.id), now)?;
                Ok((Accepted::Started, guarded))
            },
            move |(_, guarded)| match guarded {
                // A database that is put back from before must hear of it.
                Some(line) => journal
                    .append(std::slice::from_ref(line))
                    .map_err(ActionError::Journal),
                None => Ok(()),
            },
        )
        .await?;
    app.wake.notify_one();
    Ok(accepted.0)
}

/// Whether everything that staff must answer before an acceptance is answered.
fn ready(conn: &mut Conn, request: &Request, run: &Run) -> Result<(), ActionError> {
    if run.state == RunState::Searching {
        return Err(DecisionError::StillSearching.into());
    }
    let open = !db::runs::candidates(conn, run.id, 1)?.is_empty();
    match request.kind {
        Kind::Erasure | Kind::Access if open => Err(DecisionError::OpenCandidates.into()),
        Kind::Erasure | Kind::Access | Kind::Objection => Ok(()),
        Kind::Rectification => {
            let fields = db::runs::fields(conn, run.id)?;
            let found: i64 = db::runs::stores(conn, run.id)?
                .iter()
                .map(|store| store.found)
                .sum();
            if fields.iter().any(|field| field.decision == "undecided") {
                Err(DecisionError::OpenFields.into())
            } else if fields.is_empty() && found > 0 {
                Err(DecisionError::NothingToCorrect.into())
            } else {
                Ok(())
            }
        }
    }
}

/// From the acceptance on no import brings an old record of the person back, unless they asked
/// for some of it only.
fn guard_person(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    run: RunId,
    now: Timestamp,
) -> Result<Option<Line>, ActionError> {
    let key = sealing::key(app, conn, request.id)?;
    let asked: Asked = sealing::open(&key, "requests", request.id, &request.sealed)?;
    if asked.only_some {
        return Ok(None);
    }
    let everything = db::guards::EVERYTHING;
    db::guards::guard_erasure(
        conn,
        app.id(),
        &request.address,
        everything,
        everything,
        Cause::Request.as_str(),
        now,
    )?;
    let email = Email::parse(&asked.email).map_err(|error| {
        DbError::Internal(format!("the address of request {}: {error}", request.id))
    })?;
    Ok(Some(Line::PersonGuarded {
        address_digest: app.keys.address_digest(email.normalised()),
        at: now,
        run: run.0,
    }))
}

/// Staff refuse, with a reason code and words; the letter names the remedies (Art. 12(4)).
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Invalid`] without
/// words, [`ActionError::Decision`].
pub async fn refuse(
    app: &App,
    actor: &Actor,
    reference: Reference,
    seen: Version,
    reason: RefusalReason,
    words: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor, words) = (
        app.clone(),
        actor.clone(),
        messages::checked(words, "details")?,
    );
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, actor) = (&inner, &actor);
            let now = app.clock.now();
            let (mut request, event) = load(conn, actor, &reference)?
                .at_version(seen)?
                .refuse(reason, now)?;
            db::requests::save(conn, &mut request)?;
            trail::record(app, conn, actor, Some(request.id), &event)?;
            db::decisions::drop_proposed(conn, request.id)?;
            let taken = Taken {
                reason: Some(reason.as_str()),
                ..Taken::now("refuse", &words)
            };
            decided(app, conn, actor, request.id, &taken)?;
            cancel_run(app, conn, request.id)?;
            certificate::issue(app, conn, &request)?;
            let letter = Letter::Refusal {
                kind: request.kind,
                reference: request.reference.to_string(),
                reason: words.clone(),
                authority: letters::authority(app),
                link: status::new_link(app, conn, request.id)?,
            };
            write_to_subject(
                app,
                conn,
                &request,
                &format!("refused:{}", request.id),
                &letter,
            )
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Nothing is to be done in the stores any more.
pub(super) fn cancel_run(
    app: &App,
    conn: &mut Conn,
    request: RequestId,
) -> Result<(), ActionError> {
    if let Some(run) = db::runs::of_request(conn, request)? {
        db::runs::set_state(conn, run.id, RunState::Cancelled, app.clock.now())?;
        db::jobs::cancel(conn, &Job::Search(run.id))?;
    }
    db::jobs::cancel(conn, &Job::Unassigned(request))?;
    Ok(())
}

/// Staff put the answer off to three months from receipt; the person is told why, within the
/// first month (Art. 12(3)).
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Invalid`] without
/// words, [`ActionError::Decision`].
pub async fn extend(
    app: &App,
    actor: &Actor,
    reference: Reference,
    seen: Version,
    words: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor, words) = (
        app.clone(),
        actor.clone(),
        messages::checked(words, "details")?,
    );
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, actor) = (&inner, &actor);
            let found = load(conn, actor, &reference)?.at_version(seen)?;
            let (mut request, event) = found.extend(&app.calculation(), app.clock.now())?;
            db::requests::save(conn, &mut request)?;
            trail::record(app, conn, actor, Some(request.id), &event)?;
            decided(app, conn, actor, request.id, &Taken::now("extend", &words))?;
            let letter = Letter::Extension {
                reference: request.reference.to_string(),
                reason: words.clone(),
                due: letters::lang(app, &request.lang).date_long(request.due.strict),
                link: status::new_link(app, conn, request.id)?,
            };
            write_to_subject(
                app,
                conn,
                &request,
                &format!("extended:{}", request.id),
                &letter,
            )
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Staff ask the person for something; the second clock stands still until the answer.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Invalid`] without
/// words, [`ActionError::Decision`].
pub async fn ask(
    app: &App,
    actor: &Actor,
    reference: Reference,
    seen: Version,
    words: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor, words) = (
        app.clone(),
        actor.clone(),
        messages::checked(words, "details")?,
    );
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, actor) = (&inner, &actor);
            let (mut request, event) = load(conn, actor, &reference)?
                .at_version(seen)?
                .ask(app.clock.now())?;
            db::requests::save(conn, &mut request)?;
            trail::record(app, conn, actor, Some(request.id), &event)?;
            db::decisions::drop_proposed(conn, request.id)?;
            decided(app, conn, actor, request.id, &Taken::now("ask", &words))?;
            let new = messages::New::ToSubject(actor.staff_id());
            let id = messages::insert(app, conn, request.id, new, &words)?;
            let letter = Letter::Question {
                reference: request.reference.to_string(),
                link: status::new_link(app, conn, request.id)?,
            };
            write_to_subject(app, conn, &request, &format!("question:{id}"), &letter)
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// The person takes the request back.
///
/// # Errors
/// [`ActionError::NotFound`], [`ActionError::Decision`] once work on the stores has started.
pub async fn withdraw(app: &App, request: RequestId) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let now = app.clock.now();
            let found = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
            let (mut request, event) = found.withdraw(now)?;
            db::requests::save(conn, &mut request)?;
            trail::record(app, conn, &Actor::Subject, Some(request.id), &event)?;
            db::decisions::drop_proposed(conn, request.id)?;
            decided(
                app,
                conn,
                &Actor::Subject,
                request.id,
                &Taken::now("withdraw", ""),
            )?;
            cancel_run(app, conn, request.id)?;
            let letter = Letter::Withdrawn {
                kind: request.kind,
                reference: request.reference.to_string(),
                on: letters::moment(app, letters::lang(app, &request.lang), now),
            };
            write_to_subject(
                app,
                conn,
                &request,
                &format!("withdrawn:{}", request.id),
                &letter,
            )
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// What staff want to become of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemChoice {
    /// It goes.
    Erase,
    /// It goes when the legal hold on the person has ended.
    EraseAfterHold,
    /// It stays on this ground, until a day if there is one.
    Keep(Ground, Option<Date>),
    /// It is not the person's: it is left alone.
    Leave,
}

/// Staff decide otherwise than the rules proposed, or answer whether a possible match is the person.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Invalid`] without
/// words where the proposal is changed, [`ActionError::Decision`] once the run has started.
pub async fn decide_item(
    app: &App,
    actor: &Actor,
    reference: Reference,
    item: RunItemId,
    choice: ItemChoice,
    words: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor, words) = (app.clone(), actor.clone(), words.trim().to_owned());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, actor) = (&inner, &actor);
            let request = load(conn, actor, &reference)?;
            let item = db::runs::item(conn, item)?.ok_or(ActionError::NotFound)?;
            let run = db::runs::of_request(conn, request.id)?.ok_or(ActionError::NotFound)?;
            if item.run != run.id {
                return Err(ActionError::NotFound);
            }
            let may_change = match run.state {
                RunState::Searching | RunState::Proposed => true,
                // A run that found a new possible match waits for the answer to it alone.
                RunState::Running | RunState::Halted => item.decision == "undecided",
                RunState::Done | RunState::Cancelled => false,
            };
            if !may_change || request.is_closed() {
                return Err(DecisionError::RunStarted.into());
            }
            let answers_candidate = item.decision == "undecided";
            // Who the record is about can be said under a hold; that it goes now cannot.
            if choice == ItemChoice::Erase
                && !answers_candidate
                && holds::is_held(app, conn, &request)?
            {
                return Err(DecisionError::UnderHold.into());
            }
            let two_needed = app.config.requests.two_people.contains(&request.kind);
            if answers_candidate
                && run.state != RunState::Proposed
                && two_needed
                && matches!(choice, ItemChoice::Erase | ItemChoice::EraseAfterHold)
            {
                // The acceptance did not cover it: two people say so for it, too.
                match item.decided_by {
                    None => {
                        db::runs::decide_item(
                            conn,
                            item.id,
                            "undecided",
                            None,
                            None,
                            actor.staff_id(),
                        )?;
                        let event = Event::new(Action::Proposed)
                            .in_store(&item.store.0)
                            .with("item", item.id);
                        trail::record(app, conn, actor, Some(request.id), &event)?;
                        return Ok(());
                    }
                    by if by == actor.staff_id() => return Err(DecisionError::SamePerson.into()),
                    Some(_) => {}
                }
            }
            if !answers_candidate && words.is_empty() {
                return Err(ActionError::Invalid {
                    field: "reason",
                    message: "error-text-missing",
                });
            }
            let (decision, ground, until) = match choice {
                ItemChoice::Erase | ItemChoice::EraseAfterHold => ("erase", None, None),
                ItemChoice::Keep(ground, until) => ("keep", Some(ground.as_str()), until),
                ItemChoice::Leave => ("leave", None, None),
            };
            db::runs::decide_item(conn, item.id, decision, ground, until, actor.staff_id())?;
            let action = if answers_candidate {
                Action::CandidateAnswered
            } else {
                Action::ItemDecided
            };
            let mut event = Event::new(action)
                .in_store(&item.store.0)
                .ending(decision)
                .with("item", item.id);
            if let Some(ground) = ground {
                event = event.because(ground);
            }
            if !words.is_empty() {
                event = event.about(&words);
                let note = format!("{decision}: {words}");
                let new = messages::New::Note(actor.staff_id(), None);
                messages::insert(app, conn, request.id, new, &note)?;
            }
            trail::record(app, conn, actor, Some(request.id), &event)?;
            back_to_deciding(conn, request)?;
            if matches!(run.state, RunState::Halted | RunState::Running) {
                super::run::go_on(app, conn, run.id)?;
            }
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// A change after the first of two people agreed needs both again.
fn back_to_deciding(conn: &mut Conn, mut request: Request) -> Result<Version, ActionError> {
    if request.progress == Progress::Second {
        db::decisions::drop_proposed(conn, request.id)?;
        request.progress = Progress::ToDecide;
    }
    db::requests::save(conn, &mut request)?;
    Ok(request.version)
}

/// The decision on one field of a rectification.
#[derive(Clone, Debug)]
pub struct FieldChoice {
    /// Which.
    pub field: RunItemId,
    /// The reason why not, or `None` to accept.
    pub refused: Option<RefusalReason>,
}

/// Staff decide on the fields of a rectification; the version that the request then has.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Decision`].
pub async fn decide_fields(
    app: &App,
    actor: &Actor,
    reference: Reference,
    seen: Version,
    choices: Vec<FieldChoice>,
) -> Result<Version, ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, actor) = (&inner, &actor);
            let request = load(conn, actor, &reference)?.at_version(seen)?;
            let run = db::runs::of_request(conn, request.id)?.ok_or(ActionError::NotFound)?;
            if run.state != RunState::Proposed {
                return Err(DecisionError::RunStarted.into());
            }
            let fields = db::runs::fields(conn, run.id)?;
            for choice in &choices {
                let field = fields
                    .iter()
                    .find(|field| field.id == choice.field)
                    .ok_or(ActionError::NotFound)?;
                let decision = if choice.refused.is_some() {
                    "refuse"
                } else {
                    "accept"
                };
                let reason = choice.refused.map(RefusalReason::as_str);
                if field.decision == decision && field.reason.as_deref() == reason {
                    continue;
                }
                db::runs::decide_field(conn, field.id, decision, reason)?;
                let mut event = Event::new(Action::FieldDecided)
                    .in_store(&field.store.0)
                    .ending(decision)
                    .with("field", &field.field);
                if let Some(reason) = reason {
                    event = event.because(reason);
                }
                trail::record(app, conn, actor, Some(request.id), &event)?;
            }
            back_to_deciding(conn, request)
        })
        .await
}

/// Restricts processing while something is checked, or lifts the restriction (Art. 18).
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Decision`].
pub async fn restrict(
    app: &App,
    actor: &Actor,
    reference: Reference,
    seen: Version,
    restricted: bool,
) -> Result<(), ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let found = load(conn, &actor, &reference)?.at_version(seen)?;
            let (mut request, event) = found.restrict(restricted, inner.clock.now())?;
            db::requests::save(conn, &mut request)?;
            trail::record(&inner, conn, &actor, Some(request.id), &event)?;
            Ok(())
        })
        .await
}

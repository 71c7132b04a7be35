//! From the data subject: proving the mailbox. A GET looks and changes nothing; a POST
//! confirms or denies. The one way from a submission to a request goes through here.

use jiff::Timestamp;
use jiff::civil::Date;

use super::submit::Pending;
use super::{ActionError, letters, messages, sealing, status, trail};
use crate::app::App;
use crate::auth::token::{Code, Token};
use crate::db::submissions::Submission;
use crate::db::{self, Conn};
use crate::domain::due::DueDates;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{RequestId, RunId};
use crate::domain::job::Job;
use crate::domain::reference::Reference;
use crate::domain::request::{
    AddressDigest, Asked, Kind, Progress, Proof, Receipt, Regime, Request, Stage, Version, Via,
};
use crate::domain::run::{Cause, RunState};
use crate::mail::letters::Letter;
use crate::seal::{Digest, random};

/// After so many wrong codes the link is dead; another can be asked for.
pub const CODE_TRIES: i32 = 5;

/// What a mailed link leads to.
#[derive(Clone, Debug)]
pub enum Link {
    /// It waits for its confirmation.
    Waiting {
        /// What was asked.
        kind: Kind,
        /// When.
        received_at: Timestamp,
        /// The address with its middle hidden.
        masked: String,
        /// Whether only some of the data is meant.
        only_some: bool,
        /// Wrong codes that are still allowed.
        tries_left: i32,
    },
    /// It was confirmed before, and this is the request.
    Confirmed {
        /// The reference.
        reference: Reference,
    },
    /// The person said that they did not ask.
    Denied,
    /// Too many wrong codes.
    Locked,
}

/// Looks at a mailed link; changes nothing.
///
/// # Errors
/// [`ActionError::NotFound`] for a token that is none, or whose time is over.
pub async fn look(app: &App, token: &str) -> Result<Link, ActionError> {
    let (inner, hash) = (app.clone(), hash(token)?);
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let submission = live(&inner, conn, &hash)?;
            Ok(match submission.state.as_str() {
                "confirmed" => Link::Confirmed {
                    reference: reference_of(conn, &submission)?,
                },
                "denied" => Link::Denied,
                "locked" => Link::Locked,
                _ => {
                    let asked = pending(&inner, conn, &submission)?.asked;
                    Link::Waiting {
                        kind: submission.kind,
                        received_at: submission.received_at,
                        masked: crate::domain::email::Email::parse(&asked.email)
                            .map_or_else(|_| String::new(), |email| email.masked()),
                        only_some: asked.only_some,
                        tries_left: CODE_TRIES - submission.attempts,
                    }
                }
            })
        })
        .await
}

/// What became of a confirmation.
#[derive(Clone, Debug)]
pub enum Confirmed {
    /// It counts; this browser may follow it with this token.
    Done {
        /// The request, new or joined.
        request: Box<Request>,
        /// The token of the session.
        session: String,
    },
    /// The code is wrong.
    WrongCode {
        /// Wrong codes that are still allowed.
        tries_left: i32,
    },
    /// It was ended before: confirmed, denied or locked.
    Over(Link),
}

/// Confirms what was asked: the mailbox is proved. Confirming twice is the same as once.
///
/// # Errors
/// [`ActionError::NotFound`] for a token that is none, or whose time is over.
pub async fn confirm(app: &App, token: &str, code: &str) -> Result<Confirmed, ActionError> {
    let (inner, hash, code) = (app.clone(), hash(token)?, Code::parse(code));
    let confirmed = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let submission = live(app, conn, &hash)?;
            match submission.state.as_str() {
                "waiting" => {}
                "confirmed" => {
                    return Ok(Confirmed::Over(Link::Confirmed {
                        reference: reference_of(conn, &submission)?,
                    }));
                }
                "denied" => return Ok(Confirmed::Over(Link::Denied)),
                _ => return Ok(Confirmed::Over(Link::Locked)),
            }
            if !code_is_right(app, &submission, code) {
                let tries = db::submissions::count_wrong_code(conn, submission.id, CODE_TRIES)?;
                trail::record(
                    app,
                    conn,
                    &Actor::Subject,
                    Some(submission.id),
                    &Event::new(Action::CodeRefused),
                )?;
                return Ok(Confirmed::WrongCode {
                    tries_left: CODE_TRIES - tries,
                });
            }
            let request = accept_proof(app, conn, &submission)?;
            let session = status::open_session(app, conn, request.id)?;
            Ok(Confirmed::Done {
                request: Box::new(request),
                session,
            })
        })
        .await?;
    app.wake.notify_one();
    Ok(confirmed)
}

/// The person did not ask: the submission is forgotten.
///
/// # Errors
/// [`ActionError::NotFound`] for a token that is none, or whose time is over.
pub async fn deny(app: &App, token: &str) -> Result<(), ActionError> {
    let (inner, hash) = (app.clone(), hash(token)?);
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let submission = live(&inner, conn, &hash)?;
            if submission.state == "waiting" {
                db::submissions::finish(conn, submission.id, "denied", submission.request)?;
                trail::record(
                    &inner,
                    conn,
                    &Actor::Subject,
                    Some(submission.id),
                    &Event::new(Action::Denied),
                )?;
            }
            Ok(())
        })
        .await
}

fn hash(token: &str) -> Result<Vec<u8>, ActionError> {
    Ok(Token::parse(token)
        .ok_or(ActionError::NotFound)?
        .hash()
        .to_vec())
}

fn live(app: &App, conn: &mut Conn, hash: &[u8]) -> Result<Submission, ActionError> {
    db::submissions::by_token(conn, hash)?
        .filter(|submission| submission.expires_at > app.clock.now())
        .ok_or(ActionError::NotFound)
}

fn pending(app: &App, conn: &mut Conn, submission: &Submission) -> Result<Pending, ActionError> {
    sealing::open(
        &sealing::key(app, conn, submission.id)?,
        "submissions",
        submission.id,
        &submission.sealed,
    )
}

fn reference_of(conn: &mut Conn, submission: &Submission) -> Result<Reference, ActionError> {
    let id = submission.request.ok_or(ActionError::NotFound)?;
    Ok(db::requests::find(conn, id)?
        .ok_or(ActionError::NotFound)?
        .reference)
}

fn code_is_right(app: &App, submission: &Submission, code: Option<Code>) -> bool {
    let Some(stored) = &submission.code_hash else {
        return true;
    };
    let digest = std::str::from_utf8(stored)
        .ok()
        .and_then(|text| text.parse::<Digest>().ok());
    code.zip(digest)
        .is_some_and(|(code, digest)| code.matches(&app.keys, submission.id.0, &digest))
}

/// Turns a proved submission into a request, or joins it to the open one.
fn accept_proof(
    app: &App,
    conn: &mut Conn,
    submission: &Submission,
) -> Result<Request, ActionError> {
    let asked = pending(app, conn, submission)?.asked;
    let proof = if submission.kind.needs_code() {
        Proof::MailboxAndCode
    } else {
        Proof::Mailbox
    };
    let digests = match crate::domain::email::Email::parse(&asked.email) {
        Ok(email) => app.address_digests(&email),
        Err(_) => vec![submission.address.clone()],
    };
    // A request that staff entered is proved by its own confirmation, unless it has ended meanwhile.
    let bound = match submission.request {
        Some(id) => db::requests::find(conn, id)?.filter(|request| !request.is_closed()),
        None => None,
    };
    let open = match bound {
        Some(request) => Some(request),
        None => db::requests::open_for(conn, &digests, submission.kind)?,
    };
    let request = match open {
        Some(request) => {
            let was_unproved = request.stage == Stage::Received;
            let mut request = if submission.request == Some(request.id) {
                request
            } else {
                join(app, conn, &Actor::Subject, request, &asked)?
            };
            if was_unproved {
                proved(app, conn, &Actor::Subject, &mut request, proof)?;
            } else {
                tell_joined(app, conn, submission, &asked, &request)?;
            }
            request
        }
        None => {
            let new = NewRequest {
                id: submission.id,
                kind: submission.kind,
                lang: submission.lang.clone(),
                received_at: submission.received_at,
                received_on: app.date(submission.received_at),
                via: submission.via,
                address: submission.address.clone(),
            };
            let mut request = create(app, conn, &new, &asked)?;
            proved(app, conn, &Actor::Subject, &mut request, proof)?;
            request
        }
    };
    db::submissions::finish(conn, submission.id, "confirmed", Some(request.id))?;
    db::incoming::hand_over(conn, submission.id, request.id)?;
    Ok(request)
}

/// The same was asked before and is open: what was said now is added to it, and nothing of
/// either is lost. More values, or all instead of some, are searched for anew.
pub(super) fn join(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    request: Request,
    asked: &Asked,
) -> Result<Request, ActionError> {
    let key = sealing::key(app, conn, request.id)?;
    let before: Asked = sealing::open(&key, "requests", request.id, &request.sealed)?;
    let merged = before.clone().and(asked);
    let widened = merged.changes != before.changes || merged.only_some != before.only_some;
    let may_change = matches!(request.stage, Stage::Received | Stage::Verified { .. });
    let mut said: Vec<String> = asked.details.iter().cloned().collect();
    if widened && !may_change {
        // The run has started, so the request keeps what it was started with; staff read the rest.
        let values = asked
            .changes
            .iter()
            .map(|(field, value)| format!("{field}: {value}"));
        said.extend(values);
        if before.only_some && !asked.only_some {
            said.push("Everything, not only some of it.".to_owned());
        }
    }
    if !said.is_empty() {
        let new = if *actor == Actor::Subject {
            messages::New::OfSubject(None)
        } else {
            messages::New::Note(actor.staff_id(), None)
        };
        messages::insert(app, conn, request.id, new, &said.join("\n"))?;
    }
    let searched_anew = widened && matches!(request.stage, Stage::Verified { .. });
    let (mut request, event) = if widened && may_change {
        request.ask_more()?
    } else {
        (request, Event::new(Action::Joined))
    };
    if may_change && merged != before {
        request.sealed = sealing::seal(&key, "requests", request.id, &merged)?;
    }
    db::requests::save(conn, &mut request)?;
    trail::record(app, conn, actor, Some(request.id), &event)?;
    if searched_anew {
        db::decisions::drop_proposed(conn, request.id)?;
        super::decide::cancel_run(app, conn, request.id)?;
        start_search(app, conn, request.id, app.clock.now())?;
    }
    Ok(request)
}

/// The letter that says that both are one request now.
fn tell_joined(
    app: &App,
    conn: &mut Conn,
    submission: &Submission,
    asked: &Asked,
    request: &Request,
) -> Result<(), ActionError> {
    let lang = letters::lang(app, &submission.lang);
    let letter = Letter::Joined {
        kind: request.kind,
        reference: request.reference.to_string(),
        due: lang.date_long(request.due.strict),
        link: status::new_link(app, conn, request.id)?,
    };
    letters::post(
        app,
        conn,
        &format!("joined:{}", submission.id),
        Some(request.id),
        &asked.email,
        lang,
        &letter,
    )
}

/// What a new request is made of.
pub(super) struct NewRequest {
    pub(super) id: RequestId,
    pub(super) kind: Kind,
    pub(super) lang: String,
    pub(super) received_at: Timestamp,
    pub(super) received_on: Date,
    pub(super) via: Via,
    pub(super) address: AddressDigest,
}

/// Stores a new request, unproved. Its key is there already.
pub(super) fn create(
    app: &App,
    conn: &mut Conn,
    new: &NewRequest,
    asked: &Asked,
) -> Result<Request, ActionError> {
    let key = sealing::key(app, conn, new.id)?;
    let (assignee, team) = super::assign::route(app, conn, new.kind, &new.lang)?;
    let request = Request {
        id: new.id,
        reference: Reference::from_bytes(random()),
        kind: new.kind,
        stage: Stage::Received,
        progress: Progress::Unproved,
        lang: new.lang.clone(),
        received: Receipt {
            at: new.received_at,
            on: new.received_on,
            via: new.via,
        },
        regime: Regime::Gdpr,
        address: new.address.clone(),
        sealed: sealing::seal(&key, "requests", new.id, asked)?,
        due: DueDates::from_receipt(new.received_on, &app.calculation()),
        restricted_at: None,
        policy_version: app.policy_version.to_string(),
        assignee,
        team,
        version: Version(1),
    };
    db::requests::insert(conn, &request)?;
    Ok(request)
}

/// Identity is proved: the stores are searched, the person and whose it is get their letters.
pub(super) fn proved(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    request: &mut Request,
    proof: Proof,
) -> Result<(), ActionError> {
    let now = app.clock.now();
    let (changed, event) = request.clone().verify(proof, now)?;
    *request = changed;
    db::requests::save(conn, request)?;
    trail::record(app, conn, actor, Some(request.id), &event)?;
    start_search(app, conn, request.id, now)?;

    let asked: Asked = sealing::open(
        &sealing::key(app, conn, request.id)?,
        "requests",
        request.id,
        &request.sealed,
    )?;
    let lang = letters::lang(app, &request.lang);
    let letter = Letter::Received {
        kind: request.kind,
        reference: request.reference.to_string(),
        due: lang.date_long(request.due.strict),
        link: status::new_link(app, conn, request.id)?,
    };
    letters::post(
        app,
        conn,
        &format!("received:{}", request.id),
        Some(request.id),
        &asked.email,
        lang,
        &letter,
    )?;
    super::assign::tell(app, conn, request)?;
    db::jobs::enqueue_at(
        conn,
        app.id(),
        &Job::Unassigned(request.id),
        crate::domain::deadline::working_day_after(now, &app.config.vendor.zone, &app.calendar),
        now,
    )?;
    Ok(())
}

/// Makes the run of a request and the job that searches for it.
fn start_search(
    app: &App,
    conn: &mut Conn,
    request: RequestId,
    now: Timestamp,
) -> Result<(), ActionError> {
    let run = db::runs::Run {
        id: app.id::<RunId>(),
        request: Some(request),
        cause: Cause::Request,
        state: RunState::Searching,
        created_at: now,
        started_at: None,
        finished_at: None,
    };
    db::runs::insert(conn, &run, &app.store_names())?;
    db::jobs::enqueue(conn, app.id(), &Job::Search(run.id), now)?;
    Ok(())
}

//! From the data subject: asking for one of the four rights. Intake reads no store and
//! tells nobody whether an address is known: every submission runs the same statements.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::objections::end_all_lists;
use super::{ActionError, certificate, letters, sealing, trail};
use crate::app::App;
use crate::auth::token::{Code, Token};
use crate::db::submissions::Submission;
use crate::db::{self, Conn};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::RequestId;
use crate::domain::request::{Asked, Field, Kind, Outcome, Progress, Proof, Request, Stage, Via};
use crate::domain::staff::Permission;
use crate::i18n::Lang;
use crate::mail::letters::Letter;
use crate::mail::outbound::Answered;

/// The longest free text, in characters.
pub const MAX_DETAILS: usize = 4000;

/// The longest single value, in characters.
pub const MAX_VALUE: usize = 200;

/// What is kept, sealed, until the confirmation: what was asked, and the proof that
/// was mailed, so that a reminder can repeat it.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) asked: Asked,
    pub(super) token: String,
    pub(super) code: Option<String>,
}

/// Takes what somebody asks in a browser, and mails the link that proves the mailbox.
///
/// # Errors
/// [`ActionError::Db`] if it cannot be stored; then the person is told so.
pub async fn submit(
    app: &App,
    kind: Kind,
    lang: Lang,
    via: Via,
    email: Email,
    asked: Asked,
) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let received_at = inner.clock.now();
            let new = New {
                kind,
                lang,
                via,
                email: &email,
                asked: &asked,
                received_at,
                request: None,
                answers: None,
            };
            let id = store(&inner, conn, &new)?;
            let event = Event::new(Action::Received)
                .ending(via.as_str())
                .with("kind", kind);
            trail::record(&inner, conn, &Actor::Subject, Some(id), &event)?;
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// What somebody asks, before anything proves who.
pub(super) struct New<'a> {
    pub(super) kind: Kind,
    pub(super) lang: Lang,
    pub(super) via: Via,
    pub(super) email: &'a Email,
    pub(super) asked: &'a Asked,
    pub(super) received_at: Timestamp,
    /// The request that it confirms, if staff entered one.
    pub(super) request: Option<RequestId>,
    /// The mail that asks.
    pub(super) answers: Option<Answered>,
}

/// Stores a submission with its key and the letter that asks for confirmation.
pub(super) fn store(app: &App, conn: &mut Conn, new: &New<'_>) -> Result<RequestId, ActionError> {
    let New {
        kind,
        lang,
        via,
        email,
        asked,
        received_at,
        ..
    } = *new;
    let id: RequestId = app.id();
    let key = sealing::new_key(app, conn, id)?;
    let (token, code) = (Token::random(), kind.needs_code().then(Code::random));
    let pending = Pending {
        asked: asked.clone(),
        token: token.as_str().to_owned(),
        code: code.map(|code| code.to_string()),
    };
    let expires_at =
        app.clock.now() + SignedDuration::from_hours(24 * app.config.requests.confirm_days);
    db::submissions::insert(
        conn,
        &Submission {
            id,
            kind,
            state: "waiting".to_owned(),
            lang: lang.tag().to_owned(),
            received_at,
            via,
            address: app.address_digest(email),
            sealed: sealing::seal(&key, "submissions", id, &pending)?,
            token_hash: token.hash().to_vec(),
            code_hash: code.map(|code| code.digest(&app.keys, id.0).to_string().into_bytes()),
            attempts: 0,
            expires_at,
            request: new.request,
        },
    )?;
    let letter = Letter::Confirmation {
        kind,
        asked: letters::moment(app, lang, received_at),
        link: confirm_link(app, &pending.token),
        code: pending.code,
        until: letters::moment(app, lang, expires_at),
    };
    let reader = letters::Reader {
        to: email.as_str(),
        lang,
        answers: new.answers.clone(),
    };
    letters::post_to(
        app,
        conn,
        &format!("confirmation:{id}"),
        Some(id),
        reader,
        &letter,
    )?;
    Ok(id)
}

/// Mails what confirms a submission once more, once for each cause.
pub(super) fn remind(
    app: &App,
    conn: &mut Conn,
    submission: &Submission,
    pending: &Pending,
    cause: &str,
    answers: Option<Answered>,
) -> Result<(), ActionError> {
    let lang = letters::lang(app, &submission.lang);
    let letter = Letter::Reminder {
        kind: submission.kind,
        asked: letters::moment(app, lang, submission.received_at),
        link: confirm_link(app, &pending.token),
        code: pending.code.clone(),
        until: letters::moment(app, lang, submission.expires_at),
    };
    let reader = letters::Reader {
        to: &pending.asked.email,
        lang,
        answers,
    };
    letters::post_to(app, conn, cause, Some(submission.id), reader, &letter)
}

/// The address of the page that confirms.
fn confirm_link(app: &App, token: &str) -> String {
    app.config
        .server
        .public_url
        .join(&format!("/confirm/{token}"))
}

/// A request that came by phone, letter or in person, as staff enter it.
#[derive(Clone, Debug)]
pub struct Entered {
    /// What was asked.
    pub kind: Kind,
    /// Whose data it is about.
    pub email: Email,
    /// What was said.
    pub asked: Asked,
    /// The language to answer in.
    pub lang: Lang,
    /// How it came.
    pub via: Via,
    /// The day it came; the clock starts there.
    pub received_on: Date,
    /// How identity was proved, if it was; otherwise a confirmation is mailed to the address.
    pub proof: Option<Proof>,
}

/// Enters a request that did not come through this portal. It is in the queue at once.
/// If one of the kind is open for the address, that one is returned.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Invalid`] for a day in the future or, with a
/// proof by staff, without the words that say how.
pub async fn enter(app: &App, actor: &Actor, entered: Entered) -> Result<Request, ActionError> {
    actor.may(Permission::Enter)?;
    check_entered(app, &entered)?;
    let (inner, actor) = (app.clone(), actor.clone());
    let request = app
        .db
        .write(move |conn| enter_in(&inner, conn, &actor, &entered))
        .await?;
    app.wake.notify_one();
    Ok(request)
}

/// What is entered must be possible.
pub(super) fn check_entered(app: &App, entered: &Entered) -> Result<(), ActionError> {
    if entered.received_on > app.today() {
        return Err(ActionError::Invalid {
            field: "received_on",
            message: "admin-new-future",
        });
    }
    if entered.proof.is_some()
        && entered
            .asked
            .checked
            .as_deref()
            .unwrap_or("")
            .trim()
            .is_empty()
    {
        return Err(ActionError::Invalid {
            field: "checked_how",
            message: "admin-new-no-checked",
        });
    }
    check_values(&entered.asked)
}

/// Enters a request, in the transaction of its cause.
pub(super) fn enter_in(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    entered: &Entered,
) -> Result<Request, ActionError> {
    let digests = app.address_digests(&entered.email);
    if let Some(open) = db::requests::open_for(conn, &digests, entered.kind)? {
        let mut request = super::verify::join(app, conn, actor, open, &entered.asked)?;
        if let (Some(proof), Stage::Received) = (entered.proof, request.stage) {
            super::verify::proved(app, conn, actor, &mut request, proof)?;
        }
        return Ok(request);
    }
    let received_at = if entered.received_on == app.today() {
        app.clock.now()
    } else {
        // The end of that day: the day itself is what counts (Reg. 1182/71 Art. 3(1)).
        entered
            .received_on
            .at(23, 59, 59, 0)
            .to_zoned(app.config.vendor.zone.clone())
            .map_or_else(|_| app.clock.now(), |zoned| zoned.timestamp())
    };
    let id: RequestId = app.id();
    sealing::new_key(app, conn, id)?;
    let new = super::verify::NewRequest {
        id,
        kind: entered.kind,
        lang: entered.lang.tag().to_owned(),
        received_at,
        received_on: entered.received_on,
        via: entered.via,
        address: app.address_digest(&entered.email),
    };
    let event = Event::new(Action::Received)
        .ending(entered.via.as_str())
        .with("kind", entered.kind);
    trail::record(app, conn, actor, Some(id), &event)?;
    let mut request = super::verify::create(app, conn, &new, &entered.asked)?;
    if entered.kind == Kind::Objection {
        return object_for(app, conn, actor, request, &entered.email);
    }
    match entered.proof {
        Some(proof) => super::verify::proved(app, conn, actor, &mut request, proof)?,
        None => {
            debug_assert_eq!(request.progress, Progress::Unproved);
            let new = New {
                kind: entered.kind,
                lang: entered.lang,
                via: entered.via,
                email: &entered.email,
                asked: &entered.asked,
                received_at,
                request: Some(id),
                answers: None,
            };
            store(app, conn, &new)?;
        }
    }
    Ok(request)
}

/// Values that a store can take: none endless, and a new address that is one.
fn check_values(asked: &Asked) -> Result<(), ActionError> {
    for (field, value) in &asked.changes {
        if value.chars().count() > MAX_VALUE {
            return Err(ActionError::Invalid {
                field: "details",
                message: "admin-value-long",
            });
        }
        if *field == Field::Email.as_str() && Email::parse(value).is_err() {
            return Err(ActionError::Invalid {
                field: "new_email",
                message: "admin-new-email-wrong",
            });
        }
    }
    if asked
        .details
        .as_ref()
        .is_some_and(|details| details.chars().count() > MAX_DETAILS)
    {
        return Err(ActionError::Invalid {
            field: "details",
            message: "admin-value-long",
        });
    }
    Ok(())
}

/// An objection to marketing needs no proof and no decision (Art. 21(3)): it is done as it is entered.
fn object_for(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    request: Request,
    email: &Email,
) -> Result<Request, ActionError> {
    let now = app.clock.now();
    let lang = letters::lang(app, &request.lang);
    end_all_lists(app, conn, actor, Some(request.id), email, lang, "staff")?;
    let (request, _) = request.verify(Proof::Staff, now)?;
    let (request, _) = request.searched(0)?;
    let (request, _) = request.accept(now)?;
    let (mut request, event) = request.close(Outcome::Fulfilled, now)?;
    db::requests::save(conn, &mut request)?;
    trail::record(app, conn, actor, Some(request.id), &event)?;
    certificate::issue(app, conn, &request)?;
    Ok(request)
}

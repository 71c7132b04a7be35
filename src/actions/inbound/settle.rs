//! What staff do with mail: settle what no machine can judge, and have letters tried anew.

use super::Read;
use crate::actions::submit::{self, Entered};
use crate::actions::{ActionError, decide, letters, messages, trail};
use crate::app::App;
use crate::db::incoming::Incoming;
use crate::db::{self, Conn};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{IncomingId, LetterId, RequestId};
use crate::domain::incoming::{IncomingState, Settled};
use crate::domain::job::Job;
use crate::domain::reference::Reference;
use crate::domain::request::{Asked, Kind, Request, Via};
use crate::domain::staff::Permission;

/// A mail that waits for a person, and what was read of it.
fn load(app: &App, conn: &mut Conn, id: IncomingId) -> Result<(Incoming, Read), ActionError> {
    let mail = db::incoming::find(conn, id)?.ok_or(ActionError::NotFound)?;
    if mail.state != IncomingState::ForStaff {
        return Err(ActionError::Invalid {
            field: "mail",
            message: "admin-mail-settled-before",
        });
    }
    let read = super::open_read(app, conn, &mail)?;
    Ok((mail, read))
}

fn settled(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    mail: &Incoming,
    how: Settled,
    request: Option<RequestId>,
) -> Result<(), ActionError> {
    let (by, now) = (actor.staff_id(), app.clock.now());
    db::incoming::settle(conn, mail.id, how, request.or(mail.request), by, now)?;
    let event = Event::new(Action::MailSettled).ending(how.as_str());
    trail::record(app, conn, actor, request, &event)?;
    Ok(())
}

/// Makes a request of a mail: of the address that staff name, from the day the mail came. The
/// address is asked to confirm it, as after every request that nobody has proved.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Invalid`] for an address that is none or a mail that
/// was settled before.
pub async fn as_request(
    app: &App,
    actor: &Actor,
    id: IncomingId,
    kind: Kind,
    email: &str,
) -> Result<Request, ActionError> {
    actor.may(Permission::Enter)?;
    let email = Email::parse(email).map_err(|_| ActionError::Invalid {
        field: "email",
        message: "admin-new-email-wrong",
    })?;
    let (inner, actor) = (app.clone(), actor.clone());
    let request = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let (mail, read) = load(app, conn, id)?;
            let lang = mail.judged.as_ref().and_then(|judged| judged.lang.clone());
            let words = super::details(&read.text);
            let entered = Entered {
                kind,
                email: email.clone(),
                asked: Asked {
                    email: email.as_str().to_owned(),
                    details: (!words.is_empty()).then_some(words),
                    ..Asked::default()
                },
                lang: letters::lang(app, lang.as_deref().unwrap_or_default()),
                via: Via::Mail,
                received_on: app.date(mail.received_at),
                proof: None,
            };
            submit::check_entered(app, &entered)?;
            let request = submit::enter_in(app, conn, &actor, &entered)?;
            settled(app, conn, &actor, &mail, Settled::Request, Some(request.id))?;
            Ok(request)
        })
        .await?;
    app.wake.notify_one();
    Ok(request)
}

/// Puts a mail to a request, as a message of the person or, from somebody else, as a note.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Invalid`] for a reference that is none, a closed
/// request, or a mail that was settled before.
pub async fn to_request(
    app: &App,
    actor: &Actor,
    id: IncomingId,
    reference: &str,
) -> Result<Reference, ActionError> {
    actor.may(Permission::Enter)?;
    let wrong = ActionError::Invalid {
        field: "reference",
        message: "admin-mail-reference-wrong",
    };
    let Ok(reference) = reference.trim().parse::<Reference>() else {
        return Err(wrong);
    };
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let (mail, read) = load(app, conn, id)?;
            let request = match decide::load(conn, &actor, &reference) {
                Err(ActionError::NotFound) => {
                    return Err(ActionError::Invalid {
                        field: "reference",
                        message: "admin-mail-reference-wrong",
                    });
                }
                found => found?,
            };
            if request.is_closed() {
                return Err(ActionError::Invalid {
                    field: "reference",
                    message: "admin-nothing-closed",
                });
            }
            let by_subject = read
                .from
                .as_deref()
                .and_then(|from| Email::parse(from).ok())
                .is_some_and(|from| app.address_digests(&from).contains(&request.address));
            let words = [read.subject.as_str(), read.text.as_str()].join("\n\n");
            let words = super::details(&words);
            if by_subject {
                super::add(app, conn, id, request.clone(), &words)?;
            } else {
                messages::insert_note_from_mail(
                    app,
                    conn,
                    request.id,
                    actor.staff_id(),
                    id,
                    &words,
                )?;
            }
            settled(app, conn, &actor, &mail, Settled::Message, Some(request.id))?;
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(reference)
}

/// Closes a mail that asks for nothing here, such as a question for support.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Invalid`] for a mail that was settled before.
pub async fn as_nothing(app: &App, actor: &Actor, id: IncomingId) -> Result<(), ActionError> {
    actor.may(Permission::Enter)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (mail, _) = load(&inner, conn, id)?;
            settled(&inner, conn, &actor, &mail, Settled::Nothing, None)
        })
        .await
}

/// Has a letter tried anew, at once. One whose words are gone cannot be: it was sent and came back.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Invalid`].
pub async fn retry(app: &App, actor: &Actor, id: LetterId) -> Result<(), ActionError> {
    actor.may(Permission::Enter)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let letter = db::outbox::find(conn, id)?.ok_or(ActionError::NotFound)?;
            if letter.state == "sent" || letter.sealed.is_empty() {
                return Err(ActionError::Invalid {
                    field: "letter",
                    message: "admin-mail-no-words",
                });
            }
            db::outbox::requeue(conn, id)?;
            db::jobs::enqueue(conn, app.id(), &Job::SendLetter(id), app.clock.now())?;
            let event = Event::new(Action::LetterRetried).with("letter", &letter.letter);
            trail::record(app, conn, &actor, letter.request, &event)?;
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

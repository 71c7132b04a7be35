//! What staff do with mail: settle what no machine can judge, and have letters tried anew.

use super::Read;
use crate::actions::submit::{self, Entered};
use crate::actions::{ActionError, decide, letters, messages, status, trail};
use crate::app::App;
use crate::db::incoming::Incoming;
use crate::db::{self, Conn};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{IncomingId, LetterId, RequestId};
use crate::domain::incoming::{Dismissal, IncomingState, SenderProof, Settled};
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
    why: Option<Dismissal>,
) -> Result<(), ActionError> {
    let (by, now) = (actor.staff_id(), app.clock.now());
    db::incoming::settle(conn, mail.id, how, request.or(mail.request), by, now)?;
    let mut event = Event::new(Action::MailSettled).ending(how.as_str());
    if let Some(why) = why {
        event = event.because(why.as_str());
    }
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
            let words = read.whole();
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
            let id = Some(request.id);
            settled(app, conn, &actor, &mail, Settled::Request, id, None)?;
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
            // What its own domain disowns is nobody's word.
            let is_forged = mail
                .judged
                .as_ref()
                .is_some_and(|judged| judged.proof == SenderProof::Fail);
            let by_subject = !is_forged
                && read
                    .from
                    .as_deref()
                    .and_then(|from| Email::parse(from).ok())
                    .is_some_and(|from| app.address_digests(&from).contains(&request.address));
            let (about, words) = (request.id, read.whole());
            if by_subject {
                messages::add_of_subject(app, conn, request, Some(id), &words)?;
            } else {
                let new = messages::New::Note(actor.staff_id(), Some(id));
                messages::insert(app, conn, about, new, &words)?;
            }
            settled(
                app,
                conn,
                &actor,
                &mail,
                Settled::Message,
                Some(about),
                None,
            )
        })
        .await?;
    app.wake.notify_one();
    Ok(reference)
}

/// Closes a mail about which there is nothing to do here.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Invalid`] for a mail that was settled before.
pub async fn as_nothing(
    app: &App,
    actor: &Actor,
    id: IncomingId,
    why: Dismissal,
) -> Result<(), ActionError> {
    actor.may(Permission::Enter)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (mail, _) = load(&inner, conn, id)?;
            let how = Settled::Nothing;
            settled(&inner, conn, &actor, &mail, how, None, Some(why))
        })
        .await
}

/// Closes several mails for one reason, each with an entry of its own; how many. One that somebody
/// settled a moment ago stays as it is.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Invalid`] where none is named.
pub async fn all_as_nothing(
    app: &App,
    actor: &Actor,
    ids: Vec<IncomingId>,
    why: Dismissal,
) -> Result<usize, ActionError> {
    actor.may(Permission::Enter)?;
    if ids.is_empty() {
        return Err(ActionError::Invalid {
            field: "mails",
            message: "admin-mail-none-ticked",
        });
    }
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let mut done = 0;
            for id in &ids {
                let waiting = db::incoming::find(conn, *id)?
                    .filter(|mail| mail.state == IncomingState::ForStaff);
                if let Some(mail) = waiting {
                    let how = Settled::Nothing;
                    settled(&inner, conn, &actor, &mail, how, None, Some(why))?;
                    done += 1;
                }
            }
            Ok(done)
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
            again(app, conn, id)?;
            let event = Event::new(Action::LetterRetried).with("letter", &letter.letter);
            trail::record(app, conn, &actor, letter.request, &event)?;
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Writes once more to a person whose letter came back: the letter as it was or, where its words are
/// gone, fresh links to the page of the request, on which all stands that we wrote.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Invalid`] for a letter that
/// did not come back.
pub async fn resend(
    app: &App,
    actor: &Actor,
    reference: Reference,
    id: LetterId,
) -> Result<(), ActionError> {
    actor.may(Permission::Work)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let request = decide::load(conn, &actor, &reference)?;
            let letter = db::outbox::find(conn, id)?
                .filter(|letter| letter.request == Some(request.id))
                .ok_or(ActionError::NotFound)?;
            if letter.state != "failed" {
                return Err(ActionError::Invalid {
                    field: "letter",
                    message: "admin-letter-resent-before",
                });
            }
            let how = if letter.sealed.is_empty() {
                let links = status::links_letter_of(app, conn, &request)?;
                decide::write_to_subject(app, conn, &request, &format!("instead:{id}"), &links)?;
                db::outbox::replaced(conn, id)?;
                "links"
            } else {
                again(app, conn, id)?;
                "again"
            };
            let event = Event::new(Action::LetterRetried)
                .ending(how)
                .with("letter", &letter.letter);
            trail::record(app, conn, &actor, Some(request.id), &event)?;
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Has a letter go its way from the beginning.
fn again(app: &App, conn: &mut Conn, id: LetterId) -> Result<(), ActionError> {
    db::outbox::requeue(conn, id)?;
    db::jobs::enqueue(conn, app.id(), &Job::SendLetter(id), app.clock.now())?;
    Ok(())
}

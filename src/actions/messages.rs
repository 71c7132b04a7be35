//! Messages between person and staff, and notes among staff.

use super::{ActionError, decide, sealing, status, trail};
use crate::app::App;
use crate::db::{self, Conn};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{IncomingId, MessageId, RequestId, StaffId};
use crate::domain::reference::Reference;
use crate::domain::request::{Request, Via};
use crate::domain::run::RunState;
use crate::domain::staff::Permission;
use crate::mail::letters::Letter;

use super::submit::MAX_DETAILS;

/// Who writes, for whom, and how.
pub(super) enum New {
    /// The person, on the page or in a mail.
    OfSubject(Option<IncomingId>),
    /// Staff, to the person.
    ToSubject(Option<StaffId>),
    /// Staff, for staff; in a mail somebody else.
    Note(Option<StaffId>, Option<IncomingId>),
}

/// Stores a message, sealed; its id.
pub(super) fn insert(
    app: &App,
    conn: &mut Conn,
    request: RequestId,
    new: New,
    text: &str,
) -> Result<MessageId, ActionError> {
    let (staff, incoming) = match new {
        New::OfSubject(mail) => (None, mail),
        New::ToSubject(staff) => (staff, None),
        New::Note(staff, mail) => (staff, mail),
    };
    let id: MessageId = app.id();
    let key = sealing::key(app, conn, request)?;
    db::decisions::insert_message(
        conn,
        &db::decisions::Message {
            id,
            request,
            by_subject: matches!(new, New::OfSubject(_)),
            staff,
            internal: matches!(new, New::Note(..)),
            sealed: sealing::seal(&key, "messages", id, &text)?,
            at: app.clock.now(),
            incoming,
        },
    )?;
    Ok(id)
}

/// A text that somebody may send: not empty, not endless.
pub(super) fn checked(text: &str, field: &'static str) -> Result<String, ActionError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ActionError::Invalid {
            field,
            message: "error-text-missing",
        });
    }
    if text.chars().count() > MAX_DETAILS {
        return Err(ActionError::Invalid {
            field,
            message: "error-text-long",
        });
    }
    Ok(text.to_owned())
}

/// The person writes on the page of the request.
///
/// # Errors
/// [`ActionError::Invalid`] for an empty or endless text, [`ActionError::Decision`] if it is closed.
pub async fn write_as_subject(
    app: &App,
    request: RequestId,
    text: &str,
) -> Result<(), ActionError> {
    let (inner, text) = (app.clone(), checked(text, "details")?);
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let found = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
            add_of_subject(&inner, conn, found, None, &text)?;
            Ok(())
        })
        .await
}

/// Puts words of the person to their request, written on its page or in a mail. If a question was
/// out, this answers it.
///
/// # Errors
/// [`ActionError::Decision`] if it is closed.
pub(super) fn add_of_subject(
    app: &App,
    conn: &mut Conn,
    request: Request,
    mail: Option<IncomingId>,
    text: &str,
) -> Result<RequestId, ActionError> {
    let id = request.id;
    let searched =
        db::runs::of_request(conn, id)?.is_some_and(|run| run.state != RunState::Searching);
    let (mut changed, mut event) = request.answer(&app.calculation(), searched, app.clock.now())?;
    if mail.is_some() {
        event = event.with("via", Via::Mail);
    }
    insert(app, conn, id, New::OfSubject(mail), text)?;
    db::requests::save(conn, &mut changed)?;
    trail::record(app, conn, &Actor::Subject, Some(id), &event)?;
    Ok(id)
}

/// Staff write to the person: the text stays on the page, the mail only links there.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Invalid`], [`ActionError::NotFound`].
pub async fn write_as_staff(
    app: &App,
    actor: &Actor,
    reference: Reference,
    text: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Work)?;
    let (inner, actor, text) = (app.clone(), actor.clone(), checked(text, "details")?);
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let request = decide::load(conn, &actor, &reference)?;
            let new = New::ToSubject(actor.staff_id());
            let id = insert(app, conn, request.id, new, &text)?;
            trail::record(
                app,
                conn,
                &actor,
                Some(request.id),
                &Event::new(Action::MessageSent),
            )?;
            let letter = Letter::Message {
                reference: request.reference.to_string(),
                link: status::new_link(app, conn, request.id)?,
            };
            decide::write_to_subject(app, conn, &request, &format!("message:{id}"), &letter)
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Staff add a note that only staff see.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Invalid`], [`ActionError::NotFound`].
pub async fn add_note(
    app: &App,
    actor: &Actor,
    reference: Reference,
    text: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Work)?;
    let (inner, actor, text) = (app.clone(), actor.clone(), checked(text, "note")?);
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let request = decide::load(conn, &actor, &reference)?;
            let new = New::Note(actor.staff_id(), None);
            insert(&inner, conn, request.id, new, &text)?;
            trail::record(
                &inner,
                conn,
                &actor,
                Some(request.id),
                &Event::new(Action::NoteAdded),
            )?;
            Ok(())
        })
        .await
}

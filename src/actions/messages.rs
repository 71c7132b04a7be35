//! Messages between person and staff, and notes among staff.

use super::{ActionError, decide, sealing, status, trail};
use crate::app::App;
use crate::db::{self, Conn};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{IncomingId, MessageId, RequestId, StaffId};
use crate::domain::reference::Reference;
use crate::domain::run::RunState;
use crate::domain::staff::Permission;
use crate::mail::letters::Letter;

use super::submit::MAX_DETAILS;

/// Stores a message, sealed; its id.
pub(super) fn insert(
    app: &App,
    conn: &mut Conn,
    request: RequestId,
    staff: Option<StaffId>,
    by_subject: bool,
    internal: bool,
    text: &str,
) -> Result<MessageId, ActionError> {
    let new = New {
        staff,
        by_subject,
        internal,
        incoming: None,
    };
    store(app, conn, request, &new, text)
}

/// Stores what the person wrote in a mail; its id.
pub(super) fn insert_from_mail(
    app: &App,
    conn: &mut Conn,
    request: RequestId,
    mail: IncomingId,
    text: &str,
) -> Result<MessageId, ActionError> {
    let new = New {
        staff: None,
        by_subject: true,
        internal: false,
        incoming: Some(mail),
    };
    store(app, conn, request, &new, text)
}

/// Stores, as a note among staff, a mail of somebody else than the person; its id.
pub(super) fn insert_note_from_mail(
    app: &App,
    conn: &mut Conn,
    request: RequestId,
    staff: Option<StaffId>,
    mail: IncomingId,
    text: &str,
) -> Result<MessageId, ActionError> {
    let new = New {
        staff,
        by_subject: false,
        internal: true,
        incoming: Some(mail),
    };
    store(app, conn, request, &new, text)
}

/// Who writes, for whom, and how.
struct New {
    staff: Option<StaffId>,
    by_subject: bool,
    internal: bool,
    incoming: Option<IncomingId>,
}

fn store(
    app: &App,
    conn: &mut Conn,
    request: RequestId,
    new: &New,
    text: &str,
) -> Result<MessageId, ActionError> {
    let id: MessageId = app.id();
    let key = sealing::key(app, conn, request)?;
    db::decisions::insert_message(
        conn,
        &db::decisions::Message {
            id,
            request,
            by_subject: new.by_subject,
            staff: new.staff,
            internal: new.internal,
            sealed: sealing::seal(&key, "messages", id, &text)?,
            at: app.clock.now(),
            incoming: new.incoming,
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

/// The person writes on the page of the request. If a question was out, this answers it.
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
            let app = &inner;
            let found = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
            let searched = db::runs::of_request(conn, request)?
                .is_some_and(|run| run.state != RunState::Searching);
            let (mut changed, event) =
                found.answer(&app.calculation(), searched, app.clock.now())?;
            insert(app, conn, request, None, true, false, &text)?;
            db::requests::save(conn, &mut changed)?;
            trail::record(app, conn, &Actor::Subject, Some(request), &event)?;
            Ok(())
        })
        .await
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
            let id = insert(app, conn, request.id, actor.staff_id(), false, false, &text)?;
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
            insert(
                &inner,
                conn,
                request.id,
                actor.staff_id(),
                false,
                true,
                &text,
            )?;
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

//! The mail, both ways: what came in and how it was judged, what waits to go out and why.

use jiff::Timestamp;

use super::{ActionError, forgotten};
use crate::actions::inbound::{Read, open_read};
use crate::actions::{letters, trail};
use crate::app::App;
use crate::db::incoming::{Incoming, MailboxState};
use crate::db::outbox::Letter;
use crate::db::{self, Conn};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{IncomingId, LetterId, StaffId};
use crate::domain::incoming::IncomingState;
use crate::domain::reference::Reference;
use crate::domain::staff::Permission;

/// Rows on a page.
const PAGE: i64 = 50;

/// A view of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// What came in and waits for a person.
    ForYou,
    /// All that came in.
    In,
    /// What goes out and has not gone.
    Out,
    /// What has gone.
    Sent,
}

impl View {
    /// Every view, in the order of the page.
    pub const ALL: [View; 4] = [View::ForYou, View::In, View::Out, View::Sent];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            View::ForYou => "for-you",
            View::In => "in",
            View::Out => "out",
            View::Sent => "sent",
        }
    }
}

/// A mail that came in, with what was read of it.
#[derive(Clone, Debug)]
pub struct Came {
    /// The mail.
    pub mail: Incoming,
    /// What was read; nothing before that, and once it was forgotten.
    pub read: Option<Read>,
    /// The request that has it.
    pub reference: Option<Reference>,
}

/// A letter, with its reader.
#[derive(Clone, Debug)]
pub struct Goes {
    /// The letter.
    pub letter: Letter,
    /// To whom; nothing once its words are gone.
    pub to: Option<String>,
    /// The request that it is about.
    pub reference: Option<Reference>,
    /// When it is tried next.
    pub next_at: Option<Timestamp>,
}

/// The rows of a view.
#[derive(Clone, Debug)]
pub enum Rows {
    /// Mails that came in, and before which there are more.
    In(Vec<Came>, Option<IncomingId>),
    /// Letters, and before which there are more.
    Out(Vec<Goes>, Option<LetterId>),
}

/// One page of the mail.
#[derive(Clone, Debug)]
pub struct MailPage {
    /// Mails that wait for a person.
    pub for_you: i64,
    /// Mails that nobody has read yet.
    pub waiting: i64,
    /// Letters that wait for the mail server.
    pub queued: i64,
    /// Letters that only a person can help.
    pub failed: i64,
    /// The mailboxes that are read.
    pub mailboxes: Vec<MailboxState>,
    /// The rows.
    pub rows: Rows,
}

/// One page of the mail. It shows addresses, so the look is recorded.
///
/// # Errors
/// [`ActionError::Forbidden`].
pub async fn page(
    app: &App,
    actor: &Actor,
    view: View,
    before: Option<uuid::Uuid>,
) -> Result<MailPage, ActionError> {
    actor.may(Permission::Enter)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let (rows, shown) = rows(app, conn, view, before)?;
            if shown > 0 {
                let event = Event::new(Action::LookedUp)
                    .counting(shown)
                    .with("list", "mail");
                trail::record(app, conn, &actor, None, &event)?;
            }
            Ok(MailPage {
                for_you: db::incoming::count(conn, IncomingState::ForStaff)?,
                waiting: db::incoming::count(conn, IncomingState::Waiting)?,
                queued: db::outbox::count(conn, "queued")?,
                failed: db::outbox::count(conn, "failed")?,
                mailboxes: db::incoming::mailboxes(conn)?,
                rows,
            })
        })
        .await
}

fn rows(
    app: &App,
    conn: &mut Conn,
    view: View,
    before: Option<uuid::Uuid>,
) -> Result<(Rows, u64), ActionError> {
    let incoming: &[IncomingState] = match view {
        View::ForYou => &[IncomingState::ForStaff],
        View::In => &[
            IncomingState::Waiting,
            IncomingState::Done,
            IncomingState::ForStaff,
        ],
        View::Out | View::Sent => {
            let states: &[&str] = if view == View::Out {
                &["queued", "failed"]
            } else {
                &["sent"]
            };
            let letters = db::outbox::in_state(conn, states, before.map(LetterId), PAGE)?;
            let more = (letters.len() as i64 == PAGE)
                .then(|| letters.last().map(|letter| letter.id))
                .flatten();
            let rows: Vec<Goes> = letters
                .into_iter()
                .map(|letter| goes(app, conn, letter))
                .collect::<Result<_, _>>()?;
            let shown = rows.iter().filter(|row| row.to.is_some()).count() as u64;
            return Ok((Rows::Out(rows, more), shown));
        }
    };
    let mails = db::incoming::in_state(conn, incoming, before.map(IncomingId), PAGE)?;
    let more = (mails.len() as i64 == PAGE)
        .then(|| mails.last().map(|mail| mail.id))
        .flatten();
    let rows: Vec<Came> = mails
        .into_iter()
        .map(|mail| came(app, conn, mail))
        .collect::<Result<_, _>>()?;
    let shown = rows.iter().filter(|row| row.read.is_some()).count() as u64;
    Ok((Rows::In(rows, more), shown))
}

fn came(app: &App, conn: &mut Conn, mail: Incoming) -> Result<Came, ActionError> {
    let reference = match mail.request {
        Some(id) => db::requests::find(conn, id)?.map(|request| request.reference),
        None => None,
    };
    Ok(Came {
        read: forgotten(open_read(app, conn, &mail))?,
        mail,
        reference,
    })
}

fn goes(app: &App, conn: &mut Conn, letter: Letter) -> Result<Goes, ActionError> {
    let reference = match letter.request {
        Some(id) => db::requests::find(conn, id)?.map(|request| request.reference),
        None => None,
    };
    Ok(Goes {
        to: forgotten(letters::reader(app, conn, &letter))?,
        next_at: db::jobs::next_try(conn, &crate::domain::job::Job::SendLetter(letter.id))?,
        letter,
        reference,
    })
}

/// One mail, for the page that settles it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The mail.
    pub came: Came,
    /// The names of staff.
    pub names: super::Names,
}

impl Opened {
    /// Who it was, as colleagues know them.
    pub fn name(&self, staff: Option<StaffId>) -> Option<&str> {
        self.names.get(&staff?).map(String::as_str)
    }
}

/// One mail with its words. The look is recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`].
pub async fn mail(app: &App, actor: &Actor, id: IncomingId) -> Result<Opened, ActionError> {
    actor.may(Permission::Enter)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let mail = db::incoming::find(conn, id)?.ok_or(ActionError::NotFound)?;
            let came = came(app, conn, mail)?;
            viewed(app, conn, &actor, &came.mail, "mail")?;
            Ok(Opened {
                came,
                names: super::names(conn)?,
            })
        })
        .await
}

fn viewed(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    mail: &Incoming,
    page: &str,
) -> Result<(), ActionError> {
    let event = Event::new(Action::Viewed).with("page", page);
    trail::record(app, conn, actor, mail.request, &event)?;
    Ok(())
}

/// One part of a mail as it came, for a download; nothing after the last. The first is a look,
/// and recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`] once it was forgotten.
pub async fn original(
    app: &App,
    actor: &Actor,
    id: IncomingId,
    seq: i32,
) -> Result<Option<Vec<u8>>, ActionError> {
    actor.may(Permission::Enter)?;
    let (inner, actor) = (app.clone(), actor.clone());
    let work = move |conn: &mut Conn| -> Result<_, ActionError> {
        let mail = db::incoming::find(conn, id)?
            .filter(|mail| mail.parts > 0)
            .ok_or(ActionError::NotFound)?;
        if seq >= mail.parts {
            return Ok(None);
        }
        if seq == 0 {
            viewed(&inner, conn, &actor, &mail, "mail-original")?;
        }
        crate::actions::inbound::open_part(&inner, conn, id, seq).map(Some)
    };
    if seq == 0 {
        app.db.write(work).await
    } else {
        app.db.read(work).await
    }
}

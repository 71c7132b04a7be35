//! Objections to marketing (Art. 21(2)-(3)): at once, without a person, from the link of a mail, its
//! page or a typed address; by staff, with a reason. Each is a change that every sender hears of, in
//! the transaction of the deed ([`super::senders`]).

use jiff::Timestamp;

use super::senders::KnownAs;
use super::{ActionError, letters, senders, trail};
use crate::app::App;
use crate::db::guards::{Objected, Standing};
use crate::db::{self, Conn, DbError};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::RequestId;
use crate::domain::sender::{ALL_LISTS, Change, Scope};
use crate::domain::staff::Permission;
use crate::i18n::Lang;
use crate::mail::letters::{Letter, Lifter};
use crate::seal::Unsubscribe;

/// The fewest and the most characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 3..=200;

/// What an address gets no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing is ended.
    Nothing,
    /// The one list.
    List,
    /// All lists.
    All,
}

/// What an unsubscribe link says: whose, which list, and what is ended already.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// The address, bound by the token.
    pub email: Email,
    /// The list.
    pub list: String,
    /// What the address gets no more.
    pub ended: Ended,
}

/// Reads an unsubscribe token; changes nothing.
///
/// # Errors
/// [`ActionError::NotFound`] for a token that is none of ours.
pub async fn subscription(app: &App, token: &str) -> Result<Subscription, ActionError> {
    let (email, unsubscribe) = read_token(app, token)?;
    let digests = app.address_digests(&email);
    let standing = app
        .db
        .read(move |conn| db::guards::objections_of(conn, &digests))
        .await?;
    let objects_to = |list: &str| {
        let mut lists = standing.iter().map(|objection| &objection.list);
        lists.any(|known| known.eq_ignore_ascii_case(list))
    };
    Ok(Subscription {
        ended: if objects_to(ALL_LISTS) {
            Ended::All
        } else if objects_to(&unsubscribe.list) {
            Ended::List
        } else {
            Ended::Nothing
        },
        email,
        list: unsubscribe.list,
    })
}

/// Reads an unsubscribe token of ours.
///
/// # Errors
/// [`ActionError::NotFound`] for one that is none.
pub(super) fn read_token(app: &App, token: &str) -> Result<(Email, Unsubscribe), ActionError> {
    let mut unsubscribe = app
        .keys
        .read_unsubscribe_token(token)
        .map_err(|_| ActionError::NotFound)?;
    unsubscribe.list = app.config.list_name(&unsubscribe.list);
    let email = Email::parse(&unsubscribe.address).map_err(|_| ActionError::NotFound)?;
    Ok((email, unsubscribe))
}

/// Ends the list of a link, or all lists (Art. 21(3)): at once, without a person, as often as it is pressed.
///
/// # Errors
/// [`ActionError::NotFound`] for a token that is none of ours.
pub async fn unsubscribe(
    app: &App,
    token: &str,
    all: bool,
    channel: &'static str,
) -> Result<Subscription, ActionError> {
    let (inner, token) = (app.clone(), token.to_owned());
    app.db
        .write(move |conn| end_list(&inner, conn, &token, all, channel))
        .await
}

/// Ends the list of a link, or all lists, in the transaction of its cause.
///
/// # Errors
/// [`ActionError::NotFound`] for a token that is none of ours.
pub(super) fn end_list(
    app: &App,
    conn: &mut Conn,
    token: &str,
    all: bool,
    channel: &'static str,
) -> Result<Subscription, ActionError> {
    let (email, unsubscribe) = read_token(app, token)?;
    let list = if all {
        ALL_LISTS
    } else {
        unsubscribe.list.as_str()
    };
    let ended = if list == ALL_LISTS {
        Ended::All
    } else {
        Ended::List
    };
    let by = By {
        actor: &Actor::Subject,
        request: None,
        channel,
    };
    let event = Event::new(Action::Unsubscribed);
    // Links of before did not say whose the id is.
    let tool = match (&unsubscribe.tool, &unsubscribe.tool_id) {
        (None, Some(_)) => db::senders::only_tool(conn)?,
        (tool, _) => tool.clone(),
    };
    let known_as = tool.as_deref().zip(unsubscribe.tool_id.as_deref());
    let known_as = known_as.map(|(tool, id)| KnownAs { tool, id });
    object(app, conn, by, &email, list, known_as, event)?;
    Ok(Subscription {
        email,
        list: unsubscribe.list,
        ended,
    })
}

/// Who makes an objection, and by what way.
#[derive(Clone, Copy)]
struct By<'a> {
    actor: &'a Actor,
    request: Option<RequestId>,
    channel: &'a str,
}

/// Stores an objection, tells the senders, and records it. If it stands already, those senders hear of
/// it that could not know whose it is, and now can.
fn object(
    app: &App,
    conn: &mut Conn,
    by: By<'_>,
    email: &Email,
    list: &str,
    known_as: Option<KnownAs<'_>>,
    event: Event,
) -> Result<(), ActionError> {
    let (digests, now) = (app.address_digests(email), app.clock.now());
    let objected = db::guards::object(conn, app.id(), &digests, list, by.channel, now)?;
    let (Objected::Made(changed) | Objected::Stood(changed)) = &objected;
    if let Some(known) = known_as {
        db::guards::learn_id(conn, &changed.id, known.tool, known.id)?;
    }
    match &objected {
        Objected::Made(changed) => {
            senders::tell(app, conn, email, Change::Added, changed)?;
            let event = event.ending(by.channel).with("list", list);
            trail::record(app, conn, by.actor, by.request, &event)?;
        }
        Objected::Stood(standing) => senders::supplement(app, conn, email, standing, known_as)?,
    }
    Ok(())
}

/// Under which cause one letter a day is written to an address: the digest is not kept for it.
fn daily(app: &App, conn: &mut Conn, cause: &str, email: &Email) -> Result<String, ActionError> {
    let first = db::guards::first_objection(conn, &app.address_digests(email))?;
    let (first, today) = (first.unwrap_or_default(), app.today());
    Ok(format!("{cause}:{first}:{today}"))
}

/// Takes objections to these lists back and tells the senders; whether there was one.
fn lift(app: &App, conn: &mut Conn, email: &Email, lists: &[&str]) -> Result<bool, ActionError> {
    let (digests, now) = (app.address_digests(email), app.clock.now());
    let mut lifted = false;
    for list in lists {
        for changed in db::guards::lift(conn, &digests, list, now)? {
            senders::tell(app, conn, email, Change::Lifted, &changed)?;
            lifted = true;
        }
    }
    Ok(lifted)
}

/// Takes an objection back, with the link of a mail. One letter a day tells the mailbox, with a link that
/// ends it again: a machine that makes links could have pressed this one.
///
/// # Errors
/// [`ActionError::NotFound`] for a token that is none of ours.
pub async fn resubscribe(app: &App, token: &str, lang: Lang) -> Result<Subscription, ActionError> {
    let (email, unsubscribe) = read_token(app, token)?;
    let (inner, address, list) = (app.clone(), email.clone(), unsubscribe.list.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let mut lists = vec![list.as_str()];
            if list != ALL_LISTS {
                lists.push(ALL_LISTS);
            }
            if lift(&inner, conn, &address, &lists)? {
                let event = Event::new(Action::Resubscribed).with("list", &list);
                trail::record(&inner, conn, &Actor::Subject, None, &event)?;
                let letter = lifted(&inner, &address, &list, lang, Lifter::Link);
                let cause = daily(&inner, conn, "resubscribed", &address)?;
                let to = address.as_str();
                letters::post(&inner, conn, &cause, None, to, lang, &letter)?;
            }
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(Subscription {
        email,
        list: unsubscribe.list,
        ended: Ended::Nothing,
    })
}

/// What tells a person that they may be written to again.
fn lifted(app: &App, email: &Email, list: &str, lang: Lang, by: Lifter) -> Letter {
    Letter::ObjectionLifted {
        by,
        on: letters::moment(app, lang, app.clock.now()),
        list: (list != ALL_LISTS).then(|| app.config.list_title(list, lang)),
        again: senders::link(app, email, list, None).url,
    }
}

/// Ends all lists for a typed address. Nothing proves whose it is, so one notice a day
/// tells the mailbox and lets it undo.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn unsubscribe_address(app: &App, email: Email, lang: Lang) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            end_all_lists(&inner, conn, &Actor::Subject, None, &email, lang, "typed")
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Ends all lists for an address and tells the mailbox, once a day, how to undo it.
pub(super) fn end_all_lists(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    request: Option<RequestId>,
    email: &Email,
    lang: Lang,
    channel: &str,
) -> Result<(), ActionError> {
    let now = app.clock.now();
    let by = By {
        actor,
        request,
        channel,
    };
    let event = Event::new(Action::Unsubscribed);
    object(app, conn, by, email, ALL_LISTS, None, event)?;
    let letter = Letter::Unsubscribed {
        on: letters::moment(app, lang, now),
        undo: senders::link(app, email, ALL_LISTS, None).url,
    };
    let cause = daily(app, conn, "unsubscribed", email)?;
    letters::post(app, conn, &cause, None, email.as_str(), lang, &letter)
}

/// What staff find of an address.
#[derive(Clone, Debug)]
pub struct Found {
    /// The address.
    pub email: Email,
    /// Its objections in force.
    pub standing: Vec<Standing>,
}

/// The objections of an address, for staff. The look is recorded with its reason.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] for what is no address, and without a reason.
pub async fn look_up(
    app: &App,
    actor: &Actor,
    email: &str,
    reason: &str,
) -> Result<Found, ActionError> {
    actor.may(Permission::Object)?;
    let (email, reason) = (parse(email)?, because(reason)?);
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let digests = inner.address_digests(&email);
            let standing = db::guards::objections_of(conn, &digests)?;
            let event = Event::new(Action::LookedUp)
                .counting(standing.len() as u64)
                .with("list", "objections");
            trail::record(&inner, conn, &actor, None, &event.about(&reason))?;
            Ok(Found {
                email: email.clone(),
                standing,
            })
        })
        .await
}

fn parse(email: &str) -> Result<Email, ActionError> {
    Email::parse(email).map_err(|_| ActionError::Invalid {
        field: "q",
        message: "admin-objections-no-address",
    })
}

fn because(reason: &str) -> Result<String, ActionError> {
    let reason = reason.trim();
    if REASON.contains(&reason.chars().count()) {
        return Ok(reason.to_owned());
    }
    Err(ActionError::Invalid {
        field: "reason",
        message: "admin-people-no-reason",
    })
}

/// Staff enter an objection.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] for what is no address or no list, and
/// without a reason.
pub async fn add(
    app: &App,
    actor: &Actor,
    email: &str,
    list: &str,
    reason: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Object)?;
    let (email, reason) = (parse(email)?, because(reason)?);
    if list != ALL_LISTS && !app.config.has_list(list) {
        return Err(ActionError::Invalid {
            field: "list",
            message: "admin-objections-no-list",
        });
    }
    let (inner, actor, list) = (app.clone(), actor.clone(), app.config.list_name(list));
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let by = By {
                actor: &actor,
                request: None,
                channel: "staff",
            };
            let event = Event::new(Action::Unsubscribed).about(&reason);
            object(&inner, conn, by, &email, &list, None, event)
        })
        .await
}

/// Staff lift an objection, with a reason. The person is told, with a link that ends it again.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] for what is no address, and without a
/// reason; [`ActionError::NotFound`] if there is no such objection.
pub async fn lift_by_staff(
    app: &App,
    actor: &Actor,
    email: &str,
    list: &str,
    reason: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Object)?;
    let (email, reason) = (parse(email)?, because(reason)?);
    let (inner, actor, list) = (app.clone(), actor.clone(), list.to_owned());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, lang) = (&inner, inner.config.vendor.language);
            if !lift(app, conn, &email, &[&list])? {
                return Err(ActionError::NotFound);
            }
            let event = Event::new(Action::ObjectionLifted).with("list", &list);
            let entry = trail::record(app, conn, &actor, None, &event.about(&reason))?;
            let letter = lifted(app, &email, &list, lang, Lifter::Staff);
            let cause = format!("objection_lifted:{entry}");
            letters::post(app, conn, &cause, None, email.as_str(), lang, &letter)
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// How far a sender is.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// Whether it is called, or asks by itself.
    pub has_webhook: bool,
    /// Changes that it has not applied.
    pub waiting: i64,
    /// Since when the oldest waits, if that is longer than it may.
    pub late_since: Option<Timestamp>,
}

/// How far every sender in force is.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn told(app: &App, actor: &Actor) -> Result<Vec<Told>, ActionError> {
    actor.may(Permission::Object)?;
    let before = app.clock.now() - senders::MAY_WAIT;
    let (tokens, late) = app
        .db
        .read(move |conn| {
            Ok::<_, DbError>((db::senders::tokens(conn)?, db::senders::late(conn, before)?))
        })
        .await?;
    Ok(tokens
        .into_iter()
        .filter(|token| token.revoked_at.is_none() && token.sender.may(Scope::Suppressions))
        .map(|token| {
            let late = late.iter().find(|late| late.name == token.sender.name);
            Told {
                has_webhook: token.has_webhook,
                waiting: token.last_place - token.applied_through,
                late_since: late.map(|late| late.since),
                name: token.sender.name,
            }
        })
        .collect())
}

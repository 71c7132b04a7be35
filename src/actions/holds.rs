//! Legal holds (Art. 17(3)(e)): placed, reviewed and lifted by staff, and ended at their last day.
//!
//! A hold stops every erasure of what concerns its person, in the transaction that would erase. The
//! person's request is answered in time all the same: what the hold keeps is named with its ground
//! and the day of review. When the last hold has ended, what it kept goes without being asked for
//! again, and the person hears of it. Matter and author are read by those who may place holds, and
//! stand in no letter, no entry and no certificate.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::run::{Step, Work};
use super::{
    ActionError, certificate, close, decide, letters, note_in_journal, sealing, status, sure, trail,
};
use crate::app::App;
use crate::db::holds::{End, Hold, Stopped};
use crate::db::runs::RunItem;
use crate::db::stores::Personal;
use crate::db::{self, Conn, DbError};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::hold::{self, Ended, Review, Terms, TermsError};
use crate::domain::ids::{HoldId, RequestId, RunId};
use crate::domain::job::Job;
use crate::domain::reference::Reference;
use crate::domain::request::{AddressDigest, Asked, Request};
use crate::domain::run::{Cause, RunState, StoreState};
use crate::domain::staff::Permission;
use crate::domain::store::{Decision, Ground, ItemOutcome, Order, Subject};
use crate::journal::{ErasureLine, Line};
use crate::mail::letters::Letter;
use crate::seal::{Digest, Place};

/// The fewest and the most characters of a matter, an author and a reason.
const WORDS: std::ops::RangeInclusive<usize> = 3..=500;

/// For how many days a hold stays on file after its end: claims over what was kept can come so long.
const DAYS_AFTER_END: i64 = 3 * 365;

/// Rows that one transaction takes.
const BATCH: i64 = 100;

/// What is sealed of a hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Words {
    /// The person's address.
    pub address: String,
    /// What it is about.
    pub matter: String,
    /// Who asked for it.
    pub author: String,
    /// Why it was lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted: Option<String>,
    /// It came back from the erasure journal, which knows none of these words; staff complete it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_journal: bool,
}

/// A hold as those read it who may place them.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The hold.
    pub hold: Hold,
    /// Its words.
    pub words: Words,
    /// How many records it has stopped.
    pub stopped: i64,
    /// The name of who placed it, and of who lifted it.
    pub names: (Option<String>, Option<String>),
}

/// A hold to be placed.
#[derive(Clone, Debug, Default)]
pub struct NewHold {
    /// The person: an address, or the reference of a request of theirs.
    pub person: String,
    /// What it is about.
    pub matter: String,
    /// Who asked for it.
    pub author: String,
    /// The day of the first review.
    pub review_on: Option<Date>,
    /// The last day, if it has one.
    pub until_on: Option<Date>,
}

/// What pages say of the holds on a person.
#[derive(Clone, Debug)]
pub struct OnPerson {
    /// Nothing goes before this day.
    pub kept_until: Date,
    /// The next review.
    pub review_on: Date,
    /// What they are about, for those who may read it.
    pub matters: Vec<Matter>,
}

/// What a hold is about.
#[derive(Clone, Debug)]
pub struct Matter {
    /// The hold.
    pub id: HoldId,
    /// What it is about.
    pub matter: String,
    /// Who asked for it.
    pub author: String,
    /// It came back from the erasure journal without these words.
    pub from_journal: bool,
}

fn place_of(id: &str) -> Place<'_> {
    Place {
        table: "holds",
        id,
        column: "sealed",
    }
}

fn open(app: &App, hold: &Hold) -> Result<Words, ActionError> {
    Ok(app
        .keys
        .open_stored_json(place_of(&hold.id.to_string()), &hold.sealed)?)
}

/// What is sealed of a hold that came back from the erasure journal.
pub(super) fn sealed_without_words(app: &App, id: HoldId) -> Result<Vec<u8>, ActionError> {
    let words = Words {
        address: String::new(),
        matter: String::new(),
        author: String::new(),
        lifted: None,
        from_journal: true,
    };
    Ok(app
        .keys
        .seal_stored_json(place_of(&id.to_string()), &words)?)
}

/// What the erasure journal is told of a hold and its days: whom it is on as digests, and no word.
fn line(app: &App, hold: &Hold, digests: &[AddressDigest]) -> Result<Line, DbError> {
    let digests: Result<Vec<Digest>, _> = digests.iter().map(Digest::try_from).collect();
    let none = |_| DbError::Internal(format!("the hold {} bears what is no digest", hold.id));
    Ok(Line::HoldPlaced {
        hold: hold.id.0,
        address_digests: digests.map_err(none)?,
        placed_at: hold.placed_at,
        review_on: hold.terms.review_on,
        until_on: hold.terms.until_on,
        at: app.clock.now(),
    })
}

fn invalid(field: &'static str, message: &'static str) -> ActionError {
    ActionError::Invalid { field, message }
}

fn words(text: &str, field: &'static str, message: &'static str) -> Result<String, ActionError> {
    let text = text.trim();
    if WORDS.contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(invalid(field, message))
    }
}

fn terms(app: &App, review_on: Option<Date>, until_on: Option<Date>) -> Result<Terms, ActionError> {
    let review_on = review_on.ok_or(invalid("review_on", "admin-hold-no-review"))?;
    Terms::new(review_on, until_on, app.today()).map_err(|error| match error {
        TermsError::ReviewPast => invalid("review_on", "admin-hold-review-past"),
        TermsError::ReviewFar => invalid("review_on", "admin-hold-review-far"),
        TermsError::UntilPast => invalid("until_on", "admin-hold-until-past"),
    })
}

fn bytes(digests: &[AddressDigest]) -> Vec<&[u8]> {
    digests
        .iter()
        .map(|digest| digest.bytes.as_slice())
        .collect()
}

/// The address behind an address or a reference.
pub(super) fn person(app: &App, conn: &mut Conn, text: &str) -> Result<Email, ActionError> {
    if let Ok(email) = Email::parse(text.trim()) {
        return Ok(email);
    }
    let unknown = || invalid("person", "admin-hold-no-person");
    let reference = Reference::parse(text).map_err(|_| unknown())?;
    let request = db::requests::by_reference(conn, &reference)?.ok_or_else(unknown)?;
    match email_of(app, conn, &request) {
        Err(ActionError::NotFound) => Err(unknown()),
        found => found,
    }
}

fn email_of(app: &App, conn: &mut Conn, request: &Request) -> Result<Email, ActionError> {
    if request.sealed.is_empty() {
        return Err(ActionError::NotFound);
    }
    let key = sealing::key(app, conn, request.id)?;
    let asked: Asked = sealing::open(&key, "requests", request.id, &request.sealed)?;
    Email::parse(&asked.email).map_err(|error| {
        DbError::Internal(format!("the address of request {}: {error}", request.id)).into()
    })
}

/// Places a hold on a person. From the commit on nothing of theirs is erased; it is answered when the
/// erasure journal knows it too, so that a restore brings it back.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] for what cannot be taken;
/// [`ActionError::Journal`] if the hold stands and a restore would not know it.
pub async fn place(app: &App, actor: &Actor, new: NewHold) -> Result<HoldId, ActionError> {
    actor.may(Permission::Hold)?;
    let matter = words(&new.matter, "matter", "admin-hold-no-matter")?;
    let author = words(&new.author, "author", "admin-hold-no-author")?;
    let terms = terms(app, new.review_on, new.until_on)?;
    let (inner, actor, id) = (app.clone(), actor.clone(), app.id::<HoldId>());
    let line = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let email = person(app, conn, &new.person)?;
            let words = Words {
                address: email.as_str().to_owned(),
                matter: matter.clone(),
                author: author.clone(),
                lifted: None,
                from_journal: false,
            };
            let hold = Hold {
                id,
                placed_at: app.clock.now(),
                placed_by: actor.staff_id(),
                terms,
                ended: None,
                sealed: app
                    .keys
                    .seal_stored_json(place_of(&id.to_string()), &words)?,
            };
            let digests = app.address_digests(&email);
            db::holds::insert(conn, &hold, &digests)?;
            let event = told(Action::HoldPlaced, id, &terms);
            trail::record(app, conn, &actor, None, &event)?;
            Ok(line(app, &hold, &digests)?)
        })
        .await?;
    note_in_journal(app, vec![line]).await?;
    Ok(id)
}

/// An entry about a hold: which, and its days; nothing of the person or of what it is about.
pub(super) fn told(action: Action, id: HoldId, terms: &Terms) -> Event {
    let event = Event::new(action)
        .with("hold", id)
        .with("review", terms.review_on);
    match terms.until_on {
        Some(until) => event.with("until", until),
        None => event,
    }
}

fn in_force(conn: &mut Conn, id: HoldId) -> Result<Hold, ActionError> {
    db::holds::find(conn, id)?
        .filter(|hold| hold.ended.is_none())
        .ok_or(ActionError::NotFound)
}

/// A hold was looked at and is still needed: it gets a new day of review. Whose records it keeps
/// after a request hears the new day.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`]; [`ActionError::NotFound`] if no such hold is in force.
pub async fn review(
    app: &App,
    actor: &Actor,
    id: HoldId,
    review_on: Option<Date>,
    until_on: Option<Date>,
) -> Result<(), ActionError> {
    actor.may(Permission::Hold)?;
    let terms = terms(app, review_on, until_on)?;
    let (inner, actor) = (app.clone(), actor.clone());
    let line = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let hold = Hold {
                terms,
                ..in_force(conn, id)?
            };
            db::holds::set_terms(conn, id, &terms)?;
            let event = told(Action::HoldReviewed, id, &terms);
            trail::record(&inner, conn, &actor, None, &event)?;
            let now = inner.clock.now();
            db::jobs::enqueue(conn, inner.id(), &Job::SweepHolds, now)?;
            let digests = db::holds::digests_of(conn, id)?;
            Ok(line(&inner, &hold, &digests)?)
        })
        .await?;
    app.wake.notify_one();
    note_in_journal(app, vec![line]).await
}

/// Says again what a hold is about that came back from the erasure journal.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`], also for another person than the one it is on;
/// [`ActionError::NotFound`] if no such hold is in force, or its words are there.
pub async fn complete(
    app: &App,
    actor: &Actor,
    id: HoldId,
    who: &str,
    matter: &str,
    author: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Hold)?;
    let matter = words(matter, "matter", "admin-hold-no-matter")?;
    let author = words(author, "author", "admin-hold-no-author")?;
    let (inner, actor, who) = (app.clone(), actor.clone(), who.to_owned());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let hold = in_force(conn, id)?;
            if !open(app, &hold)?.from_journal {
                return Err(ActionError::NotFound);
            }
            let email = person(app, conn, &who)?;
            let (known, theirs) = (
                db::holds::digests_of(conn, id)?,
                app.address_digests(&email),
            );
            let is_theirs = |known: &AddressDigest| {
                let mut theirs = theirs.iter();
                theirs.any(|digest| digest.bytes == known.bytes)
            };
            if !known.iter().any(is_theirs) {
                return Err(invalid("person", "admin-hold-other-person"));
            }
            let words = Words {
                address: email.as_str().to_owned(),
                matter: matter.clone(),
                author: author.clone(),
                lifted: None,
                from_journal: false,
            };
            let sealed = app
                .keys
                .seal_stored_json(place_of(&id.to_string()), &words)?;
            db::holds::set_sealed(conn, id, &sealed)?;
            db::holds::add_digests(conn, id, &theirs)?;
            let event = told(Action::HoldReviewed, id, &hold.terms).because("completed");
            trail::record(app, conn, &actor, None, &event)?;
            Ok(())
        })
        .await
}

/// How many holds in force came back from the erasure journal and wait for their words.
///
/// # Errors
/// [`DbError`].
pub fn incomplete(app: &App, conn: &mut Conn) -> Result<usize, DbError> {
    let holds = db::holds::in_force(conn)?;
    let is_incomplete = |hold: &&Hold| open(app, hold).is_ok_and(|words| words.from_journal);
    Ok(holds.iter().filter(is_incomplete).count())
}

/// Lifts a hold, with a reason that is kept sealed with it. What it alone kept goes.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] without a reason; [`ActionError::NotFound`]
/// if no such hold is in force; [`ActionError::Journal`] if it ended and a restore brings it back.
pub async fn lift(app: &App, actor: &Actor, id: HoldId, reason: &str) -> Result<(), ActionError> {
    actor.may(Permission::Hold)?;
    let reason = words(reason, "reason", "admin-hold-no-reason")?;
    let (inner, actor) = (app.clone(), actor.clone());
    let line = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let hold = in_force(conn, id)?;
            let words = Words {
                lifted: Some(reason.clone()),
                ..open(app, &hold)?
            };
            let sealed = app
                .keys
                .seal_stored_json(place_of(&id.to_string()), &words)?;
            let line = end(app, conn, &actor, &hold, Ended::Lifted, &sealed)?;
            let now = app.clock.now();
            db::jobs::enqueue(conn, app.id(), &Job::SweepHolds, now)?;
            Ok(line)
        })
        .await?;
    app.wake.notify_one();
    note_in_journal(app, vec![line]).await
}

fn end(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    hold: &Hold,
    how: Ended,
    sealed: &[u8],
) -> Result<Line, ActionError> {
    let end = End {
        at: app.clock.now(),
        by: actor.staff_id(),
        how,
    };
    db::holds::end(conn, hold.id, &end, sealed)?;
    let event = told(Action::HoldLifted, hold.id, &hold.terms).ending(how.as_str());
    trail::record(app, conn, actor, None, &event)?;
    Ok(Line::HoldEnded {
        hold: hold.id.0,
        how: how.to_string(),
        at: end.at,
    })
}

/// The holds in force, the next review first; with `ended` those that ended, the last first. The
/// look is recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Sealed`], [`ActionError::Db`].
pub async fn list(app: &App, actor: &Actor, ended: bool) -> Result<Vec<Shown>, ActionError> {
    actor.may(Permission::Hold)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let holds = if ended {
                db::holds::ended(conn, BATCH)?
            } else {
                db::holds::in_force(conn)?
            };
            if !holds.is_empty() {
                let event = Event::new(Action::LookedUp)
                    .counting(holds.len() as u64)
                    .with("list", "holds");
                trail::record(&inner, conn, &actor, None, &event)?;
            }
            holds
                .into_iter()
                .map(|hold| shown(&inner, conn, hold))
                .collect()
        })
        .await
}

/// One hold. The look is recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Sealed`], [`ActionError::Db`].
pub async fn find(app: &App, actor: &Actor, id: HoldId) -> Result<Shown, ActionError> {
    actor.may(Permission::Hold)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let hold = db::holds::find(conn, id)?.ok_or(ActionError::NotFound)?;
            let event = Event::new(Action::Viewed)
                .with("page", "hold")
                .with("hold", id);
            trail::record(&inner, conn, &actor, None, &event)?;
            shown(&inner, conn, hold)
        })
        .await
}

fn shown(app: &App, conn: &mut Conn, hold: Hold) -> Result<Shown, ActionError> {
    let mut name = |id| -> Result<Option<String>, DbError> {
        let account = match id {
            Some(id) => db::accounts::find(conn, id)?,
            None => None,
        };
        Ok(account.map(|account| account.staff.name))
    };
    let names = (
        name(hold.placed_by)?,
        name(hold.ended.and_then(|end| end.by))?,
    );
    Ok(Shown {
        words: open(app, &hold)?,
        stopped: db::holds::count_stopped(conn, hold.id)?,
        names,
        hold,
    })
}

/// The holds on the person of a run.
pub(super) async fn on_person(app: &App, subject: &Subject) -> Result<Vec<Hold>, ActionError> {
    let digests = subject.digests.clone();
    Ok(app
        .db
        .read(move |conn| db::holds::in_force_on(conn, &bytes(&digests)))
        .await?)
}

/// What pages say of the holds on a person, with what they are about for those who may read it.
pub(super) fn standing(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    digests: &[AddressDigest],
) -> Result<Option<OnPerson>, ActionError> {
    let holds = db::holds::in_force_on(conn, &bytes(digests))?;
    let terms = || holds.iter().map(|hold| &hold.terms);
    let (Some(kept_until), Some(review_on)) = (
        hold::kept_until(terms()),
        terms().map(|terms| terms.review_on).min(),
    ) else {
        return Ok(None);
    };
    let mut matters = Vec::new();
    if actor.may(Permission::Hold).is_ok() {
        for hold in &holds {
            let Words {
                matter,
                author,
                from_journal,
                ..
            } = open(app, hold)?;
            matters.push(Matter {
                id: hold.id,
                matter,
                author,
                from_journal,
            });
        }
    }
    Ok(Some(OnPerson {
        kept_until,
        review_on,
        matters,
    }))
}

/// Every digest under which the person of a request may be held.
pub(super) fn digests_of(
    app: &App,
    conn: &mut Conn,
    request: &Request,
) -> Result<Vec<AddressDigest>, ActionError> {
    let mut digests = vec![request.address.clone()];
    match email_of(app, conn, request) {
        Ok(email) => digests.extend(app.address_digests(&email)),
        Err(ActionError::NotFound) => {}
        Err(error) => return Err(error),
    }
    Ok(digests)
}

/// Whether the person of a request is under a hold.
pub(super) fn is_held(app: &App, conn: &mut Conn, request: &Request) -> Result<bool, ActionError> {
    let digests = digests_of(app, conn, request)?;
    Ok(!db::holds::held(conn, &bytes(&digests))?.is_empty())
}

/// An item of a run was stopped: it is kept on the ground of Art. 17(3)(e) until the day on which the
/// holds are next looked at. False if no hold stops it any more.
pub(super) fn keep(
    app: &App,
    conn: &mut Conn,
    item: &RunItem,
    cause: Cause,
    on_person: &[Hold],
) -> Result<bool, ActionError> {
    let mut by = Vec::new();
    for hold in on_person {
        by.extend(db::holds::find(conn, hold.id)?.filter(|hold| hold.ended.is_none()));
    }
    let ids: Vec<HoldId> = by.iter().map(|hold| hold.id).collect();
    let stopped = Stopped {
        store: item.store.clone(),
        key: item.key.clone(),
        kind: item.kind,
        cause,
    };
    db::holds::stop(conn, &ids, &stopped, app.clock.now())?;
    by.extend(db::holds::stopping(conn, &item.store, &item.key)?);
    let Some(until) = hold::kept_until(by.iter().map(|hold| &hold.terms)) else {
        return Ok(false);
    };
    set_until(conn, item, until)?;
    Ok(true)
}

/// Whether an item stays on another ground, also when no hold stops it any more.
fn is_kept_besides(item: &RunItem) -> bool {
    item.decision == "keep" && item.ground.as_deref() != Some(Ground::LegalClaims.as_str())
}

fn set_until(conn: &mut Conn, item: &RunItem, until: Date) -> Result<(), DbError> {
    if is_kept_besides(item) {
        return Ok(());
    }
    let ground = Some(Ground::LegalClaims.as_str());
    db::runs::decide_item(conn, item.id, "keep", ground, Some(until), item.decided_by)
}

/// Ends holds whose last day has passed, lets go what no hold keeps any more, reminds of reviews and
/// forgets what ended long ago. While the clock may have jumped, no hold ends and none is forgotten.
///
/// # Errors
/// [`ActionError`].
pub async fn sweep(app: &App) -> Result<(), ActionError> {
    let inner = app.clone();
    let ended = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, today, mut ended) = (&inner, inner.today(), Vec::new());
            let is_sure = sure::unsure_until(app, conn)?.is_none();
            for hold in db::holds::in_force(conn)? {
                if is_sure && hold.terms.has_expired(today) {
                    let (by, how) = (&Actor::System, Ended::Expired);
                    ended.push(end(app, conn, by, &hold, how, &hold.sealed)?);
                    continue;
                }
                know(app, conn, &hold)?;
                remind(app, conn, &hold, today)?;
            }
            if is_sure {
                let before = app.clock.now() - SignedDuration::from_hours(24 * DAYS_AFTER_END);
                db::holds::forget_ended(conn, before, BATCH)?;
            }
            Ok(ended)
        })
        .await?;
    if !ended.is_empty() {
        note_in_journal(app, ended).await?;
    }
    release_requests(app).await?;
    release_copies(app).await?;
    app.wake.notify_one();
    Ok(())
}

/// Makes every hold in force known under every key of digests in use; before a new key takes the
/// place of an old one anywhere, so that no digest is met that the holds do not know.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn refresh(app: &App) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            for hold in db::holds::in_force(conn)? {
                know(&inner, conn, &hold)?;
            }
            Ok(())
        })
        .await
}

fn know(app: &App, conn: &mut Conn, hold: &Hold) -> Result<(), DbError> {
    let words = open(app, hold);
    if words.as_ref().is_ok_and(|words| words.from_journal) {
        // Only the digests are known. Another key makes its own of those of the key before.
        let known = db::holds::digests_of(conn, hold.id)?;
        let renewed: Vec<AddressDigest> = known
            .iter()
            .filter_map(|digest| Digest::try_from(digest).ok())
            .filter_map(|digest| app.keys.renewed(Some(digest.key), digest.bytes))
            .map(|digest| AddressDigest::from(&digest))
            .collect();
        return db::holds::add_digests(conn, hold.id, &renewed);
    }
    match words.map(|words| Email::parse(&words.address)) {
        Ok(Ok(email)) => db::holds::add_digests(conn, hold.id, &app.address_digests(&email)),
        Ok(Err(error)) => {
            tracing::error!(hold = %hold.id, %error, "a hold names nobody");
            Ok(())
        }
        Err(error) => {
            tracing::error!(hold = %hold.id, %error, "a hold cannot be read");
            Ok(())
        }
    }
}

/// Writes to everybody who may place holds, once two weeks before a review and once when it is due.
fn remind(app: &App, conn: &mut Conn, hold: &Hold, today: Date) -> Result<(), ActionError> {
    let due = match hold.terms.review(today) {
        Review::Later => return Ok(()),
        Review::Soon => false,
        Review::Due => true,
    };
    let lang = app.config.vendor.language;
    for account in db::accounts::all(conn)? {
        let staff = account.staff;
        if !staff.active || !staff.role.permissions().contains(&Permission::Hold) {
            continue;
        }
        let letter = Letter::HoldReview {
            review: lang.date_medium(hold.terms.review_on),
            due,
            link: app.config.server.public_url.join("/admin/holds"),
        };
        let when = if due { "due" } else { "soon" };
        let review_on = hold.terms.review_on;
        let cause = format!("hold_review:{}:{review_on}:{when}:{}", hold.id, staff.id);
        letters::post(app, conn, &cause, None, staff.email.as_str(), lang, &letter)?;
    }
    Ok(())
}

/// Holds whose review is due, and since when.
///
/// # Errors
/// [`DbError`].
pub fn overdue(conn: &mut Conn, today: Date) -> Result<Option<(i64, Date)>, DbError> {
    let due: Vec<Date> = db::holds::in_force(conn)?
        .iter()
        .filter(|hold| hold.terms.review(today) == Review::Due)
        .map(|hold| hold.terms.review_on)
        .collect();
    let since = due.iter().min().copied();
    Ok(since.map(|since| (due.len() as i64, since)))
}

/// Holds whose review comes within two weeks, and the first day.
///
/// # Errors
/// [`DbError`].
pub fn soon(conn: &mut Conn, today: Date) -> Result<Option<(i64, Date)>, DbError> {
    let soon: Vec<Date> = db::holds::in_force(conn)?
        .iter()
        .filter(|hold| hold.terms.review(today) == Review::Soon)
        .map(|hold| hold.terms.review_on)
        .collect();
    let first = soon.iter().min().copied();
    Ok(first.map(|first| (soon.len() as i64, first)))
}

/// When a review began to need somebody: two weeks before its day.
pub fn noticed_at(app: &App, review_on: Date) -> Timestamp {
    let day = review_on.saturating_sub(hold::REMIND_DAYS.days());
    crate::domain::deadline::first_late_instant(day, &app.config.vendor.zone)
}

/// Takes up the runs whose records no hold keeps any more, and tells new days to the others.
async fn release_requests(app: &App) -> Result<(), ActionError> {
    let mut after = None;
    loop {
        let waiting = app
            .db
            .read(move |conn| db::holds::runs_that_wait(conn, after, BATCH))
            .await?;
        for (run, request) in &waiting {
            let (inner, run, request) = (app.clone(), *run, *request);
            let released = app
                .db
                .write(move |conn| release(&inner, conn, run, request))
                .await;
            match released {
                // The others need not wait for the one that cannot be read.
                Err(ActionError::Sealed(error)) => {
                    tracing::error!(%request, %error, "what a hold kept cannot be let go");
                }
                result => result?,
            }
        }
        after = waiting.last().map(|(run, _)| *run);
        if after.is_none() {
            return Ok(());
        }
    }
}

fn release(app: &App, conn: &mut Conn, run: RunId, request: RequestId) -> Result<(), ActionError> {
    let now = app.clock.now();
    let found = db::runs::find(conn, run)?.filter(|run| run.state == RunState::Done);
    let (Some(_), Some(request)) = (found, db::requests::find(conn, request)?) else {
        return Ok(());
    };
    let digests = digests_of(app, conn, &request)?;
    let on_person = db::holds::in_force_on(conn, &bytes(&digests))?;
    let (mut free, mut moved) = (BTreeMap::<String, i64>::new(), None);
    for item in db::runs::items_held(conn, run)? {
        let mut by = db::holds::stopping(conn, &item.store, &item.key)?;
        by.extend(on_person.iter().cloned());
        match hold::kept_until(by.iter().map(|hold| &hold.terms)) {
            Some(until) if item.keep_until != Some(until) && !is_kept_besides(&item) => {
                set_until(conn, &item, until)?;
                moved = moved.max(Some(until));
            }
            Some(_) => {}
            None => {
                if !is_kept_besides(&item) {
                    db::runs::decide_item(conn, item.id, "erase", None, None, item.decided_by)?;
                }
                db::runs::set_outcome(conn, item.id, None, now)?;
                db::holds::let_go(conn, &item.store, &item.key)?;
                *free.entry(item.store.0).or_default() += 1;
            }
        }
    }
    if let Some(until) = moved {
        still_held(app, conn, &request, until)?;
    }
    if free.is_empty() {
        return Ok(());
    }
    for mut store in db::runs::stores(conn, run)? {
        // All are searched again at the end, as before the first.
        if let Some(count) = free.get(&store.store.0) {
            store.state = StoreState::Working;
            store.kept -= count;
            store.attempts = 0;
            store.read_backs = 0;
            store.verified_at = None;
            db::runs::save_store(conn, &store)?;
        }
    }
    db::runs::set_state(conn, run, RunState::Running, now)?;
    let count: i64 = free.values().sum();
    let event = Event::new(Action::HeldReleased).counting(count.unsigned_abs());
    trail::record(app, conn, &Actor::System, Some(request.id), &event)?;
    db::jobs::enqueue(conn, app.id(), &Job::Run(run), now)?;
    Ok(())
}

/// Tells the person the new day, once for each.
fn still_held(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    until: Date,
) -> Result<(), ActionError> {
    let lang = letters::lang(app, &request.lang);
    let letter = Letter::StillHeld {
        reference: request.reference.to_string(),
        until: lang.date_medium(until),
        authority: letters::authority(app),
        link: status::new_link(app, conn, request.id)?,
    };
    let cause = format!("still_held:{}:{until}", request.id);
    decide::write_to_subject(app, conn, request, &cause, &letter)
}

/// The end of a run that was taken up after its request was answered: everything is read back, so the
/// person gets a new certificate and hears what went.
pub(super) async fn finish(app: &App, work: &Work) -> Result<Step, ActionError> {
    let (inner, id, request) = (app.clone(), work.run.id, work.request.id);
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let now = app.clock.now();
            if db::runs::find(conn, id)?.is_none_or(|run| run.state != RunState::Running) {
                return Ok(());
            }
            let request = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
            db::runs::set_state(conn, id, RunState::Done, now)?;
            certificate::issue_anew(app, conn, &request)?;
            // Another hold came between: what it keeps still is told with its day.
            let again = db::runs::items_held(conn, id)?;
            if let Some(until) = again.iter().filter_map(|item| item.keep_until).max() {
                return still_held(app, conn, &request, until);
            }
            let lang = letters::lang(app, &request.lang);
            let (removed, kept) = close::told(app, conn, &request, id, lang)?;
            let letter = Letter::HeldErased {
                reference: request.reference.to_string(),
                done: lang.date_medium(app.date(now)),
                removed,
                kept,
                authority: letters::authority(app),
                link: status::new_link(app, conn, request.id)?,
            };
            let cause = format!("held_erased:{}:{}", request.id, now.as_microsecond());
            decide::write_to_subject(app, conn, &request, &cause, &letter)
        })
        .await?;
    app.wake.notify_one();
    Ok(Step::Rest)
}

/// Erases our copies of what a source erased while a hold was on it.
async fn release_copies(app: &App) -> Result<(), ActionError> {
    let released = app.db.read(db::holds::released_by_source).await?;
    for stopped in released {
        let key = stopped.key.0.clone();
        let contact = app
            .db
            .read(move |conn| db::stores::contacts(conn, &[&key]))
            .await?;
        let email = contact.first().and_then(|contact| {
            let place = Place {
                table: "contacts",
                id: &contact.id,
                column: "blocked",
            };
            let personal = match &contact.blocked {
                Some(sealed) => app.keys.open_stored_json::<Personal>(place, sealed).ok()?,
                None => contact.personal.clone(),
            };
            Email::parse(&personal.email?).ok()
        });
        let gone = match (email, app.store(&stopped.store)) {
            (Some(email), Some(store)) => {
                let subject = app.subject(&email, None);
                let order = Order {
                    key: stopped.key.clone(),
                    kind: stopped.kind,
                    decision: Decision::Erase,
                };
                journal(app, &stopped, &email).await?;
                let outcomes = store.carry_out(&subject, &[order], Cause::Source).await;
                let outcomes = outcomes.map_err(|error| DbError::Unavailable(error.to_string()))?;
                outcomes.first() == Some(&ItemOutcome::Erased.into())
            }
            // It is gone already, or cannot be read: the sweep of its store sees to what is left.
            _ => contact.is_empty(),
        };
        if !gone {
            tracing::warn!(store = %stopped.store, "a copy that no hold keeps any more is still there");
            continue;
        }
        let inner = app.clone();
        app.db
            .write(move |conn| -> Result<_, ActionError> {
                db::holds::let_go(conn, &stopped.store, &stopped.key)?;
                let event = Event::new(Action::ErasedAtSource)
                    .in_store(&stopped.store.0)
                    .counting(1);
                trail::record(&inner, conn, &Actor::System, None, &event)?;
                Ok(())
            })
            .await?;
    }
    Ok(())
}

async fn journal(app: &App, stopped: &Stopped, email: &Email) -> Result<(), ActionError> {
    let line = Line::Erasure(ErasureLine {
        store: stopped.store.0.clone(),
        record_key: stopped.key.0.clone(),
        address_digest: Some(app.keys.address_digest(email.normalised())),
        erased_at: app.clock.now(),
        cause: Cause::Source.to_string(),
        run: app.id(),
    });
    note_in_journal(app, vec![line]).await
}

//! The register of copies that were taken outside the stores: entered, put off and, at their end,
//! said to be destroyed.
//!
//! No store knows of them, so nobody but their holder can erase them. A removal waits at its end while
//! a copy is open that may hold its person, and goes on by itself when it is said to be destroyed.
//! Whose data it is, who holds it, where and why stand sealed; the person of a copy is forgotten when
//! it is destroyed.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::run::Work;
use super::{ActionError, holds, letters, queries, trail};
use crate::app::App;
use crate::db::taken::{Destroyed, Taken};
use crate::db::{self, Conn, DbError};
use crate::domain::deadline::first_late_instant;
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{CopyId, StaffId};
use crate::domain::job::Job;
use crate::domain::request::{AddressDigest, Kind, Request};
use crate::domain::run::{RunStore, StoreState};
use crate::domain::staff::{Permission, Staff};
use crate::domain::taken::{Span, SpanError, last_day};
use crate::mail::letters::Letter;
use crate::seal::Place;

/// The fewest and the most characters of what is written about a copy.
const WORDS: std::ops::RangeInclusive<usize> = 2..=500;

/// For how many days a copy stays on file after it was destroyed: to show where data was.
const DAYS_AFTER_END: i64 = 3 * 365;

/// Rows that one transaction takes.
const BATCH: i64 = 100;

/// What is sealed of a copy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Words {
    /// What was copied: stores, or the file of a ticket.
    pub what: String,
    /// The person, if it is one person's data and it is not destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who holds it, if that is nobody with an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Where it lies.
    pub place: String,
    /// What for.
    pub why: String,
    /// Who attests that it was destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attested: Option<String>,
}

/// A copy as staff read it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The copy.
    pub copy: Taken,
    /// Its words; without the address for those who may not read it.
    pub words: Words,
    /// Who holds it.
    pub holder: String,
    /// Who entered it, and who entered its end; the operator has no name.
    pub names: (Option<String>, Option<String>),
}

/// A copy that keeps a removal from closing, or that a request must not forget.
#[derive(Clone, Debug)]
pub struct InTheWay {
    /// The copy.
    pub id: CopyId,
    /// Who holds it.
    pub holder: String,
    /// Until when it may be kept.
    pub until_on: Date,
    /// Whether that day has passed.
    pub is_overdue: bool,
}

/// A copy to be entered.
#[derive(Clone, Debug, Default)]
pub struct NewCopy {
    /// What was copied: stores, or the file of a ticket.
    pub what: String,
    /// One person: an address, or the reference of a request; nothing for everybody.
    pub person: Option<String>,
    /// The account that holds it.
    pub holder: Option<StaffId>,
    /// Who holds it, if that is nobody with an account.
    pub recipient: String,
    /// Where it lies.
    pub place: String,
    /// What for.
    pub why: String,
    /// The day on which it was taken; today where there is none.
    pub taken_on: Option<Date>,
    /// The last day.
    pub until_on: Option<Date>,
}

fn place_of(id: &str) -> Place<'_> {
    Place {
        table: "copies_taken",
        id,
        column: "sealed",
    }
}

fn open(app: &App, copy: &Taken) -> Result<Words, ActionError> {
    Ok(app
        .keys
        .open_stored_json(place_of(&copy.id.to_string()), &copy.sealed)?)
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

fn span(app: &App, taken_on: Date, until_on: Option<Date>) -> Result<Span, ActionError> {
    let until_on = until_on.ok_or(invalid("until_on", "admin-copy-no-until"))?;
    let longest = app.config.registers.longest_copy_days;
    Span::new(taken_on, until_on, app.today(), longest).map_err(|error| match error {
        SpanError::TakenLater => invalid("taken_on", "admin-copy-taken-later"),
        SpanError::UntilPast => invalid("until_on", "admin-copy-until-past"),
        SpanError::UntilFar => invalid("until_on", "admin-copy-until-far"),
    })
}

fn bytes(digests: &[AddressDigest]) -> Vec<&[u8]> {
    digests
        .iter()
        .map(|digest| digest.bytes.as_slice())
        .collect()
}

/// The last day that a copy may be given today.
pub fn furthest_day(app: &App) -> Date {
    last_day(app.today(), app.config.registers.longest_copy_days)
}

/// Enters a copy. From the commit on no removal of whom it may hold closes before it is destroyed.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] for what cannot be taken.
pub async fn enter(app: &App, actor: &Actor, new: NewCopy) -> Result<CopyId, ActionError> {
    actor.may(Permission::Copies)?;
    let what = words(&new.what, "what", "admin-copy-no-what")?;
    let recipient = match new.holder {
        Some(_) => None,
        None => Some(words(&new.recipient, "recipient", "admin-copy-no-holder")?),
    };
    let place = words(&new.place, "place", "admin-copy-no-place")?;
    let why = words(&new.why, "why", "admin-copy-no-why")?;
    let span = span(app, new.taken_on.unwrap_or(app.today()), new.until_on)?;
    let (inner, actor, id) = (app.clone(), actor.clone(), app.id::<CopyId>());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            if let Some(holder) = new.holder {
                db::accounts::find(conn, holder)?
                    .filter(|account| account.staff.active)
                    .ok_or(invalid("holder", "admin-copy-no-holder"))?;
            }
            let email = match &new.person {
                Some(person) => Some(
                    holds::person(app, conn, person)
                        .map_err(|_| invalid("person", "admin-hold-no-person"))?,
                ),
                None => None,
            };
            let words = Words {
                what: what.clone(),
                address: email.as_ref().map(|email| email.as_str().to_owned()),
                recipient: recipient.clone(),
                place: place.clone(),
                why: why.clone(),
                attested: None,
            };
            let copy = Taken {
                id,
                entered_at: app.clock.now(),
                entered_by: actor.staff_id(),
                holder: new.holder,
                everybody: email.is_none(),
                span,
                destroyed: None,
                sealed: app
                    .keys
                    .seal_stored_json(place_of(&id.to_string()), &words)?,
            };
            let digests = email.map_or_else(Vec::new, |email| app.address_digests(&email));
            db::taken::insert(conn, &copy, &digests)?;
            trail::record(app, conn, &actor, None, &told(Action::CopyEntered, &copy))?;
            Ok(id)
        })
        .await
}

/// An entry about a copy: which, and until when; nothing of a person or of where it is.
fn told(action: Action, copy: &Taken) -> Event {
    let event = Event::new(action)
        .with("copy", copy.id)
        .with("until", copy.span.until_on);
    match copy.holder {
        Some(holder) => event.on_account(holder),
        None => event,
    }
}

fn still_open(conn: &mut Conn, id: CopyId) -> Result<Taken, ActionError> {
    db::taken::find(conn, id)?
        .filter(|copy| copy.destroyed.is_none())
        .ok_or(ActionError::NotFound)
}

/// A copy may be kept until another day.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`]; [`ActionError::NotFound`] if no such copy is open.
pub async fn extend(
    app: &App,
    actor: &Actor,
    id: CopyId,
    until_on: Option<Date>,
) -> Result<(), ActionError> {
    actor.may(Permission::Copies)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let mut copy = still_open(conn, id)?;
            copy.span = span(&inner, copy.span.taken_on, until_on)?;
            db::taken::set_until(conn, id, copy.span.until_on)?;
            let event = told(Action::CopyExtended, &copy);
            trail::record(&inner, conn, &actor, None, &event)?;
            Ok(())
        })
        .await
}

/// Somebody attests that a copy was destroyed. What it alone kept from closing goes on.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] without a name, or for a day before it was
/// taken or after today; [`ActionError::NotFound`] if no such copy is open.
pub async fn destroyed(
    app: &App,
    actor: &Actor,
    id: CopyId,
    on: Option<Date>,
    attested: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Copies)?;
    let attested = words(attested, "attested", "admin-copy-no-attested")?;
    let on = on.ok_or(invalid("destroyed_on", "admin-copy-no-day"))?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let copy = still_open(conn, id)?;
            if on < copy.span.taken_on || on > app.today() {
                return Err(invalid("destroyed_on", "admin-copy-day-wrong"));
            }
            let words = Words {
                address: None,
                attested: Some(attested.clone()),
                ..open(app, &copy)?
            };
            let sealed = app
                .keys
                .seal_stored_json(place_of(&id.to_string()), &words)?;
            let now = app.clock.now();
            let end = Destroyed {
                on,
                at: now,
                by: actor.staff_id(),
            };
            db::taken::destroy(conn, id, &end, &sealed)?;
            let event = told(Action::CopyDestroyed, &copy).with("on", on);
            trail::record(app, conn, &actor, None, &event)?;
            go_on(app, conn, now)
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Lets every run look again that may wait for a copy.
fn go_on(app: &App, conn: &mut Conn, now: Timestamp) -> Result<(), ActionError> {
    let mut after = None;
    loop {
        let runs = db::taken::runs_at_their_end(conn, after, BATCH)?;
        for (run, _) in &runs {
            db::jobs::enqueue(conn, app.id(), &Job::Run(*run), now)?;
        }
        after = runs.last().map(|(run, _)| *run);
        if after.is_none() {
            return Ok(());
        }
    }
}

/// The open copies, the earliest last day first; with `destroyed` those that are gone, the last first.
/// If an address is shown, the look is recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Sealed`], [`ActionError::Db`].
pub async fn list(app: &App, actor: &Actor, destroyed: bool) -> Result<Vec<Shown>, ActionError> {
    listed(app, actor, destroyed, actor.may(Permission::Copies).is_ok()).await
}

/// The same without anybody's address: no look at a person.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Sealed`], [`ActionError::Db`].
pub(super) async fn list_without_people(
    app: &App,
    actor: &Actor,
    destroyed: bool,
) -> Result<Vec<Shown>, ActionError> {
    listed(app, actor, destroyed, false).await
}

async fn listed(
    app: &App,
    actor: &Actor,
    destroyed: bool,
    with_people: bool,
) -> Result<Vec<Shown>, ActionError> {
    actor.may(Permission::Stores)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let copies = if destroyed {
                db::taken::destroyed(conn, BATCH)?
            } else {
                db::taken::open(conn)?
            };
            let names = queries::names(conn)?;
            let shown: Vec<Shown> = copies
                .into_iter()
                .map(|copy| shown(&inner, with_people, &names, copy))
                .collect::<Result<_, _>>()?;
            let people = shown.iter().filter(|one| one.words.address.is_some());
            let people = people.count() as u64;
            if people > 0 {
                let event = Event::new(Action::LookedUp)
                    .counting(people)
                    .with("list", "copies");
                trail::record(&inner, conn, &actor, None, &event)?;
            }
            Ok(shown)
        })
        .await
}

/// One copy. If an address is shown, the look is recorded.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`], [`ActionError::Sealed`], [`ActionError::Db`].
pub async fn find(app: &App, actor: &Actor, id: CopyId) -> Result<Shown, ActionError> {
    actor.may(Permission::Stores)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let copy = db::taken::find(conn, id)?.ok_or(ActionError::NotFound)?;
            let names = queries::names(conn)?;
            let with_person = actor.may(Permission::Copies).is_ok();
            let shown = shown(&inner, with_person, &names, copy)?;
            if shown.words.address.is_some() {
                let event = Event::new(Action::Viewed)
                    .with("page", "copy")
                    .with("copy", id);
                trail::record(&inner, conn, &actor, None, &event)?;
            }
            Ok(shown)
        })
        .await
}

fn shown(
    app: &App,
    with_person: bool,
    names: &queries::Names,
    copy: Taken,
) -> Result<Shown, ActionError> {
    let mut words = open(app, &copy)?;
    if !with_person {
        words.address = None;
    }
    let name = |id: Option<StaffId>| id.and_then(|id| names.get(&id).cloned());
    Ok(Shown {
        holder: holder(names, &copy, &words),
        names: (
            name(copy.entered_by),
            name(copy.destroyed.and_then(|end| end.by)),
        ),
        words,
        copy,
    })
}

fn holder(names: &queries::Names, copy: &Taken, words: &Words) -> String {
    let account = copy.holder.and_then(|id| names.get(&id));
    account
        .or(words.recipient.as_ref())
        .cloned()
        .unwrap_or_default()
}

/// The day on which the last store was read back empty, once all are.
fn gone_on(app: &App, stores: &[RunStore]) -> Option<Date> {
    let done = |store: &&RunStore| store.state == StoreState::Done;
    if stores.is_empty() || stores.iter().filter(done).count() < stores.len() {
        return None;
    }
    let last = stores.iter().filter_map(|store| store.verified_at).max();
    last.map(|at| app.date(at))
}

/// The open copies that may hold the person of a request, who may be gone from these stores.
pub(super) fn in_the_way(
    app: &App,
    conn: &mut Conn,
    digests: &[AddressDigest],
    stores: &[RunStore],
) -> Result<Vec<Taken>, ActionError> {
    let gone_on = gone_on(app, stores);
    let mut open = db::taken::open_on(conn, &bytes(digests))?;
    open.retain(|copy| copy.span.may_hold(gone_on));
    Ok(open)
}

/// The same, as the pages of a request show it; nothing for one that is closed or an objection.
pub(super) fn standing(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    digests: &[AddressDigest],
    stores: &[RunStore],
) -> Result<Vec<InTheWay>, ActionError> {
    if request.is_closed() || request.kind == Kind::Objection {
        return Ok(Vec::new());
    }
    let today = app.today();
    let open_ones = in_the_way(app, conn, digests, stores)?;
    let names = queries::names(conn)?;
    open_ones
        .into_iter()
        .map(|copy| {
            Ok(InTheWay {
                id: copy.id,
                holder: holder(&names, &copy, &open(app, &copy)?),
                until_on: copy.span.until_on,
                is_overdue: copy.span.is_overdue(today),
            })
        })
        .collect()
}

/// Whether a removal that is done in every store waits for a copy; then its holders and those who
/// assign hear of it, once for each copy.
pub(super) async fn must_wait(app: &App, work: &Work) -> Result<bool, ActionError> {
    let (inner, request) = (app.clone(), work.request.clone());
    let (digests, stores) = (work.subject.digests.clone(), work.stores.clone());
    let waits = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let copies = in_the_way(app, conn, &digests, &stores)?;
            let names = queries::names(conn)?;
            let lang = app.config.vendor.language;
            for copy in &copies {
                let holder = holder(&names, copy, &open(app, copy)?);
                for staff in concerned(conn, copy, request.assignee)? {
                    let letter = Letter::CopyInTheWay {
                        reference: request.reference.to_string(),
                        holder: holder.clone(),
                        until: lang.date_medium(copy.span.until_on),
                        link: link(app, copy.id),
                    };
                    let cause = format!("copy_waits:{}:{}:{}", copy.id, request.id, staff.id);
                    let to = staff.email.as_str();
                    letters::post(app, conn, &cause, Some(request.id), to, lang, &letter)?;
                }
            }
            Ok(!copies.is_empty())
        })
        .await?;
    app.wake.notify_one();
    Ok(waits)
}

fn link(app: &App, id: CopyId) -> String {
    let path = format!("/admin/copies/{id}");
    app.config.server.public_url.join(&path)
}

/// Who hears of a copy: its holder, whose request it is, and those who assign.
fn concerned(
    conn: &mut Conn,
    copy: &Taken,
    assignee: Option<StaffId>,
) -> Result<Vec<Staff>, DbError> {
    let accounts = db::accounts::all(conn)?;
    let accounts = accounts.into_iter().map(|account| account.staff);
    Ok(accounts
        .filter(|staff| {
            let theirs = copy.holder == Some(staff.id) || assignee == Some(staff.id);
            staff.active && (theirs || staff.may(Permission::Assign))
        })
        .collect())
}

/// Reminds of copies whose last day has come, makes every open one known under each key in use, lets
/// runs go on that wait for none any more, and forgets what was destroyed long ago.
///
/// # Errors
/// [`ActionError`].
pub async fn sweep(app: &App) -> Result<(), ActionError> {
    refresh(app).await?;
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, today) = (&inner, inner.today());
            for copy in db::taken::open(conn)? {
                if let Err(error) = remind(app, conn, &copy, today) {
                    match error {
                        // The others are reminded of all the same.
                        ActionError::Sealed(error) => {
                            tracing::error!(copy = %copy.id, %error, "a copy cannot be read");
                        }
                        error => return Err(error),
                    }
                }
            }
            let now = app.clock.now();
            let before = now - SignedDuration::from_hours(24 * DAYS_AFTER_END);
            db::taken::forget_destroyed(conn, before, BATCH)?;
            go_on(app, conn, now)
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Writes to the holder and to those who assign, once when a copy is due and then every week.
fn remind(app: &App, conn: &mut Conn, copy: &Taken, today: Date) -> Result<(), ActionError> {
    let Some(week) = copy.span.reminder(today) else {
        return Ok(());
    };
    let names = queries::names(conn)?;
    let holder = holder(&names, copy, &open(app, copy)?);
    let lang = app.config.vendor.language;
    let until_on = copy.span.until_on;
    for staff in concerned(conn, copy, None)? {
        let letter = Letter::CopyDue {
            holder: holder.clone(),
            until: lang.date_medium(until_on),
            late: copy.span.is_overdue(today),
            link: link(app, copy.id),
        };
        let cause = format!("copy_due:{}:{until_on}:{week}:{}", copy.id, staff.id);
        letters::post(app, conn, &cause, None, staff.email.as_str(), lang, &letter)?;
    }
    Ok(())
}

/// Makes every open copy of one person's data known under every key of digests in use; before a new
/// key takes the place of an old one anywhere.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn refresh(app: &App) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            for copy in db::taken::open(conn)? {
                let address = match open(&inner, &copy) {
                    Ok(words) => words.address,
                    Err(error) => {
                        tracing::error!(copy = %copy.id, %error, "a copy cannot be read");
                        continue;
                    }
                };
                if let Some(Ok(email)) = address.as_deref().map(Email::parse) {
                    db::taken::add_digests(conn, copy.id, &inner.address_digests(&email))?;
                }
            }
            Ok(())
        })
        .await
}

/// Open copies whose last day has passed, and the first such day.
///
/// # Errors
/// [`DbError`].
pub fn overdue(conn: &mut Conn, today: Date) -> Result<Option<(i64, Date)>, DbError> {
    let late: Vec<Date> = db::taken::open(conn)?
        .iter()
        .filter(|copy| copy.span.is_overdue(today))
        .map(|copy| copy.span.until_on)
        .collect();
    let first = late.iter().min().copied();
    Ok(first.map(|first| (late.len() as i64, first)))
}

/// When a copy with this last day began to be overdue.
pub fn overdue_since(app: &App, until_on: Date) -> Timestamp {
    first_late_instant(until_on, &app.config.vendor.zone)
}

/// A removal that waits at its end, and the first copy that it waits for.
pub(super) fn waiting(
    app: &App,
    conn: &mut Conn,
    limit: i64,
) -> Result<Vec<(Request, Timestamp, InTheWay)>, ActionError> {
    let mut waiting = Vec::new();
    for (run, request) in db::taken::runs_at_their_end(conn, None, limit)? {
        let Some(request) = db::requests::find(conn, request)? else {
            continue;
        };
        let stores = db::runs::stores(conn, run)?;
        let digests = holds::digests_of(app, conn, &request)?;
        let first = standing(app, conn, &request, &digests, &stores)?
            .into_iter()
            .next();
        let since = stores.iter().filter_map(|store| store.verified_at).max();
        if let (Some(first), Some(since)) = (first, since) {
            waiting.push((request, since, first));
        }
    }
    Ok(waiting)
}

/// Whom a page offers as holders: every account that may sign in.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn holders(app: &App, actor: &Actor) -> Result<Vec<Staff>, ActionError> {
    actor.may(Permission::Copies)?;
    let accounts = app.db.read(db::accounts::all).await?;
    let accounts = accounts.into_iter().map(|account| account.staff);
    Ok(accounts.filter(|staff| staff.active).collect())
}

//! What is told of installations: by the apps themselves (Connect, Forge), by reports, by staff. Each
//! thing told is stored once, in the order of its happening; what stands after all of it is written on
//! the installation, with who said so, in one transaction with the entry.
//!
//! A report and staff never make an installation, and nothing told brings back a person who was
//! erased. Of a person nothing is kept here but the account that installed the app.

pub mod connect;
pub mod forge;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::{ActionError, trail};
use crate::app::App;
use crate::audit::hex;
use crate::db::lifecycle::{NewEvent, StoredEvent, Tenant};
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{LifecycleId, RecordId};
use crate::domain::job::Job;
use crate::domain::lifecycle::{
    Happening, Standing, Told, When, is_key, licences_ended, speaks, standing,
};
use crate::domain::retention::{Category, Source};
use crate::domain::staff::Permission;
use crate::seal::Place;

/// What was told of an installation that is gone stays so many days, so that what comes late changes
/// nothing. Nothing older is taken from a machine.
pub const LATE_DAYS: i64 = 7;

/// What a report told that fits no installation waits so many days for one.
const UNPLACED_DAYS: i64 = 90;

/// Rows of one transaction.
const BATCH: i64 = 200;

/// Installations that a search shows.
const SHOWN: i64 = 50;

/// The fewest and the most characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 3..=200;

/// What became of something that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It was told before.
    Repeated,
    /// It is stored, and what stands is as it was.
    Noted,
    /// It changed what stands.
    Changed,
    /// It is stored, and no one installation fits it yet.
    Unplaced,
}

impl Heard {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Heard::Repeated => "repeated",
            Heard::Noted => "noted",
            Heard::Changed => "changed",
            Heard::Unplaced => "unplaced",
        }
    }
}

/// Something that is told.
#[derive(Clone)]
pub(super) struct Message {
    pub source: Source,
    pub what: Happening,
    pub app_key: String,
    /// Of a report it is not known.
    pub client_key: Option<String>,
    pub site: Option<String>,
    pub when: When,
    /// What tells it from another of the same source, app, tenant and kind.
    pub repeat: String,
    pub facts: Option<Facts>,
    /// In the words of staff.
    pub reason: Option<String>,
}

/// What an app tells of the tenant when it is installed.
#[derive(Clone, Default)]
pub(super) struct Facts {
    pub account_id: Option<String>,
    pub secret: Option<String>,
}

/// What a change of an installation leads to, in its transaction: a sweep, because a rule may have it
/// go at once.
pub fn after_lifecycle_event(app: &App, conn: &mut Conn) -> Result<(), DbError> {
    db::jobs::enqueue(conn, app.id(), &Job::Sweep, app.clock.now())
}

/// Stores what is told and what stands after it, with its entry.
///
/// # Errors
/// [`DbError`].
pub(super) fn hear(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    message: &Message,
) -> Result<Heard, DbError> {
    let id: LifecycleId = app.id();
    let (at, on) = match message.when {
        When::At(at) => (at, None),
        When::On(on) => (start_of(app, on)?, Some(on)),
    };
    let event = NewEvent {
        id,
        source: message.source,
        what: message.what,
        app_key: message.app_key.clone(),
        client_key: message.client_key.clone(),
        site: message.site.clone(),
        at,
        on,
        received_at: app.clock.now(),
        repeat_key: repeat_key(message),
    };
    if !db::lifecycle::insert(conn, &event)? {
        return Ok(Heard::Repeated);
    }
    let client_key = match (&message.client_key, &message.site) {
        (Some(client_key), _) => Some(client_key.clone()),
        (None, Some(site)) => {
            let found = fitting(
                app,
                conn,
                &message.app_key,
                site,
                message.what,
                app_day(app, at, on),
            )?;
            if let Some(client_key) = &found {
                db::lifecycle::place(conn, id, client_key)?;
            }
            found
        }
        (None, None) => None,
    };
    let heard = match &client_key {
        None => Heard::Unplaced,
        Some(client_key) => match settle(app, conn, client_key, message, at)? {
            true => Heard::Changed,
            false => Heard::Noted,
        },
    };
    let told = client_key.or_else(|| message.site.clone());
    record(app, conn, actor, message, app_day(app, at, on), heard, told)?;
    if heard == Heard::Changed {
        after_lifecycle_event(app, conn)?;
    }
    Ok(heard)
}

fn record(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    message: &Message,
    on: Date,
    heard: Heard,
    told: Option<String>,
) -> Result<(), DbError> {
    let action = match message.what {
        Happening::Installed => Action::AppInstalled,
        Happening::Uninstalled => Action::AppUninstalled,
        Happening::Enabled | Happening::Disabled | Happening::Unsubscribed => Action::AppNoted,
    };
    let mut event = Event::new(action)
        .in_store("installation")
        .ending(heard.as_str())
        .with("source", message.source)
        .with("app", &message.app_key)
        .with("event", message.what)
        .with("on", on);
    // Key and host may lead to somebody, and so may what staff write.
    let about: Vec<String> = told.into_iter().chain(message.reason.clone()).collect();
    if !about.is_empty() {
        event = event.about(about.join(": "));
    }
    trail::record(app, conn, actor, None, &event)?;
    Ok(())
}

/// The same for the same thing told again.
fn repeat_key(message: &Message) -> String {
    let parts = [
        message.source.as_str(),
        message.what.as_str(),
        &message.app_key,
        message.client_key.as_deref().unwrap_or_default(),
        message
            .site
            .as_deref()
            .filter(|_| message.client_key.is_none())
            .unwrap_or_default(),
        &message.repeat,
    ];
    hex(&Sha256::digest(parts.join("\0").as_bytes()))
}

fn start_of(app: &App, on: Date) -> Result<Timestamp, DbError> {
    on.to_zoned(app.config.vendor.zone.clone())
        .map(|day| day.timestamp())
        .map_err(|error| DbError::Internal(error.to_string()))
}

fn app_day(app: &App, at: Timestamp, on: Option<Date>) -> Date {
    on.unwrap_or_else(|| app.date(at))
}

/// All that is known of an installation: what was told, and what its record says besides.
fn told(
    app: &App,
    conn: &mut Conn,
    tenant: Option<&Tenant>,
    app_key: &str,
    client_key: &str,
) -> Result<Vec<Told>, DbError> {
    let events = db::lifecycle::events_of(conn, app_key, client_key)?;
    let mut all: Vec<Told> = events.iter().map(|event| as_told(app, event)).collect();
    if let Some(tenant) = tenant {
        let base = |what, at| Told {
            what,
            source: None,
            at,
            on: app.date(at),
            is_day: false,
            received_at: Timestamp::UNIX_EPOCH,
        };
        all.push(base(Happening::Installed, tenant.installed_at));
        // A record may have come with its end, from an import.
        let unsaid = tenant
            .uninstalled_at
            .filter(|_| tenant.uninstalled_source.is_none());
        all.extend(unsaid.map(|at| base(Happening::Uninstalled, at)));
    }
    Ok(all)
}

fn as_told(app: &App, event: &StoredEvent) -> Told {
    Told {
        what: event.what,
        source: Some(event.source),
        at: event.at,
        on: app_day(app, event.at, event.on),
        is_day: event.on.is_some(),
        received_at: event.received_at,
    }
}

/// Writes on the installation what stands now; true if that changed. Only an app that says that it is
/// installed makes one.
fn settle(
    app: &App,
    conn: &mut Conn,
    client_key: &str,
    message: &Message,
    at: Timestamp,
) -> Result<bool, DbError> {
    let app_key = &message.app_key;
    let facts = message
        .facts
        .as_ref()
        .filter(|_| message.what == Happening::Installed);
    let Some(before) = db::lifecycle::find(conn, app_key, client_key)? else {
        let told = told(app, conn, None, app_key, client_key)?;
        let now = standing(&told);
        let (Some(facts), Some(installed_at), true) = (facts, now.installed_at, now.is_installed())
        else {
            return Ok(false);
        };
        make(app, conn, client_key, message, facts, installed_at)?;
        return Ok(true);
    };
    let told = told(app, conn, Some(&before), app_key, client_key)?;
    let now = standing(&told);
    let changed = write_standing(conn, &before, &now)?;
    if let Some(facts) = facts.filter(|_| now.is_installed()) {
        let is_newest = told
            .iter()
            .filter(|one| one.what == Happening::Installed && one.source.is_some() && !one.is_day)
            .all(|one| one.at <= at);
        if is_newest {
            // Within one life, an update tells nothing of who installed it.
            let is_anew = now.installed_at == Some(at);
            update(app, conn, &before, message, facts, at, is_anew)?;
        }
    }
    Ok(changed)
}

fn write_standing(conn: &mut Conn, before: &Tenant, now: &Standing) -> Result<bool, DbError> {
    let was = (
        Some(before.installed_at),
        before.uninstalled_at,
        before.uninstalled_source,
    );
    let is = (
        now.installed_at,
        now.removed.map(|end| end.at),
        now.removed.and_then(|end| end.source),
    );
    if was == is {
        return Ok(false);
    }
    db::lifecycle::set_standing(conn, before.id, now)?;
    Ok(true)
}

fn make(
    app: &App,
    conn: &mut Conn,
    client_key: &str,
    message: &Message,
    facts: &Facts,
    installed_at: Timestamp,
) -> Result<(), DbError> {
    let id: RecordId = app.id();
    let tenant = Tenant {
        id,
        app_key: message.app_key.clone(),
        client_key: client_key.to_owned(),
        site: message.site.clone(),
        account_id: account(conn, client_key, facts, installed_at)?,
        secret: sealed(app, id, facts),
        installed_at,
        uninstalled_at: None,
        uninstalled_source: None,
    };
    db::lifecycle::add(conn, &tenant, message.source)?;
    // A report may have come before.
    let Some(site) = &tenant.site else {
        return Ok(());
    };
    let mut placed = false;
    for event in db::lifecycle::unplaced(conn, &tenant.app_key, site)? {
        let day = app_day(app, event.at, event.on);
        let fits = fitting(app, conn, &tenant.app_key, site, event.what, day)?;
        if fits.as_deref() == Some(client_key) {
            db::lifecycle::place(conn, event.id, client_key)?;
            placed = true;
        }
    }
    if placed {
        let told = told(app, conn, Some(&tenant), &tenant.app_key, client_key)?;
        write_standing(conn, &tenant, &standing(&told))?;
    }
    Ok(())
}

fn update(
    app: &App,
    conn: &mut Conn,
    before: &Tenant,
    message: &Message,
    facts: &Facts,
    at: Timestamp,
    is_anew: bool,
) -> Result<(), DbError> {
    let secret = sealed(app, before.id, facts);
    db::lifecycle::set_facts(conn, before.id, message.site.as_deref(), secret.as_deref())?;
    let account = account(conn, &before.client_key, facts, at)?;
    if is_anew && account != before.account_id {
        db::lifecycle::set_account(conn, before.id, account.as_deref())?;
    }
    Ok(())
}

/// The account that installed the app, unless its person was erased since.
fn account(
    conn: &mut Conn,
    client_key: &str,
    facts: &Facts,
    at: Timestamp,
) -> Result<Option<String>, DbError> {
    Ok(match &facts.account_id {
        Some(account) if !db::lifecycle::erased_since(conn, client_key, at)? => {
            Some(account.clone())
        }
        _ => None,
    })
}

fn sealed(app: &App, id: RecordId, facts: &Facts) -> Option<Vec<u8>> {
    let id = id.to_string();
    let secret = facts.secret.as_ref()?;
    Some(app.keys.seal_stored(place(&id), secret.as_bytes()))
}

/// Where the secret of a tenant lies.
fn place(id: &str) -> Place<'_> {
    Place {
        table: "installations",
        id,
        column: "secret",
    }
}

/// The one installation that a report can mean, by app, site and day. Where several fit, people say.
fn fitting(
    app: &App,
    conn: &mut Conn,
    app_key: &str,
    site: &str,
    what: Happening,
    on: Date,
) -> Result<Option<String>, DbError> {
    let tenants = db::lifecycle::at_site(conn, site, Some(app_key), SHOWN)?;
    let one = |fitting: Vec<&Tenant>| match fitting[..] {
        [tenant] => Some(tenant.client_key.clone()),
        _ => None,
    };
    let by_then = |tenant: &&Tenant| app.date(tenant.installed_at) <= on;
    if what != Happening::Uninstalled {
        return Ok(one(tenants.iter().filter(by_then).collect()));
    }
    // It may be the end that is known already; the zones may differ by a day.
    let is_known = |tenant: &&Tenant| {
        tenant.uninstalled_source != Some(Source::LicenceReport)
            && tenant
                .uninstalled_at
                .is_some_and(|at| (app.date(at) - on).get_days().abs() <= 1)
    };
    if let Some(tenant) = tenants.iter().find(is_known) {
        return Ok(Some(tenant.client_key.clone()));
    }
    let stands = |tenant: &&Tenant| {
        tenant.uninstalled_at.is_none() || tenant.uninstalled_source == Some(Source::LicenceReport)
    };
    let open: Vec<&Tenant> = tenants.iter().filter(by_then).filter(stands).collect();
    let older = open.iter().copied();
    let older = older
        .filter(|tenant| app.date(tenant.installed_at) < on)
        .collect();
    Ok(one(open).or_else(|| one(older)))
}

// Staff ------------------------------------------------------------------------

/// What staff enter of an installation.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Installed, or uninstalled.
    pub what: Happening,
    /// On which day.
    pub on: Date,
    /// Why it is entered.
    pub reason: String,
}

/// Staff enter or correct that an app was installed or uninstalled on a day.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::NotFound`]; [`ActionError::Invalid`] without a reason, for
/// a day to come, and where what is known says otherwise.
pub async fn enter(
    app: &App,
    actor: &Actor,
    id: RecordId,
    entry: &Entry,
) -> Result<(), ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor, entry) = (app.clone(), actor.clone(), entry.clone());
    app.db
        .write(move |conn| {
            let tenant = db::lifecycle::by_id(conn, id)?.ok_or(ActionError::NotFound)?;
            enter_in(&inner, conn, &actor, &tenant, &entry)
        })
        .await
}

/// The same, by the tenant's key. Where several apps share it, the app must be said.
///
/// # Errors
/// As [`enter`].
pub async fn enter_by_key(
    app: &App,
    actor: &Actor,
    client_key: &str,
    app_key: Option<&str>,
    entry: &Entry,
) -> Result<(), ActionError> {
    actor.may(Permission::Decide)?;
    let (inner, actor, entry) = (app.clone(), actor.clone(), entry.clone());
    let (client_key, app_key) = (client_key.to_owned(), app_key.map(str::to_owned));
    app.db
        .write(move |conn| {
            let mut found = db::lifecycle::with_client_key(conn, &client_key)?;
            found.retain(|tenant| app_key.as_ref().is_none_or(|key| *key == tenant.app_key));
            match &found[..] {
                [] => Err(ActionError::NotFound),
                [tenant] => enter_in(&inner, conn, &actor, tenant, &entry),
                _ => Err(ActionError::Invalid {
                    field: "--app",
                    message: "lifecycle-which-app",
                }),
            }
        })
        .await
}

fn enter_in(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    tenant: &Tenant,
    entry: &Entry,
) -> Result<(), ActionError> {
    let wrong = |field, message| Err(ActionError::Invalid { field, message });
    let reason = entry.reason.trim();
    if !REASON.contains(&reason.chars().count()) {
        return wrong("reason", "admin-installation-no-reason");
    }
    if entry.on > app.today() {
        return wrong("on", "lifecycle-future");
    }
    let message = Message {
        source: Source::Staff,
        what: entry.what,
        app_key: tenant.app_key.clone(),
        client_key: Some(tenant.client_key.clone()),
        site: None,
        when: When::On(entry.on),
        repeat: app.id::<LifecycleId>().to_string(),
        facts: None,
        reason: Some(reason.to_owned()),
    };
    hear(app, conn, actor, &message)?;
    // What was entered must stand, or whoever entered it would believe what is not so.
    let now = db::lifecycle::by_id(conn, tenant.id)?.ok_or(ActionError::NotFound)?;
    let ended_on = now.uninstalled_at.map(|at| app.date(at));
    match entry.what {
        Happening::Uninstalled if ended_on != Some(entry.on) => wrong("on", "lifecycle-stands"),
        Happening::Installed if ended_on.is_some() => wrong("on", "lifecycle-ended-later"),
        _ => Ok(()),
    }
}

/// Looks for installations by the host of the site or the tenant's key.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] for what can be neither.
pub async fn search(app: &App, actor: &Actor, q: &str) -> Result<Vec<Tenant>, ActionError> {
    actor.may(Permission::LookUp)?;
    let q = q.trim().to_owned();
    if !is_key(&q) {
        return Err(ActionError::Invalid {
            field: "q",
            message: "admin-installations-no-query",
        });
    }
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let mut found = db::lifecycle::with_client_key(conn, &q)?;
            if let Some(site) = crate::domain::lifecycle::site(&q) {
                found.extend(db::lifecycle::at_site(conn, &site, None, SHOWN)?);
            }
            looked(&inner, conn, &actor, found.len(), &q)?;
            Ok(found)
        })
        .await
}

/// An installation with all that was told of it.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The installation.
    pub tenant: Tenant,
    /// What was told, in the order of its happening.
    pub events: Vec<StoredEvent>,
}

/// Looks at one installation; that is an entry.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`].
pub async fn look(app: &App, actor: &Actor, id: RecordId) -> Result<Looked, ActionError> {
    actor.may(Permission::LookUp)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let tenant = db::lifecycle::by_id(conn, id)?.ok_or(ActionError::NotFound)?;
            let events = db::lifecycle::events_of(conn, &tenant.app_key, &tenant.client_key)?;
            looked(&inner, conn, &actor, 1, &tenant.client_key)?;
            Ok(Looked { tenant, events })
        })
        .await
}

fn looked(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    found: usize,
    about: &str,
) -> Result<(), DbError> {
    let event = Event::new(Action::LookedUp)
        .in_store("installation")
        .counting(found as u64)
        .about(about);
    trail::record(app, conn, actor, None, &event)?;
    Ok(())
}

// Reports ------------------------------------------------------------------------

/// Derives the end of installations from their licences, where a rule of the privacy statement takes
/// the licence report for it and the app itself tells nothing. A licence that runs again takes it
/// back. How many it changed.
///
/// # Errors
/// [`DbError`].
pub async fn derive_from_licences(app: &App, actor: &Actor) -> Result<u64, DbError> {
    let takes_it = app
        .policy
        .about(Category::Installation)
        .any(|rule| rule.sources.contains(&Source::LicenceReport));
    if !takes_it {
        return Ok(0);
    }
    let (mut after, mut changed) = (String::new(), 0);
    loop {
        let (inner, actor, from) = (app.clone(), actor.clone(), after.clone());
        let (last, some) = app
            .db
            .write(move |conn| -> Result<_, DbError> {
                let tenants = db::lifecycle::sited_after(conn, &from, BATCH)?;
                let mut changed = 0;
                for tenant in &tenants {
                    changed += u64::from(derive(&inner, conn, &actor, tenant)?);
                }
                Ok((tenants.last().map(|tenant| tenant.id.to_string()), changed))
            })
            .await?;
        changed += some;
        match last {
            Some(last) => after = last,
            None => return Ok(changed),
        }
    }
}

fn derive(app: &App, conn: &mut Conn, actor: &Actor, tenant: &Tenant) -> Result<bool, DbError> {
    let Some(site) = &tenant.site else {
        return Ok(false);
    };
    let events = db::lifecycle::events_of(conn, &tenant.app_key, &tenant.client_key)?;
    let all: Vec<Told> = events.iter().map(|event| as_told(app, event)).collect();
    let licences = db::lifecycle::licensed(conn, &tenant.app_key, site)?;
    if licences.is_empty() || speaks(&all) {
        return Ok(false);
    }
    let ended = licences_ended(&licences, app.today())
        .filter(|ended| *ended >= app.date(tenant.installed_at));
    let known: Vec<&StoredEvent> = events
        .iter()
        .filter(|event| event.source == Source::LicenceReport)
        .collect();
    if known.last().and_then(|event| event.on) == ended {
        return Ok(false);
    }
    for event in &known {
        db::lifecycle::delete(conn, event.id)?;
    }
    let message = |what, on: Date| Message {
        source: Source::LicenceReport,
        what,
        app_key: tenant.app_key.clone(),
        client_key: Some(tenant.client_key.clone()),
        site: None,
        when: When::On(on),
        repeat: on.to_string(),
        facts: None,
        reason: None,
    };
    match ended {
        Some(on) => {
            let heard = hear(app, conn, actor, &message(Happening::Uninstalled, on))?;
            Ok(heard == Heard::Changed)
        }
        None => {
            let told = told(app, conn, Some(tenant), &tenant.app_key, &tenant.client_key)?;
            let changed = write_standing(conn, tenant, &standing(&told))?;
            if changed {
                let taken_back = message(Happening::Installed, app.today());
                let about = Some(tenant.client_key.clone());
                record(
                    app,
                    conn,
                    actor,
                    &taken_back,
                    app.today(),
                    Heard::Changed,
                    about,
                )?;
                after_lifecycle_event(app, conn)?;
            }
            Ok(changed)
        }
    }
}

/// What was told of an installation that is gone, and of none, is forgotten after its time.
///
/// # Errors
/// [`DbError`].
pub async fn sweep(app: &App) -> Result<(), DbError> {
    let now = app.clock.now();
    let gone = now - SignedDuration::from_hours(24 * (LATE_DAYS + 1));
    let unplaced = now - SignedDuration::from_hours(24 * UNPLACED_DAYS);
    while app
        .db
        .write(move |conn| db::lifecycle::forget(conn, gone, unplaced, BATCH))
        .await?
        > 0
    {}
    Ok(())
}

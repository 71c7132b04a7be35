//! What was told of installations, and the installations as far as that changes them. Nothing here
//! decides what stands, and nothing here sees a key.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::schema::{erasure_guards, installations, licences, lifecycle_events};
use super::types::{maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{LifecycleId, RecordId};
use crate::domain::lifecycle::{Happening, Licensed, Standing};
use crate::domain::retention::Source;

/// Something that was told, to be stored.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id.
    pub id: LifecycleId,
    /// Who tells.
    pub source: Source,
    /// What.
    pub what: Happening,
    /// The app.
    pub app_key: String,
    /// The tenant's key, if it is known.
    pub client_key: Option<String>,
    /// The host of the site, if it is known.
    pub site: Option<String>,
    /// When it happened; of a day, its first instant.
    pub at: Timestamp,
    /// The day, where nothing more is known.
    pub on: Option<Date>,
    /// When we were told.
    pub received_at: Timestamp,
    /// The same for the same thing told by the same source again.
    pub repeat_key: String,
}

/// Stores what was told; false if it is known.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, event: &NewEvent) -> Result<bool, DbError> {
    let known: Option<String> = lifecycle_events::table
        .filter(lifecycle_events::repeat_key.eq(&event.repeat_key))
        .select(lifecycle_events::id)
        .first(conn)
        .optional()?;
    if known.is_some() {
        return Ok(false);
    }
    diesel::insert_into(lifecycle_events::table)
        .values((
            lifecycle_events::id.eq(event.id.to_string()),
            lifecycle_events::source.eq(event.source.as_str()),
            lifecycle_events::event.eq(event.what.as_str()),
            lifecycle_events::app_key.eq(&event.app_key),
            lifecycle_events::client_key.eq(&event.client_key),
            lifecycle_events::site.eq(&event.site),
            lifecycle_events::happened_at.eq(micros(event.at)),
            lifecycle_events::happened_on.eq(event.on.map(|on| on.to_string())),
            lifecycle_events::received_at.eq(micros(event.received_at)),
            lifecycle_events::repeat_key.eq(&event.repeat_key),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Something that was told, as it is stored.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// Its id.
    pub id: LifecycleId,
    /// Who told.
    pub source: Source,
    /// What.
    pub what: Happening,
    /// When it happened; of a day, its first instant.
    pub at: Timestamp,
    /// The day, where nothing more is known.
    pub on: Option<Date>,
    /// When we were told.
    pub received_at: Timestamp,
}

type EventRow = (String, String, String, i64, Option<String>, i64);

fn stored((id, source, what, at, on, received_at): EventRow) -> Result<StoredEvent, DbError> {
    Ok(StoredEvent {
        id: word(&id)?,
        source: word(&source)?,
        what: word(&what)?,
        at: time(at)?,
        on: maybe_word(on.as_deref())?,
        received_at: time(received_at)?,
    })
}

macro_rules! event_columns {
    () => {
        (
            lifecycle_events::id,
            lifecycle_events::source,
            lifecycle_events::event,
            lifecycle_events::happened_at,
            lifecycle_events::happened_on,
            lifecycle_events::received_at,
        )
    };
}

/// All that was told of an installation, in the order of its happening.
///
/// # Errors
/// [`DbError`].
pub fn events_of(
    conn: &mut Conn,
    app_key: &str,
    client_key: &str,
) -> Result<Vec<StoredEvent>, DbError> {
    lifecycle_events::table
        .filter(lifecycle_events::client_key.eq(client_key))
        .filter(lifecycle_events::app_key.eq(app_key))
        .order((lifecycle_events::happened_at, lifecycle_events::id))
        .select(event_columns!())
        .load::<EventRow>(conn)?
        .into_iter()
        .map(stored)
        .collect()
}

/// What was told of an app on a site, and fits no installation yet.
///
/// # Errors
/// [`DbError`].
pub fn unplaced(conn: &mut Conn, app_key: &str, site: &str) -> Result<Vec<StoredEvent>, DbError> {
    lifecycle_events::table
        .filter(lifecycle_events::site.eq(site))
        .filter(lifecycle_events::app_key.eq(app_key))
        .filter(lifecycle_events::client_key.is_null())
        .order((lifecycle_events::happened_at, lifecycle_events::id))
        .select(event_columns!())
        .load::<EventRow>(conn)?
        .into_iter()
        .map(stored)
        .collect()
}

/// Notes of which installation something was told.
///
/// # Errors
/// [`DbError`].
pub fn place(conn: &mut Conn, id: LifecycleId, client_key: &str) -> Result<(), DbError> {
    diesel::update(lifecycle_events::table.find(id.to_string()))
        .set(lifecycle_events::client_key.eq(client_key))
        .execute(conn)?;
    Ok(())
}

/// Takes back what was derived.
///
/// # Errors
/// [`DbError`].
pub fn delete(conn: &mut Conn, id: LifecycleId) -> Result<(), DbError> {
    diesel::delete(lifecycle_events::table.find(id.to_string())).execute(conn)?;
    Ok(())
}

/// Deletes one batch of what was told before a time of an installation that is not here, or not any
/// more, and of what fitted none since another time; how many rows.
///
/// # Errors
/// [`DbError`].
pub fn forget(
    conn: &mut Conn,
    gone_before: Timestamp,
    unplaced_before: Timestamp,
    limit: i64,
) -> Result<usize, DbError> {
    let here = installations::table
        .filter(
            installations::client_key
                .nullable()
                .eq(lifecycle_events::client_key),
        )
        .filter(installations::app_key.eq(lifecycle_events::app_key));
    let mut ids: Vec<String> = lifecycle_events::table
        .filter(lifecycle_events::client_key.is_not_null())
        .filter(lifecycle_events::received_at.lt(micros(gone_before)))
        .filter(diesel::dsl::not(diesel::dsl::exists(here)))
        .order(lifecycle_events::received_at)
        .limit(limit)
        .select(lifecycle_events::id)
        .load(conn)?;
    ids.extend(
        lifecycle_events::table
            .filter(lifecycle_events::client_key.is_null())
            .filter(lifecycle_events::received_at.lt(micros(unplaced_before)))
            .order(lifecycle_events::received_at)
            .limit(limit)
            .select(lifecycle_events::id)
            .load::<String>(conn)?,
    );
    Ok(
        diesel::delete(lifecycle_events::table.filter(lifecycle_events::id.eq_any(&ids)))
            .execute(conn)?,
    )
}

// Installations --------------------------------------------------------------

/// An installation, as far as what is told changes it.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its id.
    pub id: RecordId,
    /// The app.
    pub app_key: String,
    /// The tenant's key.
    pub client_key: String,
    /// The host of the site.
    pub site: Option<String>,
    /// The account that installed it.
    pub account_id: Option<String>,
    /// The secret shared with the tenant, sealed.
    pub secret: Option<Vec<u8>>,
    /// Since when it is installed.
    pub installed_at: Timestamp,
    /// When it was uninstalled.
    pub uninstalled_at: Option<Timestamp>,
    /// Who told that. Nothing: the record came to us with it.
    pub uninstalled_source: Option<Source>,
}

type TenantRow = (
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<Vec<u8>>,
    i64,
    Option<i64>,
    Option<String>,
);

fn tenant(row: TenantRow) -> Result<Tenant, DbError> {
    let (id, app_key, client_key, site, account_id, secret, installed, uninstalled, source) = row;
    Ok(Tenant {
        id: word(&id)?,
        app_key,
        client_key,
        site,
        account_id,
        secret,
        installed_at: time(installed)?,
        uninstalled_at: maybe_time(uninstalled)?,
        uninstalled_source: maybe_word(source.as_deref())?,
    })
}

macro_rules! tenant_columns {
    () => {
        (
            installations::id,
            installations::app_key,
            installations::client_key,
            installations::site,
            installations::account_id,
            installations::secret,
            installations::installed_at,
            installations::uninstalled_at,
            installations::uninstalled_source,
        )
    };
}

/// The installation of an app with a client key.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, app_key: &str, client_key: &str) -> Result<Option<Tenant>, DbError> {
    installations::table
        .filter(installations::client_key.eq(client_key))
        .filter(installations::app_key.eq(app_key))
        .select(tenant_columns!())
        .first::<TenantRow>(conn)
        .optional()?
        .map(tenant)
        .transpose()
}

/// The installation of this id.
///
/// # Errors
/// [`DbError`].
pub fn by_id(conn: &mut Conn, id: RecordId) -> Result<Option<Tenant>, DbError> {
    installations::table
        .find(id.to_string())
        .select(tenant_columns!())
        .first::<TenantRow>(conn)
        .optional()?
        .map(tenant)
        .transpose()
}

/// The apps with an installation that stands, but for those named and those that Forge tells of.
///
/// # Errors
/// [`DbError`].
pub fn apps_untold(conn: &mut Conn, told: &[&str]) -> Result<Vec<String>, DbError> {
    let forge = lifecycle_events::table
        .filter(lifecycle_events::source.eq(Source::Forge.as_str()))
        .select(lifecycle_events::app_key);
    Ok(installations::table
        .filter(installations::uninstalled_at.is_null())
        .filter(installations::app_key.ne_all(told))
        .filter(installations::app_key.ne_all(forge))
        .order(installations::app_key)
        .select(installations::app_key)
        .distinct()
        .load(conn)?)
}

/// The installations with this client key, one for each app.
///
/// # Errors
/// [`DbError`].
pub fn with_client_key(conn: &mut Conn, client_key: &str) -> Result<Vec<Tenant>, DbError> {
    installations::table
        .filter(installations::client_key.eq(client_key))
        .order(installations::id)
        .select(tenant_columns!())
        .load::<TenantRow>(conn)?
        .into_iter()
        .map(tenant)
        .collect()
}

/// The installations of all apps on a site, or of one.
///
/// # Errors
/// [`DbError`].
pub fn at_site(
    conn: &mut Conn,
    site: &str,
    app_key: Option<&str>,
    limit: i64,
) -> Result<Vec<Tenant>, DbError> {
    let rows = installations::table
        .filter(installations::site.eq(site))
        .order(installations::id)
        .limit(limit)
        .select(tenant_columns!());
    let rows: Vec<TenantRow> = match app_key {
        Some(app_key) => rows.filter(installations::app_key.eq(app_key)).load(conn)?,
        None => rows.load(conn)?,
    };
    rows.into_iter().map(tenant).collect()
}

/// The installations of which the newest was told, newest first.
///
/// # Errors
/// [`DbError`].
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<Tenant>, DbError> {
    installations::table
        .order(installations::id.desc())
        .limit(limit)
        .select(tenant_columns!())
        .load::<TenantRow>(conn)?
        .into_iter()
        .map(tenant)
        .collect()
}

/// The installations with a site after an id.
///
/// # Errors
/// [`DbError`].
pub fn sited_after(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Tenant>, DbError> {
    installations::table
        .filter(installations::site.is_not_null())
        .filter(installations::id.gt(after))
        .order(installations::id)
        .limit(limit)
        .select(tenant_columns!())
        .load::<TenantRow>(conn)?
        .into_iter()
        .map(tenant)
        .collect()
}

/// Stores an installation that an app told of. `from` stands in the place of an import.
///
/// # Errors
/// [`DbError`].
pub fn add(conn: &mut Conn, tenant: &Tenant, from: Source) -> Result<(), DbError> {
    diesel::insert_into(installations::table)
        .values((
            installations::id.eq(tenant.id.to_string()),
            installations::client_key.eq(&tenant.client_key),
            installations::app_key.eq(&tenant.app_key),
            installations::site.eq(&tenant.site),
            installations::account_id.eq(&tenant.account_id),
            installations::secret.eq(&tenant.secret),
            installations::installed_at.eq(micros(tenant.installed_at)),
            installations::import_id.eq(from.as_str()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores what stands of an installation.
///
/// # Errors
/// [`DbError`].
pub fn set_standing(conn: &mut Conn, id: RecordId, standing: &Standing) -> Result<(), DbError> {
    let removed = standing.removed;
    diesel::update(installations::table.find(id.to_string()))
        .set((
            installations::uninstalled_at.eq(removed.map(|end| micros(end.at))),
            installations::uninstalled_source
                .eq(removed.and_then(|end| end.source).map(Source::as_str)),
        ))
        .execute(conn)?;
    if let Some(installed_at) = standing.installed_at {
        diesel::update(installations::table.find(id.to_string()))
            .set(installations::installed_at.eq(micros(installed_at)))
            .execute(conn)?;
    }
    Ok(())
}

/// Stores the site and the sealed secret that a tenant told anew; what it did not tell stays.
///
/// # Errors
/// [`DbError`].
pub fn set_facts(
    conn: &mut Conn,
    id: RecordId,
    site: Option<&str>,
    secret: Option<&[u8]>,
) -> Result<(), DbError> {
    let row = installations::table.find(id.to_string());
    if let Some(site) = site {
        diesel::update(row.clone())
            .set(installations::site.eq(site))
            .execute(conn)?;
    }
    if let Some(secret) = secret {
        diesel::update(row)
            .set(installations::secret.eq(secret))
            .execute(conn)?;
    }
    Ok(())
}

/// Another account installed the app anew; what was known of the one before goes.
///
/// # Errors
/// [`DbError`].
pub fn set_account(conn: &mut Conn, id: RecordId, account_id: Option<&str>) -> Result<(), DbError> {
    diesel::update(installations::table.find(id.to_string()))
        .set((
            installations::account_id.eq(account_id),
            installations::email.eq(None::<String>),
            installations::address_digest.eq(None::<Vec<u8>>),
            installations::digest_key.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether the person of an installation was erased at this time or later.
///
/// # Errors
/// [`DbError`].
pub fn erased_since(conn: &mut Conn, client_key: &str, at: Timestamp) -> Result<bool, DbError> {
    let guard: Option<String> = erasure_guards::table
        .filter(erasure_guards::store.eq("installation"))
        .filter(erasure_guards::record_key.eq(client_key))
        .filter(erasure_guards::erased_at.ge(micros(at)))
        .select(erasure_guards::id)
        .first(conn)
        .optional()?;
    Ok(guard.is_some())
}

/// The licences and trials of an app on a site.
///
/// # Errors
/// [`DbError`].
pub fn licensed(conn: &mut Conn, app_key: &str, site: &str) -> Result<Vec<Licensed>, DbError> {
    let rows: Vec<(String, Option<String>, Option<String>)> = licences::table
        .filter(licences::site.eq(site))
        .filter(licences::addon_key.eq(app_key))
        .select((
            licences::status,
            licences::ends_on,
            licences::last_updated_on,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(status, ends_on, changed_on)| {
            Ok(Licensed {
                is_active: status.eq_ignore_ascii_case("active"),
                ends_on: maybe_word(ends_on.as_deref())?,
                changed_on: maybe_word(changed_on.as_deref())?,
            })
        })
        .collect()
}

/// The sites of licences.
///
/// # Errors
/// [`DbError`].
pub fn sites_of(conn: &mut Conn, licences: &[RecordId]) -> Result<Vec<String>, DbError> {
    let ids: Vec<String> = licences.iter().map(ToString::to_string).collect();
    let sites: Vec<Option<String>> = licences::table
        .filter(licences::id.eq_any(&ids))
        .filter(licences::site.is_not_null())
        .select(licences::site)
        .distinct()
        .load(conn)?;
    Ok(sites.into_iter().flatten().collect())
}

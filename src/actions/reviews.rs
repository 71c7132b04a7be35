//! Who may do what: accounts, tokens of machines and keys in one list, and that somebody looked it
//! through (Art. 32(1)(d)). A review is of the list that was looked at: if it changed meanwhile,
//! nothing is noted.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{ActionError, queries, trail};
use crate::app::App;
use crate::db::{self, Conn, DbError};
use crate::domain::deadline::first_late_instant;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::ReviewId;
use crate::domain::request::DecisionError;
use crate::domain::staff::{Permission, Role};
use crate::domain::taken::review_is_late;
use crate::i18n::Lang;
use crate::seal::Purpose;

/// Reviews that the list names.
const SHOWN: i64 = 20;

/// For how many days reviews stay on file.
const KEPT_DAYS: i64 = 3 * 365;

/// The list.
#[derive(Clone, Debug, Serialize)]
pub struct Access {
    /// `lethe-access/1`.
    pub form: &'static str,
    /// A digest of who may do what; what changes it needs another look.
    pub list: String,
    /// Accounts of staff, by name.
    pub accounts: Vec<AccountRow>,
    /// Tokens of machines.
    pub tokens: Vec<TokenRow>,
    /// Keys and secrets outside the database.
    pub keys: Vec<KeyRow>,
    /// The reviews, the newest first.
    pub reviews: Vec<ReviewRow>,
    /// When the next is due.
    pub due_on: Date,
    /// Whether that day has passed.
    pub is_late: bool,
}

/// An account.
#[derive(Clone, Debug, Serialize)]
pub struct AccountRow {
    /// The name that colleagues see.
    pub name: String,
    /// The name to sign in with.
    pub email: String,
    /// The role.
    pub role: String,
    /// What the role permits.
    pub permissions: Vec<&'static str>,
    /// Since when; an account keeps its role.
    pub since: Timestamp,
    /// The last sign-in, if it is known.
    pub signed_in_at: Option<Timestamp>,
    /// Sessions that are open.
    pub sessions: i64,
    /// Whether it has a second factor. Adding one changes nothing of who may do what, and needs no new review.
    pub second_factor: bool,
    /// The last day of a subcontractor's contract.
    pub until_on: Option<Date>,
    /// Whether it may sign in.
    pub active: bool,
}

/// A token.
#[derive(Clone, Debug, Serialize)]
pub struct TokenRow {
    /// Its name.
    pub name: String,
    /// What it may ask.
    pub scopes: Vec<&'static str>,
    /// Since when.
    pub since: Timestamp,
    /// On which day it was last used.
    pub last_used_on: Option<Date>,
}

/// A key, or a place with keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyRow {
    /// `key-file`, `install-keys`, `mail`, `mailbox` or `recipient`.
    pub kind: &'static str,
    /// Its id, or whose it is.
    pub name: String,
    /// What it is for, or where it lies.
    pub place: String,
}

/// A review.
#[derive(Clone, Debug, Serialize)]
pub struct ReviewRow {
    /// When.
    pub at: Timestamp,
    /// By whom; the operator has no name.
    pub by: Option<String>,
    /// How many accounts were open.
    pub accounts: i64,
    /// How many tokens were in force.
    pub tokens: i64,
    /// Whether the list is still the one that was looked at.
    pub is_current: bool,
}

/// The list as it is now.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn access(app: &App, actor: &Actor) -> Result<Access, ActionError> {
    actor.may(Permission::Audit)?;
    let inner = app.clone();
    app.db.read(move |conn| build(&inner, conn)).await
}

fn build(app: &App, conn: &mut Conn) -> Result<Access, ActionError> {
    let sessions = db::reviews::open_sessions(conn, app.clock.now())?;
    let with_factor = db::factors::who_has(conn)?;
    let accounts: Vec<AccountRow> = db::accounts::all(conn)?
        .into_iter()
        .map(|account| {
            let staff = account.staff;
            let open = sessions.iter().find(|(id, _)| *id == staff.id);
            AccountRow {
                permissions: if staff.active {
                    permitted(staff.role)
                } else {
                    Vec::new()
                },
                name: staff.name,
                email: staff.email.as_str().to_owned(),
                role: staff.role.to_string(),
                since: account.created_at,
                signed_in_at: account.signed_in_at,
                sessions: open.map_or(0, |(_, count)| *count),
                second_factor: with_factor.contains(&staff.id),
                until_on: staff.until_on,
                active: staff.active,
            }
        })
        .collect();
    let tokens: Vec<TokenRow> = db::senders::tokens(conn)?
        .into_iter()
        .filter(|token| token.revoked_at.is_none())
        .map(|token| TokenRow {
            name: token.sender.name,
            scopes: token
                .sender
                .scopes
                .iter()
                .map(|scope| scope.as_str())
                .collect(),
            since: token.created_at,
            last_used_on: token.last_used_on,
        })
        .collect();
    let keys = keys(app);
    let list = digest(&accounts, &tokens, &keys);
    let names = queries::names(conn)?;
    let reviews = db::reviews::latest(conn, SHOWN)?
        .into_iter()
        .map(|review| ReviewRow {
            at: review.at,
            by: review.by.and_then(|id| names.get(&id).cloned()),
            accounts: review.accounts,
            tokens: review.tokens,
            is_current: review.list == list,
        })
        .collect();
    let since = since(app, conn)?;
    let every = app.config.registers.access_review_days;
    Ok(Access {
        form: "lethe-access/1",
        list,
        accounts,
        tokens,
        keys,
        reviews,
        due_on: crate::domain::taken::last_day(since, every),
        is_late: review_is_late(since, every, app.today()),
    })
}

fn permitted(role: Role) -> Vec<&'static str> {
    let permissions = role.permissions().iter();
    permissions.map(|permission| permission.as_str()).collect()
}

/// Keys and secrets that let somebody in or sign for the vendor, by name; never one itself.
fn keys(app: &App) -> Vec<KeyRow> {
    let row = |kind, name: String, place: String| KeyRow { kind, name, place };
    let config = &app.config;
    let mut keys: Vec<KeyRow> = Purpose::ALL
        .iter()
        .map(|purpose| {
            row(
                "key-file",
                app.keys.current_id(*purpose).to_string(),
                purpose.to_string(),
            )
        })
        .collect();
    let folder = config.lifecycle.install_keys.as_ref();
    keys.extend(folder.map(|path| {
        let apps: Vec<&str> = config.connect.iter().map(|app| app.key.as_str()).collect();
        row("install-keys", apps.join(", "), path.display().to_string())
    }));
    let address = config.lifecycle.install_keys_url.as_ref();
    keys.extend(address.map(|url| {
        let apps: Vec<&str> = config.connect.iter().map(|app| app.key.as_str()).collect();
        row("install-keys", apps.join(", "), url.to_string())
    }));
    keys.extend(config.mail.inboxes.iter().map(|inbox| {
        let place = format!("{}@{}", inbox.login.user, inbox.host);
        row("mailbox", inbox.name.clone(), place)
    }));
    keys.extend(
        app.policy
            .recipients
            .iter()
            .filter_map(|recipient| match &recipient.notify {
                crate::domain::recipient::Notify::Webhook(url) => {
                    Some(row("recipient", recipient.name.clone(), url.clone()))
                }
                _ => None,
            }),
    );
    keys
}

/// The list as Markdown.
pub fn markdown(app: &App, l: Lang, access: &Access) -> String {
    let escaped = super::statement::render::escaped;
    let date = |at: Timestamp| l.date_medium(app.date(at));
    let never = || l.text("admin-never");
    let mut text = format!("# {}\n\n## ", l.text("admin-access-title"));
    text += &l.text("admin-access-accounts");
    text += "\n\n";
    for account in &access.accounts {
        let role = l.text_with("admin-role-named", &[("role", (&account.role).into())]);
        let permits: Vec<String> = account
            .permissions
            .iter()
            .map(|of| l.text_with("admin-permission", &[("permission", (*of).into())]))
            .collect();
        let state = if account.active {
            permits.join(", ")
        } else {
            l.text("admin-access-closed")
        };
        text += &format!(
            "- **{}** ({}), {}: {}. {} {}; {} {}; {} {}; {}: {}\n",
            escaped(&account.name),
            escaped(&account.email),
            escaped(&role),
            escaped(&state),
            l.text("admin-access-since"),
            date(account.since),
            l.text("admin-access-signed-in"),
            account.signed_in_at.map_or_else(never, date),
            l.text("admin-access-sessions"),
            account.sessions,
            l.text("admin-col-factor"),
            l.text_with(
                "admin-factor-has",
                &[("has", account.second_factor.to_string().into())],
            ),
        );
    }
    text += &format!("\n## {}\n\n", l.text("admin-access-tokens"));
    for token in &access.tokens {
        text += &format!(
            "- **{}**: {}. {} {}; {} {}\n",
            escaped(&token.name),
            escaped(&token.scopes.join(", ")),
            l.text("admin-access-since"),
            date(token.since),
            l.text("admin-access-used"),
            token
                .last_used_on
                .map_or_else(never, |on| l.date_medium(on)),
        );
    }
    text += &format!("\n## {}\n\n", l.text("admin-access-keys"));
    for key in &access.keys {
        let (kind, name, place) = super::words::key(l, key.kind, &key.name, &key.place);
        let (kind, name, place) = (escaped(&kind), escaped(&name), escaped(&place));
        text += &format!("- **{kind}** {name}: {place}\n");
    }
    text += &format!("\n## {}\n\n", l.text("admin-access-reviews"));
    for review in &access.reviews {
        let counts = l.text_with(
            "admin-access-counts",
            &[
                ("accounts", review.accounts.into()),
                ("tokens", review.tokens.into()),
            ],
        );
        let by = match &review.by {
            Some(name) => name.clone(),
            None => l.text_with("admin-actor", &[("actor", "operator".into())]),
        };
        text += &format!("- {}, {}: {counts}\n", date(review.at), escaped(&by));
    }
    text
}

/// What a review is of: who may do what. Sign-ins and days of use change nothing.
fn digest(accounts: &[AccountRow], tokens: &[TokenRow], keys: &[KeyRow]) -> String {
    let accounts: Vec<_> = accounts
        .iter()
        .filter(|account| account.active)
        .map(|account| (&account.email, &account.permissions, account.until_on))
        .collect();
    let tokens: Vec<_> = tokens
        .iter()
        .map(|token| (&token.name, &token.scopes))
        .collect();
    let keys: Vec<_> = keys
        .iter()
        .map(|key| (key.kind, &key.name, &key.place))
        .collect();
    let text = format!("{accounts:?} {tokens:?} {keys:?}");
    crate::audit::hex(&Sha256::digest(text.as_bytes())[..8])
}

/// Notes that the list was looked through, if it is still the one that was shown.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`DecisionError::Stale`] if the list is another by now.
pub async fn reviewed(app: &App, actor: &Actor, seen: &str) -> Result<(), ActionError> {
    actor.may(Permission::ReviewAccess)?;
    let (inner, actor, seen) = (app.clone(), actor.clone(), seen.to_owned());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let access = build(app, conn)?;
            if access.list != seen {
                return Err(DecisionError::Stale.into());
            }
            let open = access.accounts.iter().filter(|account| account.active);
            let review = db::reviews::Review {
                id: app.id::<ReviewId>(),
                at: app.clock.now(),
                by: actor.staff_id(),
                accounts: open.count() as i64,
                tokens: access.tokens.len() as i64,
                list: access.list,
            };
            db::reviews::insert(conn, &review)?;
            let event = Event::new(Action::AccessReviewed)
                .counting(review.accounts.unsigned_abs())
                .with("tokens", review.tokens)
                .with("list", &review.list);
            trail::record(app, conn, &actor, None, &event)?;
            Ok(())
        })
        .await
}

/// The day from which the next review counts: the last one, or the first account.
fn since(app: &App, conn: &mut Conn) -> Result<Date, DbError> {
    let last = db::reviews::latest(conn, 1)?
        .first()
        .map(|review| review.at);
    let accounts = db::accounts::all(conn)?;
    let first = accounts.iter().map(|account| account.created_at).min();
    Ok(last
        .or(first)
        .map_or_else(|| app.today(), |at| app.date(at)))
}

/// Since when a review is late, if it is.
///
/// # Errors
/// [`DbError`].
pub fn late_since(app: &App, conn: &mut Conn) -> Result<Option<Timestamp>, DbError> {
    let (since, every) = (since(app, conn)?, app.config.registers.access_review_days);
    Ok(review_is_late(since, every, app.today()).then(|| {
        let last = crate::domain::taken::last_day(since, every);
        first_late_instant(last, &app.config.vendor.zone)
    }))
}

/// Forgets reviews that are long past; the latest stays.
pub(super) async fn sweep(app: &App) -> Result<(), ActionError> {
    let before = app.clock.now() - SignedDuration::from_hours(24 * KEPT_DAYS);
    app.db
        .write(move |conn| db::reviews::forget_before(conn, before))
        .await?;
    Ok(())
}

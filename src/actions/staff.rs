//! Accounts of staff: adding, closing, signing in and out.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use super::{ActionError, trail};
use crate::app::App;
use crate::auth::password::{self, Password};
use crate::auth::token::Token;
use crate::db::accounts::Account;
use crate::db::requests::QueueFilter;
use crate::db::{self, Conn, DbError};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::StaffId;
use crate::domain::request::Progress;
use crate::domain::staff::{Permission, Proved, Role, Staff, Standing};

/// How long a session of staff lasts.
pub(super) const SESSION: SignedDuration = SignedDuration::from_hours(12);

/// How long one lasts that waits for the code of the second factor.
const HALF_SESSION: SignedDuration = SignedDuration::from_mins(10);

/// How long one lasts that can do nothing but add a second factor, and how long adding one may take.
pub(super) const ENROLMENT: SignedDuration = SignedDuration::from_mins(30);

/// After so many failed tries in a row an account rests, a minute first, doubling up to an hour.
const FREE_TRIES: i32 = 5;

/// Passwords hashed at a time: each takes 19 MiB on purpose, and nobody's try may take all memory.
static HASHING: Semaphore = Semaphore::const_new(4);

/// A new account.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// Where letters go, and the name to sign in with.
    pub email: Email,
    /// The name that colleagues see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// A subcontractor's contract.
    pub contract: Option<String>,
    /// The last day of that contract.
    pub until_on: Option<Date>,
}

/// Adds an account.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] for a name that is empty, a
/// subcontractor without contract and end, or an address that has an account.
pub async fn add(
    app: &App,
    actor: &Actor,
    new: NewStaff,
    password: Password,
) -> Result<Staff, ActionError> {
    actor.may(Permission::Staff)?;
    if new.name.trim().is_empty() || new.name.chars().count() > super::submit::MAX_VALUE {
        return Err(ActionError::Invalid {
            field: "name",
            message: "admin-staff-no-name",
        });
    }
    if new.role == Role::Subcontractor && new.contract.is_none() {
        return Err(ActionError::Invalid {
            field: "contract",
            message: "admin-staff-no-contract",
        });
    }
    if new.role == Role::Subcontractor && new.until_on.is_none() {
        return Err(ActionError::Invalid {
            field: "ends_on",
            message: "admin-staff-no-end",
        });
    }
    let password_hash = blocking(move || password.hash()).await?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            if db::accounts::by_email(conn, &new.email)?.is_some() {
                return Err(ActionError::Invalid {
                    field: "email",
                    message: "admin-staff-email-taken",
                });
            }
            let account = Account {
                staff: Staff {
                    id: inner.id(),
                    email: new.email.clone(),
                    name: new.name.trim().to_owned(),
                    role: new.role,
                    team: None,
                    contract: new.contract.clone(),
                    until_on: new.until_on,
                    active: true,
                },
                password_hash: password_hash.clone(),
                failures: 0,
                locked_until: None,
                created_at: inner.clock.now(),
                signed_in_at: None,
                wrong_codes: 0,
                wrong_code_at: None,
            };
            db::accounts::insert(conn, &account)?;
            let event = Event::new(Action::StaffAdded)
                .on_account(account.staff.id)
                .with("role", new.role);
            trail::record(&inner, conn, &actor, None, &event)?;
            Ok(account.staff)
        })
        .await
}

/// Closes an account; its open requests are nobody's then. Nobody closes their own.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::NotFound`].
pub async fn deactivate(app: &App, actor: &Actor, id: StaffId) -> Result<(), ActionError> {
    actor.may(Permission::Staff)?;
    if actor.staff_id() == Some(id) {
        return Err(ActionError::NotFound);
    }
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            db::accounts::find(conn, id)?.ok_or(ActionError::NotFound)?;
            db::accounts::deactivate(conn, id)?;
            let theirs = QueueFilter {
                assignee: Some(id),
                progress: Progress::ALL.to_vec(),
                ..QueueFilter::default()
            };
            for request in db::requests::queue(conn, &theirs, i64::MAX)? {
                let team = request.team.clone();
                let (mut request, event) = request.assign(None, team)?;
                db::requests::save(conn, &mut request)?;
                trail::record(&inner, conn, &actor, Some(request.id), &event)?;
            }
            trail::record(
                &inner,
                conn,
                &actor,
                None,
                &Event::new(Action::StaffDeactivated).on_account(id),
            )?;
            Ok(())
        })
        .await
}

/// An account, for whoever administers it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The account.
    pub staff: Staff,
    /// How many open requests are assigned to it.
    pub open: i64,
    /// Whether it has a second factor.
    pub has_factor: bool,
}

/// All accounts, by name.
///
/// # Errors
/// [`ActionError::Forbidden`].
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Listed>, ActionError> {
    actor.may(Permission::Staff)?;
    app.db
        .read(|conn| -> Result<_, ActionError> {
            let with_factor = db::factors::who_has(conn)?;
            let accounts = db::accounts::all(conn)?.into_iter();
            accounts
                .map(|account| {
                    let counts = db::requests::count_open(conn, Some(account.staff.id))?;
                    Ok(Listed {
                        open: counts.iter().map(|(_, count)| count).sum(),
                        has_factor: with_factor.contains(&account.staff.id),
                        staff: account.staff,
                    })
                })
                .collect()
        })
        .await
}

/// Signs in; the token of the session, or nothing if address, password or account are not
/// right, or while the account rests after too many failures. Which of them is not told, and
/// every try costs the same. Where a second factor is asked for, the session opens nothing but
/// the step that is missing ([`session`]).
///
/// # Errors
/// [`ActionError::Db`].
pub async fn sign_in(app: &App, email: &str, typed: &str) -> Result<Option<String>, ActionError> {
    let account = match Email::parse(email) {
        Ok(email) => {
            app.db
                .read(move |conn| db::accounts::by_email(conn, &email))
                .await?
        }
        Err(_) => None,
    };
    let stored = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let (typed, known) = (typed.to_owned(), stored.clone());
    let matches = blocking(move || password::verify(known.as_deref(), &typed)).await?;
    let (inner, today) = (app.clone(), app.today());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            // Looked at again here, so that tries side by side are all counted.
            let account = match &account {
                Some(account) => db::accounts::find(conn, account.staff.id)?,
                None => None,
            };
            let Some(account) = account else {
                let event = Event::new(Action::SignInFailed);
                trail::record(&inner, conn, &Actor::System, None, &event)?;
                return Ok(None);
            };
            // Of a password that was changed while this waited nothing opens.
            let right = matches && stored.as_ref() == Some(&account.password_hash);
            let (staff, now) = (&account.staff, inner.clock.now());
            let actor = Actor::Staff {
                id: staff.id,
                role: staff.role,
            };
            let rests = account.locked_until.is_some_and(|until| now < until);
            let usable = staff.active && staff.until_on.is_none_or(|until| today <= until);
            if rests || !usable || !right {
                if !rests {
                    let failures = account.failures + 1;
                    db::accounts::note_failure(
                        conn,
                        staff.id,
                        failures,
                        rest_after(failures, now),
                    )?;
                }
                let event = Event::new(Action::SignInFailed);
                trail::record(&inner, conn, &actor, None, &event)?;
                return Ok(None);
            }
            let has_factor = db::factors::has(conn, staff.id)?;
            let asked = inner.config.staff.second_factor;
            let (lasts, action) = match Standing::of(Proved::Password, has_factor, asked) {
                Standing::Whole => (SESSION, Action::SignedIn),
                Standing::NeedsCode => (HALF_SESSION, Action::SignInBegun),
                Standing::NeedsFactor => (ENROLMENT, Action::SignInBegun),
            };
            // Where codes can still be guessed, a right password forgives no wrong one.
            if !has_factor {
                db::accounts::note_failure(conn, staff.id, 0, None)?;
            }
            if action == Action::SignedIn {
                db::accounts::note_signed_in(conn, staff.id, now)?;
            }
            let session = open_session(conn, staff.id, Proved::Password, now, lasts)?;
            trail::record(&inner, conn, &actor, None, &Event::new(action))?;
            Ok(Some(session))
        })
        .await
}

/// Opens a session that has shown this much; its token.
pub(super) fn open_session(
    conn: &mut Conn,
    id: StaffId,
    proved: Proved,
    now: Timestamp,
    lasts: SignedDuration,
) -> Result<String, DbError> {
    let token = Token::random();
    db::accounts::open_session(conn, &token.hash(), id, proved, now, now + lasts)?;
    Ok(token.as_str().to_owned())
}

/// Until when an account rests after so many failed tries in a row.
pub(super) fn rest_after(failures: i32, now: Timestamp) -> Option<Timestamp> {
    let over = failures.checked_sub(FREE_TRIES).filter(|over| *over >= 0)?;
    Some(now + SignedDuration::from_mins((1 << over.min(6)).min(60)))
}

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose it is.
    pub staff: Staff,
    /// How far they have come in signing in. Whoever lets somebody in on a session asks this first.
    pub standing: Standing,
}

/// Who a session belongs to, if it has not ended.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn session(app: &App, token: &str) -> Result<Option<Session>, ActionError> {
    let Some(token) = Token::parse(token) else {
        return Ok(None);
    };
    let (inner, hash) = (app.clone(), token.hash());
    Ok(app
        .db
        .read(move |conn| session_of(&inner, conn, &hash))
        .await?)
}

/// The same, for the hash of its token.
pub(super) fn session_of(
    app: &App,
    conn: &mut Conn,
    hash: &[u8; 32],
) -> Result<Option<Session>, DbError> {
    let (now, today) = (app.clock.now(), app.today());
    let Some(session) = db::accounts::session(conn, hash, now)? else {
        return Ok(None);
    };
    let staff = session.account.staff;
    if staff.until_on.is_some_and(|until| until < today) {
        return Ok(None);
    }
    let has_factor = db::factors::has(conn, staff.id)?;
    let standing = Standing::of(session.proved, has_factor, app.config.staff.second_factor);
    Ok(Some(Session { staff, standing }))
}

/// Ends a session.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn sign_out(app: &App, actor: &Actor, token: &str) -> Result<(), ActionError> {
    let Some(token) = Token::parse(token) else {
        return Ok(());
    };
    let (inner, actor, hash) = (app.clone(), actor.clone(), token.hash());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            db::accounts::end_session(conn, &hash)?;
            trail::record(&inner, conn, &actor, None, &Event::new(Action::SignedOut))?;
            Ok(())
        })
        .await
}

/// Changes one's own password and ends all one's sessions; the token of the one that goes on.
///
/// # Errors
/// [`ActionError::Invalid`] if the present password is wrong, [`ActionError::NotFound`] for nobody's account.
pub async fn change_password(
    app: &App,
    actor: &Actor,
    session: &str,
    present: &str,
    new: Password,
) -> Result<String, ActionError> {
    let id = actor.staff_id().ok_or(ActionError::NotFound)?;
    let token = Token::parse(session).ok_or(ActionError::NotFound)?;
    ask_again(app, actor, present).await?;
    let hash = blocking(move || new.hash()).await?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let now = inner.clock.now();
            let session = db::accounts::session(conn, &token.hash(), now)?;
            let proved = session.ok_or(ActionError::NotFound)?.proved;
            db::accounts::set_password(conn, id, &hash)?;
            let event = Event::new(Action::PasswordChanged).on_account(id);
            trail::record(&inner, conn, &actor, None, &event)?;
            Ok(open_session(conn, id, proved, now, SESSION)?)
        })
        .await
}

/// Asks somebody who is signed in for their password once more, before they change how they sign in. A
/// wrong one counts as one at sign-in does. Whoever rests because somebody else typed wrong ones at the
/// door may go on with the right one; a wrong one ends their sessions then, so that nobody guesses on.
///
/// # Errors
/// [`ActionError::Invalid`] if it is wrong; [`ActionError::NotFound`] for nobody's account.
pub(super) async fn ask_again(app: &App, actor: &Actor, typed: &str) -> Result<(), ActionError> {
    let id = actor.staff_id().ok_or(ActionError::NotFound)?;
    let account = app
        .db
        .read(move |conn| db::accounts::find(conn, id))
        .await?
        .ok_or(ActionError::NotFound)?;
    let (stored, typed) = (account.password_hash, typed.to_owned());
    let known = stored.clone();
    let matches = blocking(move || password::verify(Some(&known), &typed)).await?;
    let (inner, actor) = (app.clone(), actor.clone());
    let wrong = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let account = db::accounts::find(conn, id)?.ok_or(ActionError::NotFound)?;
            let now = inner.clock.now();
            if matches && account.password_hash == stored {
                return Ok(None);
            }
            let event = Event::new(Action::SignInFailed);
            trail::record(&inner, conn, &actor, None, &event)?;
            if account.locked_until.is_some_and(|until| now < until) {
                db::accounts::end_sessions_of(conn, id)?;
                return Ok(Some("admin-password-rests"));
            }
            let failures = account.failures + 1;
            db::accounts::note_failure(conn, id, failures, rest_after(failures, now))?;
            Ok(Some("admin-password-wrong"))
        })
        .await?;
    match wrong {
        None => Ok(()),
        Some(message) => Err(ActionError::Invalid {
            field: "password",
            message,
        }),
    }
}

/// Sets the password of an account: one's own, or anybody's for an administrator.
///
/// # Errors
/// [`ActionError::Forbidden`].
pub async fn set_password(
    app: &App,
    actor: &Actor,
    id: StaffId,
    new: Password,
) -> Result<(), ActionError> {
    if actor.staff_id() != Some(id) {
        actor.may(Permission::Staff)?;
    }
    let hash = blocking(move || new.hash()).await?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            db::accounts::set_password(conn, id, &hash)?;
            // What was typed wrong before was another password.
            db::accounts::note_failure(conn, id, 0, None)?;
            trail::record(
                &inner,
                conn,
                &actor,
                None,
                &Event::new(Action::PasswordChanged).on_account(id),
            )?;
            Ok(())
        })
        .await
}

/// Hashing takes time on purpose; it must not hold up the pages of others.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ActionError> {
    let _place = HASHING
        .acquire()
        .await
        .map_err(|error| DbError::Internal(error.to_string()))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| DbError::Internal(format!("hashing ended early: {error}")).into())
}

//! The second factor of staff: an authenticator app, and recovery codes for whoever has lost it.
//!
//! Whoever changes how they sign in is asked for the password, and for a code where there is a factor. A wrong
//! code counts for the session and for the account, so that a new sign-in gives no new tries; each code is
//! accepted once. Every act is an entry and a letter to the person.

use jiff::{SignedDuration, Timestamp};

use super::staff::{self, ENROLMENT, SESSION};
use super::{ActionError, letters, trail};
use crate::app::App;
use crate::auth::recovery::{self, RecoveryCode};
use crate::auth::token::{Code, Token};
use crate::auth::totp::Secret;
use crate::db::accounts::Account;
use crate::db::factors::Factor;
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{EntryId, FactorId, StaffId};
use crate::domain::staff::{FactorKind, Permission, Proved, Role, SecondFactor, Staff, Standing};
use crate::mail::letters::{FactorNews, Letter};
use crate::seal::Place;

/// Wrong codes in a row that an account, or one session, is allowed.
const TRIES: i32 = 5;

/// For how long no code is looked at after that, and how long a wrong one counts.
const REST: SignedDuration = SignedDuration::from_mins(15);

/// The fewest and the most characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 2..=500;

/// Where somebody changes theirs.
const PATH: &str = "/admin/second-factor";

/// How it stands with somebody's own second factor.
#[derive(Debug)]
pub struct Mine {
    /// Since when there is one.
    pub since: Option<Timestamp>,
    /// How many recovery codes are left.
    pub codes_left: i64,
    /// The secret of the one that this session is adding.
    pub pending: Option<Secret>,
    /// Whether one can be added.
    pub is_offered: bool,
}

/// How it stands with one's own second factor.
///
/// # Errors
/// [`ActionError::NotFound`] for nobody's account.
pub async fn mine(app: &App, actor: &Actor, session: &str) -> Result<Mine, ActionError> {
    let id = actor.staff_id().ok_or(ActionError::NotFound)?;
    let token = Token::parse(session).ok_or(ActionError::NotFound)?;
    let inner = app.clone();
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let factors = db::factors::of(conn, id)?;
            let after = inner.clock.now() - ENROLMENT;
            let pending = db::factors::pending(conn, &token.hash(), after)?;
            Ok(Mine {
                since: factors.iter().filter_map(|one| one.confirmed_at).min(),
                codes_left: db::factors::recovery_codes_left(conn, id)?,
                pending: pending
                    .filter(|factor| factor.staff == id)
                    .map(|factor| open(&inner, &factor))
                    .transpose()?,
                is_offered: inner.config.staff.second_factor != SecondFactor::Off,
            })
        })
        .await
}

/// Begins to add an authenticator app. It counts once a code of it is shown, in the same session.
///
/// # Errors
/// [`ActionError::Invalid`] if the password is wrong; [`ActionError::NotFound`] where none can be added.
pub async fn begin(
    app: &App,
    actor: &Actor,
    session: &str,
    password: &str,
) -> Result<(), ActionError> {
    let id = actor.staff_id().ok_or(ActionError::NotFound)?;
    let token = Token::parse(session).ok_or(ActionError::NotFound)?;
    if app.config.staff.second_factor == SecondFactor::Off {
        return Err(ActionError::NotFound);
    }
    staff::ask_again(app, actor, password).await?;
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            if db::factors::has(conn, id)? {
                return Err(ActionError::NotFound);
            }
            db::factors::delete_pending_of(conn, id)?;
            let factor_id: FactorId = inner.id();
            let sealed = inner
                .keys
                .seal_stored(place_of(&factor_id.to_string()), Secret::random().bytes());
            db::factors::insert(
                conn,
                &Factor {
                    id: factor_id,
                    staff: id,
                    kind: FactorKind::Totp,
                    sealed,
                    begun_at: inner.clock.now(),
                    session_hash: Some(token.hash().to_vec()),
                    confirmed_at: None,
                    last_step: None,
                },
            )?;
            Ok(())
        })
        .await
}

/// What somebody gets who has added a factor.
#[derive(Debug)]
pub struct Added {
    /// The token of the one session that goes on.
    pub session: String,
    /// The recovery codes, which nothing shows again.
    pub codes: Vec<RecoveryCode>,
}

/// Adds the authenticator app that this session began with, and ends all other sessions.
///
/// # Errors
/// [`ActionError::Invalid`] if the code is wrong; [`ActionError::NotFound`] if nothing was begun, or too long ago.
pub async fn confirm(
    app: &App,
    actor: &Actor,
    session: &str,
    typed: &str,
) -> Result<Added, ActionError> {
    let id = actor.staff_id().ok_or(ActionError::NotFound)?;
    let token = Token::parse(session).ok_or(ActionError::NotFound)?;
    let code = Code::parse(typed).ok_or(wrong_code("admin-factor-code-none"))?;
    let (inner, actor) = (app.clone(), actor.clone());
    let added = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, now) = (&inner, inner.clock.now());
            let session = db::accounts::session(conn, &token.hash(), now)?;
            let session = session.ok_or(ActionError::NotFound)?;
            let factor = db::factors::pending(conn, &token.hash(), now - ENROLMENT)?
                .filter(|factor| factor.staff == id)
                .ok_or(ActionError::NotFound)?;
            if db::factors::has(conn, id)? {
                return Err(ActionError::NotFound);
            }
            let step = open(app, &factor)?
                .accepts(code, now, None)
                .ok_or(wrong_code("admin-factor-code-wrong"))?;
            db::factors::confirm(conn, factor.id, now, step)?;
            let codes = new_codes(app, conn, id)?;
            db::accounts::end_sessions_of(conn, id)?;
            let opened = staff::open_session(conn, id, Proved::Both, now, SESSION)?;
            let event = Event::new(Action::FactorAdded)
                .on_account(id)
                .with("kind", factor.kind);
            let entry = trail::record(app, conn, &actor, None, &event)?;
            let asked = app.config.staff.second_factor;
            if Standing::of(session.proved, false, asked) != Standing::Whole {
                signed_in(app, conn, id, &actor, Way::Totp)?;
            }
            let reader = &session.account.staff;
            tell(
                app,
                conn,
                reader,
                FactorNews::Added,
                recovery::COUNT as i64,
                entry,
            )?;
            Ok(Added {
                session: opened,
                codes,
            })
        })
        .await?;
    app.wake.notify_one();
    Ok(added)
}

/// What came of a code at sign-in.
#[derive(Debug, PartialEq, Eq)]
pub enum Entered {
    /// They are in; the token of the session that takes the place of the half one.
    In(String),
    /// It is no code at all, and counts for nothing.
    NoCode,
    /// It is wrong, or was used already.
    Wrong,
    /// It is wrong, and so were so many that the half session has ended.
    Ended,
    /// No code of this account is looked at until then, and the half session has ended.
    Rests(Timestamp),
}

/// Takes the second step of a sign-in.
///
/// # Errors
/// [`ActionError::NotFound`] if the session does not wait for a code.
pub async fn enter(app: &App, session: &str, typed: &str) -> Result<Entered, ActionError> {
    let token = Token::parse(session).ok_or(ActionError::NotFound)?;
    let (inner, typed) = (app.clone(), typed.to_owned());
    let entered = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, now, hash) = (&inner, inner.clock.now(), token.hash());
            let session = db::accounts::session(conn, &hash, now)?;
            let session = session.ok_or(ActionError::NotFound)?;
            let id = session.account.staff.id;
            let has_factor = db::factors::has(conn, id)?;
            let asked = app.config.staff.second_factor;
            if Standing::of(session.proved, has_factor, asked) != Standing::NeedsCode {
                return Err(ActionError::NotFound);
            }
            match check(app, conn, &session.account, &typed)? {
                Checked::Right(way) => {
                    db::accounts::end_session(conn, &hash)?;
                    let opened = staff::open_session(conn, id, Proved::Both, now, SESSION)?;
                    signed_in(app, conn, id, &actor_of(&session.account), way)?;
                    Ok(Entered::In(opened))
                }
                Checked::NoCode => Ok(Entered::NoCode),
                Checked::Rests(until) => {
                    db::accounts::end_session(conn, &hash)?;
                    Ok(Entered::Rests(until))
                }
                // The account's count begins anew when somebody signs in; this session's does not.
                Checked::Wrong if session.wrong_codes + 1 >= TRIES => {
                    db::accounts::end_session(conn, &hash)?;
                    Ok(Entered::Ended)
                }
                Checked::Wrong => {
                    db::accounts::note_wrong_in_session(conn, &hash, session.wrong_codes + 1)?;
                    Ok(Entered::Wrong)
                }
            }
        })
        .await?;
    app.wake.notify_one();
    Ok(entered)
}

/// Until when no code of an account is looked at, if it rests.
///
/// # Errors
/// [`ActionError::NotFound`] for nobody's account.
pub async fn rests_until(app: &App, actor: &Actor) -> Result<Option<Timestamp>, ActionError> {
    let id = actor.staff_id().ok_or(ActionError::NotFound)?;
    let account = app
        .db
        .read(move |conn| db::accounts::find(conn, id))
        .await?;
    let account = account.ok_or(ActionError::NotFound)?;
    Ok(resting(&account, app.clock.now()))
}

/// Makes one's own recovery codes anew; the old ones are worth nothing from then on.
///
/// # Errors
/// [`ActionError::Invalid`] if the password or the code is wrong; [`ActionError::NotFound`] without a factor.
pub async fn renew_codes(
    app: &App,
    actor: &Actor,
    password: &str,
    typed: &str,
) -> Result<Vec<RecoveryCode>, ActionError> {
    with_code(app, actor, password, typed, |app, conn, actor, account| {
        let id = account.staff.id;
        let codes = new_codes(app, conn, id)?;
        let event = Event::new(Action::RecoveryCodesRenewed).on_account(id);
        let entry = trail::record(app, conn, actor, None, &event)?;
        let news = FactorNews::CodesRenewed;
        tell(
            app,
            conn,
            &account.staff,
            news,
            recovery::COUNT as i64,
            entry,
        )?;
        Ok(codes)
    })
    .await
}

/// Removes one's own second factor and ends all other sessions; the token of the one that goes on.
///
/// # Errors
/// [`ActionError::Invalid`] if the password or the code is wrong; [`ActionError::NotFound`] without a factor.
pub async fn remove_own(
    app: &App,
    actor: &Actor,
    password: &str,
    typed: &str,
) -> Result<String, ActionError> {
    with_code(app, actor, password, typed, |app, conn, actor, account| {
        let id = account.staff.id;
        forget(conn, id)?;
        let event = Event::new(Action::FactorRemoved).on_account(id);
        let entry = trail::record(app, conn, actor, None, &event)?;
        tell(app, conn, &account.staff, FactorNews::Removed, 0, entry)?;
        let now = app.clock.now();
        Ok(staff::open_session(
            conn,
            id,
            Proved::Password,
            now,
            SESSION,
        )?)
    })
    .await
}

/// Removes somebody else's second factor, with a reason, and ends their sessions.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] without a reason; [`ActionError::NotFound`] for one's own,
/// or where there is none.
pub async fn remove(
    app: &App,
    actor: &Actor,
    id: StaffId,
    reason: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Staff)?;
    if actor.staff_id() == Some(id) {
        return Err(ActionError::NotFound);
    }
    let reason = reason.trim().to_owned();
    if !REASON.contains(&reason.chars().count()) {
        return Err(ActionError::Invalid {
            field: "reason",
            message: "admin-factor-no-reason",
        });
    }
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let account = db::accounts::find(conn, id)?.ok_or(ActionError::NotFound)?;
            if !db::factors::has(conn, id)? {
                return Err(ActionError::NotFound);
            }
            forget(conn, id)?;
            let event = Event::new(Action::FactorRemoved).on_account(id);
            let entry = trail::record(&inner, conn, &actor, None, &event.about(&reason))?;
            tell(
                &inner,
                conn,
                &account.staff,
                FactorNews::RemovedByOther,
                0,
                entry,
            )
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// How many of the administrators have no second factor where it is not required, and how many there are.
///
/// # Errors
/// [`DbError`].
pub fn administrators_without(
    app: &App,
    conn: &mut Conn,
) -> Result<Option<(usize, usize)>, DbError> {
    if app.config.staff.second_factor == SecondFactor::Required {
        return Ok(None);
    }
    let with_factor = db::factors::who_has(conn)?;
    let accounts = db::accounts::all(conn)?;
    let administrators: Vec<_> = accounts
        .iter()
        .filter(|account| account.staff.active && account.staff.role == Role::Administrator)
        .collect();
    let without = administrators
        .iter()
        .filter(|account| !with_factor.contains(&account.staff.id))
        .count();
    Ok((without > 0).then_some((without, administrators.len())))
}

/// Does something to the account of somebody who has typed their password and a code.
async fn with_code<T: Send + 'static>(
    app: &App,
    actor: &Actor,
    password: &str,
    typed: &str,
    work: impl Fn(&App, &mut Conn, &Actor, &Account) -> Result<T, ActionError> + Send + 'static,
) -> Result<T, ActionError> {
    let id = actor.staff_id().ok_or(ActionError::NotFound)?;
    if !app.db.read(move |conn| db::factors::has(conn, id)).await? {
        return Err(ActionError::NotFound);
    }
    staff::ask_again(app, actor, password).await?;
    let (inner, actor, typed) = (app.clone(), actor.clone(), typed.to_owned());
    // What a wrong code counts for must outlive the refusal.
    let done = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let account = db::accounts::find(conn, id)?.ok_or(ActionError::NotFound)?;
            Ok(match check(&inner, conn, &account, &typed)? {
                Checked::Right(_) => Ok(work(&inner, conn, &actor, &account)?),
                Checked::NoCode => Err("admin-factor-code-none"),
                Checked::Wrong => Err("admin-factor-code-wrong"),
                Checked::Rests(_) => Err("admin-factor-code-rests"),
            })
        })
        .await?;
    app.wake.notify_one();
    done.map_err(wrong_code)
}

/// With what somebody has shown who they are.
#[derive(Clone, Copy)]
enum Way {
    Totp,
    RecoveryCode,
}

enum Checked {
    Right(Way),
    NoCode,
    Wrong,
    Rests(Timestamp),
}

/// Looks at a code, uses it up if it is right, and counts it if it is wrong.
fn check(
    app: &App,
    conn: &mut Conn,
    account: &Account,
    typed: &str,
) -> Result<Checked, ActionError> {
    let (now, id) = (app.clock.now(), account.staff.id);
    if let Some(until) = resting(account, now) {
        return Ok(Checked::Rests(until));
    }
    let way = match (Code::parse(typed), RecoveryCode::parse(typed)) {
        (Some(code), _) => accept(app, conn, id, code)?.then_some(Way::Totp),
        (None, Some(code)) => {
            db::factors::use_recovery_code(conn, id, &code.hash(id.0))?.then_some(Way::RecoveryCode)
        }
        (None, None) => return Ok(Checked::NoCode),
    };
    let actor = actor_of(account);
    let Some(way) = way else {
        let before = account
            .wrong_code_at
            .filter(|last| now < *last + REST)
            .map_or(0, |_| account.wrong_codes);
        let (wrong, failures) = (before + 1, account.failures + 1);
        let rests = staff::rest_after(failures, now);
        db::accounts::note_wrong_codes(conn, id, wrong, Some(now))?;
        db::accounts::note_failure(conn, id, failures, rests)?;
        let event = Event::new(Action::FactorRefused);
        trail::record(app, conn, &actor, None, &event)?;
        return Ok(match wrong >= TRIES {
            // The password may rest for longer, and is asked for first.
            true => Checked::Rests((now + REST).max(rests.unwrap_or(now))),
            false => Checked::Wrong,
        });
    };
    db::accounts::note_wrong_codes(conn, id, 0, None)?;
    db::accounts::note_failure(conn, id, 0, None)?;
    if let Way::RecoveryCode = way {
        let left = db::factors::recovery_codes_left(conn, id)?;
        let event = Event::new(Action::RecoveryCodeUsed)
            .on_account(id)
            .with("left", left);
        let entry = trail::record(app, conn, &actor, None, &event)?;
        tell(app, conn, &account.staff, FactorNews::CodeUsed, left, entry)?;
    }
    Ok(Checked::Right(way))
}

/// Whether it is the code of one of the account's apps; its step is used then.
fn accept(app: &App, conn: &mut Conn, id: StaffId, code: Code) -> Result<bool, ActionError> {
    let now = app.clock.now();
    for factor in db::factors::of(conn, id)? {
        match factor.kind {
            FactorKind::Totp => {
                let step = open(app, &factor)?.accepts(code, now, factor.last_step);
                if let Some(step) = step {
                    db::factors::accepted(conn, factor.id, step)?;
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

fn resting(account: &Account, now: Timestamp) -> Option<Timestamp> {
    let until = account.wrong_code_at? + REST;
    let rests = account.wrong_codes >= TRIES && now < until;
    rests.then(|| until.max(account.locked_until.unwrap_or(until)))
}

/// Takes all factors and recovery codes of an account, with the rest after wrong ones, and ends its sessions.
fn forget(conn: &mut Conn, id: StaffId) -> Result<(), DbError> {
    db::factors::delete_all_of(conn, id)?;
    db::accounts::note_wrong_codes(conn, id, 0, None)?;
    db::accounts::note_failure(conn, id, 0, None)?;
    db::accounts::end_sessions_of(conn, id)
}

fn new_codes(app: &App, conn: &mut Conn, id: StaffId) -> Result<Vec<RecoveryCode>, DbError> {
    let codes: Vec<_> = (0..recovery::COUNT)
        .map(|_| RecoveryCode::random())
        .collect();
    let hashes: Vec<_> = codes.iter().map(|code| code.hash(id.0)).collect();
    db::factors::replace_recovery_codes(conn, id, &hashes, app.clock.now())?;
    Ok(codes)
}

fn signed_in(
    app: &App,
    conn: &mut Conn,
    id: StaffId,
    actor: &Actor,
    way: Way,
) -> Result<(), DbError> {
    db::accounts::note_signed_in(conn, id, app.clock.now())?;
    let way = match way {
        Way::Totp => FactorKind::Totp.as_str(),
        Way::RecoveryCode => "recovery_code",
    };
    let event = Event::new(Action::SignedIn).with("second_factor", way);
    trail::record(app, conn, actor, None, &event)?;
    Ok(())
}

/// Writes to whoever's sign-in it is about.
fn tell(
    app: &App,
    conn: &mut Conn,
    reader: &Staff,
    news: FactorNews,
    left: i64,
    entry: EntryId,
) -> Result<(), ActionError> {
    let lang = app.config.vendor.language;
    let letter = Letter::SecondFactor {
        news,
        on: letters::moment(app, lang, app.clock.now()),
        left,
        link: app.config.server.public_url.join(PATH),
    };
    let cause = format!("second_factor:{entry}");
    letters::post(
        app,
        conn,
        &cause,
        None,
        reader.email.as_str(),
        lang,
        &letter,
    )
}

fn actor_of(account: &Account) -> Actor {
    Actor::Staff {
        id: account.staff.id,
        role: account.staff.role,
    }
}

fn wrong_code(message: &'static str) -> ActionError {
    ActionError::Invalid {
        field: "code",
        message,
    }
}

fn open(app: &App, factor: &Factor) -> Result<Secret, ActionError> {
    let id = factor.id.to_string();
    let bytes = app.keys.open_stored(place_of(&id), &factor.sealed)?;
    Secret::from_bytes(&bytes).ok_or(ActionError::Sealed(crate::seal::SealError::Form))
}

fn place_of(id: &str) -> Place<'_> {
    Place {
        table: "staff_factors",
        id,
        column: "sealed",
    }
}

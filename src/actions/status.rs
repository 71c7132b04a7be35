//! Following a request: mailed links, sessions for one request, the code and the
//! download of a bundle. A reference authorises nothing.

use jiff::{SignedDuration, Timestamp};

use super::{ActionError, letters, sealing, trail, words};
use crate::app::App;
use crate::auth::token::{Code, Token};
use crate::db::bundles::Bundle;
use crate::db::{self, Conn};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::RequestId;
use crate::domain::request::{Asked, Request};
use crate::i18n::Lang;
use crate::mail::letters::Letter;
use crate::seal::{Digest, Place};

/// How long a session for one request lasts.
const SESSION: SignedDuration = SignedDuration::from_hours(2);

/// How long the code of a bundle is good.
const CODE: SignedDuration = SignedDuration::from_mins(15);

/// How many fresh links one mail holds at the most.
const LINKS: i64 = 10;

/// Makes a link to the page of a request, good while the page stays; its address.
pub(super) fn new_link(
    app: &App,
    conn: &mut Conn,
    request: RequestId,
) -> Result<String, ActionError> {
    let (token, now) = (Token::random(), app.clock.now());
    // A request lives three months at the most, and its page stays on for a while after the end.
    let days = 100 + app.config.requests.status_days_after_close;
    db::accounts::insert_status_link(
        conn,
        &token.hash(),
        request,
        now,
        now + SignedDuration::from_hours(24 * days),
    )?;
    Ok(app
        .config
        .server
        .public_url
        .join(&format!("/status/{}", token.as_str())))
}

/// Opens a session for one request; its token.
pub(super) fn open_session(
    app: &App,
    conn: &mut Conn,
    request: RequestId,
) -> Result<String, ActionError> {
    let (token, now) = (Token::random(), app.clock.now());
    db::accounts::open_subject_session(conn, &token.hash(), request, now, now + SESSION)?;
    Ok(token.as_str().to_owned())
}

/// Mails fresh links to an address: one mail, the same statements, whether it is known or not.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn send_links(app: &App, email: Email, lang: Lang) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let cause = format!("status_links:{}", inner.id::<uuid::Uuid>());
            letters::post_status_links(&inner, conn, &cause, email.as_str(), lang)
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// The letter with fresh links for all requests of an address, made when it is sent.
pub(super) fn links_letter(
    app: &App,
    conn: &mut Conn,
    email: &str,
    lang: Lang,
) -> Result<Letter, ActionError> {
    let requests = match Email::parse(email) {
        Ok(email) => db::requests::of_address(conn, &app.address_digests(&email), LINKS)?,
        Err(_) => Vec::new(),
    };
    links_to(app, conn, &requests, lang)
}

/// The same, for one request alone.
pub(super) fn links_letter_of(
    app: &App,
    conn: &mut Conn,
    request: &Request,
) -> Result<Letter, ActionError> {
    let lang = letters::lang(app, &request.lang);
    links_to(app, conn, std::slice::from_ref(request), lang)
}

fn links_to(
    app: &App,
    conn: &mut Conn,
    requests: &[Request],
    lang: Lang,
) -> Result<Letter, ActionError> {
    let mut links = Vec::new();
    for request in requests {
        if !request.sealed.is_empty() {
            let kind = words::right(lang, request.kind);
            links.push((
                format!("{kind}, {}", request.reference),
                new_link(app, conn, request.id)?,
            ));
        }
    }
    let until = app.clock.now()
        + SignedDuration::from_hours(24 * (100 + app.config.requests.status_days_after_close));
    Ok(Letter::StatusLinks {
        links,
        until: lang.date_medium(app.date(until)),
    })
}

/// Whether a mailed link leads to a request; changes nothing.
///
/// # Errors
/// [`ActionError::NotFound`] for a token that is none, or whose time is over.
pub async fn look(app: &App, token: &str) -> Result<RequestId, ActionError> {
    let hash = Token::parse(token).ok_or(ActionError::NotFound)?.hash();
    let now = app.clock.now();
    app.db
        .read(move |conn| {
            db::accounts::request_of_link(conn, &hash, now)?.ok_or(ActionError::NotFound)
        })
        .await
}

/// Opens the page of a request with a mailed link; the request and the session's token.
///
/// # Errors
/// [`ActionError::NotFound`] for a token that is none, or whose time is over.
pub async fn open(app: &App, token: &str) -> Result<(Request, String), ActionError> {
    let (inner, hash) = (
        app.clone(),
        Token::parse(token).ok_or(ActionError::NotFound)?.hash(),
    );
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let id = db::accounts::request_of_link(conn, &hash, inner.clock.now())?
                .ok_or(ActionError::NotFound)?;
            let request = db::requests::find(conn, id)?.ok_or(ActionError::NotFound)?;
            let session = open_session(&inner, conn, id)?;
            trail::record(
                &inner,
                conn,
                &Actor::Subject,
                Some(id),
                &Event::new(Action::StatusOpened),
            )?;
            Ok((request, session))
        })
        .await
}

/// The request that a session may follow, if it has not ended.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn session(app: &App, token: &str) -> Result<Option<RequestId>, ActionError> {
    let Some(token) = Token::parse(token) else {
        return Ok(None);
    };
    let (hash, now) = (token.hash(), app.clock.now());
    Ok(app
        .db
        .read(move |conn| db::accounts::request_of_session(conn, &hash, now))
        .await?)
}

/// Mails the code that opens the bundle to the proved address.
///
/// # Errors
/// [`ActionError::NotFound`] if there is no bundle, [`ActionError::TooOften`] before the last code is a minute old.
pub async fn send_bundle_code(app: &App, request: RequestId) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let now = app.clock.now();
            let bundle = live_bundle(app, conn, request)?;
            let minute_old = |end: Timestamp| end - CODE + SignedDuration::from_secs(60) <= now;
            if !bundle.code_expires_at.is_none_or(minute_old) {
                return Err(ActionError::TooOften);
            }
            let found = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
            let asked: Asked = sealing::open(
                &sealing::key(app, conn, request)?,
                "requests",
                request,
                &found.sealed,
            )?;
            let (code, until) = (Code::random(), now + CODE);
            db::bundles::set_code(
                conn,
                bundle.id,
                Some((
                    code.digest(&app.keys, bundle.id.0).to_string().as_bytes(),
                    until,
                )),
            )?;
            let lang = letters::lang(app, &found.lang);
            let letter = Letter::BundleCode {
                reference: found.reference.to_string(),
                code: code.to_string(),
                until: letters::moment(app, lang, until),
            };
            let cause = format!("bundle_code:{}", app.id::<uuid::Uuid>());
            letters::post(
                app,
                conn,
                &cause,
                Some(request),
                &asked.email,
                lang,
                &letter,
            )
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// The bundle of a request, if its end has not come.
fn live_bundle(app: &App, conn: &mut Conn, request: RequestId) -> Result<Bundle, ActionError> {
    db::bundles::of_request(conn, request)?
        .filter(|bundle| app.clock.now() < bundle.expires_at)
        .ok_or(ActionError::NotFound)
}

/// What became of a download.
#[derive(Debug)]
pub enum Download {
    /// The bundle.
    Bundle(Vec<u8>),
    /// The code is wrong.
    WrongCode {
        /// Wrong codes that are still allowed; 0 if the code is too old or was tried too often.
        tries_left: i32,
    },
}

/// After so many wrong codes the code is dead; another can be asked for.
const CODE_TRIES: i32 = 5;

/// Hands the bundle over: a deed that counts, so it takes a POST and a fresh code.
///
/// # Errors
/// [`ActionError::NotFound`] if there is no bundle (any more).
pub async fn download(app: &App, request: RequestId, code: &str) -> Result<Download, ActionError> {
    let (inner, code) = (app.clone(), Code::parse(code));
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let bundle = live_bundle(app, conn, request)?;
            let digest = bundle
                .code_hash
                .as_deref()
                .and_then(|stored| std::str::from_utf8(stored).ok())
                .and_then(|text| text.parse::<Digest>().ok());
            let fresh = bundle
                .code_expires_at
                .is_some_and(|end| app.clock.now() < end);
            let right = code
                .zip(digest)
                .is_some_and(|(code, digest)| code.matches(&app.keys, bundle.id.0, &digest));
            if !(fresh && right) {
                let tries = db::bundles::count_wrong_code(conn, bundle.id)?;
                let tries_left = if fresh {
                    (CODE_TRIES - tries).max(0)
                } else {
                    0
                };
                if tries_left == 0 {
                    db::bundles::set_code(conn, bundle.id, None)?;
                }
                trail::record(
                    app,
                    conn,
                    &Actor::Subject,
                    Some(request),
                    &Event::new(Action::CodeRefused),
                )?;
                return Ok(Download::WrongCode { tries_left });
            }
            let key = sealing::key(app, conn, request)?;
            let mut content = Vec::with_capacity(usize::try_from(bundle.size).unwrap_or(0));
            for seq in 0..bundle.chunks {
                let sealed = db::bundles::chunk(conn, bundle.id, seq)?;
                let id = format!("{}:{seq}", bundle.id);
                content.extend_from_slice(&key.open(
                    Place {
                        table: "bundle_chunks",
                        id: &id,
                        column: "sealed",
                    },
                    &sealed,
                )?);
            }
            db::bundles::set_code(conn, bundle.id, None)?;
            db::bundles::count_download(conn, bundle.id)?;
            trail::record(
                app,
                conn,
                &Actor::Subject,
                Some(request),
                &Event::new(Action::Delivered),
            )?;
            Ok(Download::Bundle(content))
        })
        .await
}

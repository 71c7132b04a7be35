//! Who is there and what they sent: language, form token, session, signed-in staff, and
//! the limits by network. It authenticates and parses; what anybody may do is the action's.

use std::future::{Future, Ready, ready};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, CONTENT_DISPOSITION, ContentEncoding, LOCATION};
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder};
use askama::Template;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::de::DeserializeOwned;

use super::error::{WebError, WebResult};
use super::frame::PublicFrame;
use crate::actions;
use crate::app::App;
use crate::auth::csrf;
use crate::auth::token::Token;
use crate::config;
use crate::domain::event::Actor;
use crate::domain::ids::{RequestId, TokenId};
use crate::domain::staff::{Staff, Standing};
use crate::i18n::Lang;

/// The cookie whose value form tokens are bound to.
const FORM: &str = "form";
/// The cookie of a person's session for one request.
const STATUS: &str = "status";
/// The cookie of a staff session.
const STAFF: &str = "staff";
/// The cookie that carries the outcome of a deed to the next page.
const FLASH: &str = "flash";

/// Somebody with a browser.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The language of the page: chosen in the address, asked for by the browser, or the vendor's.
    pub lang: Lang,
    /// Whether the address names it.
    pub lang_chosen: bool,
    /// What form tokens are bound to.
    nonce: String,
    /// Whether the browser has that cookie already.
    has_nonce: bool,
    /// The session for one request, if there is one.
    pub status_session: Option<String>,
}

impl FromRequest for Visitor {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(app) = request.app_data::<Data<App>>() else {
            return ready(Err(WebError::NotFound));
        };
        let chosen = query_value(request, "lang").and_then(|tag| Lang::from_tag(&tag));
        let asked = request
            .headers()
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        let nonce = cookie(request, app, FORM).filter(|nonce| Token::parse(nonce).is_some());
        ready(Ok(Visitor {
            lang: chosen
                .or_else(|| asked.and_then(Lang::negotiate))
                .unwrap_or(app.config.vendor.language),
            lang_chosen: chosen.is_some(),
            has_nonce: nonce.is_some(),
            nonce: nonce.unwrap_or_else(|| Token::random().as_str().to_owned()),
            status_session: cookie(request, app, STATUS),
        }))
    }
}

impl Visitor {
    /// What surrounds a public page; `path` is the page to show in another language.
    pub fn frame(&self, app: &App, path: &str) -> PublicFrame {
        let vendor = &app.config.vendor;
        PublicFrame {
            lang: self.lang,
            lang_chosen: self.lang_chosen,
            vendor: vendor.name.clone(),
            imprint: vendor.address.clone(),
            privacy_address: vendor.privacy_address().as_str().to_owned(),
            logo: "/static/logo.svg".to_owned(),
            path: path.to_owned(),
            csrf: csrf::issue(&app.keys, &self.nonce),
        }
    }

    /// A form token for a page of staff.
    pub fn csrf(&self, app: &App) -> String {
        csrf::issue(&app.keys, &self.nonce)
    }

    /// A page. It belongs to one reader and is kept by nobody on the way.
    ///
    /// # Errors
    /// [`WebError::Template`].
    pub fn page(&self, app: &App, status: StatusCode, template: &impl Template) -> WebResult {
        let mut answer = HttpResponse::build(status);
        answer
            .content_type("text/html; charset=utf-8")
            .insert_header(("Cache-Control", "no-store"));
        if !self.has_nonce {
            answer.cookie(new_cookie(app, FORM, &self.nonce, SameSite::Lax));
        }
        Ok(answer.body(template.render()?))
    }

    /// The request that this browser may follow.
    ///
    /// # Errors
    /// [`WebError::Action`] if the database cannot be asked.
    pub async fn followed(&self, app: &App) -> Result<Option<RequestId>, WebError> {
        match &self.status_session {
            Some(token) => Ok(actions::status::session(app, token).await?),
            None => Ok(None),
        }
    }
}

/// A value of the query, without the framework's extractor, which would refuse unknown ones.
pub fn query_value(request: &HttpRequest, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(request.query_string()).ok()?;
    pairs
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

fn cookie(request: &HttpRequest, app: &App, name: &str) -> Option<String> {
    let name = format!("{}{name}", app.config.server.cookie_prefix());
    request
        .cookie(&name)
        .map(|cookie| cookie.value().to_owned())
}

fn new_cookie(app: &App, name: &str, value: &str, same_site: SameSite) -> Cookie<'static> {
    let server = &app.config.server;
    Cookie::build(
        format!("{}{name}", server.cookie_prefix()),
        value.to_owned(),
    )
    .path("/")
    .http_only(true)
    .secure(server.secure())
    .same_site(same_site)
    .finish()
}

fn gone(app: &App, name: &str) -> Cookie<'static> {
    let mut cookie = new_cookie(app, name, "", SameSite::Lax);
    cookie.make_removal();
    cookie
}

/// The way to another page after a deed.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path))
        .finish()
}

/// The same, and this browser may follow a request.
pub fn see_other_following(app: &App, path: &str, session: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path))
        .cookie(new_cookie(app, STATUS, session, SameSite::Lax))
        .finish()
}

/// The same, and staff are signed in.
pub fn see_other_signed_in(app: &App, path: &str, session: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path))
        .cookie(new_cookie(app, STAFF, session, SameSite::Lax))
        .finish()
}

/// The cookie of a staff session, for an answer that is a page.
pub fn signed_in_cookie(app: &App, session: &str) -> Cookie<'static> {
    new_cookie(app, STAFF, session, SameSite::Lax)
}

/// The cookie that ends a staff session, for an answer that is a page.
pub fn signed_out_cookie(app: &App) -> Cookie<'static> {
    gone(app, STAFF)
}

/// The same, and staff are signed out.
pub fn see_other_signed_out(app: &App, path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path))
        .cookie(gone(app, STAFF))
        .finish()
}

/// The same, and the next page of staff says what was done: a message id, shown once.
pub fn see_other_saying(app: &App, path: &str, message: &'static str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path))
        .cookie(new_cookie(app, FLASH, message, SameSite::Lax))
        .finish()
}

/// The same, in a session that takes the place of the one before.
pub fn see_other_saying_in(
    app: &App,
    path: &str,
    message: &'static str,
    session: &str,
) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path))
        .cookie(new_cookie(app, FLASH, message, SameSite::Lax))
        .cookie(signed_in_cookie(app, session))
        .finish()
}

/// Staff, signed in. Nobody else reaches a page, a deed or a download of staff: who still lacks the second
/// factor is sent to that step.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The account.
    pub staff: Staff,
    /// Who acts.
    pub actor: Actor,
    /// How far they have come; always the whole way, but in the types below.
    pub standing: Standing,
    /// The token of the session.
    pub session: String,
    /// Language and form token.
    pub visitor: Visitor,
    /// The id of the message about the deed that led here.
    pub flash: Option<String>,
}

/// Somebody who may add a second factor: signed in, or required to add one before anything else.
#[derive(Clone, Debug)]
pub struct Enrolling(pub SignedIn);

/// Somebody who has typed the right password, and not yet the code.
#[derive(Clone, Debug)]
pub struct HalfSignedIn(pub SignedIn);

/// Somebody who signs out, however far they have come.
#[derive(Clone, Debug)]
pub struct SigningOut(pub SignedIn);

type Admitted<T> = Pin<Box<dyn Future<Output = Result<T, WebError>>>>;

/// The one place that decides who is let in on a session: whoever has come far enough for what is asked.
fn admit(
    request: &HttpRequest,
    payload: &mut Payload,
    to: &'static [Standing],
) -> Admitted<SignedIn> {
    let visitor = Visitor::from_request(request, payload).into_inner();
    let app = request.app_data::<Data<App>>().cloned();
    // After signing in only a page can be gone back to, not a deed.
    let back = if request.method() == actix_web::http::Method::GET {
        request
            .uri()
            .path_and_query()
            .map_or("/admin", |path| path.as_str())
            .to_owned()
    } else {
        "/admin".to_owned()
    };
    let cookies = app
        .as_ref()
        .map(|app| (cookie(request, app, STAFF), cookie(request, app, FLASH)));
    Box::pin(async move {
        let (Some(app), Some((session, flash))) = (app, cookies) else {
            return Err(WebError::NotFound);
        };
        let Some(session) = session else {
            return Err(WebError::SignIn(back));
        };
        let Some(known) = actions::staff::session(&app, &session).await? else {
            return Err(WebError::SignIn(back));
        };
        if !to.contains(&known.standing) {
            return Err(WebError::Step(known.standing, back));
        }
        let actor = Actor::Staff {
            id: known.staff.id,
            role: known.staff.role,
        };
        Ok(SignedIn {
            staff: known.staff,
            actor,
            standing: known.standing,
            session,
            visitor: visitor?,
            flash: flash.filter(|flash| !flash.is_empty()),
        })
    })
}

impl FromRequest for SignedIn {
    type Error = WebError;
    type Future = Admitted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        admit(request, payload, &[Standing::Whole])
    }
}

impl FromRequest for Enrolling {
    type Error = WebError;
    type Future = Admitted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let admitted = admit(request, payload, &[Standing::Whole, Standing::NeedsFactor]);
        Box::pin(async move { admitted.await.map(Self) })
    }
}

impl FromRequest for HalfSignedIn {
    type Error = WebError;
    type Future = Admitted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let admitted = admit(request, payload, &[Standing::NeedsCode]);
        Box::pin(async move { admitted.await.map(Self) })
    }
}

impl FromRequest for SigningOut {
    type Error = WebError;
    type Future = Admitted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let all = &[Standing::Whole, Standing::NeedsCode, Standing::NeedsFactor];
        let admitted = admit(request, payload, all);
        Box::pin(async move { admitted.await.map(Self) })
    }
}

impl SignedIn {
    /// A page of staff; what was said once is not said again.
    ///
    /// # Errors
    /// [`WebError::Template`].
    pub fn page(&self, app: &App, status: StatusCode, template: &impl Template) -> WebResult {
        let mut answer = self.visitor.page(app, status, template)?;
        if self.flash.is_some() && answer.add_removal_cookie(&gone(app, FLASH)).is_err() {
            tracing::debug!("a flash message could not be taken away");
        }
        Ok(answer)
    }
}

/// A form that a page of ours made for this browser.
#[derive(Clone, Debug)]
pub struct CsrfForm<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for CsrfForm<T> {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let body =
                body.await
                    .map_err(|error| match error.as_response_error().status_code() {
                        StatusCode::PAYLOAD_TOO_LARGE => WebError::TooLarge,
                        _ => WebError::Form,
                    })?;
            let pairs: Vec<(String, String)> =
                serde_urlencoded::from_bytes(&body).map_err(|_| WebError::Form)?;
            check_csrf(
                &request,
                pairs
                    .iter()
                    .find(|(name, _)| name == "csrf")
                    .map(|(_, value)| value.as_str()),
            )?;
            serde_urlencoded::from_bytes(&body)
                .map(CsrfForm)
                .map_err(|_| WebError::Form)
        })
    }
}

/// Checks that a form token was made for this browser.
///
/// # Errors
/// [`WebError::Csrf`] if not.
pub fn check_csrf(request: &HttpRequest, token: Option<&str>) -> Result<(), WebError> {
    let app = request.app_data::<Data<App>>().ok_or(WebError::Csrf)?;
    let nonce = cookie(request, app, FORM).ok_or(WebError::Csrf)?;
    let cross_site = request
        .headers()
        .get("Sec-Fetch-Site")
        .is_some_and(|site| site.as_bytes() == b"cross-site");
    let ours = token.is_some_and(|token| csrf::check(&app.keys, &nonce, token));
    if ours && !cross_site {
        Ok(())
    } else {
        Err(WebError::Csrf)
    }
}

/// How often one network and one address may ask. Kept in memory, by each process for itself.
#[derive(Debug)]
pub struct Limits {
    networks: DefaultKeyedRateLimiter<IpAddr>,
    addresses: DefaultKeyedRateLimiter<Vec<u8>>,
    tokens: DefaultKeyedRateLimiter<TokenId>,
    asked: AtomicU32,
}

/// After so many questions those who have long been silent are forgotten.
const FORGET_EVERY: u32 = 1024;

impl Limits {
    /// The limits of the configuration.
    pub fn new(limits: &config::Limits) -> Limits {
        let at_least_one = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        let network = at_least_one(limits.per_network_per_hour);
        let address = at_least_one(limits.per_address_per_day);
        let day = std::time::Duration::from_secs(24 * 3600) / address.get();
        let per_day = Quota::with_period(day)
            .unwrap_or(Quota::per_hour(address))
            .allow_burst(address);
        Limits {
            networks: RateLimiter::keyed(Quota::per_hour(network)),
            addresses: RateLimiter::keyed(per_day),
            tokens: RateLimiter::keyed(Quota::per_minute(at_least_one(
                limits.per_token_per_minute,
            ))),
            asked: AtomicU32::new(1),
        }
    }

    /// Counts a deed of a network.
    ///
    /// # Errors
    /// [`WebError::TooOften`].
    pub fn network(&self, app: &App, request: &HttpRequest) -> Result<(), WebError> {
        let Some(peer) = client(app, request) else {
            return Ok(());
        };
        if self
            .asked
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(FORGET_EVERY)
        {
            self.networks.retain_recent();
            self.addresses.retain_recent();
        }
        self.networks
            .check_key(&network_of(peer))
            .map_err(|_| WebError::TooOften)
    }

    /// Counts a question of a machine.
    ///
    /// # Errors
    /// [`WebError::TooOften`].
    pub fn token(&self, id: TokenId) -> Result<(), WebError> {
        self.tokens.check_key(&id).map_err(|_| WebError::TooOften)
    }

    /// Counts a letter to an address, known by its digest.
    ///
    /// # Errors
    /// [`WebError::TooOften`].
    pub fn address(&self, digest: &[u8]) -> Result<(), WebError> {
        self.addresses
            .check_key(&digest.to_vec())
            .map_err(|_| WebError::TooOften)
    }
}

/// The network of an address: a household of IPv6 has a /64.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let mut octets = v6.octets();
            octets[8..].fill(0);
            IpAddr::V6(octets.into())
        }
    }
}

/// Who is at the other end: the last address that no trusted proxy stands behind.
fn client(app: &App, request: &HttpRequest) -> Option<IpAddr> {
    let trusted = |address: &IpAddr| {
        app.config
            .server
            .trusted_proxies
            .iter()
            .any(|net| net.contains(address))
    };
    let peer = request.peer_addr()?.ip();
    if !trusted(&peer) {
        return Some(peer);
    }
    let forwarded = request
        .headers()
        .get("X-Forwarded-For")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let hops = forwarded
        .rsplit(',')
        .map_while(|hop| hop.trim().parse::<IpAddr>().ok());
    hops.into_iter().find(|hop| !trusted(hop)).or(Some(peer))
}

/// The beginning of an answer that is a file to keep, never stored on the way.
pub fn attachment(content_type: &str, name: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(content_type)
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(ContentEncoding::Identity);
    answer
}

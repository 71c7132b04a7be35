//! What went wrong becomes a page here and nowhere else: what happened, what to do next,
//! and a reference that leads to the line in the log.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpResponse, ResponseError};
use askama::Template;

use super::admin::message;
use super::api::error::ApiError;
use super::extract::{SignedIn, Visitor};
use super::public::errors::ErrorPage;
use crate::actions::ActionError;
use crate::app::App;
use crate::audit::hex;
use crate::db::DbError;
use crate::domain::request::DecisionError;
use crate::domain::staff::Standing;
use crate::seal::random;

/// An answer, or what went wrong.
pub type WebResult = Result<HttpResponse, WebError>;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// An action refused.
    #[error(transparent)]
    Action(#[from] ActionError),
    /// There is no such page, or not for this person.
    #[error("there is no such page")]
    NotFound,
    /// The form was not made by us for this browser, or is too old.
    #[error("the form token does not fit")]
    Csrf,
    /// What was sent is longer than any form of ours.
    #[error("the form is too long")]
    TooLarge,
    /// The form cannot be read.
    #[error("the form cannot be read")]
    Form,
    /// Asked too often.
    #[error("asked too often")]
    TooOften,
    /// Nobody is signed in; the path leads back after signing in.
    #[error("nobody is signed in")]
    SignIn(String),
    /// Another step of signing in is theirs; the path leads back after it.
    #[error("another step of signing in is to be taken")]
    Step(Standing, String),
    /// A template failed.
    #[error(transparent)]
    Template(#[from] askama::Error),
}

impl From<DbError> for WebError {
    fn from(error: DbError) -> Self {
        WebError::Action(error.into())
    }
}

/// Marks an answer that [`pages`] turns into a page.
#[derive(Clone, Copy)]
struct Bare;

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        match self {
            WebError::NotFound | WebError::Action(ActionError::NotFound) => StatusCode::NOT_FOUND,
            WebError::Csrf
            | WebError::Action(ActionError::Forbidden(_) | ActionError::OutOfScope(_)) => {
                StatusCode::FORBIDDEN
            }
            WebError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            WebError::Form => StatusCode::BAD_REQUEST,
            WebError::TooOften | WebError::Action(ActionError::TooOften) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            WebError::SignIn(_) | WebError::Step(..) => StatusCode::SEE_OTHER,
            WebError::Action(ActionError::Decision(DecisionError::Stale)) => StatusCode::CONFLICT,
            WebError::Action(ActionError::Decision(_)) => StatusCode::CONFLICT,
            WebError::Action(ActionError::Invalid { .. }) => StatusCode::UNPROCESSABLE_ENTITY,
            WebError::Action(ActionError::Db(DbError::Unavailable(_)) | ActionError::Trail(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            WebError::Action(_) | WebError::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let status = self.status_code();
        let mut answer = HttpResponse::build(status);
        let with_next = |page: &str, path: &String| {
            let next: String = serde_urlencoded::to_string([("next", path)]).unwrap_or_default();
            format!("{page}?{next}")
        };
        let elsewhere = match self {
            WebError::SignIn(path) => Some(with_next("/admin/sign-in", path)),
            WebError::Step(Standing::NeedsCode, path) => {
                Some(with_next("/admin/sign-in/code", path))
            }
            WebError::Step(Standing::NeedsFactor, _) => Some("/admin/second-factor".to_owned()),
            WebError::Step(Standing::Whole, _) => Some("/admin".to_owned()),
            _ => None,
        };
        if let Some(elsewhere) = elsewhere {
            return answer.insert_header((LOCATION, elsewhere)).finish();
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((RETRY_AFTER, "60"));
        }
        let mut answer = answer.finish();
        answer.extensions_mut().insert(Bare);
        answer
    }
}

/// Turns errors of the framework into JSON; our own are that already.
fn for_machines(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let ours = response
        .response()
        .error()
        .is_some_and(|error| error.as_error::<ApiError>().is_some());
    match ApiError::of_status(response.status()) {
        Some(error) if !ours => response.into_response(error.error_response()),
        _ => response,
    }
}

/// Turns bare errors, ours and the framework's, into pages in the reader's language.
pub async fn pages(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    if response.request().path().starts_with("/api/") {
        return Ok(for_machines(response));
    }
    let theirs = response
        .response()
        .error()
        .is_some_and(|error| error.as_error::<WebError>().is_none());
    let bare = response.response().extensions().get::<Bare>().is_some()
        || theirs
        || (status == StatusCode::NOT_FOUND && response.request().match_pattern().is_none())
        || status == StatusCode::METHOD_NOT_ALLOWED;
    if !bare || status.is_success() || status.is_redirection() {
        return Ok(response);
    }
    let reference = hex(&random::<4>());
    let route = response.request().match_pattern().unwrap_or_default();
    let cause = response
        .response()
        .error()
        .map(ToString::to_string)
        .unwrap_or_default();
    if status.is_server_error() {
        tracing::error!(
            reference,
            route,
            status = status.as_u16(),
            cause,
            "an error page was shown"
        );
    } else {
        tracing::info!(
            reference,
            route,
            status = status.as_u16(),
            cause,
            "an error page was shown"
        );
    }
    let Some(app) = response.request().app_data::<Data<App>>().cloned() else {
        return Ok(response);
    };
    let visitor = Visitor::extract(response.request()).await?;
    let mut page = None;
    if response.request().path().starts_with("/admin")
        && let Ok(me) = SignedIn::extract(response.request()).await
    {
        let error = response
            .response()
            .error()
            .and_then(|error| error.as_error::<WebError>());
        page = message::render(&app, &me, status, error, &reference).await;
    }
    let page = page.or_else(|| {
        let page = ErrorPage {
            frame: visitor.frame(&app, "/"),
            status: status.as_u16(),
            reference,
        };
        page.render().ok()
    });
    Ok(response.map_body(|head, body| match page {
        Some(page) => {
            head.headers_mut()
                .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            head.headers_mut().insert(
                CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            );
            BoxBody::new(page)
        }
        None => body,
    }))
}

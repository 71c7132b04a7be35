//! What went wrong becomes JSON here: a code for programs and a sentence for people. Neither quotes
//! what was sent.

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};

use crate::actions::ActionError;
use crate::actions::lifecycle::connect::ConnectError;
use crate::actions::senders::Unusable;
use crate::db::DbError;

/// An answer, or what went wrong.
pub type ApiResult = Result<HttpResponse, ApiError>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No token, one that is none of ours, or one that has ended.
    #[error("send a token in force: Authorization: Bearer lethe_…")]
    NoToken,
    /// There is no such address.
    #[error("there is no such address; /api/openapi.json lists them")]
    NotFound,
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A webhook without a token of Atlassian's for this app and request. Why is in the log.
    #[error("send Atlassian's own token for this app: Authorization: JWT …")]
    NotSigned,
    /// The key that a webhook is signed with cannot be had now.
    #[error("the key of this token cannot be had; try again in a minute")]
    NoKey(String),
    /// It is longer than any webhook.
    #[error("the body is over 64 KiB")]
    WebhookTooLarge,
    /// It is longer than any question.
    #[error("the body is over 6 MiB; ask about 10,000 addresses at a time")]
    TooLarge,
    /// It can be read and makes no sense.
    #[error("{0}")]
    Unusable(String),
    /// Asked too often.
    #[error("asked too often; try again in a minute")]
    TooOften,
    /// The method is not for this address.
    #[error("this address takes another method")]
    Method,
    /// An action refused.
    #[error("{}", said(.0))]
    Action(#[from] ActionError),
}

/// What a machine is told of a refusal; of a failure of ours no particulars.
fn said(error: &ActionError) -> String {
    match error {
        ActionError::OutOfScope(_) | ActionError::NotFound | ActionError::TooOften => {
            error.to_string()
        }
        ActionError::Db(DbError::Unavailable(_)) => {
            "the database does not answer; try again in a minute".to_owned()
        }
        _ => "something failed here; the log says what".to_owned(),
    }
}

impl From<Unusable> for ApiError {
    fn from(Unusable(why): Unusable) -> Self {
        Self::Unusable(why)
    }
}

impl From<ConnectError> for ApiError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::NotConfigured => Self::NotFound,
            ConnectError::Refused(_) => Self::NotSigned,
            ConnectError::NoKey(why) => Self::NoKey(why),
            ConnectError::Unusable(why) => Self::Unusable(why.to_owned()),
            ConnectError::Db(error) => Self::Action(error.into()),
            ConnectError::Sealed(error) => Self::Action(error.into()),
        }
    }
}

impl ApiError {
    /// The error for an answer that the framework gave by itself.
    pub fn of_status(status: StatusCode) -> Option<ApiError> {
        Some(match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::Method,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::TOO_MANY_REQUESTS => Self::TooOften,
            status if status.is_client_error() => {
                Self::Unreadable("the request cannot be read".to_owned())
            }
            status if status.is_server_error() => Self::Action(ActionError::Db(DbError::Internal(
                format!("status {}", status.as_u16()),
            ))),
            _ => return None,
        })
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::NotSigned => "not_signed",
            Self::NoKey(_) => "unavailable",
            Self::NotFound | Self::Action(ActionError::NotFound) => "not_found",
            Self::Unreadable(_) => "unreadable",
            Self::TooLarge | Self::WebhookTooLarge => "too_large",
            Self::Unusable(_) => "unusable",
            Self::TooOften | Self::Action(ActionError::TooOften) => "too_often",
            Self::Method => "method",
            Self::Action(ActionError::OutOfScope(_)) => "out_of_scope",
            Self::Action(ActionError::Db(DbError::Unavailable(_))) => "unavailable",
            Self::Action(_) => "failed",
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::NotSigned => StatusCode::UNAUTHORIZED,
            Self::NoKey(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotFound | Self::Action(ActionError::NotFound) => StatusCode::NOT_FOUND,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge | Self::WebhookTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unusable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooOften | Self::Action(ActionError::TooOften) => StatusCode::TOO_MANY_REQUESTS,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Action(ActionError::OutOfScope(_)) => StatusCode::FORBIDDEN,
            Self::Action(ActionError::Db(DbError::Unavailable(_))) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Action(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        if status.is_server_error() {
            let cause = match self {
                Self::Action(error) => error.to_string(),
                Self::NoKey(why) => format!("the public key of Atlassian cannot be had: {why}"),
                other => other.to_string(),
            };
            tracing::error!(
                status = status.as_u16(),
                cause,
                "a machine was not answered"
            );
        }
        let mut answer = HttpResponse::build(status);
        answer.insert_header(("Cache-Control", "no-store"));
        if status == StatusCode::UNAUTHORIZED {
            let scheme = if matches!(self, Self::NotSigned) {
                "JWT"
            } else {
                "Bearer"
            };
            answer.insert_header((WWW_AUTHENTICATE, scheme));
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((RETRY_AFTER, "60"));
        }
        answer.json(serde_json::json!({ "error": self.code(), "message": self.to_string() }))
    }
}

//! `/api/v1/lifecycle`: an app was installed or uninstalled. Connect's webhooks come with Atlassian's own
//! token, the triggers of Forge with one of ours.

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;

use super::error::{ApiError, ApiResult};
use super::{Bearer, answer, read};
use crate::actions::lifecycle::connect::{self, ConnectError};
use crate::actions::lifecycle::forge::{self, Trigger};
use crate::app::App;
use crate::domain::lifecycle::Happening;
use crate::web::extract::Limits;

/// The largest webhook, in bytes.
const MAX_WEBHOOK: usize = 64 * 1024;

/// POST /api/v1/lifecycle/connect/{event}
pub async fn connect(
    app: Data<App>,
    limits: Data<Limits>,
    event: Path<String>,
    request: HttpRequest,
    mut payload: Payload,
) -> ApiResult {
    let what = match event.parse::<Happening>() {
        Ok(Happening::Unsubscribed) | Err(_) => return Err(ApiError::NotFound),
        Ok(what) => what,
    };
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::Unreadable("the body was cut off".to_owned()))?;
        if body.len() + chunk.len() > MAX_WEBHOOK {
            return Err(ApiError::WebhookTooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let token = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(token)
        .unwrap_or_default();
    match connect::take(&app, what, token, request.query_string(), &body).await {
        Ok(heard) => {
            tracing::info!(event = %what, heard = heard.as_str(), "a webhook was taken");
            Ok(HttpResponse::NoContent().finish())
        }
        Err(error) => {
            if let ConnectError::Refused(_) | ConnectError::NotConfigured = &error {
                tracing::warn!(event = %what, %error, "a webhook was not taken");
                // Whoever guesses is slowed down by network.
                limits
                    .network(&app, &request)
                    .map_err(|_| ApiError::TooOften)?;
            }
            Err(error.into())
        }
    }
}

/// The token of `JWT …`; the scheme may be written in any case (RFC 9110, 11.1).
fn token(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("jwt")
        .then(|| token.trim_start())
}

/// POST /api/v1/lifecycle/forge
pub async fn forge(app: Data<App>, sender: Bearer, payload: Payload) -> ApiResult {
    let trigger: Trigger = read(payload).await?;
    let heard = forge::take(&app, &sender.0, trigger).await??;
    answer(&serde_json::json!({ "heard": heard.as_str() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_in_any_case_of_the_scheme() {
        assert_eq!(token("JWT abc"), Some("abc"));
        assert_eq!(token("jwt  abc"), Some("abc"));
        for other in ["", "abc", "Bearer abc", "JWTabc"] {
            assert_eq!(token(other), None, "{other}");
        }
    }
}

//! `/api/v1`: what the vendor's mailing tools ask, and what its apps tell. Bearer tokens, JSON in and out, errors as
//! `{"error": code, "message": text}`. A handler parses, calls an action and answers; it decides
//! nothing, and a GET changes nothing but the day on which a token was last used.

pub mod error;
pub mod lifecycle;
pub mod links;
pub mod suppressions;

use std::future::Future;
use std::pin::Pin;

use actix_web::dev;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Data, Payload};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::error::{ApiError, ApiResult};
use super::extract::Limits;
use crate::actions::senders;
use crate::app::App;
use crate::domain::sender::Sender;

/// The description of all of it (OpenAPI 3.1); a test compares its addresses with those in use.
const DESCRIPTION: &str = include_str!("openapi.json");

/// The largest body, in bytes: 10,000 of the longest addresses with their ids, as JSON.
const MAX_BODY: usize = 6 * 1024 * 1024;

/// GET /api/openapi.json
pub async fn description() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(DESCRIPTION)
}

/// A machine with its token in force. It comes before the body, so that nobody else's is read.
pub struct Bearer(pub Sender);

impl FromRequest for Bearer {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (Some(app), Some(limits)) = (
                request.app_data::<Data<App>>(),
                request.app_data::<Data<Limits>>(),
            ) else {
                return Err(ApiError::NotFound);
            };
            let token = request
                .headers()
                .get(AUTHORIZATION)
                .and_then(|value| value.to_str().ok())
                .and_then(bearer)
                .unwrap_or_default();
            match senders::authenticate(app, token).await? {
                Some(sender) => {
                    limits.token(sender.id).map_err(|_| ApiError::TooOften)?;
                    Ok(Bearer(sender))
                }
                None => {
                    // Whoever guesses is slowed down by network.
                    limits
                        .network(app, &request)
                        .map_err(|_| ApiError::TooOften)?;
                    Err(ApiError::NoToken)
                }
            }
        })
    }
}

/// The token of `Bearer …`; the scheme may be written in any case (RFC 9110, 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start())
}

/// Reads a body of JSON, never more than [`MAX_BODY`].
async fn read<T: DeserializeOwned>(mut payload: Payload) -> Result<T, ApiError> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::Unreadable("the body was cut off".to_owned()))?;
        if body.len() + chunk.len() > MAX_BODY {
            return Err(ApiError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|error| match error.classify() {
        // What serde says of a wrong value may quote it, and it may be an address.
        serde_json::error::Category::Data => ApiError::Unusable(format!(
            "the body has not the form that /api/openapi.json describes (line {}, column {})",
            error.line(),
            error.column()
        )),
        _ => ApiError::Unreadable("the body is no JSON".to_owned()),
    })
}

fn answer(value: &impl Serialize) -> ApiResult {
    Ok(HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store"))
        .json(value))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::web::routes;

    #[test]
    fn the_description_has_every_address_and_no_other() {
        let description: serde_json::Value = serde_json::from_str(DESCRIPTION).expect("JSON");
        let paths = description["paths"].as_object().expect("paths");
        let described: BTreeSet<(String, String)> = paths
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().expect("methods");
                methods
                    .keys()
                    .map(|method| (path.clone(), method.to_uppercase()))
            })
            .collect();
        let routed: BTreeSet<(String, String)> = routes::api()
            .into_iter()
            .map(|(method, path, _)| (path.to_owned(), method.to_owned()))
            .collect();
        assert_eq!(described, routed);
        // What an operation refers to is there.
        let text = DESCRIPTION;
        for (at, _) in text.match_indices("\"#/") {
            let pointer = text[at + 2..].split('"').next().expect("an end");
            assert!(description.pointer(pointer).is_some(), "{pointer}");
        }
    }

    #[test]
    fn a_bearer_token_is_read_in_any_case_of_the_scheme() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc"), Some("abc"));
        for other in ["", "abc", "Basic abc", "Bearerabc"] {
            assert_eq!(bearer(other), None, "{other}");
        }
    }
}

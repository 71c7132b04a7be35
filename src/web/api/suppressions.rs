//! `/api/v1/suppressions`: who must not be written to.

use actix_web::HttpRequest;
use actix_web::web::{Data, Payload};
use serde::{Deserialize, Serialize};

use super::error::{ApiError, ApiResult};
use super::{Bearer, answer, read};
use crate::actions::senders::{self, SentChange, Verdict};
use crate::app::App;
use crate::web::extract::query_value;

#[derive(Serialize)]
struct Changes {
    changes: Vec<SentChange>,
    next: i64,
    more: bool,
}

/// GET /api/v1/suppressions?after=CURSOR&limit=N
pub async fn changes(app: Data<App>, sender: Bearer, request: HttpRequest) -> ApiResult {
    let number = |name: &str, default: i64| match query_value(&request, name) {
        None => Ok(default),
        Some(text) => text
            .parse::<i64>()
            .ok()
            .filter(|number| *number >= 0)
            .ok_or_else(|| ApiError::Unusable(format!("{name}: a number, 0 or more"))),
    };
    let (after, limit) = (number("after", 0)?, number("limit", senders::PAGE)?);
    let feed = senders::changes(&app, &sender.0, after, limit).await??;
    answer(&Changes {
        changes: feed.changes.into_iter().map(SentChange::from).collect(),
        next: feed.next,
        more: feed.more,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Applied {
    through: i64,
}

/// POST /api/v1/suppressions/applied
pub async fn applied(app: Data<App>, sender: Bearer, payload: Payload) -> ApiResult {
    let Applied { through } = read(payload).await?;
    if through < 0 || !senders::applied(&app, &sender.0, through).await? {
        return Err(ApiError::Unusable(
            "through: a cursor that the feed has given; after a restore, ask from 0 again"
                .to_owned(),
        ));
    }
    answer(&serde_json::json!({ "through": through }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    list: String,
    addresses: Vec<String>,
}

/// Whether an address may be written to, and why not.
#[derive(Serialize)]
struct Result {
    write: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

impl From<Verdict> for Result {
    fn from(verdict: Verdict) -> Self {
        let (write, why) = match verdict {
            Verdict::Write => (true, None),
            Verdict::Unsubscribed => (false, Some("unsubscribed")),
            Verdict::Invalid => (false, Some("invalid")),
        };
        Self { write, why }
    }
}

/// POST /api/v1/suppressions/check
pub async fn check(app: Data<App>, sender: Bearer, payload: Payload) -> ApiResult {
    let Check { list, addresses } = read(payload).await?;
    let verdicts = senders::check(&app, &sender.0, list, addresses).await??;
    let results: Vec<Result> = verdicts.into_iter().map(Result::from).collect();
    answer(&serde_json::json!({ "results": results }))
}

//! `/api/v1/unsubscribe-links`: links and header values for the recipients of a mailing.

use actix_web::web::{Data, Payload};
use serde::Deserialize;

use super::error::ApiResult;
use super::{Bearer, answer, read};
use crate::actions::senders::{self, Recipient};
use crate::app::App;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    list: String,
    recipients: Vec<Recipient>,
}

/// POST /api/v1/unsubscribe-links: makes links and stores nothing.
pub async fn create(app: Data<App>, sender: Bearer, payload: Payload) -> ApiResult {
    let Order { list, recipients } = read(payload).await?;
    let links = senders::links(&app, &sender.0, list, recipients).await??;
    answer(&serde_json::json!({ "links": links }))
}

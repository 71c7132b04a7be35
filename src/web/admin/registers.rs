//! `/admin/registers`: the record of processing (Art. 30), and the notices to recipients that could not
//! be given (Art. 19).

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use super::parts::Moment;
use crate::{
    actions::{
        notices,
        registers::{self, Processing},
    },
    app::App,
    i18n::Lang,
    web::{
        error::{WebError, WebResult},
        extract::{CsrfForm, SignedIn, see_other_saying},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/registers.html")]
struct Registers {
    frame: StaffFrame,
    version: String,
    activities: Vec<ActivityRow>,
    copies: Vec<String>,
    security: Vec<String>,
    failed: Vec<FailedRow>,
    /// Whether the role may have one tried anew.
    may_retry: bool,
}

struct ActivityRow {
    id: String,
    title: String,
    facts: Vec<(String, Vec<String>)>,
}

struct FailedRow {
    id: String,
    recipient: String,
    since: Moment,
    trouble: String,
    /// A letter is tried anew on the page of the mail.
    is_webhook: bool,
}

/// GET /admin/registers
pub async fn show(app: Data<App>, me: SignedIn) -> WebResult {
    let lang = me.visitor.lang;
    let record = registers::processing(&app, &me.actor, lang).await?;
    let failed = registers::failed_notices(&app, &me.actor).await?;
    let failed = failed
        .into_iter()
        .map(|notice| FailedRow {
            id: notice.id.to_string(),
            since: Moment::of(&app, lang, notice.created_at),
            trouble: notice.trouble.unwrap_or_default(),
            is_webhook: notice.way == "webhook",
            recipient: notice.recipient,
        })
        .collect();
    let template = Registers {
        may_retry: me.may(crate::domain::staff::Permission::Decide),
        ..page(
            lang,
            me.frame(&app, Nav::Registers, Foot::NoData).await?,
            record,
            failed,
        )
    };
    me.page(&app, StatusCode::OK, &template)
}

fn page(lang: Lang, frame: StaffFrame, record: Processing, failed: Vec<FailedRow>) -> Registers {
    Registers {
        frame,
        version: record.version,
        activities: record
            .activities
            .iter()
            .map(|activity| ActivityRow {
                id: activity.id.clone(),
                title: activity.title.clone(),
                facts: registers::facts(lang, activity)
                    .into_iter()
                    .filter(|(_, values)| !values.is_empty())
                    .collect(),
            })
            .collect(),
        copies: record
            .copies
            .iter()
            .map(|copy| registers::copy_line(lang, copy))
            .collect(),
        security: record.security,
        failed,
        may_retry: true,
    }
}

/// A form that is one button.
#[derive(Deserialize)]
pub struct Press {}

/// POST /admin/registers/notices/{id}/retry
pub async fn retry(
    app: Data<App>,
    me: SignedIn,
    id: Path<String>,
    _form: CsrfForm<Press>,
) -> WebResult {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    notices::retry(&app, &me.actor, id).await?;
    Ok(see_other_saying(
        &app,
        "/admin/registers",
        "admin-done-notice",
    ))
}

#[cfg(test)]
pub(super) fn samples(lang: Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, moment, sample};

    let record = crate::actions::statement::sample_record(lang);
    let failed = |is_webhook, recipient: &str| FailedRow {
        id: "0193".into(),
        recipient: recipient.into(),
        since: moment(lang, 8, 9),
        trouble: "answered 503".into(),
        is_webhook,
    };
    let failed = vec![
        failed(true, "Letterbird"),
        failed(false, "Tallow Bookkeeping"),
    ];
    vec![
        sample(
            "registers",
            &page(
                lang,
                frame(lang, Nav::Registers),
                record.clone(),
                Vec::new(),
            ),
        ),
        sample(
            "registers-failed",
            &page(lang, frame(lang, Nav::Registers), record, failed),
        ),
    ]
}

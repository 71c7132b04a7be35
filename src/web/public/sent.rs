//! `/requests/sent`: go to the mailbox. The page is the same for every address. It is the
//! answer to the form, which alone knows the address; no address of ours ever holds it.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use jiff::SignedDuration;

use crate::app::App;
use crate::domain::request::Kind;
use crate::i18n::Lang;
use crate::web::error::{WebError, WebResult};
use crate::web::extract::{Visitor, query_value};
use crate::web::frame::PublicFrame;

/// GET /requests/sent?kind=…: the page in another language.
pub async fn show(app: Data<App>, visitor: Visitor, request: HttpRequest) -> WebResult {
    let kind = query_value(&request, "kind")
        .and_then(|kind| Kind::from_slug(&kind))
        .ok_or(WebError::NotFound)?;
    let page = SentPage {
        frame: visitor.frame(&app, &format!("/requests/sent?kind={}", kind.slug())),
        kind,
        email: None,
        until: None,
        again: format!("/requests/new/{}", kind.slug()),
    };
    visitor.page(&app, StatusCode::OK, &page)
}

/// Until when a link that is mailed now works.
pub(super) fn until(app: &App, l: Lang) -> String {
    let at = app.clock.now() + SignedDuration::from_hours(24 * app.config.requests.confirm_days);
    l.moment_long(&super::local(app, at))
}

/// Check your mail.
#[derive(Template)]
#[template(path = "public/sent.html")]
pub struct SentPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// What was asked for.
    pub kind: Kind,
    /// The address as it was typed; `None` where it was bound or is no longer known.
    pub email: Option<String>,
    /// Until when the link works: day of the week, date and time; right after asking only.
    pub until: Option<String>,
    /// The form, to ask again with another address.
    pub again: String,
}

#[cfg(test)]
pub(crate) fn sample(lang: crate::i18n::Lang, kind: Kind) -> SentPage {
    SentPage {
        frame: crate::web::frame::sample(lang, "/requests/sent"),
        kind,
        email: (kind != Kind::Access).then(|| "marta.kowalska@halden.example".into()),
        until: (kind != Kind::Access).then(|| "Friday 27 November 2026, 09:12".into()),
        again: format!("/requests/new/{}", kind.slug()),
    }
}

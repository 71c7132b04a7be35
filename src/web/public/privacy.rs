//! `/privacy`: read what the rules do, as a page, as Markdown and as JSON.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use crate::actions::statement::{self, Statement, render};
use crate::app::App;
use crate::web::error::WebResult;
use crate::web::extract::Visitor;
use crate::web::frame::PublicFrame;

/// GET /privacy
pub async fn show(app: Data<App>, visitor: Visitor) -> WebResult {
    let page = PrivacyPage {
        frame: visitor.frame(&app, "/privacy"),
        statement: &statement::in_force(&app, visitor.lang).await?,
    };
    visitor.page(&app, StatusCode::OK, &page)
}

/// GET /privacy.md
pub async fn markdown(app: Data<App>, visitor: Visitor) -> WebResult {
    let statement = statement::in_force(&app, visitor.lang).await?;
    let text = render::markdown(visitor.lang, &statement);
    Ok(file("text/markdown; charset=utf-8", &visitor, text))
}

/// GET /privacy.json
pub async fn json(app: Data<App>, visitor: Visitor) -> WebResult {
    let statement = statement::in_force(&app, visitor.lang).await?;
    Ok(file("application/json", &visitor, render::json(&statement)))
}

fn file(content_type: &str, visitor: &Visitor, text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header(("Content-Language", visitor.lang.tag()))
        .insert_header(("Cache-Control", "no-store"))
        .body(text)
}

/// The privacy statement.
#[derive(Template)]
#[template(path = "public/privacy.html")]
pub struct PrivacyPage<'a> {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// What it says.
    pub statement: &'a Statement,
}

#[cfg(test)]
pub(crate) fn sample(statement: &Statement, l: crate::i18n::Lang) -> PrivacyPage<'_> {
    PrivacyPage {
        frame: crate::web::frame::sample(l, "/privacy"),
        statement,
    }
}

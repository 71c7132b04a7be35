//! `/`: choose one of four.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use crate::app::App;
use crate::web::error::WebResult;
use crate::web::extract::Visitor;
use crate::web::frame::PublicFrame;

/// GET /
pub async fn show(app: Data<App>, visitor: Visitor) -> WebResult {
    visitor.page(
        &app,
        StatusCode::OK,
        &HomePage {
            frame: visitor.frame(&app, "/"),
        },
    )
}

/// The first page.
#[derive(Template)]
#[template(path = "public/home.html")]
pub struct HomePage {
    /// What surrounds the page.
    pub frame: PublicFrame,
}

#[cfg(test)]
pub(crate) fn sample(lang: crate::i18n::Lang) -> HomePage {
    HomePage {
        frame: crate::web::frame::sample(lang, "/"),
    }
}

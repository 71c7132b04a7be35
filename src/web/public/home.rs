//! `/`: choose one of four.

use askama::Template;

use crate::web::frame::PublicFrame;

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

//! The page for everything that went wrong: what happened, what to do next, what to quote.

use askama::Template;

use crate::web::frame::PublicFrame;

/// A page for one status code of HTTP.
#[derive(Template)]
#[template(path = "errors/public.html")]
pub struct ErrorPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The status of the answer; one without texts of its own reads like 400 or 500.
    pub status: u16,
    /// What a person can quote to find the cause in our logs.
    pub reference: String,
}

impl ErrorPage {
    /// Title, what happened, and what to do next.
    fn texts(&self) -> (String, String, String) {
        let ids = match self.status {
            403 => ["error-403", "error-403-what", "error-403-next"],
            404 => ["error-404", "error-404-what", "error-404-next"],
            409 => ["error-409", "error-409-what", "error-409-next"],
            413 => ["error-413", "error-413-what", "error-413-next"],
            422 => ["error-422", "error-422-what", "error-422-next"],
            429 => ["error-429", "error-429-what", "error-429-next"],
            503 => ["error-503", "error-503-what", "error-503-next"],
            400..=499 => ["error-400", "error-400-what", "error-400-next"],
            _ => ["error-500", "error-500-what", "error-500-next"],
        };
        let [title, what, next] = ids.map(|id| self.frame.lang.text(id));
        (title, what, next)
    }
}

#[cfg(test)]
pub(crate) fn sample(lang: crate::i18n::Lang, status: u16) -> ErrorPage {
    ErrorPage {
        frame: crate::web::frame::sample(lang, "/requests/new/review"),
        status,
        reference: "01JD4Q9X".into(),
    }
}

//! `/requests/sent`: go to the mailbox. The page is the same for every address.

use askama::Template;

use crate::{domain::request::Kind, web::frame::PublicFrame};

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
    /// Until when the link works: day of the week, date and time.
    pub until: String,
    /// The form, to ask again with another address.
    pub again: String,
}

#[cfg(test)]
pub(crate) fn sample(lang: crate::i18n::Lang, kind: Kind) -> SentPage {
    SentPage {
        frame: crate::web::frame::sample(lang, "/requests/sent"),
        kind,
        email: (kind != Kind::Access).then(|| "marta.kowalska@halden.example".into()),
        until: "Friday 27 November 2026, 09:12".into(),
        again: format!("/requests/new/{}", kind.slug()),
    }
}

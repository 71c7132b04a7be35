//! `/confirm/{token}`: prove that it was you. The GET changes nothing.

use askama::Template;

use crate::{
    domain::request::Kind,
    web::{
        forms::{Errors, Field},
        frame::PublicFrame,
    },
};

/// The page of a link that still works: `action` is `confirm` or `deny`.
#[derive(Template)]
#[template(path = "public/confirm/confirm.html")]
pub struct ConfirmPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// Where the form is sent.
    pub action: String,
    /// What was asked for.
    pub kind: Kind,
    /// What was asked for, in words.
    pub asks: String,
    /// `m•••••••a@halden.example`.
    pub masked: String,
    /// When it was asked: day of the week, date and time.
    pub asked: String,
    /// `code`, where the mail holds one.
    pub code: Option<Field>,
}

impl ConfirmPage {
    fn errors(&self) -> Errors {
        Errors::of(self.code.iter().map(|code| ("code", code)))
    }
}

/// Why a link opens no form any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Too old, already replaced, or never ours.
    Expired,
    /// Too many wrong codes.
    Spent,
    /// Confirmed before.
    Already,
    /// "I did not ask for this."
    Denied,
}

/// The page of a link that does nothing any more.
#[derive(Template)]
#[template(path = "public/confirm/ended.html")]
pub struct ConfirmEndedPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// Why.
    pub ending: Ending,
}

impl ConfirmEndedPage {
    /// Title and lead.
    fn texts(&self) -> (String, String) {
        let (title, text) = match self.ending {
            Ending::Expired => ("confirm-expired", "confirm-expired-text"),
            Ending::Spent => ("confirm-spent", "confirm-spent-text"),
            Ending::Already => ("confirm-already", "confirm-already-text"),
            Ending::Denied => ("confirm-denied", "confirm-denied-text"),
        };
        (self.frame.lang.text(title), self.frame.lang.text(text))
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::{i18n::Lang, web::frame};

    pub(crate) fn page(lang: Lang, kind: Kind, code: Option<Field>) -> ConfirmPage {
        ConfirmPage {
            frame: frame::sample(lang, "/confirm/Hq3vX0tYk8mUe2ZcR5wL1A"),
            action: "/confirm/Hq3vX0tYk8mUe2ZcR5wL1A".into(),
            kind,
            asks: lang.text_with("asks", &[("kind", kind.slug().into())]),
            masked: "m•••••••a@halden.example".into(),
            asked: "Friday 20 November 2026, 09:12".into(),
            code,
        }
    }

    pub(crate) fn wrong_code(lang: Lang) -> Field {
        let left = ("left", 4_i64.into());
        Field::new("529 147").wrong(lang.text_with("error-code-wrong", &[left]))
    }

    pub(crate) fn ended(lang: Lang, ending: Ending) -> ConfirmEndedPage {
        ConfirmEndedPage {
            frame: frame::sample(lang, "/confirm/Hq3vX0tYk8mUe2ZcR5wL1A"),
            ending,
        }
    }
}

//! `/requests/new/{kind}`: one form for each of the four rights.

use askama::Template;

use crate::web::{
    forms::{Errors, Field},
    frame::PublicFrame,
};

/// An address that a link has proved already: it is shown masked and not asked for again.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The token of the unsubscribe link, sent back as the field `u`.
    pub token: String,
    /// `m•••••••a@halden.example`.
    pub masked: String,
}

/// Ask for a copy of everything.
#[derive(Template)]
#[template(path = "public/ask/review.html")]
pub struct AskReviewPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The address, where a link has bound it.
    pub bound: Option<Bound>,
    /// `email`.
    pub email: Field,
    /// `details`.
    pub details: Field,
}

impl AskReviewPage {
    fn errors(&self) -> Errors {
        Errors::of([("email", &self.email), ("details", &self.details)])
    }
}

/// Ask for a correction: each field is empty or says what is right.
#[derive(Template)]
#[template(path = "public/ask/rectification.html")]
pub struct AskRectificationPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The address, where a link has bound it.
    pub bound: Option<Bound>,
    /// `email`: the address we know.
    pub email: Field,
    /// `name`.
    pub name: Field,
    /// `new_email`.
    pub new_email: Field,
    /// `company`.
    pub company: Field,
    /// `phone`.
    pub phone: Field,
    /// `address`.
    pub address: Field,
    /// `details`: anything else.
    pub details: Field,
}

impl AskRectificationPage {
    fn errors(&self) -> Errors {
        Errors::of([
            ("email", &self.email),
            ("name", &self.name),
            ("new_email", &self.new_email),
            ("company", &self.company),
            ("phone", &self.phone),
            ("address", &self.address),
            ("details", &self.details),
        ])
    }
}

/// Ask for a removal.
#[derive(Template)]
#[template(path = "public/ask/removal.html")]
pub struct AskRemovalPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The address, where a link has bound it.
    pub bound: Option<Bound>,
    /// `email`.
    pub email: Field,
    /// `scope` is `some`, not `all`.
    pub some: bool,
    /// `details`.
    pub details: Field,
    /// What the law makes the vendor keep, a sentence for each rule in force.
    pub stays: Vec<String>,
}

impl AskRemovalPage {
    fn errors(&self) -> Errors {
        Errors::of([("email", &self.email), ("details", &self.details)])
    }
}

/// Unsubscribe a typed address.
#[derive(Template)]
#[template(path = "public/ask/unsubscribe.html")]
pub struct AskUnsubscribePage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// `email`.
    pub email: Field,
}

impl AskUnsubscribePage {
    fn errors(&self) -> Errors {
        Errors::of([("email", &self.email)])
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::{i18n::Lang, web::frame};

    pub(crate) fn review(lang: Lang) -> AskReviewPage {
        let bound = Bound {
            token: "v1.k1.AAAA".into(),
            masked: "m•••••••a@halden.example".into(),
        };
        AskReviewPage {
            frame: frame::sample(lang, "/requests/new/review?u=v1.k1.AAAA"),
            bound: Some(bound),
            email: Field::default(),
            details: Field::default(),
        }
    }

    pub(crate) fn rectification(lang: Lang) -> AskRectificationPage {
        AskRectificationPage {
            frame: frame::sample(lang, "/requests/new/rectification"),
            bound: None,
            email: Field::new("marta.kowalska@halden").wrong(lang.text("error-email-ending")),
            name: Field::new("Marta Kowalska-Lund"),
            new_email: Field::default(),
            company: Field::new("Halden Joinery AS"),
            phone: Field::new("555 0143 ext 2").wrong(lang.text("error-phone")),
            address: Field::default(),
            details: Field::new("Ticket 4022 has my old surname in the subject."),
        }
    }

    pub(crate) fn removal(lang: Lang) -> AskRemovalPage {
        AskRemovalPage {
            frame: frame::sample(lang, "/requests/new/removal"),
            bound: None,
            email: Field::default(),
            some: false,
            details: Field::default(),
            stays: vec!["Invoices: 7 years after the end of the year, AWR art. 52".into()],
        }
    }

    /// Every other sentence that a wrong form can say.
    pub(crate) fn wrong(lang: Lang) -> [AskRemovalPage; 2] {
        let most = [("most", 4_000_i64.into())];
        [
            AskRemovalPage {
                email: Field::new("marta.kowalska").wrong(lang.text("error-email-wrong")),
                some: true,
                details: Field::default().wrong(lang.text("error-some-missing")),
                ..removal(lang)
            },
            AskRemovalPage {
                details: Field::new("…").wrong(lang.text_with("error-too-long", &most)),
                ..removal(lang)
            },
        ]
    }

    /// A correction that corrects nothing.
    pub(crate) fn nothing(lang: Lang) -> AskRectificationPage {
        AskRectificationPage {
            email: Field::new("marta.kowalska@halden.example"),
            name: Field::default().wrong(lang.text("error-nothing")),
            company: Field::default(),
            phone: Field::default(),
            details: Field::default(),
            ..rectification(lang)
        }
    }

    pub(crate) fn unsubscribe(lang: Lang) -> AskUnsubscribePage {
        AskUnsubscribePage {
            frame: frame::sample(lang, "/requests/new/unsubscribe"),
            email: Field::default().wrong(lang.text("error-email-missing")),
        }
    }
}

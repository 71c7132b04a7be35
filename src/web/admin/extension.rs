//! `/admin/requests/{reference}/extension`: two more months, once, with reasons, and only within the
//! first month (Art. 12(3)).

use askama::Template;

use super::parts::Choice;
use crate::{
    domain::request::Kind,
    web::{
        forms::{Errors, Field},
        frame_admin::{Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/extension.html")]
struct Extension {
    frame: StaffFrame,
    reference: String,
    version: i64,
    kind: Kind,
    person: String,
    chance: Chance,
    errors: Errors,
    /// The error of the radio buttons; the reasons carry the choice.
    reason: Field,
    /// Complexity and number: the law knows no third reason.
    reasons: Vec<Choice>,
    details: Field,
}

/// Whether there can be an extension.
enum Chance {
    Open {
        /// The date in force.
        due: String,
        /// Three months from receipt.
        new_due: String,
    },
    /// The first month is over since this date.
    FirstMonthOver { since: String },
    /// It was extended already, to this date.
    Extended { to: String },
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{person_frame, sample};
    use jiff::civil::date;

    let reason = |code: &str| Choice {
        value: code.into(),
        label: lang.text_with("admin-extension-reason", &[("reason", code.into())]),
        chosen: false,
    };
    let page = |chance, details: Field| Extension {
        frame: person_frame(lang),
        reference: "7K4M-2QX9".into(),
        version: 4,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        chance,
        errors: Errors::of([("details", &details)]),
        reason: Field::default(),
        reasons: vec![reason("complexity"), reason("number")],
        details,
    };
    let open = || Chance::Open {
        due: lang.date_long(date(2026, 12, 21)),
        new_due: lang.date_long(date(2027, 2, 22)),
    };
    vec![
        sample("extension", &page(open(), Field::default())),
        sample(
            "extension-wrong",
            &page(
                open(),
                Field::new("").wrong(lang.text("admin-extension-no-details")),
            ),
        ),
        sample(
            "extension-late",
            &page(
                Chance::FirstMonthOver {
                    since: lang.date_medium(date(2026, 12, 21)),
                },
                Field::default(),
            ),
        ),
        sample(
            "extension-twice",
            &page(
                Chance::Extended {
                    to: lang.date_medium(date(2027, 2, 22)),
                },
                Field::default(),
            ),
        ),
    ]
}

//! `/admin/requests/{reference}/question`: ask the person for what is needed to go on. Both dates
//! are shown, because the regulation's text knows no suspension (Art. 12(6), EDPB 01/2022 par. 159).

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
#[template(path = "admin/question.html")]
struct Question {
    frame: StaffFrame,
    reference: String,
    version: i64,
    kind: Kind,
    person: String,
    errors: Errors,
    details: Field,
    /// The error of the radio buttons; the reasons carry the choice.
    reason: Field,
    /// Identity, or what the request covers.
    reasons: Vec<Choice>,
    /// The date without any suspension; it stays in force.
    due_strict: String,
    /// The day from which the suspended date is counted, if asked now.
    suspended_from: String,
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, person_frame, sample};

    let reason = |code: &str, chosen| Choice {
        value: code.into(),
        label: lang.text_with("admin-question-reason", &[("reason", code.into())]),
        chosen,
    };
    let page = |details: Field| Question {
        frame: person_frame(lang),
        reference: "7K4M-2QX9".into(),
        version: 4,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        errors: Errors::of([("details", &details)]),
        details,
        reason: Field::default(),
        reasons: vec![reason("scope", true), reason("identity", false)],
        due_strict: lang.date_long(jiff::civil::date(2026, 12, 21)),
        suspended_from: lang.date_long(TODAY),
    };
    vec![
        sample("question", &page(Field::default())),
        sample(
            "question-wrong",
            &page(Field::default().wrong(lang.text("admin-question-no-details"))),
        ),
    ]
}

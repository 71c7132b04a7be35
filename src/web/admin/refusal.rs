//! `/admin/requests/{reference}/refusal`: a reason from the law, an explanation in plain words, and
//! the remedies that go with every refusal (Art. 12(4)).

use askama::Template;

use super::parts::Choice;
use crate::{
    domain::request::Kind,
    i18n::Lang,
    web::{
        forms::{Errors, Field},
        frame_admin::{Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/refusal.html")]
struct Refusal {
    frame: StaffFrame,
    reference: String,
    version: i64,
    kind: Kind,
    person: String,
    errors: Errors,
    /// The error of the select; the reasons carry the choice.
    reason: Field,
    /// The reasons that fit this kind; labels from [`reason_label`].
    reasons: Vec<Choice>,
    details: Field,
    /// Reasons of Art. 12(5) need evidence and a second person.
    needs_second: bool,
    /// The supervisory authority, with its address, as the person will read it.
    authority: String,
    /// The language the person reads.
    their_lang: Lang,
    /// The remedies as the person will read them, in their language.
    remedies: Vec<String>,
}

/// A reason for a refusal as staff read it, with its article.
fn reason_label(lang: Lang, code: &str) -> String {
    lang.text_with("admin-reason", &[("reason", code.into())])
}

#[cfg(test)]
pub(super) fn samples(lang: Lang) -> Vec<super::samples::Sample> {
    use super::samples::{person_frame, sample};

    let codes = [
        "identity_not_established",
        "manifestly_unfounded",
        "excessive",
        "legal_obligation",
        "legal_claims",
        "freedom_of_expression",
        "third_party_rights",
        "not_controller",
        "no_data_found",
        "accurate_as_is",
        "already_done",
    ];
    let page = |reason: Field, details: Field| Refusal {
        frame: person_frame(lang),
        reference: "7K4M-2QX9".into(),
        version: 4,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        errors: Errors::of([("reason", &reason), ("details", &details)]),
        reason,
        reasons: codes
            .map(|code| Choice {
                value: code.into(),
                label: reason_label(lang, code),
                chosen: false,
            })
            .into(),
        details,
        needs_second: true,
        authority: "Autoriteit Persoonsgegevens, autoriteitpersoonsgegevens.example".into(),
        their_lang: Lang::En,
        remedies: vec![
            "You can complain to the Autoriteit Persoonsgegevens.".into(),
            "You can go to court.".into(),
        ],
    };
    let wrong = page(
        Field::default().wrong(lang.text("admin-refusal-no-reason")),
        Field::new("").wrong(lang.text("admin-refusal-no-details")),
    );
    vec![
        sample("refusal", &page(Field::default(), Field::default())),
        sample("refusal-wrong", &wrong),
    ]
}

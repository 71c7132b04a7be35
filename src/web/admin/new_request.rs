//! `/admin/requests/new`: a request that came by phone, letter, mail or in person. The clock runs
//! from the day it arrived, not from the day it is typed in.

use askama::Template;

use super::parts::Choice;
use crate::web::{
    forms::{Errors, Field},
    frame_admin::{Nav, StaffFrame},
};

#[derive(Template)]
#[template(path = "admin/new_request.html")]
struct NewRequest {
    frame: StaffFrame,
    errors: Errors,
    kinds: Vec<Choice>,
    /// The error of the kinds, which carry the choice themselves; so with the next ones.
    kind: Field,
    email: Field,
    name: Field,
    /// ISO date.
    received_on: Field,
    channels: Vec<Choice>,
    channel: Field,
    proofs: Vec<Choice>,
    proof: Field,
    /// How staff checked the identity; only for that proof.
    checked_how: Field,
    /// The authority of someone who acts for another person; may be empty.
    authority: Field,
    details: Field,
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, sample};

    let choice = |id: &str, key: &'static str, value: &str, chosen| Choice {
        value: value.into(),
        label: lang.text_with(id, &[(key, value.into())]),
        chosen,
    };
    let page = |email: Field, proof: Field| NewRequest {
        frame: frame(lang, Nav::Queue),
        errors: Errors::of([("email", &email), ("proof-mail", &proof)]),
        kinds: ["access", "rectification", "erasure", "objection"]
            .map(|kind| choice("admin-kind", "kind", kind, kind == "erasure"))
            .into(),
        kind: Field::default(),
        email,
        name: Field::default(),
        received_on: Field::new("2026-12-10"),
        channels: ["phone", "letter", "mail", "in_person"]
            .map(|channel| choice("admin-channel", "channel", channel, channel == "phone"))
            .into(),
        channel: Field::default(),
        proofs: ["mail", "staff"]
            .map(|proof| choice("admin-proof", "proof", proof, false))
            .into(),
        proof,
        checked_how: Field::default(),
        authority: Field::default(),
        details: Field::default(),
    };
    let wrong = page(
        Field::new("marta@").wrong(lang.text("admin-staff-email-wrong")),
        Field::default().wrong(lang.text("admin-new-no-proof")),
    );
    vec![
        sample("new-request", &page(Field::default(), Field::default())),
        sample("new-request-wrong", &wrong),
    ]
}

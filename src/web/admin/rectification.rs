//! `/admin/requests/{reference}/rectification`: what we hold beside what was asked for, each value
//! its own decision. A refusal of a value needs its reason (Art. 12(4), 16).

use askama::Template;

use super::parts::{Choice, Due, Tag};
use crate::{
    domain::request::Kind,
    web::{
        forms::{Errors, Field},
        frame_admin::{Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/rectification.html")]
struct Rectification {
    frame: StaffFrame,
    reference: String,
    version: i64,
    person: String,
    state: Tag,
    due: Due,
    errors: Errors,
    values: Vec<Value>,
    /// How many stores hold them.
    stores: usize,
    /// The reasons for a refusal that fit a value.
    reasons: Vec<Choice>,
    reason: Field,
    details: Field,
    may_decide: bool,
}

/// One value that was asked for.
struct Value {
    /// Names the value in the form: the field is `accept-{id}`.
    id: String,
    /// What it is called, `Name`.
    name: String,
    /// What we hold; empty where we hold nothing.
    held: Vec<Span>,
    asked: Vec<Span>,
    /// A line beneath the value, such as how a new address was confirmed; may be empty.
    note: String,
    held_in: String,
    accepts: bool,
}

/// A run of letters: the same on both sides, or only on one.
struct Span {
    text: String,
    /// It goes from what we hold, or comes with what was asked for.
    changes: bool,
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, choices, frame, sample, state};
    use crate::domain::request::Progress;
    use crate::web::frame_admin::Foot;

    let spans = |text: &str| -> Vec<Span> {
        let piece = |(n, text): (usize, &str)| Span {
            text: text.into(),
            changes: n % 2 == 1,
        };
        text.split('|')
            .enumerate()
            .map(piece)
            .filter(|span| !span.text.is_empty())
            .collect()
    };
    let value = |id: &str, name: &str, held: &str, asked: &str, note: &str, accepts| Value {
        id: id.into(),
        name: name.into(),
        held: spans(held),
        asked: spans(asked),
        note: note.into(),
        held_in: "Licences, trials, tickets".into(),
        accepts,
    };
    let page = |reason: Field| Rectification {
        frame: StaffFrame {
            foot: Foot::Person,
            ..frame(lang, Nav::Queue)
        },
        reference: "9XKC-44MB".into(),
        version: 2,
        person: "Haruka Tanaka".into(),
        state: state(lang, Progress::ToDecide, Kind::Erasure),
        due: Due::new(lang, TODAY, TODAY),
        errors: Errors::of([("reason", &reason)]),
        values: vec![
            value("1", "Name", "Haruka |Sato", "Haruka |Tanaka", "", true),
            value(
                "2",
                "Email",
                "h.|sato|@aokibuild.example",
                "h.|tanaka|@aokibuild.example",
                "Confirmed from both mailboxes, 10 Nov",
                true,
            ),
            value("3", "Phone", "", "|+81 3 5550 0178", "", true),
            value(
                "4",
                "Sale of 3 May 2025, billing name",
                "Haruka Sato",
                "Haruka |Tanaka",
                "An issued invoice shows the name of its day",
                false,
            ),
        ],
        stores: 3,
        reasons: choices(&[
            "It is accurate as it stands (Art. 16)",
            "We cannot establish identity (Art. 12(2))",
        ]),
        reason,
        details: Field::default(),
        may_decide: true,
    };
    vec![
        sample("rectification", &page(Field::default())),
        sample(
            "rectification-wrong",
            &page(Field::default().wrong(lang.text("admin-refusal-no-reason"))),
        ),
    ]
}

//! `/admin/requests/{reference}/items/{item}`: change what becomes of one record, or say whether it
//! is about this person at all.

use askama::Template;

use super::parts::{Choice, Fact};
use crate::{
    domain::request::Kind,
    web::{
        forms::{Errors, Field},
        frame_admin::{Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/item.html")]
struct ItemPage {
    frame: StaffFrame,
    reference: String,
    version: i64,
    kind: Kind,
    person: String,
    item: String,
    key: String,
    /// What the record is and holds, and by what it was matched.
    facts: Vec<Fact>,
    errors: Errors,
    /// The error of the radio buttons, whose id is that of the first.
    action: Field,
    ask: Ask,
}

/// What staff are asked about the record.
enum Ask {
    /// A possible match: yes or no.
    Candidate {
        /// Why it came up.
        ground: String,
    },
    /// Erase it, or keep it on a ground.
    Decision {
        keeps: bool,
        /// What the rules propose, a whole sentence.
        proposed: String,
        /// The grounds of Art. 17(3), and the one of the retention rules.
        grounds: Vec<Choice>,
        ground: Field,
        /// Kept until; ISO date.
        until: Field,
        /// Why it departs from the proposal; stays inside.
        reason: Field,
    },
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{choices, facts, frame, sample};

    let page = |ask, action: Field| ItemPage {
        frame: StaffFrame {
            foot: crate::web::frame_admin::Foot::Person,
            ..frame(lang, Nav::Queue)
        },
        reference: "7K4M-2QX9".into(),
        version: 4,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        item: "0197a3".into(),
        key: "AT-118240331-2".into(),
        facts: facts(&[
            ("Store", "Licences"),
            ("What it is", "Sale of 14 Mar 2024"),
            ("Holds", "Billing contact: name, email"),
            ("Matched by", "Exact address"),
        ]),
        errors: Errors::of([("action-erase", &action)]),
        action,
        ask,
    };
    let decision = |reason| Ask::Decision {
        keeps: true,
        proposed: "Keep to 31 Dec 2031".into(),
        grounds: choices(&[
            "Tax law, AWR art. 52 (Art. 17(3)(b))",
            "Legal claims (Art. 17(3)(e))",
        ]),
        ground: Field::default(),
        until: Field::new("2031-12-31"),
        reason,
    };
    vec![
        sample("item", &page(decision(Field::default()), Field::default())),
        sample(
            "item-wrong",
            &page(
                decision(Field::default().wrong(lang.text("admin-item-no-reason"))),
                Field::default().wrong(lang.text("admin-item-no-choice")),
            ),
        ),
        sample(
            "item-candidate",
            &page(
                Ask::Candidate {
                    ground: "The name is the same; the address is not.".into(),
                },
                Field::default(),
            ),
        ),
    ]
}

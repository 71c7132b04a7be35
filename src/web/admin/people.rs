//! `/admin/people?q=`: everything held of one person, by address, with the reason for the look.
//! A look is a deed: the page shows nothing before it knows why.

use askama::Template;

use super::parts::Tag;
use crate::{
    domain::request::Kind,
    web::{
        forms::{Errors, Field},
        frame_admin::{Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/people.html")]
struct People {
    frame: StaffFrame,
    errors: Errors,
    q: Field,
    reason: Field,
    /// `None` before a search.
    found: Option<FoundPerson>,
}

struct FoundPerson {
    /// What was searched for.
    title: String,
    /// `48 records in 4 stores`.
    summary: String,
    stores: Vec<StoreResult>,
    requests: Vec<PersonRequest>,
}

struct StoreResult {
    name: String,
    /// `5 records`, or why the store did not answer.
    note: String,
    records: Vec<PersonRecord>,
}

struct PersonRecord {
    key: String,
    description: String,
    holds: String,
    matched_by: String,
}

struct PersonRequest {
    reference: String,
    kind: Kind,
    received: String,
    state: Tag,
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, frame, sample, state};
    use crate::domain::request::Progress;
    use crate::web::frame_admin::Foot;

    let page = |foot, reason: Field, found| People {
        frame: StaffFrame {
            foot,
            ..frame(lang, Nav::Queue)
        },
        errors: Errors::of([("reason", &reason)]),
        q: Field::new("marta.kowalska@halden.example"),
        reason,
        found,
    };
    let record = PersonRecord {
        key: "E-4TR-9A1-7KD".into(),
        description: "Northwind Boards, 25 users, ended 14 Mar 2026".into(),
        holds: "Technical contact: name, email, phone".into(),
        matched_by: lang.text("admin-match-exact"),
    };
    let found = |stores, requests| FoundPerson {
        title: "marta.kowalska@halden.example".into(),
        summary: lang.text_with(
            "admin-found-short",
            &[("stores", 4i64.into()), ("records", 48i64.into())],
        ),
        stores,
        requests,
    };
    let request = PersonRequest {
        reference: "7K4M-2QX9".into(),
        kind: Kind::Erasure,
        received: lang.date_short(TODAY),
        state: state(lang, Progress::Running, Kind::Erasure),
    };
    let stores = vec![
        StoreResult {
            name: "Licences".into(),
            note: "1".into(),
            records: vec![record],
        },
        StoreResult {
            name: "Support tickets".into(),
            note: "Request Tracker does not answer".into(),
            records: Vec::new(),
        },
    ];
    vec![
        sample("people", &page(Foot::NoData, Field::default(), None)),
        sample(
            "people-wrong",
            &page(
                Foot::NoData,
                Field::default().wrong(lang.text("admin-people-no-reason")),
                None,
            ),
        ),
        sample(
            "people-found",
            &page(
                Foot::Person,
                Field::new("Phone call of 10 December"),
                Some(found(stores, vec![request])),
            ),
        ),
        sample(
            "people-none",
            &page(
                Foot::Person,
                Field::new("Phone call of 10 December"),
                Some(found(Vec::new(), Vec::new())),
            ),
        ),
    ]
}

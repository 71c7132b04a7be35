//! `/admin/people?q=`: everything held of one person, by address, with the reason for the look.
//! A look is a deed: the page shows nothing before it knows why.

use actix_web::HttpRequest;
use actix_web::web::Data;
use askama::Template;

use super::parts::{HoldNotice, Tag, tag_of};
use super::{Trouble, field, item::matched, status};
use crate::{
    actions::{
        queries::people::{self, Person, StoreFound},
        words,
    },
    app::App,
    domain::{request::Kind, staff::Permission},
    i18n::Lang,
    web::{
        error::WebResult,
        extract::{SignedIn, query_value},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/people.html")]
struct People {
    frame: StaffFrame,
    errors: Errors,
    q: Field,
    reason: Field,
    /// Whether this member of staff sees the legal holds.
    may_hold: bool,
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
    /// The legal holds on the person.
    hold: Option<HoldNotice>,
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

/// GET /admin/people
pub async fn show(app: Data<App>, me: SignedIn, request: HttpRequest) -> WebResult {
    me.actor
        .may(Permission::LookUp)
        .map_err(crate::actions::ActionError::from)?;
    let q = query_value(&request, "q");
    let reason = query_value(&request, "reason").unwrap_or_default();
    let Some(q) = q else {
        return page(&app, &me, "", "", None, None).await;
    };
    match people::search(&app, &me.actor, &q, &reason).await {
        Ok(person) => page(&app, &me, &q, &reason, Some(person), None).await,
        Err(error) => page(&app, &me, &q, &reason, None, Some(Trouble::of(error)?)).await,
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    q: &str,
    reason: &str,
    person: Option<Person>,
    trouble: Option<Trouble>,
) -> WebResult {
    let lang = me.visitor.lang;
    let foot = if person.is_some() {
        Foot::Person
    } else {
        Foot::NoData
    };
    let (q, reason) = (
        field(lang, trouble, "q", q),
        field(lang, trouble, "reason", reason),
    );
    let template = People {
        frame: me.frame(app, Nav::Queue, foot).await?,
        errors: Errors::of([("q", &q), ("reason", &reason)]),
        found: person.map(|person| found(app, lang, &q.value, person)),
        may_hold: me.may(Permission::Hold),
        q,
        reason,
    };
    me.page(app, status(trouble), &template)
}

fn found(app: &App, lang: Lang, q: &str, person: Person) -> FoundPerson {
    let held = person
        .stores
        .iter()
        .filter(|store| store.items.as_ref().is_ok_and(|items| !items.is_empty()));
    let records: usize = person
        .stores
        .iter()
        .map(|store| store.items.as_ref().map_or(0, Vec::len))
        .sum();
    let request = |request: &crate::domain::request::Request| PersonRequest {
        reference: request.reference.to_string(),
        kind: request.kind,
        received: lang.date_short(request.received.on),
        state: tag_of(lang, request),
    };
    FoundPerson {
        title: person
            .email
            .as_ref()
            .map_or_else(|| q.to_owned(), |email| email.as_str().to_owned()),
        summary: lang.text_with(
            "admin-found-short",
            &[("stores", held.count().into()), ("records", records.into())],
        ),
        requests: person.requests.iter().map(request).collect(),
        hold: person.hold.as_ref().map(|hold| HoldNotice::of(lang, hold)),
        stores: person
            .stores
            .into_iter()
            .filter_map(|store| result(app, lang, store))
            .collect(),
    }
}

/// A store that holds something or did not answer; one with nothing is not shown.
fn result(app: &App, lang: Lang, found: StoreFound) -> Option<StoreResult> {
    let name = words::store(app, lang, &found.store);
    let items = match found.items {
        Ok(items) if items.is_empty() => return None,
        Ok(items) => items,
        Err(error) => {
            return Some(StoreResult {
                name,
                note: error.to_string(),
                records: Vec::new(),
            });
        }
    };
    let note = match (items.len(), found.more) {
        (n, false) => lang.text_with("admin-people-records", &[("n", n.into())]),
        (n, true) => lang.text_with("admin-people-first", &[("n", n.into())]),
    };
    let record = |item: crate::domain::store::Item| {
        let holds: Vec<String> = item
            .holds
            .iter()
            .map(|name| words::held(lang, name))
            .collect();
        PersonRecord {
            description: format!("{}. {}", words::item_kind(lang, item.kind), item.note),
            key: item.label,
            holds: lang.list(&holds),
            matched_by: matched(lang, item.matched),
        }
    };
    Some(StoreResult {
        name,
        note,
        records: items.into_iter().map(record).collect(),
    })
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, frame, sample, state};
    use crate::domain::request::Progress;

    let page = |foot, reason: Field, found| People {
        frame: StaffFrame {
            foot,
            ..frame(lang, Nav::Queue)
        },
        errors: Errors::of([("reason", &reason)]),
        q: Field::new("marta.kowalska@halden.example"),
        reason,
        may_hold: true,
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
        hold: Some(HoldNotice::sample(lang, true)),
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

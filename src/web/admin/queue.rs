//! `/admin/requests`: pick the next request. The address is the state: view, filters and cursor
//! stand in the query, so that a link to a list shows that list.

use askama::Template;

use super::parts::{Choice, Due, Tag};
use crate::{
    domain::request::Kind,
    web::frame_admin::{Nav, StaffFrame},
};

#[derive(Template)]
#[template(path = "admin/queue.html")]
struct Queue {
    frame: StaffFrame,
    views: Vec<ViewLink>,
    /// The view that is shown, kept through the filter form.
    view: &'static str,
    /// What was searched for.
    q: String,
    kinds: Vec<Choice>,
    assigned: Vec<Choice>,
    dues: Vec<Choice>,
    /// Whether any filter is set; an empty list then says so.
    is_filtered: bool,
    groups: Vec<Group>,
    /// `1 to 14 of 23, due first`; what was counted, in one sentence.
    position: String,
    /// The list from its beginning; `None` on the first page.
    first: Option<String>,
    /// The next page: the same query with `after`.
    next: Option<String>,
    may_enter: bool,
    /// Whether this role may look up any person.
    may_search: bool,
}

struct ViewLink {
    view: View,
    count: String,
    href: String,
    current: bool,
}

#[derive(Clone, Copy)]
enum View {
    Open,
    Mine,
    Decide,
    Halted,
    Waiting,
    Unconfirmed,
    Closed,
}

impl View {
    /// The value in the address.
    fn key(self) -> &'static str {
        match self {
            View::Open => "open",
            View::Mine => "mine",
            View::Decide => "decide",
            View::Halted => "halted",
            View::Waiting => "waiting",
            View::Unconfirmed => "unconfirmed",
            View::Closed => "closed",
        }
    }
}

struct Group {
    when: When,
    rows: Vec<Row>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Late,
    /// Due within seven days.
    Week,
    Later,
    /// Closed requests have no group to stand in; no heading is shown.
    Closed,
}

impl When {
    fn key(self) -> &'static str {
        match self {
            When::Late => "late",
            When::Week => "week",
            When::Later => "later",
            When::Closed => "closed",
        }
    }
}

struct Row {
    reference: String,
    kind: Kind,
    /// The address, or the name where staff entered one.
    person: String,
    due: Due,
    state: Tag,
    /// `4 stores, 48 records`; empty while the search runs.
    found: String,
    assigned: Option<String>,
    /// `20 Nov, web`.
    received: String,
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, choices, frame, sample, state};
    use crate::domain::request::Progress;
    use crate::web::frame_admin::Foot;
    use jiff::ToSpan;

    let row = |days: i64,
               kind,
               person: &str,
               progress: Progress,
               reference: &str,
               assigned: Option<&str>| {
        Row {
            reference: reference.into(),
            kind,
            person: person.into(),
            due: Due::new(lang, TODAY + days.days(), TODAY),
            state: state(lang, progress, kind),
            found: lang.text_with(
                "admin-found-short",
                &[("stores", 4i64.into()), ("records", 1204i64.into())],
            ),
            assigned: assigned.map(Into::into),
            received: lang.text_with(
                "admin-received-short",
                &[
                    ("date", lang.day_month(TODAY).into()),
                    ("channel", "web".into()),
                ],
            ),
        }
    };
    let view = |view, count| ViewLink {
        view,
        count: lang.number(count),
        href: "/admin/requests?view=mine".into(),
        current: matches!(view, View::Open),
    };
    let page = |groups: Vec<Group>, q: &str, next: Option<String>| Queue {
        frame: StaffFrame {
            foot: Foot::List,
            ..frame(lang, Nav::Queue)
        },
        views: vec![
            view(View::Open, 23),
            view(View::Mine, 6),
            view(View::Decide, 7),
            view(View::Halted, 1),
            view(View::Waiting, 5),
            view(View::Unconfirmed, 3),
            view(View::Closed, 1482),
        ],
        view: "open",
        q: q.into(),
        kinds: choices(&["All kinds", "Remove"]),
        assigned: choices(&["Anyone", "Nobody", "Aino Salo"]),
        dues: choices(&["Any time", "Late", "Within a week"]),
        is_filtered: !q.is_empty(),
        position: lang.text_with(
            "admin-position",
            &[
                ("first", 1i64.into()),
                ("last", 14i64.into()),
                ("total", 1482i64.into()),
            ],
        ),
        first: next.clone(),
        groups,
        next,
        may_enter: true,
        may_search: true,
    };
    let groups = vec![
        Group {
            when: When::Late,
            rows: vec![row(
                -3,
                Kind::Access,
                "oskar.lind@fjordline.example",
                Progress::ToDecide,
                "3QHD-91TW",
                Some("Jonas Weber"),
            )],
        },
        Group {
            when: When::Week,
            rows: vec![
                row(
                    0,
                    Kind::Rectification,
                    "h.tanaka@aokibuild.example",
                    Progress::ToDecide,
                    "9XKC-44MB",
                    Some("Aino Salo"),
                ),
                row(
                    1,
                    Kind::Erasure,
                    "piet@deboerlogistiek.example",
                    Progress::Halted,
                    "M2VN-70PA",
                    Some("Aino Salo"),
                ),
                row(
                    6,
                    Kind::Erasure,
                    "l.ferrari@cantierivela.example",
                    Progress::Second,
                    "B4JM-62YU",
                    None,
                ),
            ],
        },
        Group {
            when: When::Later,
            rows: vec![
                row(
                    11,
                    Kind::Erasure,
                    "marta.kowalska@halden.example",
                    Progress::Running,
                    "7K4M-2QX9",
                    None,
                ),
                row(
                    18,
                    Kind::Erasure,
                    "s.okafor@lagunatech.example",
                    Progress::Waiting,
                    "C7YT-20GR",
                    Some("Jonas Weber"),
                ),
                row(
                    20,
                    Kind::Access,
                    "ines.duarte@portolog.example",
                    Progress::Running,
                    "K5HB-97WX",
                    None,
                ),
                row(
                    25,
                    Kind::Objection,
                    "tomas.novak@hradec-it.example",
                    Progress::Done,
                    "E3ZU-41LM",
                    None,
                ),
                row(
                    29,
                    Kind::Erasure,
                    "yusuf.demir@bogazici-yazilim.example",
                    Progress::Unproved,
                    "W2GK-74QT",
                    None,
                ),
            ],
        },
    ];
    vec![
        sample(
            "queue",
            &page(
                groups,
                "",
                Some("/admin/requests?after=20261221.Z8LR-09FJ".into()),
            ),
        ),
        sample("queue-empty", &page(Vec::new(), "", None)),
        sample(
            "queue-nothing-found",
            &page(Vec::new(), "nobody@halden.example", None),
        ),
    ]
}

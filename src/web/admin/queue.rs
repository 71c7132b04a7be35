//! `/admin/requests`: pick the next request. The address is the state: view, filters and cursor
//! stand in the query, so that a link to a list shows that list.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use jiff::ToSpan;

use super::parts::{Choice, Due, Tag, due_of, person, tag_of};
use crate::{
    actions::queries::desk::{self, Assigned, Search, View},
    app::App,
    domain::{request::Kind, staff::Permission},
    i18n::Lang,
    web::{
        error::WebResult,
        extract::{SignedIn, query_value},
        frame_admin::{Foot, Nav, StaffFrame},
    },
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
    /// Whether a legal hold is on the person.
    held: bool,
    /// `4 stores, 48 records`; empty while the search runs.
    found: String,
    assigned: Option<String>,
    /// `20 Nov, web`.
    received: String,
}

/// What the address asks for.
struct Asked {
    search: Search,
    assigned: String,
    due: String,
    /// How many rows stand on the pages before.
    before: i64,
}

impl Asked {
    fn of(app: &App, request: &HttpRequest) -> Asked {
        let value = |name| query_value(request, name).unwrap_or_default();
        let (view, assigned, due, after) = (
            value("view"),
            value("assigned"),
            value("due"),
            value("after"),
        );
        let today = app.today();
        let mut cursor = after.splitn(3, '.');
        let (date, id, before) = (cursor.next(), cursor.next(), cursor.next());
        let search = Search {
            view: View::ALL
                .into_iter()
                .find(|each| each.as_str() == view)
                .unwrap_or(View::Open),
            q: value("q").trim().to_owned(),
            kind: value("kind").parse().ok(),
            assigned: match assigned.as_str() {
                "nobody" => Assigned::Nobody,
                other => other.parse().map_or(Assigned::Anyone, Assigned::To),
            },
            due_until: match due.as_str() {
                "late" => Some(today.saturating_sub(1.day())),
                "week" => Some(today.saturating_add(7.days())),
                _ => None,
            },
            after: date
                .and_then(|date| date.parse().ok())
                .zip(id.and_then(|id| id.parse().ok())),
        };
        let before = before.and_then(|before| before.parse().ok()).unwrap_or(0);
        Asked {
            search,
            assigned,
            due,
            before,
        }
    }

    /// The same list, from its beginning or after a row.
    fn href(&self, after: Option<String>) -> String {
        let kind = self
            .search
            .kind
            .map(|kind| kind.as_str().to_owned())
            .unwrap_or_default();
        let pairs = [
            ("view", self.search.view.as_str().to_owned()),
            ("kind", kind),
            ("assigned", self.assigned.clone()),
            ("due", self.due.clone()),
            ("after", after.unwrap_or_default()),
        ];
        let set: Vec<_> = pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        format!(
            "/admin/requests?{}",
            serde_urlencoded::to_string(set).unwrap_or_default()
        )
    }
}

/// GET /admin/requests
pub async fn show(app: Data<App>, me: SignedIn, request: HttpRequest) -> WebResult {
    let asked = Asked::of(&app, &request);
    let lang = me.visitor.lang;
    let found = desk::queue(&app, &me.actor, asked.search.clone()).await?;
    let looked = !found.rows.is_empty() || !asked.search.q.is_empty();
    let closed = asked.search.view == View::Closed;
    let (first, last) = (asked.before + 1, asked.before + found.rows.len() as i64);
    let next = found
        .next
        .map(|(due, id)| asked.href(Some(format!("{due}.{id}.{last}"))));
    let place = [
        ("first", lang.number(first).into()),
        ("last", lang.number(last).into()),
    ];
    let template = Queue {
        frame: me
            .frame(
                &app,
                Nav::Queue,
                if looked { Foot::List } else { Foot::NoData },
            )
            .await?,
        views: View::ALL
            .into_iter()
            .map(|view| view_link(lang, &asked, &found, view))
            .collect(),
        view: asked.search.view.as_str(),
        q: asked.search.q.clone(),
        kinds: kinds(lang, &asked),
        assigned: assigned(lang, &asked, &found),
        dues: ["", "late", "week"]
            .map(|due| Choice::worded(lang, "admin-due-filter", "due", due, asked.due == due))
            .into(),
        is_filtered: looked && !asked.search.q.is_empty()
            || asked.search.kind.is_some()
            || !asked.assigned.is_empty()
            || !asked.due.is_empty(),
        position: match found.total {
            Some(total) => {
                let [first, last] = place;
                lang.text_with(
                    "admin-position",
                    &[first, last, ("total", lang.number(total).into())],
                )
            }
            None => lang.text_with("admin-position-closed", &place),
        },
        first: (asked.before > 0).then(|| asked.href(None)),
        next,
        groups: groups(&app, lang, &found, closed),
        may_enter: me.may(Permission::Enter),
        may_search: me.may(Permission::LookUp),
    };
    me.page(&app, StatusCode::OK, &template)
}

fn view_link(lang: Lang, asked: &Asked, found: &desk::Queue, view: View) -> ViewLink {
    let count = found.counts.iter().find(|(of, _)| *of == view);
    ViewLink {
        view,
        count: count.map_or_else(String::new, |(_, count)| lang.number(*count)),
        href: format!("/admin/requests?view={}", view.as_str()),
        current: asked.search.q.is_empty() && asked.search.view == view,
    }
}

fn kinds(lang: Lang, asked: &Asked) -> Vec<Choice> {
    let any = Choice {
        value: String::new(),
        label: lang.text("admin-any-kind"),
        chosen: false,
    };
    let kind = |kind: &Kind| {
        Choice::worded(
            lang,
            "admin-kind",
            "kind",
            kind.as_str(),
            asked.search.kind == Some(*kind),
        )
    };
    std::iter::once(any)
        .chain(Kind::ALL.iter().map(kind))
        .collect()
}

fn assigned(lang: Lang, asked: &Asked, found: &desk::Queue) -> Vec<Choice> {
    let choice = |value: String, label| Choice {
        chosen: asked.assigned == value,
        value,
        label,
    };
    let mut choices = vec![
        choice(String::new(), lang.text("admin-anyone")),
        choice("nobody".into(), lang.text("admin-nobody")),
    ];
    choices.extend(
        found
            .staff
            .iter()
            .map(|staff| choice(staff.id.to_string(), staff.name.clone())),
    );
    choices
}

fn groups(app: &App, lang: Lang, found: &desk::Queue, closed: bool) -> Vec<Group> {
    let today = app.today();
    let mut groups: Vec<Group> = Vec::new();
    for row in &found.rows {
        let due = row.opened.request.due.strict;
        let when = match (due - today).get_days() {
            _ if closed => When::Closed,
            ..0 => When::Late,
            0..=7 => When::Week,
            _ => When::Later,
        };
        let row = shown(app, lang, found, row);
        match groups.iter_mut().find(|group| group.when == when) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group {
                when,
                rows: vec![row],
            }),
        }
    }
    groups
}

fn shown(app: &App, lang: Lang, found: &desk::Queue, row: &desk::QueueRow) -> Row {
    let request = &row.opened.request;
    Row {
        reference: request.reference.to_string(),
        kind: request.kind,
        person: person(lang, &row.opened),
        due: due_of(app, lang, request),
        state: tag_of(lang, request),
        held: row.held,
        found: row.found.map_or_else(String::new, |(stores, records)| {
            lang.text_with(
                "admin-found-short",
                &[("stores", stores.into()), ("records", records.into())],
            )
        }),
        assigned: request
            .assignee
            .and_then(|id| found.names.get(&id).cloned()),
        received: lang.text_with(
            "admin-received-short",
            &[
                ("date", lang.day_month(request.received.on).into()),
                ("channel", request.received.via.as_str().into()),
            ],
        ),
    }
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, choices, frame, sample, state};
    use crate::domain::request::Progress;

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
            held: kind == Kind::Erasure && progress == Progress::ToDecide,
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

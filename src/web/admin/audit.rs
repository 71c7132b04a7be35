//! `/admin/audit`: see that the trail is unbroken, and find an entry. Shows what the leaves hold:
//! commitments and pseudonyms, never personal data.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::parts::{Choice, Moment};
use super::sign_in::Nothing;
use crate::{
    actions::queries::{
        Names,
        trail::{self, Page, Search},
    },
    app::App,
    audit::{hex, leaf::Leaf, tree::leaf_hash},
    db,
    domain::{event::Action, reference::Reference},
    i18n::Lang,
    web::{
        error::{WebError, WebResult},
        extract::{CsrfForm, SignedIn, query_value},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct Audit {
    frame: StaffFrame,
    tree: Tree,
    q: String,
    events: Vec<Choice>,
    actors: Vec<Choice>,
    /// ISO date, or empty.
    from: String,
    is_filtered: bool,
    entries: Vec<Entry>,
    /// The list from its newest; `None` on the first page.
    first: Option<String>,
    /// Older entries: the same query with `before`.
    older: Option<String>,
}

/// The state of the tree of hashes.
struct Tree {
    health: TreeHealth,
    /// Entries in all.
    entries: String,
    /// Of them, how many the tree holds.
    size: String,
    /// The root in Base64; empty for an empty tree.
    root: String,
    /// Whether the page may check it, or the command line must.
    may_check: bool,
}

enum TreeHealth {
    /// All entries were hashed again and gave the root.
    Unbroken { checked: Moment },
    /// Not hashed again for this page.
    Unchecked,
    /// So many entries wait longer than they should.
    Behind { waiting: i64 },
    /// An entry does not give what the tree holds.
    Broken { entry: String },
}

struct Entry {
    /// The index in the tree, in groups; `None` until it is integrated.
    index: Option<String>,
    /// Names the entry in the address.
    id: String,
    at: Moment,
    what: String,
    by: String,
    /// Of the request, where there is one that is still known.
    reference: Option<String>,
    /// The first and last four digits of the leaf's hash; empty until integrated.
    leaf: String,
}

#[derive(Template)]
#[template(path = "admin/entry.html")]
struct EntryPage {
    frame: StaffFrame,
    what: String,
    /// The index in the tree, in groups; `None` until it is integrated.
    index: Option<String>,
    at: Moment,
    by: String,
    reference: Option<String>,
    /// The leaf's hash in hexadecimal.
    hash: String,
    /// Pretty-printed.
    leaf: String,
    /// The entries beside it.
    older: Option<String>,
    newer: Option<String>,
}

/// GET /admin/audit
pub async fn show(app: Data<App>, me: SignedIn, request: HttpRequest) -> WebResult {
    page(&app, &me, &request).await
}

/// POST /admin/audit: hashes every entry again.
pub async fn check(
    app: Data<App>,
    me: SignedIn,
    request: HttpRequest,
    _: CsrfForm<Nothing>,
) -> WebResult {
    trail::check(&app, &me.actor).await?;
    page(&app, &me, &request).await
}

async fn page(app: &App, me: &SignedIn, request: &HttpRequest) -> WebResult {
    let value = |name| query_value(request, name).unwrap_or_default();
    let lang = me.visitor.lang;
    let (event, actor, from) = (value("event"), value("actor"), value("from"));
    let search = Search {
        q: value("q").trim().to_owned(),
        action: event.parse().ok(),
        staff: actor.parse().ok(),
        from: from.parse().ok(),
        until: None,
        before: value("before").parse().ok(),
    };
    let is_filtered = !search.q.is_empty()
        || search.action.is_some()
        || search.staff.is_some()
        || search.from.is_some();
    let found = trail::page(app, &me.actor, search.clone()).await?;
    let href = |before: Option<String>| {
        let pairs = [
            ("q", &search.q),
            ("event", &event),
            ("actor", &actor),
            ("from", &from),
        ];
        let mut set: Vec<(&str, String)> = pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key, value.clone()))
            .collect();
        set.extend(before.map(|before| ("before", before)));
        format!(
            "/admin/audit?{}",
            serde_urlencoded::to_string(set).unwrap_or_default()
        )
    };
    let oldest = found
        .found
        .last()
        .filter(|_| found.more)
        .map(|entry| entry.id.to_string());
    let template = Audit {
        frame: me.frame(app, Nav::Audit, Foot::Trail).await?,
        tree: tree(app, lang, &found),
        q: search.q.clone(),
        events: events(lang, search.action),
        actors: actors(lang, &found.names, &actor),
        from: search
            .from
            .map_or_else(String::new, |from| from.to_string()),
        is_filtered,
        entries: found
            .found
            .iter()
            .map(|entry| row(app, lang, &found, entry))
            .collect(),
        first: search.before.is_some().then(|| href(None)),
        older: oldest.map(|oldest| href(Some(oldest))),
    };
    me.page(app, StatusCode::OK, &template)
}

fn tree(app: &App, lang: Lang, found: &Page) -> Tree {
    let health = match &found.state.check {
        Some(check) if check.problem.is_some() => TreeHealth::Broken {
            entry: lang.number(0),
        },
        Some(check) => TreeHealth::Unbroken {
            checked: Moment::of(app, lang, check.at),
        },
        None if found.state.waiting > 0 && is_behind(app, found) => TreeHealth::Behind {
            waiting: found.state.waiting,
        },
        None => TreeHealth::Unchecked,
    };
    Tree {
        health,
        entries: lang.number(found.entries),
        size: lang.number(found.size.cast_signed()),
        root: found.root.map_or_else(String::new, |root| root.to_base64()),
        may_check: true,
    }
}

/// Whether an entry waits for the tree that should have had its turn.
fn is_behind(app: &App, found: &Page) -> bool {
    let patience = jiff::SignedDuration::from_mins(1);
    found
        .found
        .iter()
        .any(|entry| entry.position.is_none() && entry.index.at + patience < app.clock.now())
}

fn events(lang: Lang, chosen: Option<Action>) -> Vec<Choice> {
    let any = Choice {
        value: String::new(),
        label: lang.text("admin-any-event"),
        chosen: false,
    };
    let each = Action::ALL.iter().map(|action| {
        Choice::worded(
            lang,
            "admin-event",
            "action",
            action.as_str(),
            chosen == Some(*action),
        )
    });
    std::iter::once(any).chain(each).collect()
}

fn actors(lang: Lang, names: &Names, chosen: &str) -> Vec<Choice> {
    let any = Choice {
        value: String::new(),
        label: lang.text("admin-anyone"),
        chosen: false,
    };
    let each = names.iter().map(|(id, name)| {
        let value = id.to_string();
        Choice {
            chosen: value == chosen,
            value,
            label: name.clone(),
        }
    });
    std::iter::once(any).chain(each).collect()
}

/// Who did it: a name, or what the leaf says of those without an account.
pub(super) fn by(lang: Lang, names: &Names, entry: &db::audit::Entry) -> String {
    match entry.index.staff {
        Some(staff) => names.get(&staff).cloned().unwrap_or_default(),
        None => {
            let actor = Leaf::parse(&entry.leaf)
                .map(|leaf| leaf.actor)
                .unwrap_or_default();
            lang.text_with("admin-actor", &[("actor", actor.into())])
        }
    }
}

fn row(app: &App, lang: Lang, found: &Page, entry: &db::audit::Entry) -> Entry {
    Entry {
        index: entry
            .position
            .map(|position| lang.number(position.cast_signed())),
        id: entry.id.to_string(),
        at: Moment::of(app, lang, entry.index.at),
        what: lang.text_with(
            "admin-event",
            &[("action", entry.index.action.as_str().into())],
        ),
        by: by(lang, &found.names, entry),
        reference: entry
            .index
            .request
            .and_then(|id| found.references.get(&id))
            .map(Reference::to_string),
        leaf: entry.leaf_hash.map_or_else(String::new, |hash| {
            let digits = hex(&hash.0);
            format!("{}…{}", &digits[..4], &digits[60..])
        }),
    }
}

/// GET /admin/audit/{entry}
pub async fn entry(app: Data<App>, me: SignedIn, id: Path<String>) -> WebResult {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    let one = trail::entry(&app, &me.actor, id).await?;
    let (lang, entry) = (me.visitor.lang, &one.entry);
    let leaf: serde_json::Value = serde_json::from_slice(&entry.leaf).unwrap_or_default();
    let template = EntryPage {
        frame: me.frame(&app, Nav::Audit, Foot::Trail).await?,
        what: lang.text_with(
            "admin-event",
            &[("action", entry.index.action.as_str().into())],
        ),
        index: entry
            .position
            .map(|position| lang.number(position.cast_signed())),
        at: Moment::of(&app, lang, entry.index.at),
        by: by(lang, &one.names, entry),
        reference: one.reference.map(|reference| reference.to_string()),
        hash: hex(&leaf_hash(&entry.leaf).0),
        leaf: serde_json::to_string_pretty(&leaf).unwrap_or_default(),
        older: one.older.map(|id| format!("/admin/audit/{id}")),
        newer: one.newer.map(|id| format!("/admin/audit/{id}")),
    };
    me.page(&app, StatusCode::OK, &template)
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{choices, frame, moment, sample};

    let entry = |n: i64, what: &str, by: &str, reference: Option<&str>| Entry {
        index: (n < 929).then(|| lang.number(10_482_000 + n)),
        id: n.to_string(),
        at: moment(lang, 10, 10),
        what: lang.text_with("admin-event", &[("action", what.into())]),
        by: by.into(),
        reference: reference.map(Into::into),
        leaf: if n < 929 {
            "c41f…9be2".into()
        } else {
            String::new()
        },
    };
    let entries = || {
        vec![
            entry(930, "viewed", "Aino Salo", Some("9XKC-44MB")),
            entry(928, "erased", "Lethe", Some("7K4M-2QX9")),
            entry(924, "accepted", "Aino Salo", Some("7K4M-2QX9")),
            entry(919, "imported", "Lethe", None),
        ]
    };
    let page = |health, entries| Audit {
        frame: StaffFrame {
            foot: Foot::Trail,
            ..frame(lang, Nav::Audit)
        },
        tree: Tree {
            health,
            entries: lang.number(10_482_930),
            size: lang.number(10_482_929),
            root: "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=".into(),
            may_check: true,
        },
        q: String::new(),
        events: choices(&["All events", "Decisions"]),
        actors: choices(&["Anyone", "Lethe", "Aino Salo"]),
        from: "2026-12-01".into(),
        is_filtered: true,
        entries,
        first: None,
        older: Some("/admin/audit?before=10482919".into()),
    };
    let one = |index: Option<String>, leaf: &str| EntryPage {
        frame: StaffFrame {
            foot: Foot::Trail,
            ..frame(lang, Nav::Audit)
        },
        what: lang.text_with("admin-event", &[("action", "accepted".into())]),
        older: index.is_some().then(|| "/admin/audit/923".into()),
        index,
        at: moment(lang, 10, 10),
        by: "Aino Salo".into(),
        reference: Some("7K4M-2QX9".into()),
        hash: "84d7b1c6a1f0e39a7705d2c4be8f1a6093c7e5d4b2a19087f6e5d4c3b2a163fb".into(),
        leaf: leaf.into(),
        newer: None,
    };
    let leaf = "{\n  \"action\": \"request.accepted\",\n  \"actor\": \"s:Zm9v\",\n  \"at\": \"2026-12-10T10:38:03.120000Z\",\n  \"request\": \"r:YmFy\"\n}";
    vec![
        sample(
            "audit",
            &page(
                TreeHealth::Unbroken {
                    checked: moment(lang, 10, 10),
                },
                entries(),
            ),
        ),
        sample(
            "audit-behind",
            &page(TreeHealth::Behind { waiting: 12 }, entries()),
        ),
        sample(
            "audit-broken",
            &page(
                TreeHealth::Broken {
                    entry: lang.number(10_482_007),
                },
                Vec::new(),
            ),
        ),
        sample("audit-unchecked", &page(TreeHealth::Unchecked, entries())),
        sample("entry", &one(Some(lang.number(10_482_924)), leaf)),
        sample("entry-waiting", &one(None, leaf)),
    ]
}

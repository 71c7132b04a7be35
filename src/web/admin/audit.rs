//! `/admin/audit`: see that the trail is unbroken, and find an entry. Shows what the leaves hold:
//! commitments and pseudonyms, never personal data.

use askama::Template;

use super::parts::{Choice, Moment};
use crate::web::frame_admin::{Nav, StaffFrame};

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
    /// When the newest checkpoint was signed; `None` before the first.
    checkpoint: Option<Moment>,
}

enum TreeHealth {
    /// All entries were hashed again and gave the signed root.
    Unbroken { checked: Moment },
    /// Not hashed again since the start.
    Unchecked,
    /// So many entries wait longer than they should.
    Behind { waiting: i64 },
    /// The entries do not give the signed root.
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
    /// Pretty-printed; `None` where the leaf was pruned to its hash.
    leaf: Option<String>,
    /// The entries beside it.
    older: Option<String>,
    newer: Option<String>,
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{choices, frame, moment, sample};
    use crate::web::frame_admin::Foot;

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
            checkpoint: Some(moment(lang, 10, 10)),
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
    let one = |index: Option<String>, leaf: Option<&str>| EntryPage {
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
        leaf: leaf.map(Into::into),
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
        sample("entry", &one(Some(lang.number(10_482_924)), Some(leaf))),
        sample("entry-waiting", &one(None, Some(leaf))),
        sample("entry-pruned", &one(Some(lang.number(4)), None)),
    ]
}

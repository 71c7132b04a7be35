//! `/admin/audit`: see that the trail is unbroken, and find an entry. Shows what the leaves hold:
//! commitments and pseudonyms, never personal data.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use askama::Template;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::parts::{Choice, Moment};
use super::sign_in::Nothing;
use crate::{
    actions::{
        ActionError,
        queries::{
            Names,
            trail::{self, Page, Search, State},
        },
        trail::checkpoint::Lost,
        words,
    },
    app::App,
    audit::{hex, leaf::Leaf, note::Note, tree::leaf_hash},
    db::{self, checkpoints::Check},
    domain::{
        event::{Action, Fault},
        ids::EntryId,
        reference::Reference,
        store::StoreName,
    },
    i18n::Lang,
    web::{
        error::{WebError, WebResult},
        extract::{CsrfForm, SignedIn, attachment, query_value, see_other},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct Audit {
    frame: StaffFrame,
    tree: Tree,
    /// The newest checkpoint; `None` before the first.
    checkpoint: Option<Checkpoint>,
    /// Who signs checkpoints too; shown beside a checkpoint.
    witnesses: Vec<Witness>,
    /// Acts that were announced and have no outcome, oldest first.
    unfinished: Vec<Unfinished>,
    /// How many there are in all.
    unfinished_count: i64,
    q: String,
    events: Vec<Choice>,
    actors: Vec<Choice>,
    /// ISO date, or empty.
    from: String,
    /// ISO date, or empty.
    until: String,
    is_filtered: bool,
    entries: Vec<Entry>,
    /// The list from its newest; `None` on the first page.
    first: Option<String>,
    /// Older entries: the same query with `before`.
    older: Option<String>,
    /// Whether entries can be exported with their proofs.
    may_export: bool,
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
    /// Whether a check goes on now.
    checking: bool,
}

/// What the last check found.
#[derive(Clone, Debug)]
pub enum TreeHealth {
    /// All entries were hashed again and gave the root.
    Unbroken {
        /// When.
        checked: Moment,
        /// How many they were, with grouped digits.
        size: String,
    },
    /// There was no check yet.
    Unchecked,
    /// Entries wait longer than they should.
    Behind {
        /// How many.
        waiting: i64,
        /// Since when the oldest waits.
        since: Moment,
    },
    /// Something does not fit what the tree holds, or what was signed.
    Broken {
        /// What, as a sentence: `admin-broken`.
        what: String,
        /// The number of the first entry that does not fit, where it is one.
        entry: Option<String>,
    },
    /// The database is older than a checkpoint that was signed.
    RolledBack,
    /// The file with the last checkpoint is damaged or cannot be read.
    Blind,
}

impl TreeHealth {
    /// The classes of the notice.
    fn class(&self) -> &'static str {
        match self {
            TreeHealth::Unbroken { .. } => "notice good",
            TreeHealth::Unchecked => "notice",
            TreeHealth::Behind { .. } => "notice warn",
            TreeHealth::Broken { .. } | TreeHealth::RolledBack | TreeHealth::Blind => "notice bad",
        }
    }

    /// The heading, a whole sentence.
    fn title(&self, l: Lang) -> String {
        match self {
            TreeHealth::Unbroken { .. } => l.text("admin-tree-unbroken"),
            TreeHealth::Unchecked => l.text("admin-tree-unchecked"),
            TreeHealth::Behind { waiting, .. } => {
                l.text_with("admin-tree-behind", &[("n", (*waiting).into())])
            }
            TreeHealth::Broken { entry: None, .. } => l.text("admin-tree-broken"),
            TreeHealth::Broken {
                entry: Some(entry), ..
            } => l.text_with("admin-tree-broken-at", &[("entry", entry.into())]),
            TreeHealth::RolledBack => l.text("admin-tree-rolled-back"),
            TreeHealth::Blind => l.text("admin-tree-blind"),
        }
    }

    /// What it means and what to do, a paragraph each.
    fn paragraphs(&self, l: Lang) -> Vec<String> {
        match self {
            TreeHealth::Unbroken { checked, size } => vec![l.text_with(
                "admin-tree-unbroken-text",
                &[("when", (&checked.when).into()), ("size", size.into())],
            )],
            TreeHealth::Unchecked => vec![l.text("admin-tree-unchecked-text")],
            TreeHealth::Behind { since, .. } => {
                vec![l.text_with("admin-tree-behind-text", &[("since", (&since.when).into())])]
            }
            TreeHealth::Broken { what, .. } => {
                vec![what.clone(), l.text("admin-tree-broken-text")]
            }
            TreeHealth::RolledBack => vec![
                l.text("admin-tree-rolled-back-text"),
                l.text("admin-tree-rolled-back-next"),
            ],
            TreeHealth::Blind => vec![l.text("admin-tree-blind-text")],
        }
    }
}

impl Audit {
    fn health_title(&self) -> String {
        self.tree.health.title(self.frame.lang)
    }

    fn health_text(&self) -> Vec<String> {
        self.tree.health.paragraphs(self.frame.lang)
    }
}

/// The newest checkpoint of the log.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// How many entries it covers, with grouped digits.
    pub size: String,
    /// When it was signed.
    pub at: Moment,
    /// The id of the key that signed it, in hexadecimal.
    pub key: String,
}

/// A witness and how it stands to the log.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The name of its key.
    pub name: String,
    /// The last checkpoint that it signed: its size, with grouped digits, and when.
    pub signed: Option<(String, Moment)>,
    /// What is wrong, in words; `None` where it agrees.
    pub trouble: Option<String>,
}

/// An act that was announced and has no outcome.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// The entry that announced it, for the address.
    pub entry: String,
    /// When it was announced.
    pub at: Moment,
    /// What was announced.
    pub what: String,
    /// In which store.
    pub store: String,
}

struct Entry {
    /// The place in the tree, with grouped digits; `None` until it has one.
    index: Option<String>,
    /// Names the entry in the address.
    id: String,
    at: Moment,
    what: String,
    by: String,
    /// Of the request, where there is one that is still known.
    reference: Option<String>,
    /// The first and last four digits of the leaf's hash; empty until it has a place.
    leaf: String,
}

#[derive(Template)]
#[template(path = "admin/entry.html")]
struct EntryPage {
    frame: StaffFrame,
    what: String,
    /// The place in the tree, with grouped digits; `None` until it has one.
    index: Option<String>,
    at: Moment,
    by: String,
    reference: Option<String>,
    /// The leaf's hash in hexadecimal.
    hash: String,
    /// Pretty-printed.
    leaf: String,
    /// Where the form goes that downloads its proof; `None` while no signed tree holds it.
    proof: Option<String>,
    /// The entries beside it.
    older: Option<String>,
    newer: Option<String>,
}

/// The filter of the list, in the address and in the form that exports.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    q: String,
    event: String,
    actor: String,
    from: String,
    until: String,
    before: String,
}

impl Query {
    fn of(request: &HttpRequest) -> Self {
        let value = |name| query_value(request, name).unwrap_or_default();
        Self {
            q: value("q"),
            event: value("event"),
            actor: value("actor"),
            from: value("from"),
            until: value("until"),
            before: value("before"),
        }
    }

    fn search(&self) -> Search {
        Search {
            q: self.q.trim().to_owned(),
            action: self.event.parse().ok(),
            staff: self.actor.parse().ok(),
            from: self.from.parse().ok(),
            until: self.until.parse().ok(),
            before: self.before.parse().ok(),
        }
    }
}

/// GET /admin/audit
pub async fn show(app: Data<App>, me: SignedIn, request: HttpRequest) -> WebResult {
    let lang = me.visitor.lang;
    let query = Query::of(&request);
    let search = query.search();
    let is_filtered = !search.q.is_empty()
        || search.action.is_some()
        || search.staff.is_some()
        || search.from.is_some()
        || search.until.is_some();
    let found = trail::page(&app, &me.actor, search.clone()).await?;
    let href = |before: Option<String>| {
        let pairs = [
            ("q", &search.q),
            ("event", &query.event),
            ("actor", &query.actor),
            ("from", &query.from),
            ("until", &query.until),
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
        frame: me.frame(&app, Nav::Audit, Foot::Trail).await?,
        tree: tree(&app, lang, &found),
        checkpoint: checkpoint(&app, lang, &found.state),
        witnesses: witnesses(&app, lang, &found.state),
        unfinished: unfinished(&app, lang, &found.state),
        unfinished_count: found.state.unfinished_count,
        q: search.q.clone(),
        events: events(lang, search.action),
        actors: actors(lang, &found.names, &query.actor),
        from: search.from.map(|day| day.to_string()).unwrap_or_default(),
        until: search.until.map(|day| day.to_string()).unwrap_or_default(),
        is_filtered,
        entries: found
            .found
            .iter()
            .map(|entry| row(&app, lang, &found, entry))
            .collect(),
        first: search.before.is_some().then(|| href(None)),
        older: oldest.map(|oldest| href(Some(oldest))),
        may_export: found.size > 0,
    };
    me.page(&app, StatusCode::OK, &template)
}

/// POST /admin/audit: has every entry hashed again.
pub async fn check(app: Data<App>, me: SignedIn, _: CsrfForm<Nothing>) -> WebResult {
    trail::check(&app, &me.actor).await?;
    Ok(see_other("/admin/audit"))
}

/// POST /admin/audit/export: the entries that the filter shows, with their proofs, as JSON lines.
pub async fn export(app: Data<App>, me: SignedIn, form: CsrfForm<Query>) -> WebResult {
    let export = trail::export(&app, &me.actor, form.0.search()).await?;
    let lines = stream::unfold(Some(export), |export| async {
        let mut export = export?;
        match export.next().await {
            Ok(Some(text)) => Some((Ok(Bytes::from(text)), Some(export))),
            Ok(None) => None,
            // The reader sees that it is cut off: the first line says how many follow.
            Err(error) => {
                tracing::error!(%error, "an export of the trail was cut off");
                Some((Err(error), None))
            }
        }
    });
    Ok(attachment("application/jsonl", "lethe-trail.jsonl").streaming::<_, ActionError>(lines))
}

/// POST /admin/audit/{entry}/proof
pub async fn proof(
    app: Data<App>,
    me: SignedIn,
    id: Path<String>,
    _: CsrfForm<Nothing>,
) -> WebResult {
    let id: EntryId = id.parse().map_err(|_| WebError::NotFound)?;
    let proof = trail::proof(&app, &me.actor, id).await?;
    Ok(attachment("text/plain; charset=utf-8", &format!("{id}.tlog-proof")).body(proof))
}

fn tree(app: &App, lang: Lang, found: &Page) -> Tree {
    let state = &found.state;
    let health = match (&state.lost, behind_since(app, state), &state.check) {
        (Some(Lost::Entries { .. }), _, _) => TreeHealth::RolledBack,
        (
            Some(Lost::Damaged(_) | Lost::Unreadable(..) | Lost::Missing(_) | Lost::Ended { .. }),
            _,
            _,
        ) => TreeHealth::Blind,
        (Some(Lost::Differs { .. } | Lost::UnknownLog(_) | Lost::Forged { .. }), _, _) => {
            TreeHealth::Broken {
                what: lang.text_with(
                    "admin-broken",
                    &[("what", Fault::Checkpoint.as_str().into())],
                ),
                entry: None,
            }
        }
        (
            None,
            _,
            Some(Check {
                wrong: Some(wrong), ..
            }),
        ) => TreeHealth::Broken {
            what: lang.text_with("admin-broken", &[("what", wrong.fault.as_str().into())]),
            entry: Some(lang.number(wrong.position.cast_signed())),
        },
        (None, Some(since), _) => TreeHealth::Behind {
            waiting: state.waiting,
            since: Moment::of(app, lang, since),
        },
        (None, None, Some(check)) => TreeHealth::Unbroken {
            checked: Moment::of(app, lang, check.at),
            size: lang.number(check.size.cast_signed()),
        },
        (None, None, None) => TreeHealth::Unchecked,
    };
    Tree {
        health,
        entries: lang.number(found.entries),
        size: lang.number(found.size.cast_signed()),
        root: found.root.map_or_else(String::new, |root| root.to_base64()),
        checking: state.is_checked_now,
    }
}

fn checkpoint(app: &App, lang: Lang, state: &State) -> Option<Checkpoint> {
    let stored = state.checkpoint.as_ref()?;
    let note: Note = stored.note.parse().ok()?;
    let signed = note
        .signatures
        .iter()
        .find(|line| line.name == state.origin)?;
    Some(Checkpoint {
        size: lang.number(stored.size.cast_signed()),
        at: Moment::of(app, lang, stored.at),
        key: hex(&signed.key_id),
    })
}

/// The configured witnesses, also those that were never reached.
fn witnesses(app: &App, lang: Lang, state: &State) -> Vec<Witness> {
    let configured = app.config.audit.witnesses.iter();
    let rows = configured.map(|witness| {
        let name = witness.key.name().to_owned();
        let known = state.witnesses.iter().find(|known| known.name == name);
        let agreed_at = known.and_then(|known| known.agreed_at);
        Witness {
            signed: known.zip(agreed_at).map(|(known, at)| {
                let size = lang.number(known.size.cast_signed());
                (size, Moment::of(app, lang, at))
            }),
            trouble: known.and_then(|known| known.trouble).map(|why| {
                lang.text_with("admin-witness-trouble", &[("why", why.as_str().into())])
            }),
            name,
        }
    });
    rows.collect()
}

fn unfinished(app: &App, lang: Lang, state: &State) -> Vec<Unfinished> {
    let rows = state.unfinished.iter().map(|entry| Unfinished {
        entry: entry.id.to_string(),
        at: Moment::of(app, lang, entry.index.at),
        what: lang.text_with(
            "admin-event",
            &[("action", entry.index.action.as_str().into())],
        ),
        store: entry
            .index
            .store
            .as_ref()
            .map_or_else(String::new, |store| {
                words::store(app, lang, &StoreName(store.clone()))
            }),
    });
    rows.collect()
}

/// Since when an entry waits for the tree that should have had its turn.
fn behind_since(app: &App, state: &State) -> Option<Timestamp> {
    let patience = SignedDuration::from_mins(1);
    let now = app.clock.now();
    state.waiting_since.filter(|since| *since + patience < now)
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
        proof: one
            .is_signed
            .then(|| format!("/admin/audit/{}/proof", entry.id)),
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
    let checkpoint = Checkpoint {
        size: lang.number(10_482_919),
        at: moment(lang, 10, 9),
        key: "2d4681d2".into(),
    };
    let witness = |name: &str, signed: bool, trouble: Option<&str>| Witness {
        name: name.into(),
        signed: signed.then(|| (lang.number(10_482_919), moment(lang, 10, 9))),
        trouble: trouble.map(Into::into),
    };
    let agreed = || vec![witness("witness.notary.example", true, None)];
    let unfinished = |what: &str, store: &str| Unfinished {
        entry: "901".into(),
        at: moment(lang, 10, 9),
        what: lang.text_with("admin-event", &[("action", what.into())]),
        store: lang.text(store),
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
            checking: false,
        },
        checkpoint: Some(checkpoint.clone()),
        witnesses: agreed(),
        unfinished: Vec::new(),
        unfinished_count: 0,
        q: String::new(),
        events: choices(&["All events", "Decisions"]),
        actors: choices(&["Anyone", "Lethe", "Aino Salo"]),
        from: "2026-12-01".into(),
        until: "2026-12-10".into(),
        is_filtered: true,
        entries,
        first: None,
        older: Some("/admin/audit?before=10482919".into()),
        may_export: true,
    };
    let unbroken = || TreeHealth::Unbroken {
        checked: moment(lang, 10, 10),
        size: lang.number(10_482_929),
    };
    let one = |index: Option<String>, leaf: &str| EntryPage {
        frame: StaffFrame {
            foot: Foot::Trail,
            ..frame(lang, Nav::Audit)
        },
        what: lang.text_with("admin-event", &[("action", "accepted".into())]),
        older: index.is_some().then(|| "/admin/audit/923".into()),
        proof: index.is_some().then(|| "/admin/audit/924/proof".into()),
        index,
        at: moment(lang, 10, 10),
        by: "Aino Salo".into(),
        reference: Some("7K4M-2QX9".into()),
        hash: "84d7b1c6a1f0e39a7705d2c4be8f1a6093c7e5d4b2a19087f6e5d4c3b2a163fb".into(),
        leaf: leaf.into(),
        newer: None,
    };
    let broken = |what: &str, entry: Option<String>| TreeHealth::Broken {
        what: lang.text_with("admin-broken", &[("what", what.into())]),
        entry,
    };
    let leaf = "{\n  \"action\": \"request.accepted\",\n  \"actor\": \"s:Zm9v\",\n  \"at\": \"2026-12-10T10:38:03.120000Z\",\n  \"request\": \"r:YmFy\"\n}";
    vec![
        sample("audit", &page(unbroken(), entries())),
        sample(
            "audit-behind",
            &page(
                TreeHealth::Behind {
                    waiting: 12,
                    since: moment(lang, 10, 10),
                },
                entries(),
            ),
        ),
        sample(
            "audit-broken",
            &page(broken("changed", Some(lang.number(10_482_007))), Vec::new()),
        ),
        sample(
            "audit-forked",
            &Audit {
                witnesses: vec![
                    witness(
                        "witness.notary.example",
                        true,
                        Some(
                            &lang
                                .text_with("admin-witness-trouble", &[("why", "other-log".into())]),
                        ),
                    ),
                    witness(
                        "witness.halden.example",
                        false,
                        Some(&lang.text_with("admin-witness-trouble", &[("why", "silent".into())])),
                    ),
                    witness("witness.lagunatech.example", true, None),
                ],
                ..page(broken("checkpoint", None), entries())
            },
        ),
        sample(
            "audit-rolled-back",
            &Audit {
                checkpoint: Some(Checkpoint {
                    size: lang.number(10_483_400),
                    ..checkpoint.clone()
                }),
                ..page(TreeHealth::RolledBack, entries())
            },
        ),
        sample("audit-blind", &page(TreeHealth::Blind, entries())),
        sample(
            "audit-unfinished",
            &Audit {
                unfinished_count: 2,
                unfinished: vec![
                    unfinished("erase_intended", "store-ticket"),
                    unfinished("rectify_intended", "store-licence"),
                ],
                witnesses: Vec::new(),
                ..page(unbroken(), entries())
            },
        ),
        sample(
            "audit-checking",
            &Audit {
                tree: Tree {
                    checking: true,
                    ..page(TreeHealth::Unchecked, Vec::new()).tree
                },
                ..page(TreeHealth::Unchecked, entries())
            },
        ),
        sample(
            "audit-unchecked",
            &Audit {
                checkpoint: None,
                witnesses: Vec::new(),
                may_export: false,
                ..page(TreeHealth::Unchecked, entries())
            },
        ),
        sample("entry", &one(Some(lang.number(10_482_924)), leaf)),
        sample("entry-waiting", &one(None, leaf)),
    ]
}

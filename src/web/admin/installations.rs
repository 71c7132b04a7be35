//! `/admin/installations`: where apps are installed, since when, until when and who says so. Staff look one
//! up and enter or correct its end, with a reason.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use askama::Template;
use jiff::Timestamp;
use serde::Deserialize;

use super::parts::{Fact, Moment};
use super::{Trouble, field, status};
use crate::{
    actions::{
        ActionError,
        lifecycle::{self, Entry, Looked},
    },
    app::App,
    db::lifecycle::Tenant,
    domain::{ids::RecordId, lifecycle::Happening, retention::Source, staff::Permission},
    i18n::Lang,
    web::{
        error::{WebError, WebResult},
        extract::{CsrfForm, SignedIn, query_value, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/installations.html")]
struct Installations {
    frame: StaffFrame,
    errors: Errors,
    q: Field,
    /// `None` before a search.
    found: Option<Vec<Row>>,
}

struct Row {
    id: String,
    app: String,
    site: String,
    client_key: String,
    since: String,
    /// The day of the end, and who says so; or that it stands.
    end: String,
}

#[derive(Template)]
#[template(path = "admin/installation.html")]
struct Installation {
    frame: StaffFrame,
    errors: Errors,
    id: String,
    title: String,
    facts: Vec<Fact>,
    events: Vec<EventRow>,
    /// Whether this role may enter something.
    enters: bool,
    what: Field,
    on: Field,
    reason: Field,
}

struct EventRow {
    what: String,
    when: String,
    source: String,
    heard: Moment,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    what: String,
    on: String,
    reason: String,
}

impl Typed {
    fn entry(&self) -> Result<Entry, Trouble> {
        let what = match self.what.as_str() {
            "uninstalled" => Happening::Uninstalled,
            "installed" => Happening::Installed,
            _ => return Err(Trouble::Field("what", "admin-installation-no-choice")),
        };
        let on = self.on.trim().parse();
        Ok(Entry {
            what,
            on: on.map_err(|_| Trouble::Field("on", "admin-date-wrong"))?,
            reason: self.reason.clone(),
        })
    }
}

/// GET /admin/installations
pub async fn show(app: Data<App>, me: SignedIn, request: HttpRequest) -> WebResult {
    me.actor
        .may(Permission::LookUp)
        .map_err(ActionError::from)?;
    let Some(q) = query_value(&request, "q") else {
        return list(&app, &me, "", None, None).await;
    };
    match lifecycle::search(&app, &me.actor, &q).await {
        Ok(found) => list(&app, &me, &q, Some(found), None).await,
        Err(error) => list(&app, &me, &q, None, Some(Trouble::of(error)?)).await,
    }
}

async fn list(
    app: &App,
    me: &SignedIn,
    q: &str,
    found: Option<Vec<Tenant>>,
    trouble: Option<Trouble>,
) -> WebResult {
    let frame = me.frame(app, Nav::Registers, Foot::List).await?;
    let lang = frame.lang;
    let q = field(lang, trouble, "q", q);
    let rows = |found: Vec<Tenant>| found.iter().map(|tenant| row(app, lang, tenant)).collect();
    let template = Installations {
        errors: Errors::of([("q", &q)]),
        q,
        found: found.map(rows),
        frame,
    };
    me.page(app, status(trouble), &template)
}

fn row(app: &App, lang: Lang, tenant: &Tenant) -> Row {
    Row {
        id: tenant.id.to_string(),
        app: tenant.app_key.clone(),
        site: tenant.site.clone().unwrap_or_default(),
        client_key: tenant.client_key.clone(),
        since: day(app, lang, tenant.installed_at),
        end: end(app, lang, tenant),
    }
}

fn day(app: &App, lang: Lang, at: Timestamp) -> String {
    lang.date_short(app.date(at))
}

fn end(app: &App, lang: Lang, tenant: &Tenant) -> String {
    let Some(at) = tenant.uninstalled_at else {
        return lang.text("admin-installation-stands");
    };
    let date = day(app, lang, at);
    match tenant.uninstalled_source {
        Some(source) => lang.text_with(
            "admin-installation-ended",
            &[
                ("date", date.into()),
                ("source", source_word(lang, source).into()),
            ],
        ),
        None => date,
    }
}

fn source_word(lang: Lang, source: Source) -> String {
    lang.text_with(
        "admin-lifecycle-source",
        &[("source", source.as_str().into())],
    )
}

fn what_word(lang: Lang, what: Happening) -> String {
    lang.text_with("admin-lifecycle-event", &[("event", what.as_str().into())])
}

fn record_id(text: &str) -> Result<RecordId, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

/// GET /admin/installations/{id}
pub async fn one(app: Data<App>, me: SignedIn, id: Path<String>) -> WebResult {
    page(&app, &me, record_id(&id)?, &Typed::default(), None).await
}

/// POST /admin/installations/{id}
pub async fn enter(
    app: Data<App>,
    me: SignedIn,
    id: Path<String>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    let id = record_id(&id)?;
    let entered = match typed.entry() {
        Ok(entry) => lifecycle::enter(&app, &me.actor, id, &entry).await,
        Err(trouble) => {
            me.actor
                .may(Permission::Decide)
                .map_err(ActionError::from)?;
            return page(&app, &me, id, &typed, Some(trouble)).await;
        }
    };
    match entered {
        Ok(()) => Ok(see_other_saying(
            &app,
            &format!("/admin/installations/{id}"),
            "admin-done-lifecycle",
        )),
        Err(error) => page(&app, &me, id, &typed, Some(Trouble::of(error)?)).await,
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    id: RecordId,
    typed: &Typed,
    trouble: Option<Trouble>,
) -> WebResult {
    let Looked { tenant, events } = lifecycle::look(app, &me.actor, id).await?;
    let frame = me.frame(app, Nav::Registers, Foot::Person).await?;
    let lang = frame.lang;
    let what = field(lang, trouble, "what", &typed.what);
    let on = field(lang, trouble, "on", &typed.on);
    let reason = field(lang, trouble, "reason", &typed.reason);
    let fact = |term: &str, value: String| Fact {
        term: lang.text(term),
        value,
    };
    let template = Installation {
        errors: Errors::of([("what", &what), ("on", &on), ("reason", &reason)]),
        id: id.to_string(),
        title: tenant
            .site
            .clone()
            .unwrap_or_else(|| tenant.client_key.clone()),
        facts: vec![
            fact("admin-installation-app", tenant.app_key.clone()),
            fact("admin-installation-key", tenant.client_key.clone()),
            fact(
                "admin-installation-since",
                day(app, lang, tenant.installed_at),
            ),
            fact("admin-installation-end", end(app, lang, &tenant)),
        ],
        events: events
            .iter()
            .map(|event| EventRow {
                what: what_word(lang, event.what),
                when: match event.on {
                    Some(on) => lang.date_short(on),
                    None => Moment::of(app, lang, event.at).when,
                },
                source: source_word(lang, event.source),
                heard: Moment::of(app, lang, event.received_at),
            })
            .collect(),
        enters: me.may(Permission::Decide),
        what,
        on,
        reason,
        frame,
    };
    me.page(app, status(trouble), &template)
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{facts, frame, moment, sample};
    use jiff::civil::date;

    let list = |q: Field, found| Installations {
        frame: frame(lang, Nav::Registers),
        errors: Errors::of([("q", &q)]),
        q,
        found,
    };
    let ended = |source| {
        lang.text_with(
            "admin-installation-ended",
            &[
                ("date", lang.date_short(date(2026, 12, 3)).into()),
                ("source", source_word(lang, source).into()),
            ],
        )
    };
    let row = |app: &str, end| Row {
        id: "01940000-0000-7000-8000-000000000001".into(),
        app: app.into(),
        site: "tandem-works.atlassian.example".into(),
        client_key: "4f9c2d1e-0000-4000-8000-00000000c1e7".into(),
        since: lang.date_short(date(2026, 3, 2)),
        end,
    };
    let rows = vec![
        row(
            "example.burndown.plus",
            lang.text("admin-installation-stands"),
        ),
        row("example.timesheet", ended(Source::FeedbackReport)),
    ];
    let one = |events, wrong: Option<&str>, enters| {
        let on = Field::new("2026-12-11");
        let on = match wrong {
            Some(message) => on.wrong(lang.text(message)),
            None => on,
        };
        Installation {
            frame: frame(lang, Nav::Registers),
            errors: Errors::of([("on", &on)]),
            id: "01940000-0000-7000-8000-000000000001".into(),
            title: "tandem-works.atlassian.example".into(),
            facts: facts(&[
                (
                    &lang.text("admin-installation-app"),
                    "example.burndown.plus",
                ),
                (
                    &lang.text("admin-installation-key"),
                    "4f9c2d1e-0000-4000-8000-00000000c1e7",
                ),
                (
                    &lang.text("admin-installation-since"),
                    &lang.date_short(date(2026, 3, 2)),
                ),
                (
                    &lang.text("admin-installation-end"),
                    &ended(Source::Connect),
                ),
            ]),
            events,
            enters,
            what: Field::new("uninstalled"),
            on,
            reason: Field::default(),
        }
    };
    let event = |what, day, source| EventRow {
        what: what_word(lang, what),
        when: lang.date_short(date(2026, 12, day)),
        source: source_word(lang, source),
        heard: moment(lang, day, 9),
    };
    let events = || {
        vec![
            event(Happening::Installed, 1, Source::Connect),
            event(Happening::Disabled, 2, Source::Connect),
            event(Happening::Uninstalled, 3, Source::Connect),
            event(Happening::Unsubscribed, 3, Source::FeedbackReport),
            event(Happening::Uninstalled, 4, Source::Staff),
        ]
    };
    vec![
        sample("installations", &list(Field::default(), None)),
        sample(
            "installations-found",
            &list(Field::new("tandem-works.atlassian.example"), Some(rows)),
        ),
        sample(
            "installations-none",
            &list(Field::new("nobody.example"), Some(Vec::new())),
        ),
        sample(
            "installations-wrong",
            &list(
                Field::new("two words").wrong(lang.text("admin-installations-no-query")),
                None,
            ),
        ),
        sample("installation", &one(events(), None, true)),
        sample(
            "installation-wrong",
            &one(events(), Some("lifecycle-stands"), true),
        ),
        sample("installation-silent", &one(Vec::new(), None, false)),
    ]
}

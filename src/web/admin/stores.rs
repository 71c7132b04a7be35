//! `/admin/stores`: which system is not well.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::parts::{Fact, Look, Moment};
use crate::{
    actions::{
        queries::places::{self, Asked},
        words,
    },
    app::App,
    domain::{staff::Permission, store::StoreError},
    i18n::Lang,
    web::{
        error::WebResult,
        extract::SignedIn,
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

/// A store that takes longer than this to answer is slow.
const SLOW: Duration = Duration::from_secs(1);

#[derive(Template)]
#[template(path = "admin/stores.html")]
struct Stores {
    frame: StaffFrame,
    stores: Vec<StoreRow>,
    calendar: Vec<Fact>,
    mail: Vec<Fact>,
    /// Whether this role may look at the installations.
    sees_installations: bool,
}

struct StoreRow {
    name: String,
    health: Health,
    /// Empty where it cannot be counted.
    records: String,
    /// `Today, 03:10`; empty before the first.
    last_import: String,
    /// `read 1,004,812, changed 412, suppressed 38`.
    import_note: String,
    /// What is wrong and what to do, whole sentences; empty where nothing is.
    note: String,
    /// Of another system: how far an erasure goes, which version answers, when it last did.
    reach: String,
}

#[derive(Clone, Copy)]
enum Health {
    Well,
    Slow,
    /// Reachable, but something it must do is not allowed there.
    Limited,
    Unreachable,
}

impl Health {
    fn class(self) -> &'static str {
        match self {
            Health::Well => Look::Good.class(),
            Health::Slow => Look::Warns.class(),
            Health::Limited | Health::Unreachable => Look::Fails.class(),
        }
    }

    fn key(self) -> &'static str {
        match self {
            Health::Well => "well",
            Health::Slow => "slow",
            Health::Limited => "limited",
            Health::Unreachable => "unreachable",
        }
    }
}

/// GET /admin/stores
pub async fn show(app: Data<App>, me: SignedIn) -> WebResult {
    let places = places::places(&app, &me.actor).await?;
    let lang = me.visitor.lang;
    let fact = |term: &str, value: String| Fact {
        term: lang.text(term),
        value,
    };
    let vendor = &app.config.vendor;
    let zone = vendor.zone.iana_name().unwrap_or_default();
    let template = Stores {
        frame: me.frame(&app, Nav::Stores, Foot::NoData).await?,
        stores: places
            .stores
            .iter()
            .map(|asked| row(&app, lang, asked))
            .collect(),
        calendar: vec![
            fact(
                "admin-fact-country",
                format!("{}, {zone}", app.calendar.country()),
            ),
            fact("admin-fact-holidays", holidays(&app, lang)),
        ],
        mail: vec![
            fact(
                "admin-fact-mail-out",
                lang.text_with(
                    "admin-fact-mail-waiting",
                    &[("n", places.letters_waiting.into())],
                ),
            ),
            fact("admin-fact-mail-failed", lang.number(places.letters_failed)),
        ],
        sees_installations: me.may(Permission::LookUp),
    };
    me.page(&app, StatusCode::OK, &template)
}

/// Until when the calendar knows the holidays.
fn holidays(app: &App, lang: Lang) -> String {
    let this_year = app.today().year();
    match (this_year..)
        .take_while(|year| app.calendar.knows(*year))
        .last()
    {
        Some(last) => {
            let end = jiff::civil::date(last, 12, 31);
            lang.text_with(
                "admin-fact-holidays-until",
                &[("date", lang.date_medium(end).into())],
            )
        }
        None => lang.text_with(
            "admin-clock-no-calendar",
            &[("year", this_year.to_string().into())],
        ),
    }
}

fn row(app: &App, lang: Lang, asked: &Asked) -> StoreRow {
    let (health, records, note) = match &asked.reach {
        Ok(reach) => {
            let health = if asked.took > SLOW {
                Health::Slow
            } else {
                Health::Well
            };
            (health, reach.records.map(u64::cast_signed), String::new())
        }
        Err(StoreError::NeedsPerson { cause, mend }) => {
            (Health::Limited, None, format!("{cause} {mend}"))
        }
        Err(StoreError::Later { cause, .. }) => (Health::Slow, None, cause.clone()),
        Err(StoreError::Retry(cause) | StoreError::Bug(cause)) => {
            (Health::Unreachable, None, cause.clone())
        }
    };
    let import = asked.import.as_ref();
    let from_store = asked
        .reach
        .as_ref()
        .ok()
        .and_then(|reach| reach.last_import);
    let last_import = import
        .map(|import| import.finished_at.unwrap_or(import.started_at))
        .or(from_store);
    StoreRow {
        name: words::store(app, lang, &asked.store),
        health,
        records: records.map_or_else(String::new, |records| lang.number(records)),
        last_import: last_import.map_or_else(String::new, |at| Moment::of(app, lang, at).when),
        import_note: import.map_or_else(String::new, |import| {
            let counts = import.counts;
            lang.text_with(
                "admin-import-note",
                &[
                    ("read", lang.number(counts.read).into()),
                    ("changed", lang.number(counts.written).into()),
                    ("suppressed", lang.number(counts.suppressed).into()),
                ],
            )
        }),
        note,
        reach: reach_of(app, lang, asked),
    }
}

/// Of another system: how far an erasure goes, which version answers, and when it last did.
fn reach_of(app: &App, lang: Lang, asked: &Asked) -> String {
    let mut connected = app.connected.iter();
    let Some(connected) = connected.find(|connected| connected.file.name == asked.store) else {
        return String::new();
    };
    let mut parts = Vec::new();
    if let Ok(reach) = &asked.reach {
        let level = ("level", reach.level.as_str().into());
        parts.push(lang.text_with("reach-level", &[level]));
        parts.extend(reach.version.clone());
    }
    if let Some(at) = connected.store.health().last_success {
        let when = ("when", Moment::of(app, lang, at).when.into());
        parts.push(lang.text_with("admin-store-last", &[when]));
    }
    parts.join(" · ")
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{facts, frame, moment, sample};

    let row = |name: &str, health, records: i64, note: &str| StoreRow {
        name: name.into(),
        health,
        records: lang.number(records),
        last_import: moment(lang, 10, 3).when,
        import_note: lang.text_with(
            "admin-import-note",
            &[
                ("read", records.into()),
                ("changed", 412i64.into()),
                ("suppressed", 38i64.into()),
            ],
        ),
        note: note.into(),
        reach: match health {
            Health::Limited => lang.text_with("reach-level", &[("level", "record".into())]),
            _ => String::new(),
        },
    };
    let page = |stores| Stores {
        frame: frame(lang, Nav::Stores),
        stores,
        calendar: facts(&[
            (&lang.text("admin-fact-country"), "NL, Europe/Amsterdam"),
            (
                &lang.text("admin-fact-holidays"),
                &lang.text_with(
                    "admin-fact-holidays-until",
                    &[(
                        "date",
                        lang.date_medium(jiff::civil::date(2027, 12, 31)).into(),
                    )],
                ),
            ),
        ]),
        mail: facts(&[
            (
                &lang.text("admin-fact-mail-out"),
                &lang.text_with("admin-fact-mail-waiting", &[("n", 0i64.into())]),
            ),
            (&lang.text("admin-fact-mail-failed"), "0"),
        ]),
        sees_installations: true,
    };
    let stores = vec![
        row("Licences", Health::Well, 1_004_812, ""),
        row("Trials", Health::Well, 298_440, ""),
        row(
            "Support tickets",
            Health::Limited,
            1_120_377,
            "The account lethe lacks DeleteTicket in the queue “Billing”.",
        ),
        row(
            "Billing archive",
            Health::Slow,
            63_008,
            "Usually 0.2 s. Searches still end, but a request now takes longer.",
        ),
        row(
            "App servers",
            Health::Unreachable,
            88_120,
            "No answer since 10:31.",
        ),
    ];
    vec![
        sample("stores", &page(stores)),
        sample("stores-empty", &page(Vec::new())),
    ]
}

//! `/admin/retention`: the rules with their sentences, what falls due on each of the next days, what
//! a sweep waits for, and what was late. And the effect of other rules before they are in force.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

use super::parts::Moment;
use super::{Trouble, field, status};
use crate::actions::queries::retention::{self as queries, Overview, Swept, Told};
use crate::actions::retention::{self, AHEAD, Counted};
use crate::actions::{ActionError, words};
use crate::app::App;
use crate::config::policy;
use crate::db::retention::Falls;
use crate::domain::ids::{IncidentId, SweepId};
use crate::domain::retention::{Category, Policy, Waits};
use crate::domain::staff::Permission;
use crate::i18n::Lang;
use crate::web::error::WebResult;
use crate::web::extract::{CsrfForm, SignedIn, see_other_saying};
use crate::web::forms::{Errors, Field};
use crate::web::frame_admin::{Foot, Nav, StaffFrame};

#[derive(Template)]
#[template(path = "admin/retention.html")]
struct Retention {
    frame: StaffFrame,
    errors: Errors,
    /// How many records fall due, with grouped digits.
    lead: String,
    waiting: Option<Waiting>,
    chart: Chart,
    weeks: Vec<Week>,
    version: String,
    rules: Vec<RuleRow>,
    dateless: Vec<String>,
    incidents: Vec<IncidentRow>,
    words: Field,
    sweeps: Vec<SweepRow>,
    may_decide: bool,
}

struct Waiting {
    id: String,
    title: String,
    why: String,
    by_rule: Vec<(String, String)>,
}

/// The bars of the next days.
struct Chart {
    width: u32,
    key: Vec<Series>,
    grid: Vec<Line>,
    bars: Vec<Bar>,
    days: Vec<Line>,
}

/// What the bars of one colour are.
struct Series {
    class: &'static str,
    name: String,
    count: String,
}

/// A line of the grid, or a day below the bars, with its words.
struct Line {
    at: f64,
    text: String,
}

struct Bar {
    class: &'static str,
    x: f64,
    y: f64,
    height: f64,
}

struct Week {
    from: String,
    counts: Vec<String>,
}

struct RuleRow {
    id: String,
    data: String,
    quote: String,
    /// The operator's choice, and the language that it is in.
    choice: Option<(String, &'static str)>,
    goes: String,
    ground: String,
    next: String,
}

struct IncidentRow {
    id: String,
    at: Moment,
    what: String,
    /// Who settled it, and their words.
    settled: Option<(String, String)>,
}

struct SweepRow {
    at: Moment,
    state: String,
    due: String,
    done: String,
    late: String,
    by: String,
    trouble: Option<String>,
}

/// The colours of the chart: what they stand for.
const SERIES: [(&str, &[Category]); 4] = [
    ("c1", &[Category::Licence]),
    ("c2", &[Category::Trial]),
    ("c3", &[Category::Ticket]),
    ("c4", &[Category::Billing, Category::Installation]),
];

const HEIGHT: f64 = 160.0;
const LEFT: f64 = 44.0;
const STEP: f64 = 12.0;

/// GET /admin/retention
pub async fn show(app: Data<App>, me: SignedIn) -> WebResult {
    page(&app, &me, "", None).await
}

/// POST /admin/retention/sweeps/{id}
pub async fn confirm(
    app: Data<App>,
    me: SignedIn,
    id: Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> WebResult {
    let id: SweepId = id.parse().map_err(|_| ActionError::NotFound)?;
    retention::confirm(&app, &me.actor, id).await?;
    Ok(see_other_saying(
        &app,
        "/admin/retention",
        "admin-done-sweep",
    ))
}

/// What a form without fields sends.
#[derive(Deserialize)]
pub struct Nothing {}

/// What the form of an incident sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Settled {
    words: String,
}

/// POST /admin/retention/incidents/{id}
pub async fn settle(
    app: Data<App>,
    me: SignedIn,
    id: Path<String>,
    CsrfForm(typed): CsrfForm<Settled>,
) -> WebResult {
    let id: IncidentId = id.parse().map_err(|_| ActionError::NotFound)?;
    match retention::settle(&app, &me.actor, id, &typed.words).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            "/admin/retention#incidents",
            "admin-done-settled",
        )),
        Err(error) => page(&app, &me, &typed.words, Some(Trouble::of(error)?)).await,
    }
}

async fn page(app: &App, me: &SignedIn, typed: &str, trouble: Option<Trouble>) -> WebResult {
    let lang = me.visitor.lang;
    let seen = queries::overview(app, &me.actor).await?;
    let words = field(lang, trouble, "words", typed);
    let total: i64 = seen.falls.iter().map(|falls| falls.records).sum();
    let template = Retention {
        frame: me.frame(app, Nav::Retention, Foot::NoData).await?,
        errors: Errors::of([("words", &words)]),
        lead: lang.text_with(
            "admin-retention-lead",
            &[("n", total.into()), ("days", i64::from(AHEAD).into())],
        ),
        waiting: seen
            .waiting()
            .map(|swept| waiting(lang, &app.policy, swept)),
        chart: chart(lang, app.today(), &seen.falls),
        weeks: weeks(lang, app.today(), &seen.falls),
        version: app.policy.version.clone(),
        rules: rules(lang, &app.policy, &seen.falls),
        dateless: seen
            .totals
            .iter()
            .filter(|total| total.dateless > 0)
            .map(|total| {
                lang.text_with(
                    "admin-retention-dateless",
                    &[
                        ("n", total.dateless.into()),
                        ("what", words::category(lang, total.category).into()),
                    ],
                )
            })
            .collect(),
        incidents: seen
            .incidents
            .iter()
            .map(|told| incident(app, lang, &seen, told))
            .collect(),
        words,
        sweeps: seen
            .sweeps
            .iter()
            .map(|swept| sweep(app, lang, &seen, swept))
            .collect(),
        may_decide: me.may(Permission::Retention),
    };
    me.page(app, status(trouble), &template)
}

fn waiting(lang: Lang, policy: &Policy, swept: &Swept) -> Waiting {
    let why = swept.sweep.waits.unwrap_or(Waits::Large);
    Waiting {
        id: swept.sweep.id.to_string(),
        title: lang.text_with("admin-sweep-waits", &[("n", swept.due().into())]),
        why: lang.text_with("admin-sweep-why", &[("why", why.as_str().into())]),
        by_rule: swept
            .rules
            .iter()
            .map(|count| {
                let name = words::rule_data(lang, policy, &count.rule);
                let what = words::category(lang, count.category);
                (format!("{name} ({what})"), lang.number(count.due))
            })
            .collect(),
    }
}

fn of_series(falls: &[Falls], on: Option<Date>, categories: &[Category]) -> i64 {
    falls
        .iter()
        .filter(|falls| on.is_none_or(|on| falls.on == on))
        .filter(|falls| categories.contains(&falls.category))
        .map(|falls| falls.records)
        .sum()
}

/// The days after today.
fn days(today: Date) -> Vec<Date> {
    (1..=AHEAD)
        .map(|days| today.saturating_add(days.days()))
        .collect()
}

/// A round number at or above the highest bar, in three parts.
fn scale(most: i64) -> i64 {
    let mut step = 1;
    loop {
        for times in [1, 2, 5] {
            if step * times * 3 >= most {
                return step * times;
            }
        }
        step *= 10;
    }
}

fn chart(lang: Lang, today: Date, falls: &[Falls]) -> Chart {
    let days = days(today);
    let sum = |day: &Date| -> i64 {
        let counts = SERIES.iter();
        counts
            .map(|(_, categories)| of_series(falls, Some(*day), categories))
            .sum()
    };
    let step = scale(days.iter().map(sum).max().unwrap_or(0));
    let pixels = |records: i64| HEIGHT * records as f64 / (3 * step) as f64;
    let mut bars = Vec::new();
    let mut marks = Vec::new();
    for (at, day) in days.iter().enumerate() {
        let x = LEFT + 1.0 + STEP * at as f64;
        let mut below = 0;
        for (class, categories) in SERIES {
            let records = of_series(falls, Some(*day), categories);
            if records > 0 {
                below += records;
                bars.push(Bar {
                    class,
                    x,
                    y: 20.0 + HEIGHT - pixels(below),
                    height: pixels(records),
                });
            }
        }
        let is_near = marks.last().is_some_and(|mark: &Line| x - mark.at < 90.0);
        if at == 0 || (matches!(day.day(), 1 | 15) && !is_near) {
            marks.push(Line {
                at: x,
                text: lang.day_month(*day),
            });
        }
    }
    Chart {
        width: (LEFT + STEP * days.len() as f64) as u32 + 4,
        key: SERIES
            .iter()
            .map(|(class, categories)| Series {
                class,
                name: categories
                    .iter()
                    .map(|category| words::category(lang, *category))
                    .collect::<Vec<_>>()
                    .join(", "),
                count: lang.number(of_series(falls, None, categories)),
            })
            .collect(),
        grid: (1..=3)
            .map(|line| Line {
                at: 20.0 + HEIGHT - pixels(step * line),
                text: lang.number(step * line),
            })
            .collect(),
        bars,
        days: marks,
    }
}

fn weeks(lang: Lang, today: Date, falls: &[Falls]) -> Vec<Week> {
    days(today)
        .chunks(7)
        .filter_map(|week| {
            let count = |categories: &[Category]| -> i64 {
                let days = week.iter();
                days.map(|day| of_series(falls, Some(*day), categories))
                    .sum()
            };
            Some(Week {
                from: lang.date_long(*week.first()?),
                counts: SERIES
                    .iter()
                    .map(|(_, categories)| lang.number(count(categories)))
                    .collect(),
            })
        })
        .collect()
}

fn rules(lang: Lang, policy: &Policy, falls: &[Falls]) -> Vec<RuleRow> {
    policy
        .rules
        .iter()
        .map(|rule| {
            let next: i64 = falls
                .iter()
                .filter(|falls| falls.rule == rule.id)
                .map(|falls| falls.records)
                .sum();
            RuleRow {
                id: rule.id.clone(),
                data: words::in_lang(lang, &rule.data).to_owned(),
                quote: rule.quote.clone(),
                choice: rule.choice.as_ref().map(|choice| {
                    let (text, tag) = choice.of(lang.tag());
                    (text.to_owned(), tag)
                }),
                goes: words::goes(lang, rule),
                ground: rule.law.clone().unwrap_or_else(|| rule.ground.clone()),
                next: lang.number(next),
            }
        })
        .collect()
}

fn incident(app: &App, lang: Lang, seen: &Overview, told: &Told) -> IncidentRow {
    let incident = &told.incident;
    let by = incident
        .settled_by
        .and_then(|id| seen.names.get(&id).cloned())
        .unwrap_or_default();
    IncidentRow {
        id: incident.id.to_string(),
        at: Moment::of(app, lang, incident.at),
        what: lang.text_with(
            "admin-late",
            &[
                ("n", incident.records.into()),
                (
                    "what",
                    words::rule_data(lang, &app.policy, &incident.rule).into(),
                ),
                ("by", lang.date_long(incident.worst_on).into()),
            ],
        ),
        settled: incident
            .settled_at
            .map(|_| (by, told.words.clone().unwrap_or_default())),
    }
}

fn sweep(app: &App, lang: Lang, seen: &Overview, swept: &Swept) -> SweepRow {
    let late: i64 = swept.rules.iter().map(|count| count.late).sum();
    let by = swept.sweep.confirmed_by;
    SweepRow {
        at: Moment::of(app, lang, swept.sweep.made_at),
        state: lang.text_with(
            "admin-sweep-state",
            &[("state", swept.sweep.state.as_str().into())],
        ),
        due: lang.number(swept.due()),
        done: lang.number(swept.done()),
        late: lang.number(late),
        by: by
            .and_then(|id| seen.names.get(&id).cloned())
            .unwrap_or_default(),
        trouble: swept.sweep.trouble.clone(),
    }
}

#[derive(Template)]
#[template(path = "admin/retention_change.html")]
struct Change {
    frame: StaffFrame,
    errors: Errors,
    policy: Field,
    /// What cannot be kept, a line each.
    problems: Vec<String>,
    effect: Option<Vec<EffectRow>>,
}

struct EffectRow {
    what: String,
    due_now: String,
    due_then: String,
    next_now: String,
    next_then: String,
    is_changed: bool,
}

/// What the form of other rules sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Tried {
    policy: String,
}

/// GET /admin/retention/change
pub async fn change(app: Data<App>, me: SignedIn) -> WebResult {
    me.actor
        .may(Permission::Stores)
        .map_err(ActionError::from)?;
    let text = app.config.retention.policy.text().unwrap_or_default();
    tried(&app, &me, &text, Vec::new(), None).await
}

/// POST /admin/retention/change
pub async fn try_change(
    app: Data<App>,
    me: SignedIn,
    CsrfForm(typed): CsrfForm<Tried>,
) -> WebResult {
    // A browser sends lines with CR LF.
    let text = typed.policy.replace("\r\n", "\n");
    match policy::parse(&text) {
        Ok(policy) => {
            let effect = queries::effect(&app, &me.actor, policy).await?;
            let rows = Category::SWEPT
                .iter()
                .map(|category| effect_row(me.visitor.lang, *category, &effect))
                .collect();
            tried(&app, &me, &text, Vec::new(), Some(rows)).await
        }
        Err(errors) => tried(&app, &me, &text, errors.lines().collect(), None).await,
    }
}

fn effect_row(lang: Lang, category: Category, effect: &queries::Effect) -> EffectRow {
    let due = |counted: &Counted| -> i64 {
        let due = counted.due.iter();
        due.filter(|count| count.category == category)
            .map(|count| count.due)
            .sum()
    };
    let next = |counted: &Counted| of_series(&counted.falls, None, &[category]);
    let (now, then) = (&effect.now, &effect.then);
    EffectRow {
        what: words::category(lang, category),
        due_now: lang.number(due(now)),
        due_then: lang.number(due(then)),
        next_now: lang.number(next(now)),
        next_then: lang.number(next(then)),
        is_changed: due(now) != due(then) || next(now) != next(then),
    }
}

async fn tried(
    app: &App,
    me: &SignedIn,
    text: &str,
    problems: Vec<String>,
    effect: Option<Vec<EffectRow>>,
) -> WebResult {
    let lang = me.visitor.lang;
    let mut policy = Field::new(text);
    if !problems.is_empty() {
        policy.error = Some(lang.text("admin-change-wrong"));
    }
    let code = match problems.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let template = Change {
        frame: me.frame(app, Nav::Retention, Foot::NoData).await?,
        errors: Errors::of([("policy", &policy)]),
        policy,
        problems,
        effect,
    };
    me.page(app, code, &template)
}

#[cfg(test)]
pub(super) fn samples(lang: Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, frame, moment, sample};
    use crate::config::policy::PolicyFile;
    use crate::domain::retention::Act;

    let policy = PolicyFile::BuiltIn.load().expect("the built-in policy");
    let falls: Vec<Falls> = days(TODAY)
        .into_iter()
        .enumerate()
        .flat_map(|(at, on)| {
            let many = if on.day() == 1 { 9 } else { 1 };
            let of = move |category, rule: &str, records| Falls {
                on,
                category,
                rule: rule.to_owned(),
                act: Act::Erase,
                records,
            };
            let wave = (at as i64 * 7) % 23;
            [
                of(Category::Licence, "licence-contact", (3 + wave) * many),
                of(Category::Trial, "trial-contact", 2 + wave / 3),
                of(Category::Ticket, "tickets", 11 + (wave * 5) % 17),
                of(Category::Installation, "installations", wave % 4),
            ]
        })
        .collect();
    let total: i64 = falls.iter().map(|falls| falls.records).sum();
    let page = |waiting, incidents, sweeps, words: Field| Retention {
        frame: frame(lang, Nav::Retention),
        errors: Errors::of([("words", &words)]),
        lead: lang.text_with(
            "admin-retention-lead",
            &[("n", total.into()), ("days", i64::from(AHEAD).into())],
        ),
        waiting,
        chart: chart(lang, TODAY, &falls),
        weeks: weeks(lang, TODAY, &falls),
        version: policy.version.clone(),
        rules: rules(lang, &policy, &falls),
        dateless: vec![lang.text_with(
            "admin-retention-dateless",
            &[
                ("n", 12i64.into()),
                ("what", words::category(lang, Category::Ticket).into()),
            ],
        )],
        incidents,
        words,
        sweeps,
        may_decide: true,
    };
    let waiting = Waiting {
        id: "01".into(),
        title: lang.text_with("admin-sweep-waits", &[("n", 612i64.into())]),
        why: lang.text_with("admin-sweep-why", &[("why", "large".into())]),
        by_rule: vec![
            (
                words::rule_data(lang, &policy, "licence-contact"),
                "412".into(),
            ),
            (words::rule_data(lang, &policy, "tickets"), "200".into()),
        ],
    };
    let incident = |settled| IncidentRow {
        id: "02".into(),
        at: moment(lang, 3, 4),
        what: lang.text_with(
            "admin-late",
            &[
                ("n", 20i64.into()),
                (
                    "what",
                    words::rule_data(lang, &policy, "trial-contact").into(),
                ),
                ("by", lang.date_long(TODAY).into()),
            ],
        ),
        settled,
    };
    let sweep = |state: &str, trouble: Option<&str>| SweepRow {
        at: moment(lang, 9, 4),
        state: lang.text_with("admin-sweep-state", &[("state", state.into())]),
        due: "118".into(),
        done: "117".into(),
        late: "0".into(),
        by: "Aino Salo".into(),
        trouble: trouble.map(Into::into),
    };
    let full = page(
        Some(waiting),
        vec![
            incident(None),
            incident(Some(("Aino Salo".into(), "The first sweep.".into()))),
        ],
        vec![
            sweep("waiting", None),
            sweep("done", None),
            sweep("purging", Some("disk full")),
        ],
        Field {
            error: Some(lang.text("retention-settle-words")),
            ..Field::default()
        },
    );
    let empty = page(None, Vec::new(), Vec::new(), Field::default());
    let row = |what, is_changed| EffectRow {
        what: words::category(lang, what),
        due_now: "0".into(),
        due_then: if is_changed { "41" } else { "0" }.into(),
        next_now: "118".into(),
        next_then: "118".into(),
        is_changed,
    };
    let change = |problems: Vec<String>, effect| Change {
        frame: frame(lang, Nav::Retention),
        errors: Errors::of([]),
        policy: Field::new(policy::BUILT_IN),
        problems,
        effect,
    };
    let effect = vec![row(Category::Trial, true), row(Category::Licence, false)];
    let problems = policy::parse("name = 1")
        .expect_err("a name is a text")
        .lines()
        .collect();
    vec![
        sample("admin-retention", &full),
        sample("admin-retention-empty", &empty),
        sample("admin-retention-change", &change(Vec::new(), Some(effect))),
        sample("admin-retention-wrong", &change(problems, None)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_round_and_holds_the_highest_bar() {
        for most in [0, 1, 3, 4, 7, 29, 31, 599, 612, 1_000_001] {
            let step = scale(most);
            assert!(3 * step >= most, "{most}: {step}");
            let digits = step.to_string();
            assert!(matches!(&digits[..1], "1" | "2" | "5"), "{step}");
            assert!(digits[1..].bytes().all(|digit| digit == b'0'), "{step}");
        }
    }
}

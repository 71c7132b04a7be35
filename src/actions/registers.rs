//! The record of processing activities (Art. 30), generated from the rules, stores and recipients in
//! force, with the field map of the stores.

use serde::Serialize;

use super::statement::{self, Controller, Sources, sentences};
use super::{ActionError, taken, words};
use crate::app::App;
use crate::config::stores::StoreFile;
use crate::db;
use crate::db::notices::Notice;
use crate::domain::event::Actor;
use crate::domain::fields;
use crate::domain::identity::Identity;
use crate::domain::retention::Category;
use crate::domain::staff::Permission;
use crate::domain::store::StoreName;
use crate::i18n::Lang;

/// Failed notices that a page shows.
const SHOWN: i64 = 100;

/// The record, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Processing {
    /// `lethe-processing/1`.
    pub form: &'static str,
    /// The tag of the language.
    pub language: String,
    /// The version of the rules.
    pub version: String,
    /// Who answers for the data (Art. 30(1)(a)).
    pub controller: Controller,
    /// The activities.
    pub activities: Vec<Activity>,
    /// Copies outside the stores that are open, and those that were destroyed, the last first.
    pub copies: Vec<CopyRow>,
    /// Technical and organisational measures (Art. 30(1)(g)).
    pub security: Vec<String>,
}

/// One activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// The category of the rules, or `lethe`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What for (Art. 30(1)(b)).
    pub purpose: String,
    /// Grounds (Art. 6).
    pub grounds: Vec<String>,
    /// Whose data (Art. 30(1)(c)).
    pub people: String,
    /// Which store of Lethe holds it; none for what lies elsewhere.
    pub store: Option<String>,
    /// Which columns hold what leads to a person.
    pub fields: Vec<FieldRow>,
    /// Who gets it (Art. 30(1)(d)).
    pub recipients: Vec<String>,
    /// Transfers to third countries, with the safeguard (Art. 30(1)(e)).
    pub transfers: Vec<String>,
    /// Time limits (Art. 30(1)(f)): rule and sentence.
    pub limits: Vec<String>,
}

/// A copy outside the stores, without whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CopyRow {
    /// Its id.
    pub id: String,
    /// What was copied.
    pub what: String,
    /// Whether it holds everybody's data; otherwise one person's.
    pub everybody: bool,
    /// Who holds it.
    pub holder: String,
    /// Where it lies.
    pub place: String,
    /// What for.
    pub why: String,
    /// When it was taken (ISO 8601).
    pub taken_on: String,
    /// The last day.
    pub until_on: String,
    /// When it was destroyed.
    pub destroyed_on: Option<String>,
    /// Whether it is over its last day and still there.
    pub overdue: bool,
}

/// Columns of one table that lead to a person in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldRow {
    /// The table, or the statistic.
    pub table: String,
    /// `direct`, `linked` or `content`; `plain` of a statistic that leads to nobody.
    pub identity: &'static str,
    /// The same, in words.
    pub says: String,
    /// The columns.
    pub columns: Vec<String>,
}

/// The record of processing.
///
/// # Errors
/// [`ActionError::Forbidden`].
pub async fn processing(app: &App, actor: &Actor, lang: Lang) -> Result<Processing, ActionError> {
    actor.may(Permission::Stores)?;
    let stores: Vec<&StoreFile> = app.connected.iter().map(|store| &store.file).collect();
    let mut record = of(
        Sources {
            config: &app.config,
            policy: &app.policy,
            version: &app.policy_version,
            stores: &stores,
        },
        lang,
    );
    // Whose a copy is stands in its own register alone, so this is no look at a person.
    let mut copies = taken::list_without_people(app, actor, false).await?;
    copies.extend(taken::list_without_people(app, actor, true).await?);
    record.copies = copies.iter().map(|shown| copy_row(app, shown)).collect();
    Ok(record)
}

fn copy_row(app: &App, shown: &taken::Shown) -> CopyRow {
    let (copy, words) = (&shown.copy, &shown.words);
    CopyRow {
        id: copy.id.to_string(),
        what: words.what.clone(),
        everybody: copy.everybody,
        holder: shown.holder.clone(),
        place: words.place.clone(),
        why: words.why.clone(),
        taken_on: copy.span.taken_on.to_string(),
        until_on: copy.span.until_on.to_string(),
        destroyed_on: copy.destroyed.map(|end| end.on.to_string()),
        overdue: copy.destroyed.is_none() && copy.span.is_overdue(app.today()),
    }
}

/// Builds the record.
pub fn of(sources: Sources<'_>, lang: Lang) -> Processing {
    let statement = sources.build(lang, None);
    let mut activities: Vec<Activity> = Category::ALL
        .iter()
        .filter(|category| sources.policy.about(**category).next().is_some())
        .map(|category| activity(&sources, lang, *category))
        .collect();
    activities.extend(of_statistics(&sources, lang));
    activities.push(Activity {
        id: "lethe".to_owned(),
        title: lang.text("stm-own"),
        purpose: lang.text("privacy-requests-why"),
        grounds: sentences::grounds(lang, "Art. 6(1)(c), Art. 5(2), Art. 12"),
        people: lang.text("register-people-requests"),
        store: None,
        fields: Vec::new(),
        recipients: Vec::new(),
        transfers: Vec::new(),
        limits: statement
            .own
            .iter()
            .map(|kept| format!("{}: {}", kept.data, kept.period))
            .collect(),
    });
    Processing {
        form: "lethe-processing/1",
        language: lang.tag().to_owned(),
        version: sources.version.to_owned(),
        controller: statement.controller,
        activities,
        copies: Vec::new(),
        security: [
            "register-security-roles",
            "register-security-looks",
            "register-security-sealed",
            "register-security-trail",
            "register-security-erased",
            "register-security-transport",
        ]
        .map(|id| lang.text(id))
        .into(),
    }
}

fn activity(sources: &Sources<'_>, lang: Lang, category: Category) -> Activity {
    let policy = sources.policy;
    let mut grounds: Vec<String> = Vec::new();
    for ground in policy
        .about(category)
        .flat_map(|rule| sentences::grounds(lang, &rule.ground))
    {
        if !grounds.contains(&ground) {
            grounds.push(ground);
        }
    }
    let getting = || {
        policy
            .recipients
            .iter()
            .filter(move |recipient| recipient.categories.contains(&category))
    };
    let store = category.store();
    Activity {
        id: category.as_str().to_owned(),
        title: sentences::category(lang, category),
        purpose: sentences::purpose(lang, category),
        grounds,
        people: lang.text(match category {
            Category::Ticket => "register-people-ticket",
            Category::Backup | Category::Outside => "register-people-all",
            Category::Trial | Category::Licence | Category::Billing | Category::Installation => {
                "register-people-customer"
            }
        }),
        store: store.map(|name| words::our_store(lang, &StoreName(name.to_owned()))),
        fields: field_rows(lang, category),
        recipients: getting().map(|recipient| recipient.name.clone()).collect(),
        transfers: getting()
            .filter(|recipient| recipient.is_transfer())
            .map(|recipient| {
                let place = recipient.place.of(lang.tag());
                format!(
                    "{} ({place}): {}",
                    recipient.name,
                    sentences::transfer(lang, recipient)
                )
            })
            .collect(),
        limits: policy
            .about(category)
            .map(|rule| {
                let law = rule.law.as_ref().map(|law| format!(" ({law})"));
                format!(
                    "{}: {}{}",
                    rule.id,
                    sentences::promise(lang, rule),
                    law.unwrap_or_default()
                )
            })
            .collect(),
    }
}

/// The statistics as one activity, each with what of it leads to a person; nothing without any.
fn of_statistics(sources: &Sources<'_>, lang: Lang) -> Option<Activity> {
    let statistics = &sources.policy.statistics;
    if statistics.is_empty() {
        return None;
    }
    let said: Vec<statement::Counted> = statistics
        .iter()
        .map(|statistic| statement::of_statistic(lang, statistic))
        .collect();
    let mut fields = Vec::new();
    for one in &said {
        let of = |identity: Identity, says: &str, columns: Vec<String>| FieldRow {
            table: one.name.clone(),
            identity: identity.as_str(),
            says: lang.text(says),
            columns,
        };
        match &one.by {
            // Who is found by one field is found with the others beside it.
            Some(_) => fields.push(of(Identity::Linked, "register-linked", one.fields.clone())),
            None => fields.push(of(Identity::Plain, "register-plain", one.fields.clone())),
        }
    }
    Some(Activity {
        id: "statistics".to_owned(),
        title: lang.text("stm-statistics"),
        purpose: lang.text("register-statistics-why"),
        grounds: sentences::grounds(lang, "Art. 6(1)(f)"),
        people: lang.text("register-people-users"),
        store: None,
        fields,
        recipients: Vec::new(),
        transfers: Vec::new(),
        limits: said
            .iter()
            .map(|one| format!("{}: {} ({})", one.name, one.says, one.place))
            .collect(),
    })
}

fn field_rows(lang: Lang, category: Category) -> Vec<FieldRow> {
    let mut rows: Vec<FieldRow> = Vec::new();
    for column in fields::of(category) {
        if column.identity == Identity::Plain {
            continue;
        }
        let identity = column.identity.as_str();
        match rows
            .iter_mut()
            .find(|row| row.table == column.table && row.identity == identity)
        {
            Some(row) => row.columns.push(column.name.to_owned()),
            None => rows.push(FieldRow {
                table: column.table.to_owned(),
                identity,
                says: lang.text(match column.identity {
                    Identity::Direct => "register-direct",
                    Identity::Linked => "register-linked",
                    Identity::Content | Identity::Plain => "register-content",
                }),
                columns: vec![column.name.to_owned()],
            }),
        }
    }
    rows
}

/// The record as Markdown.
pub fn markdown(l: Lang, record: &Processing) -> String {
    let controller = &record.controller;
    let mut text = format!(
        "# {}\n\n{}\n\n{}\n\n",
        l.text("admin-registers"),
        escaped(&controller.address),
        l.text_with("stm-version", &[("version", (&record.version).into())])
    );
    for activity in &record.activities {
        text += &format!("## {}\n\n", escaped(&activity.title));
        for (term, values) in facts(l, activity) {
            match &values[..] {
                [] => {}
                [one] => text += &format!("- **{}:** {}\n", escaped(&term), escaped(one)),
                many => {
                    text += &format!("- **{}:**\n", escaped(&term));
                    for value in many {
                        text += &format!("  - {}\n", escaped(value));
                    }
                }
            }
        }
        text += "\n";
    }
    if !record.copies.is_empty() {
        text += &format!("## {}\n\n", l.text("admin-copy-title"));
        for copy in &record.copies {
            text += &format!("- {}\n", escaped(&copy_line(l, copy)));
        }
        text += "\n";
    }
    text += &format!("## {}\n\n", l.text("register-security"));
    for measure in &record.security {
        text += &format!("- {}\n", escaped(measure));
    }
    text
}

/// Term and values of an activity, in the order of Art. 30(1).
pub fn facts(l: Lang, activity: &Activity) -> Vec<(String, Vec<String>)> {
    let one = |value: &str| vec![value.to_owned()];
    let fields = activity
        .fields
        .iter()
        .map(|row| format!("{} {}: {}", row.says, row.table, row.columns.join(", ")))
        .collect();
    vec![
        (l.text("table-why"), one(&activity.purpose)),
        (l.text("privacy-ground"), activity.grounds.clone()),
        (l.text("register-people"), one(&activity.people)),
        (
            l.text("stm-place"),
            activity.store.clone().into_iter().collect(),
        ),
        (l.text("register-fields"), fields),
        (l.text("stm-recipients"), activity.recipients.clone()),
        (l.text("stm-transfer"), activity.transfers.clone()),
        (l.text("stm-period"), activity.limits.clone()),
    ]
}

/// A copy in one line.
pub fn copy_line(l: Lang, copy: &CopyRow) -> String {
    let whose = if copy.everybody { "everybody" } else { "one" };
    let whose = l.text_with("admin-copy-whose-choice", &[("whose", whose.into())]);
    let state = match (&copy.destroyed_on, copy.overdue) {
        (Some(_), _) => "destroyed",
        (None, true) => "overdue",
        (None, false) => "open",
    };
    let day = copy.destroyed_on.as_ref().unwrap_or(&copy.until_on);
    let day = day
        .parse()
        .map_or_else(|_| day.clone(), |day| l.date_medium(day));
    let end = l.text_with(
        "register-copy-end",
        &[("state", state.into()), ("day", day.into())],
    );
    format!(
        "{} ({whose}): {}, {}. {}. {end}",
        copy.what, copy.holder, copy.place, copy.why
    )
}

fn escaped(text: &str) -> String {
    super::statement::render::escaped(text)
}

/// The notices to recipients that failed for good, the oldest first.
///
/// # Errors
/// [`ActionError::Forbidden`].
pub async fn failed_notices(app: &App, actor: &Actor) -> Result<Vec<Notice>, ActionError> {
    actor.may(Permission::Stores)?;
    Ok(app.db.read(|conn| db::notices::failed(conn, SHOWN)).await?)
}

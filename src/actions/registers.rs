//! The record of processing activities (Art. 30), generated from the rules, stores and recipients in
//! force, with the field map of the stores.

use serde::Serialize;

use super::statement::{Controller, Sources, sentences};
use super::{ActionError, words};
use crate::app::App;
use crate::config::stores::StoreFile;
use crate::db;
use crate::db::notices::Notice;
use crate::domain::event::Actor;
use crate::domain::identity::Identity;
use crate::domain::retention::Category;
use crate::domain::staff::Permission;
use crate::domain::store::StoreName;
use crate::i18n::Lang;
use crate::stores::fields;

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

/// Columns of one table that lead to a person in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldRow {
    /// The table.
    pub table: &'static str,
    /// `direct`, `linked` or `content`.
    pub identity: &'static str,
    /// The same, in words.
    pub says: String,
    /// The columns.
    pub columns: Vec<&'static str>,
}

/// The record of processing.
///
/// # Errors
/// [`ActionError::Forbidden`].
pub fn processing(app: &App, actor: &Actor, lang: Lang) -> Result<Processing, ActionError> {
    actor.may(Permission::Stores)?;
    let stores: Vec<&StoreFile> = app.connected.iter().map(|store| &store.file).collect();
    Ok(of(
        Sources {
            config: &app.config,
            policy: &app.policy,
            version: &app.policy_version,
            stores: &stores,
        },
        lang,
    ))
}

/// Builds the record.
pub fn of(sources: Sources<'_>, lang: Lang) -> Processing {
    let statement = sources.build(lang, None);
    let mut activities: Vec<Activity> = Category::ALL
        .iter()
        .filter(|category| sources.policy.about(**category).next().is_some())
        .map(|category| activity(&sources, lang, *category))
        .collect();
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
    let store = match category {
        Category::Licence | Category::Billing => Some("licence"),
        Category::Trial => Some("trial"),
        Category::Ticket => Some("ticket"),
        Category::Installation => Some("installation"),
        Category::Backup | Category::Outside => None,
    };
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
            Some(row) => row.columns.push(column.name),
            None => rows.push(FieldRow {
                table: column.table,
                identity,
                says: lang.text(match column.identity {
                    Identity::Direct => "register-direct",
                    Identity::Linked => "register-linked",
                    Identity::Content | Identity::Plain => "register-content",
                }),
                columns: vec![column.name],
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

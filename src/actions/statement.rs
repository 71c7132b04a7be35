//! The privacy statement (Art. 13, 14), built from the rules, stores, recipients and channels in
//! force, so that statement and behaviour cannot differ. Page, Markdown and JSON are three
//! renderings of the one [`Statement`]. It also keeps which version was in force when.

pub mod announce;
pub mod render;
pub mod sentences;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{ActionError, access, trail, words};
use crate::app::App;
use crate::config::Config;
use crate::config::stores::StoreFile;
use crate::db::policies::{Announcement, PolicyVersion};
use crate::db::{self, Conn};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::recipient::{Notify, Recipient};
use crate::domain::request::Kind as Right;
use crate::domain::retention::{Category, Policy, Rule};
use crate::domain::staff::Permission;
use crate::domain::statistic::{Statistic, StatisticPlace};
use crate::domain::store::StoreName;
use crate::i18n::Lang;

/// The form of the JSON; grows when a member changes its meaning.
const FORM: &str = "lethe-statement/1";

/// The statement in one language: finished sentences, with what programs want beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// `lethe-statement/1`.
    pub form: String,
    /// The tag of the language (RFC 5646).
    pub language: String,
    /// The version of the rules, which requests, sweeps and the trail name.
    pub version: String,
    /// The first day on which they were in force; none before they are.
    pub in_force_since: Option<Date>,
    /// Who answers for the data.
    pub controller: Controller,
    /// What is kept, why, and for how long: a row for each rule.
    pub kept: Vec<Kept>,
    /// The rules about backups.
    pub backups: Vec<Kept>,
    /// How many days the longest-lived backup may live; none if there are none.
    pub backup_days: Option<u32>,
    /// What Lethe itself keeps.
    pub own: Vec<Kept>,
    /// Statistics, and whether they lead to a person.
    #[serde(default)]
    pub statistics: Vec<Counted>,
    /// Who else gets it.
    pub recipients: Vec<Receives>,
    /// The rights, and where to use them.
    pub rights: Vec<RightTo>,
    /// Ways to reach the controller.
    pub channels: Vec<Way>,
    /// Where to complain (Art. 77).
    pub authority: Authority,
}

impl Statement {
    /// The language that it is written in.
    pub fn lang(&self) -> Lang {
        Lang::from_tag(&self.language).unwrap_or(Lang::En)
    }
}

/// Who answers for the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controller {
    /// The name.
    pub name: String,
    /// The full name and postal address.
    pub address: String,
    /// Mail addresses for privacy.
    pub mail: Vec<String>,
    /// The portal.
    pub portal: String,
}

/// The supervisory authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Its name.
    pub name: String,
    /// Its page for complaints.
    pub url: String,
}

/// One thing that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The rule, or the name of what Lethe keeps by itself.
    pub id: String,
    /// What data.
    pub data: String,
    /// What for (Art. 13(1)(c)).
    pub purposes: Vec<String>,
    /// The legal grounds.
    pub grounds: Vec<String>,
    /// The law, for a legal duty.
    pub law: Option<String>,
    /// How long, from which event.
    pub period: String,
    /// What takes the event back, if something does.
    pub taken_back: Option<String>,
    /// What happens at the end.
    pub then: Option<String>,
    /// From where the date of the event comes.
    pub sources: Vec<String>,
    /// The system that holds it, if Lethe does not reach it.
    pub place: Option<String>,
    /// The sentence that the rule keeps, as it was written.
    pub quote: Option<String>,
    /// What the operator chose, and why.
    pub choice: Option<String>,
    /// The tag of the language that the choice is written in; English where there is none.
    #[serde(default)]
    pub choice_language: Option<String>,
    /// The rule as programs read it.
    pub rule: Option<RuleWords>,
}

impl Kept {
    /// The tag of the language that the choice is written in.
    pub fn choice_tag(&self) -> &str {
        self.choice_language.as_deref().unwrap_or("en")
    }
}

/// A statistic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Its name in the policy.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it consists of.
    pub fields: Vec<String>,
    /// Where it lies.
    pub place: String,
    /// The store of Lethe that holds it; none for another system.
    pub store: Option<String>,
    /// Whether it can be linked to a person.
    pub linkable: bool,
    /// The field that links.
    pub by: Option<String>,
    /// The same, in a sentence.
    pub says: String,
    /// The sentence that speaks of it, as it was written.
    pub quote: String,
    /// What the operator chose, and why.
    pub choice: Option<String>,
    /// The tag of the language that the choice is written in.
    pub choice_language: Option<String>,
}

impl Counted {
    /// The tag of the language that the choice is written in.
    pub fn choice_tag(&self) -> &str {
        self.choice_language.as_deref().unwrap_or("en")
    }
}

/// A rule as programs read it: the words of the policy file, periods as ISO 8601.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keys of the policy file")]
pub struct RuleWords {
    pub categories: Vec<String>,
    pub anchor: String,
    pub sources: Vec<String>,
    pub kind: String,
    pub period: Option<String>,
    pub at_latest: Option<String>,
    pub act: String,
    pub ground: String,
}

/// A recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receives {
    /// Its name.
    pub name: String,
    /// What it does with the data.
    pub role: String,
    /// What it gets.
    pub gets: Vec<String>,
    /// Where it keeps that.
    pub place: String,
    /// The country (ISO 3166-1).
    pub country: String,
    /// Whether that leaves the Union, and under which safeguard.
    pub transfer: String,
    /// How it hears of removals and corrections (Art. 19).
    pub told: String,
    /// What the operator chose, and why.
    pub choice: Option<String>,
}

/// A right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightTo {
    /// What it is called.
    pub name: String,
    /// What happens.
    pub text: String,
    /// The article.
    pub article: String,
    /// The form.
    pub url: String,
}

/// A way to reach the controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// Who, or what it is called.
    pub who: String,
    /// How.
    pub how: String,
    /// The mail address, if it is one.
    pub address: Option<String>,
}

/// The statement in force, in one language.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn in_force(app: &App, lang: Lang) -> Result<Statement, ActionError> {
    let version = app.policy_version.to_string();
    let since = app
        .db
        .read(move |conn| db::policies::find(conn, &version))
        .await?
        .map(|known| app.date(known.in_force_at));
    Ok(build(app, lang, since))
}

/// The statement as a version had it. What people could read then was stored then.
///
/// # Errors
/// [`ActionError::NotFound`] for a version that was never in force here.
pub async fn of_version(
    app: &App,
    lang: Lang,
    version: &str,
) -> Result<(Statement, PolicyVersion), ActionError> {
    let version = version.to_owned();
    let known = app
        .db
        .read(move |conn| db::policies::find(conn, &version))
        .await?
        .ok_or(ActionError::NotFound)?;
    let mut statement = stored(&known, lang)?;
    statement.in_force_since = Some(app.date(known.in_force_at));
    Ok((statement, known))
}

/// All versions that were in force, the newest first.
///
/// # Errors
/// [`ActionError::Forbidden`] for who may not read the trail.
pub async fn versions(app: &App, actor: &Actor) -> Result<Vec<PolicyVersion>, ActionError> {
    actor.may(Permission::Audit)?;
    Ok(app.db.read(db::policies::all).await?)
}

/// The stored statement of a version.
pub(super) fn stored(known: &PolicyVersion, lang: Lang) -> Result<Statement, ActionError> {
    let mut statements: BTreeMap<String, Statement> = serde_json::from_str(&known.statement)
        .map_err(|error| {
            db::DbError::Internal(format!("the statement of {}: {error}", known.version))
        })?;
    statements.remove(lang.tag()).ok_or(ActionError::NotFound)
}

/// Notes that this process follows these rules: a new version is stored once, with its statement in
/// every language and an entry that names the old one and the new one.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn put_in_force(app: &App) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let last = db::policies::in_force(conn)?;
            if last
                .as_ref()
                .is_some_and(|last| *last.version == *app.policy_version)
            {
                return Ok(());
            }
            // Later than every version before, whatever the clocks of several machines say.
            let now = match &last {
                Some(last) => app
                    .clock
                    .now()
                    .max(last.in_force_at + SignedDuration::from_micros(1)),
                None => app.clock.now(),
            };
            let statements: BTreeMap<&str, Statement> = Lang::all()
                .iter()
                .map(|lang| (lang.tag(), build(app, *lang, None)))
                .collect();
            let version = PolicyVersion {
                version: app.policy_version.to_string(),
                name: app.policy.name.clone(),
                text: app.policy.text.clone(),
                statement: serde_json::to_string(&statements)
                    .map_err(|error| db::DbError::Internal(error.to_string()))?,
                first_at: now,
                in_force_at: now,
            };
            db::policies::put_in_force(conn, &version)?;
            let mut event = Event::new(Action::PolicyChanged)
                .with("version", &version.version)
                .with("rules", &app.policy.version);
            match &last {
                Some(last) => event = event.with("previous", &last.version),
                // Whoever came under the first version was told of it when they came.
                None => announce_first(app, conn, &version)?,
            }
            trail::record(app, conn, &Actor::System, None, &event)?;
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

fn announce_first(app: &App, conn: &mut Conn, version: &PolicyVersion) -> Result<(), ActionError> {
    let first = Announcement {
        id: app.id(),
        version: version.version.clone(),
        previous: None,
        decision: "first".to_owned(),
        reason: None,
        decided_by: None,
        decided_at: version.first_at,
        reached: None,
        letters: 0,
        passed_over: 0,
        done_at: Some(version.first_at),
    };
    Ok(db::policies::announce(conn, &first)?)
}

/// What a statement is built from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The rules.
    pub policy: &'a Policy,
    /// The version of both.
    pub version: &'a str,
    /// The stores in other systems.
    pub stores: &'a [&'a StoreFile],
}

/// Builds the statement from what this process does.
fn build(app: &App, lang: Lang, since: Option<Date>) -> Statement {
    let stores: Vec<&StoreFile> = app.connected.iter().map(|store| &store.file).collect();
    let sources = Sources {
        config: &app.config,
        policy: &app.policy,
        version: &app.policy_version,
        stores: &stores,
    };
    sources.build(lang, since)
}

impl Sources<'_> {
    /// The statement.
    pub fn build(&self, lang: Lang, since: Option<Date>) -> Statement {
        let (config, policy) = (self.config, self.policy);
        let vendor = &config.vendor;
        let is_backup = |rule: &&Rule| rule.categories.iter().all(|of| *of == Category::Backup);
        let rows = |wanted: bool| {
            policy
                .rules
                .iter()
                .filter(|rule| is_backup(rule) == wanted)
                .map(|rule| of_rule(lang, rule))
                .collect::<Vec<_>>()
        };
        let mut kept = rows(false);
        kept.extend(self.stores.iter().map(|file| of_store(lang, file)));
        let portal = config.server.public_url.join("/");
        let link = |path: &str| {
            let tag = lang.tag();
            config.server.public_url.join(&format!("{path}?lang={tag}"))
        };
        let rights = [
            (Right::Access, "home-review", "stm-right-access"),
            (
                Right::Rectification,
                "home-rectification",
                "stm-right-rectification",
            ),
            (Right::Erasure, "home-removal", "stm-right-erasure"),
            (Right::Objection, "home-unsubscribe", "stm-right-objection"),
        ];
        let days = policy.backup_days();
        Statement {
            form: FORM.to_owned(),
            language: lang.tag().to_owned(),
            version: self.version.to_owned(),
            in_force_since: since,
            controller: Controller {
                name: vendor.name.clone(),
                address: vendor.address.clone(),
                mail: vendor
                    .privacy_addresses
                    .iter()
                    .map(|address| address.as_str().to_owned())
                    .collect(),
                portal: portal.clone(),
            },
            kept,
            backups: rows(true),
            backup_days: (days > 0).then_some(days),
            own: own(config, lang).into(),
            statistics: policy
                .statistics
                .iter()
                .map(|statistic| of_statistic(lang, statistic))
                .collect(),
            recipients: policy
                .recipients
                .iter()
                .map(|recipient| of_recipient(lang, recipient))
                .collect(),
            rights: rights
                .map(|(kind, text, article)| RightTo {
                    name: words::right(lang, kind),
                    text: lang.text(text),
                    article: lang.text(article),
                    url: link(&format!("/requests/new/{}", kind.slug())),
                })
                .into(),
            channels: channels(config, policy, lang, &link("/")),
            authority: Authority {
                name: vendor.authority_name.clone(),
                url: vendor.authority_url.as_str().to_owned(),
            },
        }
    }
}

/// A row for a rule.
pub fn of_rule(lang: Lang, rule: &Rule) -> Kept {
    let mut purposes: Vec<String> = Vec::new();
    for category in &rule.categories {
        let purpose = sentences::purpose(lang, *category);
        if !purposes.contains(&purpose) {
            purposes.push(purpose);
        }
    }
    let words = |words: Vec<&'static str>| words.into_iter().map(str::to_owned).collect();
    Kept {
        id: rule.id.clone(),
        data: rule.data.of(lang.tag()).to_owned(),
        purposes,
        grounds: sentences::grounds(lang, &rule.ground),
        law: rule.law.clone(),
        period: sentences::promise(lang, rule),
        taken_back: sentences::taken_back(lang, rule.anchor),
        then: Some(sentences::act(lang, rule.act)),
        sources: rule
            .sources
            .iter()
            .map(|source| sentences::source(lang, *source))
            .collect(),
        place: rule.place.clone(),
        quote: Some(rule.quote.clone()),
        choice: rule
            .choice
            .as_ref()
            .map(|of| of.of(lang.tag()).0.to_owned()),
        choice_language: rule
            .choice
            .as_ref()
            .map(|of| of.of(lang.tag()).1.to_owned()),
        rule: Some(RuleWords {
            categories: words(rule.categories.iter().map(|of| of.as_str()).collect()),
            anchor: rule.anchor.as_str().to_owned(),
            sources: words(rule.sources.iter().map(|of| of.as_str()).collect()),
            kind: rule.kind.as_str().to_owned(),
            period: rule.period.map(sentences::iso),
            at_latest: rule.at_latest.map(sentences::iso),
            act: rule.act.as_str().to_owned(),
            ground: rule.ground.clone(),
        }),
    }
}

/// What another system holds, of which no rule speaks: it goes when the person asks.
fn of_store(lang: Lang, file: &StoreFile) -> Kept {
    Kept {
        id: format!("store:{}", file.name),
        data: file.title.of(lang.tag()).to_owned(),
        purposes: vec![lang.text("privacy-why-other")],
        grounds: sentences::grounds(lang, "Art. 6(1)(b)"),
        ..plain(lang.text("stm-store-gone"))
    }
}

fn plain(period: String) -> Kept {
    Kept {
        id: String::new(),
        data: String::new(),
        purposes: Vec::new(),
        grounds: Vec::new(),
        law: None,
        period,
        taken_back: None,
        then: None,
        sources: Vec::new(),
        place: None,
        quote: None,
        choice: None,
        choice_language: None,
        rule: None,
    }
}

/// What this portal keeps to do its work.
fn own(config: &Config, lang: Lang) -> [Kept; 4] {
    let (requests, audit) = (&config.requests, &config.audit);
    let row = |id: &str, title: &str, why: &str, law: &str, gone: String| Kept {
        id: id.to_owned(),
        data: lang.text(title),
        purposes: vec![lang.text(why)],
        grounds: [
            sentences::grounds(lang, "Art. 6(1)(c)"),
            sentences::grounds(lang, law),
        ]
        .concat(),
        ..plain(gone)
    };
    [
        row(
            "lethe:requests",
            "bundle-requests",
            "privacy-requests-why",
            "Art. 5(2), Art. 12",
            lang.text_with(
                "privacy-requests-gone",
                &[
                    ("days", requests.status_days_after_close.into()),
                    ("unconfirmed", requests.confirm_days.into()),
                ],
            ),
        ),
        row(
            "lethe:copies",
            "privacy-copies",
            "privacy-copies-why",
            "Art. 15",
            lang.text_with("privacy-copies-gone", &[("days", access::DAYS.into())]),
        ),
        row(
            "lethe:guards",
            "privacy-guards",
            "privacy-guards-why",
            "Art. 17, Art. 21",
            lang.text("privacy-guards-gone"),
        ),
        row(
            "lethe:trail",
            "stm-own-trail",
            "stm-own-trail-why",
            "Art. 5(2), Art. 24(1)",
            lang.text_with(
                "stm-own-trail-gone",
                &[
                    ("years", audit.keep_years.into()),
                    ("days", audit.particulars_days.into()),
                ],
            ),
        ),
    ]
}

/// A row for a statistic.
pub fn of_statistic(lang: Lang, statistic: &Statistic) -> Counted {
    let (place, store) = match &statistic.place {
        StatisticPlace::Store(store) => {
            let name = words::our_store(lang, &StoreName(store.clone()));
            (name, Some(store.clone()))
        }
        StatisticPlace::Outside(place) => (place.clone(), None),
    };
    let choice = statistic.choice.as_ref().map(|of| of.of(lang.tag()));
    Counted {
        id: statistic.id.clone(),
        name: statistic.name.of(lang.tag()).to_owned(),
        fields: statistic.fields.clone(),
        says: match &statistic.by {
            Some(by) => lang.text_with("stm-statistic-linkable", &[("by", by.into())]),
            None => lang.text("stm-statistic-anonymous"),
        },
        place,
        store,
        linkable: statistic.is_linkable(),
        by: statistic.by.clone(),
        quote: statistic.quote.clone(),
        choice: choice.map(|(text, _)| text.to_owned()),
        choice_language: choice.map(|(_, tag)| tag.to_owned()),
    }
}

fn of_recipient(lang: Lang, recipient: &Recipient) -> Receives {
    Receives {
        name: recipient.name.clone(),
        role: sentences::role(lang, recipient.role),
        gets: recipient
            .categories
            .iter()
            .map(|category| sentences::category(lang, *category))
            .collect(),
        place: recipient.place.of(lang.tag()).to_owned(),
        country: recipient.country.clone(),
        transfer: sentences::transfer(lang, recipient),
        told: match &recipient.notify {
            Notify::Mail(_) => lang.text("stm-recipient-told-mail"),
            Notify::Webhook(_) => lang.text("stm-recipient-told-webhook"),
            Notify::No(why) => {
                let reason = sentences::note(lang, why);
                lang.text_with("stm-recipient-told-none", &[("reason", reason.into())])
            }
        },
        choice: recipient
            .choice
            .as_ref()
            .map(|choice| sentences::note(lang, choice)),
    }
}

/// The portal, the mailboxes, the links, and what the statement itself names.
fn channels(config: &Config, policy: &Policy, lang: Lang, portal: &str) -> Vec<Way> {
    let vendor = &config.vendor;
    let addresses: Vec<String> = vendor
        .privacy_addresses
        .iter()
        .map(|address| address.as_str().to_owned())
        .collect();
    let way = |who: &str, how: String| Way {
        who: lang.text(who),
        how,
        address: None,
    };
    let mut link = lang.text("stm-channel-link-text");
    if let Some(mailbox) = &config.unsubscribe.mailto {
        link += " ";
        link += &lang.text_with(
            "stm-channel-mailto",
            &[("address", mailbox.as_str().into())],
        );
    }
    let mut ways = vec![
        way(
            "stm-channel-portal",
            lang.text_with("stm-channel-portal-text", &[("link", portal.into())]),
        ),
        Way {
            address: addresses.first().cloned(),
            ..way(
                "stm-channel-mail",
                lang.text_with(
                    "stm-channel-mail-text",
                    &[("addresses", lang.list(&addresses).into())],
                ),
            )
        },
        way("stm-channel-link", link),
    ];
    ways.extend(policy.channels.iter().map(|channel| Way {
        who: channel.who.of(lang.tag()).to_owned(),
        how: match &channel.address {
            Some(address) => address.as_str().to_owned(),
            None => lang.text("stm-channel-here"),
        },
        address: channel.address.as_ref().map(|of| of.as_str().to_owned()),
    }));
    ways
}

/// What would change with the next start: this process against the version that is stored as in
/// force. Nothing before the first start.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn coming(app: &App, lang: Lang) -> Result<Vec<Difference>, ActionError> {
    match app.db.read(db::policies::in_force).await? {
        None => Ok(Vec::new()),
        Some(last) => Ok(differences(&stored(&last, lang)?, &build(app, lang, None))),
    }
}

/// One difference between two statements in the same language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The rule, recipient or part that it is about.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// What it said; none if it is new.
    pub before: Option<String>,
    /// What it says; none if it is gone.
    pub after: Option<String>,
}

/// What a reader would find changed, in the order of the new statement; what is gone comes last.
pub fn differences(old: &Statement, new: &Statement) -> Vec<Difference> {
    let (old, new) = (facts(old), facts(new));
    let find = |facts: &[Fact], id: &str| facts.iter().find(|fact| fact.id == id).cloned();
    let mut found = Vec::new();
    for fact in &new {
        let before = find(&old, &fact.id).map(|old| old.says);
        if before.as_ref() != Some(&fact.says) {
            found.push(Difference {
                id: fact.id.clone(),
                title: fact.title.clone(),
                before,
                after: Some(fact.says.clone()),
            });
        }
    }
    for fact in old {
        if find(&new, &fact.id).is_none() {
            found.push(Difference {
                id: fact.id,
                title: fact.title,
                before: Some(fact.says),
                after: None,
            });
        }
    }
    found
}

#[derive(Clone)]
struct Fact {
    id: String,
    title: String,
    says: String,
}

/// All that a statement says, a sentence or a few for each thing. Quotes and choices are the
/// operator's notes: a change of them changes nothing for people.
fn facts(statement: &Statement) -> Vec<Fact> {
    let lang = statement.lang();
    let join = |parts: Vec<String>| {
        let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        said.join(" ")
    };
    let ended = |text: &str| {
        if text.is_empty() || text.ends_with(['.', '!', '?']) {
            text.to_owned()
        } else {
            format!("{text}.")
        }
    };
    let row = |kept: &Kept| Fact {
        id: kept.id.clone(),
        title: kept.data.clone(),
        says: join(vec![
            ended(&kept.period),
            ended(kept.then.as_deref().unwrap_or_default()),
            ended(&kept.purposes.join("; ")),
            ended(&kept.grounds.join("; ")),
            ended(kept.law.as_deref().unwrap_or_default()),
            ended(kept.place.as_deref().unwrap_or_default()),
        ]),
    };
    let controller = &statement.controller;
    let mut facts = vec![Fact {
        id: "controller".to_owned(),
        title: lang.text("stm-controller"),
        says: join(vec![
            ended(&controller.address),
            ended(&controller.mail.join(", ")),
        ]),
    }];
    facts.extend(statement.kept.iter().map(row));
    facts.extend(statement.backups.iter().map(row));
    facts.extend(statement.own.iter().map(row));
    facts.extend(statement.statistics.iter().map(|statistic| Fact {
        id: format!("statistic:{}", statistic.id),
        title: statistic.name.clone(),
        says: join(vec![
            ended(&statistic.says),
            ended(&statistic.fields.join(", ")),
            ended(&statistic.place),
        ]),
    }));
    facts.extend(statement.recipients.iter().map(|recipient| Fact {
        id: format!("recipient:{}", recipient.name),
        title: recipient.name.clone(),
        says: join(vec![
            ended(&recipient.role),
            ended(&recipient.gets.join(", ")),
            ended(&recipient.place),
            ended(&recipient.transfer),
            ended(&recipient.told),
        ]),
    }));
    facts.extend(statement.channels.iter().map(|way| Fact {
        id: format!("channel:{}", way.who),
        title: way.who.clone(),
        says: ended(&way.how),
    }));
    facts.push(Fact {
        id: "authority".to_owned(),
        title: lang.text("stm-complain"),
        says: format!("{} ({})", statement.authority.name, statement.authority.url),
    });
    facts
}

/// The statement of the demonstration, without its database.
#[cfg(test)]
pub(crate) fn sample(lang: Lang) -> Statement {
    tests::of(crate::config::policy::BUILT_IN, lang)
}

/// The record of processing of the demonstration.
#[cfg(test)]
pub(crate) fn sample_record(lang: Lang) -> super::registers::Processing {
    tests::with(crate::config::policy::BUILT_IN, |sources| {
        super::registers::of(sources, lang)
    })
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::config::policy;

    /// The statement of a policy, as the demonstration's vendor would say it.
    pub(super) fn of(text: &str, lang: Lang) -> Statement {
        let since = jiff::civil::date(2026, 11, 21);
        with(text, |sources| sources.build(lang, Some(since)))
    }

    /// What comes of a policy with the configuration of the demonstration.
    pub(super) fn with<T>(text: &str, make: impl FnOnce(Sources<'_>) -> T) -> T {
        let policy = policy::parse(text).unwrap_or_else(|errors| panic!("{errors}"));
        let bind = SocketAddr::from(([127, 0, 0, 1], 8080));
        let config = Config::demo(std::path::Path::new("demo"), bind).expect("a loopback address");
        let archive = r#"
            name = "archive"
            title = "Archive"
            category = "outside"
            [manual]
            instructions = "Look into the archive."
        "#;
        let folder = std::path::Path::new("");
        let archive = crate::config::stores::parse(archive, folder, &|_| None).expect("a store");
        make(Sources {
            config: &config,
            policy: &policy,
            version: "4be1c09a7f12",
            stores: &[&archive],
        })
    }

    const POLICIES: [(&str, &str); 6] = [
        ("standard", policy::BUILT_IN),
        ("redmoon", include_str!("../../policies/redmoon.toml")),
        ("raledo", include_str!("../../policies/raledo.toml")),
        ("unit6", include_str!("../../policies/unit6.toml")),
        ("dragonsoft", include_str!("../../policies/dragonsoft.toml")),
        (
            "alpha-serve",
            include_str!("../../policies/alpha-serve.toml"),
        ),
    ];

    fn renderings(lang: Lang, statement: &Statement) -> [String; 3] {
        [
            render::html(lang, statement),
            render::markdown(lang, statement),
            render::json(statement),
        ]
    }

    /// What askama writes for a character that HTML gives a meaning.
    fn in_html(text: &str) -> String {
        text.replace('&', "&#38;")
            .replace('<', "&#60;")
            .replace('>', "&#62;")
            .replace('"', "&#34;")
            .replace('\'', "&#39;")
    }

    #[test]
    fn every_policy_is_told_in_every_language_and_form_rule_by_rule() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/samples");
        std::fs::create_dir_all(&folder).expect("target can be written");
        for (name, text) in POLICIES {
            let policy = policy::parse(text).expect("a policy");
            for &lang in Lang::all() {
                let statement = of(text, lang);
                let [html, markdown, json] = renderings(lang, &statement);
                let file = folder.join(format!("statement-{name}.{}.html", lang.tag()));
                std::fs::write(file, &html).expect("target can be written");
                for rule in &policy.rules {
                    let data = rule.data.of(lang.tag());
                    let promise = sentences::promise(lang, rule);
                    assert!(html.contains(&in_html(data)), "{name} {}", rule.id);
                    assert!(html.contains(&in_html(&promise)), "{name} {}", rule.id);
                    assert!(markdown.contains(&promise), "{name} {}", rule.id);
                    assert!(json.contains(&promise), "{name} {}", rule.id);
                    if let Some(law) = &rule.law {
                        assert!(html.contains(&in_html(law)), "{name} {}", rule.id);
                    }
                }
                for statistic in &policy.statistics {
                    let said = of_statistic(lang, statistic);
                    for text in [&said.name, &said.says, &said.fields.join(", ")] {
                        assert!(html.contains(&in_html(text)), "{name} {text}");
                        assert!(json.contains(&said.says), "{name} {text}");
                    }
                    assert!(markdown.contains(&said.says), "{name} {}", said.id);
                }
                for recipient in &policy.recipients {
                    assert!(html.contains(&in_html(&recipient.name)), "{name}");
                    assert!(json.contains(recipient.place.of(lang.tag())), "{name}");
                }
                for text in [&html, &markdown, &json] {
                    assert!(!text.contains("{ $") && !text.contains("{$"), "{name}");
                    assert!(!text.contains("rule-") && !text.contains("stm-"), "{name}");
                }
                let read: Statement = serde_json::from_str(&json).expect("its own JSON");
                assert_eq!(read, statement);
            }
        }
    }

    #[test]
    fn a_rule_changed_in_the_policy_changes_every_rendering_and_is_named_as_the_difference() {
        let changed =
            policy::BUILT_IN.replacen("period = \"6 months\"", "period = \"5 months\"", 1);
        for &lang in Lang::all() {
            let (old, new) = (of(policy::BUILT_IN, lang), of(&changed, lang));
            let five = sentences::period(lang, crate::domain::deadline::Period::Months(5));
            for (before, after) in renderings(lang, &old).iter().zip(renderings(lang, &new)) {
                assert!(!before.contains(&five) && after.contains(&five));
            }
            let found = differences(&old, &new);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].id, "trial-contact");
            assert!(
                found[0]
                    .after
                    .as_ref()
                    .is_some_and(|after| after.contains(&five))
            );
            assert_eq!(differences(&old, &old), []);
        }
    }

    #[test]
    fn the_record_of_processing_names_every_rule_recipient_and_transfer() {
        for (name, text) in POLICIES {
            let policy = policy::parse(text).expect("a policy");
            for &lang in Lang::all() {
                let record = with(text, |sources| super::super::registers::of(sources, lang));
                let text = super::super::registers::markdown(lang, &record);
                for rule in &policy.rules {
                    assert!(text.contains(&sentences::promise(lang, rule)), "{name}");
                }
                for recipient in &policy.recipients {
                    let transfer = sentences::transfer(lang, recipient);
                    assert!(text.contains(&recipient.name), "{name}");
                    assert!(
                        !recipient.is_transfer() || text.contains(&transfer),
                        "{name}: {transfer}"
                    );
                }
                for statistic in &policy.statistics {
                    let said = of_statistic(lang, statistic);
                    assert!(text.contains(&said.says), "{name} {}", said.id);
                    assert!(text.contains(&said.name), "{name} {}", said.id);
                }
                assert!(!text.contains("register-"), "{name}");
            }
        }
    }

    #[test]
    fn what_is_new_and_what_is_gone_is_named() {
        let without = policy::BUILT_IN.replace("Letterbird", "Postpigeon");
        let found = differences(&of(policy::BUILT_IN, Lang::En), &of(&without, Lang::En));
        let ids: Vec<(&str, bool, bool)> = found
            .iter()
            .map(|one| (one.id.as_str(), one.before.is_some(), one.after.is_some()))
            .collect();
        assert_eq!(
            ids,
            [
                ("recipient:Postpigeon", false, true),
                ("recipient:Letterbird", true, false)
            ]
        );
    }

    #[test]
    fn no_text_of_a_statement_is_broken_off_or_doubled() {
        for (name, text) in POLICIES {
            for &lang in Lang::all() {
                for fact in facts(&of(text, lang)) {
                    assert!(
                        !fact.says.contains("..") && !fact.says.contains("  "),
                        "{name}: {}",
                        fact.says
                    );
                }
            }
        }
    }
}

//! The domain's words in the reader's language.

use crate::app::App;
use crate::domain::deadline::Period;
use crate::domain::request::{Field, Kind, RefusalReason};
use crate::domain::retention::{Category, Policy, Rule, Words};
use crate::domain::run::RunStore;
use crate::domain::store::{Ground, ItemKind, Level, StoreName};
use crate::i18n::Lang;

/// What a person asks for: "Remove my data".
pub fn right(lang: Lang, kind: Kind) -> String {
    lang.text(match kind {
        Kind::Access => "right-review",
        Kind::Rectification => "right-rectification",
        Kind::Erasure => "right-removal",
        Kind::Objection => "right-unsubscribe",
    })
}

/// A built-in store by its name on pages; another system by the title it was given.
pub fn store(app: &App, lang: Lang, name: &StoreName) -> String {
    if let Some(file) = app.store_file(name) {
        return file.title.of(lang.tag()).to_owned();
    }
    our_store(lang, name)
}

/// A store in our own database by its name on pages.
pub fn our_store(lang: Lang, name: &StoreName) -> String {
    match name.0.as_str() {
        "licence" => lang.text("store-licence"),
        "trial" => lang.text("store-trial"),
        "ticket" => lang.text("store-ticket"),
        "installation" => lang.text("store-installation"),
        other => other.to_owned(),
    }
}

/// How far an erasure goes in a store of another system and what stays there, a sentence each; nothing
/// where all of it goes.
pub fn reach(app: &App, lang: Lang, row: &RunStore) -> Vec<String> {
    let level = row.level.filter(|level| *level == Level::Manual);
    let by_hand =
        level.map(|level| lang.text_with("reach-level", &[("level", level.as_str().into())]));
    by_hand.into_iter().chain(stays(app, lang, row)).collect()
}

/// What stays in a store of another system after an erasure, a sentence each.
pub fn stays(app: &App, lang: Lang, row: &RunStore) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(level @ (Level::Content | Level::Record)) = row.level {
        lines.push(lang.text_with("reach-level", &[("level", level.as_str().into())]));
    }
    if !row.leaves.is_empty() {
        let leaves: Vec<String> = row
            .leaves
            .iter()
            .map(|left| lang.text_with("reach-leftover", &[("leftover", left.as_str().into())]))
            .collect();
        let leaves = lang.list(&leaves);
        lines.push(lang.text_with("reach-leaves", &[("leaves", leaves.into())]));
    }
    if let Some(file) = app.store_file(&row.store) {
        let copies: Vec<String> = file
            .copies
            .iter()
            .map(|copy| copy.of(lang.tag()).to_owned())
            .collect();
        if !copies.is_empty() {
            let copies = lang.list(&copies);
            lines.push(lang.text_with("reach-copies", &[("copies", copies.into())]));
        }
    }
    lines
}

/// A key of the access list: what it is, which, and what for or where.
pub fn key(lang: Lang, kind: &str, name: &str, place: &str) -> (String, String, String) {
    let place = match kind {
        "key-file" => lang.text_with("access-key-purpose", &[("purpose", place.into())]),
        _ => place.to_owned(),
    };
    let kind = lang.text_with("access-key-kind", &[("kind", kind.into())]);
    (kind, name.to_owned(), place)
}

/// What an item is.
pub fn item_kind(lang: Lang, kind: ItemKind) -> String {
    lang.text(match kind {
        ItemKind::LicenceContact => "item-licence-contact",
        ItemKind::SaleContact => "item-sale-contact",
        ItemKind::TrialContact => "item-trial-contact",
        ItemKind::Ticket => "item-ticket",
        ItemKind::Participant => "item-participant",
        ItemKind::TicketMessage => "item-ticket-message",
        ItemKind::TicketFile => "item-ticket-file",
        ItemKind::Mention => "item-mention",
        ItemKind::Installation => "item-installation",
        ItemKind::Account => "item-account",
        ItemKind::History => "item-history",
        ItemKind::Record => "item-record",
        ItemKind::Manual => "item-manual",
    })
}

/// A legal ground; tax law with its configured name.
pub fn ground(app: &App, lang: Lang, ground: Ground) -> String {
    match ground {
        Ground::ActiveContract => lang.text("ground-active-contract"),
        Ground::TaxLaw => lang.text_with("ground-tax-law", &[("law", app.policy.tax().law.into())]),
        Ground::LegalObligation => lang.text("ground-legal-obligation"),
        Ground::LegalClaims => lang.text("ground-legal-claims"),
        Ground::ThirdParty => lang.text("ground-third-party"),
        Ground::NotAsked => lang.text("ground-not-asked"),
    }
}

/// A category of the retention rules.
pub fn category(lang: Lang, category: Category) -> String {
    lang.text_with(
        "retention-category",
        &[("category", category.as_str().into())],
    )
}

/// A text of the policy in the reader's language.
pub fn in_lang(lang: Lang, words: &Words) -> &str {
    match lang {
        Lang::En => &words.en,
        Lang::De => &words.de,
    }
}

/// What a rule is about; its name, if the rules in force do not know it any more.
pub fn rule_data(lang: Lang, policy: &Policy, rule: &str) -> String {
    policy.rule(rule).map_or_else(
        || rule.to_owned(),
        |rule| in_lang(lang, &rule.data).to_owned(),
    )
}

/// How long a period is.
pub fn period(lang: Lang, period: Period) -> String {
    let (unit, n) = match period {
        Period::Days(n) => ("days", i64::from(n)),
        Period::Months(n) => ("months", i64::from(n)),
        Period::Years(n) => ("years", i64::from(n)),
    };
    lang.text_with(
        "retention-period",
        &[("unit", unit.into()), ("n", n.into())],
    )
}

/// When a rule has its data go.
pub fn goes(lang: Lang, rule: &Rule) -> String {
    let long = |of: Option<Period>| of.map(|of| period(lang, of)).unwrap_or_default();
    let anchor = lang.text_with(
        "retention-anchor",
        &[("anchor", rule.anchor.as_str().into())],
    );
    lang.text_with(
        "retention-goes",
        &[
            ("kind", rule.kind.as_str().into()),
            ("period", long(rule.period).into()),
            ("most", long(rule.at_latest).into()),
            ("anchor", anchor.into()),
        ],
    )
}

/// A field that can be corrected.
pub fn field(lang: Lang, field: Field) -> String {
    lang.text(match field {
        Field::Name => "field-name",
        Field::Email => "field-email",
        Field::Phone => "field-phone",
        Field::Company => "field-company",
        Field::Address => "field-address",
        Field::Other => "field-other",
    })
}

/// The name of a field that holds something of the person, as stores name it.
pub fn held(lang: Lang, name: &str) -> String {
    match name {
        "name" => lang.text("held-name"),
        "email" => lang.text("held-email"),
        "phone" => lang.text("held-phone"),
        "company" => lang.text("held-company"),
        "address" => lang.text("held-address"),
        "subject" => lang.text("held-subject"),
        "message" => lang.text("held-message"),
        "file" => lang.text("held-file"),
        "account" => lang.text("held-account"),
        "secret" => lang.text("held-secret"),
        other => other.to_owned(),
    }
}

/// Why a request is refused, as a person reads it.
pub fn refusal(lang: Lang, reason: RefusalReason) -> String {
    lang.text(match reason {
        RefusalReason::IdentityNotEstablished => "refusal-identity",
        RefusalReason::ManifestlyUnfounded => "refusal-unfounded",
        RefusalReason::Excessive => "refusal-excessive",
        RefusalReason::LegalObligation => "refusal-obligation",
        RefusalReason::LegalClaims => "refusal-claims",
        RefusalReason::FreedomOfExpression => "refusal-expression",
        RefusalReason::ThirdPartyRights => "refusal-third-party",
        RefusalReason::NotController => "refusal-not-controller",
        RefusalReason::AccurateAsIs => "refusal-accurate",
        RefusalReason::AlreadyDone => "refusal-already-done",
    })
}

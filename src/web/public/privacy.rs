//! `/privacy`: read what the rules do. The rows come from the rules in force.

use askama::Template;

use super::status::Authority;
use crate::web::frame::PublicFrame;

/// The privacy statement.
#[derive(Template)]
#[template(path = "public/privacy.html")]
pub struct PrivacyPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The day since which these rules are in force.
    pub since: String,
    /// What is kept, why, and for how long.
    pub purposes: Vec<Purpose>,
    /// Who receives it (Art. 13(1)(e)).
    pub recipients: Vec<Recipient>,
    /// How long backups live, in whole sentences.
    pub backups: Option<String>,
    /// Where to complain.
    pub authority: Authority,
}

/// One purpose (Art. 13(1)(c)).
#[derive(Clone, Debug)]
pub struct Purpose {
    /// "When you buy a licence".
    pub title: String,
    /// What is collected.
    pub text: Option<String>,
    /// Term and value: why, on which legal ground, where.
    pub facts: Vec<(String, String)>,
    /// When it goes.
    pub gone: String,
}

/// Someone who receives data.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// Their name.
    pub name: String,
    /// What for.
    pub purpose: String,
    /// Where they are.
    pub place: String,
}

#[cfg(test)]
pub(crate) fn sample(l: crate::i18n::Lang) -> PrivacyPage {
    let purpose = |title: &str, why: &str, ground: &str, gone: &str| Purpose {
        title: title.into(),
        text: None,
        facts: vec![
            (l.text("table-why"), why.into()),
            (l.text("privacy-ground"), ground.into()),
            (
                l.text("privacy-where"),
                "Licence records, Frankfurt, Germany".into(),
            ),
        ],
        gone: gone.into(),
    };
    PrivacyPage {
        frame: crate::web::frame::sample(l, "/privacy"),
        since: "3 November 2026".into(),
        purposes: vec![
            Purpose {
                text: Some(
                    "We get the name, address, phone number and email of your contacts.".into(),
                ),
                ..purpose(
                    "When you buy a licence",
                    "To provide the app, updates and support",
                    "Contract, Article 6(1)(b)",
                    "6 months after your last maintenance period",
                )
            },
            purpose(
                "Invoices",
                "Bookkeeping",
                "Legal duty, Article 6(1)(c); AWR art. 52",
                "7 years after the year",
            ),
        ],
        recipients: vec![Recipient {
            name: "Polder Hosting".into(),
            purpose: "Servers for support and licences".into(),
            place: "Netherlands, Germany".into(),
        }],
        backups: Some(l.text_with("privacy-backups", &[("days", 30_i64.into())])),
        authority: Authority {
            name: "Autoriteit Persoonsgegevens".into(),
            href: "https://autoriteitpersoonsgegevens.nl/".into(),
        },
    }
}

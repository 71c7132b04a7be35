//! `/privacy`: read what the rules do. The rows come from the configuration in force, so that
//! they cannot differ from what happens.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::status::Authority;
use crate::actions::{access, words};
use crate::app::App;
use crate::domain::store::StoreName;
use crate::i18n::Lang;
use crate::web::error::WebResult;
use crate::web::extract::Visitor;
use crate::web::frame::PublicFrame;

/// GET /privacy
pub async fn show(app: Data<App>, visitor: Visitor) -> WebResult {
    let (l, vendor) = (visitor.lang, &app.config.vendor);
    let mut purposes: Vec<Purpose> = app
        .store_names()
        .iter()
        .map(|name| of_store(l, name))
        .collect();
    purposes.extend(of_rules(&app, l));
    let page = PrivacyPage {
        frame: visitor.frame(&app, "/privacy"),
        version: app.policy_version.to_string(),
        purposes,
        authority: Authority {
            name: vendor.authority_name.clone(),
            href: vendor.authority_url.as_str().to_owned(),
        },
    };
    visitor.page(&app, StatusCode::OK, &page)
}

/// What a store holds goes when the person asks.
fn of_store(l: Lang, name: &StoreName) -> Purpose {
    let why = match name.0.as_str() {
        "licence" => "privacy-why-licence",
        "trial" => "privacy-why-trial",
        "ticket" => "privacy-why-ticket",
        "installation" => "privacy-why-installation",
        _ => "privacy-why-other",
    };
    Purpose {
        title: words::store(l, name),
        why: l.text(why),
        ground: l.text("privacy-contract"),
        gone: l.text("privacy-gone-asked"),
    }
}

/// What the rules of this portal keep, and for how long.
fn of_rules(app: &App, l: Lang) -> [Purpose; 4] {
    let (tax, requests) = (app.policy.tax(), &app.config.requests);
    let duty = |law: &str| l.text_with("privacy-duty", &[("law", law.into())]);
    let purpose = |title, why, ground, gone| Purpose {
        title: l.text(title),
        why: l.text(why),
        ground,
        gone,
    };
    [
        purpose(
            "privacy-invoices",
            "privacy-invoices-why",
            duty(tax.law),
            l.text_with("privacy-invoices-gone", &[("years", tax.years.into())]),
        ),
        purpose(
            "bundle-requests",
            "privacy-requests-why",
            duty("GDPR Art. 5(2), 12"),
            l.text_with(
                "privacy-requests-gone",
                &[
                    ("days", requests.status_days_after_close.into()),
                    ("unconfirmed", requests.confirm_days.into()),
                ],
            ),
        ),
        purpose(
            "privacy-copies",
            "privacy-copies-why",
            duty("GDPR Art. 15"),
            l.text_with("privacy-copies-gone", &[("days", access::DAYS.into())]),
        ),
        purpose(
            "privacy-guards",
            "privacy-guards-why",
            duty("GDPR Art. 17, 21"),
            l.text("privacy-guards-gone"),
        ),
    ]
}

/// The privacy statement.
#[derive(Template)]
#[template(path = "public/privacy.html")]
pub struct PrivacyPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The version of these rules.
    pub version: String,
    /// What is kept, why, and for how long.
    pub purposes: Vec<Purpose>,
    /// Where to complain.
    pub authority: Authority,
}

/// One purpose (Art. 13(1)(c)).
#[derive(Clone, Debug)]
pub struct Purpose {
    /// "Licences and invoices".
    pub title: String,
    /// What it is for.
    pub why: String,
    /// The legal ground.
    pub ground: String,
    /// When it goes.
    pub gone: String,
}

#[cfg(test)]
pub(crate) fn sample(l: Lang) -> PrivacyPage {
    let purposes = ["licence", "trial", "ticket", "installation", "Archive"];
    let mut purposes: Vec<Purpose> = purposes
        .map(|name| of_store(l, &StoreName(name.into())))
        .into();
    purposes.push(Purpose {
        title: l.text("privacy-invoices"),
        why: l.text("privacy-invoices-why"),
        ground: l.text_with("privacy-duty", &[("law", "AWR art. 52".into())]),
        gone: l.text_with("privacy-invoices-gone", &[("years", 7_i64.into())]),
    });
    PrivacyPage {
        frame: crate::web::frame::sample(l, "/privacy"),
        version: "3f9c2a71".into(),
        purposes,
        authority: Authority {
            name: "Autoriteit Persoonsgegevens".into(),
            href: "https://autoriteitpersoonsgegevens.nl/".into(),
        },
    }
}

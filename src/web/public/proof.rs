//! `/proof`: how anyone can check a certificate, for somebody who never has and for experts.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use crate::actions::certificate;
use crate::app::App;
use crate::audit::note::VerifierKey;
use crate::web::error::{WebError, WebResult};
use crate::web::extract::Visitor;
use crate::web::frame::PublicFrame;

/// GET /proof
pub async fn show(app: Data<App>, visitor: Visitor) -> WebResult {
    let published = certificate::published(&app).await?;
    let l = visitor.lang;
    let witnesses = || app.config.audit.witnesses.iter();
    let page = ProofPage {
        frame: visitor.frame(&app, "/proof"),
        origin: published.origin,
        command: published.keys.first().map_or_else(String::new, |current| {
            command(&current.key, witnesses().map(|witness| &witness.key))
        }),
        keys: published
            .keys
            .iter()
            .map(|key| KeyRow {
                vkey: key.key.to_string(),
                since: l.date_long(app.date(key.since)),
                until: key.until.map(|at| l.date_long(app.date(at))),
            })
            .collect(),
        witnesses: witnesses()
            .map(|witness| WitnessRow {
                name: witness.key.name().to_owned(),
                vkey: witness.key.to_string(),
                url: witness.url.clone(),
            })
            .collect(),
        checkpoint: published.checkpoint,
    };
    visitor.page(&app, StatusCode::OK, &page)
}

/// GET /checkpoint: the newest checkpoint alone, for programs (C2SP tlog-tiles).
pub async fn checkpoint(app: Data<App>) -> WebResult {
    let published = certificate::published(&app).await?;
    let note = published.checkpoint.ok_or(WebError::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header(("Cache-Control", "no-cache"))
        .body(note))
}

/// The command that checks a downloaded certificate.
pub(super) fn command<'a>(
    log: &VerifierKey,
    witnesses: impl Iterator<Item = &'a VerifierKey>,
) -> String {
    let mut command = format!("lethe verify certificate.json --key '{log}'");
    for witness in witnesses {
        command += &format!(" --witness '{witness}'");
    }
    command
}

/// How anyone can check a certificate.
#[derive(Template)]
#[template(path = "public/proof.html")]
pub struct ProofPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The name of the log, as it stands in every checkpoint.
    pub origin: String,
    /// The log's keys, newest first.
    pub keys: Vec<KeyRow>,
    /// Who signs the checkpoints too; may be empty.
    pub witnesses: Vec<WitnessRow>,
    /// The newest checkpoint, as the text of its signed note; `None` before the first.
    pub checkpoint: Option<String>,
    /// The command that checks a certificate, complete with the key in use.
    pub command: String,
}

/// A key of the log.
#[derive(Clone, Debug)]
pub struct KeyRow {
    /// The verifier key, as the text of C2SP signed notes.
    pub vkey: String,
    /// The day since which it signs.
    pub since: String,
    /// The day on which it was replaced; `None` while it is in use.
    pub until: Option<String>,
}

/// A witness.
#[derive(Clone, Debug)]
pub struct WitnessRow {
    /// The name of its key.
    pub name: String,
    /// Its verifier key.
    pub vkey: String,
    /// Where it can be reached.
    pub url: String,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::{i18n::Lang, mail::letters, web::frame};

    /// With a witness and a key that was replaced; and the first day of a log that nobody witnesses.
    pub(crate) fn pages(l: Lang) -> [(&'static str, ProofPage); 2] {
        let vkey =
            "audit.vendor.example/dsr-log+2d4681d2+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
        let key = |vkey: &str, since: &str, until: Option<&str>| KeyRow {
            vkey: vkey.into(),
            since: since.into(),
            until: until.map(Into::into),
        };
        let old =
            "audit.vendor.example/dsr-log+8c5f20b1+AaX0c1nVxWbQyM2kGmVfQmYbA5TzqLw9bJr4hD8sKe0p";
        let witness = WitnessRow {
            name: "witness.example/w1".into(),
            vkey: "witness.example/w1+04d2d833+BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM".into(),
            url: "https://witness.example/".into(),
        };
        let page = |keys, witnesses, checkpoint| ProofPage {
            frame: frame::sample(l, "/proof"),
            origin: "audit.vendor.example/dsr-log".into(),
            keys,
            witnesses,
            checkpoint,
            command: format!("lethe verify certificate.json --key '{vkey}'"),
        };
        [
            (
                "proof",
                page(
                    vec![
                        key(vkey, "1 March 2026", None),
                        key(old, "4 February 2024", Some("1 March 2026")),
                    ],
                    vec![witness],
                    Some(letters::sample::CHECKPOINT.into()),
                ),
            ),
            (
                "proof-alone",
                page(vec![key(vkey, "4 February 2024", None)], Vec::new(), None),
            ),
        ]
    }
}

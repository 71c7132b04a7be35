//! `/proof`: how anyone can check a certificate, for somebody who never has and for experts.

use askama::Template;

use crate::web::frame::PublicFrame;

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

//! `/requests/{reference}/certificate`: the certificate of a closed request, to read, to print
//! and to keep. It says what the downloaded file says, in words.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use jiff::{SignedDuration, Timestamp};

use super::follow::{elsewhere, following};
use crate::actions::certificate::{Issued, Proved};
use crate::actions::words;
use crate::app::App;
use crate::certificate::statement::{Kept, Statement, StoreResult};
use crate::domain::request::{Kind, Outcome, Proof};
use crate::domain::store::{Ground, StoreName};
use crate::i18n::Lang;
use crate::web::error::{WebError, WebResult};
use crate::web::extract::{Visitor, attachment};
use crate::web::frame::PublicFrame;

/// GET /requests/{reference}/certificate
pub async fn show(app: Data<App>, visitor: Visitor, reference: Path<String>) -> WebResult {
    let Some(followed) = following(&app, &visitor, &reference).await? else {
        return elsewhere(&app, &visitor);
    };
    let issued = followed.certificate.ok_or(WebError::NotFound)?;
    visitor.page(&app, StatusCode::OK, &page(&app, &visitor, &issued))
}

/// GET /requests/{reference}/{file}: the certificate, its proof alone, or the salt.
pub async fn file(app: Data<App>, visitor: Visitor, path: Path<(String, String)>) -> WebResult {
    let (reference, file) = path.into_inner();
    let Some(followed) = following(&app, &visitor, &reference).await? else {
        return elsewhere(&app, &visitor);
    };
    let issued = followed.certificate.ok_or(WebError::NotFound)?;
    let proved = || issued.proved.as_ref().ok_or(WebError::NotFound);
    let (content_type, content) = match file.as_str() {
        "certificate.json" => ("application/json", proved()?.certificate.to_json()),
        "certificate.tlog-proof" => (
            "text/plain; charset=utf-8",
            proved()?.certificate.to_tlog_proof(),
        ),
        "certificate-salt.txt" => ("text/plain; charset=utf-8", issued.salt.to_string()),
        _ => return Err(WebError::NotFound),
    };
    Ok(attachment(content_type, &file).body(content))
}

fn page(app: &App, visitor: &Visitor, issued: &Issued) -> CertificatePage {
    let (l, statement) = (visitor.lang, &issued.statement);
    let path = format!("/requests/{}/certificate", statement.reference);
    let changed = statement
        .stores
        .iter()
        .any(|store| store.erased + store.corrected > 0);
    let backups = SignedDuration::from_hours(24 * i64::from(statement.backup_days));
    CertificatePage {
        frame: visitor.frame(app, &path),
        kind: statement.kind,
        outcome: statement.outcome,
        complete: statement
            .stores
            .iter()
            .all(|store| left(statement.kind, store) == 0),
        controller: statement.controller.clone(),
        reference: statement.reference.to_string(),
        asked: l.date_long(statement.received),
        proof: statement.identity.as_str().parse().ok(),
        done: l.date_long(app.date(statement.closed)),
        stores: statement
            .stores
            .iter()
            .map(|store| certified(app, l, statement, store))
            .collect(),
        kept: statement
            .stores
            .iter()
            .flat_map(|store| &store.kept)
            .map(|kept| ground(app, l, kept))
            .collect(),
        backups_until: changed.then(|| l.date_long(app.date(statement.closed + backups))),
        seal: issued
            .proved
            .as_ref()
            .map(|proved| seal(app, l, issued, proved)),
    }
}

/// Records that stayed as they were, or are kept.
fn left(kind: Kind, store: &StoreResult) -> u64 {
    match kind {
        Kind::Rectification => store.found.saturating_sub(store.corrected),
        Kind::Access | Kind::Erasure | Kind::Objection => {
            store.kept.iter().map(|kept| kept.count).sum()
        }
    }
}

fn certified(app: &App, l: Lang, statement: &Statement, store: &StoreResult) -> CertifiedStore {
    let number = |count: u64| l.number(count.cast_signed());
    let done = match statement.kind {
        Kind::Erasure | Kind::Objection => store.erased,
        Kind::Rectification => store.corrected,
        Kind::Access => store.handed_over,
    };
    CertifiedStore {
        name: words::store(app, l, &StoreName(store.store.to_string())),
        found: number(store.found),
        done: number(done),
        left: number(left(statement.kind, store)),
        checked: store
            .verified
            .map(|at| l.moment(&at.to_zoned(app.config.vendor.zone.clone()))),
    }
}

fn ground(app: &App, l: Lang, kept: &Kept) -> CertifiedKept {
    let ground: Option<Ground> = kept.ground.as_str().parse().ok();
    CertifiedKept {
        ground: ground.map_or_else(
            || kept.ground.to_string(),
            |ground| words::ground(app, l, ground),
        ),
        // The words of the ground name the tax law already.
        law: kept.law.clone().filter(|_| ground != Some(Ground::TaxLaw)),
        article: l.text_with("gdpr-article", &[("article", (&kept.article).into())]),
        count: l.number(kept.count.cast_signed()),
        until: kept.until.map(|day| l.date_medium(day)),
    }
}

fn seal(app: &App, l: Lang, issued: &Issued, proved: &Proved) -> Seal {
    let checkpoint = &proved.standing.checkpoint;
    let moment = |at: Timestamp| l.moment(&at.to_zoned(app.config.vendor.zone.clone()));
    Seal {
        log: checkpoint.origin.clone(),
        entry: l.number(proved.certificate.proof.index.cast_signed()),
        size: l.number(checkpoint.size.cast_signed()),
        signed: moment(proved.at),
        root: checkpoint.root.to_base64(),
        keys: issued.keys.iter().map(ToString::to_string).collect(),
        witnesses: proved
            .standing
            .witnessed
            .iter()
            .map(|signed| Witnessed {
                name: signed.key.name().to_owned(),
                on: signed.time().map_or_else(String::new, moment),
                vkey: signed.key.to_string(),
            })
            .collect(),
        command: super::proof::command(
            &proved.standing.log_key,
            proved.standing.witnessed.iter().map(|signed| &signed.key),
        ),
        help: app.config.server.public_url.join("/proof"),
    }
}

/// The certificate of a closed request.
#[derive(Template)]
#[template(path = "public/certificate.html")]
pub struct CertificatePage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// What was asked for.
    pub kind: Kind,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether everything found was removed or corrected, with nothing kept.
    pub complete: bool,
    /// Who answers for the data: full name and postal address, on one line.
    pub controller: String,
    /// `7K4M-2QX9`.
    pub reference: String,
    /// The day on which it was asked.
    pub asked: String,
    /// How identity was proved; `None` where it never was.
    pub proof: Option<Proof>,
    /// The day on which the request was closed.
    pub done: String,
    /// What was done in each store; empty where no store was touched.
    pub stores: Vec<CertifiedStore>,
    /// What is kept on legal grounds (Art. 17(3)), one row for each ground and end.
    pub kept: Vec<CertifiedKept>,
    /// The day by which the last backup with a copy expires; `None` where nothing was removed or
    /// corrected.
    pub backups_until: Option<String>,
    /// The signature; `None` while it is being made. Then the page says so and nothing else.
    pub seal: Option<Seal>,
}

/// What was done in one store.
#[derive(Clone, Debug)]
pub struct CertifiedStore {
    /// What the person calls it: "Support tickets".
    pub name: String,
    /// Records found (of a correction: values), with grouped digits.
    pub found: String,
    /// Of them removed, corrected or handed over.
    pub done: String,
    /// Of them kept, or left as they were. A review leaves all, and shows none.
    pub left: String,
    /// When it was searched again and found empty, read back, or collected from.
    pub checked: Option<String>,
}

/// Records that are kept on one ground until one day.
#[derive(Clone, Debug)]
pub struct CertifiedKept {
    /// "Tax law: AWR art. 52".
    pub ground: String,
    /// The law that demands it, where the ground does not name it: "HGB § 257".
    pub law: Option<String>,
    /// "GDPR Art. 17(3)(b)".
    pub article: String,
    /// How many, with grouped digits.
    pub count: String,
    /// The day on which they go by themselves, where there is one.
    pub until: Option<String>,
}

/// What makes the certificate one: the signed log that holds its entry.
#[derive(Clone, Debug)]
pub struct Seal {
    /// The name of the log, its origin.
    pub log: String,
    /// The number of the entry, with grouped digits.
    pub entry: String,
    /// How many entries the signed log has, with grouped digits.
    pub size: String,
    /// When the log was signed, by the vendor's clock: its own signature holds no time.
    pub signed: String,
    /// The root of the signed log, in base64.
    pub root: String,
    /// The log's verifier keys, as the text of C2SP signed notes.
    pub keys: Vec<String>,
    /// Who signed the same checkpoint.
    pub witnesses: Vec<Witnessed>,
    /// The command that checks the downloaded file, complete with its keys.
    pub command: String,
    /// The full address of `/proof`, for paper.
    pub help: String,
}

/// A witness's signature under the checkpoint of a certificate.
#[derive(Clone, Debug)]
pub struct Witnessed {
    /// The name of its key.
    pub name: String,
    /// When it signed.
    pub on: String,
    /// Its verifier key.
    pub vkey: String,
}

impl CertificatePage {
    /// The words by which the title is chosen.
    fn what(&self) -> &'static str {
        match self.outcome {
            Outcome::Fulfilled | Outcome::NothingFound => self.kind.slug(),
            Outcome::Refused => "refused",
            Outcome::Withdrawn => "withdrawn",
        }
    }

    /// The words by which the first sentence is chosen.
    fn ended(&self) -> &'static str {
        match self.outcome {
            Outcome::NothingFound => "nothing",
            Outcome::Fulfilled | Outcome::Refused | Outcome::Withdrawn => self.what(),
        }
    }

    fn proved(&self) -> &'static str {
        self.proof.map_or("none", Proof::as_str)
    }

    /// The heading over what was done to the records of a store.
    fn done_heading(&self) -> &'static str {
        match self.kind {
            Kind::Access => "certificate-col-handed",
            Kind::Rectification => "corrected-done",
            Kind::Erasure | Kind::Objection => "table-removed",
        }
    }

    /// The heading over the records that stayed; a review has none.
    fn left_heading(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Access => None,
            Kind::Rectification => Some("corrected-left"),
            Kind::Erasure | Kind::Objection => Some("certificate-col-kept"),
        }
    }

    /// Whether any store says when it was looked at last.
    fn shows_checks(&self) -> bool {
        self.stores.iter().any(|store| store.checked.is_some())
    }

    /// The heading over the last look into a store.
    fn checked_heading(&self) -> &'static str {
        match self.kind {
            Kind::Access => "certificate-col-collected",
            Kind::Rectification => "certificate-col-read-back",
            Kind::Erasure | Kind::Objection => "certificate-col-searched",
        }
    }

    /// A sentence about the vendor.
    fn by(&self, id: &str) -> String {
        let vendor = ("controller", (&self.frame.vendor).into());
        self.frame.lang.text_with(id, &[vendor])
    }

    /// The page of the request, or an address below it.
    fn below(&self, rest: &str) -> String {
        format!("/requests/{}{rest}", self.reference)
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::{i18n::Lang, web::frame};

    /// A page for every sort of certificate, and its name.
    pub(crate) fn pages(l: Lang) -> Vec<(&'static str, CertificatePage)> {
        let page = |kind, stores| CertificatePage {
            frame: frame::sample(l, "/requests/7K4M-2QX9/certificate"),
            kind,
            outcome: Outcome::Fulfilled,
            complete: true,
            controller: "Northwind Apps B.V., Noordwindkade 14, Amsterdam, the Netherlands".into(),
            reference: "7K4M-2QX9".into(),
            asked: "20 November 2026".into(),
            proof: Some(Proof::MailboxAndCode),
            done: "11 December 2026".into(),
            stores,
            kept: Vec::new(),
            backups_until: Some("10 January 2027".into()),
            seal: Some(seal(l, true)),
        };
        let law = || "AWR art. 52".to_owned();
        let article = |article: &str| l.text_with("gdpr-article", &[("article", article.into())]);
        let kept = vec![
            CertifiedKept {
                ground: l.text_with("ground-tax-law", &[("law", law().into())]),
                law: None,
                article: article("Art. 17(3)(b)"),
                count: "1".into(),
                until: Some("31 December 2031".into()),
            },
            CertifiedKept {
                ground: l.text("ground-legal-obligation"),
                law: Some("HGB § 257".into()),
                article: article("Art. 17(3)(b)"),
                count: "1".into(),
                until: Some("31 December 2032".into()),
            },
            CertifiedKept {
                ground: l.text("ground-legal-claims"),
                law: None,
                article: article("Art. 17(3)(e)"),
                count: "1".into(),
                until: None,
            },
        ];
        let removed = || {
            vec![
                store(
                    l,
                    "store-licence",
                    ["5", "2", "3"],
                    "10 December 2026, 10:40",
                ),
                store(l, "store-trial", ["2", "2", "0"], "10 December 2026, 10:40"),
                store(
                    l,
                    "store-ticket",
                    ["40", "40", "0"],
                    "11 December 2026, 09:05",
                ),
                store(
                    l,
                    "store-installation",
                    ["0", "0", "0"],
                    "11 December 2026, 08:50",
                ),
            ]
        };
        let nothing = ["store-licence", "store-trial", "store-ticket"]
            .map(|name| store(l, name, ["0", "0", "0"], "21 November 2026, 10:40"));
        let corrected = vec![store(
            l,
            "store-licence",
            ["3", "2", "1"],
            "10 December 2026, 10:40",
        )];
        let copied = vec![
            store(l, "store-licence", ["5", "5", "0"], ""),
            store(l, "store-ticket", ["1,482", "1,482", "0"], ""),
        ];
        vec![
            (
                "removal",
                CertificatePage {
                    complete: false,
                    kept,
                    ..page(Kind::Erasure, removed())
                },
            ),
            (
                "nothing",
                CertificatePage {
                    outcome: Outcome::NothingFound,
                    backups_until: None,
                    seal: Some(seal(l, false)),
                    ..page(Kind::Erasure, nothing.into())
                },
            ),
            (
                "rectification",
                CertificatePage {
                    complete: false,
                    proof: Some(Proof::Mailbox),
                    ..page(Kind::Rectification, corrected)
                },
            ),
            (
                "review",
                CertificatePage {
                    proof: Some(Proof::Staff),
                    backups_until: None,
                    seal: Some(seal(l, false)),
                    ..page(Kind::Access, copied)
                },
            ),
            (
                "objection",
                CertificatePage {
                    proof: Some(Proof::Authority),
                    backups_until: None,
                    ..page(Kind::Objection, Vec::new())
                },
            ),
            (
                "refused",
                CertificatePage {
                    outcome: Outcome::Refused,
                    proof: None,
                    backups_until: None,
                    ..page(Kind::Erasure, Vec::new())
                },
            ),
            (
                "withdrawn",
                CertificatePage {
                    outcome: Outcome::Withdrawn,
                    backups_until: None,
                    ..page(Kind::Erasure, Vec::new())
                },
            ),
            (
                "unsigned",
                CertificatePage {
                    seal: None,
                    ..page(Kind::Erasure, removed())
                },
            ),
        ]
    }

    fn store(l: Lang, name: &str, [found, done, left]: [&str; 3], checked: &str) -> CertifiedStore {
        CertifiedStore {
            name: l.text(name),
            found: found.into(),
            done: done.into(),
            left: left.into(),
            checked: (!checked.is_empty()).then(|| checked.into()),
        }
    }

    fn seal(l: Lang, is_witnessed: bool) -> Seal {
        let key =
            "audit.vendor.example/dsr-log+2d4681d2+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
        let witness = Witnessed {
            name: "witness.example/w1".into(),
            on: "11 December 2026, 09:06".into(),
            vkey: "witness.example/w1+04d2d833+BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM".into(),
        };
        Seal {
            log: "audit.vendor.example/dsr-log".into(),
            entry: l.number(10_482_924),
            size: l.number(10_482_930),
            signed: "11 December 2026, 09:06".into(),
            root: "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=".into(),
            keys: vec![key.into()],
            witnesses: is_witnessed.then_some(witness).into_iter().collect(),
            command: format!("lethe verify certificate.json --key '{key}'"),
            help: "https://privacy.northwind.example/proof".into(),
        }
    }
}

//! `/status`: find a request again, and the pages that say what became of it. A reference opens
//! nothing; the link of a mail opens a session for one request. The GET of a link changes nothing.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use super::ask::address;
use super::follow::Press;
use crate::actions::{ActionError, status};
use crate::app::App;
use crate::domain::request::Kind;
use crate::web::error::WebResult;
use crate::web::extract::{CsrfForm, Limits, Visitor, see_other_following};
use crate::web::forms::{Errors, Field};
use crate::web::frame::PublicFrame;
use crate::web::parts::{Cells, Happening, Message, Reckoning};

/// GET /status
pub async fn form(app: Data<App>, visitor: Visitor) -> WebResult {
    show_form(&app, &visitor, StatusCode::OK, false, Field::default())
}

/// What that form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StatusForm {
    email: String,
}

/// POST /status: mails a fresh link.
pub async fn send(
    app: Data<App>,
    visitor: Visitor,
    limits: Data<Limits>,
    request: HttpRequest,
    form: CsrfForm<StatusForm>,
) -> WebResult {
    limits.network(&app, &request)?;
    let mut typed = Field::new(form.0.email);
    let Some(email) = address(visitor.lang, &mut typed) else {
        return show_form(
            &app,
            &visitor,
            StatusCode::UNPROCESSABLE_ENTITY,
            false,
            typed,
        );
    };
    limits.address(&app.address_digest(&email).bytes)?;
    let page = StatusSentPage {
        frame: visitor.frame(&app, "/status"),
        email: email.as_str().to_owned(),
    };
    status::send_links(&app, email, visitor.lang).await?;
    visitor.page(&app, StatusCode::OK, &page)
}

/// GET /status/{token}
pub async fn link(app: Data<App>, visitor: Visitor, token: Path<String>) -> WebResult {
    match status::look(&app, &token).await {
        Ok(_) => {
            let path = format!("/status/{token}");
            let page = StatusLinkPage {
                frame: visitor.frame(&app, &path),
                action: path,
            };
            visitor.page(&app, StatusCode::OK, &page)
        }
        Err(ActionError::NotFound) => stale(&app, &visitor),
        Err(error) => Err(error.into()),
    }
}

/// POST /status/{token}: opens the page of the request.
pub async fn open(
    app: Data<App>,
    visitor: Visitor,
    token: Path<String>,
    _form: CsrfForm<Press>,
) -> WebResult {
    match status::open(&app, &token).await {
        Ok((request, session)) => {
            let page = visitor
                .frame(&app, "/")
                .to(format!("/requests/{}", request.reference));
            Ok(see_other_following(&app, &page, &session))
        }
        Err(ActionError::NotFound) => stale(&app, &visitor),
        Err(error) => Err(error.into()),
    }
}

fn stale(app: &App, visitor: &Visitor) -> WebResult {
    show_form(app, visitor, StatusCode::NOT_FOUND, true, Field::default())
}

fn show_form(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    stale: bool,
    email: Field,
) -> WebResult {
    visitor.page(
        app,
        status,
        &StatusFormPage {
            frame: visitor.frame(app, "/status"),
            stale,
            email,
        },
    )
}

/// The form that mails a fresh link.
#[derive(Template)]
#[template(path = "public/status/form.html")]
pub struct StatusFormPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// Whether a link or session that no longer works led here.
    pub stale: bool,
    /// `email`.
    pub email: Field,
}

impl StatusFormPage {
    fn errors(&self) -> Errors {
        Errors::of([("email", &self.email)])
    }
}

/// The answer to that form, the same for every address.
#[derive(Template)]
#[template(path = "public/status/sent.html")]
pub struct StatusSentPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The address as it was typed.
    pub email: String,
}

/// The page of a mailed link: a button, because mail scanners open every link.
#[derive(Template)]
#[template(path = "public/status/link.html")]
pub struct StatusLinkPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// Where the form is sent.
    pub action: String,
}

/// Withdraw a request: the page before the deed.
#[derive(Template)]
#[template(path = "public/status/withdrawal.html")]
pub struct WithdrawalPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// What was asked for.
    pub kind: Kind,
    /// What was asked for, in words.
    pub asks: String,
    /// `7K4M-2QX9`.
    pub reference: String,
    /// When it was asked.
    pub asked: String,
    /// Where the form is sent.
    pub action: String,
    /// The page of the request.
    pub back: String,
}

/// The page of a request.
#[derive(Template)]
#[template(path = "public/status/status.html")]
pub struct StatusPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// What was asked for.
    pub kind: Kind,
    /// What was asked for, in words.
    pub asks: String,
    /// `7K4M-2QX9`.
    pub reference: String,
    /// What the last form on this page did, as a sentence.
    pub done: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// The way to the certificate, once the request is closed and one is made for it.
    pub certificate: Option<CertificateLink>,
    /// The longer time, where it was extended (Art. 12(3)).
    pub extension: Option<Extension>,
    /// Term and value: asked, due, done.
    pub facts: Vec<(String, String)>,
    /// How the due date was reckoned; `None` once the request is closed.
    pub reckoning: Option<Reckoning>,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// `details`: the reply; `None` where nobody can write any more.
    pub reply: Option<Field>,
    /// What happened, oldest first, and what comes.
    pub timeline: Vec<Happening>,
    /// Where to complain, once something was decided (Art. 12(4)).
    pub authority: Option<Authority>,
    /// Whether the request can still be withdrawn.
    pub withdrawable: bool,
    /// The day on which this page is erased.
    pub stays_until: Option<String>,
    /// Recipients, and whether each was told (Art. 19).
    pub told: Vec<(String, String)>,
}

/// How a request stands, with what its page shows above the facts.
#[derive(Clone, Debug)]
pub enum Standing {
    /// We wait until the person has proved who they are.
    Unproved,
    /// Staff look at it.
    Deciding {
        /// The date by which the person hears from us.
        due: String,
    },
    /// Staff asked something and wait for the answer.
    Question {
        /// What they asked.
        paragraphs: Vec<String>,
    },
    /// It was refused (Art. 12(4)).
    Refused {
        /// The reason.
        paragraphs: Vec<String>,
        /// The provision.
        article: String,
    },
    /// A removal is being carried out.
    Running {
        /// All records together.
        cells: Cells,
        /// Each place.
        stores: Vec<StoreRow>,
    },
    /// A removal is done.
    Erased(Erased),
    /// The copy lies ready.
    Bundle(Bundle),
    /// The copy was handed over and is deleted.
    Handed {
        /// When it was deleted.
        on: String,
    },
    /// A correction is done, or refused value by value.
    Corrected {
        /// Each value that was asked for.
        values: Vec<Correction>,
    },
    /// An objection that staff entered is in force.
    Unsubscribed,
    /// The person took it back.
    Withdrawn {
        /// When.
        on: String,
    },
}

/// The way from the page of a request to its certificate.
#[derive(Clone, Copy, Debug)]
pub struct CertificateLink {
    /// Whether the log that holds it is signed: until then there is nothing to open.
    pub ready: bool,
}

/// One place where records were.
#[derive(Clone, Debug)]
pub struct StoreRow {
    /// What the person calls it: "Support tickets".
    pub name: String,
    /// Records found, with grouped digits.
    pub found: String,
    /// Records removed, with grouped digits.
    pub removed: String,
    /// How far it is; once it is done, when it was checked empty.
    pub standing: String,
}

/// The end of a removal.
#[derive(Clone, Debug)]
pub struct Erased {
    /// All records together.
    pub cells: Cells,
    /// What was removed, place by place.
    pub removed: Vec<StoreRow>,
    /// What is kept on a legal ground (Art. 17(3)).
    pub kept: Vec<KeptRow>,
}

/// One record that stays.
#[derive(Clone, Debug)]
pub struct KeptRow {
    /// "Invoice of 14 March 2024".
    pub what: String,
    /// "Tax law: AWR art. 52".
    pub ground: String,
    /// "GDPR Article 17(3)(b)".
    pub article: String,
    /// The day on which it goes by itself, where there is one; under a hold the day of the review.
    pub until: Option<String>,
    /// Whether a legal hold keeps it.
    pub held: bool,
}

impl Erased {
    fn is_held(&self) -> bool {
        self.kept.iter().any(|kept| kept.held)
    }
}

/// A copy that lies ready (Art. 15(3)).
#[derive(Clone, Debug)]
pub struct Bundle {
    /// "48 records".
    pub holds: String,
    /// "1,434 kB".
    pub size: String,
    /// The day on which it is deleted.
    pub until: String,
    /// "Not yet", "Once".
    pub downloads: String,
    /// `code`, once a code was mailed.
    pub code: Option<Field>,
}

impl Bundle {
    fn send_label(&self) -> &'static str {
        if self.code.is_some() {
            "bundle-code-again"
        } else {
            "bundle-code-send"
        }
    }
}

/// One value of a correction.
#[derive(Clone, Debug)]
pub struct Correction {
    /// "Name".
    pub field: String,
    /// What stood there; empty where nothing did.
    pub before: String,
    /// What the person says is right.
    pub asked: String,
    /// Whether it was corrected.
    pub corrected: bool,
    /// Where it was corrected, or why not.
    pub outcome: String,
}

/// An extension by up to two months (Art. 12(3)).
#[derive(Clone, Debug)]
pub struct Extension {
    /// The new date.
    pub due: String,
    /// The reason.
    pub reason: String,
}

/// The supervisory authority (Art. 77).
#[derive(Clone, Debug)]
pub struct Authority {
    /// Its name.
    pub name: String,
    /// Its address on the web.
    pub href: String,
}

impl StatusPage {
    fn errors(&self) -> Errors {
        let code = match &self.standing {
            Standing::Bundle(bundle) => bundle.code.as_ref(),
            _ => None,
        };
        Errors::of(
            code.map(|code| ("code", code))
                .into_iter()
                .chain(self.reply.iter().map(|reply| ("details", reply))),
        )
    }

    /// Title and lead.
    fn texts(&self) -> (String, String) {
        let l = self.frame.lang;
        let kind = || ("kind", self.kind.slug().into());
        match &self.standing {
            Standing::Unproved => (l.text("status-unproved"), l.text("status-unproved-lead")),
            Standing::Unsubscribed => (l.text("unsub-done"), l.text("unsub-done-all")),
            Standing::Deciding { due } => (
                l.text_with("status-deciding", &[kind()]),
                l.text_with("status-deciding-lead", &[kind(), ("due", due.into())]),
            ),
            Standing::Question { .. } => {
                (l.text("status-question"), l.text("status-question-lead"))
            }
            Standing::Refused { .. } => (
                l.text_with("status-refused", &[kind()]),
                l.text("status-refused-lead"),
            ),
            Standing::Running { cells, .. } => (
                l.text("status-running"),
                l.text_with(
                    "status-running-lead",
                    &[("gone", cells.gone.into()), ("total", cells.total().into())],
                ),
            ),
            Standing::Erased(Erased { cells, .. }) => (
                l.text(if cells.gone == 0 && cells.kept > 0 {
                    "status-kept"
                } else {
                    "status-erased"
                }),
                l.text_with(
                    "status-erased-lead",
                    &[
                        ("gone", cells.gone.into()),
                        ("total", cells.total().into()),
                        ("kept", cells.kept.into()),
                    ],
                ),
            ),
            Standing::Bundle(bundle) => (
                l.text("status-bundle"),
                l.text_with("status-bundle-lead", &[("until", (&bundle.until).into())]),
            ),
            Standing::Handed { on } => (
                l.text("status-handed"),
                l.text_with("status-handed-lead", &[("on", on.into())]),
            ),
            Standing::Corrected { values } => {
                let corrected = values.iter().filter(|value| value.corrected).count();
                let left = values.len() - corrected;
                let counts = [("corrected", corrected.into()), ("left", left.into())];
                (
                    l.text_with("status-corrected", &counts),
                    l.text_with("status-corrected-lead", &counts),
                )
            }
            Standing::Withdrawn { on } => (
                l.text("status-withdrawn"),
                l.text_with("status-withdrawn-lead", &[("on", on.into())]),
            ),
        }
    }

    fn timeline_title(&self) -> &'static str {
        match self.standing {
            Standing::Refused { .. }
            | Standing::Erased(_)
            | Standing::Handed { .. }
            | Standing::Corrected { .. }
            | Standing::Unsubscribed
            | Standing::Withdrawn { .. } => "status-went",
            _ => "received-now",
        }
    }

    /// The class of the way to the certificate: the one main button of the page, unless the copy
    /// that lies ready has it.
    fn certificate_class(&self) -> &'static str {
        match self.standing {
            Standing::Bundle(_) => "button",
            _ => "button main",
        }
    }

    /// An address below this page's own.
    fn below(&self, resource: &str) -> String {
        format!("/requests/{}/{resource}", self.reference)
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::{
        i18n::Lang,
        web::{
            frame,
            parts::Tense,
            public::received::sample::{past, reckoning},
        },
    };

    const PATH: &str = "/requests/7K4M-2QX9";
    const TOKEN: &str = "/status/Hq3vX0tYk8mUe2ZcR5wL1A";

    pub(crate) fn form(lang: Lang) -> StatusFormPage {
        StatusFormPage {
            frame: frame::sample(lang, "/status"),
            stale: true,
            email: Field::default(),
        }
    }

    pub(crate) fn sent(lang: Lang) -> StatusSentPage {
        StatusSentPage {
            frame: frame::sample(lang, "/status"),
            email: "marta.kowalska@halden.example".into(),
        }
    }

    pub(crate) fn link(lang: Lang) -> StatusLinkPage {
        StatusLinkPage {
            frame: frame::sample(lang, TOKEN),
            action: TOKEN.into(),
        }
    }

    pub(crate) fn withdrawal(lang: Lang) -> WithdrawalPage {
        WithdrawalPage {
            frame: frame::sample(lang, "/requests/7K4M-2QX9/withdrawal"),
            kind: Kind::Erasure,
            asks: lang.text("asks-some"),
            reference: "7K4M-2QX9".into(),
            asked: "Friday 20 November 2026, 09:12".into(),
            action: "/requests/7K4M-2QX9/withdrawal".into(),
            back: PATH.into(),
        }
    }

    /// The reckoning of an extended request: three months from the receipt.
    fn extended_reckoning(l: Lang) -> Reckoning {
        let mut reckoning = reckoning(l);
        let months = l.text_with("reckoning-months", &[("months", 3_i64.into())]);
        reckoning.steps[1] = ("Sat 20 Feb 2027".into(), months);
        reckoning.steps[2].0 = "Mon 22 Feb 2027".into();
        reckoning
    }

    /// A page for every way in which a request can stand, and its name.
    pub(crate) fn pages(l: Lang) -> Vec<(&'static str, StatusPage)> {
        let due = || "Monday 21 December 2026".to_owned();
        let authority = || {
            Some(Authority {
                name: "Autoriteit Persoonsgegevens".into(),
                href: "https://autoriteitpersoonsgegevens.nl/".into(),
            })
        };
        let open = |kind: Kind, standing: Standing| StatusPage {
            frame: frame::sample(l, PATH),
            kind,
            asks: l.text_with("asks", &[("kind", kind.slug().into())]),
            reference: "7K4M-2QX9".into(),
            done: None,
            standing,
            certificate: None,
            extension: None,
            facts: vec![
                (l.text("confirm-asked"), "Friday 20 November 2026".into()),
                (l.text("status-due"), due()),
            ],
            reckoning: Some(reckoning(l)),
            messages: Vec::new(),
            reply: Some(Field::default()),
            timeline: timeline(l, kind, &[], true),
            authority: None,
            withdrawable: true,
            stays_until: None,
            told: Vec::new(),
        };
        let closed = |kind: Kind, since: &[&str], standing: Standing| StatusPage {
            certificate: Some(CertificateLink { ready: true }),
            timeline: timeline(l, kind, since, false),
            facts: vec![
                (l.text("confirm-asked"), "Friday 20 November 2026".into()),
                (l.text("status-done"), "Friday 11 December 2026".into()),
            ],
            reckoning: None,
            authority: authority(),
            withdrawable: false,
            stays_until: Some("11 March 2027".into()),
            told: vec![(
                "Tallow Bookkeeping".into(),
                l.text_with("notice-told", &[("on", "21 December 2026".into())]),
            )],
            ..open(kind, standing)
        };
        let refusal = vec!["We keep the name on this invoice: it was right on its day.".into()];
        vec![
            ("unproved", open(Kind::Erasure, Standing::Unproved)),
            (
                "deciding",
                StatusPage {
                    done: Some(l.text("status-reply-sent")),
                    messages: messages(l),
                    ..open(Kind::Erasure, Standing::Deciding { due: due() })
                },
            ),
            (
                "question",
                StatusPage {
                    timeline: timeline(l, Kind::Access, &["timeline-question"], true),
                    ..open(
                        Kind::Access,
                        Standing::Question {
                            paragraphs: vec!["Do you mean Halden Joinery or Halden Floors?".into()],
                        },
                    )
                },
            ),
            (
                "extended",
                StatusPage {
                    extension: Some(Extension {
                        due: "Monday 22 February 2027".into(),
                        reason: "A partner searches two archives for us and needs until January."
                            .into(),
                    }),
                    timeline: timeline(l, Kind::Access, &["timeline-extended"], true),
                    reckoning: Some(extended_reckoning(l)),
                    authority: authority(),
                    ..open(
                        Kind::Access,
                        Standing::Deciding {
                            due: "Monday 22 February 2027".into(),
                        },
                    )
                },
            ),
            (
                "refused",
                closed(
                    Kind::Rectification,
                    &["timeline-refused"],
                    Standing::Refused {
                        paragraphs: refusal,
                        article: "GDPR Article 17(3)(b)".into(),
                    },
                ),
            ),
            (
                "running",
                StatusPage {
                    withdrawable: false,
                    timeline: timeline(l, Kind::Erasure, &["timeline-accepted"], true),
                    ..open(
                        Kind::Erasure,
                        Standing::Running {
                            cells: Cells {
                                gone: 20,
                                todo: 26,
                                kept: 2,
                            },
                            stores: stores(),
                        },
                    )
                },
            ),
            (
                "running-many",
                StatusPage {
                    withdrawable: false,
                    timeline: timeline(l, Kind::Erasure, &["timeline-accepted"], true),
                    ..open(
                        Kind::Erasure,
                        Standing::Running {
                            cells: Cells {
                                gone: 900,
                                todo: 2_500,
                                kept: 2,
                            },
                            stores: stores(),
                        },
                    )
                },
            ),
            (
                "erased",
                StatusPage {
                    messages: messages(l),
                    ..closed(
                        Kind::Erasure,
                        &["timeline-accepted", "timeline-done"],
                        Standing::Erased(erased()),
                    )
                },
            ),
            (
                "erased-held",
                StatusPage {
                    stays_until: None,
                    ..closed(
                        Kind::Erasure,
                        &["timeline-accepted", "timeline-done"],
                        Standing::Erased(held(l)),
                    )
                },
            ),
            (
                "erased-unsigned",
                StatusPage {
                    certificate: Some(CertificateLink { ready: false }),
                    ..closed(
                        Kind::Erasure,
                        &["timeline-accepted", "timeline-done"],
                        Standing::Erased(erased()),
                    )
                },
            ),
            (
                "bundle-certified",
                closed(
                    Kind::Access,
                    &["timeline-checked", "timeline-bundle"],
                    Standing::Bundle(bundle(None)),
                ),
            ),
            ("bundle", open(Kind::Access, Standing::Bundle(bundle(None)))),
            (
                "bundle-code",
                StatusPage {
                    done: Some(l.text("status-code-sent")),
                    ..open(
                        Kind::Access,
                        Standing::Bundle(bundle(Some(Field::default()))),
                    )
                },
            ),
            (
                "bundle-wrong",
                open(
                    Kind::Access,
                    Standing::Bundle(bundle(Some(
                        Field::new("529 174").wrong(l.text("error-code-late")),
                    ))),
                ),
            ),
            (
                "handed",
                closed(
                    Kind::Access,
                    &["timeline-checked", "timeline-bundle", "timeline-done"],
                    Standing::Handed {
                        on: "11 December 2026".into(),
                    },
                ),
            ),
            (
                "corrected",
                closed(
                    Kind::Rectification,
                    &["timeline-question", "timeline-answered", "timeline-done"],
                    Standing::Corrected {
                        values: corrections(),
                    },
                ),
            ),
            (
                "unsubscribed",
                closed(Kind::Objection, &["timeline-done"], Standing::Unsubscribed),
            ),
            (
                "withdrawn",
                closed(
                    Kind::Erasure,
                    &["timeline-withdrawn"],
                    Standing::Withdrawn {
                        on: "1 December 2026".into(),
                    },
                ),
            ),
        ]
    }

    /// Asked and confirmed, then `since` in order, then what goes on and what comes.
    fn timeline(l: Lang, kind: Kind, since: &[&str], open: bool) -> Vec<Happening> {
        let args = [("kind", kind.slug().into())];
        let then = |tense, text| Happening {
            tense,
            when: None,
            text,
        };
        let mut timeline = vec![
            past(
                "2026-11-20T09:12",
                "20 November 2026, 09:12",
                l.text_with("timeline-asked", &args),
            ),
            past(
                "2026-11-20T09:20",
                "20 November 2026, 09:20",
                l.text_with("timeline-confirmed", &args),
            ),
        ];
        let later = |id: &&str| {
            past(
                "2026-12-10T10:38",
                "10 December 2026, 10:38",
                l.text_with(id, &args),
            )
        };
        timeline.extend(since.iter().map(later));
        if open {
            let now = match since {
                ["timeline-accepted"] => l.text("timeline-running"),
                _ => l.text_with("timeline-deciding", &args),
            };
            timeline.push(then(Tense::Now, now));
            timeline.push(then(Tense::Next, l.text_with("timeline-next", &args)));
        }
        timeline
    }

    fn messages(l: Lang) -> Vec<Message> {
        let message = |ours, author: String, text: &str| Message {
            ours,
            author,
            datetime: "2026-12-01T10:00".into(),
            when: "1 December 2026, 10:00".into(),
            paragraphs: vec![text.into()],
        };
        vec![
            message(
                false,
                l.text("status-you"),
                "Does this include the ticket that my colleague opened for me?",
            ),
            message(
                true,
                "Northwind Apps".into(),
                "Yes. Your name and address go from that ticket.",
            ),
        ]
    }

    fn stores() -> Vec<StoreRow> {
        let store = |name: &str, found: &str, removed: &str, standing: &str| StoreRow {
            name: name.into(),
            found: found.into(),
            removed: removed.into(),
            standing: standing.into(),
        };
        vec![
            store("Licences and invoices", "5", "3", "10 December 2026, 10:40"),
            store("Support tickets", "40", "40", "11 December 2026, 09:05"),
        ]
    }

    fn erased() -> Erased {
        Erased {
            cells: Cells {
                gone: 46,
                todo: 0,
                kept: 2,
            },
            removed: stores(),
            kept: vec![KeptRow {
                what: "Invoice of 14 March 2024".into(),
                ground: "Tax law: AWR art. 52".into(),
                article: "GDPR Art. 17(3)(b)".into(),
                until: Some("31 Dec 2031".into()),
                held: false,
            }],
        }
    }

    fn held(l: Lang) -> Erased {
        let review = [("date", "1 Mar 2027".into())];
        Erased {
            cells: Cells {
                gone: 0,
                todo: 0,
                kept: 2,
            },
            kept: vec![KeptRow {
                what: "Northwind Boards (E-4TR-9A1-7KD)".into(),
                ground: l.text("ground-legal-claims"),
                article: "GDPR Art. 17(3)(e)".into(),
                until: Some(l.text_with("erased-review", &review)),
                held: true,
            }],
            ..erased()
        }
    }

    fn bundle(code: Option<Field>) -> Bundle {
        Bundle {
            holds: "48 records".into(),
            size: "1,434 kB".into(),
            until: "11 January 2027".into(),
            downloads: "Not yet".into(),
            code,
        }
    }

    fn corrections() -> Vec<Correction> {
        let correction =
            |field: &str, before: &str, asked: &str, corrected, outcome: &str| Correction {
                field: field.into(),
                before: before.into(),
                asked: asked.into(),
                corrected,
                outcome: outcome.into(),
            };
        vec![
            correction(
                "Name",
                "Marta Kowalska",
                "Marta Kowalska-Lund",
                true,
                "in 3 places, read back",
            ),
            correction(
                "Phone",
                "",
                "+47 555 0143",
                false,
                "We hold no phone numbers of this kind.",
            ),
        ]
    }
}

//! `/admin/statement`: what changed in the privacy statement since people were told last, the letter
//! that would tell them, and the decision whether it goes.

use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use super::parts::Moment;
use super::{Trouble, field, status};
use crate::{
    actions::statement::{
        Difference,
        announce::{self, Overview},
    },
    app::App,
    i18n::Lang,
    web::{
        error::WebResult,
        extract::{CsrfForm, SignedIn, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/statement.html")]
struct StatementPage {
    frame: StaffFrame,
    errors: Errors,
    /// The version in force, and since when; none before a worker has started.
    version: Option<(String, Moment)>,
    /// The version that people were told of last.
    announced: String,
    /// Whether somebody must decide.
    due: bool,
    differences: Vec<Difference>,
    people: i64,
    letters: Vec<Preview>,
    reason: Field,
    past: Vec<PastRow>,
}

/// The letter in one language.
struct Preview {
    tag: &'static str,
    language: &'static str,
    subject: String,
    text: String,
}

struct PastRow {
    version: String,
    decided: Moment,
    by: String,
    what: String,
    /// The reason, or how far the letters are.
    note: String,
}

/// What the forms send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// The version that the person looked at.
    seen: String,
    reason: String,
}

/// GET /admin/statement
pub async fn show(app: Data<App>, me: SignedIn) -> WebResult {
    page(&app, &me, &Typed::default(), None).await
}

/// POST /admin/statement/letters
pub async fn send(app: Data<App>, me: SignedIn, CsrfForm(typed): CsrfForm<Typed>) -> WebResult {
    announce::send(&app, &me.actor, &typed.seen).await?;
    Ok(see_other_saying(
        &app,
        "/admin/statement",
        "admin-done-announced",
    ))
}

/// POST /admin/statement/exemption
pub async fn pass_over(
    app: Data<App>,
    me: SignedIn,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    match announce::pass_over(&app, &me.actor, &typed.seen, &typed.reason).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            "/admin/statement",
            "admin-done-not-announced",
        )),
        Err(error) => page(&app, &me, &typed, Some(Trouble::of(error)?)).await,
    }
}

async fn page(app: &App, me: &SignedIn, typed: &Typed, trouble: Option<Trouble>) -> WebResult {
    let lang = me.visitor.lang;
    let overview = announce::overview(app, &me.actor, lang).await?;
    let reason = field(lang, trouble, "reason", &typed.reason);
    let past: Vec<PastRow> = overview
        .past
        .iter()
        .map(|past| PastRow {
            version: past.version.clone(),
            decided: Moment::of(app, lang, past.decided_at),
            by: match past.decided_by {
                Some(id) => overview.names.get(&id).cloned().unwrap_or_default(),
                None => lang.text_with("admin-actor", &[("actor", "system".into())]),
            },
            what: lang.text_with(
                "admin-statement-decision",
                &[("decision", past.decision.as_str().into())],
            ),
            note: match (&past.reason, past.decision.as_str()) {
                (Some(reason), _) => reason.clone(),
                (None, "send") => lang.text_with(
                    "admin-statement-progress",
                    &[
                        (
                            "state",
                            if past.done_at.is_some() {
                                "done"
                            } else {
                                "open"
                            }
                            .into(),
                        ),
                        ("letters", past.letters.into()),
                        ("passed", past.passed_over.into()),
                    ],
                ),
                (None, _) => String::new(),
            },
        })
        .collect();
    let due = overview.is_due();
    let Overview {
        version,
        announced,
        differences,
        people,
        letters,
        ..
    } = overview;
    let template = StatementPage {
        frame: me.frame(app, Nav::Registers, Foot::NoData).await?,
        errors: Errors::of([("reason", &reason)]),
        version: version.map(|known| {
            let since = Moment::of(app, lang, known.in_force_at);
            (known.version, since)
        }),
        announced: announced.map_or_else(String::new, |known| known.version),
        due,
        differences,
        people,
        letters: letters.into_iter().map(preview).collect(),
        reason,
        past,
    };
    me.page(app, status(trouble), &template)
}

fn preview((lang, mail): (Lang, crate::mail::letters::Rendered)) -> Preview {
    Preview {
        tag: lang.tag(),
        language: lang.name(),
        subject: mail.subject,
        text: mail.text,
    }
}

#[cfg(test)]
pub(super) fn samples(lang: Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, moment, sample};
    use crate::mail::letters::sample as letters;

    let page = |due: bool, reason: Field| {
        let letter = letters::letters()
            .into_iter()
            .find_map(|(name, letter)| (name == "statement-changed").then_some(letter))
            .expect("a sample of the letter");
        StatementPage {
            frame: frame(lang, Nav::Registers),
            errors: Errors::of([("reason", &reason)]),
            version: Some(("4be1c09a7f12".into(), moment(lang, 9, 8))),
            announced: if due { "0c1d2e3f4a5b" } else { "4be1c09a7f12" }.into(),
            due,
            differences: vec![
                Difference {
                    id: "tickets".into(),
                    title: "Support tickets and what was uploaded to them".into(),
                    before: Some("Kept for 2 years after the closing of the ticket.".into()),
                    after: Some("Kept for 1 year after the closing of the ticket.".into()),
                },
                Difference {
                    id: "recipient:Letterbird".into(),
                    title: "Letterbird".into(),
                    before: None,
                    after: Some("Works with it for us and as we say. support tickets. USA.".into()),
                },
            ],
            people: 98_412,
            letters: Lang::all()
                .iter()
                .map(|l| preview((*l, letter.render(*l, &letters::sender()))))
                .collect(),
            reason,
            past: vec![PastRow {
                version: "0c1d2e3f4a5b".into(),
                decided: moment(lang, 1, 9),
                by: "Aino Salo".into(),
                what: lang.text_with("admin-statement-decision", &[("decision", "send".into())]),
                note: lang.text_with(
                    "admin-statement-progress",
                    &[
                        ("state", "done".into()),
                        ("letters", 98_001i64.into()),
                        ("passed", 212i64.into()),
                    ],
                ),
            }],
        }
    };
    vec![
        sample("statement", &page(true, Field::default())),
        sample(
            "statement-wrong",
            &page(
                true,
                Field::default().wrong(lang.text("admin-statement-no-reason")),
            ),
        ),
        sample("statement-told", &page(false, Field::default())),
    ]
}

//! `/admin/requests/{reference}/question`: ask the person for what is needed to go on. Both dates
//! are shown, because the regulation's text knows no suspension (Art. 12(6), EDPB 01/2022 par. 159).

use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use super::parts::person;
use super::{Trouble, alert, field, request_path, status};
use crate::{
    actions::{
        self,
        queries::cases::{self, Deed},
    },
    app::App,
    domain::{
        reference::Reference,
        request::{Kind, Version},
    },
    web::{
        error::WebResult,
        extract::{CsrfForm, SignedIn, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/question.html")]
struct Question {
    frame: StaffFrame,
    reference: String,
    version: i32,
    /// Whether something can be asked now; the alert says why not.
    may: bool,
    kind: Kind,
    person: String,
    errors: Errors,
    details: Field,
    /// The date without any suspension; it stays in force.
    due_strict: String,
    /// The day from which the suspended date is counted, if asked now.
    suspended_from: String,
}

/// What the form sends.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    seen: i32,
    #[serde(default)]
    details: String,
}

/// GET /admin/requests/{reference}/question
pub async fn show(app: Data<App>, me: SignedIn, reference: Path<Reference>) -> WebResult {
    page(&app, &me, *reference, &Typed::default(), None).await
}

/// POST /admin/requests/{reference}/question
pub async fn create(
    app: Data<App>,
    me: SignedIn,
    reference: Path<Reference>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    match actions::decide::ask(
        &app,
        &me.actor,
        *reference,
        Version(typed.seen),
        &typed.details,
    )
    .await
    {
        Ok(()) => Ok(see_other_saying(
            &app,
            &request_path(*reference),
            "admin-done-asked",
        )),
        Err(error) => page(&app, &me, *reference, &typed, Some(Trouble::of(error)?)).await,
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    reference: Reference,
    typed: &Typed,
    trouble: Option<Trouble>,
) -> WebResult {
    let case = cases::decision(app, &me.actor, reference).await?;
    let mut frame = me.frame(app, Nav::Queue, Foot::Person).await?;
    let possible = case.allows(app, Deed::Ask);
    alert(&mut frame, trouble, possible);
    let (lang, request) = (frame.lang, &case.opened.request);
    let details = match trouble {
        Some(Trouble::Field("details", "error-text-missing")) => {
            Field::default().wrong(lang.text("admin-question-no-details"))
        }
        _ => field(lang, trouble, "details", &typed.details),
    };
    let template = Question {
        reference: reference.to_string(),
        version: request.version.0,
        may: possible.is_ok(),
        kind: request.kind,
        person: person(lang, &case.opened),
        errors: Errors::of([("details", &details)]),
        details,
        due_strict: lang.date_long(request.due.strict),
        suspended_from: lang.date_long(app.today()),
        frame,
    };
    me.page(app, status(trouble), &template)
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, person_frame, sample};

    let page = |details: Field| Question {
        frame: person_frame(lang),
        reference: "7K4M-2QX9".into(),
        version: 4,
        may: true,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        errors: Errors::of([("details", &details)]),
        details,
        due_strict: lang.date_long(jiff::civil::date(2026, 12, 21)),
        suspended_from: lang.date_long(TODAY),
    };
    vec![
        sample("question", &page(Field::default())),
        sample(
            "question-wrong",
            &page(Field::default().wrong(lang.text("admin-question-no-details"))),
        ),
    ]
}

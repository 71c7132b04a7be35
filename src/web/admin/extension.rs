//! `/admin/requests/{reference}/extension`: two more months, once, with reasons, and only within the
//! first month (Art. 12(3)).

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
        request::{DecisionError, Kind, Version},
    },
    web::{
        error::WebResult,
        extract::{CsrfForm, SignedIn, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/extension.html")]
struct Extension {
    frame: StaffFrame,
    reference: String,
    version: i32,
    kind: Kind,
    person: String,
    chance: Chance,
    errors: Errors,
    /// Complexity or number: the law knows no third reason.
    details: Field,
}

/// Whether there can be an extension.
enum Chance {
    Open {
        /// The date in force.
        due: String,
        /// Three months from receipt.
        new_due: String,
    },
    /// The first month is over since this date.
    FirstMonthOver { since: String },
    /// It was extended already, to this date.
    Extended { to: String },
    /// It has ended; the alert says so.
    Over,
}

/// What the form sends.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    seen: i32,
    #[serde(default)]
    details: String,
}

/// GET /admin/requests/{reference}/extension
pub async fn show(app: Data<App>, me: SignedIn, reference: Path<Reference>) -> WebResult {
    page(&app, &me, *reference, &Typed::default(), None).await
}

/// POST /admin/requests/{reference}/extension
pub async fn create(
    app: Data<App>,
    me: SignedIn,
    reference: Path<Reference>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    match actions::decide::extend(
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
            "admin-done-extended",
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
    let (lang, request) = (frame.lang, &case.opened.request);
    let mut longer = request.due;
    longer.extend(&app.calculation(), request.received.on, app.clock.now());
    let chance = match case.allows(app, Deed::Extend) {
        Ok(()) => Chance::Open {
            due: lang.date_long(request.due.strict),
            new_due: lang.date_long(longer.strict),
        },
        Err(DecisionError::MonthOver) => Chance::FirstMonthOver {
            since: lang.date_medium(request.due.strict),
        },
        Err(DecisionError::AlreadyExtended) => Chance::Extended {
            to: lang.date_medium(request.due.strict),
        },
        Err(why) => {
            alert(&mut frame, None, Err(why));
            Chance::Over
        }
    };
    alert(&mut frame, trouble, Ok(()));
    let details = match trouble {
        Some(Trouble::Field("details", "error-text-missing")) => {
            Field::default().wrong(lang.text("admin-extension-no-details"))
        }
        _ => field(lang, trouble, "details", &typed.details),
    };
    let template = Extension {
        reference: reference.to_string(),
        version: request.version.0,
        kind: request.kind,
        person: person(lang, &case.opened),
        chance,
        errors: Errors::of([("details", &details)]),
        details,
        frame,
    };
    me.page(app, status(trouble), &template)
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{person_frame, sample};
    use jiff::civil::date;

    let page = |chance, details: Field| Extension {
        frame: person_frame(lang),
        reference: "7K4M-2QX9".into(),
        version: 4,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        chance,
        errors: Errors::of([("details", &details)]),
        details,
    };
    let open = || Chance::Open {
        due: lang.date_long(date(2026, 12, 21)),
        new_due: lang.date_long(date(2027, 2, 22)),
    };
    vec![
        sample("extension", &page(open(), Field::default())),
        sample(
            "extension-wrong",
            &page(
                open(),
                Field::new("").wrong(lang.text("admin-extension-no-details")),
            ),
        ),
        sample(
            "extension-late",
            &page(
                Chance::FirstMonthOver {
                    since: lang.date_medium(date(2026, 12, 21)),
                },
                Field::default(),
            ),
        ),
        sample(
            "extension-twice",
            &page(
                Chance::Extended {
                    to: lang.date_medium(date(2027, 2, 22)),
                },
                Field::default(),
            ),
        ),
    ]
}

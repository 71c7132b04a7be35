//! `/admin/requests/{reference}/refusal`: a reason from the law, an explanation in plain words, and
//! the remedies that go with every refusal (Art. 12(4)).

use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use super::parts::{Choice, person};
use super::{Trouble, alert, field, request_path, status};
use crate::{
    actions::{
        self,
        queries::cases::{self, Deed},
    },
    app::App,
    domain::{
        reference::Reference,
        request::{Kind, RefusalReason, Version},
    },
    i18n::Lang,
    web::{
        error::WebResult,
        extract::{CsrfForm, SignedIn, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/refusal.html")]
struct Refusal {
    frame: StaffFrame,
    reference: String,
    version: i32,
    /// Whether it can be refused now; the alert says why not.
    may: bool,
    kind: Kind,
    person: String,
    errors: Errors,
    /// The error of the select; the reasons carry the choice.
    reason: Field,
    /// The reasons that fit this kind; labels from [`reason_label`].
    reasons: Vec<Choice>,
    details: Field,
    /// The supervisory authority, with its address, as the person will read it.
    authority: String,
    /// The language the person reads.
    their_lang: Lang,
    /// The remedies as the person will read them, in their language.
    remedies: Vec<String>,
}

/// A reason for a refusal as staff read it, with its article.
pub(super) fn reason_label(lang: Lang, code: &str) -> String {
    lang.text_with("admin-reason", &[("reason", code.into())])
}

/// What the form sends.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    seen: i32,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    details: String,
}

/// GET /admin/requests/{reference}/refusal
pub async fn show(app: Data<App>, me: SignedIn, reference: Path<Reference>) -> WebResult {
    page(&app, &me, *reference, &Typed::default(), None).await
}

/// POST /admin/requests/{reference}/refusal
pub async fn create(
    app: Data<App>,
    me: SignedIn,
    reference: Path<Reference>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    let refused = match typed.reason.parse::<RefusalReason>() {
        Ok(reason) => actions::decide::refuse(
            &app,
            &me.actor,
            *reference,
            Version(typed.seen),
            reason,
            &typed.details,
        )
        .await
        .map_err(Trouble::of),
        Err(_) => Err(Ok(Trouble::Field("reason", "admin-refusal-no-reason"))),
    };
    match refused {
        Ok(()) => Ok(see_other_saying(
            &app,
            &request_path(*reference),
            "admin-done-refused",
        )),
        Err(trouble) => page(&app, &me, *reference, &typed, Some(trouble?)).await,
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
    let possible = case.allows(app, Deed::Refuse);
    alert(&mut frame, trouble, possible);
    let (lang, request) = (frame.lang, &case.opened.request);
    let their_lang = Lang::from_tag(&request.lang).unwrap_or(app.config.vendor.language);
    let reason = field(lang, trouble, "reason", &typed.reason);
    let details = match trouble {
        Some(Trouble::Field("details", "error-text-missing")) => {
            Field::default().wrong(lang.text("admin-refusal-no-details"))
        }
        _ => field(lang, trouble, "details", &typed.details),
    };
    let choice = |reason: RefusalReason| Choice {
        value: reason.to_string(),
        label: reason_label(lang, reason.as_str()),
        chosen: typed.reason == reason.as_str(),
    };
    let vendor = &app.config.vendor;
    let template = Refusal {
        reference: reference.to_string(),
        version: request.version.0,
        may: possible.is_ok(),
        kind: request.kind,
        person: person(lang, &case.opened),
        errors: Errors::of([("reason", &reason), ("details", &details)]),
        reason,
        reasons: case.refusal_reasons(app).into_iter().map(choice).collect(),
        details,
        authority: format!("{} ({})", vendor.authority_name, vendor.authority_url),
        their_lang,
        remedies: vec![their_lang.text_with(
            "mail-remedies",
            &[("authority", (&vendor.authority_name).into())],
        )],
        frame,
    };
    me.page(app, status(trouble), &template)
}

#[cfg(test)]
pub(super) fn samples(lang: Lang) -> Vec<super::samples::Sample> {
    use super::samples::{person_frame, sample};

    let codes = [
        "identity_not_established",
        "manifestly_unfounded",
        "excessive",
        "legal_obligation",
        "legal_claims",
        "freedom_of_expression",
        "third_party_rights",
        "not_controller",
        "accurate_as_is",
        "already_done",
    ];
    let page = |reason: Field, details: Field| Refusal {
        frame: person_frame(lang),
        reference: "7K4M-2QX9".into(),
        version: 4,
        may: true,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        errors: Errors::of([("reason", &reason), ("details", &details)]),
        reason,
        reasons: codes
            .map(|code| Choice {
                value: code.into(),
                label: reason_label(lang, code),
                chosen: false,
            })
            .into(),
        details,
        authority: "Autoriteit Persoonsgegevens, autoriteitpersoonsgegevens.example".into(),
        their_lang: Lang::En,
        remedies: vec![
            "You can complain to the Autoriteit Persoonsgegevens.".into(),
            "You can go to court.".into(),
        ],
    };
    let wrong = page(
        Field::default().wrong(lang.text("admin-refusal-no-reason")),
        Field::new("").wrong(lang.text("admin-refusal-no-details")),
    );
    vec![
        sample("refusal", &page(Field::default(), Field::default())),
        sample("refusal-wrong", &wrong),
    ]
}

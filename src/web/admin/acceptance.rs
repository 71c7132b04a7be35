//! `/admin/requests/{reference}/acceptance`: what will happen, and the one button that makes it
//! happen. A correction is accepted on its own page, value by value.

use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use super::parts::{HoldNotice, Moment, person};
use super::{Trouble, alert, request_path, status};
use crate::{
    actions::{
        self,
        decide::Accepted,
        queries::cases::{self, Case, Deed as Step},
        words,
    },
    app::App,
    domain::{
        reference::Reference,
        request::{Kind, Version},
    },
    web::{
        error::WebResult,
        extract::{CsrfForm, SignedIn, see_other, see_other_saying},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/acceptance.html")]
struct Acceptance {
    frame: StaffFrame,
    reference: String,
    version: i32,
    kind: Kind,
    person: String,
    deed: Deed,
    stores: Vec<StorePlan>,
    /// When the stores were searched, `today at 10:31`.
    searched: String,
    agreement: Agreement,
    /// The legal holds on the person: what is to go stays until they end.
    hold: Option<HoldNotice>,
    /// Whether it can be accepted now; the alert says why not.
    may: bool,
}

/// What the button does.
enum Deed {
    /// So many records are erased, so many stay on a legal ground.
    Erase { erase: i64, keep: i64 },
    /// Everything that was found is collected into a bundle, which the person can take for so many days.
    Collect { records: i64, days: i64 },
    /// A correction that changes nothing: no value differs.
    Correct,
    /// An objection that waits for a person, from a mail or a letter.
    Unsubscribe,
}

/// What happens in one store.
struct StorePlan {
    name: String,
    /// Records to erase or to collect.
    taken: String,
    /// Records that stay; empty for a review.
    kept: String,
    /// How far an erasure goes in another system, and what stays there.
    reach: Vec<String>,
}

/// Whether one person's word is enough.
enum Agreement {
    One,
    /// A second person must agree after this one.
    First,
    /// One has agreed; `may_agree` is false for the same person and for roles that may not.
    Second {
        by: String,
        at: Moment,
        may_agree: bool,
    },
}

impl Acceptance {
    fn is_erasure(&self) -> bool {
        matches!(self.deed, Deed::Erase { .. })
    }

    /// Red stands only where the press is final.
    fn erases_now(&self) -> bool {
        self.is_erasure() && self.hold.is_none() && !matches!(self.agreement, Agreement::First)
    }

    fn may_press(&self) -> bool {
        self.may
            && !matches!(
                self.agreement,
                Agreement::Second {
                    may_agree: false,
                    ..
                }
            )
    }
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    seen: i32,
}

/// GET /admin/requests/{reference}/acceptance
pub async fn show(app: Data<App>, me: SignedIn, reference: Path<Reference>) -> WebResult {
    page(&app, &me, *reference, None).await
}

/// POST /admin/requests/{reference}/acceptance
pub async fn create(
    app: Data<App>,
    me: SignedIn,
    reference: Path<Reference>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    let path = request_path(*reference);
    match actions::decide::accept(&app, &me.actor, *reference, Version(typed.seen)).await {
        Ok(Accepted::Started) => Ok(see_other_saying(
            &app,
            &format!("{path}/run"),
            "admin-done-accepted",
        )),
        Ok(Accepted::Proposed) => Ok(see_other_saying(&app, &path, "admin-done-proposed")),
        Err(error) => page(&app, &me, *reference, Some(Trouble::of(error)?)).await,
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    reference: Reference,
    trouble: Option<Trouble>,
) -> WebResult {
    let case = cases::decision(app, &me.actor, reference).await?;
    if case.opened.request.kind == Kind::Rectification && case.fields > 0 {
        return Ok(see_other(&format!(
            "{}/rectification",
            request_path(reference)
        )));
    }
    let mut frame = me.frame(app, Nav::Queue, Foot::Person).await?;
    let possible = case.allows(app, Step::Accept);
    alert(&mut frame, trouble, possible);
    let (lang, request) = (frame.lang, &case.opened.request);
    let plan = |row: &crate::domain::run::RunStore| StorePlan {
        name: words::store(app, lang, &row.store),
        taken: lang.number(match request.kind {
            Kind::Erasure => case.count_in(&row.store, "erase"),
            Kind::Access | Kind::Rectification | Kind::Objection => taken(&case, row),
        }),
        kept: lang.number(case.count_in(&row.store, "keep")),
        reach: match request.kind {
            Kind::Erasure => words::reach(app, lang, row),
            Kind::Access | Kind::Rectification | Kind::Objection => Vec::new(),
        },
    };
    let deed = match request.kind {
        Kind::Erasure => Deed::Erase {
            erase: case.count("erase"),
            keep: case.count("keep"),
        },
        Kind::Access => Deed::Collect {
            records: case.count("erase") + case.count("keep"),
            days: actions::access::DAYS,
        },
        Kind::Rectification => Deed::Correct,
        Kind::Objection => Deed::Unsubscribe,
    };
    let lists = matches!(deed, Deed::Erase { .. } | Deed::Collect { .. });
    let template = Acceptance {
        reference: reference.to_string(),
        version: request.version.0,
        kind: request.kind,
        person: person(lang, &case.opened),
        deed,
        stores: case
            .stores
            .iter()
            .filter(|row| lists && row.found > 0)
            .map(plan)
            .collect(),
        searched: case
            .searched_at()
            .map_or_else(String::new, |at| Moment::of(app, lang, at).when),
        agreement: agreement(app, me, &case),
        hold: case
            .hold
            .as_ref()
            .filter(|_| request.kind == Kind::Erasure)
            .map(|hold| HoldNotice::of(lang, hold)),
        may: possible.is_ok(),
        frame,
    };
    me.page(app, status(trouble), &template)
}

/// Records of a store that a bundle holds.
fn taken(case: &Case, row: &crate::domain::run::RunStore) -> i64 {
    case.count_in(&row.store, "erase") + case.count_in(&row.store, "keep")
}

fn agreement(app: &App, me: &SignedIn, case: &Case) -> Agreement {
    match case.proposed() {
        Some(first) => Agreement::Second {
            by: case.name(first.taken_by).unwrap_or_default().to_owned(),
            at: Moment::of(app, me.visitor.lang, first.taken_at),
            may_agree: first.taken_by != Some(me.staff.id),
        },
        None if app
            .config
            .requests
            .two_people
            .contains(&case.opened.request.kind) =>
        {
            Agreement::First
        }
        None => Agreement::One,
    }
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{moment, person_frame, sample};

    let plan = |name: &str, taken: i64, kept: &str| StorePlan {
        name: name.into(),
        taken: lang.number(taken),
        kept: kept.into(),
        reach: match name {
            "Request Tracker" | "Engineers’ copies" => {
                vec![lang.text_with("reach-level", &[("level", "record".into())])]
            }
            _ => Vec::new(),
        },
    };
    let page = || Acceptance {
        frame: person_frame(lang),
        reference: "7K4M-2QX9".into(),
        version: 4,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        deed: Deed::Erase { erase: 46, keep: 2 },
        stores: vec![
            plan("Licences", 3, "2"),
            plan("Trials", 2, "0"),
            plan("Support tickets", 41, "0"),
        ],
        searched: moment(lang, 10, 10).when,
        agreement: Agreement::One,
        hold: None,
        may: true,
    };
    let second = |may_agree| Agreement::Second {
        by: "Jonas Weber".into(),
        at: moment(lang, 9, 16),
        may_agree,
    };
    let review = |deed| Acceptance {
        kind: Kind::Access,
        deed,
        stores: vec![plan("Licences", 3, ""), plan("Support tickets", 41, "")],
        ..page()
    };
    vec![
        sample("acceptance", &page()),
        sample(
            "acceptance-held",
            &Acceptance {
                hold: Some(HoldNotice::sample(lang, false)),
                ..page()
            },
        ),
        sample(
            "acceptance-first",
            &Acceptance {
                agreement: Agreement::First,
                ..page()
            },
        ),
        sample(
            "acceptance-second",
            &Acceptance {
                agreement: second(true),
                ..page()
            },
        ),
        sample(
            "acceptance-own",
            &Acceptance {
                agreement: second(false),
                ..page()
            },
        ),
        sample(
            "acceptance-collect",
            &review(Deed::Collect {
                records: 44,
                days: 14,
            }),
        ),
        sample(
            "acceptance-nothing",
            &Acceptance {
                kind: Kind::Rectification,
                deed: Deed::Correct,
                may: false,
                ..page()
            },
        ),
        sample(
            "acceptance-objection",
            &Acceptance {
                kind: Kind::Objection,
                deed: Deed::Unsubscribe,
                stores: Vec::new(),
                ..page()
            },
        ),
    ]
}

//! `/admin/requests/{reference}/acceptance`: what will happen, and the one button that makes it
//! happen. A correction is accepted on its own page, value by value.

use askama::Template;

use super::parts::Moment;
use crate::{
    domain::request::Kind,
    web::frame_admin::{Nav, StaffFrame},
};

#[derive(Template)]
#[template(path = "admin/acceptance.html")]
struct Acceptance {
    frame: StaffFrame,
    reference: String,
    version: i64,
    kind: Kind,
    person: String,
    deed: Deed,
    stores: Vec<StorePlan>,
    /// Who is told of an erasure (Art. 19).
    recipients: Vec<String>,
    /// When the stores were searched, `today at 10:31`.
    searched: String,
    agreement: Agreement,
    /// The last search differs from the page that was sent: nothing was done.
    has_changed: bool,
}

/// What the button does.
enum Deed {
    /// So many records are erased, so many stay on a legal ground.
    Erase { erase: i64, keep: i64 },
    /// Everything that was found is collected into a bundle for the person.
    Collect { records: i64 },
    /// The bundle is collected; it is handed over on the status page until a date.
    Release { until: String },
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
    how: String,
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
        self.is_erasure() && !matches!(self.agreement, Agreement::First)
    }

    fn may_press(&self) -> bool {
        !matches!(
            self.agreement,
            Agreement::Second {
                may_agree: false,
                ..
            }
        )
    }
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{moment, person_frame, sample};

    let plan = |name: &str, taken: i64, kept: &str, how: &str| StorePlan {
        name: name.into(),
        taken: lang.number(taken),
        kept: kept.into(),
        how: how.into(),
    };
    let page = || Acceptance {
        frame: person_frame(lang),
        reference: "7K4M-2QX9".into(),
        version: 4,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        deed: Deed::Erase { erase: 46, keep: 2 },
        stores: vec![
            plan("Licences", 3, "2", "At once"),
            plan("Trials", 2, "0", "At once"),
            plan("Support tickets", 41, "0", "Request Tracker, a few minutes"),
        ],
        recipients: vec!["Brievenbus Mail".into(), "Van Dam Accountants".into()],
        searched: moment(lang, 10, 10).when,
        agreement: Agreement::One,
        has_changed: false,
    };
    let second = |may_agree| Agreement::Second {
        by: "Jonas Weber".into(),
        at: moment(lang, 9, 16),
        may_agree,
    };
    let review = |deed| Acceptance {
        kind: Kind::Access,
        deed,
        stores: vec![
            plan("Licences", 3, "", "At once"),
            plan("Support tickets", 41, "", "Request Tracker, a few minutes"),
        ],
        recipients: Vec::new(),
        ..page()
    };
    vec![
        sample("acceptance", &page()),
        sample(
            "acceptance-first",
            &Acceptance {
                agreement: Agreement::First,
                has_changed: true,
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
        sample("acceptance-collect", &review(Deed::Collect { records: 44 })),
        sample(
            "acceptance-release",
            &review(Deed::Release {
                until: lang.date_medium(jiff::civil::date(2027, 1, 10)),
            }),
        ),
        sample(
            "acceptance-objection",
            &Acceptance {
                kind: Kind::Objection,
                deed: Deed::Unsubscribe,
                stores: Vec::new(),
                recipients: Vec::new(),
                ..page()
            },
        ),
    ]
}

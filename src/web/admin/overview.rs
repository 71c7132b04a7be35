//! `/admin`: what needs a person now.

use askama::Template;

use super::parts::{Look, Moment};
use crate::web::frame_admin::{Nav, StaffFrame};

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Overview {
    frame: StaffFrame,
    /// `Thursday 10 December`.
    today: String,
    /// The four figures, with their digits in groups.
    open: String,
    /// Of the open ones, how many wait for a decision.
    to_decide: i64,
    overdue: String,
    is_overdue: bool,
    due_this_week: String,
    /// Requests whose next word is the person's.
    waiting: String,
    needs: Vec<Need>,
    may_enter: bool,
}

/// One thing that does not go on without staff.
struct Need {
    /// What it is: `Remove, piet@deboerlogistiek.example`.
    what: String,
    href: String,
    why: Why,
    /// One line of detail, such as the cause in plain words.
    detail: String,
    since: Moment,
    /// Whose it is; `None` is nobody's.
    with: Option<String>,
}

/// Why something needs a person.
#[derive(Clone, Copy)]
enum Why {
    Overdue,
    RunHalted,
    MailFailed,
    /// Entries of the trail that the tree does not hold yet.
    AuditBehind,
    /// Nobody took it within a working day.
    Unassigned,
    StoreUnwell,
    CalendarEnds,
}

impl Why {
    fn class(self) -> &'static str {
        match self {
            Why::Overdue | Why::RunHalted | Why::MailFailed | Why::AuditBehind => {
                Look::Fails.class()
            }
            Why::Unassigned | Why::StoreUnwell | Why::CalendarEnds => Look::Warns.class(),
        }
    }

    fn key(self) -> &'static str {
        match self {
            Why::Overdue => "overdue",
            Why::RunHalted => "run-halted",
            Why::MailFailed => "mail-failed",
            Why::AuditBehind => "audit-behind",
            Why::Unassigned => "unassigned",
            Why::StoreUnwell => "store-unwell",
            Why::CalendarEnds => "calendar-ends",
        }
    }
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, moment, sample};
    use crate::web::frame_admin::Foot;

    let need = |what: &str, href: &str, why, detail: &str, with: Option<&str>| Need {
        what: what.into(),
        href: href.into(),
        why,
        detail: detail.into(),
        since: moment(lang, 10, 9),
        with: with.map(Into::into),
    };
    let needs = vec![
        need(
            "Review: oskar.lind@fjordline.example",
            "/admin/requests/3QHD-91TW",
            Why::Overdue,
            "",
            Some("Jonas Weber"),
        ),
        need(
            "Remove: piet@deboerlogistiek.example",
            "/admin/requests/M2VN-70PA/run",
            Why::RunHalted,
            "Request Tracker: 403",
            Some("Aino Salo"),
        ),
        need(
            "Remove: accounts@solvind.example",
            "/admin/requests/T6RA-18KE",
            Why::Unassigned,
            "",
            None,
        ),
        need(
            "Remove: s.okafor@lagunatech.example",
            "/admin/requests/C7YT-20GR",
            Why::MailFailed,
            "550 5.1.1",
            Some("Jonas Weber"),
        ),
        need(
            &lang.text_with("admin-tree-behind", &[("n", 12i64.into())]),
            "/admin/audit",
            Why::AuditBehind,
            "",
            None,
        ),
        need(
            "Billing archive",
            "/admin/stores",
            Why::StoreUnwell,
            "",
            None,
        ),
        need(
            &lang.text_with("admin-need-holidays", &[("year", "2028".into())]),
            "/admin/stores",
            Why::CalendarEnds,
            "",
            None,
        ),
    ];
    let page = |needs, overdue| Overview {
        frame: StaffFrame {
            foot: Foot::List,
            ..frame(lang, Nav::Overview)
        },
        today: lang.date_long(jiff::civil::date(2026, 12, 10)),
        open: "23".into(),
        to_decide: 7,
        overdue: lang.number(overdue),
        is_overdue: overdue > 0,
        due_this_week: "5".into(),
        waiting: "5".into(),
        needs,
        may_enter: true,
    };
    vec![
        sample("overview", &page(needs, 1)),
        sample("overview-empty", &page(Vec::new(), 0)),
    ]
}

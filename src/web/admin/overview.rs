//! `/admin`: what needs a person now.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::parts::{Look, Moment, person};
use crate::{
    actions::{
        queries::desk::{self, Why},
        words,
    },
    app::App,
    domain::staff::Permission,
    i18n::Lang,
    web::{
        error::WebResult,
        extract::{SignedIn, see_other},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

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

/// The mark of a reason.
fn class(why: Why) -> &'static str {
    match why {
        Why::Overdue
        | Why::RunHalted
        | Why::StoreAway
        | Why::MailFailed
        | Why::MailboxSilent
        | Why::AuditBehind(_)
        | Why::AuditBroken
        | Why::SendersBehind(_)
        | Why::KeptLate(_)
        | Why::HoldDue(_)
        | Why::CopiesOverdue(_)
        | Why::BackupsOverdue(_)
        | Why::WitnessRefuses(_) => Look::Fails.class(),
        Why::Unassigned
        | Why::Task(_)
        | Why::MailWaits(_)
        | Why::SweepWaits(_)
        | Why::IntentOpen(_)
        | Why::HoldSoon(_)
        | Why::WaitsForCopy
        | Why::AccessReview
        | Why::CalendarEnds(_) => Look::Warns.class(),
    }
}

/// The reason in the message.
fn key(why: Why) -> &'static str {
    match why {
        Why::Overdue => "overdue",
        Why::RunHalted => "run-halted",
        Why::Task(_) => "task",
        Why::StoreAway => "store-away",
        Why::MailFailed => "mail-failed",
        Why::MailWaits(_) => "mail-waits",
        Why::MailboxSilent => "mailbox-silent",
        Why::AuditBehind(_) => "audit-behind",
        Why::AuditBroken => "audit-broken",
        Why::WitnessRefuses(_) => "witness-refuses",
        Why::IntentOpen(_) => "intent-open",
        Why::SendersBehind(_) => "senders-behind",
        Why::SweepWaits(_) => "sweep-waits",
        Why::KeptLate(_) => "kept-late",
        Why::HoldDue(_) => "hold-due",
        Why::HoldSoon(_) => "hold-soon",
        Why::CopiesOverdue(_) => "copies-overdue",
        Why::WaitsForCopy => "waits-for-copy",
        Why::AccessReview => "access-review",
        Why::BackupsOverdue(_) => "backups-overdue",
        Why::Unassigned => "unassigned",
        Why::CalendarEnds(_) => "calendar-ends",
    }
}

/// GET /admin
pub async fn show(app: Data<App>, me: SignedIn) -> WebResult {
    if !me.may(Permission::Work) {
        return Ok(see_other("/admin/audit"));
    }
    let lang = me.visitor.lang;
    let seen = desk::overview(&app, &me.actor).await?;
    let people = seen.needs.iter().any(|need| need.on.is_some());
    let template = Overview {
        frame: me
            .frame(
                &app,
                Nav::Overview,
                if people { Foot::List } else { Foot::NoData },
            )
            .await?,
        today: lang.date_long(app.today()),
        open: lang.number(seen.open),
        to_decide: seen.to_decide,
        overdue: lang.number(seen.overdue),
        is_overdue: seen.overdue > 0,
        due_this_week: lang.number(seen.due_this_week),
        waiting: lang.number(seen.waiting),
        needs: seen
            .needs
            .iter()
            .map(|need| row(&app, lang, &seen, need))
            .collect(),
        may_enter: me.may(Permission::Enter),
    };
    me.page(&app, StatusCode::OK, &template)
}

fn row(app: &App, lang: Lang, seen: &desk::Overview, need: &desk::Need) -> Need {
    let (what, href) = match (&need.on, need.why) {
        (Some(on), why) => {
            let kind = lang.text_with("admin-kind", &[("kind", on.request.kind.as_str().into())]);
            let tail = match why {
                Why::Task(id) => format!("/tasks/{id}"),
                Why::RunHalted | Why::WaitsForCopy => "/run".to_owned(),
                _ => String::new(),
            };
            (
                format!("{kind}: {}", person(lang, on)),
                format!("/admin/requests/{}{tail}", on.request.reference),
            )
        }
        (None, Why::MailWaits(n)) => (
            lang.text_with("admin-need-mail", &[("n", n.into())]),
            "/admin/mail".to_owned(),
        ),
        (None, Why::StoreAway) => (lang.text("admin-need-store"), "/admin/stores".to_owned()),
        (None, Why::MailboxSilent) => (lang.text("admin-need-mailbox"), "/admin/mail".to_owned()),
        (None, Why::AuditBehind(n)) => (
            lang.text_with("admin-tree-behind", &[("n", n.into())]),
            "/admin/audit".to_owned(),
        ),
        (None, Why::AuditBroken) => (lang.text("admin-need-broken"), "/admin/audit".to_owned()),
        (None, Why::WitnessRefuses(n)) => (
            lang.text_with("admin-need-refused", &[("n", n.into())]),
            "/admin/audit#witnesses".to_owned(),
        ),
        (None, Why::IntentOpen(n)) => (
            lang.text_with("admin-need-intent", &[("n", n.into())]),
            "/admin/audit#unfinished".to_owned(),
        ),
        (None, Why::SendersBehind(n)) => (
            lang.text_with("admin-need-senders", &[("n", n.into())]),
            "/admin/objections".to_owned(),
        ),
        (None, Why::SweepWaits(n)) => (
            lang.text_with("admin-need-sweep", &[("n", n.into())]),
            "/admin/retention".to_owned(),
        ),
        (None, Why::KeptLate(n)) => (
            lang.text_with("admin-need-late", &[("n", n.into())]),
            "/admin/retention#incidents".to_owned(),
        ),
        (None, Why::HoldDue(n) | Why::HoldSoon(n)) => (
            lang.text_with("admin-need-holds", &[("n", n.into())]),
            "/admin/holds".to_owned(),
        ),
        (None, Why::CopiesOverdue(n)) => (
            lang.text_with("admin-need-copies", &[("n", n.into())]),
            "/admin/copies".to_owned(),
        ),
        (None, Why::AccessReview) => (lang.text("admin-need-access"), "/admin/access".to_owned()),
        (None, Why::BackupsOverdue(n)) => (
            lang.text_with("admin-need-backups", &[("n", n.into())]),
            "/admin/stores".to_owned(),
        ),
        (None, Why::CalendarEnds(year)) => (
            lang.text_with("admin-need-holidays", &[("year", year.to_string().into())]),
            "/admin/stores".to_owned(),
        ),
        (None, _) => (String::new(), "/admin".to_owned()),
    };
    let detail = match &need.store {
        Some(store) => format!("{}: {}", words::store(app, lang, store), need.detail),
        None => need.detail.clone(),
    };
    let assignee = need.on.as_ref().and_then(|on| on.request.assignee);
    Need {
        what,
        href,
        why: need.why,
        detail,
        since: Moment::of(app, lang, need.since),
        with: assignee.and_then(|id| seen.names.get(&id).cloned()),
    }
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, moment, sample};

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
            &lang.text_with("admin-need-mail", &[("n", 3i64.into())]),
            "/admin/mail",
            Why::MailWaits(3),
            "",
            None,
        ),
        need(
            &lang.text("admin-need-mailbox"),
            "/admin/mail",
            Why::MailboxSilent,
            "support",
            None,
        ),
        need(
            &lang.text_with("admin-tree-behind", &[("n", 12i64.into())]),
            "/admin/audit",
            Why::AuditBehind(12),
            "",
            None,
        ),
        need(
            &lang.text("admin-need-broken"),
            "/admin/audit",
            Why::AuditBroken,
            "",
            None,
        ),
        need(
            &lang.text_with("admin-need-refused", &[("n", 1i64.into())]),
            "/admin/audit#witnesses",
            Why::WitnessRefuses(1),
            "witness.notary.example",
            None,
        ),
        need(
            &lang.text_with("admin-need-intent", &[("n", 2i64.into())]),
            "/admin/audit#unfinished",
            Why::IntentOpen(2),
            "",
            None,
        ),
        need(
            &lang.text_with("admin-need-copies", &[("n", 2i64.into())]),
            "/admin/copies",
            Why::CopiesOverdue(2),
            "",
            None,
        ),
        need(
            &lang.text("admin-need-access"),
            "/admin/access",
            Why::AccessReview,
            "",
            None,
        ),
        need(
            "Remove: m.lind@halden.example",
            "/admin/requests/P4RW-55JC/run",
            Why::WaitsForCopy,
            "Jonas Weber",
            Some("Aino Salo"),
        ),
        need(
            &lang.text_with("admin-need-holds", &[("n", 1i64.into())]),
            "/admin/holds",
            Why::HoldDue(1),
            "",
            None,
        ),
        need(
            &lang.text_with("admin-need-holds", &[("n", 2i64.into())]),
            "/admin/holds",
            Why::HoldSoon(2),
            "",
            None,
        ),
        need(
            &lang.text_with("admin-need-senders", &[("n", 3i64.into())]),
            "/admin/objections",
            Why::SendersBehind(3),
            "newsletter",
            None,
        ),
        need(
            &lang.text_with("admin-need-backups", &[("n", 2i64.into())]),
            "/admin/stores",
            Why::BackupsOverdue(2),
            "/mnt/backups/lethe-2026-10-01.backup",
            None,
        ),
        need(
            &lang.text_with("admin-need-holidays", &[("year", "2028".into())]),
            "/admin/stores",
            Why::CalendarEnds(2028),
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

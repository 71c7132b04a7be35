//! One of each letter, to look at and to test.

use super::*;

/// A checkpoint that a witness signed too.
pub(crate) const CHECKPOINT: &str = "audit.vendor.example/dsr-log
8
XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=

— audit.vendor.example/dsr-log LUaB0u06fwv6kpZwP4bYnxvvxvokwwJlLE0ap4Q5XHVCvuCIfPMsOKvTOQ+bdtvODrkwbIMDfiZZTOyxr4rQsGTUnAQ=
— witness.example/w1 BNLYMwAAAABpHsqAkz501ffi9RbsCSkkFgsIQYXl+3FzzNbUWmPqGUM0BfqpCE0hfTaOjJ03ABYg12sFywKlFkgLm/2EmBgSNyDEAA==
";

pub(crate) fn sender() -> Sender {
    Sender {
        vendor: "Northwind Apps".into(),
        imprint: "Northwind Apps B.V., Noordwindkade 14, Amsterdam, the Netherlands".into(),
        checkpoint: Some(CHECKPOINT.into()),
    }
}

/// One of each, and its name.
pub(crate) fn letters() -> Vec<(&'static str, Letter)> {
    let kind = Kind::Erasure;
    let reference = || "7K4M-2QX9".to_owned();
    let asked = || "20 November 2026, 09:12".to_owned();
    let until = || "Friday 27 November 2026, 09:12".to_owned();
    let due = || "Monday 21 December 2026".to_owned();
    let link = || "https://privacy.northwind.example/status/Hq3vX0tYk8mUe2ZcR5wL1A".to_owned();
    let confirm = || "https://privacy.northwind.example/confirm/Hq3vX0tYk8mUe2ZcR5wL1A".to_owned();
    let staff = || "https://privacy.northwind.example/admin/requests/7K4M-2QX9".to_owned();
    let authority =
        || "Autoriteit Persoonsgegevens (https://autoriteitpersoonsgegevens.nl/)".to_owned();
    let reason = || {
        "Your data lies in two systems that a partner runs for us, and the partner needs until January to search them both.".to_owned()
    };
    let factor = |news, left| Letter::SecondFactor {
        news,
        on: asked(),
        left,
        link: "https://privacy.northwind.example/admin/second-factor".into(),
    };
    let many = |items: &[&str]| {
        items
            .iter()
            .map(|&item| item.to_owned())
            .collect::<Vec<_>>()
    };
    vec![
        (
            "confirmation",
            Letter::Confirmation {
                kind,
                asked: asked(),
                link: confirm(),
                code: Some("529174".into()),
                until: until(),
            },
        ),
        (
            "confirmation-review",
            Letter::Confirmation {
                kind: Kind::Access,
                asked: asked(),
                link: confirm(),
                code: None,
                until: until(),
            },
        ),
        (
            "reminder",
            Letter::Reminder {
                kind,
                asked: asked(),
                link: confirm(),
                code: Some("529174".into()),
                until: until(),
            },
        ),
        (
            "received",
            Letter::Received {
                kind,
                reference: reference(),
                due: due(),
                link: link(),
            },
        ),
        (
            "joined",
            Letter::Joined {
                kind,
                reference: reference(),
                due: due(),
                link: link(),
            },
        ),
        (
            "status-links",
            Letter::StatusLinks {
                links: vec![("7K4M-2QX9, 20 November 2026".into(), link())],
                until: until(),
            },
        ),
        (
            "status-links-none",
            Letter::StatusLinks {
                links: Vec::new(),
                until: until(),
            },
        ),
        (
            "message",
            Letter::Message {
                reference: reference(),
                link: link(),
            },
        ),
        (
            "question",
            Letter::Question {
                reference: reference(),
                link: link(),
            },
        ),
        (
            "extension",
            Letter::Extension {
                reference: reference(),
                reason: reason(),
                due: due(),
                link: link(),
            },
        ),
        (
            "refusal",
            Letter::Refusal {
                kind,
                reference: reference(),
                reason: reason(),
                authority: authority(),
                link: link(),
            },
        ),
        (
            "bundle-ready",
            Letter::BundleReady {
                reference: reference(),
                link: link(),
                until: until(),
            },
        ),
        (
            "bundle-code",
            Letter::BundleCode {
                reference: reference(),
                code: "529174".into(),
                until: until(),
            },
        ),
        (
            "erased",
            Letter::Erased {
                reference: reference(),
                asked: "20 November 2026".into(),
                done: "11 December 2026".into(),
                removed: many(&[
                    "3 licence records",
                    "4 support tickets with 33 messages and 3 files",
                ]),
                kept: many(&[
                    "Invoice of 14 March 2024, until 31 December 2031 (AWR art. 52, GDPR Article 17(3)(b))",
                ]),
                authority: authority(),
                link: link(),
                stays_until: "11 March 2027".into(),
            },
        ),
        (
            "rectified",
            Letter::Rectified {
                reference: reference(),
                corrected: many(&["Name", "Company"]),
                left: many(&["Phone"]),
                authority: authority(),
                link: link(),
            },
        ),
        (
            "withdrawn",
            Letter::Withdrawn {
                kind,
                reference: reference(),
                on: asked(),
            },
        ),
        (
            "erased-held",
            Letter::Erased {
                reference: reference(),
                asked: "20 November 2026".into(),
                done: "11 December 2026".into(),
                removed: Vec::new(),
                kept: many(&[
                    "Northwind Boards (E-4TR-9A1-7KD), at least until 1 March 2027. It is needed for a legal claim (GDPR Article 17(3)(e)). Then we look again whether that is so; once it is not, the record goes by itself and we write to you.",
                ]),
                authority: authority(),
                link: link(),
                stays_until: "11 March 2027".into(),
            },
        ),
        (
            "held-erased",
            Letter::HeldErased {
                reference: reference(),
                done: "1 March 2027".into(),
                removed: many(&["Licences and invoices: 3 records"]),
                kept: Vec::new(),
                authority: authority(),
                link: link(),
            },
        ),
        (
            "still-held",
            Letter::StillHeld {
                reference: reference(),
                until: "1 September 2027".into(),
                authority: authority(),
                link: link(),
            },
        ),
        (
            "hold-review",
            Letter::HoldReview {
                review: "1 March 2027".into(),
                due: false,
                link: "https://privacy.northwind.example/admin/holds".into(),
            },
        ),
        (
            "hold-due",
            Letter::HoldReview {
                review: "1 March 2027".into(),
                due: true,
                link: "https://privacy.northwind.example/admin/holds".into(),
            },
        ),
        (
            "copy-due",
            Letter::CopyDue {
                holder: "Jonas Weber".into(),
                until: "11 December 2026".into(),
                late: true,
                link: "https://privacy.northwind.example/admin/copies/0197a3".into(),
            },
        ),
        (
            "copy-in-the-way",
            Letter::CopyInTheWay {
                reference: reference(),
                holder: "Tallow Bookkeeping".into(),
                until: "11 December 2026".into(),
                link: "https://privacy.northwind.example/admin/copies/0197a3".into(),
            },
        ),
        (
            "unsubscribed",
            Letter::Unsubscribed {
                on: asked(),
                undo: "https://privacy.northwind.example/u/v1.k1.AAAA".into(),
            },
        ),
        (
            "objection-lifted",
            Letter::ObjectionLifted {
                by: Lifter::Staff,
                on: asked(),
                list: Some("Product news".into()),
                again: "https://privacy.northwind.example/u/v1.k1.AAAA".into(),
            },
        ),
        (
            "resubscribed",
            Letter::ObjectionLifted {
                by: Lifter::Link,
                on: asked(),
                list: Some("Product news".into()),
                again: "https://privacy.northwind.example/u/v1.k1.AAAA".into(),
            },
        ),
        (
            "statement-changed",
            Letter::StatementChanged {
                vendor: "Northwind Apps".into(),
                since: asked(),
                changes: vec![
                    "Support tickets: Kept for 1 year after the closing of the ticket. \
                     (Before: Kept for 2 years after the closing of the ticket.)"
                        .into(),
                ],
                link: "https://privacy.northwind.example/privacy?lang=en".into(),
            },
        ),
        (
            "recipient-notice",
            Letter::RecipientNotice {
                act: "removal".into(),
                reference: Some(reference()),
                records: vec!["support tickets: SUP-214".into()],
            },
        ),
        (
            "recipient-notice-of-sweep",
            Letter::RecipientNotice {
                act: "retention".into(),
                reference: None,
                records: vec!["support tickets: SUP-214".into()],
            },
        ),
        (
            "assigned",
            Letter::Assigned {
                kind,
                reference: reference(),
                due: due(),
                link: staff(),
            },
        ),
        (
            "untaken",
            Letter::Untaken {
                kind,
                reference: reference(),
                received: asked(),
                due: due(),
                link: staff(),
            },
        ),
        (
            "mail-waits",
            Letter::MailWaits {
                link: "https://privacy.northwind.example/admin/mail".into(),
            },
        ),
        (
            "sweep-waits",
            Letter::SweepWaits {
                waits: crate::domain::retention::Waits::Large,
                records: 412,
                link: "https://privacy.northwind.example/admin/retention".into(),
            },
        ),
        (
            "task",
            Letter::Task {
                reference: reference(),
                store: "Price list".into(),
                due: "27 November 2026".into(),
                link: staff(),
            },
        ),
        ("second-factor-added", factor(FactorNews::Added, 10)),
        (
            "second-factor-removed",
            factor(FactorNews::RemovedByOther, 0),
        ),
        ("second-factor-code-used", factor(FactorNews::CodeUsed, 9)),
        (
            "run-halted",
            Letter::RunHalted {
                reference: reference(),
                store: "Request Tracker".into(),
                cause: "Request Tracker does not let Lethe delete in the queue \"Billing\".".into(),
                link: staff(),
            },
        ),
    ]
}

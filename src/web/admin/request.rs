//! `/admin/requests/{reference}`: one request with all in sight, and the forms that change something
//! beside the decision: answer, note, assignment. Decisions have pages of their own.

use askama::Template;

use super::parts::{Choice, Due, Fact, Tag};
use crate::{
    domain::request::Kind,
    web::{
        frame_admin::{Nav, StaffFrame},
        parts::{Cells, Happening, Message, Square},
    },
};

#[derive(Template)]
#[template(path = "admin/request.html")]
struct RequestPage {
    frame: StaffFrame,
    reference: String,
    /// The version of the request that is shown; every form sends it back.
    version: i64,
    kind: Kind,
    /// The name, or the address where we have no name.
    person: String,
    state: Tag,
    assigned: Option<String>,
    /// What this member of staff may do next, the most likely first.
    actions: Vec<Action>,
    /// Why there is nothing to do; only where `actions` is empty.
    nothing_to_do: Option<String>,
    /// Art. 18: everything but storage waits.
    is_restricted: bool,
    /// What the person wrote with the request.
    details: String,
    /// For a correction: the values asked for.
    wishes: Vec<Fact>,
    /// `None` before the stores were searched.
    found: Option<Found>,
    candidates: Vec<Candidate>,
    stores: Vec<StoreRecords>,
    /// Whether records have a decision of their own; a review has none.
    decides_records: bool,
    messages: Vec<Message>,
    may_reply: bool,
    notes: Vec<Message>,
    may_note: bool,
    /// Who can have it; empty for a role that may not assign.
    assignees: Vec<Choice>,
    clock: Clock,
    asker: Vec<Fact>,
    /// Who must be told (Art. 19), and how.
    recipients: Vec<Fact>,
    earlier: Vec<Earlier>,
    /// Newest first, the latest ten.
    trail: Vec<Happening>,
    trail_count: i64,
}

/// A way onwards from the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Accept,
    /// The page of the correction, where each value is decided.
    Correct,
    Refuse,
    Extend,
    Ask,
    /// The run, once there is one.
    FollowRun,
}

impl Action {
    /// The last part of the address.
    fn path(self) -> &'static str {
        match self {
            Action::Accept => "acceptance",
            Action::Correct => "rectification",
            Action::Refuse => "refusal",
            Action::Extend => "extension",
            Action::Ask => "question",
            Action::FollowRun => "run",
        }
    }
}

/// What the last search found.
struct Found {
    /// `48 records in 4 stores: 46 to erase, 2 to keep.`
    summary: String,
    /// When, and whether every store answered in full.
    searched: String,
    /// A store did not answer, or answered in part: the search must run again before a decision.
    is_incomplete: bool,
    is_empty: bool,
    /// Of an erasure: what would go, what would stay.
    cells: Option<Cells>,
}

/// A record that may be about someone else, until staff have answered.
struct Candidate {
    item: String,
    key: String,
    store: String,
    /// Why it came up, whole sentences.
    ground: String,
}

struct StoreRecords {
    name: String,
    /// `5 records, Marketplace export of 9 December`.
    note: String,
    records: Vec<Record>,
    /// Where more are held than shown: how many, and the page with all of them.
    more: Option<More>,
}

struct More {
    count: i64,
    href: String,
}

struct Record {
    /// Names the item in `…/items/{item}`.
    item: String,
    key: String,
    description: String,
    holds: String,
    matched_by: String,
    decision: Decision,
    may_change: bool,
}

/// What becomes of a record.
enum Decision {
    Erase,
    /// Stays until a date, on a ground.
    Keep {
        until: String,
        ground: String,
    },
    /// Belongs to someone else; nothing happens to it.
    NotTheirs,
    /// Not decided, or nothing to decide.
    None,
}

/// The clock of a request: the strict date first, and how it was reckoned.
struct Clock {
    /// `Monday 21 December`.
    date: String,
    due: Due,
    steps: Vec<ClockStep>,
    /// The rules and the calendar that were used.
    law: String,
    /// The later date, where the clock is suspended while the person answers.
    suspended: Option<String>,
    /// Our own, earlier date.
    target: String,
    /// The calendar has no holidays for this year.
    calendar_warning: Option<String>,
}

struct ClockStep {
    date: String,
    what: String,
}

struct Earlier {
    reference: String,
    kind: Kind,
    received: String,
    state: Tag,
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, choices, facts, frame, moment, sample, state};
    use crate::domain::request::Progress;
    use crate::web::{frame_admin::Foot, parts::Tense};
    use jiff::ToSpan;

    let record = |key: &str, description: &str, holds: &str, decision| Record {
        item: "0197a3".into(),
        key: key.into(),
        description: description.into(),
        holds: holds.into(),
        matched_by: lang.text("admin-match-exact"),
        decision,
        may_change: true,
    };
    let keep = || Decision::Keep {
        until: lang.date_short(jiff::civil::date(2031, 12, 31)),
        ground: "AWR art. 52, Art. 17(3)(b)".into(),
    };
    let message = |ours, who: &str, text: &str| Message {
        ours,
        author: who.into(),
        datetime: moment(lang, 1, 14).datetime,
        when: moment(lang, 1, 14).when,
        paragraphs: vec![text.into()],
    };
    let event = |text: &str| Happening {
        tense: Tense::Past,
        when: Some((moment(lang, 10, 10).datetime, moment(lang, 10, 10).when)),
        text: text.into(),
    };
    let page = || {
        RequestPage {
        frame: StaffFrame { foot: Foot::Person, flash: Some("Saved: #4810 is left alone.".into()), ..frame(lang, Nav::Queue) },
        reference: "7K4M-2QX9".into(),
        version: 4,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        state: state(lang, Progress::ToDecide, Kind::Erasure),
        assigned: Some("Aino Salo".into()),
        actions: vec![Action::Accept, Action::Refuse, Action::Extend, Action::Ask],
        nothing_to_do: None,
        is_restricted: false,
        details: "Please remove everything you have about me.".into(),
        wishes: Vec::new(),
        found: Some(Found {
            summary: lang.text_with("admin-found-erasure", &[("records", 48i64.into()), ("stores", 4i64.into()), ("erase", 46i64.into()), ("keep", 2i64.into())]),
            searched: lang.text_with("admin-searched", &[("when", moment(lang, 10, 10).when.into())]),
            is_incomplete: false,
            is_empty: false,
            cells: Some(Cells { gone: 0, todo: 46, kept: 2 }),
        }),
        candidates: vec![Candidate {
            item: "0197a4".into(),
            key: "#4810 “Cannot sign in”".into(),
            store: "Support tickets".into(),
            ground: "Written by m.kowalska@webpost.example. The name is the same and so is the site, halden.atlassian.example; the address is not.".into(),
        }],
        stores: vec![
            StoreRecords {
                name: "Licences".into(),
                note: "Marketplace export".into(),
                records: vec![
                    record("E-4TR-9A1-7KD", "Northwind Boards, 25 users, ended 14 Mar 2026", "Technical contact: name, email, phone", Decision::Erase),
                    record("AT-118240331-2", "Sale of 14 Mar 2024", "Billing contact: name, email", keep()),
                ],
                more: None,
            },
            StoreRecords {
                name: "Support tickets".into(),
                note: "Request Tracker".into(),
                records: vec![
                    record("#4377", "Boards do not load", "Name, email, 12 messages", Decision::Erase),
                    record("#4102", "Question about the invoice", "Name, email, 3 messages", Decision::NotTheirs),
                ],
                more: Some(More { count: 38, href: "?store=ticket".into() }),
            },
        ],
        decides_records: true,
        messages: vec![
            message(false, "Marta Kowalska", "Does this include the ticket that my colleague opened for me?"),
            message(true, "Jonas Weber", "Yes. Your name and address go from that ticket."),
        ],
        may_reply: true,
        notes: vec![message(true, "Jonas Weber", "Called her on 3 December; she has no other address.")],
        may_note: true,
        assignees: choices(&["Aino Salo", "Jonas Weber"]),
        clock: Clock {
            date: lang.date_long(jiff::civil::date(2026, 12, 21)),
            due: Due::new(lang, TODAY + 11.days(), TODAY),
            steps: vec![
                ClockStep { date: lang.day_month(jiff::civil::date(2026, 11, 20)), what: lang.text("admin-clock-received") },
                ClockStep { date: lang.day_month(jiff::civil::date(2026, 12, 20)), what: lang.text("admin-clock-month") },
                ClockStep { date: lang.day_month(jiff::civil::date(2026, 12, 21)), what: lang.text("admin-clock-rolled") },
            ],
            law: lang.text_with("admin-clock-law", &[("calendar", "NL 2026".into())]),
            suspended: Some(lang.date_medium(jiff::civil::date(2027, 1, 4))),
            target: lang.text_with("admin-clock-target", &[("date", lang.day_month(jiff::civil::date(2026, 12, 4)).into()), ("late", 6i64.into())]),
            calendar_warning: None,
        },
        asker: facts(&[
            (&lang.text("admin-fact-name"), "Marta Kowalska"),
            (&lang.text("admin-fact-address"), "marta.kowalska@halden.example"),
            (&lang.text("admin-fact-proof"), &lang.text_with("admin-proved", &[("proof", "mailbox_and_code".into())])),
            (&lang.text("admin-fact-channel"), &lang.text_with("admin-via", &[("via", "web".into())])),
            (&lang.text("admin-fact-language"), "English"),
            (&lang.text("admin-fact-covers"), "Everything"),
            (&lang.text("admin-fact-authority"), "Kowalski & Partners, power of attorney of 1 November"),
        ]),
        recipients: facts(&[("Brievenbus Mail", "By interface"), ("Van Dam Accountants", "By mail")]),
        earlier: vec![Earlier { reference: "2B7X-91AA".into(), kind: Kind::Access, received: lang.date_short(TODAY), state: state(lang, Progress::Done, Kind::Erasure) }],
        trail: vec![event("You opened the records"), event("Search finished, 48 found"), event("Identity proved")],
        trail_count: 12,
    }
    };
    let correction = RequestPage {
        kind: Kind::Rectification,
        person: "Haruka Tanaka".into(),
        actions: vec![Action::Correct, Action::Refuse, Action::Extend, Action::Ask],
        is_restricted: true,
        found: page().found.map(|found| Found {
            summary: lang.text_with(
                "admin-found-all",
                &[("records", 48i64.into()), ("stores", 4i64.into())],
            ),
            cells: None,
            ..found
        }),
        wishes: facts(&[("Name", "Haruka Tanaka"), ("Phone", "+81 3 5550 0178")]),
        candidates: Vec::new(),
        decides_records: false,
        earlier: Vec::new(),
        frame: frame(lang, Nav::Queue),
        ..page()
    };
    let closed = RequestPage {
        state: state(lang, Progress::Done, Kind::Erasure),
        actions: Vec::new(),
        nothing_to_do: Some(lang.text("admin-nothing-closed")),
        found: None,
        candidates: Vec::new(),
        stores: Vec::new(),
        messages: Vec::new(),
        may_reply: false,
        notes: Vec::new(),
        may_note: false,
        assignees: Vec::new(),
        recipients: Vec::new(),
        details: String::new(),
        ..page()
    };
    let large = RequestPage {
        found: page().found.map(|found| Found {
            is_incomplete: true,
            cells: Some(Cells {
                gone: 0,
                todo: 1200,
                kept: 4,
            }),
            ..found
        }),
        assigned: None,
        ..page()
    };
    vec![
        sample("request", &page()),
        sample("request-correction", &correction),
        sample("request-closed", &closed),
        sample("request-large", &large),
    ]
}

//! `/admin/requests/{reference}/run`: what is still held, store by store, and how to mend what
//! stands. It reloads itself while something moves, and only then.

use askama::Template;

use super::parts::{Look, Tag};
use crate::{
    domain::{request::Kind, run::StoreState},
    web::{
        frame_admin::{Nav, StaffFrame},
        parts::{Cells, Happening, Square},
    },
};

#[derive(Template)]
#[template(path = "admin/run.html")]
struct Run {
    frame: StaffFrame,
    reference: String,
    kind: Kind,
    /// `Erasing 46 records`, a whole title.
    title: String,
    state: Tag,
    /// `As of 10:42:07, started 10:38 by Aino Salo`.
    as_of: String,
    /// Something goes on by itself: the page reloads.
    moves: bool,
    /// Of an erasure; nothing is emptied by a review or a correction.
    cells: Option<Cells>,
    /// Halted stores first.
    stores: Vec<StoreCard>,
    /// What still happens before the request closes.
    ahead: Vec<Happening>,
    may_retry: bool,
}

/// One store of the run.
struct StoreCard {
    /// Names the store in the retry form.
    store: String,
    name: String,
    /// `Request Tracker, live`.
    kind: String,
    state: StoreState,
    /// Of an erasure.
    cells: Option<Cells>,
    /// `19 of 40 left`.
    figure: String,
    /// `Tried 3 times, last 10:41`, or `10:38:04, read back empty`.
    last: String,
    fault: Option<Fault>,
}

impl StoreCard {
    fn class(&self) -> &'static str {
        match self.state {
            StoreState::Waiting | StoreState::Searched => Look::Waits.class(),
            StoreState::Working | StoreState::Verifying => Look::Moves.class(),
            StoreState::Done => Look::Good.class(),
            StoreState::Halted => Look::Fails.class(),
        }
    }
}

/// Why a store stands still.
struct Fault {
    /// The cause in plain words, a whole sentence.
    cause: String,
    /// What it means; may be empty.
    detail: String,
    /// The store's own answer; never personal data.
    answer: String,
    /// How to mend it, step by step.
    steps: Vec<String>,
}

impl Run {
    /// Seconds between two looks while something moves.
    const REFRESH_SECONDS: u32 = 5;

    fn has_unfinished(&self) -> bool {
        self.stores
            .iter()
            .any(|store| store.state != StoreState::Done)
    }
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, sample, state};
    use crate::domain::request::Progress;
    use crate::web::{frame_admin::Foot, parts::Tense};

    let left = |left: i64, total: i64| {
        lang.text_with(
            "admin-run-left",
            &[("left", left.into()), ("total", total.into())],
        )
    };
    let card =
        |store: &str, name: &str, at: StoreState, cells: Cells, figure: &str, fault| StoreCard {
            store: store.into(),
            name: name.into(),
            kind: "Built in".into(),
            state: at,
            cells: Some(cells),
            figure: figure.into(),
            last: match at {
                StoreState::Done => {
                    lang.text_with("admin-run-read-back", &[("when", "10:38:04".into())])
                }
                StoreState::Halted => lang.text_with(
                    "admin-run-tried",
                    &[("n", 3i64.into()), ("when", "10:41".into())],
                ),
                _ => String::new(),
            },
            fault,
        };
    let fault = Fault {
        cause: "Request Tracker does not let Lethe delete in the queue “Billing”".into(),
        detail: "Ticket #4377 stands there.".into(),
        answer: "403 Forbidden: DELETE /REST/2.0/ticket/4377".into(),
        steps: vec![
            "In Request Tracker, open Admin, Queues, Billing, User rights.".into(),
            "Give lethe the right DeleteTicket.".into(),
        ],
    };
    let held = |gone, todo, kept| Cells { gone, todo, kept };
    let next = |tense, text: &str| Happening {
        tense,
        when: None,
        text: text.into(),
    };
    let page = |stores, cells, progress, moves| Run {
        frame: StaffFrame {
            foot: Foot::Run,
            ..frame(lang, Nav::Queue)
        },
        reference: "7K4M-2QX9".into(),
        kind: Kind::Erasure,
        title: lang.text_with("admin-run-erasing", &[("n", 46i64.into())]),
        state: state(lang, progress, Kind::Erasure),
        as_of: lang.text_with(
            "admin-run-as-of",
            &[
                ("now", "10:42:07".into()),
                ("started", "10:38".into()),
                ("who", "Aino Salo".into()),
            ],
        ),
        moves,
        cells: Some(cells),
        stores,
        ahead: vec![
            next(Tense::Now, &lang.text("admin-run-next-stores")),
            next(Tense::Next, &lang.text("admin-run-next-search")),
            next(Tense::Next, &lang.text("admin-run-next-tell")),
        ],
        may_retry: true,
    };
    let halted = vec![
        card(
            "ticket",
            "Support tickets",
            StoreState::Halted,
            held(21, 19, 0),
            &left(19, 40),
            Some(fault),
        ),
        card(
            "licence",
            "Licences",
            StoreState::Done,
            held(3, 0, 2),
            &lang.text_with("admin-run-left-kept", &[("kept", 2i64.into())]),
            None,
        ),
        card(
            "trial",
            "Trials",
            StoreState::Done,
            held(2, 0, 0),
            &left(0, 2),
            None,
        ),
        card(
            "copies",
            "Engineers’ copies",
            StoreState::Searched,
            held(0, 1, 0),
            &left(1, 1),
            None,
        ),
    ];
    let moving = vec![
        card(
            "ticket",
            "Support tickets",
            StoreState::Working,
            held(900, 304, 0),
            &left(304, 1204),
            None,
        ),
        card(
            "licence",
            "Licences",
            StoreState::Verifying,
            held(0, 3, 2),
            &left(3, 5),
            None,
        ),
        card(
            "trial",
            "Trials",
            StoreState::Waiting,
            held(0, 2, 0),
            &left(2, 2),
            None,
        ),
    ];
    let collecting = vec![StoreCard {
        cells: None,
        ..card(
            "licence",
            "Licences",
            StoreState::Working,
            held(0, 3, 0),
            &left(3, 5),
            None,
        )
    }];
    let collecting = Run {
        kind: Kind::Access,
        title: lang.text_with("admin-run-collecting", &[("n", 5i64.into())]),
        cells: None,
        ..page(collecting, held(0, 5, 0), Progress::Running, true)
    };
    let done = vec![card(
        "licence",
        "Licences",
        StoreState::Done,
        held(3, 0, 2),
        &left(0, 5),
        None,
    )];
    vec![
        sample("run-collecting", &collecting),
        sample(
            "run-done",
            &page(done, held(46, 0, 2), Progress::Done, false),
        ),
        sample(
            "run",
            &page(halted, held(27, 19, 2), Progress::Halted, false),
        ),
        sample(
            "run-moving",
            &page(moving, held(900, 309, 2), Progress::Running, true),
        ),
    ]
}

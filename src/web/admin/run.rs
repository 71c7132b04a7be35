//! `/admin/requests/{reference}/run`: what is still held, store by store, and how to mend what
//! stands. It changes when the reader looks again, and by itself where the browser runs our one
//! script (`live.rs`).

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::parts::{CopyNotice, Look, Moment, Tag, tag_of};
use super::sign_in::Nothing;
use super::{Trouble, alert, request_path, status};
use crate::{
    actions::{
        self,
        queries::{
            cases::{self, Case},
            live,
        },
        words,
    },
    app::App,
    domain::{
        reference::Reference,
        request::Kind,
        run::{RunState, RunStore, StoreState},
        staff::Permission,
        store::StoreName,
        task::{Task, TaskCause},
    },
    i18n::Lang,
    web::{
        error::WebResult,
        extract::{CsrfForm, SignedIn, see_other_saying},
        frame_admin::{Foot, Nav, StaffFrame},
        parts::{Cells, Happening, Square, Tense},
        scripted,
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
    /// Of an erasure; nothing is emptied by a review or a correction.
    cells: Option<Cells>,
    /// Halted stores first.
    stores: Vec<StoreCard>,
    /// Copies outside the stores that a removal waits for at its end.
    copies: Vec<CopyNotice>,
    /// What still happens before the request closes.
    ahead: Vec<Happening>,
    may_retry: bool,
    /// What the page shows, as one word; nothing once it changes no more.
    live: Option<String>,
}

/// One store of the run.
struct StoreCard {
    /// Names the store in the retry form.
    store: String,
    name: String,
    state: StoreState,
    /// Of an erasure.
    cells: Option<Cells>,
    /// `19 of 40 left`.
    figure: String,
    /// `Tried 3 times, last 10:41`, or `10:38:04, read back empty`.
    last: String,
    fault: Option<Fault>,
    /// How far an erasure goes, and what stays; of another system that says so.
    reach: Vec<String>,
    /// What people do in it by hand: the address and the words of the link.
    tasks: Vec<TaskLink>,
    /// Whether staff can take it over from the program.
    may_hand_over: bool,
}

/// A task of a store.
struct TaskLink {
    href: String,
    /// `By hand, until 14 December`, or `Done by hand, 12 December, 10:31`.
    label: String,
    is_done: bool,
}

impl StoreCard {
    fn class(&self) -> &'static str {
        match self.state {
            StoreState::Waiting | StoreState::Searched => Look::Waits.class(),
            StoreState::Working | StoreState::Verifying => Look::Moves.class(),
            StoreState::WithPerson => Look::Warns.class(),
            StoreState::Done => Look::Good.class(),
            StoreState::Halted => Look::Fails.class(),
        }
    }

    /// What is announced when it changes: `Licences: 19 of 40 left`, or `Licences: Halted`.
    fn says(&self, lang: &Lang) -> String {
        let what = match self.state {
            StoreState::Waiting | StoreState::Searched | StoreState::Working => self.figure.clone(),
            state => lang.text_with("admin-progress", &[("state", state.as_str().into())]),
        };
        format!("{}: {what}", self.name)
    }
}

/// Why a store stands still.
struct Fault {
    /// The cause in plain words, a whole sentence.
    cause: String,
    /// How to mend it, step by step.
    steps: Vec<String>,
}

impl Run {
    fn has_unfinished(&self) -> bool {
        self.stores
            .iter()
            .any(|store| store.state != StoreState::Done)
    }
}

/// GET /admin/requests/{reference}/run
pub async fn show(app: Data<App>, me: SignedIn, reference: Path<Reference>) -> WebResult {
    page(&app, &me, *reference, None).await
}

/// POST /admin/requests/{reference}/run: the halted stores are tried again.
pub async fn retry(
    app: Data<App>,
    me: SignedIn,
    reference: Path<Reference>,
    _: CsrfForm<Nothing>,
) -> WebResult {
    match actions::run::retry(&app, &me.actor, *reference).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            &format!("{}/run", request_path(*reference)),
            "admin-done-retried",
        )),
        Err(error) => page(&app, &me, *reference, Some(Trouble::of(error)?)).await,
    }
}

/// What the form of a store sends.
#[derive(serde::Deserialize)]
pub struct Chosen {
    store: String,
}

/// POST /admin/requests/{reference}/run/handover: a person does the rest in this store.
pub async fn hand_over(
    app: Data<App>,
    me: SignedIn,
    reference: Path<Reference>,
    CsrfForm(chosen): CsrfForm<Chosen>,
) -> WebResult {
    let store = StoreName(chosen.store);
    match actions::tasks::hand_over(&app, &me.actor, *reference, store).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            &format!("{}/run", request_path(*reference)),
            "admin-done-handed-over",
        )),
        Err(error) => page(&app, &me, *reference, Some(Trouble::of(error)?)).await,
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    reference: Reference,
    trouble: Option<Trouble>,
) -> WebResult {
    let (case, run) = cases::run(app, &me.actor, reference).await?;
    let tasks = cases::tasks(app, run.id).await?;
    let live = (!live::is_over(run.state)).then(|| live::version(&case, &run, &tasks));
    let changes = live.is_some();
    let decides = me.may(Permission::Decide);
    let mut frame = me.frame(app, Nav::Queue, Foot::Run).await?;
    alert(&mut frame, trouble, Ok(()));
    let (lang, request) = (frame.lang, &case.opened.request);
    let erases = request.kind == Kind::Erasure;
    let mut stores: Vec<StoreCard> = case
        .stores
        .iter()
        .map(|row| {
            let at_work = matches!(
                run.state,
                RunState::Searching | RunState::Running | RunState::Halted
            );
            let theirs = app.store(&row.store).is_none_or(|store| !store.is_ours());
            // What a system says that only a person can do there may be right to leave as it is.
            let remains = tasks.iter().any(|task| {
                task.store == row.store
                    && task.done_at.is_none()
                    && task.cause == TaskCause::Remainder
            });
            let stuck = row.state == StoreState::Halted || row.attempts > 0 || remains;
            StoreCard {
                tasks: links(app, lang, reference, &tasks, row),
                may_hand_over: decides && at_work && theirs && stuck,
                ..card(app, lang, &case, row, erases)
            }
        })
        .collect();
    stores.sort_by_key(|card| card.state != StoreState::Halted);
    let now = Moment::of(app, lang, app.clock.now()).when;
    let who = case
        .accepted()
        .and_then(|accepted| case.name(accepted.taken_by));
    let template = Run {
        reference: reference.to_string(),
        kind: request.kind,
        title: title(lang, &case),
        state: tag_of(lang, request),
        as_of: match (run.started_at, who) {
            (Some(at), Some(who)) => lang.text_with(
                "admin-run-as-of",
                &[
                    ("now", now.into()),
                    ("started", Moment::of(app, lang, at).when.into()),
                    ("who", who.into()),
                ],
            ),
            _ => lang.text_with("admin-run-seen", &[("now", now.into())]),
        },
        cells: erases.then(|| cells(&case, None)),
        copies: case
            .copies
            .iter()
            .filter(|_| erases)
            .map(|copy| CopyNotice::of(lang, copy))
            .collect(),
        ahead: ahead(lang, &case),
        stores,
        may_retry: decides
            && matches!(
                run.state,
                RunState::Searching | RunState::Running | RunState::Halted
            ),
        live,
        frame,
    };
    let status = match trouble {
        Some(_) => status(trouble),
        None => StatusCode::OK,
    };
    let answer = me.page(app, status, &template)?;
    Ok(if changes { scripted(answer) } else { answer })
}

fn title(lang: Lang, case: &Case) -> String {
    let found = case.count("erase") + case.count("keep");
    match case.opened.request.kind {
        Kind::Erasure if case.opened.request.is_closed() => {
            lang.text_with("admin-run-erased", &[("n", case.count("erase").into())])
        }
        Kind::Erasure => lang.text_with("admin-run-erasing", &[("n", case.count("erase").into())]),
        Kind::Access => lang.text_with("admin-run-collecting", &[("n", found.into())]),
        Kind::Rectification => lang.text_with("admin-run-writing", &[("n", case.fields.into())]),
        Kind::Objection => lang.text("admin-run-unsubscribing"),
    }
}

/// What is gone, what is still to go and what stays, in one store or in all.
fn cells(case: &Case, store: Option<&RunStore>) -> Cells {
    let counts = case
        .counts
        .iter()
        .filter(|count| store.is_none_or(|store| store.store == count.store));
    Cells::of(counts)
}

fn card(app: &App, lang: Lang, case: &Case, row: &RunStore, erases: bool) -> StoreCard {
    let cells = cells(case, Some(row));
    let figure = if erases {
        let left = [
            ("left", cells.todo.into()),
            ("total", (cells.todo + cells.gone).into()),
        ];
        let left = lang.text_with("admin-run-left", &left);
        if cells.kept > 0 {
            let kept = lang.text_with("admin-run-left-kept", &[("kept", cells.kept.into())]);
            format!("{left}, {kept}")
        } else {
            left
        }
    } else {
        lang.text_with("admin-people-records", &[("n", row.found.into())])
    };
    let last = match (row.verified_at.filter(|_| erases), row.attempts) {
        (Some(at), _) => lang.text_with(
            "admin-run-read-back",
            &[("when", Moment::of(app, lang, at).when.into())],
        ),
        (None, 0) => String::new(),
        (None, n) => lang.text_with("admin-run-tried", &[("n", i64::from(n).into())]),
    };
    let fault = row
        .trouble
        .as_deref()
        .filter(|trouble| !trouble.is_empty())
        .map(|trouble| {
            let mut lines = trouble.lines().map(ToOwned::to_owned);
            Fault {
                cause: lines.next().unwrap_or_default(),
                steps: lines.collect(),
            }
        });
    StoreCard {
        store: row.store.0.clone(),
        name: words::store(app, lang, &row.store),
        state: row.state,
        cells: erases.then_some(cells),
        figure,
        last,
        fault,
        reach: if erases {
            words::reach(app, lang, row)
        } else {
            Vec::new()
        },
        tasks: Vec::new(),
        may_hand_over: false,
    }
}

/// The tasks of a store, those that are open first.
fn links(
    app: &App,
    lang: Lang,
    reference: Reference,
    tasks: &[Task],
    row: &RunStore,
) -> Vec<TaskLink> {
    let mut links: Vec<TaskLink> = tasks
        .iter()
        .filter(|task| task.store == row.store)
        .map(|task| {
            let (id, when) = match task.done_at {
                Some(at) => ("admin-run-task-done", Moment::of(app, lang, at).when),
                None => ("admin-run-task", lang.date_medium(task.due_on)),
            };
            TaskLink {
                href: format!("{}/tasks/{}", request_path(reference), task.id),
                label: lang.text_with(id, &[("when", when.into())]),
                is_done: task.done_at.is_some(),
            }
        })
        .collect();
    links.sort_by_key(|link| link.is_done);
    links
}

/// What still happens before the request closes.
fn ahead(lang: Lang, case: &Case) -> Vec<Happening> {
    if case.opened.request.is_closed() {
        return Vec::new();
    }
    let next = |id: &str| Happening {
        tense: Tense::Next,
        when: None,
        text: lang.text(id),
    };
    let mut ahead = vec![next("admin-run-next-stores")];
    if case.opened.request.kind == Kind::Erasure && !case.copies.is_empty() {
        ahead.push(next("admin-run-next-copies"));
    }
    if case.opened.request.kind == Kind::Erasure {
        ahead.push(next("admin-run-next-search"));
    }
    ahead.push(next("admin-run-next-tell"));
    ahead
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, sample, state};
    use crate::domain::request::Progress;

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
            state: at,
            cells: Some(cells),
            figure: figure.into(),
            last: match at {
                StoreState::Done => {
                    lang.text_with("admin-run-read-back", &[("when", "10:38:04".into())])
                }
                StoreState::Halted => lang.text_with("admin-run-tried", &[("n", 3i64.into())]),
                _ => String::new(),
            },
            fault,
            reach: Vec::new(),
            tasks: match at {
                StoreState::WithPerson => vec![TaskLink {
                    href: "/admin/requests/7K4M-2QX9/tasks/1".into(),
                    label: lang.text_with("admin-run-task", &[("when", "14 December".into())]),
                    is_done: false,
                }],
                _ => Vec::new(),
            },
            may_hand_over: at == StoreState::Halted,
        };
    let fault = Fault {
        cause: "Request Tracker does not let Lethe delete in the queue “Billing”".into(),
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
    let page = |stores, cells, progress| Run {
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
        cells: Some(cells),
        stores,
        copies: Vec::new(),
        ahead: vec![
            next(Tense::Now, &lang.text("admin-run-next-stores")),
            next(Tense::Next, &lang.text("admin-run-next-search")),
            next(Tense::Next, &lang.text("admin-run-next-tell")),
        ],
        may_retry: true,
        live: match progress {
            Progress::Done => None,
            _ => Some("5b1f0c9a2d3e4f5061728394".into()),
        },
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
            StoreState::WithPerson,
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
        ..page(collecting, held(0, 5, 0), Progress::Running)
    };
    let done = || {
        vec![card(
            "licence",
            "Licences",
            StoreState::Done,
            held(3, 0, 2),
            &left(0, 5),
            None,
        )]
    };
    let waits = Run {
        copies: vec![
            CopyNotice::sample(lang, true),
            CopyNotice::sample(lang, false),
        ],
        may_retry: false,
        ..page(done(), held(46, 0, 2), Progress::Running)
    };
    vec![
        sample("run-waits-for-copy", &waits),
        sample("run-collecting", &collecting),
        sample("run-done", &page(done(), held(46, 0, 2), Progress::Done)),
        sample("run", &page(halted, held(27, 19, 2), Progress::Halted)),
        sample(
            "run-moving",
            &page(moving, held(900, 309, 2), Progress::Running),
        ),
    ]
}

//! `/admin/requests/{reference}`: one request with all in sight, and the forms that change something
//! beside the decision: answer, note, assignment. Decisions have pages of their own.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use super::item::matched;
use super::parts::{
    Choice, CopyNotice, Due, Fact, HoldNotice, Moment, Tag, due_of, person, tag_of,
};
use super::sign_in::Nothing;
use super::{Trouble, alert, audit, field, request_path, status};
use crate::{
    actions::{
        self,
        queries::cases::{self, Case, Deed, FoundItem, Only, Sight, StoreItems, Written},
        statement, words,
    },
    app::App,
    db::outbox::Letter,
    domain::{
        deadline::{Deadline, Term, own_target},
        reference::Reference,
        request::{DecisionError, Kind, Progress, Version},
        staff::Permission,
        store::StoreName,
    },
    i18n::Lang,
    web::{
        error::{WebError, WebResult},
        extract::{CsrfForm, SignedIn, query_value, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
        parts::{Cells, Happening, Message, Square, Tense},
    },
};

#[derive(Template)]
#[template(path = "admin/request.html")]
struct RequestPage {
    frame: StaffFrame,
    reference: String,
    /// The version of the request that is shown; every form sends it back.
    version: i32,
    kind: Kind,
    /// The name, or the address where we have no name.
    person: String,
    state: Tag,
    assigned: Option<String>,
    /// What this member of staff may do next, the most likely first.
    actions: Vec<Action>,
    /// Why there is nothing to decide, where there is not.
    nothing_to_do: Option<String>,
    /// Art. 18: everything but storage waits.
    is_restricted: bool,
    /// The legal holds on the person.
    hold: Option<HoldNotice>,
    /// Copies outside the stores that may hold the person.
    copies: Vec<CopyNotice>,
    /// Whether this member of staff may place one.
    may_hold: bool,
    /// What the person wrote with the request.
    details: String,
    /// For a correction: the values asked for.
    wishes: Vec<Fact>,
    /// `None` before the stores were searched.
    found: Option<Found>,
    candidates: Vec<Candidate>,
    stores: Vec<StoreRecords>,
    /// Whether records have a decision of their own; a review has none.
    /// Statistics that lead to a person, and so are inside the request.
    statistics: Vec<StatisticRow>,
    decides_records: bool,
    messages: Vec<Message>,
    returned: Vec<Returned>,
    may_reply: bool,
    errors: Errors,
    reply: Field,
    note: Field,
    notes: Vec<Message>,
    may_note: bool,
    /// Who can have it; empty for a role that may not assign.
    assignees: Vec<Choice>,
    clock: Clock,
    asker: Vec<Fact>,
    earlier: Vec<Earlier>,
    /// Newest first.
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
    /// What it is, a line.
    note: String,
}

struct StoreRecords {
    name: String,
    /// `5 records, Marketplace export of 9 December`.
    note: String,
    records: Vec<Record>,
    /// Where more are held than shown: the page that goes on.
    more: Option<String>,
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
    /// It goes when the legal hold has ended.
    Held,
    /// Stays until a date, on a ground.
    Keep {
        /// Empty where no day is set.
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

/// A letter to the person that did not reach them.
struct Returned {
    id: String,
    title: String,
    /// What the mail server said, and since when.
    said: String,
    /// What the button does; nothing once the words of the request are gone.
    resend: Option<String>,
}

struct Earlier {
    reference: String,
    kind: Kind,
    received: String,
    state: Tag,
}

/// What the forms of this page send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    seen: i32,
    details: String,
    assignee: String,
}

/// Which of the two texts was typed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrote {
    Reply,
    Note,
}

/// GET /admin/requests/{reference}
pub async fn show(
    app: Data<App>,
    me: SignedIn,
    reference: Path<Reference>,
    request: HttpRequest,
) -> WebResult {
    let only = query_value(&request, "store").map(|store| Only {
        store: StoreName(store),
        after: query_value(&request, "after").and_then(|after| after.parse().ok()),
    });
    page(&app, &me, *reference, only, None, None).await
}

/// POST /admin/requests/{reference}/messages
pub async fn reply(
    app: Data<App>,
    me: SignedIn,
    reference: Path<Reference>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    match actions::messages::write_as_staff(&app, &me.actor, *reference, &typed.details).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            &request_path(*reference),
            "admin-done-message",
        )),
        Err(error) => {
            let typed = Some((Wrote::Reply, typed.details.as_str()));
            page(
                &app,
                &me,
                *reference,
                None,
                typed,
                Some(Trouble::of(error)?),
            )
            .await
        }
    }
}

/// POST /admin/requests/{reference}/notes
pub async fn note(
    app: Data<App>,
    me: SignedIn,
    reference: Path<Reference>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    match actions::messages::add_note(&app, &me.actor, *reference, &typed.details).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            &request_path(*reference),
            "admin-done-note",
        )),
        Err(error) => {
            let typed = Some((Wrote::Note, typed.details.as_str()));
            page(
                &app,
                &me,
                *reference,
                None,
                typed,
                Some(Trouble::of(error)?),
            )
            .await
        }
    }
}

/// POST /admin/requests/{reference}/letters/{letter}
pub async fn resend(
    app: Data<App>,
    me: SignedIn,
    path: Path<(Reference, String)>,
    _: CsrfForm<Nothing>,
) -> WebResult {
    let (reference, letter) = path.into_inner();
    let letter = letter.parse().map_err(|_| WebError::NotFound)?;
    match actions::inbound::settle::resend(&app, &me.actor, reference, letter).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            &request_path(reference),
            "admin-done-resent",
        )),
        Err(error) => page(&app, &me, reference, None, None, Some(Trouble::of(error)?)).await,
    }
}

/// POST /admin/requests/{reference}/assignment
pub async fn assign(
    app: Data<App>,
    me: SignedIn,
    reference: Path<Reference>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    let to = typed.assignee.parse().ok();
    match actions::assign::assign(&app, &me.actor, *reference, to, Version(typed.seen)).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            &request_path(*reference),
            "admin-done-assigned",
        )),
        Err(error) => page(&app, &me, *reference, None, None, Some(Trouble::of(error)?)).await,
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    reference: Reference,
    only: Option<Only>,
    typed: Option<(Wrote, &str)>,
    trouble: Option<Trouble>,
) -> WebResult {
    let is_whole = only.is_none();
    let seen = cases::request(app, &me.actor, reference, only).await?;
    let mut frame = me.frame(app, Nav::Queue, Foot::Person).await?;
    alert(&mut frame, trouble, Ok(()));
    if let Some(Trouble::Field("letter", message)) = trouble {
        frame.alert = Some(frame.lang.text(message));
    }
    let (lang, case, request) = (frame.lang, &seen.case, &seen.case.opened.request);
    let asked = case.opened.asked.as_ref();
    let actions = actions_of(app, me, case);
    let is_open = !request.is_closed();
    let text = |wrote, name| match typed {
        Some((typed, text)) if typed == wrote => field(lang, trouble, name, text),
        _ => Field::default(),
    };
    let (reply, note) = (text(Wrote::Reply, "details"), text(Wrote::Note, "note"));
    let wish = |(name, value): &(String, String)| Fact {
        term: name
            .parse()
            .map_or_else(|_| name.clone(), |field| words::field(lang, field)),
        value: value.clone(),
    };
    let (notes, messages): (Vec<&Written>, Vec<&Written>) =
        seen.messages.iter().partition(|written| written.internal);
    let message = |written: &Written| message(app, lang, case, written);
    let template = RequestPage {
        reference: reference.to_string(),
        version: request.version.0,
        kind: request.kind,
        person: person(lang, &case.opened),
        state: tag_of(lang, request),
        assigned: case.name(request.assignee).map(ToOwned::to_owned),
        nothing_to_do: actions
            .iter()
            .all(|action| *action == Action::FollowRun)
            .then(|| nothing_to_do(lang, me, case)),
        actions,
        is_restricted: request.restricted_at.is_some(),
        hold: case.hold.as_ref().map(|hold| HoldNotice::of(lang, hold)),
        copies: case
            .copies
            .iter()
            .map(|copy| CopyNotice::of(lang, copy))
            .collect(),
        may_hold: me.may(Permission::Hold) && asked.is_some(),
        details: asked
            .and_then(|asked| asked.details.clone())
            .unwrap_or_default(),
        wishes: asked.map_or_else(Vec::new, |asked| asked.changes.iter().map(wish).collect()),
        found: found(app, lang, case),
        candidates: seen
            .candidates
            .iter()
            .filter(|_| is_whole)
            .map(|item| candidate(app, lang, item))
            .collect(),
        stores: seen
            .records
            .iter()
            .map(|records| store(app, lang, me, case, records))
            .collect(),
        statistics: statistics(app, lang, request.kind),
        decides_records: request.kind == Kind::Erasure,
        messages: messages.into_iter().map(message).collect(),
        returned: seen
            .returned
            .iter()
            .map(|letter| returned(app, lang, letter, asked.is_some()))
            .collect(),
        may_reply: is_open && asked.is_some(),
        errors: Errors::of([("details", &reply), ("note", &note)]),
        reply,
        note,
        notes: notes.into_iter().map(message).collect(),
        may_note: asked.is_some(),
        assignees: if is_open {
            assignees(lang, me, &seen)
        } else {
            Vec::new()
        },
        clock: clock(app, lang, case),
        asker: asker(lang, case),
        earlier: seen
            .earlier
            .iter()
            .map(|other| Earlier {
                reference: other.reference.to_string(),
                kind: other.kind,
                received: lang.date_short(other.received.on),
                state: tag_of(lang, other),
            })
            .collect(),
        trail: seen
            .trail
            .iter()
            .map(|entry| happening(app, lang, case, entry))
            .collect(),
        trail_count: seen.trail_count,
        frame,
    };
    me.page(app, status(trouble), &template)
}

fn returned(app: &App, lang: Lang, letter: &Letter, may_resend: bool) -> Returned {
    let name = lang.text_with("admin-mail-name", &[("letter", (&letter.letter).into())]);
    let trouble = letter.trouble.as_deref().unwrap_or_default();
    let trouble = trouble.trim_end_matches('.').to_owned();
    let resend = if letter.sealed.is_empty() {
        "admin-letter-links"
    } else {
        "admin-letter-again"
    };
    Returned {
        id: letter.id.to_string(),
        title: lang.text_with("admin-letter-returned", &[("letter", name.into())]),
        said: lang.text_with(
            "admin-letter-said",
            &[
                ("when", Moment::of(app, lang, letter.created_at).when.into()),
                ("trouble", trouble.into()),
            ],
        ),
        resend: may_resend.then(|| lang.text(resend)),
    }
}

/// What this person may do with it now, by role, law and state.
fn actions_of(app: &App, me: &SignedIn, case: &Case) -> Vec<Action> {
    let mut actions = Vec::new();
    let request = &case.opened.request;
    if me.may(Permission::Decide) {
        let accept = match case.allows(app, Deed::Accept) {
            // The page of the acceptance says that possible matches come first.
            Ok(()) | Err(DecisionError::OpenCandidates) => true,
            Err(_) => false,
        };
        let corrects = request.kind == Kind::Rectification && case.fields > 0;
        if accept {
            actions.push(if corrects {
                Action::Correct
            } else {
                Action::Accept
            });
        }
        let others = [
            (Deed::Refuse, Action::Refuse),
            (Deed::Extend, Action::Extend),
            (Deed::Ask, Action::Ask),
        ];
        actions.extend(
            others
                .into_iter()
                .filter(|(deed, _)| case.allows(app, *deed).is_ok())
                .map(|(_, action)| action),
        );
    }
    if case
        .run
        .as_ref()
        .is_some_and(|run| run.started_at.is_some())
    {
        actions.insert(0, Action::FollowRun);
    }
    actions
}

fn nothing_to_do(lang: Lang, me: &SignedIn, case: &Case) -> String {
    lang.text(match case.opened.request.progress {
        Progress::Done => "admin-nothing-closed",
        _ if !me.may(Permission::Decide) => "admin-nothing-role",
        Progress::Unproved => "admin-nothing-unconfirmed",
        Progress::Searching => "admin-nothing-searching",
        Progress::ToDecide
        | Progress::Second
        | Progress::Waiting
        | Progress::Running
        | Progress::Halted => "admin-why-already-decided",
    })
}

fn found(app: &App, lang: Lang, case: &Case) -> Option<Found> {
    case.run.as_ref()?;
    let searched_at = case.searched_at();
    let records: i64 = case.stores.iter().map(|row| row.found).sum();
    let stores = case.stores.iter().filter(|row| row.found > 0).count();
    let in_part = searched_at.is_none() && case.stores.iter().any(|row| row.trouble.is_some());
    if searched_at.is_none() && !in_part {
        return None;
    }
    let erases = case.opened.request.kind == Kind::Erasure;
    let (erase, keep) = (case.count("erase"), case.count("keep"));
    let mut figures = vec![("records", records.into()), ("stores", stores.into())];
    let summary = if erases {
        figures.extend([("erase", erase.into()), ("keep", keep.into())]);
        lang.text_with("admin-found-erasure", &figures)
    } else {
        lang.text_with("admin-found-all", &figures)
    };
    let size = |n: i64| usize::try_from(n).unwrap_or(0);
    Some(Found {
        summary,
        searched: searched_at.map_or_else(String::new, |at| {
            lang.text_with(
                "admin-searched",
                &[("when", Moment::of(app, lang, at).when.into())],
            )
        }),
        is_incomplete: in_part,
        is_empty: records == 0 && !in_part,
        cells: (erases && records > 0).then(|| Cells {
            gone: 0,
            todo: size(erase),
            kept: size(keep),
        }),
    })
}

fn candidate(app: &App, lang: Lang, found: &FoundItem) -> Candidate {
    Candidate {
        item: found.item.id.to_string(),
        key: label(found),
        store: words::store(app, lang, &found.item.store),
        note: description(lang, found),
    }
}

fn label(found: &FoundItem) -> String {
    found.described.as_ref().map_or_else(
        || found.item.key.0.clone(),
        |described| described.label.clone(),
    )
}

fn description(lang: Lang, found: &FoundItem) -> String {
    let kind = words::item_kind(lang, found.item.kind);
    match &found.described {
        Some(described) if !described.note.is_empty() => format!("{kind}. {}", described.note),
        _ => kind,
    }
}

fn store(app: &App, lang: Lang, me: &SignedIn, case: &Case, records: &StoreItems) -> StoreRecords {
    let may_change = me.may(Permission::Decide) && case.allows(app, Deed::Refuse).is_ok();
    let total = case
        .stores
        .iter()
        .find(|row| row.store == records.store)
        .map_or(0, |row| row.found);
    let record = |found: &FoundItem| Record {
        item: found.item.id.to_string(),
        key: label(found),
        description: description(lang, found),
        holds: found
            .described
            .as_ref()
            .map_or_else(String::new, |described| {
                lang.list(
                    &described
                        .holds
                        .iter()
                        .map(|name| words::held(lang, name))
                        .collect::<Vec<_>>(),
                )
            }),
        matched_by: matched(lang, found.item.matched),
        decision: decision(app, lang, case, found),
        may_change,
    };
    StoreRecords {
        name: words::store(app, lang, &records.store),
        note: lang.text_with("admin-people-records", &[("n", total.into())]),
        records: records.items.iter().map(record).collect(),
        more: records
            .next
            .map(|after| format!("?store={}&after={after}", records.store)),
    }
}

fn decision(app: &App, lang: Lang, case: &Case, found: &FoundItem) -> Decision {
    match found.item.decision.as_str() {
        "erase" if found.item.outcome.is_none() && case.hold.is_some() => Decision::Held,
        "erase" => Decision::Erase,
        "keep" => Decision::Keep {
            until: found
                .item
                .keep_until
                .map_or_else(String::new, |until| lang.date_short(until)),
            ground: found
                .item
                .ground
                .as_deref()
                .and_then(|ground| ground.parse().ok())
                .map_or_else(String::new, |ground| words::ground(app, lang, ground)),
        },
        "leave" => Decision::NotTheirs,
        _ => Decision::None,
    }
}

fn message(app: &App, lang: Lang, case: &Case, written: &Written) -> Message {
    let at = Moment::of(app, lang, written.at);
    let author = if written.by_subject {
        person(lang, &case.opened)
    } else {
        case.name(written.staff)
            .map_or_else(|| app.config.vendor.name.clone(), ToOwned::to_owned)
    };
    let author = match written.mailed {
        None => author,
        Some(proved) => {
            let how = lang.text(if proved {
                "admin-message-mailed"
            } else {
                "admin-message-mailed-unproved"
            });
            format!("{author}, {how}")
        }
    };
    Message {
        ours: !written.by_subject,
        author,
        datetime: at.datetime,
        when: at.when,
        paragraphs: written
            .text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(ToOwned::to_owned)
            .collect(),
    }
}

/// Whom it can be given to: anybody by who assigns, oneself by who may take what nobody has.
fn assignees(lang: Lang, me: &SignedIn, seen: &Sight) -> Vec<Choice> {
    let assignee = seen.case.opened.request.assignee;
    let choice = |staff: &crate::domain::staff::Staff| Choice {
        value: staff.id.to_string(),
        label: staff.name.clone(),
        chosen: assignee == Some(staff.id),
    };
    if me.may(Permission::Assign) {
        let nobody = Choice {
            value: String::new(),
            label: lang.text("admin-nobody"),
            chosen: assignee.is_none(),
        };
        std::iter::once(nobody)
            .chain(seen.staff.iter().map(choice))
            .collect()
    } else if me.may(Permission::Decide) && assignee.is_none() {
        vec![choice(&me.staff)]
    } else {
        Vec::new()
    }
}

fn clock(app: &App, lang: Lang, case: &Case) -> Clock {
    let request = &case.opened.request;
    let deadline = Deadline::reckon(request.received.on, request.due.term(), &app.calendar);
    let step = |date, what: &str| ClockStep {
        date: lang.day_month(date),
        what: lang.text(what),
    };
    let month = match request.due.term() {
        Term::Answer => "admin-clock-month",
        Term::Extended => "admin-clock-months",
    };
    let mut steps = vec![
        step(deadline.received_on, "admin-clock-received"),
        step(deadline.month_end, month),
    ];
    if deadline.due_on != deadline.month_end {
        steps.push(step(deadline.due_on, "admin-clock-rolled"));
    }
    let calendar = format!("{} {}", app.calendar.country(), deadline.due_on.year());
    let later = case.due_if_answered(app).with_suspension;
    let days = app.config.requests.own_target_days;
    let target = own_target(request.received.on, days, &app.calendar);
    let late = if request.is_closed() {
        0
    } else {
        (app.today() - target).get_days().max(0)
    };
    Clock {
        date: lang.date_long(request.due.strict),
        due: due_of(app, lang, request),
        steps,
        law: lang.text_with("admin-clock-law", &[("calendar", calendar.into())]),
        suspended: (later != request.due.strict).then(|| lang.date_medium(later)),
        target: lang.text_with(
            "admin-clock-target",
            &[
                ("date", lang.day_month(target).into()),
                ("late", i64::from(late).into()),
            ],
        ),
        calendar_warning: deadline.calendar_gap.then(|| {
            lang.text_with(
                "admin-clock-no-calendar",
                &[("year", deadline.due_on.year().to_string().into())],
            )
        }),
    }
}

fn asker(lang: Lang, case: &Case) -> Vec<Fact> {
    let request = &case.opened.request;
    let mut facts = Vec::new();
    let mut add = |term: &str, value: String| {
        facts.push(Fact {
            term: lang.text(term),
            value,
        })
    };
    if let Some(asked) = &case.opened.asked {
        if let Some(name) = &asked.name {
            add("admin-fact-name", name.clone());
        }
        add("admin-fact-address", asked.email.clone());
    }
    match request.stage.proof() {
        Some(proof) => add(
            "admin-fact-proof",
            lang.text_with("admin-proved", &[("proof", proof.as_str().into())]),
        ),
        None => add("admin-fact-proof", lang.text("admin-why-not-proved")),
    }
    if let Some(checked) = case
        .opened
        .asked
        .as_ref()
        .and_then(|asked| asked.checked.clone())
    {
        add("admin-fact-checked", checked);
    }
    add(
        "admin-fact-channel",
        lang.text_with(
            "admin-via",
            &[("via", request.received.via.as_str().into())],
        ),
    );
    let name = Lang::from_tag(&request.lang)
        .map_or_else(|| request.lang.clone(), |lang| lang.name().to_owned());
    add("admin-fact-language", name);
    if request.kind == Kind::Erasure
        && let Some(asked) = &case.opened.asked
    {
        let some = if asked.only_some { "some" } else { "all" };
        add(
            "admin-fact-covers",
            lang.text_with("admin-covers", &[("covers", some.into())]),
        );
    }
    facts
}

fn happening(app: &App, lang: Lang, case: &Case, entry: &crate::db::audit::Entry) -> Happening {
    let at = Moment::of(app, lang, entry.index.at);
    let what = lang.text_with(
        "admin-event",
        &[("action", entry.index.action.as_str().into())],
    );
    Happening {
        tense: Tense::Past,
        when: Some((at.datetime, at.when)),
        text: format!("{what} ({})", audit::by(lang, &case.names, entry)),
    }
}

/// A statistic that leads to a person.
struct StatisticRow {
    name: String,
    /// The field by which the person is found in it.
    by: String,
    place: String,
    /// What is to be done about it, a whole sentence.
    todo: String,
}

/// The statistics inside a request. One in a store of Lethe is found and worked with that store; of
/// another system Lethe knows nothing, so staff look it up.
fn statistics(app: &App, lang: Lang, kind: Kind) -> Vec<StatisticRow> {
    if kind == Kind::Objection {
        return Vec::new();
    }
    app.policy
        .statistics
        .iter()
        .map(|statistic| statement::of_statistic(lang, statistic))
        .filter(|said| said.linkable)
        .map(|said| StatisticRow {
            todo: lang.text_with(
                "admin-statistic-todo",
                &[
                    (
                        "where",
                        if said.store.is_some() {
                            "store"
                        } else {
                            "outside"
                        }
                        .into(),
                    ),
                    ("kind", kind.as_str().into()),
                ],
            ),
            by: said.by.unwrap_or_default(),
            name: said.name,
            place: said.place,
        })
        .collect()
}

#[cfg(test)]
fn statistics_sample(lang: Lang) -> Vec<StatisticRow> {
    ["outside", "store"]
        .map(|place| StatisticRow {
            name: "Errors in the browser".into(),
            by: "TrackingID".into(),
            place: "Error tracker".into(),
            todo: lang.text_with(
                "admin-statistic-todo",
                &[("where", place.into()), ("kind", "erasure".into())],
            ),
        })
        .into()
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, choices, facts, frame, moment, sample, state};
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
    let page = || RequestPage {
        frame: StaffFrame {
            foot: Foot::Person,
            flash: Some("Saved: #4810 is left alone.".into()),
            ..frame(lang, Nav::Queue)
        },
        reference: "7K4M-2QX9".into(),
        version: 4,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        state: state(lang, Progress::ToDecide, Kind::Erasure),
        assigned: Some("Aino Salo".into()),
        actions: vec![Action::Accept, Action::Refuse, Action::Extend, Action::Ask],
        nothing_to_do: None,
        is_restricted: false,
        hold: None,
        copies: vec![CopyNotice::sample(lang, false)],
        may_hold: true,
        details: "Please remove everything you have about me.".into(),
        wishes: Vec::new(),
        found: Some(Found {
            summary: lang.text_with(
                "admin-found-erasure",
                &[
                    ("records", 48i64.into()),
                    ("stores", 4i64.into()),
                    ("erase", 46i64.into()),
                    ("keep", 2i64.into()),
                ],
            ),
            searched: lang.text_with(
                "admin-searched",
                &[("when", moment(lang, 10, 10).when.into())],
            ),
            is_incomplete: false,
            is_empty: false,
            cells: Some(Cells {
                gone: 0,
                todo: 46,
                kept: 2,
            }),
        }),
        candidates: vec![Candidate {
            item: "0197a4".into(),
            key: "#4810 “Cannot sign in”".into(),
            store: "Support tickets".into(),
            note: "Ticket of 3 March 2025".into(),
        }],
        stores: vec![
            StoreRecords {
                name: "Licences".into(),
                note: "Marketplace export".into(),
                records: vec![
                    record(
                        "E-4TR-9A1-7KD",
                        "Northwind Boards, 25 users, ended 14 Mar 2026",
                        "Technical contact: name, email, phone",
                        Decision::Erase,
                    ),
                    record(
                        "AT-118240331-2",
                        "Sale of 14 Mar 2024",
                        "Billing contact: name, email",
                        keep(),
                    ),
                ],
                more: None,
            },
            StoreRecords {
                name: "Support tickets".into(),
                note: "Request Tracker".into(),
                records: vec![
                    record(
                        "#4377",
                        "Boards do not load",
                        "Name, email, 12 messages",
                        Decision::Erase,
                    ),
                    record(
                        "#4102",
                        "Question about the invoice",
                        "Name, email, 3 messages",
                        Decision::NotTheirs,
                    ),
                ],
                more: Some("?store=ticket".into()),
            },
        ],
        statistics: statistics_sample(lang),
        decides_records: true,
        messages: vec![
            message(
                false,
                "Marta Kowalska",
                "Does this include the ticket that my colleague opened for me?",
            ),
            message(
                true,
                "Jonas Weber",
                "Yes. Your name and address go from that ticket.",
            ),
        ],
        returned: vec![Returned {
            id: "0190a1c4-1111-7000-8000-000000000002".into(),
            title: lang.text_with(
                "admin-letter-returned",
                &[("letter", lang.text("admin-mail").into())],
            ),
            said: "550 5.1.1 no such mailbox.".into(),
            resend: Some(lang.text("admin-letter-links")),
        }],
        may_reply: true,
        errors: Errors::default(),
        reply: Field::default(),
        note: Field::default(),
        notes: vec![message(
            true,
            "Jonas Weber",
            "Called her on 3 December; she has no other address.",
        )],
        may_note: true,
        assignees: choices(&["Aino Salo", "Jonas Weber"]),
        clock: Clock {
            date: lang.date_long(jiff::civil::date(2026, 12, 21)),
            due: Due::new(lang, TODAY + 11.days(), TODAY),
            steps: vec![
                ClockStep {
                    date: lang.day_month(jiff::civil::date(2026, 11, 20)),
                    what: lang.text("admin-clock-received"),
                },
                ClockStep {
                    date: lang.day_month(jiff::civil::date(2026, 12, 20)),
                    what: lang.text("admin-clock-month"),
                },
                ClockStep {
                    date: lang.day_month(jiff::civil::date(2026, 12, 21)),
                    what: lang.text("admin-clock-rolled"),
                },
            ],
            law: lang.text_with("admin-clock-law", &[("calendar", "NL 2026".into())]),
            suspended: Some(lang.date_medium(jiff::civil::date(2027, 1, 4))),
            target: lang.text_with(
                "admin-clock-target",
                &[
                    (
                        "date",
                        lang.day_month(jiff::civil::date(2026, 12, 4)).into(),
                    ),
                    ("late", 6i64.into()),
                ],
            ),
            calendar_warning: None,
        },
        asker: facts(&[
            (&lang.text("admin-fact-name"), "Marta Kowalska"),
            (
                &lang.text("admin-fact-address"),
                "marta.kowalska@halden.example",
            ),
            (
                &lang.text("admin-fact-proof"),
                &lang.text_with("admin-proved", &[("proof", "mailbox_and_code".into())]),
            ),
            (
                &lang.text("admin-fact-channel"),
                &lang.text_with("admin-via", &[("via", "web".into())]),
            ),
            (&lang.text("admin-fact-language"), "English"),
            (&lang.text("admin-fact-covers"), "Everything"),
            (
                &lang.text("admin-fact-checked"),
                "Kowalski & Partners, power of attorney of 1 November",
            ),
        ]),
        earlier: vec![Earlier {
            reference: "2B7X-91AA".into(),
            kind: Kind::Access,
            received: lang.date_short(TODAY),
            state: state(lang, Progress::Done, Kind::Erasure),
        }],
        trail: vec![
            event("You opened the records"),
            event("Search finished, 48 found"),
            event("Identity proved"),
        ],
        trail_count: 12,
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
        statistics: Vec::new(),
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

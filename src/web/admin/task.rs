//! `/admin/requests/{reference}/tasks/{task}`: what a person does in a store by hand, and where they say
//! what they did.

use actix_web::web::{Data, Path};
use askama::Template;

use super::parts::{Fact, HoldNotice, Moment, person};
use super::{Trouble, field, request_path, status};
use crate::{
    actions::{
        self,
        queries::cases::{self, TaskCase},
        tasks::Attested,
        words,
    },
    app::App,
    domain::{ids::TaskId, reference::Reference, request::Kind, staff::Permission},
    web::{
        error::{WebError, WebResult},
        extract::{CsrfForm, SignedIn, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/task.html")]
struct Task {
    frame: StaffFrame,
    reference: String,
    task: String,
    kind: Kind,
    person: String,
    store: String,
    /// Who it is about, when it is due, whose it is.
    facts: Vec<Fact>,
    /// What to do, step by step.
    steps: Vec<String>,
    /// The records that are meant, or the right values, where nobody can say otherwise of them.
    listed: Vec<String>,
    /// The records of a removal that may turn out to be somebody else's.
    records: Vec<Record>,
    errors: Errors,
    found: Field,
    details: Field,
    /// What was said, once it is done.
    said: Option<String>,
    /// A legal hold on the person, which stops a removal.
    hold: Option<HoldNotice>,
    may: bool,
    /// Whether who looks sees more of the request than this page.
    sees_request: bool,
}

/// A record that is meant, and whether it was said to be somebody else's.
struct Record {
    id: String,
    label: String,
    ticked: bool,
}

/// What the form sends.
#[derive(Default)]
struct Typed {
    found: String,
    details: String,
    others: Vec<String>,
}

impl Typed {
    fn of(pairs: Vec<(String, String)>) -> Typed {
        let mut typed = Typed::default();
        for (name, value) in pairs {
            match name.as_str() {
                "found" => typed.found = value,
                "details" => typed.details = value,
                "other" => typed.others.push(value),
                _ => {}
            }
        }
        typed
    }
}

/// The ids in the address.
type Place = Path<(Reference, String)>;

fn task_id(text: &str) -> Result<TaskId, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

/// GET /admin/requests/{reference}/tasks/{task}
pub async fn show(app: Data<App>, me: SignedIn, place: Place) -> WebResult {
    let (reference, task) = place.into_inner();
    page(
        &app,
        &me,
        reference,
        task_id(&task)?,
        &Typed::default(),
        None,
    )
    .await
}

/// POST /admin/requests/{reference}/tasks/{task}: somebody did it, and says so.
pub async fn create(
    app: Data<App>,
    me: SignedIn,
    place: Place,
    CsrfForm(pairs): CsrfForm<Vec<(String, String)>>,
) -> WebResult {
    let (reference, task) = place.into_inner();
    let (task, typed) = (task_id(&task)?, Typed::of(pairs));
    let found = match typed.found.as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Trouble::Field("found", "admin-task-found-missing")),
    };
    let done = match found {
        Ok(found) => {
            let ids = typed.others.iter().map(|id| id.parse());
            let said = Attested {
                found,
                words: typed.details.clone(),
                not_theirs: ids.collect::<Result<_, _>>().map_err(|_| WebError::Form)?,
            };
            actions::tasks::attest(&app, &me.actor, reference, task, said)
                .await
                .map_err(Trouble::of)
        }
        Err(trouble) => Err(Ok(trouble)),
    };
    match done {
        Ok(()) => {
            // Whose task it was may see no more of the request.
            let page = if me.staff.role.sees_only_own() {
                format!("{}/tasks/{task}", request_path(reference))
            } else {
                format!("{}/run", request_path(reference))
            };
            Ok(see_other_saying(&app, &page, "admin-done-task"))
        }
        Err(trouble) => page(&app, &me, reference, task, &typed, Some(trouble?)).await,
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    reference: Reference,
    id: TaskId,
    typed: &Typed,
    trouble: Option<Trouble>,
) -> WebResult {
    let TaskCase {
        case,
        sees_request,
        task,
        todo,
        records,
        said,
    } = cases::task(app, &me.actor, reference, id).await?;
    let frame = me.frame(app, Nav::Queue, Foot::Person).await?;
    let lang = frame.lang;
    let fact = |term: &str, value: String| Fact {
        term: lang.text(term),
        value,
    };
    let mut facts = vec![fact("admin-task-due", lang.date_medium(task.due_on))];
    if let Some(asked) = &case.opened.asked {
        facts.push(fact("admin-task-address", asked.email.clone()));
        facts.extend(asked.name.clone().map(|name| fact("admin-task-name", name)));
    }
    if let Some(owner) = case.name(task.owner) {
        facts.push(fact("admin-task-owner", owner.to_owned()));
    }
    if let Some(at) = task.done_at {
        let when = Moment::of(app, lang, at).when;
        let who = case.name(task.done_by).unwrap_or_default();
        facts.push(fact("admin-task-done", format!("{when}, {who}")));
    }
    let found = field(lang, trouble, "found", &typed.found);
    let details = match trouble {
        Some(Trouble::Field("words", message)) => {
            Field::new(&typed.details).wrong(lang.text(message))
        }
        _ => Field::new(&typed.details),
    };
    let mine = task.owner.is_some() && task.owner == me.actor.staff_id();
    let may = task.done_at.is_none() && (mine || me.may(Permission::Decide));
    let template = Task {
        reference: reference.to_string(),
        task: id.to_string(),
        kind: case.opened.request.kind,
        person: person(lang, &case.opened),
        store: words::store(app, lang, &task.store),
        facts,
        steps: todo.steps,
        listed: if may && !records.is_empty() {
            Vec::new()
        } else {
            todo.records
        },
        records: records
            .into_iter()
            .filter(|_| may)
            .map(|(id, label)| Record {
                ticked: typed.others.contains(&id.to_string()),
                id: id.to_string(),
                label,
            })
            .collect(),
        errors: Errors::of([("found", &found), ("details", &details)]),
        found,
        details,
        hold: case
            .hold
            .as_ref()
            .filter(|_| case.opened.request.kind == Kind::Erasure)
            .map(|hold| HoldNotice::of(lang, hold)),
        may,
        sees_request,
        said,
        frame,
    };
    me.page(app, status(trouble), &template)
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{facts, person_frame, sample};

    let page = |kind, found: Field, said: Option<&str>| Task {
        frame: person_frame(lang),
        reference: "7K4M-2QX9".into(),
        task: "0198c0de-0000-7000-8000-000000000000".into(),
        kind,
        person: "marta@kowalska.example".into(),
        store: "Price list for resellers".into(),
        facts: facts(&[
            (
                &lang.text("admin-task-due"),
                &lang.date_medium(jiff::civil::date(2026, 12, 14)),
            ),
            (&lang.text("admin-task-address"), "marta@kowalska.example"),
            (&lang.text("admin-task-owner"), "Aino Salo"),
        ]),
        steps: vec![
            "Open “Resellers 2026” on the shared drive, and look in every sheet.".into(),
            lang.text_with("task-step", &[("kind", kind.as_str().into())]),
        ],
        listed: match kind {
            Kind::Rectification => vec!["Name: Marta Kowalska".into()],
            _ => Vec::new(),
        },
        records: match kind {
            Kind::Erasure => ["Ticket 4711, 3 March 2026", "Ticket 4712, 9 March 2026"]
                .iter()
                .map(|label| Record {
                    id: label[7..11].to_owned(),
                    label: (*label).to_owned(),
                    ticked: label.starts_with("Ticket 4712"),
                })
                .collect(),
            _ => Vec::new(),
        },
        errors: Errors::of([("found", &found)]),
        found,
        details: Field::default(),
        hold: None,
        may: said.is_none(),
        sees_request: kind != Kind::Access,
        said: said.map(Into::into),
    };
    let wrong = Field::default().wrong(lang.text("admin-task-found-missing"));
    vec![
        sample("task", &page(Kind::Erasure, Field::default(), None)),
        sample("task-wrong", &page(Kind::Rectification, wrong, None)),
        sample(
            "task-done",
            &page(
                Kind::Access,
                Field::default(),
                Some("Row 12: name, address."),
            ),
        ),
    ]
}

//! `/admin/requests/{reference}/rectification`: what we hold beside what was asked for, each value
//! its own decision. A refusal of a value needs its reason (Art. 12(4), 16).

use actix_web::web::{Data, Path};
use askama::Template;

use super::parts::{Choice, Due, Tag, due_of, person, tag_of};
use super::refusal::reason_label;
use super::{Trouble, alert, field, request_path, status};
use crate::{
    actions::{
        self,
        decide::{Accepted, FieldChoice},
        queries::cases::{self, Deed},
        words,
    },
    app::App,
    domain::{
        ids::RunItemId,
        reference::Reference,
        request::{Kind, RefusalReason, Version},
    },
    i18n::Lang,
    web::{
        error::WebResult,
        extract::{CsrfForm, SignedIn, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/rectification.html")]
struct Rectification {
    frame: StaffFrame,
    reference: String,
    version: i32,
    person: String,
    state: Tag,
    due: Due,
    errors: Errors,
    values: Vec<Value>,
    /// How many stores hold them.
    stores: usize,
    /// The reasons for a refusal that fit a value.
    reasons: Vec<Choice>,
    reason: Field,
    may_decide: bool,
}

/// One value that was asked for.
struct Value {
    /// Names the value in the form: the field is `accept-{id}`.
    id: String,
    /// What it is called, `Name`.
    name: String,
    /// What we hold; empty where we hold nothing.
    held: Vec<Span>,
    asked: Vec<Span>,
    /// A line beneath the value: why the rules propose a refusal; may be empty.
    note: String,
    held_in: String,
    accepts: bool,
}

/// A run of letters: the same on both sides, or only on one.
struct Span {
    text: String,
    /// It goes from what we hold, or comes with what was asked for.
    changes: bool,
}

/// What the form sends: the field `accept-{id}` for each value.
struct Typed(Vec<(String, String)>);

impl Typed {
    fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    fn accepts(&self, id: RunItemId) -> Option<bool> {
        match self.get(&format!("accept-{id}")) {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }

    /// The decision on every row of the values, or what is missing. What the rules refuse
    /// keeps its reason; every other refusal has the one that was chosen.
    fn choices(&self, values: &[cases::Value]) -> Result<Vec<FieldChoice>, Trouble> {
        let chosen: Option<RefusalReason> = self.get("reason").parse().ok();
        let mut choices = Vec::new();
        for value in values {
            let first = *value
                .ids
                .first()
                .ok_or(Trouble::Field("reason", "admin-value-undecided"))?;
            let accepts = self
                .accepts(first)
                .ok_or(Trouble::Field("reason", "admin-value-undecided"))?;
            let before = value
                .reason
                .as_deref()
                .and_then(|reason| reason.parse().ok());
            let refused = match (accepts, chosen.or(before)) {
                (true, _) => None,
                (false, Some(reason)) => Some(reason),
                (false, None) => return Err(Trouble::Field("reason", "admin-refusal-no-reason")),
            };
            choices.extend(value.ids.iter().map(|field| FieldChoice {
                field: *field,
                refused,
            }));
        }
        Ok(choices)
    }
}

/// GET /admin/requests/{reference}/rectification
pub async fn show(app: Data<App>, me: SignedIn, reference: Path<Reference>) -> WebResult {
    page(&app, &me, *reference, &Typed(Vec::new()), None).await
}

/// POST /admin/requests/{reference}/rectification
pub async fn create(
    app: Data<App>,
    me: SignedIn,
    reference: Path<Reference>,
    CsrfForm(typed): CsrfForm<Vec<(String, String)>>,
) -> WebResult {
    let typed = Typed(typed);
    let path = request_path(*reference);
    match decide(&app, &me, *reference, &typed).await {
        Ok(Accepted::Started) => Ok(see_other_saying(
            &app,
            &format!("{path}/run"),
            "admin-done-accepted",
        )),
        Ok(Accepted::Proposed) => Ok(see_other_saying(&app, &path, "admin-done-proposed")),
        Err(trouble) => page(&app, &me, *reference, &typed, Some(trouble?)).await,
    }
}

/// Decides the values and accepts the request.
async fn decide(
    app: &App,
    me: &SignedIn,
    reference: Reference,
    typed: &Typed,
) -> Result<Accepted, Result<Trouble, crate::web::error::WebError>> {
    let seen = Version(typed.get("seen").parse().unwrap_or(0));
    let (_, values) = cases::values(app, &me.actor, reference)
        .await
        .map_err(Trouble::of)?;
    let choices = typed.choices(&values).map_err(Ok)?;
    let seen = actions::decide::decide_fields(app, &me.actor, reference, seen, choices)
        .await
        .map_err(Trouble::of)?;
    actions::decide::accept(app, &me.actor, reference, seen)
        .await
        .map_err(Trouble::of)
}

async fn page(
    app: &App,
    me: &SignedIn,
    reference: Reference,
    typed: &Typed,
    trouble: Option<Trouble>,
) -> WebResult {
    let (case, values) = cases::values(app, &me.actor, reference).await?;
    let mut frame = me.frame(app, Nav::Queue, Foot::Person).await?;
    let possible = case.allows(app, Deed::Accept);
    alert(&mut frame, trouble, possible);
    let (lang, request) = (frame.lang, &case.opened.request);
    let reason = field(lang, trouble, "reason", typed.get("reason"));
    let mut stores: Vec<_> = values.iter().flat_map(|value| &value.stores).collect();
    stores.sort();
    stores.dedup();
    let fitting = RefusalReason::ALL
        .iter()
        .filter(|reason| reason.fits(Kind::Rectification));
    let template = Rectification {
        reference: reference.to_string(),
        version: request.version.0,
        person: person(lang, &case.opened),
        state: tag_of(lang, request),
        due: due_of(app, lang, request),
        errors: Errors::of([("reason", &reason)]),
        stores: stores.len(),
        values: values
            .iter()
            .map(|value| shown(app, lang, typed, value))
            .collect(),
        reasons: fitting
            .map(|code| Choice {
                value: code.to_string(),
                label: reason_label(lang, code.as_str()),
                chosen: typed.get("reason") == code.as_str(),
            })
            .collect(),
        reason,
        may_decide: possible.is_ok() && !values.is_empty(),
        frame,
    };
    me.page(app, status(trouble), &template)
}

fn shown(app: &App, lang: Lang, typed: &Typed, value: &cases::Value) -> Value {
    let id = value.ids.first().copied();
    let (held, asked) = differ(value.old.as_deref().unwrap_or_default(), &value.new);
    let name = value
        .field
        .parse()
        .map_or_else(|_| value.field.clone(), |field| words::field(lang, field));
    let stores: Vec<String> = value
        .stores
        .iter()
        .map(|store| words::store(app, lang, store))
        .collect();
    let before = value.decision != "refuse";
    let reason: Option<RefusalReason> = value
        .reason
        .as_deref()
        .and_then(|reason| reason.parse().ok());
    Value {
        id: id.map_or_else(String::new, |id| id.to_string()),
        name,
        held,
        asked,
        note: reason.map_or_else(String::new, |reason| reason_label(lang, reason.as_str())),
        held_in: format!(
            "{} ({})",
            lang.list(&stores),
            lang.text_with("admin-people-records", &[("n", value.ids.len().into())])
        ),
        accepts: id.and_then(|id| typed.accepts(id)).unwrap_or(before),
    }
}

/// Old and new, each with the middle that differs between what both begin and end with.
fn differ(old: &str, new: &str) -> (Vec<Span>, Vec<Span>) {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let front = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let back = old[front..]
        .iter()
        .rev()
        .zip(new[front..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let spans = |text: &[char]| {
        let parts = [
            (0, front, false),
            (front, text.len() - back, true),
            (text.len() - back, text.len(), false),
        ];
        let span = |(from, to, changes): (usize, usize, bool)| Span {
            text: text[from..to].iter().collect(),
            changes,
        };
        parts
            .into_iter()
            .filter(|(from, to, _)| from < to)
            .map(span)
            .collect()
    };
    (spans(&old), spans(&new))
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, choices, frame, sample, state};
    use crate::domain::request::Progress;

    let spans = |text: &str| -> Vec<Span> {
        let piece = |(n, text): (usize, &str)| Span {
            text: text.into(),
            changes: n % 2 == 1,
        };
        text.split('|')
            .enumerate()
            .map(piece)
            .filter(|span| !span.text.is_empty())
            .collect()
    };
    let value = |id: &str, name: &str, held: &str, asked: &str, note: &str, accepts| Value {
        id: id.into(),
        name: name.into(),
        held: spans(held),
        asked: spans(asked),
        note: note.into(),
        held_in: "Licences, trials, tickets".into(),
        accepts,
    };
    let page = |reason: Field| Rectification {
        frame: StaffFrame {
            foot: Foot::Person,
            ..frame(lang, Nav::Queue)
        },
        reference: "9XKC-44MB".into(),
        version: 2,
        person: "Haruka Tanaka".into(),
        state: state(lang, Progress::ToDecide, Kind::Erasure),
        due: Due::new(lang, TODAY, TODAY),
        errors: Errors::of([("reason", &reason)]),
        values: vec![
            value("1", "Name", "Haruka |Sato", "Haruka |Tanaka", "", true),
            value(
                "2",
                "Email",
                "h.|sato|@aokibuild.example",
                "h.|tanaka|@aokibuild.example",
                "Confirmed from both mailboxes, 10 Nov",
                true,
            ),
            value("3", "Phone", "", "|+81 3 5550 0178", "", true),
            value(
                "4",
                "Sale of 3 May 2025, billing name",
                "Haruka Sato",
                "Haruka |Tanaka",
                "An issued invoice shows the name of its day",
                false,
            ),
        ],
        stores: 3,
        reasons: choices(&[
            "It is accurate as it stands (Art. 16)",
            "We cannot establish identity (Art. 12(2))",
        ]),
        reason,
        may_decide: true,
    };
    vec![
        sample("rectification", &page(Field::default())),
        sample(
            "rectification-wrong",
            &page(Field::default().wrong(lang.text("admin-refusal-no-reason"))),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::differ;

    #[test]
    fn only_the_middle_that_differs_is_marked() {
        let marked = |old, new| {
            let (held, asked) = differ(old, new);
            let text = |spans: &[super::Span]| -> String {
                spans
                    .iter()
                    .map(|span| {
                        if span.changes {
                            format!("[{}]", span.text)
                        } else {
                            span.text.clone()
                        }
                    })
                    .collect()
            };
            (text(&held), text(&asked))
        };
        assert_eq!(
            marked("Haruka Sato", "Haruka Tanaka"),
            ("Haruka [Sato]".into(), "Haruka [Tanaka]".into())
        );
        assert_eq!(
            marked("h.sato@a.example", "h.sei@a.example").1,
            "h.s[ei]@a.example"
        );
        assert_eq!(marked("", "+81 3"), (String::new(), "[+81 3]".into()));
        assert_eq!(marked("aa", "aaa"), ("aa".into(), "aa[a]".into()));
    }
}

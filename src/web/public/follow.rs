//! `/requests/{reference}` and what is below it: the page of a request, for the browser that
//! holds its session. For everybody else all references, known or not, show the same form.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::received::reckoning;
use super::status::{
    Authority, Bundle, CertificateLink, Correction, Erased, Extension, KeptRow, Standing,
    StatusFormPage, StatusPage, StoreRow, WithdrawalPage,
};
use crate::actions::follow::{Followed, Progress, Said, follow};
use crate::actions::status::Download;
use crate::actions::submit::MAX_DETAILS;
use crate::actions::{ActionError, access, close, decide, messages, status, words};
use crate::app::App;
use crate::domain::reference::Reference;
use crate::domain::request::{Kind, Outcome, Proof, RefusalReason, Stage};
use crate::domain::run::{RunStore, StoreState};
use crate::i18n::Lang;
use crate::web::error::{WebError, WebResult};
use crate::web::extract::{CsrfForm, Limits, Visitor, attachment, query_value, see_other};
use crate::web::forms::Field;
use crate::web::parts::{Cells, Happening, Message, Tense};

/// GET /requests/{reference}
pub async fn show(
    app: Data<App>,
    visitor: Visitor,
    reference: Path<String>,
    request: HttpRequest,
) -> WebResult {
    let Some(followed) = following(&app, &visitor, &reference).await? else {
        return elsewhere(&app, &visitor);
    };
    let done = match query_value(&request, "done").as_deref() {
        Some("message") => Some("status-reply-sent"),
        Some("code") => Some("status-code-sent"),
        _ => None,
    };
    let page = page(&app, &visitor, &followed, Field::default(), None);
    visitor.page(
        &app,
        StatusCode::OK,
        &StatusPage {
            done: done.map(|id| visitor.lang.text(id)),
            ..page
        },
    )
}

/// What the person writes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MessageForm {
    details: String,
}

/// POST /requests/{reference}/messages
pub async fn write(
    app: Data<App>,
    visitor: Visitor,
    reference: Path<String>,
    form: CsrfForm<MessageForm>,
) -> WebResult {
    let Some(followed) = following(&app, &visitor, &reference).await? else {
        return elsewhere(&app, &visitor);
    };
    let typed = Field::new(form.0.details);
    match messages::write_as_subject(&app, followed.request.id, &typed.value).await {
        Ok(()) => Ok(see_other(
            &visitor
                .frame(&app, "/")
                .to(format!("{}?done=message", path(&followed))),
        )),
        Err(ActionError::Invalid { .. }) => {
            let l = visitor.lang;
            let wrong = if typed.value.trim().is_empty() {
                l.text("error-message-missing")
            } else {
                l.text_with("error-too-long", &[("most", MAX_DETAILS.into())])
            };
            let page = page(&app, &visitor, &followed, typed.wrong(wrong), None);
            visitor.page(&app, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// GET /requests/{reference}/withdrawal
pub async fn ask_withdrawal(
    app: Data<App>,
    visitor: Visitor,
    reference: Path<String>,
) -> WebResult {
    let Some(followed) = following(&app, &visitor, &reference).await? else {
        return elsewhere(&app, &visitor);
    };
    let (back, l) = (path(&followed), visitor.lang);
    if !is_withdrawable(&followed) {
        return Ok(see_other(&visitor.frame(&app, "/").to(back)));
    }
    let action = format!("{back}/withdrawal");
    let page = WithdrawalPage {
        frame: visitor.frame(&app, &action),
        kind: followed.request.kind,
        asks: super::asks(l, followed.request.kind, followed.asked.only_some),
        reference: followed.request.reference.to_string(),
        asked: l.date_long(followed.request.received.on),
        action,
        back,
    };
    visitor.page(&app, StatusCode::OK, &page)
}

/// A form that is one button.
#[derive(Debug, Deserialize)]
pub struct Press {}

/// POST /requests/{reference}/withdrawal
pub async fn withdraw(
    app: Data<App>,
    visitor: Visitor,
    reference: Path<String>,
    _form: CsrfForm<Press>,
) -> WebResult {
    let Some(followed) = following(&app, &visitor, &reference).await? else {
        return elsewhere(&app, &visitor);
    };
    decide::withdraw(&app, followed.request.id).await?;
    Ok(see_other(&visitor.frame(&app, "/").to(path(&followed))))
}

/// POST /requests/{reference}/code: mails a fresh code for the bundle.
pub async fn send_code(
    app: Data<App>,
    visitor: Visitor,
    limits: Data<Limits>,
    request: HttpRequest,
    reference: Path<String>,
    _form: CsrfForm<Press>,
) -> WebResult {
    let Some(followed) = following(&app, &visitor, &reference).await? else {
        return elsewhere(&app, &visitor);
    };
    limits.network(&app, &request)?;
    match status::send_bundle_code(&app, followed.request.id).await {
        // Pressed twice: the code is on its way already.
        Ok(()) | Err(ActionError::TooOften) => Ok(see_other(
            &visitor
                .frame(&app, "/")
                .to(format!("{}?done=code", path(&followed))),
        )),
        Err(error) => Err(error.into()),
    }
}

/// The code of the bundle.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    code: String,
}

/// POST /requests/{reference}/bundle: a download that counts.
pub async fn download(
    app: Data<App>,
    visitor: Visitor,
    reference: Path<String>,
    form: CsrfForm<CodeForm>,
) -> WebResult {
    let Some(followed) = following(&app, &visitor, &reference).await? else {
        return elsewhere(&app, &visitor);
    };
    let (l, typed) = (visitor.lang, Field::new(form.0.code));
    let wrong = if typed.value.trim().is_empty() {
        l.text("error-code-missing")
    } else {
        match status::download(&app, followed.request.id, &typed.value).await? {
            Download::Bundle(content) => return Ok(zip(&followed.request.reference, content)),
            Download::WrongCode { tries_left: 0 } => l.text("error-code-late"),
            Download::WrongCode { tries_left } => l.text_with(
                "error-code-wrong",
                &[("left", i64::from(tries_left).into())],
            ),
        }
    };
    let page = page(
        &app,
        &visitor,
        &followed,
        Field::default(),
        Some(typed.wrong(wrong)),
    );
    visitor.page(&app, StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn zip(reference: &Reference, content: Vec<u8>) -> HttpResponse {
    attachment("application/zip", &format!("{reference}.zip")).body(content)
}

/// The request of this reference, if this browser may follow it.
pub(super) async fn following(
    app: &App,
    visitor: &Visitor,
    reference: &str,
) -> Result<Option<Followed>, WebError> {
    let (Ok(reference), Some(id)) = (Reference::parse(reference), visitor.followed(app).await?)
    else {
        return Ok(None);
    };
    match follow(app, id, visitor.lang).await {
        Ok(followed) => {
            Ok(Some(followed).filter(|followed| followed.request.reference == reference))
        }
        Err(ActionError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What everybody else sees, whatever the reference: the form of `/status`.
pub(super) fn elsewhere(app: &App, visitor: &Visitor) -> WebResult {
    let stale = visitor.status_session.is_some();
    let page = StatusFormPage {
        frame: visitor.frame(app, "/status"),
        stale,
        email: Field::default(),
    };
    visitor.page(app, StatusCode::OK, &page)
}

fn path(followed: &Followed) -> String {
    format!("/requests/{}", followed.request.reference)
}

/// A request can be taken back until work on the stores has started.
fn is_withdrawable(followed: &Followed) -> bool {
    match followed.request.stage {
        Stage::Received | Stage::Verified { .. } => true,
        Stage::Fulfilling { .. } | Stage::Closed { .. } => false,
    }
}

fn page(
    app: &App,
    visitor: &Visitor,
    followed: &Followed,
    reply: Field,
    code: Option<Field>,
) -> StatusPage {
    let (l, request) = (visitor.lang, &followed.request);
    let closed_at = match request.stage {
        Stage::Closed { at, .. } => Some(at),
        Stage::Received | Stage::Verified { .. } | Stage::Fulfilling { .. } => None,
    };
    let extension = (closed_at.is_none() && request.due.extended_at.is_some()).then(|| Extension {
        due: l.date_long(request.due.strict),
        reason: words_of(followed, "extend"),
    });
    let due_or_done = match closed_at {
        Some(at) => (l.text("status-done"), l.date_long(app.date(at))),
        None => (l.text("status-due"), l.date_long(request.due.strict)),
    };
    let vendor = &app.config.vendor;
    let authority = Authority {
        name: vendor.authority_name.clone(),
        href: vendor.authority_url.as_str().to_owned(),
    };
    StatusPage {
        frame: visitor.frame(app, &path(followed)),
        kind: request.kind,
        asks: super::asks(l, request.kind, followed.asked.only_some),
        reference: request.reference.to_string(),
        done: None,
        standing: standing(app, l, followed, code),
        certificate: followed.certificate.as_ref().map(|issued| CertificateLink {
            ready: issued.proved.is_some(),
        }),
        authority: (closed_at.is_some() || extension.is_some()).then_some(authority),
        extension,
        facts: vec![
            (l.text("confirm-asked"), l.date_long(request.received.on)),
            due_or_done,
        ],
        reckoning: closed_at.is_none().then(|| reckoning(app, l, request)),
        messages: conversation(app, l, followed),
        reply: closed_at.is_none().then_some(reply),
        timeline: timeline(app, l, followed),
        withdrawable: is_withdrawable(followed),
        stays_until: stays_until(app, followed, closed_at).map(|at| l.date_medium(app.date(at))),
        told: followed
            .told
            .iter()
            .map(|line| (line.recipient.clone(), line.text.clone()))
            .collect(),
    }
}

/// Until when the page stays: longer where a run went on after the close, and without an end that
/// is known while a hold keeps something.
fn stays_until(app: &App, followed: &Followed, closed_at: Option<Timestamp>) -> Option<Timestamp> {
    let progress = followed.progress.as_ref();
    let ended_at = progress
        .and_then(|progress| progress.run.finished_at)
        .max(closed_at);
    let is_held = progress.is_some_and(|progress| progress.kept.iter().any(|item| item.held));
    closed_at?;
    ended_at
        .filter(|_| !is_held)
        .map(|at| close::page_stays_until(app, at))
}

/// The words of the latest decision of a kind.
fn words_of(followed: &Followed, kind: &str) -> String {
    let latest = followed
        .decisions
        .iter()
        .rfind(|decision| decision.kind == kind);
    latest.map_or_else(String::new, |decision| decision.words.clone())
}

fn paragraphs(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn conversation(app: &App, l: Lang, followed: &Followed) -> Vec<Message> {
    let message = |said: &Said| {
        let (datetime, when) = super::moment(app, l, said.at);
        let author = if said.by_subject {
            l.text("status-you")
        } else {
            app.config.vendor.name.clone()
        };
        Message {
            ours: !said.by_subject,
            author,
            datetime,
            when,
            paragraphs: paragraphs(&said.text),
        }
    };
    followed.messages.iter().map(message).collect()
}

fn standing(app: &App, l: Lang, followed: &Followed, code: Option<Field>) -> Standing {
    let request = &followed.request;
    match request.stage {
        Stage::Received | Stage::Verified { .. } if request.due.suspended_at.is_some() => {
            Standing::Question {
                paragraphs: paragraphs(&words_of(followed, "ask")),
            }
        }
        Stage::Received => Standing::Unproved,
        Stage::Verified { .. } => Standing::Deciding {
            due: l.date_long(request.due.strict),
        },
        Stage::Fulfilling { .. } => match (request.kind, &followed.progress) {
            (Kind::Erasure, Some(progress)) => Standing::Running {
                cells: Cells::of(&progress.counts),
                stores: store_rows(app, l, progress),
            },
            _ => Standing::Deciding {
                due: l.date_long(request.due.strict),
            },
        },
        Stage::Closed {
            outcome: Outcome::Refused,
            ..
        } => {
            let refusal = followed
                .decisions
                .iter()
                .rfind(|decision| decision.kind == "refuse");
            let reason = refusal
                .and_then(|refusal| refusal.reason.as_deref()?.parse::<RefusalReason>().ok());
            Standing::Refused {
                paragraphs: paragraphs(&words_of(followed, "refuse")),
                article: reason.map_or_else(String::new, |reason| {
                    l.text_with("gdpr-article", &[("article", reason.article().into())])
                }),
            }
        }
        Stage::Closed {
            outcome: Outcome::Withdrawn,
            at,
            ..
        } => Standing::Withdrawn {
            on: l.date_medium(app.date(at)),
        },
        Stage::Closed {
            outcome: Outcome::Fulfilled | Outcome::NothingFound,
            at,
            ..
        } => match request.kind {
            Kind::Access => copy(app, l, followed, at, code),
            Kind::Rectification => Standing::Corrected {
                values: corrections(app, l, followed),
            },
            Kind::Erasure => Standing::Erased(erased(app, l, followed)),
            Kind::Objection => Standing::Unsubscribed,
        },
    }
}

/// The copy, while it lies ready and afterwards.
fn copy(
    app: &App,
    l: Lang,
    followed: &Followed,
    closed_at: Timestamp,
    code: Option<Field>,
) -> Standing {
    let Some(bundle) = &followed.bundle else {
        return Standing::Handed {
            on: l.date_medium(app.date(copy_deleted_at(closed_at))),
        };
    };
    let records = followed
        .progress
        .as_ref()
        .map_or(0, |progress| Cells::of(&progress.counts).total());
    let is_code_out = bundle
        .code_expires_at
        .is_some_and(|end| app.clock.now() < end);
    Standing::Bundle(Bundle {
        holds: l.text_with("bundle-holds-records", &[("count", records.into())]),
        size: format!("{} kB", l.number(bundle.size.max(0).div_euclid(1000) + 1)),
        until: l.date_medium(app.date(bundle.expires_at)),
        downloads: l.text_with(
            "bundle-downloads",
            &[("count", i64::from(bundle.downloads).into())],
        ),
        code: code.or_else(|| is_code_out.then(Field::default)),
    })
}

fn copy_deleted_at(closed_at: Timestamp) -> Timestamp {
    closed_at + SignedDuration::from_hours(24 * access::DAYS)
}

fn erased(app: &App, l: Lang, followed: &Followed) -> Erased {
    let Some(progress) = &followed.progress else {
        return Erased {
            cells: Cells::of(&[]),
            removed: Vec::new(),
            kept: Vec::new(),
        };
    };
    let kept = progress.kept.iter().map(|item| KeptRow {
        what: item.label.clone(),
        ground: item.ground.clone(),
        article: l.text_with("gdpr-article", &[("article", (&item.article).into())]),
        until: item.until.map(|until| match item.held {
            true => l.text_with("erased-review", &[("date", l.date_short(until).into())]),
            false => l.date_short(until),
        }),
        held: item.held,
    });
    Erased {
        cells: Cells::of(&progress.counts),
        removed: store_rows(app, l, progress),
        kept: kept.collect(),
    }
}

fn store_rows(app: &App, l: Lang, progress: &Progress) -> Vec<StoreRow> {
    let number = |number: usize| l.number(i64::try_from(number).unwrap_or(i64::MAX));
    let row = |store: &RunStore| {
        let cells = Cells::of(
            progress
                .counts
                .iter()
                .filter(|count| count.store == store.store),
        );
        StoreRow {
            name: words::store(app, l, &store.store),
            found: number(cells.total()),
            removed: number(cells.gone),
            standing: how_far(app, l, store),
        }
    };
    progress.stores.iter().map(row).collect()
}

/// How far a store is; once it is done, when it was checked empty.
fn how_far(app: &App, l: Lang, store: &RunStore) -> String {
    l.text(match store.state {
        StoreState::Waiting | StoreState::Searched => "step-waiting",
        StoreState::Working => "step-working",
        StoreState::Verifying => "step-checking",
        StoreState::WithPerson => "step-with-person",
        StoreState::Halted => "step-halted",
        StoreState::Done => match store.verified_at {
            Some(at) => return super::moment(app, l, at).1,
            None => "status-done",
        },
    })
}

/// Every value that differed, and those that differed nowhere.
fn corrections(app: &App, l: Lang, followed: &Followed) -> Vec<Correction> {
    let name = |field: &str| {
        field
            .parse()
            .map_or_else(|_| field.to_owned(), |field| words::field(l, field))
    };
    let fields = followed
        .progress
        .as_ref()
        .map_or(&[][..], |progress| &progress.fields);
    let mut values: Vec<Correction> = fields
        .iter()
        .map(|(field, said)| {
            let refused = field
                .reason
                .as_deref()
                .and_then(|reason| reason.parse::<RefusalReason>().ok());
            let place = words::store(app, l, &field.store);
            Correction {
                field: name(&field.field),
                before: said.old.clone().unwrap_or_default(),
                asked: said.new.clone(),
                corrected: field.decision == "accept",
                outcome: refused.map_or(place, |reason| words::refusal(l, reason)),
            }
        })
        .collect();
    for (field, asked) in &followed.asked.changes {
        if !fields.iter().any(|(known, _)| known.field == *field) {
            values.push(Correction {
                field: name(field),
                before: String::new(),
                asked: asked.clone(),
                corrected: false,
                outcome: l.text("corrected-same"),
            });
        }
    }
    values
}

/// What happened, oldest first, what goes on and what comes.
pub(super) fn timeline(app: &App, l: Lang, followed: &Followed) -> Vec<Happening> {
    let (now, next) = now_and_next(followed);
    let kind = [("kind", followed.request.kind.slug().into())];
    let later = |tense, id: &str| Happening {
        tense,
        when: None,
        text: l.text_with(id, &kind),
    };
    past(followed)
        .into_iter()
        .map(|(at, id)| Happening {
            tense: Tense::Past,
            when: Some(super::moment(app, l, at)),
            text: l.text_with(id, &kind),
        })
        .chain(now.map(|id| later(Tense::Now, id)))
        .chain(next.map(|id| later(Tense::Next, id)))
        .collect()
}

/// When what happened, as the ids of its messages.
fn past(followed: &Followed) -> Vec<(Timestamp, &'static str)> {
    let request = &followed.request;
    let mut past = vec![(request.received.at, "timeline-asked")];
    // The run is made in the moment in which identity is proved.
    if let Some(progress) = &followed.progress {
        let proved = match request.stage.proof() {
            Some(Proof::Mailbox | Proof::MailboxAndCode) | None => "timeline-confirmed",
            Some(Proof::Staff | Proof::Authority) => "timeline-checked",
        };
        past.push((progress.run.created_at, proved));
    }
    let open_question = request.due.suspended_at.and_then(|_| {
        followed
            .decisions
            .iter()
            .rposition(|decision| decision.kind == "ask")
    });
    for (index, decision) in followed.decisions.iter().enumerate() {
        match decision.kind.as_str() {
            "accept" => past.push((decision.at, "timeline-accepted")),
            "refuse" => past.push((decision.at, "timeline-refused")),
            "extend" => past.push((decision.at, "timeline-extended")),
            "withdraw" => past.push((decision.at, "timeline-withdrawn")),
            "ask" => {
                past.push((decision.at, "timeline-question"));
                let answer = followed
                    .messages
                    .iter()
                    .find(|said| said.by_subject && said.at >= decision.at);
                let answer = answer.filter(|_| open_question != Some(index));
                past.extend(answer.map(|said| (said.at, "timeline-answered")));
            }
            _ => {}
        }
    }
    if let Stage::Closed {
        outcome: Outcome::Fulfilled | Outcome::NothingFound,
        at,
        ..
    } = request.stage
    {
        if request.kind != Kind::Access {
            past.push((at, "timeline-done"));
            // A run that was taken up at the end of a hold ended later than the request.
            let later = followed
                .progress
                .as_ref()
                .and_then(|progress| progress.run.finished_at)
                .filter(|later| request.kind == Kind::Erasure && *later > at);
            past.extend(later.map(|later| (later, "timeline-held-gone")));
        } else {
            past.push((at, "timeline-bundle"));
            if followed.bundle.is_none() {
                past.push((copy_deleted_at(at), "timeline-done"));
            }
        }
    }
    past.sort_by_key(|(at, _)| *at);
    past
}

/// What goes on, and what comes.
fn now_and_next(followed: &Followed) -> (Option<&'static str>, Option<&'static str>) {
    match (followed.request.stage, followed.request.kind) {
        (Stage::Received, _) => (None, None),
        (Stage::Verified { .. }, _) | (Stage::Fulfilling { .. }, Kind::Access) => {
            (Some("timeline-deciding"), Some("timeline-next"))
        }
        (Stage::Fulfilling { .. }, Kind::Erasure) => (Some("timeline-running"), None),
        (Stage::Fulfilling { .. }, Kind::Rectification | Kind::Objection) => {
            (Some("timeline-next"), None)
        }
        (Stage::Closed { .. }, _) => {
            let waits = followed
                .bundle
                .as_ref()
                .is_some_and(|bundle| bundle.downloads == 0);
            (None, waits.then_some("timeline-next"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::runs::ItemCount;
    use crate::domain::store::ItemOutcome;
    use crate::domain::store::StoreName;

    fn count(decision: &str, outcome: Option<ItemOutcome>, count: i64) -> ItemCount {
        ItemCount {
            store: StoreName("ticket".into()),
            decision: decision.to_owned(),
            outcome,
            count,
        }
    }

    #[test]
    fn only_records_of_the_person_are_counted() {
        let counts = [
            count("erase", Some(ItemOutcome::Erased), 3),
            count("erase", Some(ItemOutcome::Neutralised), 4),
            count("erase", None, 5),
            count("erase", Some(ItemOutcome::Failed), 1),
            count("keep", None, 2),
            count("leave", None, 90),
            count("undecided", None, 70),
        ];
        assert_eq!(
            Cells::of(&counts),
            Cells {
                gone: 7,
                todo: 6,
                kept: 2
            }
        );
    }

    #[test]
    fn words_stand_in_paragraphs_without_empty_lines() {
        assert_eq!(
            paragraphs("Which one?\r\n\r\n  This?\n"),
            ["Which one?", "This?"]
        );
        assert!(paragraphs(" \n").is_empty());
    }
}

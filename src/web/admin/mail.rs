//! `/admin/mail`: what came in and how it was judged, what goes out and why it has not; and the
//! page of one mail, where staff settle what no machine can judge.

use actix_web::HttpRequest;
use actix_web::web::{Bytes, Data, Path};
use askama::Template;
use futures_util::stream;
use jiff::civil::Date;
use serde::Deserialize;

use super::parts::{Choice, Due, Fact, Look, Moment, Tag};
use super::sign_in::Nothing;
use super::{Trouble, field, request_path, status};
use crate::{
    actions::{
        ActionError,
        inbound::{MAX_KEPT, PIPE, Read, settle},
        queries::mail::{self, Came, Goes, View},
    },
    app::App,
    db::incoming::MailboxState,
    domain::{
        due::DueDates,
        ids::{IncomingId, LetterId},
        incoming::{Dismissal, IncomingState, Verdict},
        reference::Reference,
        request::Kind,
    },
    i18n::Lang,
    web::{
        error::{WebError, WebResult},
        extract::{CsrfForm, SignedIn, attachment, query_value, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/mail.html")]
struct MailPage {
    frame: StaffFrame,
    /// How both ways stand, in a sentence.
    lead: String,
    /// Mailboxes that cannot be read.
    troubles: Vec<Stands>,
    views: Vec<ViewLink>,
    /// What the last column tells.
    due_heading: String,
    rows: Rows,
    /// The message where there is no row.
    empty: &'static str,
    first: Option<String>,
    next: Option<String>,
    boxes: Vec<BoxRow>,
    errors: Errors,
    /// Whether mails can be ticked and closed, for one reason.
    dismisses: bool,
    mails: Field,
    why: Field,
    whys: Vec<Choice>,
}

/// Something that stands in the way.
struct Stands {
    title: String,
    text: String,
}

struct ViewLink {
    view: View,
    count: String,
    href: String,
    current: bool,
}

enum Rows {
    In(Vec<InRow>),
    Out(Vec<OutRow>),
}

struct InRow {
    id: String,
    ticked: bool,
    from: String,
    subject: String,
    verdict: Tag,
    /// Why a person has to look; empty where none has.
    why: String,
    received: Moment,
    /// Until when an answer is due, if it is a request; for what waits.
    due: Option<Due>,
    reference: Option<String>,
}

struct OutRow {
    id: String,
    to: String,
    letter: String,
    state: Tag,
    /// What the mail server said, or when it is tried next.
    note: String,
    written: Moment,
    reference: Option<String>,
    may_retry: bool,
}

struct BoxRow {
    name: String,
    state: Tag,
    trouble: String,
    looked: Option<Moment>,
    newest: Option<Moment>,
}

/// GET /admin/mail
pub async fn show(app: Data<App>, me: SignedIn, request: HttpRequest) -> WebResult {
    let asked = query_value(&request, "view").unwrap_or_default();
    let view = View::ALL
        .into_iter()
        .find(|view| view.as_str() == asked)
        .unwrap_or(View::ForYou);
    let before = query_value(&request, "before").and_then(|before| before.parse().ok());
    list(&app, &me, view, before, &Ticked::default(), None).await
}

/// Mails that were ticked, and the reason for all of them.
#[derive(Default)]
struct Ticked {
    mails: Vec<String>,
    why: String,
}

/// POST /admin/mail/dismissals
pub async fn dismiss(
    app: Data<App>,
    me: SignedIn,
    CsrfForm(typed): CsrfForm<Vec<(String, String)>>,
) -> WebResult {
    let mut ticked = Ticked::default();
    for (name, value) in typed {
        match name.as_str() {
            "mail" => ticked.mails.push(value),
            "why" => ticked.why = value,
            _ => {}
        }
    }
    let ids: Vec<IncomingId> = ticked
        .mails
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    let trouble = match ticked.why.parse::<Dismissal>() {
        Err(_) => Trouble::Field("why", "admin-mail-no-why"),
        Ok(why) => match settle::all_as_nothing(&app, &me.actor, ids, why).await {
            Ok(_) => return Ok(see_other_saying(&app, "/admin/mail", "admin-done-mails")),
            Err(error) => Trouble::of(error)?,
        },
    };
    list(&app, &me, View::ForYou, None, &ticked, Some(trouble)).await
}

async fn list(
    app: &App,
    me: &SignedIn,
    view: View,
    before: Option<uuid::Uuid>,
    ticked: &Ticked,
    trouble: Option<Trouble>,
) -> WebResult {
    let seen = mail::page(app, &me.actor, view, before).await?;
    let lang = me.visitor.lang;
    let (rows, next) = match &seen.rows {
        mail::Rows::In(rows, next) => (
            Rows::In(
                rows.iter()
                    .map(|row| in_row(app, lang, row, ticked))
                    .collect(),
            ),
            next.map(|id| id.to_string()),
        ),
        mail::Rows::Out(rows, next) => (
            Rows::Out(rows.iter().map(|row| out_row(app, lang, row)).collect()),
            next.map(|id| id.to_string()),
        ),
    };
    let configured = &app.config.mail.inboxes;
    let state_of = |name: &str| seen.mailboxes.iter().find(|state| state.name == name);
    let boxes: Vec<BoxRow> = configured
        .iter()
        .map(|inbox| box_row(app, lang, &inbox.name, state_of(&inbox.name)))
        .collect();
    let is_empty = matches!(&rows, Rows::In(rows) if rows.is_empty());
    let mails = field(lang, trouble, "mails", "");
    let why = field(lang, trouble, "why", &ticked.why);
    let template = MailPage {
        frame: me.frame(app, Nav::Mail, Foot::List).await?,
        lead: lang.text_with(
            "admin-mail-lead",
            &[
                ("waiting", seen.waiting.into()),
                ("queued", seen.queued.into()),
            ],
        ),
        troubles: configured
            .iter()
            .filter_map(|inbox| state_of(&inbox.name))
            .filter_map(|state| stands(app, lang, state))
            .collect(),
        views: views(lang, &seen, view),
        due_heading: lang.text(if view == View::ForYou {
            "admin-col-due"
        } else {
            "admin-mail-became"
        }),
        rows,
        empty: match view {
            View::ForYou => "admin-mail-none-for-you",
            View::In => "admin-mail-none-in",
            View::Out => "admin-mail-none-out",
            View::Sent => "admin-mail-none-sent",
        },
        first: before.map(|_| address(view, None)),
        next: next.map(|next| address(view, Some(&next))),
        boxes,
        errors: Errors::of([("dismissals", &mails), ("why", &why)]),
        dismisses: view == View::ForYou && !is_empty,
        mails,
        why,
        whys: whys(lang, &ticked.why),
    };
    me.page(app, status(trouble), &template)
}

/// The reasons for which there is nothing to do, to choose from.
fn whys(lang: Lang, chosen: &str) -> Vec<Choice> {
    let choose = Choice {
        value: String::new(),
        label: lang.text("admin-choose"),
        chosen: chosen.is_empty(),
    };
    let reasons = Dismissal::ALL.iter().map(|why| {
        let is_it = chosen == why.as_str();
        Choice::worded(lang, "admin-mail-dismissal", "why", why.as_str(), is_it)
    });
    std::iter::once(choose).chain(reasons).collect()
}

fn address(view: View, before: Option<&str>) -> String {
    let before = before.map_or_else(String::new, |before| format!("&before={before}"));
    format!("/admin/mail?view={}{before}", view.as_str())
}

fn views(lang: Lang, seen: &mail::MailPage, current: View) -> Vec<ViewLink> {
    let link = |view| ViewLink {
        view,
        count: match view {
            View::ForYou => lang.number(seen.for_you),
            View::Out => lang.number(seen.queued + seen.failed),
            View::In | View::Sent => String::new(),
        },
        href: address(view, None),
        current: view == current,
    };
    View::ALL.into_iter().map(link).collect()
}

fn stands(app: &App, lang: Lang, state: &MailboxState) -> Option<Stands> {
    let trouble = state.trouble.as_ref()?;
    let since = Moment::of(app, lang, state.trouble_at?);
    Some(Stands {
        title: lang.text_with(
            "admin-mail-box-stands",
            &[("name", (&state.name).into()), ("since", since.when.into())],
        ),
        text: trouble.clone(),
    })
}

fn box_row(app: &App, lang: Lang, name: &str, state: Option<&MailboxState>) -> BoxRow {
    let trouble = state.and_then(|state| state.trouble.clone());
    let moment = |at| Moment::of(app, lang, at);
    let looked = state.and_then(|state| state.looked_at);
    let look = match (&trouble, looked) {
        (Some(_), _) => Look::Fails,
        (None, Some(_)) => Look::Good,
        (None, None) => Look::Waits,
    };
    BoxRow {
        name: name.to_owned(),
        state: Tag {
            look,
            text: lang.text_with(
                "admin-mail-box-state",
                &[(
                    "state",
                    match look {
                        Look::Fails => "fails",
                        Look::Good => "read",
                        _ => "new",
                    }
                    .into(),
                )],
            ),
        },
        trouble: trouble.unwrap_or_default(),
        looked: looked.map(moment),
        newest: state.and_then(|state| state.progress.newest_at).map(moment),
    }
}

/// What a mail was taken for.
fn verdict(lang: Lang, came: &Came) -> Tag {
    let Some(judged) = &came.mail.judged else {
        return Tag {
            look: Look::Moves,
            text: lang.text("admin-mail-unread"),
        };
    };
    let look = match (came.mail.state, judged.verdict) {
        (IncomingState::ForStaff, _) => Look::Asks,
        (_, Verdict::Asks | Verdict::Answers | Verdict::Objects | Verdict::Unsubscribes) => {
            Look::Good
        }
        (_, Verdict::Bounce) => Look::Warns,
        (_, Verdict::Automatic | Verdict::Repeated | Verdict::Unclear) => Look::Settled,
    };
    let name = match came.mail.settled {
        Some(settled) => format!("settled-{settled}"),
        None => judged.verdict.to_string(),
    };
    Tag {
        look,
        text: lang.text_with("admin-mail-verdict", &[("verdict", name.into())]),
    }
}

fn why(lang: Lang, came: &Came) -> String {
    let why = came.mail.judged.as_ref().and_then(|judged| judged.why);
    match why {
        Some(why) if came.mail.state == IncomingState::ForStaff => {
            lang.text_with("admin-mail-why", &[("why", why.as_str().into())])
        }
        _ => String::new(),
    }
}

fn from(lang: Lang, came: &Came) -> String {
    let Some(read) = &came.read else {
        return lang.text("admin-mail-nobody");
    };
    let nobody = if is_unread(read) {
        "admin-mail-unknown"
    } else {
        "admin-mail-nobody"
    };
    read.from.clone().unwrap_or_else(|| lang.text(nobody))
}

/// Whether nothing of what it says is known.
fn is_unread(read: &Read) -> bool {
    read.unreadable.is_some() || read.number.is_some()
}

fn subject(lang: Lang, came: &Came) -> String {
    match &came.read {
        Some(read) if !read.subject.trim().is_empty() => read.subject.clone(),
        Some(read) if is_unread(read) => lang.text("admin-mail-not-read"),
        _ => lang.text("admin-mail-no-subject"),
    }
}

/// Until when an answer is due, if the mail is a request (Art. 12(3)).
fn due(app: &App, came: &Came) -> Option<Date> {
    (came.mail.state == IncomingState::ForStaff).then(|| {
        let received = app.date(came.mail.received_at);
        DueDates::from_receipt(received, &app.calculation()).strict
    })
}

fn in_row(app: &App, lang: Lang, came: &Came, ticked: &Ticked) -> InRow {
    let id = came.mail.id.to_string();
    InRow {
        ticked: ticked.mails.contains(&id),
        id,
        from: from(lang, came),
        subject: subject(lang, came),
        verdict: verdict(lang, came),
        why: why(lang, came),
        received: Moment::of(app, lang, came.mail.received_at),
        due: due(app, came).map(|due| Due::new(lang, due, app.today())),
        reference: came.reference.map(|reference| reference.to_string()),
    }
}

fn out_row(app: &App, lang: Lang, goes: &Goes) -> OutRow {
    let letter = &goes.letter;
    let look = match letter.state.as_str() {
        "sent" => Look::Good,
        "failed" => Look::Fails,
        _ if letter.attempts > 0 => Look::Warns,
        _ => Look::Moves,
    };
    let note = match (&letter.trouble, goes.next_at) {
        (Some(trouble), Some(at)) => lang.text_with(
            "admin-mail-next",
            &[
                ("trouble", trouble.into()),
                ("when", Moment::of(app, lang, at).when.into()),
            ],
        ),
        (Some(trouble), None) => trouble.clone(),
        (None, _) => String::new(),
    };
    OutRow {
        id: letter.id.to_string(),
        to: goes
            .to
            .clone()
            .unwrap_or_else(|| lang.text("admin-forgotten")),
        letter: lang.text_with("admin-mail-name", &[("letter", (&letter.letter).into())]),
        state: Tag {
            look,
            text: lang.text_with(
                "admin-mail-out-state",
                &[("state", letter.state.as_str().into())],
            ),
        },
        note,
        written: Moment::of(app, lang, letter.created_at),
        reference: goes.reference.map(|reference| reference.to_string()),
        may_retry: letter.state != "sent" && goes.to.is_some() && letter.attempts > 0,
    }
}

/// POST /admin/mail/letters/{letter}
pub async fn retry(
    app: Data<App>,
    me: SignedIn,
    id: Path<String>,
    _: CsrfForm<Nothing>,
) -> WebResult {
    let id: LetterId = id.parse().map_err(|_| WebError::NotFound)?;
    let said = match settle::retry(&app, &me.actor, id).await {
        Ok(()) => "admin-done-letter",
        Err(ActionError::Invalid { .. }) => "admin-mail-no-words",
        Err(error) => return Err(error.into()),
    };
    Ok(see_other_saying(&app, "/admin/mail?view=out", said))
}

#[derive(Template)]
#[template(path = "admin/incoming.html")]
struct IncomingPage {
    frame: StaffFrame,
    id: String,
    subject: String,
    facts: Vec<Fact>,
    /// Its own words.
    paragraphs: Vec<String>,
    /// Whether it is still there as it came.
    may_download: bool,
    /// Whether it waits for a person.
    waits: bool,
    errors: Errors,
    action: Field,
    kind: Field,
    kinds: Vec<Choice>,
    email: Field,
    reference: Field,
    why: Field,
    whys: Vec<Choice>,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    action: String,
    kind: String,
    email: String,
    reference: String,
    why: String,
}

/// GET /admin/mail/{mail}
pub async fn incoming(app: Data<App>, me: SignedIn, id: Path<String>) -> WebResult {
    page(&app, &me, mail_id(&id)?, None, None).await
}

fn mail_id(text: &str) -> Result<IncomingId, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

/// POST /admin/mail/{mail}
pub async fn settle(
    app: Data<App>,
    me: SignedIn,
    id: Path<String>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    let id = mail_id(&id)?;
    match carry_out(&app, &me, id, &typed).await {
        Ok((path, said)) => Ok(see_other_saying(&app, &path, said)),
        Err(trouble) => page(&app, &me, id, Some(&typed), Some(trouble?)).await,
    }
}

/// Where the settled mail leads, and what is said there.
async fn carry_out(
    app: &App,
    me: &SignedIn,
    id: IncomingId,
    typed: &Typed,
) -> Result<(String, &'static str), Result<Trouble, WebError>> {
    let wrong = |field, message| Err(Ok(Trouble::Field(field, message)));
    match typed.action.as_str() {
        "request" => {
            let Ok(kind) = typed.kind.parse::<Kind>() else {
                return wrong("kind", "admin-mail-no-kind");
            };
            let request = settle::as_request(app, &me.actor, id, kind, &typed.email)
                .await
                .map_err(Trouble::of)?;
            Ok((request_path(request.reference), "admin-done-entered"))
        }
        "message" => {
            let reference: Reference = settle::to_request(app, &me.actor, id, &typed.reference)
                .await
                .map_err(Trouble::of)?;
            Ok((request_path(reference), "admin-done-mail"))
        }
        "nothing" => {
            let Ok(why) = typed.why.parse::<Dismissal>() else {
                return wrong("why", "admin-mail-no-why");
            };
            settle::as_nothing(app, &me.actor, id, why)
                .await
                .map_err(Trouble::of)?;
            Ok(("/admin/mail".to_owned(), "admin-done-mail"))
        }
        _ => wrong("action", "admin-mail-no-action"),
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    id: IncomingId,
    typed: Option<&Typed>,
    trouble: Option<Trouble>,
) -> WebResult {
    let opened = mail::mail(app, &me.actor, id).await?;
    let (lang, came) = (me.visitor.lang, &opened.came);
    let judged = came.mail.judged.as_ref();
    let suggested = judged.and_then(|judged| judged.kind);
    let value = |typed_value: fn(&Typed) -> &str, else_value: String| {
        typed.map_or(else_value, |typed| typed_value(typed).to_owned())
    };
    let action = field(
        lang,
        trouble,
        "action",
        &value(|typed| &typed.action, String::new()),
    );
    let kind = field(
        lang,
        trouble,
        "kind",
        &value(
            |typed| &typed.kind,
            suggested.map_or_else(String::new, |kind| kind.to_string()),
        ),
    );
    let sender = came.read.as_ref().and_then(|read| read.from.clone());
    let email = field(
        lang,
        trouble,
        "email",
        &value(|typed| &typed.email, sender.unwrap_or_default()),
    );
    let reference = field(
        lang,
        trouble,
        "reference",
        &value(
            |typed| &typed.reference,
            came.reference
                .map_or_else(String::new, |reference| reference.to_string()),
        ),
    );
    let why = field(
        lang,
        trouble,
        "why",
        &value(|typed| &typed.why, String::new()),
    );
    let mut frame = me.frame(app, Nav::Mail, Foot::Person).await?;
    if let Some(Trouble::Field("mail", message)) = trouble {
        frame.alert = Some(lang.text(message));
    }
    let choose = Choice {
        value: String::new(),
        label: lang.text("admin-choose"),
        chosen: kind.value.is_empty(),
    };
    let template = IncomingPage {
        frame,
        id: id.to_string(),
        subject: subject(lang, came),
        facts: facts(app, lang, &opened),
        paragraphs: came
            .read
            .as_ref()
            .map_or("", |read| read.text.as_str())
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(ToOwned::to_owned)
            .collect(),
        may_download: came.mail.parts > 0,
        waits: came.mail.state == IncomingState::ForStaff,
        errors: Errors::of([
            ("action-request", &action),
            ("kind", &kind),
            ("email", &email),
            ("reference", &reference),
            ("why", &why),
        ]),
        whys: whys(lang, &why.value),
        why,
        kinds: std::iter::once(choose)
            .chain(Kind::ALL.iter().map(|each| {
                let chosen = kind.value == each.as_str();
                Choice::worded(lang, "admin-kind", "kind", each.as_str(), chosen)
            }))
            .collect(),
        action,
        kind,
        email,
        reference,
    };
    me.page(app, status(trouble), &template)
}

/// All that is known of a mail, as rows.
fn facts(app: &App, lang: Lang, opened: &mail::Opened) -> Vec<Fact> {
    let came = &opened.came;
    let moment = |at| Moment::of(app, lang, at).when;
    let mut facts = Vec::new();
    let mut fact = |term: &str, value: String| {
        facts.push(Fact {
            term: lang.text(term),
            value,
        });
    };
    fact("admin-mail-from", from(lang, came));
    if let Some(judged) = &came.mail.judged {
        fact(
            "admin-mail-sender",
            lang.text_with(
                "admin-mail-proof",
                &[("proof", judged.proof.as_str().into())],
            ),
        );
    }
    fact("admin-col-received", moment(came.mail.received_at));
    fact("admin-mail-came", {
        if came.mail.source == PIPE {
            lang.text("admin-mail-piped")
        } else {
            came.mail.source.clone()
        }
    });
    fact("admin-mail-taken-for", verdict(lang, came).text);
    let why = why(lang, came);
    if !why.is_empty() {
        fact("admin-col-why", why);
    }
    if let Some(due) = due(app, came) {
        fact("admin-mail-due", lang.date_long(due));
    }
    let read = came.read.as_ref();
    if let Some(number) = read.and_then(|read| read.number) {
        fact("admin-mail-number", number.to_string());
    }
    if let Some(trouble) = read.and_then(|read| read.trouble.clone()) {
        fact("admin-mail-server-says", trouble);
    }
    if let Some(kind) = came.mail.judged.as_ref().and_then(|judged| judged.kind) {
        fact(
            "admin-mail-asks",
            lang.text_with("admin-kind", &[("kind", kind.as_str().into())]),
        );
    }
    let size = lang.number((came.mail.size + 1023) / 1024);
    match came.mail.judged.as_ref().map(|judged| judged.attachments) {
        Some(attachments) if !read.is_some_and(is_unread) => fact(
            "admin-mail-size",
            lang.text_with(
                "admin-mail-size-text",
                &[
                    ("size", size.into()),
                    ("attachments", i64::from(attachments).into()),
                ],
            ),
        ),
        // Some servers do not tell.
        _ if came.mail.size == 0 => {}
        _ => fact(
            "admin-mail-size",
            lang.text_with("admin-mail-size-alone", &[("size", size.into())]),
        ),
    }
    if came.mail.size > MAX_KEPT {
        fact("admin-mail-kept", lang.text("admin-mail-kept-part"));
    }
    if let Some(reference) = came.reference {
        fact("admin-col-reference", reference.to_string());
    }
    if let Some(at) = came.mail.settled_at {
        let who = opened
            .name(came.mail.settled_by)
            .map_or_else(String::new, ToOwned::to_owned);
        fact("admin-mail-settled", format!("{who}, {}", moment(at)));
    }
    facts
}

/// POST /admin/mail/{mail}/original: the mail as it came. Attachments are in it; nothing of it is
/// ever opened or shown here.
pub async fn original(
    app: Data<App>,
    me: SignedIn,
    id: Path<String>,
    _: CsrfForm<Nothing>,
) -> WebResult {
    let id = mail_id(&id)?;
    let first = mail::original(&app, &me.actor, id, 0).await?;
    let state = (app.into_inner(), me.actor.clone(), 1);
    let rest = stream::unfold(Some(state), move |state| async move {
        let (app, actor, seq) = state?;
        match mail::original(&app, &actor, id, seq).await {
            Ok(Some(part)) => Some((Ok(Bytes::from(part)), Some((app, actor, seq + 1)))),
            Ok(None) => None,
            Err(error) => {
                tracing::error!(%error, mail = %id, "a download of a mail was cut off");
                Some((Err(error), None))
            }
        }
    });
    let first = first.map(|part| Ok::<_, ActionError>(Bytes::from(part)));
    let parts = futures_util::StreamExt::chain(stream::iter(first), rest);
    // A type that no browser opens by itself.
    Ok(attachment("application/octet-stream", &format!("{id}.eml")).streaming(Box::pin(parts)))
}

#[cfg(test)]
pub(super) fn samples(lang: Lang) -> Vec<super::samples::Sample> {
    use super::samples::{TODAY, choices, facts, frame, moment, person_frame, sample};
    use jiff::civil::date;

    let tag = |look, id: &str, key: &str, value: &str| Tag {
        look,
        text: lang.text_with(id, &[(key, value.into())]),
    };
    let row = |from: &str, subject: &str, look, verdict: &str, why: Option<&str>| InRow {
        id: format!("0190a1c4-1111-7000-8000-{:012}", subject.len()),
        ticked: false,
        from: from.into(),
        subject: subject.into(),
        verdict: tag(look, "admin-mail-verdict", "verdict", verdict),
        why: why.map_or_else(String::new, |why| {
            lang.text_with("admin-mail-why", &[("why", why.into())])
        }),
        received: moment(lang, 9, 14),
        due: why.map(|_| Due::new(lang, date(2027, 1, 11), TODAY)),
        reference: (why.is_none() && look == Look::Good).then(|| "7K3M-Q2XA".into()),
    };
    let boxes = || {
        vec![
            BoxRow {
                name: "privacy".into(),
                state: tag(Look::Good, "admin-mail-box-state", "state", "read"),
                trouble: String::new(),
                looked: Some(moment(lang, 10, 10)),
                newest: Some(moment(lang, 9, 14)),
            },
            BoxRow {
                name: "support".into(),
                state: tag(Look::Fails, "admin-mail-box-state", "state", "fails"),
                trouble: "the login was refused".into(),
                looked: None,
                newest: None,
            },
        ]
    };
    let page = |rows, current, troubles: bool| MailPage {
        errors: Errors::default(),
        dismisses: current == View::ForYou,
        mails: Field::default(),
        why: Field::default(),
        whys: whys(lang, ""),
        frame: StaffFrame {
            foot: Foot::List,
            ..frame(lang, Nav::Mail)
        },
        lead: lang.text_with(
            "admin-mail-lead",
            &[("waiting", 1i64.into()), ("queued", 2i64.into())],
        ),
        troubles: if troubles {
            vec![Stands {
                title: lang.text_with(
                    "admin-mail-box-stands",
                    &[
                        ("name", "support".into()),
                        ("since", moment(lang, 10, 8).when.into()),
                    ],
                ),
                text: "the login was refused".into(),
            }]
        } else {
            Vec::new()
        },
        views: View::ALL
            .into_iter()
            .map(|view| ViewLink {
                view,
                count: if matches!(view, View::ForYou | View::Out) {
                    "3".into()
                } else {
                    String::new()
                },
                href: address(view, None),
                current: view == current,
            })
            .collect(),
        due_heading: lang.text("admin-col-due"),
        rows,
        empty: "admin-mail-none-for-you",
        first: None,
        next: Some(address(current, Some("0190a1c4"))),
        boxes: if troubles { boxes() } else { Vec::new() },
    };
    let for_you = Rows::In(vec![
        row(
            "helpdesk@tandem-works.example",
            "FW: question",
            Look::Asks,
            "unclear",
            Some("no-kind"),
        ),
        row(
            "ilona.varga@tandem-works.example",
            "access request",
            Look::Asks,
            "unclear",
            Some("several-senders"),
        ),
        row(
            "j.petit@ocean-etudes.example",
            "Supprimez mes données",
            Look::Good,
            "asks",
            None,
        ),
    ]);
    let letter = |to: &str, name: &str, look, state: &str, note: &str| OutRow {
        id: "0190a1c4-1111-7000-8000-000000000002".into(),
        to: to.into(),
        letter: lang.text_with("admin-mail-name", &[("letter", name.into())]),
        state: tag(look, "admin-mail-out-state", "state", state),
        note: note.into(),
        written: moment(lang, 10, 9),
        reference: Some("7K3M-Q2XA".into()),
        may_retry: !note.is_empty(),
    };
    let out = Rows::Out(vec![
        letter(
            "marta.kowalska@halden.example",
            "confirmation",
            Look::Moves,
            "queued",
            "",
        ),
        letter(
            "s.okafor@lagunatech.example",
            "erased",
            Look::Fails,
            "failed",
            "550 5.1.1",
        ),
    ]);
    let incoming = |waits: bool, wrong: bool| {
        let action = if wrong {
            Field::default().wrong(lang.text("admin-mail-no-action"))
        } else {
            Field::default()
        };
        IncomingPage {
            frame: StaffFrame {
                nav: Nav::Mail,
                ..person_frame(lang)
            },
            id: "0190a1c4-1111-7000-8000-000000000001".into(),
            subject: "FW: question".into(),
            facts: facts(&[("From", "helpdesk@tandem-works.example")]),
            paragraphs: vec!["See attached, can you help our colleague?".into()],
            may_download: true,
            waits,
            errors: Errors::of([("action-request", &action)]),
            action,
            kind: Field::default(),
            kinds: choices(&["Choose", "Review"]),
            email: Field::new("helpdesk@tandem-works.example"),
            reference: Field::default(),
            why: Field::default(),
            whys: whys(lang, ""),
        }
    };
    vec![
        sample("mail", &page(for_you, View::ForYou, true)),
        sample("mail-out", &page(out, View::Out, false)),
        sample(
            "mail-empty",
            &page(Rows::In(Vec::new()), View::ForYou, false),
        ),
        sample("incoming", &incoming(true, false)),
        sample("incoming-wrong", &incoming(true, true)),
        sample("incoming-settled", &incoming(false, false)),
    ]
}

//! Notices to recipients (Art. 19): who got data that was removed or corrected hears of it, by mail or
//! by a signed message, and the outcome is kept, so that the person can be told who was told. Of a request
//! they hear when it is closed; of a sweep once, at its end, whatever it removed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::run::Described;
use super::{ActionError, letters, sealing, statement::sentences, trail, words};
use crate::app::App;
use crate::db::notices::Notice;
use crate::db::runs::RunItem;
use crate::db::{self, Conn};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{NoticeId, RequestId, RunId, SweepId};
use crate::domain::job::Job;
use crate::domain::recipient::{Notify, Recipient};
use crate::domain::request::{Kind, Request};
use crate::domain::retention::{Category, Note};
use crate::domain::staff::Permission;
use crate::domain::store::{ItemKind, ItemOutcome};
use crate::http;
use crate::i18n::Lang;
use crate::mail::letters::Letter;
use crate::seal::Place;

/// Records that one notice names at the most; it says how many more there are.
const MOST: usize = 500;

/// Items that one look into a run takes.
const PAGE: i64 = 1000;

/// How long a webhook may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// After so many failed tries only a person can help: with growing delays, about three days.
const TRIES: i32 = 18;

/// One record, as the recipient can find it: never a name or an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// Which kind of data.
    category: String,
    /// The number of the licence or sale, the key of the ticket, the site's id.
    label: String,
    /// Of a rectification, the fields that were corrected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<String>,
}

/// What stands sealed in a notice.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Words {
    records: Vec<Record>,
    /// Records that are not named.
    more: usize,
}

/// What kind of data an item is; of a store in another system, what the operator says of it.
fn category(app: &App, item: &RunItem) -> Category {
    if let Some(file) = app.store_file(&item.store) {
        return file.category;
    }
    match item.kind {
        ItemKind::LicenceContact => Category::Licence,
        ItemKind::SaleContact => Category::Billing,
        ItemKind::TrialContact => Category::Trial,
        ItemKind::Ticket
        | ItemKind::Participant
        | ItemKind::TicketMessage
        | ItemKind::TicketFile
        | ItemKind::Mention => Category::Ticket,
        ItemKind::Installation => Category::Installation,
        ItemKind::Account | ItemKind::History | ItemKind::Record | ItemKind::Manual => {
            Category::Outside
        }
    }
}

/// Writes a notice for each recipient of what a run removed or corrected, in the transaction that
/// closes the request. Who cannot be told has a row too, with the ground.
///
/// # Errors
/// [`ActionError`].
pub(super) fn write(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    run: RunId,
) -> Result<(), ActionError> {
    let act = match request.kind {
        Kind::Erasure => "removal",
        Kind::Rectification => "rectification",
        Kind::Access | Kind::Objection => return Ok(()),
    };
    if app.policy.recipients.is_empty() {
        return Ok(());
    }
    let changed = changed(app, conn, request, run)?;
    for recipient in &app.policy.recipients {
        let theirs: Vec<Record> = changed
            .iter()
            .filter(|(category, _)| recipient.categories.contains(category))
            .map(|(_, record)| record.clone())
            .collect();
        if !theirs.is_empty() {
            write_one(app, conn, request, act, recipient, theirs)?;
        }
    }
    Ok(())
}

/// What a run removed or corrected, once each.
fn changed(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    run: RunId,
) -> Result<Vec<(Category, Record)>, ActionError> {
    let key = sealing::key(app, conn, request.id)?;
    let fields = db::runs::fields(conn, run)?;
    let mut changed: Vec<(Category, Record)> = Vec::new();
    for store in db::runs::stores(conn, run)? {
        let mut after = None;
        loop {
            let items = db::runs::items(conn, run, &store.store, after, PAGE)?;
            let Some(last) = items.last() else { break };
            after = Some(last.id);
            for item in &items {
                let corrected: Vec<String> = fields
                    .iter()
                    .filter(|field| field.store == item.store && field.key == item.key)
                    .filter(|field| {
                        matches!(
                            field.outcome,
                            Some(ItemOutcome::Corrected | ItemOutcome::Attested)
                        )
                    })
                    .map(|field| field.field.clone())
                    .collect();
                let is_gone = matches!(
                    item.outcome,
                    Some(ItemOutcome::Erased | ItemOutcome::Neutralised | ItemOutcome::Attested)
                );
                if corrected.is_empty() && !is_gone {
                    continue;
                }
                let described: Described = sealing::open(&key, "run_items", item.id, &item.sealed)?;
                let of = category(app, item);
                let record = Record {
                    category: of.as_str().to_owned(),
                    label: described.label,
                    fields: corrected,
                };
                if !changed.contains(&(of, record.clone())) {
                    changed.push((of, record));
                }
            }
        }
    }
    Ok(changed)
}

fn write_one(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    act: &str,
    recipient: &Recipient,
    mut records: Vec<Record>,
) -> Result<(), ActionError> {
    let (id, now): (NoticeId, _) = (app.id(), app.clock.now());
    let more = records.len().saturating_sub(MOST);
    records.truncate(MOST);
    let said = Words { records, more };
    let key = sealing::key(app, conn, request.id)?;
    let (state, trouble) = match &recipient.notify {
        Notify::No(why) => ("not_told", Some(why.en.clone())),
        Notify::Mail(_) | Notify::Webhook(_) => ("queued", None),
    };
    let notice = Notice {
        id,
        request: Some(request.id),
        sweep: None,
        recipient: recipient.name.clone(),
        way: recipient.notify.way().to_owned(),
        act: act.to_owned(),
        state: state.to_owned(),
        sealed: sealing::seal(&key, "notices", id, &said)?,
        attempts: 0,
        created_at: now,
        done_at: (state == "not_told").then_some(now),
        trouble,
    };
    db::notices::insert(conn, &notice)?;
    match &recipient.notify {
        Notify::Mail(to) => {
            let lang = app.config.vendor.language;
            let reference = Some(request.reference.to_string());
            let letter = letter(lang, reference, act, &said);
            let cause = cause(id);
            letters::post(
                app,
                conn,
                &cause,
                Some(request.id),
                to.as_str(),
                lang,
                &letter,
            )?;
        }
        Notify::Webhook(_) => {
            db::jobs::enqueue(conn, app.id(), &Job::TellRecipient(id), now)?;
        }
        Notify::No(_) => record(app, conn, &notice, "not_told")?,
    }
    Ok(())
}

/// Where the words of a notice about a sweep are sealed.
fn place_of(id: &str) -> Place<'_> {
    Place {
        table: "notices",
        id,
        column: "sealed",
    }
}

fn open_of_sweep(app: &App, notice: &Notice) -> Result<Words, ActionError> {
    Ok(app
        .keys
        .open_stored_json(place_of(&notice.id.to_string()), &notice.sealed)?)
}

/// Takes up what a sweep removes, for each recipient of it, in the transaction that removes it.
///
/// # Errors
/// [`ActionError`].
pub(super) fn gather(
    app: &App,
    conn: &mut Conn,
    sweep: SweepId,
    category: Category,
    labels: &[String],
) -> Result<(), ActionError> {
    let getting: Vec<&Recipient> = app
        .policy
        .recipients
        .iter()
        .filter(|recipient| recipient.categories.contains(&category))
        .collect();
    if labels.is_empty() || getting.is_empty() {
        return Ok(());
    }
    let known = db::notices::of_sweep(conn, sweep)?;
    for recipient in getting {
        let known = known
            .iter()
            .find(|notice| notice.recipient == recipient.name && notice.state == "gathered");
        let (id, mut said) = match known {
            Some(notice) => (notice.id, open_of_sweep(app, notice)?),
            None => (
                app.id(),
                Words {
                    records: Vec::new(),
                    more: 0,
                },
            ),
        };
        for label in labels {
            let record = Record {
                category: category.as_str().to_owned(),
                label: label.clone(),
                fields: Vec::new(),
            };
            if said.records.contains(&record) {
                continue;
            }
            match said.records.len() < MOST {
                true => said.records.push(record),
                false => said.more += 1,
            }
        }
        let sealed = app
            .keys
            .seal_stored_json(place_of(&id.to_string()), &said)?;
        if known.is_some() {
            db::notices::set_sealed(conn, id, &sealed)?;
            continue;
        }
        let notice = Notice {
            id,
            request: None,
            sweep: Some(sweep),
            recipient: recipient.name.clone(),
            way: recipient.notify.way().to_owned(),
            act: "retention".to_owned(),
            state: "gathered".to_owned(),
            sealed,
            attempts: 0,
            created_at: app.clock.now(),
            done_at: None,
            trouble: None,
        };
        db::notices::insert(conn, &notice)?;
    }
    Ok(())
}

/// Sends what a sweep has gathered, in the transaction that ends it. Who cannot be told keeps the row, with
/// the ground and without the records.
///
/// # Errors
/// [`ActionError`].
pub(super) fn send_gathered(app: &App, conn: &mut Conn, sweep: SweepId) -> Result<(), ActionError> {
    let now = app.clock.now();
    for notice in db::notices::of_sweep(conn, sweep)? {
        if notice.state != "gathered" {
            continue;
        }
        let recipient = app
            .policy
            .recipients
            .iter()
            .find(|recipient| recipient.name == notice.recipient);
        let gone = Notify::No(Note {
            en: "The rules do not name it any more.".to_owned(),
            de: Some("Die Regeln nennen ihn nicht mehr.".to_owned()),
        });
        match recipient.map_or(&gone, |recipient| &recipient.notify) {
            Notify::Mail(to) => {
                let said = open_of_sweep(app, &notice)?;
                let lang = app.config.vendor.language;
                let letter = letter(lang, None, &notice.act, &said);
                db::notices::gathered(conn, notice.id, "queued", None, now)?;
                let cause = cause(notice.id);
                letters::post(app, conn, &cause, None, to.as_str(), lang, &letter)?;
            }
            Notify::Webhook(_) => {
                db::notices::gathered(conn, notice.id, "queued", None, now)?;
                db::jobs::enqueue(conn, app.id(), &Job::TellRecipient(notice.id), now)?;
            }
            Notify::No(why) => {
                db::notices::gathered(conn, notice.id, "not_told", Some(&why.en), now)?;
                db::notices::set_sealed(conn, notice.id, &[])?;
                record(app, conn, &notice, "not_told")?;
            }
        }
    }
    Ok(())
}

fn cause(id: NoticeId) -> String {
    format!("notice:{id}")
}

fn letter(lang: Lang, reference: Option<String>, act: &str, said: &Words) -> Letter {
    let lines = said.records.iter().map(|record| {
        let of = record.category.parse().map_or_else(
            |_| record.category.clone(),
            |of| sentences::category(lang, of),
        );
        let fields: Vec<String> = record
            .fields
            .iter()
            .map(|field| {
                field
                    .parse()
                    .map_or_else(|_| field.clone(), |field| words::field(lang, field))
            })
            .collect();
        let line = [("category", of.into()), ("label", (&record.label).into())];
        match &fields[..] {
            [] => lang.text_with("notice-record", &line),
            fields => {
                let [category, label] = line;
                let fields = ("fields", lang.list(fields).into());
                lang.text_with("notice-record-fields", &[category, label, fields])
            }
        }
    });
    let mut records: Vec<String> = lines.collect();
    if said.more > 0 {
        records.push(lang.text_with("notice-more", &[("n", said.more.into())]));
    }
    Letter::RecipientNotice {
        act: act.to_owned(),
        reference,
        records,
    }
}

/// How a letter ended that may be a notice; called in the transaction that notes it.
///
/// # Errors
/// [`ActionError`].
pub(super) fn heard(
    app: &App,
    conn: &mut Conn,
    letter: &db::outbox::Letter,
    state: &str,
    trouble: Option<&str>,
) -> Result<(), ActionError> {
    let Some(id) = letter.cause.strip_prefix("notice:") else {
        return Ok(());
    };
    let Ok(id) = id.parse::<NoticeId>() else {
        return Ok(());
    };
    settle(app, conn, id, state, trouble)
}

fn settle(
    app: &App,
    conn: &mut Conn,
    id: NoticeId,
    state: &str,
    trouble: Option<&str>,
) -> Result<(), ActionError> {
    let now = app.clock.now();
    if db::notices::settle(conn, id, state, trouble, now)?
        && state != "queued"
        && let Some(notice) = db::notices::find(conn, id)?
    {
        record(app, conn, &notice, state)?;
        if state == "told" && notice.sweep.is_some() {
            // Nobody needs it any more; what a request was about goes with the request.
            db::notices::set_sealed(conn, id, &[])?;
        }
    }
    Ok(())
}

fn record(app: &App, conn: &mut Conn, notice: &Notice, state: &str) -> Result<(), ActionError> {
    let mut event = Event::new(Action::RecipientNotified)
        .ending(state)
        .with("recipient", &notice.recipient)
        .with("way", &notice.way)
        .with("act", &notice.act);
    if let Some(sweep) = notice.sweep {
        event = event.with("sweep", sweep);
    }
    trail::record(app, conn, &Actor::System, notice.request, &event)?;
    Ok(())
}

/// What became of a try to tell a recipient.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// It has the notice, or there is nothing to tell any more.
    Done,
    /// Try again after this time.
    Later(SignedDuration, String),
    /// Only a person can help.
    GivenUp(String),
}

/// Half a minute, doubling up to six hours.
fn delay(attempts: i32) -> SignedDuration {
    SignedDuration::from_secs((30_i64 << attempts.clamp(0, 10)).min(6 * 3600))
}

/// Sends a notice to a recipient's webhook.
///
/// # Errors
/// [`ActionError`].
pub async fn tell(app: &App, id: NoticeId) -> Result<Told, ActionError> {
    let inner = app.clone();
    let found = app
        .db
        .read(move |conn| -> Result<_, ActionError> {
            let Some(notice) =
                db::notices::find(conn, id)?.filter(|notice| notice.state == "queued")
            else {
                return Ok(None);
            };
            let Some(request) = notice.request else {
                let said = open_of_sweep(&inner, &notice)?;
                return Ok(Some((notice, None, Some(said))));
            };
            let opened = sealing::key(&inner, conn, request)
                .and_then(|key| sealing::open::<Words>(&key, "notices", id, &notice.sealed));
            let request = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
            let reference = Some(request.reference.to_string());
            match opened {
                Ok(said) => Ok(Some((notice, reference, Some(said)))),
                // The request was forgotten: what it was about is told to nobody any more.
                Err(ActionError::NotFound) => Ok(Some((notice, reference, None))),
                Err(error) => Err(error),
            }
        })
        .await?;
    let Some((notice, reference, said)) = found else {
        return Ok(Told::Done);
    };
    let recipient = app
        .policy
        .recipients
        .iter()
        .find(|recipient| recipient.name == notice.recipient);
    let tried = match (recipient.map(|recipient| &recipient.notify), &said) {
        (_, None) => Err((true, "the request was forgotten before".to_owned())),
        (Some(Notify::Webhook(url)), Some(said)) => send(app, url, &notice, reference, said)
            .await
            .map_err(|trouble| (notice.attempts + 1 >= TRIES, trouble)),
        _ => Err((true, "the policy has no webhook for it any more".to_owned())),
    };
    let (state, trouble) = match &tried {
        Ok(()) => ("told", None),
        Err((true, trouble)) => ("failed", Some(trouble.clone())),
        Err((false, trouble)) => ("queued", Some(trouble.clone())),
    };
    let inner = app.clone();
    app.db
        .write(move |conn| settle(&inner, conn, id, state, trouble.as_deref()))
        .await?;
    Ok(match tried {
        Ok(()) => Told::Done,
        Err((true, trouble)) => {
            tracing::error!(notice = %id, trouble, "a recipient could not be told (Art. 19)");
            Told::GivenUp(trouble)
        }
        Err((false, trouble)) => Told::Later(delay(notice.attempts), trouble),
    })
}

async fn send(
    app: &App,
    url: &str,
    notice: &Notice,
    reference: Option<String>,
    said: &Words,
) -> Result<(), String> {
    let http = http::client(PATIENCE).map_err(|_| {
        "cannot be called: are the system's certificate authorities (ca-certificates) there?"
            .to_owned()
    })?;
    let now: Timestamp = app.clock.now();
    let kind = match notice.act.as_str() {
        "rectification" => "data.rectified",
        _ => "data.erased",
    };
    let body = serde_json::json!({
        "type": kind,
        "timestamp": now.to_string(),
        "data": {
            "reference": reference,
            "sweep": notice.sweep.map(|sweep| sweep.to_string()),
            "records": said.records,
            "more": said.more,
        },
    })
    .to_string();
    // The same notice has the same id, however often it is sent.
    let id = notice.id.to_string();
    let secret = app.keys.webhook_secret(&notice.recipient);
    let signature = secret.sign(&id, now.as_second(), body.as_bytes());
    let answer = http
        .post(url)
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", now.as_second().to_string())
        .header("webhook-signature", signature)
        .body(body)
        .send()
        .await;
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("answered {}", answer.status().as_u16())),
        Err(error) if error.is_timeout() => Err("did not answer in time".to_owned()),
        Err(_) => Err("cannot be reached".to_owned()),
    }
}

/// Has a failed notice tried anew.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::NotFound`] if it has not failed.
pub async fn retry(app: &App, actor: &Actor, id: NoticeId) -> Result<(), ActionError> {
    actor.may(Permission::Decide)?;
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let notice = db::notices::find(conn, id)?.ok_or(ActionError::NotFound)?;
            if notice.way != "webhook" || !db::notices::requeue(conn, id)? {
                return Err(ActionError::NotFound);
            }
            let now = inner.clock.now();
            db::jobs::enqueue(conn, inner.id(), &Job::TellRecipient(id), now)?;
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// A recipient and what it was told, in words for the person (Art. 19, second sentence).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldLine {
    /// The recipient.
    pub recipient: String,
    /// Whether, when and how it was told, or why not.
    pub text: String,
}

/// Who was told about these requests.
///
/// # Errors
/// [`ActionError`].
pub(super) fn told(
    app: &App,
    conn: &mut Conn,
    requests: &[RequestId],
    lang: Lang,
) -> Result<Vec<ToldLine>, ActionError> {
    let notices = db::notices::of_requests(conn, requests)?;
    Ok(notices
        .into_iter()
        .map(|notice| {
            let day = notice.done_at.unwrap_or(notice.created_at);
            let on = ("on", lang.date_medium(app.date(day)).into());
            let text = match notice.state.as_str() {
                "told" => lang.text_with("notice-told", &[on]),
                "not_told" => {
                    let why = notice.trouble.unwrap_or_default();
                    lang.text_with("notice-not-told", &[("reason", why.into())])
                }
                "failed" => lang.text("notice-failed"),
                _ => lang.text_with("notice-queued", &[on]),
            };
            ToldLine {
                recipient: notice.recipient,
                text,
            }
        })
        .collect())
}

/// Who was told about a request: for its status page.
///
/// # Errors
/// [`ActionError`].
pub async fn told_of(
    app: &App,
    request: RequestId,
    lang: Lang,
) -> Result<Vec<ToldLine>, ActionError> {
    let inner = app.clone();
    app.db
        .read(move |conn| told(&inner, conn, &[request], lang))
        .await
}

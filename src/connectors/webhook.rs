//! A system behind a program of the vendor's own, asked by signed calls (docs/connectors.md).
//!
//! Each question is signed and has an id of its own; the answer is signed with that id, so that
//! nobody in between, no other server and no earlier answer can say "gone".

mod read;

use std::collections::BTreeSet;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::{Map, Value, json};

use self::read::{Object, Wrong, each_once, in_one_line, one_of};
use super::believed::Believed;
use super::peer::{Answer, Peer};
use crate::clock::Clock;
use crate::config::stores::{self, StoreFile};
use crate::domain::request::Field;
use crate::domain::run::Cause;
use crate::domain::store::{
    Change, Decision, Done, Exported, Ground, Item, ItemKey, ItemKind, ItemOutcome, Leftover,
    Level, Match, Order, Page, Reach, Sink, Store, StoreError, StoreName, Subject,
};
use crate::seal::SharedSecret;

/// The version of the protocol.
const VERSION: u64 = 1;

/// Bytes of an answer that holds no files.
const ANSWER: usize = 8 << 20;

/// Items of one page.
const PAGE: usize = 500;

/// Characters of a key or a cursor.
const KEY: usize = 200;
const CURSOR: usize = 1000;

/// Records of one answer to `export`, and the fields and files of each.
const RECORDS: usize = 2000;
const FIELDS: usize = 500;
const FILES: usize = 500;

/// What an item of another system can be.
const KINDS: [ItemKind; 8] = [
    ItemKind::Account,
    ItemKind::Record,
    ItemKind::History,
    ItemKind::Ticket,
    ItemKind::TicketMessage,
    ItemKind::TicketFile,
    ItemKind::Participant,
    ItemKind::Mention,
];

/// A call that the other side offers or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Find,
    Export,
    Values,
    Rectify,
    Erase,
    Verify,
}

const CALLS: [(&str, Call); 6] = [
    ("find", Call::Find),
    ("export", Call::Export),
    ("values", Call::Values),
    ("rectify", Call::Rectify),
    ("erase", Call::Erase),
    ("verify", Call::Verify),
];

/// A store behind a webhook.
pub(super) struct Webhook {
    name: StoreName,
    peer: Peer,
    secret: SharedSecret,
    clock: Clock,
    batch: usize,
    file_limit: usize,
    probed: Believed<Probed>,
}

/// What was said of itself.
#[derive(Clone)]
struct Probed {
    calls: Vec<Call>,
    reach: Reach,
}

impl Webhook {
    pub(super) fn new(
        file: &StoreFile,
        config: &stores::Webhook,
        clock: Clock,
    ) -> Result<Webhook, String> {
        let ca_file = config.ca_file.as_deref();
        Ok(Webhook {
            name: file.name.clone(),
            peer: Peer::new(config.url.clone(), file.timeout, ca_file)?,
            secret: config.secret.clone(),
            probed: Believed::new(clock.clone()),
            clock,
            batch: config.batch,
            file_limit: config.file_mib << 20,
        })
    }

    /// Asks, and makes sure who answers. `read` takes what is known out of the answer.
    async fn ask<T>(
        &self,
        call: &str,
        question: Value,
        limit: usize,
        about: About<'_>,
        read: impl FnOnce(&mut Object) -> Result<T, Wrong>,
    ) -> Result<T, StoreError> {
        let mut body = Map::new();
        body.insert("version".to_owned(), VERSION.into());
        body.insert("call".to_owned(), call.into());
        if let Value::Object(more) = question {
            body.extend(more);
        }
        let body = Value::Object(body).to_string();
        let now = self.clock.now();
        let asked = self.peer.ask_signed(&self.secret, now, body, limit);
        let (id, answer) = asked.await?;
        if !self.is_signed(&id, &answer) {
            return Err(unsigned(answer.status));
        }
        let read = || {
            let mut object = Object::whole(&answer.body)?;
            if object.maybe_number("version")? != Some(VERSION) {
                return object.wrong("version", "only version 1 is known");
            }
            let said = object.text("answer", 100)?;
            if said == "error" {
                let error = its_own_error(&mut object, about)?;
                object.end()?;
                return Ok(Err(error));
            }
            if said != call {
                return object.wrong("answer", &format!("it does not answer {call}"));
            }
            if answer.status != StatusCode::OK {
                return object.wrong("status", "only 200 goes with an answer that is no error");
            }
            let value = read(&mut object)?;
            object.end()?;
            Ok(Ok(value))
        };
        read().unwrap_or_else(|Wrong(reason)| {
            Err(StoreError::NeedsPerson {
                cause: format!("Its answer to “{call}” is not as agreed. {reason}."),
                mend: "Mend the program behind the webhook; docs/connectors.md has an example of \
                       each answer."
                    .to_owned(),
            })
        })
    }

    fn is_signed(&self, id: &str, answer: &Answer) -> bool {
        let header = |name: &str| answer.headers.get(name)?.to_str().ok();
        let timestamp = header("webhook-timestamp").and_then(|text| text.parse().ok());
        let (Some(timestamp), Some(signature)) = (timestamp, header("webhook-signature")) else {
            return false;
        };
        self.secret
            .has_signed(signature, id, timestamp, &answer.body)
    }

    /// What the other side can do, asked anew.
    async fn ask_probe(&self) -> Result<Probed, StoreError> {
        let probed = self
            .ask("probe", json!({}), ANSWER, About::nobody(), read_probe)
            .await?;
        let missing: Vec<&str> = CALLS
            .iter()
            .filter(|(_, call)| matches!(call, Call::Find | Call::Export | Call::Verify))
            .filter(|(_, call)| !probed.calls.contains(call))
            .map(|(word, _)| *word)
            .collect();
        if !missing.is_empty() {
            return Err(StoreError::NeedsPerson {
                cause: format!("It does not offer {}.", missing.join(", ")),
                mend: "Only values, rectify and erase can be left to a person.".to_owned(),
            });
        }
        Ok(probed)
    }

    /// What the other side can do. It makes sure of that, and with it of its rights, once a minute.
    async fn calls(&self) -> Result<Vec<Call>, StoreError> {
        Ok(self.probed.or_ask(self.ask_probe()).await?.calls)
    }

    /// One record of an export goes on, with its files.
    async fn give_out(
        &self,
        subject: &Subject,
        record: Record,
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        let Record {
            key,
            exported,
            files,
        } = record;
        let (kind, source) = (exported.kind, exported.source.clone());
        sink.record(exported)?;
        for file in files {
            if file.size > self.file_limit as u64 {
                let limit = self.file_limit >> 20;
                let reason = format!(
                    "The file has {} bytes; up to {limit} MiB are included.",
                    file.size
                );
                sink.record(Exported {
                    kind,
                    label: file.name.clone(),
                    source: source.clone(),
                    fields: vec![
                        ("File".to_owned(), file.name),
                        ("Not included".to_owned(), reason),
                    ],
                })?;
                continue;
            }
            let content = match file.content {
                Some(content) => content,
                None => {
                    let question = json!({
                        "subject": person(subject),
                        "key": key,
                        "file": file.name,
                    });
                    let (limit, size) = (self.file_limit / 3 * 4 + (1 << 20), file.size);
                    let read = |object: &mut Object| read_content(object, size);
                    self.ask("file", question, limit, About::person(subject), read)
                        .await?
                }
            };
            sink.file(&file.name, &content)?;
        }
        Ok(())
    }

    async fn erase(
        &self,
        subject: &Subject,
        orders: &[&Order],
        cause: Cause,
    ) -> Result<Vec<Done>, StoreError> {
        let mut parts = vec![cause.as_str()];
        parts.extend(orders.iter().map(|order| order.key.0.as_str()));
        let items: Vec<Value> = orders
            .iter()
            .map(|order| json!({ "key": order.key.0, "kind": order.kind.as_str() }))
            .collect();
        let question = json!({
            "subject": person(subject),
            "idempotency_key": self.secret.name_of(&parts),
            "items": items,
        });
        let read = |object: &mut Object| {
            let mut answered = Vec::new();
            for mut item in object.objects("items", orders.len())? {
                let key = item.name("key", KEY)?;
                let outcome = item.word("outcome", &OUTCOMES)?;
                let why = About::person(subject).hidden_in(&item.line("why", 300)?);
                if why.is_empty() && !is_gone(outcome) {
                    return item.wrong("why", "say what is the matter");
                }
                item.end()?;
                let why = (!why.is_empty()).then_some(why);
                answered.push((key, Done { outcome, why }));
            }
            let asked = orders.iter().map(|order| order.key.0.as_str());
            let keys: Vec<&str> = answered.iter().map(|(key, _)| key.as_str()).collect();
            each_once("items", asked, &keys)?;
            Ok(answered)
        };
        let about = About::person(subject);
        let answered = self.ask("erase", question, ANSWER, about, read).await?;
        let of = |order: &&Order| {
            let found = answered.iter().find(|(key, _)| *key == order.key.0);
            found.expect("each was answered").1.clone()
        };
        Ok(orders.iter().map(of).collect())
    }
}

/// What became of an item that was to go.
const OUTCOMES: [(&str, ItemOutcome); 4] = [
    ("erased", ItemOutcome::Erased),
    ("neutralised", ItemOutcome::Neutralised),
    ("failed", ItemOutcome::Failed),
    ("needs_person", ItemOutcome::NeedsPerson),
];

fn is_gone(outcome: ItemOutcome) -> bool {
    matches!(outcome, ItemOutcome::Erased | ItemOutcome::Neutralised)
}

/// The person, as the other side is asked about them.
fn person(subject: &Subject) -> Value {
    json!({ "address": subject.address.as_str(), "name": subject.name })
}

/// An answer that nobody with our secret gave to this question.
fn unsigned(status: StatusCode) -> StoreError {
    let number = status.as_u16();
    let (cause, mend) = match number {
        408 | 425 | 200..=299 => {
            return StoreError::Retry(format!(
                "The answer ({number}) is not signed with our secret for this question: something \
                 in between answered, or the secrets differ."
            ));
        }
        300..=399 => (
            format!("It sends us elsewhere ({number}), and we do not follow."),
            "Write the address where the program is into url.",
        ),
        401 | 403 => (
            format!("It does not accept our signature ({number})."),
            "Compare the secrets of both sides, and their clocks: five minutes apart is too much.",
        ),
        _ => (
            format!("It answers {number}, without a signature."),
            "Look whether url leads to the program behind the webhook, and into its log.",
        ),
    };
    StoreError::NeedsPerson {
        cause,
        mend: mend.to_owned(),
    }
}

/// An error that the other side tells in the words of the protocol.
fn its_own_error(object: &mut Object, about: About<'_>) -> Result<StoreError, Wrong> {
    let why = about.hidden_in(&object.line("why", 300)?);
    if why.is_empty() {
        return object.wrong("why", "say what is the matter");
    }
    let cause = format!("It says: {why}");
    let mend = object.line("mend", 300)?;
    Ok(match object.maybe_number("retry_seconds")? {
        Some(seconds) => StoreError::Later {
            cause,
            after: SignedDuration::from_secs(seconds.clamp(1, 600).cast_signed()),
        },
        None if mend.is_empty() => StoreError::Retry(cause),
        None => StoreError::NeedsPerson {
            cause,
            mend: about.hidden_in(&mend),
        },
    })
}

/// What a call is about, and what words of the other side must not repeat in a trail or a log.
#[derive(Clone, Copy, Default)]
struct About<'a> {
    subject: Option<&'a Subject>,
    change: Option<&'a Change>,
}

impl<'a> About<'a> {
    fn nobody() -> About<'a> {
        About::default()
    }

    fn person(subject: &'a Subject) -> About<'a> {
        About {
            subject: Some(subject),
            change: None,
        }
    }

    fn change(change: &'a Change) -> About<'a> {
        About {
            subject: None,
            change: Some(change),
        }
    }

    /// Words without what looks like an address, and without the pieces of the person's name, of
    /// their address and of the values of a correction, however they are written together.
    fn hidden_in(self, text: &str) -> String {
        let subject = self.subject.into_iter();
        let texts = subject.flat_map(|subject| {
            let local = subject.address.normalised().split('@').next();
            local.into_iter().chain(subject.name.as_deref())
        });
        let values = self.change.into_iter();
        let values =
            values.flat_map(|change| change.old.as_deref().into_iter().chain([&*change.new]));
        let pieces: BTreeSet<String> = texts
            .chain(values)
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
            .filter(|piece| piece.chars().count() > 1)
            .map(str::to_lowercase)
            .collect();
        let words = text.split(' ').map(|word| {
            if word.contains('@') || word.to_lowercase().contains("%40") {
                "…".to_owned()
            } else {
                without(word, &pieces)
            }
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

/// A word without these pieces.
fn without(word: &str, pieces: &BTreeSet<String>) -> String {
    let is_inside = |c: char| c.is_alphanumeric();
    let mut left = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let end = rest.find(|next| is_inside(next) != is_inside(c));
        let (piece, more) = rest.split_at(end.unwrap_or(rest.len()));
        if pieces.contains(&piece.to_lowercase()) {
            left.push('…');
        } else {
            left.push_str(piece);
        }
        rest = more;
    }
    left
}

fn read_probe(object: &mut Object) -> Result<Probed, Wrong> {
    let mut calls = Vec::new();
    for (n, word) in object.names("calls", 20)?.iter().enumerate() {
        calls.push(one_of(&format!("calls[{n}]"), word, &CALLS)?);
    }
    if calls.contains(&Call::Rectify) && !calls.contains(&Call::Values) {
        return object.wrong("calls", "rectify needs values, or nothing can be read back");
    }
    let levels: Vec<(&str, Level)> = Level::ALL
        .iter()
        .map(|level| (level.as_str(), *level))
        .collect();
    let level = object.word("level", &levels)?;
    if (level == Level::Manual) == calls.contains(&Call::Erase) {
        return object.wrong(
            "level",
            "manual is for those who do not offer erase, and only for them",
        );
    }
    let known: Vec<(&str, Leftover)> = Leftover::ALL
        .iter()
        .map(|one| (one.as_str(), *one))
        .collect();
    let mut leaves = Vec::new();
    for (n, word) in object.names("leaves", 20)?.iter().enumerate() {
        leaves.push(one_of(&format!("leaves[{n}]"), word, &known)?);
    }
    let system = object.line("system", 100)?;
    Ok(Probed {
        calls,
        reach: Reach {
            records: object.maybe_number("records")?,
            last_import: None,
            version: (!system.is_empty()).then_some(system),
            level,
            leaves,
        },
    })
}

fn read_page(
    object: &mut Object,
    subject: &Subject,
    after: Option<&str>,
) -> Result<Page<Item>, Wrong> {
    let mut items = Vec::<Item>::new();
    for item in object.objects("items", PAGE)? {
        let item = read_item(item, subject)?;
        if items.iter().any(|known| known.key == item.key) {
            let at = format!("items[{}]", items.len());
            return Err(Wrong(format!(
                "{at}.key: this key stands twice on the page"
            )));
        }
        items.push(item);
    }
    let next = match object.maybe_text("next", CURSOR)? {
        Some(next) if next.is_empty() => return object.wrong("next", "write null at the end"),
        next => next,
    };
    if next.is_some() && next.as_deref() == after {
        return object.wrong("next", "it leads to the same page again");
    }
    if next.is_some() && items.is_empty() {
        return object.wrong("items", "only the last page can be empty");
    }
    Ok(Page { items, next })
}

fn read_item(mut item: Object, subject: &Subject) -> Result<Item, Wrong> {
    let key = item.name("key", KEY)?;
    if key.contains('@') || key.to_lowercase().contains(subject.address.as_str()) {
        return item.wrong("key", "no address in a key: it stands in the log");
    }
    let kind = item.word("kind", &KINDS.map(|kind| (kind.as_str(), kind)))?;
    let matches: Vec<(&str, Match)> = Match::ALL.iter().map(|one| (one.as_str(), *one)).collect();
    let matched = item.word("match", &matches)?;
    let label = item.line("label", 200)?;
    if label.is_empty() {
        return item.wrong("label", "say what staff call it");
    }
    let note = item.line("note", 300)?;
    let holds = item.names("holds", 100)?;
    let proposal = match item.maybe_object("proposal")? {
        None => Decision::Erase,
        Some(mut proposal) => {
            let grounds: Vec<(&str, Ground)> =
                Ground::ALL.iter().map(|one| (one.as_str(), *one)).collect();
            let ground = proposal.word("keep", &grounds)?;
            let until = match proposal.maybe_text("until", 20)?.map(|day| day.parse()) {
                None => None,
                Some(Ok(day)) => Some(day),
                Some(Err(_)) => return proposal.wrong("until", "write a day as 2030-12-31"),
            };
            proposal.end()?;
            Decision::Keep(ground, until)
        }
    };
    item.end()?;
    Ok(Item {
        key: ItemKey(key),
        kind,
        label,
        note,
        holds: holds.iter().map(|name| in_one_line(name, 100)).collect(),
        matched,
        proposal,
        within: Vec::new(),
    })
}

/// A record of an export with its files.
struct Record {
    key: String,
    exported: Exported,
    files: Vec<File>,
}

struct File {
    name: String,
    size: u64,
    /// `None` if it has to be fetched.
    content: Option<Vec<u8>>,
}

fn read_records(
    object: &mut Object,
    asked: &[ItemKey],
    source: &str,
) -> Result<Vec<Record>, Wrong> {
    let mut records = Vec::<Record>::new();
    for mut record in object.objects("records", RECORDS)? {
        let key = record.name("key", KEY)?;
        let kind = record.word("kind", &KINDS.map(|kind| (kind.as_str(), kind)))?;
        let label = record.line("label", 200)?;
        let said = record.line("source", 300)?;
        let mut fields = Vec::new();
        for (at, field) in record.list("fields", FIELDS)? {
            match field {
                Value::Array(pair) => match <[Value; 2]>::try_from(pair) {
                    Ok([Value::String(name), Value::String(value)]) => {
                        fields.push((in_one_line(&name, 100), value));
                    }
                    _ => return Err(Wrong(format!("{at}: write a name and a value, both texts"))),
                },
                _ => return Err(Wrong(format!("{at}: write a list of a name and a value"))),
            }
        }
        let mut files = Vec::<File>::new();
        for mut file in record.objects("files", FILES)? {
            let name = file.name("name", 200)?;
            if files.iter().any(|known| known.name == name) {
                return file.wrong("name", "this name stands twice in the record");
            }
            let Some(size) = file.maybe_number("size")? else {
                return file.wrong("size", "missing");
            };
            let content = if file.has("content") {
                Some(read_content(&mut file, size)?)
            } else {
                None
            };
            file.end()?;
            files.push(File {
                name,
                size,
                content,
            });
        }
        record.end()?;
        records.push(Record {
            key,
            exported: Exported {
                kind: kind.as_str(),
                label,
                source: if said.is_empty() {
                    source.to_owned()
                } else {
                    said
                },
                fields,
            },
            files,
        });
    }
    // A record may have parts, each under its key; what is gone meanwhile is said to be.
    let mut answered: Vec<&str> = records.iter().map(|record| record.key.as_str()).collect();
    answered.sort_unstable();
    answered.dedup();
    let gone = object.names("gone", asked.len())?;
    answered.extend(gone.iter().map(String::as_str));
    each_once("records", asked.iter().map(|key| key.0.as_str()), &answered)?;
    Ok(records)
}

/// Bytes in base64, as many as were announced.
fn read_content(object: &mut Object, size: u64) -> Result<Vec<u8>, Wrong> {
    let text = object.text("content", usize::MAX)?;
    match BASE64.decode(text) {
        Ok(content) if content.len() as u64 == size => Ok(content),
        Ok(_) => object.wrong("content", "it has not as many bytes as size says"),
        Err(_) => object.wrong("content", "it is not base64"),
    }
}

fn read_values(object: &mut Object) -> Result<Vec<(Field, String)>, Wrong> {
    let Some(values) = object.maybe_object("values")? else {
        return Ok(Vec::new());
    };
    let known: Vec<(&str, Field)> = Field::ALL.iter().map(|one| (one.as_str(), *one)).collect();
    values
        .all_texts(2000)?
        .into_iter()
        .map(|(name, value)| Ok((one_of("values", &name, &known)?, value)))
        .collect()
}

#[async_trait]
impl Store for Webhook {
    fn name(&self) -> StoreName {
        self.name.clone()
    }

    fn batch(&self) -> usize {
        self.batch
    }

    async fn probe(&self) -> Result<Reach, StoreError> {
        Ok(self.probed.anew(self.ask_probe()).await?.reach)
    }

    async fn inventory(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        self.calls().await?;
        let question = json!({ "subject": person(subject), "after": after });
        let read = |object: &mut Object| read_page(object, subject, after);
        let about = About::person(subject);
        self.ask("find", question, ANSWER, about, read).await
    }

    async fn export(
        &self,
        subject: &Subject,
        items: &[ItemKey],
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        for keys in items.chunks(self.batch) {
            let question = json!({
                "subject": person(subject),
                "keys": keys.iter().map(|key| &key.0).collect::<Vec<_>>(),
            });
            let limit = self.file_limit / 3 * 4 + ANSWER;
            let read = |object: &mut Object| read_records(object, keys, &self.name.0);
            let about = About::person(subject);
            for record in self.ask("export", question, limit, about, read).await? {
                self.give_out(subject, record, sink).await?;
            }
        }
        Ok(())
    }

    /// Where values are not offered nobody knows them before somebody looks.
    async fn values(&self, item: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        if !self.calls().await?.contains(&Call::Values) {
            let known = Field::ALL.iter().filter(|field| **field != Field::Other);
            return Ok(known.map(|field| (*field, String::new())).collect());
        }
        let question = json!({ "key": item.0 });
        let about = About::nobody();
        self.ask("values", question, ANSWER, about, read_values)
            .await
    }

    async fn rectify(&self, item: &ItemKey, change: &Change) -> Result<Done, StoreError> {
        if !self.calls().await?.contains(&Call::Rectify) {
            return Ok(ItemOutcome::NeedsPerson.into());
        }
        let question = json!({
            "key": item.0,
            "field": change.field.as_str(),
            "old": change.old,
            "new": change.new,
        });
        let read = |object: &mut Object| {
            object.word(
                "outcome",
                &[
                    ("corrected", ItemOutcome::Corrected),
                    ("kept", ItemOutcome::Kept),
                    ("needs_person", ItemOutcome::NeedsPerson),
                ],
            )
        };
        let about = About::change(change);
        let outcome = self.ask("rectify", question, ANSWER, about, read).await?;
        if outcome == ItemOutcome::Corrected {
            let now = self.values(item).await?;
            if !now.contains(&(change.field, change.new.clone())) {
                let why = "It says that the value is corrected, and shows another one.";
                return Ok(Done::because(ItemOutcome::Failed, why));
            }
        }
        Ok(outcome.into())
    }

    async fn carry_out(
        &self,
        subject: &Subject,
        orders: &[Order],
        cause: Cause,
    ) -> Result<Vec<Done>, StoreError> {
        let erases = self.calls().await?.contains(&Call::Erase);
        let to_go: Vec<&Order> = orders.iter().filter(|order| order.is_erasure()).collect();
        let mut gone = Vec::new();
        for part in to_go.chunks(self.batch) {
            if erases {
                gone.extend(self.erase(subject, part, cause).await?);
            } else {
                let why = "The system cannot erase this by itself: erase it there by hand.";
                gone.extend(
                    part.iter()
                        .map(|_| Done::because(ItemOutcome::NeedsPerson, why)),
                );
            }
        }
        let mut gone = gone.into_iter();
        let outcome = |order: &Order| match order.decision {
            Decision::Erase => gone.next().expect("one for each"),
            Decision::Keep(..) => ItemOutcome::Kept.into(),
        };
        Ok(orders.iter().map(outcome).collect())
    }

    async fn remains(&self, subject: &Subject, gone: &[Order]) -> Result<Vec<ItemKey>, StoreError> {
        self.calls().await?;
        // Nothing goes out of what is kept.
        let gone: Vec<&Order> = gone.iter().filter(|order| order.is_erasure()).collect();
        let mut there = Vec::new();
        for part in gone.chunks(self.batch) {
            let keys: Vec<&str> = part.iter().map(|order| order.key.0.as_str()).collect();
            let question = json!({ "subject": person(subject), "keys": keys });
            let read = |object: &mut Object| {
                let mut answered = Vec::new();
                for mut item in object.objects("items", keys.len())? {
                    answered.push((item.name("key", KEY)?, item.yes_or_no("there")?));
                    item.end()?;
                }
                let said: Vec<&str> = answered.iter().map(|(key, _)| key.as_str()).collect();
                each_once("items", keys.iter().copied(), &said)?;
                Ok(answered)
            };
            let about = About::person(subject);
            let answered = self.ask("verify", question, ANSWER, about, read).await?;
            there.extend(answered.into_iter().filter(|(_, there)| *there));
        }
        Ok(there.into_iter().map(|(key, _)| ItemKey(key)).collect())
    }
}

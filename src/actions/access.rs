//! Access (Art. 15 and 20): the bundle of everything every store holds, readable and
//! for machines, sealed, handed over behind a fresh code, and deleted on schedule.

use std::io::{Cursor, Write};

use askama::Template;
use jiff::SignedDuration;
use serde::Serialize;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::notices::{self, ToldLine};
use super::run::{Work, configured};
use super::statement::sentences;
use super::{ActionError, letters, sealing, status, tasks, trail, words};
use crate::app::App;
use crate::db::bundles::Bundle;
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{BundleId, RequestId, RunId};
use crate::domain::request::Request;
use crate::domain::run::RunStore;
use crate::domain::store::{Exported, ItemKey, ItemKind, Sink, StoreError, StoreName};
use crate::i18n::Lang;
use crate::mail::letters::Letter;
use crate::seal::Place;

/// For how many days a bundle lies ready.
pub const DAYS: i64 = 14;

/// Bytes in one sealed chunk.
const CHUNK: usize = 256 * 1024;

/// Items that one call of a store exports.
const PAGE: i64 = 500;

/// Says of every store that a copy of what it holds is about to be collected, unless a try that was
/// cut off has said so.
async fn announce(app: &App, work: &Work) -> Result<(), ActionError> {
    let (inner, request, run) = (app.clone(), work.request.id, work.run.id);
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            for mut row in db::runs::stores(conn, run)? {
                if row.intent.is_none() {
                    let event = Event::new(Action::ExportIntended)
                        .in_store(&row.store.0)
                        .counting(row.found.unsigned_abs());
                    let id = trail::record(&inner, conn, &Actor::System, Some(request), &event)?;
                    row.intent = Some(id);
                    db::runs::save_store(conn, &row)?;
                }
            }
            Ok(())
        })
        .await
}

/// Says of every store that the copy was collected, beside the bundle itself.
fn report(app: &App, conn: &mut Conn, request: RequestId, run: RunId) -> Result<(), ActionError> {
    for mut row in db::runs::stores(conn, run)? {
        let mut event = Event::new(Action::Exported)
            .in_store(&row.store.0)
            .counting(row.found.unsigned_abs());
        event.intent = row.intent.take();
        db::runs::save_store(conn, &row)?;
        trail::record(app, conn, &Actor::System, Some(request), &event)?;
    }
    Ok(())
}

/// The records of one store, as the bundle has them.
#[derive(Serialize)]
struct Section {
    #[serde(skip)]
    title: String,
    store: String,
    records: Vec<Exported>,
}

/// Gathers what a store gives out.
struct Gather<'a> {
    section: &'a mut Section,
    files: &'a mut usize,
    zip: &'a mut ZipWriter<Cursor<Vec<u8>>>,
}

impl Sink for Gather<'_> {
    fn record(&mut self, record: Exported) -> Result<(), StoreError> {
        self.section.records.push(record);
        Ok(())
    }

    fn file(&mut self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        // Numbers keep names apart; separators would leave the folder.
        *self.files += 1;
        let number = *self.files;
        let safe: String = name
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || ".-_ ".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .take(100)
            .collect();
        let path = format!("files/{}/{number:04}-{safe}", self.section.store);
        add(self.zip, &path, content).map_err(|error| StoreError::Bug(error.to_string()))
    }
}

fn add(
    zip: &mut ZipWriter<Cursor<Vec<u8>>>,
    name: &str,
    content: &[u8],
) -> Result<(), zip::result::ZipError> {
    zip.start_file(name, SimpleFileOptions::default())?;
    Ok(zip.write_all(content)?)
}

/// Collects the bundle from every store, seals it and stores it. Done again from the start
/// after a crash; the later bundle takes the place of the earlier.
///
/// Inside: the store that could not give out its part.
pub(super) async fn collect(
    app: &App,
    work: &Work,
) -> Result<Result<(), (StoreName, StoreError)>, ActionError> {
    announce(app, work).await?;
    let lang = letters::lang(app, &work.request.lang);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut sections = Vec::new();
    for row in &work.stores {
        let store = match configured(app, &row.store) {
            Ok(store) => store,
            Err(error) => return Ok(Err((row.store.clone(), error))),
        };
        let mut section = Section {
            title: words::store(app, lang, &row.store),
            store: row.store.0.clone(),
            records: Vec::new(),
        };
        section.records = looked_up(app, work, row, lang).await?;
        let (mut after, mut files) = (None, 0);
        loop {
            let (run, name) = (work.run.id, row.store.clone());
            let by_hand = !section.records.is_empty();
            let items = app
                .db
                .read(move |conn| match by_hand {
                    true => Ok(Vec::new()),
                    false => db::runs::items(conn, run, &name, after, PAGE),
                })
                .await?;
            let Some(last) = items.last() else { break };
            after = Some(last.id);
            let keys: Vec<ItemKey> = items
                .iter()
                .filter(|item| matches!(item.decision.as_str(), "erase" | "keep"))
                .map(|item| item.key.clone())
                .collect();
            let mut sink = Gather {
                section: &mut section,
                files: &mut files,
                zip: &mut zip,
            };
            if let Err(error) = store.export(&work.subject, &keys, &mut sink).await {
                return Ok(Err((row.store.clone(), error)));
            }
        }
        sections.push(section);
    }
    let page = own_records(app, work, lang, &sections).await?;
    let content = match pack(zip, &page, &sections) {
        Ok(content) => content,
        Err(error) => return Err(DbError::Internal(format!("a copy: {error}")).into()),
    };
    store_bundle(app, work, content).await?;
    Ok(Ok(()))
}

/// What somebody who looked in a store by hand says is there.
async fn looked_up(
    app: &App,
    work: &Work,
    row: &RunStore,
    lang: Lang,
) -> Result<Vec<Exported>, ActionError> {
    let (inner, request, run) = (app.clone(), work.request.clone(), work.run.id);
    let told = app
        .db
        .read(move |conn| tasks::told(&inner, conn, &request, run))
        .await?;
    let of_store = told
        .into_iter()
        .filter(|(task, ..)| task.store == row.store);
    Ok(of_store
        .filter_map(|(task, _, said)| {
            let on = lang.date_medium(app.date(task.done_at?));
            Some(Exported {
                kind: ItemKind::Manual.as_str(),
                label: words::store(app, lang, &row.store),
                source: lang.text_with("task-source", &[("date", on.into())]),
                fields: vec![(lang.text("task-held"), said?)],
            })
        })
        .collect())
}

/// The readable page of the bundle, with all that Art. 15(1)(a) to (h) asks for.
#[derive(Template)]
#[template(path = "bundle/index.html")]
struct BundlePage<'a> {
    l: Lang,
    vendor: String,
    address: String,
    date: String,
    reference: String,
    years: String,
    law: String,
    link: String,
    statement: String,
    authority: String,
    sections: &'a [Section],
    requests: Vec<(String, String)>,
    messages: Vec<(String, String)>,
    /// Who gets data (Art. 15(1)(c)), with the safeguard of a transfer (Art. 15(2)).
    recipients: Vec<RecipientLine>,
    /// Who was told of earlier removals and corrections (Art. 19).
    told: Vec<ToldLine>,
}

struct RecipientLine {
    name: String,
    gets: String,
    place: String,
    transfer: String,
}

async fn own_records<'a>(
    app: &App,
    work: &Work,
    lang: Lang,
    sections: &'a [Section],
) -> Result<BundlePage<'a>, ActionError> {
    let (inner, subject, request) = (app.clone(), work.subject.clone(), work.request.id);
    let (requests, messages, told) = app
        .db
        .read(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let earlier = db::requests::of_address(conn, &subject.digests, 100)?;
            let ids: Vec<RequestId> = earlier.iter().map(|request| request.id).collect();
            let told = notices::told(app, conn, &ids, lang)?;
            let requests = earlier
                .into_iter()
                .map(|request| {
                    let when = letters::moment(app, lang, request.received.at);
                    (
                        format!(
                            "{}, {}",
                            words::right(lang, request.kind),
                            request.reference
                        ),
                        when,
                    )
                })
                .collect();
            let key = sealing::key(app, conn, request)?;
            let mut messages = Vec::new();
            for message in db::decisions::messages_of(conn, request)?
                .into_iter()
                .filter(|message| !message.internal)
            {
                let text: String = sealing::open(&key, "messages", message.id, &message.sealed)?;
                messages.push((letters::moment(app, lang, message.at), text));
            }
            Ok((requests, messages, told))
        })
        .await?;
    let config = &app.config;
    Ok(BundlePage {
        l: lang,
        vendor: config.vendor.name.clone(),
        address: work.subject.address.as_str().to_owned(),
        date: lang.date_long(app.today()),
        reference: work.request.reference.to_string(),
        years: app.policy.tax().years.to_string(),
        law: app.policy.tax().law.to_owned(),
        link: config.server.public_url.join("/"),
        statement: config.server.public_url.join("/privacy"),
        authority: letters::authority(app),
        sections,
        requests,
        messages,
        recipients: app
            .policy
            .recipients
            .iter()
            .map(|recipient| RecipientLine {
                name: recipient.name.clone(),
                gets: lang.list(
                    &recipient
                        .categories
                        .iter()
                        .map(|category| sentences::category(lang, *category))
                        .collect::<Vec<_>>(),
                ),
                place: recipient.place.of(lang.tag()).to_owned(),
                transfer: sentences::transfer(lang, recipient),
            })
            .collect(),
        told,
    })
}

/// Writes page, JSON and CSV into the archive.
fn pack(
    mut zip: ZipWriter<Cursor<Vec<u8>>>,
    page: &BundlePage<'_>,
    sections: &[Section],
) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    add(&mut zip, "index.html", page.render()?.as_bytes())?;
    add(&mut zip, "data.json", &serde_json::to_vec_pretty(sections)?)?;
    for section in sections {
        let mut csv = csv::WriterBuilder::new()
            .flexible(true)
            .from_writer(Vec::new());
        csv.write_record(["record", "kind", "source", "field", "value"])?;
        for record in &section.records {
            for (name, value) in &record.fields {
                csv.write_record([
                    harmless(&record.label).as_str(),
                    record.kind,
                    &harmless(&record.source),
                    &harmless(name),
                    &harmless(value),
                ])?;
            }
        }
        add(
            &mut zip,
            &format!("{}.csv", section.store),
            &csv.into_inner()?,
        )?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Keeps a spreadsheet from running a cell that begins like a formula.
fn harmless(value: &str) -> String {
    if value.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}

async fn store_bundle(app: &App, work: &Work, content: Vec<u8>) -> Result<(), ActionError> {
    let (inner, request, run) = (app.clone(), work.request.id, work.run.id);
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let now = app.clock.now();
            let id: BundleId = app.id();
            let key = sealing::key(app, conn, request)?;
            let chunks: Vec<Vec<u8>> = content
                .chunks(CHUNK)
                .enumerate()
                .map(|(seq, chunk)| {
                    let row = format!("{id}:{seq}");
                    key.seal(
                        Place {
                            table: "bundle_chunks",
                            id: &row,
                            column: "sealed",
                        },
                        chunk,
                    )
                })
                .collect();
            let bundle = Bundle {
                id,
                request,
                made_at: now,
                size: i64::try_from(content.len()).unwrap_or(i64::MAX),
                chunks: i32::try_from(chunks.len()).unwrap_or(i32::MAX),
                code_hash: None,
                code_expires_at: None,
                downloads: 0,
                expires_at: now + SignedDuration::from_hours(24 * DAYS),
            };
            db::bundles::replace(conn, &bundle, &chunks)?;
            report(app, conn, request, run)
        })
        .await
}

/// The letter that says that the copy lies ready.
pub(super) fn ready(app: &App, conn: &mut Conn, request: &Request) -> Result<Letter, ActionError> {
    let bundle = db::bundles::of_request(conn, request.id)?.ok_or(ActionError::NotFound)?;
    let lang = letters::lang(app, &request.lang);
    Ok(Letter::BundleReady {
        reference: request.reference.to_string(),
        link: status::new_link(app, conn, request.id)?,
        until: lang.date_medium(app.date(bundle.expires_at)),
    })
}

//! Rectification (Art. 16): proposed field by field, decided by staff, written to every
//! store that holds the value, read back, and remembered against imports.

use serde::{Deserialize, Serialize};

use super::run::{Described, Work, announce, row_now};
use super::tasks::{self, ToDo};
use super::{ActionError, letters, restore, sealing, status, trail, words};
use crate::app::App;
use crate::db::runs::{RunField, RunItem};
use crate::db::{self, Conn};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{RequestId, RunId, RunItemId};
use crate::domain::request::{Asked, Field, RefusalReason, Request};
use crate::domain::run::{RunStore, StoreState};
use crate::domain::store::{Change, ItemKind, ItemOutcome, Match, Store, StoreError};
use crate::domain::task::TaskCause;
use crate::mail::letters::Letter;

/// Items that one look into the run takes.
const ITEMS: i64 = 1000;

/// What is sealed of a field: old and new value, and where it stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FieldWords {
    /// The name of the item.
    pub label: String,
    /// The value that stands there.
    pub old: Option<String>,
    /// The right value.
    pub new: String,
}

/// What the person says is right.
fn wanted(asked: &Asked) -> impl Iterator<Item = (Field, &String)> {
    let changes = asked.changes.iter();
    changes.filter_map(|(field, value)| Some((field.parse().ok()?, value)))
}

/// Lists, for every item of the person in a store, the fields that differ from what they say is right.
pub(super) async fn propose(
    app: &App,
    work: &Work,
    store: &dyn Store,
) -> Result<Result<(), StoreError>, ActionError> {
    let (run, mut after) = (work.run.id, None);
    loop {
        let (name, from) = (store.name(), after);
        let items = app
            .db
            .read(move |conn| db::runs::items(conn, run, &name, from, ITEMS))
            .await?;
        let Some(last) = items.last() else {
            return Ok(Ok(()));
        };
        after = Some(last.id);
        for item in items.into_iter().filter(|item| item.matched == Match::Sure) {
            let values = match store.values(&item.key).await {
                Ok(values) => values,
                Err(error) => return Ok(Err(error)),
            };
            let changes: Vec<Change> = wanted(&work.asked)
                .filter_map(|(field, new)| {
                    let (_, old) = values.iter().find(|(known, _)| *known == field)?;
                    (old != new).then(|| Change {
                        field,
                        old: (!old.is_empty()).then(|| old.clone()),
                        new: new.clone(),
                    })
                })
                .collect();
            if changes.is_empty() {
                continue;
            }
            let (inner, request) = (app.clone(), work.request.id);
            app.db
                .write(move |conn| add(&inner, conn, request, &item, &changes))
                .await?;
        }
    }
}

/// Lists every field for a store that staff have taken over: nobody knows what stands there.
pub(super) fn propose_by_hand(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    item: &RunItem,
) -> Result<(), ActionError> {
    let key = sealing::key(app, conn, request.id)?;
    let asked: Asked = sealing::open(&key, "requests", request.id, &request.sealed)?;
    let changes: Vec<Change> = wanted(&asked)
        .map(|(field, new)| Change {
            field,
            old: None,
            new: new.clone(),
        })
        .collect();
    add(app, conn, request.id, item, &changes)
}

/// Adds what is to be decided of an item.
fn add(
    app: &App,
    conn: &mut Conn,
    request: RequestId,
    item: &RunItem,
    changes: &[Change],
) -> Result<(), ActionError> {
    let key = sealing::key(app, conn, request)?;
    let described: Described = sealing::open(&key, "run_items", item.id, &item.sealed)?;
    for change in changes {
        let id: RunItemId = app.id();
        let words = FieldWords {
            label: described.label.clone(),
            old: change.old.clone(),
            new: change.new.clone(),
        };
        // An issued invoice shows the name of its day.
        let issued = item.kind == ItemKind::SaleContact;
        db::runs::add_field(
            conn,
            &RunField {
                id,
                run: item.run,
                store: item.store.clone(),
                key: item.key.clone(),
                field: change.field.to_string(),
                decision: if issued { "refuse" } else { "undecided" }.to_owned(),
                reason: issued.then(|| RefusalReason::AccurateAsIs.to_string()),
                outcome: None,
                outcome_at: None,
                sealed: sealing::seal(&key, "run_fields", id, &words)?,
            },
        )?;
    }
    Ok(())
}

/// Writes what was accepted to one store, a field at a time.
pub(super) async fn work_store(
    app: &App,
    work: &Work,
    store: &dyn Store,
    row: &RunStore,
) -> Result<Result<(), StoreError>, ActionError> {
    let (run, name) = (work.run.id, row.store.clone());
    let fields: Vec<RunField> = app
        .db
        .read(move |conn| db::runs::fields(conn, run))
        .await?
        .into_iter()
        .filter(|field| {
            field.store == name && field.decision == "accept" && field.outcome.is_none()
        })
        .collect();
    if fields.is_empty() {
        let (row, now) = (row.clone(), app.clock.now());
        app.db
            .write(move |conn| -> Result<_, ActionError> {
                let mut row = row_now(conn, &row)?;
                // Staff have taken it over meanwhile.
                if db::runs::is_by_hand(conn, row.run, &row.store)? {
                    return Ok(());
                }
                row.state = match db::tasks::open_in(conn, row.run, &row.store)? {
                    Some(_) => StoreState::WithPerson,
                    None => StoreState::Done,
                };
                row.verified_at = Some(now);
                Ok(db::runs::save_store(conn, &row)?)
            })
            .await?;
        return Ok(Ok(()));
    }
    let row = announce(app, work, row, Action::RectifyIntended, fields.len()).await?;
    let mut corrected = Vec::new();
    let (mut left, mut failed) = (ToDo::default(), None);
    for field in fields {
        let Some(change) = change(app, work, &field).await? else {
            continue;
        };
        match store.rectify(&field.key, &change).await {
            Ok(done) => {
                match done.outcome {
                    ItemOutcome::NeedsPerson => {
                        let lang = app.config.vendor.language;
                        let name = words::field(lang, change.field);
                        left.records.push(format!("{name}: {}", change.new));
                        left.steps.extend(done.why);
                    }
                    // The others are written first.
                    ItemOutcome::Failed => {
                        let why = done.why.unwrap_or_default();
                        failed.get_or_insert(StoreError::Retry(why));
                        continue;
                    }
                    _ => {}
                }
                corrected.push((field.id, done.outcome));
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    let (inner, request, of) = (app.clone(), work.request.id, work.request.clone());
    let has_failed = failed.is_some();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let mut row = row_now(conn, &row)?;
            let now = inner.clock.now();
            for (id, outcome) in &corrected {
                db::runs::set_field_outcome(conn, *id, *outcome, now)?;
            }
            let mut event = Event::new(Action::Rectified)
                .in_store(&row.store.0)
                .counting(corrected.len() as u64);
            event.intent = row.intent.take();
            if !has_failed {
                row.went_well();
            }
            db::runs::save_store(conn, &row)?;
            trail::record(&inner, conn, &Actor::System, Some(request), &event)?;
            if left != ToDo::default() {
                let lang = inner.config.vendor.language;
                let mut todo = left.clone();
                todo.steps.sort();
                todo.steps.dedup();
                todo.steps.extend(tasks::steps(lang, &of));
                tasks::open(&inner, conn, &of, &row, TaskCause::Remainder, &todo)?;
            }
            Ok(())
        })
        .await?;
    Ok(failed.map_or(Ok(()), Err))
}

async fn change(app: &App, work: &Work, field: &RunField) -> Result<Option<Change>, ActionError> {
    let Ok(kind) = field.field.parse::<Field>() else {
        return Ok(None);
    };
    let (inner, request, field) = (app.clone(), work.request.id, field.clone());
    let words: FieldWords = app
        .db
        .read(move |conn| -> Result<_, ActionError> {
            sealing::open(
                &sealing::key(&inner, conn, request)?,
                "run_fields",
                field.id,
                &field.sealed,
            )
        })
        .await?;
    Ok(Some(Change {
        field: kind,
        old: words.old,
        new: words.new,
    }))
}

/// Corrects again, in our own stores, what a backup has brought back; how many values. A record that is not there
/// any more is no trouble: the guard keeps its next import from the wrong value.
pub(super) async fn again(app: &App, request: RequestId, run: RunId) -> Result<u64, ActionError> {
    let inner = app.clone();
    let changes = app
        .db
        .read(move |conn| -> Result<_, ActionError> {
            let key = sealing::key(&inner, conn, request)?;
            let mut changes = Vec::new();
            for field in db::runs::fields(conn, run)? {
                let is_done = field.outcome == Some(ItemOutcome::Corrected);
                let Ok(kind) = field.field.parse::<Field>() else {
                    continue;
                };
                if !is_done || !restore::is_ours(&field.store.0) {
                    continue;
                }
                let words: FieldWords = sealing::open(&key, "run_fields", field.id, &field.sealed)?;
                let change = Change {
                    field: kind,
                    old: words.old,
                    new: words.new,
                };
                changes.push((field.store, field.key, change));
            }
            Ok(changes)
        })
        .await;
    // Without its key it is forgotten.
    let changes = match changes {
        Err(ActionError::NotFound) => return Ok(0),
        changes => changes?,
    };
    let mut corrected = 0;
    for (store, key, change) in changes {
        let Some(store) = app.store(&store) else {
            continue;
        };
        match store.rectify(&key, &change).await {
            Ok(done) if done.outcome == ItemOutcome::Corrected => corrected += 1,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(store = %store.name(), %error, "a value cannot be corrected again");
            }
        }
    }
    Ok(corrected)
}

/// The letter that names what was corrected and what was not: fields, not values.
pub(super) fn done(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    run: RunId,
) -> Result<Letter, ActionError> {
    let lang = letters::lang(app, &request.lang);
    let (mut corrected, mut left) = (Vec::new(), Vec::new());
    for field in db::runs::fields(conn, run)? {
        let name = field
            .field
            .parse()
            .map_or_else(|_| field.field.clone(), |field| words::field(lang, field));
        let store = words::store(app, lang, &field.store);
        let mut line = lang.text_with(
            "field-in-store",
            &[("field", name.into()), ("store", store.into())],
        );
        if let Some(reason) = field
            .reason
            .as_deref()
            .and_then(|reason| reason.parse().ok())
        {
            line = format!("{line}. {}", words::refusal(lang, reason));
        }
        let is_right = matches!(
            field.outcome,
            Some(ItemOutcome::Corrected | ItemOutcome::Attested)
        );
        let list = if is_right { &mut corrected } else { &mut left };
        if !list.contains(&line) {
            list.push(line);
        }
    }
    Ok(Letter::Rectified {
        reference: request.reference.to_string(),
        corrected,
        left,
        authority: letters::authority(app),
        link: status::new_link(app, conn, request.id)?,
    })
}

//! Doing again what a database that was put back does not know: erasing, blocking, guarding.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::records::{self, requester, ticket_item, todays};
use super::{Demand, Replayed, Rest, RestoreError};
use crate::app::App;
use crate::db::stores::{self, After};
use crate::db::{self, Conn, DbError};
use crate::domain::email::Email;
use crate::domain::request::AddressDigest;
use crate::domain::run::Cause;
use crate::domain::store::{
    Decision, ItemKey, ItemKind, ItemOutcome, Match, Order, Store, StoreError, Subject,
};
use crate::imports;
use crate::journal::ErasureLine;
use crate::seal::Digest;

/// How often a store is asked that is busy with somebody else.
const TRIES: u32 = 5;

/// The stores in our own database, whatever else is configured.
fn built_in(app: &App) -> Vec<Arc<dyn Store>> {
    app.built_in.stores()
}

/// The store that works the records of this name.
fn worked_by(store: &str) -> &str {
    match store {
        "transaction" => "licence",
        other => other,
    }
}

/// Lines that one order can go out for: cause, and whose record where the store must know it.
type Group = (Cause, Option<String>);

/// Erases what stands again, in the order of the stores.
pub(super) async fn erase(
    app: &App,
    open: &[Demand],
    done: &mut Replayed,
) -> Result<(), RestoreError> {
    for demand in open {
        if let Demand::Erased(line) = demand
            && let Some(ticket) = records::purged_ticket(line)
        {
            purge_ticket(app, ticket.to_owned()).await?;
            *done.erased.entry(line.store.clone()).or_default() += 1;
        }
    }
    for store in built_in(app) {
        let name = store.name();
        let mut groups: BTreeMap<Group, Vec<ErasureLine>> = BTreeMap::new();
        for demand in open {
            let Demand::Erased(line) = demand else {
                continue;
            };
            if worked_by(&line.store) != name.0 || records::purged_ticket(line).is_some() {
                continue;
            }
            let cause = line.cause.parse().unwrap_or(Cause::Replay);
            let whose = line
                .address_digest
                .filter(|_| !records::is_of_contacts(&line.store));
            let group = (cause, whose.map(|digest| digest.to_string()));
            groups.entry(group).or_default().push(line.clone());
        }
        for ((cause, _), lines) in groups {
            let inner = app.clone();
            let (subject, orders) = app
                .db
                .read(move |conn| prepare(&inner, conn, &lines))
                .await?;
            let count = carry_out(&*store, &subject, &orders, cause).await?;
            for (store, count) in count {
                *done.erased.entry(store).or_default() += count;
            }
        }
    }
    Ok(())
}

/// Takes a whole ticket away, with the guards of everybody on it.
async fn purge_ticket(app: &App, id: String) -> Result<(), RestoreError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, DbError> {
            let Some(ticket) = stores::tickets(conn, &[&id])?.remove(&id) else {
                return Ok(());
            };
            let now = inner.clock.now();
            let people = stores::people_on(conn, &[&id])?;
            for address in people.iter().filter_map(stores::TicketPerson::digest) {
                db::guards::guard_erasure(
                    conn,
                    inner.id(),
                    &address,
                    "ticket",
                    &ticket.ticket_key,
                    Cause::Retention.as_str(),
                    now,
                )?;
            }
            let messages = stores::messages_on(conn, &id)?;
            stores::delete_messages(conn, &messages)?;
            stores::delete_ticket(conn, &id)
        })
        .await?;
    Ok(())
}

/// An order, and the store under whose name the journal has it.
struct Ordered {
    store: String,
    order: Order,
}

/// Who the person of some lines is, as far as their store must know it, and what is to be done.
fn prepare(
    app: &App,
    conn: &mut Conn,
    lines: &[ErasureLine],
) -> Result<(Subject, Vec<Ordered>), RestoreError> {
    let mut orders = Vec::new();
    for line in lines {
        for key in records::standing(app, conn, line)? {
            let kind = match line.store.as_str() {
                "licence" => ItemKind::LicenceContact,
                "trial" => ItemKind::TrialContact,
                "transaction" => ItemKind::SaleContact,
                "installation" => ItemKind::Installation,
                _ => ticket_item(&key)?.0,
            };
            orders.push(Ordered {
                store: line.store.clone(),
                order: Order {
                    key: ItemKey(key),
                    kind,
                    decision: Decision::Erase,
                },
            });
        }
    }
    let Some(line) = lines.first() else {
        return Ok((unknown(Vec::new()), orders));
    };
    let subject = match &line.address_digest {
        Some(digest) if !records::is_of_contacts(&line.store) => {
            let keys: Vec<&str> = orders.iter().map(|ordered| &*ordered.order.key.0).collect();
            check_owner(app, conn, &line.store, digest, &keys)?;
            subject(app, conn, &line.store, digest, &keys)?
        }
        _ => unknown(Vec::new()),
    };
    Ok((subject, orders))
}

/// Who is known by these digests and nothing else. Its address stands nowhere, so nothing is taken out of a text.
fn unknown(digests: Vec<AddressDigest>) -> Subject {
    Subject {
        address: Email::parse("nobody@lethe.invalid").expect("the address is well formed"),
        digests,
        name: None,
    }
}

/// Refuses what belongs to somebody else in the database that was put back: a ticket has had another requester,
/// or an installation another account.
fn check_owner(
    app: &App,
    conn: &mut Conn,
    store: &str,
    digest: &Digest,
    keys: &[&str],
) -> Result<(), RestoreError> {
    let wanted = todays(app, digest);
    for key in keys {
        let (owner, email) = if store == "installation" {
            let row = stores::installations(conn, &[key])?.pop();
            match row {
                Some(row) => (row.digest(), row.email),
                None => continue,
            }
        } else {
            match ticket_item(key)? {
                (ItemKind::Ticket, id) => match requester(conn, id)? {
                    Some(person) => (person.digest(), person.email),
                    None => continue,
                },
                _ => continue,
            }
        };
        // A row without a digest was answered by staff to be the person's.
        let is_theirs = owner.is_none_or(|owner| owner == wanted)
            || email.is_some_and(|email| is_address(app, &email, digest).is_some());
        if !is_theirs {
            return Err(RestoreError::Unreplayable {
                store: store.to_owned(),
                key: (*key).to_owned(),
                why: "there it stands under another address than the one that was erased"
                    .to_owned(),
            });
        }
    }
    Ok(())
}

/// The address, if a text is the one behind a digest.
fn is_address(app: &App, text: &str, digest: &Digest) -> Option<Email> {
    let email = Email::parse(text.trim()).ok()?;
    let digests = app.address_digests(&email);
    digests.contains(&todays(app, digest)).then_some(email)
}

/// The person behind a digest, with the address as the database has it again: texts of other people are cleared
/// of it.
fn subject(
    app: &App,
    conn: &mut Conn,
    store: &str,
    digest: &Digest,
    keys: &[&str],
) -> Result<Subject, RestoreError> {
    for text in texts(app, conn, digest, keys)? {
        if let Some(email) = is_address(app, &text, digest) {
            return Ok(app.subject(&email, None));
        }
    }
    if !app.keys.has(digest.key) {
        return Err(RestoreError::Unreplayable {
            store: store.to_owned(),
            key: keys.first().copied().unwrap_or_default().to_owned(),
            why: format!(
                "the key {} of its address is not in the key file",
                digest.key
            ),
        });
    }
    // The text was cleared before, and only the place where it stood is left.
    Ok(unknown(vec![todays(app, digest)]))
}

/// Texts in which the address behind a digest may stand: rows that bear the digest, and the texts of mentions.
fn texts(
    app: &App,
    conn: &mut Conn,
    digest: &Digest,
    keys: &[&str],
) -> Result<Vec<String>, DbError> {
    let digests = [todays(app, digest)];
    let first = After { id: "", limit: 5 };
    let mut texts: Vec<Option<String>> = Vec::new();
    for own in [true, false] {
        let people = stores::people_of(conn, &digests, own, first)?;
        texts.extend(people.into_iter().map(|person| person.email));
    }
    let messages = stores::messages_of(conn, &digests, first)?;
    texts.extend(messages.into_iter().map(|message| message.author_email));
    let contacts =
        stores::contacts_of(conn, &digests, &["licence", "trial", "transaction"], first)?;
    texts.extend(contacts.into_iter().map(|contact| contact.personal.email));
    let installations = stores::installations_of(conn, &digests, first)?;
    texts.extend(installations.into_iter().map(|row| row.email));
    for key in keys {
        let Ok((ItemKind::Mention, id)) = ticket_item(key) else {
            continue;
        };
        for mention in stores::mentions(conn, &[id])? {
            let mut places = Vec::new();
            if let Some(ticket) =
                stores::tickets(conn, &[&mention.ticket_id])?.remove(&mention.ticket_id)
            {
                places.push(ticket.subject);
            }
            if let Some(text) = stores::text(conn, &mention.record_id)? {
                places.extend([text.body, text.headers]);
            }
            let mut files = stores::files_on(conn, &[&mention.record_id])?;
            files.extend(stores::files(conn, &[&mention.record_id])?);
            for file in files {
                if let Some((stem, _)) = file.file_name.rsplit_once('.') {
                    places.push(stem.to_owned());
                }
                places.push(file.file_name);
            }
            for place in places {
                texts.extend(imports::addresses_in(&place).into_iter().map(Some));
            }
        }
    }
    Ok(texts.into_iter().flatten().collect())
}

/// Has a store carry out orders; how many records are gone, by the name that the journal has for their store.
async fn carry_out(
    store: &dyn Store,
    subject: &Subject,
    orders: &[Ordered],
    cause: Cause,
) -> Result<BTreeMap<String, u64>, RestoreError> {
    let only: Vec<Order> = orders.iter().map(|ordered| ordered.order.clone()).collect();
    let name = store.name().0;
    let mut tries = 0;
    let outcomes = loop {
        tries += 1;
        match store.carry_out(subject, &only, cause).await {
            Ok(outcomes) => break outcomes,
            Err(StoreError::Retry(_) | StoreError::Later { .. }) if tries < TRIES => {
                tokio::time::sleep(Duration::from_millis(100 << tries)).await;
            }
            Err(error) => return Err(RestoreError::Store { store: name, error }),
        }
    };
    let mut gone = BTreeMap::new();
    for (ordered, done) in orders.iter().zip(outcomes) {
        match done.outcome {
            ItemOutcome::Erased | ItemOutcome::Neutralised => {
                *gone.entry(ordered.store.clone()).or_default() += 1;
            }
            ItemOutcome::Kept => {}
            // The hold may have ended since the backup: staff must look.
            ItemOutcome::Held => tracing::error!(
                store = ordered.store,
                record = ordered.order.key.0,
                "was erased, is back, and a legal hold of the restored database keeps it"
            ),
            ItemOutcome::Corrected
            | ItemOutcome::Failed
            | ItemOutcome::NeedsPerson
            | ItemOutcome::Attested => {
                return Err(RestoreError::Unreplayable {
                    store: ordered.store.clone(),
                    key: ordered.order.key.0.clone(),
                    why: done
                        .why
                        .unwrap_or_else(|| "the store could not do it".to_owned()),
                });
            }
        }
    }
    Ok(gone)
}

/// Blocks again what only the law keeps.
pub(super) async fn block(
    app: &App,
    open: &[Demand],
    done: &mut Replayed,
) -> Result<(), RestoreError> {
    let mut orders = Vec::new();
    for demand in open {
        let Demand::Blocked {
            store,
            record_key,
            ground,
            until,
        } = demand
        else {
            continue;
        };
        let ground = ground.parse().map_err(|_| RestoreError::Unreplayable {
            store: store.clone(),
            key: record_key.clone(),
            why: format!("this version knows no ground {ground}"),
        })?;
        orders.push(Ordered {
            store: store.clone(),
            order: Order {
                key: ItemKey(record_key.clone()),
                kind: ItemKind::LicenceContact,
                decision: Decision::Keep(ground, *until),
            },
        });
    }
    if orders.is_empty() {
        return Ok(());
    }
    for store in built_in(app) {
        let own: Vec<Ordered> = orders
            .extract_if(.., |ordered| worked_by(&ordered.store) == store.name().0)
            .collect();
        carry_out(&*store, &unknown(Vec::new()), &own, Cause::Request).await?;
        done.blocked += own.len() as u64;
    }
    Ok(())
}

/// Guards people again as a whole. Their acceptance is not in the database any more, so that rows which were
/// replaced between the backup and the erasure may stand under other keys: all that is found by the digest and
/// is older goes too, except what their run left in place on purpose.
pub(super) async fn guard(
    app: &App,
    open: &[Demand],
    rest: &Rest,
    done: &mut Replayed,
) -> Result<(), RestoreError> {
    for demand in open {
        let Demand::Person { digest, at, run } = demand else {
            continue;
        };
        let goes = |found: &Ordered| !rest.may_stay(&found.store, &found.order.key.0, *run);
        // Each step of a run repeats the line of its acceptance.
        let (inner, again) = (app.clone(), demand.clone());
        if app.db.read(move |conn| again.is_met(&inner, conn)).await? {
            continue;
        }
        let (digest, at) = (*digest, *at);
        let guarded = todays(app, &digest);
        for store in built_in(app) {
            let mut found = old_items(app, &*store, &guarded, at, done).await?;
            found.retain(goes);
            if found.is_empty() {
                continue;
            }
            let keys: Vec<String> = found
                .iter()
                .map(|found| found.order.key.0.clone())
                .collect();
            let (inner, name) = (app.clone(), store.name().0);
            let subject = app
                .db
                .read(move |conn| {
                    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                    subject(&inner, conn, &name, &digest, &keys)
                })
                .await?;
            for (name, count) in carry_out(&*store, &subject, &found, Cause::Request).await? {
                *done.erased.entry(name).or_default() += count;
            }
            found = old_items(app, &*store, &guarded, at, &mut Replayed::default()).await?;
            for left in found
                .into_iter()
                .filter(|found| found.order.decision == Decision::Erase && goes(found))
            {
                let (name, key) = (store.name().0, left.order.key.0.clone());
                let inner = app
                    .db
                    .read(move |conn| db::holds::stopped_at(conn, &name, &key));
                if inner.await?.is_some() {
                    // A hold of the restored database keeps it: staff must look.
                    let left = format!("{}:{}", left.store, left.order.key.0);
                    done.candidates.push(left);
                    continue;
                }
                return Err(RestoreError::Unreplayable {
                    store: left.store,
                    key: left.order.key.0,
                    why: "the search still finds it".to_owned(),
                });
            }
        }
        let inner = app.clone();
        app.db
            .write(move |conn| {
                let everything = db::guards::EVERYTHING;
                db::guards::guard_erasure(
                    conn,
                    inner.id(),
                    &guarded,
                    everything,
                    everything,
                    Cause::Request.as_str(),
                    at,
                )
            })
            .await?;
        done.guarded += 1;
    }
    Ok(())
}

/// Guards single records again, where erasing them did not.
pub(super) async fn guard_records(app: &App, open: &[Demand]) -> Result<(), RestoreError> {
    for demand in open {
        let Demand::Guard {
            digest,
            store,
            record_key,
            cause,
            at,
        } = demand.clone()
        else {
            continue;
        };
        let (inner, demand, guarded) = (app.clone(), demand.clone(), todays(app, &digest));
        app.db
            .write(move |conn| -> Result<_, DbError> {
                if demand.is_met(&inner, conn)? {
                    return Ok(());
                }
                db::guards::guard_erasure(
                    conn,
                    inner.id(),
                    &guarded,
                    &store,
                    &record_key,
                    &cause,
                    at,
                )
            })
            .await?;
    }
    Ok(())
}

/// What a store holds of a person that is not newer than their erasure, with what the rules say.
async fn old_items(
    app: &App,
    store: &dyn Store,
    digest: &AddressDigest,
    at: Timestamp,
    done: &mut Replayed,
) -> Result<Vec<Ordered>, RestoreError> {
    let (subject, name) = (unknown(vec![digest.clone()]), store.name().0);
    let (mut old, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = store
            .inventory(&subject, cursor.as_deref())
            .await
            .map_err(|error| RestoreError::Store {
                store: name.clone(),
                error,
            })?;
        let of_store = name.clone();
        let items = app
            .db
            .read(move |conn| -> Result<_, DbError> {
                let mut items = Vec::new();
                for item in page.items {
                    let since = records::seen(conn, &of_store, &item.key.0)?;
                    if since.is_some_and(|since| since <= at) {
                        items.push(item);
                    }
                }
                Ok(items)
            })
            .await?;
        for item in items {
            match item.matched {
                Match::Sure => old.push(Ordered {
                    store: name.clone(),
                    order: Order {
                        key: item.key,
                        kind: item.kind,
                        decision: item.proposal,
                    },
                }),
                Match::Candidate => done.candidates.push(format!("{name} {}", item.key.0)),
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(old);
        }
    }
}

//! What stands in the built-in stores of that which a journal calls erased. Only looks.

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Demand, Replayed};
use crate::app::App;
use crate::db::stores::{self, REQUESTER};
use crate::db::{self, Conn, DbError, records};
use crate::domain::records::Keys;
use crate::domain::request::AddressDigest;
use crate::domain::run::Cause;
use crate::domain::store::ItemKind;
use crate::journal::ErasureLine;
use crate::seal::Digest;

/// Whether a store lies in our own database, so that a backup of it brings its records back.
pub(in crate::actions) fn is_ours(store: &str) -> bool {
    is_of_contacts(store) || matches!(store, "ticket" | "installation")
}

/// Whether the items of a store are rows of `contacts`.
pub(super) fn is_of_contacts(store: &str) -> bool {
    matches!(store, "licence" | "trial" | "transaction")
}

/// The digest of a line in the form in which rows hold it today. The one place to ask, should the key of
/// digests ever change.
pub(super) fn todays(app: &App, digest: &Digest) -> AddressDigest {
    let renewed = app.keys.renewed(Some(digest.key), digest.bytes);
    AddressDigest::from(&renewed.unwrap_or(*digest))
}

/// The items that a line calls erased and that stand.
pub(super) fn standing(
    app: &App,
    conn: &mut Conn,
    line: &ErasureLine,
) -> Result<Vec<String>, DbError> {
    if !is_ours(&line.store) {
        return Ok(Vec::new());
    }
    if line.cause == Cause::Source.as_str() && is_of_contacts(&line.store) {
        let of_record = of_record(app, conn, line)?;
        if !of_record.is_empty() {
            return Ok(of_record);
        }
        // Who tells it of one contact, and not in an export, names its row.
    }
    if let Some(ticket) = purged_ticket(line) {
        let there = stores::tickets(conn, &[ticket])?.contains_key(ticket);
        return Ok(there.then(|| line.record_key.clone()).into_iter().collect());
    }
    let item = seen(conn, &line.store, &line.record_key)?;
    // A row that outlives the person may hold somebody who came afterwards.
    let stands = item.is_some_and(|since| line.store != "installation" || since <= line.erased_at);
    Ok(stands
        .then(|| line.record_key.clone())
        .into_iter()
        .collect())
}

/// The ticket that a line purged whole: at the end of its period nothing of it stays, whoever wrote it.
pub(super) fn purged_ticket(line: &ErasureLine) -> Option<&str> {
    let is_purge = line.store == "ticket" && line.cause == Cause::Retention.as_str();
    match ticket_item(&line.record_key) {
        Ok((ItemKind::Ticket, id)) if is_purge => Some(id),
        _ => None,
    }
}

/// Since when an item has been there; none if it is not.
pub(super) fn seen(conn: &mut Conn, store: &str, key: &str) -> Result<Option<Timestamp>, DbError> {
    if is_of_contacts(store) {
        let contact = stores::contacts(conn, &[key])?.pop();
        return Ok(contact.map(|contact| contact.first_seen_at.0));
    }
    if store == "installation" {
        let row = stores::installations(conn, &[key])?.pop();
        let row = row.filter(|row| {
            row.account_id.is_some()
                || row.email.is_some()
                || row.secret.is_some()
                || row.digest().is_some()
        });
        return Ok(row.map(|row| row.installed_at.0));
    }
    let (kind, id) = ticket_item(key)?;
    let ticket = match kind {
        ItemKind::Ticket => requester(conn, id)?.map(|person| person.ticket_id),
        ItemKind::Participant => stores::people(conn, &[id])?
            .pop()
            .map(|person| person.ticket_id),
        ItemKind::Mention => stores::mentions(conn, &[id])?
            .pop()
            .map(|mention| mention.ticket_id),
        ItemKind::TicketMessage => {
            let message = stores::messages(conn, &[id])?.pop();
            return Ok(message.map(|message| message.at.0));
        }
        ItemKind::TicketFile => {
            let Some(file) = stores::files(conn, &[id])?.pop() else {
                return Ok(None);
            };
            let message = stores::messages(conn, &[&file.message_id])?.pop();
            return Ok(Some(message.map_or(Timestamp::MIN, |message| message.at.0)));
        }
        _ => return Err(not_ours(key)),
    };
    let Some(ticket) = ticket else {
        return Ok(None);
    };
    let tickets: HashMap<String, stores::Ticket> = stores::tickets(conn, &[&ticket])?;
    // A person on a ticket that is gone stands all the same.
    Ok(Some(
        tickets
            .get(&ticket)
            .map_or(Timestamp::MIN, |ticket| ticket.opened_at.0),
    ))
}

/// Who opened a ticket, while they are on it.
pub(super) fn requester(
    conn: &mut Conn,
    ticket: &str,
) -> Result<Option<stores::TicketPerson>, DbError> {
    let people = stores::people_on(conn, &[ticket])?;
    Ok(people.into_iter().find(|person| person.role == REQUESTER))
}

/// Kind and row of an item of the ticket store.
pub(super) fn ticket_item(key: &str) -> Result<(ItemKind, &str), DbError> {
    let parts = key
        .split_once('/')
        .and_then(|(kind, id)| Some((kind.parse().ok()?, id)));
    parts.ok_or_else(|| not_ours(key))
}

fn not_ours(key: &str) -> DbError {
    DbError::Internal(format!("{key} is no record of the ticket store"))
}

/// The contacts of a record that its source has erased. What came after that is somebody else, or came back
/// past the guards.
fn of_record(app: &App, conn: &mut Conn, line: &ErasureLine) -> Result<Vec<String>, DbError> {
    let ids = match line.record_key.split_once(':') {
        _ if line.store == "transaction" => records::sales_with(conn, &[&line.record_key])?
            .into_iter()
            .map(|sale| sale.id)
            .collect::<Vec<_>>(),
        Some((kind, id)) => {
            let mut keys = Keys::default();
            let id = Some(id.to_owned());
            match kind {
                "licence" => keys.addon_license_id = id,
                "entitlement" => keys.app_entitlement_id = id,
                "number" => keys.app_entitlement_number = id,
                _ => return Ok(Vec::new()),
            }
            records::licences_with(conn, &[&keys])?
                .into_iter()
                .map(|licence| licence.id)
                .collect()
        }
        None => Vec::new(),
    };
    let contacts: Vec<String> = records::contacts_of(conn, &ids)?
        .into_iter()
        .filter(|contact| !contact.is_blocked)
        .map(|contact| contact.id.to_string())
        .collect();
    let digest = line
        .address_digest
        .as_ref()
        .map(|digest| todays(app, digest));
    let mut standing = Vec::new();
    for id in contacts {
        let Some(contact) = stores::contacts(conn, &[&id])?.pop() else {
            continue;
        };
        if contact.digest() == digest && contact.first_seen_at.0 <= line.erased_at {
            standing.push(id);
        }
    }
    Ok(standing)
}

/// Whether a contact that the law keeps is out of sight.
pub(super) fn is_blocked_or_gone(conn: &mut Conn, store: &str, key: &str) -> Result<bool, DbError> {
    if !is_of_contacts(store) {
        return Ok(true);
    }
    let contact = stores::contacts(conn, &[key])?.pop();
    Ok(contact.is_none_or(|contact| contact.blocked.is_some()))
}

/// Leaves out what a living process is about to erase: it holds the job of the run.
pub(super) async fn not_in_hand(
    app: &App,
    open: Vec<Demand>,
    done: &mut Replayed,
) -> Result<Vec<Demand>, DbError> {
    let now = app.clock.now();
    let (open, in_hand) = app
        .db
        .read(move |conn| -> Result<_, DbError> {
            let mut held: HashMap<Uuid, bool> = HashMap::new();
            let (mut left, mut in_hand) = (Vec::new(), 0);
            for demand in open {
                if let Demand::Erased(line) = &demand {
                    let is_held = match held.get(&line.run) {
                        Some(held) => *held,
                        None => db::jobs::is_held(conn, &line.run.to_string(), now)?,
                    };
                    held.insert(line.run, is_held);
                    if is_held {
                        in_hand += 1;
                        continue;
                    }
                }
                left.push(demand);
            }
            Ok((left, in_hand))
        })
        .await?;
    done.in_hand += in_hand;
    Ok(open)
}

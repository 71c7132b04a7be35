//! Erasing in tickets: what the person wrote goes, what others wrote stays without the person.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{NAME, Tickets, has_digest, key, of_kind, place, wrote};
use crate::db::stores::{
    self, FileHead, Mention, MessageHead, MessageText, REQUESTER, TicketPerson,
};
use crate::db::{Conn, DbError};
use crate::domain::request::AddressDigest;
use crate::domain::run::Cause;
use crate::domain::store::{Decision, ItemKey, ItemKind, ItemOutcome, Order, Subject};
use crate::stores::redact::{redact, redact_file_name};

/// Roles under which help desks list the vendor's own people; whoever else takes part is another person.
const STAFF_ROLES: [&str; 4] = ["assignee", "agent", "owner", "staff"];

impl Tickets {
    /// Works one batch: one outcome for each order.
    pub(super) fn work(
        &self,
        conn: &mut Conn,
        subject: &Subject,
        orders: &[Order],
        cause: Cause,
    ) -> Result<Vec<ItemOutcome>, DbError> {
        let to_erase = || {
            orders
                .iter()
                .filter(|order| order.decision == Decision::Erase)
                .map(|order| &order.key)
        };
        let own = of_kind(to_erase(), ItemKind::Ticket)?;
        let messages = stores::messages(conn, &of_kind(to_erase(), ItemKind::TicketMessage)?)?;
        let files = stores::files(conn, &of_kind(to_erase(), ItemKind::TicketFile)?)?;
        let people = stores::people(conn, &of_kind(to_erase(), ItemKind::Participant)?)?;
        let mentions = stores::mentions(conn, &of_kind(to_erase(), ItemKind::Mention)?)?;

        let mut touched: HashSet<&str> = own.iter().copied().collect();
        touched.extend(messages.iter().map(|message| &*message.ticket_id));
        touched.extend(files.iter().map(|file| &*file.ticket_id));
        touched.extend(people.iter().map(|person| &*person.ticket_id));
        touched.extend(mentions.iter().map(|mention| &*mention.ticket_id));
        let touched: Vec<&str> = touched.into_iter().collect();
        for ticket in stores::tickets(conn, &touched)?.values() {
            let address = subject.digests.first();
            self.core
                .guard(conn, address, NAME, &ticket.ticket_key, cause)?;
        }

        for mention in &mentions {
            erase_mention(conn, subject, mention)?;
        }
        stores::delete_files(conn, &files)?;
        stores::delete_messages(conn, &messages)?;
        stores::delete_people(
            conn,
            &people.iter().map(|person| &*person.id).collect::<Vec<_>>(),
        )?;
        for ticket in &own {
            erase_ticket(conn, subject, ticket)?;
        }

        let left = left(conn, orders)?;
        let outcome = |order: &Order| match (order.decision, left.contains(&order.key)) {
            // A message that was to stay goes all the same with its ticket.
            (_, false) => ItemOutcome::Erased,
            (Decision::Keep(..), true) => ItemOutcome::Kept,
            (Decision::Erase, true) if order.kind == ItemKind::Ticket => ItemOutcome::Neutralised,
            (Decision::Erase, true) => ItemOutcome::Failed,
        };
        Ok(orders.iter().map(outcome).collect())
    }
}

impl Tickets {
    /// Deletes a ticket whose time has come, with all that anybody wrote in it.
    pub(in crate::stores) fn purge(&self, conn: &mut Conn, id: &str) -> Result<(), DbError> {
        let Some(ticket) = stores::tickets(conn, &[id])?.remove(id) else {
            return Ok(());
        };
        let messages = stores::messages_on(conn, id)?;
        let people = stores::people_on(conn, &[id])?;
        let digests: BTreeMap<_, _> = people
            .iter()
            .filter_map(TicketPerson::digest)
            .chain(messages.iter().filter_map(MessageHead::digest))
            .map(|digest| (digest.bytes.clone(), digest))
            .collect();
        for digest in digests.values() {
            self.core.guard(
                conn,
                Some(digest),
                NAME,
                &ticket.ticket_key,
                Cause::Retention,
            )?;
        }
        stores::delete_messages(conn, &messages)?;
        stores::delete_ticket(conn, id)
    }
}

/// Everybody on the ticket to which each order belongs: erasing one person's part takes words and
/// rows of the others along.
pub(super) fn whose(conn: &mut Conn, orders: &[Order]) -> Result<Vec<Vec<AddressDigest>>, DbError> {
    let ids = |kind| of_kind(orders.iter().map(|order| &order.key), kind);
    let mut tickets: HashMap<ItemKey, String> = ids(ItemKind::Ticket)?
        .into_iter()
        .map(|id| (key(ItemKind::Ticket, id), id.to_owned()))
        .collect();
    for message in stores::messages(conn, &ids(ItemKind::TicketMessage)?)? {
        tickets.insert(key(ItemKind::TicketMessage, &message.id), message.ticket_id);
    }
    for file in stores::files(conn, &ids(ItemKind::TicketFile)?)? {
        tickets.insert(key(ItemKind::TicketFile, &file.id), file.ticket_id);
    }
    for person in stores::people(conn, &ids(ItemKind::Participant)?)? {
        tickets.insert(key(ItemKind::Participant, &person.id), person.ticket_id);
    }
    for mention in stores::mentions(conn, &ids(ItemKind::Mention)?)? {
        tickets.insert(key(ItemKind::Mention, &mention.id), mention.ticket_id);
    }
    let all: HashSet<&str> = tickets.values().map(String::as_str).collect();
    let people = stores::digests_on(conn, &all.into_iter().collect::<Vec<_>>())?;
    let on = |order: &Order| people.get(tickets.get(&order.key)?).cloned();
    Ok(orders
        .iter()
        .map(|order| on(order).unwrap_or_default())
        .collect())
}

/// Which items are still there.
fn left(conn: &mut Conn, orders: &[Order]) -> Result<HashSet<ItemKey>, DbError> {
    let ids = |kind| of_kind(orders.iter().map(|order| &order.key), kind);
    let mut left = HashSet::new();
    left.extend(
        stores::tickets(conn, &ids(ItemKind::Ticket)?)?
            .keys()
            .map(|id| key(ItemKind::Ticket, id)),
    );
    for message in stores::messages(conn, &ids(ItemKind::TicketMessage)?)? {
        left.insert(key(ItemKind::TicketMessage, &message.id));
    }
    for file in stores::files(conn, &ids(ItemKind::TicketFile)?)? {
        left.insert(key(ItemKind::TicketFile, &file.id));
    }
    for person in stores::people(conn, &ids(ItemKind::Participant)?)? {
        left.insert(key(ItemKind::Participant, &person.id));
    }
    for mention in stores::mentions(conn, &ids(ItemKind::Mention)?)? {
        left.insert(key(ItemKind::Mention, &mention.id));
    }
    Ok(left)
}

/// Takes the person out of the text in which the mention stands.
fn erase_mention(conn: &mut Conn, subject: &Subject, mention: &Mention) -> Result<(), DbError> {
    let words = [subject.address.normalised()];
    let record = &*mention.record_id;
    if place(mention) == "subject" {
        let ticket = stores::tickets(conn, &[&*mention.ticket_id])?.remove(&mention.ticket_id);
        if let Some(subject) = ticket.and_then(|ticket| redact(&ticket.subject, &words)) {
            stores::set_subject(conn, &mention.ticket_id, &subject)?;
        }
    } else {
        redact_message(conn, record, &words)?;
        let mut files = stores::files_on(conn, &[record])?;
        files.extend(stores::files(conn, &[record])?);
        redact_names(conn, &files, &words)?;
    }
    stores::delete_mentions(conn, &[&*mention.id])
}

/// Erases a ticket that the person opened, as far as it is not other people's words.
fn erase_ticket(conn: &mut Conn, subject: &Subject, id: &str) -> Result<(), DbError> {
    let (own, others): (Vec<TicketPerson>, Vec<TicketPerson>) = stores::people_on(conn, &[id])?
        .into_iter()
        .partition(|person| has_digest(person, &subject.digests));
    if !own.iter().any(|person| person.role == REQUESTER) {
        return Ok(());
    }
    let is_staff = |person: &&TicketPerson| {
        STAFF_ROLES
            .iter()
            .any(|role| person.role.eq_ignore_ascii_case(role))
    };
    let others: Vec<&TicketPerson> = others.iter().filter(|person| !is_staff(person)).collect();
    let (staying, going): (Vec<MessageHead>, Vec<MessageHead>) = stores::messages_on(conn, id)?
        .into_iter()
        .partition(|message| {
            !message.internal && others.iter().any(|person| wrote(person, message))
        });
    stores::delete_messages(conn, &going)?;
    if staying.is_empty() {
        return stores::delete_ticket(conn, id);
    }

    let written_by_them = going
        .iter()
        .filter(|message| own.iter().any(|person| wrote(person, message)));
    let names = own
        .iter()
        .map(|person| &person.name)
        .chain(written_by_them.map(|message| &message.author_name));
    let mut words: Vec<&str> = names
        .flatten()
        .map(String::as_str)
        .filter(is_full_name)
        .collect();
    words.push(subject.address.normalised());
    let staying: Vec<&str> = staying.iter().map(|message| &*message.id).collect();
    for message in &staying {
        redact_message(conn, message, &words)?;
    }
    let files = stores::files_on(conn, &staying)?;
    redact_names(conn, &files, &words)?;
    stores::delete_mentions_on(conn, id, &subject.digests)?;
    stores::delete_people(
        conn,
        &own.iter().map(|person| &*person.id).collect::<Vec<_>>(),
    )?;
    stores::mark_erased(conn, id)
}

fn is_full_name(name: &&str) -> bool {
    name.split_whitespace().count() > 1
}

/// Takes the words out of body and headers; says whether any was there.
fn redact_text(text: &mut MessageText, words: &[&str]) -> bool {
    let body = redact(&text.body, words);
    let headers = match serde_json::from_str::<BTreeMap<String, String>>(&text.headers) {
        Ok(mut headers) => {
            let mut is_changed = false;
            for value in headers.values_mut() {
                if let Some(redacted) = redact(value, words) {
                    *value = redacted;
                    is_changed = true;
                }
            }
            is_changed.then(|| serde_json::json!(headers).to_string())
        }
        Err(_) => redact(&text.headers, words),
    };
    let is_changed = body.is_some() || headers.is_some();
    text.body = body.unwrap_or_else(|| std::mem::take(&mut text.body));
    text.headers = headers.unwrap_or_else(|| std::mem::take(&mut text.headers));
    is_changed
}

fn redact_message(conn: &mut Conn, id: &str, words: &[&str]) -> Result<(), DbError> {
    if let Some(mut text) = stores::text(conn, id)?
        && redact_text(&mut text, words)
    {
        stores::set_text(conn, &text)?;
    }
    Ok(())
}

fn redact_names(conn: &mut Conn, files: &[FileHead], words: &[&str]) -> Result<(), DbError> {
    for file in files {
        if let Some(name) = redact_file_name(&file.file_name, words) {
            stores::set_file_name(conn, &file.id, &name)?;
        }
    }
    Ok(())
}

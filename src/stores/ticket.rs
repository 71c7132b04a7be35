//! Support tickets: those that a person opened, and their part in those of others.
//!
//! A ticket of the person's own goes with all that they and staff wrote in it. What other people
//! wrote is theirs and stays, without the person's address and name. Texts that mention the person
//! in other tickets are candidates: staff look first.

mod erase;
mod export;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;

use super::{Core, Found, Right, Step, more, read_back, walk};
use crate::db::stores::{
    self, After, FileHead, Mention, MessageHead, REQUESTER, Ticket, TicketPerson,
};
use crate::db::{Conn, DbError};
use crate::domain::request::{AddressDigest, Field};
use crate::domain::run::Cause;
use crate::domain::store::{
    Change, Decision, Done, Item, ItemKey, ItemKind, ItemOutcome, Match, Order, Page, Reach, Sink,
    Store, StoreError, StoreName, Subject,
};

/// The ticket store. The key of an item is its kind and the id of its row.
#[derive(Clone)]
pub(super) struct Tickets {
    pub(super) core: Core,
}

const NAME: &str = "ticket";

/// The parts of the store, in the order in which they are walked through.
const PARTS: usize = 4;

fn key(kind: ItemKind, id: &str) -> ItemKey {
    ItemKey(format!("{kind}/{id}"))
}

fn parse(key: &ItemKey) -> Result<(ItemKind, &str), DbError> {
    let parts = key
        .0
        .split_once('/')
        .and_then(|(kind, id)| Some((kind.parse().ok()?, id)));
    parts.ok_or_else(|| DbError::Internal("an item key of another store".to_owned()))
}

/// The ids of the items of a kind.
fn of_kind<'a>(
    keys: impl IntoIterator<Item = &'a ItemKey>,
    kind: ItemKind,
) -> Result<Vec<&'a str>, DbError> {
    let mut ids = Vec::new();
    for key in keys {
        let (found, id) = parse(key)?;
        ids.extend((found == kind).then_some(id));
    }
    Ok(ids)
}

/// The different tickets of some rows.
fn distinct<'a>(tickets: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    tickets
        .map(String::as_str)
        .collect::<HashSet<_>>()
        .into_iter()
        .collect()
}

/// The tickets of some rows, and those of them that the person opened.
struct Around {
    tickets: HashMap<String, Ticket>,
    own: HashSet<String>,
}

impl Around {
    fn of<'a>(
        conn: &mut Conn,
        digests: &[AddressDigest],
        ids: impl Iterator<Item = &'a String>,
    ) -> Result<Around, DbError> {
        let ids = distinct(ids);
        let people = stores::people_on(conn, &ids)?;
        let own = people
            .into_iter()
            .filter(|person| person.role == REQUESTER && has_digest(person, digests));
        Ok(Around {
            own: own.map(|person| person.ticket_id).collect(),
            tickets: stores::tickets(conn, &ids)?,
        })
    }

    fn key(&self, ticket: &str) -> String {
        self.tickets
            .get(ticket)
            .map(|ticket| ticket.ticket_key.clone())
            .unwrap_or_default()
    }

    fn subject(&self, ticket: &str) -> String {
        self.tickets
            .get(ticket)
            .map(|ticket| ticket.subject.clone())
            .unwrap_or_default()
    }
}

fn has_digest(person: &TicketPerson, digests: &[AddressDigest]) -> bool {
    person
        .digest()
        .is_some_and(|digest| digests.contains(&digest))
}

/// Whether a message is by this person: their address, or where there is none on either side, their name.
fn wrote(person: &TicketPerson, message: &MessageHead) -> bool {
    match (&person.email, &message.author_email) {
        (Some(one), Some(other)) => one.to_lowercase() == other.to_lowercase(),
        (None, None) => person.name.is_some() && person.name == message.author_name,
        _ => false,
    }
}

/// The names of fields that are filled.
fn held<const N: usize>(fields: [(&str, bool); N]) -> Vec<String> {
    fields
        .into_iter()
        .filter(|(_, is_held)| *is_held)
        .map(|(field, _)| field.to_owned())
        .collect()
}

/// Where the mention stands: `subject`, `message`, `header` or `file`.
fn place(mention: &Mention) -> &str {
    match mention.place.split(':').next() {
        Some("body") | None => "message",
        Some(place) => place,
    }
}

impl Tickets {
    fn look(
        &self,
        conn: &mut Conn,
        digests: &[AddressDigest],
        part: usize,
        after: After<'_>,
    ) -> Result<Found, StoreError> {
        match part {
            0 => self.own_tickets(conn, digests, after),
            1 => self.messages(conn, digests, after),
            2 => self.participants(conn, digests, after),
            _ => self.mentions(conn, digests, after),
        }
    }

    fn own_tickets(
        &self,
        conn: &mut Conn,
        digests: &[AddressDigest],
        after: After<'_>,
    ) -> Result<Found, StoreError> {
        let people = stores::people_of(conn, digests, true, after)?;
        let around = Around::of(conn, digests, people.iter().map(|person| &person.ticket_id))?;
        let items = people.iter().map(|person| Item {
            key: key(ItemKind::Ticket, &person.ticket_id),
            kind: ItemKind::Ticket,
            label: around.key(&person.ticket_id),
            note: around.subject(&person.ticket_id),
            holds: held([
                ("name", person.name.is_some()),
                ("email", person.email.is_some()),
                ("subject", !around.subject(&person.ticket_id).is_empty()),
            ]),
            matched: Match::Sure,
            proposal: Decision::Erase,
            within: Vec::new(),
        });
        Ok((
            items.collect(),
            more(after, people.len(), people.last().map(|person| &*person.id)),
        ))
    }

    /// Each message with its files.
    fn messages(
        &self,
        conn: &mut Conn,
        digests: &[AddressDigest],
        after: After<'_>,
    ) -> Result<Found, StoreError> {
        let messages = stores::messages_of(conn, digests, after)?;
        let around = Around::of(
            conn,
            digests,
            messages.iter().map(|message| &message.ticket_id),
        )?;
        let ids: Vec<&str> = messages.iter().map(|message| &*message.id).collect();
        let mut files: HashMap<String, Vec<FileHead>> = HashMap::new();
        for file in stores::files_on(conn, &ids)? {
            files.entry(file.message_id.clone()).or_default().push(file);
        }
        let mut items = Vec::new();
        for message in &messages {
            let ticket = around.key(&message.ticket_id);
            items.push(Item {
                key: key(ItemKind::TicketMessage, &message.id),
                kind: ItemKind::TicketMessage,
                label: ticket.clone(),
                note: self.core.date(message.at.0).to_string(),
                holds: held([
                    ("name", message.author_name.is_some()),
                    ("email", message.author_email.is_some()),
                    ("message", true),
                ]),
                matched: Match::Sure,
                proposal: Decision::Erase,
                within: Vec::new(),
            });
            items.extend(
                files
                    .remove(&message.id)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|file| Item {
                        key: key(ItemKind::TicketFile, &file.id),
                        kind: ItemKind::TicketFile,
                        label: ticket.clone(),
                        note: file.file_name,
                        holds: held([("file", true)]),
                        matched: Match::Sure,
                        proposal: Decision::Erase,
                        within: Vec::new(),
                    }),
            );
        }
        Ok((items, more(after, messages.len(), ids.last().copied())))
    }

    fn participants(
        &self,
        conn: &mut Conn,
        digests: &[AddressDigest],
        after: After<'_>,
    ) -> Result<Found, StoreError> {
        let people = stores::people_of(conn, digests, false, after)?;
        let around = Around::of(conn, digests, people.iter().map(|person| &person.ticket_id))?;
        let others = people
            .iter()
            .filter(|person| !around.own.contains(&person.ticket_id));
        let items = others.map(|person| Item {
            key: key(ItemKind::Participant, &person.id),
            kind: ItemKind::Participant,
            label: around.key(&person.ticket_id),
            note: person.role.clone(),
            holds: held([
                ("name", person.name.is_some()),
                ("email", person.email.is_some()),
            ]),
            matched: Match::Sure,
            proposal: Decision::Erase,
            within: Vec::new(),
        });
        Ok((
            items.collect(),
            more(after, people.len(), people.last().map(|person| &*person.id)),
        ))
    }

    fn mentions(
        &self,
        conn: &mut Conn,
        digests: &[AddressDigest],
        after: After<'_>,
    ) -> Result<Found, StoreError> {
        let mentions = stores::mentions_of(conn, digests, after)?;
        let around = Around::of(
            conn,
            digests,
            mentions.iter().map(|mention| &mention.ticket_id),
        )?;
        let others = mentions
            .iter()
            .filter(|mention| !around.own.contains(&mention.ticket_id));
        let items = others.map(|mention| Item {
            key: key(ItemKind::Mention, &mention.id),
            kind: ItemKind::Mention,
            label: around.key(&mention.ticket_id),
            note: around.subject(&mention.ticket_id),
            holds: vec![place(mention).to_owned()],
            matched: Match::Candidate,
            proposal: Decision::Erase,
            within: Vec::new(),
        });
        Ok((
            items.collect(),
            more(
                after,
                mentions.len(),
                mentions.last().map(|mention| &*mention.id),
            ),
        ))
    }
}

/// Name and address as one item holds them.
struct Named {
    row: Row,
    ticket: String,
    name: Option<String>,
    email: Option<String>,
    digest: Option<AddressDigest>,
}

enum Row {
    Person(String),
    Author(String),
}

/// The name and address behind an item, if it has them.
fn named(conn: &mut Conn, item: &ItemKey) -> Result<Option<Named>, DbError> {
    let person = match parse(item)? {
        (ItemKind::Ticket, id) => stores::people_on(conn, &[id])?
            .into_iter()
            .find(|person| person.role == REQUESTER),
        (ItemKind::Participant, id) => stores::people(conn, &[id])?.pop(),
        (ItemKind::TicketMessage, id) => {
            return Ok(stores::messages(conn, &[id])?.pop().map(|message| Named {
                digest: message.digest(),
                row: Row::Author(message.id),
                ticket: message.ticket_id,
                name: message.author_name,
                email: message.author_email,
            }));
        }
        _ => None,
    };
    Ok(person.map(|person| Named {
        digest: person.digest(),
        row: Row::Person(person.id),
        ticket: person.ticket_id,
        name: person.name,
        email: person.email,
    }))
}

impl Tickets {
    fn correct(
        &self,
        conn: &mut Conn,
        item: &ItemKey,
        right: &Right,
    ) -> Result<ItemOutcome, DbError> {
        let Some(mut named) = named(conn, item)? else {
            return Ok(ItemOutcome::NeedsPerson);
        };
        let value = match right.field {
            Field::Name => &mut named.name,
            Field::Email => &mut named.email,
            Field::Phone | Field::Company | Field::Address | Field::Other => {
                return Ok(ItemOutcome::NeedsPerson);
            }
        };
        let wrong = std::mem::replace(value, right.value.clone());
        if wrong == right.value {
            return Ok(ItemOutcome::Corrected);
        }
        if right.field == Field::Email {
            named.digest = right.email.as_ref().map(|email| self.core.digest(email));
        }
        let Named {
            row,
            ticket,
            name,
            email,
            digest,
        } = &named;
        match row {
            Row::Person(id) => stores::correct_person(
                conn,
                id,
                name.as_deref(),
                email.as_deref(),
                digest.as_ref(),
            )?,
            Row::Author(id) => stores::correct_author(
                conn,
                id,
                name.as_deref(),
                email.as_deref(),
                digest.as_ref(),
            )?,
        }
        let tickets = stores::tickets(conn, &[ticket])?;
        if let (Some(wrong), Some(ticket)) = (wrong, tickets.get(ticket)) {
            self.core
                .note_correction(conn, NAME, &ticket.ticket_key, right.field, &wrong)?;
        }
        Ok(ItemOutcome::Corrected)
    }
}

#[async_trait]
impl Store for Tickets {
    fn name(&self) -> StoreName {
        StoreName(NAME.to_owned())
    }

    fn is_ours(&self) -> bool {
        true
    }

    async fn probe(&self) -> Result<Reach, StoreError> {
        self.core.reach("tickets", stores::count_tickets).await
    }

    async fn inventory(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        let (this, digests, cursor) = (
            self.clone(),
            subject.digests.clone(),
            after.map(str::to_owned),
        );
        self.core
            .db
            .read(move |conn| {
                walk(PARTS, cursor.as_deref(), |part, after: After<'_>| {
                    this.look(conn, &digests, part, after)
                })
            })
            .await
    }

    /// A ticket brings all its messages and files; those of its requester do not come a second time.
    /// A file comes with its message.
    async fn export(
        &self,
        _: &Subject,
        items: &[ItemKey],
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        for item in items {
            let (this, item, id) = (self.clone(), item.clone(), parse(item)?.1.to_owned());
            match parse(&item)?.0 {
                ItemKind::Ticket => {
                    let found = self
                        .core
                        .db
                        .read(move |conn| this.exported_ticket(conn, &id))
                        .await?;
                    if let Some((record, messages)) = found {
                        sink.record(record)?;
                        for message in messages {
                            self.export_message(message, sink).await?;
                        }
                    }
                }
                ItemKind::TicketMessage => {
                    if let Some(message) = self
                        .core
                        .db
                        .read(move |conn| Tickets::alone(conn, &id))
                        .await?
                    {
                        self.export_message(message, sink).await?;
                    }
                }
                ItemKind::TicketFile => {}
                _ => {
                    let found = self
                        .core
                        .db
                        .read(move |conn| this.exported_place(conn, &item))
                        .await?;
                    found.map_or(Ok(()), |record| sink.record(record))?;
                }
            }
        }
        Ok(())
    }

    async fn values(&self, item: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        let item = item.clone();
        let named = self.core.db.read(move |conn| named(conn, &item)).await?;
        let values = named.map(|named| [(Field::Name, named.name), (Field::Email, named.email)]);
        Ok(values
            .into_iter()
            .flatten()
            .filter_map(|(field, value)| Some((field, value?)))
            .collect())
    }

    async fn rectify(&self, item: &ItemKey, change: &Change) -> Result<Done, StoreError> {
        let right = Arc::new(Right::of(change)?);
        let (this, key, written) = (self.clone(), item.clone(), right.clone());
        let outcome = self
            .core
            .db
            .write(move |conn| this.correct(conn, &key, &written))
            .await?;
        if outcome == ItemOutcome::Corrected {
            read_back(self, item, &right).await?;
        }
        Ok(outcome.into())
    }

    async fn carry_out(
        &self,
        subject: &Subject,
        orders: &[Order],
        cause: Cause,
    ) -> Result<Vec<Done>, StoreError> {
        let this = self.clone();
        let work = move |conn: &mut Conn, subject: &Subject, orders: &[Order]| {
            this.work(conn, subject, orders, cause)
        };
        let step = Step {
            store: NAME,
            subject,
            orders,
            cause,
        };
        self.core.in_batches(step, erase::whose, work).await
    }
}

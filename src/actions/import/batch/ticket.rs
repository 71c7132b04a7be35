//! Tickets of a batch: whose they are, who is in them, and what of them may not come back.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::{Batch, Prepared, Record, TICKET, Verdict, normalised};
use crate::actions::import::Row;
use crate::db::records::{self, KnownMessage, KnownTicket, TicketMention, TicketPerson};
use crate::db::{Conn, DbError};
use crate::domain::ids::RecordId;
use crate::domain::records::{Attachment, Mention, Message, Person, Place, TicketRow};
use crate::domain::request::{AddressDigest, Field};
use crate::domain::retention::{Category, Events};
use crate::imports::tickets;

/// The role of the person whose ticket it is.
const REQUESTER: &str = "requester";

/// What stands where an erased address was mentioned.
const REDACTED: &str = "[removed]";

pub(super) fn load(
    conn: &mut Conn,
    rows: &[&Prepared],
) -> Result<HashMap<String, KnownTicket>, DbError> {
    let keys = rows.iter().filter_map(|prepared| match &prepared.row {
        Row::Ticket(row) => Some(row.key.as_str()),
        Row::Licence(_) | Row::Sale(_) | Row::Feedback(_) => None,
    });
    let tickets = records::tickets_with(conn, &keys.collect::<Vec<_>>())?;
    Ok(tickets
        .into_iter()
        .map(|ticket| (ticket.key.clone(), ticket))
        .collect())
}

impl Batch<'_> {
    /// Whether the rules let a ticket go by what it says itself.
    fn is_due(&self, row: &TicketRow) -> bool {
        let events = Events {
            ticket_closed: row.closed_at.map(|at| self.app.date(at)),
            ..Events::default()
        };
        let schedule = self.app.policy.schedule(Category::Ticket, &events);
        schedule.is_some_and(|schedule| schedule.from <= self.app.date(self.now))
    }

    pub(super) fn ticket(&mut self, prepared: &Prepared, row: &TicketRow) -> Result<(), DbError> {
        let record = Record {
            store: TICKET,
            keys: vec![row.key.clone()],
            began_on: Some(self.app.date(row.created_at)),
            ends_on: None,
        };
        let known = self.tickets.get(&row.key).cloned();
        // What the next sweep would remove is not brought in.
        if known.is_none() && self.is_due(row) {
            self.done.counts.suppressed += 1;
            return Ok(());
        }
        let is_touchy =
            self.has_guards(prepared) || self.corrections.contains_key(&(TICKET, row.key.clone()));
        let mut row = Cow::Borrowed(row);
        let mut standing = Standing::default();
        if is_touchy {
            if let Some(known) = &known {
                standing = Standing::load(self.conn, known.id)?;
            }
            let digests = self.digests(prepared, row.requester.email.as_deref());
            if !standing.has_person(&digests) && self.verdict(&digests, &record)? == Verdict::Drop {
                self.done.counts.suppressed += 1;
                return Ok(());
            }
        }
        if known
            .as_ref()
            .is_some_and(|known| prepared.is_same(&known.fingerprint))
        {
            self.done.counts.unchanged += 1;
            return Ok(());
        }
        if is_touchy {
            self.keep_out(prepared, &record, row.to_mut(), &standing)?;
        }
        let stamp = self.stamp(prepared);
        let id = match known {
            Some(known) => {
                records::update_ticket(self.conn, known.id, &row, &stamp)?;
                known.id
            }
            None => {
                let id = self.app.id();
                records::insert_ticket(self.conn, id, &row, &stamp)?;
                id
            }
        };
        self.ticket_parts(prepared, &row, id)?;
        self.done.counts.written += 1;
        let known = KnownTicket {
            id,
            key: row.key.clone(),
            fingerprint: stamp.fingerprint.bytes,
        };
        self.tickets.insert(known.key.clone(), known);
        Ok(())
    }

    /// Takes out of a ticket of others who was erased from it, and puts corrected values back.
    fn keep_out(
        &mut self,
        prepared: &Prepared,
        record: &Record,
        row: &mut TicketRow,
        standing: &Standing,
    ) -> Result<(), DbError> {
        let mut gone: HashMap<&str, &[AddressDigest]> = HashMap::new();
        for (address, digests) in &prepared.digests {
            if self.verdict(digests, record)? == Verdict::Drop {
                gone.insert(address, digests);
            }
        }
        let mut out = BTreeSet::new();
        let mut stays = |person: &Person, stands: &dyn Fn(&[AddressDigest]) -> bool| {
            let address = person.email.as_deref().and_then(normalised);
            let Some((address, digests)) =
                address.and_then(|address| gone.get_key_value(address.as_str()))
            else {
                return true;
            };
            let stays = stands(digests);
            if !stays {
                out.insert(*address);
            }
            stays
        };
        row.participants.retain(|participant| {
            stays(&participant.person, &|digests| standing.has_person(digests))
        });
        row.messages.retain(|message| {
            stays(&message.author, &|digests| {
                standing.has_message(&message.key, digests)
            })
        });
        for (address, digests) in &gone {
            if self.is_guarded_here(digests, record) && !standing.has_person(digests) {
                redact(row, address);
                out.insert(address);
            }
        }
        self.done.counts.suppressed += i64::try_from(out.len()).unwrap_or(i64::MAX);
        let requester = standing
            .people
            .iter()
            .find(|person| person.role == REQUESTER);
        let was = row.requester.email.clone();
        for person in std::iter::once(&mut row.requester).chain(
            row.messages
                .iter_mut()
                .map(|message| &mut message.author)
                .filter(|author| author.email == was),
        ) {
            self.keep_corrected(
                record,
                Field::Name,
                &mut person.name,
                requester.and_then(|known| known.name.as_deref()),
            );
            self.keep_corrected(
                record,
                Field::Email,
                &mut person.email,
                requester.and_then(|known| known.email.as_deref()),
            );
        }
        Ok(())
    }

    fn ticket_parts(
        &mut self,
        prepared: &Prepared,
        row: &TicketRow,
        id: RecordId,
    ) -> Result<(), DbError> {
        let app = self.app;
        let mut new_id = || app.id();
        let person = |role: &str, person: &Person| TicketPerson {
            role: role.to_owned(),
            address: self
                .digests(prepared, person.email.as_deref())
                .into_iter()
                .next(),
            email: person.email.clone(),
            name: person.name.clone(),
        };
        let participants = row
            .participants
            .iter()
            .map(|participant| person(&participant.role, &participant.person));
        let people: Vec<_> = std::iter::once(person(REQUESTER, &row.requester))
            .chain(participants)
            .collect();
        records::save_people(self.conn, id, &people, &mut new_id)?;

        let known = records::messages_of(self.conn, id)?;
        let mut parts = Parts {
            ticket: id,
            messages: HashMap::new(),
            files: Vec::new(),
        };
        for message in &row.messages {
            let same = known.iter().find(|known| known.key == message.key);
            let message_id = same.map_or_else(&mut new_id, |known| known.id);
            let author = self.digests(prepared, message.author.email.as_deref());
            records::save_message(
                self.conn,
                id,
                message_id,
                same.is_some(),
                message,
                author.first(),
            )?;
            let files =
                records::save_files(self.conn, id, message_id, &message.attachments, &mut new_id)?;
            parts.messages.insert(&message.key, message_id);
            let files = message.attachments.iter().zip(files);
            parts
                .files
                .extend(files.map(|(file, file_id)| (message_id, file, file_id)));
        }

        let mut mentions = Vec::new();
        for mention in tickets::mentions(row) {
            if let Some(address) = self
                .digests(prepared, Some(&mention.address))
                .into_iter()
                .next()
            {
                mentions.extend(parts.holding(&mention).into_iter().map(|(record, place)| {
                    TicketMention {
                        record,
                        place,
                        address: address.clone(),
                    }
                }));
            }
        }
        records::save_mentions(self.conn, id, &mentions, &mut new_id)
    }
}

/// Who and what of a ticket on file still names people.
#[derive(Default)]
struct Standing {
    people: Vec<TicketPerson>,
    messages: Vec<KnownMessage>,
}

impl Standing {
    fn load(conn: &mut Conn, ticket: RecordId) -> Result<Standing, DbError> {
        let people = records::people_of(conn, ticket)?
            .into_iter()
            .map(|(_, person)| person)
            .collect();
        Ok(Standing {
            people,
            messages: records::messages_of(conn, ticket)?,
        })
    }

    fn has_person(&self, digests: &[AddressDigest]) -> bool {
        self.people.iter().any(|person| person.is(digests))
    }

    fn has_message(&self, key: &str, author: &[AddressDigest]) -> bool {
        let is_author = |known: &KnownMessage| {
            author
                .iter()
                .any(|digest| known.author.as_ref() == Some(&digest.bytes))
        };
        self.messages
            .iter()
            .any(|known| known.key == key && is_author(known))
    }
}

/// The rows of a ticket that can mention somebody.
struct Parts<'a> {
    ticket: RecordId,
    messages: HashMap<&'a str, RecordId>,
    /// With the message of each.
    files: Vec<(RecordId, &'a Attachment, RecordId)>,
}

impl Parts<'_> {
    /// The rows that hold a mention, and where in them. A file's name is not repeated: it is what mentions.
    fn holding(&self, mention: &Mention) -> Vec<(RecordId, String)> {
        let message = |key: &str| self.messages.get(key).copied();
        let at =
            |id: Option<RecordId>, place: String| id.map(|id| (id, place)).into_iter().collect();
        match &mention.place {
            Place::Subject => at(Some(self.ticket), "subject".to_owned()),
            Place::Body { message: key } => at(message(key), format!("body:{key}")),
            Place::Header { message: key, name } => {
                at(message(key), format!("header:{key}:{name}"))
            }
            Place::FileName { message: key } => {
                let is_meant =
                    |file: &Attachment| file.file_name.to_lowercase().contains(&mention.address);
                let files = self
                    .files
                    .iter()
                    .filter(|(of, file, _)| Some(*of) == message(key) && is_meant(file));
                files
                    .map(|(_, _, id)| (*id, format!("file:{key}")))
                    .collect()
            }
        }
    }
}

/// Takes an address out of all texts of a ticket.
fn redact(row: &mut TicketRow, address: &str) {
    let messages = row.messages.iter_mut().flat_map(
        |Message {
             body,
             headers,
             attachments,
             ..
         }| {
            let names = attachments.iter_mut().map(|file| &mut file.file_name);
            std::iter::once(body)
                .chain(headers.values_mut())
                .chain(names)
        },
    );
    for text in std::iter::once(&mut row.subject).chain(messages) {
        // In ASCII, where lower case has the same length; other letters have to stand as they are.
        let lower = text.to_ascii_lowercase();
        let mut rest = 0;
        let mut redacted = String::new();
        for (at, found) in lower.match_indices(&address.to_ascii_lowercase()) {
            redacted.push_str(&text[rest..at]);
            redacted.push_str(REDACTED);
            rest = at + found.len();
        }
        if rest > 0 {
            redacted.push_str(&text[rest..]);
            *text = redacted;
        }
    }
}

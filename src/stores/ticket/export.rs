//! What the ticket store gives out for a review.

use std::collections::BTreeMap;

use super::{Tickets, parse, place, wrote};
use crate::db::stores::{self, FileHead, MessageHead, REQUESTER, Ticket};
use crate::db::{Conn, DbError};
use crate::domain::store::{Exported, ItemKey, ItemKind, Sink, StoreError};
use crate::stores::Fields;

impl Tickets {
    fn record(
        &self,
        conn: &mut Conn,
        kind: ItemKind,
        ticket: &Ticket,
        fields: Fields,
    ) -> Result<Exported, DbError> {
        Ok(Exported {
            kind: kind.as_str(),
            label: ticket.ticket_key.clone(),
            source: self
                .core
                .source(conn, "support ticket export", &ticket.import_id)?,
            fields: fields.0,
        })
    }

    /// The ticket itself and the messages in it.
    pub(super) fn exported_ticket(
        &self,
        conn: &mut Conn,
        id: &str,
    ) -> Result<Option<(Exported, Vec<MessageHead>)>, DbError> {
        let Some(ticket) = stores::tickets(conn, &[id])?.remove(id) else {
            return Ok(None);
        };
        let requester = stores::people_on(conn, &[id])?
            .into_iter()
            .find(|person| person.role == REQUESTER);
        let mut fields = Fields::default();
        fields.add("Ticket", Some(&ticket.ticket_key));
        fields.add("Subject", Some(&ticket.subject));
        fields.add("Status", Some(&ticket.status));
        fields.add("Product", ticket.product.as_ref());
        fields.add("Opened at", Some(ticket.opened_at.0));
        fields.add("Closed at", ticket.closed_at.map(|at| at.0));
        fields.add(
            "Name",
            requester.as_ref().and_then(|person| person.name.as_ref()),
        );
        fields.add(
            "E-mail",
            requester.as_ref().and_then(|person| person.email.as_ref()),
        );
        let record = self.record(conn, ItemKind::Ticket, &ticket, fields)?;
        Ok(Some((record, stores::messages_on(conn, id)?)))
    }

    /// A message, and the files that came with it.
    fn exported_message(
        &self,
        conn: &mut Conn,
        message: &MessageHead,
    ) -> Result<Option<(Exported, Vec<FileHead>)>, DbError> {
        let tickets = stores::tickets(conn, &[&message.ticket_id])?;
        let (Some(ticket), Some(text)) = (
            tickets.get(&message.ticket_id),
            stores::text(conn, &message.id)?,
        ) else {
            return Ok(None);
        };
        let mut fields = Fields::default();
        fields.add("Ticket", Some(&ticket.ticket_key));
        fields.add("Author", message.author_name.as_ref());
        fields.add("Author's e-mail", message.author_email.as_ref());
        fields.add("Written at", Some(message.at.0));
        fields.add("Internal note", message.internal.then_some("yes"));
        fields.add("Text", Some(&text.body));
        let headers: BTreeMap<String, String> =
            serde_json::from_str(&text.headers).unwrap_or_default();
        for (name, value) in headers {
            fields.add(&format!("Header {name}"), Some(value));
        }
        let record = self.record(conn, ItemKind::TicketMessage, ticket, fields)?;
        Ok(Some((record, stores::files_on(conn, &[&message.id])?)))
    }

    fn exported_file(&self, conn: &mut Conn, file: &FileHead) -> Result<Option<Exported>, DbError> {
        let tickets = stores::tickets(conn, &[&file.ticket_id])?;
        let Some(ticket) = tickets.get(&file.ticket_id) else {
            return Ok(None);
        };
        let mut fields = Fields::default();
        fields.add("Ticket", Some(&ticket.ticket_key));
        fields.add("File", Some(&file.file_name));
        fields.add("Type", Some(&file.media_type));
        fields.add("Size in bytes", Some(file.size));
        Ok(Some(self.record(
            conn,
            ItemKind::TicketFile,
            ticket,
            fields,
        )?))
    }

    /// Where the person takes part in a ticket of somebody else, or is named in it; not its contents.
    pub(super) fn exported_place(
        &self,
        conn: &mut Conn,
        item: &ItemKey,
    ) -> Result<Option<Exported>, DbError> {
        let mut fields = Fields::default();
        let (kind, id) = parse(item)?;
        let ticket = match kind {
            ItemKind::Participant => {
                let Some(person) = stores::people(conn, &[id])?.pop() else {
                    return Ok(None);
                };
                fields.add("Role", Some(&person.role));
                fields.add("Name", person.name.as_ref());
                fields.add("E-mail", person.email.as_ref());
                person.ticket_id
            }
            _ => {
                let Some(mention) = stores::mentions(conn, &[id])?.pop() else {
                    return Ok(None);
                };
                fields.add("Your address stands in the", Some(place(&mention)));
                mention.ticket_id
            }
        };
        let Some(ticket) = stores::tickets(conn, &[&ticket])?.remove(&ticket) else {
            return Ok(None);
        };
        Ok(Some(self.record(conn, kind, &ticket, fields)?))
    }

    pub(super) async fn export_message(
        &self,
        message: MessageHead,
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        let this = self.clone();
        let found = self
            .core
            .db
            .read(move |conn| this.exported_message(conn, &message))
            .await?;
        let Some((record, files)) = found else {
            return Ok(());
        };
        sink.record(record)?;
        for file in files {
            self.export_file(file, sink).await?;
        }
        Ok(())
    }

    async fn export_file(&self, file: FileHead, sink: &mut dyn Sink) -> Result<(), StoreError> {
        let (this, head) = (self.clone(), file.clone());
        let read = move |conn: &mut Conn| {
            Ok::<_, DbError>((
                this.exported_file(conn, &head)?,
                stores::content(conn, &head.id)?,
            ))
        };
        let (Some(record), content) = self.core.db.read(read).await? else {
            return Ok(());
        };
        let name = file_name(&record.label, &file);
        sink.record(record)?;
        content.map_or(Ok(()), |content| sink.file(&name, &content))
    }

    /// A message that comes out by itself: not with the ticket of its author.
    pub(super) fn alone(conn: &mut Conn, id: &str) -> Result<Option<MessageHead>, DbError> {
        let Some(message) = stores::messages(conn, &[id])?.pop() else {
            return Ok(None);
        };
        let people = stores::people_on(conn, &[&message.ticket_id])?;
        let is_own = people
            .iter()
            .any(|person| person.role == REQUESTER && wrote(person, &message));
        Ok((!is_own).then_some(message))
    }
}

/// A name that no other file has and that no archive takes for a path.
fn file_name(ticket: &str, file: &FileHead) -> String {
    let id = &file.id[file.id.len().saturating_sub(8)..];
    format!("{ticket}-{id}-{}", file.file_name)
        .replace(['/', '\\', ':'], "_")
        .replace(char::is_control, "_")
}

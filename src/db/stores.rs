//! The tables of the built-in stores: their rows found, read, erased, blocked and corrected.
//!
//! People are found by the digests of their address, in pages by the id of the row.
//! Nothing here decides what becomes of a row, and nothing here sees a key.

use std::collections::HashMap;

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::schema::{
    contacts, imports, installations, licences, mentions, ticket_files, ticket_messages,
    ticket_people, tickets, transactions,
};
pub use super::types::{Day, Moment};
use super::types::{maybe_word, time};
use super::{Conn, DbError};
use crate::domain::records::Keys;
use crate::domain::request::AddressDigest;
use crate::domain::store::{Ground, StoreError};

/// The role of the person whose ticket it is; the other roles are words of the help desk.
pub const REQUESTER: &str = "requester";

/// Ids in one statement: engines limit its parameters.
const TOGETHER: usize = 500;

impl From<DbError> for StoreError {
    fn from(error: DbError) -> StoreError {
        match error {
            DbError::Conflict(_) | DbError::Unavailable(_) => StoreError::Retry(error.to_string()),
            DbError::Internal(_) | DbError::Refused(_) => StoreError::Bug(error.to_string()),
        }
    }
}

/// Which rows of a person: those after this id, and how many at the most.
#[derive(Clone, Copy)]
pub struct After<'a> {
    /// The last id seen; empty before the first.
    pub id: &'a str,
    /// How many.
    pub limit: i64,
}

/// What a contact says of a person. Sealed as a whole when the contact is blocked.
#[derive(
    Clone, Default, PartialEq, Eq, Serialize, Deserialize, Queryable, Selectable, AsChangeset,
)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
#[expect(missing_docs, reason = "the columns of the report")]
pub struct Personal {
    pub email: Option<String>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub address1: Option<String>,
    pub address2: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postcode: Option<String>,
}

impl Personal {
    /// The postal address on one line, if any of it is known.
    pub fn address(&self) -> Option<String> {
        let lines = [
            &self.address1,
            &self.address2,
            &self.city,
            &self.state,
            &self.postcode,
        ];
        let known: Vec<&str> = lines.into_iter().flatten().map(String::as_str).collect();
        (!known.is_empty()).then(|| known.join(", "))
    }
}

/// A person named on a licence, a trial or a sale.
#[derive(Clone, Queryable, Selectable)]
pub struct Contact {
    /// Its id.
    pub id: String,
    /// `licence`, `trial` or `transaction`.
    pub store: String,
    /// The licence or sale.
    pub record_id: String,
    /// What they are there for.
    pub role: String,
    address_digest: Option<Vec<u8>>,
    digest_key: Option<String>,
    /// Empty where it is blocked.
    #[diesel(embed)]
    pub personal: Personal,
    /// What was in it before it was blocked, sealed.
    pub blocked: Option<Vec<u8>>,
    /// Until when it is blocked.
    pub blocked_until: Option<Day>,
    /// The [`Ground`] on which it was blocked.
    pub blocked_ground: Option<String>,
    /// Which import brought it.
    pub import_id: String,
    /// Since when we have it.
    pub first_seen_at: Moment,
    /// When the report named somebody else instead.
    pub replaced_at: Option<Moment>,
}

impl Contact {
    /// On which ground it was blocked, if it was.
    ///
    /// # Errors
    /// [`DbError::Internal`] if the column holds another word.
    pub fn ground(&self) -> Result<Option<Ground>, DbError> {
        maybe_word(self.blocked_ground.as_deref())
    }
}

/// A licence or a trial.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = licences)]
#[expect(missing_docs, reason = "the columns of the report")]
pub struct Licence {
    pub id: String,
    pub addon_licence_id: Option<String>,
    pub entitlement_id: Option<String>,
    pub entitlement_number: Option<String>,
    pub licence_number: Option<String>,
    pub addon_key: String,
    pub addon_name: Option<String>,
    pub hosting: String,
    pub licence_type: String,
    pub status: String,
    pub tier: Option<String>,
    pub starts_on: Option<Day>,
    pub ends_on: Option<Day>,
    pub company: Option<String>,
    pub country: Option<String>,
    pub region: Option<String>,
    pub cloud_id: Option<String>,
    pub site: Option<String>,
}

/// A line of a sale or refund.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = transactions)]
#[expect(missing_docs, reason = "the columns of the report")]
pub struct Sale {
    pub id: String,
    pub line_item_id: String,
    pub transaction_id: String,
    pub addon_licence_id: Option<String>,
    pub entitlement_id: Option<String>,
    pub entitlement_number: Option<String>,
    pub addon_key: String,
    pub addon_name: Option<String>,
    pub sale_on: Day,
    pub sale_type: Option<String>,
    pub tier: Option<String>,
    pub licence_type: Option<String>,
    pub hosting: Option<String>,
    pub billing_period: Option<String>,
    pub purchase_price: Option<String>,
    pub company: Option<String>,
    pub country: Option<String>,
    pub region: Option<String>,
}

impl Licence {
    /// The ids under which reports name it.
    pub fn keys(&self) -> Keys {
        Keys {
            addon_license_id: self.addon_licence_id.clone(),
            app_entitlement_id: self.entitlement_id.clone(),
            app_entitlement_number: self.entitlement_number.clone(),
        }
    }
}

/// A support ticket.
#[derive(Clone, Queryable, Selectable)]
pub struct Ticket {
    /// Its id.
    pub id: String,
    /// Its id in the help desk.
    pub ticket_key: String,
    /// What it is about, in the requester's words.
    pub subject: String,
    /// As the help desk calls it.
    pub status: String,
    /// The app.
    pub product: Option<String>,
    /// When it was opened.
    pub opened_at: Moment,
    /// When it was closed.
    pub closed_at: Option<Moment>,
    /// Which import brought it.
    pub import_id: String,
}

/// A person on a ticket.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = ticket_people)]
pub struct TicketPerson {
    /// Its id.
    pub id: String,
    /// The ticket.
    pub ticket_id: String,
    /// [`REQUESTER`], or a word of the help desk.
    pub role: String,
    address_digest: Option<Vec<u8>>,
    digest_key: Option<String>,
    /// The address as written.
    pub email: Option<String>,
    /// The full name.
    pub name: Option<String>,
}

/// A message of a ticket without its text.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = ticket_messages)]
pub struct MessageHead {
    /// Its id.
    pub id: String,
    /// The ticket.
    pub ticket_id: String,
    address_digest: Option<Vec<u8>>,
    digest_key: Option<String>,
    /// The author's address as written.
    pub author_email: Option<String>,
    /// The author's name.
    pub author_name: Option<String>,
    /// When it was written.
    pub at: Moment,
    /// Seen by staff only.
    pub internal: bool,
}

/// The text of a message.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = ticket_messages)]
pub struct MessageText {
    /// The message.
    pub id: String,
    /// As written.
    pub body: String,
    /// A JSON object of the headers.
    pub headers: String,
}

/// A file of a message without its content.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = ticket_files)]
pub struct FileHead {
    /// Its id.
    pub id: String,
    /// The ticket.
    pub ticket_id: String,
    /// The message.
    pub message_id: String,
    /// As written.
    pub file_name: String,
    /// `text/plain`, …
    pub media_type: String,
    /// In bytes.
    pub size: i64,
}

/// The address of a person in the text of a ticket.
#[derive(Clone, Queryable, Selectable)]
pub struct Mention {
    /// Its id.
    pub id: String,
    /// The ticket.
    pub ticket_id: String,
    /// The ticket, message or file in which it stands.
    pub record_id: String,
    /// Where in it: `subject`, `body`, `header` or `file`, and after a colon what tells it from others.
    pub place: String,
}

/// An installation of an app.
#[derive(Clone, Queryable, Selectable)]
pub struct Installation {
    /// Its id.
    pub id: String,
    /// The tenant's key.
    pub client_key: String,
    /// The app.
    pub app_key: String,
    /// The customer's site.
    pub site: Option<String>,
    address_digest: Option<Vec<u8>>,
    digest_key: Option<String>,
    /// The account that installed it.
    pub account_id: Option<String>,
    /// Its address as written.
    pub email: Option<String>,
    /// The secret shared with the tenant.
    pub secret: Option<Vec<u8>>,
    /// When it was installed.
    pub installed_at: Moment,
    /// When it was uninstalled.
    pub uninstalled_at: Option<Moment>,
    /// Which import brought it.
    pub import_id: String,
}

macro_rules! digest_of_a_row {
    ($($Row:ident)*) => {$(impl $Row {
        /// The digest of the person's address, if the row has one.
        pub fn digest(&self) -> Option<AddressDigest> {
            Some(AddressDigest { key: self.digest_key.clone()?, bytes: self.address_digest.clone()? })
        }
    })*};
}
digest_of_a_row!(Contact TicketPerson MessageHead Installation);

fn bytes(digests: &[AddressDigest]) -> Vec<&[u8]> {
    digests
        .iter()
        .map(|digest| digest.bytes.as_slice())
        .collect()
}

// Contacts -------------------------------------------------------------------

/// The contacts of a person in these stores, replaced and blocked ones included.
///
/// # Errors
/// [`DbError`].
pub fn contacts_of(
    conn: &mut Conn,
    digests: &[AddressDigest],
    stores: &[&str],
    after: After<'_>,
) -> Result<Vec<Contact>, DbError> {
    Ok(contacts::table
        .filter(contacts::address_digest.eq_any(bytes(digests)))
        .filter(contacts::store.eq_any(stores))
        .filter(contacts::id.gt(after.id))
        .order(contacts::id)
        .limit(after.limit)
        .select(Contact::as_select())
        .load(conn)?)
}

/// The contacts of these ids, as far as they are there.
///
/// # Errors
/// [`DbError`].
pub fn contacts(conn: &mut Conn, ids: &[&str]) -> Result<Vec<Contact>, DbError> {
    Ok(contacts::table
        .filter(contacts::id.eq_any(ids))
        .select(Contact::as_select())
        .load(conn)?)
}

/// The licences and trials of these ids, by id.
///
/// # Errors
/// [`DbError`].
pub fn licences(conn: &mut Conn, ids: &[&str]) -> Result<HashMap<String, Licence>, DbError> {
    let rows: Vec<Licence> = licences::table
        .filter(licences::id.eq_any(ids))
        .select(Licence::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// The sales of these ids, by id.
///
/// # Errors
/// [`DbError`].
pub fn sales(conn: &mut Conn, ids: &[&str]) -> Result<HashMap<String, Sale>, DbError> {
    let rows: Vec<Sale> = transactions::table
        .filter(transactions::id.eq_any(ids))
        .select(Sale::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// Deletes contacts.
///
/// # Errors
/// [`DbError`].
pub fn delete_contacts(conn: &mut Conn, ids: &[&str]) -> Result<(), DbError> {
    diesel::delete(contacts::table.filter(contacts::id.eq_any(ids))).execute(conn)?;
    Ok(())
}

/// Blocks a contact: its columns are emptied, their sealed copy stays, and the digest finds it.
///
/// # Errors
/// [`DbError`].
pub fn block_contact(
    conn: &mut Conn,
    id: &str,
    sealed: &[u8],
    ground: Ground,
    until: Option<Date>,
) -> Result<(), DbError> {
    diesel::update(contacts::table.find(id))
        .set((
            Personal::default(),
            contacts::blocked.eq(sealed),
            contacts::blocked_ground.eq(ground.as_str()),
            contacts::blocked_until.eq(until.map(|date| date.to_string())),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores the corrected columns of a contact, with the digest of its address.
///
/// # Errors
/// [`DbError`].
pub fn correct_contact(
    conn: &mut Conn,
    id: &str,
    personal: &Personal,
    digest: Option<&AddressDigest>,
) -> Result<(), DbError> {
    diesel::update(contacts::table.find(id))
        .set((
            personal,
            contacts::address_digest.eq(digest.map(|digest| &digest.bytes)),
            contacts::digest_key.eq(digest.map(|digest| &digest.key)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores the corrected company of a licence.
///
/// # Errors
/// [`DbError`].
pub fn correct_company(
    conn: &mut Conn,
    licence: &str,
    company: Option<&str>,
) -> Result<(), DbError> {
    diesel::update(licences::table.find(licence))
        .set(licences::company.eq(company))
        .execute(conn)?;
    Ok(())
}

/// How many licences or trials there are.
///
/// # Errors
/// [`DbError`].
pub fn count_licences(conn: &mut Conn, store: &str) -> Result<i64, DbError> {
    Ok(licences::table
        .filter(licences::store.eq(store))
        .count()
        .get_result(conn)?)
}

/// How many lines of sales there are.
///
/// # Errors
/// [`DbError`].
pub fn count_sales(conn: &mut Conn) -> Result<i64, DbError> {
    Ok(transactions::table.count().get_result(conn)?)
}

// Tickets --------------------------------------------------------------------

/// The person's row on each ticket that they opened (`own`), or in which they take part.
///
/// # Errors
/// [`DbError`].
pub fn people_of(
    conn: &mut Conn,
    digests: &[AddressDigest],
    own: bool,
    after: After<'_>,
) -> Result<Vec<TicketPerson>, DbError> {
    let rows = ticket_people::table
        .filter(ticket_people::address_digest.eq_any(bytes(digests)))
        .filter(ticket_people::id.gt(after.id))
        .order(ticket_people::id)
        .limit(after.limit)
        .select(TicketPerson::as_select());
    Ok(match own {
        true => rows.filter(ticket_people::role.eq(REQUESTER)).load(conn)?,
        false => rows.filter(ticket_people::role.ne(REQUESTER)).load(conn)?,
    })
}

/// The messages that a person wrote.
///
/// # Errors
/// [`DbError`].
pub fn messages_of(
    conn: &mut Conn,
    digests: &[AddressDigest],
    after: After<'_>,
) -> Result<Vec<MessageHead>, DbError> {
    Ok(ticket_messages::table
        .filter(ticket_messages::address_digest.eq_any(bytes(digests)))
        .filter(ticket_messages::id.gt(after.id))
        .order(ticket_messages::id)
        .limit(after.limit)
        .select(MessageHead::as_select())
        .load(conn)?)
}

/// The places where the address of a person stands.
///
/// # Errors
/// [`DbError`].
pub fn mentions_of(
    conn: &mut Conn,
    digests: &[AddressDigest],
    after: After<'_>,
) -> Result<Vec<Mention>, DbError> {
    Ok(mentions::table
        .filter(mentions::address_digest.eq_any(bytes(digests)))
        .filter(mentions::id.gt(after.id))
        .order(mentions::id)
        .limit(after.limit)
        .select(Mention::as_select())
        .load(conn)?)
}

/// The tickets of these ids, by id.
///
/// # Errors
/// [`DbError`].
pub fn tickets(conn: &mut Conn, ids: &[&str]) -> Result<HashMap<String, Ticket>, DbError> {
    let rows: Vec<Ticket> = tickets::table
        .filter(tickets::id.eq_any(ids))
        .select(Ticket::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// Everybody on these tickets.
///
/// # Errors
/// [`DbError`].
pub fn people_on(conn: &mut Conn, tickets: &[&str]) -> Result<Vec<TicketPerson>, DbError> {
    Ok(ticket_people::table
        .filter(ticket_people::ticket_id.eq_any(tickets))
        .order(ticket_people::id)
        .select(TicketPerson::as_select())
        .load(conn)?)
}

/// The people of these ids, as far as they are there.
///
/// # Errors
/// [`DbError`].
pub fn people(conn: &mut Conn, ids: &[&str]) -> Result<Vec<TicketPerson>, DbError> {
    Ok(ticket_people::table
        .filter(ticket_people::id.eq_any(ids))
        .select(TicketPerson::as_select())
        .load(conn)?)
}

/// The messages of a ticket, as they followed each other.
///
/// # Errors
/// [`DbError`].
pub fn messages_on(conn: &mut Conn, ticket: &str) -> Result<Vec<MessageHead>, DbError> {
    Ok(ticket_messages::table
        .filter(ticket_messages::ticket_id.eq(ticket))
        .order((ticket_messages::at, ticket_messages::id))
        .select(MessageHead::as_select())
        .load(conn)?)
}

/// The messages of these ids, as far as they are there.
///
/// # Errors
/// [`DbError`].
pub fn messages(conn: &mut Conn, ids: &[&str]) -> Result<Vec<MessageHead>, DbError> {
    Ok(ticket_messages::table
        .filter(ticket_messages::id.eq_any(ids))
        .select(MessageHead::as_select())
        .load(conn)?)
}

/// The text of a message.
///
/// # Errors
/// [`DbError`].
pub fn text(conn: &mut Conn, message: &str) -> Result<Option<MessageText>, DbError> {
    Ok(ticket_messages::table
        .find(message)
        .select(MessageText::as_select())
        .first(conn)
        .optional()?)
}

/// Stores the changed text of a message.
///
/// # Errors
/// [`DbError`].
pub fn set_text(conn: &mut Conn, text: &MessageText) -> Result<(), DbError> {
    diesel::update(ticket_messages::table.find(&text.id))
        .set((
            ticket_messages::body.eq(&text.body),
            ticket_messages::headers.eq(&text.headers),
        ))
        .execute(conn)?;
    Ok(())
}

/// The files of these messages.
///
/// # Errors
/// [`DbError`].
pub fn files_on(conn: &mut Conn, messages: &[&str]) -> Result<Vec<FileHead>, DbError> {
    let mut files = Vec::new();
    for messages in messages.chunks(TOGETHER) {
        let some: Vec<FileHead> = ticket_files::table
            .filter(ticket_files::message_id.eq_any(messages))
            .order(ticket_files::id)
            .select(FileHead::as_select())
            .load(conn)?;
        files.extend(some);
    }
    Ok(files)
}

/// The files of these ids, as far as they are there.
///
/// # Errors
/// [`DbError`].
pub fn files(conn: &mut Conn, ids: &[&str]) -> Result<Vec<FileHead>, DbError> {
    Ok(ticket_files::table
        .filter(ticket_files::id.eq_any(ids))
        .select(FileHead::as_select())
        .load(conn)?)
}

/// The content of a file, if we have it.
///
/// # Errors
/// [`DbError`].
pub fn content(conn: &mut Conn, file: &str) -> Result<Option<Vec<u8>>, DbError> {
    let content: Option<Option<Vec<u8>>> = ticket_files::table
        .find(file)
        .select(ticket_files::content)
        .first(conn)
        .optional()?;
    Ok(content.flatten())
}

/// Stores the changed name of a file.
///
/// # Errors
/// [`DbError`].
pub fn set_file_name(conn: &mut Conn, file: &str, name: &str) -> Result<(), DbError> {
    diesel::update(ticket_files::table.find(file))
        .set(ticket_files::file_name.eq(name))
        .execute(conn)?;
    Ok(())
}

/// The mentions of these ids, as far as they are there.
///
/// # Errors
/// [`DbError`].
pub fn mentions(conn: &mut Conn, ids: &[&str]) -> Result<Vec<Mention>, DbError> {
    Ok(mentions::table
        .filter(mentions::id.eq_any(ids))
        .select(Mention::as_select())
        .load(conn)?)
}

/// Deletes messages with their files and all that was mentioned in them.
///
/// # Errors
/// [`DbError`].
pub fn delete_messages(conn: &mut Conn, messages: &[MessageHead]) -> Result<(), DbError> {
    for messages in messages.chunks(TOGETHER) {
        let ids: Vec<&str> = messages.iter().map(|message| message.id.as_str()).collect();
        let files = files_on(conn, &ids)?;
        delete_files(conn, &files)?;
        forget_mentions(
            conn,
            &ids,
            messages
                .iter()
                .map(|message| message.ticket_id.as_str())
                .collect(),
        )?;
        diesel::delete(ticket_messages::table.filter(ticket_messages::id.eq_any(ids)))
            .execute(conn)?;
    }
    Ok(())
}

/// Deletes files and what was mentioned in their names.
///
/// # Errors
/// [`DbError`].
pub fn delete_files(conn: &mut Conn, files: &[FileHead]) -> Result<(), DbError> {
    for files in files.chunks(TOGETHER) {
        let ids: Vec<&str> = files.iter().map(|file| file.id.as_str()).collect();
        forget_mentions(
            conn,
            &ids,
            files.iter().map(|file| file.ticket_id.as_str()).collect(),
        )?;
        diesel::delete(ticket_files::table.filter(ticket_files::id.eq_any(ids))).execute(conn)?;
    }
    Ok(())
}

/// The tickets of the records lead to the mentions: there is no index by record.
fn forget_mentions(
    conn: &mut Conn,
    records: &[&str],
    mut tickets: Vec<&str>,
) -> Result<(), DbError> {
    tickets.sort_unstable();
    tickets.dedup();
    diesel::delete(
        mentions::table
            .filter(mentions::ticket_id.eq_any(tickets))
            .filter(mentions::record_id.eq_any(records)),
    )
    .execute(conn)?;
    Ok(())
}

/// Deletes people from their tickets.
///
/// # Errors
/// [`DbError`].
pub fn delete_people(conn: &mut Conn, ids: &[&str]) -> Result<(), DbError> {
    diesel::delete(ticket_people::table.filter(ticket_people::id.eq_any(ids))).execute(conn)?;
    Ok(())
}

/// Deletes mentions, not the text in which they stand.
///
/// # Errors
/// [`DbError`].
pub fn delete_mentions(conn: &mut Conn, ids: &[&str]) -> Result<(), DbError> {
    diesel::delete(mentions::table.filter(mentions::id.eq_any(ids))).execute(conn)?;
    Ok(())
}

/// Deletes the mentions of a person in a ticket, not the text in which they stand.
///
/// # Errors
/// [`DbError`].
pub fn delete_mentions_on(
    conn: &mut Conn,
    ticket: &str,
    digests: &[AddressDigest],
) -> Result<(), DbError> {
    diesel::delete(
        mentions::table
            .filter(mentions::ticket_id.eq(ticket))
            .filter(mentions::address_digest.eq_any(bytes(digests))),
    )
    .execute(conn)?;
    Ok(())
}

/// Everybody who takes part in these tickets, wrote in them or is named in them, by ticket.
///
/// # Errors
/// [`DbError`].
pub fn digests_on(
    conn: &mut Conn,
    tickets: &[&str],
) -> Result<HashMap<String, Vec<AddressDigest>>, DbError> {
    type Found = (String, Option<Vec<u8>>, Option<String>);
    let mut found: Vec<Found> = ticket_people::table
        .filter(ticket_people::ticket_id.eq_any(tickets))
        .select((
            ticket_people::ticket_id,
            ticket_people::address_digest,
            ticket_people::digest_key,
        ))
        .distinct()
        .load(conn)?;
    let writers: Vec<Found> = ticket_messages::table
        .filter(ticket_messages::ticket_id.eq_any(tickets))
        .select((
            ticket_messages::ticket_id,
            ticket_messages::address_digest,
            ticket_messages::digest_key,
        ))
        .distinct()
        .load(conn)?;
    let named: Vec<Found> = mentions::table
        .filter(mentions::ticket_id.eq_any(tickets))
        .select((
            mentions::ticket_id,
            mentions::address_digest.nullable(),
            mentions::digest_key.nullable(),
        ))
        .distinct()
        .load(conn)?;
    found.extend(writers);
    found.extend(named);
    let mut people: HashMap<String, Vec<AddressDigest>> = HashMap::new();
    for (ticket, bytes, key) in found {
        if let (Some(bytes), Some(key)) = (bytes, key) {
            let of_ticket = people.entry(ticket).or_default();
            of_ticket.push(AddressDigest { key, bytes });
        }
    }
    Ok(people)
}

/// Deletes a ticket that has no messages any more.
///
/// # Errors
/// [`DbError`].
pub fn delete_ticket(conn: &mut Conn, id: &str) -> Result<(), DbError> {
    diesel::delete(mentions::table.filter(mentions::ticket_id.eq(id))).execute(conn)?;
    diesel::delete(ticket_people::table.filter(ticket_people::ticket_id.eq(id))).execute(conn)?;
    diesel::delete(tickets::table.find(id)).execute(conn)?;
    Ok(())
}

/// Stores the changed subject of a ticket.
///
/// # Errors
/// [`DbError`].
pub fn set_subject(conn: &mut Conn, ticket: &str, subject: &str) -> Result<(), DbError> {
    diesel::update(tickets::table.find(ticket))
        .set(tickets::subject.eq(subject))
        .execute(conn)?;
    Ok(())
}

/// Marks a ticket whose requester was erased, and empties its subject.
///
/// # Errors
/// [`DbError`].
pub fn mark_erased(conn: &mut Conn, ticket: &str) -> Result<(), DbError> {
    forget_mentions(conn, &[ticket], vec![ticket])?;
    diesel::update(tickets::table.find(ticket))
        .set((tickets::subject.eq(""), tickets::status.eq("erased")))
        .execute(conn)?;
    Ok(())
}

/// Stores the corrected name and address of a person on a ticket.
///
/// # Errors
/// [`DbError`].
pub fn correct_person(
    conn: &mut Conn,
    id: &str,
    name: Option<&str>,
    email: Option<&str>,
    digest: Option<&AddressDigest>,
) -> Result<(), DbError> {
    diesel::update(ticket_people::table.find(id))
        .set((
            ticket_people::name.eq(name),
            ticket_people::email.eq(email),
            ticket_people::address_digest.eq(digest.map(|digest| &digest.bytes)),
            ticket_people::digest_key.eq(digest.map(|digest| &digest.key)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores the corrected name and address of the author of a message.
///
/// # Errors
/// [`DbError`].
pub fn correct_author(
    conn: &mut Conn,
    message: &str,
    name: Option<&str>,
    email: Option<&str>,
    digest: Option<&AddressDigest>,
) -> Result<(), DbError> {
    diesel::update(ticket_messages::table.find(message))
        .set((
            ticket_messages::author_name.eq(name),
            ticket_messages::author_email.eq(email),
            ticket_messages::address_digest.eq(digest.map(|digest| &digest.bytes)),
            ticket_messages::digest_key.eq(digest.map(|digest| &digest.key)),
        ))
        .execute(conn)?;
    Ok(())
}

/// How many tickets there are.
///
/// # Errors
/// [`DbError`].
pub fn count_tickets(conn: &mut Conn) -> Result<i64, DbError> {
    Ok(tickets::table.count().get_result(conn)?)
}

// Installations --------------------------------------------------------------

/// The installations that the account of a person made.
///
/// # Errors
/// [`DbError`].
pub fn installations_of(
    conn: &mut Conn,
    digests: &[AddressDigest],
    after: After<'_>,
) -> Result<Vec<Installation>, DbError> {
    Ok(installations::table
        .filter(installations::address_digest.eq_any(bytes(digests)))
        .filter(installations::id.gt(after.id))
        .order(installations::id)
        .limit(after.limit)
        .select(Installation::as_select())
        .load(conn)?)
}

/// The installations at the sites of a person's licences and trials that still say who made them.
///
/// # Errors
/// [`DbError`].
pub fn installations_near(
    conn: &mut Conn,
    digests: &[AddressDigest],
    after: After<'_>,
) -> Result<Vec<Installation>, DbError> {
    let records = contacts::table
        .filter(contacts::address_digest.eq_any(bytes(digests)))
        .filter(contacts::store.ne("transaction"))
        .select(contacts::record_id);
    let sites = licences::table
        .filter(licences::id.eq_any(records))
        .select(licences::site);
    Ok(installations::table
        .filter(installations::site.eq_any(sites))
        .filter(
            installations::account_id
                .is_not_null()
                .or(installations::email.is_not_null())
                .or(installations::secret.is_not_null()),
        )
        .filter(installations::id.gt(after.id))
        .order(installations::id)
        .limit(after.limit)
        .select(Installation::as_select())
        .load(conn)?)
}

/// The installations of these ids, as far as they are there.
///
/// # Errors
/// [`DbError`].
pub fn installations(conn: &mut Conn, ids: &[&str]) -> Result<Vec<Installation>, DbError> {
    Ok(installations::table
        .filter(installations::id.eq_any(ids))
        .select(Installation::as_select())
        .load(conn)?)
}

/// Takes the person and the secret out of installations.
///
/// # Errors
/// [`DbError`].
pub fn neutralise_installations(conn: &mut Conn, ids: &[&str]) -> Result<(), DbError> {
    diesel::update(installations::table.filter(installations::id.eq_any(ids)))
        .set((
            installations::account_id.eq(None::<String>),
            installations::email.eq(None::<String>),
            installations::address_digest.eq(None::<Vec<u8>>),
            installations::digest_key.eq(None::<String>),
            installations::secret.eq(None::<Vec<u8>>),
        ))
        .execute(conn)?;
    Ok(())
}

/// How many installations there are.
///
/// # Errors
/// [`DbError`].
pub fn count_installations(conn: &mut Conn) -> Result<i64, DbError> {
    Ok(installations::table.count().get_result(conn)?)
}

// Where it came from ---------------------------------------------------------

/// When an import began, if we still know.
///
/// # Errors
/// [`DbError`].
pub fn imported_at(conn: &mut Conn, import: &str) -> Result<Option<Timestamp>, DbError> {
    let at: Option<i64> = imports::table
        .find(import)
        .select(imports::started_at)
        .first(conn)
        .optional()?;
    at.map(time).transpose()
}

// Ages -------------------------------------------------------------------

/// The contacts in these stores after an id, whoever they are.
///
/// # Errors
/// [`DbError`].
pub fn contacts_after(
    conn: &mut Conn,
    stores: &[&str],
    after: After<'_>,
) -> Result<Vec<Contact>, DbError> {
    Ok(contacts::table
        .filter(contacts::store.eq_any(stores))
        .filter(contacts::id.gt(after.id))
        .order(contacts::id)
        .limit(after.limit)
        .select(Contact::as_select())
        .load(conn)?)
}

/// The tickets after an id.
///
/// # Errors
/// [`DbError`].
pub fn tickets_after(conn: &mut Conn, after: After<'_>) -> Result<Vec<Ticket>, DbError> {
    Ok(tickets::table
        .filter(tickets::id.gt(after.id))
        .order(tickets::id)
        .limit(after.limit)
        .select(Ticket::as_select())
        .load(conn)?)
}

/// The installations after an id.
///
/// # Errors
/// [`DbError`].
pub fn installations_after(
    conn: &mut Conn,
    after: After<'_>,
) -> Result<Vec<Installation>, DbError> {
    Ok(installations::table
        .filter(installations::id.gt(after.id))
        .order(installations::id)
        .limit(after.limit)
        .select(Installation::as_select())
        .load(conn)?)
}

/// Deletes installations, the tenant's row and all.
///
/// # Errors
/// [`DbError`].
pub fn delete_installations(conn: &mut Conn, ids: &[&str]) -> Result<(), DbError> {
    diesel::delete(installations::table.filter(installations::id.eq_any(ids))).execute(conn)?;
    Ok(())
}

/// A licence as it says whether somebody is a customer.
#[derive(Clone, Queryable)]
pub struct TermRow {
    /// Whose it is, or by what it was looked for.
    pub of: Vec<u8>,
    /// As the report calls it.
    pub status: String,
    /// The last day of its maintenance.
    pub ends_on: Option<Day>,
    /// When somebody else was named on it.
    pub replaced_at: Option<Moment>,
}

/// The licences on which these people are or were named, by the digest of the address.
///
/// # Errors
/// [`DbError`].
pub fn terms_of(conn: &mut Conn, digests: &[&[u8]]) -> Result<Vec<TermRow>, DbError> {
    let mut all = Vec::new();
    for digests in digests.chunks(TOGETHER) {
        type Row = (Option<Vec<u8>>, String, Option<Day>, Option<Moment>);
        let rows: Vec<Row> = contacts::table
            .inner_join(licences::table.on(licences::id.eq(contacts::record_id)))
            .filter(contacts::address_digest.eq_any(digests))
            .filter(contacts::store.eq("licence"))
            .select((
                contacts::address_digest,
                licences::status,
                licences::ends_on,
                contacts::replaced_at,
            ))
            .load(conn)?;
        all.extend(
            rows.into_iter()
                .filter_map(|(of, status, ends_on, replaced_at)| {
                    Some(TermRow {
                        of: of?,
                        status,
                        ends_on,
                        replaced_at,
                    })
                }),
        );
    }
    Ok(all)
}

/// The licences that these trials became, by the id of the trial.
///
/// # Errors
/// [`DbError`].
pub fn terms_after_trials(conn: &mut Conn, trials: &[&str]) -> Result<Vec<TermRow>, DbError> {
    let rows: Vec<(Option<String>, String, Option<Day>)> = licences::table
        .filter(licences::evaluation_licence.eq_any(trials))
        .filter(licences::store.eq("licence"))
        .select((
            licences::evaluation_licence,
            licences::status,
            licences::ends_on,
        ))
        .load(conn)?;
    Ok(of_licences(rows))
}

/// The licences of these ids of the report, by that id.
///
/// # Errors
/// [`DbError`].
pub fn terms_with(conn: &mut Conn, addon_licence_ids: &[&str]) -> Result<Vec<TermRow>, DbError> {
    let rows: Vec<(Option<String>, String, Option<Day>)> = licences::table
        .filter(licences::addon_licence_id.eq_any(addon_licence_ids))
        .filter(licences::store.eq("licence"))
        .select((
            licences::addon_licence_id,
            licences::status,
            licences::ends_on,
        ))
        .load(conn)?;
    Ok(of_licences(rows))
}

fn of_licences(rows: Vec<(Option<String>, String, Option<Day>)>) -> Vec<TermRow> {
    rows.into_iter()
        .filter_map(|(of, status, ends_on)| {
            Some(TermRow {
                of: of?.into_bytes(),
                status,
                ends_on,
                replaced_at: None,
            })
        })
        .collect()
}

/// Whose an installation was, by the digest of the address, and when it was removed, if it was.
pub type Removal = (Vec<u8>, Option<Moment>);

/// The installations of these people, by the digest of the address, with the instant at which each was
/// removed: those that they made, and those of an app at the site for which they are named on a licence of it.
/// What an app itself reports names a site and nobody.
///
/// # Errors
/// [`DbError`].
pub fn removals_of(conn: &mut Conn, digests: &[&[u8]]) -> Result<Vec<Removal>, DbError> {
    let mut all = Vec::new();
    for digests in digests.chunks(TOGETHER) {
        let rows: Vec<(Option<Vec<u8>>, Option<Moment>)> = installations::table
            .filter(installations::address_digest.eq_any(digests))
            .select((installations::address_digest, installations::uninstalled_at))
            .load(conn)?;
        let at_sites: Vec<(Option<Vec<u8>>, Option<Moment>)> = contacts::table
            .inner_join(licences::table.on(licences::id.eq(contacts::record_id)))
            .inner_join(
                installations::table.on(installations::app_key
                    .eq(licences::addon_key)
                    .and(installations::site.eq(licences::site))),
            )
            .filter(contacts::address_digest.eq_any(digests))
            .filter(contacts::store.eq("licence"))
            .filter(contacts::replaced_at.is_null())
            .select((contacts::address_digest, installations::uninstalled_at))
            .load(conn)?;
        let both = rows.into_iter().chain(at_sites);
        all.extend(both.filter_map(|(of, at)| Some((of?, at))));
    }
    Ok(all)
}

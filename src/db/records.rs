//! Writing the rows of the built-in stores, as imports bring them. Finding and erasing people is the business of
//! `stores`; who may come back, and what counts as a change, is decided by the import.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::schema::{
    contacts, installations, licences, mentions, ticket_files, ticket_messages, ticket_people,
    tickets, transactions,
};
use super::types::{micros, word};
use super::{Conn, DbError};
use crate::domain::ids::{ImportId, RecordId};
use crate::domain::records::{
    Attachment, ContactPerson, ContactRole, Keys, LicenceRow, Message, TicketRow, TransactionRow,
};
use crate::domain::request::AddressDigest;
use crate::domain::store::Ground;

/// How many values one statement is asked about, below the limits of both engines.
pub(super) const MANY: usize = 1000;

/// Where a row comes from.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The import that wrote it.
    pub import: ImportId,
    /// The keyed digest of its content as read.
    pub fingerprint: AddressDigest,
    /// When it was written.
    pub at: Timestamp,
}

fn columns(digest: Option<&AddressDigest>) -> (Option<Vec<u8>>, Option<String>) {
    digest
        .map(|digest| (digest.bytes.clone(), digest.key.clone()))
        .unzip()
}

fn digest(bytes: Option<Vec<u8>>, key: Option<String>) -> Option<AddressDigest> {
    bytes
        .zip(key)
        .map(|(bytes, key)| AddressDigest { key, bytes })
}

// Licences and trials ------------------------------------------------------

/// A licence or trial that is on file.
#[derive(Clone, Debug)]
pub struct KnownLicence {
    /// Its id.
    pub id: RecordId,
    /// `licence` or `trial`.
    pub store: String,
    /// The ids it is known under.
    pub keys: Keys,
    /// The company that stands there.
    pub company: Option<String>,
    /// The day of the last change at the source.
    pub last_updated_on: Option<Date>,
    /// The fingerprint of the row that was last written.
    pub fingerprint: Vec<u8>,
}

/// The licences that share an id with any of these, in any letter case.
///
/// # Errors
/// [`DbError`].
pub fn licences_with(conn: &mut Conn, keys: &[&Keys]) -> Result<Vec<KnownLicence>, DbError> {
    macro_rules! ids {
        ($field:ident, $column:ident) => {
            spellings(keys.iter().filter_map(|keys| keys.$field.as_deref()))
                .chunks(MANY)
                .map(|ids| {
                    licences::table
                        .filter(licences::$column.eq_any(ids))
                        .select(licences::id)
                        .load::<String>(conn)
                })
                .collect::<Result<Vec<_>, _>>()?
        };
    }
    let mut found = ids!(addon_license_id, addon_licence_id).concat();
    found.extend(ids!(app_entitlement_id, entitlement_id).concat());
    found.extend(ids!(app_entitlement_number, entitlement_number).concat());
    found.sort_unstable();
    found.dedup();
    type Row = (
        String,
        String,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        Vec<u8>,
    );
    let mut known = Vec::new();
    for ids in found.chunks(MANY) {
        let rows: Vec<Row> = licences::table
            .filter(licences::id.eq_any(ids))
            .select((
                licences::id,
                licences::store,
                licences::addon_licence_id,
                licences::entitlement_id,
                licences::entitlement_number,
                licences::company,
                licences::last_updated_on,
                licences::fingerprint,
            ))
            .load(conn)?;
        for (
            id,
            store,
            addon_license_id,
            app_entitlement_id,
            app_entitlement_number,
            company,
            updated,
            fingerprint,
        ) in rows
        {
            known.push(KnownLicence {
                id: word(&id)?,
                store,
                keys: Keys {
                    addon_license_id,
                    app_entitlement_id,
                    app_entitlement_number,
                },
                company,
                last_updated_on: updated.as_deref().map(word).transpose()?,
                fingerprint,
            });
        }
    }
    Ok(known)
}

/// Sources do not agree on the letter case of their own ids.
fn spellings<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut all: Vec<_> = ids
        .flat_map(|id| {
            [
                id.to_owned(),
                id.to_ascii_lowercase(),
                id.to_ascii_uppercase(),
            ]
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What an import writes of a licence. Ids that a row does not give are kept: reports differ in the ids they know.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = licences)]
struct LicenceColumns<'a> {
    store: &'a str,
    addon_licence_id: Option<&'a str>,
    entitlement_id: Option<&'a str>,
    entitlement_number: Option<&'a str>,
    licence_number: Option<&'a str>,
    evaluation_licence: Option<&'a str>,
    cloud_id: Option<&'a str>,
    site: Option<String>,
    last_updated_on: Option<String>,
    addon_key: &'a str,
    hosting: &'a str,
    licence_type: &'a str,
    status: &'a str,
    fingerprint: &'a [u8],
    fingerprint_key: Option<&'a str>,
    import_id: String,
    changed_at: i64,
}

/// What the source can also take away.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = licences, treat_none_as_null = true)]
struct LicenceFacts<'a> {
    addon_name: Option<&'a str>,
    tier: Option<&'a str>,
    starts_on: Option<String>,
    ends_on: Option<String>,
    company: Option<&'a str>,
    country: Option<&'a str>,
    region: Option<&'a str>,
}

fn licence_columns<'a>(
    store: &'a str,
    row: &'a LicenceRow,
    stamp: &'a Stamp,
) -> (LicenceColumns<'a>, LicenceFacts<'a>) {
    let columns = LicenceColumns {
        store,
        addon_licence_id: row.keys.addon_license_id.as_deref(),
        entitlement_id: row.keys.app_entitlement_id.as_deref(),
        entitlement_number: row.keys.app_entitlement_number.as_deref(),
        licence_number: row.licence_id.as_deref(),
        evaluation_licence: row.evaluation_licence.as_deref(),
        cloud_id: row.cloud_id.as_deref(),
        site: row.cloud_site_hostname.as_deref().map(str::to_lowercase),
        last_updated_on: row.last_updated_on.map(|date| date.to_string()),
        addon_key: &row.addon_key,
        hosting: &row.hosting,
        licence_type: row.licence_type.as_deref().unwrap_or_default(),
        status: &row.status,
        fingerprint: &stamp.fingerprint.bytes,
        fingerprint_key: Some(&stamp.fingerprint.key),
        import_id: stamp.import.to_string(),
        changed_at: micros(stamp.at),
    };
    let facts = LicenceFacts {
        addon_name: row.addon_name.as_deref(),
        tier: row.tier.as_deref(),
        starts_on: row.starts_on().map(|date| date.to_string()),
        ends_on: row.maintenance_end_on.map(|date| date.to_string()),
        company: row.company.as_deref(),
        country: row.country.as_deref(),
        region: row.region.as_deref(),
    };
    (columns, facts)
}

/// Stores a new licence or trial.
///
/// # Errors
/// [`DbError`].
pub fn insert_licence(
    conn: &mut Conn,
    id: RecordId,
    store: &str,
    row: &LicenceRow,
    stamp: &Stamp,
) -> Result<(), DbError> {
    diesel::insert_into(licences::table)
        .values((
            licences::id.eq(id.to_string()),
            licences::first_seen_at.eq(micros(stamp.at)),
            licence_columns(store, row, stamp),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes a changed licence or trial, which may have become the other.
///
/// # Errors
/// [`DbError`].
pub fn update_licence(
    conn: &mut Conn,
    id: RecordId,
    store: &str,
    row: &LicenceRow,
    stamp: &Stamp,
) -> Result<(), DbError> {
    diesel::update(licences::table.find(id.to_string()))
        .set(licence_columns(store, row, stamp))
        .execute(conn)?;
    Ok(())
}

/// A person who had been erased has a licence that began later: staff are shown it.
///
/// # Errors
/// [`DbError`].
pub fn mark_returned(conn: &mut Conn, id: RecordId, at: Timestamp) -> Result<(), DbError> {
    diesel::update(licences::table.find(id.to_string()))
        .set(licences::returned_at.eq(micros(at)))
        .execute(conn)?;
    Ok(())
}

/// Two records turn out to be one licence: the contacts of the second become history of the first, and the second goes.
///
/// # Errors
/// [`DbError`].
pub fn absorb_licence(
    conn: &mut Conn,
    from: RecordId,
    into: RecordId,
    at: Timestamp,
) -> Result<(), DbError> {
    let of_from = contacts::table.filter(contacts::record_id.eq(from.to_string()));
    diesel::update(of_from.clone().filter(contacts::replaced_at.is_null()))
        .set(contacts::replaced_at.eq(micros(at)))
        .execute(conn)?;
    diesel::update(of_from)
        .set(contacts::record_id.eq(into.to_string()))
        .execute(conn)?;
    diesel::delete(licences::table.find(from.to_string())).execute(conn)?;
    Ok(())
}

// Transactions -------------------------------------------------------------

/// A transaction that is on file.
#[derive(Clone, Debug)]
pub struct KnownSale {
    /// Its id.
    pub id: RecordId,
    /// Its key.
    pub line_item_id: String,
    /// The company that stands there.
    pub company: Option<String>,
    /// The day of the last change at the source.
    pub last_updated_on: Option<Date>,
    /// The fingerprint of the row that was last written.
    pub fingerprint: Vec<u8>,
}

/// The transactions with these keys.
///
/// # Errors
/// [`DbError`].
pub fn sales_with(conn: &mut Conn, line_items: &[&str]) -> Result<Vec<KnownSale>, DbError> {
    type Row = (String, String, Option<String>, Option<String>, Vec<u8>);
    let mut known = Vec::new();
    for line_items in line_items.chunks(MANY) {
        let rows: Vec<Row> = transactions::table
            .filter(transactions::line_item_id.eq_any(line_items.iter().copied()))
            .select((
                transactions::id,
                transactions::line_item_id,
                transactions::company,
                transactions::last_updated_on,
                transactions::fingerprint,
            ))
            .load(conn)?;
        for (id, line_item_id, company, updated, fingerprint) in rows {
            let last_updated_on = updated.as_deref().map(word).transpose()?;
            known.push(KnownSale {
                id: word(&id)?,
                line_item_id,
                company,
                last_updated_on,
                fingerprint,
            });
        }
    }
    Ok(known)
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = transactions, treat_none_as_null = true)]
struct SaleColumns<'a> {
    line_item_id: &'a str,
    transaction_id: &'a str,
    addon_licence_id: Option<&'a str>,
    entitlement_id: Option<&'a str>,
    entitlement_number: Option<&'a str>,
    addon_key: &'a str,
    addon_name: Option<&'a str>,
    sale_on: String,
    sale_type: Option<&'a str>,
    tier: Option<&'a str>,
    licence_type: Option<&'a str>,
    hosting: Option<&'a str>,
    billing_period: Option<&'a str>,
    purchase_price: Option<&'a str>,
    vendor_amount: Option<&'a str>,
    company: Option<&'a str>,
    country: Option<&'a str>,
    region: Option<&'a str>,
    last_updated_on: Option<String>,
    fingerprint: &'a [u8],
    fingerprint_key: Option<&'a str>,
    import_id: String,
    changed_at: i64,
}

fn sale_columns<'a>(row: &'a TransactionRow, stamp: &'a Stamp) -> SaleColumns<'a> {
    SaleColumns {
        line_item_id: &row.line_item_id,
        transaction_id: row.transaction_id.as_deref().unwrap_or(&row.line_item_id),
        addon_licence_id: row.keys.addon_license_id.as_deref(),
        entitlement_id: row.keys.app_entitlement_id.as_deref(),
        entitlement_number: row.keys.app_entitlement_number.as_deref(),
        addon_key: &row.addon_key,
        addon_name: row.addon_name.as_deref(),
        sale_on: row.sale_on.to_string(),
        sale_type: row.sale_type.as_deref(),
        tier: row.tier.as_deref(),
        licence_type: row.licence_type.as_deref(),
        hosting: row.hosting.as_deref(),
        billing_period: row.billing_period.as_deref(),
        purchase_price: row.purchase_price.as_deref(),
        vendor_amount: row.vendor_amount.as_deref(),
        company: row.company.as_deref(),
        country: row.country.as_deref(),
        region: row.region.as_deref(),
        last_updated_on: row.last_updated_on.map(|date| date.to_string()),
        fingerprint: &stamp.fingerprint.bytes,
        fingerprint_key: Some(&stamp.fingerprint.key),
        import_id: stamp.import.to_string(),
        changed_at: micros(stamp.at),
    }
}

/// Stores a new transaction.
///
/// # Errors
/// [`DbError`].
pub fn insert_sale(
    conn: &mut Conn,
    id: RecordId,
    row: &TransactionRow,
    stamp: &Stamp,
) -> Result<(), DbError> {
    diesel::insert_into(transactions::table)
        .values((
            transactions::id.eq(id.to_string()),
            transactions::first_seen_at.eq(micros(stamp.at)),
            sale_columns(row, stamp),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes a changed transaction.
///
/// # Errors
/// [`DbError`].
pub fn update_sale(
    conn: &mut Conn,
    id: RecordId,
    row: &TransactionRow,
    stamp: &Stamp,
) -> Result<(), DbError> {
    diesel::update(transactions::table.find(id.to_string()))
        .set(sale_columns(row, stamp))
        .execute(conn)?;
    Ok(())
}

// Contacts -----------------------------------------------------------------

/// A present contact of a licence, trial or transaction.
#[derive(Clone, Debug)]
pub struct KnownContact {
    /// Its id.
    pub id: RecordId,
    /// The record it stands on.
    pub record: RecordId,
    /// What for.
    pub role: ContactRole,
    /// The digest of its address, if it has one.
    pub address: Option<AddressDigest>,
    /// Who it is; all fields are empty if it is blocked.
    pub person: ContactPerson,
    /// Whether it is kept for the law alone (Art. 18(2)).
    pub is_blocked: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = contacts)]
struct ContactRow {
    id: String,
    record_id: String,
    role: String,
    address_digest: Option<Vec<u8>>,
    digest_key: Option<String>,
    email: Option<String>,
    name: Option<String>,
    phone: Option<String>,
    address1: Option<String>,
    address2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postcode: Option<String>,
    blocked: Option<Vec<u8>>,
}

impl TryFrom<ContactRow> for KnownContact {
    type Error = DbError;

    fn try_from(row: ContactRow) -> Result<KnownContact, DbError> {
        Ok(KnownContact {
            id: word(&row.id)?,
            record: word(&row.record_id)?,
            role: word(&row.role)?,
            address: digest(row.address_digest, row.digest_key),
            person: ContactPerson::Known {
                email: row.email,
                name: row.name,
                phone: row.phone,
                address1: row.address1,
                address2: row.address2,
                city: row.city,
                state: row.state,
                postcode: row.postcode,
            },
            is_blocked: row.blocked.is_some(),
        })
    }
}

/// The present contacts of these records, without those that were replaced.
///
/// # Errors
/// [`DbError`].
pub fn contacts_of(conn: &mut Conn, records: &[RecordId]) -> Result<Vec<KnownContact>, DbError> {
    let mut known = Vec::new();
    for records in records.chunks(MANY) {
        let rows: Vec<ContactRow> = contacts::table
            .filter(contacts::record_id.eq_any(records.iter().map(RecordId::to_string)))
            .filter(contacts::replaced_at.is_null())
            .order(contacts::id)
            .select(ContactRow::as_select())
            .load(conn)?;
        for row in rows {
            known.push(KnownContact::try_from(row)?);
        }
    }
    Ok(known)
}

/// A contact, and the former ones of its record that name the same person; none that is blocked.
///
/// # Errors
/// [`DbError`].
pub fn copies_of(conn: &mut Conn, contact: &KnownContact) -> Result<Vec<KnownContact>, DbError> {
    let digest = contact.address.as_ref().map(|address| &address.bytes);
    contacts::table
        .filter(contacts::record_id.eq(contact.record.to_string()))
        .filter(contacts::blocked.is_null())
        .filter(
            contacts::id
                .eq(contact.id.to_string())
                .or(contacts::address_digest.eq(digest)),
        )
        .order(contacts::id)
        .select(ContactRow::as_select())
        .load::<ContactRow>(conn)?
        .into_iter()
        .map(KnownContact::try_from)
        .collect()
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = contacts, treat_none_as_null = true)]
struct ContactColumns<'a> {
    address_digest: Option<Vec<u8>>,
    digest_key: Option<String>,
    email: Option<&'a str>,
    name: Option<&'a str>,
    phone: Option<&'a str>,
    address1: Option<&'a str>,
    address2: Option<&'a str>,
    city: Option<&'a str>,
    state: Option<&'a str>,
    postcode: Option<&'a str>,
    import_id: String,
}

/// The columns of a person that the source has not erased.
fn contact_columns<'a>(
    person: &'a ContactPerson,
    address: Option<&AddressDigest>,
    import: ImportId,
) -> Option<ContactColumns<'a>> {
    let ContactPerson::Known {
        email,
        name,
        phone,
        address1,
        address2,
        city,
        state,
        postcode,
    } = person
    else {
        return None;
    };
    let (address_digest, digest_key) = columns(address);
    Some(ContactColumns {
        address_digest,
        digest_key,
        email: email.as_deref(),
        name: name.as_deref(),
        phone: phone.as_deref(),
        address1: address1.as_deref(),
        address2: address2.as_deref(),
        city: city.as_deref(),
        state: state.as_deref(),
        postcode: postcode.as_deref(),
        import_id: import.to_string(),
    })
}

/// Stores a new contact; one that the source has erased is not a contact, and nothing is stored.
///
/// # Errors
/// [`DbError`].
pub fn insert_contact(
    conn: &mut Conn,
    contact: (
        RecordId,
        ContactRole,
        &ContactPerson,
        Option<&AddressDigest>,
    ),
    record: (&str, RecordId),
    stamp: &Stamp,
) -> Result<(), DbError> {
    let (id, role, person, address) = contact;
    let Some(columns) = contact_columns(person, address, stamp.import) else {
        return Ok(());
    };
    diesel::insert_into(contacts::table)
        .values((
            contacts::id.eq(id.to_string()),
            contacts::store.eq(record.0),
            contacts::record_id.eq(record.1.to_string()),
            contacts::role.eq(role.as_str()),
            contacts::first_seen_at.eq(micros(stamp.at)),
            columns,
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes the changed details of the same person.
///
/// # Errors
/// [`DbError`].
pub fn update_contact(
    conn: &mut Conn,
    id: RecordId,
    person: &ContactPerson,
    address: Option<&AddressDigest>,
    import: ImportId,
) -> Result<(), DbError> {
    if let Some(columns) = contact_columns(person, address, import) {
        diesel::update(contacts::table.find(id.to_string()))
            .set(columns)
            .execute(conn)?;
    }
    Ok(())
}

/// The source names somebody else now: the contact becomes history, with a clock of its own.
///
/// # Errors
/// [`DbError`].
pub fn replace_contact(conn: &mut Conn, id: RecordId, at: Timestamp) -> Result<(), DbError> {
    diesel::update(contacts::table.find(id.to_string()))
        .set(contacts::replaced_at.eq(micros(at)))
        .execute(conn)?;
    Ok(())
}

/// The source has erased this person: the contact goes, and what history the record has of the same address.
/// Says how many rows went. What is blocked stays: it is kept for the law.
///
/// # Errors
/// [`DbError`].
pub fn delete_contact(conn: &mut Conn, contact: &KnownContact) -> Result<usize, DbError> {
    let unblocked = contacts::table.filter(contacts::blocked.is_null());
    let mut gone =
        diesel::delete(unblocked.filter(contacts::id.eq(contact.id.to_string()))).execute(conn)?;
    if let Some(address) = &contact.address {
        gone += diesel::delete(
            unblocked
                .filter(contacts::record_id.eq(contact.record.to_string()))
                .filter(contacts::address_digest.eq(&address.bytes)),
        )
        .execute(conn)?;
    }
    Ok(gone)
}

/// Blocks the contact of a sale that tax law keeps (Art. 17(3)(b), 18(2)): the columns are emptied, a sealed copy stays.
///
/// # Errors
/// [`DbError`].
pub fn block_contact(
    conn: &mut Conn,
    id: RecordId,
    sealed: &[u8],
    ground: Ground,
    until: Option<Date>,
) -> Result<(), DbError> {
    let nothing = None::<String>;
    diesel::update(contacts::table.find(id.to_string()))
        .set((
            contacts::email.eq(&nothing),
            contacts::name.eq(&nothing),
            contacts::phone.eq(&nothing),
            contacts::address1.eq(&nothing),
            contacts::address2.eq(&nothing),
            contacts::city.eq(&nothing),
            contacts::state.eq(&nothing),
            contacts::postcode.eq(&nothing),
            contacts::blocked.eq(sealed),
            contacts::blocked_ground.eq(ground.as_str()),
            contacts::blocked_until.eq(until.map(|date| date.to_string())),
        ))
        .execute(conn)?;
    Ok(())
}

/// A trial became a licence, or the other way: its contacts, history included, go with it.
///
/// # Errors
/// [`DbError`].
pub fn move_contacts(conn: &mut Conn, record: RecordId, store: &str) -> Result<(), DbError> {
    diesel::update(contacts::table.filter(contacts::record_id.eq(record.to_string())))
        .set(contacts::store.eq(store))
        .execute(conn)?;
    Ok(())
}

// Tickets ------------------------------------------------------------------

/// A ticket that is on file.
#[derive(Clone, Debug)]
pub struct KnownTicket {
    /// Its id.
    pub id: RecordId,
    /// Its key.
    pub key: String,
    /// The fingerprint of the row that was last written.
    pub fingerprint: Vec<u8>,
}

/// The tickets with these keys.
///
/// # Errors
/// [`DbError`].
pub fn tickets_with(conn: &mut Conn, keys: &[&str]) -> Result<Vec<KnownTicket>, DbError> {
    let mut known = Vec::new();
    for keys in keys.chunks(MANY) {
        let rows: Vec<(String, String, Vec<u8>)> = tickets::table
            .filter(tickets::ticket_key.eq_any(keys.iter().copied()))
            .select((tickets::id, tickets::ticket_key, tickets::fingerprint))
            .load(conn)?;
        for (id, key, fingerprint) in rows {
            known.push(KnownTicket {
                id: word(&id)?,
                key,
                fingerprint,
            });
        }
    }
    Ok(known)
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = tickets, treat_none_as_null = true)]
struct TicketColumns<'a> {
    ticket_key: &'a str,
    subject: &'a str,
    status: &'a str,
    product: Option<&'a str>,
    opened_at: i64,
    closed_at: Option<i64>,
    fingerprint: &'a [u8],
    fingerprint_key: Option<&'a str>,
    import_id: String,
    changed_at: i64,
}

fn ticket_columns<'a>(row: &'a TicketRow, stamp: &'a Stamp) -> TicketColumns<'a> {
    TicketColumns {
        ticket_key: &row.key,
        subject: &row.subject,
        status: &row.status,
        product: row.product.as_deref(),
        opened_at: micros(row.created_at),
        closed_at: row.closed_at.map(micros),
        fingerprint: &stamp.fingerprint.bytes,
        fingerprint_key: Some(&stamp.fingerprint.key),
        import_id: stamp.import.to_string(),
        changed_at: micros(stamp.at),
    }
}

/// Stores a new ticket, without its people and messages.
///
/// # Errors
/// [`DbError`].
pub fn insert_ticket(
    conn: &mut Conn,
    id: RecordId,
    row: &TicketRow,
    stamp: &Stamp,
) -> Result<(), DbError> {
    diesel::insert_into(tickets::table)
        .values((tickets::id.eq(id.to_string()), ticket_columns(row, stamp)))
        .execute(conn)?;
    Ok(())
}

/// Writes a changed ticket, without its people and messages.
///
/// # Errors
/// [`DbError`].
pub fn update_ticket(
    conn: &mut Conn,
    id: RecordId,
    row: &TicketRow,
    stamp: &Stamp,
) -> Result<(), DbError> {
    diesel::update(tickets::table.find(id.to_string()))
        .set(ticket_columns(row, stamp))
        .execute(conn)?;
    Ok(())
}

/// A person on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketPerson {
    /// `requester`, or as the ticket's system calls it.
    pub role: String,
    /// The digest of the address, if there is one.
    pub address: Option<AddressDigest>,
    /// As written.
    pub email: Option<String>,
    /// Full name.
    pub name: Option<String>,
}

impl TicketPerson {
    /// Whether it is the person behind any of these digests.
    pub fn is(&self, digests: &[AddressDigest]) -> bool {
        self.address
            .as_ref()
            .is_some_and(|address| digests.iter().any(|digest| digest.bytes == address.bytes))
    }
}

/// The people of a ticket with the ids of their rows.
///
/// # Errors
/// [`DbError`].
pub fn people_of(
    conn: &mut Conn,
    ticket: RecordId,
) -> Result<Vec<(String, TicketPerson)>, DbError> {
    type Row = (
        String,
        String,
        Option<Vec<u8>>,
        Option<String>,
        Option<String>,
        Option<String>,
    );
    let rows: Vec<Row> = ticket_people::table
        .filter(ticket_people::ticket_id.eq(ticket.to_string()))
        .order(ticket_people::id)
        .select((
            ticket_people::id,
            ticket_people::role,
            ticket_people::address_digest,
            ticket_people::digest_key,
            ticket_people::email,
            ticket_people::name,
        ))
        .load(conn)?;
    let person = |(id, role, bytes, key, email, name)| {
        (
            id,
            TicketPerson {
                role,
                address: digest(bytes, key),
                email,
                name,
            },
        )
    };
    Ok(rows.into_iter().map(person).collect())
}

/// Makes these the people of a ticket; who was there before keeps their row.
///
/// # Errors
/// [`DbError`].
pub fn save_people(
    conn: &mut Conn,
    ticket: RecordId,
    people: &[TicketPerson],
    new_id: &mut dyn FnMut() -> RecordId,
) -> Result<(), DbError> {
    let mut left = people_of(conn, ticket)?;
    for person in people {
        if let Some(at) = left.iter().position(|(_, known)| known == person) {
            left.swap_remove(at);
            continue;
        }
        let (address_digest, digest_key) = columns(person.address.as_ref());
        diesel::insert_into(ticket_people::table)
            .values((
                ticket_people::id.eq(new_id().to_string()),
                ticket_people::ticket_id.eq(ticket.to_string()),
                ticket_people::role.eq(&person.role),
                ticket_people::address_digest.eq(address_digest),
                ticket_people::digest_key.eq(digest_key),
                ticket_people::email.eq(&person.email),
                ticket_people::name.eq(&person.name),
            ))
            .execute(conn)?;
    }
    for (id, _) in left {
        diesel::delete(ticket_people::table.find(id)).execute(conn)?;
    }
    Ok(())
}

/// A message that is on file.
#[derive(Clone, Debug)]
pub struct KnownMessage {
    /// Its id.
    pub id: RecordId,
    /// Its key within the ticket.
    pub key: String,
    /// The digest of its author's address, if there is one.
    pub author: Option<Vec<u8>>,
}

/// The messages of a ticket.
///
/// # Errors
/// [`DbError`].
pub fn messages_of(conn: &mut Conn, ticket: RecordId) -> Result<Vec<KnownMessage>, DbError> {
    ticket_messages::table
        .filter(ticket_messages::ticket_id.eq(ticket.to_string()))
        .select((
            ticket_messages::id,
            ticket_messages::message_key,
            ticket_messages::address_digest,
        ))
        .load::<(String, String, Option<Vec<u8>>)>(conn)?
        .into_iter()
        .map(|(id, key, author)| {
            Ok(KnownMessage {
                id: word(&id)?,
                key,
                author,
            })
        })
        .collect()
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = ticket_messages, treat_none_as_null = true)]
struct MessageColumns<'a> {
    ticket_id: String,
    message_key: &'a str,
    address_digest: Option<Vec<u8>>,
    digest_key: Option<String>,
    author_email: Option<&'a str>,
    author_name: Option<&'a str>,
    at: i64,
    internal: bool,
    body: &'a str,
    headers: String,
}

/// Writes a message of a ticket: over the one that is `known`, or as a new one with this id.
///
/// # Errors
/// [`DbError`].
pub fn save_message(
    conn: &mut Conn,
    ticket: RecordId,
    id: RecordId,
    is_known: bool,
    message: &Message,
    author: Option<&AddressDigest>,
) -> Result<(), DbError> {
    let (address_digest, digest_key) = columns(author);
    let columns = MessageColumns {
        ticket_id: ticket.to_string(),
        message_key: &message.key,
        address_digest,
        digest_key,
        author_email: message.author.email.as_deref(),
        author_name: message.author.name.as_deref(),
        at: micros(message.at),
        internal: message.internal,
        body: &message.body,
        headers: serde_json::to_string(&message.headers)
            .map_err(|error| DbError::Internal(error.to_string()))?,
    };
    if is_known {
        diesel::update(ticket_messages::table.find(id.to_string()))
            .set(columns)
            .execute(conn)?;
    } else {
        diesel::insert_into(ticket_messages::table)
            .values((ticket_messages::id.eq(id.to_string()), columns))
            .execute(conn)?;
    }
    Ok(())
}

/// Makes these the files of a message and gives the id of each. A file that is there keeps its row, and its content
/// where the export has none.
///
/// # Errors
/// [`DbError`].
pub fn save_files(
    conn: &mut Conn,
    ticket: RecordId,
    message: RecordId,
    files: &[Attachment],
    new_id: &mut dyn FnMut() -> RecordId,
) -> Result<Vec<RecordId>, DbError> {
    let mut left: Vec<(String, String, i64)> = ticket_files::table
        .filter(ticket_files::message_id.eq(message.to_string()))
        .order(ticket_files::id)
        .select((
            ticket_files::id,
            ticket_files::file_name,
            ticket_files::size,
        ))
        .load(conn)?;
    let mut ids = Vec::with_capacity(files.len());
    for file in files {
        let size = i64::try_from(file.size).unwrap_or(i64::MAX);
        let same = left
            .iter()
            .position(|(_, name, known)| *name == file.file_name && *known == size);
        let id = match same {
            Some(at) => word(&left.swap_remove(at).0)?,
            None => {
                let id = new_id();
                diesel::insert_into(ticket_files::table)
                    .values((
                        ticket_files::id.eq(id.to_string()),
                        ticket_files::ticket_id.eq(ticket.to_string()),
                        ticket_files::message_id.eq(message.to_string()),
                        ticket_files::file_name.eq(&file.file_name),
                        ticket_files::media_type.eq(&file.media_type),
                        ticket_files::size.eq(size),
                    ))
                    .execute(conn)?;
                id
            }
        };
        if let Some(content) = &file.content {
            diesel::update(ticket_files::table.find(id.to_string()))
                .set(ticket_files::content.eq(content))
                .execute(conn)?;
        }
        ids.push(id);
    }
    for (id, ..) in left {
        diesel::delete(ticket_files::table.find(id)).execute(conn)?;
    }
    Ok(ids)
}

/// An address that a ticket mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketMention {
    /// The row that holds it: ticket, message or file.
    pub record: RecordId,
    /// Where in it.
    pub place: String,
    /// The digest of the address.
    pub address: AddressDigest,
}

/// Makes these the mentions of a ticket; one that was there keeps its row.
///
/// # Errors
/// [`DbError`].
pub fn save_mentions(
    conn: &mut Conn,
    ticket: RecordId,
    wanted: &[TicketMention],
    new_id: &mut dyn FnMut() -> RecordId,
) -> Result<(), DbError> {
    let rows: Vec<(String, String, String, Vec<u8>, String)> = mentions::table
        .filter(mentions::ticket_id.eq(ticket.to_string()))
        .select((
            mentions::id,
            mentions::record_id,
            mentions::place,
            mentions::address_digest,
            mentions::digest_key,
        ))
        .load(conn)?;
    let mut left = Vec::with_capacity(rows.len());
    for (id, record, place, bytes, key) in rows {
        left.push((
            id,
            TicketMention {
                record: word(&record)?,
                place,
                address: AddressDigest { key, bytes },
            },
        ));
    }
    for mention in wanted {
        if let Some(at) = left.iter().position(|(_, known)| known == mention) {
            left.swap_remove(at);
            continue;
        }
        diesel::insert_into(mentions::table)
            .values((
                mentions::id.eq(new_id().to_string()),
                mentions::ticket_id.eq(ticket.to_string()),
                mentions::record_id.eq(mention.record.to_string()),
                mentions::place.eq(&mention.place),
                mentions::address_digest.eq(&mention.address.bytes),
                mentions::digest_key.eq(&mention.address.key),
            ))
            .execute(conn)?;
    }
    for (id, _) in left {
        diesel::delete(mentions::table.find(id)).execute(conn)?;
    }
    Ok(())
}

// Installations ------------------------------------------------------------

/// An app installed on a customer's site.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The tenant's key.
    pub client_key: String,
    /// The app.
    pub app_key: String,
    /// The host name of the site, lower-cased.
    pub site: Option<String>,
    /// The account that installed it.
    pub account_id: Option<String>,
    /// Its address, if it is known, with its digest.
    pub email: Option<(String, AddressDigest)>,
    /// When it was installed.
    pub installed_at: Timestamp,
    /// When it was taken off.
    pub uninstalled_at: Option<Timestamp>,
}

/// Stores an installation, over the one of the same app with its client key if there is one.
///
/// # Errors
/// [`DbError`].
pub fn save_installation(
    conn: &mut Conn,
    id: RecordId,
    installation: &Installation,
    import: ImportId,
) -> Result<(), DbError> {
    #[derive(Insertable, AsChangeset)]
    #[diesel(table_name = installations, treat_none_as_null = true)]
    struct Columns<'a> {
        client_key: &'a str,
        app_key: &'a str,
        site: Option<&'a str>,
        address_digest: Option<Vec<u8>>,
        digest_key: Option<String>,
        account_id: Option<&'a str>,
        email: Option<&'a str>,
        installed_at: i64,
        uninstalled_at: Option<i64>,
        import_id: String,
    }
    let row = || {
        let (address_digest, digest_key) =
            columns(installation.email.as_ref().map(|(_, digest)| digest));
        Columns {
            client_key: &installation.client_key,
            app_key: &installation.app_key,
            site: installation.site.as_deref(),
            address_digest,
            digest_key,
            account_id: installation.account_id.as_deref(),
            email: installation.email.as_ref().map(|(email, _)| email.as_str()),
            installed_at: micros(installation.installed_at),
            uninstalled_at: installation.uninstalled_at.map(micros),
            import_id: import.to_string(),
        }
    };
    let same = installations::table
        .filter(installations::client_key.eq(&installation.client_key))
        .filter(installations::app_key.eq(&installation.app_key));
    if diesel::update(same).set(row()).execute(conn)? == 0 {
        diesel::insert_into(installations::table)
            .values((installations::id.eq(id.to_string()), row()))
            .execute(conn)?;
    }
    Ok(())
}

//! One batch of rows, in one transaction: what is on file, what the guards say, and what is therefore written.
//!
//! What the rows of a batch are compared with is read for all of them in a few statements; most rows of a nightly
//! import then cost nothing more.

mod ticket;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::Row;
use crate::actions::lifecycle::{self, Heard};
use crate::app::{App, address_digest};
use crate::db::guards::{self, Correction, Guard};
use crate::db::holds::{self, Stopped};
use crate::db::imports::Counts;
use crate::db::records::{self, KnownContact, KnownLicence, KnownSale, KnownTicket, Stamp};
use crate::db::{Conn, DbError};
use crate::domain::email::Email;
use crate::domain::event::Actor;
use crate::domain::hold;
use crate::domain::ids::{HoldId, ImportId, RecordId};
use crate::domain::lifecycle::When;
use crate::domain::records::{
    Contact, ContactPerson, FeedbackRow, Keys, LicenceRow, Mention, Person, TicketRow,
    TransactionRow,
};
use crate::domain::request::{AddressDigest, Field};
use crate::domain::retention::Source;
use crate::domain::run::Cause;
use crate::domain::store::{Ground, ItemKey, ItemKind, StoreName};
use crate::imports::tickets;
use crate::journal::{ErasureLine, Line};
use crate::seal::{self, Digest};

const LICENCE: &str = "licence";
const TRIAL: &str = "trial";
const SALE: &str = "transaction";
const TICKET: &str = "ticket";

/// The cause of what goes because the source has erased it.
const SOURCE: &str = "source";

/// A row with all that can be computed without the database.
pub(super) struct Prepared {
    row: Row,
    /// Its size, about.
    pub bytes: usize,
    /// The fingerprint, and those that it may be stored as, the newest key first; never empty.
    fingerprints: Vec<AddressDigest>,
    /// The digests of each address in it, the newest key first, by the address as [`normalised`].
    digests: HashMap<String, Vec<AddressDigest>>,
}

impl Prepared {
    /// Whether a row with this fingerprint is the same.
    fn is_same(&self, fingerprint: &[u8]) -> bool {
        self.fingerprints
            .iter()
            .any(|known| known.bytes == fingerprint)
    }
}

/// Computes what needs no database.
pub(super) fn prepare(app: &App, row: Row) -> Prepared {
    let content = match &row {
        Row::Licence(row) => serde_json::to_vec(row),
        Row::Sale(row) => serde_json::to_vec(row),
        Row::Feedback(row) => serde_json::to_vec(row),
        Row::Ticket(row) => serde_json::to_vec(row),
    }
    .expect("rows are texts, dates and lists");
    let mut addresses = Vec::new();
    let mentions = match &row {
        Row::Licence(row) => of_contacts(&row.contacts, &mut addresses),
        Row::Sale(row) => of_contacts(&row.contacts, &mut addresses),
        Row::Feedback(_) => Vec::new(),
        Row::Ticket(row) => {
            addresses.extend(people(row).filter_map(|person| person.email.as_deref()));
            tickets::mentions(row)
        }
    };
    addresses.extend(mentions.iter().map(|mention| mention.address.as_str()));
    let mut digests = HashMap::new();
    for address in addresses {
        if let Some(address) = normalised(address) {
            digests.entry(address).or_insert_with_key(|address| {
                app.keys
                    .address_digests(address)
                    .iter()
                    .map(address_digest)
                    .collect::<Vec<_>>()
            });
        }
    }
    Prepared {
        bytes: content.len(),
        fingerprints: app
            .keys
            .row_digests(&content)
            .iter()
            .map(address_digest)
            .collect(),
        digests,
        row,
    }
}

fn of_contacts<'a>(contacts: &'a [Contact], addresses: &mut Vec<&'a str>) -> Vec<Mention> {
    addresses.extend(
        contacts
            .iter()
            .filter_map(|contact| email_of(&contact.person)),
    );
    Vec::new()
}

fn people(row: &TicketRow) -> impl Iterator<Item = &Person> {
    let participants = row
        .participants
        .iter()
        .map(|participant| &participant.person);
    std::iter::once(&row.requester)
        .chain(participants)
        .chain(row.messages.iter().map(|message| &message.author))
}

fn email_of(person: &ContactPerson) -> Option<&str> {
    match person {
        ContactPerson::Known { email, .. } => email.as_deref(),
        ContactPerson::ErasedAtSource => None,
    }
}

/// The address as it is digested; `None` for what is no address, so that nobody can ask with it.
fn normalised(address: &str) -> Option<String> {
    Email::parse(address)
        .ok()
        .map(|email| email.normalised().to_owned())
}

/// What a batch did.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Rows that are done.
    pub rows: usize,
    pub counts: Counts,
    /// Licences of people who had been erased, begun since.
    pub returned: u64,
    /// Contacts that went because the source has erased them, by store.
    pub erased: BTreeMap<&'static str, u64>,
    /// Contacts that the source has erased and a legal hold keeps.
    pub held: u64,
    /// Rows of feedback that fit no single installation.
    pub unplaced: u64,
    /// What a restored backup must not bring back.
    pub journal: Vec<Line>,
}

/// Writes rows until `is_late`; at least one, so that every batch comes further.
pub(super) fn write(
    app: &App,
    conn: &mut Conn,
    actor: &Actor,
    import: ImportId,
    rows: &[Option<Prepared>],
    is_late: impl Fn() -> bool,
) -> Result<Done, DbError> {
    let known: Vec<&Prepared> = rows.iter().flatten().collect();
    let mut batch = Batch {
        app,
        actor,
        import,
        now: app.clock.now(),
        guards: HashMap::new(),
        licences: Licences::load(conn, &known)?,
        sales: load_sales(conn, &known)?,
        tickets: ticket::load(conn, &known)?,
        contacts: HashMap::new(),
        corrections: HashMap::new(),
        done: Done::default(),
        conn,
    };
    batch.load_guards(known.iter().flat_map(|row| row.digests.values()).flatten())?;
    batch.load_changed(&known)?;
    for row in rows {
        batch.done.rows += 1;
        batch.done.counts.read += 1;
        match row {
            None => batch.done.counts.refused += 1,
            Some(prepared) => match &prepared.row {
                Row::Licence(row) => batch.licence(prepared, row)?,
                Row::Sale(row) => batch.sale(prepared, row)?,
                Row::Feedback(row) => batch.feedback(row)?,
                Row::Ticket(row) => batch.ticket(prepared, row)?,
            },
        }
        if is_late() {
            break;
        }
    }
    Ok(batch.done)
}

/// The licences on file that rows of the batch may be.
#[derive(Default)]
struct Licences {
    by_id: HashMap<RecordId, KnownLicence>,
    by_key: HashMap<String, RecordId>,
}

impl Licences {
    fn load(conn: &mut Conn, rows: &[&Prepared]) -> Result<Licences, DbError> {
        let keys = rows.iter().filter_map(|prepared| match &prepared.row {
            Row::Licence(row) => Some(&row.keys),
            Row::Feedback(row) => Some(&row.keys),
            Row::Sale(_) | Row::Ticket(_) => None,
        });
        let mut licences = Licences::default();
        for licence in records::licences_with(conn, &keys.collect::<Vec<_>>())? {
            licences.put(licence);
        }
        Ok(licences)
    }

    fn put(&mut self, licence: KnownLicence) {
        self.by_key
            .extend(licence.keys.prefixed().map(|key| (key, licence.id)));
        self.by_id.insert(licence.id, licence);
    }

    fn remove(&mut self, id: RecordId) {
        self.by_key.retain(|_, of| *of != id);
        self.by_id.remove(&id);
    }

    /// The records that share an id with a row, the one that was there first in front.
    fn matching(&self, keys: &Keys) -> Vec<RecordId> {
        let mut ids: Vec<_> = keys
            .prefixed()
            .filter_map(|key| self.by_key.get(&key).copied())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

fn load_sales(conn: &mut Conn, rows: &[&Prepared]) -> Result<HashMap<String, KnownSale>, DbError> {
    let keys = rows.iter().filter_map(|prepared| match &prepared.row {
        Row::Sale(row) => Some(row.line_item_id.as_str()),
        Row::Licence(_) | Row::Feedback(_) | Row::Ticket(_) => None,
    });
    let sales = records::sales_with(conn, &keys.collect::<Vec<_>>())?;
    Ok(sales
        .into_iter()
        .map(|sale| (sale.line_item_id.clone(), sale))
        .collect())
}

/// A record as guards and corrections name it.
struct Record {
    /// `licence`, `trial`, `transaction` or `ticket`.
    store: &'static str,
    /// The keys under which it may have been noted.
    keys: Vec<String>,
    /// When it began; what is not known began before everything.
    began_on: Option<Date>,
    /// The last day of its maintenance, if it has one.
    ends_on: Option<Date>,
}

/// What the guards say of an address that a record would bring.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Nothing.
    Free,
    /// This record was erased, or the person was and the record is older.
    Drop,
    /// The person was erased, and began this record later.
    Returned,
}

struct Batch<'a> {
    app: &'a App,
    actor: &'a Actor,
    conn: &'a mut Conn,
    import: ImportId,
    now: Timestamp,
    /// By the digest of the address; a digest without guards has an empty list.
    guards: HashMap<Vec<u8>, Vec<Guard>>,
    licences: Licences,
    sales: HashMap<String, KnownSale>,
    tickets: HashMap<String, KnownTicket>,
    /// The contacts of records, as far as they were read.
    contacts: HashMap<RecordId, Vec<KnownContact>>,
    /// By store and record key.
    corrections: HashMap<(&'static str, String), Vec<Correction>>,
    done: Done,
}

impl Batch<'_> {
    fn load_guards<'d>(
        &mut self,
        digests: impl Iterator<Item = &'d AddressDigest>,
    ) -> Result<(), DbError> {
        let unknown: HashSet<&[u8]> = digests
            .map(|digest| digest.bytes.as_slice())
            .filter(|bytes| !self.guards.contains_key(*bytes))
            .collect();
        let unknown: Vec<_> = unknown.into_iter().collect();
        self.guards
            .extend(unknown.iter().map(|bytes| (bytes.to_vec(), Vec::new())));
        for guard in guards::guards_on(self.conn, &unknown)? {
            self.guards
                .entry(guard.address.clone())
                .or_default()
                .push(guard);
        }
        Ok(())
    }

    /// Reads contacts and corrections of the records that rows will change.
    fn load_changed(&mut self, rows: &[&Prepared]) -> Result<(), DbError> {
        let mut changed = Vec::new();
        let mut keys: HashMap<&'static str, Vec<String>> = HashMap::new();
        for prepared in rows {
            match &prepared.row {
                Row::Licence(row) => {
                    for id in self.licences.matching(&row.keys) {
                        let known = &self.licences.by_id[&id];
                        if !prepared.is_same(&known.fingerprint) {
                            changed.push(id);
                            for store in [LICENCE, TRIAL] {
                                let both = row.keys.prefixed().chain(known.keys.prefixed());
                                keys.entry(store).or_default().extend(both);
                            }
                        }
                    }
                }
                Row::Sale(row) => {
                    if let Some(known) = self.sales.get(&row.line_item_id)
                        && !prepared.is_same(&known.fingerprint)
                    {
                        changed.push(known.id);
                        keys.entry(SALE).or_default().push(row.line_item_id.clone());
                    }
                }
                Row::Feedback(_) => {}
                Row::Ticket(row) => {
                    if self
                        .tickets
                        .get(&row.key)
                        .is_some_and(|known| !prepared.is_same(&known.fingerprint))
                    {
                        keys.entry(TICKET).or_default().push(row.key.clone());
                    }
                }
            }
        }
        self.contacts
            .extend(changed.iter().map(|id| (*id, Vec::new())));
        for contact in records::contacts_of(self.conn, &changed)? {
            self.contacts
                .entry(contact.record)
                .or_default()
                .push(contact);
        }
        for (store, keys) in keys {
            let keys: Vec<_> = keys.iter().map(String::as_str).collect();
            for correction in guards::corrections_on(self.conn, store, &keys)? {
                self.corrections
                    .entry((store, correction.record_key.clone()))
                    .or_default()
                    .push(correction);
            }
        }
        Ok(())
    }

    fn contacts_of(&mut self, record: RecordId) -> Result<Vec<KnownContact>, DbError> {
        match self.contacts.get(&record) {
            Some(contacts) => Ok(contacts.clone()),
            None => records::contacts_of(self.conn, &[record]),
        }
    }

    fn stamp(&self, prepared: &Prepared) -> Stamp {
        Stamp {
            import: self.import,
            fingerprint: prepared.fingerprints[0].clone(),
            at: self.now,
        }
    }

    /// Holds an address against the guards.
    fn verdict(&mut self, digests: &[AddressDigest], record: &Record) -> Result<Verdict, DbError> {
        self.load_guards(digests.iter())?;
        if self.is_guarded_here(digests, record) {
            return Ok(Verdict::Drop);
        }
        let guards = || {
            digests
                .iter()
                .filter_map(|digest| self.guards.get(&digest.bytes))
                .flatten()
        };
        Ok(
            match guards()
                .filter(|guard| guard.by_request && guard.store == guards::EVERYTHING)
                .map(|guard| guard.erased_at)
                .max()
            {
                None => Verdict::Free,
                Some(erased_at)
                    if record
                        .began_on
                        .is_some_and(|on| on > self.app.date(erased_at)) =>
                {
                    Verdict::Returned
                }
                Some(_) => Verdict::Drop,
            },
        )
    }

    /// Whether a person had this very value of a record corrected, so that it must not come back.
    fn is_wrong(&self, record: &Record, field: Field, value: &str) -> bool {
        // What was corrected on a trial stays so on the licence it becomes.
        let stores: &[&'static str] = if [LICENCE, TRIAL].contains(&record.store) {
            &[LICENCE, TRIAL]
        } else {
            &[record.store]
        };
        stores.iter().any(|store| {
            record
                .keys
                .iter()
                .filter_map(|key| self.corrections.get(&(*store, key.clone())))
                .flatten()
                .any(|known| {
                    known.field == field.as_str()
                        && Digest::try_from(&known.wrong)
                            .is_ok_and(|wrong| self.app.keys.is_value(&wrong, value))
                })
        })
    }

    fn keep_corrected(
        &self,
        record: &Record,
        field: Field,
        value: &mut Option<String>,
        known: Option<&str>,
    ) {
        if value
            .as_deref()
            .is_some_and(|value| self.is_wrong(record, field, value))
        {
            *value = known.map(str::to_owned);
        }
    }

    // Licences and trials

    fn licence(&mut self, prepared: &Prepared, row: &LicenceRow) -> Result<(), DbError> {
        let store = if row.is_trial() { TRIAL } else { LICENCE };
        let ids = self.licences.matching(&row.keys);
        let mut record = Record {
            store,
            keys: row.keys.prefixed().collect(),
            began_on: row.starts_on(),
            ends_on: row.maintenance_end_on,
        };
        let [first, others @ ..] = ids.as_slice() else {
            let id = self.app.id();
            let stamp = self.stamp(prepared);
            records::insert_licence(self.conn, id, store, row, &stamp)?;
            self.licences
                .put(known_licence(id, store, row, row.keys.clone(), &stamp));
            self.contacts.insert(id, Vec::new());
            let returned = self.contacts(&record, id, &row.contacts, prepared, true)?;
            self.done.counts.written += 1;
            return self.mark_returned(id, returned);
        };
        let known = self.licences.by_id[first].clone();
        record.keys.extend(known.keys.prefixed());
        record.keys.sort_unstable();
        record.keys.dedup();
        let is_same = prepared.is_same(&known.fingerprint);
        if others.is_empty() && (is_same || is_older(row.last_updated_on, known.last_updated_on)) {
            self.done.counts.unchanged += 1;
            return self
                .contacts(&record, known.id, &row.contacts, prepared, false)
                .map(drop);
        }
        for other in others {
            records::absorb_licence(self.conn, *other, known.id, self.now)?;
            self.licences.remove(*other);
        }
        let mut row = row.clone();
        self.keep_corrected(
            &record,
            Field::Company,
            &mut row.company,
            known.company.as_deref(),
        );
        let stamp = self.stamp(prepared);
        records::update_licence(self.conn, known.id, store, &row, &stamp)?;
        if known.store != store || !others.is_empty() {
            records::move_contacts(self.conn, known.id, store)?;
        }
        let keys = Keys {
            addon_license_id: row
                .keys
                .addon_license_id
                .clone()
                .or(known.keys.addon_license_id),
            app_entitlement_id: row
                .keys
                .app_entitlement_id
                .clone()
                .or(known.keys.app_entitlement_id),
            app_entitlement_number: row
                .keys
                .app_entitlement_number
                .clone()
                .or(known.keys.app_entitlement_number),
        };
        self.licences
            .put(known_licence(known.id, store, &row, keys, &stamp));
        let returned = self.contacts(&record, known.id, &row.contacts, prepared, true)?;
        self.done.counts.written += 1;
        self.mark_returned(known.id, returned)
    }

    fn mark_returned(&mut self, id: RecordId, returned: bool) -> Result<(), DbError> {
        if returned {
            self.done.returned += 1;
            records::mark_returned(self.conn, id, self.now)?;
        }
        Ok(())
    }

    // Feedback

    /// It writes to no person: of the row nothing is known but app, site, day and what happened.
    fn feedback(&mut self, row: &FeedbackRow) -> Result<(), DbError> {
        let site = match &row.site {
            Some(site) => Some(site.clone()),
            None => {
                let ids = self.licences.matching(&row.keys);
                let mut sites = crate::db::lifecycle::sites_of(self.conn, &ids)?;
                sites.pop().filter(|_| sites.is_empty())
            }
        };
        if site.is_none() {
            self.done.unplaced += 1;
            self.done.counts.unchanged += 1;
            return Ok(());
        }
        let message = lifecycle::Message {
            source: Source::FeedbackReport,
            what: row.what,
            app_key: row.addon_key.clone(),
            client_key: None,
            site,
            when: When::On(row.on),
            repeat: row.on.to_string(),
            facts: None,
            reason: None,
        };
        match lifecycle::hear(self.app, self.conn, self.actor, &message)? {
            Heard::Repeated => self.done.counts.unchanged += 1,
            heard => {
                self.done.counts.written += 1;
                self.done.unplaced += u64::from(heard == Heard::Unplaced);
            }
        }
        Ok(())
    }

    // Transactions

    fn sale(&mut self, prepared: &Prepared, row: &TransactionRow) -> Result<(), DbError> {
        let record = Record {
            store: SALE,
            keys: vec![row.line_item_id.clone()],
            began_on: Some(row.sale_on),
            ends_on: None,
        };
        let stamp = self.stamp(prepared);
        let mut row = row.clone();
        let id = match self.sales.get(&row.line_item_id).cloned() {
            None => {
                let id = self.app.id();
                records::insert_sale(self.conn, id, &row, &stamp)?;
                self.contacts.insert(id, Vec::new());
                id
            }
            Some(known) => {
                let is_same = prepared.is_same(&known.fingerprint);
                if is_same || is_older(row.last_updated_on, known.last_updated_on) {
                    self.done.counts.unchanged += 1;
                    return self
                        .contacts(&record, known.id, &row.contacts, prepared, false)
                        .map(drop);
                }
                self.keep_corrected(
                    &record,
                    Field::Company,
                    &mut row.company,
                    known.company.as_deref(),
                );
                records::update_sale(self.conn, known.id, &row, &stamp)?;
                known.id
            }
        };
        self.contacts(&record, id, &row.contacts, prepared, true)?;
        self.done.counts.written += 1;
        let known = KnownSale {
            id,
            line_item_id: row.line_item_id.clone(),
            company: row.company,
            last_updated_on: row.last_updated_on,
            fingerprint: stamp.fingerprint.bytes,
        };
        self.sales.insert(row.line_item_id, known);
        Ok(())
    }

    // Contacts

    /// Makes these the contacts of a record, as far as the guards admit them, or only counts those that they do not.
    /// Says whether somebody came back after an erasure.
    fn contacts(
        &mut self,
        record: &Record,
        id: RecordId,
        incoming: &[Contact],
        prepared: &Prepared,
        write: bool,
    ) -> Result<bool, DbError> {
        if !write && !self.has_guards(prepared) {
            return Ok(false);
        }
        let mut present = self.contacts_of(id)?;
        let mut returned = false;
        for contact in incoming {
            let current = present
                .iter()
                .position(|known| known.role == contact.role)
                .map(|at| present.remove(at));
            let mut person = contact.person.clone();
            if write {
                self.keep_corrected_contact(
                    record,
                    &mut person,
                    current.as_ref().map(|known| &known.person),
                );
            }
            if person == ContactPerson::ErasedAtSource {
                if let (Some(current), true) = (&current, write) {
                    self.erased_at_source(record, current)?;
                }
                continue;
            }
            let digests = self.digests(prepared, email_of(&person));
            if let Some(known) = current
                .as_ref()
                .filter(|known| is_same_person(known, &person, &digests))
            {
                // It stands here, so it is not brought back: what was kept at an erasure stays.
                if write && !known.is_blocked && known.person != person {
                    records::update_contact(
                        self.conn,
                        known.id,
                        &person,
                        digests.first(),
                        self.import,
                    )?;
                }
                continue;
            }
            let verdict = self.verdict(&digests, record)?;
            if verdict == Verdict::Drop {
                self.done.counts.suppressed += 1;
            }
            if !write {
                continue;
            }
            if let Some(known) = current {
                records::replace_contact(self.conn, known.id, self.now)?;
            }
            if verdict != Verdict::Drop {
                returned |= verdict == Verdict::Returned;
                let stamp = self.stamp(prepared);
                let contact = (self.app.id(), contact.role, &person, digests.first());
                records::insert_contact(self.conn, contact, (record.store, id), &stamp)?;
            }
        }
        if write {
            for known in present {
                records::replace_contact(self.conn, known.id, self.now)?;
            }
            self.contacts.remove(&id);
        }
        Ok(returned)
    }

    fn has_guards(&self, prepared: &Prepared) -> bool {
        prepared.digests.values().flatten().any(|digest| {
            self.guards
                .get(&digest.bytes)
                .is_some_and(|guards| !guards.is_empty())
        })
    }

    fn digests(&self, prepared: &Prepared, email: Option<&str>) -> Vec<AddressDigest> {
        let Some(address) = email.and_then(normalised) else {
            return Vec::new();
        };
        prepared.digests.get(&address).cloned().unwrap_or_else(|| {
            // A corrected address that stays, which the row does not have.
            self.app
                .keys
                .address_digests(&address)
                .iter()
                .map(address_digest)
                .collect()
        })
    }

    fn keep_corrected_contact(
        &self,
        record: &Record,
        person: &mut ContactPerson,
        known: Option<&ContactPerson>,
    ) {
        let mut known = known.cloned();
        let known = known
            .as_mut()
            .and_then(fields)
            .map(|fields| fields.map(Option::take))
            .unwrap_or_default();
        let Some([email, name, phone, address @ ..]) = fields(person) else {
            return;
        };
        let [known_email, known_name, known_phone, known_address @ ..] = known;
        self.keep_corrected(record, Field::Email, email, known_email.as_deref());
        self.keep_corrected(record, Field::Name, name, known_name.as_deref());
        self.keep_corrected(record, Field::Phone, phone, known_phone.as_deref());
        let line: Vec<&str> = address.iter().filter_map(|part| part.as_deref()).collect();
        if self.is_wrong(record, Field::Address, &line.join(", ")) {
            address
                .into_iter()
                .zip(known_address)
                .for_each(|(part, known)| *part = known);
        }
    }

    /// The source has erased the person behind a contact of ours: so do we, or block what tax law keeps.
    fn erased_at_source(&mut self, record: &Record, contact: &KnownContact) -> Result<(), DbError> {
        if contact.is_blocked {
            return Ok(());
        }
        let kept_until = record
            .began_on
            .filter(|_| record.store == SALE)
            .map(|on| {
                on.last_of_year()
                    .saturating_add(self.app.policy.tax().years.years())
            })
            .filter(|until| *until >= self.app.date(self.now));
        if let Some(until) = kept_until {
            return self.block(contact, Ground::TaxLaw, Some(until));
        }
        if self.is_held(record, contact)? {
            return Ok(());
        }
        let gone = records::delete_contact(self.conn, contact)?;
        *self.done.erased.entry(record.store).or_default() += gone as u64;
        for key in &record.keys {
            if let Some(address) = &contact.address {
                guards::guard_erasure(
                    self.conn,
                    self.app.id(),
                    address,
                    record.store,
                    key,
                    SOURCE,
                    self.now,
                )?;
                self.guards
                    .entry(address.bytes.clone())
                    .or_default()
                    .push(Guard {
                        address: address.bytes.clone(),
                        store: record.store.to_owned(),
                        record_key: key.clone(),
                        erased_at: self.now,
                        by_request: false,
                        by_rule: false,
                    });
            }
            self.done.journal.push(Line::Erasure(ErasureLine {
                store: record.store.to_owned(),
                record_key: key.clone(),
                address_digest: contact
                    .address
                    .as_ref()
                    .and_then(|digest| Digest::try_from(digest).ok()),
                erased_at: self.now,
                cause: SOURCE.to_owned(),
                run: self.import.0,
            }));
        }
        Ok(())
    }

    /// Whether a record that a retention rule let go runs again: its customer came back.
    fn is_renewed(&self, guard: &Guard, record: &Record) -> bool {
        let gone_on = self.app.date(guard.erased_at);
        guard.by_rule && record.ends_on.is_some_and(|end| end > gone_on)
    }

    /// Takes a contact out of sight: its fields are emptied, a sealed copy stays on a ground.
    fn block(
        &mut self,
        contact: &KnownContact,
        ground: Ground,
        until: Option<Date>,
    ) -> Result<(), DbError> {
        let mut person = contact.person.clone();
        let names = [
            "email", "name", "phone", "address1", "address2", "city", "state", "postcode",
        ];
        let values = fields(&mut person)
            .map(|fields| fields.map(Option::take))
            .unwrap_or_default();
        let content: BTreeMap<_, _> = names.into_iter().zip(values).collect();
        let id = contact.id.to_string();
        let place = seal::Place {
            table: "contacts",
            id: &id,
            column: "blocked",
        };
        let content = serde_json::to_vec(&content).expect("a map of texts");
        let sealed = self.app.keys.seal_stored(place, &content);
        records::block_contact(self.conn, contact.id, &sealed, ground, until)
    }

    /// Whether a legal hold is on the person. Then our copies are blocked, former ones too, and go when
    /// the hold ends.
    fn is_held(&mut self, record: &Record, contact: &KnownContact) -> Result<bool, DbError> {
        let Some(address) = &contact.address else {
            return Ok(false);
        };
        let holds = holds::in_force_on(self.conn, &[&address.bytes])?;
        let Some(until) = hold::kept_until(holds.iter().map(|hold| &hold.terms)) else {
            return Ok(false);
        };
        let by: Vec<HoldId> = holds.iter().map(|hold| hold.id).collect();
        let kind = match record.store {
            SALE => ItemKind::SaleContact,
            TRIAL => ItemKind::TrialContact,
            _ => ItemKind::LicenceContact,
        };
        // The people on sales are the licence store's.
        let store = if record.store == TRIAL {
            TRIAL
        } else {
            LICENCE
        };
        for copy in records::copies_of(self.conn, contact)? {
            self.block(&copy, Ground::LegalClaims, Some(until))?;
            let stopped = Stopped {
                store: StoreName(store.to_owned()),
                key: ItemKey(copy.id.to_string()),
                kind,
                cause: Cause::Source,
            };
            holds::stop(self.conn, &by, &stopped, self.now)?;
            self.done.held += 1;
        }
        Ok(true)
    }

    /// Whether this very record was erased for an address.
    fn is_guarded_here(&self, digests: &[AddressDigest], record: &Record) -> bool {
        digests
            .iter()
            .filter_map(|digest| self.guards.get(&digest.bytes))
            .flatten()
            .any(|guard| {
                guard.store == record.store
                    && record.keys.contains(&guard.record_key)
                    && !self.is_renewed(guard, record)
            })
    }
}

fn known_licence(
    id: RecordId,
    store: &str,
    row: &LicenceRow,
    keys: Keys,
    stamp: &Stamp,
) -> KnownLicence {
    KnownLicence {
        id,
        store: store.to_owned(),
        keys,
        company: row.company.clone(),
        last_updated_on: row.last_updated_on,
        fingerprint: stamp.fingerprint.bytes.clone(),
    }
}

fn is_older(incoming: Option<Date>, stored: Option<Date>) -> bool {
    matches!((incoming, stored), (Some(incoming), Some(stored)) if incoming < stored)
}

/// The same address; without any, the same name. A blocked contact that has no digest cannot be told from anybody.
fn is_same_person(known: &KnownContact, person: &ContactPerson, digests: &[AddressDigest]) -> bool {
    match &known.address {
        Some(address) => digests.iter().any(|digest| digest.bytes == address.bytes),
        None if known.is_blocked => true,
        None => digests.is_empty() && name_of(&known.person) == name_of(person),
    }
}

fn name_of(person: &ContactPerson) -> Option<&str> {
    match person {
        ContactPerson::Known { name, .. } => name.as_deref(),
        ContactPerson::ErasedAtSource => None,
    }
}

/// Address for mail, name, phone, and the five parts of the postal address.
fn fields(person: &mut ContactPerson) -> Option<[&mut Option<String>; 8]> {
    match person {
        ContactPerson::Known {
            email,
            name,
            phone,
            address1,
            address2,
            city,
            state,
            postcode,
        } => Some([
            email, name, phone, address1, address2, city, state, postcode,
        ]),
        ContactPerson::ErasedAtSource => None,
    }
}

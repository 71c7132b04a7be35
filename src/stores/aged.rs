//! The age of what the built-in stores hold, for the sweep: which events of a record and of its
//! person are known, and the purge of what is due.
//!
//! Nothing here decides. Reading and purging are given a connection, so that the sweep can look
//! again in the transaction that deletes.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::contacts::{Contacts, Record, kind};
use super::installation::Installations;
use super::ticket::Tickets;
use crate::db::stores::{
    self, After, Contact, Installation, REQUESTER, TermRow, Ticket, TicketPerson,
};
use crate::db::{Conn, DbError};
use crate::domain::request::AddressDigest;
use crate::domain::retention::{Act, Category, Custom, Events, Term};
use crate::domain::run::Cause;
use crate::domain::store::{Decision, Ground, ItemKey, ItemKind, Order, StoreName};

/// The stores in our own database.
#[derive(Clone)]
pub struct BuiltIn {
    pub(super) tickets: Tickets,
    pub(super) installations: Installations,
    pub(super) trials: Contacts,
    pub(super) licences: Contacts,
}

/// A record with what is known of its age.
#[derive(Clone, Debug)]
pub struct Aged {
    /// The id of its row.
    pub id: String,
    /// What has happened.
    pub events: Events,
    /// Whether nothing in it identifies anybody any more.
    pub is_empty: bool,
    /// Whose it is: the digests of everybody on it.
    pub people: Vec<AddressDigest>,
}

/// A record that is due, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Due {
    /// The id of its row.
    pub id: String,
    /// What happens.
    pub act: Act,
    /// The last day of blocking, if it is blocked.
    pub until: Option<Date>,
}

/// The records of a page, and the last id if there may be more.
type Page = (Vec<Aged>, Option<String>);

impl BuiltIn {
    /// The records of a category after an id, with what is known of their age.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn aged_after(
        &self,
        conn: &mut Conn,
        category: Category,
        after: After<'_>,
    ) -> Result<Page, DbError> {
        let aged = match category {
            Category::Ticket => {
                let tickets = stores::tickets_after(conn, after)?;
                self.tickets(conn, tickets)?
            }
            Category::Installation => {
                let rows = stores::installations_after(conn, after)?;
                self.installations(&rows)
            }
            Category::Trial | Category::Licence | Category::Billing => {
                let contacts = stores::contacts_after(conn, tables(category), after)?;
                self.contacts(conn, category, &contacts)?
            }
            Category::Backup | Category::Outside => Vec::new(),
        };
        let more = super::more(after, aged.len(), aged.last().map(|last| &*last.id));
        Ok((aged, more))
    }

    /// The records of these ids that still stand, with what is known of their age now.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn aged(
        &self,
        conn: &mut Conn,
        category: Category,
        ids: &[&str],
    ) -> Result<Vec<Aged>, DbError> {
        Ok(match category {
            Category::Ticket => {
                let tickets = stores::tickets(conn, ids)?.into_values().collect();
                self.tickets(conn, tickets)?
            }
            Category::Installation => {
                let rows = stores::installations(conn, ids)?;
                self.installations(&rows)
            }
            Category::Trial | Category::Licence | Category::Billing => {
                let mut contacts = stores::contacts(conn, ids)?;
                contacts.retain(|contact| tables(category).contains(&contact.store.as_str()));
                self.contacts(conn, category, &contacts)?
            }
            Category::Backup | Category::Outside => Vec::new(),
        })
    }

    /// The store and the key under which runs and the journal name a record.
    pub fn named(category: Category, id: &str) -> (StoreName, ItemKey) {
        let (store, key) = match category {
            Category::Ticket => ("ticket", format!("{}/{id}", ItemKind::Ticket)),
            Category::Installation => ("installation", id.to_owned()),
            Category::Trial => ("trial", id.to_owned()),
            _ => ("licence", id.to_owned()),
        };
        (StoreName(store.to_owned()), ItemKey(key))
    }

    /// What these records are called where others have them too: the number of a licence or sale, the key of a
    /// ticket, the site of an installation; once each.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn labels(
        &self,
        conn: &mut Conn,
        category: Category,
        ids: &[&str],
    ) -> Result<Vec<String>, DbError> {
        let mut labels: Vec<String> = match category {
            Category::Ticket => stores::tickets(conn, ids)?
                .into_values()
                .map(|ticket| ticket.ticket_key)
                .collect(),
            Category::Installation => stores::installations(conn, ids)?
                .into_iter()
                .map(|row| row.site.unwrap_or(row.client_key))
                .collect(),
            Category::Trial | Category::Licence | Category::Billing => {
                let contacts = stores::contacts(conn, ids)?;
                let records: Vec<&str> = contacts
                    .iter()
                    .map(|contact| contact.record_id.as_str())
                    .collect();
                match category {
                    Category::Billing => stores::sales(conn, &records)?
                        .values()
                        .map(|sale| Record::Sale(sale).label().to_owned())
                        .collect(),
                    _ => stores::licences(conn, &records)?
                        .values()
                        .map(|licence| Record::Licence(licence).label().to_owned())
                        .collect(),
                }
            }
            Category::Backup | Category::Outside => Vec::new(),
        };
        labels.sort();
        labels.dedup();
        Ok(labels)
    }

    /// Purges what is due, with the guards that keep imports from bringing it back.
    ///
    /// # Errors
    /// [`DbError`].
    pub fn purge(&self, conn: &mut Conn, category: Category, due: &[Due]) -> Result<(), DbError> {
        match category {
            Category::Ticket => {
                for ticket in due {
                    self.tickets.purge(conn, &ticket.id)?;
                }
            }
            Category::Installation => {
                let of = |act| -> Vec<&str> {
                    let those = due.iter().filter(|due| due.act == act);
                    those.map(|due| due.id.as_str()).collect()
                };
                stores::neutralise_installations(conn, &of(Act::Anonymise))?;
                stores::delete_installations(conn, &of(Act::Erase))?;
            }
            Category::Trial | Category::Licence | Category::Billing => {
                let ids: Vec<&str> = due.iter().map(|due| due.id.as_str()).collect();
                let contacts = stores::contacts(conn, &ids)?;
                let orders: Vec<Order> = due
                    .iter()
                    .filter_map(|due| {
                        let contact = contacts.iter().find(|contact| contact.id == due.id)?;
                        Some(Order {
                            key: ItemKey(due.id.clone()),
                            kind: kind(contact),
                            decision: match due.act {
                                Act::Block => Decision::Keep(Ground::TaxLaw, due.until),
                                Act::Erase | Act::Anonymise => Decision::Erase,
                            },
                        })
                    })
                    .collect();
                self.store_of(category)
                    .work(conn, &orders, Cause::Retention)?;
            }
            Category::Backup | Category::Outside => {}
        }
        Ok(())
    }

    fn store_of(&self, category: Category) -> &Contacts {
        match category {
            Category::Trial => &self.trials,
            _ => &self.licences,
        }
    }

    fn installations(&self, rows: &[Installation]) -> Vec<Aged> {
        let core = &self.installations.core;
        rows.iter()
            .map(|row| {
                // Of an emptied row nothing is left that could go once more.
                let is_empty = row.account_id.is_none()
                    && row.email.is_none()
                    && row.digest().is_none()
                    && row.secret.is_none();
                let removed = row.uninstalled_at.map(|at| core.date(at.0));
                Aged {
                    id: row.id.clone(),
                    is_empty,
                    events: Events {
                        uninstalled: removed,
                        unsubscribed: removed,
                        ..Events::default()
                    },
                    people: row.digest().into_iter().collect(),
                }
            })
            .collect()
    }

    fn tickets(&self, conn: &mut Conn, tickets: Vec<Ticket>) -> Result<Vec<Aged>, DbError> {
        let core = &self.tickets.core;
        let today = core.today();
        let ids: Vec<&str> = tickets.iter().map(|ticket| ticket.id.as_str()).collect();
        let mut people: HashMap<String, Vec<TicketPerson>> = HashMap::new();
        for person in stores::people_on(conn, &ids)? {
            people
                .entry(person.ticket_id.clone())
                .or_default()
                .push(person);
        }
        // A hold on anybody who wrote in it keeps a ticket, so authors count too.
        let mut everybody = stores::digests_on(conn, &ids)?;
        let requesters = people
            .values()
            .flatten()
            .filter(|person| person.role == REQUESTER)
            .filter_map(TicketPerson::digest);
        let customers = self.customers(conn, requesters)?;
        Ok(tickets
            .into_iter()
            .map(|ticket| {
                let people = people.remove(&ticket.id).unwrap_or_default();
                let mut custom = Custom::default();
                for person in people.iter().filter(|person| person.role == REQUESTER) {
                    if let Some(known) = person
                        .digest()
                        .and_then(|digest| customers.get(&digest.bytes))
                    {
                        custom.terms.extend(&known.terms);
                        custom.installations.extend(&known.installations);
                    }
                }
                Aged {
                    people: everybody.remove(&ticket.id).unwrap_or_default(),
                    id: ticket.id,
                    is_empty: false,
                    events: Events {
                        ticket_closed: ticket.closed_at.map(|at| core.date(at.0)),
                        unsubscribed: custom.unsubscribed(today),
                        ..Events::default()
                    },
                }
            })
            .collect())
    }

    fn contacts(
        &self,
        conn: &mut Conn,
        category: Category,
        contacts: &[Contact],
    ) -> Result<Vec<Aged>, DbError> {
        let core = &self.licences.core;
        let today = core.today();
        let customers = self.customers(conn, contacts.iter().filter_map(Contact::digest))?;
        let ids: Vec<&str> = contacts
            .iter()
            .map(|contact| contact.record_id.as_str())
            .collect();
        let (licences, sales) = match category {
            Category::Billing => (HashMap::new(), stores::sales(conn, &ids)?),
            _ => (stores::licences(conn, &ids)?, HashMap::new()),
        };
        let addon_ids: HashSet<&str> = licences
            .values()
            .filter_map(|licence| licence.addon_licence_id.as_deref())
            .chain(
                sales
                    .values()
                    .filter_map(|sale| sale.addon_licence_id.as_deref()),
            )
            .collect();
        let addon_ids: Vec<&str> = addon_ids.into_iter().collect();
        // What a trial became, and what a sale was for.
        let linked = match category {
            Category::Trial => stores::terms_after_trials(conn, &addon_ids)?,
            Category::Billing => stores::terms_with(conn, &addon_ids)?,
            _ => Vec::new(),
        };
        let linked_to = |id: Option<&String>| -> Vec<Term> {
            let rows = linked
                .iter()
                .filter(|row| id.is_some_and(|id| row.of == id.as_bytes()));
            rows.map(|row| self.term(row)).collect()
        };
        Ok(contacts
            .iter()
            .map(|contact| {
                let licence = licences.get(&contact.record_id);
                let sale = sales.get(&contact.record_id);
                let digest = contact.digest();
                let mut custom = digest
                    .as_ref()
                    .and_then(|digest| customers.get(&digest.bytes))
                    .cloned()
                    .unwrap_or_default();
                let addon_id = licence
                    .and_then(|licence| licence.addon_licence_id.as_ref())
                    .or(sale.and_then(|sale| sale.addon_licence_id.as_ref()));
                custom.terms.extend(linked_to(addon_id));
                if let (Category::Licence, None, Some(licence)) = (category, &digest, licence) {
                    // Without an address nothing leads to other licences of theirs.
                    custom.terms.push(Term {
                        ends_on: licence.ends_on.map(|day| day.0),
                        is_active: is_active(&licence.status),
                        replaced_on: contact.replaced_at.map(|at| core.date(at.0)),
                    });
                }
                let is_customer = !custom.terms.is_empty();
                let trial = licence.filter(|_| category == Category::Trial && !is_customer);
                let first_received = core.date(contact.first_seen_at.0);
                let blocked = contact.blocked.is_some();
                Aged {
                    id: contact.id.clone(),
                    is_empty: false,
                    events: Events {
                        evaluation_start: trial.and_then(|trial| trial.starts_on).map(|day| day.0),
                        evaluation_end: trial.and_then(|trial| trial.ends_on).map(|day| day.0),
                        first_received: (category != Category::Trial || !is_customer)
                            .then_some(first_received),
                        last_maintenance_end: custom.last_maintenance_end(today),
                        unsubscribed: custom.unsubscribed(today).filter(|_| is_customer),
                        sale_year_end: sale.map(|sale| sale.sale_on.0.last_of_year()),
                        // Without a day it stays until a person decides.
                        blocked_until: blocked
                            .then(|| contact.blocked_until.map_or(Date::MAX, |day| day.0)),
                        ..Events::default()
                    },
                    people: digest.into_iter().collect(),
                }
            })
            .collect())
    }

    /// What makes these people customers, by the digest of the address.
    fn customers(
        &self,
        conn: &mut Conn,
        digests: impl Iterator<Item = AddressDigest>,
    ) -> Result<HashMap<Vec<u8>, Custom>, DbError> {
        let digests: HashSet<Vec<u8>> = digests.map(|digest| digest.bytes).collect();
        let digests: Vec<&[u8]> = digests.iter().map(Vec::as_slice).collect();
        let mut customers: HashMap<Vec<u8>, Custom> = HashMap::new();
        for row in stores::terms_of(conn, &digests)? {
            let term = self.term(&row);
            customers.entry(row.of).or_default().terms.push(term);
        }
        let core = &self.licences.core;
        for (of, removed) in stores::removals_of(conn, &digests)? {
            customers
                .entry(of)
                .or_default()
                .installations
                .push(removed.map(|at| core.date(at.0)));
        }
        Ok(customers)
    }

    fn term(&self, row: &TermRow) -> Term {
        Term {
            ends_on: row.ends_on.map(|day| day.0),
            is_active: is_active(&row.status),
            replaced_on: row.replaced_at.map(|at| self.licences.core.date(at.0)),
        }
    }
}

/// Whose rows of the table of contacts are of a category.
fn tables(category: Category) -> &'static [&'static str] {
    match category {
        Category::Trial => &["trial"],
        Category::Licence => &["licence"],
        Category::Billing => &["transaction"],
        _ => &[],
    }
}

fn is_active(status: &str) -> bool {
    status.eq_ignore_ascii_case("active")
}

//! People named on licences, trials and sales: one implementation for both stores of contacts.
//!
//! An item is a row, the present contact of a record or a former one. The record itself is the
//! company's and stays.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::civil::Date;

use super::{Core, Fields, Right, Step, more, read_back, walk};
use crate::db::stores::{self, After, Contact, Licence, Personal, Sale};
use crate::db::{Conn, DbError};
use crate::domain::request::{AddressDigest, Field};
use crate::domain::run::Cause;
use crate::domain::store::{
    Change, Decision, Done, Exported, Ground, Item, ItemKey, ItemKind, ItemOutcome, Match, Order,
    Page, Reach, Sink, Store, StoreError, StoreName, Subject,
};
use crate::seal::{Place, SealError};

/// The rule of a store: what becomes of a contact of this record, as of a day.
pub(super) type Propose = dyn Fn(&Contact, Record<'_>, Date) -> Decision + Send + Sync;

/// A store of contacts.
#[derive(Clone)]
pub(super) struct Contacts {
    pub(super) core: Core,
    pub(super) name: &'static str,
    /// Whose rows of the table are its own: `licence`, `trial`, `transaction`.
    pub(super) tables: &'static [&'static str],
    /// For contacts that are not blocked.
    pub(super) propose: Arc<Propose>,
    pub(super) count: fn(&mut Conn) -> Result<i64, DbError>,
}

/// What a contact is there for.
#[derive(Clone, Copy)]
pub(super) enum Record<'a> {
    Licence(&'a Licence),
    Sale(&'a Sale),
}

impl<'a> Record<'a> {
    /// What staff call it.
    pub(super) fn label(self) -> &'a str {
        match self {
            Record::Licence(licence) => [
                &licence.licence_number,
                &licence.entitlement_number,
                &licence.addon_licence_id,
                &licence.entitlement_id,
            ]
            .into_iter()
            .flatten()
            .next()
            .unwrap_or(&licence.addon_key),
            Record::Sale(sale) => &sale.line_item_id,
        }
    }

    /// The product, and the day on which it ends or was sold.
    fn note(self) -> String {
        let (name, key, day) = match self {
            Record::Licence(licence) => (&licence.addon_name, &licence.addon_key, licence.ends_on),
            Record::Sale(sale) => (&sale.addon_name, &sale.addon_key, Some(sale.sale_on)),
        };
        let product = name.as_ref().unwrap_or(key);
        day.map_or_else(|| product.clone(), |day| format!("{product}, {}", day.0))
    }

    /// The keys under which guards name it, as imports know it.
    fn keys(self) -> Vec<String> {
        match self {
            Record::Licence(licence) => licence.keys().prefixed().collect(),
            Record::Sale(sale) => vec![sale.line_item_id.clone()],
        }
    }

    fn fields(self) -> Fields {
        let mut fields = Fields::default();
        match self {
            Record::Licence(licence) => {
                fields.add("Licence number", licence.licence_number.as_ref());
                fields.add("Licence id", licence.addon_licence_id.as_ref());
                fields.add("Entitlement number", licence.entitlement_number.as_ref());
                fields.add("Entitlement id", licence.entitlement_id.as_ref());
                fields.add(
                    "App",
                    licence.addon_name.as_ref().or(Some(&licence.addon_key)),
                );
                fields.add("Hosting", Some(&licence.hosting));
                fields.add("Licence type", Some(&licence.licence_type));
                fields.add("Status", Some(&licence.status));
                fields.add("Tier", licence.tier.as_ref());
                fields.add("Start", licence.starts_on.map(|day| day.0));
                fields.add("End", licence.ends_on.map(|day| day.0));
                fields.add("Company", licence.company.as_ref());
                fields.add("Country", licence.country.as_ref());
                fields.add("Region", licence.region.as_ref());
                fields.add("Cloud id", licence.cloud_id.as_ref());
                fields.add("Site", licence.site.as_ref());
            }
            Record::Sale(sale) => {
                fields.add("Sale", Some(&sale.transaction_id));
                fields.add("Line", Some(&sale.line_item_id));
                fields.add("Licence id", sale.addon_licence_id.as_ref());
                fields.add("Entitlement number", sale.entitlement_number.as_ref());
                fields.add("Entitlement id", sale.entitlement_id.as_ref());
                fields.add("App", sale.addon_name.as_ref().or(Some(&sale.addon_key)));
                fields.add("Date of sale", Some(sale.sale_on.0));
                fields.add("Type of sale", sale.sale_type.as_ref());
                fields.add("Licence type", sale.licence_type.as_ref());
                fields.add("Hosting", sale.hosting.as_ref());
                fields.add("Tier", sale.tier.as_ref());
                fields.add("Billing period", sale.billing_period.as_ref());
                fields.add("Price in US dollars", sale.purchase_price.as_ref());
                fields.add("Company", sale.company.as_ref());
                fields.add("Country", sale.country.as_ref());
                fields.add("Region", sale.region.as_ref());
            }
        }
        fields
    }
}

/// The records behind some contacts.
struct Records {
    licences: HashMap<String, Licence>,
    sales: HashMap<String, Sale>,
}

impl Records {
    fn of(conn: &mut Conn, contacts: &[Contact]) -> Result<Records, DbError> {
        let (sales, licences): (Vec<&Contact>, Vec<&Contact>) = contacts
            .iter()
            .partition(|contact| kind(contact) == ItemKind::SaleContact);
        let ids = |contacts: Vec<&'_ Contact>| -> Vec<String> {
            contacts
                .into_iter()
                .map(|contact| contact.record_id.clone())
                .collect()
        };
        let (licences, sales) = (ids(licences), ids(sales));
        Ok(Records {
            licences: stores::licences(conn, &strs(&licences))?,
            sales: stores::sales(conn, &strs(&sales))?,
        })
    }

    /// A contact without its record is a row that an import left half: it has nothing to say but itself.
    fn behind(&self, contact: &Contact) -> Option<Record<'_>> {
        let licence = self.licences.get(&contact.record_id).map(Record::Licence);
        licence.or_else(|| self.sales.get(&contact.record_id).map(Record::Sale))
    }
}

fn strs(ids: &[String]) -> Vec<&str> {
    ids.iter().map(String::as_str).collect()
}

pub(super) fn kind(contact: &Contact) -> ItemKind {
    match contact.store.as_str() {
        "transaction" => ItemKind::SaleContact,
        "trial" => ItemKind::TrialContact,
        _ => ItemKind::LicenceContact,
    }
}

/// Whose contact each is.
fn whose(conn: &mut Conn, orders: &[Order]) -> Result<Vec<Vec<AddressDigest>>, DbError> {
    let keys: Vec<&str> = orders.iter().map(|order| order.key.0.as_str()).collect();
    let contacts: HashMap<String, Contact> = stores::contacts(conn, &keys)?
        .into_iter()
        .map(|contact| (contact.id.clone(), contact))
        .collect();
    let digest = |order: &Order| contacts.get(&order.key.0).and_then(Contact::digest);
    Ok(orders
        .iter()
        .map(|order| digest(order).into_iter().collect())
        .collect())
}

fn place(contact: &Contact) -> Place<'_> {
    Place {
        table: "contacts",
        id: &contact.id,
        column: "blocked",
    }
}

/// Whether nobody but the law needs it any more, so that it is taken out of sight.
fn blocks(ground: Ground) -> bool {
    matches!(
        ground,
        Ground::TaxLaw | Ground::LegalObligation | Ground::LegalClaims
    )
}

fn sealed_badly(error: SealError) -> StoreError {
    StoreError::NeedsPerson {
        cause: format!("a blocked contact cannot be read: {error}"),
        mend: "Restore the key file that was in use when it was blocked.".to_owned(),
    }
}

impl Contacts {
    /// What a contact says of the person, blocked or not.
    fn personal(&self, contact: &Contact) -> Result<Personal, StoreError> {
        match &contact.blocked {
            None => Ok(contact.personal.clone()),
            Some(sealed) => self
                .core
                .keys
                .open_stored_json(place(contact), sealed)
                .map_err(sealed_badly),
        }
    }

    fn item(&self, contact: &Contact, records: &Records) -> Result<Item, StoreError> {
        let record = records.behind(contact);
        let personal = self.personal(contact)?;
        let held = [
            ("name", personal.name.is_some()),
            ("email", personal.email.is_some()),
            ("phone", personal.phone.is_some()),
            ("address", personal.address().is_some()),
        ];
        Ok(Item {
            key: ItemKey(contact.id.clone()),
            kind: kind(contact),
            label: record
                .map_or(&*contact.role, |record| record.label())
                .to_owned(),
            note: record.map(Record::note).unwrap_or_default(),
            holds: held
                .into_iter()
                .filter(|(_, is_held)| *is_held)
                .map(|(field, _)| field.to_owned())
                .collect(),
            matched: Match::Sure,
            proposal: self.proposal(contact, record)?,
            within: Vec::new(),
        })
    }

    /// What was told to the person when it was blocked holds until its day.
    fn proposal(&self, contact: &Contact, record: Option<Record<'_>>) -> Result<Decision, DbError> {
        let today = self.core.today();
        Ok(match (contact.ground()?, record) {
            (Some(ground), _) => match contact.blocked_until.map(|day| day.0) {
                Some(until) if until < today => Decision::Erase,
                until => Decision::Keep(ground, until),
            },
            (None, Some(record)) => (self.propose)(contact, record, today),
            (None, None) => Decision::Erase,
        })
    }

    pub(super) fn work(
        &self,
        conn: &mut Conn,
        orders: &[Order],
        cause: Cause,
    ) -> Result<Vec<ItemOutcome>, DbError> {
        let keys: Vec<&str> = orders.iter().map(|order| order.key.0.as_str()).collect();
        let contacts = stores::contacts(conn, &keys)?;
        let records = Records::of(conn, &contacts)?;
        let by_id: HashMap<&str, &Contact> = contacts
            .iter()
            .map(|contact| (contact.id.as_str(), contact))
            .collect();
        let mut gone = Vec::new();
        let mut outcomes = Vec::with_capacity(orders.len());
        for order in orders {
            let outcome = match (by_id.get(order.key.0.as_str()), order.decision) {
                (None, _) => ItemOutcome::Erased,
                (Some(contact), Decision::Erase) => {
                    for key in records
                        .behind(contact)
                        .map(Record::keys)
                        .unwrap_or_default()
                    {
                        self.core.guard(
                            conn,
                            contact.digest().as_ref(),
                            &contact.store,
                            &key,
                            cause,
                        )?;
                    }
                    gone.push(contact.id.as_str());
                    ItemOutcome::Erased
                }
                (Some(contact), Decision::Keep(ground, until)) => {
                    if blocks(ground) && contact.blocked.is_none() {
                        let sealed = self
                            .core
                            .keys
                            .seal_stored_json(place(contact), &contact.personal)
                            .map_err(|error| DbError::Internal(error.to_string()))?;
                        stores::block_contact(conn, &contact.id, &sealed, ground, until)?;
                    }
                    ItemOutcome::Kept
                }
            };
            outcomes.push(outcome);
        }
        stores::delete_contacts(conn, &gone)?;
        Ok(outcomes)
    }

    fn correct(&self, conn: &mut Conn, id: &str, right: &Right) -> Result<ItemOutcome, DbError> {
        let contacts = stores::contacts(conn, &[id])?;
        let Some(contact) = contacts.first() else {
            return Ok(ItemOutcome::Erased);
        };
        // An issued invoice shows the name of its day, and what is blocked is not worked with.
        if kind(contact) == ItemKind::SaleContact || contact.blocked.is_some() {
            return Ok(ItemOutcome::Kept);
        }
        let records = Records::of(conn, &contacts)?;
        let record = records.behind(contact);
        let mut personal = contact.personal.clone();
        let wrong = value(&personal, record, right.field);
        if wrong == right.value {
            return Ok(ItemOutcome::Corrected);
        }
        let mut digest = contact.digest();
        let new = right.value.clone();
        match right.field {
            Field::Name => personal.name = new,
            Field::Phone => personal.phone = new,
            Field::Email => {
                personal.email = new;
                digest = right.email.as_ref().map(|email| self.core.digest(email));
            }
            Field::Address => {
                let Personal {
                    email, name, phone, ..
                } = personal;
                personal = Personal {
                    email,
                    name,
                    phone,
                    address1: new,
                    ..Personal::default()
                };
            }
            Field::Company => match record {
                Some(Record::Licence(licence)) => {
                    stores::correct_company(conn, &licence.id, new.as_deref())?
                }
                _ => return Ok(ItemOutcome::NeedsPerson),
            },
            Field::Other => return Ok(ItemOutcome::NeedsPerson),
        }
        stores::correct_contact(conn, &contact.id, &personal, digest.as_ref())?;
        if let (Some(wrong), Some(record)) = (wrong, record) {
            for key in record.keys() {
                self.core
                    .note_correction(conn, &contact.store, &key, right.field, &wrong)?;
            }
        }
        Ok(ItemOutcome::Corrected)
    }

    fn exported(
        &self,
        conn: &mut Conn,
        contact: &Contact,
        records: &Records,
    ) -> Result<Exported, StoreError> {
        let record = records.behind(contact);
        let personal = self.personal(contact)?;
        let mut fields = Fields::default();
        fields.add("Role", Some(&contact.role));
        fields.add("Name", personal.name.as_ref());
        fields.add("E-mail", personal.email.as_ref());
        fields.add("Phone", personal.phone.as_ref());
        fields.add("Address", personal.address1.as_ref());
        fields.add("Address, second line", personal.address2.as_ref());
        fields.add("Town", personal.city.as_ref());
        fields.add("State", personal.state.as_ref());
        fields.add("Postcode", personal.postcode.as_ref());
        fields.add("Held since", Some(self.core.date(contact.first_seen_at.0)));
        fields.add(
            "Replaced on",
            contact.replaced_at.map(|at| self.core.date(at.0)),
        );
        fields.add(
            "Blocked on the ground of",
            contact.ground()?.map(Ground::article),
        );
        fields.add("Blocked until", contact.blocked_until.map(|day| day.0));
        fields
            .0
            .extend(record.map(Record::fields).unwrap_or_default().0);
        Ok(Exported {
            kind: kind(contact).as_str(),
            label: record
                .map_or(&*contact.role, |record| record.label())
                .to_owned(),
            source: self
                .core
                .source(conn, "Atlassian Marketplace report", &contact.import_id)?,
            fields: fields.0,
        })
    }
}

/// What stands in a field that can be corrected.
fn value(personal: &Personal, record: Option<Record<'_>>, field: Field) -> Option<String> {
    match field {
        Field::Name => personal.name.clone(),
        Field::Email => personal.email.clone(),
        Field::Phone => personal.phone.clone(),
        Field::Address => personal.address(),
        Field::Company => match record? {
            Record::Licence(licence) => licence.company.clone(),
            Record::Sale(sale) => sale.company.clone(),
        },
        Field::Other => None,
    }
}

#[async_trait]
impl Store for Contacts {
    fn name(&self) -> StoreName {
        StoreName(self.name.to_owned())
    }

    fn is_ours(&self) -> bool {
        true
    }

    async fn probe(&self) -> Result<Reach, StoreError> {
        self.core.reach("licences", self.count).await
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
                walk(1, cursor.as_deref(), |_, after: After<'_>| {
                    let contacts = stores::contacts_of(conn, &digests, this.tables, after)?;
                    let records = Records::of(conn, &contacts)?;
                    let items = contacts
                        .iter()
                        .map(|contact| this.item(contact, &records))
                        .collect::<Result<_, _>>()?;
                    Ok((
                        items,
                        more(
                            after,
                            contacts.len(),
                            contacts.last().map(|contact| &*contact.id),
                        ),
                    ))
                })
            })
            .await
    }

    async fn export(
        &self,
        _: &Subject,
        items: &[ItemKey],
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        for some in items.chunks(super::PAGE) {
            let (this, some) = (self.clone(), some.to_vec());
            let exported: Vec<Exported> = self
                .core
                .db
                .read(move |conn| {
                    let keys: Vec<&str> = some.iter().map(|key| key.0.as_str()).collect();
                    let contacts = stores::contacts(conn, &keys)?;
                    let records = Records::of(conn, &contacts)?;
                    contacts
                        .iter()
                        .map(|contact| this.exported(conn, contact, &records))
                        .collect::<Result<_, StoreError>>()
                })
                .await?;
            for record in exported {
                sink.record(record)?;
            }
        }
        Ok(())
    }

    async fn values(&self, item: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        let (this, id) = (self.clone(), item.0.clone());
        self.core
            .db
            .read(move |conn| {
                let contacts = stores::contacts(conn, &[&id])?;
                let records = Records::of(conn, &contacts)?;
                let Some(contact) = contacts.first() else {
                    return Ok(Vec::new());
                };
                let personal = this.personal(contact)?;
                let record = records.behind(contact);
                let fields = Field::ALL.iter();
                Ok(fields
                    .filter_map(|field| Some((*field, value(&personal, record, *field)?)))
                    .collect())
            })
            .await
    }

    async fn rectify(&self, item: &ItemKey, change: &Change) -> Result<Done, StoreError> {
        let right = Arc::new(Right::of(change)?);
        let (this, id, written) = (self.clone(), item.0.clone(), right.clone());
        let outcome = self
            .core
            .db
            .write(move |conn| this.correct(conn, &id, &written))
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
        let step = Step {
            store: self.name,
            subject,
            orders,
            cause,
        };
        self.core
            .in_batches(step, whose, move |conn, _, orders| {
                this.work(conn, orders, cause)
            })
            .await
    }
}

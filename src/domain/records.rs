//! Records as an exporting system gives them: licences and transactions of the Marketplace, tickets of a help desk.
//! Plain data, checked when it was read; nothing here reads a file, decides or stores.
//!
//! `Debug` shows the name of a type and never its content: rows are personal data, and they end up in logs by accident.

use std::collections::BTreeMap;
use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{Timestamp, civil::Date};
use serde::{Serialize, Serializer};

use super::lifecycle::Happening;
use super::text::text_enum;

/// The ids under which a licence is known. Each may be missing: old rows have the first, newer ones the other two.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
pub struct Keys {
    /// The billing id, `5550001`.
    pub addon_license_id: Option<String>,
    /// A UUID.
    pub app_entitlement_id: Option<String>,
    /// The number shown to customers, `E-1B2-C3D-4E5-F6G`.
    pub app_entitlement_number: Option<String>,
}

impl Keys {
    /// Whether both name the same licence: one pair of ids of equal kind is equal, in any letter case.
    pub fn matches(&self, other: &Keys) -> bool {
        let pairs = self.by_kind().into_iter().zip(other.by_kind());
        pairs
            .into_iter()
            .any(|((_, ours), (_, theirs))| match (ours, theirs) {
                (Some(ours), Some(theirs)) => ours.eq_ignore_ascii_case(theirs),
                _ => false,
            })
    }

    /// Whether no id is known, so that the row cannot be found again.
    pub fn is_empty(&self) -> bool {
        self.by_kind().iter().all(|(_, id)| id.is_none())
    }

    /// The ids that are known, lower-cased and prefixed by their kind, so that an id of one kind never equals one of another.
    pub fn prefixed(&self) -> impl Iterator<Item = String> {
        let known = self
            .by_kind()
            .into_iter()
            .filter_map(|(kind, id)| Some((kind, id?)));
        known.map(|(kind, id)| format!("{kind}:{}", id.to_ascii_lowercase()))
    }

    fn by_kind(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("licence", self.addon_license_id.as_deref()),
            ("entitlement", self.app_entitlement_id.as_deref()),
            ("number", self.app_entitlement_number.as_deref()),
        ]
    }
}

/// One row of a licence report. Open sets (type, status, hosting) keep the text of the report, in its letter case.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct LicenceRow {
    /// At least one id is known.
    pub keys: Keys,
    /// The support entitlement number, `SEN-5550001`.
    pub licence_id: Option<String>,
    /// Billing id of the product the app runs in.
    pub host_licence_id: Option<String>,
    /// Entitlement of the product the app runs in.
    pub host_entitlement_id: Option<String>,
    /// Its number, as shown to customers.
    pub host_entitlement_number: Option<String>,
    /// The app.
    pub addon_key: String,
    /// Its name.
    pub addon_name: Option<String>,
    /// `Cloud`, `Data Center` or `Server`.
    pub hosting: String,
    /// `EVALUATION`, `COMMERCIAL`, `COMMUNITY`, …
    pub licence_type: Option<String>,
    /// `active`, `inactive` or `cancelled`.
    pub status: String,
    /// `25 Users`, `Unlimited Users`, `Evaluation`, …
    pub tier: Option<String>,
    /// First day of maintenance.
    pub maintenance_start_on: Option<Date>,
    /// Last day of maintenance; of a trial, its last day. Open-ended licences have none.
    pub maintenance_end_on: Option<Date>,
    /// First day of the trial: this row's own, or the one this licence was converted from.
    pub evaluation_start_on: Option<Date>,
    /// An id of the trial this licence was converted from; of which kind is not said.
    pub evaluation_licence: Option<String>,
    /// The licensed organisation; a sole trader's is a person's name.
    pub company: Option<String>,
    /// Country code.
    pub country: Option<String>,
    /// `EMEA`, `Americas`, `APAC`.
    pub region: Option<String>,
    /// The customer's site.
    pub cloud_id: Option<String>,
    /// Its host name, which can carry a person's name.
    pub cloud_site_hostname: Option<String>,
    /// The reseller.
    pub partner_name: Option<String>,
    /// At most one of each role.
    pub contacts: Vec<Contact>,
    /// The day of the last change at the source.
    pub last_updated_on: Option<Date>,
}

impl LicenceRow {
    /// Whether the row is a trial, whose end starts a shorter clock than that of a licence.
    pub fn is_trial(&self) -> bool {
        self.licence_type
            .as_deref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("EVALUATION"))
    }

    /// The first day: of the trial, or of maintenance.
    pub fn starts_on(&self) -> Option<Date> {
        if self.is_trial() {
            self.evaluation_start_on.or(self.maintenance_start_on)
        } else {
            self.maintenance_start_on
        }
    }
}

/// One line of the report of feedback, without what people wrote and who they are: an app was
/// uninstalled, switched off, or its subscription ended.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct FeedbackRow {
    /// The app.
    pub addon_key: String,
    /// What happened.
    #[serde(serialize_with = "happening")]
    pub what: Happening,
    /// On which day.
    pub on: Date,
    /// The licence, by any of its ids.
    pub keys: Keys,
    /// The host of the site, where the report names it.
    pub site: Option<String>,
}

fn happening<S: Serializer>(what: &Happening, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(what.as_str())
}

/// One line of a sale or refund: an accounting record (Art. 17(3)(b)). Amounts are decimals with two or more digits after the point.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TransactionRow {
    /// The key of the row.
    pub line_item_id: String,
    /// Shared by the lines of one sale and its refunds.
    pub transaction_id: Option<String>,
    /// The licence that was sold.
    pub keys: Keys,
    /// Its support entitlement number, `SEN-5550001`.
    pub licence_id: Option<String>,
    /// The app.
    pub addon_key: String,
    /// Its name.
    pub addon_name: Option<String>,
    /// The day from which tax law counts.
    pub sale_on: Date,
    /// `New`, `Renewal`, `Upgrade`, `Downgrade`, `Refund`.
    pub sale_type: Option<String>,
    /// `25 Users`, `Unlimited Users`, …
    pub tier: Option<String>,
    /// `COMMERCIAL`, `ACADEMIC`, …
    pub licence_type: Option<String>,
    /// `Cloud`, `Data Center` or `Server`.
    pub hosting: Option<String>,
    /// `Annual`, `Monthly`.
    pub billing_period: Option<String>,
    /// What the customer paid, negative for a refund; in US dollars.
    pub purchase_price: Option<String>,
    /// The vendor's share of it.
    pub vendor_amount: Option<String>,
    /// First day of the maintenance that was bought.
    pub maintenance_start_on: Option<Date>,
    /// Its last day.
    pub maintenance_end_on: Option<Date>,
    /// The buying organisation; a sole trader's is a person's name.
    pub company: Option<String>,
    /// Country code.
    pub country: Option<String>,
    /// `EMEA`, `Americas`, `APAC`.
    pub region: Option<String>,
    /// The reseller.
    pub partner_name: Option<String>,
    /// At most one of each role.
    pub contacts: Vec<Contact>,
    /// The day of the last change at the source.
    pub last_updated_on: Option<Date>,
}

/// A person named on a licence or transaction.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// What they are there for.
    pub role: ContactRole,
    /// Who they are.
    pub person: ContactPerson,
}

text_enum! {
    /// What a contact is there for.
    pub enum ContactRole {
        /// Of the customer.
        Technical = "technical",
        /// Of the customer.
        Billing = "billing",
        /// The reseller's contact.
        Partner = "partner",
    }
}

impl Serialize for ContactRole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A contact, unless the source has erased them already.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub enum ContactPerson {
    /// As the source holds them; at least one field is known.
    Known {
        /// As written; it parses as an `Email`.
        email: Option<String>,
        /// Full name, or a department's.
        name: Option<String>,
        /// As written.
        phone: Option<String>,
        /// Street.
        address1: Option<String>,
        /// Second line.
        address2: Option<String>,
        /// Town.
        city: Option<String>,
        /// State or province.
        state: Option<String>,
        /// As written.
        postcode: Option<String>,
    },
    /// The source says `RTBF`: it has erased this person, and a copy of ours has to follow.
    ErasedAtSource,
}

/// A ticket with its conversation.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TicketRow {
    /// The ticket's id in its own system.
    pub key: String,
    /// Empty if it has none.
    pub subject: String,
    /// As its system calls it.
    pub status: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was closed; an open ticket has none.
    pub closed_at: Option<Timestamp>,
    /// The app it is about.
    pub product: Option<String>,
    /// Whose ticket it is.
    pub requester: Person,
    /// The others who take part.
    pub participants: Vec<Participant>,
    /// In the order of the export.
    pub messages: Vec<Message>,
}

/// A person on a ticket; address or name is known.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// As written; it parses as an `Email`.
    pub email: Option<String>,
    /// Full name.
    pub name: Option<String>,
}

/// A person who takes part in a ticket.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Participant {
    /// `cc`, `assignee`, …: as the ticket's system calls it.
    pub role: String,
    /// Who it is.
    pub person: Person,
}

/// A message of a ticket.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Its id, unique within the ticket.
    pub key: String,
    /// Who wrote it.
    pub author: Person,
    /// When it was written.
    pub at: Timestamp,
    /// Seen by staff only.
    pub internal: bool,
    /// The text, as written.
    pub body: String,
    /// Mail headers, names as written.
    pub headers: BTreeMap<String, String>,
    /// The files that came with it.
    pub attachments: Vec<Attachment>,
}

/// A file of a message.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// As written.
    pub file_name: String,
    /// `text/plain`, …
    pub media_type: String,
    /// In bytes.
    pub size: u64,
    /// The bytes, where the export has them.
    #[serde(serialize_with = "base64")]
    pub content: Option<Vec<u8>>,
}

fn base64<S: Serializer>(content: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
    content
        .as_ref()
        .map(|bytes| STANDARD.encode(bytes))
        .serialize(serializer)
}

/// An e-mail address in the text of a ticket: a candidate for staff, not a match.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mention {
    /// Lower-cased.
    pub address: String,
    /// Where it stands.
    pub place: Place,
}

/// Where in a ticket an address stands.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the subject of the ticket.
    Subject,
    /// In the text of a message.
    Body {
        /// The message.
        message: String,
    },
    /// In a header of a message.
    Header {
        /// The message.
        message: String,
        /// The header's name, as written.
        name: String,
    },
    /// In the name of a file of a message.
    FileName {
        /// The message.
        message: String,
    },
}

macro_rules! debug_without_content {
    ($($record:ident)*) => {
        $(impl fmt::Debug for $record {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($record)).finish_non_exhaustive()
            }
        })*
    };
}

debug_without_content! {
    Keys LicenceRow FeedbackRow TransactionRow Contact ContactPerson TicketRow Person Participant Message Attachment Mention Place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(billing: Option<&str>, entitlement: Option<&str>, number: Option<&str>) -> Keys {
        Keys {
            addon_license_id: billing.map(str::to_owned),
            app_entitlement_id: entitlement.map(str::to_owned),
            app_entitlement_number: number.map(str::to_owned),
        }
    }

    #[test]
    fn one_equal_pair_of_a_kind_makes_the_same_licence() {
        let old = keys(Some("5550001"), Some("0b1f"), None);
        assert!(old.matches(&keys(Some("5550001"), None, None)));
        assert!(old.matches(&keys(None, Some("0B1F"), Some("E-1"))));
        assert!(old.matches(&keys(Some("other"), Some("0b1f"), None)));
        assert!(!old.matches(&keys(Some("0b1f"), Some("5550001"), None)));
    }

    #[test]
    fn ids_that_are_missing_on_both_sides_are_no_match() {
        assert!(!Keys::default().matches(&Keys::default()));
        assert!(Keys::default().is_empty());
    }

    #[test]
    fn prefixed_ids_of_different_kinds_differ() {
        let all: Vec<_> = keys(Some("A"), Some("A"), None).prefixed().collect();
        assert_eq!(all, ["licence:a", "entitlement:a"]);
    }

    #[test]
    fn debug_output_holds_no_personal_data() {
        let person = Person {
            email: Some("ilona@tandem.example".into()),
            name: None,
        };
        assert_eq!(format!("{person:?}"), "Person { .. }");
    }
}

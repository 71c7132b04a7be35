//! Request Tracker 5, over REST 2 and, where all is to go, a helper on its host.
//!
//! REST 2 empties the person's record and no more: whatever it changes, the history keeps as it was,
//! and messages, files and history it does not let go of at all. So there are two modes. "Record"
//! does that much, says honestly what stays, and asks a person for the rest with the commands to
//! type. "Full" has the helper (contrib/request-tracker) let go of tickets, messages and the record,
//! and take the texts out of other people's tickets; REST, which is somebody else's word, reads back.
//!
//! A ticket is the person's if nobody else has asked for it. Where others have, the person takes
//! part, and their messages and mentions are items of their own. Whatever is known of the person
//! only by the record (earlier addresses, the name, phone numbers) is looked for while it is there,
//! and remembered for an hour after that.

mod helper;
mod inventory;
mod outcome;
mod rest;
mod texts;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use self::helper::Helper;
use self::rest::{Rest, is, number, text};
use self::texts::Known;
use crate::clock::Clock;
use crate::config::stores::RequestTracker;
use crate::domain::request::Field;
use crate::domain::run::Cause;
use crate::domain::store::{
    Change, Done, Item, ItemKey, Leftover, Level, Order, Page, Reach, Sink, Store, StoreError,
    StoreName, Subject,
};

/// How long the texts of a record that went are remembered, for the read-back.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// People remembered at the most.
const PEOPLE: usize = 256;

/// Fields of a user that are emptied.
const FIELDS: [&str; 22] = [
    "EmailAddress",
    "RealName",
    "NickName",
    "Comments",
    "Signature",
    "FreeformContactInfo",
    "Organization",
    "Gecos",
    "Lang",
    "Timezone",
    "HomePhone",
    "WorkPhone",
    "MobilePhone",
    "PagerPhone",
    "Address1",
    "Address2",
    "City",
    "State",
    "Zip",
    "Country",
    "SMIMECertificate",
    "AuthToken",
];

/// Those of them that hold a phone number.
const PHONES: [&str; 4] = ["HomePhone", "WorkPhone", "MobilePhone", "PagerPhone"];

/// A Request Tracker.
pub(super) struct Tracker {
    name: StoreName,
    rest: Rest,
    helper: Option<Helper>,
    max_file: usize,
    search_names: bool,
    remembered: Mutex<HashMap<String, (Instant, Known)>>,
}

/// A user of Request Tracker who is the person, or may be.
struct Account {
    id: u64,
    /// As RT names it in references: only the number survives a rename.
    name: String,
    fields: Value,
    /// Whether it bears the address now, or did until we emptied it.
    is_sure: bool,
    /// What its history tells of earlier values.
    history: Vec<Value>,
}

impl Account {
    fn is_neutral(&self) -> bool {
        self.name == neutral(self.id) && text(&self.fields["EmailAddress"]).is_empty()
    }
}

/// The name of an emptied record.
fn neutral(user: u64) -> String {
    format!("erased-{user}")
}

/// A ticket as the list tells it.
struct Ticket {
    subject: String,
    status: String,
    created: String,
    requestors: BTreeSet<String>,
    others: BTreeSet<String>,
    creator: String,
}

impl Ticket {
    fn new(value: &Value) -> Ticket {
        let names = |role: &str| {
            let members = value[role].as_array().map_or(&[][..], Vec::as_slice);
            members.iter().map(|member| low(&member["id"])).collect()
        };
        let mut others: BTreeSet<String> = names("Cc");
        others.append(&mut names("AdminCc"));
        Ticket {
            subject: text(&value["Subject"]).to_owned(),
            status: text(&value["Status"]).to_owned(),
            created: text(&value["Created"]).chars().take(10).collect(),
            requestors: names("Requestor"),
            others,
            creator: low(&value["Creator"]["id"]),
        }
    }

    /// Whether nobody else asked for it.
    fn is_of(&self, names: &BTreeSet<String>) -> bool {
        if self.requestors.is_empty() {
            names.contains(&self.creator)
        } else {
            self.requestors.is_subset(names)
        }
    }

    fn has(&self, name: &str) -> bool {
        self.requestors.contains(name) || self.others.contains(name)
    }
}

fn low(value: &Value) -> String {
    match value {
        Value::String(name) => name.to_lowercase(),
        other => other.to_string(),
    }
}

/// A message the person wrote in somebody else's ticket.
struct Message {
    id: u64,
    ticket: u64,
    kind: String,
    created: String,
    is_sure: bool,
}

/// What there is of a person in tickets.
#[derive(Default)]
struct Survey {
    tickets: BTreeMap<u64, Ticket>,
    /// Those that are theirs, and whether that is sure.
    own: BTreeMap<u64, bool>,
    /// Those of others that they take part in, with the account, and whether that is sure.
    shared: BTreeMap<(u64, u64), bool>,
    messages: Vec<Message>,
    /// Tickets that were merged into others, as far as they came up.
    merged: BTreeMap<u64, u64>,
}

impl Tracker {
    /// One that is reached like this.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn new(
        name: StoreName,
        config: &RequestTracker,
        patience: Duration,
        clock: Clock,
    ) -> Result<Tracker, String> {
        let helper = config
            .helper
            .as_ref()
            .map(|helper| Helper::new(helper, patience, clock.clone()))
            .transpose()?;
        Ok(Tracker {
            name,
            rest: Rest::new(config, patience, clock)?,
            helper,
            max_file: config.max_file,
            search_names: config.search_names,
            remembered: Mutex::default(),
        })
    }

    /// The accounts that bear the address, as address or as name, also disabled ones; and those
    /// whose history says that they did.
    async fn accounts(&self, subject: &Subject) -> Result<Vec<Account>, StoreError> {
        let address = subject.address.as_str();
        let mut sure = BTreeSet::new();
        for field in ["EmailAddress", "Name"] {
            sure.extend(self.rest.users(field, address).await?);
        }
        let mut earlier = BTreeSet::new();
        for field in ["OldValue", "NewValue"] {
            let changed = [is("ObjectType", "=", "RT::User"), is(field, "=", address)];
            let found = self
                .rest
                .walk("transactions", &changed, &[("fields", "ObjectId,Field")])
                .await?;
            earlier.extend(
                found
                    .iter()
                    .filter(|entry| ["EmailAddress", "Name"].contains(&text(&entry["Field"])))
                    .filter_map(|entry| number(&entry["ObjectId"])),
            );
        }
        let mut accounts = Vec::new();
        for id in sure.union(&earlier) {
            if let Some(mut account) = self.account(*id).await? {
                account.is_sure = sure.contains(id) || account.is_neutral();
                accounts.push(account);
            }
        }
        Ok(accounts)
    }

    /// An account with its history.
    async fn account(&self, id: u64) -> Result<Option<Account>, StoreError> {
        let Some(fields) = self.rest.read(&format!("user/{id}")).await? else {
            return Ok(None);
        };
        let of_it = [is("ObjectType", "=", "RT::User"), is("ObjectId", "=", id)];
        let history = self
            .rest
            .walk(
                "transactions",
                &of_it,
                &[("fields", "Type,Field,OldValue,NewValue,Created")],
            )
            .await?;
        Ok(Some(Account {
            id,
            name: text(&fields["Name"]).to_owned(),
            fields,
            is_sure: false,
            history,
        }))
    }

    /// Every text by which the person is known: from the request, the records and their history,
    /// and what was remembered when a record went.
    async fn known(&self, subject: &Subject, accounts: &[Account]) -> Known {
        let mut known = asked(subject);
        for account in accounts.iter().filter(|account| account.is_sure) {
            let fields = &account.fields;
            known.address(text(&fields["EmailAddress"]));
            known.address(&account.name);
            known.name(text(&fields["RealName"]));
            for phone in PHONES {
                known.phone(text(&fields[phone]));
            }
            for entry in &account.history {
                for value in [text(&entry["OldValue"]), text(&entry["NewValue"])] {
                    match text(&entry["Field"]) {
                        "EmailAddress" | "Name" => known.address(value),
                        "RealName" => known.name(value),
                        field if PHONES.contains(&field) => known.phone(value),
                        _ => {}
                    }
                }
            }
        }
        let mut remembered = self.remembered.lock().await;
        remembered.retain(|_, (at, _)| at.elapsed() < REMEMBERED);
        if let Some((_, earlier)) = remembered.get(subject.address.normalised()) {
            known.and(earlier);
        }
        known
    }

    /// Remembers what is known, before the record goes that told of it.
    async fn remember(&self, subject: &Subject, known: &Known) {
        let mut remembered = self.remembered.lock().await;
        let address = subject.address.normalised().to_owned();
        if remembered.len() < PEOPLE || remembered.contains_key(&address) {
            remembered.insert(address, (Instant::now(), known.clone()));
        }
    }
}

/// What the request itself says.
fn asked(subject: &Subject) -> Known {
    let mut known = Known::default();
    known.address(subject.address.as_str());
    if let Some(name) = &subject.name {
        known.name(name);
    }
    known
}

/// What an item's key says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Ticket(u64),
    Participant {
        ticket: u64,
        user: u64,
    },
    Message(u64),
    Mention(u64),
    /// A row of a table that belongs to no ticket.
    Place(String, u64),
    History(u64),
    User(u64),
}

impl Key {
    fn parse(key: &ItemKey) -> Option<Key> {
        let (kind, rest) = key.0.split_once(':')?;
        Some(match kind {
            "ticket" => Key::Ticket(rest.parse().ok()?),
            "participant" => {
                let (ticket, user) = rest.split_once(':')?;
                Key::Participant {
                    ticket: ticket.parse().ok()?,
                    user: user.parse().ok()?,
                }
            }
            "transaction" => Key::Message(rest.parse().ok()?),
            "mention" => Key::Mention(rest.parse().ok()?),
            "place" => {
                let (table, id) = rest.split_once(':')?;
                let is_name = table.chars().all(|c| c.is_ascii_alphabetic());
                Key::Place(is_name.then(|| table.to_owned())?, id.parse().ok()?)
            }
            "history" => Key::History(rest.parse().ok()?),
            "user" => Key::User(rest.parse().ok()?),
            _ => return None,
        })
    }

    fn item(&self) -> ItemKey {
        ItemKey(match self {
            Key::Ticket(id) => format!("ticket:{id}"),
            Key::Participant { ticket, user } => format!("participant:{ticket}:{user}"),
            Key::Message(id) => format!("transaction:{id}"),
            Key::Mention(ticket) => format!("mention:{ticket}"),
            Key::Place(table, id) => format!("place:{table}:{id}"),
            Key::History(user) => format!("history:{user}"),
            Key::User(user) => format!("user:{user}"),
        })
    }
}

fn parse(key: &ItemKey) -> Result<Key, StoreError> {
    Key::parse(key).ok_or_else(|| StoreError::Bug("a key that is not ours".to_owned()))
}

#[async_trait]
impl Store for Tracker {
    fn name(&self) -> StoreName {
        self.name.clone()
    }

    fn batch(&self) -> usize {
        20
    }

    async fn probe(&self) -> Result<Reach, StoreError> {
        let version = self.rest.probe().await?;
        let mut reach = Reach {
            version: Some(format!("Request Tracker {version}")),
            level: Level::Record,
            leaves: vec![
                Leftover::History,
                Leftover::Messages,
                Leftover::Files,
                Leftover::Mentions,
            ],
            ..Reach::default()
        };
        if let Some(helper) = &self.helper {
            let can = helper.capabilities().await?;
            reach.level = Level::Full;
            reach.leaves.clear();
            // An index in a table of its own, and dumps of earlier removals by hand, hold words.
            if can.index || can.dumps > 0 {
                reach.leaves.push(Leftover::Messages);
            }
            if can.external || can.dumps > 0 {
                reach.leaves.push(Leftover::Files);
            }
        }
        Ok(reach)
    }

    async fn inventory(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        self.rest.rights().await?;
        if let Some(helper) = &self.helper {
            helper.capabilities().await?;
        }
        self.inventory_page(subject, after).await
    }

    async fn export(
        &self,
        _: &Subject,
        items: &[ItemKey],
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        self.rest.rights().await?;
        for key in items {
            self.export_one(&parse(key)?, sink).await?;
        }
        Ok(())
    }

    async fn values(&self, item: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        self.values_of(&parse(item)?).await
    }

    async fn rectify(&self, item: &ItemKey, change: &Change) -> Result<Done, StoreError> {
        self.rest.rights().await?;
        self.correct(&parse(item)?, change).await
    }

    async fn carry_out(
        &self,
        subject: &Subject,
        orders: &[Order],
        _: Cause,
    ) -> Result<Vec<Done>, StoreError> {
        self.rest.rights().await?;
        self.carry_out_all(subject, orders).await
    }

    async fn remains(&self, subject: &Subject, gone: &[Order]) -> Result<Vec<ItemKey>, StoreError> {
        self.rest.rights().await?;
        self.still_there(subject, gone).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        for key in [
            Key::Ticket(1),
            Key::Participant {
                ticket: 2,
                user: 29,
            },
            Key::Message(61),
            Key::Mention(9),
            Key::Place("Articles".to_owned(), 4),
            Key::History(29),
            Key::User(29),
        ] {
            assert_eq!(Key::parse(&key.item()), Some(key));
        }
        for none in ["", "ticket", "ticket:x", "user:29:1", "place:a b:1", "x:1"] {
            assert_eq!(Key::parse(&ItemKey(none.to_owned())), None, "{none}");
        }
    }
}

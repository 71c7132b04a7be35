//! Correcting, letting go, and looking whether it went.

use serde_json::{Map, Value, json};

use super::helper::{Deed, Helper};
use super::rest::{number, text};
use super::texts::Known;
use super::{Account, FIELDS, Key, Tracker, asked, neutral, parse};
use crate::domain::request::Field;
use crate::domain::store::{
    Change, Decision, Done, ItemKey, ItemOutcome, Order, StoreError, Subject,
};

/// What a person types on the host of Request Tracker. It writes no dump.
const SHRED: &str = "rt-shredder --force --no-sqldump --plugin";

/// What cannot be done by REST 2, and how a person does it.
fn by_hand(command: &str) -> Done {
    Done::because(
        ItemOutcome::NeedsPerson,
        format!("Request Tracker cannot let go of it by REST. On its host: {command}"),
    )
}

fn shred_ticket(id: u64) -> String {
    format!("{SHRED} \"Objects=Ticket,{id}\"")
}

fn shred_message(id: u64) -> String {
    format!("{SHRED} \"Objects=Transaction,{id}\"")
}

fn shred_user(id: u64) -> String {
    let name = neutral(id);
    format!("{SHRED} \"Users=status,any;name,{name};replace_relations,Nobody\"")
}

/// The field of a user behind a field of a request.
fn column(field: Field) -> Option<&'static str> {
    match field {
        Field::Name => Some("RealName"),
        Field::Email => Some("EmailAddress"),
        Field::Company => Some("Organization"),
        Field::Phone | Field::Address | Field::Other => None,
    }
}

impl Tracker {
    pub(super) async fn values_of(&self, key: &Key) -> Result<Vec<(Field, String)>, StoreError> {
        let Key::User(id) = key else {
            return Ok(Vec::new());
        };
        let Some(user) = self.rest.read(&format!("user/{id}")).await? else {
            return Ok(Vec::new());
        };
        let value = |field: Field| Some((field, text(&user[column(field)?]).to_owned()));
        Ok([Field::Name, Field::Email, Field::Company]
            .into_iter()
            .filter_map(value)
            .collect())
    }

    /// Corrects the record. RT says 200 to a value that it refuses too; what counts is what stands
    /// there afterwards. The old value stays in the history of the record.
    pub(super) async fn correct(&self, key: &Key, change: &Change) -> Result<Done, StoreError> {
        let (Key::User(id), Some(field)) = (key, column(change.field)) else {
            return Ok(ItemOutcome::NeedsPerson.into());
        };
        let path = format!("user/{id}");
        let Some((user, tag)) = self.rest.tagged(&path).await? else {
            let why = "The record is not there any more.";
            return Ok(Done::because(ItemOutcome::NeedsPerson, why));
        };
        let mut wanted = Map::new();
        wanted.insert(field.to_owned(), json!(change.new));
        let address = text(&user["EmailAddress"]);
        let name = text(&user["Name"]);
        // Of somebody who wrote by mail, the name is the address.
        if change.field == Field::Email && name.eq_ignore_ascii_case(address) {
            wanted.insert("Name".to_owned(), json!(change.new));
        }
        if differs(&user, &wanted).is_none() {
            return Ok(ItemOutcome::Corrected.into());
        }
        let wanted = Value::Object(wanted);
        let said = self.rest.write(&path, &wanted, tag.as_deref()).await?;
        let now = self.rest.read(&path).await?.unwrap_or_default();
        let empty = Map::new();
        match differs(&now, wanted.as_object().unwrap_or(&empty)) {
            None => Ok(ItemOutcome::Corrected.into()),
            Some(field) => Ok(Done::because(
                ItemOutcome::NeedsPerson,
                format!(
                    "Request Tracker did not take the new {field}{}.",
                    why(&said)
                ),
            )),
        }
    }

    pub(super) async fn carry_out_all(
        &self,
        subject: &Subject,
        orders: &[Order],
    ) -> Result<Vec<Done>, StoreError> {
        let accounts = self.accounts(subject).await?;
        let known = self.known(subject, &accounts).await;
        let mut done: Vec<Done> = Vec::new();
        for order in orders {
            let key = parse(&order.key)?;
            let outcome = match (&order.decision, &self.helper) {
                (Decision::Keep(..), _) => ItemOutcome::Kept.into(),
                (Decision::Erase, None) => self.by_rest(&key).await?,
                (Decision::Erase, Some(helper)) => {
                    let is_last = matches!(key, Key::User(_) | Key::History(_));
                    let failed = |done: &Done| done.outcome == ItemOutcome::Failed;
                    if is_last && done.iter().any(failed) {
                        let why = "The record goes last, and something before it did not go.";
                        Done::because(ItemOutcome::Failed, why)
                    } else {
                        self.by_helper(helper, &key, subject, &accounts, &known)
                            .await?
                    }
                }
            };
            done.push(outcome);
        }
        Ok(done)
    }

    /// What REST 2 can do: empty the record. For the rest, what to type; and what has been typed
    /// already is seen.
    async fn by_rest(&self, key: &Key) -> Result<Done, StoreError> {
        if !self.is_there(key, &Known::default()).await? && !matches!(key, Key::Mention(_)) {
            return Ok(ItemOutcome::Erased.into());
        }
        Ok(match key {
            Key::Ticket(id) => by_hand(&shred_ticket(*id)),
            Key::Message(id) => by_hand(&shred_message(*id)),
            Key::Mention(id) => match self.rest.read(&format!("ticket/{id}")).await? {
                None => ItemOutcome::Erased.into(),
                Some(_) => by_hand(&format!(
                    "rt-munge-attachments --tickets={id} --search='TEXT' \
                     --replacement='[removed]', once for each address, name and phone number of \
                     the person as TEXT. It leaves the subject, file names, other files and the \
                     history as they are: change the subject in Request Tracker, and remove such a \
                     file or entry of the history with {SHRED} \"Objects=Attachment,NUMBER\" or \
                     \"Objects=Transaction,NUMBER\""
                )),
            },
            Key::Place(table, id) => by_hand(&format!("look at row {id} of the table {table}.")),
            // Nothing says who it was once the record is empty, which comes last.
            Key::Participant { .. } => Done::because(
                ItemOutcome::Neutralised,
                "The part in the ticket stays, under a record that names nobody.",
            ),
            Key::History(id) => by_hand(&format!(
                "{}, after the tickets and once the record is empty",
                shred_user(*id)
            )),
            Key::User(id) => return self.neutralise(*id).await,
        })
    }

    /// Empties a record, gives it a name that is nobody's, and disables it.
    async fn neutralise(&self, id: u64) -> Result<Done, StoreError> {
        let path = format!("user/{id}");
        let Some((user, tag)) = self.rest.tagged(&path).await? else {
            return Ok(ItemOutcome::Erased.into());
        };
        if number(&user["Privileged"]) == Some(1) {
            return Ok(Done::because(
                ItemOutcome::NeedsPerson,
                "It is an account of staff in Request Tracker: take its rights there first.",
            ));
        }
        let custom = user["CustomFields"].as_array();
        let custom = custom.into_iter().flatten().filter(|field| holds(field));
        let custom: Map<String, Value> = custom
            .map(|field| (number(&field["id"]).unwrap_or(0).to_string(), json!([])))
            .collect();
        let mut wanted: Map<String, Value> = FIELDS
            .iter()
            .filter(|field| !text(&user[**field]).is_empty())
            .map(|field| ((*field).to_owned(), json!("")))
            .collect();
        if text(&user["Name"]) != neutral(id) {
            wanted.insert("Name".to_owned(), json!(neutral(id)));
        }
        if number(&user["Disabled"]) != Some(1) {
            wanted.insert("Disabled".to_owned(), json!(1));
        }
        if !custom.is_empty() {
            wanted.insert("CustomFields".to_owned(), Value::Object(custom));
        }
        let mut said = Vec::new();
        if !wanted.is_empty() {
            said = self
                .rest
                .write(&path, &Value::Object(wanted), tag.as_deref())
                .await?;
        }
        let now = self.rest.read(&path).await?.unwrap_or_default();
        Ok(match names(&now, id) {
            None => Done::because(
                ItemOutcome::Neutralised,
                "The record is empty. Its history keeps what stood in it.",
            ),
            Some(field) => Done::because(
                ItemOutcome::Failed,
                format!("Request Tracker did not empty {field}{}.", why(&said)),
            ),
        })
    }

    /// What the helper does. It is believed only when REST says the same.
    async fn by_helper(
        &self,
        helper: &Helper,
        key: &Key,
        subject: &Subject,
        accounts: &[Account],
        known: &Known,
    ) -> Result<Done, StoreError> {
        if !self.is_there(key, known).await? && !matches!(key, Key::Mention(_) | Key::User(_)) {
            return Ok(ItemOutcome::Erased.into());
        }
        let users: Vec<u64> = accounts.iter().map(|account| account.id).collect();
        let mut also = None;
        let asked = match key {
            Key::Ticket(id) => json!({"do": "erase_ticket", "ticket": id, "users": users}),
            Key::Message(id) => json!({"do": "erase_message", "transaction": id, "users": users}),
            Key::Participant { ticket, user } => {
                json!({"do": "leave", "ticket": ticket, "user": user})
            }
            Key::Mention(id) => {
                json!({"do": "munge", "ticket": id, "texts": known.texts()})
            }
            Key::Place(table, id) => {
                return Ok(Done::because(
                    ItemOutcome::NeedsPerson,
                    format!(
                        "Row {id} of the table {table} in Request Tracker names the person and \
                         belongs to no ticket. Change it there by hand."
                    ),
                ));
            }
            // They go with the record.
            Key::History(id) => json!({"do": "erase_user", "user": id}),
            Key::User(id) => {
                self.remember(subject, known).await;
                also = self.elsewhere(helper, *id, subject, known).await?;
                json!({"do": "erase_user", "user": id})
            }
        };
        match helper.deed(asked).await? {
            Deed::Refused(why) => {
                return Ok(Done::because(
                    ItemOutcome::NeedsPerson,
                    format!("The helper refuses: {why}."),
                ));
            }
            Deed::Done { left } if left > 0 => {
                return Ok(Done::because(
                    ItemOutcome::Failed,
                    format!("The helper left {left} places of it."),
                ));
            }
            Deed::Done { .. } => {}
        }
        if self.is_there(key, known).await? {
            return Ok(Done::because(
                ItemOutcome::Failed,
                "The helper says that it is gone, and Request Tracker still shows it.",
            ));
        }
        let gone = match key {
            Key::Mention(id) if self.rest.read(&format!("ticket/{id}")).await?.is_some() => {
                ItemOutcome::Neutralised
            }
            _ => ItemOutcome::Erased,
        };
        Ok(match also {
            None => gone.into(),
            // Nobody reads why something went; this is for somebody to look at.
            Some(also) => Done::because(
                ItemOutcome::NeedsPerson,
                format!(
                    "The record is gone. {also} Take it out there by hand, unless it was decided \
                     that it stays."
                ),
            ),
        })
    }

    /// What only the record tells of the person cannot be looked for once it is gone. So that is
    /// done now, and whatever still stands somewhere is told by its numbers.
    async fn elsewhere(
        &self,
        helper: &Helper,
        user: u64,
        subject: &Subject,
        known: &Known,
    ) -> Result<Option<String>, StoreError> {
        let lost = known.without(&asked(subject));
        if lost.texts().is_empty() {
            return Ok(None);
        }
        let places = helper.check(&lost, &[]).await?.places;
        let own = user.to_string();
        let others = places
            .iter()
            .filter(|place| place.user.as_deref() != Some(own.as_str()));
        let mut names: Vec<String> = others
            .map(|place| match &place.ticket {
                Some(ticket) => format!("ticket {ticket}"),
                None => format!("{} {}", place.table, place.id),
            })
            .collect();
        names.sort();
        names.dedup();
        let rest = names.len().saturating_sub(20);
        names.truncate(20);
        let more = if rest > 0 {
            format!(" and {rest} more")
        } else {
            String::new()
        };
        Ok((!names.is_empty()).then(|| {
            format!(
                "An earlier address, a name or a phone number still stands in {}{more}.",
                names.join(", ")
            )
        }))
    }

    /// Whether something of an item is there, by its key.
    async fn is_there(&self, key: &Key, known: &Known) -> Result<bool, StoreError> {
        let rest = &self.rest;
        Ok(match key {
            Key::Ticket(id) => rest.read(&format!("ticket/{id}")).await?.is_some(),
            Key::Message(id) => match self.entry(*id).await? {
                None => false,
                // The entry that opened somebody else's ticket stays, without what it said.
                Some(entry) if text(&entry["Type"]) == "Create" => {
                    !self.parts_of_message(*id).await?.is_empty()
                }
                Some(_) => true,
            },
            Key::Mention(ticket) => self
                .tells(*ticket, &known.patterns())
                .await?
                .unwrap_or(false),
            Key::Participant { ticket, user } => {
                let (Some(ticket), Some(user)) = (
                    rest.read(&format!("ticket/{ticket}")).await?,
                    rest.read(&format!("user/{user}")).await?,
                ) else {
                    return Ok(false);
                };
                super::Ticket::new(&ticket).has(&text(&user["Name"]).to_lowercase())
            }
            // Only the helper can see there.
            Key::Place(table, id) => match &self.helper {
                None => true,
                Some(helper) => {
                    let id = id.to_string();
                    let places = helper.check(known, &[]).await?.places;
                    places
                        .iter()
                        .any(|place| place.table == *table && place.id == id)
                }
            },
            Key::History(id) | Key::User(id) => rest.read(&format!("user/{id}")).await?.is_some(),
        })
    }

    pub(super) async fn still_there(
        &self,
        subject: &Subject,
        gone: &[Order],
    ) -> Result<Vec<ItemKey>, StoreError> {
        let accounts = self.accounts(subject).await?;
        let known = self.known(subject, &accounts).await;
        let mut there = Vec::new();
        // Nothing goes out of what is kept.
        for order in gone.iter().filter(|order| order.is_erasure()) {
            let key = parse(&order.key)?;
            let mut is_there = self.is_there(&key, &known).await?;
            // Without the helper a record is emptied, not gone, and whoever takes part is nobody.
            if is_there && self.helper.is_none() {
                let user = match key {
                    Key::User(user) | Key::Participant { user, .. } => Some(user),
                    _ => None,
                };
                if let Some(user) = user {
                    let now = self.rest.read(&format!("user/{user}")).await?;
                    is_there = now.is_some_and(|now| names(&now, user).is_some());
                }
            }
            if is_there {
                there.push(order.key.clone());
            }
        }
        Ok(there)
    }
}

/// A field that still says something of a user that was to be emptied.
fn names(user: &Value, id: u64) -> Option<&'static str> {
    let custom = user["CustomFields"].as_array();
    if text(&user["Name"]) != neutral(id) {
        Some("Name")
    } else if number(&user["Disabled"]) != Some(1) {
        Some("Disabled")
    } else if custom.into_iter().flatten().any(holds) {
        Some("the custom fields")
    } else {
        let is_full = |field: &&&str| !text(&user[**field]).is_empty();
        FIELDS.iter().find(is_full).copied()
    }
}

/// Whether a custom field has a value.
fn holds(field: &Value) -> bool {
    let values = field["values"].as_array();
    values.is_some_and(|values| !values.is_empty())
}

/// The first field that is not as it is wanted. Addresses differ in case only.
fn differs<'a>(user: &Value, wanted: &'a Map<String, Value>) -> Option<&'a str> {
    wanted
        .iter()
        .find(|(field, value)| text(&user[field.as_str()]) != text(value))
        .map(|(field, _)| field.as_str())
}

/// RT's reason in our words: its own may quote what was to be corrected.
fn why(said: &[String]) -> &'static str {
    let says = |what: &str| said.iter().any(|message| message.contains(what));
    if says("in use") {
        ": another account has it"
    } else if says("nvalid syntax") {
        ": it takes it for no address"
    } else if says("ermission") {
        ": the service account may not"
    } else {
        ""
    }
}

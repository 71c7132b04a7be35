//! Jira Service Management Cloud.
//!
//! Tickets that the person opened go whole, since only then their change log goes too. In tickets
//! of others the person's comments, files and part in them go, and mentions are cleared where staff
//! say so. The account itself only a person can delete. Nothing is searched, read back or written
//! before the rights of our account are known: what it may not see, Jira leaves out without a word.

mod adf;
mod api;
mod erase;
mod export;
mod find;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use self::adf::Person;
use self::api::{Api, Desk, Issue, User, Wrote, account, encoded, number, strange};
use crate::clock::Clock;
use crate::config::stores;
use crate::config::stores::OwnTickets;
use crate::connectors::believed::Believed;
use crate::connectors::peer::Peer;
use crate::domain::email::Email;
use crate::domain::request::Field;
use crate::domain::run::Cause;
use crate::domain::store::{
    Change, Done, Item, ItemKey, ItemKind, ItemOutcome, Leftover, Level, Match, Order, Page, Reach,
    Sink, Store, StoreError, StoreName, Subject,
};

/// Accounts with a hidden address that one search may bring, before a person looks at it.
const MOST_ACCOUNTS: usize = 40;

/// Tickets that can be named in a search so that it tells of them as they are.
const MOST_CURRENT: usize = 50;

/// Rights that we need in each project.
const RIGHTS: [&str; 7] = [
    "BROWSE_PROJECTS",
    "EDIT_ISSUES",
    "DELETE_ISSUES",
    "DELETE_ALL_COMMENTS",
    "EDIT_ALL_COMMENTS",
    "DELETE_ALL_ATTACHMENTS",
    // Without it Jira ignores the wish that nobody is told of a change.
    "ADMINISTER_PROJECTS",
];

/// A right that counts for the whole site: to look for users.
const SITE_RIGHT: &str = "USER_PICKER";

/// One site.
pub(super) struct Jira {
    name: StoreName,
    config: stores::Jira,
    api: Api,
    /// The service desks of our projects, if the rights in them are complete.
    known: Believed<Vec<Desk>>,
    /// Tickets that were changed here last, which searches may tell of as they were.
    changed: Mutex<VecDeque<u64>>,
    /// Held while something is written, so that writes to a ticket come one after the other.
    writing: tokio::sync::Mutex<()>,
}

/// An account that is, or may be, the person's.
#[derive(Clone, Debug)]
struct Account {
    user: User,
    matched: Match,
}

/// What an item is, as its key says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A ticket, and the account that opened it.
    Ticket(String, String),
    /// A comment: its ticket and its number.
    Comment(String, String),
    /// A file: its ticket and its number.
    File(String, String),
    /// A ticket, and the account that takes part in it.
    Participant(String, String),
    /// A ticket that names the person.
    Mention(String),
    /// A ticket whose change log names the person.
    History(String),
    /// An account.
    Account(String),
}

impl Place {
    fn key(&self) -> ItemKey {
        ItemKey(match self {
            Place::Ticket(ticket, account) => format!("ticket/{ticket}/{account}"),
            Place::Comment(ticket, id) => format!("comment/{ticket}/{id}"),
            Place::File(ticket, id) => format!("file/{ticket}/{id}"),
            Place::Participant(ticket, account) => format!("participant/{ticket}/{account}"),
            Place::Mention(ticket) => format!("mention/{ticket}"),
            Place::History(ticket) => format!("history/{ticket}"),
            Place::Account(account) => format!("account/{account}"),
        })
    }

    fn kind(&self) -> ItemKind {
        match self {
            Place::Ticket(..) => ItemKind::Ticket,
            Place::Comment(..) => ItemKind::TicketMessage,
            Place::File(..) => ItemKind::TicketFile,
            Place::Participant(..) => ItemKind::Participant,
            Place::Mention(_) => ItemKind::Mention,
            Place::History(_) => ItemKind::History,
            Place::Account(_) => ItemKind::Account,
        }
    }

    fn read(key: &ItemKey) -> Result<Place, StoreError> {
        let wrong = || StoreError::Bug("a key that is none of this store's".to_owned());
        let parts: Vec<&str> = key.0.split('/').collect();
        let id = |id: &str| number(id).map(|_| id.to_owned()).map_err(|_| wrong());
        let who = |id: &str| account(id).map(str::to_owned).map_err(|_| wrong());
        Ok(match parts[..] {
            ["ticket", ticket, account] => Place::Ticket(id(ticket)?, who(account)?),
            ["comment", ticket, comment] => Place::Comment(id(ticket)?, id(comment)?),
            ["file", ticket, file] => Place::File(id(ticket)?, id(file)?),
            ["participant", ticket, account] => Place::Participant(id(ticket)?, who(account)?),
            ["mention", ticket] => Place::Mention(id(ticket)?),
            ["history", ticket] => Place::History(id(ticket)?),
            ["account", account] => Place::Account(who(account)?),
            _ => return Err(wrong()),
        })
    }
}

impl Jira {
    pub(super) fn open(
        name: StoreName,
        config: &stores::Jira,
        patience: Duration,
        clock: Clock,
    ) -> Result<Jira, String> {
        let peer = Peer::new(config.site.clone(), patience, config.ca_file.as_deref())?;
        let api = Api::new(
            peer,
            config.account.as_str(),
            config.token.clone(),
            config.token_expires,
        );
        Ok(Jira {
            name,
            config: config.clone(),
            api,
            known: Believed::new(clock),
            changed: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        })
    }

    /// The rights that we need: what is missing for one kind of work is missing for all, so that
    /// nobody learns of it in the middle.
    fn rights(&self) -> Vec<&'static str> {
        let mut rights = RIGHTS.to_vec();
        if matches!(self.config.own_tickets, OwnTickets::Neutralise(_)) {
            rights.retain(|right| *right != "DELETE_ISSUES");
            rights.push("MODIFY_REPORTER");
        }
        rights
    }

    /// The service desks of our projects, once it is sure that our account has every right: asked
    /// anew, or believed for a minute.
    async fn allowed(&self, anew: bool) -> Result<Vec<Desk>, StoreError> {
        if anew {
            self.known.anew(self.ask_for_rights()).await
        } else {
            self.known.or_ask(self.ask_for_rights()).await
        }
    }

    async fn ask_for_rights(&self) -> Result<Vec<Desk>, StoreError> {
        #[derive(Deserialize)]
        struct Project {
            #[serde(rename = "projectTypeKey")]
            kind: String,
        }
        // A token that is not taken would make us nobody, and nobody has few rights.
        let _: User = self.api.must("rest/api/3/myself").await?;
        let listed: Vec<Desk> = self.list("rest/servicedeskapi/servicedesk").await?;
        let mut desks = Vec::new();
        for project in &self.config.projects {
            self.has_rights(project).await?;
            let path = format!("rest/api/3/project/{project}");
            let about: Option<Project> = self.api.get(&path).await?;
            let about = about.ok_or_else(|| missing_right("BROWSE_PROJECTS", project))?;
            if about.kind != "service_desk" {
                continue;
            }
            let Some(desk) = listed.iter().find(|desk| desk.project == *project) else {
                return Err(missing_right("SERVICEDESK_AGENT", project));
            };
            number(&desk.id)?;
            desks.push(desk.clone());
        }
        Ok(desks)
    }

    async fn has_rights(&self, project: &str) -> Result<(), StoreError> {
        #[derive(Deserialize)]
        struct Mine {
            permissions: serde_json::Map<String, Value>,
        }
        let rights = self.rights();
        let path = format!(
            "rest/api/3/mypermissions?projectKey={project}&permissions={},{SITE_RIGHT}",
            rights.join(",")
        );
        let mine: Option<Mine> = self.api.get(&path).await?;
        let mine = mine.ok_or_else(|| missing_right("BROWSE_PROJECTS", project))?;
        for right in rights.into_iter().chain([SITE_RIGHT]) {
            let has = mine.permissions.get(right);
            let has = has.and_then(|has| has.get("havePermission")?.as_bool());
            if has != Some(true) {
                return Err(missing_right(right, project));
            }
        }
        Ok(())
    }

    /// A list that is there for sure.
    async fn list<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, StoreError> {
        self.api.list(path).await?.ok_or_else(strange)
    }

    /// Customers of a desk whom the search by a text finds.
    async fn customers(&self, desk: &Desk, query: &str) -> Result<Vec<User>, StoreError> {
        let (id, query) = (&desk.id, encoded(query));
        self.list(&format!(
            "rest/servicedeskapi/servicedesk/{id}/customer?query={query}"
        ))
        .await
    }

    /// The accounts of the person: with exactly the address, or with one that is hidden from us.
    async fn accounts(&self, address: &Email, desks: &[Desk]) -> Result<Vec<Account>, StoreError> {
        let mut found: Vec<Account> = Vec::new();
        let mut users = self.api.users(address.as_str()).await?;
        for desk in desks {
            users.extend(self.customers(desk, address.as_str()).await?);
        }
        for user in users {
            account(&user.account_id)?;
            let shown = user.email_address.as_deref().unwrap_or_default().trim();
            let matched = if shown.is_empty() {
                Match::Candidate
            } else if shown.to_lowercase() == address.normalised() {
                Match::Sure
            } else {
                continue;
            };
            if user.is_former() {
                continue;
            }
            let known = found
                .iter_mut()
                .find(|known| known.user.account_id == user.account_id);
            match known {
                Some(known) if matched == Match::Sure => *known = Account { user, matched },
                Some(_) => {}
                None => found.push(Account { user, matched }),
            }
        }
        if found.len() > MOST_ACCOUNTS {
            return Err(StoreError::NeedsPerson {
                cause: format!(
                    "The search brings {} accounts whose address is hidden.",
                    found.len()
                ),
                mend: "Let the account of Lethe see addresses: a site administrator sets it under \
                       Products, Jira, User visibility."
                    .to_owned(),
            });
        }
        Ok(found)
    }

    /// What the person is known by in texts.
    async fn person(&self, subject: &Subject, desks: &[Desk]) -> Result<Person, StoreError> {
        let accounts = self.accounts(&subject.address, desks).await?;
        let sure: Vec<&User> = accounts
            .iter()
            .filter(|account| account.matched == Match::Sure)
            .map(|account| &account.user)
            .collect();
        Ok(self.known_by(subject, &sure))
    }

    fn known_by(&self, subject: &Subject, accounts: &[&User]) -> Person {
        let shown = accounts
            .iter()
            .filter_map(|user| user.display_name.as_deref());
        let ids = accounts.iter().map(|user| user.account_id.as_str());
        let names = subject.name.as_deref().into_iter().chain(shown);
        Person::new(subject.address.as_str(), names, ids)
    }

    /// The accounts that take part in a ticket; nobody in one that is no request.
    async fn participants(&self, ticket: &str) -> Result<Vec<User>, StoreError> {
        let path = format!("rest/servicedeskapi/request/{ticket}/participant");
        Ok(self.api.list(&path).await?.unwrap_or_default())
    }

    /// Whether a ticket is neutral: in the name of the account for that.
    fn is_neutral(&self, issue: &Issue) -> bool {
        match &self.config.own_tickets {
            OwnTickets::Delete => false,
            OwnTickets::Neutralise(neutral) => issue.account("reporter") == Some(neutral),
        }
    }

    /// Writes, one after the other.
    async fn write(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Wrote, StoreError> {
        let _turn = self.writing.lock().await;
        self.api.write(method, path, body).await
    }

    /// Remembers that searches may tell of a ticket as it was.
    fn has_changed(&self, ticket: &str) -> Result<(), StoreError> {
        let id = number(ticket)?;
        let mut changed = self.lock(&self.changed);
        changed.retain(|known| *known != id);
        changed.push_back(id);
        if changed.len() > MOST_CURRENT {
            changed.pop_front();
        }
        Ok(())
    }

    fn lock<'a, T>(&self, what: &'a Mutex<T>) -> std::sync::MutexGuard<'a, T> {
        what.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A field that a person can have corrected in their ticket, as it is now.
    async fn fields_of(&self, ticket: &str) -> Result<Option<Issue>, StoreError> {
        let fields: Vec<&str> = self.config.fields.values().map(String::as_str).collect();
        self.api.issue(ticket, &fields.join(",")).await
    }
}

fn missing_right(right: &str, project: &str) -> StoreError {
    StoreError::NeedsPerson {
        cause: format!("The account lacks the right {right} in the project {project}."),
        mend: format!(
            "Give it {right} in {project}, under Project settings, Permissions (USER_PICKER under \
             Global permissions, SERVICEDESK_AGENT by the role Service Desk Team)."
        ),
    }
}

#[async_trait]
impl Store for Jira {
    fn name(&self) -> StoreName {
        self.name.clone()
    }

    /// Few: what is done is noted soon, since Jira soon asks to be left alone.
    fn batch(&self) -> usize {
        20
    }

    async fn probe(&self) -> Result<Reach, StoreError> {
        #[derive(Deserialize)]
        struct Server {
            #[serde(default)]
            version: String,
        }
        self.allowed(true).await?;
        let server: Server = self.api.must("rest/api/3/serverInfo").await?;
        let version: String = server
            .version
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            .take(40)
            .collect();
        let until = self
            .config
            .token_expires
            .map_or(String::new(), |day| format!(", token until {day}"));
        Ok(Reach {
            version: Some(format!("Jira {version}{until}")),
            level: Level::Content,
            leaves: vec![Leftover::History, Leftover::Account],
            ..Reach::default()
        })
    }

    async fn inventory(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        self.found(subject, after).await
    }

    async fn export(
        &self,
        _: &Subject,
        items: &[ItemKey],
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        self.allowed(false).await?;
        for item in items {
            self.give_out(&Place::read(item)?, sink).await?;
        }
        Ok(())
    }

    async fn values(&self, item: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        self.allowed(false).await?;
        match Place::read(item)? {
            Place::Ticket(ticket, _) if !self.config.fields.is_empty() => {
                let Some(issue) = self.fields_of(&ticket).await? else {
                    return Ok(Vec::new());
                };
                let value = |(field, id): (&Field, &String)| (*field, issue.text(id));
                Ok(self.config.fields.iter().map(value).collect())
            }
            Place::Account(id) => {
                let Some(user) = self.api.user(&id).await? else {
                    return Ok(Vec::new());
                };
                let shown = [
                    (Field::Name, user.display_name),
                    (Field::Email, user.email_address),
                ];
                let shown = shown.into_iter();
                Ok(shown
                    .filter_map(|(field, value)| Some((field, value?)))
                    .collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    async fn rectify(&self, item: &ItemKey, change: &Change) -> Result<Done, StoreError> {
        self.allowed(false).await?;
        let field = self.config.fields.get(&change.field);
        match (Place::read(item)?, field) {
            (Place::Ticket(ticket, _), Some(field)) => {
                self.correct(&ticket, field, &change.new).await
            }
            // The name and the address of an account are its owner's: the note of the item says so.
            _ => Ok(ItemOutcome::NeedsPerson.into()),
        }
    }

    async fn carry_out(
        &self,
        subject: &Subject,
        orders: &[Order],
        _: Cause,
    ) -> Result<Vec<Done>, StoreError> {
        self.work(subject, orders).await
    }

    async fn remains(&self, subject: &Subject, gone: &[Order]) -> Result<Vec<ItemKey>, StoreError> {
        self.still_there(subject, gone).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written_and_nothing_else_is() {
        let (id, who) = ("10021".to_owned(), "qm:1-2:3".to_owned());
        for place in [
            Place::Ticket(id.clone(), who.clone()),
            Place::Comment(id.clone(), id.clone()),
            Place::File(id.clone(), id.clone()),
            Place::Participant(id.clone(), who.clone()),
            Place::Mention(id.clone()),
            Place::History(id),
            Place::Account(who),
        ] {
            assert_eq!(Place::read(&place.key()).unwrap(), place);
        }
        for key in [
            "",
            "ticket/1",
            "ticket/../x",
            "mention/a",
            "account/a/b",
            "issue/1",
        ] {
            assert!(Place::read(&ItemKey(key.to_owned())).is_err(), "{key}");
        }
    }
}

//! `[jira]`: a site of Jira Service Management Cloud.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::Reader;
use crate::domain::email::Email;
use crate::domain::request::Field;
use crate::http;

/// A site of Jira Service Management Cloud, and how it is worked in.
#[derive(Debug, Clone)]
pub struct Jira {
    /// The root of the site.
    pub site: Url,
    /// The address of the account that works for us.
    pub account: Email,
    /// Its API token.
    pub token: SecretString,
    /// The last day of the token, if it is known: shown to staff.
    pub token_expires: Option<Date>,
    /// The keys of the projects that are searched. There is nothing of ours in others.
    pub projects: Vec<String>,
    /// What becomes of tickets that the person opened.
    pub own_tickets: OwnTickets,
    /// What becomes of earlier values that the change log of somebody else's ticket tells.
    pub history: Earlier,
    /// What the field is called that holds who takes part in a request.
    pub participants_field: String,
    /// The fields of a ticket that hold something of whoever opened it.
    pub fields: BTreeMap<Field, String>,
    /// Tickets that one page asks for.
    pub page_size: u16,
    /// Files larger than this are named in a review, and not taken along. In bytes.
    pub largest_file: usize,
    /// A certificate authority that is trusted too.
    pub ca_file: Option<PathBuf>,
}

/// What becomes of tickets that the person opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnTickets {
    /// They go, with all comments, files and the change log.
    Delete,
    /// They stay without the person, in the name of this account. Their change log keeps all.
    Neutralise(String),
}

/// What becomes of earlier values in a change log, which goes only with its ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// It stays: it belongs to a ticket of somebody else.
    Keep,
    /// A person sees to it.
    Person,
}

/// The same as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    site: String,
    account: String,
    token_file: Option<PathBuf>,
    token_expires: Option<String>,
    projects: Vec<String>,
    #[serde(default = "default_own_tickets")]
    own_tickets: String,
    neutral_account: Option<String>,
    #[serde(default = "default_history")]
    history: String,
    #[serde(default = "default_participants_field")]
    participants_field: String,
    #[serde(default)]
    fields: BTreeMap<String, String>,
    #[serde(default = "default_page_size")]
    page_size: u16,
    #[serde(default = "default_largest_file_mib")]
    largest_file_mib: usize,
    ca_file: Option<PathBuf>,
}

fn default_own_tickets() -> String {
    "delete".to_owned()
}

fn default_history() -> String {
    "keep".to_owned()
}

fn default_participants_field() -> String {
    "Request participants".to_owned()
}

fn default_page_size() -> u16 {
    25
}

fn default_largest_file_mib() -> usize {
    50
}

impl Written {
    pub(super) fn finish(self, reader: &mut Reader<'_>) -> Option<Jira> {
        let site = Url::parse(&self.site).ok();
        let site = site
            .filter(|url| http::may_ask(url) && matches!(url.path(), "" | "/"))
            .filter(|url| url.query().is_none());
        if site.is_none() {
            let reason = "write the root of the site, such as https://northwind.atlassian.net";
            reader.wrong("jira.site", reason);
        }
        let account = Email::parse(&self.account)
            .map_err(|error| reader.wrong("jira.account", error))
            .ok();
        let token = reader.secret("token", self.token_file.as_deref());
        let token_expires = self.token_expires.as_deref().and_then(|day| {
            day.parse()
                .map_err(|_| reader.wrong("jira.token_expires", "write a day, such as 2027-10-01"))
                .ok()
        });
        if self.projects.is_empty() {
            reader.wrong("jira.projects", "name at least one project by its key");
        }
        if !self.projects.iter().all(|key| is_project(key)) {
            let reason = "write keys of projects, such as SUP: capital letters, digits and _";
            reader.wrong("jira.projects", reason);
        }
        let own_tickets = match (self.own_tickets.as_str(), self.neutral_account) {
            ("delete", None) => OwnTickets::Delete,
            ("neutralise", Some(id)) if is_account(&id) => OwnTickets::Neutralise(id),
            ("neutralise", _) => {
                let reason = "write the account id in whose name neutral tickets stay";
                reader.wrong("jira.neutral_account", reason);
                OwnTickets::Delete
            }
            ("delete", Some(_)) => {
                let reason = "only where own_tickets = \"neutralise\"";
                reader.wrong("jira.neutral_account", reason);
                OwnTickets::Delete
            }
            _ => {
                reader.wrong("jira.own_tickets", "write delete or neutralise");
                OwnTickets::Delete
            }
        };
        let history = match self.history.as_str() {
            "keep" => Earlier::Keep,
            "person" => Earlier::Person,
            _ => {
                reader.wrong("jira.history", "write keep or person");
                Earlier::Keep
            }
        };
        let mut fields = BTreeMap::new();
        for (field, id) in self.fields {
            match field.parse::<Field>() {
                Ok(field) if is_custom_field(&id) => {
                    fields.insert(field, id);
                }
                Ok(_) => {
                    let reason = format!("{field}: write the id of a field, customfield_10050");
                    reader.wrong("jira.fields", reason);
                }
                Err(_) => {
                    let known: Vec<&str> = Field::ALL.iter().map(|known| known.as_str()).collect();
                    let known = known.join(", ");
                    reader.wrong("jira.fields", format!("{field:?} is none of {known}"));
                }
            }
        }
        if self.participants_field.trim().is_empty() {
            let reason = "what the field is called on your site";
            reader.wrong("jira.participants_field", reason);
        }
        if !(1..=100).contains(&self.page_size) {
            reader.wrong("jira.page_size", "from 1 to 100");
        }
        if !(1..=1024).contains(&self.largest_file_mib) {
            reader.wrong("jira.largest_file_mib", "from 1 to 1024");
        }
        Some(Jira {
            site: site?,
            account: account?,
            token: token?,
            token_expires,
            projects: self.projects,
            own_tickets,
            history,
            participants_field: self.participants_field,
            fields,
            page_size: self.page_size,
            largest_file: self.largest_file_mib << 20,
            ca_file: self.ca_file.map(|path| reader.path(&path)),
        })
    }
}

fn is_project(key: &str) -> bool {
    (2..=32).contains(&key.len())
        && key.starts_with(|c: char| c.is_ascii_uppercase())
        && key
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn is_account(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_'))
}

fn is_custom_field(id: &str) -> bool {
    id.strip_prefix("customfield_")
        .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Connector, parse};
    use super::*;

    const HEAD: &str = "name = \"desk\"\ntitle = \"Help desk\"\ncategory = \"ticket\"\n[jira]\n";

    fn read(rest: &str) -> Result<Jira, Vec<String>> {
        let secret = |name: &str| (name == "LETHE_STORE_DESK_TOKEN").then(|| "hunter2".to_owned());
        let file = parse(&format!("{HEAD}{rest}"), Path::new("/nowhere"), &secret)?;
        match file.connector {
            Connector::Jira(jira) => Ok(jira),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_left_out_has_its_default_and_the_token_is_not_shown() {
        let jira = read(
            "site = \"https://northwind.atlassian.net\"\naccount = \"bot@northwind.example\"\n\
             projects = [\"SUP\"]\n",
        )
        .unwrap();
        assert_eq!(jira.own_tickets, OwnTickets::Delete);
        assert_eq!(jira.history, Earlier::Keep);
        assert_eq!((jira.page_size, jira.largest_file), (25, 50 << 20));
        assert!(!format!("{jira:?}").contains("hunter2"));
    }

    #[test]
    fn every_wrong_key_is_named() {
        let problems = read(
            "site = \"https://bot:pw@northwind.atlassian.net/jira\"\naccount = \"bot\"\n\
             token_expires = \"soon\"\nprojects = [\"sup\\\" OR 1\"]\nown_tickets = \"burn\"\n\
             history = \"burn\"\nparticipants_field = \"\"\npage_size = 0\n\
             largest_file_mib = 0\n[jira.fields]\nname = \"summary\"\nshoe = \"x\"\n",
        )
        .unwrap_err();
        for key in [
            "jira.site",
            "jira.account",
            "jira.token_expires",
            "jira.projects",
            "jira.own_tickets",
            "jira.history",
            "jira.participants_field",
            "jira.page_size",
            "jira.largest_file_mib",
            "jira.fields: name",
            "jira.fields: \"shoe\"",
        ] {
            let found = problems.iter().any(|problem| problem.contains(key));
            assert!(found, "{key}: {problems:?}");
        }
        assert!(!problems.iter().any(|problem| problem.contains("pw")));
        let http = read(
            "site = \"http://northwind.example\"\naccount = \"b@n.example\"\nprojects = [\"SUP\"]\n",
        );
        assert!(http.unwrap_err()[0].starts_with("jira.site"));
        let neutral = read(
            "site = \"https://n.example\"\naccount = \"b@n.example\"\nprojects = [\"SUP\"]\nown_tickets = \"neutralise\"\n",
        );
        assert!(neutral.unwrap_err()[0].starts_with("jira.neutral_account"));
    }
}

//! Reads the files that describe stores in other systems (`stores/*.toml`, docs/connectors.md).
//!
//! One file is one store: what it is called, how long we wait for it, and one table that says how it
//! is reached. Every problem of a file is found at once. Secrets stand in no file of ours: they come
//! from the environment, or from a file of their own.

mod jira;
mod manual;
mod request_tracker;
mod sql;
mod webhook;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

pub use self::jira::{Earlier, Jira, OwnTickets};
pub use self::manual::Manual;
pub use self::request_tracker::{RequestTracker, RtHelper};
pub use self::sql::{
    Account, Act, Engine, Erasure, FileColumn, Hop, Keep, Person, Place, Rule, Server, Sql, Table,
    TableRef, Tls, Until,
};
pub use self::webhook::Webhook;
use crate::domain::retention::{Category, Words};
use crate::domain::store::StoreName;

/// The names of the stores in our own database.
const OURS: [&str; 4] = ["licence", "trial", "ticket", "installation"];

/// A store in another system.
#[derive(Debug, Clone)]
pub struct StoreFile {
    /// Its name: stable, short, in the trail.
    pub name: StoreName,
    /// What people call it.
    pub title: Words,
    /// Which kind of data it holds: recipients of that kind are told of what went (Art. 19).
    pub category: Category,
    /// How long one question may take.
    pub timeout: Duration,
    /// How long one step may take, which may be many questions.
    pub step_timeout: Duration,
    /// Runs that may work in it at the same time.
    pub at_once: usize,
    /// Copies that it makes by itself and that no erasure reaches, as the operator tells them:
    /// dumps, full-text indices, spools. Shown to staff before, and to the person after.
    pub copies: Vec<Words>,
    /// How it is reached.
    pub connector: Connector,
}

impl StoreFile {
    /// What is said of a store that a person looks into, if it is one.
    pub fn manual(&self) -> Option<&Manual> {
        match &self.connector {
            Connector::Manual(manual) => Some(manual),
            Connector::Jira(_)
            | Connector::RequestTracker(_)
            | Connector::Sql(_)
            | Connector::Webhook(_) => None,
        }
    }
}

/// How a store in another system is reached.
#[derive(Debug, Clone)]
pub enum Connector {
    /// Jira Service Management Cloud, over its two APIs.
    Jira(Jira),
    /// By a person.
    Manual(Manual),
    /// Over REST 2 of Request Tracker 5.
    RequestTracker(RequestTracker),
    /// By the tables of its database.
    Sql(Sql),
    /// By signed calls to a program of the vendor's own.
    Webhook(Webhook),
}

/// A file of a store as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    title: WrittenWords,
    category: String,
    #[serde(default = "default_timeout")]
    timeout_seconds: u64,
    #[serde(default = "default_step_timeout")]
    step_timeout_seconds: u64,
    #[serde(default = "default_at_once")]
    at_once: usize,
    #[serde(default)]
    copies: Vec<WrittenWords>,
    jira: Option<jira::Written>,
    manual: Option<manual::Written>,
    request_tracker: Option<request_tracker::Written>,
    sql: Option<sql::Written>,
    webhook: Option<webhook::Written>,
}

fn default_timeout() -> u64 {
    30
}

fn default_step_timeout() -> u64 {
    600
}

fn default_at_once() -> usize {
    2
}

/// One text for all languages, or one for each.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenWords {
    One(String),
    Each { en: String, de: String },
}

impl From<WrittenWords> for Words {
    fn from(words: WrittenWords) -> Words {
        match words {
            WrittenWords::One(text) => Words {
                en: text.clone(),
                de: text,
            },
            WrittenWords::Each { en, de } => Words { en, de },
        }
    }
}

/// Where the parts of a file put what is wrong, and where they get their secrets.
pub(super) struct Reader<'a> {
    name: &'a str,
    folder: &'a Path,
    environment: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

impl Reader<'_> {
    /// Notes a problem with a key of the file, in words that say the mend.
    fn wrong(&mut self, key: &str, reason: impl fmt::Display) {
        self.problems.push(format!("{key}: {reason}"));
    }

    /// A path of the file, relative to it.
    fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// The secret `key`: from `LETHE_STORE_NAME_KEY` in the environment, which wins, or from `file`.
    fn secret(&mut self, key: &str, file: Option<&Path>) -> Option<SecretString> {
        let variable = format!("LETHE_STORE_{}_{key}", self.name)
            .to_uppercase()
            .replace('-', "_");
        if let Some(text) = (self.environment)(&variable) {
            return Some(text.into());
        }
        let Some(file) = file else {
            let reason = format!("missing; set {variable}, or name a file in {key}_file");
            self.wrong(key, reason);
            return None;
        };
        match fs::read_to_string(self.path(file)) {
            Ok(text) if !text.trim().is_empty() => Some(text.trim().into()),
            Ok(_) => {
                self.wrong(&format!("{key}_file"), "the file is empty");
                None
            }
            Err(error) => {
                self.wrong(&format!("{key}_file"), format!("cannot be read: {error}"));
                None
            }
        }
    }
}

/// Why stores cannot be reached as they are described.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct StoreErrors(pub Vec<String>);

/// Reads the files of all stores, in the order of the runs.
///
/// # Errors
/// [`StoreErrors`] with everything that is wrong, a line each with the file's name.
pub fn load(files: &[PathBuf]) -> Result<Vec<StoreFile>, StoreErrors> {
    let (mut stores, mut problems) = (Vec::<StoreFile>::new(), Vec::new());
    for file in files {
        let folder = file.parent().unwrap_or(Path::new(""));
        let read = fs::read_to_string(file)
            .map_err(|error| vec![format!("cannot be read: {error}")])
            .and_then(|text| parse(&text, folder, &|name| std::env::var(name).ok()));
        match read {
            Ok(store) if stores.iter().any(|known| known.name == store.name) => {
                let name = file.display();
                problems.push(format!("{name}: name: there are two stores {}", store.name));
            }
            Ok(store) => stores.push(store),
            Err(reasons) => {
                let named = |reason| format!("{}: {reason}", file.display());
                problems.extend(reasons.into_iter().map(named));
            }
        }
    }
    if problems.is_empty() {
        Ok(stores)
    } else {
        Err(StoreErrors(problems))
    }
}

/// Reads one file, whose paths are relative to `folder`.
///
/// # Errors
/// Everything that is wrong with it, each with its key.
pub fn parse(
    text: &str,
    folder: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<StoreFile, Vec<String>> {
    // Without the line itself, which may hold what should not stand there.
    let written: Written = toml::from_str(text).map_err(|error| {
        let line = error
            .span()
            .map(|span| text[..span.start].matches('\n').count() + 1);
        let line = line.map_or(String::new(), |line| format!("line {line}: "));
        vec![format!("{line}{}", error.message())]
    })?;
    let mut reader = Reader {
        name: &written.name,
        folder,
        environment,
        problems: Vec::new(),
    };
    let is_name = |name: &str| {
        (1..=32).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    if !is_name(&written.name) {
        let reason = "write a short one of a to z, 0 to 9 and -, such as crm";
        reader.wrong("name", reason);
    } else if OURS.contains(&written.name.as_str()) {
        let reason = format!("{} is a store that Lethe has; take another", written.name);
        reader.wrong("name", reason);
    }
    let category = written.category.parse().unwrap_or_else(|_| {
        let known: Vec<&str> = Category::ALL.iter().map(|known| known.as_str()).collect();
        reader.wrong("category", format!("write one of {}", known.join(", ")));
        Category::Outside
    });
    for (key, seconds) in [
        ("timeout_seconds", written.timeout_seconds),
        ("step_timeout_seconds", written.step_timeout_seconds),
    ] {
        if !(1..=3600).contains(&seconds) {
            reader.wrong(key, "from 1 to 3600");
        }
    }
    if !(1..=16).contains(&written.at_once) {
        reader.wrong("at_once", "from 1 to 16");
    }
    let mut connectors = Vec::new();
    if let Some(jira) = written.jira {
        connectors.push(jira.finish(&mut reader).map(Connector::Jira));
    }
    if let Some(manual) = written.manual {
        connectors.push(manual.finish(&mut reader).map(Connector::Manual));
    }
    if let Some(rt) = written.request_tracker {
        connectors.push(rt.finish(&mut reader).map(Connector::RequestTracker));
    }
    if let Some(sql) = written.sql {
        connectors.push(sql.finish(&mut reader).map(Connector::Sql));
    }
    if let Some(webhook) = written.webhook {
        connectors.push(webhook.finish(&mut reader).map(Connector::Webhook));
    }
    if connectors.len() != 1 {
        let reason = "write exactly one table that says how the store is reached: \
                      [jira], [manual], [request_tracker], [sql] or [webhook]";
        reader.problems.push(reason.to_owned());
    }
    let problems = reader.problems;
    match connectors.pop().flatten() {
        Some(connector) if problems.is_empty() => Ok(StoreFile {
            name: StoreName(written.name),
            title: written.title.into(),
            category,
            timeout: Duration::from_secs(written.timeout_seconds),
            step_timeout: Duration::from_secs(written.step_timeout_seconds),
            at_once: written.at_once,
            copies: written.copies.into_iter().map(Words::from).collect(),
            connector,
        }),
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<StoreFile, Vec<String>> {
        parse(text, Path::new("/nowhere"), &|_| None)
    }

    /// Every file that comes with Lethe.
    #[test]
    fn the_examples_are_stores() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stores");
        let mut seen = 0;
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            // Each connector's own, where it has a form; else anything.
            let secret = |name: &str| {
                Some(match name {
                    "LETHE_STORE_RT_TOKEN" => "1-27-0123456789abcdef".to_owned(),
                    _ => "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=".to_owned(),
                })
            };
            if let Err(problems) = parse(&text, &folder, &secret) {
                panic!("{}: {problems:?}", path.display());
            }
            seen += 1;
        }
        assert!(seen > 0);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let problems = read(
            r#"
            name = "Licence"
            title = "x"
            category = "people"
            timeout_seconds = 0
            at_once = 99
            "#,
        )
        .unwrap_err();
        for key in [
            "name",
            "category",
            "timeout_seconds",
            "at_once",
            "exactly one table",
        ] {
            assert!(
                problems.iter().any(|problem| problem.contains(key)),
                "{key}: {problems:?}"
            );
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_not_repeated() {
        let problems = read("name = \"crm\"\npassword = \"hunter2\"\n").unwrap_err();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("line 2: "), "{problems:?}");
        assert!(!problems[0].contains("hunter2"), "{problems:?}");
    }

    #[test]
    fn a_secret_comes_from_the_environment_or_from_its_file() {
        use secrecy::ExposeSecret as _;
        let environment =
            |name: &str| (name == "LETHE_STORE_OUR_CRM_TOKEN").then(|| "abc".to_owned());
        let mut reader = Reader {
            name: "our-crm",
            folder: Path::new("/nowhere"),
            environment: &environment,
            problems: Vec::new(),
        };
        assert_eq!(reader.secret("token", None).unwrap().expose_secret(), "abc");
        assert!(reader.secret("password", None).is_none());
        assert!(reader.secret("key", Some(Path::new("none"))).is_none());
        assert!(reader.problems[0].contains("LETHE_STORE_OUR_CRM_PASSWORD"));
        assert!(reader.problems[1].contains("key_file"));
    }
}

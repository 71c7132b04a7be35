//! `[sql]`: a database, and by which of its tables and columns the person is found in it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use super::Reader;
use crate::domain::request::Field;
use crate::domain::store::{Ground, ItemKind};

/// A database with its mapping.
#[derive(Debug, Clone)]
pub struct Sql {
    /// Where it is.
    pub place: Place,
    /// What is looked into, in the order in which it is erased: children before parents.
    pub tables: Vec<Table>,
    /// The largest file that is handed out, in bytes.
    pub file_limit: u64,
}

impl Sql {
    /// What speaks there.
    pub fn engine(&self) -> Engine {
        match &self.place {
            Place::File(_) => Engine::Sqlite,
            Place::Server(server) => server.engine,
        }
    }
}

/// Which database it is. Two that differ in what they are sent are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL.
    Postgresql,
    /// MariaDB or MySQL.
    Mariadb,
    /// A file of SQLite.
    Sqlite,
}

/// Where a database is.
#[derive(Debug, Clone)]
pub enum Place {
    /// In a file.
    File(PathBuf),
    /// At a server.
    Server(Box<Server>),
}

/// A server with its two accounts.
#[derive(Debug, Clone)]
pub struct Server {
    /// Which.
    pub engine: Engine,
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The database there.
    pub database: String,
    /// Who looks. It changes nothing.
    pub reader: Account,
    /// Who erases and corrects.
    pub eraser: Account,
    /// How the way there is guarded.
    pub tls: Tls,
}

/// An account of a database.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name.
    pub user: String,
    /// Its password.
    pub password: SecretString,
}

/// How the way to a server is guarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Not at all.
    Off,
    /// By a certificate that an authority of this machine has signed.
    System,
    /// By a certificate that the authority in this file has signed.
    Authority(PathBuf),
}

/// A table of the database, with its schema if one is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableRef {
    /// The schema; of MariaDB the database.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
}

impl std::fmt::Display for TableRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.table),
            None => f.write_str(&self.table),
        }
    }
}

impl TableRef {
    /// `schema.table`, or `table` alone.
    fn split(text: &str) -> TableRef {
        match text.split_once('.') {
            Some((schema, table)) => TableRef {
                schema: Some(schema.to_owned()),
                table: table.to_owned(),
            },
            None => TableRef {
                schema: None,
                table: text.to_owned(),
            },
        }
    }
}

/// What is looked into.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name in item keys: stable, and one of its kind.
    pub name: String,
    /// Where the rows are.
    pub table: TableRef,
    /// What a row is.
    pub kind: ItemKind,
    /// The column that names a row, and no person.
    pub key: String,
    /// What staff call a row.
    pub label: Vec<String>,
    /// One line more.
    pub note: Vec<String>,
    /// The steps to the table in which the person stands; none if it is this one.
    pub path: Vec<Hop>,
    /// Where the person stands, at the end of the path.
    pub person: Vec<Person>,
    /// Only rows that have these values.
    pub only: Vec<(String, String)>,
    /// What is handed out.
    pub export: Vec<String>,
    /// What can be corrected, and where it stands.
    pub correct: Vec<(Field, String)>,
    /// What an erasure does.
    pub erase: Option<Erasure>,
    /// What the law keeps.
    pub keep: Option<Keep>,
    /// A file in each row.
    pub file: Option<FileColumn>,
}

/// A step from a row to one of another table.
#[derive(Debug, Clone)]
pub struct Hop {
    /// The column here.
    pub column: String,
    /// The other table.
    pub table: TableRef,
    /// The column there.
    pub key: String,
    /// Only rows there that have these values.
    pub only: Vec<(String, String)>,
}

/// A column in which the person stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Which.
    pub column: String,
    /// How it is compared with the address.
    pub rule: Rule,
}

/// How a column is compared with the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Letter by letter the same.
    Equal,
    /// The same but for case.
    Lower,
    /// The address is somewhere in it. Nobody can be sure of that.
    Contains,
}

/// What an erasure does with a row.
#[derive(Debug, Clone)]
pub enum Erasure {
    /// The row goes.
    Delete,
    /// The row stays, and these columns lose the person.
    Columns(Vec<(String, Act)>),
}

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It is emptied.
    Null,
    /// It says this.
    Text(String),
    /// It says `erased-`, sixteen random digits, and this.
    Random(String),
    /// The address is cut out of its text.
    Redact,
}

/// What the law keeps of a row.
#[derive(Debug, Clone)]
pub struct Keep {
    /// The ground.
    pub ground: Ground,
    /// Until when, or for good.
    pub until: Option<Until>,
    /// What goes all the same.
    pub meanwhile: Vec<(String, Act)>,
}

/// A day that a row tells.
#[derive(Debug, Clone)]
pub struct Until {
    /// The column with the day from which is counted.
    pub column: String,
    /// Years after it.
    pub years: u8,
    /// Days after that.
    pub days: u16,
    /// Whether the years count from the end of its year, as tax law does.
    pub end_of_year: bool,
}

/// A file in a row.
#[derive(Debug, Clone)]
pub struct FileColumn {
    /// The column with its bytes.
    pub column: String,
    /// The column with its name.
    pub name: Option<String>,
}

/// The same as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    engine: String,
    path: Option<PathBuf>,
    host: Option<String>,
    port: Option<u16>,
    database: Option<String>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    erase_user: Option<String>,
    erase_password_file: Option<PathBuf>,
    tls: Option<String>,
    ca_file: Option<PathBuf>,
    #[serde(default = "default_file_limit")]
    file_limit_mb: u64,
    tables: Vec<WrittenTable>,
}

fn default_file_limit() -> u64 {
    25
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTable {
    name: String,
    schema: Option<String>,
    table: Option<String>,
    #[serde(default = "default_kind")]
    kind: String,
    key: String,
    #[serde(default)]
    label: Vec<String>,
    #[serde(default)]
    note: Vec<String>,
    #[serde(default)]
    via: Vec<WrittenHop>,
    #[serde(default)]
    person: Vec<WrittenPerson>,
    #[serde(default, rename = "where")]
    only: BTreeMap<String, Constant>,
    #[serde(default)]
    export: Vec<String>,
    #[serde(default)]
    correct: BTreeMap<String, String>,
    erase: Option<WrittenErasure>,
    keep: Option<WrittenKeep>,
    file: Option<WrittenFile>,
}

fn default_kind() -> String {
    ItemKind::Record.as_str().to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHop {
    column: String,
    table: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPerson {
    column: String,
    #[serde(rename = "match")]
    rule: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Constant {
    Text(String),
    Number(i64),
    Truth(bool),
}

impl From<Constant> for String {
    fn from(constant: Constant) -> String {
        match constant {
            Constant::Text(text) => text,
            Constant::Number(number) => number.to_string(),
            Constant::Truth(truth) => truth.to_string(),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenErasure {
    Whole(String),
    Columns(BTreeMap<String, WrittenAct>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenAct {
    Word(String),
    Text { text: String },
    Random { random: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKeep {
    ground: String,
    until_column: Option<String>,
    #[serde(default)]
    years: u8,
    #[serde(default)]
    days: u16,
    #[serde(default)]
    end_of_year: bool,
    #[serde(default)]
    meanwhile: BTreeMap<String, WrittenAct>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    column: String,
    name: Option<String>,
}

impl Written {
    pub(super) fn finish(mut self, reader: &mut Reader<'_>) -> Option<Sql> {
        let tables = std::mem::take(&mut self.tables);
        let limit = self.file_limit_mb;
        if !(1..=500).contains(&limit) {
            reader.wrong("sql.file_limit_mb", "from 1 to 500");
        }
        let place = self.place(reader);
        let tables = in_order(resolve(finish_tables(tables, reader), reader), reader);
        Some(Sql {
            place: place?,
            tables,
            file_limit: limit << 20,
        })
    }

    fn place(self, reader: &mut Reader<'_>) -> Option<Place> {
        let (engine, port) = match self.engine.as_str() {
            "postgresql" => (Engine::Postgresql, 5432),
            "mariadb" | "mysql" => (Engine::Mariadb, 3306),
            "sqlite" => {
                let of_servers = [
                    ("host", self.host.is_some()),
                    ("port", self.port.is_some()),
                    ("database", self.database.is_some()),
                    ("user", self.user.is_some()),
                    ("password_file", self.password_file.is_some()),
                    ("erase_user", self.erase_user.is_some()),
                    ("erase_password_file", self.erase_password_file.is_some()),
                    ("tls", self.tls.is_some()),
                    ("ca_file", self.ca_file.is_some()),
                ];
                for (key, _) in of_servers.iter().filter(|(_, written)| *written) {
                    reader.wrong(&format!("sql.{key}"), "SQLite has none; leave it out");
                }
                let Some(path) = self.path else {
                    reader.wrong("sql.path", "missing; write the file of the database");
                    return None;
                };
                return Some(Place::File(reader.path(&path)));
            }
            _ => {
                reader.wrong(
                    "sql.engine",
                    "write one of postgresql, mariadb, mysql, sqlite",
                );
                return None;
            }
        };
        if self.path.is_some() {
            reader.wrong("sql.path", "only SQLite has one; leave it out");
        }
        let mut needed = |key: &str, value: Option<String>| {
            let value = value.filter(|value| !value.trim().is_empty());
            if value.is_none() {
                reader.wrong(&format!("sql.{key}"), "missing");
            }
            value
        };
        let host = needed("host", self.host);
        let database = needed("database", self.database);
        let user = needed("user", self.user);
        let erase_user = needed("erase_user", self.erase_user);
        if user.is_some() && user == erase_user {
            reader.wrong(
                "sql.erase_user",
                "who looks and who erases are two accounts, so that looking changes nothing",
            );
        }
        let loopback = host.as_deref().is_some_and(|host| {
            host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        });
        let tls = match (self.tls.as_deref(), self.ca_file) {
            (None, Some(file)) => {
                let file = reader.path(&file);
                if let Err(error) = std::fs::metadata(&file) {
                    reader.wrong("sql.ca_file", format!("cannot be read: {error}"));
                }
                Tls::Authority(file)
            }
            (Some("system"), None) => Tls::System,
            (Some("off"), None) => Tls::Off,
            (None, None) if loopback => Tls::Off,
            (None, None) => {
                let reason = "the host is another machine: name the authority of its certificate \
                              in ca_file, or write tls = \"system\" if an authority of this \
                              machine has signed it, or tls = \"off\" if the way is guarded otherwise";
                reader.wrong("sql.tls", reason);
                Tls::Off
            }
            (Some("system" | "off"), Some(_)) => {
                reader.wrong("sql.tls", "write it or ca_file, not both");
                Tls::Off
            }
            (Some(_), _) => {
                reader.wrong("sql.tls", "write system or off, or name a ca_file");
                Tls::Off
            }
        };
        let password = reader.secret("password", self.password_file.as_deref());
        let erase_password = reader.secret("erase_password", self.erase_password_file.as_deref());
        Some(Place::Server(Box::new(Server {
            engine,
            host: host?,
            port: self.port.unwrap_or(port),
            database: database?,
            reader: Account {
                user: user?,
                password: password?,
            },
            eraser: Account {
                user: erase_user?,
                password: erase_password?,
            },
            tls,
        })))
    }
}

/// Each table by itself; its path still names other tables of the file.
fn finish_tables(written: Vec<WrittenTable>, reader: &mut Reader<'_>) -> Vec<Table> {
    if written.is_empty() {
        reader.wrong("sql.tables", "write at least one [[sql.tables]]");
    }
    let mut names = BTreeSet::new();
    let mut tables = Vec::new();
    for table in written {
        if !names.insert(table.name.clone()) {
            let reason = "there are two of this name; give one of them another and write table";
            reader.wrong(&format!("sql.tables {}", table.name), reason);
        }
        tables.push(table.finish(reader));
    }
    tables
}

impl WrittenTable {
    fn finish(self, reader: &mut Reader<'_>) -> Table {
        let place = format!("sql.tables {}", self.name);
        let mut wrong =
            |key: &str, reason: &str| reader.wrong(&format!("{place}, {key}"), reason.to_owned());
        if self.name.is_empty() || self.name.len() > 100 || self.name.contains(char::is_control) {
            wrong("name", "write one of 1 to 100 letters");
        }
        let mut table = match self.table {
            Some(table) => TableRef {
                schema: None,
                table,
            },
            None => TableRef::split(&self.name),
        };
        if self.schema.is_some() {
            table.schema = self.schema;
        }
        let kind = match self.kind.parse() {
            Ok(ItemKind::Manual) | Err(_) => {
                let known: Vec<&str> = ItemKind::ALL
                    .iter()
                    .filter(|kind| **kind != ItemKind::Manual)
                    .map(|kind| kind.as_str())
                    .collect();
                wrong("kind", &format!("write one of {}", known.join(", ")));
                ItemKind::Record
            }
            Ok(kind) => kind,
        };
        let mut person = Vec::new();
        for WrittenPerson { column, rule } in self.person {
            let rule = match rule.as_str() {
                "equal" => Rule::Equal,
                "lower" => Rule::Lower,
                "contains" => Rule::Contains,
                _ => {
                    wrong(
                        "person",
                        "match is one of equal, lower (the same but for case), contains",
                    );
                    continue;
                }
            };
            person.push(Person { column, rule });
        }
        let own = |column: &str| self.via.is_empty() && person.iter().any(|p| p.column == column);
        if own(&self.key) {
            wrong(
                "key",
                "it would carry the person's address into item keys and logs; take a column that names nobody",
            );
        }
        let mut correct = Vec::new();
        for (field, column) in self.correct {
            match field.parse::<Field>() {
                Ok(field) => correct.push((field, column)),
                Err(_) => {
                    let known: Vec<&str> = Field::ALL.iter().map(|known| known.as_str()).collect();
                    wrong(
                        "correct",
                        &format!("{field:?} is none of {}", known.join(", ")),
                    );
                }
            }
        }
        let redactable: Vec<String> = person
            .iter()
            .filter(|p| self.via.is_empty() && p.rule == Rule::Contains)
            .map(|p| p.column.clone())
            .collect();
        let erase = match self.erase {
            None => None,
            Some(WrittenErasure::Whole(word)) if word == "delete" => Some(Erasure::Delete),
            Some(WrittenErasure::Whole(_)) => {
                wrong("erase", "write \"delete\", or a line for each column");
                None
            }
            Some(WrittenErasure::Columns(columns)) => {
                let acts = acts(columns, &redactable, "erase", &mut wrong);
                for Person { column, .. } in person.iter().filter(|_| self.via.is_empty()) {
                    if !acts.iter().any(|(named, _)| named == column) {
                        let reason = format!(
                            "the row stays and would be found again by its {column}: say what becomes of that column"
                        );
                        wrong("erase", &reason);
                    }
                }
                if acts.is_empty() {
                    wrong("erase", "it names no column");
                }
                if acts.iter().any(|(column, _)| *column == self.key) {
                    wrong("erase", "the key column stays: the row is looked up by it");
                }
                Some(Erasure::Columns(acts))
            }
        };
        let keep = self.keep.map(|keep| {
            let ground = match keep.ground.parse() {
                Ok(
                    ground @ (Ground::ActiveContract
                    | Ground::TaxLaw
                    | Ground::LegalObligation
                    | Ground::LegalClaims),
                ) => ground,
                _ => {
                    wrong(
                        "keep.ground",
                        "write one of active_contract, tax_law, legal_obligation, legal_claims",
                    );
                    Ground::LegalObligation
                }
            };
            if keep.until_column.is_none() && (keep.years > 0 || keep.days > 0 || keep.end_of_year)
            {
                wrong(
                    "keep.until_column",
                    "missing; name the column with the day from which is counted",
                );
            }
            let meanwhile = acts(keep.meanwhile, &redactable, "keep.meanwhile", &mut wrong);
            if ground == Ground::LegalClaims && !meanwhile.is_empty() {
                wrong(
                    "keep.meanwhile",
                    "what is kept for legal claims stays as it is",
                );
            }
            let (years, days, end_of_year) = (keep.years, keep.days, keep.end_of_year);
            Keep {
                ground,
                until: keep.until_column.map(|column| Until {
                    column,
                    years,
                    days,
                    end_of_year,
                }),
                meanwhile,
            }
        });
        if erase.is_none() && keep.is_none() {
            wrong(
                "erase",
                "missing; say what an erasure does, or what is kept in keep",
            );
        }
        let mut export = self.export;
        let file = self.file.map(|file| FileColumn {
            column: file.column,
            name: file.name,
        });
        if let Some(file) = &file {
            export.retain(|column| *column != file.column);
        }
        Table {
            name: self.name,
            table,
            kind,
            key: self.key,
            label: self.label,
            note: self.note,
            path: self
                .via
                .into_iter()
                .map(|hop| Hop {
                    column: hop.column,
                    table: TableRef::split(&hop.table),
                    key: hop.key,
                    only: Vec::new(),
                })
                .collect(),
            person,
            only: self
                .only
                .into_iter()
                .map(|(column, value)| (column, value.into()))
                .collect(),
            export,
            correct,
            erase,
            keep,
            file,
        }
    }
}

fn acts(
    written: BTreeMap<String, WrittenAct>,
    redactable: &[String],
    key: &str,
    wrong: &mut impl FnMut(&str, &str),
) -> Vec<(String, Act)> {
    let mut acts = Vec::new();
    for (column, act) in written {
        let act = match act {
            WrittenAct::Text { text } => Act::Text(text),
            WrittenAct::Random { random } => Act::Random(random),
            WrittenAct::Word(word) => match word.as_str() {
                "null" => Act::Null,
                "random" => Act::Random(String::new()),
                "redact" if redactable.contains(&column) => Act::Redact,
                "redact" => {
                    let reason = format!(
                        "{column} can be redacted only if the person is looked for in it, by match = \"contains\""
                    );
                    wrong(key, &reason);
                    continue;
                }
                _ => {
                    let reason = format!(
                        "{column}: write \"null\", \"random\", \"redact\" or {{ text = \"…\" }}"
                    );
                    wrong(key, &reason);
                    continue;
                }
            },
        };
        acts.push((column, act));
    }
    acts
}

/// Leads every path to the table in which the person stands, through the paths of the tables that it
/// names.
fn resolve(tables: Vec<Table>, reader: &mut Reader<'_>) -> Vec<Table> {
    let mut whole = Vec::new();
    for table in &tables {
        let place = format!("sql.tables {}, via", table.name);
        let (mut path, mut person) = (Vec::new(), Vec::new());
        let mut seen = vec![table];
        while let Some(&current) = seen.last() {
            let mut last = None;
            for hop in &current.path {
                let named = hop.table.to_string();
                last = tables.iter().find(|other| other.name == named);
                let mut hop = hop.clone();
                if let Some(other) = last {
                    hop.table = other.table.clone();
                    hop.only.clone_from(&other.only);
                }
                path.push(hop);
            }
            if !current.person.is_empty() {
                person.clone_from(&current.person);
                // Whoever is named in a ticket is not the one whose messages they are.
                if seen.len() > 1 {
                    person.retain(|person| person.rule != Rule::Contains);
                }
                break;
            }
            let Some(parent) = last else { break };
            if seen.iter().any(|table| table.name == parent.name) {
                let circle: Vec<&str> = seen.iter().map(|table| table.name.as_str()).collect();
                let circle = circle.join(" → ");
                let reason = format!("it leads in a circle: {circle} → {}", parent.name);
                reader.wrong(&place, reason);
                break;
            }
            seen.push(parent);
        }
        if person.is_empty() {
            let place = format!("sql.tables {}, person", table.name);
            let reason = "missing; name the columns in which the person's address stands, or the way to them in via";
            reader.wrong(&place, reason);
        }
        whole.push(Table {
            path,
            person,
            ..table.clone()
        });
    }
    whole
}

/// Children before the tables through which they are found, mentions after content, accounts last,
/// and otherwise as they are written.
fn in_order(mut open: Vec<Table>, reader: &mut Reader<'_>) -> Vec<Table> {
    let rank = |table: &Table| match table.kind {
        ItemKind::Mention => 1,
        ItemKind::Account => 2,
        _ if table.person.iter().all(|p| p.rule == Rule::Contains) => 1,
        _ => 0,
    };
    let mut ordered = Vec::new();
    while !open.is_empty() {
        let is_free = |table: &Table| {
            let parent = |other: &Table| other.path.iter().any(|hop| hop.table == table.table);
            !open.iter().any(parent)
        };
        let free = (0..open.len())
            .filter(|index| is_free(&open[*index]))
            .min_by_key(|index| (rank(&open[*index]), *index));
        let Some(free) = free else {
            let names: Vec<&str> = open.iter().map(|table| table.name.as_str()).collect();
            let reason = format!(
                "the ways of {} lead in a circle: no table can go before the others",
                names.join(", ")
            );
            reader.wrong("sql.tables", reason);
            return ordered;
        };
        ordered.push(open.remove(free));
    }
    ordered
}

#[cfg(test)]
mod tests;

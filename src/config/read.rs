//! Reads the file and the environment into a [`Config`], and finds every problem on the way.
//!
//! The structs are the one list of keys: an unknown one is whatever serde does not know. serde
//! stops at the first problem; so each is noted, its value replaced by the one documented in
//! `lethe.example.toml`, and the whole read again until nothing is wrong. What was replaced never
//! leaves this module.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use figment::Figment;
use figment::error::Kind as Fault;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Tag, Value};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{
    After, Audit, Backup, Begin, Config, ConfigErrors, ConnectApp, Database, DatabaseUrl, Dkim,
    Inbox, Invalid, Journal, Keys, Lifecycle, Limits, List, Login, Mail, Mailbox, Problem,
    Registers, Requests, Retention, Route, Server, Smtp, Staff, Stores, Tls, Transport,
    Unsubscribe, Vendor, values,
};

const DEFAULT_FILE: &str = "lethe.toml";
const DATABASE_VARIABLE: &str = "LETHE_DATABASE_URL";
const EXAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/lethe.example.toml"));

/// Each secret and the key of the file that may hold it. The environment's choice wins over the
/// file's.
const SECRETS: [(&str, &str); 2] = [
    ("database.url", "database.url_file"),
    ("mail.password", "mail.password_file"),
];

/// The tables that the operator names: `[mail.inbox.support]`. All have the keys of the example's.
const INBOXES: &str = "mail.inbox";

/// A request is open three months at the most (Art. 12(3)), and some days more.
const OPEN_DAYS: i64 = 100;

/// A [`Config`] as it is written: where its own form cannot be wrong, this one still can.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub server: Server,
    pub database: WrittenDatabase,
    pub keys: Keys,
    pub journal: Journal,
    pub backup: Backup,
    pub vendor: Vendor,
    pub mail: WrittenMail,
    pub requests: Requests,
    pub retention: Retention,
    pub stores: Stores,
    pub registers: Registers,
    pub staff: Staff,
    pub limits: Limits,
    pub audit: Audit,
    #[serde(default)]
    pub routing: Vec<Route>,
    pub unsubscribe: Unsubscribe,
    #[serde(default)]
    pub lists: Vec<List>,
    pub lifecycle: Lifecycle,
    #[serde(default)]
    pub connect: Vec<ConnectApp>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WrittenDatabase {
    url: Option<DatabaseUrl>,
    url_file: Option<PathBuf>,
    pub prepared: bool,
    #[serde(deserialize_with = "values::within::<1, 1_000, _, _>")]
    pub connections: u32,
    #[serde(deserialize_with = "values::within::<1, 64, _, _>")]
    pub read_connections: u32,
}

impl Default for WrittenDatabase {
    fn default() -> Self {
        Self {
            url: None,
            url_file: None,
            prepared: true,
            connections: 16,
            read_connections: 4,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenMail {
    #[serde(default)]
    transport: WrittenTransport,
    pub from: Mailbox,
    #[serde(default, deserialize_with = "values::some_host")]
    host: Option<String>,
    #[serde(default, deserialize_with = "values::some_within::<1, 65_535, _, _>")]
    port: Option<u16>,
    #[serde(default)]
    tls: Tls,
    #[serde(default)]
    ca_file: Option<PathBuf>,
    #[serde(default, deserialize_with = "values::some_line")]
    user: Option<String>,
    #[serde(default)]
    password: Option<Password>,
    #[serde(default)]
    password_file: Option<PathBuf>,
    #[serde(default)]
    folder: Option<PathBuf>,
    #[serde(
        default = "default_give_up_after_days",
        deserialize_with = "values::within::<1, 14, _, _>"
    )]
    pub give_up_after_days: i64,
    #[serde(default, deserialize_with = "values::bounces")]
    bounces: Option<Mailbox>,
    #[serde(default, deserialize_with = "values::authserv_ids")]
    authserv_ids: Vec<String>,
    #[serde(
        default = "default_answers_per_address_per_day",
        deserialize_with = "values::within::<1, 100, _, _>"
    )]
    pub answers_per_address_per_day: u32,
    #[serde(
        default = "default_answers_per_hour",
        deserialize_with = "values::within::<1, 100_000, _, _>"
    )]
    pub answers_per_hour: u32,
    #[serde(default)]
    dkim: Option<WrittenDkim>,
    #[serde(default)]
    inbox: BTreeMap<String, WrittenInbox>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDkim {
    #[serde(deserialize_with = "values::domain")]
    domain: String,
    #[serde(deserialize_with = "values::selector")]
    selector: String,
    key_file: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenInbox {
    #[serde(deserialize_with = "values::host")]
    host: String,
    #[serde(default, deserialize_with = "values::some_within::<1, 65_535, _, _>")]
    port: Option<u16>,
    #[serde(default)]
    tls: Tls,
    #[serde(deserialize_with = "values::line")]
    user: String,
    #[serde(default)]
    password: Option<Password>,
    #[serde(default)]
    password_file: Option<PathBuf>,
    #[serde(default = "default_folder", deserialize_with = "values::line")]
    folder: String,
    #[serde(default)]
    begin: Begin,
    #[serde(default)]
    after: After,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WrittenTransport {
    #[default]
    Smtp,
    Files,
}

#[derive(Debug, Deserialize)]
#[serde(from = "String")]
struct Password(SecretString);

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

fn default_give_up_after_days() -> i64 {
    5
}

fn default_answers_per_address_per_day() -> u32 {
    3
}

fn default_answers_per_hour() -> u32 {
    100
}

fn default_folder() -> String {
    "INBOX".into()
}

pub(super) fn load(file: Option<&Path>) -> Result<Config, ConfigErrors> {
    let path = file.unwrap_or(Path::new(DEFAULT_FILE));
    let name = path.display().to_string();
    let text = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if file.is_none() && error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(about_file(name, format!("cannot be read: {error}")));
        }
    };
    let environment = env::vars_os()
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            Some((name, value.to_string_lossy().into_owned()))
        })
        .collect();
    read(&name, text.as_deref(), &environment)
}

fn about_file(name: String, reason: String) -> ConfigErrors {
    ConfigErrors(vec![Problem {
        key: name,
        place: None,
        reason,
    }])
}

fn read(
    file: &str,
    text: Option<&str>,
    environment: &BTreeMap<String, String>,
) -> Result<Config, ConfigErrors> {
    let mut tree = match parse(text.unwrap_or_default()) {
        Ok(tree) => Value::from(tree),
        Err(Invalid(reason)) => return Err(about_file(file.into(), reason)),
    };
    let mut reader = Reader {
        file,
        documented: Value::from(documented_keys()),
        variables: BTreeMap::new(),
        problems: Vec::new(),
    };
    reader.refuse_literal_secrets(&mut tree);
    reader.overlay(&mut tree, environment);
    let config = reader
        .extract(tree)
        .and_then(|written| reader.finish(written));
    if text.is_none() && !reader.problems.is_empty() {
        let reason = "there is none in this folder; start from lethe.example.toml, \
                      or try `lethe demo`, which needs none";
        reader.problems.insert(
            0,
            Problem {
                key: file.into(),
                place: None,
                reason: reason.into(),
            },
        );
    }
    match config {
        Some(config) if reader.problems.is_empty() => Ok(config),
        _ => Err(ConfigErrors(reader.problems)),
    }
}

/// The error tells where the file is no TOML, without the line itself, which may hold a secret.
fn parse(text: &str) -> Result<Dict, Invalid> {
    Figment::from(Toml::string(text))
        .extract()
        .map_err(|error| {
            let text = error.kind.to_string();
            let mut lines = text.lines().filter(|line| !line.trim().is_empty());
            let place = lines.next().unwrap_or_default();
            let reason = lines.next_back().unwrap_or_default();
            Invalid(format!("{place}: {reason}"))
        })
}

/// The example with every key switched on.
fn documented_keys() -> Dict {
    let switched_on: String = EXAMPLE
        .lines()
        .map(|line| {
            let key = line
                .strip_prefix('#')
                .filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '['));
            format!("{}\n", key.unwrap_or(line))
        })
        .collect();
    parse(&switched_on).expect("a test reads the example")
}

/// The example as a configuration.
pub(super) fn documented() -> Written {
    Value::from(documented_keys())
        .deserialize()
        .expect("a test reads the example")
}

struct Reader<'a> {
    file: &'a str,
    documented: Value,
    /// Which variable set which key.
    variables: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn refuse_literal_secrets(&mut self, tree: &mut Value) {
        let is_literal = |key: &str, value: &Value| match key {
            "database.url" => value.as_str().is_some_and(values::holds_password),
            _ => true,
        };
        let inboxes = tree.find_ref(INBOXES).and_then(Value::as_dict);
        let names = inboxes.into_iter().flat_map(Dict::keys);
        let own = names.map(|name| format!("{INBOXES}.{name}.password"));
        let keys: Vec<String> = SECRETS
            .iter()
            .map(|(key, _)| (*key).to_owned())
            .chain(own)
            .collect();
        for key in keys {
            if tree
                .find_ref(&key)
                .is_some_and(|value| is_literal(&key, value))
            {
                put(tree, &path(&key), None);
                let reason = format!(
                    "a password does not belong in this file; set {} or name a file in {}",
                    variable(&key),
                    twin(&key).unwrap_or_default()
                );
                self.note(&key, reason);
            }
        }
    }

    /// Lays `LETHE__SECTION__KEY` over what the file says, and `LETHE_DATABASE_URL` over both.
    fn overlay(&mut self, tree: &mut Value, environment: &BTreeMap<String, String>) {
        let nested = environment.iter().filter_map(|(name, text)| {
            let key = name
                .strip_prefix("LETHE__")?
                .to_lowercase()
                .replace("__", ".");
            Some((key, name, text))
        });
        let database = environment
            .get_key_value(DATABASE_VARIABLE)
            .map(|(name, text)| ("database.url".to_owned(), name, text));
        for (key, name, text) in nested.chain(database) {
            // Text stays as it is; only where another type is documented is it parsed.
            let value = match self.documented_at(&path(&key)) {
                None | Some(Value::String(..)) => Value::from(text.as_str()),
                Some(_) => text.parse().unwrap_or_else(|never| match never {}),
            };
            if let Some(twin) = twin(&key).filter(|twin| !self.variables.contains_key(twin)) {
                put(tree, &path(&twin), None);
            }
            put(tree, &path(&key), Some(value));
            self.variables.insert(key, name.clone());
        }
    }

    /// `None` if a problem could not be worked around to look for more.
    fn extract(&mut self, mut tree: Value) -> Option<Written> {
        for section in self.documented.as_dict()?.keys() {
            let is_table = self.documented_at(&path(section))?.as_dict().is_some();
            if is_table && tree.find_ref(section).is_none() {
                put(&mut tree, &path(section), Some(Dict::new().into()));
            }
        }
        loop {
            let error = match tree.deserialize::<Written>() {
                Ok(written) => return Some(written),
                Err(error) => error,
            };
            let mut at = error.path;
            if let Fault::MissingField(name) = &error.kind {
                at.push(name.to_string());
            }
            let key = spoken(&at);
            if self.is_noted(&key) {
                return None;
            }
            let reason = self.reason(&error.kind, &at, &tree);
            let stand_in = self.documented_at(&at).cloned();
            put(&mut tree, &at, stand_in);
            self.note(&key, reason);
        }
    }

    fn reason(&self, fault: &Fault, at: &[String], tree: &Value) -> String {
        let example = || {
            self.documented_at(at)
                .map_or(String::new(), |v| as_written(at, v))
        };
        match fault {
            Fault::UnknownField(name, known) => self.unknown(at, name, known),
            Fault::MissingField(_)
                if at.len() > 1 && !["routing", "connect"].contains(&at[0].as_str()) =>
            {
                format!(
                    "missing; write it like {}, or set {}",
                    example(),
                    variable(&at.join("."))
                )
            }
            Fault::MissingField(_) => format!("missing; write it like {}", example()),
            Fault::UnknownVariant(value, allowed) => {
                format!("{value:?} is not allowed; write {}", allowed.join(" or "))
            }
            Fault::InvalidType(..) => match tree.find_ref(&at.join(".")) {
                Some(value) if !is_secret(&at.join(".")) => {
                    format!("{} does not fit; write it like {}", shown(value), example())
                }
                _ => format!("does not fit; write it like {}", example()),
            },
            other => other.to_string(),
        }
    }

    /// What to do about a key that does not exist: the nearest one, here or in another section.
    fn unknown(&self, at: &[String], name: &str, known: &[&str]) -> String {
        let section = &at[..at.len() - 1];
        let full = |key: &str| {
            let mut full = section.to_vec();
            full.push(key.into());
            spoken(&full)
        };
        if let Some(near) = nearest(name, known) {
            return format!("there is no such key; did you mean {}?", full(near));
        }
        let elsewhere = self
            .documented
            .as_dict()
            .into_iter()
            .flatten()
            .find(|(_, keys)| keys.as_dict().is_some_and(|keys| keys.contains_key(name)));
        if let Some((section, _)) = elsewhere {
            return format!("there is no such key; did you mean {section}.{name}?");
        }
        format!("there is no such key; known are {}", known.join(", "))
    }

    /// The rules that join several keys, and the secrets' files.
    fn finish(&mut self, written: Written) -> Option<Config> {
        let requests = &written.requests;
        self.demand(
            requests.reminder_days < requests.confirm_days,
            "requests.reminder_days",
            &["requests.confirm_days"],
            || "must be less than requests.confirm_days, or nobody is reminded in time".into(),
        );
        self.demand(
            written.journal.intake.is_none() || written.backup.recovery_key.is_some(),
            "journal.intake",
            &["backup.recovery_key", "backup", "journal"],
            || {
                "needs backup.recovery_key, to which it is sealed; `lethe keys recovery FILE` makes one"
                    .into()
            },
        );
        let days = requests.status_days_after_close + OPEN_DAYS;
        self.demand(
            365 * written.audit.keep_years >= days,
            "audit.keep_years",
            &["requests.status_days_after_close"],
            || {
                "must be longer than the page of a request stays \
                 (requests.status_days_after_close), or its certificate could not be proved"
                    .into()
            },
        );
        for (index, product) in written
            .routing
            .iter()
            .enumerate()
            .filter_map(|(index, route)| Some((index, route.product.as_ref()?)))
        {
            let key = spoken(&["routing".into(), index.to_string(), "product".into()]);
            let known = written.vendor.products.contains(product);
            self.demand(
                known,
                &key,
                &["vendor.products", "vendor", "routing"],
                || format!("{product:?} is not in vendor.products"),
            );
        }
        for (index, list) in written.lists.iter().enumerate() {
            let before = written.lists[..index].iter();
            let key = spoken(&["lists".into(), index.to_string(), "name".into()]);
            self.demand(
                before
                    .clone()
                    .all(|known| !known.name.eq_ignore_ascii_case(&list.name)),
                &key,
                &["lists"],
                || format!("{:?} is there twice", list.name),
            );
        }
        let has_keys = written.lifecycle.install_keys.is_some()
            || written.lifecycle.install_keys_url.is_some();
        self.demand(
            written.connect.is_empty() || has_keys,
            "lifecycle.install_keys",
            &["lifecycle.install_keys_url", "lifecycle", "connect"],
            || {
                "missing; what [[connect]] is told is checked with Atlassian's public keys: name a \
                 folder with them, or lifecycle.install_keys_url"
                    .into()
            },
        );
        for (index, app) in written.connect.iter().enumerate() {
            let before = written.connect[..index].iter();
            let key = spoken(&["connect".into(), index.to_string(), "key".into()]);
            self.demand(
                before.clone().all(|known| known.key != app.key),
                &key,
                &["connect"],
                || format!("{:?} is there twice", app.key),
            );
        }
        let database = self.database(written.database);
        let mail = self.mail(written.mail);
        Some(Config {
            server: written.server,
            database: database?,
            keys: written.keys,
            journal: written.journal,
            backup: written.backup,
            vendor: written.vendor,
            mail: mail?,
            requests: written.requests,
            retention: written.retention,
            stores: written.stores,
            registers: written.registers,
            staff: written.staff,
            limits: written.limits,
            audit: written.audit,
            routing: written.routing,
            unsubscribe: written.unsubscribe,
            lists: written.lists,
            lifecycle: written.lifecycle,
            connect: written.connect,
        })
    }

    fn database(&mut self, written: WrittenDatabase) -> Option<Database> {
        self.demand(
            written.url.is_none() || written.url_file.is_none(),
            "database.url_file",
            &["database.url", "database"],
            || "database.url is set too; keep one of them".into(),
        );
        let url = match (written.url, written.url_file) {
            (Some(url), _) => url,
            (None, None) => DatabaseUrl::Sqlite("lethe.db".into()),
            (None, Some(file)) => self.kept("database.url_file", || {
                secret(&file)?.expose_secret().parse()
            })?,
        };
        Some(Database {
            url,
            prepared: written.prepared,
            connections: written.connections,
            read_connections: written.read_connections,
        })
    }

    fn mail(&mut self, written: WrittenMail) -> Option<Mail> {
        let transport = match written.transport {
            _ if self.is_noted("mail.transport") || self.is_noted("mail") => None,
            WrittenTransport::Smtp => self.smtp(&written).map(Transport::Smtp),
            WrittenTransport::Files => {
                self.demand(written.folder.is_some(), "mail.folder", &[], || {
                    "missing; transport = \"files\" writes the mails into it".into()
                });
                written.folder.clone().map(Transport::Files)
            }
        };
        let authorities = self.authorities(&written);
        let dkim = written.dkim.map(|dkim| self.dkim(dkim, &written.from));
        let inboxes: Vec<_> = written
            .inbox
            .into_iter()
            .map(|(name, inbox)| self.inbox(name, inbox, authorities.clone()))
            .collect();
        Some(Mail {
            from: written.from,
            transport: match transport? {
                Transport::Smtp(smtp) => Transport::Smtp(Smtp {
                    authorities,
                    ..smtp
                }),
                other => other,
            },
            give_up_after_days: written.give_up_after_days,
            bounces: written.bounces,
            dkim: match dkim {
                Some(dkim) => Some(dkim?),
                None => None,
            },
            inboxes: inboxes.into_iter().collect::<Option<_>>()?,
            authserv_ids: written.authserv_ids,
            answers_per_address_per_day: written.answers_per_address_per_day,
            answers_per_hour: written.answers_per_hour,
        })
    }

    fn authorities(&mut self, written: &WrittenMail) -> Option<String> {
        let file = written.ca_file.as_ref()?;
        self.kept("mail.ca_file", || {
            let text = fs::read_to_string(file)
                .map_err(|error| Invalid(format!("{} cannot be read: {error}", file.display())))?;
            if !text.contains("-----BEGIN CERTIFICATE-----") {
                return Err(Invalid(format!(
                    "{} has no certificate in it; write the authority's, in PEM",
                    file.display()
                )));
            }
            Ok(text)
        })
    }

    fn dkim(&mut self, written: WrittenDkim, from: &Mailbox) -> Option<Dkim> {
        let sender = from.as_str().rsplit('@').next().unwrap_or_default();
        let sender = sender.to_ascii_lowercase();
        let is_aligned = sender == written.domain
            || sender
                .strip_suffix(&written.domain)
                .is_some_and(|rest| rest.ends_with('.'));
        self.demand(is_aligned, "mail.dkim.domain", &["mail.from"], || {
            format!(
                "a signature of {} says nothing about mail from {sender}; write that domain, or \
                 one above it",
                written.domain
            )
        });
        let key = self.kept("mail.dkim.key_file", || secret(&written.key_file))?;
        Some(Dkim {
            domain: written.domain,
            selector: written.selector,
            key_file: written.key_file,
            key,
        })
    }

    fn inbox(
        &mut self,
        name: String,
        written: WrittenInbox,
        authorities: Option<String>,
    ) -> Option<Inbox> {
        let key = |key: &str| format!("{INBOXES}.{name}.{key}");
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let fits = (1..=40).contains(&name.len()) && name.chars().all(is_plain);
        self.demand(
            // What a mail server hands over stands under the name "pipe".
            fits && !name.contains("__") && name != "pipe",
            &format!("{INBOXES}.{name}"),
            &[],
            || {
                "the name of a mailbox is made of a-z, 0-9 and single _, 40 at the most, and is \
                 not \"pipe\", like [mail.inbox.support]"
                    .into()
            },
        );
        self.demand(
            written.tls != Tls::None || values::is_this_machine(&written.host),
            &key("tls"),
            &[&key("host")],
            || {
                "\"none\" would send the password in clear, and is for this machine itself only; \
                 write \"required\" or \"starttls\""
                    .into()
            },
        );
        self.demand(
            written.password.is_none() || written.password_file.is_none(),
            &key("password_file"),
            &[],
            || {
                format!(
                    "{} is set too; keep one of them",
                    variable(&key("password"))
                )
            },
        );
        let password = match (written.password, &written.password_file) {
            (Some(Password(password)), _) => Some(password),
            (None, Some(file)) => self.kept(&key("password_file"), || secret(file)),
            (None, None) => {
                let is_told = self.is_noted(&key("password"));
                self.demand(is_told, &key("password_file"), &[], || {
                    format!(
                        "missing; nobody reads mail without a password: name a file with it here, \
                         or set {}",
                        variable(&key("password"))
                    )
                });
                None
            }
        };
        Some(Inbox {
            host: written.host,
            port: written.port.unwrap_or(match written.tls {
                Tls::Required => 993,
                Tls::StartTls | Tls::None => 143,
            }),
            tls: written.tls,
            authorities,
            login: Login {
                user: written.user,
                password: password?,
            },
            folder: written.folder,
            begin: written.begin,
            after: written.after,
            name,
        })
    }

    fn smtp(&mut self, written: &WrittenMail) -> Option<Smtp> {
        self.demand(written.host.is_some(), "mail.host", &[], || {
            "missing; transport = \"smtp\" sends through it, like host = \"smtp.vendor.example\""
                .into()
        });
        self.demand(
            written.password.is_none() || written.password_file.is_none(),
            "mail.password_file",
            &[],
            || "LETHE__MAIL__PASSWORD is set too; keep one of them".into(),
        );
        let password = match (&written.password, &written.password_file) {
            (Some(Password(password)), _) => Some(password.clone()),
            (None, Some(file)) => self.kept("mail.password_file", || secret(file)),
            (None, None) => None,
        };
        let has_login = written.user.is_some() || password.is_some();
        self.demand(
            !has_login || written.tls != Tls::None,
            "mail.tls",
            &[],
            || {
                "\"none\" would send the password in clear; write \"required\" or \"starttls\""
                    .into()
            },
        );
        self.demand(
            !has_login || password.is_some(),
            "mail.user",
            &["mail.password", "mail.password_file"],
            || "the name needs a password: set LETHE__MAIL__PASSWORD or mail.password_file".into(),
        );
        self.demand(
            !has_login || written.user.is_some(),
            "mail.user",
            &[],
            || "missing, although there is a password".into(),
        );
        Some(Smtp {
            host: written.host.clone()?,
            port: written.port.unwrap_or(match written.tls {
                Tls::Required => 465,
                Tls::StartTls => 587,
                Tls::None => 25,
            }),
            tls: written.tls,
            authorities: None,
            login: written
                .user
                .clone()
                .zip(password)
                .map(|(user, password)| Login { user, password }),
        })
    }

    /// Notes a rule that does not hold, unless a key it joins is wrong in itself already.
    fn demand(&mut self, holds: bool, key: &str, with: &[&str], reason: impl Fn() -> String) {
        if !holds && !self.is_noted(key) && !with.iter().any(|key| self.is_noted(key)) {
            self.note(key, reason());
        }
    }

    /// A secret from its file; `None`, and noted, if it cannot be had.
    fn kept<T>(&mut self, key: &str, value: impl FnOnce() -> Result<T, Invalid>) -> Option<T> {
        if self.is_noted(key) {
            return None;
        }
        value()
            .map_err(|Invalid(reason)| self.note(key, reason))
            .ok()
    }

    fn is_noted(&self, key: &str) -> bool {
        self.problems.iter().any(|problem| problem.key == key)
    }

    fn note(&mut self, key: &str, reason: String) {
        let place = self.variables.get(key).map_or(self.file, String::as_str);
        self.problems.push(Problem {
            key: key.into(),
            place: Some(place.into()),
            reason,
        });
    }

    /// What the example has there; all elements of a list are like its first, and all tables that
    /// the operator names are like the one that it names.
    fn documented_at(&self, path: &[String]) -> Option<&Value> {
        path.iter()
            .enumerate()
            .try_fold(&self.documented, |value, (depth, part)| match value {
                Value::Dict(_, keys) if path[..depth].join(".") == INBOXES => keys.values().next(),
                Value::Dict(_, keys) => keys.get(part),
                Value::Array(_, elements) => elements.first(),
                _ => None,
            })
    }
}

/// Puts a value at a path, or takes away what is there.
fn put(tree: &mut Value, path: &[String], value: Option<Value>) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    let parent = parents.iter().try_fold(tree, |value, part| match value {
        Value::Dict(_, keys) => Some(
            keys.entry(part.clone())
                .or_insert_with(|| Value::Dict(Tag::Default, Dict::new())),
        ),
        Value::Array(_, elements) => elements.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    });
    match (parent, value) {
        (Some(Value::Dict(_, keys)), Some(value)) => {
            keys.insert(last.clone(), value);
        }
        (Some(Value::Dict(_, keys)), None) => {
            keys.remove(last);
        }
        (Some(Value::Array(_, elements)), Some(value)) => {
            if let Some(place) = last.parse().ok().and_then(|i: usize| elements.get_mut(i)) {
                *place = value;
            }
        }
        _ => {}
    }
}

fn path(key: &str) -> Vec<String> {
    key.split('.').map(str::to_owned).collect()
}

/// `section.key`, with the elements of a list counted from 1.
fn spoken(path: &[String]) -> String {
    let parts: Vec<_> = path
        .iter()
        .map(|part| {
            part.parse::<usize>()
                .map_or(part.clone(), |index| (index + 1).to_string())
        })
        .collect();
    parts.join(".")
}

fn variable(key: &str) -> String {
    if key == "database.url" {
        return DATABASE_VARIABLE.into();
    }
    format!("LETHE__{}", key.replace('.', "__").to_uppercase())
}

fn is_secret(key: &str) -> bool {
    SECRETS.iter().any(|(secret, _)| key == *secret)
        || key.starts_with(INBOXES) && key.ends_with(".password")
}

/// The file's key for a secret's, and the other way round.
fn twin(key: &str) -> Option<String> {
    for (secret, file) in SECRETS {
        if key == secret || key == file {
            return Some(if key == secret { file } else { secret }.to_owned());
        }
    }
    let (inbox, last) = key.rsplit_once('.')?;
    let other = match last {
        "password" => "password_file",
        "password_file" => "password",
        _ => return None,
    };
    inbox
        .starts_with(INBOXES)
        .then(|| format!("{inbox}.{other}"))
}

/// A key and its value as TOML writes them.
fn as_written(path: &[String], value: &Value) -> String {
    let name = path.last().map_or("", String::as_str);
    match value {
        Value::Dict(..) => format!("[{name}] with its keys below it"),
        Value::Array(_, elements) => match elements.first() {
            Some(Value::Dict(..)) => format!("[[{name}]] with its keys below it"),
            Some(_) => format!("{name} = {}", shown(value)),
            None => format!("{name} = [\"…\", \"…\"]"),
        },
        _ => format!("{name} = {}", shown(value)),
    }
}

/// A value as TOML writes it, tables left out.
fn shown(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, c) => format!("{c:?}"),
        Value::Bool(_, value) => value.to_string(),
        Value::Num(..) => value
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| value.to_u128().map(|number| number.to_string()))
            .or_else(|| value.to_f64().map(|number| number.to_string()))
            .unwrap_or_default(),
        Value::Empty(..) => "nothing".into(),
        Value::Dict(..) => "{ … }".into(),
        Value::Array(_, elements) => {
            let elements: Vec<_> = elements.iter().map(shown).collect();
            format!("[{}]", elements.join(", "))
        }
    }
}

fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|key| (strsim::normalized_damerau_levenshtein(word, key), *key))
        .filter(|(likeness, _)| *likeness > 0.5)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, key)| key)
}

/// What a file holds, without the line break at its end.
fn secret(file: &Path) -> Result<SecretString, Invalid> {
    let text = fs::read_to_string(file)
        .map_err(|error| Invalid(format!("{} cannot be read: {error}", file.display())))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Invalid(format!("{} is empty", file.display()))),
        secret => Ok(secret.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    /// The example's needed lines, with one of them replaced or some put under a section.
    fn example(section: &str, lines: &str) -> String {
        let header = format!("[{section}]\n");
        assert!(EXAMPLE.contains(&header), "{section}");
        let names: Vec<_> = lines
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(name, _)| format!("{name} = "))
            .collect();
        let mut current = "";
        let mut text = String::new();
        for line in EXAMPLE.lines() {
            if line.starts_with('[') {
                current = line;
            }
            let replaced =
                current == header.trim_end() && names.iter().any(|n| line.starts_with(n));
            if !replaced {
                text += line;
                text.push('\n');
            }
        }
        text.replace(&header, &format!("{header}{lines}\n"))
    }

    fn with(section: &str, lines: &str) -> Result<Config, ConfigErrors> {
        read(
            "lethe.toml",
            Some(&example(section, lines)),
            &BTreeMap::new(),
        )
    }

    fn problems(result: Result<Config, ConfigErrors>) -> Vec<String> {
        let ConfigErrors(problems) = result.expect_err("a configuration with problems");
        problems.iter().map(Problem::to_string).collect()
    }

    /// Asks serde itself which keys a section has, by one that it cannot know.
    fn known_keys(section: Option<&str>) -> BTreeSet<String> {
        let probe = Dict::from([("?".to_owned(), Value::from(0))]);
        let tree = match section {
            None => Value::from(probe),
            Some(list @ ("routing" | "lists" | "connect")) => Value::from(Dict::from([(
                list.to_owned(),
                Value::from(vec![Value::from(probe)]),
            )])),
            Some(section) => {
                // The example around it, so that nothing but the key is wrong.
                let mut tree = Value::from(documented_keys());
                let keys = tree.find_ref(section).and_then(Value::as_dict);
                let mut keys = keys.cloned().unwrap_or_default();
                keys.extend(probe);
                put(&mut tree, &path(section), Some(keys.into()));
                tree
            }
        };
        match tree
            .deserialize::<Written>()
            .expect_err("an unknown key")
            .kind
        {
            Fault::UnknownField(_, known) => known.iter().map(|key| (*key).to_owned()).collect(),
            other => panic!("{section:?}: {other}"),
        }
    }

    #[test]
    fn the_example_has_every_key_and_every_key_in_it_is_known() {
        let documented = documented_keys();
        let sections: BTreeSet<_> = documented.keys().cloned().collect();
        assert_eq!(sections, known_keys(None));
        for (section, value) in &documented {
            let keys = match value {
                Value::Array(_, rules) => rules[0].as_dict(),
                value => value.as_dict(),
            };
            let keys: BTreeSet<_> = keys.expect("a table").keys().cloned().collect();
            let mut known = known_keys(Some(section));
            // The one key that exists in the environment only; the example tells so in words.
            known.remove("password");
            assert_eq!(keys, known, "{section}");
        }
        assert!(EXAMPLE.contains("LETHE__MAIL__PASSWORD"));
        for table in ["mail.dkim", "mail.inbox.support"] {
            let shown = Value::from(documented.clone());
            let keys = shown.find_ref(table).and_then(Value::as_dict);
            let keys: BTreeSet<_> = keys.expect(table).keys().cloned().collect();
            let mut known = known_keys(Some(table));
            known.remove("password");
            assert_eq!(keys, known, "{table}");
        }
        assert!(EXAMPLE.contains("LETHE__MAIL__INBOX__SUPPORT__PASSWORD"));
    }

    #[test]
    fn the_example_is_a_configuration_and_shows_the_true_defaults() {
        let config = read("lethe.toml", Some(EXAMPLE), &BTreeMap::new()).expect("the example");
        assert!(config.server.secure());
        assert_eq!(config.server.cookie_prefix(), "__Host-");
        assert_eq!(
            config.vendor.privacy_address().as_str(),
            "privacy@vendor.example"
        );

        let mut comment = String::new();
        // The keys of a table that is switched off have a test of their own.
        let mut is_off = false;
        for line in EXAMPLE.lines().take_while(|line| *line != "#[[routing]]") {
            if line.starts_with("# ") {
                comment += line;
                continue;
            }
            if line.starts_with('[') || line.starts_with("#[") {
                is_off = line.starts_with('#');
            }
            let shown = line.strip_prefix('#').filter(|shown| shown.contains(" = "));
            let is_default = !is_off && !comment.contains("Default: none");
            if let Some(shown) = shown.filter(|_| is_default) {
                let text = EXAMPLE.replacen(line, shown, 1);
                let other = read("lethe.toml", Some(&text), &BTreeMap::new()).expect(shown);
                assert_eq!(format!("{config:?}"), format!("{other:?}"), "{shown}");
            }
            comment.clear();
        }
    }

    #[test]
    fn all_problems_are_told_at_once_with_key_place_value_and_mend() {
        let text = r##"
            [server]
            bnd = "127.0.0.1:1"
            bind = "nowhere"
            public_url = "http://privacy.vendor.example"
            trusted_proxies = ["10.0.0.1", "proxy", "10.0.0.0/99"]
            [vendor]
            name = 42
            adress = "Somewhere 1"
            privacy_addresses = ["info@Redmoon Software.hu"]
            colour = "blue"
            country = "UK"
            zone = "Europe/Amsterdm"
            language = "xx"
            authority_name = "An authority"
            authority_url = "https://authority.example/complaints"
            confirm_days = 3
            [mail]
            from = "privacy@vendor.example"
            transport = "smpt"
            tls = "maybe"
            [requests]
            confirm_days = "seven"
            reminder_days = 0
            two_people = ["removal", "erasure"]
            [retention]
            policy = "built-in"
            wait_above_percent = 101
            [audit]
            origin = "https://vendor.example"
            [limts]
            [[routing]]
            kind = "erasure"
            to = "a@vendor.example"
            [[routing]]
            kind = "sale"
            languge = "de"
        "##;
        let environment = environment(&[("LETHE__LIMITS__FORM_BYTES", "1")]);
        let told = problems(read("lethe.toml", Some(text), &environment));
        let expected = [
            ("server.bnd (lethe.toml)", "server.bind?"),
            ("server.bind (lethe.toml)", "\"nowhere\" is no address"),
            ("server.public_url (lethe.toml)", "https://"),
            ("server.trusted_proxies (lethe.toml)", "\"10.0.0.0/99\""),
            (
                "vendor.name (lethe.toml)",
                "42 does not fit; write it like name = \"Vendor B.V.\"",
            ),
            ("vendor.adress (lethe.toml)", "vendor.address?"),
            (
                "vendor.address (lethe.toml): missing",
                "LETHE__VENDOR__ADDRESS",
            ),
            ("vendor.privacy_addresses (lethe.toml)", "has a space"),
            ("vendor.colour (lethe.toml)", "\"blue\" is no colour"),
            ("vendor.country (lethe.toml)", "\"GB\""),
            ("vendor.zone (lethe.toml)", "\"Europe/Amsterdm\""),
            ("vendor.language (lethe.toml)", "en, de"),
            ("vendor.confirm_days (lethe.toml)", "requests.confirm_days?"),
            (
                "mail.transport (lethe.toml)",
                "\"smpt\" is not allowed; write smtp or files",
            ),
            ("mail.tls (lethe.toml)", "required or starttls or none"),
            (
                "requests.confirm_days (lethe.toml)",
                "\"seven\" does not fit",
            ),
            (
                "requests.reminder_days (lethe.toml)",
                "0 is not allowed; write a number from 1 to 29",
            ),
            ("requests.two_people (lethe.toml)", "\"removal\" is no kind"),
            ("retention.wait_above_percent (lethe.toml)", "from 0 to 100"),
            ("audit.origin (lethe.toml)", "without https://"),
            ("limts (lethe.toml)", "did you mean limits?"),
            ("limits.form_bytes (LETHE__LIMITS__FORM_BYTES)", "from 4096"),
            ("routing.2.kind (lethe.toml)", "\"sale\""),
            ("routing.2.languge (lethe.toml)", "routing.2.language?"),
            ("routing.2.to (lethe.toml): missing", "to = "),
        ];
        for (start, part) in expected {
            assert!(
                told.iter()
                    .any(|line| line.starts_with(start) && line.contains(part)),
                "{start} … {part} in\n{}",
                told.join("\n")
            );
        }
        assert_eq!(told.len(), expected.len(), "{}", told.join("\n"));
    }

    #[test]
    fn without_a_file_the_first_thing_told_is_how_to_get_one() {
        let told = problems(read("lethe.toml", None, &BTreeMap::new()));
        assert!(told[0].contains("lethe.example.toml"), "{}", told[0]);
        assert!(
            told.iter()
                .any(|line| line.starts_with("vendor.name (lethe.toml): missing"))
        );
    }

    #[test]
    fn a_file_that_is_no_toml_is_one_problem_with_its_line() {
        let told = problems(read(
            "lethe.toml",
            Some("[server]\nbind = "),
            &BTreeMap::new(),
        ));
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("line 2"), "{}", told[0]);
    }

    #[test]
    fn a_file_that_is_no_toml_is_not_quoted_since_it_may_hold_a_secret() {
        let told = problems(read(
            "lethe.toml",
            Some("[mail]\npassword = hush"),
            &BTreeMap::new(),
        ));
        assert!(
            told[0].contains("line 2") && !told[0].contains("hush"),
            "{}",
            told[0]
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_answered_with_the_right_form() {
        let environment = environment(&[
            ("LETHE__AUDIT", "3"),
            ("LETHE__ROUTING", "Ann"),
            ("LETHE__VENDOR__PRODUCTS", "Board"),
        ]);
        let told = problems(read("lethe.toml", Some(EXAMPLE), &environment));
        let file = problems(with("mail", "user = \"lethe\"\npassword_file = 3"));
        assert_eq!(file.len(), 1, "{file:?}");
        for part in [
            "audit (LETHE__AUDIT): 3 does not fit; write it like [audit]",
            "routing (LETHE__ROUTING): \"Ann\" does not fit; write it like [[routing]]",
            "\"Board\" does not fit; write it like products = [\"…\", \"…\"]",
        ] {
            assert!(
                told.iter().any(|line| line.contains(part)),
                "{part}: {told:?}"
            );
        }
    }

    #[test]
    fn a_file_that_is_named_must_exist() {
        let told = problems(load(Some(Path::new("no/such/lethe.toml"))));
        assert!(
            told[0].starts_with("no/such/lethe.toml: cannot be read"),
            "{}",
            told[0]
        );
    }

    #[test]
    fn the_environment_wins_and_text_in_it_stays_text() {
        let environment = environment(&[
            ("LETHE__SERVER__BIND", "0.0.0.0:9000"),
            ("LETHE__SERVER__WORKERS", "3"),
            ("LETHE__VENDOR__NAME", "42"),
            ("LETHE__VENDOR__PRODUCTS", r#"["Board", "Timesheet"]"#),
            ("LETHE__DATABASE__URL", "sqlite:other.db"),
            ("LETHE_DATABASE_URL", "sqlite:this.db"),
            (
                "LETHE__ROUTING",
                r#"[{product = "Board", to = "board@vendor.example"}]"#,
            ),
            ("LETHE_CONFIG", "ignored here"),
            ("HOME", "/"),
        ]);
        let config = read("lethe.toml", Some(EXAMPLE), &environment).expect("a configuration");
        assert_eq!(config.server.bind.to_string(), "0.0.0.0:9000");
        assert_eq!(config.server.workers, Some(3));
        assert_eq!(config.vendor.name, "42");
        assert_eq!(config.vendor.products, ["Board", "Timesheet"]);
        assert!(
            matches!(config.database.url, DatabaseUrl::Sqlite(path) if path == Path::new("this.db"))
        );
        assert_eq!(config.routing[0].to.as_str(), "board@vendor.example");
    }

    #[test]
    fn a_secret_in_the_file_is_refused_and_never_repeated() {
        for (section, line, mend) in [
            ("mail", "password = \"hush\"", "LETHE__MAIL__PASSWORD"),
            (
                "mail",
                "user = \"lethe\"\npassword = 7777",
                "mail.password_file",
            ),
            (
                "database",
                "url = \"postgres://lethe:hush@db/lethe\"",
                "database.url_file",
            ),
        ] {
            let told = problems(with(section, line));
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].contains(mend), "{told:?}");
            assert!(
                !told[0].contains("hush") && !told[0].contains("7777"),
                "{told:?}"
            );
        }
        let told = problems(with("database", "url = \"mysql://root:hush@db/lethe\""));
        assert!(
            told[0].contains("sqlite:PATH") && !told[0].contains("hush"),
            "{told:?}"
        );
        assert!(with("database", "url = \"postgres://lethe@db/lethe\"").is_ok());
    }

    #[test]
    fn secrets_come_from_the_environment_or_a_file_and_debug_prints_none() {
        let folder = env::temp_dir().join(format!("lethe-config-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("secret");
        fs::write(&file, "postgres://lethe:hush@db/lethe\n").expect("a file");
        let file = file.to_str().expect("a path");
        let environment = environment(&[
            ("LETHE__MAIL__PASSWORD", "0123"),
            ("LETHE__DATABASE__URL_FILE", file),
        ]);
        let text = example("mail", "user = \"lethe\"\npassword_file = \"no/such/file\"");
        let config = read("lethe.toml", Some(&text), &environment).expect("a configuration");
        let DatabaseUrl::Postgres(url) = &config.database.url else {
            panic!("not the file's");
        };
        assert_eq!(url.expose_secret(), "postgres://lethe:hush@db/lethe");
        let Transport::Smtp(Smtp {
            login: Some(login),
            port,
            ..
        }) = &config.mail.transport
        else {
            panic!("no login");
        };
        assert_eq!(login.password.expose_secret(), "0123");
        assert_eq!(*port, 465);
        let debug = format!("{config:?}");
        assert!(
            !debug.contains("hush") && !debug.contains("0123"),
            "{debug}"
        );
        fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn keys_that_only_make_sense_together_are_checked_together() {
        for (section, lines, start) in [
            ("requests", "reminder_days = 7", "requests.reminder_days"),
            (
                "mail",
                "transport = \"files\"",
                "mail.folder (lethe.toml): missing",
            ),
            (
                "mail",
                "user = \"lethe\"",
                "mail.user (lethe.toml): the name needs a password",
            ),
            (
                "mail",
                "transport = \"outbox\"",
                "mail.transport (lethe.toml): \"outbox\"",
            ),
            (
                "mail",
                "bounces = \"returns@vendor.example\"",
                "mail.bounces (lethe.toml): \"returns@vendor.example\" does not begin",
            ),
            (
                "mail",
                "authserv_ids = [\"mx.vendor.example; none\"]",
                "mail.authserv_ids (lethe.toml)",
            ),
            (
                "mail",
                "ca_file = \"Cargo.toml\"",
                "mail.ca_file (lethe.toml): Cargo.toml has no certificate",
            ),
            (
                "mail",
                "user = \"lethe\"\npassword_file = \"no/such/file\"",
                "mail.password_file",
            ),
            (
                "vendor",
                "privacy_addresses = []",
                "vendor.privacy_addresses",
            ),
            (
                "database",
                "url = \"sqlite:a\"\nurl_file = \"b\"",
                "database.url_file",
            ),
        ] {
            let told = problems(with(section, lines));
            assert_eq!(told.len(), 1, "{lines}: {told:?}");
            assert!(told[0].starts_with(start), "{lines}: {told:?}");
        }
        let told = problems(read(
            "lethe.toml",
            Some(EXAMPLE),
            &environment(&[
                ("LETHE__MAIL__TLS", "none"),
                ("LETHE__MAIL__PASSWORD", "hush"),
                (
                    "LETHE__ROUTING",
                    r#"[{product = "Bord", to = "b@vendor.example"}]"#,
                ),
            ]),
        ));
        let starts = [
            "routing.1.product",
            "mail.tls",
            "mail.user (lethe.toml): missing",
        ];
        for (line, start) in told.iter().zip(starts) {
            assert!(line.starts_with(start), "{told:?}");
        }
        assert_eq!(told.len(), starts.len(), "{told:?}");
    }

    #[test]
    fn connect_apps_need_the_keys_that_their_tokens_are_checked_with() {
        let app = "[[connect]]\nkey = \"a.b\"\nbase_url = \"https://app.vendor.example/x\"\n";
        let with = |lines: &str| {
            let text = example("lifecycle", lines.split("[[").next().unwrap_or_default());
            let apps = lines.find("[[").map_or("", |at| &lines[at..]);
            read(
                "lethe.toml",
                Some(&format!("{text}\n{apps}")),
                &BTreeMap::new(),
            )
        };
        let told = problems(with(app));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("lifecycle.install_keys (lethe.toml): missing"),
            "{told:?}"
        );
        let config = with(&format!("install_keys = \"keys\"\n{app}")).expect("a configuration");
        let connect = &config.connect[0];
        assert_eq!(
            [
                &connect.installed,
                &connect.uninstalled,
                &connect.enabled,
                &connect.disabled
            ],
            ["/installed", "/uninstalled", "/enabled", "/disabled"]
        );
        for (lines, start) in [
            (
                format!("install_keys_url = \"http://keys.example\"\n{app}"),
                "lifecycle.install_keys_url (lethe.toml): \"http://keys.example\" could be",
            ),
            (
                format!("install_keys = \"keys\"\n{app}{app}"),
                "connect.2.key (lethe.toml): \"a.b\" is there twice",
            ),
            (
                format!("install_keys = \"keys\"\n{app}installed = \"installed\"\n"),
                "connect.1.installed (lethe.toml): \"installed\" is no path",
            ),
            (
                "install_keys = \"keys\"\n[[connect]]\nkey = \"a b\"\n".to_owned(),
                "connect.1.key (lethe.toml): \"a b\" is no key",
            ),
        ] {
            let told = problems(with(&lines));
            assert!(told[0].starts_with(start), "{lines}: {told:?}");
        }
    }

    const INBOX: &str =
        "\n[mail.inbox.support]\nhost = \"imap.vendor.example\"\nuser = \"privacy\"\n";

    fn with_inbox(lines: &str, pairs: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
        let text = format!("{EXAMPLE}{INBOX}{lines}");
        read("lethe.toml", Some(&text), &environment(pairs))
    }

    #[test]
    fn a_mailbox_is_read_with_the_defaults_that_the_example_shows_and_a_password_from_outside() {
        let password = ("LETHE__MAIL__INBOX__SUPPORT__PASSWORD", "hush");
        let config = with_inbox("", &[password]).expect("a configuration");
        let inbox = &config.mail.inboxes[0];
        assert_eq!((inbox.name.as_str(), inbox.port), ("support", 993));
        assert_eq!(inbox.login.password.expose_secret(), "hush");
        assert!(!format!("{config:?}").contains("hush"));
        for line in [
            "folder = \"INBOX\"",
            "begin = \"new\"",
            "after = \"seen\"",
            "tls = \"required\"",
            "port = 993",
        ] {
            assert!(EXAMPLE.contains(&format!("\n#{line}\n")), "{line}");
            let other = with_inbox(line, &[password]).expect(line);
            assert_eq!(format!("{config:?}"), format!("{other:?}"), "{line}");
        }
        let more = ("LETHE__MAIL__INBOX__SUPPORT__PORT", "1143");
        let config = with_inbox("tls = \"starttls\"", &[password, more]).expect("a port");
        assert_eq!(config.mail.inboxes[0].port, 1143);
    }

    #[test]
    fn a_mailbox_that_cannot_be_read_is_told_with_its_name_and_the_mend() {
        let password = ("LETHE__MAIL__INBOX__SUPPORT__PASSWORD", "hush");
        for (lines, pairs, start, mend) in [
            (
                "",
                &[][..],
                "mail.inbox.support.password_file (lethe.toml): missing",
                "SUPPORT__PASSWORD",
            ),
            (
                "password = \"hush\"",
                &[],
                "mail.inbox.support.password (lethe.toml)",
                "mail.inbox.support.password_file",
            ),
            (
                "tls = \"none\"",
                &[password],
                "mail.inbox.support.tls (lethe.toml)",
                "starttls",
            ),
            (
                "fodler = \"INBOX\"",
                &[password],
                "mail.inbox.support.fodler (lethe.toml)",
                "mail.inbox.support.folder?",
            ),
            (
                "begin = \"old\"",
                &[password],
                "mail.inbox.support.begin (lethe.toml)",
                "new or all",
            ),
            (
                "password_file = \"no/such/file\"",
                &[],
                "mail.inbox.support.password_file (lethe.toml)",
                "no/such/file",
            ),
            (
                "[mail.inbox.Other__One]\nhost = \"127.0.0.1\"\nuser = \"a\"\ntls = \"none\"\npassword_file = \"Cargo.toml\"",
                &[password],
                "mail.inbox.Other__One (lethe.toml)",
                "[mail.inbox.support]",
            ),
            (
                "[mail.inbox.other]\nuser = \"a\"\npassword_file = \"Cargo.toml\"",
                &[password],
                "mail.inbox.other.host (lethe.toml): missing",
                "LETHE__MAIL__INBOX__OTHER__HOST",
            ),
        ] {
            let told = problems(with_inbox(lines, pairs));
            assert_eq!(told.len(), 1, "{lines}: {told:?}");
            assert!(
                told[0].starts_with(start) && told[0].contains(mend),
                "{lines}: {told:?}"
            );
            assert!(!told[0].contains("hush"), "{told:?}");
        }
    }

    #[test]
    fn a_signature_is_of_the_senders_domain_or_one_above_it() {
        let dkim = |domain: &str| {
            let text = format!(
                "{EXAMPLE}[mail.dkim]\ndomain = \"{domain}\"\nselector = \"lethe1\"\nkey_file = \"Cargo.toml\"\n"
            );
            read(
                "lethe.toml",
                Some(&text),
                &environment(&[("LETHE__MAIL__FROM", "privacy@mail.vendor.example")]),
            )
        };
        for domain in ["mail.vendor.example", "vendor.example"] {
            assert!(dkim(domain).expect(domain).mail.dkim.is_some());
        }
        for domain in ["other.example", "or.example", "www.mail.vendor.example"] {
            let told = problems(dkim(domain));
            assert!(told[0].starts_with("mail.dkim.domain"), "{told:?}");
        }
    }

    #[test]
    fn the_demo_lives_in_its_folder_and_on_this_machine_only() {
        let bind = |text: &str| text.parse().expect("an address");
        let data = Path::new("/tmp/demo");
        let config = Config::demo(data, bind("127.0.0.1:9000")).expect("a demo");
        assert_eq!(config.server.public_url.as_str(), "http://127.0.0.1:9000");
        assert_eq!(config.server.cookie_prefix(), "lethe_");
        assert!(!config.server.secure());
        assert!(matches!(config.mail.transport, Transport::Outbox));
        assert!(config.keys.file.starts_with(data) && config.journal.erasure.starts_with(data));
        assert!(Config::demo(data, bind("0.0.0.0:9000")).is_err());
    }
}

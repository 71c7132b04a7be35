//! The configuration: read once, from `lethe.toml` and the environment, checked before start.
//!
//! Owns what the keys mean, their defaults and limits; `lethe.example.toml` documents each, and
//! tests compare the two. Whoever holds a [`Config`] need not check it again. It never looks at
//! what the values point to (folders, servers, calendars): that is for `lethe check`. The only
//! other files it reads are those that hold a secret.

pub mod policy;
mod read;
pub mod stores;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use self::policy::PolicyFile;
use crate::domain::request::Kind;
use crate::domain::sender::is_name;
use crate::domain::staff::SecondFactor;
use crate::domain::taken::LONGEST_DAYS;
use crate::i18n::Lang;
use crate::seal::recovery::RecoveryKey;
pub use values::{Colour, Country, DatabaseUrl, Invalid, Mailbox, Origin, PublicUrl, Witness};

/// Everything that can be set. `Debug` prints no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// How it is reached.
    pub server: Server,
    /// Where everything is kept.
    pub database: Database,
    /// What it is sealed with.
    pub keys: Keys,
    /// What is written outside the database.
    pub journal: Journal,
    /// Copies of the database.
    pub backup: Backup,
    /// Who answers for the data.
    pub vendor: Vendor,
    /// How mail leaves.
    pub mail: Mail,
    /// The periods of a request.
    pub requests: Requests,
    /// What the law keeps from erasure.
    pub retention: Retention,
    /// Where else personal data lives.
    pub stores: Stores,
    /// How long copies may be kept outside, and how often access is reviewed.
    pub registers: Registers,
    /// How staff sign in.
    pub staff: Staff,
    /// How much is taken from whom.
    pub limits: Limits,
    /// The trail.
    pub audit: Audit,
    /// Whose request it is; the first rule that fits decides.
    pub routing: Vec<Route>,
    /// How people unsubscribe from newsletters.
    pub unsubscribe: Unsubscribe,
    /// The kinds of mailings; with none, any name is one.
    pub lists: Vec<List>,
    /// How Atlassian's word on installations is checked.
    pub lifecycle: Lifecycle,
    /// The Connect apps whose installations are told.
    pub connect: Vec<ConnectApp>,
}

impl Config {
    /// Whether mailings may be sent under this name.
    pub fn has_list(&self, name: &str) -> bool {
        is_name(name) && (self.lists.is_empty() || self.list(name).is_some())
    }

    /// A list by its name in any case, since mailing tools do not agree on it.
    fn list(&self, name: &str) -> Option<&List> {
        let mut lists = self.lists.iter();
        lists.find(|list| list.name.eq_ignore_ascii_case(name))
    }

    /// A list's name as the configuration writes it; in lower case where it does not know it.
    pub fn list_name(&self, name: &str) -> String {
        match self.list(name) {
            Some(list) => list.name.clone(),
            None => name.to_ascii_lowercase(),
        }
    }

    /// What people call a list; its name where the configuration does not know it, or knows it no more.
    pub fn list_title(&self, name: &str, lang: Lang) -> String {
        match self.list(name) {
            Some(list) => list.titles.get(lang.tag()).unwrap_or(&list.title).clone(),
            None => name.to_owned(),
        }
    }

    /// Reads the file (by default `lethe.toml`, if there is one) and the environment, which wins.
    ///
    /// # Errors
    ///
    /// Every problem found, with its key, what was written unless it is secret, and the mend.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigErrors> {
        read::load(file)
    }

    /// The demo's: everything in one folder, mail into the outbox, an invented vendor.
    ///
    /// # Errors
    ///
    /// If `bind` is no loopback address, since the demo has no https.
    pub fn demo(data: &Path, bind: SocketAddr) -> Result<Self, Invalid> {
        let public_url = PublicUrl::of_loopback(bind)?;
        let documented = read::documented();
        let privacy: Mailbox = "privacy@northwind.example".parse()?;
        Ok(Self {
            server: Server {
                bind,
                public_url,
                workers: None,
                trusted_proxies: Vec::new(),
            },
            database: Database {
                url: DatabaseUrl::Sqlite(data.join("lethe.db")),
                prepared: documented.database.prepared,
                connections: documented.database.connections,
                read_connections: documented.database.read_connections,
            },
            keys: Keys {
                file: data.join("lethe.keys"),
            },
            journal: Journal {
                erasure: data.join("lethe.erasures"),
                copies: Vec::new(),
                intake: None,
            },
            backup: Backup::default(),
            vendor: Vendor {
                name: "Northwind Apps".to_owned(),
                address: "Northwind Apps B.V., Noordwindkade 14, Amsterdam, the Netherlands"
                    .to_owned(),
                privacy_addresses: vec![privacy.clone()],
                logo: None,
                calendar: None,
                ..documented.vendor
            },
            mail: Mail {
                from: privacy,
                transport: Transport::Outbox,
                give_up_after_days: documented.mail.give_up_after_days,
                bounces: None,
                dkim: None,
                inboxes: Vec::new(),
                authserv_ids: Vec::new(),
                answers_per_address_per_day: documented.mail.answers_per_address_per_day,
                answers_per_hour: documented.mail.answers_per_hour,
            },
            requests: documented.requests,
            retention: Retention {
                policy: PolicyFile::BuiltIn,
                ..documented.retention
            },
            stores: Stores::default(),
            registers: documented.registers,
            staff: documented.staff,
            limits: documented.limits,
            audit: Audit {
                origin: "audit.northwind.example/lethe".parse()?,
                // The one in the example is nobody's.
                witnesses: Vec::new(),
                ..documented.audit
            },
            routing: Vec::new(),
            unsubscribe: Unsubscribe::default(),
            lists: vec![
                List::titled("news", "Product news", "Neuigkeiten zum Produkt"),
                List::titled("webinars", "Webinars", "Webinare"),
            ],
            lifecycle: Lifecycle::default(),
            connect: Vec::new(),
        })
    }
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The address to listen on; default 127.0.0.1:8080.
    #[serde(default = "default_bind", deserialize_with = "values::address")]
    pub bind: SocketAddr,
    /// Where people reach the portal; mails link to it.
    pub public_url: PublicUrl,
    /// Threads that answer requests; by default one per core.
    #[serde(default, deserialize_with = "values::some_within::<1, 1024, _, _>")]
    pub workers: Option<usize>,
    /// Proxies whose `X-Forwarded-For` is believed; default none.
    #[serde(default, deserialize_with = "values::networks")]
    pub trusted_proxies: Vec<IpNet>,
}

impl Server {
    /// What every cookie's name begins with: `__Host-`, or `lethe_` where there is no https.
    pub fn cookie_prefix(&self) -> &'static str {
        if self.secure() { "__Host-" } else { "lethe_" }
    }

    /// Whether cookies carry `Secure`.
    pub fn secure(&self) -> bool {
        self.public_url.is_secure()
    }
}

fn default_bind() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

/// `[database]`
#[derive(Debug, Clone)]
pub struct Database {
    /// Default `sqlite:lethe.db`.
    pub url: DatabaseUrl,
    /// Whether statements are prepared; default yes.
    pub prepared: bool,
    /// Connections of one process to PostgreSQL, at most; default 16.
    pub connections: u32,
    /// Connections that only read (SQLite); default 4.
    pub read_connections: u32,
}

/// `[keys]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// The master keys; default `lethe.keys`.
    pub file: PathBuf,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            file: "lethe.keys".into(),
        }
    }
}

/// `[journal]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Journal {
    /// The erasure journal; default `lethe.erasures`.
    pub erasure: PathBuf,
    /// Copies of it that are written before an erasure counts as done; default none.
    pub copies: Vec<PathBuf>,
    /// The folder of the intake journal, sealed to `backup.recovery_key`; default none, and a restore loses what
    /// was asked and decided since the backup.
    pub intake: Option<PathBuf>,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            erasure: "lethe.erasures".into(),
            copies: Vec::new(),
            intake: None,
        }
    }
}

/// The kind of a backup of which nothing else was said.
pub const DAILY: &str = "daily";

/// `[backup]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// To which key backups are sealed; default none, and they lie open.
    #[serde(deserialize_with = "values::recovery_key")]
    pub recovery_key: Option<RecoveryKey>,
    /// For how many days a backup is kept, if its kind says nothing else; default 30.
    #[serde(deserialize_with = "values::within::<1, 3_650, _, _>")]
    pub keep_days: i64,
    /// The kinds that are kept longer or shorter; default none.
    #[serde(deserialize_with = "values::backup_kinds")]
    pub kinds: Vec<BackupKind>,
    /// Whether Lethe deletes the files that it made, when their time is over; default yes.
    pub delete_expired: bool,
}

impl Default for Backup {
    fn default() -> Self {
        Self {
            recovery_key: None,
            keep_days: 30,
            kinds: Vec::new(),
            delete_expired: true,
        }
    }
}

impl Backup {
    /// For how many days a backup of this kind is kept; `None` if there is no such kind.
    pub fn days_of(&self, kind: &str) -> Option<i64> {
        let own = self.kinds.iter().find(|known| known.name == kind);
        own.map(|known| known.keep_days)
            .or_else(|| (kind == DAILY).then_some(self.keep_days))
    }
}

/// A kind of backup, written as `yearly 400`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupKind {
    /// Its name.
    pub name: String,
    /// For how many days one is kept.
    pub keep_days: i64,
}

/// `[vendor]`: the controller.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// As pages and mails name it.
    #[serde(deserialize_with = "values::line")]
    pub name: String,
    /// The postal address, on one line.
    #[serde(deserialize_with = "values::line")]
    pub address: String,
    /// Where privacy mail arrives; never empty, see [`Vendor::privacy_address`].
    #[serde(deserialize_with = "values::mailboxes")]
    pub privacy_addresses: Vec<Mailbox>,
    /// For people whose own language is not spoken; default English.
    #[serde(default = "default_language", deserialize_with = "values::language")]
    pub language: Lang,
    /// Of the stripe on pages and mails.
    #[serde(default)]
    pub colour: Colour,
    /// An SVG file.
    #[serde(default)]
    pub logo: Option<PathBuf>,
    /// The Member State whose holidays count (Regulation 1182/71, Art. 2).
    pub country: Country,
    /// Where days begin and end.
    #[serde(deserialize_with = "values::zone")]
    pub zone: TimeZone,
    /// A file of holidays instead of the built-in ones.
    #[serde(default)]
    pub calendar: Option<PathBuf>,
    /// The supervisory authority (Art. 77).
    #[serde(deserialize_with = "values::line")]
    pub authority_name: String,
    /// Its page for complaints.
    #[serde(deserialize_with = "values::page")]
    pub authority_url: Url,
    /// Names of the products; may be empty.
    #[serde(default, deserialize_with = "values::lines")]
    pub products: Vec<String>,
}

impl Vendor {
    /// The privacy address that people are told: the first.
    pub fn privacy_address(&self) -> &Mailbox {
        &self.privacy_addresses[0]
    }
}

fn default_language() -> Lang {
    Lang::En
}

/// `[mail]`
#[derive(Debug, Clone)]
pub struct Mail {
    /// The sender of every mail.
    pub from: Mailbox,
    /// How it leaves.
    pub transport: Transport,
    /// How long one mail is tried, in days; default 5.
    pub give_up_after_days: i64,
    /// Whose envelope takes what comes back undelivered, `bounce@…`: a letter is sent from
    /// `bounce+ID@…`. Default none, then the envelope names `from`.
    pub bounces: Option<Mailbox>,
    /// What letters are signed with; default none.
    pub dkim: Option<Dkim>,
    /// The mailboxes that are read, by name; default none.
    pub inboxes: Vec<Inbox>,
    /// The names under which our own border server writes `Authentication-Results`; default none,
    /// and then nothing such a field says is believed.
    pub authserv_ids: Vec<String>,
    /// Letters that answer mails from one address in a day; default 3.
    pub answers_per_address_per_day: u32,
    /// Letters that answer mails from all addresses together in an hour; default 100. Over it
    /// nothing is lost: the mails wait for staff.
    pub answers_per_hour: u32,
}

/// How mail leaves; default SMTP.
#[derive(Debug, Clone)]
pub enum Transport {
    /// To a mail server.
    Smtp(Smtp),
    /// Into this folder, a file each; nothing is sent.
    Files(PathBuf),
    /// To the page `/dev/outbox`; in the demo only, no file can ask for it.
    Outbox,
}

/// The mail server.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Name or address.
    pub host: String,
    /// By default 465, 587 or 25, as `tls` says.
    pub port: u16,
    /// Default [`Tls::Required`].
    pub tls: Tls,
    /// Authorities in PEM that are believed besides the public ones, from `mail.ca_file`.
    pub authorities: Option<String>,
    /// Who signs in; never together with [`Tls::None`].
    pub login: Option<Login>,
}

/// Name and password at a mail server.
#[derive(Debug, Clone)]
pub struct Login {
    /// The name.
    pub user: String,
    /// From `password_file` or `LETHE__MAIL__PASSWORD`; of an inbox, from its own.
    pub password: SecretString,
}

/// `[mail.dkim]`: what letters are signed with (RFC 6376, RFC 8463).
#[derive(Debug, Clone)]
pub struct Dkim {
    /// The domain that signs: that of `mail.from`, or one above it.
    pub domain: String,
    /// Under which name in `SELECTOR._domainkey.DOMAIN` the public key is published.
    pub selector: String,
    /// Where the key was read from.
    pub key_file: PathBuf,
    /// The private key in PEM, as `openssl genpkey` writes it.
    pub key: SecretString,
}

/// `[mail.inbox.NAME]`: a mailbox that is read over IMAP.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// What it is called here; how far it was read is kept under this name.
    pub name: String,
    /// Name or address of the server.
    pub host: String,
    /// By default 993, or 143 unless TLS begins with the first byte.
    pub port: u16,
    /// Default [`Tls::Required`]; [`Tls::None`] on this machine itself only.
    pub tls: Tls,
    /// As [`Smtp::authorities`].
    pub authorities: Option<String>,
    /// Who signs in.
    pub login: Login,
    /// Default `INBOX`.
    pub folder: String,
    /// Default [`Begin::New`].
    pub begin: Begin,
    /// Default [`After::Seen`].
    pub after: After,
}

/// What the first look at a mailbox takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Begin {
    /// What comes from then on.
    #[default]
    New,
    /// All that lies in it.
    All,
}

/// What becomes of a message in its mailbox once Lethe has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum After {
    /// It stays, and is marked as seen.
    #[default]
    Seen,
    /// It is deleted there.
    Delete,
}

/// How the way to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// From the first byte (RFC 8314).
    #[default]
    Required,
    /// By STARTTLS; a server that does not offer it gets no mail (RFC 3207).
    StartTls,
    /// Never.
    None,
}

/// `[requests]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Requests {
    /// How long a mailed link can be confirmed, in days; default 7.
    #[serde(deserialize_with = "values::within::<2, 30, _, _>")]
    pub confirm_days: i64,
    /// When to remind of it, in days after the request; default 3, less than `confirm_days`.
    #[serde(deserialize_with = "values::within::<1, 29, _, _>")]
    pub reminder_days: i64,
    /// Our own target for an answer, in days; default 14. The limit is Art. 12(3)'s month.
    #[serde(deserialize_with = "values::within::<1, 27, _, _>")]
    pub own_target_days: i64,
    /// Kinds that a second person must agree to; default none.
    #[serde(deserialize_with = "values::kinds")]
    pub two_people: Vec<Kind>,
    /// How long the status page stays after the end, in days; default 90.
    #[serde(deserialize_with = "values::within::<1, 3650, _, _>")]
    pub status_days_after_close: i64,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            confirm_days: 7,
            reminder_days: 3,
            own_target_days: 14,
            two_people: Vec::new(),
            status_days_after_close: 90,
        }
    }
}

/// `[retention]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// The rules of the vendor's privacy statement, as a file (docs/retention.md), or `built-in`.
    pub policy: PolicyFile,
    /// A sweep that would remove more than this share of a category, in percent, waits for a
    /// person; default 10.
    #[serde(
        default = "default_wait_above_percent",
        deserialize_with = "values::within::<0, 100, _, _>"
    )]
    pub wait_above_percent: i64,
    /// So many records go without asking, whatever their share; default 50.
    #[serde(
        default = "default_wait_above_records",
        deserialize_with = "values::within::<0, 1_000_000, _, _>"
    )]
    pub wait_above_records: i64,
    /// A report of licences older than this, in days, is not relied on: renewals may be unknown, and
    /// a sweep of people waits for a person; default 14, and 0 for never.
    #[serde(
        default = "default_report_days",
        deserialize_with = "values::within::<0, 365, _, _>"
    )]
    pub report_days: i64,
}

/// `[stores]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stores {
    /// A file for each store in another system, in the order of the runs (docs/connectors.md).
    pub files: Vec<PathBuf>,
}

fn default_report_days() -> i64 {
    14
}

fn default_wait_above_percent() -> i64 {
    10
}

fn default_wait_above_records() -> i64 {
    50
}

/// `[registers]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Registers {
    /// How long a copy outside the stores may be kept from the day it is entered or put off, in
    /// days; default 30.
    #[serde(deserialize_with = "values::within::<1, 365, _, _>")]
    pub longest_copy_days: i64,
    /// How often somebody has to look through who may do what, in days; default 180.
    #[serde(deserialize_with = "values::within::<1, 730, _, _>")]
    pub access_review_days: i64,
}

impl Default for Registers {
    fn default() -> Self {
        Self {
            longest_copy_days: LONGEST_DAYS,
            access_review_days: 180,
        }
    }
}

/// `[staff]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Staff {
    /// Whether staff may, or must, have a second factor; default offered.
    #[serde(deserialize_with = "values::second_factor")]
    pub second_factor: SecondFactor,
}

impl Default for Staff {
    fn default() -> Self {
        Self {
            second_factor: SecondFactor::Offered,
        }
    }
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests taken for one typed address in a day; default 5.
    #[serde(deserialize_with = "values::within::<1, 1_000, _, _>")]
    pub per_address_per_day: u32,
    /// Requests taken from one network in an hour; default 60.
    #[serde(deserialize_with = "values::within::<1, 100_000, _, _>")]
    pub per_network_per_hour: u32,
    /// Questions of one token of the API in a minute; default 600.
    #[serde(deserialize_with = "values::within::<1, 100_000, _, _>")]
    pub per_token_per_minute: u32,
    /// The largest form, in bytes; default 65,536.
    #[serde(deserialize_with = "values::within::<4_096, 1_048_576, _, _>")]
    pub form_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_address_per_day: 5,
            per_network_per_hour: 60,
            per_token_per_minute: 600,
            form_bytes: 65_536,
        }
    }
}

/// `[audit]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The log's name in its checkpoints; never changes.
    pub origin: Origin,
    /// Who cosigns the checkpoints; default nobody.
    #[serde(default, deserialize_with = "values::witnesses")]
    pub witnesses: Vec<Witness>,
    /// How long the particulars beside an entry outlive it, in days, unless their request is
    /// forgotten before; default 365.
    #[serde(
        default = "default_particulars_days",
        deserialize_with = "values::within::<1, 3_650, _, _>"
    )]
    pub particulars_days: i64,
    /// How long entries and their pseudonyms stay after the end of their year, in years; after that
    /// only hashes are left. Default 10.
    #[serde(
        default = "default_keep_years",
        deserialize_with = "values::within::<1, 100, _, _>"
    )]
    pub keep_years: i64,
}

fn default_particulars_days() -> i64 {
    365
}

fn default_keep_years() -> i64 {
    10
}

/// `[[routing]]`: a rule without a kind, language or product fits any.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// What is asked.
    #[serde(default, deserialize_with = "values::some_kind")]
    pub kind: Option<Kind>,
    /// The requester's language.
    #[serde(default, deserialize_with = "values::some_language")]
    pub language: Option<Lang>,
    /// One of [`Vendor::products`].
    #[serde(default, deserialize_with = "values::some_line")]
    pub product: Option<String>,
    /// The team's name, or none if `to` is one person.
    #[serde(default, deserialize_with = "values::some_line")]
    pub team: Option<String>,
    /// Where to write that a request has come.
    pub to: Mailbox,
}

/// `[unsubscribe]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsubscribe {
    /// Where mail programs that do not click write to: a mailbox that Lethe reads. Default none,
    /// and newsletters get the link alone.
    #[serde(default)]
    pub mailto: Option<Mailbox>,
}

/// `[[lists]]`: a kind of mailing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// As links and mailing tools name it.
    #[serde(deserialize_with = "values::name")]
    pub name: String,
    /// As people know it.
    #[serde(deserialize_with = "values::line")]
    pub title: String,
    /// The same in other languages, by their tags.
    #[serde(default, deserialize_with = "values::by_language")]
    pub titles: BTreeMap<String, String>,
}

impl List {
    fn titled(name: &str, title: &str, german: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            titles: BTreeMap::from([(Lang::De.tag().to_owned(), german.to_owned())]),
        }
    }
}

/// `[lifecycle]`: the public keys with which Atlassian signs that a Connect app was installed or
/// uninstalled.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifecycle {
    /// A folder with a file `KID.pem` for each, or one such file. Default none.
    pub install_keys: Option<PathBuf>,
    /// The address below which one is fetched that is not there. Default none.
    #[serde(deserialize_with = "values::some_key_server")]
    pub install_keys_url: Option<Url>,
}

/// `[[connect]]`: an Atlassian Connect app of the vendor's, as its descriptor says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectApp {
    /// The key of the app.
    #[serde(deserialize_with = "values::app_key")]
    pub key: String,
    /// Its `baseUrl`, for which Atlassian signs.
    #[serde(deserialize_with = "values::page")]
    pub base_url: Url,
    /// Where `installed` is told, below `base_url`; default `/installed`.
    #[serde(default = "default_installed", deserialize_with = "values::path")]
    pub installed: String,
    /// Where `uninstalled` is told; default `/uninstalled`.
    #[serde(default = "default_uninstalled", deserialize_with = "values::path")]
    pub uninstalled: String,
    /// Where `enabled` is told; default `/enabled`.
    #[serde(default = "default_enabled", deserialize_with = "values::path")]
    pub enabled: String,
    /// Where `disabled` is told; default `/disabled`.
    #[serde(default = "default_disabled", deserialize_with = "values::path")]
    pub disabled: String,
}

fn default_installed() -> String {
    "/installed".into()
}

fn default_uninstalled() -> String {
    "/uninstalled".into()
}

fn default_enabled() -> String {
    "/enabled".into()
}

fn default_disabled() -> String {
    "/disabled".into()
}

/// Everything that is wrong with the configuration; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<Problem>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has a problem:")?,
            count => write!(f, "the configuration has {count} problems:")?,
        }
        self.0
            .iter()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `section.key`; rules of `[[routing]]` are counted from 1. For a whole file, its name.
    pub key: String,
    /// The file or variable where it stands or should stand; none for a whole file.
    pub place: Option<String>,
    /// What is wrong and what is allowed; never a secret.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)?;
        if let Some(place) = &self.place {
            write!(f, " ({place})")?;
        }
        write!(f, ": {}", self.reason)
    }
}

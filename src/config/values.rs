//! The values a configuration is made of, each parsed into a type that cannot be wrong.
//!
//! An error quotes the value and says what is allowed; that of a secret never quotes it.
//! Nothing here reads files or the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, Error as _};
use url::{Host, Url};

use super::BackupKind;
use crate::audit::note::{KeyError, KeyKind, VerifierKey};
use crate::domain::lifecycle::is_key;
use crate::domain::request::Kind;
use crate::domain::sender::is_name;
use crate::domain::staff::SecondFactor;
use crate::i18n::Lang;
use crate::seal::recovery::{NotARecoveryKey, RecoveryKey};

/// Why a value is not allowed, in a sentence for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub(super) String);

/// The database and how to reach it. The PostgreSQL form may hold a password.
#[derive(Debug, Clone)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`
    Sqlite(PathBuf),
    /// `postgres://…` or `postgresql://…`, as libpq reads it, several hosts included.
    Postgres(SecretString),
}

impl FromStr for DatabaseUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Some(path) = text.strip_prefix("sqlite:")
            && !path.is_empty()
        {
            return Ok(Self::Sqlite(path.into()));
        }
        if after_postgres(text).is_some_and(|rest| !rest.is_empty()) {
            return Ok(Self::Postgres(text.into()));
        }
        Err(Invalid(
            "this is no database; write sqlite:PATH or postgres://USER@HOST/NAME".into(),
        ))
    }
}

/// Whether this is a PostgreSQL URL with a password in it.
pub(super) fn holds_password(url: &str) -> bool {
    let Some(rest) = after_postgres(url) else {
        return false;
    };
    let (before_query, query) = rest.split_once('?').unwrap_or((rest, ""));
    let user = before_query.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':')
        || url::form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == "password")
}

fn after_postgres(url: &str) -> Option<&str> {
    url.strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
}

/// Where people reach the portal: scheme, host and port; https unless the host is this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// `http://` and this address, for the demo.
    pub(super) fn of_loopback(address: SocketAddr) -> Result<Self, Invalid> {
        format!("http://{address}").parse()
    }

    /// `https://privacy.vendor.example`, without a slash at the end.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The host, and the port if it is not the scheme's own, as in a `Host` header.
    pub fn authority(&self) -> &str {
        self.0.authority()
    }

    /// Whether it is reached by https.
    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The full address of a path that begins with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.as_str())
    }
}

impl FromStr for PublicUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let url = web_url(text)?;
        let refuse = |why: &str| Err(Invalid(format!("{text:?} {why}")));
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return refuse("says too much; write scheme, host and port only");
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return refuse(
                "would send links and cookies in clear; write https://, \
                 http:// is for localhost and 127.0.0.1 only",
            );
        }
        Ok(Self(url))
    }
}

/// A page on the web, by http or https.
pub(super) fn web_url(text: &str) -> Result<Url, Invalid> {
    let refuse = |why: &str| {
        Invalid(format!(
            "{text:?} {why}; write it like https://www.vendor.example"
        ))
    };
    let url = Url::parse(text).map_err(|error| refuse(&format!("is no URL ({error})")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("is no web address"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Invalid(
            "the URL has a user name or password in it; leave them out".into(),
        ));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A mail address of the vendor's own; people's addresses have a type of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox(String);

impl Mailbox {
    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after the @.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The addresses that every mail server takes: a dot-atom, an @ and a host name (RFC 5321, 4.1.2).
impl FromStr for Mailbox {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match mailbox_fault(text) {
            None => Ok(Self(text.to_owned())),
            Some(why) => Err(Invalid(format!(
                "{text:?} is no mail address: {why}; write it like privacy@vendor.example"
            ))),
        }
    }
}

fn mailbox_fault(text: &str) -> Option<&'static str> {
    let Some((local, domain)) = text.split_once('@') else {
        return Some("it has no @");
    };
    let in_local = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
    if text.contains(char::is_whitespace) {
        Some("it has a space in it")
    } else if domain.contains('@') {
        Some("it has more than one @")
    } else if local.is_empty() || local.len() > 64 || text.len() > 254 {
        Some("the part before the @ is empty, or the address too long")
    } else if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        Some("the part before the @ has a dot in a wrong place")
    } else if !local.chars().all(in_local) {
        Some("the part before the @ has a character that is not allowed")
    } else if !domain.contains('.') || !is_host_name(domain) {
        Some("the part after the @ is no host name (with other than a-z, write its xn-- form)")
    } else {
        None
    }
}

fn is_host_name(text: &str) -> bool {
    text.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    })
}

/// A colour, `#rrggbb` in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colour(String);

impl Colour {
    /// `#12586e`
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The product's own petrol blue.
impl Default for Colour {
    fn default() -> Self {
        Self("#12586e".into())
    }
}

impl FromStr for Colour {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.strip_prefix('#') {
            Some(digits) if digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit()) => {
                Ok(Self(text.to_ascii_lowercase()))
            }
            _ => Err(Invalid(format!(
                "{text:?} is no colour; write # and six hexadecimal digits, like \"#12586e\""
            ))),
        }
    }
}

/// A country by its two letters (ISO 3166-1 alpha-2). That its calendar exists is for `check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country(String);

impl Country {
    /// `NL`
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl FromStr for Country {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let allowed = match text {
            "UK" => "the United Kingdom is \"GB\"",
            "EL" => "Greece is \"GR\"",
            _ if text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()) => {
                return Ok(Self(text.to_owned()));
            }
            _ => "write its two capital letters, like \"NL\"",
        };
        Err(Invalid(format!("{text:?} is no country code; {allowed}")))
    }
}

/// The name of the audit log: a host and perhaps a path (signed-note key name, C2SP).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// `audit.vendor.example/lethe`
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (host, path) = text.split_once('/').unwrap_or((text, "-"));
        let in_path = |c: char| c.is_ascii_graphic() && c != '+';
        if is_host_name(host) && !path.is_empty() && path.chars().all(in_path) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid(format!(
            "{text:?} is no name for a log; write a host and a path without https://, \
             spaces and plus signs, like audit.vendor.example/lethe"
        )))
    }
}

/// A witness of the audit log: where it is asked, and the key that its cosignatures are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The address that `add-checkpoint` follows, without the last slash.
    pub url: String,
    /// Its key (signed-note verifier key, C2SP).
    pub key: VerifierKey,
}

impl FromStr for Witness {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let fault = |why: String| {
            Invalid(format!(
                "{text:?} is no witness; {why}. Write its address, a space and the key that \
                 `lethe witness` prints"
            ))
        };
        let (url, key) = text
            .split_once(' ')
            .ok_or_else(|| fault("there is no space in it".to_owned()))?;
        let parsed = Url::parse(url).map_err(|error| fault(error.to_string()))?;
        let is_near = match parsed.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let is_safe = parsed.scheme() == "https" || (parsed.scheme() == "http" && is_near);
        let is_plain = parsed.username().is_empty()
            && parsed.password().is_none()
            && parsed.query().is_none()
            && parsed.fragment().is_none();
        if !is_plain {
            return Err(fault("its address is a host and a path alone".to_owned()));
        }
        if !is_safe || parsed.host().is_none() {
            return Err(fault(
                "its address begins with https://; http:// is for this machine alone".to_owned(),
            ));
        }
        let key: VerifierKey = key
            .trim()
            .parse()
            .map_err(|error: KeyError| fault(error.to_string()))?;
        if key.kind() != KeyKind::Witness {
            return Err(fault("its key is that of a log".to_owned()));
        }
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            key,
        })
    }
}

/// The witnesses, of which no two have one name.
pub(super) fn witnesses<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Witness>, D::Error> {
    let witnesses: Vec<Witness> = each(deserializer, str::parse)?;
    let mut names: Vec<_> = witnesses.iter().map(|witness| witness.key.name()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(D::Error::custom("two witnesses have one name"));
    }
    Ok(witnesses)
}

impl FromStr for BackupKind {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parsed = text.split_once(' ').and_then(|(name, days)| {
            let keep_days = days
                .parse()
                .ok()
                .filter(|days| (1..=3_650).contains(days))?;
            is_name(name).then(|| Self {
                name: name.to_owned(),
                keep_days,
            })
        });
        parsed.ok_or_else(|| {
            Invalid(format!(
                "{text:?} is no kind of backup; write its name, a space and for how many days one is kept \
                 (1 to 3650), like \"yearly 400\""
            ))
        })
    }
}

pub(super) fn backup_kinds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<BackupKind>, D::Error> {
    let kinds: Vec<BackupKind> = each(deserializer, str::parse)?;
    let mut names: Vec<_> = kinds.iter().map(|kind| kind.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(D::Error::custom("two kinds have one name"));
    }
    Ok(kinds)
}

pub(super) fn recovery_key<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<RecoveryKey>, D::Error> {
    one(deserializer, |text: &str| {
        text.parse()
            .map_err(|error: NotARecoveryKey| Invalid(error.to_string()))
    })
    .map(Some)
}

macro_rules! deserialize_from_str {
    ($($name:ty),*) => { $(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                one(deserializer, str::parse)
            }
        }
    )* };
}
deserialize_from_str!(DatabaseUrl, PublicUrl, Mailbox, Colour, Country, Origin);

/// One value, parsed from text.
pub(super) fn one<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: fn(&str) -> Result<T, Invalid>,
) -> Result<T, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// A list of values, parsed from a list of texts; the error names every one that is wrong.
pub(super) fn each<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: fn(&str) -> Result<T, Invalid>,
) -> Result<Vec<T>, D::Error> {
    let mut values = Vec::new();
    let mut faults = Vec::new();
    for text in Vec::<String>::deserialize(deserializer)? {
        match parse(&text) {
            Ok(value) => values.push(value),
            Err(Invalid(fault)) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        return Ok(values);
    }
    Err(D::Error::custom(faults.join("; ")))
}

/// A whole number from `MIN` to `MAX`.
pub(super) fn within<'de, const MIN: i64, const MAX: i64, D, T>(
    deserializer: D,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    let number = i64::deserialize(deserializer)?;
    (MIN..=MAX)
        .contains(&number)
        .then(|| T::try_from(number).ok())
        .flatten()
        .ok_or_else(|| {
            D::Error::custom(format!(
                "{number} is not allowed; write a number from {MIN} to {MAX}"
            ))
        })
}

pub(super) fn some_within<'de, const MIN: i64, const MAX: i64, D, T>(
    deserializer: D,
) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    within::<MIN, MAX, D, T>(deserializer).map(Some)
}

pub(super) fn address<'de, D: Deserializer<'de>>(d: D) -> Result<SocketAddr, D::Error> {
    one(d, |text| {
        text.parse().map_err(|_| {
            Invalid(format!(
                "{text:?} is no address with a port; write it like 127.0.0.1:8080 or [::1]:8080"
            ))
        })
    })
}

pub(super) fn networks<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<IpNet>, D::Error> {
    each(d, |text| {
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map_err(|_| {
                Invalid(format!(
                    "{text:?} is no address or network; write it like 10.0.0.5 or 10.0.0.0/24"
                ))
            })
    })
}

pub(super) fn zone<'de, D: Deserializer<'de>>(d: D) -> Result<TimeZone, D::Error> {
    one(d, |text| {
        TimeZone::get(text).map_err(|_| {
            Invalid(format!(
                "{text:?} is no time zone; write a name of the IANA list, like Europe/Amsterdam"
            ))
        })
    })
}

pub(super) fn page<'de, D: Deserializer<'de>>(d: D) -> Result<Url, D::Error> {
    one(d, web_url)
}

pub(super) fn line<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    one(d, parse_line)
}

pub(super) fn some_line<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    line(d).map(Some)
}

/// A server that hands out public keys: by https, or on this machine.
pub(super) fn some_key_server<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Url>, D::Error> {
    one(d, |text: &str| {
        let url = web_url(text)?;
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(Invalid(format!(
                "{text:?} could be exchanged on the way; write https://, \
                 http:// is for localhost and 127.0.0.1 only"
            )));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Invalid(format!(
                "{text:?} says too much; the name of the key is written after it"
            )));
        }
        Ok(url)
    })
    .map(Some)
}

/// The key of an app, as its descriptor has it.
pub(super) fn app_key<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    one(d, |text: &str| {
        is_key(text).then(|| text.to_owned()).ok_or_else(|| {
            Invalid(format!(
                "{text:?} is no key of an app; write it as in the descriptor, like \
                 \"example.burndown.plus\""
            ))
        })
    })
}

/// A path below an address, with a slash in front.
pub(super) fn path<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    one(d, |text: &str| {
        let fits = text.starts_with('/')
            && text
                .chars()
                .all(|c| c.is_ascii_graphic() && !"?#".contains(c));
        fits.then(|| text.to_owned()).ok_or_else(|| {
            Invalid(format!(
                "{text:?} is no path; write it like \"/installed\", below base_url"
            ))
        })
    })
}

/// A name of a list, as in links.
pub(super) fn name<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    one(d, |text: &str| {
        is_name(text).then(|| text.to_owned()).ok_or_else(|| {
            Invalid(format!(
                "{text:?} is no name; write letters, digits, - and _, at most 64, like \"news\""
            ))
        })
    })
}

/// A line for each language.
pub(super) fn by_language<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let written = BTreeMap::<String, String>::deserialize(d)?;
    for (tag, text) in &written {
        if !Lang::all().iter().any(|lang| lang.tag() == tag) {
            let tags: Vec<_> = Lang::all().iter().map(|lang| lang.tag()).collect();
            return Err(D::Error::custom(format!(
                "{tag:?} is no language of Lethe; it speaks {}",
                tags.join(", ")
            )));
        }
        parse_line(text).map_err(D::Error::custom)?;
    }
    Ok(written)
}

pub(super) fn lines<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    each(d, parse_line)
}

/// Text on one line; control characters could break a mail's header.
fn parse_line(text: &str) -> Result<String, Invalid> {
    if text.trim().is_empty() || text.contains(char::is_control) {
        return Err(Invalid(format!(
            "{text:?} is empty or has a line break or control character in it; write one line"
        )));
    }
    Ok(text.trim().to_owned())
}

pub(super) fn host<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    one(d, |text| {
        if is_host_name(text) || text.parse::<IpAddr>().is_ok() {
            return Ok(text.to_owned());
        }
        Err(Invalid(format!(
            "{text:?} is no host; write a name or an address without port, like smtp.vendor.example"
        )))
    })
}

pub(super) fn some_host<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    host(d).map(Some)
}

/// Whether a host is this machine itself.
pub(super) fn is_this_machine(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// The address that bounces come back to. A letter's own is made of it by a plus and the letter's
/// id, and by the word before the plus it is known again.
pub(super) fn bounces<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Mailbox>, D::Error> {
    one(d, |text| {
        let mailbox: Mailbox = text.parse()?;
        if !text.starts_with("bounce@") {
            return Err(Invalid(format!(
                "{text:?} does not begin with bounce@; write it like bounce@vendor.example"
            )));
        }
        Ok(Some(mailbox))
    })
}

/// Names of servers in `Authentication-Results` (RFC 8601, 2.2), without spaces and separators.
pub(super) fn authserv_ids<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    each(d, |text| {
        let is_plain = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(c);
        if text.is_empty() || !text.chars().all(is_plain) {
            return Err(Invalid(format!(
                "{text:?} is no name of a server; write it as the field begins, like mx.vendor.example"
            )));
        }
        Ok(text.to_owned())
    })
}

/// A domain as DNS knows it.
pub(super) fn domain<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    one(d, |text| {
        if text.contains('.') && is_host_name(text) {
            return Ok(text.to_ascii_lowercase());
        }
        Err(Invalid(format!(
            "{text:?} is no domain; write it like vendor.example (with other than a-z, its xn-- form)"
        )))
    })
}

/// A DKIM selector: labels of DNS.
pub(super) fn selector<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    one(d, |text| {
        if is_host_name(text) {
            return Ok(text.to_owned());
        }
        Err(Invalid(format!(
            "{text:?} is no selector; write letters, digits and hyphens, like lethe1"
        )))
    })
}

pub(super) fn mailboxes<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Mailbox>, D::Error> {
    let mailboxes = each(d, str::parse)?;
    if mailboxes.is_empty() {
        return Err(D::Error::custom("the list is empty; name at least one"));
    }
    Ok(mailboxes)
}

pub(super) fn language<'de, D: Deserializer<'de>>(d: D) -> Result<Lang, D::Error> {
    one(d, |text| {
        Lang::from_tag(text).ok_or_else(|| {
            let tags: Vec<_> = Lang::all().iter().map(|lang| lang.tag()).collect();
            Invalid(format!(
                "{text:?} is no language that Lethe speaks; write one of {}",
                tags.join(", ")
            ))
        })
    })
}

pub(super) fn some_language<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Lang>, D::Error> {
    language(d).map(Some)
}

pub(super) fn kinds<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Kind>, D::Error> {
    each(d, parse_kind)
}

pub(super) fn some_kind<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Kind>, D::Error> {
    one(d, parse_kind).map(Some)
}

pub(super) fn second_factor<'de, D: Deserializer<'de>>(d: D) -> Result<SecondFactor, D::Error> {
    one(d, |text| {
        text.parse().map_err(|_| {
            Invalid(format!(
                "{text:?} is not how a second factor is asked for; write off, offered or required"
            ))
        })
    })
}

fn parse_kind(text: &str) -> Result<Kind, Invalid> {
    match text {
        "access" => Ok(Kind::Access),
        "rectification" => Ok(Kind::Rectification),
        "erasure" => Ok(Kind::Erasure),
        "objection" => Ok(Kind::Objection),
        _ => Err(Invalid(format!(
            "{text:?} is no kind of request; write access, rectification, erasure or objection"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason<T: FromStr<Err = Invalid> + fmt::Debug>(text: &str) -> String {
        text.parse::<T>().expect_err(text).to_string()
    }

    #[test]
    fn a_database_is_sqlite_or_postgres_and_the_error_names_both_but_not_the_value() {
        assert!(matches!(
            "sqlite:/var/lib/lethe/lethe.db".parse(),
            Ok(DatabaseUrl::Sqlite(path)) if path.to_str() == Some("/var/lib/lethe/lethe.db")
        ));
        for url in [
            "postgres://lethe@db/lethe",
            "postgresql://a,b/lethe?target_session_attrs=read-write",
        ] {
            assert!(matches!(url.parse(), Ok(DatabaseUrl::Postgres(_))), "{url}");
        }
        for url in ["sqlite:", "postgres://", "mysql://root:hush@db/lethe", ""] {
            let reason = reason::<DatabaseUrl>(url);
            assert!(
                reason.contains("sqlite:PATH") && reason.contains("postgres://"),
                "{reason}"
            );
            assert!(!reason.contains("hush"), "{reason}");
        }
    }

    #[test]
    fn a_password_is_seen_wherever_a_postgres_url_can_hold_it() {
        assert!(holds_password("postgres://lethe:hush@db/lethe"));
        assert!(holds_password(
            "postgresql:///lethe?user=lethe&password=hush"
        ));
        assert!(holds_password("postgres://lethe:p@ss@db/lethe"));
        assert!(holds_password("postgres:///lethe?p%61ssword=hush"));
        assert!(!holds_password("postgres://lethe@db:5432/lethe"));
        assert!(!holds_password("postgres://db:5432,other:5432/lethe"));
        assert!(!holds_password("sqlite:a:b@c"));
    }

    #[test]
    fn http_is_for_this_machine_only() {
        for url in [
            "http://localhost:8080",
            "http://127.0.0.1",
            "http://[::1]:8080/",
            "http://a.localhost",
        ] {
            assert!(
                !url.parse::<PublicUrl>().expect(url).is_secure(),
                "{url} is no https"
            );
        }
        assert!(reason::<PublicUrl>("http://privacy.vendor.example").contains("https://"));
        assert!(reason::<PublicUrl>("http://127.0.0.1.vendor.example").contains("https://"));
        let url: PublicUrl = "https://Privacy.vendor.example/"
            .parse()
            .expect("an address");
        assert!(url.is_secure());
        assert_eq!(url.join("/status"), "https://privacy.vendor.example/status");
        assert_eq!(url.authority(), "privacy.vendor.example");
        for url in [
            "privacy.vendor.example",
            "https://",
            "https://vendor.example/privacy",
            "https://u:p@vendor.example",
            "https://vendor.example/?a",
            "ftp://vendor.example",
        ] {
            reason::<PublicUrl>(url);
        }
    }

    #[test]
    fn a_mailbox_with_a_space_is_refused_with_the_reason() {
        assert!(reason::<Mailbox>("info@Redmoon Software.hu").contains("a space"));
        for (address, why) in [
            ("vendor.example", "no @"),
            ("a@b@vendor.example", "more than one"),
            ("@vendor.example", "empty"),
            (".a@vendor.example", "dot"),
            ("a..b@vendor.example", "dot"),
            ("a<b@vendor.example", "character"),
            ("a@vendor", "host name"),
            ("a@-vendor.example", "host name"),
            ("a@münchen.example", "xn--"),
        ] {
            assert!(reason::<Mailbox>(address).contains(why), "{address}");
        }
        for address in ["support@Redmoon-Software.com", "o'neil+x@vendor.example"] {
            assert_eq!(address.parse::<Mailbox>().expect(address).as_str(), address);
        }
    }

    #[test]
    fn a_colour_a_country_and_an_origin_have_one_form() {
        assert_eq!(
            "#AbCdEf".parse::<Colour>().expect("a colour").as_str(),
            "#abcdef"
        );
        for colour in ["#fff", "12586e", "#12586g", "red", "#12586e;}"] {
            reason::<Colour>(colour);
        }
        assert_eq!("NL".parse::<Country>().expect("a country").code(), "NL");
        assert!(reason::<Country>("UK").contains("GB"));
        for country in ["nl", "NLD", "", "É"] {
            reason::<Country>(country);
        }
        for origin in ["audit.vendor.example", "audit.vendor.example/dsr-log"] {
            assert!(origin.parse::<Origin>().is_ok(), "{origin}");
        }
        for origin in [
            "https://vendor.example",
            "a b",
            "vendor.example/a+b",
            "vendor.example/",
            "",
        ] {
            reason::<Origin>(origin);
        }
    }
}

//! Reads a policy: the rules of a privacy statement as TOML (`policies/*.toml`).
//!
//! Every problem is found at once and told with the sentence that causes it, so that whoever wrote
//! the statement can mend one of the two.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::{Host, Url};

use crate::domain::deadline::Period;
use crate::domain::email::Email;
use crate::domain::fields;
use crate::domain::recipient::{Notify, Recipient, RecipientRole, Safeguard};
use crate::domain::retention::{
    Act, Anchor, Category, Channel, Contradiction, Kind, Note, Policy, Rule, Source, Words,
};
use crate::domain::statistic::{Statistic, StatisticPlace};

/// The policy of the demo, and a place to begin.
pub const BUILT_IN: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/policies/standard.toml"
));

/// The policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum PolicyFile {
    /// The one that comes with Lethe.
    BuiltIn,
    /// The vendor's own.
    At(PathBuf),
}

impl From<String> for PolicyFile {
    fn from(text: String) -> PolicyFile {
        match text.as_str() {
            "built-in" => PolicyFile::BuiltIn,
            _ => PolicyFile::At(text.into()),
        }
    }
}

impl fmt::Display for PolicyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyFile::BuiltIn => f.write_str("built-in"),
            PolicyFile::At(path) => path.display().fmt(f),
        }
    }
}

impl PolicyFile {
    /// The text of the policy.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn text(&self) -> std::io::Result<String> {
        match self {
            PolicyFile::BuiltIn => Ok(BUILT_IN.to_owned()),
            PolicyFile::At(path) => fs::read_to_string(path),
        }
    }

    /// The policy.
    ///
    /// # Errors
    /// [`PolicyErrors`] with everything that is wrong.
    pub fn load(&self) -> Result<Policy, PolicyErrors> {
        let text = self.text().map_err(|error| PolicyErrors {
            problems: vec![problem(None, format!("cannot be read: {error}"), None)],
        })?;
        parse(&text)
    }
}

/// Why a policy cannot be in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyErrors {
    /// Each with its sentences.
    pub problems: Vec<Contradiction>,
}

impl PolicyErrors {
    /// A line for each problem: the rules, what is wrong, and the sentences.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.problems.iter().map(|problem| {
            let rules = match &problem.rules[..] {
                [] => String::new(),
                rules => format!("{}: ", rules.join(", ")),
            };
            let quotes: Vec<String> = problem
                .quotes
                .iter()
                .map(|quote| format!("“{quote}”"))
                .collect();
            match &quotes[..] {
                [] => format!("{rules}{}", problem.what),
                quotes => format!(
                    "{rules}{}. The sentence: {}",
                    problem.what,
                    quotes.join(" and ")
                ),
            }
        })
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.lines().collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for PolicyErrors {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default = "margin_days")]
    margin_days: i16,
    #[serde(default)]
    rules: Vec<WrittenRule>,
    #[serde(default)]
    channels: Vec<WrittenChannel>,
    #[serde(default)]
    recipients: Vec<WrittenRecipient>,
    #[serde(default)]
    statistics: Vec<WrittenStatistic>,
}

fn margin_days() -> i16 {
    14
}

/// A rule as it is written: what it lacks is told with its sentence.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    id: String,
    quote: String,
    data: Option<WrittenWords>,
    #[serde(default)]
    categories: Vec<String>,
    only: Option<String>,
    place: Option<String>,
    anchor: Option<String>,
    #[serde(default)]
    sources: Vec<String>,
    kind: Option<String>,
    period: Option<String>,
    at_latest: Option<String>,
    act: Option<String>,
    ground: Option<String>,
    law: Option<String>,
    choice: Option<WrittenNote>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWords {
    en: String,
    de: String,
}

impl From<WrittenWords> for Words {
    fn from(words: WrittenWords) -> Words {
        Words {
            en: words.en,
            de: words.de,
        }
    }
}

/// A note of the operator, in English alone or in both languages.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a note is a text in English, or { en = \"…\", de = \"…\" }"
)]
enum WrittenNote {
    English(String),
    Words(WrittenNoteWords),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNoteWords {
    en: String,
    de: Option<String>,
}

impl WrittenNote {
    fn is_empty(&self) -> bool {
        let (WrittenNote::English(en) | WrittenNote::Words(WrittenNoteWords { en, .. })) = self;
        en.trim().is_empty()
    }
}

impl From<WrittenNote> for Note {
    fn from(written: WrittenNote) -> Note {
        match written {
            WrittenNote::English(en) => Note { en, de: None },
            WrittenNote::Words(WrittenNoteWords { en, de }) => Note { en, de },
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenChannel {
    who: WrittenWords,
    address: Option<String>,
    quote: String,
    choice: Option<WrittenNote>,
}

/// A recipient as it is written: what it lacks is told with the sentence that names it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRecipient {
    name: String,
    quote: String,
    role: Option<String>,
    #[serde(default)]
    categories: Vec<String>,
    place: Option<WrittenWords>,
    country: Option<String>,
    safeguard: Option<String>,
    notify: Option<String>,
    why_not: Option<WrittenNote>,
    choice: Option<WrittenNote>,
}

/// A statistic as it is written: what it lacks is told with the sentence that speaks of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStatistic {
    id: String,
    name: Option<WrittenWords>,
    quote: String,
    #[serde(default)]
    fields: Vec<String>,
    store: Option<String>,
    place: Option<String>,
    linkable: Option<bool>,
    by: Option<String>,
    choice: Option<WrittenNote>,
}

fn problem(rule: Option<&str>, what: String, quote: Option<&str>) -> Contradiction {
    Contradiction {
        rules: rule.map(str::to_owned).into_iter().collect(),
        what,
        quotes: quote.map(str::to_owned).into_iter().collect(),
    }
}

/// Reads a policy.
///
/// # Errors
/// [`PolicyErrors`] with everything that is wrong, each with the sentence that causes it.
pub fn parse(text: &str) -> Result<Policy, PolicyErrors> {
    let written: Written = toml::from_str(text).map_err(|error| PolicyErrors {
        problems: vec![problem(None, error.to_string(), None)],
    })?;
    let mut problems = Vec::new();
    let rules: Vec<Option<Rule>> = written
        .rules
        .into_iter()
        .map(|written| rule(written, &mut problems))
        .collect();
    let channels: Vec<Option<Channel>> = written
        .channels
        .into_iter()
        .map(|written| channel(written, &mut problems))
        .collect();
    let recipients: Vec<Option<Recipient>> = written
        .recipients
        .into_iter()
        .map(|written| recipient(written, &mut problems))
        .collect();
    let statistics: Vec<Option<Statistic>> = written
        .statistics
        .into_iter()
        .map(|written| statistic(written, &mut problems))
        .collect();
    if !(0..=90).contains(&written.margin_days) {
        problems.push(problem(None, "margin_days is 0 to 90".to_owned(), None));
    }
    let policy = Policy {
        name: written.name,
        version: version(text),
        text: text.to_owned(),
        margin_days: written.margin_days.clamp(0, 90),
        rules: rules.into_iter().flatten().collect(),
        channels: channels.into_iter().flatten().collect(),
        recipients: recipients.into_iter().flatten().collect(),
        statistics: statistics.into_iter().flatten().collect(),
    };
    // What a rule lacks would be told twice, so the whole is looked at only when each can be read.
    if problems.is_empty() {
        problems = policy.contradictions();
        problems.extend(crate::domain::recipient::contradictions(&policy.recipients));
        problems.extend(crate::domain::statistic::contradictions(
            &policy.statistics,
            fields::identifying,
        ));
    }
    if problems.is_empty() {
        Ok(policy)
    } else {
        Err(PolicyErrors { problems })
    }
}

/// A short digest of the text.
fn version(text: &str) -> String {
    crate::audit::hex(&Sha256::digest(text.as_bytes())[..6])
}

fn rule(written: WrittenRule, problems: &mut Vec<Contradiction>) -> Option<Rule> {
    let before = problems.len();
    let mut wrong =
        |what: String| problems.push(problem(Some(&written.id), what, Some(&written.quote)));
    if written.quote.trim().is_empty() {
        wrong("a rule names the sentence that it keeps (quote)".to_owned());
    }
    let categories = words("categories", &written.categories, &mut wrong);
    let sources = words("sources", &written.sources, &mut wrong);
    let anchor = word("anchor", written.anchor.as_deref(), &mut wrong);
    let kind = word("kind", written.kind.as_deref(), &mut wrong);
    let act = word("act", written.act.as_deref(), &mut wrong);
    let mut at = |name: &str, text: Option<&str>| {
        let read = text.map(period)?;
        if read.is_none() {
            wrong(format!(
                "{name}: a period is a number and days, weeks, months or years, like \"6 months\""
            ));
        }
        read
    };
    let period = at("period", written.period.as_deref());
    let at_latest = at("at_latest", written.at_latest.as_deref());
    if written.data.is_none() {
        wrong("what data it is about is missing (data = { en = \"…\", de = \"…\" })".to_owned());
    }
    if written
        .ground
        .as_deref()
        .is_none_or(|ground| ground.trim().is_empty())
    {
        wrong("the legal ground of keeping it until then is missing (ground)".to_owned());
    }
    if written.sources.is_empty() {
        wrong("nothing says where the date of the event comes from (sources)".to_owned());
    }
    if problems.len() > before {
        return None;
    }
    Some(Rule {
        id: written.id,
        data: written.data?.into(),
        categories,
        only: written.only,
        place: written.place,
        anchor: anchor?,
        sources,
        kind: kind?,
        period,
        at_latest,
        act: act?,
        ground: written.ground?,
        law: written.law,
        quote: written.quote,
        choice: written.choice.map(Note::from),
    })
}

fn channel(written: WrittenChannel, problems: &mut Vec<Contradiction>) -> Option<Channel> {
    let address = match written.address.as_deref().map(Email::parse) {
        None => None,
        Some(Ok(address)) => Some(address),
        Some(Err(error)) => {
            let shown = written.address.as_deref().unwrap_or_default();
            let what = format!("nobody can write to {shown:?}: {error}");
            problems.push(problem(None, what, Some(&written.quote)));
            return None;
        }
    };
    Some(Channel {
        who: written.who.into(),
        address,
        quote: written.quote,
        choice: written.choice.map(Note::from),
    })
}

fn recipient(written: WrittenRecipient, problems: &mut Vec<Contradiction>) -> Option<Recipient> {
    let before = problems.len();
    let mut wrong =
        |what: String| problems.push(problem(Some(&written.name), what, Some(&written.quote)));
    if written.name.trim().is_empty() {
        wrong("a recipient has a name (Art. 13(1)(e))".to_owned());
    }
    if written.quote.trim().is_empty() {
        wrong("a recipient names the sentence that tells of it (quote)".to_owned());
    }
    let role = word("role", written.role.as_deref(), &mut wrong);
    let categories = words("categories", &written.categories, &mut wrong);
    if written.categories.is_empty() {
        wrong("what it gets is missing (categories)".to_owned());
    }
    let safeguard = written
        .safeguard
        .as_deref()
        .and_then(|text| word("safeguard", Some(text), &mut wrong));
    let country = written.country.unwrap_or_default();
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        wrong(format!(
            "country: {country:?} is no country; write two letters, like \"NL\" or \"US\""
        ));
    }
    if written.place.is_none() {
        wrong("where it keeps the data is missing (place = { en = \"…\", de = \"…\" })".to_owned());
    }
    let notify = match notify(written.notify.as_deref(), written.why_not) {
        Ok(notify) => Some(notify),
        Err(what) => {
            wrong(what);
            None
        }
    };
    if problems.len() > before {
        return None;
    }
    Some(Recipient {
        name: written.name,
        role: role?,
        categories,
        place: written.place?.into(),
        country,
        safeguard,
        notify: notify?,
        quote: written.quote,
        choice: written.choice.map(Note::from),
    })
}

/// Stores that a statistic can lie in: those that Lethe knows the columns of.
const MAPPED: [&str; 4] = ["licence", "trial", "ticket", "installation"];

fn statistic(written: WrittenStatistic, problems: &mut Vec<Contradiction>) -> Option<Statistic> {
    let before = problems.len();
    let mut wrong =
        |what: String| problems.push(problem(Some(&written.id), what, Some(&written.quote)));
    if written.quote.trim().is_empty() {
        wrong("a statistic names the sentence that speaks of it (quote)".to_owned());
    }
    if written.name.is_none() {
        wrong("its name is missing (name = { en = \"…\", de = \"…\" })".to_owned());
    }
    if written.fields.is_empty() {
        wrong("what it consists of is missing (fields)".to_owned());
    }
    let place = match (written.store.as_deref(), written.place) {
        (Some("outside"), Some(place)) => Some(StatisticPlace::Outside(place)),
        (Some("outside"), None) => {
            wrong("store = \"outside\" needs the system that holds it (place)".to_owned());
            None
        }
        (Some(store), None) if MAPPED.contains(&store) => {
            Some(StatisticPlace::Store(store.to_owned()))
        }
        (Some(_), Some(_)) => {
            wrong("place is for store = \"outside\"; take one of the two out".to_owned());
            None
        }
        (Some(store), None) => {
            let stores = MAPPED.join(", ");
            wrong(format!("store: {store:?} is none of {stores}, outside"));
            None
        }
        (None, _) => {
            wrong("where it lies is missing (store)".to_owned());
            None
        }
    };
    match (written.linkable, &written.by) {
        (None, _) => wrong(
            "nothing says whether it can be linked to a person (linkable = true or false)"
                .to_owned(),
        ),
        (Some(true), None) => wrong("linkable = true needs the field that links (by)".to_owned()),
        (Some(false), Some(_)) => {
            wrong("by is for linkable = true; take one of the two out".to_owned());
        }
        (Some(true), Some(_)) | (Some(false), None) => {}
    }
    if problems.len() > before {
        return None;
    }
    Some(Statistic {
        id: written.id,
        name: written.name?.into(),
        fields: written.fields,
        place: place?,
        by: written.by,
        quote: written.quote,
        choice: written.choice.map(Note::from),
    })
}

/// How a recipient is told: a mail address, the address of a webhook, or not at all and why.
fn notify(text: Option<&str>, why_not: Option<WrittenNote>) -> Result<Notify, String> {
    let why_not = why_not.filter(|why| !why.is_empty());
    match text {
        None => Err(
            "how it is told of a removal is missing (notify): a mail address, an https address, \
             or \"none\" with the reason (why_not); Art. 19"
                .to_owned(),
        ),
        Some("none") => why_not.map(|why| Notify::No(why.into())).ok_or_else(|| {
            "notify = \"none\" needs the reason (why_not): Art. 19 frees only from what is \
             impossible or a disproportionate effort"
                .to_owned()
        }),
        Some(_) if why_not.is_some() => {
            Err("why_not is for notify = \"none\"; take one of the two out".to_owned())
        }
        Some(text) if text.contains("://") => match Url::parse(text) {
            Ok(url) if is_askable(&url) => Ok(Notify::Webhook(url.to_string())),
            _ => Err(format!(
                "notify: nobody can be reached at {text:?}; it is https://host/path, without a name, \
                 a password or a #part"
            )),
        },
        Some(text) => Email::parse(text)
            .map(Notify::Mail)
            .map_err(|error| format!("notify: nobody can write to {text:?}: {error}")),
    }
}

/// HTTPS, or HTTP on this machine; the client of `http` asks no other.
fn is_askable(url: &Url) -> bool {
    let on_this_machine = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && on_this_machine);
    scheme && url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

/// One word of a set, which must be there.
fn word<T: std::str::FromStr + AllWords>(
    name: &str,
    text: Option<&str>,
    wrong: &mut impl FnMut(String),
) -> Option<T> {
    let Some(text) = text else {
        wrong(format!(
            "the {name} is missing; the sentence does not say it, so choose one of {} and say why (choice)",
            T::all()
        ));
        return None;
    };
    let read = text.parse().ok();
    if read.is_none() {
        wrong(format!("{name}: {text:?} is none of {}", T::all()));
    }
    read
}

fn words<T: std::str::FromStr + AllWords>(
    name: &str,
    texts: &[String],
    wrong: &mut impl FnMut(String),
) -> Vec<T> {
    texts
        .iter()
        .filter_map(|text| word(name, Some(text), wrong))
        .collect()
}

/// The words of a set, for a message.
trait AllWords {
    fn all() -> String;
}

macro_rules! all_words {
    ($($Set:ident),+) => {
        $(impl AllWords for $Set {
            fn all() -> String {
                let words: Vec<&str> = Self::ALL.iter().map(|word| word.as_str()).collect();
                words.join(", ")
            }
        })+
    };
}

all_words!(
    Category,
    Anchor,
    Kind,
    Act,
    Source,
    RecipientRole,
    Safeguard
);

/// `90 days`, `2 weeks`, `6 months`, `1 year`.
fn period(text: &str) -> Option<Period> {
    let (number, unit) = text.trim().split_once(' ')?;
    let number: u16 = number.parse().ok()?;
    Some(match unit.trim() {
        "day" | "days" => Period::Days(number),
        "week" | "weeks" => Period::Days(number.checked_mul(7)?),
        "month" | "months" => Period::Months(number),
        "year" | "years" => Period::Years(u8::try_from(number).ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        match parse(text) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.lines().collect(),
        }
    }

    /// The built-in policy with one text put in the place of another.
    fn changed(from: &str, to: &str) -> Vec<String> {
        assert!(BUILT_IN.contains(from), "{from}");
        told(&BUILT_IN.replacen(from, to, 1))
    }

    #[test]
    fn the_built_in_policy_can_be_kept() {
        assert_eq!(told(BUILT_IN), [""; 0]);
    }

    #[test]
    fn periods_are_a_number_and_a_unit() {
        assert_eq!(period("90 days"), Some(Period::Days(90)));
        assert_eq!(period("2 weeks"), Some(Period::Days(14)));
        assert_eq!(period("1 month"), Some(Period::Months(1)));
        assert_eq!(period("10 years"), Some(Period::Years(10)));
        for wrong in [
            "",
            "6",
            "six months",
            "6 moons",
            "-1 days",
            "300 years",
            "70000 days",
        ] {
            assert_eq!(period(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_a_sentence_leaves_out_is_told_with_the_sentence() {
        let lines = changed("anchor = \"evaluation-start\"\n", "");
        assert!(
            lines[0].contains("the anchor is missing") && lines[0].contains('“'),
            "{lines:?}"
        );
        let lines = changed("period = \"6 months\"\n", "");
        assert!(
            lines[0].contains("needs a period") && lines[0].contains('“'),
            "{lines:?}"
        );
        let lines = changed("period = \"6 months\"", "period = \"half a year\"");
        assert!(
            lines[0].contains("like \"6 months\"") && lines[0].contains('“'),
            "{lines:?}"
        );
        let lines = changed("kind = \"keep_for_then_delete\"", "kind = \"unstated\"");
        assert!(lines[0].contains("\"unstated\" is none of"), "{lines:?}");
    }

    #[test]
    fn an_address_that_nobody_can_write_to_is_told_with_its_sentence() {
        let text = format!(
            "{BUILT_IN}\n[[channels]]\nwho = {{ en = \"customers\", de = \"Kunden\" }}\n\
             address = \"info@Redmoon Software.hu\"\nquote = \"sending an email to info@Redmoon Software.hu\"\n"
        );
        let lines = told(&text);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].contains("nobody can write to \"info@Redmoon Software.hu\"")
                && lines[0].contains("“sending an email to"),
            "{lines:?}"
        );
    }

    #[test]
    fn a_recipient_that_cannot_be_told_or_must_not_get_it_is_told_with_its_sentence() {
        let host = "name = \"Host\"\nquote = \"Our servers stand in Oregon\"\nrole = \"processor\"\n\
                    categories = [\"ticket\"]\nplace = { en = \"Oregon\", de = \"Oregon\" }\n\
                    country = \"US\"\nsafeguard = \"standard-clauses\"\nnotify = \"privacy@host.example\"\n";
        let with = |text: String| told(&format!("{BUILT_IN}\n[[recipients]]\n{text}"));
        assert_eq!(with(host.to_owned()), [""; 0]);
        for (from, to, said) in [
            (
                "safeguard = \"standard-clauses\"\n",
                "",
                "leaves the European",
            ),
            ("standard-clauses", "a promise", "is none of"),
            (
                "privacy@host.example",
                "privacy@host example",
                "nobody can write to",
            ),
            (
                "privacy@host.example",
                "http://host.example/x",
                "nobody can be reached",
            ),
            (
                "privacy@host.example",
                "https://a:b@host.example/",
                "nobody can be reached",
            ),
            ("privacy@host.example", "none", "needs the reason"),
            ("notify = \"privacy@host.example\"\n", "", "how it is told"),
            ("\"US\"", "\"Oregon\"", "is no country"),
            ("[\"ticket\"]", "[]", "what it gets is missing"),
            ("role = \"processor\"\n", "", "the role is missing"),
        ] {
            assert!(host.contains(from), "{from}");
            let lines = with(host.replacen(from, to, 1));
            assert_eq!(lines.len(), 1, "{to}: {lines:?}");
            assert!(
                lines[0].contains(said) && lines[0].contains("“Our servers stand in Oregon”"),
                "{to}: {lines:?}"
            );
        }
    }

    #[test]
    fn an_unknown_key_is_told() {
        let lines = changed("anchor = ", "anker = ");
        assert!(lines[0].contains("anker"), "{lines:?}");
    }

    #[test]
    fn the_version_follows_the_text() {
        let changed = BUILT_IN.replacen("6 months", "5 months", 1);
        let version = |text: &str| parse(text).expect("a policy").version;
        assert_ne!(version(BUILT_IN), version(&changed));
        assert_eq!(version(BUILT_IN).len(), 12);
    }

    #[derive(Deserialize)]
    struct Promises {
        rules: Vec<Promise>,
    }

    /// A row of what was read from the five statements, by hand and apart from the policies.
    #[derive(Deserialize)]
    struct Promise {
        id: String,
        vendor: String,
        store: String,
        kind: String,
        period: Option<u16>,
        unit: Option<String>,
        quote: String,
    }

    fn promises() -> Vec<Promise> {
        let text = include_str!("../../tests/data/retention-rules.json");
        let promises: Promises = serde_json::from_str(text).expect("the rows");
        promises.rules
    }

    /// Vendor, policy and statement.
    const VENDORS: [(&str, &str, &str); 5] = [
        (
            "redmoon",
            include_str!("../../policies/redmoon.toml"),
            include_str!("../../tests/data/statements/redmoon.txt"),
        ),
        (
            "raledo",
            include_str!("../../policies/raledo.toml"),
            include_str!("../../tests/data/statements/raledo.txt"),
        ),
        (
            "unit6",
            include_str!("../../policies/unit6.toml"),
            include_str!("../../tests/data/statements/unit6.txt"),
        ),
        (
            "dragonsoft",
            include_str!("../../policies/dragonsoft.toml"),
            include_str!("../../tests/data/statements/dragonsoft.txt"),
        ),
        (
            "alphaserve",
            include_str!("../../policies/alpha-serve.toml"),
            include_str!("../../tests/data/statements/alpha-serve.txt"),
        ),
    ];

    /// Text as it is compared: white space and the form of apostrophes say nothing.
    fn plain(text: &str) -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").replace(['’', '‘'], "'")
    }

    #[test]
    fn the_five_policies_can_be_kept_and_quote_their_statements() {
        for (vendor, policy, statement) in VENDORS {
            let policy = parse(policy).unwrap_or_else(|errors| panic!("{vendor}: {errors}"));
            let statement = plain(statement);
            let quotes = policy
                .rules
                .iter()
                .map(|rule| &rule.quote)
                .chain(policy.channels.iter().map(|channel| &channel.quote))
                .chain(policy.recipients.iter().map(|recipient| &recipient.quote))
                .chain(policy.statistics.iter().map(|statistic| &statistic.quote));
            for quote in quotes {
                assert!(statement.contains(&plain(quote)), "{vendor}: {quote}");
            }
        }
    }

    /// Each row of the five statements is kept by the rule of its name. Where the statement gives
    /// no anchor, no period or no end, the rule carries the operator's choice.
    #[test]
    fn every_promise_of_the_five_statements_has_its_rule() {
        let promises = promises();
        assert_eq!(promises.len(), 22);
        for promise in &promises {
            let (_, policy, _) = VENDORS
                .iter()
                .find(|(vendor, ..)| *vendor == promise.vendor)
                .expect("one of the five");
            let policy = parse(policy).expect("a policy");
            let rule = policy
                .rule(&promise.id)
                .unwrap_or_else(|| panic!("no rule keeps {}", promise.id));
            let category = match promise.store.as_str() {
                "licences(EVALUATION)" => Category::Trial,
                "licences" => Category::Licence,
                "billing" => Category::Billing,
                "installations" => Category::Installation,
                "app data" => Category::Outside,
                store if store.starts_with("backups") => Category::Backup,
                store if store.starts_with("tickets") => Category::Ticket,
                // What is read as “everything” is more than one category, or lies elsewhere.
                "all" => rule.categories[0],
                store => panic!("{store}"),
            };
            assert!(rule.categories.contains(&category), "{}", promise.id);
            assert!(
                rule.has_upper_bound() || rule.kind == Kind::LegalDuty,
                "{}",
                promise.id
            );
            let silent = promise.kind == "unstated" || promise.period.is_none();
            if silent {
                assert!(rule.choice.is_some(), "{}: why?", promise.id);
            } else {
                assert_eq!(rule.kind.as_str(), promise.kind, "{}", promise.id);
                let number = promise.period.expect("it is stated");
                let unit = promise.unit.as_deref().expect("it is stated");
                let stated = (number > 0).then(|| period(&format!("{number} {unit}")).expect(unit));
                assert_eq!(rule.period, stated, "{}", promise.id);
            }
            if rule.kind == Kind::AtLeast {
                assert!(
                    rule.at_latest.is_some() && rule.choice.is_some(),
                    "{}",
                    promise.id
                );
            }
            assert!(
                plain(&rule.quote).contains(&plain(&promise.quote))
                    || plain(&promise.quote).contains(&plain(&rule.quote)),
                "{}: {} / {}",
                promise.id,
                rule.quote,
                promise.quote
            );
        }
    }

    #[test]
    fn every_choice_of_the_policies_is_told_in_german_too() {
        for (vendor, text, _) in VENDORS.into_iter().chain([("standard", BUILT_IN, "")]) {
            let policy = parse(text).expect("a policy");
            let notes = policy
                .rules
                .iter()
                .map(|rule| rule.choice.as_ref())
                .chain(
                    policy
                        .channels
                        .iter()
                        .map(|channel| channel.choice.as_ref()),
                )
                .chain(policy.recipients.iter().map(|one| one.choice.as_ref()))
                .chain(policy.statistics.iter().map(|one| one.choice.as_ref()))
                .chain(policy.recipients.iter().map(|one| match &one.notify {
                    Notify::No(why) => Some(why),
                    _ => None,
                }));
            for note in notes.flatten() {
                assert_eq!(note.of("de").1, "de", "{vendor}: {}", note.en);
                assert_eq!(note.of("en"), (note.en.as_str(), "en"));
            }
        }
    }

    #[test]
    fn a_note_is_one_text_or_one_for_each_language() {
        let written = |choice: &str| {
            let text = BUILT_IN.replacen("margin_days = 14\n", "", 1);
            let text = text.replacen(
                "ground = \"Art. 6(1)(f)\"\n",
                &format!("ground = \"Art. 6(1)(f)\"\nchoice = {choice}\n"),
                1,
            );
            parse(&text).map(|policy| policy.rules[0].choice.clone())
        };
        let alone = written("\"because\"").expect("a policy").expect("a note");
        assert_eq!(alone.of("de"), ("because", "en"), "shown as what it is");
        let both = written("{ en = \"because\", de = \"weil\" }").expect("a policy");
        assert_eq!(both.expect("a note").of("de"), ("weil", "de"));
        let wrong = written("{ fr = \"parce que\" }").expect_err("no English");
        assert!(wrong.to_string().contains("a note is a text"), "{wrong}");
    }

    #[test]
    fn a_statistic_that_is_called_anonymous_and_is_not_stops_the_start() {
        let with = |more: &str| {
            let statistic = format!(
                "{BUILT_IN}\n[[statistics]]\nid = \"told\"\nquote = \"This data is anonymized\"\n\
                 name = {{ en = \"Errors\", de = \"Fehler\" }}\nfields = [\"Browser\", \"ClientKey\"]\n{more}\n"
            );
            told(&statistic)
        };
        let outside = "store = \"outside\"\nplace = \"Error tracker\"";
        let lines = with(&format!("{outside}\nlinkable = false"));
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].contains("ClientKey leads to a person"),
            "{lines:?}"
        );
        assert!(lines[0].contains("This data is anonymized"), "{lines:?}");
        for (more, says) in [
            (outside.to_owned(), "nothing says whether"),
            (format!("{outside}\nlinkable = true"), "needs the field"),
            (
                format!("{outside}\nlinkable = true\nby = \"Cookie\""),
                "none of its fields",
            ),
            (
                "store = \"drawer\"\nlinkable = true\nby = \"ClientKey\"".to_owned(),
                "is none of",
            ),
            (
                "store = \"outside\"\nlinkable = true\nby = \"ClientKey\"".to_owned(),
                "(place)",
            ),
        ] {
            let lines = with(&more);
            assert!(lines[0].contains(says), "{says}: {lines:?}");
        }
    }

    #[test]
    fn contradictions_are_told_with_both_sentences() {
        let longer = format!(
            "{BUILT_IN}\n[[rules]]\nid = \"for-ever\"\nquote = \"We keep tickets for five years at least\"\n\
             data = {{ en = \"a\", de = \"b\" }}\ncategories = [\"ticket\"]\nanchor = \"ticket-closed\"\n\
             sources = [\"help-desk\"]\nkind = \"at_least\"\nperiod = \"5 years\"\nat_latest = \"6 years\"\n\
             act = \"erase\"\nground = \"Art. 6(1)(f)\"\n"
        );
        let lines = told(&longer);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].contains("five years at least") && lines[0].contains("two years after"),
            "{lines:?}"
        );
        let lines = changed(
            "categories = [\"licence\", \"trial\", \"billing\"]",
            "categories = [\"licence\", \"billing\"]",
        );
        assert!(
            lines[0].contains("a trial that became a purchase"),
            "{lines:?}"
        );
        let lines = changed("kind = \"at_latest\"", "kind = \"at_least\"");
        assert!(lines[0].contains("never removed"), "{lines:?}");
        let lines = changed("anchor = \"ticket-closed\"", "anchor = \"uninstalled\"");
        assert!(
            lines[0].contains("ticket data knows no uninstalled"),
            "{lines:?}"
        );
        let lines = changed(
            "period = \"2 years\"",
            "period = \"2 years\"\nlaw = \"none\"\nat_latest = \"3 years\"",
        );
        assert!(lines[0].contains("at_latest is for"), "{lines:?}");
        let gone = BUILT_IN.replacen(
            "categories = [\"ticket\"]",
            "categories = [\"outside\"]\nplace = \"a drawer\"",
            1,
        );
        assert!(
            told(&gone)
                .iter()
                .any(|line| line.contains("no rule says how long ticket data"))
        );
    }
}

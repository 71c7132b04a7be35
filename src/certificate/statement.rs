//! What a certificate states: how one request ended, counted by store.
//!
//! Owns the members, their one form, and the digest by which the trail knows a statement. Holds no
//! name and no address of a person, no id of staff and no legal hold: the person appears as a
//! commitment alone.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::file::Salt;
use crate::audit::commitment::bind_person;
use crate::audit::hex;
use crate::domain::email::Email;
use crate::domain::reference::Reference;
use crate::domain::request::{Kind, Outcome, Proof};
use crate::domain::store::{Ground, StoreName};

/// The version of the statement, member `version`. A change of meaning or of members needs a new one.
pub const VERSION: u64 = 1;

/// How a request ended. Counts are far below 2^53, up to which a JSON number is exact.
// The fields stand in the order in which a person reads the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The name of the vendor who states it.
    pub controller: String,
    /// The request.
    pub reference: Reference,
    /// What was asked, in the word of the addresses: `removal`.
    #[serde(with = "kind")]
    pub kind: Kind,
    /// The day the request arrived.
    pub received: Date,
    /// When it was closed: RFC 3339 in UTC, whole seconds; anything finer is cut.
    #[serde(with = "seconds")]
    pub closed: Timestamp,
    /// How identity was proved: `mailbox`, `staff`.
    pub identity: Code,
    /// How the request ended.
    #[serde(with = "outcome")]
    pub outcome: Outcome,
    /// What was done in each store.
    pub stores: Vec<StoreResult>,
    /// The longest life of a backup, in days.
    pub backup_days: u32,
    /// The version of the rules that were in force.
    pub policy: Code,
    /// The commitment to the person ([`bind_person`]).
    pub person: Commitment,
}

/// What was done in one store, in records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreResult {
    /// The store.
    pub store: Code,
    /// Found, as the person's or perhaps the person's.
    pub found: u64,
    /// Gone, or left without the person in them.
    pub erased: u64,
    /// Put right.
    pub corrected: u64,
    /// Given to the person in a copy.
    pub handed_over: u64,
    /// Turned out to be somebody else's, and left alone.
    pub others: u64,
    /// Kept, by ground.
    pub kept: Vec<Kept>,
    /// When the store was searched again and held nothing but what is kept. Absent if it was not.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "maybe_seconds"
    )]
    pub verified: Option<Timestamp>,
}

/// Records that stay, on one ground.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The ground: `tax_law`.
    pub ground: Code,
    /// Its article in the GDPR: `Art. 17(3)(b)`.
    pub article: String,
    /// The law that demands it, as people are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
    /// How many.
    pub count: u64,
    /// Until which day, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// A word of an open set, like `tax_law`: 1 to 64 lower-case letters, digits, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Code(String);

/// The text is no code.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has 1 to 64 lower-case letters, digits, _ and -")]
pub struct NotACode;

impl Code {
    /// Takes a code as it is written.
    ///
    /// # Errors
    /// [`NotACode`].
    pub fn parse(text: &str) -> Result<Self, NotACode> {
        let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_' || c == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotACode)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Code {
    type Error = NotACode;

    fn try_from(text: String) -> Result<Self, NotACode> {
        Self::parse(&text)
    }
}

impl TryFrom<&StoreName> for Code {
    type Error = NotACode;

    fn try_from(name: &StoreName) -> Result<Self, NotACode> {
        Self::parse(&name.0)
    }
}

impl From<Proof> for Code {
    fn from(proof: Proof) -> Self {
        Self(proof.as_str().to_owned())
    }
}

impl From<Ground> for Code {
    fn from(ground: Ground) -> Self {
        Self(ground.as_str().to_owned())
    }
}

/// An HMAC-SHA256, written in lower-case hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Commitment(pub [u8; 32]);

impl From<Commitment> for String {
    fn from(commitment: Commitment) -> Self {
        hex(&commitment.0)
    }
}

impl TryFrom<String> for Commitment {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digit = |c: u8| char::from(c).to_digit(16);
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
                _ => None,
            })
            .collect();
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or("a commitment has 64 hexadecimal digits")
    }
}

/// Why members are no statement.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// A later version of Lethe wrote it.
    #[error("written by a newer version of Lethe (version {0} of the statement)")]
    Newer(u64),
    /// A member is missing, unknown or of the wrong type.
    #[error("not a statement of Lethe")]
    Malformed(#[source] serde_json::Error),
    /// A value is written in another form: a reference in small letters, a date with a time zone.
    #[error("a value of the statement is not in the form that Lethe writes")]
    OtherForm,
}

impl Statement {
    /// Reads the members of a statement, all of them and no others. Takes only values in the form
    /// in which they are written, so that a statement has one digest.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn parse(members: Map<String, Value>) -> Result<Self, StatementError> {
        if let Some(version) = members.get("version").and_then(Value::as_u64)
            && version > VERSION
        {
            return Err(StatementError::Newer(version));
        }
        let given = Value::Object(members);
        let mut rest = given.clone();
        // Serde cannot refuse unknown members of a struct that is flattened into another.
        rest.as_object_mut().and_then(|rest| rest.remove("version"));
        let statement: Self = serde_json::from_value(rest).map_err(StatementError::Malformed)?;
        if statement.to_json() != given {
            return Err(StatementError::OtherForm);
        }
        Ok(statement)
    }

    /// The canonical bytes: JSON after RFC 8785, members sorted, no spaces.
    pub fn to_bytes(&self) -> Vec<u8> {
        sorted(self.to_json()).to_string().into_bytes()
    }

    /// SHA-256 of the canonical bytes: what the trail holds of the statement, in the member
    /// `detail.certificate` of an entry `certified`.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.to_bytes()).into()
    }

    /// All members with the version, as JSON.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self.versioned()).expect("text and whole numbers can be written")
    }

    /// Whether the statement is about the person with this address, as whoever has the salt can
    /// tell.
    pub fn is_about(&self, salt: &Salt, address: &Email) -> bool {
        bind_person(&salt.0, address.normalised()) == self.person.0
    }

    /// All members with the version, in the order in which a person reads them.
    pub(super) fn versioned(&self) -> impl Serialize {
        #[derive(Serialize)]
        struct Versioned<'a> {
            version: u64,
            #[serde(flatten)]
            statement: &'a Statement,
        }
        Versioned {
            version: VERSION,
            statement: self,
        }
    }
}

/// The same value with the members of every object in order. All names are ASCII, so that bytes
/// sort like UTF-16.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            let sorted = |(name, value)| (name, sorted(value));
            members.into_iter().map(sorted).collect()
        }
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        other => other,
    }
}

mod kind {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::domain::request::Kind;

    pub fn serialize<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(kind.slug())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        let word = String::deserialize(deserializer)?;
        Kind::from_slug(&word).ok_or_else(|| D::Error::custom("no kind of request"))
    }
}

mod outcome {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::domain::request::Outcome;

    pub fn serialize<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(outcome.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Outcome, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(D::Error::custom)
    }
}

mod seconds {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{time:.0}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

mod maybe_seconds {
    use jiff::Timestamp;
    use serde::{Deserializer, Serializer};

    use super::seconds;

    pub fn serialize<S: Serializer>(
        time: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => seconds::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        seconds::deserialize(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::certificate::testing::statement;

    fn members(statement: &Statement) -> Map<String, Value> {
        let Value::Object(members) = statement.to_json() else {
            panic!("a statement is an object")
        };
        members
    }

    fn with(name: &str, value: Value) -> Map<String, Value> {
        let mut members = members(&statement());
        members.insert(name.to_owned(), value);
        members
    }

    #[test]
    fn the_canonical_bytes_and_the_digest_have_not_changed() {
        let bytes = r#"{"backup_days":35,"closed":"2026-11-20T09:00:01Z","controller":"Northwind Söftware","identity":"mailbox_and_code","kind":"removal","outcome":"fulfilled","person":"0707070707070707070707070707070707070707070707070707070707070707","policy":"4f1d2a","received":"2026-11-18","reference":"7K4M-2QX9","stores":[{"corrected":0,"erased":3,"found":6,"handed_over":0,"kept":[{"article":"Art. 17(3)(b)","count":2,"ground":"tax_law","law":"AWR art. 52","until":"2033-12-31"}],"others":1,"store":"licences","verified":"2026-11-20T08:59:58Z"},{"corrected":0,"erased":0,"found":0,"handed_over":0,"kept":[],"others":0,"store":"tickets"}],"version":1}"#;
        assert_eq!(String::from_utf8(statement().to_bytes()).unwrap(), bytes);
        assert_eq!(
            hex(&statement().digest()),
            "4d61c222f62b46b4ba6145d333107d087d84fdf67171cb59bd4bd88195963e7d"
        );
    }

    #[test]
    fn a_statement_is_read_back() {
        let read = Statement::parse(members(&statement())).unwrap();
        assert_eq!(read, statement());
    }

    #[test]
    fn a_statement_is_about_one_address_for_whoever_has_the_salt() {
        let salt = Salt([9; 32]);
        let statement = Statement {
            person: Commitment(bind_person(&salt.0, "mira@halden.example")),
            ..statement()
        };
        let address = |text| Email::parse(text).unwrap();
        assert!(statement.is_about(&salt, &address(" Mira@Halden.example")));
        assert!(!statement.is_about(&salt, &address("miro@halden.example")));
        assert!(!statement.is_about(&Salt([8; 32]), &address("mira@halden.example")));
    }

    #[test]
    fn anything_finer_than_a_second_is_cut() {
        let finer = Statement {
            closed: "2026-11-20T09:00:01.999999Z".parse().unwrap(),
            ..statement()
        };
        assert_eq!(finer.digest(), statement().digest());
    }

    #[test]
    fn a_newer_version_is_named_even_if_its_members_are_unknown() {
        let newer = json!({ "version": 2, "anything": [] });
        let Value::Object(newer) = newer else {
            panic!("an object")
        };
        assert!(matches!(
            Statement::parse(newer),
            Err(StatementError::Newer(2))
        ));
    }

    #[test]
    fn members_that_are_missing_unknown_or_wrong_are_refused() {
        for name in members(&statement()).keys() {
            let mut members = members(&statement());
            members.remove(name);
            assert!(Statement::parse(members).is_err(), "without {name}");
        }
        for (name, value) in [
            ("email", json!("a@b.example")),
            ("proof", json!({})),
            ("kind", json!("erasure")),
            ("identity", json!("a@b.example")),
            ("identity", json!("")),
            ("backup_days", json!(35.0)),
            ("backup_days", json!(-1)),
            ("person", json!("07")),
            ("stores", json!([{ "store": "tickets" }])),
            ("stores", Value::Null),
        ] {
            assert!(
                matches!(
                    Statement::parse(with(name, value.clone())),
                    Err(StatementError::Malformed(_))
                ),
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn the_same_value_in_another_form_is_refused() {
        for (name, value) in [
            ("version", json!(0)),
            ("version", json!("1")),
            ("reference", json!("7k4m2qx9")),
            ("closed", json!("2026-11-20T10:00:01+01:00")),
            ("closed", json!("2026-11-20T09:00:01.000Z")),
            ("received", json!("20261118")),
            ("person", json!("AB".repeat(32))),
        ] {
            assert!(
                matches!(
                    Statement::parse(with(name, value.clone())),
                    Err(StatementError::OtherForm)
                ),
                "{name}: {value}"
            );
        }
    }
}

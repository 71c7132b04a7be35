//! The files that a person is given: the certificate, the proof alone, and the salt.
//!
//! Owns their form. The certificate is the statement as a JSON object with one more member,
//! `proof`. White space and the order of members are free in it; members that are unknown or given
//! twice are not, and neither is another form of a value.

use std::fmt;
use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize as Read, Serialize};
use serde_json::{Map, Number, Value};

use super::check::Refused;
use super::statement::Statement;
use crate::audit::proof::TlogProof;

/// The longest certificate that is read, in bytes.
pub const MAX_CERTIFICATE: usize = 1024 * 1024;

/// A statement with the proof that it is in the trail. Nothing is proven before
/// [`check`](super::check::check).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// What is stated.
    pub statement: Statement,
    /// The canonical bytes of the entry `certified`, which holds the digest of the statement. An
    /// entry is JSON, so they are text.
    pub leaf: String,
    /// Where the entry stands in which tree, and who signed that. Its extra data is not written.
    pub proof: TlogProof,
}

#[derive(Read, Serialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    leaf: String,
    tlog: String,
}

impl Certificate {
    /// The file: JSON in the order in which a person reads it, `proof` as the last.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct File<S> {
            #[serde(flatten)]
            statement: S,
            proof: Proof,
        }
        let tlog = TlogProof {
            extra: None,
            ..self.proof.clone()
        };
        let file = File {
            statement: self.statement.versioned(),
            proof: Proof {
                leaf: self.leaf.clone(),
                tlog: tlog.to_string(),
            },
        };
        let mut json =
            serde_json::to_string_pretty(&file).expect("text and whole numbers can be written");
        json.push('\n');
        json
    }

    /// The proof alone, as a `.tlog-proof` file with the entry as its extra data: for programs that
    /// know that format and nothing of Lethe.
    pub fn to_tlog_proof(&self) -> String {
        let proof = TlogProof {
            extra: Some(self.leaf.clone().into_bytes()),
            ..self.proof.clone()
        };
        proof.to_string()
    }

    /// Reads a certificate, and checks nothing but its form.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn parse(file: &[u8]) -> Result<Self, Refused> {
        if file.len() > MAX_CERTIFICATE {
            return Err(Refused::TooLong);
        }
        let Strict(Value::Object(mut members)) = serde_json::from_slice(file)? else {
            return Err(Refused::Unknown);
        };
        let proof = members.remove("proof");
        let statement = Statement::parse(members)?;
        let proof: Proof = serde_json::from_value(proof.ok_or(Refused::NoProof)?)?;
        let tlog: TlogProof = proof.tlog.parse().map_err(Refused::Proof)?;
        if tlog.extra.is_some() {
            return Err(Refused::Extra);
        }
        Ok(Self {
            statement,
            leaf: proof.leaf,
            proof: tlog,
        })
    }
}

/// A JSON value in which no object has a member twice. `Value` itself takes the last one, so that
/// two programs could read two statements in one file.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Strict;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E: Error>(self) -> Result<Strict, E> {
                Ok(Strict(Value::Null))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Strict, E> {
                let number = Number::from_f64(value).ok_or_else(|| E::custom("not a number"))?;
                Ok(Strict(number.into()))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Strict, A::Error> {
                let mut values = Vec::new();
                while let Some(Strict(value)) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Strict(values.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
                let mut members = Map::new();
                while let Some((name, Strict(value))) = map.next_entry::<String, _>()? {
                    if members.contains_key(&name) {
                        return Err(A::Error::custom(format_args!(
                            "the member {name:?} is there twice"
                        )));
                    }
                    members.insert(name, value);
                }
                Ok(Strict(members.into()))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// The secret that shows whom a certificate is about. Given to the person alone, never shown in
/// `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

/// The first line of a salt file.
const SALT_HEADER: &str = "lethe-salt-v1";

/// The text is no salt file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a salt file of Lethe: it has the line lethe-salt-v1, then 32 bytes in base64; copy it \
     again, and whole"
)]
pub struct NotASalt;

impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SALT_HEADER}\n{}\n", STANDARD.encode(self.0))
    }
}

impl FromStr for Salt {
    type Err = NotASalt;

    /// Reads a salt file. White space around its two lines is passed over: people paste it.
    fn from_str(text: &str) -> Result<Self, NotASalt> {
        let (header, salt) = text.trim().split_once('\n').ok_or(NotASalt)?;
        if header.trim() != SALT_HEADER {
            return Err(NotASalt);
        }
        let salt = STANDARD.decode(salt.trim()).map_err(|_| NotASalt)?;
        salt.try_into().map(Self).map_err(|_| NotASalt)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::testing::certificate;

    #[test]
    fn a_certificate_is_read_back_from_its_file() {
        let (certificate, _) = certificate();
        let json = certificate.to_json();
        assert_eq!(Certificate::parse(json.as_bytes()).unwrap(), certificate);
        let proof: TlogProof = certificate.to_tlog_proof().parse().unwrap();
        assert_eq!(proof.extra.as_deref(), Some(certificate.leaf.as_bytes()));
    }

    #[test]
    fn the_file_reads_from_the_version_to_the_proof() {
        let json = certificate().0.to_json();
        let members: Vec<&str> = json
            .lines()
            .filter_map(|line| line.strip_prefix("  \"")?.split('"').next())
            .collect();
        assert_eq!(
            members,
            [
                "version",
                "controller",
                "reference",
                "kind",
                "received",
                "closed",
                "identity",
                "outcome",
                "stores",
                "backup_days",
                "policy",
                "person",
                "proof"
            ]
        );
    }

    #[test]
    fn white_space_and_order_are_free() {
        let (certificate, _) = certificate();
        let value: Value = serde_json::from_str(&certificate.to_json()).unwrap();
        let dense = value.to_string();
        assert_ne!(dense, certificate.to_json());
        assert_eq!(Certificate::parse(dense.as_bytes()).unwrap(), certificate);
    }

    #[test]
    fn a_member_given_twice_is_refused_wherever_it_is() {
        let json = certificate().0.to_json();
        for (member, twice) in [
            ("\"version\": 1,", "\"version\": 1, \"version\": 1,"),
            ("\"found\": 6,", "\"found\": 7, \"found\": 6,"),
            ("\"proof\": {", "\"proof\": {}, \"proof\": {"),
            ("\"tlog\": ", "\"tlog\": \"\", \"tlog\": "),
        ] {
            let twice = json.replacen(member, twice, 1);
            assert_ne!(twice, json);
            let refused = Certificate::parse(twice.as_bytes()).unwrap_err();
            assert!(matches!(refused, Refused::Json(_)), "{refused}");
        }
    }

    #[test]
    fn a_file_that_is_no_certificate_is_refused() {
        let json = certificate().0.to_json();
        let no_proof = json.replace("\"proof\"", "\"prove\"");
        for file in ["", "[]", "null", "{}", "{\"version\":1}", &no_proof] {
            assert!(Certificate::parse(file.as_bytes()).is_err(), "{file}");
        }
        assert!(matches!(
            Certificate::parse(&vec![b' '; MAX_CERTIFICATE + 1]),
            Err(Refused::TooLong)
        ));
        assert!(matches!(
            Certificate::parse("[".repeat(100_000).as_bytes()),
            Err(Refused::Json(_))
        ));
    }

    #[test]
    fn extra_data_has_no_place_in_a_certificate() {
        let json = certificate().0.to_json();
        let extra = json.replace("@v1\\nindex", "@v1\\nextra QQ==\\nindex");
        assert_ne!(extra, json);
        assert!(matches!(
            Certificate::parse(extra.as_bytes()),
            Err(Refused::Extra)
        ));
    }

    #[test]
    fn a_salt_is_read_back_and_not_shown_by_debug() {
        let salt = Salt([9; 32]);
        let text = salt.to_string();
        assert_eq!(
            text,
            "lethe-salt-v1\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n"
        );
        assert_eq!(text.parse(), Ok(salt.clone()));
        assert_eq!(text.replace('\n', "\r\n").parse(), Ok(salt.clone()));
        assert_eq!(text.trim_end().parse(), Ok(salt.clone()));
        assert_eq!(format!("{salt:?}"), "Salt");
        for wrong in ["", "lethe-salt-v1", "lethe-salt-v1\nCQk=\n", &text[1..]] {
            assert_eq!(wrong.parse::<Salt>(), Err(NotASalt));
        }
    }
}

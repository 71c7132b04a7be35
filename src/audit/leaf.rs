//! The bytes of one audit entry, as they are hashed into the tree.
//!
//! Owns the canonical form: JSON after RFC 8785, members sorted, no spaces, absent members left
//! out. The bytes that were hashed are the bytes that are stored; they are never written anew from
//! the parsed leaf. Must never hold personal data (see the parent module).

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// The version of the leaf format, member `v`. A change of meaning or of members needs a new one.
pub const VERSION: u64 = 1;

/// One audit entry. Pseudonyms, commitments and hashes are lower-case hexadecimal.
// RFC 8785 sorts members, so the fields stand in alphabetical order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(
    serialize = "T: Serialize + AsRef<str>",
    deserialize = "T: Deserialize<'de> + Ord"
))]
pub struct LeafOf<T> {
    /// What was done, in the past tense: `erased`, `viewed`, `checkpoint-sent`.
    pub action: T,
    /// Who did it: `staff:<pseudonym>`, `system`, `requester`, `import`.
    pub actor: T,
    /// The request, as a pseudonym.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<T>,
    /// Commitment to personal particulars kept elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitment: Option<T>,
    /// Records concerned. Like every count, far below 2^53, up to which a JSON number is exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Further facts, none of them personal.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "in_utf16_order"
    )]
    pub detail: Option<BTreeMap<T, T>>,
    /// Records that could not be treated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<u64>,
    /// The entry's own id, a UUID as text.
    pub id: T,
    /// Id of the entry that announced the deed of which this one is the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<T>,
    /// Records kept on a legal ground (Art. 17(3)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<u64>,
    /// Id of the yearly key under which the pseudonyms were made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<T>,
    /// How the deed ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<T>,
    /// Version or hash of the rules in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<T>,
    /// Code of the reason, never free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<T>,
    /// Role in which staff acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<T>,
    /// Id of the rule that was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<T>,
    /// Store in which it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<T>,
    /// When it was done: RFC 3339 in UTC, always with six decimals; anything finer is cut.
    #[serde(with = "microseconds")]
    pub time: Timestamp,
    /// [`VERSION`].
    pub v: u64,
}

/// An entry that owns its texts.
pub type Leaf = LeafOf<String>;

/// An entry that is read in place, for whoever reads millions.
pub type LeafRef<'a> = LeafOf<Text<'a>>;

/// A text of an entry that is read in place, but for those that JSON had to escape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Why bytes are not a leaf.
#[derive(Debug, thiserror::Error)]
pub enum LeafError {
    /// Not JSON, or a member is missing, given twice, or of the wrong type.
    #[error("not an audit leaf")]
    Malformed(#[source] serde_json::Error),
    /// Written by a version that this program does not know.
    #[error("unknown version {0} of the audit leaf")]
    UnknownVersion(u64),
    /// Says the same as a leaf in other bytes, or says more: an unknown member, a `null`, a space.
    #[error("audit leaf not in canonical form")]
    NotCanonical,
}

impl Leaf {
    /// A leaf with the members that every entry has, the others absent. `id` is the entry's UUID.
    pub fn new(id: String, time: Timestamp, actor: String, action: String) -> Self {
        Self {
            action,
            actor,
            case: None,
            commitment: None,
            count: None,
            detail: None,
            failed: None,
            id,
            intent: None,
            kept: None,
            key: None,
            outcome: None,
            policy: None,
            reason: None,
            role: None,
            rule: None,
            store: None,
            time,
            v: VERSION,
        }
    }
}

impl<T: Serialize + AsRef<str>> LeafOf<T> {
    /// The canonical bytes (RFC 8785), to be stored and hashed.
    pub fn to_bytes(&self) -> Vec<u8> {
        // serde_json escapes what RFC 8785 asks for: quotes, backslashes, control characters.
        serde_json::to_vec(self).expect("text and whole numbers can always be written")
    }

    /// Reads stored bytes. Accepts exactly what [`LeafOf::to_bytes`] writes, so that a leaf has one
    /// meaning and a meaning one hash.
    pub fn parse<'a>(bytes: &'a [u8]) -> Result<Self, LeafError>
    where
        T: Deserialize<'a> + Ord,
    {
        #[derive(Deserialize)]
        struct Version {
            v: u64,
        }
        // Text that was looked through once is read faster than bytes.
        let leaf: Result<Self, _> = match std::str::from_utf8(bytes) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(bytes),
        };
        let version = match &leaf {
            Ok(leaf) => leaf.v,
            // Members of another version need not be those of this one.
            Err(_) => {
                let Version { v } = serde_json::from_slice(bytes).map_err(LeafError::Malformed)?;
                v
            }
        };
        if version != VERSION {
            return Err(LeafError::UnknownVersion(version));
        }
        let leaf = leaf.map_err(LeafError::Malformed)?;
        let mut rest = Rest(bytes);
        if serde_json::to_writer(&mut rest, &leaf).is_err() || !rest.0.is_empty() {
            return Err(LeafError::NotCanonical);
        }
        Ok(leaf)
    }
}

/// What of the expected bytes has not been written yet; writing anything else fails.
struct Rest<'a>(&'a [u8]);

impl io::Write for Rest<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.strip_prefix(bytes) {
            Some(rest) => {
                self.0 = rest;
                Ok(bytes.len())
            }
            None => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// RFC 8785 (section 3.2.3) sorts names by UTF-16 code units, a `BTreeMap` by UTF-8 bytes.
fn in_utf16_order<T: Serialize + AsRef<str>, S: Serializer>(
    detail: &Option<BTreeMap<T, T>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut members: Vec<_> = detail.iter().flatten().collect();
    members.sort_by(|(a, _), (b, _)| a.as_ref().encode_utf16().cmp(b.as_ref().encode_utf16()));
    serializer.collect_map(members)
}

mod microseconds {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{time:.6}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_map, option, prelude::*};
    use serde_json::Value;

    use super::*;
    use crate::audit::{hex, tree::leaf_hash};

    const ID: &str = "019f9ad0-0000-7000-8000-000000000001";

    fn erased() -> Leaf {
        Leaf::new(
            ID.to_owned(),
            "2026-11-20T09:00:01Z".parse().unwrap(),
            "staff:7".to_owned(),
            "erased".to_owned(),
        )
    }

    fn text(leaf: &Leaf) -> String {
        String::from_utf8(leaf.to_bytes()).unwrap()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    /// The vector is older than `id` and the fixed width of the time; all else must agree to the
    /// byte.
    #[test]
    fn the_leaf_of_the_shred_vectors_is_written_byte_for_byte() {
        let file = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/shred-vectors.json"
        ));
        let vectors: Value = serde_json::from_str(file).unwrap();
        let vector = &vectors["B_commitment"];
        let leaf = Leaf {
            case: some("R-2026-0001"),
            commitment: some(vector["commitment_hex"].as_str().unwrap()),
            count: Some(2),
            outcome: some("erased"),
            store: some("licences"),
            ..erased()
        };
        let written = text(&leaf)
            .replace(&format!("\"id\":\"{ID}\","), "")
            .replace("01.000000Z", "01Z");
        assert_eq!(written, vector["leaf_data"]);
        assert_eq!(
            hex(&leaf_hash(written.as_bytes()).0),
            vector["leaf_hash_hex"]
        );
    }

    #[test]
    fn every_member_is_written_in_sorted_order() {
        let leaf = Leaf {
            case: some("c1"),
            commitment: some("c2"),
            count: Some(3),
            detail: Some(BTreeMap::from([("file".to_owned(), "a.csv".to_owned())])),
            failed: Some(0),
            intent: some("i"),
            kept: Some(1),
            key: some("2026"),
            outcome: some("partly"),
            policy: some("p"),
            reason: some("r1"),
            role: some("r2"),
            rule: some("r3"),
            store: some("s"),
            ..erased()
        };
        let members = [
            r#"{"action":"erased""#,
            r#""actor":"staff:7""#,
            r#""case":"c1""#,
            r#""commitment":"c2""#,
            r#""count":3"#,
            r#""detail":{"file":"a.csv"}"#,
            r#""failed":0"#,
            r#""id":"019f9ad0-0000-7000-8000-000000000001""#,
            r#""intent":"i""#,
            r#""kept":1"#,
            r#""key":"2026""#,
            r#""outcome":"partly""#,
            r#""policy":"p""#,
            r#""reason":"r1""#,
            r#""role":"r2""#,
            r#""rule":"r3""#,
            r#""store":"s""#,
            r#""time":"2026-11-20T09:00:01.000000Z""#,
            r#""v":1}"#,
        ];
        assert_eq!(text(&leaf), members.join(","));
    }

    #[test]
    fn the_time_always_has_six_decimals_and_anything_finer_is_cut() {
        for (time, written) in [
            ("2026-11-20T09:00:01Z", "2026-11-20T09:00:01.000000Z"),
            ("2026-11-20T09:00:01.5+01:00", "2026-11-20T08:00:01.500000Z"),
            (
                "2026-12-31T23:59:59.999999999Z",
                "2026-12-31T23:59:59.999999Z",
            ),
        ] {
            let leaf = Leaf {
                time: time.parse().unwrap(),
                ..erased()
            };
            assert!(text(&leaf).contains(&format!("\"time\":\"{written}\"")));
        }
    }

    /// The string of RFC 8785 section 3.2.2.2 and the characters around the limits of escaping.
    #[test]
    fn strings_are_escaped_as_rfc_8785_asks() {
        for (value, written) in [
            (
                "\u{20ac}$\u{f}\nA'B\"\\\\\"/",
                r#""€$\u000f\nA'B\"\\\\\"/""#,
            ),
            ("\u{8}\t\n\u{c}\r", r#""\b\t\n\f\r""#),
            ("\0\u{1f}\u{20}\u{7f}", "\"\\u0000\\u001f \u{7f}\""),
            (
                "ö\u{2028}\u{fb33}😀</script>",
                "\"ö\u{2028}\u{fb33}😀</script>\"",
            ),
        ] {
            let leaf = Leaf {
                store: some(value),
                ..erased()
            };
            assert!(text(&leaf).contains(&format!("\"store\":{written},")));
        }
    }

    /// The names of RFC 8785 section 3.2.3, in its order.
    #[test]
    fn details_are_sorted_by_utf_16_code_units() {
        let names = ["\r", "1", "\u{80}", "ö", "€", "😀", "\u{fb33}"];
        let leaf = Leaf {
            detail: Some(names.map(|name| (name.to_owned(), String::new())).into()),
            ..erased()
        };
        let members = names.map(|name| format!("{}:\"\"", Value::from(name)));
        assert!(text(&leaf).contains(&format!("{{{}}}", members.join(","))));
    }

    #[test]
    fn an_unknown_version_is_refused_even_if_its_members_are_unknown() {
        for written in [text(&erased()).replace(":1}", ":2}"), r#"{"v":2}"#.into()] {
            assert!(matches!(
                Leaf::parse(written.as_bytes()),
                Err(LeafError::UnknownVersion(2))
            ));
        }
    }

    #[test]
    fn bytes_that_are_not_a_leaf_are_refused() {
        let leaf = text(&erased());
        for bytes in [
            "",
            "null",
            "{}",
            r#"{"v":1}"#,
            &leaf.replace(":1}", ":1.0}"),
            &leaf.replace(":1}", ":\"1\"}"),
            &leaf.replace("\"v\"", "\"v\":1,\"v\""),
            &leaf.replace("2026-11", "2026-13"),
            &leaf.replace("staff:7", r"\ud800"),
            &leaf[..leaf.len() - 1],
        ] {
            assert!(
                matches!(Leaf::parse(bytes.as_bytes()), Err(LeafError::Malformed(_))),
                "{bytes}"
            );
        }
        assert!(Leaf::parse(b"{\"v\":1,\"\xff\"}").is_err());
    }

    #[test]
    fn another_form_of_the_same_leaf_is_refused() {
        let leaf = text(&erased());
        for bytes in [
            format!("{leaf}\n"),
            leaf.replace(",\"v\"", ", \"v\""),
            leaf.replace("erased", r"\u0065rased"),
            leaf.replace("01.000000Z", "01Z"),
            leaf.replace("T09:00:01.000000Z", "T10:00:01.000000+01:00"),
            leaf.replace(",\"time\"", ",\"store\":null,\"time\""),
            leaf.replace(",\"v\"", ",\"unknown\":1,\"v\""),
            leaf.replace("{", "{\"v\":1,").replace(",\"v\":1}", "}"),
        ] {
            assert!(
                matches!(Leaf::parse(bytes.as_bytes()), Err(LeafError::NotCanonical)),
                "{bytes}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_leaf_is_read_back_from_its_bytes(
            action: String,
            case: Option<String>,
            count: Option<u64>,
            detail in option::of(btree_map(any::<String>(), any::<String>(), 0..4)),
            time in 0..253_000_000_000_000_000_i64,
        ) {
            let time = Timestamp::from_microsecond(time).unwrap();
            let leaf = Leaf { action, case, count, detail, time, ..erased() };
            prop_assert_eq!(Leaf::parse(&leaf.to_bytes()).unwrap(), leaf);
        }
    }
}

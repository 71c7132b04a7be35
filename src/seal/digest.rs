//! Keyed digests: what can be found again, or compared, by someone who holds the key and by nobody else.

use std::fmt;
use std::str::FromStr;

use hmac::Mac;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::keyring::Secret;
use super::search::hmac;
use super::{KeyId, KeyRing};
use crate::domain::request::AddressDigest;

/// What a digest under the search key is of. The label separates the uses of the key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Label {
    Address,
    Value,
    Code,
    Form,
    Row,
    Entry,
    Mail,
}

impl Label {
    fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address-v1",
            Self::Value => "value-v1",
            Self::Code => "code-v1",
            Self::Form => "form-v1",
            Self::Row => "row-v1",
            Self::Entry => "entry-v1",
            Self::Mail => "mail-v1",
        }
    }
}

/// `HMAC-SHA256(key, label ‖ 0x00 ‖ value)` and the key it was made with; as text `s-3f9c2a:` and 64 hexadecimal digits.
/// Where the key wraps another, it is `HMAC-SHA256(key, "wrap-v1" ‖ 0x00 ‖ digest under the other)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest {
    /// The key.
    pub key: KeyId,
    /// The digest.
    pub bytes: [u8; 32],
}

impl Digest {
    pub(super) fn new(key: KeyId, secret: &Secret, label: &str, parts: &[&[u8]]) -> Self {
        let bytes = hmac(secret, label, parts).finalize().into_bytes().into();
        Self { key, bytes }
    }
}

impl KeyRing {
    /// The digest that a new row stores for a normalised address.
    pub fn address_digest(&self, normalised: &str) -> Digest {
        self.digest(Label::Address, &[normalised.as_bytes()])
    }

    /// The digests under which older rows may have stored a normalised address; the current one comes first.
    pub fn address_digests(&self, normalised: &str) -> Vec<Digest> {
        self.digests(Label::Address, normalised.as_bytes())
    }

    /// By which the same mail is known when it comes again.
    pub fn mail_digest(&self, identity: &[u8; 32]) -> Digest {
        self.digest(Label::Mail, &[identity])
    }

    /// The digests under which an earlier mail of this identity may be known; the current one comes first.
    pub fn mail_digests(&self, identity: &[u8; 32]) -> Vec<Digest> {
        self.digests(Label::Mail, identity)
    }

    fn digests(&self, label: Label, value: &[u8]) -> Vec<Digest> {
        self.search().digests(label.as_str(), &[value])
    }

    /// A stored digest of whatever, under the search key in use: there it is found, and the key that made it is
    /// worth nothing alone. Without a key it was made with the first there was. Nothing if that key is not one
    /// of those that the key in use wraps.
    pub fn renewed(&self, key: Option<KeyId>, bytes: [u8; 32]) -> Option<Digest> {
        self.search().renewed(key, bytes)
    }

    /// The digest of a wrong value, kept so that an import does not bring the value back.
    pub fn value_digest(&self, value: &str) -> Digest {
        self.digest(Label::Value, &[value.as_bytes()])
    }

    /// Whether [`KeyRing::value_digest`] of this value gave this digest, under whichever key. `false` if the key is gone.
    pub fn is_value(&self, digest: &Digest, value: &str) -> bool {
        self.is_digest(digest, Label::Value, &[value.as_bytes()])
    }

    /// The fingerprint of an imported row: whether a row has changed can be told, what an erased one held cannot be
    /// guessed. The current one comes first, then those under which it may be stored.
    pub fn row_digests(&self, content: &[u8]) -> Vec<Digest> {
        self.digests(Label::Row, content)
    }

    /// The mark of an entry of the trail, over the hash of its leaf: whoever can write the database and has no key
    /// cannot make one, so nothing of theirs is placed or signed.
    pub fn entry_mark(&self, leaf_hash: &[u8]) -> String {
        self.digest(Label::Entry, &[leaf_hash]).to_string()
    }

    /// Whether [`KeyRing::entry_mark`] made this mark, under whichever key.
    pub fn is_entry_mark(&self, mark: &str, leaf_hash: &[u8]) -> bool {
        mark.parse()
            .is_ok_and(|digest| self.is_digest(&digest, Label::Entry, &[leaf_hash]))
    }

    /// Only the last part may be of varying length.
    pub(crate) fn digest(&self, label: Label, parts: &[&[u8]]) -> Digest {
        self.search().digest(label.as_str(), parts)
    }

    /// Compares in constant time. `false` if the key is gone.
    pub(crate) fn is_digest(&self, digest: &Digest, label: Label, parts: &[&[u8]]) -> bool {
        let verify = || self.search().verify(digest, label.as_str(), parts);
        verify().unwrap_or_else(|| {
            // Another process may have made the key a moment ago.
            self.look_again();
            verify().unwrap_or(false)
        })
    }
}

/// A digest as the domain and the database know it.
impl From<&Digest> for AddressDigest {
    fn from(digest: &Digest) -> Self {
        Self {
            key: digest.key.to_string(),
            bytes: digest.bytes.to_vec(),
        }
    }
}

/// And back; a stored one may be damaged.
impl TryFrom<&AddressDigest> for Digest {
    type Error = NotADigest;

    fn try_from(stored: &AddressDigest) -> Result<Self, NotADigest> {
        Ok(Self {
            key: stored.key.parse().map_err(|_| NotADigest)?,
            bytes: stored.bytes.as_slice().try_into().map_err(|_| NotADigest)?,
        })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.key)?;
        self.bytes
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text has not the form of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is a key id, a colon and 64 hexadecimal digits")]
pub struct NotADigest;

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, digits) = text.split_once(':').ok_or(NotADigest)?;
        let key = key.parse().map_err(|_| NotADigest)?;
        let (pairs, []) = digits.as_bytes().as_chunks::<2>() else {
            return Err(NotADigest);
        };
        let bytes: Option<Vec<u8>> = pairs
            .iter()
            .map(|&[high, low]| Some(nibble(high)? << 4 | nibble(low)?))
            .collect();
        let bytes = bytes
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(NotADigest)?;
        Ok(Self { key, bytes })
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Purpose;

    #[test]
    fn a_digest_is_the_hmac_of_label_and_address() {
        let ring = KeyRing::ephemeral([7; 32]);
        let digest = ring.address_digest("mira@halden.example");
        let search = ring.search();
        let mut mac = hmac(&search.current().secret, "address-v1", &[]);
        mac.update(b"mira@halden.example");
        assert_eq!(digest.bytes, *mac.finalize().into_bytes());
        assert_eq!(digest.key, ring.current_id(Purpose::Search));
    }

    #[test]
    fn digests_differ_by_value_label_and_ring() {
        let ring = KeyRing::ephemeral([7; 32]);
        let digest = ring.address_digest("mira@halden.example");
        assert_ne!(digest, ring.address_digest("mora@halden.example"));
        assert_ne!(digest, ring.value_digest("mira@halden.example"));
        assert_ne!(
            digest,
            KeyRing::ephemeral([8; 32]).address_digest("mira@halden.example")
        );
    }

    #[test]
    fn a_value_is_recognised_by_its_digest() {
        let ring = KeyRing::ephemeral([7; 32]);
        let digest = ring.value_digest("Mirra");
        assert!(ring.is_value(&digest, "Mirra"));
        assert!(!ring.is_value(&digest, "Mira"));
        assert!(!KeyRing::ephemeral([8; 32]).is_value(&digest, "Mirra"));
    }

    #[test]
    fn a_digest_is_read_back_from_its_text() {
        let digest = KeyRing::ephemeral([7; 32]).address_digest("mira@halden.example");
        let text = digest.to_string();
        assert_eq!(text.len(), 8 + 1 + 64);
        assert_eq!(text.parse(), Ok(digest));
        for wrong in [
            "",
            "s-3f9c2a",
            "s-3f9c2a:00",
            &text[1..],
            &text.to_uppercase(),
            &format!("{text}00"),
        ] {
            assert_eq!(wrong.parse::<Digest>(), Err(NotADigest), "{wrong}");
        }
    }
}

//! Keyed digests that a leaf may hold in place of a person: commitments and pseudonyms.
//!
//! Both are HMAC-SHA256 (RFC 2104) over a prefix that says what is digested, so that the same input
//! never gives the same digest in two roles. Salts and keys come from the caller and must never be
//! in a leaf.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Who or what a pseudonym stands for; each has its own prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PseudonymOf {
    /// A data subject, by normalised address (trimmed, lower case).
    Subject,
    /// A member of staff, by id.
    Staff,
    /// A request, by id.
    Request,
}

impl PseudonymOf {
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Subject => b"subject-v1\0",
            Self::Staff => b"staff-v1\0",
            Self::Request => b"request-v1\0",
        }
    }
}

/// Binds a leaf to personal particulars that are kept elsewhere, next to `salt`.
///
/// The salt is random and serves one entry only. Once it is deleted together with the particulars,
/// no guess can be tested against the commitment.
pub fn commit(salt: &[u8; 32], personal: &[u8]) -> [u8; 32] {
    keyed_digest(salt, b"personal-v1\0", personal)
}

/// The name under which a person or a request appears in the leaves written under `key`.
///
/// The same message has the same pseudonym as long as the key is the same, and cannot be linked to
/// it once the key is destroyed. The caller normalises the message.
pub fn pseudonym(key: &[u8; 32], of: PseudonymOf, message: &[u8]) -> [u8; 32] {
    keyed_digest(key, of.prefix(), message)
}

/// Binds a certificate to the person it is about.
///
/// The salt is random, serves one certificate only, and is given to the person alone: whoever has
/// it can show that the certificate is about an address, and nobody else can test a guess.
/// `normalised_address` is trimmed and in lower case.
pub fn bind_person(salt: &[u8; 32], normalised_address: &str) -> [u8; 32] {
    keyed_digest(salt, b"certificate-v1\0", normalised_address.as_bytes())
}

fn keyed_digest(key: &[u8; 32], prefix: &[u8], message: &[u8]) -> [u8; 32] {
    Hmac::<Sha256>::new_from_slice(key)
        .expect("HMAC takes a key of any length")
        .chain_update(prefix)
        .chain_update(message)
        .finalize()
        .into_bytes()
        .into()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::audit::{hex, testing::unhex};

    fn vectors() -> Value {
        let file = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/shred-vectors.json"
        ));
        serde_json::from_str(file).unwrap()
    }

    fn bytes(value: &Value) -> Vec<u8> {
        unhex(value.as_str().unwrap())
    }

    #[test]
    fn a_commitment_agrees_with_its_vector() {
        let vector = &vectors()["B_commitment"];
        let salt = bytes(&vector["salt_hex"]).try_into().unwrap();
        let personal = vector["personal"].as_str().unwrap();
        assert_eq!(
            hex(&commit(&salt, personal.as_bytes())),
            vector["commitment_hex"]
        );
    }

    #[test]
    fn a_pseudonym_agrees_with_its_vector() {
        let vector = &vectors()["pseudonym"];
        let key = bytes(&vector["key_hex"]).try_into().unwrap();
        let address = vector["normalised"].as_str().unwrap();
        assert_eq!(
            hex(&pseudonym(&key, PseudonymOf::Subject, address.as_bytes())),
            vector["hmac_sha256_hex"]
        );
    }

    #[test]
    fn the_binding_of_a_person_has_not_changed() {
        let salt = std::array::from_fn(|at| 32 + at as u8);
        assert_eq!(
            hex(&bind_person(&salt, "ilona.varga@tandem-works.example")),
            "d6e3974b5ccde49d47d03b50de4c1b0fec496f07f31f5b55424d0be3434f506c"
        );
    }

    #[test]
    fn the_same_message_has_another_digest_in_every_role() {
        let key = [7; 32];
        let digests = [
            commit(&key, b"7"),
            pseudonym(&key, PseudonymOf::Subject, b"7"),
            pseudonym(&key, PseudonymOf::Staff, b"7"),
            pseudonym(&key, PseudonymOf::Request, b"7"),
            bind_person(&key, "7"),
        ];
        for (at, digest) in digests.iter().enumerate() {
            assert!(!digests[..at].contains(digest));
        }
    }
}

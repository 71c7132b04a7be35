//! The search keys as a chain. A new key wraps the one before: what a digest is under it is the digest
//! under the inner key, digested once more. So a stored digest is brought under the new key without the
//! address that it is of, and from then on the inner key alone confirms nothing.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::keyring::{Key, Secret};
use super::{Digest, KeyId};

/// The label of a digest of a digest.
const WRAP: &str = "wrap-v1";

/// A key, and the place of the key that it wraps.
#[derive(Debug)]
struct Link {
    key: Key,
    inner: Option<usize>,
}

/// All search keys. A key comes after the one that it wraps.
#[derive(Debug)]
pub(super) struct SearchKeys {
    links: Vec<Link>,
    current: usize,
}

impl SearchKeys {
    /// Nothing if a key wraps one that is not there, or if none is in use.
    pub(super) fn new(mut keys: Vec<Key>, current: Option<KeyId>) -> Option<Self> {
        let mut links: Vec<Link> = Vec::new();
        while !keys.is_empty() {
            let place = |id: KeyId| links.iter().position(|link| link.key.id == id);
            let ready = keys
                .iter()
                .position(|key| key.wraps.is_none_or(|inner| place(inner).is_some()))?;
            let inner = keys[ready].wraps.and_then(place);
            let key = keys.swap_remove(ready);
            links.push(Link { key, inner });
        }
        let current = links.iter().position(|link| Some(link.key.id) == current)?;
        Some(Self { links, current })
    }

    pub(super) fn current(&self) -> &Key {
        &self.links[self.current].key
    }

    pub(super) fn has(&self, id: KeyId) -> bool {
        self.place(id).is_some()
    }

    pub(super) fn count(&self) -> usize {
        self.links.len()
    }

    fn place(&self, id: KeyId) -> Option<usize> {
        self.links.iter().position(|link| link.key.id == id)
    }

    fn mac(&self, at: usize, label: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
        let Link { key, inner } = &self.links[at];
        match inner {
            None => hmac(&key.secret, label, parts),
            Some(inner) => hmac(
                &key.secret,
                WRAP,
                &[&self.under(*inner, label, parts).bytes],
            ),
        }
    }

    fn under(&self, at: usize, label: &str, parts: &[&[u8]]) -> Digest {
        Digest {
            key: self.links[at].key.id,
            bytes: self.mac(at, label, parts).finalize().into_bytes().into(),
        }
    }

    /// The digest under the key in use.
    pub(super) fn digest(&self, label: &str, parts: &[&[u8]]) -> Digest {
        self.under(self.current, label, parts)
    }

    /// The digests under all keys, the one in use first, then the newest.
    pub(super) fn digests(&self, label: &str, parts: &[&[u8]]) -> Vec<Digest> {
        let mut digests: Vec<Digest> = Vec::with_capacity(self.links.len());
        for (at, Link { key, inner }) in self.links.iter().enumerate() {
            digests.push(match inner {
                None => self.under(at, label, parts),
                Some(inner) => wrap(key, &digests[*inner]),
            });
        }
        let current = digests.remove(self.current);
        digests.reverse();
        digests.insert(0, current);
        digests
    }

    /// Compares in constant time; nothing if the key is not here.
    pub(super) fn verify(&self, digest: &Digest, label: &str, parts: &[&[u8]]) -> Option<bool> {
        let at = self.place(digest.key)?;
        let mac = self.mac(at, label, parts);
        Some(mac.verify_slice(&digest.bytes).is_ok())
    }

    /// A stored digest under the key in use. Without a key, it was made with the first there was. Nothing
    /// if the key in use does not wrap the key that made it.
    pub(super) fn renewed(&self, key: Option<KeyId>, bytes: [u8; 32]) -> Option<Digest> {
        let mut outer = Vec::new();
        let mut at = self.current;
        while key != Some(self.links[at].key.id) {
            match self.links[at].inner {
                Some(inner) => {
                    outer.push(at);
                    at = inner;
                }
                None if key.is_none() => break,
                None => return None,
            }
        }
        let key = self.links[at].key.id;
        let begin = Digest { key, bytes };
        let outer = outer.into_iter().rev();
        Some(outer.fold(begin, |digest, at| wrap(&self.links[at].key, &digest)))
    }
}

fn wrap(key: &Key, inner: &Digest) -> Digest {
    Digest {
        key: key.id,
        bytes: hmac(&key.secret, WRAP, &[&inner.bytes])
            .finalize()
            .into_bytes()
            .into(),
    }
}

/// `HMAC-SHA256(key, label ‖ 0x00 ‖ value)`, not ended yet.
pub(super) fn hmac(secret: &Secret, label: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(secret.bytes()).expect("HMAC takes keys of any length");
    mac.update(label.as_bytes());
    mac.update(&[0]);
    for part in parts {
        mac.update(part);
    }
    mac
}

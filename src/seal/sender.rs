//! The keys of a sender: the one that its digests are made with, and the one that signs what it is
//! sent. The sender has both too; they open nothing of ours.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::random;

/// What every token of the API begins with, so that a lost one is recognised.
const PREFIX: &str = "lethe_";

/// What every secret of a webhook begins with (Standard Webhooks).
const SECRET_PREFIX: &str = "whsec_";

/// A token of the API: 256 random bits, stored only as its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiToken(String);

impl ApiToken {
    /// A token that nobody can guess.
    pub fn random() -> Self {
        Self(format!(
            "{PREFIX}{}",
            URL_SAFE_NO_PAD.encode(random::<32>())
        ))
    }

    /// The token that somebody sent, or `None` if it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// As it is shown once, and sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// SHA-256, under which it is stored and looked up. Whoever measures how long the look takes
    /// learns something of a hash, from which no token follows.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl std::fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiToken(…)")
    }
}

/// The keys of one sender, as they lie sealed beside its token.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct SenderKeys {
    digest: [u8; 32],
    signing: [u8; 32],
}

impl SenderKeys {
    /// Fresh keys.
    pub fn random() -> Self {
        Self {
            digest: random(),
            signing: random(),
        }
    }

    /// `HMAC-SHA256(digest key, normalised address)`: the sender makes the same of the addresses that it has.
    pub fn digest(&self, normalised: &str) -> [u8; 32] {
        mac(&self.digest, &[normalised.as_bytes()])
    }

    /// The key of the digests, for the sender: base64.
    pub fn digest_key(&self) -> String {
        BASE64.encode(self.digest)
    }

    /// The secret of the webhook, for the sender, as Standard Webhooks writes it.
    pub fn webhook_secret(&self) -> String {
        secret_in_words(&self.signing)
    }

    /// The value of `webhook-signature` over a message (Standard Webhooks, `v1`).
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        signature(&self.signing, id, timestamp, body)
    }
}

impl std::fmt::Debug for SenderKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SenderKeys(…)")
    }
}

/// A secret as Standard Webhooks writes it.
pub(super) fn secret_in_words(secret: &[u8; 32]) -> String {
    format!("{SECRET_PREFIX}{}", BASE64.encode(secret))
}

/// The secret in such words.
pub(super) fn secret_from_words(words: &str) -> Option<[u8; 32]> {
    let bytes = BASE64.decode(words.strip_prefix(SECRET_PREFIX)?).ok()?;
    bytes.try_into().ok()
}

pub(super) fn signature(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> String {
    let head = format!("{id}.{timestamp}.");
    format!("v1,{}", BASE64.encode(mac(key, &[head.as_bytes(), body])))
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_nothing_else_is() {
        let token = ApiToken::random();
        assert_eq!(token.as_str().len(), 49);
        assert_eq!(ApiToken::parse(token.as_str()), Some(token.clone()));
        assert_ne!(token.hash(), ApiToken::random().hash());
        for wrong in ["", "lethe_", "lethe_AAAA", &token.as_str()[6..]] {
            assert_eq!(ApiToken::parse(wrong), None, "{wrong}");
        }
        assert!(!format!("{token:?}").contains(&token.as_str()[6..]));
    }

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let secret = BASE64
            .decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
            .expect("base64");
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn digests_differ_by_sender_and_address() {
        let (one, other) = (SenderKeys::random(), SenderKeys::random());
        let digest = one.digest("mira@halden.example");
        assert_eq!(digest, one.digest("mira@halden.example"));
        assert_ne!(digest, one.digest("mora@halden.example"));
        assert_ne!(digest, other.digest("mira@halden.example"));
        assert!(!format!("{one:?}").contains(&one.digest_key()));
    }
}

//! What messages to a recipient's webhook are signed with, and the questions to a store behind one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::digest::Digest;
use super::keyring::{KeyRing, Purpose};
use super::sender::{SECRET_PREFIX, mac, secret_in_words, signature};

/// The secret of one recipient's webhook. It follows from the key file and the recipient's name, so
/// nothing stores it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct WebhookSecret([u8; 32]);

impl WebhookSecret {
    /// The secret for the recipient, as Standard Webhooks writes it.
    pub fn in_words(&self) -> String {
        secret_in_words(&self.0)
    }

    /// The value of `webhook-signature` over a message (Standard Webhooks, `v1`).
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        signature(&self.0, id, timestamp, body)
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// The secret that we share with the program in front of a store, which made it up or was given it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SharedSecret(Vec<u8>);

impl SharedSecret {
    /// Reads a secret as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64.
    pub fn parse(text: &str) -> Option<SharedSecret> {
        let mut bytes = BASE64.decode(text.strip_prefix(SECRET_PREFIX)?).ok()?;
        if (24..=64).contains(&bytes.len()) {
            return Some(SharedSecret(bytes));
        }
        bytes.zeroize();
        None
    }

    /// The value of `webhook-signature` over a message (Standard Webhooks, `v1`).
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        signature(&self.0, id, timestamp, body)
    }

    /// Whether one of the signatures of a header is ours over this message. It takes as long for
    /// every wrong one.
    pub fn has_signed(&self, header: &str, id: &str, timestamp: i64, body: &[u8]) -> bool {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        header
            .split(' ')
            .filter_map(|one| BASE64.decode(one.strip_prefix("v1,")?).ok())
            .any(|given| mac.clone().verify_slice(&given).is_ok())
    }

    /// A name for a deed that is the same however often it is asked for, and says nothing.
    pub fn name_of(&self, parts: &[&str]) -> String {
        let lengths: Vec<[u8; 8]> = parts
            .iter()
            .map(|part| (part.len() as u64).to_be_bytes())
            .collect();
        let mut message: Vec<&[u8]> = vec![b"lethe-webhook-deed-v1"];
        for (length, part) in lengths.iter().zip(parts) {
            message.extend([length, part.as_bytes()]);
        }
        let digest = mac(&self.0, &message);
        digest[..16].iter().map(|b| format!("{b:02x}")).collect()
    }
}

impl std::fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSecret(…)")
    }
}

impl KeyRing {
    /// The secret of the webhook of a recipient.
    pub fn webhook_secret(&self, recipient: &str) -> WebhookSecret {
        let key = self.current(Purpose::Link);
        let digest = Digest::new(key.id, &key.secret, "recipient-v1", &[recipient.as_bytes()]);
        WebhookSecret(digest.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_secret_is_read_signs_and_knows_its_own_signature() {
        let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let secret = SharedSecret::parse(text).unwrap();
        let other = SharedSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx").unwrap();
        let signed = secret.sign("msg_1", 7, b"body");
        assert!(secret.has_signed(&signed, "msg_1", 7, b"body"));
        let several = format!("v1a,x v1,AAAA {signed}");
        assert!(secret.has_signed(&several, "msg_1", 7, b"body"));
        assert!(!other.has_signed(&signed, "msg_1", 7, b"body"));
        for (header, id, timestamp, body) in [
            ("", "msg_1", 7, &b"body"[..]),
            ("v1,", "msg_1", 7, b"body"),
            (&signed[3..], "msg_1", 7, b"body"),
            (&signed, "msg_2", 7, b"body"),
            (&signed, "msg_1", 8, b"body"),
            (&signed, "msg_1", 7, b"bodz"),
        ] {
            assert!(!secret.has_signed(header, id, timestamp, body), "{header}");
        }
        assert!(!format!("{secret:?}").contains("MfKQ"));
        for wrong in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert!(SharedSecret::parse(wrong).is_none(), "{wrong}");
        }
        assert_eq!(secret.name_of(&["a", "b"]), secret.name_of(&["a", "b"]));
        assert_ne!(secret.name_of(&["a", "b"]), secret.name_of(&["ab"]));
        assert_ne!(secret.name_of(&["a", "b"]), other.name_of(&["a", "b"]));
    }

    #[test]
    fn each_recipient_has_a_secret_of_its_own_and_always_the_same() {
        let ring = KeyRing::ephemeral([7; 32]);
        let of = |name| ring.webhook_secret(name).in_words();
        assert!(of("Host").starts_with("whsec_"));
        assert_eq!(of("Host"), of("Host"));
        assert_ne!(of("Host"), of("Guest"));
        assert_ne!(
            of("Host"),
            KeyRing::ephemeral([8; 32])
                .webhook_secret("Host")
                .in_words()
        );
    }
}

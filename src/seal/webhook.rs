//! What messages to a recipient's webhook are signed with.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::digest::Digest;
use super::keyring::{KeyRing, Purpose};
use super::sender::{secret_from_words, secret_in_words, signature};

/// The secret of one recipient's webhook. It follows from the key file and the recipient's name, so
/// nothing stores it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct WebhookSecret([u8; 32]);

impl WebhookSecret {
    /// Reads a secret as Standard Webhooks writes it: `whsec_` and 32 bytes in Base64.
    pub fn parse(words: &str) -> Option<WebhookSecret> {
        secret_from_words(words).map(WebhookSecret)
    }

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
    fn each_recipient_has_a_secret_of_its_own_and_always_the_same() {
        let ring = KeyRing::ephemeral([7; 32]);
        let of = |name| ring.webhook_secret(name).in_words();
        assert!(of("Host").starts_with("whsec_"));
        let read = WebhookSecret::parse(&of("Host")).unwrap();
        assert_eq!(read.in_words(), of("Host"));
        for none in ["", "whsec_", "whsec_AAAA", &of("Host")[6..]] {
            assert!(WebhookSecret::parse(none).is_none(), "{none}");
        }
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

//! Unsubscribe tokens: all that `/u/{token}` needs, sealed into the link itself.
//!
//! Nothing is stored for a token, so it works for years, after key rotations and after an erasure.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use super::sealed::{decrypt, encrypt};
use super::{KeyId, KeyRing, Purpose};

/// Longest token that is looked at.
const MAX_LENGTH: usize = 4096;

/// What an unsubscribe link says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsubscribe {
    /// The address that the newsletter went to.
    pub address: String,
    /// The list to leave.
    pub list: String,
    /// The mailing tool's own name for this recipient.
    #[serde(default, rename = "id", skip_serializing_if = "Option::is_none")]
    pub tool_id: Option<String>,
    /// Whose name it is; links of before do not say it.
    #[serde(default, rename = "by", skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
}

impl std::fmt::Debug for Unsubscribe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unsubscribe")
            .field("list", &self.list)
            .finish_non_exhaustive()
    }
}

/// The token is none of ours, or was damaged. Says no more, so that it helps nobody to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the unsubscribe link is broken")]
pub struct TokenError;

impl KeyRing {
    /// The token for an unsubscribe link: `v1.<key id>.<base64url>`.
    pub fn unsubscribe_token(&self, unsubscribe: &Unsubscribe) -> String {
        let key = self.current(Purpose::Link);
        let head = head(key.id);
        let mut json = serde_json::to_vec(unsubscribe).expect("a struct of strings is JSON");
        // Spaces after the JSON keep the token's length from telling the address's.
        json.resize(json.len().next_multiple_of(32), b' ');
        head.clone() + &BASE64.encode(encrypt(&key.secret, &[], head.as_bytes(), &json))
    }

    /// Reads a token made by any key still in the ring.
    pub fn read_unsubscribe_token(&self, token: &str) -> Result<Unsubscribe, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError);
        }
        let parts: Vec<_> = token.split('.').collect();
        let ["v1", id, sealed] = parts[..] else {
            return Err(TokenError);
        };
        let id = id.parse().map_err(|_| TokenError)?;
        let sealed = BASE64.decode(sealed).map_err(|_| TokenError)?;
        let key = self.find(Purpose::Link, id).map_err(|_| TokenError)?;
        let json = decrypt(&key.secret, head(id).as_bytes(), &sealed).map_err(|_| TokenError)?;
        serde_json::from_slice(&json).map_err(|_| TokenError)
    }
}

fn head(id: KeyId) -> String {
    format!("v1.{id}.")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring() -> KeyRing {
        KeyRing::ephemeral([7; 32])
    }

    fn mira() -> Unsubscribe {
        Unsubscribe {
            address: "mira@halden.example".to_owned(),
            list: "news".to_owned(),
            tool_id: Some("41".to_owned()),
            tool: Some("newsletter".to_owned()),
        }
    }

    #[test]
    fn a_token_says_what_was_put_into_it() {
        let token = ring().unsubscribe_token(&mira());
        assert!(token.starts_with("v1.l-"));
        assert!(
            token
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        );
        assert_eq!(ring().read_unsubscribe_token(&token), Ok(mira()));
        let without = Unsubscribe {
            tool_id: None,
            tool: None,
            ..mira()
        };
        assert_eq!(
            ring().read_unsubscribe_token(&ring().unsubscribe_token(&without)),
            Ok(without)
        );
    }

    #[test]
    fn a_token_hides_the_address_and_its_length() {
        let token = ring().unsubscribe_token(&mira());
        let longer = Unsubscribe {
            address: "mirabelle@halden.example".to_owned(),
            ..mira()
        };
        assert_eq!(token.len(), ring().unsubscribe_token(&longer).len());
        assert!(!token.contains("mira"));
        assert!(!format!("{:?}", mira()).contains("mira"));
    }

    #[test]
    fn a_damaged_token_is_refused() {
        let token = ring().unsubscribe_token(&mira());
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("the token is ASCII");
            assert_eq!(
                ring().read_unsubscribe_token(&changed),
                Err(TokenError),
                "character {at}"
            );
            assert_eq!(
                ring().read_unsubscribe_token(&token[..at]),
                Err(TokenError),
                "cut at {at}"
            );
        }
        assert_eq!(
            ring().read_unsubscribe_token(&format!("{token}.")),
            Err(TokenError)
        );
    }

    #[test]
    fn a_token_of_another_installation_is_refused() {
        let token = KeyRing::ephemeral([8; 32]).unsubscribe_token(&mira());
        assert_eq!(ring().read_unsubscribe_token(&token), Err(TokenError));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_in_peace(text in ".*") {
            prop_assert!(ring().read_unsubscribe_token(&text).is_err());
        }
    }
}

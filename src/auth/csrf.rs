//! Form tokens: proof that a form came from a page of ours, seen in the browser that now sends it.
//!
//! Signed double submit: the page holds a keyed digest of the browser's session id, or of the nonce in its cookie.
//! Each page salts it afresh, so that compressed pages do not give it away letter by letter (BREACH).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::seal::{Digest, KeyRing, Label, random};

const SALT: usize = 16;

/// The value of a form's hidden field for the browser with this session id or cookie nonce.
pub fn issue(ring: &KeyRing, session: &str) -> String {
    let salt: [u8; SALT] = random();
    let Digest { key, bytes } = ring.digest(Label::Form, &[&salt, session.as_bytes()]);
    format!("{key}.{}", BASE64.encode([&salt[..], &bytes].concat()))
}

/// Whether [`issue`] gave this token to this browser. Compares in constant time.
pub fn check(ring: &KeyRing, session: &str, token: &str) -> bool {
    read(token).is_some_and(|(salt, digest)| {
        ring.is_digest(&digest, Label::Form, &[&salt, session.as_bytes()])
    })
}

fn read(token: &str) -> Option<([u8; SALT], Digest)> {
    let (key, rest) = token.split_once('.')?;
    let rest = BASE64.decode(rest).ok()?;
    let (salt, bytes) = rest.split_first_chunk()?;
    Some((
        *salt,
        Digest {
            key: key.parse().ok()?,
            bytes: bytes.try_into().ok()?,
        },
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring() -> KeyRing {
        KeyRing::ephemeral([7; 32])
    }

    #[test]
    fn a_form_token_holds_for_its_own_browser() {
        let token = issue(&ring(), "session-a");
        assert!(check(&ring(), "session-a", &token));
        assert!(!check(&ring(), "session-b", &token));
        assert!(!check(&ring(), "", &token));
        assert!(!check(&KeyRing::ephemeral([8; 32]), "session-a", &token));
    }

    #[test]
    fn two_pages_carry_different_tokens() {
        assert_ne!(issue(&ring(), "session-a"), issue(&ring(), "session-a"));
    }

    #[test]
    fn a_changed_or_cut_token_is_refused() {
        let token = issue(&ring(), "session-a");
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("the token is ASCII");
            assert!(!check(&ring(), "session-a", &changed), "character {at}");
            assert!(!check(&ring(), "session-a", &token[..at]), "cut at {at}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_in_peace(text in ".*") {
            prop_assert!(!check(&ring(), "session-a", &text));
        }
    }
}

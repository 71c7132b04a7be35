//! Secrets that travel in mails: link tokens and six-digit codes.
//!
//! The database keeps a token only as its hash and a code only as a keyed digest, so that a stolen copy opens nothing.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::seal::{Digest, KeyRing, Label, random};

/// A random token for a link: 192 bits, 32 characters that need no escaping in a URL.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token that nobody can guess.
    pub fn random() -> Self {
        Self(BASE64.encode(random::<24>()))
    }

    /// The token in a URL, or `None` if it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text).ok()?;
        (bytes.len() == 24).then(|| Self(text.to_owned()))
    }

    /// The token as it stands in the link.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the token, under which it is stored and looked up.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A code of six digits, printed in a mail and typed by a person.
///
/// There are only a million of them: whoever checks a code must count the attempts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(u32);

impl Code {
    /// Any of the million codes, each as likely as the others.
    pub fn random() -> Self {
        loop {
            if let Some(code) = Self::fair(u32::from_ne_bytes(random())) {
                return code;
            }
        }
    }

    /// `None` for the numbers above the last whole million, which would favour the low codes.
    fn fair(number: u32) -> Option<Self> {
        const CODES: u32 = 1_000_000;
        (number < u32::MAX / CODES * CODES).then_some(Self(number % CODES))
    }

    /// A typed code. Spaces and dashes between the digits are no mistake.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect();
        let six_digits = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit());
        if six_digits {
            digits.parse().ok().map(Self)
        } else {
            None
        }
    }

    /// What is stored for the code: a digest that is bound to the submission and useless without the key file.
    pub fn digest(self, ring: &KeyRing, submission: Uuid) -> Digest {
        ring.digest(
            Label::Code,
            &[submission.as_bytes(), self.to_string().as_bytes()],
        )
    }

    /// Whether this is the code of which `digest` was stored. Takes the same time for a right and a wrong one.
    pub fn matches(self, ring: &KeyRing, submission: Uuid, digest: &Digest) -> bool {
        ring.is_digest(
            digest,
            Label::Code,
            &[submission.as_bytes(), self.to_string().as_bytes()],
        )
    }
}

/// Six digits without a space.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_read_back_from_its_link() {
        let token = Token::random();
        assert_eq!(token.as_str().len(), 32);
        assert!(
            token
                .as_str()
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert_eq!(Token::parse(token.as_str()), Some(token.clone()));
        assert_eq!(
            Token::parse(token.as_str()).map(|token| token.hash()),
            Some(token.hash())
        );
        assert_ne!(token, Token::random());
    }

    #[test]
    fn what_is_no_token_is_not_looked_up() {
        let short = &Token::random().as_str()[4..].to_owned();
        for wrong in [
            "",
            "abc",
            "../../etc",
            short,
            &format!("{short}abcdabcd"),
            &format!("{short}abc="),
        ] {
            assert_eq!(Token::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn neither_token_nor_code_shows_in_debug() {
        assert_eq!(
            format!("{:?} {:?}", Token::random(), Code::random()),
            "Token(…) Code(…)"
        );
    }

    #[test]
    fn a_code_is_accepted_with_spaces() {
        for text in ["042137", " 042 137 ", "04 21 37", "042-137", "042\u{a0}137"] {
            assert_eq!(Code::parse(text), Some(Code(42_137)), "{text}");
        }
        for text in ["", "42137", "0421370", "04213a", "+42137", "٠٤٢١٣٧"] {
            assert_eq!(Code::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_code_is_equally_likely() {
        assert_eq!(Code::fair(0), Some(Code(0)));
        assert_eq!(Code::fair(4_293_999_999), Some(Code(999_999)));
        assert_eq!(Code::fair(4_294_000_000), None);
        assert_eq!(Code::fair(u32::MAX), None);
    }

    #[test]
    fn a_code_matches_its_own_submission_under_its_own_key() {
        let ring = KeyRing::ephemeral([7; 32]);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let digest = Code(42_137).digest(&ring, one);
        assert!(Code(42_137).matches(&ring, one, &digest));
        assert!(!Code(42_138).matches(&ring, one, &digest));
        assert!(!Code(42_137).matches(&ring, other, &digest));
        assert!(!Code(42_137).matches(&KeyRing::ephemeral([8; 32]), one, &digest));
    }

    proptest! {
        #[test]
        fn a_printed_code_is_read_back(number in 0..1_000_000_u32) {
            let text = Code(number).to_string();
            prop_assert_eq!(text.len(), 6);
            prop_assert_eq!(Code::parse(&text), Some(Code(number)));
        }

        #[test]
        fn any_text_is_parsed_in_peace(text in ".*") {
            let _ = (Code::parse(&text), Token::parse(&text));
        }
    }
}

//! Recovery codes: a way in for whoever has lost their authenticator app. Each has 80 random bits, is stored as its
//! hash alone and is worth nothing once it was used.

use std::fmt;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::totp::{base32, in_groups};
use crate::seal::random;

/// How many somebody gets at a time.
pub const COUNT: usize = 10;

/// Letters of a code, without what parts them.
const LETTERS: usize = 16;

/// One recovery code, without what parts its groups.
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// A code that nobody can guess.
    pub fn random() -> RecoveryCode {
        RecoveryCode(Zeroizing::new(base32(&random::<10>())))
    }

    /// A typed code, in small letters too; spaces and dashes between the letters are no mistake.
    pub fn parse(text: &str) -> Option<RecoveryCode> {
        let letters: Zeroizing<String> = Zeroizing::new(
            text.chars()
                .filter(|c| !c.is_whitespace() && *c != '-')
                .map(|c| c.to_ascii_uppercase())
                .collect(),
        );
        let is_letter = |c: u8| c.is_ascii_uppercase() || (b'2'..=b'7').contains(&c);
        (letters.len() == LETTERS && letters.bytes().all(is_letter))
            .then_some(RecoveryCode(letters))
    }

    /// As it is shown once.
    pub fn in_groups(&self) -> String {
        in_groups(&self.0, "-")
    }

    /// Under what it is stored for its account. A copy of the database gives away none: there are too many to
    /// try, whatever the hash costs.
    pub fn hash(&self, account: Uuid) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"lethe-recovery-code-v1");
        hash.update(account.as_bytes());
        hash.update(self.0.as_bytes());
        hash.finalize().into()
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_as_people_type_it() {
        let code = RecoveryCode::random();
        let account = Uuid::from_u128(7);
        let shown = code.in_groups();
        assert_eq!((shown.len(), shown.matches('-').count()), (19, 3));
        for typed in [
            shown.clone(),
            shown.to_lowercase(),
            shown.replace('-', " "),
            shown.replace('-', ""),
            format!(" {shown} "),
        ] {
            let read = RecoveryCode::parse(&typed).expect("a code");
            assert_eq!(read.hash(account), code.hash(account), "{typed}");
        }
        for wrong in [
            "",
            "123456",
            &shown[1..],
            &shown.replace('-', "1"),
            "ÄÄÄÄÄÄÄÄ",
        ] {
            assert!(RecoveryCode::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_code_is_of_one_account_and_shows_nowhere() {
        let code = RecoveryCode::random();
        assert_ne!(code.hash(Uuid::from_u128(7)), code.hash(Uuid::from_u128(8)));
        assert_ne!(code.in_groups(), RecoveryCode::random().in_groups());
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
    }
}

//! Staff passwords: Argon2id, stored as PHC strings.
//!
//! Hashing takes tens of milliseconds and 19 MiB; it must never run on a thread that serves others.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use zeroize::Zeroizing;

use crate::seal::random;

/// Fewest characters of a password (OWASP ASVS 5.0, 6.2.1 asks for 8 and recommends 15).
pub const MIN_LENGTH: usize = 12;
/// Most characters of a password (OWASP ASVS 5.0, 6.2.9 asks for at least 64).
pub const MAX_LENGTH: usize = 128;

/// Verified against when there is no account, so that the answer takes as long as for a real one.
/// Made with [`argon2id`]'s parameters from a random password that nobody kept.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AtQXwRiMEJjizC931pX6ig$Vre642HFtxfsJdficlkIP5yE+U9pGZCZn7Jb2DbpLsA";

/// A password that somebody chose and that is long enough.
pub struct Password(Zeroizing<String>);

/// Why a chosen password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`MIN_LENGTH`] characters.
    #[error("a password has at least {MIN_LENGTH} characters")]
    TooShort,
    /// More than [`MAX_LENGTH`] characters.
    #[error("a password has at most {MAX_LENGTH} characters")]
    TooLong,
}

impl Password {
    /// Takes a chosen password as typed, spaces included.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        match text.chars().count() {
            ..MIN_LENGTH => Err(PasswordError::TooShort),
            MIN_LENGTH..=MAX_LENGTH => Ok(Self(Zeroizing::new(text.to_owned()))),
            _ => Err(PasswordError::TooLong),
        }
    }

    /// The PHC string to store, with a fresh salt.
    pub fn hash(&self) -> String {
        argon2id()
            .hash_password_with_salt(self.0.as_bytes(), &random::<16>())
            .expect("password and salt are within Argon2's lengths")
            .to_string()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Whether `typed` is the password of the account whose PHC string is `stored`; never, if there is no account.
/// Does the same work with and without one.
pub fn verify(stored: Option<&str>, typed: &str) -> bool {
    let matches = PasswordHash::new(stored.unwrap_or(NOBODY))
        .is_ok_and(|hash| argon2id().verify_password(typed.as_bytes(), &hash).is_ok());
    matches && stored.is_some()
}

/// Argon2id with the least memory that OWASP's Password Storage Cheat Sheet lists for two passes.
fn argon2id() -> Argon2<'static> {
    let params =
        Params::new(19 * 1024, 2, 1, None).expect("the parameters are within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHRASE: &str = "seven quiet herons";

    #[test]
    fn a_password_verifies_against_its_own_hash_alone() {
        let hash = Password::parse(PHRASE).expect("long enough").hash();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(verify(Some(&hash), PHRASE));
        assert!(!verify(Some(&hash), "seven quiet heron"));
        assert!(!verify(Some(&hash), ""));
    }

    #[test]
    fn the_same_password_is_hashed_with_another_salt() {
        let password = Password::parse(PHRASE).expect("long enough");
        assert_ne!(password.hash(), password.hash());
    }

    #[test]
    fn an_unknown_account_costs_the_same_and_never_verifies() {
        let cost = |phc: &str| {
            phc.split('$')
                .take(4)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let real = Password::parse(PHRASE).expect("long enough").hash();
        assert_eq!(cost(NOBODY), cost(&real));
        assert_eq!(NOBODY.len(), real.len());
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!verify(None, PHRASE));
    }

    #[test]
    fn a_broken_hash_verifies_nothing() {
        for stored in [
            "",
            "plain",
            "$argon2id$v=19$m=19456,t=2,p=1$",
            "$argon2id$v=19$m=1,t=0,p=0$AAAA$AAAA",
        ] {
            assert!(!verify(Some(stored), stored));
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(
            Password::parse(&"ü".repeat(11)).err(),
            Some(PasswordError::TooShort)
        );
        assert!(Password::parse(&"ü".repeat(12)).is_ok());
        assert!(Password::parse(&"ü".repeat(128)).is_ok());
        assert_eq!(
            Password::parse(&"ü".repeat(129)).err(),
            Some(PasswordError::TooLong)
        );
    }

    #[test]
    fn a_password_does_not_show_in_debug() {
        assert_eq!(format!("{:?}", Password::parse(PHRASE)), "Ok(Password(…))");
    }
}

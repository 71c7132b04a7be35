//! The codes of an authenticator app (TOTP, RFC 6238): six digits, a new one every 30 seconds, HMAC-SHA-1,
//! which is what every app knows. The time is passed in.
//!
//! A step counts once. Whoever accepts a code keeps its step, and passes it in with the next one.

use std::fmt;

use jiff::Timestamp;
use totp_rs::{Builder, Secret as Bytes, Totp};
use zeroize::Zeroizing;

use super::connect::escaped;
use super::token::Code;
use crate::seal::random;

/// How long a code is shown, in seconds.
pub const STEP: u64 = 30;

/// How many steps the clock of a telephone may be off, either way (RFC 6238, section 5.2).
const DRIFT: i64 = 1;

/// Bytes of a secret, as RFC 4226 recommends in section 4.
const LENGTH: usize = 20;

/// What an authenticator app and we share.
pub struct Secret(Zeroizing<[u8; LENGTH]>);

impl Secret {
    /// A secret that nobody can guess.
    pub fn random() -> Secret {
        Secret(Zeroizing::new(random()))
    }

    /// The secret of these bytes, if there are as many as it has.
    pub fn from_bytes(bytes: &[u8]) -> Option<Secret> {
        bytes.try_into().ok().map(Zeroizing::new).map(Secret)
    }

    /// Its bytes, to be sealed.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// As it is typed into an app: base32 in groups of four.
    pub fn in_groups(&self) -> String {
        in_groups(&base32(self.bytes()), " ")
    }

    /// As an app scans it (the Key Uri Format). `issuer` says whose account it is.
    pub fn uri(&self, issuer: &str, account: &str) -> String {
        // A colon parts the two.
        let plain = |text: &str| escaped(&text.replace(':', " "), "");
        let (issuer, account) = (plain(issuer), plain(account));
        format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP}",
            base32(self.bytes())
        )
    }

    /// The step of which this is the code, if it is one of now and comes after the one that was accepted last.
    /// Compares in constant time, and does the same work for a right and a wrong one.
    pub fn accepts(&self, code: Code, now: Timestamp, last: Option<i64>) -> Option<i64> {
        let (code, totp) = (code.to_string(), self.totp());
        let here = now.as_second().div_euclid(STEP as i64);
        let mut found = None;
        for step in here - DRIFT..=here + DRIFT {
            let at = u64::try_from(step).ok().map(|step| step * STEP);
            let is_right = at.is_some_and(|at| totp.check(&code, at).is_some());
            if is_right && last.is_none_or(|last| step > last) {
                found = found.or(Some(step));
            }
        }
        found
    }

    fn totp(&self) -> Totp {
        Builder::new()
            .with_secret(Bytes::new_stack(*self.0))
            .with_step_duration(STEP)
            .with_skew(0)
            .build()
            .expect("a secret of 20 bytes and the defaults of RFC 6238 make a code")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// RFC 4648, section 6, without padding.
pub(super) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bit = |at: usize| {
        let byte = bytes.get(at / 8).copied().unwrap_or(0);
        usize::from((byte >> (7 - at % 8)) & 1)
    };
    (0..bytes.len() * 8)
        .step_by(5)
        .map(|start| (start..start + 5).fold(0, |value, at| (value << 1) | bit(at)))
        .map(|value| char::from(LETTERS[value]))
        .collect()
}

/// The letters in groups of four.
pub(super) fn in_groups(letters: &str, between: &str) -> String {
    let letters: Vec<char> = letters.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::from_bytes(b"12345678901234567890").expect("20 bytes")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn code(text: &str) -> Code {
        Code::parse(text).expect("six digits")
    }

    /// Appendix B has eight digits; six are the last of them.
    const VECTORS: [(i64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        for (second, long) in VECTORS {
            let step = second / 30;
            assert_eq!(
                secret().accepts(code(&long[2..]), at(second), None),
                Some(step),
                "{second}"
            );
        }
        let next = code(&VECTORS[1].1[2..]);
        assert_eq!(secret().accepts(next, at(1_234_567_890), None), None);
    }

    #[test]
    fn a_clock_may_be_off_by_one_step_and_not_by_two() {
        let (second, long) = VECTORS[3];
        let (shown, step) = (code(&long[2..]), second / 30);
        let start = step * 30;
        for (now, accepted) in [
            (start - 31, false),
            (start - 30, true),
            (start, true),
            (start + 59, true),
            (start + 60, false),
        ] {
            let found = secret().accepts(shown, at(now), None);
            assert_eq!(found, accepted.then_some(step), "{}", now - start);
        }
    }

    #[test]
    fn a_step_counts_once_and_none_before_it_counts_any_more() {
        let (second, long) = VECTORS[3];
        let (shown, step) = (code(&long[2..]), second / 30);
        let accepts = |last| secret().accepts(shown, at(second), last);
        assert_eq!(accepts(Some(step - 1)), Some(step));
        assert_eq!(accepts(Some(step)), None);
        assert_eq!(accepts(Some(step + 1)), None);
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(
            secret().in_groups(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
    }

    #[test]
    fn an_app_reads_whose_account_it_is() {
        assert_eq!(
            secret().uri("Lethe, A: B", "ann+x@vendor.example"),
            "otpauth://totp/Lethe%2C%20A%20%20B:ann%2Bx%40vendor.example\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Lethe%2C%20A%20%20B&algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn nothing_shows_a_secret() {
        assert_eq!(format!("{:?}", secret()), "Secret(…)");
        assert!(Secret::from_bytes(&[7; 19]).is_none());
        assert_ne!(Secret::random().bytes(), Secret::random().bytes());
    }
}

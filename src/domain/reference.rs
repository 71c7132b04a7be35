//! The reference of a request: short enough to read aloud. It authorises nothing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Digits and letters without I, L, O and U, which are misread or make words (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Eight characters of an alphabet without look-alikes, shown as `7K4M-2QX9`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Reference([u8; 8]);

/// The text is no reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reference has eight letters and digits, like 7K4M-2QX9")]
pub struct ReferenceError;

impl Reference {
    /// The reference of these bytes, five bits to a character. Random bytes give one of 2⁴⁰ references.
    pub fn from_bytes([a, b, c, d, e]: [u8; 5]) -> Self {
        let bits = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
        Self(std::array::from_fn(|at| {
            ALPHABET[(bits >> (35 - 5 * at)) as usize % ALPHABET.len()]
        }))
    }

    /// A reference as people type it: in any case, with or without dash and spaces, O for 0, I or L for 1.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let mut symbols = text
            .chars()
            .filter(|c| !c.is_whitespace() && !is_dash(*c))
            .map(symbol);
        let mut reference = Self([0; 8]);
        for place in &mut reference.0 {
            *place = symbols.next().flatten().ok_or(ReferenceError)?;
        }
        match symbols.next() {
            None => Ok(reference),
            Some(_) => Err(ReferenceError),
        }
    }
}

fn symbol(typed: char) -> Option<u8> {
    let meant = match typed.to_ascii_uppercase() {
        'O' => b'0',
        'I' | 'L' => b'1',
        other => u8::try_from(other).ok()?,
    };
    ALPHABET.contains(&meant).then_some(meant)
}

/// The hyphen, and what word processors make of it.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbols = str::from_utf8(&self.0).expect("the alphabet is ASCII");
        write!(f, "{}-{}", &symbols[..4], &symbols[4..])
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.to_string()
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_become_characters_in_order() {
        assert_eq!(Reference::from_bytes([0; 5]).to_string(), "0000-0000");
        assert_eq!(Reference::from_bytes([255; 5]).to_string(), "ZZZZ-ZZZZ");
        assert_eq!(
            Reference::from_bytes([
                0b0000_1000,
                0b1000_0110,
                0b0100_0010,
                0b1001_1000,
                0b1110_1000
            ])
            .to_string(),
            "1234-5678"
        );
    }

    #[test]
    fn a_reference_is_understood_however_it_is_typed() {
        let reference = Reference::parse("7K4M-2QX9").expect("the usual form");
        for typed in [
            "7k4m-2qx9",
            "7K4M2QX9",
            " 7k4m 2qx9 ",
            "7K4M – 2QX9",
            "7-K-4-M-2-Q-X-9",
        ] {
            assert_eq!(Reference::parse(typed), Ok(reference), "{typed}");
        }
        assert_eq!(Reference::parse("oOiI-lL00"), Reference::parse("0011-1100"));
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for typed in [
            "",
            "7K4M",
            "7K4M-2QX",
            "7K4M-2QX99",
            "7K4M-2QXU",
            "7K4M-2QX!",
            "7K4M-2QXé",
            "７K4M-2QX9",
        ] {
            assert_eq!(Reference::parse(typed), Err(ReferenceError), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn every_reference_is_read_back(bytes: [u8; 5]) {
            let reference = Reference::from_bytes(bytes);
            let shown = reference.to_string();
            prop_assert_eq!(shown.len(), 9);
            prop_assert_eq!(Reference::parse(&shown), Ok(reference));
            prop_assert_eq!(Reference::parse(&shown.to_lowercase().replace('-', "").replace('0', "o").replace('1', "l")), Ok(reference));
        }

        #[test]
        fn different_bytes_give_different_references(one: [u8; 5], other: [u8; 5]) {
            prop_assert_eq!(one == other, Reference::from_bytes(one) == Reference::from_bytes(other));
        }

        #[test]
        fn any_text_is_parsed_in_peace(text in ".*") {
            let _ = Reference::parse(&text);
        }
    }
}

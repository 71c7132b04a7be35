//! Mail addresses: one type for what people type and what stores hold.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest address in bytes (RFC 5321 section 4.5.3.1.3, less the angle brackets).
const MAX_LENGTH: usize = 254;
/// Longest part before the @ in bytes (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL_LENGTH: usize = 64;
/// Longest part of a domain between dots (RFC 1035 section 2.3.4).
const MAX_LABEL_LENGTH: usize = 63;

/// A mail address that a mail can be sent to. Two are equal if they are the same address but for case.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Email {
    shown: String,
    normalised: String,
}

/// Why a text is no address; each has its own message on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing was typed.
    #[error("the address is empty")]
    Empty,
    /// There is no @, or nothing before or after it.
    #[error("the address has no @ between a name and a domain")]
    NoAt,
    /// The domain has no ending, as in `mira@halden`.
    #[error("the domain of the address has no ending")]
    NoEnding,
    /// The address or a part of it is longer than mail allows.
    #[error("the address is too long")]
    TooLong,
    /// There is a space within the address.
    #[error("the address has a space in it")]
    Space,
    /// There is a character that an address cannot have at that place, such as brackets or a second @.
    #[error("the address has a character that does not belong there")]
    Characters,
}

impl Email {
    /// Takes the bare address, without a name or angle brackets. Space around it is dropped.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let shown = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        if shown.is_empty() {
            return Err(EmailError::Empty);
        }
        if shown.len() > MAX_LENGTH {
            return Err(EmailError::TooLong);
        }
        if shown.contains(|c: char| c.is_control() || is_invisible(c)) {
            return Err(EmailError::Characters);
        }
        let (local, domain) = shown.split_once('@').ok_or(EmailError::NoAt)?;
        if local.is_empty() || domain.is_empty() {
            return Err(EmailError::NoAt);
        }
        check_local(local)?;
        check_domain(domain)?;
        if shown.contains(char::is_whitespace) {
            return Err(EmailError::Space);
        }
        Ok(Self {
            shown: shown.to_owned(),
            normalised: shown.to_lowercase(),
        })
    }

    /// The address as it was written, for showing and sending.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// The whole address in lower case, for finding. What follows a `+` and dots before the @ count, as they do
    /// for most mail servers; so do the two ways of writing an international domain.
    pub fn normalised(&self) -> &str {
        &self.normalised
    }

    /// The address for a page that others may see: `m•••••••a@halden.example`. The dots do not count the letters.
    pub fn masked(&self) -> String {
        let (local, domain) = self.parts();
        let letters: Vec<char> = local.chars().collect();
        match letters[..] {
            [first, _, .., _, last] => format!("{first}•••••••{last}@{domain}"),
            _ => format!("•••••••@{domain}"),
        }
    }

    /// What follows the @.
    pub fn domain(&self) -> &str {
        self.parts().1
    }

    fn parts(&self) -> (&str, &str) {
        self.shown.split_once('@').expect("parsed with one @")
    }
}

/// RFC 5322 section 3.2.3 (dot-atom), with the letters that RFC 6532 adds. Quoted names are not taken.
fn check_local(local: &str) -> Result<(), EmailError> {
    let allowed =
        |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.len() > MAX_LOCAL_LENGTH {
        Err(EmailError::TooLong)
    } else if local.split('.').any(str::is_empty)
        || !local.chars().all(|c| allowed(c) || c.is_whitespace())
    {
        Err(EmailError::Characters)
    } else {
        Ok(())
    }
}

/// RFC 1035 section 2.3.1, with the letters that international domains add. IP addresses are not taken.
fn check_domain(domain: &str) -> Result<(), EmailError> {
    let allowed = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if !domain.chars().all(|c| allowed(c) || c.is_whitespace()) {
        return Err(EmailError::Characters);
    }
    let (rest, ending) = domain.rsplit_once('.').ok_or(EmailError::NoEnding)?;
    if ending.is_empty() || ending.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(EmailError::NoEnding);
    }
    for label in rest.split('.').chain([ending]) {
        if label.is_empty() || label.starts_with('-') || label.ends_with('-') {
            return Err(EmailError::Characters);
        }
        if label.chars().count() > MAX_LABEL_LENGTH {
            return Err(EmailError::TooLong);
        }
    }
    Ok(())
}

/// Characters that cannot be seen, or that turn the reading direction: they come with copied text, or to deceive.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.normalised == other.normalised
    }
}

impl Eq for Email {}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.shown
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_addresses_are_taken() {
        for text in [
            "mira@halden.example",
            "Mira.Halden+news@mail.halden.example",
            "o'brien_{x}@halden.example",
            "mira@bücher.example",
            "mira@xn--bcher-kva.example",
            "用户@例子.测试",
            "m@h-4.example",
            "rtbf@rtbf.example",
        ] {
            assert_eq!(Email::parse(text).as_ref().map(Email::as_str), Ok(text));
        }
    }

    #[test]
    fn each_mistake_has_its_own_error() {
        use EmailError::*;
        let long_local = format!("{}@halden.example", "m".repeat(65));
        let long_label = format!("mira@{}.example", "h".repeat(64));
        let long = format!("mira@{}example", "halden.".repeat(40));
        for (text, error) in [
            ("", Empty),
            (" \u{200b}\t ", Empty),
            ("mira", NoAt),
            ("RTBF", NoAt),
            ("@halden.example", NoAt),
            ("mira@", NoAt),
            ("mira@halden", NoEnding),
            ("mira@halden.", NoEnding),
            ("mira@127.0.0.1", NoEnding),
            (&long_local, TooLong),
            (&long_label, TooLong),
            (&long, TooLong),
            ("mira halden@halden.example", Space),
            ("mira@halden. example", Space),
            ("mira\u{a0}@halden.example", Space),
            ("Mira <mira@halden.example>", Characters),
            ("<mira@halden.example>", Characters),
            ("mira@halden.example, ole@halden.example", Characters),
            ("mira@halden@example.example", Characters),
            ("mira@halden..example", Characters),
            ("mira@-halden.example", Characters),
            (".mira@halden.example", Characters),
            ("mi..ra@halden.example", Characters),
            ("\"mira halden\"@halden.example", Characters),
            ("mira@halden.example\r\nBcc: ole@halden.example", Characters),
            ("mira@halden.example\0", Characters),
            ("mira\u{202e}@halden.example", Characters),
            ("mira@[127.0.0.1]", Characters),
            ("mira@hal_den.example", Characters),
        ] {
            assert_eq!(Email::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn space_around_an_address_is_dropped() {
        let email = Email::parse("\u{feff} Mira@Halden.example\u{200b}\n").expect("an address");
        assert_eq!(email.as_str(), "Mira@Halden.example");
        assert_eq!(email.normalised(), "mira@halden.example");
        assert_eq!(email.domain(), "Halden.example");
    }

    #[test]
    fn case_does_not_matter_in_any_script() {
        assert_eq!(
            Email::parse("ÅSE@HALDEN.EXAMPLE"),
            Email::parse("åse@halden.example")
        );
        assert_ne!(
            Email::parse("ase@halden.example"),
            Email::parse("åse@halden.example")
        );
    }

    #[test]
    fn a_masked_address_shows_two_letters_of_the_name_at_most() {
        for (text, masked) in [
            ("mira.amla@halden.example", "m•••••••a@halden.example"),
            ("mira@halden.example", "m•••••••a@halden.example"),
            ("mia@halden.example", "•••••••@halden.example"),
            ("用户用户@halden.example", "用•••••••户@halden.example"),
        ] {
            assert_eq!(Email::parse(text).expect("an address").masked(), masked);
        }
    }

    #[test]
    fn an_address_does_not_show_in_debug() {
        assert_eq!(
            format!("{:?}", Email::parse("mira@halden.example")),
            "Ok(Email(…))"
        );
    }

    #[test]
    fn json_is_parsed_like_typed_text() {
        let email: Email = serde_json::from_str("\"Mira@halden.example\"").expect("an address");
        assert_eq!(
            serde_json::to_string(&email).expect("text"),
            "\"Mira@halden.example\""
        );
        assert!(serde_json::from_str::<Email>("\"mira\"").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_in_peace(text in ".*") {
            let _ = Email::parse(&text);
        }

        #[test]
        fn normalising_twice_changes_nothing(local in "[\\p{L}0-9.+]{1,20}", domain in "[\\p{L}]{1,20}") {
            if let Ok(email) = Email::parse(&format!("{local}@{domain}.example")) {
                let again = Email::parse(email.normalised()).expect("lower case keeps an address one");
                prop_assert_eq!(again.normalised(), email.normalised());
            }
        }

        #[test]
        fn an_address_holds_no_header_and_no_space(text in "[a-z@. \\r\\n<>:,;\\t]{1,30}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert!(!email.as_str().contains(|c: char| c.is_control() || " <>:,;".contains(c)));
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
            }
        }
    }
}

//! What a value must be like, for all readers. Pure functions from text to value or [`Reason`]; no names, no lines.

use jiff::{Timestamp, civil::Date};

use super::{Line, RowError};
use crate::domain::email::Email;

/// The longest value of an ordinary field, in characters.
pub(super) const FIELD_LIMIT: usize = 500;

/// What is wrong with a row or a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each is its documentation")]
pub enum Reason {
    #[error("missing")]
    Missing,
    #[error("none of addonLicenseId, appEntitlementId and appEntitlementNumber is given")]
    NoId,
    #[error("there twice")]
    Repeated,
    #[error("not a text")]
    NotText,
    #[error("not a list")]
    NotAList,
    #[error("not a JSON object")]
    NotAnObject,
    #[error("not true or false")]
    NotABool,
    #[error("not a number of bytes, or not that of the content")]
    NotASize,
    #[error("not base64")]
    NotBase64,
    #[error("not a date written YYYY-MM-DD")]
    NotADate,
    #[error("not a time written like 2026-11-20T09:12:00Z")]
    NotATime,
    #[error("not an e-mail address")]
    NotAnAddress,
    #[error("not a decimal number")]
    NotADecimal,
    #[error("neither uninstall nor disable nor unsubscribe")]
    NotFeedback,
    #[error("not the host of a site")]
    NotASite,
    #[error("longer than {limit} characters")]
    TooLong { limit: usize },
    #[error("longer than {limit} bytes")]
    RowTooLong { limit: usize },
    #[error("holds a zero byte")]
    ZeroByte,
    #[error("not UTF-8")]
    NotUtf8,
    #[error("not valid JSON")]
    NotJson,
    #[error("has {found} fields where the header has {expected}")]
    FieldCount { found: u64, expected: u64 },
}

/// What is wrong with a row whose line is not known yet.
#[derive(Debug)]
pub(super) struct FieldError {
    pub field: Option<String>,
    pub reason: Reason,
}

impl FieldError {
    pub fn row(reason: Reason) -> FieldError {
        FieldError {
            field: None,
            reason,
        }
    }

    pub fn field(name: &str, reason: Reason) -> FieldError {
        FieldError {
            field: Some(name.to_owned()),
            reason,
        }
    }

    pub fn at(self, line: Line) -> RowError {
        RowError {
            line,
            field: self.field,
            reason: self.reason,
        }
    }
}

/// Refuses what is too long to store, and zero bytes, which PostgreSQL cannot.
pub(super) fn bounded(text: &str, limit: usize) -> Result<&str, Reason> {
    // The cheap test first: there are never more characters than bytes.
    if text.len() > limit && text.chars().count() > limit {
        return Err(Reason::TooLong { limit });
    }
    if text.contains('\0') {
        Err(Reason::ZeroByte)
    } else {
        Ok(text)
    }
}

/// Any text.
pub(super) fn text(text: &str) -> Result<String, Reason> {
    Ok(text.to_owned())
}

/// An e-mail address, kept as written.
pub(super) fn address(text: &str) -> Result<String, Reason> {
    Email::parse(text)
        .map(|_| text.to_owned())
        .map_err(|_| Reason::NotAnAddress)
}

/// A date in the one form `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Result<Date, Reason> {
    let shape = text
        .bytes()
        .map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    if !shape.eq(*b"0000-00-00") {
        return Err(Reason::NotADate);
    }
    text.parse().map_err(|_| Reason::NotADate)
}

/// An instant with its offset, RFC 3339.
pub(super) fn time(text: &str) -> Result<Timestamp, Reason> {
    text.parse().map_err(|_| Reason::NotATime)
}

/// A decimal in the one form with two or more digits after the point, so that `1200`, `1200.0` and `1200.00` are equal texts.
pub(super) fn decimal(text: &str) -> Result<String, Reason> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole.strip_prefix('-').unwrap_or(whole)) || !digits(fraction) {
        return Err(Reason::NotADecimal);
    }
    Ok(format!("{whole}.{:0<2}", fraction.trim_end_matches('0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_plain_iso_form_is_a_date() {
        assert_eq!(date("2026-02-28"), Ok(jiff::civil::date(2026, 2, 28)));
        for wrong in [
            "",
            "2026-02-30",
            "2026-2-3",
            "20260203",
            "03/02/2026",
            "2026-02-03T00:00",
            "+02026-02-03",
            "２０26-02-03",
        ] {
            assert_eq!(date(wrong), Err(Reason::NotADate), "{wrong}");
        }
    }

    #[test]
    fn a_time_needs_an_offset() {
        assert!(time("2026-11-20T09:12:00+01:00").is_ok());
        assert_eq!(time("2026-11-20T09:12:00"), Err(Reason::NotATime));
    }

    #[test]
    fn equal_amounts_are_equal_texts() {
        for same in ["1200", "1200.0", "1200.00", "1200.000"] {
            assert_eq!(decimal(same).as_deref(), Ok("1200.00"));
        }
        assert_eq!(decimal("-0.125").as_deref(), Ok("-0.125"));
        for wrong in ["", "-", ".5", "5.", "1,200.00", "1e3", "--1", "$5"] {
            assert_eq!(decimal(wrong), Err(Reason::NotADecimal), "{wrong}");
        }
    }

    #[test]
    fn length_counts_characters() {
        let text = "é".repeat(FIELD_LIMIT);
        assert!(bounded(&text, FIELD_LIMIT).is_ok());
        assert_eq!(
            bounded(&(text + "é"), FIELD_LIMIT),
            Err(Reason::TooLong { limit: FIELD_LIMIT })
        );
    }
}

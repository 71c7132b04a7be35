//! Languages: every text a person reads, and how dates, lists and numbers are written.
//!
//! The texts are Fluent files under `locales/`; dates, lists and numbers follow the Unicode
//! locale data. Nothing here knows what a text is about, and nothing may fail: a missing text
//! is a defect, which stops a debug build and shows the message id in a release.

mod catalogue;
#[cfg(test)]
mod tests;

use fluent::FluentArgs;
use jiff::{Zoned, civil::Date};

pub use catalogue::Arg;
use catalogue::{CATALOGUES, Catalogue};

/// A language that every page, mail and certificate is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lang {
    /// British English.
    En,
    /// German.
    De,
}

impl Lang {
    const ALL: [Lang; 2] = [Lang::En, Lang::De];

    /// Every language, in the order in which a page offers them.
    pub fn all() -> &'static [Lang] {
        &Self::ALL
    }

    /// The language tag of RFC 5646, as it stands in `lang` attributes and in the database.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::De => "de",
        }
    }

    /// The language's name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Lang::En => "English",
            Lang::De => "Deutsch",
        }
    }

    /// Reads a language tag; of `de-AT` only the language counts.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        let primary = tag.trim().split('-').next()?;
        Self::ALL
            .into_iter()
            .find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// The best of our languages for an `Accept-Language` header (RFC 9110, 12.5.4).
    /// Of equal weights the first wins; ranges that cannot be read are passed over.
    pub fn negotiate(accept_language: &str) -> Option<Lang> {
        let weighed = accept_language.split(',').filter_map(|range| {
            let (tag, weight) = match range.split_once(';') {
                Some((tag, weight)) => {
                    (tag, weight.trim().strip_prefix("q=")?.parse::<f32>().ok()?)
                }
                None => (range, 1.0),
            };
            (weight > 0.0).then_some((Self::from_tag(tag)?, weight))
        });
        weighed
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(lang, _)| lang)
    }

    /// The text with this message id.
    pub fn text(self, id: &str) -> String {
        self.catalogue().format(id, None)
    }

    /// The text with this message id, its variables filled in.
    pub fn text_with(self, id: &str, args: &[(&str, Arg)]) -> String {
        let args: FluentArgs = args.iter().map(|(name, value)| (*name, value)).collect();
        self.catalogue().format(id, Some(&args))
    }

    /// The text on both sides of one variable, for a link in the middle of a sentence.
    pub fn around(self, id: &str, variable: &str) -> (String, String) {
        let text = self.text_with(id, &[(variable, "\u{0}".into())]);
        match text.split_once('\u{0}') {
            Some((before, after)) => (before.to_owned(), after.to_owned()),
            None => (text, String::new()),
        }
    }

    /// `Monday 21 December 2026`.
    pub fn date_long(self, date: Date) -> String {
        let weekday = self.catalogue().dates.weekday(date);
        let date = self.date_medium(date);
        self.text_with(
            "date-with-weekday",
            &[("weekday", weekday.into()), ("date", date.into())],
        )
    }

    /// `21 December 2026`.
    pub fn date_medium(self, date: Date) -> String {
        self.catalogue().dates.medium(date)
    }

    /// `21 Dec 2026`.
    pub fn date_short(self, date: Date) -> String {
        self.catalogue().dates.short(date)
    }

    /// `21 Dec`, where the year is plain from its surroundings.
    pub fn day_month(self, date: Date) -> String {
        self.catalogue().dates.day_month(date)
    }

    /// `20 November 2026, 09:12`, in the zone of `when`.
    pub fn moment(self, when: &Zoned) -> String {
        self.at(self.date_medium(when.date()), when)
    }

    /// `Friday 27 November 2026, 09:12`, in the zone of `when`.
    pub fn moment_long(self, when: &Zoned) -> String {
        self.at(self.date_long(when.date()), when)
    }

    /// `licences, trials and tickets`.
    pub fn list(self, items: &[String]) -> String {
        self.catalogue().lists.format_to_string(items.iter())
    }

    /// A whole number with its digits in groups: `1,482`.
    pub fn number(self, number: i64) -> String {
        self.catalogue().numbers.format_to_string(&number.into())
    }

    /// A date with the time of day, on the 24-hour clock in every language.
    fn at(self, date: String, when: &Zoned) -> String {
        let time = format!("{:02}:{:02}", when.hour(), when.minute());
        self.text_with("moment", &[("date", date.into()), ("time", time.into())])
    }

    fn catalogue(self) -> &'static Catalogue {
        &CATALOGUES[self as usize]
    }
}

//! The public holidays of one country, substitute days included, and the years it knows.
//! It says which days are off; it never counts periods (that is [`deadline`](super::deadline)) and never reads a file.
//!
//! A calendar can be written by hand:
//!
//! ```toml
//! country = "NL"
//! name = "Netherlands"
//! years = [2026, 2027] # the first and the last year that are listed in full
//!
//! [holidays]
//! 2026-12-25 = "Christmas Day"
//! ```

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

/// Public holidays as designated by a Member State (Reg. 1182/71 Art. 2(1)), for whole years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    country: String,
    name: String,
    first_year: i16,
    last_year: i16,
    holidays: BTreeMap<Date, String>,
}

/// Why a day is not a working day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayOff {
    /// Saturday or Sunday.
    Weekend,
    /// A public holiday, with its name; also when it falls on a weekend.
    Holiday(String),
}

/// What is wrong with the text of a calendar.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// Not TOML, or a field is missing, unknown or of another type.
    #[error("the calendar cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// The country is not two capital letters.
    #[error("\"{0}\" is not a country code of two capital letters")]
    Country(String),
    /// The first year is after the last.
    #[error("the years {0} to {1} are in the wrong order")]
    Years(i16, i16),
    /// A holiday's key is not a date.
    #[error("\"{0}\" is not a date like 2026-12-25")]
    Date(String),
    /// A holiday lies outside the years that the calendar says it knows.
    #[error("{0} is outside the calendar's years")]
    OutsideYears(Date),
}

impl Calendar {
    /// Reads a calendar in the format shown at the top of this module.
    pub fn parse(toml_text: &str) -> Result<Calendar, CalendarError> {
        let file: File = toml::from_str(toml_text)?;
        let [first_year, last_year] = file.years;
        if first_year > last_year {
            return Err(CalendarError::Years(first_year, last_year));
        }
        if file.country.len() != 2 || !file.country.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(CalendarError::Country(file.country));
        }
        let mut holidays = BTreeMap::new();
        for (key, name) in file.holidays {
            let Ok(on) = key.parse::<Date>() else {
                return Err(CalendarError::Date(key));
            };
            if !(first_year..=last_year).contains(&on.year()) {
                return Err(CalendarError::OutsideYears(on));
            }
            holidays.insert(on, name);
        }
        Ok(Calendar {
            country: file.country,
            name: file.name,
            first_year,
            last_year,
            holidays,
        })
    }

    /// The calendar delivered with the program for a country ("NL"; ISO 3166-1, either case), if there is one.
    ///
    /// Only holidays of the whole country are in it. A regional one that is missing makes a deadline earlier, never later.
    pub fn built_in(country_code: &str) -> Option<Calendar> {
        let (_, text) = BUILT_IN
            .iter()
            .find(|(code, _)| code.eq_ignore_ascii_case(country_code))?;
        Some(Calendar::parse(text).expect("a test parses every built-in calendar"))
    }

    /// The country's code: "NL".
    pub fn country(&self) -> &str {
        &self.country
    }

    /// The country's name in English: "Netherlands".
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the holidays of that year are listed. Where they are not, only weekends count as days off.
    pub fn knows(&self, year: i16) -> bool {
        (self.first_year..=self.last_year).contains(&year)
    }

    /// The name of the public holiday on that day.
    pub fn holiday(&self, on: Date) -> Option<&str> {
        self.holidays.get(&on).map(String::as_str)
    }

    /// Why that day is off; `None` for a working day.
    pub fn day_off(&self, on: Date) -> Option<DayOff> {
        match (self.holiday(on), on.weekday()) {
            (Some(name), _) => Some(DayOff::Holiday(name.to_owned())),
            (None, Weekday::Saturday | Weekday::Sunday) => Some(DayOff::Weekend),
            (None, _) => None,
        }
    }

    /// All days other than public holidays, Saturdays and Sundays (Reg. 1182/71 Art. 2(2)).
    pub fn is_working_day(&self, on: Date) -> bool {
        self.day_off(on).is_none()
    }
}

/// Calendars of Member States; the regulation counts the holidays of no other country.
const BUILT_IN: [(&str, &str); 11] = [
    ("AT", include_str!("../../calendars/at.toml")),
    ("BE", include_str!("../../calendars/be.toml")),
    ("BG", include_str!("../../calendars/bg.toml")),
    ("DE", include_str!("../../calendars/de.toml")),
    ("ES", include_str!("../../calendars/es.toml")),
    ("FR", include_str!("../../calendars/fr.toml")),
    ("HU", include_str!("../../calendars/hu.toml")),
    ("IE", include_str!("../../calendars/ie.toml")),
    ("IT", include_str!("../../calendars/it.toml")),
    ("NL", include_str!("../../calendars/nl.toml")),
    ("PL", include_str!("../../calendars/pl.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    country: String,
    name: String,
    years: [i16; 2],
    #[serde(default)]
    holidays: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn built_in(code: &str) -> Calendar {
        Calendar::built_in(code).unwrap()
    }

    #[test]
    fn every_built_in_calendar_can_be_read_and_knows_2024_to_2031() {
        for (code, _) in BUILT_IN {
            let calendar = built_in(code);
            assert_eq!(calendar.country(), code);
            assert!(!calendar.knows(2023) && calendar.knows(2024));
            assert!(calendar.knows(2031) && !calendar.knows(2032));
            for year in 2024..=2031 {
                let in_year = calendar.holidays.keys().filter(|d| d.year() == year);
                assert!((9..=20).contains(&in_year.count()), "{code} {year}");
                assert!(calendar.holiday(date(year, 1, 1)).is_some());
                assert!(calendar.holiday(date(year, 12, 25)).is_some());
            }
        }
        assert_eq!(Calendar::built_in("nl"), Calendar::built_in("NL"));
        assert_eq!(Calendar::built_in("XX"), None);
    }

    #[test]
    fn easter_monday_is_where_the_almanac_has_it() {
        let western = [
            date(2024, 4, 1),
            date(2025, 4, 21),
            date(2026, 4, 6),
            date(2027, 3, 29),
            date(2028, 4, 17),
            date(2029, 4, 2),
            date(2030, 4, 22),
            date(2031, 4, 14),
        ];
        for code in ["AT", "BE", "DE", "FR", "HU", "IE", "IT", "NL", "PL"] {
            for on in western {
                assert_eq!(
                    built_in(code).holiday(on),
                    Some("Easter Monday"),
                    "{code} {on}"
                );
            }
        }
        let bulgaria = built_in("BG");
        let orthodox = [date(2025, 4, 21), date(2026, 4, 13), date(2028, 4, 17)];
        for on in orthodox {
            assert_eq!(bulgaria.holiday(on), Some("Easter Monday"));
        }
    }

    #[test]
    fn holidays_that_move_with_the_weekday_have_moved() {
        assert_eq!(
            built_in("NL").holiday(date(2025, 4, 26)),
            Some("King's Day")
        );
        assert_eq!(built_in("NL").holiday(date(2025, 4, 27)), None);
        assert_eq!(
            built_in("IE").holiday(date(2030, 2, 1)),
            Some("St Brigid's Day")
        );
        assert_eq!(
            built_in("IE").holiday(date(2026, 2, 2)),
            Some("St Brigid's Day")
        );
        assert_eq!(
            built_in("IE").holiday(date(2026, 10, 26)),
            Some("October Holiday")
        );
        assert_eq!(
            built_in("BG").holiday(date(2026, 12, 28)),
            Some("Second Day of Christmas (substitute day)")
        );
    }

    #[test]
    fn a_day_off_says_why() {
        let hungary = built_in("HU");
        let holiday = |name: &str| Some(DayOff::Holiday(name.to_owned()));
        assert_eq!(
            hungary.day_off(date(2026, 12, 25)),
            holiday("Christmas Day")
        );
        assert_eq!(
            hungary.day_off(date(2026, 12, 26)),
            holiday("Second Day of Christmas")
        );
        assert_eq!(hungary.day_off(date(2026, 12, 27)), Some(DayOff::Weekend));
        assert!(hungary.is_working_day(date(2026, 12, 28)));
    }

    #[test]
    fn a_bad_calendar_is_refused() {
        let calendar = |country, years, holidays| {
            Calendar::parse(&format!(
                "country = \"{country}\"\nname = \"X\"\nyears = {years}\n[holidays]\n{holidays}"
            ))
        };
        let christmas = "2026-12-25 = \"Christmas Day\"";
        assert!(calendar("XX", "[2026, 2026]", christmas).is_ok());
        assert!(calendar("XX", "[2026, 2026]", "").is_ok());
        assert!(matches!(
            calendar("Netherlands", "[2026, 2026]", christmas),
            Err(CalendarError::Country(_))
        ));
        assert!(matches!(
            calendar("XX", "[2027, 2026]", christmas),
            Err(CalendarError::Years(2027, 2026))
        ));
        assert!(matches!(
            calendar("XX", "[2025, 2025]", christmas),
            Err(CalendarError::OutsideYears(_))
        ));
        assert!(matches!(
            calendar("XX", "[2026, 2026]", "2026-02-29 = \"no such day\""),
            Err(CalendarError::Date(_))
        ));
        let twice = format!("{christmas}\n{christmas}");
        for broken in [twice.as_str(), "2026-12-25 = true", "[[", "[other]"] {
            assert!(matches!(
                calendar("XX", "[2026, 2026]", broken),
                Err(CalendarError::Syntax(_))
            ));
        }
    }
}

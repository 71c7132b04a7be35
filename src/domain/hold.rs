//! A legal hold: what concerns a person must not go while a legal claim needs it (Art. 17(3)(e)).
//! It has a day of review, so that it ends when it is needed no more, and may have a last day.

use jiff::ToSpan;
use jiff::civil::Date;

use super::text::text_enum;

/// A lead hears of a review so many days before.
pub const REMIND_DAYS: i32 = 14;

text_enum! {
    /// How a hold ended.
    pub enum Ended {
        /// Somebody lifted it, with a reason.
        Lifted = "lifted",
        /// Its last day passed.
        Expired = "expired",
    }
}

/// How long a hold lasts, and when somebody asks whether it is still needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The day of the next review.
    pub review_on: Date,
    /// The last day, if it has one.
    pub until_on: Option<Date>,
}

/// Why terms cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// The review is today or was before.
    #[error("the day of the review is not in the future")]
    ReviewPast,
    /// Data is kept no longer than needed, so somebody has to look within a year (Art. 5(1)(e)).
    #[error("the day of the review is more than a year ahead")]
    ReviewFar,
    /// The last day has passed.
    #[error("the last day has passed")]
    UntilPast,
}

/// Whether the review of a hold needs somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    /// It is more than [`REMIND_DAYS`] away.
    Later,
    /// It comes within [`REMIND_DAYS`].
    Soon,
    /// The day has come or passed, and nobody has said that the hold is still needed.
    Due,
}

impl Terms {
    /// Terms that may be set on a day.
    ///
    /// # Errors
    /// [`TermsError`] with why not.
    pub fn new(review_on: Date, until_on: Option<Date>, today: Date) -> Result<Terms, TermsError> {
        if review_on <= today {
            Err(TermsError::ReviewPast)
        } else if review_on > today.saturating_add(1.year()) {
            Err(TermsError::ReviewFar)
        } else if until_on.is_some_and(|until| until < today) {
            Err(TermsError::UntilPast)
        } else {
            Ok(Terms {
                review_on,
                until_on,
            })
        }
    }

    /// The day on which it is next seen whether the hold goes on: the review, or the last day
    /// where that comes first.
    pub fn kept_until(&self) -> Date {
        self.until_on
            .map_or(self.review_on, |until| until.min(self.review_on))
    }

    /// Whether the last day has passed. On the last day itself the hold is in force.
    pub fn has_expired(&self, today: Date) -> bool {
        self.until_on.is_some_and(|until| until < today)
    }

    /// Whether somebody has to look.
    pub fn review(&self, today: Date) -> Review {
        match (self.review_on - today).get_days() {
            ..=0 => Review::Due,
            1..=REMIND_DAYS => Review::Soon,
            _ => Review::Later,
        }
    }
}

/// Until when several holds on one person keep a record at the least: nothing goes before the
/// last of them has been looked at.
pub fn kept_until<'a>(holds: impl IntoIterator<Item = &'a Terms>) -> Option<Date> {
    holds.into_iter().map(Terms::kept_until).max()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 20);

    fn terms(review_on: Date, until_on: Option<Date>) -> Terms {
        Terms {
            review_on,
            until_on,
        }
    }

    #[test]
    fn a_review_is_within_a_year_and_never_today() {
        let new = |review_on| Terms::new(review_on, None, TODAY);
        assert_eq!(new(TODAY), Err(TermsError::ReviewPast));
        assert!(new(date(2026, 11, 21)).is_ok());
        assert!(new(date(2027, 11, 20)).is_ok());
        assert_eq!(new(date(2027, 11, 21)), Err(TermsError::ReviewFar));
        let leap = date(2028, 2, 29);
        assert!(Terms::new(date(2029, 2, 28), None, leap).is_ok());
        assert_eq!(
            Terms::new(date(2029, 3, 1), None, leap),
            Err(TermsError::ReviewFar)
        );
    }

    #[test]
    fn a_hold_is_in_force_on_its_last_day() {
        let review = date(2027, 2, 1);
        assert_eq!(
            Terms::new(review, Some(date(2026, 11, 19)), TODAY),
            Err(TermsError::UntilPast)
        );
        let hold = Terms::new(review, Some(TODAY), TODAY).unwrap();
        assert!(!hold.has_expired(TODAY));
        assert!(hold.has_expired(date(2026, 11, 21)));
        assert!(!terms(review, None).has_expired(Date::MAX));
    }

    #[test]
    fn a_review_is_told_fourteen_days_before_and_from_its_day_on() {
        let hold = terms(date(2026, 12, 31), None);
        assert_eq!(hold.review(date(2026, 12, 16)), Review::Later);
        assert_eq!(hold.review(date(2026, 12, 17)), Review::Soon);
        assert_eq!(hold.review(date(2026, 12, 30)), Review::Soon);
        assert_eq!(hold.review(date(2026, 12, 31)), Review::Due);
        assert_eq!(hold.review(date(2027, 3, 1)), Review::Due);
    }

    #[test]
    fn the_person_is_told_the_first_day_of_one_hold_and_the_last_of_several() {
        let (short, long) = (
            terms(date(2027, 6, 1), Some(date(2027, 1, 15))),
            terms(date(2027, 3, 1), Some(date(2028, 1, 1))),
        );
        assert_eq!(short.kept_until(), date(2027, 1, 15));
        assert_eq!(long.kept_until(), date(2027, 3, 1));
        assert_eq!(kept_until(&[short, long]), Some(date(2027, 3, 1)));
        assert_eq!(kept_until(&[]), None);
    }
}

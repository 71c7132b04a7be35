//! A copy of data that was taken outside the stores: it has a holder and a last day, and a removal
//! cannot close while one that may hold its person is open.

use jiff::ToSpan;
use jiff::civil::Date;

/// How long a copy may be kept where nothing else is configured, in days.
pub const LONGEST_DAYS: i64 = 30;

/// A holder is reminded again after so many days.
const REMIND_EVERY_DAYS: i32 = 7;

/// When a copy was taken, and until when it may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The day on which it was taken.
    pub taken_on: Date,
    /// The last day.
    pub until_on: Date,
}

/// Why a span cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// Nobody has taken it yet.
    #[error("the day on which it was taken is in the future")]
    TakenLater,
    /// The last day was before today.
    #[error("the last day has passed")]
    UntilPast,
    /// The last day is further away than a copy may be kept.
    #[error("the last day is further away than a copy may be kept")]
    UntilFar,
}

impl Span {
    /// A span that may be set on a day, at most so many days long from that day on.
    ///
    /// # Errors
    /// [`SpanError`] with why not.
    pub fn new(
        taken_on: Date,
        until_on: Date,
        today: Date,
        longest_days: i64,
    ) -> Result<Span, SpanError> {
        if taken_on > today {
            Err(SpanError::TakenLater)
        } else if until_on < today {
            Err(SpanError::UntilPast)
        } else if until_on > last_day(today, longest_days) {
            Err(SpanError::UntilFar)
        } else {
            Ok(Span { taken_on, until_on })
        }
    }

    /// Whether the last day has passed. On the last day itself it may still be there.
    pub fn is_overdue(&self, today: Date) -> bool {
        self.until_on < today
    }

    /// Which reminder is to be out by today: the first on the last day, then one a week.
    pub fn reminder(&self, today: Date) -> Option<i32> {
        let days = (today - self.until_on).get_days();
        (days >= 0).then_some(days / REMIND_EVERY_DAYS)
    }

    /// Whether it may hold somebody whose data went from every store on a day. What was taken later
    /// cannot; before they are gone every copy may.
    pub fn may_hold(&self, gone_on: Option<Date>) -> bool {
        gone_on.is_none_or(|gone| self.taken_on <= gone)
    }
}

/// The furthest last day that may be set.
pub fn last_day(today: Date, longest_days: i64) -> Date {
    today.saturating_add(longest_days.days())
}

/// Whether a review of who may do what is late: so many days after the last, or after there was
/// something to review.
pub fn review_is_late(since: Date, every_days: i64, today: Date) -> bool {
    today > since.saturating_add(every_days.days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 20);

    fn span(taken_on: Date, until_on: Date) -> Result<Span, SpanError> {
        Span::new(taken_on, until_on, TODAY, 30)
    }

    #[test]
    fn a_copy_is_kept_from_today_for_the_longest_time_at_the_most() {
        assert!(span(TODAY, TODAY).is_ok());
        assert!(span(date(2026, 9, 1), date(2026, 12, 20)).is_ok());
        assert_eq!(
            span(TODAY, date(2026, 12, 21)),
            Err(SpanError::UntilFar),
            "a day more"
        );
        assert_eq!(span(TODAY, date(2026, 11, 19)), Err(SpanError::UntilPast));
        assert_eq!(
            span(date(2026, 11, 21), date(2026, 11, 30)),
            Err(SpanError::TakenLater)
        );
    }

    #[test]
    fn a_holder_is_reminded_on_the_last_day_and_every_week_after() {
        let span = span(TODAY, TODAY).expect("a span");
        let on = |day| span.reminder(day);
        assert_eq!(on(date(2026, 11, 19)), None);
        assert_eq!(on(TODAY), Some(0));
        assert_eq!(on(date(2026, 11, 26)), Some(0));
        assert_eq!(on(date(2026, 11, 27)), Some(1));
        assert_eq!(on(date(2026, 12, 4)), Some(2));
        assert!(!span.is_overdue(TODAY) && span.is_overdue(date(2026, 11, 21)));
    }

    #[test]
    fn what_was_taken_after_somebody_was_gone_does_not_hold_them() {
        let span = span(TODAY, date(2026, 12, 1)).expect("a span");
        assert!(span.may_hold(None));
        assert!(span.may_hold(Some(TODAY)), "the same day may be before");
        assert!(span.may_hold(Some(date(2026, 11, 25))));
        assert!(!span.may_hold(Some(date(2026, 11, 19))));
    }

    #[test]
    fn a_review_is_late_on_the_day_after_its_last() {
        let since = date(2026, 5, 24);
        assert!(!review_is_late(since, 180, TODAY));
        assert!(review_is_late(since, 179, TODAY));
    }
}

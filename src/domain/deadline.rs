//! When an answer is due, and when a period of retention ends: GDPR Art. 12(3) counted by
//! Regulation (EEC, Euratom) 1182/71. Pure functions of dates; the clock, the zone and the calendar are passed in.
//!
//! A period in months ends on the same-numbered day of the last month, or on the last day of that month
//! where there is none (Art. 3(2)(c)). It is always counted from the event, whose own day does not count (Art. 3(1)).
//! Here Art. 2 and 3 are the regulation's, Art. 12 is the GDPR's.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::calendar::{Calendar, DayOff};

/// Within one month of receipt the data subject is answered, or told of an extension and its reasons (Art. 12(3)).
pub const ANSWER_MONTHS: i8 = 1;
/// An extension adds two months, counted from receipt too (Art. 12(3)).
pub const EXTENDED_MONTHS: i8 = ANSWER_MONTHS + 2;

/// Which of the two time limits of Art. 12(3) runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// One month.
    Answer,
    /// Three months: one, and the two of the extension.
    Extended,
}

impl Term {
    /// Months from receipt.
    pub fn months(self) -> i8 {
        match self {
            Term::Answer => ANSWER_MONTHS,
            Term::Extended => EXTENDED_MONTHS,
        }
    }
}

/// A due date with every step that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The local day of receipt; it starts the period and does not count (Art. 3(1)).
    pub received_on: Date,
    /// The time limit that runs.
    pub term: Term,
    /// The same-numbered day, or the last of a shorter month (Art. 3(2)(c)).
    pub month_end: Date,
    /// Whole days for which the clock stood still; 0 under the strict reading.
    pub suspended_days: u16,
    /// The end of the period before rolling: `month_end` moved by the suspended days.
    pub period_end: Date,
    /// The days from `period_end` on that are passed over because the period may not end on them (Art. 3(4)), in order; mostly none.
    pub rolled: Vec<RolledDay>,
    /// The last day on which the answer is in time, through its last hour.
    pub due_on: Date,
    /// The calendar lacks a year that was needed: a holiday may be missing, which makes `due_on` early, never late.
    pub calendar_gap: bool,
}

/// A day on which a period may not end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledDay {
    /// The day.
    pub on: Date,
    /// Why it was passed over.
    pub reason: DayOff,
}

impl Deadline {
    /// The strict deadline: the clock never stands still.
    pub fn reckon(received_on: Date, term: Term, calendar: &Calendar) -> Deadline {
        Deadline::reckon_with_suspension(received_on, term, 0, calendar)
    }

    /// The deadline if the clock stood still for `suspended_days`, while the data subject was asked without undue delay
    /// for something needed (EDPB Guidelines 01/2022 par. 159). The regulation's text has no suspension,
    /// so pages show the strict deadline first.
    pub fn reckon_with_suspension(
        received_on: Date,
        term: Term,
        suspended_days: u16,
        calendar: &Calendar,
    ) -> Deadline {
        let month_end = received_on.saturating_add(term.months().months());
        let period_end = month_end.saturating_add(i32::from(suspended_days).days());
        let due_on = working_day_from(period_end, calendar);
        let rolled = period_end
            .series(1.day())
            .map_while(|on| calendar.day_off(on).map(|reason| RolledDay { on, reason }));
        Deadline {
            received_on,
            term,
            month_end,
            suspended_days,
            period_end,
            rolled: rolled.collect(),
            due_on,
            calendar_gap: !(calendar.knows(period_end.year()) && calendar.knows(due_on.year())),
        }
    }
}

/// The local day in the controller's zone on which something arrived. Receipt is arrival in any channel, not reading.
pub fn received_on(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

/// The first instant that is too late: a period ends with the last hour of its last day (Art. 3(2)(c)).
pub fn first_late_instant(due_on: Date, zone: &TimeZone) -> Timestamp {
    due_on
        .saturating_add(1.day())
        .to_zoned(zone.clone())
        .map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

/// Whole days from `today` to `due_on`: 0 on the day itself, negative when overdue.
pub fn days_left(today: Date, due_on: Date) -> i64 {
    i64::from((due_on - today).get_days())
}

/// The day by which staff mean to have answered, so many days after receipt; if it is off, the next
/// working day. "Without undue delay" makes the month a limit, not a plan (Art. 12(3)).
pub fn own_target(received_on: Date, days: i64, calendar: &Calendar) -> Date {
    working_day_from(received_on.saturating_add(days.days()), calendar)
}

/// The end of the next working day after the day of `at`: by then somebody has taken the request, or an alarm goes off.
pub fn working_day_after(at: Timestamp, zone: &TimeZone, calendar: &Calendar) -> Timestamp {
    let next_day = received_on(at, zone).saturating_add(1.day());
    first_late_instant(working_day_from(next_day, calendar), zone)
}

/// `day` itself if it is a working day, otherwise the next one (Art. 3(4)).
fn working_day_from(day: Date, calendar: &Calendar) -> Date {
    day.series(1.day())
        .find(|on| calendar.is_working_day(*on))
        .unwrap_or(Date::MAX)
}

/// How long something is kept, counted from an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Calendar days; the day of the event does not count.
    Days(u16),
    /// Months, to the same-numbered day.
    Months(u16),
    /// Years, to the same day of the same month.
    Years(u8),
}

impl Period {
    /// The last day of the period that `anchor` starts. A retention period never rolls over weekends and holidays.
    pub fn last_day(self, anchor: Date) -> Date {
        anchor.saturating_add(match self {
            Period::Days(n) => i32::from(n).days(),
            Period::Months(n) => i32::from(n).months(),
            Period::Years(n) => i32::from(n).years(),
        })
    }
}

/// What a sentence like "6 months after the last maintenance period" promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetentionKind {
    /// "Keep for N, then purge".
    KeepThenPurge,
    /// "Purged after N at the latest".
    AtLatest,
    /// "Kept for at least N".
    AtLeast,
}

/// The date that a retention rule is about. `KeepThenPurge`: purge from this day on. `AtLatest`: gone by the end of
/// this day, so purge earlier. `AtLeast`: not purged before this day.
pub fn retention_end(anchor: Date, period: Period, kind: RetentionKind) -> Date {
    let last_day = period.last_day(anchor);
    match kind {
        RetentionKind::AtLatest => last_day,
        RetentionKind::KeepThenPurge | RetentionKind::AtLeast => last_day.saturating_add(1.day()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        request_deadlines: Vec<RequestVector>,
        instants: Vec<InstantVector>,
        retention: Vec<RetentionVector>,
    }

    #[derive(Deserialize)]
    struct RequestVector {
        id: String,
        received: String,
        months: i8,
        holidays: Vec<String>,
        unrolled: String,
        due: String,
    }

    #[derive(Deserialize)]
    struct InstantVector {
        id: String,
        received_instant: String,
        zone: String,
        received_local_date: String,
        months: i8,
        holidays: Vec<String>,
        due: String,
        first_instant_late: String,
    }

    #[derive(Deserialize)]
    struct RetentionVector {
        id: String,
        event: String,
        unit: String,
        n: u16,
        last_day_of_period: String,
        rule_keep_for_then_delete: KeepThenDelete,
        rule_at_latest: AtLatest,
        rule_at_least: AtLeast,
    }

    #[derive(Deserialize)]
    struct KeepThenDelete {
        delete_from: String,
    }

    #[derive(Deserialize)]
    struct AtLatest {
        must_be_gone_by_end_of: String,
    }

    #[derive(Deserialize)]
    struct AtLeast {
        must_not_delete_before: String,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/deadline-vectors.json"
        )))
        .unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn term(months: i8) -> Term {
        match months {
            1 => Term::Answer,
            3 => Term::Extended,
            other => panic!("no term of {other} months"),
        }
    }

    fn calendar(holidays: &[String]) -> Calendar {
        let lines: String = holidays
            .iter()
            .map(|on| format!("{on} = \"Holiday\"\n"))
            .collect();
        Calendar::parse(&format!(
            "country = \"XX\"\nname = \"Test\"\nyears = [2024, 2100]\n[holidays]\n{lines}"
        ))
        .unwrap()
    }

    #[test]
    fn every_request_deadline_of_the_vectors_is_met() {
        let vectors = vectors().request_deadlines;
        assert_eq!(vectors.len(), 30);
        for v in vectors {
            let calendar = calendar(&v.holidays);
            let deadline = Deadline::reckon(day(&v.received), term(v.months), &calendar);
            assert_eq!(deadline.month_end, day(&v.unrolled), "{}", v.id);
            assert_eq!(deadline.due_on, day(&v.due), "{}", v.id);
            assert!(!deadline.calendar_gap, "{}", v.id);
        }
    }

    #[test]
    fn every_instant_of_the_vectors_is_met() {
        let vectors = vectors().instants;
        assert_eq!(vectors.len(), 4);
        for v in vectors {
            let zone = TimeZone::get(&v.zone).unwrap();
            let received_on = received_on(v.received_instant.parse().unwrap(), &zone);
            assert_eq!(received_on, day(&v.received_local_date), "{}", v.id);
            let calendar = calendar(&v.holidays);
            let deadline = Deadline::reckon(received_on, term(v.months), &calendar);
            assert_eq!(deadline.due_on, day(&v.due), "{}", v.id);
            let late: Timestamp = v.first_instant_late.parse().unwrap();
            assert_eq!(first_late_instant(deadline.due_on, &zone), late, "{}", v.id);
        }
    }

    #[test]
    fn every_retention_period_of_the_vectors_is_met() {
        let vectors = vectors().retention;
        assert_eq!(vectors.len(), 7);
        for v in vectors {
            let period = match v.unit.as_str() {
                "days" => Period::Days(v.n),
                "months" => Period::Months(v.n),
                other => panic!("unknown unit {other}"),
            };
            let anchor = day(&v.event);
            assert_eq!(
                period.last_day(anchor),
                day(&v.last_day_of_period),
                "{}",
                v.id
            );
            for (kind, expected) in [
                (
                    RetentionKind::KeepThenPurge,
                    &v.rule_keep_for_then_delete.delete_from,
                ),
                (
                    RetentionKind::AtLatest,
                    &v.rule_at_latest.must_be_gone_by_end_of,
                ),
                (
                    RetentionKind::AtLeast,
                    &v.rule_at_least.must_not_delete_before,
                ),
            ] {
                assert_eq!(
                    retention_end(anchor, period, kind),
                    day(expected),
                    "{}",
                    v.id
                );
            }
        }
    }

    #[test]
    fn a_retention_year_from_a_leap_day_ends_on_28_february() {
        let last_day = Period::Years(1).last_day(date(2028, 2, 29));
        assert_eq!(last_day, date(2029, 2, 28));
    }

    #[test]
    fn a_deadline_tells_which_days_it_passed_over_and_why() {
        let netherlands = Calendar::built_in("NL").unwrap();
        let deadline = Deadline::reckon(date(2026, 11, 25), Term::Answer, &netherlands);
        let holiday = |name: &str| DayOff::Holiday(name.to_owned());
        let expected = [
            (date(2026, 12, 25), holiday("Christmas Day")),
            (date(2026, 12, 26), holiday("Second Day of Christmas")),
            (date(2026, 12, 27), DayOff::Weekend),
        ]
        .map(|(on, reason)| RolledDay { on, reason });
        assert_eq!(deadline.rolled, expected);
        assert_eq!(deadline.due_on, date(2026, 12, 28));
    }

    #[test]
    fn a_missing_year_in_the_calendar_is_reported_also_when_rolling_reaches_it() {
        let only_2028 =
            Calendar::parse("country = \"XX\"\nname = \"Test\"\nyears = [2028, 2028]").unwrap();
        let reckon = |received_on| Deadline::reckon(received_on, Term::Answer, &only_2028);
        assert!(!reckon(date(2028, 11, 29)).calendar_gap);
        assert!(reckon(date(2028, 12, 1)).calendar_gap);
        assert!(reckon(date(2027, 11, 20)).calendar_gap);

        let over_new_year = reckon(date(2028, 11, 30));
        assert_eq!(over_new_year.month_end, date(2028, 12, 30));
        assert_eq!(over_new_year.due_on, date(2029, 1, 1));
        assert!(over_new_year.calendar_gap);
    }

    #[test]
    fn a_suspension_moves_the_month_end_and_then_rolls() {
        let germany = Calendar::built_in("DE").unwrap();
        let received_on = date(2026, 3, 5);
        let strict = Deadline::reckon(received_on, Term::Answer, &germany);
        assert_eq!(strict.due_on, date(2026, 4, 7));
        let suspended =
            |days| Deadline::reckon_with_suspension(received_on, Term::Answer, days, &germany);
        assert_eq!(suspended(0), strict);
        assert_eq!(suspended(3).month_end, strict.month_end);
        assert_eq!(suspended(3).period_end, date(2026, 4, 8));
        assert_eq!(suspended(3).due_on, date(2026, 4, 8));
        assert_eq!(suspended(6).due_on, date(2026, 4, 13));
    }

    #[test]
    fn the_own_target_is_14_days_after_receipt_or_the_next_working_day() {
        let hungary = Calendar::built_in("HU").unwrap();
        assert_eq!(
            own_target(date(2026, 11, 20), 14, &hungary),
            date(2026, 12, 4)
        );
        assert_eq!(
            own_target(date(2026, 11, 21), 14, &hungary),
            date(2026, 12, 7)
        );
        assert_eq!(
            own_target(date(2026, 12, 11), 14, &hungary),
            date(2026, 12, 28)
        );
    }

    #[test]
    fn somebody_takes_a_request_before_the_end_of_the_next_working_day() {
        let zone = TimeZone::get("Europe/Budapest").unwrap();
        let hungary = Calendar::built_in("HU").unwrap();
        let taken_by =
            |at: &str| working_day_after(at.parse().unwrap(), &zone, &hungary).to_string();
        assert_eq!(taken_by("2026-11-19T08:00:00Z"), "2026-11-20T23:00:00Z");
        assert_eq!(taken_by("2026-11-20T08:00:00Z"), "2026-11-23T23:00:00Z");
        assert_eq!(taken_by("2026-11-20T23:30:00Z"), "2026-11-23T23:00:00Z");
        assert_eq!(taken_by("2026-12-24T08:00:00Z"), "2026-12-28T23:00:00Z");
    }

    #[test]
    fn days_left_is_zero_on_the_day_and_negative_after_it() {
        let due_on = date(2026, 12, 21);
        assert_eq!(days_left(date(2026, 11, 20), due_on), 31);
        assert_eq!(days_left(due_on, due_on), 0);
        assert_eq!(days_left(date(2027, 1, 4), due_on), -14);
    }

    #[test]
    fn dates_beyond_the_year_9999_stop_there_without_a_crash() {
        let none = calendar(&[]);
        let deadline = Deadline::reckon_with_suspension(Date::MAX, Term::Extended, u16::MAX, &none);
        assert_eq!(deadline.due_on, Date::MAX);
        assert!(deadline.calendar_gap);
        assert_eq!(
            first_late_instant(Date::MAX, &TimeZone::UTC),
            Timestamp::MAX
        );
        for period in [
            Period::Days(u16::MAX),
            Period::Months(u16::MAX),
            Period::Years(u8::MAX),
        ] {
            assert_eq!(period.last_day(Date::MAX), Date::MAX);
        }
        assert!(days_left(Date::MIN, Date::MAX) > 7_000_000);
    }

    fn any_day() -> impl Strategy<Value = Date> {
        (0..365 * 7).prop_map(|n: i32| date(2024, 1, 1) + n.days())
    }

    fn any_calendar() -> impl Strategy<Value = Calendar> {
        prop::sample::select(vec!["AT", "BG", "DE", "HU", "IE", "NL"])
            .prop_map(|code| Calendar::built_in(code).unwrap())
    }

    fn any_term() -> impl Strategy<Value = Term> {
        prop::sample::select(vec![Term::Answer, Term::Extended])
    }

    proptest! {
        #[test]
        fn a_deadline_is_the_first_working_day_from_the_month_end_on(
            received_on in any_day(), term in any_term(), calendar in any_calendar(),
        ) {
            let deadline = Deadline::reckon(received_on, term, &calendar);
            prop_assert!(deadline.month_end > received_on);
            prop_assert!(deadline.due_on >= deadline.month_end);
            prop_assert!(calendar.is_working_day(deadline.due_on));
            prop_assert!(deadline.rolled.len() < 14);
            let passed_over = days_left(deadline.month_end, deadline.due_on);
            prop_assert_eq!(passed_over, deadline.rolled.len() as i64);
            prop_assert!(deadline.rolled.iter().all(|day| !calendar.is_working_day(day.on)));
            prop_assert!(!deadline.calendar_gap);
        }

        #[test]
        fn a_later_receipt_is_never_due_earlier(
            a in any_day(), b in any_day(), term in any_term(), calendar in any_calendar(),
        ) {
            let due = |received_on| Deadline::reckon(received_on, term, &calendar).due_on;
            prop_assert!(due(a.min(b)) <= due(a.max(b)));
        }

        #[test]
        fn a_suspension_never_makes_a_deadline_earlier_nor_the_own_target_late(
            received_on in any_day(), days in 0_u16..60, calendar in any_calendar(),
        ) {
            let strict = Deadline::reckon(received_on, Term::Answer, &calendar);
            let suspended =
                Deadline::reckon_with_suspension(received_on, Term::Answer, days, &calendar);
            prop_assert!(suspended.due_on >= strict.due_on);
            prop_assert!(own_target(received_on, 14, &calendar) < strict.due_on);
        }
    }
}

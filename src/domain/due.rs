//! The two due dates of a request, and what moves them: an extension (Art. 12(3))
//! and a question to the person. The strict date knows no suspension and is shown first.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::calendar::Calendar;
use super::deadline::{Deadline, Term, first_late_instant, received_on};

/// What a date is reckoned with: the controller's zone and public holidays.
#[derive(Clone, Copy, Debug)]
pub struct Calculation<'a> {
    /// The controller's zone.
    pub zone: &'a TimeZone,
    /// The public holidays of the controller's Member State (Reg. 1182/71 Art. 2).
    pub calendar: &'a Calendar,
}

impl Calculation<'_> {
    /// The date of an instant in the controller's zone.
    pub fn date(&self, at: Timestamp) -> Date {
        received_on(at, self.zone)
    }

    /// Whether an answer at this instant would miss the due date, which lasts to its last hour.
    pub fn is_late(&self, due_on: Date, at: Timestamp) -> bool {
        at >= first_late_instant(due_on, self.zone)
    }
}

/// When a request is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueDates {
    /// Without any suspension.
    pub strict: Date,
    /// With the days left out on which we waited for the person.
    pub with_suspension: Date,
    /// When the extension was announced, if it was.
    pub extended_at: Option<Timestamp>,
    /// Since when a question is out, if one is.
    pub suspended_at: Option<Timestamp>,
    /// Whole days for which questions were out before.
    pub suspended_days: u16,
}

impl DueDates {
    /// One month from receipt (Art. 12(3)).
    pub fn from_receipt(received_on: Date, calculation: &Calculation<'_>) -> DueDates {
        let due_on = Deadline::reckon(received_on, Term::Answer, calculation.calendar).due_on;
        DueDates {
            strict: due_on,
            with_suspension: due_on,
            extended_at: None,
            suspended_at: None,
            suspended_days: 0,
        }
    }

    /// The term that runs.
    pub fn term(&self) -> Term {
        if self.extended_at.is_some() {
            Term::Extended
        } else {
            Term::Answer
        }
    }

    /// Three months from receipt, not two from the rolled date.
    pub fn extend(&mut self, calculation: &Calculation<'_>, received_on: Date, at: Timestamp) {
        self.extended_at = Some(at);
        self.reckon(calculation, received_on);
    }

    /// The answer is here: the second date moves by the whole days it took.
    pub fn go_on(&mut self, calculation: &Calculation<'_>, received_on: Date, at: Timestamp) {
        if let Some(since) = self.suspended_at.take() {
            let days = (calculation.date(at) - calculation.date(since)).get_days();
            self.suspended_days = self
                .suspended_days
                .saturating_add(u16::try_from(days).unwrap_or(0));
            self.reckon(calculation, received_on);
        }
    }

    /// The decision is taken: no question is out any more.
    pub fn resume(&mut self) {
        self.suspended_at = None;
    }

    fn reckon(&mut self, calculation: &Calculation<'_>, received_on: Date) {
        let term = self.term();
        self.strict = Deadline::reckon(received_on, term, calculation.calendar).due_on;
        self.with_suspension = Deadline::reckon_with_suspension(
            received_on,
            term,
            self.suspended_days,
            calculation.calendar,
        )
        .due_on;
    }
}

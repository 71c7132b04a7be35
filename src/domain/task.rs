//! What a person does in a store because no program can: a task, with a day and an attestation.

use jiff::Timestamp;
use jiff::civil::Date;

use super::ids::{RunId, StaffId, TaskId};
use super::store::StoreName;
use super::text::text_enum;

text_enum! {
    /// Why a person does it.
    pub enum TaskCause {
        /// No program reaches the store.
        Manual = "manual",
        /// The system lets no program do the rest.
        Remainder = "remainder",
        /// Staff took it over from the program.
        HandedOver = "handed_over",
    }
}

/// Days until a task should be done that nobody gave a time.
pub const DAYS: u16 = 7;

/// A task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// For which run.
    pub run: RunId,
    /// In which store.
    pub store: StoreName,
    /// Why.
    pub cause: TaskCause,
    /// Whose it is; without one everybody's who decides.
    pub owner: Option<StaffId>,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when it should be done.
    pub due_on: Date,
    /// When somebody was last reminded.
    pub reminded_at: Option<Timestamp>,
    /// When it was done.
    pub done_at: Option<Timestamp>,
    /// Who says so.
    pub done_by: Option<StaffId>,
    /// What is to be done, sealed.
    pub sealed: Vec<u8>,
    /// What they say they did, sealed.
    pub attestation: Option<Vec<u8>>,
}

/// The day until which a task should be done: so many days from today, but not after the day by which
/// the person must hear from us, unless that has passed.
pub fn due_on(today: Date, days: u16, answer_by: Date) -> Date {
    let day = today.saturating_add(jiff::Span::new().days(i64::from(days)));
    if answer_by > today {
        day.min(answer_by)
    } else {
        day
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_task_is_due_before_the_answer() {
        let today = date(2026, 11, 20);
        assert_eq!(due_on(today, 7, date(2026, 12, 20)), date(2026, 11, 27));
        assert_eq!(due_on(today, 7, date(2026, 11, 23)), date(2026, 11, 23));
        assert_eq!(due_on(today, 7, date(2026, 11, 19)), date(2026, 11, 27));
    }
}

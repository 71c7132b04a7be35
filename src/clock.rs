//! What time it is. The only place that asks the machine; everything else is handed an instant.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The system's clock, or one that stands still until it is moved (tests, demonstrations).
/// Clones of a frozen clock show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Microseconds since 1970, UTC.
    Frozen(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Clock {
        Clock(Source::System)
    }

    /// A clock that stands at `at`.
    pub fn frozen(at: Timestamp) -> Clock {
        Clock(Source::Frozen(Arc::new(at.as_microsecond().into())))
    }

    /// The present instant in whole microseconds, as the database stores it.
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            Source::System => Timestamp::now().as_microsecond(),
            Source::Frozen(micros) => micros.load(Ordering::Relaxed),
        };
        Timestamp::from_microsecond(micros).expect("it was read from a Timestamp")
    }

    /// Puts a frozen clock, and all its clones, to `at`.
    ///
    /// # Panics
    /// On the system's clock, which nobody may set.
    pub fn set(&self, at: Timestamp) {
        match &self.0 {
            Source::System => panic!("the system's clock cannot be set"),
            Source::Frozen(micros) => micros.store(at.as_microsecond(), Ordering::Relaxed),
        }
    }

    /// Moves a frozen clock, and all its clones, on by `by`.
    ///
    /// # Panics
    /// On the system's clock, and past the year 9999.
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now() + by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_stands_still_in_whole_microseconds() {
        let at: Timestamp = "2026-11-20T09:12:00.123456789Z".parse().unwrap();
        let clock = Clock::frozen(at);
        assert_eq!(clock.now().to_string(), "2026-11-20T09:12:00.123456Z");
        assert_eq!(clock.now(), clock.now());
    }

    #[test]
    fn clones_of_a_frozen_clock_move_together() {
        let clock = Clock::frozen(Timestamp::UNIX_EPOCH);
        let clone = clock.clone();
        clock.advance(SignedDuration::from_mins(90));
        assert_eq!(clone.now().to_string(), "1970-01-01T01:30:00Z");
        clone.set(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn the_system_clock_has_no_nanoseconds_that_the_database_would_lose() {
        let now = Clock::system().now();
        assert!(now > Timestamp::UNIX_EPOCH);
        assert_eq!(now.subsec_nanosecond() % 1000, 0);
    }

    #[test]
    #[should_panic(expected = "cannot be set")]
    fn the_system_clock_cannot_be_set() {
        Clock::system().set(Timestamp::UNIX_EPOCH);
    }
}

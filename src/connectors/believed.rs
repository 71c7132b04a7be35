//! What was found out of a system a moment ago, and is believed for a minute: that our account has
//! every right, or that a mapping fits. Asking before each page would cost more than the page.

use std::future::Future;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::clock::Clock;

/// How long it is believed.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Something that was found out, and when.
pub(super) struct Believed<T> {
    clock: Clock,
    known: Mutex<Option<(Timestamp, T)>>,
}

impl<T: Clone> Believed<T> {
    pub(super) fn new(clock: Clock) -> Believed<T> {
        Believed {
            clock,
            known: Mutex::new(None),
        }
    }

    /// What is believed; asks if that is nothing, or too old. Who comes meanwhile waits for the same
    /// answer.
    pub(super) async fn or_ask<E>(&self, ask: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        match &*known {
            // A clock that was set back makes nothing younger.
            Some((at, value)) if *at <= now && now < *at + MINUTE => Ok(value.clone()),
            _ => Self::asked(&self.clock, &mut known, ask).await,
        }
    }

    /// Asks in any case. While it is asked, and after a failure, nothing is believed.
    pub(super) async fn anew<E>(&self, ask: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let mut known = self.known.lock().await;
        Self::asked(&self.clock, &mut known, ask).await
    }

    async fn asked<E>(
        clock: &Clock,
        known: &mut Option<(Timestamp, T)>,
        ask: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        *known = None;
        // From here on it may be otherwise, however long the answer takes.
        let at = clock.now();
        let value = ask.await?;
        *known = Some((at, value.clone()));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn it_is_believed_for_a_minute_and_no_failure_is() {
        let clock = Clock::frozen("2026-11-22T10:00:00Z".parse().unwrap());
        let (believed, asked) = (Believed::new(clock.clone()), AtomicU32::new(0));
        let ask = async || Ok::<_, ()>(asked.fetch_add(1, Ordering::Relaxed) + 1);

        assert_eq!(believed.or_ask(ask()).await, Ok(1));
        clock.advance(SignedDuration::from_secs(59));
        assert_eq!(believed.or_ask(ask()).await, Ok(1));
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(believed.or_ask(ask()).await, Ok(2));
        assert_eq!(believed.anew(ask()).await, Ok(3));
        clock.advance(SignedDuration::from_secs(-1));
        assert_eq!(believed.or_ask(ask()).await, Ok(4), "it was set back");

        assert_eq!(believed.anew(async { Err(()) }).await, Err(()));
        assert_eq!(
            believed.or_ask(ask()).await,
            Ok(5),
            "a failure is remembered"
        );
    }

    #[tokio::test]
    async fn what_was_let_go_in_the_middle_of_a_question_is_not_believed() {
        let clock = Clock::frozen("2026-11-22T10:00:00Z".parse().unwrap());
        let believed = Believed::new(clock);
        assert_eq!(believed.or_ask(async { Ok::<_, ()>(1) }).await, Ok(1));
        let silent = std::future::pending::<Result<i32, ()>>();
        tokio::select! {
            biased;
            _ = believed.anew(silent) => unreachable!("nobody answers"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(believed.or_ask(async { Ok::<_, ()>(2) }).await, Ok(2));
    }
}

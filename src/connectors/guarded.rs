//! What stands between a run and a system that may be slow, away or overwhelmed.
//!
//! A step that takes too long is let go. After some failures in a row nothing is asked for a while
//! that grows (a circuit breaker); a system that asks to be left alone is left alone. No more runs
//! work in a system at a time than it bears; who finds it busy comes back, and holds nothing up.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::domain::request::Field;
use crate::domain::run::Cause;
use crate::domain::store::{
    Change, Done, Item, ItemKey, Order, Page, Reach, Sink, Store, StoreError, StoreName, Subject,
};

/// Failures in a row after which a system is left alone.
const PATIENCE: u32 = 4;

/// How long at first, doubling with each failure after that.
const PAUSE: SignedDuration = SignedDuration::from_secs(15);

/// How long at the most.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// When a run that found it busy looks again.
const BUSY: SignedDuration = SignedDuration::from_millis(300);

/// How a system has been, as far as this process knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When it last did what it was asked.
    pub last_success: Option<Timestamp>,
    /// When it last did not.
    pub last_failure: Option<Timestamp>,
    /// Failures since the last success.
    pub failures: u32,
    /// Until when it is left alone.
    pub paused_until: Option<Timestamp>,
    /// What was the matter.
    pub trouble: Option<String>,
}

/// A store with its guard.
pub struct Guarded {
    store: Arc<dyn Store>,
    clock: Clock,
    patience: Duration,
    places: Semaphore,
    /// For the one who tries first whether a system is back.
    first: Semaphore,
    health: Mutex<Health>,
}

impl Guarded {
    /// Guards a store: a step may take as long as `patience`, and `at_once` runs may work in it.
    pub fn new(store: Arc<dyn Store>, clock: Clock, patience: Duration, at_once: usize) -> Guarded {
        Guarded {
            store,
            clock,
            patience,
            places: Semaphore::new(at_once),
            first: Semaphore::new(1),
            health: Mutex::default(),
        }
    }

    /// How it has been.
    pub fn health(&self) -> Health {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks if it may be asked.
    async fn through<T>(
        &self,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let now = self.clock.now();
        let health = self.health();
        if let Some(until) = health.paused_until.filter(|until| *until > now) {
            return Err(StoreError::Later {
                cause: health.trouble.unwrap_or_default(),
                after: until.duration_since(now),
            });
        }
        let Ok(_place) = self.places.try_acquire() else {
            return Err(StoreError::Later {
                cause: "Other requests are being worked in it.".to_owned(),
                after: BUSY,
            });
        };
        // After a pause that failures have earned one tries, or all who waited would press at once
        // on a system that comes back.
        let _first = if health.failures < PATIENCE {
            None
        } else if let Ok(first) = self.first.try_acquire() {
            Some(first)
        } else {
            return Err(StoreError::Later {
                cause: health.trouble.unwrap_or_default(),
                after: BUSY,
            });
        };
        self.watched(asked).await
    }

    /// Asks, waits no longer than is reasonable, and remembers how it went.
    async fn watched<T>(
        &self,
        asked: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let result = tokio::time::timeout(self.patience, asked)
            .await
            .unwrap_or_else(|_| {
                let seconds = self.patience.as_secs();
                Err(StoreError::Retry(format!(
                    "The step was not done within {seconds} s."
                )))
            });
        let now = self.clock.now();
        let mut health = self.lock();
        match &result {
            Ok(_) => {
                *health = Health {
                    last_success: Some(now),
                    last_failure: health.last_failure,
                    ..Health::default()
                };
            }
            Err(StoreError::Retry(cause)) => {
                health.failures += 1;
                health.last_failure = Some(now);
                health.trouble = Some(cause.clone());
                if let Some(more) = health.failures.checked_sub(PATIENCE) {
                    let pause = (PAUSE * (1 << more.min(8))).min(LONGEST);
                    health.paused_until = Some(now + pause);
                }
            }
            Err(StoreError::Later { cause, after }) => {
                health.trouble = Some(cause.clone());
                // It cuts no pause short that failures have earned.
                let until = Some(now + (*after).min(LONGEST));
                health.paused_until = health.paused_until.max(until);
            }
            // It answers; what is wrong is not its load.
            Err(StoreError::NeedsPerson { cause, .. } | StoreError::Bug(cause)) => {
                health.last_failure = Some(now);
                health.trouble = Some(cause.clone());
            }
        }
        result
    }
}

#[async_trait]
impl Store for Guarded {
    fn name(&self) -> StoreName {
        self.store.name()
    }

    fn is_ours(&self) -> bool {
        self.store.is_ours()
    }

    fn is_searched(&self) -> bool {
        self.store.is_searched()
    }

    fn batch(&self) -> usize {
        self.store.batch()
    }

    /// Asks always: it is how a system that was away is found to be back.
    async fn probe(&self) -> Result<Reach, StoreError> {
        self.watched(self.store.probe()).await
    }

    async fn inventory(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        self.through(self.store.inventory(subject, after)).await
    }

    async fn everything(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        self.through(self.store.everything(subject, after)).await
    }

    async fn export(
        &self,
        subject: &Subject,
        items: &[ItemKey],
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        self.through(self.store.export(subject, items, sink)).await
    }

    async fn values(&self, item: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        self.through(self.store.values(item)).await
    }

    async fn rectify(&self, item: &ItemKey, change: &Change) -> Result<Done, StoreError> {
        self.through(self.store.rectify(item, change)).await
    }

    async fn carry_out(
        &self,
        subject: &Subject,
        orders: &[Order],
        cause: Cause,
    ) -> Result<Vec<Done>, StoreError> {
        self.through(self.store.carry_out(subject, orders, cause))
            .await
    }

    async fn remains(&self, subject: &Subject, gone: &[Order]) -> Result<Vec<ItemKey>, StoreError> {
        self.through(self.store.remains(subject, gone)).await
    }
}

#[cfg(test)]
mod tests;

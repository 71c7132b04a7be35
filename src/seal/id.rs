//! New identifiers: UUIDs of version 7 that grow within this process, also within a
//! microsecond, so that the trail of one transaction keeps its order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use uuid::Uuid;

use super::random;

/// Makes ids that grow. Clones share the newest tick that an id was made of: milliseconds
/// above, a twelve-bit fraction below.
#[derive(Clone, Debug, Default)]
pub struct Ids(Arc<AtomicU64>);

impl Ids {
    /// A new id of any kind, of this instant (RFC 9562, section 5.7, with method 3 of section 6.2).
    pub fn make<T: From<Uuid>>(&self, now: Timestamp) -> T {
        T::from(id(self.next(now), random()))
    }

    /// An id that comes before all that are made from this instant on; it is nobody's.
    pub fn first_at(at: Timestamp) -> Uuid {
        id(tick(at), [0; 8])
    }

    /// The tick of an instant, or the next free one. A clock that stands or goes back does not make
    /// ids go back, unless by more than a second: then somebody has set it, and ids follow the clock.
    fn next(&self, now: Timestamp) -> u64 {
        let tick = tick(now);
        let follow = |last: u64| {
            if last >= tick && last - tick < (1000 << 12) {
                last + 1
            } else {
                tick
            }
        };
        match self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(follow(last))
            }) {
            Ok(last) | Err(last) => follow(last),
        }
    }
}

fn tick(at: Timestamp) -> u64 {
    let micros = u64::try_from(at.as_microsecond()).unwrap_or(0);
    ((micros / 1000) << 12) | ((micros % 1000) * 4096 / 1000)
}

fn id(tick: u64, rest: [u8; 8]) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&(tick >> 12).to_be_bytes()[2..]);
    bytes[6..8].copy_from_slice(&(0x7000 | (tick & 0xfff)).to_be_bytes()[6..]);
    bytes[8..].copy_from_slice(&rest);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_of_an_instant_comes_before_all_of_it_and_after_all_before() {
        let now: Timestamp = "2026-11-20T09:12:00.123456Z".parse().unwrap();
        let before: Uuid = Ids::default().make(now - jiff::SignedDuration::from_micros(1));
        let (first, of_it) = (Ids::first_at(now), Ids::default().make::<Uuid>(now));
        assert!(before < first && first < of_it, "{before} {first} {of_it}");
    }

    #[test]
    fn ids_of_one_instant_grow_and_are_of_version_7() {
        let now: Timestamp = "2026-11-20T09:12:00.123456Z".parse().unwrap();
        let maker = Ids::default();
        let ids: Vec<Uuid> = (0..10_000).map(|_| maker.make(now)).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}

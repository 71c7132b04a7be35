//! A run over the stores: a row for each store, a row for each item, and the next
//! step as a pure function of the rows. Forward only; every step may run twice.

use super::ids::RunId;
use super::store::StoreName;
use super::text::text_enum;

text_enum! {
    /// Why the stores are worked.
    pub enum Cause {
        /// A person asked.
        Request = "request",
        /// A retention rule fell due.
        Retention = "retention",
        /// The source told that it has erased the person.
        Source = "source",
        /// A restored copy brought somebody back.
        Replay = "replay",
    }
}

text_enum! {
    /// How far a run has come.
    pub enum RunState {
        /// The stores are being searched.
        Searching = "searching",
        /// Staff look at what would be done.
        Proposed = "proposed",
        /// It works.
        Running = "running",
        /// A store needs a person.
        Halted = "halted",
        /// Every store is done and read back.
        Done = "done",
        /// It never started, and never will.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// How far a run has come in one store.
    pub enum StoreState {
        /// Not searched yet.
        Waiting = "waiting",
        /// Searched; the items are frozen.
        Searched = "searched",
        /// Its items are being worked.
        Working = "working",
        /// All items have their outcome; the read-back search comes.
        Verifying = "verifying",
        /// Read back, and nothing is left but what is kept.
        Done = "done",
        /// It needs a person.
        Halted = "halted",
    }
}

/// A store in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunStore {
    /// Which run.
    pub run: RunId,
    /// Which store.
    pub store: StoreName,
    /// Its place in the order of the stores.
    pub position: i32,
    /// How far.
    pub state: StoreState,
    /// Where the search goes on.
    pub cursor: Option<String>,
    /// Items found.
    pub found: i64,
    /// Items gone.
    pub erased: i64,
    /// Items kept on a ground.
    pub kept: i64,
    /// Failed tries in a row.
    pub attempts: i32,
    /// Read-backs in a row that still found what was reported as gone.
    pub read_backs: i32,
    /// The entry that announced the step under way.
    pub intent: Option<super::ids::EntryId>,
    /// When the search ended.
    pub searched_at: Option<jiff::Timestamp>,
    /// When the read-back found nothing more.
    pub verified_at: Option<jiff::Timestamp>,
    /// What stands in the way, in plain words.
    pub trouble: Option<String>,
}

/// What a run does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Work the items of this store.
    Work(StoreName),
    /// Search this store again.
    Verify(StoreName),
    /// Nothing can go on before a person helps.
    Halt,
    /// All is done.
    Finish,
}

/// How many read-backs may still find what a store reported as gone, before a person is asked.
/// More than one, because some systems take a while to show what they did.
pub const READ_BACKS: i32 = 5;

/// How many failed tries in a row halt a store.
pub const TRIES: i32 = 8;

/// The next step after these rows. A halted store holds up nobody else: the others
/// are worked first.
pub fn next_step(stores: &[RunStore]) -> NextStep {
    for store in stores {
        match store.state {
            StoreState::Waiting | StoreState::Searched | StoreState::Working => {
                return NextStep::Work(store.store.clone());
            }
            StoreState::Verifying => return NextStep::Verify(store.store.clone()),
            StoreState::Done | StoreState::Halted => {}
        }
    }
    if stores.iter().any(|store| store.state == StoreState::Halted) {
        NextStep::Halt
    } else {
        NextStep::Finish
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(name: &str, state: StoreState) -> RunStore {
        RunStore {
            run: RunId(uuid::Uuid::nil()),
            store: StoreName(name.to_owned()),
            position: 0,
            state,
            cursor: None,
            found: 0,
            erased: 0,
            kept: 0,
            attempts: 0,
            read_backs: 0,
            intent: None,
            searched_at: None,
            verified_at: None,
            trouble: None,
        }
    }

    #[test]
    fn the_next_step_follows_from_the_rows() {
        use StoreState::*;
        let step = |states: &[StoreState]| {
            let stores: Vec<RunStore> = ["a", "b", "c"]
                .iter()
                .zip(states)
                .map(|(name, state)| store(name, *state))
                .collect();
            next_step(&stores)
        };
        let named = |name: &str| StoreName(name.to_owned());
        assert_eq!(step(&[Searched, Searched]), NextStep::Work(named("a")));
        assert_eq!(step(&[Done, Working]), NextStep::Work(named("b")));
        assert_eq!(step(&[Verifying, Searched]), NextStep::Verify(named("a")));
        assert_eq!(
            step(&[Halted, Searched, Done]),
            NextStep::Work(named("b")),
            "a halted store holds up nobody"
        );
        assert_eq!(step(&[Done, Halted]), NextStep::Halt);
        assert_eq!(step(&[Done, Done]), NextStep::Finish);
        assert_eq!(step(&[]), NextStep::Finish);
    }
}

//! A run over the stores: a row for each store, a row for each item, and the next
//! step as a pure function of the rows. Forward only; every step may run twice.

use jiff::{SignedDuration, Timestamp};

use super::ids::RunId;
use super::store::{Leftover, Level, StoreName};
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
        /// What a program can do is done; a person does the rest, and says so.
        WithPerson = "with_person",
        /// Something is wrong that only a person can mend.
        Halted = "halted",
    }
}

impl StoreState {
    /// Whether the next step is the program's.
    pub fn moves(self) -> bool {
        match self {
            StoreState::Waiting
            | StoreState::Searched
            | StoreState::Working
            | StoreState::Verifying => true,
            StoreState::Done | StoreState::WithPerson | StoreState::Halted => false,
        }
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
    pub searched_at: Option<Timestamp>,
    /// When the read-back found nothing more.
    pub verified_at: Option<Timestamp>,
    /// What stands in the way, in plain words.
    pub trouble: Option<String>,
    /// Before this nothing is tried in it again.
    pub retry_at: Option<Timestamp>,
    /// How far an erasure goes in it, as it said when it was searched.
    pub level: Option<Level>,
    /// What stays there all the same.
    pub leaves: Vec<Leftover>,
    /// Since when it has done nothing but ask to be left alone.
    pub put_off_since: Option<Timestamp>,
}

impl RunStore {
    /// A step went well: what stood in the way stands there no more.
    pub fn went_well(&mut self) {
        self.attempts = 0;
        self.retry_at = None;
        self.trouble = None;
        self.put_off_since = None;
    }
}

/// What is done next in stores that are worked one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Work this store: search it, carry out what was decided, or read it back.
    Work(StoreName),
    /// The next try is not due before this.
    Wait(Timestamp),
    /// Nothing is left for a program to do.
    Rest,
}

/// How a run stands when no store moves by itself any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Some store moves, or will.
    Moves,
    /// Every other store is done; a person has a task.
    WithPerson,
    /// Something is wrong that only a person can mend.
    Halted,
    /// All is done.
    Done,
}

/// How many read-backs may still find what a store reported as gone, before a person is asked.
/// More than one, because some systems take a while to show what they did.
pub const READ_BACKS: i32 = 5;

/// How many failed tries in a row halt a store of our own, and have staff told of another one. That
/// one is tried on: systems of others are away for hours, and come back.
pub const TRIES: i32 = 8;

/// How long a store may do nothing but ask to be left alone before staff are told of it, as of one that
/// is away.
pub const PUT_OFF_MAY_LAST: SignedDuration = SignedDuration::from_hours(24);

/// The next step in stores that are worked in their order. One that needs a person holds up none of
/// the others; one that is to be tried later does, since its order counts.
pub fn next_step<'a>(lane: impl IntoIterator<Item = &'a RunStore>, now: Timestamp) -> NextStep {
    let Some(store) = lane.into_iter().find(|store| store.state.moves()) else {
        return NextStep::Rest;
    };
    match store.retry_at {
        Some(at) if at > now => NextStep::Wait(at),
        _ => NextStep::Work(store.store.clone()),
    }
}

/// How a run stands.
pub fn standing(stores: &[RunStore]) -> Standing {
    let any = |wanted: StoreState| stores.iter().any(|store| store.state == wanted);
    if stores.iter().any(|store| store.state.moves()) {
        Standing::Moves
    } else if any(StoreState::Halted) {
        Standing::Halted
    } else if any(StoreState::WithPerson) {
        Standing::WithPerson
    } else {
        Standing::Done
    }
}

/// How long to wait after so many failed tries: half a second, doubling up to five minutes, and up to
/// a quarter more. The quarter is drawn from `seed`, so that many runs that failed at the same moment
/// do not come back at the same moment.
pub fn pause(attempts: i32, seed: u128) -> SignedDuration {
    let pause = SignedDuration::from_millis((500 << attempts.clamp(0, 10)).min(300_000));
    // The random bits of an id of version 7 stand at its end.
    let part = i32::try_from(seed % 251).unwrap_or(0);
    pause + pause * part / 1000
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
            retry_at: None,
            level: None,
            leaves: Vec::new(),
            put_off_since: None,
        }
    }

    fn stores(states: &[StoreState]) -> Vec<RunStore> {
        ["a", "b", "c"]
            .iter()
            .zip(states)
            .map(|(name, state)| store(name, *state))
            .collect()
    }

    #[test]
    fn the_next_step_follows_from_the_rows() {
        use StoreState::*;
        let now = Timestamp::UNIX_EPOCH;
        let step = |states: &[StoreState]| next_step(&stores(states), now);
        let named = |name: &str| NextStep::Work(StoreName(name.to_owned()));
        assert_eq!(step(&[Searched, Searched]), named("a"));
        assert_eq!(step(&[Done, Working]), named("b"));
        assert_eq!(step(&[Verifying, Searched]), named("a"));
        assert_eq!(
            step(&[Halted, Searched, Done]),
            named("b"),
            "a halted store holds up nobody"
        );
        assert_eq!(step(&[WithPerson, Searched]), named("b"));
        assert_eq!(step(&[Done, Halted]), NextStep::Rest);
        assert_eq!(step(&[]), NextStep::Rest);
    }

    #[test]
    fn a_store_that_is_tried_later_is_not_tried_now() {
        let mut rows = stores(&[StoreState::Working, StoreState::Searched]);
        let (now, later) = (
            Timestamp::UNIX_EPOCH,
            Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1),
        );
        rows[0].retry_at = Some(later);
        assert_eq!(next_step(&rows, now), NextStep::Wait(later));
        assert_eq!(
            next_step(&rows, later),
            NextStep::Work(StoreName("a".to_owned()))
        );
    }

    #[test]
    fn a_run_ends_when_every_store_has() {
        use StoreState::*;
        let stand = |states: &[StoreState]| standing(&stores(states));
        assert_eq!(stand(&[Done, Working, Halted]), Standing::Moves);
        assert_eq!(stand(&[Done, WithPerson, Halted]), Standing::Halted);
        assert_eq!(stand(&[Done, WithPerson]), Standing::WithPerson);
        assert_eq!(stand(&[Done, Done]), Standing::Done);
        assert_eq!(stand(&[]), Standing::Done);
    }

    #[test]
    fn pauses_grow_to_an_end_and_differ() {
        let (first, later) = (pause(0, 0), pause(40, 0));
        assert_eq!(first, SignedDuration::from_millis(500));
        assert_eq!(later, SignedDuration::from_mins(5));
        assert!(pause(3, 17) > pause(3, 0));
        assert!(pause(3, u128::MAX) <= pause(3, 0) * 5 / 4);
    }
}

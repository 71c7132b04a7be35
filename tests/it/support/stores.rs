//! Stores that fail on call.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::SignedDuration;
use lethe::domain::request::Field;
use lethe::domain::run::Cause;
use lethe::domain::store::{
    Change, Decision, Done, Ground, Item, ItemKey, ItemKind, ItemOutcome, Match, Order, Page,
    Reach, Sink, Store, StoreError, StoreName, Subject,
};

/// How a store misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// It does what it says.
    Honest,
    /// It reports every record as erased and deletes none.
    Lies,
    /// It fails so many times before it works.
    FailsFirst(usize),
    /// It wants a person.
    NeedsPerson,
    /// It erases, and dies before it answers, so many times.
    DiesAfterErasing(usize),
    /// It says of every record that only a person can erase it.
    OnlyByHand,
    /// It reports every record as erased, and only forgets whose it is.
    ForgetsAddress,
    /// Its first record is kept by law, and found as a mere mention once the others are gone.
    KeepsFirst,
    /// Its records are kept by law.
    KeepsAll,
    /// It is searched, and says of no record what stands in it.
    HidesValues,
    /// It asks to be left alone for a minute, again and again.
    PutsOff,
    /// The same after the call of this number, which it carries out.
    PutsOffAfter(usize),
    /// It cannot be searched any more.
    Silent,
}

/// A store in memory that holds numbered records of everybody.
pub struct FakeStore {
    pub name: &'static str,
    pub habit: Mutex<Habit>,
    pub records: Mutex<Vec<String>>,
    pub calls: AtomicUsize,
    /// On which grounds records were to be kept.
    pub kept: Mutex<Vec<Ground>>,
    /// Nobody's address leads to the records any more.
    pub orphans: AtomicBool,
    /// Who holds it keeps the next erasure from going on.
    pub gate: tokio::sync::Mutex<()>,
    /// Tells that an erasure has come to the gate.
    pub at_gate: tokio::sync::Notify,
    /// The same before what is gone is looked for.
    pub look_gate: tokio::sync::Mutex<()>,
    /// Tells that a look has come to its gate.
    pub at_look_gate: tokio::sync::Notify,
}

impl FakeStore {
    pub fn new(habit: Habit, records: usize) -> FakeStore {
        FakeStore::named("fake", habit, records)
    }

    pub fn named(name: &'static str, habit: Habit, records: usize) -> FakeStore {
        FakeStore {
            name,
            orphans: AtomicBool::new(false),
            gate: tokio::sync::Mutex::new(()),
            at_gate: tokio::sync::Notify::new(),
            look_gate: tokio::sync::Mutex::new(()),
            at_look_gate: tokio::sync::Notify::new(),
            habit: Mutex::new(habit),
            records: Mutex::new((0..records).map(|n| format!("record-{n:05}")).collect()),
            calls: AtomicUsize::new(0),
            kept: Mutex::default(),
        }
    }

    fn has(&self, habit: Habit) -> bool {
        *self.habit.lock().unwrap() == habit
    }
}

fn away() -> StoreError {
    StoreError::Retry("the system is away".to_owned())
}

fn left_alone() -> StoreError {
    StoreError::Later {
        cause: "the system asks to be left alone".to_owned(),
        after: SignedDuration::from_mins(1),
    }
}

#[async_trait]
impl Store for FakeStore {
    fn name(&self) -> StoreName {
        StoreName(self.name.to_owned())
    }

    async fn probe(&self) -> Result<Reach, StoreError> {
        Ok(Reach {
            records: Some(self.records.lock().unwrap().len() as u64),
            ..Reach::default()
        })
    }

    async fn inventory(&self, _: &Subject, after: Option<&str>) -> Result<Page<Item>, StoreError> {
        if self.has(Habit::Silent) {
            return Err(away());
        }
        if self.orphans.load(Ordering::SeqCst) {
            return Ok(Page {
                items: Vec::new(),
                next: None,
            });
        }
        let keeps = *self.habit.lock().unwrap() == Habit::KeepsFirst;
        let records = self.records.lock().unwrap();
        let mut items: Vec<Item> = records
            .iter()
            .filter(|key| after.is_none_or(|after| key.as_str() > after))
            .take(100)
            .map(|key| Item {
                key: ItemKey(key.clone()),
                kind: ItemKind::TicketMessage,
                label: format!("Record {key}"),
                note: String::new(),
                holds: vec!["name".to_owned()],
                matched: Match::Sure,
                proposal: Decision::Erase,
                within: Vec::new(),
            })
            .collect();
        if self.has(Habit::KeepsAll) {
            for item in &mut items {
                item.proposal = Decision::Keep(Ground::TaxLaw, None);
            }
        }
        if let (true, Some(first)) = (keeps, items.first_mut()) {
            first.proposal = Decision::Keep(Ground::TaxLaw, None);
            if self.calls.load(Ordering::SeqCst) > 0 {
                first.within = vec![first.key.clone()];
                first.key = ItemKey(format!("mention-in-{}", first.key.0));
                first.kind = ItemKind::Mention;
                first.matched = Match::Candidate;
            }
        }
        let next = (items.len() == 100).then(|| items[99].key.0.clone());
        Ok(Page { items, next })
    }

    async fn export(&self, _: &Subject, _: &[ItemKey], _: &mut dyn Sink) -> Result<(), StoreError> {
        Ok(())
    }

    async fn values(&self, _: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        if self.has(Habit::HidesValues) {
            return Err(away());
        }
        Ok(vec![(Field::Name, "Somebody Else".to_owned())])
    }

    async fn rectify(&self, _: &ItemKey, _: &Change) -> Result<Done, StoreError> {
        Ok(ItemOutcome::Corrected.into())
    }

    async fn carry_out(
        &self,
        _: &Subject,
        orders: &[Order],
        _: Cause,
    ) -> Result<Vec<Done>, StoreError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let grounds = orders.iter().filter_map(|order| match order.decision {
            Decision::Keep(ground, _) => Some(ground),
            Decision::Erase => None,
        });
        self.kept.lock().unwrap().extend(grounds);
        self.at_gate.notify_one();
        drop(self.gate.lock().await);
        let habit = *self.habit.lock().unwrap();
        match habit {
            Habit::Lies => return Ok(vec![ItemOutcome::Erased.into(); orders.len()]),
            Habit::FailsFirst(times) if call < times => {
                return Err(away());
            }
            Habit::PutsOff => return Err(left_alone()),
            Habit::PutsOffAfter(last) if call > last => return Err(left_alone()),
            Habit::NeedsPerson => {
                return Err(StoreError::NeedsPerson {
                    cause: "The account may not delete".to_owned(),
                    mend: "Give it the right to".to_owned(),
                });
            }
            Habit::OnlyByHand => {
                let done = Done::because(ItemOutcome::NeedsPerson, "Press the button there.");
                return Ok(vec![done; orders.len()]);
            }
            Habit::ForgetsAddress => {
                self.orphans.store(true, Ordering::SeqCst);
                return Ok(vec![ItemOutcome::Erased.into(); orders.len()]);
            }
            Habit::Honest
            | Habit::FailsFirst(_)
            | Habit::DiesAfterErasing(_)
            | Habit::KeepsFirst
            | Habit::KeepsAll
            | Habit::HidesValues
            | Habit::PutsOffAfter(_)
            | Habit::Silent => {}
        }
        self.records.lock().unwrap().retain(|key| {
            let goes = |order: &Order| order.key.0 == *key && order.is_erasure();
            !orders.iter().any(goes)
        });
        if let Habit::DiesAfterErasing(times) = habit
            && call < times
        {
            return Err(StoreError::Retry("the answer never came".to_owned()));
        }
        let outcome = |order: &Order| match order.decision {
            Decision::Erase => ItemOutcome::Erased.into(),
            Decision::Keep(..) => ItemOutcome::Kept.into(),
        };
        Ok(orders.iter().map(outcome).collect())
    }

    async fn remains(&self, _: &Subject, gone: &[Order]) -> Result<Vec<ItemKey>, StoreError> {
        self.at_look_gate.notify_one();
        drop(self.look_gate.lock().await);
        if self.has(Habit::Silent) {
            return Err(away());
        }
        let records = self.records.lock().unwrap();
        let there = gone
            .iter()
            .filter(|order| order.is_erasure() && records.contains(&order.key.0));
        Ok(there.map(|order| order.key.clone()).collect())
    }
}

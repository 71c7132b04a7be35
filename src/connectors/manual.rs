//! What lies where no program reaches. It holds one item for everybody, and only a person can say
//! what became of it.

use async_trait::async_trait;

use crate::config::stores;
use crate::domain::request::Field;
use crate::domain::run::Cause;
use crate::domain::store::{
    Change, Decision, Done, Item, ItemKey, ItemKind, ItemOutcome, Level, Match, Order, Page, Reach,
    Sink, Store, StoreError, StoreName, Subject,
};

/// The key of its one item.
const KEY: &str = "all";

/// A store that a person looks into.
pub(super) struct Manual {
    name: StoreName,
    fields: Vec<Field>,
}

impl Manual {
    pub(super) fn new(name: StoreName, config: &stores::Manual) -> Manual {
        Manual {
            name,
            fields: config.fields.clone(),
        }
    }
}

#[async_trait]
impl Store for Manual {
    fn name(&self) -> StoreName {
        self.name.clone()
    }

    fn is_searched(&self) -> bool {
        false
    }

    async fn probe(&self) -> Result<Reach, StoreError> {
        Ok(Reach {
            level: Level::Manual,
            ..Reach::default()
        })
    }

    async fn inventory(&self, _: &Subject, _: Option<&str>) -> Result<Page<Item>, StoreError> {
        let item = Item {
            key: ItemKey(KEY.to_owned()),
            kind: ItemKind::Manual,
            label: String::new(),
            note: String::new(),
            holds: Vec::new(),
            matched: Match::Sure,
            proposal: Decision::Erase,
            within: Vec::new(),
        };
        Ok(Page {
            items: vec![item],
            next: None,
        })
    }

    /// What is in it, the person who looked has written into the task.
    async fn export(&self, _: &Subject, _: &[ItemKey], _: &mut dyn Sink) -> Result<(), StoreError> {
        Ok(())
    }

    /// Nobody knows the values before somebody looks.
    async fn values(&self, _: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        let unknown = |field: &Field| (*field, String::new());
        Ok(self.fields.iter().map(unknown).collect())
    }

    async fn rectify(&self, _: &ItemKey, _: &Change) -> Result<Done, StoreError> {
        Ok(ItemOutcome::NeedsPerson.into())
    }

    async fn carry_out(
        &self,
        _: &Subject,
        orders: &[Order],
        _: Cause,
    ) -> Result<Vec<Done>, StoreError> {
        let outcome = |order: &Order| match order.decision {
            Decision::Erase => ItemOutcome::NeedsPerson.into(),
            Decision::Keep(..) => ItemOutcome::Kept.into(),
        };
        Ok(orders.iter().map(outcome).collect())
    }
}

//! The built-in stores: tickets, installations, trials and licences, in Lethe's own database.
//!
//! Each says what it holds of a person, proposes what becomes of it and carries out what was
//! decided, in transactions of 200 items at the most. None decides, and none writes the trail.

mod contacts;
pub mod fields;
mod installation;
mod licence;
mod redact;
#[cfg(test)]
mod tests;
mod ticket;
mod trial;

use std::fmt::Display;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::db::stores::After;
use crate::db::{Conn, Db, DbError, guards, stores};
use crate::domain::email::Email;
use crate::domain::request::{AddressDigest, Field};
use crate::domain::retention::Policy;
use crate::domain::run::Cause;
use crate::domain::store::{
    Change, Item, ItemKey, ItemOutcome, Order, Page, Reach, Store, StoreError, Subject,
};
use crate::seal::{Ids, KeyRing};

/// Rows that one page looks at.
const PAGE: usize = 200;

/// Items that one transaction works at the most.
const BATCH: usize = 200;

/// The built-in stores in the order of the runs: what is recognised by the rows of another
/// store comes before it. `zone` is the controller's; `policy` says how long sales are kept.
pub fn built_in(
    db: Db,
    keys: Arc<KeyRing>,
    clock: Clock,
    zone: TimeZone,
    policy: Arc<Policy>,
) -> Vec<Arc<dyn Store>> {
    let core = Core {
        db,
        keys,
        clock,
        ids: Ids::default(),
        zone,
    };
    vec![
        Arc::new(ticket::Tickets { core: core.clone() }),
        Arc::new(installation::Installations { core: core.clone() }),
        Arc::new(trial::store(core.clone())),
        Arc::new(licence::store(core, policy)),
    ]
}

/// What every built-in store works with.
#[derive(Clone)]
struct Core {
    db: Db,
    keys: Arc<KeyRing>,
    clock: Clock,
    ids: Ids,
    zone: TimeZone,
}

impl Core {
    fn date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    fn today(&self) -> Date {
        self.date(self.clock.now())
    }

    /// Works orders in transactions of [`BATCH`] items. What an earlier one has done stays done if a later one fails.
    async fn in_batches(
        &self,
        subject: &Subject,
        orders: &[Order],
        work: impl Fn(&mut Conn, &Subject, &[Order]) -> Result<Vec<ItemOutcome>, DbError>
        + Clone
        + Send
        + 'static,
    ) -> Result<Vec<ItemOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(orders.len());
        for batch in orders.chunks(BATCH) {
            let (work, subject, batch) = (work.clone(), subject.clone(), batch.to_vec());
            outcomes.extend(
                self.db
                    .write(move |conn| work(conn, &subject, &batch))
                    .await?,
            );
        }
        Ok(outcomes)
    }

    /// Keeps imports from bringing an erased record back. A record without an address needs no guard: nobody finds it.
    fn guard(
        &self,
        conn: &mut Conn,
        address: Option<&AddressDigest>,
        store: &str,
        record_key: &str,
        cause: Cause,
    ) -> Result<(), DbError> {
        let Some(address) = address else {
            return Ok(());
        };
        let now = self.clock.now();
        guards::guard_erasure(
            conn,
            self.ids.make(now),
            address,
            store,
            record_key,
            cause.as_str(),
            now,
        )
    }

    /// Keeps imports from bringing a wrong value back.
    fn note_correction(
        &self,
        conn: &mut Conn,
        store: &str,
        record_key: &str,
        field: Field,
        wrong: &str,
    ) -> Result<(), DbError> {
        let now = self.clock.now();
        let wrong = AddressDigest::from(&self.keys.value_digest(wrong));
        guards::note_correction(
            conn,
            self.ids.make(now),
            store,
            record_key,
            field.as_str(),
            &wrong,
            now,
        )
    }

    fn digest(&self, address: &Email) -> AddressDigest {
        AddressDigest::from(&self.keys.address_digest(address.normalised()))
    }

    /// Where a row came from (Art. 15(1)(g)), in words.
    fn source(&self, conn: &mut Conn, what: &str, import: &str) -> Result<String, DbError> {
        Ok(match stores::imported_at(conn, import)? {
            Some(at) => format!("{what}, imported on {}", self.date(at)),
            None => what.to_owned(),
        })
    }

    /// How much there is, and when the last import of `source` began.
    async fn reach(
        &self,
        source: &'static str,
        count: impl FnOnce(&mut Conn) -> Result<i64, DbError> + Send + 'static,
    ) -> Result<Reach, StoreError> {
        self.db
            .read(move |conn| {
                Ok(Reach {
                    records: u64::try_from(count(conn)?).ok(),
                    last_import: crate::db::imports::newest(conn, source)?
                        .map(|import| import.started_at),
                })
            })
            .await
    }
}

/// What was found in a part of a store, and the last row looked at if there may be more.
type Found = (Vec<Item>, Option<String>);

/// One page of a walk through the parts of a store, each in the order of its ids. The
/// cursor is the number of the part and the last id.
fn walk(
    parts: usize,
    cursor: Option<&str>,
    mut look: impl FnMut(usize, After<'_>) -> Result<Found, StoreError>,
) -> Result<Page<Item>, StoreError> {
    let start = match cursor {
        None => Some((0, "")),
        Some(cursor) => cursor
            .split_once('/')
            .and_then(|(part, id)| Some((part.parse().ok()?, id))),
    };
    let (first, mut id) =
        start.ok_or_else(|| StoreError::Bug("a cursor of another store".to_owned()))?;
    let mut items = Vec::new();
    for part in first..parts {
        let limit = PAGE.saturating_sub(items.len());
        if limit == 0 {
            return Ok(Page {
                items,
                next: Some(format!("{part}/")),
            });
        }
        let (found, more) = look(
            part,
            After {
                id,
                limit: limit as i64,
            },
        )?;
        items.extend(found);
        if let Some(last) = more {
            return Ok(Page {
                items,
                next: Some(format!("{part}/{last}")),
            });
        }
        id = "";
    }
    Ok(Page { items, next: None })
}

/// The last id, if the page is full.
fn more(after: After<'_>, seen: usize, last: Option<&str>) -> Option<String> {
    last.filter(|_| seen as i64 == after.limit)
        .map(str::to_owned)
}

/// The names and values of an exported record, without those that are not known.
#[derive(Default)]
struct Fields(Vec<(String, String)>);

impl Fields {
    fn add(&mut self, name: &str, value: Option<impl Display>) {
        self.0
            .extend(value.map(|value| (name.to_owned(), value.to_string())));
    }
}

/// The right value of a field, checked before anything is written. An empty one takes the value away.
struct Right {
    field: Field,
    value: Option<String>,
    /// The same value, if it is an address.
    email: Option<Email>,
}

impl Right {
    fn of(change: &Change) -> Result<Right, StoreError> {
        let value = Some(change.new.trim().to_owned()).filter(|value| !value.is_empty());
        let email = match (&value, change.field) {
            (Some(value), Field::Email) => {
                Some(
                    Email::parse(value).map_err(|error| StoreError::NeedsPerson {
                        cause: format!("the new address cannot be taken: {error}"),
                        mend: "Ask the person for the right address.".to_owned(),
                    })?,
                )
            }
            _ => None,
        };
        Ok(Right {
            field: change.field,
            value,
            email,
        })
    }
}

/// The second half of a rectification: what was written has to stand there.
async fn read_back(store: &dyn Store, item: &ItemKey, right: &Right) -> Result<(), StoreError> {
    let values = store.values(item).await?;
    let stands = values
        .into_iter()
        .find(|(field, _)| *field == right.field)
        .map(|(_, value)| value);
    match stands == right.value {
        true => Ok(()),
        false => Err(StoreError::Bug(format!(
            "the right {} did not stay",
            right.field
        ))),
    }
}

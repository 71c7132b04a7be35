//! The built-in stores: tickets, installations, trials and licences, in Lethe's own database.
//!
//! Each says what it holds of a person, proposes what becomes of it and carries out what was
//! decided, in transactions of 200 items at the most. None decides, and none writes the trail.

mod aged;
mod contacts;
mod installation;
mod licence;
mod redact;
#[cfg(test)]
mod tests;
mod ticket;
mod trial;

pub use self::aged::{Aged, BuiltIn, Due};

use std::fmt::Display;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::db::holds::{self, Stopped};
use crate::db::stores::After;
use crate::db::{Conn, Db, DbError, guards, stores};
use crate::domain::email::Email;
use crate::domain::hold;
use crate::domain::ids::HoldId;
use crate::domain::request::{AddressDigest, Field};
use crate::domain::retention::Policy;
use crate::domain::run::Cause;
use crate::domain::store::{
    Change, Decision, Done, Ground, Item, ItemKey, ItemOutcome, Order, Page, Reach, Store,
    StoreError, StoreName, Subject,
};
use crate::seal::{Ids, KeyRing};

/// Rows that one page looks at.
const PAGE: usize = 200;

/// Items that one transaction works at the most.
const BATCH: usize = 200;

/// The built-in stores. `zone` is the controller's; `policy` says how long sales are kept.
pub fn built_in(
    db: Db,
    keys: Arc<KeyRing>,
    clock: Clock,
    zone: TimeZone,
    policy: Arc<Policy>,
) -> BuiltIn {
    let core = Core {
        db,
        keys,
        clock,
        ids: Ids::default(),
        zone,
    };
    BuiltIn {
        tickets: ticket::Tickets { core: core.clone() },
        installations: installation::Installations { core: core.clone() },
        trials: trial::store(core.clone()),
        licences: licence::store(core, policy),
    }
}

impl BuiltIn {
    /// Each as a store, in the order of the runs: what is recognised by the rows of another store
    /// comes before it.
    pub fn stores(&self) -> Vec<Arc<dyn Store>> {
        vec![
            Arc::new(self.tickets.clone()),
            Arc::new(self.installations.clone()),
            Arc::new(self.trials.clone()),
            Arc::new(self.licences.clone()),
        ]
    }
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
    /// Each transaction asks for legal holds before it erases: on the person, and on whomever else
    /// `concerned` finds in a record, order by order. What a hold stops is kept as if it had been
    /// decided so, and comes back as held.
    async fn in_batches(
        &self,
        step: Step<'_>,
        concerned: impl Fn(&mut Conn, &[Order]) -> Result<Vec<Vec<AddressDigest>>, DbError>
        + Clone
        + Send
        + 'static,
        work: impl Fn(&mut Conn, &Subject, &[Order]) -> Result<Vec<ItemOutcome>, DbError>
        + Clone
        + Send
        + 'static,
    ) -> Result<Vec<Done>, StoreError> {
        let mut outcomes = Vec::with_capacity(step.orders.len());
        for batch in step.orders.chunks(BATCH) {
            let (work, concerned) = (work.clone(), concerned.clone());
            let (subject, batch) = (step.subject.clone(), batch.to_vec());
            let (name, cause, now) = (step.store.to_owned(), step.cause, self.clock.now());
            let done = self
                .db
                .write(move |conn| {
                    let mut orders = batch.clone();
                    let stopped = match holds::any(conn)? {
                        true => stop(conn, &subject, &mut orders, &concerned)?,
                        false => vec![Vec::new(); orders.len()],
                    };
                    let mut outcomes = work(conn, &subject, &orders)?;
                    for ((outcome, order), by) in outcomes.iter_mut().zip(&orders).zip(&stopped) {
                        if by.is_empty() || *outcome != ItemOutcome::Kept {
                            continue;
                        }
                        *outcome = ItemOutcome::Held;
                        let stopped = Stopped {
                            store: StoreName(name.clone()),
                            key: order.key.clone(),
                            kind: order.kind,
                            cause,
                        };
                        holds::stop(conn, by, &stopped, now)?;
                    }
                    Ok::<_, DbError>(outcomes)
                })
                .await?;
            outcomes.extend(done.into_iter().map(Done::from));
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
                    ..Reach::default()
                })
            })
            .await
    }
}

/// Orders for one store, as they came.
#[derive(Clone, Copy)]
struct Step<'a> {
    store: &'static str,
    subject: &'a Subject,
    orders: &'a [Order],
    cause: Cause,
}

/// Turns what is to go and stands under a hold into what is kept on its ground (Art. 17(3)(e)); the
/// holds that stopped each order.
fn stop(
    conn: &mut Conn,
    subject: &Subject,
    orders: &mut [Order],
    concerned: impl Fn(&mut Conn, &[Order]) -> Result<Vec<Vec<AddressDigest>>, DbError>,
) -> Result<Vec<Vec<HoldId>>, DbError> {
    let others = concerned(conn, orders)?;
    let all: Vec<&[u8]> = subject
        .digests
        .iter()
        .chain(others.iter().flatten())
        .map(|digest| digest.bytes.as_slice())
        .collect();
    let held = holds::held(conn, &all)?;
    let mut stopped = vec![Vec::new(); orders.len()];
    if held.is_empty() {
        return Ok(stopped);
    }
    for ((order, others), by) in orders.iter_mut().zip(&others).zip(&mut stopped) {
        if order.decision != Decision::Erase {
            continue;
        }
        let whose: Vec<&[u8]> = subject
            .digests
            .iter()
            .chain(others)
            .map(|digest| digest.bytes.as_slice())
            .filter(|bytes| held.contains(*bytes))
            .collect();
        if whose.is_empty() {
            continue;
        }
        let holds = holds::in_force_on(conn, &whose)?;
        let until = hold::kept_until(holds.iter().map(|hold| &hold.terms));
        order.decision = Decision::Keep(Ground::LegalClaims, until);
        *by = holds.iter().map(|hold| hold.id).collect();
    }
    Ok(stopped)
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

//! Runs, their stores, their items and the fields of a rectification.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::intake::{Touched, touch};
use super::schema::{run_fields, run_items, run_stores, runs};
use super::types::{maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{RequestId, RunId, RunItemId, StaffId};
use crate::domain::run::{Cause, RunState, RunStore};
use crate::domain::store::{ItemKey, ItemKind, ItemOutcome, Match, StoreName};

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// For which request, if for one.
    pub request: Option<RequestId>,
    /// Why.
    pub cause: Cause,
    /// How far.
    pub state: RunState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When work began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = runs)]
struct RunRow {
    id: String,
    request_id: Option<String>,
    cause: String,
    state: String,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
}

impl TryFrom<RunRow> for Run {
    type Error = DbError;

    fn try_from(row: RunRow) -> Result<Run, DbError> {
        Ok(Run {
            id: word(&row.id)?,
            request: maybe_word(row.request_id.as_deref())?,
            cause: word(&row.cause)?,
            state: word(&row.state)?,
            created_at: time(row.created_at)?,
            started_at: maybe_time(row.started_at)?,
            finished_at: maybe_time(row.finished_at)?,
        })
    }
}

/// Stores a new run with a waiting row for each store, in their order.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, run: &Run, stores: &[StoreName]) -> Result<(), DbError> {
    touch(|| Touched::Run(run.id.to_string()));
    touch(|| Touched::StoresOf(run.id.to_string()));
    diesel::insert_into(runs::table)
        .values(RunRow {
            id: run.id.to_string(),
            request_id: run.request.map(|id| id.to_string()),
            cause: run.cause.to_string(),
            state: run.state.to_string(),
            created_at: micros(run.created_at),
            started_at: run.started_at.map(micros),
            finished_at: run.finished_at.map(micros),
        })
        .execute(conn)?;
    for (position, store) in (0i32..).zip(stores) {
        diesel::insert_into(run_stores::table)
            .values((
                run_stores::run_id.eq(run.id.to_string()),
                run_stores::store.eq(&store.0),
                run_stores::position.eq(position),
                run_stores::state.eq("waiting"),
                run_stores::found.eq(0),
                run_stores::erased.eq(0),
                run_stores::kept.eq(0),
                run_stores::attempts.eq(0),
                run_stores::read_backs.eq(0),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The run of this id.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: RunId) -> Result<Option<Run>, DbError> {
    runs::table
        .find(id.to_string())
        .first::<RunRow>(conn)
        .optional()?
        .map(Run::try_from)
        .transpose()
}

/// The newest run of a request.
///
/// # Errors
/// [`DbError`].
pub fn of_request(conn: &mut Conn, request: RequestId) -> Result<Option<Run>, DbError> {
    runs::table
        .filter(runs::request_id.eq(request.to_string()))
        .order(runs::id.desc())
        .first::<RunRow>(conn)
        .optional()?
        .map(Run::try_from)
        .transpose()
}

/// Runs that stand still, or wait for their next try, in a store.
///
/// # Errors
/// [`DbError`].
pub fn held_up_in(conn: &mut Conn, store: &StoreName) -> Result<Vec<RunId>, DbError> {
    let halted = run_stores::state
        .eq("halted")
        .or(run_stores::retry_at.is_not_null());
    let ids: Vec<String> = run_stores::table
        .inner_join(runs::table.on(runs::id.eq(run_stores::run_id)))
        .filter(run_stores::store.eq(&store.0))
        .filter(halted)
        .filter(runs::state.eq_any(["searching", "running", "halted"]))
        .select(runs::id)
        .load(conn)?;
    ids.iter().map(|id| word(id)).collect()
}

/// Takes a run further; `started` and `finished` are kept where they are given before.
///
/// # Errors
/// [`DbError`].
pub fn set_state(
    conn: &mut Conn,
    id: RunId,
    state: RunState,
    now: Timestamp,
) -> Result<(), DbError> {
    touch(|| Touched::Run(id.to_string()));
    let id = id.to_string();
    diesel::update(runs::table.find(&id))
        .set(runs::state.eq(state.as_str()))
        .execute(conn)?;
    match state {
        RunState::Running => {
            diesel::update(runs::table.find(&id).filter(runs::started_at.is_null()))
                .set(runs::started_at.eq(micros(now)))
                .execute(conn)?;
        }
        RunState::Done | RunState::Cancelled => {
            diesel::update(runs::table.find(&id))
                .set(runs::finished_at.eq(micros(now)))
                .execute(conn)?;
            // Nobody searches on, and a place in another system's list may name somebody.
            touch(|| Touched::StoresOf(id.clone()));
            diesel::update(run_stores::table.filter(run_stores::run_id.eq(&id)))
                .set(run_stores::cursor.eq(None::<String>))
                .execute(conn)?;
        }
        RunState::Searching | RunState::Proposed | RunState::Halted => {}
    }
    Ok(())
}

#[derive(Queryable, AsChangeset)]
#[diesel(table_name = run_stores, treat_none_as_null = true, primary_key(run_id, store))]
struct StoreRow {
    run_id: String,
    store: String,
    position: i32,
    state: String,
    cursor: Option<String>,
    found: i64,
    erased: i64,
    kept: i64,
    attempts: i32,
    read_backs: i32,
    intent: Option<String>,
    searched_at: Option<i64>,
    verified_at: Option<i64>,
    trouble: Option<String>,
    retry_at: Option<i64>,
    level: Option<String>,
    leaves: Option<String>,
    put_off_since: Option<i64>,
}

impl TryFrom<StoreRow> for RunStore {
    type Error = DbError;

    fn try_from(row: StoreRow) -> Result<RunStore, DbError> {
        Ok(RunStore {
            run: word(&row.run_id)?,
            store: StoreName(row.store),
            position: row.position,
            state: word(&row.state)?,
            cursor: row.cursor,
            found: row.found,
            erased: row.erased,
            kept: row.kept,
            attempts: row.attempts,
            read_backs: row.read_backs,
            intent: maybe_word(row.intent.as_deref())?,
            searched_at: maybe_time(row.searched_at)?,
            verified_at: maybe_time(row.verified_at)?,
            trouble: row.trouble,
            retry_at: maybe_time(row.retry_at)?,
            level: maybe_word(row.level.as_deref())?,
            leaves: row
                .leaves
                .as_deref()
                .unwrap_or_default()
                .split_whitespace()
                .map(word)
                .collect::<Result<_, _>>()?,
            put_off_since: maybe_time(row.put_off_since)?,
        })
    }
}

/// The stores of a run, in their order.
///
/// # Errors
/// [`DbError`].
pub fn stores(conn: &mut Conn, run: RunId) -> Result<Vec<RunStore>, DbError> {
    run_stores::table
        .filter(run_stores::run_id.eq(run.to_string()))
        .order(run_stores::position)
        .load::<StoreRow>(conn)?
        .into_iter()
        .map(RunStore::try_from)
        .collect()
}

/// A store of a run; nothing if the run has it not.
///
/// # Errors
/// [`DbError`].
pub fn store(conn: &mut Conn, run: RunId, name: &StoreName) -> Result<Option<RunStore>, DbError> {
    run_stores::table
        .find((run.to_string(), name.0.clone()))
        .first::<StoreRow>(conn)
        .optional()?
        .map(RunStore::try_from)
        .transpose()
}

/// Stores how far a run has come in a store.
///
/// # Errors
/// [`DbError`].
pub fn save_store(conn: &mut Conn, store: &RunStore) -> Result<(), DbError> {
    touch(|| Touched::StoresOf(store.run.to_string()));
    let row = StoreRow {
        run_id: store.run.to_string(),
        store: store.store.0.clone(),
        position: store.position,
        state: store.state.to_string(),
        cursor: store.cursor.clone(),
        found: store.found,
        erased: store.erased,
        kept: store.kept,
        attempts: store.attempts,
        read_backs: store.read_backs,
        intent: store.intent.map(|id| id.to_string()),
        searched_at: store.searched_at.map(micros),
        verified_at: store.verified_at.map(micros),
        trouble: store.trouble.clone(),
        retry_at: store.retry_at.map(micros),
        level: store.level.map(|level| level.to_string()),
        leaves: (!store.leaves.is_empty()).then(|| {
            let words: Vec<&str> = store.leaves.iter().map(|left| left.as_str()).collect();
            words.join(" ")
        }),
        put_off_since: store.put_off_since.map(micros),
    };
    diesel::update(run_stores::table.find((store.run.to_string(), store.store.0.clone())))
        .set(&row)
        .execute(conn)?;
    Ok(())
}

/// An item of a run.
#[derive(Clone, Debug)]
pub struct RunItem {
    /// Its id.
    pub id: RunItemId,
    /// Which run.
    pub run: RunId,
    /// In which store.
    pub store: StoreName,
    /// Its key there.
    pub key: ItemKey,
    /// What it is.
    pub kind: ItemKind,
    /// How sure the match is.
    pub matched: Match,
    /// `erase`, `keep`, `leave` (not the person's) or `undecided` (a candidate without answer).
    pub decision: String,
    /// The ground on which it is kept.
    pub ground: Option<String>,
    /// Until when it is kept.
    pub keep_until: Option<Date>,
    /// Who decided otherwise than the rules.
    pub decided_by: Option<StaffId>,
    /// What became of it.
    pub outcome: Option<ItemOutcome>,
    /// When.
    pub outcome_at: Option<Timestamp>,
    /// Label, note and fields, sealed.
    pub sealed: Vec<u8>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = run_items)]
struct ItemRow {
    id: String,
    run_id: String,
    store: String,
    item_key: String,
    kind: String,
    matched: String,
    decision: String,
    ground: Option<String>,
    keep_until: Option<String>,
    decided_by: Option<String>,
    outcome: Option<String>,
    outcome_at: Option<i64>,
    sealed: Vec<u8>,
}

impl TryFrom<ItemRow> for RunItem {
    type Error = DbError;

    fn try_from(row: ItemRow) -> Result<RunItem, DbError> {
        Ok(RunItem {
            id: word(&row.id)?,
            run: word(&row.run_id)?,
            store: StoreName(row.store),
            key: ItemKey(row.item_key),
            kind: word(&row.kind)?,
            matched: word(&row.matched)?,
            decision: row.decision,
            ground: row.ground,
            keep_until: maybe_word(row.keep_until.as_deref())?,
            decided_by: maybe_word(row.decided_by.as_deref())?,
            outcome: maybe_word(row.outcome.as_deref())?,
            outcome_at: maybe_time(row.outcome_at)?,
            sealed: row.sealed,
        })
    }
}

/// Adds an item unless the run has it; says whether it was new.
///
/// # Errors
/// [`DbError`].
pub fn add_item(conn: &mut Conn, item: &RunItem) -> Result<bool, DbError> {
    touch(|| Touched::Item(item.id.to_string()));
    let there: i64 = run_items::table
        .filter(run_items::run_id.eq(item.run.to_string()))
        .filter(run_items::store.eq(&item.store.0))
        .filter(run_items::item_key.eq(&item.key.0))
        .count()
        .get_result(conn)?;
    if there > 0 {
        return Ok(false);
    }
    diesel::insert_into(run_items::table)
        .values(ItemRow {
            id: item.id.to_string(),
            run_id: item.run.to_string(),
            store: item.store.0.clone(),
            item_key: item.key.0.clone(),
            kind: item.kind.to_string(),
            matched: item.matched.to_string(),
            decision: item.decision.clone(),
            ground: item.ground.clone(),
            keep_until: item.keep_until.map(|date| date.to_string()),
            decided_by: item.decided_by.map(|id| id.to_string()),
            outcome: item.outcome.map(|outcome| outcome.to_string()),
            outcome_at: item.outcome_at.map(micros),
            sealed: item.sealed.clone(),
        })
        .execute(conn)?;
    Ok(true)
}

/// The item of this id.
///
/// # Errors
/// [`DbError`].
pub fn item(conn: &mut Conn, id: RunItemId) -> Result<Option<RunItem>, DbError> {
    run_items::table
        .find(id.to_string())
        .first::<ItemRow>(conn)
        .optional()?
        .map(RunItem::try_from)
        .transpose()
}

/// The item of this key in a store.
///
/// # Errors
/// [`DbError`].
pub fn item_by_key(
    conn: &mut Conn,
    run: RunId,
    store: &StoreName,
    key: &ItemKey,
) -> Result<Option<RunItem>, DbError> {
    run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .filter(run_items::store.eq(&store.0))
        .filter(run_items::item_key.eq(&key.0))
        .first::<ItemRow>(conn)
        .optional()?
        .map(RunItem::try_from)
        .transpose()
}

/// The items of a store in a run, after one of them, in the order they were found.
///
/// # Errors
/// [`DbError`].
pub fn items(
    conn: &mut Conn,
    run: RunId,
    store: &StoreName,
    after: Option<RunItemId>,
    limit: i64,
) -> Result<Vec<RunItem>, DbError> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .filter(run_items::store.eq(&store.0))
        .filter(run_items::id.gt(after))
        .order(run_items::id)
        .limit(limit)
        .load::<ItemRow>(conn)?
        .into_iter()
        .map(RunItem::try_from)
        .collect()
}

/// The candidates of a run that nobody has answered, or all.
///
/// # Errors
/// [`DbError`].
pub fn candidates(conn: &mut Conn, run: RunId, limit: i64) -> Result<Vec<RunItem>, DbError> {
    run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .filter(run_items::decision.eq("undecided"))
        .order(run_items::id)
        .limit(limit)
        .load::<ItemRow>(conn)?
        .into_iter()
        .map(RunItem::try_from)
        .collect()
}

/// The items of a store that wait for an outcome, in the order they were found.
///
/// # Errors
/// [`DbError`].
pub fn items_to_do(
    conn: &mut Conn,
    run: RunId,
    store: &StoreName,
    limit: i64,
) -> Result<Vec<RunItem>, DbError> {
    run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .filter(run_items::store.eq(&store.0))
        .filter(run_items::outcome.is_null())
        .filter(run_items::decision.eq_any(["erase", "keep"]))
        .order(run_items::id)
        .limit(limit)
        .load::<ItemRow>(conn)?
        .into_iter()
        .map(RunItem::try_from)
        .collect()
}

/// The items of a store that have no end yet: without an outcome, or left to a person.
///
/// # Errors
/// [`DbError`].
pub fn items_left(conn: &mut Conn, run: RunId, store: &StoreName) -> Result<Vec<RunItem>, DbError> {
    let open = run_items::outcome
        .is_null()
        .or(run_items::outcome.eq(ItemOutcome::NeedsPerson.as_str()));
    run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .filter(run_items::store.eq(&store.0))
        .filter(open)
        .order(run_items::id)
        .load::<ItemRow>(conn)?
        .into_iter()
        .map(RunItem::try_from)
        .collect()
}

/// How many items of a store are gone: erased, neutral, or said to be.
///
/// # Errors
/// [`DbError`].
pub fn count_gone(conn: &mut Conn, run: RunId, store: &StoreName) -> Result<i64, DbError> {
    let gone = [
        ItemOutcome::Erased,
        ItemOutcome::Neutralised,
        ItemOutcome::Attested,
    ];
    Ok(run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .filter(run_items::store.eq(&store.0))
        .filter(run_items::decision.eq("erase"))
        .filter(run_items::outcome.eq_any(gone.map(ItemOutcome::as_str)))
        .count()
        .get_result(conn)?)
}

/// Whether a person does the work of a run in a store by hand.
///
/// # Errors
/// [`DbError`].
pub fn is_by_hand(conn: &mut Conn, run: RunId, store: &StoreName) -> Result<bool, DbError> {
    let by_hand = run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .filter(run_items::store.eq(&store.0))
        .filter(run_items::kind.eq(ItemKind::Manual.as_str()));
    Ok(diesel::select(diesel::dsl::exists(by_hand)).get_result(conn)?)
}

/// The records of a store that staff left alone in a run.
///
/// # Errors
/// [`DbError`].
pub fn keys_left(conn: &mut Conn, run: RunId, store: &StoreName) -> Result<Vec<ItemKey>, DbError> {
    let keys: Vec<String> = run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .filter(run_items::store.eq(&store.0))
        .filter(run_items::decision.eq("leave"))
        .order(run_items::id)
        .select(run_items::item_key)
        .load(conn)?;
    Ok(keys.into_iter().map(ItemKey).collect())
}

/// The items of a run that are kept on a ground.
///
/// # Errors
/// [`DbError`].
pub fn items_kept(conn: &mut Conn, run: RunId, limit: i64) -> Result<Vec<RunItem>, DbError> {
    run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .filter(run_items::decision.eq("keep"))
        .order(run_items::id)
        .limit(limit)
        .load::<ItemRow>(conn)?
        .into_iter()
        .map(RunItem::try_from)
        .collect()
}

/// The items of a run that a legal hold keeps.
///
/// # Errors
/// [`DbError`].
pub fn items_held(conn: &mut Conn, run: RunId) -> Result<Vec<RunItem>, DbError> {
    run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .filter(run_items::outcome.eq(ItemOutcome::Held.as_str()))
        .order(run_items::id)
        .load::<ItemRow>(conn)?
        .into_iter()
        .map(RunItem::try_from)
        .collect()
}

/// Numbers of a store in a run: by decision and outcome.
///
/// # Errors
/// [`DbError`].
pub fn count_items(conn: &mut Conn, run: RunId) -> Result<Vec<ItemCount>, DbError> {
    let rows: Vec<(String, String, Option<String>, i64)> = run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .group_by((run_items::store, run_items::decision, run_items::outcome))
        .select((
            run_items::store,
            run_items::decision,
            run_items::outcome,
            diesel::dsl::count_star(),
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(store, decision, outcome, count)| {
            Ok(ItemCount {
                store: StoreName(store),
                decision,
                outcome: maybe_word(outcome.as_deref())?,
                count,
            })
        })
        .collect()
}

/// How many items of a store share a decision and an outcome.
#[derive(Clone, Debug)]
pub struct ItemCount {
    /// Which store.
    pub store: StoreName,
    /// The decision.
    pub decision: String,
    /// The outcome so far.
    pub outcome: Option<ItemOutcome>,
    /// How many.
    pub count: i64,
}

/// How many items of a store are kept on one ground until one day.
#[derive(Clone, Debug)]
pub struct KeptCount {
    /// Which store.
    pub store: StoreName,
    /// The code of the ground.
    pub ground: Option<String>,
    /// Until when.
    pub until: Option<Date>,
    /// How many.
    pub count: i64,
}

/// What is kept, counted by store, ground and day.
///
/// # Errors
/// [`DbError`].
pub fn count_kept(conn: &mut Conn, run: RunId) -> Result<Vec<KeptCount>, DbError> {
    let rows: Vec<(String, Option<String>, Option<String>, i64)> = run_items::table
        .filter(run_items::run_id.eq(run.to_string()))
        .filter(run_items::decision.eq("keep"))
        .group_by((run_items::store, run_items::ground, run_items::keep_until))
        .order((run_items::store, run_items::ground, run_items::keep_until))
        .select((
            run_items::store,
            run_items::ground,
            run_items::keep_until,
            diesel::dsl::count_star(),
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(store, ground, until, count)| {
            Ok(KeptCount {
                store: StoreName(store),
                ground,
                until: until.as_deref().map(super::types::date).transpose()?,
                count,
            })
        })
        .collect()
}

/// Changes what is to become of an item.
///
/// # Errors
/// [`DbError`].
pub fn decide_item(
    conn: &mut Conn,
    id: RunItemId,
    decision: &str,
    ground: Option<&str>,
    keep_until: Option<Date>,
    by: Option<StaffId>,
) -> Result<(), DbError> {
    touch(|| Touched::Item(id.to_string()));
    diesel::update(run_items::table.find(id.to_string()))
        .set((
            run_items::decision.eq(decision),
            run_items::ground.eq(ground),
            run_items::keep_until.eq(keep_until.map(|date| date.to_string())),
            run_items::decided_by.eq(by.map(|id| id.to_string())),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores what became of an item; `None` puts it back to be done again.
///
/// # Errors
/// [`DbError`].
pub fn set_outcome(
    conn: &mut Conn,
    id: RunItemId,
    outcome: Option<ItemOutcome>,
    now: Timestamp,
) -> Result<(), DbError> {
    touch(|| Touched::Item(id.to_string()));
    diesel::update(run_items::table.find(id.to_string()))
        .set((
            run_items::outcome.eq(outcome.map(|outcome| outcome.to_string())),
            run_items::outcome_at.eq(outcome.map(|_| micros(now))),
        ))
        .execute(conn)?;
    Ok(())
}

/// A field of a rectification.
#[derive(Clone, Debug)]
pub struct RunField {
    /// Its id.
    pub id: RunItemId,
    /// Which run.
    pub run: RunId,
    /// In which store.
    pub store: StoreName,
    /// In which item.
    pub key: ItemKey,
    /// Which field.
    pub field: String,
    /// `accept`, `refuse` or `undecided`.
    pub decision: String,
    /// The reason code of a refusal.
    pub reason: Option<String>,
    /// What became of it.
    pub outcome: Option<ItemOutcome>,
    /// When.
    pub outcome_at: Option<Timestamp>,
    /// Label of the item, old and new value, sealed.
    pub sealed: Vec<u8>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = run_fields)]
struct FieldRow {
    id: String,
    run_id: String,
    store: String,
    item_key: String,
    field: String,
    decision: String,
    reason: Option<String>,
    outcome: Option<String>,
    outcome_at: Option<i64>,
    sealed: Vec<u8>,
}

/// Adds a field unless the run has it.
///
/// # Errors
/// [`DbError`].
pub fn add_field(conn: &mut Conn, field: &RunField) -> Result<(), DbError> {
    touch(|| Touched::Field(field.id.to_string()));
    let there: i64 = run_fields::table
        .filter(run_fields::run_id.eq(field.run.to_string()))
        .filter(run_fields::store.eq(&field.store.0))
        .filter(run_fields::item_key.eq(&field.key.0))
        .filter(run_fields::field.eq(&field.field))
        .count()
        .get_result(conn)?;
    if there > 0 {
        return Ok(());
    }
    diesel::insert_into(run_fields::table)
        .values(FieldRow {
            id: field.id.to_string(),
            run_id: field.run.to_string(),
            store: field.store.0.clone(),
            item_key: field.key.0.clone(),
            field: field.field.clone(),
            decision: field.decision.clone(),
            reason: field.reason.clone(),
            outcome: field.outcome.map(|outcome| outcome.to_string()),
            outcome_at: field.outcome_at.map(micros),
            sealed: field.sealed.clone(),
        })
        .execute(conn)?;
    Ok(())
}

/// The fields of a rectification, in the order they were found.
///
/// # Errors
/// [`DbError`].
pub fn fields(conn: &mut Conn, run: RunId) -> Result<Vec<RunField>, DbError> {
    run_fields::table
        .filter(run_fields::run_id.eq(run.to_string()))
        .order(run_fields::id)
        .load::<FieldRow>(conn)?
        .into_iter()
        .map(|row| {
            Ok(RunField {
                id: word(&row.id)?,
                run,
                store: StoreName(row.store),
                key: ItemKey(row.item_key),
                field: row.field,
                decision: row.decision,
                reason: row.reason,
                outcome: maybe_word(row.outcome.as_deref())?,
                outcome_at: maybe_time(row.outcome_at)?,
                sealed: row.sealed,
            })
        })
        .collect()
}

/// Takes the decision on a field.
///
/// # Errors
/// [`DbError`].
pub fn decide_field(
    conn: &mut Conn,
    id: RunItemId,
    decision: &str,
    reason: Option<&str>,
) -> Result<(), DbError> {
    touch(|| Touched::Field(id.to_string()));
    diesel::update(run_fields::table.find(id.to_string()))
        .set((
            run_fields::decision.eq(decision),
            run_fields::reason.eq(reason),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores what became of a field.
///
/// # Errors
/// [`DbError`].
pub fn set_field_outcome(
    conn: &mut Conn,
    id: RunItemId,
    outcome: ItemOutcome,
    now: Timestamp,
) -> Result<(), DbError> {
    touch(|| Touched::Field(id.to_string()));
    diesel::update(run_fields::table.find(id.to_string()))
        .set((
            run_fields::outcome.eq(outcome.as_str()),
            run_fields::outcome_at.eq(micros(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Forgets what the items and fields of a run were called; counts and grounds stay.
///
/// # Errors
/// [`DbError`].
pub fn forget_words(conn: &mut Conn, run: RunId) -> Result<(), DbError> {
    diesel::update(run_items::table.filter(run_items::run_id.eq(run.to_string())))
        .set(run_items::sealed.eq(Vec::<u8>::new()))
        .execute(conn)?;
    diesel::update(run_fields::table.filter(run_fields::run_id.eq(run.to_string())))
        .set(run_fields::sealed.eq(Vec::<u8>::new()))
        .execute(conn)?;
    Ok(())
}

//! What people do in stores because no program can.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::intake::{Touched, touch};
use super::schema::{requests, runs, tasks};
use super::types::{date, maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{RunId, StaffId, TaskId};
use crate::domain::store::StoreName;
use crate::domain::task::Task;

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = tasks, treat_none_as_null = true)]
struct TaskRow {
    id: String,
    run_id: String,
    store: String,
    cause: String,
    owner: Option<String>,
    opened_at: i64,
    due_on: String,
    reminded_at: Option<i64>,
    done_at: Option<i64>,
    done_by: Option<String>,
    sealed: Vec<u8>,
    attestation: Option<Vec<u8>>,
}

impl TryFrom<TaskRow> for Task {
    type Error = DbError;

    fn try_from(row: TaskRow) -> Result<Task, DbError> {
        Ok(Task {
            id: word(&row.id)?,
            run: word(&row.run_id)?,
            store: StoreName(row.store),
            cause: word(&row.cause)?,
            owner: maybe_word(row.owner.as_deref())?,
            opened_at: time(row.opened_at)?,
            due_on: date(&row.due_on)?,
            reminded_at: maybe_time(row.reminded_at)?,
            done_at: maybe_time(row.done_at)?,
            done_by: maybe_word(row.done_by.as_deref())?,
            sealed: row.sealed,
            attestation: row.attestation,
        })
    }
}

fn row(task: &Task) -> TaskRow {
    TaskRow {
        id: task.id.to_string(),
        run_id: task.run.to_string(),
        store: task.store.0.clone(),
        cause: task.cause.to_string(),
        owner: task.owner.map(|id| id.to_string()),
        opened_at: micros(task.opened_at),
        due_on: task.due_on.to_string(),
        reminded_at: task.reminded_at.map(micros),
        done_at: task.done_at.map(micros),
        done_by: task.done_by.map(|id| id.to_string()),
        sealed: task.sealed.clone(),
        attestation: task.attestation.clone(),
    }
}

/// Stores a new task.
///
/// # Errors
/// [`DbError`], also if one is open for the same run and store.
pub fn insert(conn: &mut Conn, task: &Task) -> Result<(), DbError> {
    touch(|| Touched::Task(task.id.to_string()));
    diesel::insert_into(tasks::table)
        .values(row(task))
        .execute(conn)?;
    Ok(())
}

/// Stores a task as it is now.
///
/// # Errors
/// [`DbError`].
pub fn save(conn: &mut Conn, task: &Task) -> Result<(), DbError> {
    touch(|| Touched::Task(task.id.to_string()));
    diesel::update(tasks::table.find(task.id.to_string()))
        .set(row(task))
        .execute(conn)?;
    Ok(())
}

/// The task of this id.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: TaskId) -> Result<Option<Task>, DbError> {
    tasks::table
        .find(id.to_string())
        .first::<TaskRow>(conn)
        .optional()?
        .map(Task::try_from)
        .transpose()
}

/// The open task of a run in a store.
///
/// # Errors
/// [`DbError`].
pub fn open_in(conn: &mut Conn, run: RunId, store: &StoreName) -> Result<Option<Task>, DbError> {
    tasks::table
        .filter(tasks::run_id.eq(run.to_string()))
        .filter(tasks::store.eq(&store.0))
        .filter(tasks::done_at.is_null())
        .first::<TaskRow>(conn)
        .optional()?
        .map(Task::try_from)
        .transpose()
}

/// Every task of a run, open and done, in the order they were opened.
///
/// # Errors
/// [`DbError`].
pub fn of_run(conn: &mut Conn, run: RunId) -> Result<Vec<Task>, DbError> {
    tasks::table
        .filter(tasks::run_id.eq(run.to_string()))
        .order(tasks::id)
        .load::<TaskRow>(conn)?
        .into_iter()
        .map(Task::try_from)
        .collect()
}

/// Open tasks, those first that are due first.
///
/// # Errors
/// [`DbError`].
pub fn open(conn: &mut Conn, limit: i64) -> Result<Vec<Task>, DbError> {
    tasks::table
        .filter(tasks::done_at.is_null())
        .order((tasks::due_on, tasks::id))
        .limit(limit)
        .load::<TaskRow>(conn)?
        .into_iter()
        .map(Task::try_from)
        .collect()
}

/// The same of one account: its own, and those of the requests assigned to it.
///
/// # Errors
/// [`DbError`].
pub fn open_of(conn: &mut Conn, staff: StaffId, limit: i64) -> Result<Vec<Task>, DbError> {
    let theirs = tasks::owner
        .eq(staff.to_string())
        .or(requests::assignee.eq(staff.to_string()));
    tasks::table
        .inner_join(runs::table.on(runs::id.eq(tasks::run_id)))
        .inner_join(requests::table.on(runs::request_id.eq(requests::id.nullable())))
        .filter(tasks::done_at.is_null())
        .filter(theirs)
        .order((tasks::due_on, tasks::id))
        .limit(limit)
        .select(tasks::all_columns)
        .load::<TaskRow>(conn)?
        .into_iter()
        .map(Task::try_from)
        .collect()
}

/// Open tasks that are due by a day and of which nobody was reminded since `before`.
///
/// # Errors
/// [`DbError`].
pub fn to_remind(
    conn: &mut Conn,
    due_by: Date,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<Task>, DbError> {
    let long_ago = tasks::reminded_at
        .is_null()
        .or(tasks::reminded_at.assume_not_null().lt(micros(before)));
    tasks::table
        .filter(tasks::done_at.is_null())
        .filter(tasks::due_on.le(due_by.to_string()))
        .filter(long_ago)
        .order(tasks::id)
        .limit(limit)
        .load::<TaskRow>(conn)?
        .into_iter()
        .map(Task::try_from)
        .collect()
}

/// Forgets the words of the tasks of a run.
///
/// # Errors
/// [`DbError`].
pub fn forget_words(conn: &mut Conn, run: RunId) -> Result<(), DbError> {
    diesel::update(tasks::table.filter(tasks::run_id.eq(run.to_string())))
        .set((
            tasks::sealed.eq(Vec::<u8>::new()),
            tasks::attestation.eq(None::<Vec<u8>>),
        ))
        .execute(conn)?;
    Ok(())
}

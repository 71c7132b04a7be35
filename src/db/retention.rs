//! Sweeps by the retention rules: what they counted and did, what falls due next, and the promises
//! that were not kept in time.

use diesel::prelude::*;
use jiff::Timestamp;
use jiff::civil::Date;

use super::schema::{incidents, sweep_categories, sweep_forecast, sweep_rules, sweeps};
use super::types::{maybe_time, maybe_word, micros, time, word};
use super::{Conn, DbError};
use crate::domain::ids::{IncidentId, StaffId, SweepId};
use crate::domain::retention::{Act, Category, SweepState, Waits};

/// A sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Its id.
    pub id: SweepId,
    /// The version of the policy that it keeps.
    pub policy: String,
    /// How far it is.
    pub state: SweepState,
    /// Why it waits, or waited, for a person.
    pub waits: Option<Waits>,
    /// When it was counted.
    pub made_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Who let it go on; none if nobody had to.
    pub confirmed_by: Option<StaffId>,
    /// What stands in the way.
    pub trouble: Option<String>,
}

type SweepRow = (
    String,
    String,
    String,
    Option<String>,
    i64,
    Option<i64>,
    Option<String>,
    Option<String>,
);

fn sweep(row: SweepRow) -> Result<Sweep, DbError> {
    let (id, policy, state, reason, made_at, finished_at, confirmed_by, trouble) = row;
    Ok(Sweep {
        id: word(&id)?,
        policy,
        state: word(&state)?,
        waits: maybe_word(reason.as_deref())?,
        made_at: time(made_at)?,
        finished_at: maybe_time(finished_at)?,
        confirmed_by: maybe_word(confirmed_by.as_deref())?,
        trouble,
    })
}

/// Stores a new sweep.
///
/// # Errors
/// [`DbError`].
pub fn insert(conn: &mut Conn, sweep: &Sweep) -> Result<(), DbError> {
    diesel::insert_into(sweeps::table)
        .values((
            sweeps::id.eq(sweep.id.to_string()),
            sweeps::policy.eq(&sweep.policy),
            sweeps::state.eq(sweep.state.as_str()),
            sweeps::reason.eq(sweep.waits.map(Waits::as_str)),
            sweeps::made_at.eq(micros(sweep.made_at)),
            sweeps::finished_at.eq(sweep.finished_at.map(micros)),
            sweeps::confirmed_by.eq(sweep.confirmed_by.map(|id| id.to_string())),
            sweeps::trouble.eq(&sweep.trouble),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores how far a sweep is.
///
/// # Errors
/// [`DbError`].
pub fn save(conn: &mut Conn, sweep: &Sweep) -> Result<(), DbError> {
    diesel::update(sweeps::table.find(sweep.id.to_string()))
        .set((
            sweeps::policy.eq(&sweep.policy),
            sweeps::state.eq(sweep.state.as_str()),
            sweeps::reason.eq(sweep.waits.map(Waits::as_str)),
            sweeps::made_at.eq(micros(sweep.made_at)),
            sweeps::finished_at.eq(sweep.finished_at.map(micros)),
            sweeps::confirmed_by.eq(sweep.confirmed_by.map(|id| id.to_string())),
            sweeps::trouble.eq(&sweep.trouble),
        ))
        .execute(conn)?;
    Ok(())
}

/// The sweep of this id.
///
/// # Errors
/// [`DbError`].
pub fn find(conn: &mut Conn, id: SweepId) -> Result<Option<Sweep>, DbError> {
    sweeps::table
        .find(id.to_string())
        .first::<SweepRow>(conn)
        .optional()?
        .map(sweep)
        .transpose()
}

/// The sweep that is not at its end, if there is one.
///
/// # Errors
/// [`DbError`].
pub fn unfinished(conn: &mut Conn) -> Result<Option<Sweep>, DbError> {
    sweeps::table
        .filter(sweeps::state.ne(SweepState::Done.as_str()))
        .order(sweeps::id.desc())
        .first::<SweepRow>(conn)
        .optional()?
        .map(sweep)
        .transpose()
}

/// The newest sweeps first, before one of them.
///
/// # Errors
/// [`DbError`].
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<Sweep>, DbError> {
    sweeps::table
        .order(sweeps::id.desc())
        .limit(limit)
        .load::<SweepRow>(conn)?
        .into_iter()
        .map(sweep)
        .collect()
}

/// How many records there were of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The category.
    pub category: Category,
    /// All records.
    pub records: i64,
    /// Those whose period has not begun, as far as is known.
    pub dateless: i64,
}

/// What a rule does in a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCount {
    /// The category.
    pub category: Category,
    /// The rule.
    pub rule: String,
    /// What happens.
    pub act: Act,
    /// How many were due when it was counted.
    pub due: i64,
    /// How many were removed or blocked.
    pub done: i64,
    /// How many of these too late.
    pub late: i64,
}

/// What falls due on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Falls {
    /// The first day on which it may go.
    pub on: Date,
    /// The category.
    pub category: Category,
    /// The rule.
    pub rule: String,
    /// What happens.
    pub act: Act,
    /// How many records.
    pub records: i64,
}

/// Stores what a sweep has counted, in the place of what it had counted before. What its rules have
/// done stays: what is due now comes on top of it.
///
/// # Errors
/// [`DbError`].
pub fn set_counts(
    conn: &mut Conn,
    id: SweepId,
    totals: &[Total],
    due: &[RuleCount],
) -> Result<(), DbError> {
    let id = id.to_string();
    diesel::delete(sweep_categories::table.filter(sweep_categories::sweep_id.eq(&id)))
        .execute(conn)?;
    for total in totals {
        diesel::insert_into(sweep_categories::table)
            .values((
                sweep_categories::sweep_id.eq(&id),
                sweep_categories::category.eq(total.category.as_str()),
                sweep_categories::total.eq(total.records),
                sweep_categories::dateless.eq(total.dateless),
            ))
            .execute(conn)?;
    }
    diesel::update(sweep_rules::table.filter(sweep_rules::sweep_id.eq(&id)))
        .set(sweep_rules::due.eq(sweep_rules::done))
        .execute(conn)?;
    for count in due {
        let known = diesel::update(row(
            &id,
            count.category.as_str(),
            &count.rule,
            count.act.as_str(),
        ))
        .set(sweep_rules::due.eq(sweep_rules::done + count.due))
        .execute(conn)?;
        if known == 0 {
            // What is late is counted as it is done.
            let new = RuleCount {
                late: 0,
                ..count.clone()
            };
            add(conn, &id, &new)?;
        }
    }
    Ok(())
}

#[diesel::dsl::auto_type]
fn row<'a>(sweep: &'a str, category: &'a str, rule: &'a str, act: &'a str) -> _ {
    sweep_rules::table.find((sweep, category, rule, act))
}

fn add(conn: &mut Conn, sweep: &str, count: &RuleCount) -> Result<(), DbError> {
    diesel::insert_into(sweep_rules::table)
        .values((
            sweep_rules::sweep_id.eq(sweep),
            sweep_rules::category.eq(count.category.as_str()),
            sweep_rules::rule.eq(&count.rule),
            sweep_rules::act.eq(count.act.as_str()),
            sweep_rules::due.eq(count.due),
            sweep_rules::done.eq(count.done),
            sweep_rules::late.eq(count.late),
        ))
        .execute(conn)?;
    Ok(())
}

/// Adds what a transaction of a sweep has done; `due` of the count is for what was not counted before.
///
/// # Errors
/// [`DbError`].
pub fn add_done(conn: &mut Conn, id: SweepId, count: &RuleCount) -> Result<(), DbError> {
    let id = id.to_string();
    let changed = diesel::update(row(
        &id,
        count.category.as_str(),
        &count.rule,
        count.act.as_str(),
    ))
    .set((
        sweep_rules::done.eq(sweep_rules::done + count.done),
        sweep_rules::late.eq(sweep_rules::late + count.late),
    ))
    .execute(conn)?;
    if changed == 0 {
        add(conn, &id, count)?;
    }
    Ok(())
}

/// How many records of each category a sweep found.
///
/// # Errors
/// [`DbError`].
pub fn totals(conn: &mut Conn, id: SweepId) -> Result<Vec<Total>, DbError> {
    sweep_categories::table
        .filter(sweep_categories::sweep_id.eq(id.to_string()))
        .order(sweep_categories::category)
        .select((
            sweep_categories::category,
            sweep_categories::total,
            sweep_categories::dateless,
        ))
        .load::<(String, i64, i64)>(conn)?
        .into_iter()
        .map(|(category, records, dateless)| {
            Ok(Total {
                category: word(&category)?,
                records,
                dateless,
            })
        })
        .collect()
}

/// What each rule does in a sweep.
///
/// # Errors
/// [`DbError`].
pub fn rules(conn: &mut Conn, id: SweepId) -> Result<Vec<RuleCount>, DbError> {
    sweep_rules::table
        .filter(sweep_rules::sweep_id.eq(id.to_string()))
        .order((sweep_rules::category, sweep_rules::rule, sweep_rules::act))
        .select((
            sweep_rules::category,
            sweep_rules::rule,
            sweep_rules::act,
            sweep_rules::due,
            sweep_rules::done,
            sweep_rules::late,
        ))
        .load::<(String, String, String, i64, i64, i64)>(conn)?
        .into_iter()
        .map(|(category, rule, act, due, done, late)| {
            Ok(RuleCount {
                category: word(&category)?,
                rule,
                act: word(&act)?,
                due,
                done,
                late,
            })
        })
        .collect()
}

/// Stores what falls due next, in the place of what was foretold before.
///
/// # Errors
/// [`DbError`].
pub fn foretell(conn: &mut Conn, falls: &[Falls]) -> Result<(), DbError> {
    diesel::delete(sweep_forecast::table).execute(conn)?;
    for falls in falls {
        diesel::insert_into(sweep_forecast::table)
            .values((
                sweep_forecast::due_on.eq(falls.on.to_string()),
                sweep_forecast::category.eq(falls.category.as_str()),
                sweep_forecast::rule.eq(&falls.rule),
                sweep_forecast::act.eq(falls.act.as_str()),
                sweep_forecast::records.eq(falls.records),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// What falls due next, as it was counted last.
///
/// # Errors
/// [`DbError`].
pub fn forecast(conn: &mut Conn) -> Result<Vec<Falls>, DbError> {
    sweep_forecast::table
        .order((
            sweep_forecast::due_on,
            sweep_forecast::category,
            sweep_forecast::rule,
        ))
        .load::<(String, String, String, String, i64)>(conn)?
        .into_iter()
        .map(|(on, category, rule, act, records)| {
            Ok(Falls {
                on: word(&on)?,
                category: word(&category)?,
                rule,
                act: word(&act)?,
                records,
            })
        })
        .collect()
}

/// A promise that was kept too late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// When it was noticed.
    pub at: Timestamp,
    /// The category.
    pub category: Category,
    /// The rule.
    pub rule: String,
    /// How many records.
    pub records: i64,
    /// The day by which the first of them should have gone.
    pub worst_on: Date,
    /// The sweep that removed them.
    pub sweep: SweepId,
    /// When staff settled it.
    pub settled_at: Option<Timestamp>,
    /// Who.
    pub settled_by: Option<StaffId>,
    /// Their words, sealed.
    pub sealed: Option<Vec<u8>>,
}

type IncidentRow = (
    String,
    String,
    i64,
    String,
    String,
    i64,
    String,
    String,
    Option<i64>,
    Option<String>,
    Option<Vec<u8>>,
);

fn incident(row: IncidentRow) -> Result<Incident, DbError> {
    let (id, _, at, category, rule, records, worst_on, sweep, settled_at, settled_by, sealed) = row;
    Ok(Incident {
        id: word(&id)?,
        at: time(at)?,
        category: word(&category)?,
        rule,
        records,
        worst_on: word(&worst_on)?,
        sweep: word(&sweep)?,
        settled_at: maybe_time(settled_at)?,
        settled_by: maybe_word(settled_by.as_deref())?,
        sealed,
    })
}

/// The kind of the only incidents there are yet.
const LATE: &str = "late_purge";

/// Notes that records went too late, or that more did in the same sweep; says whether it was new.
///
/// # Errors
/// [`DbError`].
pub fn note_late(conn: &mut Conn, new: &Incident) -> Result<bool, DbError> {
    let same = incidents::table
        .filter(incidents::sweep_id.eq(new.sweep.to_string()))
        .filter(incidents::kind.eq(LATE))
        .filter(incidents::category.eq(new.category.as_str()))
        .filter(incidents::rule.eq(&new.rule));
    let known: Option<(String, String)> = same
        .select((incidents::id, incidents::worst_on))
        .first(conn)
        .optional()?;
    if let Some((id, worst_on)) = known {
        let worst_on = word::<Date>(&worst_on)?.min(new.worst_on);
        diesel::update(incidents::table.find(id))
            .set((
                incidents::records.eq(incidents::records + new.records),
                incidents::worst_on.eq(worst_on.to_string()),
            ))
            .execute(conn)?;
        return Ok(false);
    }
    diesel::insert_into(incidents::table)
        .values((
            incidents::id.eq(new.id.to_string()),
            incidents::kind.eq(LATE),
            incidents::at.eq(micros(new.at)),
            incidents::category.eq(new.category.as_str()),
            incidents::rule.eq(&new.rule),
            incidents::records.eq(new.records),
            incidents::worst_on.eq(new.worst_on.to_string()),
            incidents::sweep_id.eq(new.sweep.to_string()),
        ))
        .execute(conn)?;
    Ok(true)
}

/// The newest incidents first, those that nobody has settled before all others.
///
/// # Errors
/// [`DbError`].
pub fn incidents(conn: &mut Conn, limit: i64) -> Result<Vec<Incident>, DbError> {
    incidents::table
        .order((incidents::settled_at.is_not_null(), incidents::id.desc()))
        .limit(limit)
        .load::<IncidentRow>(conn)?
        .into_iter()
        .map(incident)
        .collect()
}

/// How many incidents nobody has settled, and since when the first of them waits.
///
/// # Errors
/// [`DbError`].
pub fn unsettled(conn: &mut Conn) -> Result<Option<(i64, Timestamp)>, DbError> {
    use diesel::dsl::{count_star, min};
    let (count, since): (i64, Option<i64>) = incidents::table
        .filter(incidents::settled_at.is_null())
        .select((count_star(), min(incidents::at)))
        .first(conn)?;
    Ok(match since {
        Some(since) => Some((count, time(since)?)),
        None => None,
    })
}

/// Settles an incident; says whether it was open.
///
/// # Errors
/// [`DbError`].
pub fn settle(
    conn: &mut Conn,
    id: IncidentId,
    by: Option<StaffId>,
    sealed: &[u8],
    now: Timestamp,
) -> Result<bool, DbError> {
    let open = incidents::table
        .find(id.to_string())
        .filter(incidents::settled_at.is_null());
    let changed = diesel::update(open)
        .set((
            incidents::settled_at.eq(micros(now)),
            incidents::settled_by.eq(by.map(|by| by.to_string())),
            incidents::sealed.eq(sealed),
        ))
        .execute(conn)?;
    Ok(changed > 0)
}

//! Jobs: written with their cause, claimed by one owner under a short lease.

use diesel::dsl::not;
use diesel::prelude::*;
use jiff::{SignedDuration, Timestamp};

use super::schema::jobs;
use super::types::{maybe_time, micros};
use super::{Conn, DbError};
use crate::domain::job::Job;

/// How long a claim holds without being renewed. What a killed process held is
/// taken up by another after this time. A lease that ends later than any can was
/// taken before somebody set the clock back, and counts as free.
pub const LEASE: SignedDuration = SignedDuration::from_secs(3);

/// The longest pause between two tries, and a little. What is to run later than that, and was not
/// put off on purpose, was written before somebody set the clock back.
pub const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// Nobody holds the job. One condition for looking, listing and taking: if they drifted, a job
/// would be seen and never claimed.
macro_rules! free {
    ($now:expr) => {
        jobs::leased_until
            .le(micros($now))
            .or(jobs::leased_until.gt(micros($now + LEASE)))
            .or(jobs::owner.is_null())
    };
}

/// A claimed job.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// What to do.
    pub job: Job,
    /// The id of its row.
    pub id: String,
    /// Failed tries so far.
    pub attempts: i32,
}

/// Writes a job, to be done at once. If the same job is there already, it is
/// done once more after its present run, not twice, and not beside it: whoever
/// works it goes on alone.
///
/// # Errors
/// [`DbError`].
pub fn enqueue(conn: &mut Conn, id: uuid::Uuid, job: &Job, now: Timestamp) -> Result<(), DbError> {
    enqueue_at(conn, id, job, now, now)
}

/// The same, to be done at a later time.
///
/// # Errors
/// [`DbError`].
pub fn enqueue_at(
    conn: &mut Conn,
    id: uuid::Uuid,
    job: &Job,
    run_at: Timestamp,
    now: Timestamp,
) -> Result<(), DbError> {
    let subject = job.subject();
    let same = || {
        jobs::table
            .filter(jobs::kind.eq(job.kind()))
            .filter(jobs::subject.eq(&subject))
    };
    let worked = diesel::update(same().filter(not(free!(now))))
        .set(jobs::again_at.eq(micros(run_at)))
        .execute(conn)?;
    if worked > 0 {
        return Ok(());
    }
    let renewed = diesel::update(same())
        .set((
            jobs::state.eq("ready"),
            jobs::run_at.eq(micros(run_at)),
            jobs::owner.eq(None::<String>),
            jobs::again_at.eq(None::<i64>),
        ))
        .execute(conn)?;
    if renewed == 0 {
        diesel::insert_into(jobs::table)
            .values((
                jobs::id.eq(id.to_string()),
                jobs::kind.eq(job.kind()),
                jobs::subject.eq(&subject),
                jobs::state.eq("ready"),
                jobs::run_at.eq(micros(run_at)),
                jobs::attempts.eq(0),
                jobs::leased_until.eq(0),
                jobs::created_at.eq(micros(now)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Whether a job waits or is under way.
///
/// # Errors
/// [`DbError`].
pub fn stands(conn: &mut Conn, job: &Job) -> Result<bool, DbError> {
    let same = jobs::table
        .filter(jobs::kind.eq(job.kind()))
        .filter(jobs::subject.eq(job.subject()))
        .filter(jobs::state.eq("ready"));
    Ok(same.count().get_result::<i64>(conn)? > 0)
}

/// Takes every job from whoever held it: they are of another time.
///
/// # Errors
/// [`DbError`].
pub fn free_all(conn: &mut Conn) -> Result<(), DbError> {
    diesel::update(jobs::table)
        .set((jobs::owner.eq(None::<String>), jobs::leased_until.eq(0)))
        .execute(conn)?;
    Ok(())
}

/// Whether a living process works on something just now: it holds a job about this subject.
///
/// # Errors
/// [`DbError`].
pub fn is_held(conn: &mut Conn, subject: &str, now: Timestamp) -> Result<bool, DbError> {
    let held = jobs::table
        .filter(jobs::subject.eq(subject))
        .filter(jobs::owner.is_not_null())
        .filter(jobs::leased_until.gt(micros(now)))
        .filter(jobs::leased_until.le(micros(now + LEASE)));
    Ok(held.count().get_result::<i64>(conn)? > 0)
}

/// When a job that waits is tried next.
///
/// # Errors
/// [`DbError`].
pub fn next_try(conn: &mut Conn, job: &Job) -> Result<Option<Timestamp>, DbError> {
    let run_at: Option<i64> = jobs::table
        .filter(jobs::kind.eq(job.kind()))
        .filter(jobs::subject.eq(job.subject()))
        .filter(jobs::state.eq("ready"))
        .select(jobs::run_at)
        .first(conn)
        .optional()?;
    maybe_time(run_at)
}

/// Claims due jobs for an owner. A job of an unknown kind is left for a newer Lethe.
///
/// # Errors
/// [`DbError`].
pub fn claim(
    conn: &mut Conn,
    owner: &str,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Claimed>, DbError> {
    let free: Vec<(String, String, String, i32)> = jobs::table
        .filter(jobs::state.eq("ready"))
        .filter(jobs::run_at.le(micros(now)))
        .filter(free!(now))
        .order(jobs::run_at)
        .limit(limit)
        .select((jobs::id, jobs::kind, jobs::subject, jobs::attempts))
        .load(conn)?;
    let mut claimed = Vec::new();
    for (id, kind, subject, attempts) in free {
        let Some(job) = Job::from_row(&kind, &subject) else {
            continue;
        };
        let taken = diesel::update(jobs::table.find(&id).filter(free!(now)))
            .set((
                jobs::owner.eq(owner),
                jobs::leased_until.eq(micros(now + LEASE)),
                // What was asked for while a dead owner had it, this run does.
                jobs::again_at.eq(None::<i64>),
            ))
            .execute(conn)?;
        if taken == 1 {
            claimed.push(Claimed { job, id, attempts });
        }
    }
    Ok(claimed)
}

/// Holds on to what an owner has claimed.
///
/// # Errors
/// [`DbError`].
pub fn renew(conn: &mut Conn, owner: &str, now: Timestamp) -> Result<usize, DbError> {
    Ok(diesel::update(jobs::table.filter(jobs::owner.eq(owner)))
        .set(jobs::leased_until.eq(micros(now + LEASE)))
        .execute(conn)?)
}

/// Lets go of a job that was asked for again while it was worked; says whether it was.
fn goes_again(conn: &mut Conn, id: &str, owner: &str) -> Result<bool, DbError> {
    let asked = jobs::table
        .find(id)
        .filter(jobs::owner.eq(owner))
        .filter(jobs::again_at.is_not_null());
    let again = diesel::update(asked)
        .set((
            jobs::owner.eq(None::<String>),
            jobs::leased_until.eq(0),
            jobs::run_at.eq(jobs::again_at.assume_not_null()),
            jobs::again_at.eq(None::<i64>),
        ))
        .execute(conn)?;
    Ok(again > 0)
}

/// The job is done. If it was asked for again meanwhile, it stays.
///
/// # Errors
/// [`DbError`].
pub fn finish(conn: &mut Conn, id: &str, owner: &str) -> Result<(), DbError> {
    if goes_again(conn, id, owner)? {
        return Ok(());
    }
    diesel::delete(jobs::table.find(id).filter(jobs::owner.eq(owner))).execute(conn)?;
    Ok(())
}

/// The job is to run again at a later time: it failed, or it waits for something. If it was asked
/// for again meanwhile, it runs then.
///
/// # Errors
/// [`DbError`].
pub fn postpone(
    conn: &mut Conn,
    id: &str,
    owner: &str,
    run_at: Timestamp,
    attempts: i32,
    trouble: Option<&str>,
) -> Result<(), DbError> {
    if goes_again(conn, id, owner)? {
        return Ok(());
    }
    diesel::update(jobs::table.find(id).filter(jobs::owner.eq(owner)))
        .set((
            jobs::owner.eq(None::<String>),
            jobs::leased_until.eq(0),
            jobs::run_at.eq(micros(run_at)),
            jobs::attempts.eq(attempts),
            jobs::trouble.eq(trouble),
        ))
        .execute(conn)?;
    Ok(())
}

/// The job cannot be done without a person; it stays visible. If it was asked for again meanwhile, it
/// is tried once more before.
///
/// # Errors
/// [`DbError`].
pub fn give_up(conn: &mut Conn, id: &str, owner: &str, trouble: &str) -> Result<(), DbError> {
    if goes_again(conn, id, owner)? {
        return Ok(());
    }
    diesel::update(jobs::table.find(id).filter(jobs::owner.eq(owner)))
        .set((
            jobs::owner.eq(None::<String>),
            jobs::leased_until.eq(0),
            jobs::state.eq("needs_person"),
            jobs::trouble.eq(trouble),
        ))
        .execute(conn)?;
    Ok(())
}

/// Drops a job that is no longer wanted.
///
/// # Errors
/// [`DbError`].
pub fn cancel(conn: &mut Conn, job: &Job) -> Result<(), DbError> {
    diesel::delete(
        jobs::table
            .filter(jobs::kind.eq(job.kind()))
            .filter(jobs::subject.eq(job.subject())),
    )
    .execute(conn)?;
    Ok(())
}

/// A job that needs a person.
#[derive(Clone, Debug)]
pub struct Stuck {
    /// What it is.
    pub job: Job,
    /// What stands in the way.
    pub trouble: String,
}

/// The jobs that need a person.
///
/// # Errors
/// [`DbError`].
pub fn stuck(conn: &mut Conn) -> Result<Vec<Stuck>, DbError> {
    let rows: Vec<(String, String, Option<String>)> = jobs::table
        .filter(jobs::state.eq("needs_person"))
        .select((jobs::kind, jobs::subject, jobs::trouble))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(kind, subject, trouble)| {
            Some(Stuck {
                job: Job::from_row(&kind, &subject)?,
                trouble: trouble.unwrap_or_default(),
            })
        })
        .collect())
}

/// Whether a job may be due; a look that locks nothing.
///
/// # Errors
/// [`DbError`].
pub fn has_due(conn: &mut Conn, now: Timestamp) -> Result<bool, DbError> {
    let due: Option<String> = jobs::table
        .filter(jobs::state.eq("ready"))
        .filter(jobs::run_at.le(micros(now)))
        .filter(free!(now))
        .select(jobs::id)
        .first(conn)
        .optional()?;
    Ok(due.is_some())
}

/// Whether an owner has claimed anything.
///
/// # Errors
/// [`DbError`].
pub fn holds_any(conn: &mut Conn, owner: &str) -> Result<bool, DbError> {
    let held: Option<String> = jobs::table
        .filter(jobs::owner.eq(owner))
        .select(jobs::id)
        .first(conn)
        .optional()?;
    Ok(held.is_some())
}

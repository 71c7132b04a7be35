//! What was asked and decided since the backup, put back from the intake journal: after the copy is in its place, and
//! before the erasure journal takes out again whom it brings back.
//!
//! What the erasure journal calls forgotten stays forgotten. Jobs are made anew from the state. It may be done
//! again: the last state counts.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::RestoreError;
use crate::actions::{ActionError, certificate, rectify};
use crate::app::App;
use crate::db::backups::Backup;
use crate::db::intake::{Applied, Change, Touched};
use crate::db::{self, Conn, DbError};
use crate::domain::deadline;
use crate::domain::ids::{BackupId, RequestId, RunId};
use crate::domain::incoming::IncomingState;
use crate::domain::job::Job;
use crate::domain::request::{Kind, Stage};
use crate::domain::run::RunState;
use crate::journal::intake::Contents;
use crate::journal::{self, Line};
use crate::seal::KeyRing;

/// Records that one transaction puts back.
const TOGETHER: usize = 200;

/// What was put back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Returned {
    /// Records of the journal that were looked at.
    pub records: u64,
    /// What they are about: how many submissions, requests, decisions, messages, letters, objections, holds.
    pub about: BTreeMap<&'static str, u64>,
    /// Rows that were passed over because they are of requests that were forgotten since.
    pub forgotten: u64,
    /// Rows in whose place something newer stands.
    pub older: u64,
    /// Rows in whose place something else stands, which staff must look at.
    pub refused: u64,
    /// Jobs that were made: letters to post, runs to go on, recipients to tell.
    pub jobs: u64,
    /// Certificates that were issued anew, because the trail has lost the entry of the first.
    pub certificates: u64,
    /// Values that were corrected again.
    pub corrected: u64,
    /// What could not be read.
    pub damaged: Vec<String>,
    /// From when to when neither the backup nor the journal holds what was done: from the backup to the newer one from
    /// which the journal goes on.
    pub gap: Option<(Timestamp, Timestamp)>,
}

fn changes(contents: &Contents, number: usize) -> Result<Option<Vec<Change>>, RestoreError> {
    let Some(record) = contents.record(number)? else {
        return Ok(None);
    };
    serde_json::from_slice(&record)
        .map(Some)
        .map_err(|error| RestoreError::NewerIntake(error.to_string()))
}

/// Reads all of a journal before anything is changed: that it opens, that this version understands it, and that
/// the keys are there which its rows need.
///
/// # Errors
/// [`RestoreError`].
pub fn look_through(contents: &Contents, keys: &KeyRing) -> Result<(), RestoreError> {
    for number in 0..contents.len() {
        for change in changes(contents, number)?.iter().flatten() {
            if let Some(id) = change.master_key()
                && !id.parse().is_ok_and(|id| keys.has(id))
            {
                return Err(RestoreError::MissingKey(id.to_owned()));
            }
        }
    }
    Ok(())
}

/// Between which backups nothing is kept, where the one that was put back is older than the one that the journal
/// begins with: a segment that two newer ones cover is gone, and a new folder begins with the last one. `before` are
/// the backups that the copy knew of, `since` those that are known now: the first own one that came is the copy itself.
pub fn gap(
    begun: Option<Timestamp>,
    before: &HashSet<BackupId>,
    since: &[Backup],
) -> Option<(Timestamp, Timestamp)> {
    let begun = begun?;
    let mut came: Vec<Timestamp> = since
        .iter()
        .filter(|backup| backup.own && !before.contains(&backup.id))
        .map(|backup| backup.made_at)
        .collect();
    came.sort_unstable();
    let mut came = came.into_iter();
    let own = came.next()?;
    let covered = came.rfind(|made_at| *made_at <= begun)?;
    Some((own, covered))
}

/// Puts back what the database lacks. Until [`db::intake::end_replay`] nothing else opens it.
///
/// # Errors
/// [`RestoreError`]; it may be tried again.
pub async fn put_back(
    app: &App,
    contents: Contents,
    journals: &[PathBuf],
) -> Result<Returned, RestoreError> {
    let now = app.clock.now();
    app.db
        .write(move |conn| db::intake::begin_replay(conn, now))
        .await?;
    let forgotten = Arc::new(forgotten(app, journals)?);
    let mut returned = Returned {
        records: contents.len() as u64,
        damaged: contents.damaged.clone(),
        ..Returned::default()
    };
    let mut touched = BTreeSet::new();
    let mut number = 0;
    while number < contents.len() {
        let mut some = Vec::new();
        for number in number..contents.len().min(number + TOGETHER) {
            match changes(&contents, number)? {
                Some(changes) => some.extend(changes),
                None => returned
                    .damaged
                    .push(format!("record {number} does not open")),
            }
        }
        number += TOGETHER;
        let of = forgotten.clone();
        let applied = app
            .db
            .write(move |conn| -> Result<_, DbError> {
                let mut applied = Vec::with_capacity(some.len());
                for change in some.clone() {
                    let about = change.about();
                    applied.push((db::intake::apply(conn, change, &of)?, about));
                }
                Ok(applied)
            })
            .await?;
        for (applied, about) in applied {
            match applied {
                Applied::Done => touched.extend(about),
                Applied::Forgotten => returned.forgotten += 1,
                Applied::Older => returned.older += 1,
                Applied::Refused => returned.refused += 1,
            }
        }
    }
    for what in &touched {
        if let Some(name) = name(what) {
            *returned.about.entry(name).or_default() += 1;
        }
    }
    // What has become of it decides what is to be done; so all of it has to be there first.
    let touched: Vec<Touched> = touched.into_iter().collect();
    for some in touched.chunks(TOGETHER) {
        let (inner, some, of) = (app.clone(), some.to_vec(), forgotten.clone());
        let (jobs, certificates, again, damaged) = app
            .db
            .write(move |conn| take_up(&inner, conn, &some, &of))
            .await?;
        returned.jobs += jobs;
        returned.certificates += certificates;
        returned.damaged.extend(damaged);
        for (request, run) in again {
            match rectify::again(app, request, run).await {
                Ok(corrected) => returned.corrected += corrected,
                Err(error @ (ActionError::NotFound | ActionError::Sealed(_))) => {
                    returned.damaged.push(format!(
                        "the correction {request} cannot be made again ({error})"
                    ))
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    let inner = app.clone();
    app.db
        .write(move |conn| {
            let now = inner.clock.now();
            // The search key may have been rotated since.
            db::jobs::enqueue(conn, inner.id(), &Job::RenewDigests, now)
        })
        .await?;
    Ok(returned)
}

/// The requests whose keys any of the erasure journals calls destroyed.
fn forgotten(app: &App, others: &[PathBuf]) -> Result<HashSet<String>, RestoreError> {
    let mut forgotten = HashSet::new();
    let own = app.journal.path().to_owned();
    for path in std::iter::once(&own).chain(others) {
        let lines = journal::read(path).map_err(ActionError::Journal)?;
        for line in lines {
            let line = line.map_err(|error| RestoreError::Line {
                path: path.display().to_string(),
                error,
            })?;
            if let Line::KeyDestroyed { request_key_id, .. } = line {
                forgotten.insert(request_key_id.to_string());
            }
        }
    }
    Ok(forgotten)
}

fn name(what: &Touched) -> Option<&'static str> {
    Some(match what {
        Touched::Submission(_) => "submissions",
        Touched::Request(_) => "requests",
        Touched::Decision(_) => "decisions",
        Touched::Message(_) => "messages",
        Touched::Letter(_) => "letters",
        Touched::Objection(_) => "objections",
        Touched::Hold(_) => "holds",
        Touched::Mail(_) => "mails",
        _ => return None,
    })
}

/// What `take_up` did: jobs, certificates, the corrections that have to be done again, and what does not open.
type TakenUp = (u64, u64, Vec<(RequestId, RunId)>, Vec<String>);

/// Makes the jobs that the state asks for, and certifies anew what the trail does not know any more.
fn take_up(
    app: &App,
    conn: &mut Conn,
    touched: &[Touched],
    forgotten: &HashSet<String>,
) -> Result<TakenUp, ActionError> {
    let now = app.clock.now();
    let (mut jobs, mut certificates, mut again, mut damaged) = (0, 0, Vec::new(), Vec::new());
    let mut enqueue = |conn: &mut Conn, job: Job| -> Result<(), DbError> {
        jobs += 1;
        db::jobs::enqueue(conn, app.id(), &job, now)
    };
    for what in touched {
        match what {
            Touched::Request(id) if !forgotten.contains(id) => {
                let Some(request) = find(conn, id, db::requests::find)? else {
                    continue;
                };
                if let (Stage::Verified { at, .. }, None) = (request.stage, request.assignee) {
                    let zone = &app.config.vendor.zone;
                    let due = deadline::working_day_after(at, zone, &app.calendar);
                    let job = Job::Unassigned(request.id);
                    db::jobs::enqueue_at(conn, app.id(), &job, due.max(now), now)?;
                }
                let certificate = db::certificates::of_request(conn, request.id)?;
                if let Some(certificate) = certificate
                    && request.is_closed()
                    && db::audit::find(conn, certificate.entry)?.is_none()
                {
                    // Where its key is lost nobody can certify anything; the rest goes on.
                    match certificate::issue_anew(app, conn, &request) {
                        Ok(()) => certificates += 1,
                        Err(error @ (ActionError::NotFound | ActionError::Sealed(_))) => {
                            let reference = request.reference;
                            damaged
                                .push(format!("the request {reference} does not open ({error})"));
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
            Touched::Run(id) => {
                let Some(run) = find(conn, id, db::runs::find)? else {
                    continue;
                };
                match run.state {
                    RunState::Searching => enqueue(conn, Job::Search(run.id))?,
                    RunState::Running => enqueue(conn, Job::Run(run.id))?,
                    RunState::Proposed
                    | RunState::Halted
                    | RunState::Done
                    | RunState::Cancelled => {}
                }
                let Some(id) = run.request else { continue };
                let request = db::requests::find(conn, id)?;
                let is_known = !forgotten.contains(&id.to_string());
                if is_known && request.is_some_and(|it| it.kind == Kind::Rectification) {
                    again.push((id, run.id));
                }
            }
            Touched::Letter(id) => {
                if let Some(letter) = find(conn, id, db::outbox::find)?
                    && letter.state == "queued"
                {
                    enqueue(conn, Job::SendLetter(letter.id))?;
                }
            }
            Touched::Notice(id) => {
                if let Some(notice) = find(conn, id, db::notices::find)?
                    && notice.state == "queued"
                {
                    enqueue(conn, Job::TellRecipient(notice.id))?;
                }
            }
            Touched::Mail(id) => {
                if let Some(mail) = find(conn, id, db::incoming::find)?
                    && mail.state == IncomingState::Waiting
                {
                    enqueue(conn, Job::Judge(mail.id))?;
                }
            }
            _ => {}
        }
    }
    Ok((jobs, certificates, again, damaged))
}

/// Finds a row by the text of its id.
fn find<Id: From<uuid::Uuid>, T>(
    conn: &mut Conn,
    id: &str,
    find: impl Fn(&mut Conn, Id) -> Result<Option<T>, DbError>,
) -> Result<Option<T>, DbError> {
    let id: uuid::Uuid = id
        .parse()
        .map_err(|error: uuid::Error| DbError::Internal(error.to_string()))?;
    find(conn, id.into())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::constant(1_800_000_000, 0) + SignedDuration::from_hours(hour)
    }

    fn made(hour: i64) -> Backup {
        let id = uuid::Uuid::from_u128(hour.unsigned_abs().into());
        Backup {
            id: id.into(),
            kind: "daily".to_owned(),
            name: format!("{hour}.backup"),
            own: true,
            made_at: at(hour),
            expires_on: jiff::civil::date(2028, 1, 1),
            verified_at: None,
            deleted_at: None,
        }
    }

    #[test]
    fn a_gap_is_from_the_backup_to_the_newer_one_that_the_journal_begins_after() {
        let known = HashSet::from([made(1).id]);
        let gap = |begun, since: &[i64]| {
            let since: Vec<Backup> = since.iter().map(|hour| made(*hour)).collect();
            gap(Some(at(begun)), &known, &since)
        };
        assert_eq!(gap(22, &[1, 24]), None);
        assert_eq!(
            gap(30, &[1, 24]),
            None,
            "a new folder begins with the last one"
        );
        assert_eq!(gap(30, &[1, 24, 48]), None, "it began before the newer one");
        assert_eq!(gap(50, &[72, 48, 24, 1]), Some((at(24), at(48))));
        assert_eq!(gap(80, &[1, 24, 48, 72]), Some((at(24), at(72))));
    }
}

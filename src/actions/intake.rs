//! The intake journal at work: it is begun with the process, hears of every commit before the answer goes out, and
//! loses the segments that backups cover.

use std::io;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan};
use zeroize::Zeroizing;

use super::{ActionError, sure};
use crate::app::{App, StartError, database_options};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::intake::{Changes, Sink, Then};
use crate::db::{self, DbError};
use crate::journal::intake::{self, Body, Intake, Needs, Segment, Stamps};

/// A backup holds what was committed before it; an act is noted a little earlier than it is committed.
const MARGIN: SignedDuration = SignedDuration::from_mins(10);

/// Hands what was changed to the journal.
struct Keeper {
    intake: Arc<Intake>,
    stamps: Arc<Stamps>,
    clock: Clock,
}

impl Sink for Keeper {
    fn ready(&self) {
        self.intake.ready();
    }

    fn stamp(&self) -> i64 {
        self.stamps.next(self.clock.now())
    }

    fn doubt(&self) {
        self.intake.doubt();
    }

    fn keep(&self, changes: Vec<Changes>, then: Then) {
        self.intake
            .keep(changes.into_iter().map(entry).collect(), then);
    }
}

fn entry(changes: Changes) -> (i64, Body) {
    let body = move || {
        let json = serde_json::to_vec(&changes.rows).map_err(io::Error::other)?;
        Ok(Zeroizing::new(json))
    };
    (changes.stamp, Box::new(body))
}

/// Begins the journal, where the configuration names a folder: from now on nobody is answered before it has what
/// they did. What an earlier process was about to write when it died is written first.
///
/// # Errors
/// [`StartError::Intake`].
pub async fn begin(app: &App) -> Result<(), StartError> {
    let (Some(folder), Some(key)) = (&app.config.journal.intake, &app.config.backup.recovery_key)
    else {
        return Ok(());
    };
    // Not the application itself: it holds the journal, and would never end.
    let (clock, config, ids) = (app.clock.clone(), app.config.clone(), app.ids.clone());
    let (folder, key) = (folder.clone(), key.clone());
    let start = move || -> io::Result<Keeper> {
        let stamps = Arc::new(Stamps::after(&folder)?);
        let stamp = {
            let (stamps, clock) = (stamps.clone(), clock.clone());
            move || stamps.next(clock.now())
        };
        let (now, at, today) = (clock.clone(), clock.clone(), clock.clone());
        let needs = Needs {
            key,
            now: Box::new(move || now.now()),
            stamps: stamps.clone(),
            name: Box::new(move || ids.make(at.now())),
            catch_up: Box::new(move |since| {
                catch_up(&config, since, today.now(), &stamp).map_err(io::Error::other)
            }),
        };
        let intake = Arc::new(Intake::start(&folder, needs)?);
        Ok(Keeper {
            intake,
            stamps,
            clock,
        })
    };
    let started = tokio::task::spawn_blocking(start).await;
    let keeper = started
        .map_err(io::Error::other)
        .and_then(|started| started)
        .map_err(StartError::Intake)?;
    if app.intake.set(keeper.intake.clone()).is_ok() {
        app.db.keep_changes(Arc::new(keeper));
    }
    Ok(())
}

/// What was done since an instant; without one, since the last backup. It looks past the pool, whose connections
/// may all wait for the journal.
fn catch_up(
    config: &Config,
    since: Option<Timestamp>,
    now: Timestamp,
    stamp: impl FnOnce() -> i64,
) -> Result<Vec<(i64, Body)>, DbError> {
    db::intake::at_rest(&database_options(config), stamp, |conn, stamp| {
        let since = match since {
            Some(since) => since,
            None => {
                let mut backups = db::backups::alive(conn)?.into_iter();
                // One that a wrong clock made seems to be of the future.
                match backups.rfind(|backup| backup.own && backup.made_at <= now) {
                    Some(backup) => backup.made_at - MARGIN,
                    // There is nothing yet that a restore could begin with.
                    None => return Ok(Vec::new()),
                }
            }
        };
        let changes = db::intake::changed_since(conn, since, stamp)?;
        Ok(changes.into_iter().map(entry).collect())
    })
}

/// Deletes the segments that nobody needs any more: older than the last verified backup but one, so that the one
/// before can still be put back where the last is damaged; and in any case those older than a backup may become,
/// because they hold whom we have told that they are erased for good. While nobody can be sure of the clock all stay;
/// and in a database that was put back no backup covers what came after it, as long as it lacks that.
///
/// # Errors
/// [`ActionError::Journal`], [`ActionError::Db`].
pub async fn sweep(app: &App) -> Result<(), ActionError> {
    let Some(folder) = app.config.journal.intake.clone() else {
        return Ok(());
    };
    let now = app.clock.now();
    let inner = app.clone();
    let (unsure, alive, journals) = app
        .db
        .read(move |conn| -> Result<_, DbError> {
            Ok((
                sure::unsure_until(&inner, conn)?,
                db::backups::alive(conn)?,
                db::journals::all(conn)?,
            ))
        })
        .await?;
    if unsure.is_some() {
        return Ok(());
    }
    let was_put_back = journals.iter().any(|it| it.replayed_all_at.is_some());
    let verified: Vec<Timestamp> = alive
        .into_iter()
        .filter(|backup| backup.own && backup.verified_at.is_some() && backup.made_at <= now)
        .map(|backup| backup.made_at)
        .collect();
    let covered = verified
        .iter()
        .rev()
        .nth(1)
        .filter(|_| !was_put_back)
        .map(|made_at| *made_at - MARGIN);
    let oldest = app
        .today()
        .saturating_sub(app.config.backup.keep_days.days())
        .to_zoned(app.config.vendor.zone.clone())
        .map_or(now, |day| day.timestamp());
    let before = covered.map_or(oldest, |covered| covered.max(oldest));
    if let Some(intake) = app.intake.get() {
        intake.end_segment();
    }
    let deleted = tokio::task::spawn_blocking(move || intake::delete_before(&folder, before))
        .await
        .map_err(|error| ActionError::Journal(io::Error::other(error)))?
        .map_err(ActionError::Journal)?;
    if deleted > 0 {
        tracing::info!(deleted, %before, "segments of the intake journal that backups cover are deleted");
    }
    Ok(())
}

/// Whether there is anything to put back.
///
/// # Errors
/// The system refuses.
pub fn holds_records(app: &App) -> io::Result<bool> {
    Ok(segments(app)?.iter().any(|segment| segment.first.is_some()))
}

/// The segments that there are, the oldest first.
///
/// # Errors
/// The system refuses.
pub fn segments(app: &App) -> io::Result<Vec<Segment>> {
    match &app.config.journal.intake {
        Some(folder) => intake::segments(folder),
        None => Ok(Vec::new()),
    }
}

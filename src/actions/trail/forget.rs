//! Forgetting in the trail. Three things go, each at its time, and the tree verifies after each:
//! the particulars beside an entry, the key under which a year's pseudonyms were made, and the
//! bytes of entries whose year is over long enough, of which the hashes stay.

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use crate::actions::ActionError;
use crate::app::App;
use crate::db::{self, DbError};
use crate::domain::event::{Action, Actor, Event};
use crate::journal::Line;

use super::record;
use crate::actions::{note_in_journal, sure};

/// Rows that one transaction takes.
const BATCH: u64 = 2000;

/// Deletes particulars (with their salts) that have reached their end, and forgets every year that
/// has.
///
/// # Errors
/// [`ActionError`].
pub async fn sweep(app: &App) -> Result<(), ActionError> {
    let days = app.config.audit.particulars_days;
    while forget_particulars(app, app.clock.now() - SignedDuration::from_hours(24 * days)).await?
        > 0
    {}
    let years = i16::try_from(app.config.audit.keep_years).unwrap_or(i16::MAX);
    let last = app.today().year().saturating_sub(years).saturating_sub(1);
    let after = beginning(app, last + 1)?;
    let has_entries = app
        .db
        .read(move |conn| db::audit::has_older(conn, after))
        .await?;
    let has_keys = !app.keys.pseudonym_years_until(last).is_empty();
    if !(has_entries || has_keys) || !is_sure(app, last + years + 1).await? {
        return Ok(());
    }
    forget_until(app, last).await
}

/// Whether the clock has stood in or after a year for a week, and goes on there without a jump.
async fn is_sure(app: &App, year: i16) -> Result<bool, ActionError> {
    let begins = beginning(app, year)?;
    let week_ago = app.clock.now() - SignedDuration::from_hours(7 * 24);
    let inner = app.clone();
    Ok(app
        .db
        .read(move |conn| -> Result<_, DbError> {
            let since = sure::recorded_since(&inner, conn, begins)?;
            let has_jumped = sure::unsure_until(&inner, conn)?.is_some();
            Ok(!has_jumped && since.is_some_and(|since| since <= week_ago))
        })
        .await?)
}

/// The first instant of a year, where the controller is.
fn beginning(app: &App, year: i16) -> Result<Timestamp, DbError> {
    let first = date(year, 1, 1).to_zoned(app.config.vendor.zone.clone());
    Ok(first
        .map_err(|error| DbError::Internal(error.to_string()))?
        .timestamp())
}

/// One batch of particulars from before an instant; how many there were.
async fn forget_particulars(app: &App, before: Timestamp) -> Result<usize, ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let limit = BATCH.cast_signed();
            let gone = db::audit::forget_personal_before(conn, before, limit)?;
            if gone > 0 {
                let event = Event::new(Action::Forgotten)
                    .counting(gone as u64)
                    .with("before", inner.date(before));
                record(&inner, conn, &Actor::System, None, &event)?;
            }
            Ok(gone)
        })
        .await
}

/// Forgets a year of the trail and all before it: the only way in which entries go. Their hashes
/// stay, so that every proof and checkpoint goes on verifying, and the trail says what went.
///
/// May run again after a crash at any point: the key goes last, and while it is there the next
/// sweep does the rest.
async fn forget_until(app: &App, year: i16) -> Result<(), ActionError> {
    let after = beginning(app, year + 1)?;
    let inner = app.clone();
    let logs = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let mut logs = db::audit::logs(conn)?;
            let (mut is_news, now) = (false, inner.clock.now());
            for log in &mut logs {
                let below = db::audit::first_between(conn, log.id, after, now)?;
                if below > log.pruned {
                    log.pruned = below;
                    db::audit::set_pruned(conn, log.id, below)?;
                    is_news = true;
                }
            }
            // Of every log, because the entry that said it before may go now.
            for log in logs.iter().filter(|log| is_news && log.pruned > 0) {
                let event = Event::new(Action::Pruned)
                    .counting(log.pruned)
                    .with("below", log.pruned)
                    .with("log", &log.origin)
                    .with("year", year);
                record(&inner, conn, &Actor::System, None, &event)?;
            }
            // Where the key is still there, an earlier try was cut off.
            logs.retain(|_| is_news || !inner.keys.pseudonym_years_until(year).is_empty());
            Ok(logs)
        })
        .await?;
    for log in logs {
        for from in (0..log.pruned).step_by(BATCH as usize) {
            let to = log.pruned.min(from + BATCH);
            app.db
                .write(move |conn| db::audit::prune(conn, log.id, from, to))
                .await?;
        }
    }
    app.db
        .write(move |conn| db::audit::forget_ids_before(conn, after))
        .await?;
    let gone = app.keys.pseudonym_years_until(year);
    let at = app.clock.now();
    let lines: Vec<Line> = gone
        .iter()
        .map(|(_, key)| Line::PseudonymKeyDestroyed { key: *key, at })
        .collect();
    note_in_journal(app, lines).await?;
    for (year, _) in gone {
        app.keys
            .destroy_pseudonym(year)
            .map_err(|error| DbError::Unavailable(format!("keys.file: {error}")))?;
    }
    Ok(())
}

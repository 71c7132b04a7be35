//! Our own tables obey the same rules as everybody's: each has a period and a sweep
//! (docs/data-retention.md). Sweeps run from jobs, in batches.

use jiff::SignedDuration;

use super::submit::{self, Pending};
use super::{
    ActionError, backup, close, inbound, lifecycle, note_in_journal, reviews, sealing, staff, sure,
    trail,
};
use crate::app::App;
use crate::db::submissions::Submission;
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::RequestId;
use crate::journal::Line;

/// Rows that one transaction of a sweep takes.
const BATCH: i64 = 200;

/// For how many days a sent letter stays in the outbox, without its words.
const LETTER_DAYS: i64 = 90;

/// Reminds those who have not confirmed, once, and staff of mail that waits for them; forgets what
/// nobody confirmed in time.
///
/// # Errors
/// [`ActionError`].
pub async fn sweep_submissions(app: &App) -> Result<(), ActionError> {
    let mut after = None;
    loop {
        let (last, more) = remind(app, after).await?;
        after = last;
        if !more {
            break;
        }
    }
    if is_sure(app).await? {
        while forget_ended_submissions(app).await? > 0 {}
    }
    inbound::tell_of_waiting(app).await
}

/// Whether the clock is to be believed; what is forgotten by one that only jumped, nobody brings back. The next run
/// of the job asks again.
async fn is_sure(app: &App) -> Result<bool, ActionError> {
    let inner = app.clone();
    let until = app
        .db
        .read(move |conn| sure::unsure_until(&inner, conn))
        .await?;
    if let Some(until) = until {
        tracing::warn!(%until, "the clock has jumped, or the machine was off for long: nothing is forgotten until then");
    }
    Ok(until.is_none())
}

/// Reminds one batch of those who wait; the last of it, and whether there may be more.
async fn remind(
    app: &App,
    after: Option<RequestId>,
) -> Result<(Option<RequestId>, bool), ActionError> {
    let before =
        app.clock.now() - SignedDuration::from_hours(24 * app.config.requests.reminder_days);
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let waiting = db::submissions::waiting_since(conn, before, after, BATCH)?;
            for submission in &waiting {
                match remind_one(&inner, conn, submission) {
                    // Nobody can be written to about it; its end comes all the same.
                    Err(ActionError::Sealed(error)) => {
                        tracing::error!(submission = %submission.id, %error, "a reminder cannot be written");
                    }
                    result => result?,
                }
            }
            let more = waiting.len() as i64 == BATCH;
            Ok((waiting.last().map(|submission| submission.id), more))
        })
        .await
}

fn remind_one(app: &App, conn: &mut Conn, submission: &Submission) -> Result<(), ActionError> {
    let cause = format!("reminder:{}", submission.id);
    if submission.expires_at <= app.clock.now() || db::outbox::is_written(conn, &cause)? {
        return Ok(());
    }
    let key = sealing::key(app, conn, submission.id)?;
    let pending: Pending = sealing::open(&key, "submissions", submission.id, &submission.sealed)?;
    submit::remind(app, conn, submission, &pending, &cause, None)
}

/// Forgets one batch of submissions whose end has come; how many there were.
async fn forget_ended_submissions(app: &App) -> Result<usize, ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let ended = db::submissions::ended(conn, inner.clock.now(), BATCH)?;
            for submission in &ended {
                db::submissions::delete(conn, submission.id)?;
                // The key of a submission that became a request is the request's.
                if db::requests::find(conn, submission.id)?.is_none() {
                    db::outbox::forget_words(conn, submission.id)?;
                    db::submissions::delete_key(conn, submission.id)?;
                    inbound::forget_of(conn, submission.id)?;
                }
                if submission.state == "waiting" || submission.state == "locked" {
                    let event = Event::new(Action::Lapsed);
                    trail::record(&inner, conn, &Actor::System, Some(submission.id), &event)?;
                }
            }
            Ok(ended.len())
        })
        .await
}

/// Deletes what has reached its end: links, sessions, bundles, letters, and the contents
/// of requests whose page has stood long enough.
///
/// # Errors
/// [`ActionError`].
pub async fn sweep_own(app: &App) -> Result<(), ActionError> {
    make_year_keys(app)?;
    if !is_sure(app).await? {
        return Ok(());
    }
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let now = inner.clock.now();
            db::accounts::delete_ended(conn, now)?;
            db::factors::delete_pending_before(conn, now - staff::ENROLMENT)?;
            db::outbox::delete_sent_before(
                conn,
                now - SignedDuration::from_hours(24 * LETTER_DAYS),
            )?;
            for bundle in db::bundles::ended(conn, now, BATCH)? {
                db::bundles::delete(conn, bundle.id)?;
                let event = Event::new(Action::BundleDeleted);
                trail::record(&inner, conn, &Actor::System, Some(bundle.request), &event)?;
            }
            Ok(())
        })
        .await?;
    while app
        .db
        .write(|conn| db::senders::forget_revoked(conn, BATCH))
        .await?
        > 0
    {}
    lifecycle::sweep(app).await?;
    reviews::sweep(app).await?;
    let now = app.clock.now();
    let ended = now - (close::page_stays_until(app, now).duration_since(now));
    loop {
        let batch = app
            .db
            .read(move |conn| db::requests::closed_before(conn, ended, BATCH))
            .await?;
        if batch.is_empty() {
            break;
        }
        for request in batch {
            forget_request(app, request.id).await?;
        }
    }
    inbound::sweep(app).await?;
    backup::sweep(app).await?;
    trail::forget::sweep(app).await
}

/// The pseudonym keys of this year and the next, so that no turn of the year stops a process.
fn make_year_keys(app: &App) -> Result<(), ActionError> {
    let (now, year) = (app.clock.now(), app.today().year());
    for year in [year, year + 1] {
        app.keys
            .ensure_pseudonym(year, now)
            .map_err(|error| DbError::Unavailable(format!("keys.file: {error}")))?;
    }
    Ok(())
}

/// Forgets the contents of a closed request: words, links, personal parts of the trail, and
/// at last the key, whose destruction the journal hears of first.
async fn forget_request(app: &App, id: RequestId) -> Result<(), ActionError> {
    let line = Line::KeyDestroyed {
        request_key_id: id.0,
        at: app.clock.now(),
    };
    note_in_journal(app, vec![line]).await?;
    forget_here(app, id).await
}

/// The part of it in the database, which a replay of the journal does again.
pub(super) async fn forget_here(app: &App, id: RequestId) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let Some(mut request) = db::requests::find(conn, id)? else {
                // No request came of it yet, where the database was put back.
                return Ok(db::submissions::delete_key(conn, id)?);
            };
            request.sealed = Vec::new();
            db::requests::save(conn, &mut request)?;
            db::decisions::forget_words(conn, id)?;
            if let Some(run) = db::runs::of_request(conn, id)? {
                db::runs::forget_words(conn, run.id)?;
                db::tasks::forget_words(conn, run.id)?;
            }
            db::certificates::delete(conn, id)?;
            if let Some(bundle) = db::bundles::of_request(conn, id)? {
                db::bundles::delete(conn, bundle.id)?;
            }
            db::accounts::revoke_links(conn, id)?;
            db::outbox::forget_words(conn, id)?;
            db::notices::forget_words(conn, id)?;
            inbound::forget_of(conn, id)?;
            db::audit::forget_personal(conn, id)?;
            db::submissions::delete_key(conn, id)?;
            trail::record(
                &inner,
                conn,
                &Actor::System,
                Some(id),
                &Event::new(Action::Shredded),
            )?;
            Ok(())
        })
        .await
}

//! The one list of what runs when.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::sleep;

use crate::app::App;
use crate::db::{self, DbError};
use crate::domain::job::Job;

/// What is done again and again, and how often.
const REPEATED: &[(Job, SignedDuration)] = &[
    (Job::SweepSubmissions, SignedDuration::from_hours(1)),
    (Job::SweepOwn, SignedDuration::from_hours(6)),
    (Job::Sweep, SignedDuration::from_hours(24)),
    (Job::SweepHolds, SignedDuration::from_hours(1)),
    (Job::RemindTasks, SignedDuration::from_hours(1)),
    (Job::AskStores, SignedDuration::from_mins(5)),
    (Job::SweepCopies, SignedDuration::from_hours(1)),
    (Job::Checkpoint, SignedDuration::from_mins(10)),
    (Job::VerifyTrail, SignedDuration::from_hours(24)),
    // `lethe keys rotate search` asks for it too; this is for what came late.
    (Job::RenewDigests, SignedDuration::from_hours(24)),
    // Erasures scrub at their own end; this one is for imports and sweeps.
    (Job::Scrub, SignedDuration::from_hours(1)),
];

/// Puts the repeated jobs into the table at their time. Each is there once, however many
/// processes do this.
pub(super) async fn keep(app: App, mut stop: tokio::sync::watch::Receiver<bool>) {
    let mut next: Vec<_> = REPEATED
        .iter()
        .map(|(job, every)| (*job, *every, app.clock.now()))
        .collect();
    loop {
        let now = app.clock.now();
        for (job, every, at) in &mut next {
            if now < *at {
                continue;
            }
            *at = now + *every;
            if let Err(error) = enqueue(&app, *job).await {
                tracing::warn!(%error, job = job.kind(), "a scheduled job could not be stored");
            }
        }
        tokio::select! {
            () = sleep(Duration::from_secs(30)) => {}
            _ = stop.changed() => return,
        }
    }
}

async fn enqueue(app: &App, job: Job) -> Result<(), DbError> {
    let (id, now) = (app.id::<uuid::Uuid>(), app.clock.now());
    app.db
        .write(move |conn| db::jobs::enqueue(conn, id, &job, now))
        .await
}

//! The workers: they claim jobs under a short lease, call one action for each, and try
//! again later or give up loudly. A killed worker's jobs are taken up by the next.

pub mod mailboxes;
pub mod schedule;

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::actions::digests::{self, Renewed};
use crate::actions::letters::{self, Sent};
use crate::actions::notices::{self, Told};
use crate::actions::run::{self, Step};
use crate::actions::statement::announce;
use crate::actions::trail::checkpoint;
use crate::actions::{
    ActionError, assign, holds, inbound, own, places, restore, retention, senders, taken, tasks,
    trail,
};
use crate::app::App;
use crate::db;
use crate::db::jobs::{Claimed, LEASE};
use crate::domain::job::Job;
use crate::domain::run::pause;

/// Jobs that one process works at a time.
const AT_ONCE: usize = 8;

/// How long a worker sleeps when nobody wakes it.
const NAP: Duration = Duration::from_millis(500);

/// Works jobs and integrates the trail until told to stop, then finishes what it holds.
pub async fn work(app: App, stop: tokio::sync::watch::Receiver<bool>) {
    let owner: String = app.id::<Uuid>().to_string();
    let mut tasks = JoinSet::new();
    tasks.spawn(place_entries(app.clone(), stop.clone()));
    tasks.spawn(place_changes(app.clone(), stop.clone()));
    tasks.spawn(keep_mark(app.clone(), stop.clone()));
    tasks.spawn(keep_leases(app.clone(), owner.clone(), stop.clone()));
    tasks.spawn(schedule::keep(app.clone(), stop.clone()));
    for inbox in app.config.mail.inboxes.clone() {
        let (app, owner, stop) = (app.clone(), owner.clone(), stop.clone());
        tasks.spawn(mailboxes::watch(app, inbox, owner, stop));
    }
    claim_and_run(&app, &owner, stop).await;
    while tasks.join_next().await.is_some() {}
}

async fn claim_and_run(app: &App, owner: &str, stop: tokio::sync::watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    while !*stop.borrow() {
        let free = places.available_permits();
        let claimed = if free > 0 {
            claim(app, owner, free).await
        } else {
            Vec::new()
        };
        let idle = claimed.is_empty();
        for job in claimed {
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            let (app, owner) = (app.clone(), owner.to_owned());
            running.spawn(async move {
                carry_out(&app, &owner, job).await;
                drop(place);
                app.wake.notify_one();
            });
        }
        while running.try_join_next().is_some() {}
        if idle {
            // Whoever enqueues in this process wakes us; other processes are found by looking.
            let _ = timeout(NAP, app.wake.notified()).await;
        }
    }
    while running.join_next().await.is_some() {}
}

async fn claim(app: &App, owner: &str, free: usize) -> Vec<Claimed> {
    let (now, owner) = (app.clock.now(), owner.to_owned());
    let due = app.db.read(move |conn| db::jobs::has_due(conn, now)).await;
    match due {
        Ok(false) => return Vec::new(),
        Ok(true) => {}
        Err(error) => {
            tracing::warn!(%error, "the job table cannot be read");
            return Vec::new();
        }
    }
    let limit = i64::try_from(free).unwrap_or(1);
    app.db
        .write(move |conn| db::jobs::claim(conn, &owner, now, limit))
        .await
        .unwrap_or_else(|error| {
            tracing::warn!(%error, "no job could be claimed");
            Vec::new()
        })
}

/// Renews the leases of this process well before they end.
async fn keep_leases(app: App, owner: String, mut stop: tokio::sync::watch::Receiver<bool>) {
    let pause = Duration::from_millis(u64::try_from(LEASE.as_millis() / 3).unwrap_or(1000));
    loop {
        tokio::select! {
            () = sleep(pause) => {}
            _ = stop.changed() => return,
        }
        let (owner, now) = (owner.clone(), app.clock.now());
        let held = app.db.read({
            let owner = owner.clone();
            move |conn| db::jobs::holds_any(conn, &owner)
        });
        if matches!(held.await, Ok(false)) {
            continue;
        }
        if let Err(error) = app
            .db
            .write(move |conn| db::jobs::renew(conn, &owner, now))
            .await
        {
            tracing::warn!(%error, "leases could not be renewed");
        }
    }
}

/// Gives places to what waits for them, well within a second, until told to stop.
async fn place<F, E>(
    app: &App,
    sequence: impl Fn(App) -> F,
    trouble: &'static str,
    mut stop: tokio::sync::watch::Receiver<bool>,
) where
    F: Future<Output = Result<usize, E>>,
    E: Display,
{
    let mut said = String::new();
    loop {
        match sequence(app.clone()).await {
            Ok(placed) => {
                said.clear();
                if placed > 0 {
                    continue;
                }
            }
            // What stands in the way may stand there for hours; it is said once.
            Err(error) if error.to_string() == said => {}
            Err(error) => {
                said = error.to_string();
                tracing::warn!(%error, "{trouble}");
            }
        }
        tokio::select! {
            () = sleep(Duration::from_millis(200)) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Integrates new entries of the trail; those of the last deeds too, before the process ends.
async fn place_entries(app: App, stop: tokio::sync::watch::Receiver<bool>) {
    let sequence = |app: App| async move { trail::sequence(&app).await };
    place(&app, sequence, "waiting entries could not be placed", stop).await;
    if let Err(error) = trail::sequence(&app).await {
        tracing::warn!(%error, "the trail waits for the next start");
    }
}

/// Places the changes that senders are to hear of, and wakes their webhooks.
async fn place_changes(app: App, stop: tokio::sync::watch::Receiver<bool>) {
    let sequence = |app: App| async move { senders::sequence(&app).await };
    place(&app, sequence, "the feed of senders waits", stop).await;
}

/// Notes in the database how far the erasure journal of this process is carried out.
async fn keep_mark(app: App, mut stop: tokio::sync::watch::Receiver<bool>) {
    let mut said = String::new();
    loop {
        match restore::move_mark(&app).await {
            Ok(()) => said.clear(),
            // As above.
            Err(error) if error.to_string() == said => {}
            Err(error) => {
                said = error.to_string();
                tracing::error!(%error, "the erasure journal cannot be compared with the database");
            }
        }
        tokio::select! {
            () = sleep(Duration::from_secs(10)) => {}
            _ = stop.changed() => return,
        }
    }
}

/// What becomes of a job after a try.
enum Fate {
    Done,
    Later(SignedDuration, String),
    GivenUp(String),
}

async fn carry_out(app: &App, owner: &str, claimed: Claimed) {
    tracing::debug!(
        job = claimed.job.kind(),
        subject = claimed.job.subject(),
        "a job begins"
    );
    let fate = run_job(app, claimed.job).await.unwrap_or_else(|error| {
        tracing::warn!(job = claimed.job.kind(), subject = claimed.job.subject(), %error, "a job failed");
        Fate::Later(pause(claimed.attempts, 0), error.to_string())
    });
    let (id, owner, now) = (claimed.id.clone(), owner.to_owned(), app.clock.now());
    let result = match fate {
        Fate::Done => {
            app.db
                .write(move |conn| db::jobs::finish(conn, &id, &owner))
                .await
        }
        Fate::Later(pause, trouble) => {
            let attempts = claimed.attempts + 1;
            app.db
                .write(move |conn| {
                    db::jobs::postpone(conn, &id, &owner, now + pause, attempts, Some(&trouble))
                })
                .await
        }
        Fate::GivenUp(trouble) => {
            tracing::error!(
                job = claimed.job.kind(),
                subject = claimed.job.subject(),
                "a job needs a person"
            );
            app.db
                .write(move |conn| db::jobs::give_up(conn, &id, &owner, &trouble))
                .await
        }
    };
    if let Err(error) = result {
        tracing::warn!(%error, "the end of a job could not be stored; it runs again after its lease");
    }
}

async fn run_job(app: &App, job: Job) -> Result<Fate, ActionError> {
    Ok(match job {
        Job::SendLetter(id) => match letters::send(app, id).await? {
            Sent::Done => Fate::Done,
            Sent::Later(pause, trouble) => Fate::Later(pause, trouble),
            Sent::GivenUp(trouble) => Fate::GivenUp(trouble),
        },
        Job::Judge(id) => {
            inbound::judge(app, id).await?;
            Fate::Done
        }
        Job::Search(id) => fate(run::search(app, id).await?),
        Job::Run(id) => loop {
            match run::step(app, id).await? {
                Step::Again => {}
                other => break fate(other),
            }
        },
        Job::Scrub => {
            if app.db.scrub().await? {
                Fate::Done
            } else {
                Fate::Later(
                    SignedDuration::from_millis(200),
                    "the scrub waits for a reader".to_owned(),
                )
            }
        }
        Job::SweepSubmissions => {
            own::sweep_submissions(app).await?;
            Fate::Done
        }
        Job::SweepOwn => {
            own::sweep_own(app).await?;
            Fate::Done
        }
        Job::SweepHolds => {
            holds::sweep(app).await?;
            Fate::Done
        }
        Job::SweepCopies => {
            taken::sweep(app).await?;
            Fate::Done
        }
        Job::Checkpoint => match checkpoint::publish(app).await? {
            None => Fate::Done,
            // A witness that does not agree is asked again; the page and `lethe check` say so.
            Some(trouble) => Fate::Later(SignedDuration::from_mins(5), trouble),
        },
        Job::VerifyTrail => {
            let verified = trail::verify::verify(app, Vec::new()).await?;
            if let Some(problem) = &verified.problem {
                tracing::error!(%problem, "the trail is broken");
            }
            Fate::Done
        }
        Job::Unassigned(request) => {
            assign::alarm_untaken(app, request).await?;
            Fate::Done
        }
        Job::NotifySender(token) => {
            senders::notify(app, token).await?;
            Fate::Done
        }
        Job::FillSender(token) => {
            senders::fill(app, token).await?;
            Fate::Done
        }
        Job::Sweep => {
            retention::begin(app).await?;
            Fate::Done
        }
        Job::Purge(sweep) => fate(retention::purge(app, sweep).await?),
        Job::RenewDigests => match digests::renew(app).await? {
            Renewed::Done(0) => Fate::Done,
            Renewed::Done(left) => {
                tracing::warn!(
                    left,
                    "some digests stay under an older search key; `lethe keys check` says more"
                );
                Fate::Done
            }
            Renewed::Later(pause) => {
                Fate::Later(pause, "the new search key is taken up first".to_owned())
            }
        },
        Job::Announce(id) => {
            announce::write(app, id).await?;
            Fate::Done
        }
        Job::RemindTasks => {
            tasks::remind(app).await?;
            Fate::Done
        }
        Job::AskStores => {
            places::ask(app).await?;
            Fate::Done
        }
        Job::TellRecipient(id) => match notices::tell(app, id).await? {
            Told::Done => Fate::Done,
            Told::Later(pause, trouble) => Fate::Later(pause, trouble),
            Told::GivenUp(trouble) => Fate::GivenUp(trouble),
        },
    })
}

fn fate(step: Step) -> Fate {
    match step {
        Step::Again | Step::Rest => Fate::Done,
        Step::Later(pause, trouble) => Fate::Later(pause, trouble),
    }
}

/// Runs every job that is due, one after the other, until none is left; for tests and commands.
///
/// # Errors
/// [`ActionError`] of the job table. A job's own failure postpones it, as in the worker.
pub async fn run_due(app: &App) -> Result<(), ActionError> {
    let owner: String = app.id::<Uuid>().to_string();
    loop {
        if let Err(error) = trail::sequence(app).await {
            tracing::warn!(%error, "waiting entries could not be placed");
        }
        while senders::sequence(app).await? > 0 {}
        let (by, now) = (owner.clone(), app.clock.now());
        let claimed = app
            .db
            .write(move |conn| db::jobs::claim(conn, &by, now, 1))
            .await?;
        let Some(job) = claimed.into_iter().next() else {
            return Ok(());
        };
        carry_out(app, &owner, job).await;
    }
}

//! The stream of events of a run's page. An event says that the page has changed and nothing of
//! what it shows; the page then fetches itself. One watcher looks at a run for all who have its
//! page open, and at their sessions too.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{ContentEncoding, RETRY_AFTER};
use actix_web::web::{Bytes, Data, Path};
use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep};

use crate::{
    actions::{
        ActionError,
        queries::{
            cases,
            live::{self, Glance, Session},
        },
    },
    app::App,
    auth::token::Token,
    domain::reference::Reference,
    web::{
        error::{WebError, WebResult},
        extract::SignedIn,
    },
};

/// Streams that one session may have open. A page that is not in sight has none.
pub const OF_A_SESSION: usize = 8;

/// Streams that one process has open.
pub const OF_ALL: usize = 100;

/// What says nothing.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// Time between two looks at a run that somebody watches.
const PAUSE: Duration = Duration::from_secs(1);

/// After so long without an event a comment is sent, so that nobody on the way takes the stream for dead.
const BEAT: Duration = Duration::from_secs(15);

/// Where no place is free, how often and how long it is looked whose page was closed meanwhile. That is
/// noticed when something is sent to them, and at the second time at the latest.
const PROBES: usize = 2;
const PROBE: Duration = Duration::from_millis(300);

/// GET /admin/requests/{reference}/run/events
pub async fn show(
    app: Data<App>,
    streams: Data<Streams>,
    me: SignedIn,
    reference: Path<Reference>,
) -> WebResult {
    let (_, run) = cases::run(&app, &me.actor, *reference).await?;
    if live::is_over(run.state) {
        // 204 tells the browser not to ask again.
        return Ok(HttpResponse::NoContent().finish());
    }
    let session = Token::parse(&me.session).ok_or(WebError::NotFound)?.hash();
    let mut joined = join(&streams, *reference, session);
    for _ in 0..PROBES {
        if joined.is_none() && !*streams.stopping.borrow() {
            streams.probe.send_replace(());
            sleep(PROBE).await;
            joined = join(&streams, *reference, session);
        }
    }
    let Some(joined) = joined else {
        return Ok(HttpResponse::ServiceUnavailable()
            .insert_header((RETRY_AFTER, "60"))
            .insert_header(("Cache-Control", "no-store"))
            .finish());
    };
    if let Some(told) = joined.watcher {
        let watcher = watch_run(app.get_ref().clone(), streams, *reference, told);
        tokio::spawn(watcher);
    }
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("Cache-Control", "no-store"))
        // What is compressed or gathered on the way comes late.
        .insert_header(ContentEncoding::Identity)
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events(joined.listener)))
}

/// The streams that this process has open.
#[derive(Debug)]
pub struct Streams {
    runs: Mutex<HashMap<Reference, Watched>>,
    /// Has all of them send something.
    probe: watch::Sender<()>,
    /// Says when all of them end.
    stopping: watch::Receiver<bool>,
}

/// A run whose page somebody has open.
#[derive(Debug)]
struct Watched {
    /// What its watcher saw last.
    seen: watch::Receiver<Glance>,
    /// The sessions of those who listen, once for each stream.
    sessions: Vec<Session>,
}

impl Streams {
    /// None is open yet; all end when `stopping` says true, or when nobody is left to say so.
    pub fn new(stopping: watch::Receiver<bool>) -> Streams {
        Streams {
            runs: Mutex::default(),
            probe: watch::Sender::default(),
            stopping,
        }
    }

    fn runs(&self) -> MutexGuard<'_, HashMap<Reference, Watched>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sessions of those who listen to a run. Where nobody does any more, it is watched no more.
    fn sessions(&self, reference: Reference) -> Option<Vec<Session>> {
        let mut runs = self.runs();
        let mut sessions = runs.get(&reference)?.sessions.clone();
        if sessions.is_empty() {
            runs.remove(&reference);
            return None;
        }
        sessions.sort_unstable();
        sessions.dedup();
        Some(sessions)
    }
}

/// A place among those who listen to a run; free again when it is dropped.
struct Place {
    streams: Data<Streams>,
    reference: Reference,
    session: Session,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(watched) = self.streams.runs().get_mut(&self.reference) {
            let mut sessions = watched.sessions.iter();
            if let Some(at) = sessions.position(|session| *session == self.session) {
                watched.sessions.swap_remove(at);
            }
        }
    }
}

/// Somebody who listens to a run.
struct Listener {
    seen: watch::Receiver<Glance>,
    stopping: watch::Receiver<bool>,
    probe: watch::Receiver<()>,
    beat: Interval,
    /// The version that was told last.
    told: Option<String>,
    is_over: bool,
    place: Place,
}

struct Joined {
    listener: Listener,
    /// By which a watcher tells what it sees, where none looks at this run yet.
    watcher: Option<watch::Sender<Glance>>,
}

/// A place for one more stream, if there is one.
fn join(streams: &Data<Streams>, reference: Reference, session: Session) -> Option<Joined> {
    let mut runs = streams.runs();
    let open = || runs.values().flat_map(|watched| &watched.sessions);
    let own = open().filter(|open| **open == session).count();
    let stopping = streams.stopping.clone();
    if own >= OF_A_SESSION || open().count() >= OF_ALL || *stopping.borrow() {
        return None;
    }
    // A watcher whose end is gone died; those who listened to it end, and give their places back.
    let live = runs
        .get(&reference)
        .is_some_and(|watched| watched.seen.has_changed().is_ok());
    let watcher = (!live).then(|| {
        let (told, seen) = watch::channel(Glance::default());
        let before = runs.remove(&reference);
        let sessions = before.map_or_else(Vec::new, |watched| watched.sessions);
        runs.insert(reference, Watched { seen, sessions });
        told
    });
    let watched = runs.get_mut(&reference)?;
    watched.sessions.push(session);
    let mut seen = watched.seen.clone();
    seen.mark_changed();
    drop(runs);
    let mut beat = interval_at(Instant::now() + BEAT, BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let place = Place {
        streams: streams.clone(),
        reference,
        session,
    };
    let listener = Listener {
        seen,
        stopping,
        probe: streams.probe.subscribe(),
        beat,
        told: None,
        is_over: false,
        place,
    };
    Some(Joined { listener, watcher })
}

/// Looks at a run until nobody listens any more, or the server stops.
async fn watch_run(
    app: App,
    streams: Data<Streams>,
    reference: Reference,
    told: watch::Sender<Glance>,
) {
    let mut stopping = streams.stopping.clone();
    let mut failing = false;
    while let Some(sessions) = streams.sessions(reference) {
        match live::glance(&app, reference, sessions).await {
            Ok(glance) => {
                failing = false;
                told.send_if_modified(|seen| {
                    let new = *seen != glance;
                    *seen = glance;
                    new
                });
            }
            Err(ActionError::NotFound) => {
                // The request was forgotten, and its page with it.
                told.send_modify(|seen| seen.is_over = true);
            }
            Err(error) if failing => tracing::debug!(%error, "a watched run cannot be read"),
            Err(error) => {
                failing = true;
                tracing::warn!(%error, "a watched run cannot be read");
            }
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}

fn events(listener: Listener) -> impl Stream<Item = Result<Bytes, WebError>> {
    stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    })
}

impl Listener {
    /// What is sent next; nothing once the stream ends.
    async fn next(&mut self) -> Option<Bytes> {
        while !self.is_over {
            tokio::select! {
                biased;
                _ = self.stopping.wait_for(|stop| *stop) => return None,
                changed = self.seen.changed() => changed.ok()?,
                _ = self.probe.changed() => return Some(COMMENT),
                _ = self.beat.tick() => return Some(COMMENT),
            }
            let glance = self.seen.borrow_and_update().clone();
            if glance.ended.contains(&self.place.session) {
                return None;
            }
            self.is_over = glance.is_over;
            if glance.version.is_some() && glance.version != self.told {
                self.told = glance.version;
                self.beat.reset();
                let version = self.told.as_deref().unwrap_or_default();
                return Some(Bytes::from(format!("data: {version}\n\n")));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> (watch::Sender<bool>, Data<Streams>) {
        let (stop, stopping) = watch::channel(false);
        (stop, Data::new(Streams::new(stopping)))
    }

    fn run(n: usize) -> Reference {
        let names = ["7K4M-2QX9", "8K4M-2QX9"];
        names[n].parse().expect("a reference")
    }

    fn session(n: u8) -> Session {
        [n; 32]
    }

    fn saw(version: &str) -> Glance {
        Glance {
            version: Some(version.to_owned()),
            ..Glance::default()
        }
    }

    #[tokio::test]
    async fn many_pages_of_a_run_share_one_watcher() {
        let (_stop, streams) = open();
        let first = join(&streams, run(0), session(1)).expect("a place");
        let told = first.watcher.expect("the first starts the watcher");
        let mut others: Vec<Listener> = (2..5)
            .map(|n| join(&streams, run(0), session(n)).expect("a place"))
            .map(|joined| {
                assert!(joined.watcher.is_none());
                joined.listener
            })
            .collect();
        let other_run = join(&streams, run(1), session(1)).expect("a place");
        assert!(other_run.watcher.is_some());
        told.send_replace(saw("one"));
        others.push(first.listener);
        for listener in &mut others {
            let event = listener.next().await.expect("an event");
            assert_eq!(event, "data: one\n\n");
        }
        drop(told);
        assert_eq!(others[0].next().await, None, "without a watcher it ends");
        let after = join(&streams, run(0), session(9)).expect("a place");
        assert!(after.watcher.is_some(), "a watcher that died is replaced");
    }

    #[tokio::test]
    async fn a_session_and_a_process_have_only_so_many_streams() {
        let (_stop, streams) = open();
        let mut held: Vec<Joined> = (0..OF_A_SESSION)
            .map(|n| join(&streams, run(n % 2), session(0)).expect("a place"))
            .collect();
        assert!(join(&streams, run(0), session(0)).is_none());
        drop(held.pop());
        held.push(join(&streams, run(1), session(0)).expect("a place that is free again"));
        for n in 0..OF_ALL - OF_A_SESSION {
            let by = session(u8::try_from(1 + n).expect("few"));
            held.push(join(&streams, run(0), by).expect("a place"));
        }
        assert!(join(&streams, run(1), session(250)).is_none());
        held.clear();
        assert_eq!(streams.sessions(run(0)), None);
        assert_eq!(streams.sessions(run(1)), None);
        assert!(streams.runs().is_empty(), "nothing of them stays");
    }

    #[tokio::test]
    async fn a_stream_ends_with_its_session_with_the_run_and_with_the_server() {
        let (stop, streams) = open();
        let first = join(&streams, run(0), session(1)).expect("a place");
        let told = first.watcher.expect("a watcher");
        let mut one = first.listener;
        let mut two = join(&streams, run(0), session(2))
            .expect("a place")
            .listener;
        let mut glance = saw("one");
        glance.ended.push(session(1));
        told.send_replace(glance);
        assert_eq!(one.next().await, None, "signed out");
        assert_eq!(two.next().await.expect("an event"), "data: one\n\n");
        let mut glance = saw("two");
        glance.is_over = true;
        told.send_replace(glance);
        assert_eq!(two.next().await.expect("an event"), "data: two\n\n");
        assert_eq!(two.next().await, None, "the run is over");

        let mut three = join(&streams, run(1), session(3))
            .expect("a place")
            .listener;
        stop.send_replace(true);
        assert_eq!(three.next().await, None, "the server stops");
        assert!(join(&streams, run(1), session(3)).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_comment_shows_every_fifteen_seconds_that_the_stream_lives() {
        let (_stop, streams) = open();
        let joined = join(&streams, run(0), session(1)).expect("a place");
        let (told, mut listener) = (joined.watcher.expect("a watcher"), joined.listener);
        told.send_replace(saw("one"));
        assert_eq!(listener.next().await.expect("an event"), "data: one\n\n");
        for _ in 0..2 {
            let start = Instant::now();
            assert_eq!(listener.next().await.expect("a comment"), ":\n\n");
            assert_eq!(start.elapsed(), BEAT);
        }
    }
}

//! Reads the mailboxes of the configuration: a task for each, one process at a time. A message is
//! ours once it is stored with the mark how far we are, in one transaction; whoever reads after a
//! kill goes on there.

use std::ops::RangeInclusive;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, ToSpan};
use tokio::sync::watch::Receiver;
use tokio::time::sleep;

use crate::actions::inbound::{self, Arrival, MAX_KEPT, PART, Parts, TakeError};
use crate::actions::{ActionError, letters};
use crate::app::App;
use crate::config::{Begin, Inbox};
use crate::db;
use crate::db::incoming::Progress;
use crate::domain::incoming::Renumbered;
use crate::mail::imap::{self, Described, ImapError, Session};

/// How long a process has a mailbox for itself without renewing.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// The lease is renewed, and a free one looked for, this often.
const RENEWAL: Duration = Duration::from_secs(10);

/// The pause after the first failure; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Messages that are listed at a time.
const BATCH: usize = 100;

/// A message that cannot be read so often is left to staff, and those behind it are read.
const TRIES: i32 = 5;

/// How long nothing may happen before the mailbox is looked through all the same.
const WAIT: Duration = Duration::from_secs(600);

/// Why a mailbox was not read.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// Its server.
    #[error(transparent)]
    Imap(#[from] ImapError),
    /// A message cannot be taken over.
    #[error(transparent)]
    Take(#[from] TakeError),
    /// The database.
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<db::DbError> for MailboxError {
    fn from(error: db::DbError) -> Self {
        ActionError::from(error).into()
    }
}

/// Reads a mailbox until told to stop.
pub(super) async fn watch(app: App, inbox: Inbox, owner: String, mut stop: Receiver<bool>) {
    let mut pause = FIRST_PAUSE;
    let mut said = String::new();
    while !*stop.borrow() {
        let waits = match lease(&app, &inbox, &owner).await {
            Ok(true) => {
                let read = tokio::select! {
                    read = read(&app, &inbox, &mut pause) => read,
                    lost = keep_lease(&app, &inbox, &owner) => lost,
                    _ = stop.changed() => Ok(()),
                };
                match read {
                    Ok(()) => Duration::ZERO,
                    Err(error) => {
                        let trouble = letters::without_addresses(&error.to_string());
                        if trouble != said {
                            tracing::warn!(
                                mailbox = inbox.name,
                                trouble,
                                "a mailbox cannot be read"
                            );
                            said.clone_from(&trouble);
                        }
                        note(&app, &inbox, Some(trouble)).await;
                        let waits = pause;
                        pause = (pause * 2).min(LONGEST_PAUSE);
                        waits
                    }
                }
            }
            Ok(false) => RENEWAL,
            Err(error) => {
                tracing::warn!(%error, mailbox = inbox.name, "the lease of a mailbox cannot be had");
                RENEWAL
            }
        };
        tokio::select! {
            () = sleep(waits) => {}
            _ = stop.changed() => {}
        }
    }
    let name = inbox.name.clone();
    if let Err(error) = app
        .db
        .write(move |conn| db::incoming::release_mailbox(conn, &name, &owner))
        .await
    {
        tracing::warn!(%error, "a mailbox is free for others only when its lease ends");
    }
}

async fn lease(app: &App, inbox: &Inbox, owner: &str) -> Result<bool, db::DbError> {
    let (name, owner, now) = (inbox.name.clone(), owner.to_owned(), app.clock.now());
    app.db
        .write(move |conn| db::incoming::lease_mailbox(conn, &name, &owner, LEASE, now))
        .await
}

/// Ends when the lease is lost or cannot be renewed in time.
async fn keep_lease(app: &App, inbox: &Inbox, owner: &str) -> Result<(), MailboxError> {
    let mut renewed_at = app.clock.now();
    loop {
        sleep(RENEWAL).await;
        match lease(app, inbox, owner).await {
            Ok(true) => renewed_at = app.clock.now(),
            Ok(false) => return Ok(()),
            Err(error) if app.clock.now() > renewed_at + LEASE => return Err(error.into()),
            Err(_) => {}
        }
    }
}

async fn note(app: &App, inbox: &Inbox, trouble: Option<String>) {
    let (name, now) = (inbox.name.clone(), app.clock.now());
    if let Err(error) = app
        .db
        .write(move |conn| db::incoming::looked(conn, &name, trouble.as_deref(), now))
        .await
    {
        tracing::warn!(%error, "how a mailbox stands could not be stored");
    }
}

/// Reads what is there, and then what comes.
async fn read(app: &App, inbox: &Inbox, pause: &mut Duration) -> Result<(), MailboxError> {
    let mut session = imap::open(inbox).await?;
    let mut reading = Reading::begin(app, inbox, &mut session).await?;
    loop {
        reading.take_all(&mut session).await?;
        *pause = FIRST_PAUSE;
        session.wait(WAIT).await?;
    }
}

/// Takes over all that lies in a mailbox now, and ends; how many messages there were.
///
/// # Errors
/// [`MailboxError`]; what was taken before is ours.
pub async fn read_once(app: &App, inbox: &Inbox) -> Result<usize, MailboxError> {
    let mut session = imap::open(inbox).await?;
    let mut reading = Reading::begin(app, inbox, &mut session).await?;
    let taken = reading.take_all(&mut session).await?;
    session.close().await;
    Ok(taken)
}

/// How far a mailbox is read.
struct Reading<'a> {
    app: &'a App,
    inbox: &'a Inbox,
    progress: Progress,
    /// Why what was taken stays in the mailbox as it was.
    stays: Option<String>,
}

impl<'a> Reading<'a> {
    async fn begin(
        app: &'a App,
        inbox: &'a Inbox,
        session: &mut Session,
    ) -> Result<Reading<'a>, MailboxError> {
        inbound::free_unfinished(app, &inbox.name).await?;
        let name = inbox.name.clone();
        let known = app
            .db
            .write(move |conn| -> Result<_, ActionError> {
                db::incoming::add_mailbox(conn, &name)?;
                Ok(db::incoming::progress(conn, &name)?)
            })
            .await?;
        let mut reading = Reading {
            app,
            inbox,
            progress: known,
            stays: None,
        };
        let validity = session.uid_validity();
        if reading.progress.uid_validity == Some(validity) {
            return Ok(reading);
        }
        let newest = session.uid_next().saturating_sub(1);
        let is_first = reading.progress.uid_validity.is_none();
        let now = app.clock.now();
        let (from, renumbered) = match (is_first, inbox.begin, reading.progress.newest_at) {
            (_, Begin::All, None) => (0, None),
            (true, _, _) | (false, Begin::New, None) => (newest, None),
            (false, _, Some(newest_at)) => {
                // A day of overlap: the same mail is known when it comes again, for 30 days. What is
                // older was taken under the old numbers, or is none of ours, whatever its number is.
                let day = app.date(newest_at).saturating_sub(1.day());
                let since = day.max(app.today().saturating_sub(29.days()));
                let through = newest;
                (0, Some(Renumbered { through, since }))
            }
        };
        tracing::info!(
            mailbox = inbox.name,
            after = from,
            numbers_changed = !is_first,
            "a mailbox is read from here on"
        );
        reading.progress = Progress {
            uid_validity: Some(validity),
            last_uid: from,
            put_away_uid: from,
            newest_at: reading
                .progress
                .newest_at
                .or((from == newest).then_some(now)),
            renumbered,
        };
        reading.store(0..=u32::MAX).await?;
        Ok(reading)
    }

    /// Stores how far it is read; with some numbers, under which nothing is left any more.
    async fn store(&self, over: RangeInclusive<u32>) -> Result<(), MailboxError> {
        let (name, progress) = (self.inbox.name.clone(), self.progress.clone());
        self.app
            .db
            .write(move |conn| {
                db::incoming::advance(conn, &name, &progress)?;
                db::incoming::forget_leftovers(conn, &name, over.clone())
            })
            .await?;
        Ok(())
    }

    /// Takes all that waits; how many messages there were.
    async fn take_all(&mut self, session: &mut Session) -> Result<usize, MailboxError> {
        self.put_away(session).await?;
        let mut taken = 0;
        loop {
            let (after, old) = (self.progress.last_uid, self.progress.renumbered);
            let waiting = session.waiting(after, old, BATCH).await?;
            if waiting.is_empty() {
                break;
            }
            for uid in waiting {
                taken += usize::from(self.take_one(session, uid).await?);
            }
            self.put_away(session).await?;
        }
        note(self.app, self.inbox, self.stays.clone()).await;
        Ok(taken)
    }

    /// Takes a message; whether it is ours now.
    async fn take_one(&mut self, session: &mut Session, uid: u32) -> Result<bool, MailboxError> {
        let described = match session.describe(uid).await {
            // It may be read all the same.
            Err(ImapError::Refused(_)) => Ok(Described::default()),
            described => described,
        };
        let described = match described {
            Ok(described) => described,
            Err(error) => return self.not_read(uid, Described::default(), error).await,
        };
        let (arrival, progress) = (self.arrival(described), self.beyond(uid, described));
        let arrival = Arrival {
            progress: Some(progress.clone()),
            ..arrival
        };
        let mut parts = MessageParts {
            session,
            uid,
            offset: 0,
            ended: false,
        };
        match inbound::take(self.app, arrival, &mut parts).await {
            Ok(_) => {
                self.progress = progress;
                Ok(true)
            }
            Err(TakeError::Source(error)) => match error.downcast::<ImapError>() {
                Ok(error) => self.not_read(uid, described, error).await,
                Err(error) => Err(TakeError::Source(error).into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    fn arrival(&self, described: Described) -> Arrival {
        Arrival {
            source: self.inbox.name.clone(),
            received_at: described.arrived_at.unwrap_or_else(|| self.app.clock.now()),
            size: described.size,
            progress: None,
        }
    }

    /// How far the mailbox is read once nothing is left to do about this message.
    fn beyond(&self, uid: u32, described: Described) -> Progress {
        // A day of the future would hide what comes until then, once the numbers change.
        let arrived_at = described.arrived_at.map(|at| at.min(self.app.clock.now()));
        Progress {
            last_uid: uid,
            newest_at: self.progress.newest_at.max(arrived_at),
            ..self.progress.clone()
        }
    }

    /// A message was not read. After some tries it is left to staff.
    async fn not_read(
        &mut self,
        uid: u32,
        described: Described,
        error: ImapError,
    ) -> Result<bool, MailboxError> {
        if let ImapError::Gone(_) = error {
            // Somebody removed it meanwhile.
            self.progress.last_uid = uid;
            self.store(uid..=uid).await?;
            return Ok(false);
        }
        let name = self.inbox.name.clone();
        let tries = self
            .app
            .db
            .write(move |conn| db::incoming::leave(conn, &name, uid))
            .await?;
        if tries < TRIES {
            return Err(error.into());
        }
        let (arrival, progress) = (self.arrival(described), self.beyond(uid, described));
        inbound::note_unread(self.app, arrival, progress.clone(), &error.to_string()).await?;
        self.progress = progress;
        match error {
            // The connection stands, and what comes behind it can be read.
            ImapError::Refused(_) => Ok(false),
            error => Err(error.into()),
        }
    }

    /// Marks or deletes in the mailbox what is ours. After a kill the next reader does what is left.
    async fn put_away(&mut self, session: &mut Session) -> Result<(), MailboxError> {
        if let Err(why) = session.can_put_away(self.inbox.after) {
            // What is ours is ours all the same; it only stays in the mailbox, and somebody is told.
            self.stays = Some(format!("what was read stays in the mailbox: {why}"));
            return Ok(());
        }
        let name = self.inbox.name.clone();
        let left = self
            .app
            .db
            .read(move |conn| db::incoming::leftovers(conn, &name))
            .await?;
        while self.progress.put_away_uid < self.progress.last_uid {
            let (after, old) = (self.progress.put_away_uid, self.progress.renumbered);
            let mut listed = session.waiting(after, old, BATCH).await?;
            let may_be_more = listed.len() == BATCH;
            listed.retain(|uid| *uid <= self.progress.last_uid);
            self.progress.put_away_uid = match listed.last() {
                Some(last) if may_be_more => *last,
                _ => self.progress.last_uid,
            };
            // What could not be read, or is not kept whole, stays as it is.
            listed.retain(|uid| !left.contains(uid));
            session.put_away(&listed, self.inbox.after).await?;
            self.store(0..=self.progress.put_away_uid).await?;
        }
        Ok(())
    }
}

/// A message of a mailbox, a part at a time.
struct MessageParts<'a> {
    session: &'a mut Session,
    uid: u32,
    offset: u64,
    ended: bool,
}

#[async_trait]
impl Parts for MessageParts<'_> {
    async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        // What is longer than we keep stays in the mailbox. One part more tells that it is longer.
        if self.ended || self.offset > MAX_KEPT.unsigned_abs() {
            return Ok(None);
        }
        let length = u32::try_from(PART).unwrap_or(u32::MAX);
        let part = self
            .session
            .part(self.uid, self.offset, length)
            .await
            .map_err(std::io::Error::other)?;
        self.ended = part.len() < PART;
        self.offset += part.len() as u64;
        Ok((!part.is_empty()).then_some(part))
    }
}

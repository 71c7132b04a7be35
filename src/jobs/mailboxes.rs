//! Reads the mailboxes of the configuration: a task for each, one process at a time. A message is
//! ours once it is stored with the mark how far we are, in one transaction; whoever reads after a
//! kill goes on there.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, ToSpan};
use tokio::sync::watch::Receiver;
use tokio::time::sleep;

use crate::actions::ActionError;
use crate::actions::inbound::{self, Arrival, MAX_KEPT, PART, Parts, TakeError};
use crate::app::App;
use crate::config::{Begin, Inbox};
use crate::db;
use crate::db::incoming::Progress;
use crate::mail::imap::{self, ImapError, Session};

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
                        let trouble = error.to_string();
                        if trouble != said {
                            tracing::warn!(mailbox = inbox.name, %error, "a mailbox cannot be read");
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
    let leased = app
        .db
        .write(move |conn| db::incoming::lease_mailbox(conn, &name, &owner, LEASE, now))
        .await?;
    Ok(leased.is_some())
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
        let from = match (is_first, inbox.begin, reading.progress.newest_at) {
            (_, Begin::All, None) => 0,
            (true, _, _) | (false, Begin::New, None) => newest,
            (false, _, Some(newest_at)) => {
                // A day of overlap: the same mail is known when it comes again, for 30 days. What is
                // older was taken under the old numbers, or is none of ours.
                let day = app.date(newest_at).saturating_sub(1.day());
                let day = day.max(app.today().saturating_sub(29.days()));
                let first = session.waiting(0, Some(day), 1).await?;
                first
                    .first()
                    .map_or(newest, |message| message.uid.saturating_sub(1))
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
        };
        reading.store().await?;
        Ok(reading)
    }

    async fn store(&self) -> Result<(), MailboxError> {
        let (name, progress) = (self.inbox.name.clone(), self.progress.clone());
        self.app
            .db
            .write(move |conn| db::incoming::advance(conn, &name, &progress))
            .await?;
        Ok(())
    }

    /// Takes all that waits; how many messages there were.
    async fn take_all(&mut self, session: &mut Session) -> Result<usize, MailboxError> {
        self.put_away(session).await?;
        let mut taken = 0;
        loop {
            let waiting = session.waiting(self.progress.last_uid, None, BATCH).await?;
            if waiting.is_empty() {
                break;
            }
            for message in waiting {
                let mut progress = self.progress.clone();
                progress.last_uid = message.uid;
                progress.newest_at = progress.newest_at.max(Some(message.arrived_at));
                let arrival = Arrival {
                    source: self.inbox.name.clone(),
                    received_at: message.arrived_at,
                    progress: Some(progress.clone()),
                };
                let mut parts = MessageParts {
                    session,
                    uid: message.uid,
                    offset: 0,
                    ended: false,
                };
                match inbound::take(self.app, arrival, &mut parts).await {
                    Ok(_) => {
                        self.progress = progress;
                        taken += 1;
                    }
                    Err(TakeError::Source(error)) => match error.downcast::<ImapError>() {
                        // Somebody removed it meanwhile.
                        Ok(ImapError::Gone(_)) => {
                            self.progress.last_uid = message.uid;
                            self.store().await?;
                        }
                        Ok(error) => return Err(error.into()),
                        Err(error) => return Err(TakeError::Source(error).into()),
                    },
                    Err(error) => return Err(error.into()),
                }
            }
            self.put_away(session).await?;
        }
        note(self.app, self.inbox, self.stays.clone()).await;
        Ok(taken)
    }

    /// Marks or deletes in the mailbox what is ours. After a kill the next reader does what is left.
    async fn put_away(&mut self, session: &mut Session) -> Result<(), MailboxError> {
        if let Err(why) = session.can_put_away(self.inbox.after) {
            // What is ours is ours all the same; it only stays in the mailbox, and somebody is told.
            self.stays = Some(format!("what was read stays in the mailbox: {why}"));
            return Ok(());
        }
        while self.progress.put_away_uid < self.progress.last_uid {
            let listed = session
                .waiting(self.progress.put_away_uid, None, BATCH)
                .await?;
            let ours: Vec<u32> = listed
                .iter()
                .map(|message| message.uid)
                .filter(|uid| *uid <= self.progress.last_uid)
                .collect();
            session.put_away(&ours, self.inbox.after).await?;
            self.progress.put_away_uid = match ours.last() {
                Some(last) if listed.len() == BATCH && ours.len() == listed.len() => *last,
                _ => self.progress.last_uid,
            };
            self.store().await?;
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
        // What is longer than we keep stays in the mailbox.
        if self.ended || self.offset >= MAX_KEPT.unsigned_abs() {
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

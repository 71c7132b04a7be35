//! After a restore: what the erasure journal says and the database does not know is done again, before anything
//! is served or worked.
//!
//! The database keeps, for each journal, up to where it is carried out (`db::journals`). A database that was put
//! back knows an older place, and one that died in the middle of an erasure too: both are the same case, and
//! nothing has to be guessed. What cannot be done again exactly stops the start; it is never passed over.

mod again;
mod holds;
pub mod intake;
mod records;

pub(super) use self::records::is_ours;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::trail::checkpoint::{self, Lost};
use super::{ActionError, note_in_journal, own, retention, trail};
use crate::app::{App, StartError};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{BackupId, RequestId};
use crate::domain::job::Job;
use crate::domain::request::AddressDigest;
use crate::domain::run::Cause;
use crate::domain::store::StoreError;
use crate::journal::intake::IntakeError;
use crate::journal::{self, JournalError, Line, Mark, Placed};
use crate::seal::{Digest, Ids};

/// Lines that are worked together.
const TOGETHER: usize = 500;

/// How often the scrub is tried before a job takes it over.
const SCRUBS: u64 = 10;

/// What a replay has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Lines of the journals that were looked at.
    pub lines: u64,
    /// Records that were there again and are erased, by store.
    pub erased: BTreeMap<String, u64>,
    /// Records that are blocked again.
    pub blocked: u64,
    /// People whom imports must not bring back, who were not guarded any more.
    pub guarded: u64,
    /// Keys of requests that were there again and are destroyed.
    pub keys: u64,
    /// Keys of pseudonyms that were there again and are destroyed.
    pub pseudonym_keys: u64,
    /// Legal holds that stand again, go on with later days or are ended again.
    pub holds: u64,
    /// Backups that the catalogue did not know.
    pub backups: u64,
    /// Records of other systems, which no backup of ours brings back.
    pub elsewhere: u64,
    /// Records that a living process is about to erase.
    pub in_hand: u64,
    /// Records that may be of somebody who was erased, and that only staff can judge: store and key.
    pub candidates: Vec<String>,
}

impl Replayed {
    /// How many records were erased again.
    pub fn erased(&self) -> u64 {
        self.erased.values().sum()
    }

    /// Whether anything of what the journals say was not done.
    pub fn changed_anything(&self) -> bool {
        let done = [
            self.erased(),
            self.blocked,
            self.guarded,
            self.keys,
            self.pseudonym_keys,
            self.holds,
            self.backups,
        ];
        done.iter().any(|count| *count > 0)
    }

    fn add(&mut self, other: Replayed) {
        self.lines += other.lines;
        for (store, count) in other.erased {
            *self.erased.entry(store).or_default() += count;
        }
        self.blocked += other.blocked;
        self.guarded += other.guarded;
        self.keys += other.keys;
        self.pseudonym_keys += other.pseudonym_keys;
        self.holds += other.holds;
        self.backups += other.backups;
        self.elsewhere += other.elsewhere;
        self.in_hand += other.in_hand;
        self.candidates.extend(other.candidates);
    }
}

/// Why nothing may be served or worked. Each says what a person can do.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Something is wrong that has nothing to do with a restore.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The journal is not one that the database knows.
    #[error(
        "{path} is not the erasure journal of this database, which knows {known}. If it was lost or another file \
         came in its place, put the right one, or its newest copy, there. If it is the journal of one more \
         machine at this database, say so once: `lethe journals join`. If a journal is lost for good, whom it \
         named can come back: `lethe journals give-up ID`"
    )]
    UnknownJournal {
        /// The file.
        path: String,
        /// The ids of the others.
        known: String,
    },
    /// The journal has not the line up to which it is carried out.
    #[error(
        "{path} is shorter than it was, or holds other lines: an old copy was put back, or it was written to. Put \
         its newest copy in its place. If there is none, whom it named since then can come back: move it away, \
         start to get a new one, and say that this one ({id}) is lost: `lethe journals give-up {id}`"
    )]
    PutBack {
        /// The file.
        path: String,
        /// Its id.
        id: Uuid,
    },
    /// The journals of other machines have to be replayed too.
    #[error(
        "the database was put back, and the erasure journals {0} of other machines have not been replayed: run \
         `lethe restore --journal FILE` with each of them, or `--without-journal ID` for one that is lost"
    )]
    OthersFirst(String),
    /// A journal was named that is none.
    #[error("{0} holds no erasure journal: name the file that `journal.erasure` names there")]
    NoJournal(String),
    /// A line cannot be read.
    #[error("{path}: {error}")]
    Line {
        /// The file.
        path: String,
        /// Which line, and why.
        error: JournalError,
    },
    /// A record came back and cannot be erased again.
    #[error(
        "the record {key} of the store {store} was erased and is back, and cannot be erased again: {why}. Look at \
         it, for example in the restored file; if it may stay, say so with \
         `lethe restore --leave {store}:{key}`"
    )]
    Unreplayable {
        /// The store.
        store: String,
        /// The record.
        key: String,
        /// Why.
        why: String,
    },
    /// A store did not do it.
    #[error("the store {store} cannot erase again what a backup brought back: {error}")]
    Store {
        /// The store.
        store: String,
        /// What it said.
        error: StoreError,
    },
    /// The intake journal.
    #[error("journal.intake: {0}")]
    Intake(#[from] IntakeError),
    /// A replay of the intake journal was cut off.
    #[error(
        "a restore was begun at {0:.0} and has not put back all of the intake journal: run `lethe restore --intake \
         FOLDER --recovery-key-file KEY` again, without a backup; or, if the rest may be lost, `lethe restore` without \
         them"
    )]
    Unfinished(Timestamp),
    /// The intake journal has to be put back too.
    #[error(
        "the database was put back, and {0} holds what was asked and decided since: run `lethe restore --intake {0} \
         --recovery-key-file KEY`; or, if all of that may be lost, `lethe restore` without them"
    )]
    IntakeFirst(String),
    /// A record of the intake journal.
    #[error("--intake: a record was written by a newer version ({0}): use that version")]
    NewerIntake(String),
    /// A key that the intake journal needs.
    #[error(
        "keys.file: the key {0} is in use in the intake journal and missing; put back the key file that has it"
    )]
    MissingKey(String),
    /// The database, the trail or the journal.
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<DbError> for RestoreError {
    fn from(error: DbError) -> Self {
        RestoreError::Action(error.into())
    }
}

/// A journal to be carried out.
#[derive(Clone, Debug)]
struct Source {
    id: Uuid,
    path: PathBuf,
}

impl Source {
    fn own(app: &App) -> Source {
        Source {
            id: app.journal.id(),
            path: app.journal.path().to_owned(),
        }
    }

    fn at(path: &Path) -> Result<Source, RestoreError> {
        let id = journal::id_of(path).map_err(|error| RestoreError::Line {
            path: path.display().to_string(),
            error,
        })?;
        Ok(Source {
            id: id.ok_or_else(|| RestoreError::NoJournal(path.display().to_string()))?,
            path: path.to_owned(),
        })
    }

    fn put_back(&self) -> RestoreError {
        RestoreError::PutBack {
            path: self.path.display().to_string(),
            id: self.id,
        }
    }

    /// The lines after a mark.
    fn lines(
        &self,
        mark: &Mark,
    ) -> Result<impl Iterator<Item = Result<Placed, RestoreError>> + use<>, RestoreError> {
        let path = self.path.display().to_string();
        let io = |error| RestoreError::Action(ActionError::Journal(error));
        let reader = journal::read_from(&self.path, mark)
            .map_err(io)?
            .ok_or_else(|| self.put_back())?;
        Ok(reader.map(move |line| {
            line.map_err(|error| RestoreError::Line {
                path: path.clone(),
                error,
            })
        }))
    }
}

/// Opens everything, as [`App::start`] does, and does again what the erasure journal says and the database does
/// not know. Every process that serves or works begins here.
///
/// # Errors
/// [`RestoreError`] with the mend; then nothing may be served or worked.
pub async fn open(config: Config, clock: Clock) -> Result<App, RestoreError> {
    let app = App::start(config, clock)?;
    if let Some(begun) = app.db.read(db::intake::unfinished_replay).await? {
        return Err(RestoreError::Unfinished(begun));
    }
    let replayed = catch_up(&app).await?;
    super::intake::begin(&app).await?;
    if replayed.changed_anything() {
        tracing::warn!(
            lines = replayed.lines,
            erased = replayed.erased(),
            blocked = replayed.blocked,
            guarded = replayed.guarded,
            keys = replayed.keys,
            holds = replayed.holds,
            "the database did not know what the erasure journal says; it was done again"
        );
    }
    for candidate in &replayed.candidates {
        tracing::warn!(
            record = candidate,
            "may be of somebody who was erased: staff must look"
        );
    }
    Ok(app)
}

/// Carries out what the journal of this process says beyond what the database knows to be done.
///
/// # Errors
/// [`RestoreError`].
pub async fn catch_up(app: &App) -> Result<Replayed, RestoreError> {
    let own = Source::own(app);
    let known = app.db.read(db::journals::all).await?;
    let standing = || known.iter().filter(|known| known.given_up_at.is_none());
    if !standing().any(|known| known.id == own.id) {
        if standing().next().is_some() || known.iter().any(|known| known.id == own.id) {
            return Err(RestoreError::UnknownJournal {
                path: own.path.display().to_string(),
                known: ids(standing().map(|known| known.id)),
            });
        }
        let (id, now) = (own.id, app.clock.now());
        app.db
            .write(move |conn| db::journals::join(conn, id, now))
            .await?;
    }
    let others = || standing().filter(|known| known.id != own.id);
    let waiting = ids(others()
        .filter(|known| known.to_replay)
        .map(|known| known.id));
    if !waiting.is_empty() {
        return Err(RestoreError::OthersFirst(waiting));
    }
    let inner = app.clone();
    let lost = app
        .db
        .read(move |conn| checkpoint::lost(&inner, conn))
        .await?;
    let went_back = matches!(
        lost,
        Some(Lost::Entries { .. } | Lost::Differs { .. } | Lost::UnknownLog(_))
    );
    // A tree that differs may be damaged, and nobody need have put anything back.
    let lacks = matches!(lost, Some(Lost::Entries { .. } | Lost::UnknownLog(_)));
    if lacks
        && standing().all(|known| known.replayed_all_at.is_none())
        && let Some(folder) = &app.config.journal.intake
        && super::intake::holds_records(app).map_err(ActionError::Journal)?
    {
        return Err(RestoreError::IntakeFirst(folder.display().to_string()));
    }
    if went_back && others().any(|known| known.replayed_all_at.is_none()) {
        // Put back past Lethe, which nobody but the trail can know: the others have lines, too.
        return Err(RestoreError::OthersFirst(ids(
            others().map(|known| known.id)
        )));
    }
    if lost.is_none() && known.iter().any(|known| known.replayed_all_at.is_some()) {
        app.db
            .write(|conn| db::journals::set_replayed_all(conn, None))
            .await?;
    }
    replay(app, &own, &[]).await
}

fn ids(ids: impl Iterator<Item = Uuid>) -> String {
    ids.map(|id| id.to_string()).collect::<Vec<_>>().join(", ")
}

/// What the rest of a journal says of its other lines.
#[derive(Default)]
struct Rest {
    /// Announced and not done: store, record and run.
    spared: HashMap<(String, String, Uuid), u64>,
    /// Records that may stay, as somebody says: store and key.
    left: HashSet<(String, String)>,
    /// Records that a run left in place on purpose: store, record and run.
    kept: HashSet<(String, String, Uuid)>,
    /// Legal holds.
    holds: holds::Said,
    /// Lines before this place were written by a version that did not say whom an erasure guards as a whole.
    old_before: u64,
}

impl Rest {
    fn read(
        source: &Source,
        mark: &Mark,
        leave: &[(String, String)],
    ) -> Result<Rest, RestoreError> {
        let mut rest = Rest {
            left: leave.iter().cloned().collect(),
            ..Rest::default()
        };
        for placed in source.lines(mark)? {
            let Placed { line, after } = placed?;
            match line {
                Line::JournalBegun { .. } => rest.old_before = after.position,
                Line::Spared {
                    store,
                    record_key,
                    run,
                    ..
                } => {
                    rest.kept.insert((store.clone(), record_key.clone(), run));
                    rest.spared.insert((store, record_key, run), after.position);
                }
                Line::Blocked {
                    store,
                    record_key,
                    run,
                    ..
                }
                | Line::Kept {
                    store,
                    record_key,
                    run,
                    ..
                } => {
                    rest.kept.insert((store, record_key, run));
                }
                line => rest.holds.hear(&line),
            }
        }
        Ok(rest)
    }

    /// Whether a record stays although its person is guarded as a whole: the run that guarded them left it in
    /// place, or somebody says that it may stay.
    fn may_stay(&self, store: &str, record_key: &str, run: Uuid) -> bool {
        let record = (store.to_owned(), record_key.to_owned());
        self.left.contains(&record) || self.kept.contains(&(record.0, record.1, run))
    }

    /// What a line demands: all that is to be looked at.
    fn demands(&self, placed: Placed) -> Vec<Demand> {
        let is_old = placed.after.position < self.old_before;
        match placed.line {
            Line::Erasure(line) => {
                let record = (line.store.clone(), line.record_key.clone());
                let spared = (record.0.clone(), record.1.clone(), line.run);
                // A run that was stopped may go on later, and announce the record anew.
                let was_spared = self.spared.get(&spared);
                if was_spared.is_some_and(|at| placed.after.position < *at)
                    || self.left.contains(&record)
                {
                    return Vec::new();
                }
                let person = line
                    .address_digest
                    .filter(|_| is_old && line.cause == "request")
                    .map(|digest| Demand::Person {
                        digest,
                        at: line.erased_at,
                        run: line.run,
                    });
                // At the source a record is named as imports know it.
                let guard = line
                    .address_digest
                    .filter(|_| line.cause == Cause::Source.as_str())
                    .map(|digest| Demand::Guard {
                        digest,
                        store: line.store.clone(),
                        record_key: line.record_key.clone(),
                        cause: line.cause.clone(),
                        at: line.erased_at,
                    });
                person
                    .into_iter()
                    .chain([Demand::Erased(line)])
                    .chain(guard)
                    .collect()
            }
            Line::Guarded {
                address_digest,
                store,
                record_key,
                cause,
                at,
            } => vec![Demand::Guard {
                digest: address_digest,
                store,
                record_key,
                cause,
                at,
            }],
            Line::Blocked {
                store,
                record_key,
                ground,
                until,
                ..
            } => vec![Demand::Blocked {
                store,
                record_key,
                ground,
                until,
            }],
            Line::PersonGuarded {
                address_digest,
                at,
                run,
            } => vec![Demand::Person {
                digest: address_digest,
                at,
                run,
            }],
            Line::KeyDestroyed { request_key_id, .. } => {
                vec![Demand::NoKey(RequestId(request_key_id))]
            }
            Line::PseudonymKeyDestroyed { key, .. } => vec![Demand::NoPseudonyms(key)],
            Line::BackupMade {
                id,
                backup_kind,
                name,
                own,
                made_at,
                expires_on,
            } => vec![Demand::Backup(db::backups::Backup {
                id: BackupId(id),
                kind: backup_kind,
                name,
                own,
                made_at,
                expires_on,
                verified_at: own.then_some(made_at),
                deleted_at: None,
            })],
            Line::BackupGone { id, at } => vec![Demand::NoBackup(BackupId(id), at)],
            line @ (Line::HoldPlaced { .. } | Line::HoldEnded { .. }) => {
                vec![Demand::Hold(self.holds.of(&line))]
            }
            Line::JournalBegun { .. } | Line::Spared { .. } | Line::Kept { .. } => Vec::new(),
        }
    }
}

/// Something that has to be so.
#[derive(Clone, Debug)]
enum Demand {
    Erased(journal::ErasureLine),
    Blocked {
        store: String,
        record_key: String,
        ground: String,
        until: Option<jiff::civil::Date>,
    },
    Person {
        digest: Digest,
        at: Timestamp,
        run: Uuid,
    },
    Hold(holds::Said),
    Guard {
        digest: Digest,
        store: String,
        record_key: String,
        cause: String,
        at: Timestamp,
    },
    NoKey(RequestId),
    NoPseudonyms(crate::seal::KeyId),
    Backup(db::backups::Backup),
    NoBackup(BackupId, Timestamp),
}

impl Demand {
    /// Whether it is so.
    fn is_met(&self, app: &App, conn: &mut Conn) -> Result<bool, DbError> {
        Ok(match self {
            Demand::Erased(line) => {
                let stopped = db::holds::stopped_at(conn, &line.store, &line.record_key)?;
                // What a rule let go is looked at as the sweep looks at it: a renewal may have come.
                let by_rule = line.cause == Cause::Retention.as_str();
                stopped.is_some_and(|at| at >= line.erased_at)
                    || records::standing(app, conn, line)?.is_empty()
                    || (by_rule
                        && !retention::is_due_still(app, conn, &line.store, &line.record_key)?)
            }
            Demand::Blocked {
                store, record_key, ..
            } => records::is_blocked_or_gone(conn, store, record_key)?,
            Demand::Hold(said) => said.are_met(conn)?,
            Demand::Person { digest, at, .. } => {
                let digest = records::todays(app, digest);
                let guards = db::guards::guards_on(conn, &[&digest.bytes])?;
                guards.iter().any(|guard| {
                    guard.by_request
                        && guard.store == db::guards::EVERYTHING
                        && guard.erased_at >= *at
                })
            }
            Demand::Guard {
                digest,
                store,
                record_key,
                ..
            } => {
                let digest = records::todays(app, digest);
                db::guards::guarded(conn, &[digest], store, record_key)?.record
            }
            Demand::NoKey(id) => db::submissions::key(conn, *id)?.is_none(),
            Demand::NoPseudonyms(key) => !app.keys.has(*key),
            Demand::Backup(backup) => db::backups::find(conn, backup.id)?.is_some(),
            Demand::NoBackup(id, _) => {
                db::backups::find(conn, *id)?.is_none_or(|backup| backup.deleted_at.is_some())
            }
        })
    }
}

/// Carries out one journal.
async fn replay(
    app: &App,
    source: &Source,
    leave: &[(String, String)],
) -> Result<Replayed, RestoreError> {
    let known = known(app, source.id).await?;
    let mark = Mark {
        position: known.position,
        hash: known.line_hash,
    };
    // Read to its end first: a line that nobody can read stops everything before anything is done.
    let rest = Rest::read(source, &mark, leave)?;
    let (mut all, mut batch, mut after) = (Replayed::default(), Vec::new(), mark);
    // Before anything goes: what a hold keeps that was placed since stays.
    all.holds = holds::count_first(app, &rest.holds).await?;
    let mut is_behind = false;
    let mut lines = source.lines(&after)?;
    loop {
        let next = lines.next().transpose()?;
        let ended = next.is_none();
        if let Some(placed) = next {
            all.lines += 1;
            after = placed.after.clone();
            batch.push(placed);
        }
        if !batch.is_empty() && (ended || batch.len() == TOGETHER) {
            let demands = batch
                .drain(..)
                .flat_map(|placed| rest.demands(placed))
                .collect();
            let done = meet(app, source.id, demands, &rest).await?;
            // The mark stays before what another process has in its hands.
            is_behind |= done.in_hand > 0;
            let mark = (!is_behind).then(|| after.clone());
            finish(app, source.id, mark, &done).await?;
            all.add(done);
        }
        if ended {
            break;
        }
    }
    let id = source.id;
    app.db
        .write(move |conn| db::journals::replayed(conn, id))
        .await?;
    if all.erased() > 0 && !scrub(app).await? {
        let inner = app.clone();
        app.db
            .write(move |conn| db::jobs::enqueue(conn, inner.id(), &Job::Scrub, inner.clock.now()))
            .await?;
    }
    Ok(all)
}

/// Overwrites what was erased, on the disk too; false while somebody reads old pages for long.
async fn scrub(app: &App) -> Result<bool, DbError> {
    for pause in 1..=SCRUBS {
        if app.db.scrub().await? {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(50 * pause)).await;
    }
    Ok(false)
}

async fn known(app: &App, id: Uuid) -> Result<db::journals::Known, RestoreError> {
    let known = app.db.read(db::journals::all).await?;
    let own = known.into_iter().find(|known| known.id == id);
    Ok(own.ok_or_else(|| DbError::Internal(format!("the journal {id} was not taken up")))?)
}

/// Does what has to be so and is not, and looks again. What it did.
async fn meet(
    app: &App,
    journal: Uuid,
    demands: Vec<Demand>,
    rest: &Rest,
) -> Result<Replayed, RestoreError> {
    let (mut done, inner) = (Replayed::default(), app.clone());
    let is_elsewhere =
        |demand: &&Demand| matches!(demand, Demand::Erased(line) if !records::is_ours(&line.store));
    done.elsewhere = demands.iter().filter(is_elsewhere).count() as u64;
    let open: Vec<Demand> = app
        .db
        .read(move |conn| -> Result<_, DbError> {
            let (mut open, mut made) = (Vec::new(), HashSet::new());
            for demand in demands {
                // What is gone again was not there yet when this was asked.
                let is_gone_again = matches!(&demand, Demand::NoBackup(id, _) if made.contains(id));
                if is_gone_again || !demand.is_met(&inner, conn)? {
                    if let Demand::Backup(backup) = &demand {
                        made.insert(backup.id);
                    }
                    open.push(demand);
                }
            }
            Ok(open)
        })
        .await?;
    let open = records::not_in_hand(app, open, &mut done).await?;
    if open.is_empty() {
        return Ok(done);
    }
    announce(app, journal, open.len() as u64).await?;
    again::erase(app, &open, &mut done).await?;
    again::block(app, &open, &mut done).await?;
    again::guard(app, &open, rest, &mut done).await?;
    again::guard_records(app, &open).await?;
    for demand in open.clone() {
        match demand {
            Demand::NoKey(id) => {
                own::forget_here(app, id).await?;
                done.keys += 1;
            }
            Demand::NoPseudonyms(key) => {
                for (year, id) in app.keys.pseudonym_years_until(i16::MAX) {
                    if id == key {
                        app.keys
                            .destroy_pseudonym(year)
                            .map_err(|error| DbError::Unavailable(format!("keys.file: {error}")))?;
                        done.pseudonym_keys += 1;
                    }
                }
            }
            Demand::Backup(backup) => {
                app.db
                    .write(move |conn| db::backups::insert(conn, &backup))
                    .await?;
                done.backups += 1;
            }
            Demand::NoBackup(id, at) => {
                app.db
                    .write(move |conn| db::backups::set_deleted(conn, id, at))
                    .await?;
                done.backups += 1;
            }
            // One that was placed while the others were counted.
            Demand::Hold(said) => done.holds += holds::count_first(app, &said).await?,
            Demand::Erased(_)
            | Demand::Blocked { .. }
            | Demand::Person { .. }
            | Demand::Guard { .. } => {}
        }
    }
    look_again(app, open).await?;
    Ok(done)
}

/// Nothing of it stands any more, or nobody may go on.
async fn look_again(app: &App, open: Vec<Demand>) -> Result<(), RestoreError> {
    let inner = app.clone();
    let left = app
        .db
        .read(move |conn| -> Result<_, DbError> {
            for demand in open {
                if !demand.is_met(&inner, conn)? {
                    return Ok(Some(demand));
                }
            }
            Ok(None)
        })
        .await?;
    let Some(left) = left else { return Ok(()) };
    let (store, key) = match left {
        Demand::Erased(line) => (line.store, line.record_key),
        Demand::Blocked {
            store, record_key, ..
        } => (store, record_key),
        Demand::Person { .. } => ("*".to_owned(), "*".to_owned()),
        Demand::Hold(said) => ("holds".to_owned(), said.ids()),
        Demand::Guard {
            store, record_key, ..
        } => (store, record_key),
        Demand::NoKey(id) => ("request_keys".to_owned(), id.to_string()),
        Demand::NoPseudonyms(key) => ("keys.file".to_owned(), key.to_string()),
        Demand::Backup(backup) => ("backups".to_owned(), backup.id.to_string()),
        Demand::NoBackup(id, _) => ("backups".to_owned(), id.to_string()),
    };
    let why = "it was done, and is still not so".to_owned();
    Err(RestoreError::Unreplayable { store, key, why })
}

/// Announces what is about to be done again, unless a try that was cut off did.
async fn announce(app: &App, journal: Uuid, count: u64) -> Result<(), RestoreError> {
    let inner = app.clone();
    Ok(app
        .db
        .write(move |conn| -> Result<_, DbError> {
            if db::journals::intent(conn, journal)?.is_some() {
                return Ok(());
            }
            let event = Event::new(Action::EraseIntended)
                .counting(count)
                .because("replay")
                .with("journal", journal);
            let intent = trail::record(&inner, conn, &Actor::System, None, &event)?;
            db::journals::set_intent(conn, journal, Some(intent))
        })
        .await?)
}

/// The entry that says what was done, and how far the journal is carried out now.
async fn finish(
    app: &App,
    journal: Uuid,
    mark: Option<Mark>,
    done: &Replayed,
) -> Result<(), RestoreError> {
    let (inner, done) = (app.clone(), done.clone());
    app.db
        .write(move |conn| -> Result<_, DbError> {
            // One that a killed start has announced and carried out is answered too.
            if let Some(intent) = db::journals::intent(conn, journal)? {
                let mut event = Event::new(Action::Replayed)
                    .counting(done.erased())
                    .answering(intent)
                    .with("journal", journal)
                    .with("blocked", done.blocked)
                    .with("guarded", done.guarded)
                    .with("keys", done.keys + done.pseudonym_keys);
                for (store, count) in &done.erased {
                    event = event.with(&format!("in_{store}"), count);
                }
                trail::record(&inner, conn, &Actor::System, None, &event)?;
                db::journals::set_intent(conn, journal, None)?;
            }
            if let Some(mark) = &mark {
                let now = inner.clock.now();
                db::journals::move_on(conn, journal, mark.position, &mark.hash, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}

/// Has the journal hear of the guards that an erasure wrote since this time. A record that came by an import after
/// a backup is not in it, and its guard must be back all the same.
///
/// # Errors
/// [`ActionError::Journal`], [`ActionError::Db`].
pub async fn note_guards(
    app: &App,
    digests: &[AddressDigest],
    since: Timestamp,
) -> Result<(), ActionError> {
    let (digests, after) = (digests.to_vec(), Ids::first_at(since).to_string());
    let guards = app
        .db
        .read(move |conn| db::guards::guards_after(conn, &digests, &after))
        .await?;
    note_these_guards(app, guards).await
}

/// Has the journal hear of these guards.
///
/// # Errors
/// [`ActionError::Journal`], [`ActionError::Db`].
pub(super) async fn note_these_guards(
    app: &App,
    guards: Vec<db::guards::NewGuard>,
) -> Result<(), ActionError> {
    let mut lines = Vec::with_capacity(guards.len());
    for guard in guards {
        lines.push(Line::Guarded {
            address_digest: (&guard.address).try_into().map_err(|_| {
                DbError::Internal(format!("a guard of {} bears no digest", guard.record_key))
            })?,
            store: guard.store,
            record_key: guard.record_key,
            cause: guard.cause,
            at: guard.erased_at,
        });
    }
    if lines.is_empty() {
        return Ok(());
    }
    note_in_journal(app, lines).await
}

/// Moves the mark on over lines that are carried out, so that the next start has little to look at. Changes
/// nothing else.
///
/// # Errors
/// [`RestoreError`]; [`RestoreError::PutBack`] if the journal was put back under a running process.
pub async fn move_mark(app: &App) -> Result<(), RestoreError> {
    let source = Source::own(app);
    let known = known(app, source.id).await?;
    let mark = Mark {
        position: known.position,
        hash: known.line_hash,
    };
    let length = app.journal.length().map_err(ActionError::Journal)?;
    if length == mark.position {
        return Ok(());
    }
    let rest = Rest::read(&source, &mark, &[])?;
    let mut reached = None;
    for batch in Chunks(source.lines(&mark)?) {
        let batch = batch?;
        let looked_at = batch.len();
        let demands: Vec<(Mark, Vec<Demand>)> = batch
            .into_iter()
            .map(|placed| (placed.after.clone(), rest.demands(placed)))
            .collect();
        let inner = app.clone();
        let met: Vec<Mark> = app
            .db
            .read(move |conn| -> Result<_, DbError> {
                let mut met = Vec::new();
                for (after, demands) in demands {
                    for demand in demands {
                        if !demand.is_met(&inner, conn)? {
                            return Ok(met);
                        }
                    }
                    met.push(after);
                }
                Ok(met)
            })
            .await?;
        let stopped = met.len() < looked_at;
        reached = met.into_iter().next_back().or(reached);
        if stopped {
            break;
        }
    }
    let Some(mark) = reached else {
        return Ok(());
    };
    let now = app.clock.now();
    app.db
        .write(move |conn| db::journals::move_on(conn, source.id, mark.position, &mark.hash, now))
        .await?;
    Ok(())
}

/// Lines, some at a time.
struct Chunks<I>(I);

impl<I: Iterator<Item = Result<Placed, RestoreError>>> Iterator for Chunks<I> {
    type Item = Result<Vec<Placed>, RestoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let some: Result<Vec<Placed>, RestoreError> = self.0.by_ref().take(TOGETHER).collect();
        match some {
            Ok(some) if some.is_empty() => None,
            some => Some(some),
        }
    }
}

/// Takes up the journal of this process beside those that the database knows: one more machine works on it.
///
/// # Errors
/// [`RestoreError`].
pub async fn join(app: &App, actor: &Actor) -> Result<Replayed, RestoreError> {
    let (inner, actor, id) = (app.clone(), actor.clone(), app.journal.id());
    app.db
        .write(move |conn| -> Result<_, DbError> {
            db::journals::join(conn, id, inner.clock.now())?;
            let event = Event::new(Action::JournalJoined).with("journal", id);
            trail::record(&inner, conn, &actor, None, &event).map(drop)
        })
        .await?;
    catch_up(app).await
}

/// Gives up a journal that is lost: whom it alone names can come back with an old backup.
///
/// # Errors
/// [`ActionError::NotFound`] if the database knows no such journal, or it is given up already.
pub async fn give_up(app: &App, actor: &Actor, id: Uuid) -> Result<(), ActionError> {
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            if !db::journals::give_up(conn, id, inner.clock.now())? {
                return Err(ActionError::NotFound);
            }
            let event = Event::new(Action::JournalGivenUp).with("journal", id);
            Ok(trail::record(&inner, conn, &actor, None, &event).map(drop)?)
        })
        .await
}

/// Which journals have a part in a restore.
#[derive(Clone, Debug, Default)]
pub struct Journals {
    /// Those of other machines, as files.
    pub others: Vec<PathBuf>,
    /// Those that are lost.
    pub without: Vec<Uuid>,
    /// Records that came back and may stay: store and key.
    pub leave: Vec<(String, String)>,
}

/// Replays all journals of a database that was put back: that of this process and those of other machines. All
/// that the database knows must be there, or be given up.
///
/// # Errors
/// [`RestoreError`].
pub async fn replay_all(
    app: &App,
    actor: &Actor,
    journals: &Journals,
) -> Result<Replayed, RestoreError> {
    let mut sources = vec![Source::own(app)];
    for path in &journals.others {
        let source = Source::at(path)?;
        if sources.iter().all(|known| known.id != source.id) {
            sources.push(source);
        }
    }
    for id in &journals.without {
        match give_up(app, actor, *id).await {
            Ok(()) | Err(ActionError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let missing: Vec<Uuid> = app
        .db
        .read(db::journals::all)
        .await?
        .into_iter()
        .filter(|known| known.given_up_at.is_none())
        .map(|known| known.id)
        .filter(|id| sources.iter().all(|source| source.id != *id))
        .collect();
    if !missing.is_empty() {
        return Err(RestoreError::OthersFirst(ids(missing.into_iter())));
    }
    let (ids, now) = (
        sources.iter().map(|source| source.id).collect::<Vec<_>>(),
        app.clock.now(),
    );
    app.db
        .write(move |conn| {
            ids.iter()
                .try_for_each(|id| db::journals::join(conn, *id, now))
        })
        .await?;
    let mut all = Replayed::default();
    // What one machine placed or ended counts before another's erasures are done again.
    let mut said = holds::Said::default();
    for source in &sources {
        let known = known(app, source.id).await?;
        let mark = Mark {
            position: known.position,
            hash: known.line_hash,
        };
        said.add(Rest::read(source, &mark, &journals.leave)?.holds);
    }
    all.holds = holds::count_first(app, &said).await?;
    for source in &sources {
        all.add(replay(app, source, &journals.leave).await?);
    }
    app.db
        .write(move |conn| {
            // Mailing tools may know places of the feed that the database does not: they begin again.
            db::senders::begin_anew(conn)?;
            db::journals::set_replayed_all(conn, Some(now))
        })
        .await?;
    Ok(all)
}

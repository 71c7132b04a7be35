//! Backups: made, verified before they count, sealed to a key that lies elsewhere, entered in a catalogue with the
//! day of their end, and put back. A backup holds whom was erased after it, so it never opens by itself: what it
//! brings back goes again first (`super::restore`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::restore::intake::Returned;
use super::restore::{self, Journals, Replayed, RestoreError};
use super::trail::{self, checkpoint};
use super::{ActionError, ActionError::NotFound};
use crate::app::{App, StartError, database_options};
use crate::clock::Clock;
use crate::config::{Config, DatabaseUrl};
use crate::db::backups::Backup;
use crate::db::copies::{self, CopyError};
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::BackupId;
use crate::journal::Line;
use crate::journal::intake::{self, Contents};
use crate::seal::KeyRing;
use crate::seal::recovery::{
    self, FileKey, Opener, RecoveryFileError, RecoveryKey, RecoverySecret, Sealer, Unsealer,
};

/// How much of the catalogue a restore compares: more than anybody makes within the life of the intake journal.
const CATALOGUE: i64 = 1000;

/// For how long the catalogue keeps the rows of backups that are gone.
const GONE_DAYS: i64 = 400;

/// Why a backup was not made, entered or put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of this name.
    #[error("{0} is there already: a backup never goes over another file; name a new one")]
    Exists(String),
    /// The configuration knows no such kind.
    #[error("there is no kind of backup named {0}: add it to backup.kinds, or name one of {1}")]
    NoKind(String, String),
    /// The system refuses.
    #[error("{0}: {1}")]
    Io(String, #[source] io::Error),
    /// The copy itself.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The file is sealed, and no key was given.
    #[error(
        "{0} is sealed: name the file with the private half of its key, `--recovery-key-file FILE`"
    )]
    Sealed(String),
    /// The key cannot be read.
    #[error("--recovery-key-file: {0}: {1}")]
    Key(String, #[source] RecoveryFileError),
    /// It does not open, or what was written is not what was read.
    #[error("{0} cannot be opened: {1}")]
    DoesNotOpen(String, String),
    /// The day is over, or before the backup.
    #[error("the last day of a backup is neither over nor before the day on which it was made")]
    WrongDay,
    /// What came back could not be done again.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The database, the trail or the journal.
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<DbError> for BackupError {
    fn from(error: DbError) -> Self {
        BackupError::Action(error.into())
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError + '_ {
    move |error| BackupError::Io(path.display().to_string(), error)
}

/// A backup that was made.
#[derive(Clone, Debug, Serialize)]
pub struct Made {
    /// Its id in the catalogue.
    pub id: String,
    /// The file.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// To which recovery key it is sealed; `None` if it lies open.
    pub sealed_to: Option<String>,
    /// The last day of its life.
    pub expires_on: Date,
    /// What it holds.
    pub contents: copies::Contents,
}

/// A file that is in the making, and gone if it does not come to its end.
struct Draft(PathBuf);

impl Draft {
    fn at(path: PathBuf) -> Result<Draft, BackupError> {
        copies::private_file(&path).map_err(at(&path))?;
        Ok(Draft(path))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After the rename there is nothing left of it.
        let _ = fs::remove_file(&self.0);
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes a backup of the database in a new file, looks it through, and enters it.
///
/// # Errors
/// [`BackupError`]; then there is no file, or the message says so.
pub async fn make(app: &App, actor: &Actor, file: &Path, kind: &str) -> Result<Made, BackupError> {
    let days = app.config.backup.days_of(kind).ok_or_else(|| {
        let known = app
            .config
            .backup
            .kinds
            .iter()
            .map(|kind| kind.name.as_str());
        let known: Vec<&str> = std::iter::once(crate::config::DAILY).chain(known).collect();
        BackupError::NoKind(kind.to_owned(), known.join(", "))
    })?;
    let (id, made_at) = (app.id::<BackupId>(), app.clock.now());
    let expires_on = app.today().saturating_add(days.days());
    let (config, to) = (app.config.clone(), file.to_owned());
    let written = tokio::task::spawn_blocking(move || write(&config, &to, id))
        .await
        .map_err(|error| BackupError::Io(file.display().to_string(), io::Error::other(error)))??;
    let (place, contents, bytes) = written;
    let backup = Backup {
        id,
        kind: kind.to_owned(),
        name: place.display().to_string(),
        own: true,
        made_at,
        expires_on,
        verified_at: Some(app.clock.now()),
        deleted_at: None,
    };
    let event = Event::new(Action::BackupMade)
        .with("backup", id)
        .with("kind", kind)
        .with("expires_on", expires_on)
        .with("entries", contents.entries());
    enter(app, actor, backup, event).await?;
    if let Err(error) = super::intake::sweep(app).await {
        tracing::warn!(%error, "segments of the intake journal that this backup covers stay for now");
    }
    Ok(Made {
        id: id.to_string(),
        file: place.display().to_string(),
        bytes,
        sealed_to: app
            .config
            .backup
            .recovery_key
            .as_ref()
            .map(ToString::to_string),
        expires_on,
        contents,
    })
}

/// Writes the file; where it lies, what it holds, and its size.
fn write(
    config: &Config,
    file: &Path,
    id: BackupId,
) -> Result<(PathBuf, copies::Contents, u64), BackupError> {
    let options = database_options(config);
    if file.exists() {
        return Err(BackupError::Exists(file.display().to_string()));
    }
    let part = Draft::at(with_ending(file, &format!(".{id}.part")))?;
    let contents = match &config.backup.recovery_key {
        None => {
            copies::copy(&options, &part.0)?;
            copies::look_through(&options, &part.0)?
        }
        Some(key) => {
            // What is not sealed yet never comes near the place of the backups.
            let near = match &config.database.url {
                DatabaseUrl::Sqlite(path) => folder(path).to_owned(),
                DatabaseUrl::Postgres(_) => folder(&config.keys.file).to_owned(),
            };
            let plain = Draft::at(near.join(format!(".lethe-backup-{id}")))?;
            copies::copy(&options, &plain.0)?;
            let contents = copies::look_through(&options, &plain.0)?;
            seal(&plain.0, &part.0, key)?;
            contents
        }
    };
    let bytes = fs::metadata(&part.0).map_err(at(&part.0))?.len();
    // Nobody else's file is written over: this one is new, and ours.
    match OpenOptions::new().write(true).create_new(true).open(file) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists(file.display().to_string()));
        }
        Err(error) => return Err(BackupError::Io(file.display().to_string(), error)),
    }
    fs::rename(&part.0, file).map_err(at(file))?;
    File::open(folder(file))
        .and_then(|folder| folder.sync_all())
        .map_err(at(file))?;
    let place = fs::canonicalize(file).map_err(at(file))?;
    Ok((place, contents, bytes))
}

/// Passes on what is read or written, and keeps the sum.
struct Summed<T> {
    inner: T,
    sum: Sha256,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.sum.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.sum.update(&bytes[..count]);
        Ok(count)
    }
}

/// Seals a file, opens the sealed one again, and compares.
fn seal(plain: &Path, sealed: &Path, key: &RecoveryKey) -> Result<(), BackupError> {
    let mut from = Summed {
        inner: File::open(plain).map_err(at(plain))?,
        sum: Sha256::new(),
    };
    let to = OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(sealed)
        .map_err(at(sealed))?;
    let write = |from: &mut Summed<File>| -> io::Result<FileKey> {
        let (mut sealer, file_key) = Sealer::start(BufWriter::new(to), key)?;
        io::copy(from, &mut sealer)?;
        let to = sealer
            .finish()?
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        to.sync_all()?;
        Ok(file_key)
    };
    let file_key = write(&mut from).map_err(at(sealed))?;
    let mut again = Summed {
        inner: io::sink(),
        sum: Sha256::new(),
    };
    let read = File::open(sealed).and_then(|file| {
        let mut opened = Unsealer::start(file, &Opener::File(&file_key))?;
        io::copy(&mut opened, &mut again)
    });
    let path = sealed.display().to_string();
    read.map_err(|error| BackupError::DoesNotOpen(path.clone(), error.to_string()))?;
    if again.sum.finalize() == from.sum.finalize() {
        Ok(())
    } else {
        let why = "what was written is not what was read";
        Err(BackupError::DoesNotOpen(path, why.to_owned()))
    }
}

/// Enters a backup in the catalogue, in the trail and in the journal: a database that is put back must know it.
async fn enter(app: &App, actor: &Actor, backup: Backup, event: Event) -> Result<(), ActionError> {
    let (inner, actor, journal) = (app.clone(), actor.clone(), app.journal.clone());
    let line = Line::BackupMade {
        id: backup.id.0,
        backup_kind: backup.kind.clone(),
        name: backup.name.clone(),
        own: backup.own,
        made_at: backup.made_at,
        expires_on: backup.expires_on,
    };
    app.db
        .write_then(
            move |conn| -> Result<_, ActionError> {
                db::backups::insert(conn, &backup)?;
                trail::record(&inner, conn, &actor, None, &event)?;
                Ok(())
            },
            move |()| journal.append(&[line]).map_err(ActionError::Journal),
        )
        .await
}

/// Enters a backup that another system made.
///
/// # Errors
/// [`BackupError::WrongDay`], and those of the database and the journal.
pub async fn add(
    app: &App,
    actor: &Actor,
    name: &str,
    kind: &str,
    made_on: Date,
    expires_on: Date,
) -> Result<BackupId, BackupError> {
    let made_at = made_on
        .to_zoned(app.config.vendor.zone.clone())
        .map_err(|_| BackupError::WrongDay)?
        .timestamp();
    if expires_on < made_on || expires_on < app.today() || made_at > app.clock.now() {
        return Err(BackupError::WrongDay);
    }
    let backup = Backup {
        id: app.id(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        own: false,
        made_at,
        expires_on,
        verified_at: None,
        deleted_at: None,
    };
    let id = backup.id;
    let event = Event::new(Action::BackupEntered)
        .with("backup", id)
        .with("kind", kind)
        .with("expires_on", expires_on);
    enter(app, actor, backup, event).await?;
    Ok(id)
}

/// The last backups, the newest first.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn list(app: &App, limit: i64) -> Result<Vec<Backup>, ActionError> {
    Ok(app
        .db
        .read(move |conn| db::backups::newest(conn, limit))
        .await?)
}

/// A backup is gone: the file of one that Lethe made is deleted, of another somebody says so.
///
/// # Errors
/// [`ActionError::NotFound`] if there is no such backup, or it is gone already; that the file cannot be deleted.
pub async fn forget(app: &App, actor: &Actor, id: BackupId) -> Result<(), BackupError> {
    let backup = app
        .db
        .read(move |conn| db::backups::find(conn, id))
        .await?
        .filter(|backup| backup.deleted_at.is_none())
        .ok_or(NotFound)?;
    if backup.own {
        match fs::remove_file(&backup.name) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(BackupError::Io(backup.name, error)),
        }
    }
    let (inner, actor, journal) = (app.clone(), actor.clone(), app.journal.clone());
    let now = app.clock.now();
    app.db
        .write_then(
            move |conn| -> Result<_, ActionError> {
                if db::backups::set_deleted(conn, id, now)? {
                    let event = Event::new(Action::BackupDeleted).with("backup", id);
                    trail::record(&inner, conn, &actor, None, &event)?;
                }
                Ok(())
            },
            move |()| {
                let line = Line::BackupGone { id: id.0, at: now };
                journal.append(&[line]).map_err(ActionError::Journal)
            },
        )
        .await?;
    Ok(())
}

/// Deletes the backups of Lethe's own whose last day is over, where the configuration says so, and the rows of
/// those that have been gone for long.
///
/// # Errors
/// [`ActionError`]. A file that cannot be deleted is no error: it stays in the catalogue, and `lethe check` says so.
pub async fn sweep(app: &App) -> Result<(), ActionError> {
    let before = app.clock.now() - SignedDuration::from_hours(24 * GONE_DAYS);
    app.db
        .write(move |conn| db::backups::forget_gone(conn, before))
        .await?;
    super::intake::sweep(app).await?;
    if !app.config.backup.delete_expired {
        return Ok(());
    }
    let inner = app.clone();
    let overdue = app.db.read(move |conn| overdue(&inner, conn)).await?;
    for backup in overdue.into_iter().filter(|backup| backup.own) {
        match forget(app, &Actor::System, backup.id).await {
            Ok(()) => {}
            Err(BackupError::Action(error)) => return Err(error),
            Err(error) => {
                tracing::error!(backup = %backup.id, %error, "a backup whose time is over cannot be deleted")
            }
        }
    }
    Ok(())
}

/// Backups whose last day is over and that are not known to be gone: they hold whom we have told that they are
/// erased for good.
///
/// # Errors
/// [`DbError`].
pub fn overdue(app: &App, conn: &mut Conn) -> Result<Vec<Backup>, DbError> {
    let today = app.today();
    let alive = db::backups::alive(conn)?;
    Ok(alive
        .into_iter()
        .filter(|backup| backup.expires_on < today)
        .collect())
}

/// For how many days from today some backup may still hold what is erased now: that of the catalogue which lives
/// longest, and at the least what the configuration says of all systems.
///
/// # Errors
/// [`DbError`].
pub fn days_left(app: &App, conn: &mut Conn) -> Result<i64, DbError> {
    let told = i64::from(app.policy.backup_days());
    let Some(last) = db::backups::last_day(conn)? else {
        return Ok(told);
    };
    let left = last.duration_since(app.today()).as_hours() / 24;
    // Its last day has to be over, too.
    Ok(told.max(left + 1))
}

/// What a restore was asked for.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The backup; without one, the database is as somebody else has put it back.
    pub file: Option<PathBuf>,
    /// The file with the private half of the recovery key.
    pub recovery_key_file: Option<PathBuf>,
    /// Whether a database that is not empty is moved aside.
    pub replace: bool,
    /// The journals that are replayed.
    pub journals: Journals,
    /// The folders of the intake journal, one for each machine, of which the database lacks what came after the backup.
    pub intake: Vec<PathBuf>,
}

/// What a restore did.
#[derive(Clone, Debug, Serialize)]
pub struct Restored {
    /// What the backup held.
    pub contents: Option<copies::Contents>,
    /// Where the database lies that was there before.
    pub moved_aside: Option<String>,
    /// What came back from the intake journal.
    pub intake: Option<Returned>,
    /// What was not put back although it is there, with the mend.
    pub left: Option<String>,
    /// What was done again.
    pub replayed: Replayed,
    /// What the trail has lost, by the last checkpoint that was signed; with the mend.
    pub trail: Option<String>,
}

/// Puts a backup back and does again what the journals say. Until that is done, nothing opens the database.
///
/// # Errors
/// [`BackupError`]. Where the backup was in its place already, the message says what to do next.
pub async fn put_back(
    config: Config,
    clock: Clock,
    actor: &Actor,
    wish: Wish,
) -> Result<Restored, BackupError> {
    let (mut contents, mut moved_aside) = (None, None);
    let asked = match wish.intake.first() {
        None => None,
        Some(first) => {
            let key = wish
                .recovery_key_file
                .clone()
                .ok_or_else(|| BackupError::Sealed(first.display().to_string()))?;
            let (config, folders) = (config.clone(), wish.intake.clone());
            let read = tokio::task::spawn_blocking(move || read_intake(&config, &folders, &key));
            let read = read
                .await
                .map_err(|error| BackupError::Io("restore".to_owned(), io::Error::other(error)))?;
            Some(read?)
        }
    };
    let left = asked.is_none().then(|| unread(&config)).flatten();
    if let Some(file) = wish.file {
        let (config, now) = (config.clone(), clock.now());
        let key = wish.recovery_key_file;
        let put = tokio::task::spawn_blocking(move || {
            put_in_place(&config, &file, key.as_deref(), wish.replace, now)
        });
        let put = put
            .await
            .map_err(|error| BackupError::Io("restore".to_owned(), io::Error::other(error)))??;
        contents = Some(put.0);
        moved_aside = put.1;
    }
    let app = App::start(config, clock).map_err(RestoreError::from)?;
    let known = catalogue(&app).await?.into_iter().map(|known| known.id);
    let (known, mut begun) = (known.collect(), None);
    let mut intake = match asked {
        None => None,
        Some(asked) => {
            // Without a backup nobody knows here from when on the database lacks what was done.
            begun = asked.begun.filter(|_| contents.is_some());
            Some(restore::intake::put_back(&app, asked, &wish.journals.others).await?)
        }
    };
    let replayed = restore::replay_all(&app, actor, &wish.journals).await?;
    if let Some(returned) = &mut intake {
        returned.gap = restore::intake::gap(begun, &known, &catalogue(&app).await?);
    }
    let (inner, actor) = (app.clone(), actor.clone());
    let (lost, is_new) = (
        app.db
            .read(move |conn| checkpoint::lost(&inner, conn))
            .await?,
        contents.is_some(),
    );
    let trouble = lost.map(|lost| lost.to_string());
    if is_new || intake.is_some() || replayed.changed_anything() {
        let (inner, done) = (app.clone(), replayed.clone());
        let returned = intake.clone().unwrap_or_default();
        app.db
            .write(move |conn| -> Result<_, DbError> {
                let mut event = Event::new(Action::Restored)
                    .counting(done.erased())
                    .with("intake", returned.records);
                for (what, count) in &returned.about {
                    event = event.with(&format!("intake_{what}"), count);
                }
                let event = event
                    .with("lines", done.lines)
                    .with("blocked", done.blocked)
                    .with("guarded", done.guarded)
                    .with("keys", done.keys + done.pseudonym_keys);
                trail::record(&inner, conn, &actor, None, &event).map(drop)
            })
            .await?;
    }
    // Also where somebody goes on without the rest of the intake journal.
    app.db.write(db::intake::end_replay).await?;
    if let Err(error) = restore::move_mark(&app).await {
        tracing::warn!(%error, "the mark of the journal stays behind");
    }
    Ok(Restored {
        contents,
        moved_aside,
        intake,
        left,
        replayed,
        trail: trouble,
    })
}

/// The newest of the catalogue, also those that are gone.
async fn catalogue(app: &App) -> Result<Vec<Backup>, DbError> {
    app.db
        .read(|conn| db::backups::newest(conn, CATALOGUE))
        .await
}

/// Reads all of the intake journal, before anything is changed.
fn read_intake(config: &Config, folders: &[PathBuf], key: &Path) -> Result<Contents, BackupError> {
    let secret = RecoverySecret::load(key)
        .map_err(|error| BackupError::Key(key.display().to_string(), error))?;
    let keys = KeyRing::load(&config.keys.file)
        .map_err(|error| RestoreError::Start(StartError::Keys(error)))?;
    let contents = Contents::read(folders, &secret).map_err(RestoreError::from)?;
    restore::intake::look_through(&contents, &keys)?;
    Ok(contents)
}

/// Says that there is an intake journal which nobody asked for.
fn unread(config: &Config) -> Option<String> {
    let folder = config.journal.intake.as_ref()?;
    let segments = intake::segments(folder).ok()?;
    let first = segments.iter().filter_map(|segment| segment.first).min()?;
    Some(format!(
        "{} holds what was asked and decided since {first:.0}, and was not put back: run `lethe restore --intake {} \
         --recovery-key-file KEY` before anything is started",
        folder.display(),
        folder.display()
    ))
}

/// Opens the file if it is sealed, looks it through, and puts it in the place of the database.
fn put_in_place(
    config: &Config,
    file: &Path,
    key: Option<&Path>,
    replace: bool,
    now: Timestamp,
) -> Result<(copies::Contents, Option<String>), BackupError> {
    let options = database_options(config);
    if !recovery::is_sealed(file).map_err(at(file))? {
        let contents = copies::look_through(&options, file)?;
        let aside = copies::put_back(&options, file, replace, now)?;
        return Ok((contents, aside));
    }
    let name = file.display().to_string();
    let key = key.ok_or_else(|| BackupError::Sealed(name.clone()))?;
    let secret = RecoverySecret::load(key)
        .map_err(|error| BackupError::Key(key.display().to_string(), error))?;
    let near = match &config.database.url {
        DatabaseUrl::Sqlite(path) => folder(path).to_owned(),
        DatabaseUrl::Postgres(_) => folder(&config.keys.file).to_owned(),
    };
    let plain = Draft::at(near.join(".lethe-restore"))?;
    let open = || -> io::Result<()> {
        let opener = Opener::Secret(&secret);
        let mut from = Unsealer::start(BufReader::new(File::open(file)?), &opener)?;
        let mut to = OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&plain.0)?;
        io::copy(&mut from, &mut to)?;
        to.flush()
    };
    open().map_err(|error| BackupError::DoesNotOpen(name, error.to_string()))?;
    let contents = copies::look_through(&options, &plain.0)?;
    let aside = copies::put_back(&options, &plain.0, replace, now)?;
    Ok((contents, aside))
}

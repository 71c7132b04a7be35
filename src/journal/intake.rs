//! The intake journal: what people asked and what staff decided since the last backups, sealed to the recovery key,
//! of which the machine has the public half alone. After a restore `actions::restore` puts it back.
//!
//! It is a folder of segments. A process appends to one of its own, under a lock, and begins another after an
//! hour: one that is over is never written to again, and goes as a whole ([`delete_before`]). A process has one open
//! before it commits anything, so that one without an end tells of a process that died. A segment is a row of frames:
//!
//! | bytes | |
//! |---|---|
//! | 4 | `LTHI` |
//! | 1 | kind: 1 the key, sealed to the recovery key; 2 a record; 3 the end |
//! | 8 | the stamp of its transaction ([`Stamps`]) |
//! | 4 | length of the content |
//! | … | the content |
//! | 8 | the first bytes of the SHA-256 of all that |
//!
//! A record is sealed with the key of its segment, bound to the head of its frame. Nothing of it can be told from
//! outside but when it was done and how long it is.

mod read;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

pub use self::read::{Contents, IntakeError, Segment, segments};
use self::read::{at, lock_dead, scan};
use crate::seal::SegmentKey;
use crate::seal::recovery::RecoveryKey;

const MAGIC: &[u8; 4] = b"LTHI";
const HEAD: usize = 17;
const SUM: usize = 8;
const ENDING: &str = "intake";

/// How long a segment is written to. What is in one that is over can be deleted.
const LIFE: Duration = Duration::from_secs(3600);

/// How long a segment becomes at the most.
const LENGTH: u64 = 64 * 1024 * 1024;

/// Entries that share a flush at the most.
const TOGETHER: usize = 1024;

/// Between two tries where something could not be written.
const PAUSE: Duration = Duration::from_secs(1);

/// An act is noted before it is committed, and a process may die in between.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// What is written down: made where it is written, so that nobody else waits for it.
pub type Body = Box<dyn FnOnce() -> io::Result<Zeroizing<Vec<u8>>> + Send>;

/// Tells what is to be told once it is safe from a power loss, or cannot be written.
pub type Then = Box<dyn FnOnce(Result<(), String>) + Send>;

/// What was done since an instant, or since the last backup, with its stamp; for what a process could not write.
pub type CatchUp = Box<dyn Fn(Option<Timestamp>) -> io::Result<Vec<(i64, Body)>> + Send>;

/// What the thread that writes needs beside what it writes.
pub struct Needs {
    /// To whom everything is sealed.
    pub key: RecoveryKey,
    /// What time it is.
    pub now: Box<dyn Fn() -> Timestamp + Send>,
    /// Gives stamps.
    pub stamps: Arc<Stamps>,
    /// A name for a new segment.
    pub name: Box<dyn Fn() -> Uuid + Send>,
    /// What was done and is not written.
    pub catch_up: CatchUp,
}

/// Tells which of two transactions was the later. A stamp is a time in microseconds since 1970, and later than all
/// that this process has given and found in the folder, also where the clock was set back.
#[derive(Debug)]
pub struct Stamps(AtomicI64);

impl Stamps {
    /// Stamps that are later than what the folder holds.
    ///
    /// # Errors
    /// The system refuses.
    pub fn after(folder: &Path) -> io::Result<Stamps> {
        let last = segments(folder)?.into_iter().filter_map(|it| it.last).max();
        let last = last.map_or(i64::MIN, Timestamp::as_microsecond);
        Ok(Stamps(AtomicI64::new(last)))
    }

    /// The next one.
    pub fn next(&self, now: Timestamp) -> i64 {
        let later = |last: i64| now.as_microsecond().max(last.saturating_add(1));
        let (set, read) = (Ordering::Relaxed, Ordering::Relaxed);
        // It is never refused.
        let last = self.0.fetch_update(set, read, |last| Some(later(last)));
        later(last.unwrap_or_else(|last| last))
    }
}

/// The journal, for appending. All of a process share one.
#[derive(Debug)]
pub struct Intake {
    /// Whether a segment is open.
    is_open: Arc<AtomicBool>,
    /// Whether the thread did not answer in time the last time that it was asked for one.
    is_slow: Arc<AtomicBool>,
    /// There until the end.
    queue: Option<Sender<Message>>,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    Keep(Vec<(i64, Body)>, Then),
    /// Something may have been committed of which nobody knows.
    Doubt,
    /// Something is about to be committed.
    Ready(Sender<()>),
    End,
}

impl Intake {
    /// Opens the folder, or makes it, and writes down what an earlier process may have left out.
    ///
    /// # Errors
    /// The system refuses.
    pub fn start(folder: &Path, needs: Needs) -> io::Result<Intake> {
        make_folder(folder)?;
        let mut writer = Writer {
            folder: folder.to_owned(),
            needs,
            open: None,
            is_open: Arc::default(),
            is_slow: Arc::default(),
            behind: None,
            has_failed: false,
        };
        let (is_open, is_slow) = (writer.is_open.clone(), writer.is_slow.clone());
        writer.take_over()?;
        let (queue, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("lethe-intake".to_owned())
            .spawn(move || writer.serve(&waiting))?;
        Ok(Intake {
            is_open,
            is_slow,
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Writes entries after all that were given before, and calls `then` when they are on the disk. One flush
    /// serves all that wait.
    pub fn keep(&self, entries: Vec<(i64, Body)>, then: Then) {
        let unsent = match &self.queue {
            Some(queue) => queue.send(Message::Keep(entries, then)).err(),
            None => None,
        };
        if let Some(mpsc::SendError(Message::Keep(_, then))) = unsent {
            then(Err("its thread has ended".to_owned()));
        }
    }

    /// Has a segment open, if it can be: for whoever is about to commit. A folder that cannot be written shows when
    /// the commit is to be kept.
    pub fn ready(&self) {
        if self.is_open.load(Ordering::Acquire) {
            return;
        }
        // Whoever asks may hold a lock that the thread waits for, while it looks up what is behind; and where a disk
        // hangs, one wait is enough.
        if !self.is_slow.load(Ordering::Relaxed) {
            let (told, hear) = mpsc::channel();
            self.send(Message::Ready(told));
            let in_time = hear.recv_timeout(PAUSE).is_ok();
            self.is_slow.store(!in_time, Ordering::Relaxed);
        }
    }

    /// Looks into the database for what was done in these minutes: a commit was sent, and nobody heard whether it
    /// arrived.
    pub fn doubt(&self) {
        self.send(Message::Doubt);
    }

    /// Ends the segment that is written to; the next commit begins another.
    pub fn end_segment(&self) {
        self.send(Message::End);
    }

    fn send(&self, message: Message) {
        if let Some(queue) = &self.queue {
            // A thread that has ended has ended its segment, and looks at its next start.
            let _ = queue.send(message);
        }
    }
}

impl Drop for Intake {
    /// Waits for the end of the segment.
    fn drop(&mut self) {
        self.queue = None;
        // The last to let go may be the thread itself, when it has answered.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // One that panicked has nothing more to end.
            let _ = thread.join();
        }
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().mode(0o700).create(folder)?;
    match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// Since when something may be missing.
#[derive(Clone, Copy)]
enum Behind {
    LastBackup,
    At(Timestamp),
}

struct Writer {
    folder: PathBuf,
    needs: Needs,
    open: Option<Open>,
    is_open: Arc<AtomicBool>,
    is_slow: Arc<AtomicBool>,
    behind: Option<Behind>,
    /// Whether the last try to write went wrong.
    has_failed: bool,
}

/// The segment that is written to.
struct Open {
    path: PathBuf,
    file: File,
    key: SegmentKey,
    since: Instant,
    /// How far it is whole.
    length: u64,
    has_records: bool,
}

impl Writer {
    fn serve(mut self, waiting: &Receiver<Message>) {
        loop {
            let pause = if self.behind.is_some() { PAUSE } else { LIFE };
            let first = match waiting.recv_timeout(pause) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let (mut entries, mut thens, mut ends) = (Vec::new(), Vec::new(), first.is_none());
            for message in first.into_iter().chain(waiting.try_iter()) {
                match message {
                    Message::Keep(some, then) => {
                        entries.extend(some);
                        thens.push(then);
                    }
                    Message::Doubt => self.fall_behind((self.needs.now)()),
                    Message::Ready(told) => {
                        if let Err(error) = self.ready() {
                            tracing::error!(%error, "the intake journal cannot begin a segment");
                        }
                        self.is_slow.store(false, Ordering::Relaxed);
                        // Whoever waits no more goes on without it.
                        let _ = told.send(());
                    }
                    Message::End => ends = true,
                }
                // What comes after the end is for the next segment.
                if ends || entries.len() >= TOGETHER {
                    break;
                }
            }
            let result = self.write(entries);
            if let Err(error) = &result {
                tracing::error!(%error, "the intake journal cannot be written; whoever asks is told to ask again");
            }
            let result = result.map_err(|error| error.to_string());
            for then in thens {
                then(result.clone());
            }
            ends |= self
                .open
                .as_ref()
                .is_some_and(|open| open.since.elapsed() >= LIFE);
            if ends && self.behind.is_none() {
                self.end();
            }
        }
        if self.behind.is_none() {
            self.end();
        }
    }

    /// Ends what processes that died have left, and writes what may be missing in it.
    fn take_over(&mut self) -> io::Result<()> {
        let mut unended = Vec::new();
        let (mut live, mut last, mut any) = (false, None, false);
        for path in read::paths(&self.folder)? {
            let Some(file) = lock_dead(&path)? else {
                live = true;
                continue;
            };
            let found = scan(&path, &file)?;
            any = true;
            last = last.max(found.last);
            if !found.ended {
                unended.push((path, file, found));
            }
        }
        let earliest = unended.iter().map(|(_, _, found)| found.last).min();
        let at = |at: Option<Timestamp>| match at {
            Some(at) => Behind::At(at.checked_sub(MARGIN).unwrap_or(at)),
            // Nothing was ever written to it.
            None => Behind::LastBackup,
        };
        self.behind = match earliest {
            Some(earliest) => Some(at(earliest)),
            // Each that died in the middle of something would have left one without an end.
            None if live => None,
            None if any => Some(at(last)),
            None => Some(Behind::LastBackup),
        };
        self.write(Vec::new())?;
        for (path, file, found) in unended {
            match found.last {
                Some(last) if found.first.is_some() => {
                    file.set_len(found.good)?;
                    (&file).write_all(&frame(END, last.as_microsecond(), &[])?)?;
                    file.sync_data()?;
                }
                // Nobody heard of what was written to it.
                _ => fs::remove_file(path)?,
            }
        }
        Ok(())
    }

    /// From now on, what was done since a little before an instant is looked up.
    fn fall_behind(&mut self, at: Timestamp) {
        let since = at.checked_sub(MARGIN).unwrap_or(at);
        self.behind = Some(match self.behind {
            Some(Behind::At(earlier)) => Behind::At(earlier.min(since)),
            Some(Behind::LastBackup) => Behind::LastBackup,
            None => Behind::At(since),
        });
    }

    /// Writes entries, and what is behind.
    fn write(&mut self, entries: Vec<(i64, Body)>) -> io::Result<()> {
        let now = (self.needs.now)();
        let written = self.try_write(entries, now);
        self.has_failed = written.is_err();
        match &written {
            Ok(()) => self.behind = None,
            Err(_) => self.fall_behind(now),
        }
        written
    }

    fn try_write(&mut self, entries: Vec<(i64, Body)>, now: Timestamp) -> io::Result<()> {
        if self
            .open
            .as_ref()
            .is_some_and(|open| !open.is_in_its_place())
        {
            // With it went what it held.
            self.let_go();
            self.behind = Some(Behind::LastBackup);
        }
        if entries.is_empty() && self.behind.is_none() {
            return Ok(());
        }
        // Before much is read again: whether it can be written by now.
        if self.has_failed {
            self.ready()?;
        }
        let mut all = match self.behind {
            Some(Behind::At(since)) if since <= now => (self.needs.catch_up)(Some(since))?,
            // The clock was set back, and what was done since bears earlier times.
            Some(_) => (self.needs.catch_up)(None)?,
            None => Vec::new(),
        };
        all.extend(entries);
        if all.is_empty() {
            return Ok(());
        }
        self.ready()?;
        let Some(open) = &mut self.open else {
            return Err(io::Error::other("no segment is open"));
        };
        let written = open.append(all);
        if written.is_err() {
            // What was written of it may be torn, and what was flushed may not be there: nothing more comes after it.
            // A full disk gets its room back.
            if let Some(torn) = self.let_go() {
                let _ = match torn.has_records {
                    true => torn.file.set_len(torn.length),
                    false => fs::remove_file(&torn.path),
                };
            }
        }
        written
    }

    /// Has a segment open that can be written to.
    fn ready(&mut self) -> io::Result<()> {
        let is_over = self
            .open
            .as_ref()
            .is_some_and(|open| open.since.elapsed() >= LIFE || open.length >= LENGTH);
        if is_over {
            self.end();
        }
        if self.open.is_none() {
            self.open = Some(self.begin()?);
            self.is_open.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Writes no more to the open segment.
    fn let_go(&mut self) -> Option<Open> {
        self.is_open.store(false, Ordering::Release);
        self.open.take()
    }

    /// A stamp for what is no record.
    fn stamp(&self) -> i64 {
        self.needs.stamps.next((self.needs.now)())
    }

    fn begin(&self) -> io::Result<Open> {
        make_folder(&self.folder)?;
        let path = self
            .folder
            .join(format!("{}.{ENDING}", (self.needs.name)()));
        let mut file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        let mut start = || -> io::Result<_> {
            file.lock()?;
            // An operator who works as root must not lock the service out.
            let owner = fs::metadata(&self.folder)?;
            if owner.uid() != file.metadata()?.uid() {
                fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
            }
            let (key, sealed) = SegmentKey::create(&self.needs.key)?;
            let first = frame(KEY, self.stamp(), &sealed)?;
            file.write_all(&first)?;
            file.sync_all()?;
            File::open(&self.folder)?.sync_all()?;
            Ok((key, first))
        };
        let (key, first) = start().inspect_err(|_| {
            // A full disk is not to be filled with beginnings; one that stays does no harm.
            let _ = fs::remove_file(&path);
        })?;
        Ok(Open {
            path,
            file,
            key,
            since: Instant::now(),
            length: first.len() as u64,
            has_records: false,
        })
    }

    /// Ends the open segment; whoever reads it knows that nothing is missing. One without a record goes.
    fn end(&mut self) {
        let Some(mut open) = self.let_go() else {
            return;
        };
        let ended = if open.has_records {
            frame(END, self.stamp(), &[])
                .and_then(|frame| open.file.write_all(&frame))
                .and_then(|()| open.file.sync_data())
        } else {
            fs::remove_file(&open.path)
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "a segment of the intake journal is left without its end");
        }
    }
}

impl Open {
    fn append(&mut self, entries: Vec<(i64, Body)>) -> io::Result<()> {
        let mut bytes = Vec::new();
        for (stamp, body) in entries {
            let sealed = self.key.seal(&head(RECORD, stamp), &body()?);
            bytes.extend(frame(RECORD, stamp, &sealed)?);
        }
        self.file.write_all(&bytes)?;
        self.file.sync_data()?;
        self.length += bytes.len() as u64;
        self.has_records = true;
        Ok(())
    }

    /// A segment that was moved away or deleted is no place to write to.
    fn is_in_its_place(&self) -> bool {
        match (fs::metadata(&self.path), self.file.metadata()) {
            (Ok(there), Ok(ours)) => there.ino() == ours.ino() && there.dev() == ours.dev(),
            _ => false,
        }
    }
}

/// Deletes the segments that were over before an instant; how many.
///
/// # Errors
/// The system refuses; the error names the file.
pub fn delete_before(folder: &Path, before: Timestamp) -> io::Result<usize> {
    let mut deleted = 0;
    for path in read::paths(folder)? {
        // Who writes to one that is still open ends it within the hour. Under the lock, nobody adds to it.
        let Some(file) = lock_dead(&path)? else {
            continue;
        };
        let found = scan(&path, &file)?;
        // One without its end tells the next start that something may be missing.
        if found.ended && found.last.is_some_and(|last| last < before) {
            fs::remove_file(&path).map_err(at(&path))?;
            deleted += 1;
        }
    }
    if deleted > 0 {
        File::open(folder)?.sync_all()?;
    }
    Ok(deleted)
}

const KEY: u8 = 1;
const RECORD: u8 = 2;
const END: u8 = 3;

fn head(kind: u8, stamp: i64) -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    head.push(kind);
    head.extend(stamp.to_be_bytes());
    head
}

fn frame(kind: u8, stamp: i64, content: &[u8]) -> io::Result<Vec<u8>> {
    let length = u32::try_from(content.len()).map_err(io::Error::other)?;
    let mut frame = head(kind, stamp);
    frame.extend(length.to_be_bytes());
    frame.extend(content);
    let sum = Sha256::digest(&frame);
    frame.extend(&sum[..SUM]);
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::seal::random;
    use crate::seal::recovery::RecoverySecret;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    /// A folder with a journal, and the key that opens it.
    struct Place {
        folder: PathBuf,
        secret: RecoverySecret,
        now: Arc<AtomicI64>,
        named: Arc<AtomicU64>,
    }

    impl Place {
        fn new() -> Place {
            let base = std::env::temp_dir().join(format!("lethe-intake-{:02x?}", random::<8>()));
            fs::create_dir(&base).expect("writable");
            let key = base.join("key");
            RecoverySecret::create(&key).expect("writable");
            Place {
                secret: RecoverySecret::load(&key).expect("just written"),
                folder: base.join("intake"),
                now: Arc::new(NOW.as_second().into()),
                named: Arc::default(),
            }
        }

        fn start(&self, missed: &'static [&'static str]) -> Intake {
            let (now, named) = (self.now.clone(), self.named.clone());
            let stamps = Arc::new(Stamps::after(&self.folder).expect("readable"));
            let (given, at) = (stamps.clone(), now.clone());
            let needs = Needs {
                key: self.secret.public(),
                stamps,
                now: Box::new(move || {
                    Timestamp::from_second(now.load(Ordering::Relaxed)).expect("a time")
                }),
                // Ids that grow, as those of the program do.
                name: Box::new(move || {
                    Uuid::from_u64_pair(0, named.fetch_add(1, Ordering::Relaxed))
                }),
                catch_up: Box::new(move |_| {
                    let now = Timestamp::from_second(at.load(Ordering::Relaxed)).expect("a time");
                    Ok(missed
                        .iter()
                        .map(|text| stamped(given.next(now), text))
                        .collect())
                }),
            };
            Intake::start(&self.folder, needs).expect("writable")
        }

        fn paths(&self) -> Vec<PathBuf> {
            read::paths(&self.folder).expect("the folder is there")
        }

        fn contents(&self) -> Contents {
            Contents::read(std::slice::from_ref(&self.folder), &self.secret).expect("the key fits")
        }

        fn texts(&self) -> Vec<String> {
            let contents = self.contents();
            (0..contents.len())
                .filter_map(|number| contents.record(number).expect("readable"))
                .map(|text| String::from_utf8(text.to_vec()).expect("text"))
                .collect()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(self.folder.parent().expect("a folder"));
        }
    }

    fn stamped(stamp: i64, text: &'static str) -> (i64, Body) {
        let body = move || Ok(Zeroizing::new(text.as_bytes().to_vec()));
        (stamp, Box::new(body))
    }

    /// An entry of so many seconds after [`NOW`].
    fn entry(second: i64, text: &'static str) -> (i64, Body) {
        stamped(NOW.as_microsecond() + second * 1_000_000, text)
    }

    fn keep(intake: &Intake, entries: Vec<(i64, Body)>) -> Result<(), String> {
        let (told, hear) = mpsc::channel();
        let then = move |result| {
            let _ = told.send(result);
        };
        intake.keep(entries, Box::new(then));
        hear.recv().expect("an answer")
    }

    #[test]
    fn records_come_back_in_their_order_across_segments() {
        let place = Place::new();
        let intake = place.start(&[]);
        // The commit that came first reached the journal second.
        keep(&intake, vec![entry(2, "two")]).expect("written");
        keep(&intake, vec![entry(1, "one"), entry(3, "three")]).expect("written");
        intake.end_segment();
        keep(&intake, vec![entry(4, "four")]).expect("written");
        drop(intake);
        assert_eq!(place.paths().len(), 2);
        assert_eq!(place.texts(), ["one", "two", "three", "four"]);
        assert!(place.contents().damaged.is_empty());
    }

    #[test]
    fn a_stamp_is_later_than_all_before_it() {
        let place = Place::new();
        let stamps = Stamps::after(&place.folder).expect("nothing is there");
        let first = stamps.next(NOW);
        assert_eq!(first, NOW.as_microsecond());
        let back = NOW - SignedDuration::from_hours(1);
        assert_eq!(stamps.next(back), first + 1);
        let on = NOW + SignedDuration::from_hours(1);
        assert_eq!(stamps.next(on), on.as_microsecond());
    }

    #[test]
    fn what_came_after_the_clock_was_set_back_comes_after() {
        let place = Place::new();
        let intake = place.start(&[]);
        keep(&intake, vec![entry(60, "before")]).expect("written");
        drop(intake);
        place.now.fetch_sub(3600, Ordering::Relaxed);
        let stamps = Stamps::after(&place.folder).expect("readable");
        let intake = place.start(&[]);
        let now = NOW - SignedDuration::from_hours(1);
        keep(&intake, vec![stamped(stamps.next(now), "after")]).expect("written");
        drop(intake);
        assert_eq!(place.texts(), ["before", "after"]);
    }

    #[test]
    fn one_that_died_before_its_first_record_is_seen_beside_one_that_lives() {
        let place = Place::new();
        let living = place.start(&[]);
        keep(&living, vec![entry(1, "kept")]).expect("written");
        let dying = place.start(&[]);
        assert_eq!(place.paths().len(), 1, "who only looks has none");
        dying.ready();
        let path = place.paths().pop().expect("its segment");
        let begun = fs::read(&path).expect("readable");
        drop(dying);
        assert!(!path.exists(), "one without a record goes with its process");
        fs::write(&path, begun).expect("writable");
        place.now.fetch_add(10, Ordering::Relaxed);
        drop(place.start(&["missed"]));
        assert_eq!(place.texts(), ["kept", "missed"]);
        drop(living);
        assert!(
            segments(&place.folder)
                .expect("readable")
                .iter()
                .all(|it| it.ended)
        );
    }

    #[test]
    fn after_a_doubt_the_database_is_asked() {
        let place = Place::new();
        drop(place.start(&[]));
        let intake = place.start(&["arrived"]);
        assert_eq!(place.texts(), ["arrived"], "a new folder asks, too");
        intake.doubt();
        keep(&intake, vec![]).expect("written");
        assert_eq!(place.texts(), ["arrived", "arrived"]);
        keep(&intake, vec![]).expect("written");
        assert_eq!(place.texts().len(), 2, "once");
    }

    #[test]
    fn two_processes_write_to_segments_of_their_own() {
        let place = Place::new();
        let one = place.start(&[]);
        keep(&one, vec![entry(1, "first")]).expect("written");
        place.now.fetch_add(10, Ordering::Relaxed);
        let other = place.start(&[]);
        keep(&other, vec![entry(1, "second")]).expect("written");
        place.now.fetch_add(10, Ordering::Relaxed);
        keep(&one, vec![entry(2, "third")]).expect("written");
        assert_eq!(place.paths().len(), 2);
        assert_eq!(place.texts(), ["first", "second", "third"]);
    }

    #[test]
    fn what_a_dead_process_left_out_is_written_first() {
        let place = Place::new();
        let intake = place.start(&[]);
        keep(&intake, vec![entry(1, "kept"), entry(2, "torn")]).expect("written");
        let path = place.paths().remove(0);
        drop(intake);
        let whole = fs::read(&path).expect("readable");
        // Without its end and a part of its last record.
        let end = HEAD + SUM;
        fs::write(&path, &whole[..whole.len() - end - 3]).expect("writable");
        assert_eq!(place.texts(), ["kept"]);
        assert_eq!(place.contents().damaged.len(), 1);
        drop(place.start(&["torn"]));
        assert_eq!(place.texts(), ["kept", "torn"]);
        assert!(place.contents().damaged.is_empty(), "what was torn is cut");
    }

    #[test]
    fn every_cut_leaves_the_records_before_it() {
        let place = Place::new();
        let intake = place.start(&[]);
        keep(&intake, vec![entry(1, "one"), entry(2, "two")]).expect("written");
        let path = place.paths().remove(0);
        drop(intake);
        let whole = fs::read(&path).expect("readable");
        let mut seen = Vec::new();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).expect("writable");
            let texts = place.texts();
            assert!(["one", "two"].starts_with(&texts.iter().map(|it| &**it).collect::<Vec<_>>()));
            seen.push(texts.len());
        }
        assert!(seen.is_sorted());
        assert_eq!(seen.last(), Some(&2));
    }

    #[test]
    fn a_flipped_byte_costs_its_record_and_is_told() {
        let place = Place::new();
        let intake = place.start(&[]);
        keep(
            &intake,
            vec![entry(1, "one"), entry(2, "two"), entry(3, "three")],
        )
        .expect("written");
        let path = place.paths().remove(0);
        drop(intake);
        let whole = fs::read(&path).expect("readable");
        let (key, _, first) = read_lengths(&whole);
        for at in key..whole.len() - (HEAD + SUM) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).expect("writable");
            let texts = place.texts();
            assert_eq!(texts.len(), 2, "byte {at}");
            assert_eq!(texts.contains(&"one".to_owned()), at >= first, "byte {at}");
            assert_eq!(place.contents().damaged.len(), 1, "byte {at}");
        }
    }

    /// Where the key ends, how long that is, and where the first record ends.
    fn read_lengths(bytes: &[u8]) -> (usize, usize, usize) {
        let length = |from: usize| {
            let at = from + HEAD - 4;
            let length: [u8; 4] = bytes[at..at + 4].try_into().expect("four bytes");
            HEAD + usize::try_from(u32::from_be_bytes(length)).expect("short") + SUM
        };
        let key = length(0);
        (key, key, key + length(key))
    }

    #[test]
    fn another_key_is_refused_and_a_record_opens_only_in_its_place() {
        let place = Place::new();
        let intake = place.start(&[]);
        keep(&intake, vec![entry(1, "one")]).expect("written");
        let path = place.paths().remove(0);
        drop(intake);
        let other = Place::new();
        let refused = Contents::read(std::slice::from_ref(&place.folder), &other.secret);
        assert!(
            matches!(refused, Err(IntakeError::WrongKey(_))),
            "{refused:?}"
        );
        // The record of another time, with a sum that fits.
        let whole = fs::read(&path).expect("readable");
        let (key, _, end) = read_lengths(&whole);
        let content = &whole[key + HEAD..end - SUM];
        let mut bytes = whole[..key].to_vec();
        bytes.extend(frame(RECORD, NOW.as_microsecond(), content).expect("short"));
        fs::write(&path, &bytes).expect("writable");
        assert_eq!(place.contents().len(), 1);
        assert!(place.texts().is_empty());
    }

    #[test]
    fn segments_go_when_they_are_over_and_old() {
        let place = Place::new();
        let intake = place.start(&[]);
        keep(&intake, vec![entry(1, "one")]).expect("written");
        let later = NOW + SignedDuration::from_hours(1);
        assert_eq!(
            delete_before(&place.folder, later).expect("readable"),
            0,
            "it is written to"
        );
        drop(intake);
        assert_eq!(
            delete_before(&place.folder, NOW).expect("readable"),
            0,
            "it is not older"
        );
        assert_eq!(delete_before(&place.folder, later).expect("readable"), 1);
        assert!(place.paths().is_empty());
    }

    #[test]
    fn a_segment_that_was_taken_away_is_not_written_to() {
        let place = Place::new();
        drop(place.start(&[]));
        let intake = place.start(&["missed"]);
        keep(&intake, vec![entry(1, "one")]).expect("written");
        for path in place.paths() {
            fs::remove_file(path).expect("there");
        }
        keep(&intake, vec![entry(2, "two")]).expect("written");
        assert_eq!(
            place.texts(),
            ["missed", "two"],
            "what was in it is looked up"
        );
    }
}

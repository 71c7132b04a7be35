//! Reading segments: whole or damaged, with the recovery key or without.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{END, ENDING, HEAD, KEY, MAGIC, RECORD, SUM, head};
use crate::seal::SegmentKey;
use crate::seal::recovery::RecoverySecret;

/// Why a journal cannot be put back. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The system refuses.
    #[error("{0}: {1}")]
    Io(String, #[source] io::Error),
    /// There is nothing in it.
    #[error(
        "{0} holds no segment of an intake journal: is its disk mounted? Without one to put back, leave `--intake` out"
    )]
    Empty(String),
    /// The key does not fit.
    #[error(
        "{0} does not open with this recovery key: name the key that backup.recovery_key belonged to when it was \
         written, or move the file away if what it holds may be lost"
    )]
    WrongKey(String),
}

/// A segment, as it can be told without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The file.
    pub path: PathBuf,
    /// When the first of its records was done; none is in it yet otherwise.
    pub first: Option<Timestamp>,
    /// When it was last written to.
    pub last: Option<Timestamp>,
    /// Whether whoever wrote it came to its end.
    pub ended: bool,
}

/// What was found in a segment.
pub(super) struct Scanned {
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    pub(super) ended: bool,
    /// How far its last whole frame goes.
    pub(super) good: u64,
}

/// Says of which file an error is.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> io::Error {
    let path = path.display().to_string();
    move |error| io::Error::new(error.kind(), format!("{path}: {error}"))
}

/// The segments of a folder, the oldest first; their names are of ids that grow.
pub(super) fn paths(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(paths),
        files => files.map_err(at(folder))?,
    };
    for file in files {
        let path = file?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The segments of a folder; of a folder that is not there, none.
///
/// # Errors
/// The system refuses.
pub fn segments(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for path in paths(folder)? {
        let file = match File::open(&path) {
            // Another process has just deleted it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            file => file.map_err(at(&path))?,
        };
        let found = scan(&path, &file)?;
        segments.push(Segment {
            path,
            first: found.first,
            last: found.last,
            ended: found.ended,
        });
    }
    Ok(segments)
}

/// A segment that nobody writes to, under our own lock.
pub(super) fn lock_dead(path: &Path) -> io::Result<Option<File>> {
    let file = match OpenOptions::new().read(true).append(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(at(path))?,
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(at(path)(error)),
    }
}

/// The head of a frame.
struct Head {
    kind: u8,
    at: Timestamp,
    length: usize,
}

fn read_head(bytes: &[u8]) -> Option<Head> {
    let (magic, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first()?;
    let (at, rest) = rest.split_first_chunk::<8>()?;
    let (length, _) = rest.split_first_chunk::<4>()?;
    if magic != MAGIC {
        return None;
    }
    Some(Head {
        kind: *kind,
        at: Timestamp::from_microsecond(i64::from_be_bytes(*at)).ok()?,
        length: usize::try_from(u32::from_be_bytes(*length)).ok()?,
    })
}

/// The whole frame at the beginning of the bytes.
fn read_frame(bytes: &[u8]) -> Option<(Head, &[u8], usize)> {
    let head = read_head(bytes.get(..HEAD)?)?;
    let end = HEAD.checked_add(head.length)?;
    let sum = bytes.get(end..end.checked_add(SUM)?)?;
    let covered = bytes.get(..end)?;
    (Sha256::digest(covered)[..SUM] == *sum).then(|| (head, &covered[HEAD..], end + SUM))
}

/// Where the next whole frame begins.
fn next_frame(bytes: &[u8], from: usize) -> Option<usize> {
    (from..bytes.len())
        .find(|at| bytes[*at..].starts_with(MAGIC) && read_frame(&bytes[*at..]).is_some())
}

/// Looks at the heads alone, and reads all only where they do not lead to the end.
pub(super) fn scan(path: &Path, file: &File) -> io::Result<Scanned> {
    let length = file.metadata()?.len();
    let mut found = Scanned {
        first: None,
        last: None,
        ended: false,
        good: 0,
    };
    let mut bytes = [0; HEAD];
    while found.good + HEAD as u64 <= length {
        file.read_exact_at(&mut bytes, found.good)?;
        let Some(head) = read_head(&bytes) else { break };
        let end = found.good + (HEAD + head.length + SUM) as u64;
        if end > length {
            break;
        }
        found.note(&head);
        found.good = end;
    }
    if found.good == length {
        return Ok(found);
    }
    let bytes = fs::read(path)?;
    let mut found = Scanned {
        first: None,
        last: None,
        ended: false,
        good: 0,
    };
    let mut at = 0;
    while let Some(next) = next_frame(&bytes, at) {
        let Some((head, _, length)) = read_frame(&bytes[next..]) else {
            break;
        };
        found.note(&head);
        at = next + length;
        found.good = at as u64;
    }
    Ok(found)
}

impl Scanned {
    fn note(&mut self, head: &Head) {
        if head.kind == RECORD {
            self.first = self.first.or(Some(head.at));
        }
        self.last = self.last.max(Some(head.at));
        self.ended = head.kind == END;
    }
}

/// Where a record lies.
#[derive(Clone, Debug)]
struct Placed {
    at: Timestamp,
    segment: usize,
    offset: u64,
    length: usize,
}

/// A segment with its key.
struct Opened {
    path: PathBuf,
    key: SegmentKey,
}

/// All records of one folder or several, in their order.
pub struct Contents {
    segments: Vec<Opened>,
    records: Vec<Placed>,
    /// When the oldest segment was begun.
    pub begun: Option<Timestamp>,
    /// What could not be read, in words.
    pub damaged: Vec<String>,
}

impl Contents {
    /// Looks through all segments of these folders.
    ///
    /// # Errors
    /// [`IntakeError`]; one that is damaged is no error.
    pub fn read(folders: &[PathBuf], secret: &RecoverySecret) -> Result<Contents, IntakeError> {
        let io = |path: &Path| {
            let path = path.display().to_string();
            move |error| IntakeError::Io(path, error)
        };
        let mut contents = Contents {
            segments: Vec::new(),
            records: Vec::new(),
            begun: None,
            damaged: Vec::new(),
        };
        for folder in folders {
            // A folder that was mistyped is not an empty one, nor is one whose disk is not there.
            fs::read_dir(folder).map_err(io(folder))?;
            let paths = paths(folder).map_err(io(folder))?;
            if paths.is_empty() {
                return Err(IntakeError::Empty(folder.display().to_string()));
            }
            for path in paths {
                let bytes = fs::read(&path).map_err(io(&path))?;
                contents.add(path, &bytes, secret)?;
            }
        }
        // By their stamps: two commits may have come to the disk in the other order.
        contents
            .records
            .sort_by_key(|record| (record.at, record.segment, record.offset));
        Ok(contents)
    }

    fn add(
        &mut self,
        path: PathBuf,
        bytes: &[u8],
        secret: &RecoverySecret,
    ) -> Result<(), IntakeError> {
        let name = path.display().to_string();
        let (mut at, mut has_key) = (0, false);
        while at < bytes.len() {
            let Some((head, content, length)) = read_frame(&bytes[at..]) else {
                let next = next_frame(bytes, at + 1);
                let what = match next {
                    None => format!("{name} ends within a record at byte {at}"),
                    Some(next) => format!("{name} is damaged from byte {at} to {next}"),
                };
                self.damaged.push(what);
                match next {
                    None => break,
                    Some(next) => at = next,
                }
                continue;
            };
            self.begun = self.begun.into_iter().chain([head.at]).min();
            match head.kind {
                KEY => {
                    let key = SegmentKey::open(content, secret)
                        .map_err(|_| IntakeError::WrongKey(name.clone()))?;
                    let path = path.clone();
                    self.segments.push(Opened { path, key });
                    has_key = true;
                }
                RECORD if has_key => self.records.push(Placed {
                    at: head.at,
                    segment: self.segments.len() - 1,
                    offset: (at + HEAD) as u64,
                    length: head.length,
                }),
                END => {}
                _ => self.damaged.push(format!(
                    "{name} has a record at byte {at} that nobody can open"
                )),
            }
            at += length;
        }
        Ok(())
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Opens a record, counted from 0; `None` for one that does not open.
    ///
    /// # Errors
    /// [`IntakeError::Io`].
    pub fn record(&self, number: usize) -> Result<Option<Zeroizing<Vec<u8>>>, IntakeError> {
        let Some(record) = self.records.get(number) else {
            return Ok(None);
        };
        let Some(segment) = self.segments.get(record.segment) else {
            return Ok(None);
        };
        let mut sealed = vec![0; record.length];
        File::open(&segment.path)
            .and_then(|file| file.read_exact_at(&mut sealed, record.offset))
            .map_err(|error| IntakeError::Io(segment.path.display().to_string(), error))?;
        let place = head(RECORD, record.at.as_microsecond());
        Ok(segment.key.unseal(&place, &sealed).ok())
    }
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contents")
            .field("segments", &self.segments.len())
            .field("records", &self.records.len())
            .field("damaged", &self.damaged)
            .finish()
    }
}

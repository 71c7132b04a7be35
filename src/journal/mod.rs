//! The erasure journal: a file outside the database and its backups that says what was erased.
//!
//! It is there so that a restore can erase again what a backup brings back (Art. 17(1)); that replay is
//! not built yet (docs/operations.md). Lines are appended and flushed, never changed. The journal must hold
//! no personal data: record keys, digests and times only.
//!
//! A line is the first 16 hexadecimal digits of the SHA-256 of its JSON, a space, the JSON and a line feed. The hash
//! finds damage; it is no signature.

mod last_known;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub use self::last_known::LastKnown;
use crate::seal::{Digest, KeyId};

/// One thing that a restored backup must not bring back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// A record was erased or purged.
    Erasure(ErasureLine),
    /// The key of a request was destroyed.
    KeyDestroyed {
        /// The request key's id.
        request_key_id: Uuid,
        /// When.
        at: Timestamp,
    },
    /// The key of a year's pseudonyms in the trail was destroyed; a restored key file has it again.
    PseudonymKeyDestroyed {
        /// The key's id.
        key: KeyId,
        /// When.
        at: Timestamp,
    },
}

/// A record that is gone from its store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureLine {
    /// The store's name.
    pub store: String,
    /// The record's key in that store; never an address.
    pub record_key: String,
    /// The digest of the address that the record was found by, if it had one.
    pub address_digest: Option<Digest>,
    /// When the record was erased.
    pub erased_at: Timestamp,
    /// The cause of the run: `request`, `retention`, `source` or `replay`.
    pub cause: String,
    /// The run.
    pub run: Uuid,
}

/// Why a journal cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The line was damaged or edited.
    #[error("line {0} of the journal is damaged: compare it with a copy of the journal")]
    Damaged(u64),
    /// The line is whole, but of a kind that a newer version wrote.
    #[error("line {0} of the journal was written by a newer version: use that version")]
    Unknown(u64),
    /// The system refused to read on.
    #[error("cannot read the journal")]
    Io(#[from] io::Error),
}

/// The journal, for appending. Threads and processes may append to the same one.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    /// Opens the journal at `path`, or starts one that its owner alone can read.
    /// Errors: the path is no ordinary file, or the system refuses.
    pub fn open(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(found) if !found.is_file() => {
                let message = format!(
                    "{} is not an ordinary file: give the journal a path of its own",
                    path.display()
                );
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => start(path)?,
            Err(error) => return Err(error),
        }
        let journal = Self {
            path: path.to_owned(),
        };
        journal.append(&[])?;
        Ok(journal)
    }

    /// Writes the lines and returns when they are safe from a power loss; all with one flush.
    /// After an error none, some or all of them may be there: append them again, reading tolerates it.
    pub fn append(&self, lines: &[Line]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for line in lines {
            let json = serde_json::to_string(line)?;
            writeln!(bytes, "{} {json}", check(&json))?;
        }
        // Opened each time: a journal that was moved away is an error, not a write into nowhere.
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(&self.path)?;
        file.lock()?;
        cut_torn_line(&file)?;
        file.write_all(&bytes)?;
        file.sync_data()
    }
}

fn start(path: &Path) -> io::Result<()> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?
        .sync_all()?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Removes what an interrupted append left after the last line feed; nobody was told that it was written.
fn cut_torn_line(file: &File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut end = length;
    let mut byte = [0];
    while end > 0 {
        file.read_exact_at(&mut byte, end - 1)?;
        if byte == *b"\n" {
            break;
        }
        end -= 1;
    }
    if end < length {
        file.set_len(end)
    } else {
        Ok(())
    }
}

fn check(json: &str) -> String {
    Sha256::digest(json)[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Reads a journal from its beginning. A torn last line, left by a crash, is passed over. A damaged line is an
/// error, after which reading goes on with the next one; an `Io` error is the end.
pub fn read(path: &Path) -> io::Result<impl Iterator<Item = Result<Line, JournalError>>> {
    let mut reader = BufReader::new(File::open(path)?);
    let mut number = 0;
    let mut ended = false;
    Ok(std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let mut bytes = Vec::new();
        number += 1;
        let read = reader.read_until(b'\n', &mut bytes);
        ended = !bytes.ends_with(b"\n");
        match read {
            Err(error) => Some(Err(error.into())),
            Ok(_) => (!ended).then(|| parse(&bytes, number)),
        }
    }))
}

fn parse(bytes: &[u8], number: u64) -> Result<Line, JournalError> {
    let line = str::from_utf8(bytes).map_err(|_| JournalError::Damaged(number))?;
    let (hash, json) = line
        .trim_end_matches('\n')
        .split_once(' ')
        .ok_or(JournalError::Damaged(number))?;
    if hash != check(json) {
        return Err(JournalError::Damaged(number));
    }
    serde_json::from_str(json).map_err(|_| JournalError::Unknown(number))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use proptest::prelude::*;

    use super::*;
    use crate::seal::{KeyRing, random};

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    /// A path of its own for each test, removed at the end.
    struct Place(PathBuf);

    impl Place {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("lethe-journal-{}", Uuid::from_bytes(random()))))
        }

        fn append(&self, lines: &[Line]) {
            Journal::open(&self.0)
                .expect("the folder is writable")
                .append(lines)
                .expect("the file is writable");
        }

        fn read(&self) -> Vec<Result<Line, JournalError>> {
            read(&self.0).expect("the journal is there").collect()
        }

        fn whole(&self) -> Vec<Line> {
            self.read()
                .into_iter()
                .collect::<Result<_, _>>()
                .expect("no line is damaged")
        }

        fn bytes(&self) -> Vec<u8> {
            fs::read(&self.0).expect("the journal is there")
        }

        fn write(&self, bytes: &[u8]) {
            fs::write(&self.0, bytes).expect("the file is writable");
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    fn erasure(record_key: &str) -> Line {
        Line::Erasure(ErasureLine {
            store: "licence".to_owned(),
            record_key: record_key.to_owned(),
            address_digest: Some(KeyRing::ephemeral([7; 32]).address_digest("mira@halden.example")),
            erased_at: NOW,
            cause: "request".to_owned(),
            run: Uuid::from_u128(7),
        })
    }

    fn key_destroyed() -> Line {
        Line::KeyDestroyed {
            request_key_id: Uuid::from_u128(8),
            at: NOW,
        }
    }

    #[test]
    fn lines_are_read_back_in_order_across_openings() {
        let place = Place::new();
        place.append(&[erasure("L-1"), key_destroyed()]);
        place.append(&[erasure("L-2\nL-3")]);
        assert_eq!(
            place.whole(),
            [erasure("L-1"), key_destroyed(), erasure("L-2\nL-3")]
        );
    }

    #[test]
    fn a_new_journal_is_private_and_empty() {
        let place = Place::new();
        Journal::open(&place.0).expect("the folder is writable");
        let mode = fs::metadata(&place.0)
            .expect("created")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(place.whole().is_empty());
    }

    #[test]
    fn a_torn_last_line_is_passed_over_and_then_cut() {
        let place = Place::new();
        place.append(&[erasure("L-1"), erasure("L-2")]);
        let whole = place.bytes();
        let second = whole.len() / 2;
        for torn in second..whole.len() {
            place.write(&whole[..torn]);
            assert_eq!(place.whole(), [erasure("L-1")], "cut at {torn}");
            place.append(&[erasure("L-3")]);
            assert_eq!(
                place.whole(),
                [erasure("L-1"), erasure("L-3")],
                "cut at {torn}"
            );
        }
    }

    #[test]
    fn a_damaged_line_is_reported_and_the_others_are_read() {
        let place = Place::new();
        place.append(&[erasure("L-1"), erasure("L-2"), erasure("L-3")]);
        let text = String::from_utf8(place.bytes()).expect("text");
        place.write(text.replace("L-2", "L-9").as_bytes());
        let read = place.read();
        assert!(
            matches!(read[..], [Ok(_), Err(JournalError::Damaged(2)), Ok(_)]),
            "{read:?}"
        );
    }

    #[test]
    fn a_line_of_a_newer_version_is_told_from_a_damaged_one() {
        let place = Place::new();
        let json = r#"{"kind":"store_closed"}"#;
        place.write(format!("{} {json}\n", check(json)).as_bytes());
        assert!(matches!(place.read()[..], [Err(JournalError::Unknown(1))]));
    }

    #[test]
    fn threads_do_not_tear_each_others_lines() {
        let place = Place::new();
        let journal = Journal::open(&place.0).expect("the folder is writable");
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let journal = &journal;
                scope.spawn(move || {
                    for turn in 0..10 {
                        let key = format!("L-{thread}-{turn}");
                        journal
                            .append(&[erasure(&key), erasure(&key)])
                            .expect("the file is writable");
                    }
                });
            }
        });
        let lines = place.whole();
        assert_eq!(lines.len(), 160);
        assert!(lines.chunks(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn a_folder_is_no_journal() {
        let error = Journal::open(&std::env::temp_dir()).expect_err("a folder");
        assert!(
            error.to_string().contains("not an ordinary file"),
            "{error}"
        );
    }

    #[test]
    fn a_journal_that_was_moved_away_is_not_written_to() {
        let place = Place::new();
        let journal = Journal::open(&place.0).expect("the folder is writable");
        fs::remove_file(&place.0).expect("our own file");
        let error = journal.append(&[erasure("L-1")]).expect_err("it is gone");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_in_peace(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let place = Place::new();
            place.write(&bytes);
            prop_assert!(place.read().iter().all(Result::is_err));
        }
    }
}

//! The erasure journal: a file outside the database and its backups that says what was erased.
//!
//! It is there so that what a restored backup brings back is erased again (Art. 17(1)): `actions::restore`
//! replays it. Lines are appended and flushed, never changed. The journal must hold no personal data:
//! record keys, digests and times only.
//!
//! A line is the first 16 hexadecimal digits of the SHA-256 of its JSON, a space, the JSON and a line feed. The hash
//! finds damage; it is no signature. Each journal has an id of its own, in a line `journal_begun`, so that the
//! database can say how far it is carried out, and tell one journal from another.

pub mod intake;
mod last_known;
mod read;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub use self::last_known::LastKnown;
pub use self::read::{Mark, Placed, Reader, id_of, read, read_from};
use crate::seal::{Digest, KeyId};

/// One thing that a restored backup must not bring back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// The journal has this id. The first line; journals of older versions have it further down.
    JournalBegun {
        /// Its id.
        id: Uuid,
        /// When it was given.
        at: Timestamp,
    },
    /// A record was erased or purged.
    Erasure(ErasureLine),
    /// What a line above announced was not done: the record stays.
    Spared {
        /// The store's name.
        store: String,
        /// The record's key in that store.
        record_key: String,
        /// The run that announced it.
        run: Uuid,
        /// When that was clear.
        at: Timestamp,
    },
    /// A record is kept on a legal ground, blocked.
    Blocked {
        /// The store's name.
        store: String,
        /// The record's key in that store.
        record_key: String,
        /// The ground.
        ground: String,
        /// Until when, if there is an end.
        until: Option<Date>,
        /// When.
        at: Timestamp,
        /// The run.
        run: Uuid,
    },
    /// A record is kept as staff decided, in the clear: guarding its person as a whole does not take it.
    Kept {
        /// The store's name.
        store: String,
        /// The record's key in that store.
        record_key: String,
        /// The ground; none where it is not the person's.
        ground: Option<String>,
        /// When.
        at: Timestamp,
        /// The run.
        run: Uuid,
    },
    /// A legal hold was placed, or goes on with other days. What it is about and who asked for it stand in
    /// the database alone.
    HoldPlaced {
        /// Its id.
        hold: Uuid,
        /// The digests of whom it is on.
        address_digests: Vec<Digest>,
        /// When it was placed.
        placed_at: Timestamp,
        /// The day of the next review.
        review_on: Date,
        /// The last day, if it has one.
        until_on: Option<Date>,
        /// When these days were set.
        at: Timestamp,
    },
    /// A legal hold ended.
    HoldEnded {
        /// Its id.
        hold: Uuid,
        /// How: `lifted` or `expired`.
        how: String,
        /// When.
        at: Timestamp,
    },
    /// No import may bring this record of this person back, also if a backup has never had it.
    Guarded {
        /// The digest of the address.
        address_digest: Digest,
        /// The store's name.
        store: String,
        /// The record's key, as imports know it.
        record_key: String,
        /// Why it was erased.
        cause: String,
        /// When.
        at: Timestamp,
    },
    /// No import may bring anything of this person back that is older than this.
    PersonGuarded {
        /// The digest of the address.
        address_digest: Digest,
        /// Since when.
        at: Timestamp,
        /// The run that asked for it.
        run: Uuid,
    },
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
    /// A backup was made or entered: a restored database knows nothing of the ones after it.
    BackupMade {
        /// Its id.
        id: Uuid,
        /// `daily`, `yearly`, …
        backup_kind: String,
        /// The file, or what the operator calls it.
        name: String,
        /// Whether Lethe made it.
        own: bool,
        /// When it was made.
        made_at: Timestamp,
        /// The last day of its life.
        expires_on: Date,
    },
    /// A backup is gone.
    BackupGone {
        /// Its id.
        id: Uuid,
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
    id: Uuid,
    path: PathBuf,
    copies: Vec<PathBuf>,
}

impl Journal {
    /// Opens the journal at `path`, or starts one that its owner alone can read, with `new_id`; a journal without an
    /// id gets that one too. Brings its copies up to date, and starts those that are not there.
    ///
    /// # Errors
    /// The path is no ordinary file, a copy is not one of this journal or has more than it, or the system refuses.
    pub fn open(path: &Path, copies: &[PathBuf], new_id: Uuid, now: Timestamp) -> io::Result<Self> {
        for path in std::iter::once(path).chain(copies.iter().map(PathBuf::as_path)) {
            match fs::metadata(path) {
                Ok(found) if !found.is_file() => {
                    return Err(refused(
                        path,
                        "is not an ordinary file: give the journal a path of its own",
                    ));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => start(path)?,
                Err(error) => return Err(error),
            }
        }
        let mut journal = Self {
            id: new_id,
            path: path.to_owned(),
            copies: copies.to_vec(),
        };
        let file = journal.lock()?;
        match id_of(path).map_err(io::Error::other)? {
            Some(id) => journal.id = id,
            None => journal.write(
                &file,
                &[Line::JournalBegun {
                    id: new_id,
                    at: now,
                }],
            )?,
        }
        journal.write(&file, &[])?;
        Ok(journal)
    }

    /// By which the database knows it.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes it has now.
    ///
    /// # Errors
    /// The system refuses.
    pub fn length(&self) -> io::Result<u64> {
        Ok(fs::metadata(&self.path)?.len())
    }

    /// Writes the lines, to the copies too, and returns when they are safe from a power loss; all with one flush.
    /// After an error none, some or all of them may be there: append them again, reading tolerates it.
    ///
    /// # Errors
    /// The system refuses, or a copy is not one of this journal any more.
    pub fn append(&self, lines: &[Line]) -> io::Result<()> {
        let file = self.lock()?;
        self.write(&file, lines)
    }

    /// Opened each time: a journal that was moved away is an error, not a write into nowhere.
    fn lock(&self) -> io::Result<File> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .open(&self.path)?;
        file.lock()?;
        Ok(file)
    }

    fn write(&self, file: &File, lines: &[Line]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for line in lines {
            let json = serde_json::to_string(line)?;
            writeln!(bytes, "{} {json}", check(&json))?;
        }
        cut_torn_line(file)?;
        // A journal that was put back is told by its copies before anything is added to it.
        let in_copies = || {
            let mut copies = self.copies.iter();
            copies.try_for_each(|copy| bring_up_to_date(file, copy))
        };
        in_copies()?;
        let mut to = file;
        to.write_all(&bytes)?;
        file.sync_data()?;
        in_copies()
    }
}

fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("{} {why}", path.display()),
    )
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

/// Bytes that are compared at the end of a copy, and moved at a time.
const PIECE: u64 = 64 * 1024;

/// Appends to a copy what it lacks of the journal.
fn bring_up_to_date(journal: &File, path: &Path) -> io::Result<()> {
    let in_copy = |error: io::Error| {
        let message = format!("journal.copies: {}: {error}", path.display());
        io::Error::new(error.kind(), message)
    };
    let mut copy = OpenOptions::new()
        .read(true)
        .append(true)
        .open(path)
        .map_err(in_copy)?;
    cut_torn_line(&copy).map_err(in_copy)?;
    let (whole, mut there) = (journal.metadata()?.len(), copy.metadata()?.len());
    if there > whole {
        return Err(refused(
            path,
            "has more than the journal, which was lost or put back: put this copy in the journal's place",
        ));
    }
    let from = there.saturating_sub(PIECE);
    if piece(journal, from, there)? != piece(&copy, from, there).map_err(in_copy)? {
        return Err(refused(
            path,
            "is not a copy of this journal: give the copy a path of its own, or put the right journal back",
        ));
    }
    if there == whole {
        return Ok(());
    }
    while there < whole {
        let next = piece(journal, there, whole.min(there + PIECE))?;
        copy.write_all(&next).map_err(in_copy)?;
        there += next.len() as u64;
    }
    copy.sync_data().map_err(in_copy)
}

fn piece(file: &File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(to - from).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes)
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
            self.open().append(lines).expect("the file is writable");
        }

        fn open(&self) -> Journal {
            Journal::open(&self.0, &[], Uuid::from_u128(9), NOW).expect("the folder is writable")
        }

        /// All lines but the first, which says the id.
        fn read(&self) -> Vec<Result<Line, JournalError>> {
            let lines = read(&self.0).expect("the journal is there");
            lines
                .filter(|line| !matches!(line, Ok(Line::JournalBegun { .. })))
                .collect()
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
        place.open();
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
        let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').collect();
        let second = ends[1] + 1;
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
            matches!(read[..], [Ok(_), Err(JournalError::Damaged(3)), Ok(_)]),
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
        let journal = place.open();
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
        let error = Journal::open(&std::env::temp_dir(), &[], Uuid::from_u128(9), NOW)
            .expect_err("a folder");
        assert!(
            error.to_string().contains("not an ordinary file"),
            "{error}"
        );
    }

    #[test]
    fn a_journal_that_was_moved_away_is_not_written_to() {
        let place = Place::new();
        let journal = place.open();
        fs::remove_file(&place.0).expect("our own file");
        let error = journal.append(&[erasure("L-1")]).expect_err("it is gone");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_journal_has_one_id_and_one_of_an_older_version_gets_one() {
        let place = Place::new();
        let json = serde_json::to_string(&key_destroyed()).expect("a line");
        place.write(format!("{} {json}\n", check(&json)).as_bytes());
        for new_id in [1, 2] {
            let journal = Journal::open(&place.0, &[], Uuid::from_u128(new_id), NOW)
                .expect("the file is writable");
            assert_eq!(journal.id(), Uuid::from_u128(1));
        }
        assert_eq!(place.whole(), [key_destroyed()]);
        let text = String::from_utf8(place.bytes()).expect("text");
        place.write(text.replace("journal_begun", "journal_began").as_bytes());
        let error = Journal::open(&place.0, &[], Uuid::from_u128(3), NOW).expect_err("damaged");
        assert!(error.to_string().contains("line 2"), "{error}");
    }

    #[test]
    fn a_mark_stands_where_its_line_ends_and_nowhere_else() {
        let place = Place::new();
        place.append(&[erasure("L-1"), erasure("L-2")]);
        let begin = Mark::default();
        let from = |mark: &Mark| read_from(&place.0, mark).expect("the journal is there");
        let places: Vec<Placed> = from(&begin)
            .expect("a beginning")
            .collect::<Result<_, _>>()
            .expect("no line is damaged");
        let after_first = places[1].after.clone();
        let rest: Vec<Line> = from(&after_first)
            .expect("it stands")
            .map(|placed| placed.expect("whole").line)
            .collect();
        assert_eq!(rest, [erasure("L-2")]);
        for wrong in [
            Mark {
                position: after_first.position - 1,
                ..after_first.clone()
            },
            Mark {
                position: 1_000_000,
                ..after_first.clone()
            },
            Mark {
                hash: places[2].after.hash.clone(),
                ..after_first.clone()
            },
        ] {
            assert!(from(&wrong).is_none(), "{wrong:?}");
        }
        // Another line came in the place of the second.
        let whole = place.bytes();
        place.write(&whole[..usize::try_from(after_first.position).expect("small")]);
        place.append(&[erasure("L-3")]);
        assert!(from(&places[2].after).is_none());
        assert!(from(&after_first).is_some());
    }

    #[test]
    fn a_copy_has_every_line_before_the_append_ends() {
        let (place, other) = (Place::new(), Place::new());
        place.append(&[erasure("L-1")]);
        let copies = [other.0.clone()];
        let open = || Journal::open(&place.0, &copies, Uuid::from_u128(9), NOW);
        let journal = open().expect("writable");
        assert_eq!(other.bytes(), place.bytes(), "a new copy is complete");
        journal.append(&[erasure("L-2")]).expect("writable");
        assert_eq!(other.bytes(), place.bytes());
        let whole = other.bytes();
        // Killed between the journal and its copy.
        other.write(&whole[..whole.len() - 10]);
        journal.append(&[erasure("L-3")]).expect("writable");
        assert_eq!(other.bytes(), place.bytes());
        // The journal was put back.
        place.write(&whole);
        for error in [
            journal.append(&[erasure("L-4")]).expect_err("put back"),
            open().expect_err("put back"),
        ] {
            assert!(error.to_string().contains("lost or put back"), "{error}");
        }
        other.write(b"no journal at all\n");
        let error = open().expect_err("foreign");
        assert!(error.to_string().contains("is not a copy"), "{error}");
        fs::remove_file(&other.0).expect("ours");
        let error = journal
            .append(&[erasure("L-5")])
            .expect_err("the copy is away");
        assert!(error.to_string().starts_with("journal.copies"), "{error}");
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

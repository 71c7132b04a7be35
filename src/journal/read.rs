//! Reading a journal: from its beginning, or from where it is known to be carried out.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{JournalError, Line, check};

/// A place in a journal: after a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mark {
    /// How many bytes stand before it.
    pub position: u64,
    /// The hash that the line before it bears; empty at the beginning.
    pub hash: String,
}

/// A line, and the place after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// What it says.
    pub line: Line,
    /// Where it ends.
    pub after: Mark,
}

/// The lines of a journal after a place. A torn last line, left by a crash, is passed over. A damaged line is an
/// error, after which reading goes on with the next one; an `Io` error is the end.
pub struct Reader {
    path: PathBuf,
    start: u64,
    lines: BufReader<File>,
    position: u64,
    read: u64,
    ended: bool,
}

/// Reads a journal from its beginning.
///
/// # Errors
/// It cannot be opened.
pub fn read(path: &Path) -> io::Result<impl Iterator<Item = Result<Line, JournalError>> + use<>> {
    Ok(reader(path, 0)?.map(|placed| placed.map(|placed| placed.line)))
}

/// Reads a journal from a mark on. None if the journal has no such place: it was put back, or is another.
///
/// # Errors
/// It cannot be opened.
pub fn read_from(path: &Path, mark: &Mark) -> io::Result<Option<Reader>> {
    let reader = reader(path, mark.position)?;
    Ok(stands(reader.lines.get_ref(), mark)?.then_some(reader))
}

/// The id of the journal at this path, if it says one: those of older versions say none.
///
/// # Errors
/// It cannot be read, or says none and is damaged, so that nobody can tell.
pub fn id_of(path: &Path) -> Result<Option<Uuid>, JournalError> {
    let mut damaged = None;
    for line in read(path)? {
        match line {
            Ok(Line::JournalBegun { id, .. }) => return Ok(Some(id)),
            Err(error @ JournalError::Io(_)) => return Err(error),
            Err(error) => damaged = damaged.or(Some(error)),
            Ok(_) => {}
        }
    }
    damaged.map_or(Ok(None), Err)
}

fn reader(path: &Path, start: u64) -> io::Result<Reader> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    Ok(Reader {
        path: path.to_owned(),
        start,
        lines: BufReader::new(file),
        position: start,
        read: 0,
        ended: false,
    })
}

/// The longest line that is looked for before a mark; none is a tenth of it.
const LONGEST: u64 = 64 * 1024;

/// Whether a line that bears this hash ends here.
fn stands(file: &File, mark: &Mark) -> io::Result<bool> {
    if mark.position == 0 {
        return Ok(mark.hash.is_empty());
    }
    if file.metadata()?.len() < mark.position {
        return Ok(false);
    }
    let from = mark.position.saturating_sub(LONGEST);
    let length = usize::try_from(mark.position - from).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, from)?;
    let Some((b'\n', line)) = bytes.split_last() else {
        return Ok(false);
    };
    let begins = line
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    Ok(parse(&line[begins..]).is_some_and(|(hash, _)| hash == mark.hash))
}

impl Reader {
    /// The number of the line that was read last, for a person.
    fn number(&self) -> u64 {
        let before = File::open(&self.path).and_then(|file| {
            let mut before = BufReader::new(file.take(self.start));
            let mut lines = 0;
            while before.skip_until(b'\n')? > 0 {
                lines += 1;
            }
            Ok(lines)
        });
        before.unwrap_or(0) + self.read
    }
}

impl Iterator for Reader {
    type Item = Result<Placed, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut bytes = Vec::new();
        let read = self.lines.read_until(b'\n', &mut bytes);
        self.read += 1;
        if let Err(error) = read {
            self.ended = true;
            return Some(Err(error.into()));
        }
        if bytes.pop() != Some(b'\n') {
            self.ended = true;
            return None;
        }
        self.position += bytes.len() as u64 + 1;
        let Some((hash, json)) = parse(&bytes) else {
            return Some(Err(JournalError::Damaged(self.number())));
        };
        let Ok(line) = serde_json::from_str(json) else {
            return Some(Err(JournalError::Unknown(self.number())));
        };
        let after = Mark {
            position: self.position,
            hash: hash.to_owned(),
        };
        Some(Ok(Placed { line, after }))
    }
}

/// Hash and JSON of a line that is whole.
fn parse(bytes: &[u8]) -> Option<(&str, &str)> {
    let (hash, json) = str::from_utf8(bytes).ok()?.split_once(' ')?;
    (hash == check(json)).then_some((hash, json))
}

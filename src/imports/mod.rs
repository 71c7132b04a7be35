//! Readers of exported files. They stream, parse and check; they never touch a database, a guard or a clock.
//!
//! A file is read row by row, in flat memory. A row that cannot be read is refused with its line and field, and the
//! reader goes on; where the rest of the file cannot be told apart any more, it ends with a [`FileError`].
//! Errors name places, never values: they are shown and logged, and values are personal data.

mod addresses;
mod checks;
mod elements;
pub mod marketplace;
pub mod tickets;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crate::domain::records::{FeedbackRow, LicenceRow, TransactionRow};
pub use checks::Reason;

/// The addresses that stand in a text, as they are indexed at import.
pub fn addresses_in(text: &str) -> Vec<String> {
    addresses::find(text)
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A licence report of the Marketplace.
    Licences,
    /// A transaction report of the Marketplace.
    Transactions,
    /// A feedback report of the Marketplace.
    Feedback,
    /// Tickets, as docs/ticket-export.md describes them.
    Tickets,
}

impl Source {
    /// The word for it, as `lethe import` takes it and the imports are listed.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Licences => "licences",
            Source::Transactions => "transactions",
            Source::Feedback => "feedback",
            Source::Tickets => "tickets",
        }
    }
}

/// The rows of a file, by its source. Each is an iterator over [`Outcome`]s.
pub enum Rows<R> {
    /// Licences.
    Licences(marketplace::Rows<R, LicenceRow>),
    /// Transactions.
    Transactions(marketplace::Rows<R, TransactionRow>),
    /// Feedback.
    Feedback(marketplace::Rows<R, FeedbackRow>),
    /// Tickets.
    Tickets(tickets::Rows<R>),
}

/// The number of a line in the file, from 1. A row has the line on which it begins.
pub type Line = u64;

/// A row with its line, or why it was refused; and instead of a row, why the file cannot be read on, after which nothing follows.
pub type Outcome<T> = Result<Result<(Line, T), RowError>, FileError>;

/// Why a row was refused. The other rows are not affected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {reason}", field.as_ref().map(|name| format!(", {name}")).unwrap_or_default())]
pub struct RowError {
    /// Where the row begins; for a syntax error, where that is.
    pub line: Line,
    /// The field, under the name it has in the file; `None` if it is about the row as a whole.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: Reason,
}

/// Why a file cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// Nothing but white space.
    #[error("the file is empty")]
    Empty,
    /// Neither JSON nor a table with the columns that are needed.
    #[error("the file is neither JSON nor CSV with the column {missing}")]
    NotATable {
        /// The first column that was looked for and not found.
        missing: &'static str,
    },
    /// A JSON object without the array that holds the rows.
    #[error("the JSON object has no array {member}")]
    NoArray {
        /// The array's name.
        member: &'static str,
    },
    /// The file does not begin with a JSON object.
    #[error("the file is not JSON Lines: it does not begin with an object")]
    NotJsonLines,
    /// The end of the file is missing.
    #[error("line {line}: the file ends in the middle; it was probably cut off")]
    Truncated {
        /// The last line there is.
        line: Line,
    },
    /// Between the rows stands what cannot stand there.
    #[error("line {line}: this is not JSON")]
    NotJson {
        /// Where.
        line: Line,
    },
    /// A CSV row that does not end.
    #[error("line {line}: the row does not end; a quotation mark is probably not closed")]
    EndlessRow {
        /// Where the row begins.
        line: Line,
    },
}

/// Opens a file of the given source; of Marketplace reports, the form is told by the content.
pub fn open(source: Source, path: &Path) -> Result<Rows<BufReader<File>>, FileError> {
    read(source, BufReader::new(File::open(path)?))
}

/// Reads rows of the given source from anywhere.
pub fn read<R: BufRead>(source: Source, input: R) -> Result<Rows<R>, FileError> {
    Ok(match source {
        Source::Licences => Rows::Licences(marketplace::licences(input)?),
        Source::Transactions => Rows::Transactions(marketplace::transactions(input)?),
        Source::Feedback => Rows::Feedback(marketplace::feedback(input)?),
        Source::Tickets => Rows::Tickets(tickets::tickets(input)?),
    })
}

/// Steps over a byte order mark and white space: the first byte of the content, not consumed, and its line.
fn first_byte(input: &mut impl BufRead) -> Result<(u8, Line), FileError> {
    const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
    let mut line = 1;
    let mut mark = BYTE_ORDER_MARK;
    loop {
        match input.fill_buf()?.first() {
            None => return Err(FileError::Empty),
            Some(byte) if mark.first() == Some(byte) => mark = &mark[1..],
            Some(byte) if !byte.is_ascii_whitespace() => return Ok((*byte, line)),
            Some(byte) => line += Line::from(*byte == b'\n'),
        }
        input.consume(1);
    }
}

fn line_breaks(bytes: &[u8]) -> Line {
    bytes.iter().filter(|byte| **byte == b'\n').count() as Line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_chooses_the_reader() {
        let licences = read(Source::Licences, &b"[]"[..]).expect("an empty report");
        assert!(matches!(licences, Rows::Licences(_)));
        let transactions =
            read(Source::Transactions, &br#"{"transactions":[]}"#[..]).expect("an empty report");
        assert!(matches!(transactions, Rows::Transactions(_)));
        assert!(matches!(
            read(Source::Tickets, &b"[]"[..]),
            Err(FileError::NotJsonLines)
        ));
    }

    #[test]
    fn a_file_of_white_space_is_empty() {
        for source in [Source::Licences, Source::Transactions, Source::Tickets] {
            assert!(matches!(
                read(source, "\u{feff} \r\n".as_bytes()),
                Err(FileError::Empty)
            ));
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        assert!(matches!(
            open(Source::Licences, Path::new("no/such/file")),
            Err(FileError::Io(_))
        ));
    }

    #[test]
    fn an_error_says_line_field_and_reason() {
        let mut error = RowError {
            line: 4,
            field: Some("saleDate".into()),
            reason: Reason::NotADate,
        };
        assert_eq!(
            error.to_string(),
            "line 4, saleDate: not a date written YYYY-MM-DD"
        );
        error.field = None;
        assert_eq!(error.to_string(), "line 4: not a date written YYYY-MM-DD");
    }
}

//! `lethe suppressions filter`: a CSV goes in, and the rows that may be written to come out, byte for
//! byte. It holds one batch of rows at a time, however long the file is.
//!
//! Rows are split here, because what comes out must be the bytes that went in; the cells of a row
//! are read by `csv`. A row that it cannot split for certain stops it: a row that is swallowed by the
//! quotes of the one before would get past the guard.

use std::io::{BufRead, Chain, Cursor, Read, Write};

use anyhow::{Context, Result};
use csv::{ByteRecord, ReaderBuilder};

use super::WrongUse;
use crate::actions::senders::{self, Verdict};
use crate::app::App;

/// The longest row, in bytes. Beyond it a quote was not closed.
const LONGEST: usize = 1024 * 1024;

/// Rows of one batch, and bytes after which one is full earlier.
const ROWS: usize = 1000;
const BYTES: usize = 4 * 1024 * 1024;

/// Bytes from which the delimiter is seen, at most.
const BEGINNING: u64 = 64 * 1024;

/// Titles of the column with the address, in lower case.
const TITLES: [&str; 8] = [
    "email",
    "e-mail",
    "mail",
    "address",
    "email address",
    "email_address",
    "e-mail-adresse",
    "recipient",
];

/// What stands for every column.
const EVERY: &str = "*";

const BOM: &[u8] = b"\xef\xbb\xbf";

/// How many rows there were of each sort, the header not counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub kept: u64,
    pub unsubscribed: u64,
    pub invalid: u64,
}

/// Copies the rows that may be written to.
pub(super) async fn filter(
    app: &App,
    list: Option<&str>,
    columns: &[String],
    input: impl BufRead,
    mut out: impl Write,
) -> Result<Counts> {
    let mut rows = Rows::new(input)?;
    let mut counts = Counts::default();
    let Some(first) = rows.next_row()? else {
        return Ok(counts);
    };
    let (columns, is_header) = columns_of(&rows.cells(&first)?, columns)?;
    let mut batch = Vec::new();
    if is_header {
        out.write_all(&first).context("standard output")?;
    } else {
        batch.push(first);
    }
    loop {
        let mut size = 0;
        while batch.len() < ROWS && size < BYTES {
            let Some(row) = rows.next_row()? else { break };
            size += row.len();
            batch.push(row);
        }
        if batch.is_empty() {
            break;
        }
        let (mut addresses, mut of_rows) = (Vec::with_capacity(batch.len()), Vec::new());
        for row in &batch {
            let before = addresses.len();
            addresses.extend(columns.addresses(&rows.cells(row)?));
            of_rows.push(addresses.len() - before);
        }
        let mut verdicts = senders::verdicts(app, list, addresses).await?.into_iter();
        for (row, count) in batch.drain(..).zip(of_rows) {
            let of_row: Vec<Verdict> = verdicts.by_ref().take(count).collect();
            if of_row.contains(&Verdict::Unsubscribed) {
                counts.unsubscribed += 1;
            } else if of_row.is_empty() || of_row.contains(&Verdict::Invalid) {
                counts.invalid += 1;
            } else {
                out.write_all(&row).context("standard output")?;
                counts.kept += 1;
            }
        }
    }
    out.flush().context("standard output")?;
    Ok(counts)
}

/// Which cells of a row may hold an address.
#[derive(Debug, PartialEq, Eq)]
enum Columns {
    /// Those of these columns, unless they are empty.
    At(Vec<usize>),
    /// All with an @.
    All,
}

impl Columns {
    /// The addresses of a row. What is no UTF-8 is no address that is known here, so it is given as an
    /// empty one, which cannot be read.
    fn addresses(&self, cells: &ByteRecord) -> Vec<String> {
        let cells: Vec<&[u8]> = match self {
            Self::At(columns) => columns
                .iter()
                .filter_map(|at| cells.get(*at))
                .filter(|cell| !cell.trim_ascii().is_empty())
                .collect(),
            Self::All => cells.iter().filter(|cell| cell.contains(&b'@')).collect(),
        };
        cells
            .into_iter()
            .map(|cell| std::str::from_utf8(cell).unwrap_or_default().to_owned())
            .collect()
    }
}

/// Where addresses stand, and whether the first row is a header.
fn columns_of(first: &ByteRecord, columns: &[String]) -> Result<(Columns, bool)> {
    let titles: Vec<String> = first
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).trim().to_lowercase())
        .collect();
    // A row with an address in it is no header, whatever its other cells say.
    let holds_address = first.iter().any(|cell| cell.contains(&b'@'));
    if columns.iter().any(|column| column == EVERY) {
        return Ok((Columns::All, !holds_address));
    }
    if !columns.is_empty() {
        let at = columns.iter().map(|column| {
            let wanted = column.trim().to_lowercase();
            let at = titles.iter().position(|title| *title == wanted);
            at.ok_or_else(|| {
                WrongUse(format!("--column: the first row has no column {column}")).into()
            })
        });
        return Ok((Columns::At(at.collect::<Result<_>>()?), true));
    }
    let titled = titles.iter().position(|title| TITLES.contains(&&**title));
    match titled {
        Some(at) if !holds_address => Ok((Columns::At(vec![at]), true)),
        None if !holds_address && titles.len() > 1 => Err(WrongUse(
            "no column has a title that says address; name it with --column".to_owned(),
        )
        .into()),
        Some(_) | None => Ok((Columns::At(vec![0]), !holds_address)),
    }
}

/// The rows of a CSV as they stand in the file.
struct Rows<R> {
    input: Chain<Cursor<Vec<u8>>, R>,
    delimiter: u8,
    line: u64,
    at_start: bool,
}

/// Where in a row a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a cell.
    Start,
    /// In a cell without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote between quotes: the end, or the first of two.
    Quote,
}

impl<R: BufRead> Rows<R> {
    fn new(mut input: R) -> Result<Self> {
        // A pipe may give a few bytes at first; the delimiter is seen from the whole first row.
        let mut beginning = Vec::new();
        input
            .by_ref()
            .take(BEGINNING)
            .read_until(b'\n', &mut beginning)
            .context("the CSV")?;
        if beginning.starts_with(b"\xff\xfe")
            || beginning.starts_with(b"\xfe\xff")
            || beginning.contains(&0)
        {
            return Err(WrongUse("the CSV is not UTF-8; save it as UTF-8".to_owned()).into());
        }
        let first = beginning
            .split(|byte| b"\r\n".contains(byte))
            .find(|line| !line.is_empty())
            .unwrap_or_default();
        let mut quoted = false;
        let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
        for byte in first {
            quoted ^= *byte == b'"';
            if let Some((_, count)) = counts.iter_mut().find(|(known, _)| known == byte)
                && !quoted
            {
                *count += 1;
            }
        }
        // Of equal ones the first counts.
        let delimiter = counts
            .into_iter()
            .rev()
            .max_by_key(|(_, count)| *count)
            .map_or(b',', |(delimiter, _)| delimiter);
        Ok(Self {
            input: Cursor::new(beginning).chain(input),
            delimiter,
            line: 1,
            at_start: true,
        })
    }

    /// The next row with its line break; empty lines are passed over.
    fn next_row(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            let Some(row) = self.next_line()? else {
                return Ok(None);
            };
            if !row.iter().all(u8::is_ascii_whitespace) && row != BOM {
                return Ok(Some(row));
            }
        }
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>> {
        let (mut row, mut state, begun) = (Vec::new(), State::Start, self.line);
        let wrong = |why: &str| -> anyhow::Error {
            WrongUse(format!("the CSV, row of line {begun}: {why}")).into()
        };
        loop {
            let buffer = self.input.fill_buf().context("the CSV")?;
            if buffer.is_empty() {
                return match state {
                    State::Quoted => Err(wrong("a quote is opened and never closed")),
                    _ if row.is_empty() => Ok(None),
                    _ => Ok(Some(row)),
                };
            }
            let (mut used, mut ended) = (0, None);
            for &byte in buffer {
                used += 1;
                row.push(byte);
                if self.at_start && row.len() <= BOM.len() && BOM.starts_with(&row) {
                    continue;
                }
                self.at_start = false;
                state = match (state, byte) {
                    (State::Quoted, b'"') => State::Quote,
                    (State::Quoted, _) => {
                        self.line += u64::from(byte == b'\n');
                        State::Quoted
                    }
                    (State::Quote, b'"') => State::Quoted,
                    (State::Start, b'"') => State::Quoted,
                    (_, b'\n' | b'\r') => {
                        ended = Some(byte);
                        break;
                    }
                    (_, byte) if byte == self.delimiter => State::Start,
                    (State::Quote, _) => {
                        return Err(wrong("something follows a closing quote"));
                    }
                    (State::Start | State::Plain, _) => State::Plain,
                };
            }
            self.input.consume(used);
            if row.len() > LONGEST {
                return Err(wrong("it is over 1 MiB; a quote is not closed"));
            }
            if let Some(end) = ended {
                self.line += 1;
                if end == b'\r' && self.input.fill_buf().context("the CSV")?.first() == Some(&b'\n')
                {
                    row.push(b'\n');
                    self.input.consume(1);
                }
                return Ok(Some(row));
            }
        }
    }

    /// The cells of a row.
    fn cells(&self, row: &[u8]) -> Result<ByteRecord> {
        let mut cells = ByteRecord::new();
        ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(row.strip_prefix(BOM).unwrap_or(row))
            .read_byte_record(&mut cells)
            .context("the CSV")?;
        Ok(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Result<Vec<Vec<u8>>> {
        // A small buffer, so that rows are cut everywhere.
        let mut rows = Rows::new(std::io::BufReader::with_capacity(7, text))?;
        let mut all = Vec::new();
        while let Some(row) = rows.next_row()? {
            all.push(row);
        }
        Ok(all)
    }

    #[test]
    fn rows_are_split_and_keep_their_bytes() {
        let text = b"\xef\xbb\xbfmail;name\r\n\r\na@b.example;\"x;\"\"y\"\"\r\nz\"\n\nc@d.example;caf\xe9 \"q\"\re@f.example;";
        let all = rows(text).expect("rows");
        assert_eq!(
            all,
            [
                &b"\xef\xbb\xbfmail;name\r\n"[..],
                b"a@b.example;\"x;\"\"y\"\"\r\nz\"\n",
                b"c@d.example;caf\xe9 \"q\"\r",
                b"e@f.example;",
            ]
        );
    }

    #[test]
    fn a_row_that_could_swallow_the_next_stops_it() {
        for text in [
            &b"a@b.example,\"open\nc@d.example,x\n"[..],
            b"a@b.example,\"open\nc@d.example,\"x\"\n",
        ] {
            let error = rows(text).expect_err("an unclosed quote").to_string();
            assert!(error.contains("line 1"), "{error}");
        }
        let long = [
            b"a@b.example,\"".to_vec(),
            vec![b'x'; LONGEST],
            b"\"\n".to_vec(),
        ]
        .concat();
        assert!(rows(&long).is_err());
        for text in [&b"\xff\xfea\0"[..], b"a\0@\0b"] {
            assert!(rows(text).is_err());
        }
    }

    fn first(text: &str) -> (u8, usize, bool) {
        let mut rows = Rows::new(text.as_bytes()).expect("UTF-8");
        let row = rows.next_row().expect("a row").expect("one");
        let (columns, header) =
            columns_of(&rows.cells(&row).expect("cells"), &[]).expect("a column");
        let Columns::At(at) = columns else {
            panic!("nobody named all columns");
        };
        (rows.delimiter, at[0], header)
    }

    #[test]
    fn delimiter_column_and_header_are_found() {
        assert_eq!(first("name,E-Mail\n"), (b',', 1, true));
        assert_eq!(first("\u{feff}\"Email\";\"a,b,c\"\n"), (b';', 0, true));
        assert_eq!(first("id\tname\temail\n"), (b'\t', 2, true));
        assert_eq!(first("ann@halden.example\n"), (b',', 0, false));
        assert_eq!(first("ann@halden.example;Ann\n"), (b';', 0, false));
        assert_eq!(first("ann@halden.example,Mail\n"), (b',', 0, false));
        assert_eq!(first("id|email\n"), (b'|', 1, true));
        assert_eq!(first("who\n"), (b',', 0, true));
        let untitled = ByteRecord::from(vec!["who", "what"]);
        assert!(
            columns_of(&untitled, &[]).is_err(),
            "nobody guesses the column"
        );
    }

    #[test]
    fn named_columns_must_be_there_and_every_column_needs_no_header() {
        let first = ByteRecord::from(vec!["Kontakt", "Name", "Zweite"]);
        let columns = |names: &[&str], first: &ByteRecord| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            columns_of(first, &names)
        };
        let at = |names: &[&str]| columns(names, &first).expect("there");
        assert_eq!(at(&["kontakt"]), (Columns::At(vec![0]), true));
        assert_eq!(at(&["Zweite", "kontakt"]), (Columns::At(vec![2, 0]), true));
        assert_eq!(at(&["*"]), (Columns::All, true));
        assert!(columns(&["kontakt", "email"], &first).is_err());
        let row = ByteRecord::from(vec![
            &b"Ann"[..],
            b" ",
            b"ann@b.example",
            b"k\xe9m@b.example",
        ]);
        let (all, header) = columns(&["*"], &row).expect("all");
        assert!(!header);
        assert_eq!(all.addresses(&row), ["ann@b.example", ""]);
        assert_eq!(
            Columns::At(vec![1, 2, 7]).addresses(&row),
            ["ann@b.example"]
        );
    }
}

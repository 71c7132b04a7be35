//! Splits a JSON array into its elements without reading it whole: a bare array, or one member of an object (HAL).
//! It tells strings from brackets and nothing more; whether an element is JSON is for its parser to say.

use std::io::BufRead;

use super::{FileError, Line, line_breaks};

/// The elements of the array. After an error, or at the end, there are no more.
pub(super) struct Elements<R> {
    input: R,
    line: Line,
    is_in_object: bool,
    limit: usize,
    is_first: bool,
    is_done: bool,
}

/// One element of the array.
#[derive(Debug, PartialEq)]
pub(super) struct Element {
    /// Where it begins.
    pub line: Line,
    /// Its text; `None` if it is longer than the limit.
    pub text: Option<Vec<u8>>,
}

impl<R: BufRead> Elements<R> {
    /// Reads a bare array; `input` stands at its opening bracket, on `line`. `limit` is the longest element, in bytes.
    pub fn of_array(input: R, line: Line, limit: usize) -> Result<Self, FileError> {
        let is_in_object = false;
        let mut elements = Elements {
            input,
            line,
            limit,
            is_in_object,
            is_first: true,
            is_done: false,
        };
        elements.expect(b'[')?;
        Ok(elements)
    }

    /// Reads the array `member` of an object; `input` stands at the opening brace, on `line`.
    pub fn of_object(
        input: R,
        line: Line,
        member: &'static str,
        limit: usize,
    ) -> Result<Self, FileError> {
        let is_in_object = true;
        let mut elements = Elements {
            input,
            line,
            limit,
            is_in_object,
            is_first: true,
            is_done: false,
        };
        elements.expect(b'{')?;
        while let Some(name) = elements.member_name()? {
            elements.is_first = false;
            if name == format!("\"{member}\"").as_bytes() && elements.token()? == b'[' {
                elements.expect(b'[')?;
                elements.is_first = true;
                return Ok(elements);
            }
            elements.value(0)?;
        }
        Err(FileError::NoArray { member })
    }

    /// The next element; at the end of the array, whether the file ends as it should.
    fn element(&mut self) -> Result<Option<Element>, FileError> {
        if self.step(b']')? {
            self.is_first = false;
            let line = self.line;
            return Ok(Some(Element {
                line,
                text: self.value(self.limit)?,
            }));
        }
        if self.is_in_object {
            self.is_first = false;
            while self.member_name()?.is_some() {
                self.value(0)?;
            }
        }
        match self.token() {
            Err(FileError::Truncated { .. }) => Ok(None),
            Ok(_) => Err(self.not_json()),
            Err(error) => Err(error),
        }
    }

    /// The name of the next member, in its quotation marks, with all before its value consumed; `None` at the closing
    /// brace.
    fn member_name(&mut self) -> Result<Option<Vec<u8>>, FileError> {
        if !self.step(b'}')? {
            return Ok(None);
        }
        if self.token()? != b'"' {
            return Err(self.not_json());
        }
        let name = self.value(self.limit)?.unwrap_or_default();
        self.expect(b':')?;
        self.token()?;
        Ok(Some(name))
    }

    /// Steps over the comma to the next element, or over the `close` that ends them; whether there is a next one.
    fn step(&mut self, close: u8) -> Result<bool, FileError> {
        match self.token()? {
            byte if byte == close => {
                self.input.consume(1);
                Ok(false)
            }
            _ if self.is_first => Ok(true),
            b',' => {
                self.input.consume(1);
                if self.token()? == close {
                    Err(self.not_json())
                } else {
                    Ok(true)
                }
            }
            _ => Err(self.not_json()),
        }
    }

    fn expect(&mut self, wanted: u8) -> Result<(), FileError> {
        if self.token()? != wanted {
            return Err(self.not_json());
        }
        self.input.consume(1);
        Ok(())
    }

    /// The next byte that is not white space; it stays in the input.
    fn token(&mut self) -> Result<u8, FileError> {
        loop {
            match self.input.fill_buf()?.first() {
                None => return Err(FileError::Truncated { line: self.line }),
                Some(b'\n') => self.line += 1,
                Some(b' ' | b'\t' | b'\r') => {}
                Some(byte) => return Ok(*byte),
            }
            self.input.consume(1);
        }
    }

    /// Consumes one value and returns it, or `None` if it has more than `limit` bytes. `input` stands at its first byte.
    fn value(&mut self, limit: usize) -> Result<Option<Vec<u8>>, FileError> {
        let mut text = Some(Vec::new());
        let mut scan = Scan::default();
        let mut length = 0;
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Err(FileError::Truncated { line: self.line });
            }
            let end = scan.end(chunk);
            let part = &chunk[..end.unwrap_or(chunk.len())];
            length += part.len();
            text = text.filter(|_| length <= limit);
            if let Some(text) = &mut text {
                text.extend_from_slice(part);
            }
            self.line += line_breaks(part);
            let used = part.len();
            self.input.consume(used);
            if end.is_some() {
                return if length == 0 {
                    Err(self.not_json())
                } else {
                    Ok(text)
                };
            }
        }
    }

    fn not_json(&self) -> FileError {
        FileError::NotJson { line: self.line }
    }
}

/// How far into a value the bytes so far have led.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
}

impl Scan {
    /// Where in `chunk` the value ends; `None` if it goes on.
    fn end(&mut self, chunk: &[u8]) -> Option<usize> {
        for (index, byte) in chunk.iter().enumerate() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.in_string => self.is_escaped = true,
                b'"' => {
                    self.in_string = !self.in_string;
                    if !self.in_string && self.depth == 0 {
                        return Some(index + 1);
                    }
                }
                _ if self.in_string => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(index + 1);
                    }
                }
                // A number or a word ends before the byte that follows it.
                b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 => {
                    return Some(index);
                }
                _ => {}
            }
        }
        None
    }
}

impl<R: BufRead> Iterator for Elements<R> {
    type Item = Result<Element, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let element = self.element().transpose();
        self.is_done = !matches!(element, Some(Ok(_)));
        element
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    /// The elements with their lines, read through a buffer of `size` bytes; a bare array or the member `rows`.
    fn split(json: &str, size: usize) -> Result<Vec<(Line, String)>, FileError> {
        let input = BufReader::with_capacity(size, json.as_bytes());
        let elements = match json.starts_with('{') {
            true => Elements::of_object(input, 1, "rows", 20)?,
            false => Elements::of_array(input, 1, 20)?,
        };
        let text = |text: Option<Vec<u8>>| {
            text.map_or("too long".into(), |text| {
                String::from_utf8_lossy(&text).into_owned()
            })
        };
        elements
            .map(|element| element.map(|Element { line, text: bytes }| (line, text(bytes))))
            .collect()
    }

    #[test]
    fn elements_of_an_array_come_with_their_lines() {
        let json = "[\n {\"a\":\n\"]\\\"}\"},\n[1,[]] , \"x\\\\\",\n\n12,null\n]\r\n";
        let expected = [
            (2, "{\"a\":\n\"]\\\"}\"}"),
            (4, "[1,[]]"),
            (4, "\"x\\\\\""),
            (6, "12"),
            (6, "null"),
        ];
        for size in 1..40 {
            let found = split(json, size).expect("an array");
            assert!(
                found
                    .iter()
                    .map(|(line, text)| (*line, text.as_str()))
                    .eq(expected),
                "{size}: {found:?}"
            );
        }
    }

    #[test]
    fn the_rows_of_an_object_are_found_between_other_members() {
        let json = r#"{"_links":{"rows":[9]},"n":1,"rows":[1,2],"after":[{"rows":[3]}]}"#;
        assert_eq!(split(json, 7).expect("an object").len(), 2);
        assert_eq!(split(r#"{"rows":[]}"#, 7).expect("an object").len(), 0);
        assert_eq!(split("[ ]", 7).expect("an array").len(), 0);
    }

    #[test]
    fn an_object_without_the_rows_is_an_error() {
        for json in ["{}", r#"{"a":{"rows":[1]}}"#, r#"{"rows":null}"#] {
            assert!(
                matches!(split(json, 9), Err(FileError::NoArray { member: "rows" })),
                "{json}"
            );
        }
    }

    #[test]
    fn a_long_element_is_passed_over_and_the_next_one_read() {
        let found = split("[{\"a\":\"012345678901234567890123456789\"},\n2]", 8).expect("an array");
        assert_eq!(found, [(1, "too long".to_owned()), (2, "2".to_owned())]);
    }

    #[test]
    fn every_beginning_of_a_file_is_cut_off() {
        for json in [
            "[\n{\"a\":[1,\"}\"]},\n 2]",
            r#"{"a":1,"rows":[{"b":"]"},3],"c":"d"}"#,
        ] {
            for end in 1..json.len() {
                assert!(
                    matches!(split(&json[..end], 9), Err(FileError::Truncated { .. })),
                    "{}",
                    &json[..end]
                );
            }
        }
    }

    #[test]
    fn what_is_not_json_between_the_elements_names_its_line() {
        for json in [
            "[1,\n,2]",
            "[1\n2]",
            "[1,\n]",
            "[1\n}",
            "[1]\nx",
            "[1]\n[2]",
            "[\n,1]",
            "{\n1:2}",
            "{\"a\"\n2}",
            "{\"rows\":[]\n,}",
        ] {
            assert!(
                matches!(split(json, 9), Err(FileError::NotJson { line: 2 })),
                "{json}: {:?}",
                split(json, 9)
            );
        }
    }

    #[test]
    fn nothing_follows_an_error() {
        let mut elements = Elements::of_array(&b"[1 2]"[..], 1, 9).expect("an array");
        assert!(elements.next().is_some_and(|first| first.is_ok()));
        assert!(elements.next().is_some_and(|second| second.is_err()));
        assert!(elements.next().is_none());
    }

    proptest! {
        #[test]
        fn any_strings_survive_the_split(texts in prop::collection::vec(".{0,12}", 0..6), size in 1_usize..30) {
            let rows: Vec<_> = texts.iter().map(|text| serde_json::json!({ text: [text] })).collect();
            let json = serde_json::to_vec_pretty(&rows).expect("plain values");
            let input = BufReader::with_capacity(size, &json[..]);
            let elements = Elements::of_array(input, 1, 1000).expect("an array");
            let found: Vec<serde_json::Value> = elements
                .map(|element| serde_json::from_slice(&element.expect("an element").text.expect("a short one")).expect("JSON"))
                .collect();
            prop_assert_eq!(found, rows);
        }

        #[test]
        fn no_input_makes_it_panic(text in "[\\[\\]{}\",:\\\\a1 \n]{0,40}") {
            let _ = split(&format!("[{text}"), 5);
            let _ = split(&format!("{{{text}"), 5);
        }
    }
}

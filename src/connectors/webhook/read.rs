//! Reads what the other side answers. It is strict: what is not known, is missing or does not belong
//! there is an error that says where. The errors repeat no value, which might be of the person.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What is wrong with an answer, and where.
#[derive(Debug)]
pub(super) struct Wrong(pub String);

fn wrong<T>(at: &str, reason: &str) -> Result<T, Wrong> {
    Err(Wrong(format!("{at}: {reason}")))
}

/// An object of an answer, whose keys are taken one after the other.
#[derive(Debug)]
pub(super) struct Object {
    at: String,
    left: Map<String, Value>,
}

impl Object {
    /// The whole answer.
    pub fn whole(body: &[u8]) -> Result<Object, Wrong> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(left)) => Ok(Object {
                at: String::new(),
                left,
            }),
            Ok(_) => wrong("answer", "it is JSON, but no object"),
            Err(_) => wrong("answer", "it is not JSON"),
        }
    }

    /// Where a key stands.
    fn place(&self, key: &str) -> String {
        if self.at.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.at)
        }
    }

    /// The value of a key; null is the same as nothing.
    fn take(&mut self, key: &str) -> Option<Value> {
        self.left.remove(key).filter(|value| !value.is_null())
    }

    fn needed(&mut self, key: &str) -> Result<Value, Wrong> {
        match self.take(key) {
            Some(value) => Ok(value),
            None => wrong(&self.place(key), "missing"),
        }
    }

    /// Whether a key is there.
    pub fn has(&self, key: &str) -> bool {
        self.left.get(key).is_some_and(|value| !value.is_null())
    }

    /// A text as it is, of so many characters at the most.
    pub fn text(&mut self, key: &str, most: usize) -> Result<String, Wrong> {
        let value = self.needed(key)?;
        text(&self.place(key), value, most)
    }

    /// The same, if it is there.
    pub fn maybe_text(&mut self, key: &str, most: usize) -> Result<Option<String>, Wrong> {
        match self.take(key) {
            None => Ok(None),
            Some(value) => text(&self.place(key), value, most).map(Some),
        }
    }

    /// A key or a cursor: short, and without control characters.
    pub fn name(&mut self, key: &str, most: usize) -> Result<String, Wrong> {
        let name = self.text(key, most)?;
        check_name(&self.place(key), name)
    }

    /// A text for people: in one line, and cut where it is too long. Empty if it is missing.
    pub fn line(&mut self, key: &str, most: usize) -> Result<String, Wrong> {
        let text = self.maybe_text(key, 100_000)?;
        Ok(text.map_or(String::new(), |text| in_one_line(&text, most)))
    }

    /// One of some words.
    pub fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Result<T, Wrong> {
        let given = self.text(key, 100)?;
        one_of(&self.place(key), &given, words)
    }

    pub fn yes_or_no(&mut self, key: &str) -> Result<bool, Wrong> {
        match self.needed(key)? {
            Value::Bool(value) => Ok(value),
            _ => wrong(&self.place(key), "write true or false"),
        }
    }

    /// A whole number from 0 on, if it is there.
    pub fn maybe_number(&mut self, key: &str) -> Result<Option<u64>, Wrong> {
        match self.take(key) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => wrong(&self.place(key), "write a whole number from 0 on"),
            },
        }
    }

    /// An object inside, if it is there.
    pub fn maybe_object(&mut self, key: &str) -> Result<Option<Object>, Wrong> {
        let at = self.place(key);
        match self.take(key) {
            None => Ok(None),
            Some(Value::Object(left)) => Ok(Some(Object { at, left })),
            Some(_) => wrong(&at, "write an object"),
        }
    }

    /// A list with where each entry stands.
    pub fn list(&mut self, key: &str, most: usize) -> Result<Vec<(String, Value)>, Wrong> {
        let (at, value) = (self.place(key), self.needed(key)?);
        match value {
            Value::Array(entries) if entries.len() <= most => Ok(entries
                .into_iter()
                .enumerate()
                .map(|(n, entry)| (format!("{at}[{n}]"), entry))
                .collect()),
            Value::Array(_) => wrong(&at, &format!("more than {most} entries")),
            _ => wrong(&at, "write a list"),
        }
    }

    /// A list of objects.
    pub fn objects(&mut self, key: &str, most: usize) -> Result<Vec<Object>, Wrong> {
        self.list(key, most)?
            .into_iter()
            .map(|(at, entry)| match entry {
                Value::Object(left) => Ok(Object { at, left }),
                _ => wrong(&at, "write an object"),
            })
            .collect()
    }

    /// A list of short texts.
    pub fn names(&mut self, key: &str, most: usize) -> Result<Vec<String>, Wrong> {
        self.list(key, most)?
            .into_iter()
            .map(|(at, entry)| check_name(&at, text(&at, entry, 200)?))
            .collect()
    }

    /// The rest of the keys with their texts.
    pub fn all_texts(mut self, most: usize) -> Result<Vec<(String, String)>, Wrong> {
        let left = std::mem::take(&mut self.left);
        left.into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| {
                let at = self.place(&shown(&key));
                Ok((key, text(&at, value, most)?))
            })
            .collect()
    }

    /// Fails at one of its keys.
    pub fn wrong<T>(&self, key: &str, reason: &str) -> Result<T, Wrong> {
        wrong(&self.place(key), reason)
    }

    /// Nothing may be left.
    pub fn end(self) -> Result<(), Wrong> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(key) => {
                let at = self.place(&shown(key));
                wrong(&at, "version 1 knows no such key here")
            }
        }
    }
}

/// One of some words, or an error that names them all.
pub(super) fn one_of<T: Copy>(at: &str, given: &str, words: &[(&str, T)]) -> Result<T, Wrong> {
    match words.iter().find(|(word, _)| *word == given) {
        Some((_, value)) => Ok(*value),
        None => {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            wrong(at, &format!("write one of {}", known.join(", ")))
        }
    }
}

/// Whether each of `asked` was answered once, and nothing else.
pub(super) fn each_once<'a>(
    at: &str,
    asked: impl Iterator<Item = &'a str>,
    answered: &[&str],
) -> Result<(), Wrong> {
    let asked: BTreeSet<&str> = asked.collect();
    let mut seen = BTreeSet::new();
    for (n, key) in answered.iter().enumerate() {
        let at = format!("{at}[{n}].key");
        if !asked.contains(key) {
            return wrong(&at, "this was not asked");
        }
        if !seen.insert(*key) {
            return wrong(&at, "this was answered already");
        }
    }
    let missing = asked.len() - seen.len();
    if missing > 0 {
        return wrong(at, &format!("{missing} of what was asked are missing"));
    }
    Ok(())
}

/// A text in one line, without what could disturb a page or a log, cut to a length.
pub(super) fn in_one_line(text: &str, most: usize) -> String {
    // Marks of direction can turn the rest of a line around.
    let turns = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let text: String = text
        .chars()
        .filter(|c| !turns(c))
        .map(|c| {
            if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                c
            }
        })
        .collect();
    let text = text.trim();
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

fn text(at: &str, value: Value, most: usize) -> Result<String, Wrong> {
    match value {
        Value::String(text) if text.chars().count() <= most => Ok(text),
        Value::String(_) => wrong(at, &format!("longer than {most} characters")),
        _ => wrong(at, "write a text"),
    }
}

fn check_name(at: &str, name: String) -> Result<String, Wrong> {
    if name.is_empty() || name.trim() != name || name.chars().any(char::is_control) {
        return wrong(
            at,
            "empty, with space around it, or with a control character",
        );
    }
    Ok(name)
}

/// A key of theirs as it may be repeated.
fn shown(key: &str) -> String {
    let is_plain = key.len() <= 40 && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_plain { key } else { "(a key)" }.to_owned()
}

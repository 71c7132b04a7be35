//! Ticket exports: JSON Lines, one ticket a line, as docs/ticket-export.md describes them; and the addresses that other
//! people's texts mention. It reads tickets; it never decides whose they are.
//!
//! A line is a JSON object in UTF-8, of at most 16 MiB; blank lines are skipped and unknown members ignored.
//!
//! | Object | Members (`?` may be missing or null) |
//! |---|---|
//! | ticket | `key`, `subject`?, `status`, `created_at`, `closed_at`?, `product`?, `requester`, `participants`?, `messages`? |
//! | person (`requester`, `author`) | `email`?, `name`?; one of them is needed |
//! | participant | `role`, and a person's members |
//! | message | `key`, `author`, `at`, `internal`?, `body`?, `headers`? (object of texts), `attachments`? |
//! | attachment | `file_name`, `media_type`, `size` in bytes, `content`? in base64 |
//!
//! Times are RFC 3339 with an offset. Ids, names and other short texts have at most 500 characters, a header 16 Ki, a
//! body 1 Mi.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, Read};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::Value;

use super::checks::{self, FIELD_LIMIT, FieldError};
use super::{FileError, Line, Outcome, Reason, addresses, first_byte};
use crate::domain::records::{Attachment, Mention, Message, Participant, Person, Place, TicketRow};

/// The longest line, in bytes.
const LINE_LIMIT: usize = 16 * 1024 * 1024;

/// The longest body, in characters.
const BODY_LIMIT: usize = 1024 * 1024;

/// The longest header value, in characters.
const HEADER_LIMIT: usize = 16 * 1024;

/// Reads a ticket export. Errors as for any [`FileError`] that the beginning of the file shows.
pub fn tickets<R: BufRead>(mut input: R) -> Result<Rows<R>, FileError> {
    match first_byte(&mut input)? {
        (b'{', line) => Ok(Rows {
            input,
            line,
            is_done: false,
        }),
        _ => Err(FileError::NotJsonLines),
    }
}

/// The tickets of an export, in its order.
pub struct Rows<R> {
    input: R,
    /// The line that is read next.
    line: Line,
    is_done: bool,
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = Outcome<TicketRow>;

    fn next(&mut self) -> Option<Outcome<TicketRow>> {
        let mut text = Vec::new();
        while !self.is_done {
            let line = self.line;
            text.clear();
            match self.read_line(&mut text) {
                Err(error) => {
                    self.is_done = true;
                    return Some(Err(error.into()));
                }
                Ok(0) => self.is_done = true,
                Ok(_) if text.trim_ascii().is_empty() => {}
                Ok(_) => {
                    return Some(Ok(ticket(&text)
                        .map(|row| (line, row))
                        .map_err(|error| error.at(line))));
                }
            }
        }
        None
    }
}

impl<R: BufRead> Rows<R> {
    /// Reads one line, of one that is too long one byte more than its limit; the number of bytes read.
    fn read_line(&mut self, text: &mut Vec<u8>) -> std::io::Result<usize> {
        let read = self
            .input
            .by_ref()
            .take(LINE_LIMIT as u64 + 1)
            .read_until(b'\n', text)?;
        if read > LINE_LIMIT && text.last() != Some(&b'\n') {
            self.input.skip_until(b'\n')?;
        }
        self.line += 1;
        Ok(read)
    }
}

/// The e-mail addresses in subject, bodies, headers and file names, each place once. The requester's own address in the
/// subject and an author's own in their message are left out: those texts are found by their person already.
pub fn mentions(ticket: &TicketRow) -> Vec<Mention> {
    let mut mentions = Mentions::default();
    mentions.add(&ticket.subject, &Place::Subject, &ticket.requester);
    for Message {
        key,
        author,
        body,
        headers,
        attachments,
        ..
    } in &ticket.messages
    {
        mentions.add(
            body,
            &Place::Body {
                message: key.clone(),
            },
            author,
        );
        for (name, value) in headers {
            mentions.add(
                value,
                &Place::Header {
                    message: key.clone(),
                    name: name.clone(),
                },
                author,
            );
        }
        for Attachment { file_name, .. } in attachments {
            let place = Place::FileName {
                message: key.clone(),
            };
            mentions.add(file_name, &place, author);
            // `a@b.example.pdf` reads as an address at `b.example.pdf`.
            if let Some((stem, _)) = file_name.rsplit_once('.') {
                mentions.add(stem, &place, author);
            }
        }
    }
    mentions.found
}

#[derive(Default)]
struct Mentions {
    found: Vec<Mention>,
    seen: HashSet<Mention>,
}

impl Mentions {
    fn add(&mut self, text: &str, place: &Place, writer: &Person) {
        let own = writer.email.as_deref().map(str::to_lowercase);
        for address in addresses::find(text) {
            let mention = Mention {
                address,
                place: place.clone(),
            };
            if own.as_ref() != Some(&mention.address) && self.seen.insert(mention.clone()) {
                self.found.push(mention);
            }
        }
    }
}

fn ticket(text: &[u8]) -> Result<TicketRow, FieldError> {
    if text.len() > LINE_LIMIT {
        return Err(FieldError::row(Reason::RowTooLong { limit: LINE_LIMIT }));
    }
    let text = str::from_utf8(text).map_err(|_| FieldError::row(Reason::NotUtf8))?;
    let value: Value = serde_json::from_str(text).map_err(|_| FieldError::row(Reason::NotJson))?;
    if !value.is_object() {
        return Err(FieldError::row(Reason::NotAnObject));
    }
    let ticket = Node {
        value: Some(&value),
        path: String::new(),
    };
    let row = TicketRow {
        key: ticket.required("key")?,
        subject: ticket.text("subject", FIELD_LIMIT)?.unwrap_or_default(),
        status: ticket.required("status")?,
        created_at: ticket.required_time("created_at")?,
        closed_at: ticket.time("closed_at")?,
        product: ticket.text("product", FIELD_LIMIT)?,
        requester: person(&ticket.at("requester"))?,
        participants: ticket.at("participants").each(participant)?,
        messages: ticket.at("messages").each(message)?,
    };
    let mut keys = HashSet::new();
    match row
        .messages
        .iter()
        .position(|message| !keys.insert(&message.key))
    {
        Some(index) => Err(FieldError::field(
            &format!("messages[{index}].key"),
            Reason::Repeated,
        )),
        None => Ok(row),
    }
}

fn person(node: &Node) -> Result<Person, FieldError> {
    let name = node
        .text("name", FIELD_LIMIT)?
        .filter(|name| !name.trim().is_empty());
    let email = node
        .text("email", FIELD_LIMIT)?
        .filter(|email| !email.trim().is_empty());
    let email = email
        .map(|email| checks::address(email.trim()).map_err(|reason| node.at("email").error(reason)))
        .transpose()?;
    if email.is_none() && name.is_none() {
        return Err(node.error(Reason::Missing));
    }
    Ok(Person { email, name })
}

fn participant(node: &Node) -> Result<Participant, FieldError> {
    Ok(Participant {
        role: node.required("role")?,
        person: person(node)?,
    })
}

fn message(node: &Node) -> Result<Message, FieldError> {
    Ok(Message {
        key: node.required("key")?,
        author: person(&node.at("author"))?,
        at: node.required_time("at")?,
        internal: match node.at("internal").value {
            None => false,
            Some(value) => value
                .as_bool()
                .ok_or_else(|| node.at("internal").error(Reason::NotABool))?,
        },
        body: node.text("body", BODY_LIMIT)?.unwrap_or_default(),
        headers: headers(&node.at("headers"))?,
        attachments: node.at("attachments").each(attachment)?,
    })
}

fn headers(node: &Node) -> Result<BTreeMap<String, String>, FieldError> {
    let Some(value) = node.value else {
        return Ok(BTreeMap::new());
    };
    let members = value
        .as_object()
        .ok_or_else(|| node.error(Reason::NotAnObject))?;
    let mut headers = BTreeMap::new();
    for name in members.keys() {
        checks::bounded(name, FIELD_LIMIT).map_err(|reason| node.error(reason))?;
        // The name is not ours: in a wrong file somebody's address may stand in its place.
        let text = node.text(name, HEADER_LIMIT);
        let text = text.map_err(|error| node.error(error.reason))?;
        headers.insert(name.clone(), text.unwrap_or_default());
    }
    Ok(headers)
}

fn attachment(node: &Node) -> Result<Attachment, FieldError> {
    let size = node.at("size");
    let wrong_size = || size.error(Reason::NotASize);
    let content = node.at("content");
    let attachment = Attachment {
        file_name: node.required("file_name")?,
        media_type: node.required("media_type")?,
        size: size.value.and_then(Value::as_u64).ok_or_else(wrong_size)?,
        content: match content.value {
            None => None,
            Some(Value::String(text)) => Some(
                STANDARD
                    .decode(text)
                    .map_err(|_| content.error(Reason::NotBase64))?,
            ),
            Some(_) => return Err(content.error(Reason::NotText)),
        },
    };
    match &attachment.content {
        Some(content) if content.len() as u64 != attachment.size => Err(wrong_size()),
        _ => Ok(attachment),
    }
}

/// A place in a ticket: its value, unless that is missing or null, and its path for errors, `messages[2].author.email`.
struct Node<'a> {
    value: Option<&'a Value>,
    path: String,
}

impl<'a> Node<'a> {
    fn at(&self, name: &str) -> Node<'a> {
        let value = self
            .value
            .and_then(|value| value.get(name))
            .filter(|value| !value.is_null());
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        Node { value, path }
    }

    fn each<T>(&self, parse: fn(&Node) -> Result<T, FieldError>) -> Result<Vec<T>, FieldError> {
        let Some(value) = self.value else {
            return Ok(Vec::new());
        };
        let items = value
            .as_array()
            .ok_or_else(|| self.error(Reason::NotAList))?
            .iter()
            .enumerate();
        items
            .map(|(index, item)| {
                parse(&Node {
                    value: Some(item),
                    path: format!("{}[{index}]", self.path),
                })
            })
            .collect()
    }

    /// The text as it stands, of at most `limit` characters.
    fn text(&self, name: &str, limit: usize) -> Result<Option<String>, FieldError> {
        let node = self.at(name);
        let text = match node.value {
            None => return Ok(None),
            Some(Value::String(text)) => checks::bounded(text, limit),
            Some(_) => Err(Reason::NotText),
        };
        text.map(|text| Some(text.to_owned()))
            .map_err(|reason| node.error(reason))
    }

    /// A short text that is not empty.
    fn required(&self, name: &str) -> Result<String, FieldError> {
        let text = self
            .text(name, FIELD_LIMIT)?
            .filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| self.at(name).error(Reason::Missing))
    }

    fn time(&self, name: &str) -> Result<Option<Timestamp>, FieldError> {
        let parse =
            |text: String| checks::time(&text).map_err(|reason| self.at(name).error(reason));
        self.text(name, FIELD_LIMIT)?.map(parse).transpose()
    }

    fn required_time(&self, name: &str) -> Result<Timestamp, FieldError> {
        self.time(name)?
            .ok_or_else(|| self.at(name).error(Reason::Missing))
    }

    fn error(&self, reason: Reason) -> FieldError {
        FieldError::field(&self.path, reason)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::RowError;
    use super::*;

    const SAMPLE: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/tickets.sample.jsonl"
    ));
    const DOCUMENT: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/ticket-export.md"
    ));

    fn read(text: &[u8]) -> Vec<Result<(Line, TicketRow), RowError>> {
        tickets(text)
            .expect("an export")
            .map(|outcome| outcome.expect("a whole file"))
            .collect()
    }

    fn sample() -> Vec<TicketRow> {
        read(SAMPLE.as_bytes())
            .into_iter()
            .map(|row| row.expect("a good ticket").1)
            .collect()
    }

    /// The first ticket of the sample, changed, and what is said against it.
    fn error_of(change: impl FnOnce(&mut Value)) -> String {
        let mut ticket =
            serde_json::from_str(SAMPLE.lines().next().expect("a line")).expect("JSON");
        change(&mut ticket);
        read(ticket.to_string().as_bytes())
            .remove(0)
            .expect_err("a fault")
            .to_string()
    }

    #[test]
    fn tickets_are_read_with_their_lines() {
        let rows = read(SAMPLE.as_bytes());
        let lines: Vec<_> = rows
            .iter()
            .map(|row| row.as_ref().expect("a good ticket").0)
            .collect();
        assert_eq!(lines, [1, 2, 4, 5]);
        let sample = sample();
        assert_eq!(
            sample[0].closed_at,
            Some("2026-09-29T16:02:00Z".parse().expect("a time"))
        );
        assert_eq!(
            sample[1].created_at,
            "2026-11-02T13:30:00Z".parse().expect("a time")
        );
        assert_eq!(
            (
                sample[1].participants[0].role.as_str(),
                sample[1].messages[1].internal
            ),
            ("cc", true)
        );
        assert_eq!(
            sample[1].messages[0].attachments[0].content.as_deref(),
            Some(&b"Facture 2026-11\n"[..])
        );
        assert_eq!(sample[1].messages[0].attachments[1].content, None);
        assert_eq!(
            sample[2].requester,
            Person {
                email: None,
                name: Some("Anonymous caller".into())
            }
        );
        assert!(sample[3].messages.is_empty() && sample[3].closed_at.is_none());
    }

    #[test]
    fn the_example_in_the_document_is_a_ticket() {
        let (_, rest) = DOCUMENT.split_once("```json\n").expect("an example");
        let (example, _) = rest.split_once("```").expect("its end");
        let line = serde_json::from_str::<Value>(example)
            .expect("JSON")
            .to_string();
        let ticket = read(line.as_bytes()).remove(0).expect("a good ticket").1;
        assert_eq!(
            ticket.messages[0].attachments[0]
                .content
                .as_ref()
                .map(Vec::len),
            Some(16)
        );
    }

    #[test]
    fn addresses_are_found_where_others_wrote_them() {
        let places = |ticket: &TicketRow| -> Vec<_> {
            mentions(ticket)
                .into_iter()
                .map(|found| (found.address, found.place))
                .collect()
        };
        let sample = sample();
        let header = |message: &str, name: &str| Place::Header {
            message: message.into(),
            name: name.into(),
        };
        assert_eq!(
            places(&sample[0]),
            [
                (
                    "a1@tandem-works.example".to_owned(),
                    header("1001", "Message-ID")
                ),
                ("support@burndown.example".to_owned(), header("1001", "To")),
                (
                    "ilona.varga@tandem-works.example".to_owned(),
                    header("1002", "To")
                ),
            ]
        );
        let name = Place::FileName {
            message: "1003".into(),
        };
        assert_eq!(
            places(&sample[1]),
            [
                ("compta@ocean-etudes.example".to_owned(), Place::Subject),
                (
                    "compta@ocean-etudes.example".to_owned(),
                    Place::Body {
                        message: "1003".into()
                    }
                ),
                (
                    "ilona.varga@tandem-works.example.txt".to_owned(),
                    name.clone()
                ),
                ("ilona.varga@tandem-works.example".to_owned(), name),
                (
                    "ilona.varga@tandem-works.example".to_owned(),
                    Place::Body {
                        message: "1004".into()
                    }
                ),
            ]
        );
        assert!(places(&sample[2]).is_empty() && places(&sample[3]).is_empty());
    }

    #[test]
    fn an_error_names_the_place_and_not_the_value() {
        assert_eq!(
            error_of(|ticket| ticket["key"] = " ".into()),
            "line 1, key: missing"
        );
        assert_eq!(
            error_of(|ticket| ticket["requester"] = Value::Null),
            "line 1, requester: missing"
        );
        assert_eq!(
            error_of(|ticket| ticket["requester"]["email"] = "Ilona".into()),
            "line 1, requester.email: not an e-mail address"
        );
        assert_eq!(
            error_of(|ticket| ticket["created_at"] = "2026-09-28 08:14".into()),
            "line 1, created_at: not a time written like 2026-11-20T09:12:00Z"
        );
        assert_eq!(
            error_of(|ticket| ticket["messages"] = 1.into()),
            "line 1, messages: not a list"
        );
        assert_eq!(
            error_of(|ticket| ticket["messages"][1]["key"] = "1001".into()),
            "line 1, messages[1].key: there twice"
        );
        assert_eq!(
            error_of(|ticket| ticket["messages"][1]["internal"] = 0.into()),
            "line 1, messages[1].internal: not true or false"
        );
        assert_eq!(
            error_of(|ticket| ticket["messages"][0]["body"] = "\0".into()),
            "line 1, messages[0].body: holds a zero byte"
        );
        assert_eq!(
            error_of(|ticket| ticket["messages"][0]["headers"]["To"] = 1.into()),
            "line 1, messages[0].headers: not a text"
        );
        let file = |size: u64, content: &str| serde_json::json!([{"file_name":"a","media_type":"b","size":size,"content":content}]);
        assert_eq!(
            error_of(|ticket| ticket["messages"][0]["attachments"] = file(2, "*")),
            "line 1, messages[0].attachments[0].content: not base64"
        );
        assert_eq!(
            error_of(|ticket| ticket["messages"][0]["attachments"] = file(2, "QQ==")),
            "line 1, messages[0].attachments[0].size: not a number of bytes, or not that of the content"
        );
    }

    #[test]
    fn a_bad_line_is_refused_and_the_next_one_read() {
        let good = SAMPLE.lines().next().expect("a line");
        let long = format!("{{\"key\":\"{}\"}}", "x".repeat(LINE_LIMIT));
        let lines = [
            b"{\"key\":".as_slice(),
            b"{\"key\":\"\xff\"}",
            b"[]",
            long.as_bytes(),
            good.as_bytes(),
        ];
        let rows = read(&lines.join(&b'\n'));
        let reasons: Vec<_> = rows
            .iter()
            .filter_map(|row| row.as_ref().err())
            .map(|error| (error.line, error.reason))
            .collect();
        let too_long = Reason::RowTooLong { limit: LINE_LIMIT };
        assert_eq!(
            reasons,
            [
                (1, Reason::NotJson),
                (2, Reason::NotUtf8),
                (3, Reason::NotAnObject),
                (4, too_long)
            ]
        );
        assert_eq!(rows[4].as_ref().expect("a good ticket").0, 5);
    }

    #[test]
    fn an_export_that_is_cut_off_ends_with_a_refused_line() {
        let rows = read(&SAMPLE.as_bytes()[..SAMPLE.len() - 20]);
        assert_eq!(
            rows[3].as_ref().expect_err("half a line").reason,
            Reason::NotJson
        );
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 1..SAMPLE.len()) {
            let prefixes: [&[u8]; 2] = [b"{", &SAMPLE.as_bytes()[..cut]];
            for prefix in prefixes {
                let file = [prefix, &bytes].concat();
                let rows = tickets(&file[..]).expect("a brace");
                rows.flatten().flatten().for_each(|(_, ticket)| drop(mentions(&ticket)));
            }
        }
    }
}

//! The shape of a message: header fields and parts, and the limits that are checked before anything is decoded.
//!
//! The structure is found here and not by the parser that decodes the words, so that what is counted is what is read,
//! and every pass over the bytes is linear: one for the header, one for each level of parts.

use mail_parser::ContentType;
use mail_parser::parsers::MessageStream;

use super::Unreadable;

/// Largest message, in bytes.
pub(super) const MAX_BYTES: usize = 25 << 20;
/// Longest header of the message or of a part, in bytes.
pub(super) const MAX_HEADER_BYTES: usize = 64 << 10;
/// Most fields in a header.
pub(super) const MAX_FIELDS: usize = 200;
/// Most parts, those that hold others and the message itself counted.
pub(super) const MAX_PARTS: usize = 100;
/// Deepest part; the message itself lies at 0.
pub(super) const MAX_DEPTH: usize = 8;
/// Most attachments.
pub(super) const MAX_ATTACHMENTS: u32 = 20;

/// Longest value of a structured field that is parsed, in bytes. Beyond it the field counts as not given.
const MAX_VALUE: usize = 8 << 10;
/// Longest boundary; RFC 2046 section 5.1.1 allows 70.
const MAX_BOUNDARY: usize = 200;

/// Fields of which a mail has at least one; what has none is garbage.
const FIRST_SIGNS: &[&str] = &[
    "from",
    "to",
    "date",
    "subject",
    "message-id",
    "received",
    "return-path",
    "sender",
];

/// One field of a header, as it came.
pub(super) struct Field<'a> {
    name: &'a str,
    raw: &'a [u8],
}

/// The fields of a header, top first.
#[derive(Default)]
pub(super) struct Header<'a>(Vec<Field<'a>>);

/// A message or a part of one.
pub(super) struct Part<'a> {
    pub header: Header<'a>,
    /// As it came: not decoded.
    pub body: &'a [u8],
    pub media: Media,
    /// The parts of a multipart, or the one message within a message part.
    pub children: Vec<Part<'a>>,
}

/// What a part says of its content.
#[derive(Debug, Default)]
pub(super) struct Media {
    /// Like `text/plain`, in lower case.
    pub name: String,
    pub charset: Option<String>,
    pub boundary: Option<String>,
    pub file: Option<String>,
    /// `Content-Disposition: attachment`.
    pub attached: bool,
    /// `format=flowed` (RFC 3676).
    pub flowed: bool,
    /// `delsp=yes`.
    pub delsp: bool,
    pub encoding: Encoding,
}

/// How the bytes of a body are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    #[default]
    Plain,
    Base64,
    QuotedPrintable,
}

/// Finds the parts of a message.
pub(super) fn message(raw: &[u8]) -> Result<Part<'_>, Unreadable> {
    if raw.len() > MAX_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let blank = raw
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let root = part(&raw[blank..], 0, "text/plain", &mut 0)?;
    let is_mail = |field: &Field<'_>| FIRST_SIGNS.iter().any(|name| field.is(name));
    if root.header.0.iter().any(is_mail) {
        Ok(root)
    } else {
        Err(Unreadable::NoHeader)
    }
}

/// `depth` bounds the recursion.
fn part<'a>(
    raw: &'a [u8],
    depth: usize,
    default: &str,
    count: &mut usize,
) -> Result<Part<'a>, Unreadable> {
    *count += 1;
    if depth > MAX_DEPTH {
        return Err(Unreadable::Depth);
    }
    if *count > MAX_PARTS {
        return Err(Unreadable::Parts);
    }
    let (header, body) = split_header(raw)?;
    let media = Media::of(&header, default);
    let mut children = Vec::new();
    if let Some(boundary) = &media.boundary
        && media.name.starts_with("multipart/")
    {
        let default = if media.name == "multipart/digest" {
            "message/rfc822"
        } else {
            "text/plain"
        };
        for slice in split_body(body, boundary.as_bytes())? {
            children.push(part(slice, depth + 1, default, count)?);
        }
    } else if media.is_message() && media.encoding == Encoding::Plain {
        children.push(part(body, depth + 1, "text/plain", count)?);
    }
    Ok(Part {
        header,
        body,
        media,
        children,
    })
}

/// Header and body. A line that is no field ends the header too, so that a missing empty line loses no words.
fn split_header(raw: &[u8]) -> Result<(Header<'_>, &[u8]), Unreadable> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut at = 0;
    loop {
        let end = line_end(raw, at)?;
        let line = trim_end(&raw[at..end]);
        if line.is_empty() {
            return Ok((Header(fields), &raw[end..]));
        }
        let folded = matches!(line[0], b' ' | b'\t');
        if folded && let Some(last) = fields.last_mut() {
            last.raw = &raw[at - last.raw.len()..end];
        } else if let Some((name, value)) = field_name(line) {
            if fields.len() == MAX_FIELDS {
                return Err(Unreadable::Headers);
            }
            let value = at + value;
            fields.push(Field {
                name,
                raw: &raw[value..end],
            });
        } else if !(at == 0 && line.starts_with(b"From ")) {
            return Ok((Header(fields), &raw[at..]));
        }
        at = end;
    }
}

/// Where the line that begins at `at` ends, its line feed included.
fn line_end(raw: &[u8], at: usize) -> Result<usize, Unreadable> {
    let window = &raw[at..raw.len().min(MAX_HEADER_BYTES)];
    match window.iter().position(|byte| *byte == b'\n') {
        Some(length) => Ok(at + length + 1),
        None if raw.len() > MAX_HEADER_BYTES => Err(Unreadable::Headers),
        None => Ok(raw.len()),
    }
}

fn trim_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The name of a field, and where its value begins (RFC 5322 section 2.2; space before the colon as in 4.5).
fn field_name(line: &[u8]) -> Option<(&str, usize)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = str::from_utf8(&line[..colon]).ok()?.trim_end();
    let printable = |byte: u8| (33..=126).contains(&byte);
    (!name.is_empty() && name.bytes().all(printable)).then_some((name, colon + 1))
}

/// What stands between the boundary lines (RFC 2046 section 5.1.1), or nothing where there is no such line.
fn split_body<'a>(body: &'a [u8], boundary: &[u8]) -> Result<Vec<&'a [u8]>, Unreadable> {
    let mut parts = Vec::new();
    let mut start = None;
    let mut at = 0;
    while at < body.len() {
        let end = body[at..]
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(body.len(), |length| at + length + 1);
        if let Some(last) = is_boundary(trim_end(&body[at..end]), boundary) {
            if let Some(start) = start {
                parts.push(trim_end(&body[start..at.max(start)]));
            }
            if parts.len() > MAX_PARTS {
                return Err(Unreadable::Parts);
            }
            start = (!last).then_some(end);
            if last {
                break;
            }
        }
        at = end;
    }
    if let Some(start) = start {
        parts.push(&body[start..]);
    }
    Ok(parts)
}

/// Whether the line is the boundary, and whether it is the last one.
fn is_boundary(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    let (rest, last) = match rest.strip_prefix(b"--") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    rest.iter()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
        .then_some(last)
}

impl Field<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl Header<'_> {
    /// The value of the topmost field of that name on one line; what is not UTF-8 is replaced.
    pub fn first(&self, name: &str) -> Option<String> {
        self.raw(name).map(unfold)
    }

    /// The values of all fields of that name, top first.
    pub fn all(&self, name: &str) -> impl Iterator<Item = String> {
        self.0
            .iter()
            .filter(move |field| field.is(name))
            .map(|field| unfold(field.raw))
    }

    /// The topmost value as it came.
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|field| field.is(name))
            .map(|field| field.raw)
    }

    /// Names, in their own case, and values of all fields, top first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|field| (field.name, unfold(field.raw)))
    }

    /// Whether some field has a name like this.
    pub fn has(&self, like: impl Fn(&str) -> bool) -> bool {
        self.0
            .iter()
            .any(|field| like(&field.name.to_ascii_lowercase()))
    }
}

/// The header that stands at the beginning of a text; for parts whose content is one.
pub(super) fn header_of(raw: &[u8]) -> Header<'_> {
    split_header(raw).map_or_else(|_| Header::default(), |(header, _)| header)
}

fn unfold(raw: &[u8]) -> String {
    let line: Vec<u8> = raw
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    String::from_utf8_lossy(&line).trim().to_owned()
}

impl Media {
    fn of(header: &Header<'_>, default: &str) -> Media {
        let content = header.raw("content-type").and_then(parsed);
        let disposition = header.raw("content-disposition").and_then(parsed);
        let attribute = |name: &str| {
            let content = content.as_ref()?;
            content.attribute(name).map(str::to_owned)
        };
        let is = |name: &str, value: &str| {
            attribute(name).is_some_and(|given| given.eq_ignore_ascii_case(value))
        };
        let file = disposition
            .as_ref()
            .and_then(|disposition| disposition.attribute("filename"))
            .map(str::to_owned)
            .or_else(|| attribute("name"));
        Media {
            name: content
                .as_ref()
                .and_then(|content| Some(format!("{}/{}", content.ctype(), content.subtype()?)))
                .map_or_else(|| default.to_owned(), |name| name.to_lowercase()),
            charset: attribute("charset"),
            boundary: attribute("boundary")
                .filter(|boundary| (1..=MAX_BOUNDARY).contains(&boundary.len())),
            attached: disposition.is_some_and(|disposition| disposition.is_attachment()),
            file,
            flowed: is("format", "flowed"),
            delsp: is("delsp", "yes"),
            encoding: Encoding::of(header),
        }
    }

    /// A message within the message.
    pub fn is_message(&self) -> bool {
        matches!(self.name.as_str(), "message/rfc822" | "message/global")
    }
}

impl Encoding {
    fn of(header: &Header<'_>) -> Encoding {
        let value = header
            .first("content-transfer-encoding")
            .unwrap_or_default();
        let value = value.split([';', ' ', '(']).next().unwrap_or_default();
        if value.eq_ignore_ascii_case("base64") {
            Encoding::Base64
        } else if value.eq_ignore_ascii_case("quoted-printable") {
            Encoding::QuotedPrintable
        } else {
            Encoding::Plain
        }
    }
}

/// Type and attributes, also those of RFC 2231.
fn parsed(raw: &[u8]) -> Option<ContentType<'_>> {
    if raw.len() > MAX_VALUE {
        return None;
    }
    MessageStream::new(raw)
        .parse_content_type()
        .into_content_type()
}

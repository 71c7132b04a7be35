//! What a message says that came in: who wrote, whether a machine did, what is asked, in which language.
//!
//! [`read`] is a pure function of the bytes: no clock, no database, nothing loaded. It decides nothing; what follows
//! from a message is the caller's. All bounds are in `shape`: a message beyond them is not read, and the caller keeps
//! it for staff. Whatever the bytes are, `read` returns, in time and memory that grow with their number alone.

mod address;
mod authenticated;
mod automatic;
mod body;
mod html;
mod quoted;
mod shape;
mod suggest;
#[cfg(test)]
mod tests;
mod text;
mod uuencode;

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::domain::email::Email;
use crate::domain::incoming::SenderProof;
use crate::domain::request::Kind;
use shape::{Header, Part};

/// Longest text of own words, in bytes.
pub const TEXT_LIMIT: usize = 64 << 10;
/// Longest subject, in characters.
pub const SUBJECT_LIMIT: usize = 500;
/// Most ids of earlier messages that are kept.
const MAX_ANSWERS: usize = 50;
/// Longest Message-ID that is kept, in bytes.
const MAX_ID: usize = 250;

/// What is ours, to judge a message by.
#[derive(Clone, Copy, Debug)]
pub struct Ours<'a> {
    /// The names under which our border server writes Authentication-Results. Empty: nobody is believed.
    pub authserv_ids: &'a [String],
    /// The domain of our Message-IDs.
    pub message_domain: &'a str,
}

/// Why a message is not read. Staff get it as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unreadable {
    /// More bytes than the limit.
    #[error("the message is larger than 25 MiB")]
    TooLarge,
    /// Too many header fields, or too long ones.
    #[error("the header of the message or of a part is longer than 64 KiB or 200 fields")]
    Headers,
    /// Too many parts.
    #[error("the message has more than 100 parts")]
    Parts,
    /// Parts within parts, too deep.
    #[error("the parts of the message lie more than 8 deep")]
    Depth,
    /// Too many attachments.
    #[error("the message has more than 20 attachments")]
    Attachments,
    /// There is nothing in it that a mail begins with.
    #[error("this is no mail: it has no header")]
    NoHeader,
}

impl Unreadable {
    /// Every reason, in the order in which they are looked for.
    pub const ALL: &'static [Unreadable] = &[
        Unreadable::TooLarge,
        Unreadable::NoHeader,
        Unreadable::Headers,
        Unreadable::Depth,
        Unreadable::Parts,
        Unreadable::Attachments,
    ];

    /// The stable text, for storing.
    pub fn as_str(self) -> &'static str {
        match self {
            Unreadable::TooLarge => "too-large",
            Unreadable::Headers => "headers",
            Unreadable::Parts => "parts",
            Unreadable::Depth => "depth",
            Unreadable::Attachments => "attachments",
            Unreadable::NoHeader => "no-header",
        }
    }
}

/// Who the From field names. The name beside the address is not kept: anybody can write anything there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Exactly one mailbox.
    One(Email),
    /// No address that a mail can be sent to.
    None,
    /// More than one, or a group: nobody can say who wrote.
    Several,
}

impl Sender {
    /// The one address, if there is one.
    pub fn email(&self) -> Option<&Email> {
        match self {
            Sender::One(email) => Some(email),
            Sender::None | Sender::Several => None,
        }
    }
}

/// Why a message counts as a machine's: no case, no answer, and it confirms nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Automatic {
    /// `Auto-Submitted` is there and not `no` (RFC 3834 section 5).
    AutoSubmitted,
    /// The envelope had no sender.
    NullReturnPath,
    /// A report: of delivery, of reading, of abuse (RFC 6522).
    Report,
    /// From is a mail server's or a list's own address.
    SystemSender,
}

impl Automatic {
    /// The stable text, for storing.
    pub fn as_str(self) -> &'static str {
        match self {
            Automatic::AutoSubmitted => "auto-submitted",
            Automatic::NullReturnPath => "null-return-path",
            Automatic::Report => "report",
            Automatic::SystemSender => "system-sender",
        }
    }
}

/// A letter of ours that was not delivered (RFC 3464).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// The id of the letter: from the recipient `bounce+ID@…`, or from the Message-ID in what was returned.
    pub letter: Option<String>,
    /// Like `5.1.1`; empty if none was given.
    pub status: String,
    /// The address will not take it later either.
    pub permanent: bool,
}

/// A message, read.
#[derive(Clone, PartialEq, Eq)]
pub struct Inbound {
    /// What makes it this message; see [`identity`].
    pub identity: [u8; 32],
    /// Without the angle brackets.
    pub message_id: Option<String>,
    /// What it answers: the ids in In-Reply-To and References without angle brackets, newest first, at most 50.
    pub answers: Vec<String>,
    /// When our server took it, by the topmost Received field. The caller bounds it.
    pub received_at: Option<Timestamp>,
    /// Who the From field names.
    pub from: Sender,
    /// What our border server found about the domain in From. A failure is also a pass for another domain, and two
    /// results that contradict each other.
    pub dmarc: SenderProof,
    /// A machine wrote it: no case, no answer.
    pub automatic: Option<Automatic>,
    /// It came through a list, or asks for no automatic answer, or is our own: never answered by a machine.
    pub no_reply: bool,
    /// It says that a letter of ours was not delivered.
    pub bounce: Option<Bounce>,
    /// TOKEN of a recipient `unsubscribe+TOKEN@…`, in the case in which it was written. Not checked.
    pub unsubscribe: Option<String>,
    /// One line, decoded; at most [`SUBJECT_LIMIT`] characters.
    pub subject: String,
    /// The writer's own words without what they quote and without their signature, at most [`TEXT_LIMIT`] bytes.
    pub text: String,
    /// There is quoted text and not a word beside it.
    pub quoted_only: bool,
    /// How many files came with it.
    pub attachments: u32,
    /// Encrypted, or packed so that only some programs read it: staff must look.
    pub locked: bool,
    /// What the own words seem to ask.
    pub kind: Option<Kind>,
    /// The language of the own words: `en`, `de`, `fr`, `es` or `hu`.
    pub lang: Option<String>,
}

/// Shows nobody's words, address or token: this may stand in a log.
impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound")
            .field("dmarc", &self.dmarc)
            .field("automatic", &self.automatic)
            .field("no_reply", &self.no_reply)
            .field("attachments", &self.attachments)
            .field("locked", &self.locked)
            .field("kind", &self.kind)
            .field("lang", &self.lang)
            .finish_non_exhaustive()
    }
}

/// Reads one message as it came from the server.
///
/// # Errors
/// [`Unreadable`] if it is beyond the limits, or no mail at all.
pub fn read(raw: &[u8], ours: &Ours<'_>) -> Result<Inbound, Unreadable> {
    let root = shape::message(raw)?;
    let header = &root.header;
    let content = body::read(&root)?;
    let from = address::sender(header);
    let answers = answers(header);
    let message_id = header.first("message-id").as_deref().and_then(message_id);
    let recipients = address::recipients(header);
    let subject = subject(header);
    let own_subject = own_subject(&subject, &answers, &content, ours).unwrap_or_default();
    let reading = suggest::read(own_subject, &content.text);
    Ok(Inbound {
        identity: identity_of(&root),
        received_at: received_at(header),
        dmarc: authenticated::dmarc(header, &from, ours.authserv_ids),
        automatic: automatic::strong(&root, &from),
        no_reply: automatic::weak(header, &from, message_id.as_deref(), ours),
        bounce: automatic::bounce(&root, &from, &recipients, ours),
        unsubscribe: address::tagged(&recipients, "unsubscribe"),
        message_id,
        answers,
        from,
        quoted_only: content.quoted && content.text.is_empty(),
        text: content.text,
        subject,
        attachments: content.attachments,
        locked: content.locked,
        kind: reading.kind,
        lang: reading.lang.map(str::to_owned),
    })
}

/// What makes a message this one: SHA-256 over Message-ID, From, Date, Subject and body. Two deliveries of one mail,
/// with other Received fields and other line ends, are equal; another mail under a copied Message-ID is not. Takes any
/// bytes; of those whose shape [`read`] refuses, all count.
pub fn identity(raw: &[u8]) -> [u8; 32] {
    match shape::message(raw) {
        Ok(root) => identity_of(&root),
        Err(_) => Sha256::new()
            .chain_update(b"lethe unreadable mail v1\0")
            .chain_update(raw)
            .finalize()
            .into(),
    }
}

fn identity_of(root: &Part<'_>) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"lethe mail v1\0");
    for name in ["message-id", "from", "date", "subject"] {
        for value in root.header.all(name) {
            let words: Vec<&str> = value.split_whitespace().collect();
            let value = words.join(" ");
            hash.update((value.len() as u64).to_be_bytes());
            hash.update(value.as_bytes());
        }
        hash.update([0xff]);
    }
    let body = root.body;
    let end = body.len()
        - body
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
    let mut rest = &body[..end];
    while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
        let line = &rest[..at];
        hash.update(line.strip_suffix(b"\r").unwrap_or(line));
        hash.update(b"\n");
        rest = &rest[at + 1..];
    }
    hash.update(rest);
    hash.finalize().into()
}

/// The first id in a field: what stands in angle brackets, or the whole value if it has none and no space.
fn message_id(value: &str) -> Option<String> {
    ids(value).next().or_else(|| {
        let bare = value.trim();
        is_id(bare).then(|| bare.to_owned())
    })
}

fn answers(header: &Header<'_>) -> Vec<String> {
    let replied = header.first("in-reply-to").unwrap_or_default();
    let chain = header.first("references").unwrap_or_default();
    let mut chain: Vec<String> = ids(&chain).collect();
    chain.reverse();
    let mut found: Vec<String> = Vec::new();
    for id in ids(&replied).chain(chain) {
        if found.len() == MAX_ANSWERS {
            break;
        }
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// What stands in angle brackets. A long id may have been folded, so space within is dropped.
fn ids(value: &str) -> impl Iterator<Item = String> + '_ {
    value.split('<').skip(1).filter_map(|rest| {
        let (id, _) = rest.split_once('>')?;
        let id: String = id.chars().filter(|c| !c.is_whitespace()).collect();
        is_id(&id).then_some(id)
    })
}

fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len())
        && !text.contains(|c: char| {
            c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '\u{fffd}')
        })
}

/// The time in the topmost Received field: our own server writes that one.
fn received_at(header: &Header<'_>) -> Option<Timestamp> {
    static PARSER: jiff::fmt::rfc2822::DateTimeParser =
        jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let field = header.first("received")?;
    // A comment behind the date may hold a semicolon too.
    field
        .rmatch_indices(';')
        .take(4)
        .find_map(|(at, _)| PARSER.parse_timestamp(field[at + 1..].trim()).ok())
}

fn subject(header: &Header<'_>) -> String {
    let Some(raw) = header.raw("subject") else {
        return String::new();
    };
    let decoded = text::unstructured(raw);
    let line = text::clean(&decoded);
    let words: Vec<&str> = line.split_whitespace().collect();
    words.join(" ").chars().take(SUBJECT_LIMIT).collect()
}

/// The subject if the writer chose it: not "Re:" of a message that is ours or that is quoted.
fn own_subject<'a>(
    subject: &'a str,
    answers: &[String],
    content: &body::Content,
    ours: &Ours<'_>,
) -> Option<&'a str> {
    let of_ours = answers.iter().any(|id| is_ours(id, ours));
    let taken_over = of_ours || content.quoted || content.forwarded;
    (!(taken_over && quoted::is_reply_subject(subject))).then_some(subject)
}

/// Whether a Message-ID was made here.
fn is_ours(id: &str, ours: &Ours<'_>) -> bool {
    id.rsplit_once('@')
        .is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(ours.message_domain))
}

//! The bytes between us and an IMAP server: lines, literals, and what a response holds.
//!
//! Half a response stays in [`Wire`], so that whoever waits for the other half may stop waiting and
//! come back. What a server sends is kept only up to a length.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::ImapError;

/// The longest text of one response, literals left out, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;

/// The longest literal where none is asked for, in bytes.
const LONGEST_LITERAL: u64 = 64 * 1024;

/// How much is set aside for a literal before any of it is there, in bytes.
const SET_ASIDE: u64 = 64 * 1024;

trait Io: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Io for T {}

/// A connection.
pub(super) struct Wire {
    io: BufReader<Box<dyn Io>>,
    half: Half,
    commands: u32,
}

fn away(error: std::io::Error) -> ImapError {
    ImapError::Away(error.to_string())
}

impl Wire {
    pub(super) async fn connect(host: &str, port: u16) -> Result<Wire, ImapError> {
        let stream = TcpStream::connect((host, port)).await.map_err(away)?;
        stream.set_nodelay(true).map_err(away)?;
        Ok(Wire::over(Box::new(stream)))
    }

    fn over(io: Box<dyn Io>) -> Wire {
        Wire {
            io: BufReader::with_capacity(16 * 1024, io),
            half: Half::default(),
            commands: 0,
        }
    }

    /// Begins TLS on this connection.
    pub(super) async fn encrypt(
        self,
        host: &str,
        authorities: Option<&str>,
    ) -> Result<Wire, ImapError> {
        // What was said in clear after the change was agreed on would count as said within TLS.
        if !self.io.buffer().is_empty() {
            return Err(ImapError::Unsafe("it speaks before TLS begins".to_owned()));
        }
        let connector = TlsConnector::from(Arc::new(client(authorities)?));
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| ImapError::Unsafe("no certificate can be for this host".to_owned()))?;
        let stream = connector
            .connect(name, self.io.into_inner())
            .await
            .map_err(|error| {
                let is_refusal = error.get_ref().is_some_and(|e| e.is::<rustls::Error>());
                if is_refusal {
                    ImapError::Unsafe(error.to_string())
                } else {
                    away(error)
                }
            })?;
        Ok(Wire {
            commands: self.commands,
            ..Wire::over(Box::new(stream))
        })
    }

    /// Sends a command under a new tag.
    pub(super) async fn begin(&mut self, command: &[u8]) -> Result<String, ImapError> {
        self.commands = self.commands.wrapping_add(1);
        let tag = format!("L{}", self.commands);
        let mut line = zeroize::Zeroizing::new(Vec::with_capacity(command.len() + 16));
        line.extend(tag.as_bytes());
        line.push(b' ');
        line.extend(command);
        self.line(&line).await?;
        Ok(tag)
    }

    /// Sends a line.
    pub(super) async fn line(&mut self, line: &[u8]) -> Result<(), ImapError> {
        let mut whole = zeroize::Zeroizing::new(Vec::with_capacity(line.len() + 2));
        whole.extend(line);
        whole.extend(b"\r\n");
        self.io.write_all(&whole).await.map_err(away)?;
        self.io.flush().await.map_err(away)
    }

    /// The next response, with literals of `longest` bytes together, where that is more than a
    /// little.
    pub(super) async fn response(&mut self, longest: u64) -> Result<Response, ImapError> {
        let longest = longest.max(LONGEST_LITERAL);
        loop {
            let bytes = more(&mut self.io).await?;
            let (used, is_whole) = self.half.take(bytes, longest)?;
            self.io.consume(used);
            if is_whole {
                return Ok(self.half.whole());
            }
        }
    }

    /// The next response, or none if it was the numbers of a search, which are given one by one.
    pub(super) async fn search(
        &mut self,
        mut each: impl FnMut(u32),
    ) -> Result<Option<Response>, ImapError> {
        const NUMBERS: &[u8] = b"* SEARCH ";
        loop {
            let bytes = more(&mut self.io).await?;
            if let Some(number) = &mut self.half.number {
                let mut is_over = false;
                let mut used = 0;
                for byte in bytes {
                    used += 1;
                    if byte.is_ascii_digit() {
                        let digit = u64::from(byte - b'0');
                        *number = number.saturating_mul(10).saturating_add(digit);
                        continue;
                    }
                    // No message has the number 0, and none one of more than 32 bits.
                    match u32::try_from(std::mem::take(number)) {
                        Ok(0) | Err(_) => {}
                        Ok(number) => each(number),
                    }
                    is_over = *byte == b'\n';
                    if is_over {
                        break;
                    }
                }
                self.io.consume(used);
                if is_over {
                    self.half = Half::default();
                    return Ok(None);
                }
                continue;
            }
            // No further than to the first number, which is counted and not kept.
            let is_beginning =
                self.half.literals.is_empty() && self.half.text.len() < NUMBERS.len();
            let missing = NUMBERS.len().saturating_sub(self.half.text.len());
            let bytes = match bytes.get(..missing) {
                Some(first) if is_beginning => first,
                _ => bytes,
            };
            let (used, is_whole) = self.half.take(bytes, LONGEST_LITERAL)?;
            self.io.consume(used);
            if is_whole {
                return Ok(Some(self.half.whole()));
            }
            if self.half.text.eq_ignore_ascii_case(NUMBERS) {
                self.half.number = Some(0);
            }
        }
    }
}

async fn more(io: &mut BufReader<Box<dyn Io>>) -> Result<&[u8], ImapError> {
    let bytes = io.fill_buf().await.map_err(away)?;
    if bytes.is_empty() {
        return Err(ImapError::Away("it hung up".to_owned()));
    }
    Ok(bytes)
}

fn client(authorities: Option<&str>) -> Result<ClientConfig, ImapError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    for authority in CertificateDer::pem_slice_iter(authorities.unwrap_or_default().as_bytes()) {
        let added = authority
            .ok()
            .and_then(|authority| roots.add(authority).ok());
        added
            .ok_or_else(|| ImapError::Unsafe("mail.ca_file has a broken certificate".to_owned()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ImapError::Unsafe(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// What is there of the next response.
#[derive(Default)]
struct Half {
    text: Vec<u8>,
    literals: Vec<Vec<u8>>,
    /// Bytes that the last literal still lacks.
    lacks: u64,
    /// While the numbers of a search are read, the one that is not over.
    number: Option<u64>,
}

impl Half {
    /// Takes some of the bytes; how many, and whether the response is whole with them.
    fn take(&mut self, bytes: &[u8], longest: u64) -> Result<(usize, bool), ImapError> {
        if let Some(literal) = self.literals.last_mut().filter(|_| self.lacks > 0) {
            let lacks = usize::try_from(self.lacks).unwrap_or(usize::MAX);
            let used = lacks.min(bytes.len());
            literal.extend_from_slice(&bytes[..used]);
            self.lacks -= used as u64;
            return Ok((used, false));
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(bytes.len(), |end| end + 1);
        if self.text.len() + used > LONGEST_TEXT {
            return Err(ImapError::Protocol("a line is too long"));
        }
        self.text.extend_from_slice(&bytes[..used]);
        if end.is_none() {
            return Ok((used, false));
        }
        let Some(size) = announced(&self.text) else {
            return Ok((used, true));
        };
        let before: u64 = self.literals.iter().map(|one| one.len() as u64).sum();
        if before.saturating_add(size) > longest {
            return Err(ImapError::Protocol("it sends more than it was asked for"));
        }
        // An empty one takes a place too, so an endless row of them has an end by its text.
        let aside = usize::try_from(size.min(SET_ASIDE)).unwrap_or_default();
        self.literals.push(Vec::with_capacity(aside));
        self.lacks = size;
        Ok((used, false))
    }

    fn whole(&mut self) -> Response {
        let half = std::mem::take(self);
        Response {
            text: half.text,
            literals: half.literals,
        }
    }
}

/// The size of the literal that begins after this line, if one does.
fn announced(text: &[u8]) -> Option<u64> {
    let line = text.strip_suffix(b"\r\n").or(text.strip_suffix(b"\n"))?;
    // The words of a status are anybody's, also when they end like a literal.
    let first = first_words(text);
    let is_words = |word: &str| ["OK", "NO", "BAD", "BYE", "PREAUTH"].contains(&word);
    if first.first().is_none_or(|word| word != "*") || first.get(1).is_none_or(|w| is_words(w)) {
        return None;
    }
    let line = line.strip_suffix(b"}")?;
    let start = line.iter().rposition(|byte| *byte == b'{')?;
    let digits = std::str::from_utf8(&line[start + 1..]).ok()?;
    digits.strip_suffix('+').unwrap_or(digits).parse().ok()
}

/// The first three words, in capitals.
fn first_words(text: &[u8]) -> Vec<String> {
    let head = &text[..text.len().min(80)];
    String::from_utf8_lossy(head)
        .split_ascii_whitespace()
        .take(3)
        .map(str::to_ascii_uppercase)
        .collect()
}

/// How a command ended, or what the server says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    No,
    Bad,
    Bye,
    PreAuth,
}

/// One response, whole.
pub(super) struct Response {
    text: Vec<u8>,
    literals: Vec<Vec<u8>>,
}

/// A value of a fetched message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Nil,
    Atom(String),
    Text(Vec<u8>),
    /// A list; nobody asks for one, so what is in it is left out.
    List,
}

impl Item {
    /// The number under this name.
    pub(super) fn number(&self, key: &str, name: &str) -> Option<u64> {
        match self {
            Item::Atom(digits) if key == name => digits.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        match self {
            Item::Nil | Item::List => Vec::new(),
            Item::Atom(text) => text.into_bytes(),
            Item::Text(bytes) => bytes,
        }
    }
}

impl Response {
    pub(super) fn is_continuation(&self) -> bool {
        self.text.starts_with(b"+")
    }

    /// What the server says without being asked, as status.
    pub(super) fn status(&self) -> Option<(Status, String)> {
        self.after("*")
    }

    /// The end of the command with this tag.
    pub(super) fn outcome(&self, tag: &str) -> Option<(Status, String)> {
        self.after(tag)
    }

    fn after(&self, first: &str) -> Option<(Status, String)> {
        let words = first_words(&self.text);
        if words.first()? != first {
            return None;
        }
        let status = match words.get(1)?.as_str() {
            "OK" => Status::Ok,
            "NO" => Status::No,
            "BAD" => Status::Bad,
            "BYE" => Status::Bye,
            "PREAUTH" => Status::PreAuth,
            _ => return None,
        };
        let text = String::from_utf8_lossy(&self.text);
        let said = text.split_ascii_whitespace().skip(2);
        let said = said.collect::<Vec<_>>().join(" ");
        let said = said.chars().filter(|c| !c.is_control()).take(200).collect();
        Some((status, said))
    }

    /// What follows the name in `* NAME …`.
    pub(super) fn data(&self, name: &str) -> Option<&str> {
        let text = std::str::from_utf8(&self.text).ok()?.strip_prefix("* ")?;
        let (first, rest) = text.trim_end().split_once(' ')?;
        first.eq_ignore_ascii_case(name).then_some(rest)
    }

    /// How many messages there are, in `* 3 EXISTS`.
    pub(super) fn exists(&self) -> Option<u32> {
        self.counted("EXISTS")
    }

    /// Whether a message went, `* 3 EXPUNGE`.
    pub(super) fn is_expunge(&self) -> bool {
        self.counted("EXPUNGE").is_some()
    }

    fn counted(&self, name: &str) -> Option<u32> {
        match first_words(&self.text).as_slice() {
            [star, number, word] if star == "*" && word == name => number.parse().ok(),
            _ => None,
        }
    }

    /// What stands in brackets in an OK: its name, and the number after it.
    pub(super) fn code(&self) -> Option<(String, Option<u32>)> {
        let words = first_words(&self.text);
        if words.get(1)? != "OK" {
            return None;
        }
        let text = String::from_utf8_lossy(&self.text);
        let (_, rest) = text.split_once('[')?;
        let (code, _) = rest.split_once(']')?;
        let mut words = code.split_ascii_whitespace();
        let name = words.next()?.to_ascii_uppercase();
        Some((name, words.next().and_then(|number| number.parse().ok())))
    }

    /// What is told of a message, in `* 3 FETCH (…)`; none if it is another response.
    pub(super) fn fetched(&self) -> Result<Option<Vec<(String, Item)>>, ImapError> {
        if self.counted("FETCH").is_none() {
            return Ok(None);
        }
        let start = self.text.iter().position(|byte| *byte == b'(');
        let mut scan = Scan {
            rest: start.map_or(&[][..], |start| &self.text[start + 1..]),
            literals: self.literals.iter(),
        };
        let mut items = Vec::new();
        loop {
            scan.space();
            if scan.rest.first() == Some(&b')') {
                return Ok(Some(items));
            }
            let key = scan.atom()?.to_ascii_uppercase();
            scan.space();
            items.push((key, scan.item()?));
        }
    }
}

const BROKEN: ImapError = ImapError::Protocol("it tells of a message in broken words");

/// Reads the words of a fetched message.
struct Scan<'a> {
    rest: &'a [u8],
    literals: std::slice::Iter<'a, Vec<u8>>,
}

impl Scan<'_> {
    fn space(&mut self) {
        let spaces = self.rest.iter().take_while(|byte| **byte == b' ').count();
        self.rest = &self.rest[spaces..];
    }

    /// A word; what stands in brackets belongs to it.
    fn atom(&mut self) -> Result<String, ImapError> {
        let mut depth = 0_u32;
        let end = self.rest.iter().position(|byte| {
            match byte {
                b'[' => depth += 1,
                b']' => depth = depth.saturating_sub(1),
                b' ' | b'(' | b')' if depth == 0 => return true,
                b'\r' | b'\n' => return true,
                _ => {}
            }
            false
        });
        let end = end.filter(|end| *end > 0).ok_or(BROKEN)?;
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(String::from_utf8_lossy(word).into_owned())
    }

    fn item(&mut self) -> Result<Item, ImapError> {
        match self.rest.first() {
            Some(b'"') => self.quoted().map(Item::Text),
            Some(b'{' | b'~') => self.literal().map(Item::Text),
            Some(b'(') => self.list(),
            _ => Ok(match self.atom()? {
                nil if nil.eq_ignore_ascii_case("NIL") => Item::Nil,
                atom => Item::Atom(atom),
            }),
        }
    }

    fn quoted(&mut self) -> Result<Vec<u8>, ImapError> {
        let mut text = Vec::new();
        let mut bytes = self.rest.iter().enumerate().skip(1);
        while let Some((place, byte)) = bytes.next() {
            match byte {
                b'"' => {
                    self.rest = &self.rest[place + 1..];
                    return Ok(text);
                }
                b'\\' => text.push(*bytes.next().ok_or(BROKEN)?.1),
                b'\n' => break,
                byte => text.push(*byte),
            }
        }
        Err(BROKEN)
    }

    fn literal(&mut self) -> Result<Vec<u8>, ImapError> {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        self.rest = &self.rest[end.ok_or(BROKEN)? + 1..];
        self.literals.next().cloned().ok_or(BROKEN)
    }

    /// Leaves a list out, however deep it is.
    fn list(&mut self) -> Result<Item, ImapError> {
        let mut depth = 0_u32;
        loop {
            match self.rest.first().ok_or(BROKEN)? {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b' ' => {}
                _ => {
                    self.item()?;
                    continue;
                }
            }
            self.rest = &self.rest[1..];
            if depth == 0 {
                return Ok(Item::List);
            }
        }
    }
}

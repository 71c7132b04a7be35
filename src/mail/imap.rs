//! Reading a mailbox over IMAP (RFC 3501, RFC 9051), with IDLE where it is offered (RFC 2177).
//!
//! A message is named by its UID and read in parts, and reading changes nothing. The server is not
//! trusted: every command has a time, every line and every part a length, and a refusal is never
//! taken for an empty answer. Nothing here knows what a message says, and no error quotes one.

mod wire;

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use self::wire::{Item, Response, Status, Wire};
use crate::config::{After, Inbox, Tls};
use crate::domain::incoming::Renumbered;

/// How long a server may be silent, and how long a command may take in all.
const PATIENCE: Duration = Duration::from_secs(60);

/// IDLE is renewed after this time; servers may hang up after 30 minutes (RFC 2177).
const RENEW: Duration = Duration::from_secs(25 * 60);

/// Without IDLE, the pause before the server is asked again.
const POLL: Duration = Duration::from_secs(60);

/// UIDs looked through at first; a stretch without messages widens it.
const STRETCH: u32 = 4_096;

/// UIDs named in one command, so that its line stays short enough for every server.
const NAMED: usize = 200;

/// The longest part that is asked for, in bytes.
pub const LONGEST_PART: u32 = 4 * 1024 * 1024;

/// What a server says of a message before it is read, as far as it says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// Its size in bytes.
    pub size: Option<u64>,
    /// When it came into the mailbox (INTERNALDATE).
    pub arrived_at: Option<Timestamp>,
}

/// Why a mailbox cannot be read. After any of these but [`ImapError::Gone`] and
/// [`ImapError::Refused`] the session is over.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// The server is away or slow, or the connection broke: later it may work.
    #[error("the mail server is away: {0}")]
    Away(String),
    /// The way to the server is not as safe as configured.
    #[error("the way to the mail server is not safe: {0}; see `tls` and mail.ca_file")]
    Unsafe(String),
    /// Name or password is wrong.
    #[error("the mail server refuses the login: {0}; see `user` and `password_file`")]
    Login(String),
    /// The folder is missing or cannot be read.
    #[error("the mail server does not open the folder: {0}; see `folder`")]
    Folder(String),
    /// It refuses a command.
    #[error("the mail server refuses: {0}")]
    Refused(String),
    /// It says what no server should.
    #[error("the mail server does not keep to the protocol: {0}")]
    Protocol(&'static str),
    /// Somebody removed the message meanwhile.
    #[error("the message {0} is gone")]
    Gone(u32),
}

/// A connection that has signed in and opened its folder.
pub struct Session {
    wire: Wire,
    uid_validity: u32,
    uid_next: u32,
    messages: u32,
    is_read_only: bool,
    can_idle: bool,
    can_expunge_by_uid: bool,
}

/// Connects, signs in and opens the folder.
///
/// # Errors
/// [`ImapError`].
pub async fn open(inbox: &Inbox) -> Result<Session, ImapError> {
    within(PATIENCE, connect(inbox)).await
}

async fn connect(inbox: &Inbox) -> Result<Session, ImapError> {
    let mut wire = Wire::connect(&inbox.host, inbox.port).await?;
    if inbox.tls == Tls::Required {
        wire = wire
            .encrypt(&inbox.host, inbox.authorities.as_deref())
            .await?;
    }
    let greeting = wire.response(0).await?;
    let is_signed_in = match greeting.status() {
        Some((Status::Ok, _)) => false,
        // A server that knows us already leaves no room for STARTTLS (RFC 9051, 7.1.4).
        Some((Status::PreAuth, _)) if inbox.tls != Tls::StartTls => true,
        Some((Status::PreAuth, _)) => {
            return Err(ImapError::Unsafe("it will not change to TLS".to_owned()));
        }
        Some((Status::Bye, said)) => return Err(ImapError::Away(said)),
        _ => return Err(ImapError::Protocol("it does not greet")),
    };
    if inbox.tls == Tls::StartTls {
        if !capabilities(&mut wire).await?.has("STARTTLS") {
            return Err(ImapError::Unsafe("it offers no STARTTLS".to_owned()));
        }
        ask(&mut wire, "STARTTLS", refused, |_| Ok(())).await?;
        wire = wire
            .encrypt(&inbox.host, inbox.authorities.as_deref())
            .await?;
    }
    if !is_signed_in {
        // What was said before TLS is not believed after it, so it is asked again.
        let capabilities = capabilities(&mut wire).await?;
        sign_in(&mut wire, inbox, &capabilities).await?;
    }
    let capabilities = capabilities(&mut wire).await?;
    let mut session = Session {
        wire,
        uid_validity: 0,
        uid_next: 0,
        messages: 0,
        is_read_only: false,
        can_idle: capabilities.has("IDLE"),
        can_expunge_by_uid: capabilities.has("UIDPLUS") || capabilities.has("IMAP4REV2"),
    };
    session.select(&inbox.folder).await?;
    Ok(session)
}

/// What a server offers, in capitals.
struct Capabilities(BTreeSet<String>);

impl Capabilities {
    fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

async fn capabilities(wire: &mut Wire) -> Result<Capabilities, ImapError> {
    let mut found = BTreeSet::new();
    ask(wire, "CAPABILITY", refused, |response| {
        if let Some(words) = response.data("CAPABILITY") {
            found.extend(words.split_whitespace().map(str::to_ascii_uppercase));
        }
        Ok(())
    })
    .await?;
    Ok(Capabilities(found))
}

async fn sign_in(
    wire: &mut Wire,
    inbox: &Inbox,
    capabilities: &Capabilities,
) -> Result<(), ImapError> {
    let (user, password) = (&inbox.login.user, inbox.login.password.expose_secret());
    if user.contains('\0') || password.contains('\0') {
        return Err(ImapError::Login("there is a NUL in it".to_owned()));
    }
    if capabilities.has("AUTH=PLAIN") {
        let plain = Zeroizing::new(format!("\0{user}\0{password}"));
        let plain = Zeroizing::new(BASE64_STANDARD.encode(plain.as_bytes()));
        let parts = [b"AUTHENTICATE PLAIN".as_slice(), plain.as_bytes()];
        return step_by_step(wire, &parts, ImapError::Login).await;
    }
    if capabilities.has("LOGINDISABLED") {
        let said = "it takes no password on this connection".to_owned();
        return Err(ImapError::Login(said));
    }
    // As literals, in which every character may stand.
    let first = format!("LOGIN {{{}}}", user.len());
    let second = format!("{user} {{{}}}", password.len());
    let parts = [first.as_bytes(), second.as_bytes(), password.as_bytes()];
    step_by_step(wire, &parts, ImapError::Login).await
}

/// Sends a command whose every next part waits until the server asks for it.
async fn step_by_step(
    wire: &mut Wire,
    parts: &[&[u8]],
    error: fn(String) -> ImapError,
) -> Result<(), ImapError> {
    let tag = wire.begin(parts[0]).await?;
    let mut rest = parts[1..].iter();
    loop {
        let response = wire.response(0).await?;
        if response.is_continuation() {
            // A server that asks for more than there is gets the empty line that ends it.
            let part = rest.next().copied().unwrap_or_default();
            wire.line(part).await?;
        } else if let Some((status, said)) = response.outcome(&tag) {
            return done(status, said, error);
        } else if let Some((Status::Bye, said)) = response.status() {
            return Err(error(said));
        }
    }
}

/// Sends a command and reads what comes until its end.
async fn ask(
    wire: &mut Wire,
    command: &str,
    error: fn(String) -> ImapError,
    mut each: impl FnMut(&Response) -> Result<(), ImapError>,
) -> Result<(), ImapError> {
    let tag = wire.begin(command.as_bytes()).await?;
    until_done(wire, &tag, 0, error, &mut each).await
}

async fn until_done(
    wire: &mut Wire,
    tag: &str,
    longest: u64,
    error: fn(String) -> ImapError,
    each: &mut impl FnMut(&Response) -> Result<(), ImapError>,
) -> Result<(), ImapError> {
    loop {
        let response = wire.response(longest).await?;
        if let Some((status, said)) = response.outcome(tag) {
            // What stands in brackets there belongs to the answer (RFC 9051, 7.1).
            each(&response)?;
            return done(status, said, error);
        }
        if let Some((Status::Bye, said)) = response.status() {
            return Err(ImapError::Away(said));
        }
        each(&response)?;
    }
}

fn done(status: Status, said: String, error: fn(String) -> ImapError) -> Result<(), ImapError> {
    match status {
        Status::Ok => Ok(()),
        // "Later it may work" (RFC 5530), also in place of an answer about name and password.
        Status::No if said.to_ascii_uppercase().contains("[UNAVAILABLE]") => {
            Err(ImapError::Away(said))
        }
        _ => Err(error(said)),
    }
}

fn refused(said: String) -> ImapError {
    ImapError::Refused(said)
}

async fn within<T>(
    time: Duration,
    work: impl Future<Output = Result<T, ImapError>>,
) -> Result<T, ImapError> {
    let seconds = time.as_secs();
    tokio::time::timeout(time, work)
        .await
        .unwrap_or_else(|_| Err(ImapError::Away(format!("no answer within {seconds} s"))))
}

impl Session {
    /// What the UIDs of this folder are numbered under.
    pub fn uid_validity(&self) -> u32 {
        self.uid_validity
    }

    /// The UID that the next message will have at least, as far as the server told.
    pub fn uid_next(&self) -> u32 {
        self.uid_next
    }

    /// Whether messages can be read, but neither marked nor deleted.
    pub fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// The UIDs of messages above `after`, ascending, at most `limit`; of those that were numbered
    /// anew, only what counts. Fewer than `limit` are all there are.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn waiting(
        &mut self,
        after: u32,
        renumbered: Option<Renumbered>,
        limit: usize,
    ) -> Result<Vec<u32>, ImapError> {
        let mut uids = BTreeSet::new();
        let (mut low, mut stretch) = (after.saturating_add(1), STRETCH);
        while after < u32::MAX && uids.len() < limit {
            let old = renumbered.filter(|old| low <= old.through);
            let high = low.saturating_add(stretch - 1);
            let high = old.map_or(high, |old| high.min(old.through));
            // The last stretch is open: messages come while we look.
            let is_last = old.is_none() && high >= self.uid_next.saturating_sub(1);
            let end = if is_last {
                "*".to_owned()
            } else {
                high.to_string()
            };
            let wanted = limit - uids.len();
            let since = old.map(|old| old.since);
            let found = within(PATIENCE, self.search(low, &end, since, wanted)).await?;
            stretch = if found.is_empty() {
                stretch.saturating_mul(16)
            } else {
                STRETCH
            };
            uids.extend(found);
            if is_last || high == u32::MAX {
                break;
            }
            low = high.saturating_add(1);
        }
        let uids: Vec<u32> = uids.into_iter().take(limit).collect();
        if let Some(highest) = uids.last() {
            self.uid_next = self.uid_next.max(highest.saturating_add(1));
        }
        Ok(uids)
    }

    /// The lowest UIDs of a stretch, at most `limit`.
    async fn search(
        &mut self,
        low: u32,
        end: &str,
        since: Option<Date>,
        limit: usize,
    ) -> Result<BTreeSet<u32>, ImapError> {
        let since = since.map_or(String::new(), |date| {
            format!(" SINCE {}", date.strftime("%-d-%b-%Y"))
        });
        let command = format!("UID SEARCH UID {low}:{end}{since}");
        let tag = self.wire.begin(command.as_bytes()).await?;
        let mut found = BTreeSet::new();
        loop {
            // However long the line is, no more than the lowest numbers of it are kept.
            let response = self
                .wire
                .search(|uid| {
                    // `low:*` names the last message too when it lies below (RFC 9051, 9).
                    if uid >= low {
                        found.insert(uid);
                    }
                    if found.len() > limit {
                        found.pop_last();
                    }
                })
                .await?;
            let Some(response) = response else { continue };
            self.note(&response);
            if let Some((status, said)) = response.outcome(&tag) {
                done(status, said, refused)?;
                return Ok(found);
            }
            if let Some((Status::Bye, said)) = response.status() {
                return Err(ImapError::Away(said));
            }
        }
    }

    /// What the server says of a message. What it does not say, or says in broken words, is nothing.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn describe(&mut self, uid: u32) -> Result<Described, ImapError> {
        within(PATIENCE, self.fetch_description(uid)).await
    }

    async fn fetch_description(&mut self, uid: u32) -> Result<Described, ImapError> {
        let command = format!("UID FETCH {uid} (UID RFC822.SIZE INTERNALDATE)");
        let mut described = Described::default();
        ask(&mut self.wire, &command, refused, |response| {
            let Some(items) = response.fetched()? else {
                return Ok(());
            };
            let number = |name: &str| items.iter().find_map(|(key, item)| item.number(key, name));
            // A server may also tell of a changed flag of this message or of another one.
            if number("UID") != Some(u64::from(uid)) {
                return Ok(());
            }
            let arrived = items.iter().find_map(|(key, item)| match item {
                Item::Text(text) if key == "INTERNALDATE" => arrived_at(text),
                _ => None,
            });
            described.size = number("RFC822.SIZE").or(described.size);
            described.arrived_at = arrived.or(described.arrived_at);
            Ok(())
        })
        .await?;
        Ok(described)
    }

    /// Bytes of a message from `offset` on, at most `length` and at most [`LONGEST_PART`]; fewer
    /// only at its end. Changes nothing, not even that it was seen.
    ///
    /// # Errors
    /// [`ImapError::Gone`] if there is no such message any more; otherwise [`ImapError`].
    pub async fn part(&mut self, uid: u32, offset: u64, length: u32) -> Result<Vec<u8>, ImapError> {
        within(PATIENCE, self.fetch_part(uid, offset, length)).await
    }

    async fn fetch_part(
        &mut self,
        uid: u32,
        offset: u64,
        length: u32,
    ) -> Result<Vec<u8>, ImapError> {
        let length = length.clamp(1, LONGEST_PART);
        // The protocol has 32 bits for it (RFC 3501); no message that is taken is that long.
        let offset = u32::try_from(offset)
            .map_err(|_| ImapError::Refused("no message is that long".to_owned()))?;
        let command = format!("UID FETCH {uid} (UID BODY.PEEK[]<{offset}.{length}>)");
        let name = format!("BODY[]<{offset}>");
        let tag = self.wire.begin(command.as_bytes()).await?;
        let mut found = None;
        let mut each = |response: &Response| -> Result<(), ImapError> {
            let Some(items) = response.fetched()? else {
                return Ok(());
            };
            let is_it = items
                .iter()
                .any(|(key, item)| item.number(key, "UID") == Some(u64::from(uid)));
            for (key, item) in items {
                if is_it && key == name {
                    found = Some(item.into_bytes());
                }
            }
            Ok(())
        };
        until_done(&mut self.wire, &tag, u64::from(length), refused, &mut each).await?;
        found.ok_or(ImapError::Gone(uid))
    }

    /// Whether [`Session::put_away`] has what it needs.
    ///
    /// # Errors
    /// [`ImapError::Refused`] if the folder is read-only, or the server cannot delete single
    /// messages (UIDPLUS, RFC 4315).
    pub fn can_put_away(&self, how: After) -> Result<(), ImapError> {
        if self.is_read_only {
            return Err(ImapError::Refused(
                "the folder is read-only for this account".to_owned(),
            ));
        }
        // EXPUNGE alone would also delete what somebody else has marked.
        if how == After::Delete && !self.can_expunge_by_uid {
            return Err(ImapError::Refused(
                "it cannot delete single messages (no UIDPLUS); write after = \"seen\"".to_owned(),
            ));
        }
        Ok(())
    }

    /// Marks messages as seen, or deletes them there. Only those that are named: the caller says
    /// which Lethe has, since others may lie between them. A message that is gone is none too many.
    ///
    /// # Errors
    /// Those of [`Session::can_put_away`]; otherwise [`ImapError`].
    pub async fn put_away(&mut self, uids: &[u32], how: After) -> Result<(), ImapError> {
        if uids.is_empty() {
            return Ok(());
        }
        self.can_put_away(how)?;
        for uids in uids.chunks(NAMED) {
            let uids = set(uids);
            let flags = match how {
                After::Seen => "\\Seen",
                After::Delete => "\\Seen \\Deleted",
            };
            self.command(&format!("UID STORE {uids} +FLAGS.SILENT ({flags})"))
                .await?;
            if how == After::Delete {
                self.command(&format!("UID EXPUNGE {uids}")).await?;
            }
        }
        Ok(())
    }

    /// Waits until something happens in the folder, at most for a time: by IDLE where it is
    /// offered, otherwise by asking every minute. It may also return early with nothing new.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn wait(&mut self, at_most: Duration) -> Result<(), ImapError> {
        let until = tokio::time::Instant::now() + at_most;
        let before = self.messages;
        // What came between the last look and now is told by this answer.
        self.command("NOOP").await?;
        while self.messages <= before {
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            if self.can_idle {
                if self.idle(left.min(RENEW)).await? {
                    return Ok(());
                }
            } else {
                tokio::time::sleep(left.min(POLL)).await;
                self.command("NOOP").await?;
            }
        }
        Ok(())
    }

    /// True if something came into the folder.
    async fn idle(&mut self, time: Duration) -> Result<bool, ImapError> {
        let tag = self.wire.begin(b"IDLE").await?;
        let before = self.messages;
        let outcome = within(PATIENCE, self.idle_begins(&tag)).await?;
        if let Some((status, _)) = outcome {
            // Offered and refused, for example for too many at once: it is asked instead.
            self.can_idle = false;
            tracing::debug!(?status, "the mail server does not idle");
            return Ok(false);
        }
        let until = tokio::time::Instant::now() + time;
        while self.messages <= before {
            match tokio::time::timeout_at(until, self.wire.response(0)).await {
                Err(_) => break,
                Ok(response) => {
                    let response = response?;
                    if let Some((Status::Bye, said)) = response.status() {
                        return Err(ImapError::Away(said));
                    }
                    self.note(&response);
                }
            }
        }
        within(PATIENCE, async {
            self.wire.line(b"DONE").await?;
            loop {
                let response = self.wire.response(0).await?;
                self.note(&response);
                if let Some((status, said)) = response.outcome(&tag) {
                    return done(status, said, refused);
                }
                if let Some((Status::Bye, said)) = response.status() {
                    return Err(ImapError::Away(said));
                }
            }
        })
        .await?;
        Ok(self.messages > before)
    }

    /// Reads until the server idles; its answer if it does not.
    async fn idle_begins(&mut self, tag: &str) -> Result<Option<(Status, String)>, ImapError> {
        loop {
            let response = self.wire.response(0).await?;
            if response.is_continuation() {
                return Ok(None);
            }
            if let Some(outcome) = response.outcome(tag) {
                return Ok(Some(outcome));
            }
            if let Some((Status::Bye, said)) = response.status() {
                return Err(ImapError::Away(said));
            }
            self.note(&response);
        }
    }

    /// Says goodbye. A server that does not answer is left without.
    pub async fn close(mut self) {
        let _ = within(Duration::from_secs(5), async {
            self.wire.begin(b"LOGOUT").await?;
            while self.wire.response(0).await.is_ok() {}
            Ok(())
        })
        .await;
    }

    async fn select(&mut self, folder: &str) -> Result<(), ImapError> {
        let command = format!("SELECT \"{}\"", folder_name(folder));
        let tag = self.wire.begin(command.as_bytes()).await?;
        let mut said = Vec::new();
        let (mut messages, mut is_read_only) = (0, false);
        let mut each = |response: &Response| -> Result<(), ImapError> {
            messages = response.exists().unwrap_or(messages);
            if let Some((name, number)) = response.code() {
                is_read_only |= name == "READ-ONLY";
                said.push((name, number));
            }
            // A server that repeats itself without end has said enough.
            said.truncate(64);
            Ok(())
        };
        until_done(&mut self.wire, &tag, 0, ImapError::Folder, &mut each).await?;
        let number = |wanted: &str| {
            let found = said.iter().rev().find(|(name, _)| name == wanted);
            found.and_then(|(_, number)| *number)
        };
        self.messages = messages;
        self.is_read_only = is_read_only;
        let is_sticky = !said.iter().any(|(name, _)| name == "UIDNOTSTICKY");
        self.uid_validity = number("UIDVALIDITY").filter(|_| is_sticky).ok_or_else(|| {
            ImapError::Folder("it keeps no numbers for its messages (UIDVALIDITY)".to_owned())
        })?;
        self.uid_next = match number("UIDNEXT") {
            Some(next) => next,
            None => self.highest().await?.saturating_add(1),
        };
        Ok(())
    }

    /// The highest UID, for servers that do not tell the next one.
    async fn highest(&mut self) -> Result<u32, ImapError> {
        let mut highest = 0;
        if self.messages == 0 {
            return Ok(0);
        }
        ask(&mut self.wire, "UID FETCH * (UID)", refused, |response| {
            for (key, item) in response.fetched()?.unwrap_or_default() {
                let uid = item.number(&key, "UID").unwrap_or_default();
                highest = highest.max(u32::try_from(uid).unwrap_or_default());
            }
            Ok(())
        })
        .await?;
        Ok(highest)
    }

    /// A command of which only the outcome matters.
    async fn command(&mut self, command: &str) -> Result<(), ImapError> {
        within(PATIENCE, async {
            let tag = self.wire.begin(command.as_bytes()).await?;
            let (mut count, mut gone) = (None, 0);
            let mut each = |response: &Response| -> Result<(), ImapError> {
                count = response.exists().or(count);
                gone += u32::from(response.is_expunge());
                Ok(())
            };
            until_done(&mut self.wire, &tag, 0, refused, &mut each).await?;
            self.messages = count.unwrap_or_else(|| self.messages.saturating_sub(gone));
            Ok(())
        })
        .await
    }

    /// Keeps count of the folder by what the server tells unasked.
    fn note(&mut self, response: &Response) {
        if let Some(messages) = response.exists() {
            self.messages = messages;
        } else if response.is_expunge() {
            self.messages = self.messages.saturating_sub(1);
        }
    }
}

/// UIDs as a command names them, neighbours joined: `3:5,9`.
fn set(uids: &[u32]) -> String {
    let mut uids = uids.to_vec();
    uids.sort_unstable();
    uids.dedup();
    uids.chunk_by(|one, next| *next == one + 1)
        .map(|run| match run {
            [one] => one.to_string(),
            _ => format!("{}:{}", run[0], run[run.len() - 1]),
        })
        .collect::<Vec<_>>()
        .join(",")
}

/// `" 1-Nov-2026 09:12:00 +0100"`, as INTERNALDATE is written.
fn arrived_at(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?;
    let date = jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?;
    date.to_timestamp().ok()
}

/// A folder's name in modified UTF-7, ready to stand between quotes (RFC 3501, 5.1.3).
fn folder_name(name: &str) -> String {
    let mut written = String::new();
    let mut foreign: Vec<u8> = Vec::new();
    for c in name.chars().map(Some).chain([None]) {
        let is_plain = c.is_none_or(|c| (' '..='~').contains(&c));
        if is_plain && !foreign.is_empty() {
            let encoded = BASE64_STANDARD.encode(&foreign).replace('/', ",");
            written += &format!("&{}-", encoded.trim_end_matches('='));
            foreign.clear();
        }
        match c {
            None => {}
            Some('&') => written += "&-",
            Some(c @ ('"' | '\\')) => {
                written.push('\\');
                written.push(c);
            }
            Some(c) if is_plain => written.push(c),
            Some(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    foreign.extend(unit.to_be_bytes());
                }
            }
        }
    }
    written
}

#[cfg(test)]
mod tests;

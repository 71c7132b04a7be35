//! Backups sealed to a key whose private half lies elsewhere: the format is age (C2SP age v1, recipient type X25519),
//! so that any age tool opens them too, with the same key file.
//!
//! A file key of its own, wrapped to the public key, seals the content in pieces of 64 KiB. Whoever makes backups
//! cannot open them.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use bech32::{Bech32, Hrp};
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::random;

const VERSION: &str = "age-encryption.org/v1";
const LABEL: &str = "age-encryption.org/v1/X25519";
const PUBLIC: &str = "age";
const PRIVATE: &str = "age-secret-key-";

/// Bytes that are sealed together.
const PIECE: usize = 64 * 1024;

/// Bytes that sealing adds to a piece.
const TAG: usize = 16;

/// The longest line of a header that is read.
const HEADER_LIMIT: u64 = 64 * 1024;

/// The public half of a recovery key: `age1…`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryKey([u8; 32]);

/// The private half of a recovery key: `AGE-SECRET-KEY-1…`. It is kept offline.
pub struct RecoverySecret(StaticSecret);

/// The text is no such key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a recovery key is a line that begins with age1, as `lethe keys recovery` prints it")]
pub struct NotARecoveryKey;

impl FromStr for RecoveryKey {
    type Err = NotARecoveryKey;

    fn from_str(text: &str) -> Result<Self, NotARecoveryKey> {
        decode(PUBLIC, text)
            .map(|bytes| RecoveryKey(*bytes))
            .ok_or(NotARecoveryKey)
    }
}

impl fmt::Display for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode(PUBLIC, &self.0))
    }
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn encode(prefix: &str, bytes: &[u8; 32]) -> String {
    let prefix = Hrp::parse(prefix).expect("the prefix is a word");
    bech32::encode::<Bech32>(prefix, bytes).expect("32 bytes fit")
}

fn decode(prefix: &str, text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let (found, bytes) = bech32::decode(text).ok()?;
    let bytes = Zeroizing::new(bytes);
    // Only the old form of the sum: what `bech32::decode` also takes is another key's.
    let bytes: [u8; 32] = bytes.as_slice().try_into().ok()?;
    let is_whole = encode(prefix, &bytes).eq_ignore_ascii_case(text);
    (found.to_lowercase() == prefix && is_whole).then(|| Zeroizing::new(bytes))
}

/// Why a recovery key cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryFileError {
    /// The system refuses.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// There is no key in it.
    #[error(
        "there is no line with AGE-SECRET-KEY-1 in it: name the file that `lethe keys recovery` wrote"
    )]
    NoKey,
}

impl RecoverySecret {
    /// Makes a key, writes it into a new file that its owner alone can read, and says its public half.
    ///
    /// # Errors
    /// There is such a file already, or the system refuses.
    pub fn create(path: &Path) -> io::Result<RecoveryKey> {
        let secret = RecoverySecret(StaticSecret::from(random::<32>()));
        let public = secret.public();
        let text = Zeroizing::new(encode(PRIVATE, &secret.0.to_bytes()).to_uppercase());
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        write!(
            file,
            "# Opens the backups of Lethe that are sealed to the key below. Keep it offline, and keep\n\
             # two: without it nobody can open them.\n# public key: {public}\n{}\n",
            text.as_str()
        )?;
        file.sync_all()?;
        Ok(public)
    }

    /// Reads a key from its file; lines that begin with # are passed over.
    ///
    /// # Errors
    /// [`RecoveryFileError`].
    pub fn load(path: &Path) -> Result<RecoverySecret, RecoveryFileError> {
        let text = Zeroizing::new(fs::read_to_string(path)?);
        text.lines()
            .find_map(|line| decode(PRIVATE, line.trim()))
            .map(|bytes| RecoverySecret(StaticSecret::from(*bytes)))
            .ok_or(RecoveryFileError::NoKey)
    }

    /// The public half.
    pub fn public(&self) -> RecoveryKey {
        RecoveryKey(PublicKey::from(&self.0).to_bytes())
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// HKDF-SHA256 (RFC 5869) with one block of output.
fn hkdf(secret: &[u8], salt: &[u8], info: &str) -> Zeroizing<[u8; 32]> {
    let extracted = hmac(salt, &[secret]);
    hmac(&*extracted, &[info.as_bytes(), &[1]])
}

/// The key that wraps a file key between two parties.
fn wrap_key(shared: &[u8], ephemeral: &[u8; 32], recipient: &[u8; 32]) -> ChaCha20Poly1305 {
    let salt = [*ephemeral, *recipient].concat();
    ChaCha20Poly1305::new((&*hkdf(shared, &salt, LABEL)).into())
}

/// The key of one sealed file. Whoever has just sealed a file can open it again to look.
pub struct FileKey(Zeroizing<[u8; 16]>);

/// Seals what is written to it. [`Sealer::finish`] writes the end, without which the file is not whole.
pub struct Sealer<W> {
    out: W,
    pieces: Pieces,
    waiting: Zeroizing<Vec<u8>>,
}

/// The state of a chain of sealed pieces (STREAM).
struct Pieces {
    key: ChaCha20Poly1305,
    count: u128,
}

impl Pieces {
    fn new(key: &FileKey, nonce: &[u8; 16]) -> Pieces {
        let key = hkdf(&*key.0, nonce, "payload");
        Pieces {
            key: ChaCha20Poly1305::new((&*key).into()),
            count: 0,
        }
    }

    fn nonce(&mut self, is_last: bool) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[..11].copy_from_slice(&self.count.to_be_bytes()[5..]);
        nonce[11] = u8::from(is_last);
        self.count += 1;
        nonce
    }

    fn seal(&mut self, piece: &mut Vec<u8>, is_last: bool) -> io::Result<()> {
        let nonce = self.nonce(is_last);
        self.key
            .encrypt_in_place((&nonce).into(), b"", piece)
            .map_err(|_| io::Error::other("a piece cannot be sealed"))
    }

    fn open(&mut self, piece: &mut Vec<u8>, is_last: bool) -> io::Result<()> {
        let nonce = self.nonce(is_last);
        self.key
            .decrypt_in_place((&nonce).into(), b"", piece)
            .map_err(|_| damaged("it was damaged or cut off"))
    }
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

impl<W: Write> Sealer<W> {
    /// Begins a sealed file; also the key with which this very file can be opened again.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn start(mut out: W, to: &RecoveryKey) -> io::Result<(Sealer<W>, FileKey)> {
        let key = FileKey(Zeroizing::new(random()));
        let ephemeral = StaticSecret::from(random::<32>());
        let share = PublicKey::from(&ephemeral).to_bytes();
        let shared = ephemeral.diffie_hellman(&PublicKey::from(to.0));
        let mut wrapped = key.0.to_vec();
        wrap_key(shared.as_bytes(), &share, &to.0)
            .encrypt_in_place((&[0; 12]).into(), b"", &mut wrapped)
            .map_err(|_| io::Error::other("the key of the file cannot be sealed"))?;
        let header = format!(
            "{VERSION}\n-> X25519 {}\n{}\n---",
            BASE64.encode(share),
            BASE64.encode(wrapped)
        );
        let mac = header_mac(&key, header.as_bytes());
        writeln!(out, "{header} {}", BASE64.encode(*mac))?;
        let nonce: [u8; 16] = random();
        out.write_all(&nonce)?;
        let sealer = Sealer {
            out,
            pieces: Pieces::new(&key, &nonce),
            waiting: Zeroizing::new(Vec::with_capacity(PIECE + TAG)),
        };
        Ok((sealer, key))
    }

    /// Writes the end and gives back what it wrote to.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self) -> io::Result<W> {
        self.piece(true)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn piece(&mut self, is_last: bool) -> io::Result<()> {
        self.pieces.seal(&mut self.waiting, is_last)?;
        self.out.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The last piece is marked as such, so a full one waits until more comes.
        if self.waiting.len() == PIECE {
            self.piece(false)?;
        }
        let taken = bytes.len().min(PIECE - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn header_mac(key: &FileKey, header: &[u8]) -> Zeroizing<[u8; 32]> {
    hmac(&*hkdf(&*key.0, b"", "header"), &[header])
}

/// Whether a file is sealed.
///
/// # Errors
/// It cannot be read.
pub fn is_sealed(path: &Path) -> io::Result<bool> {
    let mut begins = Vec::new();
    fs::File::open(path)?
        .take(VERSION.len() as u64)
        .read_to_end(&mut begins)?;
    Ok(begins == VERSION.as_bytes())
}

/// Who opens a sealed file.
pub enum Opener<'a> {
    /// The private half of the key that it is sealed to.
    Secret(&'a RecoverySecret),
    /// Whoever has just sealed it.
    File(&'a FileKey),
}

/// Opens what was sealed; reading ends in an error if it was damaged or cut off.
pub struct Unsealer<R> {
    from: BufReader<R>,
    pieces: Pieces,
    piece: Zeroizing<Vec<u8>>,
    at: usize,
    ended: bool,
}

impl<R: Read> Unsealer<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// `InvalidData` if it is no sealed file, or sealed to another key.
    pub fn start(from: R, opener: &Opener<'_>) -> io::Result<Unsealer<R>> {
        let mut from = BufReader::with_capacity(PIECE + TAG, from);
        let mut header = Vec::new();
        let mut stanzas: Vec<(Vec<String>, String)> = Vec::new();
        let mac = loop {
            let begins = header.len();
            let left = HEADER_LIMIT - begins as u64;
            from.by_ref().take(left).read_until(b'\n', &mut header)?;
            let line = str::from_utf8(&header[begins..]).ok();
            let line = line.and_then(|line| line.strip_suffix('\n'));
            let line = line.ok_or_else(|| damaged("it is no sealed backup"))?;
            if begins == 0 {
                if line != VERSION {
                    return Err(damaged("it is no sealed backup"));
                }
            } else if let Some(mac) = line.strip_prefix("--- ") {
                let mac = BASE64
                    .decode(mac)
                    .map_err(|_| damaged("its header is damaged"))?;
                header.truncate(begins + 3);
                break mac;
            } else if let Some(words) = line.strip_prefix("-> ") {
                let words = words.split(' ').map(str::to_owned).collect();
                stanzas.push((words, String::new()));
            } else if let Some((_, body)) = stanzas.last_mut() {
                body.push_str(line);
            } else {
                return Err(damaged("its header is damaged"));
            }
        };
        let key = match opener {
            Opener::File(key) => FileKey(key.0.clone()),
            Opener::Secret(secret) => stanzas
                .iter()
                .find_map(|(words, body)| unwrap(secret, words, body))
                .ok_or_else(|| {
                    damaged("it is sealed to another recovery key, or its header is damaged")
                })?,
        };
        let mut expected = Hmac::<Sha256>::new_from_slice(&*hkdf(&*key.0, b"", "header"))
            .expect("HMAC takes keys of any length");
        expected.update(&header);
        expected
            .verify_slice(&mac)
            .map_err(|_| damaged("its header is damaged"))?;
        let mut nonce = [0; 16];
        from.read_exact(&mut nonce)?;
        Ok(Unsealer {
            from,
            pieces: Pieces::new(&key, &nonce),
            piece: Zeroizing::new(Vec::with_capacity(PIECE + TAG)),
            at: 0,
            ended: false,
        })
    }

    fn next_piece(&mut self) -> io::Result<()> {
        self.piece.clear();
        self.at = 0;
        let limit = (PIECE + TAG) as u64;
        self.from
            .by_ref()
            .take(limit)
            .read_to_end(&mut self.piece)?;
        self.ended = self.from.fill_buf()?.is_empty();
        let is_first = self.pieces.count == 0;
        self.pieces.open(&mut self.piece, self.ended)?;
        if self.piece.is_empty() && !is_first {
            return Err(damaged("it was damaged or cut off"));
        }
        Ok(())
    }
}

fn unwrap(secret: &RecoverySecret, words: &[String], body: &str) -> Option<FileKey> {
    let [kind, share] = words else { return None };
    let share: [u8; 32] = BASE64.decode(share).ok()?.try_into().ok()?;
    let mut wrapped = BASE64.decode(body).ok()?;
    if kind != "X25519" || wrapped.len() != 32 {
        return None;
    }
    let shared = secret.0.diffie_hellman(&PublicKey::from(share));
    if !shared.was_contributory() {
        return None;
    }
    wrap_key(shared.as_bytes(), &share, &secret.public().0)
        .decrypt_in_place((&[0; 12]).into(), b"", &mut wrapped)
        .ok()?;
    let wrapped = Zeroizing::new(wrapped);
    Some(FileKey(Zeroizing::new(wrapped.as_slice().try_into().ok()?)))
}

impl<R: Read> Read for Unsealer<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            if self.ended {
                return Ok(0);
            }
            self.next_piece()?;
        }
        let count = out.len().min(self.piece.len() - self.at);
        out[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(byte: u8) -> RecoverySecret {
        RecoverySecret(StaticSecret::from([byte; 32]))
    }

    fn sealed(content: &[u8], to: &RecoverySecret) -> (Vec<u8>, FileKey) {
        let (mut sealer, key) = Sealer::start(Vec::new(), &to.public()).expect("into memory");
        sealer.write_all(content).expect("into memory");
        (sealer.finish().expect("into memory"), key)
    }

    fn open(bytes: &[u8], opener: &Opener<'_>) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        Unsealer::start(bytes, opener)?.read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn what_was_sealed_opens_with_the_private_half_and_with_nothing_else() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let content: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let (bytes, key) = sealed(&content, &secret(7));
            let mine = secret(7);
            assert_eq!(open(&bytes, &Opener::Secret(&mine)).expect("ours"), content);
            assert_eq!(open(&bytes, &Opener::File(&key)).expect("ours"), content);
            let error = open(&bytes, &Opener::Secret(&secret(8))).expect_err("another's");
            assert!(
                error.to_string().contains("another recovery key"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_was_changed_or_cut_off_does_not_open() {
        let content = vec![5; 2 * PIECE + 10];
        let (bytes, key) = sealed(&content, &secret(7));
        let header = bytes.len() - content.len() - 3 * TAG - 16;
        for cut in [
            header - 5,
            header + 8,
            header + 16,
            header + 16 + PIECE + TAG,
            bytes.len() - 1,
        ] {
            assert!(
                open(&bytes[..cut], &Opener::File(&key)).is_err(),
                "cut at {cut}"
            );
        }
        for at in [0, 30, header - 3, header + 1, header + 100, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(
                open(&changed, &Opener::Secret(&secret(7))).is_err(),
                "changed at {at}"
            );
        }
    }

    /// Made with the crate `age` 0.12.1.
    const IDENTITY: &str =
        "AGE-SECRET-KEY-187FSPS4FXKM3LJUL37045N3VWWYY3JW3N76MHJQ0RF7S4MYTTQ0QSK4W9W";
    const RECIPIENT: &str = "age1vpkkmcuqaaaa5qdyu304gcetn9dtv7fx2ec5qlmvuhr4uel78pnq20zmy4";
    const FILE: &str = "\
        YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBZS3lkNW1MbGdUclNWd1hCcnNlR2RwRWIzZExRR091aHBkdHZwNVI3a1hJ
        Cklmd01PTDhYd0FpeE9WN1NQZ3BsZFNLeG5keUdFTVNpc2FENjBBYWlDb0EKLT4gLEgzTXc6LWdyZWFzZSBDLVJPIEFHX2FYIF1x
        Cmt3UW1yZE1ocERwVTQ3VDJmWW5kRmorU09ERXFQVG9ZMXJQNQotLS0gNCtJMHE4MW9Veng5QzBxNi9ZY1pKbGtpQWlkaUZCVzds
        a21MR1AvZGlNYwq8mLi9rkshfUw0uldoSdGJNnuESvoXKXi8nv2+PRFCJbXVgwjv+LAiiAKBgvqgtDATbcPD5tk46Kr1kO4hYQ==";

    #[test]
    fn a_file_that_another_program_sealed_opens() {
        let secret = RecoverySecret(StaticSecret::from(
            *decode(PRIVATE, IDENTITY).expect("an identity"),
        ));
        assert_eq!(secret.public().to_string(), RECIPIENT);
        let text: String = FILE.split_whitespace().collect();
        let file = base64::engine::general_purpose::STANDARD
            .decode(text)
            .expect("base64");
        let content = open(&file, &Opener::Secret(&secret)).expect("sealed to it");
        assert_eq!(content, b"What was erased stays erased.\n");
    }

    #[test]
    fn a_key_is_read_back_from_its_file_and_its_text() {
        let folder = std::env::temp_dir();
        let path = folder.join(format!("lethe-recovery-{:02x?}", random::<8>()));
        let public = RecoverySecret::create(&path).expect("writable");
        assert!(RecoverySecret::create(&path).is_err(), "never over another");
        assert_eq!(
            RecoverySecret::load(&path).expect("written").public(),
            public
        );
        assert_eq!(public.to_string().parse(), Ok(public));
        for wrong in ["", "age1", "age1qqqq", "AGE-SECRET-KEY-1QQQ"] {
            assert_eq!(
                wrong.parse::<RecoveryKey>(),
                Err(NotARecoveryKey),
                "{wrong}"
            );
        }
        fs::remove_file(path).expect("ours");
    }
}

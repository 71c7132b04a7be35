//! Signed notes and checkpoints: what a log and its witnesses put their names to.
//!
//! A note is a text with signature lines under it, a checkpoint a note whose text names a log, its
//! size and its root. Formats: c2sp.org/signed-note, tlog-checkpoint and tlog-cosignature. Each
//! thing has one written form here, and a reader that accepts no other, so that what was signed is
//! what was read.
//!
//! Must never take a text for true because it can be read: only [`Note::verify`] says who signed,
//! and only `proof` says whether a trusted log did. Makes no keys and reads no clock; the caller
//! brings both.

use std::fmt;
use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::hex;
use super::tree::Hash;

/// The longest note that is read, in bytes.
pub const MAX_NOTE: usize = 64 * 1024;

/// The most signatures that a note may have. The standard asks for at least 16.
pub const MAX_SIGNATURES: usize = 64;

/// How a key signs. Each has its own type byte, so that a key is never taken for the other kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Signs the text itself (Ed25519, 0x01).
    Log,
    /// Signs the text and the time at which it saw it (Ed25519 cosignature/v1, 0x04).
    Witness,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Log => "log",
            Self::Witness => "witness",
        })
    }
}

/// Why something is not a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name is empty or has a space, a plus or a control character.
    #[error("the name of a key is not empty and has no spaces, no plus and no control characters")]
    Name,
    /// Not `name+id+base64`.
    #[error("not a public key: it is written NAME+ID+KEY, in one line; copy it again, and whole")]
    Form,
    /// The id does not follow from name and key.
    #[error(
        "the public key does not fit its own id: it was changed or copied wrong; copy it again"
    )]
    Id,
    /// A kind of key that is not known here.
    #[error(
        "keys of type {0:#04x} are not supported by this version; it knows Ed25519 (0x01) and \
         Ed25519 cosignatures (0x04)"
    )]
    Unsupported(u8),
    /// The 32 bytes are not a public key, or one under which anybody can sign.
    #[error("not a usable Ed25519 public key: make a new key and use its public part")]
    Public,
}

/// The public part of a key, under a name: what a verifier must hold. Written
/// `name+id+base64(type ‖ key)`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    /// A point that was seen to be usable.
    public: [u8; 32],
    id: [u8; 4],
}

impl VerifierKey {
    /// A key from its 32 bytes.
    pub fn new(name: &str, kind: KeyKind, public: [u8; 32]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name);
        }
        let point = VerifyingKey::from_bytes(&public).map_err(|_| KeyError::Public)?;
        if point.is_weak() {
            return Err(KeyError::Public);
        }
        let digest = Sha256::new()
            .chain_update(name)
            .chain_update([b'\n', kind.byte()])
            .chain_update(public)
            .finalize();
        Ok(Self {
            name: name.to_owned(),
            kind,
            public,
            id: [digest[0], digest[1], digest[2], digest[3]],
        })
    }

    /// The name, which for a log is its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells keys of one name apart. Short: it finds a key and proves nothing.
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// How the key signs.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Whether the line says that this key made it.
    pub fn is_named_by(&self, line: &SignatureLine) -> bool {
        self.name == line.name && self.id == line.key_id
    }

    /// What the line says if this key made it over the text, else `None`.
    fn check(&self, text: &str, line: &SignatureLine) -> Option<Signed> {
        let (at, signature) = match self.kind {
            KeyKind::Log => (None, line.signature.as_slice()),
            KeyKind::Witness => {
                let (time, signature) = line.signature.split_first_chunk::<8>()?;
                (Some(u64::from_be_bytes(*time)), signature)
            }
        };
        let signature = Signature::from_slice(signature).ok()?;
        let message = match at {
            None => text.to_owned(),
            Some(time) => cosigned(text, time),
        };
        VerifyingKey::from_bytes(&self.public)
            .and_then(|public| public.verify_strict(message.as_bytes(), &signature))
            .ok()?;
        Some(Signed {
            key: self.clone(),
            at,
        })
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, rest) = text.split_once('+').ok_or(KeyError::Form)?;
        let (id, key) = rest.split_once('+').ok_or(KeyError::Form)?;
        let key = STANDARD.decode(key).map_err(|_| KeyError::Form)?;
        let (&kind, public) = key.split_first().ok_or(KeyError::Form)?;
        let kind = match kind {
            1 => KeyKind::Log,
            4 => KeyKind::Witness,
            other => return Err(KeyError::Unsupported(other)),
        };
        let public = public.try_into().map_err(|_| KeyError::Form)?;
        let key = Self::new(name, kind, public)?;
        if hex(&key.id) != id {
            return Err(KeyError::Id);
        }
        Ok(key)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind.byte()];
        key.extend_from_slice(&self.public);
        write!(
            f,
            "{}+{}+{}",
            self.name,
            hex(&self.id),
            STANDARD.encode(key)
        )
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A key that signs. Its secret is wiped from memory when it is dropped, and is never shown.
pub struct Signer {
    secret: SigningKey,
    verifier: VerifierKey,
}

impl Signer {
    /// The key that follows from a secret seed. A seed serves one name and one kind only.
    pub fn new(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, kind, secret.verifying_key().to_bytes())?;
        Ok(Self { secret, verifier })
    }

    /// The public part.
    pub fn verifier(&self) -> VerifierKey {
        self.verifier.clone()
    }

    /// Signs the text of a note.
    ///
    /// # Panics
    /// If this is the key of a witness, which signs with the time.
    pub fn sign(&self, text: &str) -> SignatureLine {
        assert_eq!(self.verifier.kind, KeyKind::Log, "a witness cosigns");
        self.line(self.secret.sign(text.as_bytes()).to_bytes().to_vec())
    }

    /// Signs the text of a note as seen at a time, in seconds since 1970, UTC.
    ///
    /// # Panics
    /// If this is the key of a log, which signs without a time.
    pub fn cosign(&self, text: &str, unix_seconds: u64) -> SignatureLine {
        assert_eq!(self.verifier.kind, KeyKind::Witness, "a log signs");
        let signature = self.secret.sign(cosigned(text, unix_seconds).as_bytes());
        let mut timed = unix_seconds.to_be_bytes().to_vec();
        timed.extend_from_slice(&signature.to_bytes());
        self.line(timed)
    }

    fn line(&self, signature: Vec<u8>) -> SignatureLine {
        SignatureLine {
            name: self.verifier.name.clone(),
            key_id: self.verifier.id,
            signature,
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier)
    }
}

/// What a witness signs.
fn cosigned(text: &str, unix_seconds: u64) -> String {
    format!("cosignature/v1\ntime {unix_seconds}\n{text}")
}

/// One signature, written `— name base64(id ‖ signature)`. It may be anybody's until it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// The name of the key.
    pub name: String,
    /// The id of the key.
    pub key_id: [u8; 4],
    /// The signature; a cosignature begins with its time.
    pub signature: Vec<u8>,
}

/// A line is not `— name base64`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a signature line: it is written \"— NAME SIGNATURE\"")]
pub struct NotASignatureLine;

impl FromStr for SignatureLine {
    type Err = NotASignatureLine;

    /// Reads a line without its newline.
    fn from_str(line: &str) -> Result<Self, NotASignatureLine> {
        let rest = line.strip_prefix("— ").ok_or(NotASignatureLine)?;
        let (name, signature) = rest.split_once(' ').ok_or(NotASignatureLine)?;
        if !is_key_name(name) {
            return Err(NotASignatureLine);
        }
        let bytes = STANDARD.decode(signature).map_err(|_| NotASignatureLine)?;
        match bytes.split_first_chunk::<4>() {
            Some((key_id, signature)) if !signature.is_empty() => Ok(Self {
                name: name.to_owned(),
                key_id: *key_id,
                signature: signature.to_vec(),
            }),
            _ => Err(NotASignatureLine),
        }
    }
}

impl fmt::Display for SignatureLine {
    /// Writes the line without a newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.signature].concat();
        write!(f, "— {} {}", self.name, STANDARD.encode(bytes))
    }
}

/// Why something is not a note, or not one to be trusted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More than [`MAX_NOTE`] bytes.
    #[error("longer than 64 KiB, which no checkpoint is")]
    TooLong,
    /// A character that no note has, such as a carriage return.
    #[error(
        "it has control characters in it (line ends of Windows are such): take the file as it \
         was sent, not a copy that a program has rewritten"
    )]
    ControlCharacter,
    /// No empty line, or nothing after it.
    #[error("it has no signatures: the end is missing, or the empty line before them")]
    NoSignatures,
    /// The last character is not a newline.
    #[error("its last line does not end: the end is missing")]
    NoFinalNewline,
    /// Something else stands among the signatures. The first is number 1.
    #[error("signature line {0} is not written \"— NAME SIGNATURE\"")]
    SignatureLine(usize),
    /// More than [`MAX_SIGNATURES`].
    #[error("it has more than 64 signatures, which no checkpoint has")]
    TooManySignatures,
    /// A key that is known is named, and did not make the signature.
    #[error(
        "the signature of the {} {} is wrong: the checkpoint was changed or signed by somebody \
         else", .0.kind(), .0.name()
    )]
    WrongSignature(VerifierKey),
    /// None of the signatures is by a known key.
    #[error(
        "none of its signatures is by a key that was given: it is by somebody else, or was \
         signed with an earlier or later key"
    )]
    UnknownSigner,
}

/// A text and who claims to have signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What is signed, with its final newline. No control characters but newlines.
    pub text: String,
    /// At least one, at most [`MAX_SIGNATURES`].
    pub signatures: Vec<SignatureLine>,
}

/// A signature that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Who signed.
    pub key: VerifierKey,
    /// When, in seconds since 1970, UTC, as the witness says. A log signs without a time.
    pub at: Option<u64>,
}

impl Signed {
    /// When, if a calendar has the time that the witness names.
    pub fn time(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.at?.try_into().ok()?).ok()
    }
}

impl Note {
    /// Who of these signed, each once, in the order of the lines; at least one.
    ///
    /// A key that cosigned twice is given with its earlier time: since then it has known the text.
    /// Signatures of other keys are passed over. One wrong signature by a known key makes the whole
    /// note worthless, even next to a right one.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Vec<Signed>, NoteError> {
        let mut found: Vec<Signed> = Vec::new();
        for line in &self.signatures {
            let mut claimed = keys.iter().filter(|key| key.is_named_by(line)).peekable();
            let Some(&first) = claimed.peek() else {
                continue;
            };
            let signed = claimed
                .find_map(|key| key.check(&self.text, line))
                .ok_or_else(|| NoteError::WrongSignature(first.clone()))?;
            match found.iter_mut().find(|earlier| earlier.key == signed.key) {
                Some(earlier) => earlier.at = earlier.at.min(signed.at),
                None => found.push(signed),
            }
        }
        if found.is_empty() {
            return Err(NoteError::UnknownSigner);
        }
        Ok(found)
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.len() > MAX_NOTE {
            return Err(NoteError::TooLong);
        }
        if has_control_characters(note) {
            return Err(NoteError::ControlCharacter);
        }
        // The text may have empty lines itself; the last one ends it.
        let end = note.rfind("\n\n").ok_or(NoteError::NoSignatures)? + 1;
        let (text, rest) = note.split_at(end);
        let lines = match &rest[1..] {
            "" => return Err(NoteError::NoSignatures),
            lines => lines.strip_suffix('\n').ok_or(NoteError::NoFinalNewline)?,
        };
        if lines.split('\n').count() > MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        let signatures = (1..)
            .zip(lines.split('\n'))
            .map(|(number, line)| line.parse().map_err(|_| NoteError::SignatureLine(number)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.signatures {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

/// What a log says of itself at one moment: so many entries, and this is their root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log; the name of its key.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// Why a text is not a checkpoint.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The first line is missing or empty.
    #[error("the first line of a checkpoint names the log, and here it is empty")]
    Origin,
    /// The second line is not a number, or not written in the one way.
    #[error("the second line of a checkpoint is the number of entries, in digits alone")]
    Size,
    /// The third line is not a hash.
    #[error("the third line of a checkpoint is a hash of 32 bytes in base64")]
    Root,
    /// A further line is empty, or the last one does not end.
    #[error("a checkpoint has no empty lines, and its last line ends")]
    Lines,
    /// A character that no checkpoint has.
    #[error("a checkpoint has no control characters")]
    ControlCharacter,
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads the text of a note. Further lines may follow the root and are passed over.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        if has_control_characters(text) {
            return Err(CheckpointError::ControlCharacter);
        }
        let text = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
        let mut lines = text.split('\n');
        let origin = lines
            .next()
            .filter(|origin| !origin.is_empty())
            .ok_or(CheckpointError::Origin)?;
        let size = lines
            .next()
            .and_then(decimal)
            .ok_or(CheckpointError::Size)?;
        let root = lines
            .next()
            .and_then(|root| Hash::from_base64(root).ok())
            .ok_or(CheckpointError::Root)?;
        if lines.any(str::is_empty) {
            return Err(CheckpointError::Lines);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }
}

impl fmt::Display for Checkpoint {
    /// Writes the text to be signed, with its final newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (origin, size, root) = (&self.origin, self.size, self.root.to_base64());
        write!(f, "{origin}\n{size}\n{root}\n")
    }
}

/// A number in the one way in which these formats write it: digits alone, no leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if plain && !leading_zero {
        text.parse().ok()
    } else {
        None
    }
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty()
        && !name
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

fn has_control_characters(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\n')
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::Index};
    use serde_json::Value;

    use super::*;
    use crate::audit::testing::{edited, note_vectors, unhex};

    fn text(value: &Value) -> &str {
        value.as_str().unwrap()
    }

    fn key(value: &Value) -> VerifierKey {
        text(&value["vkey"]).parse().unwrap()
    }

    fn signer(value: &Value, kind: KeyKind) -> Signer {
        let seed = unhex(text(&value["seed_hex"])).try_into().unwrap();
        Signer::new(text(&value["name"]), kind, &seed).unwrap()
    }

    /// Reads, verifies and reads the text, as every caller does.
    fn opened(note: &str, keys: &[VerifierKey]) -> Option<Checkpoint> {
        let note: Note = note.parse().ok()?;
        note.verify(keys).ok()?;
        note.text.parse().ok()
    }

    #[test]
    fn the_example_of_the_standard_verifies() {
        let example = &note_vectors()["spec_example"];
        let note: Note = text(&example["note"]).parse().unwrap();
        assert_eq!(note.text, "This is an example message.\n");
        let signed = note.verify(&[key(example)]).unwrap();
        assert_eq!(
            signed,
            [Signed {
                key: key(example),
                at: None
            }]
        );
        assert_eq!(note.to_string(), text(&example["note"]));
    }

    #[test]
    fn keys_agree_with_their_vectors() {
        let vectors = note_vectors();
        for (name, kind) in [("log", KeyKind::Log), ("witness", KeyKind::Witness)] {
            let vector = &vectors[name];
            let made = signer(vector, kind).verifier();
            assert_eq!(made, key(vector));
            assert_eq!(made.to_string(), text(&vector["vkey"]));
            assert_eq!(made.name(), text(&vector["name"]));
            assert_eq!(made.kind(), kind);
            assert_eq!(hex(&made.id()), text(&vector["key_id_hex"]));
            let public = unhex(text(&vector["public_hex"])).try_into().unwrap();
            assert_eq!(VerifierKey::new(made.name(), kind, public), Ok(made));
        }
    }

    #[test]
    fn signatures_are_made_byte_for_byte_as_in_the_vectors() {
        let vectors = note_vectors();
        let body = text(&vectors["checkpoint_body"]);
        let witness = &vectors["witness"];
        let time = witness["timestamp"].as_u64().unwrap();
        assert_eq!(cosigned(body, time), text(&witness["signed_message"]));
        let log = signer(&vectors["log"], KeyKind::Log);
        let witness = signer(witness, KeyKind::Witness);

        let mut note = Note {
            text: body.to_owned(),
            signatures: vec![log.sign(body)],
        };
        assert_eq!(note.to_string(), text(&vectors["checkpoint"]));
        note.signatures.push(witness.cosign(body, time));
        assert_eq!(note.to_string(), text(&vectors["checkpoint_cosigned"]));
        let signed = note.verify(&[witness.verifier(), log.verifier()]).unwrap();
        assert_eq!(
            signed,
            [
                Signed {
                    key: log.verifier(),
                    at: None
                },
                Signed {
                    key: witness.verifier(),
                    at: Some(time)
                },
            ]
        );
    }

    #[test]
    fn checkpoints_agree_with_their_vectors() {
        let vectors = note_vectors();
        let keys = [key(&vectors["log"])];
        let checkpoint = opened(text(&vectors["checkpoint"]), &keys).unwrap();
        assert_eq!(checkpoint.origin, "audit.vendor.example/dsr-log");
        assert_eq!(checkpoint.size, 8);
        assert_eq!(checkpoint.to_string(), text(&vectors["checkpoint_body"]));
        assert_eq!(
            opened(text(&vectors["checkpoint_cosigned"]), &keys),
            Some(checkpoint)
        );
        let empty = opened(text(&vectors["checkpoint_empty_tree"]), &keys).unwrap();
        assert_eq!(
            (empty.size, empty.root),
            (0, crate::audit::tree::empty_root())
        );
    }

    #[test]
    fn every_note_that_must_be_rejected_is() {
        let vectors = note_vectors();
        let keys = [key(&vectors["log"])];
        for (name, note) in vectors["must_reject"].as_object().unwrap() {
            assert_eq!(opened(text(note), &keys), None, "{name}");
        }
        let signed = &vectors["must_reject_although_signature_is_valid"];
        for (name, note) in signed.as_object().unwrap() {
            let parsed: Note = text(note).parse().unwrap();
            assert!(parsed.verify(&keys).is_ok(), "{name}");
            // The one that names another log can be read; `proof` refuses it.
            let refused = parsed.text.parse::<Checkpoint>().is_err();
            assert_eq!(refused, name != "other_origin", "{name}");
        }
    }

    #[test]
    fn each_malformed_note_is_told_what_is_wrong() {
        let vectors = note_vectors();
        let keys = [key(&vectors["log"])];
        let refused = |name: &str| {
            let note: Result<Note, _> = text(&vectors["must_reject"][name]).parse();
            note.and_then(|note| note.verify(&keys)).unwrap_err()
        };
        assert_eq!(
            refused("tampered_size").to_string(),
            "the signature of the log audit.vendor.example/dsr-log is wrong: the checkpoint was \
             changed or signed by somebody else"
        );
        assert_eq!(refused("wrong_key_id"), NoteError::UnknownSigner);
        assert_eq!(refused("missing_blank_line"), NoteError::NoSignatures);
        assert_eq!(
            refused("hyphen_instead_of_em_dash"),
            NoteError::SignatureLine(1)
        );
        assert_eq!(refused("crlf"), NoteError::ControlCharacter);
        assert_eq!(refused("no_final_newline"), NoteError::NoFinalNewline);
    }

    #[test]
    fn a_wrong_signature_of_a_known_key_spoils_a_right_one() {
        let vectors = note_vectors();
        let log = signer(&vectors["log"], KeyKind::Log);
        let witness = signer(&vectors["witness"], KeyKind::Witness);
        let body = text(&vectors["checkpoint_body"]).to_owned();
        let keys = [log.verifier(), witness.verifier()];
        let mut note = Note {
            signatures: vec![log.sign(&body), witness.cosign("another\n", 7)],
            text: body,
        };
        assert_eq!(
            note.verify(&keys),
            Err(NoteError::WrongSignature(witness.verifier()))
        );
        assert!(note.verify(&keys[..1]).is_ok());
        note.signatures[1].signature.truncate(5);
        assert!(note.verify(&keys).is_err());
        note.signatures = vec![log.sign(&note.text), log.sign("another\n")];
        assert!(note.verify(&keys).is_err());
    }

    #[test]
    fn a_key_that_signed_twice_counts_once_with_its_earlier_time() {
        let vectors = note_vectors();
        let witness = signer(&vectors["witness"], KeyKind::Witness);
        let note = Note {
            text: "text\n".to_owned(),
            signatures: [9, 7, 8]
                .map(|time| witness.cosign("text\n", time))
                .to_vec(),
        };
        let keys = [witness.verifier(), witness.verifier()];
        assert_eq!(
            note.verify(&keys).unwrap(),
            [Signed {
                key: witness.verifier(),
                at: Some(7)
            }]
        );
    }

    #[test]
    fn the_last_empty_line_ends_the_text() {
        let vectors = note_vectors();
        let log = signer(&vectors["log"], KeyKind::Log);
        for body in [
            "\n",
            "one\n\ntwo\n",
            "one\n\n\n",
            "one\n\n— name AAAAAAA=\n",
        ] {
            let note = Note {
                text: body.to_owned(),
                signatures: vec![log.sign(body)],
            };
            let read: Note = note.to_string().parse().unwrap();
            assert_eq!(read, note);
            assert!(read.verify(&[log.verifier()]).is_ok());
        }
    }

    #[test]
    fn a_note_has_at_most_64_signatures_and_64_kib() {
        let line = SignatureLine {
            name: "n".to_owned(),
            key_id: [1; 4],
            signature: vec![2],
        };
        let with = |count| Note {
            text: "text\n".to_owned(),
            signatures: vec![line.clone(); count],
        };
        assert_eq!(with(64).to_string().parse(), Ok(with(64)));
        assert_eq!(
            with(65).to_string().parse::<Note>(),
            Err(NoteError::TooManySignatures)
        );
        let long = |length| {
            let mut note = with(1);
            let others = note.to_string().len();
            note.text.insert_str(0, &"x".repeat(length - others));
            note
        };
        assert_eq!(long(MAX_NOTE).to_string().parse(), Ok(long(MAX_NOTE)));
        assert_eq!(
            long(MAX_NOTE + 1).to_string().parse::<Note>(),
            Err(NoteError::TooLong)
        );
    }

    #[test]
    fn a_signature_line_has_one_form() {
        let line = "— name AQIDBAU=";
        assert_eq!(line.parse::<SignatureLine>().unwrap().to_string(), line);
        for other in [
            "",
            "— ",
            "—  AQIDBAU=",
            "— name",
            "— name ",
            "— name  AQIDBAU=",
            "— name AQIDBAU= ",
            "— name AQIDBAU=\n",
            "— name AQIDBAU",
            "— name AQIDBAV=",
            "— name AQIDBA==",
            "— na+me AQIDBAU=",
            "— na\u{a0}me AQIDBAU=",
            "—name AQIDBAU=",
            "—\u{a0}name AQIDBAU=",
            "– name AQIDBAU=",
            " — name AQIDBAU=",
        ] {
            assert_eq!(
                other.parse::<SignatureLine>(),
                Err(NotASignatureLine),
                "{other}"
            );
        }
    }

    #[test]
    fn a_public_key_has_one_form() {
        let vectors = note_vectors();
        let whole = text(&vectors["log"]["vkey"]);
        for (other, error) in [
            ("", KeyError::Form),
            ("name", KeyError::Form),
            ("name+2d4681d2", KeyError::Form),
            (&whole[..whole.len() - 4], KeyError::Form),
            (&whole.replace("dsr", "d r"), KeyError::Name),
            (&whole[whole.find('+').unwrap()..], KeyError::Name),
            (&whole.replace("dsr", "dsa"), KeyError::Id),
            (&whole.replace("2d4681d2", "2D4681D2"), KeyError::Id),
            (&whole.replace("2d4681d2", ""), KeyError::Id),
            (&whole.replace("+Add", "+Bnd"), KeyError::Unsupported(6)),
            (&format!("{whole}\n"), KeyError::Form),
        ] {
            assert_eq!(other.parse::<VerifierKey>(), Err(error), "{other}");
        }
        assert_eq!(
            KeyError::Unsupported(6).to_string(),
            "keys of type 0x06 are not supported by this version; it knows Ed25519 (0x01) and \
             Ed25519 cosignatures (0x04)"
        );
    }

    /// Under the neutral point, the all-zero scalar signs everything.
    #[test]
    fn a_public_key_under_which_anybody_can_sign_is_refused() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        for weak in [neutral, [0; 32]] {
            assert_eq!(
                VerifierKey::new("name", KeyKind::Log, weak),
                Err(KeyError::Public)
            );
        }
    }

    #[test]
    fn a_checkpoint_has_one_form() {
        let vectors = note_vectors();
        let body = text(&vectors["checkpoint_body"]);
        let read: Checkpoint = body.parse().unwrap();
        assert_eq!(format!("{body}extension\n").parse(), Ok(read));
        for (other, error) in [
            ("", CheckpointError::Lines),
            ("\n", CheckpointError::Origin),
            ("origin\n", CheckpointError::Size),
            ("origin\n\n", CheckpointError::Size),
            ("origin\n8\n", CheckpointError::Root),
            (body.trim_end(), CheckpointError::Lines),
            (&format!("{body}\n"), CheckpointError::Lines),
            (&format!("{body}\nextension\n"), CheckpointError::Lines),
            (&body.replace("\n8\n", "\n00\n"), CheckpointError::Size),
            (&body.replace("\n8\n", "\n 8\n"), CheckpointError::Size),
            (&body.replace("\n8\n", "\n٨\n"), CheckpointError::Size),
            (
                &body.replace('\n', "\r\n"),
                CheckpointError::ControlCharacter,
            ),
        ] {
            assert_eq!(other.parse::<Checkpoint>(), Err(error), "{other:?}");
        }
        for size in [0, 1, 10, u64::MAX] {
            assert_eq!(decimal(&size.to_string()), Some(size));
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let vectors = note_vectors();
        let shown = format!("{:?}", signer(&vectors["log"], KeyKind::Log));
        assert_eq!(shown, format!("Signer({})", text(&vectors["log"]["vkey"])));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            name in "[^ +\\s\\p{Cc}]{1,12}",
            seed: [u8; 32],
            origin in "[^\\p{Cc}]{1,20}",
            size: u64,
            root: [u8; 32],
            time: u64,
            others in vec(("[a-z]{1,9}", any::<[u8; 4]>(), vec(any::<u8>(), 1..90)), 0..4),
        ) {
            let log = Signer::new(&name, KeyKind::Log, &seed).unwrap();
            let witness = Signer::new(&name, KeyKind::Witness, &seed).unwrap();
            prop_assert_ne!(log.verifier().id(), witness.verifier().id());
            for key in [log.verifier(), witness.verifier()] {
                prop_assert_eq!(key.to_string().parse(), Ok(key));
            }
            let checkpoint = Checkpoint { origin, size, root: Hash(root) };
            let text = checkpoint.to_string();
            prop_assert_eq!(text.parse(), Ok(checkpoint));
            let mut signatures = vec![log.sign(&text), witness.cosign(&text, time)];
            signatures.extend(others.into_iter().map(|(name, key_id, signature)| {
                SignatureLine { name, key_id, signature }
            }));
            let note = Note { text, signatures };
            prop_assert_eq!(note.to_string().parse(), Ok(note.clone()));
            let signed = note.verify(&[log.verifier(), witness.verifier()]).unwrap();
            prop_assert_eq!(signed.len(), 2);
            prop_assert_eq!(signed[1].at, Some(time));
        }

        #[test]
        fn a_signed_checkpoint_with_one_character_changed_is_refused(
            at: Index,
            character in prop_oneof![any::<char>(), "[ -~\n]".prop_map(|s| s.chars().next().unwrap())],
        ) {
            let vectors = note_vectors();
            let original = text(&vectors["checkpoint"]);
            let keys = [key(&vectors["log"])];
            for changed in edited(original, at, character) {
                prop_assert_eq!(opened(&changed, &keys), None, "{}", changed);
            }
        }

        #[test]
        fn no_text_makes_a_parser_panic(any: String, lines in "(— )?[a-z+ \n0-9=]{0,80}\n\n(— n A{8}\n)*") {
            for text in [any, lines] {
                if let Ok(note) = text.parse::<Note>() {
                    prop_assert_eq!(note.to_string(), text.clone());
                }
                if let Ok(key) = text.parse::<VerifierKey>() {
                    prop_assert_eq!(key.to_string(), text.clone());
                }
                if let Ok(line) = text.parse::<SignatureLine>() {
                    prop_assert_eq!(line.to_string(), text.clone());
                }
                if let Ok(checkpoint) = text.parse::<Checkpoint>() {
                    prop_assert!(text.starts_with(&checkpoint.to_string()));
                }
            }
        }
    }
}

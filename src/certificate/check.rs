//! The check of a file without the server that made it: certificate, proof or exported trail.
//!
//! Owns the verdict, and every reason to refuse one. Relies on nothing but the bytes of the file
//! and the keys that the asker trusts; never says more than these prove.

use std::io::{self, BufRead, Read};

use jiff::Timestamp;

use super::export;
use super::file::{Certificate, MAX_CERTIFICATE};
use super::statement::{Statement, StatementError};
use crate::audit::hex;
use crate::audit::leaf::{Leaf, LeafError};
use crate::audit::note::{Note, NoteError};
use crate::audit::proof::{ProofError, Standing, TlogProof, Trust};
use crate::audit::tree::leaf_hash;

/// The action of the entry that holds the digest of a statement.
pub const CERTIFIED: &str = "certified";

/// The member of that entry's detail which holds it, in lower-case hexadecimal.
pub const DIGEST_MEMBER: &str = "certificate";

/// What a file proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What is in the log.
    pub proven: Proven,
    /// Which log, how large, signed by which key, and cosigned by which trusted witnesses.
    pub standing: Standing,
}

/// What was found to be in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proven {
    /// The vendor has written this statement into the log.
    Certificate {
        /// What is stated.
        statement: Statement,
        /// The entry that holds its digest.
        leaf: Leaf,
        /// The place of the entry; the first is 0.
        index: u64,
    },
    /// The log holds this entry.
    Entry {
        /// The entry.
        leaf: Leaf,
        /// Its place; the first is 0.
        index: u64,
    },
    /// The log holds these entries, in this order.
    Export {
        /// How many.
        entries: u64,
        /// Of how many of them only the hash is left.
        pruned: u64,
        /// Whether these are all entries under the checkpoint.
        whole: bool,
    },
}

/// A trusted witness that has seen the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its name.
    pub name: String,
    /// When it saw it, by its own clock; absent if it names a time that no calendar has.
    pub at: Option<Timestamp>,
}

impl Verdict {
    /// Whether anybody but the vendor has seen the checkpoint. If not, the vendor could show
    /// somebody else another log.
    pub fn is_witnessed(&self) -> bool {
        !self.standing.witnessed.is_empty()
    }

    /// Who has seen it.
    pub fn witnesses(&self) -> Vec<Witness> {
        self.standing
            .witnessed
            .iter()
            .map(|signed| Witness {
                name: signed.key.name().to_owned(),
                at: signed.time(),
            })
            .collect()
    }
}

/// Why a file proves nothing. Each is a sentence for the person who asked.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The system could not read it.
    #[error("the file cannot be read")]
    Read(#[source] io::Error),
    /// None of the kinds that can be checked.
    #[error("not a certificate, a proof or an exported trail of Lethe")]
    Unknown,
    /// Larger than a certificate or a proof can be.
    #[error("longer than 1 MiB, which no certificate and no proof is")]
    TooLong,
    /// It ends in the middle.
    #[error("cut off: the file ends too early; take it as it was sent, and whole")]
    CutOff,
    /// A later version of Lethe wrote it.
    #[error("written by a newer version of Lethe (format {0}); check it with a newer version")]
    Newer(u64),
    /// Not JSON, or members that are missing, unknown, given twice or of the wrong type.
    #[error("not written as Lethe writes it: it was changed, or it is something else")]
    Json(#[source] serde_json::Error),
    /// The statement cannot be read.
    #[error("the statement was changed, or it is something else")]
    Statement(#[source] StatementError),
    /// The certificate has no proof with it.
    #[error("the statement has no proof with it, so it proves nothing")]
    NoProof,
    /// The proof within a certificate has more in it than it may.
    #[error("the proof of the certificate was changed: it carries extra data")]
    Extra,
    /// A proof alone that does not say of what.
    #[error("the proof does not carry the entry that it is for (a line \"extra\")")]
    NoEntry,
    /// What came with the proof is not an entry of a trail.
    #[error("the entry that came with the proof is not one of a trail of Lethe, or was changed")]
    Leaf(#[source] LeafError),
    /// The entry is about something else.
    #[error("the proof is of an entry \"{0}\", and not of a certificate")]
    NotCertified(String),
    /// The digest in the entry is that of another statement.
    #[error(
        "edited: the statement is not the one that the log holds; it was changed, or the proof \
         belongs to another one"
    )]
    Edited,
    /// Signed under the name of a key that was given, by a key that was not.
    #[error(
        "signed as {0}, but not by the key that you gave for it: the vendor has changed its key, \
         or somebody else signed it"
    )]
    OtherKey(String),
    /// Signed by somebody else.
    #[error("another log: signed by {0}, not by a key you gave")]
    OtherLog(String),
    /// The proof or its checkpoint does not hold.
    #[error("{0}")]
    Proof(#[source] ProofError),
    /// The checkpoint of an exported trail cannot be read.
    #[error("the checkpoint of the export cannot be read")]
    Note(#[source] NoteError),
    /// A line of an exported trail is not one. The header is line 1.
    #[error("line {0} of the export is not written as Lethe writes it: it was changed")]
    Line(u64),
    /// A line of an exported trail is far too long, or does not end.
    #[error("line {0} of the export is longer than 128 KiB, which no entry is")]
    LongLine(u64),
    /// Entries of an exported trail do not follow each other.
    #[error("line {line} of the export is out of order: entry {found} stands there")]
    OutOfOrder {
        /// Which line.
        line: u64,
        /// What stands there.
        found: u64,
    },
    /// An exported trail has fewer entries than it says.
    #[error("cut off: the export says {says} entries and has {has}")]
    Missing {
        /// As the first line says.
        says: u64,
        /// As found.
        has: u64,
    },
    /// An exported trail goes on after its end.
    #[error("the export says {0} entries and goes on after them: something was added")]
    Added(u64),
    /// An export of all entries has more or fewer than the checkpoint.
    #[error(
        "the export says that it is the whole log with {says} entries, but the checkpoint is over \
         {size}"
    )]
    NotWhole {
        /// As the first line says.
        says: u64,
        /// As signed.
        size: u64,
    },
    /// An export of the whole log has only the hash of an entry, and no entry of it says that it may.
    #[error(
        "entry {0} was blacked out: only its hash is there, and no entry of the log says that it may be gone"
    )]
    BlackedOut(u64),
    /// The entries of an export of all have another root.
    #[error(
        "the entries do not lead to the root that was signed: an entry was changed, added, removed \
         or moved"
    )]
    WrongRoot,
}

impl Refused {
    /// The reason as one word, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "unreadable",
            Self::Unknown => "unknown",
            Self::TooLong | Self::LongLine(_) => "too_long",
            Self::CutOff | Self::Missing { .. } => "cut_off",
            Self::Newer(_) => "newer",
            Self::Json(_) | Self::Statement(_) | Self::Extra | Self::Leaf(_) | Self::Line(_) => {
                "malformed"
            }
            Self::NoProof | Self::NoEntry => "no_proof",
            Self::NotCertified(_) => "not_certified",
            Self::Edited => "edited",
            Self::OtherKey(_) => "other_key",
            Self::OtherLog(_) => "other_log",
            Self::Proof(_) | Self::Note(_) => "not_proven",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::Added(_) => "added",
            Self::NotWhole { .. } => "not_whole",
            Self::BlackedOut(_) => "blacked_out",
            Self::WrongRoot => "wrong_root",
        }
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<serde_json::Error> for Refused {
    fn from(error: serde_json::Error) -> Self {
        if error.is_eof() {
            Self::CutOff
        } else {
            Self::Json(error)
        }
    }
}

impl From<StatementError> for Refused {
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::Newer(version) => Self::Newer(version),
            other => Self::Statement(other),
        }
    }
}

impl From<LeafError> for Refused {
    fn from(error: LeafError) -> Self {
        match error {
            LeafError::UnknownVersion(version) if version > crate::audit::leaf::VERSION => {
                Self::Newer(version)
            }
            other => Self::Leaf(other),
        }
    }
}

impl Refused {
    /// Why the checkpoint or what hangs on it does not hold, with the words for the common cases:
    /// it is by somebody else.
    pub(super) fn proof(error: ProofError, checkpoint: &Note, trust: &Trust) -> Self {
        if !matches!(
            error,
            ProofError::Note(NoteError::UnknownSigner) | ProofError::NoLog
        ) {
            return Self::Proof(error);
        }
        let is_known = |name: &str| trust.log.iter().any(|key| key.name() == name);
        let signers = || checkpoint.signatures.iter().map(|line| &line.name);
        match (signers().find(|name| is_known(name)), signers().next()) {
            (Some(name), _) => Self::OtherKey(name.clone()),
            (None, Some(name)) => Self::OtherLog(name.clone()),
            (None, None) => Self::Proof(error),
        }
    }
}

/// Checks a certificate, a proof alone or an exported trail, whichever it is by its content.
///
/// Holds a certificate or a proof in memory, and of an export one line at a time.
///
/// # Errors
/// [`Refused`].
pub fn check(mut file: impl BufRead, trust: &Trust) -> Result<Verdict, Refused> {
    let limit = MAX_CERTIFICATE as u64 + 1;
    let mut content = Vec::new();
    file.by_ref().take(limit).read_until(b'\n', &mut content)?;
    if export::is_header(&content) {
        return export::check(&content, file, trust);
    }
    file.take(limit - content.len() as u64)
        .read_to_end(&mut content)?;
    if content.len() > MAX_CERTIFICATE {
        return Err(Refused::TooLong);
    }
    if content.starts_with(b"c2sp.org/tlog-proof@") {
        check_proof(&content, trust)
    } else if content.trim_ascii_start().starts_with(b"{") {
        check_certificate(&content, trust)
    } else {
        Err(Refused::Unknown)
    }
}

fn check_certificate(file: &[u8], trust: &Trust) -> Result<Verdict, Refused> {
    let Certificate {
        statement,
        leaf: bytes,
        proof,
    } = Certificate::parse(file)?;
    let leaf = Leaf::parse(bytes.as_bytes())?;
    if leaf.action != CERTIFIED {
        return Err(Refused::NotCertified(leaf.action));
    }
    let digest = leaf.detail.as_ref().and_then(|it| it.get(DIGEST_MEMBER));
    if digest != Some(&hex(&statement.digest())) {
        return Err(Refused::Edited);
    }
    let standing = proof
        .check(leaf_hash(bytes.as_bytes()), trust)
        .map_err(|error| Refused::proof(error, &proof.checkpoint, trust))?;
    Ok(Verdict {
        proven: Proven::Certificate {
            statement,
            leaf,
            index: proof.index,
        },
        standing,
    })
}

fn check_proof(file: &[u8], trust: &Trust) -> Result<Verdict, Refused> {
    let text = str::from_utf8(file).map_err(|_| Refused::Unknown)?;
    let proof: TlogProof = text.parse().map_err(|error| match error {
        ProofError::NoCheckpoint
        | ProofError::Note(NoteError::NoFinalNewline | NoteError::NoSignatures) => Refused::CutOff,
        other => Refused::Proof(other),
    })?;
    let bytes = proof.extra.as_deref().ok_or(Refused::NoEntry)?;
    let leaf = Leaf::parse(bytes)?;
    let standing = proof
        .check(leaf_hash(bytes), trust)
        .map_err(|error| Refused::proof(error, &proof.checkpoint, trust))?;
    Ok(Verdict {
        proven: Proven::Entry {
            leaf,
            index: proof.index,
        },
        standing,
    })
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::Index};

    use super::*;
    use crate::certificate::testing::{
        CERTIFICATE, Log, ORIGIN, WITNESS, WITNESSED_AT, certificate, edited, leaf, statement,
    };

    fn judged(certificate: &Certificate, trust: &Trust) -> Result<Verdict, Refused> {
        check(certificate.to_json().as_bytes(), trust)
    }

    #[test]
    fn a_certificate_is_verified_and_says_what_it_states() {
        let (certificate, trust) = certificate();
        let verdict = judged(&certificate, &trust).unwrap();
        let Proven::Certificate {
            statement: stated,
            leaf,
            index,
        } = &verdict.proven
        else {
            panic!("a certificate")
        };
        assert_eq!(*stated, statement());
        assert_eq!((leaf.action.as_str(), *index), (CERTIFIED, CERTIFICATE));
        assert_eq!(verdict.standing.checkpoint.size, 7);
        assert_eq!(verdict.standing.checkpoint.origin, ORIGIN);
        assert_eq!(
            verdict.witnesses(),
            [Witness {
                name: WITNESS.to_owned(),
                at: Timestamp::from_second(WITNESSED_AT as i64).ok()
            }]
        );
    }

    #[test]
    fn a_proof_alone_says_which_entry_is_in_the_log() {
        let (certificate, trust) = certificate();
        let file = certificate.to_tlog_proof();
        let verdict = check(file.as_bytes(), &trust).unwrap();
        let Proven::Entry { leaf, index } = verdict.proven else {
            panic!("an entry")
        };
        assert_eq!(leaf, Leaf::parse(certificate.leaf.as_bytes()).unwrap());
        assert_eq!(index, CERTIFICATE);

        let bare = certificate.proof.to_string();
        let refused = check(bare.as_bytes(), &trust).unwrap_err();
        assert!(matches!(refused, Refused::NoEntry));
    }

    /// Cut before its last line, a proof has lost its witness, and nothing else.
    #[test]
    fn a_proof_that_was_cut_off_is_refused_or_has_no_witness() {
        let (certificate, trust) = certificate();
        let file = certificate.to_tlog_proof();
        let last_line = file.trim_end().rfind('\n').unwrap() + 1;
        for end in (0..file.len()).step_by(7).chain([file.len() - 1]) {
            let cut = check(&file.as_bytes()[..end], &trust);
            assert!(end == last_line || cut.is_err(), "{end}");
        }
        let cut = check(&file.as_bytes()[..last_line], &trust).unwrap();
        assert!(!cut.is_witnessed());
    }

    #[test]
    fn a_certificate_that_was_cut_off_is_told_so() {
        let (certificate, trust) = certificate();
        let json = certificate.to_json();
        for end in 1..json.len() - 1 {
            if json.is_char_boundary(end) {
                let cut = check(&json.as_bytes()[..end], &trust);
                assert!(matches!(cut, Err(Refused::CutOff)), "{end}");
            }
        }
    }

    #[test]
    fn without_the_key_of_a_witness_nobody_else_has_seen_it() {
        let (certificate, trust) = certificate();
        let log_alone = Trust {
            witnesses: Vec::new(),
            ..trust
        };
        let verdict = judged(&certificate, &log_alone).unwrap();
        assert!(!verdict.is_witnessed());
        assert_eq!(verdict.witnesses(), []);
    }

    #[test]
    fn a_statement_that_was_edited_is_refused() {
        let (certificate, trust) = certificate();
        let mut edited = certificate.clone();
        edited.statement.stores[0].erased = 4;
        assert!(matches!(judged(&edited, &trust), Err(Refused::Edited)));
        let json = certificate.to_json();
        for (from, to) in [
            ("fulfilled", "nothing_found"),
            ("Northwind", "Southwind"),
            ("2033", "2034"),
            ("licences", "licence"),
        ] {
            let edited = json.replacen(from, to, 1);
            let refused = check(edited.as_bytes(), &trust).unwrap_err();
            assert_eq!(refused.code(), "edited", "{to}");
        }
    }

    #[test]
    fn the_entry_must_be_one_of_a_certificate_and_be_in_the_log() {
        let (certificate, trust) = certificate();
        let digest = hex(&statement().digest());
        for (leaf, code) in [
            (leaf(5, "certified", Some(&digest)), "not_proven"),
            (leaf(3, "erased", Some(&digest)), "not_certified"),
            (leaf(3, "certified", None), "edited"),
            ("{}".to_owned(), "malformed"),
            (r#"{"v":2}"#.to_owned(), "newer"),
        ] {
            let other = Certificate {
                leaf,
                ..certificate.clone()
            };
            assert_eq!(judged(&other, &trust).unwrap_err().code(), code);
        }
        let mut moved = certificate.clone();
        moved.proof.index = 2;
        assert_eq!(judged(&moved, &trust).unwrap_err().code(), "not_proven");
    }

    #[test]
    fn a_certificate_that_somebody_else_signed_is_refused_by_name() {
        let (certificate, trust) = certificate();
        let leaves = Log::holding(&certificate.statement).leaves;
        for (name, seed, code) in [
            (ORIGIN, 9, "other_key"),
            ("other.example/log", 1, "other_log"),
        ] {
            let log = Log::signed_by(leaves.clone(), name, seed);
            let other = Certificate {
                proof: log.proof(CERTIFICATE),
                ..certificate.clone()
            };
            let refused = judged(&other, &trust).unwrap_err();
            assert_eq!(refused.code(), code);
            assert!(refused.to_string().contains(name), "{refused}");
        }
        // The origin of the checkpoint is that of another log, but the right key signed it.
        let mut other = certificate.clone();
        let text = other
            .proof
            .checkpoint
            .text
            .replace(ORIGIN, "other.example/log");
        other.proof.checkpoint = Log::holding(&certificate.statement).note(text);
        assert_eq!(judged(&other, &trust).unwrap_err().code(), "not_proven");
    }

    #[test]
    fn a_newer_certificate_is_not_called_a_forgery() {
        let (certificate, trust) = certificate();
        let newer =
            certificate
                .to_json()
                .replacen("\"version\": 1", "\"version\": 2, \"more\": []", 1);
        let refused = check(newer.as_bytes(), &trust).unwrap_err();
        assert!(matches!(refused, Refused::Newer(2)));
    }

    #[test]
    fn what_is_something_else_is_told_so() {
        let (_, trust) = certificate();
        for (file, code) in [
            ("", "unknown"),
            ("Dear Sir or Madam", "unknown"),
            ("\u{feff}{}", "unknown"),
            ("[1]", "unknown"),
            ("{", "cut_off"),
            ("{}", "malformed"),
            ("{\"lethe\":\"a book\"}", "malformed"),
            ("{\"lethe\":\"trail-export\"}\n", "malformed"),
            ("c2sp.org/tlog-proof@v2\n", "not_proven"),
        ] {
            assert_eq!(check(file.as_bytes(), &trust).unwrap_err().code(), code);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// A certificate that is still accepted states the same under the same checkpoint: what
        /// changed was white space, or the way a character is escaped, or the line of the witness,
        /// which then no longer counts.
        #[test]
        fn a_certificate_with_one_byte_changed_is_refused_or_states_the_same(
            at: Index,
            byte: u8,
        ) {
            let (certificate, trust) = certificate();
            let original = judged(&certificate, &trust).unwrap();
            for changed in edited(certificate.to_json().as_bytes(), at, byte) {
                if let Ok(verdict) = check(changed.as_slice(), &trust) {
                    prop_assert_eq!(&verdict.proven, &original.proven);
                    prop_assert_eq!(&verdict.standing.checkpoint, &original.standing.checkpoint);
                    prop_assert!(!verdict.is_witnessed() || verdict == original);
                }
            }
        }

        #[test]
        fn a_proof_with_one_byte_changed_is_refused_or_proves_the_same(at: Index, byte: u8) {
            let (certificate, trust) = certificate();
            let file = certificate.to_tlog_proof();
            let original = check(file.as_bytes(), &trust).unwrap();
            for changed in edited(file.as_bytes(), at, byte) {
                if let Ok(verdict) = check(changed.as_slice(), &trust) {
                    prop_assert_eq!(&verdict.proven, &original.proven);
                    prop_assert_eq!(&verdict.standing.checkpoint, &original.standing.checkpoint);
                    prop_assert!(!verdict.is_witnessed());
                }
            }
        }

        #[test]
        fn no_bytes_make_the_check_panic(
            start in prop_oneof![
                Just(""),
                Just("{"),
                Just("{\"version\":1,"),
                Just("c2sp.org/tlog-proof@v1\n"),
                Just("{\"lethe\":\"trail-export\",\"version\":1,"),
            ],
            bytes in vec(any::<u8>(), 0..300),
            text in ".{0,80}",
        ) {
            let (_, trust) = certificate();
            for rest in [bytes.as_slice(), text.as_bytes()] {
                let file = [start.as_bytes(), rest].concat();
                prop_assert!(check(file.as_slice(), &trust).is_err());
            }
        }
    }
}

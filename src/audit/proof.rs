//! Offline proofs: that an entry is in a log, by a checkpoint which trusted keys signed.
//!
//! Format: c2sp.org/tlog-proof. Owns the one question whose answer a stranger may rely on: is this
//! leaf in the log, says whom, and who saw it when. Must never answer it from anything but the
//! given bytes and the keys that the asker trusts; no server, no clock, no file.

use std::fmt;
use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::note::{
    Checkpoint, CheckpointError, KeyKind, MAX_NOTE, Note, NoteError, Signed, VerifierKey, decimal,
};
use super::tree::{Hash, VerifyError, verify_inclusion};

/// The first line of a proof.
const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The longest extra data that is read, in bytes.
pub const MAX_EXTRA: usize = 64 * 1024;

/// No tree whose size fits 64 bits is higher.
const MAX_HASHES: usize = 64;

/// Longest proof: extra data in base64, hashes, checkpoint, and the short lines.
const MAX_PROOF: usize = MAX_EXTRA / 3 * 4 + 4 + MAX_HASHES * 45 + MAX_NOTE + 256;

/// That a leaf is in a log. Nothing is proven before [`TlogProof::check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Anything that came with the proof, at most [`MAX_EXTRA`] bytes. Nobody signed it.
    pub extra: Option<Vec<u8>>,
    /// Which leaf; the first is 0.
    pub index: u64,
    /// The hashes beside the way from the leaf to the root.
    pub hashes: Vec<Hash>,
    /// The signed root.
    pub checkpoint: Note,
}

/// Whom the asker trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Keys of logs, each under the origin it may sign for. Several of one log after a change of
    /// its key.
    pub log: Vec<VerifierKey>,
    /// Keys of witnesses. A checkpoint needs none of them; who cosigned is in the answer.
    pub witnesses: Vec<VerifierKey>,
}

/// What a checked proof or checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The checkpoint, signed by the log it names.
    pub checkpoint: Checkpoint,
    /// The key of the log that signed it.
    pub log_key: VerifierKey,
    /// The trusted witnesses that cosigned it, each once, with the time.
    pub witnessed: Vec<Signed>,
}

/// Why something is not a proof, or proves nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The first line is another.
    #[error("not a proof of this kind: its first line is not \"c2sp.org/tlog-proof@v1\"")]
    Header,
    /// The extra data is not base64, or too long.
    #[error("the line \"extra\" of the proof is not base64, or longer than 64 KiB")]
    Extra,
    /// No line `index` with a number.
    #[error("the proof does not say which entry it is for: the line \"index\" is missing or wrong")]
    Index,
    /// A hash is not one. The first is number 1.
    #[error("hash {0} of the proof is not a hash of 32 bytes in base64")]
    Hash(usize),
    /// More than 64 hashes, or far too long.
    #[error("the proof is longer than any proof can be")]
    TooLong,
    /// No empty line, so no checkpoint.
    #[error("the proof has no checkpoint: the end is missing, or the empty line before it")]
    NoCheckpoint,
    /// The checkpoint cannot be read as a note, or its signatures are wrong or unknown.
    #[error("the checkpoint cannot be trusted: {0}")]
    Note(NoteError),
    /// The text of the note is not a checkpoint.
    #[error("not a checkpoint: {0}")]
    Checkpoint(CheckpointError),
    /// A key that was given for a log is that of a witness, or the other way round.
    #[error("the key {name} is that of a {is}, and was given as that of a {given}", name = .0.name(), is = .0.kind(), given = .1)]
    WrongKind(VerifierKey, KeyKind),
    /// Witnesses cosigned, but no trusted log signed.
    #[error("no trusted log signed the checkpoint, only witnesses did")]
    NoLog,
    /// Signed by a trusted key that may not speak for this log.
    #[error("the checkpoint names the log {origin}, but the log {signer} signed it")]
    OtherOrigin {
        /// The log that is named.
        origin: String,
        /// The log that signed.
        signer: String,
    },
    /// The hashes do not lead from the leaf to the root.
    #[error(
        "the entry is not in the log as the checkpoint describes it: the entry or the proof was \
         changed, or the proof is for another entry"
    )]
    NotIncluded(#[source] VerifyError),
}

impl TlogProof {
    /// Checks that the leaf with this hash is in a log which is trusted, and says what is known of
    /// it.
    pub fn check(&self, leaf: Hash, trust: &Trust) -> Result<Standing, ProofError> {
        let standing = check_checkpoint(&self.checkpoint, trust)?;
        let Checkpoint { size, root, .. } = standing.checkpoint;
        verify_inclusion(self.index, size, leaf, &self.hashes, root)
            .map_err(ProofError::NotIncluded)?;
        Ok(standing)
    }
}

/// Checks that a trusted log signed the checkpoint under its own name, and that no signature by a
/// trusted key is wrong.
pub fn check_checkpoint(note: &Note, trust: &Trust) -> Result<Standing, ProofError> {
    let of_kind = |keys: &[VerifierKey], kind| match keys.iter().find(|key| key.kind() != kind) {
        Some(other) => Err(ProofError::WrongKind(other.clone(), kind)),
        None => Ok(()),
    };
    of_kind(&trust.log, KeyKind::Log)?;
    of_kind(&trust.witnesses, KeyKind::Witness)?;

    let keys = [trust.log.as_slice(), &trust.witnesses].concat();
    let signed = note.verify(&keys).map_err(ProofError::Note)?;
    let checkpoint: Checkpoint = note.text.parse().map_err(ProofError::Checkpoint)?;
    let (logs, witnessed): (Vec<Signed>, Vec<Signed>) = signed
        .into_iter()
        .partition(|signed| signed.key.kind() == KeyKind::Log);
    let own = logs.iter().find(|log| log.key.name() == checkpoint.origin);
    match (own, logs.first()) {
        (Some(log), _) => Ok(Standing {
            log_key: log.key.clone(),
            checkpoint,
            witnessed,
        }),
        (None, Some(other)) => Err(ProofError::OtherOrigin {
            origin: checkpoint.origin,
            signer: other.key.name().to_owned(),
        }),
        (None, None) => Err(ProofError::NoLog),
    }
}

impl FromStr for TlogProof {
    type Err = ProofError;

    fn from_str(proof: &str) -> Result<Self, ProofError> {
        if proof.len() > MAX_PROOF {
            return Err(ProofError::TooLong);
        }
        let rest = proof
            .strip_prefix(HEADER)
            .and_then(|rest| rest.strip_prefix('\n'))
            .ok_or(ProofError::Header)?;
        let (head, note) = rest.split_once("\n\n").ok_or(ProofError::NoCheckpoint)?;
        let mut lines = head.split('\n').peekable();
        let extra = lines
            .next_if(|line| line.starts_with("extra "))
            .map(|line| {
                STANDARD
                    .decode(&line["extra ".len()..])
                    .ok()
                    .filter(|extra| extra.len() <= MAX_EXTRA)
                    .ok_or(ProofError::Extra)
            })
            .transpose()?;
        let index = lines
            .next()
            .and_then(|line| decimal(line.strip_prefix("index ")?))
            .ok_or(ProofError::Index)?;
        let hashes: Vec<Hash> = (1..)
            .zip(lines)
            .map(|(number, line)| Hash::from_base64(line).map_err(|_| ProofError::Hash(number)))
            .collect::<Result<_, _>>()?;
        if hashes.len() > MAX_HASHES {
            return Err(ProofError::TooLong);
        }
        Ok(Self {
            extra,
            index,
            hashes,
            checkpoint: note.parse().map_err(ProofError::Note)?,
        })
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*, sample::Index};
    use serde_json::Value;

    use super::*;
    use crate::audit::note::{SignatureLine, Signer};
    use crate::audit::testing::{edited, note_vectors, unhex};
    use crate::audit::tree::leaf_hash;

    fn trust(vectors: &Value) -> Trust {
        let key = |name: &str| vectors[name]["vkey"].as_str().unwrap().parse().unwrap();
        Trust {
            log: vec![key("log")],
            witnesses: vec![key("witness")],
        }
    }

    fn signer(vectors: &Value, name: &str, kind: KeyKind) -> Signer {
        let seed = unhex(vectors[name]["seed_hex"].as_str().unwrap());
        let name = vectors[name]["name"].as_str().unwrap();
        Signer::new(name, kind, &seed.try_into().unwrap()).unwrap()
    }

    /// Leaf 5 of the golden set.
    fn leaf() -> Hash {
        leaf_hash(&unhex("40414243"))
    }

    #[test]
    fn the_proof_of_the_vectors_verifies() {
        let vectors = note_vectors();
        let trust = trust(&vectors);
        let written = vectors["tlog_proof_leaf5_of_8"].as_str().unwrap();
        let proof: TlogProof = written.parse().unwrap();
        assert_eq!(proof.to_string(), written);
        assert_eq!((proof.index, proof.hashes.len()), (5, 3));
        let standing = proof.check(leaf(), &trust).unwrap();
        assert_eq!(standing.checkpoint.size, 8);
        assert_eq!(standing.log_key, trust.log[0]);
        assert_eq!(
            standing.witnessed,
            [Signed {
                key: trust.witnesses[0].clone(),
                at: vectors["witness"]["timestamp"].as_u64()
            }]
        );
        let other = leaf_hash(b"another leaf");
        assert_eq!(
            proof.check(other, &trust),
            Err(ProofError::NotIncluded(VerifyError::WrongRoot))
        );
        let elsewhere = TlogProof {
            index: 8,
            ..proof.clone()
        };
        assert_eq!(
            elsewhere.check(leaf(), &trust),
            Err(ProofError::NotIncluded(VerifyError::OutOfRange))
        );
    }

    #[test]
    fn a_checkpoint_stands_without_a_witness_and_not_without_its_log() {
        let vectors = note_vectors();
        let all = trust(&vectors);
        let note: Note = vectors["checkpoint_cosigned"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(check_checkpoint(&note, &all).unwrap().witnessed.len(), 1);
        let alone = Trust {
            witnesses: Vec::new(),
            ..all.clone()
        };
        assert_eq!(check_checkpoint(&note, &alone).unwrap().witnessed, []);
        let witnesses = Trust {
            log: Vec::new(),
            ..all
        };
        assert_eq!(check_checkpoint(&note, &witnesses), Err(ProofError::NoLog));
        assert_eq!(
            check_checkpoint(&note, &Trust::default()),
            Err(ProofError::Note(NoteError::UnknownSigner))
        );
    }

    #[test]
    fn every_checkpoint_that_must_be_rejected_is() {
        let vectors = note_vectors();
        let trust = trust(&vectors);
        for list in ["must_reject", "must_reject_although_signature_is_valid"] {
            for (name, note) in vectors[list].as_object().unwrap() {
                let refused = match note.as_str().unwrap().parse() {
                    Ok(note) => check_checkpoint(&note, &trust).is_err(),
                    Err(_) => true,
                };
                assert!(refused, "{name}");
            }
        }
        let other = &vectors["must_reject_although_signature_is_valid"]["other_origin"];
        let note = other.as_str().unwrap().parse().unwrap();
        assert_eq!(
            check_checkpoint(&note, &trust).unwrap_err().to_string(),
            "the checkpoint names the log audit.vendor.example/other-log, but the log \
             audit.vendor.example/dsr-log signed it"
        );
    }

    #[test]
    fn a_key_of_the_wrong_kind_is_named() {
        let vectors = note_vectors();
        let Trust { log, witnesses } = trust(&vectors);
        let note = vectors["checkpoint"].as_str().unwrap().parse().unwrap();
        let mixed = Trust {
            log: log.clone(),
            witnesses: log.clone(),
        };
        assert_eq!(
            check_checkpoint(&note, &mixed).unwrap_err().to_string(),
            "the key audit.vendor.example/dsr-log is that of a log, and was given as that of a \
             witness"
        );
        let mixed = Trust {
            log: [log, witnesses].concat(),
            witnesses: Vec::new(),
        };
        assert!(matches!(
            check_checkpoint(&note, &mixed),
            Err(ProofError::WrongKind(_, KeyKind::Log))
        ));
    }

    #[test]
    fn a_wrong_signature_of_a_witness_is_refused_and_a_repeated_one_counts_once() {
        let vectors = note_vectors();
        let trust = trust(&vectors);
        let witness = signer(&vectors, "witness", KeyKind::Witness);
        let mut note: Note = vectors["checkpoint"].as_str().unwrap().parse().unwrap();
        for time in [20, 10] {
            note.signatures.push(witness.cosign(&note.text, time));
        }
        let standing = check_checkpoint(&note, &trust).unwrap();
        assert_eq!(
            standing.witnessed,
            [Signed {
                key: witness.verifier(),
                at: Some(10)
            }]
        );
        note.signatures.push(witness.cosign("another text\n", 30));
        assert_eq!(
            check_checkpoint(&note, &trust),
            Err(ProofError::Note(NoteError::WrongSignature(
                witness.verifier()
            )))
        );
    }

    #[test]
    fn after_a_change_of_key_either_key_of_the_log_stands() {
        let vectors = note_vectors();
        let mut trust = trust(&vectors);
        let name = trust.log[0].name().to_owned();
        let new = Signer::new(&name, KeyKind::Log, &[9; 32]).unwrap();
        trust.log.push(new.verifier());
        let old: Note = vectors["checkpoint"].as_str().unwrap().parse().unwrap();
        assert_eq!(
            check_checkpoint(&old, &trust).unwrap().log_key,
            trust.log[0]
        );
        let note = Note {
            signatures: vec![new.sign(&old.text)],
            text: old.text,
        };
        assert_eq!(
            check_checkpoint(&note, &trust).unwrap().log_key,
            new.verifier()
        );
    }

    #[test]
    fn a_malformed_proof_is_told_what_is_wrong() {
        let vectors = note_vectors();
        let whole = vectors["tlog_proof_leaf5_of_8"].as_str().unwrap();
        let hash = "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=\n";
        let extra = |length| {
            let line = format!("@v1\nextra {}\n", STANDARD.encode(vec![0; length]));
            whole.replace("@v1\n", &line)
        };
        for (proof, error) in [
            ("", ProofError::Header),
            (&whole.replace("@v1", "@v2"), ProofError::Header),
            (&whole.replace("@v1\n", "@v1\r\n"), ProofError::Header),
            (&whole.replace("index 5\n", ""), ProofError::Index),
            (&whole.replace("index 5", "index 05"), ProofError::Index),
            (&whole.replace("@v1\n", "@v1\nextra !\n"), ProofError::Extra),
            (&extra(MAX_EXTRA + 1), ProofError::Extra),
            (&whole.replace(hash, "vBoG\n"), ProofError::Hash(1)),
            (&whole.replace(hash, &hash.repeat(63)), ProofError::TooLong),
            (&"x".repeat(MAX_PROOF + 1), ProofError::TooLong),
            (
                "c2sp.org/tlog-proof@v1\nindex 5\n",
                ProofError::NoCheckpoint,
            ),
            (
                whole.trim_end(),
                ProofError::Note(NoteError::NoFinalNewline),
            ),
        ] {
            assert_eq!(proof.parse::<TlogProof>(), Err(error));
        }
        for length in [0, MAX_EXTRA] {
            let proof: TlogProof = extra(length).parse().unwrap();
            assert_eq!(proof.extra, Some(vec![0; length]));
            assert_eq!(proof.to_string(), extra(length));
        }
        assert!(
            whole
                .replace(hash, &hash.repeat(62))
                .parse::<TlogProof>()
                .is_ok()
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            extra in option::of(vec(any::<u8>(), 0..40)),
            index: u64,
            hashes in vec(any::<[u8; 32]>().prop_map(Hash), 0..=64),
            text in "([^\\p{Cc}]{0,9}\n){1,4}",
            signature in vec(any::<u8>(), 1..90),
        ) {
            let line = SignatureLine { name: "name".to_owned(), key_id: [0; 4], signature };
            let checkpoint = Note { text, signatures: vec![line] };
            let proof = TlogProof { extra, index, hashes, checkpoint };
            prop_assert_eq!(proof.to_string().parse(), Ok(proof));
        }

        /// What is not signed may change without harm: the extra data, and the line of a signer who
        /// is unknown. A witness whose line no longer names it is passed over like any other, so
        /// the standing may lose it; it never gains anything.
        #[test]
        fn a_proof_with_one_character_changed_is_refused_or_says_nothing_else(
            at: Index,
            character in prop_oneof![any::<char>(), "[ -~\n]".prop_map(|s| s.chars().next().unwrap())],
        ) {
            let vectors = note_vectors();
            let trust = trust(&vectors);
            let mut proof: TlogProof =
                vectors["tlog_proof_leaf5_of_8"].as_str().unwrap().parse().unwrap();
            proof.extra = Some(b"extra data".to_vec());
            proof.checkpoint.signatures.push(SignatureLine {
                name: "unknown".to_owned(),
                key_id: [1, 2, 3, 4],
                signature: vec![5; 64],
            });
            let original = proof.to_string();
            let standing = proof.check(leaf(), &trust).unwrap();
            let log_line = proof.checkpoint.signatures[0].clone();
            let witness_line = proof.checkpoint.signatures[1].clone();
            for changed in edited(&original, at, character) {
                let Ok(read) = changed.parse::<TlogProof>() else { continue };
                let Ok(found) = read.check(leaf(), &trust) else { continue };
                prop_assert_eq!(&found.checkpoint, &standing.checkpoint);
                prop_assert_eq!(&found.log_key, &standing.log_key);
                prop_assert_eq!(read.index, proof.index);
                prop_assert_eq!(&read.hashes, &proof.hashes);
                prop_assert_eq!(&read.checkpoint.text, &proof.checkpoint.text);
                prop_assert!(read.checkpoint.signatures.contains(&log_line));
                if read.checkpoint.signatures.contains(&witness_line) {
                    prop_assert_eq!(found.witnessed, standing.witnessed.clone());
                } else {
                    prop_assert_eq!(found.witnessed, []);
                }
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(
            any: String,
            lines in "c2sp.org/tlog-proof@v1\n(extra [A-Za-z=é]{0,8}\n)?(index )?[0-9]{0,22}\n{0,3}.{0,20}\n",
        ) {
            for text in [any, lines] {
                if let Ok(proof) = text.parse::<TlogProof>() {
                    prop_assert_eq!(proof.to_string(), text);
                }
            }
        }
    }

    /// Every place of a checkpoint that only its log signed, with characters that could matter.
    #[test]
    fn no_single_character_of_a_checkpoint_can_be_changed() {
        let vectors = note_vectors();
        let trust = trust(&vectors);
        let original = vectors["checkpoint"].as_str().unwrap();
        assert!(original.parse::<Note>().is_ok());
        let characters: Vec<char> = original.chars().collect();
        let is_refused = |changed: &[char]| {
            let text: String = changed.iter().collect();
            match text.parse::<Note>() {
                Ok(note) => check_checkpoint(&note, &trust).is_err(),
                Err(_) => true,
            }
        };
        for at in 0..characters.len() {
            let mut changed = characters.clone();
            changed.remove(at);
            assert!(is_refused(&changed), "{at} removed");
            for with in ['\n', ' ', 'A', '0', '—'] {
                let mut changed = characters.clone();
                changed[at] = with;
                assert!(
                    changed == characters || is_refused(&changed),
                    "{at} {with:?}"
                );
                let mut changed = characters.clone();
                changed.insert(at, with);
                assert!(is_refused(&changed), "{at} {with:?} inserted");
            }
        }
    }
}

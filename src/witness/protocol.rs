//! What is asked of a witness and what it answers: bytes, without HTTP and without a disk.

use std::fmt::Write;

use crate::audit::note::{Checkpoint, Note, NoteError, SignatureLine, decimal};
use crate::audit::tree::{Hash, VerifyError, verify_consistency};

/// No consistency proof between sizes of 64 bits has more hashes.
const MAX_HASHES: usize = 63;

/// What a log hands in: its new checkpoint, and the proof that it grew from the old size.
#[derive(Debug)]
pub(super) struct Submission {
    old: u64,
    proof: Vec<Hash>,
    pub(super) note: Note,
    pub(super) checkpoint: Checkpoint,
}

/// Writes what [`Submission::parse`] reads.
pub(super) fn written(old: u64, proof: &[Hash], note: &Note) -> String {
    let mut body = format!("old {old}\n");
    for hash in proof {
        writeln!(body, "{}", hash.to_base64()).expect("a String takes everything");
    }
    write!(body, "\n{note}").expect("a String takes everything");
    body
}

impl Submission {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let malformed = |what: &str| Refusal::Malformed(what.to_owned());
        let body = str::from_utf8(body).map_err(|_| malformed("the request is not UTF-8"))?;
        let (head, note) = body
            .split_once("\n\n")
            .ok_or_else(|| malformed("there is no empty line before the checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines
            .next()
            .and_then(|line| decimal(line.strip_prefix("old ")?))
            .ok_or_else(|| malformed("the first line is not \"old SIZE\""))?;
        let proof: Vec<Hash> = lines
            .map(Hash::from_base64)
            .collect::<Result<_, _>>()
            .map_err(|_| malformed("a line of the proof is not a hash of 32 bytes in base64"))?;
        if proof.len() > MAX_HASHES {
            return Err(malformed("the proof has more than 63 hashes"));
        }
        let note: Note = note
            .parse()
            .map_err(|error| malformed(&format!("the checkpoint cannot be read: {error}")))?;
        let checkpoint: Checkpoint = note
            .text
            .parse()
            .map_err(|error| malformed(&format!("this is not a checkpoint: {error}")))?;
        if old > checkpoint.size {
            return Err(malformed("the old size is above that of the checkpoint"));
        }
        if old == 0 && !proof.is_empty() {
            return Err(malformed("from the old size 0 there is nothing to prove"));
        }
        Ok(Self {
            old,
            proof,
            note,
            checkpoint,
        })
    }

    /// Whether the log has grown from `latest` to this; false if it began somewhere else.
    pub(super) fn follows(&self, latest: &Checkpoint) -> Result<bool, Refusal> {
        let Checkpoint { size, root, .. } = self.checkpoint;
        if self.old != latest.size || (size == latest.size && root != latest.root) {
            return Ok(false);
        }
        // Every tree grows from the empty one.
        if latest.size > 0 {
            verify_consistency(latest.size, size, &self.proof, latest.root, root)
                .map_err(Refusal::NotConsistent)?;
        }
        Ok(true)
    }
}

/// What a witness answers.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// It has kept the checkpoint and puts its name to it.
    Cosigned(SignatureLine),
    /// It has seen another size last, or another root of this size.
    Conflict {
        /// The size it has seen last; 0 if none.
        size: u64,
    },
    /// It does not put its name to this.
    Refused(Refusal),
}

/// Why a witness does not put its name to a checkpoint. Its text is the answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request is not written as it must be.
    #[error("{0}")]
    Malformed(String),
    /// The origin is that of no log it watches.
    #[error("this witness does not watch this log: whoever runs it must be given the log's key")]
    UnknownLog,
    /// No key that it knows for the log signed, or a signature is wrong.
    #[error("not signed by the log as this witness knows it: {0}")]
    NotSigned(#[source] NoteError),
    /// The checkpoint has not grown from the one before.
    #[error("the log has not grown from what this witness saw last: {0}")]
    NotConsistent(#[source] VerifyError),
    /// The witness cannot write, or does not know the time.
    #[error("the witness cannot keep checkpoints at present: its own log says why")]
    Failed,
}

impl Reply {
    /// The status of the answer in HTTP.
    pub fn status(&self) -> u16 {
        match self {
            Self::Cosigned(_) => 200,
            Self::Conflict { .. } => 409,
            Self::Refused(Refusal::Malformed(_)) => 400,
            Self::Refused(Refusal::UnknownLog) => 404,
            Self::Refused(Refusal::NotSigned(_)) => 403,
            Self::Refused(Refusal::NotConsistent(_)) => 422,
            Self::Refused(Refusal::Failed) => 500,
        }
    }

    /// The type of the answer in HTTP.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => SIZE_TYPE,
            _ => "text/plain; charset=utf-8",
        }
    }

    /// The answer: lines, each with its newline.
    pub fn body(&self) -> String {
        match self {
            Self::Cosigned(line) => format!("{line}\n"),
            Self::Conflict { size } => format!("{size}\n"),
            Self::Refused(refusal) => format!("{refusal}\n"),
        }
    }
}

/// The type of the answer that is a size.
pub(super) const SIZE_TYPE: &str = "text/x.tlog.size";

//! The witness: a second pair of eyes for logs, on another person's machine.
//!
//! It puts its name to a checkpoint only if the log has signed it and has grown from the last one it
//! saw. So a log cannot show one past today and another tomorrow, nor one to you and another to me.
//! Protocol: c2sp.org/tlog-witness. `protocol` answers bytes with bytes, `state` keeps what was seen,
//! `server` speaks HTTP; [`client`] is the other side, which asks a witness.
//!
//! Of a log it keeps origin, size and root, and nothing else. It must never cosign before that is
//! safe on the disk, never take a damaged or missing state for an empty one, and never open a
//! configuration or a database: it shares nothing with what it watches.

pub mod client;
mod protocol;
mod server;
mod state;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub use protocol::{Refusal, Reply};
pub use server::server;
pub use state::StateError;

use crate::audit::note::{Checkpoint, KeyError, KeyKind, Signer, VerifierKey};
use crate::clock::Clock;
use protocol::Submission;
use state::Folder;

/// The most bytes of a request or an answer.
const MAX_BODY: usize = 64 * 1024;

/// Where checkpoints are handed in, below the address of the witness.
const PATH: &str = "/add-checkpoint";

/// Why a witness cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is nothing to watch.
    #[error("no log to watch: give the public key of one with --log")]
    NoLog,
    /// The key of another witness was given as that of a log.
    #[error("--log: {0} is the key of a witness; give the one that the log signs with")]
    NotALog(String),
    /// The witness cannot have this name.
    #[error("--name: {0}")]
    Name(#[source] KeyError),
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A witness of certain logs, alone in its state folder. Threads may ask it at the same time.
#[derive(Debug)]
pub struct Witness {
    signer: Signer,
    /// By origin.
    logs: BTreeMap<String, Log>,
    folder: Folder,
    clock: Clock,
}

#[derive(Debug)]
struct Log {
    /// More than one after a change of the log's key.
    keys: Vec<VerifierKey>,
    /// The last checkpoint that is safe on the disk. Held from the comparison to the answer, so
    /// that of two checkpoints at once the second is compared with the first.
    latest: Mutex<Checkpoint>,
}

impl Witness {
    /// Opens the state folder, or makes it with a key of its own, and reads what was seen of the
    /// logs. Keys of one name belong to one log.
    pub fn open(
        folder: &Path,
        name: &str,
        keys: &[VerifierKey],
        clock: Clock,
    ) -> Result<Self, StartError> {
        if keys.is_empty() {
            return Err(StartError::NoLog);
        }
        if let Some(key) = keys.iter().find(|key| key.kind() != KeyKind::Log) {
            return Err(StartError::NotALog(key.name().to_owned()));
        }
        // Before anything is written: a name that no key can have.
        Signer::new(name, KeyKind::Witness, &[0; 32]).map_err(StartError::Name)?;
        let folder = Folder::open(folder)?;
        let signer = folder.signer(name)?;
        let mut logs: BTreeMap<String, Log> = BTreeMap::new();
        for key in keys {
            let origin = key.name();
            if let Some(log) = logs.get_mut(origin) {
                log.keys.push(key.clone());
            } else {
                let log = Log {
                    keys: vec![key.clone()],
                    latest: Mutex::new(folder.latest(origin)?),
                };
                logs.insert(origin.to_owned(), log);
            }
        }
        Ok(Self {
            signer,
            logs,
            folder,
            clock,
        })
    }

    /// The public key, which whoever relies on this witness must hold.
    pub fn verifier(&self) -> VerifierKey {
        self.signer.verifier()
    }

    /// Origin and size of each log as last seen; 0 if never.
    pub fn seen(&self) -> Vec<(String, u64)> {
        let size = |log: &Log| {
            log.latest
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .size
        };
        self.logs
            .iter()
            .map(|(origin, log)| (origin.clone(), size(log)))
            .collect()
    }

    /// Answers the body of a request. It blocks while it writes.
    pub fn add_checkpoint(&self, body: &[u8]) -> Reply {
        match self.judge(body) {
            Ok(reply) => reply,
            Err(refusal) => Reply::Refused(refusal),
        }
    }

    fn judge(&self, body: &[u8]) -> Result<Reply, Refusal> {
        let submission = Submission::parse(body)?;
        let log = self
            .logs
            .get(&submission.checkpoint.origin)
            .ok_or(Refusal::UnknownLog)?;
        submission
            .note
            .verify(&log.keys)
            .map_err(Refusal::NotSigned)?;
        // What is in it is on the disk, whatever a thread that panicked was about to do.
        let mut latest = log.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if !submission.follows(&latest)? {
            return Ok(Reply::Conflict { size: latest.size });
        }
        let now = u64::try_from(self.clock.now().as_second()).map_err(|_| Refusal::Failed)?;
        if *latest != submission.checkpoint {
            self.folder.keep(&submission.checkpoint).map_err(|error| {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a checkpoint could not be kept, so it is not cosigned"
                );
                Refusal::Failed
            })?;
            *latest = submission.checkpoint;
        }
        Ok(Reply::Cosigned(
            self.signer.cosign(&submission.note.text, now),
        ))
    }
}

#[cfg(test)]
mod tests;

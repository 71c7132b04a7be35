//! The verbs of the product. Each is one function: it authorises, loads, lets the
//! domain decide, and saves the change with its audit entry and its job in one
//! transaction. Web, mail and command line all call these and nothing else.

pub mod access;
pub mod assign;
pub mod backup;
pub mod certificate;
pub mod close;
pub mod decide;
pub mod digests;
pub mod factors;
pub mod follow;
pub mod generate;
pub mod holds;
pub mod import;
pub mod inbound;
pub mod intake;
pub mod letters;
pub mod lifecycle;
pub mod messages;
pub mod notices;
pub mod objections;
pub mod own;
pub mod places;
pub mod queries;
pub mod rectify;
pub mod registers;
pub mod restore;
pub mod retention;
pub mod reviews;
pub mod run;
mod sealing;
pub mod senders;
pub mod staff;
pub mod statement;
pub mod status;
pub mod submit;
pub mod sure;
pub mod taken;
pub mod tasks;
pub mod trail;
pub mod verify;
pub mod words;

use crate::app::App;
use crate::db::{DbError, Transient};
use crate::domain::request::DecisionError;
use crate::domain::staff::Forbidden;
use crate::journal::Line;

/// Why a verb did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// The account may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such thing, or not for this person.
    #[error("there is no such thing")]
    NotFound,
    /// The request is not in a state for it; the page says why.
    #[error(transparent)]
    Decision(#[from] DecisionError),
    /// What was given cannot be right: which field, and the message that says why.
    #[error("{field}: {message}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// The id of the message.
        message: &'static str,
    },
    /// The token of a machine does not allow it.
    #[error("this token has not the scope {0}")]
    OutOfScope(crate::domain::sender::Scope),
    /// A mailing tool did not take what it was sent.
    #[error("the webhook of {name} {said}")]
    NotTaken {
        /// The name of the tool.
        name: String,
        /// What it did instead.
        said: String,
    },
    /// Asked too often; later it works.
    #[error("asked too often")]
    TooOften,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// What is sealed cannot be opened: a key is missing or bytes were changed.
    #[error("sealed data cannot be opened")]
    Sealed(#[from] crate::seal::SealError),
    /// The trail is not the one that was signed last.
    #[error(transparent)]
    Trail(#[from] trail::checkpoint::Lost),
    /// A new log was to begin, and nothing of the old one is lost.
    #[error("nothing of the trail is lost, so it goes on as it is")]
    NothingLost,
    /// A file beside the database cannot be written.
    #[error("the journal cannot be written")]
    Journal(#[source] std::io::Error),
}

impl Transient for ActionError {
    fn is_transient(&self) -> bool {
        matches!(self, ActionError::Db(error) if error.is_transient())
    }
}

/// Tells the erasure journal, and returns when it is safe from a power loss.
async fn note_in_journal(app: &App, lines: Vec<Line>) -> Result<(), ActionError> {
    let journal = app.journal.clone();
    tokio::task::spawn_blocking(move || journal.append(&lines))
        .await
        .map_err(|error| ActionError::Journal(std::io::Error::other(error)))?
        .map_err(ActionError::Journal)
}

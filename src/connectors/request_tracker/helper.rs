//! The helper on the host of Request Tracker: signed calls, each once.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::texts::Known;
use crate::clock::Clock;
use crate::config::stores::RtHelper;
use crate::connectors::peer::Peer;
use crate::domain::store::StoreError;
use crate::seal::SharedSecret;

/// The largest answer.
const LIMIT: usize = 16 << 20;

/// The version of its calls that we speak.
const VERSION: u64 = 1;

pub(super) struct Helper {
    peer: Peer,
    secret: SharedSecret,
    clock: Clock,
}

/// What it says of itself.
#[derive(Debug, Deserialize)]
pub(super) struct Capabilities {
    helper: u64,
    missing: Vec<String>,
    pub(super) index: bool,
    pub(super) external: bool,
    pub(super) dumps: u64,
}

/// A place that still holds a text.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    pub(super) table: String,
    pub(super) id: String,
    pub(super) column: String,
    pub(super) ticket: Option<String>,
    pub(super) transaction: Option<String>,
    pub(super) user: Option<String>,
}

/// What a search over the whole database found.
#[derive(Debug, Deserialize)]
pub(super) struct Checked {
    pub(super) places: Vec<Place>,
    pub(super) tickets: Vec<Taking>,
}

/// A ticket in which one of the users takes part, or which one of them opened.
#[derive(Debug, Deserialize)]
pub(super) struct Taking {
    pub(super) ticket: String,
}

/// What became of a deed.
pub(super) enum Deed {
    /// It is done; so many places were cleaned, and so many are left.
    Done { left: usize },
    /// It is not done, for a reason that does not go away by itself.
    Refused(String),
}

impl Helper {
    pub(super) fn new(
        config: &RtHelper,
        patience: Duration,
        clock: Clock,
    ) -> Result<Helper, String> {
        Ok(Helper {
            peer: Peer::new(config.url.clone(), patience, config.ca_file.as_deref())?,
            secret: config.secret.clone(),
            clock,
        })
    }

    async fn call(&self, asked: &Value) -> Result<(StatusCode, Value), StoreError> {
        let (now, body) = (self.clock.now(), asked.to_string());
        let called = self.peer.ask_signed(&self.secret, now, body, LIMIT).await;
        let (_, answer) = called.map_err(named)?;
        let status = answer.status;
        let said: Value = answer.json().map_err(named)?;
        match status {
            StatusCode::OK | StatusCode::CONFLICT => Ok((status, said)),
            StatusCode::UNAUTHORIZED => Err(StoreError::NeedsPerson {
                cause: format!("The helper does not believe our calls: {}.", words(&said)),
                mend: "Give both the same secret, and set the clocks of both machines.".to_owned(),
            }),
            _ => Err(StoreError::NeedsPerson {
                cause: format!("The helper answers with {}.", status.as_u16()),
                mend:
                    "Look whether request_tracker.helper.url leads to the helper, in the version \
                       that comes with this Lethe."
                        .to_owned(),
            }),
        }
    }

    /// What it can do.
    pub(super) async fn capabilities(&self) -> Result<Capabilities, StoreError> {
        let (_, said) = self.call(&json!({"do": "capabilities"})).await?;
        let read: Capabilities = read(said)?;
        if read.helper != VERSION {
            return Err(StoreError::NeedsPerson {
                cause: format!("The helper is of version {}.", read.helper),
                mend: format!("Install version {VERSION}, which comes with this Lethe."),
            });
        }
        if let Some(missing) = read.missing.first() {
            return Err(StoreError::NeedsPerson {
                cause: format!(
                    "The helper's account in the database lacks rights: {}.",
                    read.missing.join(", ")
                ),
                mend: format!("Grant it {missing}, as contrib/request-tracker/README.md says."),
            });
        }
        Ok(read)
    }

    /// Searches the whole database.
    pub(super) async fn check(&self, known: &Known, users: &[u64]) -> Result<Checked, StoreError> {
        let asked = json!({"do": "check", "texts": known.texts(), "users": users});
        match self.call(&asked).await? {
            (StatusCode::OK, said) => read(said),
            (_, said) => Err(StoreError::NeedsPerson {
                cause: format!("The helper refuses to search: {}.", words(&said)),
                mend: "Look into Request Tracker itself.".to_owned(),
            }),
        }
    }

    /// Does one thing.
    pub(super) async fn deed(&self, asked: Value) -> Result<Deed, StoreError> {
        #[derive(Deserialize)]
        struct Said {
            #[serde(default)]
            left: Vec<Value>,
        }
        match self.call(&asked).await? {
            (StatusCode::OK, said) => {
                let said: Said = read(said)?;
                Ok(Deed::Done {
                    left: said.left.len(),
                })
            }
            (_, said) => Ok(Deed::Refused(words(&said))),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(said: Value) -> Result<T, StoreError> {
    serde_json::from_value(said)
        .map_err(|_| StoreError::Retry("The helper says what it is not known to say.".to_owned()))
}

/// Its own short words, which hold no personal data.
fn words(said: &Value) -> String {
    let text = said["refused"].as_str().or(said["error"].as_str());
    let text = text.unwrap_or("it does not say why");
    text.chars().take(100).collect()
}

/// Says of a failure that the helper is meant, not Request Tracker.
fn named(error: StoreError) -> StoreError {
    match error {
        StoreError::Retry(cause) => StoreError::Retry(format!("The helper: {cause}")),
        StoreError::Later { cause, after } => StoreError::Later {
            cause: format!("The helper: {cause}"),
            after,
        },
        other => other,
    }
}

//! The stores and what else Lethe depends on: who is well, who is not. No personal data.

use std::time::{Duration, Instant};

use super::ActionError;
use crate::app::App;
use crate::db;
use crate::db::imports::Import;
use crate::domain::event::Actor;
use crate::domain::staff::Permission;
use crate::domain::store::{Reach, StoreError, StoreName};

/// So long a store may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(3);

/// A store, asked just now.
#[derive(Debug)]
pub struct Asked {
    /// Which.
    pub store: StoreName,
    /// What it can do, or why it cannot be asked.
    pub reach: Result<Reach, StoreError>,
    /// How long it took.
    pub took: Duration,
    /// The newest import into it.
    pub import: Option<Import>,
}

/// The stores and the letters.
#[derive(Debug)]
pub struct Places {
    /// Every store, in the order of the runs.
    pub stores: Vec<Asked>,
    /// Letters that wait for the mail server.
    pub letters_waiting: i64,
    /// Letters that only a person can help.
    pub letters_failed: i64,
}

/// Asks every store how it is, all at once.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn places(app: &App, actor: &Actor) -> Result<Places, ActionError> {
    actor.may(Permission::Stores)?;
    let (imports, letters_waiting, letters_failed) = app
        .db
        .read(|conn| -> Result<_, ActionError> {
            let mut imports = Vec::new();
            for source in ["licences", "transactions", "feedback", "tickets"] {
                imports.extend(db::imports::newest(conn, source)?);
            }
            Ok((
                imports,
                db::outbox::count(conn, "queued")?,
                db::outbox::count(conn, "failed")?,
            ))
        })
        .await?;
    let asked = app.stores.iter().map(|store| async {
        let start = Instant::now();
        let reach = match tokio::time::timeout(PATIENCE, store.probe()).await {
            Ok(reach) => reach,
            Err(_) => Err(StoreError::Retry(format!(
                "no answer within {} s",
                PATIENCE.as_secs()
            ))),
        };
        let sources: &[&str] = match store.name().0.as_str() {
            "licence" => &["licences", "transactions"],
            "trial" => &["licences"],
            "ticket" => &["tickets"],
            "installation" => &["feedback"],
            _ => &[],
        };
        let of_store = imports
            .iter()
            .filter(|import| sources.contains(&import.source.as_str()));
        let import = of_store.max_by_key(|import| import.started_at).cloned();
        Asked {
            store: store.name(),
            reach,
            took: start.elapsed(),
            import,
        }
    });
    let stores = futures_util::future::join_all(asked).await;
    Ok(Places {
        stores,
        letters_waiting,
        letters_failed,
    })
}

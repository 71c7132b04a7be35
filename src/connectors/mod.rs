//! Stores in other systems, each behind the one trait of [`domain::store`](crate::domain::store).
//!
//! Owns how each system is asked, read and made to forget. A connector decides nothing, writes no
//! trail, and believes no success: what it reports is read back. Before it says that nothing is
//! there it makes sure that it was allowed to look. Whatever one of them asks goes through
//! [`guarded`], which bounds the time, spares a system that is not well, and keeps one slow system
//! from holding up the others.

mod believed;
pub mod guarded;
mod jira;
mod manual;
pub mod peer;
mod request_tracker;
mod sql;
mod webhook;

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::stores::{Connector, StoreFile};
use crate::domain::store::Store;

pub use self::guarded::{Guarded, Health};

/// The stores of these files, in their order.
///
/// # Errors
/// What is wrong with one, in words that begin with its name.
pub fn open(files: &[StoreFile], clock: &Clock) -> Result<Vec<Arc<Guarded>>, String> {
    files
        .iter()
        .map(|file| {
            let store: Arc<dyn Store> = match &file.connector {
                Connector::Jira(config) => {
                    let (name, clock) = (file.name.clone(), clock.clone());
                    let opened = jira::Jira::open(name, config, file.timeout, clock);
                    Arc::new(opened.map_err(|reason| format!("{}: {reason}", file.name))?)
                }
                Connector::Manual(manual) => {
                    Arc::new(manual::Manual::new(file.name.clone(), manual))
                }
                Connector::RequestTracker(rt) => {
                    let (name, clock) = (file.name.clone(), clock.clone());
                    let tracker = request_tracker::Tracker::new(name, rt, file.timeout, clock);
                    Arc::new(tracker.map_err(|error| format!("{}: {error}", file.name))?)
                }
                Connector::Sql(sql) => {
                    let name = file.name.clone();
                    Arc::new(sql::Sql::new(
                        name,
                        sql.clone(),
                        file.timeout,
                        clock.clone(),
                    ))
                }
                Connector::Webhook(webhook) => {
                    let opened = webhook::Webhook::new(file, webhook, clock.clone());
                    Arc::new(opened.map_err(|reason| format!("{}: {reason}", file.name))?)
                }
            };
            Ok(Arc::new(Guarded::new(
                store,
                clock.clone(),
                file.step_timeout,
                file.at_once,
            )))
        })
        .collect()
}

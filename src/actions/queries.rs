//! What the pages of staff may read, each with its permission check first. Whoever is shown
//! personal data gets it from a write transaction that records the look; nothing else changes.

pub mod cases;
pub mod desk;
pub mod live;
pub mod mail;
pub mod people;
pub mod places;
pub mod retention;
pub mod trail;

use std::collections::BTreeMap;

use super::{ActionError, sealing};
use crate::app::App;
use crate::db::{self, Conn};
use crate::domain::ids::StaffId;
use crate::domain::request::{Asked, Request};

/// The names of staff, closed accounts included.
pub type Names = BTreeMap<StaffId, String>;

/// A request with what the person wrote.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The request.
    pub request: Request,
    /// What was asked; nothing once it was forgotten.
    pub asked: Option<Asked>,
}

impl Opened {
    /// The name, or the address where there is no name.
    pub fn person(&self) -> Option<&str> {
        let asked = self.asked.as_ref()?;
        Some(asked.name.as_deref().unwrap_or(&asked.email))
    }
}

/// Opens what the person wrote, if it was not forgotten.
fn opened(app: &App, conn: &mut Conn, request: Request) -> Result<Opened, ActionError> {
    let key = sealing::key(app, conn, request.id);
    let asked = forgotten(
        key.and_then(|key| sealing::open(&key, "requests", request.id, &request.sealed)),
    )?;
    Ok(Opened { request, asked })
}

/// Nothing, where the key or the words are gone.
fn forgotten<T>(found: Result<T, ActionError>) -> Result<Option<T>, ActionError> {
    match found {
        Ok(value) => Ok(Some(value)),
        Err(ActionError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn names(conn: &mut Conn) -> Result<Names, ActionError> {
    let accounts = db::accounts::all(conn)?;
    Ok(accounts
        .into_iter()
        .map(|account| (account.staff.id, account.staff.name))
        .collect())
}

//! Opening and closing what a request's own key seals. Whoever has no key row has no contents.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ActionError;
use crate::app::App;
use crate::db::{self, Conn, DbError};
use crate::domain::ids::RequestId;
use crate::seal::{KeyId, Place, RequestKey, Wrapped};

/// Makes the key of a new submission or request and stores it, wrapped.
pub(super) fn new_key(
    app: &App,
    conn: &mut Conn,
    id: RequestId,
) -> Result<RequestKey, ActionError> {
    let key = app.keys.new_request_key();
    let wrapped = app.keys.wrap(&key, &aad(id));
    db::submissions::insert_key(conn, id, &wrapped.bytes, &wrapped.key_id.to_string())?;
    Ok(key)
}

/// The key of a request.
///
/// # Errors
/// [`ActionError::NotFound`] once it was destroyed.
pub(super) fn key(app: &App, conn: &mut Conn, id: RequestId) -> Result<RequestKey, ActionError> {
    let (bytes, master) = db::submissions::key(conn, id)?.ok_or(ActionError::NotFound)?;
    let key_id: KeyId = master
        .parse()
        .map_err(|_| DbError::Internal(format!("the key of {id} names no master key")))?;
    Ok(app.keys.unwrap_key(&Wrapped { key_id, bytes }, &aad(id))?)
}

fn aad(id: RequestId) -> String {
    format!("request_keys\0{id}")
}

/// Seals a value for a column.
pub(super) fn seal<T: Serialize>(
    key: &RequestKey,
    table: &'static str,
    id: impl ToString,
    value: &T,
) -> Result<Vec<u8>, ActionError> {
    Ok(key.seal_json(
        Place {
            table,
            id: &id.to_string(),
            column: "sealed",
        },
        value,
    )?)
}

/// Opens a column; an empty one was forgotten.
///
/// # Errors
/// [`ActionError::NotFound`] if it was forgotten, [`ActionError::Sealed`] if it cannot be opened.
pub(super) fn open<T: DeserializeOwned>(
    key: &RequestKey,
    table: &'static str,
    id: impl ToString,
    sealed: &[u8],
) -> Result<T, ActionError> {
    if sealed.is_empty() {
        return Err(ActionError::NotFound);
    }
    Ok(key.open_json(
        Place {
            table,
            id: &id.to_string(),
            column: "sealed",
        },
        sealed,
    )?)
}

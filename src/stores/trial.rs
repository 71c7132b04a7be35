//! Trials. Nothing obliges anybody to keep the contact of one, so all of it goes.

use super::Core;
use super::contacts::Contacts;
use crate::domain::store::Decision;

/// The trial store.
pub(super) fn store(core: Core) -> Contacts {
    Contacts {
        core,
        name: "trial",
        tables: &["trial"],
        propose: std::sync::Arc::new(|_, _, _| Decision::Erase),
        count: |conn| crate::db::stores::count_licences(conn, "trial"),
    }
}

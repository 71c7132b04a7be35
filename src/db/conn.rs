//! The one connection type over both engines.

#![allow(
    missing_docs,
    reason = "the derive makes public items without docs, in some builds"
)]

use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;

/// A connection to either engine.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// The bundled SQLite.
    Sqlite(SqliteConnection),
    /// PostgreSQL through the bundled libpq.
    Postgres(PgConnection),
}

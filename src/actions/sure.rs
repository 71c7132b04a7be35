//! Whether the clock is to be believed. What a clock forgets that only jumped, nobody brings back: so what
//! cannot be undone happens on a day only when the clock has stood there, or close before, for a while.
//!
//! What was recorded says where it stood: every entry of the trail and every daily check of it. A clock that
//! goes on without a jump has some of the last days. One that jumped ahead, and a machine that was off for
//! long, have none until half a day later; longer they hold nothing up.

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::db::{self, Conn, DbError};

/// For so long the clock has to have gone on since the last jump.
pub const STOOD: SignedDuration = SignedDuration::from_hours(12);

/// A jump is longer than this: a worker that runs records something every day.
pub const JUMP: SignedDuration = SignedDuration::from_hours(48);

/// When the first was recorded of what was recorded from an instant on until now.
///
/// # Errors
/// [`DbError`].
pub(super) fn recorded_since(
    app: &App,
    conn: &mut Conn,
    begins: Timestamp,
) -> Result<Option<Timestamp>, DbError> {
    let now = app.clock.now();
    let entry = db::audit::first_at(conn, begins, now)?;
    let check = db::checkpoints::first_check(conn, begins, now)?;
    Ok(entry.into_iter().chain(check).min())
}

/// Until when nothing may go by its day, if the clock may have jumped.
///
/// # Errors
/// [`DbError`].
pub(super) fn unsure_until(app: &App, conn: &mut Conn) -> Result<Option<Timestamp>, DbError> {
    let now = app.clock.now();
    let begins = now - STOOD - JUMP;
    let stands = recorded_since(app, conn, begins)?.unwrap_or(now);
    // Where all is younger, there was nothing from which it could have jumped.
    if stands <= now - STOOD || !db::audit::has_older(conn, begins)? {
        return Ok(None);
    }
    Ok(Some(stands + STOOD))
}

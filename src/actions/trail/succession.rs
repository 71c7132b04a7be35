//! Going on after a loss. When entries that were signed are gone (a backup was restored, a standby
//! without the last commits took over), the log ends: going on with it would tell a second story
//! under one name. A new log begins, and its first entry holds the last checkpoint that is known of
//! the old one and the reason. What the old log signed goes on verifying.

use crate::actions::ActionError;
use crate::app::App;
use crate::audit::note::Note;
use crate::audit::tree;
use crate::db;
use crate::db::audit::Log;
use crate::domain::event::{Action, Actor, Event, Loss};

use super::checkpoint::Lost;
use super::{checkpoint, current_log, record};

/// Ends the log and begins the next; the new one. Entries whose place was never signed get a place
/// in the new log. `last_known` is a checkpoint that somebody else kept, where the file beside the
/// journal went with the rest.
///
/// # Errors
/// [`ActionError::NothingLost`] if the tree is the one that was signed last, [`ActionError::Trail`] if
/// nobody can tell, because the file beside the journal is damaged and no other checkpoint was given,
/// [`ActionError::Db`].
pub async fn begin(
    app: &App,
    actor: &Actor,
    reason: Loss,
    last_known: Option<String>,
) -> Result<Log, ActionError> {
    let (inner, actor) = (app.clone(), actor.clone());
    let last_known = match last_known {
        Some(note) => {
            put_back(app, &note)?;
            Some(note)
        }
        None => app.last_known.read().map_err(ActionError::Journal)?,
    };
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            db::audit::lock_sequence(conn)?;
            let known = last_known
                .as_deref()
                .and_then(|text| checkpoint::own_checkpoint(app, text));
            let lost = match &known {
                Some(known) => checkpoint::lost_since(conn, known.clone())?,
                None => checkpoint::lost(app, conn)?,
            };
            match lost {
                None => return Err(ActionError::NothingLost),
                Some(lost @ (Lost::Damaged(_) | Lost::Unreadable(..))) => return Err(lost.into()),
                Some(Lost::Entries { .. } | Lost::Differs { .. } | Lost::UnknownLog(_)) => {}
            }
            let (old, now) = (current_log(conn)?, app.clock.now());
            // What was signed and still fits is the end of the old log.
            let size = db::audit::size(conn, old.id)?;
            let mut end = 0;
            for stored in db::checkpoints::newest_over(conn, old.id, 0, i64::MAX)? {
                let known = checkpoint::own_checkpoint(app, &stored.note);
                if stored.size <= size
                    && known.map(|known| known.root)
                        == Some(super::root(conn, old.id, stored.size)?)
                {
                    end = stored.size;
                    break;
                }
            }
            db::audit::give_up_places(conn, old.id, end)?;
            db::audit::end_log(conn, old.id, now, last_known.as_deref())?;
            // A name that was used once is never used again, also where this database has forgotten it.
            let base = app.config.audit.origin.as_str();
            let used = known.and_then(|known| {
                let number = known.origin.strip_prefix(base)?.strip_prefix('/')?;
                number.parse::<i32>().ok()
            });
            let number = used.unwrap_or(1).max(old.id) + 1;
            let new = Log {
                id: old.id + 1,
                origin: format!("{base}/{number}"),
                started_at: now,
                ended_at: None,
                last_known: None,
                pruned: 0,
            };
            db::audit::start_log(conn, new.id, &new.origin, now)?;
            let mut event = Event::new(Action::LogStarted)
                .because(reason.as_str())
                .with("ended", &old.origin)
                .with("ended_at_size", end);
            // A note has only the names of keys, hashes and signatures.
            if let Some(note) = last_known
                .as_deref()
                .filter(|text| text.parse::<Note>().is_ok())
            {
                event = event.with("last_known", note);
            }
            let id = record(app, conn, &actor, None, &event)?;
            let entry = db::audit::find(conn, id)?.ok_or(ActionError::NotFound)?;
            let hash = tree::leaf_hash(&entry.leaf);
            let nodes = tree::Frontier::empty().push(hash);
            db::audit::place(conn, new.id, 0, id, hash, &nodes)?;
            Ok(new)
        })
        .await
}

/// Puts a checkpoint that somebody kept in the place of the file beside the journal, where that is
/// gone, damaged or older.
fn put_back(app: &App, note: &str) -> Result<(), ActionError> {
    let here = app.last_known.read().ok().flatten();
    let here = here.and_then(|text| checkpoint::own_checkpoint(app, &text));
    let kept = checkpoint::own_checkpoint(app, note);
    let is_newer = match (here, kept) {
        (None, _) => true,
        (Some(here), Some(kept)) => here.origin == kept.origin && here.size < kept.size,
        (Some(_), None) => false,
    };
    if is_newer {
        app.last_known.write(note).map_err(ActionError::Journal)?;
    }
    Ok(())
}

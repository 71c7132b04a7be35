//! Going on after a loss. When entries that were signed are gone (a backup was restored, a standby
//! without the last commits took over), the log ends: going on with it would tell a second story
//! under one name. A new log begins, and its first entry holds the last checkpoint that is known of
//! the old one and the reason. What the old log signed goes on verifying.

use crate::actions::ActionError;
use crate::app::App;
use crate::audit::note::{Checkpoint, Note};
use crate::audit::tree;
use crate::db::audit::Log;
use crate::db::{self, Conn};
use crate::domain::event::{Action, Actor, Event, Loss};

use super::checkpoint::Lost;
use super::{checkpoint, current_log, record};

/// Ends the log and begins the next; the new one. Entries whose place was never signed get a place
/// in the new log, but for those that Lethe did not write: they wait. `kept` is a checkpoint that
/// somebody else kept, where the file beside the journal went with the rest; where both are there,
/// the one that shows a loss counts, and of two the one over more entries.
///
/// # Errors
/// [`ActionError::NothingLost`] if the tree is the one that was signed last, [`ActionError::Trail`] if
/// nobody can tell, because the file beside the journal is damaged and no other checkpoint was given,
/// or if another machine has begun a new log already,
/// [`ActionError::Journal`], [`ActionError::Db`].
pub async fn begin(
    app: &App,
    actor: &Actor,
    reason: Loss,
    kept: Option<String>,
) -> Result<Log, ActionError> {
    let (inner, actor) = (app.clone(), actor.clone());
    let notes = last_known(app, kept)?;
    let mut tries = 0;
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            db::audit::lock_sequence(conn)?;
            let known = what_shows_a_loss(app, conn, &notes)?;
            let (old, now) = (current_log(conn)?, app.clock.now());
            let end = last_fitting(app, conn, &old)?;
            db::audit::give_up_places(conn, old.id, end)?;
            let note = known.as_ref().map(|(_, note)| note.to_string());
            db::audit::end_log(conn, old.id, now, note.as_deref())?;
            // A name that was used once is never used again, also where this database has forgotten it.
            let base = app.config.audit.origin.as_str();
            let used = notes.iter().filter_map(|(known, _)| {
                let number = known.origin.strip_prefix(base)?.strip_prefix('/')?;
                number.parse::<i32>().ok()
            });
            // Nor in a try that wrote the file and could not be stored: its first entry was another.
            let number = used.max().unwrap_or(1).max(old.id) + 1 + tries;
            tries += 1;
            let new = Log {
                id: old.id + 1,
                origin: format!("{base}/{number}"),
                started_at: now,
                ended_at: None,
                last_known: None,
                pruned: 0,
            };
            db::audit::start_log(conn, new.id, &new.origin, now)?;
            // What the mailing tools were told is lost with the rest, and their cursors lead nowhere.
            db::senders::begin_anew(conn)?;
            let mut event = Event::new(Action::LogStarted)
                .because(reason.as_str())
                .with("ended", &old.origin)
                .with("ended_at_size", end);
            if let Some(note) = note {
                event = event.with("last_known", note);
            }
            let id = record(app, conn, &actor, None, &event)?;
            let entry = db::audit::find(conn, id)?.ok_or(ActionError::NotFound)?;
            let hash = tree::leaf_hash(&entry.leaf);
            let nodes = tree::Frontier::empty().push(hash);
            let mac = app.keys.entry_mark(&hash.0);
            db::audit::place(conn, new.id, 0, id, (hash, &mac), &nodes)?;
            // Signed at once: from here on the file names the new log, and whoever ends a log
            // without the key is seen.
            let first = checkpoint::sign(app, &new, 1, hash)?;
            app.last_known
                .write(&first.note, |_| true)
                .map_err(ActionError::Journal)?;
            db::checkpoints::insert(conn, &first)?;
            Ok(new)
        })
        .await
}

/// The checkpoint that shows that something is lost; none where there is none, and the file beside
/// the journal or the marks show it.
fn what_shows_a_loss(
    app: &App,
    conn: &mut Conn,
    notes: &[(Checkpoint, Note)],
) -> Result<Option<(Checkpoint, Note)>, ActionError> {
    let logs = db::audit::logs(conn)?;
    let current = logs.last().map(|log| log.origin.as_str());
    for note in notes {
        let of_former = Some(note.0.origin.as_str()) != current
            && logs.iter().any(|log| log.origin == note.0.origin);
        // What was lost of a log that has ended is on record already.
        if !of_former && checkpoint::lost_since(conn, note.0.clone())?.is_some() {
            return Ok(Some(note.clone()));
        }
    }
    match checkpoint::lost(app, conn)? {
        Some(
            lost
            @ (Lost::Damaged(_) | Lost::Unreadable(..) | Lost::Missing(_) | Lost::Ended { .. }),
        ) if notes.is_empty() || matches!(lost, Lost::Ended { .. }) => return Err(lost.into()),
        _ => {}
    }
    match checkpoint::unfit(app, conn)? {
        Some(_) => Ok(notes.first().cloned()),
        None => Err(ActionError::NothingLost),
    }
}

/// The size at which a log ends: that of its last checkpoint that still fits.
fn last_fitting(app: &App, conn: &mut Conn, log: &Log) -> Result<u64, ActionError> {
    let size = db::audit::size(conn, log.id)?;
    for stored in db::checkpoints::newest_over(conn, log.id, 0, i64::MAX)? {
        let Some(known) = checkpoint::own_checkpoint(app, &stored.note) else {
            continue;
        };
        // A node that is gone proves nothing.
        if known.size <= size
            && known.origin == log.origin
            && super::root(conn, log.id, known.size).is_ok_and(|root| root == known.root)
        {
            return Ok(known.size);
        }
    }
    Ok(0)
}

/// The last checkpoints that are known, by the file beside the journal and by what somebody kept, the
/// one over more entries first, with nothing in their notes but signatures that were checked.
fn last_known(app: &App, kept: Option<String>) -> Result<Vec<(Checkpoint, Note)>, ActionError> {
    let read = |text: String| {
        let mut note: Note = text.parse().ok()?;
        let standing = checkpoint::standing(app, &note).ok()?;
        let mut trusted = standing
            .witnessed
            .iter()
            .map(|signed| &signed.key)
            .collect::<Vec<_>>();
        trusted.push(&standing.log_key);
        note.signatures
            .retain(|line| trusted.iter().any(|key| key.is_named_by(line)));
        Some((standing.checkpoint, note))
    };
    let here = app.last_known.read();
    let here = match (&kept, here) {
        // What was kept stands in for a file that cannot be read.
        (Some(_), Err(_)) => None,
        (_, here) => here.map_err(ActionError::Journal)?,
    };
    let mut notes: Vec<_> = [here, kept]
        .into_iter()
        .flatten()
        .filter_map(read)
        .collect();
    notes.sort_by_key(|(known, _)| std::cmp::Reverse(known.size));
    Ok(notes)
}

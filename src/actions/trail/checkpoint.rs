//! Signing the trail: a checkpoint says how many entries there are and what their root is. Once it
//! is signed and somebody else holds it, nothing before it can be changed unseen.
//!
//! Two checkpoints of one log that do not fit together would be two stories, so each is compared
//! with the one before, in the database and outside it, before it is signed (C2SP tlog-checkpoint).

use crate::actions::ActionError;
use crate::app::App;
use crate::audit::note::{Checkpoint, Note, SignatureLine, VerifierKey};
use crate::audit::proof::{Standing, Trust, check_checkpoint};
use crate::audit::tree::{self, Frontier, Hash, ProofError};
use crate::config::Witness;
use crate::db::audit::Log;
use crate::db::checkpoints::{Agreement, Stored};
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, Event, WitnessTrouble};
use crate::witness::client::{self, Answer, ClientError};

use super::{current_log, record, root, sequence};

/// Why nothing may be signed or placed: the tree is not the one that was signed last.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// Fewer entries than were signed.
    #[error(
        "entries of the trail are lost: the last checkpoint of {origin} is over {signed} entries, and the \
         database has {have}. If it was restored from a backup, or a standby took over, begin a new log with \
         `lethe audit new-log`"
    )]
    Entries {
        /// The log.
        origin: String,
        /// Entries that were signed.
        signed: u64,
        /// Entries that are there.
        have: u64,
    },
    /// Other entries than were signed.
    #[error(
        "the trail is not the one that was signed: the last checkpoint of {origin} is over {signed} entries with \
         another root. `lethe audit verify` says where it differs; if the database was restored or a standby took \
         over, begin a new log with `lethe audit new-log`"
    )]
    Differs {
        /// The log.
        origin: String,
        /// Entries that were signed.
        signed: u64,
    },
    /// The last checkpoint is of a log that this database has never had.
    #[error(
        "the last checkpoint is of the log {0}, and this database does not know it: it is another database, or an \
         old one. Put back the right one, or begin a new log with `lethe audit new-log`"
    )]
    UnknownLog(String),
    /// The last checkpoint is of a log of this database that has ended.
    #[error(
        "{path} is still of the log {known}, and another machine has begun {current}: compare with the newest \
         checkpoint that was kept elsewhere (`lethe audit verify --against`), and accept what is there with \
         `lethe audit checkpoint --accept`"
    )]
    Ended {
        /// The file.
        path: String,
        /// The log that it is of.
        known: String,
        /// The log that entries are placed in.
        current: String,
    },
    /// The file with the last checkpoint holds something else.
    #[error(
        "{0} does not hold a checkpoint that this installation signed: put back its copy, or the newest \
         checkpoint that was kept elsewhere (every mail to a person ends with one)"
    )]
    Damaged(String),
    /// An entry has a place, and no mark of ours.
    #[error(
        "entry {position} of {origin} was not written by Lethe: somebody has written into the database. Nothing is \
         signed any more; find out who, and put back a backup from before, or leave it behind with \
         `lethe audit new-log`"
    )]
    Forged {
        /// The log.
        origin: String,
        /// The place.
        position: u64,
    },
    /// Checkpoints were signed, and there is no file with the last one.
    #[error(
        "{0} is gone, and with it the means to see that entries were lost: put back its copy. If there is none, \
         compare with the newest checkpoint that was kept elsewhere (`lethe audit verify --against`), and accept \
         what is there with `lethe audit checkpoint --accept`"
    )]
    Missing(String),
    /// The system does not give the file with the last checkpoint.
    #[error("{0} cannot be read ({1}): make it readable for this account, or put back its copy")]
    Unreadable(String, String),
}

/// Compares the tree with the last checkpoint that was signed here, which lies outside the database.
///
/// # Errors
/// [`DbError`]. That something is lost is no error but the answer.
pub fn lost(app: &App, conn: &mut Conn) -> Result<Option<Lost>, DbError> {
    let path = app.last_known.path().display().to_string();
    let text = match app.last_known.read() {
        Ok(Some(text)) => text,
        Ok(None) => {
            let log = current_log(conn)?.id;
            let was_signed = db::checkpoints::last(conn, log)?.is_some();
            return Ok(was_signed.then_some(Lost::Missing(path)));
        }
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => String::new(),
        Err(error) => return Ok(Some(Lost::Unreadable(path, error.to_string()))),
    };
    match own_checkpoint(app, &text) {
        Some(known) => match lost_since(conn, known)? {
            Some(Lost::UnknownLog(known)) => Ok(Some(match successor(app, conn, &known)? {
                Some(current) => Lost::Ended {
                    path,
                    known,
                    current,
                },
                None => Lost::UnknownLog(known),
            })),
            lost => Ok(lost),
        },
        None => Ok(Some(Lost::Damaged(path))),
    }
}

/// The current log, where the log of this name ended before it. Only a key of ours begins a log: its
/// first checkpoint was stored with it.
fn successor(app: &App, conn: &mut Conn, ended: &str) -> Result<Option<String>, DbError> {
    let (current, logs) = (current_log(conn)?, db::audit::logs(conn)?);
    let is_former = |log: &Log| log.origin == ended && log.id < current.id;
    if !logs.iter().any(is_former) {
        return Ok(None);
    }
    let last = db::checkpoints::last(conn, current.id)?;
    let signed = last.and_then(|last| own_checkpoint(app, &last.note));
    let is_ours = match signed {
        Some(signed) => lost_since(conn, signed)?.is_none(),
        None => false,
    };
    Ok(is_ours.then_some(current.origin))
}

/// Keeps here what another machine has signed meanwhile. Whoever only places would else know little
/// after a restore, and take a shorter tree for the one that was signed.
pub(super) fn follow(app: &App, conn: &mut Conn) -> Result<(), DbError> {
    let log = current_log(conn)?;
    let Some(last) = db::checkpoints::last(conn, log.id)? else {
        return Ok(());
    };
    let here = app.last_known.read().ok().flatten();
    let Some(here) = here.and_then(|text| own_checkpoint(app, &text)) else {
        return Ok(());
    };
    if here.origin != log.origin || here.size >= last.size {
        return Ok(());
    }
    let Some(signed) = own_checkpoint(app, &last.note) else {
        return Ok(());
    };
    if lost_since(conn, here)?.is_none() && lost_since(conn, signed)?.is_none() {
        keep(app, &last.note).map_err(|error| DbError::Unavailable(error.to_string()))?;
    }
    Ok(())
}

/// Compares the tree with a checkpoint that was signed once.
pub(super) fn lost_since(conn: &mut Conn, known: Checkpoint) -> Result<Option<Lost>, DbError> {
    let log = current_log(conn)?;
    if known.origin != log.origin {
        // A log is signed in the moment in which it begins, so the file names the current one.
        return Ok(Some(Lost::UnknownLog(known.origin)));
    }
    let have = db::audit::size(conn, log.id)?;
    if have < known.size {
        return Ok(Some(Lost::Entries {
            origin: known.origin,
            signed: known.size,
            have,
        }));
    }
    let same = match root(conn, log.id, known.size) {
        Ok(root) => root == known.root,
        // A node of the tree is gone or damaged; the check of all of it says which.
        Err(DbError::Internal(_)) => false,
        Err(error) => return Err(error),
    };
    Ok((!same).then_some(Lost::Differs {
        origin: known.origin,
        signed: known.size,
    }))
}

/// The checkpoint of a note that one of our own keys has signed.
pub(super) fn own_checkpoint(app: &App, text: &str) -> Option<Checkpoint> {
    let keys = app.keys.version();
    let known = app.checked.find(keys, text);
    known.or_else(|| {
        let standing = standing(app, &text.parse().ok()?).ok()?;
        app.checked.keep(keys, text, &standing.checkpoint);
        Some(standing.checkpoint)
    })
}

/// Checks a note against whom this installation believes. A signing key that another process has
/// added meanwhile is taken up, so that no process stops over it.
///
/// # Errors
/// What is wrong with the note, in a sentence.
pub fn standing(app: &App, note: &Note) -> Result<Standing, String> {
    let origin = note.text.lines().next().unwrap_or_default();
    let check = || {
        let trust = trust(app, origin).map_err(|error| error.to_string())?;
        check_checkpoint(note, &trust).map_err(|error| error.to_string())
    };
    check().or_else(|error| match app.keys.refresh() {
        Ok(()) => check(),
        Err(_) => Err(error),
    })
}

/// The keys that have signed checkpoints of a log.
///
/// # Errors
/// [`DbError::Internal`] if the log's name cannot be that of a key.
pub fn keys(app: &App, origin: &str) -> Result<Vec<VerifierKey>, DbError> {
    let keys = app.keys.verifiers(origin);
    let keys = keys.map_err(|error| DbError::Internal(format!("the log {origin}: {error}")))?;
    Ok(keys.into_iter().map(|verifier| verifier.key).collect())
}

/// Whom this installation believes: its own keys for a log, and the witnesses that are configured.
///
/// # Errors
/// [`DbError::Internal`] if the log's name cannot be that of a key.
pub fn trust(app: &App, origin: &str) -> Result<Trust, DbError> {
    Ok(Trust {
        log: keys(app, origin)?,
        witnesses: app
            .config
            .audit
            .witnesses
            .iter()
            .map(|witness| witness.key.clone())
            .collect(),
    })
}

/// Places what waits and signs the tree, if anything was done since the last time; the newest
/// checkpoint there is now, none for an empty trail.
///
/// # Errors
/// [`ActionError::Trail`] if the tree is not the one that was signed last, [`ActionError::Journal`]
/// if the copy outside the database cannot be written, [`ActionError::Db`].
pub async fn make(app: &App) -> Result<Option<Stored>, ActionError> {
    while sequence(app).await? > 0 {}
    refresh_keys(app);
    let inner = app.clone();
    let (new, last) = app
        .db
        .read(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            if let Some(lost) = lost(app, conn)? {
                return Err(lost.into());
            }
            let log = current_log(conn)?;
            // In this order: others place and sign meanwhile, and what is signed must be in the size.
            let last = db::checkpoints::last(conn, log.id)?;
            let size = db::audit::size(conn, log.id)?;
            let signed = last.as_ref().map_or(0, |last| last.size);
            if let Some(last) = &last {
                let fits = size >= signed
                    && own_checkpoint(app, &last.note).map(|known| known.root)
                        == Some(root(conn, log.id, signed)?);
                if !fits {
                    return Err(Lost::Differs {
                        origin: log.origin,
                        signed,
                    }
                    .into());
                }
                // Another process may have signed it.
                keep(app, &last.note)?;
            }
            if size == signed || is_only_about_checkpoints(conn, log.id, signed, size)? {
                return Ok((None, last));
            }
            let new = sign(app, &log, size, marked_root(app, conn, &log, signed, size)?)?;
            // What it is over is on the disk already, so the copy outside may come before the row:
            // nobody hears of a checkpoint that the file does not know.
            keep(app, &new.note)?;
            Ok((Some(new), last))
        })
        .await?;
    let Some(new) = new else {
        return Ok(last);
    };
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            db::checkpoints::insert(conn, &new)?;
            Ok(db::checkpoints::find(conn, new.log, new.size)?)
        })
        .await
}

/// What stands in the way of signing the entries since the last signature; none if each was written by
/// Lethe and the tree over them is whole.
pub(super) fn unfit(app: &App, conn: &mut Conn) -> Result<Option<Lost>, ActionError> {
    let log = current_log(conn)?;
    let last = db::checkpoints::last(conn, log.id)?;
    let signed = last.map_or(0, |last| last.size);
    let size = db::audit::size(conn, log.id)?;
    match marked_root(app, conn, &log, signed, size) {
        Ok(_) => Ok(None),
        Err(ActionError::Trail(lost)) => Ok(Some(lost)),
        // A node that is gone is a tree that is another.
        Err(ActionError::Db(DbError::Internal(_))) => Ok(Some(Lost::Differs {
            origin: log.origin,
            signed,
        })),
        Err(error) => Err(error),
    }
}

/// The root over a size of a log, when every entry since the last signed size bears our mark and the
/// stored nodes fit: what is signed is what Lethe wrote.
fn marked_root(
    app: &App,
    conn: &mut Conn,
    log: &Log,
    signed: u64,
    size: u64,
) -> Result<Hash, ActionError> {
    /// Places that are read at a time.
    const PAGE: u64 = 4096;
    let mut frontier = Frontier::load(signed, |level, index| {
        db::audit::node(conn, log.id, level, index)
    })?;
    for from in (signed..size).step_by(PAGE as usize) {
        for (hash, mac) in db::audit::marks(conn, log.id, from, size.min(from + PAGE))? {
            let marked = Hash::try_from(hash.as_slice())
                .ok()
                .filter(|hash| app.keys.is_entry_mark(&mac, &hash.0));
            let Some(hash) = marked else {
                return Err(Lost::Forged {
                    origin: log.origin.clone(),
                    position: frontier.size(),
                }
                .into());
            };
            frontier.push(hash);
        }
    }
    if frontier.size() != size || frontier.root() != root(conn, log.id, size)? {
        return Err(Lost::Differs {
            origin: log.origin.clone(),
            signed,
        }
        .into());
    }
    Ok(frontier.root())
}

/// Signs a size of a log.
pub(super) fn sign(app: &App, log: &Log, size: u64, root: Hash) -> Result<Stored, DbError> {
    let text = Checkpoint {
        origin: log.origin.clone(),
        size,
        root,
    }
    .to_string();
    let signer = app.keys.signer(&log.origin);
    let signer = signer
        .map_err(|error| DbError::Internal(error.to_string()))?
        .ok_or_else(|| DbError::Unavailable("keys.file: no signing key".to_owned()))?;
    let signatures = vec![signer.sign(&text)];
    Ok(Stored {
        log: log.id,
        size,
        note: Note { text, signatures }.to_string(),
        at: app.clock.now(),
    })
}

/// The newest checkpoint of the current log, as a note, if it is what it should be: it is given to
/// people.
///
/// # Errors
/// [`DbError`].
pub(in crate::actions) fn published(app: &App, conn: &mut Conn) -> Result<Option<String>, DbError> {
    let log = current_log(conn)?;
    let last = db::checkpoints::last(conn, log.id)?;
    Ok(last.map(|stored| stored.note).filter(|note| {
        own_checkpoint(app, note).is_some_and(|checkpoint| checkpoint.origin == log.origin)
    }))
}

/// Keeps a checkpoint beside the journal, unless a newer one of the same log is there.
fn keep(app: &App, note: &str) -> Result<(), ActionError> {
    let new = own_checkpoint(app, note);
    let mut is_another = false;
    app.last_known
        .write(note, |there| match (own_checkpoint(app, there), &new) {
            (Some(there), Some(new)) if there.origin == new.origin => there.size < new.size,
            _ => {
                is_another = true;
                false
            }
        })
        .map_err(ActionError::Journal)?;
    if is_another {
        // Somebody has begun a new log, or damaged the file, since it was looked at.
        let path = app.last_known.path().display().to_string();
        return Err(Lost::Damaged(path).into());
    }
    Ok(())
}

/// Accepts the tree as it is, where the file beside the journal is gone, or of a log that another
/// machine has ended: the last checkpoint of the database becomes the last that is known. Somebody
/// has compared it with what was kept elsewhere.
///
/// # Errors
/// [`ActionError::Trail`] if the file is another, or the tree does not fit its own last checkpoint.
pub async fn accept(app: &App) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let ended = match lost(app, conn)? {
                Some(Lost::Missing(_)) => None,
                Some(Lost::Ended { known, .. }) => Some(known),
                Some(other) => return Err(other.into()),
                None => return Ok(()),
            };
            let log = current_log(conn)?;
            let Some(last) = db::checkpoints::last(conn, log.id)? else {
                return Ok(());
            };
            let known = own_checkpoint(app, &last.note)
                .ok_or_else(|| Lost::Damaged(format!("checkpoint {}", last.size)))?;
            if let Some(lost) = lost_since(conn, known)? {
                return Err(lost.into());
            }
            let is_ended = |there: &str| {
                let there = own_checkpoint(app, there).map(|there| there.origin);
                there.is_some() && there == ended
            };
            app.last_known
                .write(&last.note, is_ended)
                .map_err(ActionError::Journal)
        })
        .await
}

/// Takes up what another process did to the key file: a new signing key, a year's key destroyed.
pub(in crate::actions) fn refresh_keys(app: &App) {
    if let Err(error) = app.keys.refresh() {
        tracing::warn!(%error, "the key file cannot be read again; the keys stay as they are");
    }
}

/// Whether the entries from one place to before another only say that checkpoints were sent. They
/// alone need no new checkpoint, or the trail would grow for ever by itself.
fn is_only_about_checkpoints(
    conn: &mut Conn,
    log: i32,
    from: u64,
    to: u64,
) -> Result<bool, DbError> {
    // Each witness leaves one entry a checkpoint; more than these are something else.
    const LOOKED_AT: i64 = 64;
    let everything = db::audit::TrailFilter::default();
    let entries = db::audit::in_order(conn, &everything, log, from, to, LOOKED_AT)?;
    let sent = Action::CheckpointSent.to_string();
    Ok(
        entries.len() < LOOKED_AT as usize
            && entries.iter().all(|entry| entry.index.action == sent),
    )
}

/// Signs the tree and shows it to every witness; what stood in the way, if a witness must be asked again.
///
/// # Errors
/// As [`make`].
pub async fn publish(app: &App) -> Result<Option<String>, ActionError> {
    let Some(stored) = make(app).await? else {
        return Ok(None);
    };
    let mut trouble = None;
    for witness in &app.config.audit.witnesses {
        if let Err(said) = ask(app, witness, &stored).await? {
            trouble = Some(format!("{}: {said}", witness.key.name()));
        }
    }
    Ok(trouble)
}

/// Why a witness did not cosign, and what the operator reads of it.
struct Trouble {
    why: WitnessTrouble,
    said: String,
}

/// Asks a witness to cosign a checkpoint, and remembers what it said.
async fn ask(
    app: &App,
    witness: &Witness,
    stored: &Stored,
) -> Result<Result<(), String>, ActionError> {
    let (log, name) = (stored.log, witness.key.name().to_owned());
    let agreements = app
        .db
        .read(move |conn| db::checkpoints::agreements(conn, log))
        .await?;
    let known = agreements.into_iter().find(|row| row.name == name);
    let mut agreement = known.unwrap_or(Agreement {
        log,
        name,
        size: 0,
        agreed_at: None,
        trouble: None,
        trouble_at: None,
    });
    if agreement.size == stored.size && agreement.trouble.is_none() {
        return Ok(Ok(()));
    }
    let outcome = submit(app, witness, stored, agreement.size).await?;
    let now = app.clock.now();
    let why = match &outcome {
        Ok(_) => {
            agreement.size = stored.size;
            agreement.agreed_at = Some(now);
            None
        }
        // One that said no and is away now has not taken it back.
        Err(Trouble {
            why: WitnessTrouble::Silent,
            ..
        }) if agreement.trouble.is_some() => agreement.trouble,
        Err(trouble) => Some(trouble.why),
    };
    let is_news = agreement.trouble != why;
    if is_news {
        agreement.trouble = why;
        agreement.trouble_at = why.is_some().then_some(now);
    }
    let event = match why {
        None => Some(Event::new(Action::CheckpointSent)),
        // A witness that is away for a night has not refused.
        Some(WitnessTrouble::Silent) => None,
        Some(why) => is_news.then(|| Event::new(Action::WitnessRefused).because(why.as_str())),
    };
    let event = event.map(|event| {
        event
            .with("size", stored.size)
            .with("witness", &agreement.name)
    });
    let (inner, size) = (app.clone(), stored.size);
    let (lines, said) = match outcome {
        Ok(note) => (note.signatures, Ok(())),
        Err(trouble) => (Vec::new(), Err(trouble.said)),
    };
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            if let Some(row) = db::checkpoints::find(conn, log, size)?
                && let Ok(mut note) = row.note.parse::<Note>()
            {
                for line in &lines {
                    let is_there = |other: &SignatureLine| {
                        (&other.name, other.key_id) == (&line.name, line.key_id)
                    };
                    if !note.signatures.iter().any(is_there) {
                        note.signatures.push(line.clone());
                    }
                }
                db::checkpoints::set_note(conn, log, size, &note.to_string())?;
            }
            db::checkpoints::save_agreement(conn, &agreement)?;
            if let Some(event) = &event {
                record(&inner, conn, &Actor::System, None, event)?;
            }
            Ok(())
        })
        .await?;
    Ok(said)
}

/// The cosignatures of a witness for a checkpoint, as a note of their own. `old` is what we believe
/// that it has seen; where it has seen something else it says so, and is asked once more.
async fn submit(
    app: &App,
    witness: &Witness,
    stored: &Stored,
    mut old: u64,
) -> Result<Result<Note, Trouble>, ActionError> {
    let no = |why: WitnessTrouble, said: String| Ok(Err(Trouble { why, said }));
    let note = stored.parsed()?;
    let http = match client::http() {
        Ok(http) => http,
        Err(error) => return no(WitnessTrouble::Silent, error.to_string()),
    };
    for _ in 0..2 {
        let (log, size) = (stored.log, stored.size);
        let proof = match old {
            0 => Vec::new(),
            _ => {
                app.db
                    .read(move |conn| {
                        tree::consistency_proof(old, size, |level, index| {
                            db::audit::node(conn, log, level, index)
                        })
                        .map_err(proof_error)
                    })
                    .await?
            }
        };
        match client::submit(&http, &witness.url, old, &proof, &note).await {
            Ok(Answer::Cosigned(signatures)) => {
                let mut cosigned = Note {
                    text: note.text.clone(),
                    signatures,
                };
                return match cosigned.verify(std::slice::from_ref(&witness.key)) {
                    Ok(_) => {
                        cosigned
                            .signatures
                            .retain(|line| witness.key.is_named_by(line));
                        Ok(Ok(cosigned))
                    }
                    Err(error) => no(
                        WitnessTrouble::WrongAnswer,
                        format!("its cosignature does not fit: {error}"),
                    ),
                };
            }
            Ok(Answer::Conflict { size: seen }) if seen > size => {
                return no(
                    WitnessTrouble::OtherLog,
                    format!(
                        "it has seen {seen} entries of this log, and there are {size}: entries were lost"
                    ),
                );
            }
            Ok(Answer::Conflict { size: seen }) if seen == old => {
                return no(
                    WitnessTrouble::OtherLog,
                    format!("it holds another tree of {seen} entries"),
                );
            }
            Ok(Answer::Conflict { size: seen }) => old = seen,
            Err(error) => {
                let why = match error {
                    ClientError::Refused { status: 404, .. } => WitnessTrouble::UnknownLog,
                    // Our tree does not follow from the one that it has seen.
                    ClientError::Refused { status: 422, .. } => WitnessTrouble::OtherLog,
                    ClientError::Refused {
                        status: 400..500, ..
                    } => WitnessTrouble::Refused,
                    ClientError::NotAWitness(_) => WitnessTrouble::WrongAnswer,
                    _ => WitnessTrouble::Silent,
                };
                return no(why, error.to_string());
            }
        }
    }
    let said = "it keeps changing its mind about what it has seen";
    no(WitnessTrouble::WrongAnswer, said.to_owned())
}

/// A proof that cannot be made from the tables.
pub(in crate::actions) fn proof_error(error: ProofError<DbError>) -> DbError {
    match error {
        ProofError::Fetch(error) => error,
        ProofError::OutOfRange => DbError::Internal("a proof outside the tree".to_owned()),
    }
}

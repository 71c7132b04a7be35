//! Certificates: issued in the transaction that closes a request, proved when somebody asks for
//! one. The entry of the trail holds the digest of what is stated; the statement itself and the
//! salt that binds it to the person are sealed with the request's key and forgotten with it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::trail::{checkpoint, current_log, record};
use super::{ActionError, backup, sealing};
use crate::app::App;
use crate::audit::commitment::bind_person;
use crate::audit::hex;
use crate::audit::note::{Note, VerifierKey};
use crate::audit::proof::{Standing, TlogProof};
use crate::audit::tree;
use crate::certificate::check::DIGEST_MEMBER;
use crate::certificate::file::{Certificate, Salt};
use crate::certificate::statement::{Code, Commitment, Kept, Statement, StoreResult};
use crate::db::runs::KeptCount;
use crate::db::{self, Conn, DbError};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::RequestId;
use crate::domain::job::Job;
use crate::domain::reference::Reference;
use crate::domain::request::{Asked, Kind, Outcome, Request, Stage};
use crate::domain::store::{Ground, ItemOutcome};
use crate::seal::{Verifier, random};

/// What is sealed of a certificate.
#[derive(Serialize, Deserialize)]
struct Sealed {
    statement: Map<String, Value>,
    salt: [u8; 32],
}

/// Certifies how a request ended, in the transaction that closes it, and has the trail signed. Who
/// never proved who they are, and who took the request back, gets none.
///
/// # Errors
/// [`ActionError`]; the request must stay open with it.
pub(super) fn issue(app: &App, conn: &mut Conn, request: &Request) -> Result<(), ActionError> {
    let Stage::Closed { at, .. } = request.stage else {
        return Err(DbError::Internal("only a closed request is certified".to_owned()).into());
    };
    issue_as_of(app, conn, request, at)
}

/// Certifies anew what has become of a request whose last records went after its close. The entry
/// of the first certificate stays in the trail, and the file that the person has stays true of its day.
///
/// # Errors
/// [`ActionError`].
pub(super) fn issue_anew(app: &App, conn: &mut Conn, request: &Request) -> Result<(), ActionError> {
    db::certificates::delete(conn, request.id)?;
    issue_as_of(app, conn, request, app.clock.now())
}

fn issue_as_of(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    at: Timestamp,
) -> Result<(), ActionError> {
    let Stage::Closed { outcome, .. } = request.stage else {
        return Ok(());
    };
    let (Some(proof), false) = (request.stage.proof(), outcome == Outcome::Withdrawn) else {
        return Ok(());
    };
    let key = sealing::key(app, conn, request.id)?;
    let asked: Asked = sealing::open(&key, "requests", request.id, &request.sealed)?;
    let address = Email::parse(&asked.email).map_err(|error| {
        DbError::Internal(format!("the address of request {}: {error}", request.id))
    })?;
    let salt: [u8; 32] = random();
    let code = |text: &str| Code::parse(text).map_err(|_| not_a_code(text));
    let statement = Statement {
        controller: controller(app),
        reference: request.reference,
        kind: request.kind,
        received: request.received.on,
        closed: at,
        identity: proof.into(),
        outcome,
        stores: stores(app, conn, request)?,
        backup_days: u32::try_from(backup::days_left(app, conn)?).unwrap_or(u32::MAX),
        policy: code(&app.policy_version)?,
        person: Commitment(bind_person(&salt, address.normalised())),
    };
    let event = Event::new(Action::Certified).with(DIGEST_MEMBER, hex(&statement.digest()));
    let entry = record(app, conn, &Actor::System, Some(request.id), &event)?;
    let sealed = Sealed {
        statement: members(&statement)?,
        salt,
    };
    let now = app.clock.now();
    db::certificates::insert(
        conn,
        &db::certificates::Stored {
            request: request.id,
            entry,
            at: now,
            sealed: sealing::seal(&key, "certificates", request.id, &sealed)?,
        },
    )?;
    db::jobs::enqueue(conn, app.id(), &Job::Checkpoint, now)?;
    Ok(())
}

/// The statement as it is sealed: exactly what its digest is over.
fn members(statement: &Statement) -> Result<Map<String, Value>, DbError> {
    serde_json::from_slice(&statement.to_bytes())
        .map_err(|error| DbError::Internal(format!("a statement: {error}")))
}

fn not_a_code(text: &str) -> DbError {
    DbError::Internal(format!("{text:?} cannot stand in a certificate"))
}

/// Who answers for the data: the vendor's name, and its full name and address where that has another.
fn controller(app: &App) -> String {
    let vendor = &app.config.vendor;
    if vendor.address.contains(&vendor.name) {
        vendor.address.clone()
    } else {
        format!("{}, {}", vendor.name, vendor.address)
    }
}

/// What was done in each store of the run.
fn stores(app: &App, conn: &mut Conn, request: &Request) -> Result<Vec<StoreResult>, ActionError> {
    let Some(run) = db::runs::of_request(conn, request.id)? else {
        return Ok(Vec::new());
    };
    let is = |kind: Kind| request.kind == kind;
    let done = !matches!(
        request.stage,
        Stage::Closed {
            outcome: Outcome::Refused,
            ..
        }
    );
    let counts = db::runs::count_items(conn, run.id)?;
    let kept = db::runs::count_kept(conn, run.id)?;
    let fields = db::runs::fields(conn, run.id)?;
    let mut results = Vec::new();
    for row in db::runs::stores(conn, run.id)? {
        let items = |decisions: &[&str]| -> u64 {
            counts
                .iter()
                .filter(|count| count.store == row.store)
                .filter(|count| decisions.contains(&count.decision.as_str()))
                .map(|count| count.count.unsigned_abs())
                .sum()
        };
        // A correction is decided and done value by value.
        let values = || fields.iter().filter(|field| field.store == row.store);
        let corrected = values()
            .filter(|field| {
                matches!(
                    field.outcome,
                    Some(ItemOutcome::Corrected | ItemOutcome::Attested)
                )
            })
            .count() as u64;
        let found = match request.kind {
            Kind::Rectification => values().count() as u64,
            Kind::Access | Kind::Erasure | Kind::Objection => row.found.unsigned_abs(),
        };
        let stay = kept
            .iter()
            .filter(|kept| kept.store == row.store && done && is(Kind::Erasure));
        results.push(StoreResult {
            store: Code::try_from(&row.store).map_err(|_| not_a_code(&row.store.0))?,
            found,
            erased: row.erased.unsigned_abs(),
            corrected,
            handed_over: if done && is(Kind::Access) {
                items(&["erase", "keep"])
            } else {
                0
            },
            others: items(&["leave"]),
            kept: stay
                .map(|kept| ground(app, kept))
                .collect::<Result<_, _>>()?,
            verified: row.verified_at.filter(|_| is(Kind::Erasure)),
        });
    }
    Ok(results)
}

fn ground(app: &App, kept: &KeptCount) -> Result<Kept, DbError> {
    let text = kept.ground.as_deref().unwrap_or_default();
    let ground: Ground = text.parse().map_err(|_| not_a_code(text))?;
    Ok(Kept {
        ground: ground.into(),
        article: ground.article().to_owned(),
        law: (ground == Ground::TaxLaw).then(|| app.policy.tax().law.to_owned()),
        count: kept.count.unsigned_abs(),
        until: kept.until,
    })
}

/// A certificate with all that shows that it is one.
#[derive(Clone, Debug)]
pub struct Issued {
    /// What is stated.
    pub statement: Statement,
    /// What binds it to the person.
    pub salt: Salt,
    /// The file and who signed it, once a checkpoint is over its entry; that takes seconds.
    pub proved: Option<Proved>,
    /// The keys of the log, the one that signs now first.
    pub keys: Vec<VerifierKey>,
}

/// The file of a certificate, and under which checkpoint it is proved.
#[derive(Clone, Debug)]
pub struct Proved {
    /// The file.
    pub certificate: Certificate,
    /// The checkpoint, and who signed it.
    pub standing: Standing,
    /// When it was signed.
    pub at: Timestamp,
}

/// Checkpoints of one log that are looked at for one that a witness has signed.
const LOOKED_AT: i64 = 50;

/// The certificate of the request of this reference, for the operator.
///
/// # Errors
/// [`ActionError::NotFound`] if there is no such request, [`ActionError::Sealed`], [`ActionError::Db`].
pub async fn of_reference(app: &App, reference: Reference) -> Result<Option<Issued>, ActionError> {
    let inner = app.clone();
    app.db
        .read(move |conn| {
            let request =
                db::requests::by_reference(conn, &reference)?.ok_or(ActionError::NotFound)?;
            load(&inner, conn, request.id)
        })
        .await
}

/// The certificate of a request; none before its end, and none after it was forgotten. Looking
/// changes nothing.
///
/// # Errors
/// [`ActionError::Sealed`], [`ActionError::Db`].
pub(super) fn load(
    app: &App,
    conn: &mut Conn,
    id: RequestId,
) -> Result<Option<Issued>, ActionError> {
    let Some(stored) = db::certificates::of_request(conn, id)? else {
        return Ok(None);
    };
    let key = sealing::key(app, conn, id)?;
    let sealed: Sealed = sealing::open(&key, "certificates", id, &stored.sealed)?;
    let statement = Statement::parse(sealed.statement)
        .map_err(|error| DbError::Internal(format!("the certificate of {id}: {error}")))?;
    let entry = db::audit::find(conn, stored.entry)?;
    let logs = db::audit::logs(conn)?;
    let log = entry
        .as_ref()
        .and_then(|entry| logs.iter().find(|log| Some(log.id) == entry.log))
        .or(logs.last());
    let keys = log.map_or(Ok(Vec::new()), |log| checkpoint::keys(app, &log.origin))?;
    let proof = match &entry {
        Some(entry) => proof(app, conn, entry)?,
        None => None,
    };
    let proved = match proof.zip(entry) {
        None => None,
        Some(((proof, standing, at), entry)) => {
            let leaf = String::from_utf8(entry.leaf)
                .map_err(|_| DbError::Internal(format!("entry {} is no text", entry.id)))?;
            let certificate = Certificate {
                statement: statement.clone(),
                leaf,
                proof,
            };
            Some(Proved {
                certificate,
                standing,
                at,
            })
        }
    };
    Ok(Some(Issued {
        statement,
        salt: Salt(sealed.salt),
        proved,
        keys,
    }))
}

/// The proof of an entry under a checkpoint that covers it: the newest that most witnesses have
/// signed. None while there is no such checkpoint.
///
/// # Errors
/// [`DbError`].
pub fn proof(
    app: &App,
    conn: &mut Conn,
    entry: &db::audit::Entry,
) -> Result<Option<(TlogProof, Standing, Timestamp)>, DbError> {
    let (Some(log), Some(index)) = (entry.log, entry.position) else {
        return Ok(None);
    };
    let mut best: Option<(db::checkpoints::Stored, Note, Standing)> = None;
    for stored in db::checkpoints::newest_over(conn, log, index, LOOKED_AT)? {
        let checked = stored
            .parsed()
            .map_err(|error| error.to_string())
            .and_then(|note| Ok((checkpoint::standing(app, &note)?, note)));
        let (standing, note) = match checked {
            Ok(checked) => checked,
            // The check of the trail alarms; the person gets the next one.
            Err(error) => {
                tracing::warn!(size = stored.size, error, "a checkpoint does not verify");
                continue;
            }
        };
        let witnessed = standing.witnessed.len();
        if best
            .as_ref()
            .is_none_or(|(_, _, best)| best.witnessed.len() < witnessed)
        {
            best = Some((stored, note, standing));
        }
        if witnessed == app.config.audit.witnesses.len() {
            break;
        }
    }
    let Some((stored, checkpoint, standing)) = best else {
        return Ok(None);
    };
    let hashes = tree::inclusion_proof(index, stored.size, |level, index| {
        db::audit::node(conn, log, level, index)
    })
    .map_err(checkpoint::proof_error)?;
    let proof = TlogProof {
        extra: None,
        index,
        hashes,
        checkpoint,
    };
    Ok(Some((proof, standing, stored.at)))
}

/// What anybody needs to check a certificate.
#[derive(Clone, Debug)]
pub struct Published {
    /// The name of the log.
    pub origin: String,
    /// The keys of this log, the one that signs now first, then those of the logs before it.
    pub keys: Vec<Verifier>,
    /// The newest checkpoint, as a signed note.
    pub checkpoint: Option<String>,
}

/// What is published of the trail: names, keys and the newest checkpoint.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn published(app: &App) -> Result<Published, ActionError> {
    checkpoint::refresh_keys(app);
    let inner = app.clone();
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let log = current_log(conn)?;
            let mut keys = Vec::new();
            for log in db::audit::logs(conn)?.into_iter().rev() {
                let of_log = inner
                    .keys
                    .verifiers_while(&log.origin, log.started_at, log.ended_at);
                keys.extend(of_log.map_err(|error| DbError::Internal(error.to_string()))?);
            }
            let checkpoint = checkpoint::published(&inner, conn)?;
            Ok(Published {
                origin: log.origin,
                keys,
                checkpoint,
            })
        })
        .await
}

//! What the person of a request may read: all that their page shows, opened. It looks and
//! changes nothing; whether this browser may follow the request is asked before.

use jiff::Timestamp;

use super::certificate::{self, Issued};
use super::close::{KeptItem, kept_items};
use super::notices::{self, ToldLine};
use super::rectify::FieldWords;
use super::{ActionError, sealing};
use crate::app::App;
use crate::db::bundles::Bundle;
use crate::db::runs::{ItemCount, Run, RunField};
use crate::db::{self, Conn};
use crate::domain::ids::RequestId;
use crate::domain::request::{Asked, Kind, Request};
use crate::domain::run::RunStore;
use crate::i18n::Lang;
use crate::seal::RequestKey;

/// A request as its person may see it.
#[derive(Clone, Debug)]
pub struct Followed {
    /// The request.
    pub request: Request,
    /// What was asked.
    pub asked: Asked,
    /// The decisions in force, oldest first.
    pub decisions: Vec<Taken>,
    /// The conversation without the notes of staff, oldest first.
    pub messages: Vec<Said>,
    /// The work on the stores, once identity was proved.
    pub progress: Option<Progress>,
    /// The copy, while it lies ready.
    pub bundle: Option<Bundle>,
    /// The certificate, once the request has ended.
    pub certificate: Option<Issued>,
    /// Which recipients were told (Art. 19).
    pub told: Vec<ToldLine>,
}

/// A decision in force.
#[derive(Clone, Debug)]
pub struct Taken {
    /// `accept`, `refuse`, `extend`, `ask` or `withdraw`.
    pub kind: String,
    /// The reason code of a refusal.
    pub reason: Option<String>,
    /// The words to the person; empty where none are needed.
    pub words: String,
    /// Since when it is in force.
    pub at: Timestamp,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Said {
    /// Whether the person wrote it.
    pub by_subject: bool,
    /// The words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// The work on the stores.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The run; it begins when identity is proved.
    pub run: Run,
    /// How far each store is, in their order.
    pub stores: Vec<RunStore>,
    /// Items by store, decision and outcome.
    pub counts: Vec<ItemCount>,
    /// Of a removal: what is kept, and why.
    pub kept: Vec<KeptItem>,
    /// Of a correction: each value, where it stands and what was decided.
    pub fields: Vec<(RunField, FieldWords)>,
}

/// Everything that the page of a request shows.
///
/// # Errors
/// [`ActionError::NotFound`] once the request was forgotten, [`ActionError::Sealed`], [`ActionError::Db`].
pub async fn follow(app: &App, id: RequestId, lang: Lang) -> Result<Followed, ActionError> {
    let inner = app.clone();
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let request = db::requests::find(conn, id)?.ok_or(ActionError::NotFound)?;
            let key = sealing::key(app, conn, id)?;
            let now = app.clock.now();
            Ok(Followed {
                asked: sealing::open(&key, "requests", id, &request.sealed)?,
                decisions: decisions(conn, &key, id)?,
                messages: messages(conn, &key, id)?,
                progress: progress(app, conn, &key, &request, lang)?,
                certificate: certificate::load(app, conn, id)?,
                told: notices::told(app, conn, &[id], lang)?,
                bundle: db::bundles::of_request(conn, id)?.filter(|bundle| bundle.expires_at > now),
                request,
            })
        })
        .await
}

fn decisions(
    conn: &mut Conn,
    key: &RequestKey,
    request: RequestId,
) -> Result<Vec<Taken>, ActionError> {
    db::decisions::of_request(conn, request)?
        .into_iter()
        .filter(|decision| decision.state == "in_force")
        .map(|decision| {
            Ok(Taken {
                words: sealing::open(key, "decisions", decision.id, &decision.sealed)?,
                at: decision.seconded_at.unwrap_or(decision.taken_at),
                kind: decision.kind,
                reason: decision.reason,
            })
        })
        .collect()
}

fn messages(
    conn: &mut Conn,
    key: &RequestKey,
    request: RequestId,
) -> Result<Vec<Said>, ActionError> {
    db::decisions::messages_of(conn, request)?
        .into_iter()
        .filter(|message| !message.internal)
        .map(|message| {
            let text = sealing::open(key, "messages", message.id, &message.sealed)?;
            Ok(Said {
                by_subject: message.by_subject,
                text,
                at: message.at,
            })
        })
        .collect()
}

fn progress(
    app: &App,
    conn: &mut Conn,
    key: &RequestKey,
    request: &Request,
    lang: Lang,
) -> Result<Option<Progress>, ActionError> {
    let Some(run) = db::runs::of_request(conn, request.id)? else {
        return Ok(None);
    };
    let kept = match request.kind {
        Kind::Erasure => kept_items(app, conn, request, run.id, lang)?,
        Kind::Access | Kind::Rectification | Kind::Objection => Vec::new(),
    };
    let fields = db::runs::fields(conn, run.id)?
        .into_iter()
        .map(|field| {
            let words = sealing::open(key, "run_fields", field.id, &field.sealed)?;
            Ok((field, words))
        })
        .collect::<Result<_, ActionError>>()?;
    Ok(Some(Progress {
        stores: db::runs::stores(conn, run.id)?,
        counts: db::runs::count_items(conn, run.id)?,
        kept,
        fields,
        run,
    }))
}

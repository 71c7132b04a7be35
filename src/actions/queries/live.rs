//! How the page of a run stands, as one word: whoever has it open is told when the word changes,
//! and looks. The word says nothing, so that no stream of events holds personal data.

use sha2::{Digest as _, Sha256};

use super::ActionError;
use super::cases::Case;
use crate::actions::taken::{self, InTheWay};
use crate::actions::{decide, holds, staff};
use crate::app::App;
use crate::audit::hex;
use crate::db;
use crate::db::runs::{ItemCount, Run};
use crate::domain::event::Actor;
use crate::domain::reference::Reference;
use crate::domain::request::Request;
use crate::domain::run::{RunState, RunStore};
use crate::domain::staff::{Permission, Standing};
use crate::domain::task::Task;

/// The SHA-256 of the token of a session, by which it is known.
pub type Session = [u8; 32];

/// A look at a run for those who have its page open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// The same as long as the page shows the same; nothing before the first look.
    pub version: Option<String>,
    /// Whether the page changes no more.
    pub is_over: bool,
    /// The sessions that have ended, or may see the page no more.
    pub ended: Vec<Session>,
}

/// Whether the page of a run in this state changes no more.
pub fn is_over(state: RunState) -> bool {
    matches!(state, RunState::Done | RunState::Cancelled)
}

/// Looks at the newest run of a request, and at the sessions of those who have its page open.
///
/// # Errors
/// [`ActionError::NotFound`] if the request or its run is not there.
pub async fn glance(
    app: &App,
    reference: Reference,
    sessions: Vec<Session>,
) -> Result<Glance, ActionError> {
    let inner = app.clone();
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let request =
                db::requests::by_reference(conn, &reference)?.ok_or(ActionError::NotFound)?;
            let mut ended = Vec::new();
            for session in sessions {
                let known = staff::session_of(app, conn, &session)?;
                let may = known.is_some_and(|known| {
                    let (id, role) = (known.staff.id, known.staff.role);
                    let actor = Actor::Staff { id, role };
                    known.standing == Standing::Whole
                        && actor.may(Permission::Work).is_ok()
                        && decide::may_see(&actor, &request)
                });
                if !may {
                    ended.push(session);
                }
            }
            let run = db::runs::of_request(conn, request.id)?.ok_or(ActionError::NotFound)?;
            let stores = db::runs::stores(conn, run.id)?;
            let digests = holds::digests_of(app, conn, &request)?;
            let shown = Shown {
                counts: &db::runs::count_items(conn, run.id)?,
                fields: db::runs::fields(conn, run.id)?.len(),
                copies: &taken::standing(app, conn, &request, &digests, &stores)?,
                tasks: &db::tasks::of_run(conn, run.id)?,
                request: &request,
                run: &run,
                stores: &stores,
            };
            Ok(Glance {
                version: Some(shown.version()),
                is_over: is_over(run.state),
                ended,
            })
        })
        .await
}

/// The word for a page that is made of these.
pub fn version(case: &Case, run: &Run, tasks: &[Task]) -> String {
    let shown = Shown {
        request: &case.opened.request,
        run,
        stores: &case.stores,
        counts: &case.counts,
        fields: case.fields,
        copies: &case.copies,
        tasks,
    };
    shown.version()
}

/// What the page of a run is made of.
struct Shown<'a> {
    request: &'a Request,
    run: &'a Run,
    stores: &'a [RunStore],
    counts: &'a [ItemCount],
    fields: usize,
    copies: &'a [InTheWay],
    tasks: &'a [Task],
}

impl Shown<'_> {
    fn version(&self) -> String {
        let stores = self.stores.iter().map(|row| {
            let last = (row.attempts, row.verified_at, row.trouble.as_deref());
            (
                &row.store,
                row.state,
                row.found,
                last,
                row.level,
                &row.leaves,
            )
        });
        let mut counts: Vec<_> = self
            .counts
            .iter()
            .map(|count| {
                let outcome = count.outcome.map(|outcome| outcome.as_str());
                (&count.store.0, &count.decision, outcome, count.count)
            })
            .collect();
        counts.sort();
        let copies = self.copies.iter().map(|copy| {
            let until = (copy.until_on, copy.is_overdue);
            (copy.id, &copy.holder, until)
        });
        let tasks = self
            .tasks
            .iter()
            .map(|task| (task.id, &task.store, task.cause, task.due_on, task.done_at));
        let all = format!(
            "{:?}",
            (
                (self.request.version, self.request.progress),
                (self.run.state, self.run.started_at),
                stores.collect::<Vec<_>>(),
                (counts, self.fields),
                copies.collect::<Vec<_>>(),
                tasks.collect::<Vec<_>>(),
            )
        );
        hex(&Sha256::digest(all)[..12])
    }
}

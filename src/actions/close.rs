//! The end of a run: what was erased is overwritten on the disk, the request closes, and
//! the person is told what went, what stays and why.

use jiff::{SignedDuration, Timestamp};

use super::run::{self, Described, Step, Work};
use super::{
    ActionError, access, certificate, decide, holds, letters, notices, rectify, sealing, status,
    taken, trail, words,
};
use crate::app::App;
use crate::db::{self, Conn};
use crate::domain::event::{Actor, Event};
use crate::domain::ids::RunId;
use crate::domain::request::{Kind, Outcome, Request};
use crate::domain::run::{RunState, RunStore, StoreState};
use crate::domain::store::{Ground, ItemOutcome, StoreError};
use crate::i18n::Lang;
use crate::mail::letters::Letter;

/// Until when the page of a request stays after its end.
pub fn page_stays_until(app: &App, closed_at: Timestamp) -> Timestamp {
    closed_at + SignedDuration::from_hours(24 * app.config.requests.status_days_after_close)
}

/// A kind that has nothing to do in stores is done with each at once.
pub(super) async fn nothing_to_do(
    app: &App,
    row: &RunStore,
) -> Result<Result<(), StoreError>, ActionError> {
    let mut row = row.clone();
    row.state = StoreState::Done;
    app.db
        .write(move |conn| db::runs::save_store(conn, &row))
        .await?;
    Ok(Ok(()))
}

/// A quarter of a second at first, growing with the time that a reader has held old pages.
fn scrub_pause(work: &Work, now: Timestamp) -> SignedDuration {
    let done_at = work
        .stores
        .iter()
        .filter_map(|store| store.verified_at)
        .max();
    let waited = done_at.map_or(SignedDuration::ZERO, |at| now.duration_since(at));
    (waited / 2).clamp(
        SignedDuration::from_millis(250),
        SignedDuration::from_secs(30),
    )
}

/// Every store is done: scrub, close, tell.
pub(super) async fn finish(app: &App, work: &Work) -> Result<Step, ActionError> {
    if work.request.kind == Kind::Erasure {
        // Whoever attests its end, and the hourly sweep, write the job of this run anew.
        if taken::must_wait(app, work).await? {
            return Ok(Step::Rest);
        }
        if !app.db.scrub().await? {
            // A reader still holds pages from before; it will be gone in a moment.
            let pause = scrub_pause(work, app.clock.now());
            return Ok(Step::Later(
                pause,
                "the scrub waits for a reader".to_owned(),
            ));
        }
        if !run::all_are_empty(app, work).await? {
            return Ok(Step::Again);
        }
    }
    if work.request.is_closed() {
        return holds::finish(app, work).await;
    }
    if work.request.kind == Kind::Access {
        match access::collect(app, work).await? {
            Ok(()) => {}
            Err((store, error)) => {
                run::reopen(app, work, &store, &error).await?;
                return Ok(Step::Again);
            }
        }
    }
    let (inner, id, digests) = (app.clone(), work.run.id, work.subject.digests.clone());
    let found: i64 = work.stores.iter().map(|store| store.found).sum();
    let closed = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let now = app.clock.now();
            let Some(run) = db::runs::find(conn, id)?.filter(|run| run.state == RunState::Running)
            else {
                return Ok(true);
            };
            let request = run.request.ok_or(ActionError::NotFound)?;
            let request = db::requests::find(conn, request)?.ok_or(ActionError::NotFound)?;
            if request.kind == Kind::Erasure {
                let stores = db::runs::stores(conn, id)?;
                if !taken::in_the_way(app, conn, &digests, &stores)?.is_empty() {
                    return Ok(false);
                }
            }
            let outcome = if found == 0 {
                Outcome::NothingFound
            } else {
                Outcome::Fulfilled
            };
            let (mut request, event) = request.close(outcome, now)?;
            db::requests::save(conn, &mut request)?;
            db::runs::set_state(conn, id, RunState::Done, now)?;
            let event = count(conn, id, event)?;
            trail::record(app, conn, &Actor::System, Some(request.id), &event)?;
            certificate::issue(app, conn, &request)?;
            notices::write(app, conn, &request, id)?;
            let letter = match request.kind {
                Kind::Erasure => erased(app, conn, &request, id, now)?,
                Kind::Access => access::ready(app, conn, &request)?,
                Kind::Rectification => rectify::done(app, conn, &request, id)?,
                // It was done, and told, as it was entered.
                Kind::Objection => return Ok(true),
            };
            let cause = format!("closed:{}", request.id);
            decide::write_to_subject(app, conn, &request, &cause, &letter)?;
            Ok(true)
        })
        .await?;
    app.wake.notify_one();
    // A copy was entered since the look above: the next step waits for it.
    Ok(if closed { Step::Rest } else { Step::Again })
}

fn count(conn: &mut Conn, run: RunId, event: Event) -> Result<Event, ActionError> {
    let stores = db::runs::stores(conn, run)?;
    let mut event = event.counting(
        stores
            .iter()
            .map(|store| store.erased)
            .sum::<i64>()
            .unsigned_abs(),
    );
    event.kept = Some(
        stores
            .iter()
            .map(|store| store.kept)
            .sum::<i64>()
            .unsigned_abs(),
    );
    Ok(event)
}

/// The letter that says what went and what stays.
fn erased(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    run: RunId,
    now: Timestamp,
) -> Result<Letter, ActionError> {
    let lang = letters::lang(app, &request.lang);
    let (removed, kept) = told(app, conn, request, run, lang)?;
    Ok(Letter::Erased {
        reference: request.reference.to_string(),
        asked: lang.date_medium(request.received.on),
        done: lang.date_medium(app.date(now)),
        removed,
        kept,
        authority: letters::authority(app),
        link: status::new_link(app, conn, request.id)?,
        stays_until: lang.date_medium(app.date(page_stays_until(app, now))),
    })
}

/// What letters say of a removal: what went, store by store, and what stays and why.
pub(super) fn told(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    run: RunId,
    lang: Lang,
) -> Result<(Vec<String>, Vec<String>), ActionError> {
    let removed = db::runs::stores(conn, run)?
        .iter()
        .filter(|store| store.erased > 0)
        .map(|store| {
            let name = words::store(app, lang, &store.store);
            lang.text_with(
                "removed-in-store",
                &[("count", store.erased.into()), ("store", name.into())],
            )
        })
        .collect();
    let mut kept: Vec<String> = kept_items(app, conn, request, run, lang)?
        .into_iter()
        .map(|kept| kept.sentence(lang))
        .collect();
    for row in db::runs::stores(conn, run)?
        .iter()
        .filter(|row| row.found > 0)
    {
        let store = words::store(app, lang, &row.store);
        let lines = words::stays(app, lang, row);
        kept.extend(lines.into_iter().map(|line| format!("{store}: {line}")));
    }
    Ok((removed, kept))
}

/// A record that is kept, and why.
#[derive(Clone, Debug)]
pub struct KeptItem {
    /// What it is called.
    pub label: String,
    /// The legal ground, in words.
    pub ground: String,
    /// Its article.
    pub article: String,
    /// The day it goes by itself, if there is one; under a hold the day of the next review.
    pub until: Option<jiff::civil::Date>,
    /// Whether a legal hold keeps it.
    pub held: bool,
}

impl KeptItem {
    /// One line for a letter.
    fn sentence(&self, lang: Lang) -> String {
        let args = [
            ("what", (&self.label).into()),
            ("ground", (&self.ground).into()),
        ];
        match self.until {
            Some(until) if self.held => {
                let [what, ground] = args;
                let article = ("article", (&self.article).into());
                let article = lang.text_with("gdpr-article", &[article]);
                let until = ("until", lang.date_medium(until).into());
                lang.text_with(
                    "kept-held",
                    &[what, ground, ("article", article.into()), until],
                )
            }
            Some(until) => {
                let [what, ground] = args;
                lang.text_with(
                    "kept-until",
                    &[what, ground, ("until", lang.date_medium(until).into())],
                )
            }
            None => lang.text_with("kept-without-end", &args),
        }
    }
}

/// What of the person is kept, in words for them. At most a hundred are listed.
pub(super) fn kept_items(
    app: &App,
    conn: &mut Conn,
    request: &Request,
    run: RunId,
    lang: Lang,
) -> Result<Vec<KeptItem>, ActionError> {
    let key = sealing::key(app, conn, request.id)?;
    db::runs::items_kept(conn, run, 100)?
        .into_iter()
        .map(|item| {
            let described: Described = sealing::open(&key, "run_items", item.id, &item.sealed)?;
            let ground = item
                .ground
                .as_deref()
                .and_then(|ground| ground.parse::<Ground>().ok());
            Ok(KeptItem {
                label: match described.note.as_str() {
                    "" => described.label,
                    note => format!("{note} ({})", described.label),
                },
                ground: ground.map_or_else(String::new, |ground| words::ground(app, lang, ground)),
                article: ground.map_or("", Ground::article).to_owned(),
                until: item.keep_until,
                held: item.outcome == Some(ItemOutcome::Held),
            })
        })
        .collect()
}

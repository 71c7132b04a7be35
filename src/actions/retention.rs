//! The sweep: what the retention rules let go is counted once a day, and removed.
//!
//! A sweep decides nothing that the rules do not. It looks at a record, and looks again in the
//! transaction that deletes it, so that a renewal in between keeps it. The journal hears of each
//! record before that transaction ends, and the trail in it. When all is gone, everything is
//! counted once more: only then is a sweep done. Every step may be cut off and begun again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};

use super::run::Step;
use super::{ActionError, digests, letters, note_in_journal, notices, restore, sure, trail};
use crate::app::App;
use crate::db::retention::{Falls, Incident, RuleCount, Sweep, Total};
use crate::db::stores::After;
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{IncidentId, StaffId, SweepId};
use crate::domain::job::Job;
use crate::domain::request::AddressDigest;
use crate::domain::retention::{Act, Category, Policy, Schedule, SweepState, Waits};
use crate::domain::run::Cause;
use crate::domain::staff::Permission;
use crate::journal::{ErasureLine, Line};
use crate::mail::letters::Letter;
use crate::seal::{Digest, Ids, Place};
use crate::stores::{Aged, BuiltIn, Due};

/// For how many days a count looks ahead.
pub const AHEAD: i32 = 90;

/// Records that one look reads, and that one transaction removes at the most.
const BATCH: i64 = 500;

/// What a count found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// All records.
    pub totals: Vec<Total>,
    /// What is due today, by rule.
    pub due: Vec<RuleCount>,
    /// What falls due later, by day and rule.
    pub falls: Vec<Falls>,
    /// How many records a legal hold keeps.
    pub held: i64,
}

impl Counted {
    /// How many records are due.
    pub fn due(&self) -> i64 {
        self.due.iter().map(|count| count.due).sum()
    }

    /// How many of a category are due.
    fn due_of(&self, category: Category) -> i64 {
        let of = self.due.iter().filter(|count| count.category == category);
        of.map(|count| count.due).sum()
    }
}

/// Counts what a policy lets go today and on the days after, without touching anything.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn count(app: &App, policy: &Arc<Policy>, ahead: i32) -> Result<Counted, ActionError> {
    let today = app.today();
    let until = today.saturating_add(ahead.days());
    let mut counted = Counted::default();
    let mut due: BTreeMap<(Category, String, Act), RuleCount> = BTreeMap::new();
    let mut falls: BTreeMap<(Date, Category, String, Act), i64> = BTreeMap::new();
    for category in Category::SWEPT {
        let mut total = Total {
            category,
            records: 0,
            dateless: 0,
        };
        let mut after = String::new();
        loop {
            let (inner, policy, id) = (app.clone(), policy.clone(), after.clone());
            let (page, more) = app
                .db
                .read(move |conn| -> Result<_, DbError> {
                    let app = inner;
                    let (aged, more) = app.built_in.aged_after(
                        conn,
                        category,
                        After {
                            id: &id,
                            limit: BATCH,
                        },
                    )?;
                    let held = held(conn, category, &aged)?;
                    let mut page = Vec::with_capacity(aged.len());
                    for aged in &aged {
                        let Some(schedule) = schedule(&policy, category, aged) else {
                            page.push(None);
                            continue;
                        };
                        let falls = Falls {
                            on: schedule.from,
                            category,
                            rule: schedule.rule.id.clone(),
                            act: schedule.act,
                            records: 1,
                        };
                        let is_held = held.contains(&aged.id);
                        let by = match is_held || schedule.by >= today {
                            true => schedule.by,
                            false => last_day(&app, conn, category, aged, schedule.by)?,
                        };
                        page.push(Some((falls, by, is_held)));
                    }
                    Ok((page, more))
                })
                .await?;
            for scheduled in page {
                total.records += 1;
                let Some((falling, by, is_held)) = scheduled else {
                    total.dateless += 1;
                    continue;
                };
                // A legal hold keeps it, whatever the day.
                if is_held {
                    counted.held += 1;
                    continue;
                }
                let Falls {
                    on: from,
                    rule,
                    act,
                    ..
                } = falling;
                if from <= today {
                    let count =
                        due.entry((category, rule.clone(), act))
                            .or_insert_with(|| RuleCount {
                                category,
                                rule,
                                act,
                                due: 0,
                                done: 0,
                                late: 0,
                            });
                    count.due += 1;
                    count.late += i64::from(by < today);
                } else if from <= until {
                    *falls.entry((from, category, rule, act)).or_default() += 1;
                }
            }
            match more {
                Some(last) => after = last,
                None => break,
            }
        }
        counted.totals.push(total);
    }
    counted.due = due.into_values().collect();
    counted.falls = falls
        .into_iter()
        .map(|((on, category, rule, act), records)| Falls {
            on,
            category,
            rule,
            act,
            records,
        })
        .collect();
    Ok(counted)
}

/// Whether so many records of a category are more than go without a person.
fn is_unusual(app: &App, records: i64, total: &Total) -> bool {
    let retention = &app.config.retention;
    records > retention.wait_above_records
        && records.saturating_mul(100) > retention.wait_above_percent.saturating_mul(total.records)
}

/// Why a sweep that counted this has to wait for a person.
fn waits(app: &App, counted: &Counted, report_age: Option<i64>) -> Option<Waits> {
    let is_large = |total: &Total| is_unusual(app, counted.due_of(total.category), total);
    if counted.totals.iter().any(is_large) {
        return Some(Waits::Large);
    }
    // The dates of people come from the report of licences. An old one does not know renewals.
    let of_people = [Category::Trial, Category::Licence, Category::Billing];
    let report_days = app.config.retention.report_days;
    let is_old = report_age.is_some_and(|days| days > report_days);
    let due: i64 = of_people
        .iter()
        .map(|category| counted.due_of(*category))
        .sum();
    (report_days > 0 && is_old && due > 0).then_some(Waits::ReportOld)
}

/// Counts what is due, and begins to remove it unless a person has to look first. A sweep that
/// waits already is counted anew. Says which sweep it is.
///
/// # Errors
/// [`ActionError`].
pub async fn begin(app: &App) -> Result<SweepId, ActionError> {
    let counted = count(app, &app.policy, AHEAD).await?;
    let inner = app.clone();
    let id = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, now) = (&inner, inner.clock.now());
            db::retention::foretell(conn, &counted.falls)?;
            let known = db::retention::unfinished(conn)?;
            if let Some(sweep) = &known
                && sweep.state == SweepState::Purging
            {
                // It goes on, and finds what came meanwhile.
                db::jobs::enqueue(conn, app.id(), &Job::Purge(sweep.id), now)?;
                return Ok(sweep.id);
            }
            let newest = db::imports::newest_report(conn, "licences")?;
            let report_age = newest.map(|read_at| {
                let days = app.today() - app.date(read_at);
                i64::from(days.get_days())
            });
            let waits = waits(app, &counted, report_age);
            let sweep = Sweep {
                id: known.as_ref().map_or_else(|| app.id(), |known| known.id),
                policy: app.policy.version.clone(),
                state: match waits {
                    Some(_) => SweepState::Waiting,
                    None => SweepState::Purging,
                },
                waits,
                made_at: now,
                finished_at: None,
                confirmed_by: None,
                trouble: None,
            };
            match known {
                Some(_) => db::retention::save(conn, &sweep)?,
                None => db::retention::insert(conn, &sweep)?,
            }
            db::retention::set_counts(conn, sweep.id, &counted.totals, &counted.due)?;
            let event = Event::new(Action::SweepCounted)
                .counting(counted.due().unsigned_abs())
                .ending(sweep.state.as_str())
                .with("sweep", sweep.id);
            trail::record(app, conn, &Actor::System, None, &event)?;
            match waits {
                None => db::jobs::enqueue(conn, app.id(), &Job::Purge(sweep.id), now)?,
                Some(waits) => tell_staff(app, conn, &sweep, waits, counted.due())?,
            }
            Ok(sweep.id)
        })
        .await?;
    app.wake.notify_one();
    Ok(id)
}

/// Tells those who may let a sweep go on, once for each reason.
fn tell_staff(
    app: &App,
    conn: &mut Conn,
    sweep: &Sweep,
    waits: Waits,
    due: i64,
) -> Result<(), ActionError> {
    let lang = app.config.vendor.language;
    for account in db::accounts::all(conn)? {
        let staff = account.staff;
        if !staff.active || !staff.role.permissions().contains(&Permission::Retention) {
            continue;
        }
        let letter = Letter::SweepWaits {
            waits,
            records: due,
            link: app.config.server.public_url.join("/admin/retention"),
        };
        let cause = format!("sweep:{}:{waits}:{}", sweep.id, staff.id);
        if !db::outbox::is_written(conn, &cause)? {
            letters::post(app, conn, &cause, None, staff.email.as_str(), lang, &letter)?;
        }
    }
    Ok(())
}

/// Staff looked at a sweep that waits, and let it go on.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::NotFound`] if it does not wait.
pub async fn confirm(app: &App, actor: &Actor, id: SweepId) -> Result<(), ActionError> {
    actor.may(Permission::Retention)?;
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let now = inner.clock.now();
            let mut sweep = db::retention::find(conn, id)?
                .filter(|sweep| sweep.state == SweepState::Waiting)
                .ok_or(ActionError::NotFound)?;
            sweep.state = SweepState::Purging;
            sweep.confirmed_by = actor.staff_id();
            db::retention::save(conn, &sweep)?;
            let due: i64 = db::retention::rules(conn, id)?
                .iter()
                .map(|count| count.due)
                .sum();
            let event = Event::new(Action::SweepConfirmed)
                .counting(due.unsigned_abs())
                .with("sweep", id);
            trail::record(&inner, conn, &actor, None, &event)?;
            db::jobs::enqueue(conn, inner.id(), &Job::Purge(id), now)?;
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Removes what is due, and looks once more when all of it is gone; run by a job.
///
/// # Errors
/// [`ActionError`].
pub async fn purge(app: &App, id: SweepId) -> Result<Step, ActionError> {
    let step = work(app, id).await?;
    if let Step::Later(_, trouble) = &step {
        let trouble = trouble.clone();
        app.db
            .write(move |conn| -> Result<_, ActionError> {
                if let Some(mut sweep) = db::retention::find(conn, id)? {
                    sweep.trouble = Some(trouble.clone());
                    db::retention::save(conn, &sweep)?;
                }
                Ok(())
            })
            .await?;
    }
    Ok(step)
}

async fn work(app: &App, id: SweepId) -> Result<Step, ActionError> {
    let is_purging = app
        .db
        .read(move |conn| -> Result<_, DbError> {
            Ok(db::retention::find(conn, id)?
                .is_some_and(|sweep| sweep.state == SweepState::Purging))
        })
        .await?;
    if !is_purging {
        return Ok(Step::Rest);
    }
    note_guards_again(app, id).await?;
    if has_grown(app, id).await? {
        return Ok(Step::Rest);
    }
    for category in Category::SWEPT {
        let mut after = String::new();
        loop {
            let (done, more) = purge_page(app, id, category, after).await?;
            if let Err(trouble) = done {
                return Ok(Step::Later(SignedDuration::from_mins(1), trouble));
            }
            match more {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    let left = count(app, &app.policy, 0).await?;
    let inner = app.clone();
    let held = app
        .db
        .write(move |conn| finish(&inner, conn, id, &left))
        .await?;
    match held {
        0 => Ok(Step::Rest),
        left => Ok(Step::Later(
            SignedDuration::from_mins(1),
            format!("{left} records that are due are still there"),
        )),
    }
}

/// What the rules say of a record; nothing of one that is emptied already.
fn schedule<'a>(policy: &'a Policy, category: Category, aged: &Aged) -> Option<Schedule<'a>> {
    let schedule = policy.schedule(category, &aged.events)?;
    (!aged.is_empty || schedule.act != Act::Anonymise).then_some(schedule)
}

/// Which of these records a legal hold keeps: one that is on anybody in them, or that stopped their
/// erasure before.
fn held(conn: &mut Conn, category: Category, aged: &[Aged]) -> Result<HashSet<String>, DbError> {
    if !db::holds::any(conn)? {
        return Ok(HashSet::new());
    }
    let digests: Vec<&[u8]> = aged
        .iter()
        .flat_map(|aged| &aged.people)
        .map(|digest| digest.bytes.as_slice())
        .collect();
    let people = db::holds::held(conn, &digests)?;
    let mut held = HashSet::new();
    for aged in aged {
        let mut on_it = aged.people.iter();
        let (store, key) = BuiltIn::named(category, &aged.id);
        if on_it.any(|digest| people.contains(&digest.bytes))
            || db::holds::stopped_at(conn, &store.0, &key.0)?.is_some()
        {
            held.insert(aged.id.clone());
        }
    }
    Ok(held)
}

/// The last day on which a record may go that a rule would have had go by a day: where legal holds kept it
/// from before that day on, the day after the last of them ended, so that the next sweep takes it.
fn last_day(
    app: &App,
    conn: &mut Conn,
    category: Category,
    aged: &Aged,
    by: Date,
) -> Result<Date, DbError> {
    if !db::holds::any_ended(conn)? {
        return Ok(by);
    }
    let people: Vec<&[u8]> = aged
        .people
        .iter()
        .map(|digest| digest.bytes.as_slice())
        .collect();
    let (store, key) = BuiltIn::named(category, &aged.id);
    let mut by = by;
    for (placed_at, ended_at) in db::holds::ended_over(conn, &people, &store.0, &key.0)? {
        if app.date(placed_at) <= by {
            by = by.max(app.date(ended_at).saturating_add(1.day()));
        }
    }
    Ok(by)
}

/// Whether a record that a sweep announced is due now, as the sweep would look at it.
///
/// # Errors
/// [`DbError`].
pub(super) fn is_due_still(
    app: &App,
    conn: &mut Conn,
    store: &str,
    key: &str,
) -> Result<bool, DbError> {
    let categories: &[Category] = match store {
        "ticket" => &[Category::Ticket],
        "installation" => &[Category::Installation],
        "trial" => &[Category::Trial],
        _ => &[Category::Licence, Category::Billing],
    };
    let id = key.rsplit('/').next().unwrap_or(key);
    for category in categories {
        let aged = app.built_in.aged(conn, *category, &[id])?;
        let held = held(conn, *category, &aged)?;
        let is_due = |aged: &Aged| {
            let schedule = schedule(&app.policy, *category, aged);
            schedule.is_some_and(|schedule| schedule.from <= app.today())
        };
        if aged
            .iter()
            .any(|aged| is_due(aged) && !held.contains(&aged.id))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What keeps everything from being removed now.
///
/// While a new search key is taken up, the records of one person may stand under two digests: a
/// licence that runs could be missed. And on a day that the clock alone claims nothing is due yet.
fn in_the_way(app: &App, conn: &mut Conn) -> Result<Option<String>, DbError> {
    if app.keys.search_key_count() > 1 {
        let waiting = digests::people_waiting(&app.keys, conn)?;
        if waiting > 0 {
            return Ok(Some(format!(
                "{waiting} digests are not under the search key in use yet; nothing is removed meanwhile"
            )));
        }
    }
    Ok(sure::unsure_until(app, conn)?.map(|until| {
        format!(
            "The clock stands more than two days after all that was recorded before: it jumped, or nothing ran. \
             If it is right, records go from {until:.0} on; if not, set it"
        )
    }))
}

/// After a worker that died in the middle, the journal hears of the guards that its removals wrote.
async fn note_guards_again(app: &App, id: SweepId) -> Result<(), ActionError> {
    let guards = app
        .db
        .read(move |conn| -> Result<_, DbError> {
            let sweep = db::retention::find(conn, id)?;
            let Some(sweep) = sweep.filter(|sweep| sweep.trouble.is_none()) else {
                return Ok(Vec::new());
            };
            if db::retention::rules(conn, id)?
                .iter()
                .all(|count| count.done == 0)
            {
                return Ok(Vec::new());
            }
            let after = Ids::first_at(sweep.made_at).to_string();
            db::guards::guards_of_cause_after(conn, Cause::Retention.as_str(), &after)
        })
        .await?;
    restore::note_these_guards(app, guards).await
}

/// Looks whether much more is due than was counted when the sweep began or somebody let it go on: an
/// import may have come between. Then it waits once more, and is counted anew.
async fn has_grown(app: &App, id: SweepId) -> Result<bool, ActionError> {
    let now = count(app, &app.policy, 0).await?;
    let inner = app.clone();
    let grown = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let rules = db::retention::rules(conn, id)?;
            let counted = |category: Category| -> i64 {
                let of = rules.iter().filter(|count| count.category == category);
                of.map(|count| (count.due - count.done).max(0)).sum()
            };
            let is_more = |total: &Total| {
                let more = now.due_of(total.category) - counted(total.category);
                is_unusual(&inner, more, total)
            };
            if !now.totals.iter().any(is_more) {
                return Ok(false);
            }
            let Some(mut sweep) = db::retention::find(conn, id)? else {
                return Ok(false);
            };
            sweep.state = SweepState::Waiting;
            sweep.waits = Some(Waits::Large);
            sweep.confirmed_by = None;
            db::retention::save(conn, &sweep)?;
            db::retention::set_counts(conn, id, &now.totals, &now.due)?;
            let event = Event::new(Action::SweepCounted)
                .counting(now.due().unsigned_abs())
                .ending(sweep.state.as_str())
                .with("sweep", id);
            trail::record(&inner, conn, &Actor::System, None, &event)?;
            tell_staff(&inner, conn, &sweep, Waits::Large, now.due())?;
            Ok(true)
        })
        .await?;
    Ok(grown)
}

/// Looks at a page of a category and removes what is due of it.
async fn purge_page(
    app: &App,
    id: SweepId,
    category: Category,
    after: String,
) -> Result<(Result<(), String>, Option<String>), ActionError> {
    let inner = app.clone();
    let (due, more) = app
        .db
        .read(move |conn| -> Result<_, DbError> {
            let page = After {
                id: &after,
                limit: BATCH,
            };
            let (aged, more) = inner.built_in.aged_after(conn, category, page)?;
            let (today, held) = (inner.today(), held(conn, category, &aged)?);
            let is_due = |aged: &Aged| {
                let schedule = schedule(&inner.policy, category, aged);
                schedule.is_some_and(|schedule| schedule.from <= today)
            };
            let due: Vec<String> = aged
                .into_iter()
                .filter(|aged| is_due(aged) && !held.contains(&aged.id))
                .map(|aged| aged.id)
                .collect();
            Ok((due, more))
        })
        .await?;
    if due.is_empty() {
        return Ok((Ok(()), more));
    }
    let inner = app.clone();
    let announced: Arc<Mutex<HashSet<String>>> = Arc::default();
    let (told, since) = (announced.clone(), app.clock.now());
    let purged = app
        .db
        .write(
            move |conn| match (in_the_way(&inner, conn)?, &inner, &due, &told) {
                (Some(trouble), ..) => Ok(Err(trouble)),
                (None, app, due, told) => purge_batch(app, conn, id, category, due, told).map(Ok),
            },
        )
        .await;
    // A transaction that was tried again, or failed, may have announced what stays. After a restore
    // the next sweep finds what is due by itself, so a record too many is spared without harm.
    let gone = match &purged {
        Ok(Ok(purged)) => purged.gone.clone(),
        Ok(Err(_)) | Err(_) => HashSet::new(),
    };
    spare(app, id, category, &announced, &gone).await?;
    let noted = match purged {
        Ok(Ok(purged)) => restore::note_guards(app, &purged.people, since).await,
        Ok(Err(trouble)) => return Ok((Err(trouble), more)),
        Err(error) => Err(error),
    };
    match noted {
        Ok(()) => Ok((Ok(()), more)),
        Err(ActionError::Journal(error)) => Ok((
            Err(format!("The erasure journal cannot be written: {error}")),
            more,
        )),
        Err(error) => Err(error),
    }
}

/// What one transaction removed.
#[derive(Default)]
struct Purged {
    /// The ids of what is gone.
    gone: HashSet<String>,
    /// Whose it was.
    people: Vec<AddressDigest>,
}

/// Removes those of these records that are due still, with all that belongs to it, in one transaction.
fn purge_batch(
    app: &App,
    conn: &mut Conn,
    id: SweepId,
    category: Category,
    ids: &[String],
    announced: &Mutex<HashSet<String>>,
) -> Result<Purged, ActionError> {
    let (now, today) = (app.clock.now(), app.today());
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let aged = app.built_in.aged(conn, category, &ids)?;
    let held = held(conn, category, &aged)?;
    let mut due = Vec::new();
    let mut lines = Vec::new();
    let mut people: Vec<AddressDigest> = Vec::new();
    let mut counts: HashMap<(&str, Act), (RuleCount, Option<Date>)> = HashMap::new();
    for aged in aged.iter().filter(|aged| !held.contains(&aged.id)) {
        let Some(schedule) =
            schedule(&app.policy, category, aged).filter(|schedule| schedule.from <= today)
        else {
            continue;
        };
        let (count, worst) = counts
            .entry((&schedule.rule.id, schedule.act))
            .or_insert_with(|| {
                let count = RuleCount {
                    category,
                    rule: schedule.rule.id.clone(),
                    act: schedule.act,
                    due: 0,
                    done: 0,
                    late: 0,
                };
                (count, None)
            });
        count.done += 1;
        let by = match schedule.by < today {
            true => last_day(app, conn, category, aged, schedule.by)?,
            false => schedule.by,
        };
        if by < today {
            count.late += 1;
            *worst = Some(worst.map_or(by, |worst| worst.min(by)));
        }
        due.push(Due {
            id: aged.id.clone(),
            act: schedule.act,
            until: schedule.until,
        });
        if schedule.act != Act::Block {
            people.extend(aged.people.iter().cloned());
            let (store, key) = BuiltIn::named(category, &aged.id);
            lines.push(Line::Erasure(ErasureLine {
                store: store.0,
                record_key: key.0,
                address_digest: aged
                    .people
                    .first()
                    .and_then(|digest| Digest::try_from(digest).ok()),
                erased_at: now,
                cause: Cause::Retention.to_string(),
                run: id.0,
            }));
        }
    }
    if due.is_empty() {
        return Ok(Purged::default());
    }
    let gone: HashSet<String> = due
        .iter()
        .filter(|due| due.act != Act::Block)
        .map(|due| due.id.clone())
        .collect();
    announced
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .extend(gone.iter().cloned());
    // Before the end of the transaction: what is gone is known to the journal, whatever happens.
    app.journal.append(&lines).map_err(ActionError::Journal)?;
    let named: Vec<&str> = gone.iter().map(String::as_str).collect();
    let labels = app.built_in.labels(conn, category, &named)?;
    notices::gather(app, conn, id, category, &labels)?;
    app.built_in.purge(conn, category, &due)?;
    for (mut count, worst) in counts.into_values() {
        let event = Event::new(Action::Purged)
            .in_store(category.as_str())
            .under(&count.rule)
            .counting(count.done.unsigned_abs())
            .ending(count.act.as_str())
            .with("sweep", id);
        trail::record(app, conn, &Actor::System, None, &event)?;
        if let Some(worst_on) = worst {
            let incident = Incident {
                id: app.id(),
                at: now,
                category,
                rule: count.rule.clone(),
                records: count.late,
                worst_on,
                sweep: id,
                settled_at: None,
                settled_by: None,
                sealed: None,
            };
            if db::retention::note_late(conn, &incident)? {
                let event = Event::new(Action::KeptLate)
                    .in_store(category.as_str())
                    .under(&count.rule)
                    .with("by", worst_on)
                    .with("sweep", id);
                trail::record(app, conn, &Actor::System, None, &event)?;
            }
        }
        count.due = count.done;
        db::retention::add_done(conn, id, &count)?;
    }
    people.sort_by(|one, other| one.bytes.cmp(&other.bytes));
    people.dedup_by(|one, other| one.bytes == other.bytes);
    Ok(Purged { gone, people })
}

/// Tells the journal what was announced and did not go.
async fn spare(
    app: &App,
    id: SweepId,
    category: Category,
    announced: &Mutex<HashSet<String>>,
    gone: &HashSet<String>,
) -> Result<(), ActionError> {
    let at = app.clock.now();
    let lines: Vec<Line> = announced
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .difference(gone)
        .map(|record| {
            let (store, key) = BuiltIn::named(category, record);
            Line::Spared {
                store: store.0,
                record_key: key.0,
                run: id.0,
                at,
            }
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    note_in_journal(app, lines).await
}

/// Ends a sweep after which nothing is due; says how many records are.
fn finish(app: &App, conn: &mut Conn, id: SweepId, left: &Counted) -> Result<i64, ActionError> {
    let now = app.clock.now();
    let Some(mut sweep) = db::retention::find(conn, id)? else {
        return Ok(0);
    };
    let due = left.due();
    if due > 0 {
        sweep.trouble = Some(format!("{due} records that are due are still there"));
        db::retention::save(conn, &sweep)?;
        return Ok(due);
    }
    sweep.state = SweepState::Done;
    sweep.finished_at = Some(now);
    sweep.trouble = None;
    db::retention::save(conn, &sweep)?;
    let done: i64 = db::retention::rules(conn, id)?
        .iter()
        .map(|count| count.done)
        .sum();
    let event = Event::new(Action::SweepVerified)
        .counting(done.unsigned_abs())
        .ending("empty")
        .with("sweep", id);
    trail::record(app, conn, &Actor::System, None, &event)?;
    notices::send_gathered(app, conn, id)?;
    if done > 0 {
        db::jobs::enqueue(conn, app.id(), &Job::Scrub, now)?;
    }
    Ok(0)
}

/// Staff looked into an incident and say what came of it.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] without words; [`ActionError::NotFound`] if
/// it is settled already.
pub async fn settle(
    app: &App,
    actor: &Actor,
    id: IncidentId,
    words: &str,
) -> Result<(), ActionError> {
    actor.may(Permission::Retention)?;
    let words = words.trim().to_owned();
    if words.is_empty() || words.chars().count() > 2000 {
        return Err(ActionError::Invalid {
            field: "words",
            message: "retention-settle-words",
        });
    }
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let by: Option<StaffId> = actor.staff_id();
            let row = id.to_string();
            let place = incident_place(&row);
            let sealed = inner.keys.seal_stored(place, words.as_bytes());
            if !db::retention::settle(conn, id, by, &sealed, inner.clock.now())? {
                return Err(ActionError::NotFound);
            }
            let event = Event::new(Action::IncidentSettled).with("incident", id);
            trail::record(&inner, conn, &actor, None, &event)?;
            Ok(())
        })
        .await
}

/// Where the words of an incident are sealed.
pub(super) fn incident_place(id: &str) -> Place<'_> {
    Place {
        table: "incidents",
        id,
        column: "sealed",
    }
}

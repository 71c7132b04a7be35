//! Legal holds that a database that was put back does not know: they stand again, or are ended again, before
//! anything goes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::RestoreError;
use super::records::todays;
use crate::actions::{ActionError, holds, trail};
use crate::app::App;
use crate::db::holds::{End, Hold};
use crate::db::{self, Conn, DbError};
use crate::domain::event::{Action, Actor};
use crate::domain::hold::{Ended, Terms};
use crate::domain::ids::HoldId;
use crate::domain::job::Job;
use crate::domain::request::AddressDigest;
use crate::journal::Line;
use crate::seal::Digest;

/// What journals say of holds, by id. What was said last counts, and an end whenever it was said.
#[derive(Clone, Debug, Default)]
pub(super) struct Said(BTreeMap<Uuid, OfOne>);

/// What is said of one.
#[derive(Clone, Debug, Default)]
struct OfOne {
    placed: Option<Placed>,
    ended: Option<(Timestamp, Ended)>,
}

#[derive(Clone, Debug)]
struct Placed {
    digests: Vec<Digest>,
    placed_at: Timestamp,
    terms: Terms,
    said_at: Timestamp,
}

impl OfOne {
    fn add(&mut self, other: OfOne) {
        let is_newer = match (&self.placed, &other.placed) {
            (Some(known), Some(other)) => known.said_at <= other.said_at,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if is_newer {
            self.placed = other.placed;
        }
        self.ended = self.ended.or(other.ended);
    }

    fn is_met(&self, row: Option<&Hold>) -> bool {
        match (row, &self.placed) {
            (Some(row), _) if row.ended.is_some() => true,
            (Some(row), placed) => {
                let fits = |placed: &Placed| placed.terms == row.terms;
                self.ended.is_none() && placed.as_ref().is_none_or(fits)
            }
            // It was placed before all that is known here, and is forgotten with its end.
            (None, placed) => placed.is_none(),
        }
    }
}

impl Said {
    /// Takes a line up, if it is about a hold.
    pub(super) fn hear(&mut self, line: &Line) {
        let (id, of_one) = match line {
            Line::HoldPlaced {
                hold,
                address_digests,
                placed_at,
                review_on,
                until_on,
                at,
            } => {
                let placed = Placed {
                    digests: address_digests.clone(),
                    placed_at: *placed_at,
                    terms: Terms {
                        review_on: *review_on,
                        until_on: *until_on,
                    },
                    said_at: *at,
                };
                let placed = Some(placed);
                (
                    *hold,
                    OfOne {
                        placed,
                        ended: None,
                    },
                )
            }
            Line::HoldEnded { hold, how, at } => {
                let ended = Some((*at, how.parse().unwrap_or(Ended::Lifted)));
                (
                    *hold,
                    OfOne {
                        placed: None,
                        ended,
                    },
                )
            }
            _ => return,
        };
        self.0.entry(id).or_default().add(of_one);
    }

    /// Takes up what another journal says.
    pub(super) fn add(&mut self, other: Said) {
        for (id, of_one) in other.0 {
            self.0.entry(id).or_default().add(of_one);
        }
    }

    /// What is said of the hold of a line, with the line itself, which may be newer.
    pub(super) fn of(&self, line: &Line) -> Said {
        let mut of_line = Said::default();
        of_line.hear(line);
        for (id, of_one) in &mut of_line.0 {
            if let Some(known) = self.0.get(id) {
                of_one.add(known.clone());
            }
        }
        of_line
    }

    /// Whether all of it is so.
    pub(super) fn are_met(&self, conn: &mut Conn) -> Result<bool, DbError> {
        for (id, of_one) in &self.0 {
            if !of_one.is_met(db::holds::find(conn, HoldId(*id))?.as_ref()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// For people.
    pub(super) fn ids(&self) -> String {
        super::ids(self.0.keys().copied())
    }
}

/// Makes all of it so. What a hold is about is in no journal: one that comes back says that staff must
/// complete it. How many there were.
pub(super) async fn count_first(app: &App, said: &Said) -> Result<u64, RestoreError> {
    let (inner, said) = (app.clone(), said.clone());
    let changed = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let mut changed = 0;
            for (id, of_one) in &said.0 {
                changed += u64::from(make_so(&inner, conn, HoldId(*id), of_one)?);
            }
            if changed > 0 {
                // What an ended one has kept goes with the next sweep of holds.
                let now = inner.clock.now();
                db::jobs::enqueue(conn, inner.id(), &Job::SweepHolds, now)?;
            }
            Ok(changed)
        })
        .await?;
    Ok(changed)
}

fn make_so(app: &App, conn: &mut Conn, id: HoldId, said: &OfOne) -> Result<bool, ActionError> {
    let known = db::holds::find(conn, id)?;
    if said.is_met(known.as_ref()) {
        return Ok(false);
    }
    let tell = |conn: &mut Conn, action, terms: &Terms, how: Option<Ended>| {
        let event = holds::told(action, id, terms).because("replay");
        let event = match how {
            Some(how) => event.ending(how.as_str()),
            None => event,
        };
        trail::record(app, conn, &Actor::System, None, &event).map(drop)
    };
    let end = said.ended.map(|(at, how)| End { at, by: None, how });
    match (known, &said.placed) {
        (None, Some(placed)) => {
            tell(conn, Action::HoldPlaced, &placed.terms, None)?;
            if let Some(end) = &end {
                tell(conn, Action::HoldLifted, &placed.terms, Some(end.how))?;
            }
            let hold = Hold {
                id,
                placed_at: placed.placed_at,
                placed_by: None,
                terms: placed.terms,
                ended: None,
                sealed: holds::sealed_without_words(app, id)?,
            };
            let digests = placed.digests.iter();
            let mut digests: Vec<AddressDigest> = digests
                .flat_map(|digest| [AddressDigest::from(digest), todays(app, digest)])
                .collect();
            digests.sort_by(|one, other| one.bytes.cmp(&other.bytes));
            digests.dedup_by(|one, other| one.bytes == other.bytes);
            db::holds::insert(conn, &hold, &digests)?;
            if let Some(end) = &end {
                db::holds::end(conn, id, end, &hold.sealed)?;
            }
        }
        (Some(hold), placed) => {
            if let Some(placed) = placed.as_ref().filter(|placed| placed.terms != hold.terms) {
                tell(conn, Action::HoldReviewed, &placed.terms, None)?;
                db::holds::set_terms(conn, id, &placed.terms)?;
            }
            if let Some(end) = &end {
                tell(conn, Action::HoldLifted, &hold.terms, Some(end.how))?;
                db::holds::end(conn, id, end, &hold.sealed)?;
            }
        }
        (None, None) => return Ok(false),
    }
    Ok(true)
}

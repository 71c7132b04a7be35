//! What the retention page shows: what falls due, what a sweep waits for, what was late.

use std::collections::HashMap;
use std::sync::Arc;

use super::ActionError;
use crate::actions::retention::{self, AHEAD, Counted};
use crate::app::App;
use crate::db;
use crate::db::retention::{Falls, Incident, RuleCount, Sweep, Total};
use crate::domain::event::Actor;
use crate::domain::ids::StaffId;
use crate::domain::retention::{Policy, SweepState};
use crate::domain::staff::Permission;

/// Past sweeps and incidents on the page.
const SHOWN: i64 = 30;

/// A sweep with what its rules did.
#[derive(Clone, Debug)]
pub struct Swept {
    /// The sweep.
    pub sweep: Sweep,
    /// What was due and done, by rule.
    pub rules: Vec<RuleCount>,
}

impl Swept {
    /// How many records were due.
    pub fn due(&self) -> i64 {
        self.rules.iter().map(|count| count.due).sum()
    }

    /// How many were removed or blocked.
    pub fn done(&self) -> i64 {
        self.rules.iter().map(|count| count.done).sum()
    }
}

/// An incident with what staff said of it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The incident.
    pub incident: Incident,
    /// Their words.
    pub words: Option<String>,
}

/// Everything on the page.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What falls due after today.
    pub falls: Vec<Falls>,
    /// How many records there were, as of the newest count.
    pub totals: Vec<Total>,
    /// The newest sweeps.
    pub sweeps: Vec<Swept>,
    /// What was late; what nobody settled comes first.
    pub incidents: Vec<Told>,
    /// The names of staff.
    pub names: HashMap<StaffId, String>,
}

impl Overview {
    /// The sweep that waits for a person.
    pub fn waiting(&self) -> Option<&Swept> {
        self.sweeps
            .iter()
            .find(|swept| swept.sweep.state == SweepState::Waiting)
    }
}

/// The page.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn overview(app: &App, actor: &Actor) -> Result<Overview, ActionError> {
    actor.may(Permission::Stores)?;
    let inner = app.clone();
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let mut sweeps = Vec::new();
            for sweep in db::retention::newest(conn, SHOWN)? {
                let rules = db::retention::rules(conn, sweep.id)?;
                sweeps.push(Swept { sweep, rules });
            }
            let totals = match sweeps.first() {
                Some(newest) => db::retention::totals(conn, newest.sweep.id)?,
                None => Vec::new(),
            };
            let mut incidents = Vec::new();
            for incident in db::retention::incidents(conn, SHOWN)? {
                let id = incident.id.to_string();
                let place = retention::incident_place(&id);
                let opened = match &incident.sealed {
                    Some(sealed) => Some(inner.keys.open_stored(place, sealed)?),
                    None => None,
                };
                let words = opened.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                incidents.push(Told { incident, words });
            }
            let names = db::accounts::all(conn)?
                .into_iter()
                .map(|account| (account.staff.id, account.staff.name))
                .collect();
            Ok(Overview {
                falls: db::retention::forecast(conn)?,
                totals,
                sweeps,
                incidents,
                names,
            })
        })
        .await
}

/// What the rules in force let go, and what others would.
#[derive(Clone, Debug)]
pub struct Effect {
    /// By the rules in force.
    pub now: Counted,
    /// By the other rules.
    pub then: Counted,
}

/// The effect of other rules, before they are in force; nothing is changed.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn effect(app: &App, actor: &Actor, policy: Policy) -> Result<Effect, ActionError> {
    actor.may(Permission::Stores)?;
    Ok(Effect {
        now: retention::count(app, &app.policy, AHEAD).await?,
        then: retention::count(app, &Arc::new(policy), AHEAD).await?,
    })
}

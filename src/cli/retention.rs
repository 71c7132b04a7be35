//! `lethe retention`: what the rules of the privacy statement let go, and to let it go.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use serde_json::json;

use super::args::RetentionCommand;
use super::{WrongUse, in_words, place};
use crate::actions::retention::{self, Counted};
use crate::actions::run::Step;
use crate::app::App;
use crate::config::policy::PolicyFile;
use crate::db;
use crate::domain::event::Actor;
use crate::domain::ids::SweepId;
use crate::domain::retention::{Policy, SweepState, Waits};

/// How often a sweep that something stands in the way of is tried before the command gives up.
const TRIES: u32 = 5;

pub(super) async fn run(app: &App, command: RetentionCommand) -> Result<bool> {
    match command {
        RetentionCommand::Preview { days, policy, json } => {
            preview(app, days.into(), policy, json).await
        }
        RetentionCommand::Run { confirm, json } => sweep(app, confirm, json).await,
    }
}

async fn preview(app: &App, days: i32, policy: Option<PathBuf>, as_json: bool) -> Result<bool> {
    let policy: Arc<Policy> = match policy {
        None => app.policy.clone(),
        Some(path) => {
            let file = PolicyFile::At(path);
            let policy = file
                .load()
                .map_err(|errors| WrongUse(format!("{file}:\n{errors}")))?;
            Arc::new(policy)
        }
    };
    let counted = retention::count(app, &policy, days).await?;
    if as_json {
        println!("{}", as_value(&policy, &counted));
        return Ok(true);
    }
    println!("{} ({})", policy.name, policy.version);
    for total in &counted.totals {
        println!(
            "{:<13} {:>9} records, {} of them without a date yet",
            total.category.as_str(),
            total.records,
            total.dateless
        );
    }
    println!();
    for count in &counted.due {
        let late = match count.late {
            0 => String::new(),
            late => format!(", {late} of them late"),
        };
        println!(
            "today      {:<13} {:<9} {:>7}  {}{late}",
            count.category.as_str(),
            count.act.as_str(),
            count.due,
            count.rule
        );
    }
    for falls in &counted.falls {
        println!(
            "{} {:<13} {:<9} {:>7}  {}",
            falls.on,
            falls.category.as_str(),
            falls.act.as_str(),
            falls.records,
            falls.rule
        );
    }
    if counted.due.is_empty() && counted.falls.is_empty() {
        println!("Nothing falls due today or in the next {days} days.");
    }
    Ok(true)
}

fn as_value(policy: &Policy, counted: &Counted) -> serde_json::Value {
    json!({
        "policy": policy.version,
        "totals": counted.totals.iter().map(|total| json!({
            "category": total.category.as_str(),
            "records": total.records,
            "without_date": total.dateless,
        })).collect::<Vec<_>>(),
        "due": counted.due.iter().map(|count| json!({
            "category": count.category.as_str(),
            "rule": count.rule,
            "act": count.act.as_str(),
            "records": count.due,
            "late": count.late,
        })).collect::<Vec<_>>(),
        "next": counted.falls.iter().map(|falls| json!({
            "on": falls.on.to_string(),
            "category": falls.category.as_str(),
            "rule": falls.rule,
            "act": falls.act.as_str(),
            "records": falls.records,
        })).collect::<Vec<_>>(),
    })
}

async fn sweep(app: &App, may_be_large: bool, as_json: bool) -> Result<bool> {
    let id = retention::begin(app).await?;
    let known = move |conn: &mut db::Conn| db::retention::find(conn, id);
    let state = |sweep: Option<db::retention::Sweep>| sweep.map(|sweep| (sweep.state, sweep.waits));
    if let Some((SweepState::Waiting, waits)) = state(app.db.read(known).await?) {
        if !may_be_large {
            eprintln!("{}", why(waits));
            show(app, id, as_json).await?;
            return Ok(false);
        }
        retention::confirm(app, &Actor::Operator, id)
            .await
            .map_err(|error| in_words(app, error))?;
    }
    for _ in 0..TRIES {
        if let Step::Later(_, trouble) = retention::purge(app, id).await? {
            eprintln!("{trouble}");
            continue;
        }
        break;
    }
    place(app).await;
    show(app, id, as_json).await?;
    let done = matches!(
        state(app.db.read(known).await?),
        Some((SweepState::Done, _))
    );
    Ok(done)
}

fn why(waits: Option<Waits>) -> &'static str {
    match waits {
        Some(Waits::ReportOld) => {
            "The newest report of licences is old, so a renewal may be unknown: import a new one, or \
             let the sweep go on with --confirm."
        }
        _ => {
            "That is more than usual, so nothing was removed: look at it, and let the sweep go on \
             with --confirm."
        }
    }
}

async fn show(app: &App, id: SweepId, as_json: bool) -> Result<()> {
    let rules = app
        .db
        .read(move |conn| db::retention::rules(conn, id))
        .await?;
    if as_json {
        let rules: Vec<_> = rules
            .iter()
            .map(|count| {
                json!({
                    "category": count.category.as_str(),
                    "rule": count.rule,
                    "act": count.act.as_str(),
                    "due": count.due,
                    "done": count.done,
                    "late": count.late,
                })
            })
            .collect();
        println!("{}", json!({ "sweep": id.to_string(), "rules": rules }));
        return Ok(());
    }
    for count in &rules {
        println!(
            "{:<13} {:<9} {:>7} due {:>7} done  {}",
            count.category.as_str(),
            count.act.as_str(),
            count.due,
            count.done,
            count.rule
        );
    }
    if rules.is_empty() {
        println!("Nothing was due.");
    }
    Ok(())
}

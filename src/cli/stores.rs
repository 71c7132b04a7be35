//! `lethe stores`: how the stores are, and what one would find of a person.

use anyhow::Result;
use futures_util::future::join_all;

use super::args::StoresCommand;
use super::{WrongUse, place};
use crate::actions::ActionError;
use crate::actions::places;
use crate::app::App;
use crate::domain::email::Email;
use crate::domain::event::Actor;
use crate::domain::store::{Decision, StoreName};

pub(super) async fn run(app: &App, command: StoresCommand) -> Result<bool> {
    match command {
        StoresCommand::List => list(app).await,
        StoresCommand::Try { store, email } => try_out(app, store, &email).await,
    }
}

/// A line for each store: its name, how far an erasure goes, what answers; or what is the matter.
async fn list(app: &App) -> Result<bool> {
    let asked = app.stores.iter().map(async |store| {
        let asked = store.probe().await;
        (store.name(), asked)
    });
    let mut well = true;
    for (name, asked) in join_all(asked).await {
        match asked {
            Ok(reach) => {
                let leaves: Vec<&str> = reach.leaves.iter().map(|left| left.as_str()).collect();
                let leaves = match &leaves[..] {
                    [] => String::new(),
                    leaves => format!(", leaves {}", leaves.join(", ")),
                };
                let version = reach.version.unwrap_or_default();
                println!("{name}  {}{leaves}  {version}", reach.level);
            }
            Err(error) => {
                well = false;
                println!("{name}  {error}");
            }
        }
    }
    Ok(well)
}

/// A line for each record that a removal would find. Nothing is changed but the trail.
async fn try_out(app: &App, store: String, email: &str) -> Result<bool> {
    let email = Email::parse(email).map_err(|error| WrongUse(format!("--email: {error}")))?;
    let name = StoreName(store);
    let found = places::try_out(app, &Actor::Operator, &name, &email).await;
    place(app).await;
    let found = match found {
        Ok(found) => found?,
        Err(ActionError::NotFound) => {
            let names: Vec<String> = app.store_names().into_iter().map(|name| name.0).collect();
            let names = names.join(", ");
            return Err(WrongUse(format!("there is no store {name}; there are {names}")).into());
        }
        Err(error) => return Err(error.into()),
    };
    for item in &found {
        let what = match item.proposal {
            Decision::Erase => "erase".to_owned(),
            Decision::Keep(ground, None) => format!("keep, {ground}"),
            Decision::Keep(ground, Some(until)) => format!("keep, {ground}, until {until}"),
        };
        println!(
            "{}  {}  {}  {what}  {} {}",
            item.key.0, item.kind, item.matched, item.label, item.note
        );
    }
    eprintln!("{} records of {name}; nothing was changed.", found.len());
    Ok(true)
}

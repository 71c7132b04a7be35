//! `lethe backup`, `lethe restore`, the catalogue of backups, and the erasure journals.

use std::path::Path;

use anyhow::{Result, anyhow};
use serde_json::json;

use super::args::{BackupArgs, BackupsCommand, JournalsCommand, RestoreArgs};
use super::place;
use crate::actions::ActionError;
use crate::actions::backup::{self, Restored, Wish};
use crate::actions::restore::intake::Returned;
use crate::actions::restore::{self, Journals, Replayed};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::db;
use crate::domain::event::Actor;
use crate::seal::recovery::RecoverySecret;

/// Backups that a list shows.
const SHOWN: i64 = 200;

pub(super) async fn make(app: &App, args: BackupArgs) -> Result<bool> {
    let made = backup::make(app, &Actor::Operator, &args.file, &args.kind).await?;
    if args.json {
        println!("{}", serde_json::to_string(&made)?);
    } else {
        println!("Backup   {}", made.file);
        println!("Size     {} bytes", made.bytes);
        println!(
            "Holds    {} entries of the trail, {} requests",
            made.contents.entries(),
            rows(&made.contents, "requests")
        );
        match &made.sealed_to {
            Some(key) => println!("Sealed   to {key}"),
            None => println!("Sealed   not: whoever has the file and the keys can read it"),
        }
        println!("Expires  {}", made.expires_on);
    }
    place(app).await;
    Ok(true)
}

fn rows(contents: &db::copies::Contents, table: &str) -> u64 {
    contents.rows.get(table).copied().unwrap_or_default()
}

pub(super) async fn put_back(config: Config, args: RestoreArgs) -> Result<bool> {
    let wish = Wish {
        file: args.file,
        recovery_key_file: args.recovery_key_file,
        replace: args.replace,
        journals: Journals {
            others: args.journal,
            without: args.without_journal,
            leave: args.leave,
        },
        intake: args.intake,
    };
    let restored = backup::put_back(config, Clock::system(), &Actor::Operator, wish).await?;
    if args.json {
        println!("{}", serde_json::to_string(&restored)?);
    } else {
        tell(&restored);
    }
    Ok(true)
}

fn tell(restored: &Restored) {
    if let Some(contents) = &restored.contents {
        println!(
            "Put back     {} entries of the trail, {} requests",
            contents.entries(),
            rows(contents, "requests")
        );
    }
    if let Some(place) = &restored.moved_aside {
        println!(
            "Moved aside  the database that was there, to {place}; it holds everybody it held: delete it"
        );
    }
    if let Some(returned) = &restored.intake {
        tell_returned(returned);
    }
    if restored.intake.is_some() {
        println!(
            "Next         make a backup: until then only this journal holds what it brought back"
        );
    }
    if let Some(left) = &restored.left {
        println!("Not back     {left}");
    }
    tell_replayed(&restored.replayed);
    match &restored.trail {
        Some(trouble) => println!("Trail        {trouble}"),
        None => {
            println!("Trail        nothing that was signed is missing, as far as is known here")
        }
    }
}

fn tell_returned(returned: &Returned) {
    println!("Intake       {} records looked at", returned.records);
    for (what, count) in &returned.about {
        println!("             {count} {what} are as they were");
    }
    for (count, what) in [
        (
            returned.forgotten,
            "rows of requests that were forgotten since, passed over",
        ),
        (returned.older, "rows older than what is there, passed over"),
        (
            returned.refused,
            "rows that do not fit what is there, passed over: look at the requests of these days",
        ),
        (returned.jobs, "letters, runs and notices go on"),
        (returned.certificates, "certificates issued anew"),
        (returned.corrected, "values corrected again"),
    ] {
        if count > 0 {
            println!("             {count} {what}");
        }
    }
    if let Some((backup, journal)) = &returned.gap {
        println!(
            "Gap          the backup is of {backup:.0} and the intake journal goes on from the one of {journal:.0}; \
             what was done in between is in neither"
        );
    }
    for damaged in &returned.damaged {
        println!("Damaged      {damaged}; the rest was used");
    }
}

fn tell_replayed(replayed: &Replayed) {
    println!("Journals     {} lines looked at", replayed.lines);
    for (store, count) in &replayed.erased {
        println!("Erased again {count} in {store}");
    }
    for (count, what) in [
        (replayed.blocked, "records blocked again"),
        (replayed.guarded, "people guarded against imports again"),
        (replayed.keys, "keys of requests destroyed again"),
        (
            replayed.pseudonym_keys,
            "keys of pseudonyms destroyed again",
        ),
        (
            replayed.holds,
            "legal holds that stand or have ended again; `lethe check` names those to be completed",
        ),
        (replayed.backups, "changes of the catalogue of backups"),
        (
            replayed.elsewhere,
            "records of other systems, which no backup of Lethe brings back",
        ),
    ] {
        if count > 0 {
            println!("             {count} {what}");
        }
    }
    if !replayed.changed_anything() {
        println!("             all of it was done already");
    }
    for candidate in &replayed.candidates {
        println!("Look at      {candidate}: it may be of somebody who was erased");
    }
}

pub(super) async fn backups(app: &App, command: BackupsCommand) -> Result<bool> {
    match command {
        BackupsCommand::List { json } => {
            let backups = backup::list(app, SHOWN).await?;
            let zone = &app.config.vendor.zone;
            for backup in &backups {
                let made = backup.made_at.to_zoned(zone.clone());
                if json {
                    println!(
                        "{}",
                        json!({
                            "id": backup.id.to_string(),
                            "kind": backup.kind,
                            "name": backup.name,
                            "own": backup.own,
                            "made_at": backup.made_at,
                            "expires_on": backup.expires_on,
                            "verified_at": backup.verified_at,
                            "deleted_at": backup.deleted_at,
                        })
                    );
                } else {
                    let gone = if backup.deleted_at.is_some() {
                        "  gone"
                    } else {
                        ""
                    };
                    println!(
                        "{}  {}  {}  until {}  {}{gone}",
                        backup.id,
                        made.strftime("%Y-%m-%d %H:%M"),
                        backup.kind,
                        backup.expires_on,
                        backup.name
                    );
                }
            }
            if backups.is_empty() && !json {
                println!("No backup is known.");
            }
        }
        BackupsCommand::Add {
            name,
            kind,
            made_on,
            expires_on,
        } => {
            let made_on = made_on.unwrap_or_else(|| app.today());
            let id = backup::add(app, &Actor::Operator, &name, &kind, made_on, expires_on).await?;
            println!("{id}");
        }
        BackupsCommand::Forget { id } => {
            let gone = backup::forget(app, &Actor::Operator, id.into()).await;
            gone.map_err(|error| match error {
                backup::BackupError::Action(ActionError::NotFound) => {
                    anyhow!(
                        "no backup that still exists has this id; `lethe backups list` shows them"
                    )
                }
                other => other.into(),
            })?;
            println!("It is gone.");
        }
    }
    place(app).await;
    Ok(true)
}

/// The journals are looked at without opening the database to anybody: a start might refuse just because of them.
pub(super) async fn journals(config: Config, command: JournalsCommand) -> Result<bool> {
    let app = App::start(config, Clock::system())?;
    match command {
        JournalsCommand::List => {
            for known in app.db.read(db::journals::all).await? {
                let state = match (known.given_up_at, known.to_replay) {
                    (Some(at), _) => format!("given up on {}", app.date(at)),
                    (None, true) => "to be replayed".to_owned(),
                    (None, false) => format!("carried out up to byte {}", known.position),
                };
                let own = if known.id == app.journal.id() {
                    "  (this machine's)"
                } else {
                    ""
                };
                println!("{}  {state}{own}", known.id);
            }
        }
        JournalsCommand::Join => {
            tell_replayed(&restore::join(&app, &Actor::Operator).await?);
            place(&app).await;
        }
        JournalsCommand::GiveUp { id } => {
            restore::give_up(&app, &Actor::Operator, id)
                .await
                .map_err(|error| match error {
                    ActionError::NotFound => anyhow!(
                        "the database knows no such journal, or it is given up; `lethe journals list` shows them"
                    ),
                    other => other.into(),
                })?;
            println!("Given up. Whom it alone named can come back with a backup from before.");
            place(&app).await;
        }
    }
    Ok(true)
}

/// `lethe keys recovery`
pub(super) fn recovery_key(file: &Path) -> Result<bool> {
    let public =
        RecoverySecret::create(file).map_err(|error| anyhow!("{}: {error}", file.display()))?;
    println!("{public}");
    eprintln!(
        "Put this line into backup.recovery_key. The private half is in {}: take it off this machine, and keep \
         two copies offline. Without it nobody can open the backups.",
        file.display()
    );
    Ok(true)
}

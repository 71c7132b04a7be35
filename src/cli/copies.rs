//! `lethe copies`: the register of copies taken outside the stores, for the operator.

use anyhow::Result;

use super::args::CopiesCommand;
use super::holds::words;
use super::{WrongUse, in_words, place};
use crate::actions::ActionError;
use crate::actions::taken::{self, NewCopy};
use crate::app::App;
use crate::db;
use crate::domain::email::Email;
use crate::domain::event::Actor;
use crate::domain::ids::CopyId;

pub(super) async fn run(app: &App, command: CopiesCommand) -> Result<bool> {
    match command {
        CopiesCommand::List { destroyed, json } => {
            for shown in taken::list(app, &Actor::Operator, destroyed).await? {
                let (copy, words) = (&shown.copy, &shown.words);
                let whose = words.address.as_deref();
                let whose = whose.unwrap_or(if copy.everybody {
                    "everybody"
                } else {
                    "one person"
                });
                if json {
                    let shown = serde_json::json!({
                        "copy": copy.id.to_string(),
                        "what": words.what,
                        "everybody": copy.everybody,
                        "person": words.address,
                        "holder": shown.holder,
                        "place": words.place,
                        "why": words.why,
                        "taken_on": copy.span.taken_on.to_string(),
                        "until_on": copy.span.until_on.to_string(),
                        "overdue": copy.destroyed.is_none() && copy.span.is_overdue(app.today()),
                        "destroyed_on": copy.destroyed.map(|end| end.on.to_string()),
                        "attested": words.attested,
                    });
                    println!("{shown}");
                    continue;
                }
                let days = match copy.destroyed {
                    Some(end) => format!("destroyed on {}", end.on),
                    None if copy.span.is_overdue(app.today()) => {
                        format!("OVERDUE since {}", copy.span.until_on)
                    }
                    None => format!("until {}", copy.span.until_on),
                };
                println!(
                    "{}  {days}  {}  {} ({whose}), {}: {}",
                    copy.id, shown.holder, words.what, words.place, words.why
                );
            }
            place(app).await;
            Ok(true)
        }
        CopiesCommand::Add {
            what,
            person,
            holder,
            taken,
            until,
            file,
        } => {
            let text = words(file.as_deref())?;
            let (lies, why) = text.split_once('\n').unwrap_or((&text, ""));
            let account = match Email::parse(&holder) {
                Ok(email) => {
                    app.db
                        .read(move |conn| db::accounts::by_email(conn, &email))
                        .await?
                }
                Err(_) => None,
            };
            let new = NewCopy {
                what,
                person,
                holder: account.map(|account| account.staff.id),
                recipient: holder,
                place: lies.trim().to_owned(),
                why: why.trim().to_owned(),
                taken_on: taken,
                until_on: Some(until),
            };
            let id = taken::enter(app, &Actor::Operator, new)
                .await
                .map_err(|error| in_words(app, error))?;
            println!("{id}");
            place(app).await;
            Ok(true)
        }
        CopiesCommand::Extend { copy, until } => {
            let done = taken::extend(app, &Actor::Operator, CopyId(copy), Some(until)).await;
            done.map_err(|error| unknown(app, copy, error))?;
            println!("The copy may be kept until {until}.");
            place(app).await;
            Ok(true)
        }
        CopiesCommand::Destroyed { copy, on, by } => {
            let on = on.unwrap_or(app.today());
            let (id, actor) = (CopyId(copy), Actor::Operator);
            let done = taken::destroyed(app, &actor, id, Some(on), &by).await;
            done.map_err(|error| unknown(app, copy, error))?;
            println!("The copy is entered as destroyed. A worker closes what waited for it alone.");
            place(app).await;
            Ok(true)
        }
    }
}

fn unknown(app: &App, copy: uuid::Uuid, error: ActionError) -> anyhow::Error {
    match error {
        ActionError::NotFound => WrongUse(format!(
            "no copy {copy} is open; `lethe copies list` shows them"
        ))
        .into(),
        error => in_words(app, error),
    }
}

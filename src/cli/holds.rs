//! `lethe holds`: legal holds, for the operator.

use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result};

use super::args::HoldsCommand;
use super::{WrongUse, in_words, place};
use crate::actions::ActionError;
use crate::actions::holds::{self, NewHold};
use crate::app::App;
use crate::domain::event::Actor;
use crate::domain::ids::HoldId;

pub(super) async fn run(app: &App, command: HoldsCommand) -> Result<bool> {
    match command {
        HoldsCommand::List { ended, json } => {
            for shown in holds::list(app, &Actor::Operator, ended).await? {
                let (hold, words) = (&shown.hold, &shown.words);
                let (review, until) = (hold.terms.review_on, hold.terms.until_on);
                if json {
                    let shown = serde_json::json!({
                        "hold": hold.id.to_string(),
                        "person": words.address,
                        "author": words.author,
                        "matter": words.matter,
                        "from_journal": words.from_journal,
                        "placed_at": hold.placed_at.to_string(),
                        "review_on": review.to_string(),
                        "until_on": until.map(|day| day.to_string()),
                        "ended_at": hold.ended.map(|end| end.at.to_string()),
                        "ended_how": hold.ended.map(|end| end.how.as_str()),
                        "stopped": shown.stopped,
                    });
                    println!("{shown}");
                    continue;
                }
                let days = match (hold.ended, until) {
                    (Some(end), _) => format!("{} on {}", end.how, app.date(end.at)),
                    (None, Some(until)) => format!("review {review}, until {until}"),
                    (None, None) => format!("review {review}"),
                };
                if words.from_journal {
                    println!(
                        "{}  {days}  came back from the erasure journal: complete it on /admin/holds/{}",
                        hold.id, hold.id
                    );
                    continue;
                }
                println!(
                    "{}  {days}  {}  {}: {}",
                    hold.id, words.address, words.author, words.matter
                );
            }
            place(app).await;
            Ok(true)
        }
        HoldsCommand::Place {
            person,
            review,
            until,
            file,
        } => {
            let text = words(file.as_deref())?;
            let (author, matter) = text.split_once('\n').unwrap_or((&text, ""));
            let new = NewHold {
                person,
                matter: matter.trim().to_owned(),
                author: author.trim().to_owned(),
                review_on: Some(review),
                until_on: until,
            };
            let id = holds::place(app, &Actor::Operator, new)
                .await
                .map_err(|error| in_words(app, error))?;
            println!("{id}");
            place(app).await;
            Ok(true)
        }
        HoldsCommand::Lift { hold, file } => {
            let reason = words(file.as_deref())?;
            match holds::lift(app, &Actor::Operator, HoldId(hold), &reason).await {
                Ok(()) => {}
                Err(ActionError::NotFound) => {
                    return Err(WrongUse(format!(
                        "no hold {hold} is in force; `lethe holds list` shows them"
                    ))
                    .into());
                }
                Err(error) => return Err(in_words(app, error)),
            }
            println!("The hold is lifted. A worker erases what it alone kept.");
            place(app).await;
            Ok(true)
        }
    }
}

/// What is no business of the process list.
pub(super) fn words(file: Option<&Path>) -> Result<String> {
    let mut text = String::new();
    match file {
        Some(file) => {
            text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        }
        None => {
            io::stdin()
                .read_to_string(&mut text)
                .context("standard input")?;
        }
    }
    Ok(text.trim().to_owned())
}

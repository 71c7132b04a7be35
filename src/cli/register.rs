//! `lethe register`: the record of processing, who may do what, and the secret of a recipient's
//! webhook.

use anyhow::{Result, bail};

use super::args::{RegisterCommand, RegisterForm};
use super::place;
use super::statement::lang;
use crate::actions::{registers, reviews};
use crate::app::App;
use crate::domain::event::Actor;
use crate::domain::recipient::Notify;

/// Prints a register.
pub(super) async fn run(app: &App, command: RegisterCommand) -> Result<bool> {
    match command {
        RegisterCommand::Processing {
            lang: asked,
            format,
        } => {
            let lang = lang(app, asked);
            let record = registers::processing(app, &Actor::Operator, lang).await?;
            match format {
                RegisterForm::Md => print!("{}", registers::markdown(lang, &record)),
                RegisterForm::Json => println!("{}", serde_json::to_string_pretty(&record)?),
            }
        }
        RegisterCommand::Access {
            lang: asked,
            format,
            reviewed,
        } => {
            let lang = lang(app, asked);
            let access = reviews::access(app, &Actor::Operator).await?;
            match format {
                RegisterForm::Md => print!("{}", reviews::markdown(app, lang, &access)),
                RegisterForm::Json => println!("{}", serde_json::to_string_pretty(&access)?),
            }
            if reviewed {
                // Of what was printed just now: if it changed since, nothing is noted.
                reviews::reviewed(app, &Actor::Operator, &access.list).await?;
                eprintln!("The review is noted.");
                place(app).await;
            }
        }
        RegisterCommand::Secret { name } => {
            let known = app
                .policy
                .recipients
                .iter()
                .find(|recipient| recipient.name == name);
            match known.map(|recipient| &recipient.notify) {
                Some(Notify::Webhook(_)) => {
                    println!("{}", app.keys.webhook_secret(&name).in_words());
                }
                Some(_) => {
                    bail!("NAME: {name} has no webhook; its notify in the policy is another")
                }
                None => bail!("NAME: the policy has no recipient {name:?}"),
            }
        }
    }
    Ok(true)
}

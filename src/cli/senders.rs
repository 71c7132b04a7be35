//! `lethe tokens`, `lethe suppressions` and `lethe unsubscribe-links`: what the vendor's mailing
//! tools need, on the command line.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use super::args::{ScopeWord, SuppressionsCommand, TokensCommand};
use super::{WrongUse, filter, in_words, place};
use crate::actions::ActionError;
use crate::actions::senders::{self, Unusable};
use crate::app::App;
use crate::audit::hex;
use crate::db;
use crate::domain::email::Email;
use crate::domain::event::Actor;
use crate::domain::sender::Scope;

/// A file, or standard input.
fn input(file: Option<&Path>) -> Result<Box<dyn Read>> {
    Ok(match file {
        Some(file) => {
            Box::new(std::fs::File::open(file).with_context(|| file.display().to_string())?)
        }
        None => Box::new(io::stdin()),
    })
}

fn check_list(app: &App, list: &str) -> Result<String> {
    senders::check_list(app, list).map_err(|Unusable(why)| WrongUse(format!("--{why}")).into())
}

fn named(error: ActionError, app: &App, name: &str) -> anyhow::Error {
    match error {
        ActionError::NotFound => WrongUse(format!(
            "no token named {name} is in force; `lethe tokens list` shows them"
        ))
        .into(),
        other => in_words(app, other),
    }
}

pub(super) async fn tokens(app: &App, command: TokensCommand) -> Result<bool> {
    match command {
        TokensCommand::Add {
            name,
            scope,
            tool,
            webhook,
            json,
        } => {
            let mut scopes: Vec<Scope> = Vec::new();
            for word in scope {
                let scope = match word {
                    ScopeWord::Suppressions => Scope::Suppressions,
                    ScopeWord::Links => Scope::Links,
                    ScopeWord::Lifecycle => Scope::Lifecycle,
                };
                if !scopes.contains(&scope) {
                    scopes.push(scope);
                }
            }
            let (tool, hook) = (tool.as_deref(), webhook.as_deref());
            let added = senders::add_token(app, &Actor::Operator, &name, tool, &scopes, hook)
                .await
                .map_err(|error| in_words(app, error))?;
            let hears = scopes.contains(&Scope::Suppressions);
            let digest_key = hears.then(|| added.keys.digest_key());
            let secret = webhook.map(|_| added.keys.webhook_secret());
            if json {
                let shown = serde_json::json!({
                    "name": name,
                    "token": added.token.as_str(),
                    "digest_key": digest_key,
                    "webhook_secret": secret,
                });
                println!("{shown}");
            } else {
                println!("Token          {}", added.token.as_str());
                if let Some(key) = digest_key {
                    println!("Digest key     {key}");
                }
                if let Some(secret) = secret {
                    println!("Webhook secret {secret}");
                }
            }
            place(app).await;
            Ok(true)
        }
        TokensCommand::List { json } => {
            let tokens = senders::tokens(app, &Actor::Operator).await?;
            for token in &tokens {
                let words: Vec<&str> = token
                    .sender
                    .scopes
                    .iter()
                    .map(|scope| scope.as_str())
                    .collect();
                let waiting = token.last_place - token.applied_through;
                if json {
                    let shown = serde_json::json!({
                        "name": token.sender.name,
                        "tool": token.sender.tool,
                        "scopes": words,
                        "webhook": token.has_webhook,
                        "created_at": token.created_at.to_string(),
                        "last_used_on": token.last_used_on.map(|on| on.to_string()),
                        "revoked_at": token.revoked_at.map(|at| at.to_string()),
                        "waiting": waiting,
                    });
                    println!("{shown}");
                    continue;
                }
                let used = token
                    .last_used_on
                    .map_or("never used".to_owned(), |on| format!("used {on}"));
                let state = match token.revoked_at {
                    Some(at) => format!("ended {}", app.date(at)),
                    None if token.sender.may(Scope::Suppressions) => {
                        format!("{waiting} changes wait")
                    }
                    None => "in force".to_owned(),
                };
                let webhook = if token.has_webhook { ", webhook" } else { "" };
                let tool = match &token.sender.tool {
                    tool if *tool == token.sender.name => String::new(),
                    tool => format!(", of {tool}"),
                };
                println!(
                    "{}  {}{webhook}{tool}  {used}  {state}",
                    token.sender.name,
                    words.join(",")
                );
            }
            Ok(true)
        }
        TokensCommand::Revoke { name } => {
            senders::revoke_token(app, &Actor::Operator, &name)
                .await
                .map_err(|error| named(error, app, &name))?;
            println!("{name} is ended.");
            place(app).await;
            Ok(true)
        }
    }
}

pub(super) async fn suppressions(app: &App, command: SuppressionsCommand) -> Result<bool> {
    match command {
        SuppressionsCommand::Count { json } => {
            let count = app.db.read(db::guards::count_objections).await?;
            if json {
                println!("{}", serde_json::json!({ "objections": count }));
            } else {
                println!("{count} objections stand");
            }
            Ok(true)
        }
        SuppressionsCommand::Filter { list, column, file } => {
            let list = list.map(|list| check_list(app, &list)).transpose()?;
            let counts = filter::filter(
                app,
                list.as_deref(),
                &column,
                BufReader::new(input(file.as_deref())?),
                BufWriter::new(io::stdout()),
            )
            .await?;
            eprintln!(
                "{} rows may be written to, {} may not, {} have no address that can be read",
                counts.kept, counts.unsubscribed, counts.invalid
            );
            Ok(true)
        }
        SuppressionsCommand::Export { token } => {
            // What stood before the token may not be told yet, and what was done a moment ago may wait
            // for its place.
            senders::fill_named(app, &Actor::Operator, &token)
                .await
                .map_err(|error| named(error, app, &token))?;
            while senders::sequence(app).await? > 0 {}
            let mut out = csv::Writer::from_writer(BufWriter::new(io::stdout().lock()));
            out.write_record(["list", "digest", "id", "since"])?;
            let mut after = 0;
            loop {
                let rows = senders::in_force(app, &Actor::Operator, &token, after)
                    .await
                    .map_err(|error| named(error, app, &token))?;
                let Some(last) = rows.last() else { break };
                after = last.place;
                for row in rows {
                    out.write_record([
                        row.list.as_str(),
                        &row.digest.as_deref().map(hex).unwrap_or_default(),
                        row.tool_id.as_deref().unwrap_or_default(),
                        &row.at.to_string(),
                    ])?;
                }
            }
            finish(out)?;
            Ok(true)
        }
    }
}

fn finish(out: csv::Writer<impl Write>) -> Result<()> {
    out.into_inner()
        .map_err(|error| anyhow!("standard output: {error}"))?
        .flush()
        .context("standard output")
}

/// A link and the headers of RFC 2369 and RFC 8058 for each address.
pub(super) fn links(app: &App, list: &str, file: Option<&Path>) -> Result<bool> {
    let list = check_list(app, list)?;
    let mut out = csv::Writer::from_writer(BufWriter::new(io::stdout().lock()));
    out.write_record([
        "address",
        "url",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
    ])?;
    let mut bad = 0;
    for (number, line) in BufReader::new(input(file)?).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let email = match Email::parse(&line) {
            Ok(email) => email,
            Err(error) => {
                eprintln!("line {}: {error}", number + 1);
                bad += 1;
                continue;
            }
        };
        let link = senders::link(app, &email, &list, None);
        out.write_record([
            email.as_str(),
            &link.url,
            &link.list_unsubscribe,
            link.list_unsubscribe_post,
        ])?;
    }
    finish(out)?;
    Ok(bad == 0)
}

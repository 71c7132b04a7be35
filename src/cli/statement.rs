//! `lethe statement`: the privacy statement in force, or as an earlier version had it.

use anyhow::{Result, bail};

use super::args::{LangWord, StatementArgs, StatementForm};
use crate::actions::ActionError;
use crate::actions::statement::{self, Difference, render};
use crate::app::App;
use crate::domain::event::Actor;
use crate::i18n::Lang;

/// Prints the statement, a version of it, or which versions there were.
pub(super) async fn run(app: &App, args: &StatementArgs) -> Result<bool> {
    if args.versions {
        for known in statement::versions(app, &Actor::Operator).await? {
            println!(
                "{}  {}  {}",
                known.version,
                app.date(known.in_force_at),
                known.name
            );
        }
        return Ok(true);
    }
    let lang = lang(app, args.lang);
    let (said, policy) = match &args.version {
        None => (
            statement::in_force(app, lang).await?,
            app.policy.text.clone(),
        ),
        Some(version) => match statement::of_version(app, lang, version).await {
            Ok((said, known)) => (said, known.text),
            Err(ActionError::NotFound) => {
                bail!(
                    "--version: {version} was never in force here; `lethe statement --versions` lists them"
                )
            }
            Err(error) => return Err(error.into()),
        },
    };
    let text = match args.format {
        StatementForm::Md => render::markdown(lang, &said),
        StatementForm::Json => render::json(&said),
        StatementForm::Html => render::html(lang, &said),
        StatementForm::Policy => policy,
    };
    print!("{text}");
    Ok(true)
}

/// The language that was asked for, or the vendor's.
pub(super) fn lang(app: &App, asked: Option<LangWord>) -> Lang {
    match asked {
        Some(LangWord::En) => Lang::En,
        Some(LangWord::De) => Lang::De,
        None => app.config.vendor.language,
    }
}

/// What the next start changes in the statement, a line for each rule; nothing if it changes nothing.
pub(super) async fn coming(app: &App) -> Result<Vec<String>> {
    let found = statement::coming(app, Lang::En).await?;
    Ok(found.iter().map(line).collect())
}

fn line(difference: &Difference) -> String {
    let Difference {
        id, before, after, ..
    } = difference;
    match (before, after) {
        (None, Some(after)) => format!("+ {id}: {after}"),
        (Some(before), None) => format!("- {id}: {before}"),
        (before, after) => format!(
            "~ {id}: {} -> {}",
            before.as_deref().unwrap_or_default(),
            after.as_deref().unwrap_or_default()
        ),
    }
}

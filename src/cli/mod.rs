//! The command line: reads arguments, calls the same actions as the web, prints.
//! Answers go to standard output, what went wrong to standard error.

pub mod args;
mod audit;
mod backup;
mod check;
mod copies;
mod demo;
mod filter;
mod holds;
mod mail;
mod register;
mod retention;
mod senders;
mod serve;
mod statement;
mod stores;
mod verify;
mod witness;

use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;

use self::args::{
    Channel, Cli, Command, DevCommand, FactorArgs, ImportStore, KeyWord, KeysCommand,
    LifecycleCommand, MailCommand, PasswordArgs, RequestArgs, RoleWord, StaffArgs, StaffCommand,
};
use crate::actions::import::{self, Options};
use crate::actions::lifecycle::{self, Entry};
use crate::actions::staff::NewStaff;
use crate::actions::submit::Entered;
use crate::actions::{ActionError, digests, factors, generate, restore, staff, submit, trail};
use crate::app::{App, database_options, missing_keys};
use crate::auth::password::Password;
use crate::auth::token::Token;
use crate::clock::Clock;
use crate::config::Config;
use crate::db;
use crate::db::accounts::Account;
use crate::domain::email::Email;
use crate::domain::event::Actor;
use crate::domain::job::Job;
use crate::domain::lifecycle::Happening;
use crate::domain::request::{Asked, Via};
use crate::domain::staff::Role;
use crate::imports::Source;
use crate::seal::{Ids, KeyRing, Purpose};

/// A command that was given something it cannot work with: exit code 2, like a wrong argument.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(String);

/// A mail that could not be stored: exit code 75, so that the mail server keeps it and comes back
/// (`EX_TEMPFAIL` of sysexits.h).
#[derive(Debug, thiserror::Error)]
#[error("the mail was not stored, keep it and try again: {0:#}")]
pub struct TryAgain(anyhow::Error);

/// Carries out a command; false means that the answer is no.
///
/// # Errors
/// What could not be done, with the mend.
pub async fn run(cli: Cli) -> Result<bool> {
    let file = cli.config.clone();
    let config = || {
        Config::load(file.as_deref())
            .map_err(|errors| anyhow!("the configuration is not right:\n{errors}"))
    };
    let open = async || -> Result<App> { Ok(restore::open(config()?, Clock::system()).await?) };
    match cli.command_or_serve() {
        Command::Demo { data, bind } => demo::run(data.as_deref(), bind).await,
        Command::Serve { no_worker } => serve::run(open().await?, true, !no_worker).await,
        Command::Worker => serve::run(open().await?, false, true).await,
        Command::Migrate => {
            let mut conn = db::connect(&database_options(&config()?), db::Access::Write)?;
            println!("{} migrations applied", db::migrate(&mut conn)?);
            Ok(true)
        }
        Command::Witness(args) => witness::run(args).await,
        Command::Check { json } => check::run(file.as_deref(), json).await,
        Command::Import {
            store,
            file,
            dry_run,
            skip_bad,
            json,
        } => {
            import_file(
                &open().await?,
                store,
                &file,
                Options { dry_run, skip_bad },
                json,
            )
            .await
        }
        Command::Request(args) => enter_request(&open().await?, args).await,
        Command::Verify(args) => Ok(verify::run(&args)?),
        Command::Statement(args) => statement::run(&open().await?, &args).await,
        Command::Register(command) => register::run(&open().await?, command).await,
        Command::Retention(command) => retention::run(&open().await?, command).await,
        Command::Audit(command) => audit::run(&open().await?, command).await,
        Command::Backup(args) => backup::make(&open().await?, args).await,
        Command::Backups(command) => backup::backups(&open().await?, command).await,
        Command::Restore(args) => backup::put_back(config()?, args).await,
        Command::Journals(command) => backup::journals(config()?, command).await,
        Command::Keys(KeysCommand::Recovery { file }) => backup::recovery_key(&file),
        Command::Keys(command) => keys(&config()?, command).await,
        Command::Staff(StaffCommand::Add(args)) => add_staff(&open().await?, args).await,
        Command::Staff(StaffCommand::Password(args)) => set_password(&open().await?, args).await,
        Command::Staff(StaffCommand::RemoveSecondFactor(args)) => {
            remove_factor(&open().await?, args).await
        }
        Command::Mail(MailCommand::Ingest) => {
            let stored = match open().await {
                Ok(app) => mail::ingest(&app).await,
                Err(error) => Err(error),
            };
            stored.map_err(|error| TryAgain(error).into())
        }
        Command::Suppressions(command) => senders::suppressions(&open().await?, command).await,
        Command::Stores(command) => stores::run(&open().await?, command).await,
        Command::Holds(command) => holds::run(&open().await?, command).await,
        Command::Copies(command) => copies::run(&open().await?, command).await,
        Command::Tokens(command) => senders::tokens(&open().await?, command).await,
        Command::Lifecycle(command) => enter_lifecycle(&open().await?, command).await,
        Command::UnsubscribeLinks { list, file } => {
            senders::links(&open().await?, &list, file.as_deref())
        }
        Command::Dev(DevCommand::Generate(args)) => {
            let sizes = generate::Sizes {
                people: args.people.into(),
                licences: args.licences.into(),
                trials: args.trials.into(),
                tickets: args.tickets.into(),
                messages: args.messages.into(),
            };
            for report in
                generate::generate(&open().await?, &Actor::Operator, args.seed, sizes).await?
            {
                println!("{report}");
            }
            Ok(true)
        }
    }
}

async fn import_file(
    app: &App,
    store: ImportStore,
    file: &Path,
    options: Options,
    json: bool,
) -> Result<bool> {
    let source = match store {
        ImportStore::Licences => Source::Licences,
        ImportStore::Transactions => Source::Transactions,
        ImportStore::Feedback => Source::Feedback,
        ImportStore::Tickets => Source::Tickets,
    };
    let report = import::import(app, &Actor::Operator, source, file, options).await?;
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{report}");
    }
    place(app).await;
    Ok(true)
}

async fn enter_lifecycle(app: &App, command: LifecycleCommand) -> Result<bool> {
    let (what, args) = match command {
        LifecycleCommand::Uninstalled(args) => (Happening::Uninstalled, args),
        LifecycleCommand::Installed(args) => (Happening::Installed, args),
    };
    let entry = Entry {
        what,
        on: args.on,
        reason: args.reason,
    };
    let (key, app_key) = (&args.client_key, args.app.as_deref());
    lifecycle::enter_by_key(app, &Actor::Operator, key, app_key, &entry)
        .await
        .map_err(|error| match error {
            ActionError::NotFound => {
                WrongUse(format!("no installation has the client key {key}")).into()
            }
            ActionError::Invalid { field, message } => {
                let field = field.trim_start_matches('-');
                let why = app.config.vendor.language.text(message);
                WrongUse(format!("--{field}: {why}")).into()
            }
            other => anyhow::Error::from(other),
        })?;
    println!("Entered: {what} on {}.", args.on);
    place(app).await;
    Ok(true)
}

/// Gives what was just recorded its place. Where that cannot be done now the deed is done all the
/// same, and a worker does it later.
async fn place(app: &App) {
    if let Err(error) = trail::sequence(app).await {
        eprintln!("Done, but the trail waits: {error}");
    }
}

async fn enter_request(app: &App, args: RequestArgs) -> Result<bool> {
    let email = Email::parse(&args.email).map_err(|error| anyhow!("--email: {error}"))?;
    let entered = Entered {
        kind: args.kind.into(),
        asked: Asked {
            email: email.as_str().to_owned(),
            name: args.name,
            details: args.details,
            ..Asked::default()
        },
        email,
        lang: app.config.vendor.language,
        via: match args.via {
            Channel::Phone => Via::Phone,
            Channel::Letter => Via::Letter,
            Channel::Mail => Via::Mail,
            Channel::InPerson => Via::InPerson,
        },
        received_on: args.received_on.unwrap_or_else(|| app.today()),
        proof: None,
    };
    let request = submit::enter(app, &Actor::Operator, entered)
        .await
        .map_err(|error| in_words(app, error))?;
    if args.json {
        println!(
            "{}",
            serde_json::json!({ "reference": request.reference.to_string(), "due": request.due.strict.to_string() })
        );
    } else {
        println!("Reference {}", request.reference);
        println!("Due       {}", request.due.strict);
        println!("A confirmation goes to the address; the worker sends it.");
    }
    Ok(true)
}

async fn keys(config: &Config, command: KeysCommand) -> Result<bool> {
    let (path, now) = (&config.keys.file, Clock::system().now());
    match command {
        KeysCommand::Recovery { file } => backup::recovery_key(&file),
        KeysCommand::Init => {
            KeyRing::create(path, now)?;
            println!(
                "{} is made. Keep a copy, away from the backups of the database.",
                path.display()
            );
            Ok(true)
        }
        KeysCommand::Rotate { which } => {
            match which {
                KeyWord::Master => println!(
                    "New requests are sealed with {} once every Lethe process has started anew.",
                    KeyRing::rotate(path, Purpose::Master, now)?
                ),
                KeyWord::Search => {
                    println!(
                        "Addresses are found with {} from now on; running processes take it up.",
                        KeyRing::rotate(path, Purpose::Search, now)?
                    );
                    match renew_digests(config, now).await {
                        Ok(()) => println!(
                            "In two minutes a worker begins to bring what is stored under it; \
                             `lethe keys check` says how much waits.\n\
                             The older key stays in the file as the inner step of the new one."
                        ),
                        Err(error) => println!(
                            "A worker brings what is stored under it when it starts, and once a day; \
                             to ask for it now failed: {error}"
                        ),
                    }
                }
                KeyWord::Signing => println!(
                    "Checkpoints are signed with {} from now on; running processes take it up.\n\
                     Tell the witnesses its public half, which `lethe keys verifier` prints.",
                    KeyRing::rotate_signing(path, now)?
                ),
            }
            Ok(true)
        }
        KeysCommand::Verifier => {
            let ring = KeyRing::load(path)?;
            ring.ensure_signing(now)?;
            // After a loss there are logs of several names; a database that is away knows none.
            let logs = db::connect(&database_options(config), db::Access::Read)
                .and_then(|mut conn| db::audit::logs(&mut conn));
            let mut keys = Vec::new();
            for log in logs.unwrap_or_default().iter().rev() {
                keys.extend(ring.verifiers_while(&log.origin, log.started_at, log.ended_at)?);
            }
            if keys.is_empty() {
                keys = ring.verifiers(config.audit.origin.as_str())?;
            }
            for verifier in keys {
                match verifier.until {
                    None => println!("{}", verifier.key),
                    Some(until) => println!("{}  retired {until:.0}", verifier.key),
                }
            }
            Ok(true)
        }
        KeysCommand::Check { json } => {
            let mut problems: Vec<String> = KeyRing::check(path)
                .iter()
                .map(ToString::to_string)
                .collect();
            let mut waiting = 0;
            if problems.is_empty() {
                let ring = KeyRing::load(path)?;
                let mut conn = db::connect(&database_options(config), db::Access::Read)?;
                for id in missing_keys(&mut conn, &ring)? {
                    problems.push(format!("the key {id} is in use and missing"));
                }
                let (count, missing) = digests::waiting(&ring, &mut conn)?;
                waiting = count;
                for id in missing {
                    problems.push(format!("the search key {id} is in use and missing"));
                }
            }
            if json {
                println!(
                    "{}",
                    serde_json::json!({ "problems": problems, "waiting_digests": waiting })
                );
                return Ok(problems.is_empty());
            }
            if waiting > 0 {
                println!(
                    "{waiting} digests wait for the search key in use; a worker brings them under it."
                );
            }
            check::print(&problems, json)
        }
    }
}

/// Asks for the digests to be brought under a new search key.
async fn renew_digests(config: &Config, now: Timestamp) -> Result<()> {
    let db = db::Db::open(&database_options(config))?;
    let (id, due) = (Ids::default().make(now), now + digests::TAKEN_UP);
    db.write(move |conn| db::jobs::enqueue_at(conn, id, &Job::RenewDigests, due, now))
        .await?;
    Ok(())
}

async fn add_staff(app: &App, args: StaffArgs) -> Result<bool> {
    let email = Email::parse(&args.email).map_err(|error| anyhow!("EMAIL: {error}"))?;
    let (password, made_up) = match &args.password_file {
        Some(file) => (read_password(file)?, false),
        None => (Token::random().as_str().to_owned(), true),
    };
    let parsed = Password::parse(&password).map_err(|error| anyhow!("the password: {error}"))?;
    let new = NewStaff {
        email,
        name: args.name,
        role: match args.role {
            RoleWord::Agent => Role::Agent,
            RoleWord::Lead => Role::Lead,
            RoleWord::Administrator => Role::Administrator,
            RoleWord::Auditor => Role::Auditor,
            RoleWord::Subcontractor => Role::Subcontractor,
        },
        contract: args.contract,
        until_on: args.until,
    };
    let added = staff::add(app, &Actor::Operator, new, parsed)
        .await
        .map_err(|error| in_words(app, error))?;
    println!("Sign in  {}", added.email.as_str());
    if made_up {
        println!("Password {password}");
    }
    place(app).await;
    Ok(true)
}

/// What was wrong with a value, in words instead of the id of a message.
fn in_words(app: &App, error: ActionError) -> anyhow::Error {
    match error {
        ActionError::Invalid { field, message } => {
            anyhow!("{field}: {}", app.config.vendor.language.text(message))
        }
        other => other.into(),
    }
}

/// The account that signs in with an address.
async fn account_of(app: &App, email: &str) -> Result<Account> {
    let email = Email::parse(email).map_err(|error| anyhow!("EMAIL: {error}"))?;
    let account = app
        .db
        .read(move |conn| db::accounts::by_email(conn, &email))
        .await?;
    let Some(account) = account else {
        bail!("EMAIL: nobody signs in with this address")
    };
    Ok(account)
}

async fn remove_factor(app: &App, args: FactorArgs) -> Result<bool> {
    let staff = account_of(app, &args.email).await?.staff;
    match factors::remove(app, &Actor::Operator, staff.id, &args.reason).await {
        Err(ActionError::NotFound) => bail!("EMAIL: this account has no second factor"),
        done => done.map_err(|error| in_words(app, error))?,
    }
    println!(
        "The second factor of {} is removed, and every session has ended. A worker sends the letter that says so.",
        staff.email.as_str()
    );
    place(app).await;
    Ok(true)
}

async fn set_password(app: &App, args: PasswordArgs) -> Result<bool> {
    let account = account_of(app, &args.email).await?;
    let password = match &args.password_file {
        Some(file) => read_password(file)?,
        None => Token::random().as_str().to_owned(),
    };
    let parsed = Password::parse(&password).map_err(|error| anyhow!("the password: {error}"))?;
    staff::set_password(app, &Actor::Operator, account.staff.id, parsed).await?;
    println!(
        "Every session of {} has ended.",
        account.staff.email.as_str()
    );
    if args.password_file.is_none() {
        println!("Password {password}");
    }
    place(app).await;
    Ok(true)
}

fn read_password(file: &Path) -> Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        io::stdin()
            .read_to_string(&mut text)
            .context("standard input")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    }
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

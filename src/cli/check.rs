//! `lethe check`: what is wrong, a line each, before anybody is hurt by it.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use futures_util::future::join_all;
use jiff::SignedDuration;

use crate::actions::queries::trail;
use crate::actions::restore::{self, RestoreError};
use crate::actions::statement::announce;
use crate::actions::{backup, digests, factors, holds, intake, reviews, senders, taken};
use crate::app::{self, App, StartError};
use crate::clock::Clock;
use crate::config::{Config, Inbox};
use crate::db;
use crate::domain::retention::{Anchor, Rule, Source, SweepState};
use crate::domain::store::StoreError;
use crate::mail::imap::{self, ImapError};
use crate::mail::outbound;
use crate::seal::KeyRing;

/// How long a store may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a mail server may take to answer and to take the login.
const MAIL_PATIENCE: Duration = Duration::from_secs(20);

/// The trail is checked every day; after this time somebody is told that it was not.
const UNCHECKED: SignedDuration = SignedDuration::from_hours(72);

/// How long a line of the journal may wait to be carried out.
const BEHIND: SignedDuration = SignedDuration::from_hours(24);

/// How old a segment of the intake journal becomes where a backup is made every day.
const UNCOVERED: SignedDuration = SignedDuration::from_hours(4 * 24);

/// How long an entry may wait for the tree.
const WAIT: SignedDuration = SignedDuration::from_mins(5);

/// Looks at everything; true if nothing is wrong.
pub(super) async fn run(file: Option<&Path>, json: bool) -> Result<bool> {
    let problems = match Config::load(file) {
        Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
        Ok(config) => {
            // What to publish is said even where nothing else is wrong.
            let record = config.mail.dkim.as_ref().map(outbound::record);
            let record = record.and_then(Result::ok).map(|record| record.line());
            let problems = look(config, json).await;
            if let Some(record) = record.filter(|_| !json) {
                println!("Letters are signed. The DNS must say:\n{record}\n");
            }
            problems
        }
    };
    print(&problems, json)
}

/// Prints problems; true if there are none.
pub(super) fn print(problems: &[String], json: bool) -> Result<bool> {
    if json {
        println!("{}", serde_json::json!({ "problems": problems }));
    } else if problems.is_empty() {
        println!("Nothing is wrong.");
    } else {
        problems.iter().for_each(|problem| println!("{problem}"));
    }
    Ok(problems.is_empty())
}

/// A mail may wait so long for a person before this is a problem.
const UNJUDGED: SignedDuration = SignedDuration::from_hours(3 * 24);

/// A digest may be under an older search key so long.
const UNMOVED: SignedDuration = SignedDuration::from_hours(24);

/// What the next start changes in the privacy statement is no problem, and nobody should be surprised
/// by it.
async fn say_what_changes(app: &App) {
    match super::statement::coming(app).await {
        Ok(lines) if lines.is_empty() => {}
        Ok(lines) => println!(
            "The privacy statement changes with the next start:\n{}\n",
            lines.join("\n")
        ),
        Err(error) => println!("What changes in the privacy statement cannot be said: {error:#}\n"),
    }
}

/// How far back the intake journal goes.
fn say_how_old(app: &App) {
    let segments = intake::segments(app).unwrap_or_default();
    let firsts: Vec<_> = segments
        .iter()
        .filter_map(|segment| segment.first)
        .collect();
    if let Some(first) = firsts.iter().min() {
        println!(
            "The intake journal has {} segments, the oldest of {}.\n",
            firsts.len(),
            app.date(*first)
        );
    }
}

async fn look(config: Config, json: bool) -> Vec<String> {
    let clock = Clock::system();
    let mut problems: Vec<String> = KeyRing::check(&config.keys.file)
        .iter()
        .map(|error| format!("keys.file: {error}"))
        .collect();
    match app::calendar(&config) {
        Ok(calendar) => {
            let year = clock.now().to_zoned(config.vendor.zone.clone()).year();
            for year in [year, year + 1] {
                if !calendar.knows(year) {
                    problems.push(format!(
                        "vendor.calendar: the public holidays of {year} are missing"
                    ));
                }
            }
        }
        Err(error) => problems.push(error.to_string()),
    }
    match config.retention.policy.load() {
        Ok(policy) => {
            let kinds = config.backup.kinds.iter().map(|kind| kind.keep_days);
            let longest = kinds.chain([config.backup.keep_days]).max().unwrap_or(0);
            let allowed = i64::from(policy.backup_days());
            if longest > allowed {
                problems.push(format!(
                    "backup: some are kept for {longest} days, and the rules about backups in \
                     retention.policy allow {allowed}"
                ));
            }
        }
        Err(errors) => {
            let file = &config.retention.policy;
            problems.extend(
                errors
                    .lines()
                    .map(|line| format!("retention.policy: {file}: {line}")),
            );
        }
    }
    let journals = std::iter::once(&config.journal.erasure).chain(&config.journal.copies);
    if let crate::config::DatabaseUrl::Sqlite(path) = &config.database.url
        && journals.into_iter().all(|journal| same_disk(path, journal))
    {
        problems.push(
            "journal.erasure: it lies on the file system of the database, and what destroys one destroys both; \
             put it, or a copy of it (journal.copies), on another"
                .to_owned(),
        );
    }
    if let Some(folder) = &config.journal.intake {
        if let crate::config::DatabaseUrl::Sqlite(path) = &config.database.url
            && same_disk(path, folder)
        {
            problems.push(
                "journal.intake: it lies on the file system of the database, and what destroys one destroys both; \
                 put it on another"
                    .to_owned(),
            );
        }
    } else if config.backup.recovery_key.is_none() {
        problems.push(
            "backup.recovery_key: there is none, so backups lie open and there is no intake journal; a restore loses \
             every request, objection, hold and decision since the backup. `lethe keys recovery FILE` makes one"
                .to_owned(),
        );
    } else {
        problems.push(
            "journal.intake: names no folder; a restore loses every request, objection, hold and decision since the \
             backup"
                .to_owned(),
        );
    }
    if !problems
        .iter()
        .any(|problem| problem.starts_with("keys.file"))
    {
        match restore::open(config, clock).await {
            Ok(app) => {
                if !json {
                    say_what_changes(&app).await;
                    say_how_old(&app);
                }
                look_inside(&app, &mut problems).await;
            }
            // Its lines stand above.
            Err(RestoreError::Start(StartError::Policy(_))) => {}
            Err(error) => problems.push(error.to_string()),
        }
    }
    problems
}

/// Whether two files lie, or will lie, on one file system.
fn same_disk(one: &Path, other: &Path) -> bool {
    let disk = |path: &Path| {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let found = std::fs::metadata(path);
        let found = found.or_else(|_| std::fs::metadata(folder.unwrap_or(Path::new("."))));
        found.map(|found| found.dev()).ok()
    };
    disk(one).is_some() && disk(one) == disk(other)
}

/// Whether a mailbox can be read, and messages put away in it.
async fn look_into(inbox: &Inbox) -> Result<(), ImapError> {
    let session = imap::open(inbox).await?;
    let result = session.can_put_away(inbox.after);
    session.close().await;
    result
}

/// After a rotation of the search key, what is not under the new one for too long. Only then the tables
/// are read.
async fn look_at_digests(app: &App, problems: &mut Vec<String>) {
    let keys = app.keys.clone();
    if keys.search_key_count() == 1 || keys.search_key_since() + UNMOVED > app.clock.now() {
        return;
    }
    match app.db.read(move |conn| digests::waiting(&keys, conn)).await {
        Ok((0, _)) => {}
        Ok((count, missing)) => {
            problems.push(format!(
                "keys.file: {count} digests are not under the search key in use; is a worker running?"
            ));
            for id in missing {
                problems.push(format!(
                    "keys.file: the search key {id} is in use and missing"
                ));
            }
        }
        Err(error) => problems.push(format!("database.url: {error}")),
    }
}

/// Apps whose uninstallation a rule counts from, told by Atlassian Connect, and of which nothing that
/// is told can be believed.
async fn look_at_installs(app: &App, problems: &mut Vec<String>) {
    let counts = |rule: &&Rule| {
        matches!(rule.anchor, Anchor::Uninstalled | Anchor::Unsubscribed)
            && rule.sources.contains(&Source::Connect)
    };
    let rules: Vec<&str> = app
        .policy
        .rules
        .iter()
        .filter(counts)
        .map(|rule| rule.id.as_str())
        .collect();
    if rules.is_empty() {
        return;
    }
    let told: Vec<String> = app
        .config
        .connect
        .iter()
        .map(|connect| connect.key.clone())
        .collect();
    let untold = app.db.read(move |conn| {
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        db::lifecycle::apps_untold(conn, &told)
    });
    let lifecycle = &app.config.lifecycle;
    let has_keys = lifecycle.install_keys.is_some() || lifecycle.install_keys_url.is_some();
    match untold.await {
        Ok(apps) if apps.is_empty() => {}
        Ok(apps) => problems.push(format!(
            "{}: missing for {}; {} in retention.policy counts from what Atlassian Connect tells, and \
             nothing that is told of it is believed: {}, or take \"connect\" out of the sources",
            if has_keys {
                "[[connect]]"
            } else {
                "lifecycle.install_keys"
            },
            apps.join(", "),
            rules.join(", "),
            if has_keys {
                "name the app (docs/lifecycle.md)"
            } else {
                "name Atlassian's keys and the app (docs/lifecycle.md)"
            },
        )),
        Err(error) => problems.push(format!("lifecycle: {error}")),
    }
}

/// Segments that no backup covers for long.
fn look_at_intake(app: &App, problems: &mut Vec<String>) {
    match intake::segments(app) {
        Err(error) => problems.push(format!("journal.intake: {error}")),
        Ok(segments) => {
            let first = segments.iter().filter_map(|segment| segment.first).min();
            if let Some(first) = first.filter(|first| *first + UNCOVERED < app.clock.now()) {
                problems.push(format!(
                    "journal.intake: the oldest segment is of {}; segments go when two newer backups are verified: \
                     is `lethe backup` run every day?",
                    app.date(first)
                ));
            }
        }
    }
}

async fn look_inside(app: &App, problems: &mut Vec<String>) {
    look_at_digests(app, problems).await;
    look_at_intake(app, problems);
    look_at_installs(app, problems).await;
    let asked = app.stores.iter().map(async |store| {
        let name = store.name();
        // The operator has said how long another system may take.
        let patience = app
            .store_file(&name)
            .map_or(PATIENCE, |file| file.timeout.max(PATIENCE));
        match tokio::time::timeout(patience, store.probe()).await {
            Ok(Ok(_)) => None,
            Ok(Err(StoreError::NeedsPerson { cause, mend })) => {
                Some(format!("store {name}: {cause} {mend}"))
            }
            Ok(Err(error)) => Some(format!("store {name}: {error}")),
            Err(_) => {
                let seconds = patience.as_secs();
                Some(format!("store {name}: no answer within {seconds} s"))
            }
        }
    });
    problems.extend(join_all(asked).await.into_iter().flatten());
    match tokio::time::timeout(MAIL_PATIENCE, app.mailer.probe()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => problems.push(format!("mail: {error}")),
        Err(_) => problems.push("mail.host: the mail server does not answer within 20 s".into()),
    }
    for inbox in &app.config.mail.inboxes {
        let name = format!("mail.inbox.{}", inbox.name);
        match tokio::time::timeout(MAIL_PATIENCE, look_into(inbox)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => problems.push(format!("{name}: {error}")),
            Err(_) => problems.push(format!("{name}: no answer within 20 s")),
        }
    }
    match announce::waits_since(app).await {
        Ok(None) => {}
        Ok(Some((version, since))) => problems.push(format!(
            "statement: version {version} is in force since {} and nobody decided whether people are \
             told; /admin/statement",
            app.date(since)
        )),
        Err(error) => problems.push(format!("statement: {error}")),
    }
    match app.db.read(db::retention::unfinished).await {
        Ok(None) => {}
        Ok(Some(sweep)) => problems.push(format!(
            "retention: the sweep of {} is {}; /admin/retention{}",
            app.date(sweep.made_at),
            match sweep.state {
                SweepState::Waiting => "waiting for a person",
                _ => "not at its end",
            },
            sweep
                .trouble
                .map_or_else(String::new, |trouble| format!(" ({trouble})"))
        )),
        Err(error) => problems.push(format!("retention: {error}")),
    }
    match app.db.read(|conn| db::notices::failed(conn, 100)).await {
        Ok(failed) => problems.extend(failed.into_iter().map(|notice| {
            format!(
                "notices: {} could not be told of a {} ({}); /admin/registers, Art. 19",
                notice.recipient,
                notice.act,
                notice.trouble.unwrap_or_default()
            )
        })),
        Err(error) => problems.push(format!("notices: {error}")),
    }
    let inner = app.clone();
    let state = app
        .db
        .read(move |conn| {
            Ok::<_, db::DbError>((
                trail::state(&inner, conn)?,
                db::jobs::stuck(conn)?,
                db::outbox::count(conn, "failed")?,
                (
                    db::incoming::oldest_for_staff(conn)?,
                    db::incoming::mailboxes(conn)?,
                ),
                db::senders::late(conn, inner.clock.now() - senders::MAY_WAIT)?,
                (
                    holds::overdue(conn, inner.today())?,
                    holds::incomplete(&inner, conn)?,
                    taken::overdue(conn, inner.today())?,
                    reviews::late_since(&inner, conn)?,
                    factors::administrators_without(&inner, conn)?,
                ),
                (backup::overdue(&inner, conn)?, db::journals::all(conn)?),
            ))
        })
        .await;
    match state {
        Ok((
            trail,
            stuck,
            failed,
            (unjudged, mailboxes),
            late,
            (review, incomplete, copies, access, without),
            (overdue, journals),
        )) => {
            problems.extend(trail.lost.iter().map(|lost| format!("audit: {lost}")));
            if let Some(wrong) = trail.check.as_ref().and_then(|check| check.wrong.as_ref()) {
                problems.push(format!(
                    "audit: the last check found entry {} {}; `lethe audit verify` says more",
                    wrong.position, wrong.fault
                ));
            }
            let now = app.clock.now();
            if let Some(check) = &trail.check
                && check.at + UNCHECKED < now
            {
                problems.push(format!(
                    "audit: the trail was last checked on {}; is a worker running?",
                    app.date(check.at)
                ));
            }
            if let Some(since) = trail.waiting_since.filter(|since| *since + WAIT < now) {
                problems.push(format!(
                    "audit: {} entries wait for the tree, the oldest since {since:.0}; is a worker running?",
                    trail.waiting
                ));
            }
            for (name, why, _) in trail.refusing(now) {
                problems.push(format!(
                    "audit: the witness {name} does not cosign ({why}); `lethe audit checkpoint` says more"
                ));
            }
            for intent in trail.unfinished {
                problems.push(format!(
                    "audit: the act announced in entry {} has no outcome",
                    intent.id
                ));
            }
            for job in stuck {
                problems.push(format!(
                    "job {} {}: {}",
                    job.job.kind(),
                    job.job.subject(),
                    job.trouble
                ));
            }
            for backup in overdue {
                problems.push(format!(
                    "backup: {} ({}) was to be gone after {}; delete it, and say so with `lethe backups forget {}`",
                    backup.name, backup.kind, backup.expires_on, backup.id
                ));
            }
            let behind = |known: &&db::journals::Known| {
                known.id == app.journal.id() && known.moved_at + BEHIND < now
            };
            if let Some(known) = journals.iter().find(behind)
                && app
                    .journal
                    .length()
                    .is_ok_and(|length| length > known.position)
            {
                problems.push(format!(
                    "journal.erasure: what it says from byte {} on has not been done since {:.0}; is a worker running?",
                    known.position, known.moved_at
                ));
            }
            for late in late {
                problems.push(format!(
                    "senders: {} has not applied {} changes of objections, the oldest since {:.0}; \
                     is a worker running, and does the tool take its feed?",
                    late.name, late.waiting, late.since
                ));
            }
            if let Some((count, since)) = review {
                problems.push(format!(
                    "holds: the review of {count} legal holds is due, the oldest since {since}; \
                     `lethe holds list` shows them, a lead reviews or lifts them on /admin/holds"
                ));
            }
            if incomplete > 0 {
                problems.push(format!(
                    "holds: {incomplete} legal holds came back from the erasure journal after a restore, without \
                     what they are about; complete or lift them on /admin/holds"
                ));
            }
            if let Some((count, since)) = copies {
                problems.push(format!(
                    "copies: {count} copies outside the stores are over their last day, the first since \
                     {since}; `lethe copies list` shows them, and removals wait for them"
                ));
            }
            if let Some(since) = access {
                problems.push(format!(
                    "registers: nobody has looked through who may do what, due since {}; /admin/access, \
                     or `lethe register access --reviewed`",
                    app.date(since)
                ));
            }
            if let Some((without, all)) = without {
                problems.push(format!(
                    "staff.second_factor: {without} of {all} administrators sign in with a password alone; they add \
                     an authenticator app on /admin/second-factor, and \"required\" makes everybody do so"
                ));
            }
            if failed > 0 {
                problems.push(format!("mail: {failed} letters could not be sent"));
            }
            if let Some(since) = unjudged.filter(|since| *since + UNJUDGED < now) {
                problems.push(format!(
                    "mail: what came in since {since:.0} waits for a person on /admin/mail; it may be a request"
                ));
            }
            for mailbox in mailboxes {
                if let Some(trouble) = mailbox.trouble {
                    problems.push(format!(
                        "mail.inbox.{}: the worker says: {trouble}",
                        mailbox.name
                    ));
                }
            }
        }
        Err(error) => problems.push(format!("database.url: {error}")),
    }
}

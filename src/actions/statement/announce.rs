//! Telling people that the statement has changed. Staff look at the difference and at the letter and
//! decide; a job writes the letters, batch by batch, one for each address.
//!
//! It is a duty notice, not marketing: who objects to marketing gets it too. Who was erased, or whose
//! processing is restricted, gets none.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{Difference, Statement, differences, stored};
use crate::actions::queries::{self, Names};
use crate::actions::{ActionError, letters, trail};
use crate::app::App;
use crate::audit::hex;
use crate::db::policies::{self, Announcement, PolicyVersion, Standing};
use crate::db::{self, Conn};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::AnnouncementId;
use crate::domain::job::Job;
use crate::domain::retention::{Act, Category, Custom, Events, Term};
use crate::domain::staff::Permission;
use crate::i18n::Lang;
use crate::mail::letters::{Letter, Rendered};

/// Addresses that one transaction takes.
const BATCH: i64 = 100;

/// Addresses that one look counts.
const COUNTED: i64 = 1000;

/// Past decisions that the page shows.
const PAST: i64 = 20;

/// The longest reason that a notice is not needed, in characters.
const LONGEST: usize = 500;

/// What staff decide about.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The version in force; none before the first start of a worker.
    pub version: Option<PolicyVersion>,
    /// The version that people were told of last.
    pub announced: Option<PolicyVersion>,
    /// What changed between the two.
    pub differences: Vec<Difference>,
    /// How many people a notice would go to, if one is due.
    pub people: i64,
    /// The letter in each language, if one is due.
    pub letters: Vec<(Lang, Rendered)>,
    /// What was decided before, the newest first.
    pub past: Vec<Announcement>,
    /// The names of who decided.
    pub names: Names,
}

impl Overview {
    /// Whether somebody must decide.
    pub fn is_due(&self) -> bool {
        match (&self.version, &self.announced) {
            (Some(version), Some(announced)) => version.version != announced.version,
            _ => false,
        }
    }
}

/// What changed since people were told last, and what they would be told.
///
/// # Errors
/// [`ActionError::Forbidden`].
pub async fn overview(app: &App, actor: &Actor, lang: Lang) -> Result<Overview, ActionError> {
    actor.may(Permission::Announce)?;
    let inner = app.clone();
    let mut overview = app
        .db
        .read(move |conn| -> Result<_, ActionError> {
            let past = policies::announcements(conn, PAST)?;
            let version = policies::in_force(conn)?;
            let announced = match past.first() {
                Some(last) => policies::find(conn, &last.version)?,
                None => None,
            };
            let mut overview = Overview {
                version,
                announced,
                differences: Vec::new(),
                people: 0,
                letters: Vec::new(),
                past,
                names: queries::names(conn)?,
            };
            if overview.is_due()
                && let (Some(new), Some(old)) = (&overview.version, &overview.announced)
            {
                overview.differences = differences(&stored(old, lang)?, &stored(new, lang)?);
                for &lang in Lang::all() {
                    let letter = letter(&inner, lang, old, new)?;
                    let sender = letters::sender(&inner, conn)?;
                    overview.letters.push((lang, letter.render(lang, &sender)));
                }
            }
            Ok(overview)
        })
        .await?;
    if overview.is_due() {
        overview.people = count(app).await?;
    }
    Ok(overview)
}

/// Whether a changed statement waits for a decision: since when.
///
/// # Errors
/// [`ActionError`].
pub async fn waits_since(app: &App) -> Result<Option<(String, Timestamp)>, ActionError> {
    app.db
        .read(|conn| -> Result<_, ActionError> {
            let last = policies::announcements(conn, 1)?.into_iter().next();
            let version = policies::in_force(conn)?;
            Ok(match (version, last) {
                (Some(version), Some(last)) if version.version != last.version => {
                    Some((version.version, version.in_force_at))
                }
                _ => None,
            })
        })
        .await
}

fn letter(
    app: &App,
    lang: Lang,
    old: &PolicyVersion,
    new: &PolicyVersion,
) -> Result<Letter, ActionError> {
    let (before, after): (Statement, Statement) = (stored(old, lang)?, stored(new, lang)?);
    let changes = differences(&before, &after)
        .into_iter()
        .map(|difference| in_words(lang, difference))
        .collect();
    let path = format!("/privacy?lang={}", lang.tag());
    Ok(Letter::StatementChanged {
        vendor: app.config.vendor.name.clone(),
        since: lang.date_medium(app.date(new.in_force_at)),
        changes,
        link: app.config.server.public_url.join(&path),
    })
}

fn in_words(lang: Lang, difference: Difference) -> String {
    let title = ("title", difference.title.into());
    match (difference.before, difference.after) {
        (Some(before), Some(after)) => lang.text_with(
            "mail-statement-changed",
            &[title, ("after", after.into()), ("before", before.into())],
        ),
        (None, Some(after)) => {
            lang.text_with("mail-statement-added", &[title, ("after", after.into())])
        }
        (before, None) => lang.text_with(
            "mail-statement-gone",
            &[title, ("before", before.unwrap_or_default().into())],
        ),
    }
}

/// Decides that people are told, and lets a job write the letters.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::NotFound`] if `seen` is not the version that waits.
pub async fn send(app: &App, actor: &Actor, seen: &str) -> Result<(), ActionError> {
    decide(app, actor, seen, None).await
}

/// Decides that people need not be told, with a reason.
///
/// # Errors
/// As [`send`]; [`ActionError::Invalid`] without a reason.
pub async fn pass_over(
    app: &App,
    actor: &Actor,
    seen: &str,
    reason: &str,
) -> Result<(), ActionError> {
    let reason = reason.trim();
    let message = match reason.chars().count() {
        0 => Some("admin-statement-no-reason"),
        count if count > LONGEST => Some("admin-statement-long-reason"),
        _ => None,
    };
    if let Some(message) = message {
        actor.may(Permission::Announce)?;
        return Err(ActionError::Invalid {
            field: "reason",
            message,
        });
    }
    decide(app, actor, seen, Some(reason.to_owned())).await
}

async fn decide(
    app: &App,
    actor: &Actor,
    seen: &str,
    needless: Option<String>,
) -> Result<(), ActionError> {
    actor.may(Permission::Announce)?;
    let (inner, actor, seen) = (app.clone(), actor.clone(), seen.to_owned());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let last = policies::announcements(conn, 1)?
                .into_iter()
                .next()
                .ok_or(ActionError::NotFound)?;
            let version = policies::in_force(conn)?.ok_or(ActionError::NotFound)?;
            // Somebody decided meanwhile, or yet another version is in force.
            if version.version != seen || version.version == last.version {
                return Err(ActionError::NotFound);
            }
            let now = app.clock.now();
            let announcement = Announcement {
                id: app.id(),
                version: version.version.clone(),
                previous: Some(last.version.clone()),
                decision: if needless.is_some() {
                    "needless"
                } else {
                    "send"
                }
                .to_owned(),
                reason: needless.clone(),
                decided_by: actor.staff_id(),
                decided_at: now,
                reached: None,
                letters: 0,
                passed_over: 0,
                done_at: needless.is_some().then_some(now),
            };
            policies::announce(conn, &announcement)?;
            let action = match &needless {
                Some(_) => Action::PolicyNotAnnounced,
                None => {
                    let job = Job::Announce(announcement.id);
                    db::jobs::enqueue(conn, app.id(), &job, now)?;
                    Action::PolicyAnnounced
                }
            };
            let mut event = Event::new(action)
                .with("version", &version.version)
                .with("previous", &last.version);
            if let Some(reason) = &needless {
                event = event.about(reason);
            }
            trail::record(app, conn, &actor, None, &event)?;
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Writes the letters of an announcement, batch by batch. A batch and how far it got are one
/// transaction, so a process that was killed goes on where it was, and nobody gets two.
///
/// # Errors
/// [`ActionError`].
pub async fn write(app: &App, id: AnnouncementId) -> Result<(), ActionError> {
    while write_batch(app, id).await? {}
    Ok(())
}

/// Writes one batch; whether there may be more.
///
/// # Errors
/// [`ActionError`].
pub async fn write_batch(app: &App, id: AnnouncementId) -> Result<bool, ActionError> {
    let inner = app.clone();
    let more = app
        .db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let open = policies::announcement(conn, id)?
                .filter(|known| known.decision == "send" && known.done_at.is_none());
            let Some(mut announcement) = open else {
                return Ok(false);
            };
            let previous = announcement.previous.as_deref().unwrap_or_default();
            let old = policies::find(conn, previous)?.ok_or(ActionError::NotFound)?;
            let new = policies::find(conn, &announcement.version)?.ok_or(ActionError::NotFound)?;
            let batch = batch(app, conn, announcement.reached.as_deref(), BATCH)?;
            let mut letters_in = Vec::new();
            for &lang in Lang::all() {
                letters_in.push((lang, letter(app, lang, &old, &new)?));
            }
            for person in &batch.people {
                let cause = format!("announcement:{id}:{}", hex(&person.digest));
                if db::outbox::is_written(conn, &cause)? {
                    continue;
                }
                let to = person.email.as_str();
                let theirs = letters_in.iter().find(|(lang, _)| *lang == person.lang);
                if let Some((lang, letter)) = theirs {
                    letters::post(app, conn, &cause, None, to, *lang, letter)?;
                    announcement.letters += 1;
                }
            }
            announcement.passed_over += batch.passed_over;
            match batch.last {
                Some(last) => announcement.reached = Some(last),
                None => {
                    announcement.reached = None;
                    announcement.done_at = Some(app.clock.now());
                }
            }
            policies::set_reached(conn, &announcement)?;
            Ok(announcement.done_at.is_none())
        })
        .await?;
    app.wake.notify_one();
    Ok(more)
}

/// How many people a notice would go to now.
async fn count(app: &App) -> Result<i64, ActionError> {
    let mut seen: HashSet<Vec<u8>> = HashSet::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let (inner, from) = (app.clone(), after);
        let batch = app
            .db
            .read(move |conn| batch(&inner, conn, from.as_deref(), COUNTED))
            .await?;
        seen.extend(batch.people.into_iter().map(|person| person.digest));
        match batch.last {
            Some(last) => after = Some(last),
            None => return Ok(i64::try_from(seen.len()).unwrap_or(i64::MAX)),
        }
    }
}

struct Person {
    email: Email,
    /// Under the newest key, whichever the row has.
    digest: Vec<u8>,
    lang: Lang,
}

/// Of one address, under every key; the newest first.
type Digests = Vec<Vec<u8>>;

struct Batch {
    people: Vec<Person>,
    passed_over: i64,
    /// The digest of the last address; none at the end.
    last: Option<Vec<u8>>,
}

/// The next addresses, and which of them are told.
fn batch(
    app: &App,
    conn: &mut Conn,
    after: Option<&[u8]>,
    limit: i64,
) -> Result<Batch, ActionError> {
    let addresses = policies::addresses_after(conn, after, limit)?;
    let standing = policies::standing(conn, &addresses)?;
    let mut known: Vec<(Email, Digests, Vec<&Standing>)> = Vec::new();
    let mut passed_over = 0;
    for address in &addresses {
        let rows: Vec<&Standing> = standing
            .iter()
            .filter(|row| row.digest == *address)
            .collect();
        let email = rows.iter().find_map(|row| Email::parse(&row.email).ok());
        match email {
            Some(email) if runs(app, &rows) => {
                let digests = app.address_digests(&email);
                let digests = digests.into_iter().map(|digest| digest.bytes).collect();
                known.push((email, digests, rows));
            }
            _ => passed_over += 1,
        }
    }
    let all: Vec<&[u8]> = known
        .iter()
        .flat_map(|(_, digests, _)| digests.iter().map(Vec::as_slice))
        .collect();
    let at_rest = policies::at_rest(conn, &all)?;
    let mut people = Vec::new();
    for (email, digests, rows) in known {
        if digests.iter().any(|digest| at_rest.contains(digest)) {
            passed_over += 1;
            continue;
        }
        people.push(Person {
            lang: language(app, &rows),
            digest: digests.into_iter().next().unwrap_or_default(),
            email,
        });
    }
    Ok(Batch {
        people,
        passed_over,
        last: addresses.into_iter().next_back(),
    })
}

/// Whether the period of anything that names the person still runs.
fn runs(app: &App, rows: &[&Standing]) -> bool {
    let today = app.today();
    let custom = Custom {
        terms: rows
            .iter()
            .filter(|row| row.store == "licence")
            .map(|row| Term {
                ends_on: row.ends_on,
                is_active: row.is_active,
                replaced_on: None,
            })
            .collect(),
        installations: Vec::new(),
    };
    rows.iter().any(|row| {
        let is_trial = row.store == "trial";
        let category = if is_trial {
            Category::Trial
        } else {
            Category::Licence
        };
        let events = Events {
            evaluation_start: row.starts_on.filter(|_| is_trial && !custom.is_known()),
            evaluation_end: row
                .ends_on
                .filter(|end| is_trial && !custom.is_known() && *end < today),
            first_received: Some(app.date(row.first_seen_at)),
            last_maintenance_end: custom.last_maintenance_end(today),
            // Installations decide too whether somebody left. Who may still be a customer is told.
            ..Events::default()
        };
        match app.policy.schedule(category, &events) {
            None => true,
            Some(schedule) => today < schedule.from && schedule.act != Act::Anonymise,
        }
    })
}

/// Countries whose people read German, as the marketplace writes them.
const GERMAN: [&str; 6] = ["Germany", "Austria", "Liechtenstein", "DE", "AT", "LI"];

/// The language of the country that the licence names; the vendor's own where it names none.
fn language(app: &App, rows: &[&Standing]) -> Lang {
    match rows.iter().find_map(|row| row.country.as_deref()) {
        None => app.config.vendor.language,
        Some(country) if GERMAN.contains(&country) => Lang::De,
        Some(_) => Lang::En,
    }
}

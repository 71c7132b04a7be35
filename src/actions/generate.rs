//! Invented records for trying out: any number of them for a seed, and three people with a story for the demo. They go
//! the way of every import, so what works on them works on files. All addresses end in `.example` (RFC 2606).

mod invent;
mod sample;

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use self::invent::Inventor;
pub use self::sample::{SamplePerson, demo_people};
use super::import::{ImportError, Report, Row, import_rows};
use crate::app::App;
use crate::db;
use crate::db::records::Installation;
use crate::domain::event::Actor;
use crate::domain::ids::ImportId;
use crate::domain::records::ContactPerson;
use crate::imports::Source;

/// How many of each to invent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// People, who share companies.
    pub people: u64,
    /// Licences, each with a sale.
    pub licences: u64,
    /// Trials; every tenth has an installation.
    pub trials: u64,
    /// Tickets.
    pub tickets: u64,
    /// Messages in all tickets together; no ticket has none.
    pub messages: u64,
}

impl Default for Sizes {
    /// What the demo shows.
    fn default() -> Sizes {
        Sizes {
            people: 120,
            licences: 160,
            trials: 80,
            tickets: 90,
            messages: 320,
        }
    }
}

/// Invents records; the same seed and sizes on the same day give the same records. One report for each source.
///
/// # Errors
/// [`ImportError`].
pub async fn generate(
    app: &App,
    actor: &Actor,
    seed: u64,
    sizes: Sizes,
) -> Result<Vec<Report>, ImportError> {
    let today = app.today();
    let inventor = Inventor { seed, sizes, today };
    let digest = digest_of(&format!("{seed} {sizes:?}"), today);
    let licences =
        (0..sizes.licences + sizes.trials).map(move |at| Row::Licence(inventor.licence(at)));
    let sales = (0..sizes.licences).map(move |at| Row::Sale(inventor.sale(at)));
    let tickets = (0..sizes.tickets).map(move |at| Row::Ticket(inventor.ticket(at)));
    let reports = vec![
        import_rows(app, actor, Source::Licences, digest, licences).await?,
        import_rows(app, actor, Source::Transactions, digest, sales).await?,
        import_rows(app, actor, Source::Tickets, digest, tickets).await?,
    ];
    let installations = (0..sizes.trials)
        .step_by(10)
        .map(|at| inventor.installation(app, at))
        .collect();
    install(app, digest, installations).await?;
    Ok(reports)
}

/// Addresses of people among whom these records were divided, for requests of theirs.
pub fn addresses(app: &App, seed: u64, sizes: Sizes, count: u64) -> Vec<String> {
    let inventor = Inventor {
        seed,
        sizes,
        today: app.today(),
    };
    let mut found: Vec<String> = Vec::new();
    for at in 0..sizes.licences {
        for contact in inventor.licence(at).contacts {
            if let ContactPerson::Known {
                email: Some(email), ..
            } = contact.person
                && !found.contains(&email)
                && (found.len() as u64) < count
            {
                found.push(email);
            }
        }
    }
    found
}

/// What stands for the file that there is not.
fn digest_of(what: &str, today: Date) -> [u8; 32] {
    Sha256::digest(format!("invented {what} on {today}")).into()
}

/// Stores installations, under an import of their own.
async fn install(
    app: &App,
    digest: [u8; 32],
    installations: Vec<Installation>,
) -> Result<(), ImportError> {
    let at = app.clone();
    app.db
        .write(move |conn| {
            let (id, now): (ImportId, _) = (at.id(), at.clock.now());
            let rows = i64::try_from(installations.len()).unwrap_or(i64::MAX);
            for installation in &installations {
                db::records::save_installation(conn, at.id(), installation, id)?;
            }
            let import = db::imports::Import {
                id,
                source: "installations".to_owned(),
                file_digest: digest.to_vec(),
                started_at: now,
                finished_at: Some(now),
                position: rows,
                counts: db::imports::Counts {
                    read: rows,
                    written: rows,
                    ..Default::default()
                },
            };
            db::imports::insert(conn, &import).map_err(ImportError::from)
        })
        .await
}

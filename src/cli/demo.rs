//! `lethe demo`: a fresh folder, invented data, one account of staff, and a page that
//! shows the letters. Loopback only.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use async_trait::async_trait;
use jiff::{SignedDuration, ToSpan};

use super::serve;
use crate::actions::inbound::{self, Arrival, PIPE, Parts};
use crate::actions::staff::{self, NewStaff};
use crate::actions::submit::{self, Entered};
use crate::actions::{generate, restore, trail};
use crate::app::{App, database_options};
use crate::auth::password::Password;
use crate::auth::token::Token;
use crate::clock::Clock;
use crate::config::{Config, DatabaseUrl};
use crate::db;
use crate::domain::email::Email;
use crate::domain::event::Actor;
use crate::domain::request::{Asked, Kind, Proof, Via};
use crate::domain::staff::Role;
use crate::seal::KeyRing;

/// The seed of the demonstration's data.
const SEED: u64 = 1;

/// Sets everything up, says where to look, and serves.
pub(super) async fn run(data: Option<&Path>, bind: SocketAddr) -> Result<bool> {
    let clock = Clock::system();
    let folder = match data {
        Some(folder) => folder.to_owned(),
        None => fresh_folder()?,
    };
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    if std::fs::read_dir(&folder)
        .with_context(|| folder.display().to_string())?
        .next()
        .is_some()
    {
        bail!(
            "{} is not empty; name a new folder, or none",
            folder.display()
        );
    }
    let mut config = Config::demo(&folder, bind).map_err(|error| anyhow!("{error}"))?;
    if let Ok(url) = std::env::var("LETHE_DATABASE_URL") {
        config.database.url = url
            .parse::<DatabaseUrl>()
            .map_err(|error| anyhow!("LETHE_DATABASE_URL: {error}"))?;
        refuse_used(&config)?;
    }
    KeyRing::create(&config.keys.file, clock.now())?;
    let app = restore::open(config, clock).await?;
    generate::generate(&app, &Actor::Operator, SEED, generate::Sizes::default()).await?;
    let people = generate::demo_people(&app).await?;
    fill_queue(&app).await?;
    let password = Token::random().as_str()[..14].to_owned();
    let new = NewStaff {
        email: Email::parse("ann@northwind.example").map_err(|error| anyhow!("{error}"))?,
        name: "Ann Vos".to_owned(),
        role: Role::Administrator,
        contract: None,
        until_on: None,
    };
    let account = staff::add(&app, &Actor::Operator, new, Password::parse(&password)?).await?;
    fill_mail(&app).await?;
    trail::sequence(&app).await?;

    let url = app
        .config
        .server
        .public_url
        .as_str()
        .trim_end_matches('/')
        .to_owned();
    println!("Portal   {url}/");
    println!("Staff    {url}/admin");
    println!("Sign in  {}", account.email.as_str());
    println!("Password {password}");
    println!("Outbox   {url}/dev/outbox");
    for person in people {
        println!("Sample   {}  ({})", person.email, person.shows);
    }
    println!("Data     {}", folder.display());
    println!("Stop with Ctrl-C. Nothing here is real, and no mail leaves this machine.");
    serve::run(app, true, true).await
}

/// A few requests of invented people, so that the queue shows what a working day looks like.
async fn fill_queue(app: &App) -> Result<()> {
    let waiting = [
        (Kind::Access, Via::Letter, 33),
        (Kind::Rectification, Via::Phone, 27),
        (Kind::Erasure, Via::Mail, 26),
        (Kind::Erasure, Via::Mail, 12),
        (Kind::Access, Via::Letter, 4),
        (Kind::Erasure, Via::InPerson, 2),
    ];
    let people = generate::addresses(app, SEED, generate::Sizes::default(), waiting.len() as u64);
    for ((kind, via, days_ago), email) in waiting.into_iter().zip(people) {
        let changes = match kind {
            Kind::Rectification => vec![("phone".to_owned(), "+31 20 555 0178".to_owned())],
            Kind::Access | Kind::Erasure | Kind::Objection => Vec::new(),
        };
        let entered = Entered {
            kind,
            email: Email::parse(&email).map_err(|error| anyhow!("{error}"))?,
            asked: Asked {
                email,
                changes,
                checked: Some("Called back on the number in the licence.".to_owned()),
                ..Asked::default()
            },
            lang: app.config.vendor.language,
            via,
            received_on: app.today().checked_sub(days_ago.days())?,
            proof: Some(Proof::Staff),
        };
        submit::enter(app, &Actor::Operator, entered).await?;
    }
    Ok(())
}

/// Mails of invented people that only a person can judge, and one that a machine wrote.
const MAILS: [(i64, &str); 3] = [
    (
        3,
        "From: Service Desk <helpdesk@tandem-works.example>\nSubject: FW: question\n\
         Message-ID: <demo-1@tandem-works.example>\n\n\
         Hello,\n\nour colleague would like to know how a board is exported. Can you help?\n",
    ),
    (
        1,
        "From: Ilona Varga <ilona.varga@tandem-works.example>, Jean Petit <j.petit@ocean-etudes.example>\n\
         Subject: Deletion of the accounts of our former project group\n\
         Message-ID: <demo-2@tandem-works.example>\n\n\
         Please delete our accounts and all personal data that you have about us.\n",
    ),
    (
        0,
        "From: Sefa Okafor <s.okafor@lagunatech.example>\nSubject: Out of office\n\
         Auto-Submitted: auto-replied\nMessage-ID: <demo-3@lagunatech.example>\n\n\
         I am back on Monday.\n",
    ),
];

/// Mail as a mail server would have handed it over.
async fn fill_mail(app: &App) -> Result<()> {
    for (days_ago, mail) in MAILS {
        let arrival = Arrival {
            source: PIPE.to_owned(),
            received_at: app.clock.now() - SignedDuration::from_hours(24 * days_ago),
            size: None,
            progress: None,
        };
        inbound::take(app, arrival, &mut Whole(Some(mail.into()))).await?;
    }
    Ok(())
}

/// A mail in one part.
struct Whole(Option<Vec<u8>>);

#[async_trait]
impl Parts for Whole {
    async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        Ok(self.0.take())
    }
}

fn fresh_folder() -> Result<PathBuf> {
    let name = format!("lethe-demo-{}", &Token::random().as_str()[..10]);
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

/// A demonstration never mixes its invented people with anybody's.
fn refuse_used(config: &Config) -> Result<()> {
    let mut conn = db::connect(&database_options(config), db::Access::Write)?;
    db::migrate(&mut conn)?;
    if !db::is_empty(&mut conn)? {
        bail!("the database of LETHE_DATABASE_URL is not empty; the demo needs one of its own");
    }
    Ok(())
}

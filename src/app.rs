//! What every verb needs, built once for `serve`, `worker`, the command line and the tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::civil::Date;
use secrecy::ExposeSecret;
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::audit;
use crate::audit::note::Checkpoint;
use crate::clock::Clock;
use crate::config;
use crate::config::policy::PolicyErrors;
use crate::config::stores::{StoreErrors, StoreFile};
use crate::config::{Config, DatabaseUrl};
use crate::connectors::{self, Guarded};
use crate::db::{self, Db, DbError};
use crate::domain::calendar::Calendar;
use crate::domain::due::Calculation;
use crate::domain::email::Email;
use crate::domain::ids::TokenId;
use crate::domain::request::AddressDigest;
use crate::domain::retention::Policy;
use crate::domain::store::{Store, StoreName, Subject};
use crate::journal::intake::Intake;
use crate::journal::{Journal, LastKnown};
use crate::mail::outbound::{self, MailError, Mailer};
use crate::seal::{Digest, Ids, KeyFileError, KeyRing, SenderKeys};
use crate::stores::{self, BuiltIn};

/// The application. Cheap to clone: all of it is shared.
#[derive(Clone)]
pub struct App {
    /// What the operator decided.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// The keys, from a file outside it.
    pub keys: Arc<KeyRing>,
    /// The time.
    pub clock: Clock,
    /// New identifiers, which grow.
    pub ids: Ids,
    /// The public holidays of the controller's Member State.
    pub calendar: Arc<Calendar>,
    /// Where personal data lives, in the order of the runs.
    pub stores: Arc<[Arc<dyn Store>]>,
    /// Those of them that lie in other systems, with the guard before each.
    pub connected: Arc<[Connected]>,
    /// How letters leave.
    pub mailer: Arc<dyn Mailer>,
    /// The erasure journal, outside the database.
    pub journal: Arc<Journal>,
    /// The intake journal, once `actions::intake::begin` has begun it.
    pub intake: Arc<OnceLock<Arc<Intake>>>,
    /// The last checkpoint of the trail that was signed here, beside the journal.
    pub last_known: Arc<LastKnown>,
    /// Notes whose signature was checked, so that it is not checked again for every letter.
    pub checked: Arc<CheckedNotes>,
    /// The keys of senders, opened once. Those of one sender never change; which senders there are is
    /// asked in each transaction.
    pub sender_keys: Arc<RwLock<HashMap<TokenId, Arc<SenderKeys>>>>,
    /// Public keys of Atlassian's that were fetched.
    pub fetched_keys: Arc<FetchedKeys>,
    /// Wakes the workers of this process when there may be something to do.
    pub wake: Arc<Notify>,
    /// The version of the statement in force: a digest of all that it says, but for our own words.
    pub policy_version: Arc<str>,
    /// The rules of the privacy statement.
    pub policy: Arc<Policy>,
    /// The stores in our own database, as sweeps look at them.
    pub built_in: Arc<BuiltIn>,
}

/// A store in another system.
#[derive(Clone)]
pub struct Connected {
    /// What the operator says of it.
    pub file: StoreFile,
    /// How it is asked.
    pub store: Arc<Guarded>,
}

/// The last few notes of the trail that keys of ours were found to have signed. What it says holds for the
/// [version](KeyRing::version) of the keys that it was found with, and for no other.
#[derive(Debug, Default)]
pub struct CheckedNotes(Mutex<Vec<(u64, String, Checkpoint)>>);

impl CheckedNotes {
    /// The newest in the database and the one beside the journal, with and without cosignatures.
    const KEPT: usize = 4;

    /// The checkpoint of a note that was checked with these keys.
    pub fn find(&self, keys: u64, note: &str) -> Option<Checkpoint> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept
            .iter()
            .find(|(version, text, _)| *version == keys && text == note);
        found.map(|(_, _, checkpoint)| checkpoint.clone())
    }

    /// Remembers that a note was checked with these keys.
    pub fn keep(&self, keys: u64, note: &str, checkpoint: &Checkpoint) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(version, text, _)| *version == keys && text != note);
        kept.truncate(Self::KEPT - 1);
        kept.insert(0, (keys, note.to_owned(), checkpoint.clone()));
    }
}

/// Public keys that were fetched by their names, which never change. Whoever makes names up is not
/// to have us ask without end.
#[derive(Debug, Default)]
pub struct FetchedKeys(Mutex<Fetched>);

#[derive(Debug, Default)]
struct Fetched {
    kept: Vec<(String, String)>,
    minute: i64,
    asked: u32,
}

impl FetchedKeys {
    /// A tenant's installation asks for one; Atlassian changes it now and then.
    const KEPT: usize = 64;

    /// How often one is asked for in a minute.
    const PER_MINUTE: u32 = 30;

    /// The key of this name, if it was fetched.
    pub fn find(&self, name: &str) -> Option<String> {
        let fetched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = fetched.kept.iter().find(|(known, _)| known == name);
        known.map(|(_, key)| key.clone())
    }

    /// Remembers a key.
    pub fn keep(&self, name: &str, key: &str) {
        let mut fetched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.kept.retain(|(known, _)| known != name);
        fetched.kept.truncate(Self::KEPT - 1);
        fetched.kept.insert(0, (name.to_owned(), key.to_owned()));
    }

    /// Counts one more question, and says whether it may be asked.
    pub fn may_ask(&self, now: Timestamp) -> bool {
        let mut fetched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.as_second().div_euclid(60);
        if fetched.minute != minute {
            (fetched.minute, fetched.asked) = (minute, 0);
        }
        fetched.asked += 1;
        fetched.asked <= Self::PER_MINUTE
    }
}

impl App {
    /// What due dates are reckoned with.
    pub fn calculation(&self) -> Calculation<'_> {
        Calculation {
            zone: &self.config.vendor.zone,
            calendar: &self.calendar,
        }
    }

    /// The date of an instant in the controller's zone.
    pub fn date(&self, at: Timestamp) -> Date {
        self.calculation().date(at)
    }

    /// Today in the controller's zone.
    pub fn today(&self) -> Date {
        self.date(self.clock.now())
    }

    /// A new id of this instant.
    pub fn id<T: From<Uuid>>(&self) -> T {
        self.ids.make(self.clock.now())
    }

    /// The digest under which an address is stored from now on.
    pub fn address_digest(&self, email: &Email) -> AddressDigest {
        address_digest(&self.keys.address_digest(email.normalised()))
    }

    /// The digests under which an address may be found, the newest key first.
    pub fn address_digests(&self, email: &Email) -> Vec<AddressDigest> {
        self.keys
            .address_digests(email.normalised())
            .iter()
            .map(address_digest)
            .collect()
    }

    /// By which the same mail is known when it comes again.
    pub fn mail_digest(&self, identity: &[u8; 32]) -> AddressDigest {
        address_digest(&self.keys.mail_digest(identity))
    }

    /// The same, under every key that may have made it, the newest first.
    pub fn mail_digests(&self, identity: &[u8; 32]) -> Vec<AddressDigest> {
        self.keys
            .mail_digests(identity)
            .iter()
            .map(address_digest)
            .collect()
    }

    /// A person, as the stores are asked about them.
    pub fn subject(&self, email: &Email, name: Option<String>) -> Subject {
        Subject {
            address: email.clone(),
            digests: self.address_digests(email),
            name,
        }
    }

    /// The store of this name, if it is configured.
    pub fn store(&self, name: &StoreName) -> Option<&Arc<dyn Store>> {
        self.stores.iter().find(|store| store.name() == *name)
    }

    /// What the operator says of a store in another system; nothing of our own.
    pub fn store_file(&self, name: &StoreName) -> Option<&StoreFile> {
        let mut connected = self.connected.iter();
        let found = connected.find(|connected| connected.file.name == *name);
        found.map(|connected| &connected.file)
    }

    /// The names of the stores, in the order of the runs.
    pub fn store_names(&self) -> Vec<StoreName> {
        self.stores.iter().map(|store| store.name()).collect()
    }
}

/// A digest as the domain and the database know it.
pub fn address_digest(digest: &Digest) -> AddressDigest {
    digest.into()
}

/// Why the application cannot start. Each says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The key file.
    #[error("keys.file: {0}")]
    Keys(#[from] KeyFileError),
    /// A key that sealed something is not in the key file.
    #[error("keys.file: the key {0} is in use and missing; put back the key file that has it")]
    MissingKey(String),
    /// The calendar of public holidays.
    #[error("vendor.calendar: {0}")]
    Calendar(String),
    /// The rules of the privacy statement.
    #[error("retention.policy: {0}")]
    Policy(#[from] PolicyErrors),
    /// The stores in other systems.
    #[error("stores.files: {0}")]
    Stores(#[from] StoreErrors),
    /// The log began under another name.
    #[error(
        "audit.origin: the log of this database is named {0:?}, and the name of a log never changes; put it back"
    )]
    Origin(String),
    /// The database.
    #[error("database.url: {0}")]
    Database(#[from] DbError),
    /// The way out for letters.
    #[error("{0}")]
    Mail(#[from] MailError),
    /// A restore did not come to its end.
    #[error(
        "database.url: a restore into this database was cut off; run `lethe restore FILE` again with the same backup"
    )]
    CutOff,
    /// The journal beside the database.
    #[error("journal.erasure: {0}")]
    Journal(#[source] std::io::Error),
    /// The journal of what was asked and decided.
    #[error(
        "journal.intake: {0}; nobody is told that a request is kept while this cannot be written"
    )]
    Intake(#[source] std::io::Error),
}

/// How the configuration reaches the database.
pub fn database_options(config: &Config) -> db::Options {
    let (target, connections) = match &config.database.url {
        DatabaseUrl::Sqlite(path) => (
            db::Target::Sqlite(path.clone()),
            config.database.read_connections,
        ),
        DatabaseUrl::Postgres(url) => (
            db::Target::Postgres(url.expose_secret().to_owned()),
            config.database.connections,
        ),
    };
    db::Options {
        target,
        connections,
        prepared: config.database.prepared,
    }
}

/// The calendar that the configuration names: the vendor's own file, or the built-in one of its country.
///
/// # Errors
/// [`StartError::Calendar`].
pub fn calendar(config: &Config) -> Result<Calendar, StartError> {
    let vendor = &config.vendor;
    match &vendor.calendar {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| StartError::Calendar(format!("{}: {error}", path.display())))?;
            Calendar::parse(&text)
                .map_err(|error| StartError::Calendar(format!("{}: {error}", path.display())))
        }
        None => Calendar::built_in(vendor.country.code()).ok_or_else(|| {
            StartError::Calendar(format!(
                "there is no built-in calendar for {}; name a file with its public holidays",
                vendor.country.code()
            ))
        }),
    }
}

impl App {
    /// Opens everything: keys, database with its tables brought up to date, journal, mail, stores. It does
    /// not compare the database with the journal: processes begin with `actions::restore::open`, which does.
    ///
    /// # Errors
    /// [`StartError`] with the mend.
    pub fn start(config: Config, clock: Clock) -> Result<App, StartError> {
        let calendar = Arc::new(calendar(&config)?);
        let policy = Arc::new(config.retention.policy.load()?);
        let files = config::stores::load(&config.stores.files)?;
        let connected = connectors::open(&files, &clock).map_err(|why| StoreErrors(vec![why]))?;
        let keys = Arc::new(KeyRing::load(&config.keys.file)?);
        let now = clock.now();
        // The year after too, so that no turn of the year finds a process without its key.
        let year = now.to_zoned(config.vendor.zone.clone()).year();
        keys.ensure_pseudonym(year, now)?;
        keys.ensure_pseudonym(year + 1, now)?;
        keys.ensure_signing(now)?;
        let options = database_options(&config);
        if db::copies::was_cut_off(&mut db::connect(&options, db::Access::Read)?)? {
            return Err(StartError::CutOff);
        }
        let db = Db::open(&options)?;
        check_keys(&options, &keys)?;
        begin_log(&options, &keys, config.audit.origin.as_str(), now)?;
        let last_known = Arc::new(LastKnown::beside(&config.journal.erasure));
        let ids = Ids::default();
        let (file, copies) = (&config.journal.erasure, &config.journal.copies);
        let journal = Journal::open(file, copies, ids.make(now), now);
        let journal = Arc::new(journal.map_err(StartError::Journal)?);
        let mailer = outbound::mailer(&config.mail)?;
        let config = Arc::new(config);
        let zone = config.vendor.zone.clone();
        let built_in = stores::built_in(
            db.clone(),
            keys.clone(),
            clock.clone(),
            zone,
            policy.clone(),
        );
        let policy_version = policy_version(&config, &policy).into();
        Ok(App {
            config,
            db,
            keys,
            clock,
            ids,
            calendar,
            stores: built_in
                .stores()
                .into_iter()
                .chain(
                    connected
                        .iter()
                        .map(|store| store.clone() as Arc<dyn Store>),
                )
                .collect(),
            connected: files
                .into_iter()
                .zip(connected)
                .map(|(file, store)| Connected { file, store })
                .collect(),
            built_in: Arc::new(built_in),
            mailer,
            journal,
            intake: Arc::default(),
            last_known,
            checked: Arc::default(),
            sender_keys: Arc::default(),
            fetched_keys: Arc::default(),
            wake: Arc::new(Notify::new()),
            policy,
            policy_version,
        })
    }
}

/// A missing key in use stops the start: what it sealed would look lost.
fn check_keys(options: &db::Options, keys: &KeyRing) -> Result<(), StartError> {
    let mut conn = db::connect(options, db::Access::Read)?;
    match missing_keys(&mut conn, keys)?.into_iter().next() {
        Some(id) => Err(StartError::MissingKey(id)),
        None => Ok(()),
    }
}

/// The keys without which a request, or the second factor of an account, stays closed, and that are not there.
///
/// # Errors
/// [`DbError`].
pub fn missing_keys(conn: &mut db::Conn, keys: &KeyRing) -> Result<Vec<String>, DbError> {
    let mut in_use = db::submissions::master_keys_in_use(conn)?;
    let factors = db::factors::secrets(conn)?;
    in_use.extend(factors.iter().map(|sealed| {
        KeyRing::key_of_stored(sealed).map_or_else(|| "?".to_owned(), |id| id.to_string())
    }));
    in_use.retain(|id| !id.parse().is_ok_and(|id| keys.has(id)));
    in_use.sort_unstable();
    in_use.dedup();
    Ok(in_use)
}

/// Begins the first log of the trail, once; its name never changes after that.
fn begin_log(
    options: &db::Options,
    keys: &KeyRing,
    origin: &str,
    now: Timestamp,
) -> Result<(), StartError> {
    let mut conn = db::connect(options, db::Access::Write)?;
    if db::audit::current_log(&mut conn)?.is_none() {
        // What an older version wrote; nothing of it was signed yet.
        db::audit::mark_all(&mut conn, |hash| keys.entry_mark(hash))?;
        db::audit::start_log(&mut conn, 1, origin, now)?;
    }
    match db::audit::logs(&mut conn)?.into_iter().next() {
        Some(first) if first.origin != origin => Err(StartError::Origin(first.origin)),
        _ => Ok(()),
    }
}

/// The rules in force, as a short digest that requests and the trail name: of the policy file and of
/// what else the privacy statement is built from.
fn policy_version(config: &Config, policy: &Policy) -> String {
    let vendor = &config.vendor;
    let rules = format!(
        "{} {:?} {:?} {:?} {:?}",
        policy.version,
        config.requests,
        (&vendor.name, &vendor.address, &vendor.privacy_addresses),
        (&vendor.authority_name, vendor.authority_url.as_str()),
        (
            config.audit.keep_years,
            config.audit.particulars_days,
            &config.unsubscribe.mailto,
        ),
    );
    audit::hex(&Sha256::digest(rules.as_bytes())[..6])
}

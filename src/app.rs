//! What every verb needs, built once for `serve`, `worker`, the command line and the tests.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::domain::calendar::Calendar;
use crate::domain::due::Calculation;
use crate::domain::email::Email;
use crate::domain::request::AddressDigest;
use crate::domain::store::{Store, StoreName, Subject};
use crate::journal::Journal;
use crate::mail::outbound::Mailer;
use crate::seal::{Digest, KeyRing, new_id};

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
    /// The public holidays of the controller's Member State.
    pub calendar: Arc<Calendar>,
    /// Where personal data lives, in the order of the runs.
    pub stores: Arc<[Arc<dyn Store>]>,
    /// How letters leave.
    pub mailer: Arc<dyn Mailer>,
    /// The erasure journal, outside the database.
    pub journal: Arc<Journal>,
    /// Wakes the workers of this process when there may be something to do.
    pub wake: Arc<Notify>,
    /// The version of the policy in force: a digest of the rules in the configuration.
    pub policy_version: Arc<str>,
}

impl App {
    /// What due dates are reckoned with.
    pub fn calculation(&self) -> Calculation<'_> {
        Calculation { zone: &self.config.vendor.zone, calendar: &self.calendar }
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
        new_id(self.clock.now())
    }

    /// The digest under which an address is stored from now on.
    pub fn address_digest(&self, email: &Email) -> AddressDigest {
        address_digest(&self.keys.address_digest(email.normalised()))
    }

    /// The digests under which an address may be found, the newest key first.
    pub fn address_digests(&self, email: &Email) -> Vec<AddressDigest> {
        self.keys.address_digests(email.normalised()).iter().map(address_digest).collect()
    }

    /// A person, as the stores are asked about them.
    pub fn subject(&self, email: &Email, name: Option<String>) -> Subject {
        Subject { address: email.clone(), digests: self.address_digests(email), name }
    }

    /// The store of this name, if it is configured.
    pub fn store(&self, name: &StoreName) -> Option<&Arc<dyn Store>> {
        self.stores.iter().find(|store| store.name() == *name)
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

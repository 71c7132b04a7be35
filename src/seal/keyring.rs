//! The key ring and its file.
//!
//! The file lies outside the database and its backups. Keys are added and marked as retired;
//! only yearly pseudonym keys are ever taken out, and the secret half of a retired signing key.
//!
//! What a digest is looked up with must be the same in every process, or one of them misses an objection.
//! So a ring looks at the file again before it makes a digest, and takes up a new search key at once.

use std::cmp::Reverse;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::search::SearchKeys;
use super::{Digest, SealError, random};
use crate::audit::note::{KeyError, KeyKind, Signer, VerifierKey};

/// How long a ring may believe that the file is as it was.
const LOOK: Duration = Duration::from_millis(200);

const HEADER: &str = "\
# Keys of Lethe. Whoever holds this file and the database can read every request;
# without it nobody can. Back it up apart from the database, and let only Lethe read it.

";

/// What a key is for. Yearly pseudonym keys are kept apart, see [`KeyRing::ensure_pseudonym`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Wraps the key of each request.
    Master,
    /// Digests of addresses and values, of mailed codes and form tokens.
    Search,
    /// Seals long-lived columns, such as the contact data of a restricted record.
    Store,
    /// Seals unsubscribe tokens.
    Link,
}

impl Purpose {
    /// Every purpose, in the order of the file.
    pub const ALL: [Purpose; 4] = [Self::Master, Self::Search, Self::Store, Self::Link];

    fn letter(self) -> char {
        match self {
            Self::Master => 'm',
            Self::Search => 's',
            Self::Store => 'd',
            Self::Link => 'l',
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Master => "master",
            Self::Search => "search",
            Self::Store => "store",
            Self::Link => "link",
        })
    }
}

impl FromStr for Purpose {
    type Err = UnknownPurpose;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.to_string() == text)
            .ok_or(UnknownPurpose)
    }
}

/// The word names no purpose of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the purposes of keys are master, search, store and link")]
pub struct UnknownPurpose;

/// Names a key without revealing it: a letter for the purpose and six hexadecimal digits, `m-3f9c2a`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; KeyId::LENGTH]);

impl KeyId {
    pub(super) const LENGTH: usize = 8;

    fn new(letter: char, [a, b, c]: [u8; 3]) -> Self {
        format!("{letter}-{a:02x}{b:02x}{c:02x}")
            .parse()
            .expect("the format is that of a key id")
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("a key id is ASCII")
    }

    pub(super) fn from_bytes(bytes: [u8; Self::LENGTH]) -> Option<Self> {
        let [letter, b'-', digits @ ..] = bytes else {
            return None;
        };
        let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (letter.is_ascii_lowercase() && digits.iter().all(is_hex)).then_some(Self(bytes))
    }
}

impl FromStr for KeyId {
    type Err = NotAKeyId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.as_bytes()
            .try_into()
            .ok()
            .and_then(Self::from_bytes)
            .ok_or(NotAKeyId)
    }
}

/// The text has not the form of a key id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key id looks like m-3f9c2a")]
pub struct NotAKeyId;

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// The bytes of a key: wiped when dropped, never shown.
pub(super) struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    pub(super) fn random() -> Self {
        Self(Zeroizing::new(random()))
    }

    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Zeroizing::new).map(Self)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(BASE64.encode(self.bytes())))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let bytes = BASE64.decode(text.as_str()).map(Zeroizing::new).ok();
        bytes
            .and_then(|bytes| Self::from_slice(&bytes))
            .ok_or_else(|| D::Error::custom("a key is 32 bytes in base64"))
    }
}

/// A key of one purpose. A retired one still opens what it sealed, and seals nothing new.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    pub(super) id: KeyId,
    purpose: Purpose,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired_at: Option<Timestamp>,
    /// Of a search key: the one before, whose digests it digests once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wraps: Option<KeyId>,
    pub(super) secret: Secret,
}

impl Key {
    fn random(purpose: Purpose, at: Timestamp) -> Self {
        Self {
            id: KeyId::new(purpose.letter(), random()),
            purpose,
            created_at: at,
            retired_at: None,
            wraps: None,
            secret: Secret::random(),
        }
    }
}

/// The key that makes pseudonyms of one calendar year.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct YearKey {
    id: KeyId,
    year: i16,
    created_at: Timestamp,
    secret: Secret,
}

/// A key that signs checkpoints of the trail. A retired one keeps its public half alone, so that
/// what it signed can be checked and nothing more signed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SigningKey {
    id: KeyId,
    algorithm: Algorithm,
    public: String,
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<Secret>,
}

/// How a signing key signs. There is room for more: C2SP recommends ML-DSA-44 beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Algorithm {
    Ed25519,
}

impl SigningKey {
    fn new(id: KeyId, secret: Secret, at: Timestamp) -> Self {
        let public = ed25519_dalek::SigningKey::from_bytes(secret.bytes()).verifying_key();
        Self {
            id,
            algorithm: Algorithm::Ed25519,
            public: BASE64.encode(public.as_bytes()),
            created_at: at,
            retired_at: None,
            secret: Some(secret),
        }
    }

    fn random(at: Timestamp) -> Self {
        Self::new(KeyId::new('g', random()), Secret::random(), at)
    }

    fn public(&self) -> Option<[u8; 32]> {
        BASE64.decode(&self.public).ok()?.try_into().ok()
    }

    /// Whether it is whole, and signs if it is not retired.
    fn is_sound(&self) -> bool {
        let fits = |secret: &Secret| {
            let key = ed25519_dalek::SigningKey::from_bytes(secret.bytes());
            self.public() == Some(key.verifying_key().to_bytes())
        };
        match &self.secret {
            Some(secret) => fits(secret),
            None => self.retired_at.is_some() && self.public().is_some(),
        }
    }
}

/// A key that has signed checkpoints, or does so now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    /// Its public half under the name of the log.
    pub key: VerifierKey,
    /// Since when it has signed.
    pub since: Timestamp,
    /// When it was retired.
    pub until: Option<Timestamp>,
}

/// What the key file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    key: Vec<Key>,
    #[serde(default)]
    signing: Vec<SigningKey>,
    #[serde(default)]
    pseudonym: Vec<YearKey>,
}

impl Keys {
    fn current(&self, purpose: Purpose) -> Option<&Key> {
        self.key
            .iter()
            .filter(|key| key.purpose == purpose && key.retired_at.is_none())
            .max_by_key(|key| key.created_at)
    }

    /// Whether a key wraps none, or search keys that are all there and end.
    fn is_wrapping_soundly(&self, key: &Key) -> bool {
        let mut inner = key.wraps;
        for _ in 0..self.key.len() {
            let Some(id) = inner else { return true };
            let mut keys = self.key.iter();
            let known = keys.find(|key| key.id == id && key.purpose == Purpose::Search);
            let Some(known) = known.filter(|_| key.purpose == Purpose::Search) else {
                return false;
            };
            inner = known.wraps;
        }
        inner.is_none()
    }

    /// Everything that makes the keys unfit for use.
    fn problems(&self, path: &Path) -> Vec<KeyFileError> {
        let path = || path.to_owned();
        let mut problems = Vec::new();
        for purpose in Purpose::ALL {
            if self.current(purpose).is_none() {
                problems.push(KeyFileError::NoCurrentKey {
                    path: path(),
                    purpose,
                });
            }
        }
        let mut ids: Vec<_> = self.key.iter().map(|key| key.id).collect();
        ids.extend(self.pseudonym.iter().map(|key| key.id));
        ids.extend(self.signing.iter().map(|key| key.id));
        for key in self.signing.iter().filter(|key| !key.is_sound()) {
            problems.push(KeyFileError::BrokenSigningKey {
                path: path(),
                id: key.id,
            });
        }
        for key in &self.key {
            if !self.is_wrapping_soundly(key) {
                problems.push(KeyFileError::BrokenChain {
                    path: path(),
                    id: key.id,
                });
            }
        }
        for id in repeated(ids) {
            problems.push(KeyFileError::RepeatedId { path: path(), id });
        }
        for year in repeated(self.pseudonym.iter().map(|key| key.year).collect()) {
            problems.push(KeyFileError::RepeatedYear { path: path(), year });
        }
        problems
    }
}

fn repeated<T: Ord + Copy>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    let mut twice: Vec<T> = values
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
        .collect();
    twice.dedup();
    twice
}

/// Why a key file cannot be used. The messages name the mend and never show a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is no file.
    #[error("there is no key file {}: restore it from its backup, or run `lethe keys init` for a new installation", .0.display())]
    Missing(PathBuf),
    /// A new file would replace an old one.
    #[error("{} exists and is kept: `lethe keys rotate` adds a key to it", .0.display())]
    Exists(PathBuf),
    /// The group or others have a right to the file.
    #[error("{} is open to other accounts (mode {mode:03o}): run `chmod 600 {}`", .path.display(), .path.display())]
    Exposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is not a key file, from this line on.
    #[error("line {line} of {} does not belong in a key file: restore the file from its backup", .path.display())]
    Malformed {
        /// The key file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// Nothing new can be made for this purpose.
    #[error("{} has no {purpose} key in use: restore the file from its backup", .path.display())]
    NoCurrentKey {
        /// The key file.
        path: PathBuf,
        /// The purpose that lacks a key.
        purpose: Purpose,
    },
    /// Two keys have one id.
    #[error("{} has two keys named {id}: restore the file from its backup", .path.display())]
    RepeatedId {
        /// The key file.
        path: PathBuf,
        /// The id of both.
        id: KeyId,
    },
    /// Two pseudonym keys are of one year.
    #[error("{} has two pseudonym keys for {year}: restore the file from its backup", .path.display())]
    RepeatedYear {
        /// The key file.
        path: PathBuf,
        /// The year of both.
        year: i16,
    },
    /// A signing key whose halves do not belong together, or that has lost the half it needs.
    #[error("the signing key {id} in {} is damaged: restore the file from its backup", .path.display())]
    BrokenSigningKey {
        /// The key file.
        path: PathBuf,
        /// The key's id.
        id: KeyId,
    },
    /// A search key wraps one that is not there, so nothing that it made is found.
    #[error("{} lacks a key that {id} wraps: restore the file from its backup", .path.display())]
    BrokenChain {
        /// The key file.
        path: PathBuf,
        /// The key's id.
        id: KeyId,
    },
    /// The system refused to read or write the file or its folder.
    #[error("cannot read or write the key file {}", .path.display())]
    Io {
        /// The key file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Where new keys come from and go to.
#[derive(Debug)]
enum Origin {
    File(PathBuf),
    Seed(Secret),
}

/// All keys of an installation, current and retired.
///
/// A running process keeps the keys it started with, except that search, pseudonym and signing keys come and go.
#[derive(Debug)]
pub struct KeyRing {
    origin: Origin,
    /// All but those below.
    keys: Keys,
    search: RwLock<Arc<SearchKeys>>,
    /// When the file was last looked at, and what it was like.
    looked: Mutex<(Instant, Option<Look>)>,
    /// The pseudonym and signing keys of `keys`, which no longer holds them.
    changing: RwLock<Changing>,
}

/// By what a file is known to be another than before: it is never changed, only replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    device: u64,
    inode: u64,
    changed: (i64, i64),
}

impl Look {
    fn at(path: &Path) -> Option<Self> {
        let file = fs::metadata(path).ok()?;
        Some(Self {
            device: file.dev(),
            inode: file.ino(),
            changed: (file.mtime(), file.mtime_nsec()),
        })
    }
}

/// Keys that are made while a process runs.
#[derive(Debug)]
struct Changing {
    pseudonym: Vec<YearKey>,
    signing: Vec<SigningKey>,
    /// How often they were replaced.
    version: u64,
}

impl KeyRing {
    /// Writes a new file with one key per purpose, readable by its owner alone.
    /// Errors: `Exists`, `Io`.
    pub fn create(path: &Path, at: Timestamp) -> Result<(), KeyFileError> {
        let key = Purpose::ALL.map(|purpose| Key::random(purpose, at)).into();
        let keys = Keys {
            key,
            signing: vec![SigningKey::random(at)],
            pseudonym: Vec::new(),
        };
        let mut new = OpenOptions::new();
        let file = new.write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
            _ => io_error(path, source),
        })?;
        let written = write_keys(file, &keys).and_then(|()| File::open(folder(path))?.sync_all());
        written.map_err(|source| {
            // Half a file would only be in the way of the next attempt.
            let _ = fs::remove_file(path);
            io_error(path, source)
        })
    }

    /// Reads the file. Errors: the first that [`KeyRing::check`] would list.
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        // Before the keys, so that a file that is replaced meanwhile is seen as another.
        let look = Look::at(path);
        let keys = read_sound_keys(path)?;
        Ok(Self::new(Origin::File(path.to_owned()), look, keys))
    }

    /// Lists everything that is wrong with the file; empty if [`KeyRing::load`] would succeed.
    pub fn check(path: &Path) -> Vec<KeyFileError> {
        match read_keys(path) {
            Ok(keys) => keys.problems(path),
            Err(problem) => vec![problem],
        }
    }

    /// Retires the key in use for `purpose` and adds a new one. Running processes take it up at their next start, a
    /// search key before they make the next digest. A new search key wraps the one before.
    /// Errors: those of [`KeyRing::load`].
    pub fn rotate(path: &Path, purpose: Purpose, at: Timestamp) -> Result<KeyId, KeyFileError> {
        let mut new = Key::random(purpose, at);
        let id = new.id;
        update_file(path, |keys| {
            if purpose == Purpose::Search {
                new.wraps = keys.current(purpose).map(|key| key.id);
            }
            for key in &mut keys.key {
                if key.purpose == purpose && key.retired_at.is_none() {
                    key.retired_at = Some(at);
                }
            }
            keys.key.push(new);
        })?;
        Ok(id)
    }

    /// A ring without a file, its keys derived from `seed`: the same seed gives the same keys. For tests.
    pub fn ephemeral(seed: [u8; 32]) -> Self {
        let seed = Secret(Zeroizing::new(seed));
        let key = Purpose::ALL.map(|purpose| {
            let (id, secret) = derive(&seed, purpose.letter(), 0);
            Key {
                id,
                purpose,
                created_at: Timestamp::UNIX_EPOCH,
                retired_at: None,
                wraps: None,
                secret,
            }
        });
        let (id, secret) = derive(&seed, 'g', 0);
        Self::new(
            Origin::Seed(seed),
            None,
            Keys {
                key: key.into(),
                signing: vec![SigningKey::new(id, secret, Timestamp::UNIX_EPOCH)],
                pseudonym: Vec::new(),
            },
        )
    }

    fn new(origin: Origin, look: Option<Look>, mut keys: Keys) -> Self {
        let search = RwLock::new(Arc::new(search_keys(&mut keys)));
        let changing = RwLock::new(Changing {
            pseudonym: std::mem::take(&mut keys.pseudonym),
            signing: std::mem::take(&mut keys.signing),
            version: 0,
        });
        Self {
            origin,
            keys,
            search,
            looked: Mutex::new((Instant::now(), look)),
            changing,
        }
    }

    /// The search keys, as the file has them.
    pub(super) fn search(&self) -> Arc<SearchKeys> {
        self.look_at_times();
        let search = self.search.read().unwrap_or_else(PoisonError::into_inner);
        search.clone()
    }

    fn look_at_times(&self) {
        // Whoever finds another looking has what that one has found up to now.
        if let Ok(looked) = self.looked.try_lock()
            && looked.0.elapsed() > LOOK
        {
            drop(looked);
            self.look_again();
        }
    }

    /// Takes up a search key that another process has put into the file.
    pub(super) fn look_again(&self) {
        let Origin::File(path) = &self.origin else {
            return;
        };
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        looked.0 = Instant::now();
        let look = Look::at(path);
        if look.is_some() && look == looked.1 {
            return;
        }
        match read_sound_keys(path) {
            Ok(mut keys) => {
                looked.1 = look;
                self.take_up(&mut keys);
            }
            Err(error) => tracing::error!(
                %error,
                "the key file changed and cannot be read; if its search key is a new one, objections will be missed"
            ),
        }
    }

    fn take_up(&self, keys: &mut Keys) {
        let mut search = self.search.write().unwrap_or_else(PoisonError::into_inner);
        *search = Arc::new(search_keys(keys));
    }

    /// How many search keys there are. With one alone, every digest is under it.
    pub fn search_key_count(&self) -> usize {
        self.search().count()
    }

    /// Since when the search key in use is there.
    pub fn search_key_since(&self) -> Timestamp {
        self.search().current().created_at
    }

    /// Whether this key is still there. A database that names a key for which this is false must not be opened.
    pub fn has(&self, id: KeyId) -> bool {
        self.keys.key.iter().any(|key| key.id == id)
            || self.search().has(id)
            || self.changing().pseudonym.iter().any(|key| key.id == id)
    }

    /// The key that new things of this purpose are made with.
    pub fn current_id(&self, purpose: Purpose) -> KeyId {
        match purpose {
            Purpose::Search => self.search().current().id,
            purpose => self.current(purpose).id,
        }
    }

    /// Makes sure that the year has a pseudonym key, in the file as well. Processes that share the file agree on it.
    /// Errors: those of [`KeyRing::load`].
    pub fn ensure_pseudonym(&self, year: i16, at: Timestamp) -> Result<(), KeyFileError> {
        if self.changing().pseudonym.iter().any(|key| key.year == year) {
            return Ok(());
        }
        let (id, secret) = match &self.origin {
            Origin::File(_) => (KeyId::new('p', random()), Secret::random()),
            Origin::Seed(seed) => derive(seed, 'p', year),
        };
        self.change(|_, keys| {
            if !keys.iter().any(|key| key.year == year) {
                keys.push(YearKey {
                    id,
                    year,
                    created_at: at,
                    secret,
                });
            }
        })
    }

    /// Destroys the pseudonym key of a year, in the file as well, so that its pseudonyms lead to nobody.
    /// Other processes forget it when they [refresh](KeyRing::refresh); backups of the file are the operator's.
    /// Errors: those of [`KeyRing::load`].
    pub fn destroy_pseudonym(&self, year: i16) -> Result<(), KeyFileError> {
        self.change(|_, keys| keys.retain(|key| key.year != year))
    }

    /// The years up to this one that still have a pseudonym key, with the id of the key.
    pub fn pseudonym_years_until(&self, year: i16) -> Vec<(i16, KeyId)> {
        let mut years: Vec<_> = self
            .changing()
            .pseudonym
            .iter()
            .filter(|key| key.year <= year)
            .map(|key| (key.year, key.id))
            .collect();
        years.sort_unstable();
        years
    }

    /// Makes sure that there is a key to sign checkpoints with; files of older versions have none.
    /// Errors: those of [`KeyRing::load`].
    pub fn ensure_signing(&self, at: Timestamp) -> Result<(), KeyFileError> {
        let signs = |keys: &[SigningKey]| keys.iter().any(|key| key.retired_at.is_none());
        if signs(&self.changing().signing) {
            return Ok(());
        }
        let new = SigningKey::random(at);
        self.change(|keys, _| {
            if !signs(keys) {
                keys.push(new);
            }
        })
    }

    /// Takes up the search, signing and pseudonym keys that another process has put into the file or taken out of it.
    /// Errors: those of [`KeyRing::load`]; then the keys stay as they are.
    pub fn refresh(&self) -> Result<(), KeyFileError> {
        let Origin::File(path) = &self.origin else {
            return Ok(());
        };
        let mut keys = read_sound_keys(path)?;
        self.take_up(&mut keys);
        let mut held = self
            .changing
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *held = Changing {
            pseudonym: keys.pseudonym,
            signing: keys.signing,
            version: held.version + 1,
        };
        Ok(())
    }

    /// Another number whenever pseudonym and signing keys may have become others. What was found with the keys of
    /// one number holds while it stands.
    pub fn version(&self) -> u64 {
        self.changing().version
    }

    /// Retires the key that signs checkpoints, of which only the public half stays, and adds a new one.
    /// Running processes take it up before they sign again.
    /// Errors: those of [`KeyRing::load`].
    pub fn rotate_signing(path: &Path, at: Timestamp) -> Result<KeyId, KeyFileError> {
        let new = SigningKey::random(at);
        let id = new.id;
        update_file(path, |keys| {
            for key in &mut keys.signing {
                if key.retired_at.is_none() {
                    key.retired_at = Some(at);
                    key.secret = None;
                }
            }
            keys.signing.push(new);
        })?;
        Ok(id)
    }

    /// What signs the checkpoints of the log of this name.
    /// Errors: the name cannot be that of a key; `None` inside if there is no key, see [`KeyRing::ensure_signing`].
    pub fn signer(&self, log: &str) -> Result<Option<Signer>, KeyError> {
        let held = self.changing();
        held.signing
            .iter()
            .filter(|key| key.retired_at.is_none())
            .max_by_key(|key| key.created_at)
            .and_then(|key| key.secret.as_ref())
            .map(|secret| Signer::new(log, KeyKind::Log, secret.bytes()))
            .transpose()
    }

    /// The keys that were in use while the log of this name was, from one instant to another if it has ended; the
    /// newest first.
    /// Errors: the name cannot be that of a key.
    pub fn verifiers_while(
        &self,
        log: &str,
        from: Timestamp,
        to: Option<Timestamp>,
    ) -> Result<Vec<Verifier>, KeyError> {
        let mut verifiers = self.verifiers(log)?;
        verifiers.retain(|key| {
            key.until.is_none_or(|until| until >= from) && to.is_none_or(|end| key.since <= end)
        });
        Ok(verifiers)
    }

    /// The keys that have signed checkpoints of the log of this name, the newest first.
    /// Errors: the name cannot be that of a key.
    pub fn verifiers(&self, log: &str) -> Result<Vec<Verifier>, KeyError> {
        let mut verifiers = self
            .changing()
            .signing
            .iter()
            .filter_map(|key| Some((key.public()?, key.created_at, key.retired_at)))
            .map(|(public, since, until)| {
                Ok(Verifier {
                    key: VerifierKey::new(log, KeyKind::Log, public)?,
                    since,
                    until,
                })
            })
            .collect::<Result<Vec<_>, KeyError>>()?;
        verifiers.sort_by_key(|verifier| (verifier.until.is_some(), Reverse(verifier.since)));
        Ok(verifiers)
    }

    /// The pseudonym of a person in this year: `HMAC-SHA256(key, label ‖ 0x00 ‖ identifier)`.
    /// `None` if the year has no key yet, or no longer.
    pub fn pseudonym(&self, year: i16, label: &str, identifier: &str) -> Option<Digest> {
        self.pseudonym_where(|key| key.year == year, label, identifier)
    }

    /// The pseudonym of a person under a key of this id, `None` if the key is gone.
    pub fn pseudonym_under(&self, id: KeyId, label: &str, identifier: &str) -> Option<Digest> {
        self.pseudonym_where(|key| key.id == id, label, identifier)
    }

    fn pseudonym_where(
        &self,
        which: impl Fn(&YearKey) -> bool,
        label: &str,
        identifier: &str,
    ) -> Option<Digest> {
        let held = self.changing();
        let key = held.pseudonym.iter().find(|key| which(key))?;
        Some(Digest::new(
            key.id,
            &key.secret,
            label,
            &[identifier.as_bytes()],
        ))
    }

    fn changing(&self) -> RwLockReadGuard<'_, Changing> {
        self.changing.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes signing and pseudonym keys, in the file as well.
    fn change(
        &self,
        change: impl FnOnce(&mut Vec<SigningKey>, &mut Vec<YearKey>),
    ) -> Result<(), KeyFileError> {
        let mut held = self
            .changing
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        match &self.origin {
            Origin::File(path) => {
                let keys =
                    update_file(path, |keys| change(&mut keys.signing, &mut keys.pseudonym))?;
                *held = Changing {
                    pseudonym: keys.pseudonym,
                    signing: keys.signing,
                    version: held.version + 1,
                };
            }
            Origin::Seed(_) => {
                let held = &mut *held;
                change(&mut held.signing, &mut held.pseudonym);
                held.version += 1;
            }
        }
        Ok(())
    }

    /// Of every purpose but search, see [`KeyRing::search`].
    pub(super) fn current(&self, purpose: Purpose) -> &Key {
        self.keys
            .current(purpose)
            .expect("a ring is only made of keys without problems")
    }

    /// Every key of the purpose, the current one first.
    pub(super) fn all(&self, purpose: Purpose) -> impl Iterator<Item = &Key> {
        let current = self.current(purpose);
        let others = self.keys.key.iter();
        let others = others.filter(move |key| key.purpose == purpose && key.id != current.id);
        std::iter::once(current).chain(others)
    }

    pub(super) fn find(&self, purpose: Purpose, id: KeyId) -> Result<&Key, SealError> {
        self.all(purpose)
            .find(|key| key.id == id)
            .ok_or(SealError::MissingKey(id))
    }
}

/// Takes the search keys out of the others.
fn search_keys(keys: &mut Keys) -> SearchKeys {
    let current = keys.current(Purpose::Search).map(|key| key.id);
    let all = std::mem::take(&mut keys.key);
    let (search, others) = all
        .into_iter()
        .partition(|key| key.purpose == Purpose::Search);
    keys.key = others;
    SearchKeys::new(search, current).expect("a ring is only made of keys without problems")
}

/// A key for [`KeyRing::ephemeral`].
fn derive(seed: &Secret, letter: char, year: i16) -> (KeyId, Secret) {
    let secret: [u8; 32] = Sha256::new()
        .chain_update(seed.bytes())
        .chain_update(format!("{letter}{year}"))
        .finalize()
        .into();
    let [a, b, c, ..]: [u8; 32] = Sha256::digest(secret).into();
    (
        KeyId::new(letter, [a, b, c]),
        Secret(Zeroizing::new(secret)),
    )
}

fn read_keys(path: &Path) -> Result<Keys, KeyFileError> {
    let mut file = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing(path.to_owned()),
        _ => io_error(path, source),
    })?;
    let mode = file
        .metadata()
        .map_err(|source| io_error(path, source))?
        .mode()
        & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text)
        .map_err(|source| io_error(path, source))?;
    // The parser's own message quotes the line, and with it a key.
    toml::from_str(&text).map_err(|error| {
        let before = error
            .span()
            .and_then(|span| text.get(..span.start))
            .unwrap_or_default();
        KeyFileError::Malformed {
            path: path.to_owned(),
            line: before.lines().count().max(1),
        }
    })
}

fn read_sound_keys(path: &Path) -> Result<Keys, KeyFileError> {
    let keys = read_keys(path)?;
    match keys.problems(path).into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(keys),
    }
}

/// Reads the keys, changes them and puts the new file in the place of the old one, alone among all processes.
fn update_file(path: &Path, change: impl FnOnce(&mut Keys)) -> Result<Keys, KeyFileError> {
    let io = |source| io_error(path, source);
    let folder = File::open(folder(path)).map_err(io)?;
    folder.lock().map_err(io)?;
    let mut keys = read_keys(path)?;
    change(&mut keys);
    if let Some(problem) = keys.problems(path).into_iter().next() {
        return Err(problem);
    }
    replace_file(path, &folder, &keys).map_err(io)?;
    Ok(keys)
}

fn replace_file(path: &Path, folder: &File, keys: &Keys) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let owner = fs::metadata(path)?;
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
    write_keys(file, keys)?;
    fs::rename(&draft, path)?;
    folder.sync_all()
}

fn write_keys(mut file: File, keys: &Keys) -> io::Result<()> {
    let text = toml::to_string(keys)
        .map(Zeroizing::new)
        .map_err(io::Error::other)?;
    file.write_all(HEADER.as_bytes())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn io_error(path: &Path, source: io::Error) -> KeyFileError {
    KeyFileError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::audit::note::Note;
    use crate::seal::{Place, Unsubscribe};

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
    const HERE: Place<'static> = Place {
        table: "licences",
        id: "7",
        column: "contact",
    };

    /// A folder of its own for each test, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let name = format!("lethe-keys-{}", uuid::Uuid::from_bytes(random()));
            let folder = std::env::temp_dir().join(name);
            fs::create_dir(&folder).expect("the temporary folder is writable");
            Self(folder)
        }

        fn with_keys() -> Self {
            let folder = Self::new();
            KeyRing::create(&folder.keys(), NOW).expect("the folder is empty");
            folder
        }

        fn keys(&self) -> PathBuf {
            self.0.join("keys.toml")
        }

        fn text(&self) -> String {
            fs::read_to_string(self.keys()).expect("the key file is there")
        }

        fn write(&self, text: &str) {
            fs::write(self.keys(), text).expect("the key file is writable");
        }

        fn load(&self) -> KeyRing {
            KeyRing::load(&self.keys()).expect("the key file is sound")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_new_file_is_private_complete_and_never_replaced() {
        let folder = Folder::with_keys();
        let mode = fs::metadata(folder.keys()).expect("created").mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(KeyRing::check(&folder.keys()).is_empty());
        let before = folder.text();
        let again = KeyRing::create(&folder.keys(), NOW);
        assert!(matches!(again, Err(KeyFileError::Exists(_))));
        assert_eq!(folder.text(), before);
    }

    #[test]
    fn a_file_open_to_others_is_refused_with_the_mend() {
        let folder = Folder::with_keys();
        for mode in [0o640, 0o604, 0o620, 0o777] {
            fs::set_permissions(folder.keys(), fs::Permissions::from_mode(mode))
                .expect("our own file");
            let error = KeyRing::load(&folder.keys()).expect_err("others may read it");
            assert!(
                error
                    .to_string()
                    .contains(&format!("(mode {mode:o}): run `chmod 600 ")),
                "{error}"
            );
            assert_eq!(KeyRing::check(&folder.keys()).len(), 1);
        }
    }

    #[test]
    fn a_missing_file_is_told_from_a_broken_one() {
        let folder = Folder::new();
        assert!(matches!(
            KeyRing::load(&folder.keys()),
            Err(KeyFileError::Missing(_))
        ));
    }

    #[test]
    fn a_malformed_file_is_refused_by_line_and_without_its_content() {
        let folder = Folder::with_keys();
        let lines: Vec<_> = folder.text().lines().map(str::to_owned).collect();
        let at = lines
            .iter()
            .position(|line| line.starts_with("secret"))
            .expect("every key has a secret");
        for broken in ["secret = \"dG9vIHNob3J0\"", "secret = 12345678", "secret"] {
            let mut lines = lines.clone();
            lines[at] = broken.to_owned();
            folder.write(&lines.join("\n"));
            let error = KeyRing::load(&folder.keys()).expect_err("malformed");
            assert!(
                matches!(error, KeyFileError::Malformed { line, .. } if line == at + 1),
                "{error}"
            );
            assert!(!format!("{error} {error:?}").contains("dG9v"));
        }
    }

    #[test]
    fn a_retired_signing_key_still_verifies_and_can_sign_no_more() {
        let folder = Folder::with_keys();
        let ring = folder.load();
        let note = |ring: &KeyRing| {
            ring.signer("log.example")
                .expect("a name")
                .expect("a key")
                .sign("a\n")
        };
        let old = note(&ring);
        let later = NOW + jiff::SignedDuration::from_hours(24);
        KeyRing::rotate_signing(&folder.keys(), later).expect("the file is writable");
        assert_eq!(folder.text().matches("[[signing]]").count(), 2);
        assert_eq!(note(&ring), old, "a ring keeps its keys");
        ring.refresh().expect("the file is sound");
        let new = note(&ring);
        assert_ne!(new.key_id, old.key_id);
        let verifiers = ring.verifiers("log.example").expect("a name");
        assert_eq!(
            verifiers
                .iter()
                .map(|verifier| (verifier.key.id(), verifier.until))
                .collect::<Vec<_>>(),
            [(new.key_id, None), (old.key_id, Some(later))]
        );
        let keys: Vec<_> = verifiers.into_iter().map(|verifier| verifier.key).collect();
        for line in [old, new] {
            let signed = Note {
                text: "a\n".to_owned(),
                signatures: vec![line],
            };
            assert!(signed.verify(&keys).is_ok());
        }
        // The secret of the old one is nowhere in the file.
        assert_eq!(
            folder
                .text()
                .lines()
                .filter(|line| line.starts_with("secret"))
                .count(),
            Purpose::ALL.len() + 1
        );
    }

    #[test]
    fn a_file_of_an_older_version_gets_a_signing_key_once() {
        let folder = Folder::with_keys();
        let text = folder.text();
        let (before, _) = text.split_once("[[signing]]").expect("a new file has one");
        folder.write(before);
        let ring = folder.load();
        assert!(ring.signer("log.example").expect("a name").is_none());
        ring.ensure_signing(NOW).expect("the file is writable");
        ring.ensure_signing(NOW).expect("the file is writable");
        assert_eq!(folder.text().matches("[[signing]]").count(), 1);
        assert!(
            folder
                .load()
                .signer("log.example")
                .expect("a name")
                .is_some()
        );
    }

    #[test]
    fn a_signing_key_whose_halves_do_not_fit_is_refused() {
        let folder = Folder::with_keys();
        let text = folder.text();
        let at = text.find("public = \"").expect("a signing key") + 10;
        let other = if &text[at..=at] == "A" { "B" } else { "A" };
        folder.write(&format!("{}{other}{}", &text[..at], &text[at + 1..]));
        let problems = KeyRing::check(&folder.keys());
        assert!(
            matches!(problems[..], [KeyFileError::BrokenSigningKey { .. }]),
            "{problems:?}"
        );
    }

    #[test]
    fn all_problems_are_listed() {
        let folder = Folder::with_keys();
        folder
            .load()
            .ensure_pseudonym(2027, NOW)
            .expect("the file is writable");
        let text = folder.text();
        let (_, year) = text.split_once("[[pseudonym]]").expect("one was made");
        let retired = text.replacen(
            "created_at",
            "retired_at = \"2027-01-01T00:00:00Z\"\ncreated_at",
            2,
        );
        folder.write(&format!("{retired}\n[[pseudonym]]{year}"));
        let problems: Vec<_> = KeyRing::check(&folder.keys())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(problems[0].contains("no master key"));
        assert!(problems[1].contains("no search key"));
        assert!(problems[2].contains("two keys named p-"));
        assert!(problems[3].contains("two pseudonym keys for 2027"));
        assert!(KeyRing::rotate(&folder.keys(), Purpose::Link, NOW).is_err());
    }

    #[test]
    fn rotation_keeps_everything_readable_and_uses_the_new_key() {
        let folder = Folder::with_keys();
        let old = folder.load();
        let request_key = old.new_request_key();
        let wrapped = old.wrap(&request_key, "request 7");
        let stored = old.seal_stored(HERE, b"Mira");
        let unsubscribe = Unsubscribe {
            address: "mira@halden.example".into(),
            list: "news".into(),
            tool_id: None,
            tool: None,
        };
        let token = old.unsubscribe_token(&unsubscribe);
        let address = old.address_digest("mira@halden.example");
        let value = old.value_digest("Mirra");

        for purpose in Purpose::ALL {
            let id = KeyRing::rotate(&folder.keys(), purpose, NOW).expect("the file is writable");
            assert_eq!(folder.load().current_id(purpose), id);
        }
        let new = folder.load();
        assert!(
            Purpose::ALL
                .iter()
                .all(|&purpose| new.has(old.current_id(purpose)))
        );
        assert!(new.unwrap_key(&wrapped, "request 7").is_ok());
        assert_ne!(new.wrap(&request_key, "request 7").key_id, wrapped.key_id);
        assert_eq!(
            new.open_stored(HERE, &stored).as_deref().map(Vec::as_slice),
            Ok(&b"Mira"[..])
        );
        assert_eq!(new.read_unsubscribe_token(&token), Ok(unsubscribe));
        assert_eq!(
            new.address_digests("mira@halden.example"),
            [new.address_digest("mira@halden.example"), address]
        );
        assert!(new.is_value(&value, "Mirra"));

        let mode = fs::metadata(folder.keys()).expect("replaced").mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(&folder.0).expect("our own folder").count(),
            1,
            "no draft is left"
        );
    }

    #[test]
    fn a_new_search_key_digests_once_more_what_the_old_one_made() {
        let folder = Folder::with_keys();
        let ring = folder.load();
        let mut known = vec![ring.address_digest("mira@halden.example")];
        let value = ring.value_digest("Mirra");
        for day in 1..=2 {
            let at = NOW + jiff::SignedDuration::from_hours(24 * day);
            KeyRing::rotate(&folder.keys(), Purpose::Search, at).expect("the file is writable");
            // A ring that runs takes it up, one that starts has it.
            ring.look_again();
            let digests = ring.address_digests("mira@halden.example");
            assert_eq!(
                folder.load().address_digests("mira@halden.example"),
                digests
            );
            assert_eq!(digests[0], ring.address_digest("mira@halden.example"));
            assert_eq!(digests[1..], known);
            // Every older form leads to the same, without the address.
            for old in &known {
                assert_eq!(ring.renewed(Some(old.key), old.bytes), Some(digests[0]));
            }
            let first = known[known.len() - 1];
            assert_eq!(ring.renewed(None, first.bytes), Some(digests[0]));
            known.insert(0, digests[0]);
        }
        let renewed = ring
            .renewed(Some(value.key), value.bytes)
            .expect("the key is there");
        for digest in [&value, &renewed] {
            assert!(ring.is_value(digest, "Mirra"));
            assert!(!ring.is_value(digest, "Mira"));
        }
        assert_eq!(ring.renewed(Some(KeyId::new('s', [0; 3])), [0; 32]), None);
    }

    #[test]
    fn a_search_key_that_wraps_one_that_is_not_there_or_itself_is_refused() {
        let folder = Folder::with_keys();
        let old = folder.load().current_id(Purpose::Search);
        let new = KeyRing::rotate(&folder.keys(), Purpose::Search, NOW).expect("writable");
        let text = folder.text();
        for wrong in [new.as_str(), "s-000000", "m-000000"] {
            folder.write(&text.replace(
                &format!("wraps = \"{old}\""),
                &format!("wraps = \"{wrong}\""),
            ));
            let problems = KeyRing::check(&folder.keys());
            assert!(
                matches!(problems[..], [KeyFileError::BrokenChain { id, .. }] if id == new),
                "{problems:?}"
            );
        }
    }

    #[test]
    fn a_year_has_one_pseudonym_key_however_many_ask() {
        let folder = Folder::with_keys();
        let rings: Vec<_> = (0..8).map(|_| folder.load()).collect();
        assert_eq!(
            rings[0].pseudonym(2027, "subject-v1", "mira@halden.example"),
            None
        );
        std::thread::scope(|scope| {
            for ring in &rings {
                scope.spawn(|| {
                    ring.ensure_pseudonym(2027, NOW)
                        .expect("the file is writable")
                });
            }
        });
        let names: Vec<_> = rings
            .iter()
            .map(|ring| ring.pseudonym(2027, "subject-v1", "mira@halden.example"))
            .collect();
        assert!(names[0].is_some_and(|digest| rings[0].has(digest.key)));
        assert!(names.iter().all(|name| *name == names[0]));
        assert_eq!(
            folder
                .load()
                .pseudonym(2027, "subject-v1", "mira@halden.example"),
            names[0]
        );
    }

    #[test]
    fn pseudonyms_of_different_years_are_unrelated() {
        let ring = KeyRing::ephemeral([7; 32]);
        ring.ensure_pseudonym(2026, NOW)
            .expect("nothing is written");
        ring.ensure_pseudonym(2027, NOW)
            .expect("nothing is written");
        let [this, next] =
            [2026, 2027].map(|year| ring.pseudonym(year, "subject-v1", "mira@halden.example"));
        assert_ne!(
            this.map(|digest| digest.bytes),
            next.map(|digest| digest.bytes)
        );
    }

    #[test]
    fn a_destroyed_pseudonym_key_is_gone_from_file_and_ring() {
        let folder = Folder::with_keys();
        let ring = folder.load();
        ring.ensure_pseudonym(2026, NOW)
            .expect("the file is writable");
        ring.ensure_pseudonym(2027, NOW)
            .expect("the file is writable");
        ring.destroy_pseudonym(2026).expect("the file is writable");
        for ring in [ring, folder.load()] {
            assert!(
                ring.pseudonym(2026, "subject-v1", "mira@halden.example")
                    .is_none()
            );
            assert!(
                ring.pseudonym(2027, "subject-v1", "mira@halden.example")
                    .is_some()
            );
        }
    }

    #[test]
    fn a_key_id_is_read_back_from_its_text() {
        let id = KeyId::new('m', [0x3f, 0x9c, 0x2a]);
        assert_eq!(id.to_string(), "m-3f9c2a");
        assert_eq!("m-3f9c2a".parse(), Ok(id));
        for wrong in [
            "",
            "m-3f9c2",
            "m-3f9c2g",
            "M-3f9c2a",
            "m_3f9c2a",
            "m-3f9c2a1",
            "ü-3f9c2",
        ] {
            assert_eq!(wrong.parse::<KeyId>(), Err(NotAKeyId), "{wrong}");
        }
    }

    #[test]
    fn a_purpose_is_read_back_from_its_name() {
        for purpose in Purpose::ALL {
            assert_eq!(purpose.to_string().parse(), Ok(purpose));
        }
        assert_eq!("audit".parse::<Purpose>(), Err(UnknownPurpose));
    }
}

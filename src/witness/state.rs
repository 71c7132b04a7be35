//! The state folder: the witness's key, and for each log the last checkpoint it put its name to.
//!
//! One process works in it at a time. A file is written beside its place, flushed and moved into it,
//! so that it is always whole; one that is not was damaged by something else and stops the start.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::audit::hex;
use crate::audit::note::{Checkpoint, KeyKind, Signer};
use crate::audit::tree::empty_root;
use crate::seal;

const HEADER: &str = "\
# The secret key of a witness. Whoever reads it can sign in its name; let nobody else.
";

/// Why a state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another witness works in it.
    #[error("another witness is at work in {}: give each one a folder of its own", .0.display())]
    InUse(PathBuf),
    /// The group or others have a right to the key.
    #[error("{} is open to other accounts (mode {mode:03o}): run `chmod 600 {}`", .path.display(), .path.display())]
    Exposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The folder was made under another name.
    #[error("the key {} is that of the witness {name}: start it under this name, or give another folder", .path.display())]
    OtherName {
        /// The key file.
        path: PathBuf,
        /// Whose key it is.
        name: String,
    },
    /// The key cannot be read.
    #[error("{} is not the key of a witness: put back its copy; without one, start in a new folder, with a new key", .0.display())]
    BadKey(PathBuf),
    /// There are checkpoints and no key.
    #[error("{} is missing: put back its copy; without one, start in a new folder, with a new key", .0.display())]
    NoKey(PathBuf),
    /// What was seen of a log cannot be read.
    #[error(
        "{}, the last checkpoint of {origin}, is damaged. Do not delete it, and put back a copy only \
         if nothing was cosigned since it was made: else this witness forgets what it has seen. \
         Without such a copy, start in a new folder, with a new key", .path.display()
    )]
    BadCheckpoint {
        /// The file.
        path: PathBuf,
        /// The log.
        origin: String,
    },
    /// The system refused.
    #[error("cannot read or write {}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> StateError + '_ {
    |source| StateError::Io {
        path: path.to_owned(),
        source,
    }
}

/// A state folder, held against other processes until it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder, or makes it for its owner alone.
    pub(super) fn open(path: &Path) -> Result<Self, StateError> {
        if !path.exists() {
            let mut new = DirBuilder::new();
            new.recursive(true).mode(0o700);
            new.create(path).map_err(at(path))?;
            let above = path.parent().filter(|above| *above != Path::new(""));
            let above = above.unwrap_or(Path::new("."));
            flush(above).map_err(at(above))?;
        }
        let lock_path = path.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path)
            .map_err(at(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StateError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(at(&lock_path)(error)),
        }
    }

    /// The key of the witness; a new one if nothing is in the folder yet.
    pub(super) fn signer(&self, name: &str) -> Result<Signer, StateError> {
        let path = self.path.join("key");
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if self.has_checkpoints()? {
                    return Err(StateError::NoKey(path));
                }
                let seed = self.new_seed(name).map_err(at(&path))?;
                return signer(name, &seed, &path);
            }
            Err(error) => return Err(at(&path)(error)),
        };
        let mode = file.metadata().map_err(at(&path))?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(StateError::Exposed { path, mode });
        }
        let mut text = Zeroizing::new(String::new());
        // The error of the reader may say where it stopped, never what it read.
        file.read_to_string(&mut text)
            .map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => StateError::BadKey(path.clone()),
                _ => at(&path)(error),
            })?;
        let (owner, seed) = read_key(&text).ok_or_else(|| StateError::BadKey(path.clone()))?;
        if owner != name {
            return Err(StateError::OtherName {
                name: owner.to_owned(),
                path,
            });
        }
        signer(name, &seed, &path)
    }

    fn new_seed(&self, name: &str) -> io::Result<Zeroizing<[u8; 32]>> {
        let seed: Zeroizing<[u8; 32]> = Zeroizing::new(seal::random());
        let base64 = Zeroizing::new(STANDARD.encode(*seed));
        let text = Zeroizing::new(format!("{HEADER}name {name}\nseed {}\n", *base64));
        self.write("key", text.as_bytes())?;
        Ok(seed)
    }

    fn has_checkpoints(&self) -> Result<bool, StateError> {
        let entries = fs::read_dir(&self.path).map_err(at(&self.path))?;
        for entry in entries {
            let name = entry.map_err(at(&self.path))?.file_name();
            if name.len() == 64 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The last checkpoint of a log; that of the empty tree if none was seen.
    pub(super) fn latest(&self, origin: &str) -> Result<Checkpoint, StateError> {
        let path = self.path.join(file_name(origin));
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8(bytes).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Checkpoint {
                    origin: origin.to_owned(),
                    size: 0,
                    root: empty_root(),
                });
            }
            Err(error) => return Err(at(&path)(error)),
        };
        text.and_then(|text| {
            let checkpoint: Checkpoint = text.parse().ok()?;
            let whole = checkpoint.origin == origin && checkpoint.to_string() == text;
            whole.then_some(checkpoint)
        })
        .ok_or_else(|| StateError::BadCheckpoint {
            path,
            origin: origin.to_owned(),
        })
    }

    /// Puts the checkpoint in the place of the one before; it returns when that is safe from a
    /// power loss. The caller lets one at a time keep checkpoints of a log.
    pub(super) fn keep(&self, checkpoint: &Checkpoint) -> io::Result<()> {
        let text = checkpoint.to_string();
        self.write(&file_name(&checkpoint.origin), text.as_bytes())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let draft = self.path.join(format!("{name}.new"));
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, self.path.join(name))?;
        flush(&self.path)
    }
}

/// Makes what was created, moved or removed in a folder safe from a power loss.
fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// An origin may hold anything; its hash is a name that every file system takes.
fn file_name(origin: &str) -> String {
    hex(&Sha256::digest(origin))
}

fn signer(name: &str, seed: &[u8; 32], path: &Path) -> Result<Signer, StateError> {
    Signer::new(name, KeyKind::Witness, seed).map_err(|_| StateError::BadKey(path.to_owned()))
}

fn read_key(text: &str) -> Option<(&str, Zeroizing<[u8; 32]>)> {
    let rest = text.strip_prefix(HEADER)?.strip_prefix("name ")?;
    let (name, rest) = rest.split_once('\n')?;
    let seed = rest.strip_prefix("seed ")?.strip_suffix('\n')?;
    let seed = Zeroizing::new(STANDARD.decode(seed).ok()?);
    Some((name, Zeroizing::new(seed.as_slice().try_into().ok()?)))
}

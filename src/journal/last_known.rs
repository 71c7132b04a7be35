//! The last checkpoint of the trail that was signed here: a file beside the journal, so that a
//! database that lost entries is seen, however whole it looks by itself.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

/// The file with the last checkpoint.
#[derive(Debug)]
pub struct LastKnown {
    path: PathBuf,
}

impl LastKnown {
    /// The file beside a journal: the journal's name and `.checkpoint`.
    pub fn beside(journal: &Path) -> Self {
        let mut path = journal.as_os_str().to_owned();
        path.push(".checkpoint");
        Self { path: path.into() }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The signed note; none before the first.
    ///
    /// # Errors
    /// The system refuses, or the file is no text.
    pub fn read(&self) -> io::Result<Option<String>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts a signed note in the place of the last, whole or not at all; returns when it is safe
    /// from a power loss. Where there is one, `replaces` says whether it goes; processes that share
    /// the folder ask one after the other.
    ///
    /// # Errors
    /// The system refuses; then the last one stands.
    pub fn write(&self, note: &str, replaces: impl FnOnce(&str) -> bool) -> io::Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let owner = fs::metadata(folder)?;
        let folder = File::open(folder)?;
        folder.lock()?;
        let there = self.read()?;
        if there.as_deref() == Some(note) || there.is_some_and(|there| !replaces(&there)) {
            return Ok(());
        }
        let mut draft = self.path.as_os_str().to_owned();
        draft.push(".new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        // An operator who signs as root must not lock the service out.
        let owner = fs::metadata(&self.path).unwrap_or(owner);
        fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, &self.path)?;
        folder.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::seal::random;

    fn folder() -> PathBuf {
        let name = format!("lethe-last-known-{}", uuid::Uuid::from_bytes(random()));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).expect("the temporary folder is writable");
        folder
    }

    #[test]
    fn the_last_note_stands_alone_and_is_its_owners() {
        let folder = folder();
        let known = LastKnown::beside(&folder.join("lethe.erasures"));
        assert_eq!(known.path(), folder.join("lethe.erasures.checkpoint"));
        assert_eq!(known.read().expect("no file is no error"), None);
        for note in ["first\n", "2nd\n"] {
            known.write(note, |_| true).expect("the folder is writable");
            assert_eq!(known.read().expect("it is text").as_deref(), Some(note));
        }
        let mode = fs::metadata(known.path())
            .expect("written")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(&folder).expect("ours").count(),
            1,
            "no draft stays"
        );
        fs::remove_dir_all(folder).expect("ours");
    }

    #[test]
    fn what_cannot_be_written_leaves_the_last_one() {
        let folder = folder();
        let known = LastKnown::beside(&folder.join("lethe.erasures"));
        known
            .write("first\n", |_| true)
            .expect("the folder is writable");
        fs::create_dir(folder.join("lethe.erasures.checkpoint.new"))
            .expect("in the way of the draft");
        assert!(known.write("second\n", |_| true).is_err());
        assert_eq!(
            known.read().expect("it is text").as_deref(),
            Some("first\n")
        );
        fs::remove_dir_all(folder).expect("ours");
    }
}

//! The key of one segment of the intake journal: sealed to the recovery key at its beginning and then known only
//! to the process that writes it. Whoever has the machine cannot read what lies there.

use std::io::{self, Read, Write};

use super::keyring::Secret;
use super::recovery::{Opener, RecoveryKey, RecoverySecret, Sealer, Unsealer};
use super::sealed::{decrypt, encrypt};
use super::{SealError, random};

/// The key of a segment.
#[derive(Debug)]
pub struct SegmentKey(Secret);

impl SegmentKey {
    /// A fresh key, and the same sealed to the recovery key.
    ///
    /// # Errors
    /// It cannot be sealed.
    pub fn create(to: &RecoveryKey) -> io::Result<(SegmentKey, Vec<u8>)> {
        let bytes: zeroize::Zeroizing<[u8; 32]> = zeroize::Zeroizing::new(random());
        let (mut sealer, _) = Sealer::start(Vec::new(), to)?;
        sealer.write_all(&*bytes)?;
        let key = Secret::from_slice(&*bytes).ok_or_else(|| io::Error::other("a short key"))?;
        Ok((SegmentKey(key), sealer.finish()?))
    }

    /// Opens a sealed key.
    ///
    /// # Errors
    /// `InvalidData` if it is sealed to another key, or damaged.
    pub fn open(sealed: &[u8], with: &RecoverySecret) -> io::Result<SegmentKey> {
        let mut bytes = zeroize::Zeroizing::new(Vec::new());
        Unsealer::start(sealed, &Opener::Secret(with))?.read_to_end(&mut bytes)?;
        Secret::from_slice(&bytes)
            .map(SegmentKey)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it holds no key"))
    }

    /// Seals a record for its place.
    pub fn seal(&self, place: &[u8], record: &[u8]) -> Vec<u8> {
        encrypt(&self.0, &[], place, record)
    }

    /// Opens a record of this place. Error: `Broken`.
    pub fn unseal(
        &self,
        place: &[u8],
        sealed: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, SealError> {
        decrypt(&self.0, place, sealed)
    }
}

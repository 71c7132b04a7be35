//! Sealed values: XChaCha20-Poly1305, bound to the place they were sealed for.
//!
//! A column of a request is sealed with the request's own key, so that destroying that key forgets all of them.
//!
//! | sealed by | bytes |
//! |---|---|
//! | a request key, or a master key | `1 ‖ nonce (24) ‖ ciphertext and tag` |
//! | a store key | `2 ‖ key id (8) ‖ nonce (24) ‖ ciphertext and tag` |

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::keyring::Secret;
use super::{KeyId, KeyRing, Purpose, random};

const UNNAMED_KEY: u8 = 1;
const NAMED_KEY: u8 = 2;

/// Where a sealed value lives. It opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The row's id.
    pub id: &'a str,
    /// The column.
    pub column: &'static str,
}

impl Place<'_> {
    fn bytes(&self) -> Vec<u8> {
        [self.table, self.id, self.column].join("\0").into_bytes()
    }
}

/// Why a sealed value stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The key that sealed it is not in the ring.
    #[error("the key {0} is missing: restore the key file that held it")]
    MissingKey(KeyId),
    /// It was changed, belongs to another place, or was sealed with another key.
    #[error("a sealed value is broken, or is not in its place")]
    Broken,
    /// What was sealed, or is to be sealed, is not JSON of the expected form.
    #[error("a sealed value has another form than expected")]
    Form,
}

/// The key of one request. Destroying its wrapped form forgets everything that it sealed.
#[derive(Debug)]
pub struct RequestKey(Secret);

/// A request key as the database keeps it: sealed with a master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The master key.
    pub key_id: KeyId,
    /// The sealed request key.
    pub bytes: Vec<u8>,
}

impl RequestKey {
    /// Seals a value for its place.
    pub fn seal(&self, place: Place<'_>, plaintext: &[u8]) -> Vec<u8> {
        encrypt(&self.0, &[UNNAMED_KEY], &place.bytes(), plaintext)
    }

    /// Opens what [`RequestKey::seal`] sealed for this place. Error: `Broken`.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let sealed = sealed
            .strip_prefix(&[UNNAMED_KEY])
            .ok_or(SealError::Broken)?;
        decrypt(&self.0, &place.bytes(), sealed)
    }

    /// Seals a value as JSON. Error: `Form`, if JSON cannot hold the value.
    pub fn seal_json<T: Serialize>(
        &self,
        place: Place<'_>,
        value: &T,
    ) -> Result<Vec<u8>, SealError> {
        Ok(self.seal(place, &to_json(value)?))
    }

    /// Opens what [`RequestKey::seal_json`] sealed. Errors: `Broken`; `Form`, if it is no `T`.
    pub fn open_json<T: DeserializeOwned>(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<T, SealError> {
        from_json(&self.open(place, sealed)?)
    }
}

impl KeyRing {
    /// A fresh key for a new request.
    pub fn new_request_key(&self) -> RequestKey {
        RequestKey(Secret::random())
    }

    /// Seals a request key for the database, bound to the request's id in `aad`.
    pub fn wrap(&self, key: &RequestKey, aad: &str) -> Wrapped {
        let master = self.current(Purpose::Master);
        let bytes = encrypt(
            &master.secret,
            &[UNNAMED_KEY],
            aad.as_bytes(),
            key.0.bytes(),
        );
        Wrapped {
            key_id: master.id,
            bytes,
        }
    }

    /// Opens a wrapped request key. Errors: `MissingKey`, `Broken`.
    pub fn unwrap_key(&self, wrapped: &Wrapped, aad: &str) -> Result<RequestKey, SealError> {
        let master = self.find(Purpose::Master, wrapped.key_id)?;
        let sealed = wrapped
            .bytes
            .strip_prefix(&[UNNAMED_KEY])
            .ok_or(SealError::Broken)?;
        let bytes = decrypt(&master.secret, aad.as_bytes(), sealed)?;
        Secret::from_slice(&bytes)
            .map(RequestKey)
            .ok_or(SealError::Broken)
    }

    /// Seals a value that belongs to no request, for its place.
    pub fn seal_stored(&self, place: Place<'_>, plaintext: &[u8]) -> Vec<u8> {
        let key = self.current(Purpose::Store);
        let head = [&[NAMED_KEY], key.id.as_str().as_bytes()].concat();
        encrypt(&key.secret, &head, &place.bytes(), plaintext)
    }

    /// Opens what [`KeyRing::seal_stored`] sealed for this place, after a rotation too. Errors: `MissingKey`, `Broken`.
    pub fn open_stored(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let sealed = sealed.strip_prefix(&[NAMED_KEY]).ok_or(SealError::Broken)?;
        let (id, sealed) = sealed.split_first_chunk().ok_or(SealError::Broken)?;
        let id = KeyId::from_bytes(*id).ok_or(SealError::Broken)?;
        decrypt(
            &self.find(Purpose::Store, id)?.secret,
            &place.bytes(),
            sealed,
        )
    }

    /// The key that [`KeyRing::seal_stored`] sealed this with.
    pub fn key_of_stored(sealed: &[u8]) -> Option<KeyId> {
        let (id, _) = sealed.strip_prefix(&[NAMED_KEY])?.split_first_chunk()?;
        KeyId::from_bytes(*id)
    }

    /// Seals a value as JSON. Error: `Form`, if JSON cannot hold the value.
    pub fn seal_stored_json<T: Serialize>(
        &self,
        place: Place<'_>,
        value: &T,
    ) -> Result<Vec<u8>, SealError> {
        Ok(self.seal_stored(place, &to_json(value)?))
    }

    /// Opens what [`KeyRing::seal_stored_json`] sealed. Errors: `MissingKey`, `Broken`; `Form`, if it is no `T`.
    pub fn open_stored_json<T: DeserializeOwned>(
        &self,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<T, SealError> {
        from_json(&self.open_stored(place, sealed)?)
    }
}

/// `head ‖ nonce ‖ ciphertext and tag`, under a random nonce. `context` is authenticated and not stored.
pub(super) fn encrypt(secret: &Secret, head: &[u8], context: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let nonce: [u8; 24] = random();
    let ciphertext = XChaCha20Poly1305::new(secret.bytes().into())
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: plaintext,
                aad: context,
            },
        )
        .expect("values are shorter than the cipher's limit of 256 GiB");
    [head, &nonce, &ciphertext].concat()
}

/// Opens `nonce ‖ ciphertext and tag`.
pub(super) fn decrypt(
    secret: &Secret,
    context: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<24>().ok_or(SealError::Broken)?;
    XChaCha20Poly1305::new(secret.bytes().into())
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: ciphertext,
                aad: context,
            },
        )
        .map(Zeroizing::new)
        .map_err(|_| SealError::Broken)
}

fn to_json<T: Serialize>(value: &T) -> Result<Zeroizing<Vec<u8>>, SealError> {
    serde_json::to_vec(value)
        .map(Zeroizing::new)
        .map_err(|_| SealError::Form)
}

fn from_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, SealError> {
    serde_json::from_slice(json).map_err(|_| SealError::Form)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: Place<'static> = Place {
        table: "requests",
        id: "7",
        column: "details",
    };

    fn ring() -> KeyRing {
        KeyRing::ephemeral([7; 32])
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_place() {
        let key = ring().new_request_key();
        let sealed = key.seal(HERE, b"please remove me");
        assert_eq!(
            key.open(HERE, &sealed).as_deref().map(Vec::as_slice),
            Ok(&b"please remove me"[..])
        );
        for place in [
            Place {
                table: "messages",
                ..HERE
            },
            Place { id: "8", ..HERE },
            Place {
                column: "name",
                ..HERE
            },
        ] {
            assert_eq!(key.open(place, &sealed), Err(SealError::Broken));
        }
    }

    #[test]
    fn a_stored_value_opens_only_in_its_place_and_with_its_key() {
        let sealed = ring().seal_stored(HERE, b"Mira");
        assert_eq!(
            ring()
                .open_stored(HERE, &sealed)
                .as_deref()
                .map(Vec::as_slice),
            Ok(&b"Mira"[..])
        );
        assert_eq!(
            ring().open_stored(Place { id: "8", ..HERE }, &sealed),
            Err(SealError::Broken)
        );
        let missing = SealError::MissingKey(ring().current_id(Purpose::Store));
        assert_eq!(
            KeyRing::ephemeral([8; 32]).open_stored(HERE, &sealed),
            Err(missing)
        );
    }

    #[test]
    fn another_request_key_opens_nothing() {
        let sealed = ring().new_request_key().seal(HERE, b"please remove me");
        assert_eq!(
            ring().new_request_key().open(HERE, &sealed),
            Err(SealError::Broken)
        );
    }

    #[test]
    fn a_request_key_survives_wrapping_for_its_request_alone() {
        let key = ring().new_request_key();
        let sealed = key.seal(HERE, b"please remove me");
        let mut wrapped = ring().wrap(&key, "request 7");
        let again = ring()
            .unwrap_key(&wrapped, "request 7")
            .expect("the ring is the same");
        assert!(again.open(HERE, &sealed).is_ok());
        assert_eq!(
            ring().unwrap_key(&wrapped, "request 8").err(),
            Some(SealError::Broken)
        );
        let missing = SealError::MissingKey(wrapped.key_id);
        assert_eq!(
            KeyRing::ephemeral([8; 32])
                .unwrap_key(&wrapped, "request 7")
                .err(),
            Some(missing)
        );
        wrapped.bytes[30] ^= 1;
        assert_eq!(
            ring().unwrap_key(&wrapped, "request 7").err(),
            Some(SealError::Broken)
        );
    }

    #[test]
    fn a_change_of_any_byte_is_found() {
        let key = ring().new_request_key();
        let sealed = key.seal(HERE, b"Mira");
        let stored = ring().seal_stored(HERE, b"Mira");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(
                key.open(HERE, &changed),
                Err(SealError::Broken),
                "byte {at}"
            );
            assert_eq!(
                key.open(HERE, &sealed[..at]),
                Err(SealError::Broken),
                "cut at {at}"
            );
        }
        for at in 0..stored.len() {
            let mut changed = stored.clone();
            changed[at] ^= 1;
            assert!(ring().open_stored(HERE, &changed).is_err(), "byte {at}");
            assert!(
                ring().open_stored(HERE, &stored[..at]).is_err(),
                "cut at {at}"
            );
        }
    }

    #[test]
    fn sealing_twice_gives_different_bytes() {
        let key = ring().new_request_key();
        assert_ne!(key.seal(HERE, b"Mira"), key.seal(HERE, b"Mira"));
    }

    #[test]
    fn a_value_of_another_form_is_not_taken_for_the_expected_one() {
        let key = ring().new_request_key();
        let sealed = key
            .seal_json(HERE, &["Mira", "Halden"])
            .expect("JSON holds text");
        assert_eq!(
            key.open_json::<Vec<String>>(HERE, &sealed),
            Ok(vec!["Mira".to_owned(), "Halden".to_owned()])
        );
        assert_eq!(key.open_json::<u8>(HERE, &sealed), Err(SealError::Form));
        let stored = ring()
            .seal_stored_json(HERE, &7)
            .expect("JSON holds numbers");
        assert_eq!(ring().open_stored_json::<u8>(HERE, &stored), Ok(7));
    }

    #[test]
    fn a_stored_value_names_its_key() {
        let sealed = ring().seal_stored(HERE, b"Mira");
        let key = ring().current_id(Purpose::Store);
        assert_eq!(KeyRing::key_of_stored(&sealed), Some(key));
        assert_eq!(KeyRing::key_of_stored(&sealed[1..]), None);
        assert_eq!(KeyRing::key_of_stored(&sealed[..8]), None);
    }

    #[test]
    fn nothing_shows_a_key() {
        let ring = ring();
        let master = ring.current(Purpose::Master).secret.bytes();
        assert!(!format!("{ring:?}").contains(&format!("{}, {}", master[0], master[1])));
        assert_eq!(format!("{:?}", ring.new_request_key()), "RequestKey(…)");
    }

    proptest! {
        #[test]
        fn opening_any_bytes_fails_in_peace(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(ring().open_stored(HERE, &bytes).is_err());
            prop_assert!(ring().new_request_key().open(HERE, &bytes).is_err());
        }

        #[test]
        fn any_bytes_come_back_from_sealing(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let sealed = ring().seal_stored(HERE, &bytes);
            let opened = ring().open_stored(HERE, &sealed).expect("just sealed");
            prop_assert_eq!(&*opened, &bytes);
        }
    }
}

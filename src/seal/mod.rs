//! Keys and everything made with them: sealed columns, address digests, unsubscribe links.
//!
//! Owns the key file and is the only code that sees key bytes or asks the system for randomness.
//! It must never log, print or put into an error anything that was sealed, and it knows no table:
//! callers say where a value lives ([`Place`]).

mod digest;
mod id;
mod keyring;
pub mod recovery;
mod sealed;
mod search;
mod segment;
mod sender;
mod token;
mod webhook;

pub(crate) use digest::Label;
pub use digest::{Digest, NotADigest};
pub use id::Ids;
pub use keyring::{KeyFileError, KeyId, KeyRing, NotAKeyId, Purpose, UnknownPurpose, Verifier};
pub use sealed::{Place, RequestKey, SealError, Wrapped};
pub use segment::SegmentKey;
pub use sender::{ApiToken, SenderKeys};
pub use token::{TokenError, Unsubscribe};
pub use webhook::{SharedSecret, WebhookSecret};

/// `N` bytes from the operating system's random source.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system's random source answers once it has booted");
    bytes
}

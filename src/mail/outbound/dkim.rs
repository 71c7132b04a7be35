//! DKIM: a signature over a letter (RFC 6376; Ed25519: RFC 8463), and what the DNS must say for it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lettre::Message;
use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm,
    DkimSigningKey,
};
use lettre::message::header::HeaderName;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _, LineEnding};
use rsa::pkcs8::{EncodePublicKey as _, PrivateKeyInfo, SecretDocument};
use rsa::traits::PublicKeyParts as _;
use rsa::{RsaPrivateKey, RsaPublicKey};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::MailError;
use crate::config::Dkim;

/// What is signed. A header that is named here and missing cannot be added on the way, and the two
/// of RFC 8058 must be signed wherever they stand. Content-Type is not: lettre writes it with the
/// body and knows nothing of it when it signs, so naming it here would break every signature.
const SIGNED: [&str; 13] = [
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// Verifiers take no smaller RSA key for safe, and need take no larger one (RFC 8301).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;

const RSA: &str = "1.2.840.113549.1.1.1";
const ED25519: &str = "1.3.101.112";

/// What signs.
pub(super) struct Signer(DkimConfig);

impl Signer {
    /// With the configured key.
    ///
    /// # Errors
    /// [`MailError::Never`] if it is none.
    pub(super) fn new(dkim: &Dkim) -> Result<Signer, MailError> {
        let (key, algorithm) = match Key::read(dkim)? {
            Key::Rsa(key) => {
                let pem = key.to_pkcs1_pem(LineEnding::LF);
                let pem = pem.map_err(|error| broken(dkim, &error.to_string()))?;
                (pem, DkimSigningAlgorithm::Rsa)
            }
            Key::Ed25519(seed) => {
                let text = BASE64_STANDARD.encode(*seed);
                (Zeroizing::new(text), DkimSigningAlgorithm::Ed25519)
            }
        };
        let key = DkimSigningKey::new(&key, algorithm)
            .map_err(|error| broken(dkim, &error.to_string()))?;
        let relaxed = DkimCanonicalization {
            header: DkimCanonicalizationType::Relaxed,
            body: DkimCanonicalizationType::Relaxed,
        };
        let headers = SIGNED.map(HeaderName::new_from_ascii_str).to_vec();
        Ok(Signer(DkimConfig::new(
            dkim.selector.clone(),
            dkim.domain.clone(),
            key,
            headers,
            relaxed,
        )))
    }

    /// Puts the signature on a letter.
    pub(super) fn sign(&self, message: &mut Message) {
        // lettre goes one call deeper with every byte of the signed headers, which is more than the
        // stack of a worker is made for.
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .stack_size(32 * 1024 * 1024)
                .spawn_scoped(scope, || message.sign(&self.0));
            if let Err(error) = thread {
                tracing::error!(%error, "no thread to sign a letter; it leaves unsigned");
            }
        });
    }
}

/// A record of the DNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it stands.
    pub name: String,
    /// What it says, to be written as TXT.
    pub value: String,
}

impl Record {
    /// The line of a zone file. A string there has at most 255 bytes, so a long value has several.
    pub fn line(&self) -> String {
        let strings: Vec<_> = self
            .value
            .as_bytes()
            .chunks(255)
            .map(|part| format!("\"{}\"", String::from_utf8_lossy(part)))
            .collect();
        format!("{}. IN TXT {}", self.name, strings.join(" "))
    }
}

/// What must be published for the configured key.
///
/// # Errors
/// [`MailError::Never`] if it is none.
pub fn record(dkim: &Dkim) -> Result<Record, MailError> {
    let (kind, public) = match Key::read(dkim)? {
        Key::Rsa(key) => {
            let public = RsaPublicKey::from(&*key).to_public_key_der();
            let public = public.map_err(|error| broken(dkim, &error.to_string()))?;
            ("rsa", public.as_bytes().to_vec())
        }
        Key::Ed25519(seed) => {
            let key = ed25519_dalek::SigningKey::from_bytes(&seed);
            ("ed25519", key.verifying_key().to_bytes().to_vec())
        }
    };
    Ok(Record {
        name: format!("{}._domainkey.{}", dkim.selector, dkim.domain),
        value: format!("v=DKIM1; k={kind}; p={}", BASE64_STANDARD.encode(public)),
    })
}

enum Key {
    Rsa(Box<RsaPrivateKey>),
    Ed25519(Zeroizing<[u8; 32]>),
}

impl Key {
    /// From PEM: PKCS#8 of either kind, or PKCS#1.
    fn read(dkim: &Dkim) -> Result<Key, MailError> {
        let (label, document) = SecretDocument::from_pem(dkim.key.expose_secret())
            .map_err(|error| broken(dkim, &error.to_string()))?;
        if label == "RSA PRIVATE KEY" {
            return rsa(dkim, document.as_bytes());
        }
        if label != "PRIVATE KEY" {
            return Err(broken(dkim, &format!("it holds a {label}")));
        }
        let info = PrivateKeyInfo::try_from(document.as_bytes())
            .map_err(|error| broken(dkim, &error.to_string()))?;
        match info.algorithm.oid.to_string().as_str() {
            RSA => rsa(dkim, info.private_key),
            // An OCTET STRING of 32 bytes within the one of PKCS#8 (RFC 8410).
            ED25519 => match info.private_key {
                [0x04, 0x20, seed @ ..] if seed.len() == 32 => {
                    let mut key = Zeroizing::new([0; 32]);
                    key.copy_from_slice(seed);
                    Ok(Key::Ed25519(key))
                }
                _ => Err(broken(dkim, "its Ed25519 key is broken")),
            },
            _ => Err(broken(dkim, "it is neither RSA nor Ed25519")),
        }
    }
}

fn rsa(dkim: &Dkim, der: &[u8]) -> Result<Key, MailError> {
    let key = RsaPrivateKey::from_pkcs1_der(der)
        .map_err(|error| broken(dkim, &format!("RSA: {error}")))?;
    let bits = key.n().bits();
    if !RSA_BITS.contains(&bits) {
        return Err(broken(dkim, &format!("it has {bits} bits")));
    }
    Ok(Key::Rsa(Box::new(key)))
}

fn broken(dkim: &Dkim, why: &str) -> MailError {
    MailError::Never(format!(
        "mail.dkim.key_file: {} is no key to sign with: {why}; write a private key in PEM, RSA of \
         2048 to 4096 bits or Ed25519, as `openssl genpkey` does",
        dkim.key_file.display()
    ))
}

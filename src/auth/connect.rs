//! The tokens with which Atlassian signs what it tells a Connect app (JWT, RFC 7519).
//!
//! Which algorithm counts is decided by what is told, never by the token: a public key is never taken
//! for a shared secret, and a token without a signature is none. The time is passed in.

use jiff::Timestamp;
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Validation, decode, decode_header};
use rsa::RsaPublicKey;
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::pkcs8::DecodePublicKey;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The longest token that is looked at.
const LONGEST: usize = 8 * 1024;

/// How far the clocks of Atlassian and of this machine may differ, in seconds.
const LEEWAY: i64 = 60;

/// The key that a token must be signed with, and so how.
pub enum Key {
    /// Atlassian's own: RS256.
    Public(PublicKey),
    /// The one shared with the tenant: HS256.
    Shared(Vec<u8>),
}

/// A public key of Atlassian's.
pub struct PublicKey(DecodingKey);

/// The file holds no public RSA key in PEM.
#[derive(Debug, thiserror::Error)]
#[error("this is no public RSA key in PEM")]
pub struct NotAKey;

impl PublicKey {
    /// Reads `-----BEGIN PUBLIC KEY-----`.
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn from_pem(text: &str) -> Result<PublicKey, NotAKey> {
        let key = RsaPublicKey::from_public_key_pem(text.trim()).map_err(|_| NotAKey)?;
        let der = key.to_pkcs1_der().map_err(|_| NotAKey)?;
        Ok(PublicKey(DecodingKey::from_rsa_der(der.as_bytes())))
    }
}

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who signed: the tenant's key.
    pub issuer: &'a str,
    /// For whom: the app's address. A token under a shared secret names nobody.
    pub audience: &'a str,
    /// The [`query_hash`] of the request.
    pub query_hash: &'a str,
    /// The time.
    pub now: Timestamp,
}

/// What a token says that was found to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// When it was signed.
    pub at: Timestamp,
}

/// Why a token is not believed. For the log, never for whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is none, or it cannot be read.
    #[error("no token that can be read")]
    Unreadable,
    /// It names no key, or one that is not there.
    #[error("no key of this name")]
    UnknownKey,
    /// It is not signed in the way that is asked for.
    #[error("not signed with the algorithm that this event asks for")]
    Algorithm,
    /// The signature is not of this key.
    #[error("a wrong signature")]
    Signature,
    /// It is for another app.
    #[error("for another audience")]
    Audience,
    /// It is from another tenant.
    #[error("from another issuer")]
    Issuer,
    /// It is for another request.
    #[error("for another request (qsh)")]
    QueryHash,
    /// Its time is over, or has not come.
    #[error("not of this time")]
    Time,
}

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    qsh: String,
}

/// The name of the key that a token says it is signed with. It can be part of a file's name.
///
/// # Errors
/// [`Refused::Unreadable`]; [`Refused::UnknownKey`] if it names none.
pub fn key_name(token: &str) -> Result<String, Refused> {
    let name = header(token)?.kid.ok_or(Refused::UnknownKey)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let fits = (1..=128).contains(&name.len()) && name.chars().all(is_plain);
    match fits && !name.starts_with('.') {
        true => Ok(name),
        false => Err(Refused::UnknownKey),
    }
}

fn header(token: &str) -> Result<jsonwebtoken::Header, Refused> {
    if token.len() > LONGEST {
        return Err(Refused::Unreadable);
    }
    // `none` is no algorithm, so that a header with it cannot be read.
    decode_header(token).map_err(|_| Refused::Unreadable)
}

/// Checks a token.
///
/// # Errors
/// [`Refused`].
pub fn verify(token: &str, key: &Key, expected: &Expected<'_>) -> Result<Signed, Refused> {
    // Whoever else installed one of the process's own is welcome; both check the same.
    let _ = PROVIDER.install_default();
    let (algorithm, shared);
    let (key, is_public) = match key {
        Key::Public(PublicKey(key)) => {
            algorithm = Algorithm::RS256;
            (key, true)
        }
        Key::Shared(secret) => {
            algorithm = Algorithm::HS256;
            shared = DecodingKey::from_secret(secret);
            (&shared, false)
        }
    };
    if header(token)?.alg != algorithm {
        return Err(Refused::Algorithm);
    }
    let mut validation = Validation::new(algorithm);
    // Its clock is the system's. Ours is passed in, below.
    validation.validate_exp = false;
    validation.validate_aud = is_public;
    let address = expected.audience.trim_end_matches('/');
    validation.set_audience(&[address.to_owned(), format!("{address}/")]);
    validation.set_issuer(&[expected.issuer]);
    let required: &[&str] = match is_public {
        true => &["exp", "iss", "aud"],
        false => &["exp", "iss"],
    };
    validation.set_required_spec_claims(required);
    let claims = decode::<Claims>(token, key, &validation)
        .map_err(|error| refused(&error))?
        .claims;
    let now = expected.now.as_second();
    let is_early = |at: i64| at > now.saturating_add(LEEWAY);
    if claims.exp.saturating_add(LEEWAY) < now
        || is_early(claims.iat)
        || claims.nbf.is_some_and(is_early)
        || claims.exp < claims.iat
    {
        return Err(Refused::Time);
    }
    if claims.qsh != expected.query_hash {
        return Err(Refused::QueryHash);
    }
    Timestamp::from_second(claims.iat)
        .map(|at| Signed { at })
        .map_err(|_| Refused::Time)
}

fn refused(error: &Error) -> Refused {
    match error.kind() {
        ErrorKind::InvalidSignature => Refused::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => Refused::Algorithm,
        ErrorKind::InvalidAudience => Refused::Audience,
        ErrorKind::InvalidIssuer => Refused::Issuer,
        ErrorKind::MissingRequiredClaim(claim) => match claim.as_str() {
            "aud" => Refused::Audience,
            "iss" => Refused::Issuer,
            _ => Refused::Time,
        },
        _ => Refused::Unreadable,
    }
}

/// The hash that binds a token to its request: method, path below the app's address, and query.
pub fn query_hash(method: &str, path: &str, query: &str) -> String {
    let path = match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    };
    let mut parameters: Vec<(String, String)> =
        serde_urlencoded::from_str::<Vec<(String, String)>>(query)
            .unwrap_or_default()
            .into_iter()
            .filter(|(name, _)| name != "jwt")
            .map(|(name, value)| (escaped(&name, ""), escaped(&value, "")))
            .collect();
    parameters.sort();
    let query = parameters
        .chunk_by(|one, other| one.0 == other.0)
        .map(|same| {
            let values: Vec<&str> = same.iter().map(|(_, value)| value.as_str()).collect();
            format!("{}={}", same[0].0, values.join(","))
        })
        .collect::<Vec<_>>()
        .join("&");
    let canonical = format!(
        "{}&{}&{query}",
        method.to_ascii_uppercase(),
        escaped(path, "/%")
    );
    let digest = Sha256::digest(canonical.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Percent-encoded, but for what RFC 3986 leaves as it is and what is given.
pub(super) fn escaped(text: &str, keep: &str) -> String {
    text.bytes()
        .map(|byte| match char::from(byte) {
            c if c.is_ascii_alphanumeric() || "-._~".contains(c) || keep.contains(c) => {
                c.to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Signatures are checked by ring, which TLS is made with too. Nothing is signed here.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

fn verifier(
    algorithm: &Algorithm,
    key: &DecodingKey,
) -> jsonwebtoken::errors::Result<Box<dyn JwtVerifier>> {
    let bytes = key.try_get_as_bytes()?;
    match (algorithm, key.family()) {
        (Algorithm::RS256, AlgorithmFamily::Rsa) => Ok(Box::new(Rs256(bytes.to_vec()))),
        (Algorithm::HS256, AlgorithmFamily::Hmac) => Ok(Box::new(Hs256(ring::hmac::Key::new(
            ring::hmac::HMAC_SHA256,
            bytes,
        )))),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

/// A public key in the form of PKCS #1.
struct Rs256(Vec<u8>);

impl Verifier<Vec<u8>> for Rs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let key = ring::signature::UnparsedPublicKey::new(
            &ring::signature::RSA_PKCS1_2048_8192_SHA256,
            &self.0,
        );
        key.verify(message, signature)
            .map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Rs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

struct Hs256(ring::hmac::Key);

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        ring::hmac::verify(&self.0, message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
    use serde_json::{Value, json};

    use super::*;

    macro_rules! data {
        ($name:literal) => {
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/data/connect/",
                $name
            ))
        };
    }
    const SECRET: &[u8] = b"invented-do-not-use-0000000000000000";
    const NOW: i64 = 1_795_166_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).expect("a time")
    }

    fn public() -> Key {
        Key::Public(PublicKey::from_pem(data!("key-1.pem")).expect("a key"))
    }

    fn shared() -> Key {
        Key::Shared(SECRET.to_vec())
    }

    fn hash() -> String {
        query_hash("POST", "/installed", "")
    }

    fn check(token: &str, key: &Key) -> Result<Signed, Refused> {
        let expected = Expected {
            issuer: "tenant-1",
            audience: "https://app.vendor.example/connect",
            query_hash: &hash(),
            now: now(),
        };
        verify(token, key, &expected)
    }

    fn claims() -> Value {
        json!({
            "iss": "tenant-1",
            "aud": ["https://app.vendor.example/connect"],
            "iat": NOW - 5,
            "exp": NOW + 175,
            "qsh": hash(),
        })
    }

    fn with(change: &[(&str, Value)]) -> Value {
        let mut claims = claims();
        for (name, value) in change {
            match value {
                Value::Null => drop(claims.as_object_mut().expect("claims").remove(*name)),
                value => claims[*name] = value.clone(),
            }
        }
        claims
    }

    fn message(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        format!("{}.{}", part(header), part(claims))
    }

    fn rs256(claims: &Value, pem: &str) -> String {
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(body).expect("base64");
        let pair = ring::rsa::KeyPair::from_pkcs8(&der).expect("a private key");
        let message = message(
            &json!({"alg": "RS256", "typ": "JWT", "kid": "key-1"}),
            claims,
        );
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(
            &ring::signature::RSA_PKCS1_SHA256,
            &ring::rand::SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        )
        .expect("a signature");
        format!("{message}.{}", BASE64.encode(signature))
    }

    fn hmac(header: &Value, claims: &Value, secret: &[u8]) -> String {
        let message = message(header, claims);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        let tag = ring::hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", BASE64.encode(tag))
    }

    fn hs256(claims: &Value, secret: &[u8]) -> String {
        hmac(&json!({"alg": "HS256", "typ": "JWT"}), claims, secret)
    }

    #[test]
    fn a_token_of_either_kind_says_when_it_was_signed() {
        let at = Timestamp::from_second(NOW - 5).expect("a time");
        let signed = rs256(&claims(), data!("key-1.private.pem"));
        assert_eq!(check(&signed, &public()), Ok(Signed { at }));
        assert_eq!(key_name(&signed).as_deref(), Ok("key-1"));
        // The audience may be one text, with a slash at the end.
        let one = with(&[("aud", json!("https://app.vendor.example/connect/"))]);
        assert!(check(&rs256(&one, data!("key-1.private.pem")), &public()).is_ok());
        // Under a shared secret nobody is named.
        let nobody = with(&[("aud", Value::Null)]);
        assert_eq!(check(&hs256(&nobody, SECRET), &shared()), Ok(Signed { at }));
    }

    #[test]
    fn the_event_decides_on_the_algorithm_not_the_token() {
        let pem = data!("key-1.pem");
        for secret in [pem.as_bytes(), pem.trim().as_bytes(), SECRET] {
            assert_eq!(
                check(&hs256(&claims(), secret), &public()),
                Err(Refused::Algorithm)
            );
        }
        let signed = rs256(&claims(), data!("key-1.private.pem"));
        assert_eq!(check(&signed, &shared()), Err(Refused::Algorithm));
        for alg in ["none", "None", "NONE", "HS512", "RS512", "PS256", "ES256"] {
            let header = json!({"alg": alg, "typ": "JWT"});
            for token in [
                format!("{}.", message(&header, &claims())),
                hmac(&header, &claims(), SECRET),
            ] {
                for key in [public(), shared()] {
                    // A word that is no algorithm is not even a header.
                    let refused = check(&token, &key);
                    assert!(
                        matches!(refused, Err(Refused::Algorithm | Refused::Unreadable)),
                        "{alg}: {refused:?}"
                    );
                }
            }
        }
        // The signature of a header that is exchanged afterwards is of another message.
        let body = signed.split_once('.').expect("a header").1;
        let header = BASE64.encode(json!({"alg": "RS256", "kid": "other"}).to_string());
        assert_eq!(
            check(&format!("{header}.{body}"), &public()),
            Err(Refused::Signature)
        );
    }

    #[test]
    fn another_key_or_secret_or_content_is_a_wrong_signature() {
        let other = rs256(&claims(), data!("key-2.private.pem"));
        assert_eq!(check(&other, &public()), Err(Refused::Signature));
        assert_eq!(
            check(&hs256(&claims(), b"another"), &shared()),
            Err(Refused::Signature)
        );
        let token = rs256(&claims(), data!("key-1.private.pem"));
        let parts: Vec<&str> = token.split('.').collect();
        let forged = BASE64.encode(with(&[("exp", json!(NOW + 9_000))]).to_string());
        let forged = format!("{}.{forged}.{}", parts[0], parts[2]);
        assert_eq!(check(&forged, &public()), Err(Refused::Signature));
    }

    #[test]
    fn what_a_token_says_must_be_of_this_request_and_time() {
        use Refused::*;
        for (change, why) in [
            (("iss", json!("tenant-2")), Issuer),
            (("iss", Value::Null), Issuer),
            (("aud", json!("https://other.vendor.example")), Audience),
            (("aud", Value::Null), Audience),
            (
                ("qsh", json!(query_hash("POST", "/uninstalled", ""))),
                QueryHash,
            ),
            (("qsh", json!("context-qsh")), QueryHash),
            (("qsh", Value::Null), Unreadable),
            (("exp", json!(NOW - LEEWAY - 1)), Time),
            (("exp", Value::Null), Unreadable),
            (("exp", json!("soon")), Unreadable),
            (("iat", json!(NOW + LEEWAY + 1)), Time),
            (("iat", Value::Null), Unreadable),
            (("nbf", json!(NOW + LEEWAY + 1)), Time),
        ] {
            let change = [change];
            let token = rs256(&with(&change), data!("key-1.private.pem"));
            assert_eq!(check(&token, &public()), Err(why), "{change:?}");
        }
    }

    #[test]
    fn what_is_no_token_is_none() {
        let long = "a".repeat(LONGEST + 1);
        for token in ["", "a", "a.b", "a.b.c", "....", "\u{0}", &long] {
            assert_eq!(check(token, &public()), Err(Refused::Unreadable), "{token}");
            assert!(key_name(token).is_err());
        }
        for kid in [
            "../../etc/passwd",
            "",
            ".hidden",
            "a/b",
            "a b",
            &"k".repeat(129),
        ] {
            let header = json!({"alg": "RS256", "kid": kid});
            let token = format!("{}.x", message(&header, &claims()));
            assert_eq!(key_name(&token), Err(Refused::UnknownKey), "{kid}");
        }
        assert!(PublicKey::from_pem(data!("key-1.private.pem")).is_err());
        assert!(PublicKey::from_pem("").is_err());
    }

    #[test]
    fn the_hash_is_of_the_canonical_request() {
        let sha = |text: &str| {
            let digest = Sha256::digest(text.as_bytes());
            digest
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        assert_eq!(hash(), sha("POST&/installed&"));
        assert_eq!(query_hash("post", "/a/", "jwt=x"), sha("POST&/a&"));
        assert_eq!(query_hash("GET", "/", ""), sha("GET&/&"));
        assert_eq!(
            query_hash("GET", "/a b", "z=1&a=2&a=1&user_key=x%20y&star=*&plus=+"),
            sha("GET&/a%20b&a=1,2&plus=%20&star=%2A&user_key=x%20y&z=1")
        );
    }
}

//! Asks a witness for its cosignature, over HTTPS.
//!
//! Believes nothing: what a witness answers are lines that look like signatures. Whether they are,
//! and whose, only `audit` can say, with the keys that are trusted.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};
use url::Url;

use super::protocol::{SIZE_TYPE, written};
use super::{MAX_BODY, PATH};
use crate::audit::note::{MAX_SIGNATURES, Note, SignatureLine, decimal};
use crate::audit::tree::Hash;

/// How long a witness may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a witness answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Signature lines, at least one, not checked.
    Cosigned(Vec<SignatureLine>),
    /// It has seen this size last. Ask again from there, with the proof. If it is the size that was
    /// handed in as old and new, the witness has seen another root of it: the log has two pasts.
    Conflict {
        /// The size; 0 if it has seen nothing of this log.
        size: u64,
    },
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address cannot be that of a witness.
    #[error("the address of a witness is https://HOST/PATH; http:// is for this machine alone")]
    Address,
    /// This machine cannot speak TLS.
    #[error(
        "cannot start HTTPS: are the system's certificate authorities (ca-certificates) there?"
    )]
    Tls(#[source] reqwest::Error),
    /// Nobody answered in time.
    #[error("the witness did not answer in time")]
    TimedOut,
    /// The connection failed.
    #[error("the witness cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The witness does not cosign.
    #[error("the witness answered {status}{}{said}", if .said.is_empty() { "" } else { ": " })]
    Refused {
        /// The status in HTTP.
        status: u16,
        /// The first line of its answer, shortened.
        said: String,
    },
    /// The answer is not one that a witness gives.
    #[error("what answered is not a witness: {0}")]
    NotAWitness(&'static str),
}

/// A client for [`submit`]: no redirects, and an answer within 10 seconds.
///
/// # Errors
/// `Tls` if the system has no certificate authorities.
pub fn http() -> Result<reqwest::Client, ClientError> {
    http_within(PATIENCE)
}

/// A client that waits as long as this for the whole answer.
///
/// # Errors
/// `Tls` if the system has no certificate authorities.
pub fn http_within(patience: Duration) -> Result<reqwest::Client, ClientError> {
    crate::http::client(patience).map_err(ClientError::Tls)
}

/// Where checkpoints are handed in at a witness. `url` is its address: HTTPS, or HTTP on this
/// machine, without a name, password, query or fragment.
///
/// # Errors
/// `Address` for any other.
pub fn endpoint(url: &str) -> Result<Url, ClientError> {
    let mut url = Url::parse(url).map_err(|_| ClientError::Address)?;
    if url.query().is_some() || !crate::http::may_ask(&url) {
        return Err(ClientError::Address);
    }
    let path = format!("{}{PATH}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// Hands a checkpoint in at the witness below `url`, with the proof that the log has grown from
/// `old` entries. With `old` 0 the proof is empty.
///
/// # Errors
/// Whatever is neither a cosignature nor a conflict. It may be tried again at any time.
pub async fn submit(
    http: &reqwest::Client,
    url: &str,
    old: u64,
    proof: &[Hash],
    note: &Note,
) -> Result<Answer, ClientError> {
    let response = http
        .post(endpoint(url)?)
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(written(old, proof, note))
        .send()
        .await
        .map_err(unreachable)?;
    let status = response.status();
    let is_size = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes() == SIZE_TYPE.as_bytes());
    let body = body(response).await?;
    match status {
        StatusCode::OK => cosignatures(&body)
            .map(Answer::Cosigned)
            .ok_or(ClientError::NotAWitness("its answer is not a cosignature")),
        StatusCode::CONFLICT if is_size => str::from_utf8(&body)
            .ok()
            .and_then(|body| decimal(body.strip_suffix('\n')?))
            .map(|size| Answer::Conflict { size })
            .ok_or(ClientError::NotAWitness("its answer is not a size")),
        status => Err(ClientError::Refused {
            status: status.as_u16(),
            said: first_line(&body),
        }),
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, ClientError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(ClientError::NotAWitness("its answer is over 64 KiB"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn cosignatures(body: &[u8]) -> Option<Vec<SignatureLine>> {
    let lines = str::from_utf8(body).ok()?.strip_suffix('\n')?;
    if lines.split('\n').count() > MAX_SIGNATURES {
        return None;
    }
    lines.split('\n').map(|line| line.parse().ok()).collect()
}

/// What a person may be shown of an answer that came from anywhere.
fn first_line(body: &[u8]) -> String {
    String::from_utf8_lossy(body)
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}

/// The address is left out: whoever asked knows it, and a log need not.
fn unreachable(error: reqwest::Error) -> ClientError {
    if error.is_timeout() {
        ClientError::TimedOut
    } else {
        ClientError::Unreachable(error.without_url())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_witness_is_asked_over_https_or_on_this_machine() {
        for (url, asked) in [
            ("https://w.example", "https://w.example/add-checkpoint"),
            ("https://w.example/a/", "https://w.example/a/add-checkpoint"),
            ("http://127.0.0.1:81", "http://127.0.0.1:81/add-checkpoint"),
            ("http://[::1]:81/", "http://[::1]:81/add-checkpoint"),
            ("http://localhost/w", "http://localhost/w/add-checkpoint"),
        ] {
            assert_eq!(endpoint(url).unwrap().as_str(), asked);
        }
        for url in [
            "",
            "w.example",
            "http://w.example",
            "http://192.0.2.1/",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "http://[::2]/",
            "ftp://localhost/",
            "file:///etc/passwd",
            "https://name@w.example",
            "https://name:word@w.example",
            "https://w.example?a",
            "https://w.example#a",
        ] {
            assert!(matches!(endpoint(url), Err(ClientError::Address)), "{url}");
        }
    }

    #[test]
    fn only_signature_lines_are_cosignatures() {
        let line = "— name AQIDBAU=\n";
        assert_eq!(cosignatures(line.as_bytes()).unwrap().len(), 1);
        assert_eq!(cosignatures(line.repeat(64).as_bytes()).unwrap().len(), 64);
        for other in [
            "",
            "\n",
            line.trim_end(),
            &format!("{line}\n"),
            &format!("{line}<html>\n"),
            &line.repeat(65),
        ] {
            assert_eq!(cosignatures(other.as_bytes()), None, "{other}");
        }
        assert_eq!(cosignatures(b"\xff\n"), None);
    }

    #[test]
    fn of_a_strange_answer_one_short_line_is_shown() {
        assert_eq!(first_line(b""), "");
        assert_eq!(first_line(b"no\x1b[31m\r\nmore"), "no[31m");
        assert_eq!(first_line(&[b'x'; 300]).len(), 200);
        let refused = |said: &str| {
            let said = said.to_owned();
            ClientError::Refused { status: 403, said }.to_string()
        };
        assert_eq!(refused(""), "the witness answered 403");
        assert_eq!(refused("no"), "the witness answered 403: no");
    }
}

//! A server of another system, asked over HTTP: only itself, for so long, and for so much.

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use url::Url;

use crate::domain::store::StoreError;
use crate::http;
use crate::seal::{SharedSecret, random};

/// How long a server is left alone that asks for it without saying how long.
const UNSAID: SignedDuration = SignedDuration::from_secs(5);

/// A server that has been asked to wait for longer than this is asked again all the same.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// One server.
#[derive(Clone, Debug)]
pub struct Peer {
    client: Client,
    base: Url,
}

/// What a server answered, whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status. Failures of the server, and its wish to be left alone, never come this far.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// [`StoreError::Retry`]: an answer that was cut off, or the page of something in between.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, StoreError> {
        serde_json::from_slice(&self.body).map_err(|_| {
            let status = self.status.as_u16();
            StoreError::Retry(format!(
                "The answer ({status}) is not what the server is known to say."
            ))
        })
    }
}

impl Peer {
    /// A server under `base`, which waits as long as `patience` for each answer, and trusts the
    /// certificate authority in `ca_file` too.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn new(base: Url, patience: Duration, ca_file: Option<&Path>) -> Result<Peer, String> {
        if !http::may_ask(&base) {
            // Without the address itself, which may hold what should not stand there.
            return Err(
                "the address must begin with https://, without a name and a password in it"
                    .to_owned(),
            );
        }
        let ca = match ca_file {
            None => None,
            Some(path) => {
                let pem = std::fs::read(path)
                    .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
                let read = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
                if read.is_empty() {
                    return Err(format!("{} holds no certificate", path.display()));
                }
                Some(read)
            }
        };
        let client = http::client_trusting(patience, ca.unwrap_or_default())
            .map_err(|error| format!("this machine cannot speak TLS: {error}"))?;
        Ok(Peer { client, base })
    }

    /// A question to an address of this server; `path` is relative to its base, or whole.
    ///
    /// # Errors
    /// [`StoreError::Bug`] if it leads to another server: an answer may name any address.
    pub fn ask(&self, method: Method, path: &str) -> Result<RequestBuilder, StoreError> {
        let url = self.base.join(path).ok();
        let url = url.filter(|url| url.origin() == self.base.origin() && http::may_ask(url));
        match url {
            Some(url) => Ok(self.client.request(method, url)),
            None => Err(StoreError::Bug(
                "an address that leads away from the server".to_owned(),
            )),
        }
    }

    /// Posts JSON to its base, signed as Standard Webhooks say, under an id of its own; with the
    /// answer comes that id, since an answer can be signed for it.
    ///
    /// # Errors
    /// As [`send`](Peer::send).
    pub async fn ask_signed(
        &self,
        secret: &SharedSecret,
        now: Timestamp,
        body: String,
        limit: usize,
    ) -> Result<(String, Answer), StoreError> {
        let id = format!("msg_{:032x}", u128::from_be_bytes(random()));
        let at = now.as_second();
        let question = self
            .ask(Method::POST, "")?
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", secret.sign(&id, at, body.as_bytes()))
            .body(body);
        let answer = self.send(question, limit).await?;
        Ok((id, answer))
    }

    /// Sends a question and reads the whole answer, of `limit` bytes at the most.
    ///
    /// # Errors
    /// [`StoreError::Retry`] if there is none, or the server fails; [`StoreError::Later`] if it asks
    /// to be left alone; [`StoreError::NeedsPerson`] if the answer is too large.
    pub async fn send(&self, question: RequestBuilder, limit: usize) -> Result<Answer, StoreError> {
        let mut answer = question.send().await.map_err(|error| silent(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let after = retry_after(&headers);
        if status == StatusCode::TOO_MANY_REQUESTS || (status.is_server_error() && after.is_some())
        {
            let reason = reason(&headers).map_or(String::new(), |reason| format!(", {reason}"));
            return Err(StoreError::Later {
                cause: format!(
                    "It asks to be left alone for a while ({}{reason}).",
                    status.as_u16()
                ),
                after: after.unwrap_or(UNSAID).min(LONGEST),
            });
        }
        if status.is_server_error() {
            return Err(StoreError::Retry(format!(
                "It answers with the failure {}.",
                status.as_u16()
            )));
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| silent(&error))? {
            if body.len() + part.len() > limit {
                return Err(StoreError::NeedsPerson {
                    cause: format!("An answer is larger than {} MiB.", limit >> 20),
                    mend: "Look in the system itself what is so large.".to_owned(),
                });
            }
            body.extend_from_slice(&part);
        }
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

/// Why there is no answer, without the address, which may hold a key.
fn silent(error: &reqwest::Error) -> StoreError {
    StoreError::Retry(
        if error.is_timeout() {
            "It does not answer in time."
        } else if error.is_connect() {
            "It cannot be reached."
        } else {
            "The answer broke off."
        }
        .to_owned(),
    )
}

/// The seconds of `Retry-After` (RFC 9110, 10.2.3). A date there would need both clocks to agree.
fn retry_after(headers: &HeaderMap) -> Option<SignedDuration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds: u32 = value.parse().ok()?;
    Some(SignedDuration::from_secs(seconds.into()))
}

/// What was too much, as some servers name it in `RateLimit-Reason`: a short word, or nothing.
fn reason(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("ratelimit-reason")?.to_str().ok()?;
    let is_word = |c: char| c.is_ascii_lowercase() || c == '-';
    (value.len() <= 40 && value.chars().all(is_word)).then_some(value)
}

#[cfg(test)]
mod tests;

//! `[request_tracker]`: Request Tracker 5 over REST 2, and the helper on its host.

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::Reader;
use crate::http;
use crate::seal::SharedSecret;

/// A Request Tracker.
#[derive(Debug, Clone)]
pub struct RequestTracker {
    /// Where it is, with the path under which it lies, ending in `/`.
    pub url: Url,
    /// A certificate authority of our own that its certificate comes from.
    pub ca_file: Option<PathBuf>,
    /// The token of the service account.
    pub token: SecretString,
    /// The number of the service account, as its token says it.
    pub account: u64,
    /// The helper on its host: with it all goes, without it only the person's own record.
    pub helper: Option<RtHelper>,
    /// A file larger than so many bytes is told of and not handed over.
    pub max_file: usize,
    /// More records of one person than this are looked at by a person first.
    pub max_items: usize,
    /// Whether the name that an account bears is looked for in other people's tickets.
    pub search_names: bool,
}

/// The helper on the host of a Request Tracker (contrib/request-tracker).
#[derive(Debug, Clone)]
pub struct RtHelper {
    /// Where it is.
    pub url: Url,
    /// A certificate authority of our own that its certificate comes from.
    pub ca_file: Option<PathBuf>,
    /// What calls are signed with.
    pub secret: SharedSecret,
}

/// The same as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    url: String,
    ca_file: Option<PathBuf>,
    token_file: Option<PathBuf>,
    mode: String,
    #[serde(default = "default_max_file_mib")]
    max_file_mib: usize,
    #[serde(default = "default_max_items")]
    max_items: usize,
    #[serde(default = "default_search_names")]
    search_names: bool,
    helper: Option<WrittenHelper>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHelper {
    url: String,
    ca_file: Option<PathBuf>,
    secret_file: Option<PathBuf>,
}

fn default_max_file_mib() -> usize {
    32
}

fn default_max_items() -> usize {
    10_000
}

fn default_search_names() -> bool {
    true
}

impl Written {
    pub(super) fn finish(self, reader: &mut Reader<'_>) -> Option<RequestTracker> {
        let url = address(reader, "request_tracker.url", &self.url);
        let token = reader.secret("token", self.token_file.as_deref());
        let account = token
            .as_ref()
            .and_then(|token| account_of(token.expose_secret()));
        if token.is_some() && account.is_none() {
            let reason = "it is no token of Request Tracker 5, such as 1-27-0123456789abcdef";
            reader.wrong("token", reason);
        }
        let helper = match (self.mode.as_str(), self.helper) {
            ("record", None) => None,
            ("record", Some(_)) => {
                let reason = "only with mode = \"full\"";
                reader.wrong("request_tracker.helper", reason);
                None
            }
            ("full", Some(written)) => written.finish(reader),
            ("full", None) => {
                let reason = "missing; mode = \"full\" needs the helper on the host of Request \
                              Tracker";
                reader.wrong("request_tracker.helper", reason);
                None
            }
            _ => {
                let reason = "write \"record\" or \"full\"";
                reader.wrong("request_tracker.mode", reason);
                None
            }
        };
        for (key, value, largest) in [
            ("request_tracker.max_file_mib", self.max_file_mib, 256),
            ("request_tracker.max_items", self.max_items, 100_000),
        ] {
            if !(1..=largest).contains(&value) {
                reader.wrong(key, format!("from 1 to {largest}"));
            }
        }
        Some(RequestTracker {
            url: url?,
            ca_file: self.ca_file.map(|file| reader.path(&file)),
            token: token?,
            account: account?,
            helper,
            max_file: self.max_file_mib << 20,
            max_items: self.max_items,
            search_names: self.search_names,
        })
    }
}

impl WrittenHelper {
    fn finish(self, reader: &mut Reader<'_>) -> Option<RtHelper> {
        let url = address(reader, "request_tracker.helper.url", &self.url);
        let secret = reader.secret("helper_secret", self.secret_file.as_deref());
        let secret = secret.and_then(|words| {
            let secret = SharedSecret::parse(words.expose_secret());
            if secret.is_none() {
                let reason = "write whsec_ and 32 random bytes in Base64, as `openssl rand \
                              -base64 32` makes them";
                reader.wrong("helper_secret", reason);
            }
            secret
        });
        Some(RtHelper {
            url: url?,
            ca_file: self.ca_file.map(|file| reader.path(&file)),
            secret: secret?,
        })
    }
}

/// An address that may be asked, ending in `/`.
fn address(reader: &mut Reader<'_>, key: &str, text: &str) -> Option<Url> {
    let slashed = format!("{}/", text.trim_end_matches('/'));
    let url = Url::parse(&slashed).ok();
    let url = url.filter(|url| http::may_ask(url) && url.query().is_none());
    if url.is_none() {
        let reason = "write an address with https:// (or http:// on this machine), without a \
                      name, a password or a question mark";
        reader.wrong(key, reason);
    }
    url
}

/// The account of a token: `1-27-…` is one of account 27 (`RT::AuthToken`).
fn account_of(token: &str) -> Option<u64> {
    let mut parts = token.splitn(3, '-');
    let version = parts.next()?;
    let account = parts.next()?.parse().ok()?;
    let rest = parts.next()?;
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (version.parse::<u8>().is_ok() && rest.len() >= 16 && is_hex(rest)).then_some(account)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Connector, StoreFile, parse};
    use crate::seal::SharedSecret;

    const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn read(table: &str) -> Result<StoreFile, Vec<String>> {
        let text = format!("name = \"rt\"\ntitle = \"RT\"\ncategory = \"ticket\"\n{table}");
        parse(&text, Path::new("/nowhere"), &|name| match name {
            "LETHE_STORE_RT_TOKEN" => Some("1-27-0123456789abcdef".to_owned()),
            "LETHE_STORE_RT_HELPER_SECRET" => Some(SECRET.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn a_good_one_is_read() {
        let store = read(
            "[request_tracker]\nurl = \"https://rt.example/rt\"\nmode = \"full\"\n\
             [request_tracker.helper]\nurl = \"http://127.0.0.1:8612\"\n",
        )
        .unwrap();
        let Connector::RequestTracker(rt) = store.connector else {
            panic!("another connector");
        };
        assert_eq!(rt.url.as_str(), "https://rt.example/rt/");
        assert_eq!(rt.account, 27);
        let sign = |secret: &SharedSecret| secret.sign("a", 1, b"b");
        let read = SharedSecret::parse(SECRET).unwrap();
        assert_eq!(sign(&rt.helper.as_ref().unwrap().secret), sign(&read));
        let shown = format!("{rt:?}");
        assert!(!shown.contains("0123456789abcdef"), "{shown}");
        assert!(!shown.contains("AAECAw"), "{shown}");
    }

    #[test]
    fn each_bad_line_is_told_with_its_key() {
        for (table, key) in [
            ("url = \"http://rt.example\"\nmode = \"record\"", "url"),
            ("url = \"https://a:b@rt.example\"\nmode = \"record\"", "url"),
            ("url = \"https://rt.example?t=1\"\nmode = \"record\"", "url"),
            ("url = \"https://rt.example\"\nmode = \"all\"", "mode"),
            ("url = \"https://rt.example\"\nmode = \"full\"", "helper"),
            (
                "url = \"https://rt.example\"\nmode = \"record\"\n\
                 helper = { url = \"https://rt.example\" }",
                "helper",
            ),
            (
                "url = \"https://rt.example\"\nmode = \"full\"\n\
                 helper = { url = \"http://rt.example\" }",
                "helper.url",
            ),
            (
                "url = \"https://rt.example\"\nmode = \"record\"\nmax_file_mib = 0",
                "max_file_mib",
            ),
            (
                "url = \"https://rt.example\"\nmode = \"record\"\nmax_items = 1000000",
                "max_items",
            ),
            (
                "url = \"https://rt.example\"\nmode = \"record\"\ntoken = \"1-2-3\"",
                "unknown field",
            ),
        ] {
            let problems = read(&format!("[request_tracker]\n{table}\n")).unwrap_err();
            assert!(
                problems.iter().any(|problem| problem.contains(key)),
                "{table}: {problems:?}"
            );
        }
    }

    #[test]
    fn a_secret_that_is_none_is_told_and_not_repeated() {
        let text = "name = \"rt\"\ntitle = \"RT\"\ncategory = \"ticket\"\n[request_tracker]\n\
                    url = \"https://rt.example\"\nmode = \"full\"\n\
                    helper = { url = \"http://127.0.0.1:1\" }\n";
        let problems = parse(text, Path::new("/nowhere"), &|_| Some("hunter2".to_owned()));
        let problems = problems.unwrap_err();
        for key in ["token", "helper_secret"] {
            let found = problems.iter().any(|problem| problem.starts_with(key));
            assert!(found, "{key}: {problems:?}");
        }
        assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
    }
}

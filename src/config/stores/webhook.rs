//! `[webhook]`: a program of the vendor's own that stands in front of a system.

use std::path::PathBuf;

use secrecy::ExposeSecret as _;
use serde::Deserialize;
use url::Url;

use super::Reader;
use crate::http;
use crate::seal::SharedSecret;

/// A store behind signed calls.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where every call goes.
    pub url: Url,
    /// What both sides sign with.
    pub secret: SharedSecret,
    /// A certificate authority that is trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Items of one call at the most.
    pub batch: usize,
    /// Files of a review up to this size are fetched.
    pub file_mib: usize,
}

/// The same as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    url: String,
    secret_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    #[serde(default = "default_batch")]
    batch: usize,
    #[serde(default = "default_file_mib")]
    file_mib: usize,
}

fn default_batch() -> usize {
    50
}

fn default_file_mib() -> usize {
    25
}

impl Written {
    pub(super) fn finish(self, reader: &mut Reader<'_>) -> Option<Webhook> {
        let url = Url::parse(&self.url).ok().filter(http::may_ask);
        if url.is_none() {
            let reason = "write https://… (http:// only on this machine), without a name, a \
                          password or a # in it";
            reader.wrong("webhook.url", reason);
        }
        let text = reader.secret("secret", self.secret_file.as_deref());
        let secret = text.and_then(|text| {
            let secret = SharedSecret::parse(text.expose_secret());
            if secret.is_none() {
                let reason = "write whsec_ and 24 to 64 random bytes in base64; \
                              `echo whsec_$(openssl rand -base64 32)` makes one";
                reader.wrong("secret", reason);
            }
            secret
        });
        for (key, number, most) in [
            ("webhook.batch", self.batch, 500),
            ("webhook.file_mib", self.file_mib, 200),
        ] {
            if !(1..=most).contains(&number) {
                reader.wrong(key, format!("from 1 to {most}"));
            }
        }
        Some(Webhook {
            url: url?,
            secret: secret?,
            ca_file: self.ca_file.map(|path| reader.path(&path)),
            batch: self.batch,
            file_mib: self.file_mib,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Connector, StoreFile, parse};

    fn read(lines: &str, secret: &str) -> Result<StoreFile, Vec<String>> {
        let text = format!(
            "name = \"our-crm\"\ntitle = \"CRM\"\ncategory = \"outside\"\n[webhook]\n{lines}"
        );
        let environment =
            |name: &str| (name == "LETHE_STORE_OUR_CRM_SECRET").then(|| secret.to_owned());
        parse(&text, Path::new("/nowhere"), &environment)
    }

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn a_webhook_is_read_and_its_secret_is_not_shown() {
        let store = read("url = \"https://crm.example/lethe\"", SECRET).unwrap();
        let Connector::Webhook(webhook) = &store.connector else {
            panic!("{store:?}");
        };
        assert_eq!((webhook.batch, webhook.file_mib), (50, 25));
        assert!(!format!("{store:?}").contains(&SECRET[6..]));
    }

    #[test]
    fn wrong_lines_name_their_key_and_never_the_secret() {
        for (lines, secret, wanted) in [
            ("url = \"http://crm.example/\"", SECRET, "webhook.url: "),
            (
                "url = \"https://me:pass@crm.example/\"",
                SECRET,
                "webhook.url: ",
            ),
            ("url = \"crm\"", SECRET, "webhook.url: "),
            (
                "url = \"https://crm.example/\"",
                "whsec_c2hvcnQ=",
                "secret: ",
            ),
            (
                "url = \"https://crm.example/\"",
                "hunter2hunter2",
                "secret: ",
            ),
            (
                "url = \"https://crm.example/\"\nbatch = 0",
                SECRET,
                "webhook.batch: ",
            ),
            (
                "url = \"https://crm.example/\"\nfile_mib = 999",
                SECRET,
                "webhook.file_mib: ",
            ),
            (
                "url = \"https://crm.example/\"\nsecret = \"x\"",
                SECRET,
                "line 6: ",
            ),
            ("url = 7", SECRET, "line 5: "),
        ] {
            let problems = read(lines, secret).unwrap_err();
            assert!(
                problems.iter().any(|problem| problem.starts_with(wanted)),
                "{lines}: {problems:?}"
            );
            let told = problems.concat();
            for hidden in [&secret[6..], "me:pass"] {
                assert!(!told.contains(hidden), "{told}");
            }
        }
    }
}

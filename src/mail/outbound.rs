//! How letters leave: over SMTP, into a folder, or nowhere at all in a demonstration,
//! where a page shows them. It sends one letter when told to; trying again is the job's.

mod dkim;
mod smtp;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use serde::{Deserialize, Serialize};

use self::dkim::Signer;
use self::smtp::SmtpMailer;
use crate::config::{Mail, Transport};
pub use dkim::{Record, record};

/// Of the mails that an answered mail answers, the newest so many are named again.
const EARLIER: usize = 4;

/// The longest Message-ID that is named again, in bytes.
const LONGEST_ID: usize = 200;

/// A letter as it stands, sealed, in the outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The one recipient.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML that says the same.
    pub html: String,
    /// The request or submission that it is about. All letters about one stand under the same
    /// `References`, and so in one thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The mail that it answers, if it answers one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answered>,
}

/// A mail to which a letter is the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Its Message-ID, without `<>`, if it has one.
    pub message_id: Option<String>,
    /// The ids that it names as answered by itself, without `<>`, the newest first.
    pub earlier: Vec<String>,
}

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The server is away, slow or full: later it may work.
    #[error("{0}")]
    Later(String),
    /// The server refuses us, whoever the letter is to: later it may work, when somebody has mended
    /// the configuration.
    #[error("{0}")]
    Ours(String),
    /// The server will never take it.
    #[error("{0}")]
    Never(String),
}

/// A way out.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands over one letter. `id` makes the Message-ID, so that a letter sent twice is one for the reader's program.
    ///
    /// # Errors
    /// [`MailError`].
    async fn send(&self, id: &str, letter: &Outgoing) -> Result<(), MailError>;

    /// Whether letters could leave now, without sending one.
    ///
    /// # Errors
    /// [`MailError`].
    async fn probe(&self) -> Result<(), MailError> {
        Ok(())
    }

    /// Whether the words stay in the outbox after sending, for a page that shows them.
    fn keeps_words(&self) -> bool {
        false
    }
}

/// The way out that the configuration names.
///
/// # Errors
/// [`MailError::Never`] if the settings make no transport, or there is no key to sign with.
pub fn mailer(config: &Mail) -> Result<Arc<dyn Mailer>, MailError> {
    let paper = Paper::new(config)?;
    Ok(match &config.transport {
        Transport::Smtp(smtp) => Arc::new(SmtpMailer::new(paper, smtp)?),
        Transport::Files(folder) => Arc::new(FileMailer {
            paper,
            folder: folder.clone(),
        }),
        Transport::Outbox => Arc::new(OutboxMailer),
    })
}

struct FileMailer {
    paper: Paper,
    folder: PathBuf,
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, id: &str, letter: &Outgoing) -> Result<(), MailError> {
        let message = self.paper.message(id, letter)?.formatted();
        let (folder, id) = (self.folder.clone(), id.to_owned());
        tokio::task::spawn_blocking(move || {
            std::fs::create_dir_all(&folder)?;
            // Written under another name first, so that nobody reads half a letter.
            let (part, whole) = (
                folder.join(format!("{id}.part")),
                folder.join(format!("{id}.eml")),
            );
            std::fs::write(&part, message)?;
            std::fs::rename(part, whole)
        })
        .await
        .map_err(|error| MailError::Later(error.to_string()))?
        .map_err(|error| MailError::Later(format!("{}: {error}", self.folder.display())))
    }
}

/// Sends nothing: the outbox page of a demonstration shows the letters.
struct OutboxMailer;

#[async_trait]
impl Mailer for OutboxMailer {
    async fn send(&self, _id: &str, _letter: &Outgoing) -> Result<(), MailError> {
        Ok(())
    }

    fn keeps_words(&self) -> bool {
        true
    }
}

/// What every letter is written on: sender, headers, signature.
struct Paper {
    from: Mailbox,
    /// Where bounces go, before each letter's id is put in.
    bounces: Option<String>,
    signer: Option<Signer>,
}

impl Paper {
    fn new(config: &Mail) -> Result<Paper, MailError> {
        Ok(Paper {
            from: config
                .from
                .as_str()
                .parse()
                .map_err(|error| MailError::Never(format!("mail.from: {error}")))?,
            bounces: config.bounces.as_ref().map(ToString::to_string),
            signer: config.dkim.as_ref().map(Signer::new).transpose()?,
        })
    }

    /// The sender on the envelope: whoever sends a letter back names it by this address.
    fn returns_to(&self, id: &str) -> Result<Address, MailError> {
        let Some((local, domain)) = self.bounces.as_ref().and_then(|all| all.split_once('@'))
        else {
            return Ok(self.from.email.clone());
        };
        format!("{local}+{id}@{domain}")
            .parse()
            .map_err(|error| MailError::Never(format!("mail.bounces: {error}")))
    }

    /// The message, with the headers of RFC 3834 that keep machines from answering it.
    fn message(&self, id: &str, letter: &Outgoing) -> Result<Message, MailError> {
        let never = |what: &str, error: String| MailError::Never(format!("{what}: {error}"));
        let to: Mailbox = letter.to.parse().map_err(|_| {
            never(
                "the recipient's address",
                "no mail server can take it".into(),
            )
        })?;
        let domain = self.from.email.domain();
        let kind = match letter.answers {
            Some(_) => "auto-replied",
            None => "auto-generated",
        };
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .message_id(Some(format!("<{id}@{domain}>")))
            .subject(&letter.subject);
        for (name, value) in letter.thread(domain) {
            builder = builder.raw_header(value_of(name, &value));
        }
        let mut message = builder
            .raw_header(value_of("Auto-Submitted", kind))
            .raw_header(value_of("X-Auto-Response-Suppress", "All"))
            .multipart(MultiPart::alternative_plain_html(
                letter.text.clone(),
                letter.html.clone(),
            ))
            .map_err(|error| never("the message", error.to_string()))?;
        if let Some(signer) = &self.signer {
            signer.sign(&mut message);
        }
        Ok(message)
    }
}

impl Outgoing {
    /// The headers that put it into its thread: under the request, and under the mail it answers.
    fn thread(&self, domain: &str) -> Vec<(&'static str, String)> {
        let answered = self.answers.as_ref();
        let parent = answered
            .and_then(|answered| answered.message_id.as_deref())
            .filter(|id| is_id(id));
        let earlier = answered.map_or(&[][..], |answered| &answered.earlier);
        let mut references: Vec<String> = Vec::new();
        // Nobody ever got the root: it stands for the request.
        references.extend(
            self.about
                .as_ref()
                .map(|about| format!("<{about}@{domain}>")),
        );
        let newest = earlier.iter().filter(|id| is_id(id)).take(EARLIER);
        let oldest_first: Vec<_> = newest.collect::<Vec<_>>().into_iter().rev().collect();
        let others = oldest_first.into_iter().map(String::as_str).chain(parent);
        for id in others.map(|id| format!("<{id}>")) {
            if !references.contains(&id) {
                references.push(id);
            }
        }
        let mut headers = Vec::new();
        headers.extend(parent.map(|id| ("In-Reply-To", format!("<{id}>"))));
        if !references.is_empty() {
            headers.push(("References", references.join("\r\n ")));
        }
        headers
    }
}

/// Whether a foreign Message-ID may stand in a header of ours.
fn is_id(id: &str) -> bool {
    (3..=LONGEST_ID).contains(&id.len())
        && id.contains('@')
        && id
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"<>,".contains(&b))
}

/// A header whose value is in its last form, folds included.
fn value_of(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.replace("\r\n", ""),
        value.to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper() -> Paper {
        Paper {
            from: "Northwind Apps Privacy <privacy@northwind.example>"
                .parse()
                .unwrap(),
            bounces: None,
            signer: None,
        }
    }

    fn text_of(letter: &Outgoing) -> String {
        let message = paper().message("id-1", letter).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    fn to_marta() -> Outgoing {
        Outgoing {
            to: "marta@halden.example".into(),
            subject: "x".into(),
            ..Outgoing::default()
        }
    }

    #[test]
    fn letters_about_one_request_stand_in_one_thread() {
        let text = text_of(&Outgoing {
            about: Some("r-1".into()),
            ..to_marta()
        });
        assert!(
            text.contains("References: <r-1@northwind.example>\r\n"),
            "{text}"
        );
        assert!(!text.contains("In-Reply-To"), "{text}");
    }

    #[test]
    fn an_answer_says_so_and_names_what_it_answers_and_nothing_that_breaks_a_header() {
        let long = format!("{}@x.example", "a".repeat(300));
        let letter = Outgoing {
            about: Some("r-1".into()),
            answers: Some(Answered {
                message_id: Some("mail@halden.example".into()),
                earlier: [
                    "5@h.example",
                    "4@h.example",
                    "a b@x",
                    &long,
                    "x@y>\r\nBcc: <z@z",
                    "3@h.example",
                    "2@h.example",
                    "1@h.example",
                ]
                .map(str::to_owned)
                .to_vec(),
            }),
            ..to_marta()
        };
        let text = text_of(&letter);
        let wanted = "In-Reply-To: <mail@halden.example>\r\nReferences: <r-1@northwind.example>\r\n \
            <2@h.example>\r\n <3@h.example>\r\n <4@h.example>\r\n <5@h.example>\r\n \
            <mail@halden.example>\r\nAuto-Submitted: auto-replied\r\n";
        assert!(text.contains(wanted), "{text}");
        let sealed = serde_json::to_string(&letter).unwrap();
        assert_eq!(serde_json::from_str::<Outgoing>(&sealed).unwrap(), letter);
    }

    #[test]
    fn an_answer_to_a_mail_without_an_id_is_still_an_answer() {
        let text = text_of(&Outgoing {
            answers: Some(Answered::default()),
            ..to_marta()
        });
        assert!(text.contains("Auto-Submitted: auto-replied"), "{text}");
        assert!(
            !text.contains("In-Reply-To") && !text.contains("References"),
            "{text}"
        );
    }

    #[test]
    fn a_letter_that_an_older_version_put_into_the_outbox_still_opens() {
        let old = r#"{"to":"a@b.example","subject":"s","text":"t","html":"h"}"#;
        let letter: Outgoing = serde_json::from_str(old).unwrap();
        assert_eq!((letter.about, letter.answers), (None, None));
    }

    #[test]
    fn what_comes_back_undelivered_names_the_letter() {
        let mut paper = paper();
        assert_eq!(
            paper.returns_to("id-1").unwrap().to_string(),
            "privacy@northwind.example"
        );
        paper.bounces = Some("bounce@mail.northwind.example".into());
        let id = "01998f0e-0000-7000-8000-000000000000";
        assert_eq!(
            paper.returns_to(id).unwrap().to_string(),
            format!("bounce+{id}@mail.northwind.example")
        );
    }

    #[test]
    fn a_message_has_both_bodies_and_asks_machines_not_to_answer() {
        let text = text_of(&Outgoing {
            to: "marta@halden.example".into(),
            subject: "Bestätigen Sie".into(),
            text: "Code 529174".into(),
            html: "<p>Code 529174</p>".into(),
            ..Outgoing::default()
        });
        for wanted in [
            "Auto-Submitted: auto-generated",
            "Message-ID: <id-1@northwind.example>",
            "text/plain",
            "text/html",
        ] {
            assert!(text.contains(wanted), "{wanted} is missing in {text}");
        }
    }

    /// The text part as a reader's program saves it.
    fn text_part(message: &str) -> String {
        let start = message.find("text/plain").unwrap();
        let (head, body) = message[start..].split_once("\r\n\r\n").unwrap();
        assert!(head.contains("quoted-printable"), "{head}");
        let body = body.split("Content-Type: text/html").next().unwrap();
        let body = body.replace("=\r\n", "");
        let mut bytes = Vec::new();
        let mut rest = body.as_bytes();
        while let [first, tail @ ..] = rest {
            match (first, tail) {
                (b'=', [high, low, tail @ ..]) => {
                    let digits = [*high, *low];
                    let digits = std::str::from_utf8(&digits).unwrap();
                    bytes.push(u8::from_str_radix(digits, 16).unwrap());
                    rest = tail;
                }
                (byte, tail) => {
                    bytes.push(*byte);
                    rest = tail;
                }
            }
        }
        String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
    }

    #[test]
    fn a_checkpoint_arrives_as_it_was_signed() {
        use crate::mail::letters::sample;

        let letters = sample::letters();
        for (name, letter) in letters.iter().filter(|(_, letter)| !letter.is_to_staff()) {
            let mail = letter.render(crate::i18n::Lang::De, &sample::sender());
            let outgoing = Outgoing {
                to: "marta@halden.example".into(),
                subject: mail.subject,
                text: mail.text,
                html: mail.html,
                ..Outgoing::default()
            };
            let text = text_part(&text_of(&outgoing));
            assert!(text.contains(sample::CHECKPOINT), "{name}: {text}");
        }
    }

    #[test]
    fn an_address_that_smuggles_a_header_is_never_sent_to() {
        let letter = Outgoing {
            to: "marta@halden.example\r\nBcc: other@halden.example".into(),
            ..to_marta()
        };
        assert!(matches!(
            paper().message("id-2", &letter),
            Err(MailError::Never(_))
        ));
    }
}

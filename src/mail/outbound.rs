//! How letters leave: over SMTP, into a folder, or nowhere at all in a demonstration,
//! where a page shows them. It sends one letter when told to; trying again is the job's.

use std::path::PathBuf;

use async_trait::async_trait;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::config::{Mail, Smtp, Tls, Transport};

/// A letter as it stands, sealed, in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The one recipient.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML that says the same.
    pub html: String,
}

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The server is away, slow or full: later it may work.
    #[error("{0}")]
    Later(String),
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

    /// Whether the words stay in the outbox after sending, for a page that shows them.
    fn keeps_words(&self) -> bool {
        false
    }
}

/// The way out that the configuration names.
///
/// # Errors
/// [`MailError::Never`] if the SMTP settings make no transport.
pub fn mailer(config: &Mail) -> Result<std::sync::Arc<dyn Mailer>, MailError> {
    let from = config
        .from
        .as_str()
        .parse()
        .map_err(|error| MailError::Never(format!("mail.from: {error}")))?;
    Ok(match &config.transport {
        Transport::Smtp(smtp) => std::sync::Arc::new(SmtpMailer {
            from,
            transport: smtp_transport(smtp)?,
        }),
        Transport::Files(folder) => std::sync::Arc::new(FileMailer {
            from,
            folder: folder.clone(),
        }),
        Transport::Outbox => std::sync::Arc::new(OutboxMailer),
    })
}

struct SmtpMailer {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

fn smtp_transport(smtp: &Smtp) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let builder = match smtp.tls {
        Tls::Required => AsyncSmtpTransport::<Tokio1Executor>::relay(&smtp.host),
        Tls::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&smtp.host),
        Tls::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(
            &smtp.host,
        )),
    }
    .map_err(|error| MailError::Never(format!("mail.host: {error}")))?
    .port(smtp.port)
    .timeout(Some(std::time::Duration::from_secs(30)));
    Ok(match &smtp.login {
        Some(login) => builder.credentials(Credentials::new(
            login.user.clone(),
            login.password.expose_secret().to_owned(),
        )),
        None => builder,
    }
    .build())
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, id: &str, letter: &Outgoing) -> Result<(), MailError> {
        let message = message(&self.from, id, letter)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(MailError::Never(error.to_string())),
            Err(error) => Err(MailError::Later(error.to_string())),
        }
    }
}

struct FileMailer {
    from: Mailbox,
    folder: PathBuf,
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, id: &str, letter: &Outgoing) -> Result<(), MailError> {
        let message = message(&self.from, id, letter)?.formatted();
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

/// The message, with the headers of RFC 3834 that keep machines from answering it.
fn message(from: &Mailbox, id: &str, letter: &Outgoing) -> Result<Message, MailError> {
    let never = |what: &str, error: String| MailError::Never(format!("{what}: {error}"));
    let to: Mailbox = letter.to.parse().map_err(|_| {
        never(
            "the recipient's address",
            "no mail server can take it".into(),
        )
    })?;
    let domain = from.email.domain().to_owned();
    Message::builder()
        .from(from.clone())
        .to(to)
        .message_id(Some(format!("<{id}@{domain}>")))
        .subject(&letter.subject)
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"),
            "All".to_owned(),
        ))
        .multipart(MultiPart::alternative_plain_html(
            letter.text.clone(),
            letter.html.clone(),
        ))
        .map_err(|error| never("the message", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_both_bodies_and_asks_machines_not_to_answer() {
        let from = "Northwind Apps Privacy <privacy@northwind.example>"
            .parse()
            .unwrap();
        let letter = Outgoing {
            to: "marta@halden.example".into(),
            subject: "Bestätigen Sie".into(),
            text: "Code 529174".into(),
            html: "<p>Code 529174</p>".into(),
        };
        let text = String::from_utf8(message(&from, "id-1", &letter).unwrap().formatted()).unwrap();
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

        let from = "privacy@northwind.example".parse().unwrap();
        let letters = sample::letters();
        for (name, letter) in letters.iter().filter(|(_, letter)| !letter.is_to_staff()) {
            let mail = letter.render(crate::i18n::Lang::De, &sample::sender());
            let outgoing = Outgoing {
                to: "marta@halden.example".into(),
                subject: mail.subject,
                text: mail.text,
                html: mail.html,
            };
            let sent = message(&from, "id-3", &outgoing).unwrap().formatted();
            let text = text_part(&String::from_utf8(sent).unwrap());
            assert!(text.contains(sample::CHECKPOINT), "{name}: {text}");
        }
    }

    #[test]
    fn an_address_that_smuggles_a_header_is_never_sent_to() {
        let from = "privacy@northwind.example".parse().unwrap();
        let letter = Outgoing {
            to: "marta@halden.example\r\nBcc: other@halden.example".into(),
            subject: "x".into(),
            text: String::new(),
            html: String::new(),
        };
        assert!(matches!(
            message(&from, "id-2", &letter),
            Err(MailError::Never(_))
        ));
    }
}

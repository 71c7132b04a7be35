//! The way to a mail server. It goes step by step, because what a refusal means depends on the
//! step: that of the recipient is about the recipient, and most others are about us.

use std::error::Error as _;
use std::time::Duration;

use async_trait::async_trait;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use secrecy::ExposeSecret as _;

use super::{MailError, Mailer, Outgoing, Paper};
use crate::config::{Smtp, Tls};

/// How long a server may take for a step (RFC 5321, 4.5.3.2, asks for five minutes at most steps;
/// a worker has other letters to send).
const STEP: Duration = Duration::from_secs(60);

/// How long it may take to answer the end of a letter. The RFC's ten minutes: who hangs up earlier
/// sends again what the server has taken.
const TAKING: Duration = Duration::from_secs(600);

/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(5);

pub(super) struct SmtpMailer {
    paper: Paper,
    smtp: Smtp,
    /// None where nothing is encrypted.
    tls: Option<TlsParameters>,
}

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Connect,
    SignIn,
    Sender,
    Recipient,
    Letter,
}

impl SmtpMailer {
    pub(super) fn new(paper: Paper, smtp: &Smtp) -> Result<SmtpMailer, MailError> {
        let never = |error: Error| MailError::Never(format!("mail.host: {error}"));
        let tls = match smtp.tls {
            Tls::None => None,
            Tls::Required | Tls::StartTls => {
                let mut builder = TlsParameters::builder(smtp.host.clone());
                for authority in certificates(smtp.authorities.as_deref().unwrap_or_default()) {
                    let authority = Certificate::from_pem(authority.as_bytes())
                        .map_err(|error| MailError::Never(format!("mail.ca_file: {error}")))?;
                    builder = builder.add_root_certificate(authority);
                }
                Some(builder.build().map_err(never)?)
            }
        };
        Ok(SmtpMailer {
            paper,
            smtp: smtp.clone(),
            tls,
        })
    }

    /// Connects and signs in.
    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let hello = ClientId::default();
        let address = (self.smtp.host.as_str(), self.smtp.port);
        let first = self.tls.clone().filter(|_| self.smtp.tls == Tls::Required);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(address, Some(STEP), &hello, first, None);
        let mut server = within(STEP, Step::Connect, connecting).await?;
        if self.smtp.tls == Tls::StartTls
            && let Some(tls) = self.tls.clone()
        {
            within(STEP, Step::Connect, server.starttls(tls, &hello)).await?;
        }
        if let Some(login) = &self.smtp.login {
            let password = login.password.expose_secret().to_owned();
            let credentials = Credentials::new(login.user.clone(), password);
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let signing_in = server.auth(&mechanisms, &credentials);
            within(STEP, Step::SignIn, signing_in).await?;
        }
        Ok(server)
    }

    async fn hand_over(
        &self,
        server: &mut AsyncSmtpConnection,
        from: Address,
        to: Address,
        letter: &[u8],
    ) -> Result<(), MailError> {
        let mut options = Vec::new();
        let offers = |extension| server.server_info().supports_feature(extension);
        let is_foreign = !AsRef::<str>::as_ref(&to).is_ascii();
        if is_foreign && !offers(Extension::SmtpUtfEight) {
            return Err(MailError::Never(
                "the mail server cannot write to an address with such characters (no SMTPUTF8)"
                    .to_owned(),
            ));
        }
        if is_foreign {
            options.push(MailParameter::SmtpUtfEight);
        }
        if !letter.is_ascii() && offers(Extension::EightBitMime) {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let sender = Mail::new(Some(from), options);
        within(STEP, Step::Sender, server.command(sender)).await?;
        let recipient = Rcpt::new(to, Vec::new());
        within(STEP, Step::Recipient, server.command(recipient)).await?;
        within(STEP, Step::Letter, server.command(Data)).await?;
        within(TAKING, Step::Letter, server.message(letter)).await?;
        Ok(())
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, id: &str, letter: &Outgoing) -> Result<(), MailError> {
        let message = self.paper.message(id, letter)?;
        let to = message
            .envelope()
            .to()
            .first()
            .cloned()
            .ok_or_else(|| MailError::Never("the letter has no recipient".to_owned()))?;
        let from = self.paper.returns_to(id)?;
        let mut server = self.connect().await?;
        let result = self
            .hand_over(&mut server, from, to, &message.formatted())
            .await;
        // Whatever comes of the farewell, the letter was taken or was not.
        let _ = tokio::time::timeout(FAREWELL, server.quit()).await;
        result
    }

    async fn probe(&self) -> Result<(), MailError> {
        let mut server = self.connect().await?;
        let _ = tokio::time::timeout(FAREWELL, server.quit()).await;
        Ok(())
    }
}

/// The certificates of a PEM file, one by one.
fn certificates(pem: &str) -> impl Iterator<Item = String> {
    const END: &str = "-----END CERTIFICATE-----";
    pem.split_inclusive(END)
        .filter_map(|part| {
            part.find("-----BEGIN CERTIFICATE-----")
                .map(|at| &part[at..])
        })
        .filter(|part| part.ends_with(END))
        .map(|part| format!("{part}\n"))
}

async fn within<T>(
    time: Duration,
    step: Step,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, MailError> {
    match tokio::time::timeout(time, work).await {
        Ok(result) => result.map_err(|error| judge(step, &error)),
        Err(_) => Err(MailError::Later(format!(
            "the mail server did not answer within {} s",
            time.as_secs()
        ))),
    }
}

/// What a refusal means.
fn judge(step: Step, error: &Error) -> MailError {
    let said = error.to_string();
    if is_about_tls(error) {
        return MailError::Ours(format!(
            "the way to the mail server is not safe: {said}; see mail.tls and mail.ca_file"
        ));
    }
    let code = error.status().map(u16::from);
    match code {
        Some(500..) => refused(step, code.unwrap_or_default(), said),
        // What we demand and it does not offer: STARTTLS, or a way to sign in.
        None if error.is_client() => MailError::Ours(format!(
            "the mail server does not offer what is configured: {said}; see mail.tls and mail.user"
        )),
        _ => MailError::Later(said),
    }
}

/// A 5xx: the recipient's, the letter's, or ours. Ours is never held against the recipient.
fn refused(step: Step, code: u16, said: String) -> MailError {
    let ours = |key: &str| {
        MailError::Ours(format!(
            "the mail server refuses us, not the recipient: {said}; see {key}"
        ))
    };
    let enhanced = enhanced(&said);
    match (step, enhanced) {
        (Step::Connect, _) => ours("mail.host"),
        (Step::SignIn, _) => ours("mail.user and mail.password_file"),
        (Step::Sender, _) => ours("mail.from and mail.bounces"),
        // A full mailbox empties (RFC 3463, 3.3); without the enhanced code it is a bare 552.
        (Step::Recipient, Some((2, 2))) => MailError::Later(said),
        (Step::Recipient, None) if code == 552 => MailError::Later(said),
        // The sender's address stands among the addresses (RFC 3463, 3.2).
        (_, Some((1, 7 | 8))) => ours("mail.from and mail.bounces"),
        // Too large, or in a form that is not taken: no try will change it.
        (Step::Letter, Some((3, 4))) => MailError::Never(said),
        (_, Some((1 | 2 | 6, _))) => MailError::Never(said),
        // The system, the way, the protocol, and above all security: relaying, SPF, DKIM, lists.
        (_, Some((3 | 4 | 5 | 7, _))) => ours("mail.host, mail.user and mail.dkim"),
        (Step::Recipient, _) => match code {
            550 | 551 | 553 | 556 if !speaks_of_us(&said) => MailError::Never(said),
            _ => ours("mail.host and mail.user"),
        },
        (Step::Letter, _) if matches!(code, 530 | 534 | 535 | 538) || speaks_of_us(&said) => {
            ours("mail.host and mail.user")
        }
        (Step::Letter, _) => MailError::Never(said),
    }
}

/// The last two numbers of an enhanced code, `5.1.1` (RFC 2034).
fn enhanced(said: &str) -> Option<(u16, u16)> {
    said.split(|c: char| !c.is_ascii_digit() && c != '.')
        .find_map(|word| {
            let mut numbers = word.strip_prefix("5.")?.split('.');
            let subject = numbers.next()?.parse().ok()?;
            let detail = numbers.next()?.parse().ok()?;
            numbers.next().is_none().then_some((subject, detail))
        })
}

/// Servers without enhanced codes say it in words.
fn speaks_of_us(said: &str) -> bool {
    let said = said.to_lowercase();
    [
        "relay",
        "authenticat",
        "not permitted",
        "spf",
        "dkim",
        "dmarc",
        "blocked",
        "blacklist",
        "blocklist",
    ]
    .iter()
    .any(|word| said.contains(word))
}

fn is_about_tls(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>();
        if inner
            .and_then(|error| error.get_ref())
            .is_some_and(|e| e.is::<rustls::Error>())
            || error.is::<rustls::Error>()
        {
            return true;
        }
        cause = error.source();
    }
    error.is_tls()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_is_never_held_against_the_recipient() {
        use Step::*;
        for (step, said, expected) in [
            (
                Connect,
                "permanent error (554): no SMTP service here",
                "ours",
            ),
            (SignIn, "permanent error (535): 5.7.8 wrong", "ours"),
            (Sender, "permanent error (550): 5.1.1 who are you", "ours"),
            (
                Recipient,
                "permanent error (550): 5.1.1 no such user",
                "never",
            ),
            (
                Recipient,
                "permanent error (550): Unrouteable address",
                "never",
            ),
            (
                Recipient,
                "permanent error (550): relay not permitted",
                "ours",
            ),
            (
                Recipient,
                "permanent error (554): 5.7.1 Relay access denied",
                "ours",
            ),
            (
                Recipient,
                "permanent error (530): 5.7.0 Authentication required",
                "ours",
            ),
            (Recipient, "permanent error (550): 5.1.8 bad sender", "ours"),
            (
                Recipient,
                "permanent error (552): 5.2.2 mailbox full",
                "later",
            ),
            (Recipient, "permanent error (552): full", "later"),
            (
                Recipient,
                "permanent error (550): 5.2.1 mailbox disabled",
                "never",
            ),
            (Recipient, "permanent error (503): need MAIL first", "ours"),
            (Letter, "permanent error (550): 5.7.26 DMARC", "ours"),
            (Letter, "permanent error (552): 5.3.4 too big", "never"),
            (Letter, "permanent error (554): transaction failed", "never"),
        ] {
            let code = said[17..20].parse().unwrap();
            let is = match refused(step, code, said.to_owned()) {
                MailError::Ours(_) => "ours",
                MailError::Never(_) => "never",
                MailError::Later(_) => "later",
            };
            assert_eq!(is, expected, "{step:?}: {said}");
        }
    }

    #[test]
    fn an_enhanced_code_is_told_from_an_address_and_a_version() {
        assert_eq!(enhanced("(550): 5.1.1 <a@b>: x"), Some((1, 1)));
        assert_eq!(enhanced("(550): host 192.5.1.1 said"), None);
        assert_eq!(enhanced("(550): 15.1.1"), None);
        assert_eq!(enhanced("(550): no"), None);
    }
}

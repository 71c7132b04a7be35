//! Writing letters into the outbox, in the transaction of their cause, and sending them from a job.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::trail::checkpoint;
use super::{ActionError, notices, sealing, status};
use crate::app::App;
use crate::db::{self, Conn};
use crate::domain::ids::{LetterId, RequestId};
use crate::domain::job::Job;
use crate::i18n::Lang;
use crate::mail::letters::{Letter, Sender};
use crate::mail::outbound::{Answered, MailError, Outgoing};
use crate::seal::Place;

/// What stands sealed in the outbox.
#[derive(Serialize, Deserialize)]
enum Draft {
    /// A letter, ready to go.
    Ready(Outgoing),
    /// Fresh status links, made when the letter is sent, so that asking for them runs
    /// the same statements for every address.
    StatusLinks { email: String, lang: String },
}

/// Who the letters are from.
pub(super) fn sender(app: &App, conn: &mut Conn) -> Result<Sender, ActionError> {
    Ok(Sender {
        vendor: app.config.vendor.name.clone(),
        imprint: app.config.vendor.address.clone(),
        // People keep letters, and with them early copies of what was signed.
        checkpoint: checkpoint::published(app, conn)?,
    })
}

/// Where to complain: the authority's name and its address on the web (Art. 77).
pub(super) fn authority(app: &App) -> String {
    let vendor = &app.config.vendor;
    format!("{} ({})", vendor.authority_name, vendor.authority_url)
}

/// A language of a stored tag; the vendor's own if this version has it no more.
pub(super) fn lang(app: &App, tag: &str) -> Lang {
    Lang::from_tag(tag).unwrap_or(app.config.vendor.language)
}

/// A date of the future as letters write it.
pub(super) fn moment(app: &App, lang: Lang, at: Timestamp) -> String {
    lang.moment(&at.to_zoned(app.config.vendor.zone.clone()))
}

/// Writes a letter once for each cause, and its job beside it. With a request it is
/// sealed with the request's key, forgotten with it, and stands in its thread.
///
/// # Errors
/// [`ActionError`].
pub(super) fn post(
    app: &App,
    conn: &mut Conn,
    cause: &str,
    request: Option<RequestId>,
    to: &str,
    lang: Lang,
    letter: &Letter,
) -> Result<(), ActionError> {
    let reader = Reader {
        to,
        lang,
        answers: None,
    };
    post_to(app, conn, cause, request, reader, letter)
}

/// Whom a letter is for.
pub(super) struct Reader<'a> {
    /// The address.
    pub to: &'a str,
    /// The language.
    pub lang: Lang,
    /// Their mail, if the letter is the answer to one.
    pub answers: Option<Answered>,
}

/// As [`post`], also for an answer to a mail.
///
/// # Errors
/// [`ActionError`].
pub(super) fn post_to(
    app: &App,
    conn: &mut Conn,
    cause: &str,
    request: Option<RequestId>,
    reader: Reader<'_>,
    letter: &Letter,
) -> Result<(), ActionError> {
    let rendered = letter.render(reader.lang, &sender(app, conn)?);
    let draft = Draft::Ready(Outgoing {
        to: reader.to.to_owned(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        about: request.map(|request| request.to_string()),
        answers: reader.answers,
    });
    post_draft(app, conn, cause, request, letter.name(), &draft)
}

/// Writes the order to send fresh status links to an address.
///
/// # Errors
/// [`ActionError`].
pub(super) fn post_status_links(
    app: &App,
    conn: &mut Conn,
    cause: &str,
    email: &str,
    lang: Lang,
) -> Result<(), ActionError> {
    let draft = Draft::StatusLinks {
        email: email.to_owned(),
        lang: lang.tag().to_owned(),
    };
    post_draft(app, conn, cause, None, "status_links", &draft)
}

fn post_draft(
    app: &App,
    conn: &mut Conn,
    cause: &str,
    request: Option<RequestId>,
    name: &str,
    draft: &Draft,
) -> Result<(), ActionError> {
    if db::outbox::is_written(conn, cause)? {
        return Ok(());
    }
    let id: LetterId = app.id();
    let now = app.clock.now();
    let sealed = seal(app, conn, id, request, draft)?;
    db::outbox::insert(
        conn,
        &db::outbox::Letter {
            id,
            cause: cause.to_owned(),
            letter: name.to_owned(),
            request,
            sealed,
            state: "queued".to_owned(),
            attempts: 0,
            created_at: now,
            sent_at: None,
            trouble: None,
        },
    )?;
    db::jobs::enqueue(conn, app.id(), &Job::SendLetter(id), now)?;
    Ok(())
}

fn seal(
    app: &App,
    conn: &mut Conn,
    id: LetterId,
    request: Option<RequestId>,
    draft: &Draft,
) -> Result<Vec<u8>, ActionError> {
    match request {
        Some(request) => sealing::seal(&sealing::key(app, conn, request)?, "outbox", id, draft),
        None => {
            let id = id.to_string();
            Ok(app.keys.seal_stored_json(
                Place {
                    table: "outbox",
                    id: &id,
                    column: "sealed",
                },
                draft,
            )?)
        }
    }
}

fn open(app: &App, conn: &mut Conn, letter: &db::outbox::Letter) -> Result<Draft, ActionError> {
    match letter.request {
        Some(request) => sealing::open(
            &sealing::key(app, conn, request)?,
            "outbox",
            letter.id,
            &letter.sealed,
        ),
        None if letter.sealed.is_empty() => Err(ActionError::NotFound),
        None => {
            let id = letter.id.to_string();
            Ok(app.keys.open_stored_json(
                Place {
                    table: "outbox",
                    id: &id,
                    column: "sealed",
                },
                &letter.sealed,
            )?)
        }
    }
}

/// To whom a letter goes.
///
/// # Errors
/// [`ActionError::NotFound`] once its words are gone.
pub(super) fn reader(
    app: &App,
    conn: &mut Conn,
    letter: &db::outbox::Letter,
) -> Result<String, ActionError> {
    Ok(match open(app, conn, letter)? {
        Draft::Ready(outgoing) => outgoing.to,
        Draft::StatusLinks { email, .. } => email,
    })
}

/// What became of a try to send.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent {
    /// The mail server has it, or there is nothing to send any more.
    Done,
    /// Try again after this time.
    Later(SignedDuration, String),
    /// Only a person can help.
    GivenUp(String),
}

/// Hands a letter to the mail server.
///
/// # Errors
/// [`ActionError`].
pub async fn send(app: &App, id: LetterId) -> Result<Sent, ActionError> {
    let prepared = prepare(app, id).await?;
    let Some((letter, outgoing)) = prepared else {
        return Ok(Sent::Done);
    };
    let result = app.mailer.send(&id.to_string(), &outgoing).await;
    let now = app.clock.now();
    let keep = app.mailer.keeps_words();
    let give_up_at =
        letter.created_at + SignedDuration::from_hours(24 * app.config.mail.give_up_after_days);
    let (trouble, is_final) = match result {
        Ok(()) => {
            let inner = app.clone();
            app.db
                .write(move |conn| -> Result<_, ActionError> {
                    db::outbox::sent(conn, id, now, keep)?;
                    notices::heard(&inner, conn, &letter, "told", None)
                })
                .await?;
            return Ok(Sent::Done);
        }
        Err(MailError::Never(trouble)) => (trouble, true),
        Err(MailError::Later(trouble)) => (trouble, now >= give_up_at),
        // Every letter will fare like this one, until somebody mends it.
        Err(MailError::Ours(trouble)) => {
            tracing::error!(trouble = without_addresses(&trouble), "no letter can leave");
            (trouble, now >= give_up_at)
        }
    };
    let trouble = without_addresses(&trouble);
    let (said, attempts, inner) = (trouble.clone(), letter.attempts, app.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            db::outbox::failed(conn, id, &said, is_final)?;
            let state = if is_final { "failed" } else { "queued" };
            notices::heard(&inner, conn, &letter, state, Some(&said))
        })
        .await?;
    if is_final {
        return Ok(Sent::GivenUp(trouble));
    }
    Ok(Sent::Later(delay(attempts), trouble))
}

/// Servers repeat addresses in their answers; what is kept in clear must not.
pub(crate) fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        if word.contains('@') {
            "[address]"
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Half a minute, doubling up to an hour.
fn delay(attempts: i32) -> SignedDuration {
    SignedDuration::from_secs((30 << attempts.clamp(0, 7)).min(3600))
}

/// Opens a letter that waits; makes the links of one that asks for them.
async fn prepare(
    app: &App,
    id: LetterId,
) -> Result<Option<(db::outbox::Letter, Outgoing)>, ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            let Some(letter) = db::outbox::find(conn, id)? else {
                return Ok(None);
            };
            if letter.state == "sent" {
                return Ok(None);
            }
            match open(app, conn, &letter) {
                Ok(Draft::Ready(outgoing)) => Ok(Some((letter, outgoing))),
                Ok(Draft::StatusLinks { email, lang: tag }) => {
                    let lang = lang(app, &tag);
                    let sender = sender(app, conn)?;
                    let rendered =
                        status::links_letter(app, conn, &email, lang)?.render(lang, &sender);
                    let outgoing = Outgoing {
                        to: email,
                        subject: rendered.subject,
                        text: rendered.text,
                        html: rendered.html,
                        ..Outgoing::default()
                    };
                    let sealed = seal(app, conn, id, None, &Draft::Ready(outgoing.clone()))?;
                    db::outbox::reseal(conn, id, &sealed)?;
                    Ok(Some((letter, outgoing)))
                }
                // The request was forgotten before its letter left: nobody is to be written to.
                Err(ActionError::NotFound) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await
}

/// A letter as the outbox page of a demonstration shows it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The letter.
    pub letter: Outgoing,
    /// When it was written.
    pub at: Timestamp,
}

/// The newest letters with their words. Only a demonstration keeps words after sending.
///
/// # Errors
/// [`ActionError::NotFound`] outside a demonstration.
pub async fn outbox(app: &App) -> Result<Vec<Shown>, ActionError> {
    if !app.mailer.keeps_words() {
        return Err(ActionError::NotFound);
    }
    let inner = app.clone();
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let mut shown = Vec::new();
            for row in db::outbox::newest(conn, 50)? {
                match open(&inner, conn, &row) {
                    Ok(Draft::Ready(letter)) => shown.push(Shown {
                        letter,
                        at: row.created_at,
                    }),
                    Ok(Draft::StatusLinks { .. }) | Err(ActionError::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(shown)
        })
        .await
}

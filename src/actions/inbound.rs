//! Mail that comes in. First it is taken over: sealed, whole, as it is, and only then does the
//! sender's server or the mailbox hear that it is ours. A job reads and judges it; everything that
//! comes of it is one transaction, so that a mail is never done half, and never twice.

pub mod settle;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::submit::{self, MAX_DETAILS, Pending};
use super::{ActionError, assign, letters, messages, objections, sealing, trail};
use crate::app::App;
use crate::db::incoming::{Incoming, Judged, Judgement, Progress};
use crate::db::submissions::Submission;
use crate::db::{self, Conn};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::{IncomingId, LetterId, RequestId};
use crate::domain::incoming::{
    self, Facts, IncomingState, SenderProof, Step, Thread, Verdict, Why, Writer,
};
use crate::domain::job::Job;
use crate::domain::request::{AddressDigest, Asked, Kind, Request, Via};
use crate::i18n::Lang;
use crate::mail::inbound::{self, Bounce, Inbound, Ours, Sender, Unreadable};
use crate::mail::letters::Letter;
use crate::mail::outbound;
use crate::seal::Place;

/// The source of a mail that a mail server hands over by itself.
pub const PIPE: &str = "pipe";

/// Bytes in one sealed part of a mail.
pub const PART: usize = 1 << 20;

/// So much of a mail is kept. What is longer waits for a person, and stays in its mailbox.
pub const MAX_KEPT: i64 = 64 << 20;

/// A mail larger than this is not read by a machine.
const MAX_READ: i64 = 25 << 20;

/// A mail is not older than this when it comes to us, whatever it says.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Where the bytes of a mail come from, a part at a time.
#[async_trait]
pub trait Parts: Send {
    /// The next bytes, at most [`PART`] of them; none at the end.
    async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>>;
}

/// A mail that is there to be taken.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The mailbox, or how else it comes.
    pub source: String,
    /// When our mail server had it, as far as is known before reading.
    pub received_at: Timestamp,
    /// Its size in bytes, where it is told before.
    pub size: Option<u64>,
    /// How far the mailbox is read once this is taken.
    pub progress: Option<Progress>,
}

/// Why a mail was not taken over. It is still where it was.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// It could not be read to its end.
    #[error("the mail cannot be read to its end: {0}")]
    Source(#[source] std::io::Error),
    /// It could not be stored.
    #[error(transparent)]
    Action(#[from] ActionError),
}

/// Takes a mail over. Once this answers, the mail is on the disk, sealed, and will be judged. It
/// says nothing where another process has taken it meanwhile.
///
/// # Errors
/// [`TakeError`]; then nothing of it counts, and it may be taken again.
pub async fn take(
    app: &App,
    arrival: Arrival,
    parts: &mut dyn Parts,
) -> Result<Option<IncomingId>, TakeError> {
    let id: IncomingId = app.id();
    let mut stored = 0;
    let taken = take_parts(app, id, arrival, parts, &mut stored).await;
    if taken.is_err() && stored > 0 {
        // What is left of it otherwise goes with the next try, or after a day.
        let freed = app.db.write(move |conn| forget(conn, id)).await;
        if let Err(error) = freed {
            tracing::warn!(mail = %id, %error, "parts of a mail that was not taken over stay");
        }
    }
    app.wake.notify_one();
    Ok(taken?.then_some(id))
}

async fn take_parts(
    app: &App,
    id: IncomingId,
    arrival: Arrival,
    parts: &mut dyn Parts,
    stored: &mut i32,
) -> Result<bool, TakeError> {
    let mut size = 0;
    let mut kept: Vec<Vec<u8>> = Vec::new();
    while let Some(part) = parts.next().await.map_err(TakeError::Source)? {
        let so_far = size;
        size += i64::try_from(part.len()).unwrap_or(i64::MAX);
        if so_far >= MAX_KEPT || part.is_empty() {
            continue;
        }
        kept.push(part);
        // All but the last part goes out of memory at once; small mails are one transaction.
        if kept.len() > 1 {
            store_part(app, id, &arrival, *stored, kept.remove(0)).await?;
            *stored += 1;
        }
    }
    Ok(complete(app, id, arrival, size, *stored, kept.pop()).await?)
}

/// Frees what is left of mails of a source that a killed process did not take over to their end.
/// Only for whoever has the source for itself.
///
/// # Errors
/// [`ActionError`].
pub async fn free_unfinished(app: &App, source: &str) -> Result<(), ActionError> {
    let source = source.to_owned();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            for id in db::incoming::unfinished(conn, &source)? {
                forget(conn, id)?;
            }
            Ok(())
        })
        .await
}

/// A message that could not be read after some tries is noted for staff, so that those behind it do
/// not wait. It stays in its mailbox as it is.
///
/// # Errors
/// [`ActionError`].
pub async fn note_unread(
    app: &App,
    arrival: Arrival,
    progress: Progress,
    trouble: &str,
) -> Result<(), ActionError> {
    let (inner, trouble) = (app.clone(), letters::without_addresses(trouble));
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let (app, id) = (&inner, inner.id());
            if is_past(conn, &arrival.source, &progress)? {
                return Ok(());
            }
            db::incoming::advance(conn, &arrival.source, &progress)?;
            begin(app, conn, id, &arrival)?;
            let size = arrival.size.unwrap_or_default();
            db::incoming::complete(conn, id, i64::try_from(size).unwrap_or(i64::MAX), 0)?;
            let mail = db::incoming::find(conn, id)?.ok_or(ActionError::NotFound)?;
            let read = Read {
                number: Some(progress.last_uid),
                trouble: Some(trouble.clone()),
                ..Read::default()
            };
            let key = sealing::key(app, conn, key_of(id))?;
            let judgement = Judgement {
                judged: Judged::of_nobody(Verdict::Unclear, Some(Why::NotHandedOut)),
                state: IncomingState::ForStaff,
                received_at: mail.received_at,
                answered_at: None,
                identity: None,
                sealed: sealing::seal(&key, "incoming", id, &read)?,
                request: None,
                letter: None,
            };
            db::incoming::judge(conn, id, &judgement)?;
            record_judged(app, conn, &judgement)
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Whether a mailbox was read beyond this already.
fn is_past(conn: &mut Conn, source: &str, to: &Progress) -> Result<bool, ActionError> {
    let known = db::incoming::progress(conn, source)?;
    Ok(known.uid_validity == to.uid_validity && known.last_uid >= to.last_uid)
}

/// The key of a mail lies where the keys of requests lie.
fn key_of(id: IncomingId) -> RequestId {
    RequestId(id.0)
}

fn seal_part(
    app: &App,
    conn: &mut Conn,
    id: IncomingId,
    seq: i32,
    part: &[u8],
) -> Result<(), ActionError> {
    let place = format!("{id}:{seq}");
    let sealed = sealing::key(app, conn, key_of(id))?.seal(part_place(&place), part);
    Ok(db::incoming::add_part(conn, id, seq, &sealed)?)
}

fn part_place(id: &str) -> Place<'_> {
    Place {
        table: "incoming_parts",
        id,
        column: "sealed",
    }
}

fn begin(app: &App, conn: &mut Conn, id: IncomingId, arrival: &Arrival) -> Result<(), ActionError> {
    sealing::new_key(app, conn, key_of(id))?;
    let now = app.clock.now();
    db::incoming::begin(
        conn,
        id,
        &arrival.source,
        bounded(arrival.received_at, now),
        now,
    )?;
    Ok(())
}

/// No mail comes from the future, nor from long ago.
fn bounded(received_at: Timestamp, now: Timestamp) -> Timestamp {
    if received_at < now - MAX_AGE {
        now
    } else {
        received_at.min(now)
    }
}

/// Stores a part that is not the last.
async fn store_part(
    app: &App,
    id: IncomingId,
    arrival: &Arrival,
    seq: i32,
    part: Vec<u8>,
) -> Result<(), ActionError> {
    let (inner, arrival) = (app.clone(), arrival.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            if seq == 0 {
                begin(&inner, conn, id, &arrival)?;
            }
            seal_part(&inner, conn, id, seq, &part)
        })
        .await
}

/// Stores the last part, and with it the mail counts. Says whether it is ours.
async fn complete(
    app: &App,
    id: IncomingId,
    arrival: Arrival,
    size: i64,
    stored: i32,
    last: Option<Vec<u8>>,
) -> Result<bool, ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let app = &inner;
            if let Some(progress) = &arrival.progress {
                let (source, uid) = (&arrival.source, progress.last_uid);
                if is_past(conn, source, progress)? {
                    if stored > 0 {
                        forget(conn, id)?;
                    }
                    return Ok(false);
                }
                db::incoming::advance(conn, source, progress)?;
                // What is not kept whole stays where it is, and what could not be read before was.
                if size > MAX_KEPT {
                    db::incoming::leave(conn, source, uid)?;
                } else {
                    db::incoming::forget_leftovers(conn, source, uid..=uid)?;
                }
            }
            if stored == 0 {
                begin(app, conn, id, &arrival)?;
            }
            let mut count = stored;
            if let Some(part) = &last {
                seal_part(app, conn, id, count, part)?;
                count += 1;
            }
            // Who reads a mailbox stops where no more is kept.
            let told = arrival.size.filter(|_| size > MAX_KEPT);
            let told = i64::try_from(told.unwrap_or_default()).unwrap_or(i64::MAX);
            db::incoming::complete(conn, id, size.max(told), count)?;
            db::jobs::enqueue(conn, app.id(), &Job::Judge(id), app.clock.now())?;
            Ok(true)
        })
        .await
}

/// Deletes a mail with its key.
fn forget(conn: &mut Conn, id: IncomingId) -> Result<(), ActionError> {
    db::incoming::delete(conn, id)?;
    db::submissions::delete_key(conn, key_of(id))?;
    Ok(())
}

/// What was read of a mail, as it stands sealed beside it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Read {
    /// The address that it says it is from.
    pub from: Option<String>,
    /// The subject.
    pub subject: String,
    /// Its own words.
    pub text: String,
    /// Its Message-ID, for the answer.
    pub message_id: Option<String>,
    /// Why it could not be read, a code.
    pub unreadable: Option<String>,
    /// Of one that the server of a mailbox does not hand out: its number there.
    #[serde(default)]
    pub number: Option<u32>,
    /// And what that server says.
    #[serde(default)]
    pub trouble: Option<String>,
}

impl Read {
    /// Subject and own words, for a person who takes them over: many mail programs write a request
    /// into the subject alone.
    fn whole(&self) -> String {
        details(&[self.subject.trim(), self.text.trim()].join("\n\n"))
    }
}

/// Opens what was read of a mail.
///
/// # Errors
/// [`ActionError::NotFound`] before it is judged, and once it was forgotten.
pub(super) fn open_read(app: &App, conn: &mut Conn, mail: &Incoming) -> Result<Read, ActionError> {
    let key = sealing::key(app, conn, key_of(mail.id))?;
    sealing::open(&key, "incoming", mail.id, &mail.sealed)
}

/// Opens one part of a mail.
pub(super) fn open_part(
    app: &App,
    conn: &mut Conn,
    id: IncomingId,
    seq: i32,
) -> Result<Vec<u8>, ActionError> {
    let place = format!("{id}:{seq}");
    let sealed = db::incoming::part(conn, id, seq)?;
    let key = sealing::key(app, conn, key_of(id))?;
    Ok(key.open(part_place(&place), &sealed)?.to_vec())
}

/// What a mail turned out to be.
enum Found {
    Read(Box<Inbound>),
    Unreadable(String, [u8; 32]),
}

impl Found {
    fn identity(&self) -> [u8; 32] {
        match self {
            Found::Read(mail) => mail.identity,
            Found::Unreadable(_, identity) => *identity,
        }
    }
}

/// Reads and judges a mail that was taken over. Run by a job; doing it twice is doing it once.
///
/// # Errors
/// [`ActionError`].
pub async fn judge(app: &App, id: IncomingId) -> Result<(), ActionError> {
    let Some(mail) = app
        .db
        .read(move |conn| db::incoming::find(conn, id))
        .await?
        .filter(|mail| mail.state == IncomingState::Waiting)
    else {
        return Ok(());
    };
    let found = read(app, &mail).await?;
    // Counted outside the transaction, so that mails that are judged side by side do not wait for
    // each other; a few more than the limit do no harm.
    let since = app.clock.now() - SignedDuration::from_hours(1);
    let answered = app
        .db
        .read(move |conn| db::incoming::answered_since(conn, since))
        .await?;
    let is_busy = answered >= i64::from(app.config.mail.answers_per_hour);
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let waits = db::incoming::find(conn, id)?
                .is_some_and(|mail| mail.state == IncomingState::Waiting);
            if waits {
                carry_out(&inner, conn, &mail, &found, is_busy)?;
            }
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Reads a mail, outside any transaction that writes.
async fn read(app: &App, mail: &Incoming) -> Result<Found, ActionError> {
    let (inner, id, parts) = (app.clone(), mail.id, mail.parts);
    let fits = mail.size <= MAX_READ;
    let mut raw = Vec::new();
    let mut hash = Sha256::new();
    for seq in 0..parts {
        let inner = inner.clone();
        let part = app
            .db
            .read(move |conn| open_part(&inner, conn, id, seq))
            .await?;
        hash.update(&part);
        if fits {
            raw.extend_from_slice(&part);
        }
    }
    let whole: [u8; 32] = hash.finalize().into();
    if !fits {
        return Ok(Found::Unreadable(
            Unreadable::TooLarge.as_str().to_owned(),
            whole,
        ));
    }
    let (config, domain) = (app.config.clone(), app.config.mail.from.domain().to_owned());
    let read = tokio::task::spawn_blocking(move || {
        let ours = Ours {
            authserv_ids: &config.mail.authserv_ids,
            message_domain: &domain,
        };
        inbound::read(&raw, &ours)
    })
    .await;
    Ok(match read {
        Ok(Ok(mail)) => Found::Read(Box::new(mail)),
        Ok(Err(why)) => Found::Unreadable(why.as_str().to_owned(), whole),
        // A mail that makes the reader fall is a mail that a person looks at.
        Err(error) => {
            tracing::error!(mail = %id, panicked = error.is_panic(), "a mail could not be read");
            Found::Unreadable("panicked".to_owned(), whole)
        }
    })
}

/// What of ours a mail answers.
enum Answered {
    Nothing,
    Request(Box<Request>),
    Submission(Box<Submission>),
}

impl Answered {
    /// How the domain sees it, for a writer with these digests.
    fn thread(&self, writer: &[AddressDigest]) -> Thread {
        match self {
            Answered::Nothing => Thread::None,
            Answered::Request(request) => Thread::Request {
                by_subject: writer.contains(&request.address),
                is_open: !request.is_closed(),
            },
            Answered::Submission(submission) => Thread::Submission {
                by_subject: writer.contains(&submission.address),
            },
        }
    }
}

/// Finds what a mail answers by the ids that our letters bear: the request's own, or the letter's.
fn answered(app: &App, conn: &mut Conn, mail: &Inbound) -> Result<Answered, ActionError> {
    let domain = app.config.mail.from.domain();
    for reference in &mail.answers {
        let Some((local, host)) = reference.rsplit_once('@') else {
            continue;
        };
        let Ok(id) = local.parse::<uuid::Uuid>() else {
            continue;
        };
        if !host.eq_ignore_ascii_case(domain) {
            continue;
        }
        let by_letter = db::outbox::find(conn, LetterId(id))?.and_then(|letter| letter.request);
        let request = by_letter.unwrap_or(RequestId(id));
        if let Some(found) = db::requests::find(conn, request)? {
            return Ok(Answered::Request(Box::new(found)));
        }
        if let Some(submission) = db::submissions::find(conn, request)? {
            match submission.request {
                Some(request) => {
                    if let Some(found) = db::requests::find(conn, request)? {
                        return Ok(Answered::Request(Box::new(found)));
                    }
                }
                None if submission.state == "waiting"
                    && submission.expires_at > app.clock.now() =>
                {
                    return Ok(Answered::Submission(Box::new(submission)));
                }
                None => {}
            }
        }
    }
    Ok(Answered::Nothing)
}

/// The token of an Unsubscribe link of ours, by which a mail program wrote: in the address, or, as
/// our own headers have it, alone in the subject, where mail programs may have broken the line.
fn token_of(app: &App, mail: &Inbound) -> Option<String> {
    let subject: String = mail.subject.split_whitespace().collect();
    [mail.unsubscribe.clone(), Some(subject)]
        .into_iter()
        .flatten()
        .find(|token| objections::read_token(app, token).is_ok())
}

/// Does what a mail asks for, and stores what it was judged to be.
fn carry_out(
    app: &App,
    conn: &mut Conn,
    mail: &Incoming,
    found: &Found,
    is_busy: bool,
) -> Result<(), ActionError> {
    let identity = found.identity();
    if db::incoming::is_known(conn, &app.mail_digests(&identity))? {
        let repeated = Judgement {
            judged: Judged::of_nobody(Verdict::Repeated, None),
            state: IncomingState::Done,
            received_at: mail.received_at,
            answered_at: None,
            identity: None,
            sealed: Vec::new(),
            request: None,
            letter: None,
        };
        db::incoming::judge(conn, mail.id, &repeated)?;
        db::incoming::delete_parts(conn, mail.id)?;
        db::submissions::delete_key(conn, key_of(mail.id))?;
        return Ok(());
    }
    let (step, outcome, judged, read, received_at) = match found {
        Found::Unreadable(code, _) => {
            let why = Why::Unreadable;
            let read = Read {
                unreadable: Some(code.clone()),
                ..Read::default()
            };
            let judged = Judged::of_nobody(Verdict::Unclear, Some(why));
            let step = Step::ForStaff(why);
            (step, Outcome::default(), judged, read, mail.received_at)
        }
        Found::Read(found) => {
            let received_at = found
                .received_at
                .map_or(mail.received_at, |at| bounded(at, mail.received_at));
            let (step, outcome) = act(app, conn, mail.id, found, received_at, is_busy)?;
            let judged = judged(app, found, step);
            (step, outcome, judged, words_of(found), received_at)
        }
    };
    let key = sealing::key(app, conn, key_of(mail.id))?;
    let judgement = Judgement {
        state: match step {
            Step::ForStaff(_) => IncomingState::ForStaff,
            _ => IncomingState::Done,
        },
        received_at,
        answered_at: step.answers().then(|| app.clock.now()),
        judged,
        // A list's copy that was set aside must not hide the one that a person sent straight to us.
        identity: (step != Step::SetAside).then(|| app.mail_digest(&identity)),
        sealed: sealing::seal(&key, "incoming", mail.id, &read)?,
        request: outcome.request,
        letter: outcome.letter,
    };
    db::incoming::judge(conn, mail.id, &judgement)?;
    record_judged(app, conn, &judgement)
}

fn judged(app: &App, mail: &Inbound, step: Step) -> Judged {
    Judged {
        verdict: step.verdict(),
        why: match step {
            Step::ForStaff(why) => Some(why),
            _ => None,
        },
        proof: mail.dmarc,
        kind: mail.kind,
        lang: mail.lang.clone(),
        attachments: i32::try_from(mail.attachments).unwrap_or(i32::MAX),
        address: mail.from.email().map(|email| app.address_digest(email)),
    }
}

/// Writes down what a mail was judged to be, and tells staff where they are needed.
fn record_judged(app: &App, conn: &mut Conn, judgement: &Judgement) -> Result<(), ActionError> {
    let judged = &judgement.judged;
    let mut event = Event::new(Action::MailJudged)
        .ending(judged.verdict.as_str())
        .with("sender", judged.proof);
    if let Some(why) = judged.why {
        event = event.because(why.as_str());
        tell_staff(app, conn)?;
    }
    trail::record(app, conn, &Actor::System, judgement.request, &event)?;
    Ok(())
}

fn words_of(mail: &Inbound) -> Read {
    Read {
        from: mail.from.email().map(|email| email.as_str().to_owned()),
        subject: mail.subject.clone(),
        text: mail.text.clone(),
        message_id: mail.message_id.clone(),
        ..Read::default()
    }
}

/// What came of a mail.
#[derive(Default)]
struct Outcome {
    request: Option<RequestId>,
    letter: Option<LetterId>,
}

impl Outcome {
    fn on(request: RequestId) -> Outcome {
        Outcome {
            request: Some(request),
            letter: None,
        }
    }
}

/// Does the step that the domain decides on.
fn act(
    app: &App,
    conn: &mut Conn,
    mail: IncomingId,
    found: &Inbound,
    received_at: Timestamp,
    is_busy: bool,
) -> Result<(Step, Outcome), ActionError> {
    let writer = found.from.email();
    let digests = writer.map_or_else(Vec::new, |email| app.address_digests(email));
    let answered = answered(app, conn, found)?;
    let token = token_of(app, found);
    let since = app.clock.now() - SignedDuration::from_hours(24);
    let today = db::incoming::answered_to_since(conn, &digests, since)?;
    let step = incoming::judge(&Facts {
        is_bounce: found.bounce.is_some(),
        has_token: token.is_some(),
        is_automatic: found.automatic.is_some(),
        is_never_answered: found.no_reply,
        writer: match found.from {
            Sender::One(_) => Writer::One,
            Sender::None => Writer::Nobody,
            Sender::Several => Writer::Several,
        },
        is_locked: found.locked,
        has_words: !words(found).is_empty(),
        kind: found.kind,
        thread: answered.thread(&digests),
        may_answer: today < i64::from(app.config.mail.answers_per_address_per_day),
        is_busy,
        is_forged: found.dmarc == SenderProof::Fail,
    });
    let lang = found
        .lang
        .as_deref()
        .and_then(Lang::from_tag)
        .unwrap_or(app.config.vendor.language);
    let outcome = match (step, writer, answered) {
        (Step::NoteBounce, _, _) => match &found.bounce {
            Some(bounce) => note_bounce(app, conn, bounce)?,
            None => Outcome::default(),
        },
        (Step::Unsubscribe, _, _) => {
            let token = token.ok_or(ActionError::NotFound)?;
            objections::end_list(app, conn, &token, false, "mailto")?;
            Outcome::default()
        }
        (Step::AddToRequest, _, Answered::Request(request)) => {
            let text = details(words(found));
            Outcome::on(messages::add_of_subject(
                app,
                conn,
                *request,
                Some(mail),
                &text,
            )?)
        }
        (Step::AskAgain, _, Answered::Submission(submission)) => {
            Outcome::on(ask_again(app, conn, mail, *submission, found)?)
        }
        (Step::Ask(kind), Some(email), _) => {
            Outcome::on(ask(app, conn, received_at, found, kind, email, lang)?)
        }
        (Step::Object, Some(email), _) => {
            objections::end_all_lists(app, conn, &Actor::Subject, None, email, lang, "mail")?;
            Outcome::default()
        }
        (_, _, Answered::Request(request)) => Outcome::on(request.id),
        (_, _, Answered::Submission(_) | Answered::Nothing) => Outcome::default(),
    };
    Ok((step, outcome))
}

/// A mail as the letter that answers it names it.
fn to_answer(mail: &Inbound) -> outbound::Answered {
    outbound::Answered {
        message_id: mail.message_id.clone(),
        earlier: mail.answers.clone(),
    }
}

/// The own words of a mail; many mail programs write a request into the subject alone.
fn words(mail: &Inbound) -> &str {
    match (mail.text.trim(), mail.kind) {
        ("", Some(_)) => mail.subject.trim(),
        (text, _) => text,
    }
}

/// The words of a mail as a request or a message holds them.
fn details(text: &str) -> String {
    let text = text.trim();
    if text.chars().count() <= MAX_DETAILS {
        return text.to_owned();
    }
    let cut: String = text.chars().take(MAX_DETAILS - 2).collect();
    format!("{cut} …")
}

/// Takes a mail as a request: the address in From is asked to confirm it.
fn ask(
    app: &App,
    conn: &mut Conn,
    received_at: Timestamp,
    found: &Inbound,
    kind: Kind,
    email: &Email,
    lang: Lang,
) -> Result<RequestId, ActionError> {
    let asked = Asked {
        email: email.as_str().to_owned(),
        details: Some(details(words(found))),
        ..Asked::default()
    };
    let new = submit::New {
        kind,
        lang,
        via: Via::Mail,
        email,
        asked: &asked,
        received_at,
        request: None,
        answers: Some(to_answer(found)),
    };
    let id = submit::store(app, conn, &new)?;
    let event = Event::new(Action::Received)
        .ending(Via::Mail.as_str())
        .with("kind", kind);
    trail::record(app, conn, &Actor::Subject, Some(id), &event)?;
    Ok(id)
}

/// Somebody answers the mail that asks for a confirmation. What they say is kept with what waits,
/// and they are told again what confirms it: an answer proves nothing, its sender can be invented.
fn ask_again(
    app: &App,
    conn: &mut Conn,
    mail: IncomingId,
    submission: Submission,
    found: &Inbound,
) -> Result<RequestId, ActionError> {
    let key = sealing::key(app, conn, submission.id)?;
    let mut pending: Pending =
        sealing::open(&key, "submissions", submission.id, &submission.sealed)?;
    let said = [
        pending.asked.details.as_deref().unwrap_or_default(),
        words(found),
    ];
    pending.asked.details = Some(details(said.join("\n\n").trim()));
    let sealed = sealing::seal(&key, "submissions", submission.id, &pending)?;
    db::submissions::reseal(conn, submission.id, &sealed)?;
    let cause = format!("again:{mail}");
    submit::remind(
        app,
        conn,
        &submission,
        &pending,
        &cause,
        Some(to_answer(found)),
    )?;
    Ok(submission.id)
}

/// Notes on a letter of ours that it came back.
fn note_bounce(app: &App, conn: &mut Conn, bounce: &Bounce) -> Result<Outcome, ActionError> {
    let Some(letter) = bounce
        .letter
        .as_deref()
        .and_then(|id| id.parse().ok())
        .map(|id| db::outbox::find(conn, LetterId(id)))
        .transpose()?
        .flatten()
    else {
        return Ok(Outcome::default());
    };
    if bounce.permanent && letter.state != "failed" {
        db::outbox::returned(conn, letter.id, &bounce.status)?;
        let event = Event::new(Action::LetterReturned)
            .because(&bounce.status)
            .with("letter", &letter.letter);
        trail::record(app, conn, &Actor::System, letter.request, &event)?;
    }
    Ok(Outcome {
        request: letter.request,
        letter: Some(letter.id),
    })
}

/// Tells those who assign work that mail still waits for a person, also when none has come today.
///
/// # Errors
/// [`ActionError`].
pub(super) async fn tell_of_waiting(app: &App) -> Result<(), ActionError> {
    let inner = app.clone();
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            if db::incoming::count(conn, IncomingState::ForStaff)? > 0 {
                tell_staff(&inner, conn)?;
            }
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(())
}

/// Tells those who assign work that mail waits for a person, once a day.
fn tell_staff(app: &App, conn: &mut Conn) -> Result<(), ActionError> {
    let lang = app.config.vendor.language;
    let letter = Letter::MailWaits {
        link: app.config.server.public_url.join("/admin/mail"),
    };
    for account in assign::who_assign(conn)? {
        let cause = format!("mail-waits:{}:{}", app.today(), account.id);
        letters::post(
            app,
            conn,
            &cause,
            None,
            account.email.as_str(),
            lang,
            &letter,
        )?;
    }
    Ok(())
}

/// How long a mail that is done is kept as it came.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A mail that nobody ended sending is given up after this time; its sender has it still.
const ARRIVES_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Deletes mails whose end has come. One that belongs to an open request stays with it.
///
/// # Errors
/// [`ActionError`].
pub async fn sweep(app: &App) -> Result<(), ActionError> {
    let mut after = None;
    loop {
        let inner = app.clone();
        let last = app
            .db
            .write(move |conn| -> Result<_, ActionError> {
                let now = inner.clock.now();
                let ended =
                    db::incoming::ended(conn, now - KEPT, now - ARRIVES_WITHIN, after, 200)?;
                for (id, request) in &ended {
                    let is_open = match request {
                        Some(request) => {
                            db::requests::find(conn, *request)?
                                .is_some_and(|request| !request.is_closed())
                                || db::submissions::find(conn, *request)?
                                    .is_some_and(|submission| submission.state == "waiting")
                        }
                        None => false,
                    };
                    if !is_open {
                        forget(conn, *id)?;
                    }
                }
                Ok(ended.last().map(|(id, _)| *id))
            })
            .await?;
        let Some(last) = last else {
            return Ok(());
        };
        after = Some(last);
    }
}

/// Forgets every mail of a request or submission, with the key of each.
pub(super) fn forget_of(conn: &mut Conn, request: RequestId) -> Result<(), ActionError> {
    for id in db::incoming::of_request(conn, request)? {
        forget(conn, id)?;
    }
    Ok(())
}

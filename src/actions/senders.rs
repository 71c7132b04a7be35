//! Senders: the vendor's mailing tools. They get links for their mails, ask who must not be written
//! to, and hear of each objection, from the feed or by a webhook.
//!
//! A deed writes its change for each sender in its own transaction (`tell`). Which senders there are
//! is asked there too, so that none that was let in before the deed misses it. Places in the feed are
//! given afterwards ([`sequence`]), and what stood before a sender came is told by a job ([`fill`]).

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{ActionError, trail};
use crate::app::App;
use crate::audit::hex;
use crate::db::guards::Changed;
use crate::db::senders::{FeedRow, Listener, NewChange, NewToken, Token};
use crate::db::{self, Conn, DbError};
use crate::domain::email::Email;
use crate::domain::event::{Action, Actor, Event};
use crate::domain::ids::TokenId;
use crate::domain::job::Job;
use crate::domain::sender::{Change, Scope, Sender, is_name, is_tool_id};
use crate::domain::staff::Permission;
use crate::http;
use crate::seal::{ApiToken, Place, SenderKeys, Unsubscribe};

/// A change may wait so long until a sender has applied it; then people are told. Mailbox providers
/// give two days.
pub const MAY_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// The most addresses of one question, and the most recipients of one order for links.
pub const MOST: usize = 10_000;

/// Changes that the feed gives at a time, unless less are asked for.
pub const PAGE: i64 = 500;

/// The most changes that can be asked for at a time.
pub const MOST_CHANGES: i64 = 1000;

/// Changes that one turn of the sequencer places.
const TURN: i64 = 500;

/// Objections that one turn of the filling tells. It reads what presses of links write, and on
/// PostgreSQL a long one would lose its race again and again.
const FILLING: i64 = 50;

/// Changes in one message to a webhook.
const MESSAGE: i64 = 100;

/// Messages that a webhook is sent before other jobs have their turn.
const MESSAGES: usize = 20;

/// How long a webhook may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Addresses that are looked up in one go, so that others get at the database between.
const BATCH: usize = 1000;

/// What lies sealed beside a token.
#[derive(Serialize, Deserialize)]
struct Secrets {
    keys: SenderKeys,
    webhook: Option<String>,
}

/// A new token with its keys, to be shown once.
#[derive(Debug)]
pub struct Added {
    /// What the machine sends as its bearer token.
    pub token: ApiToken,
    /// The key of its digests and the secret of its webhook.
    pub keys: SenderKeys,
}

/// Lets a machine in. Without a tool that it belongs to, it is one of its own.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::Invalid`] for a wrong name or webhook, and for a name
/// that is in use.
pub async fn add_token(
    app: &App,
    actor: &Actor,
    name: &str,
    tool: Option<&str>,
    scopes: &[Scope],
    webhook: Option<&str>,
) -> Result<Added, ActionError> {
    actor.may(Permission::Tokens)?;
    let wrong = |field, message| ActionError::Invalid { field, message };
    if !is_name(name) {
        return Err(wrong("NAME", "tokens-name"));
    }
    let tool = tool.unwrap_or(name);
    if !is_name(tool) {
        return Err(wrong("--tool", "tokens-name"));
    }
    if scopes.is_empty() {
        return Err(wrong("--scope", "tokens-scope"));
    }
    if webhook.is_some() && !scopes.contains(&Scope::Suppressions) {
        return Err(wrong("--webhook", "tokens-webhook-scope"));
    }
    if webhook.is_some_and(|url| !Url::parse(url).is_ok_and(|url| http::may_ask(&url))) {
        return Err(wrong("--webhook", "tokens-webhook"));
    }
    let (token, keys, id) = (ApiToken::random(), SenderKeys::random(), app.id());
    let secrets = Secrets {
        keys: keys.clone(),
        webhook: webhook.map(str::to_owned),
    };
    let new = NewToken {
        id,
        name: name.to_owned(),
        tool: tool.to_owned(),
        hash: token.hash(),
        scopes: scopes.to_vec(),
        sealed: app
            .keys
            .seal_stored_json(place(&id.to_string()), &secrets)?,
        has_webhook: webhook.is_some(),
    };
    let (inner, actor) = (app.clone(), actor.clone());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let now = inner.clock.now();
            if db::senders::by_name(conn, &new.name)?.is_some() {
                return Err(wrong("NAME", "tokens-taken"));
            }
            db::senders::insert_token(conn, &new, now)?;
            if new.scopes.contains(&Scope::Suppressions) {
                db::jobs::enqueue(conn, inner.id(), &Job::FillSender(id), now)?;
            }
            let words: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
            let event = Event::new(Action::TokenAdded)
                .with("token", &new.name)
                .with("tool", &new.tool)
                .with("scopes", words.join(" "))
                .with("webhook", new.has_webhook);
            trail::record(&inner, conn, &actor, None, &event)?;
            Ok(())
        })
        .await?;
    app.wake.notify_one();
    Ok(Added { token, keys })
}

/// Ends the token of a machine, from its next question on, and forgets its keys.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::NotFound`] if none of this name is in force.
pub async fn revoke_token(app: &App, actor: &Actor, name: &str) -> Result<(), ActionError> {
    actor.may(Permission::Tokens)?;
    let (inner, actor, name) = (app.clone(), actor.clone(), name.to_owned());
    app.db
        .write(move |conn| -> Result<_, ActionError> {
            let token = db::senders::by_name(conn, &name)?.ok_or(ActionError::NotFound)?;
            db::senders::revoke(conn, token.sender.id, inner.clock.now())?;
            let event = Event::new(Action::TokenRevoked).with("token", &name);
            trail::record(&inner, conn, &actor, None, &event)?;
            Ok(())
        })
        .await
}

/// All tokens, the ended ones too.
///
/// # Errors
/// [`ActionError::Forbidden`], [`ActionError::Db`].
pub async fn tokens(app: &App, actor: &Actor) -> Result<Vec<Token>, ActionError> {
    actor.may(Permission::Tokens)?;
    Ok(app.db.read(db::senders::tokens).await?)
}

fn place(id: &str) -> Place<'_> {
    Place {
        table: "api_tokens",
        id,
        column: "sealed",
    }
}

/// Who sent a token; nothing for one that is none of ours or has ended. The day is noted.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn authenticate(app: &App, token: &str) -> Result<Option<Sender>, ActionError> {
    let Some(token) = ApiToken::parse(token) else {
        return Ok(None);
    };
    let (hash, today) = (token.hash(), app.today());
    let known = app
        .db
        .read(move |conn| db::senders::by_hash(conn, hash))
        .await?;
    let Some(known) = known else {
        return Ok(None);
    };
    let id = known.sender.id;
    if known.last_used_on != Some(today) {
        app.db
            .write(move |conn| db::senders::used(conn, id, today))
            .await?;
    }
    Ok(Some(known.sender))
}

fn within(sender: &Sender, scope: Scope) -> Result<(), ActionError> {
    if sender.may(scope) {
        Ok(())
    } else {
        Err(ActionError::OutOfScope(scope))
    }
}

/// A link and header values for one recipient, ready to paste.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The page, for the visible link in the mail.
    pub url: String,
    /// The value of the header (RFC 2369): exactly one https address (RFC 8058). It may be folded
    /// after the comma, and nowhere else.
    #[serde(rename = "List-Unsubscribe")]
    pub list_unsubscribe: String,
    /// The value of the other header (RFC 8058).
    #[serde(rename = "List-Unsubscribe-Post")]
    pub list_unsubscribe_post: &'static str,
}

/// The id under which a tool knows a person.
#[derive(Clone, Copy, Debug)]
pub struct KnownAs<'a> {
    /// The tool.
    pub tool: &'a str,
    /// Its id.
    pub id: &'a str,
}

/// The link with which an address leaves a list.
pub fn link(app: &App, email: &Email, list: &str, known_as: Option<KnownAs<'_>>) -> Link {
    let token = app.keys.unsubscribe_token(&Unsubscribe {
        address: email.as_str().to_owned(),
        list: list.to_owned(),
        tool_id: known_as.map(|known| known.id.to_owned()),
        tool: known_as.map(|known| known.tool.to_owned()),
    });
    let url = app.config.server.public_url.join(&format!("/u/{token}"));
    let mut list_unsubscribe = format!("<{url}>");
    if let Some(mailbox) = &app.config.unsubscribe.mailto {
        // The token is longer than a local part may be (RFC 5321, 64 octets), so it is the subject.
        let mailbox = escaped(mailbox.as_str());
        list_unsubscribe += &format!(", <mailto:{mailbox}?subject={token}>");
    }
    Link {
        url,
        list_unsubscribe,
        list_unsubscribe_post: "List-Unsubscribe=One-Click",
    }
}

/// A mailbox in a mailto address (RFC 6068).
fn escaped(mailbox: &str) -> String {
    let mut text = String::new();
    for byte in mailbox.bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_+~'!".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text += &format!("%{byte:02X}");
        }
    }
    text
}

/// Somebody whom a mailing goes to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// The address.
    pub address: String,
    /// The mailing tool's own id.
    #[serde(default)]
    pub id: Option<String>,
}

/// What is wrong with a question of a machine, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable(pub String);

/// Links for the recipients of a mailing, in their order. An address that cannot be read has none.
///
/// # Errors
/// [`ActionError::OutOfScope`]; inside, what is wrong with list or ids.
pub async fn links(
    app: &App,
    sender: &Sender,
    list: String,
    recipients: Vec<Recipient>,
) -> Result<Result<Vec<Option<Link>>, Unusable>, ActionError> {
    within(sender, Scope::Links)?;
    let list = match check_list(app, &list) {
        Ok(list) => list,
        Err(unusable) => return Ok(Err(unusable)),
    };
    if let Err(unusable) = check_count(recipients.len()) {
        return Ok(Err(unusable));
    }
    let mut ids = recipients.iter().map(|recipient| recipient.id.as_deref());
    if let Some(at) = ids.position(|id| id.is_some_and(|id| !is_tool_id(id))) {
        return Ok(Err(Unusable(format!(
            "recipients[{at}].id: an id is 1 to 128 visible ASCII characters without @, \" and \\"
        ))));
    }
    let (app, tool) = (app.clone(), sender.tool.clone());
    let made = tokio::task::spawn_blocking(move || {
        recipients
            .iter()
            .map(|recipient| {
                let email = Email::parse(&recipient.address).ok()?;
                let tool = &tool;
                let known_as = recipient.id.as_deref().map(|id| KnownAs { tool, id });
                Some(link(&app, &email, &list, known_as))
            })
            .collect()
    });
    made.await
        .map(Ok)
        .map_err(|error| DbError::Internal(format!("links: {error}")).into())
}

/// The list that a tool asks about, as it is written here.
pub fn check_list(app: &App, list: &str) -> Result<String, Unusable> {
    if app.config.has_list(list) {
        return Ok(app.config.list_name(list));
    }
    let names: Vec<&str> = app.config.lists.iter().map(|list| &*list.name).collect();
    Err(Unusable(match &names[..] {
        [] => "list: a name is 1 to 64 letters, digits, - and _, like news".to_owned(),
        names => format!("list: the configuration has {}", names.join(", ")),
    }))
}

fn check_count(count: usize) -> Result<(), Unusable> {
    if count <= MOST {
        return Ok(());
    }
    Err(Unusable(format!(
        "{count} at a time are too many; {MOST} is the most"
    )))
}

/// Whether an address may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Write,
    /// The person objects to this list, or to all.
    Unsubscribed,
    /// It cannot be read as an address, so nobody knows.
    Invalid,
}

/// Which addresses may be written to with a list, in their order. Nothing of them is kept.
///
/// # Errors
/// [`ActionError::OutOfScope`]; inside, what is wrong with list or number.
pub async fn check(
    app: &App,
    sender: &Sender,
    list: String,
    addresses: Vec<String>,
) -> Result<Result<Vec<Verdict>, Unusable>, ActionError> {
    within(sender, Scope::Suppressions)?;
    let list = match check_list(app, &list) {
        Ok(list) => list,
        Err(unusable) => return Ok(Err(unusable)),
    };
    if let Err(unusable) = check_count(addresses.len()) {
        return Ok(Err(unusable));
    }
    Ok(Ok(verdicts(app, Some(&list), addresses).await?))
}

/// The same, for any number and without a token: for the command line. Without a list, whoever
/// objects to anything must not be written to.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn verdicts(
    app: &App,
    list: Option<&str>,
    addresses: Vec<String>,
) -> Result<Vec<Verdict>, ActionError> {
    let mut verdicts = Vec::with_capacity(addresses.len());
    let mut addresses = addresses.into_iter();
    loop {
        let batch: Vec<String> = addresses.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(verdicts);
        }
        let (inner, list) = (app.clone(), list.map(str::to_owned));
        let answered = app
            .db
            .read(move |conn| -> Result<_, ActionError> {
                let digests: Vec<Option<Vec<_>>> = batch
                    .iter()
                    .map(|address| {
                        let email = Email::parse(address).ok()?;
                        Some(inner.address_digests(&email))
                    })
                    .collect();
                let all: Vec<&[u8]> = digests
                    .iter()
                    .flatten()
                    .flatten()
                    .map(|digest| &*digest.bytes)
                    .collect();
                let objecting = db::guards::objecting(conn, &all, list.as_deref())?;
                let verdict = |digests: &Option<Vec<_>>| match digests {
                    None => Verdict::Invalid,
                    Some(digests) => {
                        let objects = |digest: &crate::domain::request::AddressDigest| {
                            objecting.contains(&digest.bytes)
                        };
                        if digests.iter().any(objects) {
                            Verdict::Unsubscribed
                        } else {
                            Verdict::Write
                        }
                    }
                };
                Ok(digests.iter().map(verdict).collect::<Vec<_>>())
            })
            .await?;
        verdicts.extend(answered);
    }
}

/// Writes a change of an objection for each sender, in the transaction of the deed.
///
/// # Errors
/// [`DbError`]; the deed must fail with it.
pub(super) fn tell(
    app: &App,
    conn: &mut Conn,
    email: &Email,
    change: Change,
    changed: &Changed,
) -> Result<(), DbError> {
    let ids = db::guards::ids_of(conn, &[&changed.id])?;
    for Listener { token, tool } in db::senders::listening(conn)? {
        let digest = keys_of(app, conn, token)?.map(|keys| keys.digest(email.normalised()));
        let known = ids.get(&(changed.id.clone(), tool));
        for id in each_or_none(known) {
            append(app, conn, token, change, changed, digest, id)?;
        }
    }
    Ok(())
}

/// Each id of a person, or once none.
fn each_or_none(ids: Option<&Vec<String>>) -> Vec<Option<&str>> {
    match ids {
        Some(ids) => ids.iter().map(|id| Some(id.as_str())).collect(),
        None => vec![None],
    }
}

/// Writes once more an objection that stands already, for each sender that now learns by what to know
/// the person: the digest of the address, or an id of its own. In the transaction of the deed.
///
/// # Errors
/// [`DbError`].
pub(super) fn supplement(
    app: &App,
    conn: &mut Conn,
    email: &Email,
    standing: &Changed,
    known_as: Option<KnownAs<'_>>,
) -> Result<(), DbError> {
    for Listener { token, tool } in db::senders::listening(conn)? {
        let told = db::senders::told_of(conn, token, &standing.id, standing.at)?;
        let id = known_as
            .filter(|known| known.tool == tool)
            .map(|known| known.id);
        let is_new = id.is_some_and(|id| !told.ids.iter().any(|told| told == id));
        if told.digest && !is_new {
            continue;
        }
        let digest = keys_of(app, conn, token)?.map(|keys| keys.digest(email.normalised()));
        if is_new || digest.is_some() {
            let id = id.or(told.ids.first().map(String::as_str));
            append(app, conn, token, Change::Added, standing, digest, id)?;
        }
    }
    Ok(())
}

fn append(
    app: &App,
    conn: &mut Conn,
    token: TokenId,
    change: Change,
    changed: &Changed,
    digest: Option<[u8; 32]>,
    tool_id: Option<&str>,
) -> Result<(), DbError> {
    let row = NewChange {
        id: app.id(),
        token,
        objection: &changed.id,
        digest,
        list: &changed.list,
        tool_id,
        change,
        at: changed.at,
    };
    db::senders::append(conn, &row, app.clock.now())
}

/// The keys of a sender in force; nothing if they cannot be opened, which must stop nobody's objection.
fn keys_of(app: &App, conn: &mut Conn, token: TokenId) -> Result<Option<Arc<SenderKeys>>, DbError> {
    let known = app.sender_keys.read();
    let known = known
        .unwrap_or_else(PoisonError::into_inner)
        .get(&token)
        .cloned();
    if known.is_some() {
        return Ok(known);
    }
    let Some(sealed) = db::senders::sealed(conn, token)? else {
        return Ok(None);
    };
    match app
        .keys
        .open_stored_json::<Secrets>(place(&token.to_string()), &sealed)
    {
        Ok(secrets) => {
            let keys = Arc::new(secrets.keys);
            let mut cache = app
                .sender_keys
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            cache.insert(token, keys.clone());
            Ok(Some(keys))
        }
        Err(error) => {
            tracing::error!(%token, %error, "the keys of a sender cannot be opened; it gets no digests");
            Ok(None)
        }
    }
}

/// Gives waiting changes their places and sees that senders get their jobs; how many it placed. Any
/// number of processes may try: one at a time does it.
///
/// # Errors
/// [`DbError`].
pub async fn sequence(app: &App) -> Result<usize, DbError> {
    let now = app.clock.now();
    let (waiting, wanted) = app
        .db
        .read(move |conn| {
            let wanted = !db::senders::jobs_due(conn, now)?.is_empty();
            Ok::<_, DbError>((db::senders::any_waiting(conn)?, wanted))
        })
        .await?;
    if !waiting && !wanted {
        return Ok(0);
    }
    let inner = app.clone();
    let (placed, called) = app
        .db
        .write(move |conn| {
            let placed = if waiting {
                db::senders::place(conn, TURN)?
            } else {
                0
            };
            let due = db::senders::jobs_due(conn, now)?;
            for job in &due {
                db::jobs::enqueue(conn, inner.id(), job, now)?;
            }
            Ok::<_, DbError>((placed, !due.is_empty()))
        })
        .await?;
    if called {
        app.wake.notify_one();
    }
    Ok(placed)
}

/// Tells a new sender of the objections that stood before it came. Their addresses are not known, so
/// there is no digest; the ids of its own tool are told where a link had them.
///
/// # Errors
/// [`ActionError::Db`].
pub async fn fill(app: &App, token: TokenId) -> Result<(), ActionError> {
    loop {
        let inner = app.clone();
        let more = app
            .db
            .write(move |conn| -> Result<_, ActionError> {
                let Some(after) = db::senders::filled_through(conn, token)? else {
                    return Ok(false);
                };
                let listeners = db::senders::listening(conn)?;
                let Some(listener) = listeners.into_iter().find(|known| known.token == token)
                else {
                    return Ok(false);
                };
                let standing = db::guards::objections_after(conn, &after, FILLING)?;
                let objections: Vec<&str> =
                    standing.iter().map(|objection| &*objection.id).collect();
                let ids = db::guards::ids_of(conn, &objections)?;
                for objection in &standing {
                    let changed = Changed {
                        id: objection.id.clone(),
                        list: objection.list.clone(),
                        at: objection.since,
                    };
                    // What was made or pressed since it came, it knows better.
                    let told = db::senders::told_of(conn, token, &changed.id, changed.at)?;
                    if told.digest {
                        continue;
                    }
                    let known = ids.get(&(objection.id.clone(), listener.tool.clone()));
                    for id in each_or_none(known) {
                        append(&inner, conn, token, Change::Added, &changed, None, id)?;
                    }
                }
                let last = standing.last().map(|objection| objection.id.as_str());
                db::senders::set_filled(conn, token, last)?;
                Ok(last.is_some())
            })
            .await?;
        if !more {
            return Ok(());
        }
    }
}

/// The same for the token of a name, at once: for the command line, which waits for no worker.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::NotFound`] if no token of this name is in force.
pub async fn fill_named(app: &App, actor: &Actor, name: &str) -> Result<(), ActionError> {
    actor.may(Permission::Tokens)?;
    let name = name.to_owned();
    let known = app
        .db
        .read(move |conn| db::senders::by_name(conn, &name))
        .await?;
    fill(app, known.ok_or(ActionError::NotFound)?.sender.id).await
}

/// A part of the feed.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The changes, in order.
    pub changes: Vec<FeedRow>,
    /// The cursor behind them.
    pub next: i64,
    /// Whether there are more, or will be soon.
    pub more: bool,
}

/// What changed after a cursor; 0 is the beginning.
///
/// # Errors
/// [`ActionError::OutOfScope`]; inside, a cursor that this feed has not given: the database was
/// restored, and the feed has to be read from its beginning.
pub async fn changes(
    app: &App,
    sender: &Sender,
    after: i64,
    limit: i64,
) -> Result<Result<Feed, Unusable>, ActionError> {
    within(sender, Scope::Suppressions)?;
    let (id, limit) = (sender.id, limit.clamp(1, MOST_CHANGES));
    let (filling, mut changes) = app
        .db
        .read(move |conn| {
            // First what was told, or a filling that ends now would be missed.
            let filling = db::senders::is_filling(conn, id, after)?;
            let changes = db::senders::changes(conn, id, after, limit + 1)?;
            Ok::<_, DbError>((filling, changes))
        })
        .await?;
    let Some(filling) = filling else {
        return Ok(Err(Unusable(
            "after: this feed has not given the cursor; the database was restored. Ask from 0 again"
                .to_owned(),
        )));
    };
    let more = filling || changes.len() as i64 > limit;
    changes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Ok(Feed {
        next: changes.last().map_or(after, |last| last.place),
        changes,
        more,
    }))
}

/// Notes that a sender has applied its feed up to a cursor. False for one that the feed has not reached.
///
/// # Errors
/// [`ActionError::OutOfScope`].
pub async fn applied(app: &App, sender: &Sender, through: i64) -> Result<bool, ActionError> {
    within(sender, Scope::Suppressions)?;
    let id = sender.id;
    Ok(app
        .db
        .write(move |conn| db::senders::applied(conn, id, through))
        .await?)
}

/// A change as a mailing tool reads it.
#[derive(Clone, Debug, Serialize)]
pub struct SentChange {
    cursor: i64,
    change: &'static str,
    list: String,
    digest: Option<String>,
    id: Option<String>,
    at: String,
}

impl From<FeedRow> for SentChange {
    fn from(row: FeedRow) -> Self {
        Self {
            cursor: row.place,
            change: row.change.as_str(),
            list: row.list,
            digest: row.digest.as_deref().map(hex),
            id: row.tool_id,
            at: row.at.to_string(),
        }
    }
}

/// Sends a sender's webhook what it has not applied, in order, a number of messages at a time.
///
/// # Errors
/// [`ActionError::NotTaken`] if it does not take it; then later.
pub async fn notify(app: &App, token: TokenId) -> Result<(), ActionError> {
    let read = app.db.read(move |conn| {
        let known = db::senders::tokens(conn)?
            .into_iter()
            .find(|known| known.sender.id == token);
        Ok::<_, DbError>((known, db::senders::sealed(conn, token)?))
    });
    let (Some(known), Some(sealed)) = read.await? else {
        return Ok(());
    };
    let secrets: Secrets = app
        .keys
        .open_stored_json(place(&token.to_string()), &sealed)?;
    let Some(url) = secrets.webhook.as_deref() else {
        return Ok(());
    };
    let failed = |said: String| ActionError::NotTaken {
        name: known.sender.name.clone(),
        said,
    };
    let http = http::client(PATIENCE).map_err(|_| {
        failed(
            "cannot be called: are the system's certificate authorities (ca-certificates) there?"
                .to_owned(),
        )
    })?;
    for _ in 0..MESSAGES {
        let waiting = app.db.read(move |conn| {
            // A token that was revoked meanwhile is told nothing more.
            if db::senders::sealed(conn, token)?.is_none() {
                return Ok(Vec::new());
            }
            let after = db::senders::applied_through(conn, token)?;
            db::senders::changes(conn, token, after, MESSAGE)
        });
        let waiting = waiting.await?;
        let (Some(first), Some(last)) = (waiting.first(), waiting.last()) else {
            return Ok(());
        };
        // The same changes have the same id, however often they are sent.
        let (id, through) = (format!("{}-{}", first.id, waiting.len()), last.place);
        let now = app.clock.now();
        let changes: Vec<SentChange> = waiting.into_iter().map(SentChange::from).collect();
        let body = serde_json::json!({
            "type": "suppressions.changed",
            "timestamp": now.to_string(),
            "data": { "changes": changes, "next": through },
        })
        .to_string();
        let signature = secrets.keys.sign(&id, now.as_second(), body.as_bytes());
        let answer = http
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now.as_second().to_string())
            .header("webhook-signature", signature)
            .body(body)
            .send()
            .await;
        // Of the answer the status counts; the rest is not read.
        match answer {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => return Err(failed(format!("answered {}", answer.status().as_u16()))),
            Err(error) if error.is_timeout() => {
                return Err(failed("did not answer in time".to_owned()));
            }
            Err(_) => return Err(failed("cannot be reached".to_owned())),
        }
        app.db
            .write(move |conn| db::senders::applied(conn, token, through))
            .await?;
    }
    // The next look of `sequence` writes the job for the rest.
    Ok(())
}

/// What is in force, as one sender knows it, from a place on: for the command line.
///
/// # Errors
/// [`ActionError::Forbidden`]; [`ActionError::NotFound`] if no token of this name is in force.
pub async fn in_force(
    app: &App,
    actor: &Actor,
    name: &str,
    after: i64,
) -> Result<Vec<FeedRow>, ActionError> {
    actor.may(Permission::Tokens)?;
    let name = name.to_owned();
    app.db
        .read(move |conn| -> Result<_, ActionError> {
            let token = db::senders::by_name(conn, &name)?.ok_or(ActionError::NotFound)?;
            Ok(db::senders::in_force(
                conn,
                token.sender.id,
                after,
                MOST_CHANGES,
            )?)
        })
        .await
}

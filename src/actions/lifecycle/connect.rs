//! What Atlassian tells of a Connect app, forwarded by the app or sent to Lethe itself. Nothing of it is
//! believed before its token is.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::{Facts, Heard, Message, hear, place};
use crate::app::App;
use crate::auth::connect::{Expected, Key, PublicKey, Refused, key_name, query_hash, verify};
use crate::config::ConnectApp;
use crate::db::{self, DbError};
use crate::domain::event::Actor;
use crate::domain::lifecycle::{Happening, When, is_key, site};
use crate::domain::retention::Source;
use crate::http;
use crate::seal::SealError;

/// How long the server of keys may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest file of a key, in bytes.
const LONGEST_KEY: usize = 16 * 1024;

/// The longest secret of a tenant.
const LONGEST_SECRET: usize = 1024;

/// Why a webhook was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No such app is in the configuration.
    #[error("no such app is configured")]
    NotConfigured,
    /// Its token is not believed.
    #[error("the token was refused: {0}")]
    Refused(#[from] Refused),
    /// The key that it is signed with cannot be had now.
    #[error("the public key cannot be had: {0}")]
    NoKey(String),
    /// It is signed, and makes no sense.
    #[error("{0}")]
    Unusable(&'static str),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The tenant's secret cannot be opened.
    #[error(transparent)]
    Sealed(#[from] SealError),
}

/// The body, as far as it is needed. `publicKey`, versions and descriptions are not.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    key: String,
    client_key: String,
    #[serde(default)]
    shared_secret: Option<String>,
    #[serde(default)]
    base_url: Option<String>,
    #[serde(default)]
    account_id: Option<String>,
    #[serde(default)]
    event_type: Option<String>,
}

/// Takes what Atlassian tells: `token` is that of `Authorization: JWT …`, `query` what stood after the
/// question mark when Atlassian sent it.
///
/// # Errors
/// [`ConnectError`]; then nothing was stored.
pub async fn take(
    app: &App,
    what: Happening,
    token: &str,
    query: &str,
    body: &[u8],
) -> Result<Heard, ConnectError> {
    if app.config.connect.is_empty() {
        return Err(ConnectError::NotConfigured);
    }
    // What is wrong with a body is told to nobody who has not shown a token.
    let payload: Payload = serde_json::from_slice(body).map_err(|_| Refused::Unreadable)?;
    let configured = app
        .config
        .connect
        .iter()
        .find(|known| known.key == payload.key);
    let configured = configured.ok_or(ConnectError::NotConfigured)?;
    if !is_key(&payload.client_key) {
        return Err(Refused::Issuer.into());
    }
    let key = match what {
        Happening::Installed | Happening::Uninstalled => {
            Key::Public(public_key(app, &key_name(token)?).await?)
        }
        _ => Key::Shared(secret(app, &payload).await?),
    };
    let expected = Expected {
        issuer: &payload.client_key,
        audience: configured.base_url.as_str(),
        query_hash: &query_hash("POST", path_of(configured, what), query),
        now: app.clock.now(),
    };
    let signed = verify(token, &key, &expected)?;
    let message = message(what, payload, signed.at)?;
    let inner = app.clone();
    let heard = app
        .db
        .write(move |conn| hear(&inner, conn, &Actor::System, &message))
        .await?;
    Ok(heard)
}

/// What the signature is made over: the path below the app's address.
fn path_of(app: &ConnectApp, what: Happening) -> &str {
    match what {
        Happening::Installed => &app.installed,
        Happening::Uninstalled | Happening::Unsubscribed => &app.uninstalled,
        Happening::Enabled => &app.enabled,
        Happening::Disabled => &app.disabled,
    }
}

fn message(
    what: Happening,
    payload: Payload,
    at: jiff::Timestamp,
) -> Result<Message, ConnectError> {
    if payload
        .event_type
        .as_deref()
        .is_some_and(|word| word != what.as_str())
    {
        return Err(ConnectError::Unusable(
            "eventType: not that of this address",
        ));
    }
    let too_long =
        |text: &Option<String>, most| text.as_ref().is_some_and(|text| text.len() > most);
    if too_long(&payload.shared_secret, LONGEST_SECRET) {
        return Err(ConnectError::Unusable("sharedSecret: too long"));
    }
    if payload
        .account_id
        .as_deref()
        .is_some_and(|account| !is_key(account))
    {
        return Err(ConnectError::Unusable("accountId: not one of Atlassian's"));
    }
    Ok(Message {
        source: Source::Connect,
        what,
        app_key: payload.key,
        client_key: Some(payload.client_key),
        site: payload.base_url.as_deref().and_then(site),
        when: When::At(at),
        repeat: at.as_second().to_string(),
        facts: Some(Facts {
            account_id: payload.account_id,
            secret: payload.shared_secret,
        }),
        reason: None,
    })
}

/// The secret that the tenant told at its installation.
async fn secret(app: &App, payload: &Payload) -> Result<Vec<u8>, ConnectError> {
    let (app_key, client_key) = (payload.key.clone(), payload.client_key.clone());
    let tenant = app
        .db
        .read(move |conn| db::lifecycle::find(conn, &app_key, &client_key))
        .await?;
    let Some((id, sealed)) = tenant.and_then(|tenant| Some((tenant.id, tenant.secret?))) else {
        return Err(Refused::UnknownKey.into());
    };
    let opened = app.keys.open_stored(place(&id.to_string()), &sealed)?;
    Ok(opened.to_vec())
}

/// The public key of this name: the operator's file, or one that was fetched from the one server that
/// the configuration names.
async fn public_key(app: &App, name: &str) -> Result<PublicKey, ConnectError> {
    let source = &app.config.lifecycle;
    if let Some(folder) = source.install_keys.clone() {
        let name = name.to_owned();
        let read = tokio::task::spawn_blocking(move || file_of(&folder, &name)).await;
        let read = read.map_err(|error| ConnectError::NoKey(error.to_string()))?;
        if let Some(pem) = read.map_err(|error| ConnectError::NoKey(error.to_string()))? {
            return parse(&pem);
        }
    }
    if let Some(pem) = app.fetched_keys.find(name) {
        return parse(&pem);
    }
    let Some(server) = &source.install_keys_url else {
        return Err(Refused::UnknownKey.into());
    };
    if !app.fetched_keys.may_ask(app.clock.now()) {
        return Err(ConnectError::NoKey("asked for too often".to_owned()));
    }
    let pem = fetch(server.as_str(), name).await?;
    let key = parse(&pem)?;
    app.fetched_keys.keep(name, &pem);
    Ok(key)
}

fn parse(pem: &str) -> Result<PublicKey, ConnectError> {
    PublicKey::from_pem(pem).map_err(|error| ConnectError::NoKey(error.to_string()))
}

/// `NAME.pem` in a folder, or the one file of that name.
fn file_of(path: &Path, name: &str) -> std::io::Result<Option<String>> {
    let file = if path.is_dir() {
        path.join(format!("{name}.pem"))
    } else if path.file_stem().is_some_and(|stem| stem == name) {
        path.to_owned()
    } else {
        return Ok(None);
    };
    match std::fs::read_to_string(file) {
        Ok(pem) => Ok(Some(pem)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn fetch(server: &str, name: &str) -> Result<String, ConnectError> {
    let failed = |why: &str| ConnectError::NoKey(why.to_owned());
    let client = http::client(PATIENCE)
        .map_err(|_| failed("are the system's certificate authorities (ca-certificates) there?"))?;
    let url = format!("{}/{name}", server.trim_end_matches('/'));
    let mut answer = client
        .get(url)
        .send()
        .await
        .map_err(|_| failed("its server cannot be reached"))?;
    match answer.status().as_u16() {
        200 => {}
        404 | 410 => return Err(Refused::UnknownKey.into()),
        status => return Err(ConnectError::NoKey(format!("its server answered {status}"))),
    }
    let mut pem = Vec::new();
    while let Some(part) = answer
        .chunk()
        .await
        .map_err(|_| failed("its server broke off"))?
    {
        pem.extend_from_slice(&part);
        if pem.len() > LONGEST_KEY {
            return Err(failed("its server sent too much"));
        }
    }
    String::from_utf8(pem).map_err(|_| failed("its server sent no text"))
}

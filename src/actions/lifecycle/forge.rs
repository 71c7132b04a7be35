//! What a Forge app tells: its triggers, which the vendor's app forwards with a token of the scope
//! `lifecycle`. Forge has a trigger for the beginning; the end is told by the module `preUninstall`.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{Facts, Heard, LATE_DAYS, Message, hear};
use crate::actions::ActionError;
use crate::actions::senders::Unusable;
use crate::app::App;
use crate::domain::event::Actor;
use crate::domain::lifecycle::{Happening, When, is_key, site};
use crate::domain::retention::Source;
use crate::domain::sender::{Scope, Sender};

/// How far the clock of whoever tells may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// A trigger, as the app forwards it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// `installed` or `uninstalled`.
    pub event: String,
    /// When it happened.
    pub at: Timestamp,
    /// The key of the app, as the Marketplace's reports name it.
    pub app_key: String,
    /// The `id` of the installation, which the trigger tells.
    pub installation_id: String,
    /// The site, as a host or an address.
    #[serde(default)]
    pub site: Option<String>,
    /// The `installerAccountId` of the trigger.
    #[serde(default)]
    pub account_id: Option<String>,
}

/// Takes a trigger.
///
/// # Errors
/// [`ActionError::OutOfScope`]; inside, what makes no sense.
pub async fn take(
    app: &App,
    sender: &Sender,
    trigger: Trigger,
) -> Result<Result<Heard, Unusable>, ActionError> {
    if !sender.may(Scope::Lifecycle) {
        return Err(ActionError::OutOfScope(Scope::Lifecycle));
    }
    let message = match message(app, trigger) {
        Ok(message) => message,
        Err(why) => return Ok(Err(Unusable(why.to_owned()))),
    };
    let inner = app.clone();
    let heard = app
        .db
        .write(move |conn| hear(&inner, conn, &Actor::System, &message))
        .await?;
    Ok(Ok(heard))
}

fn message(app: &App, trigger: Trigger) -> Result<Message, &'static str> {
    let what = match trigger.event.as_str() {
        "installed" => Happening::Installed,
        "uninstalled" => Happening::Uninstalled,
        _ => return Err("event: installed or uninstalled"),
    };
    if !is_key(&trigger.app_key) {
        return Err("app_key: the key of the app, 1 to 255 visible ASCII characters");
    }
    if !is_key(&trigger.installation_id) {
        return Err("installation_id: the id of the trigger, 1 to 255 visible ASCII characters");
    }
    if trigger
        .account_id
        .as_ref()
        .is_some_and(|account| !is_key(account))
    {
        return Err("account_id: 1 to 255 visible ASCII characters");
    }
    let host = trigger.site.as_deref().map(site);
    if host == Some(None) {
        return Err("site: a host, like tandem-works.atlassian.net");
    }
    if app
        .config
        .connect
        .iter()
        .any(|known| known.key == trigger.app_key)
    {
        return Err("app_key: it is a Connect app, for which Atlassian signs");
    }
    let now = app.clock.now();
    if trigger.at > now + AHEAD {
        return Err("at: it has not happened yet");
    }
    if trigger.at < now - SignedDuration::from_hours(24 * LATE_DAYS) {
        return Err("at: over 7 days ago; let staff enter it");
    }
    Ok(Message {
        source: Source::Forge,
        what,
        app_key: trigger.app_key,
        client_key: Some(trigger.installation_id),
        site: host.flatten(),
        when: When::At(trigger.at),
        repeat: trigger.at.as_microsecond().to_string(),
        facts: Some(Facts {
            account_id: trigger.account_id,
            secret: None,
        }),
        reason: None,
    })
}

//! The pages of a person who asks: handlers, and a page struct and a template each.

pub mod ask;
pub mod certificate;
pub mod confirm;
pub mod errors;
pub mod follow;
pub mod home;
pub mod machines;
pub mod outbox;
pub mod privacy;
pub mod proof;
pub mod received;
pub mod sent;
pub mod status;
pub mod unsubscribe;

use jiff::{Timestamp, Zoned};

use crate::app::App;
use crate::domain::request::Kind;
use crate::i18n::Lang;

/// An instant in the controller's zone.
fn local(app: &App, at: Timestamp) -> Zoned {
    at.to_zoned(app.config.vendor.zone.clone())
}

/// An instant for machines (`2026-11-20T09:12`) and for people.
fn moment(app: &App, l: Lang, at: Timestamp) -> (String, String) {
    let local = local(app, at);
    (
        local.strftime("%Y-%m-%dT%H:%M").to_string(),
        l.moment(&local),
    )
}

/// What was asked for, in words.
fn asks(l: Lang, kind: Kind, only_some: bool) -> String {
    if only_some {
        l.text("asks-some")
    } else {
        l.text_with("asks", &[("kind", kind.slug().into())])
    }
}

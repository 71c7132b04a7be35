//! A staff page that says one thing: not found, not allowed, changed meanwhile.

use actix_web::http::StatusCode;
use askama::Template;

use crate::{
    actions::ActionError,
    app::App,
    web::{
        error::WebError,
        extract::SignedIn,
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/message.html")]
struct MessagePage {
    frame: StaffFrame,
    /// What happened, a whole sentence.
    title: String,
    /// What to do next.
    text: String,
    /// Quoted when asking for help; may be empty.
    incident: String,
    way_out: String,
    way_out_label: String,
}

/// The page for an error that staff met, so that they know what to do; nothing if even that fails.
pub async fn render(
    app: &App,
    me: &SignedIn,
    status: StatusCode,
    error: Option<&WebError>,
    incident: &str,
) -> Option<String> {
    let [title, text] = match error {
        Some(WebError::Csrf) => ["error-403", "error-403-what"],
        Some(WebError::Action(ActionError::Forbidden(_))) => {
            ["admin-forbidden", "admin-forbidden-text"]
        }
        Some(WebError::Action(ActionError::Decision(_))) => {
            ["admin-conflict", "admin-conflict-text"]
        }
        _ if status == StatusCode::NOT_FOUND => ["admin-not-found", "admin-not-found-text"],
        _ => ["admin-failed", "admin-failed-text"],
    };
    let lang = me.visitor.lang;
    let page = MessagePage {
        frame: me.frame(app, Nav::None, Foot::NoData).await.ok()?,
        title: lang.text(title),
        text: lang.text(text),
        incident: if status.is_server_error() {
            incident.to_owned()
        } else {
            String::new()
        },
        way_out: "/admin".to_owned(),
        way_out_label: lang.text("admin-nav-overview"),
    };
    page.render().ok()
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, sample};

    let page = |title: &str, text: &str, incident: &str| MessagePage {
        frame: frame(lang, Nav::None),
        title: lang.text(title),
        text: lang.text(text),
        incident: incident.into(),
        way_out: "/admin".into(),
        way_out_label: lang.text("admin-nav-overview"),
    };
    vec![
        sample(
            "message-forbidden",
            &page("admin-forbidden", "admin-forbidden-text", ""),
        ),
        sample(
            "message-not-found",
            &page("admin-not-found", "admin-not-found-text", ""),
        ),
        sample(
            "message-conflict",
            &page("admin-conflict", "admin-conflict-text", ""),
        ),
        sample(
            "message-failed",
            &page("admin-failed", "admin-failed-text", "0197a3f2"),
        ),
    ]
}

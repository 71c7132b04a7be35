//! A staff page that says one thing: not found, not allowed, changed meanwhile.

use askama::Template;

use crate::web::frame_admin::{Nav, StaffFrame};

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

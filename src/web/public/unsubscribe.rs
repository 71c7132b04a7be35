//! `/u/{token}`: stop mails in one press, of the page or of a mail program (RFC 8058). The GET
//! changes nothing. A token that is ours is never slowed down: mailbox providers press for many
//! people from few networks.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::actions::ActionError;
use crate::actions::objections::{self, Ended, Subscription};
use crate::app::App;
use crate::domain::sender::ALL_LISTS;
use crate::web::error::{WebError, WebResult};
use crate::web::extract::{Limits, Visitor, check_csrf};
use crate::web::frame::PublicFrame;
use crate::web::one_click;

/// The largest body, in bytes; a press is less than a hundred.
pub const MAX_BODY: usize = 8 * 1024;

/// GET /u/{token}
pub async fn show(
    app: Data<App>,
    visitor: Visitor,
    limits: Data<Limits>,
    request: HttpRequest,
    token: Path<String>,
) -> WebResult {
    let found = known(
        &app,
        &limits,
        &request,
        objections::subscription(&app, &token).await,
    )?;
    let list = list_of(&app, &visitor, &found);
    let ended = match (found.ended, &list) {
        (Ended::Nothing, _) => None,
        (Ended::List, Some(list)) => Some(UnsubscribeResult::List(list.clone())),
        (Ended::List, None) | (Ended::All, _) => Some(UnsubscribeResult::All),
    };
    if let Some(ended) = ended {
        return done(&app, &visitor, &token, ended);
    }
    let path = format!("/u/{token}");
    let page = UnsubscribePage {
        frame: visitor.frame(&app, &path),
        action: path,
        token: token.into_inner(),
        list,
        masked: found.email.masked(),
    };
    visitor.page(&app, StatusCode::OK, &page)
}

/// POST /u/{token}: one click without form token and cookie, or a button of the page.
pub async fn send(
    app: Data<App>,
    visitor: Visitor,
    limits: Data<Limits>,
    request: HttpRequest,
    token: Path<String>,
    body: Bytes,
) -> WebResult {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let fields = one_click::fields(content_type, &body);
    if one_click::is_one_click(&fields) {
        known(
            &app,
            &limits,
            &request,
            objections::unsubscribe(&app, &token, false, "one_click").await,
        )?;
        return Ok(HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .insert_header(("Cache-Control", "no-store"))
            .body("Unsubscribed.\n"));
    }
    let value = |name| {
        fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    check_csrf(&request, value("csrf"))?;
    let done_for = match value("action") {
        Some("list") => objections::unsubscribe(&app, &token, false, "page").await,
        Some("all") => objections::unsubscribe(&app, &token, true, "page").await,
        Some("undo") => objections::resubscribe(&app, &token, visitor.lang).await,
        _ => return Err(WebError::Form),
    };
    let list = list_of(&app, &visitor, &known(&app, &limits, &request, done_for)?);
    let result = match (value("action"), list) {
        (Some("undo"), _) => UnsubscribeResult::Undone,
        (Some("list"), Some(list)) => UnsubscribeResult::List(list),
        _ => UnsubscribeResult::All,
    };
    done(&app, &visitor, &token, result)
}

/// Counts a token that is none of ours against the network that guesses.
fn known<T>(
    app: &App,
    limits: &Limits,
    request: &HttpRequest,
    found: Result<T, ActionError>,
) -> Result<T, WebError> {
    if let Err(ActionError::NotFound) = found {
        limits.network(app, request)?;
    }
    Ok(found?)
}

/// The title of the one list that a link stands for; nothing for all.
fn list_of(app: &App, visitor: &Visitor, subscription: &Subscription) -> Option<String> {
    let list = &subscription.list;
    (list != ALL_LISTS).then(|| app.config.list_title(list, visitor.lang))
}

fn done(app: &App, visitor: &Visitor, token: &str, result: UnsubscribeResult) -> WebResult {
    let path = format!("/u/{token}");
    let page = UnsubscribedPage {
        frame: visitor.frame(app, &path),
        action: path,
        token: token.to_owned(),
        result,
    };
    visitor.page(app, StatusCode::OK, &page)
}

/// The page of an unsubscribe link.
#[derive(Template)]
#[template(path = "public/unsubscribe/unsubscribe.html")]
pub struct UnsubscribePage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// Where the form is sent; `action` is `list` or `all`.
    pub action: String,
    /// The token, which binds the address on the forms of the other rights.
    pub token: String,
    /// The list the link stands for; `None` for all.
    pub list: Option<String>,
    /// `m•••••••a@halden.example`.
    pub masked: String,
}

impl UnsubscribePage {
    fn title(&self) -> String {
        let l = self.frame.lang;
        match &self.list {
            Some(list) => l.text_with("unsub-title", &[("list", list.into())]),
            None => l.text("right-unsubscribe"),
        }
    }

    fn bound(&self, kind: &str) -> String {
        bound_form(kind, &self.token)
    }
}

/// What the press of a button did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnsubscribeResult {
    /// No more of this list.
    List(String),
    /// No more news at all.
    All,
    /// The objection was taken back.
    Undone,
}

/// The page after the button; `action` is `all` or `undo`.
#[derive(Template)]
#[template(path = "public/unsubscribe/result.html")]
pub struct UnsubscribedPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// Where the form is sent.
    pub action: String,
    /// The token, which binds the address on the forms of the other rights.
    pub token: String,
    /// What was done.
    pub result: UnsubscribeResult,
}

impl UnsubscribedPage {
    /// Title and text of the panel.
    fn texts(&self) -> (String, String) {
        let l = self.frame.lang;
        match &self.result {
            UnsubscribeResult::List(list) => (
                l.text("unsub-done"),
                l.text_with("unsub-done-list", &[("list", list.into())]),
            ),
            UnsubscribeResult::All => (l.text("unsub-done"), l.text("unsub-done-all")),
            UnsubscribeResult::Undone => (l.text("unsub-undone"), l.text("unsub-undone-text")),
        }
    }

    fn bound(&self, kind: &str) -> String {
        bound_form(kind, &self.token)
    }
}

/// The page after a typed address, the same for every address.
#[derive(Template)]
#[template(path = "public/unsubscribe/typed.html")]
pub struct UnsubscribedTypedPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The address as it was typed.
    pub email: String,
}

/// The form of another right, for the address in the token.
fn bound_form(kind: &str, token: &str) -> String {
    format!("/requests/new/{kind}?u={token}")
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::{i18n::Lang, web::frame};

    const PATH: &str = "/u/v1.k1.AAAA";

    pub(crate) fn page(lang: Lang, list: Option<&str>) -> UnsubscribePage {
        UnsubscribePage {
            frame: frame::sample(lang, PATH),
            action: PATH.into(),
            token: "v1.k1.AAAA".into(),
            list: list.map(str::to_owned),
            masked: "m•••••••a@halden.example".into(),
        }
    }

    pub(crate) fn result(lang: Lang, result: UnsubscribeResult) -> UnsubscribedPage {
        UnsubscribedPage {
            frame: frame::sample(lang, PATH),
            action: PATH.into(),
            token: "v1.k1.AAAA".into(),
            result,
        }
    }

    pub(crate) fn typed(lang: Lang) -> UnsubscribedTypedPage {
        UnsubscribedTypedPage {
            frame: frame::sample(lang, "/requests/new/unsubscribe"),
            email: "marta.kowalska@halden.example".into(),
        }
    }
}

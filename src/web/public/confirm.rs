//! `/confirm/{token}`: prove that it was you. The GET changes nothing.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use crate::actions::ActionError;
use crate::actions::verify::{self, Confirmed, Link};
use crate::app::App;
use crate::domain::request::Kind;
use crate::web::error::{WebError, WebResult};
use crate::web::extract::{CsrfForm, Visitor, see_other_following};
use crate::web::forms::{Errors, Field};
use crate::web::frame::PublicFrame;

/// What the page sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConfirmForm {
    action: String,
    code: String,
}

/// GET /confirm/{token}
pub async fn show(app: Data<App>, visitor: Visitor, token: Path<String>) -> WebResult {
    match verify::look(&app, &token).await {
        Ok(link) => page(&app, &visitor, &token, link, Field::default()),
        Err(ActionError::NotFound) => ended(&app, &visitor, &token, Ending::Expired),
        Err(error) => Err(error.into()),
    }
}

/// POST /confirm/{token}
pub async fn send(
    app: Data<App>,
    visitor: Visitor,
    token: Path<String>,
    form: CsrfForm<ConfirmForm>,
) -> WebResult {
    let ConfirmForm { action, code } = form.0;
    let answer = match action.as_str() {
        "deny" => deny(&app, &visitor, &token).await,
        "confirm" => confirm(&app, &visitor, &token, code).await,
        _ => Err(WebError::Form),
    };
    match answer {
        Err(WebError::Action(ActionError::NotFound)) => {
            ended(&app, &visitor, &token, Ending::Expired)
        }
        answer => answer,
    }
}

async fn deny(app: &App, visitor: &Visitor, token: &str) -> WebResult {
    verify::deny(app, token).await?;
    page(
        app,
        visitor,
        token,
        verify::look(app, token).await?,
        Field::default(),
    )
}

async fn confirm(app: &App, visitor: &Visitor, token: &str, code: String) -> WebResult {
    let (l, typed) = (visitor.lang, Field::new(code.as_str()));
    let link = verify::look(app, token).await?;
    if matches!(&link, Link::Waiting { kind, .. } if kind.needs_code()) && code.trim().is_empty() {
        return page(
            app,
            visitor,
            token,
            link,
            typed.wrong(l.text("error-code-missing")),
        );
    }
    match verify::confirm(app, token, &code).await? {
        Confirmed::Done { request, session } => {
            let received = visitor
                .frame(app, "/")
                .to(format!("/requests/{}/received", request.reference));
            Ok(see_other_following(app, &received, &session))
        }
        Confirmed::WrongCode { tries_left: ..=0 } => ended(app, visitor, token, Ending::Spent),
        Confirmed::WrongCode { tries_left } => {
            let wrong = l.text_with(
                "error-code-wrong",
                &[("left", i64::from(tries_left).into())],
            );
            page(app, visitor, token, link, typed.wrong(wrong))
        }
        Confirmed::Over(link) => page(app, visitor, token, link, Field::default()),
    }
}

/// What a link leads to; a wrong code is shown where it was typed.
fn page(app: &App, visitor: &Visitor, token: &str, link: Link, code: Field) -> WebResult {
    let (kind, received_at, masked, only_some) = match link {
        Link::Waiting {
            kind,
            received_at,
            masked,
            only_some,
            ..
        } => (kind, received_at, masked, only_some),
        Link::Confirmed { .. } => return ended(app, visitor, token, Ending::Already),
        Link::Denied => return ended(app, visitor, token, Ending::Denied),
        Link::Locked => return ended(app, visitor, token, Ending::Spent),
    };
    let status = if code.error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let path = format!("/confirm/{token}");
    let page = ConfirmPage {
        frame: visitor.frame(app, &path),
        action: path,
        kind,
        asks: super::asks(visitor.lang, kind, only_some),
        masked,
        asked: visitor.lang.moment_long(&super::local(app, received_at)),
        code: kind.needs_code().then_some(code),
    };
    visitor.page(app, status, &page)
}

fn ended(app: &App, visitor: &Visitor, token: &str, ending: Ending) -> WebResult {
    let status = if ending == Ending::Expired {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    let page = ConfirmEndedPage {
        frame: visitor.frame(app, &format!("/confirm/{token}")),
        ending,
    };
    visitor.page(app, status, &page)
}

/// The page of a link that still works: `action` is `confirm` or `deny`.
#[derive(Template)]
#[template(path = "public/confirm/confirm.html")]
pub struct ConfirmPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// Where the form is sent.
    pub action: String,
    /// What was asked for.
    pub kind: Kind,
    /// What was asked for, in words.
    pub asks: String,
    /// `m•••••••a@halden.example`.
    pub masked: String,
    /// When it was asked: day of the week, date and time.
    pub asked: String,
    /// `code`, where the mail holds one.
    pub code: Option<Field>,
}

impl ConfirmPage {
    fn errors(&self) -> Errors {
        Errors::of(self.code.iter().map(|code| ("code", code)))
    }
}

/// Why a link opens no form any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Too old, already replaced, or never ours.
    Expired,
    /// Too many wrong codes.
    Spent,
    /// Confirmed before.
    Already,
    /// "I did not ask for this."
    Denied,
}

/// The page of a link that does nothing any more.
#[derive(Template)]
#[template(path = "public/confirm/ended.html")]
pub struct ConfirmEndedPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// Why.
    pub ending: Ending,
}

impl ConfirmEndedPage {
    /// Title and lead.
    fn texts(&self) -> (String, String) {
        let (title, text) = match self.ending {
            Ending::Expired => ("confirm-expired", "confirm-expired-text"),
            Ending::Spent => ("confirm-spent", "confirm-spent-text"),
            Ending::Already => ("confirm-already", "confirm-already-text"),
            Ending::Denied => ("confirm-denied", "confirm-denied-text"),
        };
        (self.frame.lang.text(title), self.frame.lang.text(text))
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::{i18n::Lang, web::frame};

    pub(crate) fn page(lang: Lang, kind: Kind, code: Option<Field>) -> ConfirmPage {
        ConfirmPage {
            frame: frame::sample(lang, "/confirm/Hq3vX0tYk8mUe2ZcR5wL1A"),
            action: "/confirm/Hq3vX0tYk8mUe2ZcR5wL1A".into(),
            kind,
            asks: lang.text_with("asks", &[("kind", kind.slug().into())]),
            masked: "m•••••••a@halden.example".into(),
            asked: "Friday 20 November 2026, 09:12".into(),
            code,
        }
    }

    pub(crate) fn wrong_code(lang: Lang) -> Field {
        let left = ("left", 4_i64.into());
        Field::new("529 147").wrong(lang.text_with("error-code-wrong", &[left]))
    }

    pub(crate) fn ended(lang: Lang, ending: Ending) -> ConfirmEndedPage {
        ConfirmEndedPage {
            frame: frame::sample(lang, "/confirm/Hq3vX0tYk8mUe2ZcR5wL1A"),
            ending,
        }
    }
}

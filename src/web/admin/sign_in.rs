//! `/admin/sign-in`: get staff to their desk. Says the same for an unknown account and a wrong
//! password. It stands in the public frame, because nobody is staff yet.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use crate::{
    actions,
    app::App,
    web::{
        error::{WebError, WebResult},
        extract::{
            CsrfForm, Limits, SignedIn, Visitor, query_value, see_other_signed_in,
            see_other_signed_out,
        },
        frame::PublicFrame,
    },
};

#[derive(Template)]
#[template(path = "admin/sign_in.html")]
struct SignIn {
    frame: PublicFrame,
    /// As it was typed; the password is never sent back.
    email: String,
    failure: Option<Failure>,
    /// Where to go after it: a path of ours, or empty.
    next: String,
}

/// Why nobody was signed in.
enum Failure {
    /// Unknown account, wrong password, or an account that rests: one sentence for all.
    Wrong,
    /// Too many tries from one network.
    Throttled,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// GET /admin/sign-in
pub async fn show(app: Data<App>, visitor: Visitor, request: HttpRequest) -> WebResult {
    let next = query_value(&request, "next").unwrap_or_default();
    page(&app, &visitor, "", &next, None)
}

/// POST /admin/sign-in
pub async fn create(
    app: Data<App>,
    limits: Data<Limits>,
    visitor: Visitor,
    request: HttpRequest,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    if limits.network(&app, &request).is_err() {
        return page(
            &app,
            &visitor,
            &typed.email,
            &typed.next,
            Some(Failure::Throttled),
        );
    }
    match actions::staff::sign_in(&app, &typed.email, &typed.password).await? {
        Some(session) => {
            let next = own_path(&typed.next).unwrap_or("/admin");
            Ok(see_other_signed_in(&app, next, &session))
        }
        None => page(
            &app,
            &visitor,
            &typed.email,
            &typed.next,
            Some(Failure::Wrong),
        ),
    }
}

/// POST /admin/sign-out
pub async fn delete(
    app: Data<App>,
    me: SignedIn,
    _: CsrfForm<Nothing>,
) -> Result<actix_web::HttpResponse, WebError> {
    actions::staff::sign_out(&app, &me.actor, &me.session).await?;
    Ok(see_other_signed_out(&app, "/admin/sign-in"))
}

/// A form with nothing but its guard.
#[derive(Deserialize)]
pub struct Nothing {}

fn page(
    app: &App,
    visitor: &Visitor,
    email: &str,
    next: &str,
    failure: Option<Failure>,
) -> WebResult {
    let status = match failure {
        None => StatusCode::OK,
        Some(Failure::Wrong) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(Failure::Throttled) => StatusCode::TOO_MANY_REQUESTS,
    };
    let template = SignIn {
        frame: visitor.frame(app, "/admin/sign-in"),
        email: email.to_owned(),
        failure,
        next: own_path(next).unwrap_or_default().to_owned(),
    };
    visitor.page(app, status, &template)
}

/// A path of ours: it begins with a single slash, and no browser reads a host into it.
fn own_path(next: &str) -> Option<&str> {
    let harmless = |c: char| !c.is_control() && c != '\\';
    (next.starts_with('/') && !next.starts_with("//") && next.chars().all(harmless)).then_some(next)
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{public_frame, sample};

    let page = |failure| SignIn {
        frame: public_frame(lang, "/admin/sign-in"),
        email: "aino@northwind.example".into(),
        failure,
        next: "/admin/requests/7K4M-2QX9".into(),
    };
    vec![
        sample("sign-in", &page(None)),
        sample("sign-in-wrong", &page(Some(Failure::Wrong))),
        sample("sign-in-throttled", &page(Some(Failure::Throttled))),
    ]
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn after_signing_in_only_a_path_of_ours_is_gone_to() {
        assert_eq!(
            own_path("/admin/requests?view=mine"),
            Some("/admin/requests?view=mine")
        );
        for foreign in [
            "",
            "admin",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\tadmin",
        ] {
            assert_eq!(own_path(foreign), None, "{foreign}");
        }
    }
}

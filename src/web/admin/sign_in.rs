//! `/admin/sign-in`: get staff to their desk, in one step, or in two where there is a second factor. The
//! first says the same for an unknown account and a wrong password. It stands in the public frame, because nobody is staff yet.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use crate::{
    actions::{
        self,
        factors::{self, Entered},
    },
    app::App,
    web::{
        error::{WebError, WebResult},
        extract::{
            CsrfForm, HalfSignedIn, Limits, SigningOut, Visitor, query_value, see_other_signed_in,
            see_other_signed_out, signed_out_cookie,
        },
        forms::{Errors, Field},
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
    /// Too many wrong codes; until when none is looked at, or nothing where the password may be typed again at once.
    Codes(Option<String>),
}

/// The second step: the code of the second factor.
#[derive(Template)]
#[template(path = "admin/sign_in_code.html")]
struct SignInCode {
    frame: PublicFrame,
    errors: Errors,
    /// Never sent back, as a password is not.
    code: Field,
    /// A recovery code in its place; the same.
    recovery: Field,
    /// Too many tries from one network.
    is_throttled: bool,
    /// Until when no code of the account is looked at.
    rests_until: Option<String>,
    next: String,
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

/// What the form of the code sends.
#[derive(Deserialize)]
pub struct TypedCode {
    #[serde(default)]
    code: String,
    #[serde(default)]
    recovery: String,
    #[serde(default)]
    next: String,
}

impl TypedCode {
    /// What was typed, and in which field.
    fn typed(&self) -> (&'static str, &str) {
        match self.recovery.trim() {
            "" => ("code", &self.code),
            recovery => ("recovery", recovery),
        }
    }
}

/// GET /admin/sign-in/code
pub async fn ask_code(
    app: Data<App>,
    HalfSignedIn(me): HalfSignedIn,
    request: HttpRequest,
) -> WebResult {
    let next = query_value(&request, "next").unwrap_or_default();
    let rests = factors::rests_until(&app, &me.actor).await?;
    let status = match rests {
        None => StatusCode::OK,
        Some(_) => StatusCode::TOO_MANY_REQUESTS,
    };
    let mut page = code_page(&app, &me.visitor, &next, None);
    page.rests_until = rests.map(|until| time(&app, until));
    me.visitor.page(&app, status, &page)
}

/// POST /admin/sign-in/code
pub async fn create_code(
    app: Data<App>,
    limits: Data<Limits>,
    HalfSignedIn(me): HalfSignedIn,
    request: HttpRequest,
    CsrfForm(typed): CsrfForm<TypedCode>,
) -> WebResult {
    let visitor = &me.visitor;
    if limits.network(&app, &request).is_err() {
        let page = SignInCode {
            is_throttled: true,
            ..code_page(&app, visitor, &typed.next, None)
        };
        return visitor.page(&app, StatusCode::TOO_MANY_REQUESTS, &page);
    }
    let (name, code) = typed.typed();
    let again = |message| {
        let page = code_page(&app, visitor, &typed.next, Some((name, message)));
        visitor.page(&app, StatusCode::UNPROCESSABLE_ENTITY, &page)
    };
    let until = match factors::enter(&app, &me.session, code).await? {
        Entered::In(session) => {
            let next = own_path(&typed.next).unwrap_or("/admin");
            return Ok(see_other_signed_in(&app, next, &session));
        }
        Entered::NoCode => return again("admin-factor-code-none"),
        Entered::Wrong => return again("admin-factor-code-wrong"),
        Entered::Ended => None,
        Entered::Rests(until) => Some(time(&app, until)),
    };
    // The half session has ended: what follows is a sign-in from the beginning.
    let failure = Some(Failure::Codes(until));
    let mut answer = page(&app, visitor, me.staff.email.as_str(), &typed.next, failure)?;
    if answer.add_removal_cookie(&signed_out_cookie(&app)).is_err() {
        tracing::debug!("the cookie of an ended session could not be taken away");
    }
    Ok(answer)
}

/// The first whole minute that is not before an instant within the hour.
fn time(app: &App, at: jiff::Timestamp) -> String {
    let whole = (at.as_second() + 59).div_euclid(60) * 60;
    jiff::Timestamp::from_second(whole)
        .unwrap_or(at)
        .to_zoned(app.config.vendor.zone.clone())
        .strftime("%H:%M")
        .to_string()
}

fn code_page(
    app: &App,
    visitor: &Visitor,
    next: &str,
    wrong: Option<(&'static str, &'static str)>,
) -> SignInCode {
    let [code, recovery] = ["code", "recovery"].map(|name| match wrong {
        Some((field, message)) if field == name => {
            Field::default().wrong(visitor.lang.text(message))
        }
        _ => Field::default(),
    });
    SignInCode {
        frame: visitor.frame(app, "/admin/sign-in/code"),
        errors: Errors::of([("code", &code), ("recovery", &recovery)]),
        code,
        recovery,
        is_throttled: false,
        rests_until: None,
        next: own_path(next).unwrap_or_default().to_owned(),
    }
}

/// POST /admin/sign-out
pub async fn delete(
    app: Data<App>,
    SigningOut(me): SigningOut,
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
        Some(Failure::Throttled | Failure::Codes(_)) => StatusCode::TOO_MANY_REQUESTS,
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
    let code = |code: Field, is_throttled, rests_until| SignInCode {
        frame: public_frame(lang, "/admin/sign-in/code"),
        errors: Errors::of([("code", &code)]),
        code,
        recovery: Field::default(),
        is_throttled,
        rests_until,
        next: String::new(),
    };
    vec![
        sample("sign-in", &page(None)),
        sample("sign-in-wrong", &page(Some(Failure::Wrong))),
        sample("sign-in-throttled", &page(Some(Failure::Throttled))),
        sample(
            "sign-in-codes",
            &page(Some(Failure::Codes(Some("14:32".into())))),
        ),
        sample("sign-in-codes-again", &page(Some(Failure::Codes(None)))),
        sample("sign-in-code", &code(Field::default(), false, None)),
        sample(
            "sign-in-code-wrong",
            &code(
                Field::default().wrong(lang.text("admin-factor-code-wrong")),
                false,
                None,
            ),
        ),
        sample(
            "sign-in-code-throttled",
            &code(Field::default(), true, None),
        ),
        sample(
            "sign-in-code-rests",
            &code(Field::default(), false, Some("14:32".into())),
        ),
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

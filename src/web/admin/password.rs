//! `/admin/password`: change the own password. Every other session of the account ends with it.

use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use super::{Trouble, status};
use crate::{
    actions,
    app::App,
    auth::password::{self, MIN_LENGTH, PasswordError},
    web::{
        error::WebResult,
        extract::{CsrfForm, SignedIn, see_other_signed_in},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/password.html")]
struct Password {
    frame: StaffFrame,
    /// For password managers; not a field to fill in.
    email: String,
    errors: Errors,
    /// Fields without values: a password is never sent back.
    password: Field,
    new_password: Field,
    /// The fewest characters of a new password.
    shortest: usize,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    password: String,
    #[serde(default)]
    new_password: String,
}

/// GET /admin/password
pub async fn show(app: Data<App>, me: SignedIn) -> WebResult {
    page(&app, &me, None).await
}

/// POST /admin/password
pub async fn update(app: Data<App>, me: SignedIn, CsrfForm(typed): CsrfForm<Typed>) -> WebResult {
    let new = match password::Password::parse(&typed.new_password) {
        Ok(new) => new,
        Err(PasswordError::TooShort) => {
            return page(
                &app,
                &me,
                Some(Trouble::Field("new_password", "admin-password-short")),
            )
            .await;
        }
        Err(PasswordError::TooLong) => {
            return page(
                &app,
                &me,
                Some(Trouble::Field("new_password", "admin-password-long")),
            )
            .await;
        }
    };
    let present = &typed.password;
    match actions::staff::change_password(&app, &me.actor, &me.session, present, new).await {
        Ok(session) => Ok(see_other_signed_in(&app, "/admin", &session)),
        Err(error) => page(&app, &me, Some(Trouble::of(error)?)).await,
    }
}

async fn page(app: &App, me: &SignedIn, trouble: Option<Trouble>) -> WebResult {
    let lang = me.visitor.lang;
    let wrong = |name| match trouble {
        Some(Trouble::Field(field, message)) if field == name => {
            Field::default().wrong(lang.text_with(
                message,
                &[
                    ("n", MIN_LENGTH.into()),
                    ("most", password::MAX_LENGTH.into()),
                ],
            ))
        }
        _ => Field::default(),
    };
    let (password, new_password) = (wrong("password"), wrong("new_password"));
    let template = Password {
        frame: me.frame(app, Nav::None, Foot::NoData).await?,
        email: me.staff.email.as_str().to_owned(),
        errors: Errors::of([("password", &password), ("new_password", &new_password)]),
        password,
        new_password,
        shortest: MIN_LENGTH,
    };
    me.page(app, status(trouble), &template)
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, sample};

    let page = |new_password: Field| Password {
        frame: frame(lang, Nav::None),
        email: "aino@northwind.example".into(),
        errors: Errors::of([("new_password", &new_password)]),
        password: Field::default(),
        new_password,
        shortest: 12,
    };
    vec![
        sample("password", &page(Field::default())),
        sample(
            "password-wrong",
            &page(
                Field::default()
                    .wrong(lang.text_with("admin-password-short", &[("n", 12i64.into())])),
            ),
        ),
    ]
}

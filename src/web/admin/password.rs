//! `/admin/password`: change the own password. Every other session of the account ends with it.

use askama::Template;

use crate::web::{
    forms::{Errors, Field},
    frame_admin::{Nav, StaffFrame},
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
    shortest: i64,
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

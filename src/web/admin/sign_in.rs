//! `/admin/sign-in`: get staff to their desk. Says the same for an unknown account and a wrong
//! password. It stands in the public frame, because nobody is staff yet.

use askama::Template;

use crate::web::frame::PublicFrame;

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
    /// Unknown account or wrong password: one sentence for both.
    Wrong,
    /// Too many tries; again in so many minutes.
    Throttled { minutes: i64 },
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
        sample(
            "sign-in-throttled",
            &page(Some(Failure::Throttled { minutes: 15 })),
        ),
    ]
}

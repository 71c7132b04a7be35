//! `/u/{token}` and its result: stop mails in one press. The GET changes nothing.

use askama::Template;

use crate::web::frame::PublicFrame;

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

//! `/dev/outbox`: what the demo would have mailed. The page exists in `lethe demo` only.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use crate::actions::letters;
use crate::app::App;
use crate::web::error::WebResult;
use crate::web::extract::Visitor;
use crate::web::frame::PublicFrame;

/// GET /dev/outbox
pub async fn show(app: Data<App>, visitor: Visitor) -> WebResult {
    let mails = letters::outbox(&app).await?.into_iter().map(|shown| {
        let (datetime, when) = super::moment(&app, visitor.lang, shown.at);
        OutboxMail {
            to: shown.letter.to,
            subject: shown.letter.subject,
            datetime,
            when,
            text: shown.letter.text,
        }
    });
    let page = OutboxPage {
        mails: mails.collect(),
        frame: visitor.frame(&app, "/dev/outbox"),
    };
    visitor.page(&app, StatusCode::OK, &page)
}

/// The mails of the demo, newest first.
#[derive(Template)]
#[template(path = "dev/outbox.html")]
pub struct OutboxPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// The mails.
    pub mails: Vec<OutboxMail>,
}

/// One mail.
#[derive(Clone, Debug)]
pub struct OutboxMail {
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// For machines (`2026-11-20T09:12`).
    pub datetime: String,
    /// For people.
    pub when: String,
    /// The plain text.
    pub text: String,
}

/// A piece of a mail's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece<'a> {
    link: bool,
    text: &'a str,
}

impl OutboxMail {
    /// The text, with its links apart from what stands between them.
    fn pieces(&self) -> Vec<Piece<'_>> {
        let is_link = |word: &str| word.starts_with("http://") || word.starts_with("https://");
        self.text
            .split_inclusive(char::is_whitespace)
            .flat_map(|word| {
                let (word, space) = word.split_at(word.trim_end().len());
                [
                    Piece {
                        link: is_link(word),
                        text: word,
                    },
                    Piece {
                        link: false,
                        text: space,
                    },
                ]
            })
            .collect()
    }
}

#[cfg(test)]
pub(crate) fn sample(
    lang: crate::i18n::Lang,
    mails: &[crate::mail::letters::Rendered],
) -> OutboxPage {
    let mail = |mail: &crate::mail::letters::Rendered| OutboxMail {
        to: "marta.kowalska@halden.example".into(),
        subject: mail.subject.clone(),
        datetime: "2026-11-20T09:12".into(),
        when: "20 November 2026, 09:12".into(),
        text: mail.text.clone(),
    };
    OutboxPage {
        frame: crate::web::frame::sample(lang, "/dev/outbox"),
        mails: mails.iter().map(mail).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_a_mail_can_be_followed_and_nothing_is_lost() {
        let text =
            "Open it:\n\n     https://privacy.northwind.example/status/a\n\nGood until Friday.";
        let mail = OutboxMail {
            to: String::new(),
            subject: String::new(),
            datetime: String::new(),
            when: String::new(),
            text: text.into(),
        };
        let pieces = mail.pieces();
        let links: Vec<_> = pieces
            .iter()
            .filter(|piece| piece.link)
            .map(|piece| piece.text)
            .collect();
        assert_eq!(links, ["https://privacy.northwind.example/status/a"]);
        assert_eq!(
            pieces.iter().map(|piece| piece.text).collect::<String>(),
            text
        );
    }
}

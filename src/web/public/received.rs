//! The answer to a confirmation: keep the reference and the date.

use askama::Template;

use crate::web::{
    frame::PublicFrame,
    parts::{Happening, Reckoning},
};

/// We have your request.
#[derive(Template)]
#[template(path = "public/received.html")]
pub struct ReceivedPage {
    /// What surrounds the page.
    pub frame: PublicFrame,
    /// `7K4M-2QX9`.
    pub reference: String,
    /// The date by which the person hears from us, with its day of the week.
    pub due: String,
    /// How that date was reckoned.
    pub reckoning: Reckoning,
    /// What happened and what comes.
    pub timeline: Vec<Happening>,
    /// The page of the request.
    pub status: String,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::*;
    use crate::{
        i18n::Lang,
        web::{frame, parts::Tense},
    };

    pub(crate) fn reckoning(l: Lang) -> Reckoning {
        let step = |date: &str, text| (date.to_owned(), text);
        Reckoning {
            steps: vec![
                step(
                    "Fri 20 Nov 2026",
                    l.text_with(
                        "reckoning-received",
                        &[("time", "09:12".into()), ("place", "Amsterdam".into())],
                    ),
                ),
                step("Sun 20 Dec 2026", l.text("reckoning-month")),
                step(
                    "Mon 21 Dec 2026",
                    l.text_with("reckoning-rolled", &[("day", "sunday".into())]),
                ),
            ],
            law: l.text_with("reckoning-law", &[("country", "the Netherlands".into())]),
        }
    }

    pub(crate) fn past(date: &str, when: &str, text: String) -> Happening {
        Happening {
            tense: Tense::Past,
            when: Some((date.to_owned(), when.to_owned())),
            text,
        }
    }

    pub(crate) fn page(l: Lang) -> ReceivedPage {
        let removal = [("kind", "removal".into())];
        ReceivedPage {
            frame: frame::sample(l, "/requests/7K4M-2QX9"),
            reference: "7K4M-2QX9".into(),
            due: "Monday 21 December 2026".into(),
            reckoning: reckoning(l),
            timeline: vec![
                past(
                    "2026-11-20T09:12",
                    "20 November 2026, 09:12",
                    l.text_with("timeline-asked", &removal),
                ),
                past(
                    "2026-11-20T09:20",
                    "20 November 2026, 09:20",
                    l.text_with("timeline-confirmed", &removal),
                ),
                Happening {
                    tense: Tense::Now,
                    when: None,
                    text: l.text_with("timeline-deciding", &removal),
                },
                Happening {
                    tense: Tense::Next,
                    when: None,
                    text: l.text_with("timeline-next", &removal),
                },
            ],
            status: "/requests/7K4M-2QX9".into(),
        }
    }
}

//! `/requests/{reference}/received`, the answer to a confirmation: keep the reference and the
//! date. Like the page of the request, it is for the browser that holds its session.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use jiff::Zoned;

use super::follow::{elsewhere, following, timeline};
use crate::app::App;
use crate::domain::calendar::DayOff;
use crate::domain::deadline::{Deadline, Term};
use crate::domain::request::{Request, Via};
use crate::i18n::Lang;
use crate::web::error::WebResult;
use crate::web::extract::Visitor;
use crate::web::frame::PublicFrame;
use crate::web::parts::{Happening, Reckoning};

/// GET /requests/{reference}/received
pub async fn show(app: Data<App>, visitor: Visitor, reference: Path<String>) -> WebResult {
    let Some(followed) = following(&app, &visitor, &reference).await? else {
        return elsewhere(&app, &visitor);
    };
    let l = visitor.lang;
    let request = &followed.request;
    let status = format!("/requests/{}", request.reference);
    let page = ReceivedPage {
        frame: visitor.frame(&app, &format!("{status}/received")),
        reference: request.reference.to_string(),
        due: l.date_long(request.due.strict),
        reckoning: reckoning(&app, l, request),
        timeline: timeline(&app, l, &followed),
        status,
    };
    visitor.page(&app, StatusCode::OK, &page)
}

/// How the strict due date of a request was reckoned.
pub(super) fn reckoning(app: &App, l: Lang, request: &Request) -> Reckoning {
    let deadline = Deadline::reckon(request.received.on, request.due.term(), &app.calendar);
    // Of a letter or a call only the day is known.
    let at = match request.received.via {
        Via::Web | Via::Mail | Via::Link => Some(super::local(app, request.received.at)),
        Via::Phone | Via::Letter | Via::InPerson => None,
    };
    Reckoning {
        steps: steps(l, &deadline, at.as_ref()),
        law: l.text_with("reckoning-law", &[("country", app.calendar.name().into())]),
    }
}

/// Receipt, month, roll: each a date and what it is.
fn steps(l: Lang, deadline: &Deadline, at: Option<&Zoned>) -> Vec<(String, String)> {
    let received = match at {
        Some(at) => {
            let zone = at.time_zone().iana_name().unwrap_or("UTC");
            let place = zone.rsplit('/').next().unwrap_or(zone).replace('_', " ");
            let time = at.strftime("%H:%M").to_string();
            l.text_with(
                "reckoning-received",
                &[("time", time.into()), ("place", place.into())],
            )
        }
        None => l.text("reckoning-received-on"),
    };
    let months = match deadline.term {
        Term::Answer => l.text("reckoning-month"),
        Term::Extended => l.text_with(
            "reckoning-months",
            &[("months", i64::from(deadline.term.months()).into())],
        ),
    };
    let mut steps = vec![
        (l.date_short(deadline.received_on), received),
        (l.date_short(deadline.month_end), months),
    ];
    if let Some(first) = deadline.rolled.first() {
        let day = match first.reason {
            DayOff::Holiday(_) => "holiday",
            DayOff::Weekend if first.on.weekday() == jiff::civil::Weekday::Saturday => "saturday",
            DayOff::Weekend => "sunday",
        };
        steps.push((
            l.date_short(deadline.due_on),
            l.text_with("reckoning-rolled", &[("day", day.into())]),
        ));
    }
    steps
}

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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::calendar::Calendar;

    fn dates(deadline: &Deadline, at: Option<&Zoned>) -> Vec<(String, String)> {
        steps(Lang::En, deadline, at)
    }

    #[test]
    fn a_date_that_rolls_says_from_which_day() {
        let calendar = Calendar::built_in("NL").expect("it is built in");
        let deadline = Deadline::reckon(date(2026, 11, 20), Term::Answer, &calendar);
        let at = date(2026, 11, 20)
            .at(9, 12, 0, 0)
            .in_tz("Europe/Amsterdam")
            .expect("a real moment");
        assert_eq!(
            dates(&deadline, Some(&at)),
            [
                (
                    "20 Nov 2026",
                    "we received your request at 09:12, Amsterdam time"
                ),
                ("20 Dec 2026", "one month later, by the law’s calendar"),
                (
                    "21 Dec 2026",
                    "a Sunday does not count, so the next working day"
                ),
            ]
            .map(|(date, text)| (date.to_owned(), text.to_owned()))
        );
    }

    #[test]
    fn a_date_that_stands_has_no_third_step_and_a_letter_no_hour() {
        let calendar = Calendar::built_in("NL").expect("it is built in");
        let deadline = Deadline::reckon(date(2026, 11, 18), Term::Extended, &calendar);
        let steps = dates(&deadline, None);
        assert_eq!(steps.len(), 2);
        assert!(
            !steps[0].1.contains(':') && steps[1].1.starts_with('3'),
            "{steps:?}"
        );
    }
}

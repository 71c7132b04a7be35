//! What the samples of all staff pages share, and the test that renders each of them in every
//! language into `target/samples`.

use askama::Template;
use jiff::civil::{Date, date};

use super::parts::{Choice, Fact, Moment, Tag, state_tag};
use crate::{
    domain::{
        request::{Kind, Outcome, Progress},
        staff::Role,
    },
    i18n::Lang,
    web::{
        assets::live_path,
        frame_admin::{Foot, Nav, Register, StaffFrame},
    },
};

/// A page's name and its HTML.
pub(super) type Sample = (&'static str, String);

/// The day on which every sample is seen.
pub(super) const TODAY: Date = date(2026, 12, 10);

pub(super) fn sample(name: &'static str, page: &impl Template) -> Sample {
    (name, page.render().expect("the template renders"))
}

pub(super) fn frame(lang: Lang, nav: Nav) -> StaffFrame {
    StaffFrame {
        lang,
        vendor: "Northwind Apps".into(),
        nav,
        queue_count: Some("23".into()),
        sees_mail: true,
        sees_stores: true,
        registers: Register::ALL.into(),
        sees_audit: true,
        sees_staff: true,
        who: "Aino Salo".into(),
        role: Role::Lead,
        csrf: "c5f1".into(),
        foot: Foot::NoData,
        flash: None,
        alert: None,
    }
}

/// The frame of a page that shows whose request it is.
pub(super) fn person_frame(lang: Lang) -> StaffFrame {
    StaffFrame {
        foot: Foot::Person,
        ..frame(lang, Nav::Queue)
    }
}

pub(super) fn moment(lang: Lang, day: i8, hour: i8) -> Moment {
    Moment {
        datetime: format!("2026-12-{day:02}T{hour:02}:31"),
        when: format!("{}, {hour:02}:31", lang.day_month(date(2026, 12, day))),
    }
}

/// The tag of a request; a closed one was fulfilled.
pub(super) fn state(lang: Lang, progress: Progress, kind: Kind) -> Tag {
    state_tag(lang, progress, kind, Some(Outcome::Fulfilled))
}

/// Options of a select; the first is chosen.
pub(super) fn choices(labels: &[&str]) -> Vec<Choice> {
    let choice = |(n, label): (usize, &&str)| Choice {
        value: n.to_string(),
        label: label.to_string(),
        chosen: n == 0,
    };
    labels.iter().enumerate().map(choice).collect()
}

pub(super) fn facts(facts: &[(&str, &str)]) -> Vec<Fact> {
    facts
        .iter()
        .map(|(term, value)| Fact {
            term: term.to_string(),
            value: value.to_string(),
        })
        .collect()
}

/// The public frame in which staff sign in.
pub(super) fn public_frame(lang: Lang, path: &str) -> crate::web::frame::PublicFrame {
    crate::web::frame::sample(lang, path)
}

#[test]
fn every_staff_page_renders_in_every_language() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/target/samples");
    std::fs::create_dir_all(folder).expect("the folder can be made");
    for &lang in Lang::all() {
        for (name, html) in all(lang) {
            assert_eq!(
                html.matches("<h1").count(),
                1,
                "{name} in {}: one h1",
                lang.tag()
            );
            // The page of a run that goes on has our one script; no other page has any.
            let (path, live) = (live_path(), html.contains("id=\"said\""));
            let script = format!("<script src=\"{path}\" defer></script>");
            let rest = html.replacen(&script, "", usize::from(live));
            assert!(
                html.contains(&script) == live && (!live || name.starts_with("run")),
                "{name} in {}: the script where it belongs",
                lang.tag()
            );
            assert!(
                !rest.contains("<script") && !rest.contains(" style="),
                "{name} in {}: nothing inline",
                lang.tag()
            );
            std::fs::write(format!("{folder}/admin-{name}.{}.html", lang.tag()), html)
                .expect("the sample can be written");
        }
    }
}

fn all(lang: Lang) -> Vec<Sample> {
    [
        super::sign_in::samples(lang),
        super::overview::samples(lang),
        super::queue::samples(lang),
        super::new_request::samples(lang),
        super::request::samples(lang),
        super::acceptance::samples(lang),
        super::refusal::samples(lang),
        super::extension::samples(lang),
        super::question::samples(lang),
        super::item::samples(lang),
        super::rectification::samples(lang),
        super::run::samples(lang),
        super::task::samples(lang),
        super::mail::samples(lang),
        super::stores::samples(lang),
        super::installations::samples(lang),
        super::statement::samples(lang),
        super::registers::samples(lang),
        super::audit::samples(lang),
        super::objections::samples(lang),
        super::retention::samples(lang),
        super::people::samples(lang),
        super::holds::samples(lang),
        super::copies::samples(lang),
        super::access::samples(lang),
        super::staff::samples(lang),
        super::password::samples(lang),
        super::second_factor::samples(lang),
        super::message::samples(lang),
    ]
    .concat()
}

//! Pieces that several staff pages show: tags, due chips, choices. Finished values only;
//! nothing here reads the database or decides anything.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::{
    actions::{
        holds::{Matter, OnPerson},
        queries::Opened,
        taken::InTheWay,
    },
    app::App,
    domain::request::{Kind, Outcome, Progress, Request, Stage},
    i18n::Lang,
};

/// The mark before the word of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Waits for someone outside.
    Waits,
    /// Waits for staff.
    Asks,
    /// Moves by itself.
    Moves,
    /// Settled, and well.
    Good,
    /// Settled.
    Settled,
    /// Staff should look.
    Warns,
    /// Staff must act.
    Fails,
}

impl Look {
    /// The classes of the tag.
    pub fn class(self) -> &'static str {
        match self {
            Look::Waits => "tag",
            Look::Asks => "tag info",
            Look::Moves => "tag half info",
            Look::Good => "tag full good",
            Look::Settled => "tag full",
            Look::Warns => "tag warn",
            Look::Fails => "tag bad",
        }
    }
}

/// Where a request stands, in the word staff read. A closed one says how it ended.
pub fn state_tag(lang: Lang, progress: Progress, kind: Kind, outcome: Option<Outcome>) -> Tag {
    let (look, name) = match progress {
        Progress::Unproved => (Look::Waits, progress.as_str()),
        Progress::Searching => (Look::Moves, progress.as_str()),
        Progress::ToDecide | Progress::Second => (Look::Asks, progress.as_str()),
        Progress::Waiting => (Look::Waits, progress.as_str()),
        Progress::Running => (Look::Moves, kind.as_str()),
        Progress::Halted => (Look::Fails, progress.as_str()),
        Progress::Done => match outcome {
            Some(outcome @ Outcome::Fulfilled) => (Look::Good, outcome.as_str()),
            Some(outcome) => (Look::Settled, outcome.as_str()),
            None => (Look::Settled, progress.as_str()),
        },
    };
    Tag {
        look,
        text: lang.text_with("admin-state", &[("state", name.into())]),
    }
}

/// A word with its mark.
#[derive(Clone, Debug)]
pub struct Tag {
    /// The mark.
    pub look: Look,
    /// The word.
    pub text: String,
}

/// A due date and what is left until it.
#[derive(Clone, Debug)]
pub struct Due {
    /// The date, `21 Dec`, or "Today".
    pub date: String,
    /// What is left, `11 days` or `3 days late`; empty on the day itself.
    pub left: String,
    /// The classes of the chip.
    pub class: &'static str,
}

impl Due {
    /// Days before the due date from which the chip asks for attention.
    const SOON_DAYS: i32 = 7;

    /// The chip for something due on `due`, seen on `today`.
    pub fn new(lang: Lang, due: Date, today: Date) -> Self {
        let days = (due - today).get_days();
        let class = match days {
            ..0 => "due late",
            0..=Self::SOON_DAYS => "due soon",
            _ => "due",
        };
        let date = if days == 0 {
            lang.text("admin-today")
        } else {
            lang.day_month(due)
        };
        let left = match days {
            ..0 => lang.text_with("admin-days-late", &[("days", i64::from(-days).into())]),
            0 => String::new(),
            _ => lang.text_with("admin-days-left", &[("days", i64::from(days).into())]),
        };
        Due { date, left, class }
    }

    /// The chip of a request that is closed: the date alone.
    pub fn closed(date: String) -> Self {
        Due {
            date,
            left: String::new(),
            class: "due",
        }
    }
}

/// One option of a select or of radio buttons.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What the person reads.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// What pages say of the legal holds on a person.
#[derive(Clone, Debug)]
pub struct HoldNotice {
    /// Nothing goes before this day.
    pub until: String,
    /// The next review.
    pub review: String,
    /// What each is about and where it stands, for those who may read it.
    pub matters: Vec<HoldMatter>,
}

/// What pages say of a copy outside the stores that may hold a person.
#[derive(Clone, Debug)]
pub struct CopyNotice {
    /// Its page.
    pub href: String,
    /// Who holds it.
    pub holder: String,
    /// Until when it may be kept.
    pub until: String,
    /// Whether that day has passed.
    pub is_overdue: bool,
}

impl CopyNotice {
    /// The notice for a copy.
    pub fn of(lang: Lang, copy: &InTheWay) -> CopyNotice {
        CopyNotice {
            href: format!("/admin/copies/{}", copy.id),
            holder: copy.holder.clone(),
            until: lang.date_medium(copy.until_on),
            is_overdue: copy.is_overdue,
        }
    }

    /// A notice to look at.
    #[cfg(test)]
    pub(super) fn sample(lang: Lang, is_overdue: bool) -> CopyNotice {
        CopyNotice {
            href: "/admin/copies/0197a3".into(),
            holder: "Jonas Weber".into(),
            until: lang.date_medium(jiff::civil::date(2026, 12, 1)),
            is_overdue,
        }
    }
}

/// What a hold is about.
#[derive(Clone, Debug)]
pub struct HoldMatter {
    /// The page of the hold.
    pub href: String,
    /// What it is about.
    pub matter: String,
    /// Who asked for it.
    pub author: String,
}

impl HoldNotice {
    /// The notice for these holds.
    pub fn of(lang: Lang, hold: &OnPerson) -> HoldNotice {
        let matter = |matter: &Matter| HoldMatter {
            href: format!("/admin/holds/{}", matter.id),
            matter: match matter.from_journal {
                true => lang.text("admin-hold-from-journal"),
                false => matter.matter.clone(),
            },
            author: matter.author.clone(),
        };
        HoldNotice {
            until: lang.date_medium(hold.kept_until),
            review: lang.date_medium(hold.review_on),
            matters: hold.matters.iter().map(matter).collect(),
        }
    }

    /// A notice to look at; with what it is about, as a lead reads it.
    #[cfg(test)]
    pub(super) fn sample(lang: Lang, with_matter: bool) -> HoldNotice {
        let matter = HoldMatter {
            href: "/admin/holds/0197a3".into(),
            matter: "Unpaid invoices of 2025, Solvind A/S".into(),
            author: "Lindqvist Advokater".into(),
        };
        HoldNotice {
            until: lang.date_medium(jiff::civil::date(2027, 3, 1)),
            review: lang.date_medium(jiff::civil::date(2027, 3, 1)),
            matters: if with_matter {
                vec![matter]
            } else {
                Vec::new()
            },
        }
    }
}

/// A row of a summary list.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What it is.
    pub term: String,
    /// What we know.
    pub value: String,
}

/// A time on a page.
#[derive(Clone, Debug)]
pub struct Moment {
    /// For machines, `2026-12-10T10:31`.
    pub datetime: String,
    /// For people.
    pub when: String,
}

impl Moment {
    /// A time in the controller's zone, with the year only where it is not this one.
    pub fn of(app: &App, lang: Lang, at: Timestamp) -> Moment {
        let zoned = at.to_zoned(app.config.vendor.zone.clone());
        let date = if zoned.year() == app.today().year() {
            lang.day_month(zoned.date())
        } else {
            lang.date_short(zoned.date())
        };
        let time = format!("{:02}:{:02}", zoned.hour(), zoned.minute());
        Moment {
            datetime: zoned.strftime("%Y-%m-%dT%H:%M").to_string(),
            when: lang.text_with("moment", &[("date", date.into()), ("time", time.into())]),
        }
    }
}

impl Choice {
    /// An option whose label is a message chosen by its value.
    pub fn worded(lang: Lang, id: &str, key: &str, value: &str, chosen: bool) -> Choice {
        Choice {
            value: value.to_owned(),
            label: lang.text_with(id, &[(key, value.into())]),
            chosen,
        }
    }
}

/// Whom a request is about, or that it was forgotten.
pub fn person(lang: Lang, opened: &Opened) -> String {
    opened
        .person()
        .map_or_else(|| lang.text("admin-forgotten"), ToOwned::to_owned)
}

/// The tag of a request as it stands.
pub fn tag_of(lang: Lang, request: &Request) -> Tag {
    let outcome = match request.stage {
        Stage::Closed { outcome, .. } => Some(outcome),
        Stage::Received | Stage::Verified { .. } | Stage::Fulfilling { .. } => None,
    };
    state_tag(lang, request.progress, request.kind, outcome)
}

/// The due chip of a request as it stands.
pub fn due_of(app: &App, lang: Lang, request: &Request) -> Due {
    if request.is_closed() {
        Due::closed(lang.date_short(request.due.strict))
    } else {
        Due::new(lang, request.due.strict, app.today())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_chip_raises_its_hand_a_week_before_and_after_the_day() {
        let today = date(2026, 12, 10);
        let class = |due| Due::new(Lang::En, due, today).class;
        assert_eq!(class(date(2026, 12, 9)), "due late");
        assert_eq!(class(date(2026, 12, 10)), "due soon");
        assert_eq!(class(date(2026, 12, 17)), "due soon");
        assert_eq!(class(date(2026, 12, 18)), "due");
        assert_eq!(class(date(2027, 12, 18)), "due");
    }
}

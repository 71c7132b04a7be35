//! `/admin/holds`: legal holds. Who may place them sees whom they are on and what they are about,
//! reviews them and lifts them; everybody else sees on the person's pages that there is one.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use askama::Template;
use jiff::civil::Date;
use serde::Deserialize;

use super::parts::{Fact, Look, Moment, Tag};
use super::{Trouble, field, status};
use crate::{
    actions::{
        ActionError,
        holds::{self, NewHold, Shown},
    },
    app::App,
    domain::{hold::Review, ids::HoldId, staff::Permission},
    i18n::Lang,
    web::{
        error::{WebError, WebResult},
        extract::{CsrfForm, SignedIn, query_value, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/holds.html")]
struct Holds {
    frame: StaffFrame,
    errors: Errors,
    standing: Vec<Row>,
    ended: Vec<Row>,
    person: Field,
    matter: Field,
    author: Field,
    review_on: Field,
    until_on: Field,
}

struct Row {
    href: String,
    matter: String,
    person: String,
    /// The day of the review, or of the end.
    date: String,
    state: Tag,
}

#[derive(Template)]
#[template(path = "admin/hold.html")]
struct OneHold {
    frame: StaffFrame,
    errors: Errors,
    id: String,
    title: String,
    state: Tag,
    facts: Vec<Fact>,
    /// Whether it is in force, so that it can be reviewed and lifted.
    stands: bool,
    /// Whether it came back from the erasure journal, so that its words are to be said again.
    incomplete: bool,
    person: Field,
    matter: Field,
    author: Field,
    review_on: Field,
    until_on: Field,
    reason: Field,
}

/// What the forms send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    person: String,
    matter: String,
    author: String,
    review_on: String,
    until_on: String,
    reason: String,
}

impl Typed {
    /// The two days, or the field that is none.
    fn days(&self) -> Result<(Option<Date>, Option<Date>), ActionError> {
        let day = |text: &str, field| match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| ActionError::Invalid {
                field,
                message: "admin-date-wrong",
            }),
        };
        Ok((
            day(&self.review_on, "review_on")?,
            day(&self.until_on, "until_on")?,
        ))
    }
}

fn hold_id(text: &str) -> Result<HoldId, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

/// GET /admin/holds
pub async fn show(app: Data<App>, me: SignedIn, request: HttpRequest) -> WebResult {
    let typed = Typed {
        person: query_value(&request, "person").unwrap_or_default(),
        ..Typed::default()
    };
    page(&app, &me, &typed, None).await
}

/// POST /admin/holds
pub async fn create(app: Data<App>, me: SignedIn, CsrfForm(typed): CsrfForm<Typed>) -> WebResult {
    let placed = match typed.days() {
        Ok((review_on, until_on)) => {
            let new = NewHold {
                person: typed.person.clone(),
                matter: typed.matter.clone(),
                author: typed.author.clone(),
                review_on,
                until_on,
            };
            holds::place(&app, &me.actor, new).await
        }
        Err(error) => Err(error),
    };
    match placed {
        Ok(_) => Ok(see_other_saying(
            &app,
            "/admin/holds",
            "admin-done-hold-placed",
        )),
        Err(error) => page(&app, &me, &typed, Some(Trouble::of(error)?)).await,
    }
}

/// GET /admin/holds/{hold}
pub async fn one(app: Data<App>, me: SignedIn, hold: Path<String>) -> WebResult {
    one_page(&app, &me, hold_id(&hold)?, None, None).await
}

/// POST /admin/holds/{hold}/review
pub async fn review(
    app: Data<App>,
    me: SignedIn,
    hold: Path<String>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    let id = hold_id(&hold)?;
    let reviewed = match typed.days() {
        Ok((review_on, until_on)) => holds::review(&app, &me.actor, id, review_on, until_on).await,
        Err(error) => Err(error),
    };
    match reviewed {
        Ok(()) => Ok(see_other_saying(
            &app,
            "/admin/holds",
            "admin-done-hold-reviewed",
        )),
        Err(error) => one_page(&app, &me, id, Some(&typed), Some(Trouble::of(error)?)).await,
    }
}

/// POST /admin/holds/{hold}/words
pub async fn complete(
    app: Data<App>,
    me: SignedIn,
    hold: Path<String>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    let id = hold_id(&hold)?;
    let (person, matter, author) = (&typed.person, &typed.matter, &typed.author);
    match holds::complete(&app, &me.actor, id, person, matter, author).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            "/admin/holds",
            "admin-done-hold-completed",
        )),
        Err(error) => one_page(&app, &me, id, Some(&typed), Some(Trouble::of(error)?)).await,
    }
}

/// POST /admin/holds/{hold}/lifting
pub async fn lift(
    app: Data<App>,
    me: SignedIn,
    hold: Path<String>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    let id = hold_id(&hold)?;
    match holds::lift(&app, &me.actor, id, &typed.reason).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            "/admin/holds",
            "admin-done-hold-lifted",
        )),
        Err(error) => {
            let typed = Typed {
                reason: typed.reason,
                ..Typed::default()
            };
            one_page(&app, &me, id, Some(&typed), Some(Trouble::of(error)?)).await
        }
    }
}

async fn page(app: &App, me: &SignedIn, typed: &Typed, trouble: Option<Trouble>) -> WebResult {
    me.actor.may(Permission::Hold).map_err(ActionError::from)?;
    let lang = me.visitor.lang;
    let standing = holds::list(app, &me.actor, false).await?;
    let ended = holds::list(app, &me.actor, true).await?;
    let foot = if standing.is_empty() && ended.is_empty() {
        Foot::NoData
    } else {
        Foot::List
    };
    let typed_in = |name: &str, value: &str| field(lang, trouble, name, value);
    let (person, matter) = (
        typed_in("person", &typed.person),
        typed_in("matter", &typed.matter),
    );
    let (author, review_on) = (
        typed_in("author", &typed.author),
        typed_in("review_on", &typed.review_on),
    );
    let until_on = typed_in("until_on", &typed.until_on);
    let template = Holds {
        frame: me.frame(app, Nav::Registers, foot).await?,
        errors: Errors::of([
            ("person", &person),
            ("matter", &matter),
            ("author", &author),
            ("review_on", &review_on),
            ("until_on", &until_on),
        ]),
        standing: standing.iter().map(|hold| row(app, lang, hold)).collect(),
        ended: ended.iter().map(|hold| row(app, lang, hold)).collect(),
        person,
        matter,
        author,
        review_on,
        until_on,
    };
    me.page(app, status(trouble), &template)
}

fn row(app: &App, lang: Lang, shown: &Shown) -> Row {
    let date = shown
        .hold
        .ended
        .map_or(shown.hold.terms.review_on, |end| app.date(end.at));
    Row {
        href: format!("/admin/holds/{}", shown.hold.id),
        matter: matter(lang, shown),
        person: shown.words.address.clone(),
        date: lang.date_medium(date),
        state: state(app, lang, shown),
    }
}

fn matter(lang: Lang, shown: &Shown) -> String {
    match shown.words.from_journal {
        true => lang.text("admin-hold-from-journal"),
        false => shown.words.matter.clone(),
    }
}

fn state(app: &App, lang: Lang, shown: &Shown) -> Tag {
    let (look, word) = match shown.hold.ended {
        Some(end) => (Look::Settled, end.how.as_str()),
        None => match shown.hold.terms.review(app.today()) {
            Review::Later => (Look::Waits, "in-force"),
            Review::Soon => (Look::Warns, "soon"),
            Review::Due => (Look::Fails, "due"),
        },
    };
    Tag {
        look,
        text: lang.text_with("admin-hold-state", &[("state", word.into())]),
    }
}

async fn one_page(
    app: &App,
    me: &SignedIn,
    id: HoldId,
    typed: Option<&Typed>,
    trouble: Option<Trouble>,
) -> WebResult {
    let lang = me.visitor.lang;
    let shown = holds::find(app, &me.actor, id).await?;
    let terms = &shown.hold.terms;
    let typed_in = |name: &str, value: String| field(lang, trouble, name, &value);
    let (review_on, until_on, reason) = match typed {
        Some(typed) => (
            typed.review_on.clone(),
            typed.until_on.clone(),
            typed.reason.clone(),
        ),
        None => (
            String::new(),
            terms
                .until_on
                .map_or_else(String::new, |day| day.to_string()),
            String::new(),
        ),
    };
    let review_on = typed_in("review_on", review_on);
    let until_on = typed_in("until_on", until_on);
    let reason = typed_in("reason", reason);
    let said = |text: fn(&Typed) -> &String| typed.map_or_else(String::new, |it| text(it).clone());
    let person = typed_in("person", said(|typed| &typed.person));
    let matter_again = typed_in("matter", said(|typed| &typed.matter));
    let author = typed_in("author", said(|typed| &typed.author));
    let template = OneHold {
        frame: me.frame(app, Nav::Registers, Foot::Person).await?,
        errors: Errors::of([
            ("person", &person),
            ("matter", &matter_again),
            ("author", &author),
            ("review_on", &review_on),
            ("until_on", &until_on),
            ("reason", &reason),
        ]),
        id: id.to_string(),
        title: matter(lang, &shown),
        state: state(app, lang, &shown),
        facts: facts(app, lang, &shown),
        stands: shown.hold.ended.is_none(),
        incomplete: shown.words.from_journal,
        person,
        matter: matter_again,
        author,
        review_on,
        until_on,
        reason,
    };
    me.page(app, status(trouble), &template)
}

fn facts(app: &App, lang: Lang, shown: &Shown) -> Vec<Fact> {
    let (hold, words) = (&shown.hold, &shown.words);
    let fact = |term: &str, value: String| Fact {
        term: lang.text(term),
        value,
    };
    let by = |name: &Option<String>, at| {
        let when = Moment::of(app, lang, at).when;
        match name {
            Some(name) => format!("{when}, {name}"),
            None => when,
        }
    };
    let mut facts = vec![
        fact("admin-hold-person", words.address.clone()),
        fact("admin-hold-author", words.author.clone()),
        fact("admin-hold-review", lang.date_long(hold.terms.review_on)),
        fact(
            "admin-hold-until",
            hold.terms
                .until_on
                .map_or_else(|| lang.text("admin-hold-no-end"), |day| lang.date_long(day)),
        ),
        fact("admin-hold-placed", by(&shown.names.0, hold.placed_at)),
        fact("admin-hold-stopped", lang.number(shown.stopped)),
    ];
    if let Some(end) = hold.ended {
        facts.push(fact("admin-hold-ended", by(&shown.names.1, end.at)));
    }
    if let Some(why) = &words.lifted {
        facts.push(fact("admin-hold-why-lifted", why.clone()));
    }
    facts
}

#[cfg(test)]
pub(super) fn samples(lang: Lang) -> Vec<super::samples::Sample> {
    use super::samples::{facts, frame, person_frame, sample};

    let tag = |look, word: &str| Tag {
        look,
        text: lang.text_with("admin-hold-state", &[("state", word.into())]),
    };
    let row = |matter: &str, person: &str, day, state| Row {
        href: "/admin/holds/0197a3".into(),
        matter: matter.into(),
        person: person.into(),
        date: lang.date_medium(day),
        state,
    };
    let page = |standing, ended, matter: Field| Holds {
        frame: StaffFrame {
            foot: Foot::List,
            ..frame(lang, Nav::Registers)
        },
        errors: Errors::of([("matter", &matter)]),
        standing,
        ended,
        person: Field::new("7K4M-2QX9"),
        matter,
        author: Field::default(),
        review_on: Field::new("2027-03-01"),
        until_on: Field::default(),
    };
    let (spring, winter) = (
        jiff::civil::date(2027, 3, 1),
        jiff::civil::date(2026, 12, 18),
    );
    let standing = || {
        vec![
            row(
                "Claim over a refused refund, case 2026/118",
                "s.okafor@lagunatech.example",
                winter,
                tag(Look::Warns, "soon"),
            ),
            row(
                "Unpaid invoices of 2025, Solvind A/S",
                "accounts@solvind.example",
                spring,
                tag(Look::Waits, "in-force"),
            ),
        ]
    };
    let ended = || {
        vec![row(
            "Audit of the reseller",
            "piet@deboerlogistiek.example",
            winter,
            tag(Look::Settled, "lifted"),
        )]
    };
    let one = |stands, state, reason: Field| OneHold {
        frame: person_frame(lang),
        errors: Errors::of([("reason", &reason)]),
        id: "0197a3".into(),
        title: "Unpaid invoices of 2025, Solvind A/S".into(),
        state,
        facts: facts(&[
            ("Person", "accounts@solvind.example"),
            ("Asked for by", "Lindqvist Advokater"),
            ("Review", "Monday 1 March 2027"),
        ]),
        stands,
        incomplete: false,
        person: Field::default(),
        matter: Field::default(),
        author: Field::default(),
        review_on: Field::default(),
        until_on: Field::default(),
        reason,
    };
    vec![
        sample("holds", &page(standing(), ended(), Field::default())),
        sample(
            "holds-none",
            &page(Vec::new(), Vec::new(), Field::default()),
        ),
        sample(
            "holds-wrong",
            &page(
                standing(),
                Vec::new(),
                Field::default().wrong(lang.text("admin-hold-no-matter")),
            ),
        ),
        sample(
            "hold",
            &one(true, tag(Look::Waits, "in-force"), Field::default()),
        ),
        sample(
            "hold-wrong",
            &one(
                true,
                tag(Look::Fails, "due"),
                Field::default().wrong(lang.text("admin-hold-no-reason")),
            ),
        ),
        sample(
            "hold-from-journal",
            &OneHold {
                title: lang.text("admin-hold-from-journal"),
                incomplete: true,
                ..one(true, tag(Look::Waits, "in-force"), Field::default())
            },
        ),
        sample(
            "hold-ended",
            &one(false, tag(Look::Settled, "lifted"), Field::default()),
        ),
    ]
}

//! `/admin/copies`: copies of data that were taken outside the stores. Who may enter them does, puts
//! off their end and attests it; everybody who may see the stores sees where data lies.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use askama::Template;
use jiff::civil::Date;
use serde::Deserialize;

use super::parts::{Choice, Fact, Look, Moment, Tag};
use super::{Trouble, field, status};
use crate::{
    actions::{
        ActionError,
        taken::{self, NewCopy, Shown},
        words,
    },
    app::App,
    domain::{ids::CopyId, staff::Permission},
    i18n::Lang,
    web::{
        error::{WebError, WebResult},
        extract::{CsrfForm, SignedIn, query_value, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/copies.html")]
struct Copies {
    frame: StaffFrame,
    errors: Errors,
    open: Vec<Row>,
    destroyed: Vec<Row>,
    /// The form to enter one, for those who may.
    form: Option<Form>,
}

struct Form {
    /// The names of the stores, offered for what was copied.
    stores: Vec<String>,
    what: Field,
    whose: Vec<Choice>,
    whose_field: Field,
    person: Field,
    holders: Vec<Choice>,
    holder: Field,
    recipient: Field,
    place: Field,
    why: Field,
    taken_on: Field,
    until_on: Field,
    /// The furthest day that can be chosen, in a sentence.
    until_hint: String,
}

struct Row {
    href: String,
    what: String,
    whose: String,
    holder: String,
    /// The last day, or the day of the end.
    date: String,
    state: Tag,
}

#[derive(Template)]
#[template(path = "admin/copy.html")]
struct OneCopy {
    frame: StaffFrame,
    errors: Errors,
    id: String,
    title: String,
    state: Tag,
    facts: Vec<Fact>,
    /// Whether its end can be put off or attested, by who looks.
    may_change: bool,
    until_on: Field,
    until_hint: String,
    destroyed_on: Field,
    attested: Field,
}

/// What the forms send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    what: String,
    whose: String,
    person: String,
    holder: String,
    recipient: String,
    place: String,
    why: String,
    taken_on: String,
    until_on: String,
    destroyed_on: String,
    attested: String,
}

fn day(text: &str, field: &'static str) -> Result<Option<Date>, ActionError> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| ActionError::Invalid {
            field,
            message: "admin-date-wrong",
        }),
    }
}

impl Typed {
    fn copy(&self) -> Result<NewCopy, ActionError> {
        let wrong = |field, message| ActionError::Invalid { field, message };
        let person = match self.whose.as_str() {
            "everybody" => None,
            "one" => Some(self.person.clone()),
            _ => return Err(wrong("whose", "admin-copy-no-whose")),
        };
        let holder = match self.holder.as_str() {
            "" => None,
            id => Some(
                id.parse()
                    .map_err(|_| wrong("holder", "admin-copy-no-holder"))?,
            ),
        };
        Ok(NewCopy {
            what: self.what.clone(),
            person,
            holder,
            recipient: self.recipient.clone(),
            place: self.place.clone(),
            why: self.why.clone(),
            taken_on: day(&self.taken_on, "taken_on")?,
            until_on: day(&self.until_on, "until_on")?,
        })
    }
}

fn copy_id(text: &str) -> Result<CopyId, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

/// GET /admin/copies
pub async fn show(app: Data<App>, me: SignedIn, request: HttpRequest) -> WebResult {
    let person = query_value(&request, "person").unwrap_or_default();
    let typed = Typed {
        whose: if person.is_empty() {
            String::new()
        } else {
            "one".to_owned()
        },
        person,
        holder: me.staff.id.to_string(),
        taken_on: app.today().to_string(),
        ..Typed::default()
    };
    page(&app, &me, &typed, None).await
}

/// POST /admin/copies
pub async fn create(app: Data<App>, me: SignedIn, CsrfForm(typed): CsrfForm<Typed>) -> WebResult {
    let entered = match typed.copy() {
        Ok(new) => taken::enter(&app, &me.actor, new).await,
        Err(error) => Err(error),
    };
    match entered {
        Ok(_) => Ok(see_other_saying(
            &app,
            "/admin/copies",
            "admin-done-copy-entered",
        )),
        Err(error) => page(&app, &me, &typed, Some(Trouble::of(error)?)).await,
    }
}

/// GET /admin/copies/{copy}
pub async fn one(app: Data<App>, me: SignedIn, copy: Path<String>) -> WebResult {
    one_page(&app, &me, copy_id(&copy)?, None, None).await
}

/// POST /admin/copies/{copy}/extension
pub async fn extend(
    app: Data<App>,
    me: SignedIn,
    copy: Path<String>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    let id = copy_id(&copy)?;
    let extended = match day(&typed.until_on, "until_on") {
        Ok(until_on) => taken::extend(&app, &me.actor, id, until_on).await,
        Err(error) => Err(error),
    };
    match extended {
        Ok(()) => Ok(see_other_saying(
            &app,
            "/admin/copies",
            "admin-done-copy-extended",
        )),
        Err(error) => one_page(&app, &me, id, Some(&typed), Some(Trouble::of(error)?)).await,
    }
}

/// POST /admin/copies/{copy}/end
pub async fn end(
    app: Data<App>,
    me: SignedIn,
    copy: Path<String>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    let id = copy_id(&copy)?;
    let ended = match day(&typed.destroyed_on, "destroyed_on") {
        Ok(on) => taken::destroyed(&app, &me.actor, id, on, &typed.attested).await,
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) => Ok(see_other_saying(
            &app,
            "/admin/copies",
            "admin-done-copy-destroyed",
        )),
        Err(error) => one_page(&app, &me, id, Some(&typed), Some(Trouble::of(error)?)).await,
    }
}

async fn page(app: &App, me: &SignedIn, typed: &Typed, trouble: Option<Trouble>) -> WebResult {
    let lang = me.visitor.lang;
    let open = taken::list(app, &me.actor, false).await?;
    let destroyed = taken::list(app, &me.actor, true).await?;
    let people = open.iter().any(|copy| copy.words.address.is_some());
    let form = match me.may(Permission::Copies) {
        true => Some(form(app, me, typed, trouble).await?),
        false => None,
    };
    let errors = form.as_ref().map_or_else(
        || Errors::of([]),
        |form| {
            Errors::of([
                ("what", &form.what),
                ("whose-everybody", &form.whose_field),
                ("person", &form.person),
                ("holder", &form.holder),
                ("recipient", &form.recipient),
                ("place", &form.place),
                ("why", &form.why),
                ("taken_on", &form.taken_on),
                ("until_on", &form.until_on),
            ])
        },
    );
    let foot = if people { Foot::List } else { Foot::NoData };
    let template = Copies {
        frame: me.frame(app, Nav::Registers, foot).await?,
        errors,
        open: open.iter().map(|copy| row(app, lang, copy)).collect(),
        destroyed: destroyed.iter().map(|copy| row(app, lang, copy)).collect(),
        form,
    };
    me.page(app, status(trouble), &template)
}

async fn form(
    app: &App,
    me: &SignedIn,
    typed: &Typed,
    trouble: Option<Trouble>,
) -> Result<Form, WebError> {
    let lang = me.visitor.lang;
    let typed_in = |name: &str, value: &str| field(lang, trouble, name, value);
    let mut holders: Vec<Choice> = taken::holders(app, &me.actor)
        .await?
        .into_iter()
        .map(|staff| Choice {
            chosen: staff.id.to_string() == typed.holder,
            value: staff.id.to_string(),
            label: staff.name,
        })
        .collect();
    holders.push(Choice {
        value: String::new(),
        label: lang.text("admin-copy-somebody-else"),
        chosen: typed.holder.is_empty(),
    });
    Ok(Form {
        stores: app
            .store_names()
            .iter()
            .map(|name| words::store(app, lang, name))
            .collect(),
        what: typed_in("what", &typed.what),
        whose: whose(lang, &typed.whose),
        whose_field: typed_in("whose", &typed.whose),
        person: typed_in("person", &typed.person),
        holders,
        holder: typed_in("holder", &typed.holder),
        recipient: typed_in("recipient", &typed.recipient),
        place: typed_in("place", &typed.place),
        why: typed_in("why", &typed.why),
        taken_on: typed_in("taken_on", &typed.taken_on),
        until_on: typed_in("until_on", &typed.until_on),
        until_hint: until_hint(app, lang),
    })
}

fn whose(lang: Lang, chosen: &str) -> Vec<Choice> {
    ["everybody", "one"]
        .map(|value| Choice {
            value: value.to_owned(),
            label: lang.text_with("admin-copy-whose-choice", &[("whose", value.into())]),
            chosen: value == chosen,
        })
        .into()
}

fn until_hint(app: &App, lang: Lang) -> String {
    let day = lang.date_medium(taken::furthest_day(app));
    lang.text_with("admin-copy-until-hint", &[("day", day.into())])
}

fn row(app: &App, lang: Lang, shown: &Shown) -> Row {
    let copy = &shown.copy;
    let date = copy.destroyed.map_or(copy.span.until_on, |end| end.on);
    Row {
        href: format!("/admin/copies/{}", copy.id),
        what: shown.words.what.clone(),
        whose: whose_data(lang, shown),
        holder: shown.holder.clone(),
        date: lang.date_medium(date),
        state: state(app, lang, shown),
    }
}

fn whose_data(lang: Lang, shown: &Shown) -> String {
    match &shown.words.address {
        Some(address) => address.clone(),
        None => {
            let whose = if shown.copy.everybody {
                "everybody"
            } else {
                "one"
            };
            lang.text_with("admin-copy-whose-choice", &[("whose", whose.into())])
        }
    }
}

fn state(app: &App, lang: Lang, shown: &Shown) -> Tag {
    let (today, span) = (app.today(), &shown.copy.span);
    let (look, word) = if shown.copy.destroyed.is_some() {
        (Look::Settled, "destroyed")
    } else if span.is_overdue(today) {
        (Look::Fails, "overdue")
    } else if span.reminder(today).is_some() {
        (Look::Warns, "due")
    } else {
        (Look::Waits, "open")
    };
    Tag {
        look,
        text: lang.text_with("admin-copy-state", &[("state", word.into())]),
    }
}

async fn one_page(
    app: &App,
    me: &SignedIn,
    id: CopyId,
    typed: Option<&Typed>,
    trouble: Option<Trouble>,
) -> WebResult {
    let lang = me.visitor.lang;
    let shown = taken::find(app, &me.actor, id).await?;
    let typed_in = |name: &str, value: &str| field(lang, trouble, name, value);
    let today = app.today().to_string();
    let (until_on, destroyed_on, attested) = match typed {
        Some(typed) => (
            typed.until_on.as_str(),
            typed.destroyed_on.as_str(),
            typed.attested.as_str(),
        ),
        None => ("", today.as_str(), shown.holder.as_str()),
    };
    let until_on = typed_in("until_on", until_on);
    let destroyed_on = typed_in("destroyed_on", destroyed_on);
    let attested = typed_in("attested", attested);
    let foot = if shown.words.address.is_some() {
        Foot::Person
    } else {
        Foot::NoData
    };
    let template = OneCopy {
        frame: me.frame(app, Nav::Registers, foot).await?,
        errors: Errors::of([
            ("until_on", &until_on),
            ("destroyed_on", &destroyed_on),
            ("attested", &attested),
        ]),
        id: id.to_string(),
        title: shown.words.what.clone(),
        state: state(app, lang, &shown),
        facts: facts(app, lang, &shown),
        may_change: shown.copy.destroyed.is_none() && me.may(Permission::Copies),
        until_on,
        until_hint: until_hint(app, lang),
        destroyed_on,
        attested,
    };
    me.page(app, status(trouble), &template)
}

fn facts(app: &App, lang: Lang, shown: &Shown) -> Vec<Fact> {
    let (copy, words) = (&shown.copy, &shown.words);
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
        fact("admin-copy-whose", whose_data(lang, shown)),
        fact("admin-copy-holder", shown.holder.clone()),
        fact("admin-copy-place", words.place.clone()),
        fact("admin-copy-why", words.why.clone()),
        fact("admin-copy-taken", lang.date_long(copy.span.taken_on)),
        fact("admin-copy-until", lang.date_long(copy.span.until_on)),
        fact("admin-copy-entered", by(&shown.names.0, copy.entered_at)),
    ];
    if let Some(end) = copy.destroyed {
        facts.push(fact("admin-copy-destroyed-on", lang.date_long(end.on)));
        facts.push(fact("admin-copy-end-entered", by(&shown.names.1, end.at)));
    }
    if let Some(attested) = &words.attested {
        facts.push(fact("admin-copy-attested", attested.clone()));
    }
    facts
}

#[cfg(test)]
pub(super) fn samples(lang: Lang) -> Vec<super::samples::Sample> {
    use super::samples::{choices, facts, frame, person_frame, sample};

    let tag = |look, word: &str| Tag {
        look,
        text: lang.text_with("admin-copy-state", &[("state", word.into())]),
    };
    let everybody = || lang.text_with("admin-copy-whose-choice", &[("whose", "everybody".into())]);
    let row = |what: &str, whose: String, holder: &str, day, state| Row {
        href: "/admin/copies/0197a3".into(),
        what: what.into(),
        whose,
        holder: holder.into(),
        date: lang.date_medium(day),
        state,
    };
    let (soon, past) = (
        jiff::civil::date(2026, 12, 24),
        jiff::civil::date(2026, 12, 1),
    );
    let hint = || {
        let day = lang.date_medium(jiff::civil::date(2027, 1, 9));
        lang.text_with("admin-copy-until-hint", &[("day", day.into())])
    };
    let form = |person: Field| Form {
        stores: vec!["Licences".into(), "Support tickets".into()],
        what: Field::default(),
        whose: whose(lang, "one"),
        whose_field: Field::default(),
        person,
        holders: choices(&["Aino Salo", "Jonas Weber", "Somebody else"]),
        holder: Field::default(),
        recipient: Field::default(),
        place: Field::default(),
        why: Field::default(),
        taken_on: Field::new("2026-12-10"),
        until_on: Field::default(),
        until_hint: hint(),
    };
    let page = |open, destroyed, form: Option<Form>| Copies {
        frame: StaffFrame {
            foot: Foot::List,
            ..frame(lang, Nav::Registers)
        },
        errors: form.as_ref().map_or_else(
            || Errors::of([]),
            |form| Errors::of([("person", &form.person)]),
        ),
        open,
        destroyed,
        form,
    };
    let open = || {
        vec![
            row(
                "Database dump of 12 November",
                everybody(),
                "Jonas Weber",
                past,
                tag(Look::Fails, "overdue"),
            ),
            row(
                "File of ticket SUP-2148",
                "s.okafor@lagunatech.example".into(),
                "Tallow Bookkeeping",
                soon,
                tag(Look::Waits, "open"),
            ),
        ]
    };
    let gone = || {
        vec![row(
            "Licences",
            everybody(),
            "Aino Salo",
            past,
            tag(Look::Settled, "destroyed"),
        )]
    };
    let one = |may_change, state, attested: Field| OneCopy {
        frame: StaffFrame {
            nav: Nav::Registers,
            ..person_frame(lang)
        },
        errors: Errors::of([("attested", &attested)]),
        id: "0197a3".into(),
        title: "Database dump of 12 November".into(),
        state,
        facts: facts(&[
            ("Whose data", "Everybody’s"),
            ("Held by", "Jonas Weber"),
            ("Where it lies", "Laptop LT-14"),
            ("What for", "A migration that fails on old rows"),
            ("Until", "Tuesday 1 December 2026"),
        ]),
        may_change,
        until_on: Field::default(),
        until_hint: hint(),
        destroyed_on: Field::new("2026-12-10"),
        attested,
    };
    let wrong = Field::default().wrong(lang.text("admin-hold-no-person"));
    vec![
        sample(
            "copies",
            &page(open(), gone(), Some(form(Field::default()))),
        ),
        sample("copies-none", &page(Vec::new(), Vec::new(), None)),
        sample("copies-wrong", &page(open(), Vec::new(), Some(form(wrong)))),
        sample(
            "copy",
            &one(true, tag(Look::Fails, "overdue"), Field::default()),
        ),
        sample(
            "copy-wrong",
            &one(
                true,
                tag(Look::Warns, "due"),
                Field::default().wrong(lang.text("admin-copy-no-attested")),
            ),
        ),
        sample(
            "copy-destroyed",
            &one(false, tag(Look::Settled, "destroyed"), Field::default()),
        ),
    ]
}

//! `/admin/objections`: whom mailing tools must not write to. Staff look an address up, enter an
//! objection or lift one, each with a reason; and see whether every tool has applied the changes.

use actix_web::HttpRequest;
use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use super::parts::{Choice, Look, Moment, Tag};
use super::{Trouble, field, status};
use crate::{
    actions::{
        ActionError,
        objections::{self, Found, Told},
    },
    app::App,
    domain::{sender::ALL_LISTS, staff::Permission},
    i18n::Lang,
    web::{
        error::WebResult,
        extract::{CsrfForm, SignedIn, query_value, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/objections.html")]
struct Objections {
    frame: StaffFrame,
    errors: Errors,
    q: Field,
    reason: Field,
    /// `None` before a search.
    found: Option<FoundObjections>,
    senders: Vec<SenderRow>,
}

struct FoundObjections {
    address: String,
    standing: Vec<Objection>,
    /// The error of the select; the lists carry the choice.
    list: Field,
    lists: Vec<Choice>,
    liftable: Vec<Choice>,
    add_reason: Field,
    lift_reason: Field,
}

struct Objection {
    /// The title of the list, or that it is all.
    list: String,
    since: Moment,
    how: String,
}

struct SenderRow {
    name: String,
    /// `Webhook`, or that it asks by itself.
    way: String,
    state: Tag,
}

/// What the forms send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    q: String,
    /// The reason of the look before.
    looked: String,
    list: String,
    reason: String,
}

/// GET /admin/objections
pub async fn show(app: Data<App>, me: SignedIn, request: HttpRequest) -> WebResult {
    me.actor
        .may(Permission::Object)
        .map_err(ActionError::from)?;
    let Some(q) = query_value(&request, "q") else {
        return page(&app, &me, &Typed::default(), None, None).await;
    };
    let typed = Typed {
        q,
        looked: query_value(&request, "reason").unwrap_or_default(),
        ..Typed::default()
    };
    searched(&app, &me, &typed, None).await
}

/// POST /admin/objections
pub async fn create(app: Data<App>, me: SignedIn, CsrfForm(typed): CsrfForm<Typed>) -> WebResult {
    let added = objections::add(&app, &me.actor, &typed.q, &typed.list, &typed.reason).await;
    match added {
        Ok(()) => Ok(see_other_saying(
            &app,
            "/admin/objections",
            "admin-done-objected",
        )),
        Err(error) => searched(&app, &me, &typed, Some(("add_reason", Trouble::of(error)?))).await,
    }
}

/// POST /admin/objections/lifting
pub async fn lift(app: Data<App>, me: SignedIn, CsrfForm(typed): CsrfForm<Typed>) -> WebResult {
    let Typed {
        q, list, reason, ..
    } = &typed;
    match objections::lift_by_staff(&app, &me.actor, q, list, reason).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            "/admin/objections",
            "admin-done-lifted",
        )),
        Err(error) => {
            searched(
                &app,
                &me,
                &typed,
                Some(("lift_reason", Trouble::of(error)?)),
            )
            .await
        }
    }
}

/// The page with what a search finds; `wrong` is the reason field of the form that was refused.
async fn searched(
    app: &App,
    me: &SignedIn,
    typed: &Typed,
    wrong: Option<(&'static str, Trouble)>,
) -> WebResult {
    match objections::look_up(app, &me.actor, &typed.q, &typed.looked).await {
        Ok(found) => page(app, me, typed, Some(found), wrong).await,
        Err(error) => page(app, me, typed, None, Some(("reason", Trouble::of(error)?))).await,
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    typed: &Typed,
    found: Option<Found>,
    wrong: Option<(&'static str, Trouble)>,
) -> WebResult {
    let lang = me.visitor.lang;
    let foot = if found.is_some() {
        Foot::Person
    } else {
        Foot::NoData
    };
    // Every form has a field for a reason; the trouble belongs to one of them.
    let reason_of = |id: &str, value: &str| match wrong {
        Some((form, trouble)) if form == id => field(lang, Some(trouble), "reason", value),
        _ => Field::new(value),
    };
    let trouble = wrong.map(|(_, trouble)| trouble);
    let of_search = trouble.filter(|_| found.is_none());
    let q = field(lang, of_search, "q", &typed.q);
    let reason = reason_of("reason", &typed.looked);
    let found = found.map(|found| FoundObjections {
        list: field(lang, trouble, "list", &typed.list),
        lists: lists(app, lang, &typed.list),
        liftable: found
            .standing
            .iter()
            .map(|objection| choice(app, lang, &objection.list, &typed.list))
            .collect(),
        add_reason: reason_of("add_reason", first(&typed.reason, &typed.looked)),
        lift_reason: reason_of("lift_reason", first(&typed.reason, &typed.looked)),
        standing: found
            .standing
            .iter()
            .map(|objection| Objection {
                list: title(app, lang, &objection.list),
                since: Moment::of(app, lang, objection.since),
                how: lang.text_with(
                    "admin-objection-channel",
                    &[("channel", objection.channel.as_str().into())],
                ),
            })
            .collect(),
        address: found.email.as_str().to_owned(),
    });
    let mut fields = vec![("q", &q), ("reason", &reason)];
    if let Some(found) = &found {
        fields.push(("list", &found.list));
        fields.push(("add_reason", &found.add_reason));
        fields.push(("lift_reason", &found.lift_reason));
    }
    let told = objections::told(app, &me.actor).await?;
    let template = Objections {
        frame: me.frame(app, Nav::Queue, foot).await?,
        errors: Errors::of(fields),
        q,
        reason,
        found,
        senders: told.into_iter().map(|told| row(app, lang, told)).collect(),
    };
    me.page(app, status(trouble), &template)
}

fn first<'a>(one: &'a str, other: &'a str) -> &'a str {
    if one.is_empty() { other } else { one }
}

/// All, and every list of the configuration.
fn lists(app: &App, lang: Lang, chosen: &str) -> Vec<Choice> {
    let names = app.config.lists.iter().map(|list| list.name.as_str());
    [ALL_LISTS]
        .into_iter()
        .chain(names)
        .map(|list| choice(app, lang, list, chosen))
        .collect()
}

fn choice(app: &App, lang: Lang, list: &str, chosen: &str) -> Choice {
    Choice {
        value: list.to_owned(),
        label: title(app, lang, list),
        chosen: list == chosen,
    }
}

fn title(app: &App, lang: Lang, list: &str) -> String {
    if list == ALL_LISTS {
        lang.text("admin-objections-all")
    } else {
        app.config.list_title(list, lang)
    }
}

fn row(app: &App, lang: Lang, told: Told) -> SenderRow {
    let way = if told.has_webhook { "webhook" } else { "feed" };
    let (look, text) = match told.late_since {
        Some(since) => (
            Look::Fails,
            lang.text_with(
                "admin-sender-late",
                &[
                    ("n", told.waiting.into()),
                    ("since", Moment::of(app, lang, since).when.into()),
                ],
            ),
        ),
        None => (
            Look::Settled,
            lang.text_with("admin-sender-waiting", &[("n", told.waiting.into())]),
        ),
    };
    SenderRow {
        name: told.name,
        way: lang.text_with("admin-sender-way", &[("way", way.into())]),
        state: Tag { look, text },
    }
}

#[cfg(test)]
pub(super) fn samples(lang: Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, moment, sample};

    let senders = || {
        let row = |name: &str, way: &str, look, text: String| SenderRow {
            name: name.into(),
            way: lang.text_with("admin-sender-way", &[("way", way.into())]),
            state: Tag { look, text },
        };
        vec![
            row(
                "newsletter",
                "webhook",
                Look::Settled,
                lang.text_with("admin-sender-waiting", &[("n", 0i64.into())]),
            ),
            row(
                "webinars",
                "feed",
                Look::Fails,
                lang.text_with(
                    "admin-sender-late",
                    &[("n", 3i64.into()), ("since", "8 Dec, 09:12".into())],
                ),
            ),
        ]
    };
    let option = |value: &str, label: String| Choice {
        value: value.into(),
        label,
        chosen: false,
    };
    let all = || option(ALL_LISTS, lang.text("admin-objections-all"));
    let found = |standing: Vec<Objection>, lift_reason: Field| FoundObjections {
        address: "marta.kowalska@halden.example".into(),
        liftable: standing.iter().map(|_| all()).collect(),
        standing,
        list: Field::default(),
        lists: vec![all(), option("news", "Product news".into())],
        add_reason: Field::new("Phone call of 10 December"),
        lift_reason,
    };
    let page = |q: &str, found: Option<FoundObjections>, senders| {
        let foot = if found.is_some() {
            Foot::Person
        } else {
            Foot::NoData
        };
        let lift = found.as_ref().map(|found| found.lift_reason.clone());
        let lift = lift.unwrap_or_default();
        Objections {
            frame: StaffFrame {
                foot,
                ..frame(lang, Nav::Queue)
            },
            errors: Errors::of([("lift_reason", &lift)]),
            q: Field::new(q),
            reason: Field::default(),
            found,
            senders,
        }
    };
    let standing = || Objection {
        list: lang.text("admin-objections-all"),
        since: moment(lang, 10, 9),
        how: lang.text_with(
            "admin-objection-channel",
            &[("channel", "one_click".into())],
        ),
    };
    let address = "marta.kowalska@halden.example";
    vec![
        sample("objections", &page("", None, Vec::new())),
        sample(
            "objections-found",
            &page(
                address,
                Some(found(vec![standing()], Field::new("Asked for it by phone"))),
                senders(),
            ),
        ),
        sample(
            "objections-wrong",
            &page(
                address,
                Some(found(
                    vec![standing()],
                    Field::default().wrong(lang.text("admin-people-no-reason")),
                )),
                senders(),
            ),
        ),
        sample(
            "objections-none",
            &page(
                address,
                Some(found(Vec::new(), Field::default())),
                senders(),
            ),
        ),
    ]
}

//! `/admin/access`: who may do what, in one list, and that somebody looked it through.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use super::parts::{Look, Moment, Tag};
use super::{Trouble, alert, status};
use crate::{
    actions::{
        reviews::{self, Access},
        words,
    },
    app::App,
    domain::staff::Permission,
    i18n::Lang,
    web::{
        error::WebResult,
        extract::{CsrfForm, SignedIn, see_other_saying},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/access.html")]
struct AccessPage {
    frame: StaffFrame,
    /// When the next review is due, in a tag.
    due: Tag,
    /// The list that a review would be of.
    list: String,
    accounts: Vec<AccountRow>,
    tokens: Vec<TokenRow>,
    keys: Vec<(String, String, String)>,
    reviews: Vec<ReviewRow>,
    may_review: bool,
}

struct AccountRow {
    name: String,
    email: String,
    role: String,
    permits: String,
    since: String,
    signed_in: String,
    sessions: String,
    /// Whether it has a second factor, in a word.
    factor: String,
    /// Whether it is closed.
    is_closed: bool,
}

struct TokenRow {
    name: String,
    scopes: String,
    since: String,
    used: String,
}

struct ReviewRow {
    at: Moment,
    by: String,
    what: String,
    state: Tag,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    seen: String,
}

/// GET /admin/access
pub async fn show(app: Data<App>, me: SignedIn) -> WebResult {
    page(&app, &me, None).await
}

/// POST /admin/access
pub async fn review(app: Data<App>, me: SignedIn, CsrfForm(typed): CsrfForm<Typed>) -> WebResult {
    match reviews::reviewed(&app, &me.actor, &typed.seen).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            "/admin/access",
            "admin-done-access-reviewed",
        )),
        Err(error) => page(&app, &me, Some(Trouble::of(error)?)).await,
    }
}

async fn page(app: &App, me: &SignedIn, trouble: Option<Trouble>) -> WebResult {
    let access = reviews::access(app, &me.actor).await?;
    let mut frame = me.frame(app, Nav::Registers, Foot::NoData).await?;
    alert(&mut frame, trouble, Ok(()));
    let template = filled(
        frame,
        &access,
        me.may(Permission::ReviewAccess),
        |lang, at| Moment::of(app, lang, at),
        |lang, at| lang.date_medium(app.date(at)),
    );
    let status = match trouble {
        Some(_) => status(trouble),
        None => StatusCode::OK,
    };
    me.page(app, status, &template)
}

fn filled(
    frame: StaffFrame,
    access: &Access,
    may_review: bool,
    moment: impl Fn(Lang, jiff::Timestamp) -> Moment,
    date: impl Fn(Lang, jiff::Timestamp) -> String,
) -> AccessPage {
    let lang = frame.lang;
    let never = || lang.text("admin-never");
    let accounts = access.accounts.iter().map(|account| AccountRow {
        name: account.name.clone(),
        email: account.email.clone(),
        role: lang.text_with(
            "admin-role-named",
            &[("role", account.role.as_str().into())],
        ),
        permits: {
            let words: Vec<String> = account
                .permissions
                .iter()
                .map(|of| lang.text_with("admin-permission", &[("permission", (*of).into())]))
                .collect();
            words.join(", ")
        },
        since: date(lang, account.since),
        signed_in: account.signed_in_at.map_or_else(never, |at| date(lang, at)),
        sessions: lang.number(account.sessions),
        factor: lang.text_with(
            "admin-factor-has",
            &[("has", account.second_factor.to_string().into())],
        ),
        is_closed: !account.active,
    });
    let tokens = access.tokens.iter().map(|token| TokenRow {
        name: token.name.clone(),
        scopes: token.scopes.join(", "),
        since: date(lang, token.since),
        used: token
            .last_used_on
            .map_or_else(never, |on| lang.date_medium(on)),
    });
    let reviews = access.reviews.iter().map(|review| ReviewRow {
        at: moment(lang, review.at),
        by: match &review.by {
            Some(name) => name.clone(),
            None => lang.text_with("admin-actor", &[("actor", "operator".into())]),
        },
        what: lang.text_with(
            "admin-access-counts",
            &[
                ("accounts", review.accounts.into()),
                ("tokens", review.tokens.into()),
            ],
        ),
        state: Tag {
            look: if review.is_current {
                Look::Good
            } else {
                Look::Settled
            },
            text: lang.text_with(
                "admin-access-state",
                &[("current", review.is_current.to_string().into())],
            ),
        },
    });
    let day = lang.date_medium(access.due_on);
    AccessPage {
        due: Tag {
            look: if access.is_late {
                Look::Fails
            } else {
                Look::Waits
            },
            text: lang.text_with(
                "admin-access-due",
                &[
                    ("late", access.is_late.to_string().into()),
                    ("day", day.into()),
                ],
            ),
        },
        list: access.list.clone(),
        accounts: accounts.collect(),
        tokens: tokens.collect(),
        keys: access
            .keys
            .iter()
            .map(|key| words::key(lang, key.kind, &key.name, &key.place))
            .collect(),
        reviews: reviews.collect(),
        may_review,
        frame,
    }
}

#[cfg(test)]
pub(super) fn samples(lang: Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, moment, sample};
    use crate::actions::reviews;
    use crate::domain::staff::Role;

    let at: jiff::Timestamp = "2026-06-01T08:00:00Z".parse().expect("a time");
    let account = |name: &str, role: Role, active: bool| reviews::AccountRow {
        name: name.into(),
        email: format!("{}@northwind.example", name.to_lowercase()),
        role: role.to_string(),
        permissions: role
            .permissions()
            .iter()
            .map(|permission| permission.as_str())
            .filter(|_| active)
            .collect(),
        since: at,
        signed_in_at: active.then_some(at),
        sessions: i64::from(active),
        second_factor: active && role != Role::Agent,
        until_on: None,
        active,
    };
    let key = |kind, name: &str, place: &str| reviews::KeyRow {
        kind,
        name: name.into(),
        place: place.into(),
    };
    let access = |is_late: bool, is_current: bool| Access {
        form: "lethe-access/1",
        list: "4be1c09a7f12".into(),
        accounts: vec![
            account("Aino", Role::Lead, true),
            account("Jonas", Role::Agent, true),
            account("Ruth", Role::Auditor, true),
            account("Piet", Role::Subcontractor, false),
        ],
        tokens: vec![reviews::TokenRow {
            name: "newsletter".into(),
            scopes: vec!["suppressions", "links"],
            since: at,
            last_used_on: None,
        }],
        keys: vec![
            key("key-file", "m-4f9c2d", "master"),
            key("install-keys", "example.burndown.plus", "connect-keys"),
            key("mailbox", "support", "privacy@imap.northwind.example"),
        ],
        reviews: vec![reviews::ReviewRow {
            at,
            by: Some("Aino Salo".into()),
            accounts: 3,
            tokens: 1,
            is_current,
        }],
        due_on: jiff::civil::date(2026, 11, 28),
        is_late,
    };
    let page = |access: &Access, may_review| {
        filled(
            frame(lang, Nav::Registers),
            access,
            may_review,
            |lang, _| moment(lang, 1, 9),
            |lang, _| lang.date_medium(jiff::civil::date(2026, 6, 1)),
        )
    };
    let never = Access {
        reviews: Vec::new(),
        tokens: Vec::new(),
        ..access(false, false)
    };
    vec![
        sample("access", &page(&access(false, true), true)),
        sample("access-late", &page(&access(true, false), true)),
        sample("access-never", &page(&never, false)),
    ]
}

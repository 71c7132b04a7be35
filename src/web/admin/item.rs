//! `/admin/requests/{reference}/items/{item}`: change what becomes of one record, or say whether it
//! is about this person at all.

use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use super::parts::{Choice, Fact, HoldNotice, person};
use super::{Trouble, alert, field, item_id, request_path, status};
use crate::{
    actions::{
        self,
        decide::ItemChoice,
        queries::cases::{self, FoundItem},
        words,
    },
    app::App,
    domain::{
        ids::RunItemId,
        reference::Reference,
        request::{DecisionError, Kind},
        run::RunState,
        store::{Ground, Match},
    },
    i18n::Lang,
    web::{
        error::WebResult,
        extract::{CsrfForm, SignedIn, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/item.html")]
struct ItemPage {
    frame: StaffFrame,
    reference: String,
    version: i32,
    /// Whether it can be changed now; the alert says why not.
    may: bool,
    kind: Kind,
    person: String,
    item: String,
    key: String,
    /// What the record is and holds, and by what it was matched.
    facts: Vec<Fact>,
    errors: Errors,
    /// The error of the radio buttons, whose id is that of the first.
    action: Field,
    ask: Ask,
    /// The legal holds on the person: nothing can be set to go now.
    hold: Option<HoldNotice>,
}

impl ItemPage {
    /// The name of the first radio button.
    fn erase(&self) -> &'static str {
        if self.hold.is_some() {
            "later"
        } else {
            "erase"
        }
    }
}

/// What staff are asked about the record.
enum Ask {
    /// A possible match: yes or no.
    Candidate,
    /// Erase it, or keep it on a ground.
    Decision {
        keeps: bool,
        /// What is decided now.
        now: String,
        /// The grounds of Art. 17(3), and the one of the retention rules.
        grounds: Vec<Choice>,
        ground: Field,
        /// Kept until; ISO date.
        until: Field,
        /// Why it departs from the proposal; stays inside.
        reason: Field,
    },
}

/// What the form sends.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    action: String,
    #[serde(default)]
    ground: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    reason: String,
}

impl Typed {
    /// What is wanted, or the field that does not say it.
    fn choice(&self) -> Result<ItemChoice, Trouble> {
        match self.action.as_str() {
            "same" | "erase" => Ok(ItemChoice::Erase),
            "later" => Ok(ItemChoice::EraseAfterHold),
            "other" | "leave" => Ok(ItemChoice::Leave),
            "keep" => {
                let ground = self
                    .ground
                    .parse()
                    .map_err(|_| Trouble::Field("ground", "admin-item-no-ground"))?;
                let until = match self.until.trim() {
                    "" => None,
                    date => Some(
                        date.parse()
                            .map_err(|_| Trouble::Field("until", "admin-date-wrong"))?,
                    ),
                };
                Ok(ItemChoice::Keep(ground, until))
            }
            _ => Err(Trouble::Field("action", "admin-item-no-choice")),
        }
    }
}

/// GET /admin/requests/{reference}/items/{item}
pub async fn show(app: Data<App>, me: SignedIn, path: Path<(Reference, String)>) -> WebResult {
    page(&app, &me, path.0, item_id(&path.1)?, None, None).await
}

/// POST /admin/requests/{reference}/items/{item}
pub async fn update(
    app: Data<App>,
    me: SignedIn,
    path: Path<(Reference, String)>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> WebResult {
    let (reference, item) = (path.0, item_id(&path.1)?);
    let decided = match typed.choice() {
        Ok(choice) => {
            actions::decide::decide_item(&app, &me.actor, reference, item, choice, &typed.reason)
                .await
                .map_err(Trouble::of)
        }
        Err(trouble) => Err(Ok(trouble)),
    };
    match decided {
        Ok(()) => Ok(see_other_saying(
            &app,
            &request_path(reference),
            "admin-done-item",
        )),
        Err(trouble) => page(&app, &me, reference, item, Some(&typed), Some(trouble?)).await,
    }
}

async fn page(
    app: &App,
    me: &SignedIn,
    reference: Reference,
    item: RunItemId,
    typed: Option<&Typed>,
    trouble: Option<Trouble>,
) -> WebResult {
    let (case, found) = cases::item(app, &me.actor, reference, item).await?;
    let mut frame = me.frame(app, Nav::Queue, Foot::Person).await?;
    let (lang, request) = (frame.lang, &case.opened.request);
    let open = match case.run.as_ref().map(|run| run.state) {
        Some(RunState::Searching | RunState::Proposed) => true,
        Some(RunState::Running | RunState::Halted) => found.item.decision == "undecided",
        Some(RunState::Done | RunState::Cancelled) | None => false,
    };
    let possible = if open {
        Ok(())
    } else {
        Err(DecisionError::RunStarted)
    };
    alert(&mut frame, trouble, possible);
    let typed_action = typed.map_or("", |typed| typed.action.as_str());
    let mut action = field(lang, trouble, "action", typed_action);
    if let (Some(Trouble::Field("reason", _)), true) = (trouble, found.item.decision == "undecided")
    {
        action = action.wrong(lang.text("admin-item-no-choice"));
    }
    let ask = ask(app, lang, &found, typed, trouble);
    let errors = match &ask {
        Ask::Candidate => Errors::of([("action-same", &action)]),
        Ask::Decision {
            ground,
            until,
            reason,
            ..
        } => Errors::of([
            (
                if case.hold.is_some() {
                    "action-later"
                } else {
                    "action-erase"
                },
                &action,
            ),
            ("ground", ground),
            ("until", until),
            ("reason", reason),
        ]),
    };
    let template = ItemPage {
        reference: reference.to_string(),
        version: request.version.0,
        may: possible.is_ok(),
        kind: request.kind,
        person: person(lang, &case.opened),
        item: item.to_string(),
        key: found
            .described
            .as_ref()
            .map_or_else(|| found.item.key.0.clone(), |words| words.label.clone()),
        facts: facts(app, lang, &found),
        errors,
        action,
        ask,
        hold: case.hold.as_ref().map(|hold| HoldNotice::of(lang, hold)),
        frame,
    };
    me.page(app, status(trouble), &template)
}

fn ask(
    app: &App,
    lang: Lang,
    found: &FoundItem,
    typed: Option<&Typed>,
    trouble: Option<Trouble>,
) -> Ask {
    if found.item.decision == "undecided" {
        return Ask::Candidate;
    }
    let keeps = found.item.decision == "keep";
    let until = found
        .item
        .keep_until
        .map(|date| date.to_string())
        .unwrap_or_default();
    let ground = found.item.ground.clone().unwrap_or_default();
    let (keeps, ground, until, reason) = match typed {
        Some(typed) => (
            typed.action == "keep",
            typed.ground.clone(),
            typed.until.clone(),
            typed.reason.as_str(),
        ),
        None => (keeps, ground, until, ""),
    };
    let reason = match trouble {
        Some(Trouble::Field("reason", _)) => {
            Field::default().wrong(lang.text("admin-item-no-reason"))
        }
        _ => Field::new(reason),
    };
    Ask::Decision {
        keeps,
        now: decided(app, lang, found),
        grounds: Ground::ALL
            .iter()
            .map(|each| Choice {
                value: each.to_string(),
                label: format!("{} ({})", words::ground(app, lang, *each), each.article()),
                chosen: ground == each.as_str(),
            })
            .collect(),
        ground: field(lang, trouble, "ground", &ground),
        until: field(lang, trouble, "until", &until),
        reason,
    }
}

/// What is decided of a record, in words.
fn decided(app: &App, lang: Lang, found: &FoundItem) -> String {
    let item = &found.item;
    match item.decision.as_str() {
        "erase" => lang.text("admin-erase"),
        "leave" => lang.text("admin-not-theirs"),
        _ => {
            let ground = item
                .ground
                .as_deref()
                .and_then(|ground| ground.parse().ok());
            let ground = ground.map_or_else(String::new, |ground| words::ground(app, lang, ground));
            match item.keep_until {
                Some(until) => {
                    let until = lang.text_with(
                        "admin-keep-until",
                        &[("date", lang.date_medium(until).into())],
                    );
                    format!("{until}. {ground}")
                }
                None => format!("{}. {ground}", lang.text("admin-keep")),
            }
        }
    }
}

fn facts(app: &App, lang: Lang, found: &FoundItem) -> Vec<Fact> {
    let fact = |term: &str, value: String| Fact {
        term: lang.text(term),
        value,
    };
    let mut facts = vec![
        fact(
            "admin-col-store",
            words::store(app, lang, &found.item.store),
        ),
        fact("admin-col-what", words::item_kind(lang, found.item.kind)),
    ];
    if let Some(described) = &found.described {
        let holds: Vec<String> = described
            .holds
            .iter()
            .map(|name| words::held(lang, name))
            .collect();
        facts.push(fact("admin-col-note", described.note.clone()));
        facts.push(fact("admin-col-holds", lang.list(&holds)));
    }
    facts.push(fact("admin-col-matched", matched(lang, found.item.matched)));
    facts
}

/// How sure a match is, in words.
pub(super) fn matched(lang: Lang, matched: Match) -> String {
    lang.text(match matched {
        Match::Sure => "admin-match-exact",
        Match::Candidate => "admin-match-possible",
    })
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{choices, facts, frame, sample};

    let page = |ask, action: Field| ItemPage {
        frame: StaffFrame {
            foot: crate::web::frame_admin::Foot::Person,
            ..frame(lang, Nav::Queue)
        },
        reference: "7K4M-2QX9".into(),
        version: 4,
        may: true,
        kind: Kind::Erasure,
        person: "Marta Kowalska".into(),
        item: "0197a3".into(),
        key: "AT-118240331-2".into(),
        facts: facts(&[
            ("Store", "Licences"),
            ("What it is", "Sale of 14 Mar 2024"),
            ("Holds", "Billing contact: name, email"),
            ("Matched by", "Exact address"),
        ]),
        errors: Errors::of([("action-erase", &action)]),
        action,
        ask,
        hold: None,
    };
    let decision = |reason| Ask::Decision {
        keeps: true,
        now: "Keep to 31 Dec 2031".into(),
        grounds: choices(&[
            "Tax law, AWR art. 52 (Art. 17(3)(b))",
            "Legal claims (Art. 17(3)(e))",
        ]),
        ground: Field::default(),
        until: Field::new("2031-12-31"),
        reason,
    };
    vec![
        sample("item", &page(decision(Field::default()), Field::default())),
        sample(
            "item-wrong",
            &page(
                decision(Field::default().wrong(lang.text("admin-item-no-reason"))),
                Field::default().wrong(lang.text("admin-item-no-choice")),
            ),
        ),
        sample(
            "item-held",
            &ItemPage {
                hold: Some(HoldNotice::sample(lang, true)),
                ..page(decision(Field::default()), Field::default())
            },
        ),
        sample("item-candidate", &page(Ask::Candidate, Field::default())),
    ]
}

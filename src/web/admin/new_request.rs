//! `/admin/requests/new`: a request that came by phone, letter, mail or in person. The clock runs
//! from the day it arrived, not from the day it is typed in.

use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use super::parts::Choice;
use super::{Trouble, field, request_path, status};
use crate::{
    actions::{self, submit::Entered, submit::MAX_DETAILS, submit::MAX_VALUE, words},
    app::App,
    domain::{
        email::Email,
        request::{self, Asked, Kind, Proof, Via},
        staff::Permission,
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
#[template(path = "admin/new_request.html")]
struct NewRequest {
    frame: StaffFrame,
    errors: Errors,
    kinds: Vec<Choice>,
    /// The error of the kinds, which carry the choice themselves; so with the next ones.
    kind: Field,
    email: Field,
    name: Field,
    /// ISO date.
    received_on: Field,
    channels: Vec<Choice>,
    channel: Field,
    proofs: Vec<Choice>,
    proof: Field,
    /// How staff checked the identity; only for that proof.
    checked_how: Field,
    /// The authority of someone who acts for another person; may be empty.
    authority: Field,
    /// The languages that they can be answered in.
    langs: Vec<Choice>,
    /// For a correction: the right values, field by field.
    changes: Vec<Change>,
    details: Field,
}

/// A right value of a correction.
struct Change {
    /// Names the field of the form: `new-{id}`.
    id: &'static str,
    name: String,
    value: String,
}

/// What the form sends.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    kind: String,
    email: String,
    name: String,
    lang: String,
    channel: String,
    received_on: String,
    proof: String,
    checked_how: String,
    authority: String,
    details: String,
    #[serde(rename = "new-name")]
    new_name: String,
    #[serde(rename = "new-email")]
    new_email: String,
    #[serde(rename = "new-phone")]
    new_phone: String,
    #[serde(rename = "new-company")]
    new_company: String,
    #[serde(rename = "new-address")]
    new_address: String,
}

impl Typed {
    fn changes(&self) -> [(request::Field, &str); 5] {
        use request::Field as F;
        [
            (F::Name, self.new_name.trim()),
            (F::Email, self.new_email.trim()),
            (F::Phone, self.new_phone.trim()),
            (F::Company, self.new_company.trim()),
            (F::Address, self.new_address.trim()),
        ]
    }

    /// What was entered, or the field that cannot be right.
    fn entered(&self, app: &App) -> Result<Entered, Trouble> {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let kind: Kind = self
            .kind
            .parse()
            .map_err(|_| Trouble::Field("kind", "admin-new-no-kind"))?;
        let email = Email::parse(&self.email)
            .map_err(|_| Trouble::Field("email", "admin-staff-email-wrong"))?;
        let via = self
            .channel
            .parse()
            .ok()
            .filter(|via| CHANNELS.contains(via));
        let via = via.ok_or(Trouble::Field("channel", "admin-new-no-channel"))?;
        let received_on = self
            .received_on
            .parse()
            .map_err(|_| Trouble::Field("received_on", "admin-date-wrong"))?;
        let proof = match (self.proof.as_str(), some(&self.authority)) {
            ("mail", _) => None,
            ("staff", None) => Some(Proof::Staff),
            ("staff", Some(_)) => Some(Proof::Authority),
            _ => return Err(Trouble::Field("proof", "admin-new-no-proof")),
        };
        if self.details.chars().count() > MAX_DETAILS {
            return Err(Trouble::Field("details", "error-text-long"));
        }
        if self.name.chars().count() > MAX_VALUE {
            return Err(Trouble::Field("name", "admin-value-long"));
        }
        let changes = self
            .changes()
            .into_iter()
            .filter(|(_, value)| !value.is_empty());
        let changes: Vec<_> = if kind == Kind::Rectification {
            changes
                .map(|(field, value)| (field.to_string(), value.to_owned()))
                .collect()
        } else {
            Vec::new()
        };
        let checked = [some(&self.checked_how), some(&self.authority)]
            .into_iter()
            .flatten();
        let asked = Asked {
            email: email.as_str().to_owned(),
            name: some(&self.name),
            details: some(&self.details),
            only_some: false,
            changes,
            checked: Some(checked.collect::<Vec<_>>().join("; ")).filter(|words| !words.is_empty()),
        };
        let lang = Lang::from_tag(&self.lang).unwrap_or(app.config.vendor.language);
        Ok(Entered {
            kind,
            email,
            asked,
            lang,
            via,
            received_on,
            proof,
        })
    }
}

/// The ways by which staff hear of a request.
const CHANNELS: [Via; 4] = [Via::Phone, Via::Letter, Via::Mail, Via::InPerson];

/// GET /admin/requests/new
pub async fn show(app: Data<App>, me: SignedIn) -> WebResult {
    me.actor
        .may(Permission::Enter)
        .map_err(actions::ActionError::from)?;
    let lang = app.config.vendor.language.tag().to_owned();
    let typed = Typed {
        received_on: app.today().to_string(),
        lang,
        ..Typed::default()
    };
    page(&app, &me, &typed, None).await
}

/// POST /admin/requests/new
pub async fn create(app: Data<App>, me: SignedIn, CsrfForm(typed): CsrfForm<Typed>) -> WebResult {
    let entered = match typed.entered(&app) {
        Ok(entered) => entered,
        Err(trouble) => return page(&app, &me, &typed, Some(trouble)).await,
    };
    match actions::submit::enter(&app, &me.actor, entered).await {
        Ok(request) => Ok(see_other_saying(
            &app,
            &request_path(request.reference),
            "admin-done-entered",
        )),
        Err(error) => page(&app, &me, &typed, Some(Trouble::of(error)?)).await,
    }
}

async fn page(app: &App, me: &SignedIn, typed: &Typed, trouble: Option<Trouble>) -> WebResult {
    let lang = me.visitor.lang;
    let fields = [
        ("kind", &typed.kind),
        ("email", &typed.email),
        ("name", &typed.name),
        ("channel", &typed.channel),
        ("received_on", &typed.received_on),
        ("proof", &typed.proof),
        ("checked_how", &typed.checked_how),
        ("authority", &typed.authority),
        ("details", &typed.details),
    ];
    let [
        kind,
        email,
        name,
        channel,
        received_on,
        proof,
        checked_how,
        authority,
        details,
    ] = fields.map(|(id, value)| field(lang, trouble, id, value));
    let errors = Errors::of([
        ("kind-access", &kind),
        ("email", &email),
        ("name", &name),
        ("channel-phone", &channel),
        ("received_on", &received_on),
        ("proof-mail", &proof),
        ("checked_how", &checked_how),
        ("details", &details),
    ]);
    let template = NewRequest {
        frame: me.frame(app, Nav::Queue, Foot::NoData).await?,
        errors,
        kinds: Kind::ALL
            .iter()
            .map(|each| {
                Choice::worded(
                    lang,
                    "admin-kind",
                    "kind",
                    each.as_str(),
                    typed.kind == each.as_str(),
                )
            })
            .collect(),
        channels: CHANNELS
            .map(|via| {
                Choice::worded(
                    lang,
                    "admin-channel",
                    "channel",
                    via.as_str(),
                    typed.channel == via.as_str(),
                )
            })
            .into(),
        proofs: ["mail", "staff"]
            .map(|each| Choice::worded(lang, "admin-proof", "proof", each, typed.proof == each))
            .into(),
        langs: Lang::all()
            .iter()
            .map(|each| Choice {
                value: each.tag().to_owned(),
                label: each.name().to_owned(),
                chosen: typed.lang == each.tag(),
            })
            .collect(),
        changes: typed
            .changes()
            .map(|(field, value)| Change {
                id: field.as_str(),
                name: words::field(lang, field),
                value: value.to_owned(),
            })
            .into(),
        kind,
        email,
        name,
        received_on,
        channel,
        proof,
        checked_how,
        authority,
        details,
    };
    me.page(app, status(trouble), &template)
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, sample};

    let choice = |id: &str, key: &'static str, value: &str, chosen| Choice {
        value: value.into(),
        label: lang.text_with(id, &[(key, value.into())]),
        chosen,
    };
    let page = |email: Field, proof: Field| NewRequest {
        frame: frame(lang, Nav::Queue),
        errors: Errors::of([("email", &email), ("proof-mail", &proof)]),
        kinds: ["access", "rectification", "erasure", "objection"]
            .map(|kind| choice("admin-kind", "kind", kind, kind == "erasure"))
            .into(),
        kind: Field::default(),
        email,
        name: Field::default(),
        received_on: Field::new("2026-12-10"),
        channels: ["phone", "letter", "mail", "in_person"]
            .map(|channel| choice("admin-channel", "channel", channel, channel == "phone"))
            .into(),
        channel: Field::default(),
        proofs: ["mail", "staff"]
            .map(|proof| choice("admin-proof", "proof", proof, false))
            .into(),
        proof,
        checked_how: Field::default(),
        authority: Field::default(),
        langs: vec![Choice {
            value: "en".into(),
            label: "English".into(),
            chosen: true,
        }],
        changes: vec![Change {
            id: "name",
            name: lang.text("field-name"),
            value: "Marta Lund".into(),
        }],
        details: Field::default(),
    };
    let wrong = page(
        Field::new("marta@").wrong(lang.text("admin-staff-email-wrong")),
        Field::default().wrong(lang.text("admin-new-no-proof")),
    );
    vec![
        sample("new-request", &page(Field::default(), Field::default())),
        sample("new-request-wrong", &wrong),
    ]
}

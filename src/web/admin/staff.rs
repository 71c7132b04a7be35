//! `/admin/staff`: who has an account, with which role, and until when.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use serde::Deserialize;

use super::parts::Choice;
use super::sign_in::Nothing;
use super::{Trouble, field, status};
use crate::{
    actions::{
        self, ActionError, factors,
        staff::{Listed, NewStaff},
    },
    app::App,
    auth::{password::Password, token::Token},
    domain::{email::Email, ids::StaffId, staff::Role},
    i18n::Lang,
    web::{
        error::{WebError, WebResult},
        extract::{CsrfForm, SignedIn, see_other_saying},
        forms::{Errors, Field},
        frame_admin::{Foot, Nav, StaffFrame},
    },
};

#[derive(Template)]
#[template(path = "admin/staff.html")]
struct Staff {
    frame: StaffFrame,
    accounts: Vec<Account>,
    errors: Errors,
    email: Field,
    name: Field,
    /// The error of the select; the roles carry the choice.
    role: Field,
    roles: Vec<Choice>,
    /// Of a subcontractor's contract (Art. 28(3)).
    contract: Field,
    /// ISO date on which a subcontractor's account ends by itself.
    ends_on: Field,
}

struct Account {
    id: String,
    name: String,
    email: String,
    role: Role,
    /// `Contract 2026-14, ends 31 Dec 2026`; empty for employees.
    terms: String,
    is_active: bool,
    /// The own account and the last administrator's cannot be deactivated.
    may_deactivate: bool,
    has_factor: bool,
    /// One's own is removed on a page of its own, with password and code.
    may_remove_factor: bool,
}

/// The page after an account was added: the only one that ever shows its password.
#[derive(Template)]
#[template(path = "admin/new_account.html")]
struct NewAccount {
    frame: StaffFrame,
    name: String,
    email: String,
    password: String,
}

/// The page before an account is switched off.
#[derive(Template)]
#[template(path = "admin/deactivation.html")]
struct Deactivation {
    frame: StaffFrame,
    id: String,
    name: String,
    /// Open requests that are assigned to them and then to nobody.
    open: i64,
}

/// The page before somebody's second factor is removed.
#[derive(Template)]
#[template(path = "admin/factor_removal.html")]
struct FactorRemoval {
    frame: StaffFrame,
    id: String,
    name: String,
    errors: Errors,
    reason: Field,
}

/// What the form of that page sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Reason {
    reason: String,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    email: String,
    name: String,
    role: String,
    contract: String,
    ends_on: String,
}

impl Typed {
    fn account(&self) -> Result<NewStaff, Trouble> {
        let role = self
            .role
            .parse()
            .map_err(|_| Trouble::Field("role", "admin-staff-no-role"))?;
        let until_on = match self.ends_on.trim() {
            "" => None,
            date => Some(
                date.parse()
                    .map_err(|_| Trouble::Field("ends_on", "admin-date-wrong"))?,
            ),
        };
        Ok(NewStaff {
            email: Email::parse(&self.email)
                .map_err(|_| Trouble::Field("email", "admin-staff-email-wrong"))?,
            name: self.name.clone(),
            role,
            contract: Some(self.contract.trim().to_owned()).filter(|contract| !contract.is_empty()),
            until_on,
        })
    }
}

/// GET /admin/staff
pub async fn show(app: Data<App>, me: SignedIn) -> WebResult {
    let typed = Typed {
        role: Role::Agent.to_string(),
        ..Typed::default()
    };
    page(&app, &me, &typed, None).await
}

/// POST /admin/staff
pub async fn create(app: Data<App>, me: SignedIn, CsrfForm(typed): CsrfForm<Typed>) -> WebResult {
    let new = match typed.account() {
        Ok(new) => new,
        Err(trouble) => return page(&app, &me, &typed, Some(trouble)).await,
    };
    let first = Token::random();
    let password = Password::parse(first.as_str()).map_err(|_| WebError::Form)?;
    match actions::staff::add(&app, &me.actor, new, password).await {
        Ok(account) => {
            let template = NewAccount {
                frame: me.frame(&app, Nav::Staff, Foot::NoData).await?,
                name: account.name,
                email: account.email.as_str().to_owned(),
                password: first.as_str().to_owned(),
            };
            me.page(&app, StatusCode::OK, &template)
        }
        Err(error) => page(&app, &me, &typed, Some(Trouble::of(error)?)).await,
    }
}

async fn page(app: &App, me: &SignedIn, typed: &Typed, trouble: Option<Trouble>) -> WebResult {
    let lang = me.visitor.lang;
    let accounts = actions::staff::list(app, &me.actor).await?;
    let fields = [
        ("email", &typed.email),
        ("name", &typed.name),
        ("role", &typed.role),
        ("contract", &typed.contract),
        ("ends_on", &typed.ends_on),
    ];
    let [email, name, role, contract, ends_on] =
        fields.map(|(id, value)| field(lang, trouble, id, value));
    let template = Staff {
        frame: me.frame(app, Nav::Staff, Foot::NoData).await?,
        accounts: accounts
            .iter()
            .map(|account| row(lang, me, account))
            .collect(),
        errors: Errors::of([
            ("email", &email),
            ("name", &name),
            ("role", &role),
            ("contract", &contract),
            ("ends_on", &ends_on),
        ]),
        email,
        name,
        role,
        roles: Role::ALL
            .iter()
            .map(|each| {
                Choice::worded(
                    lang,
                    "admin-role-named",
                    "role",
                    each.as_str(),
                    typed.role == each.as_str(),
                )
            })
            .collect(),
        contract,
        ends_on,
    };
    me.page(app, status(trouble), &template)
}

fn row(lang: Lang, me: &SignedIn, listed: &Listed) -> Account {
    let account = &listed.staff;
    let terms = account
        .contract
        .as_ref()
        .zip(account.until_on)
        .map(|(contract, until)| {
            let date = lang.date_short(until);
            lang.text_with(
                "admin-staff-terms",
                &[("contract", contract.into()), ("date", date.into())],
            )
        });
    Account {
        id: account.id.to_string(),
        name: account.name.clone(),
        email: account.email.as_str().to_owned(),
        role: account.role,
        terms: terms.unwrap_or_default(),
        is_active: account.active,
        may_deactivate: account.active && account.id != me.staff.id,
        has_factor: listed.has_factor,
        may_remove_factor: listed.has_factor && account.id != me.staff.id,
    }
}

/// GET /admin/staff/{id}/deactivation
pub async fn deactivation(app: Data<App>, me: SignedIn, id: Path<String>) -> WebResult {
    let id: StaffId = id.parse().map_err(|_| WebError::NotFound)?;
    let accounts = actions::staff::list(&app, &me.actor).await?;
    let other = |of: &Listed| of.staff.id == id && of.staff.active && id != me.staff.id;
    let account = accounts.into_iter().find(other);
    let account = account.ok_or(ActionError::NotFound)?;
    let template = Deactivation {
        frame: me.frame(&app, Nav::Staff, Foot::NoData).await?,
        id: id.to_string(),
        name: account.staff.name,
        open: account.open,
    };
    me.page(&app, StatusCode::OK, &template)
}

/// POST /admin/staff/{id}/deactivation
pub async fn deactivate(
    app: Data<App>,
    me: SignedIn,
    id: Path<String>,
    _: CsrfForm<Nothing>,
) -> WebResult {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    actions::staff::deactivate(&app, &me.actor, id).await?;
    Ok(see_other_saying(
        &app,
        "/admin/staff",
        "admin-done-deactivated",
    ))
}

/// GET /admin/staff/{id}/second-factor
pub async fn ask_factor_removal(app: Data<App>, me: SignedIn, id: Path<String>) -> WebResult {
    factor_removal(&app, &me, &id, &Reason::default(), None).await
}

/// POST /admin/staff/{id}/second-factor
pub async fn remove_factor(
    app: Data<App>,
    me: SignedIn,
    id: Path<String>,
    CsrfForm(typed): CsrfForm<Reason>,
) -> WebResult {
    let of = id.parse().map_err(|_| WebError::NotFound)?;
    match factors::remove(&app, &me.actor, of, &typed.reason).await {
        Ok(()) => Ok(see_other_saying(
            &app,
            "/admin/staff",
            "admin-done-factor-removed",
        )),
        Err(error) => factor_removal(&app, &me, &id, &typed, Some(Trouble::of(error)?)).await,
    }
}

async fn factor_removal(
    app: &App,
    me: &SignedIn,
    id: &str,
    typed: &Reason,
    trouble: Option<Trouble>,
) -> WebResult {
    let id: StaffId = id.parse().map_err(|_| WebError::NotFound)?;
    let accounts = actions::staff::list(app, &me.actor).await?;
    let other = |of: &Listed| of.staff.id == id && of.has_factor && id != me.staff.id;
    let account = accounts.into_iter().find(other);
    let reason = field(me.visitor.lang, trouble, "reason", &typed.reason);
    let template = FactorRemoval {
        frame: me.frame(app, Nav::Staff, Foot::NoData).await?,
        id: id.to_string(),
        name: account.ok_or(ActionError::NotFound)?.staff.name,
        errors: Errors::of([("reason", &reason)]),
        reason,
    };
    me.page(app, status(trouble), &template)
}

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, sample};

    let terms = lang.text_with(
        "admin-staff-terms",
        &[
            ("contract", "2026-14".into()),
            (
                "date",
                lang.date_short(jiff::civil::date(2026, 12, 31)).into(),
            ),
        ],
    );
    let account = |name: &str, email: &str, role, terms: &str, is_active| Account {
        id: "0197b1".into(),
        name: name.into(),
        email: email.into(),
        role,
        terms: terms.into(),
        is_active,
        may_deactivate: is_active && role != Role::Lead,
        has_factor: is_active && role != Role::Auditor,
        may_remove_factor: is_active && role == Role::Agent,
    };
    let role = |role: Role| Choice {
        value: role.as_str().into(),
        label: lang.text_with("admin-role-named", &[("role", role.as_str().into())]),
        chosen: role == Role::Agent,
    };
    let page = |email: Field, contract: Field| Staff {
        frame: frame(lang, Nav::Staff),
        accounts: vec![
            account("Aino Salo", "aino@northwind.example", Role::Lead, "", true),
            account(
                "Jonas Weber",
                "jonas@northwind.example",
                Role::Agent,
                "",
                true,
            ),
            account(
                "Priya Raman",
                "priya@raman-audit.example",
                Role::Auditor,
                "",
                true,
            ),
            account(
                "Tom Okoye",
                "tom@desk24.example",
                Role::Subcontractor,
                &terms,
                true,
            ),
            account(
                "Lena Brandt",
                "lena@northwind.example",
                Role::Administrator,
                "",
                false,
            ),
        ],
        errors: Errors::of([("email", &email), ("contract", &contract)]),
        email,
        name: Field::default(),
        role: Field::default(),
        roles: [
            Role::Agent,
            Role::Lead,
            Role::Administrator,
            Role::Auditor,
            Role::Subcontractor,
        ]
        .map(role)
        .into(),
        contract,
        ends_on: Field::default(),
    };
    let wrong = page(
        Field::new("tom@").wrong(lang.text("admin-staff-email-wrong")),
        Field::default().wrong(lang.text("admin-staff-no-contract")),
    );
    let deactivation = Deactivation {
        frame: frame(lang, Nav::Staff),
        id: "0197b1".into(),
        name: "Jonas Weber".into(),
        open: 6,
    };
    let removal = |reason: Field| FactorRemoval {
        frame: frame(lang, Nav::Staff),
        id: "0197b1".into(),
        name: "Jonas Weber".into(),
        errors: Errors::of([("reason", &reason)]),
        reason,
    };
    vec![
        sample("staff", &page(Field::default(), Field::default())),
        sample("staff-wrong", &wrong),
        sample("deactivation", &deactivation),
        sample("factor-removal", &removal(Field::default())),
        sample(
            "factor-removal-wrong",
            &removal(Field::default().wrong(lang.text("admin-factor-no-reason"))),
        ),
        sample(
            "new-account",
            &NewAccount {
                frame: frame(lang, Nav::Staff),
                name: "Tom Okoye".into(),
                email: "tom@desk24.example".into(),
                password: "k3Vw9QxTz0LmPa7RbYc2".into(),
            },
        ),
    ]
}

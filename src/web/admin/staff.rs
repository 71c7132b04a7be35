//! `/admin/staff`: who has an account, with which role, and until when.

use askama::Template;

use super::parts::Choice;
use crate::{
    domain::staff::Role,
    web::{
        forms::{Errors, Field},
        frame_admin::{Nav, StaffFrame},
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
    /// `Today, 10:31`, or empty for never.
    last_seen: String,
    is_active: bool,
    /// The own account and the last administrator's cannot be deactivated.
    may_deactivate: bool,
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

#[cfg(test)]
pub(super) fn samples(lang: crate::i18n::Lang) -> Vec<super::samples::Sample> {
    use super::samples::{frame, moment, sample};

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
        last_seen: if is_active {
            moment(lang, 10, 9).when
        } else {
            String::new()
        },
        is_active,
        may_deactivate: is_active && role != Role::Lead,
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
    vec![
        sample("staff", &page(Field::default(), Field::default())),
        sample("staff-wrong", &wrong),
        sample("deactivation", &deactivation),
    ]
}

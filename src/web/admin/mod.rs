//! Staff pages: a page struct beside its handler, a template each. A handler parses, calls an
//! action and renders; it decides nothing, and a page shows only what its struct allows.

pub mod acceptance;
pub mod access;
pub mod audit;
pub mod copies;
pub mod extension;
pub mod holds;
pub mod installations;
pub mod item;
pub mod live;
pub mod mail;
pub mod message;
pub mod new_request;
pub mod objections;
pub mod overview;
mod parts;
pub mod password;
pub mod people;
pub mod question;
pub mod queue;
pub mod rectification;
pub mod refusal;
pub mod registers;
pub mod request;
pub mod retention;
pub mod run;
#[cfg(test)]
mod samples;
pub mod second_factor;
pub mod sign_in;
pub mod staff;
pub mod statement;
pub mod stores;
pub mod task;
#[cfg(test)]
mod tests;

use actix_web::http::StatusCode;

use super::error::WebError;
use super::extract::SignedIn;
use super::forms::Field;
use super::frame_admin::{Foot, Nav, Register, StaffFrame};
use crate::actions::submit::MAX_DETAILS;
use crate::actions::{ActionError, queries};
use crate::app::App;
use crate::domain::ids::RunItemId;
use crate::domain::reference::Reference;
use crate::domain::request::DecisionError;
use crate::domain::staff::{Permission, Standing};
use crate::i18n::Lang;

/// What the page after a deed may say.
const DONE: &[&str] = &[
    "admin-done-accepted",
    "admin-done-proposed",
    "admin-done-refused",
    "admin-done-extended",
    "admin-done-asked",
    "admin-done-message",
    "admin-done-note",
    "admin-done-assigned",
    "admin-done-item",
    "admin-done-retried",
    "admin-done-handed-over",
    "admin-done-task",
    "admin-done-entered",
    "admin-done-deactivated",
    "admin-done-mail",
    "admin-done-letter",
    "admin-mail-no-words",
    "admin-done-objected",
    "admin-done-lifted",
    "admin-done-sweep",
    "admin-done-settled",
    "admin-done-hold-placed",
    "admin-done-hold-reviewed",
    "admin-done-hold-completed",
    "admin-done-hold-lifted",
    "admin-done-copy-entered",
    "admin-done-copy-extended",
    "admin-done-copy-destroyed",
    "admin-done-access-reviewed",
    "admin-done-lifecycle",
    "admin-done-announced",
    "admin-done-not-announced",
    "admin-done-notice",
    "admin-done-factor-removed",
    "admin-done-own-factor-removed",
];

impl SignedIn {
    /// What stands around a page of this person.
    ///
    /// # Errors
    /// [`WebError::Action`] if the database cannot be asked.
    pub async fn frame(&self, app: &App, nav: Nav, foot: Foot) -> Result<StaffFrame, WebError> {
        let lang = self.visitor.lang;
        let open = match self.standing {
            Standing::Whole => queries::desk::open_count(app, &self.actor).await?,
            Standing::NeedsCode | Standing::NeedsFactor => None,
        };
        let said = DONE.iter().find(|id| self.flash.as_deref() == Some(id));
        Ok(StaffFrame {
            lang,
            vendor: app.config.vendor.name.clone(),
            nav,
            queue_count: open.map(|open| lang.number(open)),
            sees_mail: self.may(Permission::Enter),
            sees_stores: self.may(Permission::Stores),
            registers: Register::ALL
                .into_iter()
                .filter(|register| self.may(register.permission()))
                .collect(),
            sees_audit: self.may(Permission::Audit),
            sees_staff: self.may(Permission::Staff),
            who: self.staff.name.clone(),
            role: self.staff.role,
            csrf: self.visitor.csrf(app),
            foot,
            flash: said.map(|id| lang.text(id)),
            alert: None,
        })
    }

    /// Whether the role allows it, to whoever has signed in the whole way; pages offer nothing else.
    pub fn may(&self, permission: Permission) -> bool {
        self.standing == Standing::Whole && self.actor.may(permission).is_ok()
    }
}

/// Why a form is shown again.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// A field, and the message that says what is wrong with it.
    Field(&'static str, &'static str),
    /// The request is not in a state for it.
    Decision(DecisionError),
}

impl Trouble {
    /// What a form can be shown again for; everything else is a page of its own.
    fn of(error: ActionError) -> Result<Trouble, WebError> {
        match error {
            ActionError::Invalid { field, message } => Ok(Trouble::Field(field, message)),
            ActionError::Decision(why) => Ok(Trouble::Decision(why)),
            other => Err(other.into()),
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Trouble::Field(..) => StatusCode::UNPROCESSABLE_ENTITY,
            Trouble::Decision(_) => StatusCode::CONFLICT,
        }
    }

    /// Marks a field, if it is the one.
    fn mark(self, lang: Lang, name: &str, field: Field) -> Field {
        match self {
            Trouble::Field(wrong, message) if wrong == name => field.wrong(text(lang, message)),
            Trouble::Field(..) | Trouble::Decision(_) => field,
        }
    }
}

/// The status of a page that may be shown for a trouble.
fn status(trouble: Option<Trouble>) -> StatusCode {
    trouble.map_or(StatusCode::OK, Trouble::status)
}

/// A field with what was typed, marked if it is the wrong one.
fn field(lang: Lang, trouble: Option<Trouble>, name: &str, typed: &str) -> Field {
    let field = Field::new(typed);
    match trouble {
        Some(trouble) => trouble.mark(lang, name, field),
        None => field,
    }
}

/// Puts the reason above the page: why nothing was done, or why nothing can be done.
fn alert(frame: &mut StaffFrame, trouble: Option<Trouble>, possible: Result<(), DecisionError>) {
    let why = match (trouble, possible) {
        (Some(Trouble::Decision(why)), _) | (_, Err(why)) => why,
        (Some(Trouble::Field(..)) | None, Ok(())) => return,
    };
    frame.alert = Some(why_not(frame.lang, why));
}

fn text(lang: Lang, message: &str) -> String {
    match message {
        "error-text-missing" => lang.text("admin-text-missing"),
        "error-text-long" => lang.text_with("error-too-long", &[("most", MAX_DETAILS.into())]),
        other => lang.text(other),
    }
}

/// Why a step cannot be taken, in a sentence.
fn why_not(lang: Lang, why: DecisionError) -> String {
    lang.text(match why {
        DecisionError::NotProved => "admin-why-not-proved",
        DecisionError::AlreadyProved => "admin-why-already-proved",
        DecisionError::AlreadyDecided => "admin-why-already-decided",
        DecisionError::NotDecided => "admin-why-not-decided",
        DecisionError::Closed => "admin-nothing-closed",
        DecisionError::MonthOver => "admin-extension-late-text",
        DecisionError::AlreadyExtended => "admin-extension-twice-text",
        DecisionError::AlreadyWaiting => "admin-why-already-waiting",
        DecisionError::SamePerson => "admin-second-not-you",
        DecisionError::StillSearching => "admin-nothing-searching",
        DecisionError::OpenCandidates => "admin-why-open-candidates",
        DecisionError::OpenFields => "admin-why-open-fields",
        DecisionError::Stale => "admin-why-stale",
        DecisionError::RunStarted => "admin-why-run-started",
        DecisionError::UnderHold => "admin-why-under-hold",
        DecisionError::NothingToCorrect => "admin-why-nothing-to-correct",
    })
}

/// The page of a request.
fn request_path(reference: Reference) -> String {
    format!("/admin/requests/{reference}")
}

/// The id of a record in an address.
fn item_id(text: &str) -> Result<RunItemId, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

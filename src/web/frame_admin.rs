//! The frame of every staff page: top bar, who is signed in, and what the foot says about looking.
//! Finished values only; never asks the database or decides what a role may see.

use crate::{
    domain::staff::{Permission, Role},
    i18n::Lang,
};

/// What stands around the content of a staff page.
#[derive(Clone, Debug)]
pub struct StaffFrame {
    /// The language of the page.
    pub lang: Lang,
    /// The vendor's name, for the title.
    pub vendor: String,
    /// The entry of the top bar that this page belongs to.
    pub nav: Nav,
    /// Open requests, beside the queue's entry; `None` for a role without the queue.
    pub queue_count: Option<String>,
    /// Whether the top bar offers the mail.
    pub sees_mail: bool,
    /// Whether the top bar offers the stores.
    pub sees_stores: bool,
    /// The registers that the role may open; without one the top bar offers none.
    pub registers: Vec<Register>,
    /// Whether the top bar offers the audit trail.
    pub sees_audit: bool,
    /// Whether the top bar offers the accounts of staff.
    pub sees_staff: bool,
    /// The name of who is signed in.
    pub who: String,
    /// Their role.
    pub role: Role,
    /// The token that every form of the page sends back.
    pub csrf: String,
    /// What the foot says about looking.
    pub foot: Foot,
    /// The outcome of the deed that led here, a whole sentence, shown once.
    pub flash: Option<String>,
    /// Why nothing was done, or why nothing can be done, a whole sentence.
    pub alert: Option<String>,
}

/// An entry of the top bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nav {
    /// `/admin`
    Overview,
    /// `/admin/requests` and everything about one request.
    Queue,
    /// `/admin/mail`
    Mail,
    /// `/admin/retention`
    Retention,
    /// `/admin/stores`
    Stores,
    /// `/admin/registers` and the pages beside it.
    Registers,
    /// `/admin/audit`
    Audit,
    /// `/admin/staff`
    Staff,
    /// A page that belongs to none, such as the change of the own password.
    None,
}

/// A page beside the record of processing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// `/admin/registers`
    Processing,
    /// `/admin/statement`
    Statement,
    /// `/admin/copies`
    Copies,
    /// `/admin/access`
    Access,
    /// `/admin/holds`
    Holds,
    /// `/admin/installations`
    Installations,
}

impl Register {
    /// All of them, in the order of the pages.
    pub const ALL: [Register; 6] = [
        Register::Processing,
        Register::Statement,
        Register::Copies,
        Register::Access,
        Register::Holds,
        Register::Installations,
    ];

    /// The word in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Register::Processing => "processing",
            Register::Statement => "statement",
            Register::Copies => "copies",
            Register::Access => "access",
            Register::Holds => "holds",
            Register::Installations => "installations",
        }
    }

    /// Its address.
    pub fn href(self) -> &'static str {
        match self {
            Register::Processing => "/admin/registers",
            Register::Statement => "/admin/statement",
            Register::Copies => "/admin/copies",
            Register::Access => "/admin/access",
            Register::Holds => "/admin/holds",
            Register::Installations => "/admin/installations",
        }
    }

    /// Whether it is the one of this name.
    pub fn is(self, name: impl AsRef<str>) -> bool {
        self.as_str() == name.as_ref()
    }

    /// Who may open it.
    pub fn permission(self) -> Permission {
        match self {
            Register::Processing | Register::Copies => Permission::Stores,
            Register::Statement => Permission::Announce,
            Register::Access => Permission::Audit,
            Register::Holds => Permission::Hold,
            Register::Installations => Permission::LookUp,
        }
    }
}

/// What the foot of a page says: whether looking at it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foot {
    /// The page shows no personal data.
    NoData,
    /// A list of addresses; opening it is an entry of the trail.
    List,
    /// One person's data; opening it is an entry of the trail.
    Person,
    /// The trail itself; reading it is no entry, exporting it is.
    Trail,
    /// A run, which goes on without anyone looking.
    Run,
}

impl Foot {
    /// The message that says it.
    pub fn text_id(self) -> &'static str {
        match self {
            Foot::NoData => "admin-foot-no-data",
            Foot::List => "admin-foot-list",
            Foot::Person => "admin-foot-person",
            Foot::Trail => "admin-foot-trail",
            Foot::Run => "admin-foot-run",
        }
    }
}

//! Staff: who may do what. One list of permissions, one table of roles.

use jiff::civil::Date;

use super::email::Email;
use super::event::Actor;
use super::ids::StaffId;
use super::text::text_enum;

text_enum! {
    /// The role of an account.
    pub enum Role {
        /// Works requests.
        Agent = "agent",
        /// Works requests, assigns them, seconds decisions.
        Lead = "lead",
        /// All that a lead may, and accounts and settings.
        Administrator = "administrator",
        /// Reads and verifies the trail and changes nothing.
        Auditor = "auditor",
        /// Works the requests assigned to them under a contract, until its end.
        Subcontractor = "subcontractor",
    }
}

text_enum! {
    /// One thing that an account may or may not do.
    pub enum Permission {
        /// See the queue and the requests in it.
        Work = "work",
        /// Accept, refuse, extend, ask; change what becomes of a record.
        Decide = "decide",
        /// Make somebody responsible.
        Assign = "assign",
        /// Enter a request that came by phone or letter.
        Enter = "enter",
        /// Search people outside a request.
        LookUp = "look_up",
        /// Enter an objection to marketing, or lift one with a reason.
        Object = "object",
        /// Read the state of the stores.
        Stores = "stores",
        /// Read and verify the trail.
        Audit = "audit",
        /// Create and close accounts.
        Staff = "staff",
        /// Let machines in and end their tokens.
        Tokens = "tokens",
        /// Let a large sweep go on, and settle incidents.
        Retention = "retention",
        /// Place, review and lift legal holds, and read what they are about.
        Hold = "hold",
        /// Decide whether people are told that the privacy statement has changed.
        Announce = "announce",
        /// Enter copies taken outside the stores, put off their end and attest it.
        Copies = "copies",
        /// Say that who may do what was looked through.
        ReviewAccess = "review_access",
    }
}

impl Role {
    /// What this role may do. The one table of permissions.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission::*;
        match self {
            Role::Agent => &[Work, Decide, Enter, LookUp, Object, Stores, Copies],
            Role::Lead => &[
                Work,
                Decide,
                Assign,
                Enter,
                LookUp,
                Object,
                Stores,
                Audit,
                Retention,
                Hold,
                Announce,
                Copies,
                ReviewAccess,
            ],
            Role::Administrator => &[
                Work,
                Decide,
                Assign,
                Enter,
                LookUp,
                Object,
                Stores,
                Audit,
                Staff,
                Tokens,
                Retention,
                Hold,
                Announce,
                Copies,
                ReviewAccess,
            ],
            Role::Auditor => &[Stores, Audit],
            Role::Subcontractor => &[Work],
        }
    }

    /// Whether this role sees only the requests assigned to it.
    pub fn sees_only_own(self) -> bool {
        self == Role::Subcontractor
    }
}

text_enum! {
    /// What somebody signs in with beside the password.
    pub enum FactorKind {
        /// An app that shows codes (RFC 6238).
        Totp = "totp",
    }
}

text_enum! {
    /// What a session has shown of who it is.
    pub enum Proved {
        /// The password.
        Password = "password",
        /// The password, and a second factor.
        Both = "both",
    }
}

text_enum! {
    /// What is asked of staff beside the password. A factor that somebody has counts whatever is set here.
    pub enum SecondFactor {
        /// Nobody can add one.
        Off = "off",
        /// Whoever wants adds one.
        Offered = "offered",
        /// Whoever has none can do nothing but add one.
        Required = "required",
    }
}

/// How far somebody has come in signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// All is shown that is asked for.
    Whole,
    /// The code of the second factor is missing.
    NeedsCode,
    /// One must be added first.
    NeedsFactor,
}

impl Standing {
    /// How far a session has come that has shown this much.
    pub fn of(proved: Proved, has_factor: bool, asked: SecondFactor) -> Standing {
        match (has_factor, proved) {
            (true, Proved::Both) => Standing::Whole,
            (true, Proved::Password) => Standing::NeedsCode,
            (false, _) if asked == SecondFactor::Required => Standing::NeedsFactor,
            (false, _) => Standing::Whole,
        }
    }
}

/// An account of staff.
#[derive(Clone, Debug)]
pub struct Staff {
    /// The account.
    pub id: StaffId,
    /// Where letters go, and the name to sign in with.
    pub email: Email,
    /// The name that colleagues see.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The team whose requests are theirs, if any.
    pub team: Option<String>,
    /// A subcontractor's contract.
    pub contract: Option<String>,
    /// The last day of that contract.
    pub until_on: Option<Date>,
    /// Whether the account may sign in.
    pub active: bool,
}

impl Staff {
    /// Whether they may sign in and do something.
    pub fn may(&self, permission: Permission) -> bool {
        self.active && self.role.permissions().contains(&permission)
    }
}

/// The deed is not theirs to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this account may not {0}")]
pub struct Forbidden(pub Permission);

impl Actor {
    /// Checks a permission; every action does so first.
    ///
    /// # Errors
    /// [`Forbidden`] where the role lacks it. The subject has none of them.
    pub fn may(&self, permission: Permission) -> Result<(), Forbidden> {
        let allowed = match self {
            Actor::System | Actor::Operator => true,
            Actor::Subject => false,
            Actor::Staff { role, .. } => role.permissions().contains(&permission),
        };
        if allowed {
            Ok(())
        } else {
            Err(Forbidden(permission))
        }
    }

    /// The account behind the deed, if there is one.
    pub fn staff_id(&self) -> Option<StaffId> {
        match self {
            Actor::Staff { id, .. } => Some(*id),
            Actor::Subject | Actor::System | Actor::Operator => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_that_is_there_counts_and_a_missing_one_only_where_it_is_required() {
        use SecondFactor::{Off, Offered, Required};
        for asked in [Off, Offered, Required] {
            let with = |proved| Standing::of(proved, true, asked);
            assert_eq!(with(Proved::Both), Standing::Whole);
            assert_eq!(with(Proved::Password), Standing::NeedsCode);
            for proved in [Proved::Password, Proved::Both] {
                let without = match asked {
                    Required => Standing::NeedsFactor,
                    Off | Offered => Standing::Whole,
                };
                assert_eq!(Standing::of(proved, false, asked), without);
            }
        }
    }
}

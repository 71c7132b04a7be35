//! A request: what a person asked, how far it has come, and the only functions
//! that may take it further. Every change gives its event, so that there is no
//! change without a record.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::due::{Calculation, DueDates};
use super::event::{Action, Event};
use super::ids::{RequestId, StaffId};
use super::reference::Reference;
use super::text::text_enum;

text_enum! {
    /// What was asked. Portability is part of access, restriction a flag on any of them.
    pub enum Kind {
        /// Art. 15 and 20: see and take along.
        Access = "access",
        /// Art. 16: put right.
        Rectification = "rectification",
        /// Art. 17: be forgotten.
        Erasure = "erasure",
        /// Art. 21(2): no more direct marketing.
        Objection = "objection",
    }
}

impl Kind {
    /// The word in addresses and on the command line.
    pub fn slug(self) -> &'static str {
        match self {
            Kind::Access => "review",
            Kind::Rectification => "rectification",
            Kind::Erasure => "removal",
            Kind::Objection => "unsubscribe",
        }
    }

    /// The kind behind a word in an address.
    pub fn from_slug(slug: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }

    /// Whether the confirmation needs the code printed in the mail, which a link scanner does not type.
    pub fn needs_code(self) -> bool {
        self == Kind::Erasure
    }
}

text_enum! {
    /// The channel in which a request arrived.
    pub enum Via {
        /// The form on this portal.
        Web = "web",
        /// A mail to a privacy address.
        Mail = "mail",
        /// The Unsubscribe link of a mailing.
        Link = "link",
        /// By phone, entered by staff.
        Phone = "phone",
        /// By letter, entered by staff.
        Letter = "letter",
        /// In person, entered by staff.
        InPerson = "in_person",
    }
}

text_enum! {
    /// How identity was proved (Art. 12(6)). A mailbox proves a mailbox and nothing more.
    pub enum Proof {
        /// The mailed link was used: control of the mailbox.
        Mailbox = "mailbox",
        /// The mailed link and the code beside it: control of the mailbox by somebody who reads.
        MailboxAndCode = "mailbox_and_code",
        /// Staff checked, and wrote down how.
        Staff = "staff",
        /// Somebody acts for the person, and staff saw the authority.
        Authority = "authority",
    }
}

text_enum! {
    /// How a request ended.
    pub enum Outcome {
        /// All that was asked was done, but for what the law keeps.
        Fulfilled = "fulfilled",
        /// Nothing was found under the proved identity: an answer, not a refusal.
        NothingFound = "nothing_found",
        /// Refused with reason and remedies (Art. 12(4)).
        Refused = "refused",
        /// Taken back by the person.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// Which law runs the clock.
    pub enum Regime {
        /// Regulation (EU) 2016/679.
        Gdpr = "gdpr",
        /// The UK GDPR, Art. 12A.
        UkGdpr = "uk_gdpr",
    }
}

text_enum! {
    /// What the queue says of a request. Derived from stage, decisions and run, and
    /// stored, because the queue sorts and counts by it.
    pub enum Progress {
        /// Identity is not proved yet.
        Unproved = "unproved",
        /// The stores are being searched.
        Searching = "searching",
        /// Everything is there to decide.
        ToDecide = "to_decide",
        /// One person has accepted; a second must agree.
        Second = "second",
        /// A question went to the person.
        Waiting = "waiting",
        /// The run works.
        Running = "running",
        /// The run needs a person.
        Halted = "halted",
        /// Closed.
        Done = "done",
    }
}

text_enum! {
    /// Why a request is refused, each with its article (`reason codes` of the guidance on refusals).
    pub enum RefusalReason {
        /// Art. 12(2) and (6), 11(2).
        IdentityNotEstablished = "identity_not_established",
        /// Art. 12(5)(b).
        ManifestlyUnfounded = "manifestly_unfounded",
        /// Art. 12(5)(b).
        Excessive = "excessive",
        /// Art. 17(3)(b).
        LegalObligation = "legal_obligation",
        /// Art. 17(3)(e).
        LegalClaims = "legal_claims",
        /// Art. 17(3)(a).
        FreedomOfExpression = "freedom_of_expression",
        /// Art. 15(4).
        ThirdPartyRights = "third_party_rights",
        /// Art. 28(3)(e): we are the processor.
        NotController = "not_controller",
        /// Art. 16: the data is right as it stands.
        AccurateAsIs = "accurate_as_is",
        /// Done already, on an earlier request.
        AlreadyDone = "already_done",
    }
}

impl RefusalReason {
    /// Whether a request of this kind can be refused for it.
    pub fn fits(self, kind: Kind) -> bool {
        match self {
            RefusalReason::LegalObligation
            | RefusalReason::LegalClaims
            | RefusalReason::FreedomOfExpression => kind == Kind::Erasure,
            RefusalReason::ThirdPartyRights => kind == Kind::Access,
            RefusalReason::AccurateAsIs => kind == Kind::Rectification,
            RefusalReason::IdentityNotEstablished
            | RefusalReason::ManifestlyUnfounded
            | RefusalReason::Excessive
            | RefusalReason::NotController
            | RefusalReason::AlreadyDone => true,
        }
    }

    /// The article that the reason stands on.
    pub fn article(self) -> &'static str {
        match self {
            RefusalReason::IdentityNotEstablished => "Art. 12(2), 12(6)",
            RefusalReason::ManifestlyUnfounded | RefusalReason::Excessive => "Art. 12(5)",
            RefusalReason::LegalObligation => "Art. 17(3)(b)",
            RefusalReason::LegalClaims => "Art. 17(3)(e)",
            RefusalReason::FreedomOfExpression => "Art. 17(3)(a)",
            RefusalReason::ThirdPartyRights => "Art. 15(4)",
            RefusalReason::NotController => "Art. 28(3)(e)",
            RefusalReason::AccurateAsIs => "Art. 16",
            RefusalReason::AlreadyDone => "Art. 12(5)",
        }
    }
}

text_enum! {
    /// The fields that a person can ask to have corrected.
    pub enum Field {
        /// The name.
        Name = "name",
        /// The address for mail.
        Email = "email",
        /// The phone number.
        Phone = "phone",
        /// The company.
        Company = "company",
        /// The postal address.
        Address = "address",
        /// Anything else, in words; staff see to it.
        Other = "other",
    }
}

/// What a person asked, in their words. Sealed with the request's own key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The address, as typed.
    pub email: String,
    /// The name, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Free words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// Whether only some of the data is meant; then `details` says what.
    #[serde(default)]
    pub only_some: bool,
    /// For a rectification: field and right value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<(String, String)>,
    /// How staff checked identity, or the authority to act for somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<String>,
}

impl Asked {
    /// Both together: a later value takes the place of an earlier, all goes before some, and
    /// what only one of them says stays.
    #[must_use]
    pub fn and(mut self, later: &Asked) -> Asked {
        for (field, value) in &later.changes {
            match self.changes.iter_mut().find(|(known, _)| known == field) {
                Some((_, known)) => known.clone_from(value),
                None => self.changes.push((field.clone(), value.clone())),
            }
        }
        self.only_some &= later.only_some;
        self.name = later.name.clone().or(self.name);
        self.details = self.details.or_else(|| later.details.clone());
        self.checked = later.checked.clone().or(self.checked);
        self
    }
}

/// When and how a request came in. The clock starts here (Art. 12(3)), not when staff read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The instant of arrival.
    pub at: Timestamp,
    /// Its date in the controller's zone.
    pub on: Date,
    /// The channel.
    pub via: Via,
}

/// How far a request has come, and what is true there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is in, and nobody has proved who asks.
    Received,
    /// Identity is proved; staff decide.
    Verified {
        /// When.
        at: Timestamp,
        /// How.
        proof: Proof,
    },
    /// Accepted; the stores are worked.
    Fulfilling {
        /// When identity was proved.
        verified_at: Timestamp,
        /// How.
        proof: Proof,
        /// When it was accepted.
        accepted_at: Timestamp,
    },
    /// Ended.
    Closed {
        /// How.
        outcome: Outcome,
        /// When.
        at: Timestamp,
        /// How identity had been proved, if it was.
        proof: Option<Proof>,
    },
}

impl Stage {
    /// The stable text of the stage.
    pub fn as_str(&self) -> &'static str {
        match self {
            Stage::Received => "received",
            Stage::Verified { .. } => "verified",
            Stage::Fulfilling { .. } => "fulfilling",
            Stage::Closed { .. } => "closed",
        }
    }

    /// The proof of identity, once there is one.
    pub fn proof(&self) -> Option<Proof> {
        match self {
            Stage::Received => None,
            Stage::Verified { proof, .. } | Stage::Fulfilling { proof, .. } => Some(*proof),
            Stage::Closed { proof, .. } => *proof,
        }
    }
}

/// A keyed digest of a normalised address, with the id of its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressDigest {
    /// The search key that made it.
    pub key: String,
    /// HMAC-SHA256.
    pub bytes: Vec<u8>,
}

/// The version of a request that somebody looked at; a stale one gets a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub i32);

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The id that the submission had already.
    pub id: RequestId,
    /// What people read aloud. It authorises nothing.
    pub reference: Reference,
    /// What was asked.
    pub kind: Kind,
    /// How far it has come.
    pub stage: Stage,
    /// What the queue says.
    pub progress: Progress,
    /// The language of the person (a BCP 47 tag).
    pub lang: String,
    /// When and how it came.
    pub received: Receipt,
    /// Which law runs the clock.
    pub regime: Regime,
    /// By which the person is found.
    pub address: AddressDigest,
    /// [`Asked`], sealed.
    pub sealed: Vec<u8>,
    /// The two due dates and what moves them.
    pub due: DueDates,
    /// Since when processing is restricted (Art. 18), if it is.
    pub restricted_at: Option<Timestamp>,
    /// The version of the policy in force at receipt.
    pub policy_version: String,
    /// Whose it is.
    pub assignee: Option<StaffId>,
    /// Which team's it is.
    pub team: Option<String>,
    /// Grows with every change.
    pub version: Version,
}

/// Why a step cannot be taken. The page tells the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// Nobody has proved who asks (Art. 12(6)).
    #[error("identity is not proved")]
    NotProved,
    /// It was proved before.
    #[error("identity is proved already")]
    AlreadyProved,
    /// It has been decided.
    #[error("the request is decided")]
    AlreadyDecided,
    /// It has not been decided.
    #[error("the request is not decided")]
    NotDecided,
    /// It has ended.
    #[error("the request is closed")]
    Closed,
    /// The first month is over; no extension can be announced any more (Art. 12(3)).
    #[error("the first month is over")]
    MonthOver,
    /// There is one extension, not two.
    #[error("the request is extended already")]
    AlreadyExtended,
    /// A question is out already.
    #[error("a question waits for its answer already")]
    AlreadyWaiting,
    /// The second person must be another one.
    #[error("the same person cannot agree twice")]
    SamePerson,
    /// The search is not over; nobody knows yet what would be done.
    #[error("the stores are still being searched")]
    StillSearching,
    /// Possible matches wait for an answer.
    #[error("possible matches wait for an answer")]
    OpenCandidates,
    /// Fields of a rectification wait for a decision.
    #[error("fields wait for a decision")]
    OpenFields,
    /// Somebody changed the request since the page was made.
    #[error("the request was changed meanwhile")]
    Stale,
    /// Records were found, but the request names no value that differs from them.
    #[error("there is no value to correct")]
    NothingToCorrect,
    /// The item belongs to a run that has started; its decision is frozen.
    #[error("the run has started")]
    RunStarted,
    /// A legal hold is in force: nothing of the person can be erased before it ends.
    #[error("a legal hold is in force")]
    UnderHold,
}

/// A transition: the request as it is now, and what is recorded of the change.
pub type Changed = Result<(Request, Event), DecisionError>;

impl Request {
    /// Checks that the person who decides has seen this version.
    ///
    /// # Errors
    /// [`DecisionError::Stale`] if not.
    pub fn at_version(self, seen: Version) -> Result<Request, DecisionError> {
        if self.version == seen {
            Ok(self)
        } else {
            Err(DecisionError::Stale)
        }
    }

    /// Whether it has ended.
    pub fn is_closed(&self) -> bool {
        matches!(self.stage, Stage::Closed { .. })
    }

    /// Identity is proved (Art. 12(6)); the stores may be searched.
    ///
    /// # Errors
    /// [`DecisionError`] unless the request is received and unproved.
    pub fn verify(mut self, proof: Proof, at: Timestamp) -> Changed {
        match self.stage {
            Stage::Received => {
                self.stage = Stage::Verified { at, proof };
                self.progress = Progress::Searching;
                Ok((
                    self,
                    Event::new(Action::IdentityChecked).ending(proof.as_str()),
                ))
            }
            Stage::Verified { .. } | Stage::Fulfilling { .. } => Err(DecisionError::AlreadyProved),
            Stage::Closed { .. } => Err(DecisionError::Closed),
        }
    }

    /// The search is over: staff may decide.
    ///
    /// # Errors
    /// [`DecisionError`] unless the request waits for a decision.
    pub fn searched(mut self, found: u64) -> Changed {
        self.undecided()?;
        if self.progress == Progress::Searching {
            self.progress = match self.due.suspended_at {
                Some(_) => Progress::Waiting,
                None => Progress::ToDecide,
            };
        }
        Ok((self, Event::new(Action::Searched).counting(found)))
    }

    /// The person asked again and said more: before the decision the stores are searched anew.
    /// Once work has started, what was said can only be read by staff.
    ///
    /// # Errors
    /// [`DecisionError::Closed`] if it has ended.
    pub fn ask_more(mut self) -> Changed {
        match self.stage {
            Stage::Received | Stage::Fulfilling { .. } => {}
            Stage::Verified { .. } => self.progress = Progress::Searching,
            Stage::Closed { .. } => return Err(DecisionError::Closed),
        }
        Ok((self, Event::new(Action::Joined)))
    }

    /// One person accepts; a second must agree before anything starts.
    ///
    /// # Errors
    /// As [`Request::accept`].
    pub fn propose(mut self) -> Changed {
        self.ready_to_decide()?;
        self.progress = Progress::Second;
        Ok((self, Event::new(Action::Proposed)))
    }

    /// Staff accept; work may start.
    ///
    /// # Errors
    /// [`DecisionError`] if identity is not proved, the search is not over, or it was decided before.
    pub fn accept(mut self, at: Timestamp) -> Changed {
        let (verified_at, proof) = self.ready_to_decide()?;
        self.stage = Stage::Fulfilling {
            verified_at,
            proof,
            accepted_at: at,
        };
        self.progress = Progress::Running;
        self.due.resume();
        Ok((self, Event::new(Action::Accepted)))
    }

    /// Staff refuse, with a reason; the remedies are in the letter (Art. 12(4)).
    ///
    /// # Errors
    /// [`DecisionError`] if it was decided before. Without proof of identity the only reason is its lack.
    pub fn refuse(mut self, reason: RefusalReason, at: Timestamp) -> Changed {
        let proof = match self.stage {
            Stage::Received if reason == RefusalReason::IdentityNotEstablished => None,
            Stage::Received => return Err(DecisionError::NotProved),
            Stage::Verified { proof, .. } => Some(proof),
            Stage::Fulfilling { .. } => return Err(DecisionError::AlreadyDecided),
            Stage::Closed { .. } => return Err(DecisionError::Closed),
        };
        self.stage = Stage::Closed {
            outcome: Outcome::Refused,
            at,
            proof,
        };
        self.progress = Progress::Done;
        Ok((self, Event::new(Action::Refused).because(reason.as_str())))
    }

    /// The answer is put off to three months from receipt; person and reasons
    /// must be told within the first month (Art. 12(3)).
    ///
    /// # Errors
    /// [`DecisionError::MonthOver`] after the first month, `AlreadyExtended` the second time.
    pub fn extend(mut self, calculation: &Calculation<'_>, at: Timestamp) -> Changed {
        if self.is_closed() {
            return Err(DecisionError::Closed);
        }
        if self.due.extended_at.is_some() {
            return Err(DecisionError::AlreadyExtended);
        }
        if calculation.is_late(self.due.strict, at) {
            return Err(DecisionError::MonthOver);
        }
        self.due.extend(calculation, self.received.on, at);
        Ok((self, Event::new(Action::Extended)))
    }

    /// Staff ask the person for something; the second clock stands still, the strict one does not.
    ///
    /// # Errors
    /// [`DecisionError`] unless the request waits for a decision and no question is out.
    pub fn ask(mut self, at: Timestamp) -> Changed {
        self.undecided_or_unproved()?;
        if self.due.suspended_at.is_some() {
            return Err(DecisionError::AlreadyWaiting);
        }
        self.due.suspended_at = Some(at);
        self.progress = Progress::Waiting;
        Ok((self, Event::new(Action::Asked)))
    }

    /// The person wrote; if a question was out, it is answered and the second clock goes on.
    /// `searched` says whether a finished search waits for a decision.
    ///
    /// # Errors
    /// [`DecisionError::Closed`] if it has ended.
    pub fn answer(
        mut self,
        calculation: &Calculation<'_>,
        searched: bool,
        at: Timestamp,
    ) -> Changed {
        if self.is_closed() {
            return Err(DecisionError::Closed);
        }
        if self.due.suspended_at.is_none() {
            return Ok((self, Event::new(Action::MessageSent)));
        }
        self.due.go_on(calculation, self.received.on, at);
        self.progress = match self.stage {
            Stage::Received => Progress::Unproved,
            Stage::Verified { .. } if searched => Progress::ToDecide,
            Stage::Verified { .. } => Progress::Searching,
            Stage::Fulfilling { .. } | Stage::Closed { .. } => self.progress,
        };
        Ok((self, Event::new(Action::Answered)))
    }

    /// The person takes the request back. Possible until work on the stores has started.
    ///
    /// # Errors
    /// [`DecisionError::AlreadyDecided`] once it has.
    pub fn withdraw(mut self, at: Timestamp) -> Changed {
        let proof = match self.stage {
            Stage::Received => None,
            Stage::Verified { proof, .. } => Some(proof),
            Stage::Fulfilling { .. } => return Err(DecisionError::AlreadyDecided),
            Stage::Closed { .. } => return Err(DecisionError::Closed),
        };
        self.stage = Stage::Closed {
            outcome: Outcome::Withdrawn,
            at,
            proof,
        };
        self.progress = Progress::Done;
        Ok((self, Event::new(Action::Withdrawn)))
    }

    /// The run stands until a person helps.
    ///
    /// # Errors
    /// [`DecisionError::NotDecided`] unless the request is being fulfilled.
    pub fn halt(mut self) -> Result<Request, DecisionError> {
        self.fulfilling()?;
        self.progress = Progress::Halted;
        Ok(self)
    }

    /// The run goes on.
    ///
    /// # Errors
    /// [`DecisionError::NotDecided`] unless the request is being fulfilled.
    pub fn go_on(mut self) -> Result<Request, DecisionError> {
        self.fulfilling()?;
        self.progress = Progress::Running;
        Ok(self)
    }

    /// What was accepted is done, and the read-back search has shown it.
    ///
    /// # Errors
    /// [`DecisionError::NotDecided`] unless the request is being fulfilled.
    pub fn close(mut self, outcome: Outcome, at: Timestamp) -> Changed {
        let proof = self.fulfilling()?;
        self.stage = Stage::Closed {
            outcome,
            at,
            proof: Some(proof),
        };
        self.progress = Progress::Done;
        Ok((self, Event::new(Action::Closed).ending(outcome.as_str())))
    }

    /// Somebody else is responsible now.
    ///
    /// # Errors
    /// [`DecisionError::Closed`] if it has ended.
    pub fn assign(mut self, assignee: Option<StaffId>, team: Option<String>) -> Changed {
        if self.is_closed() {
            return Err(DecisionError::Closed);
        }
        self.assignee = assignee;
        self.team = team;
        Ok((self, Event::new(Action::Assigned)))
    }

    /// Restricts processing or lifts the restriction (Art. 18).
    ///
    /// # Errors
    /// [`DecisionError::Closed`] if it has ended.
    pub fn restrict(mut self, restricted: bool, at: Timestamp) -> Changed {
        if self.is_closed() {
            return Err(DecisionError::Closed);
        }
        self.restricted_at = restricted.then_some(at);
        let action = if restricted {
            Action::Restricted
        } else {
            Action::RestrictionLifted
        };
        Ok((self, Event::new(action)))
    }

    fn undecided(&self) -> Result<(Timestamp, Proof), DecisionError> {
        match self.stage {
            Stage::Received => Err(DecisionError::NotProved),
            Stage::Verified { at, proof } => Ok((at, proof)),
            Stage::Fulfilling { .. } => Err(DecisionError::AlreadyDecided),
            Stage::Closed { .. } => Err(DecisionError::Closed),
        }
    }

    fn undecided_or_unproved(&self) -> Result<(), DecisionError> {
        match self.undecided() {
            Ok(_) | Err(DecisionError::NotProved) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn ready_to_decide(&self) -> Result<(Timestamp, Proof), DecisionError> {
        let proved = self.undecided()?;
        if self.progress == Progress::Searching {
            Err(DecisionError::StillSearching)
        } else {
            Ok(proved)
        }
    }

    fn fulfilling(&self) -> Result<Proof, DecisionError> {
        match self.stage {
            Stage::Received => Err(DecisionError::NotProved),
            Stage::Verified { .. } => Err(DecisionError::NotDecided),
            Stage::Fulfilling { proof, .. } => Ok(proof),
            Stage::Closed { .. } => Err(DecisionError::Closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::calendar::Calendar;

    fn at(day: i8) -> Timestamp {
        date(2026, 11, day)
            .at(9, 0, 0, 0)
            .to_zoned(TimeZone::UTC)
            .unwrap()
            .timestamp()
    }

    fn calendar() -> Calendar {
        Calendar::built_in("NL").unwrap()
    }

    fn request(stage: Stage, progress: Progress) -> Request {
        let zone = TimeZone::UTC;
        let calendar = calendar();
        let calculation = Calculation {
            zone: &zone,
            calendar: &calendar,
        };
        Request {
            id: RequestId(uuid::Uuid::nil()),
            reference: Reference::from_bytes([7; 5]),
            kind: Kind::Erasure,
            stage,
            progress,
            lang: "en".into(),
            received: Receipt {
                at: at(2),
                on: date(2026, 11, 2),
                via: Via::Web,
            },
            regime: Regime::Gdpr,
            address: AddressDigest {
                key: "s-1".into(),
                bytes: vec![1],
            },
            sealed: vec![1],
            due: DueDates::from_receipt(date(2026, 11, 2), &calculation),
            restricted_at: None,
            policy_version: "p".into(),
            assignee: None,
            team: None,
            version: Version(1),
        }
    }

    fn stages() -> [(Stage, Progress); 4] {
        let proof = Proof::MailboxAndCode;
        [
            (Stage::Received, Progress::Unproved),
            (Stage::Verified { at: at(3), proof }, Progress::ToDecide),
            (
                Stage::Fulfilling {
                    verified_at: at(3),
                    proof,
                    accepted_at: at(4),
                },
                Progress::Running,
            ),
            (
                Stage::Closed {
                    outcome: Outcome::Fulfilled,
                    at: at(5),
                    proof: Some(proof),
                },
                Progress::Done,
            ),
        ]
    }

    type Transition = fn(Request) -> Result<Request, DecisionError>;
    type Row = (
        &'static str,
        Transition,
        [Result<&'static str, DecisionError>; 4],
    );

    #[test]
    fn every_transition_is_allowed_from_the_right_stages_alone() {
        use DecisionError::*;
        let zone = TimeZone::UTC;
        let transitions: [Row; 11] = [
            (
                "verify",
                |request| {
                    request
                        .verify(Proof::Mailbox, at(3))
                        .map(|(request, _)| request)
                },
                [
                    Ok("verified"),
                    Err(AlreadyProved),
                    Err(AlreadyProved),
                    Err(Closed),
                ],
            ),
            (
                "searched",
                |request| request.searched(1).map(|(request, _)| request),
                [
                    Err(NotProved),
                    Ok("verified"),
                    Err(AlreadyDecided),
                    Err(Closed),
                ],
            ),
            (
                "propose",
                |request| request.propose().map(|(request, _)| request),
                [
                    Err(NotProved),
                    Ok("verified"),
                    Err(AlreadyDecided),
                    Err(Closed),
                ],
            ),
            (
                "accept",
                |request| request.accept(at(4)).map(|(request, _)| request),
                [
                    Err(NotProved),
                    Ok("fulfilling"),
                    Err(AlreadyDecided),
                    Err(Closed),
                ],
            ),
            (
                "refuse",
                |request| {
                    request
                        .refuse(RefusalReason::Excessive, at(4))
                        .map(|(request, _)| request)
                },
                [
                    Err(NotProved),
                    Ok("closed"),
                    Err(AlreadyDecided),
                    Err(Closed),
                ],
            ),
            (
                "refuse without identity",
                |request| {
                    request
                        .refuse(RefusalReason::IdentityNotEstablished, at(4))
                        .map(|(request, _)| request)
                },
                [Ok("closed"), Ok("closed"), Err(AlreadyDecided), Err(Closed)],
            ),
            (
                "ask",
                |request| request.ask(at(4)).map(|(request, _)| request),
                [
                    Ok("received"),
                    Ok("verified"),
                    Err(AlreadyDecided),
                    Err(Closed),
                ],
            ),
            (
                "withdraw",
                |request| request.withdraw(at(4)).map(|(request, _)| request),
                [Ok("closed"), Ok("closed"), Err(AlreadyDecided), Err(Closed)],
            ),
            (
                "halt",
                Request::halt,
                [
                    Err(NotProved),
                    Err(NotDecided),
                    Ok("fulfilling"),
                    Err(Closed),
                ],
            ),
            (
                "close",
                |request| {
                    request
                        .close(Outcome::Fulfilled, at(5))
                        .map(|(request, _)| request)
                },
                [Err(NotProved), Err(NotDecided), Ok("closed"), Err(Closed)],
            ),
            (
                "assign",
                |request| request.assign(None, None).map(|(request, _)| request),
                [
                    Ok("received"),
                    Ok("verified"),
                    Ok("fulfilling"),
                    Err(Closed),
                ],
            ),
        ];
        for (name, transition, expected) in transitions {
            for ((stage, progress), expected) in stages().into_iter().zip(expected) {
                let result = transition(request(stage, progress));
                let reached = result
                    .as_ref()
                    .map(|request| request.stage.as_str())
                    .map_err(|error| *error);
                assert_eq!(reached, expected, "{name} from {}", stage.as_str());
            }
        }
        let calendar = calendar();
        let calculation = Calculation {
            zone: &zone,
            calendar: &calendar,
        };
        for (stage, progress) in stages() {
            let extended = request(stage, progress).extend(&calculation, at(20));
            assert_eq!(extended.is_ok(), stage.as_str() != "closed");
        }
    }

    #[test]
    fn no_path_reaches_the_stores_without_proof() {
        for (stage, progress) in stages() {
            if let Ok((accepted, _)) = request(stage, progress).accept(at(4)) {
                assert!(accepted.stage.proof().is_some());
            }
        }
        assert_eq!(
            request(Stage::Received, Progress::Unproved)
                .accept(at(4))
                .err(),
            Some(DecisionError::NotProved)
        );
    }

    #[test]
    fn nothing_is_accepted_while_the_search_goes_on() {
        let stage = Stage::Verified {
            at: at(3),
            proof: Proof::Mailbox,
        };
        assert_eq!(
            request(stage, Progress::Searching).accept(at(4)).err(),
            Some(DecisionError::StillSearching)
        );
    }

    #[test]
    fn an_extension_is_announced_within_the_first_month_to_its_last_hour() {
        let zone = TimeZone::UTC;
        let calendar = calendar();
        let calculation = Calculation {
            zone: &zone,
            calendar: &calendar,
        };
        let stage = Stage::Verified {
            at: at(3),
            proof: Proof::Mailbox,
        };
        let last = date(2026, 12, 2)
            .at(23, 59, 59, 0)
            .to_zoned(TimeZone::UTC)
            .unwrap()
            .timestamp();
        let (extended, _) = request(stage, Progress::ToDecide)
            .extend(&calculation, last)
            .unwrap();
        assert_eq!(extended.due.strict, date(2027, 2, 2));
        let late = last + jiff::SignedDuration::from_secs(1);
        let refused = request(stage, Progress::ToDecide).extend(&calculation, late);
        assert_eq!(refused.err(), Some(DecisionError::MonthOver));
    }

    #[test]
    fn a_stale_page_is_told() {
        let (stage, progress) = stages()[1];
        assert_eq!(
            request(stage, progress).at_version(Version(0)).err(),
            Some(DecisionError::Stale)
        );
    }
}

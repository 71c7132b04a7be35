//! Every thing that can be recorded in the trail, and who did it.

use std::collections::BTreeMap;

use super::ids::{EntryId, StaffId};
use super::staff::Role;
use super::text::text_enum;

/// Who did a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The data subject, or who writes for them.
    Subject,
    /// A member of staff, signed in or named on the command line.
    Staff {
        /// Whose account it is.
        id: StaffId,
        /// The role at the time of the deed.
        role: Role,
    },
    /// Lethe itself: jobs, schedules, runs.
    System,
    /// The operator at the command line, who holds the keys of the machine.
    Operator,
}

text_enum! {
    /// What happened. The text is the `action` of the audit leaf and never changes its meaning.
    pub enum Action {
        /// A submission arrived in a channel that the controller opened.
        Received = "received",
        /// Control of the mailbox, or another proof of identity, was shown.
        IdentityChecked = "identity_checked",
        /// A confirmation was tried with a wrong code.
        CodeRefused = "code_refused",
        /// The person said that they did not ask.
        Denied = "denied",
        /// A repeated request joined the open one.
        Joined = "joined",
        /// An unconfirmed submission reached its end and was forgotten.
        Lapsed = "lapsed",
        /// The stores were searched for the person.
        Searched = "searched",
        /// Staff looked at personal data.
        Viewed = "viewed",
        /// Staff searched people by address, reference or licence.
        LookedUp = "looked_up",
        /// Somebody was made responsible.
        Assigned = "assigned",
        /// Nobody took a request within a working day.
        Untaken = "untaken",
        /// A decision waits for a second person.
        Proposed = "proposed",
        /// The request was accepted.
        Accepted = "accepted",
        /// The request was refused, with reason and remedies.
        Refused = "refused",
        /// The answer was put off, with reasons (Art. 12(3)).
        Extended = "extended",
        /// The person was asked for something; the second clock stands still.
        Asked = "asked",
        /// The person answered a question.
        Answered = "answered",
        /// The person withdrew.
        Withdrawn = "withdrawn",
        /// A message was written to the other side.
        MessageSent = "message_sent",
        /// An internal note was added.
        NoteAdded = "note_added",
        /// The decision on one record was changed.
        ItemDecided = "item_decided",
        /// A possible match was answered.
        CandidateAnswered = "candidate_answered",
        /// The decision on one field of a rectification was taken.
        FieldDecided = "field_decided",
        /// Processing was restricted (Art. 18).
        Restricted = "restricted",
        /// A restriction was lifted.
        RestrictionLifted = "restriction_lifted",
        /// An erasure of records in one store is about to be tried.
        EraseIntended = "erase_intended",
        /// Records in one store were erased, kept or refused.
        Erased = "erased",
        /// A rectification in one store is about to be tried.
        RectifyIntended = "rectify_intended",
        /// Values in one store were corrected.
        Rectified = "rectified",
        /// A copy of what one store holds is about to be collected.
        ExportIntended = "export_intended",
        /// A copy was collected from one store.
        Exported = "exported",
        /// The read-back search of one store ran.
        VerifiedEmpty = "verified_empty",
        /// A step failed.
        StepFailed = "step_failed",
        /// A halted run was started again by staff.
        Retried = "retried",
        /// What no program can do in a store was given to a person.
        TaskOpened = "task_opened",
        /// A person did it, and says so.
        TaskAttested = "task_attested",
        /// Staff took over the work in a store from the program.
        HandedOver = "handed_over",
        /// The bundle was handed over.
        Delivered = "delivered",
        /// A bundle reached its end and was deleted.
        BundleDeleted = "bundle_deleted",
        /// The request was closed.
        Closed = "closed",
        /// The person objected to direct marketing (Art. 21(2)).
        Unsubscribed = "unsubscribed",
        /// An objection was taken back by the person.
        Resubscribed = "resubscribed",
        /// A mail that came in was judged.
        MailJudged = "mail_judged",
        /// Staff settled a mail that came in.
        MailSettled = "mail_settled",
        /// A letter came back.
        LetterReturned = "letter_returned",
        /// Staff had a letter tried anew.
        LetterRetried = "letter_retried",
        /// Staff lifted an objection, with a reason.
        ObjectionLifted = "objection_lifted",
        /// A legal hold was placed on a person.
        HoldPlaced = "hold_placed",
        /// A legal hold was looked at and goes on.
        HoldReviewed = "hold_reviewed",
        /// A legal hold ended: lifted with a reason, or past its last day.
        HoldLifted = "hold_lifted",
        /// A copy taken outside the stores was entered.
        CopyEntered = "copy_entered",
        /// A copy outside the stores may be kept until another day.
        CopyExtended = "copy_extended",
        /// A copy outside the stores was said to be destroyed.
        CopyDestroyed = "copy_destroyed",
        /// Somebody looked through who may do what.
        AccessReviewed = "access_reviewed",
        /// What a hold had stopped may go.
        HeldReleased = "held_released",
        /// A machine was let in.
        TokenAdded = "token_added",
        /// A machine's token was ended.
        TokenRevoked = "token_revoked",
        /// An app was installed on a customer's site, as the named source tells.
        AppInstalled = "app_installed",
        /// An app was uninstalled, as the named source tells.
        AppUninstalled = "app_uninstalled",
        /// Something was told of an app that begins and ends nothing.
        AppNoted = "app_noted",
        /// Another version of the privacy statement is in force.
        PolicyChanged = "policy_changed",
        /// People are told of a version of the privacy statement.
        PolicyAnnounced = "policy_announced",
        /// A version of the privacy statement needs no telling, with a reason.
        PolicyNotAnnounced = "policy_not_announced",
        /// A recipient was told of a removal or a correction, or could not be (Art. 19).
        RecipientNotified = "recipient_notified",
        /// A file was imported.
        Imported = "imported",
        /// A source told that it has erased a person (RTBF), and our copy went too.
        ErasedAtSource = "erased_at_source",
        /// Staff signed in.
        SignedIn = "signed_in",
        /// The password was right, and a second step is to follow.
        SignInBegun = "sign_in_begun",
        /// A sign-in failed.
        SignInFailed = "sign_in_failed",
        /// A code of the second factor was wrong.
        FactorRefused = "factor_refused",
        /// Staff signed out.
        SignedOut = "signed_out",
        /// An account was created.
        StaffAdded = "staff_added",
        /// An account was closed.
        StaffDeactivated = "staff_deactivated",
        /// An account's password was changed.
        PasswordChanged = "password_changed",
        /// A second factor was added to an account.
        FactorAdded = "factor_added",
        /// The second factor of an account was removed.
        FactorRemoved = "factor_removed",
        /// An account's recovery codes were made anew.
        RecoveryCodesRenewed = "recovery_codes_renewed",
        /// A recovery code was used, and is worth nothing any more.
        RecoveryCodeUsed = "recovery_code_used",
        /// A link to the status page was sent, or opened.
        StatusOpened = "status_opened",
        /// A request's key was destroyed: its contents are forgotten.
        Shredded = "shredded",
        /// A certificate was issued; the leaf holds its digest.
        Certified = "certified",
        /// A witness cosigned a checkpoint of the trail.
        CheckpointSent = "checkpoint_sent",
        /// A witness would not cosign a checkpoint of the trail.
        WitnessRefused = "witness_refused",
        /// A new log begins, because entries of the one before were lost.
        LogStarted = "log_started",
        /// Old entries may be reduced to their hashes, and the key of their pseudonyms goes.
        Pruned = "pruned",
        /// The particulars beside old entries were deleted.
        Forgotten = "forgotten",
        /// A check of the trail found something that is wrong.
        FoundBroken = "found_broken",
        /// Entries of the trail were given out with their proofs.
        TrailExported = "trail_exported",
        /// What is due by the rules was counted, and is or is not removed by itself.
        SweepCounted = "sweep_counted",
        /// Staff let a sweep go on that had waited for a person.
        SweepConfirmed = "sweep_confirmed",
        /// Records whose time had come by a rule were removed or blocked.
        Purged = "purged",
        /// A sweep ended, and nothing that is due was found any more.
        SweepVerified = "sweep_verified",
        /// A promise was kept too late.
        KeptLate = "kept_late",
        /// Staff settled an incident, with a reason.
        IncidentSettled = "incident_settled",
        /// What a restored database brought back was erased again, after the journal outside it.
        Replayed = "replayed",
        /// A backup was put back.
        Restored = "restored",
        /// An erasure journal was taken up beside others.
        JournalJoined = "journal_joined",
        /// An erasure journal was given up as lost.
        JournalGivenUp = "journal_given_up",
        /// A backup was made.
        BackupMade = "backup_made",
        /// A backup of another system was entered by hand.
        BackupEntered = "backup_entered",
        /// A backup was deleted, or said to be gone.
        BackupDeleted = "backup_deleted",
    }
}

text_enum! {
    /// How entries of the trail were lost, so that a log ends.
    pub enum Loss {
        /// The database was restored from a backup.
        Restored = "restored",
        /// A standby took over that had not got the last commits.
        Promoted = "promoted",
        /// Entries are gone for another reason.
        Other = "other",
    }
}

text_enum! {
    /// What a check of the trail can find.
    pub enum Fault {
        /// An entry is not the one that was hashed.
        Changed = "changed",
        /// An entry or a place is missing.
        Missing = "missing",
        /// The filter columns say something else than the entry.
        Columns = "columns",
        /// A stored hash of the tree does not fit the hashes below it.
        Node = "node",
        /// There are fewer entries than were signed.
        Lost = "lost",
        /// A checkpoint is not signed by a key of this log.
        Signature = "signature",
        /// The tree is not the one that a checkpoint was made over.
        Checkpoint = "checkpoint",
    }
}

text_enum! {
    /// Why a witness did not cosign.
    pub enum WitnessTrouble {
        /// It was not to be reached, or did not answer in time.
        Silent = "silent",
        /// It has seen another tree of this log, or a longer one.
        OtherLog = "other-log",
        /// It does not watch this log.
        UnknownLog = "unknown-log",
        /// It refused for a reason of its own.
        Refused = "refused",
        /// What it answered is no cosignature of its key.
        WrongAnswer = "wrong-answer",
    }
}

impl Action {
    /// Whether it only announces an act, so that its outcome must follow.
    pub fn is_intent(self) -> bool {
        matches!(
            self,
            Action::EraseIntended | Action::RectifyIntended | Action::ExportIntended
        )
    }
}

/// What is recorded of one deed. It never holds personal data: that stands in
/// `personal`, of which the leaf keeps only a salted commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub action: Action,
    /// In which store.
    pub store: Option<String>,
    /// How many records.
    pub count: Option<u64>,
    /// How many were kept on a legal ground.
    pub kept: Option<u64>,
    /// How many could not be done.
    pub failed: Option<u64>,
    /// How it ended.
    pub outcome: Option<String>,
    /// The code of the reason for a refusal, or of the legal ground.
    pub reason: Option<String>,
    /// The rule of the privacy statement that was applied.
    pub rule: Option<String>,
    /// The entry that announced what this one reports.
    pub intent: Option<EntryId>,
    /// The account that the deed is about; the leaf has a pseudonym of it.
    pub account: Option<StaffId>,
    /// Further facts that identify nobody.
    pub detail: BTreeMap<String, String>,
    /// What identifies somebody: kept beside the leaf and forgotten before it.
    pub personal: Option<String>,
}

impl Event {
    /// An event with nothing but its action.
    pub fn new(action: Action) -> Event {
        Event {
            action,
            store: None,
            count: None,
            kept: None,
            failed: None,
            outcome: None,
            reason: None,
            rule: None,
            intent: None,
            account: None,
            detail: BTreeMap::new(),
            personal: None,
        }
    }

    /// The same, in one store.
    pub fn in_store(mut self, store: &str) -> Event {
        self.store = Some(store.to_owned());
        self
    }

    /// The same, with a number of records.
    pub fn counting(mut self, count: u64) -> Event {
        self.count = Some(count);
        self
    }

    /// The same, with how it ended.
    pub fn ending(mut self, outcome: &str) -> Event {
        self.outcome = Some(outcome.to_owned());
        self
    }

    /// The same, with a reason code.
    pub fn because(mut self, reason: &str) -> Event {
        self.reason = Some(reason.to_owned());
        self
    }

    /// The same, under a rule.
    pub fn under(mut self, rule: &str) -> Event {
        self.rule = Some(rule.to_owned());
        self
    }

    /// The same, as the outcome of an announced act.
    pub fn answering(mut self, intent: EntryId) -> Event {
        self.intent = Some(intent);
        self
    }

    /// The same, about an account.
    pub fn on_account(mut self, account: StaffId) -> Event {
        self.account = Some(account);
        self
    }

    /// The same, with one more fact that identifies nobody.
    pub fn with(mut self, name: &str, value: impl ToString) -> Event {
        self.detail.insert(name.to_owned(), value.to_string());
        self
    }

    /// The same, with what identifies somebody.
    pub fn about(mut self, personal: impl Into<String>) -> Event {
        self.personal = Some(personal.into());
        self
    }
}

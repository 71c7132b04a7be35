//! The jobs: what is done outside the transaction that caused it. A job holds ids, never data.

use super::ids::{
    AnnouncementId, IncomingId, LetterId, NoticeId, RequestId, RunId, SweepId, TokenId,
};

/// Something to be done soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Job {
    /// Hand a letter to the mail server.
    SendLetter(LetterId),
    /// Read and judge a mail that came in.
    Judge(IncomingId),
    /// Look for the person in every store.
    Search(RunId),
    /// Take the next step of a run.
    Run(RunId),
    /// Overwrite what erasures left in free pages and logs.
    Scrub,
    /// Remind those who have not confirmed, and forget those who never did.
    SweepSubmissions,
    /// Delete what has reached its end in our own tables.
    SweepOwn,
    /// Sign the trail and show it to the witnesses.
    Checkpoint,
    /// Check all of the trail.
    VerifyTrail,
    /// Alarm when nobody took a request within a working day.
    Unassigned(RequestId),
    /// Tell a sender who has unsubscribed.
    NotifySender(TokenId),
    /// Tell a new sender of the objections that stand already.
    FillSender(TokenId),
    /// Count what the retention rules let go.
    Sweep,
    /// Remove what a sweep has counted.
    Purge(SweepId),
    /// Bring stored digests under the search key in use.
    RenewDigests,
    /// End legal holds at their day, let go what they kept, and remind of reviews.
    SweepHolds,
    /// Remind of copies outside the stores, and let go on what waited for one.
    SweepCopies,
    /// Write the letters that tell people of a changed statement.
    Announce(AnnouncementId),
    /// Tell a recipient of a removal or a correction (Art. 19).
    TellRecipient(NoticeId),
    /// Remind of what people have to do in stores by hand.
    RemindTasks,
    /// Ask the stores in other systems how they are.
    AskStores,
}

impl Job {
    /// The kind, as stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Job::SendLetter(_) => "send_letter",
            Job::Judge(_) => "judge_mail",
            Job::Search(_) => "search",
            Job::Run(_) => "run",
            Job::Scrub => "scrub",
            Job::SweepSubmissions => "sweep_submissions",
            Job::SweepOwn => "sweep_own",
            Job::Checkpoint => "checkpoint",
            Job::VerifyTrail => "verify_trail",
            Job::Unassigned(_) => "unassigned",
            Job::NotifySender(_) => "notify_sender",
            Job::FillSender(_) => "fill_sender",
            Job::Sweep => "sweep",
            Job::Purge(_) => "purge",
            Job::RenewDigests => "renew_digests",
            Job::SweepHolds => "sweep_holds",
            Job::SweepCopies => "sweep_copies",
            Job::Announce(_) => "announce",
            Job::TellRecipient(_) => "tell_recipient",
            Job::RemindTasks => "remind_tasks",
            Job::AskStores => "ask_stores",
        }
    }

    /// What it is about; kind and subject together are unique, so a job is never there twice.
    pub fn subject(&self) -> String {
        match self {
            Job::SendLetter(id) => id.to_string(),
            Job::Judge(id) => id.to_string(),
            Job::Search(id) | Job::Run(id) => id.to_string(),
            Job::Unassigned(id) => id.to_string(),
            Job::NotifySender(id) | Job::FillSender(id) => id.to_string(),
            Job::Purge(id) => id.to_string(),
            Job::Announce(id) => id.to_string(),
            Job::TellRecipient(id) => id.to_string(),
            Job::Scrub
            | Job::SweepSubmissions
            | Job::SweepOwn
            | Job::Checkpoint
            | Job::VerifyTrail
            | Job::Sweep
            | Job::RenewDigests
            | Job::RemindTasks
            | Job::AskStores
            | Job::SweepHolds
            | Job::SweepCopies => String::new(),
        }
    }

    /// The job behind a stored row, if this version of Lethe knows it.
    pub fn from_row(kind: &str, subject: &str) -> Option<Job> {
        Some(match kind {
            "send_letter" => Job::SendLetter(subject.parse().ok()?),
            "judge_mail" => Job::Judge(subject.parse().ok()?),
            "search" => Job::Search(subject.parse().ok()?),
            "run" => Job::Run(subject.parse().ok()?),
            "scrub" => Job::Scrub,
            "sweep_submissions" => Job::SweepSubmissions,
            "sweep_own" => Job::SweepOwn,
            "checkpoint" => Job::Checkpoint,
            "verify_trail" => Job::VerifyTrail,
            "unassigned" => Job::Unassigned(subject.parse().ok()?),
            "notify_sender" => Job::NotifySender(subject.parse().ok()?),
            "fill_sender" => Job::FillSender(subject.parse().ok()?),
            "sweep" => Job::Sweep,
            "purge" => Job::Purge(subject.parse().ok()?),
            "renew_digests" => Job::RenewDigests,
            "sweep_holds" => Job::SweepHolds,
            "sweep_copies" => Job::SweepCopies,
            "announce" => Job::Announce(subject.parse().ok()?),
            "remind_tasks" => Job::RemindTasks,
            "ask_stores" => Job::AskStores,
            "tell_recipient" => Job::TellRecipient(subject.parse().ok()?),
            _ => return None,
        })
    }
}

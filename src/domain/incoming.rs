//! Mail that came in: what it is, and what is done about it. One function decides, from facts
//! alone, so that the order of the questions can be read in one place.

use jiff::civil::Date;

use super::request::Kind;
use super::text::text_enum;

/// A mailbox whose messages got new numbers. Those that lay in it then may have come long before
/// Lethe, and were put away if they were ours, so that only the newest of them are looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renumbered {
    /// The highest number that was given.
    pub through: u32,
    /// Messages up to that number count if they came on this day or later.
    pub since: Date,
}

text_enum! {
    /// What a mail was taken for.
    pub enum Verdict {
        /// Somebody asks for one of the rights; the sender is asked to confirm.
        Asks = "asks",
        /// Somebody wants no more newsletters; done at once.
        Objects = "objects",
        /// The mail of an Unsubscribe link; done at once.
        Unsubscribes = "unsubscribes",
        /// It answers us about a request, which has it now.
        Answers = "answers",
        /// A machine wrote it.
        Automatic = "automatic",
        /// A mail server tells what became of a letter of ours.
        Bounce = "bounce",
        /// The same mail was taken before.
        Repeated = "repeated",
        /// Only a person can tell.
        Unclear = "unclear",
    }
}

text_enum! {
    /// Why a person has to look at a mail.
    pub enum Why {
        /// It is too large, or so built that it is not safe to read.
        Unreadable = "unreadable",
        /// It does not say who wrote it.
        NoSender = "no-sender",
        /// It names several senders.
        SeveralSenders = "several-senders",
        /// It is encrypted, or packed in a way that is not opened here.
        Locked = "locked",
        /// It has no words of its own.
        NoWords = "no-words",
        /// It asks for none of the rights, as far as a machine can tell.
        NoKind = "no-kind",
        /// It answers a request of somebody else.
        Stranger = "stranger",
        /// It answers a request that is closed.
        Closed = "closed",
        /// It reads like a request, but came through a list or a machine that must not be answered.
        NotAnswered = "not-answered",
        /// This address was answered often enough today.
        TooMany = "too-many",
        /// So many mails were answered in this hour that no more are: somebody may have invented
        /// their senders, so that we write to people who never wrote to us.
        Busy = "busy",
        /// Our mail server found that it does not come from the domain that it names.
        Forged = "forged",
        /// The server of the mailbox does not hand it out.
        NotHandedOut = "not-handed-out",
    }
}

text_enum! {
    /// What our mail server found out about the sender's domain (RFC 9989). It proves no person.
    pub enum SenderProof {
        /// The domain is who it says.
        Pass = "pass",
        /// It is not.
        Fail = "fail",
        /// Nothing that we believe says anything.
        Unknown = "unknown",
    }
}

text_enum! {
    /// How far a mail has come.
    pub enum IncomingState {
        /// It is still being taken over.
        Arriving = "arriving",
        /// It is ours, and nobody has read it.
        Waiting = "waiting",
        /// What it asks for is done, or on its way.
        Done = "done",
        /// It waits for a person.
        ForStaff = "for_staff",
    }
}

text_enum! {
    /// How staff settled a mail.
    pub enum Settled {
        /// It became a request.
        Request = "request",
        /// It was put to a request.
        Message = "message",
        /// There is nothing to do about it here.
        Nothing = "nothing",
    }
}

text_enum! {
    /// Why there is nothing to do about a mail here.
    pub enum Dismissal {
        /// It asks for none of the rights.
        NoRequest = "no-request",
        /// It is a question for support.
        Support = "support",
        /// It advertises something.
        Advertising = "advertising",
        /// Its sender is invented.
        Invented = "invented",
        /// It was dealt with in another way.
        Elsewhere = "elsewhere",
    }
}

/// Who wrote, as the mail says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// One address.
    One,
    /// None that can be written to.
    Nobody,
    /// Several.
    Several,
}

/// Which of our letters a mail answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thread {
    /// None that we know.
    None,
    /// One about a request.
    Request {
        /// Whether the writer's address is the one of the request.
        by_subject: bool,
        /// Whether the request is open.
        is_open: bool,
    },
    /// The one that asks for a confirmation, which still waits.
    Submission {
        /// Whether the writer's address is the one that asked.
        by_subject: bool,
    },
}

/// All that decides about a mail.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// A mail server's report on a mail of ours or of others.
    pub is_bounce: bool,
    /// It was sent to the address of an Unsubscribe link that is ours.
    pub has_token: bool,
    /// A machine wrote it: no case and no answer, whatever it says.
    pub is_automatic: bool,
    /// It may come from a machine or a list: it is never answered.
    pub is_never_answered: bool,
    /// Who wrote.
    pub writer: Writer,
    /// It cannot be opened here.
    pub is_locked: bool,
    /// It has words of its own.
    pub has_words: bool,
    /// The right that the words ask for.
    pub kind: Option<Kind>,
    /// What it answers.
    pub thread: Thread,
    /// Whether this address may get one more answer today.
    pub may_answer: bool,
    /// Whether all addresses together got so many answers in this hour that no more are sent.
    pub is_busy: bool,
    /// The sender's domain says that it is not theirs.
    pub is_forged: bool,
}

/// What is done about a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Note on the letter that it came back.
    NoteBounce,
    /// End the list of the link.
    Unsubscribe,
    /// Nothing.
    SetAside,
    /// Put the words to the request that the mail answers.
    AddToRequest,
    /// Add the words to what waits, and mail the link once more: a reply proves nothing.
    AskAgain,
    /// Take it as a request, and ask the address to confirm it.
    Ask(Kind),
    /// End all lists for the address, which is told how to undo it.
    Object,
    /// A person looks at it.
    ForStaff(Why),
}

impl Step {
    /// Whether a letter to the sender is a part of it.
    pub fn answers(self) -> bool {
        matches!(self, Step::AskAgain | Step::Ask(_) | Step::Object)
    }

    /// The word for it.
    pub fn verdict(self) -> Verdict {
        match self {
            Step::NoteBounce => Verdict::Bounce,
            Step::Unsubscribe => Verdict::Unsubscribes,
            Step::SetAside => Verdict::Automatic,
            Step::AddToRequest | Step::AskAgain => Verdict::Answers,
            Step::Ask(_) => Verdict::Asks,
            Step::Object => Verdict::Objects,
            Step::ForStaff(_) => Verdict::Unclear,
        }
    }
}

/// Decides what is done about a mail. Whoever writes is never asked anything at another address
/// than the one in From, and nothing but a link of ours proves that it is theirs.
pub fn judge(facts: &Facts) -> Step {
    if facts.is_bounce {
        return Step::NoteBounce;
    }
    // The address of the link proves itself, and nobody is answered.
    if facts.has_token {
        return Step::Unsubscribe;
    }
    if facts.is_automatic {
        return Step::SetAside;
    }
    match facts.writer {
        Writer::One => {}
        Writer::Nobody => return Step::ForStaff(Why::NoSender),
        Writer::Several => return Step::ForStaff(Why::SeveralSenders),
    }
    if facts.is_never_answered {
        // It may be the person's answer to us that came through a group or a help desk.
        return match (facts.kind, facts.thread) {
            (None, Thread::None) => Step::SetAside,
            (Some(_), _) | (None, _) => Step::ForStaff(Why::NotAnswered),
        };
    }
    // Who is named there did not write it: they are not answered, and no request has it as theirs.
    if facts.is_forged {
        return Step::ForStaff(Why::Forged);
    }
    if facts.is_locked {
        return Step::ForStaff(Why::Locked);
    }
    if !facts.has_words {
        return Step::ForStaff(Why::NoWords);
    }
    match facts.thread {
        Thread::Request {
            by_subject: false, ..
        }
        | Thread::Submission { by_subject: false } => return Step::ForStaff(Why::Stranger),
        Thread::Request {
            by_subject: true,
            is_open: true,
        } => return Step::AddToRequest,
        Thread::Submission { by_subject: true } => {
            return facts.refuse_answer().unwrap_or(Step::AskAgain);
        }
        Thread::Request {
            by_subject: true,
            is_open: false,
        } if facts.kind.is_none() => return Step::ForStaff(Why::Closed),
        Thread::Request { .. } | Thread::None => {}
    }
    match facts.kind {
        None => Step::ForStaff(Why::NoKind),
        // Its sender is told once a day, however often they write.
        Some(Kind::Objection) if facts.is_busy => Step::ForStaff(Why::Busy),
        Some(Kind::Objection) => Step::Object,
        Some(kind @ (Kind::Access | Kind::Rectification | Kind::Erasure)) => {
            facts.refuse_answer().unwrap_or(Step::Ask(kind))
        }
    }
}

impl Facts {
    /// What is done instead of an answer, where none may be sent.
    fn refuse_answer(&self) -> Option<Step> {
        match (self.may_answer, self.is_busy) {
            (false, _) => Some(Step::ForStaff(Why::TooMany)),
            (true, true) => Some(Step::ForStaff(Why::Busy)),
            (true, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mail of one person that asks for a removal.
    const REMOVAL: Facts = Facts {
        is_bounce: false,
        has_token: false,
        is_automatic: false,
        is_never_answered: false,
        writer: Writer::One,
        is_locked: false,
        has_words: true,
        kind: Some(Kind::Erasure),
        thread: Thread::None,
        may_answer: true,
        is_busy: false,
        is_forged: false,
    };

    #[test]
    fn the_questions_are_asked_in_order() {
        let cases = [
            (REMOVAL, Step::Ask(Kind::Erasure)),
            (
                Facts {
                    is_bounce: true,
                    has_token: true,
                    is_automatic: true,
                    ..REMOVAL
                },
                Step::NoteBounce,
            ),
            // A mail program sends it, with no words and perhaps with marks of a machine.
            (
                Facts {
                    has_token: true,
                    is_automatic: true,
                    has_words: false,
                    ..REMOVAL
                },
                Step::Unsubscribe,
            ),
            (
                Facts {
                    is_automatic: true,
                    thread: Thread::Submission { by_subject: true },
                    ..REMOVAL
                },
                Step::SetAside,
            ),
            (
                Facts {
                    writer: Writer::Several,
                    ..REMOVAL
                },
                Step::ForStaff(Why::SeveralSenders),
            ),
            (
                Facts {
                    writer: Writer::Nobody,
                    ..REMOVAL
                },
                Step::ForStaff(Why::NoSender),
            ),
            (
                Facts {
                    is_never_answered: true,
                    ..REMOVAL
                },
                Step::ForStaff(Why::NotAnswered),
            ),
            (
                Facts {
                    is_never_answered: true,
                    kind: None,
                    ..REMOVAL
                },
                Step::SetAside,
            ),
            (
                Facts {
                    is_never_answered: true,
                    kind: None,
                    thread: Thread::Request {
                        by_subject: true,
                        is_open: true,
                    },
                    ..REMOVAL
                },
                Step::ForStaff(Why::NotAnswered),
            ),
            (
                Facts {
                    is_locked: true,
                    ..REMOVAL
                },
                Step::ForStaff(Why::Locked),
            ),
            (
                Facts {
                    has_words: false,
                    ..REMOVAL
                },
                Step::ForStaff(Why::NoWords),
            ),
            (
                Facts {
                    kind: None,
                    ..REMOVAL
                },
                Step::ForStaff(Why::NoKind),
            ),
            (
                Facts {
                    kind: Some(Kind::Objection),
                    may_answer: false,
                    ..REMOVAL
                },
                Step::Object,
            ),
            (
                Facts {
                    may_answer: false,
                    ..REMOVAL
                },
                Step::ForStaff(Why::TooMany),
            ),
            (
                Facts {
                    is_busy: true,
                    ..REMOVAL
                },
                Step::ForStaff(Why::Busy),
            ),
            (
                Facts {
                    kind: Some(Kind::Objection),
                    is_busy: true,
                    ..REMOVAL
                },
                Step::ForStaff(Why::Busy),
            ),
            (
                Facts {
                    is_forged: true,
                    ..REMOVAL
                },
                Step::ForStaff(Why::Forged),
            ),
            (
                Facts {
                    kind: Some(Kind::Objection),
                    is_forged: true,
                    ..REMOVAL
                },
                Step::ForStaff(Why::Forged),
            ),
            (
                Facts {
                    thread: Thread::Request {
                        by_subject: true,
                        is_open: true,
                    },
                    is_forged: true,
                    ..REMOVAL
                },
                Step::ForStaff(Why::Forged),
            ),
            // The link proves itself, whoever carries it.
            (
                Facts {
                    has_token: true,
                    is_forged: true,
                    is_busy: true,
                    ..REMOVAL
                },
                Step::Unsubscribe,
            ),
        ];
        for (facts, step) in cases {
            assert_eq!(judge(&facts), step, "{facts:?}");
        }
    }

    #[test]
    fn an_answer_goes_where_it_belongs() {
        let request = |by_subject, is_open| Thread::Request {
            by_subject,
            is_open,
        };
        let submission = |by_subject| Thread::Submission { by_subject };
        let cases = [
            (request(true, true), Some(Kind::Erasure), Step::AddToRequest),
            (request(true, true), None, Step::AddToRequest),
            (
                request(true, false),
                Some(Kind::Access),
                Step::Ask(Kind::Access),
            ),
            (request(true, false), None, Step::ForStaff(Why::Closed)),
            (
                request(false, true),
                Some(Kind::Erasure),
                Step::ForStaff(Why::Stranger),
            ),
            // "Yes, I confirm" is no confirmation.
            (submission(true), None, Step::AskAgain),
            (submission(false), None, Step::ForStaff(Why::Stranger)),
        ];
        for (thread, kind, step) in cases {
            let facts = Facts {
                thread,
                kind,
                ..REMOVAL
            };
            assert_eq!(judge(&facts), step, "{facts:?}");
        }
    }

    #[test]
    fn a_machine_is_never_answered() {
        // Every combination of what a machine's mail can look like.
        for bits in 0..64u8 {
            let is = |bit: u8| bits & (1 << bit) != 0;
            let facts = Facts {
                is_automatic: is(0),
                is_never_answered: !is(0) || is(1),
                is_locked: is(2),
                has_words: is(3),
                thread: if is(4) {
                    Thread::Submission { by_subject: true }
                } else {
                    Thread::None
                },
                kind: is(5).then_some(Kind::Erasure),
                ..REMOVAL
            };
            assert!(
                matches!(
                    judge(&facts),
                    Step::SetAside | Step::ForStaff(Why::NotAnswered)
                ),
                "{facts:?}"
            );
        }
    }
}

//! Every mail we write: a variant each, with the values its text needs.
//!
//! A letter is a list of blocks. Two templates draw any such list, as plain text and as HTML, so
//! both always say the same, and lines are wrapped where the length of a translation puts them.
//! A letter holds no personal data beyond what it is for: what staff wrote stays on the page of
//! the request, behind its link. Nothing here sends.

use askama::Template;

use crate::domain::request::Kind;
use crate::domain::retention::Waits;
use crate::i18n::Lang;

/// Who writes: the vendor.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The vendor's name, as customers know it.
    pub vendor: String,
    /// The vendor's full name and postal address, on one line.
    pub imprint: String,
    /// The newest checkpoint of the log, as the text of its signed note. Mails to people end
    /// with it, so that states of the log lie in many mailboxes and none can be taken back.
    pub checkpoint: Option<String>,
}

/// A mail, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Plain text, lines of at most 72 columns unless a link is longer (RFC 3676, 4.2) or the
    /// line belongs to the checkpoint, which stands as it was signed.
    pub text: String,
    /// HTML that says the same.
    pub html: String,
}

/// Who lifted an objection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifter {
    /// Staff.
    Staff,
    /// Whoever had the link of a mail.
    Link,
}

/// What happened to somebody's second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorNews {
    /// They added one.
    Added,
    /// They removed it.
    Removed,
    /// An administrator or the operator removed it.
    RemovedByOther,
    /// They made their recovery codes anew.
    CodesRenewed,
    /// A recovery code was used.
    CodeUsed,
}

impl FactorNews {
    /// The word in messages.
    fn as_str(self) -> &'static str {
        match self {
            FactorNews::Added => "added",
            FactorNews::Removed => "removed",
            FactorNews::RemovedByOther => "removed_by_other",
            FactorNews::CodesRenewed => "codes_renewed",
            FactorNews::CodeUsed => "code_used",
        }
    }
}

/// A mail to a person or to staff. All values are finished: dates and lists in the reader's
/// language, links complete. `authority` is the name of the supervisory authority, with its address
/// on the web (Art. 12(4), Art. 77).
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are named as the texts name them")]
pub enum Letter {
    /// Was it you? With a code for a removal.
    Confirmation {
        kind: Kind,
        asked: String,
        link: String,
        code: Option<String>,
        until: String,
    },
    /// The one reminder of a request that waits for its confirmation.
    Reminder {
        kind: Kind,
        asked: String,
        link: String,
        code: Option<String>,
        until: String,
    },
    /// The request counts; reference, date and page.
    Received {
        kind: Kind,
        reference: String,
        due: String,
        link: String,
    },
    /// The same was asked before; both are one request now.
    Joined {
        kind: Kind,
        reference: String,
        due: String,
        link: String,
    },
    /// Fresh links, one for each request: what it is, and its link. Where there is none the mail
    /// says so, because every address gets one mail.
    StatusLinks {
        links: Vec<(String, String)>,
        until: String,
    },
    /// Staff wrote a message.
    Message { reference: String, link: String },
    /// Staff ask something.
    Question { reference: String, link: String },
    /// It takes longer (Art. 12(3)).
    Extension {
        reference: String,
        reason: String,
        due: String,
        link: String,
    },
    /// It was refused (Art. 12(4)).
    Refusal {
        kind: Kind,
        reference: String,
        reason: String,
        authority: String,
        link: String,
    },
    /// The copy lies ready (Art. 15(3)).
    BundleReady {
        reference: String,
        link: String,
        until: String,
    },
    /// The code that opens the copy.
    BundleCode {
        reference: String,
        code: String,
        until: String,
    },
    /// What was removed, what was kept and until when.
    Erased {
        reference: String,
        asked: String,
        done: String,
        removed: Vec<String>,
        kept: Vec<String>,
        authority: String,
        link: String,
        stays_until: String,
    },
    /// A hold has ended, and what it kept is gone; all that was removed, and what is kept still.
    HeldErased {
        reference: String,
        done: String,
        removed: Vec<String>,
        kept: Vec<String>,
        authority: String,
        link: String,
    },
    /// What a hold keeps stays longer than was said.
    StillHeld {
        reference: String,
        until: String,
        authority: String,
        link: String,
    },
    /// What was corrected and what was not; names of fields, not their values.
    Rectified {
        reference: String,
        corrected: Vec<String>,
        left: Vec<String>,
        authority: String,
        link: String,
    },
    /// The person took the request back.
    Withdrawn {
        kind: Kind,
        reference: String,
        on: String,
    },
    /// The address was unsubscribed; `undo` takes it back.
    Unsubscribed { on: String, undo: String },
    /// An objection to a list, or to all, was lifted; `again` ends it again.
    ObjectionLifted {
        by: Lifter,
        on: String,
        list: Option<String>,
        again: String,
    },
    /// The privacy statement has changed; what did, in sentences.
    StatementChanged {
        vendor: String,
        since: String,
        changes: Vec<String>,
        link: String,
    },
    /// To a recipient: what was removed or corrected (Art. 19). No name and no address.
    RecipientNotice {
        act: String,
        reference: Option<String>,
        records: Vec<String>,
    },
    /// To staff: a request is theirs.
    Assigned {
        kind: Kind,
        reference: String,
        due: String,
        link: String,
    },
    /// To staff: nobody took a request within a working day.
    Untaken {
        kind: Kind,
        reference: String,
        received: String,
        due: String,
        link: String,
    },
    /// To staff: a mail came in that only a person can judge.
    MailWaits { link: String },
    /// To staff: a sweep by the retention rules waits until somebody has looked.
    SweepWaits {
        waits: Waits,
        records: i64,
        link: String,
    },
    /// To staff: the review of a legal hold comes, or is due. Nobody is named.
    HoldReview {
        review: String,
        due: bool,
        link: String,
    },
    /// To staff: something is to be done by hand in a store.
    Task {
        reference: String,
        store: String,
        due: String,
        link: String,
    },
    /// To staff: the last day of a copy outside the stores has come, or passed.
    CopyDue {
        holder: String,
        until: String,
        late: bool,
        link: String,
    },
    /// To staff: a removal is done in every store and waits for a copy outside.
    CopyInTheWay {
        reference: String,
        holder: String,
        until: String,
        link: String,
    },
    /// To staff: their own second factor; `left` recovery codes are left.
    SecondFactor {
        news: FactorNews,
        on: String,
        left: i64,
        link: String,
    },
    /// To staff: a run stands still.
    RunHalted {
        reference: String,
        store: String,
        cause: String,
        link: String,
    },
}

impl Letter {
    /// The name of the letter, as the outbox stores it.
    pub fn name(&self) -> &'static str {
        match self {
            Letter::Confirmation { .. } => "confirmation",
            Letter::Reminder { .. } => "reminder",
            Letter::Received { .. } => "received",
            Letter::Joined { .. } => "joined",
            Letter::StatusLinks { .. } => "status_links",
            Letter::Message { .. } => "message",
            Letter::Question { .. } => "question",
            Letter::Extension { .. } => "extension",
            Letter::Refusal { .. } => "refusal",
            Letter::BundleReady { .. } => "bundle_ready",
            Letter::BundleCode { .. } => "bundle_code",
            Letter::Erased { .. } => "erased",
            Letter::HeldErased { .. } => "held_erased",
            Letter::StillHeld { .. } => "still_held",
            Letter::Rectified { .. } => "rectified",
            Letter::Withdrawn { .. } => "withdrawn",
            Letter::Unsubscribed { .. } => "unsubscribed",
            Letter::ObjectionLifted { .. } => "objection_lifted",
            Letter::StatementChanged { .. } => "statement_changed",
            Letter::RecipientNotice { .. } => "recipient_notice",
            Letter::Assigned { .. } => "assigned",
            Letter::Untaken { .. } => "untaken",
            Letter::MailWaits { .. } => "mail_waits",
            Letter::SweepWaits { .. } => "sweep_waits",
            Letter::HoldReview { .. } => "hold_review",
            Letter::Task { .. } => "task",
            Letter::CopyDue { .. } => "copy_due",
            Letter::CopyInTheWay { .. } => "copy_in_the_way",
            Letter::SecondFactor { .. } => "second_factor",
            Letter::RunHalted { .. } => "run_halted",
        }
    }

    /// Whether it goes to somebody who works here, and not to the person.
    pub fn is_to_staff(&self) -> bool {
        match self {
            Letter::Assigned { .. }
            | Letter::Untaken { .. }
            | Letter::MailWaits { .. }
            | Letter::SweepWaits { .. }
            | Letter::HoldReview { .. }
            | Letter::Task { .. }
            | Letter::CopyDue { .. }
            | Letter::CopyInTheWay { .. }
            | Letter::SecondFactor { .. }
            | Letter::RunHalted { .. } => true,
            Letter::Confirmation { .. }
            | Letter::Reminder { .. }
            | Letter::Received { .. }
            | Letter::Joined { .. }
            | Letter::StatusLinks { .. }
            | Letter::Message { .. }
            | Letter::Question { .. }
            | Letter::Extension { .. }
            | Letter::Refusal { .. }
            | Letter::BundleReady { .. }
            | Letter::BundleCode { .. }
            | Letter::Erased { .. }
            | Letter::HeldErased { .. }
            | Letter::StillHeld { .. }
            | Letter::Rectified { .. }
            | Letter::Withdrawn { .. }
            | Letter::Unsubscribed { .. }
            | Letter::ObjectionLifted { .. }
            | Letter::StatementChanged { .. }
            | Letter::RecipientNotice { .. } => false,
        }
    }

    /// The mail in the reader's language.
    pub fn render(&self, l: Lang, sender: &Sender) -> Rendered {
        let letter = self.compose(l);
        let checkpoint = match &sender.checkpoint {
            Some(note) if !self.is_to_staff() => Some(note.as_str()),
            _ => None,
        };
        let text = TextMail {
            l,
            letter: &letter,
            sender,
            checkpoint,
        }
        .render();
        let html = HtmlMail {
            l,
            letter: &letter,
            sender,
            checkpoint,
        }
        .render();
        let drawn = "writing to a string cannot fail";
        Rendered {
            text: text.expect(drawn),
            html: html.expect(drawn),
            subject: letter.subject,
        }
    }

    fn compose(&self, l: Lang) -> Composed {
        let kind_arg = |kind: &Kind| ("kind", kind.slug().into());
        match self {
            Letter::Confirmation {
                kind,
                asked,
                link,
                code,
                until,
            } => Composed::new(l, l.text_with("confirm-title", &[kind_arg(kind)]))
                .text(l.text_with(
                    "mail-confirmation-asked",
                    &[kind_arg(kind), ("asked", asked.into())],
                ))
                .proof(l, link, code.as_deref(), until)
                .heading(l.text("mail-not-you"))
                .text(l.text_with("mail-not-you-text", &[kind_arg(kind)])),
            Letter::Reminder {
                kind,
                asked,
                link,
                code,
                until,
            } => Composed::new(l, l.text("mail-reminder"))
                .text(l.text_with(
                    "mail-reminder-asked",
                    &[kind_arg(kind), ("asked", asked.into())],
                ))
                .proof(l, link, code.as_deref(), until)
                .text(l.text_with("mail-reminder-else", &[("until", until.into())])),
            Letter::Received {
                kind,
                reference,
                due,
                link,
            } => Composed::new(l, l.text("received-title"))
                .about(l, reference)
                .text(l.text_with("mail-received", &[kind_arg(kind), ("due", due.into())]))
                .page(l, link),
            Letter::Joined {
                kind,
                reference,
                due,
                link,
            } => Composed::new(l, l.text("mail-joined"))
                .about(l, reference)
                .text(l.text_with("mail-joined-text", &[kind_arg(kind), ("due", due.into())]))
                .page(l, link),
            Letter::StatusLinks { links, .. } if links.is_empty() => {
                Composed::new(l, l.text("mail-status"))
                    .text(l.text("mail-status-asked"))
                    .text(l.text("mail-status-none"))
            }
            Letter::StatusLinks { links, until } => links
                .iter()
                .fold(
                    Composed::new(l, l.text("mail-status")).text(l.text("mail-status-asked")),
                    |letter, (what, link)| {
                        letter.heading(what.clone()).link(l.text("mail-open"), link)
                    },
                )
                .text(l.text_with("mail-status-until", &[("until", until.into())]))
                .text(l.text("mail-status-not-you")),
            Letter::Message { reference, link } => Composed::new(l, l.text("mail-message"))
                .about(l, reference)
                .text(l.text("mail-message-text"))
                .link(l.text("mail-message-open"), link),
            Letter::Question { reference, link } => Composed::new(l, l.text("mail-question"))
                .about(l, reference)
                .text(l.text("mail-question-text"))
                .link(l.text("mail-question-open"), link),
            Letter::Extension {
                reference,
                reason,
                due,
                link,
            } => Composed::new(l, l.text("mail-extension"))
                .about(l, reference)
                .text(l.text_with("mail-extension-text", &[("due", due.into())]))
                .heading(l.text("mail-why"))
                .text(reason.clone())
                .text(l.text("status-extended-law"))
                .page(l, link),
            Letter::Refusal {
                kind,
                reference,
                reason,
                authority,
                link,
            } => Composed::new(l, l.text_with("status-refused", &[kind_arg(kind)]))
                .about(l, reference)
                .text(l.text("mail-refusal-text"))
                .heading(l.text("mail-why"))
                .text(reason.clone())
                .link(l.text("mail-open"), link)
                .remedies(l, authority),
            Letter::BundleReady {
                reference,
                link,
                until,
            } => Composed::new(l, l.text("status-bundle"))
                .about(l, reference)
                .text(l.text_with("mail-bundle-text", &[("until", until.into())]))
                .link(l.text("mail-open"), link),
            Letter::BundleCode {
                reference,
                code,
                until,
            } => Composed::new(l, l.text("mail-code"))
                .about(l, reference)
                .text(l.text("mail-code-text"))
                .code(code)
                .text(l.text_with("mail-code-until", &[("until", until.into())]))
                .text(l.text("mail-code-not-you")),
            Letter::Erased {
                reference,
                asked,
                done,
                removed,
                kept,
                authority,
                link,
                stays_until,
            } => {
                let title = if removed.is_empty() && !kept.is_empty() {
                    "status-kept"
                } else {
                    "status-erased"
                };
                let letter = Composed::new(l, l.text(title))
                    .about(l, reference)
                    .text(l.text_with(
                        "mail-erased-dates",
                        &[("asked", asked.into()), ("done", done.into())],
                    ))
                    .listed(l.text("mail-removed"), removed)
                    .listed(l.text("mail-kept"), kept)
                    .heading(l.text("mail-proof"))
                    .link(l.text("mail-open"), link)
                    .text(l.text_with("mail-proof-text", &[("until", stays_until.into())]));
                letter.remedies(l, authority)
            }
            Letter::HeldErased {
                reference,
                done,
                removed,
                kept,
                authority,
                link,
            } => Composed::new(l, l.text("mail-held-gone"))
                .about(l, reference)
                .text(l.text_with("mail-held-gone-text", &[("done", done.into())]))
                .listed(l.text("mail-removed-in-all"), removed)
                .listed(l.text("mail-kept"), kept)
                .heading(l.text("mail-proof"))
                .link(l.text("mail-open"), link)
                .text(l.text("mail-held-proof"))
                .remedies(l, authority),
            Letter::StillHeld {
                reference,
                until,
                authority,
                link,
            } => Composed::new(l, l.text("mail-still-held"))
                .about(l, reference)
                .text(l.text_with("mail-still-held-text", &[("until", until.into())]))
                .page(l, link)
                .remedies(l, authority),
            Letter::Rectified {
                reference,
                corrected,
                left,
                authority,
                link,
            } => {
                let counts = [
                    ("corrected", corrected.len().into()),
                    ("left", left.len().into()),
                ];
                Composed::new(l, l.text_with("status-corrected", &counts))
                    .about(l, reference)
                    .text(l.text_with("status-corrected-lead", &counts))
                    .listed(l.text("corrected-done"), corrected)
                    .listed(l.text("corrected-left"), left)
                    .link(l.text("mail-open"), link)
                    .remedies(l, authority)
            }
            Letter::Withdrawn {
                kind,
                reference,
                on,
            } => Composed::new(l, l.text("status-withdrawn"))
                .about(l, reference)
                .text(l.text_with("mail-withdrawn-text", &[kind_arg(kind), ("on", on.into())]))
                .text(l.text("withdraw-again")),
            Letter::Unsubscribed { on, undo } => Composed::new(l, l.text("unsub-done"))
                .text(l.text_with("mail-unsubscribed", &[("on", on.into())]))
                .heading(l.text("mail-not-you"))
                .text(l.text("mail-unsubscribed-undo"))
                .link(l.text("unsub-undo"), undo),
            Letter::ObjectionLifted {
                by,
                on,
                list,
                again,
            } => {
                let by = match by {
                    Lifter::Staff => "staff",
                    Lifter::Link => "link",
                };
                let text = match list {
                    Some(list) => l.text_with(
                        "mail-lifted-list",
                        &[("by", by.into()), ("on", on.into()), ("list", list.into())],
                    ),
                    None => l.text_with("mail-lifted-all", &[("by", by.into()), ("on", on.into())]),
                };
                Composed::new(l, l.text("mail-lifted"))
                    .text(text)
                    .heading(l.text("mail-lifted-not-you"))
                    .text(l.text("mail-lifted-again"))
                    .link(l.text("unsub-all"), again)
            }
            Letter::StatementChanged {
                vendor,
                since,
                changes,
                link,
            } => Composed::new(
                l,
                l.text_with("mail-statement", &[("vendor", vendor.into())]),
            )
            .text(l.text_with("mail-statement-text", &[("since", since.into())]))
            .listed(l.text("mail-statement-changes"), changes)
            .heading(l.text("mail-statement-whole"))
            .link(l.text("site-statement"), link)
            .text(l.text("mail-statement-why")),
            Letter::RecipientNotice {
                act,
                reference,
                records,
            } => {
                let act = ("act", act.into());
                let begun =
                    Composed::new(l, l.text_with("mail-notice", std::slice::from_ref(&act)));
                let begun = match reference {
                    Some(reference) => begun.about(l, reference),
                    None => begun,
                };
                begun
                    .text(l.text_with("mail-notice-text", &[act]))
                    .listed(l.text("mail-notice-records"), records)
                    .text(l.text("mail-notice-law"))
            }
            Letter::Assigned {
                kind,
                reference,
                due,
                link,
            } => Composed::for_staff(l, l.text("mail-assigned"))
                .about(l, reference)
                .text(l.text_with("mail-assigned-text", &[kind_arg(kind), ("due", due.into())]))
                .link(l.text("mail-staff-open"), link),
            Letter::Untaken {
                kind,
                reference,
                received,
                due,
                link,
            } => Composed::for_staff(l, l.text("mail-untaken"))
                .about(l, reference)
                .text(l.text_with(
                    "mail-untaken-text",
                    &[
                        kind_arg(kind),
                        ("received", received.into()),
                        ("due", due.into()),
                    ],
                ))
                .link(l.text("mail-staff-open"), link),
            Letter::MailWaits { link } => Composed::for_staff(l, l.text("mail-waits"))
                .text(l.text("mail-waits-text"))
                .link(l.text("mail-waits-open"), link),
            Letter::SweepWaits {
                waits,
                records,
                link,
            } => Composed::for_staff(l, l.text("mail-sweep-waits"))
                .text(l.text_with(
                    "mail-sweep-waits-text",
                    &[
                        ("waits", waits.as_str().into()),
                        ("records", (*records).into()),
                    ],
                ))
                .link(l.text("mail-sweep-waits-open"), link),
            Letter::HoldReview { review, due, link } => {
                let due = ("due", due.to_string().into());
                Composed::for_staff(
                    l,
                    l.text_with("mail-hold-review", std::slice::from_ref(&due)),
                )
                .text(l.text_with("mail-hold-review-text", &[due, ("review", review.into())]))
                .link(l.text("mail-hold-open"), link)
            }
            Letter::Task {
                reference,
                store,
                due,
                link,
            } => Composed::for_staff(l, l.text_with("mail-task", &[("store", store.into())]))
                .about(l, reference)
                .text(l.text_with(
                    "mail-task-text",
                    &[("store", store.into()), ("due", due.into())],
                ))
                .link(l.text("mail-halted-open"), link),
            Letter::CopyDue {
                holder,
                until,
                late,
                link,
            } => {
                let late = ("late", late.to_string().into());
                Composed::for_staff(l, l.text_with("mail-copy-due", std::slice::from_ref(&late)))
                    .text(l.text_with(
                        "mail-copy-due-text",
                        &[late, ("holder", holder.into()), ("until", until.into())],
                    ))
                    .link(l.text("mail-copy-open"), link)
            }
            Letter::CopyInTheWay {
                reference,
                holder,
                until,
                link,
            } => Composed::for_staff(l, l.text("mail-copy-waits"))
                .about(l, reference)
                .text(l.text_with(
                    "mail-copy-waits-text",
                    &[("holder", holder.into()), ("until", until.into())],
                ))
                .link(l.text("mail-copy-open"), link),
            Letter::SecondFactor {
                news,
                on,
                left,
                link,
            } => {
                let news = ("news", news.as_str().into());
                Composed::for_staff(l, l.text_with("mail-factor", std::slice::from_ref(&news)))
                    .text(l.text_with(
                        "mail-factor-text",
                        &[news, ("on", on.into()), ("left", (*left).into())],
                    ))
                    .text(l.text("mail-factor-not-you"))
                    .link(l.text("mail-factor-open"), link)
            }
            Letter::RunHalted {
                reference,
                store,
                cause,
                link,
            } => Composed::for_staff(l, l.text("mail-halted"))
                .about(l, reference)
                .text(l.text_with("mail-halted-text", &[("store", store.into())]))
                .text(cause.clone())
                .link(l.text("mail-halted-open"), link),
        }
    }
}

/// A part of a letter.
#[derive(Clone, Debug)]
enum Block {
    Text(String),
    Heading(String),
    List(Vec<String>),
    Code(String),
    Link { label: String, href: String },
}

/// A letter in words, not yet drawn.
#[derive(Debug)]
struct Composed {
    subject: String,
    title: String,
    blocks: Vec<Block>,
    foot: String,
}

impl Composed {
    /// To a person, who can answer.
    fn new(l: Lang, title: String) -> Self {
        Self {
            subject: title.clone(),
            title,
            blocks: Vec::new(),
            foot: l.text("mail-answer"),
        }
    }

    /// To staff, who need not.
    fn for_staff(l: Lang, title: String) -> Self {
        Self {
            foot: l.text("mail-staff-foot"),
            ..Self::new(l, title)
        }
    }

    fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// A paragraph for each line that is not empty.
    fn text(mut self, text: String) -> Self {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        self.blocks
            .extend(lines.map(|line| Block::Text(line.to_owned())));
        self
    }

    fn heading(self, text: String) -> Self {
        self.with(Block::Heading(text))
    }

    fn code(self, code: &str) -> Self {
        self.with(Block::Code(code.to_owned()))
    }

    fn link(self, label: String, href: &str) -> Self {
        self.with(Block::Link {
            label,
            href: href.to_owned(),
        })
    }

    /// A list under its heading; nothing where it is empty.
    fn listed(self, heading: String, items: &[String]) -> Self {
        if items.is_empty() {
            self
        } else {
            self.heading(heading).with(Block::List(items.to_vec()))
        }
    }

    /// The reference, in the subject and in a line of its own.
    fn about(mut self, l: Lang, reference: &str) -> Self {
        let title = ("title", (&self.title).into());
        self.subject = l.text_with("mail-subject", &[title, ("reference", reference.into())]);
        self.text(l.text_with("mail-reference", &[("reference", reference.into())]))
    }

    /// The link that proves the mailbox, below the code if there is one.
    fn proof(self, l: Lang, link: &str, code: Option<&str>, until: &str) -> Self {
        let letter = match code {
            Some(code) => self
                .text(l.text("mail-step-code"))
                .code(code)
                .text(l.text("mail-step-link")),
            None => self.text(l.text("mail-one-step")),
        };
        letter
            .link(l.text("confirm-button"), link)
            .text(l.text_with("mail-proof-until", &[("until", until.into())]))
    }

    /// The page of the request.
    fn page(self, l: Lang, link: &str) -> Self {
        self.text(l.text("mail-page"))
            .link(l.text("mail-open"), link)
    }

    fn remedies(self, l: Lang, authority: &str) -> Self {
        self.heading(l.text("remedy-title"))
            .text(l.text_with("mail-remedies", &[("authority", authority.into())]))
    }
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct TextMail<'a> {
    l: Lang,
    letter: &'a Composed,
    sender: &'a Sender,
    checkpoint: Option<&'a str>,
}

impl TextMail<'_> {
    /// Breaks a text into lines of at most 72 columns, with `first` before the first of them and
    /// `rest` before the others. A word that is longer stays whole, so that links keep working.
    fn wrapped(&self, text: impl AsRef<str>, first: &str, rest: &str) -> String {
        const COLUMNS: usize = 72;
        let mut lines = first.to_owned();
        let mut column = first.chars().count();
        for (place, word) in text.as_ref().split_whitespace().enumerate() {
            let length = word.chars().count();
            if place > 0 && column + 1 + length > COLUMNS {
                lines.push('\n');
                lines.push_str(rest);
                column = rest.chars().count();
            } else if place > 0 {
                lines.push(' ');
                column += 1;
            }
            lines.push_str(word);
            column += length;
        }
        lines
    }
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct HtmlMail<'a> {
    l: Lang,
    letter: &'a Composed,
    sender: &'a Sender,
    checkpoint: Option<&'a str>,
}

#[cfg(test)]
pub(crate) mod sample;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mail_fits_72_columns_and_says_its_links_and_codes_in_both_forms() {
        for &lang in Lang::all() {
            for (name, letter) in sample::letters() {
                let mail = letter.render(lang, &sample::sender());
                let (words, _) = mail
                    .text
                    .split_once(sample::CHECKPOINT)
                    .unwrap_or((&mail.text, ""));
                for line in words.lines() {
                    let short = line.chars().count() <= 72 || line.contains("https://");
                    assert!(short, "{name} in {}: {line}", lang.tag());
                }
                for block in letter.compose(lang).blocks {
                    if let Block::Link { href: shown, .. } | Block::Code(shown) = block {
                        assert!(
                            mail.text.contains(&shown) && mail.html.contains(&shown),
                            "{name}: {shown}"
                        );
                    }
                }
                assert!(!mail.subject.contains('\n') && !mail.subject.is_empty());
            }
        }
    }

    #[test]
    fn mails_to_people_end_with_the_checkpoint_as_it_was_signed_and_mails_to_staff_have_none() {
        for (name, letter) in sample::letters() {
            let mail = letter.render(Lang::De, &sample::sender());
            let html = mail
                .html
                .contains(&format!("<pre class=\"note\">{}</pre>", sample::CHECKPOINT));
            let text = mail.text.ends_with(&format!("\n\n{}", sample::CHECKPOINT));
            let is_to_person = !letter.is_to_staff();
            assert_eq!((text, html), (is_to_person, is_to_person), "{name}");
            let said = mail.text.contains("dsr-log") || mail.html.contains("dsr-log");
            assert_eq!(said, is_to_person, "{name}");
        }
    }

    #[test]
    fn without_a_checkpoint_a_mail_ends_with_its_foot() {
        let sender = Sender {
            checkpoint: None,
            ..sample::sender()
        };
        let (_, letter) = sample::letters().swap_remove(0);
        let mail = letter.render(Lang::En, &sender);
        assert!(mail.text.ends_with("a person reads it.\n"));
        assert!(!mail.html.contains("<pre"));
    }

    #[test]
    fn the_confirmation_of_a_removal_reads_like_a_letter() {
        let (_, letter) = sample::letters().swap_remove(0);
        let mail = letter.render(Lang::En, &sample::sender());
        assert_eq!(mail.subject, "Confirm your removal request");
        assert_eq!(
            mail.text,
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/data/mail-confirmation.txt"
            ))
        );
    }
}

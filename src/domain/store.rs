//! What any system that holds personal data must be able to do, and the words for it.

use std::fmt;

use async_trait::async_trait;
use jiff::SignedDuration;
use jiff::civil::Date;

use super::email::Email;
use super::request::{AddressDigest, Field};
use super::run::Cause;
use super::text::text_enum;

/// The name of a store: stable, short, in the trail and in addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreName(pub String);

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The person as stores are asked about them.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The proved address.
    pub address: Email,
    /// Its digests under every search key in use.
    pub digests: Vec<AddressDigest>,
    /// The name they gave, if they did. It finds nothing by itself.
    pub name: Option<String>,
}

text_enum! {
    /// How sure a match is.
    pub enum Match {
        /// The exact address or account: decided by itself.
        Sure = "sure",
        /// Anything weaker: staff answer first.
        Candidate = "candidate",
    }
}

text_enum! {
    /// What an item is. The page says it in the reader's language.
    pub enum ItemKind {
        /// A contact on a licence.
        LicenceContact = "licence_contact",
        /// A contact on a sale: a billing record.
        SaleContact = "sale_contact",
        /// A contact on a trial.
        TrialContact = "trial_contact",
        /// A support ticket that the person opened.
        Ticket = "ticket",
        /// A person taking part in a ticket of somebody else.
        Participant = "participant",
        /// A message the person wrote.
        TicketMessage = "ticket_message",
        /// A file attached to such a message.
        TicketFile = "ticket_file",
        /// The address, named in somebody else's ticket.
        Mention = "mention",
        /// An installation of an app.
        Installation = "installation",
        /// The person's account in another system.
        Account = "account",
        /// What a change log of another system still tells of earlier values.
        History = "history",
        /// A row or an object of another system.
        Record = "record",
        /// What lies where no program reaches: a person looks, and says what became of it.
        Manual = "manual",
    }
}

text_enum! {
    /// Why something is kept although it was asked to go.
    pub enum Ground {
        /// A licence under active maintenance needs a contact: Art. 17(1)(a) is not met.
        ActiveContract = "active_contract",
        /// Tax law: Art. 17(3)(b).
        TaxLaw = "tax_law",
        /// Another legal obligation: Art. 17(3)(b).
        LegalObligation = "legal_obligation",
        /// Legal claims: Art. 17(3)(e).
        LegalClaims = "legal_claims",
        /// It is the data of somebody else: Art. 15(4), 17(1).
        ThirdParty = "third_party",
        /// The person did not ask for it.
        NotAsked = "not_asked",
    }
}

impl Ground {
    /// The article behind the ground.
    pub fn article(self) -> &'static str {
        match self {
            Ground::ActiveContract => "Art. 17(1)(a)",
            Ground::TaxLaw | Ground::LegalObligation => "Art. 17(3)(b)",
            Ground::LegalClaims => "Art. 17(3)(e)",
            Ground::ThirdParty => "Art. 15(4)",
            Ground::NotAsked => "Art. 17(1)",
        }
    }
}

/// What becomes of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes.
    Erase,
    /// It stays on a legal ground, blocked where the store can, until a day if there is one.
    Keep(Ground, Option<Date>),
}

/// The key of an item in its store: no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemKey(pub String);

/// A thing found in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its key.
    pub key: ItemKey,
    /// What it is.
    pub kind: ItemKind,
    /// What staff call it: a licence number, a ticket's subject.
    pub label: String,
    /// One line more: the product, the end date.
    pub note: String,
    /// The names of the fields that hold something of the person.
    pub holds: Vec<String>,
    /// How sure.
    pub matched: Match,
    /// What the rules propose.
    pub proposal: Decision,
    /// The keys of what it would be a part of, if that is an item of its own. Once the person's own
    /// record is gone, what was kept on a ground is found again as a mere mention; by this it is
    /// known to be the same, and stays on the same ground.
    pub within: Vec<ItemKey>,
}

/// A page of a keyset walk: what was found, and where the next page starts.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What was found.
    pub items: Vec<T>,
    /// Where to go on, if there is more.
    pub next: Option<String>,
}

/// An item with what is to become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Which.
    pub key: ItemKey,
    /// What it is.
    pub kind: ItemKind,
    /// What becomes of it.
    pub decision: Decision,
}

impl Order {
    /// Whether it is to go.
    pub fn is_erasure(&self) -> bool {
        self.decision == Decision::Erase
    }
}

text_enum! {
    /// What became of an item.
    pub enum ItemOutcome {
        /// It is gone, now or before.
        Erased = "erased",
        /// The person is out of it; what is left names nobody.
        Neutralised = "neutralised",
        /// It stays on its ground, blocked where the store can.
        Kept = "kept",
        /// It was to go and a legal hold stopped it: it goes when the hold ends.
        Held = "held",
        /// The right value stands there, read back.
        Corrected = "corrected",
        /// It could not be done now.
        Failed = "failed",
        /// Only a person can do it.
        NeedsPerson = "needs_person",
        /// A person has done it, and says so.
        Attested = "attested",
    }
}

/// What became of one item, and why if it is not what was ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What became of it.
    pub outcome: ItemOutcome,
    /// Why it failed, was kept or needs a person, in plain words: the table, the right that is
    /// missing, what to do. No personal data: it is shown, and it reaches the log.
    pub why: Option<String>,
}

impl From<ItemOutcome> for Done {
    fn from(outcome: ItemOutcome) -> Done {
        Done { outcome, why: None }
    }
}

impl Done {
    /// An outcome with its reason.
    pub fn because(outcome: ItemOutcome, why: impl Into<String>) -> Done {
        Done {
            outcome,
            why: Some(why.into()),
        }
    }
}

/// One field of one item, old and new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which field.
    pub field: Field,
    /// The value that stands there, if any.
    pub old: Option<String>,
    /// The right value.
    pub new: String,
}

/// A record of the person, for the review bundle.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Exported {
    /// What it is ([`ItemKind`]).
    pub kind: &'static str,
    /// What it is called.
    pub label: String,
    /// Where we have it from (Art. 15(1)(g)).
    pub source: String,
    /// Name and value, in the order of the record.
    pub fields: Vec<(String, String)>,
}

/// Where an export goes: a bundle that is written as it comes.
pub trait Sink: Send {
    /// Takes a record.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    fn record(&mut self, record: Exported) -> Result<(), StoreError>;
    /// Takes a file.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    fn file(&mut self, name: &str, content: &[u8]) -> Result<(), StoreError>;
}

text_enum! {
    /// How far an erasure in a store can go. It is shown to staff before they accept.
    pub enum Level {
        /// Nothing of the person is left where the store can look.
        Full = "full",
        /// What the person wrote goes; what the system notes of it by itself stays.
        Content = "content",
        /// The person's own record is emptied; what mentions them stays.
        Record = "record",
        /// A person does it by hand, and says so.
        Manual = "manual",
    }
}

text_enum! {
    /// What a system cannot let go of by itself.
    pub enum Leftover {
        /// Its change log keeps earlier values.
        History = "history",
        /// What the person wrote.
        Messages = "messages",
        /// Files, and their names.
        Files = "files",
        /// Where others mention the person.
        Mentions = "mentions",
        /// The person's account.
        Account = "account",
    }
}

/// What a store can do for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// How many records it holds, if it can say.
    pub records: Option<u64>,
    /// When something last came from it, in words of the trail.
    pub last_import: Option<jiff::Timestamp>,
    /// What answered, with its version, if it says.
    pub version: Option<String>,
    /// How far an erasure goes.
    pub level: Level,
    /// What stays all the same.
    pub leaves: Vec<Leftover>,
}

impl Default for Reach {
    fn default() -> Reach {
        Reach {
            records: None,
            last_import: None,
            version: None,
            level: Level::Full,
            leaves: Vec::new(),
        }
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It may work later.
    #[error("{0}")]
    Retry(String),
    /// It asked to be left alone for a while, or somebody else is working in it. That is no failure.
    #[error("{cause}")]
    Later {
        /// What is the matter, in plain words.
        cause: String,
        /// How long to wait before the next try.
        after: SignedDuration,
    },
    /// A person must mend something first.
    #[error("{cause}")]
    NeedsPerson {
        /// What is wrong, in plain words.
        cause: String,
        /// How to mend it.
        mend: String,
    },
    /// A defect of ours.
    #[error("{0}")]
    Bug(String),
}

/// A system that holds personal data.
#[async_trait]
pub trait Store: Send + Sync {
    /// Its name.
    fn name(&self) -> StoreName;

    /// Whether it lies in our own database: then its steps are transactions, its order counts, and
    /// a restored backup brings it back.
    fn is_ours(&self) -> bool {
        false
    }

    /// Whether it can be searched. Where it cannot, a person looks, and what they say is all there is.
    fn is_searched(&self) -> bool {
        true
    }

    /// Items that one call of [`carry_out`](Store::carry_out) works at the most.
    fn batch(&self) -> usize {
        200
    }

    /// Is it reachable, does our account have every right that it needs, and what can be done?
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be asked; [`StoreError::NeedsPerson`] names a missing right.
    async fn probe(&self) -> Result<Reach, StoreError>;

    /// What it holds of the person, in keyset pages: at once the search and the
    /// inventory, so that what staff saw is what is frozen. Sure or candidate, with a proposal.
    /// Content comes before mentions, and the person's own record last, since nothing is found by
    /// its address any more once that is gone.
    ///
    /// "Nothing found" never means "not allowed to look": a store of another system asks for its
    /// rights before the first page. A cursor never counts on how many were found before.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be asked.
    async fn inventory(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError>;

    /// What it holds of the person where nothing is to be erased: for a copy (Art. 15) or a
    /// correction. The inventory, and also what an erasure would leave as it is, because what it
    /// takes is gone already, and which is about the person all the same.
    ///
    /// # Errors
    /// As [`inventory`](Store::inventory).
    async fn everything(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        self.inventory(subject, after).await
    }

    /// Gives out the contents of items to the person, and nothing in them that is about somebody
    /// else, as far as the store can tell (Art. 15(4)).
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be asked, or the sink's.
    async fn export(
        &self,
        subject: &Subject,
        items: &[ItemKey],
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError>;

    /// The present values of the fields that a person can have corrected.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be asked.
    async fn values(&self, item: &ItemKey) -> Result<Vec<(Field, String)>, StoreError>;

    /// Writes a right value and reads it back: `Corrected`. `Kept` where the value has to stay as it
    /// was, `NeedsPerson` where the item has no such field or this value cannot be written; `Failed`
    /// if it can be tried again. What is wrong with one value holds up none of the others.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be asked.
    async fn rectify(&self, item: &ItemKey, change: &Change) -> Result<Done, StoreError>;

    /// Carries out orders: one outcome for each, in their order. What is gone
    /// already is `Erased`, so a step may run twice. Guards name the cause. What is kept for legal
    /// claims, as under a hold, is left exactly as it is.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be asked; then nothing is known of any item.
    async fn carry_out(
        &self,
        subject: &Subject,
        orders: &[Order],
        cause: Cause,
    ) -> Result<Vec<Done>, StoreError>;

    /// Of items that were reported as gone or neutral, those of which something is still there:
    /// looked up one by one by their keys, where the search by address finds them no more. The
    /// read-back asks this beside the [`inventory`](Store::inventory). What was ordered to be kept
    /// remains only if something that goes out of it meanwhile is still in it.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be asked.
    async fn remains(
        &self,
        _subject: &Subject,
        _gone: &[Order],
    ) -> Result<Vec<ItemKey>, StoreError> {
        Ok(Vec::new())
    }
}

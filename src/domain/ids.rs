//! Identifiers: one type for each thing, so that no id is taken for another.
//! All are UUIDs of version 7, so that they sort by the time of making.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

macro_rules! id {
    ($($(#[$meta:meta])* $Name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $Name(pub Uuid);

        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $Name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($Name)
            }
        }

        impl From<Uuid> for $Name {
            fn from(id: Uuid) -> Self {
                $Name(id)
            }
        }
    )+};
}

id! {
    /// A request, from its submission to its end.
    RequestId,
    /// A member of staff.
    StaffId,
    /// One run over the stores.
    RunId,
    /// One item of a run.
    RunItemId,
    /// An entry of the audit trail.
    EntryId,
    /// A mail that came in.
    IncomingId,
    /// A letter in the outbox.
    LetterId,
    /// A message or note on a request.
    MessageId,
    /// A row of a built-in store.
    RecordId,
    /// One import of a file.
    ImportId,
    /// A decision taken on a request.
    DecisionId,
    /// A review bundle.
    BundleId,
    /// A token of a machine that asks by the API.
    TokenId,
    /// A sweep by the retention rules.
    SweepId,
    /// A promise that was not kept in time.
    IncidentId,
    /// A legal hold.
    HoldId,
    /// One thing that was told of an installation.
    LifecycleId,
    /// What was decided about telling people of a version of the statement.
    AnnouncementId,
    /// A notice to a recipient (Art. 19).
    NoticeId,
    /// A backup of the database.
    BackupId,
    /// What a person does in a store by hand.
    TaskId,
    /// A copy of data outside the stores.
    CopyId,
    /// A review of who may do what.
    ReviewId,
    /// Something that staff sign in with beside their password.
    FactorId,
}

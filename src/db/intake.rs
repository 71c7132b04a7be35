//! What the intake journal keeps of a transaction: the rows that it changed, whole, as they are at its end.
//!
//! Each function of `db` that writes one of these tables says so with `touch`; a test reads the sources and
//! fails for one that does not. When the transaction has done its work, and before it commits, the rows are read.
//! Putting them back ([`apply`]) is an upsert: the last state counts, and twice does no harm.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::schema::{
    api_tokens, audit_entries, audit_index, bundle_chunks, bundles, certificates, copies_taken,
    copy_digests, corrections, decisions, held_records, hold_digests, holds, incoming,
    incoming_parts, intake_replays, messages, notices, objection_ids, objections, outbox,
    request_keys, requests, run_fields, run_items, run_stores, runs, staff, status_links,
    submissions, suppression_feed, sweeps, tasks,
};
use super::types::{maybe_time, micros};
use super::{Access, Conn, DbError, Options, connect};

/// Tells what is to be told once the changes are kept, or cannot be.
pub type Then = Box<dyn FnOnce(Result<(), String>) + Send>;

/// Where changes are kept beside the database before anybody hears of them.
pub trait Sink: Send + Sync {
    /// A transaction that changed something is about to commit; a process that dies after that is missed.
    fn ready(&self);

    /// A stamp for a transaction that is about to commit: microseconds since 1970, and later than all before.
    fn stamp(&self) -> i64;

    /// A commit was sent, and nobody heard whether it arrived.
    fn doubt(&self);

    /// Keeps what one commit changed, after all that was handed over before, and calls `then`. It is called for
    /// a commit that changed nothing too: its answer may rest on what another one did.
    fn keep(&self, changes: Vec<Changes>, then: Then);
}

/// What one transaction changed.
#[derive(Clone, Debug)]
pub struct Changes {
    /// When: later than that of each transaction whose work it could see.
    pub stamp: i64,
    /// The rows.
    pub rows: Vec<Change>,
}

/// A row, or several that belong together, at the end of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// This is the row.
    Is(Row),
    /// These are all rows.
    Are(Touched, Vec<Row>),
    /// There is none.
    Gone(Touched),
}

/// What a transaction may have changed, in the order in which it is put back: what others refer to comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Touched {
    /// What arrived.
    Submission(String),
    /// The key of a submission or request.
    Key(String),
    /// A request.
    Request(String),
    /// A decision.
    Decision(String),
    /// All decisions on a request.
    DecisionsOf(String),
    /// A message.
    Message(String),
    /// All messages of a request: some may be gone.
    MessagesOf(String),
    /// The links to the page of a request.
    LinksOf(String),
    /// A run.
    Run(String),
    /// The stores of a run.
    StoresOf(String),
    /// A task of a run.
    Task(String),
    /// An item of a run.
    Item(String),
    /// A field of a rectification.
    Field(String),
    /// The certificate of a request.
    Certificate(String),
    /// A notice to a recipient.
    Notice(String),
    /// A letter.
    Letter(String),
    /// The letters about a request.
    LettersOf(String),
    /// A mail that came in.
    Mail(String),
    /// The mails of a submission or request.
    MailsOf(String),
    /// A part of a mail as it came.
    Part(String, i32),
    /// A bundle.
    Bundle(String),
    /// A part of a bundle.
    Chunk(String, i32),
    /// An objection, with what tools call the person.
    Objection(String),
    /// What a mailing tool is told.
    Told(String),
    /// A legal hold, with the person and the records.
    Hold(String),
    /// A guard of a correction.
    Correction(String),
    /// A copy taken outside the stores, with the person.
    Copy(String),
}

thread_local! {
    /// What the transaction on this thread has touched; nothing where nobody keeps it.
    static TOUCHED: RefCell<Option<BTreeSet<Touched>>> = const { RefCell::new(None) };
}

/// The lock of PostgreSQL that holds off stamps while the state of the database gets one ([`at_rest`]).
const STAMPING: i64 = 5_209_002;

/// Notes that the transaction changes this.
pub(super) fn touch(what: impl FnOnce() -> Touched) {
    TOUCHED.with_borrow_mut(|touched| {
        if let Some(touched) = touched {
            touched.insert(what());
        }
    });
}

/// Runs the work of a transaction, and reads what it changed.
pub(super) fn collecting<T, E: From<DbError>>(
    conn: &mut Conn,
    sink: &dyn Sink,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<(T, Option<Changes>), E> {
    // What a transaction that panicked has left is not ours.
    TOUCHED.set(Some(BTreeSet::new()));
    let result = work(conn);
    let touched = TOUCHED.take().unwrap_or_default();
    let value = result?;
    if touched.is_empty() {
        return Ok((value, None));
    }
    sink.ready();
    if let Conn::Postgres(conn) = conn {
        diesel::sql_query(format!("SELECT pg_advisory_xact_lock_shared({STAMPING})"))
            .execute(conn)
            .map_err(DbError::from)?;
    }
    let stamp = sink.stamp();
    let rows = read(conn, touched)?;
    Ok((value, Some(Changes { stamp, rows })))
}

/// Reads from one state of the database, and gives it a stamp: what has an earlier one is in it, what has a later
/// one is not. Nobody waits for longer than that takes.
///
/// # Errors
/// [`DbError`].
pub fn at_rest<T>(
    options: &Options,
    stamp: impl FnOnce() -> i64,
    work: impl FnOnce(&mut Conn, i64) -> Result<T, DbError>,
) -> Result<T, DbError> {
    let mut reader = connect(options, Access::Read)?;
    let mut guard = connect(options, Access::Write)?;
    // Begun first: behind a pooler a server has to be had before others wait for the guard.
    let begin = match &reader {
        Conn::Sqlite(_) => "BEGIN",
        Conn::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    };
    reader.batch_execute(begin)?;
    // Whoever has a stamp has committed then, and nobody gets one until this lets go.
    match &mut guard {
        Conn::Sqlite(conn) => conn.batch_execute("BEGIN IMMEDIATE")?,
        Conn::Postgres(conn) => {
            // Whoever comes after this waits behind it.
            conn.batch_execute("BEGIN; SET LOCAL lock_timeout = '5s'")?;
            conn.batch_execute(&format!("SELECT pg_advisory_xact_lock({STAMPING})"))?;
        }
    }
    // The state is that of the first look.
    diesel::sql_query("SELECT count(*) FROM backups").execute(&mut reader)?;
    let stamp = stamp();
    guard.batch_execute("ROLLBACK")?;
    drop(guard);
    work(&mut reader, stamp)
}

/// One sink for all clones of a database, or none.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<std::sync::OnceLock<Arc<dyn Sink>>>);

impl Kept {
    pub(super) fn set(&self, sink: Arc<dyn Sink>) {
        // Of two the first stays; a process has one.
        let _ = self.0.set(sink);
    }

    pub(super) fn sink(&self) -> Option<&Arc<dyn Sink>> {
        self.0.get()
    }
}

/// What a caller is told whose deed stands and is not kept beside the database.
pub(super) fn unkept(why: &str) -> DbError {
    DbError::Unavailable(format!(
        "the intake journal cannot be written: {why}; what was asked is in the database, and asking again does no \
         harm"
    ))
}

/// Bytes as text.
mod base64 {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD_NO_PAD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD_NO_PAD.decode(text).map_err(D::Error::custom)
    }
}

/// The same for a nullable column.
mod maybe_base64 {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Wrapped(#[serde(with = "super::base64")] Vec<u8>);

    pub(super) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.clone().map(Wrapped).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let bytes: Option<Wrapped> = Option::deserialize(from)?;
        Ok(bytes.map(|bytes| bytes.0))
    }
}

macro_rules! put_back {
    (update $table:ident [$($key:ident),+] $row:ident $conn:ident) => {
        if diesel::update($table::table$(.filter($table::$key.eq(&$row.$key)))+)
            .set(&$row)
            .execute($conn)?
            > 0
        {
            return Ok(());
        }
    };
    (insert $table:ident [$($key:ident),+] $row:ident $conn:ident) => {};
}

/// A whole row of each table: a column that the schema has and this has not does not compile.
macro_rules! rows {
    ($how:ident, $extra:ident, $($Name:ident: $table:ident [$($key:ident),+] {
        $($(#[$meta:meta])* $column:ident: $kind:ty,)+
    })+) => {
        $(
            #[doc = concat!("A row of `", stringify!($table), "`.")]
            #[derive(Clone, Debug, PartialEq, Eq, Queryable, Insertable, $extra, Serialize, Deserialize)]
            #[diesel(table_name = $table, treat_none_as_null = true, primary_key($($key),+))]
            pub struct $Name {
                $($(#[$meta])* $column: $kind,)+
            }

            impl $Name {
                fn put(self, conn: &mut Conn) -> Result<(), DbError> {
                    put_back!($how $table [$($key),+] self conn);
                    diesel::insert_into($table::table).values(self).execute(conn)?;
                    Ok(())
                }
            }

            impl From<$Name> for Row {
                fn from(row: $Name) -> Row {
                    Row::$Name(Box::new(row))
                }
            }
        )+
    };
}

rows! { update, AsChangeset,
    Submission: submissions [id] {
        id: String,
        kind: String,
        state: String,
        lang: String,
        received_at: i64,
        received_via: String,
        #[serde(with = "base64")] address_digest: Vec<u8>,
        digest_key: String,
        #[serde(with = "base64")] sealed: Vec<u8>,
        #[serde(with = "base64")] token_hash: Vec<u8>,
        #[serde(with = "maybe_base64")] code_hash: Option<Vec<u8>>,
        attempts: i32,
        expires_at: i64,
        request_id: Option<String>,
    }
    Key: request_keys [id] {
        id: String,
        #[serde(with = "base64")] wrapped: Vec<u8>,
        master_key: String,
    }
    Request: requests [id] {
        id: String,
        reference: String,
        kind: String,
        stage: String,
        outcome: Option<String>,
        progress: String,
        lang: String,
        received_at: i64,
        received_on: String,
        received_via: String,
        regime: String,
        #[serde(with = "base64")] address_digest: Vec<u8>,
        digest_key: String,
        #[serde(with = "base64")] sealed: Vec<u8>,
        proof: Option<String>,
        proved_by: Option<String>,
        verified_at: Option<i64>,
        accepted_at: Option<i64>,
        closed_at: Option<i64>,
        due_strict: String,
        due_with_suspension: String,
        extended_at: Option<i64>,
        suspended_at: Option<i64>,
        suspended_days: i32,
        restricted_at: Option<i64>,
        policy_version: String,
        assignee: Option<String>,
        team: Option<String>,
        version: i32,
    }
    Decision: decisions [id] {
        id: String,
        request_id: String,
        kind: String,
        state: String,
        reason: Option<String>,
        #[serde(with = "base64")] sealed: Vec<u8>,
        taken_by: Option<String>,
        taken_at: i64,
        seconded_by: Option<String>,
        seconded_at: Option<i64>,
    }
    Message: messages [id] {
        id: String,
        request_id: String,
        author: String,
        staff_id: Option<String>,
        internal: bool,
        #[serde(with = "base64")] sealed: Vec<u8>,
        at: i64,
        incoming_id: Option<String>,
    }
    Run: runs [id] {
        id: String,
        request_id: Option<String>,
        cause: String,
        state: String,
        created_at: i64,
        started_at: Option<i64>,
        finished_at: Option<i64>,
    }
    RunStore: run_stores [run_id, store] {
        run_id: String,
        store: String,
        position: i32,
        state: String,
        cursor: Option<String>,
        found: i64,
        erased: i64,
        kept: i64,
        attempts: i32,
        read_backs: i32,
        intent: Option<String>,
        searched_at: Option<i64>,
        verified_at: Option<i64>,
        trouble: Option<String>,
        retry_at: Option<i64>,
        level: Option<String>,
        leaves: Option<String>,
        put_off_since: Option<i64>,
    }
    Task: tasks [id] {
        id: String,
        run_id: String,
        store: String,
        cause: String,
        owner: Option<String>,
        opened_at: i64,
        due_on: String,
        reminded_at: Option<i64>,
        done_at: Option<i64>,
        done_by: Option<String>,
        #[serde(with = "base64")] sealed: Vec<u8>,
        attestation: Option<Vec<u8>>,
    }
    Item: run_items [id] {
        id: String,
        run_id: String,
        store: String,
        item_key: String,
        kind: String,
        matched: String,
        decision: String,
        ground: Option<String>,
        keep_until: Option<String>,
        decided_by: Option<String>,
        outcome: Option<String>,
        outcome_at: Option<i64>,
        #[serde(with = "base64")] sealed: Vec<u8>,
    }
    Field: run_fields [id] {
        id: String,
        run_id: String,
        store: String,
        item_key: String,
        field: String,
        decision: String,
        reason: Option<String>,
        outcome: Option<String>,
        outcome_at: Option<i64>,
        #[serde(with = "base64")] sealed: Vec<u8>,
    }
    Certificate: certificates [request_id] {
        request_id: String,
        entry_id: String,
        at: i64,
        #[serde(with = "base64")] sealed: Vec<u8>,
    }
    Notice: notices [id] {
        id: String,
        request_id: Option<String>,
        recipient: String,
        way: String,
        act: String,
        state: String,
        #[serde(with = "base64")] sealed: Vec<u8>,
        attempts: i32,
        created_at: i64,
        done_at: Option<i64>,
        trouble: Option<String>,
        sweep_id: Option<String>,
    }
    Letter: outbox [id] {
        id: String,
        cause: String,
        letter: String,
        request_id: Option<String>,
        #[serde(with = "base64")] sealed: Vec<u8>,
        state: String,
        attempts: i32,
        created_at: i64,
        sent_at: Option<i64>,
        trouble: Option<String>,
    }
    Mail: incoming [id] {
        id: String,
        source: String,
        state: String,
        received_at: i64,
        taken_at: i64,
        size: i64,
        parts: i32,
        verdict: Option<String>,
        reason: Option<String>,
        #[serde(with = "maybe_base64")] identity: Option<Vec<u8>>,
        identity_key: Option<String>,
        #[serde(with = "maybe_base64")] address_digest: Option<Vec<u8>>,
        digest_key: Option<String>,
        sender_proof: Option<String>,
        kind: Option<String>,
        lang: Option<String>,
        attachments: i32,
        #[serde(with = "base64")] sealed: Vec<u8>,
        request_id: Option<String>,
        letter_id: Option<String>,
        settled: Option<String>,
        settled_by: Option<String>,
        settled_at: Option<i64>,
        answered_at: Option<i64>,
    }
    Part: incoming_parts [incoming_id, seq] {
        incoming_id: String,
        seq: i32,
        #[serde(with = "base64")] sealed: Vec<u8>,
    }
    Bundle: bundles [id] {
        id: String,
        request_id: String,
        made_at: i64,
        size: i64,
        chunks: i32,
        #[serde(with = "maybe_base64")] code_hash: Option<Vec<u8>>,
        code_expires_at: Option<i64>,
        attempts: i32,
        downloads: i32,
        expires_at: i64,
    }
    Chunk: bundle_chunks [bundle_id, seq] {
        bundle_id: String,
        seq: i32,
        #[serde(with = "base64")] sealed: Vec<u8>,
    }
    Objection: objections [id] {
        id: String,
        #[serde(with = "base64")] address_digest: Vec<u8>,
        digest_key: String,
        list: String,
        since_at: i64,
        channel: String,
        lifted_at: Option<i64>,
    }
    Told: suppression_feed [id] {
        id: String,
        token_id: String,
        objection_id: String,
        place: Option<i64>,
        #[serde(with = "maybe_base64")] digest: Option<Vec<u8>>,
        list: String,
        tool_id: Option<String>,
        change: String,
        at: i64,
        written_at: i64,
    }
    Hold: holds [id] {
        id: String,
        placed_at: i64,
        placed_by: Option<String>,
        until_on: Option<String>,
        review_on: String,
        ended_at: Option<i64>,
        ended_by: Option<String>,
        ended_how: Option<String>,
        #[serde(with = "base64")] sealed: Vec<u8>,
    }
    Correction: corrections [id] {
        id: String,
        store: String,
        record_key: String,
        field: String,
        #[serde(with = "base64")] wrong_digest: Vec<u8>,
        digest_key: String,
        corrected_at: i64,
    }
    Copy: copies_taken [id] {
        id: String,
        entered_at: i64,
        entered_by: Option<String>,
        holder: Option<String>,
        everybody: bool,
        taken_on: String,
        until_on: String,
        destroyed_on: Option<String>,
        destroyed_at: Option<i64>,
        destroyed_by: Option<String>,
        #[serde(with = "base64")] sealed: Vec<u8>,
    }
}

rows! { insert, Hash,
    Link: status_links [token_hash] {
        #[serde(with = "base64")] token_hash: Vec<u8>,
        request_id: String,
        created_at: i64,
        expires_at: i64,
    }
    ObjectionId: objection_ids [objection_id, tool, tool_id] {
        objection_id: String,
        tool: String,
        tool_id: String,
    }
    HoldDigest: hold_digests [hold_id, address_digest] {
        hold_id: String,
        #[serde(with = "base64")] address_digest: Vec<u8>,
        digest_key: String,
    }
    HeldRecord: held_records [hold_id, store, item_key] {
        hold_id: String,
        store: String,
        item_key: String,
        kind: String,
        cause: String,
        since_at: i64,
    }
    CopyDigest: copy_digests [copy_id, address_digest] {
        copy_id: String,
        #[serde(with = "base64")] address_digest: Vec<u8>,
        digest_key: String,
    }
}

/// A row of any of the tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is named for its table")]
pub enum Row {
    Submission(Box<Submission>),
    Key(Box<Key>),
    Request(Box<Request>),
    Decision(Box<Decision>),
    Message(Box<Message>),
    Link(Box<Link>),
    Run(Box<Run>),
    RunStore(Box<RunStore>),
    Task(Box<Task>),
    Item(Box<Item>),
    Field(Box<Field>),
    Certificate(Box<Certificate>),
    Notice(Box<Notice>),
    Letter(Box<Letter>),
    Mail(Box<Mail>),
    Part(Box<Part>),
    Bundle(Box<Bundle>),
    Chunk(Box<Chunk>),
    Objection(Box<Objection>),
    ObjectionId(Box<ObjectionId>),
    Told(Box<Told>),
    Hold(Box<Hold>),
    HoldDigest(Box<HoldDigest>),
    HeldRecord(Box<HeldRecord>),
    Correction(Box<Correction>),
    Copy(Box<Copy>),
    CopyDigest(Box<CopyDigest>),
}

/// Reads what was touched.
fn read(conn: &mut Conn, touched: BTreeSet<Touched>) -> Result<Vec<Change>, DbError> {
    let mut changes = Vec::with_capacity(touched.len());
    for what in touched {
        macro_rules! one {
            ($table:ident, $Name:ident, $id:expr) => {{
                let row: Option<$Name> = $table::table.find($id).first(conn).optional()?;
                changes.push(match row {
                    Some(row) => Change::Is(row.into()),
                    None => Change::Gone(what),
                });
            }};
        }
        macro_rules! all {
            ($table:ident, $Name:ident, $column:ident, $id:expr) => {{
                let rows: Vec<$Name> = $table::table.filter($table::$column.eq($id)).load(conn)?;
                rows.into_iter().map(Row::from)
            }};
        }
        match &what {
            Touched::Submission(id) => one!(submissions, Submission, id),
            Touched::Key(id) => one!(request_keys, Key, id),
            Touched::Request(id) => one!(requests, Request, id),
            Touched::Decision(id) => one!(decisions, Decision, id),
            Touched::DecisionsOf(id) => {
                changes.extend(all!(decisions, Decision, request_id, id).map(Change::Is));
            }
            Touched::Message(id) => one!(messages, Message, id),
            Touched::MessagesOf(id) => {
                let rows = all!(messages, Message, request_id, id).collect();
                changes.push(Change::Are(what, rows));
            }
            Touched::LinksOf(id) => {
                let rows = all!(status_links, Link, request_id, id).collect();
                changes.push(Change::Are(what, rows));
            }
            Touched::Run(id) => one!(runs, Run, id),
            Touched::StoresOf(id) => {
                changes.extend(all!(run_stores, RunStore, run_id, id).map(Change::Is));
            }
            Touched::Task(id) => one!(tasks, Task, id),
            Touched::Item(id) => one!(run_items, Item, id),
            Touched::Field(id) => one!(run_fields, Field, id),
            Touched::Certificate(id) => one!(certificates, Certificate, id),
            Touched::Notice(id) => one!(notices, Notice, id),
            Touched::Letter(id) => one!(outbox, Letter, id),
            Touched::LettersOf(id) => {
                changes.extend(all!(outbox, Letter, request_id, id).map(Change::Is));
            }
            Touched::Mail(id) => one!(incoming, Mail, id),
            Touched::MailsOf(id) => {
                changes.extend(all!(incoming, Mail, request_id, id).map(Change::Is));
            }
            Touched::Part(id, seq) => one!(incoming_parts, Part, (id, *seq)),
            Touched::Bundle(id) => one!(bundles, Bundle, id),
            Touched::Chunk(id, seq) => one!(bundle_chunks, Chunk, (id, *seq)),
            Touched::Objection(id) => {
                let row: Option<Objection> = objections::table.find(id).first(conn).optional()?;
                match row {
                    Some(row) => {
                        let ids = all!(objection_ids, ObjectionId, objection_id, id);
                        let rows = std::iter::once(row.into()).chain(ids).collect();
                        changes.push(Change::Are(what, rows));
                    }
                    None => changes.push(Change::Gone(what)),
                }
            }
            Touched::Told(id) => one!(suppression_feed, Told, id),
            Touched::Hold(id) => {
                let row: Option<Hold> = holds::table.find(id).first(conn).optional()?;
                match row {
                    Some(row) => {
                        let digests = all!(hold_digests, HoldDigest, hold_id, id);
                        let records = all!(held_records, HeldRecord, hold_id, id);
                        let rows = std::iter::once(row.into()).chain(digests).chain(records);
                        let rows = rows.collect();
                        changes.push(Change::Are(what, rows));
                    }
                    None => changes.push(Change::Gone(what)),
                }
            }
            Touched::Correction(id) => one!(corrections, Correction, id),
            Touched::Copy(id) => {
                let row: Option<Copy> = copies_taken::table.find(id).first(conn).optional()?;
                match row {
                    Some(row) => {
                        let digests = all!(copy_digests, CopyDigest, copy_id, id);
                        let rows = std::iter::once(row.into()).chain(digests).collect();
                        changes.push(Change::Are(what, rows));
                    }
                    None => changes.push(Change::Gone(what)),
                }
            }
        }
    }
    Ok(changes)
}

/// Everything that was touched since an instant, as the trail and the rows themselves say: what a process that
/// died, or could not write, may have left out; with the stamp of this state. More than was changed does no harm.
///
/// # Errors
/// [`DbError`].
pub fn changed_since(
    conn: &mut Conn,
    since: Timestamp,
    stamp: i64,
) -> Result<Vec<Changes>, DbError> {
    let since = micros(since);
    let acted: Vec<Option<String>> = audit_index::table
        .filter(audit_index::at.ge(since))
        .filter(audit_index::request_id.is_not_null())
        .select(audit_index::request_id)
        .distinct()
        .load(conn)?;
    let mut all: Vec<BTreeSet<Touched>> = Vec::new();
    for id in acted.into_iter().flatten() {
        all.push(touched_of(conn, &id)?);
    }
    let any: Option<i64> = audit_index::table
        .filter(audit_index::at.ge(since))
        .select(audit_index::at)
        .first(conn)
        .optional()?;
    let mut rest = BTreeSet::new();
    macro_rules! since {
        ($table:ident, $Touched:ident, $filter:expr) => {{
            let ids: Vec<String> = $table::table
                .filter($filter)
                .select($table::id)
                .load(conn)?;
            rest.extend(ids.into_iter().map(Touched::$Touched));
        }};
    }
    // Each of these is an act that the trail has; without one there is no need to read whole tables.
    if any.is_some() {
        since!(
            objections,
            Objection,
            objections::since_at
                .ge(since)
                .or(objections::lifted_at.ge(since))
        );
        since!(
            suppression_feed,
            Told,
            suppression_feed::written_at.ge(since)
        );
        // There are never many, and a review leaves no time in the row.
        since!(
            holds,
            Hold,
            holds::ended_at.is_null().or(holds::ended_at.ge(since))
        );
        // A longer term leaves no time in the row either.
        since!(
            copies_taken,
            Copy,
            copies_taken::destroyed_at
                .is_null()
                .or(copies_taken::destroyed_at.ge(since))
        );
        since!(corrections, Correction, corrections::corrected_at.ge(since));
        since!(incoming, Mail, incoming::settled_at.ge(since));
        since!(
            outbox,
            Letter,
            outbox::created_at.ge(since).or(outbox::sent_at.ge(since))
        );
    }
    since!(incoming, Mail, incoming::taken_at.ge(since));
    for what in &rest {
        if let Touched::Mail(id) = what {
            let parts: Vec<i32> = incoming_parts::table
                .filter(incoming_parts::incoming_id.eq(id))
                .select(incoming_parts::seq)
                .load(conn)?;
            // A mail has a key of its own.
            let own = [Touched::Key(id.clone()), what.clone()];
            let parts = parts.into_iter().map(|seq| Touched::Part(id.clone(), seq));
            all.push(own.into_iter().chain(parts).collect());
        }
    }
    rest.retain(|what| !matches!(what, Touched::Mail(_)));
    all.push(rest);
    all.retain(|touched| !touched.is_empty());
    all.into_iter()
        .map(|touched| {
            Ok(Changes {
                stamp,
                rows: read(conn, touched)?,
            })
        })
        .collect()
}

/// All that a submission or request is made of.
fn touched_of(conn: &mut Conn, id: &str) -> Result<BTreeSet<Touched>, DbError> {
    let own = || id.to_owned();
    let mut touched = BTreeSet::from([
        Touched::Submission(own()),
        Touched::Key(own()),
        Touched::LettersOf(own()),
        Touched::MailsOf(own()),
    ]);
    let known: i64 = requests::table.find(id).count().get_result(conn)?;
    if known == 0 {
        return Ok(touched);
    }
    touched.extend([
        Touched::Request(own()),
        Touched::DecisionsOf(own()),
        Touched::MessagesOf(own()),
        Touched::LinksOf(own()),
        Touched::Certificate(own()),
    ]);
    let ids: Vec<String> = runs::table
        .filter(runs::request_id.eq(id))
        .select(runs::id)
        .load(conn)?;
    for run in ids {
        let items: Vec<String> = run_items::table
            .filter(run_items::run_id.eq(&run))
            .select(run_items::id)
            .load(conn)?;
        touched.extend(items.into_iter().map(Touched::Item));
        let fields: Vec<String> = run_fields::table
            .filter(run_fields::run_id.eq(&run))
            .select(run_fields::id)
            .load(conn)?;
        touched.extend(fields.into_iter().map(Touched::Field));
        let opened: Vec<String> = tasks::table
            .filter(tasks::run_id.eq(&run))
            .select(tasks::id)
            .load(conn)?;
        touched.extend(opened.into_iter().map(Touched::Task));
        touched.extend([Touched::Run(run.clone()), Touched::StoresOf(run)]);
    }
    let ids: Vec<String> = notices::table
        .filter(notices::request_id.eq(id))
        .select(notices::id)
        .load(conn)?;
    touched.extend(ids.into_iter().map(Touched::Notice));
    let bundle: Option<(String, i32)> = bundles::table
        .filter(bundles::request_id.eq(id))
        .select((bundles::id, bundles::chunks))
        .first(conn)
        .optional()?;
    if let Some((bundle, chunks)) = bundle {
        touched.extend((0..chunks).map(|seq| Touched::Chunk(bundle.clone(), seq)));
        touched.insert(Touched::Bundle(bundle));
    }
    Ok(touched)
}

/// A replay of the journal has begun.
///
/// # Errors
/// [`DbError`].
pub fn begin_replay(conn: &mut Conn, now: Timestamp) -> Result<(), DbError> {
    if unfinished_replay(conn)?.is_none() {
        diesel::insert_into(intake_replays::table)
            .values(intake_replays::begun_at.eq(micros(now)))
            .execute(conn)?;
    }
    Ok(())
}

/// When the replay was begun that is not done.
///
/// # Errors
/// [`DbError`].
pub fn unfinished_replay(conn: &mut Conn) -> Result<Option<Timestamp>, DbError> {
    let begun: Option<i64> = intake_replays::table
        .select(intake_replays::begun_at)
        .first(conn)
        .optional()?;
    maybe_time(begun)
}

/// The replay is done.
///
/// # Errors
/// [`DbError`].
pub fn end_replay(conn: &mut Conn) -> Result<(), DbError> {
    diesel::delete(intake_replays::table).execute(conn)?;
    Ok(())
}

/// What has become of a change that was to be put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is so now.
    Done,
    /// It is about what was forgotten since, or hangs on it.
    Forgotten,
    /// What is there is newer.
    Older,
    /// Something else stands in its place.
    Refused,
}

/// Puts a change back. Of a request that is in `forgotten` nothing comes back; where the database has it, its
/// shell is brought to the state that it had.
///
/// # Errors
/// [`DbError`].
pub fn apply(
    conn: &mut Conn,
    change: Change,
    forgotten: &HashSet<String>,
) -> Result<Applied, DbError> {
    /// What ends a row's own transaction.
    enum Ended {
        Database(Error),
        Other(DbError),
    }
    impl From<Error> for Ended {
        fn from(error: Error) -> Ended {
            Ended::Database(error)
        }
    }
    // A transaction of its own, so that one row that does not fit does not end all.
    let applied = conn.transaction(|conn| {
        apply_in(conn, change, forgotten).map_err(|error| match error {
            DbError::Conflict(error) | DbError::Refused(error) => Ended::Database(error),
            other => Ended::Other(other),
        })
    });
    match applied {
        // What it refers to is missing where a record is damaged, or the backup is older than the journal.
        Err(Ended::Database(Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation,
            _,
        ))) => Ok(Applied::Refused),
        Err(Ended::Database(error)) => Err(error.into()),
        Err(Ended::Other(error)) => Err(error),
        Ok(applied) => Ok(applied),
    }
}

fn apply_in(
    conn: &mut Conn,
    change: Change,
    forgotten: &HashSet<String>,
) -> Result<Applied, DbError> {
    match change {
        Change::Is(row) => put(conn, row, forgotten),
        Change::Are(what, rows) => {
            match &what {
                Touched::MessagesOf(id) | Touched::LinksOf(id) if forgotten.contains(id) => {
                    return Ok(Applied::Forgotten);
                }
                Touched::Objection(id) => {
                    let known: Option<(i64, Option<i64>)> = objections::table
                        .find(id)
                        .select((objections::since_at, objections::lifted_at))
                        .first(conn)
                        .optional()?;
                    let at = |since: i64, lifted: Option<i64>| since.max(lifted.unwrap_or(since));
                    if let (Some((since, lifted)), Some(Row::Objection(row))) =
                        (known, rows.first())
                        && at(since, lifted) > at(row.since_at, row.lifted_at)
                    {
                        return Ok(Applied::Older);
                    }
                }
                _ => {}
            }
            clear(conn, &what)?;
            for row in rows {
                let applied = put(conn, row, forgotten)?;
                if applied != Applied::Done {
                    return Ok(applied);
                }
            }
            Ok(Applied::Done)
        }
        Change::Gone(what) => {
            remove(conn, &what)?;
            Ok(Applied::Done)
        }
    }
}

/// Takes away what comes back whole.
fn clear(conn: &mut Conn, what: &Touched) -> Result<(), DbError> {
    match what {
        Touched::MessagesOf(id) => {
            diesel::delete(messages::table.filter(messages::request_id.eq(id))).execute(conn)?;
        }
        Touched::LinksOf(id) => {
            diesel::delete(status_links::table.filter(status_links::request_id.eq(id)))
                .execute(conn)?;
        }
        Touched::Objection(id) => {
            diesel::delete(objection_ids::table.filter(objection_ids::objection_id.eq(id)))
                .execute(conn)?;
        }
        Touched::Hold(id) => {
            diesel::delete(hold_digests::table.filter(hold_digests::hold_id.eq(id)))
                .execute(conn)?;
            diesel::delete(held_records::table.filter(held_records::hold_id.eq(id)))
                .execute(conn)?;
        }
        Touched::Copy(id) => {
            diesel::delete(copy_digests::table.filter(copy_digests::copy_id.eq(id)))
                .execute(conn)?;
        }
        _ => {}
    }
    Ok(())
}

/// Takes away what was taken away.
fn remove(conn: &mut Conn, what: &Touched) -> Result<(), DbError> {
    clear(conn, what)?;
    macro_rules! remove {
        ($table:ident, $id:expr) => {
            diesel::delete($table::table.find($id)).execute(conn)?
        };
    }
    match what {
        Touched::Submission(id) => remove!(submissions, id),
        Touched::Key(id) => remove!(request_keys, id),
        Touched::Message(id) => remove!(messages, id),
        Touched::Certificate(id) => remove!(certificates, id),
        Touched::Letter(id) => remove!(outbox, id),
        Touched::Mail(id) => {
            diesel::delete(incoming_parts::table.filter(incoming_parts::incoming_id.eq(id)))
                .execute(conn)?;
            remove!(incoming, id)
        }
        Touched::Part(id, seq) => remove!(incoming_parts, (id, *seq)),
        Touched::Bundle(id) => {
            diesel::delete(bundle_chunks::table.filter(bundle_chunks::bundle_id.eq(id)))
                .execute(conn)?;
            remove!(bundles, id)
        }
        Touched::Chunk(id, seq) => remove!(bundle_chunks, (id, *seq)),
        Touched::Objection(id) => {
            diesel::delete(suppression_feed::table.filter(suppression_feed::objection_id.eq(id)))
                .execute(conn)?;
            remove!(objections, id)
        }
        Touched::Told(id) => remove!(suppression_feed, id),
        Touched::Hold(id) => remove!(holds, id),
        Touched::Correction(id) => remove!(corrections, id),
        Touched::Copy(id) => remove!(copies_taken, id),
        // Nothing takes these away.
        Touched::Request(_)
        | Touched::Decision(_)
        | Touched::DecisionsOf(_)
        | Touched::MessagesOf(_)
        | Touched::LinksOf(_)
        | Touched::Run(_)
        | Touched::StoresOf(_)
        | Touched::Task(_)
        | Touched::Item(_)
        | Touched::Field(_)
        | Touched::Notice(_)
        | Touched::LettersOf(_)
        | Touched::MailsOf(_) => 0,
    };
    Ok(())
}

fn put(conn: &mut Conn, row: Row, forgotten: &HashSet<String>) -> Result<Applied, DbError> {
    let is_forgotten = |id: &str| forgotten.contains(id);
    let maybe_forgotten = |id: &Option<String>| id.as_deref().is_some_and(is_forgotten);
    macro_rules! is_there {
        ($table:ident, $id:expr) => {
            $table::table.find($id).count().get_result::<i64>(conn)? > 0
        };
    }
    match row {
        Row::Submission(row) => {
            if is_forgotten(&row.id) || maybe_forgotten(&row.request_id) {
                return Ok(Applied::Forgotten);
            }
            let known: Option<String> = submissions::table
                .find(&row.id)
                .select(submissions::state)
                .first(conn)
                .optional()?;
            // It was answered where the database was put back before.
            if known.is_some_and(|known| known != "waiting") && row.state == "waiting" {
                return Ok(Applied::Older);
            }
            row.put(conn)?;
        }
        Row::Key(row) => {
            if is_forgotten(&row.id) {
                return Ok(Applied::Forgotten);
            }
            row.put(conn)?;
        }
        Row::Request(mut row) => {
            let known: Option<i32> = requests::table
                .find(&row.id)
                .select(requests::version)
                .first(conn)
                .optional()?;
            if is_forgotten(&row.id) {
                if known.is_none() {
                    return Ok(Applied::Forgotten);
                }
                row.sealed = Vec::new();
            }
            if known.is_some_and(|known| known > row.version) {
                return Ok(Applied::Older);
            }
            // An account that came after the backup is nobody any more.
            if let Some(assignee) = &row.assignee
                && !is_there!(staff, assignee)
            {
                row.assignee = None;
            }
            row.put(conn)?;
        }
        Row::Decision(row) if is_forgotten(&row.request_id) => return Ok(Applied::Forgotten),
        Row::Decision(row) if !is_there!(requests, &row.request_id) => return Ok(Applied::Refused),
        Row::Decision(row) => row.put(conn)?,
        Row::Message(row) if is_forgotten(&row.request_id) => return Ok(Applied::Forgotten),
        Row::Message(row) if !is_there!(requests, &row.request_id) => return Ok(Applied::Refused),
        Row::Message(row) => row.put(conn)?,
        Row::Link(row) if is_forgotten(&row.request_id) => return Ok(Applied::Forgotten),
        Row::Link(row) if !is_there!(requests, &row.request_id) => return Ok(Applied::Refused),
        Row::Link(row) => row.put(conn)?,
        Row::Run(row) => {
            if maybe_forgotten(&row.request_id) && !is_there!(runs, &row.id) {
                return Ok(Applied::Forgotten);
            }
            if let Some(request) = &row.request_id
                && !is_there!(requests, request)
            {
                return Ok(Applied::Refused);
            }
            let known: Option<Option<i64>> = runs::table
                .find(&row.id)
                .select(runs::finished_at)
                .first(conn)
                .optional()?;
            if known.flatten().is_some() && row.finished_at.is_none() {
                return Ok(Applied::Older);
            }
            row.put(conn)?;
        }
        Row::RunStore(mut row) => {
            if !is_there!(runs, &row.run_id) {
                return Ok(Applied::Forgotten);
            }
            // The entry that announced a step is lost with the trail since the backup: it is announced anew.
            row.intent = None;
            row.put(conn)?;
        }
        Row::Task(mut row) => match request_of(conn, &row.run_id)? {
            Some(request) if !is_forgotten(&request) => {
                if let Some(owner) = &row.owner
                    && !is_there!(staff, owner)
                {
                    row.owner = None;
                }
                row.put(conn)?;
            }
            _ => return Ok(Applied::Forgotten),
        },
        Row::Item(row) => match request_of(conn, &row.run_id)? {
            Some(request) if !is_forgotten(&request) => row.put(conn)?,
            _ => return Ok(Applied::Forgotten),
        },
        Row::Field(row) => match request_of(conn, &row.run_id)? {
            Some(request) if !is_forgotten(&request) => row.put(conn)?,
            _ => return Ok(Applied::Forgotten),
        },
        Row::Certificate(row) if is_forgotten(&row.request_id) => return Ok(Applied::Forgotten),
        Row::Certificate(row) if !is_there!(requests, &row.request_id) => {
            return Ok(Applied::Refused);
        }
        Row::Certificate(row) => {
            let known: Option<String> = certificates::table
                .find(&row.request_id)
                .select(certificates::entry_id)
                .first(conn)
                .optional()?;
            // One that was issued anew, because the trail has lost the entry of this one.
            if let Some(known) = known
                && is_there!(audit_entries, &known)
                && !is_there!(audit_entries, &row.entry_id)
            {
                return Ok(Applied::Older);
            }
            row.put(conn)?;
        }
        Row::Notice(row) if maybe_forgotten(&row.request_id) => return Ok(Applied::Forgotten),
        Row::Notice(row) => {
            let of_request = match &row.request_id {
                Some(id) => is_there!(requests, id),
                None => true,
            };
            // What was swept since the backup is swept again, and told then.
            let of_sweep = match &row.sweep_id {
                Some(id) => is_there!(sweeps, id),
                None => true,
            };
            if !of_request || !of_sweep {
                return Ok(Applied::Refused);
            }
            row.put(conn)?;
        }
        Row::Letter(row) if maybe_forgotten(&row.request_id) => return Ok(Applied::Forgotten),
        Row::Letter(row) => {
            let known: Option<String> = outbox::table
                .find(&row.id)
                .select(outbox::state)
                .first(conn)
                .optional()?;
            if known.is_some_and(|known| known == "sent") && row.state == "queued" {
                return Ok(Applied::Older);
            }
            row.put(conn)?;
        }
        Row::Mail(row) => {
            if maybe_forgotten(&row.request_id) {
                return Ok(Applied::Forgotten);
            }
            if row.parts == 0 && row.state != "arriving" {
                diesel::delete(
                    incoming_parts::table.filter(incoming_parts::incoming_id.eq(&row.id)),
                )
                .execute(conn)?;
            }
            row.put(conn)?;
        }
        Row::Part(row) => {
            let mail: Option<Option<String>> = incoming::table
                .find(&row.incoming_id)
                .select(incoming::request_id)
                .first(conn)
                .optional()?;
            match mail {
                Some(request) if !maybe_forgotten(&request) => row.put(conn)?,
                _ => return Ok(Applied::Forgotten),
            }
        }
        Row::Bundle(row) => {
            if is_forgotten(&row.request_id) {
                return Ok(Applied::Forgotten);
            }
            if !is_there!(requests, &row.request_id) {
                return Ok(Applied::Refused);
            }
            // A request has one.
            let earlier: Vec<String> = bundles::table
                .filter(bundles::request_id.eq(&row.request_id))
                .filter(bundles::id.ne(&row.id))
                .select(bundles::id)
                .load(conn)?;
            for id in earlier {
                remove(conn, &Touched::Bundle(id))?;
            }
            row.put(conn)?;
        }
        Row::Chunk(row) => {
            if !is_there!(bundles, &row.bundle_id) {
                return Ok(Applied::Forgotten);
            }
            row.put(conn)?;
        }
        Row::Objection(row) => row.put(conn)?,
        Row::ObjectionId(row) => row.put(conn)?,
        Row::Told(mut row) => {
            if !is_there!(api_tokens, &row.token_id) || !is_there!(objections, &row.objection_id) {
                return Ok(Applied::Refused);
            }
            // Feeds begin anew after a restore.
            row.place = None;
            row.put(conn)?;
        }
        Row::Hold(row) => row.put(conn)?,
        Row::HoldDigest(row) => row.put(conn)?,
        Row::HeldRecord(row) => row.put(conn)?,
        Row::Correction(row) => row.put(conn)?,
        Row::Copy(mut row) => {
            if let Some(holder) = &row.holder
                && !is_there!(staff, holder)
            {
                row.holder = None;
            }
            row.put(conn)?;
        }
        Row::CopyDigest(row) => row.put(conn)?,
    }
    Ok(Applied::Done)
}

fn request_of(conn: &mut Conn, run: &str) -> Result<Option<String>, DbError> {
    let request: Option<Option<String>> = runs::table
        .find(run)
        .select(runs::request_id)
        .first(conn)
        .optional()?;
    Ok(request.flatten())
}

impl Change {
    /// The master key that a row needs to be opened.
    pub fn master_key(&self) -> Option<&str> {
        match self {
            Change::Is(Row::Key(row)) => Some(&row.master_key),
            _ => None,
        }
    }

    /// What it is about.
    pub fn about(&self) -> Option<Touched> {
        Some(match self {
            Change::Is(row) => match row {
                Row::Submission(row) => Touched::Submission(row.id.clone()),
                Row::Request(row) => Touched::Request(row.id.clone()),
                Row::Decision(row) => Touched::Decision(row.id.clone()),
                Row::Message(row) => Touched::Message(row.id.clone()),
                Row::Run(row) => Touched::Run(row.id.clone()),
                Row::Letter(row) => Touched::Letter(row.id.clone()),
                Row::Notice(row) => Touched::Notice(row.id.clone()),
                Row::Mail(row) => Touched::Mail(row.id.clone()),
                Row::Certificate(row) => Touched::Certificate(row.request_id.clone()),
                _ => return None,
            },
            Change::Are(what, _) | Change::Gone(what) => what.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// The tables that the journal keeps.
    const KEPT: &[&str] = &[
        "submissions",
        "request_keys",
        "requests",
        "decisions",
        "messages",
        "status_links",
        "runs",
        "run_stores",
        "tasks",
        "run_items",
        "run_fields",
        "certificates",
        "notices",
        "outbox",
        "incoming",
        "incoming_parts",
        "bundles",
        "bundle_chunks",
        "objections",
        "objection_ids",
        "suppression_feed",
        "holds",
        "hold_digests",
        "held_records",
        "corrections",
        "copies_taken",
        "copy_digests",
    ];

    /// Functions that write without a word: why.
    const SILENT: &[(&str, &str, &str)] = &[
        ("digests", "put", "a digest under another key says the same"),
        (
            "digests",
            "join_corrections",
            "two that say the same do no harm",
        ),
        (
            "runs",
            "forget_words",
            "what sealed them is destroyed, and that is kept",
        ),
        ("notices", "forget_words", "the same"),
        ("tasks", "forget_words", "the same"),
        (
            "outbox",
            "delete_sent_before",
            "their segments have gone long before",
        ),
        (
            "accounts",
            "delete_ended",
            "they say themselves when they end",
        ),
        ("senders", "place", "places are given anew after a restore"),
        ("senders", "begin_anew", "the same"),
        (
            "senders",
            "forget_revoked",
            "a token that is revoked is not told",
        ),
    ];

    /// The functions of a file with their texts.
    fn functions(text: &str) -> Vec<(String, String)> {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let mut found: Vec<(String, String)> = Vec::new();
        for line in code.lines() {
            let head = line.trim_start();
            let head = head.strip_prefix("pub ").unwrap_or(head);
            let head = head.strip_prefix("pub(super) ").unwrap_or(head);
            if let Some(rest) = head.strip_prefix("fn ") {
                let name = rest.split(['(', '<']).next().unwrap_or_default();
                found.push((name.to_owned(), String::new()));
            }
            if let Some((_, body)) = found.last_mut() {
                body.push_str(line.trim());
            }
        }
        found
    }

    #[test]
    fn whoever_writes_what_the_journal_keeps_says_so() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/db");
        let (mut wrong, mut right, mut silent) = (Vec::new(), 0, 0);
        for file in fs::read_dir(folder).expect("the sources are there") {
            let path = file.expect("a file").path();
            let name = path
                .file_stem()
                .and_then(|name| name.to_str())
                .unwrap_or("");
            if ["intake", "schema"].contains(&name) {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a source");
            for (function, body) in functions(&text) {
                let writes = KEPT.iter().any(|table| {
                    ["insert_into", "update", "delete"].iter().any(|verb| {
                        [",", ".", ")"].iter().any(|end| {
                            body.contains(&format!("diesel::{verb}({table}::table{end}"))
                        })
                    })
                }) || body.contains("diesel::update($table::table");
                let indirect = [
                    "update(row)",
                    "update(waiting)",
                    "update(failed)",
                    "delete(twins)",
                ]
                .iter()
                .any(|form| body.contains(&format!("diesel::{form}")))
                    && KEPT
                        .iter()
                        .any(|table| body.contains(&format!("{table}::table")));
                if !(writes || indirect) {
                    continue;
                }
                if SILENT
                    .iter()
                    .any(|(file, known, _)| (*file, *known) == (name, &*function))
                {
                    silent += 1;
                } else if body.contains("touch(") {
                    right += 1;
                } else {
                    wrong.push(format!("{name}::{function}"));
                }
            }
        }
        assert!(wrong.is_empty(), "these write and do not touch: {wrong:?}");
        assert!(right > 40, "the sources are read: {right}");
        assert_eq!(silent, SILENT.len(), "each that is excused is there");
    }
}

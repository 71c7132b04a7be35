//! Every column with a digest under the search key, in one list. After the key has been rotated a job
//! brings them under the new one, a few rows at a time, while everybody else reads and writes.
//!
//! Marks of entries, mailed codes and form tokens are not in it: they live for hours, and name their key.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::intake::{Touched, touch};
use super::schema::{
    contacts, corrections, erasure_guards, incoming, installations, licences, mentions,
    objection_ids, objections, requests, submissions, suppression_feed, ticket_messages,
    ticket_people, tickets, transactions,
};
use super::{Conn, DbError};
use crate::domain::request::AddressDigest;

/// What a row stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The digest.
    pub bytes: Vec<u8>,
    /// Its key; nothing: the first there was.
    pub key: Option<String>,
}

/// How many digests of a column are under a key.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Under {
    /// The key; nothing: the first there was.
    #[diesel(sql_type = Nullable<Text>)]
    pub key: Option<String>,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

macro_rules! columns {
    ($($place:ident: $table:ident.$digest:ident under $key:ident,)*) => {
        /// A column with a digest.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is named for its table")]
        pub enum Place {
            $($place,)*
        }

        impl Place {
            /// All there are.
            pub const ALL: &[Place] = &[$(Place::$place,)*];

            /// Table, column of the digest, column of its key.
            pub fn name(self) -> (&'static str, &'static str, &'static str) {
                match self {
                    $(Place::$place => (stringify!($table), stringify!($digest), stringify!($key)),)*
                }
            }
        }

        /// The ids after one of the rows whose digest is not under this key, in their order.
        ///
        /// # Errors
        /// [`DbError`].
        pub fn not_under(
            conn: &mut Conn,
            place: Place,
            key: &str,
            after: &str,
            limit: i64,
        ) -> Result<Vec<String>, DbError> {
            Ok(match place {
                $(Place::$place => $table::table
                    .filter($table::id.gt(after))
                    .filter($table::$digest.nullable().is_not_null())
                    .filter($table::$key.nullable().is_null().or($table::$key.nullable().ne(key)))
                    .order($table::id)
                    .limit(limit)
                    .select($table::id)
                    .load(conn)?,)*
            })
        }

        /// What a row stores, if it is there.
        ///
        /// # Errors
        /// [`DbError`].
        pub fn stored(conn: &mut Conn, place: Place, id: &str) -> Result<Option<Stored>, DbError> {
            let row: Option<(Option<Vec<u8>>, Option<String>)> = match place {
                $(Place::$place => $table::table
                    .find(id)
                    .select(($table::$digest.nullable(), $table::$key.nullable()))
                    .first(conn)
                    .optional()?,)*
            };
            Ok(row.and_then(|(bytes, key)| Some(Stored { bytes: bytes?, key })))
        }

        fn put(
            conn: &mut Conn,
            place: Place,
            id: &str,
            digest: &AddressDigest,
        ) -> Result<(), DbError> {
            match place {
                $(Place::$place => diesel::update($table::table.find(id))
                    .set(($table::$digest.eq(&digest.bytes), $table::$key.eq(&digest.key)))
                    .execute(conn)?,)*
            };
            Ok(())
        }
    };
}

columns! {
    Submissions: submissions.address_digest under digest_key,
    Requests: requests.address_digest under digest_key,
    Objections: objections.address_digest under digest_key,
    ErasureGuards: erasure_guards.address_digest under digest_key,
    Corrections: corrections.wrong_digest under digest_key,
    Contacts: contacts.address_digest under digest_key,
    TicketPeople: ticket_people.address_digest under digest_key,
    TicketMessages: ticket_messages.address_digest under digest_key,
    Mentions: mentions.address_digest under digest_key,
    Installations: installations.address_digest under digest_key,
    IncomingSenders: incoming.address_digest under digest_key,
    IncomingMails: incoming.identity under identity_key,
    Licences: licences.fingerprint under fingerprint_key,
    Transactions: transactions.fingerprint under fingerprint_key,
    Tickets: tickets.fingerprint under fingerprint_key,
}

impl Place {
    /// Those by which people are found in the stores: whose records they are, and what they hang together by.
    pub const OF_PEOPLE: &[Place] = &[
        Place::Contacts,
        Place::TicketPeople,
        Place::TicketMessages,
        Place::Mentions,
        Place::Installations,
    ];
}

/// Under which keys the digests of a column are. Reads all of the table.
///
/// # Errors
/// [`DbError`].
pub fn keys_of(conn: &mut Conn, place: Place) -> Result<Vec<Under>, DbError> {
    let (table, digest, key) = place.name();
    Ok(diesel::sql_query(format!(
        "SELECT {key} AS key, count(*) AS count FROM {table} WHERE {digest} IS NOT NULL GROUP BY {key}"
    ))
    .load(conn)?)
}

/// Stores a digest of a row under another key. Where that meets a row that says the same already, one of
/// both stays and says what both said. False if they cannot be one; then the row stays as it is.
///
/// # Errors
/// [`DbError`].
pub fn renew(
    conn: &mut Conn,
    place: Place,
    id: &str,
    digest: &AddressDigest,
) -> Result<bool, DbError> {
    let is_free = match place {
        Place::Objections => join_objections(conn, id, digest)?,
        Place::ErasureGuards => join_guards(conn, id, digest)?,
        Place::Corrections => join_corrections(conn, id, digest)?,
        Place::Requests => has_no_twin(conn, id, digest)?,
        Place::IncomingMails => {
            let same = incoming::table.filter(incoming::identity.eq(&digest.bytes));
            same.count().get_result::<i64>(conn)? == 0
        }
        _ => true,
    };
    if is_free {
        put(conn, place, id, digest)?;
    }
    Ok(is_free)
}

/// Makes one objection of two to the same list: it stands if either does. The other's row goes.
fn join_objections(conn: &mut Conn, id: &str, digest: &AddressDigest) -> Result<bool, DbError> {
    type Row = (String, i64, Option<i64>);
    let columns = (objections::id, objections::since_at, objections::lifted_at);
    let list: String = objections::table
        .find(id)
        .select(objections::list)
        .first(conn)?;
    let twin: Option<Row> = objections::table
        .filter(objections::address_digest.eq(&digest.bytes))
        .filter(objections::list.eq(&list))
        .filter(objections::id.ne(id))
        .select(columns)
        .first(conn)
        .optional()?;
    let Some((twin, twin_since, twin_lifted)) = twin else {
        return Ok(true);
    };
    let (_, since, lifted): Row = objections::table.find(id).select(columns).first(conn)?;
    // One that stands says since when; of two the older, and of two that are lifted the later.
    let twins_hold = match (lifted, twin_lifted) {
        (None, Some(_)) => false,
        (Some(_), None) => true,
        (None, None) => twin_since < since,
        (Some(lifted), Some(twin_lifted)) => twin_lifted > lifted,
    };
    if twins_hold {
        diesel::update(objections::table.find(id))
            .set((
                objections::since_at.eq(twin_since),
                objections::lifted_at.eq(twin_lifted),
            ))
            .execute(conn)?;
    }
    let ids: Vec<(String, String)> = objection_ids::table
        .filter(objection_ids::objection_id.eq(&twin))
        .select((objection_ids::tool, objection_ids::tool_id))
        .load(conn)?;
    for (tool, tool_id) in ids {
        super::guards::learn_id(conn, id, &tool, &tool_id)?;
    }
    diesel::delete(objection_ids::table.filter(objection_ids::objection_id.eq(&twin)))
        .execute(conn)?;
    diesel::update(suppression_feed::table.filter(suppression_feed::objection_id.eq(&twin)))
        .set(suppression_feed::objection_id.eq(id))
        .execute(conn)?;
    diesel::delete(objections::table.find(&twin)).execute(conn)?;
    for id in [id, &twin] {
        touch(|| Touched::Objection(id.to_owned()));
    }
    Ok(true)
}

/// Makes one guard of two of the same record: by the person's own request if either is, and of two such,
/// or of two others, the later.
fn join_guards(conn: &mut Conn, id: &str, digest: &AddressDigest) -> Result<bool, DbError> {
    type Row = (String, String, String, i64, String);
    let columns = (
        erasure_guards::id,
        erasure_guards::store,
        erasure_guards::record_key,
        erasure_guards::erased_at,
        erasure_guards::cause,
    );
    let (_, store, record_key, erased_at, cause): Row =
        erasure_guards::table.find(id).select(columns).first(conn)?;
    let twin: Option<Row> = erasure_guards::table
        .filter(erasure_guards::address_digest.eq(&digest.bytes))
        .filter(erasure_guards::store.eq(&store))
        .filter(erasure_guards::record_key.eq(&record_key))
        .filter(erasure_guards::id.ne(id))
        .select(columns)
        .first(conn)
        .optional()?;
    let Some((twin, _, _, twin_at, twin_cause)) = twin else {
        return Ok(true);
    };
    let rank = |cause: &str, at: i64| (cause == "request", at);
    if rank(&twin_cause, twin_at) > rank(&cause, erased_at) {
        diesel::update(erasure_guards::table.find(id))
            .set((
                erasure_guards::erased_at.eq(twin_at),
                erasure_guards::cause.eq(twin_cause),
            ))
            .execute(conn)?;
    }
    diesel::delete(erasure_guards::table.find(twin)).execute(conn)?;
    Ok(true)
}

/// Makes one of two corrections of the same wrong value.
fn join_corrections(conn: &mut Conn, id: &str, digest: &AddressDigest) -> Result<bool, DbError> {
    let (store, record_key, field): (String, String, String) = corrections::table
        .find(id)
        .select((
            corrections::store,
            corrections::record_key,
            corrections::field,
        ))
        .first(conn)?;
    let twins = corrections::table
        .filter(corrections::store.eq(store))
        .filter(corrections::record_key.eq(record_key))
        .filter(corrections::field.eq(field))
        .filter(corrections::wrong_digest.eq(&digest.bytes))
        .filter(corrections::id.ne(id));
    diesel::delete(twins).execute(conn)?;
    Ok(true)
}

/// Whether no other open request of this kind is under the digest. Two that are open cannot be one here;
/// when one of them is closed, the other is brought over.
fn has_no_twin(conn: &mut Conn, id: &str, digest: &AddressDigest) -> Result<bool, DbError> {
    let (kind, stage): (String, String) = requests::table
        .find(id)
        .select((requests::kind, requests::stage))
        .first(conn)?;
    let twins = requests::table
        .filter(requests::address_digest.eq(&digest.bytes))
        .filter(requests::kind.eq(kind))
        .filter(requests::stage.ne("closed"))
        .filter(requests::id.ne(id));
    Ok(stage == "closed" || twins.count().get_result::<i64>(conn)? == 0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What is named like a digest and is none under the search key.
    const OTHERS: [(&str, &str); 4] = [
        // SHA-256 of an imported file.
        ("imports", "file_digest"),
        // Under the key of the sender.
        ("suppression_feed", "digest"),
        // A row for each key: a new one is added, none is replaced.
        ("hold_digests", "address_digest"),
        ("copy_digests", "address_digest"),
    ];

    #[test]
    fn every_column_with_a_digest_is_in_the_list() {
        let mut wanted = BTreeSet::new();
        let mut table = "";
        for line in include_str!("schema.rs").lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [name, .., "{"] if line.starts_with("    ") => table = name,
                [column, "->", kind] if kind.contains("Binary") => {
                    let is_digest =
                        column.ends_with("digest") || ["identity", "fingerprint"].contains(&column);
                    if is_digest && !OTHERS.contains(&(table, column)) {
                        wanted.insert((table, column));
                    }
                }
                _ => {}
            }
        }
        let listed: BTreeSet<_> = Place::ALL
            .iter()
            .map(|place| (place.name().0, place.name().1))
            .collect();
        assert_eq!(listed, wanted);
        assert_eq!(listed.len(), Place::ALL.len());
    }
}

//! A database of another system, by a mapping of its tables and columns.
//!
//! Looking is done by an account that can change nothing, erasing by a second one. Each row is
//! looked at again in the transaction that erases it, and the erasing statement itself names the
//! person: a row that is somebody else's by then stays, and a person hears of it. Names come from
//! the mapping alone and are quoted by [`query::quoted`]; values are bound. No word of the database
//! is passed on, since it may quote a row: only its codes and the names of tables and constraints.

mod link;
mod query;
mod schema;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};

use self::link::{Fault, Link, Role, Row};
use self::query::{ERASED, Query, mentions, quoted};
use self::schema::{Columns, DIGITS, Live, Shape};
use crate::clock::Clock;
use crate::config::stores::{self, Act, Engine, Erasure, Keep, Place, Rule, Table};
use crate::connectors::believed::Believed;
use crate::domain::request::Field;
use crate::domain::run::Cause;
use crate::domain::store::{
    Change, Decision, Done, Exported, Ground, Item, ItemKey, ItemOutcome, Level, Match, Order,
    Page, Reach, Sink, Store, StoreError, StoreName, Subject,
};
use crate::seal;

/// Rows of a page.
const PAGE: usize = 200;

/// Rows of a page where whole texts are read to see whether an address is really in them.
const PAGE_OF_TEXTS: usize = 50;

/// Keys that are asked for at a time.
const CHUNK: usize = 100;

/// Letters of a label.
const LABEL: usize = 120;

/// What stands where an address was cut out of a text.
const CUT: &str = "[…]";

/// A database.
pub(super) struct Sql {
    name: StoreName,
    config: stores::Sql,
    patience: Duration,
    clock: Clock,
    live: Believed<(Arc<Live>, String)>,
}

/// What a walk is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// Rows that an erasure would change, and those that stay on a ground.
    ToErase,
    /// Every row about the person.
    All,
}

/// Whether a thing is done, or only its row is not.
type OfRow<T> = Result<T, Fault>;

impl Sql {
    pub(super) fn new(
        name: StoreName,
        config: stores::Sql,
        patience: Duration,
        clock: Clock,
    ) -> Sql {
        Sql {
            name,
            config,
            patience,
            live: Believed::new(clock.clone()),
            clock,
        }
    }

    async fn open(&self, role: Role) -> Result<Link, StoreError> {
        Link::open(&self.config.place, role, self.patience).await
    }

    /// The mapping as it fits the database, compared within the last minute.
    async fn live(&self) -> Result<Arc<Live>, StoreError> {
        Ok(self.live.or_ask(self.compare()).await?.0)
    }

    /// Compares the mapping with the database, and asks for its version.
    async fn compare(&self) -> Result<(Arc<Live>, String), StoreError> {
        let mut reader = self.open(Role::Reader).await?;
        let mut eraser = self.open(Role::Eraser).await?;
        let live = schema::check(&mut reader, &mut eraser, &self.config).await?;
        let version = reader.version().await.map_err(|fault| fault.in_store(""))?;
        reader.close().await;
        eraser.close().await;
        Ok((Arc::new(live), version))
    }

    fn query(&self, text: &str) -> Query {
        Query::new(self.config.engine(), text)
    }

    /// The table and the key of a row that an item key names.
    fn locate<'a>(&self, key: &'a ItemKey) -> Option<(usize, &'a str)> {
        let (name, key) = key.0.split_once('/')?;
        let index = self.index_of(name)?;
        Some((index, key))
    }

    fn index_of(&self, name: &str) -> Option<usize> {
        let named = |table: &Table| in_key(&table.name) == name;
        self.config.tables.iter().position(named)
    }

    fn key(&self, index: usize, key: &str) -> ItemKey {
        ItemKey(format!("{}/{key}", in_key(&self.config.tables[index].name)))
    }

    /// A page of the walk: table by table, each by its key. The cursor is the item key of the last
    /// row, or the name of the table that comes next.
    async fn walk(
        &self,
        subject: &Subject,
        after: Option<&str>,
        wanted: Wanted,
    ) -> Result<Page<Item>, StoreError> {
        let live = self.live().await?;
        let (index, key) = match after.map(|after| (after, after.split_once('/'))) {
            Some((_, Some((name, key)))) => (self.index_of(name), Some(key)),
            Some((name, None)) => (self.index_of(name), None),
            None => (Some(0), None),
        };
        // A table that the mapping has lost since: from the beginning again.
        let place = index.map_or((0, None), |index| (index, key));
        let mut link = self.open(Role::Reader).await?;
        let page = self.page(&mut link, &live, place, subject, wanted).await;
        let page = page.map_err(|fault| fault.in_store(""))?;
        link.close().await;
        Ok(page)
    }

    /// A page of one table, and where the next begins.
    async fn page(
        &self,
        link: &mut Link,
        live: &Live,
        (index, after): (usize, Option<&str>),
        subject: &Subject,
        wanted: Wanted,
    ) -> Result<Page<Item>, Fault> {
        let table = &self.config.tables[index];
        let steps = live.of(index);
        let own = steps[0];
        let texts = mentioning(table);
        let limit = if texts.is_empty() {
            PAGE
        } else {
            PAGE_OF_TEXTS
        };
        let held = held(table);
        let until = table.keep.as_ref().and_then(|keep| keep.until.as_ref());
        let mut query = self.query("SELECT ");
        query.text_of("t0", &table.key, own.get(&table.key));
        query.push(", CASE WHEN ");
        query.is_theirs(table, &steps, subject, true);
        query.push(" THEN '1' ELSE '0' END");
        let shown = table
            .label
            .iter()
            .chain(&table.note)
            .map(String::as_str)
            .chain(until.map(|until| until.column.as_str()))
            .chain(texts.iter().copied());
        for column in shown {
            query.push(", ").text_of("t0", column, own.get(column));
        }
        for column in &held {
            query.push(", CASE WHEN ").column("t0", column);
            query.push(" IS NULL THEN '0' ELSE '1' END");
        }
        query.push(" FROM ").table(&table.table);
        query.push(" AS t0 WHERE ");
        query.is_theirs(table, &steps, subject, false);
        query.only("t0", &table.only, own);
        // Rows that are found by another table's person are found still when theirs is out of them.
        if let (Wanted::ToErase, false, Some(Erasure::Columns(acts))) =
            (wanted, table.path.is_empty(), &table.erase)
        {
            query.push(" AND NOT ");
            is_done(&mut query, own, acts);
        }
        if let Some(after) = after {
            query.push(" AND ").column("t0", &table.key).push(" > ");
            query.bind_as(after, own.get(&table.key));
        }
        query.push(" ORDER BY ").column("t0", &table.key);
        query.push(&format!(" LIMIT {limit}"));

        let rows = link.rows(&query).await?;
        let next = match rows.last() {
            Some(row) if rows.len() == limit => match row.first() {
                Some(Some(key)) => Some(self.key(index, key).0),
                _ => return Err(Fault::Other("a row without a key".to_owned())),
            },
            _ => self
                .config
                .tables
                .get(index + 1)
                .map(|next| in_key(&next.name)),
        };
        let mut items = Vec::new();
        for row in rows {
            let mut row = row.into_iter();
            let Some(Some(key)) = row.next() else {
                return Err(Fault::Other("a row without a key".to_owned()));
            };
            let sure = row.next().flatten().as_deref() == Some("1");
            let label = joined(row.by_ref().take(table.label.len()));
            let note = joined(row.by_ref().take(table.note.len()));
            let until = until.and_then(|_| row.next()).flatten();
            let named = row
                .by_ref()
                .take(texts.len())
                .flatten()
                .any(|text| !mentions(&text, subject.address.normalised()).is_empty());
            if !sure && !named {
                continue;
            }
            let holds = held.iter().zip(row);
            items.push(Item {
                key: self.key(index, &key),
                kind: table.kind,
                label: match label.as_str() {
                    "" => format!("{} {key}", table.name),
                    _ => label,
                },
                note,
                holds: holds
                    .filter(|(_, there)| there.as_deref() == Some("1"))
                    .map(|(column, _)| (*column).to_owned())
                    .collect(),
                matched: if sure { Match::Sure } else { Match::Candidate },
                proposal: self.proposal(table, until.as_deref()),
                within: Vec::new(),
            });
        }
        Ok(Page { items, next })
    }

    /// What the mapping says of a row.
    fn proposal(&self, table: &Table, told: Option<&str>) -> Decision {
        let Some(keep) = &table.keep else {
            return Decision::Erase;
        };
        let until = last_day(keep, told);
        let today = self.clock.now().to_zoned(TimeZone::UTC).date();
        match until {
            Some(day) if day < today && table.erase.is_some() => Decision::Erase,
            until => Decision::Keep(keep.ground, until),
        }
    }

    /// Begins a statement's condition: the row with this key.
    fn row<'a>(
        &self,
        query: &'a mut Query,
        table: &Table,
        own: &Columns,
        key: &str,
    ) -> &'a mut Query {
        query.push(" WHERE ").column("t0", &table.key).push(" = ");
        query.bind_as(key, own.get(&table.key))
    }

    /// Carries out orders in one transaction.
    async fn in_one(
        &self,
        link: &mut Link,
        live: &Live,
        subject: &Subject,
        orders: &[Order],
    ) -> Result<Vec<Done>, Fault> {
        link.begin().await?;
        let mut done = Vec::new();
        for order in orders {
            done.push(self.one(link, live, subject, order).await?);
        }
        link.plain("COMMIT").await?;
        Ok(done)
    }

    async fn one(
        &self,
        link: &mut Link,
        live: &Live,
        subject: &Subject,
        order: &Order,
    ) -> Result<Done, Fault> {
        let Some((index, key)) = self.locate(&order.key) else {
            return Ok(unmapped());
        };
        let table = &self.config.tables[index];
        let row = (index, key);
        match (order.decision, &table.erase) {
            (Decision::Keep(ground, _), _) => {
                let acts = gone_meanwhile(table, ground);
                self.empty(link, live, subject, row, acts, ItemOutcome::Kept)
                    .await
            }
            (Decision::Erase, Some(Erasure::Delete)) => self.delete(link, live, subject, row).await,
            (Decision::Erase, Some(Erasure::Columns(acts))) => {
                self.empty(link, live, subject, row, acts, ItemOutcome::Neutralised)
                    .await
            }
            (Decision::Erase, None) => Ok(Done::because(
                ItemOutcome::NeedsPerson,
                format!(
                    "{}: the mapping only keeps its rows. Say in erase what becomes of one, or take it out by hand.",
                    table.name
                ),
            )),
        }
    }

    async fn delete(
        &self,
        link: &mut Link,
        live: &Live,
        subject: &Subject,
        (index, key): (usize, &str),
    ) -> Result<Done, Fault> {
        let (table, steps) = (&self.config.tables[index], live.of(index));
        let mut look = self.query("SELECT CASE WHEN ");
        look.is_theirs(table, &steps, subject, false);
        look.push(" THEN '1' ELSE '0' END FROM ")
            .table(&table.table);
        look.push(" AS t0");
        self.row(&mut look, table, steps[0], key);
        match link.rows(&look).await?.first() {
            None => return Ok(ItemOutcome::Erased.into()),
            Some(row) if !is(row, 0) => return Ok(passed_on(table)),
            Some(_) => {}
        }
        let mut query = match self.config.engine() {
            Engine::Mariadb => self.query("DELETE t0 FROM "),
            Engine::Postgresql | Engine::Sqlite => self.query("DELETE FROM "),
        };
        query.table(&table.table).push(" AS t0");
        self.row(&mut query, table, steps[0], key).push(" AND ");
        query.is_theirs(table, &steps, subject, false);
        let deleted = match self.attempt(link, &query).await? {
            Ok(deleted) => deleted,
            Err(fault) => {
                return self
                    .said(link, (index, key), steps[0], fault, "DELETE")
                    .await;
            }
        };
        let left = link.rows(&look).await?;
        if deleted == 1 && left.is_empty() {
            return Ok(ItemOutcome::Erased.into());
        }
        Ok(Done::because(
            ItemOutcome::Failed,
            format!(
                "{}: the database took the deletion and the row is still there. A trigger or a rule of {} may put it back.",
                table.name, table.table
            ),
        ))
    }

    /// Takes the person out of columns of a row that stays.
    async fn empty(
        &self,
        link: &mut Link,
        live: &Live,
        subject: &Subject,
        (index, key): (usize, &str),
        acts: &[(String, Act)],
        outcome: ItemOutcome,
    ) -> Result<Done, Fault> {
        if acts.is_empty() {
            return Ok(outcome.into());
        }
        let (table, steps) = (&self.config.tables[index], live.of(index));
        let own = steps[0];
        let texts: Vec<&str> = redacted(acts).collect();
        let mut look = self.query("SELECT CASE WHEN ");
        look.is_theirs(table, &steps, subject, false);
        look.push(" THEN '1' ELSE '0' END, CASE WHEN ");
        is_done(&mut look, own, acts);
        look.push(" THEN '1' ELSE '0' END");
        for column in &texts {
            look.push(", ").text_of("t0", column, own.get(column));
        }
        look.push(" FROM ").table(&table.table).push(" AS t0");
        self.row(&mut look, table, own, key);
        match self.config.engine() {
            Engine::Postgresql => look.push(" FOR UPDATE OF t0"),
            Engine::Mariadb => look.push(" FOR UPDATE"),
            // The whole file is locked already.
            Engine::Sqlite => &mut look,
        };
        let address = subject.address.normalised();
        let is_out = |row: &Row| {
            let named = |text: &Option<String>| {
                text.as_ref()
                    .is_some_and(|text| !mentions(text, address).is_empty())
            };
            is(row, 1) && !row[2..].iter().any(named)
        };
        let rows = link.rows(&look).await?;
        let Some(row) = rows.first() else {
            return Ok(ItemOutcome::Erased.into());
        };
        if is_out(row) {
            return Ok(outcome.into());
        }
        if !is(row, 0) {
            return Ok(match outcome {
                ItemOutcome::Kept => outcome.into(),
                _ => passed_on(table),
            });
        }
        let mut query = self.query("UPDATE ");
        query.table(&table.table).push(" AS t0 SET ");
        for (place, (column, act)) in acts.iter().enumerate() {
            if place > 0 {
                query.push(", ");
            }
            self.target(&mut query, column).push(" = ");
            match act {
                Act::Null => query.push("NULL"),
                Act::Text(text) => query.bind_as(text, own.get(column)),
                Act::Random(ending) => {
                    query.bind_as(&format!("{}{ending}", unlike_any()), own.get(column))
                }
                Act::Redact => {
                    let at = texts.iter().position(|text| text == column).unwrap_or(0);
                    match &row[2 + at] {
                        Some(text) => query.bind_as(&without(text, address), own.get(column)),
                        None => query.push("NULL"),
                    }
                }
            };
        }
        self.row(&mut query, table, own, key).push(" AND ");
        query.is_theirs(table, &steps, subject, false);
        let changed = match self.attempt(link, &query).await? {
            Ok(changed) => changed,
            Err(fault) => return self.said(link, (index, key), own, fault, "UPDATE").await,
        };
        let left = link.rows(&look).await?;
        if changed == 1 && left.first().is_none_or(is_out) {
            return Ok(outcome.into());
        }
        Ok(Done::because(
            ItemOutcome::Failed,
            format!(
                "{}: the database took the change and the row still says what it said. A trigger or a rule of {} may put it back.",
                table.name, table.table
            ),
        ))
    }

    /// A column that is set.
    fn target<'a>(&self, query: &'a mut Query, column: &str) -> &'a mut Query {
        match self.config.engine() {
            Engine::Mariadb => query.column("t0", column),
            engine => query.push(&quoted(engine, column)),
        }
    }

    /// Changes a row. What the database has against this row spoils no other one.
    async fn attempt(&self, link: &mut Link, query: &Query) -> Result<OfRow<u64>, Fault> {
        link.plain("SAVEPOINT lethe_row").await?;
        match link.run(query).await {
            Ok(changed) => {
                link.plain("RELEASE SAVEPOINT lethe_row").await?;
                Ok(Ok(changed))
            }
            Err(fault) if fault.is_of_the_row() => {
                link.plain("ROLLBACK TO SAVEPOINT lethe_row").await?;
                Ok(Err(fault))
            }
            Err(fault) => Err(fault),
        }
    }

    /// What the database has against it, in our words. None of it goes away by itself.
    async fn said(
        &self,
        link: &mut Link,
        (index, key): (usize, &str),
        own: &Columns,
        fault: Fault,
        right: &str,
    ) -> Result<Done, Fault> {
        let table = &self.config.tables[index];
        let name = &table.name;
        let why = match fault {
            Fault::Referred { by, constraint } => {
                let by = match by {
                    None => self.referring(link, table, own, key).await?,
                    by => by,
                };
                let by = by.unwrap_or_else(|| "a table that the account cannot see".to_owned());
                let constraint = constraint.map_or(String::new(), |c| format!(" ({c})"));
                format!(
                    "{name}: rows of {by} still refer to this row by a foreign key{constraint}. Map {by} with a via to {name}, or take the rows out by hand."
                )
            }
            Fault::Forbidden => {
                let user = match &self.config.place {
                    Place::Server(server) => format!("The account “{}”", server.eraser.user),
                    Place::File(_) => "Lethe".to_owned(),
                };
                format!(
                    "{name}: {user} lacks the right {right} on {}, or on a table that a trigger of it writes to.",
                    table.table
                )
            }
            Fault::Refused(code) | Fault::Other(code) => format!(
                "{name}: a constraint or a trigger of {} refuses it (code {code}).",
                table.table
            ),
            _ => format!("{name}: a table or column of the mapping, or of a trigger, is missing."),
        };
        Ok(Done::because(ItemOutcome::NeedsPerson, why))
    }

    /// The table whose rows refer to this one, which SQLite does not tell.
    async fn referring(
        &self,
        link: &mut Link,
        table: &Table,
        own: &Columns,
        key: &str,
    ) -> Result<Option<String>, Fault> {
        if self.config.engine() != Engine::Sqlite {
            return Ok(None);
        }
        let mut query = self.query(
            "SELECT m.name, f.\"from\", COALESCE(f.\"to\", '') \
             FROM main.sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f \
             WHERE m.type = 'table' AND lower(f.\"table\") = lower(",
        );
        query.bind(&table.table.table).push(")");
        for row in link.rows(&query).await? {
            let [Some(child), Some(from), Some(to)] = row.as_slice() else {
                continue;
            };
            let to = if to.is_empty() { &table.key } else { to };
            let mut query = self.query("SELECT 1 FROM ");
            query.push(&quoted(Engine::Sqlite, child));
            query.push(" AS c WHERE ").column("c", from);
            query.push(" = (SELECT ").column("t0", to);
            query.push(" FROM ").table(&table.table).push(" AS t0");
            self.row(&mut query, table, own, key).push(") LIMIT 1");
            if !link.rows(&query).await?.is_empty() {
                return Ok(Some(child.clone()));
            }
        }
        Ok(None)
    }

    /// Carries out each order in a transaction of its own, where the end of a common one failed.
    async fn one_by_one(
        &self,
        link: &mut Link,
        live: &Live,
        subject: &Subject,
        orders: &[Order],
    ) -> Result<Vec<Done>, Fault> {
        let mut all = Vec::new();
        for order in orders {
            match self
                .in_one(link, live, subject, std::slice::from_ref(order))
                .await
            {
                Ok(done) => all.extend(done),
                Err(fault) if fault.is_of_the_row() => {
                    // A failed end has ended it, in some engines.
                    let _ = link.plain("ROLLBACK").await;
                    all.push(match self.locate(&order.key) {
                        Some((index, key)) => {
                            let own = live.of(index)[0];
                            self.said(link, (index, key), own, fault, "DELETE").await?
                        }
                        None => unmapped(),
                    });
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(all)
    }

    /// Of the rows of one table that went, those that are there; of those that stay on a ground, in
    /// which what goes meanwhile still stands.
    async fn there(
        &self,
        link: &mut Link,
        live: &Live,
        subject: &Subject,
        (index, is_kept): (usize, bool),
        keys: &[&str],
    ) -> Result<Vec<String>, Fault> {
        let (table, steps) = (&self.config.tables[index], live.of(index));
        let own = steps[0];
        let acts = match (is_kept, &table.keep, &table.erase) {
            (true, Some(keep), _) => keep.meanwhile.as_slice(),
            (false, _, Some(Erasure::Columns(acts))) => acts.as_slice(),
            _ => &[],
        };
        let mut query = self.query("SELECT ");
        query.text_of("t0", &table.key, own.get(&table.key));
        query.push(", CASE WHEN ");
        if acts.is_empty() {
            query.push("1 = 0");
        } else {
            is_done(&mut query, own, acts);
        }
        query.push(" THEN '1' ELSE '0' END");
        for column in redacted(acts) {
            query.push(", ").text_of("t0", column, own.get(column));
        }
        query
            .push(" FROM ")
            .table(&table.table)
            .push(" AS t0 WHERE ");
        query.column("t0", &table.key).push(" IN (");
        for (place, key) in keys.iter().enumerate() {
            if place > 0 {
                query.push(", ");
            }
            query.bind_as(key, own.get(&table.key));
        }
        query.push(")");
        if is_kept {
            // One that is somebody else's by now is none of ours.
            query.push(" AND ");
            query.is_theirs(table, &steps, subject, false);
        }
        let address = subject.address.normalised();
        let rows = link.rows(&query).await?;
        let out = |row: &Row| {
            let named = |text: &Option<String>| {
                text.as_ref()
                    .is_some_and(|text| !mentions(text, address).is_empty())
            };
            is(row, 1) && !row[2..].iter().any(named)
        };
        Ok(rows
            .into_iter()
            .filter(|row| !out(row))
            .filter_map(|row| row.into_iter().next().flatten())
            .collect())
    }

    async fn hand_out(
        &self,
        link: &mut Link,
        live: &Live,
        item: &ItemKey,
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        let fail = |fault: Fault| fault.in_store("");
        let Some((index, key)) = self.locate(item) else {
            return Err(no_table());
        };
        let (table, own) = (&self.config.tables[index], live.of(index)[0]);
        let mut query = self.query("SELECT ");
        let columns = table.label.iter().chain(&table.export);
        let file_name = table.file.as_ref().and_then(|file| file.name.as_ref());
        for column in columns.chain(file_name) {
            query.text_of("t0", column, own.get(column)).push(", ");
        }
        match &table.file {
            Some(file) => self.size(&mut query, &file.column),
            None => query.push("'0'"),
        };
        query.push(" FROM ").table(&table.table).push(" AS t0");
        self.row(&mut query, table, own, key);
        let rows = link.rows(&query).await.map_err(fail)?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(());
        };
        let mut row = row.into_iter();
        let label = joined(row.by_ref().take(table.label.len()));
        let mut fields: Vec<(String, String)> = table
            .export
            .iter()
            .zip(row.by_ref().take(table.export.len()))
            .filter_map(|(name, value)| Some((name.clone(), value?)))
            .collect();
        let mut bytes = None;
        if let Some(file) = &table.file {
            let name = file_name.and_then(|_| row.next()).flatten();
            let name = name.unwrap_or_else(|| format!("{}-{key}", table.name));
            let size = row
                .next()
                .flatten()
                .and_then(|size| size.parse::<u64>().ok());
            match size {
                None => {}
                Some(size) if size > self.config.file_limit => {
                    let limit = self.config.file_limit >> 20;
                    let told = format!(
                        "{name}: left out here, {size} bytes are more than {limit} MiB; ask for it"
                    );
                    fields.push((file.column.clone(), told));
                }
                Some(_) => {
                    let mut query = self.query("SELECT ");
                    query.column("t0", &file.column).push(" FROM ");
                    query.table(&table.table).push(" AS t0");
                    self.row(&mut query, table, own, key);
                    let content = link.bytes(&query).await.map_err(fail)?;
                    fields.push((file.column.clone(), name.clone()));
                    bytes = content.map(|content| (name, content));
                }
            }
        }
        sink.record(Exported {
            kind: table.kind.as_str(),
            label: match label.as_str() {
                "" => format!("{} {key}", table.name),
                _ => label,
            },
            source: format!("{}, {}", self.name, table.name),
            fields,
        })?;
        match bytes {
            Some((name, content)) => sink.file(&name, &content),
            None => Ok(()),
        }
    }

    /// Adds the number of bytes in a column, as text.
    fn size<'a>(&self, query: &'a mut Query, column: &str) -> &'a mut Query {
        let (before, after) = match self.config.engine() {
            Engine::Postgresql => ("CAST(octet_length(", ") AS text)"),
            Engine::Mariadb => ("CAST(LENGTH(", ") AS CHAR)"),
            Engine::Sqlite => ("CAST(length(CAST(", " AS BLOB)) AS TEXT)"),
        };
        query.push(before).column("t0", column).push(after)
    }

    async fn value_of(
        &self,
        link: &mut Link,
        live: &Live,
        (index, key): (usize, &str),
        column: &str,
        lock: bool,
    ) -> Result<Option<Option<String>>, Fault> {
        let (table, own) = (&self.config.tables[index], live.of(index)[0]);
        let mut query = self.query("SELECT ");
        query.text_of("t0", column, own.get(column));
        query.push(" FROM ").table(&table.table).push(" AS t0");
        self.row(&mut query, table, own, key);
        if lock && self.config.engine() != Engine::Sqlite {
            query.push(" FOR UPDATE");
        }
        let rows = link.rows(&query).await?;
        Ok(rows
            .into_iter()
            .next()
            .map(|row| row.into_iter().next().flatten()))
    }

    /// Writes a right value, and says whether it was written.
    async fn correct(
        &self,
        link: &mut Link,
        live: &Live,
        row: (usize, &str),
        column: &str,
        change: &Change,
    ) -> Result<Option<bool>, Fault> {
        let (table, own) = (&self.config.tables[row.0], live.of(row.0)[0]);
        link.begin().await?;
        let Some(present) = self.value_of(link, live, row, column, true).await? else {
            link.plain("ROLLBACK").await?;
            return Ok(None);
        };
        let present = present.unwrap_or_default();
        if present == change.new {
            link.plain("ROLLBACK").await?;
            return Ok(Some(true));
        }
        if change.old.as_ref().is_some_and(|old| *old != present) {
            link.plain("ROLLBACK").await?;
            return Ok(Some(false));
        }
        let mut query = self.query("UPDATE ");
        query.table(&table.table).push(" AS t0 SET ");
        self.target(&mut query, column).push(" = ");
        query.bind_as(&change.new, own.get(column));
        self.row(&mut query, table, own, row.1);
        link.run(&query).await?;
        link.plain("COMMIT").await?;
        Ok(Some(true))
    }
}

#[async_trait]
impl Store for Sql {
    fn name(&self) -> StoreName {
        self.name.clone()
    }

    async fn probe(&self) -> Result<Reach, StoreError> {
        let (_, version) = self.live.anew(self.compare()).await?;
        Ok(Reach {
            version: Some(version),
            level: Level::Full,
            ..Reach::default()
        })
    }

    async fn inventory(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        self.walk(subject, after, Wanted::ToErase).await
    }

    async fn everything(
        &self,
        subject: &Subject,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        self.walk(subject, after, Wanted::All).await
    }

    async fn export(
        &self,
        _: &Subject,
        items: &[ItemKey],
        sink: &mut dyn Sink,
    ) -> Result<(), StoreError> {
        let live = self.live().await?;
        let mut link = self.open(Role::Reader).await?;
        for item in items {
            self.hand_out(&mut link, &live, item, sink).await?;
        }
        link.close().await;
        Ok(())
    }

    async fn values(&self, item: &ItemKey) -> Result<Vec<(Field, String)>, StoreError> {
        let live = self.live().await?;
        let row = self.locate(item).ok_or_else(no_table)?;
        let mut link = self.open(Role::Reader).await?;
        let mut values = Vec::new();
        for (field, column) in &self.config.tables[row.0].correct {
            let value = self.value_of(&mut link, &live, row, column, false).await;
            let value = value.map_err(|fault| fault.in_store(""))?;
            values.extend(value.map(|value| (*field, value.unwrap_or_default())));
        }
        link.close().await;
        Ok(values)
    }

    async fn rectify(&self, item: &ItemKey, change: &Change) -> Result<Done, StoreError> {
        let live = self.live().await?;
        let row = self.locate(item).ok_or_else(no_table)?;
        let table = &self.config.tables[row.0];
        let column = table
            .correct
            .iter()
            .find(|(field, _)| *field == change.field);
        let Some((_, column)) = column else {
            return Ok(ItemOutcome::NeedsPerson.into());
        };
        let mut link = self.open(Role::Eraser).await?;
        let corrected = self.correct(&mut link, &live, row, column, change).await;
        let stands = match corrected {
            Err(fault) if fault.is_of_the_row() => {
                let said = self.said(&mut link, row, live.of(row.0)[0], fault, "UPDATE");
                return said.await.map_err(|fault| fault.in_store(""));
            }
            corrected => corrected.map_err(|fault| fault.in_store(""))?,
        };
        link.close().await;
        match stands {
            None => {
                return Ok(Done::because(
                    ItemOutcome::NeedsPerson,
                    format!("{}: the row is not there any more.", table.name),
                ));
            }
            Some(false) => {
                return Ok(Done::because(
                    ItemOutcome::NeedsPerson,
                    format!(
                        "{}: the value has changed since it was looked at. Look at it again before it is corrected.",
                        table.name
                    ),
                ));
            }
            Some(true) => {}
        }
        let mut link = self.open(Role::Reader).await?;
        let read = self.value_of(&mut link, &live, row, column, false).await;
        let read = read.map_err(|fault| fault.in_store(""))?;
        link.close().await;
        if read.flatten().is_some_and(|value| value == change.new) {
            return Ok(ItemOutcome::Corrected.into());
        }
        Ok(Done::because(
            ItemOutcome::NeedsPerson,
            format!(
                "{}: the database took the value and does not keep it. Look at the triggers and the types of {}.",
                table.name, table.table
            ),
        ))
    }

    async fn carry_out(
        &self,
        subject: &Subject,
        orders: &[Order],
        _: Cause,
    ) -> Result<Vec<Done>, StoreError> {
        let live = self.live().await?;
        let mut link = self.open(Role::Eraser).await?;
        let done = match self.in_one(&mut link, &live, subject, orders).await {
            // Some constraints speak up only at the end.
            Err(fault) if fault.is_of_the_row() => {
                let _ = link.plain("ROLLBACK").await;
                self.one_by_one(&mut link, &live, subject, orders).await
            }
            done => done,
        };
        let done = done.map_err(|fault| fault.in_store(""))?;
        if self.config.engine() == Engine::Sqlite {
            // What was overwritten stands in the log beside the file until this; a reader may stop it.
            let _ = link
                .rows(&Query::fixed("PRAGMA wal_checkpoint(TRUNCATE)"))
                .await;
        }
        link.close().await;
        Ok(done)
    }

    async fn remains(&self, subject: &Subject, gone: &[Order]) -> Result<Vec<ItemKey>, StoreError> {
        let live = self.live().await?;
        let mut by_table: BTreeMap<(usize, bool), Vec<&str>> = BTreeMap::new();
        for order in gone {
            let (index, key) = self.locate(&order.key).ok_or_else(no_table)?;
            let is_kept = match order.decision {
                Decision::Erase => false,
                Decision::Keep(ground, _) => {
                    if gone_meanwhile(&self.config.tables[index], ground).is_empty() {
                        continue;
                    }
                    true
                }
            };
            by_table.entry((index, is_kept)).or_default().push(key);
        }
        let mut link = self.open(Role::Reader).await?;
        let mut left = Vec::new();
        for (of, keys) in &by_table {
            for keys in keys.chunks(CHUNK) {
                let there = self.there(&mut link, &live, subject, *of, keys).await;
                let there = there.map_err(|fault| fault.in_store(""))?;
                left.extend(there.iter().map(|key| self.key(of.0, key)));
            }
        }
        link.close().await;
        Ok(left)
    }
}

/// The name of a table in a key, which ends at the first slash.
fn in_key(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

fn is(row: &Row, column: usize) -> bool {
    row.get(column).and_then(Option::as_deref) == Some("1")
}

/// The columns that name the person somewhere in a text.
fn mentioning(table: &Table) -> Vec<&str> {
    let named = |rule| rule == Rule::Contains && table.path.is_empty();
    let people = table.person.iter();
    people
        .filter(|person| named(person.rule))
        .map(|person| person.column.as_str())
        .collect()
}

/// The columns that may hold something of the person.
fn held(table: &Table) -> Vec<&str> {
    let mut held: Vec<&str> = table.export.iter().map(String::as_str).collect();
    held.extend(table.file.iter().map(|file| file.column.as_str()));
    held.extend(table.correct.iter().map(|(_, column)| column.as_str()));
    if table.path.is_empty() {
        held.extend(table.person.iter().map(|person| person.column.as_str()));
    }
    if let Some(Erasure::Columns(acts)) = &table.erase {
        held.extend(acts.iter().map(|(column, _)| column.as_str()));
    }
    let mut seen = std::collections::BTreeSet::new();
    held.retain(|column| seen.insert(*column));
    held
}

fn redacted(acts: &[(String, Act)]) -> impl Iterator<Item = &str> {
    let columns = acts.iter().filter(|(_, act)| *act == Act::Redact);
    columns.map(|(column, _)| column.as_str())
}

/// Adds a condition: what the acts do is done. Of redacted texts only their reader can say.
fn is_done(query: &mut Query, own: &Columns, acts: &[(String, Act)]) {
    query.push("(1 = 1");
    for (name, act) in acts {
        let column = own.get(name);
        match act {
            Act::Redact => {}
            Act::Null => {
                query.push(" AND ").column("t0", name).push(" IS NULL");
            }
            Act::Text(text) => {
                query.push(" AND COALESCE(");
                if matches!(column.shape, Shape::Integer { .. }) {
                    query.column("t0", name).push(" = ");
                    query.bind_as(text, column);
                } else {
                    query.text_of("t0", name, column).push(" = ").bind(text);
                }
                let no = if query.is_postgresql() {
                    ", false)"
                } else {
                    ", 0)"
                };
                query.push(no);
            }
            Act::Random(_) => {
                query.push(" AND COALESCE(").text_of("t0", name, column);
                query.push(", '') LIKE ").bind(&format!("{ERASED}%"));
            }
        }
    }
    query.push(")");
}

/// A value that says only that something stood there. It is another one in each row: a digest of
/// what stood there would be the same in all rows of a person, and keep them together.
fn unlike_any() -> String {
    let bytes: [u8; DIGITS / 2] = seal::random();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{ERASED}{digits}")
}

fn without(text: &str, address: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut from = 0;
    for place in mentions(text, address) {
        left.push_str(&text[from..place.start]);
        left.push_str(CUT);
        from = place.end;
    }
    left.push_str(&text[from..]);
    left
}

fn joined(values: impl Iterator<Item = Option<String>>) -> String {
    let texts: Vec<String> = values.flatten().collect();
    let text = texts.join(" ").replace(char::is_control, " ");
    text.trim().chars().take(LABEL).collect()
}

/// The last day of a row that the law keeps, if the row tells the first.
fn last_day(keep: &Keep, told: Option<&str>) -> Option<Date> {
    let until = keep.until.as_ref()?;
    let day: Date = told?.get(..10)?.parse().ok()?;
    let day = if until.end_of_year {
        day.last_of_year()
    } else {
        day
    };
    let span: Span = i64::from(until.years).years().days(until.days);
    day.checked_add(span).ok()
}

/// What goes out of a row that stays on this ground. Nothing where staff keep it on another ground
/// than the mapping's, and nothing where it is kept for legal claims: that is evidence.
fn gone_meanwhile(table: &Table, ground: Ground) -> &[(String, Act)] {
    match &table.keep {
        Some(keep) if keep.ground == ground && ground != Ground::LegalClaims => &keep.meanwhile,
        _ => &[],
    }
}

/// A row that was found, and is not the person's any more.
fn passed_on(table: &Table) -> Done {
    Done::because(
        ItemOutcome::NeedsPerson,
        format!(
            "{}: this row no longer bears the address by which it was found. It is somebody else's now, or the address was changed; it was left as it is. Look at it.",
            table.name
        ),
    )
}

fn unmapped() -> Done {
    Done::because(
        ItemOutcome::NeedsPerson,
        "The store's file has lost the table in which this row was found. Put it back, and try again.",
    )
}

fn no_table() -> StoreError {
    StoreError::NeedsPerson {
        cause: "The store's file has lost a table in which rows were found.".to_owned(),
        mend: "Put it back, and try again.".to_owned(),
    }
}

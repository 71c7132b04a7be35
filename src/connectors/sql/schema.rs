//! The mapping against the database as it is: tables, columns, keys, and the rights of both accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::link::{Fault, Link};
use super::query::{ERASED, Query, quoted, table_of};
use crate::config::stores::{Act, Engine, Erasure, Place, Rule, Sql, Table, TableRef};
use crate::domain::store::StoreError;

/// Random digits after [`ERASED`].
pub(super) const DIGITS: usize = 16;

/// What is in a column, as far as it changes what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Integer { unsigned: bool },
    Uuid,
    Bytes,
    Bits,
    Other,
}

/// A column as it is.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) shape: Shape,
    /// Its type in the words of the database, to cast to. It comes quoted from the database.
    pub(super) declared: String,
    is_text: bool,
    nullable: bool,
    /// Letters that it takes.
    length: Option<usize>,
    unique: bool,
}

/// The columns of a table.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    table: TableRef,
    /// Which table the database takes it for.
    id: String,
    by_name: BTreeMap<String, Column>,
}

impl Columns {
    /// A column of the mapping.
    pub(super) fn get(&self, name: &str) -> &Column {
        self.by_name
            .get(name)
            .expect("the check has seen every column of the mapping")
    }
}

/// A mapping that fits its database: for each table its columns, and those of the tables on its way.
#[derive(Debug)]
pub(super) struct Live {
    tables: Vec<Vec<Arc<Columns>>>,
}

impl Live {
    /// The columns of the table and of those on its way.
    pub(super) fn of(&self, table: usize) -> Vec<&Columns> {
        self.tables[table].iter().map(AsRef::as_ref).collect()
    }
}

/// What is wrong, and how to mend it.
#[derive(Default)]
struct Problems(Vec<(String, String)>);

impl Problems {
    fn add(&mut self, cause: impl Into<String>, mend: impl Into<String>) {
        let problem = (cause.into(), mend.into());
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }
}

/// Rights that a table asks of an account.
#[derive(Default)]
struct Rights {
    select: BTreeSet<String>,
    update: BTreeSet<String>,
    delete: bool,
}

/// Which columns a table of the mapping uses, of itself and of those on its way.
fn used(table: &Table) -> Vec<BTreeSet<&str>> {
    let mut used = vec![BTreeSet::from([table.key.as_str()])];
    used[0].extend(table.label.iter().map(String::as_str));
    used[0].extend(table.note.iter().map(String::as_str));
    used[0].extend(table.export.iter().map(String::as_str));
    used[0].extend(table.only.iter().map(|(column, _)| column.as_str()));
    used[0].extend(table.correct.iter().map(|(_, column)| column.as_str()));
    if let Some(file) = &table.file {
        used[0].insert(&file.column);
        used[0].extend(file.name.as_deref());
    }
    if let Some(until) = table.keep.as_ref().and_then(|keep| keep.until.as_ref()) {
        used[0].insert(&until.column);
    }
    used[0].extend(changed(table).iter().map(|(column, _)| column.as_str()));
    add_way(table, &mut used);
    used
}

/// The way to the person, and what names them at its end.
fn add_way<'a>(table: &'a Table, used: &mut Vec<BTreeSet<&'a str>>) {
    for (step, hop) in table.path.iter().enumerate() {
        used[step].insert(&hop.column);
        used.push(BTreeSet::from([hop.key.as_str()]));
        used[step + 1].extend(hop.only.iter().map(|(column, _)| column.as_str()));
    }
    let end = table.path.len();
    used[end].extend(table.person.iter().map(|person| person.column.as_str()));
}

/// The columns that an erasure, or the time in which a row is kept, changes.
fn changed(table: &Table) -> Vec<&(String, Act)> {
    let mut acts = Vec::new();
    if let Some(Erasure::Columns(columns)) = &table.erase {
        acts.extend(columns);
    }
    if let Some(keep) = &table.keep {
        acts.extend(&keep.meanwhile);
    }
    acts
}

/// Compares the mapping with the database.
///
/// # Errors
/// [`StoreError::NeedsPerson`] with everything that does not fit.
pub(super) async fn check(
    reader: &mut Link,
    eraser: &mut Link,
    config: &Sql,
) -> Result<Live, StoreError> {
    let engine = config.engine();
    let fail = |fault: Fault| fault.in_store("");
    let mut problems = Problems::default();
    let mut known = BTreeMap::<TableRef, Option<Arc<Columns>>>::new();
    let mut tables = Vec::new();
    let (mut looks, mut erases) = (
        BTreeMap::<TableRef, Rights>::new(),
        BTreeMap::<TableRef, Rights>::new(),
    );
    for table in &config.tables {
        let places: Vec<&TableRef> = std::iter::once(&table.table)
            .chain(table.path.iter().map(|hop| &hop.table))
            .collect();
        let mut steps = Vec::new();
        for (place, names) in places.iter().zip(used(table)) {
            if !known.contains_key(*place) {
                let loaded = load(reader, engine, place, &mut problems).await;
                let loaded = loaded.map_err(fail)?.map(Arc::new);
                known.insert((*place).clone(), loaded);
            }
            let Some(columns) = known.get(*place).cloned().flatten() else {
                continue;
            };
            for name in &names {
                if !columns.by_name.contains_key(*name) {
                    problems.add(
                        format!("The table {place} has no column “{name}” that the reading account can see."),
                        format!("Correct the mapping of {}, or grant SELECT on {place}.", table.name),
                    );
                }
            }
            let rights = looks.entry((*place).clone()).or_default();
            rights.select.extend(names.iter().map(ToString::to_string));
            steps.push(columns);
        }
        if steps.len() == places.len() && problems.0.is_empty() {
            fits(engine, table, &steps, &mut problems);
        }
        let mut way = vec![BTreeSet::from([table.key.as_str()])];
        way[0].extend(changed(table).iter().map(|(column, _)| column.as_str()));
        way[0].extend(table.correct.iter().map(|(_, column)| column.as_str()));
        add_way(table, &mut way);
        for (place, names) in places.iter().zip(way) {
            let rights = erases.entry((*place).clone()).or_default();
            rights.select.extend(names.iter().map(ToString::to_string));
        }
        let rights = erases.entry(table.table.clone()).or_default();
        rights.delete |= matches!(table.erase, Some(Erasure::Delete));
        rights
            .update
            .extend(changed(table).iter().map(|(column, _)| column.clone()));
        rights
            .update
            .extend(table.correct.iter().map(|(_, column)| column.clone()));
        tables.push(steps);
    }
    if problems.0.is_empty() {
        let (reads, changes) = match &config.place {
            Place::File(_) => (String::new(), String::new()),
            Place::Server(server) => (server.reader.user.clone(), server.eraser.user.clone()),
        };
        let ids: BTreeMap<&TableRef, &str> = known
            .iter()
            .filter_map(|(table, columns)| Some((table, columns.as_ref()?.id.as_str())))
            .collect();
        for (link, user, rights) in [
            (&mut *reader, &reads, &looks),
            (&mut *eraser, &changes, &erases),
        ] {
            match engine {
                Engine::Postgresql => {
                    by_asking(link, user, rights, &ids, &mut problems).await?;
                }
                Engine::Mariadb => by_trying(link, user, rights, &mut problems).await?,
                Engine::Sqlite => {}
            }
        }
        if engine == Engine::Sqlite {
            writes(eraser, &mut problems).await?;
        }
    }
    if problems.0.is_empty() {
        return Ok(Live { tables });
    }
    let (causes, mut mends): (Vec<String>, Vec<String>) = problems.0.into_iter().unzip();
    mends.dedup();
    Err(StoreError::NeedsPerson {
        cause: causes.join(" "),
        mend: mends.join(" "),
    })
}

/// Whether keys and acts suit the columns they are about.
fn fits(engine: Engine, table: &Table, steps: &[Arc<Columns>], problems: &mut Problems) {
    let (place, own) = (&table.table, &steps[0]);
    let mend = format!("Correct the mapping of {}.", table.name);
    let key = own.get(&table.key);
    if !key.unique {
        let cause = format!(
            "The column “{}” of {place} is no key: it has neither a primary key nor a unique index of its own.",
            table.key
        );
        problems.add(cause, mend.clone());
    }
    if key.nullable && engine != Engine::Sqlite {
        let cause = format!("The key “{}” of {place} can be empty.", table.key);
        problems.add(cause, mend.clone());
    }
    let pages = match key.shape {
        Shape::Integer { .. } | Shape::Text | Shape::Uuid => true,
        Shape::Bytes => engine != Engine::Sqlite,
        Shape::Other => engine == Engine::Sqlite,
        Shape::Bits => false,
    };
    if !pages {
        let cause = format!(
            "The key “{}” of {place} is of the type {}, in whose order Lethe cannot walk.",
            table.key, key.declared
        );
        let mend = format!("{mend} Take a key of whole numbers, texts or UUIDs.");
        problems.add(cause, mend);
    }
    let end = &steps[table.path.len()];
    for person in &table.person {
        let column = end.get(&person.column);
        if column.shape == Shape::Bytes && engine == Engine::Postgresql {
            let cause = format!(
                "The column “{}” of {} holds bytes; no address can be looked for in it.",
                person.column, end.table
            );
            problems.add(cause, mend.clone());
        }
        if person.rule == Rule::Contains && !column.is_text && engine == Engine::Mariadb {
            let cause = format!(
                "The column “{}” of {} holds no text; nothing can be contained in it.",
                person.column, end.table
            );
            problems.add(cause, mend.clone());
        }
    }
    for (name, act) in changed(table) {
        let column = own.get(name);
        let letters = match act {
            Act::Null if column.nullable => continue,
            Act::Null => {
                let cause = format!("The column “{name}” of {place} cannot be empty.");
                problems.add(
                    cause,
                    format!("{mend} Take random or a text instead of null."),
                );
                continue;
            }
            Act::Random(ending) => ERASED.len() + DIGITS + ending.chars().count(),
            Act::Text(text) => text.chars().count(),
            Act::Redact => 0,
        };
        if !column.is_text && !matches!(act, Act::Text(_)) {
            let cause = format!("The column “{name}” of {place} holds no text.");
            problems.add(cause, format!("{mend} Take null or a value of its type."));
        }
        if column.length.is_some_and(|length| length < letters) {
            let cause =
                format!("The column “{name}” of {place} has no room for {letters} letters.");
            problems.add(cause, format!("{mend} Take null or a shorter text."));
        }
    }
}

async fn load(
    link: &mut Link,
    engine: Engine,
    table: &TableRef,
    problems: &mut Problems,
) -> Result<Option<Columns>, Fault> {
    let found = match engine {
        Engine::Postgresql => in_postgresql(link, table, problems).await,
        Engine::Mariadb => in_mariadb(link, table).await,
        Engine::Sqlite => in_sqlite(link, table).await,
    };
    let found = match found {
        // The schema is closed to the account.
        Err(Fault::Forbidden) => None,
        found => found?,
    };
    if found.is_none() {
        problems.add(
            format!("There is no table {table} that the reading account can see."),
            "Correct the mapping, or grant USAGE on its schema and SELECT on the table.",
        );
    }
    Ok(found)
}

fn value(row: &[Option<String>], column: usize) -> &str {
    row.get(column).and_then(Option::as_deref).unwrap_or("")
}

async fn in_postgresql(
    link: &mut Link,
    table: &TableRef,
    problems: &mut Problems,
) -> Result<Option<Columns>, Fault> {
    let mut query = Query::new(
        Engine::Postgresql,
        "SELECT CAST(c.oid AS text), CAST(c.relkind AS text), \
         CASE WHEN row_security_active(c.oid) THEN '1' ELSE '0' END \
         FROM pg_catalog.pg_class c WHERE c.oid = to_regclass(",
    );
    query.bind(&table_of(Engine::Postgresql, table)).push(")");
    let rows = link.rows(&query).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if !matches!(value(row, 1), "r" | "p") {
        problems.add(
            format!("{table} is no table; a view shows rows and does not hold them."),
            "Map the tables behind it.",
        );
    }
    if value(row, 2) == "1" {
        problems.add(
            format!("The policies of {table} (row level security) may hide rows from the reading account."),
            "Give it BYPASSRLS, so that nothing found means that nothing is there.",
        );
    }
    let id = value(row, 0).to_owned();
    let mut query = Query::new(
        Engine::Postgresql,
        "SELECT CAST(a.attname AS text), format_type(a.atttypid, -1), CAST(t.typname AS text), \
         CAST(t.typcategory AS text), CASE WHEN a.attnotnull THEN '1' ELSE '0' END, \
         CAST(a.atttypmod AS text), CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_index i \
         WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL \
         AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) THEN '1' ELSE '0' END \
         FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
         WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = CAST(",
    );
    query.bind(&id).push(" AS oid)");
    let mut by_name = BTreeMap::new();
    for row in link.rows(&query).await? {
        let shape = match value(&row, 2) {
            "int2" | "int4" | "int8" => Shape::Integer { unsigned: false },
            "uuid" => Shape::Uuid,
            "bytea" => Shape::Bytes,
            "text" | "varchar" | "bpchar" => Shape::Text,
            _ => Shape::Other,
        };
        let column = Column {
            shape,
            declared: value(&row, 1).to_owned(),
            is_text: value(&row, 3) == "S",
            nullable: value(&row, 4) != "1",
            // Four bytes of it are the length of the length.
            length: match value(&row, 2) {
                "varchar" | "bpchar" => value(&row, 5).parse::<usize>().ok().map(|l| l - 4),
                _ => None,
            },
            unique: value(&row, 6) == "1",
        };
        by_name.insert(value(&row, 0).to_owned(), column);
    }
    let table = table.clone();
    Ok(Some(Columns { table, id, by_name }))
}

async fn in_mariadb(link: &mut Link, table: &TableRef) -> Result<Option<Columns>, Fault> {
    let of_table = |query: &mut Query| {
        query.push(" WHERE TABLE_SCHEMA = ");
        match &table.schema {
            Some(schema) => query.bind(schema),
            None => query.push("DATABASE()"),
        };
        query.push(" AND TABLE_NAME = ").bind(&table.table);
    };
    let mut query = Query::new(
        Engine::Mariadb,
        "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, \
         CAST(CHARACTER_MAXIMUM_LENGTH AS CHAR) FROM information_schema.COLUMNS",
    );
    of_table(&mut query);
    let mut by_name = BTreeMap::new();
    for row in link.rows(&query).await? {
        let kind = value(&row, 1).to_lowercase();
        let (shape, is_text) = match kind.as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => {
                let unsigned = value(&row, 2).to_lowercase().contains("unsigned");
                (Shape::Integer { unsigned }, false)
            }
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
                (Shape::Text, true)
            }
            "uuid" => (Shape::Uuid, false),
            "bit" => (Shape::Bits, false),
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
                (Shape::Bytes, false)
            }
            _ => (Shape::Other, false),
        };
        let column = Column {
            shape,
            declared: kind,
            is_text,
            nullable: value(&row, 3) != "NO",
            length: value(&row, 4).parse().ok().filter(|_| is_text),
            unique: false,
        };
        by_name.insert(value(&row, 0).to_owned(), column);
    }
    if by_name.is_empty() {
        return Ok(None);
    }
    let mut query = Query::new(
        Engine::Mariadb,
        "SELECT MIN(COLUMN_NAME) FROM information_schema.STATISTICS",
    );
    of_table(&mut query);
    query.push(
        " AND NON_UNIQUE = 0 GROUP BY INDEX_NAME HAVING COUNT(*) = 1 AND MAX(SUB_PART) IS NULL",
    );
    for row in link.rows(&query).await? {
        if let Some(column) = by_name.get_mut(value(&row, 0)) {
            column.unique = true;
        }
    }
    Ok(Some(Columns {
        table: table.clone(),
        id: table.to_string(),
        by_name,
    }))
}

async fn in_sqlite(link: &mut Link, table: &TableRef) -> Result<Option<Columns>, Fault> {
    let schema = table.schema.as_deref().unwrap_or("main");
    let mut query = Query::new(Engine::Sqlite, "SELECT 1 FROM ");
    query.push(&quoted(Engine::Sqlite, schema));
    query.push(".sqlite_schema WHERE type = 'table' AND name = ");
    query.bind(&table.table);
    if link.rows(&query).await?.is_empty() {
        return Ok(None);
    }
    let mut query = Query::new(
        Engine::Sqlite,
        "SELECT name, type, CAST(\"notnull\" AS TEXT), CAST(pk AS TEXT) FROM pragma_table_xinfo(",
    );
    query.bind(&table.table).push(", ").bind(schema).push(")");
    let rows = link.rows(&query).await?;
    let keys = rows.iter().filter(|row| value(row, 3) != "0").count();
    let mut by_name = BTreeMap::new();
    for row in rows {
        // https://www.sqlite.org/datatype3.html, 3.1
        let declared = value(&row, 1).to_uppercase();
        let has = |part: &str| declared.contains(part);
        let shape = if has("INT") {
            Shape::Integer { unsigned: false }
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Shape::Text
        } else if has("BLOB") || declared.is_empty() {
            Shape::Bytes
        } else {
            Shape::Other
        };
        let is_key = keys == 1 && value(&row, 3) != "0";
        let column = Column {
            shape,
            is_text: true,
            nullable: value(&row, 2) == "0" && !is_key,
            length: None,
            unique: is_key,
            declared,
        };
        by_name.insert(value(&row, 0).to_owned(), column);
    }
    let mut query = Query::new(Engine::Sqlite, "SELECT MIN(c.name) FROM pragma_index_list(");
    query.bind(&table.table).push(", ").bind(schema);
    query
        .push(") AS i, pragma_index_info(i.name, ")
        .bind(schema);
    query.push(
        ") AS c WHERE i.\"unique\" = 1 AND i.partial = 0 GROUP BY i.name HAVING COUNT(*) = 1",
    );
    for row in link.rows(&query).await? {
        if let Some(column) = by_name.get_mut(value(&row, 0)) {
            column.unique = true;
        }
    }
    Ok(Some(Columns {
        table: table.clone(),
        id: table.to_string(),
        by_name,
    }))
}

fn lacks(
    user: &str,
    right: &str,
    table: &TableRef,
    columns: &[&str],
    engine: Engine,
    problems: &mut Problems,
) {
    let names: Vec<String> = columns.iter().map(|name| quoted(engine, name)).collect();
    let (of, granted) = if names.is_empty() {
        (String::new(), right.to_owned())
    } else {
        let shown: Vec<String> = columns.iter().map(|name| format!("“{name}”")).collect();
        (
            format!(", columns {}", shown.join(", ")),
            format!("{right} ({})", names.join(", ")),
        )
    };
    problems.add(
        format!("The account “{user}” lacks the right {right} on {table}{of}."),
        format!(
            "GRANT {granted} ON {} TO {};",
            table_of(engine, table),
            quoted(engine, user)
        ),
    );
}

/// PostgreSQL is asked which rights an account has.
async fn by_asking(
    link: &mut Link,
    user: &str,
    rights: &BTreeMap<TableRef, Rights>,
    ids: &BTreeMap<&TableRef, &str>,
    problems: &mut Problems,
) -> Result<(), StoreError> {
    let fail = |fault: Fault| fault.in_store("");
    let engine = Engine::Postgresql;
    for (table, wanted) in rights {
        let mut query = Query::new(engine, "SELECT CAST(CAST(to_regclass(");
        query.bind(&table_of(engine, table));
        query.push(") AS oid) AS text), CASE WHEN row_security_active(to_regclass(");
        query.bind(&table_of(engine, table));
        query.push(")) THEN '1' ELSE '0' END, CASE WHEN has_table_privilege(to_regclass(");
        query.bind(&table_of(engine, table));
        query.push("), 'DELETE') THEN '1' ELSE '0' END");
        let rows = match link.rows(&query).await {
            Err(Fault::Forbidden) => Vec::new(),
            rows => rows.map_err(fail)?,
        };
        let row = rows.into_iter().next().unwrap_or_default();
        let id = value(&row, 0);
        if id.is_empty() {
            problems.add(
                format!("The account “{user}” cannot see the table {table}."),
                format!("Grant it USAGE on the schema of {table}."),
            );
            continue;
        }
        if ids.get(table).is_some_and(|known| *known != id) {
            problems.add(
                format!("{table} is another table for the account “{user}” than for the reading account."),
                "Write the schema before its name.",
            );
            continue;
        }
        if value(&row, 1) == "1" {
            problems.add(
                format!(
                    "The policies of {table} (row level security) may hide rows from “{user}”."
                ),
                "Give it BYPASSRLS.",
            );
        }
        if wanted.delete && value(&row, 2) != "1" {
            lacks(user, "DELETE", table, &[], engine, problems);
        }
        let mut query = Query::new(
            engine,
            "SELECT CAST(attname AS text), \
             CASE WHEN has_column_privilege(attrelid, attnum, 'SELECT') THEN '1' ELSE '0' END, \
             CASE WHEN has_column_privilege(attrelid, attnum, 'UPDATE') THEN '1' ELSE '0' END \
             FROM pg_catalog.pg_attribute WHERE attnum > 0 AND NOT attisdropped \
             AND attrelid = CAST(",
        );
        query.bind(id).push(" AS oid)");
        let columns = link.rows(&query).await.map_err(fail)?;
        for (right, at, names) in [("SELECT", 1, &wanted.select), ("UPDATE", 2, &wanted.update)] {
            let missing: Vec<&str> = columns
                .iter()
                .filter(|row| names.contains(value(row, 0)) && value(row, at) != "1")
                .map(|row| value(row, 0))
                .collect();
            if !missing.is_empty() {
                lacks(user, right, table, &missing, engine, problems);
            }
        }
    }
    Ok(())
}

/// MariaDB cannot be asked: rights may come by roles and patterns. It checks them before it looks
/// at a condition, so that each is tried on no row at all, and rolled back besides.
async fn by_trying(
    link: &mut Link,
    user: &str,
    rights: &BTreeMap<TableRef, Rights>,
    problems: &mut Problems,
) -> Result<(), StoreError> {
    let fail = |fault: Fault| fault.in_store("");
    let engine = Engine::Mariadb;
    link.plain("START TRANSACTION").await.map_err(fail)?;
    for (table, wanted) in rights {
        let mut tries = Vec::new();
        for name in &wanted.select {
            let mut query = Query::new(engine, "SELECT ");
            query.column("t0", name).push(" FROM ").table(table);
            tries.push(("SELECT", Some(name), query));
        }
        for name in &wanted.update {
            let mut query = Query::new(engine, "UPDATE ");
            query.table(table).push(" AS t0 SET ");
            query.column("t0", name).push(" = NULL");
            tries.push(("UPDATE", Some(name), query));
        }
        if wanted.delete {
            let mut query = Query::new(engine, "DELETE t0 FROM ");
            query.table(table);
            tries.push(("DELETE", None, query));
        }
        let mut missing = BTreeMap::<&str, Vec<&str>>::new();
        for (right, column, mut query) in tries {
            if right != "UPDATE" {
                query.push(" AS t0");
            }
            query.push(" WHERE 1 = 0");
            let tried = if right == "SELECT" {
                link.rows(&query).await.map(|_| ())
            } else {
                link.run(&query).await.map(|_| ())
            };
            match tried {
                Ok(()) => {}
                Err(Fault::Forbidden | Fault::Missing) => {
                    let columns = missing.entry(right).or_default();
                    columns.extend(column.map(String::as_str));
                }
                // That the column takes no NULL is said where acts are looked at.
                Err(Fault::Refused(_)) if right == "UPDATE" => {}
                Err(fault) => return Err(fail(fault)),
            }
        }
        for (right, columns) in missing {
            // All of them means the table.
            let whole = match right {
                "SELECT" => columns.len() == wanted.select.len(),
                _ => false,
            };
            let columns = if whole { &[][..] } else { &columns };
            lacks(user, right, table, columns, engine, problems);
        }
    }
    link.plain("ROLLBACK").await.map_err(fail)
}

/// SQLite has no rights but those of the file.
async fn writes(link: &mut Link, problems: &mut Problems) -> Result<(), StoreError> {
    match link.begin().await {
        Ok(()) => link
            .plain("ROLLBACK")
            .await
            .map_err(|fault| fault.in_store("")),
        Err(Fault::Forbidden | Fault::Shut) => {
            problems.add(
                "The file of the database cannot be written.",
                "Let the account of Lethe write the file and its folder.",
            );
            Ok(())
        }
        Err(fault) => Err(fault.in_store("")),
    }
}

//! Other people's databases: one suite over PostgreSQL, MariaDB and SQLite, on real servers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;
use lethe::clock::Clock;
use lethe::config::stores;
use lethe::connectors::{self, Guarded};
use lethe::domain::email::Email;
use lethe::domain::request::Field;
use lethe::domain::run::Cause;
use lethe::domain::store::{
    Change, Decision, Done, Exported, Ground, Item, ItemKey, ItemKind, ItemOutcome, Match, Order,
    Sink, Store as _, StoreError, Subject,
};

use crate::support::proxy::{How, Proxy};
use crate::support::sql_servers::{Db, Engine, PASSWORD, Server, shared};

/// It holds what LIKE and SQL would take for their own.
const MIRA: &str = "mira.o'brien_1%@halden.example";

/// Who is not her, however much it looks so.
const OTHERS: [&str; 4] = [
    "mira.o'brienX1%@halden.example",
    "mira.o'brien_1x@halden.example",
    "zmira.o'brien_1%@halden.example",
    "mira.o'brien_1%@halden.example.org",
];

/// A table whose name would do harm if nobody quoted it.
const ODD: &str = "sub\"scri`bers; DROP TABLE tickets; --";

macro_rules! on_each {
    ($($name:ident),+ $(,)?) => {
        mod postgresql { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() { super::$name(super::Engine::Postgresql).await; }
        )+ }
        mod mariadb { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() { super::$name(super::Engine::Mariadb).await; }
        )+ }
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() { super::$name(super::Engine::Sqlite).await; }
        )+ }
    };
}

on_each!(
    a_person_is_found_handed_out_corrected_and_gone,
    five_thousand_rows_go,
    a_row_that_another_table_needs_is_named,
    what_stays_against_its_word_is_caught,
    a_row_that_is_somebody_elses_by_then_stays,
    what_comes_back_or_comes_late_is_found,
    a_mapping_that_does_not_fit_is_named,
    what_the_law_keeps_stays_and_loses_the_rest,
    what_goes_meanwhile_and_cannot_is_left_until_it_has_gone,
    a_copy_has_what_an_erasure_would_leave_as_it_is,
    a_row_that_somebody_holds_is_tried_again,
    a_deferred_constraint_spoils_its_own_row_alone,
);

// --- a system ---------------------------------------------------------------

/// A database with a help desk in it, and the store over it.
struct Desk {
    engine: Engine,
    db: Db,
    address: Option<std::net::SocketAddr>,
    mapping: String,
    tls: String,
}

fn quote(engine: Engine, name: &str) -> String {
    match engine {
        Engine::Mariadb => format!("`{}`", name.replace('`', "``")),
        _ => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

impl Desk {
    async fn open(engine: Engine) -> Desk {
        let server = (engine != Engine::Sqlite).then(|| shared(engine));
        Desk::at(engine, server).await
    }

    async fn at(engine: Engine, server: Option<&Server>) -> Desk {
        let db = match server {
            Some(server) => server.database().await,
            None => Db::file(),
        };
        let pick = |postgresql: &str, mariadb: &str, sqlite: &str| {
            match engine {
                Engine::Postgresql => postgresql,
                Engine::Mariadb => mariadb,
                Engine::Sqlite => sqlite,
            }
            .to_owned()
        };
        let (uuid, json, blob) = (
            pick("uuid", "uuid", "TEXT"),
            pick("jsonb", "JSON", "TEXT"),
            pick("bytea", "LONGBLOB", "BLOB"),
        );
        let (full_name, order, odd) = (
            quote(engine, "full name"),
            quote(engine, "order"),
            quote(engine, ODD),
        );
        db.script(&format!(
            "CREATE TABLE customers (id BIGINT PRIMARY KEY, email VARCHAR(200) UNIQUE, {full_name} VARCHAR(200), {order} VARCHAR(50), phone VARCHAR(50));
             CREATE TABLE tickets (id BIGINT PRIMARY KEY, tenant INT NOT NULL, requester VARCHAR(200), subject VARCHAR(300), body TEXT, opened_on DATE);
             CREATE TABLE messages (id {uuid} NOT NULL PRIMARY KEY, ticket_id BIGINT NOT NULL, body TEXT, is_public BOOLEAN, meta {json}, FOREIGN KEY (ticket_id) REFERENCES tickets (id));
             CREATE TABLE attachments (id VARCHAR(40) NOT NULL PRIMARY KEY, message_id {uuid} NOT NULL, file_name VARCHAR(200), content {blob}, FOREIGN KEY (message_id) REFERENCES messages (id));
             CREATE TABLE invoices (id INT PRIMARY KEY, email VARCHAR(200), amount NUMERIC(12,2), issued_on DATE, remark TEXT);
             CREATE TABLE {odd} (id BIGINT PRIMARY KEY, mail VARCHAR(200) NOT NULL, name VARCHAR(100) NOT NULL, phone VARCHAR(50))"
        ))
        .await;
        let desk = Desk {
            engine,
            mapping: mapping(&pick("public", &db.name, "main")),
            db,
            address: server.map(Server::address),
            tls: String::new(),
        };
        desk.grant().await;
        desk
    }

    async fn grant(&self) {
        let name = &self.db.name;
        match self.engine {
            Engine::Postgresql => {
                self.db
                    .script(&format!(
                        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}_reads;
                         GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}_erases"
                    ))
                    .await;
            }
            Engine::Mariadb => {
                self.db
                    .script(&format!(
                        "GRANT SELECT ON {name}.* TO {name}_reads;
                         GRANT SELECT, UPDATE, DELETE ON {name}.* TO {name}_erases"
                    ))
                    .await;
            }
            Engine::Sqlite => {}
        }
    }

    /// Mira's tickets with so many messages each, every message with a file, and what others have.
    async fn fill(&self, tickets: usize, messages: usize) {
        let (engine, mut sql) = (self.engine, String::new());
        let bytes = |bytes: &str| match engine {
            Engine::Postgresql => format!("'\\x{bytes}'"),
            _ => format!("x'{bytes}'"),
        };
        let mut people: Vec<&str> = vec!["Mira.O'Brien_1%@Halden.Example"];
        people.extend(OTHERS);
        let (mut t, mut m, mut a) = (Vec::new(), Vec::new(), Vec::new());
        for (number, person) in people.iter().enumerate() {
            let count = if number == 0 { tickets } else { 1 };
            for ticket in 0..count {
                let id = number * 100_000 + ticket;
                t.push(format!(
                    "({id}, 7, {}, {}, {}, DATE '2026-03-{:02}')",
                    text(person),
                    text(&format!(
                        "Ticket {ticket} \u{1F600} 'q' \"d\" `b` \\ '; DROP TABLE tickets; --"
                    )),
                    text("Dear all"),
                    ticket % 28 + 1
                ));
                for message in 0..messages {
                    let key = format!("00000000-0000-4000-8000-{:012}", id * 1000 + message);
                    m.push(format!(
                        "({}, {id}, {}, {}, {})",
                        text(&key),
                        text("Grüße"),
                        if message % 2 == 0 { "TRUE" } else { "FALSE" },
                        if message == 0 { "'{\"a\": 1}'" } else { "NULL" }
                    ));
                    a.push(format!(
                        "({}, {}, {}, {})",
                        text(&format!("file/{id}%/{message}")),
                        text(&key),
                        text("scan ü.png"),
                        bytes("00ff10")
                    ));
                }
            }
        }
        if engine == Engine::Sqlite {
            // It has no dates of its own.
            for row in &mut t {
                *row = row.replace("DATE '", "'");
            }
        }
        let odd = quote(engine, ODD);
        let mut insert = |table: &str, rows: &[String]| {
            for rows in rows.chunks(500) {
                write!(sql, "INSERT INTO {table} VALUES {};", rows.join(", ")).unwrap();
            }
        };
        insert("tickets", &t);
        insert("messages", &m);
        insert("attachments", &a);
        for (id, person) in people.iter().enumerate() {
            let person = text(person);
            insert(
                "customers",
                &[format!(
                    "({id}, {person}, 'Mira \"M\" O''Brien', 'first', NULL)"
                )],
            );
            insert(&odd, &[format!("({id}, {person}, 'Mira', '123')")]);
            insert(
                "invoices",
                &[
                    format!(
                        "({}, {person}, 12.50, '2024-02-29', 'call her')",
                        id * 10 + 1
                    ),
                    format!("({}, {person}, 0.10, '2001-12-31', 'old')", id * 10 + 2),
                ],
            );
        }
        // Somebody else's ticket that names her, and one that names somebody with a longer address.
        let mention = "Ask MIRA.O'Brien_1%@halden.example, or zmira.o'brien_1%@halden.example. Or mira.o'brien_1%@halden.example!";
        insert(
            "tickets",
            &[
                format!("(900001, 7, 'x@y.example', 'Hi', {}, NULL)", text(mention)),
                format!(
                    "(900002, 7, 'x@y.example', 'Hi', {}, NULL)",
                    text("only zmira.o'brien_1%@halden.example here")
                ),
                // Of another tenant, which the mapping leaves alone.
                format!("(900003, 8, {}, 'Hi', 'x', NULL)", text(MIRA)),
            ],
        );
        let sql = if engine == Engine::Mariadb {
            sql.replace('\\', "\\\\")
        } else {
            sql
        };
        self.db.script(&sql).await;
    }

    fn file(&self) -> String {
        let place = match (&self.address, self.engine) {
            (None, _) => format!("path = {:?}", self.db.path().display().to_string()),
            (Some(address), _) => format!(
                "host = \"localhost\"\nport = {}\ndatabase = {:?}\nuser = \"{name}_reads\"\nerase_user = \"{name}_erases\"\n{}",
                address.port(),
                self.db.name,
                self.tls,
                name = self.db.name,
            ),
        };
        format!(
            "name = \"desk\"\ntitle = \"Desk\"\ncategory = \"ticket\"\ntimeout_seconds = 20\n[sql]\nengine = \"{}\"\nfile_limit_mb = 1\n{place}\n{}",
            self.engine.word(),
            self.mapping
        )
    }

    fn store(&self) -> Arc<Guarded> {
        self.store_on(date(2026, 6, 1))
    }

    fn store_on(&self, day: jiff::civil::Date) -> Arc<Guarded> {
        let secret = |_: &str| Some(PASSWORD.to_owned());
        let file = stores::parse(&self.file(), Path::new("/"), &secret);
        let file = file.unwrap_or_else(|problems| panic!("{problems:?}"));
        let now: Timestamp = day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let mut stores = connectors::open(&[file], &Clock::frozen(now)).unwrap();
        stores.pop().unwrap()
    }
}

fn mapping(schema: &str) -> String {
    let odd = format!("{ODD:?}");
    format!(
        r#"
[[sql.tables]]
name = "customers"
kind = "account"
key = "id"
label = ["full name"]
person = [{{ column = "email", match = "lower" }}]
export = ["email", "full name", "order", "phone"]
correct = {{ name = "full name", phone = "phone" }}
erase = {{ email = {{ random = "@erased.invalid" }}, "full name" = {{ text = "—" }}, phone = "null", "order" = "random" }}

[[sql.tables]]
name = "tickets"
schema = "{schema}"
kind = "ticket"
key = "id"
label = ["subject"]
person = [{{ column = "requester", match = "lower" }}]
where = {{ tenant = 7 }}
export = ["subject", "body", "opened_on"]
erase = "delete"

[[sql.tables]]
name = "mentions"
table = "tickets"
kind = "mention"
key = "id"
person = [{{ column = "body", match = "contains" }}]
where = {{ tenant = 7 }}
erase = {{ body = "redact" }}

[[sql.tables]]
name = "messages"
kind = "ticket_message"
key = "id"
via = [{{ column = "ticket_id", table = "tickets", key = "id" }}]
export = ["body", "is_public", "meta"]
erase = "delete"

[[sql.tables]]
name = "attachments"
kind = "ticket_file"
key = "id"
via = [{{ column = "message_id", table = "messages", key = "id" }}]
export = ["file_name"]
file = {{ column = "content", name = "file_name" }}
erase = "delete"

[[sql.tables]]
name = "invoices"
key = "id"
note = ["issued_on"]
person = [{{ column = "email", match = "lower" }}]
export = ["amount", "issued_on", "remark"]
keep = {{ ground = "tax_law", until_column = "issued_on", years = 10, end_of_year = true, meanwhile = {{ remark = "null" }} }}
erase = "delete"

[[sql.tables]]
name = "news/100%"
table = {odd}
key = "id"
person = [{{ column = "mail", match = "lower" }}]
erase = {{ mail = "random", name = {{ text = "gone" }}, phone = "null" }}
"#
    )
}

// --- what a run does --------------------------------------------------------

fn mira() -> Subject {
    Subject {
        address: Email::parse(MIRA).unwrap(),
        digests: Vec::new(),
        name: Some("Robert'); DROP TABLE tickets; --".to_owned()),
    }
}

async fn inventory(store: &Guarded) -> Result<Vec<Item>, StoreError> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let page = store.inventory(&mira(), after.as_deref()).await?;
        items.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(items);
        }
    }
}

fn orders(items: &[Item]) -> Vec<Order> {
    let order = |item: &Item| Order {
        key: item.key.clone(),
        kind: item.kind,
        decision: item.proposal,
    };
    items.iter().map(order).collect()
}

async fn carry_out(store: &Guarded, orders: &[Order]) -> Result<Vec<Done>, StoreError> {
    let mut done = Vec::new();
    for orders in orders.chunks(store.batch()) {
        done.extend(store.carry_out(&mira(), orders, Cause::Request).await?);
    }
    Ok(done)
}

fn gone(orders: &[Order], done: &[Done]) -> Vec<Order> {
    let is_gone =
        |done: &Done| matches!(done.outcome, ItemOutcome::Erased | ItemOutcome::Neutralised);
    let pairs = orders.iter().zip(done);
    pairs
        .filter(|(_, done)| is_gone(done))
        .map(|(order, _)| order.clone())
        .collect()
}

fn by_outcome(done: &[Done]) -> BTreeMap<ItemOutcome, usize> {
    let mut counts = BTreeMap::new();
    for done in done {
        *counts.entry(done.outcome).or_default() += 1;
    }
    counts
}

#[derive(Default)]
struct Bundle {
    records: Vec<Exported>,
    files: Vec<(String, Vec<u8>)>,
}

impl Sink for Bundle {
    fn record(&mut self, record: Exported) -> Result<(), StoreError> {
        self.records.push(record);
        Ok(())
    }

    fn file(&mut self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        self.files.push((name.to_owned(), content.to_vec()));
        Ok(())
    }
}

fn needs_person<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::NeedsPerson { cause, mend }) => format!("{cause} {mend}"),
        other => panic!("{other:?}"),
    }
}

// --- the suite --------------------------------------------------------------

async fn a_person_is_found_handed_out_corrected_and_gone(engine: Engine) {
    let desk = Desk::open(engine).await;
    desk.fill(20, 5).await;
    let store = desk.store();
    let reach = store.probe().await.unwrap();
    let version = reach.version.unwrap();
    assert!(version.to_lowercase().contains(engine.word()), "{version}");

    let items = inventory(&store).await.unwrap();
    let count = |kind| items.iter().filter(|item| item.kind == kind).count();
    assert_eq!(count(ItemKind::TicketFile), 100);
    assert_eq!(count(ItemKind::TicketMessage), 100);
    assert_eq!(count(ItemKind::Ticket), 20);
    assert_eq!(count(ItemKind::Mention), 1);
    assert_eq!(count(ItemKind::Account), 1);
    assert_eq!(
        count(ItemKind::Record),
        3,
        "two invoices and the newsletter"
    );
    assert_eq!(items.len(), 225);
    let first = |kind| items.iter().position(|item| item.kind == kind).unwrap();
    assert!(first(ItemKind::TicketFile) < first(ItemKind::TicketMessage));
    assert!(first(ItemKind::TicketMessage) < first(ItemKind::Ticket));
    assert!(first(ItemKind::Ticket) < first(ItemKind::Mention));
    assert_eq!(
        items[224].kind,
        ItemKind::Account,
        "the person's own record is last"
    );
    let mention = &items[first(ItemKind::Mention)];
    assert_eq!(
        (mention.key.0.as_str(), mention.matched),
        ("mentions/900001", Match::Candidate)
    );
    let account = &items[224];
    assert_eq!(account.label, "Mira \"M\" O'Brien");
    assert_eq!(
        account.holds,
        ["email", "full name", "order"],
        "the phone is empty"
    );
    let key = |item: &Item| item.key.0.clone();
    assert!(items.iter().any(|item| key(item) == "news%2F100%25/0"));
    for item in &items {
        assert!(!item.key.0.contains("mira"), "{:?}", item.key);
    }

    let mut bundle = Bundle::default();
    let keys: Vec<ItemKey> = items.iter().map(|item| item.key.clone()).collect();
    store.export(&mira(), &keys, &mut bundle).await.unwrap();
    assert_eq!((bundle.records.len(), bundle.files.len()), (225, 100));
    assert_eq!(bundle.files[0].0, "scan ü.png");
    assert_eq!(bundle.files[0].1, [0, 0xff, 0x10]);
    let of = |kind: ItemKind| {
        let record = bundle
            .records
            .iter()
            .find(|record| record.kind == kind.as_str());
        BTreeMap::from_iter(record.unwrap().fields.clone())
    };
    let ticket = of(ItemKind::Ticket);
    assert_eq!(ticket["opened_on"], "2026-03-01");
    assert!(ticket["subject"].ends_with("\u{1F600} 'q' \"d\" `b` \\ '; DROP TABLE tickets; --"));
    let message = of(ItemKind::TicketMessage);
    assert_eq!(message["body"], "Grüße");
    assert!(matches!(message["is_public"].as_str(), "true" | "1"));
    assert_eq!(message["meta"], "{\"a\": 1}");
    assert!(
        !of(ItemKind::Account).contains_key("phone"),
        "what is empty is left out"
    );
    let invoice = of(ItemKind::Record);
    assert!(matches!(invoice["amount"].as_str(), "12.50" | "12.5"));

    let account = ItemKey("customers/0".to_owned());
    let values = store.values(&account).await.unwrap();
    assert_eq!(values[0], (Field::Name, "Mira \"M\" O'Brien".to_owned()));
    assert_eq!(values[1], (Field::Phone, String::new()));
    let change = Change {
        field: Field::Name,
        old: Some("Mira \"M\" O'Brien".to_owned()),
        new: "Mira '; DROP TABLE \"customers\" \\ \u{1F600}".to_owned(),
    };
    for _ in 0..2 {
        let outcome = store.rectify(&account, &change).await.unwrap();
        assert_eq!(outcome, ItemOutcome::Corrected.into());
    }
    assert_eq!(store.values(&account).await.unwrap()[0].1, change.new);
    let stale = Change {
        new: "x".to_owned(),
        ..change.clone()
    };
    let stale = store.rectify(&account, &stale).await.unwrap();
    assert_eq!(stale.outcome, ItemOutcome::NeedsPerson);
    assert!(stale.why.unwrap().contains("has changed"));
    let other = Change {
        field: Field::Company,
        old: None,
        new: "x".to_owned(),
    };
    assert_eq!(
        store.rectify(&account, &other).await.unwrap().outcome,
        ItemOutcome::NeedsPerson
    );
    let strange = ItemKey("elsewhere/0".to_owned());
    needs_person(store.values(&strange).await);

    let orders = orders(&items);
    let done = carry_out(&store, &orders).await.unwrap();
    let expected = BTreeMap::from([
        (ItemOutcome::Erased, 221),
        (ItemOutcome::Neutralised, 3),
        (ItemOutcome::Kept, 1),
    ]);
    assert_eq!(by_outcome(&done), expected, "{done:?}");
    assert_eq!(
        store.remains(&mira(), &gone(&orders, &done)).await.unwrap(),
        []
    );
    let left = inventory(&store).await.unwrap();
    assert_eq!(left.iter().map(key).collect::<Vec<_>>(), ["invoices/1"]);
    assert_eq!(
        carry_out(&store, &orders).await.unwrap(),
        done,
        "again, and the same"
    );

    // What is not hers is as it was.
    assert_eq!(desk.db.count("tickets").await, OTHERS.len() + 3);
    assert_eq!(desk.db.count("messages").await, OTHERS.len() * 5);
    assert_eq!(desk.db.count("attachments").await, OTHERS.len() * 5);
    assert_eq!(
        desk.db.count("customers WHERE phone IS NULL").await,
        OTHERS.len() + 1
    );
    assert_eq!(desk.db.count("invoices").await, OTHERS.len() * 2 + 1);
    assert_eq!(desk.db.count("invoices WHERE remark IS NULL").await, 1);
    let body = desk
        .db
        .texts("SELECT body FROM tickets WHERE id = 900001")
        .await;
    assert_eq!(
        body,
        ["Ask […], or zmira.o'brien_1%@halden.example. Or […]!"]
    );
    let email = desk
        .db
        .texts("SELECT email FROM customers WHERE id = 0")
        .await;
    assert!(email[0].starts_with("erased-") && email[0].ends_with("@erased.invalid"));
    if engine == Engine::Sqlite {
        let file = std::fs::read(desk.db.path()).unwrap();
        let file = String::from_utf8_lossy(&file).into_owned();
        assert!(
            !file.contains("Ticket 19 "),
            "what was deleted lies in free pages"
        );
    }
}

async fn five_thousand_rows_go(engine: Engine) {
    let desk = Desk::open(engine).await;
    desk.fill(50, 50).await;
    let store = desk.store();
    let items = inventory(&store).await.unwrap();
    assert_eq!(items.len(), 5_055);
    let orders = orders(&items);
    let done = carry_out(&store, &orders).await.unwrap();
    assert_eq!(by_outcome(&done)[&ItemOutcome::Erased], 5_051);
    assert_eq!(
        store.remains(&mira(), &gone(&orders, &done)).await.unwrap(),
        []
    );
    assert_eq!(inventory(&store).await.unwrap().len(), 1, "the invoice");
}

async fn a_row_that_another_table_needs_is_named(engine: Engine) {
    let desk = Desk::open(engine).await;
    desk.fill(3, 1).await;
    desk.db
        .script(
            "CREATE TABLE audit_links (n INT PRIMARY KEY, ticket BIGINT, CONSTRAINT of_ticket FOREIGN KEY (ticket) REFERENCES tickets (id));
             INSERT INTO audit_links VALUES (1, 1)",
        )
        .await;
    desk.grant().await;
    let store = desk.store();
    let items = inventory(&store).await.unwrap();
    let orders = orders(&items);
    let done = carry_out(&store, &orders).await.unwrap();
    assert_eq!(by_outcome(&done)[&ItemOutcome::NeedsPerson], 1, "{done:?}");
    let at = orders
        .iter()
        .position(|order| order.key.0 == "tickets/1")
        .unwrap();
    let why = done[at].why.clone().unwrap();
    assert!(why.contains("audit_links"), "{why}");
    assert!(
        engine == Engine::Sqlite || why.contains("of_ticket"),
        "{why}"
    );
    assert_eq!(
        desk.db.count("tickets WHERE id < 100000").await,
        1,
        "the others went"
    );
    let left = inventory(&store).await.unwrap();
    assert!(left.iter().any(|item| item.key.0 == "tickets/1"));
    // A person has seen to it.
    desk.db.script("DELETE FROM audit_links").await;
    let again = carry_out(&store, &orders).await.unwrap();
    assert_eq!(again[at].outcome, ItemOutcome::Erased);
}

async fn what_stays_against_its_word_is_caught(engine: Engine) {
    let desk = Desk::open(engine).await;
    desk.fill(2, 1).await;
    // MariaDB knows no trigger that keeps a row; it knows those that put a value back.
    desk.db
        .script(match engine {
            Engine::Postgresql => {
                "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                 CREATE FUNCTION back() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.email := OLD.email; RETURN NEW; END';
                 CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN INSERT INTO tickets VALUES (OLD.*); RETURN NULL; END';
                 CREATE TRIGGER stays BEFORE DELETE ON attachments FOR EACH ROW EXECUTE FUNCTION no();
                 CREATE RULE stays AS ON DELETE TO invoices DO INSTEAD NOTHING;
                 CREATE TRIGGER back BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION back();
                 DELETE FROM attachments WHERE FALSE; ALTER TABLE messages DROP CONSTRAINT messages_ticket_id_fkey;
                 CREATE TRIGGER again AFTER DELETE ON tickets FOR EACH ROW EXECUTE FUNCTION again()"
            }
            Engine::Mariadb => {
                "CREATE TRIGGER back BEFORE UPDATE ON customers FOR EACH ROW SET NEW.email = OLD.email"
            }
            Engine::Sqlite => {
                "CREATE TRIGGER stays BEFORE DELETE ON attachments BEGIN SELECT RAISE(IGNORE); END;
                 CREATE TRIGGER back AFTER UPDATE ON customers BEGIN UPDATE customers SET email = OLD.email WHERE id = OLD.id; END;
                 CREATE TRIGGER again AFTER DELETE ON invoices BEGIN INSERT INTO invoices VALUES (OLD.id, OLD.email, OLD.amount, OLD.issued_on, OLD.remark); END"
            }
        })
        .await;
    let store = desk.store();
    let items = inventory(&store).await.unwrap();
    let orders = orders(&items);
    let done = carry_out(&store, &orders).await.unwrap();
    let of = |key: &str| {
        let at = orders.iter().position(|order| order.key.0 == key).unwrap();
        done[at].clone()
    };
    assert_eq!(of("customers/0").outcome, ItemOutcome::Failed);
    assert!(of("customers/0").why.unwrap().contains("trigger"));
    if engine != Engine::Mariadb {
        assert_eq!(of("attachments/file/0%/0").outcome, ItemOutcome::Failed);
        assert_eq!(of("invoices/2").outcome, ItemOutcome::Failed);
    }
    if engine == Engine::Postgresql {
        assert_eq!(of("tickets/0").outcome, ItemOutcome::Failed);
    }
    // Were it believed all the same, the read-back would find it.
    let all: Vec<Order> = orders
        .iter()
        .filter(|order| order.decision == Decision::Erase)
        .cloned()
        .collect();
    let left = store.remains(&mira(), &all).await.unwrap();
    assert!(
        left.contains(&ItemKey("customers/0".to_owned())),
        "{left:?}"
    );
    assert!(
        inventory(&store)
            .await
            .unwrap()
            .iter()
            .any(|item| item.key.0 == "customers/0")
    );
}

async fn a_row_that_is_somebody_elses_by_then_stays(engine: Engine) {
    let desk = Desk::open(engine).await;
    desk.fill(3, 1).await;
    let store = desk.store();
    let items = inventory(&store).await.unwrap();
    let orders = orders(&items);
    let odd = quote(engine, ODD);
    desk.db
        .script(&format!(
            "UPDATE tickets SET requester = 'new@owner.example' WHERE id = 1;
             UPDATE customers SET email = 'new@owner.example' WHERE id = 0;
             UPDATE {odd} SET mail = 'new@owner.example' WHERE id = 0"
        ))
        .await;
    let done = carry_out(&store, &orders).await.unwrap();
    let mut stayed = Vec::new();
    for (order, done) in orders.iter().zip(&done) {
        if done.outcome == ItemOutcome::NeedsPerson {
            assert!(done.why.as_ref().unwrap().contains("no longer bears"));
            stayed.push(order.key.0.as_str());
        }
    }
    stayed.sort_unstable();
    // With the ticket goes what was found by way of it.
    let key = "messages/00000000-0000-4000-8000-000000001000";
    assert_eq!(
        stayed,
        [
            "attachments/file/1%/0",
            "customers/0",
            key,
            "news%2F100%25/0",
            "tickets/1"
        ]
    );
    assert_eq!(desk.db.count("tickets WHERE id = 1").await, 1);
    assert_eq!(
        desk.db
            .count("customers WHERE email = 'new@owner.example'")
            .await,
        1
    );
    assert_eq!(desk.db.count("messages").await, OTHERS.len() + 1);
}

async fn what_comes_back_or_comes_late_is_found(engine: Engine) {
    let desk = Desk::open(engine).await;
    desk.fill(2, 1).await;
    let store = desk.store();
    let items = inventory(&store).await.unwrap();
    let mut orders = orders(&items);
    orders.retain(|order| order.decision == Decision::Erase);
    // A ticket came after the plan, and keeps nothing of the plan from being done.
    let late = format!(
        "INSERT INTO tickets VALUES (50, 7, {}, 'late', 'x', NULL)",
        text(MIRA)
    );
    desk.db.script(&late).await;
    let done = carry_out(&store, &orders).await.unwrap();
    assert_eq!(gone(&orders, &done).len(), orders.len(), "{done:?}");
    let keys = |items: Vec<Item>| items.into_iter().map(|item| item.key.0).collect::<Vec<_>>();
    let found = keys(inventory(&store).await.unwrap());
    assert_eq!(found, ["tickets/50", "invoices/1"]);
    // A restored copy brings rows back, without the address by which they were found.
    desk.db
        .script(
            "INSERT INTO tickets VALUES (1, 7, NULL, 'back', 'x', NULL);
             UPDATE tickets SET body = 'Mira.o''brien_1%@halden.example' WHERE id = 900001;
             UPDATE customers SET phone = '1' WHERE id = 0",
        )
        .await;
    let mut left = store.remains(&mira(), &orders).await.unwrap();
    left.sort();
    let left: Vec<&str> = left.iter().map(|key| key.0.as_str()).collect();
    assert_eq!(left, ["customers/0", "mentions/900001", "tickets/1"]);
}

async fn a_mapping_that_does_not_fit_is_named(engine: Engine) {
    let mut desk = Desk::open(engine).await;
    desk.db
        .script("CREATE TABLE keyless (n INT, email VARCHAR(100) NOT NULL, ratio DOUBLE PRECISION UNIQUE NOT NULL)")
        .await;
    desk.grant().await;
    let whole = desk.mapping.clone();
    let mut tries = vec![
        (whole.replace("name = \"customers\"", "name = \"clients\""), "clients"),
        (whole.replace("\"full name\"", "\"fullname\""), "customers has no column “fullname”"),
        (
            "[[sql.tables]]\nname = \"keyless\"\nkey = \"n\"\nperson = [{ column = \"email\", match = \"equal\" }]\nerase = \"delete\"".to_owned(),
            "“n” of keyless is no key",
        ),
    ];
    if engine != Engine::Sqlite {
        tries.push((
            "[[sql.tables]]\nname = \"keyless\"\nkey = \"ratio\"\nperson = [{ column = \"email\", match = \"equal\" }]\nerase = { email = \"null\" }".to_owned(),
            "“email” of keyless cannot be empty",
        ));
        tries.push((
            "[[sql.tables]]\nname = \"keyless\"\nkey = \"ratio\"\nperson = [{ column = \"email\", match = \"equal\" }]\nerase = \"delete\"".to_owned(),
            "in whose order Lethe cannot walk",
        ));
        tries.push((
            whole.replace(
                "\"order\" = \"random\"",
                "\"order\" = { random = \"________________________________\" }",
            ),
            "“order” of customers has no room for 55 letters",
        ));
    }
    for (mapping, expected) in tries {
        desk.mapping = mapping;
        let said = needs_person(desk.store().probe().await);
        assert!(said.contains(expected), "{expected}: {said}");
        // Nothing found must not mean that nobody could look.
        assert_eq!(needs_person(inventory(&desk.store()).await), said);
        assert_eq!(needs_person(desk.store().remains(&mira(), &[]).await), said);
    }
}

async fn what_the_law_keeps_stays_and_loses_the_rest(engine: Engine) {
    let desk = Desk::open(engine).await;
    desk.fill(1, 1).await;
    let store = desk.store_on(date(2034, 12, 31));
    let invoice = |items: &[Item], key: &str| {
        let found = items.iter().find(|item| item.key.0 == key);
        found.map(|item| item.proposal)
    };
    let items = inventory(&store).await.unwrap();
    let keep = Decision::Keep(Ground::TaxLaw, Some(date(2034, 12, 31)));
    assert_eq!(invoice(&items, "invoices/1"), Some(keep));
    assert_eq!(invoice(&items, "invoices/2"), Some(Decision::Erase));
    let later = desk.store_on(date(2035, 1, 1));
    let items = inventory(&later).await.unwrap();
    assert_eq!(invoice(&items, "invoices/1"), Some(Decision::Erase));
    let order = |decision| {
        vec![Order {
            key: ItemKey("invoices/1".to_owned()),
            kind: ItemKind::Record,
            decision,
        }]
    };
    // A hold, or the answer that it is somebody else's, changes nothing.
    for ground in [Ground::LegalClaims, Ground::ThirdParty] {
        let done = carry_out(&store, &order(Decision::Keep(ground, None)))
            .await
            .unwrap();
        assert_eq!(done[0].outcome, ItemOutcome::Kept);
        assert_eq!(
            desk.db
                .count("invoices WHERE id = 1 AND remark = 'call her'")
                .await,
            1
        );
    }
    let done = carry_out(&store, &order(keep)).await.unwrap();
    assert_eq!(done[0].outcome, ItemOutcome::Kept);
    assert_eq!(
        desk.db
            .count("invoices WHERE id = 1 AND remark IS NULL AND email IS NOT NULL")
            .await,
        1
    );
    let done = carry_out(&store, &order(Decision::Erase)).await.unwrap();
    assert_eq!(done[0].outcome, ItemOutcome::Erased);
}

async fn what_goes_meanwhile_and_cannot_is_left_until_it_has_gone(engine: Engine) {
    let desk = Desk::open(engine).await;
    desk.fill(1, 1).await;
    desk.db
        .script(match engine {
            Engine::Postgresql => {
                "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE check_violation; END';
                 CREATE TRIGGER no BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION no()"
            }
            Engine::Mariadb => {
                "CREATE TRIGGER no BEFORE UPDATE ON invoices FOR EACH ROW SIGNAL SQLSTATE '45000'"
            }
            Engine::Sqlite => {
                "CREATE TRIGGER no BEFORE UPDATE ON invoices BEGIN SELECT RAISE(ABORT, 'no'); END"
            }
        })
        .await;
    let store = desk.store();
    let order = |ground| {
        vec![Order {
            key: ItemKey("invoices/1".to_owned()),
            kind: ItemKind::Record,
            decision: Decision::Keep(ground, None),
        }]
    };
    let kept = order(Ground::TaxLaw);
    let done = carry_out(&store, &kept).await.unwrap();
    assert_eq!(done[0].outcome, ItemOutcome::NeedsPerson, "{done:?}");
    // Somebody says that it is done, and it is not.
    let left = store.remains(&mira(), &kept).await.unwrap();
    assert_eq!(left, [ItemKey("invoices/1".to_owned())]);
    // On another ground nothing goes, least of all under a hold: so nothing is left of it.
    for ground in [Ground::LegalClaims, Ground::ThirdParty] {
        assert_eq!(store.remains(&mira(), &order(ground)).await.unwrap(), []);
    }
    desk.db
        .script(match engine {
            Engine::Postgresql => "DROP TRIGGER no ON invoices",
            _ => "DROP TRIGGER no",
        })
        .await;
    desk.db
        .script("UPDATE invoices SET remark = NULL WHERE id = 1")
        .await;
    assert_eq!(store.remains(&mira(), &kept).await.unwrap(), []);
    // Nor is a row that was given to somebody else.
    desk.db
        .script("UPDATE invoices SET remark = 'x', email = 'x@y.example' WHERE id = 1")
        .await;
    assert_eq!(store.remains(&mira(), &kept).await.unwrap(), []);
    assert_eq!(
        carry_out(&store, &kept).await.unwrap()[0].outcome,
        ItemOutcome::Kept
    );
}

async fn a_copy_has_what_an_erasure_would_leave_as_it_is(engine: Engine) {
    let mut desk = Desk::open(engine).await;
    desk.fill(2, 3).await;
    let delete = "export = [\"body\", \"is_public\", \"meta\"]\nerase = \"delete\"";
    assert!(desk.mapping.contains(delete));
    desk.mapping = desk.mapping.replace(
        delete,
        "export = [\"body\", \"is_public\"]\nerase = { body = \"null\" }",
    );
    // Two of six are emptied already, as an earlier request would have left them.
    desk.db
        .script("UPDATE messages SET body = NULL WHERE ticket_id = 0 AND is_public = TRUE")
        .await;
    let store = desk.store();
    let messages = |items: Vec<Item>| {
        let messages = items.into_iter();
        let messages = messages.filter(|item| item.kind == ItemKind::TicketMessage);
        messages.map(|item| item.key).collect::<Vec<_>>()
    };
    assert_eq!(messages(inventory(&store).await.unwrap()).len(), 4);
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.everything(&mira(), after.as_deref()).await.unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let all = messages(all);
    assert_eq!(all.len(), 6);
    let mut bundle = Bundle::default();
    store.export(&mira(), &all, &mut bundle).await.unwrap();
    assert_eq!(bundle.records.len(), 6);
    // Of what no longer leads to her there is no copy.
    desk.db
        .script("UPDATE tickets SET requester = 'x@y.example' WHERE id = 0")
        .await;
    let page = store.everything(&mira(), Some("messages")).await.unwrap();
    assert_eq!(messages(page.items).len(), 3);
}

async fn a_row_that_somebody_holds_is_tried_again(engine: Engine) {
    let mut desk = Desk::open(engine).await;
    desk.fill(2, 1).await;
    let file = desk
        .file()
        .replace("timeout_seconds = 20", "timeout_seconds = 1");
    desk.mapping = String::new();
    let secret = |_: &str| Some(PASSWORD.to_owned());
    let file = stores::parse(&file, Path::new("/"), &secret).unwrap();
    let store = connectors::open(&[file], &Clock::system())
        .unwrap()
        .pop()
        .unwrap();
    let items = inventory(&store).await.unwrap();
    let orders = orders(&items);
    let mut holder = desk.db.open().await;
    holder
        .script("BEGIN; UPDATE tickets SET subject = 'mine' WHERE id = 0")
        .await;
    match carry_out(&store, &orders).await {
        Err(StoreError::Retry(cause)) => assert!(
            cause.contains("locked") || cause.contains("in time"),
            "{cause}"
        ),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        desk.db.count("attachments").await,
        OTHERS.len() + 2,
        "nothing of it was done"
    );
    holder.script("COMMIT").await;
    let done = carry_out(&store, &orders).await.unwrap();
    assert_eq!(by_outcome(&done)[&ItemOutcome::Erased], 7, "{done:?}");
}

async fn a_deferred_constraint_spoils_its_own_row_alone(engine: Engine) {
    if engine == Engine::Mariadb {
        // It has none.
        return;
    }
    let desk = Desk::open(engine).await;
    desk.fill(3, 1).await;
    desk.db
        .script(
            "CREATE TABLE late (n INT PRIMARY KEY, ticket BIGINT REFERENCES tickets (id) DEFERRABLE INITIALLY DEFERRED);
             INSERT INTO late VALUES (1, 1)",
        )
        .await;
    let store = desk.store();
    let orders = orders(&inventory(&store).await.unwrap());
    let done = carry_out(&store, &orders).await.unwrap();
    let at = orders
        .iter()
        .position(|order| order.key.0 == "tickets/1")
        .unwrap();
    assert_eq!(done[at].outcome, ItemOutcome::NeedsPerson);
    assert!(
        done[at].why.as_ref().unwrap().contains("late"),
        "{:?}",
        done[at]
    );
    assert_eq!(by_outcome(&done)[&ItemOutcome::NeedsPerson], 1);
    assert_eq!(desk.db.count("tickets WHERE id < 100000").await, 1);
}

// --- servers ----------------------------------------------------------------

const SERVERS: [Engine; 2] = [Engine::Postgresql, Engine::Mariadb];

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_is_named_before_anything_is_looked_for() {
    for engine in SERVERS {
        let desk = Desk::open(engine).await;
        desk.fill(1, 1).await;
        let name = &desk.db.name;
        desk.store().probe().await.unwrap();
        let (all, of) = match engine {
            Engine::Postgresql => ("ALL TABLES IN SCHEMA public", ""),
            _ => ("*", "*."),
        };
        let everything = if of.is_empty() {
            all.to_owned()
        } else {
            format!("{name}.*")
        };
        desk.db
            .script(&format!(
                "REVOKE DELETE, UPDATE ON {everything} FROM {name}_erases"
            ))
            .await;
        let said = needs_person(desk.store().probe().await);
        for part in [
            "_erases” lacks the right DELETE on ",
            "tickets",
            "lacks the right UPDATE on customers",
            "GRANT DELETE ON ",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("_reads” lacks"), "{said}");
        assert_eq!(needs_person(inventory(&desk.store()).await), said);
        desk.grant().await;
        // Rights on columns alone are enough, and one that lacks is named.
        let columns = quote(engine, "full name");
        let order = quote(engine, "order");
        desk.db
            .script(&format!("REVOKE SELECT ON {everything} FROM {name}_reads"))
            .await;
        for table in ["tickets", "messages", "attachments", "invoices"] {
            desk.db
                .script(&format!("GRANT SELECT ON {table} TO {name}_reads"))
                .await;
        }
        let odd = quote(engine, ODD);
        desk.db
            .script(&format!(
                "GRANT SELECT ON {odd} TO {name}_reads; GRANT SELECT (id, email, {columns}, phone) ON customers TO {name}_reads"
            ))
            .await;
        let said = needs_person(desk.store().probe().await);
        assert!(
            said.contains("order") && said.contains("customers"),
            "{said}"
        );
        desk.db
            .script(&format!(
                "GRANT SELECT ({order}) ON customers TO {name}_reads"
            ))
            .await;
        desk.store().probe().await.unwrap();
        assert_eq!(inventory(&desk.store()).await.unwrap().len(), 8);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_lost_on_the_way_is_no_success() {
    for engine in SERVERS {
        let desk = Desk::open(engine).await;
        desk.fill(2, 1).await;
        let (store, name) = (desk.store(), &desk.db.name);
        let orders = orders(&inventory(&store).await.unwrap());
        // The rights were compared a moment ago, and are remembered.
        let revoke = match engine {
            Engine::Postgresql => format!("REVOKE DELETE ON attachments FROM {name}_erases"),
            _ => format!(
                "REVOKE DELETE ON {name}.* FROM {name}_erases; GRANT DELETE ON {name}.messages TO {name}_erases; GRANT DELETE ON {name}.tickets TO {name}_erases; GRANT DELETE ON {name}.invoices TO {name}_erases"
            ),
        };
        desk.db.script(&revoke).await;
        let done = carry_out(&store, &orders).await.unwrap();
        for (order, done) in orders.iter().zip(&done) {
            let needs_person = order.key.0.starts_with("attachments/")
                || order.key.0.starts_with("messages/")
                || (order.key.0.starts_with("tickets/"));
            assert_eq!(
                done.outcome == ItemOutcome::NeedsPerson,
                needs_person,
                "{order:?} {done:?}"
            );
            if order.key.0.starts_with("attachments/") {
                let why = done.why.as_ref().unwrap();
                assert!(
                    why.contains("lacks the right DELETE on attachments"),
                    "{why}"
                );
            }
        }
        assert_eq!(desk.db.count("attachments").await, OTHERS.len() + 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_a_policy_hides_are_not_taken_for_none() {
    let desk = Desk::open(Engine::Postgresql).await;
    desk.fill(1, 1).await;
    desk.db
        .script("ALTER TABLE messages ENABLE ROW LEVEL SECURITY")
        .await;
    let said = needs_person(inventory(&desk.store()).await);
    assert!(said.contains("messages (row level security)"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_can_change_nothing() {
    // With every right, and a table whose column is written by being looked at.
    let desk = Desk::open(Engine::Postgresql).await;
    desk.fill(1, 1).await;
    let name = &desk.db.name;
    desk.db
        .script(&format!(
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}_reads;
             CREATE FUNCTION lower(it text) RETURNS text LANGUAGE plpgsql AS 'BEGIN DELETE FROM public.attachments; RETURN pg_catalog.lower(it); END';
             ALTER ROLE {name}_reads SET search_path = public, pg_catalog"
        ))
        .await;
    match inventory(&desk.store()).await {
        Err(StoreError::Retry(cause)) => assert!(cause.contains("25006"), "{cause}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(desk.db.count("attachments").await, OTHERS.len() + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_is_equal_whatever_the_collation_thinks() {
    let rows = [
        ("mira@halden.example", true, true),
        ("Mira@Halden.example", false, true),
        ("mirá@halden.example", false, false),
        ("MIRÁ@halden.example", false, false),
        ("mira@halden.example ", false, false),
    ];
    for engine in [Engine::Mariadb, Engine::Postgresql, Engine::Sqlite] {
        let mut desk = Desk::open(engine).await;
        let kind = match engine {
            Engine::Mariadb => "VARCHAR(100) CHARACTER SET latin1 COLLATE latin1_swedish_ci",
            Engine::Postgresql => "VARCHAR(100) COLLATE loose",
            Engine::Sqlite => "VARCHAR(100) COLLATE NOCASE",
        };
        if engine == Engine::Postgresql {
            desk.db
                .script("CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)")
                .await;
        }
        desk.db
            .script(&format!(
                "CREATE TABLE people (id INT PRIMARY KEY, mail {kind})"
            ))
            .await;
        for (id, (mail, ..)) in rows.iter().enumerate() {
            desk.db
                .script(&format!("INSERT INTO people VALUES ({id}, {})", text(mail)))
                .await;
        }
        desk.grant().await;
        for rule in ["equal", "lower"] {
            desk.mapping = format!(
                "[[sql.tables]]\nname = \"people\"\nkey = \"id\"\nperson = [{{ column = \"mail\", match = \"{rule}\" }}]\nerase = \"delete\""
            );
            let subject = Subject {
                address: Email::parse("mira@halden.example").unwrap(),
                ..mira()
            };
            let found = desk.store().inventory(&subject, None).await.unwrap();
            let found: Vec<String> = found.items.into_iter().map(|item| item.key.0).collect();
            let mut expected = Vec::new();
            for (id, (_, equal, lower)) in rows.iter().enumerate() {
                if if rule == "equal" { *equal } else { *lower } {
                    expected.push(format!("people/{id}"));
                }
            }
            assert_eq!(found, expected, "{engine:?} {rule}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_key_is_walked_page_by_page() {
    for (engine, kind, make) in [
        (
            Engine::Postgresql,
            "uuid",
            "CAST(md5(CAST(n AS text)) AS uuid)",
        ),
        (Engine::Postgresql, "smallint", "n - 300"),
        (
            Engine::Postgresql,
            "text",
            "'k/' || md5(CAST(n AS text)) || 'Ä%'",
        ),
        (
            Engine::Mariadb,
            "uuid",
            "CONCAT('00000000-0000-4000-8000-', LPAD(n * 7919 MOD 1000003, 12, '0'))",
        ),
        (Engine::Mariadb, "BINARY(16)", "UNHEX(MD5(n))"),
        (
            Engine::Mariadb,
            "BIGINT UNSIGNED",
            "18446744073709551615 - n * 3",
        ),
        (
            Engine::Mariadb,
            "VARCHAR(50)",
            "CONCAT(CHAR(65 + n MOD 26), MD5(n), 'é/')",
        ),
        (Engine::Sqlite, "INTEGER", "n - 300"),
        (Engine::Sqlite, "TEXT", "char(65 + n % 58) || n || 'é/'"),
    ] {
        let mut desk = Desk::open(engine).await;
        desk.mapping = "[[sql.tables]]\nname = \"rows\"\nkey = \"k\"\nperson = [{ column = \"mail\", match = \"lower\" }]\nerase = \"delete\"".to_owned();
        let rows = quote(engine, "rows");
        desk.db
            .script(&format!(
                "CREATE TABLE {rows} (k {kind} NOT NULL PRIMARY KEY, mail VARCHAR(100));
                 INSERT INTO {rows} (k, mail) WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 601) SELECT {make}, {} FROM numbers",
                text(MIRA)
            ))
            .await;
        desk.grant().await;
        let store = desk.store();
        let items = inventory(&store).await.unwrap();
        let keys: std::collections::BTreeSet<&str> =
            items.iter().map(|item| item.key.0.as_str()).collect();
        assert_eq!((items.len(), keys.len()), (601, 601), "{engine:?} {kind}");
        let orders = orders(&items);
        let done = carry_out(&store, &orders).await.unwrap();
        assert_eq!(
            by_outcome(&done)[&ItemOutcome::Erased],
            601,
            "{engine:?} {kind}"
        );
        assert_eq!(desk.db.count(&rows).await, 0, "{engine:?} {kind}");
        assert_eq!(store.remains(&mira(), &orders).await.unwrap(), []);
    }
}

/// Waits until a statement of ours waits for a lock.
async fn until_it_waits(desk: &Desk) {
    let question = match desk.engine {
        Engine::Postgresql => "SELECT '1' FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
        _ => "SELECT '1' FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'",
    };
    // MariaDB shows an old picture to whoever asks again within a tenth of a second.
    for _ in 0..120 {
        if !desk.db.texts(question).await.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    panic!("nothing waits for a lock");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_it_erases_ends_the_same() {
    for engine in SERVERS {
        let mut server = Server::start(engine);
        let desk = Desk::at(engine, Some(&server)).await;
        desk.fill(10, 10).await;
        let store = desk.store();
        let orders = orders(&inventory(&store).await.unwrap());
        // In the middle of the second batch somebody holds a row, and the erasure stands there.
        let mut holder = desk.db.open().await;
        holder
            .script("BEGIN; UPDATE customers SET phone = '1' WHERE id = 0")
            .await;
        let (working, planned) = (store.clone(), orders.clone());
        let work = tokio::spawn(async move { carry_out(&working, &planned).await });
        until_it_waits(&desk).await;
        server.kill();
        match work.await.unwrap() {
            Err(StoreError::Retry(_)) => {}
            other => panic!("{other:?}"),
        }
        assert!(matches!(inventory(&store).await, Err(StoreError::Retry(_))));
        server.again();
        let left = desk.db.count("attachments").await;
        assert_eq!(
            left,
            OTHERS.len() * 10,
            "{engine:?}: the first batch was done, durably"
        );
        assert_eq!(
            desk.db.count("tickets WHERE id < 100000").await,
            10,
            "of the second, nothing"
        );
        // The first call after it comes through, and the same orders end as if nothing had been.
        let done = carry_out(&store, &orders).await.unwrap();
        let expected = BTreeMap::from([
            (ItemOutcome::Erased, orders.len() - 4),
            (ItemOutcome::Neutralised, 3),
            (ItemOutcome::Kept, 1),
        ]);
        assert_eq!(by_outcome(&done), expected, "{engine:?}");
        assert_eq!(
            store.remains(&mira(), &gone(&orders, &done)).await.unwrap(),
            []
        );
        assert_eq!(inventory(&store).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_breaks_anywhere_ends_the_same() {
    for engine in SERVERS {
        for how in How::TCP {
            let mut desk = Desk::open(engine).await;
            desk.fill(1, 1).await;
            let proxy = Proxy::tcp(desk.address.unwrap());
            desk.address = Some(proxy.address());
            let planned = orders(&inventory(&desk.store()).await.unwrap());
            // From the first question to the last, a stride apart that meets each kind.
            let (mut k, mut broken) = (0, 0);
            loop {
                proxy.fail_request(k, how);
                let store = desk.store();
                let tried = async {
                    let found = inventory(&store).await?;
                    let done = carry_out(&store, &planned).await?;
                    let left = store.remains(&mira(), &gone(&planned, &done)).await?;
                    Ok::<_, StoreError>((found, done, left))
                };
                match tried.await {
                    Err(StoreError::Retry(_)) => broken += 1,
                    Err(other) => panic!("{engine:?} {how:?} {k}: {other:?}"),
                    Ok((_, done, left)) => {
                        let bad = |done: &&Done| {
                            !matches!(
                                done.outcome,
                                ItemOutcome::Erased | ItemOutcome::Neutralised | ItemOutcome::Kept
                            )
                        };
                        assert_eq!(done.iter().find(bad), None, "{engine:?} {how:?} {k}");
                        assert_eq!(left, []);
                    }
                }
                if proxy.requests_seen() <= k {
                    break;
                }
                k += 1 + k / 6;
            }
            assert!(broken > 10, "{engine:?} {how:?}: {broken}");
            proxy.pass();
            let store = desk.store();
            let done = carry_out(&store, &planned).await.unwrap();
            assert_eq!(by_outcome(&done)[&ItemOutcome::Erased], planned.len() - 4);
            assert_eq!(
                inventory(&store).await.unwrap().len(),
                1,
                "{engine:?} {how:?}"
            );
            assert_eq!(desk.db.count("tickets").await, OTHERS.len() + 3);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_and_a_wrong_password_are_two_things() {
    for engine in SERVERS {
        let mut desk = Desk::open(engine).await;
        let proxy = Proxy::tcp(desk.address.unwrap());
        desk.address = Some(proxy.address());
        desk.store().probe().await.unwrap();
        proxy.shut();
        assert!(matches!(
            desk.store().probe().await,
            Err(StoreError::Retry(_))
        ));
        proxy.open();
        let store = desk.store();
        store.probe().await.unwrap();
        // Whatever was open is dead, and the next call does not notice.
        proxy.cut();
        store.probe().await.unwrap();
        let wrong = |_: &str| Some("wrong".to_owned());
        let file = stores::parse(&desk.file(), Path::new("/"), &wrong).unwrap();
        let store = connectors::open(&[file], &Clock::system())
            .unwrap()
            .pop()
            .unwrap();
        let said = needs_person(store.probe().await);
        assert!(said.contains("_reads”: It is not let in"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_proves_who_it_is() {
    let mut server = Server::start(Engine::Postgresql);
    let folder = server.folder.clone();
    let openssl = |args: &[&str]| {
        let made = std::process::Command::new("openssl")
            .args(args)
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
    };
    for ca in ["ca", "other"] {
        openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            &format!("/CN={ca}"),
            "-keyout",
            &format!("{ca}.key"),
            "-out",
            &format!("{ca}.pem"),
        ]);
    }
    openssl(&[
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=localhost",
        "-keyout",
        "server.key",
        "-out",
        "server.csr",
    ]);
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost").unwrap();
    openssl(&[
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "names",
        "-out",
        "server.crt",
    ]);
    let data = folder.join("data");
    for file in ["server.key", "server.crt"] {
        std::fs::rename(folder.join(file), data.join(file)).unwrap();
        server.give(&data.join(file));
    }
    server.kill();
    use std::io::Write as _;
    let conf = std::fs::OpenOptions::new()
        .append(true)
        .open(data.join("postgresql.conf"));
    conf.unwrap().write_all(b"\nssl = on\n").unwrap();
    server.again();
    let mut desk = Desk::at(Engine::Postgresql, Some(&server)).await;
    desk.fill(1, 1).await;
    desk.tls = format!(
        "ca_file = {:?}",
        folder.join("ca.pem").display().to_string()
    );
    let store = desk.store();
    store.probe().await.unwrap();
    assert_eq!(inventory(&store).await.unwrap().len(), 8);
    for wrong in [
        "tls = \"system\"".to_owned(),
        format!(
            "ca_file = {:?}",
            folder.join("other.pem").display().to_string()
        ),
    ] {
        desk.tls = wrong;
        let said = needs_person(desk.store().probe().await);
        assert!(said.contains("does not prove that it is the one"), "{said}");
    }
    // The certificate is of localhost, and not of this address.
    desk.tls = format!(
        "ca_file = {:?}",
        folder.join("ca.pem").display().to_string()
    );
    let file = desk.file().replace("\"localhost\"", "\"127.0.0.1\"");
    let secret = |_: &str| Some(PASSWORD.to_owned());
    let file = stores::parse(&file, Path::new("/"), &secret).unwrap();
    let store = connectors::open(&[file], &Clock::system())
        .unwrap()
        .pop()
        .unwrap();
    let said = needs_person(store.probe().await);
    assert!(said.contains("does not prove"), "{said}");
    // A server that speaks no TLS is asked nothing.
    let plain = Desk {
        tls: desk.tls.clone(),
        ..Desk::open(Engine::Postgresql).await
    };
    let said = needs_person(plain.store().probe().await);
    assert!(said.contains("does not prove"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_large_is_named() {
    for engine in [Engine::Postgresql, Engine::Mariadb, Engine::Sqlite] {
        let desk = Desk::open(engine).await;
        desk.fill(1, 1).await;
        let large = match engine {
            Engine::Postgresql => "decode(repeat('00', 1048577), 'hex')",
            Engine::Mariadb => "REPEAT(x'00', 1048577)",
            Engine::Sqlite => "zeroblob(1048577)",
        };
        desk.db
            .script(&format!("UPDATE attachments SET content = {large}"))
            .await;
        let mut bundle = Bundle::default();
        let key = ItemKey("attachments/file/0%/0".to_owned());
        let store = desk.store();
        store.export(&mira(), &[key], &mut bundle).await.unwrap();
        assert!(bundle.files.is_empty());
        let told = &bundle.records[0].fields[1].1;
        assert!(
            told.starts_with("scan ü.png: left out here, 1048577 bytes"),
            "{told}"
        );
    }
}

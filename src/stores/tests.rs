//! The stores on a real database: SQLite, or PostgreSQL where `TEST_DATABASE_URL` names one.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use jiff::civil::date;
use serde_json::{Value, json};

use super::*;
use crate::config::policy::PolicyFile;
use crate::db::{Access, Options, Target, connect};
use crate::domain::store::{Decision, Exported, Ground, ItemKind, Match, Sink, StoreName};
use crate::seal::random;

const MIRA: &str = "Mira@halden.example";

/// A database of its own with the stores over it, on 20 November 2026.
struct World {
    db: Db,
    keys: Arc<KeyRing>,
    clock: Clock,
    stores: Vec<Arc<dyn Store>>,
    target: Target,
    rows: std::cell::Cell<u32>,
}

impl World {
    fn new() -> World {
        let name = format!("lethe_{:016x}", u64::from_be_bytes(random()));
        let target = match std::env::var("TEST_DATABASE_URL") {
            Ok(url) => {
                administer(&url, &format!("CREATE DATABASE {name}"));
                let mut url = url::Url::parse(&url).unwrap();
                url.set_path(&name);
                Target::Postgres(url.into())
            }
            Err(_) => {
                let folder = std::env::temp_dir().join(name);
                std::fs::create_dir(&folder).unwrap();
                Target::Sqlite(folder.join("lethe.db"))
            }
        };
        let db = Db::open(&Options {
            target: target.clone(),
            connections: 2,
            prepared: true,
        })
        .unwrap();
        let keys = Arc::new(KeyRing::ephemeral([7; 32]));
        let clock = Clock::frozen("2026-11-20T09:12:00Z".parse().unwrap());
        let policy = Arc::new(PolicyFile::BuiltIn.load().unwrap());
        let stores = built_in(
            db.clone(),
            keys.clone(),
            clock.clone(),
            TimeZone::UTC,
            policy,
        )
        .stores();
        World {
            db,
            keys,
            clock,
            stores,
            target,
            rows: 0.into(),
        }
    }

    fn is_sqlite(&self) -> bool {
        matches!(self.target, Target::Sqlite(_))
    }

    fn subject(&self) -> Subject {
        let address = Email::parse(MIRA).unwrap();
        let digests = self.keys.address_digests(address.normalised());
        Subject {
            address,
            digests: digests.iter().map(AddressDigest::from).collect(),
            name: None,
        }
    }

    fn store(&self, name: &str) -> &Arc<dyn Store> {
        self.stores
            .iter()
            .find(|store| store.name() == StoreName(name.to_owned()))
            .unwrap()
    }

    /// Adds rows in one transaction; columns that are not named get a value that does not matter.
    /// `email` and `author_email` bring their digest with them.
    async fn add(&self, rows: Vec<(&str, Value)>) {
        let is_sqlite = self.is_sqlite();
        let blob = |bytes: &[u8]| {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            if is_sqlite {
                format!("X'{hex}'")
            } else {
                format!("'\\x{hex}'::bytea")
            }
        };
        let mut sql = String::new();
        for (table, row) in rows {
            self.rows.set(self.rows.get() + 1);
            let mut columns = defaults(table, self.rows.get());
            columns
                .as_object_mut()
                .unwrap()
                .extend(row.as_object().unwrap().clone());
            let columns = columns.as_object_mut().unwrap();
            for column in ["email", "author_email", "mentioned"] {
                if let Some(address) = columns.get(column).and_then(Value::as_str) {
                    let digest = self.keys.address_digest(&address.to_lowercase());
                    columns.insert("address_digest".into(), json!(digest.bytes));
                    columns.insert("digest_key".into(), json!(digest.key.as_str()));
                }
            }
            columns.remove("mentioned");
            let names: Vec<&str> = columns.keys().map(String::as_str).collect();
            let values = columns.values().map(|value| match value {
                Value::String(text) => format!("'{}'", text.replace('\'', "''")),
                Value::Array(bytes) => blob(
                    &bytes
                        .iter()
                        .map(|byte| byte.as_u64().unwrap() as u8)
                        .collect::<Vec<_>>(),
                ),
                other => other.to_string(),
            });
            let values: Vec<String> = values.collect();
            sql += &format!(
                "INSERT INTO {table} ({}) VALUES ({});\n",
                names.join(","),
                values.join(",")
            );
        }
        self.db
            .write(move |conn| Ok::<_, DbError>(conn.batch_execute(&sql)?))
            .await
            .unwrap();
    }

    /// The texts of one column, in their order; what is empty is left out.
    async fn texts(&self, query: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            text: String,
        }
        let sql =
            format!("SELECT text FROM ({query}) AS found WHERE text IS NOT NULL ORDER BY text");
        let rows = self
            .db
            .read(move |conn| Ok::<Vec<Row>, DbError>(diesel::sql_query(sql).load(conn)?))
            .await;
        rows.unwrap().into_iter().map(|row| row.text).collect()
    }

    async fn inventory(&self, store: &str) -> Vec<Item> {
        let mut items = Vec::new();
        let mut cursor = None;
        loop {
            let page = self
                .store(store)
                .inventory(&self.subject(), cursor.as_deref())
                .await
                .unwrap();
            items.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                return items;
            }
        }
    }

    /// Carries out what is proposed, twice, and expects the same outcomes of both.
    async fn carry_out(&self, store: &str, items: &[Item]) -> Vec<ItemOutcome> {
        let orders: Vec<Order> = items
            .iter()
            .map(|item| Order {
                key: item.key.clone(),
                kind: item.kind,
                decision: item.proposal,
            })
            .collect();
        let store = self.store(store);
        let first = store
            .carry_out(&self.subject(), &orders, Cause::Request)
            .await
            .unwrap();
        let second = store
            .carry_out(&self.subject(), &orders, Cause::Request)
            .await
            .unwrap();
        assert_eq!(first, second, "running twice is the same");
        first.into_iter().map(|done| done.outcome).collect()
    }

    async fn export(&self, store: &str, items: &[Item]) -> Bundle {
        let keys: Vec<ItemKey> = items.iter().map(|item| item.key.clone()).collect();
        let mut bundle = Bundle::default();
        self.store(store)
            .export(&self.subject(), &keys, &mut bundle)
            .await
            .unwrap();
        bundle
    }

    /// Scrubs, then looks for a text in the bytes of the database. On PostgreSQL the rows have to do.
    async fn is_in_the_file(&self, text: &str) -> bool {
        while !self.db.scrub().await.unwrap() {}
        let Target::Sqlite(path) = &self.target else {
            return false;
        };
        std::fs::read_dir(path.parent().unwrap())
            .unwrap()
            .any(|file| {
                let bytes = std::fs::read(file.unwrap().path())
                    .unwrap()
                    .to_ascii_lowercase();
                bytes
                    .windows(text.len())
                    .any(|window| window == text.to_ascii_lowercase().as_bytes())
            })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        match &self.target {
            Target::Sqlite(path) => drop(std::fs::remove_dir_all(path.parent().unwrap())),
            Target::Postgres(url) => {
                let name = url::Url::parse(url).unwrap().path()[1..].to_owned();
                administer(
                    &std::env::var("TEST_DATABASE_URL").unwrap(),
                    &format!("DROP DATABASE {name} WITH (FORCE)"),
                );
            }
        }
    }
}

fn administer(url: &str, sql: &str) {
    let options = Options {
        target: Target::Postgres(url.to_owned()),
        connections: 1,
        prepared: true,
    };
    connect(&options, Access::Write)
        .unwrap()
        .batch_execute(sql)
        .unwrap();
}

fn defaults(table: &str, row: u32) -> Value {
    let id = format!("{row:08}");
    match table {
        "licences" => json!({
            "id": id, "store": "licence", "addon_key": "example.burndown", "addon_name": "Burndown", "hosting": "Cloud",
            "licence_type": "COMMERCIAL", "status": "inactive", "fingerprint": [0], "import_id": "i", "first_seen_at": 0,
            "changed_at": 0,
        }),
        "transactions" => json!({
            "id": id, "line_item_id": "LI-1", "transaction_id": "AT-1", "addon_key": "example.burndown",
            "sale_on": "2024-05-01", "fingerprint": [0], "import_id": "i", "first_seen_at": 0, "changed_at": 0,
        }),
        "contacts" => json!({
            "id": id, "store": "licence", "role": "technical", "email": MIRA, "name": "Mira Åberg", "import_id": "i",
            "first_seen_at": 0,
        }),
        "tickets" => json!({
            "id": id, "ticket_key": format!("SUP-{row}"), "subject": "Trial", "status": "open", "opened_at": 0,
            "fingerprint": [0], "import_id": "i", "changed_at": 0,
        }),
        "ticket_people" => {
            json!({ "id": id, "role": "requester", "email": MIRA, "name": "Mira Åberg" })
        }
        "ticket_messages" => json!({
            "id": id, "message_key": id, "author_email": MIRA, "author_name": "Mira Åberg", "at": row, "internal": false,
            "body": "Hello", "headers": "{}",
        }),
        "ticket_files" => json!({
            "id": id, "file_name": "notes.txt", "media_type": "text/plain", "size": 3, "content": [1, 2, 3],
        }),
        "mentions" => json!({ "id": id, "mentioned": MIRA }),
        "installations" => json!({
            "id": id, "client_key": format!("key-{row}"), "app_key": "example.burndown", "installed_at": 0,
            "import_id": "i",
        }),
        "imports" => json!({
            "id": "0198f3a0-0000-7000-8000-000000000001", "source": "tickets", "file_digest": [0], "started_at": 1_790_000_000_000_000_i64, "position": 0,
            "rows_read": 0, "rows_written": 0, "rows_unchanged": 0, "rows_suppressed": 0, "rows_refused": 0,
        }),
        other => panic!("no defaults for {other}"),
    }
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
        self.files.push((name.to_owned(), content.to_owned()));
        Ok(())
    }
}

impl Bundle {
    fn values(&self, kind: ItemKind, field: &str) -> Vec<&str> {
        let records = self
            .records
            .iter()
            .filter(|record| record.kind == kind.as_str());
        records
            .flat_map(|record| &record.fields)
            .filter(|(name, _)| name == field)
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

fn kinds(items: &[Item]) -> Vec<(ItemKind, Match)> {
    items.iter().map(|item| (item.kind, item.matched)).collect()
}

#[tokio::test]
async fn all_of_twelve_hundred_messages_go() {
    let world = World::new();
    let mut rows = vec![
        (
            "tickets",
            json!({ "id": "own", "subject": format!("From {MIRA}") }),
        ),
        ("ticket_people", json!({ "ticket_id": "own" })),
        (
            "ticket_people",
            json!({ "ticket_id": "own", "role": "assignee", "email": "help@vendor.example" }),
        ),
        ("tickets", json!({ "id": "other" })),
        (
            "ticket_people",
            json!({ "ticket_id": "other", "email": "noor@tandem.example", "name": "Noor" }),
        ),
        (
            "ticket_people",
            json!({ "ticket_id": "other", "role": "cc" }),
        ),
    ];
    for number in 0..1200 {
        let ticket = if number < 700 { "own" } else { "other" };
        let id = format!("m{number:04}");
        rows.push((
            "ticket_messages",
            json!({ "id": id, "ticket_id": ticket, "body": format!("I am {MIRA}") }),
        ));
        if number % 3 == 0 {
            rows.push((
                "ticket_files",
                json!({ "ticket_id": ticket, "message_id": id, "file_name": MIRA }),
            ));
        }
    }
    rows.push((
        "ticket_messages",
        json!({ "ticket_id": "own", "author_email": "help@vendor.example" }),
    ));
    rows.push((
        "ticket_messages",
        json!({ "ticket_id": "other", "author_email": "noor@tandem.example" }),
    ));
    world.add(rows).await;

    assert_eq!(world.is_in_the_file(MIRA).await, world.is_sqlite());

    let items = world.inventory("ticket").await;
    let count = |kind| items.iter().filter(|item| item.kind == kind).count();
    assert_eq!(count(ItemKind::Ticket), 1);
    assert_eq!(count(ItemKind::TicketMessage), 1200);
    assert_eq!(count(ItemKind::TicketFile), 400);
    assert_eq!(count(ItemKind::Participant), 1);
    assert_eq!(items.len(), 1602);

    let outcomes = world.carry_out("ticket", &items).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == ItemOutcome::Erased)
    );
    assert_eq!(world.inventory("ticket").await, []);
    assert_eq!(
        world.texts("SELECT id AS text FROM tickets").await,
        ["other"]
    );
    assert_eq!(
        world
            .texts("SELECT author_email AS text FROM ticket_messages")
            .await,
        ["noor@tandem.example"]
    );
    assert_eq!(
        world
            .texts("SELECT record_key AS text FROM erasure_guards")
            .await
            .len(),
        2
    );
    assert!(!world.is_in_the_file(MIRA).await);
}

#[tokio::test]
async fn a_kept_sale_is_blocked_and_goes_after_its_day() {
    let world = World::new();
    let contact = json!({ "id": "c", "store": "transaction", "record_id": "s", "role": "billing", "phone": "+36 1 555" });
    world
        .add(vec![
            ("transactions", json!({ "id": "s" })),
            ("contacts", contact),
        ])
        .await;

    let kept = Decision::Keep(Ground::TaxLaw, Some(date(2031, 12, 31)));
    let before = world.inventory("licence").await;
    assert_eq!(before[0].proposal, kept);
    assert_eq!(before[0].holds, ["name", "email", "phone"]);
    assert_eq!(
        world.carry_out("licence", &before).await,
        [ItemOutcome::Kept]
    );

    let plain = "SELECT coalesce(email, name, phone, address1, address2, city, state, postcode) AS text FROM contacts";
    assert_eq!(world.texts(plain).await, [""; 0]);
    assert_eq!(
        world
            .texts("SELECT blocked_until AS text FROM contacts")
            .await,
        ["2031-12-31"]
    );
    for text in [MIRA, "Mira Åberg", "+36 1 555"] {
        assert!(!world.is_in_the_file(text).await);
    }
    assert_eq!(world.inventory("licence").await, before);
    let bundle = world.export("licence", &before).await;
    assert_eq!(bundle.values(ItemKind::SaleContact, "E-mail"), [MIRA]);
    assert_eq!(
        bundle.values(ItemKind::SaleContact, "Blocked until"),
        ["2031-12-31"]
    );
    let change = Change {
        field: Field::Name,
        old: None,
        new: "Mira Lund".to_owned(),
    };
    let outcome = world
        .store("licence")
        .rectify(&before[0].key, &change)
        .await
        .unwrap();
    assert_eq!(outcome, ItemOutcome::Kept.into());

    world.clock.set("2032-01-01T00:00:00Z".parse().unwrap());
    let after = world.inventory("licence").await;
    assert_eq!(after[0].proposal, Decision::Erase);
    assert_eq!(
        world.carry_out("licence", &after).await,
        [ItemOutcome::Erased]
    );
    assert_eq!(world.inventory("licence").await, []);
    assert_eq!(
        world
            .texts("SELECT record_key AS text FROM erasure_guards")
            .await,
        ["LI-1"]
    );
}

#[tokio::test]
async fn only_the_present_contact_of_a_licence_in_use_stays() {
    let world = World::new();
    world
        .add(vec![
            ("licences", json!({ "id": "active", "status": "active", "ends_on": "2026-11-20", "entitlement_id": "UUID-1" })),
            ("licences", json!({ "id": "open", "status": "Active" })),
            ("licences", json!({ "id": "ended", "status": "active", "ends_on": "2026-11-19",
                "addon_licence_id": "555", "entitlement_number": "E-1B2", "licence_number": "SEN-555" })),
            ("licences", json!({ "id": "trial", "store": "trial", "status": "active", "ends_on": "2026-12-01" })),
            ("contacts", json!({ "id": "1", "record_id": "active" })),
            ("contacts", json!({ "id": "2", "record_id": "active", "replaced_at": 1 })),
            ("contacts", json!({ "id": "3", "record_id": "open", "address1": "1 Quay", "city": "Brest" })),
            ("contacts", json!({ "id": "4", "record_id": "ended" })),
            ("contacts", json!({ "id": "5", "record_id": "ended", "email": "noor@tandem.example" })),
            ("contacts", json!({ "id": "6", "record_id": "trial", "store": "trial" })),
        ])
        .await;
    let items = world.inventory("licence").await;
    let proposals: Vec<Decision> = items.iter().map(|item| item.proposal).collect();
    let keep = |until| Decision::Keep(Ground::ActiveContract, until);
    assert_eq!(
        proposals,
        [
            keep(Some(date(2026, 11, 20))),
            Decision::Erase,
            keep(None),
            Decision::Erase
        ]
    );
    assert_eq!(
        (items[3].label.as_str(), items[3].note.as_str()),
        ("SEN-555", "Burndown, 2026-11-19")
    );

    world.carry_out("licence", &items).await;
    assert_eq!(
        world.texts("SELECT id AS text FROM contacts").await,
        ["1", "3", "5", "6"]
    );
    assert_eq!(
        world
            .texts("SELECT email AS text FROM contacts WHERE id = '1'")
            .await,
        [MIRA]
    );
    assert_eq!(
        world
            .texts("SELECT record_key AS text FROM erasure_guards WHERE store = 'licence'")
            .await,
        ["entitlement:uuid-1", "licence:555", "number:e-1b2"]
    );
    let trial = world.inventory("trial").await;
    assert_eq!(
        (trial[0].kind, trial[0].proposal),
        (ItemKind::TrialContact, Decision::Erase)
    );
    assert_eq!(
        world.carry_out("trial", &trial).await,
        [ItemOutcome::Erased]
    );
    assert_eq!(
        world.texts("SELECT id AS text FROM licences").await.len(),
        4,
        "licences are the company's"
    );
}

#[tokio::test]
async fn mentions_go_from_the_texts_of_others() {
    let world = World::new();
    let noor = json!({ "ticket_id": "t", "email": "noor@tandem.example", "name": "Noor" });
    let message = json!({
        "id": "m", "ticket_id": "t", "author_email": "noor@tandem.example", "author_name": "Noor",
        "body": "Ask MIRA@halden.example, not anna.mira@halden.example.",
        "headers": "{\"Cc\":\"\\\"Mira\\\" <mira@halden.example>\",\"X\":\"noor@tandem.example\"}",
    });
    world
        .add(vec![
            ("tickets", json!({ "id": "t", "subject": "Fwd: invoice for mira@halden.example" })),
            ("ticket_people", noor),
            ("ticket_messages", message),
            ("ticket_files", json!({ "id": "f", "ticket_id": "t", "message_id": "m", "file_name": "mira@halden.example.pdf" })),
            ("mentions", json!({ "ticket_id": "t", "record_id": "t", "place": "subject" })),
            ("mentions", json!({ "ticket_id": "t", "record_id": "m", "place": "body:1" })),
            ("mentions", json!({ "ticket_id": "t", "record_id": "m", "place": "header:1:Cc" })),
            ("mentions", json!({ "ticket_id": "t", "record_id": "f", "place": "file:1" })),
        ])
        .await;
    let items = world.inventory("ticket").await;
    assert_eq!(kinds(&items), [(ItemKind::Mention, Match::Candidate); 4]);
    let holds: Vec<&str> = items.iter().map(|item| item.holds[0].as_str()).collect();
    assert_eq!(holds, ["subject", "message", "header", "file"]);
    let bundle = world.export("ticket", &items).await;
    assert_eq!(
        bundle.values(ItemKind::Mention, "Your address stands in the"),
        holds
    );

    world.carry_out("ticket", &items).await;
    assert_eq!(world.inventory("ticket").await, []);
    assert_eq!(
        world.texts("SELECT subject AS text FROM tickets").await,
        ["Fwd: invoice for [removed]"]
    );
    assert_eq!(
        world
            .texts("SELECT body AS text FROM ticket_messages")
            .await,
        ["Ask [removed], not anna.mira@halden.example."]
    );
    assert_eq!(
        world
            .texts("SELECT headers AS text FROM ticket_messages")
            .await,
        [r#"{"Cc":"\"Mira\" <[removed]>","X":"noor@tandem.example"}"#]
    );
    assert_eq!(
        world
            .texts("SELECT file_name AS text FROM ticket_files")
            .await,
        ["[removed].pdf"]
    );
}

#[tokio::test]
async fn what_others_wrote_in_an_own_ticket_stays_without_the_person() {
    let world = World::new();
    let noor = "noor@tandem.example";
    world
        .add(vec![
            ("imports", json!({ "id": "i" })),
            ("tickets", json!({ "id": "t", "subject": "Mira needs help" })),
            ("ticket_people", json!({ "ticket_id": "t" })),
            ("ticket_people", json!({ "ticket_id": "t", "role": "cc", "email": noor, "name": "Noor Haddad" })),
            ("ticket_people", json!({ "ticket_id": "t", "role": "watcher" })),
            ("ticket_messages", json!({ "id": "own", "ticket_id": "t" })),
            ("ticket_messages", json!({ "id": "noor", "ticket_id": "t", "author_email": noor, "author_name": "Noor Haddad",
                "body": "I agree with Mira åberg (mira@halden.example).", "headers": "{\"To\":\"mira@halden.example\"}" })),
            ("ticket_messages", json!({ "id": "staff", "ticket_id": "t", "author_email": "help@vendor.example" })),
            ("ticket_messages", json!({ "id": "note", "ticket_id": "t", "author_email": noor, "internal": true })),
            ("ticket_files", json!({ "id": "file", "ticket_id": "t", "message_id": "own", "file_name": "../a.txt" })),
            ("mentions", json!({ "ticket_id": "t", "record_id": "noor", "place": "body:1" })),
        ])
        .await;
    let items = world.inventory("ticket").await;
    let sure = |kind| (kind, Match::Sure);
    assert_eq!(
        kinds(&items),
        [
            sure(ItemKind::Ticket),
            sure(ItemKind::TicketMessage),
            sure(ItemKind::TicketFile)
        ]
    );

    let bundle = world.export("ticket", &items).await;
    assert_eq!(
        bundle.values(ItemKind::TicketMessage, "Author").len(),
        4,
        "each message once"
    );
    assert_eq!(
        bundle.records[0].source,
        "support ticket export, imported on 2026-09-21"
    );
    assert_eq!(
        bundle.files,
        [("SUP-2-file-.._a.txt".to_owned(), vec![1, 2, 3])]
    );

    let outcomes = world.carry_out("ticket", &items).await;
    assert_eq!(
        outcomes,
        [
            ItemOutcome::Neutralised,
            ItemOutcome::Erased,
            ItemOutcome::Erased
        ]
    );
    assert_eq!(world.inventory("ticket").await, []);
    assert_eq!(
        world.texts("SELECT id AS text FROM ticket_messages").await,
        ["noor"]
    );
    assert_eq!(
        world
            .texts("SELECT body AS text FROM ticket_messages")
            .await,
        ["I agree with [removed] ([removed])."]
    );
    assert_eq!(
        world
            .texts("SELECT headers AS text FROM ticket_messages")
            .await,
        [r#"{"To":"[removed]"}"#]
    );
    assert_eq!(
        world.texts("SELECT subject AS text FROM tickets").await,
        [""]
    );
    assert_eq!(
        world.texts("SELECT status AS text FROM tickets").await,
        ["erased"]
    );
    assert_eq!(
        world.texts("SELECT email AS text FROM ticket_people").await,
        [noor]
    );
    assert!(!world.is_in_the_file(MIRA).await);
}

#[tokio::test]
async fn a_right_value_is_written_and_read_back() {
    let world = World::new();
    world
        .add(vec![
            ("licences", json!({ "id": "l", "entitlement_number": "E-1", "addon_licence_id": "5", "company": "Haldn" })),
            ("contacts", json!({ "id": "c", "record_id": "l", "address1": "1 Quay", "city": "Brest" })),
            ("tickets", json!({ "id": "t" })),
            ("ticket_people", json!({ "ticket_id": "t" })),
            ("ticket_messages", json!({ "id": "m", "ticket_id": "t" })),
        ])
        .await;
    let rectify = async |store: &str, key: &str, field, new: &str| {
        let change = Change {
            field,
            old: None,
            new: new.to_owned(),
        };
        world
            .store(store)
            .rectify(&ItemKey(key.to_owned()), &change)
            .await
    };
    let values = async |store: &str, key: &str| {
        world
            .store(store)
            .values(&ItemKey(key.to_owned()))
            .await
            .unwrap()
    };
    let owned = |values: &[(Field, &str)]| -> Vec<(Field, String)> {
        values
            .iter()
            .map(|(field, value)| (*field, (*value).to_owned()))
            .collect()
    };

    let before = [
        (Field::Name, "Mira Åberg"),
        (Field::Email, MIRA),
        (Field::Company, "Haldn"),
        (Field::Address, "1 Quay, Brest"),
    ];
    assert_eq!(values("licence", "c").await, owned(&before));
    for (field, new) in [
        (Field::Name, "Mira Lund"),
        (Field::Phone, "+36 1 555"),
        (Field::Company, "Halden"),
        (Field::Address, "2 Quay, Brest"),
        (Field::Email, "mira@lund.example"),
    ] {
        assert_eq!(
            rectify("licence", "c", field, new).await.unwrap(),
            ItemOutcome::Corrected.into()
        );
    }
    let after = [
        (Field::Name, "Mira Lund"),
        (Field::Email, "mira@lund.example"),
        (Field::Phone, "+36 1 555"),
        (Field::Company, "Halden"),
        (Field::Address, "2 Quay, Brest"),
    ];
    assert_eq!(values("licence", "c").await, owned(&after));
    assert_eq!(
        world.inventory("licence").await,
        [],
        "it is found under the new address"
    );
    assert_eq!(
        world
            .texts("SELECT DISTINCT record_key AS text FROM corrections")
            .await,
        ["licence:5", "number:e-1"]
    );
    assert_eq!(
        world
            .texts("SELECT DISTINCT field AS text FROM corrections")
            .await,
        ["address", "company", "email", "name"],
        "there was no wrong phone number"
    );

    for key in ["ticket/t", "ticket_message/m"] {
        assert_eq!(
            rectify("ticket", key, Field::Name, "Mira Lund")
                .await
                .unwrap(),
            ItemOutcome::Corrected.into()
        );
        assert_eq!(
            rectify("ticket", key, Field::Phone, "1").await.unwrap(),
            ItemOutcome::NeedsPerson.into()
        );
        assert_eq!(
            values("ticket", key).await,
            owned(&[(Field::Name, "Mira Lund"), (Field::Email, MIRA)])
        );
    }
    assert!(matches!(
        rectify("licence", "c", Field::Email, "lund").await,
        Err(StoreError::NeedsPerson { .. })
    ));
    assert_eq!(
        rectify("licence", "c", Field::Other, "x").await.unwrap(),
        ItemOutcome::NeedsPerson.into()
    );
    assert_eq!(
        rectify("licence", "gone", Field::Name, "x").await.unwrap(),
        ItemOutcome::Erased.into()
    );
}

#[tokio::test]
async fn an_installation_at_the_site_of_a_licence_is_a_candidate() {
    let world = World::new();
    world
        .add(vec![
            ("licences", json!({ "id": "l", "site": "halden.cloud.example" })),
            ("contacts", json!({ "record_id": "l" })),
            ("installations", json!({ "id": "1", "email": MIRA, "site": "halden.cloud.example" })),
            ("installations", json!({ "id": "2", "account_id": "712020", "secret": [9], "site": "halden.cloud.example" })),
            ("installations", json!({ "id": "3", "account_id": "712021", "site": "tandem.cloud.example" })),
        ])
        .await;
    let items = world.inventory("installation").await;
    assert_eq!(
        kinds(&items),
        [
            (ItemKind::Installation, Match::Sure),
            (ItemKind::Installation, Match::Candidate)
        ]
    );
    let outcomes = world.carry_out("installation", &items).await;
    assert_eq!(outcomes, [ItemOutcome::Neutralised; 2]);
    assert_eq!(world.inventory("installation").await, []);
    assert_eq!(
        world
            .texts("SELECT coalesce(account_id, email) AS text FROM installations")
            .await,
        ["712021"]
    );
    assert_eq!(
        world
            .texts("SELECT client_key AS text FROM installations WHERE secret IS NOT NULL")
            .await,
        [""; 0]
    );
}

#[tokio::test]
async fn a_long_inventory_comes_in_pages_without_gaps() {
    let world = World::new();
    let mut rows = vec![("licences", json!({ "id": "l" }))];
    rows.extend((0..450).map(|_| ("contacts", json!({ "record_id": "l" }))));
    world.add(rows).await;
    let (mut cursor, mut pages, mut keys) = (None, Vec::new(), Vec::new());
    loop {
        let page = world
            .store("licence")
            .inventory(&world.subject(), cursor.as_deref())
            .await
            .unwrap();
        pages.push(page.items.len());
        keys.extend(page.items.into_iter().map(|item| item.key));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, [200, 200, 50]);
    assert!(keys.is_sorted());
    keys.dedup();
    assert_eq!(keys.len(), 450);
    let foreign = world
        .store("licence")
        .inventory(&world.subject(), Some("no cursor"))
        .await;
    assert!(matches!(foreign, Err(StoreError::Bug(_))));
}

#[tokio::test]
async fn stores_say_how_much_they_hold() {
    let world = World::new();
    world
        .add(vec![
            ("tickets", json!({})),
            ("imports", json!({})),
            ("licences", json!({})),
            ("transactions", json!({})),
        ])
        .await;
    let names: Vec<String> = world.stores.iter().map(|store| store.name().0).collect();
    assert_eq!(names, ["ticket", "installation", "trial", "licence"]);
    let ticket = world.store("ticket").probe().await.unwrap();
    assert_eq!(ticket.records, Some(1));
    assert_eq!(ticket.last_import.unwrap().as_second(), 1_790_000_000);
    assert_eq!(
        world.store("licence").probe().await.unwrap(),
        Reach {
            records: Some(2),
            ..Reach::default()
        }
    );
}

use std::net::SocketAddr;
use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use jiff::SignedDuration;
use jiff::civil::date;
use tokio::sync::Notify;

use super::*;
use crate::actions::generate::{self, Sizes};
use crate::app::address_digest;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Access, Db, Target};
use crate::domain::calendar::Calendar;
use crate::domain::email::Email;
use crate::domain::records::{Contact, ContactPerson, ContactRole};
use crate::journal::{Journal, LastKnown};
use crate::mail::outbound;
use crate::seal::{self, KeyRing};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/", $name))
    };
}
const LICENCES_JSON: &str = sample!("marketplace-licenses.sample.json");
const LICENCES_CSV: &str = sample!("marketplace-licenses.sample.csv");
const TRANSACTIONS_CSV: &str = sample!("marketplace-transactions.sample.csv");
const TICKETS: &str = sample!("tickets.sample.jsonl");

const JEROME: &str = "j.petit@ocean-etudes.example";
const ILONA: &str = "ilona.varga@tandem-works.example";

/// An application on an empty database of its own, on 20 November 2026: SQLite, or PostgreSQL where
/// `TEST_DATABASE_URL` names a server on which databases can be made.
struct Place {
    app: App,
    folder: PathBuf,
    target: Target,
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Place {
    fn new() -> Place {
        let name = format!("lethe_import_{}", hex(&seal::random::<8>()));
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let config = Config::demo(&folder, SocketAddr::from(([127, 0, 0, 1], 8080)))
            .expect("a configuration");
        let target = match std::env::var("TEST_DATABASE_URL") {
            Err(_) => Target::Sqlite(folder.join("lethe.db")),
            Ok(url) => {
                let server = Target::Postgres(url.clone());
                connect(server)
                    .batch_execute(&format!("CREATE DATABASE {name}"))
                    .expect("a database");
                Target::Postgres(
                    url.rsplit_once('/')
                        .expect("a URL with a database")
                        .0
                        .to_owned()
                        + "/"
                        + &name,
                )
            }
        };
        let options = db::Options {
            target: target.clone(),
            connections: 2,
            prepared: true,
        };
        let db = Db::open(&options).expect("a database");
        let keys = Arc::new(KeyRing::ephemeral([7; 32]));
        let clock = Clock::frozen("2026-11-20T09:00:00Z".parse().expect("an instant"));
        let policy = Arc::new(config.retention.policy.load().expect("a policy"));
        let built_in = crate::stores::built_in(
            db.clone(),
            keys.clone(),
            clock.clone(),
            config.vendor.zone.clone(),
            policy.clone(),
        );
        let now = clock.now();
        let app = App {
            db,
            keys,
            clock,
            ids: crate::seal::Ids::default(),
            calendar: Arc::new(Calendar::built_in("DE").expect("a calendar")),
            connected: Arc::new([]),
            stores: Arc::new([]),
            built_in: Arc::new(built_in),
            mailer: outbound::mailer(&config.mail).expect("an outbox"),
            journal: Arc::new(
                Journal::open(&config.journal.erasure, &[], uuid::Uuid::from_u128(1), now)
                    .expect("a journal"),
            ),
            intake: Arc::default(),
            last_known: Arc::new(LastKnown::beside(&config.journal.erasure)),
            checked: Arc::default(),
            sender_keys: Arc::default(),
            fetched_keys: Arc::default(),
            wake: Arc::new(Notify::new()),
            policy,
            policy_version: "1".into(),
            config: Arc::new(config),
        };
        Place {
            app,
            folder,
            target,
        }
    }

    fn file(&self, content: &str) -> PathBuf {
        let path = self.folder.join("import");
        std::fs::write(&path, content).expect("a file");
        path
    }

    async fn try_import(
        &self,
        source: Source,
        content: &str,
        options: Options,
    ) -> Result<Report, ImportError> {
        import(
            &self.app,
            &Actor::Operator,
            source,
            &self.file(content),
            options,
        )
        .await
    }

    /// Read, written, unchanged, suppressed, refused.
    async fn import(&self, source: Source, content: &str) -> [i64; 5] {
        let report = self
            .try_import(source, content, Options::default())
            .await
            .expect("a good file");
        counts(&report)
    }

    async fn import_licences(&self, content: &str) -> [i64; 5] {
        self.import(Source::Licences, content).await
    }

    fn conn(&self) -> Conn {
        connect(self.target.clone())
    }

    /// Counts the rows that a condition names: `contacts WHERE …`.
    fn count(&self, what: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        let count: Count = diesel::sql_query(format!("SELECT count(*) AS count FROM {what}"))
            .get_result(&mut self.conn())
            .unwrap();
        count.count
    }

    fn text(&self, query: &str) -> Option<String> {
        #[derive(QueryableByName)]
        struct Value {
            #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
            value: Option<String>,
        }
        let value: Value = diesel::sql_query(query)
            .get_result(&mut self.conn())
            .unwrap();
        value.value
    }

    fn execute(&self, sql: &str) {
        self.conn().batch_execute(sql).unwrap();
    }

    /// Erases as the stores do: a guard for the record, and the contacts of the address go.
    fn erase(&self, email: &str, store: &str, record_key: &str, cause: &str) {
        self.guard(email, store, record_key, cause);
        self.execute(&format!(
            "DELETE FROM contacts WHERE store = '{store}' AND email = '{email}'"
        ));
    }

    fn guard(&self, email: &str, store: &str, record_key: &str, cause: &str) {
        let digest = self.app.address_digest(&Email::parse(email).unwrap());
        let mut conn = self.conn();
        let now = self.app.clock.now();
        db::guards::guard_erasure(
            &mut conn,
            self.app.id(),
            &digest,
            store,
            record_key,
            cause,
            now,
        )
        .unwrap();
    }

    fn correct(&self, store: &str, record_key: &str, field: &str, wrong: &str) {
        let digest = address_digest(&self.app.keys.value_digest(wrong));
        let now = self.app.clock.now();
        db::guards::note_correction(
            &mut self.conn(),
            self.app.id(),
            store,
            record_key,
            field,
            &digest,
            now,
        )
        .unwrap();
    }
}

fn connect(target: Target) -> Conn {
    let options = db::Options {
        target,
        connections: 1,
        prepared: true,
    };
    db::connect(&options, Access::Write).expect("a connection")
}

fn counts(report: &Report) -> [i64; 5] {
    let Counts {
        read,
        written,
        unchanged,
        suppressed,
        refused,
    } = report.counts;
    [read, written, unchanged, suppressed, refused]
}

/// The second licence of the sample, newer by a day, so that it is looked at again.
fn newer(report: &str) -> String {
    report.replace("\"2026-05-14\"", "\"2026-05-15\"")
}

#[tokio::test]
async fn the_sample_licences_are_stored_with_their_contacts() {
    let place = Place::new();
    assert_eq!(place.import_licences(LICENCES_JSON).await, [4, 4, 0, 0, 0]);
    assert_eq!(place.count("licences WHERE store = 'trial'"), 1);
    assert_eq!(place.count("contacts WHERE store = 'trial'"), 1);
    assert_eq!(place.count("contacts WHERE store = 'licence'"), 3);
    assert_eq!(
        place.count("contacts WHERE email LIKE '%RTBF%' OR name LIKE '%RTBF%'"),
        0
    );
    assert_eq!(
        place.count("licences WHERE site = 'tandem-works.atlassian.example'"),
        1
    );
    assert_eq!(place.count("audit_index WHERE action = 'imported'"), 1);
    assert_eq!(
        place.count("imports WHERE finished_at IS NOT NULL AND rows_written = 4 AND position = 4"),
        1
    );
}

#[tokio::test]
async fn the_same_file_twice_and_its_other_form_change_nothing() {
    let place = Place::new();
    place.import_licences(LICENCES_JSON).await;
    assert_eq!(place.import_licences(LICENCES_JSON).await, [4, 0, 4, 0, 0]);
    // The CSV form does not know from which trial the last licence was converted.
    assert_eq!(place.import_licences(LICENCES_CSV).await, [4, 1, 3, 0, 0]);
    assert_eq!((place.count("licences"), place.count("contacts")), (4, 4));
    assert_eq!(
        place.count("licences WHERE evaluation_licence IS NOT NULL"),
        1
    );
}

#[tokio::test]
async fn sales_and_tickets_are_stored_with_their_parts() {
    let place = Place::new();
    let [read, written, ..] = place.import(Source::Transactions, TRANSACTIONS_CSV).await;
    assert_eq!(read, written);
    assert_eq!(place.count("transactions"), read);
    assert_eq!(
        place.count(
            "contacts WHERE store = 'transaction' AND email = 'compta@ocean-etudes.example'"
        ),
        1
    );
    assert_eq!(
        place.import(Source::Tickets, TICKETS).await,
        [4, 4, 0, 0, 0]
    );
    assert_eq!(place.count("ticket_people WHERE role = 'requester'"), 4);
    assert_eq!(
        (place.count("ticket_messages"), place.count("ticket_files")),
        (5, 2)
    );
    for (place_in, at_least) in [
        ("subject", 1),
        ("body:1003", 1),
        ("body:1004", 1),
        ("header:1001:To", 1),
    ] {
        assert!(
            place.count(&format!("mentions WHERE place = '{place_in}'")) >= at_least,
            "{place_in}"
        );
    }
    // With and without the ending of the file: which is the address, nobody can tell.
    assert_eq!(
        place.count(
            "mentions m JOIN ticket_files f ON f.id = m.record_id WHERE place = 'file:1003'"
        ),
        2
    );
    assert_eq!(
        place.import(Source::Tickets, TICKETS).await,
        [4, 0, 4, 0, 0]
    );
}

#[tokio::test]
async fn a_changed_ticket_keeps_the_rows_of_what_did_not_change() {
    let place = Place::new();
    place.import(Source::Tickets, TICKETS).await;
    let id = |key: &str| {
        place.text(&format!(
            "SELECT id AS value FROM ticket_messages WHERE message_key = '{key}'"
        ))
    };
    let people = || {
        place.text("SELECT string_agg(id, ',') AS value FROM (SELECT id FROM ticket_people ORDER BY id) AS people")
    };
    let before = (id("1001"), people(), place.count("mentions"));
    let changed = TICKETS.replace(
        "Done: the trial runs until 15 October.",
        "Done: it runs until 16 October.",
    );
    assert_eq!(
        place.import(Source::Tickets, &changed).await,
        [4, 1, 3, 0, 0]
    );
    assert_eq!((id("1001"), people(), place.count("mentions")), before);
    assert_eq!(
        place.count("ticket_messages WHERE body LIKE '%16 October%'"),
        1
    );
}

#[tokio::test]
async fn a_broken_file_writes_nothing_and_names_line_and_field() {
    let place = Place::new();
    let broken = LICENCES_JSON.replace("\"2026-05-14\"", "\"14 May\"");
    let error = place
        .try_import(Source::Licences, &broken, Options::default())
        .await
        .unwrap_err();
    let line = 1 + LICENCES_JSON
        .lines()
        .enumerate()
        .filter(|(_, line)| *line == " {")
        .nth(1)
        .expect("a row")
        .0;
    assert_eq!(
        error.to_string(),
        format!(
            "line {line}, lastUpdated: not a date written YYYY-MM-DD\nrows that cannot be read: 1; nothing was written"
        )
    );
    assert_eq!(
        (
            place.count("licences"),
            place.count("imports"),
            place.count("audit_entries")
        ),
        (0, 0, 0)
    );
    let options = Options {
        skip_bad: true,
        ..Options::default()
    };
    let report = place
        .try_import(Source::Licences, &broken, options)
        .await
        .expect("the others");
    assert_eq!(counts(&report), [4, 3, 0, 0, 1]);
    let cut = &LICENCES_JSON[..LICENCES_JSON.len() / 2];
    let error = place
        .try_import(Source::Licences, cut, options)
        .await
        .unwrap_err();
    assert!(
        matches!(error, ImportError::File(FileError::Truncated { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn a_dry_run_tells_and_writes_nothing() {
    let place = Place::new();
    let options = Options {
        dry_run: true,
        ..Options::default()
    };
    let report = place
        .try_import(Source::Licences, LICENCES_JSON, options)
        .await
        .expect("a good file");
    assert_eq!(counts(&report), [4, 4, 0, 0, 0]);
    for table in ["licences", "contacts", "imports", "audit_entries"] {
        assert_eq!(place.count(table), 0, "{table}");
    }
}

#[tokio::test]
async fn what_the_source_has_erased_goes_here_too_and_does_not_come_back() {
    let place = Place::new();
    place.import_licences(LICENCES_JSON).await;
    let erased = newer(LICENCES_JSON)
        .replace(JEROME, "RTBF")
        .replace("Jérôme Petit", "RTBF");
    let report = place
        .try_import(Source::Licences, &erased, Options::default())
        .await
        .expect("a good file");
    assert_eq!(
        (counts(&report), report.erased_at_source),
        ([4, 1, 3, 0, 0], 1)
    );
    assert_eq!(
        place.count(&format!("contacts WHERE email = '{JEROME}'")),
        0
    );
    assert_eq!(place.count("erasure_guards WHERE cause = 'source'"), 3);
    assert_eq!(
        place.count("audit_index WHERE action = 'erased_at_source' AND store = 'licence'"),
        1
    );
    assert_eq!(place.count("jobs WHERE kind = 'scrub'"), 1);
    let journal = std::fs::read_to_string(&place.app.config.journal.erasure).expect("the journal");
    assert_eq!(journal.lines().count(), 4, "its id and three erasures");
    let again = LICENCES_JSON.replace("\"2026-05-14\"", "\"2026-05-16\"");
    assert_eq!(place.import_licences(&again).await, [4, 1, 3, 1, 0]);
    assert_eq!(
        place.count(&format!("contacts WHERE email = '{JEROME}'")),
        0
    );
}

#[tokio::test]
async fn a_sale_whose_person_the_source_erased_is_blocked_for_the_tax_law() {
    let place = Place::new();
    place.import(Source::Transactions, TRANSACTIONS_CSV).await;
    let erased =
        TRANSACTIONS_CSV.replacen("Jérôme Petit,j.petit@ocean-etudes.example", "RTBF,RTBF", 1);
    assert_ne!(erased, TRANSACTIONS_CSV);
    place.import(Source::Transactions, &erased).await;
    let blocked = "contacts WHERE blocked IS NOT NULL AND email IS NULL AND name IS NULL \
         AND blocked_ground = 'tax_law' AND address_digest IS NOT NULL AND replaced_at IS NULL";
    assert_eq!(place.count(blocked), 1);
    // The report brings the same person again: what is blocked is not overwritten.
    let again = TRANSACTIONS_CSV.replacen("2025-04-02", "2026-11-19", 1);
    place.import(Source::Transactions, &again).await;
    assert_eq!(place.count(blocked), 1);
    assert_eq!(
        place.count(&format!("contacts WHERE email = '{JEROME}'")),
        0
    );
}

#[tokio::test]
async fn an_erased_contact_stays_erased_and_is_counted() {
    let place = Place::new();
    place.import_licences(LICENCES_JSON).await;
    place.erase(JEROME, "licence", "licence:5550001", "request");
    assert_eq!(place.import_licences(LICENCES_JSON).await, [4, 0, 4, 1, 0]);
    assert_eq!(
        place.import_licences(&newer(LICENCES_JSON)).await,
        [4, 1, 3, 1, 0]
    );
    assert_eq!(
        place.count(&format!("contacts WHERE email = '{JEROME}'")),
        0
    );
    // Under another id of the same record, and in a record that began before.
    let other = newer(LICENCES_JSON)
        .replace("5550001", "5559999")
        .replace("2026-05-15", "2026-05-16");
    assert_eq!(place.import_licences(&other).await[3], 1);
    assert_eq!(
        place.count(&format!("contacts WHERE email = '{JEROME}'")),
        0
    );
}

#[tokio::test]
async fn a_licence_begun_after_the_erasure_is_admitted_and_flagged() {
    let place = Place::new();
    place.import_licences(LICENCES_JSON).await;
    place.erase(JEROME, "licence", "licence:5550001", "request");
    let everything = db::guards::EVERYTHING;
    place.guard(JEROME, everything, everything, "request");
    place.app.clock.advance(SignedDuration::from_hours(24 * 30));
    let later = LICENCES_JSON
        .replace("5550001", "5550077")
        .replace(
            "0b1f5c5e-9c1d-4a6b-8e02-5a10c0ffee03",
            "0b1f5c5e-9c1d-4a6b-8e02-5a10c0ffee77",
        )
        .replace("E-1B2-C3D-4E5-F6G", "E-1B2-C3D-4E5-777")
        .replace("\"2025-04-01\"", "\"2026-12-01\"");
    let report = place
        .try_import(Source::Licences, &later, Options::default())
        .await
        .expect("a good file");
    assert_eq!((counts(&report), report.returned), ([4, 1, 3, 0, 0], 1));
    assert_eq!(
        place.count("licences WHERE returned_at IS NOT NULL AND addon_licence_id = '5550077'"),
        1
    );
    assert_eq!(
        place.count(&format!("contacts WHERE email = '{JEROME}'")),
        1
    );
}

#[tokio::test]
async fn a_purge_guards_its_record_and_no_other() {
    let place = Place::new();
    place.import_licences(LICENCES_JSON).await;
    place.erase(
        ILONA,
        "trial",
        "entitlement:0b1f5c5e-9c1d-4a6b-8e02-5a10c0ffee01",
        "retention",
    );
    assert_eq!(place.import_licences(LICENCES_JSON).await, [4, 0, 4, 1, 0]);
    let other = LICENCES_JSON
        .replace(
            "0b1f5c5e-9c1d-4a6b-8e02-5a10c0ffee01",
            "0b1f5c5e-9c1d-4a6b-8e02-5a10c0ffee99",
        )
        .replace("E-3A1-B2C-4D5-E6F", "E-3A1-B2C-4D5-999");
    assert_eq!(place.import_licences(&other).await, [4, 1, 3, 0, 0]);
}

#[tokio::test]
async fn a_contact_that_was_kept_is_not_taken_away_by_the_next_import() {
    let place = Place::new();
    place.import_licences(LICENCES_JSON).await;
    // An erasure of another record of theirs; this one was kept as a contract in force.
    place.erase(JEROME, "trial", "entitlement:gone", "request");
    assert_eq!(
        place.import_licences(&newer(LICENCES_JSON)).await,
        [4, 1, 3, 0, 0]
    );
    assert_eq!(
        place.count(&format!(
            "contacts WHERE email = '{JEROME}' AND replaced_at IS NULL"
        )),
        1
    );
}

#[tokio::test]
async fn a_corrected_value_is_not_overwritten_by_the_wrong_one() {
    let place = Place::new();
    place.import_licences(LICENCES_JSON).await;
    place.execute("UPDATE contacts SET name = 'Jérôme Petyt' WHERE name = 'Jérôme Petit'");
    place.execute("UPDATE licences SET company = 'Océan SARL' WHERE company = 'Océan Études SARL'");
    place.correct("licence", "licence:5550001", "name", "Jérôme Petit");
    place.correct("licence", "licence:5550001", "company", "Océan Études SARL");
    let changed = newer(LICENCES_JSON).replace("+33 1 00 00 00 00", "+33 1 11 11 11 11");
    assert_eq!(place.import_licences(&changed).await, [4, 1, 3, 0, 0]);
    assert_eq!(
        place.count("contacts WHERE name = 'Jérôme Petyt' AND phone = '+33 1 11 11 11 11'"),
        1
    );
    assert_eq!(place.count("licences WHERE company = 'Océan SARL'"), 1);
    // Another value is no mistake of the past.
    let other = changed
        .replace("2026-05-15", "2026-05-17")
        .replace("Jérôme Petit", "Jérôme Grand");
    place.import_licences(&other).await;
    assert_eq!(place.count("contacts WHERE name = 'Jérôme Grand'"), 1);
}

#[tokio::test]
async fn a_contact_that_changed_at_the_source_becomes_history() {
    let place = Place::new();
    place.import_licences(LICENCES_JSON).await;
    let changed = newer(LICENCES_JSON).replace(JEROME, "m.roux@ocean-etudes.example");
    place.import_licences(&changed).await;
    assert_eq!(
        place.count(&format!(
            "contacts WHERE email = '{JEROME}' AND replaced_at IS NOT NULL"
        )),
        1
    );
    assert_eq!(
        place.count("contacts WHERE email = 'm.roux@ocean-etudes.example' AND replaced_at IS NULL"),
        1
    );
    assert_eq!(
        place.count("contacts WHERE email = 'compta@ocean-etudes.example' AND replaced_at IS NULL"),
        1
    );
}

#[tokio::test]
async fn a_row_older_than_ours_says_nothing_new() {
    let place = Place::new();
    place.import_licences(LICENCES_JSON).await;
    let older = LICENCES_JSON
        .replace("\"2026-05-14\"", "\"2026-05-13\"")
        .replace(JEROME, "old@ocean-etudes.example");
    assert_eq!(place.import_licences(&older).await, [4, 0, 4, 0, 0]);
    assert_eq!(
        place.count("contacts WHERE email = 'old@ocean-etudes.example'"),
        0
    );
}

#[tokio::test]
async fn a_trial_that_is_bought_moves_with_its_contacts() {
    let place = Place::new();
    place.import_licences(LICENCES_JSON).await;
    let bought = LICENCES_JSON.replace("\"EVALUATION\"", "\"COMMERCIAL\"");
    assert_eq!(place.import_licences(&bought).await, [4, 1, 3, 0, 0]);
    assert_eq!(place.count("licences WHERE store = 'trial'"), 0);
    assert_eq!(
        place.count(&format!(
            "contacts WHERE store = 'licence' AND email = '{ILONA}'"
        )),
        1
    );
}

#[tokio::test]
async fn a_row_that_joins_two_records_leaves_one() {
    let place = Place::new();
    let row = |keys: &str, email: &str| {
        format!(
            r#"[{{{keys}, "addonKey": "a", "hosting": "Cloud", "status": "active", "licenseType": "COMMERCIAL",
                "contactDetails": {{"technicalContact": {{"email": "{email}"}}}}}}]"#
        )
    };
    place
        .import_licences(&row(r#""addonLicenseId": "AB1""#, "a@one.example"))
        .await;
    place
        .import_licences(&row(r#""appEntitlementId": "e1""#, "b@one.example"))
        .await;
    let joined = row(
        r#""addonLicenseId": "ab1", "appEntitlementId": "E1""#,
        "a@one.example",
    );
    assert_eq!(place.import_licences(&joined).await, [1, 1, 0, 0, 0]);
    assert_eq!(place.count("licences WHERE entitlement_id = 'E1'"), 1);
    assert_eq!(place.count("licences"), 1);
    assert_eq!(
        place.count("contacts c JOIN licences l ON l.id = c.record_id"),
        2
    );
    assert_eq!(
        place.count("contacts WHERE email = 'b@one.example' AND replaced_at IS NOT NULL"),
        1
    );
}

#[tokio::test]
async fn an_erased_ticket_and_an_erased_participant_stay_away() {
    let place = Place::new();
    place.import(Source::Tickets, TICKETS).await;
    // The requester's ticket is gone, and with it everything in it.
    place.execute(
        "DELETE FROM mentions WHERE ticket_id IN (SELECT id FROM tickets WHERE ticket_key = 'SUP-101');
         DELETE FROM ticket_messages WHERE ticket_id IN (SELECT id FROM tickets WHERE ticket_key = 'SUP-101');
         DELETE FROM ticket_people WHERE ticket_id IN (SELECT id FROM tickets WHERE ticket_key = 'SUP-101');
         DELETE FROM tickets WHERE ticket_key = 'SUP-101';",
    );
    place.erase(ILONA, "ticket", "SUP-101", "request");
    place.erase(
        "compta@ocean-etudes.example",
        "ticket",
        "SUP-102",
        "request",
    );
    place.execute("DELETE FROM ticket_people WHERE email = 'compta@ocean-etudes.example'");
    assert_eq!(
        place.import(Source::Tickets, TICKETS).await,
        [4, 0, 3, 1, 0]
    );
    let changed = TICKETS.replace("Ask billing.", "Ask billing again.");
    assert_eq!(
        place.import(Source::Tickets, &changed).await,
        [4, 1, 2, 2, 0]
    );
    assert_eq!(place.count("tickets WHERE ticket_key = 'SUP-101'"), 0);
    assert_eq!(
        place.count("ticket_people WHERE email = 'compta@ocean-etudes.example'"),
        0
    );
    assert_eq!(place.count("tickets WHERE subject LIKE '%compta@%'"), 0);
    assert_eq!(
        place.count("ticket_messages WHERE body LIKE '%compta@%'"),
        0
    );
    assert_eq!(
        place.count("ticket_messages WHERE body LIKE '%Ask billing again.%'"),
        1
    );
}

/// Licences with an email each, numbered.
fn many(count: u64) -> impl Iterator<Item = LicenceRow> + Send {
    let sample = imports::read(Source::Licences, LICENCES_JSON.as_bytes()).expect("a report");
    let Rows::Licences(mut rows) = sample else {
        panic!("licences")
    };
    let (_, row) = rows
        .nth(1)
        .expect("a row")
        .expect("a file")
        .expect("a good row");
    (0..count).map(move |at| {
        let mut row = row.clone();
        row.keys.addon_license_id = Some(at.to_string());
        row.keys.app_entitlement_id = Some(format!("uuid-{at}"));
        row.keys.app_entitlement_number = None;
        row.maintenance_start_on = Some(date(2025, 4, 1));
        let person = ContactPerson::Known {
            email: Some(format!("person{at}@many.example")),
            name: Some("Somebody".to_owned()),
            phone: None,
            address1: None,
            address2: None,
            city: None,
            state: None,
            postcode: None,
        };
        row.contacts = vec![Contact {
            role: ContactRole::Technical,
            person,
        }];
        row
    })
}

#[tokio::test]
async fn an_import_that_is_cut_off_goes_on_where_it_was() {
    let place = Place::new();
    let fed = |cut: bool| {
        move || {
            let rows = many(2000)
                .enumerate()
                .map(move |(at, row)| match cut && at == 1700 {
                    true => Err(ImportError::File(FileError::Truncated { line: 1 })),
                    false => Ok(Some(Row::Licence(row))),
                });
            Ok(rows)
        }
    };
    let run = |cut| {
        write(
            &place.app,
            &Actor::Operator,
            Source::Licences,
            [1; 32],
            fed(cut),
            Options::default(),
        )
    };
    run(true).await.expect_err("cut off");
    let there = place.count("licences");
    assert!(there > 0 && there < 1700, "{there}");
    assert_eq!(
        place.count(&format!(
            "imports WHERE position = {there} AND finished_at IS NULL"
        )),
        1
    );
    assert_eq!(place.count("audit_entries"), 0);
    let report = run(false).await.expect("to the end");
    assert_eq!(counts(&report), [2000, 2000, 0, 0, 0]);
    assert!(report.warnings[0].starts_with("went on after row"));
    assert_eq!((place.count("licences"), place.count("imports")), (2000, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn others_write_while_a_large_import_runs() {
    let place = Place::new();
    let app = place.app.clone();
    let others = tokio::spawn(async move {
        let mut served = 0;
        loop {
            let digest = app.address_digest(
                &Email::parse(&format!("p{served}@other.example")).expect("an address"),
            );
            let at = app.clone();
            let written = app.db.write(move |conn| {
                db::guards::object(
                    conn,
                    at.id(),
                    std::slice::from_ref(&digest),
                    "news",
                    "page",
                    at.clock.now(),
                )
            });
            written.await.expect("a turn between two batches");
            served += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let rows = many(20_000).map(Row::Licence);
    let report = import_rows(
        &place.app,
        &Actor::Operator,
        Source::Licences,
        [2; 32],
        rows,
    )
    .await
    .expect("all");
    others.abort();
    assert_eq!(counts(&report), [20_000, 20_000, 0, 0, 0]);
    assert!(
        place.count("objections") > 3,
        "{}",
        place.count("objections")
    );
}

#[tokio::test]
async fn invented_records_go_the_way_of_every_import() {
    let place = Place::new();
    let sizes = Sizes {
        people: 30,
        licences: 40,
        trials: 20,
        tickets: 15,
        messages: 50,
    };
    let reports = generate::generate(&place.app, &Actor::Operator, 7, sizes)
        .await
        .expect("records");
    assert_eq!(
        reports
            .iter()
            .map(|report| report.counts.written)
            .collect::<Vec<_>>(),
        [60, 40, 15]
    );
    assert_eq!(place.count("ticket_messages"), 50);
    assert_eq!(place.count("installations"), 2);
    let again = generate::generate(&place.app, &Actor::Operator, 7, sizes)
        .await
        .expect("the same");
    assert!(again.iter().all(|report| report.counts.written == 0));
}

#[tokio::test]
async fn the_people_of_the_demo_hold_what_the_demo_promises() {
    let place = Place::new();
    let people = generate::demo_people(&place.app)
        .await
        .expect("three people");
    let [ilona, daniel, sofia] = people.map(|person| person.email);
    let contacts = |store: &str, email: &str| {
        place.count(&format!(
            "contacts WHERE store = '{store}' AND email = '{email}'"
        ))
    };
    let tickets = |email: &str| {
        place.count(&format!(
            "ticket_people WHERE role = 'requester' AND email = '{email}'"
        ))
    };
    let all = |email| {
        [
            contacts("licence", email),
            contacts("trial", email),
            contacts("transaction", email),
            tickets(email),
        ]
    };
    assert_eq!(all(ilona), [3, 2, 2, 4]);
    assert_eq!(all(daniel), [1, 1, 1, 2]);
    assert_eq!(all(sofia), [0, 1, 0, 1]);
    assert_eq!(place.count("ticket_messages m JOIN ticket_people p ON p.ticket_id = m.ticket_id AND p.role = 'requester' AND p.name = 'Ilona Varga'"), 30);
    assert_eq!(place.count("ticket_files"), 3);
    // Only Sofía is mentioned by somebody else, and only at her site is an installation.
    assert_eq!(place.count("mentions"), 1);
    assert_eq!(
        place.count("licences l JOIN installations i ON i.site = l.site"),
        1
    );
}

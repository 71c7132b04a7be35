//! The rules of a privacy statement, kept on their days: five vendors, a frozen clock, and what
//! gets in the way of a sweep.

use std::path::Path;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};
use lethe::actions::holds::{self, NewHold};
use lethe::actions::queries::desk;
use lethe::actions::{generate, retention};
use lethe::config::policy::PolicyFile;
use lethe::db;
use lethe::db::records::Installation;
use lethe::domain::event::Actor;
use lethe::domain::ids::SweepId;
use lethe::domain::retention::{Act, Category, SweepState, Waits};
use lethe::domain::staff::Role;
use lethe::imports::Source;
use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp};

/// Starts with a policy of those that come with Lethe.
async fn start(policy: &str) -> TestApp {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("policies")
        .join(format!("{policy}.toml"));
    TestApp::start_with(|config| {
        config.retention.policy = PolicyFile::At(file);
        config.retention.report_days = 0;
        config.retention.wait_above_percent = 100;
    })
    .await
}

/// A row of the report of licences.
fn licence(id: &str, kind: &str, (start, end): (Date, Date), email: &str) -> Value {
    json!({
        "addonKey": "example.burndown.plus",
        "addonName": "Burndown Plus for Jira",
        "hosting": "Cloud",
        "addonLicenseId": id,
        "lastUpdated": "2026-11-01",
        "licenseType": kind,
        "maintenanceStartDate": start.to_string(),
        "maintenanceEndDate": end.to_string(),
        "latestEvaluationStartDate": start.to_string(),
        "status": "active",
        "contactDetails": {
            "company": "A company",
            "country": "HU",
            "technicalContact": { "email": email, "name": "Somebody" },
        },
    })
}

/// A row of the report of sales.
fn sale(line: &str, id: &str, on: Date, email: &str) -> Value {
    json!({
        "transactionId": format!("AT-{line}"),
        "transactionLineItemId": line,
        "addonKey": "example.burndown.plus",
        "addonLicenseId": id,
        "lastUpdated": "2026-11-01",
        "customerDetails": {
            "company": "A company",
            "country": "HU",
            "technicalContact": { "email": email, "name": "Somebody" },
        },
        "purchaseDetails": {
            "saleDate": on.to_string(),
            "hosting": "Cloud",
            "licenseType": "COMMERCIAL",
            "saleType": "New",
            "purchasePrice": 10.0,
            "vendorAmount": 8.0,
        },
    })
}

/// A ticket, as a line of the export.
fn ticket(key: &str, closed_at: &str, email: &str) -> String {
    json!({
        "key": key,
        "subject": "A question",
        "status": "closed",
        "created_at": "2026-11-01T08:00:00Z",
        "closed_at": closed_at,
        "requester": { "email": email, "name": "Somebody" },
        "participants": [{ "role": "assignee", "email": "mara@burndown.example", "name": "Mara" }],
        "messages": [{
            "key": format!("{key}-1"),
            "author": { "email": email, "name": "Somebody" },
            "at": "2026-11-01T08:00:00Z",
            "body": "It does not work.",
            "attachments": [],
        }],
    })
    .to_string()
}

/// An installation that stands, or was removed on a day.
async fn install(app: &TestApp, client_key: &str, removed_on: Option<Date>) {
    let at = |day: Date| {
        day.at(10, 0, 0, 0)
            .to_zoned(app.app.config.vendor.zone.clone())
            .unwrap()
            .timestamp()
    };
    let installation = Installation {
        client_key: client_key.to_owned(),
        app_key: "example.burndown.plus".to_owned(),
        site: Some(format!("{client_key}.atlassian.example")),
        account_id: None,
        email: None,
        installed_at: at(date(2026, 11, 2)),
        uninstalled_at: removed_on.map(at),
    };
    let inner = app.app.clone();
    app.app
        .db
        .write(move |conn| {
            let id = inner.id();
            db::records::save_installation(conn, inner.id(), &installation, id)
        })
        .await
        .unwrap();
}

/// Sets the clock to a time of the day in the controller's zone, with the key of that year.
async fn go_to(app: &TestApp, day: Date, hour: i8, minute: i8) {
    let zone: TimeZone = app.app.config.vendor.zone.clone();
    let at = day
        .at(hour, minute, 0, 0)
        .to_zoned(zone)
        .unwrap()
        .timestamp();
    let now = app.app.clock.now();
    assert!(
        at >= now,
        "the clock of a test goes forward: {at} after {now}"
    );
    for year in [day.year() - 1, day.year(), day.year() + 1] {
        app.app.keys.ensure_pseudonym(year, at).unwrap();
    }
    app.clock_goes_to(at).await;
}

/// A whole sweep; how it ended.
async fn sweep(app: &TestApp) -> db::retention::Sweep {
    let id = retention::begin(&app.app).await.unwrap();
    app.run_jobs().await;
    found(app, id).await
}

async fn found(app: &TestApp, id: SweepId) -> db::retention::Sweep {
    let found = app.app.db.read(move |conn| db::retention::find(conn, id));
    found.await.unwrap().unwrap()
}

fn contact(app: &TestApp, store: &str, email: &str) -> i64 {
    app.count(
        "contacts",
        &format!("store = '{store}' AND email = '{email}'"),
    )
}

/// How many are there of what the histories make.
fn standing(app: &TestApp, what: &str) -> i64 {
    match what {
        "trial" => contact(app, "trial", "ann@trial.example"),
        "licence" => contact(app, "licence", "bea@customer.example"),
        "sale, in clear" => contact(app, "transaction", "bea@customer.example"),
        "sale" => app.count("contacts", "store = 'transaction'"),
        "ticket of a stranger" => app.count("tickets", "ticket_key = 'SUP-1'"),
        "ticket of the customer" => app.count("tickets", "ticket_key = 'SUP-2'"),
        "installation" => app.count("installations", "client_key = 'gone'"),
        _ => panic!("{what}"),
    }
}

/// The same life at every vendor. A trial from 31 January 2027 to 2 March; maintenance to
/// 31 August; a sale of 15 December 2026; two tickets closed on 30 August, half an hour after
/// midnight; an installation removed on 1 December.
async fn live(app: &TestApp) {
    let licences = json!([
        licence(
            "1",
            "EVALUATION",
            (date(2027, 1, 31), date(2027, 3, 2)),
            "ann@trial.example"
        ),
        licence(
            "2",
            "COMMERCIAL",
            (date(2026, 9, 1), date(2027, 8, 31)),
            "bea@customer.example"
        ),
    ]);
    app.import(Source::Licences, &licences.to_string()).await;
    let sales = json!([sale(
        "LI-1",
        "2",
        date(2026, 12, 15),
        "bea@customer.example"
    )]);
    app.import(Source::Transactions, &sales.to_string()).await;
    let tickets = [
        ticket(
            "SUP-1",
            "2027-08-29T22:30:00Z",
            "stranger@elsewhere.example",
        ),
        ticket("SUP-2", "2027-08-29T22:30:00Z", "bea@customer.example"),
    ];
    app.import(Source::Tickets, &tickets.join("\n")).await;
    install(app, "gone", Some(date(2027, 12, 1))).await;
    install(app, "stays", None).await;
}

/// What each statement promises about that life, reckoned by hand: the first day on which it is gone.
fn promises(policy: &str) -> Vec<(&'static str, Date)> {
    let leap = date(2028, 3, 1);
    let mut days = match policy {
        "redmoon" => vec![
            ("trial", date(2027, 8, 1)),
            ("licence", leap),
            ("sale, in clear", leap),
            ("ticket of a stranger", leap),
            ("ticket of the customer", leap),
            ("installation", leap),
            ("sale", date(2035, 1, 1)),
        ],
        "raledo" => vec![
            ("trial", date(2027, 8, 1)),
            ("ticket of the customer", date(2027, 10, 1)),
            ("installation", date(2028, 1, 1)),
            ("licence", leap),
            ("sale, in clear", leap),
            // At the latest two years after 30 August 2027, and 14 days before that.
            ("ticket of a stranger", date(2029, 8, 16)),
            ("sale", date(2037, 1, 1)),
        ],
        "unit6" => vec![
            ("trial", date(2027, 3, 3)),
            ("licence", date(2027, 9, 1)),
            ("sale, in clear", date(2027, 9, 1)),
            ("installation", date(2027, 12, 1)),
            ("ticket of a stranger", date(2028, 8, 16)),
            ("ticket of the customer", date(2028, 8, 16)),
            ("sale", date(2037, 1, 1)),
        ],
        "dragonsoft" => vec![
            ("trial", date(2027, 9, 3)),
            ("licence", leap),
            ("sale, in clear", leap),
            ("ticket of the customer", leap),
            // At the latest six months after 1 December, and 14 days before that.
            ("installation", date(2028, 5, 18)),
            ("ticket of a stranger", date(2029, 8, 16)),
            ("sale", date(2037, 1, 1)),
        ],
        "alpha-serve" => vec![
            ("trial", date(2027, 8, 1)),
            ("licence", leap),
            ("sale, in clear", leap),
            ("ticket of a stranger", leap),
            ("ticket of the customer", leap),
            ("installation", leap),
            ("sale", date(2037, 1, 1)),
        ],
        _ => panic!("{policy}"),
    };
    days.sort_by_key(|(_, day)| *day);
    days
}

async fn every_promise_is_kept_on_its_day(policy: &str) {
    let app = start(policy).await;
    live(&app).await;
    let promises = promises(policy);
    let mut days: Vec<Date> = promises.iter().map(|(_, day)| *day).collect();
    days.dedup();
    for day in days {
        let eve = day.saturating_sub(1.day());
        go_to(&app, eve, 23, 50).await;
        assert_eq!(sweep(&app).await.state, SweepState::Done);
        for (what, on) in &promises {
            assert_eq!(
                standing(&app, what) > 0,
                *on > eve,
                "{policy}: {what} on {eve}"
            );
        }
        go_to(&app, day, 0, 10).await;
        assert_eq!(sweep(&app).await.state, SweepState::Done);
        for (what, on) in &promises {
            assert_eq!(
                standing(&app, what) > 0,
                *on > day,
                "{policy}: {what} on {day}"
            );
        }
    }
    assert_eq!(app.count("installations", "client_key = 'stays'"), 1);
    assert_eq!(app.count("incidents", "1 = 1"), 0, "nothing was late");
    assert_eq!(app.count("ticket_messages", "1 = 1"), 0);
    assert_eq!(app.count("ticket_people", "1 = 1"), 0);
    // The day after the last of them the trail is as it should be, and no name is left anywhere.
    let verified = lethe::actions::trail::verify::verify(&app.app, Vec::new());
    assert_eq!(verified.await.unwrap().problem, None);
    while !app.app.db.scrub().await.unwrap() {}
    for address in ["ann@trial.example", "bea@customer.example"] {
        assert_eq!(app.is_anywhere(address), [""; 0], "{policy}: {address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redmoon_keeps_its_statement_on_the_day() {
    every_promise_is_kept_on_its_day("redmoon").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn raledo_keeps_its_statement_on_the_day() {
    every_promise_is_kept_on_its_day("raledo").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unit6_keeps_its_statement_on_the_day() {
    every_promise_is_kept_on_its_day("unit6").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dragonsoft_keeps_its_statement_on_the_day() {
    every_promise_is_kept_on_its_day("dragonsoft").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alpha_serve_keeps_its_statement_on_the_day() {
    every_promise_is_kept_on_its_day("alpha-serve").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_takes_the_end_back_and_so_does_another_licence() {
    let app = start("redmoon").await;
    let first = |end| {
        licence(
            "1",
            "COMMERCIAL",
            (date(2026, 4, 1), end),
            "cy@customer.example",
        )
    };
    let other = licence(
        "2",
        "ACADEMIC",
        (date(2026, 4, 1), date(2027, 6, 30)),
        "cy@customer.example",
    );
    app.import(
        Source::Licences,
        &json!([first(date(2027, 3, 31)), other]).to_string(),
    )
    .await;
    let standing = || contact(&app, "licence", "cy@customer.example");
    // Half a year after the first of the two, the second is not over for so long.
    go_to(&app, date(2027, 10, 1), 12, 0).await;
    sweep(&app).await;
    assert_eq!(standing(), 2);
    // On the last day before the end of the other one, a renewal is reported.
    go_to(&app, date(2027, 12, 30), 12, 0).await;
    let mut renewed = first(date(2028, 3, 31));
    renewed["lastUpdated"] = json!("2027-12-30");
    app.import(Source::Licences, &json!([renewed]).to_string())
        .await;
    go_to(&app, date(2027, 12, 31), 12, 0).await;
    sweep(&app).await;
    assert_eq!(
        standing(),
        2,
        "the clock is the person's, over all licences"
    );
    go_to(&app, date(2028, 9, 30), 23, 59).await;
    sweep(&app).await;
    assert_eq!(standing(), 2);
    go_to(&app, date(2028, 10, 1), 0, 1).await;
    sweep(&app).await;
    assert_eq!(standing(), 0);
    // The same report again does not bring anybody back; a renewal after that does.
    let again = json!([first(date(2028, 3, 31))]);
    app.import(Source::Licences, &again.to_string()).await;
    assert_eq!(standing(), 0);
    go_to(&app, date(2028, 11, 1), 12, 0).await;
    let mut back = first(date(2029, 11, 1));
    back["lastUpdated"] = json!("2028-11-01");
    app.import(Source::Licences, &json!([back]).to_string())
        .await;
    assert_eq!(standing(), 1, "the customer came back");
    sweep(&app).await;
    assert_eq!(standing(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_renewed_between_the_count_and_the_purge_stays() {
    let app = start("redmoon").await;
    let first = |end| {
        licence(
            "1",
            "COMMERCIAL",
            (date(2026, 4, 1), end),
            "cy@customer.example",
        )
    };
    app.import(
        Source::Licences,
        &json!([first(date(2027, 3, 31))]).to_string(),
    )
    .await;
    go_to(&app, date(2027, 10, 1), 12, 0).await;
    let id = retention::begin(&app.app).await.unwrap();
    let counted = app.app.db.read(move |conn| db::retention::rules(conn, id));
    assert_eq!(counted.await.unwrap()[0].due, 1);
    let mut renewed = first(date(2028, 3, 31));
    renewed["lastUpdated"] = json!("2027-10-01");
    app.import(Source::Licences, &json!([renewed]).to_string())
        .await;
    app.run_jobs().await;
    assert_eq!(found(&app, id).await.state, SweepState::Done);
    assert_eq!(contact(&app, "licence", "cy@customer.example"), 1);
    let done = app.app.db.read(move |conn| db::retention::rules(conn, id));
    assert_eq!(done.await.unwrap()[0].done, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_became_a_purchase_follows_the_licence() {
    let app = start("redmoon").await;
    let trial = |id, email| {
        licence(
            id,
            "EVALUATION",
            (date(2026, 10, 1), date(2026, 10, 31)),
            email,
        )
    };
    let mut bought = licence(
        "3",
        "COMMERCIAL",
        (date(2026, 11, 1), date(2027, 10, 31)),
        "buyer@customer.example",
    );
    bought["evaluationLicense"] = json!("2");
    let rows = json!([
        trial("1", "dee@customer.example"),
        trial("2", "eve@customer.example"),
        trial("4", "fay@trial.example"),
        licence(
            "5",
            "COMMERCIAL",
            (date(2026, 11, 1), date(2027, 10, 31)),
            "dee@customer.example"
        ),
        bought,
    ]);
    app.import(Source::Licences, &rows.to_string()).await;
    go_to(&app, date(2027, 4, 2), 12, 0).await;
    sweep(&app).await;
    assert_eq!(
        contact(&app, "trial", "fay@trial.example"),
        0,
        "tried, and did not buy"
    );
    assert_eq!(
        contact(&app, "trial", "dee@customer.example"),
        1,
        "bought under the same address"
    );
    assert_eq!(
        contact(&app, "trial", "eve@customer.example"),
        1,
        "the trial became a licence"
    );
    go_to(&app, date(2028, 5, 1), 12, 0).await;
    sweep(&app).await;
    assert_eq!(app.count("contacts", "1 = 1"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_sweep_waits_until_somebody_has_looked() {
    let app = TestApp::start_with(|config| {
        config.retention.wait_above_percent = 10;
        config.retention.wait_above_records = 5;
        config.retention.report_days = 0;
    })
    .await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let rows: Vec<Value> = (0..20)
        .map(|n| {
            let days = (date(2026, 1, 1), date(2026, 2, 1));
            licence(
                &n.to_string(),
                "EVALUATION",
                days,
                &format!("p{n}@trial.example"),
            )
        })
        .collect();
    app.import(Source::Licences, &json!(rows).to_string()).await;
    let waiting = sweep(&app).await;
    assert_eq!(
        (waiting.state, waiting.waits),
        (SweepState::Waiting, Some(Waits::Large))
    );
    assert_eq!(
        app.count("contacts", "store = 'trial'"),
        20,
        "nothing was touched"
    );
    assert_eq!(app.letters_to("lead@northwind.example").await.len(), 1);
    // The next day counts anew and writes nobody a second time.
    app.app.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(sweep(&app).await.id, waiting.id);
    assert_eq!(app.letters_to("lead@northwind.example").await.len(), 1);

    let agent = app.actor(Role::Agent).await;
    retention::confirm(&app.app, &agent, waiting.id)
        .await
        .unwrap_err();
    let actor = Actor::Staff {
        id: lead.id,
        role: Role::Lead,
    };
    retention::confirm(&app.app, &actor, waiting.id)
        .await
        .unwrap();
    app.run_jobs().await;
    let done = found(&app, waiting.id).await;
    assert_eq!(
        (done.state, done.confirmed_by),
        (SweepState::Done, Some(lead.id))
    );
    assert_eq!(app.count("contacts", "store = 'trial'"), 0);
    // All of it should have gone long ago, which is an incident until somebody says what came of it.
    assert_eq!(
        app.count("incidents", "records = 20 AND settled_at IS NULL"),
        1
    );
    let incidents = app.app.db.read(|conn| db::retention::incidents(conn, 10));
    let incident = incidents.await.unwrap().remove(0);
    assert_eq!(incident.worst_on, date(2026, 7, 2));
    retention::settle(&app.app, &actor, incident.id, " ")
        .await
        .unwrap_err();
    retention::settle(&app.app, &actor, incident.id, "The first sweep there was.")
        .await
        .unwrap();
    assert_eq!(app.count("incidents", "settled_at IS NULL"), 0);
    // The trail names the rule, and nobody.
    let purged = app.count("audit_index", "action = 'purged' AND store = 'trial'");
    assert_eq!(purged, 1);
    assert_eq!(app.count("audit_index", "action = 'sweep_confirmed'"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_report_of_licences_is_not_relied_on() {
    let app = TestApp::start().await;
    let rows = json!([licence(
        "1",
        "COMMERCIAL",
        (date(2025, 12, 1), date(2026, 11, 30)),
        "gil@customer.example"
    )]);
    app.import(Source::Licences, &rows.to_string()).await;
    go_to(&app, date(2027, 6, 1), 12, 0).await;
    let waiting = sweep(&app).await;
    assert_eq!(waiting.waits, Some(Waits::ReportOld));
    assert_eq!(contact(&app, "licence", "gil@customer.example"), 1);
    // A new report says the same: now it can be relied on.
    let mut same = rows[0].clone();
    same["lastUpdated"] = json!("2027-05-31");
    app.import(Source::Licences, &json!([same]).to_string())
        .await;
    let done = sweep(&app).await;
    assert_eq!((done.id, done.state), (waiting.id, SweepState::Done));
    assert_eq!(contact(&app, "licence", "gil@customer.example"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_knows_each_record_and_stops_the_sweep_when_it_cannot_be_written() {
    let app = start("redmoon").await;
    let days = (date(2026, 1, 1), date(2026, 2, 1));
    let rows = json!([licence("1", "EVALUATION", days, "hal@trial.example")]);
    app.import(Source::Licences, &rows.to_string()).await;
    let journal = app.app.config.journal.erasure.clone();
    let away = journal.with_extension("away");
    std::fs::rename(&journal, &away).unwrap();
    let stuck = sweep(&app).await;
    assert_eq!(stuck.state, SweepState::Purging);
    assert_eq!(
        contact(&app, "trial", "hal@trial.example"),
        1,
        "no line, no purge"
    );
    std::fs::rename(&away, &journal).unwrap();
    app.pass(SignedDuration::from_mins(10)).await;
    assert_eq!(found(&app, stuck.id).await.state, SweepState::Done);
    assert_eq!(contact(&app, "trial", "hal@trial.example"), 0);
    let text = std::fs::read_to_string(&journal).unwrap();
    assert_eq!(text.matches("\"kind\":\"erasure\"").count(), 1, "{text}");
    // No import brings it back, also into a database that was put back from before it came.
    let guards = app.count("erasure_guards", "cause = 'retention'");
    assert!(guards > 0);
    let guarded = text.matches("\"kind\":\"guarded\"").count();
    assert_eq!(i64::try_from(guarded).unwrap(), guards, "{text}");
    assert!(!text.contains("hal@"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_whose_time_has_come_is_not_brought_in_again() {
    let app = start("redmoon").await;
    let line = ticket("SUP-1", "2026-11-10T10:00:00Z", "ira@customer.example");
    app.import(Source::Tickets, &line).await;
    go_to(&app, date(2027, 5, 11), 0, 5).await;
    sweep(&app).await;
    assert_eq!(app.count("tickets", "1 = 1"), 0);
    let report = app.import(Source::Tickets, &line).await;
    assert_eq!(report.counts.suppressed, 1);
    assert_eq!(app.count("tickets", "1 = 1"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_import_adds_after_the_count_waits_for_a_person_too() {
    let app = TestApp::start_with(|config| {
        config.retention.wait_above_percent = 10;
        config.retention.wait_above_records = 5;
        config.retention.report_days = 0;
    })
    .await;
    let days = (date(2026, 1, 1), date(2026, 2, 1));
    let trials = |from: u32, to: u32| -> Vec<Value> {
        (from..to)
            .map(|n| {
                licence(
                    &n.to_string(),
                    "EVALUATION",
                    days,
                    &format!("p{n}@trial.example"),
                )
            })
            .collect()
    };
    app.import(Source::Licences, &json!(trials(0, 3)).to_string())
        .await;
    let id = retention::begin(&app.app).await.unwrap();
    assert_eq!(found(&app, id).await.state, SweepState::Purging);
    // A worker died after the first record; before another takes it up, a report makes much more due.
    let done = db::retention::RuleCount {
        category: Category::Trial,
        rule: "trial-contact".to_owned(),
        act: Act::Erase,
        due: 0,
        done: 1,
        late: 1,
    };
    let first = app
        .app
        .db
        .write(move |conn| db::retention::add_done(conn, id, &done));
    first.await.unwrap();
    app.import(Source::Licences, &json!(trials(3, 40)).to_string())
        .await;
    app.run_jobs().await;
    let grown = found(&app, id).await;
    assert_eq!(
        (grown.state, grown.waits),
        (SweepState::Waiting, Some(Waits::Large))
    );
    assert_eq!(app.count("contacts", "store = 'trial'"), 40);
    // Counted anew, on the next day too, it still knows what was done.
    for _ in 0..2 {
        assert_eq!(
            app.count("sweep_rules", "due = 41 AND done = 1 AND late = 1"),
            1
        );
        assert_eq!(retention::begin(&app.app).await.unwrap(), id);
    }
    let lead = app.actor(Role::Lead).await;
    retention::confirm(&app.app, &lead, id).await.unwrap();
    app.run_jobs().await;
    assert_eq!(found(&app, id).await.state, SweepState::Done);
    assert_eq!(app.count("contacts", "store = 'trial'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_was_read_before_is_no_new_one() {
    let app = TestApp::start().await;
    let days = (date(2025, 12, 1), date(2026, 11, 30));
    let rows = json!([licence("1", "COMMERCIAL", days, "gil@customer.example")]).to_string();
    app.import(Source::Licences, &rows).await;
    go_to(&app, date(2027, 6, 1), 12, 0).await;
    app.import(Source::Licences, &rows).await;
    assert_eq!(sweep(&app).await.waits, Some(Waits::ReportOld));
    assert_eq!(contact(&app, "licence", "gil@customer.example"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_installation_is_done() {
    let text = lethe::config::policy::BUILT_IN
        .replace("id = \"installations\"", "id = \"installations\" # emptied");
    let at = text.find("# emptied").unwrap();
    let (before, after) = text.split_at(at);
    let text = format!(
        "{before}{}",
        after.replacen("act = \"erase\"", "act = \"anonymise\"", 1)
    );
    let file = std::env::temp_dir().join(format!("lethe-policy-{}.toml", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let app = TestApp::start_with(|config| {
        config.retention.policy = PolicyFile::At(file.clone());
        config.retention.wait_above_percent = 100;
    })
    .await;
    std::fs::remove_file(&file).unwrap();
    install(&app, "gone", Some(date(2026, 11, 20))).await;
    {
        use diesel::prelude::*;
        diesel::sql_query("UPDATE installations SET account_id = 'a-1'")
            .execute(&mut app.connect())
            .unwrap();
    }
    go_to(&app, date(2027, 2, 19), 0, 10).await;
    assert_eq!(sweep(&app).await.state, SweepState::Done);
    assert_eq!(app.count("installations", "account_id IS NULL"), 1);
    assert_eq!(app.count("audit_index", "action = 'purged'"), 1);
    assert_eq!(sweep(&app).await.state, SweepState::Done);
    assert_eq!(
        app.count("audit_index", "action = 'purged'"),
        1,
        "and not once more"
    );
}

/// A trial whose period has long ended on the day.
async fn an_ended_trial(app: &TestApp) {
    let days = (date(2026, 11, 1), date(2026, 12, 1));
    let rows = json!([licence("1", "EVALUATION", days, "jo@trial.example")]);
    app.import(Source::Licences, &rows.to_string()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumped_removes_nothing_until_it_has_stood_there_for_half_a_day() {
    let app = start("redmoon").await;
    an_ended_trial(&app).await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    // Nothing was recorded on the way: the clock jumped, or the machine was off.
    app.app.clock.advance(SignedDuration::from_hours(24 * 400));
    for year in [2027, 2028] {
        let now = app.app.clock.now();
        app.app.keys.ensure_pseudonym(year, now).unwrap();
    }
    let stuck = sweep(&app).await;
    assert_eq!(stuck.state, SweepState::Purging);
    let trouble = stuck.trouble.unwrap();
    assert!(trouble.contains("it jumped, or nothing ran"), "{trouble}");
    assert_eq!(contact(&app, "trial", "jo@trial.example"), 1);
    let browser = app.browser();
    browser.sign_in(lead.email.as_str(), PASSWORD).await;
    let page = browser.get("/admin/retention").await;
    assert!(page.text.contains("it jumped, or nothing ran"));
    app.pass(SignedDuration::from_hours(11)).await;
    assert_eq!(contact(&app, "trial", "jo@trial.example"), 1);
    app.pass(SignedDuration::from_hours(1)).await;
    assert_eq!(found(&app, stuck.id).await.state, SweepState::Done);
    assert_eq!(contact(&app, "trial", "jo@trial.example"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hold_kept_is_late_only_after_the_sweep_that_follows_its_end() {
    let app = start("redmoon").await;
    an_ended_trial(&app).await;
    let other = (date(2026, 11, 1), date(2026, 12, 1));
    let rows = json!([licence("2", "EVALUATION", other, "kim@trial.example")]);
    app.import(Source::Licences, &rows.to_string()).await;
    let lead = app.actor(Role::Lead).await;
    let mut placed = Vec::new();
    for person in ["jo@trial.example", "kim@trial.example"] {
        let new = NewHold {
            person: person.to_owned(),
            matter: "A claim".to_owned(),
            author: "A lawyer".to_owned(),
            review_on: Some(date(2027, 11, 1)),
            until_on: None,
        };
        placed.push(holds::place(&app.app, &lead, new).await.unwrap());
    }
    go_to(&app, date(2027, 9, 10), 12, 0).await;
    sweep(&app).await;
    assert_eq!(contact(&app, "trial", "jo@trial.example"), 1);
    let lift = |hold| holds::lift(&app.app, &lead, hold, "It is settled");
    lift(placed[0]).await.unwrap();
    go_to(&app, date(2027, 9, 11), 11, 0).await;
    let counted = retention::count(&app.app, &app.app.policy, 0)
        .await
        .unwrap();
    assert_eq!(counted.due.iter().map(|of| of.late).sum::<i64>(), 0);
    assert_eq!(sweep(&app).await.state, SweepState::Done);
    assert_eq!(contact(&app, "trial", "jo@trial.example"), 0);
    assert_eq!(app.count("incidents", "1 = 1"), 0, "a hold kept it");
    // Where no sweep came in time after the end, somebody has to say why.
    lift(placed[1]).await.unwrap();
    go_to(&app, date(2027, 9, 14), 11, 0).await;
    assert_eq!(sweep(&app).await.state, SweepState::Done);
    assert_eq!(contact(&app, "trial", "kim@trial.example"), 0);
    assert_eq!(
        app.count("incidents", "records = 1 AND worst_on = '2027-09-12'"),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_the_app_reported_counts_for_who_is_named_on_its_licence() {
    let app = start("raledo").await;
    let ended = (date(2026, 9, 1), date(2027, 8, 31));
    let mut row = licence("2", "COMMERCIAL", ended, "bea@customer.example");
    row["cloudSiteHostname"] = json!("tandem.atlassian.example");
    app.import(Source::Licences, &json!([row]).to_string())
        .await;
    let closed = ticket("SUP-2", "2027-08-29T22:30:00Z", "bea@customer.example");
    app.import(Source::Tickets, &closed).await;
    // What Connect and Forge report names a site and no address.
    install(&app, "tandem", None).await;
    go_to(&app, date(2027, 10, 2), 0, 10).await;
    assert_eq!(sweep(&app).await.state, SweepState::Done);
    assert_eq!(standing(&app, "ticket of the customer"), 1);
    install(&app, "tandem", Some(date(2027, 10, 5))).await;
    go_to(&app, date(2027, 11, 4), 12, 0).await;
    sweep(&app).await;
    assert_eq!(
        standing(&app, "ticket of the customer"),
        1,
        "on the last day"
    );
    go_to(&app, date(2027, 11, 5), 12, 0).await;
    sweep(&app).await;
    assert_eq!(standing(&app, "ticket of the customer"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_demo_is_late_whatever_the_season() {
    for month in [0, 5] {
        let app = TestApp::start().await;
        app.app
            .clock
            .advance(SignedDuration::from_hours(24 * 31 * month));
        let sizes = generate::Sizes::default();
        generate::generate(&app.app, &Actor::Operator, 1, sizes)
            .await
            .unwrap();
        generate::demo_people(&app.app).await.unwrap();
        retention::begin(&app.app).await.unwrap();
        app.run_jobs().await;
        assert_eq!(app.count("sweeps", "1 = 1"), 1);
        assert_eq!(
            app.count("sweep_rules", "due > 0 OR late > 0"),
            0,
            "{month}"
        );
        assert_eq!(app.count("incidents", "1 = 1"), 0, "{month}");
        let lead = app.actor(Role::Lead).await;
        let seen = desk::overview(&app.app, &lead).await.unwrap();
        let late = |need: &&desk::Need| matches!(need.why, desk::Why::KeptLate(_));
        assert_eq!(seen.needs.iter().filter(late).count(), 0, "{month}");
    }
}

//! What a person takes home: the certificate at the end of a request, the checkpoints at the end of
//! mails, and that both hold when the request, the key and we are gone.

use std::io::Cursor;

use jiff::SignedDuration;
use lethe::actions::decide::{self, FieldChoice};
use lethe::actions::submit::{self, Entered};
use lethe::actions::trail::{checkpoint, verify};
use lethe::actions::{assign, certificate, generate, own};
use lethe::app::App;
use lethe::audit::note::{Checkpoint, Note, VerifierKey};
use lethe::audit::proof::Trust;
use lethe::certificate::check::{Proven, Refused, check};
use lethe::certificate::file::{Certificate, Salt};
use lethe::certificate::statement::{Statement, StoreResult};
use lethe::clock::Clock;
use lethe::db::{self, runs::RunField};
use lethe::domain::email::Email;
use lethe::domain::reference::Reference;
use lethe::domain::request::{Asked, Kind, Outcome, RefusalReason, Request, Via};
use lethe::domain::staff::Role;
use lethe::domain::store::ItemOutcome;
use lethe::i18n::Lang;
use lethe::imports::Source;
use lethe::seal::KeyRing;

use crate::support::{Browser, Page, TestApp};
use crate::trail::{add_entries, removed, rows_as_text, trust};

const BEA: &str = "bea.holm@halden.example";

/// The three files below the certificate's page.
const FILES: [&str; 3] = [".json", ".tlog-proof", "-salt.txt"];

fn page_of(reference: Reference) -> String {
    format!("/requests/{reference}/certificate")
}

/// Everything that looking could have left behind.
async fn traces(app: &TestApp) -> String {
    let tally = app.app.db.read(db::audit::tally).await.unwrap();
    let tables = [
        "audit_index",
        "audit_checkpoints",
        "audit_witnesses",
        "jobs",
    ];
    let rows: Vec<_> = tables.map(|table| rows_as_text(app, table)).into();
    format!("{tally:?} {rows:?}")
}

/// The cells of the table of stores, row by row.
fn rows(page: &Page) -> Vec<Vec<String>> {
    let columns = page.all("main table:first-of-type thead th").len();
    let cells = page.all("main table:first-of-type tbody :is(th, td)");
    cells.chunks(columns).map(<[_]>::to_vec).collect()
}

fn row_of(page: &Page, store: &str) -> Vec<String> {
    let rows = rows(page);
    let row = rows.iter().find(|row| row[0] == store);
    row.unwrap_or_else(|| panic!("no {store} in {rows:?}"))[1..].to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_ends_with_a_certificate_that_holds_without_us() {
    let app = TestApp::start().await;
    let reference = removed(&app, BEA, "Bea Holm").await;
    let browser = app.browser();
    let status = browser.open_status(&app, BEA).await;
    let path = page_of(reference);
    assert!(status.attributes("main a", "href").contains(&path));

    let before = traces(&app).await;
    let page = browser.get(&path).await;
    assert_eq!(page.first("h1"), "Certificate of removal");
    let tickets = row_of(&page, "Support tickets");
    assert_eq!(tickets[..3], ["2", "2", "0"]);
    assert!(tickets[3].contains("20 November 2026"), "{tickets:?}");
    assert_eq!(row_of(&page, "Licences and invoices")[..3], ["0", "0", "0"]);
    let seal = page.first("section.seal");
    let key = trust(&app).log.remove(0).to_string();
    let command = format!("lethe verify certificate.json --key '{key}'");
    for wanted in [
        app.app.config.audit.origin.as_str(),
        &key,
        &command,
        "alone",
    ] {
        assert!(seal.contains(wanted), "{wanted} is missing in {seal}");
    }

    let mut files = Vec::new();
    for file in FILES {
        let name = format!("certificate{file}");
        let got = browser.get(&format!("/requests/{reference}/{name}")).await;
        assert_eq!(got.status, 200, "{name}");
        let expected = format!("attachment; filename=\"{name}\"");
        assert_eq!(got.header("content-disposition"), expected);
        assert_eq!(got.header("cache-control"), "no-store");
        files.push(got.text);
    }
    assert_eq!(traces(&app).await, before, "looking leaves nothing behind");

    let [json, proof, salt] = files.try_into().unwrap();
    let verdict = check(Cursor::new(&json), &trust(&app)).unwrap();
    let Proven::Certificate {
        statement, index, ..
    } = verdict.proven
    else {
        panic!("a certificate proves a statement");
    };
    assert_eq!(statement.reference, reference);
    assert_eq!(statement.outcome, Outcome::Fulfilled);
    let ticket = store(&statement, "ticket");
    assert_eq!((ticket.found, ticket.erased, ticket.kept.len()), (2, 2, 0));
    assert!(
        statement
            .stores
            .iter()
            .all(|store| store.verified.is_some())
    );
    let verdict = check(Cursor::new(&proof), &trust(&app)).unwrap();
    assert!(matches!(verdict.proven, Proven::Entry { index: same, .. } if same == index));

    let salt: Salt = salt.parse().unwrap();
    let about = |address: &str| statement.is_about(&salt, &Email::parse(address).unwrap());
    assert!(about(BEA) && about("Bea.Holm@HALDEN.example"));
    assert!(!about("bea.holm@halden.test"));
    assert!(!statement.is_about(&Salt([0; 32]), &Email::parse(BEA).unwrap()));

    for text in [&page.text, &json, &proof] {
        let text = text.to_lowercase();
        for secret in [BEA, "bea holm", "halden", "holm"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    nobody_else_sees(&app, reference).await;
}

/// For a browser without the session, all addresses of a request are those of an unknown one.
async fn nobody_else_sees(app: &TestApp, reference: Reference) {
    let stranger = app.browser();
    let unknown = stranger.get("/requests/0000-0000").await;
    let ends = [
        "",
        "/certificate",
        "/certificate.json",
        "/certificate.tlog-proof",
    ];
    for end in ends.into_iter().chain(["/certificate-salt.txt"]) {
        for reference in [reference.to_string(), "0000-0000".to_owned()] {
            let seen = stranger.get(&format!("/requests/{reference}{end}")).await;
            let words = |page: &Page| page.text.replace(&page.csrf(), "");
            assert_eq!(seen.status, 200, "{reference}{end}");
            assert_eq!(words(&seen), words(&unknown), "{reference}{end}");
        }
    }
}

fn store<'a>(statement: &'a Statement, name: &str) -> &'a StoreResult {
    let mut stores = statement.stores.iter();
    let found = stores.find(|store| store.store.as_str() == name);
    found.unwrap_or_else(|| panic!("no {name} in {statement:?}"))
}

/// What somebody reads and downloads at the end of a request.
struct TakenHome {
    page: Page,
    json: String,
    statement: Statement,
}

async fn take_home(app: &TestApp, email: &str, reference: Reference) -> TakenHome {
    app.run_jobs().await;
    let browser = app.browser();
    browser.open_status(app, email).await;
    let page = browser.get(&page_of(reference)).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let file = format!("/requests/{reference}/certificate.json");
    let json = browser.get(&file).await.text;
    let verdict = check(Cursor::new(&json), &trust(app)).unwrap();
    let Proven::Certificate { statement, .. } = verdict.proven else {
        panic!("a certificate proves a statement");
    };
    TakenHome {
        page,
        json,
        statement,
    }
}

async fn has_no_certificate(app: &TestApp, browser: &Browser, reference: Reference) {
    let status = browser.get(&format!("/requests/{reference}")).await;
    assert!(!status.text.contains("/certificate"), "{}", status.text);
    assert_eq!(browser.get(&page_of(reference)).await.status, 404);
    for file in FILES {
        let file = format!("/requests/{reference}/certificate{file}");
        assert_eq!(browser.get(&file).await.status, 404, "{file}");
    }
    let issued = certificate::of_reference(&app.app, reference)
        .await
        .unwrap();
    assert!(issued.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_found_is_certified() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", BEA, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let TakenHome {
        page, statement, ..
    } = take_home(&app, BEA, request.reference).await;
    assert_eq!(statement.outcome, Outcome::NothingFound);
    assert!(statement.stores.len() > 2);
    for store in &statement.stores {
        assert_eq!((store.found, store.erased, store.others), (0, 0, 0));
    }
    assert!(rows(&page).iter().all(|row| row[1..4] == ["0", "0", "0"]));
    assert!(page.text.contains("nothing was found"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_certifies_what_was_handed_over() {
    let app = TestApp::start().await;
    let email = generate::demo_people(&app.app).await.unwrap()[0].email;
    let request = app.ask_and_confirm("review", email, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let TakenHome {
        page, statement, ..
    } = take_home(&app, email, request.reference).await;
    assert_eq!(
        (statement.kind, statement.outcome),
        (Kind::Access, Outcome::Fulfilled)
    );
    let ticket = store(&statement, "ticket");
    assert!(ticket.found > 0);
    for store in &statement.stores {
        assert_eq!(store.handed_over, store.found, "{store:?}");
        assert_eq!((store.erased, store.corrected, store.kept.len()), (0, 0, 0));
    }
    let shown = row_of(&page, "Support tickets");
    let found = ticket.found.to_string();
    assert_eq!(shown[..2], [found.clone(), found]);
    assert!(!page.text.contains("backup"), "a review removes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_certifies_what_was_corrected_and_what_stays() {
    let app = TestApp::start().await;
    let email = generate::demo_people(&app.app).await.unwrap()[1].email;
    let name = "Ilse Corrected-Name";
    let request = app
        .ask_and_confirm("rectification", email, &[("name", name)])
        .await;
    let fields = fields_of(&app, &request).await;
    let choices = fields
        .iter()
        .enumerate()
        .map(|(n, field)| FieldChoice {
            field: field.id,
            refused: (n == 0).then_some(RefusalReason::AccurateAsIs),
        })
        .collect();
    let actor = app.actor(Role::Agent).await;
    let now = app.newest_request(email).await;
    decide::decide_fields(&app.app, &actor, now.reference, now.version, choices)
        .await
        .unwrap();
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let TakenHome {
        page,
        json,
        statement,
    } = take_home(&app, email, request.reference).await;
    // What was refused stays.
    let fields = fields_of(&app, &request).await;
    let is_corrected = |field: &&RunField| field.outcome == Some(ItemOutcome::Corrected);
    for store in &statement.stores {
        let of_store = fields
            .iter()
            .filter(|field| field.store.0 == store.store.as_str());
        assert_eq!(store.found, of_store.clone().count() as u64, "{store:?}");
        let corrected = of_store.filter(is_corrected).count() as u64;
        assert_eq!((store.corrected, store.erased), (corrected, 0), "{store:?}");
    }
    let stay = fields.len() - fields.iter().filter(is_corrected).count();
    assert!((1..fields.len()).contains(&stay));
    let shown = rows(&page);
    let shown = shown.iter().map(|row| row[3].parse::<usize>().unwrap());
    assert_eq!(shown.sum::<usize>(), stay);
    for text in [&page.text, &json] {
        assert!(!text.contains("Corrected-Name") && !text.contains(email));
    }
}

async fn fields_of(app: &TestApp, request: &Request) -> Vec<RunField> {
    let id = request.id;
    app.app
        .db
        .read(move |conn| {
            let run = db::runs::of_request(conn, id)?.unwrap();
            db::runs::fields(conn, run.id)
        })
        .await
        .unwrap()
}

async fn refuse(app: &TestApp, request: &Request, reason: RefusalReason) {
    let actor = app.actor(Role::Agent).await;
    decide::refuse(
        &app.app,
        &actor,
        request.reference,
        request.version,
        reason,
        "Words for the person.",
    )
    .await
    .unwrap();
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_certified_and_claims_nothing() {
    let app = TestApp::start().await;
    let email = generate::demo_people(&app.app).await.unwrap()[0].email;
    app.ask_and_confirm("removal", email, &[]).await;
    let request = app.newest_request(email).await;
    refuse(&app, &request, RefusalReason::Excessive).await;
    let TakenHome {
        page, statement, ..
    } = take_home(&app, email, request.reference).await;
    assert_eq!(statement.outcome, Outcome::Refused);
    assert_eq!(page.first("h1"), "Certificate of refusal");
    for store in &statement.stores {
        assert_eq!(
            (store.erased, store.corrected, store.handed_over),
            (0, 0, 0)
        );
        assert_eq!((store.kept.len(), store.verified), (0, None), "{store:?}");
    }
    assert!(!page.text.contains("Words for the person"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_took_it_back_gets_no_certificate() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", BEA, &[]).await;
    let browser = app.browser();
    browser.open_status(&app, BEA).await;
    let path = format!("/requests/{}/withdrawal", request.reference);
    let page = browser.get(&path).await;
    let done = browser.send(&page, &path, &[]).await;
    assert_eq!(done.status, 200, "{}", done.text);
    app.run_jobs().await;
    has_no_certificate(&app, &browser, request.reference).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_proved_identity_gets_no_certificate() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Lead).await;
    let email = Email::parse(BEA).unwrap();
    let entered = Entered {
        kind: Kind::Erasure,
        asked: Asked {
            email: BEA.to_owned(),
            ..Asked::default()
        },
        email,
        lang: Lang::En,
        via: Via::Phone,
        received_on: app.app.today(),
        proof: None,
    };
    let request = submit::enter(&app.app, &actor, entered).await.unwrap();
    app.run_jobs().await;
    refuse(&app, &request, RefusalReason::IdentityNotEstablished).await;
    let browser = app.browser();
    browser.open_status(&app, BEA).await;
    has_no_certificate(&app, &browser, request.reference).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_outlives_the_request_and_its_key() {
    let app = TestApp::start().await;
    let reference = removed(&app, BEA, "Bea Holm").await;
    let kept = take_home(&app, BEA, reference).await;
    let browser = app.browser();
    browser.open_status(&app, BEA).await;
    let days = app.app.config.requests.status_days_after_close;
    app.pass(SignedDuration::from_hours(24 * (days + 1))).await;
    own::sweep_own(&app.app).await.unwrap();
    app.run_jobs().await;

    let gone = browser.get(&page_of(reference)).await;
    assert!(!gone.text.contains("Certificate of removal"));
    nobody_else_sees(&app, reference).await;
    let issued = certificate::of_reference(&app.app, reference).await;
    assert!(matches!(issued, Ok(None)), "{issued:?}");
    checkpoint::make(&app.app).await.unwrap();
    let verified = verify::verify(&app.app, Vec::new()).await.unwrap();
    assert_eq!(verified.problem, None);

    let verdict = check(Cursor::new(&kept.json), &trust(&app)).unwrap();
    assert!(
        matches!(verdict.proven, Proven::Certificate { statement, .. } if statement == kept.statement)
    );
    // The trail still goes on from the checkpoint that is in the file.
    let (known, _) = verify::kept_elsewhere(&app.app, &kept.json).unwrap();
    let verified = verify::verify(&app.app, vec![known]).await.unwrap();
    assert_eq!(verified.problem, None);
}

fn only(key: &VerifierKey) -> Trust {
    Trust {
        log: vec![key.clone()],
        witnesses: Vec::new(),
    }
}

async fn certificate_now(app: &App, reference: Reference) -> Certificate {
    checkpoint::make(app).await.unwrap();
    let issued = certificate::of_reference(app, reference).await.unwrap();
    issued.unwrap().proved.unwrap().certificate
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_new_signing_key_old_and_new_hold_each_with_its_own() {
    let app = TestApp::start().await;
    let reference = removed(&app, BEA, "Bea Holm").await;
    let old_key = trust(&app).log.remove(0);
    let old = certificate_now(&app.app, reference).await;
    let old_note = old.proof.checkpoint.to_string();

    app.app.clock.advance(SignedDuration::from_mins(1));
    KeyRing::rotate_signing(&app.app.config.keys.file, app.app.clock.now()).unwrap();
    let config = app.app.config.as_ref().clone();
    let new_app = App::start(config, Clock::frozen(app.app.clock.now())).unwrap();
    add_entries(&app, 3).await;
    let new = certificate_now(&new_app, reference).await;

    let published = certificate::published(&new_app).await.unwrap();
    let [new_key, retired] = published.keys.as_slice() else {
        panic!("two keys in {published:?}");
    };
    assert_eq!((&retired.key, new_key.until), (&old_key, None));
    assert!(retired.until.is_some());
    for (certificate, key, other) in [
        (&old, &old_key, &new_key.key),
        (&new, &new_key.key, &old_key),
    ] {
        let json = certificate.to_json();
        assert!(check(Cursor::new(&json), &only(key)).is_ok());
        let refused = check(Cursor::new(&json), &only(other));
        assert!(matches!(refused, Err(Refused::OtherKey(_))), "{refused:?}");
    }
    assert_eq!(old.statement, new.statement);
    let verified = verify::verify(&new_app, Vec::new()).await.unwrap();
    assert_eq!((verified.problem, verified.checkpoints > 1), (None, true));
    let kept = vec![verify::kept_elsewhere(&new_app, &old_note).unwrap().0];
    let verified = verify::verify(&new_app, kept).await.unwrap();
    assert_eq!(verified.problem, None);
}

/// A process that began before the key was changed takes the new one up when it meets it.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_with_the_old_key_goes_on_after_another_signed_with_the_new_one() {
    let app = TestApp::start().await;
    let reference = removed(&app, BEA, "Bea Holm").await;
    checkpoint::make(&app.app).await.unwrap();
    app.app.clock.advance(SignedDuration::from_mins(1));
    KeyRing::rotate_signing(&app.app.config.keys.file, app.app.clock.now()).unwrap();
    let config = app.app.config.as_ref().clone();
    let new_app = App::start(config, Clock::frozen(app.app.clock.now())).unwrap();
    add_entries(&app, 3).await;
    checkpoint::make(&new_app).await.unwrap();

    add_entries(&app, 3).await;
    let after = checkpoint::make(&app.app).await.unwrap().unwrap();
    let note: Note = after.note.parse().unwrap();
    let current = certificate::published(&new_app)
        .await
        .unwrap()
        .keys
        .remove(0);
    assert!(note.verify(&[current.key]).is_ok(), "{note}");
    take_home(&app, BEA, reference).await;
    let verified = verify::verify(&app.app, Vec::new()).await.unwrap();
    assert_eq!(verified.problem, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_to_people_carry_the_checkpoint_and_letters_to_staff_do_not() {
    let app = TestApp::start().await;
    let origin = app.app.config.audit.origin.as_str();
    let browser = app.browser();
    browser.ask("removal", BEA, &[]).await;
    app.run_jobs().await;
    let first = app.letters_to(BEA).await.remove(0);
    assert!(!first.text.contains(origin), "there is none yet");

    add_entries(&app, 5).await;
    let note = checkpoint::make(&app.app).await.unwrap().unwrap().note;
    app.ask_and_confirm("review", BEA, &[]).await;
    let mails = app.letters_to(BEA).await;
    let with: Vec<_> = mails
        .iter()
        .filter(|mail| mail.text.contains(origin))
        .collect();
    assert_eq!(with.len(), mails.len() - 1);
    for mail in with {
        assert!(mail.text.ends_with(&format!("\n\n{note}")), "{}", mail.text);
        assert!(mail.html.contains(&note), "{}", mail.html);
    }

    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let actor = app.actor(Role::Lead).await;
    let now = app.newest_request(BEA).await;
    assign::assign(&app.app, &actor, now.reference, Some(lead.id), now.version)
        .await
        .unwrap();
    app.run_jobs().await;
    let letters = app.letters_to("lead@northwind.example").await;
    assert!(letters.iter().any(|letter| letter.text.contains("/admin/")));
    for letter in &letters {
        assert!(!letter.text.contains(origin) && !letter.html.contains(origin));
    }

    // What the person finds at the end of a mail is accepted against the trail of a later day.
    refuse(
        &app,
        &app.newest_request(BEA).await,
        RefusalReason::Excessive,
    )
    .await;
    add_entries(&app, 90).await;
    checkpoint::make(&app.app).await.unwrap();
    let mail = &mails
        .iter()
        .find(|mail| mail.text.contains(origin))
        .unwrap();
    let copied = &mail.text[mail.text.rfind(&format!("\n{origin}\n")).unwrap() + 1..];
    // As it comes out of a file that a mail program has saved, too.
    for copied in [
        copied.to_owned(),
        copied.replace('\n', "\r\n"),
        format!("\n{}\n\n", copied.trim_end()),
        copied.trim_end().to_owned(),
    ] {
        let (known, _) = verify::kept_elsewhere(&app.app, &copied).unwrap();
        let expected: Checkpoint = note.parse::<Note>().unwrap().text.parse().unwrap();
        assert_eq!(known, expected);
        let verified = verify::verify(&app.app, vec![known]).await.unwrap();
        assert_eq!(verified.problem, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_that_is_kept_stands_in_the_certificate_with_its_ground() {
    let app = TestApp::start().await;
    let email = generate::demo_people(&app.app).await.unwrap()[1].email;
    let request = app.ask_and_confirm("removal", email, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let TakenHome {
        page, statement, ..
    } = take_home(&app, email, request.reference).await;
    let licence = store(&statement, "licence");
    let kept: u64 = licence.kept.iter().map(|kept| kept.count).sum();
    assert!(kept > 0, "{licence:?}");
    assert_eq!(licence.found, licence.erased + kept);
    assert_eq!(row_of(&page, "Licences and invoices")[2], kept.to_string());
    assert!(page.text.contains("What is kept, and why"));
}

/// Two certificates of one person have different commitments, so that nobody without the salts can
/// tell that they are about the same.
#[tokio::test(flavor = "multi_thread")]
async fn two_certificates_have_nothing_in_common_but_the_log() {
    let app = TestApp::start().await;
    let one = removed(&app, BEA, "Bea Holm").await;
    let first = take_home(&app, BEA, one).await;
    let ticket = format!(
        r#"{{"key":"T-2","subject":"Again","status":"closed","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{BEA}","name":"Bea Holm"}},"participants":[],"messages":[]}}"#
    );
    let report = app.import(Source::Tickets, &ticket).await;
    assert!(format!("{report}").contains("suppressed"), "{report}");
    let request = app.ask_and_confirm("removal", BEA, &[]).await;
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let second = take_home(&app, BEA, request.reference).await;
    assert_eq!(second.statement.outcome, Outcome::NothingFound);
    assert_ne!(first.statement.person, second.statement.person);
    assert_ne!(first.statement.digest(), second.statement.digest());
}

//! What no program can do: a person does it, says so, and the run goes on by itself.

use std::sync::Arc;

use jiff::SignedDuration;
use lethe::actions::tasks::{self, Attested};
use lethe::actions::{ActionError, certificate, decide, generate, places, run};
use lethe::db;
use lethe::domain::event::Actor;
use lethe::domain::ids::TaskId;
use lethe::domain::request::{Outcome, Progress, Request, Stage};
use lethe::domain::run::{RunState, RunStore, StoreState};
use lethe::domain::staff::Role;
use lethe::domain::store::{ItemOutcome, StoreName};
use lethe::domain::task::{Task, TaskCause};

use crate::support::stores::{FakeStore, Habit};
use crate::support::{PASSWORD, TestApp, code_in};

const ANN: &str = "ann@halden.example";
/// A file of a store that a person looks into, for the configuration.
fn price_list(folder: &std::path::Path, more: &str) -> std::path::PathBuf {
    let file = folder.join("price-list.toml");
    let text = r#"
        name = "price-list"
        title = { en = "Price list for resellers", de = "Preisliste" }
        category = "licence"
        copies = ["the printed one in the meeting room"]
        [manual]
        instructions = "Open the sheet on the shared drive."
        days = 5
        fields = ["name"]
        "#;
    std::fs::write(&file, format!("{text}{more}")).unwrap();
    file
}

async fn with_price_list() -> TestApp {
    with_price_list_of("").await
}

async fn with_price_list_of(more: &str) -> TestApp {
    TestApp::start_with(|config| {
        let folder = config.journal.erasure.parent().unwrap().to_owned();
        config.stores.files.push(price_list(&folder, more));
    })
    .await
}

fn outcome(request: &Request) -> Option<Outcome> {
    match request.stage {
        Stage::Closed { outcome, .. } => Some(outcome),
        _ => None,
    }
}

async fn of_run(app: &TestApp, request: &Request) -> (RunState, Vec<RunStore>, Vec<Task>) {
    let id = request.id;
    app.app
        .db
        .read(move |conn| {
            let run = db::runs::of_request(conn, id)?.unwrap();
            Ok::<_, db::DbError>((
                run.state,
                db::runs::stores(conn, run.id)?,
                db::tasks::of_run(conn, run.id)?,
            ))
        })
        .await
        .unwrap()
}

async fn attest(app: &TestApp, actor: &Actor, request: &Request, found: bool, words: &str) {
    let (.., tasks) = of_run(app, request).await;
    let open = tasks.iter().find(|task| task.done_at.is_none()).unwrap();
    let said = Attested {
        found,
        words: words.to_owned(),
        ..Attested::default()
    };
    tasks::attest(&app.app, actor, request.reference, open.id, said)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_waits_for_the_hand_and_closes_when_it_is_done() {
    let app = with_price_list().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let email = people[0].email;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let request = app.ask_and_confirm("removal", email, &[]).await;
    app.accept(&request).await;
    app.run_jobs().await;

    let now = app.newest_request(email).await;
    assert_eq!(outcome(&now), None, "nobody has looked yet");
    assert_eq!(now.progress, Progress::Running);
    let (_, stores, tasks) = of_run(&app, &request).await;
    for store in &stores {
        let wanted = match store.store.0.as_str() {
            "price-list" => StoreState::WithPerson,
            _ => StoreState::Done,
        };
        assert_eq!(store.state, wanted, "{}", store.store);
    }
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].cause, TaskCause::Manual);
    assert_eq!(tasks[0].due_on, jiff::civil::date(2026, 11, 25));
    let told = &app.letters_to(lead.email.as_str()).await;
    assert!(
        told.iter()
            .any(|letter| letter.subject.contains("Price list for resellers")
                && letter.text.contains("25 November 2026")),
        "{told:?}"
    );

    let browser = app.browser();
    browser.sign_in("lead@northwind.example", PASSWORD).await;
    let overview = browser.get("/admin").await;
    assert!(overview.text.contains("Price list for resellers"));
    let path = format!("/admin/requests/{}/run", request.reference);
    let run_page = browser.get(&path).await;
    assert!(run_page.text.contains("A person does it by hand"));
    assert!(
        run_page
            .text
            .contains("the printed one in the meeting room")
    );
    let place = format!(
        "/admin/requests/{}/tasks/{}",
        request.reference, tasks[0].id
    );
    let page = browser.get(&place).await;
    assert!(page.text.contains("Open the sheet on the shared drive."));
    assert!(page.text.contains(email));
    let silent = browser
        .send(&page, &place, &[("found", "yes"), ("details", " ")])
        .await;
    assert_eq!(silent.status, 422, "an attestation without words is none");
    let unsaid = browser
        .send(&page, &place, &[("details", "Row 12 is gone")])
        .await;
    assert_eq!(unsaid.status, 422);
    assert!(
        unsaid.text.contains("Row 12 is gone"),
        "what was typed stays"
    );
    assert_eq!(outcome(&app.newest_request(email).await), None);
    let done = [("found", "yes"), ("details", "Row 12 is gone")];
    browser.send(&page, &place, &done).await;
    app.run_jobs().await;

    let closed = app.newest_request(email).await;
    assert_eq!(outcome(&closed), Some(Outcome::Fulfilled));
    assert_eq!(app.is_anywhere(email), Vec::<String>::new());
    let (_, stores, tasks) = of_run(&app, &request).await;
    let by_hand = stores
        .iter()
        .find(|row| row.store.0 == "price-list")
        .unwrap();
    assert_eq!((by_hand.found, by_hand.erased), (1, 1));
    assert_eq!(by_hand.verified_at, None, "no search has read it back");
    assert_eq!(tasks[0].done_by, Some(lead.id));
    assert_eq!(
        app.count("audit_index", "action IN ('task_opened', 'task_attested')"),
        2
    );
    let letter = &app.letters_to(email).await[0];
    let words: Vec<&str> = letter.text.split_whitespace().collect();
    assert!(
        words
            .join(" ")
            .contains("the printed one in the meeting room"),
        "the person hears of the copy: {}",
        letter.text
    );
    let again = browser.send(&page, &place, &done).await;
    assert_eq!(again.status, 404, "a task is done once");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_was_there_nothing_was_removed() {
    let app = with_price_list().await;
    let actor = app.actor(Role::Agent).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.run_jobs().await;
    attest(&app, &actor, &request, false, "I looked in every sheet.").await;
    let closed = app.until_it_rests(&request).await;
    assert_eq!(outcome(&closed), Some(Outcome::NothingFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_finds_is_in_the_copy() {
    let app = with_price_list().await;
    let actor = app.actor(Role::Agent).await;
    let request = app.ask_and_confirm("review", ANN, &[]).await;
    let now = app.newest_request(ANN).await;
    decide::accept(&app.app, &actor, now.reference, now.version)
        .await
        .unwrap();
    app.run_jobs().await;
    assert_eq!(outcome(&app.newest_request(ANN).await), None);
    attest(
        &app,
        &actor,
        &request,
        true,
        "Row 12: Ann Lind, 10 % discount",
    )
    .await;
    app.run_jobs().await;
    assert_eq!(
        outcome(&app.newest_request(ANN).await),
        Some(Outcome::Fulfilled)
    );
    let browser = app.browser();
    let status = browser.open_status(&app, ANN).await;
    let path = format!("/requests/{}", request.reference);
    let asked = browser.send(&status, &format!("{path}/code"), &[]).await;
    app.run_jobs().await;
    let code = code_in(&app.letters_to(ANN).await[0].text).unwrap();
    let bundle = browser
        .send(&asked, &format!("{path}/bundle"), &[("code", &code)])
        .await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bundle.bytes)).unwrap();
    let mut page = String::new();
    std::io::Read::read_to_string(&mut zip.by_name("index.html").unwrap(), &mut page).unwrap();
    assert!(page.contains("Row 12: Ann Lind, 10 % discount"));
    assert!(page.contains("Price list for resellers"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_holds_up_nobody_and_can_be_taken_over() {
    let away = Arc::new(FakeStore::named("away", Habit::FailsFirst(usize::MAX), 5));
    let well = Arc::new(FakeStore::named("well", Habit::Honest, 450));
    let app = TestApp::start_with_stores(vec![away.clone(), well.clone()]).await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.run_jobs().await;
    assert!(
        well.records.lock().unwrap().is_empty(),
        "the other store is done although the first one fails"
    );
    for _ in 0..40 {
        app.pass(SignedDuration::from_mins(10)).await;
    }
    let (state, stores, _) = of_run(&app, &request).await;
    assert_eq!(state, RunState::Running, "it is tried on and on");
    assert_eq!(stores[0].state, StoreState::Working);
    let told = app.letters_to(lead.email.as_str()).await;
    let about =
        |letter: &&lethe::mail::outbound::Outgoing| letter.text.contains("the system is away");
    assert_eq!(
        told.iter().filter(about).count(),
        1,
        "staff hear of it once"
    );
    assert!(
        app.count("audit_index", "action = 'step_failed'") <= 9,
        "an outage of hours does not fill the trail"
    );

    let actor = app.actor(Role::Agent).await;
    let store = StoreName("away".to_owned());
    tasks::hand_over(&app.app, &actor, request.reference, store)
        .await
        .unwrap();
    app.run_jobs().await;
    let (_, stores, tasks) = of_run(&app, &request).await;
    assert_eq!(stores[0].state, StoreState::WithPerson);
    assert_eq!(tasks[0].cause, TaskCause::HandedOver);
    let case =
        lethe::actions::queries::cases::task(&app.app, &actor, request.reference, tasks[0].id)
            .await
            .unwrap();
    assert_eq!(case.todo.records.len(), 5, "{:?}", case.todo);
    attest(&app, &actor, &request, true, "I deleted all five.").await;
    let closed = app.until_it_rests(&request).await;
    assert_eq!(outcome(&closed), Some(Outcome::Fulfilled));
    let (_, stores, _) = of_run(&app, &request).await;
    assert_eq!(stores[0].erased, 5, "the look itself is no record");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_a_day_ends_without_a_person() {
    let store = Arc::new(FakeStore::new(Habit::FailsFirst(120), 5));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    for _ in 0..24 * 12 {
        app.pass(SignedDuration::from_mins(5)).await;
    }
    let closed = app.until_it_rests(&request).await;
    assert_eq!(outcome(&closed), Some(Outcome::Fulfilled));
    assert!(store.records.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_says_is_looked_after() {
    let store = Arc::new(FakeStore::new(Habit::OnlyByHand, 3));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let actor = app.actor(Role::Agent).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.run_jobs().await;
    let (_, stores, tasks) = of_run(&app, &request).await;
    assert_eq!(stores[0].state, StoreState::WithPerson);
    assert_eq!(tasks[0].cause, TaskCause::Remainder);

    attest(&app, &actor, &request, true, "All gone.").await;
    app.run_jobs().await;
    let (_, stores, tasks) = of_run(&app, &request).await;
    assert_eq!(
        stores[0].state,
        StoreState::WithPerson,
        "the search still finds them, so it is a task again"
    );
    assert_eq!(stores[0].erased, 0);
    assert_eq!(tasks.len(), 2);

    store.records.lock().unwrap().clear();
    attest(&app, &actor, &request, true, "Now they are.").await;
    let closed = app.until_it_rests(&request).await;
    assert_eq!(outcome(&closed), Some(Outcome::Fulfilled));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_found_by_address_is_looked_for_by_key() {
    let store = Arc::new(FakeStore::new(Habit::ForgetsAddress, 3));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    let halted = app.until_it_rests(&request).await;
    assert_eq!(halted.progress, Progress::Halted);
    *store.habit.lock().unwrap() = Habit::Honest;
    let actor = app.actor(Role::Agent).await;
    run::retry(&app.app, &actor, halted.reference)
        .await
        .unwrap();
    let closed = app.until_it_rests(&request).await;
    assert_eq!(outcome(&closed), Some(Outcome::Fulfilled));
    assert!(store.records.lock().unwrap().is_empty());
}

/// A ticket that the law keeps names the person still when their account is gone. That is no new find.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_within_something_kept_stays_with_it() {
    let store = Arc::new(FakeStore::new(Habit::KeepsFirst, 3));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    let closed = app.until_it_rests(&request).await;
    assert!(outcome(&closed).is_some(), "{:?}", closed.progress);
    let (_, stores, tasks) = of_run(&app, &request).await;
    assert_eq!(
        (stores[0].erased, stores[0].kept, stores[0].found),
        (2, 1, 3)
    );
    assert!(tasks.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_decides_attests_and_nobody_twice() {
    let app = with_price_list().await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.run_jobs().await;
    let (.., tasks) = of_run(&app, &request).await;
    let said = || Attested {
        found: true,
        words: "Done.".to_owned(),
        ..Attested::default()
    };
    for role in [Role::Auditor, Role::Subcontractor] {
        let actor = app.actor(role).await;
        let done = tasks::attest(&app.app, &actor, request.reference, tasks[0].id, said()).await;
        assert!(done.is_err(), "{role}");
        let store = StoreName("price-list".to_owned());
        let done = tasks::hand_over(&app.app, &actor, request.reference, store).await;
        assert!(done.is_err(), "{role}");
    }
    let agent = app.actor(Role::Agent).await;
    // What lies in our own database is never done by hand.
    let ours = StoreName("ticket".to_owned());
    assert!(
        tasks::hand_over(&app.app, &agent, request.reference, ours)
            .await
            .is_err()
    );
    let two = tokio::join!(
        tasks::attest(&app.app, &agent, request.reference, tasks[0].id, said()),
        tasks::attest(&app.app, &agent, request.reference, tasks[0].id, said()),
    );
    assert_eq!(
        [two.0.is_ok(), two.1.is_ok()]
            .iter()
            .filter(|ok| **ok)
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_not_theirs_is_left_as_it_is() {
    let store = Arc::new(FakeStore::new(Habit::OnlyByHand, 3));
    let app = TestApp::start_with_stores(vec![store.clone()]).await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.run_jobs().await;
    let (_, stores, tasks) = of_run(&app, &request).await;
    let (run, name) = (stores[0].run, stores[0].store.clone());
    let items = async || {
        let name = name.clone();
        let items = app
            .app
            .db
            .read(move |conn| db::runs::items(conn, run, &name, None, 10));
        items.await.unwrap()
    };
    let before = items().await;

    // What is no record of this task is not taken, and then nothing is.
    let stray = Attested {
        found: true,
        words: "Done.".to_owned(),
        not_theirs: vec![before[0].id, app.app.id()],
    };
    let actor = Actor::Staff {
        id: lead.id,
        role: Role::Lead,
    };
    let done = tasks::attest(&app.app, &actor, request.reference, tasks[0].id, stray).await;
    assert!(matches!(done, Err(ActionError::NotFound)), "{done:?}");
    assert!(items().await.iter().all(|item| item.decision == "erase"));

    let browser = app.browser();
    browser.sign_in("lead@northwind.example", PASSWORD).await;
    let place = format!(
        "/admin/requests/{}/tasks/{}",
        request.reference, tasks[0].id
    );
    let page = browser.get(&place).await;
    assert!(page.text.contains("Record record-00001"), "{}", page.text);
    let theirs = before
        .iter()
        .find(|item| item.key.0 == "record-00001")
        .unwrap();
    let other = theirs.id.to_string();
    let typed = [
        ("other", other.as_str()),
        ("found", "yes"),
        ("details", " "),
    ];
    let wrong = browser.send(&page, &place, &typed).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text.contains(&format!("value=\"{other}\" checked")),
        "what was ticked stays"
    );
    store
        .records
        .lock()
        .unwrap()
        .retain(|key| key == "record-00001");
    let typed = [
        ("other", other.as_str()),
        ("found", "yes"),
        ("details", "The second is her sister's."),
    ];
    browser.send(&page, &place, &typed).await;
    let closed = app.until_it_rests(&request).await;
    assert_eq!(outcome(&closed), Some(Outcome::Fulfilled));
    assert_eq!(*store.records.lock().unwrap(), ["record-00001"]);
    for item in items().await {
        let is_theirs = item.id != theirs.id;
        assert_eq!(item.decision, if is_theirs { "erase" } else { "leave" });
        let wanted = is_theirs.then_some(ItemOutcome::Attested);
        assert_eq!(item.outcome, wanted, "{}", item.key.0);
        assert_eq!(item.decided_by.is_some(), !is_theirs);
    }
    let (_, stores, _) = of_run(&app, &request).await;
    assert_eq!(stores[0].erased, 2);
    let issued = certificate::of_reference(&app.app, request.reference).await;
    let stated = &issued.unwrap().unwrap().statement.stores[0];
    assert_eq!((stated.erased, stated.others), (2, 1));
    assert_eq!(app.count("audit_index", "action = 'item_decided'"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_task_it_is_sees_it_and_nothing_else_of_the_request() {
    let app = with_price_list_of("owner = \"sub@partner.example\"\n").await;
    let owner = app.staff("sub@partner.example", Role::Subcontractor).await;
    app.staff("other@partner.example", Role::Subcontractor)
        .await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.run_jobs().await;
    let (_, stores, tasks) = of_run(&app, &request).await;
    let task = tasks[0].clone();
    assert_eq!(task.owner, Some(owner.id));
    // As many as the overview lists are due before it, and are nobody's.
    let (run, before) = (stores[0].run, task.clone());
    let ids: Vec<TaskId> = (0..20).map(|_| app.app.id()).collect();
    app.app
        .db
        .write(move |conn| -> Result<_, db::DbError> {
            for (n, id) in ids.iter().enumerate() {
                let earlier = Task {
                    id: *id,
                    run,
                    store: StoreName(format!("elsewhere-{n}")),
                    owner: None,
                    due_on: jiff::civil::date(2026, 11, 21),
                    ..before.clone()
                };
                db::tasks::insert(conn, &earlier)?;
            }
            Ok(())
        })
        .await
        .unwrap();

    let base = format!("/admin/requests/{}", request.reference);
    let place = format!("{base}/tasks/{}", task.id);
    let letters = app.letters_to("sub@partner.example").await;
    assert!(letters[0].text.contains(&place), "{}", letters[0].text);
    let browser = app.browser();
    browser.sign_in("sub@partner.example", PASSWORD).await;
    let overview = browser.get("/admin").await;
    assert!(overview.text.contains(&place), "{}", overview.text);
    assert!(!overview.text.contains("elsewhere"));
    let page = browser.get(&place).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Open the sheet on the shared drive."));
    assert!(page.text.contains(ANN));
    assert!(
        !page.text.contains(&format!("href=\"{base}\""))
            && !page.text.contains(&format!("{base}/run")),
        "no way to what they may not see: {}",
        page.text
    );
    for path in [base.clone(), format!("{base}/run")] {
        assert_eq!(browser.get(&path).await.status, 404, "{path}");
    }
    let stranger = app.browser();
    stranger.sign_in("other@partner.example", PASSWORD).await;
    assert_eq!(stranger.get(&place).await.status, 404);
    let said = [("found", "yes"), ("details", "Row 12 is gone")];
    let done = browser.send(&page, &place, &said).await;
    assert_eq!((done.status, done.url.as_str()), (200, place.as_str()));
    assert!(done.text.contains("Row 12 is gone"));
    let (.., tasks) = of_run(&app, &request).await;
    let task = tasks.iter().find(|one| one.id == task.id).unwrap();
    assert_eq!(task.done_by, Some(owner.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_reminded_of() {
    let app = with_price_list().await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.accept(&request).await;
    app.run_jobs().await;
    let letters = async || {
        let all = app.letters_to(lead.email.as_str()).await;
        let task = |letter: &&lethe::mail::outbound::Outgoing| {
            letter.subject.contains("Price list for resellers")
        };
        all.iter().filter(task).count()
    };
    assert_eq!(letters().await, 1);
    for (days, wanted) in [(1, 1), (2, 2), (1, 2), (3, 3)] {
        app.app.clock.advance(SignedDuration::from_hours(24 * days));
        tasks::remind(&app.app).await.unwrap();
        tasks::remind(&app.app).await.unwrap();
        assert_eq!(letters().await, wanted, "{days} days more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_stores_are_is_kept_and_shown() {
    let app = with_price_list().await;
    places::ask(&app.app).await.unwrap();
    let seen = app.app.db.read(db::store_health::all).await.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].store.0, "price-list");
    assert_eq!(seen[0].failing_since, None);
    assert_eq!(seen[0].last_success_at, Some(app.app.clock.now()));
}

//! Asking again: nothing of either request is lost, and nothing starts before it is searched.

use lethe::actions::decide;
use lethe::actions::submit::{self, Entered};
use lethe::actions::{ActionError, follow, generate};
use lethe::db;
use lethe::domain::email::Email;
use lethe::domain::event::Actor;
use lethe::domain::ids::RequestId;
use lethe::domain::request::{Asked, DecisionError, Kind, Proof, Stage, Via};
use lethe::domain::run::RunState;
use lethe::domain::staff::Role;
use lethe::i18n::Lang;

use crate::support::TestApp;

const ANN: &str = "ann@halden.example";

async fn asked(app: &TestApp, id: RequestId) -> Asked {
    follow::follow(&app.app, id, Lang::En).await.unwrap().asked
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_correction_adds_its_values_to_the_first() {
    let app = TestApp::start().await;
    app.ask_and_confirm("rectification", ANN, &[("name", "Ann Right")])
        .await;
    let request = app
        .ask_and_confirm(
            "rectification",
            ANN,
            &[("company", "Halden AS"), ("name", "Ann Righter")],
        )
        .await;
    assert_eq!(app.requests(ANN).await.len(), 1);
    let changes = asked(&app, request.id).await.changes;
    assert!(
        changes.contains(&("name".to_owned(), "Ann Righter".to_owned())),
        "{changes:?}"
    );
    assert!(
        changes.contains(&("company".to_owned(), "Halden AS".to_owned())),
        "{changes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_goes_before_some_and_is_searched_anew() {
    let app = TestApp::start().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let email = people[0].email;
    let some = app
        .ask_and_confirm(
            "removal",
            email,
            &[("scope", "some"), ("details", "My tickets")],
        )
        .await;
    assert!(asked(&app, some.id).await.only_some);
    let all = app.ask_and_confirm("removal", email, &[]).await;
    assert_eq!(some.id, all.id);
    assert!(!asked(&app, all.id).await.only_some);
    let id = all.id;
    let counts = app
        .app
        .db
        .read(move |conn| {
            let run = db::runs::of_request(conn, id)?.unwrap();
            db::runs::count_items(conn, run.id)
        })
        .await
        .unwrap();
    assert!(
        counts
            .iter()
            .any(|count| count.decision == "erase" && count.count > 0),
        "{counts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_enter_joins_and_their_proof_counts() {
    let app = TestApp::start().await;
    let entered = |proof: Option<Proof>, details: &str| Entered {
        kind: Kind::Erasure,
        email: Email::parse(ANN).unwrap(),
        asked: Asked {
            email: ANN.to_owned(),
            details: Some(details.to_owned()),
            checked: proof.map(|_| "Passport at the counter".to_owned()),
            ..Asked::default()
        },
        lang: Lang::En,
        via: Via::Phone,
        received_on: app.app.today(),
        proof,
    };
    let first = submit::enter(&app.app, &Actor::Operator, entered(None, "Called"))
        .await
        .unwrap();
    assert_eq!(first.stage, Stage::Received);
    let second = submit::enter(
        &app.app,
        &Actor::Operator,
        entered(Some(Proof::Staff), "Came by"),
    )
    .await
    .unwrap();
    assert_eq!(first.id, second.id);
    assert!(matches!(
        second.stage,
        Stage::Verified {
            proof: Proof::Staff,
            ..
        }
    ));
    let followed = format!("{:?}", asked(&app, first.id).await);
    assert!(
        followed.contains("Called") && followed.contains("Passport"),
        "{followed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_accepted_before_the_search_has_ended_not_even_after_a_question() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Agent).await;
    let browser = app.browser();
    browser.ask("removal", ANN, &[]).await;
    app.run_jobs().await;
    browser.confirm_newest(&app, ANN).await;
    // The search has not run yet: its job waits.
    let request = app.newest_request(ANN).await;
    decide::ask(
        &app.app,
        &actor,
        request.reference,
        request.version,
        "Which?",
    )
    .await
    .unwrap();
    let request = app.newest_request(ANN).await;
    let early = decide::accept(&app.app, &actor, request.reference, request.version).await;
    assert!(
        matches!(
            early,
            Err(ActionError::Decision(DecisionError::StillSearching))
        ),
        "{early:?}"
    );
    app.run_jobs().await;
    let id = request.id;
    let run = app
        .app
        .db
        .read(move |conn| db::runs::of_request(conn, id))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(run.state, RunState::Proposed);
    let request = app.newest_request(ANN).await;
    decide::accept(&app.app, &actor, request.reference, request.version)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn some_of_it_erases_nothing_that_staff_did_not_choose_and_guards_nobody_whole() {
    let app = TestApp::start().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let email = people[0].email;
    app.ask_and_confirm(
        "removal",
        email,
        &[("scope", "some"), ("details", "Nothing yet")],
    )
    .await;
    let actor = app.actor(Role::Agent).await;
    let request = app.newest_request(email).await;
    decide::accept(&app.app, &actor, request.reference, request.version)
        .await
        .unwrap();
    app.run_jobs().await;
    assert!(app.newest_request(email).await.is_closed());
    assert!(
        !app.is_anywhere(email).is_empty(),
        "all of it is still there"
    );
    let digest = app.app.address_digest(&Email::parse(email).unwrap());
    let guarded = app
        .app
        .db
        .read(move |conn| db::guards::guarded(conn, &[digest], "licence", "licence:none"))
        .await
        .unwrap();
    assert_eq!(guarded.person_at, None);
}

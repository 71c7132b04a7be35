//! What staff decide: refuse, extend, ask, two people, stale pages.

use jiff::SignedDuration;
use lethe::actions::decide::{self, Accepted};
use lethe::actions::{ActionError, assign, messages};
use lethe::domain::request::{DecisionError, Outcome, Progress, RefusalReason, Stage, Version};
use lethe::domain::staff::Role;

use crate::support::TestApp;

const ANN: &str = "ann@halden.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_reason_authority_and_court() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Agent).await;
    let request = app.ask_and_confirm("review", ANN, &[]).await;
    let empty = decide::refuse(
        &app.app,
        &actor,
        request.reference,
        request.version,
        RefusalReason::Excessive,
        " ",
    )
    .await;
    assert!(matches!(empty, Err(ActionError::Invalid { .. })));
    let now = app.newest_request(ANN).await;
    decide::refuse(
        &app.app,
        &actor,
        now.reference,
        now.version,
        RefusalReason::Excessive,
        "You asked yesterday.",
    )
    .await
    .unwrap();
    app.run_jobs().await;
    let request = app.newest_request(ANN).await;
    assert!(matches!(
        request.stage,
        Stage::Closed {
            outcome: Outcome::Refused,
            ..
        }
    ));
    let letter = &app.letters_to(ANN).await[0].text;
    for wanted in ["You asked yesterday.", "complain", "court"] {
        assert!(letter.contains(wanted), "{wanted} is missing in {letter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_is_three_months_from_receipt_and_only_within_the_first_month() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Agent).await;
    let request = app.ask_and_confirm("review", ANN, &[]).await;
    decide::extend(
        &app.app,
        &actor,
        request.reference,
        request.version,
        "Four systems",
    )
    .await
    .unwrap();
    let extended = app.newest_request(ANN).await;
    assert_eq!(
        extended.due.strict.to_string(),
        "2027-02-22",
        "20 February 2027 is a Saturday"
    );
    let twice = decide::extend(
        &app.app,
        &actor,
        extended.reference,
        extended.version,
        "Again",
    )
    .await;
    assert!(matches!(
        twice,
        Err(ActionError::Decision(DecisionError::AlreadyExtended))
    ));

    let late = app.ask_and_confirm("removal", ANN, &[]).await;
    app.app.clock.advance(SignedDuration::from_hours(24 * 32));
    let refused = decide::extend(&app.app, &actor, late.reference, late.version, "Too late").await;
    assert!(
        matches!(
            refused,
            Err(ActionError::Decision(DecisionError::MonthOver))
        ),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_stops_the_second_clock_until_the_answer() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Agent).await;
    let request = app.ask_and_confirm("review", ANN, &[]).await;
    decide::ask(
        &app.app,
        &actor,
        request.reference,
        request.version,
        "Which licence?",
    )
    .await
    .unwrap();
    let waiting = app.newest_request(ANN).await;
    assert_eq!(waiting.progress, Progress::Waiting);
    app.pass(SignedDuration::from_hours(24 * 5)).await;
    messages::write_as_subject(&app.app, waiting.id, "The first one")
        .await
        .unwrap();
    let answered = app.newest_request(ANN).await;
    assert_eq!(answered.progress, Progress::ToDecide);
    assert_eq!(answered.due.strict, waiting.due.strict);
    assert_eq!(
        answered.due.with_suspension.to_string(),
        "2026-12-28",
        "25 December, then holidays and a weekend"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_are_two_people() {
    let app = TestApp::start_with(|config| {
        config.requests.two_people = vec![lethe::domain::request::Kind::Erasure];
    })
    .await;
    let (first, second) = (app.actor(Role::Agent).await, app.actor(Role::Lead).await);
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let seen = app.newest_request(ANN).await.version;
    assert_eq!(
        decide::accept(&app.app, &first, request.reference, seen)
            .await
            .unwrap(),
        Accepted::Proposed
    );
    let seen = app.newest_request(ANN).await.version;
    let same = decide::accept(&app.app, &first, request.reference, seen).await;
    assert!(matches!(
        same,
        Err(ActionError::Decision(DecisionError::SamePerson))
    ));
    assert_eq!(
        decide::accept(&app.app, &second, request.reference, seen)
            .await
            .unwrap(),
        Accepted::Started
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_page_gets_a_conflict() {
    let app = TestApp::start().await;
    let actor = app.actor(Role::Agent).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let stale = decide::accept(&app.app, &actor, request.reference, Version(0)).await;
    assert!(matches!(
        stale,
        Err(ActionError::Decision(DecisionError::Stale))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_and_a_stranger_to_the_request_decide_nothing() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    for role in [Role::Auditor, Role::Subcontractor] {
        let actor = app.actor(role).await;
        let result = decide::accept(&app.app, &actor, request.reference, request.version).await;
        assert!(matches!(result, Err(ActionError::Forbidden(_))), "{role}");
        let note = messages::add_note(&app.app, &actor, request.reference, "x").await;
        assert!(note.is_err(), "{role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_it_is_gets_a_letter_and_what_nobody_took_alarms() {
    let app = TestApp::start().await;
    let agent = app.staff("agent@northwind.example", Role::Agent).await;
    app.staff("lead@northwind.example", Role::Lead).await;
    let lead = app.actor(Role::Lead).await;
    app.ask_and_confirm("removal", ANN, &[]).await;
    app.pass(SignedDuration::from_hours(24 * 4)).await;
    assert!(
        app.letters_to("lead@northwind.example")
            .await
            .iter()
            .any(|letter| letter.text.contains("/admin/requests/"))
    );
    let request = app.newest_request(ANN).await;
    assign::assign(
        &app.app,
        &lead,
        request.reference,
        Some(agent.id),
        request.version,
    )
    .await
    .unwrap();
    app.run_jobs().await;
    assert_eq!(app.letters_to("agent@northwind.example").await.len(), 1);
}

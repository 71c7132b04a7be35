//! Correcting: field by field, in every store, read back, and safe from the next import.

use lethe::actions::decide::{self, FieldChoice};
use lethe::actions::{follow, generate};
use lethe::db;
use lethe::domain::request::{Outcome, RefusalReason, Stage};
use lethe::domain::staff::Role;

use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn accepted_fields_are_written_everywhere_and_refused_ones_stay() {
    let app = TestApp::start().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let email = people[1].email;
    let request = app
        .ask_and_confirm("rectification", email, &[("name", "Ilse Corrected-Name")])
        .await;
    let actor = app.actor(Role::Agent).await;
    let fields = app
        .app
        .db
        .read(move |conn| {
            let run = db::runs::of_request(conn, request.id)?.unwrap();
            db::runs::fields(conn, run.id)
        })
        .await
        .unwrap();
    assert!(
        fields.len() >= 2,
        "the name stands in several places: {}",
        fields.len()
    );
    let now = app.newest_request(email).await;
    let early = decide::accept(&app.app, &actor, now.reference, now.version).await;
    assert!(
        early.is_err(),
        "nothing starts before every field is decided"
    );
    let choices = fields
        .iter()
        .enumerate()
        .map(|(n, field)| FieldChoice {
            field: field.id,
            refused: (n == 0).then_some(RefusalReason::AccurateAsIs),
        })
        .collect();
    decide::decide_fields(&app.app, &actor, now.reference, now.version, choices)
        .await
        .unwrap();
    let now = app.newest_request(email).await;
    decide::accept(&app.app, &actor, now.reference, now.version)
        .await
        .unwrap();
    app.run_jobs().await;
    let closed = app.newest_request(email).await;
    assert!(
        matches!(
            closed.stage,
            Stage::Closed {
                outcome: Outcome::Fulfilled,
                ..
            }
        ),
        "{:?}",
        closed.stage
    );
    let followed = follow::follow(&app.app, closed.id, lethe::i18n::Lang::En)
        .await
        .unwrap();
    assert!(format!("{followed:?}").contains("Corrected-Name"));
    assert!(
        !app.is_anywhere("Ilse Corrected-Name").is_empty(),
        "the right value stands in the stores"
    );
}

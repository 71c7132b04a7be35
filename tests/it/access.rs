//! Review: a bundle from every store, handed over behind a fresh code.

use std::io::{Cursor, Read};

use lethe::actions::{decide, generate};
use lethe::domain::request::{Outcome, Stage};
use lethe::domain::staff::Role;

use crate::support::{TestApp, code_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_review_gives_page_json_and_csv_of_every_store_behind_a_code() {
    let app = TestApp::start().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let email = people[0].email;
    app.ask_and_confirm("review", email, &[]).await;
    let actor = app.actor(Role::Agent).await;
    let request = app.newest_request(email).await;
    decide::accept(&app.app, &actor, request.reference, request.version)
        .await
        .unwrap();
    app.run_jobs().await;
    let request = app.newest_request(email).await;
    assert!(
        matches!(
            request.stage,
            Stage::Closed {
                outcome: Outcome::Fulfilled,
                ..
            }
        ),
        "{:?}",
        request.stage
    );

    let browser = app.browser();
    let status = browser.open_status(&app, email).await;
    let path = format!("/requests/{}", request.reference);
    let asked = browser.send(&status, &format!("{path}/code"), &[]).await;
    app.run_jobs().await;
    let code = code_in(&app.letters_to(email).await[0].text).expect("a code");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = browser
        .send(&asked, &format!("{path}/bundle"), &[("code", wrong)])
        .await;
    assert_eq!(refused.status, 422);
    let bundle = browser
        .send(&refused, &format!("{path}/bundle"), &[("code", &code)])
        .await;
    assert_eq!(bundle.header("content-type"), "application/zip");
    let mut zip = zip::ZipArchive::new(Cursor::new(bundle.bytes)).unwrap();
    let mut read = |name: &str| {
        let mut text = String::new();
        zip.by_name(name)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    };
    let page = read("index.html");
    for wanted in [
        email.to_string(),
        request.reference.to_string(),
        "Automated decisions".to_owned(),
    ] {
        assert!(page.contains(&wanted), "{wanted} is missing in the page");
    }
    let json: serde_json::Value = serde_json::from_str(&read("data.json")).unwrap();
    assert_eq!(
        json.as_array().unwrap().len(),
        4,
        "a section for each store"
    );
    for store in ["licence", "trial", "ticket"] {
        assert!(
            read(&format!("{store}.csv")).lines().count() > 1,
            "{store}.csv has rows"
        );
    }
    let again = browser
        .send(
            &browser.get(&path).await,
            &format!("{path}/bundle"),
            &[("code", &code)],
        )
        .await;
    assert_eq!(again.status, 422, "a code is good once");
}

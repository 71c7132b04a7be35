//! Staff: signing in, what a role sees, and that looking is recorded.

use lethe::actions::generate;
use lethe::db;
use lethe::domain::staff::Role;

use crate::support::{PASSWORD, TestApp};

const ANN: &str = "ann@halden.example";

#[tokio::test(flavor = "multi_thread")]
async fn unknown_accounts_and_wrong_passwords_get_the_same_answer() {
    let app = TestApp::start().await;
    app.staff("agent@northwind.example", Role::Agent).await;
    let wrong = app
        .browser()
        .sign_in("agent@northwind.example", "wrong wrong wrong")
        .await;
    let unknown = app
        .browser()
        .sign_in("nobody@northwind.example", "wrong wrong wrong")
        .await;
    assert_eq!(wrong.status, unknown.status);
    assert_eq!(
        wrong.first("main").replace("agent@", "nobody@"),
        unknown.first("main"),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_tries_let_the_account_rest() {
    let app = TestApp::start().await;
    app.staff("agent@northwind.example", Role::Agent).await;
    for _ in 0..5 {
        app.browser()
            .sign_in("agent@northwind.example", "wrong wrong wrong")
            .await;
    }
    let right = app
        .browser()
        .sign_in("agent@northwind.example", PASSWORD)
        .await;
    assert_eq!(
        (right.status, right.url.as_str()),
        (422, "/admin/sign-in"),
        "as for a wrong password: nobody learns that it exists"
    );
    app.app.clock.advance(jiff::SignedDuration::from_mins(2));
    let later = app
        .browser()
        .sign_in("agent@northwind.example", PASSWORD)
        .await;
    assert_eq!((later.status, later.url.as_str()), (200, "/admin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_staff_page_needs_somebody_signed_in() {
    let app = TestApp::start().await;
    for path in [
        "/admin",
        "/admin/requests",
        "/admin/requests/7K4M-2QX9",
        "/admin/stores",
        "/admin/audit",
        "/admin/people",
        "/admin/staff",
    ] {
        let page = app.browser().get(path).await;
        assert_eq!(page.url, "/admin/sign-in", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_sees_what_its_permissions_say() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let one = format!("/admin/requests/{}", request.reference);
    for role in Role::ALL {
        let staff = app.staff(&format!("{role}@northwind.example"), *role).await;
        let browser = app.browser();
        browser.sign_in(staff.email.as_str(), PASSWORD).await;
        for (path, allowed) in [
            ("/admin", true),
            ("/admin/requests", *role != Role::Auditor),
            (
                one.as_str(),
                !matches!(role, Role::Auditor | Role::Subcontractor),
            ),
            ("/admin/stores", *role != Role::Subcontractor),
            (
                "/admin/audit",
                matches!(role, Role::Lead | Role::Administrator | Role::Auditor),
            ),
            ("/admin/staff", *role == Role::Administrator),
        ] {
            let status = browser.get(path).await.status;
            assert_eq!(status == 200, allowed, "{role} on {path}: {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_a_person_is_an_entry_of_the_trail() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let staff = app.staff("agent@northwind.example", Role::Agent).await;
    let browser = app.browser();
    browser.sign_in(staff.email.as_str(), PASSWORD).await;
    let page = browser
        .get(&format!("/admin/requests/{}", request.reference))
        .await;
    assert!(page.text.contains(ANN));
    let filter = db::audit::TrailFilter {
        staff: Some(staff.id),
        request: Some(request.id),
        ..Default::default()
    };
    let entries = app
        .app
        .db
        .read(move |conn| db::audit::page(conn, &filter, 10))
        .await
        .unwrap();
    assert!(entries.iter().any(|entry| entry.index.action == "viewed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_goes_from_queue_to_outcome_in_the_browser() {
    let app = TestApp::start().await;
    let people = generate::demo_people(&app.app).await.unwrap();
    let email = people[0].email;
    let request = app.ask_and_confirm("removal", email, &[]).await;
    let staff = app.staff("agent@northwind.example", Role::Agent).await;
    let browser = app.browser();
    browser.sign_in(staff.email.as_str(), PASSWORD).await;
    let queue = browser.get("/admin/requests").await;
    assert!(queue.text.contains(email), "{}", queue.first("main"));
    let path = format!("/admin/requests/{}/acceptance", request.reference);
    let page = browser.get(&path).await;
    let run = browser.send(&page, &path, &[("seen", &page.seen())]).await;
    assert_eq!(run.status, 200, "{}", run.first("main"));
    app.run_jobs().await;
    app.run_jobs().await;
    let run = browser
        .get(&format!("/admin/requests/{}/run", request.reference))
        .await;
    assert_eq!(run.status, 200);
    assert_eq!(app.is_anywhere(email), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_and_a_new_password_end_sessions() {
    let app = TestApp::start().await;
    let staff = app.staff("agent@northwind.example", Role::Agent).await;
    let (one, other) = (app.browser(), app.browser());
    one.sign_in(staff.email.as_str(), PASSWORD).await;
    other.sign_in(staff.email.as_str(), PASSWORD).await;
    let page = one.get("/admin/password").await;
    one.send(
        &page,
        "/admin/password",
        &[
            ("password", PASSWORD),
            ("new_password", "another long password"),
        ],
    )
    .await;
    assert_eq!(
        other.get("/admin").await.url,
        "/admin/sign-in",
        "every other session ended"
    );
    let page = one.get("/admin").await;
    assert_eq!(page.url, "/admin", "who changed it goes on");
    one.send(&page, "/admin/sign-out", &[]).await;
    assert_eq!(one.get("/admin").await.url, "/admin/sign-in");
}

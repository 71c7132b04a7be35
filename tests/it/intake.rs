//! Asking: the same for every address, nothing lost, nothing changed by a look.

use futures_util::future::join_all;
use jiff::SignedDuration;
use lethe::domain::request::{Kind, Progress, Proof, Stage};

use crate::support::{TestApp, code_in, path_in};

const ANN: &str = "ann@halden.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_is_confirmed_with_link_and_code_and_gets_a_reference_and_a_date() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let sent = browser
        .ask("removal", ANN, &[("details", "Please all")])
        .await;
    assert_eq!(sent.status, 200);
    app.run_jobs().await;
    assert!(
        app.requests(ANN).await.is_empty(),
        "nothing is in the queue before the confirmation"
    );
    let received = browser.confirm_newest(&app, ANN).await;
    assert_eq!(received.status, 200, "{}", received.text);
    let request = app.newest_request(ANN).await;
    assert!(received.text.contains(&request.reference.to_string()));
    assert!(
        received.text.contains("21 December 2026"),
        "one month from 20 November, a Sunday, so Monday"
    );
    assert_eq!(request.kind, Kind::Erasure);
    assert!(matches!(
        request.stage,
        Stage::Verified {
            proof: Proof::MailboxAndCode,
            ..
        }
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_is_counted_and_five_end_the_link() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.ask("removal", ANN, &[]).await;
    let letter = app.letters_to(ANN).await.remove(0);
    let path = path_in(&letter.text, "/confirm/");
    let right = code_in(&letter.text).unwrap();
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    for _ in 0..5 {
        let page = browser.get(&path).await;
        browser
            .send(&page, &path, &[("code", wrong), ("action", "confirm")])
            .await;
    }
    let page = browser.get(&path).await;
    let ended = browser
        .send(&page, &path, &[("code", &right), ("action", "confirm")])
        .await;
    assert!(!ended.text.contains("We have your request"));
    assert!(app.requests(ANN).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_may_be_typed_with_a_space() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.ask("removal", ANN, &[]).await;
    let letter = app.letters_to(ANN).await.remove(0);
    let (path, code) = (
        path_in(&letter.text, "/confirm/"),
        code_in(&letter.text).unwrap(),
    );
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let page = browser.get(&path).await;
    browser
        .send(&page, &path, &[("code", &spaced), ("action", "confirm")])
        .await;
    assert_eq!(app.requests(ANN).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_a_link_any_number_of_times_changes_nothing() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.ask("review", ANN, &[]).await;
    let path = path_in(&app.letters_to(ANN).await.remove(0).text, "/confirm/");
    for _ in 0..3 {
        assert_eq!(browser.get(&path).await.status, 200);
    }
    assert!(app.requests(ANN).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn four_simultaneous_identical_requests_make_one() {
    let app = TestApp::start().await;
    let asks = join_all((0..4).map(|_| {
        let browser = app.browser();
        async move { browser.ask("removal", ANN, &[]).await.status }
    }));
    assert_eq!(asks.await, [200; 4]);
    app.run_jobs().await;
    let letters = app.letters_to(ANN).await;
    assert_eq!(letters.len(), 4, "every submission gets its one mail");
    let browsers: Vec<_> = letters
        .iter()
        .map(|letter| (app.browser(), letter.clone()))
        .collect();
    join_all(browsers.iter().map(|(browser, letter)| async move {
        let (path, code) = (
            path_in(&letter.text, "/confirm/"),
            code_in(&letter.text).unwrap(),
        );
        let page = browser.get(&path).await;
        let done = browser
            .send(&page, &path, &[("code", &code), ("action", "confirm")])
            .await;
        assert_eq!(done.status, 200, "{}", done.text);
    }))
    .await;
    assert_eq!(app.requests(ANN).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_the_same_for_known_unknown_and_repeated_addresses() {
    let app = TestApp::start().await;
    app.ask_and_confirm("review", "known@halden.example", &[])
        .await;
    let mut bodies = Vec::new();
    for email in [
        "known@halden.example",
        "nobody@halden.example",
        "known@halden.example",
    ] {
        let page = app.browser().ask("review", email, &[]).await;
        bodies.push((page.status, page.first("main").replace(email, "ADDRESS")));
    }
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[1], bodies[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_input_shows_the_form_again_with_what_was_typed() {
    let app = TestApp::start().await;
    let long = "x".repeat(5000);
    for (kind, typed, error_at) in [
        ("review", vec![("email", "ann@halden")], "email"),
        ("removal", vec![("email", "")], "email"),
        (
            "removal",
            vec![("email", ANN), ("details", long.as_str())],
            "details",
        ),
        (
            "unsubscribe",
            vec![("email", "Ann <ann@halden.example>")],
            "email",
        ),
        ("rectification", vec![("email", ANN)], "details"),
    ] {
        let browser = app.browser();
        let path = format!("/requests/new/{kind}");
        let form = browser.get(&path).await;
        let page = browser.send(&form, &path, &typed).await;
        assert_eq!(page.status, 422, "{kind} {typed:?}");
        assert!(
            page.first("title").starts_with("Error:"),
            "{}",
            page.first("title")
        );
        assert!(
            !page.all("[role=alert] a").is_empty(),
            "a summary for {kind}: {error_at}"
        );
        if let Some((_, email)) = typed
            .iter()
            .find(|(name, value)| *name == "email" && !value.is_empty())
        {
            assert_eq!(
                page.attributes("input[name=email]", "value"),
                [email.to_string()]
            );
        }
    }
    assert!(app.letters_to(ANN).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_its_token_is_refused() {
    let app = TestApp::start().await;
    let answer = app
        .browser()
        .post_raw(
            "/requests/new/review",
            "application/x-www-form-urlencoded",
            format!("email={ANN}").into_bytes(),
        )
        .await;
    assert_eq!(answer.status().as_u16(), 403);
    assert!(app.letters_to(ANN).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_ask_says_so_and_is_forgotten() {
    let app = TestApp::start().await;
    let browser = app.browser();
    browser.ask("removal", ANN, &[]).await;
    let letter = app.letters_to(ANN).await.remove(0);
    let path = path_in(&letter.text, "/confirm/");
    let page = browser.get(&path).await;
    browser.send(&page, &path, &[("action", "deny")]).await;
    let page = browser.get(&path).await;
    let code = code_in(&letter.text).unwrap();
    browser
        .send(&page, &path, &[("code", &code), ("action", "confirm")])
        .await;
    assert!(app.requests(ANN).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unconfirmed_get_one_reminder_and_are_gone_after_seven_days() {
    let app = TestApp::start().await;
    app.browser().ask("removal", ANN, &[]).await;
    app.run_jobs().await;
    for _ in 0..6 {
        app.app.clock.advance(SignedDuration::from_hours(24));
        lethe::actions::own::sweep_submissions(&app.app)
            .await
            .unwrap();
        app.run_jobs().await;
    }
    let letters = app.letters_to(ANN).await;
    assert_eq!(
        letters.len(),
        2,
        "{:?}",
        letters
            .iter()
            .map(|letter| &letter.subject)
            .collect::<Vec<_>>()
    );
    assert_eq!(
        path_in(&letters[0].text, "/confirm/"),
        path_in(&letters[1].text, "/confirm/")
    );
    app.clock_goes_to(app.app.clock.now() + SignedDuration::from_hours(25))
        .await;
    lethe::actions::own::sweep_submissions(&app.app)
        .await
        .unwrap();
    assert_eq!(
        app.letters_to(ANN).await.len(),
        0,
        "the words of the letters went with the key"
    );
    assert_eq!(
        app.browser()
            .get(&path_in(&letters[0].text, "/confirm/"))
            .await
            .status,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_joins_the_open_one_and_its_words_become_a_message() {
    let app = TestApp::start().await;
    let first = app.ask_and_confirm("removal", ANN, &[]).await;
    let second = app
        .ask_and_confirm("removal", ANN, &[("details", "And my tickets of 2024")])
        .await;
    assert_eq!(first.id, second.id);
    let followed = lethe::actions::follow::follow(&app.app, first.id, lethe::i18n::Lang::En)
        .await
        .unwrap();
    assert!(format!("{followed:?}").contains("And my tickets of 2024"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_alone_opens_nothing() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("review", ANN, &[]).await;
    let stranger = app.browser();
    let known = stranger
        .get(&format!("/requests/{}", request.reference))
        .await;
    let unknown = stranger.get("/requests/7K4M-2QX9").await;
    assert_eq!(known.status, unknown.status);
    assert_eq!(known.first("main"), unknown.first("main"));
    assert!(!known.text.contains("halden"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_follows_writes_and_withdraws() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let browser = app.browser();
    let status = browser.open_status(&app, ANN).await;
    assert!(
        status.text.contains(&request.reference.to_string()),
        "{}",
        status.text
    );
    let path = format!("/requests/{}", request.reference);
    let after = browser
        .send(
            &status,
            &format!("{path}/messages"),
            &[("details", "Does it include ticket 12?")],
        )
        .await;
    assert!(after.text.contains("Does it include ticket 12?"));
    let page = browser.get(&format!("{path}/withdrawal")).await;
    browser
        .send(&page, &format!("{path}/withdrawal"), &[])
        .await;
    app.run_jobs().await;
    assert_eq!(app.newest_request(ANN).await.progress, Progress::Done);
    assert!(
        app.letters_to(ANN).await[0]
            .text
            .to_lowercase()
            .contains("withdr")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fresh_links_are_one_mail_for_known_and_unknown_addresses() {
    let app = TestApp::start().await;
    app.ask_and_confirm("review", ANN, &[]).await;
    let before = app.letters_to(ANN).await.len();
    for email in [ANN, "nobody@halden.example"] {
        let browser = app.browser();
        let form = browser.get("/status").await;
        let page = browser.send(&form, "/status", &[("email", email)]).await;
        assert_eq!(page.status, 200);
    }
    app.run_jobs().await;
    assert_eq!(app.letters_to(ANN).await.len(), before + 1);
    let nobody = app.letters_to("nobody@halden.example").await;
    assert_eq!(nobody.len(), 1);
    assert!(!nobody[0].text.contains("/status/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_follow_the_scheme() {
    let app = TestApp::start().await;
    let page = app.browser().get("/requests/new/review").await;
    let cookie = page.header("set-cookie");
    assert!(
        cookie.starts_with("lethe_form=")
            && cookie.contains("HttpOnly")
            && !cookie.contains("Secure"),
        "{cookie}"
    );
}

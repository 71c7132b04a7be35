//! Unsubscribing: at once, from the link of a mailing, from its page, from a typed address.

use lethe::db;
use lethe::domain::email::Email;
use lethe::seal::Unsubscribe;

use crate::support::{TestApp, path_in};

const ANN: &str = "ann@halden.example";

fn link(app: &TestApp, list: &str) -> String {
    let token = app.app.keys.unsubscribe_token(&Unsubscribe {
        address: ANN.to_owned(),
        list: list.to_owned(),
        tool_id: Some("tool-17".to_owned()),
        tool: Some("newsletter".to_owned()),
    });
    format!("/u/{token}")
}

async fn lists(app: &TestApp) -> Vec<String> {
    let digests = app.app.address_digests(&Email::parse(ANN).unwrap());
    let lists = app
        .app
        .db
        .read(move |conn| db::guards::objections_of(conn, &digests))
        .await
        .unwrap();
    lists.into_iter().map(|objection| objection.list).collect()
}

fn body(name: &str) -> (String, Vec<u8>) {
    let text = std::fs::read_to_string(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR")))
        .unwrap();
    let text = text.replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap();
    let content_type = head
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .starts_with("content-type:")
                .then(|| line[13..].trim().to_owned())
        })
        .unwrap();
    (content_type, body.replace('\n', "\r\n").into_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_click_works_in_both_encodings_without_cookie_token_or_redirect() {
    for name in ["oneclick-urlencoded.http", "oneclick-multipart.http"] {
        let app = TestApp::start().await;
        let (content_type, body) = body(name);
        for _ in 0..2 {
            let answer = app
                .browser()
                .post_raw(&link(&app, "news"), &content_type, body.clone())
                .await;
            assert_eq!(answer.status().as_u16(), 200, "{name}");
            assert!(
                answer.headers().get("set-cookie").is_none(),
                "{name} sets no cookie"
            );
        }
        assert_eq!(lists(&app).await, ["news"], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_changes_nothing_and_the_button_acts_and_can_be_undone() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let path = link(&app, "news");
    let page = browser.get(&path).await;
    assert!(lists(&app).await.is_empty());
    assert!(
        page.text.contains("/requests/new/removal"),
        "the other rights are offered"
    );
    let done = browser.send(&page, &path, &[("action", "all")]).await;
    assert_eq!(lists(&app).await, ["*"]);
    browser.send(&done, &path, &[("action", "undo")]).await;
    assert!(lists(&app).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_address_is_ended_at_once_with_one_notice_a_day() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        let page = app.browser().ask("unsubscribe", ANN, &[]).await;
        assert_eq!(page.status, 200);
    }
    app.run_jobs().await;
    assert_eq!(lists(&app).await, ["*"]);
    let letters = app.letters_to(ANN).await;
    assert_eq!(letters.len(), 1);
    let browser = app.browser();
    let path = path_in(&letters[0].text, "/u/");
    let page = browser.get(&path).await;
    browser.send(&page, &path, &[("action", "undo")]).await;
    assert!(lists(&app).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lift_by_a_link_is_told_to_the_mailbox_once_a_day_with_a_way_back() {
    let app = TestApp::start().await;
    let path = link(&app, "news");
    let browser = app.browser();
    for _ in 0..3 {
        let page = browser.get(&path).await;
        let done = browser.send(&page, &path, &[("action", "list")]).await;
        browser.send(&done, &path, &[("action", "undo")]).await;
    }
    app.run_jobs().await;
    let letters = app.letters_to(ANN).await;
    assert_eq!(letters.len(), 1);
    let words: Vec<&str> = letters[0].text.split_whitespace().collect();
    let said = words.join(" ");
    assert!(said.contains("a link for this address was used"), "{said}");
    assert!(lists(&app).await.is_empty());
    let again = path_in(&letters[0].text, "/u/");
    let page = browser.get(&again).await;
    browser.send(&page, &again, &[("action", "list")]).await;
    assert_eq!(lists(&app).await, ["news"]);

    // Nothing is lifted, nothing is told; on the next day it is told anew.
    app.app.clock.advance(jiff::SignedDuration::from_hours(25));
    for (action, count) in [("undo", 2), ("undo", 2)] {
        let page = browser.get(&path).await;
        browser.send(&page, &path, &[("action", action)]).await;
        app.run_jobs().await;
        assert_eq!(app.letters_to(ANN).await.len(), count);
    }
    assert_eq!(
        app.count("outbox", "cause LIKE 'resubscribed:%'"),
        2,
        "the digest of the address is in no cause"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_token_is_a_neutral_404() {
    let app = TestApp::start().await;
    let path = link(&app, "news");
    let broken = format!("{}x", &path[..path.len() - 1]);
    assert_eq!(app.browser().get(&broken).await.status, 404);
    let answer = app
        .browser()
        .post_raw(
            &broken,
            "application/x-www-form-urlencoded",
            b"List-Unsubscribe=One-Click".to_vec(),
        )
        .await;
    assert_eq!(answer.status().as_u16(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_binds_the_address_of_another_right() {
    let app = TestApp::start().await;
    let token = link(&app, "news").trim_start_matches("/u/").to_owned();
    let browser = app.browser();
    let path = format!("/requests/new/review?u={token}");
    let form = browser.get(&path).await;
    let page = browser
        .send(&form, "/requests/new/review", &[("u", &token)])
        .await;
    assert_eq!(page.status, 200, "{}", page.text);
    app.run_jobs().await;
    assert_eq!(
        app.letters_to(ANN).await.len(),
        1,
        "the confirmation goes to the bound address"
    );
}

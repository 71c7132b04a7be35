//! The second factor of staff: adding it, signing in with it, what happens to wrong codes, and that nobody
//! gets anywhere before the second step.

use jiff::{SignedDuration, Timestamp};
use lethe::actions::factors::{self, Entered};
use lethe::actions::{reviews, staff};
use lethe::app::{App, missing_keys};
use lethe::auth::password::Password;
use lethe::clock::Clock;
use lethe::domain::event::Actor;
use lethe::domain::staff::{Role, SecondFactor, Standing};
use lethe::seal::KeyRing;
use totp_rs::{Builder, Totp};

use crate::support::{Browser, PASSWORD, Page, TestApp};

const AGENT: &str = "agent@northwind.example";
const ADMIN: &str = "admin@northwind.example";

/// An authenticator app.
struct Phone(Totp);

impl Phone {
    /// Types in the key that a page shows.
    fn typing(page: &Page) -> Phone {
        let key = page.first("code.secret").replace(' ', "");
        assert_eq!(key.len(), 32, "{}", page.text);
        let bits: String = key
            .bytes()
            .map(|letter| {
                let value = match letter {
                    b'A'..=b'Z' => letter - b'A',
                    b'2'..=b'7' => letter - b'2' + 26,
                    _ => panic!("{key}"),
                };
                format!("{value:05b}")
            })
            .collect();
        let bytes: Vec<u8> = (0..20)
            .map(|n| u8::from_str_radix(&bits[8 * n..8 * n + 8], 2).unwrap())
            .collect();
        let secret: [u8; 20] = bytes.try_into().unwrap();
        Phone(Builder::new().with_secret(secret).build().unwrap())
    }

    fn code_at(&self, at: Timestamp) -> String {
        self.0.generate(at.as_second() as u64).to_string()
    }

    fn code(&self, app: &TestApp) -> String {
        self.code_at(app.app.clock.now())
    }

    /// A code that is none of those that count now.
    fn wrong(&self, app: &TestApp) -> String {
        let now = app.app.clock.now();
        let near: Vec<String> = [-60, -30, 0, 30, 60]
            .map(|seconds| self.code_at(now + SignedDuration::from_secs(seconds)))
            .into();
        (0..)
            .map(|n| format!("{n:06}"))
            .find(|code| !near.contains(code))
            .unwrap()
    }
}

/// A step of the clock later, so that a fresh code is shown.
fn step(app: &TestApp) {
    app.app.clock.advance(SignedDuration::from_secs(30));
}

/// Somebody signed in who has just added an app: the browser, the app and the recovery codes.
async fn enrolled(app: &TestApp, email: &str, role: Role) -> (Browser, Phone, Vec<String>) {
    app.staff(email, role).await;
    let browser = app.browser();
    browser.sign_in(email, PASSWORD).await;
    let (phone, codes) = enrol(app, &browser).await;
    step(app);
    (browser, phone, codes)
}

async fn enrol(app: &TestApp, browser: &Browser) -> (Phone, Vec<String>) {
    let page = browser.get("/admin/second-factor").await;
    let page = browser
        .send(&page, "/admin/second-factor", &[("password", PASSWORD)])
        .await;
    let phone = Phone::typing(&page);
    let done = confirm(browser, &page, &phone.code(app)).await;
    assert_eq!(done.status, 200, "{}", done.first("main"));
    (phone, done.all(".recovery code"))
}

async fn confirm(browser: &Browser, page: &Page, code: &str) -> Page {
    let path = "/admin/second-factor/confirmation";
    browser.send(page, path, &[("code", code)]).await
}

/// The second step of a sign-in.
async fn type_code(browser: &Browser, page: &Page, code: &str) -> Page {
    assert_eq!(page.url, "/admin/sign-in/code", "{}", page.first("main"));
    browser
        .send(page, "/admin/sign-in/code", &[("code", code)])
        .await
}

async fn type_recovery(browser: &Browser, page: &Page, code: &str) -> Page {
    assert_eq!(page.url, "/admin/sign-in/code", "{}", page.first("main"));
    let typed = [("code", ""), ("recovery", code)];
    browser.send(page, "/admin/sign-in/code", &typed).await
}

fn count(app: &TestApp, action: &str) -> i64 {
    app.count("audit_index", &format!("action = '{action}'"))
}

async fn letters(app: &TestApp, email: &str) -> Vec<String> {
    app.run_jobs().await;
    let letters = app.letters_to(email).await;
    letters.into_iter().map(|letter| letter.text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_added_with_the_password_and_a_code_and_asked_for_from_then_on() {
    let app = TestApp::start().await;
    app.staff(AGENT, Role::Agent).await;
    let (one, other) = (app.browser(), app.browser());
    one.sign_in(AGENT, PASSWORD).await;
    other.sign_in(AGENT, PASSWORD).await;

    let page = one.get("/admin/password").await;
    assert!(page.text.contains("href=\"/admin/second-factor\""));
    let page = one.get("/admin/second-factor").await;
    let refused = one
        .send(
            &page,
            "/admin/second-factor",
            &[("password", "not the password")],
        )
        .await;
    assert_eq!(refused.status, 422);
    assert_eq!(app.count("staff_factors", "1 = 1"), 0);
    assert_eq!(
        app.count("staff", "failures = 1"),
        1,
        "it counts as at sign-in"
    );

    let page = one
        .send(&page, "/admin/second-factor", &[("password", PASSWORD)])
        .await;
    let phone = Phone::typing(&page);
    assert_eq!(page.all("svg.qr[role=img] path").len(), 1);
    let key = page.first("code.secret").replace(' ', "");
    // Nobody else sees the key, whoever holds another session of the same account.
    assert_eq!(
        other
            .get("/admin/second-factor")
            .await
            .all("code.secret")
            .len(),
        0
    );

    let refused = confirm(&one, &page, &phone.wrong(&app)).await;
    assert_eq!(refused.status, 422);
    assert_eq!(confirm(&one, &page, "12").await.status, 422);
    assert_eq!(app.count("staff_factors", "confirmed_at IS NOT NULL"), 0);
    let spent = phone.code(&app);
    let done = confirm(&one, &page, &spent).await;
    assert_eq!(done.status, 200, "{}", done.first("main"));
    let codes = done.all(".recovery code");
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 19), "{codes:?}");

    // The secret is sealed, the codes are hashes.
    assert_eq!(app.count("staff_recovery_codes", "1 = 1"), 10);
    for text in [key.as_str(), &codes[0], &codes[0].replace('-', "")] {
        assert_eq!(app.is_anywhere(text), Vec::<String>::new(), "{text}");
    }
    // This browser goes on, in a new session; every other one has ended.
    assert_eq!(one.get("/admin").await.url, "/admin");
    assert_eq!(other.get("/admin").await.url, "/admin/sign-in");
    assert_eq!(app.count("staff_sessions", "proved = 'both'"), 1);
    let page = one.get("/admin/second-factor").await;
    assert!(page.text.contains("10 left"), "{}", page.first("main"));
    assert_eq!(
        page.all("code.secret").len(),
        0,
        "the key is never shown again"
    );
    assert_eq!(count(&app, "factor_added"), 1);
    let letters = letters(&app, AGENT).await;
    assert!(
        letters[0].contains("authenticator app was added"),
        "{letters:?}"
    );

    // Signing in: the password alone opens nothing, and leads on to where they wanted.
    let wanted = other.get("/admin/requests?view=mine").await;
    let next = wanted.attributes("input[name=next]", "value").remove(0);
    let typed = [
        ("email", AGENT),
        ("password", PASSWORD),
        ("next", next.as_str()),
    ];
    let page = other.send(&wanted, "/admin/sign-in", &typed).await;
    assert_eq!(page.url, "/admin/sign-in/code");
    assert_eq!(page.attributes("#code", "autocomplete"), ["one-time-code"]);
    assert_eq!(page.attributes("#code", "inputmode"), ["numeric"]);
    let next = page.attributes("input[name=next]", "value").remove(0);
    assert_eq!(next, "/admin/requests?view=mine");
    assert_eq!(count(&app, "signed_in"), 2, "not before the second step");
    assert_eq!(count(&app, "sign_in_begun"), 1);
    // The code that added the app is used up.
    let refused = type_code(&other, &page, &spent).await;
    assert_eq!(refused.status, 422);
    step(&app);
    assert_eq!(app.count("staff_sessions", "proved = 'password'"), 1);
    let code = phone.code(&app);
    let typed = [("code", code.as_str()), ("next", next.as_str())];
    let there = other.send(&page, "/admin/sign-in/code", &typed).await;
    assert_eq!((there.status, there.url.as_str()), (200, "/admin/requests"));
    assert_eq!(
        app.count("staff_sessions", "proved = 'password'"),
        0,
        "the half one is gone"
    );
    assert_eq!(count(&app, "signed_in"), 3);
    assert_eq!(app.count("staff", "failures = 0 AND wrong_codes = 0"), 1);

    // Somebody who looked over the shoulder comes too late with the same code.
    let thief = app.browser();
    let page = thief.sign_in(AGENT, PASSWORD).await;
    assert_eq!(type_code(&thief, &page, &code).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_signs_in_once() {
    let app = TestApp::start().await;
    let (_, _, codes) = enrolled(&app, AGENT, Role::Agent).await;
    let (one, other) = (app.browser(), app.browser());
    let page = one.sign_in(AGENT, PASSWORD).await;
    let typed = codes[3].to_lowercase().replace('-', " ");
    let there = type_recovery(&one, &page, &typed).await;
    assert_eq!(there.url, "/admin", "{}", there.first("main"));
    assert_eq!(app.count("staff_recovery_codes", "1 = 1"), 9);
    assert_eq!(count(&app, "recovery_code_used"), 1);
    let letters = letters(&app, AGENT).await;
    assert!(letters[0].contains("9 are left"), "{letters:?}");

    let page = other.sign_in(AGENT, PASSWORD).await;
    let refused = type_recovery(&other, &page, &codes[3]).await;
    assert_eq!(
        (refused.status, refused.url.as_str()),
        (422, "/admin/sign-in/code")
    );
    assert_eq!(refused.attributes("#recovery", "aria-invalid"), ["true"]);
    assert_eq!(type_recovery(&other, &page, &codes[4]).await.url, "/admin");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_end_the_session_and_a_new_sign_in_gives_no_new_tries() {
    let app = TestApp::start().await;
    let (_, phone, codes) = enrolled(&app, AGENT, Role::Agent).await;
    let (one, other) = (app.browser(), app.browser());
    let page = one.sign_in(AGENT, PASSWORD).await;
    let wrong = phone.wrong(&app);
    // What is no code at all is not counted.
    assert_eq!(type_code(&one, &page, "").await.status, 422);
    assert_eq!(type_code(&one, &page, "12345").await.status, 422);
    assert_eq!(app.count("staff", "wrong_codes = 0"), 1);
    for _ in 0..3 {
        assert_eq!(type_code(&one, &page, &wrong).await.status, 422);
    }
    // The password again, in another browser: the tries are the account's.
    let page = other.sign_in(AGENT, PASSWORD).await;
    assert_eq!(type_code(&other, &page, &wrong).await.status, 422);
    let ended = type_recovery(&other, &page, "AAAA-AAAA-AAAA-AAAA").await;
    assert_eq!(ended.status, 429, "{}", ended.first("main"));
    assert!(
        ended.text.contains("before 09:28"),
        "{}",
        ended.first("main")
    );
    assert_eq!(
        other.get("/admin").await.url,
        "/admin/sign-in",
        "the half session ended"
    );
    assert_eq!(count(&app, "factor_refused"), 5);
    assert_eq!(
        app.count("staff", "failures = 5 AND locked_until IS NOT NULL"),
        1
    );
    // The first one is there still; its next code is not looked at, not even a right one.
    let refused = type_code(&one, &page_of(&one).await, &phone.code(&app)).await;
    assert_eq!(refused.status, 429);
    assert!(refused.text.contains("before 09:28"));

    // A new sign-in is told the time, and gets no try.
    app.app.clock.advance(SignedDuration::from_mins(2));
    let page = other.sign_in(AGENT, PASSWORD).await;
    assert_eq!(
        (page.status, page.url.as_str()),
        (429, "/admin/sign-in/code")
    );
    assert!(page.text.contains("before 09:28"));
    for code in [&phone.code(&app), &codes[0]] {
        let page = other.sign_in(AGENT, PASSWORD).await;
        assert_eq!(type_code(&other, &page, code).await.status, 429);
        assert_eq!(other.get("/admin").await.url, "/admin/sign-in");
    }
    assert_eq!(count(&app, "factor_refused"), 5);
    assert_eq!(app.count("staff_recovery_codes", "1 = 1"), 10);
    app.app.clock.advance(SignedDuration::from_mins(13));
    let page = other.sign_in(AGENT, PASSWORD).await;
    assert_eq!(page.status, 200);
    assert_eq!(
        type_code(&other, &page, &phone.code(&app)).await.url,
        "/admin"
    );
    assert_eq!(app.count("staff", "failures = 0 AND wrong_codes = 0"), 1);
}

async fn page_of(browser: &Browser) -> Page {
    browser.get("/admin/sign-in/code").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_five_tries_also_when_somebody_else_signs_in_between() {
    let app = TestApp::start().await;
    let (_, phone, _) = enrolled(&app, AGENT, Role::Agent).await;
    let (thief, owner) = (app.browser(), app.browser());
    let guesses = thief.sign_in(AGENT, PASSWORD).await;
    for _ in 0..4 {
        let refused = type_code(&thief, &guesses, &phone.wrong(&app)).await;
        assert_eq!(refused.status, 422);
    }
    let page = owner.sign_in(AGENT, PASSWORD).await;
    assert_eq!(
        type_code(&owner, &page, &phone.code(&app)).await.url,
        "/admin"
    );
    assert_eq!(app.count("staff", "wrong_codes = 0"), 1);
    let ended = type_code(&thief, &guesses, &phone.wrong(&app)).await;
    assert_eq!(ended.status, 429);
    assert!(ended.text.contains("Sign in again to type another one"));
    assert_eq!(thief.get("/admin/sign-in/code").await.url, "/admin/sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_session_lasts_ten_minutes_and_a_beginning_half_an_hour() {
    let app = TestApp::start().await;
    let (_, phone, _) = enrolled(&app, AGENT, Role::Agent).await;
    let browser = app.browser();
    let page = browser.sign_in(AGENT, PASSWORD).await;
    app.app.clock.advance(SignedDuration::from_mins(10));
    let late = type_code(&browser, &page, &phone.code(&app)).await;
    assert_eq!(late.url, "/admin/sign-in");

    app.staff(ADMIN, Role::Administrator).await;
    let admin = app.browser();
    admin.sign_in(ADMIN, PASSWORD).await;
    let page = admin.get("/admin/second-factor").await;
    let page = admin
        .send(&page, "/admin/second-factor", &[("password", PASSWORD)])
        .await;
    let phone = Phone::typing(&page);
    app.app.clock.advance(SignedDuration::from_mins(30));
    let late = confirm(&admin, &page, &phone.code(&app)).await;
    assert_eq!(late.status, 404);
    let page = admin.get("/admin/second-factor").await;
    assert_eq!(page.all("code.secret").len(), 0);
    assert_eq!(app.count("staff_factors", "confirmed_at IS NULL"), 1);
    lethe::actions::own::sweep_own(&app.app).await.unwrap();
    assert_eq!(app.count("staff_factors", "confirmed_at IS NULL"), 0);
    assert_eq!(app.count("staff_factors", "1 = 1"), 1);
}

/// Method and address of everything that staff can ask for, read from the one list.
fn staff_addresses() -> Vec<(&'static str, String)> {
    let file = format!("{}/src/web/routes.rs", env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(file).unwrap();
    let (_, list) = source.split_once("\nfn staff(").unwrap();
    let request = "/admin/requests/{reference}";
    assert!(list.contains(&format!("let request = \"{request}\";")));
    let routes = list.split(".route(").skip(1).map(|route| {
        let route = route.trim_start();
        let quoted = |text: &str| text.split('"').nth(1).unwrap().to_owned();
        let address = match route {
            _ if route.starts_with('"') => quoted(route),
            _ if route.starts_with("request,") => request.to_owned(),
            _ if route.starts_with("&below(") => format!("{request}/{}", quoted(route)),
            _ => panic!("an address that this test cannot read: {route}"),
        };
        let methods = [("look()", "GET"), ("get()", "GET"), ("post()", "POST")];
        let found = methods.map(|(call, method)| route.find(call).map(|at| (at, method)));
        let Some((_, method)) = found.into_iter().flatten().min() else {
            panic!("a method that this test cannot read: {route}");
        };
        (method, address)
    });
    let routes: Vec<_> = routes.collect();
    assert!(routes.len() > 80, "{}", routes.len());
    assert!(
        routes
            .iter()
            .all(|(_, address)| address.starts_with("/admin"))
    );
    routes
}

/// The address of something that is there, or could be.
fn filled(address: &str, reference: &str) -> String {
    let mut path = address.replace("{reference}", reference);
    while let Some((before, rest)) = path.split_once('{') {
        let (_, after) = rest.split_once('}').unwrap();
        path = format!("{before}019ae0c8-3b7a-7c31-8a51-0c9d7e5f1a2b{after}");
    }
    path
}

/// Asks for everything, but for what is open in this state; where each ended.
async fn walk(app: &TestApp, browser: &Browser, stand: &str, open: &[(&str, &str)]) -> usize {
    let request = app
        .ask_and_confirm("review", "ann@halden.example", &[])
        .await;
    let token = browser.get(stand).await;
    assert_eq!(token.url, stand);
    let entries = || app.count("audit_index", "1 = 1");
    let (before, mut closed) = (entries(), 0);
    for (method, address) in staff_addresses() {
        if open.contains(&(method, address.as_str())) {
            continue;
        }
        let path = filled(&address, &request.reference.to_string());
        let page = match method {
            "GET" => browser.get(&path).await,
            _ => browser.send(&token, &path, &[]).await,
        };
        let place = format!("{method} {address}: {} {}", page.status, page.url);
        // A form that lacks something may be refused before anybody looks at the session.
        let is_refused = method == "POST" && (400..500).contains(&page.status);
        assert!(page.url == stand || is_refused, "{place}");
        assert!(!is_refused || !page.text.contains("bar-top"), "{place}");
        closed += 1;
    }
    assert_eq!(entries(), before, "nothing was done and nothing looked at");
    closed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_session_opens_nothing_but_the_second_step() {
    let app = TestApp::start().await;
    enrolled(&app, ADMIN, Role::Administrator).await;
    let browser = app.browser();
    browser.sign_in(ADMIN, PASSWORD).await;
    let open = [
        ("GET", "/admin/sign-in"),
        ("POST", "/admin/sign-in"),
        ("GET", "/admin/sign-in/code"),
        ("POST", "/admin/sign-in/code"),
        ("POST", "/admin/sign-out"),
    ];
    let closed = walk(&app, &browser, "/admin/sign-in/code", &open).await;
    assert_eq!(closed, staff_addresses().len() - open.len());
    // It can be given up.
    let page = browser.get("/admin/sign-in/code").await;
    browser.send(&page, "/admin/sign-out", &[]).await;
    assert_eq!(
        browser.get("/admin/sign-in/code").await.url,
        "/admin/sign-in"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_required_nothing_is_open_before_one_is_added() {
    let app = TestApp::start_with(|config| {
        config.staff.second_factor = SecondFactor::Required;
    })
    .await;
    app.staff(ADMIN, Role::Administrator).await;
    let browser = app.browser();
    let page = browser.sign_in(ADMIN, PASSWORD).await;
    assert_eq!(page.url, "/admin/second-factor");
    assert!(page.text.contains("Everybody here needs a second factor"));
    assert_eq!(
        page.all(".bar-top nav li").len(),
        0,
        "no way to anything else"
    );
    assert_eq!(count(&app, "signed_in"), 0);
    let open = [
        ("GET", "/admin/sign-in"),
        ("POST", "/admin/sign-in"),
        ("POST", "/admin/sign-out"),
        ("GET", "/admin/second-factor"),
        ("POST", "/admin/second-factor"),
        ("POST", "/admin/second-factor/confirmation"),
    ];
    let closed = walk(&app, &browser, "/admin/second-factor", &open).await;
    assert_eq!(closed, staff_addresses().len() - open.len());

    let (phone, _) = enrol(&app, &browser).await;
    assert_eq!(browser.get("/admin/staff").await.status, 200);
    assert_eq!(count(&app, "signed_in"), 1);
    // Who removes it stands before the same step again.
    step(&app);
    let page = browser.get("/admin/second-factor/removal").await;
    let code = phone.code(&app);
    let typed = [("password", PASSWORD), ("code", code.as_str())];
    let page = browser
        .send(&page, "/admin/second-factor/removal", &typed)
        .await;
    assert_eq!(page.url, "/admin/second-factor", "{}", page.first("main"));
    assert_eq!(
        browser.get("/admin/staff").await.url,
        "/admin/second-factor"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_switched_off_none_is_added_and_one_that_is_there_counts() {
    let app = TestApp::start().await;
    let (_, phone, _) = enrolled(&app, AGENT, Role::Agent).await;
    app.staff(ADMIN, Role::Administrator).await;
    let mut config = (*app.app.config).clone();
    config.staff.second_factor = SecondFactor::Off;
    let off = App::start(config, Clock::frozen(app.app.clock.now())).unwrap();
    let session = staff::sign_in(&off, AGENT, PASSWORD)
        .await
        .unwrap()
        .unwrap();
    let known = staff::session(&off, &session).await.unwrap().unwrap();
    assert_eq!(known.standing, Standing::NeedsCode);
    let entered = factors::enter(&off, &session, &phone.code(&app))
        .await
        .unwrap();
    assert!(matches!(entered, Entered::In(_)), "{entered:?}");

    let session = staff::sign_in(&off, ADMIN, PASSWORD)
        .await
        .unwrap()
        .unwrap();
    let known = staff::session(&off, &session).await.unwrap().unwrap();
    assert_eq!(known.standing, Standing::Whole);
    let actor = Actor::Staff {
        id: known.staff.id,
        role: known.staff.role,
    };
    assert!(
        factors::begin(&off, &actor, &session, PASSWORD)
            .await
            .is_err()
    );
    assert!(
        !factors::mine(&off, &actor, &session)
            .await
            .unwrap()
            .is_offered
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn new_recovery_codes_and_the_removal_need_password_and_code() {
    let app = TestApp::start().await;
    let (browser, phone, old) = enrolled(&app, AGENT, Role::Agent).await;
    let (codes, removal) = ("/admin/second-factor/codes", "/admin/second-factor/removal");
    for path in [codes, removal] {
        let page = browser.get(path).await;
        let (right, wrong) = (phone.code(&app), phone.wrong(&app));
        for (password, code) in [("not the password", right), (PASSWORD, wrong)] {
            let typed = [("password", password), ("code", code.as_str())];
            let refused = browser.send(&page, path, &typed).await;
            assert_eq!((refused.status, refused.url.as_str()), (422, path));
        }
    }
    assert_eq!(app.count("staff", "wrong_codes = 2 AND failures = 4"), 1);
    assert_eq!(app.count("staff_recovery_codes", "1 = 1"), 10);

    let page = browser.get(codes).await;
    let code = phone.code(&app);
    let typed = [("password", PASSWORD), ("code", code.as_str())];
    let new = browser
        .send(&page, codes, &typed)
        .await
        .all(".recovery code");
    assert_eq!(new.len(), 10);
    assert!(new.iter().all(|code| !old.contains(code)));
    assert_eq!(count(&app, "recovery_codes_renewed"), 1);
    let other = app.browser();
    let page = other.sign_in(AGENT, PASSWORD).await;
    assert_eq!(type_recovery(&other, &page, &old[0]).await.status, 422);
    assert_eq!(type_recovery(&other, &page, &new[0]).await.url, "/admin");

    // A lost telephone: a recovery code removes the app.
    let page = browser.get(removal).await;
    let typed = [("password", PASSWORD), ("code", new[1].as_str())];
    let done = browser.send(&page, removal, &typed).await;
    assert!(
        done.text.contains("Your second factor is removed"),
        "{}",
        done.text
    );
    assert_eq!(browser.get("/admin").await.url, "/admin");
    assert_eq!(other.get("/admin").await.url, "/admin/sign-in", "it ended");
    assert_eq!(app.count("staff_factors", "1 = 1"), 0);
    assert_eq!(app.count("staff_recovery_codes", "1 = 1"), 0);
    assert_eq!(count(&app, "factor_removed"), 1);
    let letters = letters(&app, AGENT).await;
    assert!(
        letters
            .iter()
            .any(|text| text.contains("you removed the authenticator app"))
    );
    assert!(
        letters
            .iter()
            .any(|text| text.contains("you made new recovery codes"))
    );
    assert_eq!(other.sign_in(AGENT, PASSWORD).await.url, "/admin");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_of_somebody_signed_in_are_bounded_too() {
    let app = TestApp::start().await;
    let (browser, phone, _) = enrolled(&app, AGENT, Role::Agent).await;
    let path = "/admin/second-factor/removal";
    let page = browser.get(path).await;
    let send = async |code: String| {
        // The rest of the password is over before the next try.
        app.app.clock.advance(SignedDuration::from_mins(2));
        let typed = [("password", PASSWORD), ("code", code.as_str())];
        browser.send(&page, path, &typed).await
    };
    for _ in 0..5 {
        assert_eq!(send(phone.wrong(&app)).await.status, 422);
    }
    let at = app.app.clock.now() + SignedDuration::from_mins(2);
    let refused = send(phone.code_at(at)).await;
    assert!(
        refused.text.contains("quarter of an hour"),
        "{}",
        refused.first("main")
    );
    assert_eq!(app.count("staff_factors", "1 = 1"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_removes_the_factor_of_somebody_else_with_a_reason() {
    let app = TestApp::start().await;
    let (agent, _, _) = enrolled(&app, AGENT, Role::Agent).await;
    let (admin, _, _) = enrolled(&app, ADMIN, Role::Administrator).await;
    let page = admin.get("/admin/staff").await;
    let links = page.attributes("a[href$='/second-factor']", "href");
    assert_eq!(links.len(), 1, "not one's own: {links:?}");
    let page = admin.get(&links[0]).await;
    let refused = admin.send(&page, &links[0], &[("reason", " ")]).await;
    assert_eq!(refused.status, 422);
    assert_eq!(app.count("staff_factors", "1 = 1"), 2);
    // Whoever is no administrator cannot.
    assert_eq!(
        agent
            .send(
                &page_with_token(&agent).await,
                &links[0],
                &[("reason", "why not")]
            )
            .await
            .status,
        403
    );

    let reason = "Telephone lost, seen in person";
    let done = admin.send(&page, &links[0], &[("reason", reason)]).await;
    assert_eq!(done.url, "/admin/staff");
    assert!(done.text.contains("The second factor is removed"));
    assert_eq!(
        agent.get("/admin").await.url,
        "/admin/sign-in",
        "sessions end"
    );
    assert_eq!(agent.sign_in(AGENT, PASSWORD).await.url, "/admin");
    let told = letters(&app, AGENT).await;
    assert!(told[0].contains("an administrator removed"), "{told:?}");
    assert_eq!(count(&app, "factor_removed"), 1);
    assert_eq!(
        app.is_anywhere(reason),
        Vec::<String>::new(),
        "sealed beside the entry"
    );
    assert_eq!(
        admin.get(&links[0]).await.status,
        404,
        "there is none any more"
    );

    let own = admin_id(&app).await;
    let path = format!("/admin/staff/{own}/second-factor");
    assert_eq!(admin.get(&path).await.status, 404);
    let sent = admin.send(&page, &path, &[("reason", reason)]).await;
    assert_eq!(sent.status, 404);
    assert_eq!(app.count("staff_factors", "1 = 1"), 1);

    // The list of who may do what says it.
    let auditor = app.actor(Role::Auditor).await;
    let access = reviews::access(&app.app, &auditor).await.unwrap();
    let has = |email: &str| {
        let row = access.accounts.iter().find(|row| row.email == email);
        row.unwrap().second_factor
    };
    assert_eq!((has(ADMIN), has(AGENT)), (true, false));
    let page = admin.get("/admin/access").await;
    assert!(page.text.contains("Authenticator app"));

    // A closed account keeps no secret.
    let operator = Actor::Operator;
    staff::deactivate(&app.app, &operator, own).await.unwrap();
    assert_eq!(app.count("staff_factors", "1 = 1"), 0);
    assert_eq!(app.count("staff_recovery_codes", "1 = 1"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_of_an_outsider_keep_nobody_signed_in_from_changing_theirs() {
    let app = TestApp::start().await;
    let agent = app.staff(AGENT, Role::Agent).await;
    let actor = Actor::Staff {
        id: agent.id,
        role: agent.role,
    };
    let sign_in = async |password| staff::sign_in(&app.app, AGENT, password).await.unwrap();
    let session = sign_in(PASSWORD).await.unwrap();
    for _ in 0..8 {
        assert_eq!(sign_in("a password of an outsider").await, None);
    }
    assert_eq!(sign_in(PASSWORD).await, None, "the account rests");
    let new = || Password::parse("another long password").unwrap();
    let session = staff::change_password(&app.app, &actor, &session, PASSWORD, new())
        .await
        .unwrap();
    // Who has the session alone does not guess on.
    let guessed = staff::change_password(&app.app, &actor, &session, PASSWORD, new()).await;
    assert!(guessed.is_err());
    let ended = staff::session(&app.app, &session).await.unwrap();
    assert!(ended.is_none());
    // A password that somebody else sets begins anew.
    staff::set_password(&app.app, &Actor::Operator, agent.id, new())
        .await
        .unwrap();
    assert!(sign_in("another long password").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_removal_of_a_factor_the_password_signs_in_at_once() {
    let app = TestApp::start().await;
    let (browser, phone, _) = enrolled(&app, AGENT, Role::Agent).await;
    for _ in 0..2 {
        let page = browser.sign_in(AGENT, PASSWORD).await;
        for _ in 0..5 {
            type_code(&browser, &page, &phone.wrong(&app)).await;
        }
        app.app.clock.advance(SignedDuration::from_mins(20));
    }
    let account = app
        .app
        .db
        .read(|conn| {
            let email = lethe::domain::email::Email::parse(AGENT).unwrap();
            lethe::db::accounts::by_email(conn, &email)
        })
        .await
        .unwrap()
        .unwrap();
    let rests = account.locked_until.unwrap();
    assert!(
        rests > app.app.clock.now(),
        "after ten, longer than for a code"
    );
    let id = account.staff.id;
    factors::remove(
        &app.app,
        &Actor::Operator,
        id,
        "Telephone lost, seen in person",
    )
    .await
    .unwrap();
    assert_eq!(browser.sign_in(AGENT, PASSWORD).await.url, "/admin");
}

async fn page_with_token(browser: &Browser) -> Page {
    browser.get("/admin/password").await
}

async fn admin_id(app: &TestApp) -> lethe::domain::ids::StaffId {
    let all = staff::list(&app.app, &Actor::Operator).await.unwrap();
    let admin = all.iter().find(|one| one.staff.email.as_str() == ADMIN);
    admin.unwrap().staff.id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_keeps_the_session_and_asks_for_no_code() {
    let app = TestApp::start().await;
    let (browser, _, _) = enrolled(&app, AGENT, Role::Agent).await;
    let page = browser.get("/admin/password").await;
    let typed = [
        ("password", PASSWORD),
        ("new_password", "another long password"),
    ];
    let page = browser.send(&page, "/admin/password", &typed).await;
    assert_eq!((page.status, page.url.as_str()), (200, "/admin"));
    let page = app.browser().sign_in(AGENT, "another long password").await;
    assert_eq!(page.url, "/admin/sign-in/code");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_removes_it_at_the_command_line_and_check_names_who_has_none() {
    let app = TestApp::start().await;
    let (admin, phone, _) = enrolled(&app, ADMIN, Role::Administrator).await;
    let run = |file: &std::path::Path, args: &[&str]| {
        let output = app.command(file).args(args).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let file = app.config_file("");
    let warning = "staff.second_factor: 1 of 1 administrators";
    assert!(!run(&file, &["check"]).1.contains(warning));

    // Rotating the keys leaves it as it is; another key file would not do.
    let (code, said) = run(&file, &["keys", "rotate"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(run(&file, &["keys", "check"]).0, Some(0));
    let rotated = App::start(
        (*app.app.config).clone(),
        Clock::frozen(app.app.clock.now()),
    )
    .unwrap();
    let session = staff::sign_in(&rotated, ADMIN, PASSWORD)
        .await
        .unwrap()
        .unwrap();
    let entered = factors::enter(&rotated, &session, &phone.code(&app))
        .await
        .unwrap();
    assert!(matches!(entered, Entered::In(_)), "{entered:?}");
    let mut conn = app.connect();
    assert_eq!(
        missing_keys(&mut conn, &rotated.keys).unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(
        missing_keys(&mut conn, &KeyRing::ephemeral([9; 32]))
            .unwrap()
            .len(),
        1
    );

    let command = ["staff", "remove-second-factor", ADMIN];
    assert_eq!(run(&file, &command).0, Some(2), "a reason is needed");
    let with_reason = [&command[..], &["--reason", "seen in person"]].concat();
    let (code, said) = run(&file, &with_reason);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(app.count("staff_factors", "1 = 1"), 0);
    assert_eq!(admin.get("/admin").await.url, "/admin/sign-in");
    assert!(letters(&app, ADMIN).await[0].contains("an administrator removed"));
    let (code, said) = run(&file, &with_reason);
    assert_eq!(code, Some(1));
    assert!(said.contains("has no second factor"), "{said}");

    assert!(run(&file, &["check"]).1.contains(warning));
    let required = app.config_file("[staff]\nsecond_factor = \"required\"\n");
    assert!(!run(&required, &["check"]).1.contains(warning));
}

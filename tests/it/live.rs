//! The page of a run changes by itself: a stream says that it has changed, and not what it shows.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lethe::actions::{assign, decide, run, staff};
use lethe::domain::event::Actor;
use lethe::domain::request::Request;
use lethe::domain::staff::Role;
use lethe::web::admin::live::OF_A_SESSION;

use crate::support::stores::{FakeStore, Habit};
use crate::support::{Browser, PASSWORD, TestApp};

const ANN: &str = "ann@halden.example";

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open stream of events.
struct Events {
    answer: reqwest::Response,
    /// What came and was not looked at yet.
    rest: String,
    /// All that came.
    all: String,
}

impl Events {
    async fn open(browser: &Browser, request: &Request) -> Events {
        let answer = browser.open(&events_of(request)).await;
        assert_eq!(answer.status(), 200);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-accel-buffering"), "no");
        assert!(!header("content-security-policy").contains("script-src"));
        Events {
            answer,
            rest: String::new(),
            all: String::new(),
        }
    }

    /// The version that the next event tells; nothing once the stream ends.
    async fn next(&mut self) -> Option<String> {
        loop {
            while let Some((event, rest)) = self.rest.split_once("\n\n") {
                let version = event.strip_prefix("data: ").map(ToOwned::to_owned);
                self.rest = rest.to_owned();
                if version.is_some() {
                    return version;
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.answer.chunk()).await;
            let chunk = chunk.expect("something comes, or the stream ends");
            let text = String::from_utf8(chunk.unwrap()?.to_vec()).unwrap();
            self.rest.push_str(&text);
            self.all.push_str(&text);
        }
    }

    /// Waits for an event that tells this version.
    async fn until(&mut self, version: &str) {
        while self.next().await.expect("the stream goes on") != version {}
    }
}

fn page_of(request: &Request) -> String {
    format!("/admin/requests/{}/run", request.reference)
}

fn events_of(request: &Request) -> String {
    format!("{}/events", page_of(request))
}

/// A browser of somebody with a role.
async fn signed_in(app: &TestApp, role: Role) -> Browser {
    let email = format!("{role}@northwind.example");
    app.staff(&email, role).await;
    let browser = app.browser();
    browser.sign_in(&email, PASSWORD).await;
    browser
}

/// The version that the page of a run shows; nothing once it changes no more.
async fn shown(browser: &Browser, request: &Request) -> (String, Option<String>) {
    let page = browser.get(&page_of(request)).await;
    assert_eq!(page.status, 200);
    let version = page.attributes("#said", "data-version").into_iter().next();
    (page.first("main"), version)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_page_open_hears_of_each_change_and_of_no_data() {
    let well = Arc::new(FakeStore::named("well", Habit::Honest, 3));
    let ill = Arc::new(FakeStore::named("ill", Habit::NeedsPerson, 2));
    let app = TestApp::start_with_stores(vec![well, ill.clone()]).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let agent = signed_in(&app, Role::Agent).await;
    let lead = signed_in(&app, Role::Lead).await;

    let (page, version) = shown(&agent, &request).await;
    assert!(page.contains("0 gone, 5 still to go"), "{page}");
    let mut events = Events::open(&agent, &request).await;
    let mut others = Events::open(&lead, &request).await;
    assert_eq!(events.next().await, version, "the page is as new as that");
    assert_eq!(others.next().await, version);

    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let (page, halted) = shown(&agent, &request).await;
    assert!(page.contains("3 gone, 2 still to go"), "{page}");
    assert!(page.contains("The account may not delete"), "{page}");
    assert_ne!(halted, version);
    events.until(&halted.clone().unwrap()).await;
    others.until(&halted.unwrap()).await;

    *ill.habit.lock().unwrap() = Habit::Honest;
    let actor = app.actor(Role::Agent).await;
    run::retry(&app.app, &actor, request.reference)
        .await
        .unwrap();
    app.until_it_rests(&request).await;
    let (page, over) = shown(&agent, &request).await;
    assert!(page.contains("5 records erased"), "{page}");
    assert_eq!(over, None, "nothing changes any more");
    let mut last = events.next().await;
    assert!(last.is_some(), "the end is told too");
    while last.is_some() {
        last = events.next().await;
    }
    let again = agent.open(&events_of(&request)).await;
    assert_eq!(again.status(), 204, "the browser asks no more");

    for line in events.all.lines().filter(|line| !line.is_empty()) {
        let version = line.strip_prefix("data: ").unwrap_or_default();
        let opaque = version.len() == 24 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(opaque || line == ":", "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_is_on_this_page_alone_and_only_while_the_run_goes_on() {
    let store = Arc::new(FakeStore::new(Habit::Honest, 1));
    let app = TestApp::start_with_stores(vec![store]).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let agent = signed_in(&app, Role::Agent).await;
    let page = agent.get(&page_of(&request)).await;
    let scripts = page.attributes("script", "src");
    assert_eq!(scripts.len(), 1);
    let script = app.browser().get(&scripts[0]).await;
    assert_eq!(
        script.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(
        script.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert!(script.text.contains("new EventSource"));
    for path in [
        "/admin",
        "/admin/requests",
        &format!("/admin/requests/{}", request.reference),
        "/admin/requests/0000-0000/run",
    ] {
        let page = agent.get(path).await;
        assert!(page.attributes("script", "src").is_empty(), "{path}");
        let policy = page.header("content-security-policy");
        assert!(!policy.contains("script-src"), "{path}: {policy}");
    }
    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let page = agent.get(&page_of(&request)).await;
    assert!(page.attributes("script", "src").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_the_page_may_not_hear_of_it() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let nobody = app.browser().open(&events_of(&request)).await;
    assert_eq!(nobody.url().path(), "/admin/sign-in");
    for (role, status) in [(Role::Auditor, 403), (Role::Subcontractor, 404)] {
        let browser = signed_in(&app, role).await;
        assert_eq!(browser.get(&page_of(&request)).await.status, status);
        assert_eq!(browser.open(&events_of(&request)).await.status(), status);
    }
    let agent = signed_in(&app, Role::Agent).await;
    let nothing = agent.open("/admin/requests/0000-0000/run/events").await;
    assert_eq!(nothing.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_session_or_its_permission_and_others_go_on() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let agent = signed_in(&app, Role::Agent).await;
    let lead = signed_in(&app, Role::Lead).await;
    let helper = app
        .staff("helper@elsewhere.example", Role::Subcontractor)
        .await;
    let now = app.newest_request(ANN).await;
    let to = Some(helper.id);
    assign::assign(&app.app, &Actor::Operator, now.reference, to, now.version)
        .await
        .unwrap();
    let theirs = app.browser();
    theirs.sign_in(helper.email.as_str(), PASSWORD).await;

    let mut of_agent = Events::open(&agent, &request).await;
    let mut of_lead = Events::open(&lead, &request).await;
    let mut of_helper = Events::open(&theirs, &request).await;
    for events in [&mut of_agent, &mut of_lead, &mut of_helper] {
        events.next().await.unwrap();
    }

    let page = agent.get(&page_of(&request)).await;
    agent.send(&page, "/admin/sign-out", &[]).await;
    while of_agent.next().await.is_some() {}

    let now = app.newest_request(ANN).await;
    assign::assign(&app.app, &Actor::Operator, now.reference, None, now.version)
        .await
        .unwrap();
    while of_helper.next().await.is_some() {}

    let (_, version) = shown(&lead, &request).await;
    let accepted = app.newest_request(ANN).await;
    let actor = app.actor(Role::Agent).await;
    decide::accept(&app.app, &actor, accepted.reference, accepted.version)
        .await
        .unwrap();
    let mut heard = of_lead.next().await.expect("the lead's goes on");
    if Some(&heard) == version.as_ref() {
        heard = of_lead.next().await.unwrap();
    }
    assert_ne!(Some(heard), version);

    let accounts = staff::list(&app.app, &Actor::Operator).await.unwrap();
    let of_lead_account = accounts
        .iter()
        .find(|listed| listed.staff.role == Role::Lead)
        .unwrap();
    staff::deactivate(&app.app, &Actor::Operator, of_lead_account.staff.id)
        .await
        .unwrap();
    while of_lead.next().await.is_some() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_opens_too_many_is_told_to_wait_and_has_its_page() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    let agent = signed_in(&app, Role::Agent).await;
    let mut open = Vec::new();
    for _ in 0..OF_A_SESSION {
        open.push(Events::open(&agent, &request).await);
    }
    let refused = agent.open(&events_of(&request)).await;
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "60");
    assert!(shown(&agent, &request).await.1.is_some());
    let lead = signed_in(&app, Role::Lead).await;
    let mut other = Events::open(&lead, &request).await;
    assert!(other.next().await.is_some());

    // A page that was closed, or loaded anew, takes no place from the next.
    for _ in 0..3 {
        open.truncate(1);
        while open.len() < OF_A_SESSION {
            open.push(Events::open(&agent, &request).await);
        }
    }
    let refused = agent.open(&events_of(&request)).await;
    assert_eq!(refused.status(), 503);
}

/// `lethe serve` without a worker, on the database of the test.
struct Serving {
    child: Child,
    browser: Browser,
}

impl Serving {
    async fn start(app: &TestApp) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let url = format!("http://{at}");
        let mut command = app.command(&app.config_file(""));
        command
            .args(["serve", "--no-worker"])
            .env("LETHE__SERVER__BIND", at.to_string())
            .env("LETHE__SERVER__PUBLIC_URL", &url)
            .stdout(Stdio::null());
        drop(listener);
        let child = command.spawn().unwrap();
        let mut browser = app.browser();
        browser.url = url;
        let serving = Serving { child, browser };
        let ready = format!("{}/readyz", serving.browser.url);
        let start = Instant::now();
        while !reqwest::get(&ready)
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            assert!(start.elapsed() < PATIENCE, "it never answered");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        serving
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_tells_of_it_too_and_ends_its_streams_when_it_is_stopped() {
    let store = Arc::new(FakeStore::named("ticket", Habit::NeedsPerson, 2));
    let app = TestApp::start_with_stores(vec![store]).await;
    let request = app.ask_and_confirm("removal", ANN, &[]).await;
    app.staff("agent@northwind.example", Role::Agent).await;
    let mut serving = Serving::start(&app).await;
    let browser = &serving.browser;
    browser.sign_in("agent@northwind.example", PASSWORD).await;
    let mut events = Events::open(browser, &request).await;
    let first = events.next().await;
    assert_eq!(first, shown(browser, &request).await.1);

    app.accept(&request).await;
    app.until_it_rests(&request).await;
    let (page, version) = shown(browser, &request).await;
    assert!(page.contains("The account may not delete"), "{page}");
    assert_ne!(version, first);
    events.until(&version.unwrap()).await;

    let told = Instant::now();
    let id = serving.child.id().to_string();
    let kill = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(kill.success());
    assert_eq!(events.next().await, None);
    assert!(serving.child.wait().unwrap().success());
    let took = told.elapsed();
    assert!(took < Duration::from_secs(10), "it hung for {took:?}");
}

//! What the program prints while it works, as talkative as it can be made, names nobody and holds
//! no key to anybody's page: neither where all goes well nor where people and files are wrong.

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use lethe::config::DatabaseUrl;
use lethe::domain::request::{Progress, Request};
use lethe::seal::Unsubscribe;
use quoted_printable::{ParseMode, decode};

use crate::support::{Browser, PASSWORD, Page, TestApp, code_in, path_in};
use crate::trail::forms;

/// Words that stand nowhere else, so that finding one is finding this person.
const EMAIL: &str = "Wilmina.Oosterveld@kraaienburg.example";
const LOWER: &str = "wilmina.oosterveld@kraaienburg.example";
const LOCAL: &str = "wilmina.oosterveld";
const NAME: &str = "Wilmina Oosterveld";
const AGENT: &str = "zoltan.behandelaar@northwind.example";

/// Everything, also of the libraries.
const TALKATIVE: &str = "trace";

/// A program of ours, told to say all it can.
fn talkative(app: &TestApp, file: &Path) -> Command {
    let mut command = app.command(file);
    command
        .env("LETHE_LOG", TALKATIVE)
        .env("RUST_LOG", TALKATIVE);
    command
}

/// `lethe serve` with its worker, and the file with all that it prints.
struct Serving {
    child: Child,
    said: PathBuf,
    browser: Browser,
}

impl Serving {
    async fn start(app: &TestApp, file: &Path) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let url = format!("http://{at}");
        let said = app.folder.join("said");
        let out = File::create(&said).unwrap();
        let mut command = talkative(app, file);
        command
            .arg("serve")
            .env("LETHE__SERVER__BIND", at.to_string())
            .env("LETHE__SERVER__PUBLIC_URL", &url)
            .stdout(out.try_clone().unwrap())
            .stderr(out);
        drop(listener);
        let child = command.spawn().unwrap();
        let mut browser = app.browser();
        browser.url = url;
        let serving = Serving {
            child,
            said,
            browser,
        };
        let answers = || reqwest::get(format!("{}/readyz", serving.browser.url));
        let start = Instant::now();
        while !answers()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            assert!(start.elapsed() < PATIENCE, "{}", serving.log());
            tokio::time::sleep(PAUSE).await;
        }
        serving
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap()
    }

    /// Somebody else's browser.
    fn another(&self, app: &TestApp) -> Browser {
        let mut browser = app.browser();
        browser.url.clone_from(&self.browser.url);
        browser
    }

    /// Stops it as an operator does; what it has said.
    fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(told.success());
        assert!(self.child.wait().unwrap().success());
        self.log()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

/// The text of the newest letter in the folder in which a part stands, once it is there.
async fn letter_with(app: &TestApp, part: &str) -> String {
    let folder = app.folder.join("mails");
    let start = Instant::now();
    loop {
        let files = std::fs::read_dir(&folder).into_iter().flatten();
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        // Names are the ids of letters, which grow.
        paths.sort();
        let whole = |path: &PathBuf| path.extension().is_some_and(|end| end == "eml");
        for path in paths.iter().rev().filter(|path| whole(path)) {
            let bytes = decode(std::fs::read(path).unwrap(), ParseMode::Robust).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            if text.contains(part) {
                return text;
            }
        }
        assert!(start.elapsed() < PATIENCE, "no letter with {part}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// The request, once it stands where it is waited for.
async fn request_at(app: &TestApp, progress: Progress) -> Request {
    let start = Instant::now();
    loop {
        if let Some(request) = app.requests(LOWER).await.into_iter().next()
            && request.progress == progress
        {
            return request;
        }
        assert!(start.elapsed() < PATIENCE, "the request is not {progress}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// A page, once there is one.
async fn page_at(browser: &Browser, path: &str) -> Page {
    let start = Instant::now();
    loop {
        let page = browser.get(path).await;
        if page.status == 200 {
            return page;
        }
        assert!(start.elapsed() < PATIENCE, "{path}: {}", page.status);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Runs a command to its end, with something on its standard input.
fn run(command: &mut Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn both(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What must stand in no line.
#[derive(Default)]
struct Secrets(Vec<String>);

impl Secrets {
    /// Address, name and their parts, plain and as plain hashes.
    fn of_people() -> Secrets {
        let mut secrets: Vec<String> = [EMAIL, LOWER, NAME, AGENT]
            .into_iter()
            .flat_map(forms)
            .collect();
        for part in [LOCAL, "wilmina", "oosterveld", "zoltan.behandelaar"] {
            secrets.push(part.to_owned());
            secrets.extend(forms(part));
        }
        secrets.push("kraaienburg".to_owned());
        secrets.push(PASSWORD.to_owned());
        Secrets(secrets)
    }

    /// The last part of a path: the token.
    fn add_token(&mut self, path: &str) {
        let token = path.rsplit('/').next().unwrap();
        assert!(token.len() >= 20, "{path}");
        self.0.push(token.to_owned());
    }

    fn assert_absent(&self, what: &str, said: &str) {
        for line in said.lines() {
            let lower = line.to_lowercase();
            for secret in &self.0 {
                assert!(
                    !lower.contains(&secret.to_lowercase()),
                    "{what} tells {secret}: {line}"
                );
            }
        }
    }
}

/// Six digits alone; those of a time or a fraction of a second have a point before them.
fn has_code(line: &str, code: &str) -> bool {
    line.match_indices(code).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + code.len()..].chars().next();
        !before.is_some_and(|c| c.is_ascii_hexdigit() || c == '.')
            && !after.is_some_and(|c| c.is_ascii_hexdigit())
    })
}

fn ticket(email: &str, more: &str) -> String {
    format!(
        r#"{{"key":"T-1","subject":"Hello from {NAME}","status":"closed","created_at":"2026-01-02T03:04:05Z","requester":{{"email":"{email}","name":"{NAME}"}},"participants":[],"messages":[{{"key":"m1","author":{{"email":"{email}","name":"{NAME}"}},"at":"2026-01-02T03:04:05Z","body":"I am {NAME}, {email}"{more}}}]}}"#
    )
}

/// Files that cannot be read, each wrong where somebody's data stands.
fn bad_files() -> Vec<(&'static str, String)> {
    let good = ticket(EMAIL, "");
    let licences = include_str!("../data/marketplace-licenses.sample.json");
    let columns = include_str!("../data/marketplace-licenses.sample.csv");
    let (header, _) = columns.split_once('\n').unwrap();
    vec![
        (
            "tickets",
            ticket("Wilmina.Oosterveld at kraaienburg.example", ""),
        ),
        ("tickets", good.replace("2026-01-02T03:04:05Z", EMAIL)),
        (
            "tickets",
            good.replace(
                r#""participants":[]"#,
                &format!(r#""participants":"{EMAIL}""#),
            ),
        ),
        (
            "tickets",
            ticket(EMAIL, &format!(r#","headers":{{"{EMAIL}":5}}"#)),
        ),
        (
            "tickets",
            ticket(EMAIL, &format!(r#","internal":"{EMAIL}""#)),
        ),
        (
            "tickets",
            good.replace(r#""status""#, &format!(r#""{EMAIL}""#)),
        ),
        ("tickets", good[..good.len() - 20].to_owned()),
        ("tickets", format!("{EMAIL}\n")),
        ("licences", good),
        (
            "licences",
            licences.replacen('{', &format!(r#"{{"{EMAIL}":1,"{EMAIL}":2,"#), 2),
        ),
        (
            "licences",
            licences.replace(
                "\"maintenanceEndDate\": \"",
                &format!("\"maintenanceEndDate\": \"{EMAIL}"),
            ),
        ),
        ("licences", format!("{header}\n{EMAIL},{NAME}\n")),
        ("transactions", format!("{EMAIL},{NAME}\n1,2\n")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_the_program_prints_names_anybody() {
    let app = TestApp::start().await;
    let file = app.config_file("");
    let mut secrets = Secrets::of_people();
    // What commands say: the words for the person at the terminal, and the log.
    let mut told: Vec<(String, String)> = Vec::new();

    let added = run(
        talkative(&app, &file)
            .args([
                "staff", "add", AGENT, "--name", "An Agent", "--role", "lead",
            ])
            .args(["--password-file", "-"]),
        PASSWORD,
    );
    assert!(added.status.success(), "{}", both(&added));
    // The account that was asked for is named to whoever asked for it, and to nobody else.
    told.push((
        "staff add".to_owned(),
        String::from_utf8(added.stderr).unwrap(),
    ));

    let export = app.folder.join("export");
    for (n, (store, content)) in bad_files().into_iter().enumerate() {
        std::fs::write(&export, &content).unwrap();
        for more in [
            &[][..],
            &["--skip-bad", "--dry-run"],
            &["--skip-bad", "--dry-run", "--json"],
        ] {
            let done = run(
                talkative(&app, &file)
                    .args(["import", store])
                    .arg(&export)
                    .args(more),
                "",
            );
            let said = both(&done);
            assert!(!said.trim().is_empty(), "bad file {n} with {more:?}");
            told.push((format!("import of bad file {n} with {more:?}"), said));
        }
    }
    assert!(told[1].1.contains("requester.email"), "{}", told[1].1);
    std::fs::write(&export, ticket(EMAIL, "")).unwrap();
    let done = run(
        talkative(&app, &file)
            .args(["import", "tickets"])
            .arg(&export),
        "",
    );
    assert!(both(&done).contains("written     1"), "{}", both(&done));
    told.push(("import".to_owned(), both(&done)));

    let serving = Serving::start(&app, &file).await;
    let browser = &serving.browser;
    wrong_ways(&serving, &app).await;

    // A whole removal.
    let sent = browser
        .ask(
            "removal",
            EMAIL,
            &[("name", NAME), ("details", "All of it, please")],
        )
        .await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let letter = letter_with(&app, "/confirm/").await;
    let confirm = path_in(&letter, "/confirm/");
    secrets.add_token(&confirm);
    let code = code_in(&letter).unwrap();
    let page = browser.get(&confirm).await;
    secrets.0.push(page.csrf());
    let wrong = if code == "000000" { "111111" } else { "000000" };
    browser
        .send(&page, &confirm, &[("code", wrong), ("action", "confirm")])
        .await;
    browser
        .send(&page, &confirm, &[("code", EMAIL), ("action", NAME)])
        .await;
    let done = browser
        .send(&page, &confirm, &[("code", &code), ("action", "confirm")])
        .await;
    assert_eq!(done.status, 200, "{}", done.text);
    let letter = letter_with(&app, "/status/").await;
    let status = path_in(&letter, "/status/");
    secrets.add_token(&status);
    let page = browser.get(&status).await;
    assert_eq!(browser.send(&page, &status, &[]).await.status, 200);

    // Staff decide; the worker does it.
    let reference = request_at(&app, Progress::ToDecide).await.reference;
    let desk = serving.another(&app);
    assert_eq!(desk.sign_in(AGENT, PASSWORD).await.url, "/admin");
    let looked = serde_urlencoded::to_string([("q", EMAIL), ("reason", "request")]).unwrap();
    assert_eq!(
        desk.get(&format!("/admin/people?{looked}")).await.status,
        200
    );
    let path = format!("/admin/requests/{reference}/acceptance");
    let page = desk.get(&path).await;
    let accepted = desk.send(&page, &path, &[("seen", &page.seen())]).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text);
    request_at(&app, Progress::Done).await;
    for page in ["/admin", "/admin/requests", "/admin/audit", "/admin/stores"] {
        assert_eq!(desk.get(page).await.status, 200, "{page}");
    }
    for file in [
        "certificate",
        "certificate.json",
        "certificate.tlog-proof",
        "certificate-salt.txt",
    ] {
        page_at(browser, &format!("/requests/{reference}/{file}")).await;
    }

    unsubscribe(&serving, &app, &mut secrets).await;

    let reference = reference.to_string();
    for (args, holds) in [
        (&["audit", "verify"][..], "The trail is unbroken"),
        (&["audit", "verify", "--json"], "\"problem\":null"),
        (&["audit", "prove", &reference], "received"),
        (
            &["audit", "prove", &reference, "--certificate"],
            "\"policy\"",
        ),
        (&["audit", "prove", EMAIL], "REFERENCE"),
        (&["audit", "export"], "identity_checked"),
        (
            &["audit", "checkpoint"],
            app.app.config.audit.origin.as_str(),
        ),
        (&["suppressions", "count"], "objections"),
        (&["suppressions", "count", "--json"], "objections"),
        // In the folder of SQLite's file the journal is a problem; beside PostgreSQL nothing is.
        (
            &["check"],
            match app.app.config.database.url {
                DatabaseUrl::Sqlite(_) => "journal.erasure",
                // There is no recovery key, and that is all there is to say.
                DatabaseUrl::Postgres(_) => "backup.recovery_key",
            },
        ),
        (&["keys", "verifier"], "+"),
        (
            &[
                "request",
                "review",
                "--email",
                EMAIL,
                "--name",
                NAME,
                "--details",
                NAME,
            ],
            "Reference",
        ),
        (&["request", "review", "--email", NAME], "--email"),
    ] {
        let done = run(talkative(&app, &file).args(args), "");
        assert!(both(&done).contains(holds), "{args:?}: {}", both(&done));
        told.push((args.join(" "), both(&done)));
    }
    let links = run(
        talkative(&app, &file).args(["unsubscribe-links", "--list", "news"]),
        NAME,
    );
    assert!(String::from_utf8_lossy(&links.stderr).contains("line 1"));
    told.push(("unsubscribe-links".to_owned(), both(&links)));

    let log = serving.stop();
    assert_is_whole(&log);
    told.push(("serve".to_owned(), log));
    for (what, said) in &told {
        secrets.assert_absent(what, said);
        for line in said.lines() {
            assert!(!has_code(line, &code), "{what} tells the code: {line}");
        }
    }
}

/// What people and machines do wrong, with a name where there should be none.
async fn wrong_ways(serving: &Serving, app: &TestApp) {
    let browser = &serving.browser;
    let form = browser.get("/requests/new/removal").await;
    for typed in [
        &[("email", NAME)][..],
        &[("email", EMAIL), ("scope", EMAIL)],
        &[("email", EMAIL), ("details", &"x".repeat(100_000))],
        &[("email", EMAIL), ("u", EMAIL)],
    ] {
        browser.send(&form, "/requests/new/removal", typed).await;
    }
    let typed = [("email", EMAIL), ("scope", "all"), ("name", NAME)];
    let stranger = serving.another(app);
    let refused = stranger.send(&form, "/requests/new/removal", &typed).await;
    assert_eq!(refused.status, 403, "another browser's form");
    for path in [
        format!("/{EMAIL}"),
        format!("/?q={EMAIL}"),
        format!("/confirm/{EMAIL}"),
        format!("/status/{EMAIL}"),
        format!("/u/{EMAIL}"),
        format!("/requests/{EMAIL}"),
        format!("/requests/new/{EMAIL}"),
        format!("/requests/new/removal?u={EMAIL}&lang={EMAIL}"),
        format!("/admin/requests/{EMAIL}"),
        format!("/admin/requests/{EMAIL}/items/{EMAIL}"),
        format!("/admin/audit/{EMAIL}"),
        format!("/admin/staff/{EMAIL}/deactivation"),
        format!("/admin/audit?request={EMAIL}&from={EMAIL}"),
        format!("/admin/requests?q={EMAIL}&page={EMAIL}"),
    ] {
        browser.get(&path).await;
        let token = format!("email={EMAIL}&csrf={EMAIL}");
        for (kind, body) in [
            ("application/x-www-form-urlencoded", token.as_str()),
            ("application/x-www-form-urlencoded", "email=%ff%fe%zz"),
            ("application/json", &format!("{{\"email\":\"{EMAIL}\"}}")),
            ("multipart/form-data; boundary=Wilmina.Oosterveld", EMAIL),
            (EMAIL, EMAIL),
        ] {
            let answer = browser
                .post_raw(&path, kind, body.as_bytes().to_vec())
                .await;
            assert!(
                !answer.status().is_server_error(),
                "{path}: {}",
                answer.status()
            );
        }
    }
    for (who, password) in [(AGENT, NAME), (EMAIL, PASSWORD), (NAME, EMAIL)] {
        let page = serving.another(app).sign_in(who, password).await;
        assert_eq!(page.url, "/admin/sign-in");
    }
    // A browser that speaks no HTTP.
    let at = browser.url.trim_start_matches("http://");
    for spoken in [
        format!("{EMAIL}\r\n\r\n"),
        format!("GET /confirm/{EMAIL} {NAME}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{NAME}: {EMAIL}\r\n\r\n"),
        format!("POST /status HTTP/1.1\r\nHost: x\r\nContent-Length: {EMAIL}\r\n\r\n"),
    ] {
        let mut line = std::net::TcpStream::connect(at).unwrap();
        line.write_all(spoken.as_bytes()).unwrap();
        line.set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        let _ = std::io::Read::read(&mut line, &mut [0; 64]);
    }
}

/// By the link of a mailing, by a link that is wrong, and by a typed address.
async fn unsubscribe(serving: &Serving, app: &TestApp, secrets: &mut Secrets) {
    let token = app.app.keys.unsubscribe_token(&Unsubscribe {
        address: EMAIL.to_owned(),
        list: "news".to_owned(),
        tool_id: None,
        tool: None,
    });
    let link = format!("/u/{token}");
    secrets.add_token(&link);
    let browser = &serving.browser;
    let page = browser.get(&link).await;
    assert_eq!(
        browser
            .send(&page, &link, &[("action", "all")])
            .await
            .status,
        200
    );
    let kind = "application/x-www-form-urlencoded";
    for (path, status) in [(link.clone(), 200), (format!("{link}x"), 404)] {
        let body = b"List-Unsubscribe=One-Click".to_vec();
        let answer = browser.post_raw(&path, kind, body).await;
        assert_eq!(answer.status().as_u16(), status);
    }
    assert_eq!(browser.ask("unsubscribe", EMAIL, &[]).await.status, 200);
    let form = browser.get("/status").await;
    browser.send(&form, "/status", &[("email", EMAIL)]).await;
    let undo = path_in(&letter_with(app, "/u/").await, "/u/");
    secrets.add_token(&undo);
    assert_eq!(browser.get(&undo).await.status, 200);
}

/// The log is there, and of all that happened.
fn assert_is_whole(log: &str) {
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let has = |level: &str, fields: &[(&str, &str)]| {
        let fits = |line: &&serde_json::Value| {
            line["level"] == level
                && fields
                    .iter()
                    .all(|(name, value)| line["fields"][name] == *value)
        };
        assert!(
            lines.iter().any(|line| fits(&line)),
            "no {level} {fields:?}"
        );
    };
    for (method, route) in [
        ("POST", "/requests/new/{kind}"),
        ("GET", "/confirm/{token}"),
        ("POST", "/confirm/{token}"),
        ("POST", "/status/{token}"),
        ("POST", "/u/{token}"),
        ("POST", "/admin/sign-in"),
        ("POST", "/admin/requests/{reference}/acceptance"),
        ("GET", "unknown"),
    ] {
        has(
            "INFO",
            &[
                ("message", "answered"),
                ("method", method),
                ("route", route),
            ],
        );
    }
    for job in ["send_letter", "search", "run", "checkpoint"] {
        has("DEBUG", &[("message", "a job begins"), ("job", job)]);
    }
    has(
        "INFO",
        &[
            ("message", "an error page was shown"),
            ("cause", "the form token does not fit"),
        ],
    );
    has("INFO", &[("message", "stopping")]);
}

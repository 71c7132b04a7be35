//! Mail both ways through real servers: from a mailbox to a request, from a newsletter to an objection.

use std::process::Child;
use std::time::{Duration, Instant};

use lethe::actions::senders;
use lethe::config::{After, Inbox};
use lethe::domain::email::Email;
use lethe::jobs::mailboxes;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::support::mail_servers::{MAIL_PASSWORD, MailServers, PEOPLE, PRIVACY};
use crate::support::{TestApp, code_in, path_in};

const MARTA: &str = "marta@halden.example";

fn removal(n: usize) -> Vec<u8> {
    format!(
        "From: Marta <marta+{n}@halden.example>\r\nTo: privacy@northwind.example\r\n\
         Subject: My data\r\nMessage-ID: <m{n}@halden.example>\r\n\r\n\
         Please delete my account and all my personal data.\r\n"
    )
    .into_bytes()
}

/// A mail as a program shows it: quoted-printable undone.
fn shown(mail: &str) -> String {
    let bytes = quoted_printable::decode(mail, quoted_printable::ParseMode::Robust).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn flagged_or_gone(servers: &MailServers) -> usize {
    let folder = servers.folder.join("mail").join(PRIVACY).join("Maildir");
    ["new", "cur"]
        .iter()
        .flat_map(|part| std::fs::read_dir(folder.join(part)).unwrap())
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            !name.to_string_lossy().contains(":2,S")
        })
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_in_a_mailbox_becomes_a_request_and_is_answered() {
    let servers = MailServers::start();
    let app = TestApp::start_with(|config| servers.serve(config)).await;
    servers.put(PRIVACY, &removal(0));
    let inbox = servers.inbox();
    assert_eq!(mailboxes::read_once(&app.app, &inbox).await.unwrap(), 1);
    assert_eq!(
        mailboxes::read_once(&app.app, &inbox).await.unwrap(),
        0,
        "it goes on behind what it took"
    );
    assert_eq!(
        flagged_or_gone(&servers),
        0,
        "what is ours is marked as seen"
    );
    app.run_jobs().await;
    let mails = servers.until_mails(PEOPLE, 1).await;
    let letter = shown(&mails[0]);
    assert!(
        letter.contains("In-Reply-To: <m0@halden.example>"),
        "{letter}"
    );
    assert!(letter.contains("Auto-Submitted: auto-replied"), "{letter}");
    let path = path_in(&letter, "/confirm/");
    let browser = app.browser();
    let page = browser.get(&path).await;
    let code = code_in(&letter).unwrap();
    browser
        .send(&page, &path, &[("code", &code), ("action", "confirm")])
        .await;
    assert_eq!(app.requests("marta+0@halden.example").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_numbers_anew_gives_nothing_twice_and_loses_nothing() {
    let mut servers = MailServers::start();
    let app = TestApp::start_with(|config| servers.serve(config)).await;
    for n in 0..2 {
        servers.put(PRIVACY, &removal(n));
    }
    let inbox = servers.inbox();
    assert_eq!(mailboxes::read_once(&app.app, &inbox).await.unwrap(), 2);
    app.run_jobs().await;
    servers.renumber(PRIVACY);
    servers.put(PRIVACY, &removal(2));
    mailboxes::read_once(&app.app, &inbox).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.count("incoming", "verdict = 'asks'"), 3);
    assert_eq!(app.count("outbox", "letter = 'confirmation'"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_is_deleted_where_that_is_asked_also_after_a_kill() {
    let servers = MailServers::start();
    let app = TestApp::start_with(|config| servers.serve(config)).await;
    let seen = servers.inbox();
    let deleting = Inbox {
        after: After::Delete,
        ..servers.inbox()
    };
    for n in 0..3 {
        servers.put(PRIVACY, &removal(n));
    }
    assert_eq!(mailboxes::read_once(&app.app, &seen).await.unwrap(), 3);
    // As if the process had been killed after taking them over and before putting them away.
    let conn = &mut app.connect();
    diesel::connection::SimpleConnection::batch_execute(
        conn,
        "UPDATE mailboxes SET put_away_uid = 1",
    )
    .unwrap();
    assert_eq!(mailboxes::read_once(&app.app, &deleting).await.unwrap(), 0);
    assert_eq!(servers.mails(PRIVACY).len(), 1, "the other two are deleted");
    assert_eq!(app.count("incoming", "true"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_cannot_be_read_says_why() {
    let servers = MailServers::start();
    let app = TestApp::start_with(|config| servers.serve(config)).await;
    let missing = Inbox {
        folder: "Nowhere".to_owned(),
        ..servers.inbox()
    };
    let error = mailboxes::read_once(&app.app, &missing).await.unwrap_err();
    assert!(!error.to_string().is_empty());
    assert_eq!(app.count("incoming", "true"), 0);
}

/// A worker of its own, killed when the test ends, whatever becomes of it.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_are_killed_again_and_again_take_each_mail_once() {
    const MAILS: i64 = 12;
    let servers = MailServers::start();
    let app = TestApp::start().await;
    let config = app.config_file(&format!(
        "[mail.inbox.support]\nhost = \"localhost\"\nport = {}\nuser = \"{PRIVACY}\"\n\
         begin = \"all\"\nafter = \"delete\"\n",
        servers.imaps_port
    ));
    for n in 0..MAILS {
        servers.put(PRIVACY, &removal(n as usize));
    }
    let start = || {
        let mut command = app.command(&config);
        command
            .arg("worker")
            .env("LETHE__MAIL__INBOX__SUPPORT__PASSWORD", MAIL_PASSWORD)
            .env("LETHE__MAIL__CA_FILE", servers.folder.join("cert.pem"));
        Worker(command.spawn().unwrap())
    };
    let began = Instant::now();
    // Lives of growing length, so that kills hit every stage from the sign-in on.
    let mut life = 60;
    while app.count("incoming", "state = 'done'") < MAILS {
        assert!(
            began.elapsed() < Duration::from_secs(240),
            "they are never all judged"
        );
        let worker = start();
        tokio::time::sleep(Duration::from_millis(life)).await;
        drop(worker);
        life = life * 5 / 4;
    }
    assert_eq!(app.count("incoming", "verdict = 'asks'"), MAILS);
    assert_eq!(app.count("incoming", "true"), MAILS, "none twice");
    assert_eq!(app.count("outbox", "letter = 'confirmation'"), MAILS);
    assert_eq!(app.count("submissions", "true"), MAILS);
}

/// Sends a newsletter with the headers that Lethe gives, through the real server.
async fn newsletter(servers: &MailServers, app: &TestApp, to: &str) -> String {
    let known_as = senders::KnownAs {
        tool: "newsletter",
        id: "tool-17",
    };
    let to_email = Email::parse(to).unwrap();
    let link = senders::link(&app.app, &to_email, "news", Some(known_as));
    let raw = |name: &'static str, value: String| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
    };
    let message = Message::builder()
        .from("news@northwind.example".parse().unwrap())
        .to(to.parse().unwrap())
        .subject("What is new")
        .raw_header(raw("List-Unsubscribe", link.list_unsubscribe))
        .raw_header(raw(
            "List-Unsubscribe-Post",
            link.list_unsubscribe_post.to_owned(),
        ))
        .body(format!("Hello,\r\nUnsubscribe: {}\r\n", link.url))
        .unwrap();
    let before = servers.mails(PEOPLE).len();
    transport(servers).send(message).await.unwrap();
    let mails = servers.until_mails(PEOPLE, before + 1).await;
    mails
        .into_iter()
        .rev()
        .find(|mail| mail.contains(&format!("To: {to}")))
        .unwrap()
}

fn transport(servers: &MailServers) -> AsyncSmtpTransport<Tokio1Executor> {
    let certificate = Certificate::from_pem(servers.certificate().as_bytes()).unwrap();
    let tls = TlsParameters::builder("localhost".to_owned())
        .add_root_certificate(certificate)
        .build()
        .unwrap();
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("localhost")
        .port(servers.smtp_port)
        .tls(Tls::Required(tls))
        .credentials(Credentials::new(
            "lethe".to_owned(),
            MAIL_PASSWORD.to_owned(),
        ))
        .build()
}

/// The header of a mail that came, unfolded.
fn list_unsubscribe(mail: &str) -> String {
    let unfolded = mail.replace("\r\n", "\n").replace("\n ", " ");
    unfolded
        .lines()
        .find_map(|line| line.strip_prefix("List-Unsubscribe: "))
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newsletter_is_left_by_one_click_by_the_page_and_by_mail() {
    let servers = MailServers::start();
    let app = TestApp::start_with(|config| {
        servers.serve(config);
        config.unsubscribe.mailto = Some("unsubscribe@northwind.example".parse().unwrap());
    })
    .await;
    let people = ["ann@halden.example", "ben@halden.example", MARTA];

    let mail = newsletter(&servers, &app, people[0]).await;
    let path = path_in(&list_unsubscribe(&mail), "/u/");
    let answer = app
        .browser()
        .post_raw(
            &path,
            "application/x-www-form-urlencoded",
            b"List-Unsubscribe=One-Click".to_vec(),
        )
        .await;
    assert_eq!(answer.status().as_u16(), 200);

    let mail = newsletter(&servers, &app, people[1]).await;
    let path = path_in(&list_unsubscribe(&mail), "/u/");
    let browser = app.browser();
    let page = browser.get(&path).await;
    browser.send(&page, &path, &[("action", "list")]).await;

    let mail = newsletter(&servers, &app, people[2]).await;
    let header = list_unsubscribe(&mail);
    let (_, mailto) = header.split_once("<mailto:").unwrap();
    let (to, subject) = mailto.split_once("?subject=").unwrap();
    let subject = subject.split('>').next().unwrap();
    let message = Message::builder()
        .from(people[2].parse().unwrap())
        .to(to.parse().unwrap())
        .subject(subject)
        .body(String::new())
        .unwrap();
    transport(&servers).send(message).await.unwrap();
    servers.until_mails(PRIVACY, 1).await;
    mailboxes::read_once(&app.app, &servers.inbox())
        .await
        .unwrap();
    app.run_jobs().await;

    let verdicts = senders::verdicts(
        &app.app,
        Some("news"),
        people.iter().map(|person| (*person).to_owned()).collect(),
    )
    .await
    .unwrap();
    assert_eq!(verdicts, [senders::Verdict::Unsubscribed; 3]);
    assert_eq!(app.count("objections", "lifted_at IS NULL"), 3);
}

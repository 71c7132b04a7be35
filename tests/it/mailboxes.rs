//! Mail both ways through real servers: from a mailbox to a request, from a newsletter to an objection.

use std::fs::File;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use lethe::actions::inbound::MAX_KEPT;
use lethe::actions::senders;
use lethe::config::{After, Begin, Inbox};
use lethe::domain::email::Email;
use lethe::domain::staff::Role;
use lethe::jobs::mailboxes;
use lethe::mail::imap;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::support::mail_servers::{MAIL_PASSWORD, MailServers, PEOPLE, PRIVACY};
use crate::support::{PASSWORD, TestApp, code_in, path_in};

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
    assert_eq!(servers.seen(PRIVACY), 1, "what is ours is marked as seen");
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

/// Makes a mail look as if it had come long ago.
fn age(file: &Path) {
    let file = File::options().append(true).open(file).unwrap();
    let came = file.metadata().unwrap().modified().unwrap();
    file.set_modified(came - Duration::from_secs(40 * 24 * 3600))
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_ours_is_neither_taken_nor_deleted_when_the_numbers_change() {
    // Dovecot numbers by the names of the files: once the old mail comes first, once last.
    for (old, newer) in [("1000000001", "1500000001"), ("1900000001", "1500000001")] {
        let mut servers = MailServers::start();
        let app = TestApp::start_with(|config| servers.serve(config)).await;
        let inbox = Inbox {
            begin: Begin::New,
            after: After::Delete,
            ..servers.inbox()
        };
        servers.put_as(PRIVACY, old, &removal(0));
        age(&servers.files_with(PRIVACY, "<m0@halden.example>")[0]);
        assert_eq!(mailboxes::read_once(&app.app, &inbox).await.unwrap(), 0);
        servers.put(PRIVACY, &removal(1));
        assert_eq!(mailboxes::read_once(&app.app, &inbox).await.unwrap(), 1);
        servers.renumber(PRIVACY);
        servers.put_as(PRIVACY, newer, &removal(2));
        let mut session = imap::open(&inbox).await.unwrap();
        assert_eq!(session.waiting(0, None, 10).await.unwrap(), [1, 2]);
        let last = session.part(2, 0, 4_096).await.unwrap();
        let is_old = String::from_utf8(last).unwrap().contains("<m0@");
        assert_eq!(is_old, old > newer, "numbered as the journey wants it");
        session.close().await;

        assert_eq!(mailboxes::read_once(&app.app, &inbox).await.unwrap(), 1);
        assert_eq!(mailboxes::read_once(&app.app, &inbox).await.unwrap(), 0);
        let left = servers.mails(PRIVACY);
        assert_eq!(left.len(), 1, "the old one stays where it is");
        assert!(left[0].contains("<m0@halden.example>"));
        // What comes from then on counts, whatever its day: somebody moves an old mail there.
        servers.put(PRIVACY, &removal(3));
        age(&servers.files_with(PRIVACY, "<m3@halden.example>")[0]);
        assert_eq!(mailboxes::read_once(&app.app, &inbox).await.unwrap(), 1);
        assert_eq!(servers.mails(PRIVACY).len(), 1);
        app.run_jobs().await;
        assert_eq!(app.count("incoming", "true"), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_server_does_not_hand_out_is_left_to_staff_and_stops_no_other() {
    let servers = MailServers::start();
    let app = TestApp::start_with(|config| servers.serve(config)).await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let inbox = Inbox {
        after: After::Delete,
        ..servers.inbox()
    };
    for n in 0..3 {
        servers.put_as(PRIVACY, &format!("100000000{n}"), &removal(n));
    }
    // Opened once, so that the file has its last name.
    imap::open(&inbox).await.unwrap().close().await;
    let broken = &servers.files_with(PRIVACY, "<m1@halden.example>")[0];
    let readable = std::fs::metadata(broken).unwrap().permissions();
    std::fs::set_permissions(broken, std::fs::Permissions::from_mode(0o000)).unwrap();

    let mut failures = 0;
    while let Err(error) = mailboxes::read_once(&app.app, &inbox).await {
        failures += 1;
        assert!(failures < 20, "it stops all others: {error}");
    }
    assert!(failures >= 4, "it is tried more than once");
    app.run_jobs().await;
    assert_eq!(app.count("incoming", "verdict = 'asks'"), 2);
    assert_eq!(
        app.count(
            "incoming",
            "state = 'for_staff' AND reason = 'not-handed-out'"
        ),
        1
    );
    assert_eq!(app.count("outbox", "letter = 'mail_waits'"), 1);
    std::fs::set_permissions(broken, readable).unwrap();
    let left = servers.files_with(PRIVACY, "Message-ID: <m");
    assert_eq!(
        left,
        std::slice::from_ref(broken),
        "what Lethe does not have is not deleted"
    );
    assert_eq!(servers.seen(PRIVACY), 0);

    let browser = app.browser();
    browser.sign_in(lead.email.as_str(), PASSWORD).await;
    let list = browser.get("/admin/mail").await;
    assert!(list.text.contains("Could not be read"), "{}", list.text);
    let path = &list.attributes("tbody th a", "href")[0];
    let page = browser.get(path).await;
    assert!(page.text.contains("Number in the mailbox"), "{}", page.text);
    assert!(page.text.contains("lies unread in its mailbox"));
    let done = browser
        .send(&page, path, &[("action", "nothing"), ("why", "elsewhere")])
        .await;
    assert_eq!(done.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_kept_whole_is_not_deleted() {
    let servers = MailServers::start();
    let app = TestApp::start_with(|config| servers.serve(config)).await;
    let inbox = Inbox {
        after: After::Delete,
        ..servers.inbox()
    };
    let mut huge = removal(0);
    let size = usize::try_from(MAX_KEPT).unwrap() + 100;
    let line = b"0123456789abcdef0123456789abcdef0123456789abcdef\r\n";
    huge.extend(line.iter().cycle().take(size - huge.len()));
    servers.put_as(PRIVACY, "1000000000", &huge);
    servers.put_as(PRIVACY, "1000000001", &removal(1));
    assert_eq!(mailboxes::read_once(&app.app, &inbox).await.unwrap(), 2);
    app.run_jobs().await;
    let condition = format!("state = 'for_staff' AND size = {size}");
    assert_eq!(app.count("incoming", &condition), 1);
    assert_eq!(app.count("incoming", "verdict = 'asks'"), 1);
    let left = servers.mails(PRIVACY);
    assert_eq!(left.len(), 1);
    assert!(left[0].contains("<m0@halden.example>"));
    assert_eq!(servers.seen(PRIVACY), 0, "nor marked");
    assert_eq!(mailboxes::read_once(&app.app, &inbox).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_says_is_kept_without_addresses() {
    let app = TestApp::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.and_then(|mut stream| {
                stream.write_all(b"* BYE the mailbox of marta@halden.example is locked\r\n")
            });
        }
    });
    let config = app.config_file(&format!(
        "[mail.inbox.support]\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"a\"\ntls = \"none\"\n"
    ));
    let mut command = app.command(&config);
    command
        .arg("worker")
        .env("LETHE__MAIL__INBOX__SUPPORT__PASSWORD", MAIL_PASSWORD);
    let worker = Worker(command.spawn().unwrap());
    let began = Instant::now();
    while app.count("mailboxes", "trouble IS NOT NULL") == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "no trouble");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(worker);
    assert_eq!(app.count("mailboxes", "trouble LIKE '%[address]%'"), 1);
    assert_eq!(app.count("mailboxes", "trouble LIKE '%@%'"), 0);
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

//! Letters on their way out, through a real mail server.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use lethe::actions::own;
use lethe::config::{Dkim, Smtp, Tls, Transport};
use lethe::db;
use lethe::mail::outbound::{self, Answered, MailError, Outgoing};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::support::TestApp;
use crate::support::mail_servers::{MailServers, PEOPLE, PRIVACY};

const MARTA: &str = "marta@halden.example";

/// The value of the first header of a name, unfolded.
fn header(mail: &str, name: &str) -> Option<String> {
    let head = mail
        .split("\n\n")
        .next()
        .unwrap()
        .replace("\n ", " ")
        .replace("\n\t", " ");
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

fn letter(to: &str) -> Outgoing {
    Outgoing {
        to: to.to_owned(),
        subject: "Ihre Anfrage über Löschung".to_owned(),
        text: "Guten Tag,\n\n.ein Punkt am Anfang  \n\n\n".to_owned(),
        html: "<p>Guten Tag</p>".to_owned(),
        ..Outgoing::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_arrives_with_both_bodies_its_thread_and_an_envelope_that_names_it() {
    let servers = MailServers::start();
    let app = TestApp::start_with(|config| servers.serve(config)).await;
    app.browser().ask("removal", MARTA, &[]).await;
    app.run_jobs().await;
    let mails = servers.until_mails(PEOPLE, 1).await;
    let mail = &mails[0];
    let id = header(mail, "Message-ID").unwrap();
    let letter_id = id.trim_matches(['<', '>']).split('@').next().unwrap();
    assert_eq!(id, format!("<{letter_id}@northwind.example>"));
    assert_eq!(
        header(mail, "Return-path").unwrap(),
        format!("<bounce+{letter_id}@northwind.example>")
    );
    assert_eq!(header(mail, "From").unwrap(), "privacy@northwind.example");
    assert_eq!(header(mail, "To").unwrap(), MARTA);
    assert_eq!(header(mail, "Auto-Submitted").unwrap(), "auto-generated");
    assert!(
        header(mail, "Content-Type")
            .unwrap()
            .starts_with("multipart/alternative")
    );
    assert!(
        mail.contains("text/plain; charset=utf-8") && mail.contains("text/html; charset=utf-8")
    );
    let root = header(mail, "References").unwrap();
    assert!(root.starts_with('<') && root.ends_with("@northwind.example>") && !root.contains(' '));

    // The reminder of the same request stands in the same thread, as a letter of its own.
    app.app
        .clock
        .advance(SignedDuration::from_hours(24 * 3 + 2));
    own::sweep_submissions(&app.app).await.unwrap();
    app.run_jobs().await;
    let mails = servers.until_mails(PEOPLE, 2).await;
    let other = mails
        .iter()
        .find(|mail| header(mail, "Message-ID") != Some(id.clone()));
    assert_eq!(header(other.unwrap(), "References").unwrap(), root);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_names_the_mail_it_answers() {
    let servers = MailServers::start();
    let app = TestApp::start_with(|config| servers.serve(config)).await;
    let answer = Outgoing {
        about: Some("r-1".to_owned()),
        answers: Some(Answered {
            message_id: Some("CAF=x1@mail.halden.example".to_owned()),
            earlier: vec!["first@halden.example".to_owned()],
        }),
        ..letter(MARTA)
    };
    app.app.mailer.send("id-1", &answer).await.unwrap();
    let mails = servers.until_mails(PEOPLE, 1).await;
    assert_eq!(
        header(&mails[0], "In-Reply-To").unwrap(),
        "<CAF=x1@mail.halden.example>"
    );
    assert_eq!(
        header(&mails[0], "References").unwrap(),
        "<r-1@northwind.example> <first@halden.example> <CAF=x1@mail.halden.example>"
    );
    assert_eq!(header(&mails[0], "Auto-Submitted").unwrap(), "auto-replied");
}

/// Makes a key as the example says, and its part of the configuration.
fn dkim(app_folder: &std::path::Path, algorithm: &[&str]) -> Dkim {
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm"])
        .args(algorithm)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    assert!(made.status.success());
    let key = String::from_utf8(made.stdout).unwrap();
    Dkim {
        domain: "northwind.example".to_owned(),
        selector: "lethe1".to_owned(),
        key_file: app_folder.join("dkim.pem"),
        key: key.into(),
    }
}

/// What dkimpy says of a mail: the headers that are signed, or why the signature does not hold.
fn verify(mail: &str, dkim: &Dkim) -> Result<String, String> {
    let record = outbound::record(dkim).unwrap();
    // Debian's own, since it is Debian that packages dkimpy.
    let mut child = Command::new("/usr/bin/python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dkim_verify.py"))
        .args([&record.name, &record.value])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(mail.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    assert!(
        !said.contains("ModuleNotFoundError"),
        "python3-dkim and python3-nacl are missing; `bin/test` installs them: {said}"
    );
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    } else {
        Err(said)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_program_finds_the_signatures_good_and_every_change_bad() {
    let servers = MailServers::start();
    for (place, algorithm) in [
        &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"][..],
        &["ED25519"],
    ]
    .iter()
    .enumerate()
    {
        let dkim = dkim(&servers.folder, algorithm);
        let signing = dkim.clone();
        let app = TestApp::start_with(|config| {
            servers.serve(config);
            config.mail.dkim = Some(signing);
        })
        .await;
        let answer = Outgoing {
            subject: "Ü".repeat(300),
            about: Some("r-1".to_owned()),
            answers: Some(Answered {
                message_id: Some("CAF=x1@mail.halden.example".to_owned()),
                earlier: Vec::new(),
            }),
            ..letter(MARTA)
        };
        app.app
            .mailer
            .send(&format!("id-{place}"), &answer)
            .await
            .unwrap();
        let mails = servers.until_mails(PEOPLE, place + 1).await;
        let id = Some(format!("<id-{place}@northwind.example>"));
        let mail = mails
            .iter()
            .find(|mail| header(mail, "Message-ID") == id)
            .unwrap();
        let signed = verify(mail, &dkim).unwrap();
        for name in [
            "from",
            "to",
            "subject",
            "message-id",
            "references",
            "auto-submitted",
        ] {
            assert!(
                signed.split(' ').any(|signed| signed == name),
                "{name}: {signed}"
            );
        }
        let signature = header(mail, "DKIM-Signature").unwrap();
        for name in ["list-unsubscribe:", "list-unsubscribe-post"] {
            assert!(signature.contains(name), "{name}: {signature}");
        }
        for changed in [
            mail.replace("Guten Tag", "Guten Abend"),
            mail.replace("To: marta", "To: martha"),
            // What RFC 8058 demands to be signed cannot be put in by somebody on the way.
            mail.replacen(
                "\nFrom: ",
                "\nList-Unsubscribe: <https://evil.example/>\nFrom: ",
                1,
            ),
        ] {
            assert_ne!(&changed, mail);
            verify(&changed, &dkim).unwrap_err();
        }
        // How a relay may fold and space it anew does not matter.
        let respaced = mail.replacen("\nAuto-Submitted: ", "\nAUTO-submitted:\n    ", 1);
        assert_ne!(&respaced, mail);
        verify(&respaced, &dkim).unwrap();
    }
}

#[test]
fn a_key_that_cannot_sign_is_refused_with_the_mend() {
    let folder = std::env::temp_dir();
    for algorithm in [
        &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"][..],
        &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        &["X25519"],
    ] {
        let error = outbound::record(&dkim(&folder, algorithm))
            .unwrap_err()
            .to_string();
        assert!(error.contains("openssl genpkey"), "{error}");
    }
    let key = dkim(&folder, &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
    let line = outbound::record(&key).unwrap().line();
    assert!(line.starts_with("lethe1._domainkey.northwind.example. IN TXT \"v=DKIM1; k=rsa; p="));
    assert!(line.split('"').all(|string| string.len() <= 255), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_for_a_day_gets_every_letter_once() {
    let mut servers = MailServers::start();
    let app = TestApp::start_with(|config| servers.serve(config)).await;
    servers.stop_smtp();
    let people: Vec<String> = (0..5)
        .map(|n| format!("person-{n}@halden.example"))
        .collect();
    for person in &people {
        app.browser().ask("removal", person, &[]).await;
    }
    for _ in 0..24 {
        app.pass(SignedDuration::from_hours(1)).await;
    }
    let tries = app
        .app
        .db
        .read(|conn| db::outbox::newest(conn, 50))
        .await
        .unwrap();
    assert_eq!(tries.len(), people.len());
    for letter in tries {
        assert_eq!(letter.state, "queued");
        // Growing pauses: an hour at the most, but no try every few seconds.
        assert!(
            (20..=35).contains(&letter.attempts),
            "{} tries",
            letter.attempts
        );
        let trouble = letter.trouble.unwrap();
        assert!(!trouble.contains('@') && !trouble.is_empty(), "{trouble}");
    }
    servers.start_smtp();
    app.pass(SignedDuration::from_hours(1)).await;
    let mails = servers.until_mails(PEOPLE, people.len()).await;
    let mut came: Vec<_> = mails.iter().filter_map(|mail| header(mail, "To")).collect();
    came.sort();
    assert_eq!(came, people);
    app.pass(SignedDuration::from_hours(2)).await;
    assert_eq!(servers.mails(PEOPLE).len(), people.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_refusal_means_depends_on_whom_it_is_about() {
    let servers = MailServers::start();
    let app = TestApp::start_with(|config| servers.serve(config)).await;
    let send = |to: &'static str| {
        let mailer = app.app.mailer.clone();
        async move { mailer.send("id-1", &letter(to)).await }
    };
    let never = send("nobody-here@halden.example").await.unwrap_err();
    assert!(matches!(never, MailError::Never(_)), "{never}");
    let relay = send("x@elsewhere.example").await.unwrap_err();
    assert!(matches!(relay, MailError::Ours(_)), "{relay}");
    servers.set_busy(true);
    let later = send(MARTA).await.unwrap_err();
    assert!(matches!(later, MailError::Later(_)), "{later}");
    servers.set_busy(false);
    send(MARTA).await.unwrap();

    let other = |change: &dyn Fn(&mut Smtp)| {
        let mut config = (*app.app.config).clone();
        let mut smtp = servers.smtp();
        change(&mut smtp);
        config.mail.transport = Transport::Smtp(smtp);
        outbound::mailer(&config.mail).unwrap()
    };
    let wrong = other(&|smtp| smtp.login.as_mut().unwrap().password = "wrong".into());
    for error in [
        wrong.probe().await.unwrap_err(),
        wrong.send("id-2", &letter(MARTA)).await.unwrap_err(),
    ] {
        assert!(
            matches!(&error, MailError::Ours(said) if said.contains("mail.user")),
            "{error}"
        );
    }
    let stranger = other(&|smtp| smtp.authorities = None);
    let error = stranger.probe().await.unwrap_err();
    assert!(
        matches!(&error, MailError::Ours(said) if said.contains("mail.tls")),
        "{error}"
    );
    app.app.mailer.probe().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_recipient_is_a_matter_for_staff_and_a_refusal_of_us_waits() {
    let servers = MailServers::start();
    let app = TestApp::start_with(|config| servers.serve(config)).await;
    app.browser()
        .ask("removal", "nobody-here@halden.example", &[])
        .await;
    app.browser()
        .ask("removal", "x@elsewhere.example", &[])
        .await;
    app.run_jobs().await;
    let letters = app
        .app
        .db
        .read(|conn| db::outbox::newest(conn, 50))
        .await
        .unwrap();
    let mut states: Vec<_> = letters.iter().map(|letter| letter.state.as_str()).collect();
    states.sort_unstable();
    assert_eq!(states, ["failed", "queued"]);
    assert_eq!(
        servers.mails(PEOPLE).len() + servers.mails(PRIVACY).len(),
        0
    );
}

/// A mail server that takes a letter and dies before it says so, so many times. What it took is kept.
async fn forgetful(times: usize) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::new(Mutex::new(Vec::new()));
    let kept = taken.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            let mut mail: Option<String> = None;
            write.write_all(b"220 forgetful.example\r\n").await.unwrap();
            while let Ok(Some(line)) = lines.next_line().await {
                let answer: &[u8] = match (&mut mail, line.as_str()) {
                    (Some(whole), ".") => {
                        let whole = std::mem::take(whole);
                        mail = None;
                        let mut taken = kept.lock().unwrap();
                        taken.push(whole);
                        if taken.len() <= times {
                            break;
                        }
                        b"250 taken\r\n"
                    }
                    (Some(whole), line) => {
                        whole.push_str(line);
                        whole.push('\n');
                        continue;
                    }
                    (None, "DATA") => {
                        mail = Some(String::new());
                        b"354 go on\r\n"
                    }
                    (None, _) => b"250 forgetful.example\r\n",
                };
                if write.write_all(answer).await.is_err() {
                    break;
                }
            }
        }
    });
    (port, taken)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_taken_without_an_answer_comes_again_under_the_same_id() {
    let (port, taken) = forgetful(2).await;
    let app = TestApp::start_with(|config| {
        config.mail.transport = Transport::Smtp(Smtp {
            host: "127.0.0.1".to_owned(),
            port,
            tls: Tls::None,
            authorities: None,
            login: None,
        });
    })
    .await;
    app.browser().ask("removal", MARTA, &[]).await;
    app.run_jobs().await;
    assert_eq!(taken.lock().unwrap().len(), 1);
    app.pass(SignedDuration::from_hours(1)).await;
    app.pass(SignedDuration::from_hours(1)).await;
    app.pass(SignedDuration::from_hours(5)).await;
    let taken = taken.lock().unwrap();
    assert_eq!(
        taken.len(),
        3,
        "twice forgotten, once acknowledged, and then no more"
    );
    let ids: Vec<_> = taken
        .iter()
        .map(|mail| header(mail, "Message-ID").unwrap())
        .collect();
    assert_eq!(ids, [ids[0].clone(), ids[0].clone(), ids[0].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_whether_mail_leaves_and_can_be_read_and_what_to_publish() {
    let mut servers = MailServers::start();
    let app = TestApp::start().await;
    let key = app.folder.join("dkim.pem");
    std::fs::write(&key, {
        use secrecy::ExposeSecret as _;
        dkim(&app.folder, &["ED25519"])
            .key
            .expose_secret()
            .to_owned()
    })
    .unwrap();
    let file = app.config_file("");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once("[mail]\n").unwrap();
    let (_, after) = rest.split_once("[retention]").unwrap();
    let cert = servers.folder.join("cert.pem");
    let text = format!(
        "{before}[mail]\nfrom = \"privacy@northwind.example\"\nhost = \"localhost\"\nport = {}\n\
         tls = \"starttls\"\nuser = \"lethe\"\nca_file = {cert:?}\n\
         [mail.dkim]\ndomain = \"northwind.example\"\nselector = \"lethe1\"\nkey_file = {key:?}\n\
         [mail.inbox.support]\nhost = \"localhost\"\nport = {}\nuser = \"privacy\"\nafter = \"delete\"\n\
         [retention]{after}",
        servers.smtp_port, servers.imaps_port,
    );
    std::fs::write(&file, text).unwrap();
    let check = |password: &str| {
        let output = app
            .command(&file)
            .env("LETHE__MAIL__PASSWORD", password)
            .env("LETHE__MAIL__INBOX__SUPPORT__PASSWORD", password)
            .arg("check")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let good = check(crate::support::mail_servers::MAIL_PASSWORD);
    assert!(good.contains("lethe1._domainkey.northwind.example. IN TXT \"v=DKIM1; k=ed25519; p="));
    assert!(
        !good.contains("mail:") && !good.contains("mail.inbox"),
        "{good}"
    );
    let bad = check("wrong");
    assert!(bad.contains("mail: the mail server refuses us"), "{bad}");
    assert!(
        bad.contains("mail.inbox.support: the mail server refuses the login"),
        "{bad}"
    );
    servers.stop_smtp();
    servers.stop_imap();
    let away = check(crate::support::mail_servers::MAIL_PASSWORD);
    assert!(
        away.contains("mail: ") && away.contains("mail.inbox.support: the mail server is away"),
        "{away}"
    );
}

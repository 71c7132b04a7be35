//! Reading a mailbox that Dovecot serves.

use std::time::{Duration, Instant};

use lethe::config::{After, Tls};
use lethe::domain::incoming::Renumbered;
use lethe::mail::imap::{self, ImapError, LONGEST_PART};

use crate::support::mail_servers::{MailServers, PRIVACY};

fn mail(words: &str) -> Vec<u8> {
    format!("From: marta@halden.example\r\nSubject: {words}\r\n\r\n{words}\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_seen_by_uid_in_order_and_reading_changes_nothing() {
    let servers = MailServers::start();
    let mut session = imap::open(&servers.inbox()).await.unwrap();
    assert!(session.uid_validity() > 0);
    assert_eq!(session.uid_next(), 1);
    assert!(session.waiting(0, None, 10).await.unwrap().is_empty());
    for words in ["one", "two", "three", "four"] {
        servers.put(PRIVACY, &mail(words));
        // What comes during the session is seen in it, and numbered in the order of coming.
        session.wait(Duration::from_secs(30)).await.unwrap();
    }
    assert_eq!(session.waiting(0, None, 10).await.unwrap(), [1, 2, 3, 4]);
    for (uid, words) in (1..).zip(["one", "two", "three", "four"]) {
        let described = session.describe(uid).await.unwrap();
        assert_eq!(described.size, Some(mail(words).len() as u64));
        let whole = session.part(uid, 0, LONGEST_PART).await.unwrap();
        assert_eq!(whole, mail(words));
    }
    assert_eq!(session.waiting(1, None, 2).await.unwrap(), [2, 3]);
    assert!(session.waiting(4, None, 10).await.unwrap().is_empty());
    let arrived_at = session.describe(1).await.unwrap().arrived_at;
    let today = arrived_at
        .unwrap()
        .to_zoned(jiff::tz::TimeZone::system())
        .date();
    let since = |date| session_since(&servers, date);
    assert_eq!(since(today).await, 4);
    let found = since(today.tomorrow().unwrap()).await;
    assert_eq!(found, 1, "the fourth came after they were numbered anew");
    assert!(matches!(
        session.part(99, 0, 10).await,
        Err(ImapError::Gone(99))
    ));
    session.close().await;
    assert_eq!(servers.seen(PRIVACY), 0, "reading marks nothing as seen");
}

async fn session_since(servers: &MailServers, date: jiff::civil::Date) -> usize {
    let mut session = imap::open(&servers.inbox()).await.unwrap();
    let old = Renumbered {
        through: 3,
        since: date,
    };
    let found = session.waiting(0, Some(old), 10).await.unwrap().len();
    session.close().await;
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_message_is_read_in_parts_that_fit_together() {
    let servers = MailServers::start();
    let mut long = mail("long");
    let mut number = 7_u32;
    while long.len() < 5 * 1024 * 1024 {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        long.extend(format!("{number:010} ){{9}}\r\n").into_bytes());
    }
    servers.put(PRIVACY, &long);
    let mut session = imap::open(&servers.inbox()).await.unwrap();
    let uid = session.waiting(0, None, 10).await.unwrap()[0];
    let described = session.describe(uid).await.unwrap();
    assert_eq!(described.size, Some(long.len() as u64));
    let mut whole = Vec::new();
    loop {
        let part = session
            .part(uid, whole.len() as u64, 1_000_003)
            .await
            .unwrap();
        assert!(part.len() <= 1_000_003);
        if part.is_empty() {
            break;
        }
        whole.extend(part);
    }
    assert!(whole == long, "{} bytes of {}", whole.len(), long.len());
    session.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_nul_bytes_and_bare_line_feeds_does_not_stop_the_others() {
    let servers = MailServers::start();
    servers.put(PRIVACY, b"Subject: a\0b\nFrom: x\n\n\0\0\xff\xfe{3}\n");
    servers.put(PRIVACY, b"");
    servers.put(PRIVACY, &mail("after"));
    let mut session = imap::open(&servers.inbox()).await.unwrap();
    let waiting = session.waiting(0, None, 10).await.unwrap();
    let mut read = Vec::new();
    for uid in waiting {
        read.push(session.part(uid, 0, 4_096).await.unwrap());
    }
    assert!(read.contains(&mail("after")), "{read:?}");
    assert!(
        read.iter().any(|one| one.starts_with(b"Subject: a")),
        "{read:?}"
    );
    session.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_given_anew_are_told_by_another_validity() {
    let mut servers = MailServers::start();
    servers.put(PRIVACY, &mail("one"));
    let mut session = imap::open(&servers.inbox()).await.unwrap();
    let before = session.uid_validity();
    assert_eq!(session.waiting(0, None, 10).await.unwrap().len(), 1);
    session.close().await;
    servers.renumber(PRIVACY);
    let mut session = imap::open(&servers.inbox()).await.unwrap();
    assert_ne!(session.uid_validity(), before);
    assert_eq!(session.waiting(0, None, 10).await.unwrap().len(), 1);
    session.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_when_something_comes_and_when_the_time_is_over() {
    let servers = MailServers::start();
    let mut session = imap::open(&servers.inbox()).await.unwrap();
    let began = Instant::now();
    session.wait(Duration::from_millis(300)).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(300));
    let waiter = tokio::spawn(async move {
        session.wait(Duration::from_secs(600)).await.unwrap();
        let waiting = session.waiting(0, None, 10).await.unwrap();
        session.close().await;
        waiting.len()
    });
    servers.put(PRIVACY, &mail("one"));
    let woken = tokio::time::timeout(Duration::from_secs(60), waiter).await;
    assert_eq!(
        woken.expect("woken long before the time is over").unwrap(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_login_a_missing_folder_and_a_stranger_with_a_certificate_are_told_apart() {
    let servers = MailServers::start();
    let mut inbox = servers.inbox();
    inbox.login.password = "wrong".into();
    assert!(matches!(imap::open(&inbox).await, Err(ImapError::Login(_))));
    let mut inbox = servers.inbox();
    inbox.folder = "Anfragen/Löschung & Co".to_owned();
    assert!(matches!(
        imap::open(&inbox).await,
        Err(ImapError::Folder(_))
    ));
    // Without the authority, and with it for another name.
    let mut inbox = servers.inbox();
    inbox.authorities = None;
    assert!(matches!(
        imap::open(&inbox).await,
        Err(ImapError::Unsafe(_))
    ));
    let mut inbox = servers.inbox();
    inbox.host = "127.0.0.1".to_owned();
    assert!(matches!(
        imap::open(&inbox).await,
        Err(ImapError::Unsafe(_))
    ));
    for tls in [Tls::StartTls, Tls::None] {
        let mut inbox = servers.inbox();
        (inbox.tls, inbox.port) = (tls, servers.imap_port);
        imap::open(&inbox).await.unwrap().close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_in_the_middle_is_away_and_nothing_is_lost() {
    let mut servers = MailServers::start();
    servers.put(PRIVACY, &mail("one"));
    let mut session = imap::open(&servers.inbox()).await.unwrap();
    let uid = session.waiting(0, None, 10).await.unwrap()[0];
    servers.stop_imap();
    assert!(matches!(
        session.part(uid, 0, 10).await,
        Err(ImapError::Away(_))
    ));
    assert!(matches!(
        imap::open(&servers.inbox()).await,
        Err(ImapError::Away(_))
    ));
    servers.start_imap();
    let mut session = imap::open(&servers.inbox()).await.unwrap();
    assert_eq!(session.part(uid, 0, 4_096).await.unwrap(), mail("one"));
    session.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_named_is_marked_or_deleted() {
    let servers = MailServers::start();
    let mut session = imap::open(&servers.inbox()).await.unwrap();
    for words in ["one", "two", "three", "four"] {
        servers.put(PRIVACY, &mail(words));
        session.wait(Duration::from_secs(30)).await.unwrap();
    }
    session.put_away(&[1], After::Seen).await.unwrap();
    assert_eq!(servers.seen(PRIVACY), 1);
    session.put_away(&[2, 4, 77], After::Delete).await.unwrap();
    // Once more, as after a crash.
    session.put_away(&[2, 4], After::Delete).await.unwrap();
    session.put_away(&[], After::Delete).await.unwrap();
    assert_eq!(session.waiting(0, None, 10).await.unwrap(), [1, 3]);
    assert_eq!(servers.mails(PRIVACY).len(), 2);
    assert!(matches!(
        session.part(2, 0, 10).await,
        Err(ImapError::Gone(2))
    ));
    session.close().await;
}

//! What no honest server says, and what the commands look like.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::*;
use crate::config::{Begin, Login};

/// A server that answers each line with the next of its answers, in which `TAG` is the tag, and
/// then stays silent. The greeting comes first.
async fn server(answers: &'static [&'static str]) -> Inbox {
    recording(answers, Arc::default()).await
}

/// The same, which keeps what it is asked.
async fn recording(answers: &'static [&'static str], asked: Arc<Mutex<Vec<String>>>) -> Inbox {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut tag = String::new();
        for answer in answers {
            let answer = answer.replace("TAG", &tag);
            write.write_all(answer.as_bytes()).await.unwrap();
            let Ok(Some(line)) = lines.next_line().await else {
                return;
            };
            asked.lock().unwrap().push(line.clone());
            if line.starts_with('L') {
                tag = line.split(' ').next().unwrap_or_default().to_owned();
            }
        }
        // Silence, with the connection open.
        while let Ok(Some(_)) = lines.next_line().await {}
    });
    Inbox {
        name: "support".into(),
        host: "127.0.0.1".into(),
        port,
        tls: Tls::None,
        authorities: None,
        login: Login {
            user: "privacy".into(),
            password: "hush".into(),
        },
        folder: "INBOX".into(),
        begin: Begin::New,
        after: After::Seen,
    }
}

const GREETING: &str = "* PREAUTH hello\r\n";
const OFFERS: &str = "* CAPABILITY IMAP4rev1 UIDPLUS\r\nTAG OK done\r\n";
const SELECTED: &str =
    "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10] y\r\nTAG OK [READ-WRITE] done\r\n";

#[tokio::test]
async fn a_part_may_hold_any_byte_and_come_as_literal_quoted_or_nothing() {
    let inbox = server(&[
        GREETING,
        OFFERS,
        SELECTED,
        "* 1 FETCH (UID 4 BODY[]<0> {7}\r\na\0)\r\n\"( FLAGS (\\Seen (x \"y)\")))\r\nTAG OK done\r\n",
        "* 1 FETCH (BODY[]<0> ~{2}\r\n\0\0 UID 4)\r\nTAG OK done\r\n",
        "* 1 FETCH (UID 4 BODY[]<0> \"a\\\"b\")\r\nTAG OK done {9}\r\n",
        "* 1 FETCH (UID 4 BODY[]<90> NIL)\r\nTAG OK done\r\n",
        "* 1 FETCH (FLAGS (\\Seen) UID 5)\r\nTAG OK nothing\r\n",
    ])
    .await;
    let mut session = open(&inbox).await.unwrap();
    assert_eq!((session.uid_validity(), session.uid_next()), (7, 10));
    assert_eq!(session.part(4, 0, 100).await.unwrap(), b"a\0)\r\n\"(");
    assert_eq!(session.part(4, 0, 100).await.unwrap(), b"\0\0");
    assert_eq!(session.part(4, 0, 100).await.unwrap(), b"a\"b");
    assert_eq!(session.part(4, 90, 100).await.unwrap(), b"");
    assert!(matches!(
        session.part(4, 0, 9).await,
        Err(ImapError::Gone(4))
    ));
}

#[tokio::test]
async fn a_server_that_sends_more_than_it_was_asked_for_is_left_before_it_is_read() {
    for answer in [
        "* 1 FETCH (UID 4 BODY[]<0> {4000000000}\r\n",
        "* 1 FETCH (UID 4 BODY[]<0> {70000}\r\n",
        "* LIST () \"/\" {99999999999999999}\r\n",
    ] {
        let answers = Vec::leak(vec![GREETING, OFFERS, SELECTED, answer]);
        let mut session = open(&server(answers).await).await.unwrap();
        let error = session.part(4, 0, 100).await.unwrap_err();
        assert!(matches!(error, ImapError::Protocol(_)), "{answer}: {error}");
    }
    let endless = String::leak(format!("* OK {}", "x".repeat(70_000)));
    let answers = Vec::leak(vec![GREETING, OFFERS, SELECTED, &*endless]);
    let mut session = open(&server(answers).await).await.unwrap();
    assert!(matches!(
        session.part(4, 0, 100).await,
        Err(ImapError::Protocol("a line is too long"))
    ));
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_not_waited_for_longer_than_a_minute() {
    let mut session = open(&server(&[GREETING, OFFERS, SELECTED]).await)
        .await
        .unwrap();
    let began = tokio::time::Instant::now();
    assert!(matches!(
        session.part(4, 0, 9).await,
        Err(ImapError::Away(_))
    ));
    assert!(began.elapsed() <= PATIENCE + Duration::from_secs(1));
}

#[tokio::test]
async fn a_refusal_is_never_an_empty_answer() {
    let inbox = server(&[GREETING, OFFERS, SELECTED, "TAG NO [SERVERBUG] disk\r\n"]).await;
    let mut session = open(&inbox).await.unwrap();
    assert!(matches!(
        session.waiting(0, None, 10).await,
        Err(ImapError::Refused(_))
    ));
}

#[tokio::test]
async fn a_long_search_keeps_only_the_lowest_and_nothing_that_was_not_asked_for() {
    let mut numbers = String::from("* SEARCH");
    for uid in (1..50_000).rev() {
        numbers += &format!(" {uid}");
    }
    let found = String::leak(format!("{numbers} 0 99999999999\r\nTAG OK done\r\n"));
    let answers = Vec::leak(vec![GREETING, OFFERS, SELECTED, &*found]);
    let mut session = open(&server(answers).await).await.unwrap();
    assert_eq!(session.waiting(2, None, 2).await.unwrap(), [3, 4]);
}

#[tokio::test]
async fn what_a_server_does_not_say_of_a_message_is_nothing() {
    let inbox = server(&[
        GREETING,
        OFFERS,
        SELECTED,
        "* 9 FETCH (UID 9 RFC822.SIZE 1 INTERNALDATE \"01-Nov-2026 09:12:00 +0100\")\r\n\
         * 1 FETCH (FLAGS () UID 3)\r\n\
         * 1 FETCH (UID 3 RFC822.SIZE 42 INTERNALDATE \" 1-Nov-2026 09:12:00 +0100\")\r\n\
         TAG OK done\r\n",
        "* 1 FETCH (UID 3 RFC822.SIZE NIL INTERNALDATE \"yesterday\")\r\nTAG OK done\r\n",
        "TAG OK nothing\r\n",
        "TAG NO [SERVERBUG] that one is broken\r\n",
        "* 1 FETCH (UID 3 BODY[]<0> \"ab\")\r\nTAG OK done\r\n",
    ])
    .await;
    let mut session = open(&inbox).await.unwrap();
    assert_eq!(
        session.describe(3).await.unwrap(),
        Described {
            size: Some(42),
            arrived_at: Some("2026-11-01T08:12:00Z".parse().unwrap()),
        }
    );
    assert_eq!(session.describe(3).await.unwrap(), Described::default());
    assert_eq!(session.describe(3).await.unwrap(), Described::default());
    assert!(matches!(
        session.describe(3).await,
        Err(ImapError::Refused(_))
    ));
    // The session goes on after a refusal.
    assert_eq!(session.part(3, 0, 9).await.unwrap(), b"ab");
}

#[tokio::test]
async fn of_messages_that_were_numbered_anew_only_the_newest_are_asked_for() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let inbox = recording(
        &[
            GREETING,
            OFFERS,
            SELECTED,
            "* SEARCH 4\r\nTAG OK done\r\n",
            "* SEARCH 9\r\nTAG OK done\r\n",
            "* SEARCH 9\r\nTAG OK done\r\n",
        ],
        asked.clone(),
    )
    .await;
    let mut session = open(&inbox).await.unwrap();
    let old = Renumbered {
        through: 7,
        since: jiff::civil::date(2026, 11, 19),
    };
    assert_eq!(session.waiting(2, Some(old), 10).await.unwrap(), [4, 9]);
    // Beyond that number the day does not count.
    assert_eq!(session.waiting(7, Some(old), 10).await.unwrap(), [9]);
    let asked = asked.lock().unwrap().join("\n");
    assert!(
        asked.contains("UID SEARCH UID 3:7 SINCE 19-Nov-2026"),
        "{asked}"
    );
    assert_eq!(asked.matches("UID SEARCH UID 8:*").count(), 2, "{asked}");
}

#[tokio::test]
async fn a_server_that_speaks_before_tls_begins_is_not_believed() {
    let mut inbox = server(&[
        "* OK hello\r\n",
        "* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n",
        "TAG OK begin\r\n* OK injected\r\n",
    ])
    .await;
    inbox.tls = Tls::StartTls;
    assert!(matches!(open(&inbox).await, Err(ImapError::Unsafe(_))));
    let mut inbox = server(&["* OK hello\r\n", OFFERS]).await;
    inbox.tls = Tls::StartTls;
    assert!(matches!(open(&inbox).await, Err(ImapError::Unsafe(_))));
    let mut inbox = server(&[GREETING]).await;
    inbox.tls = Tls::StartTls;
    assert!(matches!(open(&inbox).await, Err(ImapError::Unsafe(_))));
}

#[test]
fn uids_are_named_shortly_and_folders_in_their_own_alphabet() {
    assert_eq!(set(&[9, 3, 5, 4, 4]), "3:5,9");
    assert_eq!(folder_name("INBOX"), "INBOX");
    assert_eq!(
        folder_name("Entwürfe & \"Mehr\""),
        "Entw&APw-rfe &- \\\"Mehr\\\""
    );
    assert_eq!(folder_name("台北"), "&U,BTFw-");
}

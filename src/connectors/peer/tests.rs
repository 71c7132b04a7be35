use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const MIB: usize = 1 << 20;

/// How a server ends what it says.
#[derive(Clone, Copy)]
enum End {
    Closes,
    /// And keeps the connection open, saying nothing more.
    Hangs,
    /// And says one more byte every 50 ms, for ever.
    Drips,
    /// And says the same again and again.
    Repeats,
}

/// A server that says this to everybody, and counts who came.
async fn server(said: impl Into<Vec<u8>>, end: End) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/base/", listener.local_addr().unwrap());
    let (came, said) = (Arc::new(AtomicUsize::new(0)), said.into());
    let count = came.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            let said = said.clone();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(&said).await;
                match end {
                    End::Closes => {}
                    End::Hangs => std::future::pending().await,
                    End::Drips => {
                        while stream.write_all(b"x").await.is_ok() {
                            tokio::time::sleep(Duration::from_millis(50)).await;
                        }
                    }
                    End::Repeats => while stream.write_all(&[b'x'; 4096]).await.is_ok() {},
                }
            });
        }
    });
    (url.parse().unwrap(), came)
}

fn peer(base: Url, patience: Duration) -> Peer {
    Peer::new(base, patience, None).unwrap()
}

/// What comes of an answer.
async fn asked(said: &str, end: End, limit: usize) -> Result<Answer, StoreError> {
    let (url, _) = server(said, end).await;
    let peer = peer(url, Duration::from_secs(1));
    let question = peer.ask(Method::GET, "place?key=hidden").unwrap();
    peer.send(question, limit).await
}

fn retry(result: Result<Answer, StoreError>) -> String {
    match result {
        Err(StoreError::Retry(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (elsewhere, came) =
        server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", End::Closes).await;
    for status in [301, 302, 303, 307, 308] {
        let said =
            format!("HTTP/1.1 {status} Go\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n");
        let answer = asked(&said, End::Closes, MIB).await.unwrap();
        assert_eq!(answer.status.as_u16(), status);
    }
    assert_eq!(came.load(Ordering::Relaxed), 0);
}

#[test]
fn only_its_own_origin_is_asked() {
    let base: Url = "http://127.0.0.1:8080/base/".parse().unwrap();
    let peer = peer(base, Duration::from_secs(1));
    for path in [
        "http://127.0.0.1:8081/",
        "http://localhost:8080/",
        "https://127.0.0.1:8080/",
        "//elsewhere.example/",
        "\\\\elsewhere.example/",
        "http://me:pass@127.0.0.1:8080/",
        "file:///etc/passwd",
        "http://[",
    ] {
        let refused = peer.ask(Method::GET, path);
        assert!(matches!(refused, Err(StoreError::Bug(_))), "{path}");
    }
    for (path, wanted) in [
        ("", "http://127.0.0.1:8080/base/"),
        ("a?b=c", "http://127.0.0.1:8080/base/a?b=c"),
        ("/a", "http://127.0.0.1:8080/a"),
        ("../a", "http://127.0.0.1:8080/a"),
        ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"),
    ] {
        let question = peer.ask(Method::GET, path).unwrap().build().unwrap();
        assert_eq!(question.url().as_str(), wanted);
    }
}

#[tokio::test]
async fn a_body_is_read_up_to_the_limit() {
    let exact = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {MIB}\r\n\r\n{}",
        "x".repeat(MIB)
    );
    let answer = asked(&exact, End::Closes, MIB).await.unwrap();
    assert_eq!(answer.body.len(), MIB);
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7fffffff\r\n";
    for (said, end, limit) in [
        (exact.as_str(), End::Closes, MIB - 1),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
            End::Repeats,
            MIB,
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", End::Repeats, MIB),
        (chunked, End::Repeats, MIB),
    ] {
        let refused = asked(said, end, limit).await;
        assert!(
            matches!(&refused, Err(StoreError::NeedsPerson { cause, .. }) if cause.contains("larger")),
            "{said:.60}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn who_asks_for_time_is_understood() {
    for (status, header, wanted) in [
        (429, "retry-after: 7\r\n", Some(7)),
        (429, "Retry-After:  0 \r\n", Some(0)),
        (429, "", Some(5)),
        (429, "retry-after: 86400\r\n", Some(600)),
        (429, "retry-after: -1\r\n", Some(5)),
        (
            429,
            "retry-after: Fri, 20 Nov 2026 09:00:00 GMT\r\n",
            Some(5),
        ),
        (503, "retry-after: 9\r\n", Some(9)),
        (503, "", None),
        (500, "", None),
        (599, "", None),
    ] {
        let said = format!("HTTP/1.1 {status} No\r\n{header}content-length: 2\r\n\r\nno");
        match (asked(&said, End::Closes, MIB).await, wanted) {
            (Err(StoreError::Later { after, cause }), Some(wanted)) => {
                assert_eq!(after.as_secs(), wanted, "{status} {header}");
                assert!(cause.contains(&status.to_string()), "{cause}");
            }
            (Err(StoreError::Retry(why)), None) => {
                assert!(why.contains(&status.to_string()), "{why}");
            }
            (other, _) => panic!("{status} {header}: {other:?}"),
        }
    }
    // Whoever answers otherwise is heard, also with this header.
    let said = "HTTP/1.1 404 No\r\nretry-after: 9\r\ncontent-length: 2\r\n\r\nno";
    let answer = asked(said, End::Closes, MIB).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.body), (404, b"no".to_vec()));
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_let_go() {
    for (said, end) in [
        ("", End::Hangs),
        ("HTTP/1.1 200 OK\r\n", End::Hangs),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nxx", End::Hangs),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n",
            End::Drips,
        ),
        ("HTTP/1.1 200 OK\r\nx: ", End::Drips),
    ] {
        let begun = Instant::now();
        let why = retry(asked(said, end, MIB).await);
        assert_eq!(why, "It does not answer in time.", "{said}");
        assert!(begun.elapsed() < Duration::from_secs(10), "{said}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_none() {
    for said in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nxx",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n",
        "what is this",
    ] {
        let why = retry(asked(said, End::Closes, MIB).await);
        assert_eq!(why, "The answer broke off.", "{said}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", nobody.local_addr().unwrap());
    drop(nobody);
    let peer = peer(url.parse().unwrap(), Duration::from_secs(5));
    let question = peer.ask(Method::GET, "?key=hidden").unwrap();
    let why = retry(peer.send(question, MIB).await);
    assert_eq!(why, "It cannot be reached.");
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_an_error_without_its_text() {
    let said = "HTTP/1.1 200 OK\r\ncontent-length: 19\r\n\r\nmira@halden.example";
    let answer = asked(said, End::Closes, MIB).await.unwrap();
    let error = answer.json::<Vec<String>>().unwrap_err();
    assert!(
        matches!(&error, StoreError::Retry(why) if !why.contains("mira")),
        "{error:?}"
    );
}

#[test]
fn what_is_wrong_with_a_server_is_told_and_nothing_is_given_away() {
    let patience = Duration::from_secs(1);
    for url in [
        "http://crm.example/?key=hidden",
        "https://me:hidden@crm.example/",
        "ftp://crm.example/hidden",
    ] {
        let told = Peer::new(url.parse().unwrap(), patience, None).unwrap_err();
        assert!(
            told.contains("https://") && !told.contains("hidden"),
            "{told}"
        );
    }
    let url: Url = "https://crm.example/".parse().unwrap();
    let none = Path::new("/nowhere/ca.pem");
    let told = Peer::new(url.clone(), patience, Some(none)).unwrap_err();
    assert!(told.contains("cannot be read"), "{told}");
    let told = Peer::new(url, patience, Some(Path::new(file!()))).unwrap_err();
    assert!(told.contains("no certificate"), "{told}");
}

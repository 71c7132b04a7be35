//! A log and its witness, over HTTP, through kills, forks and answers that never come.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use lethe::audit::note::{Checkpoint, KeyKind, Note, Signer, VerifierKey};
use lethe::audit::proof::{Standing, Trust, check_checkpoint};
use lethe::audit::tree::{Frontier, Hash, consistency_proof, leaf_hash, root};
use lethe::auth::token::Token;
use lethe::clock::Clock;
use lethe::witness::client::{Answer, ClientError, http, http_within, submit};
use lethe::witness::{self, Witness};

use crate::support::friday;

const ORIGIN: &str = "audit.northwind.example/lethe";
const NAME: &str = "witness.example/w1";

/// A folder that goes when the test ends.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        let name = format!("lethe-it-witness-{}", Token::random().as_str());
        Folder(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A log of 40 entries, which shows as many of them as it is asked to.
struct Log {
    signer: Signer,
    nodes: HashMap<(u8, u64), Hash>,
}

impl Log {
    fn new() -> Log {
        Log::with(1, "entry")
    }

    fn with(seed: u8, entries: &str) -> Log {
        let mut frontier = Frontier::empty();
        let nodes = (0..40)
            .flat_map(|number| frontier.push(leaf_hash(format!("{entries} {number}").as_bytes())))
            .map(|node| ((node.level, node.index), node.hash))
            .collect();
        Log {
            signer: Signer::new(ORIGIN, KeyKind::Log, &[seed; 32]).unwrap(),
            nodes,
        }
    }

    fn key(&self) -> VerifierKey {
        self.signer.verifier()
    }

    fn fetch(&self) -> impl Fn(u8, u64) -> Result<Hash, ()> {
        |level, index| self.nodes.get(&(level, index)).copied().ok_or(())
    }

    fn checkpoint(&self, size: u64) -> Note {
        let root = root(size, self.fetch()).unwrap();
        let origin = ORIGIN.to_owned();
        let text = Checkpoint { origin, size, root }.to_string();
        Note {
            signatures: vec![self.signer.sign(&text)],
            text,
        }
    }

    async fn submit(&self, url: &str, old: u64, new: u64) -> Result<Answer, ClientError> {
        let proof = consistency_proof(old, new, self.fetch()).unwrap_or_default();
        let http = http().unwrap();
        submit(&http, url, old, &proof, &self.checkpoint(new)).await
    }

    /// Asks for a cosignature and checks it as everybody would.
    async fn cosigned(&self, url: &str, old: u64, new: u64, witness: &VerifierKey) -> Standing {
        let Answer::Cosigned(lines) = self.submit(url, old, new).await.unwrap() else {
            panic!("a conflict from {old} to {new}");
        };
        let mut note = self.checkpoint(new);
        note.signatures.extend(lines);
        let trust = Trust {
            log: vec![self.key()],
            witnesses: vec![witness.clone()],
        };
        let standing = check_checkpoint(&note, &trust).unwrap();
        assert_eq!(standing.witnessed.len(), 1);
        standing
    }
}

/// A witness in this process; its address and its key.
fn start(folder: &Folder, logs: &[VerifierKey]) -> (String, VerifierKey) {
    let witness = Witness::open(&folder.0, NAME, logs, Clock::frozen(friday())).unwrap();
    let key = witness.verifier();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(witness::server(Arc::new(witness), listener).unwrap());
    (url, key)
}

fn command(folder: &Path, name: &str, logs: &[VerifierKey]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lethe"));
    command
        .args(["witness", "--bind", "127.0.0.1:0", "--name", name])
        .arg("--state")
        .arg(folder)
        // Neither is ever looked at.
        .args(["--config", "/nonexistent/lethe.toml"])
        .env("LETHE_DATABASE_URL", "sqlite:/nonexistent/lethe.db")
        .env("LETHE_LOG", "error");
    for key in logs {
        command.arg("--log").arg(key.to_string());
    }
    command
}

/// A witness in a process of its own.
struct Process {
    child: Child,
    url: String,
    key: VerifierKey,
    /// The line that says what it has seen.
    seen: String,
}

impl Process {
    fn start(folder: &Folder, logs: &[VerifierKey]) -> Process {
        let mut child = command(&folder.0, NAME, logs)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut value = |label: &str| {
            let line = lines.next().unwrap().unwrap();
            line.strip_prefix(label).unwrap().trim().to_owned()
        };
        Process {
            key: value("Witness").parse().unwrap(),
            url: value("Address"),
            seen: value("Log"),
            child,
        }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn terminate(mut self) -> bool {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        self.child.wait().unwrap().success()
    }
}

fn refused(folder: &Folder, name: &str, logs: &[VerifierKey]) -> String {
    let Output { status, stderr, .. } = command(&folder.0, name, logs).output().unwrap();
    assert_eq!(status.code(), Some(1));
    String::from_utf8(stderr).unwrap()
}

#[tokio::test]
async fn a_log_that_grows_is_cosigned_with_the_time() {
    let (folder, log) = (Folder::new(), Log::new());
    let (url, witness) = start(&folder, &[log.key()]);
    for (old, new) in [(0, 1), (1, 7), (7, 8), (8, 8), (8, 40)] {
        let standing = log.cosigned(&url, old, new, &witness).await;
        assert_eq!(standing.checkpoint.size, new);
        let at = u64::try_from(friday().as_second()).unwrap();
        assert_eq!(standing.witnessed[0].at, Some(at));
    }
}

#[tokio::test]
async fn a_log_that_lost_count_is_told_the_size() {
    let (folder, log) = (Folder::new(), Log::new());
    let (url, witness) = start(&folder, &[log.key()]);
    log.cosigned(&url, 0, 20, &witness).await;
    for old in [0, 7, 21] {
        let answer = log.submit(&url, old, 30).await.unwrap();
        assert_eq!(answer, Answer::Conflict { size: 20 });
    }
    log.cosigned(&url, 20, 30, &witness).await;
}

#[tokio::test]
async fn a_log_with_two_pasts_is_refused() {
    let (folder, log) = (Folder::new(), Log::new());
    let (url, witness) = start(&folder, &[log.key()]);
    log.cosigned(&url, 0, 20, &witness).await;
    let fork = Log::with(1, "rewritten");
    let answer = fork.submit(&url, 20, 20).await.unwrap();
    assert_eq!(answer, Answer::Conflict { size: 20 });
    let error = fork.submit(&url, 20, 30).await.unwrap_err();
    assert!(matches!(error, ClientError::Refused { status: 422, .. }));
    assert!(error.to_string().starts_with(
        "the witness answered 422: the log has not grown from what this witness saw last"
    ));
}

#[tokio::test]
async fn strangers_are_told_what_they_are_refused_for() {
    let (folder, log) = (Folder::new(), Log::new());
    let (url, _) = start(&folder, &[log.key()]);
    let stranger = Log::with(2, "entry").submit(&url, 0, 8).await;
    assert!(
        stranger.unwrap_err().to_string().starts_with(
            "the witness answered 403: not signed by the log as this witness knows it"
        )
    );
    let error = log.submit(&url, 9, 8).await.unwrap_err();
    assert!(matches!(error, ClientError::Refused { status: 400, .. }));
    let other = Folder::new();
    let watched = Signer::new("other.example/log", KeyKind::Log, &[7; 32]).unwrap();
    let (url, _) = start(&other, &[watched.verifier()]);
    let error = log.submit(&url, 0, 8).await.unwrap_err();
    assert!(matches!(error, ClientError::Refused { status: 404, .. }));
}

#[tokio::test]
async fn one_address_answers_and_takes_at_most_64_kib() {
    let (folder, log) = (Folder::new(), Log::new());
    let (url, _) = start(&folder, &[log.key()]);
    let http = http().unwrap();
    for path in ["", "/", "/add-checkpoint", "/add-checkpoint/", "/healthz"] {
        let answer = http.get(format!("{url}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    let post = |length: usize| {
        let body = vec![b'x'; length];
        let request = http.post(format!("{url}/add-checkpoint")).body(body);
        async { request.send().await.unwrap().status() }
    };
    assert_eq!(post(0).await, 400);
    assert_eq!(post(64 * 1024).await, 400);
    assert_eq!(post(64 * 1024 + 1).await, 413);
    assert_eq!(http.post(url).send().await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_leave_one_past() {
    let (folder, log) = (Folder::new(), Arc::new(Log::new()));
    let (url, witness) = start(&folder, &[log.key()]);
    let asked: Vec<_> = (1..=8)
        .map(|size| {
            let (log, url) = (log.clone(), url.clone());
            tokio::spawn(async move { (size, log.submit(&url, 0, size).await.unwrap()) })
        })
        .collect();
    let mut cosigned = Vec::new();
    let mut told = Vec::new();
    for answer in asked {
        match answer.await.unwrap() {
            (size, Answer::Cosigned(_)) => cosigned.push(size),
            (_, Answer::Conflict { size }) => told.push(size),
        }
    }
    assert_eq!(cosigned.len(), 1);
    assert_eq!(told, [cosigned[0]; 7]);
    log.cosigned(&url, cosigned[0], 40, &witness).await;
}

#[tokio::test]
async fn a_killed_witness_remembers_what_it_saw() {
    let (folder, log) = (Folder::new(), Log::new());
    let first = Process::start(&folder, &[log.key()]);
    let key = first.key.clone();
    log.cosigned(&first.url, 0, 20, &key).await;
    assert!(refused(&folder, NAME, &[log.key()]).contains("another witness is at work in"));
    first.kill();

    // The log never heard of size 20: it asks from the start, and is told.
    let second = Process::start(&folder, &[log.key()]);
    assert_eq!(second.key, key);
    assert_eq!(second.seen, format!("{ORIGIN}, seen up to 20 entries"));
    let answer = log.submit(&second.url, 0, 20).await.unwrap();
    assert_eq!(answer, Answer::Conflict { size: 20 });
    log.cosigned(&second.url, 20, 20, &key).await;
    let fork = Log::with(1, "rewritten").submit(&second.url, 20, 20).await;
    assert_eq!(fork.unwrap(), Answer::Conflict { size: 20 });
    assert!(second.terminate());

    let other = refused(&folder, "witness.example/w2", &[log.key()]);
    assert!(other.contains("that of the witness witness.example/w1"));
}

#[tokio::test]
async fn a_log_changes_its_key_and_keeps_its_witness() {
    let (folder, old, new) = (Folder::new(), Log::new(), Log::with(2, "entry"));
    let first = Process::start(&folder, &[old.key()]);
    old.cosigned(&first.url, 0, 20, &first.key).await;
    let error = new.submit(&first.url, 20, 30).await.unwrap_err();
    assert!(matches!(error, ClientError::Refused { status: 403, .. }));
    assert!(first.terminate());

    let second = Process::start(&folder, &[old.key(), new.key()]);
    new.cosigned(&second.url, 20, 30, &second.key).await;
    // A checkpoint that both keys signed is as good.
    let mut note = old.checkpoint(40);
    note.signatures.push(new.signer.sign(&note.text));
    let proof = consistency_proof(30, 40, new.fetch()).unwrap();
    let answer = submit(&http().unwrap(), &second.url, 30, &proof, &note).await;
    assert!(matches!(answer, Ok(Answer::Cosigned(_))));
    assert!(second.terminate());
}

/// A server that takes one request and answers these bytes, `gap` before each.
fn says(pieces: Vec<Vec<u8>>, gap: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        for piece in pieces {
            thread::sleep(gap);
            if stream.write_all(&piece).is_err() {
                return;
            }
        }
        // Until the other side leaves.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    url
}

#[tokio::test]
async fn a_witness_that_does_not_answer_is_given_up() {
    let log = Log::new();
    let http = http_within(Duration::from_millis(300)).unwrap();
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_vec();
    let drop_by_drop = [vec![head], vec![b"x".to_vec(); 100]].concat();
    for url in [
        says(vec![], Duration::ZERO),
        says(drop_by_drop, Duration::from_millis(50)),
    ] {
        let begun = Instant::now();
        let answer = submit(&http, &url, 0, &[], &log.checkpoint(8)).await;
        assert!(matches!(answer, Err(ClientError::TimedOut)), "{answer:?}");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let answer = submit(&http, &url, 0, &[], &log.checkpoint(8)).await;
    assert!(matches!(answer, Err(ClientError::Unreachable(_))));
}

#[tokio::test]
async fn an_answer_that_is_not_a_witnesss_is_not_taken_for_one() {
    let log = Log::new();
    let answered = async |status: &str, kind: &str, body: &str| {
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
             Location: /elsewhere\r\n\r\n{body}"
        );
        let url = says(vec![text.into_bytes()], Duration::ZERO);
        let error = log.submit(&url, 0, 8).await.unwrap_err();
        error.to_string()
    };
    let size = "text/x.tlog.size";
    for (status, kind, body, told) in [
        (
            "200 OK",
            "text/plain",
            "",
            "its answer is not a cosignature",
        ),
        (
            "200 OK",
            "text/html",
            "<html>\n",
            "its answer is not a cosignature",
        ),
        ("409 Conflict", size, "eight\n", "its answer is not a size"),
        ("409 Conflict", size, "08\n", "its answer is not a size"),
        ("409 Conflict", size, "8", "its answer is not a size"),
    ] {
        let expected = format!("what answered is not a witness: {told}");
        assert_eq!(answered(status, kind, body).await, expected);
    }
    assert_eq!(
        answered("200 OK", "text/plain", &"x".repeat(64 * 1024 + 1)).await,
        "what answered is not a witness: its answer is over 64 KiB"
    );
    assert_eq!(
        answered("409 Conflict", "text/plain", "8\n").await,
        "the witness answered 409: 8"
    );
    assert_eq!(
        answered("302 Found", "text/plain", "moved\nfar").await,
        "the witness answered 302: moved"
    );
    assert_eq!(
        answered("503 Service Unavailable", "text/plain", "").await,
        "the witness answered 503"
    );
    let error = log.submit("http://witness.example", 0, 8).await;
    assert!(matches!(error, Err(ClientError::Address)));
}

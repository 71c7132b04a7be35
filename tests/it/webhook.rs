//! Stores behind a webhook: against the sample that comes with Lethe, run by the real Python, and
//! against programs that answer what they should not.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lethe::clock::Clock;
use lethe::config::stores;
use lethe::connectors::{self, Guarded};
use lethe::domain::email::Email;
use lethe::domain::request::Field;
use lethe::domain::run::Cause;
use lethe::domain::store::{
    Change, Decision, Exported, Ground, Item, ItemKey, ItemKind, ItemOutcome, Leftover, Level,
    Match, Order, Sink, Store, StoreError, Subject,
};
use lethe::seal::{SharedSecret, random};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::proxy::{How, Proxy};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const OTHER: &str = "whsec_AAKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
pub const MIRA: &str = "mira@halden.example";

/// The sample with a database of its own, in a folder of its own.
pub struct Sample {
    folder: PathBuf,
    child: Child,
    says: BufReader<ChildStdout>,
    pub at: SocketAddr,
}

/// Records of the person in the sample: an account, messages, one of them with a file, and mentions
/// in records of somebody else.
const MESSAGES: usize = 190;
const MENTIONS: usize = 9;
const FILE: &[u8] = b"\x00\xff%PDF of mira@halden.example";

/// Fills a database: `seed(store, messages, mentions, file)`.
const SEED: &str = r#"
import sys, threading
import sample
def seed(store, messages, mentions, file):
    mira, other = "Mira@Halden.example", "tom@other.example"
    add = lambda *row: store.db.execute("INSERT INTO records (kind, address, name, text) VALUES (?, ?, ?, ?)", row)
    store.db.executescript("BEGIN; DELETE FROM records; DELETE FROM sqlite_sequence;")
    add("account", mira, "Mira Halden", "")
    add("account", other, "Tom", "")
    for n in range(int(messages)):
        add("ticket_message", mira, "Mira Halden", f"Message {n} of {mira}")
        add("ticket_message", other, "Tom", f"Message {n} of Tom")
    for n in range(int(mentions)):
        add("ticket_message", other, "Tom", f"As {mira} wrote")
    store.db.execute("UPDATE records SET file_name = 'offer.pdf', file = ? WHERE id = 3", [bytes.fromhex(file)])
    store.db.execute("COMMIT")
"#;

/// Runs the sample in a process that the test can order to fill the database anew.
const CONTROLLED: &str = r#"
def obey():
    for line in sys.stdin:
        with sample.Handler.lock:
            seed(sample.Handler.store, *sys.argv[3:])
        print("seeded", flush=True)
threading.Thread(target=obey, daemon=True).start()
sample.main(*sys.argv[1:3])
"#;

impl Sample {
    /// The sample as it is, with 200 records of the person.
    fn start() -> Sample {
        let (folder, hex) = Sample::lay_out();
        let fill = format!("{SEED}\nseed(sample.Store(sys.argv[1]), *sys.argv[2:])");
        let filled = python(&folder)
            .args(["-c", &fill, "crm.sqlite"])
            .args([&MESSAGES.to_string(), &MENTIONS.to_string(), &hex])
            .output()
            .unwrap();
        assert!(filled.status.success(), "{filled:?}");
        let mut command = python(&folder);
        command.args(["sample.py", "0", "crm.sqlite"]);
        Sample::run(folder, command)
    }

    /// The sample with some of its methods replaced, and with so many records.
    pub fn start_with(more: &str, messages: usize, mentions: usize) -> Sample {
        let (folder, hex) = Sample::lay_out();
        let mut command = python(&folder);
        let program = format!("{SEED}\n{more}\n{CONTROLLED}");
        command.args(["-c", &program, "0", "crm.sqlite"]).args([
            &messages.to_string(),
            &mentions.to_string(),
            &hex,
        ]);
        let mut sample = Sample::run(folder, command);
        sample.fill();
        sample
    }

    fn lay_out() -> (PathBuf, String) {
        let name = format!("lethe-webhook-{:032x}", u128::from_be_bytes(random()));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/webhook/sample.py");
        std::fs::copy(source, folder.join("sample.py")).unwrap();
        let hex = FILE.iter().map(|byte| format!("{byte:02x}")).collect();
        (folder, hex)
    }

    fn run(folder: PathBuf, mut command: Command) -> Sample {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut says = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        says.read_line(&mut line).unwrap();
        let at = line.trim().strip_prefix("listening on ");
        let at = at.unwrap_or_else(|| {
            let log = std::fs::read_to_string(folder.join("log")).unwrap();
            panic!("the sample does not start: {line}{log}")
        });
        Sample {
            at: at.parse().unwrap(),
            folder,
            child,
            says,
        }
    }

    /// Empties the system and fills it anew.
    fn fill(&mut self) {
        let mut line = String::new();
        writeln!(self.child.stdin.as_ref().unwrap(), "seed").unwrap();
        self.says.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "seeded", "{}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap()
    }

    /// Whether a text stands anywhere in the files of the system.
    pub fn holds(&self, text: &str) -> bool {
        let content = std::fs::read(self.folder.join("crm.sqlite")).unwrap();
        let content = content.to_ascii_lowercase();
        content
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    }
}

fn python(folder: &Path) -> Command {
    let mut command = Command::new("python3");
    command
        .current_dir(folder)
        .env("WEBHOOK_SECRET", SECRET)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the sample says:\n{}", self.log());
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The connector to an address, as a store file describes it.
fn store(url: &str, secret: &str, more: &str) -> Arc<Guarded> {
    store_at(url, secret, more, &Clock::system())
}

fn store_at(url: &str, secret: &str, more: &str, clock: &Clock) -> Arc<Guarded> {
    let text = format!(
        "name = \"crm\"\ntitle = \"CRM\"\ncategory = \"outside\"\ntimeout_seconds = 5\n\
         [webhook]\nurl = \"{url}\"\n{more}"
    );
    let secret = secret.to_owned();
    let file = stores::parse(&text, Path::new("/nowhere"), &move |_| Some(secret.clone()));
    let mut opened = connectors::open(&[file.unwrap()], clock).unwrap();
    opened.pop().unwrap()
}

fn mira() -> Subject {
    Subject {
        address: Email::parse(MIRA).unwrap(),
        digests: Vec::new(),
        name: Some("Mira Halden".to_owned()),
    }
}

/// Every page of the search.
async fn found(store: &Guarded) -> Result<Vec<Item>, StoreError> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let page = store.inventory(&mira(), after.as_deref()).await?;
        items.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(items),
        }
    }
}

fn orders(items: &[Item]) -> Vec<Order> {
    let order = |item: &Item| Order {
        key: item.key.clone(),
        kind: item.kind,
        decision: Decision::Erase,
    };
    items.iter().map(order).collect()
}

/// Asks again after each failure, as a run does, but does not wait for the breaker.
async fn again<T, F: Future<Output = Result<T, StoreError>>>(
    store: &Guarded,
    mut asked: impl FnMut() -> F,
) -> T {
    for _ in 0..20 {
        match asked().await {
            Ok(value) => return value,
            Err(StoreError::Retry(_) | StoreError::Later { .. }) => {
                let _ = store.probe().await;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("it never worked");
}

#[derive(Default)]
struct Bundle {
    records: Vec<Exported>,
    files: Vec<(String, Vec<u8>)>,
}

impl Sink for Bundle {
    fn record(&mut self, record: Exported) -> Result<(), StoreError> {
        self.records.push(record);
        Ok(())
    }

    fn file(&mut self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        self.files.push((name.to_owned(), content.to_owned()));
        Ok(())
    }
}

#[tokio::test]
async fn two_hundred_records_are_found_given_out_corrected_and_erased() {
    let sample = Sample::start();
    let store = store(&format!("http://{}", sample.at), SECRET, "batch = 30");
    let reach = store.probe().await.unwrap();
    assert_eq!(reach.level, Level::Full);
    assert_eq!(reach.version.as_deref(), Some("Sample CRM 1"));
    assert_eq!(reach.records, Some((2 * MESSAGES + MENTIONS + 2) as u64));

    let items = found(&store).await.unwrap();
    assert_eq!(items.len(), MESSAGES + MENTIONS + 1);
    let kinds: Vec<ItemKind> = items.iter().map(|item| item.kind).collect();
    assert!(
        kinds[..MESSAGES]
            .iter()
            .all(|kind| *kind == ItemKind::TicketMessage)
    );
    assert!(
        kinds[MESSAGES..MESSAGES + MENTIONS]
            .iter()
            .all(|kind| *kind == ItemKind::Mention)
    );
    assert_eq!(
        kinds.last(),
        Some(&ItemKind::Account),
        "their own record last"
    );
    let candidates = items.iter().filter(|item| item.matched == Match::Candidate);
    assert_eq!(candidates.count(), MENTIONS);

    let keys: Vec<ItemKey> = items.iter().map(|item| item.key.clone()).collect();
    let mut bundle = Bundle::default();
    store.export(&mira(), &keys, &mut bundle).await.unwrap();
    assert_eq!(bundle.records.len(), items.len());
    assert_eq!(bundle.files, [("offer.pdf".to_owned(), FILE.to_owned())]);
    assert!(bundle.records.iter().all(|record| {
        !record
            .fields
            .iter()
            .any(|(_, value)| value.contains("tom@other.example"))
    }));

    let account = &items.last().unwrap().key;
    let values = store.values(account).await.unwrap();
    assert!(values.contains(&(Field::Name, "Mira Halden".to_owned())));
    let change = Change {
        field: Field::Name,
        old: Some("Mira Halden".to_owned()),
        new: "Mira Brandt".to_owned(),
    };
    for _ in 0..2 {
        let outcome = store.rectify(account, &change).await.unwrap();
        assert_eq!(outcome, ItemOutcome::Corrected.into());
    }
    let values = store.values(account).await.unwrap();
    assert!(values.contains(&(Field::Name, "Mira Brandt".to_owned())));
    let change = Change {
        field: Field::Company,
        old: None,
        new: "x".to_owned(),
    };
    let outcome = store.rectify(account, &change).await.unwrap();
    assert_eq!(outcome, ItemOutcome::NeedsPerson.into());

    let orders = orders(&items);
    assert_eq!(
        store.remains(&mira(), &orders).await.unwrap(),
        keys,
        "all is there before"
    );
    for _ in 0..2 {
        let done = store
            .carry_out(&mira(), &orders, Cause::Request)
            .await
            .unwrap();
        assert_eq!(done.len(), orders.len());
        assert!(
            done.iter()
                .all(|done| matches!(done.outcome, ItemOutcome::Erased | ItemOutcome::Neutralised))
        );
        assert!(found(&store).await.unwrap().is_empty());
        assert!(store.remains(&mira(), &orders).await.unwrap().is_empty());
    }
    assert!(!sample.holds(MIRA));
    let left = store.probe().await.unwrap().records;
    assert_eq!(
        left,
        Some((MESSAGES + MENTIONS + 1) as u64),
        "nobody else lost anything"
    );
    let mut bundle = Bundle::default();
    store
        .export(&mira(), &keys[..1], &mut bundle)
        .await
        .unwrap();
    assert!(bundle.records.is_empty());
    assert_eq!(sample.log(), "");
}

/// Finds, gives out and erases everything, asking again where something failed.
async fn whole_run(store: &Guarded) {
    let items = again(store, || found(store)).await;
    let keys: Vec<ItemKey> = items.iter().map(|item| item.key.clone()).collect();
    let account = items.last().expect("the account").key.clone();
    let change = Change {
        field: Field::Phone,
        old: None,
        new: "+47 1".to_owned(),
    };
    again(store, || async {
        let mut bundle = Bundle::default();
        store.export(&mira(), &keys, &mut bundle).await?;
        assert_eq!(bundle.files.len(), 1);
        Ok(())
    })
    .await;
    again(store, || store.rectify(&account, &change)).await;
    let orders = orders(&items);
    let (orders, person) = (&orders, &mira());
    let done = again(store, || store.carry_out(person, orders, Cause::Request)).await;
    assert!(
        done.iter()
            .all(|done| matches!(done.outcome, ItemOutcome::Erased | ItemOutcome::Neutralised))
    );
    assert!(again(store, || found(store)).await.is_empty());
    let left = again(store, || store.remains(person, orders)).await;
    assert!(left.is_empty());
}

#[tokio::test]
async fn each_request_may_fail_in_each_way_and_the_end_is_the_same() {
    // As few records as let every call come twice, and so pages of ten.
    const PAGES: &str = r#"
sample.FIND = sample.FIND.replace("LIMIT 101", "LIMIT 11")
find = sample.Store.find
def paged(self, subject, after):
    answer = find(self, subject, after)
    more = len(answer["items"]) > 10
    del answer["items"][10:]
    if more:
        last = answer["items"][9]
        rank = {"mention": 1, "account": 2}.get(last["kind"], 0)
        answer["next"] = f"{rank}.{last['key'].partition('-')[2]}"
    return answer
sample.Store.find = paged
"#;
    let mut sample = Sample::start_with(PAGES, 15, 2);
    let proxy = Proxy::http(sample.at);
    let mut most = 0;
    for how in How::HTTP {
        for k in 0.. {
            sample.fill();
            assert!(sample.holds(MIRA));
            let store = store(&proxy.url(), SECRET, "batch = 10");
            proxy.fail_request(k, how);
            whole_run(&store).await;
            let seen = proxy.requests_seen();
            assert!(!sample.holds(MIRA), "{how:?} at {k}");
            assert_eq!(sample.log(), "", "{how:?} at {k}");
            proxy.pass();
            let left = store.probe().await.unwrap().records;
            assert_eq!(left, Some(15 + 2 + 1), "{how:?} at {k}");
            if seen <= k {
                most = most.max(k);
                break;
            }
        }
    }
    assert!(
        most >= 12,
        "{most} requests are too few to have met every call"
    );
}

#[tokio::test]
async fn who_says_erased_and_erases_nothing_is_caught() {
    let lie = "sample.Store.erase_one = lambda self, key, address: {'outcome': 'erased'}";
    let sample = Sample::start_with(lie, 20, 2);
    let store = store(&format!("http://{}", sample.at), SECRET, "");
    let items = found(&store).await.unwrap();
    let orders = orders(&items);
    let done = store
        .carry_out(&mira(), &orders, Cause::Request)
        .await
        .unwrap();
    assert!(done.iter().all(|done| done.outcome == ItemOutcome::Erased));
    assert_eq!(found(&store).await.unwrap().len(), items.len());
    assert_eq!(
        store.remains(&mira(), &orders).await.unwrap().len(),
        items.len()
    );
}

#[tokio::test]
async fn who_hides_from_the_search_is_caught_by_the_keys() {
    let lie = "sample.Store.erase_one = lambda self, key, address: (self.db.execute(\"UPDATE records SET address = 'deleted', text = ''\"), {'outcome': 'erased'})[1]";
    let sample = Sample::start_with(lie, 20, 0);
    let store = store(&format!("http://{}", sample.at), SECRET, "");
    let orders = orders(&found(&store).await.unwrap());
    store
        .carry_out(&mira(), &orders, Cause::Request)
        .await
        .unwrap();
    assert!(found(&store).await.unwrap().is_empty());
    assert_eq!(
        store.remains(&mira(), &orders).await.unwrap().len(),
        orders.len()
    );
}

#[tokio::test]
async fn who_says_corrected_and_corrects_nothing_is_caught() {
    let lie = "sample.Store.rectify = lambda self, **_: {'outcome': 'corrected'}";
    let sample = Sample::start_with(lie, 1, 0);
    let store = store(&format!("http://{}", sample.at), SECRET, "");
    let account = found(&store).await.unwrap().pop().unwrap().key;
    let change = Change {
        field: Field::Name,
        old: None,
        new: "Mira Brandt".to_owned(),
    };
    let done = store.rectify(&account, &change).await.unwrap();
    assert_eq!(done.outcome, ItemOutcome::Failed, "{done:?}");
}

#[tokio::test]
async fn the_sample_refuses_who_does_not_sign_and_what_was_asked_before() {
    let sample = Sample::start_with("", 1, 0);
    let url = format!("http://{}", sample.at);
    let foreign = store(&url, OTHER, "").probe().await.unwrap_err();
    assert!(matches!(&foreign, StoreError::NeedsPerson { cause, .. } if cause.contains("401")));
    // An hour late, which is a wrong clock or an old question.
    let late = Clock::frozen(Clock::system().now() - jiff::SignedDuration::from_hours(1));
    let late = store_at(&url, SECRET, "", &late).probe().await.unwrap_err();
    assert!(matches!(&late, StoreError::NeedsPerson { mend, .. } if mend.contains("clocks")));

    let secret = SharedSecret::parse(SECRET).unwrap();
    let client = lethe::http::client(Duration::from_secs(20)).unwrap();
    let now = Clock::system().now().as_second();
    let body = r#"{"version":1,"call":"probe"}"#;
    let ask = async |id: &str, timestamp: String, signature: String, body: String| {
        let question = client.post(&url).header("webhook-id", id);
        let question = question.header("webhook-timestamp", timestamp);
        let question = question.header("webhook-signature", signature);
        let answer = question.body(body).send().await.unwrap();
        let is_signed = answer.headers().contains_key("webhook-signature");
        (
            answer.status().as_u16(),
            is_signed,
            answer.text().await.unwrap(),
        )
    };
    let at = now.to_string();
    let signed = secret.sign("msg_1", now, body.as_bytes());
    let first = ask("msg_1", at.clone(), signed.clone(), body.to_owned()).await;
    assert_eq!((first.0, first.1), (200, true));
    for (id, at, signature, body, why) in [
        ("msg_1", &at, &signed, body, "asked before"),
        ("msg_2", &at, &signed, body, "signature"),
        ("msg_3", &at, &String::new(), body, "signature"),
        ("msg_1", &(now + 1).to_string(), &signed, body, "signature"),
        ("msg_1", &at, &signed, "{}", "signature"),
        ("msg_4", &"soon".to_owned(), &signed, body, "signature"),
    ] {
        let refused = ask(id, at.clone(), signature.clone(), body.to_owned()).await;
        assert_eq!((refused.0, refused.1), (401, false), "{id}");
        assert!(refused.2.contains(why), "{}", refused.2);
    }
    let large = "x".repeat((1 << 20) + 1);
    let signed = secret.sign("msg_5", now, large.as_bytes());
    let refused = ask("msg_5", at, signed, large).await;
    assert!(
        refused.0 == 401 && refused.2.contains("too large"),
        "{}",
        refused.2
    );
}

/// A program with the right secret that answers as it is told, and keeps what it was asked.
struct Fake {
    url: String,
    asked: Arc<Mutex<Vec<Value>>>,
}

/// What a program answers: status, headers, body; `None` ends the connection without a word.
type Said = Option<(u16, Vec<(String, String)>, Vec<u8>)>;

/// How it comes to its answer.
type Teller = Box<dyn Fn(&str, &Value) -> Said + Send + Sync>;

impl Fake {
    /// `answer` gets each question with its id.
    async fn start(answer: impl Fn(&str, &Value) -> Said + Send + Sync + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (asked.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (kept, answer) = (kept.clone(), answer.clone());
                tokio::spawn(async move {
                    let mut read = Vec::new();
                    let (head, question) = loop {
                        if stream.read_buf(&mut read).await.unwrap() == 0 {
                            return;
                        }
                        let Some(end) = read.windows(4).position(|part| part == b"\r\n\r\n") else {
                            continue;
                        };
                        if let Ok(question) = serde_json::from_slice::<Value>(&read[end + 4..]) {
                            break (String::from_utf8_lossy(&read[..end]).into_owned(), question);
                        }
                    };
                    let id = head
                        .lines()
                        .find_map(|line| line.strip_prefix("webhook-id: "));
                    let said = answer(id.unwrap(), &question);
                    kept.lock().unwrap().push(question);
                    let Some((status, headers, body)) = said else {
                        return;
                    };
                    let mut text = format!("HTTP/1.1 {status} Said\r\n");
                    for (name, value) in headers {
                        text += &format!("{name}: {value}\r\n");
                    }
                    text += &format!(
                        "Content-Length: {}\r\nConnection: close\r\n\r\n",
                        body.len()
                    );
                    let _ = stream.write_all(&[text.as_bytes(), &body].concat()).await;
                });
            }
        });
        Fake { url, asked }
    }

    /// A program that answers with these bodies by call, signed as it should be.
    async fn honest(answers: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Fake {
        Fake::start(move |id, question| signed(200, SECRET, id, &answers(question).to_string()))
            .await
    }
}

fn signed(status: u16, secret: &str, id: &str, body: &str) -> Said {
    let signature = SharedSecret::parse(secret)
        .unwrap()
        .sign(id, 1_700_000_000, body.as_bytes());
    let headers = vec![
        ("webhook-timestamp".to_owned(), "1700000000".to_owned()),
        ("webhook-signature".to_owned(), signature),
    ];
    Some((status, headers, body.as_bytes().to_owned()))
}

fn good_probe() -> Value {
    json!({ "version": 1, "answer": "probe", "system": "Fake 1", "level": "content",
            "calls": ["find", "export", "values", "rectify", "erase", "verify"],
            "leaves": ["history"], "records": null })
}

/// A program that is honest about itself and then answers each call as it is told.
async fn after_probe(answer: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Fake {
    Fake::honest(move |question| match question["call"].as_str() {
        Some("probe") => good_probe(),
        _ => answer(question),
    })
    .await
}

fn order(key: &str) -> Order {
    Order {
        key: ItemKey(key.to_owned()),
        kind: ItemKind::Record,
        decision: Decision::Erase,
    }
}

/// Asks everything; the errors, in words, and whether one of them says to try again.
async fn all_errors(store: &Guarded) -> Vec<(String, bool)> {
    let mut bundle = Bundle::default();
    let key = ItemKey("a".to_owned());
    let change = Change {
        field: Field::Name,
        old: None,
        new: "x".to_owned(),
    };
    let results = [
        store.probe().await.map(drop),
        store.inventory(&mira(), None).await.map(drop),
        store
            .export(&mira(), std::slice::from_ref(&key), &mut bundle)
            .await,
        store.values(&key).await.map(drop),
        store.rectify(&key, &change).await.map(drop),
        store
            .carry_out(&mira(), &[order("a")], Cause::Request)
            .await
            .map(drop),
        store.remains(&mira(), &[order("a")]).await.map(drop),
    ];
    results
        .into_iter()
        .map(|result| match result.unwrap_err() {
            StoreError::NeedsPerson { cause, mend } => (format!("{cause} {mend}"), false),
            error @ (StoreError::Retry(_) | StoreError::Later { .. }) => (error.to_string(), true),
            StoreError::Bug(bug) => panic!("{bug}"),
        })
        .collect()
}

#[tokio::test]
async fn no_answer_that_is_not_signed_for_this_question_is_believed() {
    let old = signed(200, SECRET, "msg_of_before", &good_probe().to_string());
    let answers: Vec<(&str, Teller)> = vec![
        (
            "not signed",
            Box::new(|_, question| Some((200, Vec::new(), right(question).into_bytes()))),
        ),
        (
            "not signed",
            Box::new(|id, question| {
                let mut said = signed(200, SECRET, id, &right(question));
                said.as_mut().unwrap().2 = right(question)
                    .replace("true", "false")
                    .replace("\"a\"", "\"b\"")
                    .replace("Fake", "Evil")
                    .into_bytes();
                said
            }),
        ),
        (
            "not signed",
            Box::new(|id, question| signed(200, OTHER, id, &right(question))),
        ),
        ("not signed", Box::new(move |_, _| old.clone())),
        (
            "not signed",
            Box::new(|_, _| Some((200, Vec::new(), b"<h1>Welcome</h1>".to_vec()))),
        ),
        // Our own question, sent back.
        (
            "not as agreed",
            Box::new(|id, question| signed(200, SECRET, id, &question.to_string())),
        ),
        (
            "not as agreed",
            Box::new(|id, _| signed(200, SECRET, id, "gone")),
        ),
        (
            "not as agreed",
            Box::new(|id, _| signed(200, SECRET, id, "[]")),
        ),
        (
            "not as agreed",
            Box::new(|id, question| signed(201, SECRET, id, &right(question))),
        ),
        (
            "not as agreed",
            Box::new(|id, question| {
                signed(
                    200,
                    SECRET,
                    id,
                    &right(question).replace("\"version\":1", "\"version\":2"),
                )
            }),
        ),
        (
            "sends us elsewhere (302)",
            Box::new(|_, _| {
                Some((
                    302,
                    vec![("Location".to_owned(), "http://127.0.0.1:1/".to_owned())],
                    Vec::new(),
                ))
            }),
        ),
        (
            "signature (401)",
            Box::new(|_, _| Some((401, Vec::new(), Vec::new()))),
        ),
        (
            "answers 404",
            Box::new(|_, _| Some((404, Vec::new(), Vec::new()))),
        ),
        (
            "failure 500",
            Box::new(|_, _| Some((500, Vec::new(), Vec::new()))),
        ),
        (
            "alone",
            Box::new(|_, _| {
                Some((
                    429,
                    vec![("Retry-After".to_owned(), "1".to_owned())],
                    Vec::new(),
                ))
            }),
        ),
        ("broke off", Box::new(|_, _| None)),
        (
            "larger",
            Box::new(|_, _| Some((200, Vec::new(), vec![b' '; 50 << 20]))),
        ),
    ];
    for (n, (wanted, answer)) in answers.into_iter().enumerate() {
        let fake = Fake::start(answer).await;
        let store = store(&fake.url, SECRET, "");
        let errors = all_errors(&store).await;
        assert!(errors[0].0.contains(wanted), "{n}: {wanted}: {errors:?}");
        for (error, _) in &errors {
            for hidden in [&SECRET[6..], "whsec", MIRA, "Mira", "127.0.0.1"] {
                assert!(!error.contains(hidden), "{n}: {error}");
            }
        }
        assert!(!format!("{:?}", store.health()).contains(&SECRET[6..]));
    }
}

/// The answer that each call should have, to what `all_errors` asks.
fn right(question: &Value) -> String {
    let call = question["call"].as_str().unwrap();
    let more = match call {
        "probe" => good_probe(),
        "find" => json!({ "items": [], "next": null }),
        "export" => json!({ "records": [], "gone": ["a"] }),
        "values" => json!({ "values": { "name": "x" } }),
        "rectify" => json!({ "outcome": "corrected" }),
        "erase" => json!({ "items": [{ "key": "a", "outcome": "erased" }] }),
        _ => json!({ "items": [{ "key": "a", "there": false }] }),
    };
    let mut answer = json!({ "version": 1, "answer": call });
    answer
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    answer.to_string()
}

/// The answers of `right` are good ones: what the tests above refuse is refused for its fault.
#[tokio::test]
async fn right_answers_are_taken() {
    let fake = Fake::start(|id, question| signed(200, SECRET, id, &right(question))).await;
    let store = store(&fake.url, SECRET, "");
    let (key, change) = (
        ItemKey("a".to_owned()),
        Change {
            field: Field::Name,
            old: None,
            new: "x".to_owned(),
        },
    );
    let reach = store.probe().await.unwrap();
    assert_eq!(
        (reach.level, reach.leaves),
        (Level::Content, vec![Leftover::History])
    );
    assert!(found(&store).await.unwrap().is_empty());
    store
        .export(&mira(), std::slice::from_ref(&key), &mut Bundle::default())
        .await
        .unwrap();
    assert_eq!(
        store.rectify(&key, &change).await.unwrap().outcome,
        ItemOutcome::Corrected
    );
    let done = store
        .carry_out(&mira(), &[order("a")], Cause::Request)
        .await
        .unwrap();
    assert_eq!(done[0].outcome, ItemOutcome::Erased);
    assert!(
        store
            .remains(&mira(), &[order("a")])
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_program_that_is_silent_or_slow_is_let_go() {
    let sample = Sample::start_with("", 1, 0);
    let proxy = Proxy::http(sample.at);
    let text = format!(
        "name = \"crm\"\ntitle = \"CRM\"\ncategory = \"outside\"\ntimeout_seconds = 1\n[webhook]\nurl = \"{}\"",
        proxy.url()
    );
    let file = stores::parse(&text, Path::new("/nowhere"), &|_| Some(SECRET.to_owned())).unwrap();
    let store = connectors::open(&[file], &Clock::system())
        .unwrap()
        .pop()
        .unwrap();
    for how in [How::Swallow, How::Delay(Duration::from_secs(3))] {
        proxy.fail_next(1, how);
        let error = store.probe().await.unwrap_err();
        assert!(
            matches!(&error, StoreError::Retry(why) if why.contains("in time")),
            "{error:?}"
        );
    }
    proxy.pass();
    assert!(store.probe().await.is_ok());
    proxy.shut();
    let store = self::store(&proxy.url(), SECRET, "");
    let error = store.probe().await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Retry(why) if why.contains("reached")),
        "{error:?}"
    );
}

/// What is said of an answer to a call.
async fn refused(call: &str, answer: Value) -> String {
    let mut whole = json!({ "version": 1, "answer": call });
    whole
        .as_object_mut()
        .unwrap()
        .extend(answer.as_object().unwrap().clone());
    let fake = if call == "probe" {
        Fake::honest(move |_| whole.clone()).await
    } else {
        after_probe(move |_| whole.clone()).await
    };
    let store = store(&fake.url, SECRET, "");
    let keys = [ItemKey("a".to_owned()), ItemKey("b".to_owned())];
    let orders = [order("a"), order("b")];
    let change = Change {
        field: Field::Name,
        old: None,
        new: "x".to_owned(),
    };
    let error = match call {
        "probe" => store.probe().await.map(drop),
        "find" => store.inventory(&mira(), Some("7")).await.map(drop),
        "export" => store.export(&mira(), &keys, &mut Bundle::default()).await,
        "values" => store.values(&keys[0]).await.map(drop),
        "rectify" => store.rectify(&keys[0], &change).await.map(drop),
        "erase" => store
            .carry_out(&mira(), &orders, Cause::Request)
            .await
            .map(drop),
        _ => store.remains(&mira(), &orders).await.map(drop),
    };
    match error.unwrap_err() {
        StoreError::NeedsPerson { cause, .. } => cause,
        other => panic!("{call}: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_not_as_agreed_is_said_with_its_place() {
    let item = |more: Value| {
        let mut item =
            json!({ "key": "a", "kind": "record", "match": "sure", "label": "A", "holds": [] });
        item.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "items": [item] })
    };
    let probe = |more: Value| {
        let mut probe = good_probe();
        probe
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        probe
    };
    let record = |more: Value| {
        let mut record =
            json!({ "key": "a", "kind": "record", "label": "A", "fields": [], "files": [] });
        record
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "records": [record], "gone": ["b"] })
    };
    let long = "k".repeat(201);
    let secret = "mira@halden.example is secret";
    for (call, answer, wanted) in [
        (
            "probe",
            probe(json!({ "calls": ["find", "dance"] })),
            "calls[1]: write one of",
        ),
        (
            "probe",
            probe(json!({ "calls": ["find", "export", "erase"] })),
            "does not offer verify",
        ),
        (
            "probe",
            probe(json!({ "calls": ["find", "export", "verify", "erase", "rectify"] })),
            "rectify needs values",
        ),
        (
            "probe",
            probe(json!({ "level": "manual" })),
            "level: manual",
        ),
        (
            "probe",
            probe(json!({ "level": secret })),
            "level: write one of",
        ),
        ("probe", probe(json!({ "leaves": null })), "leaves: missing"),
        (
            "probe",
            probe(json!({ "records": -1 })),
            "records: write a whole number",
        ),
        (
            "probe",
            probe(json!({ "more": 1 })),
            "more: version 1 knows no such key",
        ),
        ("find", json!({}), "items: missing"),
        ("find", json!({ "items": "none" }), "items: write a list"),
        (
            "find",
            json!({ "items": [secret] }),
            "items[0]: write an object",
        ),
        (
            "find",
            json!({ "items": [], "next": "8" }),
            "only the last page can be empty",
        ),
        (
            "find",
            {
                let mut page = item(json!({}));
                page["next"] = "7".into();
                page
            },
            "next: it leads to the same page",
        ),
        (
            "find",
            json!({ "items": vec![0; 501] }),
            "items: more than 500",
        ),
        ("find", item(json!({ "key": "" })), "items[0].key: empty"),
        (
            "find",
            item(json!({ "key": "a\nb" })),
            "items[0].key: empty, with",
        ),
        (
            "find",
            item(json!({ "key": long })),
            "items[0].key: longer than 200",
        ),
        (
            "find",
            item(json!({ "key": "Mira@Halden.example" })),
            "items[0].key: no address",
        ),
        (
            "find",
            item(json!({ "key": 7 })),
            "items[0].key: write a text",
        ),
        (
            "find",
            item(json!({ "kind": "manual" })),
            "items[0].kind: write one of",
        ),
        (
            "find",
            item(json!({ "match": "maybe" })),
            "items[0].match: write one of sure, candidate",
        ),
        (
            "find",
            item(json!({ "label": "\u{202e}\n" })),
            "items[0].label: say what",
        ),
        (
            "find",
            item(json!({ "proposal": { "keep": secret } })),
            "items[0].proposal.keep: write one of",
        ),
        (
            "find",
            item(json!({ "proposal": { "keep": "tax_law", "until": "soon" } })),
            "items[0].proposal.until: write a day",
        ),
        (
            "find",
            item(json!({ (secret): 1 })),
            "items[0].(a key): version 1 knows no such key",
        ),
        (
            "export",
            json!({ "records": [], "gone": ["a"] }),
            "1 of what was asked are missing",
        ),
        (
            "export",
            json!({ "records": [], "gone": ["a", "c"] }),
            "this was not asked",
        ),
        (
            "export",
            record(json!({ "fields": { "Name": secret } })),
            "records[0].fields: write a list",
        ),
        (
            "export",
            record(json!({ "fields": [["Name", secret, secret]] })),
            "records[0].fields[0]: write a name and a value",
        ),
        (
            "export",
            record(json!({ "files": [{ "name": "x", "size": 3, "content": "AAAAAAAA" }] })),
            "not as many bytes",
        ),
        (
            "export",
            record(json!({ "files": [{ "name": "x", "size": 3, "content": secret }] })),
            "not base64",
        ),
        (
            "export",
            record(json!({ "files": [{ "name": "x" }] })),
            "records[0].files[0].size: missing",
        ),
        (
            "values",
            json!({ "values": { "shoe_size": "40" } }),
            "values: write one of name",
        ),
        (
            "values",
            json!({ "values": { "name": 7 } }),
            "values.name: write a text",
        ),
        (
            "rectify",
            json!({ "outcome": "erased" }),
            "outcome: write one of corrected",
        ),
        (
            "erase",
            json!({ "items": [] }),
            "2 of what was asked are missing",
        ),
        (
            "erase",
            json!({ "items": [{ "key": "a", "outcome": "erased" }, { "key": "c", "outcome": "erased" }] }),
            "items[1].key: this was not asked",
        ),
        (
            "erase",
            json!({ "items": [{ "key": "a", "outcome": "erased" }, { "key": "a", "outcome": "erased" }] }),
            "items[1].key: this was answered already",
        ),
        (
            "erase",
            json!({ "items": [{ "key": "a", "outcome": "kept", "why": "tax" }] }),
            "items[0].outcome: write one of erased",
        ),
        (
            "erase",
            json!({ "items": [{ "key": "a", "outcome": "failed" }] }),
            "items[0].why: say what",
        ),
        (
            "verify",
            json!({ "items": [{ "key": "a", "there": false }] }),
            "1 of what was asked are missing",
        ),
        (
            "verify",
            json!({ "items": [{ "key": "a", "there": "no" }] }),
            "items[0].there: write true or false",
        ),
        ("verify", json!({ "there": [] }), "items: missing"),
        (
            "find",
            json!({ "answer": "verify", "items": [] }),
            "answer: it does not answer find",
        ),
        (
            "find",
            json!({ "version": 2, "items": [] }),
            "version: only version 1",
        ),
    ] {
        let said = refused(call, answer.clone()).await;
        assert!(said.contains(wanted), "{call} {answer}: {said}");
        assert!(!said.to_lowercase().contains("mira"), "{said}");
    }
}

#[tokio::test]
async fn what_people_read_is_cleaned_and_bounded() {
    let fake = after_probe(|question| match question["call"].as_str() {
        Some("find") => json!({ "version": 1, "answer": "find", "items": [{
            "key": "a", "kind": "record", "match": "candidate", "holds": ["na\u{0}me"],
            "label": format!("A\u{202e}\u{7}B\r\nC{}", "x".repeat(400)), "note": "\t",
            "proposal": { "keep": "tax_law", "until": "2030-12-31" } }] }),
        Some("erase") => json!({ "version": 1, "answer": "erase", "items": [{
            "key": "a", "outcome": "failed",
            "why": "row of Mira Halden <mira@halden.example>\nis locked" }] }),
        _ => json!({ "version": 1, "answer": "error", "why": "tom@other.example is away", "retry_seconds": 99999 }),
    })
    .await;
    let store = store(&fake.url, SECRET, "");
    let error = found(&store).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::NeedsPerson { cause, .. } if cause.contains("items[0].holds[0]"))
    );

    let done = store
        .carry_out(&mira(), &[order("a")], Cause::Request)
        .await
        .unwrap();
    assert_eq!(done[0].outcome, ItemOutcome::Failed);
    assert_eq!(done[0].why.as_deref(), Some("row of … … … is locked"));
    let error = store.remains(&mira(), &[order("a")]).await.unwrap_err();
    assert_eq!(error.to_string(), "It says: … is away");
    assert!(matches!(error, StoreError::Later { after, .. } if after.as_secs() == 600));
}

#[tokio::test]
async fn a_label_is_one_short_line() {
    let fake = after_probe(|_| {
        json!({ "version": 1, "answer": "find", "items": [{
            "key": "a", "kind": "record", "match": "candidate", "holds": ["name"],
            "label": format!("A\u{202e}\u{7}B\r\nC{}", "x".repeat(400)), "note": "\t",
            "proposal": { "keep": "tax_law", "until": "2030-12-31" } }] })
    })
    .await;
    let item = found(&store(&fake.url, SECRET, ""))
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert!(
        item.label.starts_with("A B  Cxx") && item.label.ends_with("x…"),
        "{}",
        item.label
    );
    assert_eq!(item.label.chars().count(), 201);
    assert_eq!(item.note, "");
    let until = "2030-12-31".parse().unwrap();
    assert_eq!(item.proposal, Decision::Keep(Ground::TaxLaw, Some(until)));
}

#[tokio::test]
async fn what_a_system_cannot_do_is_left_to_a_person() {
    let fake = Fake::honest(|question| match question["call"].as_str() {
        Some("probe") => json!({ "version": 1, "answer": "probe", "level": "manual",
            "calls": ["find", "export", "verify"], "leaves": [] }),
        call => panic!("asked for {call:?}"),
    })
    .await;
    let store = store(&fake.url, SECRET, "");
    let key = ItemKey("a".to_owned());
    let values = store.values(&key).await.unwrap();
    assert!(values.contains(&(Field::Name, String::new())));
    let change = Change {
        field: Field::Name,
        old: None,
        new: "x".to_owned(),
    };
    assert_eq!(
        store.rectify(&key, &change).await.unwrap().outcome,
        ItemOutcome::NeedsPerson
    );
    let mut kept = order("b");
    kept.decision = Decision::Keep(Ground::TaxLaw, None);
    let done = store
        .carry_out(&mira(), &[order("a"), kept], Cause::Request)
        .await
        .unwrap();
    assert_eq!(done[0].outcome, ItemOutcome::NeedsPerson);
    assert!(done[0].why.as_deref().unwrap().contains("by hand"));
    assert_eq!(done[1].outcome, ItemOutcome::Kept);
}

/// Nothing found must not mean not allowed to look: the rights are asked first, once a minute.
#[tokio::test]
async fn the_rights_are_made_sure_of_before_the_search_and_the_look_back() {
    let fake = Fake::honest(|question| match question["call"].as_str() {
        Some("probe") => json!({ "version": 1, "answer": "error",
            "why": "our account may not read contacts", "mend": "grant it contacts.read" }),
        _ => json!({ "version": 1, "answer": "find", "items": [] }),
    })
    .await;
    let denied = store(&fake.url, SECRET, "");
    for error in [
        denied.inventory(&mira(), None).await.unwrap_err(),
        denied.remains(&mira(), &[order("a")]).await.unwrap_err(),
    ] {
        let StoreError::NeedsPerson { cause, mend } = error else {
            panic!("{error:?}");
        };
        assert!(cause.contains("contacts") && mend.contains("contacts.read"));
    }

    let clock = Clock::frozen("2026-11-20T09:00:00Z".parse().unwrap());
    let fake = Fake::start(|id, question| signed(200, SECRET, id, &right(question))).await;
    let store = store_at(&fake.url, SECRET, "", &clock);
    let probes = || {
        let asked = fake.asked.lock().unwrap();
        asked
            .iter()
            .filter(|asked| asked["call"] == "probe")
            .count()
    };
    found(&store).await.unwrap();
    found(&store).await.unwrap();
    assert_eq!(probes(), 1);
    clock.advance(jiff::SignedDuration::from_secs(61));
    found(&store).await.unwrap();
    assert_eq!(probes(), 2);
}

/// The same orders have the same key, however often they come, and others have another.
#[tokio::test]
async fn an_erasure_has_a_key_that_is_stable() {
    let fake = after_probe(|question| {
        let items: Vec<Value> = question["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| json!({ "key": item["key"], "outcome": "erased" }))
            .collect();
        json!({ "version": 1, "answer": "erase", "items": items })
    })
    .await;
    let person = mira();
    for (key, cause) in [
        ("a", Cause::Request),
        ("a", Cause::Request),
        ("b", Cause::Request),
        ("a", Cause::Replay),
    ] {
        let store = store(&fake.url, SECRET, "");
        store
            .carry_out(&person, &[order(key)], cause)
            .await
            .unwrap();
    }
    let asked = fake.asked.lock().unwrap();
    let keys: Vec<&str> = asked
        .iter()
        .filter_map(|asked| asked["idempotency_key"].as_str())
        .collect();
    assert_eq!(keys.len(), 4);
    assert_eq!(keys[0], keys[1]);
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 3);
}

/// A file that is too large is not left out in silence.
#[tokio::test]
async fn a_file_over_the_limit_is_told() {
    let fake = after_probe(|_| {
        json!({ "version": 1, "answer": "export", "gone": [], "records": [{
            "key": "a", "kind": "ticket_file", "label": "A", "fields": [],
            "files": [{ "name": "film.mp4", "size": 5_000_000_000_u64 },
                      { "name": "note.txt", "size": 2, "content": "aGk=" }] }] })
    })
    .await;
    let store = store(&fake.url, SECRET, "file_mib = 1");
    let mut bundle = Bundle::default();
    let key = ItemKey("a".to_owned());
    store.export(&mira(), &[key], &mut bundle).await.unwrap();
    assert_eq!(bundle.files, [("note.txt".to_owned(), b"hi".to_vec())]);
    let told = &bundle.records[1];
    assert_eq!(told.label, "film.mp4");
    assert!(told.fields[1].1.contains("5000000000 bytes"), "{told:?}");
}

/// Whoever signs an error may write into it whatever their own system said, and it reaches the log.
#[tokio::test]
async fn an_error_of_theirs_names_nobody() {
    let fake = after_probe(|_| {
        json!({ "version": 1, "answer": "error",
            "why": format!("no such user: HALDEN, Mira <{MIRA}> (mira%40halden.example) {}", "x ".repeat(400)),
            "mend": "Look at contact=Halden;name='mira-halden' and at Brandt" })
    })
    .await;
    let store = store(&fake.url, SECRET, "");
    let person = Subject {
        name: Some("Mira Halden".to_owned()),
        ..mira()
    };
    let (key, change) = (
        ItemKey("a".to_owned()),
        Change {
            field: Field::Name,
            old: Some("Mira Halden".to_owned()),
            new: "Mira Brandt".to_owned(),
        },
    );
    let keys = std::slice::from_ref(&key);
    let errors = [
        store.inventory(&person, None).await.map(drop),
        store.export(&person, keys, &mut Bundle::default()).await,
        store.rectify(&key, &change).await.map(drop),
        store
            .carry_out(&person, &[order("a")], Cause::Request)
            .await
            .map(drop),
        store.remains(&person, &[order("a")]).await.map(drop),
    ];
    for (n, error) in errors.into_iter().enumerate() {
        let StoreError::NeedsPerson { cause, mend } = error.unwrap_err() else {
            panic!("{n}");
        };
        for words in [&cause, &mend] {
            let lower = words.to_lowercase();
            assert!(!lower.contains("mira"), "{n}: {words}");
            assert!(!lower.contains("halden"), "{n}: {words}");
            assert!(words.chars().count() < 320, "{n}: {words}");
        }
        assert!(
            cause.starts_with("It says: no such user: …"),
            "{n}: {cause}"
        );
        assert!(mend.starts_with("Look at contact="), "{n}: {mend}");
        assert_eq!(mend.contains("Brandt"), n != 2, "{n}: {mend}");
    }
}

/// What a review gives out goes to one person, and who gives it out has to know which.
#[tokio::test]
async fn an_export_says_whose_it_is() {
    let sample = Sample::start_with("", 1, 1);
    let store = store(&format!("http://{}", sample.at), SECRET, "");
    let keys: Vec<ItemKey> = found(&store)
        .await
        .unwrap()
        .into_iter()
        .map(|item| item.key)
        .collect();
    let mut bundle = Bundle::default();
    let stranger = Subject {
        address: Email::parse("nobody@other.example").unwrap(),
        ..mira()
    };
    store.export(&stranger, &keys, &mut bundle).await.unwrap();
    assert!(bundle.records.is_empty(), "{:?}", bundle.records);
    store.export(&mira(), &keys, &mut bundle).await.unwrap();
    assert_eq!(bundle.records.len(), keys.len());
}

/// Every example of the page is a question that Lethe asks, or an answer that it takes.
#[tokio::test]
async fn the_examples_of_the_page_are_what_is_said() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/connectors.md");
    let page = std::fs::read_to_string(page).unwrap();
    let section = page.split("\n## Webhook\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let examples: Vec<Value> = section
        .split("```json\n")
        .skip(1)
        .map(|part| part.split("```").next().unwrap())
        .map(|text| serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")))
        .collect();
    let of = |side: &str, call: &str| {
        let found = examples.iter().find(|example| example[side] == call);
        found.unwrap_or_else(|| panic!("no {side} {call}")).clone()
    };
    let answers = examples.clone();
    let fake = Fake::honest(move |question| {
        let found = answers
            .iter()
            .find(|example| example["answer"] == question["call"]);
        found.unwrap().clone()
    })
    .await;
    let store = store(&fake.url, SECRET, "");
    let key = |example: &Value| ItemKey(example.as_str().unwrap().to_owned());
    store.probe().await.unwrap();
    let after = of("call", "find")["after"].as_str().map(ToOwned::to_owned);
    let items = store
        .inventory(&mira(), after.as_deref())
        .await
        .unwrap()
        .items;
    let mut bundle = Bundle::default();
    let keys: Vec<ItemKey> = of("call", "export")["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(key)
        .collect();
    store.export(&mira(), &keys, &mut bundle).await.unwrap();
    assert!(!bundle.files.is_empty());
    let rectify = of("call", "rectify");
    let change = Change {
        field: rectify["field"].as_str().unwrap().parse().unwrap(),
        old: rectify["old"].as_str().map(ToOwned::to_owned),
        new: rectify["new"].as_str().unwrap().to_owned(),
    };
    let item = key(&rectify["key"]);
    store.values(&item).await.unwrap();
    assert_eq!(
        store.rectify(&item, &change).await.unwrap().outcome,
        ItemOutcome::Corrected
    );
    let orders: Vec<Order> = orders(&items)
        .into_iter()
        .filter(|order| {
            of("call", "erase")["items"]
                .as_array()
                .unwrap()
                .iter()
                .any(|item| item["key"] == order.key.0)
        })
        .collect();
    store
        .carry_out(&mira(), &orders, Cause::Request)
        .await
        .unwrap();
    store.remains(&mira(), &orders).await.unwrap();

    let asked = fake.asked.lock().unwrap().clone();
    let calls = [
        "probe", "find", "export", "file", "values", "rectify", "erase", "verify",
    ];
    for call in calls {
        let mut example = of("call", call);
        let mut said = asked
            .iter()
            .find(|asked| asked["call"] == call)
            .unwrap()
            .clone();
        for one in [&mut example, &mut said] {
            if let Some(key) = one.get_mut("idempotency_key") {
                *key = "…".into();
            }
        }
        assert_eq!(said, example, "{call}");
    }
    assert_eq!(
        examples
            .iter()
            .filter(|example| example["answer"] == "error")
            .count(),
        3,
        "an error to try again, one that asks for time, one for a person"
    );
    for error in examples
        .iter()
        .filter(|example| example["answer"] == "error")
    {
        let error = error.clone();
        let fake = Fake::honest(move |_| error.clone()).await;
        let said = self::store(&fake.url, SECRET, "")
            .probe()
            .await
            .unwrap_err();
        assert!(said.to_string().starts_with("It says: "), "{said}");
    }
}

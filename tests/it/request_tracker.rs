//! A person in a real Request Tracker 5: found, handed over, corrected, and let go of, by REST alone
//! and with the helper on its host; and what happens where one of them does not do what it says.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use lethe::domain::email::Email;
use lethe::domain::request::Field;
use lethe::domain::run::Cause;
use lethe::domain::store::{
    Change, Decision, Done, Exported, Ground, Item, ItemKey, ItemKind, ItemOutcome, Leftover,
    Level, Match, Order, Sink, Store, StoreError, Subject,
};

use crate::support::proxy::{How, Proxy};
use crate::support::request_tracker::{ANNA, MANY, RequestTracker};
use crate::support::sql_servers::Engine;

/// The places that hold something of Anna before anything is done.
const PLACES: usize = 50;

fn subject(address: &str) -> Subject {
    Subject {
        address: Email::parse(address).unwrap(),
        digests: Vec::new(),
        name: None,
    }
}

fn anna() -> Subject {
    subject("Anna.Kowalska@example.org")
}

async fn found(store: &dyn Store, subject: &Subject) -> Result<Vec<Item>, StoreError> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let page = store.inventory(subject, after.as_deref()).await?;
        items.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(items);
        }
    }
}

fn keys(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.key.0.as_str()).collect()
}

fn orders(items: &[Item]) -> Vec<Order> {
    let order = |item: &Item| Order {
        key: item.key.clone(),
        kind: item.kind,
        decision: Decision::Erase,
    };
    items.iter().map(order).collect()
}

async fn erase(
    store: &dyn Store,
    subject: &Subject,
    orders: &[Order],
) -> Result<Vec<Done>, StoreError> {
    let mut done = Vec::new();
    for orders in orders.chunks(store.batch()) {
        done.extend(store.carry_out(subject, orders, Cause::Request).await?);
    }
    assert_eq!(done.len(), orders.len());
    Ok(done)
}

fn is_gone(done: &Done) -> bool {
    matches!(done.outcome, ItemOutcome::Erased | ItemOutcome::Neutralised)
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
        self.files.push((name.to_owned(), content.to_vec()));
        Ok(())
    }
}

impl Bundle {
    fn says(&self, text: &str) -> bool {
        let fields = self.records.iter().flat_map(|record| &record.fields);
        fields.into_iter().any(|(_, value)| value.contains(text))
    }
}

/// Words that a person helps with.
fn needs_person<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::NeedsPerson { cause, mend }) => format!("{cause} {mend}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_it_reaches() {
    let rt = RequestTracker::with_helper();
    let reach = rt.by_record().probe().await.unwrap();
    assert_eq!(reach.level, Level::Record);
    assert!(reach.version.unwrap().starts_with("Request Tracker 5.0."));
    let leaves = [
        Leftover::History,
        Leftover::Messages,
        Leftover::Files,
        Leftover::Mentions,
    ];
    assert_eq!(reach.leaves, leaves);
    let reach = rt.by_helper().probe().await.unwrap();
    assert_eq!((reach.level, reach.leaves), (Level::Full, Vec::new()));
    // A dump of an earlier removal by hand holds it all.
    std::fs::write(rt.folder.join("shredder/20260101T000000-0001.sql"), "x").unwrap();
    let reach = rt.by_helper().probe().await.unwrap();
    assert_eq!(reach.leaves, [Leftover::Messages, Leftover::Files]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_a_person_is_found() {
    let rt = RequestTracker::with_helper();
    assert_eq!(rt.places(&ANNA).len(), PLACES, "{:?}", rt.places(&ANNA));

    let items = found(&*rt.by_record(), &anna()).await.unwrap();
    let answer = rt.perl(
        "my $t = RT::Transactions->new(RT->SystemUser); $t->Limit(FIELD => 'ObjectId', VALUE => 3); \
         $t->Limit(FIELD => 'Type', VALUE => 'Correspond'); print $_->id, ' ', $_->CreatorObj->Name, qq{\\n} while $_ = $t->Next",
    );
    let answer = answer
        .lines()
        .find(|line| line.ends_with("anna.kowalska@example.org"));
    let answer = answer.unwrap().split(' ').next().unwrap();
    let message = format!("transaction:{answer}");
    let user = items.last().unwrap().key.0.strip_prefix("user:").unwrap();
    let part = format!("participant:3:{user}");
    let (history, record) = (format!("history:{user}"), format!("user:{user}"));
    // The deleted one, of merged ones the one that is left, and the record last.
    let expected = [
        "ticket:1",
        "ticket:2",
        "ticket:5",
        "ticket:7",
        &message,
        &part,
        "mention:3",
        &history,
        &record,
    ];
    assert_eq!(keys(&items), expected);
    let of = |key: &str| items.iter().find(|item| item.key.0 == key).unwrap();
    assert_eq!(of("ticket:1").matched, Match::Sure);
    assert_eq!(of("mention:3").matched, Match::Candidate);
    assert_eq!(of("mention:3").note, "#3: file name, header, history, text");

    // No search of REST sees into what is stored encoded, in ticket 4. The helper does.
    let items = found(&*rt.by_helper(), &anna()).await.unwrap();
    let expected = [
        "ticket:1",
        "ticket:2",
        "ticket:5",
        "ticket:7",
        &message,
        &part,
        "mention:3",
        "mention:4",
        &record,
    ];
    assert_eq!(keys(&items), expected);

    // By the address of before it is a candidate: an address may have had two owners.
    let items = found(&*rt.by_record(), &subject("anna.old@example.org"))
        .await
        .unwrap();
    assert!(
        keys(&items).contains(&record.as_str()),
        "{:?}",
        keys(&items)
    );
    assert!(items.iter().all(|item| item.matched == Match::Candidate));

    for (address, name) in [
        ("dora@example.org", "disabled"),
        ("Ernie@example.org", "ernie@example.org"),
    ] {
        let items = found(&*rt.by_record(), &subject(address)).await.unwrap();
        assert_eq!(items.last().unwrap().label, name);
        assert_eq!(items.last().unwrap().kind, ItemKind::Account);
    }
    let items = found(&*rt.by_helper(), &subject("nobody@example.org"))
        .await
        .unwrap();
    assert!(items.is_empty(), "{items:?}");
    // An underscore is no wildcard, and a quote ends nothing.
    let odd = subject("anna_kowalska@example.org");
    assert!(found(&*rt.by_helper(), &odd).await.unwrap().is_empty());
    let odd = subject("o'neil@example.org");
    assert!(found(&*rt.by_helper(), &odd).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_found_never_means_not_allowed_to_look() {
    let rt = RequestTracker::start();
    rt.by_record().probe().await.unwrap();
    for right in [
        "SeeCustomField",
        "ShowOutgoingEmail",
        "ShowTicketComments",
        "ShowTicket",
        "SeeQueue",
        "AdminUsers",
    ] {
        rt.revoke_only(right);
        let store = rt.by_record();
        let words = needs_person(store.probe().await);
        assert!(words.contains(right), "{right}: {words}");
        for words in [
            needs_person(found(&*store, &anna()).await),
            needs_person(store.remains(&anna(), &[]).await),
            needs_person(store.carry_out(&anna(), &[], Cause::Request).await),
            needs_person(store.export(&anna(), &[], &mut Bundle::default()).await),
        ] {
            assert!(words.contains(right), "{right}: {words}");
        }
    }
    rt.revoke_only("");
    rt.by_record().probe().await.unwrap();
    rt.perl("my $u = RT::User->new(RT->SystemUser); $u->Load('dsr-portal'); $u->SetPrivileged(0);");
    needs_person(rt.by_record().probe().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_is_begun_anew_and_a_wrong_token_is_told() {
    let mut rt = RequestTracker::start();
    let store = rt.by_record();
    assert!(!found(&*store, &anna()).await.unwrap().is_empty());
    rt.end_sessions();
    assert!(!found(&*store, &anna()).await.unwrap().is_empty());
    rt.token = "1-27-00000000000000000000000000000000".to_owned();
    let words = needs_person(rt.by_record().probe().await);
    assert!(words.contains("token"), "{words}");
    assert!(!words.contains("0000"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_has_messages_comments_files_and_the_history_of_the_record() {
    let rt = RequestTracker::start();
    let store = rt.by_record();
    let items = found(&*store, &anna()).await.unwrap();
    let all: Vec<ItemKey> = items.iter().map(|item| item.key.clone()).collect();
    let mut bundle = Bundle::default();
    store.export(&anna(), &all, &mut bundle).await.unwrap();
    for text in [
        "Grüße, Anna Kowalska",
        "Anna Kowalska called",
        "Please delete this.",
        "I think so too.",
        "Number 6.",
        "prefers mornings",
        "anna.old@example.org",
        "+48 600 100 200",
    ] {
        assert!(bundle.says(text), "{text}");
    }
    // Of Bob's ticket only what she wrote.
    assert!(!bundle.says("Ask Anna"));
    let pdf = b"%PDF-1.4\0\xff\xfe Anna Kowalska \0 bytes \x80\n";
    let file = bundle
        .files
        .iter()
        .find(|(name, _)| name.ends_with("contract.pdf"));
    assert_eq!(file.unwrap().1, pdf);
    let dated = bundle
        .records
        .iter()
        .filter(|record| record.kind == "ticket_message");
    for record in dated {
        assert!(record.fields[0].1.starts_with("20"), "{record:?}");
    }

    let small = rt.connector(rt.address(), None, "max_file_mib = 1");
    rt.perl(
        "my $t = RT::Ticket->new(RT->SystemUser); $t->Load(2); my $m = MIME::Entity->build(Type => 'application/zip', \
         Filename => 'large.zip', Encoding => 'base64', Data => ['x' x 1500000]); $t->Comment(MIMEObj => $m);",
    );
    let mut bundle = Bundle::default();
    small
        .export(&anna(), &[ItemKey("ticket:2".to_owned())], &mut bundle)
        .await
        .unwrap();
    assert!(
        bundle.says("large.zip 1500000 bytes: larger than"),
        "{:?}",
        bundle.records
    );
    assert!(bundle.files.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_is_corrected_and_a_refusal_is_no_success() {
    let rt = RequestTracker::start();
    let store = rt.by_record();
    let items = found(&*store, &anna()).await.unwrap();
    let record = items.last().unwrap().key.clone();
    let values = store.values(&record).await.unwrap();
    assert_eq!(values[0], (Field::Name, "Anna Kowalska".to_owned()));
    assert_eq!(values[1].1, "anna.kowalska@example.org");
    let change = |field, new: &str| Change {
        field,
        old: None,
        new: new.to_owned(),
    };
    for (field, new) in [
        (Field::Name, "Änne Kowalska"),
        (Field::Email, "anne@example.org"),
    ] {
        let change = change(field, new);
        let done = store.rectify(&record, &change).await.unwrap();
        assert_eq!(done.outcome, ItemOutcome::Corrected);
        let again = store.rectify(&record, &change).await.unwrap();
        assert_eq!(again.outcome, ItemOutcome::Corrected);
    }
    // The name by which she signs in was the address.
    let items = found(&*store, &subject("anne@example.org")).await.unwrap();
    assert_eq!(items.last().unwrap().label, "anne@example.org");
    assert_eq!(store.values(&record).await.unwrap()[0].1, "Änne Kowalska");

    let refused = async |field, new| {
        let done = store.rectify(&record, &change(field, new)).await.unwrap();
        assert_eq!(done.outcome, ItemOutcome::NeedsPerson);
        done.why.unwrap()
    };
    let words = refused(Field::Email, "bob@example.net").await;
    assert!(words.contains("another account"), "{words}");
    assert!(!words.contains("bob@"), "{words}");
    let words = refused(Field::Email, "no address").await;
    assert!(words.contains("EmailAddress"), "{words}");
    let phone = store
        .rectify(&record, &change(Field::Phone, "1"))
        .await
        .unwrap();
    assert_eq!(phone.outcome, ItemOutcome::NeedsPerson);
}

#[tokio::test(flavor = "multi_thread")]
async fn record_mode_empties_the_record_and_says_honestly_what_stays() {
    let rt = RequestTracker::start();
    let letters = rt.letters();
    let store = rt.by_record();
    let items = found(&*store, &anna()).await.unwrap();
    let orders = orders(&items);
    let done = erase(&*store, &anna(), &orders).await.unwrap();
    for (order, done) in orders.iter().zip(&done) {
        let expected = match order.kind {
            ItemKind::Account | ItemKind::Participant => ItemOutcome::Neutralised,
            _ => ItemOutcome::NeedsPerson,
        };
        assert_eq!(done.outcome, expected, "{order:?}: {done:?}");
        let why = done.why.as_deref().unwrap();
        assert!(!ANNA.iter().any(|text| why.contains(text)), "{why}");
    }
    // The data moved and did not go: as many places as before, less those of the record itself and
    // with those of its history.
    let places = rt.places(&ANNA);
    assert!(places.len() >= PLACES, "{places:?}");
    assert!(
        !places.iter().any(|place| place.starts_with("Users.")),
        "{places:?}"
    );
    assert_eq!(store.probe().await.unwrap().level, Level::Record);

    // The read-back: neither a failure nor a success that is none.
    let gone: Vec<Order> = orders
        .iter()
        .zip(&done)
        .filter(|(_, done)| is_gone(done))
        .map(|(order, _)| order.clone())
        .collect();
    assert_eq!(store.remains(&anna(), &gone).await.unwrap(), []);
    let again = found(&*store, &anna()).await.unwrap();
    let before: BTreeSet<&str> = keys(&items).into_iter().collect();
    assert!(
        keys(&again).iter().all(|key| before.contains(key)),
        "{:?}",
        keys(&again)
    );
    assert!(!again.iter().any(|item| item.kind == ItemKind::Account));
    assert_eq!(erase(&*store, &anna(), &orders).await.unwrap(), done);

    // What it says is to be typed does what it says, in its order.
    for (order, done) in orders.iter().zip(&done) {
        let why = done.why.as_deref().unwrap();
        let Some((_, command)) = why.split_once("On its host: ") else {
            continue;
        };
        match order.kind {
            ItemKind::Mention => {
                let command = command.split(", once for each").next().unwrap();
                for text in ANNA {
                    rt.shell(&command.replace("TEXT", text));
                }
            }
            _ => {
                rt.shell(command.split(", after").next().unwrap());
            }
        }
    }
    let after = erase(&*store, &anna(), &orders).await.unwrap();
    for (order, done) in orders.iter().zip(&after) {
        assert_eq!(
            is_gone(done),
            order.kind != ItemKind::Mention,
            "{order:?}: {done:?}"
        );
    }
    assert_eq!(
        std::fs::read_dir(rt.folder.join("shredder"))
            .unwrap()
            .count(),
        0
    );
    assert_eq!(rt.letters(), letters);
    assert!(rt.places(&ANNA).len() < 10, "{:?}", rt.places(&ANNA));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_full_mode_nothing_is_left() {
    let rt = RequestTracker::with_helper();
    let letters = rt.letters();
    assert!(
        letters > 0,
        "the seed sends mail, so silence means something"
    );
    assert_eq!(rt.complaints(), "");
    let store = rt.by_helper();
    let items = found(&*store, &anna()).await.unwrap();
    let orders = orders(&items);
    let done = erase(&*store, &anna(), &orders).await;
    let done = done.unwrap_or_else(|error| panic!("{error:?}\n{}", rt.logs()));
    assert!(done.iter().all(is_gone), "{done:?}\n{}", rt.logs());

    assert_eq!(rt.places(&ANNA), Vec::<String>::new());
    assert_eq!(rt.bytes_with(&ANNA), Vec::<&str>::new());
    assert_eq!(rt.complaints(), "");
    assert_eq!(
        std::fs::read_dir(rt.folder.join("shredder"))
            .unwrap()
            .count(),
        0
    );
    assert_eq!(rt.letters(), letters);
    // Bob keeps his ticket, and Joanna her address.
    let said = rt.perl("my $t = RT::Ticket->new(RT->SystemUser); $t->Load(3); print $t->Subject, $t->RequestorAddresses");
    assert_eq!(said, "Questionbob@example.net");
    assert_eq!(rt.places(&["joanna.kowalska@example.org"]).len(), 3);

    assert_eq!(store.remains(&anna(), &orders).await.unwrap(), []);
    for store in [store, rt.by_helper(), rt.by_record()] {
        assert_eq!(
            keys(&found(&*store, &anna()).await.unwrap()),
            Vec::<&str>::new()
        );
    }
    let again = erase(&*rt.by_helper(), &anna(), &orders).await.unwrap();
    assert!(again.iter().all(is_gone), "{again:?}");
}

/// The helper asks the database itself, and each engine is asked in its own words.
async fn the_helper_knows(engine: Engine) {
    let rt = RequestTracker::with_helper_on(engine).await;
    let store = rt.by_helper();
    assert_eq!(store.probe().await.unwrap().level, Level::Full);
    // A backslash in a text is no sign of bytes.
    rt.perl(
        "my $t = RT::Ticket->new(RT->SystemUser); $t->Load(3); \
         $t->Comment(Content => 'Kept in C:\\\\anna.old@example.org\\\\x, says Anna Kowalska');",
    );
    let items = found(&*store, &anna()).await;
    let items = items.unwrap_or_else(|error| panic!("{error:?}\n{}", rt.logs()));
    let orders = orders(&items);
    assert!(orders.iter().any(|order| order.kind == ItemKind::Mention));
    let done = erase(&*store, &anna(), &orders).await;
    let done = done.unwrap_or_else(|error| panic!("{error:?}\n{}", rt.logs()));
    assert!(done.iter().all(is_gone), "{done:?}\n{}", rt.logs());
    assert_eq!(store.remains(&anna(), &orders).await.unwrap(), []);
    for store in [store, rt.by_helper(), rt.by_record()] {
        assert_eq!(
            keys(&found(&*store, &anna()).await.unwrap()),
            Vec::<&str>::new()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_helper_knows_postgresql() {
    the_helper_knows(Engine::Postgresql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_helper_knows_mariadb() {
    the_helper_knows(Engine::Mariadb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_records_go_and_what_is_kept_stays() {
    let rt = RequestTracker::with_helper();
    let store = rt.by_helper();
    let many = subject("many@example.org");
    let items = found(&*store, &many).await.unwrap();
    assert_eq!(items.len(), MANY + 1);
    let mut orders = orders(&items);
    orders[0].decision = Decision::Keep(Ground::LegalClaims, None);
    let done = erase(&*store, &many, &orders).await.unwrap();
    assert_eq!(done[0].outcome, ItemOutcome::Kept);
    assert!(done[1..].iter().all(is_gone), "{done:?}");
    assert_eq!(store.remains(&many, &orders[1..]).await.unwrap(), []);
    assert_eq!(store.remains(&many, &orders[..1]).await.unwrap(), []);
    orders[0].decision = Decision::Erase;
    assert_eq!(
        store.remains(&many, &orders[..1]).await.unwrap(),
        [orders[0].key.clone()]
    );
}

/// Tickets and messages are kept on a ground and the record goes: what is kept is found again by its
/// words, and known for what it is; and where the rest still stands is a task, not a remark.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_known_again_when_the_record_is_gone() {
    let rt = RequestTracker::with_helper();
    let store = rt.by_helper();
    let items = found(&*store, &anna()).await.unwrap();
    let mut orders = orders(&items);
    orders.retain(|order| order.kind != ItemKind::Mention);
    for order in &mut orders {
        if matches!(order.kind, ItemKind::Ticket | ItemKind::TicketMessage) {
            order.decision = Decision::Keep(Ground::TaxLaw, None);
        }
    }
    let done = erase(&*store, &anna(), &orders).await.unwrap();
    let of = |kind: ItemKind| {
        let pairs = orders.iter().zip(&done);
        let done = pairs.filter(move |(order, _)| order.kind == kind);
        done.map(|(_, done)| done.clone()).collect::<Vec<_>>()
    };
    for kept in of(ItemKind::Ticket) {
        assert_eq!(kept.outcome, ItemOutcome::Kept);
    }
    let record = &of(ItemKind::Account)[0];
    assert_eq!(record.outcome, ItemOutcome::NeedsPerson, "{record:?}");
    let why = record.why.as_deref().unwrap();
    assert!(why.contains("still stands in ticket "), "{why}");
    assert!(!ANNA.iter().any(|text| why.contains(text)), "{why}");
    assert_eq!(store.remains(&anna(), &orders).await.unwrap(), []);

    let known: BTreeSet<&ItemKey> = items.iter().map(|item| &item.key).collect();
    // Also by one that was started anew, and remembers nothing.
    for store in [store, rt.by_helper(), rt.by_record()] {
        let again = found(&*store, &anna()).await.unwrap();
        let new: Vec<&Item> = again
            .iter()
            .filter(|item| !known.contains(&item.key))
            .collect();
        assert!(!new.is_empty(), "{again:?}");
        for item in new {
            assert_eq!(item.kind, ItemKind::Mention, "{item:?}");
            let is_kept = |key: &ItemKey| {
                let order = orders.iter().find(|order| order.key == *key);
                order.is_some_and(|order| !order.is_erasure())
            };
            assert!(item.within.iter().any(is_kept), "{item:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_any_deed_and_repeated_it_ends_the_same() {
    let rt = RequestTracker::with_helper();
    let to_helper = Proxy::http(rt.helper_address());
    let connector = || rt.connector(rt.address(), Some(to_helper.address()), "");
    let items = found(&*connector(), &anna()).await.unwrap();
    let orders = orders(&items);
    // Each deed is done and its answer lost, or lost on its way; then all the same orders again, by
    // a connector that knows nothing of it.
    for k in 0.. {
        assert!(k < 100, "it does not end");
        let how = How::HTTP[k % How::HTTP.len()];
        to_helper.fail_request(k / 3, how);
        let done = connector()
            .carry_out(&anna(), &orders, Cause::Request)
            .await;
        if to_helper.requests_seen() <= k / 3 {
            assert!(done.unwrap().iter().all(is_gone));
            break;
        }
        let error = done.unwrap_err();
        assert!(
            matches!(error, StoreError::Retry(_) | StoreError::Later { .. }),
            "{error:?}"
        );
        assert!(!format!("{error:?}").contains("anna"), "{error:?}");
    }
    to_helper.pass();
    assert_eq!(rt.places(&ANNA), Vec::<String>::new());
    assert!(found(&*connector(), &anna()).await.unwrap().is_empty());
    assert_eq!(connector().remains(&anna(), &orders).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_rt_that_is_lost_is_an_error_and_never_a_success() {
    let rt = RequestTracker::with_helper();
    let to_rt = Proxy::http(rt.address());
    let connector = || rt.connector(to_rt.address(), Some(rt.helper_address()), "");
    to_rt.pass();
    let items = found(&*connector(), &anna()).await.unwrap();
    let asked = to_rt.requests_seen();
    let orders = orders(&items);
    for (turn, how) in How::HTTP.into_iter().enumerate() {
        let k = asked * turn / How::HTTP.len();
        to_rt.fail_request(k, how);
        let result = found(&*connector(), &anna()).await;
        assert!(result.is_err(), "{how:?} {k} of {asked}: {result:?}");
    }
    for k in (0..).step_by(41) {
        to_rt.fail_request(k, How::HTTP[k % How::HTTP.len()]);
        let done = connector()
            .carry_out(&anna(), &orders, Cause::Request)
            .await;
        if to_rt.requests_seen() <= k {
            assert!(done.unwrap().iter().all(is_gone));
            break;
        }
        assert!(done.is_err(), "{k}: {done:?}");
    }
    to_rt.pass();
    assert_eq!(rt.places(&ANNA), Vec::<String>::new());
    to_rt.shut();
    assert!(matches!(
        connector().probe().await,
        Err(StoreError::Retry(_))
    ));
}

/// A server that answers every question with the same, and how it was asked.
fn parrot(answer: &'static str) -> (SocketAddr, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream
                .set_read_timeout(Some(Duration::from_millis(300)))
                .unwrap();
            let (mut heard, mut part) = (Vec::new(), [0; 4096]);
            while let Ok(read @ 1..) = stream.read(&mut part) {
                heard.extend_from_slice(&part[..read]);
                if heard.starts_with(b"GET ") || heard.ends_with(b"}") {
                    break;
                }
            }
            let _ = stream.write_all(answer.as_bytes());
            if tell
                .send(String::from_utf8_lossy(&heard).into_owned())
                .is_err()
            {
                return;
            }
        }
    });
    (at, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_that_says_yes_and_does_nothing_is_not_believed() {
    let rt = RequestTracker::with_helper();
    let items = found(&*rt.by_helper(), &anna()).await.unwrap();
    let (liar, _told) = parrot(
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\
         {\"gone\":true,\"left\":[],\"places\":[],\"tickets\":[]}",
    );
    let store = rt.connector(rt.address(), Some(liar), "");
    let orders = orders(&items);
    let done = erase(&*store, &anna(), &orders).await.unwrap();
    assert!(
        done.iter().all(|done| done.outcome == ItemOutcome::Failed),
        "{done:?}"
    );
    let there = store.remains(&anna(), &orders).await.unwrap();
    assert_eq!(there.len(), orders.len());
    assert_eq!(rt.places(&ANNA).len(), PLACES);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_stands_in_no_address() {
    let (at, told) = parrot(
        "HTTP/1.1 302 Found\r\nSet-Cookie: RT_SID_x.80=abc; path=/; HttpOnly\r\nLocation: http://127.0.0.1:1/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    );
    let rt = RequestTracker::start();
    needs_person(rt.connector(at, None, "").probe().await);
    let heard: Vec<String> = told.try_iter().collect();
    // Exchanged, asked, exchanged once more, asked; no redirect was followed.
    assert_eq!(heard.len(), 4, "{heard:?}");
    for question in &heard {
        let (line, rest) = question.split_once("\r\n").unwrap();
        assert!(!line.contains(&rt.token), "{line}");
        assert_eq!(
            rest.contains(&rt.token),
            line == "GET / HTTP/1.1",
            "{question}"
        );
    }
    assert!(
        heard[1]
            .to_lowercase()
            .contains("cookie: rt_sid_x.80=abc\r\n"),
        "{}",
        heard[1]
    );
}

/// Asks the helper, signed with the key as it is.
async fn call(rt: &RequestTracker, id: &str, at: i64, body: &str, key: u8) -> (u16, String) {
    let secret = match key {
        0 => "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        _ => "whsec_HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    };
    let secret = lethe::seal::SharedSecret::parse(secret).unwrap();
    let signature = secret.sign(id, at, body.as_bytes());
    let client = lethe::http::client(Duration::from_secs(30)).unwrap();
    let answer = client
        .post(format!("http://{}/", rt.helper_address()))
        .header("webhook-id", id)
        .header("webhook-timestamp", at)
        .header("webhook-signature", signature)
        .body(body.to_owned())
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_helper_hears_only_what_is_signed_fresh_and_new() {
    let mut rt = RequestTracker::with_helper();
    let now = lethe::clock::Clock::system().now().as_second();
    let asked = r#"{"do":"capabilities"}"#;
    assert_eq!(call(&rt, "id-00000001", now, asked, 0).await.0, 200);
    assert_eq!(
        call(&rt, "id-00000001", now, asked, 0).await.0,
        401,
        "replayed"
    );
    assert_eq!(
        call(&rt, "id-00000002", now, asked, 1).await.0,
        401,
        "another secret"
    );
    assert_eq!(
        call(&rt, "id-00000003", now - 301, asked, 0).await.0,
        401,
        "stale"
    );
    assert_eq!(
        call(&rt, "id-00000004", now + 400, asked, 0).await.0,
        401,
        "too early"
    );
    assert_eq!(call(&rt, "x", now, asked, 0).await.0, 401);
    assert_eq!(
        call(&rt, "id-00000005", now, r#"{"do":"shell"}"#, 0)
            .await
            .0,
        400
    );
    assert_eq!(call(&rt, "id-00000006", now, "nonsense", 0).await.0, 400);
    // Also by another worker, and after a restart.
    rt.stop_helper();
    rt.start_helper();
    assert_eq!(
        call(&rt, "id-00000001", now, asked, 0).await.0,
        401,
        "replayed later"
    );

    // What is not the person's it refuses, whoever asks.
    for (id, body) in [
        (
            "id-00000010",
            r#"{"do":"erase_ticket","ticket":3,"users":[29]}"#,
        ),
        ("id-00000011", r#"{"do":"erase_user","user":1}"#),
        ("id-00000012", r#"{"do":"erase_user","user":27}"#),
        ("id-00000013", r#"{"do":"munge","ticket":3,"texts":["ab"]}"#),
        (
            "id-00000014",
            r#"{"do":"erase_ticket","ticket":"3 OR 1=1"}"#,
        ),
    ] {
        let (status, said) = call(&rt, id, now, body, 0).await;
        assert_eq!(status, 409, "{body}: {said}");
    }
    let client = lethe::http::client(Duration::from_secs(30)).unwrap();
    let helper = format!("http://{}/", rt.helper_address());
    assert_eq!(client.get(&helper).send().await.unwrap().status(), 404);
    assert_eq!(rt.places(&ANNA).len(), PLACES);
}

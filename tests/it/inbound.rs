//! Mail that comes in: taken whole or not at all, judged once, answered at most once.

use jiff::SignedDuration;
use lethe::actions::inbound::{self, Arrival, PART, Parts, settle};
use lethe::db;
use lethe::db::incoming::{Incoming, Progress};
use lethe::domain::email::Email;
use lethe::domain::ids::IncomingId;
use lethe::domain::incoming::{Dismissal, IncomingState, Settled, Verdict, Why};
use lethe::domain::request::{Kind, Via};
use lethe::domain::staff::Role;
use lethe::seal::Unsubscribe;

use crate::support::{TestApp, path_in};

const ILONA: &str = "ilona.varga@tandem-works.example";

/// A mail that is in memory, in parts of a size.
struct Memory(Vec<Vec<u8>>);

impl Memory {
    fn new(raw: &[u8]) -> Memory {
        Memory(raw.chunks(PART).rev().map(<[u8]>::to_vec).collect())
    }
}

#[async_trait::async_trait]
impl Parts for Memory {
    async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        Ok(self.0.pop())
    }
}

/// Hands a mail over, as a mail server does.
pub async fn hand_over(app: &TestApp, raw: &[u8]) -> IncomingId {
    let arrival = Arrival {
        source: "pipe".to_owned(),
        received_at: app.app.clock.now(),
        size: None,
        progress: None,
    };
    inbound::take(&app.app, arrival, &mut Memory::new(raw))
        .await
        .unwrap()
        .unwrap()
}

/// Hands a mail over and has it judged.
async fn receive(app: &TestApp, raw: &[u8]) -> Incoming {
    let id = hand_over(app, raw).await;
    app.run_jobs().await;
    stored(app, id).await
}

async fn stored(app: &TestApp, id: IncomingId) -> Incoming {
    app.app
        .db
        .read(move |conn| db::incoming::find(conn, id))
        .await
        .unwrap()
        .unwrap()
}

fn verdict(mail: &Incoming) -> Verdict {
    mail.judged.as_ref().unwrap().verdict
}

fn why(mail: &Incoming) -> Option<Why> {
    mail.judged.as_ref().unwrap().why
}

/// A mail of Ilona's with these headers and this body.
fn mail(headers: &str, body: &str) -> Vec<u8> {
    format!(
        "Received: from mail.tandem-works.example by mx.northwind.example; Fri, 20 Nov 2026 09:00:01 +0100\r\n\
         From: Ilona Varga <{ILONA}>\r\nTo: privacy@northwind.example\r\n{headers}\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    )
    .into_bytes()
}

fn removal() -> Vec<u8> {
    mail(
        "Subject: Please delete my data\r\nMessage-ID: <a1@tandem-works.example>",
        "Hello, please delete my account and all my personal data. Ilona",
    )
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!(
        "{}/tests/data/email/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_becomes_a_request_once_its_sender_confirms() {
    let app = TestApp::start().await;
    let mail = receive(&app, &removal()).await;
    assert_eq!(verdict(&mail), Verdict::Asks);
    assert_eq!(mail.state, IncomingState::Done);
    let letters = app.letters_to(ILONA).await;
    assert_eq!(letters.len(), 1, "one mail, one letter");
    assert_eq!(
        letters[0]
            .answers
            .clone()
            .and_then(|mail| mail.message_id)
            .as_deref(),
        Some("a1@tandem-works.example"),
        "the letter answers the mail"
    );
    app.browser().confirm_newest(&app, ILONA).await;
    app.run_jobs().await;
    let request = app.newest_request(ILONA).await;
    assert_eq!(request.kind, Kind::Erasure);
    assert_eq!(request.received.via, Via::Mail);
    assert_eq!(
        stored(&app, mail.id).await.request,
        Some(request.id),
        "the request has the mail"
    );
    assert!(app.is_anywhere(ILONA).is_empty(), "the mail stands sealed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_mail_twice_is_one() {
    let app = TestApp::start().await;
    receive(&app, &removal()).await;
    // The other way of the same mail: another server, another time.
    let other = String::from_utf8(removal()).unwrap().replace(
        "mx.northwind.example; Fri, 20 Nov 2026 09:00:01",
        "mx2.northwind.example; Fri, 20 Nov 2026 09:00:09",
    );
    let again = receive(&app, other.as_bytes()).await;
    assert_eq!(verdict(&again), Verdict::Repeated);
    assert_eq!(again.parts, 0, "nothing of it is kept");
    assert_eq!(app.letters_to(ILONA).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_is_judged_as_it_should_be() {
    let expected: serde_json::Value = serde_json::from_slice(&sample("expected.json")).unwrap();
    let app = TestApp::start_with(|config| {
        config.mail.authserv_ids = vec!["mx.vendor.example".to_owned()];
    })
    .await;
    for row in expected.as_array().unwrap() {
        let file = row["file"].as_str().unwrap();
        let raw = sample(file);
        let before = app.count("submissions", "state = 'waiting'");
        let mail = receive(&app, &raw).await;
        let asked = app.count("submissions", "state = 'waiting'") - before;
        let (wanted, why_wanted) = match (file, row["kind"].as_str().unwrap()) {
            // The token of the sample is invented, so nothing is done by it.
            ("02-mailto-unsubscribe.eml", _) => (Verdict::Objects, None),
            ("06-forwarded-rfc822.eml", _) => (Verdict::Unclear, Some(Why::NoKind)),
            ("08-two-from.eml", _) => (Verdict::Unclear, Some(Why::SeveralSenders)),
            ("09-html-only-quoted-keyword.eml", _) => (Verdict::Unclear, Some(Why::NoKind)),
            ("05-forged-auth-results.eml", _) => (Verdict::Unclear, Some(Why::Forged)),
            ("04-bounce-dsn.eml", _) => (Verdict::Bounce, None),
            // A newsletter of our own that comes back to us is a list's mail.
            (_, "automatic" | "outgoing") => (Verdict::Automatic, None),
            (_, "human") => (Verdict::Asks, None),
            other => panic!("{other:?} is new"),
        };
        assert_eq!((verdict(&mail), why(&mail)), (wanted, why_wanted), "{file}");
        assert_eq!(asked, i64::from(wanted == Verdict::Asks), "{file}");
        if let Some(dmarc) = row["dmarc"].as_str() {
            assert_eq!(
                mail.judged.as_ref().unwrap().proof.as_str(),
                dmarc,
                "{file}"
            );
        }
    }
    let collector = app.letters_to("collector@evil.example").await;
    assert!(collector.is_empty(), "Reply-To is never written to");
    let inner = app.letters_to("j.petit@ocean-etudes.example").await;
    assert!(inner.is_empty(), "who is only mentioned is not written to");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vacation_note_confirms_nothing_and_is_not_answered() {
    let app = TestApp::start().await;
    receive(&app, &removal()).await;
    let letter = app.letters_to(ILONA).await.remove(0);
    let link = path_in(&letter.text, "/confirm/");
    let note = mail(
        "Subject: Auto: Please confirm\r\nAuto-Submitted: auto-replied\r\nReturn-Path: <>",
        &format!("I am away. You wrote:\r\n> {link}"),
    );
    let judged = receive(&app, &note).await;
    assert_eq!(verdict(&judged), Verdict::Automatic);
    assert_eq!(app.letters_to(ILONA).await.len(), 1, "no answer");
    assert!(app.requests(ILONA).await.is_empty(), "nothing is confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_of_a_link_unsubscribes_at_once_without_words_and_proof() {
    let app = TestApp::start().await;
    let token = app.app.keys.unsubscribe_token(&Unsubscribe {
        address: ILONA.to_owned(),
        list: "news".to_owned(),
        tool_id: None,
        tool: None,
    });
    let (first, rest) = token.split_at(70);
    for (to, subject) in [
        (
            format!("unsubscribe+{token}@northwind.example"),
            "unsubscribe".to_owned(),
        ),
        // As our own headers have it, with the line broken on the way.
        (
            "unsubscribe@northwind.example".to_owned(),
            format!("{first}\r\n {rest}"),
        ),
    ] {
        let raw = format!("From: somebody@else.example\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n");
        let mail = receive(&app, raw.as_bytes()).await;
        assert_eq!(verdict(&mail), Verdict::Unsubscribes, "{subject}");
    }
    let digests = app.app.address_digests(&Email::parse(ILONA).unwrap());
    let lists = app
        .app
        .db
        .read(move |conn| db::guards::objections_of(conn, &digests))
        .await
        .unwrap();
    assert_eq!(lists.len(), 1);
    assert_eq!(lists[0].list, "news");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_the_confirmation_confirms_nothing_but_is_kept() {
    let app = TestApp::start().await;
    let first = receive(&app, &removal()).await;
    let waiting = first.request.unwrap();
    let reply = mail(
        &format!("Subject: Re: Please confirm\r\nReferences: <{waiting}@northwind.example>"),
        "Yes, I confirm. My licence is E-3A1.",
    );
    let answer = receive(&app, &reply).await;
    assert_eq!(verdict(&answer), Verdict::Answers);
    assert!(app.requests(ILONA).await.is_empty());
    assert_eq!(
        app.letters_to(ILONA).await.len(),
        2,
        "the link comes once more"
    );
    app.browser().confirm_newest(&app, ILONA).await;
    app.run_jobs().await;
    let request = app.newest_request(ILONA).await;
    let asked = lethe::actions::follow::follow(&app.app, request.id, lethe::i18n::Lang::En)
        .await
        .unwrap()
        .asked;
    let details = asked.details.unwrap();
    assert!(details.contains("delete my account"), "{details}");
    assert!(details.contains("E-3A1"), "{details}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_about_a_request_joins_its_conversation() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", ILONA, &[]).await;
    let raw = mail(
        &format!(
            "Subject: Re: We have your request\r\nIn-Reply-To: <{}@northwind.example>",
            request.id
        ),
        "I forgot: my colleague is also meant.",
    );
    assert_eq!(verdict(&receive(&app, &raw).await), Verdict::Answers);
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let browser = app.browser();
    browser
        .sign_in(lead.email.as_str(), crate::support::PASSWORD)
        .await;
    let page = browser
        .get(&format!("/admin/requests/{}", request.reference))
        .await;
    assert!(page.text.contains("my colleague is also meant"));
    assert!(page.text.contains("sender not proved"));

    // The same thread, another writer: a person looks first.
    let stranger = String::from_utf8(raw)
        .unwrap()
        .replace(ILONA, "mallory@evil.example")
        .replace("my colleague", "my friend");
    let mail = receive(&app, stranger.as_bytes()).await;
    assert_eq!(why(&mail), Some(Why::Stranger));
    let page = browser
        .get(&format!("/admin/requests/{}", request.reference))
        .await;
    assert!(!page.text.contains("my friend is also meant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_answered_three_times_a_day() {
    let app = TestApp::start().await;
    for n in 0..5 {
        let raw = mail(
            &format!("Subject: Delete\r\nMessage-ID: <n{n}@tandem-works.example>"),
            &format!("Please delete my account and all my personal data, number {n}."),
        );
        receive(&app, &raw).await;
    }
    assert_eq!(app.letters_to(ILONA).await.len(), 3);
    app.app.clock.advance(SignedDuration::from_hours(25));
    let raw = mail(
        "Subject: Delete",
        "Please delete my personal data, all of it.",
    );
    assert_eq!(verdict(&receive(&app, &raw).await), Verdict::Asks);
    assert_eq!(app.letters_to(ILONA).await.len(), 4);
}

/// A removal that somebody else asks.
fn removal_of(n: usize) -> Vec<u8> {
    let raw = String::from_utf8(removal()).unwrap();
    raw.replace(ILONA, &format!("person{n}@tandem-works.example"))
        .replace("<a1@", &format!("<a{n}@"))
        .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_senders_get_no_more_answers_in_an_hour_than_allowed() {
    let app = TestApp::start_with(|config| config.mail.answers_per_hour = 2).await;
    for n in 0..2 {
        assert_eq!(verdict(&receive(&app, &removal_of(n)).await), Verdict::Asks);
    }
    let over = receive(&app, &removal_of(2)).await;
    assert_eq!(why(&over), Some(Why::Busy), "it is not lost");
    let newsletter = mail("Subject: x", "Please unsubscribe me.");
    assert_eq!(why(&receive(&app, &newsletter).await), Some(Why::Busy));
    assert!(
        app.letters_to("person2@tandem-works.example")
            .await
            .is_empty()
    );
    assert!(app.letters_to(ILONA).await.is_empty());

    app.app.clock.advance(SignedDuration::from_mins(61));
    assert_eq!(verdict(&receive(&app, &removal_of(3)).await), Verdict::Asks);

    // Mails that a worker finds together count when they are answered, not when they came.
    app.app.clock.advance(SignedDuration::from_mins(61));
    for n in 4..8 {
        hand_over(&app, &removal_of(n)).await;
    }
    app.app.clock.advance(SignedDuration::from_hours(3));
    app.run_jobs().await;
    let before = app.count("outbox", "letter = 'confirmation'");
    hand_over(&app, &removal_of(9)).await;
    app.run_jobs().await;
    assert_eq!(app.count("outbox", "letter = 'confirmation'"), before);
}

/// The same mail, as our own mail server marks one that does not come from its domain.
fn disowned(raw: &[u8]) -> Vec<u8> {
    let mut marked =
        b"Authentication-Results: mx.northwind.example; dmarc=fail header.from=tandem-works.example\r\n"
            .to_vec();
    marked.extend(raw);
    marked
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_domain_disowns_is_answered_by_nobody_and_is_nobodys_word() {
    let app = TestApp::start_with(|config| {
        config.mail.authserv_ids = vec!["mx.northwind.example".to_owned()];
    })
    .await;
    let asks = receive(&app, &disowned(&removal())).await;
    assert_eq!(why(&asks), Some(Why::Forged));
    assert!(app.letters_to(ILONA).await.is_empty());

    let request = app.ask_and_confirm("removal", ILONA, &[]).await;
    let reply = mail(
        &format!(
            "Subject: Re: We have your request\r\nIn-Reply-To: <{}@northwind.example>",
            request.id
        ),
        "Please take it all back.",
    );
    let answer = receive(&app, &disowned(&reply)).await;
    assert_eq!(why(&answer), Some(Why::Forged));
    assert_eq!(app.count("messages", "true"), 0);

    // Staff may put it beside the request, but not into the person's mouth.
    let lead = app.actor(Role::Lead).await;
    settle::to_request(&app.app, &lead, answer.id, &request.reference.to_string())
        .await
        .unwrap();
    assert_eq!(app.count("messages", "internal"), 1);
    assert_eq!(app.count("messages", "author = 'subject'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_are_reminded_of_what_waits_also_on_a_day_without_mail() {
    let app = TestApp::start().await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let told = async || app.letters_to(lead.email.as_str()).await.len();
    let question = mail("Subject: A question", "How do I export a board?");
    let question = receive(&app, &question).await;
    assert_eq!(told().await, 1);
    for (hours, letters) in [(1, 1), (24, 2), (1, 2), (24, 3)] {
        app.app.clock.advance(SignedDuration::from_hours(hours));
        lethe::actions::own::sweep_submissions(&app.app)
            .await
            .unwrap();
        app.run_jobs().await;
        assert_eq!(told().await, letters, "after {hours} more hours");
    }
    let actor = app.actor(Role::Lead).await;
    settle::as_nothing(&app.app, &actor, question.id, Dismissal::Support)
        .await
        .unwrap();
    app.app.clock.advance(SignedDuration::from_hours(24));
    lethe::actions::own::sweep_submissions(&app.app)
        .await
        .unwrap();
    app.run_jobs().await;
    assert_eq!(told().await, 3, "nothing waits any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_staff_make_a_request_counts_from_its_day_with_all_its_words() {
    let app = TestApp::start().await;
    let raw = mail("Subject: About licence E-3A1", "Could somebody help me?");
    let raw = String::from_utf8(raw).unwrap();
    let raw = raw.replace("Fri, 20 Nov 2026 09:00:01", "Tue, 17 Nov 2026 09:00:01");
    let question = receive(&app, raw.as_bytes()).await;
    assert_eq!(why(&question), Some(Why::NoKind));
    let lead = app.actor(Role::Lead).await;
    let request = settle::as_request(&app.app, &lead, question.id, Kind::Access, ILONA)
        .await
        .unwrap();
    assert_eq!(request.received.on, jiff::civil::date(2026, 11, 17));
    let asked = lethe::actions::follow::follow(&app.app, request.id, lethe::i18n::Lang::En)
        .await
        .unwrap()
        .asked;
    let details = asked.details.unwrap();
    assert!(details.contains("E-3A1"), "{details}");
    assert!(details.contains("help me"), "{details}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_mails_are_closed_together_each_with_its_entry() {
    let app = TestApp::start().await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let mut ids = Vec::new();
    for n in 0..3 {
        let raw = mail(
            &format!("Subject: Offer {n}"),
            &format!("Would you like to buy {n} chairs?"),
        );
        ids.push(receive(&app, &raw).await.id.to_string());
    }
    let browser = app.browser();
    browser
        .sign_in(lead.email.as_str(), crate::support::PASSWORD)
        .await;
    let list = browser.get("/admin/mail").await;
    let path = "/admin/mail/dismissals";
    let ticked = [("mail", ids[0].as_str()), ("mail", ids[2].as_str())];
    let without_reason = browser.send(&list, path, &ticked).await;
    assert_eq!(without_reason.status, 422);
    assert_eq!(
        without_reason.all("input[name=mail][checked]").len(),
        2,
        "the ticks stay"
    );
    let none = browser.send(&list, path, &[("why", "advertising")]).await;
    assert_eq!(none.status, 422);
    assert_eq!(app.count("incoming", "state = 'for_staff'"), 3);

    let done = browser
        .send(&list, path, &[ticked[0], ticked[1], ("why", "advertising")])
        .await;
    assert_eq!(done.status, 200);
    assert!(done.text.contains("Offer 1") && !done.text.contains("Offer 0"));
    assert_eq!(app.count("incoming", "settled = 'nothing'"), 2);
    app.run_jobs().await;
    let filter = db::audit::TrailFilter::default();
    let entries = app
        .app
        .db
        .read(move |conn| db::audit::page(conn, &filter, 50))
        .await
        .unwrap();
    let settled = entries
        .iter()
        .filter(|entry| entry.index.action == "mail_settled")
        .count();
    assert_eq!(settled, 2);
    // One that somebody else settled meanwhile is no trouble.
    let again = browser
        .send(
            &list,
            path,
            &[ticked[0], ("mail", &ids[1]), ("why", "support")],
        )
        .await;
    assert_eq!(again.status, 200);
    assert_eq!(app.count("incoming", "state = 'for_staff'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_returned_letter_needs_a_person_and_opens_no_request() {
    let app = TestApp::start().await;
    let request = app.ask_and_confirm("removal", ILONA, &[]).await;
    let id = request.id;
    let letter = app
        .app
        .db
        .read(move |conn| db::outbox::newest(conn, 10))
        .await
        .unwrap()
        .into_iter()
        .find(|letter| letter.request == Some(id) && letter.letter == "received")
        .unwrap();
    // A mail server took it, so its words are gone.
    let (letter_id, now) = (letter.id, app.app.clock.now());
    app.app
        .db
        .write(move |conn| db::outbox::sent(conn, letter_id, now, false))
        .await
        .unwrap();
    let raw = String::from_utf8(sample("04-bounce-dsn.eml"))
        .unwrap()
        .replace("bounce+msg77@vendor.example", "privacy@northwind.example")
        .replace(
            "<conf-2@vendor.example>",
            &format!("<{}@northwind.example>", letter.id),
        );
    let mail = receive(&app, raw.as_bytes()).await;
    assert_eq!(verdict(&mail), Verdict::Bounce);
    assert_eq!(mail.letter, Some(letter.id));
    let now = app
        .app
        .db
        .read(move |conn| db::outbox::find(conn, letter_id))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(now.state, "failed");
    assert!(now.trouble.unwrap().contains("5.1.1"));

    // It shows beside the conversation, where somebody writes once more.
    let agent = app.staff("agent@northwind.example", Role::Agent).await;
    let browser = app.browser();
    browser
        .sign_in(agent.email.as_str(), crate::support::PASSWORD)
        .await;
    let path = format!("/admin/requests/{}", request.reference);
    let page = browser.get(&path).await;
    assert!(page.text.contains("This letter came back"), "{}", page.text);
    assert!(page.text.contains("5.1.1"));
    let written = || app.count("outbox", "letter = 'status_links'");
    assert_eq!(written(), 0);
    let resend = format!("{path}/letters/{}", letter.id);
    let page = browser.send(&page, &resend, &[]).await;
    assert_eq!(page.status, 200);
    assert!(
        !page.text.contains("This letter came back"),
        "{}",
        page.text
    );
    app.run_jobs().await;
    assert_eq!(written(), 1);
    let letter_id = app
        .app
        .db
        .read(move |conn| db::outbox::newest(conn, 10))
        .await
        .unwrap()
        .into_iter()
        .find(|letter| letter.letter == "status_links")
        .unwrap();
    assert_eq!(
        letter_id.request,
        Some(id),
        "it would come back to the same request"
    );
    let link = path_in(&app.letters_to(ILONA).await[0].text, "/status/");
    assert_eq!(app.browser().get(&link).await.status, 200);
    // Of another request, or twice, it is not.
    let twice = browser.send(&page, &resend, &[]).await;
    assert_eq!(twice.status, 422);
    let other = app.ask_and_confirm("removal", "other@b.example", &[]).await;
    let foreign = format!("/admin/requests/{}/letters/{}", other.reference, letter.id);
    assert_eq!(browser.send(&page, &foreign, &[]).await.status, 404);
    assert!(
        app.requests("j.petit@ocean-etudes.example")
            .await
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_machine_can_judge_is_settled_by_staff() {
    let app = TestApp::start().await;
    let lead = app.staff("lead@northwind.example", Role::Lead).await;
    let question = receive(
        &app,
        &mail("Subject: A question", "How do I export a board?"),
    )
    .await;
    assert_eq!(why(&question), Some(Why::NoKind));
    assert_eq!(
        app.letters_to(lead.email.as_str()).await.len(),
        1,
        "staff hear of it"
    );

    let browser = app.browser();
    browser
        .sign_in(lead.email.as_str(), crate::support::PASSWORD)
        .await;
    let list = browser.get("/admin/mail").await;
    assert!(list.text.contains("A question"));
    let path = format!("/admin/mail/{}", question.id);
    let page = browser.get(&path).await;
    assert!(page.text.contains("How do I export a board?"));
    let nothing = browser.send(&page, &path, &[("action", "")]).await;
    assert_eq!(nothing.status, 422);
    let done = browser
        .send(
            &page,
            &path,
            &[("action", "request"), ("kind", "access"), ("email", ILONA)],
        )
        .await;
    assert_eq!(done.status, 200);
    let request = app.newest_request(ILONA).await;
    assert_eq!(request.kind, Kind::Access);
    assert_eq!(request.received.via, Via::Mail);
    let settled = stored(&app, question.id).await;
    assert_eq!(settled.settled, Some(Settled::Request));
    assert_eq!(settled.settled_by, Some(lead.id));
    let nothing = [("action", "nothing"), ("why", "support")];
    let again = browser.send(&page, &path, &nothing).await;
    assert_eq!(again.status, 422, "it was settled before");

    let agent = app.actor(Role::Subcontractor).await;
    let forbidden = settle::as_nothing(&app.app, &agent, question.id, Dismissal::Support).await;
    assert!(matches!(
        forbidden,
        Err(lethe::actions::ActionError::Forbidden(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_kept_whole_for_staff() {
    let app = TestApp::start().await;
    let mut huge = removal();
    huge.extend(std::iter::repeat_n(b"0123456789abcdef\r\n".as_slice(), (50 << 20) / 18).flatten());
    let many = {
        let headers: String = (0..10_000)
            .map(|n| format!("X-Header-{n}: {n}\r\n"))
            .collect();
        mail(headers.trim_end(), "Please delete my personal data.")
    };
    let nested = {
        let mut raw = String::from("From: a@b.example\r\nMIME-Version: 1.0\r\n");
        for n in 0..200 {
            raw += &format!("Content-Type: multipart/mixed; boundary=\"b{n}\"\r\n\r\n--b{n}\r\n");
        }
        raw.into_bytes()
    };
    let garbage: Vec<u8> = (0..4000u32).map(|n| (n * 7919 % 251) as u8).collect();
    let zeros = vec![0; 100_000];
    for (name, raw) in [
        ("huge", huge),
        ("many headers", many),
        ("nested", nested),
        ("garbage", garbage),
        ("zeros", zeros),
    ] {
        let mail = receive(&app, &raw).await;
        assert_eq!(mail.state, IncomingState::ForStaff, "{name}");
        assert_eq!(mail.size, raw.len() as i64, "{name}");
        let mut original = Vec::new();
        let lead = app.actor(Role::Lead).await;
        for seq in 0.. {
            match lethe::actions::queries::mail::original(&app.app, &lead, mail.id, seq)
                .await
                .unwrap()
            {
                Some(part) => original.extend(part),
                None => break,
            }
        }
        assert!(original == raw, "{name} is not as it came");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_any_two_steps_loses_and_doubles_nothing() {
    let app = TestApp::start().await;
    let arrival = |last_uid| Arrival {
        source: "privacy".to_owned(),
        received_at: app.app.clock.now(),
        size: None,
        progress: Some(Progress {
            uid_validity: Some(7),
            last_uid,
            put_away_uid: 0,
            newest_at: None,
            renumbered: None,
        }),
    };
    app.app
        .db
        .write(|conn| db::incoming::add_mailbox(conn, "privacy"))
        .await
        .unwrap();
    let mut long = removal();
    long.extend(std::iter::repeat_n(b"more words\r\n".as_slice(), 200_000).flatten());

    // The connection ends in the middle of the mail: nothing counts.
    struct Broken(usize);
    #[async_trait::async_trait]
    impl Parts for Broken {
        async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
            self.0 += 1;
            if self.0 > 2 {
                return Err(std::io::Error::other("the connection broke"));
            }
            Ok(Some(vec![b'x'; PART]))
        }
    }
    let broken = inbound::take(&app.app, arrival(1), &mut Broken(0)).await;
    assert!(broken.is_err());
    assert_eq!(app.count("incoming", "true"), 0);
    assert_eq!(app.count("incoming_parts", "true"), 0, "its parts are free");

    // A kill leaves parts; whoever reads the mailbox next frees them.
    let killed = || async {
        let mut hangs = Hangs(0);
        let take = inbound::take(&app.app, arrival(1), &mut hangs);
        let stopped = tokio::time::timeout(std::time::Duration::from_secs(2), take).await;
        assert!(stopped.is_err());
        assert_eq!(app.count("incoming_parts", "true"), 1);
    };
    killed().await;
    app.run_jobs().await;
    assert_eq!(app.count("incoming", "state <> 'arriving'"), 0);
    inbound::free_unfinished(&app.app, "support").await.unwrap();
    assert_eq!(app.count("incoming_parts", "true"), 1, "of another mailbox");
    inbound::free_unfinished(&app.app, "privacy").await.unwrap();
    assert_eq!(app.count("incoming_parts", "true"), 0);
    killed().await;

    /// As a process that is killed while it waits for the rest.
    struct Hangs(usize);
    #[async_trait::async_trait]
    impl Parts for Hangs {
        async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
            self.0 += 1;
            if self.0 > 2 {
                std::future::pending::<()>().await;
            }
            Ok(Some(vec![b'x'; PART]))
        }
    }

    // Two readers take the same message: one has it.
    let first = inbound::take(&app.app, arrival(1), &mut Memory::new(&long))
        .await
        .unwrap();
    let second = inbound::take(&app.app, arrival(1), &mut Memory::new(&long))
        .await
        .unwrap();
    assert!(first.is_some() && second.is_none());
    assert_eq!(app.count("incoming", "state = 'waiting'"), 1);

    // Judged twice, as after a kill before the job was told to be done.
    let id = first.unwrap();
    inbound::judge(&app.app, id).await.unwrap();
    inbound::judge(&app.app, id).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.letters_to(ILONA).await.len(), 1);

    // What was never taken whole goes after a day.
    app.app.clock.advance(SignedDuration::from_hours(25));
    lethe::actions::own::sweep_own(&app.app).await.unwrap();
    assert_eq!(app.count("incoming", "state = 'arriving'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_done_is_forgotten_after_its_time() {
    let app = TestApp::start().await;
    let automatic = receive(
        &app,
        &mail(
            "Subject: Away\r\nAuto-Submitted: auto-replied",
            "I am away.",
        ),
    )
    .await;
    let waiting = receive(
        &app,
        &mail("Subject: A question", "How do I export a board?"),
    )
    .await;
    app.clock_goes_to(app.app.clock.now() + SignedDuration::from_hours(31 * 24))
        .await;
    lethe::actions::own::sweep_own(&app.app).await.unwrap();
    let id = automatic.id;
    let gone = app
        .app
        .db
        .read(move |conn| db::incoming::find(conn, id))
        .await
        .unwrap();
    assert!(gone.is_none());
    assert_eq!(
        stored(&app, waiting.id).await.state,
        IncomingState::ForStaff,
        "what waits for a person stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_hands_over_by_the_command() {
    use std::io::Write;
    use std::process::Stdio;

    let app = TestApp::start().await;
    let config = app.config_file("");
    let ingest = |raw: Vec<u8>, config: std::path::PathBuf| {
        let mut child = app
            .command(&config)
            .args(["mail", "ingest"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&raw).unwrap();
        child.wait_with_output().unwrap()
    };
    assert_eq!(ingest(removal(), config.clone()).status.code(), Some(0));
    // The command has the true time, and this worker a frozen one: it is told what to judge.
    let waiting = app
        .app
        .db
        .read(|conn| db::incoming::in_state(conn, &[IncomingState::Waiting], None, 10))
        .await
        .unwrap();
    assert_eq!(waiting.len(), 1);
    inbound::judge(&app.app, waiting[0].id).await.unwrap();
    assert_eq!(app.letters_to(ILONA).await.len(), 1);
    let empty = ingest(Vec::new(), config);
    assert_eq!(empty.status.code(), Some(75));
    let none = ingest(removal(), app.folder.join("missing.toml"));
    assert_eq!(
        none.status.code(),
        Some(75),
        "the mail server keeps the mail"
    );
}

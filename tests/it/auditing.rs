//! Who watches the trail: witnesses, auditors at their page, the file beside the journal, and the
//! operator at the command line.

use std::collections::HashMap;
use std::io::{Cursor, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use jiff::SignedDuration;
use lethe::actions::queries::desk::{self, Why};
use lethe::actions::queries::trail::State;
use lethe::actions::trail::{self, checkpoint, verify};
use lethe::actions::{certificate, queries};
use lethe::audit::note::{Checkpoint, KeyKind, Note, Signer, VerifierKey};
use lethe::audit::proof::check_checkpoint;
use lethe::audit::tree::{Frontier, leaf_hash};
use lethe::certificate::check::{Proven, check};
use lethe::clock::Clock;
use lethe::config;
use lethe::db;
use lethe::db::audit::TrailFilter;
use lethe::domain::event::{Action, Actor, Event, WitnessTrouble};
use lethe::domain::staff::Role;
use lethe::seal::KeyRing;
use lethe::witness::client::{Answer, http, submit};
use lethe::witness::{self, Witness};
use serde_json::Value;

use crate::support::{Browser, PASSWORD, TestApp, friday};
use crate::trail::{add_entries, removed, tamper, trust};
use crate::witness::Folder;

const BEA: &str = "bea.holm@halden.example";
const NAME: &str = "witness.example/w1";

// --- witnesses --------------------------------------------------------------

/// A witness that knows its key and its place, and no log yet.
struct Beginning {
    folder: Folder,
    listener: TcpListener,
    config: config::Witness,
}

impl Beginning {
    fn new() -> Beginning {
        let folder = Folder::new();
        let key = open(
            &folder,
            Signer::new("nobody.example/log", KeyKind::Log, &[0; 32]),
        )
        .verifier();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Beginning {
            folder,
            listener,
            config: config::Witness { url, key },
        }
    }

    /// Watches over the log of an application.
    fn watch(self, app: &TestApp) -> Watching {
        let witness = Arc::new(open(&self.folder, signer(app)));
        let server = witness::server(witness, self.listener).unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        Watching {
            _folder: self.folder,
            server: handle,
            config: self.config,
        }
    }
}

fn open<E: std::fmt::Debug>(folder: &Folder, log: Result<Signer, E>) -> Witness {
    let keys = [log.unwrap().verifier()];
    Witness::open(&folder.0, NAME, &keys, Clock::frozen(friday())).unwrap()
}

struct Watching {
    _folder: Folder,
    server: actix_web::dev::ServerHandle,
    config: config::Witness,
}

fn origin(app: &TestApp) -> &str {
    app.app.config.audit.origin.as_str()
}

fn signer(app: &TestApp) -> Result<Signer, String> {
    let signer = app.app.keys.signer(origin(app)).unwrap();
    signer.ok_or_else(|| "no signing key".to_owned())
}

async fn watched() -> (TestApp, Watching) {
    let witness = Beginning::new();
    let known = witness.config.clone();
    let app = TestApp::start_with(|config| config.audit.witnesses = vec![known]).await;
    let watching = witness.watch(&app);
    (app, watching)
}

async fn count(app: &TestApp, action: Action) -> usize {
    let filter = TrailFilter {
        actions: vec![action.to_string()],
        ..TrailFilter::default()
    };
    let entries = app
        .app
        .db
        .read(move |conn| db::audit::page(conn, &filter, 1000));
    entries.await.unwrap().len()
}

async fn state(app: &TestApp) -> State {
    let inner = app.app.clone();
    app.app
        .db
        .read(move |conn| queries::trail::state(&inner, conn))
        .await
        .unwrap()
}

/// Why the overview says that somebody is needed.
async fn needs(app: &TestApp) -> Vec<Why> {
    let lead = app.actor(Role::Lead).await;
    let seen = desk::overview(&app.app, &lead).await.unwrap();
    seen.needs.iter().map(|need| need.why).collect()
}

async fn signed_in(app: &TestApp, role: Role) -> Browser {
    let address = format!("{role}-{}@northwind.example", app.app.id::<uuid::Uuid>());
    app.staff(&address, role).await;
    let browser = app.browser();
    browser.sign_in(&address, PASSWORD).await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_cosigns_what_is_published_and_certificates_show_it() {
    let (app, witness) = watched().await;
    let reference = removed(&app, BEA, "Bea Holm").await;
    assert_eq!(checkpoint::publish(&app.app).await.unwrap(), None);
    let published = certificate::published(&app.app).await.unwrap();
    let note: Note = published.checkpoint.unwrap().parse().unwrap();
    let standing = check_checkpoint(&note, &trust(&app)).unwrap();
    assert_eq!(standing.witnessed.len(), 1);
    assert_eq!(standing.witnessed[0].key, witness.config.key);
    assert!(count(&app, Action::CheckpointSent).await > 0);

    let browser = app.browser();
    browser.open_status(&app, BEA).await;
    let page = browser
        .get(&format!("/requests/{reference}/certificate"))
        .await;
    let seal = page.first("section.seal");
    let vkey = witness.config.key.to_string();
    for wanted in [NAME, &vkey, &format!("--witness '{vkey}'")] {
        assert!(seal.contains(wanted), "{wanted} is missing in {seal}");
    }
    assert!(!seal.contains("alone"), "{seal}");
    let file = format!("/requests/{reference}/certificate.json");
    let json = browser.get(&file).await.text;
    let verdict = check(Cursor::new(json), &trust(&app)).unwrap();
    assert_eq!(verdict.witnesses()[0].name, NAME);
    assert_eq!(verdict.witnesses()[0].at, Some(friday()));

    let auditor = signed_in(&app, Role::Auditor).await;
    let audit = auditor.get("/admin/audit").await;
    let row = audit.first("section[aria-labelledby=witnesses] tbody tr");
    assert!(row.contains(NAME) && row.contains("Agrees"), "{row}");
    let verified = verify::verify(&app.app, Vec::new()).await.unwrap();
    assert!(verified.cosignatures > 0, "{verified:?}");
    assert_eq!(verified.problem, None);

    // The trail does not grow by being shown.
    for _ in 0..3 {
        checkpoint::publish(&app.app).await.unwrap();
    }
    let size = checkpoint::make(&app.app).await.unwrap().unwrap().size;
    checkpoint::publish(&app.app).await.unwrap();
    assert_eq!(
        checkpoint::make(&app.app).await.unwrap().unwrap().size,
        size
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_is_away_is_no_alarm_for_a_day() {
    let (app, witness) = watched().await;
    add_entries(&app, 3).await;
    assert_eq!(checkpoint::publish(&app.app).await.unwrap(), None);
    witness.server.stop(false).await;
    add_entries(&app, 3).await;
    let trouble = checkpoint::publish(&app.app).await.unwrap().unwrap();
    assert!(trouble.starts_with(NAME), "{trouble}");

    let said = state(&app).await;
    assert_eq!(said.witnesses[0].trouble, Some(WitnessTrouble::Silent));
    assert_eq!(said.refusing(app.app.clock.now()).count(), 0);
    assert_eq!(count(&app, Action::WitnessRefused).await, 0);
    assert_eq!(needs(&app).await, []);
    let auditor = signed_in(&app, Role::Auditor).await;
    let audit = auditor.get("/admin/audit").await;
    assert!(audit.text.contains("Does not answer"));

    for _ in 0..2 {
        app.app.clock.advance(SignedDuration::from_hours(13));
        checkpoint::publish(&app.app).await.unwrap();
    }
    assert_eq!(state(&app).await.refusing(app.app.clock.now()).count(), 1);
    assert_eq!(needs(&app).await, [Why::WitnessRefuses(1)]);
    assert_eq!(count(&app, Action::WitnessRefused).await, 0);
}

/// Has the witness cosign another tree under the name of the log, as a second copy of the keys could.
async fn cosign_another_tree(app: &TestApp, witness: &config::Witness, size: u64) {
    let mut frontier = Frontier::empty();
    for n in 0..size {
        frontier.push(leaf_hash(format!("another {n}").as_bytes()));
    }
    let text = Checkpoint {
        origin: origin(app).to_owned(),
        size,
        root: frontier.root(),
    }
    .to_string();
    let note = Note {
        signatures: vec![signer(app).unwrap().sign(&text)],
        text,
    };
    let answer = submit(&http().unwrap(), &witness.url, 0, &[], &note).await;
    assert!(matches!(answer, Ok(Answer::Cosigned(_))), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_of_another_tree_is_an_entry_once_and_an_alarm_at_once() {
    for other_size in [2, 5, 1000] {
        let (app, witness) = watched().await;
        cosign_another_tree(&app, &witness.config, other_size).await;
        add_entries(&app, 5).await;
        for _ in 0..3 {
            let trouble = checkpoint::publish(&app.app).await.unwrap();
            assert!(trouble.is_some(), "{other_size}");
        }
        let said = state(&app).await;
        assert_eq!(
            said.witnesses[0].trouble,
            Some(WitnessTrouble::OtherLog),
            "{other_size}"
        );
        assert_eq!(count(&app, Action::WitnessRefused).await, 1);
        assert_eq!(needs(&app).await, [Why::WitnessRefuses(1)]);
        let auditor = signed_in(&app, Role::Auditor).await;
        let audit = auditor.get("/admin/audit").await;
        assert!(audit.text.contains("Has seen another log"));
        let lead = signed_in(&app, Role::Lead).await;
        let overview = lead.get("/admin").await;
        assert!(overview.text.contains("One witness has not signed"));

        let witnesses = format!(
            "witnesses = [\"{} {}\"]",
            witness.config.url, witness.config.key
        );
        let file = app.config_file(&witnesses);
        let output = app.command(&file).arg("check").output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let told = format!("audit: the witness {NAME} does not cosign (other-log)");
        assert!(text(&output.stdout).contains(&told), "{output:?}");
        let output = run(&app, &file, &["audit", "checkpoint"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(NAME), "{output:?}");
        // Its own word is still good.
        let verified = verify::verify(&app.app, Vec::new()).await.unwrap();
        assert_eq!(verified.problem, None);
    }
}

// --- the auditor's page -----------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_has_the_trail_checked_and_reads_what_was_found() {
    let app = TestApp::start().await;
    removed(&app, BEA, "Bea Holm").await;
    let auditor = signed_in(&app, Role::Auditor).await;
    let page = auditor.get("/admin/audit").await;
    assert!(page.text.contains("Not checked yet"));
    let page = auditor.send(&page, "/admin/audit", &[]).await;
    assert!(page.text.contains("is being checked"));
    app.run_jobs().await;
    let page = auditor.get("/admin/audit").await;
    assert!(page.text.contains("Unbroken since the first entry"));
    assert!(page.first("section.notice.good").contains("were hashed"));

    tamper(
        &app,
        "UPDATE audit_entries SET leaf = (SELECT leaf FROM audit_entries ORDER BY id DESC LIMIT 1)
         WHERE id = (SELECT entry_id FROM audit_sequence WHERE position = 4)",
    );
    auditor.send(&page, "/admin/audit", &[]).await;
    app.run_jobs().await;
    let page = auditor.get("/admin/audit").await;
    let notice = page.first("section.notice.bad");
    for wanted in [
        "does not match its tree at entry 4",
        "The entry was changed",
    ] {
        assert!(notice.contains(wanted), "{wanted} is missing in {notice}");
    }
    assert!(needs(&app).await.contains(&Why::AuditBroken));
    assert_eq!(count(&app, Action::FoundBroken).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_takes_entries_out_that_verify_elsewhere() {
    let app = TestApp::start().await;
    let reference = removed(&app, BEA, "Bea Holm").await;
    add_entries(&app, 80).await;
    let auditor = signed_in(&app, Role::Auditor).await;
    let page = auditor.get("/admin/audit").await;
    let export = async |typed: &[(&str, &str)]| {
        let got = auditor.send(&page, "/admin/audit/export", typed).await;
        assert_eq!(got.status, 200, "{typed:?}");
        let expected = "attachment; filename=\"lethe-trail.jsonl\"";
        assert_eq!(got.header("content-disposition"), expected);
        got.text
    };
    let verdict = |text: &str| check(Cursor::new(text), &trust(&app)).unwrap();

    let whole = export(&[]).await;
    let verdict_of_all = verdict(&whole);
    let Proven::Export {
        entries,
        whole: true,
        ..
    } = verdict_of_all.proven
    else {
        panic!("not whole: {verdict_of_all:?}");
    };
    // The export is an entry, and in it.
    assert_eq!(
        whole
            .matches("\\\"action\\\":\\\"trail_exported\\\"")
            .count(),
        1
    );
    assert_eq!(count(&app, Action::TrailExported).await, 1);
    let of_request = export(&[("q", &reference.to_string())]).await;
    let of_action = export(&[("event", "imported")]).await;
    let by_number = export(&[("q", "7")]).await;
    for (text, least) in [(&of_request, 5), (&of_action, 80), (&by_number, 1)] {
        let Proven::Export {
            entries: some,
            whole: false,
            ..
        } = verdict(text).proven
        else {
            panic!("whole: {text}");
        };
        assert!(some >= least && some < entries, "{some} of {entries}");
        assert!(!text.to_lowercase().contains("halden"));
    }
    assert_eq!(count(&app, Action::TrailExported).await, 4);
    // A reference that nobody knows is no number.
    let none = auditor.get("/admin/audit?q=7K4M-2QX9").await;
    assert!(none.all("main tbody th a").is_empty(), "{}", none.text);

    let page = auditor.get("/admin/audit?q=7").await;
    let entry = page.attributes("main tbody th a", "href").remove(0);
    let page = auditor.get(&entry).await;
    assert_eq!(page.status, 200);
    let proof = auditor.send(&page, &format!("{entry}/proof"), &[]).await;
    assert!(
        proof
            .header("content-disposition")
            .ends_with(".tlog-proof\"")
    );
    assert!(matches!(
        verdict(&proof.text).proven,
        Proven::Entry { index: 7, .. }
    ));

    let agent = signed_in(&app, Role::Agent).await;
    let desk = agent.get("/admin").await;
    let before = app.app.db.read(db::audit::tally).await.unwrap();
    for path in [
        "/admin/audit",
        "/admin/audit/export",
        &format!("{entry}/proof"),
    ] {
        let refused = agent.send(&desk, path, &[]).await;
        assert_eq!(refused.status, 403, "{path}");
    }
    for path in ["/admin/audit", &entry] {
        assert_eq!(agent.get(path).await.status, 403, "{path}");
    }
    let after = app.app.db.read(db::audit::tally).await.unwrap();
    assert_eq!(after.entries, before.entries);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_without_an_outcome_is_listed_after_an_hour() {
    let app = TestApp::start().await;
    let inner = app.app.clone();
    let intended = app
        .app
        .db
        .write(move |conn| {
            let event = Event::new(Action::EraseIntended).in_store("ticket");
            trail::record(&inner, conn, &Actor::System, None, &event)
        })
        .await
        .unwrap();
    app.run_jobs().await;
    assert_eq!(needs(&app).await, []);
    app.pass(SignedDuration::from_mins(61)).await;
    assert_eq!(needs(&app).await, [Why::IntentOpen(1)]);
    let lead = signed_in(&app, Role::Lead).await;
    assert!(
        lead.get("/admin")
            .await
            .text
            .contains("One announced act has no outcome")
    );
    let listed = lead.get("/admin/audit").await;
    let row = "section[aria-labelledby=unfinished] tbody tr";
    assert!(listed.first(row).contains("Support tickets"));
    let link = listed.attributes(&format!("{row} a"), "href").remove(0);
    assert_eq!(link, format!("/admin/audit/{intended}"));
    assert_eq!(lead.get(&link).await.status, 200);

    let inner = app.app.clone();
    app.app
        .db
        .write(move |conn| {
            let event = Event::new(Action::Erased)
                .in_store("ticket")
                .answering(intended);
            trail::record(&inner, conn, &Actor::System, None, &event)
        })
        .await
        .unwrap();
    assert_eq!(needs(&app).await, []);
}

// --- the file beside the journal, and crashes -------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_last_checkpoint_stops_signing_and_nothing_else() {
    let foreign = TestApp::start().await;
    add_entries(&foreign, 300).await;
    let foreign = checkpoint::make(&foreign.app).await.unwrap().unwrap().note;
    let app = TestApp::start().await;
    add_entries(&app, 70).await;
    let good = checkpoint::make(&app.app).await.unwrap().unwrap();
    let path = app.app.last_known.path();
    let lead = signed_in(&app, Role::Lead).await;
    for (n, damage) in [
        Some(&b"hello"[..]),
        Some(b""),
        Some(b"\xff\xfe\x00"),
        Some(foreign.as_bytes()),
        Some(&good.note.as_bytes()[..40]),
        None,
    ]
    .into_iter()
    .enumerate()
    {
        while trail::sequence(&app.app).await.unwrap() > 0 {}
        std::fs::remove_file(path).unwrap();
        match damage {
            Some(content) => std::fs::write(path, content).unwrap(),
            None => std::fs::create_dir(path).unwrap(),
        }
        let placed = app.app.db.read(db::audit::tally).await.unwrap().placed;

        // Deeds go on.
        let email = format!("person{n}@halden.example");
        let request = app.ask_and_confirm("removal", &email, &[]).await;
        app.accept(&request).await;
        app.until_it_rests(&request).await;
        assert!(app.letters_to(&email).await.len() > 1);
        let tally = app.app.db.read(db::audit::tally).await.unwrap();
        assert_eq!(tally.placed, placed, "nothing is placed");
        assert!(tally.pending > 5);
        for told in [
            trail::sequence(&app.app).await.unwrap_err().to_string(),
            checkpoint::make(&app.app).await.unwrap_err().to_string(),
        ] {
            assert!(told.contains(&path.display().to_string()), "{told}");
            assert!(told.contains("put back its copy"), "{told}");
        }
        let page = lead.get("/admin/audit").await;
        assert!(page.text.contains("The last checkpoint cannot be read"));
        assert_eq!(lead.get("/admin").await.status, 200);
        assert!(needs(&app).await.contains(&Why::AuditBroken));
        let status = app.browser().open_status(&app, &email).await;
        assert!(status.text.contains("being signed"), "{}", status.text);
        let verified = verify::verify(&app.app, Vec::new()).await.unwrap();
        assert!(verified.problem.unwrap().what.contains("put back"));

        // Its copy heals.
        match damage {
            Some(_) => std::fs::remove_file(path).unwrap(),
            None => std::fs::remove_dir(path).unwrap(),
        }
        std::fs::write(path, &good.note).unwrap();
        while trail::sequence(&app.app).await.unwrap() > 0 {}
        checkpoint::make(&app.app).await.unwrap();
        let verified = verify::verify(&app.app, Vec::new()).await.unwrap();
        assert_eq!((verified.problem, verified.pending), (None, 0));
        app.run_jobs().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_the_file_and_the_row_is_made_up_for() {
    for more in [0, 3] {
        let app = TestApp::start().await;
        add_entries(&app, 20).await;
        checkpoint::make(&app.app).await.unwrap();
        add_entries(&app, 20).await;
        let lost = checkpoint::make(&app.app).await.unwrap().unwrap();
        app.connect()
            .batch_execute(
                "DELETE FROM audit_checkpoints WHERE size = (SELECT max(size) FROM audit_checkpoints)",
            )
            .unwrap();
        add_entries(&app, more).await;
        let made = checkpoint::make(&app.app).await.unwrap().unwrap();
        assert_eq!(made.size, lost.size + more);
        assert_eq!(made.note == lost.note, more == 0);
        let (known, _) = verify::kept_elsewhere(&app.app, &lost.note).unwrap();
        let verified = verify::verify(&app.app, vec![known]).await.unwrap();
        assert_eq!(verified.problem, None);
        let file = std::fs::read_to_string(app.app.last_known.path()).unwrap();
        assert_eq!(file, made.note);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_while_entries_are_placed_and_signed_finds_nothing_wrong() {
    let app = TestApp::start().await;
    add_entries(&app, 100).await;
    let checks = async {
        for _ in 0..25 {
            let verified = verify::verify(&app.app, Vec::new()).await.unwrap();
            assert_eq!(verified.problem, None);
        }
    };
    let deeds = async {
        for count in (20..60).rev() {
            add_entries(&app, count).await;
            checkpoint::make(&app.app).await.unwrap();
        }
    };
    tokio::join!(checks, deeds);
    assert_eq!(count(&app, Action::FoundBroken).await, 0);
}

// --- the command line -------------------------------------------------------

fn run(app: &TestApp, file: &Path, arguments: &[&str]) -> Output {
    app.command(file).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// `lethe verify -`, with nothing but a key.
fn verify_piped(app: &TestApp, file: &Path, input: &[u8], key: &VerifierKey) -> Output {
    let mut child = app
        .command(file)
        .args(["verify", "-", "--json", "--key", &key.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_signs_checks_proves_and_gives_out_the_trail() {
    let app = TestApp::start().await;
    let file = app.config_file("");
    let key = trust(&app).log.remove(0);
    let run = |arguments: &[&str]| run(&app, &file, arguments);
    let ok = |arguments: &[&str]| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        text(&output.stdout)
    };
    let verified = |input: &str, key: &VerifierKey| -> HashMap<String, Value> {
        let output = verify_piped(&app, &file, input.as_bytes(), key);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };

    let reference = removed(&app, BEA, "Bea Holm").await.to_string();
    let open = app
        .ask_and_confirm("review", BEA, &[])
        .await
        .reference
        .to_string();
    let note = ok(&["audit", "checkpoint"]);
    assert_eq!(ok(&["audit", "checkpoint"]), note, "once for each size");
    assert!(note.parse::<Note>().is_ok(), "{note}");
    let kept = app.folder.join("kept.txt");
    let kept = kept.to_str().unwrap();
    std::fs::write(kept, &note).unwrap();
    add_entries(&app, 90).await;

    assert!(ok(&["audit", "verify"]).contains("The trail is unbroken."));
    let against = ok(&["audit", "verify", "--against", kept]);
    assert!(
        against.contains("goes on from what was kept elsewhere"),
        "{against}"
    );
    let json: Value = serde_json::from_str(&ok(&["audit", "verify", "--json"])).unwrap();
    assert_eq!(json["problem"], Value::Null);
    assert_eq!(json["origin"], origin(&app));

    let certificate = ok(&["audit", "prove", &reference, "--certificate"]);
    assert_eq!(verified(&certificate, &key)["proven"], "certificate");
    let entries = ok(&["audit", "prove", &reference]);
    assert_eq!(verified(&entries, &key)["whole"], false);
    let whole = ok(&["audit", "export"]);
    let answer = verified(&whole, &key);
    assert_eq!(
        (&answer["whole"], &answer["pruned"]),
        (&true.into(), &0.into())
    );
    let nothing = ok(&[
        "audit",
        "export",
        "--from",
        "2001-01-01",
        "--until",
        "2001-12-31",
    ]);
    assert_eq!(verified(&nothing, &key)["entries"], 0);
    let cut: String = whole
        .lines()
        .take(5)
        .map(|line| format!("{line}\n"))
        .collect();
    let output = verify_piped(&app, &file, cut.as_bytes(), &key);
    assert_eq!(output.status.code(), Some(1));

    // What is no answer, and what is no question.
    std::fs::write(app.folder.join("no.txt"), "hello").unwrap();
    let no = app.folder.join("no.txt").display().to_string();
    for (arguments, code, told) in [
        (
            &["audit", "verify", "--against", &no][..],
            1,
            "it holds no checkpoint",
        ),
        (&["audit", "verify", "--against", "/absent"], 1, "/absent"),
        (&["audit", "prove", "7K4M-2QX9"], 1, "no request"),
        (
            &["audit", "prove", "7K4M-2QX9", "--certificate"],
            1,
            "no request",
        ),
        (&["audit", "prove", "what"], 1, "REFERENCE"),
        (
            &["audit", "prove", &open, "--certificate"],
            1,
            "there is no certificate",
        ),
        (&["audit", "new-log", "--reason", "other"], 1, "lost"),
        (&["audit", "prove"], 2, "REFERENCE"),
        (&["audit", "verify", "--against"], 2, "--against"),
        (&["keys", "rotate", "everything"], 2, "everything"),
    ] {
        let output = run(arguments);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {output:?}"
        );
        assert!(text(&output.stderr).contains(told), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
    }

    // A new key: what is signed after it needs it, what was signed before does not.
    assert_eq!(ok(&["keys", "verifier"]), format!("{key}\n"));
    assert!(ok(&["keys", "rotate", "signing"]).contains("keys verifier"));
    let keys = ok(&["keys", "verifier"]);
    let [new, retired] = keys.lines().collect::<Vec<_>>()[..] else {
        panic!("two keys: {keys}");
    };
    assert!(retired.starts_with(&format!("{key}  retired 20")), "{keys}");
    let new: VerifierKey = new.parse().unwrap();
    let whole = ok(&["audit", "export"]);
    assert_eq!(verified(&whole, &new)["whole"], true);
    let output = verify_piped(&app, &file, whole.as_bytes(), &key);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(verified(&certificate, &key)["proven"], "certificate");
    ok(&["audit", "verify", "--against", kept]);
    assert!(KeyRing::check(&app.app.config.keys.file).is_empty());

    tamper(
        &app,
        "UPDATE audit_index SET at = at + 1 WHERE entry_id = (SELECT entry_id FROM audit_sequence WHERE position = 3)",
    );
    let output = run(&["audit", "verify"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("BROKEN at entry 3 ("),
        "{output:?}"
    );
    let output = run(&["audit", "verify", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["problem"]["fault"], "columns");
    let output = run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("entry 3"), "{output:?}");
}

//! `lethe verify`, as a person runs it years later: a file and a key, and nothing else around.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use lethe::audit::commitment::bind_person;
use lethe::audit::hex;
use lethe::audit::leaf::Leaf;
use lethe::audit::note::{Checkpoint, KeyKind, Note, Signer};
use lethe::audit::proof::TlogProof;
use lethe::audit::tree::{Hash, leaf_hash, node_hash};
use lethe::certificate::export::{ExportEntry, ExportHeader, ExportLine};
use lethe::certificate::file::{Certificate, Salt};
use lethe::certificate::statement::{Code, Commitment, Kept, Statement, StoreResult};
use lethe::domain::request::{Kind, Outcome, Proof};
use lethe::domain::store::Ground;
use serde_json::Value;

const ORIGIN: &str = "audit.northwind.example/lethe";
const ADDRESS: &str = "mira@halden.example";

/// A log with two entries, the first of which is of a certificate.
struct Issued {
    certificate: Certificate,
    other: String,
    key: String,
    witness: String,
    folder: PathBuf,
}

fn signer() -> Signer {
    Signer::new(ORIGIN, KeyKind::Log, &[1; 32]).unwrap()
}

fn witness() -> Signer {
    Signer::new("witness.example/w1", KeyKind::Witness, &[2; 32]).unwrap()
}

fn leaf(n: u8, action: &str, certificate: Option<String>) -> String {
    let leaf = Leaf {
        detail: certificate.map(|digest| BTreeMap::from([("certificate".to_owned(), digest)])),
        ..Leaf::new(
            format!("019f9ad0-0000-7000-8000-{n:012}"),
            "2026-11-20T09:00:01Z".parse().unwrap(),
            "system".to_owned(),
            action.to_owned(),
        )
    };
    String::from_utf8(leaf.to_bytes()).unwrap()
}

fn statement() -> Statement {
    let code = |text| Code::parse(text).unwrap();
    Statement {
        controller: "Northwind".to_owned(),
        reference: "7K4M-2QX9".parse().unwrap(),
        kind: Kind::Erasure,
        received: "2026-11-18".parse().unwrap(),
        closed: "2026-11-20T09:00:00Z".parse().unwrap(),
        identity: Proof::MailboxAndCode.into(),
        outcome: Outcome::Fulfilled,
        stores: vec![StoreResult {
            store: code("licences"),
            found: 5,
            erased: 3,
            corrected: 0,
            handed_over: 0,
            others: 0,
            kept: vec![Kept {
                ground: Ground::TaxLaw.into(),
                article: Ground::TaxLaw.article().to_owned(),
                law: Some("AWR art. 52".to_owned()),
                count: 2,
                until: Some("2033-12-31".parse().unwrap()),
            }],
            verified: Some("2026-11-20T08:59:58Z".parse().unwrap()),
        }],
        backup_days: 35,
        policy: code("4f1d2a"),
        person: Commitment(bind_person(&[9; 32], ADDRESS)),
    }
}

impl Issued {
    /// With files in a folder of its own; `name` is that of the test.
    fn new(name: &str) -> Self {
        let statement = statement();
        let first = leaf(1, "certified", Some(hex(&statement.digest())));
        let other = leaf(2, "erased", None);
        let hashes = [leaf_hash(first.as_bytes()), leaf_hash(other.as_bytes())];
        let text = Checkpoint {
            origin: ORIGIN.to_owned(),
            size: 2,
            root: node_hash(hashes[0], hashes[1]),
        }
        .to_string();
        let checkpoint = Note {
            signatures: vec![signer().sign(&text), witness().cosign(&text, 1_795_165_200)],
            text,
        };
        let folder = std::env::temp_dir().join(format!("lethe-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("empty")).unwrap();
        Self {
            certificate: Certificate {
                statement,
                leaf: first,
                proof: TlogProof {
                    extra: None,
                    index: 0,
                    hashes: vec![hashes[1]],
                    checkpoint,
                },
            },
            other,
            key: signer().verifier().to_string(),
            witness: witness().verifier().to_string(),
            folder,
        }
    }

    fn save(&self, name: &str, content: &str) -> String {
        let file = self.folder.join(name);
        std::fs::write(&file, content).unwrap();
        file.display().to_string()
    }

    fn verify(&self, arguments: &[&str]) -> Output {
        self.verify_piped(arguments, "")
    }

    /// In an empty folder, with an empty environment.
    fn verify_piped(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lethe"))
            .env_clear()
            .current_dir(self.folder.join("empty"))
            .arg("verify")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that has seen enough closes its end.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().unwrap()
    }
}

impl Drop for Issued {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_certificate_is_verified_with_nothing_else_around() {
    let issued = Issued::new("verify-alone");
    let file = issued.save("certificate.json", &issued.certificate.to_json());
    let output = issued.verify(&[&file, "--key", &issued.key]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout),
        "\
VERIFIED: a certificate of Northwind for request 7K4M-2QX9

Proven
  The vendor has written this statement into its log audit.northwind.example/lethe,
  as entry 0 of 2 (the first is 0), dated 2026-11-20T09:00:01Z.
  Signed by the vendor alone: a second log with another content is possible.

What the vendor states
  Asked     removal, received 2026-11-18
  Closed    2026-11-20T09:00:00Z, fulfilled
  Identity  proved by: mailbox_and_code
  Backups   gone after 35 days at the most
  Rules     version 4f1d2a
  Person    PERSON
  Store licences: 5 found, 3 erased, 2 kept
    kept 2: tax_law, Art. 17(3)(b), AWR art. 52, until 2033-12-31
    searched again at 2026-11-20T08:59:58Z, and nothing found but what is kept

Whom it is about
  It holds a commitment to a person, not who that is.
  Whoever has the salt can show it: --salt FILE --address ADDRESS

Not proven
  - That the vendor told the truth about its systems. It cannot take back what it stated,
    and no mathematics shows that it was so.
  - That no copy is left elsewhere. The vendor's backups last up to 35 days.
  - Who the person is: that needs the salt.
  - Who wrote the request: a mailed link proves control of the mailbox, and no more.
  - The time: an entry is dated by the vendor.
"
        .replace("PERSON", &hex(&bind_person(&[9; 32], ADDRESS)))
    );
    let piped = issued.verify_piped(
        &["-", "--key", &issued.key, "--json"],
        &issued.certificate.to_json(),
    );
    assert_eq!(piped.status.code(), Some(0), "{}", text(&piped.stderr));
    let answer = json(&piped);
    assert_eq!(answer["verified"], true);
    assert_eq!(answer["proven"], "certificate");
    assert_eq!(answer["witnessed"], false);
    assert_eq!(answer["statement"]["reference"], "7K4M-2QX9");
    let left: Vec<_> = std::fs::read_dir(issued.folder.join("empty"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// People keep these files for years. If this one ever fails, the format needs a new version.
#[test]
fn a_certificate_of_the_first_version_is_still_written_and_verified() {
    let sample = include_str!("../data/certificate.sample.json");
    let issued = Issued::new("verify-sample");
    assert_eq!(issued.certificate.to_json(), sample);
    let keys = ["--key", &issued.key, "--witness", &issued.witness];
    let output = issued.verify_piped(&[&["-"][..], &keys].concat(), sample);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn a_certificate_says_whom_it_is_about_to_whoever_has_the_salt() {
    let issued = Issued::new("verify-person");
    let file = issued.save("certificate.json", &issued.certificate.to_json());
    let salt = issued.save("certificate.salt", &Salt([9; 32]).to_string());
    let about = |salt: &str, address: &str| {
        let known = [&file, "--key", &issued.key, "--json"];
        issued.verify(&[&known[..], &["--salt", salt, "--address", address]].concat())
    };
    let right = about(&salt, "Mira@Halden.example");
    assert_eq!(right.status.code(), Some(0), "{}", text(&right.stderr));
    assert_eq!(json(&right)["about_address"], true);
    let wrong = about(&salt, "somebody@halden.example");
    assert_eq!(wrong.status.code(), Some(1));
    let answer = json(&wrong);
    assert_eq!(answer["verified"], false);
    assert_eq!(answer["code"], "other_person");
    assert!(text(&wrong.stderr).contains("not for this address"));
    assert_eq!(about(&file, ADDRESS).status.code(), Some(2));
    assert_eq!(about(&salt, "no address").status.code(), Some(2));
}

#[test]
fn a_witness_that_was_named_must_have_signed() {
    let issued = Issued::new("verify-witness");
    let file = issued.save("certificate.json", &issued.certificate.to_json());
    let absent = Signer::new("witness.example/w2", KeyKind::Witness, &[3; 32]).unwrap();
    let absent = absent.verifier().to_string();
    let known = [file.as_str(), "--key", &issued.key];

    let seen = issued.verify(&[&known[..], &["--witness", &issued.witness]].concat());
    assert_eq!(seen.status.code(), Some(0), "{}", text(&seen.stderr));
    assert!(
        text(&seen.stdout)
            .contains("The witness witness.example/w1 saw the log so at 2026-11-20T09:00:00Z")
    );
    assert!(!text(&seen.stdout).contains("by the vendor alone"));

    let both = ["--witness", &absent, "--witness", &issued.witness, "--json"];
    let both = issued.verify(&[&known[..], &both].concat());
    assert_eq!(both.status.code(), Some(0), "{}", text(&both.stderr));
    assert_eq!(json(&both)["witnesses"][0]["name"], "witness.example/w1");

    let none = issued.verify(&[&known[..], &["--witness", &absent]].concat());
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stdout).contains("The witness witness.example/w2 has not signed."));
    assert!(text(&none.stderr).contains("none of the witnesses"));
}

#[test]
fn a_file_that_proves_nothing_is_refused_with_the_reason() {
    let issued = Issued::new("verify-refused");
    let other = Signer::new("other.example/log", KeyKind::Log, &[1; 32]).unwrap();
    let whole = issued.certificate.to_json();
    for (file, key, code, reason) in [
        (
            whole.replace("\"erased\": 3", "\"erased\": 5"),
            &issued.key,
            "edited",
            "edited: the statement is not the one that the log holds",
        ),
        (
            whole[..whole.len() / 2].to_owned(),
            &issued.key,
            "cut_off",
            "cut off: the file ends too early",
        ),
        (
            whole.clone(),
            &other.verifier().to_string(),
            "other_log",
            "signed by audit.northwind.example/lethe, not by a key you gave",
        ),
        (
            "a letter".to_owned(),
            &issued.key,
            "unknown",
            "not a certificate, a proof or an exported trail",
        ),
    ] {
        let refused = issued.verify_piped(&["-", "--key", key, "--json"], &file);
        assert_eq!(refused.status.code(), Some(1), "{code}");
        assert!(text(&refused.stderr).contains(reason), "{code}");
        let answer = json(&refused);
        assert_eq!(
            (&answer["verified"], &answer["code"]),
            (&Value::from(false), &Value::from(code))
        );
        assert!(answer["reason"].as_str().unwrap().contains(reason));
    }
}

#[test]
fn wrong_use_is_told_apart_from_a_refusal() {
    let issued = Issued::new("verify-use");
    let file = issued.save("certificate.json", &issued.certificate.to_json());
    let proof = issued.save("a.tlog-proof", &issued.certificate.to_tlog_proof());
    let salt = issued.save("certificate.salt", &Salt([9; 32]).to_string());
    for arguments in [
        &[file.as_str()][..],
        &[&file, "--key", "no key"],
        &[&file, "--key", &issued.witness],
        &[&file, "--key", &issued.key, "--witness", &issued.key],
        &[&file, "--key", &issued.key, "--salt", &salt],
        &["absent.json", "--key", &issued.key],
        &[".", "--key", &issued.key],
        &[
            &proof,
            "--key",
            &issued.key,
            "--salt",
            &salt,
            "--address",
            ADDRESS,
        ],
    ] {
        let output = issued.verify(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_proof_alone_and_an_exported_trail_are_verified_too() {
    let issued = Issued::new("verify-kinds");
    let proof = issued.verify_piped(
        &["-", "--key", &issued.key],
        &issued.certificate.to_tlog_proof(),
    );
    assert_eq!(proof.status.code(), Some(0), "{}", text(&proof.stderr));
    assert!(text(&proof.stdout).starts_with("VERIFIED: entry 0 of a log"));
    assert!(text(&proof.stdout).contains(&hex(&statement().digest())));

    let Certificate { leaf, proof, .. } = &issued.certificate;
    let line = |index, entry, proof: Option<Hash>| {
        ExportLine {
            index,
            entry,
            proof: proof.map(|hash| vec![hash]),
        }
        .to_line()
    };
    let second = ExportEntry::Pruned(leaf_hash(issued.other.as_bytes()));
    let whole = [
        ExportHeader {
            checkpoint: proof.checkpoint.clone(),
            entries: 2,
            whole: true,
        }
        .to_line(),
        line(0, ExportEntry::Leaf(leaf.clone()), None),
        line(1, ExportEntry::Leaf(issued.other.clone()), None),
    ];
    let some = [
        ExportHeader {
            checkpoint: proof.checkpoint.clone(),
            entries: 1,
            whole: false,
        }
        .to_line(),
        line(1, second, Some(leaf_hash(leaf.as_bytes()))),
    ];
    for (lines, entries, is_whole) in [(&whole[..], 2, true), (&some[..], 1, false)] {
        let output = issued.verify_piped(&["-", "--key", &issued.key, "--json"], &lines.concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let answer = json(&output);
        assert_eq!(answer["proven"], "export");
        assert_eq!(answer["entries"], entries);
        assert_eq!(answer["pruned"], u64::from(!is_whole));
        assert_eq!(answer["whole"], is_whole);
    }
    let cut = issued.verify_piped(&["-", "--key", &issued.key], &whole[..2].concat());
    assert_eq!(cut.status.code(), Some(1));
    assert!(text(&cut.stderr).contains("the export says 2 entries and has 1"));
}

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::*;
use crate::audit::hex;
use crate::audit::note::{Note, Signed};
use crate::audit::tree::{Frontier, Hash, consistency_proof, empty_root, leaf_hash, root};
use crate::seal;

const ORIGIN: &str = "audit.vendor.example/dsr-log";
const NAME: &str = "witness.example/w1";
const NOW: u64 = 1_795_165_920;

/// A folder that goes when the test ends.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let name = format!("lethe-witness-{}", hex(&seal::random::<8>()));
        Self(std::env::temp_dir().join(name))
    }

    fn open(&self, keys: &[VerifierKey]) -> Witness {
        self.try_open(NAME, keys).unwrap()
    }

    fn try_open(&self, name: &str, keys: &[VerifierKey]) -> Result<Witness, StartError> {
        let now = jiff::Timestamp::from_second(NOW as i64).unwrap();
        Witness::open(&self.0, name, keys, Clock::frozen(now))
    }

    fn refused(&self, name: &str, keys: &[VerifierKey]) -> String {
        self.try_open(name, keys).unwrap_err().to_string()
    }

    fn state(&self) -> PathBuf {
        self.0.join(hex(&Sha256::digest(ORIGIN)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A log with numbered leaves, each beginning with a letter.
struct TestLog {
    signer: Signer,
    nodes: HashMap<(u8, u64), Hash>,
}

impl TestLog {
    fn new() -> Self {
        Self::with(1, 'a')
    }

    fn with(seed: u8, letter: char) -> Self {
        let mut frontier = Frontier::empty();
        let nodes = (0..40)
            .flat_map(|number| frontier.push(leaf_hash(format!("{letter}{number}").as_bytes())))
            .map(|node| ((node.level, node.index), node.hash))
            .collect();
        let signer = Signer::new(ORIGIN, KeyKind::Log, &[seed; 32]).unwrap();
        Self { signer, nodes }
    }

    fn key(&self) -> VerifierKey {
        self.signer.verifier()
    }

    fn fetch(&self) -> impl Fn(u8, u64) -> Result<Hash, ()> {
        |level, index| self.nodes.get(&(level, index)).copied().ok_or(())
    }

    fn checkpoint(&self, size: u64) -> Checkpoint {
        Checkpoint {
            origin: ORIGIN.to_owned(),
            size,
            root: root(size, self.fetch()).unwrap(),
        }
    }

    fn signed(&self, checkpoint: &Checkpoint) -> Note {
        let text = checkpoint.to_string();
        Note {
            signatures: vec![self.signer.sign(&text)],
            text,
        }
    }

    fn proof(&self, old: u64, new: u64) -> Vec<Hash> {
        consistency_proof(old, new, self.fetch()).unwrap_or_default()
    }

    fn body(&self, old: u64, new: u64) -> String {
        let note = self.signed(&self.checkpoint(new));
        protocol::written(old, &self.proof(old, new), &note)
    }
}

/// Asks for a cosignature from one size to another.
fn ask(witness: &Witness, log: &TestLog, old: u64, new: u64) -> Reply {
    witness.add_checkpoint(log.body(old, new).as_bytes())
}

fn cosigns(witness: &Witness, log: &TestLog, old: u64, new: u64) -> bool {
    matches!(ask(witness, log, old, new), Reply::Cosigned(_))
}

#[test]
fn a_log_that_grows_is_cosigned_each_time() {
    let (place, log) = (Place::new(), TestLog::new());
    let witness = place.open(&[log.key()]);
    let sizes = [0, 0, 1, 2, 3, 7, 8, 8, 31, 40];
    for pair in sizes.windows(2) {
        let reply = ask(&witness, &log, pair[0], pair[1]);
        assert_eq!(reply.status(), 200);
        assert_eq!(reply.content_type(), "text/plain; charset=utf-8");
        let mut note = log.signed(&log.checkpoint(pair[1]));
        let body = reply.body();
        note.signatures
            .push(body.strip_suffix('\n').unwrap().parse().unwrap());
        let signed = note.verify(&[log.key(), witness.verifier()]).unwrap();
        assert_eq!(
            signed[1],
            Signed {
                key: witness.verifier(),
                at: Some(NOW)
            }
        );
    }
    assert_eq!(witness.seen(), [(ORIGIN.to_owned(), 40)]);
}

#[test]
fn the_time_is_that_of_the_cosignature() {
    let (place, log) = (Place::new(), TestLog::new());
    let witness = place.open(&[log.key()]);
    let first = ask(&witness, &log, 0, 5);
    assert_eq!(ask(&witness, &log, 5, 5), first);
    witness.clock.advance(SignedDuration::from_secs(1));
    assert_ne!(ask(&witness, &log, 5, 5), first);
}

#[test]
fn another_size_than_the_last_one_is_a_conflict_that_names_it() {
    let (place, log) = (Place::new(), TestLog::new());
    let witness = place.open(&[log.key()]);
    let conflict = |old, new, size| {
        let reply = ask(&witness, &log, old, new);
        assert_eq!(reply, Reply::Conflict { size });
        assert_eq!(reply.status(), 409);
        assert_eq!(reply.content_type(), "text/x.tlog.size");
        assert_eq!(reply.body(), format!("{size}\n"));
    };
    conflict(3, 8, 0);
    assert!(cosigns(&witness, &log, 0, 8));
    conflict(0, 8, 8);
    conflict(0, 20, 8);
    conflict(7, 8, 8);
    conflict(9, 20, 8);
    conflict(3, 5, 8);
    assert!(cosigns(&witness, &log, 8, 20));
}

#[test]
fn another_past_is_never_cosigned() {
    let (place, log) = (Place::new(), TestLog::new());
    let witness = place.open(&[log.key()]);
    assert!(cosigns(&witness, &log, 0, 8));
    let fork = TestLog::with(1, 'b');
    assert_eq!(ask(&witness, &fork, 8, 8), Reply::Conflict { size: 8 });
    let grown = ask(&witness, &fork, 8, 20);
    assert_eq!(grown.status(), 422);
    assert!(grown.body().starts_with("the log has not grown from what"));
    assert_eq!(witness.seen(), [(ORIGIN.to_owned(), 8)]);

    // A tree of no entries has one root.
    let empty = TestLog::with(2, 'b');
    let place = Place::new();
    let witness = place.open(&[empty.key()]);
    let wrong = Checkpoint {
        root: empty.checkpoint(1).root,
        ..empty.checkpoint(0)
    };
    let body = protocol::written(0, &[], &empty.signed(&wrong));
    assert_eq!(
        witness.add_checkpoint(body.as_bytes()),
        Reply::Conflict { size: 0 }
    );
}

#[test]
fn a_proof_that_proves_nothing_is_refused() {
    let (place, log) = (Place::new(), TestLog::new());
    let witness = place.open(&[log.key()]);
    assert!(cosigns(&witness, &log, 0, 7));
    let note = log.signed(&log.checkpoint(20));
    let right = log.proof(7, 20);
    let mut turned = right.clone();
    turned.reverse();
    let longer = [right.as_slice(), &[empty_root()]].concat();
    for proof in [&[], &right[1..], turned.as_slice(), &longer] {
        let reply = witness.add_checkpoint(protocol::written(7, proof, &note).as_bytes());
        assert_eq!(reply.status(), 422);
    }
    let same = log.signed(&log.checkpoint(7));
    let reply = witness.add_checkpoint(protocol::written(7, &right, &same).as_bytes());
    assert_eq!(reply.status(), 422);
    assert!(cosigns(&witness, &log, 7, 20));
}

#[test]
fn a_log_that_is_not_watched_is_unknown() {
    let (place, log) = (Place::new(), TestLog::new());
    let other = Signer::new("other.example/log", KeyKind::Log, &[9; 32]).unwrap();
    let witness = place.open(&[other.verifier()]);
    let reply = ask(&witness, &log, 0, 8);
    assert_eq!(reply, Reply::Refused(Refusal::UnknownLog));
    assert_eq!(reply.status(), 404);
}

#[test]
fn without_a_good_signature_of_the_log_nothing_is_cosigned() {
    let (place, log) = (Place::new(), TestLog::new());
    let witness = place.open(&[log.key()]);
    let checkpoint = log.checkpoint(8);
    let stranger = TestLog::with(2, 'a');
    let mut both = log.signed(&checkpoint);
    both.signatures.push(log.signer.sign("another text\n"));
    let mut renamed = log.signed(&checkpoint);
    renamed.text = renamed.text.replace("\n8\n", "\n9\n");
    for note in [stranger.signed(&checkpoint), both, renamed] {
        let body = protocol::written(0, &[], &note);
        assert_eq!(witness.add_checkpoint(body.as_bytes()).status(), 403);
    }
    // A stranger's signature beside a good one does not matter.
    let mut note = log.signed(&checkpoint);
    note.signatures
        .extend(stranger.signed(&checkpoint).signatures);
    let body = protocol::written(0, &[], &note);
    assert_eq!(witness.add_checkpoint(body.as_bytes()).status(), 200);
}

#[test]
fn what_is_not_written_as_it_must_be_is_malformed() {
    let (place, log) = (Place::new(), TestLog::new());
    let witness = place.open(&[log.key()]);
    let right = log.body(7, 20);
    let hash = empty_root().to_base64();
    let text = |body: &str| body.as_bytes().to_vec();
    for body in [
        vec![],
        vec![0xff],
        text("\n\n"),
        text("old 0\n"),
        text(right.trim_end()),
        text(&right.replace("old 7", "old 07")),
        text(&right.replace("old 7", "old +7")),
        text(&right.replace("old 7", "old -7")),
        text(&right.replace("old 7", "old  7")),
        text(&right.replace("old 7", "Old 7")),
        text(&right.replace("old 7", "old 18446744073709551616")),
        text(&right.replace("old 7\n", "old 7\r\n")),
        text(&right.replace("old 7\n", "old 7\n\n")),
        text(&right.replace("old 7\n", "old 7\nAAAA\n")),
        text(&right.replace("old 7\n", "")),
        text(&right.replace("\n20\n", "\n020\n")),
        text(&right.replace("old 7", "old 21")),
        text(&right.replace("old 7", "old 0")),
        text(&right.replace(
            "old 7\n",
            &format!("old 7\n{}", format!("{hash}\n").repeat(60)),
        )),
        text(&format!(" {right}")),
        text(&format!("{right}\n")),
    ] {
        let reply = witness.add_checkpoint(&body);
        let body = String::from_utf8_lossy(&body);
        assert_eq!(reply.status(), 400, "{body}");
        assert_eq!(reply.body().lines().count(), 1, "{body}");
    }
    assert_eq!(witness.seen(), [(ORIGIN.to_owned(), 0)]);
}

#[test]
fn what_was_seen_outlives_the_process() {
    let (place, log) = (Place::new(), TestLog::new());
    let key = place.open(&[log.key()]).verifier();
    let witness = place.open(&[log.key()]);
    assert_eq!(witness.verifier(), key);
    assert!(cosigns(&witness, &log, 0, 8));
    drop(witness);
    let kept = fs::read_to_string(place.state()).unwrap();
    assert_eq!(kept, log.checkpoint(8).to_string());
    // A draft that a killed process left is no state.
    fs::write(place.state().with_extension("new"), "half").unwrap();
    let witness = place.open(&[log.key()]);
    assert_eq!(ask(&witness, &log, 0, 8), Reply::Conflict { size: 8 });
    assert!(cosigns(&witness, &log, 8, 9));
}

/// The cosignature was lost on its way: the log asks again, from what was kept.
#[test]
fn a_kill_between_write_and_answer_is_harmless() {
    let (place, log) = (Place::new(), TestLog::new());
    drop(ask(&place.open(&[log.key()]), &log, 0, 8));
    let witness = place.open(&[log.key()]);
    assert_eq!(ask(&witness, &log, 0, 8), Reply::Conflict { size: 8 });
    assert!(cosigns(&witness, &log, 8, 8));
}

#[test]
fn what_cannot_be_kept_is_not_cosigned() {
    let (place, log) = (Place::new(), TestLog::new());
    let witness = place.open(&[log.key()]);
    assert!(cosigns(&witness, &log, 0, 8));
    // A folder in the place of the draft: no account, not even root, can write over it.
    let mut draft = place.state().into_os_string();
    draft.push(".new");
    fs::create_dir(&draft).unwrap();
    let reply = ask(&witness, &log, 8, 9);
    assert_eq!(reply, Reply::Refused(Refusal::Failed));
    assert_eq!(reply.status(), 500);
    assert_eq!(witness.seen(), [(ORIGIN.to_owned(), 8)]);
    fs::remove_dir(&draft).unwrap();
    assert!(cosigns(&witness, &log, 8, 9));
}

#[test]
fn either_key_of_a_log_serves_after_a_change() {
    let (place, old, new) = (Place::new(), TestLog::new(), TestLog::with(2, 'a'));
    let witness = place.open(&[old.key()]);
    assert!(cosigns(&witness, &old, 0, 8));
    assert_eq!(ask(&witness, &new, 8, 9).status(), 403);
    drop(witness);
    let witness = place.open(&[old.key(), new.key()]);
    assert!(cosigns(&witness, &new, 8, 9));
    assert!(cosigns(&witness, &old, 9, 10));
    assert_eq!(witness.seen(), [(ORIGIN.to_owned(), 10)]);
}

#[test]
fn of_many_at_once_each_follows_the_one_before() {
    let (place, log) = (Place::new(), Arc::new(TestLog::new()));
    let witness = Arc::new(place.open(&[log.key()]));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (witness, log) = (witness.clone(), log.clone());
            std::thread::spawn(move || {
                let mut done = Vec::new();
                for size in 0..10 {
                    if cosigns(&witness, &log, size, size + 1) {
                        done.push(size);
                    }
                }
                done
            })
        })
        .collect();
    let mut done: Vec<u64> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    done.sort_unstable();
    // Each step was taken once, by whoever came first, and none was left out before a later one.
    let (_, seen) = witness.seen().remove(0);
    assert_eq!(done, (0..seen).collect::<Vec<_>>());
    assert_eq!(
        fs::read_to_string(place.state()).unwrap(),
        log.checkpoint(seen).to_string()
    );
}

#[test]
fn two_witnesses_never_share_a_folder() {
    let (place, log) = (Place::new(), TestLog::new());
    let first = place.open(&[log.key()]);
    assert!(
        place
            .refused(NAME, &[log.key()])
            .starts_with("another witness is at work in ")
    );
    drop(first);
    place.open(&[log.key()]);
}

#[test]
fn a_folder_belongs_to_one_name() {
    let (place, log) = (Place::new(), TestLog::new());
    drop(place.open(&[log.key()]));
    let refused = place.refused("witness.example/w2", &[log.key()]);
    assert!(refused.contains("that of the witness witness.example/w1: start it under this name"));
    assert!(
        place
            .refused("two words", &[log.key()])
            .starts_with("--name: ")
    );
}

#[test]
fn the_key_is_its_owners_alone() {
    let (place, log) = (Place::new(), TestLog::new());
    drop(place.open(&[log.key()]));
    let key = place.0.join("key");
    assert_eq!(fs::metadata(&key).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&place.0).unwrap().mode() & 0o777, 0o700);
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let refused = place.refused(NAME, &[log.key()]);
        assert!(refused.contains(&format!("(mode {mode:o}): run `chmod 600 ")));
    }
}

#[test]
fn a_damaged_key_stops_the_start() {
    let (place, log) = (Place::new(), TestLog::new());
    drop(place.open(&[log.key()]));
    let key = place.0.join("key");
    let whole = fs::read(&key).unwrap();
    for damaged in [&[][..], &whole[..whole.len() - 1], &whole[1..], b"\xff"] {
        fs::write(&key, damaged).unwrap();
        assert!(
            place
                .refused(NAME, &[log.key()])
                .contains("is not the key of a witness: put back its copy")
        );
    }
}

#[test]
fn a_lost_key_is_not_replaced_where_checkpoints_are() {
    let (place, log) = (Place::new(), TestLog::new());
    assert!(cosigns(&place.open(&[log.key()]), &log, 0, 8));
    fs::remove_file(place.0.join("key")).unwrap();
    assert!(
        place
            .refused(NAME, &[log.key()])
            .contains("key is missing: put back its copy")
    );
}

#[test]
fn a_damaged_checkpoint_stops_the_start() {
    let (place, log) = (Place::new(), TestLog::new());
    assert!(cosigns(&place.open(&[log.key()]), &log, 0, 8));
    let whole = fs::read(place.state()).unwrap();
    let of_another = Checkpoint {
        origin: "other.example/log".to_owned(),
        ..log.checkpoint(8)
    };
    for damaged in [
        vec![],
        whole[..whole.len() - 1].to_vec(),
        whole[1..].to_vec(),
        [whole.as_slice(), b"more\n"].concat(),
        vec![0; whole.len()],
        vec![0xff],
        of_another.to_string().into_bytes(),
    ] {
        fs::write(place.state(), damaged).unwrap();
        let refused = place.refused(NAME, &[log.key()]);
        assert!(
            refused.contains("the last checkpoint of audit.vendor.example/dsr-log, is damaged")
        );
    }
    fs::write(place.state(), whole).unwrap();
    assert!(cosigns(&place.open(&[log.key()]), &log, 8, 9));
}

#[test]
fn a_witness_watches_logs_and_only_logs() {
    let place = Place::new();
    assert!(place.refused(NAME, &[]).starts_with("no log to watch"));
    let witness = Signer::new(NAME, KeyKind::Witness, &[1; 32]).unwrap();
    assert!(
        place
            .refused(NAME, &[witness.verifier()])
            .starts_with("--log: witness.example/w1 is the key of a witness")
    );
    assert!(!place.0.exists());
}

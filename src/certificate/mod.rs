//! What a person gets at the end of a request, and its check without the server.
//!
//! A certificate is a statement of how the request ended, and the proof that the vendor has written
//! the digest of it into the trail: the entry, its place in the tree, and the signed checkpoint over
//! the tree. Whoever has the file and the vendor's key can check it years later, with this module
//! or by hand (`docs/certificates.md`).
//!
//! This module reads no clock, no database and no network, and makes no keys or salts.

pub mod check;
pub mod export;
pub mod file;
pub mod statement;

#[cfg(test)]
pub(crate) mod testing {
    use std::collections::{BTreeMap, HashMap};

    use proptest::sample::Index;

    use crate::audit::hex;
    use crate::audit::leaf::Leaf;
    use crate::audit::note::{Checkpoint, KeyKind, Note, Signer};
    use crate::audit::proof::{TlogProof, Trust};
    use crate::audit::tree::{Frontier, Hash, inclusion_proof, leaf_hash};
    use crate::certificate::file::Certificate;
    use crate::certificate::statement::{Code, Commitment, Kept, Statement, StoreResult};
    use crate::domain::request::{Kind, Outcome, Proof};
    use crate::domain::store::Ground;

    /// A removal from two stores, of which one keeps something.
    pub fn statement() -> Statement {
        let empty = StoreResult {
            store: Code::parse("tickets").unwrap(),
            found: 0,
            erased: 0,
            corrected: 0,
            handed_over: 0,
            others: 0,
            kept: Vec::new(),
            verified: None,
        };
        let licences = StoreResult {
            store: Code::parse("licences").unwrap(),
            found: 6,
            erased: 3,
            others: 1,
            kept: vec![Kept {
                ground: Ground::TaxLaw.into(),
                article: Ground::TaxLaw.article().to_owned(),
                law: Some("AWR art. 52".to_owned()),
                count: 2,
                until: Some("2033-12-31".parse().unwrap()),
            }],
            verified: Some("2026-11-20T08:59:58Z".parse().unwrap()),
            ..empty.clone()
        };
        Statement {
            controller: "Northwind Söftware".to_owned(),
            reference: "7K4M-2QX9".parse().unwrap(),
            kind: Kind::Erasure,
            received: "2026-11-18".parse().unwrap(),
            closed: "2026-11-20T09:00:01Z".parse().unwrap(),
            identity: Proof::MailboxAndCode.into(),
            outcome: Outcome::Fulfilled,
            stores: vec![licences, empty],
            backup_days: 35,
            policy: Code::parse("4f1d2a").unwrap(),
            person: Commitment([7; 32]),
        }
    }

    pub const ORIGIN: &str = "audit.northwind.example/lethe";
    pub const WITNESS: &str = "witness.example/w1";
    pub const WITNESSED_AT: u64 = 1_795_165_200;
    /// Where [`Log::holding`] has the entry of its certificate.
    pub const CERTIFICATE: u64 = 3;

    /// A log with its keys, and a witness that cosigns all of it.
    pub struct Log {
        pub leaves: Vec<String>,
        nodes: HashMap<(u8, u64), Hash>,
        frontier: Frontier,
        signer: Signer,
        witness: Signer,
    }

    impl Log {
        pub fn of(leaves: Vec<String>) -> Self {
            Self::signed_by(leaves, ORIGIN, 1)
        }

        /// The same entries under another name, or by another key.
        pub fn signed_by(leaves: Vec<String>, origin: &str, seed: u8) -> Self {
            let mut frontier = Frontier::empty();
            let mut nodes = HashMap::new();
            for leaf in &leaves {
                for node in frontier.push(leaf_hash(leaf.as_bytes())) {
                    nodes.insert((node.level, node.index), node.hash);
                }
            }
            Self {
                leaves,
                nodes,
                frontier,
                signer: Signer::new(origin, KeyKind::Log, &[seed; 32]).unwrap(),
                witness: Signer::new(WITNESS, KeyKind::Witness, &[2; 32]).unwrap(),
            }
        }

        /// Seven entries, one of which holds the digest of the statement, and the last of which lets
        /// the first one go.
        pub fn holding(statement: &Statement) -> Self {
            let digest = hex(&statement.digest());
            let leaves = (0..7).map(|n| match n {
                CERTIFICATE => leaf(n, "certified", Some(&digest)),
                6 => pruned(n, 1),
                _ => leaf(n, "erased", None),
            });
            Self::of(leaves.collect())
        }

        pub fn trust(&self) -> Trust {
            Trust {
                log: vec![self.signer.verifier()],
                witnesses: vec![self.witness.verifier()],
            }
        }

        pub fn hash(&self, index: u64) -> Hash {
            self.nodes[&(0, index)]
        }

        pub fn note(&self, text: String) -> Note {
            let signatures = vec![
                self.signer.sign(&text),
                self.witness.cosign(&text, WITNESSED_AT),
            ];
            Note { text, signatures }
        }

        pub fn checkpoint(&self) -> Note {
            let checkpoint = Checkpoint {
                origin: self.signer.verifier().name().to_owned(),
                size: self.frontier.size(),
                root: self.frontier.root(),
            };
            self.note(checkpoint.to_string())
        }

        pub fn proof(&self, index: u64) -> TlogProof {
            let fetch = |level, index| self.nodes.get(&(level, index)).copied().ok_or(());
            TlogProof {
                extra: None,
                index,
                hashes: inclusion_proof(index, self.frontier.size(), fetch).unwrap(),
                checkpoint: self.checkpoint(),
            }
        }
    }

    /// The log of the statement's certificate.
    pub fn log() -> Log {
        Log::holding(&statement())
    }

    /// The certificate of the statement, and the keys to check it with.
    pub fn certificate() -> (Certificate, Trust) {
        let log = log();
        let certificate = Certificate {
            statement: statement(),
            leaf: log.leaves[CERTIFICATE as usize].clone(),
            proof: log.proof(CERTIFICATE),
        };
        (certificate, log.trust())
    }

    /// An entry that lets those below a place go.
    pub fn pruned(n: u64, below: u64) -> String {
        let mut leaf = Leaf::parse(leaf(n, "pruned", None).as_bytes()).unwrap();
        let below = ("below".to_owned(), below.to_string());
        leaf.detail = Some(BTreeMap::from([
            below,
            ("log".to_owned(), ORIGIN.to_owned()),
        ]));
        String::from_utf8(leaf.to_bytes()).unwrap()
    }

    pub fn leaf(n: u64, action: &str, certificate: Option<&str>) -> String {
        let member = |digest: &str| ("certificate".to_owned(), digest.to_owned());
        let leaf = Leaf {
            detail: certificate.map(|digest| BTreeMap::from([member(digest)])),
            ..Leaf::new(
                format!("019f9ad0-0000-7000-8000-{n:012}"),
                "2026-11-20T09:00:01Z".parse().unwrap(),
                "system".to_owned(),
                action.to_owned(),
            )
        };
        String::from_utf8(leaf.to_bytes()).unwrap()
    }

    /// The bytes with one replaced, removed and inserted, as far as that changes them.
    pub fn edited(bytes: &[u8], at: Index, with: u8) -> Vec<Vec<u8>> {
        let at = at.index(bytes.len());
        let mut edits = [(); 3].map(|()| bytes.to_vec());
        edits[0][at] = with;
        edits[1].remove(at);
        edits[2].insert(at, with);
        edits.into_iter().filter(|edit| edit != bytes).collect()
    }
}

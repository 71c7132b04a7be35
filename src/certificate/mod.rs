//! What a person gets at the end of a request, and its check without the server.
//!
//! A certificate is a statement of how the request ended, and the proof that the vendor has written
//! the digest of it into the trail: the entry, its place in the tree, and the signed checkpoint over
//! the tree. Whoever has the file and the vendor's key can check it years later, with this module
//! or by hand (`docs/certificates.md`).
//!
//! This module reads no clock, no database and no network, and makes no keys or salts.

pub mod statement;

#[cfg(test)]
pub(crate) mod testing {
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
}

//! The mathematics of the audit trail: pure functions over bytes, proven by published vectors.
//!
//! Every deed is one entry. Its [`leaf::Leaf`] is written once, as canonical JSON, and those bytes
//! are leaf number *n* of a Merkle tree ([`tree`]) that only grows. Whoever holds an earlier root
//! can check that nothing before it was changed or removed (consistency proof), and whoever holds
//! one leaf can check that it is in the trail (inclusion proof), without seeing any other.
//!
//! A leaf can never be changed again, so it holds only what may be kept: what was done, when, by
//! which role, in which store, how many records, with what outcome and under which rule. Request
//! and staff appear as pseudonyms under a yearly key, personal particulars as a salted commitment
//! ([`commitment`]). It never holds an address, a name, free text or a plain hash of any of them:
//! such a hash can be tested against a list of guesses. To forget, delete the particulars with
//! their salt, or destroy the key of the year; the leaf, its hash and every proof stay valid.
//!
//! The root of the tree is signed as a checkpoint, by the log and by witnesses who saw that it only
//! grew ([`note`]). An inclusion proof with such a checkpoint is a file that anybody can check years
//! later, with public keys and nothing else ([`proof`]).
//!
//! This module reads no clock, makes no keys or salts, and knows no database: the caller passes in
//! what is stored and stores what it is given.

pub mod commitment;
pub mod leaf;
pub mod note;
pub mod proof;
pub mod tree;

/// Lower-case hexadecimal, as hashes, pseudonyms and commitments are written in leaves and shown.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod testing {
    use proptest::sample::Index;
    use serde_json::Value;

    /// Notes, keys, checkpoints and a proof, good and bad.
    pub fn note_vectors() -> Value {
        let file = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/signed-note-vectors.json"
        ));
        serde_json::from_str(file).expect("vectors are JSON")
    }

    /// The text with one character replaced, removed and inserted, as far as that changes it.
    pub fn edited(text: &str, at: Index, with: char) -> Vec<String> {
        let characters: Vec<char> = text.chars().collect();
        let at = at.index(characters.len());
        let mut edits = [(); 3].map(|()| characters.clone());
        edits[0][at] = with;
        edits[1].remove(at);
        edits[2].insert(at, with);
        edits
            .iter()
            .filter(|edit| **edit != characters)
            .map(|edit| edit.iter().collect())
            .collect()
    }

    /// The bytes of a hexadecimal string of a vector file.
    pub fn unhex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("vectors are hexadecimal"))
            .collect()
    }
}

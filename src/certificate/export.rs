//! The exported trail: a checkpoint and entries under it, as JSON lines.
//!
//! Owns the form of the lines, for whoever writes them and for the check. An export of the whole
//! log is checked by its root, one of some entries by a proof for each. A line has one form, and no
//! other is read. Never holds more than one line.

use std::borrow::Borrow;
use std::io::{BufRead, Read};

use serde::{Deserialize, Serialize};

use super::check::{Proven, Refused, Verdict};
use crate::audit::leaf::{LeafOf, LeafRef};
use crate::audit::note::Note;
use crate::audit::proof::{ProofError, Standing, Trust, check_checkpoint};
use crate::audit::tree::{Frontier, Hash, leaf_hash, verify_inclusion};
use crate::domain::event::Action;

/// The version of the export, member `version` of its first line.
pub const VERSION: u64 = 1;

/// The longest line, in bytes with its newline.
pub const MAX_LINE: usize = 128 * 1024;

/// The member `lethe` of the first line, by which an export is known.
const NAME: &str = "trail-export";

/// The first line of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportHeader {
    /// The signed checkpoint.
    pub checkpoint: Note,
    /// How many lines follow.
    pub entries: u64,
    /// Whether these are all entries under the checkpoint. Then they have no proofs.
    pub whole: bool,
}

/// An entry in an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportLine {
    /// Its place in the log; the first is 0. Every line has a higher one than the line before.
    pub index: u64,
    /// The entry.
    pub entry: ExportEntry,
    /// Its inclusion proof for the checkpoint; none in an export of the whole log.
    pub proof: Option<Vec<Hash>>,
}

/// What is left of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportEntry {
    /// The canonical bytes, which are text.
    Leaf(String),
    /// The hash of the leaf: the bytes were pruned.
    Pruned(Hash),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHeader {
    lethe: String,
    version: u64,
    checkpoint: String,
    entries: u64,
    whole: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLine {
    index: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    leaf: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proof: Option<Vec<String>>,
}

impl ExportHeader {
    /// The line, with its newline.
    pub fn to_line(&self) -> String {
        line_of(&WrittenHeader {
            lethe: NAME.to_owned(),
            version: VERSION,
            checkpoint: self.checkpoint.to_string(),
            entries: self.entries,
            whole: self.whole,
        })
    }

    fn parse(line: &[u8]) -> Result<Self, Refused> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        const FIRST: u64 = 1;
        let Versioned { version } =
            serde_json::from_slice(line).map_err(|_| Refused::Line(FIRST))?;
        if version > VERSION {
            return Err(Refused::Newer(version));
        }
        let written: WrittenHeader =
            serde_json::from_slice(line).map_err(|_| Refused::Line(FIRST))?;
        let header = Self {
            checkpoint: written.checkpoint.parse().map_err(Refused::Note)?,
            entries: written.entries,
            whole: written.whole,
        };
        if header.to_line().as_bytes() != line {
            return Err(Refused::Line(FIRST));
        }
        Ok(header)
    }
}

impl ExportLine {
    /// The line, with its newline.
    pub fn to_line(&self) -> String {
        let (leaf, hash) = match &self.entry {
            ExportEntry::Leaf(leaf) => (Some(leaf.clone()), None),
            ExportEntry::Pruned(hash) => (None, Some(hash.to_base64())),
        };
        let proof = self.proof.as_ref();
        line_of(&WrittenLine {
            index: self.index,
            leaf,
            hash,
            proof: proof.map(|proof| proof.iter().map(|hash| hash.to_base64()).collect()),
        })
    }

    /// The line, if it is exactly as [`ExportLine::to_line`] writes it.
    fn parse(line: &[u8]) -> Option<Self> {
        let written: WrittenLine = serde_json::from_slice(line).ok()?;
        let hash = |text: &str| Hash::from_base64(text).ok();
        let parsed = Self {
            index: written.index,
            entry: match (written.leaf, written.hash) {
                (Some(leaf), None) => ExportEntry::Leaf(leaf),
                (None, Some(pruned)) => ExportEntry::Pruned(hash(&pruned)?),
                _ => return None,
            },
            proof: match written.proof {
                Some(proof) => Some(proof.iter().map(|it| hash(it)).collect::<Option<_>>()?),
                None => None,
            },
        };
        (parsed.to_line().as_bytes() == line).then_some(parsed)
    }

    fn hash(&self) -> Hash {
        match &self.entry {
            ExportEntry::Leaf(leaf) => leaf_hash(leaf.as_bytes()),
            ExportEntry::Pruned(hash) => *hash,
        }
    }
}

fn line_of(written: &impl Serialize) -> String {
    let mut line = serde_json::to_string(written).expect("text and whole numbers can be written");
    line.push('\n');
    line
}

/// Whether a first line is that of an export, of any version.
pub(super) fn is_header(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Named {
        lethe: String,
    }
    serde_json::from_slice(line).is_ok_and(|Named { lethe }| lethe == NAME)
}

/// Checks an export, of which the first line has been read already.
pub(super) fn check(
    first: &[u8],
    mut rest: impl BufRead,
    trust: &Trust,
) -> Result<Verdict, Refused> {
    if first.len() > MAX_LINE {
        return Err(Refused::LongLine(1));
    }
    let header = ExportHeader::parse(first)?;
    let standing = check_checkpoint(&header.checkpoint, trust)
        .map_err(|error| Refused::proof(error, &header.checkpoint, trust))?;
    let says = header.entries;
    let mut kind = if header.whole {
        let size = standing.checkpoint.size;
        if says != size {
            return Err(Refused::NotWhole { says, size });
        }
        Kind::Whole(Frontier::empty())
    } else {
        Kind::Some { next: 0 }
    };

    let mut pruned = 0;
    let mut allowed = 0;
    let mut line = Vec::new();
    for has in 0..says {
        // The header is line 1.
        let number = has + 2;
        line.clear();
        let limit = MAX_LINE as u64 + 1;
        rest.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if line.len() > MAX_LINE {
            return Err(Refused::LongLine(number));
        }
        if line.last() != Some(&b'\n') {
            return Err(Refused::Missing { says, has });
        }
        let entry = ExportLine::parse(&line).ok_or(Refused::Line(number))?;
        kind.take(number, &entry, &standing)?;
        match &entry.entry {
            // What goes, goes from the beginning: a hole in the middle is somebody's own.
            ExportEntry::Pruned(_) if header.whole && entry.index != pruned => {
                return Err(Refused::BlackedOut(entry.index));
            }
            ExportEntry::Pruned(_) => pruned += 1,
            ExportEntry::Leaf(leaf) => {
                allowed = allowed.max(boundary_of(&standing.checkpoint.origin, leaf).unwrap_or(0));
            }
        }
    }
    if rest.take(1).read_until(b'\n', &mut line)? != 0 {
        return Err(Refused::Added(says));
    }
    if let Kind::Whole(tree) = kind
        && tree.root() != standing.checkpoint.root
    {
        return Err(Refused::WrongRoot);
    }
    if header.whole && pruned > allowed {
        return Err(Refused::BlackedOut(allowed));
    }
    Ok(Verdict {
        proven: Proven::Export {
            entries: says,
            pruned,
            whole: header.whole,
        },
        standing,
    })
}

/// The log of which an entry says that its entries below a place may go, and the place.
pub fn boundary<T: AsRef<str> + Borrow<str> + Ord>(leaf: &LeafOf<T>) -> Option<(&str, u64)> {
    if leaf.action.as_ref() != Action::Pruned.as_str() {
        return None;
    }
    let detail = leaf.detail.as_ref()?;
    Some((
        detail.get("log")?.as_ref(),
        detail.get("below")?.as_ref().parse().ok()?,
    ))
}

/// The same of an exported entry of one log.
fn boundary_of(origin: &str, leaf: &str) -> Option<u64> {
    // Most entries say nothing of the kind, and parsing all of them would take long.
    if !leaf.starts_with(r#"{"action":"pruned""#) {
        return None;
    }
    let leaf = LeafRef::parse(leaf.as_bytes()).ok()?;
    let (log, below) = boundary(&leaf)?;
    (log == origin).then_some(below)
}

/// How the entries of an export are checked.
enum Kind {
    /// All of them: by the tree that they make.
    Whole(Frontier),
    /// Some of them: each by its proof, and each after the one before.
    Some { next: u64 },
}

impl Kind {
    fn take(&mut self, line: u64, entry: &ExportLine, standing: &Standing) -> Result<(), Refused> {
        let found = entry.index;
        let out_of_order = Refused::OutOfOrder { line, found };
        match (self, &entry.proof) {
            (Self::Whole(tree), None) => {
                if found != tree.size() {
                    return Err(out_of_order);
                }
                tree.push(entry.hash());
            }
            (Self::Some { next }, Some(proof)) => {
                if found < *next {
                    return Err(out_of_order);
                }
                let checkpoint = &standing.checkpoint;
                verify_inclusion(found, checkpoint.size, entry.hash(), proof, checkpoint.root)
                    .map_err(|error| Refused::Proof(ProofError::NotIncluded(error)))?;
                // The proof says that this is below the size, so it is not the largest number.
                *next = found + 1;
            }
            _ => return Err(Refused::Line(line)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::Index};

    use super::*;
    use crate::audit::note::KeyKind;
    use crate::certificate::check::check;
    use crate::certificate::testing::{Log, ORIGIN, edited, leaf, log};

    /// Some of seven entries, of which the first is pruned.
    fn exported(log: &Log, whole: bool, indices: &[u64]) -> Vec<String> {
        let header = ExportHeader {
            checkpoint: log.checkpoint(),
            entries: indices.len() as u64,
            whole,
        };
        let line = |&index: &u64| ExportLine {
            index,
            entry: match index {
                0 => ExportEntry::Pruned(log.hash(0)),
                _ => ExportEntry::Leaf(log.leaves[index as usize].clone()),
            },
            proof: (!whole).then(|| log.proof(index).hashes),
        };
        let lines = indices.iter().map(line).map(|line| line.to_line());
        [header.to_line()].into_iter().chain(lines).collect()
    }

    fn whole(log: &Log) -> Vec<String> {
        exported(log, true, &[0, 1, 2, 3, 4, 5, 6])
    }

    fn some(log: &Log) -> Vec<String> {
        exported(log, false, &[0, 2, 5, 6])
    }

    fn judged(log: &Log, lines: &[String]) -> Result<Verdict, Refused> {
        check(lines.concat().as_bytes(), &log.trust())
    }

    #[test]
    fn an_export_of_all_and_one_of_some_are_verified() {
        let log = log();
        for (lines, entries, whole) in [(whole(&log), 7, true), (some(&log), 4, false)] {
            let verdict = judged(&log, &lines).unwrap();
            assert_eq!(
                verdict.proven,
                Proven::Export {
                    entries,
                    pruned: 1,
                    whole
                }
            );
            assert_eq!(verdict.standing.checkpoint.size, 7);
            assert!(verdict.is_witnessed());
        }
        let empty = Log::of(Vec::new());
        assert!(judged(&empty, &exported(&empty, true, &[])).is_ok());
        assert!(judged(&log, &exported(&log, false, &[])).is_ok());
    }

    #[test]
    fn lines_that_were_swapped_dropped_doubled_or_added_are_refused() {
        let log = log();
        for lines in [whole(&log), some(&log)] {
            for at in 1..lines.len() {
                let mut dropped = lines.clone();
                dropped.remove(at);
                let refused = judged(&log, &dropped).unwrap_err();
                assert!(
                    matches!(
                        refused,
                        Refused::OutOfOrder { .. } | Refused::Missing { .. }
                    ),
                    "{refused}"
                );
                let mut doubled = lines.clone();
                doubled.insert(at, lines[at].clone());
                assert!(judged(&log, &doubled).is_err());
                for other in at + 1..lines.len() {
                    let mut swapped = lines.clone();
                    swapped.swap(at, other);
                    assert!(matches!(
                        judged(&log, &swapped),
                        Err(Refused::OutOfOrder { .. })
                    ));
                }
            }
            for more in ["\n", " ", "{}\n"] {
                let mut added = lines.clone();
                added.push(more.to_owned());
                assert!(matches!(judged(&log, &added), Err(Refused::Added(_))));
            }
        }
    }

    #[test]
    fn a_hole_that_no_entry_allows_is_refused() {
        let log = log();
        let black = |at: u64| {
            let mut lines = whole(&log);
            lines[at as usize + 1] = ExportLine {
                index: at,
                entry: ExportEntry::Pruned(log.hash(at)),
                proof: None,
            }
            .to_line();
            judged(&log, &lines)
        };
        assert!(black(0).is_ok(), "the last entry lets it go");
        // The second would follow the first, and nothing lets it go; the others leave a hole.
        for at in 1..7 {
            assert!(matches!(black(at), Err(Refused::BlackedOut(_))), "{at}");
        }
    }

    #[test]
    fn an_export_that_was_cut_off_says_how_many_entries_it_has() {
        let log = log();
        let lines = whole(&log);
        let refused = judged(&log, &lines[..5]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "cut off: the export says 7 entries and has 4"
        );
        let text = lines.concat();
        for end in (0..text.len()).step_by(13) {
            assert!(check(&text.as_bytes()[..end], &log.trust()).is_err());
        }
        let without_end = &text[..text.len() - 1];
        assert!(matches!(
            check(without_end.as_bytes(), &log.trust()),
            Err(Refused::Missing { says: 7, has: 6 })
        ));
    }

    #[test]
    fn counts_of_the_header_cannot_be_changed() {
        let log = log();
        for lines in [whole(&log), some(&log)] {
            for (from, to) in [
                ("true", "false"),
                ("false", "true"),
                ("\"entries\":7", "\"entries\":6"),
                ("\"entries\":7", "\"entries\":8"),
                ("\"entries\":4", "\"entries\":3"),
                ("\"entries\":4", "\"entries\":5"),
            ] {
                let mut changed = lines.clone();
                changed[0] = lines[0].replace(from, to);
                assert_eq!(changed == lines, judged(&log, &changed).is_ok(), "{to}");
            }
        }
        let mut newer = whole(&log);
        newer[0] = newer[0].replace("\"version\":1", "\"version\":2,\"more\":{}");
        assert!(matches!(judged(&log, &newer), Err(Refused::Newer(2))));
    }

    #[test]
    fn entries_of_another_log_do_not_fit_the_checkpoint() {
        let (log, mut leaves) = (log(), log().leaves);
        leaves[3] = leaf(77, "erased", None);
        let other = Log::of(leaves);
        for (own, foreign) in [(whole(&log), whole(&other)), (some(&log), some(&other))] {
            let mut mixed = foreign;
            mixed[0] = own[0].clone();
            let refused = judged(&log, &mixed).unwrap_err();
            assert!(
                matches!(refused, Refused::WrongRoot | Refused::Proof(_)),
                "{refused}"
            );
        }
    }

    #[test]
    fn an_export_that_somebody_else_signed_is_refused_by_name() {
        let log = log();
        let again = Log::signed_by(log.leaves.clone(), ORIGIN, 9);
        assert!(matches!(
            judged(&log, &whole(&again)),
            Err(Refused::OtherKey(name)) if name == ORIGIN
        ));
        let foreign = Log::signed_by(log.leaves.clone(), "other.example/log", 1);
        assert!(matches!(
            judged(&log, &whole(&foreign)),
            Err(Refused::OtherLog(name)) if name == "other.example/log"
        ));
    }

    #[test]
    fn a_line_that_does_not_end_is_not_read_for_ever() {
        let log = log();
        let endless = std::io::repeat(b'x');
        let header = whole(&log).swap_remove(0);
        let file = std::io::BufReader::new(header.as_bytes().chain(endless));
        assert!(matches!(
            check(file, &log.trust()),
            Err(Refused::LongLine(2))
        ));
        let mut long = whole(&log);
        long[0] = long[0].replace(
            ":true",
            &format!(":true,\"more\":\"{}\"", "x".repeat(MAX_LINE)),
        );
        assert!(matches!(judged(&log, &long), Err(Refused::LongLine(1))));
        let endless = std::io::BufReader::new(std::io::repeat(b'{'));
        assert!(matches!(
            check(endless, &log.trust()),
            Err(Refused::TooLong)
        ));
    }

    #[test]
    fn a_witness_is_no_log() {
        let log = log();
        let key = crate::audit::note::Signer::new(ORIGIN, KeyKind::Witness, &[1; 32]);
        let trust = Trust {
            log: vec![key.unwrap().verifier()],
            witnesses: Vec::new(),
        };
        let file = whole(&log).concat();
        assert!(check(file.as_bytes(), &trust).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// The line of a witness may lose its name and then counts no more; all else is refused.
        #[test]
        fn an_export_with_one_byte_changed_is_refused(
            at: Index,
            byte: u8,
            of_all: bool,
        ) {
            let log = log();
            let lines = if of_all { whole(&log) } else { some(&log) };
            let original = judged(&log, &lines).unwrap();
            for changed in edited(lines.concat().as_bytes(), at, byte) {
                if let Ok(verdict) = check(changed.as_slice(), &log.trust()) {
                    prop_assert_eq!(&verdict.proven, &original.proven);
                    prop_assert_eq!(&verdict.standing.checkpoint, &original.standing.checkpoint);
                    prop_assert!(!verdict.is_witnessed());
                }
            }
        }
    }
}

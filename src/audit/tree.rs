//! The Merkle tree of RFC 6962 and RFC 9162 over SHA-256: roots, proofs and their verification.
//!
//! Only the hashes of perfect subtrees are stored, each under (level, index): the 2^level leaves
//! from leaf index · 2^level on. Such a node never changes, and a new leaf completes two of them on
//! average. Every root and proof is computed from O(log n) of them, read through the caller's
//! `fetch`.
//!
//! Never looks into a leaf, and never takes for a hash what has not exactly 32 bytes.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::hex;

/// A SHA-256 hash in the tree, shown in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash(pub [u8; 32]);

/// The given bytes or text are not a hash of 32 bytes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hash of 32 bytes")]
pub struct NotAHash;

impl Hash {
    /// Standard base64 with padding, as checkpoints and proofs are written.
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads what [`Hash::to_base64`] writes and no other form of it.
    pub fn from_base64(text: &str) -> Result<Self, NotAHash> {
        let bytes = STANDARD.decode(text).map_err(|_| NotAHash)?;
        Self::try_from(bytes.as_slice())
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = NotAHash;

    fn try_from(bytes: &[u8]) -> Result<Self, NotAHash> {
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hash of a leaf, `SHA-256(0x00 ‖ data)` (RFC 6962 section 2.1).
pub fn leaf_hash(data: &[u8]) -> Hash {
    let sha = Sha256::new().chain_update([0]).chain_update(data);
    Hash(sha.finalize().into())
}

/// The hash of an inner node, `SHA-256(0x01 ‖ left ‖ right)` (RFC 6962 section 2.1).
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    let mut data = [1; 65];
    data[1..33].copy_from_slice(&left.0);
    data[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(data).into())
}

/// The root of the tree without leaves, `SHA-256("")`.
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// A perfect subtree to be stored under its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Height above the leaves; a leaf has 0.
    pub level: u8,
    /// Position among the nodes of the level, from the left.
    pub index: u64,
    /// Root of the subtree.
    pub hash: Hash,
}

/// The right edge of a tree: all that is needed to add leaves to it and to know its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The perfect subtrees that make up the tree, largest first: one per bit set in `size`.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Reads the frontier of a tree of `size` leaves: at most 64 nodes. `E` if one cannot be read.
    pub fn load<E>(
        size: u64,
        mut fetch: impl FnMut(u8, u64) -> Result<Hash, E>,
    ) -> Result<Self, E> {
        let peaks = peaks(0, size, &mut fetch)?;
        Ok(Self { size, peaks })
    }

    /// The frontier of the tree without leaves.
    pub fn empty() -> Self {
        Self {
            size: 0,
            peaks: Vec::new(),
        }
    }

    /// Adds a leaf and returns the nodes to store: the leaf, then every subtree it completes.
    pub fn push(&mut self, leaf: Hash) -> Vec<Node> {
        self.push_subtree(0, leaf)
    }

    /// Adds 2^`level` leaves by the root over them, and returns that node and every subtree it
    /// completes. The size must be a multiple of 2^`level`, or the subtree would be torn apart.
    pub fn push_subtree(&mut self, level: u8, hash: Hash) -> Vec<Node> {
        debug_assert!(self.size.trailing_zeros() >= u32::from(level));
        let mut node = Node {
            level,
            index: self.size >> level,
            hash,
        };
        let mut nodes = vec![node];
        // A node with an odd index is a right child; its left sibling is the last peak.
        while node.index % 2 == 1 {
            let left = self.peaks.pop().expect("a right child has a left sibling");
            node = Node {
                level: node.level + 1,
                index: node.index / 2,
                hash: node_hash(left, node.hash),
            };
            nodes.push(node);
        }
        self.peaks.push(node.hash);
        self.size += 1 << level;
        nodes
    }

    /// The perfect subtrees that make up the tree, largest first, each with its level.
    pub fn peaks(&self) -> impl Iterator<Item = (u8, Hash)> {
        let levels = (0..64).rev().filter(|level| (self.size >> level) % 2 == 1);
        levels.zip(self.peaks.iter().copied())
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        join(&self.peaks)
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// The root of the first `size` leaves. `E` if a node cannot be read.
pub fn root<E>(size: u64, fetch: impl FnMut(u8, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    Ok(Frontier::load(size, fetch)?.root())
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProofError<E> {
    /// No such leaf in a tree of that size, or sizes not in 0 < old ≤ new.
    #[error("outside the tree")]
    OutOfRange,
    /// A stored node could not be read.
    #[error("a node of the tree could not be read")]
    Fetch(#[from] E),
}

/// Proves that leaf `index` is in the tree of `size` leaves: siblings from the leaf up to the root
/// (RFC 9162 section 2.1.3.1).
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    mut fetch: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, ProofError<E>> {
    if index >= size {
        return Err(ProofError::OutOfRange);
    }
    // From the root down to the leaf, so the other way round.
    let (mut start, mut end) = (0, size);
    let mut proof = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(subtree(middle, end, &mut fetch)?);
            end = middle;
        } else {
            proof.push(subtree(start, middle, &mut fetch)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Proves that the tree of `old` leaves is the beginning of the tree of `new` leaves
/// (RFC 9162 section 2.1.4.1).
pub fn consistency_proof<E>(
    old: u64,
    new: u64,
    mut fetch: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, ProofError<E>> {
    if old == 0 || old > new {
        return Err(ProofError::OutOfRange);
    }
    // From the root down to the subtree that ends with the old tree, so the other way round.
    let (mut start, mut end) = (0, new);
    let mut proof = Vec::new();
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(subtree(middle, end, &mut fetch)?);
            end = middle;
        } else {
            proof.push(subtree(start, middle, &mut fetch)?);
            start = middle;
        }
    }
    // A subtree that is the whole old tree is known to the verifier by its root.
    if start > 0 {
        proof.push(subtree(start, end, &mut fetch)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Where a tree of two or more leaves is divided: the largest power of two below its size.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The root of the leaves from `start` to before `end`, a subtree of the tree.
fn subtree<E>(
    start: u64,
    end: u64,
    fetch: &mut impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    Ok(join(&peaks(start, end - start, fetch)?))
}

/// The perfect subtrees that make up the `size` leaves from `start` on, largest first: one per bit
/// set in `size`. `start` is a multiple of the largest.
fn peaks<E>(
    start: u64,
    size: u64,
    fetch: &mut impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    (0..64)
        .rev()
        .filter(|level| (size >> level) % 2 == 1)
        .map(|level| fetch(level, (start >> level) + (size >> level) - 1))
        .collect()
}

/// Joins perfect subtrees, from the right, to the root of the tree that they make up.
fn join(peaks: &[Hash]) -> Hash {
    peaks
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| node_hash(left, right))
        .unwrap_or_else(empty_root)
}

/// Why a proof proves nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No such leaf in a tree of that size, or sizes not in 0 < old ≤ new.
    #[error("outside the tree")]
    OutOfRange,
    /// The proof has more or fewer hashes than the sizes ask for.
    #[error("wrong number of hashes in the proof")]
    WrongLength,
    /// The proof leads to another root of the tree, or of the new tree.
    #[error("the proof leads to another root")]
    WrongRoot,
    /// The proof leads to another root of the old tree.
    #[error("the proof leads to another old root")]
    WrongOldRoot,
}

/// Checks that `leaf` is leaf `index` of the tree with `size` leaves and this root
/// (RFC 9162 section 2.1.3.2).
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: Hash,
    proof: &[Hash],
    root: Hash,
) -> Result<(), VerifyError> {
    if index >= size {
        return Err(VerifyError::OutOfRange);
    }
    let mut climb = Climb {
        node: index,
        last: size - 1,
    };
    let mut computed = leaf;
    for &sibling in proof {
        computed = match climb.step()? {
            Side::Left => node_hash(sibling, computed),
            Side::Right => node_hash(computed, sibling),
        };
    }
    climb.finish()?;
    if computed != root {
        return Err(VerifyError::WrongRoot);
    }
    Ok(())
}

/// Checks that the tree with `old` leaves is the beginning of the tree with `new` leaves
/// (RFC 9162 section 2.1.4.2).
///
/// Every tree begins with the empty one, so with `old` = 0 there is nothing to check and the answer
/// is `OutOfRange`: a verifier without an earlier root says "first seen", not "consistent".
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Hash],
    old_root: Hash,
    new_root: Hash,
) -> Result<(), VerifyError> {
    if old == 0 || old > new {
        return Err(VerifyError::OutOfRange);
    }
    if old == new {
        return match proof {
            [] if old_root == new_root => Ok(()),
            [] => Err(VerifyError::WrongRoot),
            _ => Err(VerifyError::WrongLength),
        };
    }
    let mut climb = Climb {
        node: old - 1,
        last: new - 1,
    };
    climb.skip(climb.node.trailing_ones());
    // The proof starts with the subtree that ends the old tree, unless that is the whole old tree.
    let (start, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        let (&start, rest) = proof.split_first().ok_or(VerifyError::WrongLength)?;
        (start, rest)
    };
    let (mut computed_old, mut computed_new) = (start, start);
    for &sibling in rest {
        match climb.step()? {
            Side::Left => {
                computed_old = node_hash(sibling, computed_old);
                computed_new = node_hash(sibling, computed_new);
            }
            Side::Right => computed_new = node_hash(computed_new, sibling),
        }
    }
    climb.finish()?;
    if computed_old != old_root {
        return Err(VerifyError::WrongOldRoot);
    }
    if computed_new != new_root {
        return Err(VerifyError::WrongRoot);
    }
    Ok(())
}

/// On which side of the climbing node its sibling stands.
enum Side {
    Left,
    Right,
}

/// The way from a node up to the root: `fn` and `sn` of RFC 9162.
struct Climb {
    /// Index of the node in its level.
    node: u64,
    /// Index of the last node of that level.
    last: u64,
}

impl Climb {
    /// Goes up past the next sibling. `WrongLength` from the root, which has none.
    fn step(&mut self) -> Result<Side, VerifyError> {
        if self.last == 0 {
            return Err(VerifyError::WrongLength);
        }
        let side = if self.node % 2 == 1 || self.node == self.last {
            // The last node of a level may have no sibling; then it stands in the next one as well.
            while self.node != 0 && self.node.is_multiple_of(2) {
                self.skip(1);
            }
            Side::Left
        } else {
            Side::Right
        };
        self.skip(1);
        Ok(side)
    }

    /// Goes up without a hash.
    fn skip(&mut self, levels: u32) {
        self.node >>= levels;
        self.last >>= levels;
    }

    /// `WrongLength` if the root is not reached.
    fn finish(self) -> Result<(), VerifyError> {
        if self.last == 0 {
            Ok(())
        } else {
            Err(VerifyError::WrongLength)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::{prelude::*, sample::Index};
    use serde_json::Value;

    use super::*;
    use crate::audit::testing::unhex;

    /// A table of nodes as a database would hold it.
    struct Stored {
        nodes: HashMap<(u8, u64), Hash>,
        leaves: Vec<Hash>,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("no node {0}, {1}")]
    struct Missing(u8, u64);

    impl Stored {
        fn of(leaves: Vec<Hash>) -> Self {
            let mut frontier = Frontier::empty();
            let nodes = leaves
                .iter()
                .flat_map(|&leaf| frontier.push(leaf))
                .map(|node| ((node.level, node.index), node.hash))
                .collect();
            Self { nodes, leaves }
        }

        fn fetch(&self) -> impl Fn(u8, u64) -> Result<Hash, Missing> {
            |level, index| {
                let node = self.nodes.get(&(level, index));
                node.copied().ok_or(Missing(level, index))
            }
        }
    }

    /// The definition of RFC 6962 section 2.1, word for word.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let mut k = 1;
                while 2 * k < leaves.len() {
                    k *= 2;
                }
                node_hash(naive_root(&leaves[..k]), naive_root(&leaves[k..]))
            }
        }
    }

    fn numbered(size: u64) -> Stored {
        Stored::of((0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect())
    }

    fn parsed(value: &Value) -> Result<Hash, NotAHash> {
        Hash::try_from(unhex(value.as_str().unwrap()).as_slice())
    }

    fn parsed_all(value: &Value) -> Result<Vec<Hash>, NotAHash> {
        value.as_array().unwrap().iter().map(parsed).collect()
    }

    fn golden() -> Value {
        let file = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/merkle-rfc6962-golden.json"
        ));
        serde_json::from_str(file).unwrap()
    }

    fn golden_tree(golden: &Value) -> Stored {
        let inputs = golden["leaf_inputs_hex"].as_array().unwrap();
        let leaf = |input: &Value| leaf_hash(&unhex(input.as_str().unwrap()));
        Stored::of(inputs.iter().map(leaf).collect())
    }

    fn probes(kind: &str) -> Vec<Value> {
        let file = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/merkle-verifier-probes.json"
        ));
        let mut probes: Value = serde_json::from_str(file).unwrap();
        let Value::Array(probes) = probes[kind].take() else {
            panic!("no probes of {kind}")
        };
        assert_eq!(probes.len(), 98);
        probes
    }

    fn number(value: &Value) -> u64 {
        value.as_str().unwrap().parse().unwrap()
    }

    #[test]
    fn leaves_and_roots_agree_with_the_golden_set() {
        let golden = golden();
        let tree = golden_tree(&golden);
        assert_eq!(tree.leaves, parsed_all(&golden["leaf_hashes"]).unwrap());
        let roots = parsed_all(&golden["roots_by_size"]).unwrap();
        assert_eq!(roots.len(), 9);
        for (size, expected) in (0..).zip(roots) {
            assert_eq!(root(size, tree.fetch()).unwrap(), expected);
        }
    }

    #[test]
    fn inclusion_proofs_agree_with_the_golden_set_and_verify() {
        let golden = golden();
        let tree = golden_tree(&golden);
        let vectors = golden["inclusion"].as_array().unwrap();
        assert_eq!(vectors.len(), 36);
        for vector in vectors {
            let index = vector["leaf_index"].as_u64().unwrap();
            let size = vector["tree_size"].as_u64().unwrap();
            let proof = inclusion_proof(index, size, tree.fetch()).unwrap();
            assert_eq!(Ok(&proof), parsed_all(&vector["proof"]).as_ref());
            let leaf = parsed(&vector["leaf_hash"]).unwrap();
            let root = parsed(&vector["root"]).unwrap();
            assert_eq!(verify_inclusion(index, size, leaf, &proof, root), Ok(()));
        }
    }

    #[test]
    fn consistency_proofs_agree_with_the_golden_set_and_verify() {
        let golden = golden();
        let tree = golden_tree(&golden);
        let vectors = golden["consistency"].as_array().unwrap();
        assert_eq!(vectors.len(), 36);
        for vector in vectors {
            let old = vector["size1"].as_u64().unwrap();
            let new = vector["size2"].as_u64().unwrap();
            let proof = consistency_proof(old, new, tree.fetch()).unwrap();
            assert_eq!(Ok(&proof), parsed_all(&vector["proof"]).as_ref());
            let old_root = parsed(&vector["root1"]).unwrap();
            let new_root = parsed(&vector["root2"]).unwrap();
            assert_eq!(
                verify_consistency(old, new, &proof, old_root, new_root),
                Ok(())
            );
        }
    }

    #[test]
    fn the_inclusion_verifier_answers_every_probe_rightly() {
        for probe in probes("inclusion") {
            let accepted = (|| {
                let (leaf, root) = (parsed(&probe["leaf_hash"])?, parsed(&probe["root"])?);
                let proof = parsed_all(&probe["proof"])?;
                let (index, size) = (number(&probe["leaf_index"]), number(&probe["tree_size"]));
                Ok::<_, NotAHash>(verify_inclusion(index, size, leaf, &proof, root).is_ok())
            })();
            let refused = probe["want_error"].as_bool().unwrap();
            assert_eq!(accepted.unwrap_or(false), !refused, "{}", probe["id"]);
        }
    }

    /// Some of these probes have "don't care" texts for roots, one of them in a proof that is good
    /// because the roots are equal. Their hashes stand in for such texts, so that the verifier is
    /// reached.
    #[test]
    fn the_consistency_verifier_answers_every_probe_rightly() {
        let root = |value: &Value| match unhex(value.as_str().unwrap()) {
            text if text.starts_with(b"don't care") => Ok(leaf_hash(&text)),
            bytes => Hash::try_from(bytes.as_slice()),
        };
        for probe in probes("consistency") {
            let accepted = (|| {
                let (old_root, new_root) = (root(&probe["root1"])?, root(&probe["root2"])?);
                let proof = parsed_all(&probe["proof"])?;
                let (old, new) = (number(&probe["size1"]), number(&probe["size2"]));
                let verdict = verify_consistency(old, new, &proof, old_root, new_root);
                Ok::<_, NotAHash>(verdict.is_ok())
            })();
            let refused = probe["want_error"].as_bool().unwrap();
            assert_eq!(accepted.unwrap_or(false), !refused, "{}", probe["id"]);
        }
    }

    /// All leaves are equal here, so all nodes of a level are, and 2^64 of them need no table.
    #[test]
    fn sizes_up_to_the_largest_number_are_handled() {
        let leaf = leaf_hash(b"");
        let levels: Vec<_> = std::iter::successors(Some(leaf), |&node| Some(node_hash(node, node)))
            .take(64)
            .collect();
        let fetch = |level: u8, _: u64| Ok::<_, Missing>(levels[usize::from(level)]);
        let root_of = |size| root(size, fetch).unwrap();
        let (half, max) = (1 << 63, u64::MAX);
        for (index, size) in [
            (0, max),
            (half, max),
            (max - 1, max),
            (7, half),
            (half, half + 1),
        ] {
            let proof = inclusion_proof(index, size, fetch).unwrap();
            assert_eq!(
                verify_inclusion(index, size, leaf, &proof, root_of(size)),
                Ok(())
            );
        }
        for (old, new) in [
            (1, max),
            (half, max),
            (half + 1, max),
            (max - 1, max),
            (max, max),
        ] {
            let proof = consistency_proof(old, new, fetch).unwrap();
            let verdict = verify_consistency(old, new, &proof, root_of(old), root_of(new));
            assert_eq!(verdict, Ok(()));
        }
    }

    #[test]
    fn a_size_or_an_index_outside_the_tree_has_no_proof() {
        let tree = numbered(4);
        for (index, size) in [(0, 0), (4, 4), (u64::MAX, 4)] {
            let proof = inclusion_proof(index, size, tree.fetch());
            assert!(matches!(proof, Err(ProofError::OutOfRange)));
        }
        for (old, new) in [(0, 0), (0, 4), (4, 3)] {
            let proof = consistency_proof(old, new, tree.fetch());
            assert!(matches!(proof, Err(ProofError::OutOfRange)));
        }
    }

    #[test]
    fn a_node_that_cannot_be_read_is_reported() {
        let proof = inclusion_proof(0, 8, numbered(4).fetch());
        assert!(matches!(proof, Err(ProofError::Fetch(Missing(2, 1)))));
    }

    #[test]
    fn a_hash_has_one_base64_form() {
        let text = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=";
        assert_eq!(Hash::from_base64(text).unwrap().to_base64(), text);
        for other in [
            "",
            "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg",
            "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyh=",
            "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz-Nw7_RgQyg=",
            "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
            "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQw==",
        ] {
            assert_eq!(Hash::from_base64(other), Err(NotAHash), "{other}");
        }
    }

    #[test]
    fn a_hash_is_shown_in_hexadecimal() {
        let shown = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(empty_root().to_string(), shown);
        assert_eq!(format!("{:?}", empty_root()), shown);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_tree_put_together_from_blocks_is_the_same_tree(size in 0..=300_u64, level in 0..6_u8) {
            let tree = numbered(size);
            let mut outer = Frontier::empty();
            for block in tree.leaves.chunks(1 << level) {
                let mut inner = Frontier::empty();
                block.iter().for_each(|&leaf| { inner.push(leaf); });
                for (level, hash) in inner.peaks() {
                    outer.push_subtree(level, hash);
                }
            }
            prop_assert_eq!(outer, Frontier::load(size, tree.fetch()).unwrap());
        }

        #[test]
        fn any_frontier_has_the_root_of_the_definition(size in 0..=300_u64) {
            let tree = numbered(size);
            let mut frontier = Frontier::empty();
            for (count, &leaf) in (0..).zip(&tree.leaves) {
                prop_assert_eq!(&Frontier::load(count, tree.fetch()).unwrap(), &frontier);
                frontier.push(leaf);
            }
            prop_assert_eq!(frontier.size(), size);
            prop_assert_eq!(frontier.root(), naive_root(&tree.leaves));
        }

        #[test]
        fn every_inclusion_proof_verifies_and_reads_few_nodes(size in 1..=300_u64) {
            let tree = numbered(size);
            let root = naive_root(&tree.leaves);
            for (index, &leaf) in (0..).zip(&tree.leaves) {
                let mut fetched = 0;
                let proof = inclusion_proof(index, size, |level, at| {
                    fetched += 1;
                    tree.fetch()(level, at)
                }).unwrap();
                prop_assert!(fetched <= 2 * size.ilog2() + 1);
                prop_assert_eq!(verify_inclusion(index, size, leaf, &proof, root), Ok(()));
            }
        }

        #[test]
        fn every_consistency_proof_verifies_and_reads_few_nodes(new in 1..=300_u64) {
            let tree = numbered(new);
            let new_root = naive_root(&tree.leaves);
            for old in 1..=new {
                let old_root = root(old, tree.fetch()).unwrap();
                let mut fetched = 0;
                let proof = consistency_proof(old, new, |level, at| {
                    fetched += 1;
                    tree.fetch()(level, at)
                }).unwrap();
                prop_assert!(fetched <= 2 * new.ilog2() + 1);
                prop_assert_eq!(verify_consistency(old, new, &proof, old_root, new_root), Ok(()));
            }
        }

        #[test]
        fn a_changed_inclusion_proof_fails(
            size in 2..=300_u64,
            index: Index,
            other: Index,
            at: Index,
            bit in 0..256_usize,
        ) {
            let tree = numbered(size);
            let root = naive_root(&tree.leaves);
            let index = index.index(size as usize);
            let other = other.index(size as usize);
            let leaf = tree.leaves[index];
            let proof = inclusion_proof(index as u64, size, tree.fetch()).unwrap();
            let verify = |index: usize, leaf, proof: &[Hash], root| {
                verify_inclusion(index as u64, size, leaf, proof, root)
            };
            let flip = |mut hash: Hash| {
                hash.0[bit / 8] ^= 1 << (bit % 8);
                hash
            };

            for changed in changed(&proof, at, flip) {
                prop_assert!(verify(index, leaf, &changed, root).is_err());
            }
            prop_assert_eq!(verify(index, flip(leaf), &proof, root), Err(VerifyError::WrongRoot));
            prop_assert_eq!(verify(index, leaf, &proof, flip(root)), Err(VerifyError::WrongRoot));
            prop_assert_eq!(verify(other, leaf, &proof, root).is_ok(), other == index);
        }

        #[test]
        fn a_changed_consistency_proof_fails(
            new in 2..=300_u64,
            old: Index,
            at: Index,
            bit in 0..256_usize,
        ) {
            let tree = numbered(new);
            let old = old.index(new as usize - 1) as u64 + 1;
            let old_root = root(old, tree.fetch()).unwrap();
            let new_root = root(new, tree.fetch()).unwrap();
            let proof = consistency_proof(old, new, tree.fetch()).unwrap();
            let flip = |mut hash: Hash| {
                hash.0[bit / 8] ^= 1 << (bit % 8);
                hash
            };

            for changed in changed(&proof, at, flip) {
                prop_assert!(verify_consistency(old, new, &changed, old_root, new_root).is_err());
            }
            prop_assert!(verify_consistency(old, new, &proof, flip(old_root), new_root).is_err());
            prop_assert!(verify_consistency(old, new, &proof, old_root, flip(new_root)).is_err());
        }
    }

    /// The proof with one hash changed, with one removed, and with one added.
    fn changed(proof: &[Hash], at: Index, flip: impl Fn(Hash) -> Hash) -> [Vec<Hash>; 3] {
        let at = at.index(proof.len());
        let mut changes = [(); 3].map(|()| proof.to_vec());
        changes[0][at] = flip(proof[at]);
        changes[1].remove(at);
        changes[2].insert(at, proof[at]);
        changes
    }
}

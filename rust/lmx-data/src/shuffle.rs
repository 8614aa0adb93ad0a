//! Seeded permutations, the same on every platform and in every version of this crate.
//!
//! The generator is ChaCha with 20 rounds, a 64-bit block counter from 0 and stream 0. Its 32-byte key is: the seed (8 bytes, little-endian), the
//! epoch (8 bytes, little-endian), the purpose (16 bytes of ASCII). The key stream is read as little-endian `u64`s. The permutation of `0..n` is
//! Fisher and Yates's, from the end: for `i` from `n − 1` down to 1, `j` is drawn uniformly from `0..=i` and places `i` and `j` are
//! exchanged. A uniform number below `m` is `x mod m` of the first `u64` `x` below the largest multiple of `m` that is at most 2^64 − 1.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The purpose of the shuffle of a training epoch.
pub const TRAIN: [u8; 16] = *b"lmx-data/shuffle";

/// The purpose of the split of `digits`.
pub const DIGITS: [u8; 16] = *b"lmx-data/digits\0";

/// The generator for a seed, an epoch and a purpose.
pub fn rng(seed: u64, epoch: u64, purpose: [u8; 16]) -> ChaCha20Rng {
    let mut key = [0; 32];
    let words = [seed.to_le_bytes(), epoch.to_le_bytes()].concat();
    for (k, b) in key.iter_mut().zip(words.into_iter().chain(purpose)) {
        *k = b;
    }
    ChaCha20Rng::from_seed(key)
}

/// A permutation of `0..n`.
pub fn permutation(n: u32, seed: u64, epoch: u64, purpose: [u8; 16]) -> Vec<u32> {
    let mut rng = rng(seed, epoch, purpose);
    let mut order: Vec<u32> = (0..n).collect();
    for i in (1..order.len()).rev() {
        let j = below(&mut rng, i as u64 + 1);
        order.swap(i, j as usize);
    }
    order
}

fn below(rng: &mut ChaCha20Rng, m: u64) -> u64 {
    let zone = u64::MAX - u64::MAX % m;
    loop {
        let x = rng.next_u64();
        if x < zone {
            return x % m;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From an independent implementation of the words above (RFC 8439's block function, in Python).
    #[test]
    fn permutations_are_pinned() {
        assert_eq!(permutation(10, 0, 0, TRAIN), [4, 5, 0, 9, 3, 1, 2, 6, 8, 7]);
        assert_eq!(
            permutation(10, 42, 7, TRAIN),
            [7, 6, 2, 4, 5, 0, 8, 1, 9, 3]
        );
        assert_eq!(
            permutation(10, u64::MAX, 1, DIGITS),
            [8, 2, 6, 1, 9, 5, 3, 4, 7, 0]
        );
    }

    #[test]
    fn every_permutation_of_three_is_as_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for seed in 0..6000 {
            *counts.entry(permutation(3, seed, 0, TRAIN)).or_insert(0u32) += 1;
        }
        assert_eq!(counts.len(), 6);
        // 1000 expected of each; five standard deviations are 144.
        assert!(
            counts.values().all(|&c| (856..1144).contains(&c)),
            "{counts:?}"
        );
    }

    #[test]
    fn small_ones() {
        assert_eq!(permutation(0, 1, 1, TRAIN), []);
        assert_eq!(permutation(1, 1, 1, TRAIN), [0]);
    }
}

//! Refresh tokens that this instance rotated, of sessions that it no longer has in memory.

use std::time::Duration;

use super::handle::TokenHash;
use crate::format::bounded_memory::BoundedMemory;
use crate::format::time::UnixMillis;

/// Longer than a request takes. A request that started with an older cookie must not send its refresh token
/// again: a provider that detects reuse would end the whole grant.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// About fifty bytes per entry, so 4 MiB at most. When it is full, the earliest entries are removed.
const CAPACITY: usize = 65_536;

pub(super) struct RotatedTokens(BoundedMemory<TokenHash>);

impl Default for RotatedTokens {
    fn default() -> Self {
        Self(BoundedMemory::new(CAPACITY, REMEMBERED))
    }
}

impl RotatedTokens {
    pub(super) fn insert(&mut self, tokens: impl Iterator<Item = TokenHash>, now: UnixMillis) {
        for token in tokens {
            self.0.insert(token, (), now);
        }
    }

    pub(super) fn contains(&self, token: &TokenHash) -> bool {
        self.0.contains(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn token(number: usize) -> TokenHash {
        let mut token = [0; 16];
        token[..8].copy_from_slice(&number.to_le_bytes());
        token
    }

    #[test]
    fn a_rotated_token_is_remembered_for_an_hour() {
        let mut rotated = RotatedTokens::default();
        rotated.insert([token(1)].into_iter(), NOW);
        assert!(rotated.contains(&token(1)));

        rotated.insert([token(2)].into_iter(), NOW.plus(REMEMBERED));

        assert!(!rotated.contains(&token(1)));
        assert!(rotated.contains(&token(2)));
    }

    #[test]
    fn memory_is_bounded_and_the_earliest_entry_is_evicted_first() {
        let mut rotated = RotatedTokens::default();
        rotated.insert((0..=CAPACITY).map(token), NOW);

        assert_eq!(rotated.0.len(), CAPACITY);
        assert!(!rotated.contains(&token(0)));
        assert!(rotated.contains(&token(CAPACITY)));
    }
}

//! The client assertions that were used, so that each one is accepted once (RFC 7523 section 3).

use std::collections::{BTreeSet, HashSet};

use ring::digest::{Context, SHA256};

/// How many assertions are remembered: some 10 MB. With the longest lifetime that the provider accepts,
/// this is enough for 200 requests per second.
const MAX_REMEMBERED: usize = 1 << 16;

type Hash = [u8; 32];

/// Assertions until they expire. If there are too many, the one that expires first is forgotten.
#[derive(Debug, Default)]
pub(crate) struct UsedAssertions {
    hashes: HashSet<Hash>,
    by_expiry: BTreeSet<(u64, Hash)>,
}

impl UsedAssertions {
    /// Remembers an assertion, and returns whether it was new. `expires_at` and `now` are in seconds since
    /// 1970.
    pub(crate) fn insert(&mut self, client_id: &str, jti: &str, expires_at: u64, now: u64) -> bool {
        let is_expired = |entry: &(u64, Hash)| entry.0 <= now;
        while self.by_expiry.first().is_some_and(is_expired) {
            self.forget_first();
        }
        let Some(hash) = hash(client_id, jti) else {
            return false;
        };
        if !self.hashes.insert(hash) {
            return false;
        }
        self.by_expiry.insert((expires_at, hash));
        if self.hashes.len() > MAX_REMEMBERED {
            self.forget_first();
        }
        true
    }

    fn forget_first(&mut self) {
        if let Some((_, hash)) = self.by_expiry.pop_first() {
            self.hashes.remove(&hash);
        }
    }
}

/// A hash has the same length for every `jti`, which the client may choose as long as it likes.
fn hash(client_id: &str, jti: &str) -> Option<Hash> {
    let mut context = Context::new(&SHA256);
    context.update(&client_id.len().to_be_bytes());
    context.update(client_id.as_bytes());
    context.update(jti.as_bytes());
    context.finish().as_ref().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_used_once_by_each_client() {
        let mut used = UsedAssertions::default();

        assert!(used.insert("shop", "1", 100, 50));
        assert!(!used.insert("shop", "1", 200, 50));
        assert!(used.insert("shop", "2", 100, 50));
        assert!(used.insert("blog", "1", 100, 50));
        assert!(!used.insert("shop", "1", 100, 99));
    }

    #[test]
    fn expired_assertions_are_forgotten() {
        let mut used = UsedAssertions::default();
        for number in 0..10 {
            assert!(used.insert("shop", &number.to_string(), 100, 50));
        }

        assert!(used.insert("shop", "later", 200, 100));

        assert_eq!((used.hashes.len(), used.by_expiry.len()), (1, 1));
    }

    #[test]
    fn the_memory_is_bounded_and_the_first_to_expire_is_forgotten() {
        let mut used = UsedAssertions::default();
        used.insert("shop", "first", 100, 50);
        for number in 0..MAX_REMEMBERED {
            assert!(used.insert("shop", &number.to_string(), 200, 50));
        }

        assert_eq!(used.hashes.len(), MAX_REMEMBERED);
        assert_eq!(used.by_expiry.len(), MAX_REMEMBERED);
        assert!(!used.insert("shop", "0", 200, 50));
        assert!(used.insert("shop", "first", 100, 50));
    }
}

//! Transactions whose code was sent. A code must not be sent twice (RFC 6749 section 4.1.2).

use super::submitted::Id;
use crate::format::bounded_memory::BoundedMemory;
use crate::format::time::UnixMillis;
use crate::sign_in::transaction;

/// About sixty bytes per entry, so 4 MiB at most. When it is full, the earliest entries are removed. Each entry
/// took a token request to the provider, so a flood of entries is slow.
const CAPACITY: usize = 65_536;

pub(super) struct UsedTransactions(BoundedMemory<Id>);

impl Default for UsedTransactions {
    fn default() -> Self {
        Self(BoundedMemory::new(CAPACITY, transaction::LIFETIME))
    }
}

impl UsedTransactions {
    /// Remembers `id` for as long as a transaction that starts now would be valid, so for at least as long as
    /// this one is valid.
    pub(super) fn insert(&mut self, id: Id, now: UnixMillis) {
        self.0.insert(id, (), now);
    }

    pub(super) fn contains(&self, id: &Id) -> bool {
        self.0.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn id(number: usize) -> Id {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_le_bytes());
        id
    }

    #[test]
    fn a_used_transaction_is_remembered_for_ten_minutes() {
        let mut used = UsedTransactions::default();
        used.insert(id(1), NOW);

        used.insert(id(2), NOW.plus(transaction::LIFETIME / 2));
        assert!(used.contains(&id(1)));
        used.insert(id(3), NOW.plus(transaction::LIFETIME));
        assert!(!used.contains(&id(1)));
        assert_eq!(used.0.len(), 2);
    }

    #[test]
    fn the_last_65536_used_transactions_are_remembered_and_no_more() {
        let mut used = UsedTransactions::default();
        for number in 0..=65_536 {
            used.insert(id(number), NOW);
            used.insert(id(number), NOW);
        }

        assert_eq!(used.0.len(), 65_536);
        assert!(!used.contains(&id(0)));
        assert!(used.contains(&id(1)));
        assert!(used.contains(&id(65_536)));
    }
}

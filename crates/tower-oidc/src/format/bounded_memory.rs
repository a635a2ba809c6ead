//! A map that forgets: its entries expire, and when it is full the oldest one makes room.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use super::time::UnixMillis;

/// Remembers up to `capacity` entries, each for `lifetime`. Without values it is a set.
///
/// Expired entries are removed by the next insertion and found until then: they cost memory that is
/// bounded anyway, and readers need no clock.
pub(crate) struct BoundedMemory<K, V = ()> {
    capacity: usize,
    lifetime: Duration,
    entries: HashMap<K, V>,
    /// The keys of `entries` with the times of their insertions, in the order of the insertions.
    order: VecDeque<(UnixMillis, K)>,
}

impl<K: Copy + Eq + Hash, V> BoundedMemory<K, V> {
    /// With a `lifetime` of [`Duration::MAX`], entries do not expire.
    pub(crate) fn new(capacity: usize, lifetime: Duration) -> Self {
        Self {
            capacity,
            lifetime,
            entries: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Remembers `key`, and returns whether it was new. If it is remembered already, its value and the
    /// time of its insertion stay.
    ///
    /// If the clock was set back, entries from before that live longer by as much, and so do those
    /// behind them; the capacity holds at any time.
    pub(crate) fn insert(&mut self, key: K, value: V, now: UnixMillis) -> bool {
        while let Some(&(inserted_at, _)) = self.order.front()
            && now.since(inserted_at) >= self.lifetime
        {
            self.remove_oldest();
        }
        if self.entries.contains_key(&key) {
            return false;
        }
        if self.order.len() >= self.capacity {
            self.remove_oldest();
        }
        self.entries.insert(key, value);
        self.order.push_back((now, key));
        true
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// Forgets `key` before its time. Walks through all keys if it is there, so this is for rare cases.
    pub(crate) fn remove(&mut self, key: &K) {
        if self.entries.remove(key).is_some() {
            // If it stayed, it would remove a later entry with the same key too early.
            self.order.retain(|(_, other)| other != key);
        }
    }

    fn remove_oldest(&mut self) {
        if let Some((_, oldest)) = self.order.pop_front() {
            self.entries.remove(&oldest);
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        assert_eq!(self.entries.len(), self.order.len());
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const HOUR: Duration = Duration::from_secs(3600);
    const MINUTE: Duration = Duration::from_secs(60);

    fn memory<V>() -> BoundedMemory<u8, V> {
        BoundedMemory::new(3, HOUR)
    }

    #[test]
    fn a_new_entry_replaces_the_oldest_when_the_memory_is_full() {
        let mut memory = memory();
        for key in 1..=5 {
            assert!(memory.insert(key, (), NOW));
        }

        assert_eq!(memory.len(), 3);
        let remembered: Vec<_> = (1..=5).filter(|key| memory.contains(key)).collect();
        assert_eq!(remembered, [3, 4, 5]);
    }

    #[test]
    fn an_insertion_removes_expired_entries_and_no_others() {
        let mut memory = memory();
        memory.insert(1, (), NOW);
        memory.insert(2, (), NOW.plus(MINUTE));

        memory.insert(3, (), NOW.plus(HOUR - MINUTE));
        assert_eq!(memory.len(), 3);
        memory.insert(4, (), NOW.plus(HOUR));

        assert!(!memory.contains(&1));
        assert!(memory.contains(&2));
        assert_eq!(memory.len(), 3);
    }

    #[test]
    fn a_repeated_insertion_keeps_the_value_and_the_time_and_evicts_nothing() {
        let mut memory = memory();
        for key in 1..=3 {
            memory.insert(key, "first", NOW);
        }

        assert!(!memory.insert(3, "second", NOW.plus(HOUR - MINUTE)));
        assert_eq!(memory.get(&3), Some(&"first"));
        assert_eq!(memory.len(), 3);

        assert!(memory.insert(3, "third", NOW.plus(HOUR)));
        assert_eq!(memory.get(&3), Some(&"third"));
        assert_eq!(memory.len(), 1);
    }

    #[test]
    fn a_removed_key_can_be_inserted_anew_for_a_whole_lifetime() {
        let mut memory = memory();
        memory.insert(1, (), NOW);
        memory.remove(&1);
        memory.remove(&2);
        assert_eq!(memory.len(), 0);

        assert!(memory.insert(1, (), NOW.plus(MINUTE)));
        memory.insert(2, (), NOW.plus(HOUR));

        assert!(memory.contains(&1));
    }

    #[test]
    fn a_clock_that_is_set_back_expires_nothing_early_and_the_capacity_holds() {
        let mut memory = memory();
        memory.insert(1, (), NOW.plus(HOUR));
        memory.insert(2, (), NOW);
        memory.insert(3, (), NOW.plus(HOUR));
        assert_eq!(memory.len(), 3);

        memory.insert(4, (), NOW);
        assert_eq!(memory.len(), 3);
        assert!(!memory.contains(&1));

        memory.insert(5, (), NOW.plus(HOUR));
        assert!(!memory.contains(&2));
        assert!(memory.contains(&3));
    }

    #[test]
    fn entries_without_a_lifetime_never_expire() {
        let mut memory = BoundedMemory::new(3, Duration::MAX);
        memory.insert(1, (), UnixMillis(0));
        memory.insert(2, (), UnixMillis(u64::MAX));

        assert!(memory.contains(&1));
    }
}

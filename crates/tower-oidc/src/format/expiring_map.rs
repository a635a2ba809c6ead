//! A bounded map whose entries expire, each at its own time.

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::time::Duration;

use super::time::UnixMillis;

/// Holds up to `capacity` entries. An insertion removes those that have expired, and if the map is still full, the
/// one that expires first.
///
/// [`BoundedMemory`](super::bounded_memory::BoundedMemory) is for entries that all live equally long. It needs no order
/// but that of the insertions, so it takes less memory and constant time. It also has other rules: a repeated insertion
/// changes nothing, and reading needs no clock. One type for both would have two kinds of insertion and of reading, of
/// which each user may call one.
pub(crate) struct ExpiringMap<K, V> {
    capacity: usize,
    entries: HashMap<K, (UnixMillis, V)>,
    /// The keys of `entries`, the one that expires first being the first.
    by_end: BTreeSet<(UnixMillis, K)>,
}

impl<K: Clone + Eq + Hash + Ord, V> ExpiringMap<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            entries: HashMap::new(),
            by_end: BTreeSet::new(),
        }
    }

    pub(crate) fn get<Q>(&self, key: &Q, now: UnixMillis) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (end, value) = self.entries.get(key)?;
        (now < *end).then_some(value)
    }

    /// How long the entry is still kept.
    pub(crate) fn rest<Q>(&self, key: &Q, now: UnixMillis) -> Duration
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let entry = self.entries.get(key);
        entry.map_or(Duration::ZERO, |(end, _)| end.since(now))
    }

    /// Inserts or replaces an entry, which expires after `keep_for`.
    pub(crate) fn insert(&mut self, key: K, value: V, now: UnixMillis, keep_for: Duration) {
        self.remove(&key);
        while let Some((end, _)) = self.by_end.first()
            && (*end <= now || self.entries.len() >= self.capacity)
        {
            self.remove_first();
        }
        let end = now.plus(keep_for);
        self.by_end.insert((end, key.clone()));
        self.entries.insert(key, (end, value));
    }

    pub(crate) fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (key, (end, value)) = self.entries.remove_entry(key)?;
        self.by_end.remove(&(end, key));
        Some(value)
    }

    /// Removes one entry that has expired, and returns its value.
    pub(crate) fn remove_ended(&mut self, now: UnixMillis) -> Option<V> {
        let first = self.by_end.first();
        if first.is_some_and(|(end, _)| *end <= now) {
            return self.remove_first();
        }
        None
    }

    /// Removes the entry that expires first, and returns its value.
    pub(crate) fn remove_first(&mut self) -> Option<V> {
        let (_, key) = self.by_end.pop_first()?;
        let (_, value) = self.entries.remove(&key)?;
        Some(value)
    }

    /// All entries, the one that expires first being the first, with those that have expired.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.by_end.iter().filter_map(|(_, key)| {
            let (_, value) = self.entries.get(key)?;
            Some((key, value))
        })
    }

    /// Whether there is an entry, which may have expired.
    pub(crate) fn contains<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.entries.contains_key(key)
    }

    /// The value of an entry, which may have expired.
    pub(crate) fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.entries.get_mut(key).map(|(_, value)| value)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether an insertion of a new key evicts no entry that is still kept.
    pub(crate) fn has_room(&self, now: UnixMillis) -> bool {
        let first = self.by_end.first();
        !self.is_full() || first.is_some_and(|(end, _)| *end <= now)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= self.capacity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn the_entry_that_expires_first_makes_room() {
        let mut map = ExpiringMap::new(2);
        map.insert(1, "long", NOW, HOUR * 3);
        map.insert(2, "short", NOW, HOUR);
        assert!(map.is_full());

        map.insert(3, "new", NOW, HOUR * 2);

        assert_eq!(map.len(), 2);
        assert_eq!(map.get(&1, NOW), Some(&"long"));
        assert_eq!(map.get(&2, NOW), None);
        assert_eq!(map.iter().next(), Some((&3, &"new")));
    }

    #[test]
    fn an_entry_is_found_until_its_end_and_a_replaced_one_until_its_new_end() {
        let mut map = ExpiringMap::new(2);
        map.insert(1, "old", NOW, HOUR);
        map.insert(2, "other", NOW, HOUR);
        map.insert(1, "new", NOW, HOUR * 2);

        let later = NOW.plus(HOUR);
        assert_eq!(map.get(&1, later), Some(&"new"));
        assert_eq!(map.get(&2, later), None);
        assert_eq!(map.rest(&1, later), HOUR);
        map.remove(&1);
        map.insert(3, "third", later, HOUR);
        assert_eq!(map.len(), 1);
    }
}

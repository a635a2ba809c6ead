//! The sessions of a `MemoryStore`, limited in number and in bytes.

use std::sync::Arc;
use std::time::Duration;

use super::StoredRecord;
use crate::format::expiring_map::ExpiringMap;
use crate::format::time::UnixMillis;

/// The bytes that a record takes in addition to its value: its name, its times and its places in two maps.
const OVERHEAD: usize = 256;

pub(super) struct MemoryRecords {
    records: ExpiringMap<Arc<str>, StoredRecord>,
    bytes: usize,
    pub(super) max_bytes: usize,
}

/// A record that is larger than all of them may be together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RecordTooLarge;

impl MemoryRecords {
    pub(super) fn new(capacity: usize, max_bytes: usize) -> Self {
        Self {
            records: ExpiringMap::new(capacity),
            bytes: 0,
            max_bytes,
        }
    }

    pub(super) fn get(&self, id: &str, now: UnixMillis) -> Option<&StoredRecord> {
        self.records.get(id, now)
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// What they take together.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Inserts or replaces a record. Those that expire first make room. One that is too large changes nothing.
    pub(super) fn insert(
        &mut self,
        id: String,
        record: StoredRecord,
        now: UnixMillis,
        keep_for: Duration,
    ) -> Result<(), RecordTooLarge> {
        let size = size(&record);
        if size > self.max_bytes {
            return Err(RecordTooLarge);
        }
        self.remove(&id);
        while let Some(ended) = self.records.remove_ended(now) {
            self.removed(&ended);
        }
        while self.records.is_full() || self.bytes.saturating_add(size) > self.max_bytes {
            let Some(first) = self.records.remove_first() else {
                break;
            };
            self.removed(&first);
        }
        self.bytes = self.bytes.saturating_add(size);
        self.records.insert(id.into(), record, now, keep_for);
        Ok(())
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Some(record) = self.records.remove(id) {
            self.removed(&record);
        }
    }

    fn removed(&mut self, record: &StoredRecord) {
        self.bytes = self.bytes.saturating_sub(size(record));
    }
}

fn size(record: &StoredRecord) -> usize {
    record.value.len().saturating_add(OVERHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    /// Room for three records of 1,000 bytes, with their overhead.
    fn records() -> MemoryRecords {
        MemoryRecords::new(10, 3 * (1_000 + OVERHEAD))
    }

    fn record(bytes: usize) -> StoredRecord {
        StoredRecord::new(1, vec![b'r'; bytes])
    }

    fn ids(records: &MemoryRecords) -> Vec<&str> {
        let ids = ["a", "b", "c", "d"].into_iter();
        ids.filter(|id| records.get(id, NOW).is_some()).collect()
    }

    #[test]
    fn records_that_expire_first_make_room_for_the_bytes_of_a_new_one() {
        let mut records = records();
        for (hours, id) in [(3, "a"), (1, "b"), (2, "c")] {
            let inserted = records.insert(id.to_owned(), record(1_000), NOW, HOUR * hours);
            inserted.unwrap();
        }
        assert_eq!(ids(&records), ["a", "b", "c"]);

        records
            .insert("d".to_owned(), record(1_001), NOW, HOUR)
            .unwrap();

        assert_eq!(ids(&records), ["a", "d"]);
        assert!(records.bytes() <= records.max_bytes);
    }

    #[test]
    fn bytes_of_replaced_removed_evicted_and_expired_records_are_free_again() {
        let mut records = records();
        for _ in 0..10 {
            records
                .insert("a".to_owned(), record(1_000), NOW, HOUR)
                .unwrap();
        }
        assert_eq!((records.len(), records.bytes()), (1, 1_000 + OVERHEAD));
        records
            .insert("b".to_owned(), record(500), NOW, HOUR * 2)
            .unwrap();
        records.remove("a");
        records.remove("a");
        assert_eq!(records.bytes(), 500 + OVERHEAD);

        let later = NOW.plus(HOUR * 2);
        for number in 0..20 {
            records
                .insert(number.to_string(), record(1), later, HOUR)
                .unwrap();
        }

        // Ten have room, by their number.
        assert_eq!((records.len(), records.bytes()), (10, 10 * (1 + OVERHEAD)));
    }

    #[test]
    fn a_record_that_is_larger_than_the_limit_is_refused_and_removes_none() {
        let mut records = records();
        records
            .insert("a".to_owned(), record(1_000), NOW, HOUR)
            .unwrap();
        let large = || record(4_000);

        for id in ["a", "b"] {
            let inserted = records.insert(id.to_owned(), large(), NOW, HOUR);
            assert_eq!(inserted, Err(RecordTooLarge));
        }

        let kept = records.get("a", NOW).map(|it| it.value.len());
        assert_eq!((records.len(), kept), (1, Some(1_000)));
    }
}

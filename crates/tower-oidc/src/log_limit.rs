//! Limits for log lines that any client can cause: one line of a kind every ten seconds, which says how
//! many were left out since the line before.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use relying_party::Clock;

use crate::format::time::UnixMillis;

/// Short enough that an operator who reloads a failing page sees its line, and long enough that a flood
/// of requests writes less than a line per second, however many kinds of lines it causes.
const INTERVAL: Duration = Duration::from_secs(10);

/// More than there are kinds of lines. Kinds that find no slot share the last one.
const SLOTS: usize = 128;

/// No line of this kind has been written.
const NEVER: u64 = u64::MAX;

/// What a line is about, and the stable code of its cause (empty if there is only one). Each pair has its
/// own limit, so that a flood of one kind does not hide the lines of another. Both are fixed
/// texts of this program, so a client cannot make up pairs.
pub(crate) type Key = (&'static str, &'static str);

/// When each kind of line was last written; one for all origins of a layer.
///
pub(crate) struct LogLimits {
    slots: [Slot; SLOTS],
}

/// Limits log lines by a clock. Use it through [`limited`].
pub(crate) struct LogLimiter {
    limits: LogLimits,
    clock: Arc<dyn Clock>,
}

impl LogLimiter {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            limits: LogLimits::default(),
            clock,
        }
    }

    /// Whether a line of this kind may be written now; if so, how many were left out before it.
    pub(crate) fn allow(&self, key: Key) -> Option<u64> {
        self.limits.allow(key, UnixMillis::of(self.clock.now()))
    }
}

struct Slot {
    key: OnceLock<Key>,
    /// Milliseconds since the Unix epoch.
    written_at: AtomicU64,
    omitted: AtomicU64,
}

impl LogLimits {
    /// Whether a line of this kind may be written now; if so, how many were left out before it.
    pub(crate) fn allow(&self, key: Key, now: UnixMillis) -> Option<u64> {
        let slot = self.slot(key)?;
        let written_at = slot.written_at.load(Ordering::Relaxed);
        // The difference in both directions: a clock that was set back must not silence the log.
        let is_due =
            written_at == NEVER || Duration::from_millis(now.0.abs_diff(written_at)) >= INTERVAL;
        let is_first = || {
            slot.written_at
                .compare_exchange(written_at, now.0, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        };
        if is_due && is_first() {
            return Some(slot.omitted.swap(0, Ordering::Relaxed));
        }
        slot.omitted.fetch_add(1, Ordering::Relaxed);
        None
    }

    fn slot(&self, key: Key) -> Option<&Slot> {
        let own = self
            .slots
            .iter()
            .find(|slot| *slot.key.get_or_init(|| key) == key);
        own.or_else(|| self.slots.last())
    }
}

impl Default for LogLimits {
    fn default() -> Self {
        Self {
            slots: std::array::from_fn(|_| Slot {
                key: OnceLock::new(),
                written_at: AtomicU64::new(NEVER),
                omitted: AtomicU64::new(0),
            }),
        }
    }
}

/// Writes a line that any client can cause: `limited!(warn, owner, (what, code), fields…, "message")`,
/// where `owner.log` is a [`LogLimiter`].
///
/// Within ten seconds of a line of the same key it is written at DEBUG instead, and the next one has a
/// field `omitted` with the number of those.
macro_rules! limited {
    ($level:ident, $owner:expr, $key:expr, $($event:tt)+) => {
        match $owner.log.allow($key) {
            Some(0) => tracing::$level!($($event)+),
            Some(omitted) => tracing::$level!(omitted, $($event)+),
            None => tracing::debug!($($event)+),
        }
    };
}
pub(crate) use limited;

/// For a fault of the configuration that is met where no layer's clock is at hand: the first, second,
/// fourth, eighth… occurrence is written.
pub(crate) struct Occurrences(AtomicU64);

impl Occurrences {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// How many there were with this one, if it is to be written.
    pub(crate) fn count(&self) -> Option<u64> {
        let count = self.0.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        count.is_power_of_two().then_some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const KEY: Key = ("callback", "id_token.nonce");

    #[test]
    fn one_line_of_a_kind_is_written_in_ten_seconds_and_counts_the_others() {
        let limits = LogLimits::default();
        let almost = NOW.plus(INTERVAL - Duration::from_millis(1));

        assert_eq!(limits.allow(KEY, NOW), Some(0));
        for _ in 0..1_000 {
            assert_eq!(limits.allow(KEY, almost), None);
        }
        assert_eq!(limits.allow(KEY, NOW.plus(INTERVAL)), Some(1_000));
        assert_eq!(limits.allow(KEY, NOW.plus(INTERVAL * 2)), Some(0));
    }

    #[test]
    fn a_flood_of_one_kind_does_not_hide_another() {
        let limits = LogLimits::default();
        assert_eq!(limits.allow(KEY, NOW), Some(0));

        assert_eq!(limits.allow(("callback", "id_token.aud"), NOW), Some(0));
        assert_eq!(limits.allow(("sign_in", "id_token.nonce"), NOW), Some(0));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_silence_the_log() {
        let limits = LogLimits::default();
        assert_eq!(limits.allow(KEY, NOW), Some(0));

        assert_eq!(limits.allow(KEY, UnixMillis(NOW.0 - 3_600_000)), Some(0));
    }

    #[test]
    fn kinds_that_find_no_slot_are_limited_together() {
        let limits = LogLimits::default();
        let mut written = 0;
        for number in 0..(SLOTS * 2) {
            let code: &'static str = number.to_string().leak();
            written += usize::from(limits.allow(("test", code), NOW).is_some());
        }

        assert_eq!(written, SLOTS);
    }

    #[test]
    fn repeated_occurrences_are_written_ever_more_rarely() {
        let occurrences = Occurrences::new();

        let written: Vec<_> = (0..100).filter_map(|_| occurrences.count()).collect();

        assert_eq!(written, [1, 2, 4, 8, 16, 32, 64]);
    }
}

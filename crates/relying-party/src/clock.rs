//! Where the time comes from.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time.
///
/// Everything in this crate that depends on the time takes it from here, so that a test decides it.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present time.
    fn now(&self) -> SystemTime;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the name of a unit struct is its constructor"
)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that all others stand for"
    )]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Whole seconds since 1970-01-01T00:00:00Z, as a NumericDate of RFC 7519 section 2 counts them.
///
/// A time before 1970 is 0: a clock that wrong makes every token "issued in the future".
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// By how much a time in a token is off, for the log. All are seconds.
pub(crate) fn clock_difference(claim: &str, time: u64, now: u64, leeway: u64) -> String {
    let seconds = time.abs_diff(now);
    let direction = if time > now { "ahead of" } else { "behind" };
    format!("{claim} is {seconds} s {direction} this clock; {leeway} s are allowed")
}

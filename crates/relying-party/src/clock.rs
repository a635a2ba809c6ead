//! The source of the current time.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A source of the current time.
///
/// Everything in this crate that depends on the wall clock uses it, so that a test can set the time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the current time.
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
        reason = "this is the clock of the operating system"
    )]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Returns whole seconds since 1970-01-01T00:00:00Z, the NumericDate of RFC 7519 section 2.
///
/// A time before 1970 is 0: with a clock that wrong, every token is "issued in the future".
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Describes for the log by how much a time in a token differs from the clock. All values are seconds.
pub(crate) fn clock_difference(claim: &str, time: u64, now: u64, leeway: u64) -> String {
    let seconds = time.abs_diff(now);
    let direction = if time > now { "ahead of" } else { "behind" };
    format!("{claim} is {seconds} s {direction} this clock; {leeway} s are allowed")
}

//! The log of failed fetches.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::error::Error;

/// The shortest time between two log lines about the same failure.
const INTERVAL: Duration = Duration::from_secs(10);

/// Logs failed fetches, without a new line at every fetch while a failure lasts.
#[derive(Debug, Default)]
pub(super) struct FailureLog(Mutex<Option<LastFailure>>);

#[derive(Debug)]
struct LastFailure {
    code: &'static str,
    logged_at: SystemTime,
    omitted: u64,
}

impl FailureLog {
    /// Logs a failed fetch, unless one with the same code was logged less than ten seconds ago. The
    /// next line has the number of those that were omitted.
    pub(super) fn log(&self, error: &Error, now: SystemTime) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut omitted = 0;
        if let Some(last) = &mut *last
            && last.code == error.code()
        {
            let age = now.duration_since(last.logged_at);
            if age.is_ok_and(|age| age < INTERVAL) {
                last.omitted = last.omitted.saturating_add(1);
                return;
            }
            omitted = last.omitted;
        }
        *last = Some(LastFailure {
            code: error.code(),
            logged_at: now,
            omitted: 0,
        });
        drop(last);
        tracing::warn!(
            %error,
            code = error.code(),
            omitted,
            "a document of the provider could not be fetched; the previous one is used for up to a \
             day, and sign-ins that need a newer one fail"
        );
    }
}

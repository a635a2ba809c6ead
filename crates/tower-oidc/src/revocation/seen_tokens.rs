//! The logout tokens that were used at this instance: each has one effect.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::key::RevocationKey;
use crate::format::expiring_map::ExpiringMap;
use crate::format::time::UnixMillis;

/// About 150 bytes each. Only tokens that the provider has signed get here, and each for some minutes.
const CAPACITY: usize = 16_384;

pub(super) struct SeenTokens(Mutex<ExpiringMap<RevocationKey, ()>>);

impl SeenTokens {
    pub(super) fn new() -> Self {
        Self(Mutex::new(ExpiringMap::new(CAPACITY)))
    }

    /// Whether the token was not used here before. It is remembered for as long as it is valid.
    pub(super) fn is_first_use(
        &self,
        token: RevocationKey,
        now: UnixMillis,
        valid_for: Duration,
    ) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = seen.get(&token, now).is_none();
        if is_first {
            seen.insert(token, (), now, valid_for);
        }
        is_first
    }
}

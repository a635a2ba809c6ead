//! The circuit of a provider's token endpoint: a provider that hangs must not delay requests that can continue without
//! a new token.

use std::time::Duration;

use crate::circuit_breaker::{CircuitBreaker, CircuitChange, CircuitRules};

/// A token request takes some tenths of a second. One that takes longer than this opens the circuit. While
/// it is open, no caller whose refresh is optional waits for longer than this.
pub(super) const SLOW_AFTER: Duration = Duration::from_secs(2);

const RULES: CircuitRules = CircuitRules {
    slow_after: SLOW_AFTER,
    opens_after: 1,
    // Enough to notice at once that the provider answers again, or answers all but one request; few enough that a
    // provider that hangs delays only a few users.
    max_probes: 16,
    pause: Duration::ZERO,
};

/// A closed circuit for the token requests to one provider.
pub(crate) fn token_circuit() -> CircuitBreaker {
    CircuitBreaker::new(RULES, |change| {
        if change == CircuitChange::Opened {
            tracing::warn!(
                "the provider's token endpoint has not answered for 2 seconds: until it does, requests \
                 that can continue without a new token hardly wait for it"
            );
        }
    })
}

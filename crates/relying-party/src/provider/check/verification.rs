//! How an ID token is verified.

use std::time::Duration;

use crate::config_error::ConfigError;
use crate::provider::Provider;

const MAX_LEEWAY: Duration = Duration::from_secs(300);

pub(super) fn check(provider: &Provider) -> Result<(), ConfigError> {
    if provider.leeway > MAX_LEEWAY {
        return Err(ConfigError::new(
            "leeway",
            "must be at most 5 minutes",
            "correct the clocks instead",
        ));
    }
    if provider.algorithms.as_ref().is_some_and(Vec::is_empty) {
        return Err(ConfigError::new(
            "algorithms",
            "must not be empty",
            "name the algorithms, or do not set it",
        ));
    }
    Ok(())
}

//! The checked lifetimes of a session.

use std::time::Duration;

use crate::config_error::ConfigError;
use crate::session::lifetime::Lifetimes;

/// Browsers limit a cookie's lifetime to 400 days (RFC 6265bis section 5.5).
const MAX_LIFETIME: Duration = Duration::from_secs(400 * 86_400);

pub(super) fn lifetimes(idle: Duration, absolute: Duration) -> Result<Lifetimes, ConfigError> {
    let minute = Duration::from_secs(60);
    for (setting, lifetime) in [("idle_lifetime", idle), ("absolute_lifetime", absolute)] {
        if lifetime < minute || lifetime > MAX_LIFETIME {
            return Err(ConfigError::new(
                setting,
                "must be from one minute to 400 days, the longest that browsers keep a cookie",
            ));
        }
    }
    if idle > absolute {
        return Err(ConfigError::new(
            "idle_lifetime",
            "must not be longer than absolute_lifetime, which ends the session anyway",
        ));
    }
    Ok(Lifetimes { idle, absolute })
}

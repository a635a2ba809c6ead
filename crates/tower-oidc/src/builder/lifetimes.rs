//! The checked lifetimes of a session.

use std::time::{Duration, UNIX_EPOCH};

use super::AuthLayerBuilder;
use crate::config_error::ConfigError;
use crate::format::time::UnixMillis;
use crate::session::lifetime::Lifetimes;

/// Browsers limit a cookie's lifetime to 400 days (RFC 6265bis section 5.5).
const MAX_LIFETIME: Duration = Duration::from_secs(400 * 86_400);

pub(super) fn lifetimes(builder: &AuthLayerBuilder) -> Result<Lifetimes, ConfigError> {
    let (idle, absolute) = (builder.idle_lifetime, builder.absolute_lifetime);
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
    Ok(Lifetimes {
        idle,
        absolute,
        sessions_since: sessions_since(builder)?,
    })
}

fn sessions_since(builder: &AuthLayerBuilder) -> Result<UnixMillis, ConfigError> {
    let time = builder.sessions_since.unwrap_or(UNIX_EPOCH);
    if time > builder.clock.now() {
        return Err(ConfigError::new(
            "sessions_since",
            "must not be in the future, because sign-ins until then would have no effect: give the current \
             time or an earlier one",
        ));
    }
    Ok(UnixMillis::of(time))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::format::manual_clock::ManualClock;
    use crate::layer::AuthLayer;

    #[test]
    fn a_time_in_the_future_since_which_sessions_count_is_refused() {
        let now = UnixMillis(1_795_000_000_000);
        let since = |time: UnixMillis| {
            let mut builder = AuthLayer::builder().sessions_since(time.to_system_time());
            builder.clock = Arc::new(ManualClock::at(now));
            lifetimes(&builder)
        };

        assert_eq!(since(now).unwrap().sessions_since, now);
        let error = since(UnixMillis(now.0 + 1)).unwrap_err();
        assert_eq!(error.setting(), "sessions_since");
    }
}

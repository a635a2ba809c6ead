//! The checked times of a refresh.

use relying_party::Provider;

use super::AuthLayerBuilder;
use super::provider_client::RegisteredClient;
use crate::config_error::ConfigError;
use crate::refresh::{InvalidWait, RefreshTimes};

/// The lock at a coordinator lasts as long as a request to the slowest provider may.
pub(super) fn refresh_times(
    builder: &AuthLayerBuilder,
    clients: &[RegisteredClient],
) -> Result<RefreshTimes, ConfigError> {
    let lifetimes = clients.iter().map(|it| it.relying_party.request_lifetime());
    let of_resolved = builder.providers.resolver.as_ref().map(|_| {
        let lifetime = builder.refresh_request_lifetime;
        lifetime.unwrap_or(Provider::DEFAULT_REQUEST_LIFETIME)
    });
    let longest = lifetimes.chain(of_resolved).max().unwrap_or_default();
    let store_timeout = builder.stores.timeout_before_a_refresh();
    RefreshTimes::new(builder.refresh_wait, longest, store_timeout).map_err(|InvalidWait| {
        ConfigError::new("refresh_wait", "must be from one second to a minute")
    })
}

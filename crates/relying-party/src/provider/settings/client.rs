//! The client's registration at the provider, and how requests are sent.

use std::time::Duration;

use crate::client_auth;
use crate::config_error::ConfigError;
use crate::http_client::is_user_agent;
use crate::provider::Provider;
use crate::secret::Secret;

/// Together with the time in the queue, it must be shorter than the lock that a refresh coordinator
/// holds.
const MAX_REQUEST_LIFETIME: Duration = Duration::from_secs(60);
const MIN_REQUEST_LIFETIME: Duration = Duration::from_secs(1);

pub(super) fn check(provider: &Provider) -> Result<(), ConfigError> {
    check_registration(provider)?;
    check_request_lifetime(provider.request_lifetime)?;
    check_user_agent(provider.user_agent.as_deref())
}

fn check_registration(provider: &Provider) -> Result<(), ConfigError> {
    let id_is_visible = provider
        .client_id
        .bytes()
        .all(|byte| (0x20..=0x7e).contains(&byte));
    if provider.client_id.is_empty() || !id_is_visible {
        return Err(ConfigError::new(
            "client_id",
            "must be ASCII and not empty",
            "copy it from the provider's console",
        ));
    }
    let secret = provider.client_secret.as_ref().map(Secret::expose);
    if secret.is_some_and(str::is_empty) {
        return Err(ConfigError::new(
            "client_secret",
            "must not be empty",
            "copy it from the provider's console, or do not set it for a public client",
        ));
    }
    client_auth::check(provider)
}

fn check_request_lifetime(lifetime: Duration) -> Result<(), ConfigError> {
    if (MIN_REQUEST_LIFETIME..=MAX_REQUEST_LIFETIME).contains(&lifetime) {
        return Ok(());
    }
    Err(ConfigError::new(
        "request_lifetime",
        "must be from one second to a minute",
        "remove it for the default of one minute, or set the longest time that this host allows a request",
    ))
}

fn check_user_agent(user_agent: Option<&str>) -> Result<(), ConfigError> {
    if user_agent.is_none_or(is_user_agent) {
        return Ok(());
    }
    Err(ConfigError::new(
        "user_agent",
        "must be visible ASCII characters and spaces, and not empty",
        "remove it for the default one, or give a name such as `shop/1.0`",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fault, provider};
    use super::*;
    use crate::provider::ClientAuthMethod;

    #[test]
    fn client_and_secret_must_go_together() {
        use ClientAuthMethod::{ClientSecretBasic, ClientSecretPost, None};
        assert_eq!(fault(Provider::new("https://op.example", "")), "client_id");
        assert_eq!(
            fault(Provider::new("https://op.example", "a\nb")),
            "client_id"
        );
        assert_eq!(fault(provider().client_secret("")), "client_secret");
        assert_eq!(
            fault(provider().client_auth_method(ClientSecretBasic)),
            "client_secret"
        );
        assert_eq!(
            fault(provider().client_auth_method(ClientSecretPost)),
            "client_secret"
        );
        assert_eq!(
            fault(provider().client_secret("s").client_auth_method(None)),
            "client_auth_method"
        );
        assert_eq!(fault(provider().client_auth_method(None)), "");
        assert_eq!(
            fault(
                provider()
                    .client_secret("s")
                    .client_auth_method(ClientSecretPost)
            ),
            ""
        );
    }
}

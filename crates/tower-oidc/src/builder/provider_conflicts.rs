//! Settings of two providers by which one of them could act for the other, or for its users.

use relying_party::Provider;

use super::provider_client::RegisteredClient;
use crate::config_error::ConfigError;

/// Checks each provider with those before it. The error is about the later one and names both.
pub(super) fn check(clients: &[RegisteredClient]) -> Result<(), ConfigError> {
    for (number, client) in clients.iter().enumerate() {
        for earlier in clients.iter().take(number) {
            check_two(earlier, client)?;
        }
    }
    Ok(())
}

fn check_two(earlier: &RegisteredClient, later: &RegisteredClient) -> Result<(), ConfigError> {
    if earlier.registration_id == later.registration_id {
        return Err(ConfigError::new(
            "provider_with_id",
            "gives two providers with the same issuer and client id: a session would not know \
             which of them it belongs to; remove one, or register another client for it",
        ));
    }
    check_providers(earlier, later)
}

/// Checks a provider that a resolver found with those of the configuration, and that its metadata cannot decide
/// for whom the client's assertions are: whoever enters it may be another party than the application.
pub(super) fn check_resolved(
    registered: &[RegisteredClient],
    resolved: &RegisteredClient,
) -> Result<(), ConfigError> {
    if resolved.relying_party.provider().has_discovered_audience() {
        return Err(ConfigError::new(
            "assertion_audience",
            "is the token endpoint, which the provider's metadata would name: it could be that of another \
             provider, which would accept the client's assertions; set `token_endpoint` too, or use the issuer \
             as the audience",
        ));
    }
    registered
        .iter()
        .try_for_each(|earlier| check_providers(earlier, resolved))
}

fn check_providers(
    earlier: &RegisteredClient,
    later: &RegisteredClient,
) -> Result<(), ConfigError> {
    let is_same_provider = earlier.relying_party.issuer() == later.relying_party.issuer();
    if is_same_provider {
        return Ok(());
    }
    let (first, second) = (
        earlier.relying_party.provider(),
        later.relying_party.provider(),
    );
    let other = earlier.id.as_deref().unwrap_or_default();
    let conflict =
        check_issuers(first, second, other).and_then(|()| check_keys(first, second, other));
    conflict.map_err(|error| match &later.id {
        Some(id) => error.about_provider(id),
        None => error,
    })
}

/// Users are known by `iss` and `sub`, so each `iss` must be of one provider.
fn check_issuers(first: &Provider, second: &Provider, other: &str) -> Result<(), ConfigError> {
    match first
        .issuers()
        .find(|iss| second.issuers().any(|it| it == *iss))
    {
        None => Ok(()),
        Some(iss) => Err(ConfigError::new(
            "accepted_issuers",
            format!(
                "and those of the provider `{other}` overlap: both would accept ID tokens with the issuer \
                 {iss:?}, so one could sign in the users of the other; remove it from `accepted_issuers` \
                 of one of them, or register only one of the two providers"
            ),
        )),
    }
}

/// With the token endpoint as the audience, the metadata of one provider decide for whom assertions are, and
/// may name the other.
fn check_keys(first: &Provider, second: &Provider, other: &str) -> Result<(), ConfigError> {
    let metadata_decide =
        first.uses_token_endpoint_audience() || second.uses_token_endpoint_audience();
    if !metadata_decide || !first.has_client_key_of(second) {
        return Ok(());
    }
    Err(ConfigError::new(
        "client_private_keys",
        format!(
            "has a key of the provider `{other}`, and `assertion_audience` of one of them is the token \
             endpoint: its metadata could name the endpoint of the other, which would accept its \
             assertions; give each provider its own key, or use the issuer as the audience for both"
        ),
    ))
}

#[cfg(test)]
#[cfg(feature = "hyper-client")]
mod tests {
    use relying_party::Provider;

    use crate::config_error::ConfigError;
    use crate::layer::AuthLayer;

    const ONE: &str = "https://one.example";
    const TWO: &str = "https://two.example";

    fn error(first: Provider, second: Provider) -> Option<ConfigError> {
        let builder = AuthLayer::builder()
            .provider_with_id("one", first)
            .provider_with_id("two", second)
            .base_url("https://app.example")
            .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q");
        builder.build().err()
    }

    fn setting(first: Provider, second: Provider) -> String {
        error(first, second).map_or_else(String::new, |error| error.setting().to_owned())
    }

    #[test]
    fn no_provider_may_accept_the_issuer_of_another_one() {
        let accepting = |issuer, accepted: &[&str]| {
            Provider::new(issuer, "app").accepted_issuers(accepted.iter().copied())
        };
        for (of_one, of_two) in [
            (&[TWO][..], &[][..]),
            (&[], &[ONE]),
            (&["old.example"], &["other", "old.example"]),
        ] {
            let error = error(accepting(ONE, of_one), accepting(TWO, of_two)).unwrap();
            assert_eq!(error.setting(), "accepted_issuers");
            let shown = error.to_string();
            assert!(
                shown.contains("`one`") && shown.contains("`two`"),
                "{shown}"
            );
            assert!(
                shown.contains("remove it from `accepted_issuers`"),
                "{shown}"
            );
        }
        let different = setting(accepting(ONE, &["a"]), accepting(TWO, &["b"]));
        assert_eq!(different, "");
        // Two clients of one provider.
        let second = Provider::new(ONE, "other").accepted_issuers(["a"]);
        assert_eq!(setting(accepting(ONE, &["a"]), second), "");
    }

    #[cfg(feature = "private-key-jwt")]
    #[test]
    fn two_providers_share_a_client_key_only_if_both_have_the_issuer_as_the_audience() {
        use relying_party::{AssertionAudience, ClientKey};

        let p256 = || {
            let pem = include_str!("../../../relying-party/src/tests/keys/p256.pem");
            ClientKey::from_pem(pem).unwrap()
        };
        let rsa = || {
            let pem = include_str!("../../../relying-party/src/tests/keys/rsa.pem");
            ClientKey::from_pem(pem).unwrap()
        };
        let provider = |issuer, audience, keys: Vec<ClientKey>| {
            let provider = Provider::new(issuer, "app").assertion_audience(audience);
            provider.client_private_keys(keys)
        };
        let (issuer, endpoint) = (AssertionAudience::Issuer, AssertionAudience::TokenEndpoint);
        for (of_one, of_two, expected) in [
            (endpoint, issuer, "client_private_keys"),
            (issuer, endpoint, "client_private_keys"),
            (endpoint, endpoint, "client_private_keys"),
            (issuer, issuer, ""),
        ] {
            let one = provider(ONE, of_one, vec![p256()]);
            // The same key has another name, and is only published there.
            let two = provider(TWO, of_two, vec![rsa(), p256().kid("renamed")]);
            assert_eq!(setting(one, two), expected, "{of_one:?} {of_two:?}");
        }
        let one = provider(ONE, endpoint, vec![p256()]);
        let two = provider(TWO, endpoint, vec![rsa()]);
        assert_eq!(setting(one, two), "");
        let shared = provider(ONE, endpoint, vec![p256()]);
        let other_client = Provider::new(ONE, "other").client_private_keys([p256()]);
        assert_eq!(setting(shared, other_client), "");
    }
}

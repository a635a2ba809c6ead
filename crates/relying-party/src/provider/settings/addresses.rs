//! The addresses of a provider that somebody else than the application's operator may have entered.

use url::Url;

use super::endpoints::urls;
use crate::config_error::ConfigError;
use crate::metadata::Metadata;
use crate::provider::Provider;
use crate::url_rules::is_internal;

/// The pages that only browsers open: this application sends no request there.
const PAGES: [&str; 3] = [
    "authorization_endpoint",
    "end_session_endpoint",
    "sign_up_url",
];

/// Checks that no setting makes this application send requests into its own network, unless that is allowed.
pub(super) fn check(
    provider: &Provider,
    issuer_url: &Url,
    metadata: Option<&Metadata>,
) -> Result<(), ConfigError> {
    if provider.internal_addresses.unwrap_or(true) {
        return Ok(());
    }
    if is_internal(issuer_url) {
        return Err(error("issuer"));
    }
    let is_internal_text = |url: &str| Url::parse(url).is_ok_and(|url| is_internal(&url));
    for (setting, url) in urls(provider) {
        if !PAGES.contains(&setting) && url.is_some_and(is_internal_text) {
            return Err(error(setting));
        }
    }
    if metadata.is_some_and(|metadata| metadata.requested().any(is_internal)) {
        return Err(error("metadata_json"));
    }
    Ok(())
}

fn error(setting: &'static str) -> ConfigError {
    ConfigError::new(
        setting,
        "must not be at an address or a name of an internal network, because somebody else may have entered \
         it",
        "give the provider's public address, or set `allow_internal_addresses(true)` if the operator of this \
         application vouches for it",
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fault, provider};
    use crate::provider::Provider;

    const INTERNAL: &str = "https://169.254.169.254/it";

    #[test]
    fn a_provider_that_somebody_else_enters_is_not_in_an_internal_network() {
        let entered = |provider: Provider| fault(provider.allow_internal_addresses(false));
        let metadata = |token: &str| {
            format!(
                r#"{{"issuer":"https://op.example/oidc","authorization_endpoint":"https://op.example/a",
                "token_endpoint":"{token}","jwks_uri":"https://op.example/keys"}}"#
            )
        };

        for issuer in [
            "https://169.254.169.254",
            "https://[::ffff:10.0.0.1]",
            "https://vault.internal",
            "http://localhost:9000",
        ] {
            assert_eq!(entered(Provider::new(issuer, "id")), "issuer", "{issuer}");
            assert_eq!(fault(Provider::new(issuer, "id")), "", "{issuer}");
        }
        for (setting, provider) in [
            ("discovery_url", provider().discovery_url(INTERNAL)),
            ("jwks_uri", provider().jwks_uri(INTERNAL)),
            ("token_endpoint", provider().token_endpoint(INTERNAL)),
            (
                "user_info_endpoint",
                provider().user_info_endpoint(INTERNAL),
            ),
            (
                "introspection_endpoint",
                provider().introspection_endpoint(INTERNAL),
            ),
            (
                "revocation_endpoint",
                provider().revocation_endpoint(INTERNAL),
            ),
            (
                "pushed_authorization_request_endpoint",
                provider().pushed_authorization_request_endpoint(INTERNAL),
            ),
            (
                "metadata_json",
                provider().metadata_json(metadata(INTERNAL)),
            ),
        ] {
            assert_eq!(entered(provider.clone()), setting);
            assert_eq!(fault(provider), "", "{setting}");
        }
        let public = metadata("https://op.example/token");
        assert_eq!(entered(provider().metadata_json(public)), "");
        assert_eq!(entered(provider().authorization_endpoint(INTERNAL)), "");
    }

    #[test]
    fn a_default_does_not_replace_what_is_set() {
        let local = || Provider::new("http://localhost:9000", "id");

        let allowed = local().allow_internal_addresses(true);
        assert_eq!(fault(allowed.default_allow_internal_addresses(false)), "");
        assert_eq!(
            fault(local().default_allow_internal_addresses(false)),
            "issuer"
        );
    }
}

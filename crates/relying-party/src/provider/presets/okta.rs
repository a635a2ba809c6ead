//! Okta.

use super::{WELL_KNOWN, base_url};
use crate::config_error::ConfigError;
use crate::provider::Provider;

impl Provider {
    /// Creates the settings for Okta. `domain` is the organization's, such as `acme.okta.com`, or a custom
    /// one, and the issuer is `https://{domain}`. To use a custom authorization server, write it after the
    /// domain, as in `acme.okta.com/oauth2/default`.
    ///
    /// The access tokens of the organization's own authorization server are opaque and meant for Okta
    /// itself. An API of yours needs those of a custom authorization server. (This paragraph is not verified
    /// with the vendor.)
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::okta("acme.okta.com/oauth2/default", "client-id")
    ///     .client_secret("from the admin console");
    /// # let _ = provider;
    /// ```
    pub fn okta(domain: impl AsRef<str>, client_id: impl Into<String>) -> Self {
        let domain = domain.as_ref();
        let issuer = base_url(domain, true, WELL_KNOWN).and_then(issuer_of);
        Self::preset(domain, issuer, |issuer| {
            Self::new(issuer, client_id)
                .name("Okta")
                .role_claim(["groups"])
        })
    }
}

fn issuer_of(base: String) -> Result<String, ConfigError> {
    let error = |rule, remedy| Err(ConfigError::new("issuer", rule, remedy));
    let (_, rest) = base.split_once("://").unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_admin = |suffix| host.ends_with(suffix);
    if [
        "-admin.okta.com",
        "-admin.oktapreview.com",
        "-admin.okta-emea.com",
    ]
    .into_iter()
    .any(is_admin)
    {
        return error(
            "is the address of Okta's admin console",
            "leave out `-admin`",
        );
    }
    match path.split_once('/') {
        None if path.is_empty() => Ok(base),
        // The endpoints of the organization's server are below `/oauth2/v1`.
        Some(("oauth2", server)) if !server.contains('/') && server != "v1" => Ok(base),
        _ => error(
            "must be a domain, or a domain with `/oauth2/` and an authorization server",
            "copy the issuer of the authorization server from Okta's admin console",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::issuer;
    use super::*;

    #[test]
    fn oktas_issuer_is_the_domain_or_a_custom_authorization_server() {
        for (given, expected) in [
            ("acme.okta.com", "https://acme.okta.com"),
            ("https://acme.okta.com/", "https://acme.okta.com"),
            (
                "https://acme.okta.com/oauth2/default",
                "https://acme.okta.com/oauth2/default",
            ),
            (
                "id.acme.example/oauth2/aus1/.well-known/openid-configuration",
                "https://id.acme.example/oauth2/aus1",
            ),
            ("acme-admin.okta.com", "refused: issuer"),
            ("acme.okta.com/oauth2", "refused: issuer"),
            ("acme.okta.com/oauth2/v1", "refused: issuer"),
            (
                "acme.okta.com/oauth2/default/v1/authorize",
                "refused: issuer",
            ),
            ("acme.okta.com/login", "refused: issuer"),
            ("", "refused: issuer"),
        ] {
            assert_eq!(issuer(Provider::okta(given, "id")), expected, "{given}");
        }
    }
}

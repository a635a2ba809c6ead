//! Logto.

use super::{OIDC, base_url};
use crate::provider::{Prompt, Provider};
use crate::scope;

impl Provider {
    /// Creates the settings for Logto. `endpoint` is the tenant's, such as `https://tenant.logto.app`;
    /// without a scheme, https is used. An endpoint that ends with `/oidc`, or any URL below that, is
    /// the same.
    ///
    /// The issuer is `{endpoint}/oidc`. `prompt=consent` is set, without which Logto issues no refresh
    /// token. The scopes `profile` and `offline_access` are always requested, like Logto's own
    /// libraries do. With the scope [`ORGANIZATIONS`](crate::scope::ORGANIZATIONS), the resource
    /// `urn:logto:resource:organizations` is requested too, without which Logto issues no access tokens
    /// for organizations.
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::logto("https://tenant.logto.app", "app-id").client_secret("app-secret");
    /// # let _ = provider;
    /// ```
    pub fn logto(endpoint: impl AsRef<str>, app_id: impl Into<String>) -> Self {
        let endpoint = endpoint.as_ref();
        let base = base_url(endpoint, true, OIDC);
        let issuer = base.map(|base| format!("{base}/oidc"));
        Self::preset(endpoint, issuer, |issuer| {
            Self::logto_with_issuer(issuer, app_id)
        })
    }

    /// Creates the settings for Logto, like [`logto`](Self::logto), by the issuer exactly as Logto's
    /// console shows it, such as `https://tenant.logto.app/oidc`, or that of a custom domain.
    pub fn logto_with_issuer(issuer: impl Into<String>, app_id: impl Into<String>) -> Self {
        Self {
            name: Some("Logto".to_owned()),
            reserved_scopes: &[scope::PROFILE, scope::OFFLINE_ACCESS],
            resource_of_scope: Some((scope::ORGANIZATIONS, "urn:logto:resource:organizations")),
            ..Self::new(issuer, app_id)
                .prompt(Prompt::Consent)
                .sign_up_parameter("first_screen", "register")
                .organization_parameter("organization_id")
        }
    }
}

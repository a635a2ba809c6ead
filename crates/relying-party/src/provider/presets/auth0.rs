//! Auth0.

use super::{WELL_KNOWN, base_url};
use crate::provider::{Provider, VendorLogout};

impl Provider {
    /// Creates the settings for Auth0. `domain` is the tenant's, such as `acme.eu.auth0.com`, or a custom
    /// one; without a scheme, https is used.
    ///
    /// The issuer is `https://{domain}/`, with the slash at its end. A sign-out uses the end-session
    /// endpoint that the tenant publishes. If it publishes none, which was the default for tenants created
    /// before 14 November 2023, the sign-out uses `{issuer}v2/logout` with `client_id` and `returnTo`; then
    /// the URL to return to must be one of the application's allowed logout URLs, and no `state` returns.
    ///
    /// The end-session endpoint takes POST too, so [`end_session_by_form`](Self::end_session_by_form) is on.
    /// Its `logout_hint` must be the `sid` of the session.
    ///
    /// An access token for an API needs its `audience`, and a sign-in at an organization `organization`:
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::auth0("acme.eu.auth0.com", "client-id")
    ///     .client_secret("from the dashboard")
    ///     .extra_parameter("audience", "https://api.example.com")
    ///     .extra_parameter("organization", "org_123");
    /// # let _ = provider;
    /// ```
    pub fn auth0(domain: impl AsRef<str>, client_id: impl Into<String>) -> Self {
        let domain = domain.as_ref();
        let issuer = base_url(domain, false, WELL_KNOWN).map(|base| format!("{base}/"));
        Self::preset(domain, issuer, |issuer| {
            let mut provider = Self::new(&issuer, client_id)
                .name("Auth0")
                .end_session_by_form(true)
                .organization_parameter("organization");
            provider.vendor_logout = Some(VendorLogout {
                endpoint: Some(format!("{issuer}v2/logout")),
                redirect_parameter: "returnTo",
            });
            provider.sign_out.logout_hint_claim = "sid";
            provider
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::issuer;
    use super::*;

    #[test]
    fn the_issuer_of_auth0_ends_with_a_slash() {
        for domain in [
            "acme.eu.auth0.com",
            "acme.eu.auth0.com/",
            "https://ACME.eu.auth0.com/.well-known/openid-configuration",
        ] {
            let provider = Provider::auth0(domain, "id");
            assert_eq!(issuer(provider), "https://acme.eu.auth0.com/", "{domain}");
        }
        for pasted in ["", "acme.eu.auth0.com/authorize", "a b", "https://a?b"] {
            assert_eq!(issuer(Provider::auth0(pasted, "id")), "refused: issuer");
        }
    }
}

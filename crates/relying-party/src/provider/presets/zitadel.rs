//! Zitadel.

use super::{WELL_KNOWN, base_url};
use crate::provider::Provider;

impl Provider {
    /// Creates the settings for Zitadel. `domain` is the instance's, such as `acme.us1.zitadel.cloud`;
    /// without a scheme, https is used. The issuer is `https://{domain}`.
    ///
    /// The audiences of Zitadel's ID tokens include the project of the application, and each project that
    /// the scope `urn:zitadel:iam:org:project:id:{id}:aud` names for its API. List these projects in
    /// [`trusted_audiences`](Self::trusted_audiences), because other audiences are refused. (That ID
    /// tokens have these audiences is not verified with the vendor.)
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::zitadel("acme.us1.zitadel.cloud", "client-id@project")
    ///     .client_secret("from the console")
    ///     .add_scopes(["urn:zitadel:iam:org:project:id:69234237810729019:aud"])
    ///     .trusted_audiences(["69234237810729019"]);
    /// # let _ = provider;
    /// ```
    pub fn zitadel(domain: impl AsRef<str>, client_id: impl Into<String>) -> Self {
        let domain = domain.as_ref();
        let issuer = base_url(domain, false, WELL_KNOWN);
        Self::preset(domain, issuer, |issuer| {
            Self::new(issuer, client_id).name("Zitadel")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::issuer;
    use super::*;

    #[test]
    fn zitadels_issuer_is_its_domain_without_a_slash() {
        for (given, expected) in [
            ("acme.zitadel.cloud", "https://acme.zitadel.cloud"),
            ("https://acme.zitadel.cloud/", "https://acme.zitadel.cloud"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("acme.zitadel.cloud/oauth/v2", "refused: issuer"),
        ] {
            assert_eq!(issuer(Provider::zitadel(given, "id")), expected, "{given}");
        }
    }
}

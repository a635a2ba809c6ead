//! Microsoft Entra ID.

use crate::config_error::ConfigError;
use crate::provider::tenants::is_uuid;
use crate::provider::{AssertionAudience, Provider};

const HOST: &str = "https://login.microsoftonline.com";

impl Provider {
    /// Creates the settings for Microsoft Entra ID, for the users of one tenant. `tenant_id` is the
    /// directory (tenant) ID, a UUID.
    ///
    /// The issuer is that of version 2.0: `https://login.microsoftonline.com/{tenant_id}/v2.0`. The
    /// audience of assertions is the token endpoint
    /// ([`AssertionAudience::TokenEndpoint`]), as Microsoft's page
    /// on certificate credentials has it.
    ///
    /// A refresh names the scopes ([`scope_at_refresh`](Self::scope_at_refresh)), without which Entra
    /// returns no new ID token. (This sentence is not verified with the vendor.) The metadata have no
    /// endpoint for revocation or introspection.
    ///
    /// A user is known by `iss` and `sub`. `sub` is another one for each application; `oid` and `tid` are
    /// the same for all of them, and are claims for the application. If a user has too many groups, the ID
    /// token does not list them: see [`Claims::has_groups_overage`](crate::Claims::has_groups_overage).
    ///
    /// The name of a domain, `common`, `organizations` and `consumers` are refused: the ID tokens have the
    /// issuer with the tenant ID. For the users of several tenants, see
    /// [`entra_organizations`](Self::entra_organizations) and [`entra_common`](Self::entra_common).
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::entra("72f988bf-86f1-41af-91ab-2d7cd011db47", "client-id")
    ///     .client_secret("from the admin center");
    /// # let _ = provider;
    /// ```
    pub fn entra(tenant_id: impl AsRef<str>, client_id: impl Into<String>) -> Self {
        let tenant_id = tenant_id.as_ref();
        Self::preset(tenant_id, issuer_of(tenant_id), |issuer| {
            Self::entra_with_issuer(issuer, client_id)
        })
    }

    /// Creates the settings for Microsoft Entra ID, for the work and school accounts of several tenants.
    /// The other settings are those of [`entra`](Self::entra).
    ///
    /// [`allowed_tenants`](Self::allowed_tenants) must be set, or [`any_tenant`](Self::any_tenant); the
    /// former describes what is checked, and what identifies a user. The application must be registered for
    /// accounts in any organizational directory.
    ///
    /// The issuer is `https://login.microsoftonline.com/{tenantid}/v2.0`, with the placeholder, and the
    /// metadata are those of the authority `organizations`. The checks of the issuer, of `tid` and of
    /// the key's `issuer` are those that Microsoft's pages on access tokens and on ID tokens require of
    /// applications for several tenants.
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::entra_organizations("client-id")
    ///     .client_secret("from the admin center")
    ///     .allowed_tenants([
    ///         "72f988bf-86f1-41af-91ab-2d7cd011db47",
    ///         "aaaabbbb-0000-cccc-1111-dddd2222eeee",
    ///     ]);
    /// # let _ = provider;
    /// ```
    pub fn entra_organizations(client_id: impl Into<String>) -> Self {
        Self::entra_for_tenants("organizations", client_id)
    }

    /// Creates the settings for Microsoft Entra ID, for the work and school accounts of several tenants and
    /// for personal Microsoft accounts. It is [`entra_organizations`](Self::entra_organizations) with the
    /// authority `common`.
    ///
    /// All personal accounts are in the tenant `9188040d-6c67-4c5b-b112-36a304b66dad`, which
    /// [`allowed_tenants`](Self::allowed_tenants) may list.
    pub fn entra_common(client_id: impl Into<String>) -> Self {
        Self::entra_for_tenants("common", client_id)
    }

    fn entra_for_tenants(authority: &str, client_id: impl Into<String>) -> Self {
        Self::entra_with_issuer(format!("{HOST}/{{tenantid}}/v2.0"), client_id).discovery_url(
            format!("{HOST}/{authority}/v2.0/.well-known/openid-configuration"),
        )
    }

    fn entra_with_issuer(issuer: String, client_id: impl Into<String>) -> Self {
        Self::new(issuer, client_id)
            .name("Microsoft Entra ID")
            .scope_at_refresh(true)
            .assertion_audience(AssertionAudience::TokenEndpoint)
    }
}

fn issuer_of(tenant_id: &str) -> Result<String, ConfigError> {
    if !is_uuid(tenant_id) {
        return Err(ConfigError::new(
            "issuer",
            "must be a tenant ID, a UUID: ID tokens have no issuer with a domain, `common`, `organizations` \
             or `consumers`",
            "copy the directory (tenant) ID from the overview in the Entra admin center",
        ));
    }
    // Entra writes it in lower case, and issuers are compared byte for byte.
    let tenant_id = tenant_id.to_ascii_lowercase();
    Ok(format!("{HOST}/{tenant_id}/v2.0"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::issuer;
    use super::*;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    #[test]
    fn entras_issuer_is_that_of_version_2_with_the_tenant_id() {
        let expected = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
        for tenant in [TENANT.to_owned(), TENANT.to_uppercase()] {
            assert_eq!(issuer(Provider::entra(tenant, "id")), expected);
        }
        for tenant in [
            "common",
            "organizations",
            "consumers",
            "acme.onmicrosoft.com",
            "",
            "72f988bf/86f1-41af-91ab-2d7cd011db47",
            "72f988bf-86f1-41af-91ab-2d7cd011db4",
            "72f988bf-86f1-41af-91ab-2d7cd011db47/",
        ] {
            let provider = Provider::entra(tenant, "id");
            assert_eq!(issuer(provider), "refused: issuer", "{tenant}");
        }
    }

    #[test]
    fn an_id_token_of_another_tenant_or_of_version_1_is_of_another_issuer() {
        let entra = Provider::entra(TENANT, "id");
        for iss in [
            format!("https://sts.windows.net/{TENANT}/"),
            "https://login.microsoftonline.com/{tenantid}/v2.0".to_owned(),
            "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/v2.0"
                .to_owned(),
        ] {
            assert!(!entra.accepts_issuer(&iss), "{iss}");
        }
    }

    #[test]
    fn a_refresh_at_entra_names_the_scopes_and_assertions_are_for_the_token_endpoint() {
        for entra in [
            Provider::entra(TENANT, "id"),
            Provider::entra_organizations("id"),
            Provider::entra_common("id"),
        ] {
            assert!(entra.scope_at_refresh);
            let audience = entra.credentials.audience;
            assert_eq!(audience, AssertionAudience::TokenEndpoint);
        }
    }

    #[test]
    fn several_tenants_have_one_issuer_with_a_placeholder_and_the_document_of_their_authority() {
        for (provider, authority) in [
            (Provider::entra_organizations("id"), "organizations"),
            (Provider::entra_common("id"), "common"),
        ] {
            let document = format!("{HOST}/{authority}/v2.0/.well-known/openid-configuration");
            assert_eq!(provider.discovery_url, Some(document));
            assert_eq!(issuer(provider.clone()), "refused: allowed_tenants");
            let provider = provider.allowed_tenants([TENANT.to_uppercase()]);
            let accepts = |tenant: &str| provider.accepts_issuer(&format!("{HOST}/{tenant}/v2.0"));
            assert!(accepts(TENANT));
            assert!(!accepts("00000000-0000-0000-0000-000000000000"));
            let expected = "https://login.microsoftonline.com/{tenantid}/v2.0";
            assert_eq!(issuer(provider), expected);
        }
    }
}

//! Microsoft Entra ID.

use crate::config_error::ConfigError;
use crate::provider::Provider;

impl Provider {
    /// Creates the settings for Microsoft Entra ID, for the users of one tenant. `tenant_id` is the
    /// directory (tenant) ID, a UUID.
    ///
    /// The issuer is that of version 2.0: `https://login.microsoftonline.com/{tenant_id}/v2.0`. A refresh
    /// names the scopes ([`scope_at_refresh`](Self::scope_at_refresh)), without which Entra returns no new
    /// ID token. Entra has no endpoint for revocation or introspection. A user is known by `iss` and
    /// `sub`; `sub` is another one for each application. (This paragraph is not
    /// verified with the vendor.)
    ///
    /// The name of a domain, `common`, `organizations` and `consumers` are refused: the ID tokens have the
    /// issuer with the tenant ID. Users of several tenants cannot sign in with one provider yet. Configure
    /// a provider for each tenant.
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
            Self::new(issuer, client_id)
                .name("Microsoft Entra ID")
                .scope_at_refresh(true)
        })
    }
}

fn issuer_of(tenant_id: &str) -> Result<String, ConfigError> {
    let is_uuid = tenant_id.len() == 36
        && tenant_id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if !is_uuid {
        return Err(ConfigError::new(
            "issuer",
            "must be a tenant ID, a UUID: ID tokens have no issuer with a domain, `common`, `organizations` \
             or `consumers`",
            "copy the directory (tenant) ID from the overview in the Entra admin center",
        ));
    }
    // Entra writes it in lower case, and issuers are compared byte for byte.
    let tenant_id = tenant_id.to_ascii_lowercase();
    Ok(format!(
        "https://login.microsoftonline.com/{tenant_id}/v2.0"
    ))
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
    fn a_refresh_at_entra_names_the_scopes() {
        assert!(Provider::entra(TENANT, "id").scope_at_refresh);
    }
}

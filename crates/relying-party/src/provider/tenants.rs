//! The tenants whose users may sign in at a provider with an issuer for each tenant.

use super::Provider;
use super::issuer_template::{AllowedTenants, IssuerTemplate, Tenant, has_braces};
use crate::config_error::ConfigError;

impl Provider {
    /// Sets the tenants whose users may sign in at a provider whose issuer has the placeholder
    /// `{tenantid}`, such as that of [`entra_organizations`](Self::entra_organizations): their
    /// identifiers, of at most 64 ASCII letters, digits and `-`. It replaces
    /// [`any_tenant`](Self::any_tenant), and is replaced by it. One of the two must be set for such a
    /// provider.
    ///
    /// # What is checked
    ///
    /// - The discovery document has the issuer with the placeholder, byte for byte.
    /// - `iss` of the ID token is that issuer with the identifier of an allowed tenant instead of the
    ///   placeholder, and `tid` is the same identifier (`id_token.iss`, `id_token.tid`,
    ///   `id_token.tenant_not_allowed`).
    /// - If the JWK of the key that signed the ID token has a member `issuer`, it is the issuer with the
    ///   placeholder, or `iss` (`id_token.key_issuer`).
    /// - If the authorization response has an `iss` (RFC 9207), it is that of an allowed tenant, and
    ///   equal to that of the ID token.
    ///
    /// # Sessions and users
    ///
    /// A session belongs to the `iss` of its ID token, which names the tenant: a refreshed ID token or a
    /// UserInfo response of another tenant is refused. After a tenant is removed from this list,
    /// sessions of its users get no new tokens.
    ///
    /// Users are known by `iss` and `sub` together. Another tenant may have a user with the same `sub`,
    /// the same email address and the same name. So [`expected_subject`](Self::expected_subject) and
    /// [`accepted_issuers`](Self::accepted_issuers) cannot be set for such a provider, and a `sub` of a
    /// [`ClaimsRequest`](crate::ClaimsRequest) is refused unless the
    /// [expected user](crate::CodeExchange::expected_user) is given with an issuer.
    ///
    /// # Errors
    ///
    /// [`RelyingParty::new`](crate::RelyingParty::new) refuses an empty list, a value that is no
    /// identifier of a tenant, and a provider without the placeholder.
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::entra_organizations("client-id")
    ///     .client_secret("from the admin center")
    ///     .allowed_tenants(["72f988bf-86f1-41af-91ab-2d7cd011db47"]);
    /// # let _ = provider;
    /// ```
    pub fn allowed_tenants(mut self, tenants: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let tenants = tenants.into_iter().map(|it| lower_case_uuid(it.into()));
        self.allowed_tenants = Some(AllowedTenants::Listed(tenants.collect()));
        self
    }

    /// Allows the users of every tenant to sign in at a provider whose issuer has the placeholder
    /// `{tenantid}`. It replaces [`allowed_tenants`](Self::allowed_tenants), which describes the checks
    /// that remain.
    ///
    /// Anybody can create a tenant, and choose the names and the email addresses of its users. So the
    /// application must decide by `iss` and `sub` what a user may do, and never by an email address.
    pub fn any_tenant(mut self) -> Self {
        self.allowed_tenants = Some(AllowedTenants::Any);
        self
    }

    /// Returns the issuer as a template, if it is one.
    pub(crate) fn issuer_template(&self) -> Option<IssuerTemplate<'_>> {
        IssuerTemplate::parse(&self.issuer)
    }

    pub(super) fn listed_tenants(&self) -> &[String] {
        match &self.allowed_tenants {
            Some(AllowedTenants::Listed(tenants)) => tenants,
            Some(AllowedTenants::Any) | None => &[],
        }
    }

    pub(crate) fn allows_tenant(&self, tenant: Tenant<'_>) -> bool {
        match &self.allowed_tenants {
            None => false,
            Some(AllowedTenants::Any) => true,
            Some(AllowedTenants::Listed(tenants)) => {
                tenants.iter().any(|allowed| allowed == tenant.as_str())
            }
        }
    }
}

/// Entra writes identifiers in lower case, and they are compared byte for byte.
fn lower_case_uuid(tenant: String) -> String {
    match is_uuid(&tenant) {
        true => tenant.to_ascii_lowercase(),
        false => tenant,
    }
}

pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Checks that the tenants are known if and only if the issuer has a placeholder for them.
pub(super) fn check(provider: &Provider) -> Result<(), ConfigError> {
    let refused = |setting, rule, remedy| Err(ConfigError::new(setting, rule, remedy));
    if provider.accepted_issuers.iter().any(|it| has_braces(it)) {
        return refused(
            "accepted_issuers",
            "must not contain `{` or `}`: values are compared as they are",
            "give the issuer with `{tenantid}` to `Provider::new`, and list the tenants in \
             `allowed_tenants`",
        );
    }
    if provider.issuer_template().is_some() {
        return check_tenants(provider);
    }
    if has_braces(&provider.issuer) {
        return refused(
            "issuer",
            "has a placeholder that is not supported",
            "`{tenantid}` may be there once, as a segment of the path; replace any other placeholder by \
             its value",
        );
    }
    if provider.allowed_tenants.is_some() {
        return refused(
            "allowed_tenants",
            "has no effect: the issuer has no `{tenantid}`",
            "remove `allowed_tenants` or `any_tenant`, or use the issuer with `{tenantid}`",
        );
    }
    Ok(())
}

fn check_tenants(provider: &Provider) -> Result<(), ConfigError> {
    let refused = |setting, rule, remedy| Err(ConfigError::new(setting, rule, remedy));
    match &provider.allowed_tenants {
        None => {
            return refused(
                "allowed_tenants",
                "must be set for an issuer with `{tenantid}`",
                "list the tenants whose users may sign in with `allowed_tenants`, or call `any_tenant` to \
                 let the users of all tenants sign in",
            );
        }
        Some(AllowedTenants::Listed(tenants)) if tenants.is_empty() => {
            return refused(
                "allowed_tenants",
                "must not be empty",
                "list the tenants whose users may sign in, or call `any_tenant` instead",
            );
        }
        Some(AllowedTenants::Listed(tenants))
            if tenants.iter().any(|it| Tenant::parse(it).is_none()) =>
        {
            return refused(
                "allowed_tenants",
                "must be identifiers of at most 64 letters, digits and `-`",
                "copy the tenant ID, a UUID, from the tenant's overview in the Entra admin center; the \
                 name of a domain is no identifier",
            );
        }
        Some(AllowedTenants::Any | AllowedTenants::Listed(_)) => {}
    }
    if !provider.accepted_issuers.is_empty() {
        return refused(
            "accepted_issuers",
            "must not be set for an issuer with `{tenantid}`",
            "list the tenants in `allowed_tenants`",
        );
    }
    if provider.expected_subject.is_some() {
        return refused(
            "expected_subject",
            "must not be set for an issuer with `{tenantid}`: users of two tenants may have one `sub`",
            "use the issuer of the user's tenant, for example with `Provider::entra`",
        );
    }
    let finds_document = provider.discovery_url.is_some() || provider.metadata_json.is_some();
    let has_endpoints =
        provider.authorization_endpoint.is_some() && provider.token_endpoint.is_some();
    if !finds_document && !has_endpoints {
        return refused(
            "discovery_url",
            "must be set for an issuer with `{tenantid}`",
            "set the URL of the discovery document that is for all tenants",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config_error::ConfigError;
    use crate::provider::CheckedSettings;

    const TEMPLATE: &str = "https://op.example/{tenantid}/v2.0";

    fn provider() -> Provider {
        Provider::new(TEMPLATE, "id").discovery_url("https://op.example/discovery")
    }

    fn error(provider: Provider) -> Option<ConfigError> {
        CheckedSettings::try_from(provider).err()
    }

    fn fault(provider: Provider) -> &'static str {
        error(provider).map_or("", |error| error.setting())
    }

    #[test]
    fn an_issuer_with_a_placeholder_needs_its_tenants_and_the_error_names_both_settings() {
        let error = error(provider()).unwrap();
        assert_eq!(error.setting(), "allowed_tenants");
        for setting in ["`allowed_tenants`", "`any_tenant`"] {
            assert!(error.remedy().contains(setting), "{error}");
        }
        assert_eq!(fault(provider().any_tenant()), "");
        assert_eq!(fault(provider().allowed_tenants(["acme"])), "");
    }

    #[test]
    fn tenants_that_cannot_be_meant_are_refused() {
        for tenants in [
            &[][..],
            &[""],
            &["acme", "acme.onmicrosoft.com"],
            &["{tenantid}"],
            &["a/b"],
            &[" acme"],
            &["*"],
        ] {
            let provider = provider().allowed_tenants(tenants.iter().copied());
            assert_eq!(fault(provider), "allowed_tenants", "{tenants:?}");
        }
        for set in [Provider::any_tenant, |it: Provider| {
            it.allowed_tenants(["acme"])
        }] {
            let single = set(Provider::new("https://op.example", "id"));
            assert_eq!(fault(single), "allowed_tenants");
        }
    }

    #[test]
    fn settings_that_name_one_issuer_are_refused_with_a_placeholder() {
        let any = || provider().any_tenant();
        assert_eq!(fault(any().accepted_issuers(["a"])), "accepted_issuers");
        assert_eq!(fault(any().expected_subject("alice")), "expected_subject");
        let single = Provider::new("https://op.example", "id");
        assert_eq!(
            fault(single.accepted_issuers([TEMPLATE])),
            "accepted_issuers"
        );
    }

    #[test]
    fn the_discovery_document_of_all_tenants_must_be_set() {
        let without = Provider::new(TEMPLATE, "id").any_tenant();
        assert_eq!(fault(without.clone()), "discovery_url");
        let endpoints = without
            .authorization_endpoint("https://op.example/authorize")
            .token_endpoint("https://op.example/token")
            .jwks_uri("https://op.example/jwks");
        assert_eq!(fault(endpoints), "");
    }

    #[test]
    fn another_placeholder_is_refused() {
        for issuer in [
            "https://op.example/{tenant}/v2.0",
            "https://op.example/a{tenantid}/v2.0",
            "https://op.example/{tenantid}/{tenantid}",
        ] {
            assert_eq!(
                fault(Provider::new(issuer, "id").any_tenant()),
                "issuer",
                "{issuer}"
            );
        }
    }

    #[test]
    fn only_issuers_of_allowed_tenants_are_accepted() {
        const UUID: &str = "72F988BF-86F1-41AF-91AB-2D7CD011DB47";
        let lower = UUID.to_lowercase();
        let listed = provider().allowed_tenants(["acme", UUID]);
        let any = provider().any_tenant();
        for (tenant, by_list, by_any) in [
            ("acme", true, true),
            (lower.as_str(), true, true),
            ("other", false, true),
            ("ACME", false, true),
            ("{tenantid}", false, false),
            ("acme/..", false, false),
            ("", false, false),
        ] {
            let iss = format!("https://op.example/{tenant}/v2.0");
            assert_eq!(listed.accepts_issuer(&iss), by_list, "{tenant}");
            assert_eq!(any.accepts_issuer(&iss), by_any, "{tenant}");
            assert!(!provider().accepts_issuer(&iss), "{tenant}");
        }
    }
}

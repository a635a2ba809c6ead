//! Providers whose users know another name than their issuer. A preset only sets what differs.

use super::{Prompt, Provider};
use crate::scope;

impl Provider {
    /// Logto: `endpoint` is the tenant's, such as `https://tenant.logto.app`; without a scheme it is
    /// https.
    ///
    /// The issuer is `{endpoint}/oidc`. `prompt=consent` is set, without which Logto gives no
    /// refresh token, and the scopes `profile` and `offline_access` are always asked for, as Logto's
    /// own libraries do. With the scope [`ORGANIZATIONS`](crate::scope::ORGANIZATIONS) the resource
    /// `urn:logto:resource:organizations` is asked for too, without which Logto gives no access
    /// tokens for organizations.
    pub fn logto(endpoint: impl AsRef<str>, app_id: impl Into<String>) -> Self {
        Self {
            reserved_scopes: &[scope::PROFILE, scope::OFFLINE_ACCESS],
            resource_of_scope: Some((scope::ORGANIZATIONS, "urn:logto:resource:organizations")),
            ..Self::new(below(endpoint.as_ref(), "/oidc"), app_id).prompt(Prompt::Consent)
        }
    }

    /// Asgardeo: `org` is the organization's name.
    ///
    /// The issuer is `https://api.asgardeo.io/t/{org}/oauth2/token`.
    pub fn asgardeo(org: impl AsRef<str>, client_id: impl Into<String>) -> Self {
        Self::new(
            format!("https://api.asgardeo.io/t/{}/oauth2/token", org.as_ref()),
            client_id,
        )
    }

    /// GenAuth: `host` is the application's, such as `example.genauth.ai`; without a scheme it is
    /// https.
    ///
    /// The issuer is `{host}/oidc`, and the end-session endpoint, which GenAuth does not publish,
    /// `{host}/oidc/session/end`.
    pub fn genauth(host: impl AsRef<str>, app_id: impl Into<String>) -> Self {
        Self::new(below(host.as_ref(), "/oidc"), app_id)
            .end_session_endpoint(below(host.as_ref(), "/oidc/session/end"))
    }
}

fn below(base: &str, path: &str) -> String {
    let scheme = if base.contains("://") { "" } else { "https://" };
    format!("{scheme}{}{path}", base.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_build_the_issuers_that_the_vendors_document() {
        let logto = Provider::logto("https://tenant.logto.app//", "app");
        assert_eq!(logto.issuer, "https://tenant.logto.app/oidc");
        assert_eq!(logto.prompts, [Prompt::Consent]);

        let asgardeo = Provider::asgardeo("acme", "client");
        assert_eq!(
            asgardeo.issuer,
            "https://api.asgardeo.io/t/acme/oauth2/token"
        );

        let genauth = Provider::genauth("https://acme.genauth.ai", "app");
        assert_eq!(genauth.issuer, "https://acme.genauth.ai/oidc");
        assert_eq!(
            genauth.end_session_endpoint.as_deref(),
            Some("https://acme.genauth.ai/oidc/session/end")
        );
    }

    #[test]
    fn logtos_organizations_bring_their_resource_whenever_the_scope_is_set() {
        let resources = |provider: &Provider| -> Vec<String> {
            provider
                .resource_indicators()
                .map(ToOwned::to_owned)
                .collect()
        };
        let logto = Provider::logto("tenant.logto.app", "app").resources(["https://api.example"]);
        assert_eq!(resources(&logto), ["https://api.example"]);
        let logto = logto.scopes([scope::ORGANIZATIONS]);
        let both = ["https://api.example", "urn:logto:resource:organizations"];
        assert_eq!(resources(&logto), both);
        assert_eq!(resources(&logto.resources(both)), both, "each once");
        let other = Provider::new("https://op.example", "id").scopes([scope::ORGANIZATIONS]);
        assert!(resources(&other).is_empty());
    }

    #[test]
    fn logtos_own_scopes_are_asked_for_beside_those_that_are_set() {
        let logto = Provider::logto("tenant.logto.app", "app").scopes(["email"]);
        assert!(logto.has_scope("offline_access") && logto.has_scope("profile"));

        let logto = logto.include_reserved_scopes(false);
        assert!(!logto.has_scope("offline_access") && logto.has_scope("email"));
    }

    #[test]
    fn a_host_alone_is_reached_over_https() {
        let logto = Provider::logto("tenant.logto.app", "app");
        assert_eq!(logto.issuer, "https://tenant.logto.app/oidc");
        let local = Provider::logto("http://localhost:3001", "app");
        assert_eq!(local.issuer, "http://localhost:3001/oidc");

        let genauth = Provider::genauth("acme.genauth.ai/", "app");
        assert_eq!(genauth.issuer, "https://acme.genauth.ai/oidc");
        assert_eq!(
            genauth.end_session_endpoint.as_deref(),
            Some("https://acme.genauth.ai/oidc/session/end")
        );
    }
}

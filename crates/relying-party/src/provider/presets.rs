//! Presets for providers whose users know another name than the issuer. A preset sets only what differs
//! from the defaults.

use super::{Prompt, Provider, issuer, white_space};
use crate::config_error::ConfigError;
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
        let base = issuer::oidc_base_url(endpoint, true);
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
        }
    }

    /// Creates the settings for Asgardeo. `org` is the organization's name, such as `acme`. A URL with
    /// the name after `/t/`, such as that of the console, is the same.
    ///
    /// The issuer is `https://api.asgardeo.io/t/{org}/oauth2/token`. The page on which users register,
    /// if the organization allows it, is
    /// `https://accounts.asgardeo.io/t/{org}/accountrecoveryendpoint/register.do` with the client
    /// identifier, like in Asgardeo's own libraries.
    pub fn asgardeo(org: impl AsRef<str>, client_id: impl Into<String>) -> Self {
        let org = org.as_ref();
        Self::preset(org, issuer::asgardeo_issuer(org), |issuer| {
            Self::asgardeo_with_issuer(issuer, client_id)
        })
    }

    /// Creates the settings for Asgardeo, like [`asgardeo`](Self::asgardeo), by the issuer exactly as
    /// Asgardeo's console shows it, such as `https://api.asgardeo.io/t/acme/oauth2/token`, or that of a
    /// custom domain. For a custom domain set [`sign_up_url`](Self::sign_up_url) if you need it.
    pub fn asgardeo_with_issuer(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        let provider = Self::new(issuer, client_id).name("Asgardeo");
        match issuer::asgardeo_sign_up_url(&provider.issuer, &provider.client_id) {
            Some(url) => provider.sign_up_url(url),
            None => provider,
        }
    }

    /// Creates the settings for GenAuth. `host` is the application's, such as `example.genauth.ai`;
    /// without a scheme, https is used. A host followed by `/oidc`, or any URL below that, is the same.
    ///
    /// The issuer is `{host}/oidc`, and the end-session endpoint, which GenAuth does not publish,
    /// `{host}/oidc/session/end` unless [`metadata_json`](Self::metadata_json) names another. GenAuth
    /// requires an ID token for a sign-out that returns to the application, so
    /// [`require_id_token_hint`](Self::require_id_token_hint) is on.
    pub fn genauth(host: impl AsRef<str>, app_id: impl Into<String>) -> Self {
        let host = host.as_ref();
        let issuer = issuer::oidc_base_url(host, false).map(|base| format!("{base}/oidc"));
        Self::preset(host, issuer, |issuer| {
            Self::genauth_with_issuer(issuer, app_id)
        })
    }

    /// Creates the settings for GenAuth, like [`genauth`](Self::genauth), by the issuer exactly as
    /// GenAuth's console shows it, such as `https://example.genauth.ai/oidc`, or that of a custom
    /// domain. The end-session endpoint is `{issuer}/session/end`.
    pub fn genauth_with_issuer(issuer: impl Into<String>, app_id: impl Into<String>) -> Self {
        let provider = Self::new(issuer, app_id)
            .name("GenAuth")
            .require_id_token_hint(true);
        let issuer = provider.issuer.trim_end_matches('/');
        Self {
            default_end_session_endpoint: Some(format!("{issuer}/session/end")),
            ..provider
        }
    }

    /// Returns the preset with this issuer, or settings that are refused because of the `given` value.
    fn preset(
        given: &str,
        issuer: Result<String, ConfigError>,
        with_issuer: impl FnOnce(String) -> Self,
    ) -> Self {
        let (issuer, preset_error) = match issuer {
            Ok(issuer) => (issuer, None),
            // The error about white space is more helpful than one about an unreadable host.
            Err(_) if white_space::is_padded(given) => (given.to_owned(), None),
            Err(error) => (given.to_owned(), Some(error)),
        };
        Self {
            preset_error,
            ..with_issuer(issuer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_build_the_issuers_that_the_vendors_document() {
        let logto = Provider::logto("https://tenant.logto.app//", "app");
        assert_eq!(logto.issuer, "https://tenant.logto.app/oidc");
        assert_eq!(logto.parameters.prompts, [Prompt::Consent]);
        assert_eq!(logto.display_name(), Some("Logto"));

        let asgardeo = Provider::asgardeo("acme", "client");
        assert_eq!(
            asgardeo.issuer,
            "https://api.asgardeo.io/t/acme/oauth2/token"
        );
        assert_eq!(
            asgardeo.sign_up_url.as_deref(),
            Some(
                "https://accounts.asgardeo.io/t/acme/accountrecoveryendpoint/register.do\
                 ?client_id=client"
            )
        );

        let genauth = Provider::genauth("https://acme.genauth.ai", "app");
        assert_eq!(genauth.issuer, "https://acme.genauth.ai/oidc");
        assert_eq!(
            genauth.default_end_session_endpoint.as_deref(),
            Some("https://acme.genauth.ai/oidc/session/end")
        );
        assert_eq!(asgardeo.display_name(), Some("Asgardeo"));
        assert_eq!(genauth.display_name(), Some("GenAuth"));
        assert_eq!(genauth.name("Our users").display_name(), Some("Our users"));
    }

    /// Both constructors of a preset give the same settings.
    #[test]
    fn a_preset_with_an_issuer_has_this_issuer_and_the_settings_of_the_preset() {
        for (with_issuer, preset) in [
            (
                Provider::logto_with_issuer("https://tenant.logto.app/oidc", "id"),
                Provider::logto("tenant.logto.app", "id"),
            ),
            (
                Provider::asgardeo_with_issuer("https://api.asgardeo.io/t/acme/oauth2/token", "id"),
                Provider::asgardeo("acme", "id"),
            ),
            (
                Provider::genauth_with_issuer("https://acme.genauth.ai/oidc", "id"),
                Provider::genauth("acme.genauth.ai", "id"),
            ),
        ] {
            assert_eq!(format!("{with_issuer:?}"), format!("{preset:?}"));
        }

        let custom = "https://login.example.com/a/";
        let logto = Provider::logto_with_issuer(custom, "id");
        assert_eq!(logto.parameters.prompts, [Prompt::Consent]);
        let asgardeo = Provider::asgardeo_with_issuer(custom, "id");
        let genauth = Provider::genauth_with_issuer(custom, "id");
        assert_eq!(
            genauth.default_end_session_endpoint.as_deref(),
            Some("https://login.example.com/a/session/end")
        );
        for provider in [logto, asgardeo, genauth] {
            assert_eq!(issuer(provider), custom);
        }
        let endpoint = Provider::logto_with_issuer("tenant.logto.app", "id");
        assert_eq!(issuer(endpoint), "refused: issuer");
    }

    #[test]
    fn only_genauth_requires_an_id_token_for_a_sign_out_that_returns() {
        assert!(Provider::genauth("acme.genauth.ai", "app").requires_id_token_hint());
        assert!(!Provider::logto("tenant.logto.app", "app").requires_id_token_hint());
        assert!(!Provider::asgardeo("acme", "client").requires_id_token_hint());
        assert!(!Provider::new("https://op.example", "id").requires_id_token_hint());
    }

    #[test]
    fn the_scope_for_logtos_organizations_adds_their_resource() {
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
    fn logtos_reserved_scopes_are_requested_in_addition_to_those_that_are_set() {
        let logto = Provider::logto("tenant.logto.app", "app").scopes(["email"]);
        assert!(logto.has_scope("offline_access") && logto.has_scope("profile"));

        let logto = logto.include_reserved_scopes(false);
        assert!(!logto.has_scope("offline_access") && logto.has_scope("email"));
    }

    #[test]
    fn a_host_without_a_scheme_uses_https() {
        let logto = Provider::logto("tenant.logto.app", "app");
        assert_eq!(logto.issuer, "https://tenant.logto.app/oidc");
        let local = Provider::logto("http://localhost:3001", "app");
        assert_eq!(local.issuer, "http://localhost:3001/oidc");

        let genauth = Provider::genauth("acme.genauth.ai/", "app");
        assert_eq!(genauth.issuer, "https://acme.genauth.ai/oidc");
        assert_eq!(
            genauth.default_end_session_endpoint.as_deref(),
            Some("https://acme.genauth.ai/oidc/session/end")
        );
    }

    /// The issuer, or the setting at fault.
    fn issuer(provider: Provider) -> String {
        let settings = super::super::CheckedSettings::try_from(provider);
        settings.map_or_else(
            |error| format!("refused: {}", error.setting()),
            |settings| settings.provider.issuer,
        )
    }

    #[test]
    fn urls_of_the_console_passed_to_a_preset_give_its_issuer() {
        let logto = "https://tenant.logto.app/oidc";
        for endpoint in [
            "tenant.logto.app",
            "tenant.logto.app/oidc",
            "https://tenant.logto.app/",
            "https://tenant.logto.app/oidc",
            "https://tenant.logto.app/oidc/",
            "https://tenant.logto.app//oidc//",
            "https://tenant.logto.app/oidc/.well-known/openid-configuration",
            "https://tenant.logto.app/.well-known/openid-configuration",
            "https://tenant.logto.app/oidc/auth",
            "HTTPS://Tenant.Logto.App/oidc",
        ] {
            assert_eq!(
                issuer(Provider::logto(endpoint, "app")),
                logto,
                "{endpoint}"
            );
            let host = endpoint
                .replace("logto", "genauth")
                .replace("Logto", "Genauth");
            let genauth = Provider::genauth(&host, "app");
            let end_session_endpoint = genauth.default_end_session_endpoint.clone().unwrap();
            assert_eq!(
                end_session_endpoint,
                "https://tenant.genauth.app/oidc/session/end"
            );
            assert_eq!(issuer(genauth), "https://tenant.genauth.app/oidc", "{host}");
        }
        let below = Provider::logto("https://auth.example/logto/oidc/", "app");
        assert_eq!(issuer(below), "https://auth.example/logto/oidc");
        for org in [
            "acme",
            "acme/",
            "/t/acme",
            "https://api.asgardeo.io/t/acme",
            "https://console.asgardeo.io/t/acme/app/applications",
            "HTTPS://API.asgardeo.io/t/acme/oauth2/token",
            "https://api.asgardeo.io/t/acme/oauth2/token/.well-known/openid-configuration",
            "api.asgardeo.io/t/acme",
        ] {
            let expected = "https://api.asgardeo.io/t/acme/oauth2/token";
            assert_eq!(issuer(Provider::asgardeo(org, "id")), expected, "{org}");
        }
        let eu = Provider::asgardeo("https://console.eu.asgardeo.io/t/acme", "id");
        let sign_up_url = eu.sign_up_url.clone().unwrap();
        assert!(
            sign_up_url.starts_with("https://accounts.eu.asgardeo.io/t/acme/"),
            "{sign_up_url}"
        );
        assert_eq!(issuer(eu), "https://api.eu.asgardeo.io/t/acme/oauth2/token");
        let escaped = Provider::asgardeo("acme", "a&b=c#d").sign_up_url.unwrap();
        assert!(escaped.ends_with("?client_id=a%26b%3Dc%23d"), "{escaped}");
        for custom in [
            "https://api.acme.example/oauth2/token",
            "https://api.acme.example/t/acme/oauth2/token",
            "https://api.evilasgardeo.io/t/acme/oauth2/token",
        ] {
            let provider = Provider::asgardeo_with_issuer(custom, "id");
            assert_eq!(provider.sign_up_url, None, "{custom}");
        }
    }

    #[test]
    fn a_value_that_a_preset_cannot_understand_is_refused() {
        for pasted in [
            "",
            "/",
            "https://",
            "https:///oidc",
            "https:/tenant.example",
            "//tenant.example",
            "ftp://tenant.example",
            "https://user@tenant.example",
            "https://tenant.example?a=b",
            "https://tenant.example/a?b",
            "tenant example",
        ] {
            for provider in [
                Provider::logto(pasted, "app"),
                Provider::genauth(pasted, "app"),
                Provider::asgardeo(pasted, "app"),
            ] {
                assert_eq!(issuer(provider), "refused: issuer", "{pasted}");
            }
        }
        let login = Provider::genauth("https://tenant.genauth.ai/login", "app");
        assert_eq!(issuer(login), "refused: issuer");
        for org in [
            "https://evil.example/t/acme",
            "https://evil-asgardeo.io.example/t/a",
            "a b",
            "https://acme.example",
        ] {
            assert_eq!(
                issuer(Provider::asgardeo(org, "id")),
                "refused: issuer",
                "{org}"
            );
        }
    }
}

//! Presets for providers whose users know another name than the issuer, or that need other settings than
//! the default ones. A preset sets only what differs. Each has its own file with its tests.

#[cfg(feature = "private-key-jwt")]
mod apple;
mod asgardeo;
mod auth0;
mod cognito;
mod entra;
mod genauth;
mod google;
mod keycloak;
mod logto;
mod okta;
mod zitadel;

use super::{Provider, white_space};
use crate::config_error::ConfigError;

/// The segments of a path that end the base URL of a provider whose issuer is `{base}/oidc`.
const OIDC: &[&str] = &["oidc", ".well-known"];
const WELL_KNOWN: &[&str] = &[".well-known"];

impl Provider {
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

/// Returns the URL of a host, without a slash at its end, from a value that people paste. For a host
/// without scheme, https is used. The first of the path's segments that is listed, and what follows it,
/// is removed.
fn base_url(
    given: &str,
    path_may_follow: bool,
    end_segments: &[&str],
) -> Result<String, ConfigError> {
    let error = |rule| {
        ConfigError::new(
            "issuer",
            rule,
            "give the host as the provider's console shows it, such as `tenant.example.com`, or its \
             URL",
        )
    };
    let (scheme, rest) = match given.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => ("https".to_owned(), given),
    };
    if scheme != "https" && scheme != "http" {
        return Err(error("must be a host, or begin with `https://`"));
    }
    let (host, path) = match rest.find('/') {
        Some(slash) => rest.split_at_checked(slash).unwrap_or((rest, "")),
        None => (rest, ""),
    };
    let host = host.to_ascii_lowercase();
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(is_host) || host.ends_with(':') {
        return Err(error("must name a host, with a port at most"));
    }
    let mut base = String::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        if end_segments.contains(&segment) {
            break;
        }
        base.push('/');
        base.push_str(segment);
    }
    if !base.is_empty() && !path_may_follow {
        return Err(error("must have no path"));
    }
    if base
        .bytes()
        .any(|byte| !byte.is_ascii_graphic() || b"?#\\".contains(&byte))
    {
        return Err(error("must have no query, fragment or white space"));
    }
    Ok(format!("{scheme}://{host}{base}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Prompt;
    use crate::scope;

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
    pub(super) fn issuer(provider: Provider) -> String {
        let settings = crate::provider::CheckedSettings::try_from(provider);
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

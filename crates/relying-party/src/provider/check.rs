//! From settings as they were given to settings that can work.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::{ClientAuthMethod, Prompt, Provider, issuer, white_space};
use crate::config_error::ConfigError;
use crate::http_client::is_user_agent;
use crate::jwks::KeySet;
use crate::metadata::Metadata;
use crate::secret::Secret;
use crate::url_rules::parse_secure;

const MAX_LEEWAY: Duration = Duration::from_secs(300);

/// With the time in the queue it must stay below the time for which a lock over several instances lasts.
const MAX_REQUEST_LIFETIME: Duration = Duration::from_secs(60);
const MIN_REQUEST_LIFETIME: Duration = Duration::from_secs(1);

/// Parameters that this crate sends itself, or that would change the flow.
const PROTECTED_PARAMETERS: [&str; 21] = [
    "acr_values",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "display",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

/// A [`Provider`] that was checked, with the URLs and documents in it parsed.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) provider: Provider,
    pub(crate) issuer_url: Url,
    pub(crate) discovery_url: String,
    pub(crate) end_session_endpoint: Option<Url>,
    pub(crate) introspection_endpoint: Option<Url>,
    pub(crate) revocation_endpoint: Option<Url>,
    pub(crate) metadata: Option<Arc<Metadata>>,
    pub(crate) keys: Option<Arc<KeySet>>,
}

impl TryFrom<Provider> for Settings {
    type Error = ConfigError;

    fn try_from(provider: Provider) -> Result<Self, ConfigError> {
        if let Some(error) = provider.preset_error {
            return Err(error);
        }
        white_space::check(&provider)?;
        let issuer_url = issuer::check(&provider.issuer)?;
        check_client(&provider)?;
        check_authorization_parameters(&provider)?;
        check_verification(&provider)?;
        check_request_lifetime(provider.request_lifetime)?;
        check_user_agent(provider.user_agent.as_deref())?;
        let endpoint = |setting, text: &str| {
            parse_secure(text).ok_or_else(|| {
                ConfigError::new(
                    setting,
                    "must be an absolute https URL without fragment (http on a loopback address)",
                    "copy it from the provider's documentation",
                )
            })
        };
        let discovery_url = match &provider.discovery_url {
            Some(text) => endpoint("discovery_url", text)?.into(),
            // OpenID Connect Discovery 1.0 section 4: without the terminating slash.
            None => {
                let base = issuer_url.as_str().trim_end_matches('/');
                format!("{base}/.well-known/openid-configuration")
            }
        };
        let optional = |setting, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| endpoint(setting, text)).transpose()
        };
        let end_session_endpoint =
            optional("end_session_endpoint", &provider.end_session_endpoint)?;
        let introspection_endpoint =
            optional("introspection_endpoint", &provider.introspection_endpoint)?;
        let revocation_endpoint = optional("revocation_endpoint", &provider.revocation_endpoint)?;
        let metadata = provider
            .metadata_json
            .as_deref()
            .map(|json| {
                Metadata::parse_trusted(without_mark(json), &provider.issuer, &issuer_url).map_err(
                    |_| {
                        ConfigError::new(
                            "metadata_json",
                            "must be this issuer's metadata, with https endpoints",
                            "copy the document at `{issuer}/.well-known/openid-configuration`",
                        )
                    },
                )
            })
            .transpose()?;
        let keys = provider
            .jwks_json
            .as_deref()
            .map(|json| {
                KeySet::parse(without_mark(json).as_bytes()).map_err(|_| {
                    ConfigError::new(
                        "jwks_json",
                        "must be a JWK Set with at least one key that can verify signatures",
                        "copy the document at the provider's `jwks_uri`",
                    )
                })
            })
            .transpose()?;
        if keys.is_none()
            && metadata
                .as_ref()
                .is_some_and(|metadata| metadata.jwks_uri.is_none())
        {
            return Err(ConfigError::new(
                "metadata_json",
                "must have a `jwks_uri` when no keys are given",
                "add it, or set `jwks_json`",
            ));
        }
        Ok(Self {
            provider,
            issuer_url,
            discovery_url,
            end_session_endpoint,
            introspection_endpoint,
            revocation_endpoint,
            metadata: metadata.map(Arc::new),
            keys: keys.map(Arc::new),
        })
    }
}

/// JSON without the byte order mark that some editors put before it (RFC 8259 section 8.1).
fn without_mark(json: &str) -> &str {
    json.strip_prefix('\u{feff}').unwrap_or(json)
}

/// The rule that an extra parameter of this name breaks, if any.
pub(crate) fn extra_parameter_rule(name: &str) -> Option<&'static str> {
    let imitates = |known: &&str| known.eq_ignore_ascii_case(name.trim());
    if name.is_empty() {
        Some("must have a name")
    } else if PROTECTED_PARAMETERS.iter().any(imitates) {
        Some("must not be a parameter of the protocol")
    } else if imitates(&"resource") {
        Some("must not be `resource`, which `resources` sets")
    } else {
        None
    }
}

fn check_client(provider: &Provider) -> Result<(), ConfigError> {
    let id_is_visible = provider
        .client_id
        .bytes()
        .all(|byte| (0x20..=0x7e).contains(&byte));
    if provider.client_id.is_empty() || !id_is_visible {
        return Err(ConfigError::new(
            "client_id",
            "must be ASCII and not empty",
            "copy it from the provider's console",
        ));
    }
    let secret = provider.client_secret.as_ref().map(Secret::expose);
    if secret.is_some_and(str::is_empty) {
        return Err(ConfigError::new(
            "client_secret",
            "must not be empty",
            "copy it from the provider's console, or do not set it for a public client",
        ));
    }
    match (provider.client_auth_method, secret) {
        (Some(ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost), None) => {
            Err(ConfigError::new(
                "client_secret",
                "is needed by this client authentication method",
                "set it, or set the method to `none`",
            ))
        }
        (Some(ClientAuthMethod::None), Some(_)) => Err(ConfigError::new(
            "client_auth_method",
            "must not be `none` when there is a client secret",
            "remove one of the two",
        )),
        _ => Ok(()),
    }
}

fn check_authorization_parameters(provider: &Provider) -> Result<(), ConfigError> {
    let are_tokens = |scopes: &[String]| scopes.iter().all(|scope| is_scope_token(scope));
    let set = provider.scopes.as_deref().unwrap_or_default();
    for (setting, scopes) in [("scopes", set), ("add_scopes", &provider.added_scopes)] {
        if are_tokens(scopes) {
            continue;
        }
        return Err(ConfigError::new(
            setting,
            "must be visible ASCII without space, `\"` and `\\` (RFC 6749 section 3.3)",
            "give each scope as a value of its own",
        ));
    }
    // RFC 8707 section 2.
    let is_resource = |text: &String| Url::parse(text).is_ok_and(|url| url.fragment().is_none());
    if !provider.resources.iter().all(is_resource) {
        return Err(ConfigError::new(
            "resources",
            "must be absolute URIs without fragment",
            "copy the resource's indicator from the provider's console",
        ));
    }
    if !prompts_agree(&provider.prompts) {
        return Err(ConfigError::new(
            "prompt",
            "`none` excludes every other",
            "remove one of the two",
        ));
    }
    match provider
        .extra_parameters
        .iter()
        .find_map(|(name, _)| extra_parameter_rule(name))
    {
        Some(rule) => Err(ConfigError::new(
            "extra_parameter",
            rule,
            "use the setter made for it, if any",
        )),
        None => Ok(()),
    }
}

fn check_request_lifetime(lifetime: Duration) -> Result<(), ConfigError> {
    if (MIN_REQUEST_LIFETIME..=MAX_REQUEST_LIFETIME).contains(&lifetime) {
        return Ok(());
    }
    Err(ConfigError::new(
        "request_lifetime",
        "must be from one second to a minute",
        "remove it for a minute, or set the longest time that this host lets a request wait",
    ))
}

fn check_user_agent(user_agent: Option<&str>) -> Result<(), ConfigError> {
    if user_agent.is_none_or(is_user_agent) {
        return Ok(());
    }
    Err(ConfigError::new(
        "user_agent",
        "must be visible ASCII characters and spaces, and not empty",
        "remove it for the default one, or give a name such as `shop/1.0`",
    ))
}

fn check_verification(provider: &Provider) -> Result<(), ConfigError> {
    if provider.leeway > MAX_LEEWAY {
        return Err(ConfigError::new(
            "leeway",
            "must be at most 5 minutes",
            "correct the clocks instead",
        ));
    }
    if provider.algorithms.as_ref().is_some_and(Vec::is_empty) {
        return Err(ConfigError::new(
            "algorithms",
            "must not be empty",
            "name the algorithms, or do not set it",
        ));
    }
    Ok(())
}

/// RFC 6749 appendix A.4.
pub(crate) fn is_scope_token(scope: &str) -> bool {
    !scope.is_empty()
        && scope
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// OpenID Connect Core 1.0 section 3.1.2.1: `none` with any other value is an error.
pub(crate) fn prompts_agree(prompts: &[Prompt]) -> bool {
    prompts.len() <= 1 || !prompts.contains(&Prompt::None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::SigningAlgorithm;

    fn provider() -> Provider {
        Provider::new("https://op.example/oidc", "client-id")
    }

    /// The setting that is at fault, or "" if there is none.
    fn fault(provider: Provider) -> &'static str {
        Settings::try_from(provider).map_or_else(|error| error.setting(), |_| "")
    }

    #[test]
    fn client_and_secret_must_go_together() {
        use ClientAuthMethod::{ClientSecretBasic, ClientSecretPost, None};
        assert_eq!(fault(Provider::new("https://op.example", "")), "client_id");
        assert_eq!(
            fault(Provider::new("https://op.example", "a\nb")),
            "client_id"
        );
        assert_eq!(fault(provider().client_secret("")), "client_secret");
        assert_eq!(
            fault(provider().client_auth_method(ClientSecretBasic)),
            "client_secret"
        );
        assert_eq!(
            fault(provider().client_auth_method(ClientSecretPost)),
            "client_secret"
        );
        assert_eq!(
            fault(provider().client_secret("s").client_auth_method(None)),
            "client_auth_method"
        );
        assert_eq!(fault(provider().client_auth_method(None)), "");
        assert_eq!(
            fault(
                provider()
                    .client_secret("s")
                    .client_auth_method(ClientSecretPost)
            ),
            ""
        );
    }

    /// S-28
    #[test]
    fn extra_parameters_cannot_replace_those_of_the_protocol() {
        for name in PROTECTED_PARAMETERS
            .into_iter()
            .chain(["", "State", " nonce ", "resource"])
        {
            assert_eq!(
                fault(provider().extra_parameter(name, "x")),
                "extra_parameter",
                "{name}"
            );
        }
        assert_eq!(
            fault(provider().extra_parameter("first_screen", "register")),
            ""
        );
    }

    #[test]
    fn the_scopes_that_are_asked_for_are_those_set_or_the_default_ones() {
        let default = provider();
        let set = provider().scopes(["email", "orders"]);
        let added = provider().add_scopes(["orders"]);
        for (scope, by_default, when_set, when_added) in [
            ("openid", true, true, true),
            ("email", true, true, true),
            ("offline_access", true, false, true),
            ("orders", false, true, true),
            ("order", false, false, false),
        ] {
            assert_eq!(default.has_scope(scope), by_default, "{scope}");
            assert_eq!(set.has_scope(scope), when_set, "{scope}");
            assert_eq!(added.has_scope(scope), when_added, "{scope}");
        }
    }

    #[test]
    fn what_is_sent_or_checked_must_be_able_to_work() {
        for (provider, setting) in [
            (provider().scopes(["a b"]), "scopes"),
            (provider().scopes([""]), "scopes"),
            (provider().scopes(["a\"b"]), "scopes"),
            (provider().add_scopes(["orders", "a b"]), "add_scopes"),
            (provider().resources(["api"]), "resources"),
            (
                provider().resources(["https://api.example/#f"]),
                "resources",
            ),
            (
                provider().prompt(Prompt::None).prompt(Prompt::Login),
                "prompt",
            ),
            (provider().leeway(Duration::from_secs(301)), "leeway"),
            (
                provider().algorithms([] as [SigningAlgorithm; 0]),
                "algorithms",
            ),
            (
                provider().discovery_url("http://op.example/d"),
                "discovery_url",
            ),
            (
                provider().end_session_endpoint("/end"),
                "end_session_endpoint",
            ),
            (
                provider().introspection_endpoint("http://op.example/introspect"),
                "introspection_endpoint",
            ),
            (
                provider().revocation_endpoint("https://op.example/revoke#a"),
                "revocation_endpoint",
            ),
            (provider().metadata_json("{}"), "metadata_json"),
            (provider().jwks_json("{}"), "jwks_json"),
            (provider().jwks_json(r#"{"keys":[]}"#), "jwks_json"),
        ] {
            assert_eq!(fault(provider), setting);
        }
    }

    #[test]
    fn an_error_names_setting_rule_and_remedy_and_not_the_value() {
        let error = Settings::try_from(Provider::new("http://canary.example", "id")).unwrap_err();
        let shown = error.to_string();
        assert!(
            shown.contains("issuer") && shown.contains("must be https"),
            "{shown}"
        );
        assert!(
            shown.contains(error.remedy()) && !shown.contains("canary"),
            "{shown}"
        );
    }
}

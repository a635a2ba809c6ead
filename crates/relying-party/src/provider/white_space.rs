//! The check for white space around a value, which is often copied along by mistake.

use super::Provider;
use super::settings::urls;
use crate::config_error::ConfigError;
use crate::secret::Secret;

/// Refuses a setting that begins or ends with white space or a control character, for all settings,
/// even if the value could be sent: the provider would respond that the client, the secret or the
/// resource is unknown, and the cause would be hard to see.
pub(super) fn check(provider: &Provider) -> Result<(), ConfigError> {
    let secret = provider.client_secret.as_ref().map(Secret::expose);
    let single = [
        ("issuer", Some(provider.issuer.as_str())),
        ("name", provider.name.as_deref()),
        ("client_id", Some(&provider.client_id)),
        ("client_secret", secret),
        ("acr_values", provider.parameters.acr_values.as_deref()),
        ("ui_locales", provider.parameters.ui_locales.as_deref()),
        ("user_agent", provider.user_agent.as_deref()),
        ("expected_subject", provider.expected_subject.as_deref()),
        ("hosted_domain", provider.hosted_domain.as_deref()),
        ("id_token_type", provider.id_token_type.as_deref()),
        (
            "client_assertion_file",
            provider.credentials.assertion_file(),
        ),
    ];
    let lists = [
        ("scopes", provider.scopes.as_deref().unwrap_or_default()),
        ("resources", &provider.resources),
        ("trusted_audiences", &provider.trusted_audiences),
        ("accepted_issuers", &provider.accepted_issuers),
        ("allowed_tenants", provider.listed_tenants()),
    ];
    let parameters = provider.parameters.extra.iter();
    let values =
        single
            .into_iter()
            .chain(urls(provider))
            .filter_map(|(setting, value)| Some((setting, value?)))
            .chain(lists.into_iter().flat_map(|(setting, list)| {
                list.iter().map(move |value| (setting, value.as_str()))
            }))
            .chain(parameters.flat_map(|(name, value)| {
                [name, value].map(|text| ("extra_parameter", text.as_str()))
            }));
    for (setting, value) in values {
        if is_padded(value) {
            return Err(ConfigError::new(
                setting,
                "must not begin or end with white space",
                "remove it; a value that was read from a file often ends with a line break",
            ));
        }
    }
    Ok(())
}

/// Returns whether a text begins or ends with white space. Byte order marks and zero-width spaces,
/// which copied text may contain, count too.
pub(super) fn is_padded(text: &str) -> bool {
    let is_padding =
        |it: char| it.is_whitespace() || it.is_control() || matches!(it, '\u{feff}' | '\u{200b}');
    text.starts_with(is_padding) || text.ends_with(is_padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Set = fn(Provider, String) -> Provider;

    const URL: &str = "https://op.example/it";

    const SETTINGS: [(&str, &str, Set); 26] = [
        ("issuer", "https://op.example", |_, it| {
            Provider::new(it, "id")
        }),
        ("name", "Log to", Provider::name),
        ("client_id", "id", |_, it| {
            Provider::new("https://op.example", it)
        }),
        ("client_secret", "secret", Provider::client_secret),
        ("acr_values", "gold silver", Provider::acr_values),
        ("ui_locales", "de en", Provider::ui_locales),
        ("discovery_url", URL, Provider::discovery_url),
        ("jwks_uri", URL, Provider::jwks_uri),
        (
            "authorization_endpoint",
            URL,
            Provider::authorization_endpoint,
        ),
        ("token_endpoint", URL, Provider::token_endpoint),
        ("user_info_endpoint", URL, Provider::user_info_endpoint),
        ("sign_up_url", URL, Provider::sign_up_url),
        ("end_session_endpoint", URL, Provider::end_session_endpoint),
        (
            "introspection_endpoint",
            URL,
            Provider::introspection_endpoint,
        ),
        ("revocation_endpoint", URL, Provider::revocation_endpoint),
        (
            "pushed_authorization_request_endpoint",
            URL,
            Provider::pushed_authorization_request_endpoint,
        ),
        ("scopes", "orders", |provider, it| provider.scopes([it])),
        ("resources", "https://api.example", |provider, it| {
            provider.resources([it])
        }),
        ("trusted_audiences", "other", |provider, it| {
            provider.trusted_audiences([it])
        }),
        ("accepted_issuers", "op.example", |provider, it| {
            provider.accepted_issuers([it])
        }),
        ("allowed_tenants", "acme", |_, it| {
            let provider = Provider::new("https://op.example/{tenantid}", "id");
            provider.discovery_url(URL).allowed_tenants([it])
        }),
        ("expected_subject", "alice", Provider::expected_subject),
        ("hosted_domain", "acme.example", Provider::hosted_domain),
        ("id_token_type", "JWT", Provider::id_token_type),
        (
            "client_assertion_file",
            "/run/token",
            Provider::client_assertion_file,
        ),
        ("extra_parameter", "value", |provider, it| {
            provider.extra_parameter("name", it)
        }),
    ];

    #[test]
    fn a_setting_with_white_space_around_it_is_refused_by_name() {
        for (setting, value, set) in SETTINGS {
            let fault = |value: String| {
                let provider = set(Provider::new("https://op.example", "id"), value);
                let settings = super::super::CheckedSettings::try_from(provider);
                settings.map_or_else(|error| error.setting(), |_| "")
            };
            assert_eq!(fault(value.to_owned()), "", "{setting}");
            for padding in [
                " ", "\n", "\r\n", "\t", "\u{a0}", "\u{feff}", "\u{200b}", "\0",
            ] {
                assert_eq!(fault(format!("{value}{padding}")), setting, "{padding:?}");
                assert_eq!(fault(format!("{padding}{value}")), setting, "{padding:?}");
            }
        }
    }

    #[test]
    fn presets_refuse_white_space_too() {
        for provider in [
            Provider::logto("https://tenant.logto.app\n", "app"),
            Provider::logto(" tenant.logto.app", "app"),
            Provider::asgardeo("acme\n", "app"),
            Provider::genauth("acme.genauth.ai ", "app"),
        ] {
            let error = super::super::CheckedSettings::try_from(provider).unwrap_err();
            assert_eq!(error.setting(), "issuer");
            assert!(error.rule().contains("white space"), "{error}");
        }
    }
}

//! Metadata and keys that are set instead of fetched.

use url::Url;

use super::endpoints::{self, Endpoints};
use crate::config_error::ConfigError;
use crate::jwks::KeySet;
use crate::metadata::Metadata;
use crate::provider::Provider;

/// Reads the metadata and the keys that are set. If the endpoints that are set leave nothing to
/// discover, they are the metadata.
pub(super) fn parse(
    provider: &Provider,
    issuer_url: &Url,
    endpoints: &Endpoints,
) -> Result<(Option<Metadata>, Option<KeySet>), ConfigError> {
    if provider.jwks_uri.is_some() && provider.jwks_json.is_some() {
        return Err(ConfigError::new(
            "jwks_uri",
            "must not be set together with `jwks_json`, which gives the keys themselves",
            "remove one of the two",
        ));
    }
    let keys = keys(provider)?;
    let metadata = match provider
        .metadata_json
        .as_deref()
        .map(without_byte_order_mark)
    {
        Some(json) => Some(metadata(json, provider, issuer_url, endpoints)?),
        None => Metadata::without_discovery(endpoints),
    };
    let jwks_uri = metadata.as_ref().map(|metadata| &metadata.jwks_uri);
    if keys.is_none() && jwks_uri.is_some_and(Option::is_none) {
        return Err(ConfigError::new(
            "metadata_json",
            "must have a `jwks_uri` when no keys are given",
            "add it, or set `jwks_uri` or `jwks_json`",
        ));
    }
    if metadata.is_some() && provider.discovery_url.is_some() {
        return Err(discovery_url_without_effect(provider));
    }
    Ok((metadata, keys))
}

fn metadata(
    json: &str,
    provider: &Provider,
    issuer_url: &Url,
    endpoints: &Endpoints,
) -> Result<Metadata, ConfigError> {
    let malformed = |_| {
        ConfigError::new(
            "metadata_json",
            "must be this issuer's metadata, with https endpoints",
            "copy the document at `{issuer}/.well-known/openid-configuration`",
        )
    };
    let set = endpoints::set(provider).map(|(_, member)| member);
    let twice = Metadata::first_member(json, set).map_err(malformed)?;
    let contradictory = endpoints::set(provider).find(|(_, member)| Some(*member) == twice);
    if let Some((setting, _)) = contradictory {
        return Err(ConfigError::new(
            setting,
            "must not be set when `metadata_json` has this endpoint, too",
            "remove the setting, or the member of the document",
        ));
    }
    Metadata::parse_trusted(json, &provider.issuer, issuer_url, endpoints).map_err(malformed)
}

fn discovery_url_without_effect(provider: &Provider) -> ConfigError {
    match provider.metadata_json {
        Some(_) => ConfigError::new(
            "discovery_url",
            "must not be set together with `metadata_json`, with which no document is fetched",
            "remove one of the two",
        ),
        None => ConfigError::new(
            "discovery_url",
            "must not be set together with `authorization_endpoint`, `token_endpoint` and the keys \
             (`jwks_uri` or `jwks_json`), with which no document is fetched",
            "remove it, or one of the others to have the rest discovered",
        ),
    }
}

fn keys(provider: &Provider) -> Result<Option<KeySet>, ConfigError> {
    let Some(json) = provider.jwks_json.as_deref().map(without_byte_order_mark) else {
        return Ok((!provider.uses_public_keys()).then(KeySet::empty));
    };
    let keys = KeySet::parse(json.as_bytes());
    keys.map(Some).map_err(|_| {
        ConfigError::new(
            "jwks_json",
            "must be a JWK Set with at least one key that can verify signatures",
            "copy the document at the provider's `jwks_uri`",
        )
    })
}

/// Returns JSON without the byte order mark that some editors put before it (RFC 8259 section 8.1).
fn without_byte_order_mark(json: &str) -> &str {
    json.strip_prefix('\u{feff}').unwrap_or(json)
}

#[cfg(test)]
mod tests {
    use super::super::CheckedSettings;
    use super::super::tests::{fault, provider};
    use super::*;

    type Set = fn(Provider, String) -> Provider;

    /// Each setter of an endpoint, and its member of the metadata.
    const ENDPOINTS: [(&str, &str, Set); 8] = [
        ("jwks_uri", "jwks_uri", Provider::jwks_uri),
        (
            "authorization_endpoint",
            "authorization_endpoint",
            Provider::authorization_endpoint,
        ),
        ("token_endpoint", "token_endpoint", Provider::token_endpoint),
        (
            "user_info_endpoint",
            "userinfo_endpoint",
            Provider::user_info_endpoint,
        ),
        (
            "end_session_endpoint",
            "end_session_endpoint",
            Provider::end_session_endpoint,
        ),
        (
            "introspection_endpoint",
            "introspection_endpoint",
            Provider::introspection_endpoint,
        ),
        (
            "revocation_endpoint",
            "revocation_endpoint",
            Provider::revocation_endpoint,
        ),
        (
            "pushed_authorization_request_endpoint",
            "pushed_authorization_request_endpoint",
            Provider::pushed_authorization_request_endpoint,
        ),
    ];
    const URL: &str = "https://op.example/it";
    const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    fn metadata(without: &str) -> String {
        let mut members: serde_json::Map<_, _> = ENDPOINTS
            .iter()
            .filter(|(_, member, _)| *member != without)
            .map(|(_, member, _)| ((*member).to_owned(), URL.into()))
            .collect();
        members.insert("issuer".to_owned(), provider().issuer.into());
        serde_json::Value::Object(members).to_string()
    }

    #[test]
    fn metadata_and_the_setting_of_an_endpoint_in_them_are_a_contradiction() {
        for (setting, member, set) in ENDPOINTS {
            let contradictory = set(provider().metadata_json(metadata("")), URL.to_owned());
            let error = CheckedSettings::try_from(contradictory).unwrap_err();
            assert_eq!(error.setting(), setting);
            assert!(error.rule().contains("`metadata_json`"), "{error}");
            let completed = set(provider().metadata_json(metadata(member)), URL.to_owned());
            assert_eq!(fault(completed), "", "{setting}");
        }
        // A member that cannot be used counts as present.
        let malformed = r#"{"issuer":"https://op.example/oidc","token_endpoint":7}"#;
        let both = provider().metadata_json(malformed).token_endpoint(URL);
        assert_eq!(fault(both), "token_endpoint");
    }

    #[test]
    fn keys_and_their_address_are_a_contradiction() {
        assert_eq!(fault(provider().jwks_json(KEYS)), "");
        let error =
            CheckedSettings::try_from(provider().jwks_json(KEYS).jwks_uri(URL)).unwrap_err();
        assert_eq!(error.setting(), "jwks_uri");
        assert!(error.rule().contains("`jwks_json`"), "{error}");
    }

    /// The metadata are usually a copy of the provider's document, so their `jwks_uri` is no
    /// contradiction.
    #[test]
    fn metadata_with_the_address_of_the_keys_may_be_set_together_with_the_keys() {
        let both = provider().metadata_json(metadata("")).jwks_json(KEYS);
        assert_eq!(fault(both), "");
    }

    #[test]
    fn a_discovery_url_without_a_document_to_fetch_is_a_contradiction() {
        let endpoints = || provider().authorization_endpoint(URL).token_endpoint(URL);
        for nothing_to_fetch in [
            provider().metadata_json(metadata("")),
            endpoints().jwks_uri(URL),
            endpoints().jwks_json(KEYS),
        ] {
            assert_eq!(fault(nothing_to_fetch.clone()), "");
            assert_eq!(fault(nothing_to_fetch.discovery_url(URL)), "discovery_url");
        }
        assert_eq!(fault(endpoints().discovery_url(URL)), "");
    }

    #[test]
    fn an_endpoint_is_an_absolute_https_url() {
        for (setting, _, set) in ENDPOINTS {
            for url in [
                "/it",
                "http://op.example/it",
                "http://192.168.1.5/it",
                "https://op.example/it#a",
                "https://user@op.example/it",
                "https://:password@op.example/it",
                "",
            ] {
                assert_eq!(fault(set(provider(), url.to_owned())), setting, "{url}");
            }
            for url in ["https://op.example/it?tenant=a", "http://[::1]:8080/it"] {
                assert_eq!(fault(set(provider(), url.to_owned())), "", "{url}");
            }
        }
    }
}

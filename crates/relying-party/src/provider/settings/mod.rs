//! The checks of the settings, with one file for each part of them.

mod addresses;
mod authorization;
mod client;
mod endpoints;
mod name;
mod published;
mod verification;

use std::sync::Arc;

use url::Url;

pub(crate) use self::authorization::{check_scopes, is_scope_token};
pub(crate) use self::endpoints::Endpoints;
pub(super) use self::endpoints::urls;
use super::{Provider, issuer, tenants, white_space};
use crate::config_error::ConfigError;
use crate::jwks::KeySet;
use crate::metadata::Metadata;

/// A [`Provider`] that was checked, with the URLs and documents in it parsed.
#[derive(Debug)]
pub(crate) struct CheckedSettings {
    pub(crate) provider: Provider,
    pub(crate) issuer_url: Url,
    pub(crate) discovery_url: String,
    pub(crate) sign_up_url: Option<Url>,
    pub(crate) endpoints: Endpoints,
    pub(crate) metadata: Option<Arc<Metadata>>,
    pub(crate) keys: Option<Arc<KeySet>>,
}

impl TryFrom<Provider> for CheckedSettings {
    type Error = ConfigError;

    fn try_from(provider: Provider) -> Result<Self, ConfigError> {
        if let Some(error) = provider.preset_error {
            return Err(error);
        }
        white_space::check(&provider)?;
        let issuer_url = issuer::check(&provider.issuer)?;
        tenants::check(&provider)?;
        name::check(provider.display_name())?;
        client::check(&provider)?;
        authorization::check(&provider)?;
        verification::check(&provider)?;
        let sign_up_url = endpoints::sign_up_url(&provider)?;
        let discovery_url = endpoints::discovery_url(&provider, &issuer_url)?;
        let mut endpoints = Endpoints::parse(&provider)?;
        let (metadata, keys) = published::parse(&provider, &issuer_url, &endpoints)?;
        addresses::check(&provider, &issuer_url, metadata.as_ref())?;
        let has_end_session = metadata
            .as_ref()
            .is_some_and(|metadata| metadata.end_session_endpoint.is_some());
        if !has_end_session {
            endpoints.add_presets(&provider)?;
        }
        Ok(Self {
            provider,
            issuer_url,
            discovery_url,
            sign_up_url,
            endpoints,
            metadata: metadata.map(Arc::new),
            keys: keys.map(Arc::new),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::provider::{Prompt, SigningAlgorithm};
    use crate::{ClaimsRequest, RequestedClaim};

    pub(super) fn provider() -> Provider {
        Provider::new("https://op.example/oidc", "client-id")
    }

    /// The setting that is at fault, or "" if there is none.
    pub(super) fn fault(provider: Provider) -> &'static str {
        CheckedSettings::try_from(provider).map_or_else(|error| error.setting(), |_| "")
    }

    #[test]
    fn a_setting_that_cannot_work_is_refused_by_name() {
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
            (provider().extra_parameter("state", "x"), "extra_parameter"),
            (
                provider().sign_up_parameter("prompt", "create"),
                "sign_up_parameter",
            ),
            (
                provider().organization_parameter("scope"),
                "organization_parameter",
            ),
            (
                provider().organization_parameter(""),
                "organization_parameter",
            ),
            (provider().role_claim([] as [&str; 0]), "role_claim"),
            (provider().role_claim(["realm_access", ""]), "role_claim"),
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
            (provider().sign_up_url("/register"), "sign_up_url"),
            (
                provider()
                    .claims_request(ClaimsRequest::new().id_token("", RequestedClaim::voluntary())),
                "claims_request",
            ),
            (
                provider().acr_values("gold").claims_request(
                    ClaimsRequest::new().id_token("acr", RequestedClaim::essential().value("gold")),
                ),
                "claims_request",
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
        let error =
            CheckedSettings::try_from(Provider::new("http://canary.example", "id")).unwrap_err();
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

//! The endpoints that are set, and the address of the discovery document.

use url::Url;

use crate::config_error::ConfigError;
use crate::provider::Provider;
use crate::url_rules::parse_secure;

/// The endpoints that are set.
#[derive(Debug)]
pub(crate) struct Endpoints {
    pub(crate) end_session: Option<Url>,
    pub(crate) introspection: Option<Url>,
    pub(crate) revocation: Option<Url>,
}

impl Endpoints {
    pub(super) fn parse(provider: &Provider) -> Result<Self, ConfigError> {
        let optional = |setting, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| endpoint(setting, text)).transpose()
        };
        Ok(Self {
            end_session: optional("end_session_endpoint", &provider.end_session_endpoint)?,
            introspection: optional("introspection_endpoint", &provider.introspection_endpoint)?,
            revocation: optional("revocation_endpoint", &provider.revocation_endpoint)?,
        })
    }
}

/// The URL of the discovery document.
pub(super) fn discovery_url(provider: &Provider, issuer_url: &Url) -> Result<String, ConfigError> {
    match &provider.discovery_url {
        Some(text) => Ok(endpoint("discovery_url", text)?.into()),
        // OpenID Connect Discovery 1.0 section 4: without the terminating slash.
        None => {
            let base = issuer_url.as_str().trim_end_matches('/');
            Ok(format!("{base}/.well-known/openid-configuration"))
        }
    }
}

fn endpoint(setting: &'static str, text: &str) -> Result<Url, ConfigError> {
    parse_secure(text).ok_or_else(|| {
        ConfigError::new(
            setting,
            "must be an absolute https URL without fragment (http on a loopback address)",
            "copy it from the provider's documentation",
        )
    })
}

//! The endpoints that are set, and the URL of the discovery document.

use url::Url;

use crate::config_error::ConfigError;
use crate::provider::Provider;
use crate::url_rules::parse_secure;

/// The endpoints that are set. Each replaces the one in the provider's metadata.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    pub(crate) jwks_uri: Option<Url>,
    pub(crate) authorization: Option<Url>,
    pub(crate) token: Option<Url>,
    pub(crate) user_info: Option<Url>,
    pub(crate) end_session: Option<Url>,
    pub(crate) introspection: Option<Url>,
    pub(crate) revocation: Option<Url>,
    pub(crate) pushed_authorization: Option<Url>,
    /// Whether the keys themselves are set, or none are needed, so that nothing is fetched from their URL.
    pub(crate) has_keys: bool,
}

/// Returns the settings that are URLs, with their names.
pub(in crate::provider) fn urls(
    provider: &Provider,
) -> impl Iterator<Item = (&'static str, Option<&str>)> {
    let discovery_url = ("discovery_url", provider.discovery_url.as_deref());
    let endpoints = endpoints(provider).map(|(setting, _, url)| (setting, url));
    let sign_up_url = ("sign_up_url", provider.sign_up_url.as_deref());
    [discovery_url, sign_up_url].into_iter().chain(endpoints)
}

/// Returns the endpoints: the setting, the member of the metadata, and the URL that is set.
fn endpoints(provider: &Provider) -> [(&'static str, &'static str, Option<&str>); 8] {
    let it = provider;
    [
        ("jwks_uri", "jwks_uri", &it.jwks_uri),
        (
            "authorization_endpoint",
            "authorization_endpoint",
            &it.authorization_endpoint,
        ),
        ("token_endpoint", "token_endpoint", &it.token_endpoint),
        (
            "user_info_endpoint",
            "userinfo_endpoint",
            &it.user_info_endpoint,
        ),
        (
            "end_session_endpoint",
            "end_session_endpoint",
            &it.end_session_endpoint,
        ),
        (
            "introspection_endpoint",
            "introspection_endpoint",
            &it.introspection_endpoint,
        ),
        (
            "revocation_endpoint",
            "revocation_endpoint",
            &it.revocation_endpoint,
        ),
        (
            "pushed_authorization_request_endpoint",
            "pushed_authorization_request_endpoint",
            &it.pushed_authorization_request_endpoint,
        ),
    ]
    .map(|(setting, member, url)| (setting, member, url.as_deref()))
}

impl Endpoints {
    pub(super) fn parse(provider: &Provider) -> Result<Self, ConfigError> {
        let parsed = |(setting, _, url): (_, _, Option<&str>)| {
            url.map(|url| endpoint(setting, url)).transpose()
        };
        let [
            jwks_uri,
            authorization,
            token,
            user_info,
            end_session,
            introspection,
            revocation,
            pushed_authorization,
        ] = endpoints(provider).map(parsed);
        Ok(Self {
            jwks_uri: jwks_uri?,
            authorization: authorization?,
            token: token?,
            user_info: user_info?,
            end_session: end_session?,
            introspection: introspection?,
            revocation: revocation?,
            pushed_authorization: pushed_authorization?,
            has_keys: provider.jwks_json.is_some() || !provider.uses_public_keys(),
        })
    }

    /// Adds the endpoint of a preset, unless the endpoint is set.
    pub(super) fn add_presets(&mut self, provider: &Provider) -> Result<(), ConfigError> {
        if let Some(url) = &provider.default_end_session_endpoint
            && self.end_session.is_none()
        {
            self.end_session = Some(endpoint("end_session_endpoint", url)?);
        }
        Ok(())
    }
}

/// Returns the settings of endpoints that are set, each with its member of the metadata.
pub(super) fn set(provider: &Provider) -> impl Iterator<Item = (&'static str, &'static str)> {
    endpoints(provider)
        .into_iter()
        .filter_map(|(setting, member, url)| url.map(|_| (setting, member)))
}

/// Returns the URL of the page on which users register.
pub(super) fn sign_up_url(provider: &Provider) -> Result<Option<Url>, ConfigError> {
    let url = provider.sign_up_url.as_deref();
    url.map(|url| endpoint("sign_up_url", url)).transpose()
}

/// Returns the URL of the discovery document.
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
    // The default HTTP client does not send user name and password, so they would have no effect.
    let names_no_user = |url: &Url| url.username().is_empty() && url.password().is_none();
    parse_secure(text).filter(names_no_user).ok_or_else(|| {
        ConfigError::new(
            setting,
            "must be an absolute https URL without fragment, user name and password (http on a \
             loopback address)",
            "copy it from the provider's documentation",
        )
    })
}

//! The origins that a layer serves, and the proxies in front of them.

use std::sync::Arc;

use sealed_cookie::KeyRing;

use super::AuthLayerBuilder;
use super::components::SharedComponents;
use super::keys::Keys;
use super::sealed_cookies::warn_about_prefix;
use crate::components::Components;
use crate::config_error::ConfigError;
use crate::layer::origins::Origins;
use crate::layer::request_origins::RequestOrigins;
use crate::origin::base_url::BaseUrl;
use crate::origin::plain_http::PlainHttp;
use crate::web::network::Network;

/// The other allowed origins, each at its own host.
pub(super) fn other_origins(
    first: &BaseUrl,
    urls: &[String],
    plain_http: PlainHttp,
) -> Result<Vec<BaseUrl>, ConfigError> {
    let mut origins: Vec<BaseUrl> = Vec::new();
    for url in urls {
        let origin =
            BaseUrl::parse(url, plain_http).map_err(|error| error.named("additional_base_url"))?;
        let authority = |origin: &BaseUrl| {
            let url = origin.url();
            (url.host_str().map(str::to_owned), url.port())
        };
        if std::iter::once(first)
            .chain(&origins)
            .any(|other| authority(other) == authority(&origin))
        {
            return Err(ConfigError::new(
                "additional_base_url",
                "has the same host and port as another origin; requests are distinguished by their host",
            ));
        }
        origins.push(origin);
    }
    Ok(origins)
}

/// Makes the origins of a layer, again whenever its secrets change. All of them share what is in memory: sessions that
/// are refreshed, ended sessions, revocations that wait, documents of providers.
pub(super) struct OriginsFactory {
    builder: Arc<AuthLayerBuilder>,
    shared: Arc<SharedComponents>,
    base_url: BaseUrl,
    others: Vec<BaseUrl>,
    trusted_proxies: Vec<Network>,
}

impl OriginsFactory {
    pub(super) fn new(
        mut builder: AuthLayerBuilder,
        shared: SharedComponents,
        base_url: BaseUrl,
        others: Vec<BaseUrl>,
    ) -> Result<Self, ConfigError> {
        // The keys are derived from them, and nothing else needs them.
        builder.cookie_secret = None;
        builder.additional_cookie_secrets.clear();
        for base_url in std::iter::once(&base_url).chain(&others) {
            warn_about_prefix(base_url, &builder);
        }
        Ok(Self {
            trusted_proxies: trusted_proxies(&builder.trusted_proxies)?,
            builder: Arc::new(builder),
            shared: Arc::new(shared),
            base_url,
            others,
        })
    }

    /// The origins with the keys of these secrets.
    pub(super) fn origins(&self, key_ring: KeyRing) -> Result<Origins, ConfigError> {
        let keys = self.shared.keys(&self.builder, key_ring);
        let components = |base_url: &BaseUrl| {
            let base_url = base_url.clone();
            let made = self
                .shared
                .at_origin(&self.builder, &keys, base_url, true)?;
            Ok(Arc::new(made))
        };
        let first = components(&self.base_url)?;
        let others = self.others.iter().map(components);
        Ok(Origins {
            others: others.collect::<Result<_, _>>()?,
            from_requests: request_origins(&self.builder, &self.shared, keys, &first)?,
            first,
            trusted_proxies: self.trusted_proxies.clone(),
            strip_cookies: self.builder.strip_cookies,
        })
    }
}

/// The origins that requests name, if they are served.
fn request_origins(
    builder: &Arc<AuthLayerBuilder>,
    shared: &Arc<SharedComponents>,
    keys: Keys,
    first: &Components,
) -> Result<Option<RequestOrigins>, ConfigError> {
    if !builder.origins_from_requests {
        return Ok(None);
    }
    if builder.cookie_domain.is_some() {
        return Err(ConfigError::new(
            "origins_from_requests",
            "cannot be combined with cookie_domain: cookies of all hosts of that domain would go to each of \
             them; remove one of the two",
        ));
    }
    check_settings_for_any_host(builder, shared, &keys, &first.origin.base_url)?;
    let is_https = first.origin.base_url.is_https();
    let plain_http = builder.plain_http;
    let log = Arc::clone(&first.log);
    let (builder, shared) = (Arc::clone(builder), Arc::clone(shared));
    let make = move |base_url| {
        let made = shared.at_origin(&builder, &keys, base_url, false);
        made.inspect_err(|error| {
            if let Some(omitted) = log.allow(("origins_from_requests", "")) {
                tracing::error!(%error, omitted, "the host of a request cannot be served");
            }
        })
        .ok()
    };
    Ok(Some(RequestOrigins::new(
        is_https,
        plain_http,
        Box::new(make),
    )))
}

/// Refuses settings that fit the base URL alone: with them no host of a request could be served, and only the
/// log would say so.
fn check_settings_for_any_host(
    builder: &AuthLayerBuilder,
    shared: &SharedComponents,
    keys: &Keys,
    base_url: &BaseUrl,
) -> Result<(), ConfigError> {
    // Names that are never registered (RFC 6761). Plain http needs the one that is loopback.
    let origin = match base_url.is_https() {
        true => "https://tenant.invalid",
        false => "http://tenant.localhost",
    };
    let port = base_url.port().map(|port| format!(":{port}"));
    let sample = format!("{origin}{}", port.unwrap_or_default());
    let sample = BaseUrl::parse(&sample, builder.plain_http)?;
    shared.at_origin(builder, keys, sample, false)?;
    Ok(())
}

fn trusted_proxies(networks: &[String]) -> Result<Vec<Network>, ConfigError> {
    let parse = |network: &String| {
        network.parse().map_err(|_| {
            ConfigError::new(
                "trusted_proxy",
                "must be an address or a network other than /0, such as 10.0.0.1 or 10.0.0.0/8",
            )
        })
    };
    networks.iter().map(parse).collect()
}

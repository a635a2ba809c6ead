//! The origins that a layer serves, and the proxies in front of them.

use std::sync::Arc;

use super::AuthLayerBuilder;
use super::components::SharedComponents;
use crate::components::Components;
use crate::config_error::ConfigError;
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

/// The origins that requests name, if they are served.
pub(super) fn request_origins(
    mut builder: AuthLayerBuilder,
    shared: SharedComponents,
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
    check_settings_for_any_host(&builder, &shared, &first.origin.base_url)?;
    // The keys have been derived from them, and nothing else needs them.
    builder.cookie_secret = None;
    builder.additional_cookie_secrets.clear();
    let is_https = first.origin.base_url.is_https();
    let plain_http = builder.plain_http;
    let log = Arc::clone(&first.log);
    let make = move |base_url| {
        let made = shared.at_origin(&builder, base_url, false);
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
    shared.at_origin(builder, sample, false)?;
    Ok(())
}

pub(super) fn trusted_proxies(networks: &[String]) -> Result<Vec<Network>, ConfigError> {
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

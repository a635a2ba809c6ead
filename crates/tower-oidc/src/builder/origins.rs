//! The origins that a layer serves, and the proxies in front of them.

use crate::config_error::ConfigError;
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

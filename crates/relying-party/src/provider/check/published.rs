//! What the provider publishes about itself and the configuration holds: metadata and keys.

use url::Url;

use crate::config_error::ConfigError;
use crate::jwks::KeySet;
use crate::metadata::Metadata;
use crate::provider::Provider;

/// The metadata and the keys that are set.
pub(super) fn parse(
    provider: &Provider,
    issuer_url: &Url,
) -> Result<(Option<Metadata>, Option<KeySet>), ConfigError> {
    let metadata = metadata(provider, issuer_url)?;
    let keys = keys(provider)?;
    let jwks_uri = metadata.as_ref().map(|metadata| &metadata.jwks_uri);
    if keys.is_none() && jwks_uri.is_some_and(Option::is_none) {
        return Err(ConfigError::new(
            "metadata_json",
            "must have a `jwks_uri` when no keys are given",
            "add it, or set `jwks_json`",
        ));
    }
    Ok((metadata, keys))
}

fn metadata(provider: &Provider, issuer_url: &Url) -> Result<Option<Metadata>, ConfigError> {
    let Some(json) = provider.metadata_json.as_deref().map(without_mark) else {
        return Ok(None);
    };
    let metadata = Metadata::parse_trusted(json, &provider.issuer, issuer_url);
    metadata.map(Some).map_err(|_| {
        ConfigError::new(
            "metadata_json",
            "must be this issuer's metadata, with https endpoints",
            "copy the document at `{issuer}/.well-known/openid-configuration`",
        )
    })
}

fn keys(provider: &Provider) -> Result<Option<KeySet>, ConfigError> {
    let Some(json) = provider.jwks_json.as_deref().map(without_mark) else {
        return Ok(None);
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

/// JSON without the byte order mark that some editors put before it (RFC 8259 section 8.1).
fn without_mark(json: &str) -> &str {
    json.strip_prefix('\u{feff}').unwrap_or(json)
}

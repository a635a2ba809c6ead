//! The provider's metadata and keys: set, or fetched and kept.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::CACHE_CONTROL;
use url::Url;

use crate::cached::{Cached, Fetched};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::fetch::{Step, get_json};
use crate::http_client::HttpClient;
use crate::jwks::KeySet;
use crate::metadata::Metadata;
use crate::provider::Settings;

/// How long metadata stay fresh: endpoints change once in years, and are announced.
const METADATA_FRESH_FOR: Duration = Duration::from_secs(3600);
/// How long keys stay fresh if the provider does not say; an unknown key has them fetched sooner.
const KEYS_FRESH_FOR: Duration = Duration::from_secs(3600);
const KEYS_FRESH_FOR_AT_LEAST: Duration = Duration::from_secs(60);
const KEYS_FRESH_FOR_AT_MOST: Duration = Duration::from_secs(24 * 3600);

/// What the provider publishes about itself.
#[derive(Debug)]
pub(crate) struct Documents {
    settings: Settings,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    metadata: Cached<Metadata>,
    keys: Cached<KeySet>,
}

impl Documents {
    pub(crate) fn new(
        settings: Settings,
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            settings,
            http,
            clock,
            metadata: Cached::new(),
            keys: Cached::new(),
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    fn http(&self) -> &dyn HttpClient {
        &*self.http
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, Error> {
        match &self.settings.metadata {
            Some(metadata) => Ok(Arc::clone(metadata)),
            None => {
                self.metadata
                    .fresh(&*self.clock, self.fetch_metadata())
                    .await
            }
        }
    }

    pub(crate) async fn keys(&self, metadata: &Metadata) -> Result<Arc<KeySet>, Error> {
        match &self.settings.keys {
            Some(keys) => Ok(Arc::clone(keys)),
            None => {
                self.keys
                    .fresh(&*self.clock, self.fetch_keys(metadata))
                    .await
            }
        }
    }

    /// Keys that were fetched after `seen`, or are fetched now if that may be.
    pub(crate) async fn keys_newer_than(
        &self,
        seen: &Arc<KeySet>,
        metadata: &Metadata,
    ) -> Option<Arc<KeySet>> {
        match &self.settings.keys {
            Some(_) => None,
            None => {
                self.keys
                    .newer(seen, &*self.clock, self.fetch_keys(metadata))
                    .await
            }
        }
    }

    async fn fetch_metadata(&self) -> Result<Fetched<Metadata>, Error> {
        let Settings {
            provider,
            issuer_url,
            discovery_url,
            ..
        } = &self.settings;
        let response = get_json(self.http(), Step::DISCOVERY, discovery_url).await?;
        let value = Metadata::parse_fetched(response.body(), &provider.issuer, issuer_url)
            .map_err(|error| error.at(discovery_url))?;
        Ok(Fetched {
            value,
            fresh_for: METADATA_FRESH_FOR,
        })
    }

    async fn fetch_keys(&self, metadata: &Metadata) -> Result<Fetched<KeySet>, Error> {
        let malformed = |what| Error::new(ErrorKind::Provider, "jwks.malformed", what);
        let uri = metadata.jwks_uri.as_ref().map(Url::as_str);
        let uri = uri.ok_or_else(|| malformed("the metadata have no jwks_uri"))?;
        let malformed = |what| malformed(what).at(uri);
        let response = get_json(self.http(), Step::JWKS, uri).await?;
        let value = KeySet::parse(response.body())
            .ok_or_else(|| malformed("the keys are not a JWK Set of at most 256 KiB"))?;
        if value.is_empty() {
            return Err(malformed(
                "the JWK Set has no key that can verify signatures",
            ));
        }
        let fresh_for = max_age(response.headers())
            .unwrap_or(KEYS_FRESH_FOR)
            .clamp(KEYS_FRESH_FOR_AT_LEAST, KEYS_FRESH_FOR_AT_MOST);
        Ok(Fetched { value, fresh_for })
    }
}

/// How long a response says it stays fresh (RFC 9111 sections 5.2.2.1, 5.2.2.4 and 5.2.2.5): not at
/// all with `no-store` or `no-cache`, whatever stands beside them.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut max_age = None;
    for directive in headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
    {
        let directive = directive.trim().to_ascii_lowercase();
        if directive == "no-store" || directive == "no-cache" {
            return Some(Duration::ZERO);
        }
        let seconds = directive
            .strip_prefix("max-age=")
            .and_then(|seconds| seconds.trim_matches('"').parse().ok());
        max_age = max_age.or_else(|| seconds.map(Duration::from_secs));
    }
    max_age
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn what_forbids_keeping_wins_over_an_age_wherever_it_stands() {
        let age = |seconds| Some(Duration::from_secs(seconds));
        for (fields, expected) in [
            (&[][..], None),
            (&["public"], None),
            (&["max-age=many"], None),
            (&["public, Max-Age=\"300\""], age(300)),
            (&["max-age=300", "max-age=600"], age(300)),
            (&["no-store, max-age=300"], age(0)),
            (&["max-age=300, no-store"], age(0)),
            (&["max-age=300, No-Cache"], age(0)),
            (&["max-age=300", "no-cache"], age(0)),
        ] {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(CACHE_CONTROL, HeaderValue::from_static(field));
            }
            assert_eq!(max_age(&headers), expected, "{fields:?}");
        }
    }
}

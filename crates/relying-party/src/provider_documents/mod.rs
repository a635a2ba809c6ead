//! The provider's metadata and keys: set, or fetched and cached.

mod cache_control;
mod cached;
mod failure_log;
mod fetch_limiter;
mod key_search;

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use self::cache_control::max_age;
pub(crate) use self::cached::RefetchError;
use self::cached::{Cached, EarlyFetch, Fetched};
use self::failure_log::FailureLog;
use self::fetch_limiter::FetchLimiter;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::fetch::{Step, get_json};
use crate::http_client::HttpClient;
use crate::jwks::{KeySet, KeySetError};
use crate::metadata::Metadata;
use crate::provider::{CheckedSettings, Provider};
use crate::runtime::{self, Instant};

/// How long metadata stay fresh: endpoints change rarely, and changes are announced.
const METADATA_FRESH_FOR: Duration = Duration::from_secs(3600);
/// How long keys stay fresh if the provider does not say. An unknown key causes an earlier fetch.
const KEYS_FRESH_FOR: Duration = Duration::from_secs(3600);
const MIN_KEYS_FRESH_FOR: Duration = Duration::from_secs(60);
const MAX_KEYS_FRESH_FOR: Duration = Duration::from_secs(24 * 3600);

/// What the provider publishes about itself.
#[derive(Debug)]
pub(crate) struct ProviderDocuments {
    settings: CheckedSettings,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    metadata: Cached<Metadata>,
    keys: Cached<KeySet>,
    /// Limits all fetches of documents that may still be fresh: keys and metadata.
    limiter: FetchLimiter,
    failures: FailureLog,
}

impl ProviderDocuments {
    pub(crate) fn new(
        settings: CheckedSettings,
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        if let Some(metadata) = &settings.metadata {
            log_unsupported_requirements(&settings.provider, metadata);
        }
        Self {
            settings,
            http,
            clock,
            metadata: Cached::new(),
            keys: Cached::new(),
            limiter: FetchLimiter::default(),
            failures: FailureLog::default(),
        }
    }

    pub(crate) fn settings(&self) -> &CheckedSettings {
        &self.settings
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

    pub(crate) async fn keys(&self, metadata: &Arc<Metadata>) -> Result<Arc<KeySet>, Error> {
        if let Some(keys) = &self.settings.keys {
            return Ok(Arc::clone(keys));
        }
        // The deadline is now, so no caller waits for the limiter: if it does not allow a fetch at
        // once, metadata that are still fresh are not fetched again.
        let fetch = self.fetch_keys(metadata, runtime::now());
        self.keys.fresh(&*self.clock, fetch).await
    }

    /// Returns metadata newer than `seen`, whose `jwks_uri` may be another one. `None` if the metadata
    /// or the `jwks_uri` are set, or the metadata cannot be fetched now.
    async fn newer_metadata(
        &self,
        seen: &Arc<Metadata>,
        early: EarlyFetch<'_>,
    ) -> Option<Arc<Metadata>> {
        if self.settings.metadata.is_some() || self.settings.endpoints.jwks_uri.is_some() {
            return None;
        }
        let newer = self
            .metadata
            .newer(seen, &*self.clock, early, self.fetch_metadata());
        newer.await.ok()
    }

    /// Fetches the keys from the `jwks_uri` of the newest metadata. If that fails for the moment, the
    /// metadata are fetched again, once: the keys may have moved.
    async fn fetch_keys(
        &self,
        metadata: &Arc<Metadata>,
        deadline: Instant,
    ) -> Result<Fetched<KeySet>, Error> {
        let last = self.metadata.last();
        let metadata = last.as_ref().unwrap_or(metadata);
        let error = match self.fetch_keys_of(metadata).await {
            Err(error) if !error.is_transient() => error,
            done => return done,
        };
        let early = EarlyFetch::Limited(&self.limiter, deadline);
        match self.newer_metadata(metadata, early).await {
            Some(newer) if newer.jwks_uri != metadata.jwks_uri => self.fetch_keys_of(&newer).await,
            _ => Err(error),
        }
    }

    fn log_failure(&self, error: &Error) {
        self.failures.log(error, self.clock.now());
    }

    async fn fetch_metadata(&self) -> Result<Fetched<Metadata>, Error> {
        let CheckedSettings {
            provider,
            issuer_url,
            discovery_url,
            endpoints,
            ..
        } = &self.settings;
        let fetched = get_json(&*self.http, Step::DISCOVERY, discovery_url)
            .await
            .and_then(|response| {
                Metadata::parse_fetched(
                    response.body(),
                    &provider.issuer,
                    issuer_url,
                    discovery_url,
                    endpoints,
                )
                .map_err(|error| error.with_url(discovery_url))
            });
        let value = fetched.inspect_err(|error| self.log_failure(error))?;
        log_unsupported_requirements(provider, &value);
        Ok(Fetched {
            value,
            fresh_for: METADATA_FRESH_FOR,
        })
    }

    async fn fetch_keys_of(&self, metadata: &Metadata) -> Result<Fetched<KeySet>, Error> {
        let fetched = fetch_keys_at(&*self.http, metadata).await;
        fetched.inspect_err(|error| self.log_failure(error))
    }
}

async fn fetch_keys_at(
    http: &dyn HttpClient,
    metadata: &Metadata,
) -> Result<Fetched<KeySet>, Error> {
    let malformed = |what: String| Error::new(ErrorKind::Provider, "jwks.malformed", what);
    let uri = metadata.jwks_uri.as_ref().map(Url::as_str);
    let uri = uri.ok_or_else(|| malformed("the metadata have no `jwks_uri`".to_owned()))?;
    let response = get_json(http, Step::JWKS, uri).await?;
    let value = KeySet::parse(response.body()).map_err(|error| {
        malformed(match error {
            KeySetError::Malformed(what) => {
                format!("the document at `jwks_uri` is not a JWK Set: {what}")
            }
            KeySetError::NoUsableKey(what) => format!(
                "the provider publishes no key that can verify signatures. Its JWK Set: {what}; give \
                 it a signing key for RS256, PS256, ES256, ES384 or EdDSA, and set the client's \
                 `id_token_signed_response_alg` to it"
            ),
        })
        .with_url(uri)
    })?;
    let fresh_for = max_age(response.headers())
        .unwrap_or(KEYS_FRESH_FOR)
        .clamp(MIN_KEYS_FRESH_FOR, MAX_KEYS_FRESH_FOR);
    Ok(Fetched { value, fresh_for })
}

/// Logs what the metadata require of clients and is not supported. It makes every sign-in fail, so
/// operators should learn of it before the first one.
fn log_unsupported_requirements(provider: &Provider, metadata: &Metadata) {
    if let Err(error) = metadata.check_requirements(provider) {
        tracing::error!(
            %error,
            code = error.code(),
            "the provider cannot be used as it is configured"
        );
    }
}

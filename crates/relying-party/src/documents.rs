//! The provider's metadata and keys: set, or fetched and kept.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::CACHE_CONTROL;
use tokio::time::Instant;
use url::Url;

use crate::cached::{Cached, Fetched, NoNewer, Turn};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::fetch::{Step, get_json};
use crate::fetch_bucket::FetchBucket;
use crate::http_client::HttpClient;
use crate::jwks::{KeySet, NoKeys};
use crate::metadata::{self, Metadata};
use crate::provider::{Provider, Settings};

/// How long metadata stay fresh: endpoints change once in years, and are announced.
const METADATA_FRESH_FOR: Duration = Duration::from_secs(3600);
/// How long keys stay fresh if the provider does not say; an unknown key has them fetched sooner.
const KEYS_FRESH_FOR: Duration = Duration::from_secs(3600);
const KEYS_FRESH_FOR_AT_LEAST: Duration = Duration::from_secs(60);
const KEYS_FRESH_FOR_AT_MOST: Duration = Duration::from_secs(24 * 3600);

/// How long a caller waits for keys that fit. A sign-in that fails has used up its code, so that waiting
/// is worth more than an error at once.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How often a search for newer keys fetches them from one address before it asks the metadata for
/// another one.
const TRIES_AT_ONE_ADDRESS: u32 = 2;
/// How long the address that the metadata name is not asked for again.
const ADDRESS_FRESH_FOR: Duration = Duration::from_secs(10);
/// How often a failure that lasts is written to the log.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// What the provider publishes about itself.
#[derive(Debug)]
pub(crate) struct Documents {
    settings: Settings,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    metadata: Cached<Metadata>,
    keys: Cached<KeySet>,
    /// For all fetches before their time, of keys and of metadata.
    bucket: FetchBucket,
    last_failure: Mutex<Option<LoggedFailure>>,
}

/// The last failure in the log, so that one that lasts is not repeated at every fetch.
#[derive(Debug)]
struct LoggedFailure {
    code: &'static str,
    at: SystemTime,
    omitted: u64,
}

impl Documents {
    pub(crate) fn new(
        settings: Settings,
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        if let Some(metadata) = &settings.metadata {
            log_demands(&settings.provider, metadata);
        }
        Self {
            settings,
            http,
            clock,
            metadata: Cached::new(),
            keys: Cached::new(),
            bucket: FetchBucket::default(),
            last_failure: Mutex::new(None),
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

    pub(crate) async fn keys(&self, metadata: &Arc<Metadata>) -> Result<Arc<KeySet>, Error> {
        if let Some(keys) = &self.settings.keys {
            return Ok(Arc::clone(keys));
        }
        // Nobody waits for a token here: without one, the metadata are not fetched before their time.
        let fetch = self.fetch_keys(metadata, Instant::now());
        self.keys.fresh(&*self.clock, fetch).await
    }

    /// Begins a search for keys that are newer than `seen`, which do not fit.
    ///
    /// `None` if the keys are set, so that there are no others.
    pub(crate) fn newer_keys(
        &self,
        seen: &Arc<KeySet>,
        metadata: &Arc<Metadata>,
    ) -> Option<NewerKeys<'_>> {
        self.settings.keys.is_none().then(|| NewerKeys {
            documents: self,
            seen: Arc::clone(seen),
            metadata: Arc::clone(metadata),
            deadline: soon(),
            tries: 0,
        })
    }

    /// Metadata newer than `seen`, which may have another address of the keys. `None` if that is set, or
    /// they cannot be fetched now.
    async fn newer_metadata(&self, seen: &Arc<Metadata>, turn: Turn<'_>) -> Option<Arc<Metadata>> {
        if self.settings.metadata.is_some() || self.settings.endpoints.jwks_uri.is_some() {
            return None;
        }
        let newer = self
            .metadata
            .newer(seen, &*self.clock, turn, self.fetch_metadata());
        newer.await.ok()
    }

    /// Fetches the metadata again unless that was a moment ago: the address that the last ones name may
    /// answer although the keys have moved.
    async fn ask_for_the_address(&self, metadata: &Arc<Metadata>) {
        if !self
            .metadata
            .is_younger_than(ADDRESS_FRESH_FOR, self.clock.now())
        {
            let last = self.metadata.last();
            let seen = last.as_ref().unwrap_or(metadata);
            self.newer_metadata(seen, Turn::Paid).await;
        }
    }

    /// Fetches the keys from where the newest metadata say that they are. If there are none, the
    /// metadata are fetched before their time, once: the keys may have moved.
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
        let turn = Turn::Take(&self.bucket, deadline);
        match self.newer_metadata(metadata, turn).await {
            Some(newer) if newer.jwks_uri != metadata.jwks_uri => self.fetch_keys_of(&newer).await,
            _ => Err(error),
        }
    }

    /// Writes a failed fetch to the log, one of a kind in ten seconds.
    fn log(&self, error: &Error) {
        let now = self.clock.now();
        let mut last = self
            .last_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut omitted = 0;
        if let Some(last) = &mut *last
            && last.code == error.code()
        {
            let since = now.duration_since(last.at);
            if since.is_ok_and(|since| since < LOG_INTERVAL) {
                last.omitted = last.omitted.saturating_add(1);
                return;
            }
            omitted = last.omitted;
        }
        *last = Some(LoggedFailure {
            code: error.code(),
            at: now,
            omitted: 0,
        });
        drop(last);
        tracing::warn!(
            %error,
            code = error.code(),
            omitted,
            "a document of the provider could not be fetched; what was fetched before is used for a \
             day, and sign-ins that need a newer one fail"
        );
    }

    async fn fetch_metadata(&self) -> Result<Fetched<Metadata>, Error> {
        let Settings {
            provider,
            issuer_url,
            discovery_url,
            endpoints,
            ..
        } = &self.settings;
        let fetched = get_json(self.http(), Step::DISCOVERY, discovery_url)
            .await
            .and_then(|response| {
                Metadata::parse_fetched(
                    response.body(),
                    &provider.issuer,
                    issuer_url,
                    discovery_url,
                    endpoints,
                )
                .map_err(|error| error.at(discovery_url))
            });
        let value = fetched.inspect_err(|error| self.log(error))?;
        log_demands(provider, &value);
        Ok(Fetched {
            value,
            fresh_for: METADATA_FRESH_FOR,
        })
    }

    async fn fetch_keys_of(&self, metadata: &Metadata) -> Result<Fetched<KeySet>, Error> {
        let fetched = self.fetch_keys_at(metadata).await;
        fetched.inspect_err(|error| self.log(error))
    }

    async fn fetch_keys_at(&self, metadata: &Metadata) -> Result<Fetched<KeySet>, Error> {
        let malformed = |what: String| Error::new(ErrorKind::Provider, "jwks.malformed", what);
        let uri = metadata.jwks_uri.as_ref().map(Url::as_str);
        let uri = uri.ok_or_else(|| malformed("the metadata have no `jwks_uri`".to_owned()))?;
        let response = get_json(self.http(), Step::JWKS, uri).await?;
        let value = KeySet::parse(response.body()).map_err(|error| match error {
            NoKeys::Malformed(what) => {
                malformed(format!("the document at `jwks_uri` is not a JWK Set: {what}")).at(uri)
            }
            NoKeys::NoneThatFits(what) => Error::new(
                ErrorKind::Provider,
                "jwks.malformed",
                format!(
                    "the provider publishes no key that can verify signatures. Its JWK Set: {what}; \
                     give it a signing key for RS256, PS256, ES256, ES384 or EdDSA, and \
                     set the client's `id_token_signed_response_alg` to it"
                ),
            )
            .at(uri),
        })?;
        let fresh_for = max_age(response.headers())
            .unwrap_or(KEYS_FRESH_FOR)
            .clamp(KEYS_FRESH_FOR_AT_LEAST, KEYS_FRESH_FOR_AT_MOST);
        Ok(Fetched { value, fresh_for })
    }
}

/// A search for newer keys, which fetches them again and again for some seconds: what a provider's
/// edge answers right after a rotation may be out of date, or an error.
pub(crate) struct NewerKeys<'a> {
    documents: &'a Documents,
    seen: Arc<KeySet>,
    metadata: Arc<Metadata>,
    deadline: Instant,
    tries: u32,
}

impl NewerKeys<'_> {
    /// Keys that were fetched after the last ones that this search has seen.
    pub(crate) async fn next(&mut self) -> Result<Arc<KeySet>, NoNewer> {
        let documents = self.documents;
        let asks_for_the_address = self.tries >= TRIES_AT_ONE_ADDRESS;
        self.tries = self.tries.saturating_add(1);
        let fetch = async {
            if asks_for_the_address {
                documents.ask_for_the_address(&self.metadata).await;
            }
            documents.fetch_keys(&self.metadata, self.deadline).await
        };
        let turn = Turn::Take(&documents.bucket, self.deadline);
        let newer = documents
            .keys
            .newer(&self.seen, &*documents.clock, turn, fetch)
            .await?;
        self.seen = Arc::clone(&newer);
        Ok(newer)
    }

    /// Whether no further fetch may begin.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }
}

/// Logs what the metadata demand and is not supported. It stops every sign-in, so that operators should
/// know it before the first one.
fn log_demands(provider: &Provider, metadata: &Metadata) {
    if let Err(error) = metadata::check_demands(provider, metadata) {
        tracing::error!(%error, code = error.code(), "the provider cannot be used as it is set up");
    }
}

fn soon() -> Instant {
    let now = Instant::now();
    now.checked_add(LONGEST_WAIT).unwrap_or(now)
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

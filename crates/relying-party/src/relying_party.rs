//! The relying party: settings, caches and the flows over them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::header::CACHE_CONTROL;
use url::Url;

use crate::authorization_request::AuthorizationRequest;
use crate::authorization_response::{AuthorizationCode, AuthorizationResponse};
use crate::cached::{Cached, Fetched};
use crate::claims::Claims;
use crate::client;
use crate::clock::{Clock, unix_seconds};
use crate::config_error::ConfigError;
use crate::end_session::EndSessionRequest;
use crate::error::{Error, ErrorKind};
use crate::fetch::{Step, get_json};
use crate::http_client::HttpClient;
use crate::id_token::{self, Expectations, Jws, VerifiedIdToken};
use crate::jwks::KeySet;
use crate::metadata::Metadata;
use crate::provider::{Provider, Settings, SigningAlgorithm};
use crate::token::{self, CodeExchange, TokenSet};
use crate::transaction_secrets::TransactionSecrets;
use crate::user_info;

/// How long metadata stays fresh: endpoints change once in years, and are announced.
const METADATA_FRESH_FOR: Duration = Duration::from_secs(3600);
/// How long keys stay fresh if the provider does not say; an unknown key has them fetched sooner.
const KEYS_FRESH_FOR: Duration = Duration::from_secs(3600);
const KEYS_FRESH_FOR_AT_LEAST: Duration = Duration::from_secs(60);
const KEYS_FRESH_FOR_AT_MOST: Duration = Duration::from_secs(24 * 3600);

/// One client registered at one provider.
///
/// It fetches the provider's metadata and keys when they are first needed, once for all who wait
/// for them, and keeps them: metadata for an hour, keys for as long as the provider says (a minute
/// to a day; an hour if it does not). When the provider is down, what was fetched serves for a day.
/// Cloning is cheap, and clones share what was fetched.
///
/// ```
/// use std::sync::Arc;
///
/// use relying_party::{
///     AuthorizationRequest, AuthorizationResponse, CodeExchange, Error, HyperClient, Provider,
///     RelyingParty, SystemClock, TokenSet, TransactionSecrets,
/// };
///
/// const REDIRECT_URI: &str = "https://app.example/callback";
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let provider = Provider::new("https://op.example", "client-id").client_secret("secret");
/// let http = Arc::new(HyperClient::new());
/// let relying_party = RelyingParty::new(provider, http, Arc::new(SystemClock))?;
/// # Ok(()) }
///
/// async fn start(relying_party: &RelyingParty, seed: &[u8; 32]) -> Result<String, Error> {
///     let secrets = TransactionSecrets::derive(seed, 'a');
///     let request = AuthorizationRequest::default();
///     relying_party.authorization_url(&request, REDIRECT_URI, &secrets).await
/// }
///
/// // `seed` is the one that the same browser started with.
/// async fn finish(
///     relying_party: &RelyingParty,
///     seed: &[u8; 32],
///     query: &str,
/// ) -> Result<TokenSet, Box<dyn std::error::Error>> {
///     let secrets = TransactionSecrets::derive(seed, 'a');
///     let response = AuthorizationResponse::parse(Some(query))?;
///     if !secrets.matches_state(response.state()) {
///         return Err("the response is of another sign-in".into());
///     }
///     let code = relying_party.validate(response).await?;
///     Ok(relying_party.exchange_code(code, CodeExchange::new(REDIRECT_URI, &secrets)).await?)
/// }
/// ```
#[derive(Clone)]
pub struct RelyingParty(Arc<Inner>);

struct Inner {
    settings: Settings,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    metadata: Cached<Metadata>,
    keys: Cached<KeySet>,
    refresh_token_missed: AtomicBool,
}

impl RelyingParty {
    /// Checks the settings. Nothing is fetched.
    ///
    /// # Errors
    ///
    /// A setting cannot work; the error names it, the rule, and the remedy.
    pub fn new(
        provider: Provider,
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Inner {
            settings: provider.try_into()?,
            http,
            clock,
            metadata: Cached::new(),
            keys: Cached::new(),
            refresh_token_missed: AtomicBool::new(false),
        })))
    }

    /// The issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.provider().issuer
    }

    /// The client identifier.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.provider().client_id
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Fetches the provider's metadata and keys unless they are fresh, so that the first sign-in
    /// need not wait, and to learn whether the provider is there.
    ///
    /// # Errors
    ///
    /// The provider cannot be reached, or its documents are not what they should be
    /// (`discovery.*`, `jwks.*`).
    pub async fn discover(&self) -> Result<(), Error> {
        let metadata = self.metadata().await?;
        self.keys(&metadata).await?;
        Ok(())
    }

    /// The URL to send the browser to (OpenID Connect Core 1.0 section 3.1.2.1): the code flow
    /// with PKCE (RFC 7636, S256), state and nonce.
    ///
    /// # Errors
    ///
    /// The request has a value that cannot be sent, or the redirect URI is no absolute URL
    /// (`authorization_request.*`); no metadata (`discovery.*`).
    pub async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
        redirect_uri: &str,
        secrets: &TransactionSecrets,
    ) -> Result<String, Error> {
        let metadata = self.metadata().await?;
        client::authorization_url(self.provider(), &metadata, request, redirect_uri, secrets)
    }

    /// Checks that the response is this provider's (RFC 9207 section 2.4), errors too, and hands
    /// out its code. Whether its state is the transaction's is the caller's to check, with
    /// [`TransactionSecrets::matches_state`].
    ///
    /// # Errors
    ///
    /// `authorization_response.iss_mismatch`, `authorization_response.iss_missing` if the
    /// provider's metadata promises `iss`; the provider's own error (`authorization.*`); no metadata
    /// (`discovery.*`).
    pub async fn validate(
        &self,
        response: AuthorizationResponse,
    ) -> Result<AuthorizationCode, Error> {
        let metadata = self.metadata().await?;
        response.validate(self.issuer(), metadata.iss_parameter_promised)
    }

    /// Exchanges the code for tokens and verifies the ID token: every step of OpenID Connect Core
    /// 1.0 section 3.1.3.7, and `at_hash` if there is one. The request is sent once, never again.
    ///
    /// # Errors
    ///
    /// The provider refuses the code or cannot be reached (`token.*`), the ID token does not fit
    /// (`id_token.*`), or there are no metadata or no keys (`discovery.*`, `jwks.*`).
    pub async fn exchange_code(
        &self,
        code: AuthorizationCode,
        exchange: CodeExchange<'_>,
    ) -> Result<TokenSet, Error> {
        let provider = self.provider();
        let metadata = self.metadata().await?;
        let response =
            token::exchange(&*self.0.http, provider, &metadata, &code, &exchange).await?;
        let received_at = self.0.clock.now();
        let expected = Expectations {
            provider,
            now: unix_seconds(received_at),
            nonce: exchange.secrets.nonce(),
            access_token: response.access_token.expose(),
            max_age: exchange.max_age.or(provider.max_age),
            acr_values: exchange.acr_values.or(provider.acr_values.as_deref()),
            sub: exchange.expected_sub,
        };
        let id_token = self
            .verify(&metadata, response.id_token.expose(), &expected)
            .await?;
        if !response.has_refresh_token() {
            self.tell_missing_refresh_token(&metadata);
        }
        Ok(response.verified(id_token, received_at))
    }

    /// Asks the provider about the user (OpenID Connect Core 1.0 section 5.3). `expected_sub` is
    /// the ID token's.
    ///
    /// # Errors
    ///
    /// `user_info.sub` if the answer is about another user, `user_info.token` if the access token
    /// is not accepted, `user_info.signed` if the answer is a JWT; the other `user_info.*`; no
    /// metadata (`discovery.*`).
    pub async fn user_info(&self, access_token: &str, expected_sub: &str) -> Result<Claims, Error> {
        let metadata = self.metadata().await?;
        user_info::user_info(&*self.0.http, &metadata, access_token, expected_sub).await
    }

    /// The URL that ends the session at the provider (OpenID Connect RP-Initiated Logout 1.0
    /// section 2), or `None` if the provider has no such endpoint.
    ///
    /// # Errors
    ///
    /// No metadata (`discovery.*`). With
    /// [`Provider::end_session_endpoint`] set, none are needed.
    pub async fn end_session_url(
        &self,
        request: &EndSessionRequest<'_>,
    ) -> Result<Option<String>, Error> {
        if let Some(endpoint) = &self.0.settings.end_session_endpoint {
            return Ok(Some(request.url(endpoint, self.client_id())));
        }
        let metadata = self.metadata().await?;
        let endpoint = metadata.end_session_endpoint.as_ref();
        Ok(endpoint.map(|endpoint| request.url(endpoint, self.client_id())))
    }

    fn provider(&self) -> &Provider {
        &self.0.settings.provider
    }

    async fn metadata(&self) -> Result<Arc<Metadata>, Error> {
        let settings = &self.0.settings;
        if let Some(metadata) = &settings.metadata {
            return Ok(Arc::clone(metadata));
        }
        let fetch = async {
            let response =
                get_json(&*self.0.http, Step::DISCOVERY, &settings.discovery_url).await?;
            let value = Metadata::parse_fetched(
                response.body(),
                &settings.provider.issuer,
                &settings.issuer_url,
            )?;
            Ok(Fetched {
                value,
                fresh_for: METADATA_FRESH_FOR,
            })
        };
        self.0.metadata.fresh(&*self.0.clock, fetch).await
    }

    async fn keys(&self, metadata: &Metadata) -> Result<Arc<KeySet>, Error> {
        if let Some(keys) = &self.0.settings.keys {
            return Ok(Arc::clone(keys));
        }
        self.0
            .keys
            .fresh(&*self.0.clock, self.fetch_keys(metadata))
            .await
    }

    async fn fetch_keys(&self, metadata: &Metadata) -> Result<Fetched<KeySet>, Error> {
        let malformed = |what| Error::new(ErrorKind::Provider, "jwks.malformed", what);
        let uri = metadata.jwks_uri.as_ref().map(Url::as_str);
        let uri = uri.ok_or_else(|| malformed("the metadata have no jwks_uri"))?;
        let response = get_json(&*self.0.http, Step::JWKS, uri).await?;
        let value = KeySet::parse(response.body())
            .ok_or_else(|| malformed("the keys are not a JWK Set of at most 256 KiB"))?;
        if value.is_empty() {
            return Err(malformed(
                "the JWK Set has no key that can verify signatures",
            ));
        }
        let asked = response
            .headers()
            .get(CACHE_CONTROL)
            .and_then(|it| it.to_str().ok());
        let fresh_for = asked.and_then(max_age).unwrap_or(KEYS_FRESH_FOR);
        let fresh_for = fresh_for.clamp(KEYS_FRESH_FOR_AT_LEAST, KEYS_FRESH_FOR_AT_MOST);
        Ok(Fetched { value, fresh_for })
    }

    /// Verifies an ID token, with newer keys if none of those at hand fits.
    async fn verify(
        &self,
        metadata: &Metadata,
        id_token: &str,
        expected: &Expectations<'_>,
    ) -> Result<VerifiedIdToken, Error> {
        let allowed: &[SigningAlgorithm] = self
            .provider()
            .algorithms
            .as_deref()
            .unwrap_or(&metadata.algorithms);
        let jws = Jws::parse(id_token, allowed)?;
        let keys = self.keys(metadata).await?;
        if let Some(verified) = id_token::verify(&jws, &keys, expected) {
            return verified;
        }
        if self.0.settings.keys.is_none() {
            // An unknown `kid`, or one that was used again for another key.
            let newer = self
                .0
                .keys
                .newer(&keys, &*self.0.clock, self.fetch_keys(metadata));
            if let Some(keys) = newer.await
                && let Some(verified) = id_token::verify(&jws, &keys, expected)
            {
                return verified;
            }
        }
        Err(Error::new(
            ErrorKind::Response,
            "id_token.signature",
            "no key of the provider verifies the ID token's signature",
        ))
    }

    fn tell_missing_refresh_token(&self, metadata: &Metadata) {
        let request = AuthorizationRequest::default();
        let asked = client::extra_scopes(self.provider(), metadata, &request)
            .iter()
            .any(|scope| scope == "offline_access");
        if asked && !self.0.refresh_token_missed.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the provider gave no refresh token for the scope offline_access; allow it for \
                 this client at the provider, or set the prompt `consent`, which some providers need"
            );
        }
    }
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingParty")
            .field("issuer", &self.issuer())
            .field("client_id", &self.client_id())
            .finish_non_exhaustive()
    }
}

/// `max-age` of a `Cache-Control` field (RFC 9111 section 5.2.2.1); `no-store` and `no-cache` are 0.
fn max_age(cache_control: &str) -> Option<Duration> {
    cache_control.split(',').find_map(|directive| {
        let directive = directive.trim().to_ascii_lowercase();
        if directive == "no-store" || directive == "no-cache" {
            return Some(Duration::ZERO);
        }
        directive
            .strip_prefix("max-age=")?
            .trim_matches('"')
            .parse()
            .ok()
            .map(Duration::from_secs)
    })
}

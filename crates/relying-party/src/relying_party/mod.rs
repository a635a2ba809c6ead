//! The relying party: settings, caches and the flows over them.

mod after_sign_in;
mod before_sign_in;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::authorization_request::AuthorizationRequest;
use crate::authorization_response::{AuthorizationCode, AuthorizationResponse};
use crate::cached::NoNewer;
use crate::client;
use crate::clock::{Clock, unix_seconds};
use crate::config_error::ConfigError;
use crate::documents::Documents;
use crate::error::{Error, ErrorKind};
use crate::http_client::{HttpClient, WithUserAgent};
use crate::id_token::{
    self, Expectations, HeaderRules, Jws, NotASignedJwt, Occasion, SignIn, VerifiedIdToken,
};
use crate::jwks::KeySet;
use crate::metadata::{self, Metadata};
use crate::provider::{Provider, Settings, SigningAlgorithm};
use crate::request_budget::{LimitedClient, Purpose, Requests};
use crate::token::{self, CodeExchange, SignInTokens};
use crate::transaction_secrets::TransactionSecrets;

/// One client registered at one provider.
///
/// It fetches the provider's metadata and keys when they are first needed, once for all who wait
/// for them, and keeps them: metadata for an hour, keys for as long as the provider says (a minute
/// to a day; an hour if it does not). When the provider is down, what was fetched serves for a day.
///
/// A token of an unknown key has the keys fetched before their time, and the metadata if the keys are no
/// longer where those say: three times, and one more every ten seconds, at least a second apart, however
/// many callers ask. A caller waits up to five seconds for keys that fit.
///
/// Cloning is cheap, and clones share what was fetched.
///
/// ```
/// use std::sync::Arc;
///
/// use relying_party::{
///     AuthorizationRequest, AuthorizationResponse, CodeExchange, Error, HyperClient, Provider,
///     RelyingParty, SystemClock, SignInTokens, TransactionSecrets,
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
/// ) -> Result<SignInTokens, Box<dyn std::error::Error>> {
///     let secrets = TransactionSecrets::derive(seed, 'a');
///     let response = AuthorizationResponse::parse(Some(query))?;
///     if !secrets.matches_state(response.state()) {
///         return Err("the response is of another sign-in".into());
///     }
///     let code = relying_party.validate(response, &secrets).await?;
///     Ok(relying_party.exchange_code(code, CodeExchange::new(REDIRECT_URI, &secrets)).await?)
/// }
/// ```
///
/// # Limits
///
/// It bounds its requests to the provider, whatever the [`HttpClient`], and separately for each
/// purpose, so that none of them holds up another. Beyond the bounds an error comes at once, for which
/// [`Error::is_overloaded`] is true, and nothing is sent. Nothing waits for longer than ten seconds.
///
/// | purpose | in flight | waiting | older than 10 s |
/// |---|---|---|---|
/// | code exchanges, and UserInfo and introspection [for a sign-in](Self::for_sign_in) | 64; 48 of one [wider network](CodeExchange::wider_client_network) | 2,048; 1,024 of one wider network; these, and the [networks](CodeExchange::client_network) of each, take turns | none |
/// | refreshes, and UserInfo and introspection of signed-in users (half of it at most) | 64 | 2,048 | 256 more |
/// | revocations | 16 | 2,048 | 64 more |
/// | metadata and keys | 8 | 64 | none |
#[derive(Clone)]
pub struct RelyingParty(Arc<Inner>, Stage);

/// Whose requests for UserInfo and introspection these are.
#[derive(Clone, Copy, Debug)]
enum Stage {
    SigningIn,
    SignedIn,
}

struct Inner {
    requests: Arc<Requests>,
    documents: Documents,
    refresh_token_missed: AtomicBool,
    claims_request_ignored: AtomicBool,
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
        let http = WithUserAgent::new(http, provider.user_agent.as_deref());
        let requests = Requests::new(Arc::new(http), provider.request_lifetime);
        let documents = Arc::new(requests.client(Purpose::Document));
        let inner = Inner {
            requests,
            documents: Documents::new(provider.try_into()?, documents, clock),
            refresh_token_missed: AtomicBool::new(false),
            claims_request_ignored: AtomicBool::new(false),
        };
        Ok(Self(Arc::new(inner), Stage::SignedIn))
    }

    /// The same relying party, whose requests for UserInfo and introspection count as parts of a
    /// sign-in: they go before the code exchanges that wait, and never before the requests of users who
    /// are signed in. See [Limits](Self#limits).
    #[must_use]
    pub fn for_sign_in(&self) -> Self {
        Self(Arc::clone(&self.0), Stage::SigningIn)
    }

    /// The issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.provider().issuer
    }

    /// The `sub` of the only user who may sign in, if that is set; they have it at
    /// [`issuer`](Self::issuer). See [`Provider::expected_subject`].
    #[must_use]
    pub fn expected_subject(&self) -> Option<&str> {
        self.provider().expected_subject.as_deref()
    }

    /// The client identifier.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.provider().client_id
    }

    /// The settings that it was made with.
    pub fn provider(&self) -> &Provider {
        &self.settings().provider
    }

    /// How long a refresh or a revocation lives once it was sent; see
    /// [`Provider::request_lifetime`].
    #[must_use]
    pub fn request_lifetime(&self) -> Duration {
        self.0.requests.lifetime()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.0.documents.clock()
    }

    /// Fetches the provider's metadata and keys unless they are fresh, so that the first sign-in
    /// need not wait, and to learn whether the provider is there.
    ///
    /// # Errors
    ///
    /// The provider cannot be reached, or its documents are not what they should be
    /// (`discovery.*`, `jwks.*`). `discovery.unsupported` names what the metadata demand and is not
    /// [supported](crate#what-it-supports-and-what-it-does-not).
    pub async fn discover(&self) -> Result<(), Error> {
        let metadata = self.0.documents.metadata().await?;
        metadata::check_demands(self.provider(), &metadata)?;
        self.0.documents.keys(&metadata).await?;
        Ok(())
    }

    /// The scopes that a sign-in asks for whose request adds none, separated by spaces: those that the
    /// tokens have if the provider names none in its answer (RFC 6749 section 5.1).
    ///
    /// # Errors
    ///
    /// No metadata (`discovery.*`).
    pub async fn requested_scope(&self) -> Result<String, Error> {
        let metadata = self.0.documents.metadata().await?;
        Ok(client::requested_scopes(self.provider(), &metadata).join(" "))
    }

    /// Checks that the response is this provider's (RFC 9207 section 2.4), errors too, and hands
    /// out its code. Whether its state is the transaction's is the caller's to check, with
    /// [`TransactionSecrets::matches_state`]. `secrets` are the transaction's: an error, whose
    /// [`detail`](Error::detail) has the provider's words, shows none of them.
    ///
    /// # Errors
    ///
    /// `authorization_response.iss_mismatch`, `authorization_response.iss_missing` if the
    /// provider's metadata promises `iss`; the provider's own error (`authorization.*`); no metadata
    /// (`discovery.*`).
    pub async fn validate(
        &self,
        response: AuthorizationResponse,
        secrets: &TransactionSecrets,
    ) -> Result<AuthorizationCode, Error> {
        let metadata = self.0.documents.metadata().await?;
        response.validate(self.issuer(), metadata.iss_parameter_promised, secrets)
    }

    /// Exchanges the code for tokens and verifies the ID token: every step of OpenID Connect Core
    /// 1.0 section 3.1.3.7, and `at_hash` if there is one. The request is sent once, never again.
    ///
    /// # Errors
    ///
    /// The provider refuses the code or cannot be reached (`token.*`), the ID token does not fit
    /// (`id_token.*`), or there are no metadata or no keys (`discovery.*`, `jwks.*`). `jwks.throttled` is
    /// an ID token of an unknown key while the keys were fetched too often of late. If too many codes
    /// wait already, [`Error::is_overloaded`] is true, and the code can be exchanged later.
    pub async fn exchange_code(
        &self,
        code: AuthorizationCode,
        exchange: CodeExchange<'_>,
    ) -> Result<SignInTokens, Error> {
        let provider = self.provider();
        // First of all, so that whoever waits for the documents is counted too.
        let turn = self.0.requests.code_exchange(exchange.network()).await;
        let http = turn.map_err(|error| Error::transport("token.overloaded", error))?;
        let metadata = self.0.documents.metadata().await?;
        // Before the code is used up: without keys it would be lost.
        let keys = self.0.documents.keys(&metadata).await?;
        let answer = token::exchange(&http, provider, &metadata, &code, &exchange).await;
        drop(http);
        let (response, id_token) = answer?;
        let received_at = self.0.documents.clock().now();
        let expected = Expectations {
            provider,
            now: unix_seconds(received_at),
            access_token: response.access_token.expose(),
            occasion: Occasion::SignIn(SignIn {
                nonce: exchange.secrets.nonce(),
                max_age: exchange.max_age.or(provider.max_age),
                acr_values: exchange.acr_values.or(provider.acr_values.as_deref()),
                claims_request: exchange.claims_request.or(provider.claims_request.as_ref()),
                user: exchange.expected_user,
            }),
        };
        let id_token = self
            .verify(&metadata, &keys, id_token.expose(), &expected)
            .await
            .map_err(Error::after_sending)?;
        let tokens = SignInTokens::new(response, id_token, received_at);
        if tokens.tokens().refresh_token().is_none() {
            self.tell_missing_refresh_token(&metadata);
        }
        Ok(tokens)
    }

    /// The way to the provider for UserInfo and introspection.
    fn user_requests(&self) -> LimitedClient {
        self.0.requests.client(match self.1 {
            Stage::SigningIn => Purpose::SignIn,
            Stage::SignedIn => Purpose::SignedIn,
        })
    }

    fn settings(&self) -> &Settings {
        self.0.documents.settings()
    }

    /// Verifies an ID token, with newer keys if none of those at hand fits.
    async fn verify(
        &self,
        metadata: &Arc<Metadata>,
        keys: &Arc<KeySet>,
        id_token: &str,
        expected: &Expectations<'_>,
    ) -> Result<VerifiedIdToken, Error> {
        let provider = self.provider();
        let rules = HeaderRules {
            algorithms: self.algorithms(&metadata.algorithms),
            typ: provider.id_token_type.as_deref(),
            critical: &provider.critical_headers,
        };
        let jws = Jws::parse(id_token, &rules).map_err(NotASignedJwt::of_id_token)?;
        let verified = self.with_keys(metadata, keys, &jws, |keys| {
            id_token::verify(&jws, keys, expected)
        });
        if let Some(verified) = verified.await? {
            return verified;
        }
        Err(Error::new(
            ErrorKind::Response,
            "id_token.signature",
            "no key of the provider verifies the ID token's signature",
        ))
    }

    /// The algorithms that are set, or else those of the metadata.
    fn algorithms<'a>(&'a self, published: &'a [SigningAlgorithm]) -> &'a [SigningAlgorithm] {
        self.provider().algorithms.as_deref().unwrap_or(published)
    }

    /// What `verify` makes of the keys at hand, or of newer ones if none of those fits: the key may be
    /// unknown, or its name one that was used again for another key. `None` if no key fits.
    ///
    /// # Errors
    ///
    /// No newer keys can be fetched now (`jwks.*`, `discovery.*`).
    async fn with_keys<T>(
        &self,
        metadata: &Arc<Metadata>,
        keys: &Arc<KeySet>,
        jws: &Jws<'_>,
        verify: impl Fn(&KeySet) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        if let Some(verified) = verify(keys) {
            return Ok(Some(verified));
        }
        let Some(mut newer_keys) = self.0.documents.newer_keys(keys, metadata) else {
            return Ok(None);
        };
        let mut failure = None;
        let mut is_named = jws.names_one_of(keys);
        let mut is_newest = false;
        loop {
            // Boxed, because it is rare and would make every sign-in and refresh larger.
            match Box::pin(newer_keys.next()).await {
                Ok(newer) => {
                    if let Some(verified) = verify(&newer) {
                        return Ok(Some(verified));
                    }
                    failure = None;
                    is_newest = true;
                    is_named = jws.names_one_of(&newer);
                }
                Err(NoNewer::Failed(error)) => failure = Some(error),
                Err(NoNewer::TooSoon(error)) => {
                    return match failure {
                        Some(failure) => Err(failure),
                        None if is_newest || is_named => Ok(None),
                        None => Err(error),
                    };
                }
            }
            // A bad signature by a key of this name does not become a good one a second later.
            if newer_keys.is_over() || (is_newest && is_named) {
                return failure.map_or(Ok(None), Err);
            }
        }
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

//! The relying party: settings, caches and the flows that use them.

mod authorization;
mod code_exchange;
mod endpoints;
mod refresh;
mod verification;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::client_auth::AuthenticatedClient;
use crate::clock::Clock;
use crate::config_error::ConfigError;
use crate::error::Error;
use crate::http_client::{HttpClient, WithUserAgent};
use crate::metadata::Metadata;
use crate::provider::{CheckedSettings, Provider};
use crate::provider_documents::ProviderDocuments;
use crate::request_budget::{Purpose, Requests};

/// One client that is registered at one provider.
///
/// It fetches the provider's metadata and keys when they are first needed, once for all callers that
/// wait for them, and caches them: metadata for an hour, keys for as long as the provider says (a
/// minute to a day; an hour if it does not say). While the provider is down, stale documents are used
/// for up to a day.
///
/// If a token is signed with an unknown key, the keys are fetched again, and the metadata too if the
/// keys are no longer at their `jwks_uri`: up to three times in a row, at least a second apart, and
/// then once every ten seconds, however many callers there are. A caller waits up to five seconds for
/// keys that fit.
///
/// Cloning is cheap, and clones share the cached documents.
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
/// It limits its requests to the provider, whatever the [`HttpClient`], separately for each purpose, so
/// that no purpose delays another. A request beyond the limits fails at once with an error for which
/// [`Error::is_overloaded`](crate::Error::is_overloaded) is true, and nothing is sent. No request waits
/// longer than ten seconds.
///
/// | purpose | in flight | waiting | in addition: in flight for more than 10 s |
/// |---|---|---|---|
/// | code exchanges, [pushed authorization requests](crate::Provider::pushed_authorization_requests), and UserInfo and introspection [for a sign-in](Self::for_sign_in) | 64; 48 of one [wider network](crate::CodeExchange::wider_client_network) | 2,048; 1,024 of one wider network; these, and the [networks](crate::CodeExchange::client_network) of each, take turns | none |
/// | refreshes, and UserInfo and introspection of signed-in users (at most half of it) | 64 | 2,048 | 256 |
/// | revocations | 16 | 2,048 | 64 |
/// | metadata and keys | 8 | 64 | none |
#[derive(Clone)]
pub struct RelyingParty(Arc<Inner>, UserRequests);

/// Which budget requests for UserInfo and introspection use.
#[derive(Clone, Copy, Debug)]
enum UserRequests {
    OfSignIn,
    OfSignedInUser,
}

struct Inner {
    requests: Arc<Requests>,
    documents: ProviderDocuments,
    /// Whether the log has the warning that the provider sends no refresh token.
    warned_of_refresh_token: AtomicBool,
    /// Whether the log has the warning that the provider ignores the parameter `claims`.
    warned_of_claims_request: AtomicBool,
}

impl RelyingParty {
    /// Creates a relying party and checks the settings. Nothing is fetched.
    ///
    /// # Errors
    ///
    /// A setting cannot work. The error names the setting, the rule that it breaks, and the remedy.
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
            documents: ProviderDocuments::new(provider.try_into()?, documents, clock),
            warned_of_refresh_token: AtomicBool::new(false),
            warned_of_claims_request: AtomicBool::new(false),
        };
        Ok(Self(Arc::new(inner), UserRequests::OfSignedInUser))
    }

    /// Returns the same relying party for the requests of a sign-in: UserInfo and introspection then
    /// use the budget of sign-ins. They are sent before waiting code exchanges, and never delay the
    /// requests of signed-in users. See [Limits](Self#limits).
    #[must_use]
    pub fn for_sign_in(&self) -> Self {
        Self(Arc::clone(&self.0), UserRequests::OfSignIn)
    }

    /// Returns the issuer identifier as it was given to [`Provider::new`], with the placeholder
    /// `{tenantid}` if it has one.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.provider().issuer
    }

    /// Returns whether the settings accept this `iss` of an ID token: the [`issuer`](Self::issuer) or one
    /// of [`Provider::accepted_issuers`], or, if the issuer has the placeholder `{tenantid}`, that of an
    /// [allowed tenant](Provider::allowed_tenants).
    #[must_use]
    pub fn accepts_issuer(&self, iss: &str) -> bool {
        self.provider().accepts_issuer(iss)
    }

    /// Returns the `sub` of the only user who may sign in, if that is set. The user has it at
    /// [`issuer`](Self::issuer). See [`Provider::expected_subject`].
    #[must_use]
    pub fn expected_subject(&self) -> Option<&str> {
        self.provider().expected_subject.as_deref()
    }

    /// Returns the client identifier.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.provider().client_id
    }

    /// Returns the settings that [`new`](Self::new) was given.
    pub fn provider(&self) -> &Provider {
        &self.settings().provider
    }

    /// Returns how long a refresh or a revocation lives once it was sent; see
    /// [`Provider::request_lifetime`].
    #[must_use]
    pub fn request_lifetime(&self) -> Duration {
        self.0.requests.lifetime()
    }

    /// Returns the clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.0.documents.clock()
    }

    /// Fetches the provider's metadata and keys unless they are fresh, and checks that the provider can
    /// be used. Call it at start-up to make the first sign-in faster, and to learn whether the provider
    /// is available.
    ///
    /// # Errors
    ///
    /// The provider cannot be reached, or its documents cannot be used (`discovery.*`, `jwks.*`).
    /// `discovery.unsupported` names what the metadata require and is not
    /// [supported](crate#what-it-supports-and-what-it-does-not).
    pub async fn discover(&self) -> Result<(), Error> {
        let metadata = self.0.documents.metadata().await?;
        metadata.check_requirements(self.provider())?;
        self.0.documents.keys(&metadata).await?;
        Ok(())
    }

    /// Returns the purpose of requests for UserInfo and introspection.
    const fn user_requests(&self) -> Purpose {
        match self.1 {
            UserRequests::OfSignIn => Purpose::SignIn,
            UserRequests::OfSignedInUser => Purpose::SignedIn,
        }
    }

    fn authenticated_client<'a>(&'a self, metadata: &'a Metadata) -> AuthenticatedClient<'a> {
        AuthenticatedClient {
            provider: self.provider(),
            token_endpoint: &metadata.token_endpoint,
            supported: metadata.client_auth(),
            clock: &**self.clock(),
        }
    }

    fn settings(&self) -> &CheckedSettings {
        self.0.documents.settings()
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

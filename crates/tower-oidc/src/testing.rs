//! For tests of applications and of this crate (feature `testing`): sessions without a provider,
//! and counters of cryptography.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::HeaderMap;
use relying_party::Claims;
pub use sealed_cookie::Counters;

use crate::builder::{AuthLayerBuilder, env};
use crate::config_error::ConfigError;
use crate::format::time::UnixMillis;
use crate::layer::AuthLayer;
use crate::random::FreshValue;
use crate::session::Session;
use crate::session::access_token::{AccessTokens, StoredAccessToken, Target};
use crate::session::body::{Authentication, Body, Identity, sid_of};
use crate::session::frame::{Frame, ProviderId, SessionId};
use crate::session::frame::{ProviderRef, ResolverKey};
use crate::session::shrink::Droppable;
use crate::session::token::StoredToken;
use crate::session::unknown_fields::UnknownFields;

/// The content of a session that a test makes up.
#[derive(Clone)]
#[must_use = "nothing is sealed before `AuthLayer::seal_test_session`"]
pub struct TestSession {
    id_token: Option<String>,
    claims: String,
    access_tokens: AccessTokens,
    user_info: Option<String>,
    refresh_token: Option<String>,
    scope: Option<String>,
    provider: Option<ProviderRef>,
    id_token_hint: Option<String>,
}

impl TestSession {
    /// A session of these claims, a JSON object with at least `iss` and `sub`.
    pub fn from_claims(json: impl Into<String>) -> Self {
        Self {
            id_token: None,
            claims: json.into(),
            access_tokens: AccessTokens::new(),
            user_info: None,
            refresh_token: None,
            scope: None,
            provider: None,
            id_token_hint: None,
        }
    }

    /// A session of this ID token; its signature is not checked.
    pub fn from_id_token(jwt: impl Into<String>) -> Self {
        Self {
            id_token: Some(jwt.into()),
            ..Self::from_claims("{}")
        }
    }

    /// With an access token and its expiry: the default one.
    pub fn access_token(self, token: impl Into<String>, expires_at: Option<SystemTime>) -> Self {
        self.stored(Target::DEFAULT, &token.into(), expires_at)
    }

    /// With an access token for a resource and its expiry.
    pub fn access_token_for(
        self,
        resource: impl Into<String>,
        token: impl Into<String>,
        expires_at: Option<SystemTime>,
    ) -> Self {
        let target = Target {
            resource: Some(resource.into()),
            organization: None,
        };
        self.stored(target, &token.into(), expires_at)
    }

    /// With claims of the UserInfo response that the ID token lacks, a JSON object.
    pub fn user_info(mut self, json: impl Into<String>) -> Self {
        self.user_info = Some(json.into());
        self
    }

    fn stored(mut self, target: Target, token: &str, expires_at: Option<SystemTime>) -> Self {
        let stored = StoredAccessToken::new(target, token, expires_at);
        self.access_tokens.push(stored);
        self
    }

    /// With a refresh token.
    pub fn refresh_token(mut self, token: impl Into<String>) -> Self {
        self.refresh_token = Some(token.into());
        self
    }

    /// With an ID token that is used only as `id_token_hint`, like that of a session whose claims the application
    /// changed.
    pub fn id_token_hint(mut self, token: impl Into<String>) -> Self {
        self.id_token_hint = Some(token.into());
        self
    }

    /// With granted scopes, separated by spaces.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// A session at a provider that a resolver finds by this key, with this issuer and client id. Default: the
    /// first registered provider.
    ///
    /// # Panics
    ///
    /// Panics if the key has a character that no key may have.
    #[expect(clippy::expect_used, reason = "a test wants to hear of it")]
    pub fn resolved_provider(mut self, key: &str, issuer: &str, client_id: &str) -> Self {
        self.provider = Some(ProviderRef {
            id: ProviderId::of(issuer, client_id),
            key: Some(ResolverKey::parse(key).expect("the key can stand in a path")),
        });
        self
    }

    fn body(self) -> Body {
        let identity = match self.id_token {
            Some(id_token) => Identity::IdToken(StoredToken::new(&id_token)),
            None => Identity::Claims(self.claims.into()),
        };
        let claims = identity.claims().cloned().map(Claims::from_json);
        let (authentication, sid) = match claims {
            Some(Ok(claims)) => (Authentication::from_claims(&claims), sid_of(&claims)),
            _ => (Authentication::default(), None),
        };
        Body {
            identity,
            refresh_token: self.refresh_token.as_deref().map(StoredToken::new),
            access_tokens: self.access_tokens,
            scope: self.scope.map(Bytes::from),
            user_info: self.user_info.map(Bytes::from),
            added: None,
            data: None,
            refreshed_at: None,
            after_refusal: None,
            authentication,
            id_token_hint: self.id_token_hint.as_deref().map(StoredToken::new),
            provider_key: self.provider.and_then(|provider| provider.key),
            sid,
            unknown: UnknownFields::default(),
        }
    }
}

/// A test may make its session of real tokens.
impl fmt::Debug for TestSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestSession").finish_non_exhaustive()
    }
}

impl AuthLayer {
    /// The `Set-Cookie` fields of a session that began now, as the callback would set them.
    ///
    /// # Panics
    ///
    /// Panics if the session is too large, if the entropy source fails, or if the layer has no registered
    /// provider and the session names no [resolved one](TestSession::resolved_provider).
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test wants to hear of it")]
    pub fn seal_test_session(&self, session: TestSession) -> HeaderMap {
        let shared = &self.current.now().first;
        let now = shared.persistence.now();
        let registered = || shared.providers.first().map(|it| it.provider.clone());
        let provider = session.provider.clone().or_else(registered);
        let provider = provider.expect("the session has a provider");
        let body = session.body();
        let brought = body.identity.claims().cloned().unwrap_or_default();
        let session_id = shared
            .random
            .fresh(FreshValue::SessionId, &brought)
            .expect("the session id needs random bytes");
        let frame = Frame {
            session_id: SessionId(*session_id),
            provider: provider.id,
            generation: 0,
            created_at: now,
            sealed_at: now,
            not_after: now.plus(shared.persistence.lifetimes.absolute),
            id_token_issued_at: now.seconds(),
        };
        let mut headers = HeaderMap::new();
        shared
            .persistence
            .write(&Session::new(frame, body), None, Droppable::Replaceable)
            .expect("the session fits into its cookies")
            .cookies
            .append_to(&mut headers);
        headers
    }

    /// What this layer's keys have been used for so far.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.current.now().first.counters)
    }
}

impl AuthLayerBuilder {
    /// Starts a configuration as [`from_env`](Self::from_env) does, from variables that a test makes up:
    /// all tests of a process share its environment. `variable` returns `None` for a name that is not set.
    ///
    /// ```
    /// use tower_oidc::AuthLayerBuilder;
    ///
    /// let builder = AuthLayerBuilder::from_test_variables(|name| {
    ///     let value = match name {
    ///         "AUTH_ISSUER" => "https://id.example.com",
    ///         "AUTH_CLIENT_ID" => "client-id",
    ///         "AUTH_BASE_URL" => "https://app.example.com",
    ///         "AUTH_COOKIE_SECRET" => "q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q",
    ///         _ => return None,
    ///     };
    ///     Some(value.to_owned())
    /// });
    /// assert!(builder.is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`from_env`](Self::from_env).
    pub fn from_test_variables(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        env::from_variables(variable)
    }
}

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<std::sync::atomic::AtomicU64>);

impl TestClock {
    /// A clock that shows `seconds` since the Unix epoch.
    #[must_use]
    pub fn at(seconds: u64) -> Self {
        Self(Arc::new(UnixMillis::from_seconds(seconds).0.into()))
    }

    /// Moves it ahead.
    pub fn advance(&self, duration: Duration) {
        let ahead = UnixMillis(0).plus(duration).0;
        self.0.fetch_add(ahead, std::sync::atomic::Ordering::SeqCst);
    }
}

impl relying_party::Clock for TestClock {
    fn now(&self) -> SystemTime {
        UnixMillis(self.0.load(std::sync::atomic::Ordering::SeqCst)).to_system_time()
    }
}

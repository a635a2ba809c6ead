//! The providers, registered or found by the resolver, and the only way from a session, a token or a path to
//! one of them.

use std::sync::Arc;

use relying_party::claims::decode_jwt_unverified;
use relying_party::{BoxFuture, Error};

use super::Registration;
use super::resolver::ProviderQuery;
use super::resolver::found::{For, NotFound, ResolvedProviders};
use crate::circuit_breaker::CircuitBreaker;
use crate::refresh::{EndpointError, RevocationError, TokenEndpoint, TokenToRevoke};
use crate::runtime;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::{AtOrigin, ProviderRef, ResolverKey};
use crate::session::issued_tokens::IssuedTokens;

/// The providers of one origin: those that are registered, in the order of their registration, and those
/// that the application's resolver finds. A clone is a counter.
#[derive(Clone)]
pub(crate) struct Registry(Arc<Providers>);

struct Providers {
    registered: Vec<Registration>,
    resolved: Option<Arc<ResolvedProviders>>,
    at: AtOrigin,
}

impl Registry {
    pub(crate) fn new(
        registered: Vec<Registration>,
        resolved: Option<Arc<ResolvedProviders>>,
        at: AtOrigin,
    ) -> Self {
        Self(Arc::new(Providers {
            registered,
            resolved,
            at,
        }))
    }

    /// The registered provider of sign-ins that name none.
    pub(crate) fn first(&self) -> Option<&Registration> {
        self.0.registered.first()
    }

    /// The provider, if there cannot be another one.
    pub(crate) fn only(&self) -> Option<&Registration> {
        match self.0.registered.as_slice() {
            [only] if self.0.resolved.is_none() => Some(only),
            _ => None,
        }
    }

    /// The registered providers.
    pub(crate) fn registered(&self) -> impl Iterator<Item = &Registration> + Clone {
        self.0.registered.iter()
    }

    /// The providers that the resolver finds, if there is one.
    pub(crate) fn resolved(&self) -> Option<&ResolvedProviders> {
        self.0.resolved.as_deref()
    }

    /// The registered provider with this id.
    pub(crate) fn with_id(&self, id: &str) -> Option<&Registration> {
        self.registered().find(|it| it.id.as_deref() == Some(id))
    }

    /// Whether there may be a provider with this id.
    pub(crate) fn may_have(&self, id: &str) -> bool {
        let is_key = || self.0.resolved.is_some() && ResolverKey::parse(id).is_some();
        self.with_id(id).is_some() || is_key()
    }

    /// The provider with this id, registered or resolved.
    pub(crate) async fn named(&self, id: &str) -> Result<Registration, NotFound> {
        if let Some(registered) = self.with_id(id) {
            return Ok(registered.clone());
        }
        let resolved = self.resolved().ok_or(NotFound::Unknown)?;
        let key = ResolverKey::parse(id).ok_or(NotFound::Unknown)?;
        resolved.with_key(&self.0.at, &key, For::SignIn).await
    }

    /// The provider of a session, a token or a sign-in in progress.
    pub(crate) async fn find(&self, provider: &ProviderRef) -> Result<Registration, NotFound> {
        self.find_at(&self.0.at, provider).await
    }

    async fn find_at(
        &self,
        at: &AtOrigin,
        provider: &ProviderRef,
    ) -> Result<Registration, NotFound> {
        let found = match (&provider.key, self.resolved()) {
            (None, _) => self.with_ref(provider).cloned().ok_or(NotFound::Unknown),
            (Some(key), Some(resolved)) => resolved.with_key(at, key, For::Session).await,
            (Some(_), None) => Err(NotFound::Unknown),
        };
        // A resolver may have given the key to another provider.
        found.and_then(|it| match it.provider == *provider {
            true => Ok(it),
            false => Err(NotFound::Unknown),
        })
    }

    /// The same, if nobody has to be asked.
    pub(crate) fn known(&self, provider: &ProviderRef) -> Option<Registration> {
        let known = match &provider.key {
            None => self.with_ref(provider).cloned(),
            Some(key) => self.resolved()?.at_hand(&self.0.at, key),
        };
        known.filter(|it| it.provider == *provider)
    }

    /// The registered provider of a session, a token or a sign-in in progress.
    pub(crate) fn with_ref(&self, provider: &ProviderRef) -> Option<&Registration> {
        self.registered().find(|it| it.provider == *provider)
    }

    /// The provider that the resolver chooses for a sign-in; `None` without a resolver, or if it knows none.
    pub(crate) async fn choose(
        &self,
        ask: impl FnOnce(ProviderQuery) -> ProviderQuery,
    ) -> Result<Option<Registration>, NotFound> {
        let Some(resolved) = self.resolved() else {
            return Ok(None);
        };
        let at = &self.0.at;
        match resolved.choose(at, ask(resolved.query(at))).await {
            Ok(chosen) => Ok(Some(chosen)),
            Err(NotFound::Unknown) => Ok(None),
            Err(NotFound::Unavailable) => Err(NotFound::Unavailable),
        }
    }

    /// The provider with this issuer and, if it is given, this client id: the first registered one, or the one
    /// that the resolver finds. One that is registered with exactly this issuer precedes one that accepts it
    /// among others.
    pub(crate) async fn with_issuer(
        &self,
        issuer: &str,
        client_id: Option<&str>,
    ) -> Result<Registration, NotFound> {
        let is_client = |it: &Registration| client_id.is_none_or(|id| it.client_id() == id);
        let exactly = self
            .registered()
            .find(|it| it.issuer() == issuer && is_client(it));
        let accepting = || {
            self.registered()
                .find(|it| it.accepts_issuer(issuer) && is_client(it))
        };
        if let Some(registered) = exactly.or_else(accepting) {
            return Ok(registered.clone());
        }
        let found = self
            .choose(|query| ProviderQuery {
                issuer: Some(issuer.to_owned()),
                ..query
            })
            .await?;
        let found = found.filter(|it| it.accepts_issuer(issuer) && is_client(it));
        found.ok_or(NotFound::Unknown)
    }

    /// The provider that issued this ID token to this application, as the token says, which is not verified: a
    /// registered one, or that of the session; or the only one.
    pub(crate) async fn find_by_id_token(
        &self,
        id_token: &str,
        session: Option<&Session>,
    ) -> Result<Registration, NotFound> {
        if let Some(only) = self.only() {
            return Ok(only.clone());
        }
        let claims = decode_jwt_unverified(id_token).ok_or(NotFound::Unknown)?;
        let iss = claims.iss().ok_or(NotFound::Unknown)?;
        let is_issuer = |it: &Registration| {
            it.accepts_issuer(&iss) && claims.aud().iter().any(|aud| aud == it.client_id())
        };
        if let Some(registered) = self.registered().find(|it| is_issuer(it)) {
            return Ok(registered.clone());
        }
        let session = session.ok_or(NotFound::Unknown)?;
        let of_session = self.find(&session.provider()).await?;
        Some(of_session).filter(is_issuer).ok_or(NotFound::Unknown)
    }

    /// Fetches the documents of all registered providers at the same time. Returns the first error, in the
    /// order of registration.
    pub(crate) async fn discover(&self) -> Result<(), Error> {
        let results = runtime::join_all(self.registered().map(Registration::discover)).await;
        results.into_iter().collect()
    }
}

/// Requests of a session go to its provider. One whose provider is not known reaches none.
impl TokenEndpoint for Registry {
    fn refresh(
        &self,
        base: Arc<Session>,
        target: Target,
    ) -> BoxFuture<Result<IssuedTokens, EndpointError>> {
        let registry = self.clone();
        Box::pin(async move {
            let registration = registry.find(&base.provider()).await?;
            registration.refresh_tokens(&base, target).await
        })
    }

    fn revoke(&self, token: TokenToRevoke) -> BoxFuture<Result<(), RevocationError>> {
        let registry = self.clone();
        Box::pin(async move {
            // A revocation that waits may be sent by the refresher of another origin.
            let registration = registry.find_at(&token.at, &token.provider).await?;
            registration.revoke_token(&token).await
        })
    }

    fn prepare(&self, session: &Session) -> BoxFuture<Result<(), EndpointError>> {
        let registry = self.clone();
        let provider = session.provider();
        Box::pin(async move {
            let registration = registry.find(&provider).await?;
            registration.prepare(&provider).await
        })
    }

    fn circuit(&self, session: &Session) -> Option<Arc<CircuitBreaker>> {
        let registration = self.known(&session.provider())?;
        Some(Arc::clone(&registration.circuit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::time::UnixMillis;
    use crate::layer::AuthLayer;
    use crate::session::frame::ProviderId;
    use crate::session::sample;
    use crate::session::token::StoredToken;

    #[derive(Debug)]
    struct NoNetwork;

    impl relying_party::HttpClient for NoNetwork {
        fn call(
            &self,
            _: http::Request<bytes::Bytes>,
        ) -> BoxFuture<Result<http::Response<bytes::Bytes>, relying_party::TransportError>>
        {
            panic!("nothing is sent")
        }
    }

    fn registry() -> Registry {
        let provider = |issuer| relying_party::Provider::new(issuer, "app");
        let builder = AuthLayer::builder()
            .provider_with_id("one", provider("https://one.example"))
            .provider_with_id("two", provider("https://two.example"))
            .provider_with_id(
                "tenants",
                provider("https://tenants.example/{tenantid}")
                    .allowed_tenants(["acme"])
                    .discovery_url("https://tenants.example/common"),
            )
            .base_url("https://app.example")
            .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
            .http_client(NoNetwork);
        builder.build().unwrap().origins.first.providers.clone()
    }

    fn session(provider: &ProviderRef) -> Arc<Session> {
        let session = sample::session("token", 0, UnixMillis(1_795_000_000_000));
        sample::at_provider(&Arc::new(session), provider)
    }

    #[test]
    fn each_provider_has_a_circuit_breaker() {
        let registry = registry();
        let circuit = |id| {
            let provider = &registry.with_id(id).unwrap().provider;
            registry.circuit(&session(provider)).unwrap()
        };

        assert!(Arc::ptr_eq(&circuit("one"), &circuit("one")));
        assert!(!Arc::ptr_eq(&circuit("one"), &circuit("two")));
    }

    #[tokio::test]
    async fn nothing_is_sent_of_a_session_whose_provider_is_not_registered() {
        let registry = registry();
        let unknown = ProviderRef::registered(ProviderId([9; 8]));
        let session = session(&unknown);

        assert!(registry.find(&unknown).await.is_err());
        assert!(registry.circuit(&session).is_none());
        assert!(registry.prepare(&session).await.is_err());
        let refreshed = registry.refresh(Arc::clone(&session), Target::DEFAULT);
        assert!(refreshed.await.is_err());
        let token = TokenToRevoke {
            at: sample::at_origin(),
            provider: unknown,
            token: StoredToken::new("token"),
            kind: crate::refresh::TokenKind::Refresh,
        };
        assert!(registry.revoke(token).await.is_err());
    }

    #[tokio::test]
    async fn an_id_token_leads_to_the_provider_and_client_that_it_names() {
        let registry = registry();
        let part = |json: &str| base64_simd::URL_SAFE_NO_PAD.encode_to_string(json);
        let token = |iss: &str, aud: &str| {
            let claims = format!(r#"{{"iss":"{iss}","aud":"{aud}"}}"#);
            format!("{}.{}.c2ln", part(r#"{"alg":"ES256"}"#), part(&claims))
        };
        let find = async |iss, aud| {
            let found = registry.find_by_id_token(&token(iss, aud), None).await;
            found.ok().map(|it| it.issuer().to_owned())
        };

        assert_eq!(
            find("https://two.example", "app").await.as_deref(),
            Some("https://two.example")
        );
        assert_eq!(
            find("https://tenants.example/acme", "app").await.as_deref(),
            Some("https://tenants.example/{tenantid}")
        );
        for unknown in [
            "https://tenants.example/{tenantid}",
            "https://tenants.example/other",
        ] {
            assert_eq!(find(unknown, "app").await, None, "{unknown}");
        }
        assert_eq!(find("https://two.example", "other").await, None);
        assert_eq!(find("https://three.example", "app").await, None);
        assert!(registry.find_by_id_token("no token", None).await.is_err());
    }

    #[tokio::test]
    async fn the_issuer_of_an_allowed_tenant_leads_to_the_template() {
        let registry = registry();
        let find = async |iss| {
            registry
                .with_issuer(iss, None)
                .await
                .ok()
                .and_then(|it| it.id)
        };

        assert_eq!(
            find("https://tenants.example/acme").await.as_deref(),
            Some("tenants")
        );
        assert_eq!(find("https://two.example").await.as_deref(), Some("two"));
        assert_eq!(find("https://tenants.example/other").await, None);
    }

    #[test]
    fn a_token_without_an_issuer_is_of_the_registered_issuer_and_of_no_tenant() {
        let registry = registry();
        let may_have_issued = |id, iss| registry.with_id(id).unwrap().may_have_issued(iss);

        assert!(may_have_issued("two", None));
        assert!(may_have_issued("two", Some("https://two.example")));
        assert!(!may_have_issued("two", Some("https://one.example")));
        assert!(!may_have_issued("tenants", None));
        assert!(may_have_issued(
            "tenants",
            Some("https://tenants.example/acme")
        ));
    }
}

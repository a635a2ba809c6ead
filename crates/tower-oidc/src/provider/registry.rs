//! The registered providers, and the only way from a session, a token or a path to one of them.

use std::sync::Arc;

use relying_party::claims::decode_jwt_unverified;
use relying_party::{BoxFuture, Error};

use super::Registration;
use super::session_requests::{LogoutHint, LogoutReturn, OtherProvider};
use crate::refresh::{CircuitBreaker, EndpointError, RevocationError, TokenEndpoint};
use crate::runtime;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::ProviderId;
use crate::session::issued_tokens::IssuedTokens;
use crate::session::token::StoredToken;

/// The providers of a layer, at least one, in the order of their registration. A clone is a counter.
#[derive(Clone)]
pub(crate) struct Registry(Arc<Registered>);

struct Registered {
    first: Registration,
    others: Vec<Registration>,
}

impl Registry {
    pub(crate) fn new(first: Registration, others: Vec<Registration>) -> Self {
        Self(Arc::new(Registered { first, others }))
    }

    /// The provider of sign-ins that name none.
    pub(crate) fn first(&self) -> &Registration {
        &self.0.first
    }

    /// The provider, if there is no other one.
    pub(crate) fn only(&self) -> Option<&Registration> {
        self.0.others.is_empty().then_some(&self.0.first)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Registration> {
        std::iter::once(&self.0.first).chain(&self.0.others)
    }

    /// The provider with this id.
    pub(crate) fn with_id(&self, id: &str) -> Option<&Registration> {
        self.all().find(|it| it.id.as_deref() == Some(id))
    }

    /// The first provider with this issuer.
    pub(crate) fn with_issuer(&self, issuer: &str) -> Option<&Registration> {
        self.all().find(|it| it.issuer() == issuer)
    }

    /// The provider of a session, a token or a sign-in in progress.
    pub(crate) fn of(&self, provider: ProviderId) -> Option<&Registration> {
        self.all().find(|it| it.provider == provider)
    }

    /// The provider that issued this ID token to this application, as the token says, which is not verified;
    /// or the only one.
    pub(crate) fn find_by_id_token(&self, id_token: &str) -> Option<&Registration> {
        if let Some(only) = self.only() {
            return Some(only);
        }
        let claims = decode_jwt_unverified(id_token)?;
        let (iss, aud) = (claims.iss()?, claims.aud());
        self.all()
            .find(|it| it.issuer() == iss && aud.iter().any(|aud| aud == it.client_id()))
    }

    /// The URLs to which a sign-out may lead, whoever signs out.
    pub(crate) async fn end_session_urls(&self) -> Vec<String> {
        let urls = self.all().map(|it| {
            let (hint, back) = (LogoutHint::Nothing, LogoutReturn::default());
            it.end_session_url(hint, back)
        });
        let urls = runtime::join_all(urls).await.into_iter();
        urls.filter_map(|url| url.ok().flatten()).collect()
    }

    /// Fetches the documents of all providers at the same time. Returns the first error, in the order of
    /// registration.
    pub(crate) async fn discover(&self) -> Result<(), Error> {
        let results = runtime::join_all(self.all().map(Registration::discover)).await;
        results.into_iter().collect()
    }
}

/// Requests of a session go to its provider. One whose provider is not registered reaches none.
impl TokenEndpoint for Registry {
    fn refresh(
        &self,
        base: Arc<Session>,
        target: Target,
    ) -> BoxFuture<Result<IssuedTokens, EndpointError>> {
        match self.of(base.frame.provider) {
            Some(registration) => registration.refresh(base, target),
            None => Box::pin(async { Err(OtherProvider.into()) }),
        }
    }

    fn revoke(
        &self,
        provider: ProviderId,
        refresh_token: StoredToken,
    ) -> BoxFuture<Result<(), RevocationError>> {
        match self.of(provider) {
            Some(registration) => registration.revoke(provider, refresh_token),
            None => Box::pin(async { Err(OtherProvider.into()) }),
        }
    }

    fn prepare(&self, session: &Session) -> BoxFuture<Result<(), EndpointError>> {
        match self.of(session.frame.provider) {
            Some(registration) => registration.prepare(session),
            None => Box::pin(async { Err(OtherProvider.into()) }),
        }
    }

    fn circuit(&self, session: &Session) -> Option<Arc<CircuitBreaker>> {
        self.of(session.frame.provider)?.circuit(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::time::UnixMillis;
    use crate::layer::AuthLayer;
    use crate::session::sample;

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
            .base_url("https://app.example")
            .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
            .http_client(NoNetwork);
        builder.build().unwrap().origins.first.providers.clone()
    }

    fn session(provider: ProviderId) -> Arc<Session> {
        let session = sample::session("token", 0, UnixMillis(1_795_000_000_000));
        sample::at_provider(&Arc::new(session), provider)
    }

    #[test]
    fn each_provider_has_a_circuit_breaker() {
        let registry = registry();
        let circuit = |id| {
            let provider = registry.with_id(id).unwrap().provider;
            registry.circuit(&session(provider)).unwrap()
        };

        assert!(Arc::ptr_eq(&circuit("one"), &circuit("one")));
        assert!(!Arc::ptr_eq(&circuit("one"), &circuit("two")));
    }

    #[tokio::test]
    async fn nothing_is_sent_of_a_session_whose_provider_is_not_registered() {
        let registry = registry();
        let unknown = ProviderId([9; 8]);
        let session = session(unknown);

        assert!(registry.of(unknown).is_none());
        assert!(registry.circuit(&session).is_none());
        assert!(registry.prepare(&session).await.is_err());
        let refreshed = registry.refresh(Arc::clone(&session), Target::DEFAULT);
        assert!(refreshed.await.is_err());
        let token = StoredToken::new("token");
        assert!(registry.revoke(unknown, token).await.is_err());
    }

    #[test]
    fn an_id_token_leads_to_the_provider_and_client_that_it_names() {
        let registry = registry();
        let part = |json: &str| base64_simd::URL_SAFE_NO_PAD.encode_to_string(json);
        let token = |iss: &str, aud: &str| {
            let claims = format!(r#"{{"iss":"{iss}","aud":"{aud}"}}"#);
            format!("{}.{}.c2ln", part(r#"{"alg":"ES256"}"#), part(&claims))
        };
        let find = |iss, aud| {
            let found = registry.find_by_id_token(&token(iss, aud));
            found.map(|it| it.issuer().to_owned())
        };

        assert_eq!(
            find("https://two.example", "app").as_deref(),
            Some("https://two.example")
        );
        assert_eq!(find("https://two.example", "other"), None);
        assert_eq!(find("https://three.example", "app"), None);
        assert!(registry.find_by_id_token("no token").is_none());
    }
}

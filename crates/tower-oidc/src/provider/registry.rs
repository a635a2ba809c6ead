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

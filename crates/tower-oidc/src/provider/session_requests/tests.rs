use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use relying_party::{BoxFuture, HttpClient, Provider, TransportError, TransportErrorKind};

use super::*;
use crate::components::Components;
use crate::context::AuthContext;
use crate::context::error_kind::AuthErrorKind;
use crate::layer::AuthLayer;
use crate::refresh::{TokenEndpoint, TokenToRevoke};
use crate::session::access_token::Target;
use crate::session::frame::ProviderId;
use crate::session::sample;
use crate::session::token::StoredToken;

const OTHER: ProviderRef = ProviderRef::registered(ProviderId([9; 8]));

/// Counts the requests, and answers none.
#[derive(Clone, Debug, Default)]
struct Unreachable(Arc<AtomicUsize>);

impl Unreachable {
    fn requests(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl HttpClient for Unreachable {
    fn call(&self, _: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Err(TransportError::new(TransportErrorKind::Connect)) })
    }
}

/// At a provider that takes forms.
fn components(http: Unreachable) -> Arc<Components> {
    let provider = Provider::new("https://id.example", "app").end_session_by_form(true);
    components_of(provider, http)
}

fn components_of(provider: Provider, http: Unreachable) -> Arc<Components> {
    let layer = AuthLayer::builder()
        .provider(provider)
        .base_url("https://app.example")
        .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
        .http_client(http)
        .build()
        .unwrap();
    Arc::clone(&layer.origins.first)
}

fn own(shared: &Components) -> Registration {
    shared.providers.first().unwrap().clone()
}

/// One that every request can be made with: it has a refresh token, an access token and claims.
fn session(shared: &Components, provider: &ProviderRef) -> Arc<Session> {
    let now = shared.persistence.now();
    let session = sample::session("refresh token", 0, now);
    let session = session.refreshed(&sample::issued_tokens("access token"), now);
    sample::at_provider(&session, provider)
}

/// A session of this registration causes a request, which shows that the test would notice one. One of
/// another registration is refused before anything is sent, not even for the provider's metadata.
async fn only_own_sessions<T, E, F>(
    request: impl Fn(Registration, Arc<Session>) -> F,
    is_refused: impl Fn(E) -> bool,
) where
    F: Future<Output = Result<T, E>>,
{
    for is_own in [true, false] {
        let http = Unreachable::default();
        let shared = components(http.clone());
        let provider = match is_own {
            true => own(&shared).provider,
            false => OTHER,
        };
        let session = session(&shared, &provider);

        let result = request(own(&shared), session).await;

        let error = result.err().expect("nothing answers");
        assert_eq!(is_refused(error), !is_own);
        assert_eq!(http.requests() > 0, is_own);
    }
}

fn token(session: &Session) -> AccessToken {
    session.access_token(&Target::DEFAULT, true).unwrap()
}

fn is_refused(error: RequestError) -> bool {
    matches!(error, RequestError::OtherProvider)
}

#[tokio::test]
async fn user_info_gets_no_token_of_another_provider() {
    only_own_sessions(
        |registration, session| async move {
            let user = session.claims().unwrap();
            registration.user_info(&token(&session), user).await
        },
        is_refused,
    )
    .await;
}

#[tokio::test]
async fn introspection_gets_no_token_of_another_provider() {
    only_own_sessions(
        |registration, session| async move { registration.introspect(&token(&session)).await },
        is_refused,
    )
    .await;
}

#[tokio::test]
async fn revocation_gets_no_access_token_of_another_provider() {
    only_own_sessions(
        |registration, session| async move { registration.revoke_access_token(&token(&session)).await },
        is_refused,
    )
    .await;
}

#[tokio::test]
async fn revocation_gets_no_refresh_token_of_another_provider() {
    only_own_sessions(
        |registration, session| async move {
            let token = TokenToRevoke {
                at: sample::at_origin(),
                provider: session.provider(),
                token: StoredToken::new("refresh token"),
                kind: crate::refresh::TokenKind::Refresh,
            };
            registration.revoke_token(&token).await
        },
        |error| error.code == "revocation.other_provider",
    )
    .await;
}

#[tokio::test]
async fn a_refresh_sends_no_refresh_token_to_another_provider() {
    only_own_sessions(
        |registration, session| async move {
            registration.refresh_tokens(&session, Target::DEFAULT).await
        },
        |error| error.code == "refresh.not_sent",
    )
    .await;
}

#[tokio::test]
async fn a_refresh_is_not_prepared_at_another_provider() {
    only_own_sessions(
        |registration, session| async move { registration.prepare(&session.provider()).await },
        |error| error.code == "refresh.not_sent",
    )
    .await;
}

#[tokio::test]
async fn an_end_session_url_has_no_id_token_of_another_provider() {
    only_own_sessions(
        |registration, session| async move {
            let hint = LogoutHint::IdTokenOf(&session);
            registration
                .end_session_url(hint, LogoutParameters::default())
                .await
        },
        is_refused,
    )
    .await;
}

#[tokio::test]
async fn an_end_session_url_has_no_user_of_another_provider() {
    only_own_sessions(
        |registration, session| async move {
            let hint = LogoutHint::UserOf(&session);
            registration
                .end_session_url(hint, LogoutParameters::default())
                .await
        },
        is_refused,
    )
    .await;
}

#[tokio::test]
async fn an_end_session_form_has_no_id_token_of_another_provider() {
    only_own_sessions(
        |registration, session| async move {
            let hint = LogoutHint::IdTokenOf(&session);
            registration
                .end_session_form(hint, LogoutParameters::default())
                .await
        },
        is_refused,
    )
    .await;
}

/// Auth0 takes the `sid` alone as `logout_hint`, others the `sub`.
#[tokio::test]
async fn the_logout_hint_is_what_the_provider_takes() {
    let end = "https://id.example/end";
    let auth0 = Provider::auth0("id.example", "app");
    let other = Provider::new("https://id.example", "app");
    for (provider, sid, expected) in [
        (auth0.clone(), Some("s-1"), "&logout_hint=s-1"),
        (auth0, None, ""),
        (other, Some("s-1"), "&logout_hint=alice"),
    ] {
        let provider = provider.end_session_endpoint(end);
        let shared = components_of(provider, Unreachable::default());
        let session = session(&shared, &own(&shared).provider);
        let mut body = session.body.clone();
        body.sid = sid.map(|sid| Bytes::copy_from_slice(sid.as_bytes()));
        let session = session.with_body(body);

        let hint = LogoutHint::UserOf(&session);
        let registration = own(&shared);
        let url = registration.end_session_url(hint, LogoutParameters::default());

        let expected = format!("{end}?client_id=app{expected}");
        assert_eq!(url.await.unwrap().unwrap(), expected);
    }
}

#[test]
fn a_session_of_another_provider_has_no_circuit_breaker_here() {
    let shared = components(Unreachable::default());

    for (provider, expected) in [(own(&shared).provider, true), (OTHER, false)] {
        let circuit = shared.providers.circuit(&session(&shared, &provider));
        assert_eq!(circuit.is_some(), expected);
    }
}

#[tokio::test]
async fn a_handler_that_passes_on_a_token_of_another_provider_learns_its_mistake() {
    let http = Unreachable::default();
    let shared = components(http.clone());
    let context = AuthContext::new(Arc::clone(&shared), &Request::new(()), None);
    let token = token(&session(&shared, &OTHER));

    let introspected = context.introspect_token(&token).await.unwrap_err();
    let revoked = context.revoke(&token).await.unwrap_err();

    assert_eq!(introspected.kind(), AuthErrorKind::Misconfigured);
    assert_eq!(revoked.kind(), AuthErrorKind::Misconfigured);
    assert_eq!(http.requests(), 0);
}

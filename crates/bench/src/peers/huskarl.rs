//! huskarl-axum with its `CookieSessionStore`: the same content in encrypted cookies. Its layer opens the session
//! for every request, whether or not a handler looks at it.

mod sealer;
mod session;

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::HeaderMap;
use http::request::Parts;
use huskarl_axum::login::{
    CookieSessionStore, LoadSessionLayer, LoginConfig, LoginLayer, LoginSession,
    SessionDriver as _, SessionLifetime,
};
use huskarl_login::client::grant::authorization_code::AuthorizationCodeGrant;
use huskarl_login::core::client_auth::NoAuth;
use huskarl_login::core::http::{HttpClient, HttpResponse, Idempotency};
use huskarl_login::core::platform::MaybeSendBoxFuture;
use huskarl_login::core::{Error, RetryAdvice};
use huskarl_login::session::SessionErrorKind;
use tower::service_fn;
use tower_layer::Layer as _;

use self::sealer::Sealer;
use self::session::ApplicationSession;
use crate::application::{cookie_field, cookies};
use crate::cookies::requests::joined;
use crate::fixture::Fixture;
use crate::measure::Operation;
use crate::service::{call, fields, immediate};

type Store = CookieSessionStore<ApplicationSession>;

/// A request whose handler reads `sub`.
pub(super) fn request(fixture: &Fixture, foreign: &str) -> Operation {
    let (layer, cookies) = layer(fixture);
    let fields = fields(&joined(foreign, &cookies));
    let mut service = layer.layer(service_fn(|request: Request| async {
        read_sub(request).await;
        Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
    }));
    Operation::new("huskarl-axum, sub", move || {
        let mut request = Request::new(Body::empty());
        *request.headers_mut() = fields.clone();
        call(&mut service, request);
    })
}

/// The layer, and the cookies with this content.
pub(crate) fn layer(fixture: &Fixture) -> (LoadSessionLayer<Store>, String) {
    let session = ApplicationSession::of(fixture);
    let sealed = immediate(store().save(&session, &HeaderMap::new()));
    let set = sealed.expect("the session is sealed").into_iter();
    let headers = set.map(|field| (http::header::SET_COOKIE, field)).collect();
    // Parts that an earlier, longer session may have had are deleted by an empty value.
    let cookies = cookies(&headers).into_iter();
    let cookies: Vec<_> = cookies.filter(|(_, value)| !value.is_empty()).collect();
    let config = LoginConfig::builder()
        .callback_path("/callback")
        .scope(Vec::new())
        .session_lifetime(SessionLifetime::Bounded(Duration::from_secs(7 * 86_400)))
        .build();
    let grant = AuthorizationCodeGrant::builder()
        .client_id("client-id")
        .http_client(Unreachable)
        .client_auth(NoAuth)
        .token_endpoint("https://id.example/token".parse().expect("a URL"))
        .authorization_endpoint("https://id.example/auth".parse().expect("a URL"))
        .redirect_uri("https://app.example/callback");
    let layer = LoginLayer::builder()
        .config(config.expect("the settings work"))
        .grant(immediate(grant.build()).expect("the settings work"))
        .session_store(store())
        .build();
    let layer = layer.expect("the settings work").load_session();
    (layer, cookie_field(&cookies))
}

/// Eight cookies instead of two, so that the largest sessions fit.
fn store() -> Store {
    CookieSessionStore::builder()
        .sealer(Sealer::new())
        .cookie_name("session".parse().expect("a name"))
        .max_chunks(8)
        // No request is measured that signs in.
        .build_with_claims(|_, _| Err(SessionErrorKind::Store.into()))
}

pub(crate) async fn read_sub(request: Request) {
    use axum::extract::FromRequestParts;

    let (mut parts, _): (Parts, Body) = request.into_parts();
    let session = <LoginSession<ApplicationSession> as FromRequestParts<()>>::from_request_parts(
        &mut parts,
        &(),
    )
    .await;
    let session = session.expect("signed in");
    assert!(
        !huskarl_axum::login::Session::sub(&*session)
            .expect("a text")
            .is_empty()
    );
}

/// No request is measured that needs the provider.
struct Unreachable;

impl HttpClient for Unreachable {
    fn execute(
        &self,
        _: http::Request<bytes::Bytes>,
        _: Idempotency,
    ) -> MaybeSendBoxFuture<'_, Result<HttpResponse, Error>> {
        Box::pin(async { Err(Error::new(RetryAdvice::No, "there is no provider")) })
    }
}

//! Sign-ins whose parameters are sent to the provider before the browser leaves (RFC 9126).

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use bytes::Bytes;
use http::header::{LOCATION, SET_COOKIE};
use http::{Request, Response, StatusCode};
use oidc_dev_provider::{DevProviderBuilder, Fault};
use tower::ServiceExt;
use tower_oidc::{
    AuthContext, AuthLayer, BoxFuture, HttpClient, Provider, SignIn, TransportError,
    TransportErrorKind,
};

use tower_oidc_tests::App;
use tower_oidc_tests::app::{sign_in, url};

use crate::log;

const METADATA: &str = r#"{
    "issuer": "https://id.example",
    "authorization_endpoint": "https://id.example/authorize",
    "token_endpoint": "https://id.example/token",
    "jwks_uri": "https://id.example/keys",
    "pushed_authorization_request_endpoint": "https://id.example/par",
    "require_pushed_authorization_requests": true
}"#;
const REFERENCE: &str =
    "https://id.example/authorize?client_id=client-id&request_uri=urn%3Aexample%3A7";

/// A provider in memory. `par` is its response to pushed requests; without one they fail in the way of `failure`.
#[derive(Clone, Debug)]
struct Pushed {
    par: Option<(StatusCode, &'static str)>,
    failure: TransportErrorKind,
    forms: Arc<Mutex<Vec<String>>>,
}

impl Pushed {
    fn new(par: Option<(StatusCode, &'static str)>) -> Self {
        Self {
            par,
            failure: TransportErrorKind::Connect,
            forms: Arc::default(),
        }
    }

    fn forms(&self) -> Vec<String> {
        self.forms.lock().unwrap().clone()
    }
}

impl HttpClient for Pushed {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let response = match request.uri().path() {
            "/.well-known/openid-configuration" => Some((StatusCode::OK, METADATA)),
            "/par" => {
                let form = String::from_utf8(request.body().to_vec()).unwrap();
                self.forms.lock().unwrap().push(form);
                self.par
            }
            path => panic!("{path} is not to be requested"),
        };
        let failure = self.failure;
        Box::pin(async move {
            let (status, body) = response.ok_or_else(|| TransportError::new(failure))?;
            let mut response = Response::new(Bytes::from_static(body.as_bytes()));
            *response.status_mut() = status;
            Ok(response)
        })
    }
}

async fn long_hint(auth: AuthContext) -> SignIn {
    auth.sign_in().id_token_hint("x".repeat(6_000))
}

/// The response of the application to a navigation.
async fn navigate(provider: &Pushed, path: &str) -> Response<Body> {
    let layer = AuthLayer::builder()
        .provider(Provider::new("https://id.example", "client-id"))
        .base_url("https://app.example")
        .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
        .http_client(provider.clone())
        .build()
        .unwrap();
    let app = Router::new()
        .route("/long-hint", get(long_hint))
        .layer(layer);
    let request = Request::get(path)
        .header("host", "app.example")
        .header("accept", "text/html")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document");
    app.oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap()
}

/// S-33: the URL has neither the state nor anything of the sign-in.
#[tokio::test]
async fn a_sign_in_is_pushed_once_and_its_url_has_a_reference_alone() {
    for path in ["/auth/sign-in?login_hint=alice", "/long-hint"] {
        let created = r#"{"request_uri":"urn:example:7","expires_in":60}"#;
        let provider = Pushed::new(Some((StatusCode::CREATED, created)));

        let response = navigate(&provider, path).await;

        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        assert_eq!(response.headers()[LOCATION], REFERENCE, "{path}");
        assert!(response.headers().contains_key(SET_COOKIE), "{path}");
        let forms = provider.forms();
        assert_eq!(forms.len(), 1, "{path}");
        let (expected, length) = match path {
            "/long-hint" => ("id_token_hint=xxxx", 6_000),
            _ => ("login_hint=alice", 100),
        };
        assert!(forms[0].contains(expected) && forms[0].len() > length);
        assert!(forms[0].contains("state=") && forms[0].contains("code_challenge="));
    }
}

/// S-33: the page is that of a provider that cannot be reached, or of a wrong setting.
#[tokio::test]
async fn a_sign_in_that_cannot_be_pushed_is_a_page_and_no_redirect() {
    let refused = |status, body| Some((status, body));
    for (par, status, code) in [
        (None, StatusCode::BAD_GATEWAY, "par.unreachable"),
        (
            refused(StatusCode::SERVICE_UNAVAILABLE, ""),
            StatusCode::BAD_GATEWAY,
            "par.unavailable",
        ),
        (
            refused(StatusCode::CREATED, "{}"),
            StatusCode::BAD_GATEWAY,
            "par.malformed",
        ),
        (
            refused(StatusCode::UNAUTHORIZED, r#"{"error":"invalid_client"}"#),
            StatusCode::INTERNAL_SERVER_ERROR,
            "par.invalid_client",
        ),
    ] {
        let log = log::record();
        let provider = Pushed::new(par);

        let response = navigate(&provider, "/auth/sign-in").await;

        assert_eq!(response.status(), status, "{code}");
        assert!(!response.headers().contains_key(LOCATION), "{code}");
        assert!(!response.headers().contains_key(SET_COOKIE), "{code}");
        let page = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(!page.contains("par."), "{page}");
        let text = log.text();
        assert!(
            text.contains(code) && text.contains("https://id.example/par"),
            "{text}"
        );
        assert_eq!(provider.forms().len(), 1, "{code}");
    }
}

/// S-33: the provider is not at fault, and the same address may succeed a few seconds later.
#[tokio::test]
async fn a_sign_in_that_waits_for_this_application_says_when_to_try_again() {
    let provider = Pushed {
        failure: TransportErrorKind::Overloaded,
        ..Pushed::new(None)
    };

    let response = navigate(&provider, "/auth/sign-in").await;

    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "5");
    let page = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let page = String::from_utf8(page.to_vec()).unwrap();
    assert!(page.contains("Too many people"), "{page}");
}

/// S-33: from the sign-in to the page, and never twice with one reference.
#[tokio::test]
async fn a_user_signs_in_at_a_provider_that_requires_pushed_requests() {
    let require =
        |provider: DevProviderBuilder| provider.require_pushed_authorization_requests(true);
    let app = App::with_provider(require, |auth| auth).await;

    for signed_in in 1..=2 {
        assert_eq!(sign_in(&app.browser()).await.text(), "alice");
        let pushed = app.provider.pushed_authorization_requests();
        assert_eq!(pushed.len(), signed_in);
    }
}

/// S-33
#[tokio::test]
async fn a_fault_of_the_endpoint_for_pushed_requests_creates_no_session() {
    for (fault, status) in [
        (Fault::PushedAuthorizationUnavailable, 502),
        (Fault::PushedAuthorizationMalformedRequestUri, 502),
        (Fault::PushedAuthorizationMissingRequestUri, 502),
        (Fault::PushedAuthorizationRefused, 500),
    ] {
        let configure = |provider: DevProviderBuilder| {
            provider
                .require_pushed_authorization_requests(true)
                .fault(fault)
        };
        let app = App::with_provider(configure, |auth| auth).await;
        let browser = app.browser();

        let page = browser.open(&url("/auth/sign-in")).await;

        assert_eq!(page.status(), status, "{fault:?}: {}", page.text());
        assert!(App::cookies(&browser).is_empty(), "{fault:?}");
    }
}

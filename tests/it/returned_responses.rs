//! A sign-in, a sign-out and a refusal take effect when their response is returned, and not when it is
//! built.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderMap, StatusCode};
use tower::ServiceExt;
use tower_layer::Layer;
use tower_oidc::{AuthContext, AuthError, Authenticated};
use tower_oidc_tests::app::{ORIGIN, sign_in, url};
use tower_oidc_tests::visits::{fetch, navigate};
use tower_oidc_tests::{App, Browser, TestServer, two_layers};

use crate::log;

const NOT_RETURNED: &str = "the user is still signed in";
const SIGN_IN_LOST: &str = "a handler made a sign-in, but another response";
const LOST: &str = "another response reached the AuthLayer";

/// The application's own pages, behind its layer and in front of alice's browser.
async fn serve(app: &App, pages: Router) -> (Browser, TestServer) {
    let pages = pages.route("/", get(name)).layer(app.auth.clone());
    let server = TestServer::start(pages).await;
    let browser = app.browser();
    browser.map(ORIGIN, server.address());
    assert_eq!(sign_in(&browser).await.text(), "alice");
    (browser, server)
}

async fn name(auth: AuthContext) -> String {
    let claims = auth.claims();
    claims.map_or_else(|| "nobody".to_owned(), |claims| claims.sub().to_owned())
}

async fn sign_out(auth: AuthContext) -> impl IntoResponse {
    auth.sign_out()
}

async fn is_signed_in(browser: &Browser) -> bool {
    fetch(browser, "/").await.text() == "alice"
}

/// E-12
#[tokio::test]
async fn responses_that_are_built_and_not_returned_change_nothing() {
    let app = App::start().await;
    let other = |auth: AuthContext| async move {
        drop(auth.sign_in().into_response());
        drop(auth.sign_out().into_response());
        "the handler's own page"
    };
    let (browser, _server) = serve(&app, Router::new().route("/other", get(other))).await;
    let log = log::record();

    let page = fetch(&browser, "/other").await;

    assert_eq!(page.status(), 200);
    assert_eq!(page.text(), "the handler's own page");
    assert!(page.last().set_cookies().is_empty());
    assert!(is_signed_in(&browser).await);
    assert_eq!(app.provider.revocations().len(), 0);
    assert_eq!(log.text().matches(NOT_RETURNED).count(), 1);
}

/// E-12
#[tokio::test]
async fn of_two_responses_that_were_built_the_returned_one_takes_effect() {
    let app = App::start().await;
    let both = |auth: AuthContext| async move {
        let returned = auth.sign_out().into_response();
        drop(auth.sign_in().into_response());
        returned
    };
    let (browser, _server) = serve(&app, Router::new().route("/both", get(both))).await;

    navigate(&browser, "/both").await;

    assert!(!is_signed_in(&browser).await);
}

/// E-12
#[tokio::test]
async fn a_middleware_that_keeps_the_extensions_may_change_the_rest() {
    let app = App::start().await;
    let add_header = |mut response: Response| async move {
        let value = http::HeaderValue::from_static("added");
        response.headers_mut().insert("x-added", value);
        *response.body_mut() = axum::body::Body::from("another body");
        response
    };
    let pages = Router::new().route("/leave", get(sign_out));
    let (browser, _server) = serve(&app, pages.layer(map_response(add_header))).await;

    let response = navigate(&browser, "/leave").await;

    assert_eq!(response.status(), 303);
    assert_eq!(response.header("x-added"), Some("added"));
    let location = response.header("location").unwrap();
    assert!(location.starts_with(app.provider.issuer()), "{location}");
    assert!(!is_signed_in(&browser).await);
}

/// What some middlewares do.
async fn rebuild(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let mut response = Response::new(body);
    *response.status_mut() = parts.status;
    *response.headers_mut() = parts.headers;
    response
}

/// E-12
#[tokio::test]
async fn a_middleware_that_rebuilds_a_sign_in_is_logged_and_one_that_replaces_a_refusal_is_not() {
    let app = App::start().await;
    let enter = |auth: AuthContext| async move { auth.sign_in() };
    let pages = Router::new()
        .route("/enter", get(enter))
        .route("/refuse", get(|_: Authenticated| async {}))
        .layer(map_response(rebuild))
        .route("/returned", get(enter));
    let (browser, server) = serve(&app, pages).await;
    let stranger = app.browser();
    stranger.map(ORIGIN, server.address());
    let log = log::record();

    navigate(&browser, "/returned").await;
    assert_eq!(navigate(&stranger, "/refuse").await.status(), 401);
    // Some applications replace each refusal with a page of theirs.
    assert_eq!(log.text().matches(LOST).count(), 0);
    assert_eq!(navigate(&browser, "/enter").await.status(), 303);

    let text = log.text();
    let line = text.lines().find(|line| line.contains(SIGN_IN_LOST));
    assert!(line.unwrap().contains(" WARN "), "{text}");
    assert_eq!(text.matches(LOST).count(), 1);
}

/// E-12
#[tokio::test]
async fn a_middleware_that_rebuilds_a_sign_out_leads_to_the_question_and_is_logged() {
    let app = App::start().await;
    let pages = Router::new().route("/leave", get(sign_out));
    let (browser, _server) = serve(&app, pages.layer(map_response(rebuild))).await;
    let log = log::record();

    let response = navigate(&browser, "/leave").await;

    assert_eq!(response.status(), 303);
    assert_eq!(response.header("location"), Some("/auth/sign-out"));
    assert!(is_signed_in(&browser).await);
    let text = log.text();
    assert_eq!(text.matches(NOT_RETURNED).count(), 1, "{text}");
    assert!(text.contains(" WARN ") && text.contains("without the extensions"));
    let question = browser.open(&url("/leave")).await;
    question.press("Sign out").await;
    assert!(!is_signed_in(&browser).await);
}

/// E-12
#[tokio::test]
async fn a_cache_that_replays_a_sign_out_signs_nobody_else_out() {
    let app = App::start().await;
    let cache: Arc<Mutex<Option<(StatusCode, HeaderMap, http::Extensions)>>> = Arc::default();
    let replay = move |request: Request, next: Next| {
        let cache = Arc::clone(&cache);
        async move {
            if request.uri().path() != "/leave" {
                return next.run(request).await;
            }
            let cached = cache.lock().unwrap().clone();
            let (status, headers, extensions) = match cached {
                Some(cached) => cached,
                None => {
                    let (parts, _) = next.run(request).await.into_parts();
                    let response = (parts.status, parts.headers, parts.extensions);
                    *cache.lock().unwrap() = Some(response.clone());
                    response
                }
            };
            let mut response = (status, headers).into_response();
            *response.extensions_mut() = extensions;
            response
        }
    };
    let pages = Router::new().route("/leave", get(sign_out));
    let (first, server) = serve(&app, pages.layer(from_fn(replay))).await;
    let second = app.browser();
    second.map(ORIGIN, server.address());
    sign_in(&second).await;

    let response = navigate(&first, "/leave").await;
    let replayed = navigate(&second, "/leave").await;

    let location = response.header("location").unwrap();
    assert!(location.starts_with(app.provider.issuer()), "{location}");
    assert!(!is_signed_in(&first).await);
    assert_eq!(replayed.header("location"), Some("/auth/sign-out"));
    assert!(replayed.set_cookies().is_empty());
    assert!(is_signed_in(&second).await);
}

/// The context of the outer one of two layers.
#[derive(Clone)]
struct Outer(AuthContext);

/// X-09
#[tokio::test]
async fn of_two_nested_layers_each_carries_out_its_own_outcomes() {
    let app = two_layers::start().await;
    let inner = two_layers::admin_layer(&app);
    let keep_outer = |mut request: Request, next: Next| async move {
        let outer = request.extensions().get::<AuthContext>().cloned();
        request.extensions_mut().insert(Outer(outer.unwrap()));
        next.run(request).await
    };
    let pages = Router::new()
        .route("/admin", get(name))
        .route("/leave-inner", get(sign_out))
        .route(
            "/leave-outer",
            get(|Extension(Outer(auth)): Extension<Outer>| async move { auth.sign_out() }),
        )
        .layer(inner)
        .layer(from_fn(keep_outer));
    let (browser, _server) = serve(&app, pages).await;
    let page = browser.open(&url("/admin/sign-in?prompt=login")).await;
    assert_eq!(page.press("bob").await.text(), "bob");

    navigate(&browser, "/leave-outer").await;

    assert!(!is_signed_in(&browser).await);
    assert_eq!(fetch(&browser, "/admin").await.text(), "bob");

    sign_in(&browser).await;
    navigate(&browser, "/leave-inner").await;

    assert!(is_signed_in(&browser).await);
    assert_eq!(fetch(&browser, "/admin").await.text(), "nobody");
}

/// E-12
#[tokio::test]
async fn a_sign_out_with_another_status_signs_out() {
    let app = App::start().await;
    let leave = |auth: AuthContext| async move { (StatusCode::ACCEPTED, auth.sign_out()) };
    let (browser, _server) = serve(&app, Router::new().route("/leave", get(leave))).await;

    let response = navigate(&browser, "/leave").await;

    assert_eq!(response.status(), 303);
    assert!(!is_signed_in(&browser).await);
}

/// An application's own error, which says of `AuthError` what `AuthError` says.
enum AppError {
    Auth(AuthError),
    Missing,
}

impl From<AuthError> for AppError {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Auth(error) => error.into_response(),
            Self::Missing => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// E-12
#[tokio::test]
async fn an_error_of_the_application_may_hold_an_auth_error() {
    async fn user(auth: AuthContext) -> Result<String, AppError> {
        let user: Authenticated = auth.authenticated()?;
        match user.claims().sub() {
            "alice" => Err(AppError::Missing),
            other => Ok(other.to_owned()),
        }
    }
    let app = App::start().await;
    let (browser, server) = serve(&app, Router::new().route("/user", get(user))).await;
    let stranger = app.browser();
    stranger.map(ORIGIN, server.address());

    let response = navigate(&stranger, "/user").await;

    assert_eq!(response.status(), 303);
    let location = response.header("location").unwrap();
    assert_eq!(location, "/auth/sign-in?return_to=%2Fuser");
    assert_eq!(fetch(&stranger, "/user").await.status(), 401);
    assert_eq!(navigate(&browser, "/user").await.status(), 404);
}

/// What the layer would get, in the order sign-in, sign-out, refusal.
async fn without_the_layer(app: &App) -> Vec<http::Response<String>> {
    let responses: Arc<Mutex<Vec<http::Response<String>>>> = Arc::default();
    let built = Arc::clone(&responses);
    let service = tower::service_fn(move |request: http::Request<String>| {
        let auth = request.extensions().get::<AuthContext>().unwrap();
        *built.lock().unwrap() = vec![
            auth.sign_in().max_age(std::time::Duration::ZERO).respond(),
            auth.sign_out().respond(),
            auth.authenticated().unwrap_err().respond(),
        ];
        async { Ok::<_, Infallible>(http::Response::new(String::new())) }
    });
    let request = http::Request::get("/page?a=b").body(String::new()).unwrap();
    app.auth.layer(service).oneshot(request).await.unwrap();
    std::mem::take(&mut *responses.lock().unwrap())
}

/// E-12
#[tokio::test]
async fn without_the_layer_each_response_is_complete() {
    let responses = without_the_layer(&App::start().await).await;

    let header = |response: &http::Response<String>, name: &str| {
        let value = response.headers().get(name);
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    let [sign_in, sign_out, refusal] = &responses[..] else {
        panic!("three responses");
    };
    assert_eq!(
        (sign_in.status(), sign_out.status()),
        (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER)
    );
    let location = header(sign_in, "location");
    assert_eq!(
        location.as_deref(),
        Some("/auth/sign-in?return_to=%2Fpage%3Fa%3Db")
    );
    assert_eq!(
        header(sign_out, "location").as_deref(),
        Some("/auth/sign-out")
    );
    assert_eq!(refusal.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refusal.body(), r#"{"error":"sign_in_required"}"#);
    for response in &responses {
        assert_eq!(
            header(response, "cache-control").as_deref(),
            Some("no-store")
        );
        assert!(header(response, "set-cookie").is_none());
    }
}

/// E-12
#[tokio::test]
async fn without_the_layer_and_its_routes_a_response_is_an_error() {
    let app = App::with(|auth| auth.without_sign_in_path().without_sign_out_path()).await;

    let responses = without_the_layer(&app).await;

    for response in &responses[..2] {
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(response.body().starts_with("You could not be signed"));
    }
}

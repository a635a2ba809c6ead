//! Changes of a session after the response head, which no cookie can hold, are not reported as
//! persisted.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::mpsc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{any, get};
use http::header::{CONNECTION, COOKIE, UPGRADE};
use http::{Method, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tower::ServiceExt;
use tower_layer::Layer;
use tower_oidc::{AuthContext, DataError};
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::callback::session;
use tower_oidc_tests::upgrades::{Version, ask};
use tower_oidc_tests::visits::{EXPIRY, answer};
use tower_oidc_tests::{App, Browser, LateBody, TestServer};

/// What the context says about a change: `kept` or the reason why not, and whether the access token
/// that was refreshed with it will be written later.
async fn change(auth: &AuthContext) -> String {
    let data = match auth.set_data("changed") {
        Ok(()) => "kept".to_owned(),
        Err(error) => format!("{error:?}"),
    };
    let token = auth.refresh().await.unwrap().into_access_token();
    let peeked = auth.cached_access_token().unwrap();
    assert_eq!(peeked.is_persisted(), token.is_persisted());
    format!("{data} {}", token.is_persisted())
}

const TOO_LATE: &str = "TooLate false";

fn cookie(browser: &Browser) -> String {
    format!("__Host-Http-auth={}", session(browser).unwrap())
}

fn request(browser: &Browser) -> http::Request<String> {
    let request = http::Request::get("/").header(COOKIE, cookie(browser));
    request.body(String::new()).unwrap()
}

/// Responds with this status, and returns the handler's context.
async fn respond(app: &App, request: http::Request<String>, status: u16) -> AuthContext {
    let (sender, receiver) = mpsc::channel();
    let service = tower::service_fn(move |request: http::Request<String>| {
        sender.send(context(&request)).unwrap();
        let mut response = http::Response::new(String::new());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        async { Ok::<_, Infallible>(response) }
    });
    let response = app.auth.layer(service).oneshot(request).await.unwrap();
    assert!(!response.headers().contains_key("set-cookie"));
    receiver.recv().unwrap()
}

fn context<B>(request: &http::Request<B>) -> AuthContext {
    request.extensions().get::<AuthContext>().unwrap().clone()
}

/// The response wrote no cookie, and none is missing: the next one writes the tokens.
async fn next_page_works(app: &App, browser: &Browser) {
    app.serve(browser);
    assert_eq!(answer(browser, "/data").await, serde_json::Value::Null);
    let page = browser.open(&url("/token")).await;
    assert_eq!(page.json()["persisted"], true);
}

#[tokio::test]
async fn reading_the_session_first_in_the_response_body_is_too_late() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let late =
        |auth: AuthContext| async { Body::new(LateBody::new(async move { change(&auth).await })) };
    let router = Router::new().route("/late", get(late));
    let server = TestServer::start(router.layer(app.auth.clone())).await;
    browser.map(ORIGIN, server.address());

    let page = browser.open(&url("/late")).await;

    assert_eq!(page.text(), TOO_LATE);
    assert!(page.last().set_cookies().is_empty());
    next_page_works(&app, &browser).await;
}

/// In the handler, before its status is known, and after the 101.
#[tokio::test]
async fn in_a_websocket_handler_tokens_are_reported_as_not_persisted() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let server = TestServer::start(sockets().layer(app.auth.clone())).await;
    let cookie = cookie(&browser);
    for version in [Version::Http1, Version::Http2] {
        for path in ["/before", "/after"] {
            let mut headers = vec![("cookie", &*cookie), ("origin", ORIGIN)];
            if version == Version::Http1 {
                headers.push(("upgrade", "websocket"));
            }

            let answer = ask(version, server.address(), path, &headers).await;

            assert_eq!(answer.text, TOO_LATE, "{version:?} {path}");
            assert!(
                !answer.headers.contains_key("set-cookie"),
                "{version:?} {path}"
            );
        }
    }
    next_page_works(&app, &browser).await;
}

/// One changes the session before it responds, one when the tunnel is open.
fn sockets() -> Router {
    Router::new()
        .route("/", get(async || "settings"))
        .route(
            "/before",
            any(async |mut request: Request| {
                let said = change(&context(&request)).await;
                tunnel(&mut request, async { said })
            }),
        )
        .route(
            "/after",
            any(async |mut request: Request| {
                let auth = context(&request);
                tunnel(&mut request, async move { change(&auth).await })
            }),
        )
}

fn tunnel(request: &mut Request, says: impl Future<Output = String> + Send + 'static) -> Response {
    let is_connect = request.method() == Method::CONNECT;
    let upgrade = hyper::upgrade::on(request);
    tokio::spawn(async move {
        let mut tunnel = TokioIo::new(upgrade.await.unwrap());
        let text = says.await;
        tunnel.write_all(text.as_bytes()).await.unwrap();
        tunnel.shutdown().await.unwrap();
    });
    let response = http::Response::builder();
    let response = match is_connect {
        true => response,
        false => response
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header(CONNECTION, "upgrade")
            .header(UPGRADE, "websocket"),
    };
    response.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn after_any_interim_response_it_is_too_late() {
    for status in [101, 102, 103] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;

        let auth = respond(&app, request(&browser), status).await;

        assert_eq!(change(&auth).await, TOO_LATE, "{status}");
    }
}

#[tokio::test]
async fn after_the_response_head_it_is_too_late_even_if_the_session_was_never_read() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    let auth = respond(&app, request(&browser), 200).await;

    assert_eq!(change(&auth).await, TOO_LATE);
}

/// A change before a 101 for a request without an `Upgrade` field may be reported as persisted;
/// once the response has begun, its token is not.
#[tokio::test]
async fn a_token_refreshed_before_an_unexpected_101_is_not_persisted() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let (sender, receiver) = mpsc::channel();
    let service = tower::service_fn(move |request: http::Request<String>| {
        let sender = sender.clone();
        async move {
            let auth = context(&request);
            assert!(auth.refresh().await.unwrap().access_token().is_persisted());
            sender.send(auth).unwrap();
            let mut response = http::Response::new(String::new());
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            Ok::<_, Infallible>(response)
        }
    });

    let response = app.auth.layer(service).oneshot(request(&browser)).await;

    assert!(!response.unwrap().headers().contains_key("set-cookie"));
    let auth = receiver.recv().unwrap();
    assert!(!auth.access_token().await.unwrap().is_persisted());
    assert!(!auth.cached_access_token().unwrap().is_persisted());
    assert_eq!(auth.set_data("late"), Err(DataError::TooLate));
}

/// The client disconnected, or a timeout ended the request.
#[tokio::test]
async fn a_dropped_response_writes_nothing() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let (sender, receiver) = mpsc::channel();
    let service = tower::service_fn(move |request: http::Request<String>| {
        sender.send(context(&request)).unwrap();
        std::future::pending::<Result<http::Response<String>, Infallible>>()
    });
    {
        let response = app.auth.layer(service).oneshot(request(&browser));
        let mut response = pin!(response);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(response.as_mut().poll(&mut context).is_pending());
    }

    let auth = receiver.recv().unwrap();

    assert_eq!(change(&auth).await, TOO_LATE);
}

#[tokio::test]
async fn after_a_handler_failed_its_context_is_too_late() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let (sender, receiver) = mpsc::channel();
    let service = tower::service_fn(move |request: http::Request<String>| {
        sender.send(context(&request)).unwrap();
        async { Err::<http::Response<String>, _>(std::io::Error::other("broken")) }
    });

    let mut response = pin!(app.auth.layer(service).oneshot(request(&browser)));
    response.as_mut().await.unwrap_err();

    // The failed future still exists.
    let auth = receiver.recv().unwrap();
    assert_eq!(change(&auth).await, TOO_LATE);
}

#[tokio::test]
async fn after_a_sign_out_nothing_is_persisted() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let (sender, receiver) = mpsc::channel();
    let service = tower::service_fn(move |request: http::Request<String>| {
        let auth = context(&request);
        assert!(auth.cached_access_token().unwrap().is_persisted());
        sender.send(auth.clone()).unwrap();
        async move { Ok::<_, Infallible>(auth.sign_out().respond::<String>()) }
    });

    let response = app.auth.layer(service).oneshot(request(&browser)).await;

    assert_eq!(response.unwrap().status(), 303);
    let auth = receiver.recv().unwrap();
    assert_eq!(auth.set_data("late"), Err(DataError::TooLate));
    assert!(!auth.cached_access_token().unwrap().is_persisted());
}

/// This instance knows newer tokens than the cookie, and this response did not write them.
#[tokio::test]
async fn a_late_read_of_an_older_cookie_finds_a_token_that_is_not_persisted() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let older = request(&browser);
    answer(&browser, "/refresh").await;

    let auth = respond(&app, older, 200).await;

    let newest = session(&browser);
    assert!(!auth.cached_access_token().unwrap().is_persisted());
    assert_eq!(session(&browser), newest);
}

/// What the head wrote is still reported as persisted in the body, and so is what the browser has
/// anyway.
#[tokio::test]
async fn what_the_cookie_or_response_head_holds_is_persisted_in_the_body_too() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let auth = respond(&app, request(&browser), 200).await;
    assert!(auth.access_token().await.unwrap().is_persisted());
    app.clock.advance(EXPIRY + Duration::from_secs(1));
    let late = |auth: AuthContext| async move {
        auth.access_token().await.unwrap();
        Body::new(LateBody::new(async move {
            let token = auth.access_token().await.unwrap();
            token.is_persisted().to_string()
        }))
    };
    let router = Router::new().route("/late", get(late));
    let server = TestServer::start(router.layer(app.auth.clone())).await;
    browser.map(ORIGIN, server.address());

    let page = browser.open(&url("/late")).await;

    assert_eq!(page.text(), "true");
    assert_eq!(page.last().set_cookies().len(), 1);
}

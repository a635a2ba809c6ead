//! The layer's own routes: which methods they accept, and how they treat bodies and conditions.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::COOKIE;
use http::{HeaderValue, Method, Request, Response};
use http_body::{Body, Frame};
use http_body_util::Empty;
use tower::{Service, ServiceExt};
use tower_layer::Layer;
use tower_oidc::{AuthContext, RequireAuth};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser;
use tower_oidc_tests::callback::{by_method, session};

/// H-03
#[tokio::test]
async fn methods_that_a_route_does_not_support_get_405_with_allow() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let before = session(&browser);

    for (path, allow) in [
        ("/auth/sign-in", "GET, OPTIONS"),
        ("/auth/callback", "GET, OPTIONS"),
        ("/auth/sign-out", "GET, POST, OPTIONS"),
        ("/auth/session", "GET, HEAD, OPTIONS"),
    ] {
        for method in ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "GETX"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let exchange = browser.step(&by_method(path, ORIGIN, method)).await;

            assert_eq!(exchange.status(), 405, "{path}");
            assert_eq!(exchange.header("allow"), Some(allow), "{path}");
            assert_eq!(exchange.header("cache-control"), Some("no-store"));
            assert!(exchange.set_cookies().is_empty(), "{path}");
        }
    }
    assert_eq!(session(&browser), before);
}

/// H-02: a preflight gets no permission; on the application's routes the application answers it.
#[tokio::test]
async fn a_preflight_at_our_routes_allows_nothing() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    for path in [
        "/auth/sign-in",
        "/auth/callback",
        "/auth/sign-out",
        "/auth/session",
    ] {
        let preflight = by_method(path, "https://evil.example", Method::OPTIONS)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "x-requested-with");
        let exchange = browser.step(&preflight).await;

        assert_eq!(exchange.status(), 204, "{path}");
        assert!(exchange.set_cookies().is_empty(), "{path}");
        let names = exchange.headers().keys();
        assert!(
            names
                .into_iter()
                .all(|name| !name.as_str().starts_with("access-control")),
            "{path}"
        );
    }
    let theirs = browser.step(&by_method("/", ORIGIN, Method::OPTIONS)).await;
    assert_eq!(theirs.header("x-answered-by"), Some("application"));
}

/// H-10. No code of these routes reads them, so there is no defence to remove.
#[tokio::test]
async fn ranges_and_conditions_are_ignored_on_our_routes() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    for (name, value) in [
        ("range", "bytes=0-1"),
        ("if-none-match", "*"),
        ("if-modified-since", "Thu, 01 Jan 2099 00:00:00 GMT"),
    ] {
        let session = browser::Request::fetch(&url("/auth/session")).from(ORIGIN);
        let page = browser.send(session.header(name, value)).await;
        assert_eq!(page.status(), 200, "{name}");
        assert_eq!(page.json()["claims"]["sub"], "alice", "{name}");

        let page = browser::Request::navigation(&url("/auth/sign-out")).from(ORIGIN);
        let page = browser.send(page.header(name, value)).await;
        assert_eq!(page.status(), 200, "{name}");
        assert!(page.text().ends_with("</html>"), "{name}");
    }
}

/// A body that counts how often it is read, and never ends.
struct Endless(Arc<AtomicUsize>);

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 4096])))))
    }
}

/// H-12
#[tokio::test]
async fn request_bodies_on_our_routes_are_not_read() {
    let app = App::start().await;
    let inner = tower::service_fn(async |_: Request<Endless>| {
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let reads = Arc::new(AtomicUsize::new(0));

    for path in [
        "/auth/sign-out",
        "/auth/callback",
        "/auth/sign-in",
        "/auth/session",
    ] {
        let request = Request::post(path)
            .header("origin", ORIGIN)
            .header("content-length", "1000000000")
            .body(Endless(Arc::clone(&reads)))
            .unwrap();
        let response = app.auth.layer(inner).oneshot(request).await.unwrap();

        let expected = if path == "/auth/sign-out" { 303 } else { 405 };
        assert_eq!(response.status(), expected, "{path}");
    }
    assert_eq!(reads.load(Ordering::SeqCst), 0);
}

/// A service that checks Tower's contract: `call` only on the value that was ready.
#[derive(Default)]
struct Strict {
    is_ready: bool,
    polls: usize,
    calls: Arc<AtomicUsize>,
}

/// A clone has to become ready itself, as with `ConcurrencyLimit` and `Buffer`.
impl Clone for Strict {
    fn clone(&self) -> Self {
        Self {
            calls: Arc::clone(&self.calls),
            ..Self::default()
        }
    }
}

impl<B> Service<Request<B>> for Strict {
    type Response = Response<Empty<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.polls += 1;
        self.is_ready = self.polls.is_multiple_of(2);
        if self.is_ready {
            Poll::Ready(Ok(()))
        } else {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        assert!(
            std::mem::take(&mut self.is_ready),
            "called before it was ready"
        );
        self.calls.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(Response::new(Empty::new())))
    }
}

/// H-11
#[tokio::test]
async fn the_inner_service_is_called_only_when_it_is_ready() {
    let app = App::start().await;
    let strict = Strict::default();
    let calls = Arc::clone(&strict.calls);
    let mut service = app.auth.layer(strict);
    let request = |path: &str| Request::get(path).body(String::new()).unwrap();

    for (path, expected) in [("/", 1), ("/auth/session", 1), ("/", 2), ("/", 3)] {
        let ready = ServiceExt::<Request<String>>::ready(&mut service)
            .await
            .unwrap();
        ready.call(request(path)).await.unwrap();

        assert_eq!(calls.load(Ordering::SeqCst), expected);
    }
    let clone = service.clone();
    clone.oneshot(request("/")).await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 4);
}

/// H-11: the guard that asks the provider first calls the service that was ready, and no clone.
#[tokio::test]
async fn a_guard_that_revalidates_calls_the_service_that_was_ready() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let cookie = format!("__Host-Http-auth={}", session(&browser).unwrap());
    let strict = Strict::default();
    let calls = Arc::clone(&strict.calls);
    let guard = RequireAuth::layer().revalidate_every(Duration::from_secs(600));
    let mut service = app.auth.layer(guard.layer(strict));

    for expected in 1..=3 {
        app.clock.advance(Duration::from_secs(601));
        let request = Request::get("/private").header(COOKIE, &cookie);
        let ready = ServiceExt::<Request<String>>::ready(&mut service)
            .await
            .unwrap();
        let response = ready
            .call(request.body(String::new()).unwrap())
            .await
            .unwrap();

        assert_eq!(response.status(), 200);
        assert_eq!(calls.load(Ordering::SeqCst), expected);
        assert_eq!(app.provider.refreshes().len(), expected, "it did ask");
    }
}

/// H-09, GHSA-59jp-rwph-878r: what a guard refuses never reaches the service behind it.
#[tokio::test]
async fn a_guard_that_refuses_does_not_call_the_service_behind_it() {
    let app = App::start().await;
    let strict = Strict::default();
    let calls = Arc::clone(&strict.calls);
    let service = app.auth.layer(RequireAuth::layer().layer(strict));
    let navigation = Request::get("/private").header("sec-fetch-mode", "navigate");

    for (request, status) in [
        (Request::get("/private"), 401),
        (Request::post("/private"), 401),
        (navigation, 303),
    ] {
        let response = service
            .clone()
            .oneshot(request.body(String::new()).unwrap())
            .await;
        assert_eq!(response.unwrap().status(), status);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

/// H-09: what an application writes into the response of a refusal is not sent.
#[tokio::test]
async fn the_body_of_a_refused_response_is_not_sent() {
    let app = App::start().await;
    let leaky = tower::service_fn(async |request: Request<String>| {
        let auth = request.extensions().get::<AuthContext>().unwrap();
        let refusal = auth.authenticated().unwrap_err();
        let mut response = refusal.respond::<String>();
        let headers = response.headers_mut();
        headers.insert("content-length", HeaderValue::from_static("6"));
        headers.insert("etag", HeaderValue::from_static("\"secret\""));
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        *response.body_mut() = "secret".to_owned();
        Ok::<_, Infallible>(response)
    });

    let request = Request::get("/").body(String::new()).unwrap();
    let response = app.auth.layer(leaky).oneshot(request).await.unwrap();

    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(!response.headers().contains_key("etag"));
    assert!(!response.headers().contains_key("content-length"));
    let body = http_body_util::BodyExt::collect(response.into_body());
    let body = body.await.unwrap().to_bytes();
    assert!(!body.windows(6).any(|window| window == b"secret"));
}

//! Which requests wait for the store, and what else changes for them: nothing.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::COOKIE;
use http::{Request, Response};
use tower::ServiceExt;
use tower_layer::Layer;
use tower_oidc_tests::app::{ORIGIN, router, url};
use tower_oidc_tests::callback::session;
use tower_oidc_tests::upgrades::{Version, ask};
use tower_oidc_tests::visits::{EXPIRY, fetch};
use tower_oidc_tests::{StoreFault, TestServer};
use tower_service::Service;

use super::{one_instance, reason};

/// O-02
#[tokio::test]
async fn the_store_is_asked_once_for_a_request_with_a_session_and_never_for_another() {
    let (app, store) =
        one_instance(|auth| auth.access_token_path("/token-for-scripts", ["default"])).await;
    let stranger = app.browser();
    let browser = app.signed_in_browser().await;
    let damaged = browser.thief();
    damaged
        .jar()
        .tamper("__Host-Http-auth", |value| value.reverse());
    let paths = [
        "/",
        "/private",
        "/who",
        "/untouched",
        "/auth/session",
        "/token-for-scripts",
    ];

    for (visitor, questions) in [(&stranger, 0), (&damaged, 0), (&browser, 1)] {
        for path in paths {
            let before = store.questions();
            fetch(visitor, path).await;
            assert_eq!(store.questions() - before, questions, "{path}");
        }
    }
}

/// O-02
#[tokio::test]
async fn the_store_is_not_asked_where_nobody_can_count_as_signed_in() {
    let (app, store) = one_instance(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    let cookie = format!("__Host-Http-auth={}", session(&browser).unwrap());
    let before = store.questions();

    let foreign = ("origin", "https://evil.example");
    let headers = [foreign, ("upgrade", "websocket"), ("cookie", &cookie)];
    for path in ["/untouched", "/auth/session"] {
        ask(Version::Http1, app.address(), path, &headers).await;
    }
    assert_eq!(store.questions(), before);
    // The inner one of two layers refuses everybody.
    let nested = router().layer(app.auth.clone()).layer(app.auth.clone());
    let server = TestServer::start(nested).await;
    browser.map(ORIGIN, server.address());
    assert_eq!(browser.open(&url("/private")).await.status(), 503);
    assert_eq!(store.questions() - before, 1);
}

/// O-02: not even the renewal of its cookie, which is due after this time.
#[tokio::test]
async fn the_response_of_a_handler_that_ignores_the_session_stays_unchanged() {
    let (app, _) = one_instance(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(Duration::from_secs(12 * 3600));

    for path in ["/untouched", "/extracted"] {
        let page = browser.open(&url(path)).await;

        assert_eq!(page.status(), 200);
        assert!(page.last().set_cookies().is_empty(), "{path}");
        assert_eq!(page.header("vary"), None, "{path}");
        assert_eq!(page.header("cache-control"), None, "{path}");
    }
    let looked = browser.open(&url("/")).await;
    assert!(!looked.last().set_cookies().is_empty());
}

/// Refuses to be called before it is ready; a clone is not ready.
#[derive(Debug, Default)]
struct OnceReady {
    is_ready: bool,
    calls: Arc<AtomicUsize>,
}

impl Clone for OnceReady {
    fn clone(&self) -> Self {
        let calls = Arc::clone(&self.calls);
        Self {
            is_ready: false,
            calls,
        }
    }
}

impl Service<Request<String>> for OnceReady {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<String>) -> Self::Future {
        assert!(
            std::mem::take(&mut self.is_ready),
            "called before it was ready"
        );
        self.calls.fetch_add(1, Ordering::SeqCst);
        ready(Ok(Response::new(String::new())))
    }
}

/// O-02, H-11
#[tokio::test]
async fn the_service_that_was_ready_is_called_after_the_store_has_answered() {
    let (app, store) = one_instance(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    let cookie = format!("__Host-Http-auth={}", session(&browser).unwrap());
    let inner = OnceReady::default();
    let mut service = app.auth.layer(inner.clone());
    let request = || {
        let request = Request::get("/").header(COOKIE, &cookie);
        request.body(String::new()).unwrap()
    };

    for _ in 0..2 {
        let response = service.ready().await.unwrap().call(request()).await;
        assert_eq!(response.unwrap().status(), 200);
    }
    assert_eq!(inner.calls.load(Ordering::SeqCst), 2);

    // A client that goes away while the store is asked.
    store.set(StoreFault::Hangs);
    {
        let mut gone = pin!(service.ready().await.unwrap().call(request()));
        let waits = std::future::poll_fn(|cx| Poll::Ready(gone.as_mut().poll(cx).is_pending()));
        assert!(waits.await);
        store.gate().entered().await;
    }
    store.set(None);
    assert_eq!(inner.calls.load(Ordering::SeqCst), 2);
    let response = service.ready().await.unwrap().call(request()).await;
    assert_eq!(response.unwrap().status(), 200);
    assert_eq!(inner.calls.load(Ordering::SeqCst), 3);
}

/// O-02: an expired access token does not make it ask for pages that need none.
#[tokio::test]
async fn an_expired_access_token_costs_no_further_question() {
    let (app, store) = one_instance(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);
    let before = store.questions();

    assert_eq!(reason(&browser).await, "signed_in");

    assert_eq!(store.questions() - before, 1);
}

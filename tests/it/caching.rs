//! What responses tell caches and browsers, whatever the application's own headers say.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, COOKIE, VARY};
use http::{HeaderName, Request, StatusCode};
use http_body::Frame;
use tower::ServiceExt;
use tower_layer::Layer;
use tower_oidc::AuthContext;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser;
use tower_oidc_tests::callback::session;
use tower_oidc_tests::{App, Browser, TestServer};

/// After this time, reading the session renews its cookie.
const DUE: Duration = Duration::from_secs(12 * 3600);

/// Headers with which applications and their hosts control shared caches.
const CACHEABLE: [(&str, &str); 7] = [
    ("cache-control", "public, max-age=600, s-maxage=600"),
    ("cdn-cache-control", "max-age=600"),
    ("cloudflare-cdn-cache-control", "max-age=600"),
    ("vercel-cdn-cache-control", "max-age=600"),
    ("surrogate-control", "max-age=600"),
    ("x-accel-expires", "600"),
    ("expires", "Thu, 01 Jan 2099 00:00:00 GMT"),
];

async fn status(Path(status): Path<u16>, auth: AuthContext) -> StatusCode {
    let _ = auth.is_authenticated();
    StatusCode::from_u16(status).unwrap()
}

async fn redirect(auth: AuthContext) -> Response {
    let _ = auth.is_authenticated();
    (StatusCode::FOUND, [("location", "/status/200")]).into_response()
}

async fn cacheable(auth: AuthContext) -> impl IntoResponse {
    let _ = auth.is_authenticated();
    let headers = CACHEABLE.map(|(name, value)| (HeaderName::from_static(name), value));
    (headers, "cacheable")
}

async fn varying(auth: AuthContext) -> impl IntoResponse {
    let _ = auth.is_authenticated();
    let vary = AppendHeaders([(VARY, "Accept-Encoding"), (VARY, "Origin")]);
    (vary, [(CACHE_CONTROL, "max-age=5")], "varying")
}

async fn silent(auth: AuthContext) -> &'static str {
    let _ = auth.is_authenticated();
    "silent"
}

/// A body that reads the session while it is sent, which is after the response head.
struct Late(Option<AuthContext>);

impl http_body::Body for Late {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let auth = self.0.take();
        let claims = auth.and_then(|auth| auth.claims());
        Poll::Ready(claims.map(|claims| Ok(Frame::data(claims.sub().to_owned().into()))))
    }
}

/// A visitor, or a user whose cookie is due for renewal.
async fn visit(app: &App, signed_in: bool) -> (Browser, TestServer) {
    let router = Router::new()
        .route("/status/{status}", get(status))
        .route("/redirect", get(redirect))
        .route("/cacheable", get(cacheable))
        .route("/varying", get(varying))
        .route("/silent", get(silent))
        .route(
            "/late",
            get(|auth: AuthContext| async { Body::new(Late(Some(auth))) }),
        )
        .layer(app.auth.clone());
    let server = TestServer::start(router).await;
    let browser = if signed_in {
        app.signed_in_browser().await
    } else {
        app.browser()
    };
    browser.map(ORIGIN, server.address());
    (browser, server)
}

/// H-04, CVE-2025-48947, CVE-2025-64762
#[tokio::test]
async fn a_response_that_renews_the_session_may_not_be_stored() {
    let app = App::start().await;
    let (browser, _server) = visit(&app, true).await;
    app.clock.advance(DUE);

    let page = browser.open(&url("/cacheable")).await;

    assert_eq!(page.last().set_cookies().len(), 1);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("vary"), Some("cookie"));
    for (name, _) in &CACHEABLE[1..] {
        assert_eq!(page.header(name), None, "{name}");
    }
    assert_eq!(page.text(), "cacheable");
}

/// H-04, RFC 9700 sections 4.2 and 4.12: the redirects of a sign-in and of a sign-out.
#[tokio::test]
async fn our_own_redirects_may_not_be_stored_and_send_no_referrer() {
    let app = App::start().await;
    let browser = app.browser();
    let begun = browser.open(&url("/auth/sign-in")).await;
    let signed_in = begun.press("alice").await;
    let asked = browser::Request::navigation(&url("/auth/sign-out")).from(ORIGIN);
    let signed_out = browser.send(asked).await.press("Sign out").await;

    let pages = [&begun, &signed_in, &signed_out];
    let exchanges = pages.iter().flat_map(|page| page.exchanges());
    let ours = exchanges.filter(|exchange| exchange.url().path().starts_with("/auth/"));
    let mut seen = 0;
    for exchange in ours {
        let path = exchange.url().path();
        seen += 1;
        assert_eq!(exchange.status(), StatusCode::SEE_OTHER, "{path}");
        assert!(!exchange.set_cookies().is_empty(), "{path}");
        assert_eq!(exchange.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(
            exchange.header("referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
    }
    assert_eq!(seen, 3);
}

/// H-05: if no cookie is written, the application's `Cache-Control` stays, except that `Vary` is
/// added, and `private` where it says nothing about shared caches.
#[tokio::test]
async fn a_response_that_writes_no_cookie_keeps_the_cache_control_of_the_application() {
    let app = App::start().await;
    let (browser, _server) = visit(&app, true).await;

    let page = browser.open(&url("/cacheable")).await;
    for (name, value) in CACHEABLE {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    assert_eq!(page.header("vary"), Some("cookie"));
    assert!(page.last().set_cookies().is_empty());

    let page = browser.open(&url("/silent")).await;
    assert_eq!(page.header("cache-control"), Some("private"));

    let page = browser.open(&url("/varying")).await;
    assert_eq!(page.header("cache-control"), Some("private, max-age=5"));
    let vary: Vec<_> = page.last().headers().get_all(VARY).iter().collect();
    assert_eq!(vary, ["Accept-Encoding", "Origin", "cookie"]);
}

/// H-05: an anonymous page depends on the cookie too, but may be shared.
#[tokio::test]
async fn an_anonymous_response_varies_by_the_cookie_and_may_be_shared() {
    let app = App::start().await;
    let (browser, _server) = visit(&app, false).await;

    let page = browser.open(&url("/silent")).await;
    assert_eq!(page.header("vary"), Some("cookie"));
    assert_eq!(page.header("cache-control"), None);
    let page = browser.open(&url("/cacheable")).await;
    assert_eq!(page.header("cache-control"), Some(CACHEABLE[0].1));
}

/// H-06, H-07: a renewed cookie is written with any response, whatever happened to the request.
#[tokio::test]
async fn a_renewed_cookie_is_written_on_any_response() {
    for code in [200, 201, 204, 206, 304, 400, 404, 500, 503] {
        let app = App::start().await;
        let (browser, _server) = visit(&app, true).await;
        app.clock.advance(DUE);
        let before = session(&browser);

        let page = browser.open(&url(&format!("/status/{code}"))).await;

        assert_eq!(page.status(), code);
        assert_eq!(page.last().set_cookies().len(), 1, "{code}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{code}");
        assert_ne!(session(&browser), before, "{code}");
    }
    let app = App::start().await;
    let (browser, _server) = visit(&app, true).await;
    app.clock.advance(DUE);
    let request = browser::Request::navigation(&url("/redirect"));
    let exchange = browser.step(&request).await;
    assert_eq!(exchange.status(), 302);
    assert_eq!(exchange.header("location"), Some("/status/200"));
    assert_eq!(exchange.set_cookies().len(), 1);
}

/// H-06, X-11: a browser may ignore the cookies of an interim response.
#[tokio::test]
async fn an_interim_response_renews_nothing() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(DUE);
    let upgrade = tower::service_fn(async |request: Request<String>| {
        let auth = request.extensions().get::<AuthContext>().unwrap();
        let mut response = http::Response::new(String::new());
        assert!(auth.is_authenticated());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        Ok::<_, Infallible>(response)
    });

    let cookie = format!("__Host-Http-auth={}", session(&browser).unwrap());
    let request = Request::get("/")
        .header(COOKIE, cookie)
        .body(String::new())
        .unwrap();
    let response = app.auth.layer(upgrade).oneshot(request).await.unwrap();

    assert_eq!(response.status(), 101);
    assert!(!response.headers().contains_key("set-cookie"));
}

/// H-08: the session can still be read after the response head, but nothing is written.
#[tokio::test]
async fn a_body_that_reads_the_session_late_sees_it_and_renews_nothing() {
    let app = App::start().await;
    let (browser, _server) = visit(&app, true).await;
    app.clock.advance(DUE);

    let page = browser.open(&url("/late")).await;

    assert_eq!(page.text(), "alice");
    assert!(page.last().set_cookies().is_empty());
}

/// H-07: an error of the inner service is returned unchanged.
#[tokio::test]
async fn an_error_of_the_inner_service_is_passed_on() {
    let app = App::start().await;
    let broken = tower::service_fn(async |_: Request<String>| {
        Err::<http::Response<String>, _>(std::io::Error::other("broken"))
    });

    let request = Request::get("/").body(String::new()).unwrap();
    let error = app.auth.layer(broken).oneshot(request).await.unwrap_err();

    assert_eq!(error.to_string(), "broken");
}

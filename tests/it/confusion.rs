//! Requests that try to pass for others: by host, proxy headers, path, or an injected context.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Method, StatusCode};
use oidc_dev_provider::Client;
use tower::ServiceExt;
use tower_oidc::{AuthContext, AuthLayer, Provider, RequireAuth};
use tower_oidc_tests::app::{CLIENT_SECRET, ORIGIN, router, sign_in, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{by_method, parameter, transactions};
use tower_oidc_tests::{App, TestServer, two_layers};
use url::Url;

/// The layer's response to a request that no browser sends.
async fn answer(auth: &AuthLayer, request: http::request::Builder) -> http::Response<Vec<u8>> {
    let service = router().layer(auth.clone());
    let response = service.oneshot(request.body(Body::empty()).unwrap()).await;
    let (parts, body) = response.unwrap().into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    http::Response::from_parts(parts, body.into())
}

fn request(method: &str, uri: &str) -> http::request::Builder {
    http::Request::builder().method(method).uri(uri)
}

///
#[tokio::test]
async fn redirects_are_built_from_the_configured_origin_only() {
    let app = App::start().await;
    let link = url("/auth/sign-in");

    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "8443"),
        ("x-forwarded-prefix", "/evil"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-uri", "/evil"),
        ("x-original-url", "/evil"),
        ("x-rewrite-url", "/evil"),
        ("forwarded", "for=127.0.0.1;host=evil.example;proto=http"),
    ] {
        let browser = app.browser();
        let exchange = browser
            .step(&Request::navigation(&link).header(name, value))
            .await;

        let location = Url::parse(exchange.header("location").unwrap()).unwrap();
        assert!(
            location.as_str().starts_with(app.provider.issuer()),
            "{name}"
        );
        let redirect_uri = parameter(&location, "redirect_uri");
        assert_eq!(redirect_uri, Some(url("/auth/callback")), "{name}");
        assert!(!location.as_str().contains("evil"), "{name}");
        assert_eq!(transactions(&browser).len(), 1, "{name}");
    }
}

/// an absolute request target, and an authority that differs from `Host`.
#[tokio::test]
async fn an_absolute_request_target_does_not_change_the_origin() {
    let app = App::start().await;
    let old = |request: http::request::Builder| request.header("accept", "text/html");

    let sign_in = request("GET", "http://evil.example/auth/sign-in").header("host", "app.example");
    let response = answer(&app.auth, old(sign_in)).await;
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(app.provider.issuer()));
    assert!(!location.contains("evil"));

    let private = request("GET", "http://evil.example/private?x=1");
    let response = answer(&app.auth, old(private)).await;
    assert_eq!(response.status(), 303);
    let location = &response.headers()["location"];
    assert_eq!(location, "/auth/sign-in?return_to=%2Fprivate%3Fx%3D1");
}

///
#[tokio::test]
async fn a_path_that_only_resembles_one_of_ours_reaches_the_application() {
    let app = App::start().await;

    for path in [
        "/auth/callback/?code=c&state=s",
        "//auth/callback?code=c&state=s",
        "/auth/%63allback?code=c&state=s",
        "/auth/callback;x?code=c&state=s",
        "/AUTH/CALLBACK?code=c&state=s",
        "/auth/../auth/callback?code=c&state=s",
        "/auth/callback%00?code=c&state=s",
        "/auth//sign-in",
        "/auth/sign-in%3F",
        "/auth/sign-out/",
        "/x?/auth/sign-in",
        "/auth",
    ] {
        let response = answer(&app.auth, request("GET", path)).await;

        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(response.headers()["x-answered-by"], "application", "{path}");
    }
    // Our path stays ours, whatever query follows it.
    for path in ["/auth/callback?", "/auth/callback?x#y"] {
        let response = answer(&app.auth, request("GET", path)).await;
        assert_eq!(response.status(), 400, "{path}");
    }
}

/// a guard applies to its route, whatever the rest of the URL says.
#[tokio::test]
async fn no_query_bypasses_a_guard() {
    let app = App::start().await;
    let browser = app.browser();

    for path in [
        "/private?x=/",
        "/private?/auth/sign-in",
        "/private?public=1#/",
    ] {
        let page = browser.fetch(ORIGIN, Method::GET, &url(path)).await;
        assert_eq!(page.status(), 401, "{path}");
    }
}

/// no header signs anybody in, or switches anything off. No code reads
/// these headers, so there is no defence that could be removed; the test would notice code that
/// somebody adds.
#[tokio::test]
async fn no_header_signs_anybody_in() {
    let app = App::start().await;
    let browser = app.browser();

    for (name, value) in [
        ("x-user", "alice"),
        ("x_user", "alice"),
        ("x-forwarded-user", "alice"),
        ("x_forwarded_user", "alice"),
        ("remote-user", "alice"),
        ("authorization", "Bearer alice"),
        ("user-agent", "kube-probe/1.30"),
        ("user-agent", "ELB-HealthChecker/2.0"),
        ("x-forwarded-uri", "/"),
        ("x-original-url", "/"),
        ("x-middleware-subrequest", "middleware"),
        ("x-original-method", "OPTIONS"),
        ("x-http-method-override", "OPTIONS"),
        ("cookie", "user=alice; session=alice"),
    ] {
        let private = Request::fetch(&url("/private")).from(ORIGIN);
        let page = browser.send(private.header(name, value)).await;
        assert_eq!(page.status(), 401, "{name}: {value}");
        let open = Request::fetch(&url("/")).from(ORIGIN).header(name, value);
        assert_eq!(browser.send(open).await.text(), "nobody", "{name}: {value}");
    }
}

/// the application's own headers reach it unchanged.
#[tokio::test]
async fn the_requests_headers_reach_the_application_untouched() {
    let app = App::start().await;
    let echo = Router::new().fallback(|headers: http::HeaderMap| async move {
        format!("{:?} {:?}", headers.get("x-user"), headers.get("cookie"))
    });
    let server = TestServer::start(echo.layer(app.auth.clone())).await;
    let browser = app.browser();
    browser.map(ORIGIN, server.address());
    browser
        .jar()
        .inject("app.example", "__Host-Http-auth", "1x");

    let request = Request::navigation(&url("/any")).header("x-user", "eve");
    let page = browser.send(request).await;

    assert_eq!(page.text(), "Some(\"eve\") Some(\"__Host-Http-auth=1x\")");
}

/// the same name twice is a mistake, and nobody counts as signed in.
#[tokio::test]
async fn two_layers_with_one_cookie_name_fail_closed() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let nested = router().layer(app.auth.clone()).layer(app.auth.clone());
    let server = TestServer::start(nested).await;
    browser.map(ORIGIN, server.address());

    for path in ["/private", "/", "/typed", "/typed-optional"] {
        let page = browser.open(&url(path)).await;

        assert_eq!(page.status(), 503, "{path}");
        assert_eq!(page.header("retry-after"), Some("5"), "{path}");
        assert!(page.last().set_cookies().is_empty(), "{path}");
    }
    let script = browser.fetch(ORIGIN, Method::GET, &url("/private")).await;
    assert_eq!(script.json()["error"], "unavailable");
}

/// with two names they work side by side, each with its own paths and users.
#[tokio::test]
async fn two_layers_with_different_cookie_names_are_independent() {
    let app = two_layers::start().await;
    let admins = two_layers::admin_layer(&app);
    let name = |auth: AuthContext| async move {
        let claims = auth.claims();
        claims.map_or_else(|| "nobody".to_owned(), |claims| claims.sub().to_owned())
    };
    let inner = Router::new()
        .route("/admin", get(name))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(admins);
    let service = Router::new()
        .route("/", get(name))
        .fallback_service(inner)
        .layer(app.auth.clone());
    let server = TestServer::start(service).await;
    let browser = app.browser();
    browser.map(ORIGIN, server.address());

    assert_eq!(sign_in(&browser).await.text(), "alice");
    assert_eq!(browser.open(&url("/admin")).await.text(), "nobody");
    let page = browser.open(&url("/admin/sign-in?prompt=login")).await;
    assert_eq!(page.press("bob").await.text(), "bob");

    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    assert_eq!(browser.open(&url("/admin")).await.text(), "bob");
    let sign_out = by_method("/admin/sign-out", ORIGIN, Method::POST);
    browser.send(sign_out).await;
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    assert_eq!(browser.open(&url("/admin")).await.text(), "nobody");
}

/// an outer router removes a prefix.
#[tokio::test]
async fn behind_a_stripped_prefix_the_mount_path_restores_the_public_path() {
    let nested = Client::confidential("nested", CLIENT_SECRET)
        .redirect_uri(url("/shop/auth/callback"))
        .post_logout_redirect_uri(url("/shop/"));
    let app = App::with_provider(|provider| provider.client(nested), |auth| auth).await;
    let auth = App::settings(&app.provider, &app.clock)
        .provider(Provider::new(app.provider.issuer(), "nested").client_secret(CLIENT_SECRET))
        .mount_path("/shop")
        .build()
        .unwrap();
    let name = |auth: AuthContext| async move { format!("{:?}", auth.state()) };
    let shop = Router::new()
        .route("/orders", get(name).layer(RequireAuth::layer()))
        .route("/", get(name))
        .layer(auth);
    let server = TestServer::start(Router::new().nest_service("/shop", shop)).await;
    let browser = app.browser();
    browser.map(ORIGIN, server.address());

    let page = browser.open(&url("/shop/orders?page=2")).await;
    let page = page.press("alice").await;

    assert_eq!(page.url().as_str(), url("/shop/orders?page=2"));
    assert_eq!(page.text(), "Authenticated");
    let page = browser.send(Request::navigation(&url("/shop/auth/sign-out")).from(ORIGIN));
    let page = page.await.press("Sign out").await;
    assert_eq!(page.url().as_str(), url("/shop/"));
    assert_eq!(page.text(), "Anonymous");
}

/// request targets without a path, and requests that change the protocol.
#[tokio::test]
async fn unusual_requests_pass_through_without_a_panic() {
    let app = App::start().await;
    let echo = Router::new()
        .fallback(
            |auth: AuthContext, request: axum::extract::Request| async move {
                format!("{:?} {} {}", auth.state(), request.method(), request.uri())
            },
        )
        .layer(app.auth.clone());

    for (method, uri) in [
        ("OPTIONS", "*"),
        ("CONNECT", "evil.example:443"),
        ("GET", "http://evil.example"),
        ("PROPFIND", "/"),
        ("GET", "/socket"),
    ] {
        let request = request(method, uri)
            .header("connection", "upgrade, http2-settings")
            .header("upgrade", "h2c, websocket")
            .header("accept", "text/html");
        let response = echo.clone().oneshot(request.body(Body::empty()).unwrap());
        let (parts, body) = response.await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();

        assert_eq!(parts.status, 200, "{method} {uri}");
        // A successful CONNECT has no body.
        let answered = body.starts_with(b"Anonymous") || method == "CONNECT";
        assert!(answered, "{method} {uri}: {body:?}");
    }
    // A guard refuses even if there is no path to return to.
    let guarded = Router::new()
        .fallback(|| async { "secret" })
        .layer(RequireAuth::layer())
        .layer(app.auth.clone());
    let request = request("OPTIONS", "*").body(Body::empty()).unwrap();
    assert_eq!(guarded.oneshot(request).await.unwrap().status(), 401);
}

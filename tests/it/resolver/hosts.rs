//! Origins that are known from requests alone.

use axum::body::Body;
use http::{Request, Response, StatusCode, header};
use tower::{Layer, Service, ServiceExt};
use tower_oidc::provider::ProviderDirectory;
use tower_oidc::testing::TestSession;
use tower_oidc::{AuthContext, AuthLayer, Provider};
use tower_oidc_tests::Tenants;
use tower_oidc_tests::app::{ORIGIN, SECRET, url};
use tower_oidc_tests::browser::Request as Navigation;
use tower_oidc_tests::tenants::{HOST, sign_in_at};

use crate::log;

async fn app() -> Tenants {
    Tenants::with(|auth| auth.origins_from_requests(true)).await
}

/// Y-12
#[tokio::test]
async fn a_session_of_one_host_does_not_open_at_another() {
    let app = app().await;
    let browser = app.browser();
    sign_in_at(&browser, "initech").await;
    let session = browser.jar().cookie("__Host-Http-auth").unwrap();
    assert_eq!(
        browser.open(&format!("{HOST}/explain")).await.text(),
        "signed_in"
    );

    browser.jar().inject(
        "app.example",
        "__Host-Http-auth",
        session.value().into_owned(),
    );

    let page = browser.open(&url("/explain")).await;
    assert_eq!(page.text(), "unknown_key");
    let request = Navigation::navigation(&url("/explain")).header("host", "other.app.example");
    let page = browser.step(&request).await;
    assert_eq!(page.text(), "unknown_key");
}

/// Y-13
#[tokio::test]
async fn a_flood_of_invented_hosts_asks_nobody_and_ends_no_session() {
    let app = app().await;
    let browser = app.browser();
    sign_in_at(&browser, "initech").await;
    app.resolver.take_asked();
    let log = log::record();
    let mut service = app
        .auth
        .layer(tower::service_fn(|request: Request<Body>| async move {
            let auth: &AuthContext = request.extensions().get().unwrap();
            let state = format!("{:?}", auth.state());
            Ok::<_, std::convert::Infallible>(Response::new(Body::from(state)))
        }));

    for number in 0..2_000 {
        let request = Request::get("/")
            .header("host", format!("{number}.evil.example"))
            .body(Body::empty())
            .unwrap();
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
    }

    assert_eq!(app.resolver.take_asked().len(), 0);
    assert_eq!(log.text(), "");
    // The real host was evicted meanwhile, and its keys are derived again.
    let page = browser.open(&format!("{HOST}/tenant")).await;
    assert_eq!(page.text(), "initech");
}

/// Y-13
#[tokio::test]
async fn a_sign_in_at_an_invented_host_is_the_resolvers_decision() {
    let app = app().await;
    let browser = app.browser();

    for path in [
        "/auth/sign-in",
        "/auth/sign-in/acme",
        "/auth/sign-in/initech",
    ] {
        let request = Navigation::navigation(&url(path)).header("host", "evil.example");
        let answer = browser.step(&request).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert!(answer.set_cookies().is_empty(), "{path}");
    }

    let asked = app.resolver.take_asked();
    assert_eq!(asked.len(), 3);
    for query in asked {
        assert_eq!(query.host(), "evil.example");
        assert!(!query.is_configured_origin());
    }
}

/// Y-13
#[tokio::test]
async fn a_provider_of_the_configuration_is_not_used_at_an_origin_that_a_client_chose() {
    let app = Tenants::with(|auth| {
        let own = Provider::new("https://id.example", "app");
        auth.origins_from_requests(true)
            .provider_with_id("own", own)
    })
    .await;

    let request = Navigation::navigation(&url("/auth/sign-in/own")).header("host", "evil.example");

    assert_eq!(app.browser().step(&request).await.status(), 404);
}

/// Y-14
#[tokio::test]
async fn what_is_no_host_is_anonymous_and_misdirected() {
    let app = app().await;
    let browser = app.browser();

    for host in [
        "a%2eexample",
        "user@evil.example",
        "evil.example/path",
        "evil.example?x",
        "evil example",
        "",
        "[::1",
        &"a".repeat(300),
    ] {
        let page = |path: &str| Navigation::navigation(&url(path)).header("host", host);
        let answer = browser.step(&page("/explain")).await;
        // hyper itself refuses some of them.
        if answer.status() != 400 {
            assert_eq!(answer.text(), "unknown_host", "{host}");
            let answer = browser.step(&page("/auth/sign-in")).await;
            assert_eq!(answer.status(), 421, "{host}");
        }
    }
}

/// Y-14: without the setting, hosts that are not configured are served as before.
#[tokio::test]
async fn a_single_origin_takes_every_host_unless_origins_come_from_requests() {
    let app = Tenants::start().await;
    let browser = app.signed_in_at("acme").await;

    let request = Navigation::navigation(&url("/tenant")).header("host", "evil.example");

    assert_eq!(browser.step(&request).await.text(), "acme");
}

/// Y-13: the session is from a time when its origin was configured.
#[tokio::test]
async fn a_session_of_a_registered_provider_does_not_open_at_an_origin_that_a_client_chose() {
    let settings = |base_url: &str| {
        AuthLayer::builder()
            .provider_resolver(ProviderDirectory::default())
            .provider_with_id("own", Provider::new("https://id.example", "app"))
            .base_url(base_url)
            .cookie_secret(SECRET)
    };
    let configured = settings(HOST).build().unwrap();
    let from_requests = settings(ORIGIN).origins_from_requests(true).build();
    let session = TestSession::from_claims(r#"{"iss":"https://id.example","sub":"alice"}"#);
    let fields = configured.seal_test_session(session);
    let cookie = fields[header::SET_COOKIE].to_str().unwrap();
    let (cookie, _) = cookie.split_once(';').unwrap();

    for (auth, expected) in [
        (configured, None),
        (from_requests.unwrap(), Some("OtherProvider")),
    ] {
        let request = Request::get("/")
            .header("host", "initech.app.example")
            .header("cookie", cookie)
            .body(Body::empty())
            .unwrap();
        let service = auth.layer(tower::service_fn(
            move |request: Request<Body>| async move {
                let auth: &AuthContext = request.extensions().get().unwrap();
                let reason = auth.not_signed_in_reason();
                let reason = reason.map(|reason| format!("{reason:?}"));
                assert_eq!(reason.as_deref(), expected);
                Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
            },
        ));
        service.oneshot(request).await.unwrap();
    }
}

/// Y-18: at a port the cookies have another name than those of the base URL.
#[tokio::test]
async fn cookies_of_an_origin_that_is_known_from_the_request_alone_are_removed() {
    let app = Tenants::with(|auth| auth.strip_cookies(true).origins_from_requests(true)).await;
    let ours = [
        "auth-8443",
        "auth-8443.txn.AAAAAAAAAAAAAAAAAAAAAA",
        "auth-8443.logout",
        "auth-8443.form.0",
        "auth",
    ];
    let cookies = ours
        .map(|name| format!("__Host-Http-{name}=value; "))
        .concat();

    let request = Navigation::navigation(&url("/cookies"))
        .header("host", "initech.app.example:8443")
        .header("cookie", &format!("{cookies}theirs=1"));

    let page = app.browser().step(&request).await;
    assert_eq!(page.text(), "theirs=1");
}

//! One application under several origins.

use std::net::{IpAddr, Ipv4Addr};

use http::{Method, Request as HttpRequest};
use oidc_dev_provider::Client;
use tower::{Layer, ServiceExt};
use tower_oidc::{AuthContext, PeerAddress};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, router, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::{App, Browser};

const OTHER: &str = "https://other.example";

async fn app() -> App {
    App::with_provider(
        |provider| {
            let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
                .redirect_uri(url("/auth/callback"))
                .redirect_uri(format!("{OTHER}/auth/callback"));
            provider.client(client)
        },
        |auth| {
            auth.additional_base_url(OTHER)
                .trusted_proxy(Ipv4Addr::LOCALHOST)
                .trusted_proxy("10.1.0.0/16")
        },
    )
    .await
}

fn browser(app: &App) -> Browser {
    let browser = app.browser();
    browser.map(OTHER, app.address());
    browser
}

#[tokio::test]
async fn each_origin_signs_in_with_its_own_callback_and_cookie() {
    let app = app().await;
    let browser = browser(&app);

    for origin in [ORIGIN, OTHER] {
        let page = browser
            .open(&format!("{origin}/auth/sign-in?return_to=/who"))
            .await;
        let page = if page.forms().is_empty() {
            page
        } else {
            page.press("alice").await
        };

        assert_eq!(page.url().as_str(), format!("{origin}/who"));
        assert_eq!(page.json()["claims"]["sub"], "alice");
    }
    let requests = app.provider.token_requests();
    let redirect_uris: Vec<_> = requests
        .iter()
        .map(|request| request.parameter("redirect_uri").unwrap())
        .collect();
    assert_eq!(
        redirect_uris,
        [url("/auth/callback"), format!("{OTHER}/auth/callback")]
    );
}

/// E-03, K-07
#[tokio::test]
async fn a_session_of_one_origin_does_not_open_at_another() {
    let app = app().await;
    let browser = browser(&app);
    let page = browser.open(&url("/auth/sign-in")).await;
    page.press("alice").await;
    let session = browser.jar().cookie("__Host-Http-auth").unwrap();

    browser.jar().inject(
        "other.example",
        "__Host-Http-auth",
        session.value().into_owned(),
    );

    let page = browser.open(&format!("{OTHER}/explain")).await;
    assert_eq!(page.text(), "unknown_key");
}

///
#[tokio::test]
async fn a_host_that_is_not_allowed_is_anonymous_and_cannot_sign_in() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    let page = |path: &str| Request::navigation(&url(path)).header("host", "evil.example");

    assert_eq!(browser.step(&page("/explain")).await.text(), "unknown_host");
    assert_eq!(browser.step(&page("/private")).await.status(), 303);
    let refused = browser.step(&page("/auth/sign-in")).await;

    assert_eq!(refused.status(), 421);
    assert!(refused.set_cookies().is_empty());
    assert_eq!(refused.header("location"), None);
}

///
#[tokio::test]
async fn a_forwarded_host_counts_only_from_a_declared_proxy() {
    let app = app().await;
    let service = app.auth.layer(tower::service_fn(
        |request: HttpRequest<axum::body::Body>| async move {
            let auth = request.extensions().get::<AuthContext>().unwrap();
            let reason = auth.not_signed_in_reason().unwrap().to_string();
            Ok::<_, std::convert::Infallible>(http::Response::new(axum::body::Body::from(reason)))
        },
    ));
    let explain = |peer: Option<&str>, forwarded: &'static str| {
        let mut request = HttpRequest::builder()
            .method(Method::GET)
            .uri("/")
            .header("host", "internal:8080")
            .header("x-forwarded-host", forwarded)
            .body(axum::body::Body::empty())
            .unwrap();
        if let Some(peer) = peer {
            let peer: IpAddr = peer.parse().unwrap();
            request.extensions_mut().insert(PeerAddress(peer));
        }
        let service = service.clone();
        async move {
            let response = service.oneshot(request).await.unwrap();
            let body = axum::body::to_bytes(axum::body::Body::new(response.into_body()), 100).await;
            String::from_utf8(body.unwrap().to_vec()).unwrap()
        }
    };

    let (known, unknown) = ("no_cookie", "unknown_host");
    for proxy in ["127.0.0.1", "::ffff:127.0.0.1", "10.1.255.1"] {
        let proxy = Some(proxy);
        assert_eq!(explain(proxy, "other.example").await, known);
        assert_eq!(explain(proxy, "evil.example, other.example").await, known);
        assert_eq!(explain(proxy, "other.example, evil.example").await, unknown);
    }
    for stranger in [Some("127.0.0.2"), Some("10.2.0.1"), Some("::1"), None] {
        assert_eq!(explain(stranger, "other.example").await, unknown);
    }
}

/// with one origin the host that a client names has no effect.
#[tokio::test]
async fn with_one_origin_redirects_are_built_from_the_configuration_only() {
    let app = App::start().await;
    let service = router().layer(app.auth.clone());
    let request = HttpRequest::builder()
        .uri("/auth/sign-in")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("forwarded", "host=evil.example;proto=http")
        .body(axum::body::Body::empty())
        .unwrap();

    let response = service.oneshot(request).await.unwrap();

    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(app.provider.issuer()));
    assert!(location.contains("redirect_uri=https%3A%2F%2Fapp.example%2Fauth%2Fcallback"));
    assert!(!location.contains("evil"));
}

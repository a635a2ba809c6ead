//! Sign-ins that another party starts (OpenID Connect Core 1.0 section 4).

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{CLIENT_ID, ORIGIN, url};
use tower_oidc_tests::browser::{Exchange, Request};
use tower_oidc_tests::callback::{by_method, transactions};
use tower_oidc_tests::two_providers::OTHER_CLIENT;
use tower_oidc_tests::{App, Browser, TwoProviders};
use url::Url;
use url::form_urlencoded::Serializer;

const PATH: &str = "/auth/initiate-login";
const PORTAL: &str = "https://portal.example";

fn on(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.initiate_login_path(PATH)
}

fn link(parameters: &[(&str, &str)]) -> String {
    let query = Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    url(&format!("{PATH}?{query}"))
}

/// The response to a click on a link of another site.
async fn follow(browser: &Browser, parameters: &[(&str, &str)]) -> Exchange {
    browser
        .step(&Request::navigation(&link(parameters)).from(PORTAL))
        .await
}

/// The parameters that the provider receives.
fn asked(exchange: &Exchange) -> BTreeMap<String, String> {
    let location = exchange.header("location").expect("a redirect");
    let location = Url::parse(location).expect("a URL");
    location.query_pairs().into_owned().collect()
}

/// S-35
#[tokio::test]
async fn another_party_starts_an_ordinary_sign_in_that_leads_to_its_page() {
    let app = App::with(on).await;
    let browser = app.browser();
    let target = url("/private?course=7");

    let link = link(&[("iss", app.provider.issuer()), ("target_link_uri", &target)]);
    let page = browser.navigate(PORTAL, &link).await.press("alice").await;

    assert_eq!(page.url().as_str(), target);
    assert_eq!(page.text(), "alice");
}

fn posted(fields: &[(&str, &str)]) -> Request {
    let request = by_method(PATH, PORTAL, Method::POST);
    request.form(fields)
}

/// S-35: OpenID Connect Core 1.0 section 4 allows a form too. The browser sends no cookies with it.
#[tokio::test]
async fn a_form_of_another_party_starts_the_same_sign_in_and_is_counted_like_others() {
    let app = App::with(on).await;
    let browser = app.browser();
    let fields = [
        ("iss", app.provider.issuer()),
        ("login_hint", "a&b"),
        ("target_link_uri", "/private"),
        ("state", "theirs"),
    ];
    for _ in 0..7 {
        let exchange = browser.step(&posted(&fields)).await;
        assert_eq!(exchange.status(), StatusCode::SEE_OTHER);
        assert!(exchange.set_cookies().is_empty());
        let location = exchange.header("location").unwrap().to_owned();
        assert!(location.starts_with(PATH) && !location.contains("theirs"));
        let next = Request::navigation(&url(&location)).from(PORTAL);
        browser.step(&next).await;
    }
    assert_eq!(transactions(&browser).len(), 5);

    let browser = app.browser();
    let location = browser.step(&posted(&fields)).await;
    let location = url(location.header("location").unwrap());
    let page = browser
        .navigate(PORTAL, &location)
        .await
        .press("alice")
        .await;
    assert_eq!(page.url().as_str(), url("/private"));
}

/// S-35
#[tokio::test]
async fn a_form_that_is_no_form_or_too_long_is_refused() {
    let app = App::with(on).await;
    let browser = app.browser();
    let issuer = app.provider.issuer();
    let long = "x".repeat(4_000);
    let longer = "x".repeat(1_000_000);
    let json = by_method(PATH, PORTAL, Method::POST)
        .header("content-type", "application/json")
        .body(format!(r#"{{"iss":"{issuer}"}}"#));
    for (case, request) in [
        ("no issuer", posted(&[("login_hint", "alice")])),
        ("two issuers", posted(&[("iss", issuer), ("iss", issuer)])),
        ("4 KB", posted(&[("iss", issuer), ("login_hint", &long)])),
        ("1 MB", posted(&[("iss", issuer), ("login_hint", &longer)])),
        ("JSON", json),
    ] {
        let exchange = browser.step(&request).await;
        assert_eq!(exchange.status(), StatusCode::BAD_REQUEST, "{case}");
        assert_eq!(exchange.header("location"), None, "{case}");
        assert!(exchange.set_cookies().is_empty(), "{case}");
    }
}

/// S-35
#[tokio::test]
async fn the_provider_gets_the_hint_and_listed_parameters_and_nothing_else_of_the_link() {
    let configure = |auth| on(auth).sign_in_parameters(["lti_message_hint"]);
    let app = App::with(configure).await;
    let browser = app.browser();

    let sent = asked(
        &follow(
            &browser,
            &[
                ("iss", app.provider.issuer()),
                ("login_hint", "alice&state=x"),
                ("lti_message_hint", "7"),
                ("state", "theirs"),
                ("redirect_uri", "https://evil.example/"),
                ("scope", "admin"),
                ("prompt", "none"),
            ],
        )
        .await,
    );

    assert_eq!(sent["login_hint"], "alice&state=x");
    assert_eq!(sent["lti_message_hint"], "7");
    assert_eq!(sent["redirect_uri"], url("/auth/callback"));
    assert!(sent["state"].len() >= 43);
    assert!(!sent["scope"].contains("admin"));
    assert!(!sent.contains_key("prompt"));
}

/// S-35
#[tokio::test]
async fn the_issuer_chooses_among_the_registered_providers_and_reaches_no_other() {
    let app = TwoProviders::with(on).await;
    let browser = app.browser();
    for issuer in [app.one.issuer(), app.two.issuer()] {
        let exchange = follow(&browser, &[("iss", issuer)]).await;
        let location = exchange.header("location").unwrap();
        assert!(location.starts_with(issuer), "{location}");
    }
    let before = transactions(&browser);
    let slash = format!("{}/", app.one.issuer());
    let discovered = app.one.counters().discovery;
    for issuer in ["https://evil.example", &slash, "one", ""] {
        let exchange = follow(&browser, &[("iss", issuer)]).await;
        assert_eq!(exchange.status(), StatusCode::NOT_FOUND, "{issuer}");
        assert_eq!(exchange.header("location"), None, "{issuer}");
        assert!(!exchange.text().contains("evil"), "{issuer}");
    }
    assert_eq!(transactions(&browser), before);
    assert_eq!(app.one.counters().discovery, discovered);
}

/// S-35: LTI 1.3 platforms send the client id.
#[tokio::test]
async fn the_client_id_chooses_among_the_clients_of_one_issuer() {
    let app = TwoProviders::two_clients_with(on).await;
    let browser = app.browser();
    let issuer = app.one.issuer();
    for (client, expected) in [(CLIENT_ID, CLIENT_ID), (OTHER_CLIENT, OTHER_CLIENT)] {
        let sent = asked(&follow(&browser, &[("iss", issuer), ("client_id", client)]).await);
        assert_eq!(sent["client_id"], expected);
        let fields = [("iss", issuer), ("client_id", client)];
        let posted = browser.step(&posted(&fields)).await;
        let location = url(posted.header("location").unwrap());
        let next = Request::navigation(&location).from(PORTAL);
        assert_eq!(asked(&browser.step(&next).await)["client_id"], expected);
    }
    let first = asked(&follow(&browser, &[("iss", issuer)]).await);
    assert_eq!(first["client_id"], CLIENT_ID);

    let unknown = follow(&browser, &[("iss", issuer), ("client_id", "third")]).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert_eq!(unknown.header("location"), None);
}

/// S-35, R-02
#[tokio::test]
async fn a_target_at_another_origin_is_ignored() {
    let app = App::with(on).await;
    for target in [
        "https://evil.example/",
        "//evil.example/",
        "https://app.example.evil.example/",
        "javascript:alert(1)",
        "/auth/sign-out",
        "",
    ] {
        let browser = app.browser();
        let link = link(&[("iss", app.provider.issuer()), ("target_link_uri", target)]);
        let page = browser.navigate(PORTAL, &link).await.press("alice").await;
        assert_eq!(page.url().as_str(), url("/"), "{target}");
    }
}

/// S-35, S-26
#[tokio::test]
async fn only_a_navigation_with_a_whole_query_starts_a_sign_in_and_by_default_none_does() {
    let app = App::with(on).await;
    let browser = app.browser();
    let issuer = app.provider.issuer();
    let here = link(&[("iss", issuer)]);
    let path = here.strip_prefix(ORIGIN).unwrap();
    for (case, request, status) in [
        ("HEAD", by_method(path, PORTAL, Method::HEAD), 405),
        ("PUT", by_method(path, PORTAL, Method::PUT), 405),
        ("POST", by_method(path, PORTAL, Method::POST), 400),
        ("prefetch", Request::prefetch(&here).from(PORTAL), 204),
        ("image", Request::image(&here).from(PORTAL), 403),
        ("iframe", Request::iframe(&here).from(PORTAL), 403),
        ("fetch", Request::fetch(&here).from(PORTAL), 401),
        ("no issuer", Request::navigation(&url(PATH)), 400),
        (
            "two issuers",
            Request::navigation(&link(&[("iss", issuer), ("iss", issuer)])),
            400,
        ),
        (
            "two targets",
            Request::navigation(&link(&[
                ("iss", issuer),
                ("target_link_uri", "/a"),
                ("target_link_uri", "/b"),
            ])),
            400,
        ),
    ] {
        let exchange = browser.step(&request).await;
        assert_eq!(exchange.status(), status, "{case}");
        assert_eq!(exchange.header("location"), None, "{case}");
        assert!(exchange.set_cookies().is_empty(), "{case}");
    }

    let app = App::start().await;
    let browser = app.browser();
    let exchange = follow(&browser, &[("iss", app.provider.issuer())]).await;
    assert_eq!(exchange.header("location"), None);
    assert!(transactions(&browser).is_empty());
}

/// S-35, S-27
#[tokio::test]
async fn a_flood_of_such_links_leaves_five_sign_ins_in_the_browser_and_no_task() {
    let app = App::with(on).await;
    let browser = app.browser();
    let parameters = [("iss", app.provider.issuer()), ("login_hint", "mallory")];
    for _ in 0..20 {
        follow(&browser, &parameters).await;
    }
    assert_eq!(transactions(&browser).len(), 5);
    let counters = app.provider.counters();
    assert_eq!((counters.discovery, counters.token), (1, 0));
}

//! A session begins with a sign-in, and inherits nothing from before.

use std::convert::Infallible;

use bytes::Bytes;
use http::Method;
use http::header::{COOKIE, SET_COOKIE};
use http_body_util::Empty;
use oidc_dev_provider::{Client, Fault};
use tower::ServiceExt;
use tower_layer::Layer;
use tower_oidc::testing::TestSession;
use tower_oidc_tests::app::{ORIGIN, sign_in, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{self, begun, known_browser, transactions};
use tower_oidc_tests::{App, Browser, Listener, TestClock};
use url::Position;

const HOST: &str = "app.example";
const NAME: &str = "__Host-Http-auth";

fn value(browser: &Browser) -> String {
    let cookie = browser.jar().cookie(NAME).expect("signed in");
    cookie.value().into_owned()
}

/// E-01: an attacker puts their own session into the victim's browser before the victim signs in.
#[tokio::test]
async fn a_new_sign_in_inherits_nothing_from_an_injected_session() {
    let app = App::start().await;
    let attacker = app.browser();
    let mallory = TestSession::from_claims(r#"{"iss":"https://id.example","sub":"mallory"}"#)
        .access_token("mallorys-token", None)
        .scope("admin");
    let planted = app.auth.seal_test_session(mallory);
    let planted = planted[SET_COOKIE].to_str().expect("ASCII");
    let planted = planted
        .split(['=', ';'])
        .nth(1)
        .expect("a value")
        .to_owned();
    attacker.jar().inject(HOST, NAME, planted.clone());
    let victim = app.browser();
    victim.jar().inject(HOST, NAME, planted);
    assert_eq!(victim.open(&url("/")).await.text(), "mallory");

    assert_eq!(sign_in(&victim).await.text(), "alice");

    let who = victim.open(&url("/who")).await;
    assert!(!who.text().contains("mallory"));
    let scopes = who.json()["scopes"].clone();
    assert!(!scopes.as_array().expect("scopes").contains(&"admin".into()));
    // The copy that the attacker kept has ended, and is not linked to the victim's session.
    assert_eq!(attacker.open(&url("/explain")).await.text(), "signed_out");
}

/// E-01, ASVS 7.2.4: another sign-in of the same user creates a new session too.
#[tokio::test]
async fn every_sign_in_creates_a_new_session() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let first = browser.thief();

    assert_eq!(sign_in(&browser).await.text(), "alice");

    assert_ne!(value(&first), value(&browser));
    assert_eq!(first.open(&url("/explain")).await.text(), "signed_out");
}

/// E-02: before a sign-in there is only a transaction, and it is deleted afterwards.
#[tokio::test]
async fn nothing_is_stored_for_a_visitor_before_the_sign_in() {
    let app = App::start().await;
    let browser = app.browser();
    browser.open(&url("/who")).await;
    assert!(App::cookies(&browser).is_empty());

    let page = browser.open(&url("/auth/sign-in")).await;
    let names = App::cookies(&browser);
    assert_eq!(names.len(), 1);
    assert!(names[0].starts_with("__Host-Http-auth.txn."));

    page.press("alice").await;
    assert_eq!(App::cookies(&browser), [NAME]);
}

/// E-04: two applications on one host have different cookie names, and do not affect each other.
#[tokio::test]
async fn two_applications_on_one_host_work_side_by_side_with_different_cookie_names() {
    let app = App::start().await;
    let other = app.another_instance(|auth| auth.cookie_name("other")).await;
    let browser = app.signed_in_browser().await;

    other.serve(&browser);
    assert_eq!(browser.open(&url("/explain")).await.text(), "no_cookie");
    assert_eq!(sign_in(&browser).await.text(), "alice");
    browser
        .fetch(ORIGIN, Method::POST, &url("/auth/sign-out"))
        .await;
    assert_eq!(browser.open(&url("/")).await.text(), "nobody");

    app.serve(&browser);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

/// E-05, E-18, G-10: every attribute is explicit, on every cookie that is set.
#[tokio::test]
async fn every_cookie_is_host_only_secure_and_lax() {
    let app = App::start().await;
    let browser = app.browser();
    let page = sign_in(&browser).await;

    let mut seen = 0;
    for exchange in page.exchanges() {
        for cookie in exchange.set_cookies() {
            if !cookie.starts_with("__Host-Http-auth") {
                continue;
            }
            seen += 1;
            for attribute in [
                "; HttpOnly",
                "; Secure",
                "; SameSite=Lax",
                "; Path=/",
                "; Max-Age=",
            ] {
                assert!(cookie.contains(attribute), "{attribute} in {cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
        assert!(exchange.refused().is_empty());
    }
    assert!(seen >= 2);
}

/// C-18: during development over HTTP the names have the port instead of a prefix, and everything
/// works.
#[tokio::test]
async fn on_loopback_http_the_cookies_have_no_prefix_and_carry_the_port() {
    let clock = TestClock::new();
    let listener = Listener::bind().await;
    let origin = listener.origin("localhost");
    let time = clock.clone();
    let provider = oidc_dev_provider::DevProvider::builder()
        .clock(move || time.now())
        .client(
            Client::confidential("app", "app-secret-app-secret-app-secret")
                .redirect_uri(format!("{origin}/auth/callback")),
        )
        .start()
        .await
        .expect("a loopback port is free");
    let auth = App::settings(&provider, &clock)
        .base_url(&origin)
        .build()
        .expect("loopback http is for development");
    let server = listener.serve(tower_oidc_tests::app::router().layer(auth));
    let browser = Browser::new(&clock);

    let page = browser.open(&format!("{origin}/auth/sign-in")).await;
    let page = page.press("alice").await;

    assert_eq!(page.text(), "alice");
    let names: Vec<_> = browser
        .cookies()
        .iter()
        .map(|it| it.name().into_owned())
        .collect();
    assert!(
        names.contains(&format!("auth-{}", server.address().port())),
        "{names:?}"
    );
}

/// N-07: a browser that stores none of our cookies, and a provider that signs in without a
/// question.
#[tokio::test]
async fn a_browser_without_cookies_gets_the_likely_causes_after_two_round_trips() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let forget = || {
        for name in App::cookies(&browser) {
            browser.jar().delete(&name);
        }
    };
    forget();
    let before = app.provider.counters();
    let mut next = url("/auth/sign-in");
    let mut page = None;

    // To the provider and back, twice; one more would be a loop.
    for _ in 0..6 {
        let request = Request::navigation(&next).from(app.provider.issuer());
        let exchange = browser.step(&request).await;
        forget();
        match exchange.header("location") {
            Some(location) => next = location.to_owned(),
            None => {
                page = Some(exchange);
                break;
            }
        }
    }

    let page = page.expect("no end after two round trips");

    assert_eq!(page.status(), 400);
    assert!(page.text().contains("Cookies are blocked"));
    let after = app.provider.counters();
    assert_eq!(after.authorize - before.authorize, 2);
    assert_eq!(after.token, before.token);
}

/// N-11: the browser submits the callback twice at once: both requests are in progress before the
/// provider answers the first.
#[tokio::test]
async fn a_callback_submitted_twice_sends_its_code_once_and_both_are_answered() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let name = transactions(&browser).remove(0);
    let cookie = browser.jar().cookie(&name).expect("a transaction");
    let request = || {
        let target = &callback[Position::BeforePath..];
        http::Request::get(target)
            .header(COOKIE, format!("{name}={}", cookie.value()))
            .body(String::new())
            .expect("a request")
    };
    let service = app
        .auth
        .layer(tower::service_fn(async |_: http::Request<String>| {
            Ok::<_, Infallible>(http::Response::new(Empty::<Bytes>::new()))
        }));
    let before = app.provider.counters().token;
    let held = app.provider.hold_token_requests();
    let let_go = async {
        held.wait_for(1).await;
        held.release();
    };

    // Polled in this order: both wait for the token request before it is released.
    let (first, second, ()) = tokio::join!(
        service.clone().oneshot(request()),
        service.clone().oneshot(request()),
        let_go
    );

    for response in [first, second] {
        let response = response.expect("a response");
        assert_eq!(response.status(), 303);
        let mut cookies = response.headers().get_all(SET_COOKIE).iter();
        assert!(cookies.any(|cookie| cookie.as_bytes().starts_with(b"__Host-Http-auth=1")));
    }
    assert_eq!(app.provider.counters().token, before + 1);
}

/// N-11: the second submission arrives after the first is complete.
#[tokio::test]
async fn a_callback_submitted_again_is_answered_without_sending_its_code() {
    let app = App::start().await;
    let browser = app.browser();
    let page = browser.open(&url("/auth/sign-in")).await;
    let twin = browser.thief();
    let page = page.press("alice").await;
    let callback = callback::on_the_way_to(&page);

    let again = twin.open(callback.as_str()).await;

    assert_eq!(again.text(), "alice");
    assert_eq!(app.provider.counters().token, 1);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

/// N-15
#[tokio::test]
async fn the_session_route_gives_other_sites_nothing_and_nobody_a_token() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    for stranger in ["https://evil.example", "https://sibling.app.example"] {
        let page = browser
            .fetch(stranger, Method::GET, &url("/auth/session"))
            .await;
        assert_eq!(page.status(), 403, "{stranger}");
        assert_eq!(page.text(), r#"{"error":"forbidden"}"#, "{stranger}");
    }
    let page = browser
        .fetch(ORIGIN, Method::GET, &url("/auth/session"))
        .await;
    assert_eq!(page.json()["claims"]["sub"], "alice");
    assert_eq!(
        page.header("cross-origin-resource-policy"),
        Some("same-origin")
    );
    assert!(!page.text().contains("eyJ"));
    assert!(!page.text().contains("roles"));
}

/// E-08: a provider that was never available does not affect the application's own pages.
#[tokio::test]
async fn a_layer_whose_provider_is_down_from_the_start_fails_closed() {
    let app = App::with_provider(
        |provider| provider.fault(Fault::DiscoveryUnavailable),
        |auth| auth,
    )
    .await;
    let browser = app.browser();

    assert!(app.auth.discover().await.is_err());
    assert_eq!(browser.open(&url("/")).await.text(), "nobody");
    let private = browser.fetch(ORIGIN, Method::GET, &url("/private")).await;
    assert_eq!(private.status(), 401);
    assert_eq!(browser.open(&url("/auth/sign-in")).await.status(), 502);
}

/// E-08: a handler that asks for the user without a layer around it.
#[tokio::test]
async fn without_the_layer_guards_and_extractors_answer_500() {
    let app = App::start().await;
    let browser = app.browser();
    let bare = tower_oidc_tests::TestServer::start(tower_oidc_tests::app::router()).await;
    browser.map(ORIGIN, bare.address());

    for path in ["/", "/private", "/typed", "/typed-optional"] {
        let page = browser.open(&url(path)).await;

        assert_eq!(page.status(), 500, "{path}");
        assert!(page.text().contains("AuthLayer"), "{path}: {}", page.text());
    }
}

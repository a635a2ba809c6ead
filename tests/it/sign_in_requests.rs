//! Who may start a sign-in, and what a link to it may request.

use std::collections::BTreeMap;

use http::Method;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, ORIGIN, sign_in_as, url};
use tower_oidc_tests::browser::{Exchange, Request};
use tower_oidc_tests::callback::{by_method, session, transactions};
use url::Url;

const EVIL: &str = "https://evil.example";

/// The parameters that the provider receives.
fn asked(exchange: &Exchange) -> BTreeMap<String, String> {
    let location = exchange.header("location").expect("a redirect");
    let location = Url::parse(location).expect("a URL");
    location.query_pairs().into_owned().collect()
}

/// S-26, H-01, H-03, G-01
#[tokio::test]
async fn only_a_navigation_of_a_person_starts_a_sign_in() {
    let app = App::start().await;
    let browser = app.browser();
    let path = "/auth/sign-in";
    let here = url(path);

    for (case, request, status) in [
        ("HEAD", by_method(path, ORIGIN, Method::HEAD), 405),
        ("POST", by_method(path, ORIGIN, Method::POST), 405),
        ("cross-site POST", by_method(path, EVIL, Method::POST), 405),
        ("PUT", by_method(path, ORIGIN, Method::PUT), 405),
        ("OPTIONS", by_method(path, ORIGIN, Method::OPTIONS), 204),
        ("prefetch", Request::prefetch(&here).from(ORIGIN), 204),
        ("prerender", Request::prerender(&here).from(ORIGIN), 204),
        ("image", Request::image(&here).from(ORIGIN), 403),
        (
            "image of another site",
            Request::image(&here).from(EVIL),
            403,
        ),
        ("iframe", Request::iframe(&here).from(EVIL), 403),
        ("fetch", Request::fetch(&here).from(ORIGIN), 401),
        (
            "fetch of another site",
            Request::fetch(&here).from(EVIL),
            401,
        ),
        (
            "XHR before Fetch Metadata",
            Request::navigation(&here)
                .header("sec-fetch-mode", "cors")
                .header("x-requested-with", "XMLHttpRequest"),
            401,
        ),
    ] {
        let exchange = browser.step(&request).await;

        assert_eq!(exchange.status(), status, "{case}");
        assert_eq!(exchange.header("cache-control"), Some("no-store"), "{case}");
        assert_eq!(exchange.header("location"), None, "{case}");
        assert!(exchange.set_cookies().is_empty(), "{case}");
    }
    let counters = app.provider.counters();
    assert_eq!((counters.discovery, counters.authorize), (0, 0));
    assert_eq!(app.auth.counters().seals(), 0);
}

/// S-26: without fetch metadata the `Accept` header distinguishes a script from a person.
#[tokio::test]
async fn an_old_browser_starts_a_sign_in_and_a_script_in_it_does_not() {
    let app = App::start().await;
    let browser = app.browser().without_fetch_metadata();
    let here = url("/auth/sign-in");

    let person = browser.step(&Request::navigation(&here)).await;
    assert_eq!(person.status(), 303);
    for (name, value) in [
        ("x-requested-with", "XMLHttpRequest"),
        ("accept", "application/json"),
    ] {
        let request = Request::fetch(&here).header(name, value);
        assert_eq!(browser.step(&request).await.status(), 401, "{name}");
    }
    let prefetch = browser.step(&Request::prefetch(&here)).await;
    assert_eq!(prefetch.status(), 204);
}

/// G-01: a link elsewhere starts an ordinary sign-in, which the user has to complete.
#[tokio::test]
async fn a_link_of_another_site_starts_an_ordinary_sign_in() {
    let app = App::start().await;
    let browser = app.browser();

    let page = browser.navigate(EVIL, &url("/auth/sign-in")).await;

    assert!(page.url().as_str().starts_with(app.provider.issuer()));
    assert_eq!(page.press("alice").await.text(), "alice");
}

/// S-29, RFC 9700 section 4.5: a link can neither widen the request nor redirect the response
/// elsewhere.
#[tokio::test]
async fn a_link_may_set_three_parameters_and_no_other() {
    let app = App::start().await;
    let browser = app.browser();
    let plain = browser
        .step(&Request::navigation(&url("/auth/sign-in")))
        .await;
    let plain = asked(&plain);

    let link = "/auth/sign-in?scope=admin&redirect_uri=https://evil.example/&client_id=evil\
                &response_type=token&response_mode=fragment&state=s&nonce=n&code_challenge=c\
                &code_challenge_method=plain&max_age=0&acr_values=x&resource=https://evil.example\
                &request_uri=https://evil.example&request=x&claims=%7B%7D&id_token_hint=x\
                &display=popup&connector=evil&login_hint=bob&ui_locales=sv&prompt=login";
    let linked = browser.step(&Request::navigation(&url(link))).await;
    let mut linked = asked(&linked);

    assert_eq!(linked.remove("login_hint").as_deref(), Some("bob"));
    assert_eq!(linked.remove("ui_locales").as_deref(), Some("sv"));
    assert_eq!(linked.remove("prompt").as_deref(), Some("login"));
    assert_eq!(
        linked.keys().collect::<Vec<_>>(),
        plain.keys().collect::<Vec<_>>()
    );
    assert_eq!(linked["client_id"], CLIENT_ID);
    assert_eq!(linked["redirect_uri"], url("/auth/callback"));
    for fresh in ["state", "nonce", "code_challenge"] {
        assert!(linked[fresh].len() >= 43, "{fresh}");
        assert_ne!(linked[fresh], plain[fresh], "{fresh}");
        linked.remove(fresh);
    }
    for (name, value) in linked {
        assert_eq!(value, plain[&name], "{name}");
    }
}

/// S-29: an unknown prompt is left out.
#[tokio::test]
async fn an_unknown_prompt_is_left_out() {
    let app = App::start().await;
    let browser = app.browser();

    for prompt in ["evil", "none login", "login%0d%0aX:y", ""] {
        let link = url(&format!("/auth/sign-in?prompt={prompt}"));
        let exchange = browser.step(&Request::navigation(&link)).await;

        assert_eq!(asked(&exchange).get("prompt"), None, "{prompt}");
    }
}

/// D-05: the query of the sign-in is bounded too.
#[tokio::test]
async fn an_oversized_query_starts_no_sign_in() {
    let app = App::start().await;
    let browser = app.browser();
    let long = format!("return_to=/{}", "a".repeat(17_000));
    let many = "x=1&".repeat(33);

    for query in [long, many] {
        let link = url(&format!("/auth/sign-in?{query}"));
        let exchange = browser.step(&Request::navigation(&link)).await;

        assert_eq!(exchange.status(), 400);
        assert!(transactions(&browser).is_empty());
    }
}

/// S-31: another user in the same browser.
#[tokio::test]
async fn another_users_sign_in_replaces_the_whole_session() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let before = browser.thief();
    let alices = browser.open(&url("/who")).await.json();

    assert_eq!(sign_in_as(&browser, "bob").await.text(), "bob");

    let bobs = browser.open(&url("/who")).await;
    assert!(!bobs.text().contains("alice"));
    assert_ne!(bobs.json()["access_token"], alices["access_token"]);
    assert_ne!(session(&browser), session(&before));
    assert_eq!(before.open(&url("/explain")).await.text(), "signed_out");
}

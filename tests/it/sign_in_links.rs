//! Links that ask for more than a sign-in: parameters that the application allows, and the registration.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use tower_oidc::{AuthLayerBuilder, Provider};
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::{Exchange, Request};
use tower_oidc_tests::callback::{by_method, transactions};
use tower_oidc_tests::{App, Browser, TwoProviders};
use url::Url;

const EVIL: &str = "https://evil.example";
const REGISTER: &str = "https://accounts.example/register?client_id=app";

/// The response to a click on a link of the application.
async fn follow(browser: &Browser, path: &str) -> Exchange {
    browser.step(&Request::navigation(&url(path))).await
}

/// The parameters that the provider receives.
fn asked(exchange: &Exchange) -> BTreeMap<String, String> {
    let location = exchange.header("location").expect("a redirect");
    let location = Url::parse(location).expect("a URL");
    location.query_pairs().into_owned().collect()
}

fn with_sign_up(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.sign_up_path("/auth/sign-up")
}

/// S-29
#[tokio::test]
async fn parameters_that_are_listed_are_passed_on_escaped_and_no_others() {
    let list = |auth: AuthLayerBuilder| auth.sign_in_parameters(["organization_id", "theme"]);
    let register = |provider: Provider| provider.extra_parameter("theme", "light");
    let app = App::registered(|provider| provider, register, list).await;
    let browser = app.browser();

    let link = "/auth/sign-in?organization_id=a%26state%3Dx%20%C3%BC&theme=dark&connector=evil\
                &Organization_id=b&organization=c";
    let asked = asked(&follow(&browser, link).await);

    assert_eq!(asked["organization_id"], "a&state=x \u{fc}");
    assert_eq!(asked["theme"], "dark", "it replaces the configured one");
    assert_ne!(asked["state"], "x");
    for name in ["connector", "Organization_id", "organization"] {
        assert!(!asked.contains_key(name), "{name}");
    }
}

/// S-29
#[tokio::test]
async fn a_listed_parameter_that_is_repeated_too_long_or_has_control_characters_is_refused() {
    let app = App::with(|auth| auth.sign_in_parameters(["theme"])).await;
    let browser = app.browser();
    let long = format!("theme={}", "a".repeat(513));
    for query in ["theme=a&theme=b", "theme=a%0d%0ab", &long] {
        let exchange = follow(&browser, &format!("/auth/sign-in?{query}")).await;
        assert_eq!(exchange.status(), StatusCode::BAD_REQUEST, "{query:.20}");
        assert!(transactions(&browser).is_empty());
    }
}

/// S-29
#[tokio::test]
async fn the_chooser_keeps_the_parameters_that_are_listed() {
    let configure = |auth: AuthLayerBuilder| {
        with_sign_up(auth.choose_provider(true)).sign_in_parameters(["theme"])
    };
    let app = TwoProviders::with(configure).await;
    let browser = app.browser();
    for path in ["/auth/sign-in", "/auth/sign-up"] {
        let page = browser.open(&url(&format!("{path}?theme=a%26b&x=y"))).await;
        let link = format!(r#"href="{path}/two?theme=a%26b""#);
        assert!(page.text().contains(&link), "{}", page.text());
    }
}

/// S-34
#[tokio::test]
async fn a_sign_up_asks_the_provider_for_its_registration_page() {
    for (register, name, value) in [
        ((|it| it) as fn(Provider) -> Provider, "prompt", "create"),
        (
            |it| it.sign_up_parameter("first_screen", "register"),
            "first_screen",
            "register",
        ),
    ] {
        let app = App::registered(|provider| provider, register, with_sign_up).await;
        let browser = app.browser();

        let sign_up = asked(&follow(&browser, "/auth/sign-up?login_hint=bob&prompt=login").await);
        assert_eq!(sign_up[name], value);
        assert_eq!(sign_up["login_hint"], "bob");
        assert_eq!(
            sign_up.get("prompt").map(String::as_str),
            match name {
                "prompt" => Some("create"),
                _ => Some("login"),
            }
        );
        let sign_in = asked(&follow(&browser, "/auth/sign-in").await);
        assert!(!sign_in.contains_key(name), "{name}");
    }
}

/// S-34
#[tokio::test]
async fn a_user_who_has_registered_is_signed_in_and_returns_to_the_page() {
    let register = |it: Provider| it.sign_up_parameter("first_screen", "register");
    let app = App::registered(|provider| provider, register, with_sign_up).await;
    let browser = app.browser();

    let page = browser
        .open(&url("/auth/sign-up?return_to=%2Fprivate"))
        .await
        .press("alice")
        .await;

    assert_eq!(page.url().as_str(), url("/private"));
    assert_eq!(page.text(), "alice");
}

/// S-34
#[tokio::test]
async fn a_sign_up_leads_to_the_page_of_the_provider_if_there_is_one() {
    let register = |it: Provider| it.sign_up_url(REGISTER);
    let app = App::registered(|provider| provider, register, with_sign_up).await;
    let browser = app.browser();

    let exchange = follow(&browser, "/auth/sign-up").await;

    assert_eq!(exchange.status(), StatusCode::SEE_OTHER);
    assert_eq!(exchange.header("location"), Some(REGISTER));
    assert!(transactions(&browser).is_empty());
}

/// S-34
#[tokio::test]
async fn each_provider_has_its_own_sign_up() {
    let app = TwoProviders::with(with_sign_up).await;
    let browser = app.browser();
    for (path, issuer) in [
        ("/auth/sign-up", app.one.issuer()),
        ("/auth/sign-up/one", app.one.issuer()),
        ("/auth/sign-up/two", app.two.issuer()),
    ] {
        let exchange = follow(&browser, path).await;
        let location = exchange.header("location").unwrap();
        assert!(location.starts_with(issuer), "{path}: {location}");
        assert_eq!(asked(&exchange)["prompt"], "create", "{path}");
    }
    let page = browser.open(&url("/auth/sign-up/three")).await;
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
}

/// S-26, S-34
#[tokio::test]
async fn only_a_navigation_starts_a_sign_up_and_by_default_there_is_none() {
    let app = App::with(with_sign_up).await;
    let browser = app.browser();
    let path = "/auth/sign-up";
    let here = url(path);
    for (case, request, status) in [
        ("HEAD", by_method(path, ORIGIN, Method::HEAD), 405),
        ("POST", by_method(path, EVIL, Method::POST), 405),
        ("prefetch", Request::prefetch(&here).from(ORIGIN), 204),
        ("image", Request::image(&here).from(EVIL), 403),
        ("iframe", Request::iframe(&here).from(EVIL), 403),
        ("fetch", Request::fetch(&here).from(ORIGIN), 401),
    ] {
        let exchange = browser.step(&request).await;
        assert_eq!(exchange.status(), status, "{case}");
        assert_eq!(exchange.header("location"), None, "{case}");
        assert!(exchange.set_cookies().is_empty(), "{case}");
    }

    let app = App::start().await;
    let exchange = follow(&app.browser(), path).await;
    assert_eq!(exchange.header("location"), None);
}

/// S-27, S-34: the page about five sign-ins in progress leads on to the registration.
#[tokio::test]
async fn a_sixth_sign_in_that_is_a_sign_up_replaces_the_oldest_by_a_sign_up() {
    let app = App::with(with_sign_up).await;
    let browser = app.browser();
    for _ in 0..5 {
        follow(&browser, "/auth/sign-in").await;
    }

    let page = browser.open(&url("/auth/sign-up")).await;

    assert_eq!(page.status(), StatusCode::CONFLICT, "{}", page.text());
    let form = page.forms().remove(0);
    assert!(
        form.action().contains("/auth/sign-up?"),
        "{}",
        form.action()
    );
}

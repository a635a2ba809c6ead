//! The route that gives access tokens to the application's own scripts: off by default, for scripts
//! of the application's own pages only, and for the configured resources only.

use http::{Method, StatusCode};
use oidc_dev_provider::Fault;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tower_oidc::{AuthLayerBuilder, Provider};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, ORIGIN, SECRET, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::visits::{EXPIRY, answer, fetch};

const PATH: &str = "/auth/access-token";
const ONE: &str = "https://api.one.example";
const TWO: &str = "https://api.two.example";
const TOKEN_OF_ONE: &str = "/auth/access-token?resource=https://api.one.example";
const TOKEN_OF_TWO: &str = "/auth/access-token?resource=https://api.two.example";

const EVIL: &str = "https://evil.example";
const SIBLING: &str = "https://sibling.app.example";

fn with_path(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.access_token_path(PATH, [ONE])
}

fn with_sign_in_token(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.access_token_path(PATH, ["default"])
}

fn with_default(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    auth.access_token_path(PATH, ["default", ONE])
}

/// The claims of the access token, which is a JWT of the provider.
fn claims(answer: &Value) -> Value {
    let token = answer["access_token"].as_str().expect("a token");
    let payload = token.split('.').nth(1).expect("a JWT");
    let payload = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(payload).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

fn is_for_our_scripts_only(page: &Page, case: &str) {
    assert_eq!(page.header("cache-control"), Some("no-store"), "{case}");
    let headers = page.last().headers();
    let cors = |name: &str| name.starts_with("access-control-");
    assert!(headers.keys().all(|name| !cors(name.as_str())), "{case}");
}

fn is_refused(page: &Page, status: u16, case: &str) {
    assert_eq!(page.status(), status, "{case}: {}", page.text());
    assert!(!page.text().contains("access_token\""), "{case}");
    assert!(page.last().set_cookies().is_empty(), "{case}");
    is_for_our_scripts_only(page, case);
}

#[tokio::test]
async fn a_script_of_our_own_page_gets_the_token_of_a_listed_resource() {
    let app = App::with_resources(with_path).await;
    let browser = app.signed_in_browser().await;

    let page = fetch(&browser, TOKEN_OF_ONE).await;

    assert_eq!(page.status(), 200, "{}", page.text());
    let answer = page.json();
    assert_eq!(claims(&answer)["aud"], ONE);
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 3600);
    let scope = answer["scope"].as_str().expect("a scope");
    assert!(!scope.is_empty());
    assert_eq!(answer.as_object().unwrap().len(), 4);
    assert_eq!(page.header("content-type"), Some("application/json"));
    assert_eq!(page.header("vary"), Some("cookie"));
    let policy = page.header("cross-origin-resource-policy");
    assert_eq!(policy, Some("same-origin"));
    is_for_our_scripts_only(&page, "200");

    // The mode of `fetch(url, { mode: "same-origin" })`, a minute later.
    app.clock.advance(std::time::Duration::from_secs(60));
    let request = Request::fetch(&url(TOKEN_OF_ONE)).from(ORIGIN);
    let request = request.header("sec-fetch-mode", "same-origin");
    let again = browser.send(request).await.json();
    assert_eq!(again["access_token"], answer["access_token"]);
    assert_eq!(again["expires_in"], 3540);
    assert_eq!(
        app.provider.refreshes().len(),
        1,
        "the first had it fetched"
    );
}

#[tokio::test]
async fn a_token_without_an_expiry_comes_without_expires_in() {
    let app = App::with_provider(
        |provider| provider.fault(Fault::MissingExpiresIn),
        with_sign_in_token,
    )
    .await;
    let browser = app.signed_in_browser().await;

    let answer = fetch(&browser, PATH).await.json();

    assert!(answer["access_token"].is_string(), "{answer}");
    assert_eq!(answer.get("expires_in"), None);
}

/// As for a handler: concurrent requests share one refresh, and the new session goes into the
/// cookies.
#[tokio::test]
async fn a_refresh_is_shared_and_the_browser_keeps_it() {
    let app = App::with_resources(with_path).await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);
    let held = app.provider.hold_token_requests();
    let mut answers = JoinSet::new();
    for path in [TOKEN_OF_ONE; 4]
        .into_iter()
        .chain(["/token?resource=https://api.one.example"])
    {
        let browser = browser.clone();
        answers.spawn(async move { fetch(&browser, path).await });
    }
    held.wait_for(1).await;
    held.release();

    let mut tokens = Vec::new();
    for page in answers.join_all().await {
        let answer = page.json();
        let name = if answer.get("token").is_some() {
            "token"
        } else {
            "access_token"
        };
        tokens.push(answer[name].clone());
        assert!(!page.last().set_cookies().is_empty());
    }

    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(app.provider.refreshes().len(), 1);
    // Another instance, which has only the cookie, sends no request to the provider.
    let another = app.another_instance(with_path).await;
    another.serve(&browser);
    let there = fetch(&browser, TOKEN_OF_ONE).await.json();
    assert_eq!(there["access_token"], tokens[0]);
    assert_eq!(app.provider.refreshes().len(), 1);
}

/// The attack: another page, or something embedded in one, tries to read or fetch the token.
#[tokio::test]
async fn only_a_script_of_our_own_page_gets_a_token() {
    let app = App::with_resources(with_default).await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);
    for path in [PATH, TOKEN_OF_ONE] {
        let url = url(path);
        let embedded = |mode: &str, dest: &str| {
            let request = Request::image(&url).from(ORIGIN);
            request
                .header("sec-fetch-mode", mode)
                .header("sec-fetch-dest", dest)
        };
        let requests = [
            ("the user at the address bar", Request::navigation(&url)),
            (
                "a link of an own page",
                Request::navigation(&url).from(ORIGIN),
            ),
            (
                "a link of another site",
                Request::navigation(&url).from(EVIL),
            ),
            ("a frame of an own page", Request::iframe(&url).from(ORIGIN)),
            ("a frame of another site", Request::iframe(&url).from(EVIL)),
            ("a script of another site", Request::fetch(&url).from(EVIL)),
            ("a script of a sibling", Request::fetch(&url).from(SIBLING)),
            ("an image", Request::image(&url).from(ORIGIN)),
            ("an image of another site", Request::image(&url).from(EVIL)),
            ("a script tag", embedded("no-cors", "script")),
            ("a module", embedded("cors", "script")),
            ("an image with crossorigin", embedded("cors", "image")),
            ("a style sheet", embedded("no-cors", "style")),
            ("fetch without CORS", embedded("no-cors", "empty")),
            ("a WebSocket", embedded("websocket", "empty")),
            ("a passed navigation", embedded("navigate", "empty")),
            ("something new", embedded("of-the-future", "empty")),
            ("no mode", embedded("", "empty")),
            ("no destination", embedded("cors", "")),
            ("a prefetch", Request::prefetch(&url).from(ORIGIN)),
            ("a prerender", Request::prerender(&url).from(ORIGIN)),
            (
                "a script's prefetch",
                Request::fetch(&url)
                    .from(ORIGIN)
                    .header("sec-purpose", "prefetch"),
            ),
            (
                "a site of the future",
                Request::fetch(&url)
                    .from(ORIGIN)
                    .header("sec-fetch-site", "same-party"),
            ),
            (
                "the user's own fetch",
                Request::fetch(&url)
                    .from(ORIGIN)
                    .header("sec-fetch-site", "none"),
            ),
        ];
        for (case, request) in requests {
            let exchange = browser.step(&request).await;

            assert_eq!(exchange.status(), StatusCode::FORBIDDEN, "{case}");
            assert!(!exchange.text().contains("access_token\""), "{case}");
            assert!(exchange.set_cookies().is_empty(), "{case}");
            assert!(app.provider.refreshes().is_empty(), "{case}");
        }
    }
    assert_eq!(fetch(&browser, PATH).await.status(), 200);
}

/// Neither what other routes accept instead of fetch metadata (an old browser's `Origin`, our own
/// header).
#[tokio::test]
async fn without_fetch_metadata_nobody_gets_a_token() {
    let app = App::with_resources(with_default).await;
    let browser = app.signed_in_browser().await.without_fetch_metadata();
    for (case, request) in [
        ("fetch", Request::fetch(&url(PATH)).from(ORIGIN)),
        (
            "origin",
            Request::fetch(&url(PATH))
                .from(ORIGIN)
                .header("origin", ORIGIN),
        ),
        (
            "our header",
            Request::fetch(&url(PATH))
                .from(ORIGIN)
                .header("x-requested-with", "tower-oidc"),
        ),
        (
            "curl",
            Request::navigation(&url(PATH)).header("accept", "*/*"),
        ),
        (
            "mode alone",
            Request::fetch(&url(PATH))
                .from(ORIGIN)
                .header("sec-fetch-mode", "cors")
                .header("sec-fetch-dest", "empty"),
        ),
    ] {
        is_refused(&browser.send(request).await, 403, case);
    }
}

#[tokio::test]
async fn an_unlisted_resource_is_refused_without_a_request_to_the_provider() {
    let app = App::with_resources(with_path).await;
    let browser = app.signed_in_browser().await;
    for path in [
        PATH,
        TOKEN_OF_TWO,
        "/auth/access-token?resource=default",
        "/auth/access-token?resource=",
        "/auth/access-token?resource=https://api.one.example/",
        "/auth/access-token?resource=https%3A%2F%2Fapi.one.example%00",
        "/auth/access-token?resource=%ff%fe",
    ] {
        let page = fetch(&browser, path).await;

        is_refused(&page, 403, path);
        assert_eq!(page.json(), json!({ "error": "invalid_target" }), "{path}");
        let policy = page.header("cross-origin-resource-policy");
        assert_eq!(policy, Some("same-origin"), "{path}");
    }
    let long = format!("{PATH}?resource={}", "a".repeat(20_000));
    for path in [
        "/auth/access-token?resource=https://api.one.example&organization=acme",
        "/auth/access-token?organization=acme",
        "/auth/access-token?resource=https://api.one.example&resource=https://api.two.example",
        "/auth/access-token?%",
    ] {
        let page = fetch(&browser, path).await;

        is_refused(&page, 400, path);
        assert_eq!(page.json(), json!({ "error": "invalid_request" }), "{path}");
    }
    is_refused(&fetch(&browser, &long).await, 403, "long");
    assert!(app.provider.refreshes().is_empty());
}

#[tokio::test]
async fn the_token_of_the_sign_in_is_given_only_if_it_is_listed() {
    let app = App::with_resources(with_default).await;
    let browser = app.signed_in_browser().await;

    let of_the_sign_in = fetch(&browser, PATH).await.json();
    let of_the_resource = fetch(&browser, TOKEN_OF_ONE).await.json();

    let who = answer(&browser, "/who").await;
    assert_eq!(of_the_sign_in["access_token"], who["access_token"]);
    assert_ne!(
        of_the_sign_in["access_token"],
        of_the_resource["access_token"]
    );
    is_refused(&fetch(&browser, TOKEN_OF_TWO).await, 403, "not listed");
}

#[tokio::test]
async fn without_a_session_that_can_be_refreshed_a_script_is_sent_to_the_sign_in() {
    let app = App::with_resources(with_default).await;
    let nobody = app.browser();
    let ended = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);
    app.provider.add_fault(Fault::RefreshInvalidGrant);
    for (case, browser) in [("nobody", nobody), ("ended", ended)] {
        let page = fetch(&browser, PATH).await;

        assert_eq!(page.status(), 401, "{case}: {}", page.text());
        let expected = json!({ "error": "sign_in_required", "loginUrl": "/auth/sign-in" });
        assert_eq!(page.json(), expected, "{case}");
        assert!(page.header("www-authenticate").is_some(), "{case}");
        is_for_our_scripts_only(&page, case);
    }
}

#[tokio::test]
async fn while_the_provider_is_down_the_response_is_503_with_retry_after() {
    let app = App::with_resources(with_default).await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);
    app.provider.add_fault(Fault::TokenEndpointUnavailable);

    let page = fetch(&browser, PATH).await;

    is_refused(&page, 503, "down");
    assert_eq!(page.json(), json!({ "error": "unavailable" }));
    let seconds: u64 = page.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds >= 1);
    app.provider.clear_faults();
    app.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(fetch(&browser, PATH).await.status(), 200);
}

#[tokio::test]
async fn only_get_returns_a_token_and_a_preflight_allows_nothing() {
    let app = App::with_resources(with_default).await;
    let browser = app.signed_in_browser().await;
    let methods = [Method::HEAD, Method::POST, Method::PUT, Method::DELETE];
    for method in methods {
        let page = browser.fetch(ORIGIN, method.clone(), &url(PATH)).await;

        is_refused(&page, 405, method.as_str());
        assert_eq!(page.header("allow"), Some("GET, OPTIONS"), "{method}");
    }
    let preflight = Request::fetch(&url(PATH))
        .from(EVIL)
        .method(Method::OPTIONS)
        .header("access-control-request-method", "GET");
    is_refused(&browser.send(preflight).await, 204, "preflight");
}

#[tokio::test]
async fn without_the_setting_the_path_belongs_to_the_application() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    let page = fetch(&browser, PATH).await;

    assert_eq!(page.status(), 404);
    assert_eq!(page.text(), format!("the application has no {PATH}"));
    assert_eq!(page.header("x-answered-by"), Some("application"));
}

#[tokio::test]
async fn the_path_is_no_return_path_and_the_application_never_sees_its_requests() {
    let app = App::with_resources(|auth| with_default(auth).strip_cookies(true)).await;
    let browser = app.browser();
    let path = "/auth/sign-in?prompt=login&return_to=/auth/access-token";

    let page = browser.open(&url(path)).await.press("alice").await;

    assert_eq!(page.url().path(), "/");
    let page = fetch(&browser, PATH).await;
    assert_eq!(page.status(), 200);
    assert_eq!(page.header("x-answered-by"), None);
}

#[tokio::test]
async fn after_a_sign_out_scripts_get_no_token() {
    let app = App::with_resources(with_default).await;
    let browser = app.signed_in_browser().await;
    assert_eq!(fetch(&browser, TOKEN_OF_ONE).await.status(), 200);

    browser.open(&url("/leave")).await;

    assert_eq!(fetch(&browser, TOKEN_OF_ONE).await.status(), 401);
}

#[test]
fn a_list_that_cannot_work_is_a_configuration_error() {
    let settings = || {
        let provider = Provider::new("https://id.example", CLIENT_ID).resources([ONE]);
        let auth = tower_oidc::AuthLayer::builder().provider(provider);
        auth.base_url(ORIGIN).cookie_secret(SECRET)
    };
    assert!(with_default(settings()).build().is_ok());
    for (resources, rule) in [
        (&[][..], "must list what scripts may have"),
        (&[TWO], "Provider::resources"),
        (&[ONE, "canary"], "Provider::resources"),
        (&[""], "Provider::resources"),
    ] {
        let auth = settings().access_token_path(PATH, resources.iter().copied());
        let error = auth.build().unwrap_err();
        assert_eq!(error.setting(), "access_token_path", "{resources:?}");
        let text = error.to_string();
        assert!(text.contains(rule) && !text.contains("canary"), "{text}");
    }
    for path in [
        "/auth/session",
        "/auth/sign-out/continue",
        "access-token",
        "/a?b",
    ] {
        let error = settings()
            .access_token_path(path, [ONE])
            .build()
            .unwrap_err();
        assert_eq!(error.setting(), "access_token_path", "{path}");
    }
}

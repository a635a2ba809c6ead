//! Plain HTTP on a local network, as during development with a phone or a test host name.
//!
//! Browsers send no fetch metadata to such an origin (W3C Fetch Metadata section 2 names
//! potentially trustworthy URLs only; `chromium::plain_http` measures it), do not store `Secure`
//! cookies for it, and send its cookies to every port of the host. What is decisive instead, in the
//! tests below:
//!
//! | request | with fetch metadata | without |
//! |---|---|---|
//! | POST to the sign-out, our page | signs out: `same-origin` | signs out: `Origin` is ours |
//! | POST, any other page | 403: `same-site`, `cross-site` | 403: `Origin` is another one, or `null` |
//! | POST without `Origin` | as `Sec-Fetch-Site` says | 403 without our own header |
//! | GET, our page or typed | asks | 403 |
//! | GET, our page, `sign_out_by_get` | signs out | 403 |
//! | GET, any other page | 403 | 403 |
//! | GET as a prefetch, image or frame | 403 | 403 |
//! | sign-in, a navigation | redirect | redirect: `Accept` names HTML |
//! | sign-in, a prefetch | 204 | 204: `Sec-Purpose` |
//! | sign-in, a script | 401 | 401: `Accept` has no HTML and no `*/*`, or `X-Requested-With` |
//! | sign-in, a frame or image | 403 | redirect, as for a link: it counts as one of five sign-ins |
//! | guarded page, a navigation | redirect | redirect: `Accept` names HTML |
//! | guarded page, a script, image or prefetch | 401 | 401 |
//! | posted form without a session | 401 with a page | the same: `Accept` names HTML |
//! | session, our page or typed | 200 | 200 |
//! | session, script of another origin | 403 | 403: `Origin`; other elements read nothing |
//! | access token, our script | 200 | 403: nothing shows that it is ours |
//! | WebSocket | only `Origin` decides | only `Origin` decides |

use http::{HeaderName, Method};
use oidc_dev_provider::{Client, DevProviderBuilder};
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, router};
use tower_oidc_tests::browser::{Exchange, Page, Request};
use tower_oidc_tests::callback::is_refusal;
use tower_oidc_tests::{App, Browser, TestServer};

use crate::log;

const HERE: &str = "http://app.test:3000";
const COOKIE: &str = "auth-3000";

/// Pages of other origins. The first one receives our cookies, and so does the second if the
/// cookies have a `Domain`.
const FOREIGN: [&str; 4] = [
    "http://app.test:4000",
    "http://other.app.test:3000",
    "https://app.test",
    "http://evil.example",
];

fn url(path: &str) -> String {
    format!("{HERE}{path}")
}

fn registered(provider: DevProviderBuilder, origins: &[&str]) -> DevProviderBuilder {
    let client = Client::confidential(CLIENT_ID, CLIENT_SECRET);
    let client = origins.iter().fold(client, |client, origin| {
        client
            .redirect_uri(format!("{origin}/auth/callback"))
            .post_logout_redirect_uri(format!("{origin}/"))
    });
    provider.client(client)
}

/// The application at [`HERE`].
async fn start(configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> App {
    App::with_provider(
        |provider| registered(provider, &[HERE]),
        |auth| configure(auth.base_url(HERE).allow_insecure_http(true)),
    )
    .await
}

fn browser(app: &App) -> Browser {
    let browser = Browser::new(&app.clock);
    browser.map(HERE, app.address());
    browser
}

async fn signed_in(app: &App) -> Browser {
    let browser = browser(app);
    assert_eq!(sign_in(&browser, HERE, "alice").await.text(), "alice");
    browser
}

async fn sign_in(browser: &Browser, origin: &str, user: &str) -> Page {
    let page = browser
        .open(&format!("{origin}/auth/sign-in?prompt=login"))
        .await;
    page.press(user).await
}

fn value(browser: &Browser, name: &str) -> Option<String> {
    let cookie = browser.jar().cookie(name)?;
    Some(cookie.value().into_owned())
}

fn has_no_fetch_metadata(exchange: &Exchange) {
    for name in ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"] {
        let name = HeaderName::from_static(name);
        assert!(!exchange.request_headers().contains_key(&name), "{name}");
    }
}

async fn is_forbidden(browser: &Browser, request: Request, case: &str) {
    let before = value(browser, COOKIE);
    assert!(before.is_some(), "{case}");
    let exchange = browser.step(&request).await;
    has_no_fetch_metadata(&exchange);
    is_refusal(&exchange, 403, case);
    assert!(exchange.set_cookies().is_empty(), "{case}");
    assert_eq!(value(browser, COOKIE), before, "{case}");
    assert_eq!(browser.open(&url("/")).await.text(), "alice", "{case}");
}

/// C-18
#[tokio::test]
async fn a_user_signs_in_over_plain_http_and_the_cookies_have_no_prefix() {
    let app = start(|auth| auth).await;
    let browser = browser(&app);

    let page = browser.open(&url("/private")).await.press("alice").await;

    assert_eq!(page.url().as_str(), url("/private"));
    assert_eq!(page.text(), "alice");
    for exchange in page.exchanges() {
        if exchange.url().as_str().starts_with(HERE) {
            has_no_fetch_metadata(exchange);
        }
        assert!(exchange.refused().is_empty(), "{:?}", exchange.refused());
    }
    let set: Vec<_> = page
        .exchanges()
        .iter()
        .flat_map(Exchange::set_cookies)
        .collect();
    let session = set.iter().find(|cookie| cookie.starts_with("auth-3000="));
    let session = session.expect("a session");
    assert!(!session.contains("Secure"), "{session}");
    for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(session.contains(attribute), "{session}");
    }
    assert_eq!(browser.open(&url("/private")).await.text(), "alice");
}

/// C-18
#[test]
fn a_warning_at_the_start_names_the_origins_that_use_plain_http() {
    let settings = || {
        tower_oidc::AuthLayer::builder()
            .provider(tower_oidc::Provider::new("https://id.example", CLIENT_ID))
            .cookie_secret(tower_oidc_tests::app::SECRET)
            .allow_insecure_http(true)
    };
    let warned = |settings: AuthLayerBuilder| {
        let log = log::record();
        settings.build().expect("the settings work");
        let text = log.text();
        let lines = text.lines().filter(|line| line.contains("WARN"));
        lines
            .filter(|line| line.contains("anybody on the network"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };

    let lines = warned(settings().base_url("http://192.168.1.5:3000"));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("http://192.168.1.5:3000"), "{lines:?}");
    let lines = warned(
        settings()
            .base_url("https://app.example.com")
            .additional_base_url("http://app.test")
            .allowed_origins(["http://www.test"]),
    );
    assert_eq!(lines.len(), 2, "{lines:?}");
    for base_url in ["https://app.example.com", "http://localhost:3000"] {
        let lines = warned(settings().base_url(base_url));
        assert!(lines.is_empty(), "{lines:?}");
    }
}

#[tokio::test]
async fn a_post_of_our_own_page_signs_out() {
    let app = start(|auth| auth).await;
    let own_form = || Request::navigation(&url("/auth/sign-out")).from(HERE);
    let browser = signed_in(&app).await;

    let page = browser.send(own_form().method(Method::POST)).await;

    has_no_fetch_metadata(&page.exchanges()[0]);
    assert_eq!(page.text(), "nobody");
    assert_eq!(value(&browser, COOKIE), None);
    assert_eq!(app.provider.counters().end_session, 1);

    let browser = signed_in(&app).await;
    let script = Request::fetch(&url("/auth/sign-out"))
        .from(HERE)
        .method(Method::POST)
        .header("accept", "application/json");
    let answer = browser.send(script).await.json();
    assert_eq!(answer["logoutUrl"], "/auth/sign-out/continue");
    let page = browser
        .navigate(HERE, &url("/auth/sign-out/continue"))
        .await;
    assert_eq!(page.text(), "nobody");
    assert_eq!(app.provider.counters().end_session, 2);
}

/// G-02
#[tokio::test]
async fn no_other_origin_signs_a_user_out_over_plain_http() {
    for by_get in [false, true] {
        let app = start(|auth| auth.sign_out_by_get(by_get)).await;
        let browser = signed_in(&app).await;
        let here = url("/auth/sign-out");
        let post = |request: Request| request.method(Method::POST);

        for initiator in FOREIGN {
            for (kind, request) in [
                ("link", Request::navigation(&here)),
                ("form", post(Request::navigation(&here))),
                ("image", Request::image(&here)),
                ("iframe", Request::iframe(&here)),
                ("posted iframe", post(Request::iframe(&here))),
                ("fetch", Request::fetch(&here)),
                ("posted fetch", post(Request::fetch(&here))),
                ("prefetch", Request::prefetch(&here)),
                ("prerender", Request::prerender(&here)),
            ] {
                let case = format!("{initiator} {kind}");
                is_forbidden(&browser, request.from(initiator), &case).await;
            }
        }
        let typed = post(Request::navigation(&here));
        is_forbidden(&browser, typed.clone(), "no origin").await;
        is_forbidden(&browser, typed.header("origin", "null"), "null").await;
        assert_eq!(app.provider.counters().end_session, 0);
    }
}

/// Nothing distinguishes a link on our own page from one in an email, a prefetch or a frame.
#[tokio::test]
async fn no_link_signs_a_user_out_over_plain_http() {
    for by_get in [false, true] {
        let app = start(|auth| auth.sign_out_by_get(by_get)).await;
        let browser = signed_in(&app).await;
        let here = url("/auth/sign-out");

        is_forbidden(&browser, Request::navigation(&here), "typed").await;
        for (case, request) in [
            ("link", Request::navigation(&here)),
            ("prefetch", Request::prefetch(&here)),
            ("image", Request::image(&here)),
            ("frame", Request::iframe(&here)),
            ("script", Request::fetch(&here)),
        ] {
            is_forbidden(&browser, request.from(HERE), case).await;
        }
    }
}

#[tokio::test]
async fn a_person_starts_a_sign_in_and_a_script_or_a_prefetch_does_not() {
    let app = start(|auth| auth).await;
    let here = url("/auth/sign-in");
    let json = Request::fetch(&here).header("accept", "application/json");
    let xhr = Request::fetch(&here).header("x-requested-with", "XMLHttpRequest");
    for (case, request, status) in [
        ("typed", Request::navigation(&here), 303),
        ("link", Request::navigation(&here).from(HERE), 303),
        (
            "link elsewhere",
            Request::navigation(&here).from(FOREIGN[3]),
            303,
        ),
        ("prefetch", Request::prefetch(&here).from(HERE), 204),
        ("script", json.from(HERE), 401),
        ("older script", xhr.from(HERE), 401),
    ] {
        let exchange = browser(&app).step(&request).await;

        has_no_fetch_metadata(&exchange);
        assert_eq!(exchange.status(), status, "{case}");
        assert_eq!(exchange.set_cookies().is_empty(), status != 303, "{case}");
    }
}

/// Nothing marks it as an image, so it counts as a link: it ends no sign-in in progress, and when
/// there are too many, the user presses a button on our page.
#[tokio::test]
async fn an_image_on_another_page_starts_sign_ins_but_ends_none() {
    let app = start(|auth| auth).await;
    let browser = browser(&app);
    let begun = browser.open(&url("/auth/sign-in?return_to=/who")).await;
    let image = || Request::image(&url("/auth/sign-in")).from(FOREIGN[0]);
    for _ in 0..8 {
        browser.step(&image()).await;
    }

    let full = browser.open(&url("/auth/sign-in")).await;
    assert!(full.text().contains("Sign in here"), "{}", full.text());
    for initiator in FOREIGN {
        let forms = full.forms();
        let button = format!("{HERE}{}", forms[0].action());
        let request = Request::navigation(&button).from(initiator);
        let exchange = browser.step(&request.method(Method::POST)).await;
        is_refusal(&exchange, 403, initiator);
    }
    let page = begun.press("alice").await;
    assert_eq!(page.json()["claims"]["sub"], "alice");

    // A browser without sign-ins in progress, at a provider that does not know the user.
    let browser = self::browser(&app);
    for _ in 0..8 {
        browser.step(&image()).await;
    }
    let full = browser.open(&url("/auth/sign-in")).await;
    let page = full.press("Sign in here").await.press("alice").await;
    assert_eq!(page.text(), "alice");
}

#[tokio::test]
async fn a_guard_redirects_a_navigation_and_nothing_else() {
    let app = start(|auth| auth).await;
    let browser = browser(&app);
    let here = url("/private");
    let xhr = Request::navigation(&here).header("x-requested-with", "XMLHttpRequest");
    for (case, request, status) in [
        ("typed", Request::navigation(&here), 303),
        ("link", Request::navigation(&here).from(FOREIGN[3]), 303),
        ("script", Request::fetch(&here).from(HERE), 401),
        ("older script", xhr.from(HERE), 401),
        ("image", Request::image(&here).from(HERE), 401),
        ("prefetch", Request::prefetch(&here).from(HERE), 401),
    ] {
        let exchange = browser.step(&request).await;

        assert_eq!(exchange.status(), status, "{case}");
    }
    let form = Request::navigation(&here).from(HERE);
    let exchange = browser.step(&form.form(&[("text", "work")])).await;
    assert_eq!(exchange.status(), 401);
    assert!(exchange.text().contains("not saved"), "{}", exchange.text());
}

#[tokio::test]
async fn the_session_route_answers_our_own_pages_and_no_script_of_another_origin() {
    let app = start(|auth| auth).await;
    let browser = signed_in(&app).await;
    let here = url("/auth/session");

    for request in [
        Request::fetch(&here).from(HERE),
        Request::navigation(&here),
        Request::fetch(&here).from(HERE).header("origin", HERE),
    ] {
        assert_eq!(browser.send(request).await.json()["claims"]["sub"], "alice");
    }
    for initiator in FOREIGN {
        let exchange = browser.step(&Request::fetch(&here).from(initiator)).await;
        assert_eq!(exchange.status(), 403, "{initiator}");
        assert_eq!(exchange.json()["error"], "forbidden", "{initiator}");
        // Browsers do not let a page read what it embeds from another origin.
        let exchange = browser.step(&Request::image(&here).from(initiator)).await;
        let policy = exchange.header("cross-origin-resource-policy");
        assert_eq!(policy, Some("same-origin"), "{initiator}");
        assert_eq!(exchange.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn a_websocket_is_for_pages_of_the_base_url_and_of_allowed_origins() {
    const ALLOWED: &str = "http://192.168.1.5:5173";
    let app = start(|auth| auth.allowed_origins([ALLOWED])).await;
    let browser = signed_in(&app).await;
    let socket = |origin: &str| {
        Request::fetch(&url("/private"))
            .from(HERE)
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("origin", origin)
    };

    for origin in [HERE, ALLOWED] {
        assert_eq!(
            browser.send(socket(origin)).await.text(),
            "alice",
            "{origin}"
        );
    }
    for origin in FOREIGN.into_iter().chain(["null", "http://192.168.1.5"]) {
        let page = browser.send(socket(origin)).await;
        assert_eq!(page.status(), 403, "{origin}");
        assert_eq!(page.json()["error"], "foreign_origin", "{origin}");
    }
}

/// It requires `Sec-Fetch-Site`, the only sign of a script on our own page.
#[tokio::test]
async fn no_script_gets_an_access_token_over_plain_http_and_the_log_says_why() {
    let log = log::record();
    const PATH: &str = "/auth/access-token";
    let app = start(|auth| auth.access_token_path(PATH, ["default"])).await;
    let browser = signed_in(&app).await;

    for initiator in [HERE].into_iter().chain(FOREIGN) {
        let page = browser
            .send(Request::fetch(&url(PATH)).from(initiator))
            .await;
        assert_eq!(page.status(), 403, "{initiator}");
        assert_eq!(page.json()["error"], "forbidden", "{initiator}");
        assert!(page.json().get("access_token").is_none(), "{initiator}");
    }
    let own = Request::fetch(&url(PATH)).from(HERE).header("origin", HERE);
    assert_eq!(browser.send(own).await.status(), 403);
    let text = log.text();
    let lines = text
        .matches("browsers send it to https and loopback")
        .count();
    assert_eq!(lines, 1, "{text}");
}

/// C-18: a browser sends the cookies of the HTTP origin to the HTTPS one too, and anybody on the
/// network could have written them.
#[tokio::test]
async fn sessions_of_http_and_https_on_one_host_are_separate() {
    const HTTPS: &str = "https://app.test";
    for (http, cookie) in [("http://app.test", "auth"), (HERE, COOKIE)] {
        let app = App::with_provider(
            |provider| registered(provider, &[http, HTTPS]),
            |auth| auth.base_url(http).allow_insecure_http(true),
        )
        .await;
        let secure = App::settings(&app.provider, &app.clock).base_url(HTTPS);
        let secure = router().layer(secure.build().expect("the settings work"));
        let secure = TestServer::start(secure).await;
        let browser = Browser::new(&app.clock);
        browser.map(http, app.address());
        browser.map(HTTPS, secure.address());
        let explain = |origin: &str| format!("{origin}/explain");

        sign_in(&browser, http, "alice").await;
        assert!(value(&browser, cookie).is_some());
        let page = browser.open(&explain(HTTPS)).await;
        assert!(page.last().request_headers().contains_key("cookie"));
        assert_eq!(page.text(), "no_cookie");

        assert_eq!(sign_in(&browser, HTTPS, "bob").await.text(), "bob");
        assert_eq!(browser.open(&format!("{http}/")).await.text(), "alice");
        let (of_http, of_https) = (value(&browser, cookie), value(&browser, "__Host-Http-auth"));
        for (origin, name, stolen) in [
            (HTTPS, "__Host-Http-auth", of_http),
            (http, cookie, of_https),
        ] {
            let thief = browser.thief();
            thief.jar().clear();
            thief
                .jar()
                .inject("app.test", name, stolen.expect("a session"));
            let reason = thief.open(&explain(origin)).await.text();
            assert_eq!(reason, "unknown_key", "{name}");
        }

        let request = Request::navigation(&format!("{http}/auth/sign-out")).from(http);
        browser.send(request.method(Method::POST)).await;
        assert_eq!(value(&browser, cookie), None);
        assert_eq!(browser.open(&format!("{HTTPS}/")).await.text(), "bob");
    }
}

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::body::Incoming;
use tower::service_fn;

use super::*;
use crate::{Listener, TestServer};

/// A site with its own sign-in, which responds with what it received.
async fn site(request: http::Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let response = Response::builder();
    let cookie = "__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60";
    let response = match request.uri().path() {
        "/set" => response
            .header("set-cookie", cookie)
            .header("set-cookie", "__Host-bad=1; Path=/")
            .header("location", "/")
            .status(303)
            .body(String::new()),
        "/form" => response
            .header("content-security-policy", "form-action 'self'")
            .body("<form method=post action=/set><button>In</button></form>".to_owned()),
        "/away" => response
            .header("location", "https://other.example/")
            .status(303)
            .body(String::new()),
        "/leaving" => response
            .header("content-security-policy", "form-action 'self'")
            .body("<form method=post action=/away><button>Out</button></form>".to_owned()),
        "/loop" => response
            .header("location", "/loop")
            .status(303)
            .body(String::new()),
        _ => {
            let field = |name: &str| {
                let fields = request.headers().get_all(name).into_iter();
                fields
                    .map(|value| String::from_utf8_lossy(value.as_bytes()))
                    .collect::<Vec<_>>()
                    .join("|")
            };
            let host = request
                .uri()
                .authority()
                .map_or_else(|| field("host"), ToString::to_string);
            let seen = serde_json::json!({
                "host": host,
                "cookie": field("cookie"),
                "site": field("sec-fetch-site"),
                "version": format!("{:?}", request.version()),
            });
            response.body(seen.to_string())
        }
    };
    Ok(response
        .expect("a response")
        .map(|body| Full::new(Bytes::from(body))))
}

async fn serve(browser: &Browser, origin: &str) -> TestServer {
    let server = TestServer::start(service_fn(site)).await;
    browser.map(origin, server.address());
    server
}

#[tokio::test]
async fn a_mapped_https_origin_keeps_its_name_and_its_secure_cookies() {
    let clock = TestClock::new();
    for (browser, version) in [
        (Browser::new(&clock), "HTTP/1.1"),
        (Browser::http2(&clock), "HTTP/2.0"),
    ] {
        let _server = serve(&browser, "https://app.example").await;
        let page = browser.open("https://app.example/set").await;
        assert_eq!(page.status(), 200);
        assert_eq!(page.exchanges()[0].status(), 303);
        assert_eq!(page.url().as_str(), "https://app.example/");
        let seen = page.json();
        assert_eq!(seen["host"], "app.example");
        assert_eq!(seen["cookie"], "__Host-session=1");
        assert_eq!(seen["site"], "none");
        assert_eq!(seen["version"], version);
    }
}

#[tokio::test]
async fn refused_cookies_are_named() {
    let browser = Browser::new(&TestClock::new());
    let _server = serve(&browser, "https://app.example").await;
    let page = browser.open("https://app.example/set").await;
    let refused = page.exchanges()[0].refused();
    assert_eq!(
        refused,
        [("__Host-bad=1; Path=/".to_owned(), Refusal::Prefix)]
    );
}

#[tokio::test]
async fn http2_sends_each_cookie_in_a_separate_field() {
    let clock = TestClock::new();
    for (browser, expected) in [
        (Browser::new(&clock), "a=1; b=2"),
        (Browser::http2(&clock), "a=1|b=2"),
    ] {
        let _server = serve(&browser, "https://app.example").await;
        browser.jar().inject("app.example", "a", "1");
        browser.jar().inject("app.example", "b", "2");
        let seen = browser.open("https://app.example/").await.json();
        assert_eq!(seen["cookie"], expected);
    }
}

#[tokio::test]
async fn tabs_share_cookies_and_a_thief_has_a_copy() {
    let browser = Browser::new(&TestClock::new());
    let _server = serve(&browser, "https://app.example").await;
    let tab = browser.clone();
    browser.open("https://app.example/set").await;
    assert_eq!(tab.cookies().len(), 1);
    let thief = browser.thief();
    browser.jar().clear();
    assert_eq!(tab.cookies().len(), 0);
    let seen = thief.open("https://app.example/").await.json();
    assert_eq!(seen["cookie"], "__Host-session=1");
}

#[tokio::test]
async fn a_cross_site_image_and_post_travel_without_lax_cookies_and_a_link_with_them() {
    let browser = Browser::new(&TestClock::new());
    let _server = serve(&browser, "https://app.example").await;
    browser.open("https://app.example/set").await;
    let evil = "https://evil.example/";
    let image = browser.image(evil, "https://app.example/").await.json();
    assert_eq!(image["cookie"], "");
    let post = Request::navigation("https://app.example/")
        .from(evil)
        .form(&[("a", "b")]);
    assert_eq!(browser.send(post).await.json()["cookie"], "");
    let link = browser.navigate(evil, "https://app.example/").await.json();
    assert_eq!(link["cookie"], "__Host-session=1");
    assert_eq!(link["site"], "cross-site");
}

#[tokio::test]
async fn cookies_expire_while_the_browser_runs() {
    let clock = TestClock::new();
    let browser = Browser::new(&clock);
    let _server = serve(&browser, "https://app.example").await;
    browser.open("https://app.example/set").await;
    clock.advance(Duration::from_secs(60));
    assert_eq!(
        browser.open("https://app.example/").await.json()["cookie"],
        ""
    );
}

#[tokio::test]
async fn loopback_is_insecure_for_cookies_until_trusted() {
    let clock = TestClock::new();
    let server = TestServer::start(service_fn(site)).await;
    let url = format!("{}/set", server.origin("localhost"));
    let strict = Browser::new(&clock);
    strict.open(&url).await;
    assert_eq!(strict.cookies().len(), 0);
    let trusting = Browser::new(&clock).trusting_loopback();
    trusting.open(&url).await;
    assert_eq!(trusting.cookies().len(), 1);
}

#[tokio::test]
async fn an_old_browser_sends_no_fetch_metadata() {
    let browser = Browser::new(&TestClock::new()).without_fetch_metadata();
    let _server = serve(&browser, "https://app.example").await;
    let seen = browser.open("https://app.example/").await.json();
    assert_eq!(seen["site"], "");
}

#[tokio::test]
async fn an_origin_can_move_to_another_server() {
    let browser = Browser::new(&TestClock::new());
    let first = serve(&browser, "https://app.example").await;
    browser.open("https://app.example/").await;
    drop(first);
    let _second = serve(&browser, "https://app.example").await;
    assert_eq!(browser.open("https://app.example/").await.status(), 200);
}

#[tokio::test]
async fn a_form_is_submitted_and_its_redirect_followed() {
    let listener = Listener::bind().await;
    let url = format!("{}/form", listener.origin("localhost"));
    let _server = listener.serve(service_fn(site));
    let page = Browser::new(&TestClock::new())
        .open(&url)
        .await
        .press("In")
        .await;
    assert_eq!(page.exchanges()[0].method(), Method::POST);
    assert_eq!(page.json()["site"], "same-origin");
}

#[tokio::test]
#[should_panic(expected = "blocks https://other.example/")]
async fn form_action_blocks_a_redirect_that_it_does_not_name() {
    let browser = Browser::new(&TestClock::new());
    let _server = serve(&browser, "https://app.example").await;
    browser
        .open("https://app.example/leaving")
        .await
        .press("Out")
        .await;
}

#[tokio::test]
#[should_panic(expected = "more than 20 redirects")]
async fn a_redirect_loop_ends() {
    let browser = Browser::new(&TestClock::new());
    let _server = serve(&browser, "https://app.example").await;
    browser.open("https://app.example/loop").await;
}

//! Behind a real nginx, whose buffers limit the heads of requests and responses.

mod proxy;

use std::time::Duration;
use tower_oidc_tests::random_text;

use http::Version;
use oidc_dev_provider::{DevProviderBuilder, User};
use tower_oidc_tests::app::{ORIGIN, sign_in_as, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::visits::sign_out_button;
use tower_oidc_tests::{App, Browser};

use self::proxy::Nginx;

/// Debian's package sets none.
const STOCK: &str = "";

const LONGEST_RETURN_PATH: usize = 2_048;

/// Four kilobytes, a page of memory, which is less than documented.
const LESS: &str = "proxy_buffer_size 16k; proxy_busy_buffers_size 16k;
    large_client_header_buffers 4 16k;";

/// What the README recommends.
fn documented() -> &'static str {
    let readme = include_str!("../../../README.md");
    let (_, settings) = readme.split_once("```nginx").expect("settings for nginx");
    settings.split_once("```").expect("the end of them").0
}

/// An application with a user whose session fills one cookie, and one whose session fills four.
async fn app() -> App {
    App::with_provider(
        |provider| {
            provider
                .user(User::new("one").claim("about", random_text(2_080)))
                .user(User::new("four").claim("about", random_text(9_940)))
        },
        |auth| auth,
    )
    .await
}

/// Browsers that reach the application through nginx, over both versions of HTTP.
fn browsers(app: &App, nginx: &Nginx) -> [(Browser, Version); 2] {
    let (http1, http2) = (app.browser(), app.http2_browser());
    http1.map(ORIGIN, nginx.http1());
    http2.map(ORIGIN, nginx.http2());
    [(http1, Version::HTTP_11), (http2, Version::HTTP_2)]
}

async fn sign_out(browser: &Browser) -> Page {
    browser.send(sign_out_button()).await
}

/// The sizes of the session's cookies, without those of sign-ins in progress.
fn session_cookies(browser: &Browser) -> Vec<usize> {
    let mut names = App::cookies(browser);
    names.retain(|name| !name.starts_with("__Host-Http-auth.txn"));
    let cookie = |name: &String| browser.jar().cookie(name).expect("a cookie").size();
    names.iter().map(cookie).collect()
}

/// Signs a user in, opens a page, lets the session be renewed, and signs out.
async fn a_visit_succeeds(user: &str, cookies: usize, settings: &str) {
    let app = app().await;
    let nginx = Nginx::start(app.address(), settings).await;
    for (browser, version) in browsers(&app, &nginx) {
        let page = sign_in_as(&browser, user).await;
        assert_eq!(page.text(), user);
        assert_eq!(page.last().version(), version);
        assert!(page.header("server").expect("nginx").starts_with("nginx"));
        let sizes = session_cookies(&browser);
        assert_eq!(sizes.len(), cookies);
        assert!(sizes.iter().all(|&size| size > 3_400), "{sizes:?}");

        let who = browser.open(&url("/who")).await.json();
        assert_eq!(who["claims"]["sub"], user);

        app.clock.advance(Duration::from_secs(12 * 3600));
        let page = browser.open(&url("/")).await;
        assert_eq!(page.text(), user);
        assert_eq!(page.last().set_cookies().len(), cookies);

        // The provider asks first: such a session leaves no room for the ID token in the redirect.
        let page = sign_out(&browser).await.press("yes").await;
        assert_eq!(page.text(), "nobody");
        assert!(session_cookies(&browser).is_empty());
    }
}

#[tokio::test]
async fn a_session_of_one_full_cookie_passes_stock_buffers() {
    a_visit_succeeds("one", 1, STOCK).await;
}

/// The redirect of a sign-out contains the ID token as long as it fits.
#[tokio::test]
async fn sessions_of_any_length_of_one_cookie_pass_stock_buffers() {
    let lengths = (0..=1_800).step_by(150);
    let app = App::with_provider(
        |provider| {
            let user = |length| User::new(format!("u{length}")).claim("about", random_text(length));
            lengths
                .clone()
                .map(user)
                .fold(provider, DevProviderBuilder::user)
        },
        |auth| auth,
    )
    .await;
    let nginx = Nginx::start(app.address(), STOCK).await;
    for (browser, version) in browsers(&app, &nginx) {
        for user in lengths.clone().map(|length| format!("u{length}")) {
            assert_eq!(sign_in_as(&browser, &user).await.text(), user);
            assert_eq!(session_cookies(&browser).len(), 1);

            let page = sign_out(&browser).await;

            assert_eq!(page.status(), 200, "{user} over {version:?}");
            assert!(session_cookies(&browser).is_empty());
        }
    }
}

#[tokio::test]
async fn a_session_of_four_full_cookies_passes_the_documented_buffers() {
    a_visit_succeeds("four", 4, documented()).await;
}

#[tokio::test]
async fn a_session_of_four_full_cookies_passes_no_stock_buffers() {
    let app = app().await;
    let nginx = Nginx::start(app.address(), STOCK).await;
    for (browser, version) in browsers(&app, &nginx) {
        let page = sign_in_as(&browser, "four").await;

        assert_eq!(page.status(), 502, "{version:?}");
        assert!(session_cookies(&browser).is_empty());
    }
}

#[tokio::test]
async fn one_full_cookie_leaves_room_for_a_page_of_150_bytes_and_a_longer_one_gives_way() {
    let app = app().await;
    let nginx = Nginx::start(app.address(), STOCK).await;
    for (browser, version) in browsers(&app, &nginx) {
        for (length, is_kept) in [(150, true), (250, false)] {
            let page = start_for(&browser, length).await.press("one").await;
            assert_eq!(page.status(), 200, "{length} over {version:?}");
            assert_eq!(page.url().query().is_some(), is_kept, "{length}");
        }
    }
}

/// The longest heads with four cookies: the longest return path in the response to the callback,
/// and as many sign-ins in progress as possible in a request.
#[tokio::test]
async fn the_documented_buffers_are_the_smallest_that_hold_the_longest_heads() {
    for (settings, response, request) in [(documented(), 200, 200), (LESS, 502, 400)] {
        let app = app().await;
        let nginx = Nginx::start(app.address(), settings).await;
        let [(browser, _), (http2, _)] = browsers(&app, &nginx);
        for browser in [&browser, &http2] {
            let page = start_for(browser, LONGEST_RETURN_PATH).await;
            assert_eq!(page.press("four").await.status(), response);
        }

        app.serve(&browser);
        assert_eq!(sign_in_as(&browser, "four").await.text(), "four");
        while open_for(&browser, LONGEST_RETURN_PATH).await.status() != 409 {}
        // On HTTP/2 each cookie is a separate field, so no field is long.
        browser.map(ORIGIN, nginx.http1());
        assert_eq!(browser.open(&url("/")).await.status(), request);
    }
}

/// The provider's page, from which a sign-in returns to a path of this many bytes.
async fn start_for(browser: &Browser, return_path: usize) -> Page {
    let page = open_for(browser, return_path).await;
    assert_eq!(page.status(), 200);
    page
}

/// The same, or our page with 409 if too many sign-ins are in progress.
async fn open_for(browser: &Browser, return_path: usize) -> Page {
    let path = format!("/?{}", "q".repeat(return_path - 2));
    let start = format!("/auth/sign-in?prompt=login&return_to={path}");
    browser.open(&url(&start)).await
}

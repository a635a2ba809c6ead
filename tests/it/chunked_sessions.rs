//! Sessions that need more than one cookie.

use std::time::Duration;
use tower_oidc_tests::random_text;

use oidc_dev_provider::User;
use tower_oidc_tests::app::{sign_in_as, url};
use tower_oidc_tests::{App, Browser};

const HOST: &str = "app.example";

/// An application with users of many claims: the sessions of `big` and `other` need three cookies.
async fn app() -> App {
    App::with_provider(
        |provider| {
            provider
                .user(User::new("big").claim("about", random_text(6_000)))
                .user(User::new("other").claim("about", random_text(6_000)))
        },
        |auth| auth,
    )
    .await
}

async fn signed_in(app: &App, user: &str) -> Browser {
    let browser = app.browser();
    assert_eq!(sign_in_as(&browser, user).await.text(), user);
    browser
}

fn value(browser: &Browser, name: &str) -> Vec<u8> {
    let cookie = browser.jar().cookie(name).expect("the cookie");
    cookie.value().into_owned().into_bytes()
}

async fn explained(browser: &Browser) -> String {
    let page = browser.open(&url("/explain")).await;
    assert_eq!(page.status(), 200);
    assert!(page.last().set_cookies().is_empty());
    page.text()
}

const NAMES: [&str; 3] = [
    "__Host-Http-auth",
    "__Host-Http-auth.1",
    "__Host-Http-auth.2",
];

/// C-05, C-10: HTTP/1 sends them in one field, HTTP/2 each in a separate field.
#[tokio::test]
async fn a_large_session_travels_in_several_cookies_on_either_version_of_http() {
    let app = app().await;
    for browser in [app.browser(), app.http2_browser()] {
        assert_eq!(sign_in_as(&browser, "big").await.text(), "big");

        assert_eq!(App::cookies(&browser), NAMES);
        for cookie in NAMES.map(|name| browser.jar().cookie(name).expect("the cookie")) {
            let value = cookie.value().len();
            assert!(value <= 3_500, "{} has {value}", cookie.name());
            assert!(cookie.secure && cookie.http_only && cookie.host_only);
        }
        let who = browser.open(&url("/who")).await.json();
        assert_eq!(who["claims"]["about"], random_text(6_000));
    }
}

/// C-01
#[tokio::test]
async fn a_session_without_one_of_its_cookies_is_ignored() {
    let app = app().await;
    let whole = signed_in(&app, "big").await;
    for name in NAMES {
        let browser = whole.thief();
        browser.jar().delete(name);

        assert_eq!(explained(&browser).await, "incomplete", "{name}");
    }
}

/// C-01
#[tokio::test]
async fn a_session_with_swapped_cookies_is_ignored() {
    let app = app().await;
    let whole = signed_in(&app, "big").await;
    for (one, two) in [(0, 1), (0, 2), (1, 2)] {
        let browser = whole.thief();
        let (first, second) = (value(&whole, NAMES[one]), value(&whole, NAMES[two]));
        browser
            .jar()
            .tamper(NAMES[one], |it| it.clone_from(&second));
        browser.jar().tamper(NAMES[two], |it| it.clone_from(&first));

        assert_ne!(explained(&browser).await, "signed_in", "{one} and {two}");
    }
}

/// C-01
#[tokio::test]
async fn an_identical_duplicate_is_harmless_and_a_differing_one_invalidates_the_session() {
    let app = app().await;
    let whole = signed_in(&app, "big").await;
    for name in NAMES {
        let browser = whole.thief();
        browser.jar().inject(HOST, name, value(&whole, name));
        assert_eq!(explained(&browser).await, "signed_in", "{name}");

        let mut differing = value(&whole, name);
        *differing.last_mut().expect("bytes") ^= 1;
        let browser = whole.thief();
        browser.jar().inject(HOST, name, differing);
        assert_eq!(explained(&browser).await, "incomplete", "{name}");
    }
}

/// C-02, C-13: neither the cookies of two users nor those of two versions are ever combined.
#[tokio::test]
async fn mixed_cookies_of_two_sessions_are_ignored() {
    let app = app().await;
    let big = signed_in(&app, "big").await;
    let same_user = signed_in(&app, "big").await;
    let other = signed_in(&app, "other").await;
    for stranger in [&same_user, &other] {
        for name in NAMES {
            let browser = big.thief();
            let strange = value(stranger, name);
            browser.jar().tamper(name, |it| it.clone_from(&strange));

            assert_eq!(explained(&browser).await, "incomplete", "{name}");
        }
    }
}

/// C-13: a mix of the cookies of two versions is ignored, and the session itself continues.
#[tokio::test]
async fn mixed_cookies_of_two_writes_of_one_session_are_ignored() {
    let app = app().await;
    let before = signed_in(&app, "big").await.thief();
    let after = before.thief();
    app.clock.advance(Duration::from_secs(12 * 3600));
    assert_eq!(after.open(&url("/")).await.text(), "big");
    for name in NAMES {
        let torn = after.thief();
        let stale = value(&before, name);
        torn.jar().tamper(name, |it| it.clone_from(&stale));

        assert_eq!(explained(&torn).await, "incomplete", "{name}");
    }
    assert_eq!(explained(&after).await, "signed_in");
}

/// C-03, C-09: from three cookies to one and back, ten times.
#[tokio::test]
async fn the_browser_keeps_exactly_the_cookies_of_the_last_sign_in() {
    let app = app().await;
    let browser = app.browser();
    for _ in 0..5 {
        assert_eq!(sign_in_as(&browser, "big").await.text(), "big");
        assert_eq!(App::cookies(&browser), NAMES);
        assert_eq!(sign_in_as(&browser, "alice").await.text(), "alice");
        assert_eq!(App::cookies(&browser), ["__Host-Http-auth"]);
    }
}

/// C-03: a leftover cookie is harmless, and the next write deletes it.
#[tokio::test]
async fn a_stale_cookie_is_deleted_by_the_next_write() {
    let app = app().await;
    let big = signed_in(&app, "big").await;
    let browser = app.signed_in_browser().await;
    browser.jar().inject(HOST, NAMES[2], value(&big, NAMES[2]));

    assert_eq!(explained(&browser).await, "signed_in");
    app.clock.advance(Duration::from_secs(12 * 3600));
    assert_eq!(browser.open(&url("/")).await.text(), "alice");

    assert_eq!(App::cookies(&browser), ["__Host-Http-auth"]);
}

/// A renewal writes all cookies, because otherwise the browser would keep a mix.
#[tokio::test]
async fn a_renewal_writes_every_cookie_of_the_session() {
    let app = app().await;
    let browser = signed_in(&app, "big").await;
    let before = NAMES.map(|name| value(&browser, name));
    app.clock.advance(Duration::from_secs(12 * 3600));

    let page = browser.open(&url("/")).await;

    assert_eq!(page.last().set_cookies().len(), 3);
    for (name, before) in NAMES.iter().zip(before) {
        assert_ne!(value(&browser, name), before, "{name}");
    }
}

/// C-15
#[tokio::test]
async fn a_session_over_the_cap_fails_the_sign_in_and_writes_nothing() {
    let app = App::with_provider(
        |provider| provider.user(User::new("huge").claim("about", random_text(6_000))),
        |auth| auth.max_cookies(2),
    )
    .await;
    let browser = app.signed_in_browser().await;
    let before = value(&browser, "__Host-Http-auth");

    let page = sign_in_as(&browser, "huge").await;

    assert_eq!(page.status(), 500);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(value(&browser, "__Host-Http-auth"), before);
    assert_eq!(App::cookies(&browser), ["__Host-Http-auth"]);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

/// C-19: the application sets other cookies, and one with our name.
#[tokio::test]
async fn cookies_of_the_application_are_kept_and_ours_win_for_our_names() {
    let app = app().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(Duration::from_secs(12 * 3600));

    let page = browser.open(&url("/fails")).await;

    assert_eq!(page.status(), 500);
    let names: Vec<_> = page
        .last()
        .set_cookies()
        .iter()
        .map(|cookie| cookie.split('=').next().expect("a name").to_owned())
        .collect();
    assert_eq!(names, ["theirs", "__Host-Http-auth"]);
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

//! How long a session is valid, by the server's clock and not by the browser's.

use std::time::{Duration, UNIX_EPOCH};

use http::Method;
use tower_oidc_tests::app::{ORIGIN, sign_in, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::{App, Browser, TestClock};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
const SECOND: Duration = Duration::from_secs(1);
const NAME: &str = "__Host-Http-auth";

/// A thief who keeps a cookie: it never expires in this browser.
fn kept_forever(app: &App, browser: &Browser) -> Browser {
    let cookie = browser.jar().cookie(NAME).expect("signed in");
    let keeper = app.browser();
    let value = cookie.value().into_owned();
    keeper.jar().inject("app.example", NAME, value);
    keeper
}

async fn explained(browser: &Browser) -> String {
    let page = browser.open(&url("/explain")).await;
    page.text()
}

/// K-14: the idle lifetime is a day.
#[tokio::test]
async fn an_unused_session_ends_after_a_day() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let keeper = kept_forever(&app, &browser);

    app.clock.advance(DAY - SECOND);
    assert_eq!(explained(&keeper.thief()).await, "signed_in");
    app.clock.advance(SECOND);
    assert_eq!(explained(&keeper).await, "idle_expired");
    assert_eq!(explained(&browser).await, "no_cookie");
    assert!(keeper.jar().cookie(NAME).is_some(), "never deleted");
}

/// K-14, F-09: use keeps a session alive for seven days and no longer.
#[tokio::test]
async fn a_used_session_ends_after_seven_days() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let mut keeper = kept_forever(&app, &browser);
    for _ in 0..13 {
        app.clock.advance(12 * HOUR);
        assert_eq!(explained(&browser).await, "signed_in");
        keeper = kept_forever(&app, &browser);
    }

    app.clock.advance(12 * HOUR - SECOND);
    assert_eq!(explained(&keeper.thief()).await, "signed_in");
    app.clock.advance(SECOND);
    assert_eq!(explained(&keeper).await, "absolute_expired");
    assert_eq!(explained(&browser).await, "no_cookie");
}

/// E-11
#[tokio::test]
async fn a_visit_renews_the_cookie_once_a_quarter_of_the_idle_lifetime_has_passed() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    app.clock.advance(6 * HOUR - SECOND);
    let early = browser.open(&url("/")).await;
    assert!(early.last().set_cookies().is_empty());
    assert_eq!(early.header("cache-control"), Some("private"));
    app.clock.advance(SECOND);
    let due = browser.open(&url("/")).await;
    assert_eq!(due.last().set_cookies().len(), 1);
    assert!(due.last().set_cookies()[0].contains("Max-Age=86400"));
    assert_eq!(due.header("cache-control"), Some("no-store"));
    let again = browser.open(&url("/")).await;
    assert!(again.last().set_cookies().is_empty());
}

/// The browser drops the cookie when the session ends, not later.
#[tokio::test]
async fn the_cookie_of_a_renewed_session_ends_with_the_absolute_lifetime() {
    let app = App::with(|auth| auth.idle_lifetime(2 * HOUR).absolute_lifetime(3 * HOUR)).await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(90 * Duration::from_secs(60));

    let page = browser.open(&url("/")).await;

    assert!(page.last().set_cookies()[0].contains("Max-Age=5400"));
}

/// K-15
#[tokio::test]
async fn lowered_lifetimes_end_sessions_that_were_sealed_before() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(2 * HOUR);

    let absolute = app
        .another_instance(|auth| auth.idle_lifetime(HOUR).absolute_lifetime(HOUR))
        .await;
    absolute.serve(&browser);
    assert_eq!(explained(&browser).await, "absolute_expired");
    let idle = app.another_instance(|auth| auth.idle_lifetime(HOUR)).await;
    idle.serve(&browser);
    assert_eq!(explained(&browser).await, "idle_expired");
    app.serve(&browser);
    assert_eq!(explained(&browser).await, "signed_in");
}

/// E-19
#[tokio::test]
async fn sessions_of_sign_ins_before_a_configured_time_have_ended() {
    let app = App::start().await;
    let before = app.signed_in_browser().await;
    app.clock.advance(SECOND);
    let time = app.clock.now();
    let at_that_time = app.signed_in_browser().await;
    app.clock.advance(8 * HOUR);
    // Its cookie is renewed, but its sign-in is as old as before.
    assert_eq!(explained(&before).await, "signed_in");
    let later = app.another_instance(|auth| auth.sessions_since(time)).await;

    later.serve(&before);
    assert_eq!(explained(&before).await, "signed_in_too_early");
    later.serve(&at_that_time);
    assert_eq!(explained(&at_that_time).await, "signed_in");
    assert_eq!(sign_in(&before).await.text(), "alice");
    assert_eq!(explained(&before).await, "signed_in");
}

/// K-15: a raised lifetime does not restore a session that was sealed with a shorter one.
#[tokio::test]
async fn a_raised_absolute_lifetime_applies_to_new_sessions_only() {
    let app = App::with(|auth| auth.idle_lifetime(HOUR).absolute_lifetime(2 * HOUR)).await;
    let browser = kept_forever(&app, &app.signed_in_browser().await);
    let raised = app
        .another_instance(|auth| auth.idle_lifetime(DAY).absolute_lifetime(7 * DAY))
        .await;
    raised.serve(&browser);

    app.clock.advance(2 * HOUR);

    assert_eq!(explained(&browser).await, "absolute_expired");
}

/// K-17, N-02, E-09: an instance whose clock is slow accepts a difference of a minute and no more,
/// and deletes nothing.
#[tokio::test]
async fn an_instance_with_a_slow_clock_ignores_a_cookie_from_its_future_and_keeps_it() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    for (slow_by, expected) in [(60, "signed_in"), (61, "issued_in_future")] {
        let clock = TestClock::at(app.clock.now() - Duration::from_secs(slow_by));
        let slow = app.another_instance(|auth| auth.clock(clock)).await;
        slow.serve(&browser);

        let page = browser.open(&url("/explain")).await;

        assert_eq!(page.text(), expected, "{slow_by} s");
        assert!(page.last().set_cookies().is_empty());
    }
    app.serve(&browser);
    assert_eq!(explained(&browser).await, "signed_in");
}

/// E-09
#[tokio::test]
async fn a_clock_that_jumps_an_hour_ends_no_session_and_extends_none() {
    let app = App::start().await;
    app.clock.advance(2 * HOUR);
    let browser = app.signed_in_browser().await;

    app.clock.advance(HOUR);
    assert_eq!(explained(&browser).await, "signed_in");
    app.clock.rewind(2 * HOUR);
    assert_eq!(explained(&browser).await, "issued_in_future");
    assert_eq!(sign_in(&browser).await.text(), "alice");
    app.clock.advance(HOUR);
    assert_eq!(explained(&browser).await, "signed_in");
}

/// E-21: what a script needs to know when the session ends.
#[tokio::test]
async fn the_session_route_says_when_the_session_ends_and_renews_nothing() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let signed_in_at = millis(&app);
    let day = 86_400_000;
    app.clock.advance(12 * HOUR);

    for _ in 0..2 {
        let page = session(&browser).await;
        assert!(page.last().set_cookies().is_empty());
        let answer = page.json();
        assert_eq!(answer["now"], signed_in_at + day / 2);
        assert_eq!(answer["idleAt"], signed_in_at + day);
        assert_eq!(answer["expiresAt"], signed_in_at + 7 * day);
        assert_eq!(answer["signOutPath"], "/auth/sign-out");
    }
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    let renewed = session(&browser).await.json();
    assert_eq!(renewed["idleAt"], signed_in_at + day + day / 2);
    app.clock.advance(DAY);
    let ended = session(&browser).await;
    assert_eq!(ended.text(), r#"{"authenticated":false}"#);
}

#[tokio::test]
async fn the_session_route_names_the_end_that_comes_first_and_no_path_that_is_off() {
    let app = App::with(|auth| {
        auth.absolute_lifetime(DAY)
            .idle_lifetime(DAY)
            .without_sign_out_path()
    })
    .await;
    let browser = app.signed_in_browser().await;

    let answer = session(&browser).await.json();

    assert_eq!(answer["idleAt"], answer["expiresAt"]);
    assert!(answer.get("signOutPath").is_none(), "{answer}");
}

async fn session(browser: &Browser) -> Page {
    let path = url("/auth/session");
    browser.fetch(ORIGIN, Method::GET, &path).await
}

fn millis(app: &App) -> u64 {
    let time = app.clock.now().duration_since(UNIX_EPOCH);
    u64::try_from(time.unwrap().as_millis()).unwrap()
}

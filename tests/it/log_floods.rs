//! What a flood of requests writes to the log: one line of each kind, and the number of the others.

use std::time::Duration;

use oidc_dev_provider::{Client, Fault};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{begun, known_browser, returning};
use tower_oidc_tests::visits::fetch;

use crate::log;

/// The log lines of the layer itself at WARN and above.
fn warnings(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.contains(" tower_oidc::"))
        .filter(|line| line.contains(" WARN ") || line.contains("ERROR "))
        .collect()
}

#[tokio::test]
async fn a_flood_of_refused_callbacks_is_one_log_line_that_counts_the_others() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    app.provider.add_fault(Fault::AuthorizationServerError);
    let log = log::record();

    for _ in 0..30 {
        assert_eq!(browser.open(&url("/auth/sign-in")).await.status(), 502);
    }
    let text = log.text();
    assert_eq!(warnings(&text).len(), 1, "{text}");
    app.clock.advance(Duration::from_secs(10));
    browser.open(&url("/auth/sign-in")).await;

    let text = log.text();
    let lines = warnings(&text);
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[1].contains("omitted=29"), "{text}");
    assert!(lines[1].contains("authorization.server_error"), "{text}");
}

#[tokio::test]
async fn a_flood_of_restarted_sign_ins_without_cookies_is_one_log_line() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let callback = callback.as_str().replace("state=a", "state=b");
    let stranger = app.browser();
    let log = log::record();

    for _ in 0..30 {
        assert_eq!(stranger.open(&callback).await.status(), 400);
    }

    let text = log.text();
    assert_eq!(warnings(&text).len(), 1, "{text}");
}

#[tokio::test]
async fn floods_of_sign_ins_and_sign_outs_while_the_provider_is_down_are_one_log_line_each() {
    let app = App::start().await;
    app.provider.go_down().await.expect("it was up");
    let browser = app.browser();
    let log = log::record();

    for _ in 0..10 {
        let cookie = "not-a-session-of-ours".to_owned();
        browser
            .jar()
            .inject("app.example", "__Host-Http-auth", cookie);
        assert_eq!(browser.open(&url("/auth/sign-in")).await.status(), 502);
        let page = browser.open(&url("/auth/sign-out")).await;
        page.press("Sign out").await;
    }

    // The line about a document that could not be fetched also covers the sign-in that cannot
    // start.
    let text = log.text();
    let of_the_document = |line: &&str| line.contains(" WARN relying_party::");
    assert_eq!(text.lines().filter(of_the_document).count(), 1, "{text}");
    assert_eq!(warnings(&text).len(), 1, "{text}");
}

/// One session is enough for such a flood.
#[tokio::test]
async fn a_flood_of_requests_of_one_user_is_one_log_line_of_each_kind() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let log = log::record();

    for _ in 0..30 {
        let page = fetch(&browser, "/token?resource=https://unknown.example").await;
        assert_eq!(page.status(), 500);
    }
    let text = log.text();
    assert_eq!(warnings(&text).len(), 1, "{text}");

    app.provider.add_fault(Fault::RefreshInvalidGrant);
    for _ in 0..30 {
        assert_eq!(browser.open(&url("/refresh")).await.status(), 403);
    }
    let text = log.text();
    let again = |line: &&&str| line.contains("refused again");
    assert_eq!(warnings(&text).iter().filter(again).count(), 1, "{text}");
    assert_eq!(warnings(&text).len(), 3, "{text}");
}

#[tokio::test]
async fn a_callback_that_is_submitted_repeatedly_is_logged_as_one_sign_in() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let callback = returning(&app, &callback);
    let log = log::record();

    for _ in 0..10 {
        // A separate cookie jar, so that each request has the transaction.
        let page = browser.thief().step(&callback).await;
        assert_eq!(page.status(), 303);
    }

    let text = log.text();
    assert_eq!(text.matches("signed in").count(), 1, "{text}");
}

#[tokio::test]
async fn a_return_from_the_sign_out_that_is_opened_repeatedly_is_one_log_line() {
    let app = App::with_provider(
        |provider| {
            let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
                .redirect_uri(url("/auth/callback"))
                .post_logout_redirect_uri(url("/auth/signed-out"));
            provider.client(client)
        },
        |auth| auth.signed_out_path("/auth/signed-out"),
    )
    .await;
    let browser = app.signed_in_browser().await;
    let page = browser.open(&url("/leave-for-goodbye")).await;
    let landing = &page.exchanges()[page.exchanges().len() - 2];
    let landing = Request::navigation(landing.url().as_str());
    app.clock.advance(Duration::from_secs(10));
    let log = log::record();

    for _ in 0..10 {
        let page = app.browser().step(&landing).await;
        assert_eq!(page.header("location"), Some("/explain?goodbye"));
    }

    let text = log.text();
    assert_eq!(
        text.matches("signed out at the provider").count(),
        1,
        "{text}"
    );
}

#[tokio::test]
async fn a_listener_that_panics_at_events_of_anonymous_requests_is_one_log_line() {
    let app = App::with(|auth| auth.on_event(|_| panic!("for this test"))).await;
    let browser = app.browser();
    let callback = url("/auth/callback?code=1&state=made-up");
    let log = log::record();

    for _ in 0..10 {
        let page = browser.open(&callback).await;
        assert_eq!(page.status(), 400);
    }

    let text = log.text();
    assert_eq!(warnings(&text).len(), 1, "{text}");
}

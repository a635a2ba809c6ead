//! The provider's own end of a session (`session_expiry`) is an upper limit.

use std::time::{Duration, UNIX_EPOCH};

use oidc_dev_provider::User;
use serde_json::{Value, json};
use tower_oidc_tests::app::{sign_in_as, url};
use tower_oidc_tests::{App, TestClock};

async fn app(session_expiry: Value) -> App {
    App::with_provider(
        |provider| provider.user(User::new("timed").claim("session_expiry", session_expiry)),
        |auth| auth,
    )
    .await
}

fn in_an_hour() -> u64 {
    let now = TestClock::new().now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs() + 3600
}

#[tokio::test]
async fn a_session_ends_when_the_provider_says_so() {
    for expiry in [json!(in_an_hour()), json!(in_an_hour() as f64 + 0.5)] {
        let app = app(expiry).await;
        let browser = app.browser();
        assert_eq!(sign_in_as(&browser, "timed").await.text(), "timed");

        app.clock.advance(Duration::from_secs(3599));
        assert_eq!(browser.open(&url("/")).await.text(), "timed");
        app.clock.advance(Duration::from_secs(1));
        // The browser drops the cookie at that time; a thief's copy stays.
        assert_eq!(browser.open(&url("/")).await.text(), "nobody");
    }
}

#[tokio::test]
async fn a_session_that_has_already_expired_or_has_no_readable_expiry_is_not_created() {
    for expiry in [
        json!(1),
        json!(-1),
        json!("tomorrow"),
        json!([]),
        json!(1e300),
    ] {
        let app = app(expiry.clone()).await;
        let browser = app.browser();

        let page = sign_in_as(&browser, "timed").await;

        assert_eq!(page.status(), 400, "{expiry}");
        assert!(App::cookies(&browser).is_empty());
    }
}

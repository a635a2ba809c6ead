//! The provider stopped for a minute while its users go on: Done when 3, without another process.

use std::time::Duration;

use tokio::task::JoinSet;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{sign_in_as, url};
use tower_oidc_tests::visits::{EXPIRY, answer, at_once, fetch};

const USERS: [&str; 3] = ["alice", "bob", "carol"];

/// T-01, F-04
#[tokio::test]
async fn a_minute_without_the_provider_costs_new_tokens_and_nothing_else() {
    let app = App::start().await;
    let mut browsers = Vec::new();
    for user in USERS {
        let browser = app.browser();
        sign_in_as(&browser, user).await;
        browsers.push((user, browser));
    }
    app.clock.advance(EXPIRY - Duration::from_secs(30));
    app.provider.go_down().await.expect("it was up");

    for second in 0..60 {
        let mut visits = JoinSet::new();
        for (user, browser) in browsers.iter().cycle().take(12) {
            let (user, browser) = (*user, browser.clone());
            visits.spawn(async move {
                assert_eq!(browser.open(&url("/private")).await.text(), user);
                let page = fetch(&browser, "/token").await;
                assert!(page.last().set_cookies().is_empty(), "{user}");
                page
            });
        }
        for page in visits.join_all().await {
            let expected = if second < 30 { 200 } else { 503 };
            assert_eq!(page.status(), expected, "after {second} s: {}", page.text());
            let retry = page.header("retry-after");
            assert_eq!(retry.is_some(), expected == 503, "after {second} s");
        }
        app.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(app.provider.refreshes().len(), 0);
    app.provider.come_back().await.expect("its port is free");
    app.clock.advance(Duration::from_secs(2));

    for (user, browser) in &browsers {
        for answer in at_once(16, browser, "/token").await {
            assert_eq!(answer["sub"], *user);
        }
        answer(browser, "/refresh").await;
    }
    assert_eq!(app.provider.refreshes().len(), 2 * USERS.len());
}

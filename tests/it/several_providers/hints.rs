//! The ID token of a session as a hint at the start of another sign-in.

use tower_oidc_tests::TwoProviders;
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{parameter, transactions};
use url::Url;

use crate::log;

/// W-01
#[tokio::test]
async fn an_id_token_is_a_hint_at_the_provider_that_issued_it_and_at_no_other() {
    let app = TwoProviders::start().await;
    let browser = app.signed_in_at("one").await;

    let own = browser
        .step(&Request::navigation(&url("/hint-at/one")))
        .await;
    let location = Url::parse(own.header("location").expect("a redirect")).unwrap();
    assert!(location.as_str().starts_with(app.one.issuer()));
    assert!(parameter(&location, "id_token_hint").is_some());
    let begun = transactions(&browser).len();

    let authorized = app.two.counters().authorize;
    let log = log::record();
    let other = browser
        .step(&Request::navigation(&url("/hint-at/two")))
        .await;

    assert_eq!(other.status(), 500);
    assert_eq!(other.header("location"), None);
    assert_eq!(transactions(&browser).len(), begun);
    assert_eq!(app.two.counters().authorize, authorized);
    assert!(
        log.text().contains("SignIn::id_token_hint"),
        "{}",
        log.text()
    );
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

//! The guide of Logto's console for an application with Next.js.

use oidc_dev_provider::Client;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, url};
use tower_oidc_tests::visits::answer;

/// Logto's console suggests `/callback`, and its guides put the sign-in elsewhere too.
#[tokio::test]
async fn the_routes_have_the_names_that_a_guide_gives_them() {
    let app = App::with_provider(
        |provider| {
            let client = Client::confidential(CLIENT_ID, CLIENT_SECRET);
            provider.client(client.redirect_uri(url("/callback")))
        },
        |auth| {
            auth.callback_path("/callback")
                .sign_in_path("/sign-in")
                .sign_out_path("/sign-out")
                .session_path("/user")
        },
    )
    .await;
    let browser = app.browser();

    let page = browser.open(&url("/sign-in")).await.press("alice").await;

    assert_eq!(page.text(), "alice");
    let callback = &page.exchanges()[1];
    assert_eq!(callback.url().path(), "/callback");
    assert_eq!(answer(&browser, "/user").await["claims"]["sub"], "alice");
}

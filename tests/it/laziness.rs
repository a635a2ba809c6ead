//! What a request costs: nothing, until the application reads the session.

use tower_oidc_tests::App;
use tower_oidc_tests::app::url;

#[tokio::test]
async fn a_request_without_our_cookies_costs_no_cryptography_and_gets_no_cookie() {
    let app = App::start().await;
    let browser = app.browser();

    for path in ["/", "/private", "/who", "/untouched"] {
        let page = browser
            .fetch(&url("/"), http::Method::GET, &url(path))
            .await;

        assert!(page.last().set_cookies().is_empty(), "{path}");
    }
    let counters = app.auth.counters();
    assert_eq!(
        (
            counters.seals(),
            counters.derivations(),
            counters.decryptions()
        ),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn a_handler_that_ignores_the_session_costs_no_cryptography_and_gets_no_cookie() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(std::time::Duration::from_secs(12 * 3600));
    let before = app.auth.counters().derivations();

    for path in ["/untouched", "/extracted"] {
        let page = browser.open(&url(path)).await;

        assert_eq!(page.status(), 200);
        assert!(page.last().set_cookies().is_empty());
        assert_eq!(page.header("vary"), None);
        assert_eq!(page.header("cache-control"), None);
    }
    assert_eq!(app.auth.counters().derivations(), before);
}

#[tokio::test]
async fn reading_the_session_costs_one_derivation_and_one_decryption_however_often_it_is_repeated()
{
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let before = app.auth.counters();
    let (derivations, passes, seals) = (before.derivations(), before.decryptions(), before.seals());

    browser.open(&url("/who")).await;

    let after = app.auth.counters();
    assert_eq!(after.derivations() - derivations, 1);
    assert_eq!(after.decryptions() - passes, 1);
    assert_eq!(after.seals() - seals, 0);
}

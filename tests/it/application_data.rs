//! The application's own data in the session, and the space for them.

use std::time::Duration;

use serde_json::Value;
use tower_oidc::AuthContext;
use tower_oidc_tests::app::{ORIGIN, sign_in_as, url};
use tower_oidc_tests::callback;
use tower_oidc_tests::gate::slow_page;
use tower_oidc_tests::visits::{EXPIRY, answer, token};
use tower_oidc_tests::{App, Browser, Gate, TestServer};

/// A visit after this time renews the cookie.
const RENEWAL: Duration = Duration::from_secs(6 * 3600);

async fn data(browser: &Browser) -> Value {
    answer(browser, "/data").await
}

/// Another instance, which has only the cookie.
async fn elsewhere(app: &App, browser: &Browser) -> (Browser, tower_oidc_tests::app::Instance) {
    let instance = app.another_instance(|auth| auth).await;
    let copy = browser.thief();
    instance.serve(&copy);
    (copy, instance)
}

#[tokio::test]
async fn data_are_written_read_replaced_and_removed() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    assert_eq!(data(&browser).await, Value::Null);

    // They can be read in the request that writes them, too.
    assert_eq!(answer(&browser, "/data?set=blue").await, "blue");
    assert_eq!(data(&browser).await, "blue");
    assert_eq!(answer(&browser, "/data?set=red").await, "red");
    assert_eq!(data(&browser).await, "red");
    let (copy, _machine) = elsewhere(&app, &browser).await;
    assert_eq!(data(&copy).await, "red");
    assert_eq!(answer(&browser, "/data?set=").await, Value::Null);
    assert_eq!(data(&browser).await, Value::Null);
    let (copy, _machine) = elsewhere(&app, &browser).await;
    assert_eq!(data(&copy).await, Value::Null);
}

/// The browser submits the callback again, as after "back": it then gets the session as it is by now, and
/// not as it was after the sign-in.
#[tokio::test]
async fn data_survive_a_second_submit_of_the_callback() {
    let app = App::start().await;
    let browser = app.browser();
    let page = browser.open(&url("/auth/sign-in")).await;
    // It keeps the transaction, which the browser deletes after the callback.
    let twin = browser.thief();
    let page = page.press("alice").await;
    let callback = callback::on_the_way_to(&page);
    answer(&browser, "/data?set=blue").await;

    let again = twin.open(callback.as_str()).await;

    assert_eq!(again.text(), "alice");
    assert_eq!(data(&twin).await, "blue");
    let (copy, _machine) = elsewhere(&app, &twin).await;
    assert_eq!(data(&copy).await, "blue");
}

/// This instance knows the session too, with older data.
#[tokio::test]
async fn data_of_another_instance_survive_a_refresh_of_this_one() {
    let app = App::start().await;
    let other = app.another_instance(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    answer(&browser, "/refresh").await;
    answer(&browser, "/data?set=here").await;
    // With this instance's clock, which may be ahead of the other's.
    other.serve(&browser);
    assert_eq!(answer(&browser, "/data?set=there").await, "there");
    app.serve(&browser);

    answer(&browser, "/refresh").await;

    assert_eq!(data(&browser).await, "there");
    let (copy, _machine) = elsewhere(&app, &browser).await;
    assert_eq!(data(&copy).await, "there");
}

#[tokio::test]
async fn data_survive_refreshes_and_renewals() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    answer(&browser, "/data?set=blue").await;

    app.clock.advance(EXPIRY);
    token(&browser).await;
    assert_eq!(data(&browser).await, "blue");
    app.clock.advance(RENEWAL);
    let renewed = browser.open(&url("/")).await;
    assert_eq!(renewed.last().set_cookies().len(), 1);

    let (copy, _machine) = elsewhere(&app, &browser).await;
    assert_eq!(data(&copy).await, "blue");
    // Another sign-in is another session.
    sign_in_as(&browser, "alice").await;
    assert_eq!(data(&browser).await, Value::Null);
}

/// A refresh that ends after the data were written, and data written after a refresh.
#[tokio::test]
async fn a_refresh_and_new_data_at_once_lose_neither() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let first = token(&browser).await;
    app.clock.advance(EXPIRY);
    let held = app.provider.hold_token_requests();
    let tab = browser.clone();
    let refreshed = tokio::spawn(async move { token(&tab).await });
    held.wait_for(1).await;
    answer(&browser, "/data?set=during").await;
    held.release();
    let second = refreshed.await.unwrap();

    let (copy, _machine) = elsewhere(&app, &browser).await;
    assert_ne!(second, first);
    assert_eq!(data(&copy).await, "during");
    assert_eq!(token(&copy).await, second);
    assert_eq!(app.provider.refreshes().len(), 1);
}

/// N-03: a handler writes its data, and its response comes after a refresh by another request.
#[tokio::test]
async fn a_late_response_with_new_data_writes_the_newest_tokens() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let (slow, gate) = slow_writer(&app, &browser).await;
    let page = tokio::spawn(async move { slow.browser.open(&url("/slow")).await });
    gate.entered().await;
    let newest = answer(&browser, "/refresh").await["token"].clone();
    app.clock.advance(Duration::from_secs(90));

    gate.open();
    assert_eq!(page.await.unwrap().text(), "written");

    let (copy, _machine) = elsewhere(&app, &browser).await;
    assert_eq!(data(&copy).await, "slow");
    assert_eq!(token(&copy).await, newest);
}

/// A request that only renews the cookie must not restore the old data.
#[tokio::test]
async fn a_renewal_in_flight_does_not_undo_new_data() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    answer(&browser, "/data?set=old").await;
    app.clock.advance(RENEWAL);
    let (reader, gate) = slow_reader(&app, &browser).await;
    let page = tokio::spawn(async move { reader.browser.open(&url("/slow")).await });
    gate.entered().await;
    answer(&browser, "/data?set=new").await;

    gate.open();
    page.await.unwrap();

    let (copy, _machine) = elsewhere(&app, &browser).await;
    assert_eq!(data(&copy).await, "new");
}

struct Slow {
    browser: Browser,
    _server: TestServer,
}

/// A browser tab at a server whose handler writes data, and responds when the test lets it.
async fn slow_writer(app: &App, browser: &Browser) -> (Slow, Gate) {
    slow(app, browser, |auth| {
        auth.set_data("slow").map_or("refused", |()| "written")
    })
    .await
}

async fn slow_reader(app: &App, browser: &Browser) -> (Slow, Gate) {
    slow(app, browser, |auth| match auth.is_authenticated() {
        true => "read",
        false => "nobody",
    })
    .await
}

async fn slow(
    app: &App,
    browser: &Browser,
    work: fn(&AuthContext) -> &'static str,
) -> (Slow, Gate) {
    let (server, gate) = slow_page(&app.auth, move |auth, gate| async move {
        let done = work(&auth);
        gate.pass().await;
        done
    })
    .await;
    let tab = browser.tab();
    tab.map(ORIGIN, server.address());
    let slow = Slow {
        browser: tab,
        _server: server,
    };
    (slow, gate)
}

/// C-15
#[tokio::test]
async fn data_that_are_too_large_are_refused_with_the_size_of_every_part() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    answer(&browser, "/data?set=small").await;
    let before = browser.open(&url("/size")).await.text();

    let page = browser.open(&url("/data?fill=20000")).await;

    assert_eq!(page.status(), 422);
    assert!(page.last().set_cookies().is_empty());
    let text = page.text();
    for part in [
        "identity",
        "refresh token",
        "access tokens",
        "scope",
        "userinfo",
        "data 20002)",
        "max_cookies",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(data(&browser).await, "small");
    assert_eq!(browser.open(&url("/size")).await.text(), before);
}

#[tokio::test]
async fn data_after_the_responses_head_are_refused() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    let page = browser.open(&url("/late-data")).await;

    assert!(page.text().contains("the response's head is written"));
    assert!(page.last().set_cookies().is_empty());
    assert_eq!(data(&browser).await, Value::Null);
}

#[tokio::test]
async fn without_a_session_there_are_no_data_and_no_size() {
    let app = App::start().await;
    let browser = app.browser();

    assert_eq!(data(&browser).await, Value::Null);
    let page = browser.open(&url("/data?set=mine")).await;
    assert_eq!(page.status(), 422);
    assert!(page.text().contains("nobody is signed in"));
    assert!(App::cookies(&browser).is_empty());
    assert_eq!(browser.open(&url("/size")).await.text(), "nobody");
}

/// Of two concurrent requests the later response wins, and the next refresh does not undo it.
#[tokio::test]
async fn the_data_of_the_later_response_survive_a_refresh() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let (slow, gate) = slow_writer(&app, &browser).await;
    let page = tokio::spawn(async move { slow.browser.open(&url("/slow")).await });
    gate.entered().await;
    app.clock.advance(Duration::from_secs(1));
    answer(&browser, "/data?set=quick").await;
    app.clock.advance(Duration::from_secs(1));
    gate.open();
    assert_eq!(page.await.unwrap().text(), "written");
    app.clock.advance(Duration::from_secs(1));

    answer(&browser, "/refresh").await;

    assert_eq!(data(&browser).await, "slow");
}

//! The transaction that a sign-in leaves in the browser: valid for its own callback, its own
//! provider, once, and for ten minutes.

use std::time::Duration;

use http::Method;
use oidc_dev_provider::{Client, DevProvider, Fault};
use tower_oidc::Provider;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{
    begun, is_refusal, known_browser, parameter, returning, session, transactions,
};
use tower_oidc_tests::{App, Browser};
use url::Url;

const HOST: &str = "app.example";

fn take(browser: &Browser, name: &str) -> String {
    let cookie = browser.jar().cookie(name).expect("a transaction");
    let value = cookie.value().into_owned();
    browser.jar().delete(name);
    value
}

/// S-02: the seal is bound to the state in the cookie's name.
#[tokio::test]
async fn a_transaction_is_not_accepted_for_another_state() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    begun(&app, &browser, "/auth/sign-in").await;
    let first = transactions(&browser).remove(0);
    let value = take(&browser, &first);
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let second = transactions(&browser).remove(0);
    take(&browser, &second);
    browser.jar().inject(HOST, second.clone(), value);
    let (before, tokens) = (session(&browser), app.provider.counters().token);

    let exchange = browser.step(&returning(&app, &callback)).await;

    is_refusal(&exchange, 400, "another state's transaction");
    let deleted = exchange.set_cookies();
    assert_eq!(deleted.len(), 1);
    assert!(
        deleted[0].starts_with(&format!("{second}=;")),
        "{deleted:?}"
    );
    assert!(transactions(&browser).is_empty());
    assert_eq!(session(&browser), before);
    assert_eq!(app.provider.counters().token, tokens);
}

/// S-02: a provider, or somebody in between, that changes the state.
#[tokio::test]
async fn a_changed_state_is_refused() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    app.provider.add_fault(Fault::WrongState);
    let tokens = app.provider.counters().token;

    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let exchange = browser.step(&returning(&app, &callback)).await;

    is_refusal(&exchange, 400, "WrongState");
    assert_eq!(session(&browser), None);
    assert_eq!(app.provider.counters().token, tokens);
}

/// S-06: within a minute the result is that of the first request (N-11); later the code is not sent
/// again, although the transaction is still valid.
#[tokio::test]
async fn a_kept_transaction_cookie_does_not_allow_a_second_code_exchange() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let name = transactions(&browser).remove(0);
    let kept = browser.jar().cookie(&name).unwrap().value().into_owned();
    browser.send(returning(&app, &callback)).await;
    let (before, tokens) = (session(&browser), app.provider.counters().token);
    for (case, after) in [("a minute", 61), ("almost ten minutes", 530)] {
        app.clock.advance(Duration::from_secs(after));
        let stranger = app.browser();
        for browser in [&browser, &stranger] {
            let (name, kept) = (name.clone(), kept.clone());
            browser.jar().inject(HOST, name, kept);
        }

        // A signed-in user continues to the page.
        let exchange = browser.step(&returning(&app, &callback)).await;
        assert_eq!(exchange.header("location"), Some("/"), "{case}");
        assert!(transactions(&browser).is_empty(), "{case}");
        assert_eq!(session(&browser), before, "{case}");
        let exchange = stranger.step(&returning(&app, &callback)).await;
        is_refusal(&exchange, 400, case);
        assert!(transactions(&stranger).is_empty(), "{case}");
    }
    assert_eq!(app.provider.counters().token, tokens);
}

#[tokio::test]
async fn an_error_response_does_not_use_up_its_transaction() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let copy = browser.thief();

    let refused = browser.step(&with_error(&callback)).await;

    assert_eq!(refused.status(), 403);
    assert_eq!(copy.send(returning(&app, &callback)).await.text(), "alice");
}

/// D-07: an anonymous client may send as many as it likes.
#[tokio::test]
async fn callbacks_without_a_token_request_leave_no_task_behind() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let metrics = tokio::runtime::Handle::current().metrics();
    let mut before = 0;
    for number in 0..150 {
        let callback = begun(&app, &browser, "/auth/sign-in").await;
        let refused = browser.step(&with_error(&callback)).await;
        assert_eq!(refused.status(), 403);
        if number == 0 {
            before = metrics.num_alive_tasks();
        }
    }

    let after = metrics.num_alive_tasks();
    assert!(after < before + 10, "{after} tasks, and {before} before");
}

fn with_error(callback: &Url) -> Request {
    let error = callback.as_str().replace("code=", "error=access_denied&x=");
    Request::navigation(&error)
}

/// S-08, GHSA-x445-f3h2-j279: the same origin, secret and cookie name, but another provider or
/// another client.
#[tokio::test]
async fn a_transaction_of_another_provider_is_refused_before_any_token_request() {
    let app = App::start().await;
    let clock = app.clock.clone();
    let client =
        |id: &str| Client::confidential(id, CLIENT_SECRET).redirect_uri(url("/auth/callback"));
    let other = DevProvider::builder()
        .client(client(CLIENT_ID))
        .clock(move || clock.now())
        .start()
        .await
        .unwrap();
    for (case, issuer, client_id) in [
        ("issuer", other.issuer(), CLIENT_ID),
        ("client", app.provider.issuer(), "another"),
    ] {
        let browser = known_browser(&app, "alice").await;
        let callback = begun(&app, &browser, "/auth/sign-in").await;
        let tokens = app.provider.counters().token;
        let registration = Provider::new(issuer, client_id).client_secret(CLIENT_SECRET);
        let instance = app
            .another_instance(|auth| auth.provider(registration))
            .await;
        instance.serve(&browser);

        let exchange = browser.step(&returning(&app, &callback)).await;

        is_refusal(&exchange, 400, case);
        assert!(transactions(&browser).is_empty(), "{case}");
        assert_eq!(app.provider.counters().token, tokens, "{case}");
        assert_eq!(other.counters().token, 0, "{case}");
    }
}

/// S-16: by the sealed time, whatever `Max-Age` the browser received.
#[tokio::test]
async fn a_transaction_is_valid_for_ten_minutes() {
    for (seconds, good) in [(599, true), (600, false)] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        let there = browser
            .step(&Request::navigation(&url("/auth/sign-in?return_to=/who")))
            .await;
        let name = transactions(&browser).remove(0);
        let value = take(&browser, &name);
        browser.jar().inject(HOST, name, value);
        app.clock.advance(Duration::from_secs(seconds));
        let before = (session(&browser), app.provider.counters().token);

        let back = Request::navigation(there.header("location").unwrap());
        let page = browser.send(back).await;

        if good {
            assert_eq!(page.url().as_str(), url("/who"));
            continue;
        }
        is_refusal(page.last(), 400, "expired");
        assert!(transactions(&browser).is_empty());
        assert_eq!((session(&browser), app.provider.counters().token), before);
    }
}

/// S-27, D-02: the oldest is deleted by a `Set-Cookie`, and the newest five still work.
#[tokio::test]
async fn fifty_sign_ins_leave_five_transactions() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    let mut callbacks = Vec::new();

    for tab in 0..50 {
        app.clock.advance(Duration::from_secs(1));
        let path = format!("/auth/sign-in?replace=oldest&return_to=/?tab={tab}");
        callbacks.push(begun_here(&app, &browser, &path).await);
        assert!(transactions(&browser).len() <= 5);
    }

    for cookie in transactions(&browser) {
        assert!(browser.jar().cookie(&cookie).unwrap().size() <= 400);
    }
    for (tab, callback) in callbacks.iter().enumerate().skip(45) {
        let page = browser.send(returning(&app, callback)).await;
        assert_eq!(page.url().as_str(), url(&format!("/?tab={tab}")));
    }
    let tokens = app.provider.counters().token;
    let oldest = browser.thief();
    for name in App::cookies(&oldest) {
        oldest.jar().delete(&name);
    }
    let restarted = oldest.step(&returning(&app, &callbacks[44])).await;
    let location = Url::parse(restarted.header("location").unwrap()).unwrap();
    assert!(parameter(&location, "state").unwrap().starts_with('b'));
    assert_eq!(app.provider.counters().token, tokens);
}

/// The redirect of the provider for a browser whose user presses "Sign in here".
async fn begun_here(app: &App, browser: &Browser, path: &str) -> Url {
    let press = Request::navigation(&url(path)).from(ORIGIN);
    let there = browser.step(&press.method(Method::POST)).await;
    let there = there.header("location").expect("a redirect").to_owned();
    assert!(there.starts_with(app.provider.issuer()), "{there}");
    let back = browser.step(&Request::navigation(&there)).await;
    Url::parse(back.header("location").expect("a user that is known")).expect("a URL")
}

/// S-27: cookies that only look like ours do not displace a real sign-in, although they are older
/// and come before it.
#[tokio::test]
async fn transactions_that_do_not_open_are_evicted_first() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    for number in 0..4 {
        let forged = format!("__Host-Http-auth.txn.{number:021}A");
        browser.jar().inject(HOST, forged, "AQ".repeat(60));
    }
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let real = transactions(&browser);
    let real = real.iter().find(|name| !name.contains("00000000")).unwrap();
    assert_eq!(transactions(&browser).len(), 5);

    app.clock.advance(Duration::from_secs(1));
    browser
        .step(&Request::navigation(&url("/auth/sign-in")))
        .await;

    assert_eq!(transactions(&browser).len(), 5);
    assert!(transactions(&browser).contains(real));
    assert_eq!(
        browser.send(returning(&app, &callback)).await.text(),
        "alice"
    );
}

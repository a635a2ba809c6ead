//! The effects of a sign-out that is allowed.

use std::time::Duration;
use tower_oidc_tests::random_text;

use http::Method;
use oidc_dev_provider::{Client, Fault, User};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, sign_in_as, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::gate::slow_page;
use tower_oidc_tests::visits::sign_out_button;
use tower_oidc_tests::{App, Browser};
use url::Url;

const HOST: &str = "app.example";

/// The button of the application's own page.
async fn post(browser: &Browser) -> Page {
    browser.send(sign_out_button()).await
}

/// The same by a script.
async fn post_for_json(browser: &Browser) -> Page {
    let request = Request::fetch(&url("/auth/sign-out"))
        .from(ORIGIN)
        .method(Method::POST)
        .header("accept", "application/json");
    browser.send(request).await
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// E-06: the user is signed out here and at the provider, and returns to the home page.
#[tokio::test]
async fn a_sign_out_ends_the_session_here_and_at_the_provider() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    assert_eq!(app.provider.session_count(), 1);

    let page = post(&browser).await;

    let ours = &page.exchanges()[0];
    assert_eq!(ours.status(), 303);
    assert_eq!(ours.header("cache-control"), Some("no-store"));
    assert_eq!(ours.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(page.text(), "nobody");
    assert!(App::cookies(&browser).is_empty());
    assert_eq!(app.provider.session_count(), 0);
    assert_eq!(app.provider.counters().end_session, 1);
}

/// RP-Initiated Logout 1.0 section 2.
#[tokio::test]
async fn the_logout_url_names_the_session_the_client_and_the_return_url() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let id_token = browser.open(&url("/who")).await.json()["id_token"].clone();

    let page = post(&browser).await;

    let location = page.exchanges()[1].url();
    assert!(location.as_str().starts_with(app.provider.issuer()));
    let hint = parameter(location, "id_token_hint");
    assert_eq!(hint.as_deref(), id_token.as_str());
    assert_eq!(parameter(location, "client_id").as_deref(), Some(CLIENT_ID));
    let after = parameter(location, "post_logout_redirect_uri");
    assert_eq!(after, Some(url("/")));
}

/// E-06: a browser with an older cookie names the ID token of the last refresh, on our route as in a
/// handler of the application.
#[tokio::test]
async fn a_sign_out_with_an_older_cookie_names_the_newest_id_token() {
    for path in ["/auth/sign-out", "/leave"] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        let behind = browser.thief();
        let first = browser.open(&url("/who")).await.json()["id_token"].clone();
        app.clock.advance(Duration::from_secs(10));
        let refreshed = browser.open(&url("/refresh")).await.json();
        assert_eq!(refreshed["claims_renewed"], true);
        let newest = browser.open(&url("/who")).await.json()["id_token"].clone();
        assert_ne!(newest, first);

        let method = match path {
            "/leave" => Method::GET,
            _ => Method::POST,
        };
        let request = Request::navigation(&url(path)).from(ORIGIN).method(method);
        let page = behind.send(request).await;

        let hint = parameter(page.exchanges()[1].url(), "id_token_hint");
        assert_eq!(hint.as_deref(), newest.as_str(), "{path}");
    }
}

/// E-06: chunks, cookies of a newer version, and sign-ins in progress.
#[tokio::test]
async fn a_sign_out_deletes_every_cookie_of_ours_and_no_other() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    for _ in 0..2 {
        browser.open(&url("/auth/sign-in?prompt=login")).await;
    }
    assert_eq!(App::cookies(&browser).len(), 3);
    for index in 1..=8 {
        let name = format!("__Host-Http-auth.{index}");
        browser.jar().inject(HOST, name, "9AgAAAAAAleft-over");
    }
    browser
        .jar()
        .inject(HOST, "__Host-Http-auth.logout", "left-over");
    for foreign in [
        "theme",
        "__Host-Http-authX",
        "__Host-Http-auth.9",
        "__Host-Http-auth-foo",
    ] {
        browser.jar().inject(HOST, foreign, "1");
    }

    let exchange = browser.step(&sign_out_button()).await;

    let mut left: Vec<_> = browser.jar().cookies();
    left.retain(|cookie| cookie.domain == HOST);
    let mut names: Vec<_> = left.iter().map(|it| it.name().into_owned()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "__Host-Http-auth-foo",
            "__Host-Http-auth.9",
            "__Host-Http-authX",
            "theme"
        ]
    );
    assert!(exchange.refused().is_empty());
    let head = exchange.head_size();
    println!("a sign-out's response head: {head} bytes");
    assert!(head < 4_000, "{head}");
}

/// The redirect to the provider is in the same head as all the deletions: the hint is dropped
/// before the head gets too long, however many sign-ins are in progress or injected.
#[tokio::test]
async fn the_response_head_of_a_sign_out_passes_a_stock_nginx() {
    for length in [0, 500, 800, 1_100, 1_400] {
        for pending in [0, 1, 5, 40] {
            let app = App::with_provider(
                |provider| provider.user(User::new("dave").claim("about", random_text(length))),
                |auth| auth,
            )
            .await;
            let browser = app.browser();
            sign_in_as(&browser, "dave").await;
            for number in 0..pending {
                let name = format!("__Host-Http-auth.txn.{number:021}A");
                browser.jar().inject(HOST, name, "AQ".repeat(60));
            }

            let page = post(&browser).await;

            let head = page.exchanges()[0].head_size();
            println!("{length} and {pending}: a head of {head} bytes");
            assert!(head < 4_000, "{length}, {pending}: {head}");
            let hint = parameter(page.exchanges()[1].url(), "id_token_hint");
            if pending == 0 && length < 1_000 {
                assert!(hint.is_some(), "{length}");
            }
        }
    }
}

/// L-08: a hint that would make the URL too long is left out, and replaced by the user's `sub`.
#[tokio::test]
async fn a_hint_that_is_too_long_is_left_out() {
    let app = App::with_provider(
        |provider| provider.user(User::new("dave").claim("about", random_text(4_000))),
        |auth| auth,
    )
    .await;
    let browser = app.browser();
    sign_in_as(&browser, "dave").await;

    let page = post(&browser).await;

    let location = page.exchanges()[1].url();
    assert_eq!(parameter(location, "id_token_hint"), None);
    assert_eq!(parameter(location, "logout_hint").as_deref(), Some("dave"));
    assert_eq!(parameter(location, "client_id").as_deref(), Some(CLIENT_ID));
    assert!(page.exchanges()[0].head_size() < 4_000);
    assert!(App::cookies(&browser).is_empty());
}

/// Without a session there is nothing to end at the provider, and nothing fails.
#[tokio::test]
async fn an_anonymous_visitor_who_signs_out_is_sent_to_the_default_page() {
    let app = App::start().await;
    let browser = app.browser();

    let page = post(&browser).await;

    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(app.provider.counters().end_session, 0);
    let answer = post_for_json(&browser).await.json();
    assert_eq!(answer["logoutUrl"], "/auth/sign-out/continue");
    let page = browser.open(&url("/auth/sign-out/continue")).await;
    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(app.provider.counters().end_session, 0);
}

/// E-07, and an issuer without the endpoint: the user gets the configured page.
#[tokio::test]
async fn a_sign_out_works_while_the_provider_is_down() {
    for fault in [
        Fault::DiscoveryUnavailable,
        Fault::DiscoveryHtml,
        Fault::DiscoveryHuge,
        Fault::DiscoveryIssuerMismatch,
    ] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        // Another instance, which has not reached the provider yet.
        let instance = app.another_instance(|auth| auth).await;
        instance.serve(&browser);
        app.provider.add_fault(fault);

        let page = post(&browser).await;

        assert_eq!(page.exchanges()[0].status(), 303, "{fault:?}");
        assert_eq!(page.url().as_str(), url("/"), "{fault:?}");
        assert!(App::cookies(&browser).is_empty(), "{fault:?}");
    }
}

/// A handler of the application signs out as the route does.
#[tokio::test]
async fn a_handler_signs_out_as_the_route_does() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    let page = browser.navigate(ORIGIN, &url("/leave")).await;

    assert_eq!(page.text(), "nobody");
    assert!(App::cookies(&browser).is_empty());
    assert_eq!(app.provider.session_count(), 0);
}

/// Only this instance knows that the session was revoked; see the documentation.
#[tokio::test]
async fn a_copied_cookie_is_refused_by_this_instance_after_the_sign_out() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let thief = browser.thief();
    assert_eq!(thief.open(&url("/")).await.text(), "alice");

    post(&browser).await;

    let page = thief.open(&url("/explain")).await;
    assert_eq!(page.text(), "signed_out");
    assert!(page.last().set_cookies().is_empty());
    let session = thief
        .fetch(ORIGIN, Method::GET, &url("/auth/session"))
        .await;
    assert_eq!(session.json()["authenticated"], false);
    // For as long as the cookie could be opened.
    app.clock.advance(Duration::from_secs(23 * 3600));
    assert_eq!(thief.open(&url("/explain")).await.text(), "signed_out");
}

/// E-01: a new sign-in replaces the session, and the old cookie ends with it.
#[tokio::test]
async fn a_replaced_session_is_refused_by_this_process() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let thief = browser.thief();

    assert_eq!(sign_in_as(&browser, "bob").await.text(), "bob");

    assert_eq!(thief.open(&url("/explain")).await.text(), "signed_out");
    assert_eq!(browser.open(&url("/")).await.text(), "bob");
}

/// N-04 without a refresh: a response that began before the sign-out, and would renew the session
/// after it, does not restore it.
#[tokio::test]
async fn a_slow_response_does_not_restore_the_session() {
    for signs_out_first in [false, true] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        app.clock.advance(Duration::from_secs(12 * 3600));
        let (slow, gate) = slow_page(&app.auth, |auth, gate| async move {
            let name = auth.claims().map(|claims| claims.sub().to_owned());
            gate.pass().await;
            name.unwrap_or_default()
        })
        .await;
        let tab = browser.clone();
        let waiting = tab.thief();
        waiting.map(ORIGIN, slow.address());

        let response = tokio::spawn(async move { waiting.open(&url("/slow")).await });
        gate.entered().await;
        if signs_out_first {
            post(&browser).await;
        }
        gate.open();
        let response = response.await.expect("a response");

        assert_eq!(response.text(), "alice");
        let renewed = !response.last().set_cookies().is_empty();
        assert_eq!(renewed, !signs_out_first);
    }
}

/// Two sign-outs at once, and one after the other.
#[tokio::test]
async fn a_sign_out_may_be_repeated() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let twin = browser.thief();

    let (one, two) = tokio::join!(post_for_json(&browser), post_for_json(&twin));

    assert_eq!((one.status(), two.status()), (200, 200));
    assert_eq!(post_for_json(&browser).await.status(), 200);
    for browser in [browser, twin] {
        assert_eq!(App::cookies(&browser), ["__Host-Http-auth.logout"]);
    }
}

/// B-01: nothing is turned on, so there is no defence that could be removed.
#[tokio::test]
async fn there_is_no_logout_endpoint_for_the_provider() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    for path in ["/auth/backchannel-logout", "/auth/frontchannel-logout"] {
        let request = Request::fetch(&url(path)).form(&[("logout_token", "eyJ")]);

        let page = browser.send(request).await;

        assert_eq!(page.status(), 404, "{path}");
        assert_eq!(page.header("x-answered-by"), Some("application"), "{path}");
    }
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

/// The page that asks sends a POST, and browsers check the redirects after it against the page's
/// `form-action`.
#[tokio::test]
async fn the_page_that_asks_leads_to_another_origin_that_is_configured() {
    let app = App::with_provider(
        |provider| {
            let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
                .redirect_uri(url("/auth/callback"))
                .post_logout_redirect_uri("https://www.example/bye");
            provider.client(client)
        },
        |auth| auth.after_sign_out("https://www.example/bye"),
    )
    .await;
    let browser = app.signed_in_browser().await;
    browser.map("https://www.example", app.address());

    let page = browser.open(&url("/auth/sign-out")).await;
    let page = page.press("Sign out").await;

    assert_eq!(page.url().as_str(), "https://www.example/bye");
}

#[tokio::test]
async fn a_sign_out_after_the_session_expired_still_ends_the_providers() {
    let app = App::with(|auth| auth.idle_lifetime(Duration::from_secs(3600))).await;
    let browser = app.signed_in_browser().await;
    let thief = browser.thief();
    let kept = thief
        .jar()
        .cookie("__Host-Http-auth")
        .unwrap()
        .value()
        .into_owned();
    app.clock.advance(Duration::from_secs(3600));
    thief.jar().inject("app.example", "__Host-Http-auth", kept);

    let page = thief.open(&url("/auth/sign-out")).await;
    let page = page.press("Sign out").await;

    assert!(
        page.url().as_str().starts_with(app.provider.issuer()),
        "{}",
        page.url()
    );
}

//! A session belongs to one provider: its tokens go there and nowhere else, and its user is known by issuer
//! and `sub`.

use oidc_dev_provider::DevProvider;
use tower_oidc::{AuthLayer, Provider};
use tower_oidc_tests::app::{CLIENT_ID, ORIGIN, SECRET, router, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::two_providers::{OTHER_CLIENT, sign_in_at};
use tower_oidc_tests::visits::{EXPIRY, answer};
use tower_oidc_tests::{TestServer, TwoProviders};

/// How many requests of a session a provider got.
fn session_requests(provider: &DevProvider) -> u64 {
    let it = provider.counters();
    it.token + it.user_info + it.introspection + it.revocation + it.end_session
}

/// W-01
#[tokio::test]
async fn every_request_of_a_session_goes_to_its_provider() {
    let app = TwoProviders::start().await;
    for (id, own, other) in [("one", &app.one, &app.two), ("two", &app.two, &app.one)] {
        let before = session_requests(other);
        let browser = app.signed_in_at(id).await;

        answer(&browser, "/ask/user-info").await;
        answer(&browser, "/ask/introspection").await;
        assert_eq!(browser.open(&url("/revoke")).await.text(), "Revoked");
        app.clock.advance(EXPIRY);
        answer(&browser, "/token").await;
        let page = browser.open(&url("/leave")).await;

        let mut exchanges = page.exchanges().iter();
        let signs_out_there = exchanges.any(|exchange| {
            exchange.url().as_str().starts_with(own.issuer())
                && exchange.url().path().ends_with("/end_session")
        });
        assert!(signs_out_there, "{id}");
        assert_eq!(session_requests(other), before, "{id}");
        assert_eq!(own.refreshes().len(), 1, "{id}");
        // The access token, and the refresh token at the sign-out.
        assert_eq!(own.counters().revocation, 2, "{id}");
    }
}

/// W-01
#[tokio::test]
async fn of_two_clients_of_one_issuer_each_sends_only_its_own_tokens() {
    let app = TwoProviders::two_clients().await;
    for (id, client) in [("one", CLIENT_ID), ("two", OTHER_CLIENT)] {
        let sent = app.one.token_requests().len();
        let browser = app.signed_in_at(id).await;
        let introspection = answer(&browser, "/ask/introspection").await;
        assert_eq!(introspection["client_id"], client);
        assert_eq!(introspection["active"], true);
        app.clock.advance(EXPIRY);
        answer(&browser, "/token").await;

        let requests = app.one.token_requests();
        let requests = &requests[sent..];
        assert_eq!(requests.len(), 2, "the code and the refresh");
        let credentials: Vec<_> = requests.iter().map(|it| it.authorization()).collect();
        assert_eq!(credentials[0], credentials[1]);
        let other = app.one.token_requests();
        let others = other[..sent].iter().map(|it| it.authorization());
        assert!(others.into_iter().all(|it| it != credentials[0]), "{id}");
    }
}

/// W-05
#[tokio::test]
async fn the_same_sub_at_another_provider_is_another_user() {
    let app = TwoProviders::start().await;
    let browser = app.signed_in_at("one").await;
    browser.open(&url("/data?set=kept")).await;

    let page = sign_in_at(&browser, "two", "alice").await;

    assert_eq!(page.text(), "alice");
    let provider = browser.open(&url("/provider")).await;
    assert_eq!(provider.text(), format!("two {}", app.two.issuer()));
    assert!(!browser.open(&url("/data")).await.text().contains("kept"));
    // What the other user left behind is revoked, where it was issued.
    assert_eq!(app.one.counters().revocation, 1);
    assert_eq!(app.two.counters().revocation, 0);
}

/// W-05
#[tokio::test]
async fn a_user_who_has_to_sign_in_again_is_sent_to_the_same_provider() {
    let app = TwoProviders::start().await;
    let browser = app.signed_in_at("two").await;

    let again = browser.step(&Request::navigation(&url("/again"))).await;

    let location = again.header("location").unwrap();
    assert!(location.starts_with(app.two.issuer()), "{location}");
}

/// W-01
#[tokio::test]
async fn a_session_of_a_provider_that_is_no_longer_registered_is_ignored() {
    let app = TwoProviders::start().await;
    let browser = app.signed_in_at("two").await;
    let later = AuthLayer::builder()
        .provider_with_id("one", Provider::new(app.one.issuer(), CLIENT_ID))
        .base_url(ORIGIN)
        .cookie_secret(SECRET)
        .clock(app.clock.clone())
        .build()
        .unwrap();
    let server = TestServer::start(router().layer(later)).await;
    browser.map(ORIGIN, server.address());

    let page = browser.open(&url("/explain")).await;

    assert_eq!(page.text(), "other_provider");
    assert_eq!(session_requests(&app.one), 0);
}

/// W-05: scripts can distinguish the users, too.
#[tokio::test]
async fn the_session_route_shows_the_issuer_beside_the_sub() {
    let app = TwoProviders::start().await;
    for (id, provider) in [("one", &app.one), ("two", &app.two)] {
        let browser = app.signed_in_at(id).await;
        let claims = answer(&browser, "/auth/session").await["claims"].clone();
        assert_eq!(claims["sub"], "alice");
        assert_eq!(claims["iss"], provider.issuer());
    }
}

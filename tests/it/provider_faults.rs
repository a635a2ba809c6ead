//! A provider that is down, slow or faulty fails its users' sign-ins, and affects nothing else.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::ACCEPT_ENCODING;
use oidc_dev_provider::Fault;
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError};
use tower_oidc::{AuthLayerBuilder, Provider};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, sign_in, sign_in_as, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::{App, Browser};

/// So that a provider that never responds does not hold up the test; the default is ten seconds.
fn with_short_timeout(auth: AuthLayerBuilder) -> AuthLayerBuilder {
    let client = HyperClient::builder().timeout(Duration::from_millis(300));
    auth.http_client(client.build())
}

/// The common properties of every response to a failed sign-in.
fn is_our_error_page(page: &Page, case: &str) {
    assert_eq!(page.header("cache-control"), Some("no-store"), "{case}");
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8"),
        "{case}"
    );
    assert!(page.text().contains("/auth/sign-in"), "{case}");
}

/// Signed-in users stay so, and the application responds.
async fn is_unaffected(browser: &Browser, case: &str) {
    assert_eq!(browser.open(&url("/")).await.text(), "alice", "{case}");
    let private = browser.navigate(ORIGIN, &url("/private")).await;
    assert_eq!(private.text(), "alice", "{case}");
}

/// T-02, T-03, T-04, T-05, T-06, T-07, T-09, T-11, T-12 at the code exchange: the code is sent
/// once, the transaction is deleted, an existing session stays, and the next sign-in works.
#[tokio::test]
async fn a_failing_token_endpoint_fails_one_sign_in_without_a_retry() {
    let faults = [
        (Fault::TokenEndpointUnavailable, 502),
        (Fault::TokenEndpointTooManyRequests, 502),
        (Fault::TokenEndpointHtml, 502),
        (Fault::TokenEndpointEmpty, 502),
        (Fault::TokenEndpointArray, 502),
        (Fault::TokenEndpointRedirect, 502),
        (Fault::TokenEndpointHuge, 502),
        (Fault::TokenEndpointTruncated, 502),
        (Fault::TokenEndpointHangs, 502),
        (Fault::TokenEndpointInvalidClient, 500),
        (Fault::TokenEndpointInvalidGrant, 400),
        (Fault::MissingTokenType, 502),
        (Fault::WrongTokenType, 502),
        (Fault::MalformedAccessToken, 502),
        (Fault::NoIdToken, 400),
    ];
    let app = App::with(with_short_timeout).await;
    let browser = app.signed_in_browser().await;
    for (fault, status) in faults {
        let case = format!("{fault:?}");
        app.provider.add_fault(fault);
        let requests = app.provider.counters().token;

        let page = sign_in_as(&browser, "bob").await;

        assert_eq!(page.status(), status, "{case}");
        if status != 500 {
            is_our_error_page(&page, &case);
        }
        assert_eq!(app.provider.counters().token, requests + 1, "{case}");
        assert_eq!(App::cookies(&browser), ["__Host-Http-auth"], "{case}");
        is_unaffected(&browser, &case).await;
        app.provider.clear_faults();
    }
    assert_eq!(sign_in_as(&browser, "bob").await.text(), "bob");
}

/// Checks that no compression is requested.
#[derive(Clone, Debug)]
struct NoCompressionRequested(HyperClient);

impl HttpClient for NoCompressionRequested {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        assert!(!request.headers().contains_key(ACCEPT_ENCODING));
        self.0.call(request)
    }
}

/// T-08: no compression is requested, and valid tokens in a compressed response are not
/// decompressed: decompression could fill the memory.
#[tokio::test]
async fn a_compressed_response_is_refused_without_decompressing_it() {
    let app = App::with(|auth| auth.http_client(NoCompressionRequested(HyperClient::new()))).await;
    assert_eq!(sign_in(&app.browser()).await.text(), "alice");
    app.provider.add_fault(Fault::TokenResponseCompressed);

    let page = sign_in(&app.browser()).await;

    assert_eq!(page.status(), 502);
    is_our_error_page(&page, "gzip");
}

/// T-10: no lifetime of a token in a response is a reason to refuse it, or to panic.
#[tokio::test]
async fn a_strange_lifetime_of_the_access_token_is_tolerated() {
    let now = 1_767_225_600;
    for (fault, expires) in [
        (Fault::MissingExpiresIn, None),
        (Fault::StringExpiresIn, Some(now + 3_600)),
        (Fault::ZeroExpiresIn, Some(now)),
        (Fault::NegativeExpiresIn, Some(now)),
        (Fault::HugeExpiresIn, Some(u64::MAX)),
    ] {
        let app = App::with_provider(|provider| provider.fault(fault), |auth| auth).await;
        let browser = app.signed_in_browser().await;

        let who = browser.open(&url("/who")).await.json();

        let at = who["access_token_expires"].as_u64();
        match expires {
            Some(u64::MAX) => assert!(at.expect("an expiry") > now, "{fault:?}"),
            expected => assert_eq!(at, expected, "{fault:?}"),
        }
    }
}

/// T-14: the granted scopes are stored, not the requested ones.
#[tokio::test]
async fn the_scopes_are_those_that_the_provider_granted() {
    let app = App::start().await;
    let issuer = app.provider.issuer().to_owned();
    let instance = app
        .another_instance(|auth| {
            let provider = Provider::new(issuer, CLIENT_ID).client_secret(CLIENT_SECRET);
            auth.provider(provider.scopes(["openid", "profile", "orders:write"]))
        })
        .await;
    let browser = app.browser();
    instance.serve(&browser);
    sign_in(&browser).await;

    let who = browser.open(&url("/who")).await.json();

    assert_eq!(who["scopes"], serde_json::json!(["openid", "profile"]));
}

/// T-17: only the sign-in routes fail, signed-in users notice nothing, and the layer recovers by
/// itself.
#[tokio::test]
async fn without_metadata_only_the_sign_in_routes_fail() {
    for fault in [
        Fault::DiscoveryUnavailable,
        Fault::DiscoveryHtml,
        Fault::DiscoveryRedirect,
        Fault::DiscoveryHangs,
        Fault::DiscoveryHuge,
        Fault::DiscoveryIssuerMismatch,
        Fault::DiscoveryMissingJwksUri,
        Fault::DiscoveryTokenEndpointOnOtherHost,
    ] {
        let case = format!("{fault:?}");
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        let fresh = app.another_instance(with_short_timeout).await;
        fresh.serve(&browser);
        app.provider.add_fault(fault);

        let page = browser.open(&url("/auth/sign-in")).await;

        assert_eq!(page.status(), 502, "{case}");
        is_our_error_page(&page, &case);
        assert_eq!(App::cookies(&browser), ["__Host-Http-auth"], "{case}");
        is_unaffected(&browser, &case).await;
        let who = browser.open(&url("/who")).await;
        assert_eq!(who.status(), 200, "{case}");

        app.provider.clear_faults();
        // Parsed metadata are kept for their normal time.
        app.clock.advance(Duration::from_secs(12 * 3600));
        assert_eq!(sign_in(&browser).await.text(), "alice", "{case}");
    }
}

/// T-01
#[tokio::test]
async fn an_unreachable_provider_affects_no_signed_in_user() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let fresh = app.another_instance(with_short_timeout).await;
    let clock = app.clock.clone();
    app.provider.shutdown().await;
    fresh.serve(&browser);

    assert_eq!(browser.open(&url("/auth/sign-in")).await.status(), 502);

    is_unaffected(&browser, "gone").await;
    clock.advance(Duration::from_secs(12 * 3600));
    let renewed = browser.open(&url("/")).await;
    assert_eq!(renewed.last().set_cookies().len(), 1);
    let session = browser
        .fetch(ORIGIN, Method::GET, &url("/auth/session"))
        .await;
    assert_eq!(session.json()["authenticated"], true);
}

/// D-08, for one client address: many sign-ins at once while the provider fails send it one
/// request, not one each.
#[tokio::test]
async fn many_sign_ins_at_once_send_one_request_to_a_failing_provider() {
    let app = App::with_provider(
        |provider| provider.fault(Fault::DiscoveryUnavailable),
        |auth| auth,
    )
    .await;
    let visits: Vec<_> = (0..20)
        .map(|_| {
            let browser = app.browser();
            tokio::spawn(async move { browser.open(&url("/auth/sign-in")).await.status() })
        })
        .collect();
    for visit in visits {
        assert_eq!(visit.await.expect("an answer"), 502);
    }

    assert_eq!(app.provider.counters().discovery, 1);
}

/// J-03: without keys there is no sign-in.
#[tokio::test]
async fn without_keys_the_sign_in_fails() {
    for fault in [
        Fault::JwksUnavailable,
        Fault::JwksHtml,
        Fault::JwksRedirect,
        Fault::JwksHangs,
        Fault::JwksHuge,
    ] {
        let case = format!("{fault:?}");
        let app = App::with(with_short_timeout).await;
        app.provider.add_fault(fault);
        let browser = app.browser();

        let page = sign_in(&browser).await;

        assert_eq!(page.status(), 502, "{case}");
        is_our_error_page(&page, &case);
        assert!(App::cookies(&browser).is_empty(), "{case}");
        app.provider.clear_faults();
        app.clock.advance(Duration::from_secs(2));
        assert_eq!(sign_in(&browser).await.text(), "alice", "{case}");
    }
}

/// J-03: fetched keys stay in use while the provider's key endpoint is down.
#[tokio::test]
async fn the_last_good_keys_are_used_while_newer_ones_cannot_be_fetched() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    for fault in [Fault::JwksUnavailable, Fault::JwksHtml, Fault::JwksHuge] {
        app.provider.add_fault(fault);
        app.clock.advance(Duration::from_secs(4 * 3600));

        assert_eq!(sign_in(&browser).await.text(), "alice", "{fault:?}");
        app.provider.clear_faults();
    }
}

/// J-01
#[tokio::test]
async fn a_key_rotation_causes_one_fetch_and_fails_no_sign_in() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    for keeps_old in [true, false] {
        app.clock.advance(Duration::from_secs(60));
        let before = app.provider.counters().jwks;
        if keeps_old {
            app.provider.rotate_keys_keeping_old();
        } else {
            app.provider.rotate_keys();
        }

        assert_eq!(sign_in(&browser).await.text(), "alice");

        assert_eq!(app.provider.counters().jwks, before + 1);
    }
}

/// J-04, J-05, J-06
#[tokio::test]
async fn bad_keys_among_good_ones_are_harmless() {
    for fault in [Fault::JwksBadKeysAmongGood, Fault::JwksDuplicateKid] {
        let app = App::with_provider(|provider| provider.fault(fault), |auth| auth).await;

        assert_eq!(sign_in(&app.browser()).await.text(), "alice", "{fault:?}");
    }
}

/// D-09: an ID token of 100 KiB.
#[tokio::test]
async fn a_huge_id_token_fails_the_sign_in() {
    let app = App::with_provider(|provider| provider.fault(Fault::HugeIdToken), |auth| auth).await;
    let browser = app.browser();

    let page = sign_in(&browser).await;

    // More than a JWT may have, so it is not treated as a JWT at all.
    assert_eq!(page.status(), 400);
    assert!(App::cookies(&browser).is_empty());
}

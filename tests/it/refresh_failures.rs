//! Refreshes that fail: no user is signed out, valid tokens are served, and then the error says
//! whether to sign in again or to try later.

use std::time::Duration;

use http::StatusCode;
use oidc_dev_provider::{Fault, User};
use tower_oidc::Provider;
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, sign_in, sign_in_as, url};
use tower_oidc_tests::visits::{DUE, EXPIRY, LAST, answer, fetch, navigate, token};
use tower_oidc_tests::{App, Browser, FaultyClient};

use crate::log;

/// How soon a failed provider is asked again.
const PAUSE: Duration = Duration::from_secs(2);

/// The rest of the application works, and no response changes the session.
async fn is_signed_in(browser: &Browser, case: &str) {
    for path in ["/", "/private"] {
        let page = browser.open(&url(path)).await;
        assert_eq!(page.text(), "alice", "{case}");
        assert!(page.last().set_cookies().is_empty(), "{case}");
    }
}

/// How soon a provider that rejected the client is asked again.
const PAUSE_OF_CLIENT: Duration = Duration::from_secs(10);

/// A script gets 503 with `Retry-After`, a person a page; the session is left alone.
async fn is_asked_to_try_later(browser: &Browser, pause: Duration, case: &str) {
    let seconds = pause.as_secs().to_string();
    let script = fetch(browser, "/token").await;
    assert_eq!(script.status(), 503, "{case}");
    assert_eq!(script.header("retry-after"), Some(&*seconds), "{case}");
    assert_eq!(script.json()["error"], "unavailable", "{case}");
    let person = navigate(browser, "/token").await;
    assert_eq!(person.status(), 503, "{case}");
    assert_eq!(person.header("retry-after"), Some(&*seconds), "{case}");
    for exchange in [script.last(), &person] {
        assert!(exchange.set_cookies().is_empty(), "{case}");
    }
}

/// F-03
#[tokio::test]
async fn a_refused_refresh_token_signs_nobody_out_while_the_access_token_is_valid() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let first = token(&browser).await;
    app.clock.advance(DUE);
    app.provider.disable_user("alice");

    for _ in 0..20 {
        let page = browser.open(&url("/token")).await;
        assert_eq!(page.json()["token"], first);
        assert!(page.last().set_cookies().is_empty());
    }

    assert_eq!(app.provider.refreshes().len(), 1);
    is_signed_in(&browser, "while it lives").await;
}

/// F-03: without a token the user has to sign in again; the provider is asked only once.
#[tokio::test]
async fn a_refused_refresh_token_is_remembered_until_a_new_sign_in_replaces_it() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(EXPIRY);
    app.provider.disable_user("alice");

    for _ in 0..10 {
        let script = fetch(&browser, "/token").await;
        assert_eq!(script.status(), 401);
        assert_eq!(script.json()["error"], "sign_in_required");
        assert!(script.last().set_cookies().is_empty());
        let person = navigate(&browser, "/token").await;
        assert_eq!(person.status(), 303);
        let location = person.header("location");
        assert_eq!(
            location,
            Some("/auth/sign-in?after=refusal&return_to=%2Ftoken")
        );
        assert!(person.set_cookies().is_empty());
    }
    assert_eq!(app.provider.refreshes().len(), 1);
    is_signed_in(&browser, "without a token").await;
    app.clock.advance(Duration::from_secs(59));
    assert_eq!(fetch(&browser, "/token").await.status(), 401);
    assert_eq!(app.provider.refreshes().len(), 1);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(fetch(&browser, "/token").await.status(), 401);
    assert_eq!(app.provider.refreshes().len(), 2);

    app.provider.enable_user("alice");
    assert_eq!(sign_in(&browser).await.text(), "alice");

    answer(&browser, "/refresh").await;
}

/// F-04, T-13: with a refresh token that stays valid, everything continues when the provider has
/// recovered.
#[tokio::test]
async fn while_the_provider_fails_only_expired_tokens_are_unavailable() {
    for fault in [
        Fault::RefreshUnavailable,
        Fault::RefreshTooManyRequests,
        Fault::RefreshHtml,
        Fault::RefreshConnectionClosed,
        Fault::RefreshTruncated,
        Fault::TokenEndpointHuge,
        Fault::MissingTokenType,
    ] {
        let case = format!("{fault:?}");
        let app = App::with_provider(|it| it.rotate_refresh_tokens(false), |auth| auth).await;
        let browser = app.signed_in_browser().await;
        let first = token(&browser).await;
        app.clock.advance(DUE);
        app.provider.add_fault(fault);

        for _ in 0..5 {
            assert_eq!(token(&browser).await, first, "{case}");
        }
        app.clock.advance(LAST);
        is_asked_to_try_later(&browser, PAUSE, &case).await;
        is_signed_in(&browser, &case).await;

        app.provider.clear_faults();
        app.clock.advance(PAUSE);
        assert_ne!(token(&browser).await, first, "{case}");
    }
}

/// F-04: a server error, and responses that the faults of the development provider do not produce.
#[tokio::test]
async fn an_inconclusive_response_ends_no_session() {
    for (status, body) in [
        (500, r#"{"error":"server_error"}"#),
        // With a status that reports a failure, its error code proves nothing.
        (500, r#"{"error":"invalid_grant"}"#),
        (502, "<html>"),
        (400, r#"{"error":"temporarily_unavailable"}"#),
        (400, r#"{"error":"invalid_client"}"#),
        (401, r#"{"error":"invalid_client"}"#),
        (408, ""),
        (425, r#"{"error":"invalid_grant"}"#),
        (403, "<html>"),
        (200, "{}"),
        (200, ""),
        (302, ""),
    ] {
        let case = format!("{status} {body}");
        let client = FaultyClient::new();
        let app = App::with(|auth| auth.http_client(client.clone())).await;
        let browser = app.signed_in_browser().await;
        let first = token(&browser).await;
        app.clock.advance(DUE);
        client.answer("", StatusCode::from_u16(status).unwrap(), body);

        for _ in 0..5 {
            assert_eq!(token(&browser).await, first, "{case}");
        }
        assert_eq!(client.answered(), 1, "{case}");
        let pause = match body.contains("invalid_client") {
            true => PAUSE_OF_CLIENT,
            false => PAUSE,
        };
        app.clock.advance(LAST.max(pause));
        is_asked_to_try_later(&browser, pause, &case).await;
        assert_eq!(client.answered(), 2, "{case}");
        is_signed_in(&browser, &case).await;

        client.heal();
        app.clock.advance(pause);
        assert_ne!(token(&browser).await, first, "{case}");
    }
}

/// N-13: the provider has rotated the refresh token, and its response was lost.
#[tokio::test]
async fn a_refresh_whose_response_is_lost_is_not_repeated() {
    for fault in [Fault::RefreshConnectionClosed, Fault::RefreshTruncated] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        let first = token(&browser).await;
        app.clock.advance(DUE);
        app.provider.add_fault(fault);

        for _ in 0..20 {
            assert_eq!(token(&browser).await, first, "{fault:?}");
        }

        assert_eq!(app.provider.counters().token, 2, "{fault:?}");
        is_signed_in(&browser, "the answer is lost").await;
    }
}

/// F-05: the session has ended on this instance, for every copy of its cookie.
#[tokio::test]
async fn an_id_token_of_another_user_or_sign_in_ends_the_session() {
    for fault in [
        Fault::RefreshIdTokenWrongSub,
        Fault::RefreshIdTokenWrongIssuer,
        Fault::RefreshIdTokenWrongAudience,
        Fault::RefreshIdTokenWrongAuthorizedParty,
        Fault::RefreshIdTokenWrongAuthTime,
        Fault::RefreshIdTokenEarlierAuthTime,
        Fault::RefreshIdTokenFutureAuthTime,
        Fault::RefreshIdTokenWrongNonce,
    ] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        let copy = browser.thief();
        let bystander = app.browser();
        sign_in_as(&bystander, "bob").await;
        let first = token(&browser).await;
        app.clock.advance(DUE);
        app.provider.add_fault(fault);
        let log = log::record();

        let page = fetch(&browser, "/token").await;

        assert_eq!(page.status(), 401, "{fault:?}: {}", page.text());
        assert_eq!(page.json()["error"], "sign_in_required", "{fault:?}");
        assert!(page.last().set_cookies().is_empty(), "{fault:?}");
        let line = "a refresh brought an ID token of another user or sign-in";
        assert!(log.text().contains(line), "{fault:?}: {}", log.text());
        drop(log);
        for browser in [&browser, &copy] {
            let explained = browser.open(&url("/explain")).await;
            assert_eq!(explained.text(), "signed_out", "{fault:?}");
            assert!(explained.last().set_cookies().is_empty(), "{fault:?}");
        }
        assert_eq!(app.provider.refreshes().len(), 1, "{fault:?}");
        // The tokens of the refresh cannot be used by anyone.
        app.auth.drain().await;
        let revoked = app.provider.revocations();
        assert_eq!(revoked.len(), 1, "{fault:?}");
        let presented = app.provider.refreshes()[0]
            .parameter("refresh_token")
            .map(str::to_owned);
        let revoked = revoked[0].parameter("token").map(str::to_owned);
        assert!(
            revoked.is_some() && revoked != presented,
            "{fault:?}: the new one"
        );
        app.provider.clear_faults();
        let theirs = answer(&bystander, "/refresh").await;
        assert_eq!(theirs["sub"], "bob", "{fault:?}");
        assert_eq!(sign_in(&browser).await.text(), "alice", "{fault:?}");
        assert_ne!(token(&browser).await, first, "{fault:?}");
    }
}

/// F-04: such a response is a fault of the provider, and says nothing about the user.
#[tokio::test]
async fn an_id_token_that_does_not_match_its_access_token_ends_no_session() {
    let app = App::with_provider(|it| it.rotate_refresh_tokens(false), |auth| auth).await;
    let browser = app.signed_in_browser().await;
    let first = token(&browser).await;
    app.clock.advance(DUE);
    app.provider.add_fault(Fault::RefreshIdTokenWrongAtHash);

    assert_eq!(token(&browser).await, first);
    app.clock.advance(LAST);
    is_asked_to_try_later(&browser, PAUSE, "at_hash").await;
    is_signed_in(&browser, "at_hash").await;
}

/// Without rotation the refresh token that was sent is still the current one.
#[tokio::test]
async fn a_session_that_ends_at_a_refresh_without_a_new_refresh_token_revokes_the_old_one() {
    let app = App::with_provider(|it| it.rotate_refresh_tokens(false), |auth| auth).await;
    let browser = app.signed_in_browser().await;
    app.provider.add_fault(Fault::RefreshIdTokenWrongSub);

    assert_eq!(fetch(&browser, "/refresh").await.status(), 401);

    app.auth.drain().await;
    let presented = app.provider.refreshes()[0]
        .parameter("refresh_token")
        .map(str::to_owned);
    let revoked = app.provider.revocations()[0]
        .parameter("token")
        .map(str::to_owned);
    assert_eq!(revoked, presented);
}

/// Another client of the same provider session made the user authenticate again.
#[tokio::test]
async fn a_later_authentication_at_a_refresh_continues_the_session_and_meets_no_requirement() {
    let alice = User::new("alice").claim("acr", "silver");
    let app = App::with_provider(|it| it.user(alice), |auth| auth).await;
    let browser = app.signed_in_browser().await;
    let first = browser.open(&url("/who")).await.json();
    let signed_in_at = first["sign_in_auth_time"].as_u64().unwrap();
    assert_eq!(first["claims"]["auth_time"], signed_in_at);
    app.provider.add_fault(Fault::RefreshIdTokenLaterAuthTime);

    for refresh in 1..=3_u64 {
        app.clock.advance(DUE);
        assert_eq!(answer(&browser, "/refresh").await["sub"], "alice");
        let who = browser.open(&url("/who")).await.json();
        assert_eq!(
            who["claims"]["auth_time"],
            signed_in_at + refresh * DUE.as_secs()
        );
        assert_eq!(who["claims"]["acr"], "gold", "{refresh}");
        assert_eq!(who["sign_in_auth_time"], signed_in_at, "{refresh}");
        assert_eq!(who["sign_in_acr"], "silver", "{refresh}");
    }
    // In the cookie, for an instance that knows nothing else of it.
    let other = app.another_instance(|auth| auth).await;
    other.serve(&browser);
    let who = browser.open(&url("/who")).await.json();
    assert_eq!(who["sign_in_auth_time"], signed_in_at);
    assert_eq!(who["sign_in_acr"], "silver");
    // Only a sign-in in this browser does.
    app.serve(&browser);
    app.provider.clear_faults();
    assert_eq!(sign_in(&browser).await.text(), "alice");
    let who = browser.open(&url("/who")).await.json();
    assert_eq!(who["sign_in_auth_time"], signed_in_at + 3 * DUE.as_secs());
}

/// The provider was configured to put another audience into its ID tokens.
#[tokio::test]
async fn an_untrusted_audience_at_a_refresh_keeps_the_claims_and_accepts_the_tokens() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let first = browser.open(&url("/who")).await.json();
    app.clock.advance(DUE);
    app.provider.add_fault(Fault::RefreshIdTokenExtraAudience);
    let log = log::record();

    let refreshed = answer(&browser, "/refresh").await;

    assert_ne!(refreshed["token"], first["access_token"]);
    let who = browser.open(&url("/who")).await.json();
    assert_eq!(who["claims"], first["claims"]);
    assert_eq!(who["id_token"], first["id_token"]);
    let text = log.text();
    assert!(
        text.contains("WARN") && text.contains("AUTH_TRUSTED_AUDIENCES"),
        "{text}"
    );
    // The rotated refresh token is used.
    app.provider.clear_faults();
    answer(&browser, "/refresh").await;
    let trusting = app
        .another_instance(|auth| {
            let registration = Provider::new(app.provider.issuer(), CLIENT_ID)
                .client_secret(CLIENT_SECRET)
                .trusted_audiences(["another-client"]);
            auth.provider(registration)
        })
        .await;
    trusting.serve(&browser);
    app.provider.add_fault(Fault::RefreshIdTokenExtraAudience);
    answer(&browser, "/refresh").await;
    let who = browser.open(&url("/who")).await.json();
    assert_eq!(
        who["claims"]["aud"],
        serde_json::json!(["app", "another-client"])
    );
}

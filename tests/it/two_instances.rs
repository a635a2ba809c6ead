//! Instances that share the cookie secret and nothing else.

use std::collections::HashSet;

use bytes::Bytes;
use http::{Request, Response};
use oidc_dev_provider::Fault;
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError};
use tower_oidc_tests::app::{sign_in, url};
use tower_oidc_tests::visits::{DUE, EXPIRY, LAST, answer, fetch, token};
use tower_oidc_tests::{App, Gate};

use crate::log;

/// F-02: the provider accepts a refresh token once, and the second instance is too late.
#[tokio::test]
async fn the_instance_that_loses_the_race_deletes_nothing_and_serves_the_valid_token() {
    let app = App::start().await;
    let other = app.another_instance(|auth| auth).await;
    let (winner, loser) = app.two_browsers(&other).await;
    let first = token(&winner).await;
    app.clock.advance(DUE);
    let newest = token(&winner).await;
    assert_ne!(newest, first);

    let log = log::record();
    for _ in 0..5 {
        let page = loser.open(&url("/token")).await;
        assert_eq!(page.json()["token"], first);
        assert!(page.last().set_cookies().is_empty());
    }
    assert_eq!(app.provider.refreshes().len(), 2);
    let text = log.text();
    assert!(text.contains("the same refresh_coordinator"), "{text}");
    app.clock.advance(LAST);
    let page = fetch(&loser, "/token").await;
    assert_eq!(page.status(), 401);
    assert!(page.last().set_cookies().is_empty());
    assert_eq!(loser.open(&url("/")).await.text(), "alice");

    // The winner's newer cookie works on both instances.
    assert_eq!(token(&winner).await, newest);
    other.serve(&winner);
    assert_eq!(token(&winner).await, newest);
    assert_eq!(app.provider.refreshes().len(), 2);
    assert_eq!(sign_in(&loser).await.text(), "alice");
    answer(&loser, "/refresh").await;
}

/// F-02: the refusal applies to that refresh token, and not to the newer one that the browser sends
/// next.
#[tokio::test]
async fn a_refusal_is_not_remembered_against_the_winners_cookie() {
    let app = App::start().await;
    let other = app.another_instance(|auth| auth).await;
    let (winner, loser) = app.two_browsers(&other).await;
    app.clock.advance(EXPIRY);
    app.provider.add_fault(Fault::RefreshInvalidGrant);
    assert_eq!(fetch(&loser, "/token").await.status(), 401);
    app.provider.clear_faults();
    token(&winner).await;

    other.serve(&winner);

    answer(&winner, "/refresh").await;
    app.serve(&winner);
    answer(&winner, "/refresh").await;
}

/// A client on which the refreshes of one refresh token wait, and are refused.
#[derive(Clone, Debug)]
struct Refusing {
    client: HyperClient,
    refresh_token: String,
    gate: Gate,
}

impl HttpClient for Refusing {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let form = String::from_utf8_lossy(request.body());
        if !form.contains(&self.refresh_token) {
            return self.client.call(request);
        }
        let gate = self.gate.clone();
        Box::pin(async move {
            gate.pass().await;
            let refusal = Bytes::from_static(br#"{"error":"invalid_grant"}"#);
            let response = Response::builder().status(400).body(refusal);
            Ok(response.expect("a response"))
        })
    }
}

/// F-02: the loser's request is in flight when the winner's newer cookie arrives at the same
/// instance.
#[tokio::test]
async fn a_refusal_in_flight_is_not_shared_with_the_winners_cookie() {
    let app = App::start().await;
    let winner = app.signed_in_browser().await;
    let loser = winner.thief();
    answer(&winner, "/refresh").await;
    let used_up = app.provider.refreshes()[0].clone();
    let gate = Gate::new();
    let client = Refusing {
        client: HyperClient::new(),
        refresh_token: used_up.parameter("refresh_token").unwrap().to_owned(),
        gate: gate.clone(),
    };
    let other = app.another_instance(|auth| auth.http_client(client)).await;
    for browser in [&winner, &loser] {
        other.serve(browser);
    }
    let loser = tokio::spawn(async move { fetch(&loser, "/refresh").await.status() });
    gate.entered().await;
    let winner = tokio::spawn(async move { fetch(&winner, "/refresh").await.status() });
    // The absence of an event cannot be awaited, but it would have happened by now.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }

    gate.open();

    assert_eq!(loser.await.unwrap(), 401);
    assert_eq!(winner.await.unwrap(), 200);
}

/// F-02: a cookie from the other instance is no reason to forget the tokens that this one used.
#[tokio::test]
async fn a_refresh_token_is_sent_once_however_late_its_cookie_arrives() {
    let app = App::start().await;
    let other = app.another_instance(|auth| auth).await;
    let browser = app.signed_in_browser().await;
    let late = browser.thief();
    app.serve(&late);
    answer(&browser, "/refresh").await;
    other.serve(&browser);
    answer(&browser, "/refresh").await;
    app.serve(&browser);
    answer(&browser, "/refresh").await;

    fetch(&late, "/refresh").await;

    let refreshes = app.provider.refreshes();
    let tokens = refreshes.iter().map(|it| it.parameter("refresh_token"));
    let different: HashSet<_> = tokens.collect();
    assert_eq!(different.len(), refreshes.len());
    answer(&browser, "/refresh").await;
}

//! Each tenant of a resolver has its own paths, and ends its own sessions alone.

use std::time::Duration;

use http::Method;
use tower_oidc::MemoryStore;
use tower_oidc_tests::Tenants;
use tower_oidc_tests::app::{CLIENT_ID, ORIGIN, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::tenants::{Answer, HOST};
use tower_oidc_tests::visits::{reason, sign_out};

use super::frontchannel::frame_at;
use super::several_providers::report_at;
use super::{BACK, FRONT, assert_refused, paths, sid, user};

async fn start() -> Tenants {
    Tenants::with(paths(&MemoryStore::new())).await
}

/// A logout token of this tenant's provider. All providers have a user `alice`.
fn token_of(app: &Tenants, key: &str) -> String {
    let token = app
        .provider(key)
        .logout_token(CLIENT_ID, Some("alice"), None);
    token.expect("the client is registered")
}

/// B-07, B-08
#[tokio::test]
async fn a_token_counts_at_the_path_of_its_tenant_alone() {
    let app = start().await;
    let (acme, globex) = (
        app.signed_in_at("acme").await,
        app.signed_in_at("globex").await,
    );
    let stranger = app.browser();
    let of_acme = token_of(&app, "acme");
    let report = async |key: &str| {
        let path = format!("{BACK}{key}");
        report_at(&stranger, &path, &of_acme).await
    };

    assert_refused(&report("/globex").await, "mixed up");
    for unknown in ["", "/", "/hooli"] {
        assert_eq!(report(unknown).await.status(), 404, "{unknown}");
    }
    assert_eq!(
        (&*user(&acme).await, &*user(&globex).await),
        ("alice", "alice")
    );
    assert_eq!(report("/acme").await.status(), 200);

    assert_eq!(reason(&acme).await, "signed_out");
    assert_eq!(user(&globex).await, "alice");
}

/// B-08
#[tokio::test]
async fn a_token_of_a_tenant_with_a_host_counts_there() {
    let with_paths = paths(&MemoryStore::new());
    let app = Tenants::with(|auth| with_paths(auth.origins_from_requests(true))).await;
    let browser = app.signed_in_at("initech").await;
    let stranger = app.browser();
    let token = token_of(&app, "initech");
    let at = |origin: &str| {
        let request = Request::fetch(&format!("{origin}{BACK}/initech"));
        request
            .method(Method::POST)
            .form(&[("logout_token", &token)])
    };

    assert_eq!(stranger.send(at(ORIGIN)).await.status(), 404);
    assert_eq!(stranger.send(at(HOST)).await.status(), 200);

    let page = browser.open(&format!("{HOST}/")).await;
    assert_eq!(page.text(), "nobody");
}

/// B-09, Y-09
#[tokio::test]
async fn while_the_resolver_fails_a_report_is_refused_and_counts_when_it_is_repeated() {
    let app = start().await;
    let browser = app.signed_in_at("acme").await;
    let stranger = app.browser();
    let (path, of_acme) = (format!("{BACK}/acme"), token_of(&app, "acme"));
    let query = [
        ("iss", app.provider("acme").issuer()),
        ("sid", &sid(&browser).await),
    ];
    app.auth.forget_provider("acme");

    for answer in [Answer::Fails, Answer::OtherKey] {
        app.resolver.answers(answer);
        let page = report_at(&stranger, &path, &of_acme).await;
        assert_refused(&page, "the provider cannot be found");
        let frame = frame_at(&format!("{FRONT}/acme"), &query);
        assert_eq!(stranger.send(frame).await.status(), 503, "{answer:?}");
        assert_eq!(user(&browser).await, "alice");
    }

    app.resolver.answers(Answer::Right);
    // A failure is remembered for a second.
    app.clock.advance(Duration::from_secs(2));
    assert_eq!(report_at(&stranger, &path, &of_acme).await.status(), 200);
    assert_eq!(user(&browser).await, "nobody");
}

/// B-07, Y-10: the resolver has given the key to another provider, whose tokens name other users.
#[tokio::test]
async fn a_token_of_another_provider_that_got_the_key_ends_no_session_of_the_former_one() {
    let app = start().await;
    let browser = app.signed_in_at("acme").await;
    let stranger = app.browser();
    let (of_acme, of_globex) = (token_of(&app, "acme"), token_of(&app, "globex"));
    app.auth.forget_provider("acme");
    app.resolver.answers(Answer::OtherProvider);
    let path = format!("{BACK}/acme");

    assert_refused(&report_at(&stranger, &path, &of_acme).await, "no longer");
    assert_eq!(report_at(&stranger, &path, &of_globex).await.status(), 200);

    assert_eq!(user(&browser).await, "alice");
}

/// B-10
#[tokio::test]
async fn a_frame_counts_at_the_path_of_its_tenant_alone() {
    let app = start().await;
    let (acme, globex) = (
        app.signed_in_at("acme").await,
        app.signed_in_at("globex").await,
    );
    let sid = sid(&acme).await;
    let stranger = app.browser();
    let query = [("iss", app.provider("acme").issuer()), ("sid", &*sid)];
    let frame = |key: &str| frame_at(&format!("{FRONT}{key}"), &query);

    for (key, status) in [("/globex", 400), ("", 404), ("/hooli", 404)] {
        assert_eq!(stranger.send(frame(key)).await.status(), status, "{key}");
    }
    assert_eq!(user(&acme).await, "alice");
    assert_eq!(stranger.send(frame("/acme")).await.status(), 200);

    assert_eq!(reason(&acme).await, "signed_out");
    assert_eq!(user(&globex).await, "alice");
}

/// N-05, Y-04
#[tokio::test]
async fn a_sign_out_ends_this_session_at_its_tenant_and_everywhere_all_of_the_tenants_user() {
    let app = start().await;
    let first = app.signed_in_at("acme").await;
    let copy = first.thief();
    let second = app.signed_in_at("acme").await;
    let globex = app.signed_in_at("globex").await;

    let answer = sign_out(&first).await;

    let provider = answer.header("location").expect("a redirect");
    assert!(
        provider.starts_with(app.provider("acme").issuer()),
        "{provider}"
    );
    assert_eq!(reason(&copy).await, "signed_out");
    assert_eq!(user(&second).await, "alice");
    let third = app.signed_in_at("acme").await;
    let everywhere = Request::navigation(&url("/leave-everywhere"));
    assert_eq!(third.step(&everywhere).await.status(), 303);
    assert_eq!(reason(&second).await, "signed_out");
    assert_eq!(user(&globex).await, "alice");
}

/// O-01: a tenant that leaves.
#[tokio::test]
async fn an_administrator_ends_all_sessions_of_a_tenant() {
    let app = start().await;
    let (acme, globex) = (
        app.signed_in_at("acme").await,
        app.signed_in_at("globex").await,
    );

    let issuer = app.provider("acme").issuer();
    app.auth.revoke_sessions_of_issuer(issuer).await.unwrap();

    assert_eq!(reason(&acme).await, "signed_out");
    assert_eq!(user(&globex).await, "alice");
}

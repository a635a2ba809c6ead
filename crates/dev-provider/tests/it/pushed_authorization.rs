//! Pushed authorization requests (RFC 9126).

use oidc_dev_provider::{DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider, Fault};

use crate::support::{Parameters, TestClock, Visitor, request, with};

/// The usual request, with the secret of the client.
fn pushed() -> Parameters<'static> {
    with(request(), "client_secret", DEV_CLIENT_SECRET)
}

async fn push(visitor: &mut Visitor) -> String {
    let answer = visitor.post("/par", &pushed()).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["expires_in"], 60);
    answer.request_uri().unwrap()
}

fn reference(uri: &str) -> Parameters<'_> {
    vec![("client_id", DEV_CLIENT_ID), ("request_uri", uri)]
}

#[tokio::test]
async fn a_pushed_request_signs_a_user_in_by_its_reference() {
    let builder = DevProvider::builder().require_pushed_authorization_requests(true);
    let provider = builder.consent(true).start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let uri = push(&mut visitor).await;

    let page = visitor.get("/authorize", &reference(&uri)).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&uri) && !page.body.contains(DEV_CLIENT_SECRET));
    let user = with(reference(&uri), "user", "alice");
    assert_eq!(visitor.post("/authorize", &user).await.status, 200);
    let consent = with(reference(&uri), "consent", "allow");
    let answer = visitor.post("/authorize", &consent).await;

    assert_eq!(answer.location_parameter("state").unwrap(), "the-state");
    let code = answer.location_parameter("code").unwrap();
    assert_eq!(visitor.redeem(&code).await.status, 200);
    assert_eq!(provider.counters().pushed_authorization, 1);
    let [recorded] = &provider.pushed_authorization_requests()[..] else {
        panic!("one request");
    };
    assert_eq!(recorded.parameter("nonce"), Some("the-nonce"));
}

#[tokio::test]
async fn a_reference_is_valid_once_for_a_minute_and_for_its_client() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let used = push(&mut visitor).await;
    assert_eq!(
        visitor.get("/authorize", &reference(&used)).await.status,
        200
    );
    let expired = push(&mut visitor).await;
    clock.advance(60);
    let fresh = push(&mut visitor).await;

    for (client, uri) in [
        (DEV_CLIENT_ID, used.as_str()),
        (DEV_CLIENT_ID, &expired),
        (DEV_CLIENT_ID, "https://client.example/request"),
        ("dev-public", &fresh),
    ] {
        let link = with(reference(uri), "client_id", client);
        assert_eq!(visitor.get("/authorize", &link).await.status, 400, "{uri}");
    }
    assert_eq!(
        visitor.get("/authorize", &reference(&fresh)).await.status,
        200
    );
}

#[tokio::test]
async fn what_an_authorization_request_may_not_contain_cannot_be_pushed() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for (name, value, error) in [
        ("client_secret", "another-secret", "invalid_client"),
        ("request_uri", "urn:example:1", "invalid_request"),
        (
            "redirect_uri",
            "https://other.example/cb",
            "invalid_request",
        ),
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge", "", "invalid_request"),
        ("scope", "profile", "invalid_scope"),
    ] {
        let answer = visitor.post("/par", &with(pushed(), name, value)).await;
        assert_eq!(answer.error(), error, "{name}");
    }
}

#[tokio::test]
async fn a_provider_that_requires_pushed_requests_refuses_others() {
    let builder = DevProvider::builder().require_pushed_authorization_requests(true);
    let provider = builder.start().await.unwrap();
    let mut visitor = Visitor::new(&provider);

    let metadata = visitor.get("/.well-known/openid-configuration", &[]).await;
    let endpoint = format!("{}/par", provider.issuer());
    let metadata = metadata.json();
    assert_eq!(metadata["pushed_authorization_request_endpoint"], endpoint);
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
    let answer = visitor.get("/authorize", &request()).await;

    let error = answer.location_parameter("error");
    assert_eq!(error.as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn the_response_to_a_pushed_request_can_be_refused_or_malformed() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);

    provider.add_fault(Fault::PushedAuthorizationRefused);
    assert_eq!(
        visitor.post("/par", &pushed()).await.error(),
        "invalid_request"
    );
    provider.clear_faults();
    provider.add_fault(Fault::PushedAuthorizationUnavailable);
    assert_eq!(visitor.post("/par", &pushed()).await.status, 503);
    provider.clear_faults();
    provider.add_fault(Fault::PushedAuthorizationMalformedRequestUri);
    let uri = visitor.post("/par", &pushed()).await.request_uri();
    assert!(uri.unwrap().contains('\n'));
    provider.add_fault(Fault::PushedAuthorizationMissingRequestUri);
    assert_eq!(visitor.post("/par", &pushed()).await.request_uri(), None);
    provider.clear_faults();
    provider.add_fault(Fault::PushedAuthorizationExpired);
    let uri = push(&mut visitor).await;
    assert_eq!(
        visitor.get("/authorize", &reference(&uri)).await.status,
        400
    );
}

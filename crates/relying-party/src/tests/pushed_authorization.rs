//! Pushed authorization requests (RFC 9126).

use std::collections::HashMap;

use http::Response;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};
use url::Url;

use super::recorder::recorded;
use super::{CLIENT_ID, ISSUER, REDIRECT_URI, SignIn};
use crate::{
    AuthorizationRequest, ClientAuthMethod, Error, ErrorKind, Provider, TransportErrorKind,
};

const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c";

/// A client with a secret at a provider whose metadata have these members besides the endpoint.
fn site(metadata: &Value, settings: fn(Provider) -> Provider) -> SignIn {
    let sign_in = SignIn::with(|provider| settings(provider.client_secret("the-secret")));
    let endpoint = json!({ "pushed_authorization_request_endpoint": format!("{ISSUER}/par") });
    sign_in.op.publish(&super::merged(endpoint, metadata));
    let response = json!({ "request_uri": REQUEST_URI, "expires_in": 60 });
    sign_in.op.answer("/par", 201, &response.to_string());
    sign_in
}

fn required() -> SignIn {
    site(
        &json!({ "require_pushed_authorization_requests": true }),
        |provider| provider,
    )
}

async fn url(sign_in: &SignIn, request: &AuthorizationRequest) -> Result<Url, Error> {
    let relying_party = &sign_in.relying_party;
    let url = relying_party.authorization_url(request, REDIRECT_URI, &sign_in.secrets);
    url.await.map(|url| Url::parse(&url).unwrap())
}

fn query(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().into_owned().collect()
}

/// The only parameters of the URL in the browser.
fn reference() -> Vec<(String, String)> {
    let pairs = [("client_id", CLIENT_ID), ("request_uri", REQUEST_URI)];
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

/// The error of a sign-in whose push has this response.
async fn failure(status: u16, body: &str) -> Error {
    let sign_in = required();
    sign_in.op.answer("/par", status, body);
    url(&sign_in, &AuthorizationRequest::default())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn the_parameters_go_to_the_provider_and_the_browser_gets_a_reference_alone() {
    let request = AuthorizationRequest::default()
        .login_hint("alice@example.com")
        .id_token_hint("a.b.c")
        .extra_parameter("first_screen", "register");
    let plain = site(&json!({}), |provider| provider);
    let expected = query(&url(&plain, &request).await.unwrap());
    assert!(plain.op.requests_to("/par").is_empty());
    let sign_in = required();

    let url = url(&sign_in, &request).await.unwrap();

    assert!(url.as_str().starts_with(&format!("{ISSUER}/authorize?")));
    assert_eq!(query(&url), reference());
    let pushed = sign_in.op.requests_to("/par");
    assert_eq!(pushed.len(), 1);
    let sent: Vec<(String, String)> = url::form_urlencoded::parse(pushed[0].body())
        .into_owned()
        .collect();
    let sorted = |mut pairs: Vec<_>| {
        pairs.sort();
        pairs
    };
    // Each once, the client identifier too (RFC 9126 section 2.1).
    assert_eq!(sorted(sent), sorted(expected));
}

#[tokio::test]
async fn a_request_is_pushed_with_the_authentication_of_the_client() {
    let form = |sign_in: &SignIn| -> HashMap<String, String> { sign_in.op.form_to("/par") };
    let basic = required();
    url(&basic, &AuthorizationRequest::default()).await.unwrap();
    let request = basic.op.requests_to("/par").pop().unwrap();
    assert!(request.headers()[AUTHORIZATION].is_sensitive());
    assert_eq!(form(&basic)["client_id"], CLIENT_ID);
    assert!(!form(&basic).contains_key("client_secret"));

    let post = site(
        &json!({ "require_pushed_authorization_requests": true }),
        |provider| provider.client_auth_method(ClientAuthMethod::ClientSecretPost),
    );
    url(&post, &AuthorizationRequest::default()).await.unwrap();
    let request = post.op.requests_to("/par").pop().unwrap();
    assert!(!request.headers().contains_key(AUTHORIZATION));
    assert_eq!(form(&post)["client_secret"], "the-secret");
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    assert_eq!(body.matches("client_id=").count(), 1, "{body}");
}

#[tokio::test]
async fn a_request_is_pushed_only_if_the_provider_or_a_setting_requires_it() {
    let request = AuthorizationRequest::default();
    for (metadata, settings, is_pushed) in [
        (json!({}), (|it| it) as fn(Provider) -> Provider, false),
        (
            json!({ "require_pushed_authorization_requests": false }),
            |it| it,
            false,
        ),
        (
            json!({}),
            |it| it.pushed_authorization_requests(false),
            false,
        ),
        (json!({}), |it| it.pushed_authorization_requests(true), true),
        (
            json!({ "require_pushed_authorization_requests": true }),
            |it| it.pushed_authorization_requests(false),
            true,
        ),
        (
            json!({
                "pushed_authorization_request_endpoint": null,
                "require_pushed_authorization_requests": true,
            }),
            |it| it.pushed_authorization_request_endpoint("https://op.example/par"),
            true,
        ),
    ] {
        let sign_in = site(&metadata, settings);
        let url = url(&sign_in, &request).await.unwrap();
        assert_eq!(query(&url) == reference(), is_pushed, "{metadata}");
        let pushed = sign_in.op.requests_to("/par").len();
        assert_eq!(pushed, usize::from(is_pushed), "{metadata}");
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_pushed_is_an_error_before_the_user_leaves() {
    let no_endpoint = json!({ "pushed_authorization_request_endpoint": null });
    let sign_in = site(&no_endpoint, |it| it.pushed_authorization_requests(true));

    let error = url(&sign_in, &AuthorizationRequest::default())
        .await
        .unwrap_err();

    assert_eq!(error.code(), "discovery.unsupported");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let text = error.to_string();
    assert!(text.contains("`pushed_authorization_requests`"), "{text}");
    assert!(
        text.contains("`pushed_authorization_request_endpoint`"),
        "{text}"
    );
    let error = sign_in.relying_party.discover().await.unwrap_err();
    assert_eq!(error.code(), "discovery.unsupported");
}

#[tokio::test]
async fn the_query_of_the_authorization_endpoint_is_kept() {
    let sign_in = site(
        &json!({
            "authorization_endpoint": format!("{ISSUER}/authorize?tenant=a"),
            "require_pushed_authorization_requests": true,
        }),
        |provider| provider,
    );

    let url = url(&sign_in, &AuthorizationRequest::default())
        .await
        .unwrap();

    let mut expected = reference();
    expected.insert(0, ("tenant".to_owned(), "a".to_owned()));
    assert_eq!(query(&url), expected);
    assert!(!sign_in.op.form_to("/par").contains_key("tenant"));
}

/// The hint is in the body, so the URL is as short as without it.
#[tokio::test]
async fn a_long_hint_is_pushed_and_is_left_out_of_a_url_that_would_be_too_long() {
    let hint = "x".repeat(5_000);
    let request = AuthorizationRequest::default()
        .id_token_hint(&hint)
        .max_url_length(2_000);
    let sign_in = required();
    assert_eq!(query(&url(&sign_in, &request).await.unwrap()), reference());
    assert_eq!(sign_in.op.form_to("/par")["id_token_hint"], hint);
    assert_eq!(sign_in.op.requests_to("/par").len(), 1);

    let plain = site(&json!({}), |provider| provider);
    let with_hint = |request: AuthorizationRequest| {
        let plain = &plain;
        async move {
            let url = url(plain, &request).await.unwrap();
            query(&url).iter().any(|(name, _)| name == "id_token_hint")
        }
    };
    assert!(!with_hint(request.clone()).await);
    assert!(with_hint(request.max_url_length(10_000)).await);
    let unlimited = AuthorizationRequest::default().id_token_hint(&hint);
    assert!(with_hint(unlimited).await);
}

#[tokio::test]
async fn an_error_of_the_provider_has_a_code_a_cause_and_a_remedy() {
    for (status, error, kind, is_transient) in [
        (400, "invalid_request", ErrorKind::Configuration, false),
        (401, "invalid_client", ErrorKind::Configuration, false),
        (400, "unauthorized_client", ErrorKind::Configuration, false),
        (400, "invalid_scope", ErrorKind::Configuration, false),
        (400, "invalid_target", ErrorKind::Configuration, false),
        (403, "access_denied", ErrorKind::Response, false),
        (400, "server_error", ErrorKind::Provider, true),
        (503, "temporarily_unavailable", ErrorKind::Provider, true),
        (500, "invalid_request", ErrorKind::Provider, true),
    ] {
        let body = json!({ "error": error, "error_description": "in their words" });
        let failure = failure(status, &body.to_string()).await;
        assert_eq!(failure.code(), format!("par.{error}"));
        assert_eq!(failure.oauth_error_code(), Some(error));
        assert_eq!(failure.kind(), kind, "{error}");
        assert_eq!(failure.is_transient(), is_transient, "{error}");
        let detail = failure.detail().unwrap();
        assert!(detail.contains("in their words"), "{detail}");
        assert!(detail.contains("https://op.example/par"), "{detail}");
    }
    let client = failure(401, r#"{"error":"invalid_client"}"#).await;
    assert!(client.message().contains("secret"), "{client}");
    let unregistered = failure(400, r#"{"error":"their_own"}"#).await;
    assert_eq!(unregistered.code(), "par.other");
    assert_eq!(unregistered.oauth_error_code(), None);
}

#[tokio::test]
async fn a_failure_without_an_error_code_is_named_by_its_status() {
    for (status, body, code, is_transient) in [
        (500, "", "par.unavailable", true),
        (429, "<html>", "par.unavailable", true),
        (302, "", "par.redirect", false),
        (404, "", "par.status", false),
        (400, "<html>", "par.status", false),
        (201, "<html>", "par.malformed", false),
        (
            201,
            r#"{"request_uri":"a b","expires_in":60}"#,
            "par.malformed",
            false,
        ),
    ] {
        let failure = failure(status, body).await;
        assert_eq!(failure.code(), code, "{status}");
        assert_eq!(failure.is_transient(), is_transient, "{status}");
        assert!(
            failure.to_string().contains("https://op.example/par"),
            "{failure}"
        );
    }
    let sign_in = required();
    let later = Response::builder().status(503).header("retry-after", "7");
    sign_in.op.answer_with("/par", later, "");
    let request = AuthorizationRequest::default();
    let failure = url(&sign_in, &request).await.unwrap_err();
    assert_eq!(failure.retry_after().unwrap().as_secs(), 7);

    sign_in.op.fail_with("/par", TransportErrorKind::Connect);
    let failure = url(&sign_in, &request).await.unwrap_err();
    assert_eq!(failure.code(), "par.unreachable");
    assert!(failure.is_transient());
    assert_eq!(sign_in.op.requests_to("/par").len(), 2, "never repeated");
}

#[tokio::test]
async fn a_response_that_repeats_the_request_shows_no_secret_in_the_log() {
    let sign_in = required();
    let request = AuthorizationRequest::default()
        .login_hint("alice@example.com")
        .id_token_hint("the.hint.canary");
    let (state, nonce) = (sign_in.secrets.state(), sign_in.secrets.nonce());
    let text = format!(
        "redirect_uri {REDIRECT_URI}\r\nstate {state} nonce {nonce} hint the.hint.canary secret the-secret \
         of alice@example.com"
    );
    let body = json!({ "error": "invalid_request", "error_description": text });
    sign_in.op.answer("/par", 400, &body.to_string());

    let (failed, log) = recorded(url(&sign_in, &request)).await;

    let shown = format!("{:?}{log}", failed.unwrap_err());
    for secret in [
        state,
        nonce,
        "the.hint.canary",
        "the-secret",
        "alice@example.com",
    ] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    assert!(shown.contains(REDIRECT_URI), "{shown}");
    assert!(!shown.contains('\r') && !shown.contains('\n'), "{shown}");
}

/// Anyone can begin sign-ins, so each network waits for its own requests alone.
#[tokio::test(start_paused = true)]
async fn pushed_requests_of_a_flood_from_one_network_do_not_delay_another_network() {
    let sign_in = required();
    sign_in.relying_party.discover().await.unwrap();
    sign_in.op.hang_at(Some("/par"));
    let of = |network| AuthorizationRequest::default().client_network(network);
    let flood: Vec<_> = (0..200)
        .map(|_| {
            let relying_party = sign_in.relying_party.clone();
            let secrets = sign_in.secrets.clone();
            let request = of(1);
            tokio::spawn(async move {
                let url = relying_party.authorization_url(&request, REDIRECT_URI, &secrets);
                url.await.map(drop)
            })
        })
        .collect();
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert_eq!(sign_in.op.requests_to("/par").len(), 48);
    sign_in.op.hang_at(None);

    url(&sign_in, &of(2)).await.unwrap();

    assert_eq!(sign_in.op.requests_to("/par").len(), 49);
    flood.iter().for_each(tokio::task::JoinHandle::abort);
}

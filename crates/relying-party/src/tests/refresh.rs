//! The refresh of tokens.

use std::time::{Duration, UNIX_EPOCH};

use http::Response;
use serde_json::{Value, json};

use super::{CLIENT_ID, NOW, SignIn, Signer, merged, token_response};
use crate::{Claims, ErrorKind, RefreshError, RefreshRequest, RefreshedTokens, TransportErrorKind};

impl SignIn {
    /// Returns the claims of the session: those of a sign-in's ID token with `changes`.
    pub(super) fn session(&self, changes: Value) -> Claims {
        Claims::from_json(self.claims(changes).to_string().into()).unwrap()
    }

    /// Refreshes the session; the provider responds as configured.
    pub(super) async fn refresh(&self) -> Result<RefreshedTokens, RefreshError> {
        self.refresh_session(&self.session(json!({}))).await
    }

    pub(super) async fn refresh_session(
        &self,
        session: &Claims,
    ) -> Result<RefreshedTokens, RefreshError> {
        let request = RefreshRequest::new("the-refresh-token", session);
        self.relying_party.refresh(request).await
    }

    /// Makes the provider respond to refreshes with an ID token of the session's claims with `changes`.
    pub(super) fn answer_with_id_token(&self, changes: Value) {
        let id_token = self.signer.sign(&self.claims(changes));
        let response = token_response(&id_token).to_string();
        self.op.answer("/token", 200, &response);
    }

    pub(super) async fn failure_to_refresh(&self, status: u16, body: &str) -> RefreshError {
        self.op.answer("/token", status, body);
        self.refresh().await.unwrap_err()
    }
}

#[tokio::test]
async fn a_refresh_sends_the_refresh_token_and_returns_every_token() {
    let sign_in = SignIn::new();
    sign_in.answer_with_id_token(json!({ "name": "Alice" }));
    let tokens = sign_in.refresh().await.unwrap();
    assert_eq!(tokens.tokens().access_token(), "the-access-token");
    assert_eq!(tokens.tokens().refresh_token(), Some("the-refresh-token"));
    assert_eq!(tokens.tokens().scope(), Some("openid profile"));
    let in_an_hour = UNIX_EPOCH + Duration::from_secs(NOW + 3600);
    assert_eq!(tokens.tokens().expires_at(), Some(in_an_hour));
    let id_token = tokens.tokens().id_token().unwrap();
    assert_eq!(id_token.claims().name(), Some("Alice"));

    let form = sign_in.op.token_form();
    let expected = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "the-refresh-token"),
        ("client_id", CLIENT_ID),
    ];
    for (name, value) in expected {
        assert_eq!(form[name], value, "{name}");
    }
    assert_eq!(form.len(), expected.len());
}

#[tokio::test]
async fn the_client_authenticates_at_a_refresh_like_at_the_code_exchange() {
    let sign_in = SignIn::with(|provider| provider.client_secret("the-client-secret"));
    sign_in.answer_with_id_token(json!({}));
    sign_in.refresh().await.unwrap();
    let request = sign_in.op.requests_to("/token").pop().unwrap();
    assert!(request.headers().contains_key("authorization"));
    assert!(!sign_in.op.token_form().contains_key("client_id"));
}

#[tokio::test]
async fn resource_organization_and_scope_are_sent_when_they_are_set() {
    let sign_in = SignIn::with(|provider| {
        provider.resources(["https://a.example/api", "https://b.example/api"])
    });
    sign_in.answer_with_id_token(json!({}));
    sign_in.refresh().await.unwrap();
    assert!(!sign_in.op.token_form().contains_key("resource"));

    let session = sign_in.session(json!({}));
    let request = RefreshRequest::new("the-refresh-token", &session)
        .resource("https://b.example/api")
        .organization_id("org-1")
        .scope("read write");
    sign_in.relying_party.refresh(request).await.unwrap();
    let form = sign_in.op.token_form();
    assert_eq!(form["resource"], "https://b.example/api");
    assert_eq!(form["organization_id"], "org-1");
    assert_eq!(form["scope"], "read write");
    let request = sign_in.op.requests_to("/token").pop().unwrap();
    let body = std::str::from_utf8(request.body()).unwrap();
    assert_eq!(body.matches("resource=").count(), 1);
}

/// RFC 6749 section 6: only granted scopes may be requested.
#[tokio::test]
async fn a_refresh_names_the_requested_scopes_that_were_granted_if_the_provider_needs_them() {
    let sign_in = SignIn::with(|it| it.add_scopes(["orders"]).scope_at_refresh(true));
    sign_in.answer_with_id_token(json!({}));
    let session = sign_in.session(json!({}));
    let plain = RefreshRequest::new("r", &session);
    let all = "openid profile email offline_access orders";
    for (request, expected) in [
        (plain, Some(all)),
        (
            plain.granted_scope("orders  openid profile never-asked-for"),
            Some("openid profile offline_access orders"),
        ),
        (plain.granted_scope(""), Some("openid offline_access")),
        (plain.scope("orders"), Some("orders")),
        (plain.resource("https://api.example"), None),
        (plain.organization_id("acme"), None),
    ] {
        sign_in.relying_party.refresh(request).await.unwrap();
        let form = sign_in.op.token_form();
        assert_eq!(form.get("scope").map(String::as_str), expected);
    }
    // Only if it is set.
    let silent = SignIn::new();
    silent.answer_with_id_token(json!({}));
    silent.refresh().await.unwrap();
    assert_eq!(silent.op.token_form().get("scope"), None);
}

#[tokio::test]
async fn a_value_that_cannot_be_sent_is_refused_and_nothing_sent() {
    let sign_in = SignIn::new();
    sign_in.answer_with_id_token(json!({}));
    let session = sign_in.session(json!({}));
    let request = RefreshRequest::new("the-refresh-token", &session);
    for request in [
        request.resource("api"),
        request.resource("https://api.example/#fragment"),
        request.organization_id(""),
        request.scope(""),
        request.scope("a  b"),
        request.scope("a\"b"),
    ] {
        let error = sign_in.relying_party.refresh(request).await.unwrap_err();
        assert_eq!(
            (error.error().kind(), error.error().code()),
            (ErrorKind::Configuration, "refresh.parameter")
        );
        assert!(!error.error().may_have_been_sent());
    }
    assert!(sign_in.op.requests_to("/token").is_empty());
}

#[tokio::test]
async fn a_refresh_response_needs_only_an_access_token() {
    let sign_in = SignIn::new();
    for body in [
        json!({ "access_token": "new", "token_type": "bearer" }),
        json!({
            "access_token": "new", "token_type": "Bearer", "refresh_token": null,
            "id_token": null, "scope": null, "expires_in": null,
        }),
        json!({
            "access_token": "new", "token_type": "Bearer", "refresh_token": "", "id_token": "",
        }),
    ] {
        sign_in.op.answer("/token", 200, &body.to_string());
        let tokens = sign_in.refresh().await.unwrap();
        assert_eq!(tokens.tokens().access_token(), "new");
        assert_eq!(
            (tokens.tokens().refresh_token(), tokens.tokens().scope()),
            (None, None)
        );
        assert!(tokens.tokens().expires_at().is_none() && tokens.tokens().id_token().is_none());
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_for_a_refreshed_id_token() {
    let mut sign_in = SignIn::new();
    sign_in.answer_with_id_token(json!({}));
    sign_in.refresh().await.unwrap();
    sign_in.clock.advance(Duration::from_secs(31));
    sign_in.signer = Signer::es384("key-2");
    sign_in.op.publish_keys(&[&sign_in.signer]);
    sign_in.answer_with_id_token(json!({}));
    sign_in.refresh().await.unwrap();
}

/// Callers can distinguish the errors that end a session from those that fail this request only.
#[tokio::test]
async fn an_error_of_the_provider_has_its_registered_code() {
    let sign_in = SignIn::new();
    for (status, sent, kind, known) in [
        (400, "invalid_grant", ErrorKind::Response, true),
        (400, "invalid_target", ErrorKind::Configuration, true),
        (400, "invalid_scope", ErrorKind::Configuration, true),
        (401, "invalid_client", ErrorKind::Configuration, true),
        (400, "unauthorized_client", ErrorKind::Configuration, true),
        (403, "access_denied", ErrorKind::Response, true),
        (400, "interaction_required", ErrorKind::Response, true),
        (400, "temporarily_unavailable", ErrorKind::Provider, true),
        (400, "canary", ErrorKind::Provider, false),
    ] {
        let body = json!({ "error": sent, "error_description": "canary" }).to_string();
        let error = sign_in.failure_to_refresh(status, &body).await;
        assert_eq!(error.error().kind(), kind, "{sent}");
        assert_eq!(error.error().oauth_error_code(), known.then_some(sent));
        assert_eq!(error.error().is_invalid_grant(), sent == "invalid_grant");
        assert_eq!(
            error.error().is_transient(),
            sent == "temporarily_unavailable"
        );
        assert!(error.error().may_have_been_sent() && !error.error().breaks_continuity());
        assert!(!error.error().message().contains("canary"));
    }
}

/// A server error says nothing about the refresh token, whatever its `error` code is.
#[tokio::test]
async fn a_server_error_is_transient_with_any_body() {
    let sign_in = SignIn::new();
    for status in [429, 500, 503] {
        let head = Response::builder()
            .status(status)
            .header("retry-after", "120");
        let body = r#"{"error":"invalid_grant"}"#;
        sign_in.op.answer_with("/token", head, body);
        let error = sign_in.refresh().await.unwrap_err();
        assert!(error.error().is_transient() && !error.error().is_invalid_grant());
        assert_eq!(error.error().retry_after(), Some(Duration::from_secs(120)));
        assert!(error.error().may_have_been_sent());
    }
}

/// It is sent once, and the error says whether it may have arrived.
#[tokio::test]
async fn a_refresh_is_sent_once_and_its_error_says_whether_it_may_have_arrived() {
    for (kind, may_have_been_sent) in [
        (TransportErrorKind::Connect, false),
        (TransportErrorKind::Overloaded, false),
        (TransportErrorKind::Tls, true),
        (TransportErrorKind::Timeout, true),
        (TransportErrorKind::Broken, true),
        (TransportErrorKind::TooLarge, true),
    ] {
        let sign_in = SignIn::new();
        sign_in.op.fail_with("/token", kind);
        let error = sign_in.refresh().await.unwrap_err();
        assert_eq!(error.error().code(), "token.unreachable", "{kind:?}");
        assert_eq!(
            error.error().may_have_been_sent(),
            may_have_been_sent,
            "{kind:?}"
        );
        assert_eq!(sign_in.op.requests_to("/token").len(), 1);
    }
}

#[tokio::test]
async fn without_metadata_or_keys_the_refresh_token_is_not_sent() {
    for path in ["/.well-known/openid-configuration", "/jwks"] {
        let sign_in = SignIn::new();
        sign_in.answer_with_id_token(json!({}));
        sign_in.op.fail_with(path, TransportErrorKind::Timeout);
        let error = sign_in.refresh().await.unwrap_err();
        assert!(error.error().is_transient() && !error.error().may_have_been_sent());
        assert!(sign_in.op.requests_to("/token").is_empty());
    }
}

#[tokio::test]
async fn a_refresh_response_that_is_not_a_token_response_is_refused() {
    let sign_in = SignIn::new();
    let fitting = json!({ "access_token": "new", "token_type": "Bearer" });
    for changes in [
        json!({ "token_type": null }),
        json!({ "token_type": "mac" }),
        json!({ "access_token": null }),
        json!({ "access_token": "a\r\nb" }),
        json!({ "refresh_token": "a\nb" }),
        json!({ "expires_in": "soon" }),
    ] {
        let body = merged(fitting.clone(), &changes).to_string();
        let error = sign_in.failure_to_refresh(200, &body).await;
        assert_eq!(error.error().code(), "token.malformed", "{changes}");
        assert!(error.error().may_have_been_sent());
    }
    for (status, body, expected) in [
        (200, "<html>", "token.malformed"),
        (200, "[]", "token.malformed"),
        (302, "", "token.redirect"),
        (400, "<html>", "token.bad_request"),
        (401, "<html>", "token.unauthorized"),
        (403, "<html>", "token.status"),
        (408, "<html>", "token.unavailable"),
        (425, "", "token.unavailable"),
    ] {
        let error = sign_in.failure_to_refresh(status, body).await;
        assert_eq!(error.error().code(), expected);
        assert!(error.error().may_have_been_sent());
        assert_eq!(
            error.error().is_transient(),
            expected == "token.unavailable"
        );
    }
}

//! The revocation endpoint.

use serde_json::json;

use super::{CLIENT_ID, SignIn};
use crate::{Error, ErrorKind, Revocation, TokenTypeHint, TransportErrorKind};

impl SignIn {
    async fn revoke(&self) -> Result<Revocation, Error> {
        self.relying_party
            .revoke("the-refresh-token", TokenTypeHint::RefreshToken)
            .await
    }
}

#[tokio::test]
async fn a_successful_status_means_revoked_with_any_body() {
    let sign_in = SignIn::new();
    for body in ["", "{}", "<html>", r#"{"error":"invalid_token"}"#] {
        sign_in.op.answer("/revoke", 200, body);
        assert_eq!(sign_in.revoke().await.unwrap(), Revocation::Revoked);
    }
    let form = sign_in.op.form_to("/revoke");
    let expected = [
        ("token", "the-refresh-token"),
        ("token_type_hint", "refresh_token"),
        ("client_id", CLIENT_ID),
    ];
    for (name, value) in expected {
        assert_eq!(form[name], value, "{name}");
    }
    assert_eq!(form.len(), expected.len());
}

/// The result is reported, and nothing is sent twice.
#[tokio::test]
async fn a_failed_revocation_is_reported_and_not_repeated() {
    for (status, body, kind, code, oauth) in [
        (
            400,
            r#"{"error":"unsupported_token_type"}"#,
            ErrorKind::Response,
            "revocation.error",
            Some("unsupported_token_type"),
        ),
        (
            401,
            r#"{"error":"invalid_client"}"#,
            ErrorKind::Configuration,
            "revocation.error",
            Some("invalid_client"),
        ),
        (404, "", ErrorKind::Provider, "revocation.status", None),
        (302, "", ErrorKind::Provider, "revocation.redirect", None),
        (503, "", ErrorKind::Provider, "revocation.unavailable", None),
    ] {
        let sign_in = SignIn::new();
        sign_in.op.answer("/revoke", status, body);
        let error = sign_in.revoke().await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, code), "{status}");
        assert_eq!(error.oauth_error_code(), oauth);
        assert_eq!(error.is_transient(), status == 503);
        assert!(error.may_have_been_sent());
        assert_eq!(sign_in.op.requests_to("/revoke").len(), 1);
    }
    let sign_in = SignIn::new();
    sign_in.op.fail_with("/revoke", TransportErrorKind::Connect);
    let error = sign_in.revoke().await.unwrap_err();
    assert_eq!(error.code(), "revocation.unreachable");
    assert!(!error.may_have_been_sent());
}

#[tokio::test]
async fn nothing_is_sent_to_a_provider_without_a_revocation_endpoint() {
    let sign_in = SignIn::new();
    sign_in.op.publish(&json!({ "revocation_endpoint": null }));
    assert_eq!(sign_in.revoke().await.unwrap(), Revocation::NotSupported);
    assert!(sign_in.op.requests_to("/revoke").is_empty());

    let sign_in =
        SignIn::with(|provider| provider.revocation_endpoint("https://op.example/revoke/set"));
    sign_in.op.answer("/revoke/set", 200, "");
    assert_eq!(sign_in.revoke().await.unwrap(), Revocation::Revoked);
}

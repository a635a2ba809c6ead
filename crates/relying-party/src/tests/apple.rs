//! The client secret of Apple, which is signed at each use.

use std::time::Duration;

use serde_json::json;

use super::client_assertions::{Jwt, P256, key};
use super::{CLIENT_ID, ISSUER, NOW, SignIn};
use crate::{AuthorizationRequest, Provider, Revocation, TokenTypeHint};

/// Apple, at the address of these tests.
pub(super) fn provider() -> Provider {
    let mut apple = Provider::apple(CLIENT_ID, "TEAM123456", "KEY1234567", P256);
    ISSUER.clone_into(&mut apple.issuer);
    apple
}

fn sign_in() -> SignIn {
    let sign_in = SignIn::with(|_| provider());
    // As in Apple's metadata.
    sign_in.op.publish(&json!({
        "scopes_supported": ["openid", "email", "name"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "userinfo_endpoint": null,
        "end_session_endpoint": null,
        "introspection_endpoint": null,
    }));
    sign_in
}

impl SignIn {
    /// The client secret of the last request to this path.
    fn signed_secret(&self, path: &str) -> Jwt {
        let form = self.op.form_to(path);
        assert_eq!(form["client_id"], CLIENT_ID);
        assert!(!form.contains_key("client_assertion"));
        Jwt::parse(&form["client_secret"])
    }
}

#[tokio::test]
async fn the_secret_for_apple_is_a_jwt_that_is_signed_for_each_request() {
    let sign_in = sign_in();
    let public = key(P256).kid("KEY1234567").public_jwk();
    let published = format!(r#"{{"keys":[{public}]}}"#);
    sign_in.exchange_for(json!({})).await.unwrap();
    let first = sign_in.signed_secret("/token");
    sign_in.clock.advance(Duration::from_secs(100));
    sign_in.refresh().await.unwrap();
    let second = sign_in.signed_secret("/token");
    sign_in.op.answer("/revoke", 200, "");
    let revoked = sign_in
        .relying_party
        .revoke("t", TokenTypeHint::RefreshToken);
    assert_eq!(revoked.await.unwrap(), Revocation::Revoked);
    let third = sign_in.signed_secret("/revoke");

    for (jwt, iat) in [(first, NOW), (second, NOW + 100), (third, NOW + 100)] {
        let header = json!({ "alg": "ES256", "kid": "KEY1234567", "typ": "JWT" });
        assert_eq!(jwt.header, header);
        let claims = json!({
            "iss": "TEAM123456",
            "sub": CLIENT_ID,
            "aud": "https://appleid.apple.com",
            "iat": iat,
            "exp": iat + 300,
        });
        assert_eq!(jwt.claims, claims);
        assert!(jwt.is_verified_by(&published));
    }
}

#[tokio::test]
async fn apple_is_asked_to_post_its_response_with_name_and_email() {
    let parameters = sign_in().parameters(&AuthorizationRequest::default()).await;
    let value = |wanted: &str| {
        let found = parameters.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(value("response_mode"), Some("form_post"));
    assert_eq!(value("scope"), Some("openid name email"));
}

#[tokio::test]
async fn apple_has_no_user_info_and_no_end_session_endpoint() {
    let sign_in = sign_in();
    let user = sign_in.session(json!({}));
    let error = sign_in.relying_party.user_info("t", &user).await;
    assert_eq!(error.unwrap_err().code(), "user_info.not_supported");
    let request = crate::EndSessionRequest::default();
    let url = sign_in.relying_party.end_session_url(&request).await;
    assert_eq!(url.unwrap(), None);
}

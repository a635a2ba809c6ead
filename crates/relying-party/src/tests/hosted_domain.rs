//! The organization that users of Google must belong to.

use serde_json::json;

use super::SignIn;
use super::id_token_settings::code;
use crate::AuthorizationRequest;

const DOMAIN: &str = "acme.example";

fn sign_in() -> SignIn {
    SignIn::with(|provider| provider.hosted_domain(DOMAIN))
}

#[tokio::test]
async fn the_domain_is_sent_so_that_its_accounts_are_offered() {
    let parameters = sign_in().parameters(&AuthorizationRequest::default()).await;
    assert!(parameters.contains(&("hd".to_owned(), DOMAIN.to_owned())));
    let parameters = SignIn::new()
        .parameters(&AuthorizationRequest::default())
        .await;
    assert!(parameters.iter().all(|(name, _)| name != "hd"));
}

/// A user can remove the parameter, and sign in with any account.
#[tokio::test]
async fn only_users_of_the_hosted_domain_sign_in() {
    let sign_in = sign_in();
    for hd in [json!(DOMAIN), json!("ACME.example")] {
        let outcome = code(sign_in.exchange_for(json!({ "hd": hd })).await);
        assert_eq!(outcome, "accepted", "{hd}");
    }
    for hd in [
        json!("other.example"),
        json!("sub.acme.example"),
        json!("acme.example.evil.example"),
        json!("evil-acme.example"),
        json!(" acme.example"),
        json!(""),
        json!(null),
        json!(7),
        json!([DOMAIN]),
    ] {
        let claims = json!({ "hd": hd, "email": "alice@acme.example", "email_verified": true });
        let error = sign_in.exchange_for(claims).await.unwrap_err();
        assert_eq!(error.code(), "id_token.hd", "{hd}");
        assert!(error.message().contains("`hosted_domain`"), "{error}");
        assert!(error.detail().is_some(), "{error}");
    }
    let any = SignIn::new();
    let outcome = code(any.exchange_for(json!({ "hd": "other.example" })).await);
    assert_eq!(outcome, "accepted");
}

/// A user who left the organization must not keep the session.
#[tokio::test]
async fn a_refreshed_id_token_without_the_hosted_domain_ends_the_session() {
    let sign_in = sign_in();
    let session = sign_in.session(json!({ "hd": DOMAIN }));
    sign_in.answer_with_id_token(json!({ "hd": DOMAIN }));
    assert!(sign_in.refresh_session(&session).await.is_ok());
    for hd in [json!("other.example"), json!(null)] {
        sign_in.answer_with_id_token(json!({ "hd": hd }));
        let error = sign_in.refresh_session(&session).await.unwrap_err();
        assert_eq!(error.error().code(), "id_token.hd", "{hd}");
        assert!(error.error().breaks_continuity());
    }
}

//! How the client authenticates at the token endpoint. `oidc-provider` accepts the secret in the
//! header or the form, whatever is registered, so the tests examine the requests themselves.

use base64_simd::STANDARD;
use serde_json::Value;
use tower_oidc::provider::ClientAuthMethod;
use tower_oidc::{Prompt, Provider};
use tower_oidc_tests::app::url;
use url::form_urlencoded::byte_serialize;

use super::site::{Site, USER, client, sign_in};

/// The secret of the clients whose identifier has reserved characters.
const RESERVED_SECRET: &str = "s3cr:et/%+ &=?~!*";

/// Signs in, checks what every client sends, and returns the token request.
async fn token_request(site: &Site) -> Value {
    let who = sign_in(&site.browser()).await.json();
    assert_eq!(who["state"], "Authenticated");
    assert_eq!(who["claims"]["sub"], USER);

    let request = site.provider.token_request().await;
    let form = &request["form"];
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["redirect_uri"], url("/auth/callback"));
    // RFC 7636 section 4.1, for confidential clients too.
    assert!(form["code_verifier"].as_str().expect("PKCE").len() >= 43);
    assert_eq!(site.provider.requests("/token").await, 1);
    request
}

#[tokio::test]
async fn a_client_with_a_secret_sends_it_in_the_header() {
    let site = Site::start(|issuer| client(issuer, "basic")).await;

    let request = token_request(&site).await;

    let expected = STANDARD.encode_to_string("basic:basic-secret-basic-secret-basic-secret");
    assert_eq!(request["authorization"], format!("Basic {expected}"));
    assert_eq!(request["form"]["client_secret"], Value::Null);
}

#[tokio::test]
async fn with_client_secret_post_no_authorization_header_is_sent() {
    let post = ClientAuthMethod::ClientSecretPost;
    let site = Site::start(|issuer| client(issuer, "post").client_auth_method(post)).await;

    let request = token_request(&site).await;

    assert_eq!(request["authorization"], Value::Null);
    assert_eq!(request["form"]["client_id"], "post");
    assert_eq!(
        request["form"]["client_secret"],
        "post-secret-post-secret-post-secret"
    );
}

#[tokio::test]
async fn a_public_client_sends_its_identifier_only() {
    let site = Site::start(|issuer| Provider::new(issuer, "public").prompt(Prompt::Consent)).await;

    let request = token_request(&site).await;

    assert_eq!(request["authorization"], Value::Null);
    assert_eq!(request["form"]["client_id"], "public");
    assert_eq!(request["form"]["client_secret"], Value::Null);
}

/// RFC 6749 section 2.3.1: both are form-encoded before they are joined by a colon.
#[tokio::test]
async fn reserved_characters_are_encoded_in_the_header() {
    let id = "basic:odd/%+ id";
    let site = Site::start(|issuer| client(issuer, id).client_secret(RESERVED_SECRET)).await;

    let request = token_request(&site).await;

    let encoded = [id, RESERVED_SECRET].map(|text| byte_serialize(text.as_bytes()).collect());
    let encoded: [String; 2] = encoded;
    let expected = STANDARD.encode_to_string(encoded.join(":"));
    assert_eq!(request["authorization"], format!("Basic {expected}"));
}

#[tokio::test]
async fn reserved_characters_are_encoded_once_in_the_form() {
    let id = "post:odd/%+ id";
    let site = Site::start(|issuer| {
        client(issuer, id)
            .client_secret(RESERVED_SECRET)
            .client_auth_method(ClientAuthMethod::ClientSecretPost)
    })
    .await;

    let request = token_request(&site).await;

    assert_eq!(request["authorization"], Value::Null);
    assert_eq!(request["form"]["client_id"], id);
    assert_eq!(request["form"]["client_secret"], RESERVED_SECRET);
}

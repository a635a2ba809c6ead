//! What a certified provider may require, one demand at a time, from the sign-in to the sign-out.

use http::Method;
use tower_oidc::provider::SigningAlgorithm;
use tower_oidc::{Prompt, Provider};
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::callback::session;
use tower_oidc_tests::visits::answer;

use super::site::{Site, USER, client, header, sign_in};

/// Signs in, refreshes, introspects and signs out.
async fn works(settings: &[(&str, &str)], register: impl FnOnce(&str) -> Provider) -> Site {
    let site = Site::with(settings, register, |auth| auth).await;
    site.auth.discover().await.expect("nothing is in the way");
    let browser = site.browser();

    let who = sign_in(&browser).await.json();
    assert_eq!(who["state"], "Authenticated", "{who}");
    assert_eq!(who["claims"]["sub"], USER);

    answer(&browser, "/refresh").await;
    let introspected = answer(&browser, "/ask/introspection").await;
    assert_eq!(introspected["active"], true, "{introspected}");
    browser
        .fetch(ORIGIN, Method::POST, &url("/auth/sign-out"))
        .await;
    assert_eq!(session(&browser), None);
    assert_eq!(site.provider.requests("/token/revocation").await, 1);
    site
}

/// With each way in which the client authenticates.
#[tokio::test]
async fn a_provider_that_requires_pushed_requests_works_from_sign_in_to_sign_out() {
    for id in ["basic", "post", "public"] {
        let register = |issuer: &str| match id {
            "public" => Provider::new(issuer, id).prompt(Prompt::Consent),
            _ => client(issuer, id),
        };
        let site = works(&[("PAR", "required")], register).await;
        assert_eq!(site.provider.requests("/request").await, 1, "{id}");
    }
}

/// The metadata do not say so, and a setting does.
#[tokio::test]
async fn a_client_that_must_push_its_requests_works_with_the_setting() {
    let register = |issuer: &str| client(issuer, "par").pushed_authorization_requests(true);
    let site = works(&[], register).await;
    assert_eq!(site.provider.requests("/request").await, 1);
}

#[tokio::test]
async fn a_client_whose_id_tokens_are_signed_with_its_secret_works_with_the_setting() {
    let register = |issuer: &str| client(issuer, "hs256").algorithms([SigningAlgorithm::Hs256]);
    let site = works(&[("ID_ALGORITHMS", "HS256")], register).await;
    let who = sign_in(&site.browser()).await.json();
    assert_eq!(header(&who["id_token"], "alg"), "HS256");
}

//! Individual claims that a sign-in requests (OpenID Connect Core 1.0 section 5.5).

use tower_oidc::claims::{ClaimsRequest, RequestedClaim};

use super::site::{Site, client, sign_in};

const GOLD: &str = "urn:example:gold";

#[tokio::test]
async fn a_requested_claim_that_no_scope_includes_is_in_the_id_token() {
    let asking = |issuer: &str| {
        let phone = ClaimsRequest::new().id_token("phone_number", RequestedClaim::voluntary());
        client(issuer, "basic").claims_request(phone)
    };
    let site = Site::start(asking).await;
    let who = sign_in(&site.browser()).await.json();
    assert_eq!(who["claims"]["phone_number"], "+1 555");

    let site = Site::start(|issuer| client(issuer, "basic")).await;
    let who = sign_in(&site.browser()).await.json();
    assert_eq!(who["state"], "Authenticated");
    assert_eq!(who["claims"].get("phone_number"), None);
}

#[tokio::test]
async fn an_essential_acr_that_is_fulfilled_signs_in() {
    let asking = |issuer: &str| {
        let acr = RequestedClaim::essential().values(["urn:example:platinum", GOLD]);
        let claims = ClaimsRequest::new().id_token("acr", acr);
        client(issuer, "basic").claims_request(claims)
    };
    let site = Site::with(&[("ACR", GOLD)], asking, |auth| auth).await;

    let who = sign_in(&site.browser()).await.json();

    assert_eq!(who["claims"]["acr"], GOLD);
}

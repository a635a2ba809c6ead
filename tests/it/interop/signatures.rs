//! ID tokens with each signature algorithm in use, from sign-in to sign-out.

use http::Method;
use tower_oidc_tests::app::{App, url};
use tower_oidc_tests::callback::parameter;

use super::site::{Site, USER, client, header, sign_in};

#[tokio::test]
async fn a_user_signs_in_by_an_id_token_of_each_algorithm() {
    for (id, algorithm) in [
        ("basic", "RS256"),
        ("ps256", "PS256"),
        ("es256", "ES256"),
        ("post", "ES384"),
        ("eddsa", "EdDSA"),
    ] {
        let site = Site::start(|issuer| client(issuer, id)).await;

        let who = sign_in(&site.browser()).await.json();

        assert_eq!(who["state"], "Authenticated", "{algorithm}");
        assert_eq!(header(&who["id_token"], "alg"), algorithm);
        assert_eq!(who["claims"]["iss"], site.provider.issuer());
        assert_eq!(who["claims"]["sub"], USER);
        let scopes = who["scopes"].as_array().expect("a list");
        assert!(scopes.iter().any(|scope| scope == "offline_access"));
    }
}

/// OpenID Connect RP-Initiated Logout 1.0: by GET, with a question at the provider, and back.
#[tokio::test]
async fn a_sign_out_ends_the_session_at_the_provider_and_returns() {
    let site = Site::start(|issuer| client(issuer, "es256")).await;
    let browser = site.signed_in_browser().await;
    let id_token = browser.open(&url("/who")).await.json()["id_token"].clone();

    let page = browser.open(&url("/auth/sign-out")).await;
    let question = page.press("Sign out").await;

    let logout = question.last();
    assert_eq!(logout.method(), Method::GET);
    assert!(logout.url().as_str().starts_with(site.provider.issuer()));
    let parameter = |name| parameter(logout.url(), name);
    assert_eq!(parameter("id_token_hint").as_deref(), id_token.as_str());
    assert_eq!(parameter("client_id").as_deref(), Some("es256"));
    assert_eq!(parameter("post_logout_redirect_uri"), Some(url("/")));
    assert!(App::cookies(&browser).is_empty());

    let page = question.press("Yes, sign me out").await;

    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(page.text(), "nobody");
    let page = browser.open(&url("/auth/sign-in")).await;
    assert!(
        page.text().contains("Sign-in"),
        "the provider does not know the user any more"
    );
}

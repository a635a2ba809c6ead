//! PyPI's `oidc-provider-mock`: its ID tokens have no `kid` and `aud` as a list, its metadata list
//! no authentication methods, its responses have no `iss`, and it does not know `offline_access`.

use serde_json::{Value, json};
use tower_oidc::provider::ClientAuthMethod;
use tower_oidc::{AuthLayer, Provider};
use tower_oidc_tests::app::{ORIGIN, SECRET, router, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::visits::{EXPIRY, answer, at_once, token};
use tower_oidc_tests::{App, Browser, OidcProviderMock, TestClock, TestServer};

use super::site::{USER, header};

struct Site {
    provider: OidcProviderMock,
    clock: TestClock,
    browser: Browser,
    _server: TestServer,
}

async fn site(register: impl FnOnce(Provider) -> Provider) -> Site {
    let provider = OidcProviderMock::start().await;
    let clock = TestClock::starting_now();
    let registration = Provider::new(provider.issuer(), "application").client_secret("any");
    let auth = AuthLayer::builder()
        .provider(register(registration))
        .base_url(ORIGIN)
        .cookie_secret(SECRET)
        .clock(clock.clone())
        .build()
        .expect("the settings work");
    let server = TestServer::start(router().layer(auth)).await;
    let browser = Browser::new(&clock);
    browser.map(ORIGIN, server.address());
    Site {
        provider,
        clock,
        browser,
        _server: server,
    }
}

async fn sign_in(browser: &Browser) -> Page {
    let page = browser.open(&url("/auth/sign-in?return_to=/who")).await;
    page.submit("Authorize", &[("sub", USER)]).await
}

/// It accepts clients with a secret only, and any secret.
#[tokio::test]
async fn a_user_signs_in_and_out_with_the_secret_in_header_and_form() {
    for method in [
        ClientAuthMethod::ClientSecretBasic,
        ClientAuthMethod::ClientSecretPost,
    ] {
        let site = site(|provider| provider.client_auth_method(method)).await;

        let who = sign_in(&site.browser).await.json();

        assert_eq!(who["state"], "Authenticated", "{method:?}");
        assert_eq!(who["claims"]["sub"], USER);
        assert_eq!(who["claims"]["iss"], site.provider.issuer());
        assert_eq!(who["claims"]["aud"], json!(["application"]));
        assert_eq!(header(&who["id_token"], "kid"), Value::Null);

        let page = site.browser.open(&url("/auth/sign-out")).await;
        let page = page.press("Sign out").await.press("End session").await;
        assert_eq!(page.url().as_str(), url("/"));
        assert_eq!(page.text(), "nobody");
    }
}

/// Its error response has no state, so it cannot be matched to a sign-in.
#[tokio::test]
async fn a_user_who_refuses_is_not_signed_in() {
    let site = site(|provider| provider).await;
    let page = site.browser.open(&url("/auth/sign-in")).await;

    let page = page.press("Deny").await;

    assert_eq!(page.status(), 400);
    assert!(page.text().contains("/auth/sign-in"));
    assert!(!App::cookies(&site.browser).contains(&"__Host-Http-auth".to_owned()));
    assert_eq!(site.browser.open(&url("/")).await.text(), "nobody");
}

/// T-13: its response to a refresh has an access token only; the refresh token stays valid, and so
/// does the ID token of the sign-in.
#[tokio::test]
async fn refreshes_without_an_id_token_or_a_new_refresh_token_can_be_repeated() {
    let site = site(|provider| provider).await;
    let who = sign_in(&site.browser).await.json();
    let mut last = token(&site.browser).await;
    for _ in 0..3 {
        site.clock.advance(EXPIRY);

        let answers = at_once(64, &site.browser, "/token").await;

        assert_eq!(answers.len(), 64);
        assert!(answers.iter().all(|it| it["token"] == answers[0]["token"]));
        assert!(answers.iter().all(|it| it["sub"] == USER));
        assert_ne!(answers[0]["token"], last);
        last = answers[0]["token"].clone();
    }
    let now = answer(&site.browser, "/who").await;
    assert_eq!(now["id_token"], who["id_token"]);
    assert_eq!(now["claims"], who["claims"]);
}

//! The route that gives access tokens to scripts, and tokens for visitors, if a resolver finds the providers.

use serde_json::json;
use tower_oidc_tests::Tenants;
use tower_oidc_tests::tenants::Answer;
use tower_oidc_tests::visits::fetch;

const PATH: &str = "/auth/access-token";

async fn app(listed: &str) -> Tenants {
    Tenants::with(|auth| auth.access_token_path(PATH, [listed])).await
}

/// Y-16: the token of the sign-in is in the session and still valid.
#[tokio::test]
async fn while_the_provider_is_not_found_scripts_get_no_token_that_may_be_unlisted() {
    for listed in ["default", "https://api.example"] {
        let app = app(listed).await;
        let browser = app.signed_in_at("acme").await;
        let status = fetch(&browser, PATH).await.status();
        assert_eq!(status, if listed == "default" { 200 } else { 403 });

        for (answer, status) in [(Answer::Fails, 503), (Answer::Nothing, 401)] {
            app.auth.forget_provider("acme");
            app.resolver.answers(answer);
            let page = fetch(&browser, PATH).await;

            assert_eq!(page.status(), status, "{listed}, {answer:?}");
            assert!(!page.text().contains("access_token"), "{}", page.text());
            assert_eq!(page.header("cache-control"), Some("no-store"));
            assert_eq!(page.header("retry-after").is_some(), status == 503);
        }
    }
}

/// Y-22
#[tokio::test]
async fn without_a_session_a_request_for_a_token_is_answered_with_the_sign_in() {
    let app = app("https://api.example").await;

    for path in [
        PATH,
        "/auth/access-token?resource=https://api.example",
        "/token",
        "/token?resource=https://api.example",
        "/token?organization=org_acme",
    ] {
        let page = fetch(&app.browser(), path).await;

        assert_eq!(page.status(), 401, "{path}: {}", page.text());
        let expected = json!({ "error": "sign_in_required", "loginUrl": "/auth/sign-in" });
        assert_eq!(page.json(), expected, "{path}");
    }
}

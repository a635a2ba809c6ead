//! Asgardeo's guide for Auth.js.

use serde_json::json;
use tower_oidc_tests::App;
use tower_oidc_tests::visits::{answer, fetch};

/// Auth.js: the callbacks `jwt` and `session`.
#[tokio::test]
async fn the_application_decides_what_a_session_holds_and_what_its_scripts_see() {
    let app = App::with(|auth| {
        auth.map_claims(|_, claims| async move {
            let username = claims.standard().username;
            claims.with("login", &username).unwrap_or(claims)
        })
        .session_claims(["login", "given_name"])
    })
    .await;
    let browser = app.signed_in_browser().await;
    let seen = json!({
        "authenticated": true,
        "claims": { "login": "alice", "given_name": "Alice" },
    });

    assert_eq!(fetch(&browser, "/auth/session").await.json(), seen);
    answer(&browser, "/refresh").await;
    assert_eq!(fetch(&browser, "/auth/session").await.json(), seen);
}

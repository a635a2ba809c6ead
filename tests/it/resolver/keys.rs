//! Keys of a resolver's answers that are other than the key in the question, or that mean another provider.

use tower_oidc::Provider;
use tower_oidc_tests::Tenants;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::tenants::{Answer, HOST};

use crate::log;

/// Y-21
#[tokio::test]
async fn a_tenant_whose_key_is_the_id_of_a_registered_provider_signs_in_nowhere() {
    let app = Tenants::with(|auth| {
        auth.origins_from_requests(true)
            .provider_with_id("staff", Provider::new("https://id.example", "app"))
    })
    .await;
    app.resolver.answers(Answer::Key("staff"));
    let log = log::record();

    for page in [
        format!("{ORIGIN}/auth/sign-in"),
        format!("{ORIGIN}/auth/sign-in?login_hint=alice@acme.example"),
        format!("{ORIGIN}/start-for/alice@acme.example"),
        format!("{HOST}/auth/sign-in"),
        format!("{HOST}/auth/sign-in/staff"),
        format!("{HOST}/start-at/staff"),
    ] {
        assert_eq!(app.browser().open(&page).await.status(), 503, "{page}");
    }
    assert_eq!(app.provider("globex").counters().discovery, 0);
    let text = log.text();
    assert!(text.contains("ERROR "), "{text}");
    assert!(text.contains("the id of a registered provider"), "{text}");
    assert!(text.contains("key=\"staff\""), "{text}");
}

/// Y-02: the resolver's database ignores the case of keys.
#[tokio::test]
async fn a_key_in_another_case_is_unknown_and_no_error() {
    let app = Tenants::start().await;
    app.resolver.answers(Answer::IgnoresCase);
    let log = log::record();

    let status = async |path: &str| app.browser().open(&url(path)).await.status();
    assert_eq!(status("/auth/sign-in/ACME").await, 404);
    assert_eq!(status("/auth/callback/ACME?code=x&state=y").await, 400);

    let text = log.text();
    assert!(
        !text.contains(" WARN ") && !text.contains("ERROR "),
        "{text}"
    );
    assert_eq!(
        app.signed_in_at("acme")
            .await
            .open(&url("/tenant"))
            .await
            .text(),
        "acme"
    );
}

/// Y-10
#[tokio::test]
async fn the_log_shows_the_beginning_of_a_long_key() {
    const KEY: &str =
        "no/key/because/of/its/slashes/and/much/too/long/for/one/line/of/the/log/of/anybody";
    let app = Tenants::start().await;
    app.resolver.answers(Answer::Key(KEY));
    let log = log::record();

    let page = app.browser().open(&url("/auth/sign-in")).await;

    assert_eq!(page.status(), 503);
    let text = log.text();
    assert!(
        text.contains(&KEY[..64]) && !text.contains(&KEY[..65]),
        "{text}"
    );
}

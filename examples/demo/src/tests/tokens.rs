//! The page of the tokens, and the route that gives scripts their hashes.

use std::time::Duration;

use oidc_dev_provider::Fault;
use serde_json::Value;
use tower_oidc_tests::browser::Request;

use super::*;

const OF_ONE: &str = "?resource=https://api.one.example";
const OF_AN_ORGANIZATION: &str = "?organization=oqlvslpmrc3s";

#[tokio::test]
async fn the_tokens_page_shows_each_token_by_its_hash_and_what_the_provider_says_of_it() {
    let demo = Demo::start().await;

    let page = demo.browser.open(&demo.url("/tokens")).await;
    let page = page.press("alice").await;

    assert_eq!(page.url().as_str(), demo.url("/tokens"));
    let text = page.text();
    for query in ["", OF_ONE, OF_AN_ORGANIZATION] {
        assert!(text.contains(&demo.sha256(query).await), "{query}");
    }
    for shown in [
        "https://api.two.example",
        "organization 3pgwzp1b77do",
        // The scopes of a resource, and the same by introspection.
        ">read write<",
        "active: read write",
        // From UserInfo only.
        "custom_data",
        "Total",
    ] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
    assert!(!text.contains("eyJ"), "a token's text");
}

#[tokio::test]
async fn the_refresh_button_gets_a_new_token_and_returns_to_the_page() {
    let demo = Demo::start().await;
    let page = demo.signed_in("/tokens").await;
    let (before, of_one) = (demo.sha256("").await, demo.sha256(OF_ONE).await);

    let page = page.press("Refresh").await;

    assert_eq!(page.exchanges()[0].status(), 303);
    assert_eq!(page.url().as_str(), demo.url("/tokens"));
    assert_ne!(demo.sha256("").await, before);
    assert_eq!(demo.sha256(OF_ONE).await, of_one);

    page.press("Forget the access tokens").await;
    assert_ne!(demo.sha256(OF_ONE).await, of_one);
}

#[tokio::test]
async fn no_other_origin_can_press_the_refresh_button() {
    let demo = Demo::start().await;
    demo.signed_in("/").await;
    let refreshes = demo.provider.refreshes().len();

    // Another port is another origin of the same site: the session cookie is sent.
    for origin in ["http://localhost:1", "https://evil.example"] {
        let request = Request::navigation(&demo.url("/tokens/refresh"));
        let page = demo
            .browser
            .send(request.form::<&str, &str>(&[]).from(origin))
            .await;
        assert_eq!(page.status(), 403, "{origin}");
    }
    assert_eq!(demo.provider.refreshes().len(), refreshes);
}

#[tokio::test]
async fn a_refusal_of_the_refresh_button_leads_to_the_sign_in() {
    let demo = Demo::start().await;
    let page = demo.signed_in("/tokens").await;
    demo.provider.disable_user("alice");

    let page = page.press("Refresh").await;

    assert!(page.url().as_str().starts_with(demo.provider.issuer()));
}

#[tokio::test]
async fn an_outage_is_shown_only_where_it_matters() {
    let demo = Demo::start().await;
    demo.signed_in("/").await;
    let sha256 = demo.sha256("").await;
    demo.provider.go_down().await.unwrap();

    let page = demo.browser.open(&demo.url("/tokens")).await;

    assert_eq!(page.status(), 200);
    assert!(page.text().contains(&sha256));
    assert!(page.text().contains("try later"));
    assert!(page.text().contains("Total"));
    let page = page.press("Refresh").await;
    assert!(page.text().contains("Try later"));
    assert!(page.text().contains(&sha256));
}

#[tokio::test]
async fn a_provider_with_fewer_endpoints_breaks_nothing() {
    let provider = DevProvider::builder()
        .user(User::new("dora"))
        .fault(Fault::NoRefreshToken)
        .fault(Fault::MissingExpiresIn)
        .fault(Fault::IntrospectionUnavailable)
        .fault(Fault::UserInfoUnavailable);
    let demo = Demo::with(provider.start().await.unwrap()).await;
    let page = demo.browser.open(&demo.url("/tokens")).await;

    let page = page.press("dora").await;

    assert_eq!(page.status(), 200);
    assert!(page.text().contains("the provider does not say"));
    assert!(page.text().contains("the user has to sign in"));
    assert_eq!(
        demo.fetch("/api/token").await.json()["expires_in"],
        Value::Null
    );
}

#[tokio::test]
async fn a_script_gets_the_hash_of_a_token_and_its_lifetime() {
    let demo = Demo::start().await;
    demo.signed_in("/").await;

    for query in [
        "",
        OF_ONE,
        OF_AN_ORGANIZATION,
        "?resource=https://api.two.example&organization=oqlvslpmrc3s",
    ] {
        let answer = demo.fetch(&format!("/api/token{query}")).await;
        assert_eq!(answer.status(), 200, "{query}: {}", answer.text());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let answer = answer.json();
        let expires_in = answer["expires_in"].as_u64().unwrap();
        assert!((3_500..=3_600).contains(&expires_in), "{query}: {answer}");
        assert_eq!(answer["persisted"], true, "{query}");
        assert_eq!(answer.as_object().unwrap().len(), 3);
        assert_eq!(
            demo.sha256(query).await,
            answer["token_sha256"].as_str().unwrap()
        );
    }
    assert_eq!(demo.provider.refreshes().len(), 3);
}

#[tokio::test]
async fn a_script_without_a_token_gets_instructions() {
    let demo = Demo::start().await;

    let answer = demo.fetch("/api/token").await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.json()["error"], "sign_in_required");

    demo.signed_in("/").await;
    for (query, status, error) in [
        (
            "?resource=https://api.three.example",
            400,
            "unknown_resource",
        ),
        ("?organization=nobodys", 403, "denied"),
    ] {
        let answer = demo.fetch(&format!("/api/token{query}")).await;
        assert_eq!(answer.status(), status, "{query}");
        assert_eq!(answer.json()["error"], error);
    }
}

#[tokio::test]
async fn while_the_provider_is_down_a_script_is_asked_to_try_later_and_the_session_stays() {
    let demo = Demo::start().await;
    demo.signed_in("/").await;
    demo.provider.go_down().await.unwrap();

    let answer = demo.fetch(&format!("/api/token{OF_ONE}")).await;

    assert_eq!(answer.status(), 503);
    assert_eq!(answer.json()["error"], "unavailable");
    let retry_after = answer.header("retry-after").unwrap();
    assert!(retry_after.parse::<u64>().unwrap() > 0);
    assert_eq!(demo.fetch("/api/token").await.status(), 200);
}

#[tokio::test]
async fn when_the_refresh_is_refused_and_the_token_has_expired_a_script_is_asked_to_sign_in_again()
{
    let provider = DevProvider::builder().access_token_lifetime(Duration::ZERO);
    let demo = Demo::with(provider.start().await.unwrap()).await;
    demo.signed_in("/profile").await;
    demo.provider.disable_user("alice");

    let answer = demo.fetch("/api/token").await;

    assert_eq!(answer.status(), 401);
    assert_eq!(answer.json()["error"], "sign_in_required");
}

//! The field `user` of the form, as Apple sends it at a user's first sign-in: a name that is not signed.

use oidc_dev_provider::User;
use serde_json::{Value, json};
use tower_oidc_tests::visits::answer;

use super::*;

const MALLORY: &str =
    r#"{"name":{"firstName":"Mallory","lastName":"M"},"email":"ceo@example.com","sub":"bob"}"#;

/// The claims of alice after a sign-in whose form has this field.
async fn claims(app: &App, user: &str) -> Value {
    let (browser, mut fields) = answered(app).await;
    fields.push(("user".to_owned(), user.to_owned()));
    let redirect = browser.step(&form(app, &fields)).await;
    let location = redirect.header("location").unwrap();
    assert!(!location.contains("Mallory"), "{location}");
    follow(app, &browser, &redirect).await;
    answer(&browser, "/who").await["claims"].clone()
}

async fn start_reading(read: bool) -> App {
    let register = |it: tower_oidc::Provider| {
        let posts = it.response_mode(ResponseMode::FormPost);
        posts.posted_user_name(read)
    };
    let alice = User::new("alice").claim("family_name", "Liddell");
    App::registered(|it| it.user(alice), register, |auth| auth).await
}

/// S-36
#[tokio::test]
async fn the_name_in_the_form_fills_in_for_signed_claims_and_replaces_none() {
    let app = start_reading(true).await;
    let signed = claims(&app, "{}").await;
    assert_eq!(signed["given_name"], json!(null));

    let with_name = claims(&app, MALLORY).await;

    assert_eq!(with_name["given_name"], "Mallory");
    for claim in ["sub", "family_name", "email"] {
        assert_eq!(with_name[claim], signed[claim], "{claim}");
    }
    assert_eq!(with_name["family_name"], "Liddell");
}

/// S-36
#[tokio::test]
async fn by_default_the_name_in_the_form_is_not_read() {
    let app = start_reading(false).await;

    let claims = claims(&app, MALLORY).await;

    assert_eq!(claims["sub"], "alice");
    assert!(!claims.to_string().contains("Mallory"), "{claims}");
}

/// S-36: the query of a callback is no form.
#[tokio::test]
async fn the_name_in_a_query_is_not_read() {
    let app = start_reading(true).await;
    let (browser, mut fields) = answered(&app).await;
    fields.push(("user".to_owned(), MALLORY.to_owned()));
    let query = Url::parse_with_params(&url(CALLBACK), &fields).unwrap();

    let callback = Request::navigation(query.as_str()).from(app.provider.issuer());
    let signed_in = browser.step(&callback).await;

    assert_eq!(signed_in.header("location"), Some("/private"));
    let claims = answer(&browser, "/who").await["claims"].clone();
    assert!(!claims.to_string().contains("Mallory"), "{claims}");
}

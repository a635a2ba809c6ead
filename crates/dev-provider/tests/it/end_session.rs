//! The end-session endpoint (OpenID Connect RP-Initiated Logout 1.0).

use oidc_dev_provider::{Client, DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider, Fault};

use crate::support::{Answer, Visitor, request, with};

const RETURN_TO: &str = "http://localhost:3000/auth/signed-out";

async fn end_session(visitor: &mut Visitor, hint: &str, extra: &[(&str, &str)]) -> Answer {
    let query = [
        &[
            ("id_token_hint", hint),
            ("post_logout_redirect_uri", RETURN_TO),
            ("state", "bye"),
        ],
        extra,
    ]
    .concat();
    visitor.get("/end_session", &query).await
}

async fn signed_in(visitor: &mut Visitor, user: &str) -> String {
    let tokens = visitor.tokens(user, request()).await;
    tokens["id_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_hint_and_a_registered_uri_sign_out_at_once() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let hint = signed_in(&mut visitor, "alice").await;
    let answer = end_session(&mut visitor, &hint, &[("client_id", DEV_CLIENT_ID)]).await;
    let location = answer.location();
    assert_eq!(location.as_str(), format!("{RETURN_TO}?state=bye"));
    assert_eq!(
        (visitor.cookie.as_ref(), provider.session_count()),
        (None, 0)
    );
    assert_eq!(visitor.get("/authorize", &request()).await.status, 200);
}

#[tokio::test]
async fn a_hint_without_the_cookie_ends_the_session_that_it_names() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let hint = signed_in(&mut visitor, "alice").await;
    let mut cookieless = Visitor::new(&provider);
    let answer = end_session(&mut cookieless, &hint, &[]).await;
    assert!(answer.is_redirect());
    assert_eq!(provider.session_count(), 0);
}

#[tokio::test]
async fn without_a_hint_the_user_is_asked() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    signed_in(&mut visitor, "alice").await;
    let page = end_session(&mut visitor, "", &[("client_id", DEV_CLIENT_ID)]).await;
    assert!(page.body.contains(r#"name="confirm" value="yes""#));
    assert_eq!(provider.session_count(), 1);
    let query = [("client_id", DEV_CLIENT_ID), ("confirm", "yes")];
    assert_eq!(visitor.get("/end_session", &query).await.status, 200);
    assert_eq!(provider.session_count(), 1, "a link does not confirm");

    let fields = [
        ("client_id", DEV_CLIENT_ID),
        ("post_logout_redirect_uri", RETURN_TO),
        ("confirm", "yes"),
    ];
    let answer = visitor.post("/end_session", &fields).await;
    assert_eq!(answer.location().as_str(), RETURN_TO);
    assert_eq!(provider.session_count(), 0);
}

#[tokio::test]
async fn the_endpoint_is_also_available_at_the_path_of_genauth() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let hint = signed_in(&mut visitor, "alice").await;

    let page = visitor.get("/session/end", &[]).await;
    let confirmation = format!(r#"action="{}/end_session""#, provider.issuer());
    assert!(page.body.contains(&confirmation), "{}", page.body);
    let query = [("id_token_hint", hint.as_str())];
    assert_eq!(visitor.get("/session/end", &query).await.status, 200);

    assert_eq!(provider.session_count(), 0);
}

#[tokio::test]
async fn a_forged_hint_is_ignored() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let hint = signed_in(&mut visitor, "alice").await;
    let (input, _) = hint.rsplit_once('.').unwrap();
    let forged = format!("{input}.{}", "A".repeat(128));
    for hint in [&forged, "not.a.token", "neither"] {
        let client = [("client_id", DEV_CLIENT_ID)];
        let answer = end_session(&mut visitor, hint, &client).await;
        assert_eq!(answer.status, 200, "{hint}");
        assert_eq!(provider.session_count(), 1);
    }
}

#[tokio::test]
async fn a_hint_about_another_user_asks_the_signed_in_user() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let alice = signed_in(&mut visitor, "alice").await;
    signed_in(&mut visitor, "bob").await;
    let page = end_session(&mut visitor, &alice, &[]).await;
    assert!(page.body.contains(r#"name="confirm" value="yes""#));
    assert_eq!(provider.session_count(), 1);
}

#[tokio::test]
async fn a_hint_of_another_client_is_refused() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let hint = signed_in(&mut visitor, "alice").await;
    let other = [("client_id", "dev-public")];
    let answer = end_session(&mut visitor, &hint, &other).await;
    assert_eq!(answer.status, 400);
    assert_eq!(provider.session_count(), 1);
}

#[tokio::test]
async fn a_hint_is_accepted_after_its_key_was_rotated() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let hint = signed_in(&mut visitor, "alice").await;
    provider.rotate_keys();
    let answer = end_session(&mut visitor, &hint, &[]).await;
    assert!(answer.is_redirect());
}

#[tokio::test]
async fn a_uri_that_is_not_registered_is_refused() {
    let shop = Client::confidential(DEV_CLIENT_ID, DEV_CLIENT_SECRET)
        .post_logout_redirect_uri("https://shop.example/");
    let provider = DevProvider::builder().client(shop).start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let hint = signed_in(&mut visitor, "alice").await;
    let answer = end_session(&mut visitor, &hint, &[]).await;
    assert_eq!(answer.status, 400);
    assert_eq!(provider.session_count(), 1);
    let query = with(vec![("id_token_hint", hint.as_str())], "state", "bye");
    let answer = visitor.get("/end_session", &query).await;
    assert_eq!((answer.status.as_u16(), provider.session_count()), (200, 0));
}

#[tokio::test]
async fn a_provider_that_requires_the_hint_redirects_back_only_with_it() {
    let fault = Fault::EndSessionRequiresIdTokenHint;
    let provider = DevProvider::builder().fault(fault).start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let hint = signed_in(&mut visitor, "alice").await;
    let client = [("client_id", DEV_CLIENT_ID)];
    for without in ["", "not.a.token"] {
        let refused = end_session(&mut visitor, without, &client).await;
        assert_eq!(refused.status, 400);
    }
    assert_eq!(visitor.get("/end_session", &client).await.status, 200);
    assert_eq!(provider.session_count(), 1);
    assert!(
        end_session(&mut visitor, &hint, &client)
            .await
            .is_redirect()
    );
    assert_eq!(provider.session_count(), 0);
}

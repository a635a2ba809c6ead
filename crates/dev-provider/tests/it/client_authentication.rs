//! Client authentication (OpenID Connect Core 1.0 section 9).

use base64_simd::STANDARD;
use oidc_dev_provider::{Client, DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider};

use crate::support::{Visitor, code_grant, request, with};

fn basic(id: &str, secret: &str) -> String {
    let credentials = STANDARD.encode_to_string(format!("{id}:{secret}"));
    format!("Basic {credentials}")
}

#[tokio::test]
async fn the_secret_may_be_posted_or_sent_as_basic_and_tests_can_check_which() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let code = visitor.sign_in("alice", request()).await;
    assert_eq!(visitor.redeem(&code).await.status, 200);

    let code = visitor.sign_in("alice", request()).await;
    let basic = basic(DEV_CLIENT_ID, DEV_CLIENT_SECRET);
    let grant = with(code_grant(&code), "client_secret", "");
    let answer = visitor.post_as(Some(&basic), "/token", &grant).await;
    assert_eq!(answer.status, 200);

    let [posted, sent] = &provider.token_requests()[..] else {
        panic!("two requests");
    };
    assert_eq!(posted.authorization(), None);
    assert_eq!(posted.parameter("client_secret"), Some(DEV_CLIENT_SECRET));
    assert_eq!(sent.authorization(), Some(basic.as_str()));
    assert_eq!(sent.parameter("client_secret"), None);
    assert!(!format!("{posted:?}").contains(DEV_CLIENT_SECRET));
}

#[tokio::test]
async fn basic_credentials_are_form_urlencoded_first() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let (id, secret) = ("dev:odd/%+ id", "s3cr:et/%+ &=?~!*");
    let encoded =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    for (authorization, status) in [
        (basic(&encoded(id), &encoded(secret)), 200),
        (basic(id, secret), 401),
    ] {
        let code = visitor
            .sign_in("alice", with(request(), "client_id", id))
            .await;
        let grant = with(code_grant(&code), "client_id", "");
        let grant = with(grant, "client_secret", "");
        let answer = visitor
            .post_as(Some(&authorization), "/token", &grant)
            .await;
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn a_public_client_has_no_secret_and_a_confidential_one_needs_it() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for (id, secret, status) in [
        ("dev-public", "", 200),
        ("dev-public", "a-secret", 401),
        (DEV_CLIENT_ID, "", 401),
        (DEV_CLIENT_ID, "another-secret", 401),
        ("nobody", "", 401),
    ] {
        let known = if id == "nobody" { DEV_CLIENT_ID } else { id };
        let code = visitor
            .sign_in("alice", with(request(), "client_id", known))
            .await;
        let grant = with(code_grant(&code), "client_id", id);
        let grant = with(grant, "client_secret", secret);
        let answer = visitor.post("/token", &grant).await;
        assert_eq!(answer.status, status, "{id} with {secret:?}");
    }
}

#[tokio::test]
async fn two_methods_in_one_request_are_refused() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let code = visitor.sign_in("alice", request()).await;
    let basic = basic(DEV_CLIENT_ID, DEV_CLIENT_SECRET);
    let answer = visitor
        .post_as(Some(&basic), "/token", &code_grant(&code))
        .await;
    assert_eq!(answer.error(), "invalid_request");
}

#[tokio::test]
async fn a_configured_client_may_use_its_own_redirect_uris_only() {
    let provider = DevProvider::builder()
        .client(Client::public("shop").redirect_uri("https://shop.example/cb"))
        .start()
        .await
        .unwrap();
    let mut visitor = Visitor::new(&provider);
    let shop = with(request(), "client_id", "shop");
    let listed = with(shop.clone(), "redirect_uri", "https://shop.example/cb");
    assert_eq!(visitor.get("/authorize", &listed).await.status, 200);
    assert_eq!(visitor.get("/authorize", &shop).await.status, 400);
}

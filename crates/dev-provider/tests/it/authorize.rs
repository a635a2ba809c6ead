//! The authorization endpoint (OpenID Connect Core 1.0 section 3.1.2).

use oidc_dev_provider::{DevProvider, User};

use crate::support::{REDIRECT_URI, TestClock, Visitor, claims, request, with};

#[tokio::test]
async fn a_faulty_request_is_reported_to_the_client() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("scope", "profile", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "dance", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("request", "a.b.c", "request_not_supported"),
        (
            "request_uri",
            "https://a.example",
            "request_uri_not_supported",
        ),
    ] {
        let answer = visitor
            .get("/authorize", &with(request(), name, value))
            .await;
        let parameter = |name| answer.location_parameter(name);
        assert_eq!(parameter("error").as_deref(), Some(error), "{name}={value}");
        assert_eq!(parameter("state").as_deref(), Some("the-state"));
        assert_eq!(parameter("iss").as_deref(), Some(provider.issuer()));
        assert_eq!(parameter("code"), None);
    }
}

#[tokio::test]
async fn an_unknown_client_or_redirect_uri_gets_a_page_and_no_redirect() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for (name, value) in [
        ("client_id", "nobody"),
        ("client_id", ""),
        ("redirect_uri", "https://evil.example/"),
        ("redirect_uri", "http://localhost.evil.example/"),
        ("redirect_uri", "http://localhost@evil.example/"),
        ("redirect_uri", "http://localhost/#fragment"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", ""),
    ] {
        let answer = visitor
            .get("/authorize", &with(request(), name, value))
            .await;
        assert_eq!(answer.status, 400, "{name}={value}");
        assert!(!answer.body.contains("evil"));
    }
    let mut twice = request();
    twice.push(("redirect_uri", REDIRECT_URI));
    assert_eq!(visitor.get("/authorize", &twice).await.status, 400);
}

#[tokio::test]
async fn any_loopback_redirect_uri_is_accepted_for_development() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for uri in [
        "http://localhost:1/a",
        "https://localhost/",
        "http://127.0.0.1:2/b",
        "http://[::1]:3/c?d=e",
    ] {
        let request = with(request(), "redirect_uri", uri);
        assert_eq!(visitor.get("/authorize", &request).await.status, 200);
    }
}

#[tokio::test]
async fn the_provider_remembers_who_signed_in() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("bob", request()).await;
    let answer = visitor.get("/authorize", &request()).await;
    let code = answer.location_parameter("code").expect("no page");
    let second = visitor.redeem(&code).await.json();
    assert_eq!(claims(&second)["sub"], "bob");
    assert_eq!(claims(&second)["sid"], claims(&first)["sid"]);
    assert_eq!(provider.session_count(), 1);
}

#[tokio::test]
async fn another_user_replaces_the_session() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("bob", request()).await;
    let second = visitor.tokens("alice", request()).await;
    assert_ne!(claims(&first)["sid"], claims(&second)["sid"]);
    assert_eq!(provider.session_count(), 1);
}

/// S-30
#[tokio::test]
async fn prompt_none_shows_no_page() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let silent = with(request(), "prompt", "none");
    let error = visitor.get("/authorize", &silent).await;
    let error = error.location_parameter("error");
    assert_eq!(error.as_deref(), Some("login_required"));
    visitor.sign_in("alice", request()).await;
    let answer = visitor.get("/authorize", &silent).await;
    assert!(answer.location_parameter("code").is_some());
}

#[tokio::test]
async fn prompt_login_and_an_old_session_show_the_page_again() {
    let clock = TestClock::new();
    let provider = clock.builder().start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let first = visitor.tokens("alice", request()).await;
    clock.advance(100);
    for (name, value, redirects) in [
        ("prompt", "login", false),
        ("prompt", "select_account", false),
        ("max_age", "99", false),
        ("max_age", "0", false),
        ("max_age", "100", true),
    ] {
        let request = with(request(), name, value);
        let answer = visitor.get("/authorize", &request).await;
        assert_eq!(answer.is_redirect(), redirects, "{name}={value}");
    }
    let request = with(request(), "max_age", "99");
    let second = visitor.tokens("alice", request).await;
    let auth_time = |tokens| claims(tokens)["auth_time"].as_u64().unwrap();
    assert_eq!(auth_time(&second), auth_time(&first) + 100);
}

#[tokio::test]
async fn a_login_hint_puts_its_user_first() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let page = visitor
        .get("/authorize", &with(request(), "login_hint", "carol"))
        .await;
    assert!(page.body.find(r#"value="carol">"#) < page.body.find(r#"value="alice">"#));
}

/// S-12
#[tokio::test]
async fn cancelling_denies_access() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let answer = visitor
        .post("/authorize", &with(request(), "cancel", "yes"))
        .await;
    let error = answer.location_parameter("error");
    assert_eq!(error.as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn a_link_alone_selects_no_user() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    for (name, value) in [("user", "alice"), ("cancel", "yes")] {
        let query = with(request(), name, value);
        assert_eq!(visitor.get("/authorize", &query).await.status, 200);
    }
    assert_eq!(provider.session_count(), 0);
}

#[tokio::test]
async fn an_unknown_user_is_asked_again() {
    let provider = DevProvider::start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let answer = visitor
        .post("/authorize", &with(request(), "user", "mallory"))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(visitor.cookie, None);
}

#[tokio::test]
async fn consent_is_asked_once_for_each_client() {
    let provider = DevProvider::builder().consent(true).start().await.unwrap();
    let mut visitor = Visitor::new(&provider);
    let page = visitor
        .post("/authorize", &with(request(), "user", "alice"))
        .await;
    assert!(page.body.contains(r#"name="consent" value="allow""#));
    assert!(!page.body.contains(r#"name="user""#));
    let silent = with(request(), "prompt", "none");
    let error = visitor.get("/authorize", &silent).await;
    let error = error.location_parameter("error");
    assert_eq!(error.as_deref(), Some("consent_required"));

    let allowed = visitor
        .post("/authorize", &with(request(), "consent", "allow"))
        .await;
    assert!(allowed.location_parameter("code").is_some());
    assert!(visitor.get("/authorize", &request()).await.is_redirect());
    let again = with(request(), "prompt", "consent");
    assert_eq!(visitor.get("/authorize", &again).await.status, 200);
    let other = with(request(), "client_id", "dev-public");
    assert_eq!(visitor.get("/authorize", &other).await.status, 200);
}

#[tokio::test]
async fn pages_escape_what_they_repeat() {
    let provider = DevProvider::builder()
        .user(User::new("<b>\"'&").claim("name", "<script>"))
        .start()
        .await
        .unwrap();
    let mut visitor = Visitor::new(&provider);
    let evil = r#""><script>alert('1')</script>"#;
    let page = visitor
        .get("/authorize", &with(request(), "state", evil))
        .await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<script>"));
    assert!(page.body.contains(r#"value="&lt;b&gt;&quot;&#39;&amp;""#));
    assert!(
        page.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'none'")
    );
}

#[tokio::test]
async fn the_issuer_may_have_a_path() {
    let provider = DevProvider::builder()
        .issuer_path("/oidc")
        .iss_parameter(false)
        .start()
        .await
        .unwrap();
    assert!(provider.issuer().ends_with("/oidc"));
    let mut visitor = Visitor::new(&provider);
    let metadata = visitor.get("/.well-known/openid-configuration", &[]).await;
    let metadata = metadata.json();
    assert_eq!(metadata["issuer"], provider.issuer());
    let token_endpoint = format!("{}/token", provider.issuer());
    assert_eq!(metadata["token_endpoint"], token_endpoint);
    let promise = "authorization_response_iss_parameter_supported";
    assert_eq!(metadata[promise], false);
    let answer = visitor
        .post("/authorize", &with(request(), "user", "alice"))
        .await;
    assert_eq!(answer.location_parameter("iss"), None);
    assert_eq!(answer.location().host_str(), Some("localhost"));
    assert!(answer.location_parameter("code").is_some());

    for path in ["oidc", "/", "/oidc/", "/{x}", "/../x"] {
        let refused = DevProvider::builder().issuer_path(path).start().await;
        assert!(refused.is_err(), "{path}");
    }
}

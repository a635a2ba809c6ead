//! Callbacks that no provider sends are refused before any cookie is read for them.

use http::Method;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{
    begun, by_method, is_refusal, parameter, returning, session, transactions,
};
use url::Url;

/// S-04, S-10, S-11, S-13, S-14: even with a code and a state that would be accepted.
#[tokio::test]
async fn a_malformed_callback_is_refused_before_any_cookie_is_read() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let query = callback.query().unwrap();
    let state = parameter(&callback, "state").unwrap();
    let code = parameter(&callback, "code").unwrap();
    let before = (session(&browser), transactions(&browser));
    let (counters, derivations) = (app.provider.counters(), app.auth.counters().derivations());
    let long = "s".repeat(10_000);
    let longer = "x".repeat(20_000);
    let no_code = query.replace("code=", "kode=");

    for malformed in [
        String::new(),
        format!("code={code}"),
        format!("code={code}&state="),
        format!("code={code}&state={long}"),
        format!("code={code}&state=%ff%fe"),
        format!("code={code}&state={state}%00"),
        format!("{query}&code={code}"),
        format!("{query}&state={state}"),
        format!("{query}&iss=https://other.example"),
        format!("{query}&code[]={code}"),
        format!("{query}&Code={code}"),
        format!("{query}&x=1;state={state}"),
        format!("{query}&error=access_denied"),
        format!("{no_code}&error=access_denied&error=server_error"),
        no_code.clone(),
        format!("{no_code}&error=access_denied&error_description={longer}"),
        format!("{query}{}", "&x=1".repeat(32)),
        "error=access_denied".to_owned(),
        "error=access_denied&state=".to_owned(),
        "error=%3Cscript%3Ealert(1)%3C/script%3E".to_owned(),
    ] {
        let malformed = Url::parse(&url(&format!("/auth/callback?{malformed}"))).unwrap();
        let exchange = browser.step(&returning(&app, &malformed)).await;

        is_refusal(&exchange, 400, malformed.as_str());
        assert!(exchange.set_cookies().is_empty(), "{malformed}");
        assert!(!exchange.text().contains("script"), "{malformed}");
    }

    assert_eq!(app.provider.counters(), counters);
    assert_eq!(app.auth.counters().derivations(), derivations);
    assert_eq!((session(&browser), transactions(&browser)), before);
    // The sign-in in progress is unaffected.
    let page = browser.send(returning(&app, &callback)).await;
    assert_eq!(page.text(), "alice");
}

/// S-14: an error response without a sign-in of this browser causes no redirect.
#[tokio::test]
async fn an_error_with_an_unknown_state_gets_a_page_and_no_redirect() {
    let app = App::start().await;
    let browser = app.browser();
    let unknown = format!("a{}", "A".repeat(43));

    for state in ["x", &unknown, "https%3A%2F%2Fevil.example"] {
        let query = format!("/auth/callback?error=login_required&state={state}");
        let callback = Url::parse(&url(&query)).unwrap();
        let exchange = browser.step(&returning(&app, &callback)).await;

        is_refusal(&exchange, 400, state);
        assert!(exchange.set_cookies().is_empty(), "{state}");
        assert!(!exchange.text().contains("evil"));
    }
    assert_eq!(app.provider.counters().authorize, 0);
}

/// S-15, H-01, H-03: only the query of a GET is accepted.
#[tokio::test]
async fn the_callback_accepts_only_the_query_of_a_get() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let callback = begun(&app, &browser, "/auth/sign-in").await;
    let tokens = app.provider.counters().token;
    let query = callback.query().unwrap();
    let path = format!("/auth/callback?{query}");

    for method in [Method::HEAD, Method::POST, Method::PUT, Method::DELETE] {
        let exchange = browser
            .step(&by_method(&path, ORIGIN, method.clone()))
            .await;

        is_refusal(&exchange, 405, method.as_str());
        assert_eq!(exchange.header("allow"), Some("GET, OPTIONS"));
    }
    // `response_mode=form_post` and `fragment`.
    let form: Vec<_> = callback.query_pairs().collect();
    let posted = Request::navigation(&url("/auth/callback"))
        .from(app.provider.issuer())
        .form(&form);
    is_refusal(&browser.step(&posted).await, 405, "form_post");
    let fragment = Request::navigation(&url(&format!("/auth/callback#{query}")));
    is_refusal(&browser.step(&fragment).await, 400, "fragment");

    assert_eq!(app.provider.counters().token, tokens);
    let page = browser.send(returning(&app, &callback)).await;
    assert_eq!(page.text(), "alice");
}

//! Long URLs neither prevent a sign-in nor overflow a response head.

use tower_oidc_tests::app::{ORIGIN, sign_in, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::{App, random_text};

/// The response head that a stock nginx accepts.
const NGINX: usize = 4_096;

/// D-02: other sites can make a browser start sign-ins, with the longest `return_to` that is
/// accepted.
#[tokio::test]
async fn sign_ins_with_long_return_paths_do_not_fill_the_cookie_header() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;

    for number in 0..5 {
        let path = format!("/{number}{}", "a".repeat(2000));
        let request = Request::navigation(&url(&format!("/auth/sign-in?return_to={path}")));
        browser.step(&request.from("https://evil.example")).await;
    }

    let sizes: usize = browser
        .cookies()
        .iter()
        .map(|cookie| cookie.size() + 3)
        .sum();
    assert!(sizes < 8_192, "{sizes}");
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

#[tokio::test]
async fn two_ordinary_sign_ins_can_be_in_progress_together() {
    let app = App::start().await;
    let browser = app.browser();
    let one = browser.open(&url("/auth/sign-in?return_to=/?tab=1")).await;
    let path = "a".repeat(1500);
    browser
        .open(&url(&format!("/auth/sign-in?return_to=/{path}")))
        .await;

    assert_eq!(one.press("alice").await.text(), "alice");
}

#[tokio::test]
async fn a_guarded_page_with_a_long_url_still_redirects_to_the_sign_in() {
    let app = App::start().await;

    for (query, comes_back) in [
        ("a".repeat(1_000), true),
        ("&".repeat(1_000), false),
        ("a".repeat(6_000), false),
        ("&".repeat(20_000), false),
    ] {
        let browser = app.browser();
        let request = Request::navigation(&url(&format!("/private?{query}"))).from(ORIGIN);
        let redirect = browser.step(&request).await;
        assert_eq!(redirect.status(), 303);
        assert!(redirect.head_size() < NGINX, "{}", redirect.head_size());

        let page = browser.send(request).await.press("alice").await;

        let expected = if comes_back {
            format!("/private?{query}")
        } else {
            "/".to_owned()
        };
        assert_eq!(page.url().as_str(), url(&expected));
        assert_eq!(page.text(), "alice");
    }
}

/// The return path must not push the response head of a callback over the limit of a stock nginx:
/// the code has been used by then.
#[tokio::test]
async fn a_callback_beside_a_large_session_redirects_to_the_default_page() {
    let app = App::with_provider(
        |provider| {
            let text = random_text(1_100);
            let names = (0..110).map(|number| text[number * 10..][..10].to_owned());
            let groups: Vec<String> = names.collect();
            let user = oidc_dev_provider::User::new("heavy").claim("groups", groups);
            provider.user(user)
        },
        |auth| auth,
    )
    .await;
    let browser = app.browser();
    let path = format!("/who?{}", "a".repeat(1_900));

    let page = browser
        .open(&url(&format!("/auth/sign-in?return_to={path}")))
        .await;
    let page = page.press("heavy").await;

    assert_eq!(page.url().as_str(), url("/"));
    let callback = &page.exchanges()[page.exchanges().len() - 2];
    assert!(callback.head_size() < NGINX, "{}", callback.head_size());
    assert_eq!(browser.open(&url("/")).await.text(), "heavy");

    let page = sign_in(&app.browser()).await;
    assert_eq!(page.text(), "alice");
}

//! What the layer's own pages show, and what the provider receives.

use std::time::Duration;

use oidc_dev_provider::Fault;
use tower_oidc_tests::app::{ORIGIN, sign_in_as, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::{App, Browser};

/// L-06: our pages do not repeat the request, and may not load, frame or post anything.
#[tokio::test]
async fn our_pages_reflect_no_input_and_have_strict_headers() {
    const MARK: &str = "x7reflectedx7";
    let app = App::start().await;
    let browser = app.browser();
    let long = "a".repeat(17_000);
    let paths = [
        format!("/auth/callback?error={MARK}&error_description={MARK}&state={MARK}"),
        format!("/auth/callback?code={MARK}&state={MARK}&state={MARK}"),
        format!("/auth/callback?<script>{MARK}</script>"),
        format!("/auth/sign-in?return_to=/{MARK}{long}"),
        format!("/auth/sign-out?{MARK}"),
    ];
    for path in paths {
        let page = visit(&browser, &path, MARK).await;

        let case = &path[..40.min(path.len())];
        assert!(!page.text().contains(MARK), "{case}");
        assert!(!page.text().contains("<script"), "{case}");
        for (name, value) in page.last().headers() {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            assert!(!value.contains(MARK), "{case}: {name}");
        }
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'"), "{case}: {policy}");
        for directive in ["frame-ancestors 'none'", "base-uri 'none'", "form-action "] {
            assert!(policy.contains(directive), "{case}: {policy}");
        }
        assert_eq!(
            page.header("x-content-type-options"),
            Some("nosniff"),
            "{case}"
        );
        // The form of the sign-out's question sends `Origin` to its own site only.
        let referrer = match page.text().contains("<form") {
            true => "same-origin",
            false => "no-referrer",
        };
        assert_eq!(page.header("referrer-policy"), Some(referrer), "{case}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{case}");
    }
}

async fn visit(browser: &Browser, path: &str, mark: &str) -> Page {
    let request = Request::navigation(&url(path))
        .from(ORIGIN)
        .header("user-agent", mark)
        .header("x-forwarded-host", mark);
    browser.send(request).await
}

/// The operator chooses the name, and it may contain HTML characters.
#[tokio::test]
async fn the_page_of_an_unreachable_provider_names_it_as_text() {
    for (name, shown) in [
        (
            Some("Tom & <b>Jerry</b>"),
            "Tom &amp; &lt;b&gt;Jerry&lt;/b&gt;",
        ),
        (
            None,
            "<p>If you were signed in before, you still are. Please try again in a moment.</p>",
        ),
    ] {
        let app = App::registered(
            |provider| provider,
            |registration| match name {
                Some(name) => registration.name(name),
                None => registration,
            },
            |auth| auth,
        )
        .await;
        app.provider.add_fault(Fault::DiscoveryUnavailable);

        let page = app.browser().open(&url("/auth/sign-in")).await;

        assert_eq!(page.status(), 502);
        assert!(page.text().contains(shown), "{}", page.text());
        assert!(!page.text().contains("<b>"), "{}", page.text());
    }
}

/// L-07: the provider receives the parameters of the protocol, and no more.
#[tokio::test]
async fn the_authorization_request_has_only_standard_parameters_and_no_referrer() {
    let app = App::start().await;
    let browser = app.browser();

    let page = browser
        .navigate(
            ORIGIN,
            &url("/auth/sign-in?return_to=/private&unknown=1&scope=admin"),
        )
        .await;

    let exchange = page.last();
    let mut names: Vec<_> = exchange
        .url()
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "client_id",
            "code_challenge",
            "code_challenge_method",
            "nonce",
            "redirect_uri",
            "response_type",
            "scope",
            "state"
        ]
    );
    assert!(!exchange.url().as_str().contains("private"));
    assert!(!exchange.request_headers().contains_key("referer"));
}

/// S-32, L-06
#[tokio::test]
async fn a_refused_step_up_does_not_name_the_other_user() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(Duration::from_secs(120));
    let page = browser.navigate(ORIGIN, &url("/step-up")).await;
    let page = page.press("bob").await;

    assert_eq!(page.status(), 400);
    assert!(!page.text().contains("bob") && !page.text().contains("alice"));
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    assert_eq!(sign_in_as(&browser, "bob").await.text(), "bob");
}

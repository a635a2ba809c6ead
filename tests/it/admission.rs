//! Admission: the provider authenticates a user, and the application does not admit them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tower_oidc::AuthLayerBuilder;
use tower_oidc::hooks::{Admission, AdmissionRequest, ClaimsToMap};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{sign_in_as, url};
use tower_oidc_tests::callback::{begun, is_refusal, known_browser, returning, session};

/// Bob is not admitted.
fn all_but_bob(
    auth: AuthLayerBuilder,
    denied: impl Fn() -> Admission + Send + Sync + 'static,
) -> AuthLayerBuilder {
    auth.admission(move |AdmissionRequest { claims, .. }| {
        let answer = match claims.sub() {
            "bob" => denied(),
            _ => Admission::Allow,
        };
        async move {
            tokio::task::yield_now().await;
            Ok(answer)
        }
    })
}

#[tokio::test]
async fn a_denied_sign_in_leaves_an_earlier_session_unchanged() {
    let app = App::with(|auth| all_but_bob(auth, || Admission::Deny)).await;
    let browser = app.signed_in_browser().await;
    let stranger = app.browser();
    let before = session(&browser);

    for (browser, before) in [(&browser, before), (&stranger, None)] {
        let page = sign_in_as(browser, "bob").await;
        is_refusal(page.last(), 403, "denied");
        assert!(page.text().contains("may not use this application"));
        assert_eq!(session(browser), before);
    }

    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    assert_eq!(stranger.open(&url("/")).await.text(), "nobody");
    // The refresh tokens that no session holds are revoked; alice's stays valid.
    assert_eq!(app.provider.revocations().len(), 2);
    assert_eq!(browser.open(&url("/refresh")).await.status(), 200);
}

#[tokio::test]
async fn the_text_of_a_denial_is_shown_and_no_markup() {
    let text = "Ask <b>\"Ann\" & 'Bert'</b><script>alert(1)</script>";
    let app = App::with(|auth| all_but_bob(auth, move || Admission::deny_with(text))).await;

    let page = sign_in_as(&app.browser(), "bob").await;

    is_refusal(page.last(), 403, "denied");
    assert!(page.text().contains(
        "<p>Ask &lt;b&gt;&quot;Ann&quot; &amp; 'Bert'&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>"
    ));
}

#[tokio::test]
async fn a_denial_may_redirect_to_a_page_of_the_application() {
    let page = "/explain?why=bob";
    let app = App::with(|auth| all_but_bob(auth, move || Admission::redirect(page))).await;
    let browser = app.browser();

    let page = sign_in_as(&browser, "bob").await;

    assert_eq!(page.url().as_str(), url("/explain?why=bob"));
    assert_eq!(page.text(), "no_cookie");
    assert!(App::cookies(&browser).is_empty());
}

/// and to no other origin.
#[tokio::test]
async fn a_denial_that_redirects_to_another_origin_is_a_page() {
    for elsewhere in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "explain",
        "/auth/sign-in",
        "",
    ] {
        let app = App::with(|auth| all_but_bob(auth, move || Admission::redirect(elsewhere)));
        let page = sign_in_as(&app.await.browser(), "bob").await;

        is_refusal(page.last(), 403, elsewhere);
    }
}

/// N-11
#[tokio::test]
async fn a_callback_submitted_twice_asks_the_hook_once_and_both_requests_get_the_result() {
    for denied in [Admission::Allow, Admission::Deny] {
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (Arc::clone(&asked), denied.clone());
        let app = App::with(|auth| {
            all_but_bob(auth, move || {
                count.fetch_add(1, Ordering::SeqCst);
                answer.clone()
            })
        });
        let app = app.await;
        let browser = known_browser(&app, "bob").await;
        let asked_before = asked.load(Ordering::SeqCst);
        let revoked_before = app.provider.revocations().len();
        let callback = begun(&app, &browser, "/auth/sign-in").await;
        let twin = browser.thief();

        let (one, other) = tokio::join!(
            browser.send(returning(&app, &callback)),
            twin.send(returning(&app, &callback)),
        );

        assert_eq!(one.text(), other.text());
        assert_eq!(one.status() == 403, denied == Admission::Deny);
        assert_eq!(asked.load(Ordering::SeqCst) - asked_before, 1);
        let revoked = usize::from(denied == Admission::Deny);
        assert_eq!(app.provider.revocations().len() - revoked_before, revoked);
    }
}

#[tokio::test]
async fn the_admission_hook_sees_the_mapped_claims() {
    let app = App::with(|auth| {
        auth.map_claims(|ClaimsToMap { claims, .. }| async move {
            let blocked = claims.sub() == "bob";
            Ok(claims.with("blocked", &blocked)?)
        })
        .admission(|AdmissionRequest { claims, .. }| async move {
            Ok(match claims.get("blocked") {
                Some(false) => Admission::Allow,
                _ => Admission::Deny,
            })
        })
    });
    let app = app.await;

    assert_eq!(sign_in_as(&app.browser(), "alice").await.text(), "alice");
    assert_eq!(sign_in_as(&app.browser(), "bob").await.status(), 403);
}

/// A hook that fails admits nobody.
#[tokio::test]
async fn a_panic_in_the_admission_hook_fails_the_sign_in() {
    let app = App::with(|auth| all_but_bob(auth, || panic!("for this test"))).await;
    let browser = app.browser();

    let page = sign_in_as(&browser, "bob").await;

    is_refusal(page.last(), 500, "panicked");
    assert_eq!(session(&browser), None);
    assert_eq!(app.provider.revocations().len(), 1);
}

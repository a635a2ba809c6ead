//! Behind a service worker that passes navigations on, browsers send `Sec-Fetch-Mode: navigate`
//! with `Sec-Fetch-Dest: empty`, for tabs and for frames of the same site alike. The tests in
//! `chromium` use a real one.

use http::Method;
use tower_oidc_tests::App;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::callback::{is_refusal, session};

const EVIL: &str = "https://evil.example";
const SIBLING: &str = "https://sibling.app.example";

/// A navigation that a service worker passed on.
fn passed_on(path: &str, initiator: &str) -> Request {
    Request::navigation(&url(path))
        .from(initiator)
        .header("sec-fetch-dest", "empty")
}

#[tokio::test]
async fn guarded_pages_and_the_sign_in_treat_its_requests_as_navigations() {
    let app = App::start().await;
    for path in ["/private", "/typed", "/auth/sign-in", "/start"] {
        for initiator in [ORIGIN, EVIL] {
            let browser = app.browser();

            let page = browser.send(passed_on(path, initiator)).await;

            let provider = app.provider.issuer();
            assert!(page.url().as_str().starts_with(provider), "{path}");
            assert_eq!(page.press("alice").await.status(), 200, "{path}");
        }
    }
}

#[tokio::test]
async fn a_request_of_a_frame_is_not_treated_as_a_navigation() {
    let app = App::start().await;
    let browser = app.browser();

    for frame in ["iframe", "frame", "embed", "object", "fencedframe"] {
        let request = passed_on("/auth/sign-in", ORIGIN).header("sec-fetch-dest", frame);
        is_refusal(&browser.step(&request).await, 403, frame);
        let request = passed_on("/private", ORIGIN).header("sec-fetch-dest", frame);
        assert_eq!(browser.step(&request).await.status(), 401, "{frame}");
    }
}

/// G-06: it may be a frame of the same site, so nobody is signed out without a question.
#[tokio::test]
async fn a_get_to_the_sign_out_always_asks() {
    for by_get in [false, true] {
        let app = App::with(|auth| auth.sign_out_by_get(by_get)).await;
        let browser = app.signed_in_browser().await;
        let before = session(&browser);

        for site in ["same-origin", "none"] {
            let request = passed_on("/auth/sign-out", ORIGIN).header("sec-fetch-site", site);
            let page = browser.send(request).await;
            assert_eq!(page.status(), 200, "{site}");
            assert_eq!(page.forms().len(), 1, "{site}");
            assert_eq!(session(&browser), before, "{site}");
        }
        // A frame whose header something has removed.
        let request = passed_on("/auth/sign-out", ORIGIN).header("sec-fetch-dest", "");
        browser.send(request).await;
        assert_eq!(session(&browser), before);

        let form = passed_on("/auth/sign-out", ORIGIN).method(Method::POST);
        assert_eq!(browser.send(form).await.text(), "nobody");
    }
}

/// G-02
#[tokio::test]
async fn no_other_site_signs_a_user_out_through_it() {
    let app = App::with(|auth| auth.sign_out_by_get(true)).await;
    let browser = app.signed_in_browser().await;
    let before = session(&browser);

    for initiator in [EVIL, SIBLING] {
        for method in [Method::GET, Method::POST] {
            let request = passed_on("/auth/sign-out", initiator).method(method);
            is_refusal(&browser.step(&request).await, 403, initiator);
            assert_eq!(session(&browser), before);
        }
    }
}

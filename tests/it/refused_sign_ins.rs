//! Sign-ins that fail because of the provider or its response: one page, no session, and an
//! existing session is unaffected.

use std::time::Duration;

use http::Method;
use oidc_dev_provider::Fault;
use tower_oidc_tests::app::{ORIGIN, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::callback::{
    begun, is_refusal, known_browser, parameter, returning, session, transactions,
};
use tower_oidc_tests::{App, Browser};
use url::Url;

/// The response is a refusal, the transaction is deleted, and the session is unchanged.
fn leaves_alone(browser: &Browser, page: &Page, status: u16, before: Option<&str>, case: &str) {
    is_refusal(page.last(), status, case);
    assert_eq!(page.url().path(), "/auth/callback", "{case}");
    assert!(transactions(browser).is_empty(), "{case}");
    assert_eq!(session(browser).as_deref(), before, "{case}");
}

/// S-07: a mix-up is noticed before the code is sent anywhere, and in error responses too.
#[tokio::test]
async fn a_response_of_the_wrong_issuer_causes_no_token_request() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let (before, tokens) = (session(&browser), app.provider.counters().token);

    for faults in [
        &[Fault::WrongIssParameter][..],
        &[Fault::MissingIssParameter],
        &[Fault::WrongIssParameter, Fault::AuthorizationServerError],
        &[Fault::MissingIssParameter, Fault::AuthorizationServerError],
    ] {
        app.provider.clear_faults();
        for &fault in faults {
            app.provider.add_fault(fault);
        }
        let page = browser.open(&url("/auth/sign-in")).await;

        let case = format!("{faults:?}");
        leaves_alone(&browser, &page, 400, before.as_deref(), &case);
        assert_eq!(app.provider.counters().token, tokens, "{case}");
    }
}

/// S-18, S-19, S-20, S-21, S-23
#[tokio::test]
async fn an_id_token_that_fails_a_check_creates_no_session() {
    for fault in [
        Fault::IdTokenWrongNonce,
        Fault::IdTokenMissingNonce,
        Fault::IdTokenBadSignature,
        Fault::IdTokenAlgNone,
        Fault::IdTokenHs256,
        Fault::IdTokenCriticalHeader,
        Fault::IdTokenWrongType,
        Fault::IdTokenWrongIssuer,
        Fault::IdTokenIssuerWithSlash,
        Fault::IdTokenWrongAudience,
        Fault::IdTokenExtraAudience,
        Fault::IdTokenWrongAuthorizedParty,
        Fault::IdTokenExpired,
        Fault::IdTokenMissingExp,
        Fault::IdTokenStringExp,
        Fault::IdTokenNotYetValid,
        Fault::IdTokenIssuedInFuture,
        Fault::IdTokenWrongAtHash,
        Fault::IdTokenMissingSub,
    ] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        let stranger = known_browser(&app, "bob").await;
        let before = session(&browser);
        app.provider.add_fault(fault);

        let case = format!("{fault:?}");
        let page = browser.open(&url("/auth/sign-in")).await;
        leaves_alone(&browser, &page, 400, before.as_deref(), &case);
        let page = stranger.open(&url("/auth/sign-in")).await;
        leaves_alone(&stranger, &page, 400, None, &case);

        app.provider.clear_faults();
        let page = stranger.open(&url("/auth/sign-in")).await;
        assert_eq!(page.text(), "bob", "{case}");
    }
}

/// S-22, S-32: a step-up whose requirements the response does not fulfil.
#[tokio::test]
async fn a_step_up_that_is_not_fulfilled_leaves_the_session_unchanged() {
    for (case, fault, user, status) in [
        (
            "no auth_time",
            Some(Fault::IdTokenMissingAuthTime),
            "alice",
            403,
        ),
        ("an old one", Some(Fault::IdTokenOldAuthTime), "alice", 403),
        ("another user", None, "bob", 400),
        ("another sub", Some(Fault::IdTokenWrongSub), "alice", 400),
    ] {
        let app = App::start().await;
        let browser = app.signed_in_browser().await;
        // So that the provider asks again.
        app.clock.advance(Duration::from_secs(120));
        let before = session(&browser);
        let page = browser.navigate(ORIGIN, &url("/step-up")).await;
        if let Some(fault) = fault {
            app.provider.add_fault(fault);
        }

        let page = page.press(user).await;

        leaves_alone(&browser, &page, status, before.as_deref(), case);
        assert_eq!(browser.open(&url("/")).await.text(), "alice", "{case}");
    }
}

/// S-22, S-32: and one that is fulfilled replaces the session.
#[tokio::test]
async fn a_step_up_of_the_same_user_creates_a_new_session() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(Duration::from_secs(120));
    let before = session(&browser);

    let page = browser.navigate(ORIGIN, &url("/step-up")).await;
    let page = page.press("alice").await;

    assert_eq!(page.text(), "alice");
    assert_ne!(session(&browser), before);
}

/// S-12
#[tokio::test]
async fn a_user_who_cancels_gets_a_page_that_says_so() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let (before, tokens) = (session(&browser), app.provider.counters().token);

    let page = browser.open(&url("/auth/sign-in?prompt=login")).await;
    let page = page.press("Cancel").await;

    leaves_alone(&browser, &page, 403, before.as_deref(), "Cancel");
    assert!(page.text().contains("Sign in again"));
    assert_eq!(app.provider.counters().token, tokens);
}

/// S-13, L-06: nothing of the description is shown, or gets into a header.
#[tokio::test]
async fn an_error_description_is_never_shown() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;

    for description in [
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "x%0d%0aSet-Cookie:%20canary=1",
        "%E2%80%AEcanary",
    ] {
        for error in ["access_denied", "%3Cscript%3Ecanary%3C/script%3E"] {
            let callback = begun(&app, &browser, "/auth/sign-in").await;
            let iss = app.provider.issuer();
            let state = parameter(&callback, "state").unwrap();
            let forged = format!(
                "/auth/callback?error={error}&error_description={description}\
                 &error_uri=https://evil.example/&state={state}&iss={iss}"
            );
            let forged = Url::parse(&url(&forged)).unwrap();
            let page = browser.send(returning(&app, &forged)).await;

            leaves_alone(&browser, &page, 403, None, description);
            for shown in ["script", "alert", "canary", "evil"] {
                assert!(!page.text().contains(shown), "{description}");
                assert!(!format!("{:?}", page.last().headers()).contains(shown));
            }
        }
    }
}

/// S-30: a silent sign-in that needs the user ends at once.
#[tokio::test]
async fn a_silent_sign_in_that_needs_the_user_is_reported_and_not_repeated() {
    let app = App::start().await;
    let browser = app.browser();

    let page = browser.open(&url("/auth/sign-in?prompt=none")).await;

    leaves_alone(&browser, &page, 401, None, "login_required");
    assert_eq!(page.exchanges().len(), 3);
    assert_eq!(app.provider.counters().authorize, 1);
    let private = browser.fetch(ORIGIN, Method::GET, &url("/private")).await;
    assert_eq!(private.status(), 401);
}

/// S-30: whichever error code the provider uses, it is no refusal: the page leads to the sign-in.
#[tokio::test]
async fn an_impossible_silent_sign_in_is_not_reported_as_a_refusal() {
    let app = App::start().await;
    let browser = known_browser(&app, "alice").await;
    for (error, status) in [
        ("login_required", 401),
        ("interaction_required", 401),
        ("consent_required", 401),
        ("account_selection_required", 401),
        ("access_denied", 403),
        ("request_not_supported", 500),
        ("invalid_scope", 500),
        ("unheard_of", 403),
    ] {
        let mut callback = begun(&app, &browser, "/auth/sign-in?prompt=none").await;
        let state = parameter(&callback, "state").expect("a state");
        let issuer = app.provider.issuer();
        callback.set_query(Some(&format!("error={error}&state={state}&iss={issuer}")));

        let page = browser.send(returning(&app, &callback)).await;

        leaves_alone(&browser, &page, status, None, error);
        let leads_back = page.text().contains("href=\"/auth/sign-in\"");
        assert_eq!(leads_back, status != 500, "{error}");
        assert_eq!(page.text().contains("cancelled"), status == 403, "{error}");
    }
}

/// S-12: an error of the provider itself is no refusal of the user.
#[tokio::test]
async fn a_provider_that_fails_at_the_sign_in_is_a_bad_gateway() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let before = session(&browser);
    app.provider.add_fault(Fault::AuthorizationServerError);

    let page = browser.open(&url("/auth/sign-in")).await;

    assert_eq!(page.exchanges().len(), 3);
    leaves_alone(&browser, &page, 502, before.as_deref(), "server_error");
}

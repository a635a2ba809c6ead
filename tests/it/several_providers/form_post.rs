//! Answers that the browser posts (`response_mode=form_post`), with several providers: a form counts only for
//! the provider whose callback it was posted to.

use tower_oidc::Provider;
use tower_oidc::provider::ResponseMode;
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::{Exchange, Request};
use tower_oidc_tests::callback::{is_refusal, session};
use tower_oidc_tests::two_providers::sign_in_at;
use tower_oidc_tests::{App, Browser, TwoProviders};
use url::Url;

type Fields = Vec<(String, String)>;

fn by_form(registration: Provider) -> Provider {
    registration.response_mode(ResponseMode::FormPost)
}

/// A browser whose user is signed in at the provider with this id, and not at the application.
async fn known_browser(app: &TwoProviders, id: &str) -> Browser {
    let browser = app.browser();
    let page = sign_in_at(&browser, id, "alice").await;
    let page = match page.forms().is_empty() {
        true => page,
        false => page.press("Continue").await,
    };
    assert_eq!(page.text(), "alice");
    for name in App::cookies(&browser) {
        browser.jar().delete(&name);
    }
    browser
}

/// The URL of the provider to which a sign-in at the provider with this id leads.
async fn begun(browser: &Browser, id: &str) -> Url {
    let path = url(&format!("/auth/sign-in/{id}?return_to=/provider"));
    let there = browser.step(&Request::navigation(&path)).await;
    Url::parse(there.header("location").expect("a redirect")).expect("a URL")
}

/// What the provider has the browser post, and where to.
async fn posted(browser: &Browser, authorize: &Url) -> (String, Fields) {
    let page = browser.open(authorize.as_str()).await;
    let form = page.forms().pop().expect("the page that posts");
    (form.action().to_owned(), form.submission("Continue", &[]))
}

/// The query of the redirect that answers a form.
fn query(redirect: &Exchange) -> String {
    assert_eq!(redirect.status(), 303, "{}", redirect.text());
    let next = redirect.url().join(redirect.header("location").unwrap());
    next.unwrap().query().unwrap().to_owned()
}

/// W-02: the first provider is malicious. It sends a user who signs in there to the second one, with the second
/// one's client id and callback, and its own state and challenge. The second one's code comes back under the
/// first one's state. The first one has the browser bring it to the first one's callback, whose transaction it
/// is.
#[tokio::test]
async fn a_form_posted_to_one_provider_is_not_read_at_the_callback_of_another() {
    let app = TwoProviders::both_registered(
        |it| it.iss_parameter(false),
        by_form,
        |_, second| by_form(second),
        |auth| auth,
    )
    .await;
    let browser = known_browser(&app, "two").await;
    let before = app.two.counters().token;

    let at_one = begun(&browser, "one").await;
    let mut at_two = Url::parse(&format!("{}/authorize", app.two.issuer())).unwrap();
    let pairs = at_one.query_pairs().map(|(name, value)| {
        let value = match &*name {
            "redirect_uri" => url("/auth/callback/two"),
            _ => value.into_owned(),
        };
        (name.into_owned(), value)
    });
    at_two.query_pairs_mut().extend_pairs(pairs);
    let (action, fields) = posted(&browser, &at_two).await;
    assert_eq!(action, url("/auth/callback/two"));
    assert!(fields.iter().any(|(name, _)| name == "code"), "{fields:?}");
    let post = Request::navigation(&action).from(app.two.issuer());
    let redirect = browser.step(&post.form(&fields)).await;
    let state = query(&redirect);

    for id in ["one", "two"] {
        let callback = url(&format!("/auth/callback/{id}?{state}"));
        let navigation = Request::navigation(&callback).from(app.one.issuer());
        browser.step(&navigation).await;
    }

    assert_eq!(app.one.counters().token, 0);
    assert_eq!(app.two.counters().token, before);
    assert_eq!(session(&browser), None);
}

/// One provider posts its answers, and the other one does not.
async fn with_one_by_query() -> TwoProviders {
    TwoProviders::registered(|it| it, |_, second| by_form(second), |auth| auth).await
}

#[tokio::test]
async fn one_provider_may_post_its_answers_and_another_one_not() {
    let app = with_one_by_query().await;
    for id in ["one", "two"] {
        let browser = known_browser(&app, id).await;
        let authorize = begun(&browser, id).await;
        let asks_for_a_form = authorize.query().unwrap().contains("form_post");
        assert_eq!(asks_for_a_form, id == "two");

        let page = browser.open(authorize.as_str()).await;
        let page = match id {
            "two" => page.press("Continue").await,
            _ => page,
        };

        assert!(page.text().starts_with(id), "{}", page.text());
    }
}

/// W-02: whether that provider takes forms or not.
#[tokio::test]
async fn a_form_that_is_posted_to_the_path_of_another_provider_is_no_answer() {
    let by_query = with_one_by_query().await;
    let both = TwoProviders::both_registered(
        |it| it.iss_parameter(false),
        by_form,
        |_, second| by_form(second),
        |auth| auth,
    );
    for (app, status) in [(by_query, 405), (both.await, 303)] {
        let browser = known_browser(&app, "two").await;
        let before = app.two.counters().token;
        let authorize = begun(&browser, "two").await;
        let (action, fields) = posted(&browser, &authorize).await;

        let path = action.replace("/two", "/one");
        let post = Request::navigation(&path).from(app.two.issuer());
        let answer = browser.step(&post.form(&fields)).await;
        assert_eq!(answer.status(), status);
        if status == 303 {
            let next = answer.url().join(answer.header("location").unwrap());
            let next = Request::navigation(next.unwrap().as_str()).from(app.two.issuer());
            let answer = browser.step(&next).await;
            is_refusal(&answer, 400, "the transaction is of the other provider");
        }

        assert_eq!(session(&browser), None);
        assert_eq!(app.one.counters().token, 0);
        assert_eq!(app.two.counters().token, before);
    }
}

//! The provider's answer as a form that the browser posts from a page of the provider (OAuth 2.0 Form Post
//! Response Mode): the browser sends no `SameSite=Lax` cookie with it, and is redirected to where it does.

mod interrupted;
mod refused;
mod size;
mod user_name;

use oidc_dev_provider::DevProviderBuilder;
use tower_oidc::provider::ResponseMode;
use tower_oidc_tests::app::{sign_in_as, url};
use tower_oidc_tests::browser::{Exchange, Request};
use tower_oidc_tests::callback::{is_refusal, known_browser, parameter, session, transactions};
use tower_oidc_tests::visits::navigate;
use tower_oidc_tests::{App, Browser};
use url::Url;

const CALLBACK: &str = "/auth/callback";

async fn start_with(provide: impl FnOnce(DevProviderBuilder) -> DevProviderBuilder) -> App {
    let register = |it: tower_oidc::Provider| it.response_mode(ResponseMode::FormPost);
    App::registered(provide, register, |auth| auth).await
}

async fn start() -> App {
    start_with(|it| it).await
}

/// A browser that the provider knows, and the answer to a sign-in that it began, as the fields of a form.
async fn answered(app: &App) -> (Browser, Vec<(String, String)>) {
    let browser = known_browser(app, "alice").await;
    let fields = begun_fields(app, &browser).await;
    (browser, fields)
}

async fn begun_fields(app: &App, browser: &Browser) -> Vec<(String, String)> {
    begun_fields_for(app, browser, "/private").await
}

async fn begun_fields_for(app: &App, browser: &Browser, page: &str) -> Vec<(String, String)> {
    let start = navigate(browser, &format!("/auth/sign-in?return_to={page}")).await;
    let there = start.header("location").expect("a redirect");
    assert!(there.starts_with(app.provider.issuer()), "{there}");
    let page = browser.open(there).await;
    let form = page.forms().pop().expect("the page that posts");
    assert_eq!(form.action(), url(CALLBACK));
    form.submission("Continue", &[])
}

/// What the provider's page has the browser post.
fn form(app: &App, fields: &[(String, String)]) -> Request {
    let post = Request::navigation(&url(CALLBACK)).from(app.provider.issuer());
    post.form(fields)
}

/// The redirect that answers the form, and the page that follows it.
async fn follow(app: &App, browser: &Browser, redirect: &Exchange) -> Exchange {
    assert_eq!(redirect.status(), 303);
    let next = redirect
        .url()
        .join(redirect.header("location").unwrap())
        .unwrap();
    browser
        .step(&Request::navigation(next.as_str()).from(app.provider.issuer()))
        .await
}

fn form_cookies(browser: &Browser) -> usize {
    let names = App::cookies(browser);
    names
        .iter()
        .filter(|name| name.starts_with("__Host-Http-auth.form."))
        .count()
}

/// S-15
#[tokio::test]
async fn a_posted_answer_signs_the_user_in_and_its_code_is_in_no_url() {
    let app = start().await;
    let (browser, fields) = answered(&app).await;
    let code = &fields.iter().find(|(name, _)| name == "code").unwrap().1;

    let redirect = browser.step(&form(&app, &fields)).await;
    assert!(!redirect.header("location").unwrap().contains(code.as_str()));
    assert_eq!(
        (form_cookies(&browser), transactions(&browser).len()),
        (1, 1)
    );
    let answer = follow(&app, &browser, &redirect).await;

    assert!(!answer.url().as_str().contains(code.as_str()));
    assert_eq!(answer.header("location"), Some("/private"));
    assert_eq!(browser.open(&url("/private")).await.text(), "alice");
    assert_eq!(
        (form_cookies(&browser), transactions(&browser).len()),
        (0, 0)
    );
}

/// S-15
#[tokio::test]
async fn the_page_of_the_provider_leads_to_the_application() {
    let app = start().await;
    let browser = app.browser();

    let page = browser.open(&url("/auth/sign-in?return_to=/private")).await;
    let page = page.press("alice").await.press("Continue").await;

    assert_eq!(page.url().as_str(), url("/private"));
    assert_eq!(page.text(), "alice");
}

/// S-15
#[tokio::test]
async fn the_sign_in_asks_for_a_form_and_the_posts_carry_no_lax_cookie() {
    let app = start().await;
    let (browser, fields) = answered(&app).await;
    let start = browser
        .step(&Request::navigation(&url("/auth/sign-in")))
        .await;
    let location = Url::parse(start.header("location").unwrap()).unwrap();
    assert_eq!(
        parameter(&location, "response_mode").as_deref(),
        Some("form_post")
    );

    // If the browser sent the sign-in's cookie with the POST, this test would show nothing.
    let redirect = browser.step(&form(&app, &fields)).await;
    assert!(redirect.request_headers().get("cookie").is_none());
}

/// S-15: if both answers take the same of the four cookies, one sign-in starts again.
#[tokio::test]
async fn two_tabs_post_their_answers_at_once() {
    let app = start().await;
    for attempt in 0.. {
        assert!(attempt < 30, "the states never differ");
        // Somebody who is signed in already needs no second sign-in, so each attempt has a new browser.
        let browser = known_browser(&app, "alice").await;
        let tabs = [
            begun_fields(&app, &browser).await,
            begun_fields(&app, &browser).await,
        ];
        let redirects = [
            browser.step(&form(&app, &tabs[0])).await,
            browser.step(&form(&app, &tabs[1])).await,
        ];
        let have_two_cookies = form_cookies(&browser) == 2;
        let mut locations = Vec::new();
        for redirect in &redirects {
            let answer = follow(&app, &browser, redirect).await;
            locations.push(answer.header("location").map(str::to_owned));
        }
        assert_eq!(locations[1].as_deref(), Some("/private"), "the later one");
        assert_eq!(browser.open(&url("/private")).await.text(), "alice");
        if have_two_cookies {
            assert_eq!(locations[0], locations[1]);
            break;
        }
        let first = locations[0].as_deref().unwrap();
        assert!(first.starts_with(app.provider.issuer()), "{first}");
    }
}

/// S-15
#[tokio::test]
async fn the_issuer_in_a_form_is_checked_as_in_a_query() {
    let app = start().await;
    let (browser, mut fields) = answered(&app).await;
    let tokens = app.provider.counters().token;
    for (name, value) in &mut fields {
        if name == "iss" {
            *value = "https://evil.example".to_owned();
        }
    }

    let redirect = browser.step(&form(&app, &fields)).await;
    let answer = follow(&app, &browser, &redirect).await;

    is_refusal(&answer, 400, "iss");
    assert_eq!(session(&browser), None);
    assert_eq!(app.provider.counters().token, tokens);
}

/// S-15
#[tokio::test]
async fn a_posted_error_gets_the_page_of_an_error() {
    let app = start().await;
    let (browser, fields) = answered(&app).await;
    let state = fields
        .iter()
        .find(|(name, _)| name == "state")
        .unwrap()
        .clone();
    let iss = fields
        .iter()
        .find(|(name, _)| name == "iss")
        .unwrap()
        .clone();
    let denied = ("error".to_owned(), "access_denied".to_owned());

    let redirect = browser.step(&form(&app, &[state, iss, denied])).await;
    let answer = follow(&app, &browser, &redirect).await;

    is_refusal(&answer, 403, "access_denied");
    assert_eq!(form_cookies(&browser), 0);
}

/// S-15: anyone can have a browser post forms here. They make four cookies at most, and end no sign-in.
#[tokio::test]
async fn a_flood_of_forms_makes_four_cookies_and_no_request() {
    let app = start().await;
    let browser = app.browser();
    for number in 0..40 {
        let fields = [
            ("code".to_owned(), "x".to_owned()),
            ("state".to_owned(), format!("state-{number}")),
        ];
        let post = Request::navigation(&url(CALLBACK)).from("https://evil.example");
        browser.step(&post.form(&fields)).await;
    }

    assert_eq!(form_cookies(&browser), 4);
    assert_eq!(app.provider.counters().token, 0);
    let page = sign_in_as(&browser, "alice").await.press("Continue").await;
    assert_eq!(page.text(), "alice");
}

/// S-15: a form that waits for another browser's state changes nothing here.
#[tokio::test]
async fn a_form_without_its_cookie_is_no_answer() {
    let app = start().await;
    let (attacker, fields) = answered(&app).await;
    let victim = app.browser();
    let redirect = attacker.step(&form(&app, &fields)).await;

    let answer = follow(&app, &victim, &redirect).await;

    is_refusal(&answer, 400, "no form");
    assert_eq!(session(&victim), None);
}

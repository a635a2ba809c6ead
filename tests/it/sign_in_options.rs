//! What a handler can request for a sign-in: how the provider shows its pages, which user it is
//! about, and Logto's own parameters.

use axum::Router;
use axum::routing::get;
use oidc_dev_provider::{DevProviderBuilder, Fault, User};
use tower_oidc::claims::{ClaimsRequest, RequestedClaim};
use tower_oidc::logto::{DirectSignIn, FirstScreen, Identifier};
use tower_oidc::provider::Display;
use tower_oidc::{AuthContext, Authenticated, Prompt, Provider, SignIn};
use tower_oidc_tests::app::{ORIGIN, router, sign_in_as, url};
use tower_oidc_tests::browser::{Exchange, Request};
use tower_oidc_tests::callback::{
    begun, is_refusal, known_browser, parameter, returning, session, transactions,
};
use tower_oidc_tests::{App, Browser, TestServer};
use url::Url;

use crate::log;

/// An ID token that only the provider can read.
const OPAQUE_HINT: &str = "known-to-the-provider-alone";

async fn popup(auth: AuthContext) -> SignIn {
    auth.sign_in().display(Display::Popup)
}

async fn sign_up(auth: AuthContext) -> SignIn {
    auth.sign_in()
        .extra_parameter("first_screen", "sign_in")
        .first_screen(FirstScreen::IdentifierRegister)
        .identifiers([Identifier::Email, Identifier::Phone])
        .direct_sign_in(DirectSignIn::Social("google".to_owned()))
        .return_to("/who")
}

/// Whether this user is still signed in at the provider.
async fn silent(user: Authenticated) -> SignIn {
    let id_token = user.id_token().expect("it was kept");
    user.context()
        .sign_in()
        .prompt(Prompt::None)
        .id_token_hint(id_token.as_str())
        .return_to("/who")
}

async fn opaque_hint(auth: AuthContext) -> SignIn {
    auth.sign_in().id_token_hint(OPAQUE_HINT).return_to("/")
}

async fn switch_user(user: Authenticated) -> SignIn {
    user.sign_in_again().prompt(Prompt::Login)
}

const GOLD_CLAIMS: &str = r#"{"id_token":{"acr":{"essential":true,"values":["gold"]}}}"#;

async fn gold(auth: AuthContext) -> SignIn {
    let gold = RequestedClaim::essential().values(["gold"]);
    auth.sign_in()
        .claims_request(ClaimsRequest::new().id_token("acr", gold))
        .return_to("/who")
}

/// With so many other claims that they do not fit into the cookie of the sign-in.
async fn gold_and_more(auth: AuthContext) -> SignIn {
    let gold = RequestedClaim::essential().values(["gold"]);
    let claims = ClaimsRequest::new().id_token("acr", gold);
    let claims = (0..40).fold(claims, |claims, number| {
        claims.user_info(format!("urn:claim:{number}"), RequestedClaim::voluntary())
    });
    auth.sign_in().claims_request(claims).return_to("/who")
}

/// About as many as a claims request may have.
async fn many_claims(auth: AuthContext) -> SignIn {
    let claims = (0..100).fold(ClaimsRequest::new(), |claims, number| {
        claims.user_info(format!("urn:claim:{number}"), RequestedClaim::voluntary())
    });
    auth.sign_in()
        .claims_request(claims)
        .extra_parameter("theme", "x".repeat(300))
}

async fn only_alice(auth: AuthContext) -> SignIn {
    let alice = RequestedClaim::voluntary().value("alice");
    auth.sign_in()
        .prompt(Prompt::Login)
        .claims_request(ClaimsRequest::new().id_token("sub", alice))
        .return_to("/")
}

async fn claims_by_hand(auth: AuthContext) -> SignIn {
    auth.sign_in().extra_parameter("claims", "{}")
}

async fn sign_up_page(auth: AuthContext) -> String {
    auth.sign_up_url().unwrap_or("none").to_owned()
}

/// The application of all tests with the handlers above.
async fn serve(app: &App, browser: &Browser) -> TestServer {
    let routes = router()
        .route("/popup", get(popup))
        .route("/sign-up", get(sign_up))
        .route("/silent", get(silent))
        .route("/opaque-hint", get(opaque_hint))
        .route("/switch-user", get(switch_user))
        .route("/gold", get(gold))
        .route("/gold-and-more", get(gold_and_more))
        .route("/many-claims", get(many_claims))
        .route("/only-alice", get(only_alice))
        .route("/claims-by-hand", get(claims_by_hand))
        .route("/sign-up-page", get(sign_up_page));
    let server = TestServer::start(Router::layer(routes, app.auth.clone())).await;
    browser.map(ORIGIN, server.address());
    server
}

/// Where the browser is redirected.
fn location(exchange: &Exchange) -> Url {
    Url::parse(exchange.header("location").expect("a redirect")).expect("a URL")
}

async fn asked(browser: &Browser, path: &str) -> Url {
    location(&browser.step(&Request::navigation(&url(path))).await)
}

fn count(url: &Url, name: &str) -> usize {
    url.query_pairs().filter(|(it, _)| it == name).count()
}

#[tokio::test]
async fn each_option_is_a_parameter_of_the_request() {
    let register = |provider: Provider| {
        provider
            .display(Display::Page)
            .extra_parameter("first_screen", "reset_password")
            .extra_parameter("theme", "dark")
    };
    let app = App::registered(|provider| provider, register, |auth| auth).await;
    let browser = app.browser();
    let _server = serve(&app, &browser).await;

    let there = asked(&browser, "/popup").await;
    assert_eq!(parameter(&there, "display").as_deref(), Some("popup"));
    assert_eq!(
        parameter(&there, "first_screen").as_deref(),
        Some("reset_password")
    );

    let there = asked(&browser, "/sign-up").await;
    for (name, value) in [
        ("display", "page"),
        ("first_screen", "identifier:register"),
        ("identifier", "email phone"),
        ("direct_sign_in", "social:google"),
        ("theme", "dark"),
    ] {
        assert_eq!(parameter(&there, name).as_deref(), Some(value), "{name}");
        assert_eq!(count(&there, name), 1, "{name}");
    }
    assert_eq!(parameter(&there, "response_mode"), None);
}

#[tokio::test]
async fn a_restarted_sign_in_has_the_same_options() {
    let app = App::start().await;
    for (path, name, value) in [
        ("/popup", "display", "popup"),
        ("/sign-up", "first_screen", "identifier:register"),
        ("/sign-up", "identifier", "email phone"),
        ("/sign-up", "direct_sign_in", "social:google"),
        ("/opaque-hint", "id_token_hint", OPAQUE_HINT),
        ("/gold", "claims", GOLD_CLAIMS),
    ] {
        let browser = known_browser(&app, "alice").await;
        let _server = serve(&app, &browser).await;
        app.provider
            .add_fault(Fault::AuthorizationTemporarilyUnavailable);
        let callback = begun(&app, &browser, path).await;
        app.provider.clear_faults();

        let exchange = browser.step(&returning(&app, &callback)).await;

        assert_eq!(exchange.status(), 303, "{path}");
        let there = location(&exchange);
        assert!(parameter(&there, "state").is_some_and(|it| it.starts_with('b')));
        assert_eq!(parameter(&there, name).as_deref(), Some(value), "{path}");
    }
}

/// The ID token does not fit into the cookie of the sign-in.
#[tokio::test]
async fn a_sign_in_with_an_id_token_hint_is_not_restarted_automatically() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let _server = serve(&app, &browser).await;
    let before = session(&browser);
    app.provider
        .add_fault(Fault::AuthorizationTemporarilyUnavailable);

    let callback = begun(&app, &browser, "/silent").await;
    let exchange = browser.step(&returning(&app, &callback)).await;

    is_refusal(&exchange, 503, "not kept");
    assert_eq!(session(&browser), before);
}

#[tokio::test]
async fn the_user_of_an_id_token_hint_signs_in_without_a_page() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let _server = serve(&app, &browser).await;
    let who = browser.open(&url("/who")).await.json();
    let before = session(&browser);

    let there = asked(&browser, "/silent").await;
    assert_eq!(
        parameter(&there, "id_token_hint").as_deref(),
        who["id_token"].as_str()
    );
    assert_eq!(parameter(&there, "prompt").as_deref(), Some("none"));
    let page = browser.open(&url("/silent")).await;

    assert_eq!(page.json()["claims"]["sub"], "alice");
    assert_ne!(session(&browser), before);
}

/// OpenID Connect Core 1.0 section 3.1.2.2, and the development provider ignores the hint: another
/// user signed in at the provider meanwhile.
#[tokio::test]
async fn another_user_than_that_of_an_id_token_hint_is_refused() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let _server = serve(&app, &browser).await;
    let before = session(&browser);
    let page = browser.open(&url("/switch-user")).await;
    assert_eq!(page.press("bob").await.status(), 400);
    assert_eq!(session(&browser), before);

    let page = browser.open(&url("/silent")).await;

    assert_eq!(page.status(), 400, "{}", page.text());
    assert!(!page.text().contains("bob"));
    assert_eq!(session(&browser), before);
    assert!(transactions(&browser).is_empty());
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

/// A provider may give one `sub` to two users, one at each of its issuers.
#[tokio::test]
async fn the_user_of_an_id_token_hint_is_of_its_issuer() {
    const SECOND_ISSUER: &str = "https://other.example";
    for (hint_is_of_second, answer_is_of_second) in
        [(false, false), (false, true), (true, false), (true, true)]
    {
        let case = format!("{hint_is_of_second} {answer_is_of_second}");
        let register = |provider: Provider| provider.accepted_issuers([SECOND_ISSUER]);
        let app = App::registered(|provider| provider, register, |auth| auth).await;
        let at = |is_second| {
            app.provider.clear_faults();
            if is_second {
                app.provider.add_fault(Fault::IdTokenWrongIssuer);
            }
        };
        at(hint_is_of_second);
        let browser = app.signed_in_browser().await;
        let _server = serve(&app, &browser).await;
        let before = session(&browser);
        at(answer_is_of_second);

        let page = browser.open(&url("/silent")).await;

        let is_same = hint_is_of_second == answer_is_of_second;
        assert_eq!(page.status(), if is_same { 200 } else { 400 }, "{case}");
        assert_eq!(session(&browser) != before, is_same, "{case}");
    }
}

/// Only the provider knows which user such a hint names.
#[tokio::test]
async fn with_a_hint_that_cannot_be_read_any_user_signs_in() {
    let app = App::start().await;
    let browser = app.browser();
    let _server = serve(&app, &browser).await;

    let page = browser.open(&url("/opaque-hint")).await.press("bob").await;

    assert_eq!(page.text(), "bob");
}

/// A stock nginx accepts a response head of 4 KiB.
#[tokio::test]
async fn an_id_token_hint_that_is_too_long_is_left_out_and_the_users_are_still_compared() {
    let groups: Vec<String> = (0..200)
        .map(|number| format!("group-{number:04}"))
        .collect();
    let heavy = User::new("heavy").claim("groups", groups);
    let app = App::with_provider(|provider| provider.user(heavy), |auth| auth).await;
    let browser = app.browser();
    assert_eq!(sign_in_as(&browser, "heavy").await.text(), "heavy");
    let _server = serve(&app, &browser).await;
    let before = session(&browser);

    let exchange = browser.step(&Request::navigation(&url("/silent"))).await;

    assert_eq!(parameter(&location(&exchange), "id_token_hint"), None);
    assert!(exchange.head_size() < 4_096, "{}", exchange.head_size());
    let page = browser.open(&url("/switch-user")).await;
    assert_eq!(page.press("bob").await.status(), 400);
    assert_eq!(browser.open(&url("/silent")).await.status(), 400);
    assert_eq!(session(&browser), before);
}

fn with_gilda(provider: DevProviderBuilder) -> DevProviderBuilder {
    provider.user(User::new("gilda").claim("acr", "gold"))
}

#[tokio::test]
async fn a_user_with_the_requested_claims_signs_in() {
    let app = App::with_provider(with_gilda, |auth| auth).await;
    for path in ["/gold", "/gold-and-more"] {
        let browser = app.browser();
        let _server = serve(&app, &browser).await;

        let there = asked(&browser, path).await;
        assert_eq!(count(&there, "claims"), 1);
        let page = browser.open(&url(path)).await.press("gilda").await;

        assert_eq!(page.json()["claims"]["acr"], "gold", "{path}");
        assert_eq!(page.json()["sign_in_acr"], "gold", "{path}");
    }
}

/// S-22, OpenID Connect Core 1.0 section 5.5.1.1: the development provider ignores the parameter,
/// as many do.
#[tokio::test]
async fn a_sign_in_fails_if_the_provider_ignores_an_essential_acr() {
    let app = App::with_provider(with_gilda, |auth| auth).await;
    for path in ["/gold", "/gold-and-more"] {
        let browser = app.signed_in_browser().await;
        let _server = serve(&app, &browser).await;
        let before = session(&browser);

        let page = browser.open(&url(path)).await;

        assert_eq!(page.status(), 403, "{path}: {}", page.text());
        assert_eq!(session(&browser), before, "{path}");
        assert_eq!(browser.open(&url("/")).await.text(), "alice", "{path}");
    }
}

/// OpenID Connect Core 1.0 section 3.1.2.2.
#[tokio::test]
async fn a_sign_in_fails_if_the_provider_ignores_the_requested_sub() {
    let app = App::start().await;
    let browser = app.browser();
    let _server = serve(&app, &browser).await;

    let page = browser.open(&url("/only-alice")).await.press("bob").await;
    assert_eq!(page.status(), 400);
    assert!(App::cookies(&browser).is_empty());

    let page = browser.open(&url("/only-alice")).await.press("alice").await;
    assert_eq!(page.text(), "alice");
}

#[tokio::test]
async fn the_configured_claims_request_applies_to_sign_ins_without_one() {
    let gold = RequestedClaim::essential().value("gold");
    let claims = ClaimsRequest::new().id_token("acr", gold);
    let register = |provider: Provider| provider.claims_request(claims);
    let app = App::registered(with_gilda, register, |auth| auth).await;
    let browser = app.browser();
    let _server = serve(&app, &browser).await;

    assert_eq!(sign_in_as(&browser, "alice").await.status(), 403);
    assert_eq!(sign_in_as(&browser, "gilda").await.text(), "gilda");
    let browser = app.browser();
    let _server = serve(&app, &browser).await;
    let page = browser.open(&url("/only-alice")).await.press("alice").await;
    assert_eq!(page.text(), "alice");
}

/// A requirement applies whatever session exists.
#[tokio::test]
async fn an_existing_session_does_not_replace_a_sign_in_with_requested_claims() {
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let _server = serve(&app, &browser).await;
    app.provider
        .add_fault(Fault::AuthorizationTemporarilyUnavailable);
    let callback = begun(&app, &browser, "/gold-and-more").await;

    let exchange = browser.step(&returning(&app, &callback)).await;

    is_refusal(&exchange, 503, "too long to be kept");
}

/// Otherwise an operator would see the 502 of a proxy without a cause.
#[tokio::test]
async fn the_first_redirect_that_is_too_long_for_a_stock_nginx_is_logged_once() {
    let app = App::start().await;
    let browser = app.browser();
    let _server = serve(&app, &browser).await;
    let log = log::record();
    let long_hint = format!("/auth/sign-in?login_hint={}", "x".repeat(5_000));
    for path in ["/gold-and-more", &long_hint] {
        asked(&browser, path).await;
    }
    assert_eq!(log.text().matches("4 KiB").count(), 0, "{}", log.text());

    for _ in 0..2 {
        let exchange = browser
            .step(&Request::navigation(&url("/many-claims")))
            .await;
        assert!(exchange.head_size() > 4_096, "{}", exchange.head_size());
    }

    let text = log.text();
    assert_eq!(text.matches("4 KiB").count(), 1, "{text}");
    assert!(text.contains("`claims_request`"), "{text}");
}

/// S-28
#[tokio::test]
async fn claims_as_an_extra_parameter_are_refused() {
    let app = App::start().await;
    let browser = app.browser();
    let _server = serve(&app, &browser).await;

    let exchange = browser
        .step(&Request::navigation(&url("/claims-by-hand")))
        .await;

    assert_eq!(exchange.status(), 500);
    assert!(transactions(&browser).is_empty());
}

#[tokio::test]
async fn a_page_can_link_to_the_registration() {
    let page = "https://accounts.example/register?client_id=app";
    let register = |provider: Provider| provider.sign_up_url(page);
    let app = App::registered(|provider| provider, register, |auth| auth).await;
    let browser = app.browser();
    let _server = serve(&app, &browser).await;
    assert_eq!(browser.open(&url("/sign-up-page")).await.text(), page);

    let app = App::start().await;
    let browser = app.browser();
    let _server = serve(&app, &browser).await;
    assert_eq!(browser.open(&url("/sign-up-page")).await.text(), "none");
}

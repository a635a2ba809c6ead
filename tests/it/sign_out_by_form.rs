//! A sign-out whose ID token goes to the provider in a form, because no URL may have it.

use axum::routing::get;
use http::Method;
use oidc_dev_provider::{Client, User};
use tower_oidc::{AuthContext, AuthLayerBuilder};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, sign_in_as, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::callback::parameter;
use tower_oidc_tests::random_text;
use tower_oidc_tests::visits::{answer, sign_out_button};
use tower_oidc_tests::{App, Browser, TestServer};
use url::Url;

const CONTINUE: &str = "/auth/sign-out/continue";

/// A user whose ID token has six kilobytes, too many for any response head.
const LONG: &str = "dave";

async fn app(by_form: bool, configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> App {
    App::registered(
        |provider| {
            let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
                .redirect_uri(url("/auth/callback"))
                .post_logout_redirect_uri(url("/"))
                .post_logout_redirect_uri(url("/auth/signed-out"));
            let dave = User::new(LONG).claim("about", random_text(4_000));
            provider.client(client).user(dave)
        },
        |registration| registration.end_session_by_form(by_form),
        configure,
    )
    .await
}

async fn signed_in(app: &App, user: &str) -> Browser {
    let browser = app.browser();
    sign_in_as(&browser, user).await;
    browser
}

async fn by_script(browser: &Browser) {
    let request = Request::fetch(&url("/auth/sign-out")).from(ORIGIN);
    let request = request.method(Method::POST);
    browser
        .send(request.header("accept", "application/json"))
        .await;
}

fn fields(page: &Page) -> Vec<(String, String)> {
    assert_eq!(page.status(), 200, "{}", page.text());
    page.forms().remove(0).fields().to_vec()
}

fn field(page: &Page, name: &str) -> Option<String> {
    let mut fields = fields(page).into_iter();
    fields.find(|(it, _)| it == name).map(|(_, value)| value)
}

fn not_at_the_provider(app: &App, page: &Page) {
    for exchange in page.exchanges() {
        assert!(!exchange.url().as_str().starts_with(app.provider.issuer()));
    }
}

/// L-08: the user returns from the provider as with a URL, and is signed out there.
#[tokio::test]
async fn an_id_token_that_is_too_long_for_a_url_reaches_the_provider_in_a_form() {
    for path in ["/auth/sign-out", "/leave"] {
        let app = app(true, |auth| auth).await;
        let browser = signed_in(&app, LONG).await;
        let id_token = answer(&browser, "/who").await["id_token"].clone();
        let id_token = id_token.as_str().unwrap();
        assert!(id_token.len() > 5_500, "{}", id_token.len());

        let page = match path {
            "/leave" => browser.navigate(ORIGIN, &url(path)).await,
            _ => browser.send(sign_out_button()).await,
        };

        not_at_the_provider(&app, &page);
        assert!(App::cookies(&browser).is_empty(), "the session has ended");
        assert_eq!(field(&page, "id_token_hint").as_deref(), Some(id_token));
        assert_eq!(field(&page, "client_id").as_deref(), Some(CLIENT_ID));
        assert_eq!(field(&page, "logout_hint"), None);
        let heads = format!("{:?}", page.last().headers());
        assert!(!heads.contains(id_token) && page.last().head_size() < 4_000);

        let page = page.press("Continue").await;

        assert_eq!(page.exchanges()[0].method(), Method::POST);
        assert!(page.exchanges()[0].url().query().is_none(), "{path}");
        assert_eq!(page.url().as_str(), url("/"), "{path}");
        assert_eq!(app.provider.session_count(), 0, "{path}");
    }
}

/// L-06: the page is for one tab and its one form.
#[tokio::test]
async fn the_page_with_the_form_may_do_nothing_else() {
    let app = app(true, |auth| auth).await;
    let browser = signed_in(&app, LONG).await;

    let page = browser.send(sign_out_button()).await;

    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let policy = page.header("content-security-policy").unwrap();
    let directives: Vec<_> = policy.split("; ").collect();
    for directive in [
        "default-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        // Without `allow-same-origin` no page of this application can read it.
        "sandbox allow-forms allow-scripts",
        &format!("form-action {} {ORIGIN}", app.provider.issuer()),
    ] {
        assert!(directives.contains(&directive), "{directive}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.text().matches("<script").count(), 1);
}

/// L-08
#[tokio::test]
async fn with_a_limit_of_zero_no_url_has_an_id_token() {
    for by_form in [true, false] {
        let app = app(by_form, |auth| auth.max_logout_url_length(0)).await;
        let browser = signed_in(&app, "alice").await;
        let who = answer(&browser, "/who").await;
        let logout_url = Url::parse(who["logout_url"].as_str().unwrap()).unwrap();
        assert_eq!(parameter(&logout_url, "id_token_hint"), None);
        assert_eq!(parameter(&logout_url, "logout_hint").unwrap(), "alice");

        let page = browser.send(sign_out_button()).await;

        if by_form {
            assert_eq!(
                field(&page, "id_token_hint").as_deref(),
                who["id_token"].as_str()
            );
            assert_eq!(page.press("Continue").await.url().as_str(), url("/"));
            assert_eq!(app.provider.session_count(), 0);
        } else {
            let location = page.exchanges()[1].url();
            assert_eq!(parameter(location, "id_token_hint"), None);
            assert_eq!(parameter(location, "logout_hint").unwrap(), "alice");
        }
    }
}

#[tokio::test]
async fn an_id_token_that_fits_into_a_url_is_sent_in_one() {
    let app = app(true, |auth| auth).await;
    let browser = signed_in(&app, "alice").await;

    let page = browser.send(sign_out_button()).await;

    assert!(parameter(page.exchanges()[1].url(), "id_token_hint").is_some());
    assert_eq!(page.url().as_str(), url("/"));
}

/// The form has the sealed state for the page that the user returns to.
#[tokio::test]
async fn the_text_for_the_page_after_the_sign_out_comes_back_from_the_form() {
    for signed_out_path in [false, true] {
        let app = app(true, |auth| match signed_out_path {
            true => auth.signed_out_path("/auth/signed-out"),
            false => auth,
        })
        .await;
        let browser = signed_in(&app, LONG).await;
        let leave = async |auth: AuthContext| auth.sign_out().state("closed");
        let home = async |auth: AuthContext| {
            let state = auth.signed_out_state();
            state.map(|it| it.as_str().to_owned()).unwrap_or_default()
        };
        let router = axum::Router::new();
        let router = router.route("/leave", get(leave)).route("/", get(home));
        let server = TestServer::start(router.layer(app.auth.clone())).await;
        browser.map(ORIGIN, server.address());

        let page = browser.navigate(ORIGIN, &url("/leave")).await;
        let page = page.press("Continue").await;

        assert_eq!(page.text(), "closed", "{signed_out_path}");
    }
}

/// The form of the page that asks is answered with the page that continues.
#[tokio::test]
async fn the_page_that_asks_is_followed_by_the_form() {
    let app = app(true, |auth| auth).await;
    let browser = signed_in(&app, LONG).await;

    let page = browser.open(&url("/auth/sign-out")).await;
    let page = page.press("Sign out").await.press("Continue").await;

    assert_eq!(page.url().as_str(), url("/"));
    assert_eq!(app.provider.session_count(), 0);
}

/// A response that something of the application could read has no ID token: that to a script which asks
/// for a page, that which a service worker passes on, and that of a browser without Fetch Metadata.
#[tokio::test]
async fn only_a_tab_gets_the_page_with_the_id_token() {
    let script = Request::fetch(&url("/auth/sign-out")).header("accept", "text/html");
    let script = script.from(ORIGIN).method(Method::POST);
    let passed_on = sign_out_button().header("sec-fetch-dest", "empty");
    for (request, has_metadata) in [
        (script, true),
        (passed_on, true),
        (sign_out_button(), false),
    ] {
        let app = app(true, |auth| auth).await;
        let browser = signed_in(&app, LONG).await;
        let browser = match has_metadata {
            true => browser,
            false => browser.without_fetch_metadata(),
        };

        let answer = browser.step(&request).await;

        assert_eq!(answer.status(), 303);
        let location = Url::parse(answer.header("location").unwrap()).unwrap();
        assert_eq!(parameter(&location, "id_token_hint"), None);
        assert_eq!(parameter(&location, "logout_hint").as_deref(), Some(LONG));
        assert!(App::cookies(&browser).is_empty());
    }
}

/// The window of a script gets the same page in the second step.
#[tokio::test]
async fn after_a_sign_out_by_a_script_the_window_shows_the_form() {
    let app = app(true, |auth| auth.max_logout_url_length(0)).await;
    let browser = signed_in(&app, "alice").await;
    let id_token = answer(&browser, "/who").await["id_token"].clone();
    by_script(&browser).await;

    let page = browser.navigate(ORIGIN, &url(CONTINUE)).await;

    assert_eq!(field(&page, "id_token_hint").as_deref(), id_token.as_str());
    assert!(App::cookies(&browser).is_empty());
    assert_eq!(page.press("Continue").await.url().as_str(), url("/"));
    assert_eq!(app.provider.session_count(), 0);
}

#[tokio::test]
async fn a_window_behind_a_service_worker_gets_no_id_token_in_the_second_step() {
    let app = app(true, |auth| auth.max_logout_url_length(0)).await;
    let browser = signed_in(&app, "alice").await;
    by_script(&browser).await;
    let passed_on = Request::navigation(&url(CONTINUE)).from(ORIGIN);

    let answer = browser
        .step(&passed_on.header("sec-fetch-dest", "empty"))
        .await;

    assert_eq!(answer.status(), 303);
    let location = Url::parse(answer.header("location").unwrap()).unwrap();
    assert_eq!(parameter(&location, "id_token_hint"), None);
    assert_eq!(
        parameter(&location, "client_id").as_deref(),
        Some(CLIENT_ID)
    );
}

/// The form of a script waits in a cookie, which has less room than a page.
#[tokio::test]
async fn a_form_that_is_too_long_for_the_cookie_is_replaced_by_a_url_without_the_id_token() {
    let app = app(true, |auth| auth).await;
    let browser = signed_in(&app, LONG).await;
    by_script(&browser).await;

    let page = browser.navigate(ORIGIN, &url(CONTINUE)).await;

    let location = page.exchanges()[1].url();
    assert_eq!(parameter(location, "id_token_hint"), None);
    assert_eq!(parameter(location, "logout_hint").as_deref(), Some(LONG));
}

/// The values come from the application and the provider, and stay values.
#[tokio::test]
async fn the_fields_of_the_form_are_escaped() {
    let app = app(true, |auth| auth).await;
    let browser = signed_in(&app, LONG).await;
    let odd = "https://www.example/?\"><script>alert(1)</script>";
    let leave = async move |auth: AuthContext| auth.sign_out().post_logout_redirect_uri(odd);
    let router = axum::Router::new().route("/leave", get(leave));
    let server = TestServer::start(router.layer(app.auth.clone())).await;
    browser.map(ORIGIN, server.address());

    let page = browser.navigate(ORIGIN, &url("/leave")).await;

    assert_eq!(
        field(&page, "post_logout_redirect_uri").as_deref(),
        Some(odd)
    );
    assert!(
        !page.text().contains("alert(1)</script>"),
        "{}",
        page.text()
    );
}

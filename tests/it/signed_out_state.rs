//! The application's own text, from its sign-out to the page after it.

use std::collections::HashMap;
use std::time::Duration;

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use http::Method;
use oidc_dev_provider::{Client, DevProviderBuilder, Fault};
use tower_oidc::{AuthContext, AuthLayerBuilder, SignOut};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::callback::parameter;
use tower_oidc_tests::{App, Browser, TestServer};
use url::form_urlencoded;

use crate::log;

const OTHER: &str = "https://other.example";

/// How long a text can be read.
const LIFETIME: Duration = Duration::from_secs(600);

async fn leave(auth: AuthContext, Query(mut query): Query<HashMap<String, String>>) -> SignOut {
    let mut sign_out = auth.sign_out();
    if let Some(state) = query.remove("text") {
        sign_out = sign_out.state(state);
    }
    if let Some(page) = query.remove("page") {
        sign_out = sign_out.return_to(page);
    }
    if let Some(uri) = query.remove("uri") {
        sign_out = sign_out.post_logout_redirect_uri(uri);
    }
    sign_out
}

/// Shows what it received, and whether the query had anything else.
async fn bye(auth: AuthContext, Query(query): Query<HashMap<String, String>>) -> String {
    let state = auth.signed_out_state();
    assert!(!format!("{state:?}").contains("closed"), "{state:?}");
    let text = state.as_ref().map_or("none", |state| state.as_str());
    let kept = query.get("kept").map_or("", String::as_str);
    format!("text: {text}{kept}")
}

struct Stage {
    app: App,
    browser: Browser,
    _server: TestServer,
}

impl Stage {
    async fn with(
        provide: impl FnOnce(DevProviderBuilder) -> DevProviderBuilder,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Self {
        let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
            .redirect_uri(url("/auth/callback"))
            .post_logout_redirect_uri(url("/"))
            .post_logout_redirect_uri(url("/bye"))
            .post_logout_redirect_uri(url("/auth/signed-out"));
        let app = App::with_provider(|it| provide(it.client(client)), configure).await;
        let browser = app.signed_in_browser().await;
        let server = serve(&app, &browser).await;
        Self {
            app,
            browser,
            _server: server,
        }
    }

    async fn signed_out_path() -> Self {
        Self::with(|it| it, |auth| auth.signed_out_path("/auth/signed-out")).await
    }

    async fn leave(&self, parameters: &[(&str, &str)]) -> Page {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let path = url(&format!("/leave-with?{query}"));
        self.browser.navigate(ORIGIN, &path).await
    }

    /// The `state` with which the browser arrives at the page.
    async fn state(&self, text: &str) -> String {
        let page = self.leave(&[("text", text)]).await;
        assert_eq!(page.text(), format!("text: {text}"));
        parameter(page.url(), "state").expect("a state")
    }
}

async fn serve(app: &App, browser: &Browser) -> TestServer {
    let router = Router::new()
        .route("/leave-with", get(leave))
        .fallback(bye)
        .layer(app.auth.clone());
    let server = TestServer::start(router).await;
    browser.map(ORIGIN, server.address());
    server
}

#[tokio::test]
async fn a_page_reads_the_text_of_its_sign_out_however_the_browser_gets_there() {
    let text = "some random&string, in UTF-8: ä";
    for (signed_out_path, parameters, page) in [
        (
            true,
            &[("text", text), ("page", "/bye?kept=!#top")][..],
            "/bye",
        ),
        (true, &[("text", text)], "/"),
        (false, &[("text", text)], "/"),
        (
            false,
            &[("text", text), ("uri", "https://app.example/bye")],
            "/bye",
        ),
        (
            true,
            &[("text", text), ("uri", "https://app.example/bye")],
            "/bye",
        ),
    ] {
        let stage = Stage::with(
            |it| it,
            |auth| match signed_out_path {
                true => auth.signed_out_path("/auth/signed-out"),
                false => auth,
            },
        )
        .await;

        let landed = stage.leave(parameters).await;

        let kept = match parameters[1..] {
            [("page", _)] => "!",
            _ => "",
        };
        assert_eq!(
            landed.text(),
            format!("text: {text}{kept}"),
            "{parameters:?}"
        );
        assert_eq!(landed.url().path(), page);
        assert_eq!(stage.app.provider.session_count(), 0, "by the provider");
        // Neither the provider nor a log of URLs can read it.
        for exchange in landed.exchanges().iter().skip(1) {
            assert!(!exchange.url().as_str().contains("random"));
        }
        assert!(App::cookies(&stage.browser).is_empty());
    }
}

#[tokio::test]
async fn the_text_is_returned_without_the_provider_too() {
    let parameters = [("text", "closed"), ("page", "/bye?kept=!")];
    // There is no session.
    let stage = Stage::signed_out_path().await;
    stage.leave(&[]).await;
    assert_eq!(stage.leave(&parameters).await.text(), "text: closed!");
    // Then no provider compares the page with the registered ones.
    for (uri, location) in [
        ("https://app.example/bye?kept=!", "/bye?kept=!&state="),
        ("https://app.example/tsch\u{fc}ss", "/tsch%C3%BCss?state="),
        ("/bye", "/bye?state="),
        ("https://", "/?state="),
    ] {
        let left = stage.leave(&[("text", "closed"), ("uri", uri)]).await;
        assert_eq!(left.exchanges()[0].status(), 303, "{uri}");
        assert!(left.url().as_str().starts_with(&url(location)), "{uri}");
        assert!(left.text().starts_with("text: closed"), "{uri}");
    }

    // The provider's metadata are unavailable.
    let app = App::start().await;
    let browser = app.signed_in_browser().await;
    let instance = app.another_instance(|auth| auth).await;
    let router = Router::new().route("/leave-with", get(leave)).fallback(bye);
    let server = TestServer::start(router.layer(instance.auth.clone())).await;
    browser.map(ORIGIN, server.address());
    app.provider.add_fault(Fault::DiscoveryUnavailable);
    let page = browser
        .navigate(ORIGIN, &url("/leave-with?text=closed&page=/bye"))
        .await;
    assert_eq!(page.text(), "text: closed");
    assert_eq!(page.exchanges().len(), 2);
}

#[tokio::test]
async fn without_a_text_the_page_gets_no_state() {
    for signed_out_path in [false, true] {
        let stage = match signed_out_path {
            true => Stage::signed_out_path().await,
            false => Stage::with(|it| it, |auth| auth).await,
        };

        let page = stage.leave(&[]).await;

        assert_eq!(page.url().as_str(), url("/"));
        assert_eq!(page.text(), "text: none");
    }
}

/// Invented, changed, for another purpose, or given twice: a page gets nothing of it.
#[tokio::test]
async fn a_foreign_state_is_not_returned() {
    let stage = Stage::with(|it| it, |auth| auth).await;
    let session = stage.browser.jar().cookie("__Host-Http-auth").unwrap();
    let session = session.value().trim_start_matches('1').to_owned();
    let state = stage.state("closed").await;
    let mut forged = state.clone().into_bytes();
    forged[60] ^= 1;
    let forged = String::from_utf8(forged).unwrap();

    let stranger = stage.browser.thief();
    let at = |query: String| {
        let stranger = stranger.clone();
        async move { stranger.open(&url(&format!("/bye?{query}"))).await.text() }
    };
    assert_eq!(at(format!("a=b&state={state}")).await, "text: closed");
    for query in [
        "state=".to_owned(),
        "state=closed".to_owned(),
        format!("state={forged}"),
        format!("state={session}"),
        format!("state={}", &state[..state.len() - 1]),
        format!("state={state}&state={state}"),
        format!("state={state}&state="),
        format!("State={state}"),
        format!("state={}", "a".repeat(9_000)),
    ] {
        assert_eq!(at(query.clone()).await, "text: none", "{query}");
    }
    let post = Request::navigation(&url(&format!("/bye?state={state}")));
    let post = post.from(ORIGIN).method(Method::POST);
    assert_eq!(stranger.send(post).await.text(), "text: none");
}

#[tokio::test]
async fn a_text_can_be_read_for_ten_minutes_however_often_its_state_is_repeated() {
    let stage = Stage::signed_out_path().await;
    let left = stage.leave(&[("text", "closed"), ("page", "/bye")]).await;
    let landing = left.exchanges()[left.exchanges().len() - 2].url().clone();
    let at_the_page = parameter(left.url(), "state").unwrap();
    stage.app.clock.advance(LIFETIME - Duration::from_secs(1));

    // The route writes a new `state` for its page, which must not have a newer time.
    let again = stage.browser.open(landing.as_str()).await;
    assert_eq!(again.text(), "text: closed");
    let path = url(&format!("/auth/signed-out?state={at_the_page}"));
    let third = stage.browser.open(&path).await;
    assert_eq!(third.text(), "text: closed");
    assert_eq!(third.url().path(), "/", "it names no page");
    stage.app.clock.advance(Duration::from_secs(1));

    for old in [left.url(), again.url(), third.url(), &landing] {
        let page = stage.browser.open(old.as_str()).await;
        assert_eq!(page.text(), "text: none", "{old}");
    }
}

/// Each origin has its own keys, and an unknown host has none.
#[tokio::test]
async fn a_state_of_one_origin_is_not_accepted_at_another() {
    let stage = Stage::with(|it| it, |auth| auth.additional_base_url(OTHER)).await;
    let state = stage.state("closed").await;
    let path = format!("/bye?state={state}");

    let own = Request::navigation(&url(&path));
    assert_eq!(stage.browser.step(&own).await.text(), "text: closed");
    for host in ["other.example", "unknown.example"] {
        let request = own.clone().header("host", host);
        assert_eq!(
            stage.browser.step(&request).await.text(),
            "text: none",
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_text_that_is_too_long_is_left_out_and_the_sign_out_continues() {
    let (text, longer) = ("x".repeat(512), "x".repeat(513));
    let (page, page_too_long) = (
        format!("/bye?{}", "p".repeat(1_019)),
        format!("/bye?{}", "p".repeat(1_020)),
    );
    for (text, page, is_kept) in [
        (&text, "/bye", true),
        (&longer, "/bye", false),
        (&text, &page, true),
        (&text, &page_too_long, false),
    ] {
        let log = log::record();
        let stage = Stage::signed_out_path().await;

        let left = stage.leave(&[("text", text), ("page", page)]).await;
        // With a long page there is no room for the ID token, so the provider asks.
        let landed = match left.url().path() {
            "/bye" => left.clone(),
            _ => left.press("Sign out").await,
        };

        let expected = if is_kept { text } else { "none" };
        assert_eq!(landed.text(), format!("text: {expected}"));
        assert_eq!(landed.url().path(), "/bye");
        assert_eq!(log.text().contains("SignOut::state"), !is_kept);
        let ours = left.exchanges().iter().chain(landed.exchanges());
        for exchange in ours.filter(|it| it.url().as_str().starts_with(ORIGIN)) {
            let head = exchange.head_size();
            assert!(head < 4_000, "{}: {head}", exchange.url());
        }
    }
}

/// A stock nginx answers a longer head with 502, and the browser would keep its cookies.
#[tokio::test]
async fn a_page_that_is_too_long_for_the_response_head_is_left_out() {
    for (length, path) in [(1_536, "/bye"), (1_537, "/"), (2_048, "/")] {
        let log = log::record();
        let stage = Stage::signed_out_path().await;
        let page = format!("/bye?{}", "p".repeat(length - 5));

        let left = stage.leave(&[("page", &page)]).await;

        let head = left.exchanges()[0].head_size();
        assert!(head < 4_000, "{length}: {head}");
        let landed = match left.url().as_str().starts_with(ORIGIN) {
            true => left,
            false => left.press("Sign out").await,
        };
        assert_eq!(landed.url().path(), path, "{length}");
        let text = log.text();
        assert_eq!(text.contains("SignOut::return_to"), path == "/", "{text}");

        // There is no session any more, so the provider has no part in this one.
        let parameters = [("page", page.as_str()), ("text", &"x".repeat(512))];
        let left = stage.leave(&parameters).await;
        let head = left.exchanges()[0].head_size();
        assert!(head < 4_000, "{length}: {head}");
        assert_eq!(left.url().path(), path, "{length}");
    }
}

/// A text of the greatest length leaves room for the ID token of a usual user.
#[tokio::test]
async fn the_longest_text_and_the_id_token_fit_together() {
    let stage = Stage::with(|it| it, |auth| auth).await;

    let page = stage.leave(&[("text", &"x".repeat(512))]).await;

    let provider = page.exchanges()[1].url();
    assert!(parameter(provider, "id_token_hint").is_some());
}

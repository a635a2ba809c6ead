//! The application that a reader of a guide builds, at the URL that the guides assume.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use http::Method;
use oidc_dev_provider::{Client, DevProvider, DevProviderBuilder};
use serde_json::Value;
use tower_oidc::{AuthContext, AuthLayerBuilder};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::{Browser, TestClock, TestServer};
use url::Url;

/// The URL of the application.
pub(super) const HERE: &str = "http://localhost:3000";

/// The client id of the application at the provider.
pub(super) const APP_ID: &str = "bookstore";
/// Its client secret.
pub(super) const APP_SECRET: &str = "a-secret-copied-from-the-console";
/// The cookie secret that the reader has generated, as each guide says.
pub(super) const COOKIE_SECRET: &str = "mB4tXw9KqR2vLz7NcJ5hGd8SfPyT3eUa";

/// The application and its provider, and the browser of a user.
pub(super) struct Sample {
    pub(super) provider: DevProvider,
    pub(super) clock: TestClock,
    pub(super) browser: Browser,
    server: TestServer,
}

impl Sample {
    /// `provider` is how the reader has configured it, `settings` what the reader writes, and
    /// `pages` the pages besides the home page.
    pub(super) async fn start(
        provider: DevProviderBuilder,
        settings: impl FnOnce(&DevProvider) -> AuthLayerBuilder,
        pages: Router,
    ) -> Self {
        let clock = TestClock::new();
        let of_provider = clock.clone();
        let provider = provider.clock(move || of_provider.now());
        let provider = provider.start().await.unwrap();
        let auth = settings(&provider).clock(clock.clone()).build().unwrap();
        let pages = pages.route("/", get(home));
        let server = TestServer::start(pages.layer(auth)).await;
        let browser = Browser::new(&clock);
        browser.map(HERE, server.address());
        Self {
            provider,
            clock,
            browser,
            server,
        }
    }

    /// Continues with a browser without cookies.
    pub(super) fn take_new_browser(&mut self) {
        self.browser = Browser::new(&self.clock);
        self.browser.map(HERE, self.server.address());
    }

    /// A page of the application.
    pub(super) async fn open(&self, path: &str) -> Page {
        self.browser.open(&format!("{HERE}{path}")).await
    }

    /// The response of an API of the application.
    pub(super) async fn answer(&self, path: &str) -> Value {
        let page = self.open(path).await;
        assert_eq!(page.status(), 200, "{path}: {}", page.text());
        page.json()
    }

    /// A script on a page of the application sends a POST, as `fetch` does.
    pub(super) async fn post(&self, path: &str) -> Page {
        let request = Request::fetch(&format!("{HERE}{path}"))
            .from(HERE)
            .method(Method::POST);
        self.browser.send(request).await
    }

    /// Signs a user in with the button of the home page. Returns the URL of the provider's page.
    pub(super) async fn sign_in_as(&self, user: &str) -> Url {
        let page = self.open("/").await.click("Sign In").await;
        let there = page.url().clone();
        let page = page.press(user).await;
        assert!(
            page.text().contains(&format!("Hello, {user},")),
            "{}",
            page.text()
        );
        there
    }
}

/// The registration at the provider, with the redirect URIs of a guide.
pub(super) fn client(redirect_uri: &str, post_logout_redirect_uri: &str) -> Client {
    Client::confidential(APP_ID, APP_SECRET)
        .redirect_uri(redirect_uri)
        .post_logout_redirect_uri(post_logout_redirect_uri)
}

/// The endpoint of the tenant, as the guides of Logto write it.
pub(super) fn endpoint(provider: &DevProvider) -> &str {
    provider.issuer().strip_suffix("/oidc").unwrap()
}

/// The button to press, and the user.
async fn home(auth: AuthContext) -> Html<String> {
    Html(match auth.claims() {
        None => r#"<a href="/auth/sign-in">Sign In</a>"#.to_owned(),
        Some(claims) => format!(
            r#"<p>Hello, {}, <form method="post" action="/auth/sign-out"><button>Sign Out</button></form>"#,
            claims.sub()
        ),
    })
}

/// All values of a parameter, in their order.
pub(super) fn parameters(url: &Url, name: &str) -> Vec<String> {
    let named = url.query_pairs().filter(|(it, _)| it == name);
    named.map(|(_, value)| value.into_owned()).collect()
}

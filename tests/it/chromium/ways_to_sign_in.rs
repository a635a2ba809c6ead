//! What only a browser shows of other ways to sign in: which cookies come with a form that the provider
//! posts, and that a user can choose among providers.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use http::HeaderMap;
use http::header::COOKIE;
use oidc_dev_provider::{Client, DevProvider};
use tower_oidc::provider::{DirectoryEntry, ProviderDirectory, ResponseMode};
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, SECRET, router};
use tower_oidc_tests::server::Listener;
use tower_oidc_tests::{TestClock, TestServer};

use super::browser::Chromium;
use super::site::{Requests, choose_alice};

const EMAIL_FORM: &str = "<form action=/auth/sign-in><input type=email name=login_hint>\
                          <input type=hidden name=return_to value=/private><button>Go</button></form>";

/// An application at `http://localhost`, on another site than its providers at `http://127.0.0.1`.
struct Site {
    origin: String,
    providers: [DevProvider; 2],
    /// What reaches the layer.
    requests: Requests,
    _server: TestServer,
}

impl Site {
    async fn start(
        register: impl FnOnce(AuthLayerBuilder, [Provider; 2]) -> AuthLayerBuilder,
    ) -> Self {
        let listener = Listener::bind().await;
        let origin = listener.origin("localhost");
        let clock = TestClock::starting_now();
        let providers = [
            provider(&origin, &clock).await,
            provider(&origin, &clock).await,
        ];
        let registrations = [&providers[0], &providers[1]]
            .map(|it| Provider::new(it.issuer(), CLIENT_ID).client_secret(CLIENT_SECRET));
        let builder = AuthLayer::builder()
            .base_url(origin.as_str())
            .cookie_secret(SECRET)
            .clock(clock);
        let auth = register(builder, registrations).build();
        let company = || async { Html(EMAIL_FORM) };
        let pages = router().route("/company", get(company));
        let pages = pages.layer(auth.expect("the settings work"));
        let requests = Requests::default();
        // The layer answers its own paths, so they are recorded in front of it.
        let recorded = requests.recorded(Router::new().fallback_service(pages));
        Self {
            origin,
            providers,
            requests,
            _server: listener.serve(recorded),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

async fn provider(origin: &str, clock: &TestClock) -> DevProvider {
    let paths = ["", "/one", "/two"];
    let client = paths.into_iter().fold(
        Client::confidential(CLIENT_ID, CLIENT_SECRET),
        |client, path| client.redirect_uri(format!("{origin}/auth/callback{path}")),
    );
    let clock = clock.clone();
    let provider = DevProvider::builder()
        .client(client)
        .clock(move || clock.now());
    provider.start().await.expect("a loopback port is free")
}

fn cookies(headers: &HeaderMap) -> String {
    let fields = headers.get_all(COOKIE).iter();
    fields.map(|it| it.to_str().expect("text")).collect()
}

/// S-15: the redirect brings the new cookie and the older one, although the form brought none.
#[tokio::test]
async fn a_form_of_the_provider_brings_no_cookie_and_the_redirect_brings_both() {
    let site =
        Site::start(|auth, [one, _]| auth.provider(one.response_mode(ResponseMode::FormPost)));
    let site = site.await;
    let browser = Chromium::start().await;

    browser.open(&site.url("/private")).await;
    choose_alice(&browser, &site.providers[0]).await;
    browser.shows(&site.url("/private"), "alice").await;

    let all = site.requests.all();
    let callbacks: Vec<_> = all
        .iter()
        .filter(|(path, _)| path == "/auth/callback")
        .map(|(_, headers)| cookies(headers))
        .collect();
    let [posted, redirected] = callbacks.as_slice() else {
        panic!("{} callbacks", callbacks.len());
    };
    assert!(!posted.contains("auth"), "{posted}");
    assert!(
        redirected.contains(".form.") && redirected.contains(".txn."),
        "{redirected}"
    );
}

/// W-06
#[tokio::test]
async fn a_user_chooses_a_provider_and_returns_to_the_page() {
    let site = Site::start(|auth, [one, two]| {
        auth.provider_with_id("one", one.name("Provider One"))
            .provider_with_id("two", two.name("Provider Two"))
            .choose_provider(true)
    });
    let site = site.await;
    let browser = Chromium::start().await;

    browser.open(&site.url("/private")).await;
    browser
        .shows(&site.url("/auth/sign-in"), "Continue with Provider Two")
        .await;
    browser.click("a[href*='/auth/sign-in/two']").await;
    choose_alice(&browser, &site.providers[1]).await;

    browser.shows(&site.url("/private"), "alice").await;
    assert_eq!(site.providers[0].counters().token, 0);
}

/// Y-01, Y-02
#[tokio::test]
async fn an_email_address_leads_to_the_provider_of_the_company() {
    let site = Site::start(|auth, [one, two]| {
        auth.provider_resolver(ProviderDirectory::from_iter([
            DirectoryEntry::new("one", one).email_domain("one.example"),
            DirectoryEntry::new("two", two).email_domain("two.example"),
        ]))
    });
    let site = site.await;
    let browser = Chromium::start().await;

    browser.open(&site.url("/company")).await;
    browser.type_into("input", "alice@nowhere.example").await;
    browser.click("button").await;
    browser
        .shows(&site.url("/auth/sign-in"), "No sign-in was found")
        .await;

    browser.open(&site.url("/company")).await;
    browser.type_into("input", "alice@two.example").await;
    browser.click("button").await;
    choose_alice(&browser, &site.providers[1]).await;

    browser.shows(&site.url("/private"), "alice").await;
    assert_eq!(site.providers[0].counters().token, 0);
}

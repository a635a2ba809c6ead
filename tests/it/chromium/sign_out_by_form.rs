//! The page that posts the ID token to the provider: Chromium runs its script, allows its redirects, and lets no
//! page of the application read it.

use oidc_dev_provider::{Client, DevProvider, User};
use tower_oidc::{AuthLayer, Provider};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, SECRET, router};
use tower_oidc_tests::random_text;
use tower_oidc_tests::server::Listener;
use tower_oidc_tests::{TestClock, TestServer};

use super::browser::Chromium;

/// Opens the second step in another tab, and tries to read it until it has left for the provider.
const SPY: &str = "
    const done = arguments[0];
    fetch('/auth/sign-out', { method: 'POST', headers: { accept: 'application/json' } })
        .then(answer => answer.json())
        .then(({ logoutUrl }) => {
            const tab = open(logoutUrl);
            const read = [];
            const spy = setInterval(() => {
                try { read.push(tab.document.forms[0].id_token_hint.value) } catch {}
            }, 0);
            setTimeout(() => { clearInterval(spy); tab.close(); done(read.length) }, 1500);
        });";

struct Site {
    origin: String,
    provider: DevProvider,
    _server: TestServer,
}

/// An application whose user dave has an ID token of six kilobytes.
async fn site(max_logout_url_length: usize) -> Site {
    let listener = Listener::bind().await;
    let origin = listener.origin("localhost");
    let clock = TestClock::starting_now();
    let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
        .redirect_uri(format!("{origin}/auth/callback"))
        .post_logout_redirect_uri(format!("{origin}/"));
    let time = clock.clone();
    let provider = DevProvider::builder()
        .client(client)
        .user(User::new("alice"))
        .user(User::new("dave").claim("about", random_text(4_000)))
        .clock(move || time.now());
    let provider = provider.start().await.expect("a loopback port is free");
    let registration = Provider::new(provider.issuer(), CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .end_session_by_form(true);
    let auth = AuthLayer::builder()
        .provider(registration)
        .base_url(&origin)
        .cookie_secret(SECRET)
        .clock(clock)
        .max_logout_url_length(max_logout_url_length)
        .build()
        .expect("the settings work");
    Site {
        _server: listener.serve(router().layer(auth)),
        origin,
        provider,
    }
}

async fn sign_in(site: &Site, browser: &Chromium, user: &str) {
    browser.open(&format!("{}/private", site.origin)).await;
    browser.shows(site.provider.issuer(), user).await;
    browser.click(&format!("button[value={user}]")).await;
    browser.shows(&site.origin, user).await;
}

#[tokio::test]
async fn the_page_submits_itself_and_the_user_returns_signed_out() {
    let site = site(2_400).await;
    let browser = Chromium::start().await;
    sign_in(&site, &browser, "dave").await;

    browser
        .open(&format!("{}/auth/sign-out", site.origin))
        .await;
    browser.click("button").await;

    browser.shows(&format!("{}/", site.origin), "nobody").await;
    assert_eq!(site.provider.session_count(), 0);
}

#[tokio::test]
async fn a_script_of_the_application_cannot_read_the_page() {
    let site = site(0).await;
    let browser = Chromium::start().await;
    sign_in(&site, &browser, "alice").await;

    let read = browser.run(SPY).await;

    assert_eq!(read, 0);
    // Otherwise there was no page to read.
    assert_eq!(site.provider.session_count(), 0);
}

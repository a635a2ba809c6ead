//! Sign-outs that the provider reports: OpenID Connect Back-Channel and Front-Channel Logout 1.0.

mod backchannel;
mod conformance;
mod floods;
mod frontchannel;
mod several_providers;
mod store_down;
mod tenants;

use std::sync::{Arc, Mutex};

use http::Method;
use tower_oidc::{AuthEvent, AuthLayerBuilder, MemoryStore};
use tower_oidc_tests::app::{CLIENT_ID, sign_in_as, url};
use tower_oidc_tests::browser::{Page, Request};
use tower_oidc_tests::{App, Browser, TestClock};

const BACK: &str = "/auth/backchannel-logout";
const FRONT: &str = "/auth/frontchannel-logout";

/// Both paths, with a store that instances can share.
fn paths(store: &MemoryStore) -> impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder + use<> {
    let store = store.clone();
    |auth| {
        auth.revocation_store(store)
            .backchannel_logout_path(BACK)
            .frontchannel_logout_path(FRONT)
    }
}

async fn start() -> App {
    App::with(paths(&MemoryStore::new())).await
}

/// The events of a layer, as their codes and users.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    fn heard_by(&self, auth: AuthLayerBuilder) -> AuthLayerBuilder {
        let events = self.clone();
        auth.on_event(move |event: &AuthEvent| {
            let reason = event.reason().map(|reason| format!(": {reason}"));
            let line = format!(
                "{} {}{}",
                event.kind().code(),
                event.sub().unwrap_or("-"),
                reason.unwrap_or_default()
            );
            events.0.lock().unwrap().push(line);
        })
    }

    /// Those since the last call.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

async fn signed_in(app: &App, user: &str) -> Browser {
    let browser = app.browser();
    assert_eq!(sign_in_as(&browser, user).await.text(), user);
    browser
}

async fn user(browser: &Browser) -> String {
    browser.open(&url("/")).await.text()
}

/// The `sid` of the session's ID token.
async fn sid(browser: &Browser) -> String {
    let who = browser.open(&url("/who")).await.json();
    who["claims"]["sid"].as_str().expect("a sid").to_owned()
}

/// A server that is no browser: it has no cookies, and says nothing about pages.
fn server(app: &App) -> Browser {
    let server = Browser::new(&TestClock::new()).without_fetch_metadata();
    app.serve(&server);
    server
}

fn post(path: &str, form: &[(&str, &str)]) -> Request {
    Request::fetch(&url(path)).method(Method::POST).form(form)
}

/// Posts a logout token, as a provider does.
async fn report(app: &App, token: &str) -> Page {
    server(app)
        .send(post(BACK, &[("logout_token", token)]))
        .await
}

fn token(app: &App, sub: Option<&str>, sid: Option<&str>) -> String {
    let token = app.provider.logout_token(CLIENT_ID, sub, sid);
    token.expect("the client is registered")
}

/// A refusal that tells the provider that nothing was done.
fn assert_refused(page: &Page, why: &str) {
    assert_eq!(page.status(), 400, "{why}");
    assert_eq!(page.header("cache-control"), Some("no-store"), "{why}");
    assert_eq!(page.json()["error"], "invalid_request", "{why}");
}

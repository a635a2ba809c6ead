//! Sessions whose content is in a store, which all instances share.

mod at_once;
mod changes;
mod ends;
mod hanging;
mod left_behind;
pub(crate) mod many_organizations;
mod one_record;
mod outage;
mod outage_of_saves;
mod removed_tokens;
mod stolen;
mod where_it_is;
mod wrong_records;

use oidc_dev_provider::User;
use serde_json::Value;
use tower_oidc::AuthLayerBuilder;
use tower_oidc_tests::app::{Instance, sign_in_as};
use tower_oidc_tests::random_text;
use tower_oidc_tests::visits::{answer, reason, sign_out};
use tower_oidc_tests::{App, Browser, FaultySessionStore, TestClock};

/// The scopes with which tokens for the organizations of the user are available.
const SCOPES: [&str; 4] = [
    "openid",
    "profile",
    "offline_access",
    "urn:logto:scope:organizations",
];

/// Those of which the users `alice` and `big` are members.
const ORGANIZATIONS: [&str; 2] = ["oqlvslpmrc3s", "3pgwzp1b77do"];

/// Claims that do not fit into the cookies.
fn large_claim() -> String {
    random_text(20_000)
}

/// One instance with a store. The sessions of the users `big` and `other` are too large for cookies, and that of
/// `medium` needs three.
async fn app_with(
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> (App, FaultySessionStore) {
    let clock = TestClock::new();
    let store = FaultySessionStore::new(&clock);
    let with_store = |auth: AuthLayerBuilder| configure(auth.session_store(store.clone()));
    let app = App::at(
        clock,
        |provider| {
            provider
                .user(
                    User::new("big")
                        .claim("about", large_claim())
                        .claim("organizations", ORGANIZATIONS),
                )
                .user(User::new("other").claim("about", large_claim()))
                .user(User::new("medium").claim("about", random_text(6_000)))
        },
        |registration| registration.scopes(SCOPES),
        with_store,
    )
    .await;
    (app, store)
}

async fn app() -> (App, FaultySessionStore) {
    app_with(|auth| auth).await
}

/// Two instances over one store, and the store.
async fn two_instances() -> (App, Instance, FaultySessionStore) {
    let (app, store) = app().await;
    let other = another(&app, &store).await;
    (app, other, store)
}

async fn another(app: &App, store: &FaultySessionStore) -> Instance {
    app.another_instance(|auth| auth.session_store(store.clone()))
        .await
}

/// A browser in which this user has signed in.
async fn signed_in(app: &App, user: &str) -> Browser {
    let browser = app.browser();
    assert_eq!(sign_in_as(&browser, user).await.text(), user);
    browser
}

/// A browser whose session is in the store, and a copy of it that visits the other instance.
async fn two_browsers(app: &App, other: &Instance) -> (Browser, Browser) {
    let here = signed_in(app, "big").await;
    let there = here.thief();
    other.serve(&there);
    (here, there)
}

async fn data(browser: &Browser) -> Value {
    answer(browser, "/data").await
}

/// The names and the lengths of the session's cookies.
fn cookies(browser: &Browser) -> Vec<(String, usize)> {
    let names = App::cookies(browser).into_iter();
    let length = |name: &str| browser.jar().cookie(name).map(|it| it.value().len());
    names
        .map(|name| (name.clone(), length(&name).unwrap_or_default()))
        .collect()
}

/// Whether the browser has one small cookie, which refers to a record.
fn has_reference(browser: &Browser) -> bool {
    matches!(&*cookies(browser), [(name, length)] if name == "__Host-Http-auth" && *length < 300)
}

//! An application whose users sign in at one of two providers, `one` and `two`.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use oidc_dev_provider::{Client, DevProvider, DevProviderBuilder};
use tower_oidc::{AuthContext, AuthLayer, AuthLayerBuilder, Provider, SignIn};

use crate::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, SECRET, router, url};
use crate::browser::Page;
use crate::{Browser, TestClock, TestServer};

/// The running application and its providers, which stop when this is dropped.
#[derive(Debug)]
pub struct TwoProviders {
    /// The provider with the id `one`, which is registered first.
    pub one: DevProvider,
    /// The provider with the id `two`.
    pub two: DevProvider,
    /// The time for all of them.
    pub clock: TestClock,
    /// The layer around the application.
    pub auth: AuthLayer,
    server: TestServer,
}

impl TwoProviders {
    /// With the default settings.
    pub async fn start() -> Self {
        Self::with(|auth| auth).await
    }

    /// With these settings of the layer.
    pub async fn with(configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> Self {
        Self::with_providers(|it| it, |registration| registration, configure).await
    }

    /// With these settings of both providers, of the registrations there, and of the layer.
    pub async fn with_providers(
        provide: impl Fn(DevProviderBuilder) -> DevProviderBuilder,
        register: impl Fn(Provider) -> Provider,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Self {
        let clock = TestClock::new();
        let one = provider("one", &clock, &provide).await;
        let two = provider("two", &clock, &provide).await;
        let registration = |provider: &DevProvider| {
            register(Provider::new(provider.issuer(), CLIENT_ID).client_secret(CLIENT_SECRET))
        };
        let builder = AuthLayer::builder()
            .provider_with_id("one", registration(&one).name("Provider One"))
            .provider_with_id("two", registration(&two))
            .base_url(ORIGIN)
            .cookie_secret(SECRET)
            .clock(clock.clone());
        let auth = configure(builder).build().expect("the settings work");
        let router = own_routes().merge(router()).layer(auth.clone());
        Self {
            server: TestServer::start(router).await,
            one,
            two,
            clock,
            auth,
        }
    }

    /// A browser that reaches the application.
    pub fn browser(&self) -> Browser {
        let browser = Browser::new(&self.clock);
        browser.map(ORIGIN, self.server.address());
        browser
    }
}

/// Signs this user in at the provider with this id.
pub async fn sign_in_at(browser: &Browser, id: &str, user: &str) -> Page {
    let path = format!("/auth/sign-in/{id}?prompt=login");
    browser.open(&url(&path)).await.press(user).await
}

async fn provider(
    id: &str,
    clock: &TestClock,
    provide: &impl Fn(DevProviderBuilder) -> DevProviderBuilder,
) -> DevProvider {
    let clock = clock.clone();
    let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
        .redirect_uri(url(&format!("/auth/callback/{id}")))
        .post_logout_redirect_uri(url("/"));
    let builder = DevProvider::builder()
        .client(client)
        .clock(move || clock.now());
    let started = provide(builder).start().await;
    started.expect("a loopback port is free")
}

/// `/provider` says where the user signed in, and `/start-at/{id}` starts a sign-in there.
fn own_routes() -> Router {
    Router::new()
        .route("/provider", get(session_provider))
        .route("/start-at/{id}", get(start_at))
}

async fn session_provider(auth: AuthContext) -> String {
    let provider = auth.provider();
    let provider = provider.map(|it| format!("{} {}", it.id().unwrap_or("-"), it.issuer()));
    provider.unwrap_or_else(|| "none".to_owned())
}

async fn start_at(Path(id): Path<String>, auth: AuthContext) -> SignIn {
    auth.sign_in().provider(id).return_to("/provider")
}

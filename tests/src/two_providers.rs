//! An application whose users sign in at one of two providers, `one` and `two`.

use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use oidc_dev_provider::{Client, DevProvider, DevProviderBuilder};
use tower_oidc::{
    AuthContext, AuthError, AuthLayer, AuthLayerBuilder, Authenticated, Prompt, Provider, SignIn,
};
use url::Url;

use crate::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, SECRET, router, url};
use crate::browser::{Page, Request};
use crate::{Browser, TestClock, TestServer};

/// The client id of a second client at the same provider.
pub const OTHER_CLIENT: &str = "other";

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
        Self::with_providers(|it| it, configure).await
    }

    /// With these settings of both providers, and of the layer.
    pub async fn with_providers(
        provide: impl Fn(DevProviderBuilder) -> DevProviderBuilder,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Self {
        Self::registered(provide, |_, second| second, configure).await
    }

    /// The same with settings of the registration at the second provider, which may depend on the first.
    pub async fn registered(
        provide: impl Fn(DevProviderBuilder) -> DevProviderBuilder,
        register_second: impl FnOnce(&DevProvider, Provider) -> Provider,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Self {
        Self::both_registered(provide, |first| first, register_second, configure).await
    }

    /// The same with settings of the registration at the first provider too.
    pub async fn both_registered(
        provide: impl Fn(DevProviderBuilder) -> DevProviderBuilder,
        register_first: impl FnOnce(Provider) -> Provider,
        register_second: impl FnOnce(&DevProvider, Provider) -> Provider,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Self {
        let clock = TestClock::new();
        let one = provider(&clock, &provide).await;
        let two = provider(&clock, &provide).await;
        let first = register_first(registration(&one, CLIENT_ID).name("Provider One"));
        let second = register_second(&one, registration(&two, CLIENT_ID));
        let builder = AuthLayer::builder()
            .provider_with_id("one", first)
            .provider_with_id("two", second);
        Self::at(clock, one, two, configure(builder)).await
    }

    /// Two clients of the provider `one`: the second one is `other`. Nothing is registered at `two`.
    pub async fn two_clients() -> Self {
        Self::two_clients_with(|auth| auth).await
    }

    /// The same with these settings of the layer.
    pub async fn two_clients_with(
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Self {
        let clock = TestClock::new();
        let one = provider(&clock, &|it| it).await;
        let two = provider(&clock, &|it| it).await;
        let builder = AuthLayer::builder()
            .provider_with_id("one", registration(&one, CLIENT_ID))
            .provider_with_id("two", registration(&one, OTHER_CLIENT));
        Self::at(clock, one, two, configure(builder)).await
    }

    async fn at(
        clock: TestClock,
        one: DevProvider,
        two: DevProvider,
        builder: AuthLayerBuilder,
    ) -> Self {
        let builder = builder
            .base_url(ORIGIN)
            .cookie_secret(SECRET)
            .clock(clock.clone());
        let auth = builder.build().expect("the settings work");
        let router = own_routes().merge(router()).layer(auth.clone());
        Self {
            server: TestServer::start(router).await,
            one,
            two,
            clock,
            auth,
        }
    }

    /// A browser in which alice has signed in at the provider with this id.
    pub async fn signed_in_at(&self, id: &str) -> Browser {
        let browser = self.browser();
        let page = sign_in_at(&browser, id, "alice").await;
        assert_eq!(page.text(), "alice");
        browser
    }

    /// The callback URL of a sign-in at the provider with this id, which knows its user already; the browser
    /// keeps the transaction's cookie, and does not go there.
    pub async fn begun_at(&self, browser: &Browser, id: &str) -> Url {
        let path = url(&format!("/auth/sign-in/{id}"));
        let there = browser.step(&Request::navigation(&path)).await;
        let there = there.header("location").expect("a redirect").to_owned();
        let back = browser.step(&Request::navigation(&there)).await;
        let back = back.header("location").expect("a user that is known");
        Url::parse(back).expect("a URL")
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

fn registration(provider: &DevProvider, client_id: &str) -> Provider {
    Provider::new(provider.issuer(), client_id).client_secret(CLIENT_SECRET)
}

/// A provider that knows both clients with both redirect URIs.
async fn provider(
    clock: &TestClock,
    provide: &impl Fn(DevProviderBuilder) -> DevProviderBuilder,
) -> DevProvider {
    let clock = clock.clone();
    let client = |id| {
        Client::confidential(id, CLIENT_SECRET)
            .redirect_uri(url("/auth/callback/one"))
            .redirect_uri(url("/auth/callback/two"))
            .post_logout_redirect_uri(url("/"))
    };
    let builder = DevProvider::builder()
        .client(client(CLIENT_ID))
        .client(client(OTHER_CLIENT))
        .access_token_lifetime(Duration::from_secs(3600))
        .clock(move || clock.now());
    let started = provide(builder).start().await;
    started.expect("a loopback port is free")
}

/// `/provider` says where the user signed in, `/start-at/{id}` starts a sign-in there, and `/hint-at/{id}` does so
/// with the session's ID token as a hint.
fn own_routes() -> Router {
    Router::new()
        .route("/provider", get(session_provider))
        .route("/start-at/{id}", get(start_at))
        .route("/hint-at/{id}", get(hint_at))
        .route("/revoke", get(revoke))
        .route("/again", get(again))
}

async fn session_provider(auth: AuthContext) -> String {
    let provider = auth.provider();
    let provider = provider.map(|it| format!("{} {}", it.id().unwrap_or("-"), it.issuer()));
    provider.unwrap_or_else(|| "none".to_owned())
}

async fn start_at(Path(id): Path<String>, auth: AuthContext) -> SignIn {
    auth.sign_in().provider(id).return_to("/provider")
}

async fn hint_at(Path(id): Path<String>, auth: AuthContext) -> SignIn {
    let id_token = auth.id_token().expect("a session");
    let sign_in = auth.sign_in().provider(id).return_to("/provider");
    sign_in.id_token_hint(id_token.as_str())
}

/// Revokes the access token of the sign-in.
async fn revoke(auth: AuthContext) -> Result<String, AuthError> {
    let token = auth.access_token().await?;
    Ok(format!("{:?}", auth.revoke(&token).await?))
}

/// Asks the user to sign in once more, and accepts nobody else.
async fn again(user: Authenticated) -> SignIn {
    user.sign_in_again().prompt(Prompt::Login)
}

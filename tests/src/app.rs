//! An application behind the layer, with its own provider, both in the process of the test.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse, Json};
use axum::routing::{get, post};
use axum::{Router, middleware};
use http::StatusCode;
use http::header::{CACHE_CONTROL, SET_COOKIE};
use oidc_dev_provider::{Client, DevProvider, DevProviderBuilder};
use serde_json::json;
use tower_oidc::{
    AuthContext, AuthError, AuthLayer, AuthLayerBuilder, Authenticated, Provider, RequireAuth,
    SecretSource, SignIn, SignOut,
};

use crate::browser::Page;
use crate::{Browser, TestClock, TestServer, tokens};

/// The origin that browsers see.
pub const ORIGIN: &str = "https://app.example";

/// The secret that seals the cookies.
pub const SECRET: &str = "q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q";

/// The client id of the application at the provider.
pub const CLIENT_ID: &str = "app";
/// Its client secret.
pub const CLIENT_SECRET: &str = "app-secret-app-secret-app-secret";

/// The running application and provider, which stop when this is dropped.
#[derive(Debug)]
pub struct App {
    /// The provider.
    pub provider: DevProvider,
    /// The time for the application, its provider and the browsers.
    pub clock: TestClock,
    /// The layer around the application.
    pub auth: AuthLayer,
    registration: Provider,
    server: TestServer,
}

impl App {
    /// With the default settings, at [`ORIGIN`].
    pub async fn start() -> Self {
        Self::with(|auth| auth).await
    }

    /// With these settings of the layer.
    pub async fn with(configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> Self {
        Self::with_provider(|provider| provider, configure).await
    }

    /// With these settings of the layer and of the provider.
    pub async fn with_provider(
        provide: impl FnOnce(DevProviderBuilder) -> DevProviderBuilder,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Self {
        Self::registered(provide, |registration| registration, configure).await
    }

    /// The same with settings of the registration at the provider.
    pub async fn registered(
        provide: impl FnOnce(DevProviderBuilder) -> DevProviderBuilder,
        register: impl FnOnce(Provider) -> Provider,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Self {
        Self::at(TestClock::new(), provide, register, configure).await
    }

    /// The same with the test's clock.
    pub async fn at(
        clock: TestClock,
        provide: impl FnOnce(DevProviderBuilder) -> DevProviderBuilder,
        register: impl FnOnce(Provider) -> Provider,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Self {
        let provider = provider(&clock, provide).await;
        let registration = register(registration(&provider));
        let settings = Self::settings(&provider, &clock).provider(registration.clone());
        let auth = configure(settings).build().expect("the settings work");
        let server = TestServer::start(router().layer(auth.clone())).await;
        Self {
            provider,
            clock,
            auth,
            registration,
            server,
        }
    }

    /// With the resources `https://api.one.example` and `https://api.two.example`, and these
    /// settings of the layer.
    pub async fn with_resources(
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Self {
        let resources = ["https://api.one.example", "https://api.two.example"];
        let register = |registration: Provider| registration.resources(resources);
        Self::registered(|provider| provider, register, configure).await
    }

    /// The settings that [`start`](Self::start) takes.
    pub fn settings(provider: &DevProvider, clock: &TestClock) -> AuthLayerBuilder {
        Self::settings_without_secret(provider, clock).cookie_secret(SECRET)
    }

    fn settings_without_secret(provider: &DevProvider, clock: &TestClock) -> AuthLayerBuilder {
        AuthLayer::builder()
            .provider(registration(provider))
            .base_url(ORIGIN)
            .clock(clock.clone())
    }

    /// Another instance of the same application: other settings, the same provider and clock, and
    /// nothing else shared.
    pub async fn another_instance(
        &self,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Instance {
        let settings = Self::settings(&self.provider, &self.clock);
        let settings = settings.provider(self.registration.clone());
        Instance::start(configure(settings)).await
    }

    /// Another instance, whose cookie secrets come from this source.
    pub async fn instance_with_secrets(&self, source: SecretSource) -> Instance {
        let settings = Self::settings_without_secret(&self.provider, &self.clock);
        let settings = settings.provider(self.registration.clone());
        Instance::start(settings.cookie_secrets(source)).await
    }

    /// Where the application listens, whatever origin browsers see.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// A browser that reaches the application at [`ORIGIN`].
    pub fn browser(&self) -> Browser {
        let browser = Browser::new(&self.clock);
        browser.map(ORIGIN, self.server.address());
        browser
    }

    /// The same over HTTP/2.
    pub fn http2_browser(&self) -> Browser {
        let browser = Browser::http2(&self.clock);
        browser.map(ORIGIN, self.server.address());
        browser
    }

    /// Routes the browser to this instance again.
    pub fn serve(&self, browser: &Browser) {
        browser.map(ORIGIN, self.server.address());
    }

    /// A browser in which alice has signed in.
    pub async fn signed_in_browser(&self) -> Browser {
        let browser = self.browser();
        let page = sign_in(&browser).await;
        assert_eq!(page.text(), "alice");
        browser
    }

    /// A browser in which alice has signed in, and a copy of its jar that reaches the other
    /// instance.
    pub async fn two_browsers(&self, other: &Instance) -> (Browser, Browser) {
        let browser = self.signed_in_browser().await;
        let there = browser.thief();
        other.serve(&there);
        (browser, there)
    }

    /// Our cookies in this browser, by name.
    pub fn cookies(browser: &Browser) -> Vec<String> {
        browser
            .cookies()
            .iter()
            .map(|cookie| cookie.name().into_owned())
            .filter(|name| name.starts_with("__Host-Http-auth"))
            .collect()
    }
}

/// A separate instance; see [`App::another_instance`].
#[derive(Debug)]
pub struct Instance {
    /// The layer around its application.
    pub auth: AuthLayer,
    server: TestServer,
}

impl Instance {
    async fn start(settings: AuthLayerBuilder) -> Self {
        let auth = settings.build().expect("the settings work");
        Self {
            server: TestServer::start(router().layer(auth.clone())).await,
            auth,
        }
    }

    /// Routes the browser to this instance from now on.
    pub fn serve(&self, browser: &Browser) {
        browser.map(ORIGIN, self.server.address());
    }
}

/// Signs alice in, from the sign-in path to the page after it.
pub async fn sign_in(browser: &Browser) -> Page {
    sign_in_as(browser, "alice").await
}

/// Signs a user of the provider in.
pub async fn sign_in_as(browser: &Browser, user: &str) -> Page {
    // The provider does not ask a user whom it already knows.
    let path = "/auth/sign-in?prompt=login";
    browser.open(&url(path)).await.press(user).await
}

fn registration(provider: &DevProvider) -> Provider {
    Provider::new(provider.issuer(), CLIENT_ID).client_secret(CLIENT_SECRET)
}

/// A URL of the application.
pub fn url(path: &str) -> String {
    format!("{ORIGIN}{path}")
}

async fn provider(
    clock: &TestClock,
    provide: impl FnOnce(DevProviderBuilder) -> DevProviderBuilder,
) -> DevProvider {
    let clock = clock.clone();
    let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
        .redirect_uri(url("/auth/callback"))
        .post_logout_redirect_uri(url("/"));
    let builder = DevProvider::builder()
        .client(client)
        .clock(move || clock.now())
        .access_token_lifetime(Duration::from_secs(3600));
    provide(builder)
        .start()
        .await
        .expect("a loopback port is free")
}

/// The application: each route does one thing with its context.
pub fn router() -> Router {
    let guarded = Router::new()
        .route("/private", get(user).post(user))
        .layer(RequireAuth::layer());
    Router::new()
        .route("/", get(user).post(user))
        .route("/untouched", get(untouched))
        .route("/extracted", get(|_: AuthContext| async { "extracted" }))
        .route("/public", get(public))
        .route("/who", get(who))
        .route("/explain", get(not_signed_in_reason))
        .route("/fails", get(fails))
        .route("/typed", get(typed))
        .route("/typed-optional", get(typed_optional))
        .route("/typed-form", post(typed))
        .route("/error-form", post(error))
        .route("/token-form", post(token))
        .route("/start", get(start))
        .route("/organization", get(organization))
        .route("/step-up", get(step_up))
        .route("/leave", get(leave))
        .route("/leave-for-goodbye", get(leave_for_goodbye))
        .route("/leave-everywhere", get(leave_everywhere))
        .route("/cookies", get(cookies))
        .merge(guarded)
        .merge(tokens::router())
        .fallback(|request: Request| async move {
            (
                StatusCode::NOT_FOUND,
                format!("the application has no {}", request.uri().path()),
            )
        })
        .layer(middleware::map_response(own_header))
}

async fn own_header(mut response: axum::response::Response) -> axum::response::Response {
    let value = http::HeaderValue::from_static("application");
    response.headers_mut().insert("x-answered-by", value);
    response
}

async fn user(auth: AuthContext) -> String {
    auth.claims()
        .map_or_else(|| "nobody".to_owned(), |claims| claims.sub().to_owned())
}

async fn untouched() -> &'static str {
    "untouched"
}

async fn public(auth: AuthContext) -> impl IntoResponse {
    let _ = auth.is_authenticated();
    ([(CACHE_CONTROL, "public, max-age=600")], "public")
}

async fn who(auth: AuthContext) -> impl IntoResponse {
    let claims = auth
        .claims()
        .and_then(|claims| claims.deserialize::<serde_json::Value>().ok());
    let seconds = |time: Option<std::time::SystemTime>| {
        time.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
            .map(|since| since.as_secs())
    };
    let access_token = auth.cached_access_token();
    Json(json!({
        "state": format!("{:?}", auth.state()),
        "claims": claims,
        "id_token": auth.id_token().map(|token| token.as_str().to_owned()),
        "access_token": access_token.as_ref().map(|token| token.as_str().to_owned()),
        "access_token_expires": seconds(access_token.and_then(|token| token.expires_at())),
        "scopes": auth.scopes(),
        "sign_in_auth_time": seconds(auth.sign_in_auth_time()),
        "sign_in_acr": auth.sign_in_acr(),
        "expires": seconds(auth.expires_at()),
        "logout_url": auth.logout_url().await.ok().flatten(),
    }))
}

async fn not_signed_in_reason(auth: AuthContext) -> String {
    auth.not_signed_in_reason()
        .map_or_else(|| "signed_in".to_owned(), |reason| reason.to_string())
}

async fn fails(auth: AuthContext) -> impl IntoResponse {
    let _ = auth.is_authenticated();
    let cookies = [
        (SET_COOKIE, "theirs=1; Path=/"),
        (SET_COOKIE, "__Host-Http-auth=forged; Path=/"),
    ];
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        axum::response::AppendHeaders(cookies),
        "failed",
    )
}

async fn typed(user: Authenticated) -> String {
    user.claims().sub().to_owned()
}

async fn typed_optional(user: Option<Authenticated>) -> String {
    user.map_or_else(|| "none".to_owned(), |user| user.claims().sub().to_owned())
}

async fn error(auth: AuthContext) -> Result<&'static str, AuthError> {
    auth.authenticated().map(|_| "saved")
}

async fn token(auth: AuthContext) -> Result<&'static str, AuthError> {
    auth.access_token().await.map(|_| "saved")
}

async fn start(auth: AuthContext) -> SignIn {
    auth.sign_in().return_to("/who").login_hint("bob")
}

async fn organization(auth: AuthContext) -> SignIn {
    auth.sign_in().extra_parameter("organization_id", "acme")
}

async fn step_up(user: Authenticated) -> SignIn {
    user.sign_in_again()
        .max_age(Duration::from_secs(60))
        .return_to("/")
}

async fn leave(auth: AuthContext) -> SignOut {
    auth.sign_out()
}

async fn leave_for_goodbye(auth: AuthContext) -> SignOut {
    auth.sign_out().return_to("/explain?goodbye")
}

async fn leave_everywhere(auth: AuthContext) -> Result<SignOut, AuthError> {
    auth.sign_out_everywhere().await
}

/// The `Cookie` fields that reach the application.
async fn cookies(headers: http::HeaderMap) -> String {
    let fields: Vec<_> = headers
        .get_all(http::header::COOKIE)
        .iter()
        .map(|field| field.to_str().expect("text"))
        .collect();
    fields.join("\n")
}

//! An application whose tenants have a provider each, which a resolver finds.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use oidc_dev_provider::{Client, DevProvider};
use tower_oidc::hooks::BoxError;
use tower_oidc::provider::{
    DirectoryEntry, ProviderDirectory, ProviderQuery, ProviderResolver, ResolvedProvider,
};
use tower_oidc::{AuthContext, AuthLayer, AuthLayerBuilder, BoxFuture, Provider, SignIn};

use crate::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, SECRET, router, url};
use crate::browser::Page;
use crate::{Browser, TestClock, TestServer};

/// The tenants' keys. The last one's users sign in at its own host alone.
pub const KEYS: [&str; 3] = ["acme", "globex", "initech"];

/// The host of the last tenant.
pub const HOST: &str = "https://initech.app.example";

/// The running application and the tenants' providers, which stop when this is dropped.
#[derive(Debug)]
pub struct Tenants {
    /// One for each of [`KEYS`].
    pub providers: Vec<DevProvider>,
    /// What the resolver does.
    pub resolver: TestResolver,
    /// The time for all of them.
    pub clock: TestClock,
    /// The layer around the application.
    pub auth: AuthLayer,
    server: TestServer,
}

/// How the resolver answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// As the directory says.
    Right,
    /// With an error.
    Fails,
    /// Not at all.
    Hangs,
    /// With a panic.
    Panics,
    /// That there is no such tenant.
    Nothing,
    /// With the provider of `globex` under its own key, whatever was asked for.
    OtherKey,
    /// With the provider of `globex` under the key that was asked for.
    OtherProvider,
    /// As a directory that ignores the case of keys says.
    IgnoresCase,
    /// With the provider of `globex` under this key, whatever was asked for, at all origins.
    Key(&'static str),
}

/// A resolver over a directory, which misbehaves on demand, and which notes what it was asked.
#[derive(Clone, Debug)]
pub struct TestResolver {
    directory: ProviderDirectory,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    answer: Answer,
    asked: Vec<ProviderQuery>,
}

impl TestResolver {
    /// Answers so from now on.
    pub fn answers(&self, answer: Answer) {
        self.state.lock().expect("no test panics here").answer = answer;
    }

    /// What it was asked since the last call.
    pub fn take_asked(&self) -> Vec<ProviderQuery> {
        std::mem::take(&mut self.state.lock().expect("no test panics here").asked)
    }
}

impl ProviderResolver for TestResolver {
    fn resolve(
        &self,
        query: ProviderQuery,
    ) -> BoxFuture<Result<Option<ResolvedProvider>, BoxError>> {
        let answer = {
            let mut state = self.state.lock().expect("no test panics here");
            state.asked.push(query.clone());
            state.answer
        };
        let globex = || {
            let query = ProviderQuery::at(query.origin()).with_key("globex");
            self.directory.resolve(query)
        };
        match answer {
            Answer::Right => self.directory.resolve(query),
            Answer::Fails => Box::pin(async { Err("the database is down".into()) }),
            Answer::Hangs => Box::pin(pending()),
            Answer::Panics => Box::pin(async { panic!("for this test") }),
            Answer::Nothing => Box::pin(async { Ok(None) }),
            Answer::OtherKey => globex(),
            Answer::IgnoresCase => {
                let key = query.key().map(str::to_ascii_lowercase);
                self.directory.resolve(match key {
                    Some(key) => query.with_key(key),
                    None => query,
                })
            }
            Answer::Key(key) => {
                let query = ProviderQuery::at(ORIGIN).with_key("globex");
                let globex = self.directory.resolve(query);
                Box::pin(async move { Ok(globex.await?.map(|found| found.with_key(key))) })
            }
            Answer::OtherProvider => {
                let key = query.key().unwrap_or("acme").to_owned();
                let globex = globex();
                Box::pin(async move {
                    let found = globex.await?.expect("the directory has it");
                    Ok(Some(found.with_key(key)))
                })
            }
        }
    }
}

impl Tenants {
    /// With the default settings.
    pub async fn start() -> Self {
        Self::with(|auth| auth).await
    }

    /// With these settings of the layer.
    pub async fn with(configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> Self {
        let clock = TestClock::new();
        let mut providers = Vec::new();
        for key in KEYS {
            providers.push(provider(&clock, key).await);
        }
        let entry = |number: usize| {
            let provider: &DevProvider = &providers[number];
            let registration = Provider::new(provider.issuer(), CLIENT_ID)
                .client_secret(CLIENT_SECRET)
                .name(KEYS[number])
                .allow_internal_addresses(true);
            DirectoryEntry::new(KEYS[number], registration)
        };
        let resolver = TestResolver {
            directory: ProviderDirectory::from_iter([
                entry(0).email_domain("acme.example"),
                entry(1)
                    .email_domain("globex.example")
                    .organization("org_globex"),
                entry(2).host("initech.app.example"),
            ]),
            state: Arc::new(Mutex::new(State {
                answer: Answer::Right,
                asked: Vec::new(),
            })),
        };
        let builder = AuthLayer::builder()
            .provider_resolver(resolver.clone())
            .base_url(ORIGIN)
            .cookie_secret(SECRET)
            .clock(clock.clone());
        let auth = configure(builder).build().expect("the settings work");
        let router = own_routes().merge(router()).layer(auth.clone());
        Self {
            server: TestServer::start(router).await,
            providers,
            resolver,
            clock,
            auth,
        }
    }

    /// The provider of this tenant.
    pub fn provider(&self, key: &str) -> &DevProvider {
        let number = KEYS.iter().position(|known| *known == key);
        &self.providers[number.expect("a tenant")]
    }

    /// How many requests have come to the token endpoint of this tenant's provider.
    pub fn token_requests(&self, key: &str) -> u64 {
        self.provider(key).counters().token
    }

    /// A browser that reaches the application at both of its origins.
    pub fn browser(&self) -> Browser {
        let browser = Browser::new(&self.clock);
        browser.map(ORIGIN, self.server.address());
        browser.map(HOST, self.server.address());
        browser
    }

    /// A browser in which alice has signed in at this tenant's provider.
    pub async fn signed_in_at(&self, key: &str) -> Browser {
        let browser = self.browser();
        let page = sign_in_at(&browser, key).await;
        assert_eq!(page.text(), "alice");
        browser
    }
}

/// Signs alice in at this tenant's provider.
pub async fn sign_in_at(browser: &Browser, key: &str) -> Page {
    let origin = if key == "initech" { HOST } else { ORIGIN };
    let path = format!("{origin}/auth/sign-in/{key}?prompt=login");
    browser.open(&path).await.press("alice").await
}

async fn provider(clock: &TestClock, key: &str) -> DevProvider {
    let clock = clock.clone();
    let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
        .redirect_uri(url(&format!("/auth/callback/{key}")))
        .redirect_uri(format!("{HOST}/auth/callback/{key}"))
        .post_logout_redirect_uri(url("/"))
        .post_logout_redirect_uri(format!("{HOST}/"));
    let builder = DevProvider::builder()
        .client(client)
        .access_token_lifetime(Duration::from_secs(3600))
        .clock(move || clock.now());
    builder.start().await.expect("a loopback port is free")
}

/// `/tenant` says where the user signed in. `/start-at/{key}` starts a sign-in there, `/start-for/{email}` one for
/// this address, and `/start-with/{name}/{value}` one with this parameter.
fn own_routes() -> Router {
    Router::new()
        .route("/tenant", get(tenant))
        .route("/start-at/{key}", get(start_at))
        .route("/start-for/{email}", get(start_for))
        .route("/start-with/{name}/{value}", get(start_with))
}

async fn tenant(auth: AuthContext) -> String {
    auth.provider_id().unwrap_or_else(|| "none".to_owned())
}

async fn start_at(Path(key): Path<String>, auth: AuthContext) -> SignIn {
    auth.sign_in().provider(key).return_to("/tenant")
}

async fn start_for(Path(email): Path<String>, auth: AuthContext) -> SignIn {
    auth.sign_in().login_hint(email).return_to("/tenant")
}

async fn start_with(Path((name, value)): Path<(String, String)>, auth: AuthContext) -> SignIn {
    auth.sign_in()
        .extra_parameter(name, value)
        .return_to("/tenant")
}

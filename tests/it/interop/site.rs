//! The application of the tests, with `oidc-provider` as its provider.

use tower_oidc::{AuthLayer, AuthLayerBuilder, Prompt, Provider};
use tower_oidc_tests::app::{ORIGIN, SECRET, router, url};
use tower_oidc_tests::browser::{Form, Page};
use tower_oidc_tests::{Browser, OidcProvider, TestClock, TestServer};

/// The user who signs in.
pub(super) const USER: &str = "someone";

/// The registration of a client with a secret; see `providers/oidc-provider/clients.mjs`.
pub(super) fn client(issuer: &str, id: &str) -> Provider {
    let secret = [format!("{id}-secret").as_str(); 3].join("-");
    // Without it the provider grants no `offline_access`.
    let provider = Provider::new(issuer, id).prompt(Prompt::Consent);
    provider.client_secret(secret)
}

/// The running provider and application, which stop when this is dropped.
pub(super) struct Site {
    pub(super) provider: OidcProvider,
    pub(super) clock: TestClock,
    /// The layer around the application.
    pub(super) auth: AuthLayer,
    registration: Provider,
    server: TestServer,
}

impl Site {
    /// With the default settings.
    pub(super) async fn start(register: impl FnOnce(&str) -> Provider) -> Self {
        Self::with(&[], register, |auth| auth).await
    }

    /// With settings for the provider's process, and for the layer.
    pub(super) async fn with(
        settings: &[(&str, &str)],
        register: impl FnOnce(&str) -> Provider,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Self {
        let provider = OidcProvider::start(ORIGIN, settings).await;
        let clock = TestClock::starting_now();
        let registration = register(provider.issuer());
        let (auth, server) = instance(&registration, &clock, configure).await;
        Self {
            provider,
            clock,
            auth,
            registration,
            server,
        }
    }

    /// Replaces the instance by another one of the same application, which has not reached the
    /// provider yet.
    pub(super) async fn restart(
        &mut self,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) {
        (self.auth, self.server) = instance(&self.registration, &self.clock, configure).await;
    }

    /// A browser of a user who is not signed in anywhere.
    pub(super) fn browser(&self) -> Browser {
        let browser = Browser::new(&self.clock);
        self.provider.serve(&browser);
        self.serve(&browser);
        browser
    }

    /// Routes the browser to the current instance.
    pub(super) fn serve(&self, browser: &Browser) {
        browser.map(ORIGIN, self.server.address());
    }

    /// A browser in which the user has signed in.
    pub(super) async fn signed_in_browser(&self) -> Browser {
        let browser = self.browser();
        let who = sign_in(&browser).await.json();
        assert_eq!(who["state"], "Authenticated");
        browser
    }
}

async fn instance(
    registration: &Provider,
    clock: &TestClock,
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> (AuthLayer, TestServer) {
    let auth = AuthLayer::builder()
        .provider(registration.clone())
        .base_url(ORIGIN)
        .cookie_secret(SECRET)
        .clock(clock.clone());
    let auth = configure(auth).build().expect("the settings work");
    let server = TestServer::start(router().layer(auth.clone())).await;
    (auth, server)
}

/// From the sign-in path to the page that shows the session, in a new browser.
pub(super) async fn sign_in(browser: &Browser) -> Page {
    sign_in_as(browser, USER).await
}

/// The same for another user: the provider accepts any name.
pub(super) async fn sign_in_as(browser: &Browser, user: &str) -> Page {
    let page = browser.open(&url("/auth/sign-in?return_to=/who")).await;
    let fields = [("login", user), ("password", "any")];
    let page = page.submit("Sign-in", &fields).await;
    let page = page.press("Continue").await;
    // The page whose form posts the answer to the application: with a script, or by a button.
    let posts = |form: &Form| form.action() == url("/auth/callback");
    if page.forms().iter().any(posts) {
        return page.press("Continue").await;
    }
    page
}

/// A member of a JWT's header.
pub(super) fn header(jwt: &serde_json::Value, name: &str) -> serde_json::Value {
    let header = jwt.as_str().and_then(|jwt| jwt.split('.').next());
    let header = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(header.expect("a JWT"));
    let header: serde_json::Value =
        serde_json::from_slice(&header.expect("base64url")).expect("JSON");
    header[name].clone()
}

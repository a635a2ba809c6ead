//! Where the flows run, and how each shows that it was run.

use axum::Router;
use axum::routing::get;
use oidc_dev_provider::{Client, User};
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider, RequireAuth};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, router, sign_in, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::random_text;
use tower_oidc_tests::{App, Browser, TestServer};

use super::witness::Witness;
use crate::log::Record;

/// Another origin of the application.
pub(super) const OTHER_ORIGIN: &str = "https://other.example";

/// An API that every sign-in requests.
pub(super) const RESOURCE: &str = "https://api.one.example";

/// One provider, one clock, one log, and as many instances as the flows need.
pub(super) struct Stage {
    pub(super) app: App,
    /// With the default settings.
    pub(super) plain: Instance,
    witness: Witness,
    log: Record,
    /// What was in the log before this flow.
    begun_at: usize,
    proofs: usize,
}

/// The application behind the layer, with a witness on both sides.
pub(super) struct Instance {
    pub(super) auth: AuthLayer,
    server: TestServer,
}

impl Stage {
    pub(super) async fn new(witness: Witness, log: Record) -> Self {
        let app = App::with_provider(
            |provider| {
                let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
                    .redirect_uri(url("/auth/callback"))
                    .redirect_uri(format!("{OTHER_ORIGIN}/auth/callback"))
                    .post_logout_redirect_uri(url("/"))
                    .post_logout_redirect_uri(url("/auth/signed-out"));
                provider
                    .client(client)
                    .user(User::new("large").claim("about", random_text(6_000)))
            },
            |auth| auth,
        )
        .await;
        Self {
            plain: instance(&app, &witness, |auth| auth).await,
            app,
            witness,
            log,
            begun_at: 0,
            proofs: 0,
        }
    }

    /// An instance with its own settings.
    pub(super) async fn instance(
        &self,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Instance {
        instance(&self.app, &self.witness, configure).await
    }

    /// An instance that does not wait long for the provider.
    pub(super) async fn instance_with_short_timeout(
        &self,
        configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
    ) -> Instance {
        let client = self.witness.client_with_short_timeout();
        self.instance(|auth| configure(auth.http_client(client)))
            .await
    }

    /// The settings of every instance.
    pub(super) fn settings(&self) -> AuthLayerBuilder {
        settings(&self.app, &self.witness)
    }

    /// An instance that serves another application behind its layer.
    pub(super) async fn serving(&self, auth: AuthLayer, service: Router) -> Instance {
        serving(&self.witness, auth, service).await
    }

    /// A browser at the instance with the default settings.
    pub(super) fn browser(&self) -> Browser {
        self.browser_at(&self.plain)
    }

    pub(super) fn browser_at(&self, instance: &Instance) -> Browser {
        let browser = Browser::new(&self.app.clock);
        instance.serve(&browser);
        browser
    }

    /// A browser in which alice signed in at this instance.
    pub(super) async fn signed_in_at(&self, instance: &Instance) -> Browser {
        let browser = self.browser_at(instance);
        sign_in(&browser).await;
        browser
    }

    pub(super) async fn signed_in(&self) -> Browser {
        self.signed_in_at(&self.plain).await
    }

    /// Runs nothing: marks the beginning of the next flow.
    pub(super) fn begin(&mut self) {
        self.begun_at = self.log.len();
        self.proofs = 0;
    }

    /// Whether this flow has shown that it was run.
    pub(super) fn is_proven(&self) -> bool {
        self.proofs > 0
    }

    /// This flow wrote that event to the log.
    #[track_caller]
    pub(super) fn logged(&mut self, event: &str) {
        let log = self.log.since(self.begun_at);
        assert!(log.contains(event), "no {event:?} in the log:\n{log}");
        self.proofs += 1;
    }

    /// This flow ended with a response that no other flow gives.
    #[track_caller]
    pub(super) fn answered(&mut self, page: &Page, status: u16, text: &str) {
        assert_eq!(page.status(), status, "{}", page.text());
        assert!(page.text().contains(text), "{}", page.text());
        self.proofs += 1;
    }

    /// This flow did what no other flow does.
    #[track_caller]
    pub(super) fn happened(&mut self, what: &str, it_did: bool) {
        assert!(it_did, "{what}");
        self.proofs += 1;
    }
}

impl Instance {
    /// Routes the browser to this instance from now on, under every origin.
    pub(super) fn serve(&self, browser: &Browser) {
        for origin in [ORIGIN, OTHER_ORIGIN] {
            browser.map(origin, self.server.address());
        }
    }
}

fn settings(app: &App, witness: &Witness) -> AuthLayerBuilder {
    let provider = Provider::new(app.provider.issuer(), CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .resources([RESOURCE]);
    App::settings(&app.provider, &app.clock)
        .provider(provider)
        .http_client(witness.client())
}

async fn instance(
    app: &App,
    witness: &Witness,
    configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder,
) -> Instance {
    let auth = configure(settings(app, witness))
        .build()
        .expect("the settings work");
    serving(witness, auth, application()).await
}

async fn serving(witness: &Witness, auth: AuthLayer, service: Router) -> Instance {
    let service = witness.around(service.layer(auth.clone()));
    Instance {
        server: TestServer::start(service).await,
        auth,
    }
}

/// The application of all tests, and a guard that asks the provider.
pub(super) fn application() -> Router {
    let minute = std::time::Duration::from_secs(60);
    let revalidated = Router::new()
        .route("/revalidated", get(|| async { "still a user" }))
        .layer(RequireAuth::layer().revalidate_every(minute));
    router().merge(revalidated)
}

//! The instances of the function, and their provider.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use http::Method;
use oidc_dev_provider::{Client, DevProvider, DevProviderBuilder};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, ORIGIN, SECRET, sign_in, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::visits::fetch;
use tower_oidc_tests::{Browser, LambdaInstance, TestClock};

/// A provider, and its documents as files.
pub(crate) struct Site {
    pub(crate) provider: DevProvider,
    metadata: PathBuf,
    keys: PathBuf,
}

impl Site {
    /// Its access tokens have already expired when they arrive, so that each use of one is a
    /// refresh.
    pub(crate) async fn start() -> Self {
        Self::with(|provider| provider).await
    }

    pub(crate) async fn with(
        provide: impl FnOnce(DevProviderBuilder) -> DevProviderBuilder,
    ) -> Self {
        let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
            .redirect_uri(url("/auth/callback"))
            .post_logout_redirect_uri(url("/"));
        let builder = DevProvider::builder()
            .client(client)
            .access_token_lifetime(Duration::ZERO);
        let provider = provide(builder).start().await.unwrap();
        Self {
            metadata: save(&provider, "/.well-known/openid-configuration").await,
            keys: save(&provider, "/jwks").await,
            provider,
        }
    }

    /// An instance that has served nothing so far.
    pub(crate) async fn instance(&self) -> LambdaInstance {
        self.instance_with(&[]).await
    }

    pub(crate) async fn instance_with(&self, settings: &[(&str, &str)]) -> LambdaInstance {
        let mut all = vec![
            ("AUTH_ISSUER", self.provider.issuer()),
            ("AUTH_CLIENT_ID", CLIENT_ID),
            ("AUTH_CLIENT_SECRET", CLIENT_SECRET),
            ("AUTH_BASE_URL", ORIGIN),
            ("AUTH_COOKIE_SECRET", SECRET),
            ("AUTH_METADATA_FILE", self.metadata.to_str().unwrap()),
            ("AUTH_JWKS_FILE", self.keys.to_str().unwrap()),
        ];
        all.extend_from_slice(settings);
        LambdaInstance::start(env!("CARGO_BIN_EXE_lambda-example"), &all).await
    }

    /// An instance with these settings, and a browser that has signed in there.
    pub(crate) async fn signed_in(&self, settings: &[(&str, &str)]) -> (LambdaInstance, Browser) {
        let (instance, browser) = (self.instance_with(settings).await, browser());
        instance.serve(&browser);
        sign_in(&browser).await;
        (instance, browser)
    }

    /// The status that this browser gets for a token at an instance which has served nothing so far.
    pub(crate) async fn token_status_elsewhere(&self, browser: &Browser) -> u16 {
        let instance = self.instance().await;
        instance.serve(browser);
        fetch(browser, "/token").await.status()
    }
}

async fn save(provider: &DevProvider, path: &str) -> PathBuf {
    let issuer = provider.issuer();
    let document = browser().open(&format!("{issuer}{path}")).await.text();
    let name = format!("{issuer}{path}").replace(['/', ':'], "-");
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, document).unwrap();
    file
}

pub(crate) fn browser() -> Browser {
    Browser::new(&TestClock::starting_now())
}

/// The user signs out on the application's own page.
pub(crate) async fn sign_out(browser: &Browser) -> Page {
    let path = url("/auth/sign-out");
    browser.fetch(ORIGIN, Method::POST, &path).await
}

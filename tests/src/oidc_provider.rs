//! npm's `oidc-provider`, which is certified, in a process of its own.
//!
//! It needs node and the packages of `providers/oidc-provider` (`npm ci`), so the tests that
//! meet it are behind a feature: `cargo test -p tower-oidc-tests --features interop interop::`.

use std::net::SocketAddr;

use bytes::Bytes;
use relying_party::{HttpClient, HyperClient};
use serde_json::Value;

use crate::Browser;
use crate::provider_process::ProviderProcess;

/// A running provider; stops when dropped.
///
/// Its settings are listed in `providers/oidc-provider/server.mjs`, its clients in `clients.mjs`
/// there. It lives in real time: take [`TestClock::starting_now`](crate::TestClock::starting_now).
#[derive(Debug)]
pub struct OidcProvider {
    issuer: String,
    plain: SocketAddr,
    control: SocketAddr,
    client: HyperClient,
    process: ProviderProcess,
}

/// What a faulty endpoint answers.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// 503 without a body.
    Unavailable,
    /// 200 with a page.
    Html,
    /// 307 to where the right answer is.
    Redirect,
    /// Nothing, for ever.
    Silence,
    /// A byte now and then, for ever.
    Drip,
}

/// When new keys replace the old ones.
#[derive(Clone, Copy, Debug)]
pub enum Rotation {
    /// At once.
    Now,
    /// At the next token request, before its ID token is signed.
    WhenSigning,
}

impl OidcProvider {
    /// Starts it on a free port, for a relying party of this origin, with further settings.
    ///
    /// # Panics
    /// Where node or the packages are missing.
    pub async fn start(relying_party: &str, settings: &[(&str, &str)]) -> Self {
        let mut all = vec![("PORT", "0"), ("RP_BASE", relying_party)];
        all.extend_from_slice(settings);
        let process = ProviderProcess::start("oidc-provider", &all).await;
        Self {
            issuer: process.listening("issuer"),
            plain: process.listening("plain").parse().expect("an address"),
            control: process.listening("control").parse().expect("an address"),
            client: HyperClient::new(),
            process,
        }
    }

    /// Its issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Lets a browser, which speaks no TLS, reach an issuer that does.
    pub fn serve(&self, browser: &Browser) {
        browser.map(&self.issuer, self.plain);
    }

    /// Answers requests of this path, such as `/token`, wrongly until [`heal`](Self::heal).
    pub async fn fault(&self, path: &str, answer: Answer) {
        let answer = match answer {
            Answer::Unavailable => "unavailable",
            Answer::Html => "html",
            Answer::Redirect => "redirect",
            Answer::Silence => "silence",
            Answer::Drip => "drip",
        };
        self.control(&format!("fault?path={path}&answer={answer}"))
            .await;
    }

    /// Ends the fault.
    pub async fn heal(&self) {
        self.control("heal").await;
    }

    /// Makes all signing keys anew; the old ones stay published or not.
    pub async fn rotate_keys(&self, when: Rotation, keep_old: bool) {
        let when = match when {
            Rotation::Now => "now",
            Rotation::WhenSigning => "signing",
        };
        let keep = u8::from(keep_old);
        self.control(&format!("rotate?keep={keep}&when={when}"))
            .await;
    }

    /// How many requests of this path, such as `/token`, have come.
    pub async fn requests(&self, path: &str) -> u64 {
        let counts = self.control("requests").await;
        counts.get(path).and_then(Value::as_u64).unwrap_or_default()
    }

    /// The last token request: its `authorization` header, or null, and the parameters of its
    /// `form`.
    ///
    /// # Panics
    /// Where there was none.
    pub async fn token_request(&self) -> Value {
        let mut requests = self.control("token-requests").await;
        let last = requests.as_array_mut().and_then(Vec::pop);
        last.expect("a token request")
    }

    /// Refuses connections until [`come_back`](Self::come_back), and forgets nothing.
    pub async fn go_down(&self) {
        self.control("stop").await;
    }

    /// Listens again, at the same address.
    pub async fn come_back(&self) {
        self.control("start").await;
    }

    /// Stops it where it stands, as a machine that swaps or is moved: connections are accepted, and
    /// nothing is answered until [`thaw`](Self::thaw).
    pub async fn freeze(&self) {
        self.process.freeze().await;
    }

    /// Lets it go on with what has come meanwhile.
    pub async fn thaw(&self) {
        self.process.thaw().await;
    }

    /// Stops it, and returns when nobody listens any more.
    pub async fn stop(&mut self) {
        self.process.kill().await;
    }

    async fn control(&self, command: &str) -> Value {
        let url = format!("http://{}/__control/{command}", self.control);
        let request = http::Request::get(url).body(Bytes::new()).expect("a URL");
        let response = self.client.call(request).await.expect("a response");
        serde_json::from_slice(response.body()).expect("JSON")
    }
}

//! npm's `oidc-provider`, which is certified, in its own process.
//!
//! It needs node and the packages of `providers/oidc-provider` (`npm ci`), so its tests are behind
//! a feature: `cargo test -p tower-oidc-tests --features interop interop::`.

use std::net::SocketAddr;

use bytes::Bytes;
use relying_party::{HttpClient, HyperClient};
use serde_json::Value;

use crate::Browser;
use crate::provider_process::ProviderProcess;

/// A running provider; stops when dropped.
///
/// Its settings are listed in `providers/oidc-provider/server.mjs`, its clients in `clients.mjs`
/// there. It runs in real time: use [`TestClock::starting_now`](crate::TestClock::starting_now).
#[derive(Debug)]
pub struct OidcProvider {
    issuer: String,
    plain: SocketAddr,
    control: SocketAddr,
    client: HyperClient,
    process: ProviderProcess,
}

/// The response of a faulty endpoint.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// 503 without a body.
    Unavailable,
    /// 200 with an HTML page.
    Html,
    /// 307 to the URL of the correct response.
    Redirect,
    /// No response, ever.
    Silence,
    /// A byte now and then, without end.
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
    /// If node or the packages are missing.
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

    /// Replaces all signing keys; the old ones stay published or not.
    pub async fn rotate_keys(&self, when: Rotation, keep_old: bool) {
        let when = match when {
            Rotation::Now => "now",
            Rotation::WhenSigning => "signing",
        };
        let keep = u8::from(keep_old);
        self.control(&format!("rotate?keep={keep}&when={when}"))
            .await;
    }

    /// How many requests for this path, such as `/token`, have arrived.
    pub async fn requests(&self, path: &str) -> u64 {
        let counts = self.control("requests").await;
        counts.get(path).and_then(Value::as_u64).unwrap_or_default()
    }

    /// The last token request: its `authorization` header, or null, and the parameters of its
    /// `form`.
    ///
    /// # Panics
    /// If there was none.
    pub async fn token_request(&self) -> Value {
        let mut requests = self.client_requests().await;
        requests.retain(|request| request["route"] == "token");
        requests.pop().expect("a token request")
    }

    /// The requests in which a client authenticated itself, the oldest first. In addition to the
    /// members of [`token_request`](Self::token_request), they have the name of the `route` and the
    /// `status` of the answer.
    ///
    /// # Panics
    /// If the provider cannot be reached.
    pub async fn client_requests(&self) -> Vec<Value> {
        let requests = self.control("client-requests").await;
        requests.as_array().expect("a list").clone()
    }

    /// Refuses connections until [`come_back`](Self::come_back), and keeps its state.
    pub async fn go_down(&self) {
        self.control("stop").await;
    }

    /// Listens again, at the same address.
    pub async fn come_back(&self) {
        self.control("start").await;
    }

    /// Freezes its process, like a machine that swaps or is migrated: connections are accepted, and
    /// nothing is answered until [`thaw`](Self::thaw).
    pub async fn freeze(&self) {
        self.process.freeze().await;
    }

    /// Lets it continue, also with what has arrived meanwhile.
    pub async fn thaw(&self) {
        self.process.thaw().await;
    }

    /// Stops it, and returns when its port is closed.
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

//! A real Chromium without a window, driven by chromedriver (W3C WebDriver), as Debian packages
//! them.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How long a page may take on a slow machine.
const PAGE_TIMEOUT: Duration = Duration::from_secs(60);

/// `--no-sandbox` because tests run as root. With the pipe, Chromium ends when chromedriver does.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
];

/// A browser with its own profile, of which one tab is driven; the browser is killed when this is dropped.
pub(super) struct Chromium {
    client: Client<HttpConnector, Full<Bytes>>,
    session: String,
    profile: PathBuf,
    _driver: Child,
}

/// How often chromedriver is started before a test gives up.
const ATTEMPTS: usize = 5;

/// Starts chromedriver on a free port, and returns the port. It chooses the port for IPv4 first and needs the same
/// one for IPv6: if another program has that one, it ends, and is started again.
async fn start_driver() -> (Child, String) {
    for _ in 0..ATTEMPTS {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver cannot be started: {error}"));
        let stdout = driver.stdout.take().expect("a piped output");
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next_line().await.expect("text") {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                let port = port.trim_end_matches('.').to_owned();
                // Chromium would stop at a full pipe.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return (driver, port);
            }
        }
    }
    panic!("chromedriver ended {ATTEMPTS} times before it said its port")
}

impl Chromium {
    /// # Panics
    ///
    /// Panics if Chromium or chromedriver is not installed, or does not start.
    pub(super) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With further arguments for Chromium.
    ///
    /// # Panics
    ///
    /// Panics if Chromium or chromedriver is not installed, or does not start.
    pub(super) async fn with(more: &[&str]) -> Self {
        let (driver, port) = start_driver().await;

        static PROFILES: AtomicU32 = AtomicU32::new(0);
        let number = PROFILES.fetch_add(1, Ordering::Relaxed);
        let name = format!("chromium-{}-{number}", std::process::id());
        let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut arguments: Vec<_> = ARGUMENTS.map(str::to_owned).into();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        arguments.extend(more.iter().map(|&argument| argument.to_owned()));
        let mut browser = Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            session: format!("http://127.0.0.1:{port}/session"),
            profile,
            _driver: driver,
        };
        let options = json!({ "binary": "/usr/bin/chromium", "args": arguments });
        let capabilities = json!({ "goog:chromeOptions": options });
        let wanted = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let session = browser.call(Method::POST, "", wanted).await;
        let id = session["sessionId"].as_str().expect("a session");
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    /// Types an address.
    pub(super) async fn open(&self, url: &str) {
        self.call(Method::POST, "/url", json!({ "url": url })).await;
    }

    /// The tab that is driven.
    pub(super) async fn tab(&self) -> String {
        let tab = self.call(Method::GET, "/window", json!({})).await;
        tab.as_str().expect("a handle").to_owned()
    }

    /// Opens an empty tab and drives it from now on.
    pub(super) async fn open_tab(&self) {
        let tab = self.call(Method::POST, "/window/new", json!({ "type": "tab" }));
        let tab = tab.await["handle"].as_str().map(str::to_owned);
        self.switch_to(&tab.expect("a handle")).await;
    }

    /// Drives this tab from now on.
    pub(super) async fn switch_to(&self, tab: &str) {
        self.call(Method::POST, "/window", json!({ "handle": tab }))
            .await;
    }

    /// Clicks the first element of a CSS selector, as a person does.
    pub(super) async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.call(Method::POST, &format!("{element}/click"), json!({}))
            .await;
    }

    /// Types into the first element of a CSS selector.
    pub(super) async fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        let text = json!({ "text": text });
        self.call(Method::POST, &format!("{element}/value"), text)
            .await;
    }

    /// The path of the first element of a CSS selector.
    async fn element(&self, selector: &str) -> String {
        let found = json!({ "using": "css selector", "value": selector });
        let found = self.call(Method::POST, "/element", found).await;
        let id = found.as_object().and_then(|found| found.values().next());
        let id = id.and_then(Value::as_str).expect("an element");
        format!("/element/{id}")
    }

    /// Runs a script that calls `arguments[0](result)` when it has finished.
    pub(super) async fn run(&self, script: &str) -> Value {
        let script = json!({ "script": script, "args": [] });
        self.call(Method::POST, "/execute/async", script).await
    }

    /// Waits until the tab shows a page whose URL starts like this, with this text.
    ///
    /// # Panics
    ///
    /// Panics if it does not appear; the message says what was shown instead.
    pub(super) async fn shows(&self, url: &str, text: &str) {
        let mut seen = String::new();
        let shown = tokio::time::timeout(PAGE_TIMEOUT, async {
            loop {
                // The result of a script during a navigation cannot be trusted.
                let script = "return location.href + '\\n' + (document.body?.innerText ?? '')";
                let script = json!({ "script": script, "args": [] });
                if let Ok(page) = self.try_call(Method::POST, "/execute/sync", script).await {
                    seen = page.as_str().unwrap_or_default().to_owned();
                }
                if seen.starts_with(url) && seen.contains(text) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let in_time = shown.await.is_ok();
        assert!(in_time, "no {text:?} at {url}, but: {seen}");
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        self.try_call(method, path, body)
            .await
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    async fn try_call(&self, method: Method, path: &str, body: Value) -> Result<Value, Value> {
        let url = format!("{}{path}", self.session);
        let answer = self.send(method, &url, body.to_string().into()).await;
        let value = answer["value"].clone();
        if value.get("error").is_some() {
            return Err(value);
        }
        Ok(value)
    }

    async fn send(&self, method: Method, url: &str, body: Bytes) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .expect("a request");
        let response = self.client.request(request).await.expect("an answer");
        let body = response.into_body().collect().await.expect("a body");
        serde_json::from_slice(&body.to_bytes()).expect("JSON")
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Leftover files are in cargo's directory for temporary files.
        let _ = fs::remove_dir_all(&self.profile);
    }
}

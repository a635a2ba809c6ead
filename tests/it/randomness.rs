//! Without random bytes nothing starts, and nothing weaker replaces them. Where they repeat,
//! derived values still differ.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tower_oidc::{AuthEventKind, AuthLayerBuilder, Entropy, EntropyError, OsEntropy};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{sign_in, sign_in_as, url};
use tower_oidc_tests::browser::{Exchange, Request};
use tower_oidc_tests::callback::parameter;
use url::Url;

/// The system's random bytes, until the switch is thrown.
#[derive(Clone, Debug, Default)]
struct Switched(Arc<AtomicBool>);

impl Switched {
    fn fail(&self, fails: bool) {
        self.0.store(fails, Ordering::SeqCst);
    }
}

impl Entropy for Switched {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        if self.0.load(Ordering::SeqCst) {
            return Err(EntropyError::new());
        }
        OsEntropy.fill(bytes)
    }
}

/// K-24
#[tokio::test]
async fn without_random_bytes_no_sign_in_starts_or_completes() {
    let entropy = Switched::default();
    let app = App::with(|auth| auth.entropy(entropy.clone())).await;
    let browser = app.browser();
    entropy.fail(true);

    let page = browser.open(&url("/auth/sign-in")).await;
    assert_eq!(page.status(), 500);
    assert!(App::cookies(&browser).is_empty());

    entropy.fail(false);
    let at_provider = browser.open(&url("/auth/sign-in")).await;
    entropy.fail(true);
    let page = at_provider.press("alice").await;
    assert_eq!(page.status(), 500);
    assert!(App::cookies(&browser).is_empty());

    entropy.fail(false);
    assert_eq!(sign_in(&browser).await.text(), "alice");
}

/// K-24: a renewal that cannot be sealed is left for the next visit.
#[tokio::test]
async fn without_random_bytes_a_session_continues_without_renewal() {
    let entropy = Switched::default();
    let app = App::with(|auth| auth.entropy(entropy.clone())).await;
    let browser = app.signed_in_browser().await;
    app.clock.advance(Duration::from_secs(12 * 3600));
    entropy.fail(true);

    let page = browser.open(&url("/")).await;
    assert_eq!(page.text(), "alice");
    assert!(page.last().set_cookies().is_empty());

    entropy.fail(false);
    let page = browser.open(&url("/")).await;
    assert_eq!(page.last().set_cookies().len(), 1);
}

/// A virtual machine that is restored from one snapshot repeatedly: its random bytes repeat.
#[derive(Clone, Debug)]
struct RolledBack;

impl Entropy for RolledBack {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(0x5c);
        Ok(())
    }
}

/// State, nonce and challenge of a sign-in on a machine that was just restored.
async fn begin(app: &App, path: &str, agent: &str) -> [String; 3] {
    let instance = app.another_instance(|auth| auth.entropy(RolledBack)).await;
    let browser = app.browser();
    instance.serve(&browser);
    let request = Request::navigation(&url(path)).header("user-agent", agent);
    begun(&browser.step(&request).await)
}

fn begun(exchange: &Exchange) -> [String; 3] {
    let provider = Url::parse(exchange.header("location").unwrap()).unwrap();
    ["state", "nonce", "code_challenge"].map(|name| parameter(&provider, name).unwrap())
}

#[track_caller]
fn differ(one: &[String; 3], other: &[String; 3]) {
    for (one, other) in one.iter().zip(other) {
        assert_ne!(one, other);
    }
}

#[tokio::test]
async fn after_a_snapshot_rollback_sign_ins_differ_by_request_headers_and_time() {
    let app = App::start().await;
    for path in ["/auth/sign-in", "/start"] {
        let first = begin(&app, path, "one").await;
        assert_eq!(begin(&app, path, "one").await, first, "all is equal");

        differ(&begin(&app, path, "two").await, &first);
        differ(&begin(&app, &format!("{path}?x"), "one").await, &first);
        app.clock.advance(Duration::from_nanos(1));
        differ(&begin(&app, path, "one").await, &first);
    }
}

#[tokio::test]
async fn two_equal_sign_ins_in_one_process_differ_although_the_random_bytes_repeat() {
    let app = App::with(|auth| auth.entropy(RolledBack)).await;
    let visit = async || {
        let request = Request::navigation(&url("/auth/sign-in"));
        begun(&app.browser().step(&request).await)
    };

    differ(&visit().await, &visit().await);
}

#[tokio::test]
async fn another_secret_derives_other_values_from_the_same_random_bytes() {
    let app = App::start().await;
    let first = begin(&app, "/auth/sign-in", "one").await;
    let secret = "Zq7x2LmV9cKdR4tYw8BnHs3JfGpUeA6Q";
    let configure = |auth: AuthLayerBuilder| auth.entropy(RolledBack).cookie_secret(secret);
    let instance = app.another_instance(configure).await;
    let browser = app.browser();
    instance.serve(&browser);
    let request = Request::navigation(&url("/auth/sign-in")).header("user-agent", "one");

    differ(&begun(&browser.step(&request).await), &first);
}

#[tokio::test]
async fn after_a_snapshot_rollback_session_ids_differ_by_id_token() {
    let app = App::start().await;
    let mut sessions = Vec::new();
    for user in ["alice", "bob"] {
        let (sender, receiver) = mpsc::channel();
        let instance = app
            .another_instance(|auth| {
                auth.entropy(RolledBack).on_event(move |event| {
                    if event.kind() == AuthEventKind::SignedIn {
                        sender.send(event.session().unwrap().to_owned()).unwrap();
                    }
                })
            })
            .await;
        let browser = app.browser();
        instance.serve(&browser);
        assert_eq!(sign_in_as(&browser, user).await.text(), user);
        sessions.push(receiver.recv().unwrap());
    }

    assert_ne!(sessions[0], sessions[1]);
}

//! Cookie secrets that change while instances run.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tower_oidc::{SecretSource, TimedSecret};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{Instance, ORIGIN, sign_in, url};
use tower_oidc_tests::gate::slow_page;
use tower_oidc_tests::visits::{fetch, reason};

use crate::log;

const OLD: &str = "eW5rT8uJ2mN6bVx3cZq9aSdF4gHkLpYo";
const NEW: &str = "vT4yH8kLpQ2sXw6zBnMr9cEjGfAuD3K7";
const SECOND: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_secs(30);
const ACTIVATION_DELAY: Duration = Duration::from_secs(300);

/// Secrets that a test changes; `None`: the source fails.
#[derive(Clone)]
struct Secrets(Arc<Mutex<Option<Vec<TimedSecret>>>>);

impl Secrets {
    fn new(secrets: &[&str]) -> Self {
        let these = Self(Arc::default());
        these.set(secrets.iter().map(TimedSecret::new).collect());
        these
    }

    fn set(&self, secrets: Vec<TimedSecret>) {
        *self.0.lock().unwrap() = Some(secrets);
    }

    fn fail(&self) {
        *self.0.lock().unwrap() = None;
    }

    fn source(&self) -> SecretSource {
        let secrets = self.clone();
        SecretSource::from_fn(move || {
            let secrets = secrets.0.lock().unwrap();
            secrets.clone().ok_or_else(|| "the vault is sealed".into())
        })
    }
}

/// The new secret from a time on, and the old one.
fn both(time: SystemTime) -> Vec<TimedSecret> {
    vec![
        TimedSecret::new(NEW).seals_from(time),
        TimedSecret::new(OLD),
    ]
}

/// The fingerprint of the secret that seals.
fn sealing(instance: &Instance) -> String {
    instance.auth.cookie_secret_fingerprints().swap_remove(0)
}

/// A file of this test process.
struct SecretsFile(PathBuf);

impl SecretsFile {
    fn new(name: &str) -> Self {
        let name = format!("tower-oidc-tests-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn write(&self, text: &str, modified: SystemTime) {
        let mut file = File::create(&self.0).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.set_modified(modified).unwrap();
    }

    fn source(&self) -> SecretSource {
        SecretSource::file(&self.0)
    }
}

impl Drop for SecretsFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// K-25
#[tokio::test]
async fn a_new_secret_seals_from_its_time_on_and_signs_nobody_out() {
    let app = App::start().await;
    let secrets = Secrets::new(&[OLD]);
    let instance = app.instance_with_secrets(secrets.source()).await;
    let browser = app.browser();
    instance.serve(&browser);
    assert_eq!(sign_in(&browser).await.text(), "alice");
    let old = sealing(&instance);
    let with_old_cookie = browser.thief();

    let time = app.clock.now() + ACTIVATION_DELAY;
    secrets.set(both(time));
    app.clock.advance(INTERVAL);
    assert_eq!(reason(&browser).await, "signed_in");
    assert_eq!(instance.auth.cookie_secret_fingerprints().len(), 2);
    assert_eq!(sealing(&instance), old);

    app.clock.advance(ACTIVATION_DELAY - INTERVAL - SECOND);
    assert_eq!(reason(&browser).await, "signed_in");
    assert_eq!(sealing(&instance), old);
    app.clock.advance(SECOND);
    let page = browser.open(&url("/")).await;
    assert_eq!(page.text(), "alice");
    assert_ne!(sealing(&instance), old);
    // Sealed again under the new one.
    assert_eq!(page.last().set_cookies().len(), 1);

    secrets.set(vec![TimedSecret::new(NEW)]);
    app.clock.advance(INTERVAL);
    assert_eq!(reason(&browser).await, "signed_in");
    assert_eq!(reason(&with_old_cookie).await, "unknown_key");
}

/// K-25: the second instance cannot load the secrets until shortly before the first one seals.
#[tokio::test]
async fn an_instance_that_reloads_late_opens_what_another_one_seals() {
    let app = App::start().await;
    let (early, late) = (Secrets::new(&[OLD]), Secrets::new(&[OLD]));
    let first = app.instance_with_secrets(early.source()).await;
    let second = app.instance_with_secrets(late.source()).await;
    let browser = app.browser();
    second.serve(&browser);
    assert_eq!(sign_in(&browser).await.text(), "alice");

    let time = app.clock.now() + ACTIVATION_DELAY;
    early.set(both(time));
    late.fail();
    app.clock.advance(ACTIVATION_DELAY - INTERVAL);
    assert_eq!(reason(&browser).await, "signed_in");
    late.set(both(time));
    app.clock.advance(INTERVAL);
    first.serve(&browser);
    assert_eq!(browser.open(&url("/")).await.last().set_cookies().len(), 1);

    second.serve(&browser);
    assert_eq!(reason(&browser).await, "signed_in");
    assert_eq!(sealing(&first), sealing(&second));
}

/// K-25
#[tokio::test]
async fn an_instance_that_starts_in_the_middle_of_a_change_seals_as_the_others_do() {
    let app = App::start().await;
    let file = SecretsFile::new("middle");
    file.write(OLD, app.clock.now());
    let first = app.instance_with_secrets(file.source()).await;
    let browser = app.browser();
    first.serve(&browser);
    // A secret that is alone seals at once.
    assert_eq!(sign_in(&browser).await.text(), "alice");

    file.write(&format!("{NEW}\r\n{OLD}\r\n"), app.clock.now());
    app.clock.advance(INTERVAL);
    let second = app.instance_with_secrets(file.source()).await;
    assert_eq!(reason(&browser).await, "signed_in");
    assert_eq!(sealing(&first), sealing(&second));
    second.serve(&browser);
    assert!(
        browser
            .open(&url("/"))
            .await
            .last()
            .set_cookies()
            .is_empty()
    );

    app.clock.advance(ACTIVATION_DELAY - INTERVAL);
    let third = app.instance_with_secrets(file.source()).await;
    assert_eq!(browser.open(&url("/")).await.last().set_cookies().len(), 1);
    first.serve(&browser);
    assert_eq!(reason(&browser).await, "signed_in");
    assert_eq!(sealing(&first), sealing(&second));
    assert_eq!(sealing(&first), sealing(&third));
}

/// K-26
#[tokio::test]
async fn secrets_that_break_a_rule_change_nothing_and_the_log_says_which_setting_and_what_to_do() {
    let app = App::start().await;
    let file = SecretsFile::new("broken");
    file.write(&format!("{OLD}\n"), app.clock.now());
    let instance = app.instance_with_secrets(file.source()).await;
    let browser = app.browser();
    instance.serve(&browser);
    assert_eq!(sign_in(&browser).await.text(), "alice");
    let before = instance.auth.cookie_secret_fingerprints();
    let huge = format!("{NEW}\n").repeat(1_000);
    let nine: String = (0..9).map(|number| format!("{number}{NEW}\n")).collect();

    for broken in [
        "",
        "\n\n",
        "canary\n",
        &format!("{NEW}\n{NEW}\n"),
        &format!("{NEW}\ncanary-canary-canary-canary-canary \n"),
        &format!("{NEW}\n{}\n", "c".repeat(40)),
        &nine,
        &huge,
    ] {
        file.write(broken, app.clock.now());
        let log = log::record();
        app.clock.advance(INTERVAL);

        assert_eq!(reason(&browser).await, "signed_in");
        let text = log.text();
        assert!(text.contains("ERROR"), "{broken:?}: {text}");
        assert!(text.contains("`cookie_secrets`"), "{broken:?}: {text}");
        assert!(!text.contains("canary") && !text.contains(NEW), "{text}");
        assert_eq!(instance.auth.cookie_secret_fingerprints(), before);
        let error = instance.auth.reload_secrets().unwrap_err();
        assert_eq!(error.setting(), "cookie_secrets");
    }
    std::fs::remove_file(&file.0).unwrap();
    assert!(instance.auth.reload_secrets().is_err());
    assert_eq!(reason(&browser).await, "signed_in");

    // The next file without a fault counts.
    file.write(&format!("{NEW}\n{OLD}"), app.clock.now() - ACTIVATION_DELAY);
    let log = log::record();
    instance.auth.reload_secrets().unwrap();
    assert!(log.text().contains(&sealing(&instance)), "{}", log.text());
    assert_eq!(instance.auth.cookie_secret_fingerprints().len(), 2);
}

/// K-26
#[tokio::test]
async fn a_function_that_fails_or_panics_changes_nothing() {
    let app = App::start().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let source = SecretSource::from_fn(move || match counted.fetch_add(1, Ordering::SeqCst) {
        0 => Ok(vec![TimedSecret::new(OLD)]),
        1 => Err("the vault is sealed".into()),
        2 => panic!("for this test"),
        3 => Ok(Vec::new()),
        4 => Ok(both(SystemTime::UNIX_EPOCH).into_iter().take(1).collect()),
        _ => Ok(vec![TimedSecret::new(OLD)]),
    });
    let instance = app.instance_with_secrets(source).await;
    let before = instance.auth.cookie_secret_fingerprints();

    for _ in 0..3 {
        assert!(instance.auth.reload_secrets().is_err());
        assert_eq!(instance.auth.cookie_secret_fingerprints(), before);
    }
    instance.auth.reload_secrets().unwrap();
    assert_ne!(instance.auth.cookie_secret_fingerprints(), before);
}

/// K-27
#[tokio::test]
async fn a_removed_secret_opens_nothing_after_the_reload_and_a_request_in_flight_keeps_its_own() {
    let app = App::start().await;
    let secrets = Secrets::new(&[OLD]);
    let instance = app.instance_with_secrets(secrets.source()).await;
    let browser = app.browser();
    instance.serve(&browser);
    assert_eq!(sign_in(&browser).await.text(), "alice");
    let slow = browser.thief();
    let (server, gate) = slow_page(&instance.auth, |auth, gate| async move {
        gate.pass().await;
        format!("{:?}", auth.is_authenticated())
    })
    .await;
    slow.map(ORIGIN, server.address());
    let waiting = tokio::spawn(async move { fetch(&slow, "/slow").await.text() });
    gate.entered().await;

    secrets.set(vec![TimedSecret::new(NEW)]);
    instance.auth.reload_secrets().unwrap();

    assert_eq!(reason(&browser).await, "unknown_key");
    gate.open();
    assert_eq!(waiting.await.unwrap(), "true");
    // A sign-in is sealed and opened with the new secret, all of its cookies.
    assert_eq!(sign_in(&browser).await.text(), "alice");
}

/// K-28
#[tokio::test]
async fn the_source_is_asked_once_in_thirty_seconds() {
    let app = App::start().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let source = SecretSource::from_fn(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(vec![TimedSecret::new(OLD)])
    });
    let instance = app.instance_with_secrets(source).await;
    let browser = app.browser();
    instance.serve(&browser);
    let visits = async || {
        for _ in 0..10 {
            reason(&browser).await;
        }
        calls.load(Ordering::SeqCst)
    };

    assert_eq!(visits().await, 1);
    app.clock.advance(INTERVAL - SECOND);
    assert_eq!(visits().await, 1);
    app.clock.advance(SECOND);
    assert_eq!(visits().await, 2);
    assert_eq!(visits().await, 2);
}

/// K-28
#[tokio::test]
async fn without_a_source_nothing_is_reloaded() {
    let app = App::start().await;

    let error = app.auth.reload_secrets().unwrap_err();
    assert_eq!(error.setting(), "cookie_secrets");
}

//! Without random bytes nothing begins, and nothing weaker takes their place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tower_oidc::{Entropy, EntropyError, OsEntropy};
use tower_oidc_tests::App;
use tower_oidc_tests::app::{sign_in, url};

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
async fn without_random_bytes_no_sign_in_begins_and_none_ends() {
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
async fn without_random_bytes_a_session_goes_on_unrenewed() {
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

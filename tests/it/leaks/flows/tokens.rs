//! Tokens after the sign-in.

use std::time::Duration;

use oidc_dev_provider::Fault;
use relying_party::BoxFuture;
use tower_oidc::{CoordinatorError, LockOutcome, LockRequest, RefreshCoordinator, UnlockRequest};
use tower_oidc_tests::app::url;
use tower_oidc_tests::browser::Request;

use super::Stage;

/// The access token of the sign-in is valid for an hour.
const EXPIRY: Duration = Duration::from_secs(3600);

pub(super) async fn a_refresh(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let twin = browser.thief();
    stage.app.clock.advance(EXPIRY);
    let before = stage.app.provider.refreshes().len();
    let page = browser.open(&url("/token")).await;
    stage.answered(&page, 200, r#""persisted":true"#);
    stage.logged("tokens are refreshed");
    // A request with the old cookie gets the same.
    twin.open(&url("/token")).await;
    let once = stage.app.provider.refreshes().len() == before + 1;
    stage.happened("one refresh for both", once);
}

pub(super) async fn a_resource(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let page = browser
        .open(&url("/token?resource=https://api.one.example"))
        .await;
    stage.answered(&page, 200, r#""persisted":true"#);
    let refreshes = stage.app.provider.refreshes();
    let last = refreshes.last().and_then(|it| it.parameter("resource"));
    stage.happened("it named the API", last == Some("https://api.one.example"));
}

pub(super) async fn a_resource_that_needs_the_user(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    stage
        .app
        .provider
        .add_fault(Fault::RefreshForResourceInvalidGrant);
    let request = Request::navigation(&url("/token?resource=https://api.one.example"));
    let answer = browser.step(&request).await;
    stage.app.provider.clear_faults();
    let location = answer.header("location").unwrap_or_default();
    let asks = location.starts_with("/auth/sign-in?prompt=consent");
    stage.happened("the user is asked", asks);
    stage.logged("a refresh failed");
}

pub(super) async fn a_late_token(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    let page = browser.open(&url("/late")).await;
    stage.answered(&page, 200, r#""persisted":false"#);
}

pub(super) async fn a_disabled_user(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    stage.app.clock.advance(Duration::from_secs(61));
    let page = browser.open(&url("/revalidated")).await;
    stage.answered(&page, 200, "still a user");
    stage.app.clock.advance(Duration::from_secs(61));
    stage.app.provider.disable_user("alice");
    let page = browser.open(&url("/revalidated")).await;
    stage.app.provider.enable_user("alice");
    let refused = !page.text().contains("still a user");
    stage.happened("no user any more", refused);
    stage.logged("a refresh failed");
}

struct Failing;

impl RefreshCoordinator for Failing {
    fn lock(&self, _: LockRequest) -> BoxFuture<Result<LockOutcome, CoordinatorError>> {
        Box::pin(async { Err(CoordinatorError::new("out of order")) })
    }

    fn store_and_unlock(&self, _: UnlockRequest) -> BoxFuture<Result<(), CoordinatorError>> {
        Box::pin(async { Ok(()) })
    }
}

pub(super) async fn a_coordinator_that_fails(stage: &mut Stage) {
    let instance = stage
        .instance(|auth| auth.refresh_coordinator(Failing))
        .await;
    let browser = stage.signed_in_at(&instance).await;
    let page = browser.open(&url("/refresh")).await;
    stage.answered(&page, 200, r#""persisted":true"#);
    stage.logged("a refresh continues without its coordinator");
}

pub(super) async fn the_end_of_the_process(stage: &mut Stage) {
    let browser = stage.signed_in().await;
    browser.open(&url("/refresh")).await;
    stage.plain.auth.drain().await;
    stage.logged("tokens are refreshed");
}

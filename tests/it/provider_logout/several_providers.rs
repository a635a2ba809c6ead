//! Each provider has its own paths, and ends its own sessions alone.

use tower_oidc::MemoryStore;
use tower_oidc_tests::app::{CLIENT_ID, url};
use tower_oidc_tests::browser::Page;
use tower_oidc_tests::{Browser, TwoProviders};

use super::frontchannel::frame_at;
use super::{BACK, FRONT, assert_refused, paths, post, sid, user};

async fn start() -> TwoProviders {
    TwoProviders::with(paths(&MemoryStore::new())).await
}

/// Posts a logout token to this path, as a provider does.
pub(super) async fn report_at(browser: &Browser, path: &str, token: &str) -> Page {
    browser.send(post(path, &[("logout_token", token)])).await
}

/// B-07, B-08
#[tokio::test]
async fn a_token_counts_at_the_path_of_its_provider_alone() {
    let app = start().await;
    let (at_one, at_two) = (app.signed_in_at("one").await, app.signed_in_at("two").await);
    let stranger = app.browser();
    let (one, two) = (format!("{BACK}/one"), format!("{BACK}/two"));
    let of_two = app
        .two
        .logout_token(CLIENT_ID, Some("alice"), None)
        .unwrap();

    assert_refused(&report_at(&stranger, &one, &of_two).await, "mixed up");
    for unknown in [BACK, "/auth/backchannel-logout/three"] {
        assert_eq!(report_at(&stranger, unknown, &of_two).await.status(), 404);
    }
    assert_eq!(user(&at_two).await, "alice");
    assert_eq!(report_at(&stranger, &two, &of_two).await.status(), 200);

    // Both providers have a user `alice`.
    assert_eq!(user(&at_two).await, "nobody");
    assert_eq!(user(&at_one).await, "alice");
    assert_eq!(app.auth.backchannel_logout_uris(), [url(&one), url(&two)]);
}

/// B-10
#[tokio::test]
async fn a_frame_counts_at_the_path_of_its_provider_alone() {
    let app = start().await;
    let at_two = app.signed_in_at("two").await;
    let sid = sid(&at_two).await;
    let stranger = app.browser();
    let query = [("iss", app.two.issuer()), ("sid", sid.as_str())];

    let mixed_up = frame_at(&format!("{FRONT}/one"), &query);
    assert_eq!(stranger.send(mixed_up).await.status(), 400);
    assert_eq!(stranger.send(frame_at(FRONT, &query)).await.status(), 404);
    assert_eq!(user(&at_two).await, "alice");
    let right = frame_at(&format!("{FRONT}/two"), &query);
    assert_eq!(stranger.send(right).await.status(), 200);

    assert_eq!(user(&at_two).await, "nobody");
}

//! A sign-out, or another sign-in in the same browser, ends copied cookies on every instance.

use tower_oidc_tests::app::{sign_in, url};
use tower_oidc_tests::visits::fetch;

use super::{reason, sign_out, two_instances};

/// N-05
#[tokio::test]
async fn a_sign_out_on_one_instance_ends_a_copied_cookie_on_the_other_at_its_next_request() {
    let (app, other, _) = two_instances(|auth| auth).await;
    let (browser, copy) = app.two_browsers(&other).await;
    assert_eq!(copy.open(&url("/")).await.text(), "alice");

    assert_eq!(sign_out(&browser).await.status(), 303);

    let page = fetch(&copy, "/private").await;
    assert_eq!(page.status(), 401);
    assert!(page.last().set_cookies().is_empty());
    assert_eq!(reason(&copy).await, "signed_out");
    let session = fetch(&copy, "/auth/session").await;
    assert_eq!(session.json()["authenticated"], false);
    // The sign-in after it is not affected.
    assert_eq!(sign_in(&copy).await.text(), "alice");
    app.serve(&copy);
    assert_eq!(copy.open(&url("/")).await.text(), "alice");
}

/// E-01, N-05
#[tokio::test]
async fn a_session_that_a_new_sign_in_replaced_ends_on_the_other_instance_too() {
    let (app, other, _) = two_instances(|auth| auth).await;
    let (browser, copy) = app.two_browsers(&other).await;

    assert_eq!(sign_in(&browser).await.text(), "alice");

    assert_eq!(reason(&copy).await, "signed_out");
    other.serve(&browser);
    assert_eq!(reason(&browser).await, "signed_in");
}

//! Sign-outs and new sign-ins: what becomes of the record.

use tower_oidc_tests::app::{ORIGIN, sign_in_as, url};
use tower_oidc_tests::gate::slow_page;
use tower_oidc_tests::visits::fetch;

use super::{app, reason, sign_out, signed_in, two_browsers, two_instances};

/// P-07
#[tokio::test]
async fn a_sign_out_on_either_instance_deletes_the_record() {
    let (app, other, store) = two_instances().await;
    for is_here in [true, false] {
        let (here, there) = two_browsers(&app, &other).await;
        let (leaves, stays) = if is_here {
            (&here, &there)
        } else {
            (&there, &here)
        };
        assert_eq!(store.records().len(), 1);

        assert_eq!(sign_out(leaves).await.status(), 303);

        assert!(store.records().is_empty());
        assert!(tower_oidc_tests::App::cookies(leaves).is_empty());
        // Without a revocation store, the other instance learns it from the store of sessions.
        assert_eq!(reason(stays).await, "record_not_found");
        assert_eq!(fetch(stays, "/private").await.status(), 401);
    }
}

/// P-07
#[tokio::test]
async fn a_response_in_flight_does_not_bring_a_deleted_record_back() {
    let (app, other, store) = two_instances().await;
    let (here, there) = two_browsers(&app, &other).await;
    let slow = there.thief();
    let (server, gate) = slow_page(&other.auth, |auth, gate| async move {
        auth.set_data("late").expect("a session");
        gate.pass().await;
        auth.refresh().await.map(|_| "done")
    })
    .await;
    slow.map(ORIGIN, server.address());
    let waiting = tokio::spawn(async move { (fetch(&slow, "/slow").await, slow) });
    gate.entered().await;
    sign_out(&here).await;

    gate.open();
    let (page, slow) = waiting.await.unwrap();

    assert!(page.last().set_cookies().is_empty());
    assert!(store.records().is_empty());
    for browser in [&slow, &there] {
        other.serve(browser);
        assert_ne!(reason(browser).await, "signed_in");
    }
}

/// P-07: the record of a session that a new sign-in replaces is deleted, whoever signs in.
#[tokio::test]
async fn a_new_sign_in_deletes_the_record_of_the_session_that_it_replaces() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    let mut former = store.records();
    for user in ["other", "other"] {
        let copy = browser.thief();

        assert_eq!(sign_in_as(&browser, user).await.text(), user);

        let records = store.records();
        assert_eq!(records.len(), 1);
        assert!(!former.contains_key(records.keys().next().unwrap()));
        assert_ne!(reason(&copy).await, "signed_in");
        former = records;
    }
    // That of a user whose session fits into cookies has none.
    assert_eq!(sign_in_as(&browser, "alice").await.text(), "alice");
    assert!(store.records().is_empty());
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

//! Stores that return something else than what was saved.

use tower_oidc::StoredRecord;
use tower_oidc_tests::SessionStoreFault;
use tower_oidc_tests::app::{sign_in_as, url};
use tower_oidc_tests::visits::{answer, fetch};

use super::{app, data, reason, sign_out, signed_in};

/// P-14: nothing of it is used, and no cookie is deleted.
#[tokio::test]
async fn garbage_in_the_store_signs_nobody_in_and_changes_nothing() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    let good = store.records().into_values().next().unwrap().value;
    let mut changed = good.to_vec();
    changed[100] = if changed[100] == b'A' { b'B' } else { b'A' };
    let garbage = [
        Vec::new(),
        b"A".to_vec(),
        b"null".to_vec(),
        vec![0; 100],
        vec![0xff; 4_000],
        b"A".repeat(2 * 1024 * 1024),
        good[..good.len() - 1].to_vec(),
        good[..good.len() / 2].to_vec(),
        [&good[..], b"AAAA"].concat(),
        changed,
    ];
    for value in garbage {
        let length = value.len();
        store.set(SessionStoreFault::Returns(StoredRecord::new(1, value)));

        let page = browser.open(&url("/explain")).await;

        assert_eq!(
            (page.status(), page.text()),
            (200, "invalid".to_owned()),
            "{length}"
        );
        assert!(page.last().set_cookies().is_empty(), "{length}");
        let session = fetch(&browser, "/auth/session").await;
        assert_eq!(session.json()["authenticated"], false, "{length}");
        assert_eq!(fetch(&browser, "/token").await.status(), 401, "{length}");
    }
    store.set(None);
    assert_eq!(browser.open(&url("/")).await.text(), "big");
}

/// P-14
#[tokio::test]
async fn a_session_whose_record_is_garbage_can_be_signed_out_and_replaced() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    let replaced = signed_in(&app, "big").await;
    store.set(SessionStoreFault::Returns(StoredRecord::new(7, "garbage")));

    assert_eq!(sign_out(&browser).await.status(), 303);
    assert_eq!(sign_in_as(&replaced, "alice").await.text(), "alice");

    store.set(None);
    assert!(store.records().is_empty());
    assert_eq!(reason(&browser).await, "no_cookie");
}

/// P-14: an operator who restores a backup. The session of that time counts.
#[tokio::test]
async fn an_older_version_of_the_record_is_the_session_of_that_time() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    answer(&browser, "/data?set=older").await;
    let older = store.records().into_values().next().unwrap();
    answer(&browser, "/data?set=newer").await;
    store.set(SessionStoreFault::Returns(older));

    assert_eq!(data(&browser).await, "older");
    assert_eq!(browser.open(&url("/")).await.text(), "big");
    // A change of it is a conflict in each attempt, because the store has another version.
    assert_eq!(browser.open(&url("/data?set=third")).await.status(), 503);
    store.set(None);
    assert_eq!(reason(&browser).await, "signed_in");
}

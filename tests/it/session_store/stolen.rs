//! What the store says to somebody who copies it, or writes into it.

use tower_oidc_tests::SessionStoreFault;
use tower_oidc_tests::app::url;
use tower_oidc_tests::visits::{answer, fetch};

use super::{app, large_claim, reason, signed_in};
use crate::log;

/// P-12
#[tokio::test]
async fn the_records_show_no_token_no_claim_and_no_data() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    answer(&browser, "/data?set=canary-of-the-data").await;
    let refreshed = answer(&browser, "/refresh").await;
    let refresh_token = app.provider.refreshes()[0].clone();
    let about = large_claim();
    let secrets = [
        refreshed["token"].as_str().unwrap(),
        refresh_token.parameter("refresh_token").unwrap(),
        "canary-of-the-data",
        &about[..32],
        "big",
    ];

    let records = store.records();

    assert_eq!(records.len(), 1);
    for (id, record) in records {
        let text = String::from_utf8(record.value.to_vec()).unwrap();
        let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(&text).unwrap();
        let decoded = String::from_utf8_lossy(&bytes);
        for secret in &secrets[..4] {
            let shown = [&id, &text, &*decoded].map(|it| it.contains(secret));
            assert_eq!(shown, [false; 3], "{secret}");
        }
        assert!(!id.contains("big"));
    }
}

/// P-13
#[tokio::test]
async fn another_users_record_under_the_name_of_a_session_signs_nobody_in() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    let mine = store.records();
    signed_in(&app, "other").await;
    let theirs = store.records();
    let theirs = theirs.into_iter().find(|(id, _)| !mine.contains_key(id));
    store.set(SessionStoreFault::Returns(theirs.unwrap().1));
    let log = log::record();

    assert_eq!(reason(&browser).await, "invalid");

    let text = log.text();
    assert!(text.contains("ERROR"), "{text}");
    assert_eq!(browser.open(&url("/")).await.text(), "nobody");
    assert_eq!(fetch(&browser, "/private").await.status(), 401);
    // With its own record the session is back.
    store.set(None);
    assert_eq!(browser.open(&url("/")).await.text(), "big");
}

//! Access tokens that a request removed, while another version of the session still has them.

use tower_oidc_tests::visits::{answer, token};
use tower_oidc_tests::{SessionStoreFault, app::url};

use super::at_once::save_at_once;
use super::{app, data, signed_in, two_browsers, two_instances};

/// P-08: whichever is saved first.
#[tokio::test]
async fn a_removed_token_does_not_come_back_with_data_of_the_same_time() {
    for is_clear_first in [true, false] {
        let (app, other, store) = two_instances().await;
        let (here, there) = two_browsers(&app, &other).await;
        let removed = token(&here).await;
        let paths = if is_clear_first {
            ["/clear", "/data?set=blue"]
        } else {
            ["/data?set=blue", "/clear"]
        };
        save_at_once(&store, [(&here, paths[0]), (&there, paths[1])]).await;

        let tokens = [token(&here).await, token(&there).await];
        assert_eq!(app.provider.refreshes().len(), 1);
        assert_ne!(tokens[0], removed);
        assert_eq!(tokens[0], tokens[1]);
        assert_eq!(data(&here).await, "blue");
        assert_eq!(data(&there).await, "blue");
    }
}

/// P-19: the record in the store still has the token that was removed.
#[tokio::test]
async fn a_removed_token_does_not_come_back_with_a_record_that_is_behind() {
    let (app, store) = app().await;
    let browser = signed_in(&app, "big").await;
    let first = token(&browser).await;
    store.set(SessionStoreFault::IsFull);
    let second = answer(&browser, "/refresh").await["token"].clone();
    browser.open(&url("/clear")).await;
    store.set(None);

    let third = token(&browser).await;

    assert_eq!(app.provider.refreshes().len(), 2);
    assert!(third != first && third != second);
}

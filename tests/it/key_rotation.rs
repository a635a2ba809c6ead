//! The provider changes its keys, and a copy of them is outdated, a fetch fails, or they have
//! moved: no user loses a session, and sign-ins wait a few seconds at most.
//!
//! The runtime's time is paused, so that no test really waits; the clock follows it.

use std::time::Duration;

use oidc_dev_provider::Fault;
use tokio::time::{Instant, sleep};
use tower_oidc_tests::app::{sign_in_as, url};
use tower_oidc_tests::visits::{answer, fetch};
use tower_oidc_tests::{App, Browser, TestClock};

use crate::log;

const SECOND: Duration = Duration::from_secs(1);

/// An application, and a browser in which alice signed in before the keys changed.
async fn app() -> (App, Browser) {
    let clock = TestClock::following_the_runtime();
    let app = App::at(clock, |provider| provider, |client| client, |auth| auth).await;
    let browser = app.signed_in_browser().await;
    (app, browser)
}

/// How long bob's sign-in takes, which succeeds.
async fn time_of_a_sign_in(app: &App) -> Duration {
    let begun = Instant::now();
    assert_eq!(sign_in_as(&app.browser(), "bob").await.text(), "bob");
    begun.elapsed()
}

/// Users who were signed in still are, and get new tokens.
async fn keeps_the_session(browser: &Browser) {
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
    let refreshed = answer(browser, "/refresh").await;
    assert_eq!(refreshed["sub"], "alice");
}

/// J-01
#[tokio::test(start_paused = true)]
async fn one_failed_fetch_of_the_keys_delays_users_but_ends_no_session() {
    for fault in [Fault::JwksUnavailable, Fault::JwksHtml, Fault::JwksEmpty] {
        let (app, browser) = app().await;
        app.provider.rotate_keys();
        app.provider.add_fault(fault);
        let heal = async {
            sleep(SECOND / 2).await;
            app.provider.clear_faults();
        };

        let (time, ()) = tokio::join!(time_of_a_sign_in(&app), heal);

        assert!(time <= 3 * SECOND, "{fault:?}: {time:?}");
        keeps_the_session(&browser).await;
    }
}

/// J-01
#[tokio::test(start_paused = true)]
async fn an_outdated_copy_of_the_keys_delays_users_by_two_seconds_but_ends_no_session() {
    for keeps_old in [true, false] {
        let (app, browser) = app().await;
        app.provider.add_fault(Fault::JwksOutdatedCopy);
        if keeps_old {
            app.provider.rotate_keys_keeping_old();
        } else {
            app.provider.rotate_keys();
        }

        let time = time_of_a_sign_in(&app).await;

        assert!((SECOND..=3 * SECOND).contains(&time), "{time:?}");
        keeps_the_session(&browser).await;
    }
}

/// J-01
#[tokio::test(start_paused = true)]
async fn two_rotations_within_five_seconds_delay_users_but_end_no_session() {
    let (app, browser) = app().await;
    app.provider.add_fault(Fault::JwksOutdatedCopy);
    app.provider.rotate_keys();
    let begun = Instant::now();
    assert!(time_of_a_sign_in(&app).await <= 3 * SECOND);
    sleep((5 * SECOND).saturating_sub(begun.elapsed())).await;
    app.provider.rotate_keys();

    let time = time_of_a_sign_in(&app).await;

    assert!(time <= 5 * SECOND, "{time:?}");
    keeps_the_session(&browser).await;
}

#[tokio::test(start_paused = true)]
async fn keys_at_a_new_url_are_found_within_seconds() {
    let (app, browser) = app().await;
    app.provider.rotate_keys();
    app.provider.add_fault(Fault::JwksMoved);

    let time = time_of_a_sign_in(&app).await;

    assert!(time <= 3 * SECOND, "{time:?}");
    keeps_the_session(&browser).await;
    assert!(app.provider.counters().discovery <= 2);
}

/// A refresh during the rotation: the provider has rotated the refresh token, and the ID token of
/// the next response cannot be verified.
#[tokio::test(start_paused = true)]
async fn a_refresh_while_the_keys_cannot_be_fetched_ends_no_session() {
    let (app, browser) = app().await;
    app.provider.rotate_keys();
    app.provider.add_fault(Fault::JwksUnavailable);

    let refused = fetch(&browser, "/refresh").await;

    assert_eq!(refused.status(), 503, "{}", refused.text());
    app.provider.clear_faults();
    sleep(5 * SECOND).await;
    keeps_the_session(&browser).await;
    assert!(time_of_a_sign_in(&app).await <= 5 * SECOND);
}

/// Keys that cannot be fetched do not make the response invalid, and the next sign-in works within
/// five seconds after the provider has recovered.
#[tokio::test(start_paused = true)]
async fn a_sign_in_without_keys_says_to_try_again_and_the_log_says_why() {
    let log = log::record();
    let (app, _) = app().await;
    app.provider.rotate_keys();
    app.provider.add_fault(Fault::JwksUnavailable);
    for _ in 0..3 {
        let page = sign_in_as(&app.browser(), "bob").await;

        assert_eq!(page.status(), 502, "{}", page.text());
        assert!(page.text().contains("try again"), "{}", page.text());
    }
    let text = log.text();
    assert!(
        text.contains(&format!("{}/jwks", app.provider.issuer())),
        "{text}"
    );
    assert!(text.contains("503"), "{text}");
    let lines = text.matches("could not be fetched").count();
    assert!((1..=3).contains(&lines), "{text}");
    app.provider.clear_faults();
    sleep(5 * SECOND).await;

    assert!(time_of_a_sign_in(&app).await <= 5 * SECOND);
}

/// J-02: tokens with unknown keys do not make us fetch the keys repeatedly.
#[tokio::test(start_paused = true)]
async fn invented_key_names_cause_three_fetches_and_one_more_in_ten_seconds() {
    let (app, browser) = app().await;
    app.provider.add_fault(Fault::IdTokenUnknownKid);
    let before = app.provider.counters().jwks;
    let begun = Instant::now();

    while begun.elapsed() < 30 * SECOND {
        let asked = Instant::now();
        let page = sign_in_as(&browser, "bob").await;
        assert!([400, 502].contains(&page.status()));
        assert!(
            asked.elapsed() <= 5 * SECOND,
            "a visitor waits five seconds"
        );
        sleep(SECOND).await;
    }

    let fetches = app.provider.counters().jwks - before;
    assert!((3..=3 + 3).contains(&fetches), "{fetches}");
    assert_eq!(browser.open(&url("/")).await.text(), "alice");
}

//! What a flood of logout tokens costs. Anyone can send them, because the path is open to all.

use std::time::Duration;

use base64_simd::URL_SAFE_NO_PAD;
use oidc_dev_provider::Fault;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower_oidc::MemoryStore;
use tower_oidc_tests::app::CLIENT_ID;
use tower_oidc_tests::{App, TestClock};

use super::conformance::registered_with_one_algorithm;
use super::{BACK, assert_refused, paths, post, report, server, sid, signed_in, token, user};
use crate::log;

/// This token with another `kid` in its header, so that its signature is not valid.
fn with_kid(token: &str, kid: &str) -> String {
    let (header, rest) = token.split_once('.').expect("a JWT");
    let header = URL_SAFE_NO_PAD.decode_to_vec(header).expect("base64url");
    let mut header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"] = json!(kid);
    let header = URL_SAFE_NO_PAD.encode_to_string(header.to_string());
    format!("{header}.{rest}")
}

/// B-03, J-02: a `kid` that nobody knows may be that of a new key, so the keys are fetched, but not for each token.
#[tokio::test(start_paused = true)]
async fn a_flood_of_invented_kids_costs_few_fetches_and_genuine_logouts_work_meanwhile() {
    const ROUNDS: usize = 5;
    const FORGED: usize = 60;
    let clock = TestClock::following_the_runtime();
    let app = App::at(clock, |it| it, |it| it, paths(&MemoryStore::new())).await;
    let mut browsers = Vec::new();
    for _ in 0..=ROUNDS {
        browsers.push(signed_in(&app, "alice").await);
    }
    let last = browsers.pop().expect("one more");
    let (before, started) = (app.provider.counters().jwks, Instant::now());

    for (round, browser) in browsers.iter().enumerate() {
        let genuine = token(&app, Some("alice"), Some(&sid(browser).await));
        let mut flood = JoinSet::new();
        for number in 0..FORGED {
            let forged = with_kid(&genuine, &format!("invented-{round}-{number}"));
            let server = server(&app);
            flood.spawn(async move { server.send(post(BACK, &[("logout_token", &forged)])).await });
        }

        assert_eq!(report(&app, &genuine).await.status(), 200);
        assert_eq!(user(browser).await, "nobody");
        for page in flood.join_all().await {
            assert_refused(&page, "an invented kid");
        }
    }

    let fetches = app.provider.counters().jwks - before;
    // Three at once, and then one in ten seconds.
    let allowed = 3 + started.elapsed().as_secs() / 10;
    assert!((1..=allowed).contains(&fetches), "{fetches} of {allowed}");
    assert_eq!(user(&last).await, "alice");
    // A key that is really new is found a few seconds later.
    app.provider.rotate_keys();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let genuine = token(&app, Some("alice"), Some(&sid(&last).await));
    assert_eq!(report(&app, &genuine).await.status(), 200);
    assert_eq!(user(&last).await, "nobody");
}

/// B-03: whoever floods the path with unsigned tokens causes no request to the provider, and a log line of each kind.
#[tokio::test]
async fn a_flood_of_unsigned_tokens_costs_no_fetch_and_few_log_lines() {
    let app = registered_with_one_algorithm().await;
    let browser = signed_in(&app, "alice").await;
    app.provider.add_fault(Fault::LogoutTokenAlgNone);
    let logout = token(&app, Some("alice"), None);
    let before = app.provider.counters();
    let (server, log) = (server(&app), log::record());

    for text in [logout.as_str(), "", "e30.e30.e30", "a.b.c.d.e"] {
        for _ in 0..50 {
            let page = server.send(post(BACK, &[("logout_token", text)])).await;
            assert_refused(&page, text);
        }
    }

    let text = log.text();
    let lines = text.lines().filter(|line| line.contains("back-channel"));
    assert!(lines.clone().count() <= 4, "{text}");
    assert!(!text.contains(&logout), "{text}");
    assert_eq!(app.provider.counters().jwks, before.jwks);
    assert_eq!(app.provider.counters().discovery, before.discovery);
    assert_eq!(user(&browser).await, "alice");
    assert!(app.provider.logout_token(CLIENT_ID, None, None).is_some());
}

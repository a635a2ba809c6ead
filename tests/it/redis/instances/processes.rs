//! Two instances in processes of their own, of which one stops or dies while it refreshes.

use std::time::Duration;

use oidc_dev_provider::{Client, DevProvider};
use tokio::time::{Instant, timeout};
use tower_oidc_tests::app::{CLIENT_ID, CLIENT_SECRET, sign_in_as, url};
use tower_oidc_tests::instance_process::InstanceProcess;
use tower_oidc_tests::redis_server::RedisServer;
use tower_oidc_tests::visits::{answer, fetch};
use tower_oidc_tests::{Browser, TestClock};

use super::{all, name, with_users};

/// The users of the tests in which an instance dies.
const MANY: usize = 20;

const PROGRAM: &str = env!("CARGO_BIN_EXE_instance");

/// Two instances, their provider, and what they share.
struct Stage {
    provider: DevProvider,
    here: InstanceProcess,
    there: InstanceProcess,
    /// A browser for each user, who signed in at the first instance.
    browsers: Vec<Browser>,
    redis: RedisServer,
}

async fn stage(users: usize, settings: &[(&str, &str)]) -> Stage {
    let redis = RedisServer::start().await;
    let client = Client::confidential(CLIENT_ID, CLIENT_SECRET)
        .redirect_uri(url("/auth/callback"))
        .post_logout_redirect_uri(url("/"));
    let provider = with_users(DevProvider::builder().client(client), users);
    let provider = provider.start().await.unwrap();
    let url = redis.url();
    let start = async || InstanceProcess::start(PROGRAM, provider.issuer(), &url, settings).await;
    let (here, there) = (start().await, start().await);
    let clock = TestClock::starting_now();
    let mut browsers = Vec::new();
    for number in 0..users {
        let browser = Browser::new(&clock);
        here.serve(&browser);
        assert_eq!(
            sign_in_as(&browser, &name(number)).await.text(),
            name(number)
        );
        browsers.push(browser);
    }
    Stage {
        provider,
        here,
        there,
        browsers,
        redis,
    }
}

impl Stage {
    /// A tab of this browser at the second instance.
    fn tab_there(&self, browser: &Browser) -> Browser {
        let tab = browser.tab();
        self.there.serve(&tab);
        tab
    }
}

/// The provider answers after half a minute, and the instance that asked it does not run in that time.
///
/// F-02
#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_stops_while_it_holds_the_lock_signs_nobody_out() {
    let stage = stage(1, &[]).await;
    let browser = &stage.browsers[0];
    let there = stage.tab_there(browser);
    let held = stage.provider.hold_token_requests();
    let refreshing = tokio::spawn({
        let browser = browser.clone();
        async move { fetch(&browser, "/refresh").await.status() }
    });
    held.wait_for(1).await;
    stage.here.freeze().await;

    let stopped = Instant::now();
    while stopped.elapsed() < Duration::from_secs(30) {
        // Each waits for the lock, in vain.
        let page = fetch(&there, "/refresh").await;
        assert_eq!(page.status(), 503, "{}", page.text());
        assert_eq!(there.open(&url("/")).await.text(), name(0));
    }
    held.release();
    stage.here.thaw().await;

    let _ = refreshing.await.unwrap();
    // The other instance gets the refreshed session as soon as it asks for the lock again.
    let refreshed = async { while fetch(&there, "/refresh").await.status() == 503 {} };
    timeout(Duration::from_secs(30), refreshed).await.unwrap();
    answer(&there, "/refresh").await;
    answer(browser, "/refresh").await;
    assert_eq!(browser.open(&url("/")).await.text(), name(0));
}

async fn one_of_the_instances_dies(mut stage: Stage) {
    const IN_FLIGHT: usize = 5;
    let held = stage.provider.hold_token_requests();
    let (asking, idle) = stage.browsers.split_at(IN_FLIGHT);
    for browser in asking {
        let browser = browser.clone();
        // The connection breaks when the instance dies.
        tokio::spawn(async move { fetch(&browser, "/refresh").await });
    }
    held.wait_for(IN_FLIGHT).await;
    let (asking, idle) = (asking.to_vec(), idle.to_vec());
    stage.here.kill().await;
    held.release();

    let tabs: Vec<_> = idle
        .iter()
        .map(|browser| stage.tab_there(browser))
        .collect();
    let refreshes = tabs.into_iter().map(|tab| async move {
        let page = fetch(&tab, "/refresh").await;
        (page.status(), tab.open(&url("/")).await.text())
    });
    let mut refreshed = all(refreshes).await;
    refreshed.sort();
    let mut expected: Vec<_> = (IN_FLIGHT..MANY).map(|it| (200, name(it))).collect();
    expected.sort();
    assert_eq!(refreshed, expected);
    // The others are still signed in; whether their tokens can be refreshed depends on the provider.
    for (number, browser) in asking.iter().enumerate() {
        let tab = stage.tab_there(browser);
        assert_eq!(tab.open(&url("/")).await.text(), name(number));
        assert_eq!(fetch(&tab, "/refresh").await.status(), 503);
    }
}

/// F-02
#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_dies_signs_out_at_most_those_whose_token_request_it_had_sent() {
    one_of_the_instances_dies(stage(MANY, &[]).await).await;
}

/// F-02
#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_dies_takes_no_session_in_the_store_with_it() {
    let stage = stage(MANY, &[("AUTH_ALWAYS_USE_SESSION_STORE", "true")]).await;
    assert_eq!(stage.redis.command(&["dbsize"]).await, MANY.to_string());
    one_of_the_instances_dies(stage).await;
}

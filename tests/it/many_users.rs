//! A thousand users whose tokens expire at the same moment.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use oidc_dev_provider::User;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower_oidc_tests::browser::Request;
use tower_oidc_tests::visits::{EXPIRY, answer, navigate};
use tower_oidc_tests::{App, Browser};
use url::Url;

pub(crate) const USERS: usize = 1_000;

/// Concurrent requests of each user.
const TABS: usize = 3;

/// More than the 64 requests that the layer sends to the provider at once (D-08), and few enough
/// for the default limit of 1,024 open files.
const AT_ONCE: usize = 100;

/// How many users sign in at once, which is not what the test is about.
const SIGN_INS_AT_ONCE: usize = 16;

pub(crate) type Asked = Vec<(usize, Option<Value>)>;

/// Pseudo-random numbers that are the same in each run (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn less_than(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

fn name(user: usize) -> String {
    format!("user-{user}")
}

/// Past the provider's page, which has a button for each of the thousand users.
async fn sign_in(browser: Browser, user: String) {
    let redirect = navigate(&browser, "/auth/sign-in").await;
    let location = redirect.header("location").expect("a redirect");
    let mut page = Url::parse(location).expect("absolute");
    let mut fields: Vec<_> = page.query_pairs().into_owned().collect();
    fields.push(("user".to_owned(), user.clone()));
    page.set_query(None);
    let form = Request::navigation(page.as_str()).form(&fields);
    assert_eq!(browser.send(form).await.text(), user);
}

/// A signed-in browser for each user.
pub(crate) async fn signed_in<F>(
    browser: impl Fn() -> Browser,
    sign_in: fn(Browser, String) -> F,
) -> Vec<Browser>
where
    F: Future<Output = ()> + Send + 'static,
{
    let limit = Arc::new(Semaphore::new(SIGN_INS_AT_ONCE));
    let mut sign_ins = JoinSet::new();
    for user in 0..USERS {
        let (browser, limit) = (browser(), Arc::clone(&limit));
        sign_ins.spawn(async move {
            let _permit = limit.acquire_owned().await;
            sign_in(browser.clone(), name(user)).await;
            browser.close_connections();
            (user, browser)
        });
    }
    let mut browsers = sign_ins.join_all().await;
    browsers.sort_by_key(|(user, _)| *user);
    browsers.into_iter().map(|(_, browser)| browser).collect()
}

/// All users in all tabs at once; a client that disconnects does so somewhere between its first
/// byte and the response.
pub(crate) async fn visit(browsers: &[Browser], leaves: impl Fn(&mut Random) -> bool) -> Asked {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let limit = Arc::new(Semaphore::new(AT_ONCE));
    let mut visits = JoinSet::new();
    for _ in 0..TABS {
        for (user, browser) in browsers.iter().enumerate() {
            let (browser, limit) = (browser.clone(), Arc::clone(&limit));
            let steps = leaves(&mut random).then(|| random.less_than(12));
            visits.spawn(async move {
                let _permit = limit.acquire_owned().await;
                let visit = answer(&browser, "/token");
                let Some(steps) = steps else {
                    let answer = visit.await;
                    browser.close_connections();
                    return (user, Some(answer));
                };
                let left = async {
                    for _ in 0..steps {
                        tokio::task::yield_now().await;
                    }
                };
                let answer = tokio::select! {
                    biased;
                    () = left => None,
                    answer = visit => Some(answer),
                };
                browser.close_connections();
                (user, answer)
            });
        }
    }
    visits.join_all().await
}

/// Each user has one token, which no other user has.
pub(crate) fn tokens_of(asked: &Asked, tokens: &mut HashMap<usize, Value>) {
    for (user, answer) in asked {
        let Some(answer) = answer else { continue };
        assert_eq!(answer["sub"], name(*user));
        let token = tokens
            .entry(*user)
            .or_insert_with(|| answer["token"].clone());
        assert_eq!(*token, answer["token"], "{user}");
    }
    let different: HashSet<_> = tokens.values().map(Value::to_string).collect();
    assert_eq!(different.len(), tokens.len());
}

/// F-06, F-08: one refresh for each user, even if clients disconnect in the middle, and the old
/// cookie works for a minute.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_concurrent_users_cost_one_refresh_each_and_never_get_each_others_tokens() {
    let app = App::with_provider(
        |provider| (0..USERS).fold(provider, |it, user| it.user(User::new(name(user)))),
        |auth| auth,
    )
    .await;
    let browsers = signed_in(|| app.browser(), sign_in).await;
    let old: Vec<_> = browsers.iter().map(Browser::thief).collect();
    app.clock.advance(EXPIRY);
    let mut tokens = HashMap::new();

    let asked = visit(&browsers, |random| random.less_than(3) == 0).await;

    let left = asked.iter().filter(|(_, answer)| answer.is_none()).count();
    println!("{left} of {} left before their answer", asked.len());
    assert!(left > USERS / 20, "{left}");
    tokens_of(&asked, &mut tokens);
    app.auth.drain().await;
    assert!(app.provider.refreshes().len() >= tokens.len());
    // With the old cookie, and with the new one.
    app.clock.advance(Duration::from_secs(59));
    for browsers in [&old, &browsers] {
        tokens_of(&visit(browsers, |_| false).await, &mut tokens);
    }
    assert_eq!(tokens.len(), USERS);
    let refreshes = app.provider.refreshes();
    assert_eq!(refreshes.len(), USERS);
    let presented: HashSet<_> = refreshes
        .iter()
        .map(|request| request.parameter("refresh_token"))
        .collect();
    assert_eq!(presented.len(), USERS);
}

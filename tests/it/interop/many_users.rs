//! A thousand users at a provider that ends the grant when a refresh token is reused.

use std::collections::HashMap;

use tower_oidc_tests::Browser;
use tower_oidc_tests::visits::EXPIRY;

use super::site::{Site, client, sign_in_as};
use crate::many_users::{USERS, signed_in, tokens_of, visit};

async fn sign_in(browser: Browser, user: String) {
    let page = sign_in_as(&browser, &user).await;
    assert_eq!(page.json()["claims"]["sub"], user);
}

/// F-06, F-08: one token request for each user, even if clients disconnect in the middle, and each
/// user has their own token; with the old cookie, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_concurrent_users_cost_one_token_request_each_and_never_get_each_others_tokens()
{
    let settings = [("ID_TTL", "604800"), ("AT_TTL", "3600")];
    let register = |issuer: &str| client(issuer, "basic");
    let site = Site::with(&settings, register, |auth| auth).await;
    let browsers = signed_in(|| site.browser(), sign_in).await;
    let old: Vec<_> = browsers.iter().map(Browser::thief).collect();
    let before = site.provider.requests("/token").await;
    site.clock.advance(EXPIRY);
    let mut tokens = HashMap::new();

    let asked = visit(&browsers, |random| random.less_than(3) == 0).await;

    assert!(asked.iter().any(|(_, answer)| answer.is_none()));
    tokens_of(&asked, &mut tokens);
    for browsers in [&old, &browsers] {
        tokens_of(&visit(browsers, |_| false).await, &mut tokens);
    }
    assert_eq!(tokens.len(), USERS);
    let requests = site.provider.requests("/token").await;
    assert_eq!(requests, before + USERS as u64);
    // The grants are still valid.
    site.clock.advance(EXPIRY);
    tokens_of(&visit(&browsers, |_| false).await, &mut HashMap::new());
}

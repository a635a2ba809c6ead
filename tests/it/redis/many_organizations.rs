//! A session that is larger than cookies, in Redis.

use tower_oidc_tests::RedisServer;

use super::store;
use crate::session_store::many_organizations::all_tokens_are_there;

/// P-20
#[tokio::test]
async fn with_redis_all_of_two_hundred_tokens_are_there_on_two_instances() {
    let server = RedisServer::start().await;
    let store = store(&server);

    all_tokens_are_there(|auth| {
        auth.session_store(store.clone())
            .refresh_coordinator(store.clone())
    })
    .await;
}

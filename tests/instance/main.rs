//! One instance of the application of the tests in a separate process: it can be frozen and killed.
//!
//! The layer's settings come from the environment, and `STORE` is the URL of the Redis server that all instances
//! share. Sessions are in it if they do not fit into cookies, or all of them with `AUTH_ALWAYS_USE_SESSION_STORE`.
//! Prints its address when it listens.

use std::error::Error;
use std::future::pending;

use tower_oidc::AuthLayerBuilder;
use tower_oidc_redis::RedisStore;
use tower_oidc_tests::{TestServer, app};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = AuthLayerBuilder::from_env()?;
    if let Ok(url) = std::env::var("STORE") {
        let store = RedisStore::new(url)?;
        settings = settings
            .refresh_coordinator(store.clone())
            .revocation_store(store.clone())
            .session_store(store);
    }
    let server = TestServer::start(app::router().layer(settings.build()?)).await;
    #[expect(clippy::print_stdout, reason = "the test waits for this line")]
    {
        println!("{}", server.address());
    }
    pending::<()>().await;
    Ok(())
}

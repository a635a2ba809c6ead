//! The store in which all instances find out which sessions have ended.

use std::env;

use tower_oidc::{AuthLayerBuilder, MemoryStore};
use tower_oidc_redis::RedisStore;

/// Adds the store that `STORE` names: `redis://localhost:6379`, for example. Without it the store is this program's
/// memory, which is enough for one instance.
pub(crate) fn add_to(settings: AuthLayerBuilder) -> Result<AuthLayerBuilder, String> {
    match env::var("STORE") {
        Ok(url) if !url.is_empty() => shared(settings, &url),
        _ => Ok(settings.revocation_store(MemoryStore::new())),
    }
}

/// With Redis, several instances behave as one: they know which sessions have ended, refresh one after the other, and
/// find the content of sessions that are too large for cookies.
fn shared(settings: AuthLayerBuilder, url: &str) -> Result<AuthLayerBuilder, String> {
    let store = RedisStore::new(url).map_err(|error| format!("STORE: {error}"))?;
    Ok(settings
        .revocation_store(store.clone())
        .refresh_coordinator(store.clone())
        .session_store(store))
}

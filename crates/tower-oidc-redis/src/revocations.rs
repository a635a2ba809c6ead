//! `RevocationStore`: an entry is the decimal number of its time.

use futures_util::future::try_join_all;
use redis::RedisResult;
use tower_oidc::{BoxFuture, Revocation, RevocationStore, StoreError};

use crate::client::Connection;
use crate::link::Call;
use crate::scripts;
use crate::sessions::milliseconds;
use crate::store::RedisStore;

impl RevocationStore for RedisStore {
    fn revoke(&self, revocation: Revocation) -> BoxFuture<Result<bool, StoreError>> {
        let store = self.clone();
        Box::pin(async move {
            let revoke = Revoke {
                key: store.keys().revocation(&revocation.key),
                time: revocation.time.to_string(),
                keep_for: milliseconds(revocation.keep_for),
            };
            store.link().run(&revoke).await
        })
    }

    fn find(&self, keys: Vec<String>) -> BoxFuture<Result<Vec<Option<u64>>, StoreError>> {
        let store = self.clone();
        Box::pin(async move {
            let keys = keys.iter().map(|key| store.keys().revocation(key));
            let found = store.link().run(&Find(keys.collect())).await?;
            let time = |entry: Option<Vec<u8>>| match entry {
                None => Ok(None),
                Some(entry) => match time(&entry) {
                    Some(time) => Ok(Some(time)),
                    None => Err(store.foreign_entry()),
                },
            };
            found.into_iter().map(time).collect()
        })
    }
}

fn time(entry: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(entry).ok()?;
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

struct Revoke {
    key: String,
    time: String,
    keep_for: String,
}

impl Call for Revoke {
    type Answer = bool;

    async fn run(&self, connection: Connection) -> RedisResult<bool> {
        let arguments = [self.time.as_bytes(), self.keep_for.as_bytes()];
        scripts::run(&scripts::REVOKE, &[&self.key], &arguments, connection).await
    }
}

/// Sends a `GET` for each key at once, and waits for all answers together. `MGET` would take an entry of another type
/// for none, and its keys may be on several servers of a Cluster.
struct Find(Vec<String>);

impl Call for Find {
    type Answer = Vec<Option<Vec<u8>>>;

    async fn run(&self, connection: Connection) -> RedisResult<Self::Answer> {
        let get = |key: &String| {
            let mut connection = connection.clone();
            let mut get = redis::cmd("GET");
            get.arg(key);
            async move { get.query_async(&mut connection).await }
        };
        try_join_all(self.0.iter().map(get)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_decimal_number() {
        assert_eq!(time(b"0"), Some(0));
        assert_eq!(time(b"18446744073709551615"), Some(u64::MAX));
        for foreign in [
            "",
            "-1",
            "+1",
            "1.5",
            "1 ",
            "18446744073709551616",
            "canary",
        ] {
            assert_eq!(time(foreign.as_bytes()), None, "{foreign}");
        }
        assert_eq!(time(&[0xff]), None);
    }
}

//! `SessionStore`: a record is a string of its version, a colon, and the sealed session.

use std::time::Duration;

use bytes::Bytes;
use redis::RedisResult;
use tower_oidc::{BoxFuture, SaveOutcome, SaveRequest, SessionStore, StoreError, StoredRecord};

use crate::client::Connection;
use crate::link::Call;
use crate::scripts;
use crate::store::RedisStore;

/// Redis refuses an expiry that overflows its clock; no session lives for a hundred years.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// The argument of `PX`: at least one millisecond, because Redis refuses zero and an entry without expiry would stay.
pub(crate) fn milliseconds(keep_for: Duration) -> String {
    let rounded_up = keep_for.min(LONGEST).as_nanos().div_ceil(1_000_000);
    rounded_up.max(1).to_string()
}

impl SessionStore for RedisStore {
    fn load(&self, id: String) -> BoxFuture<Result<Option<StoredRecord>, StoreError>> {
        let store = self.clone();
        Box::pin(async move {
            let load = Load(store.keys().session(&id));
            match store.link().run(&load).await? {
                None => Ok(None),
                Some(stored) => match record(stored) {
                    Some(record) => Ok(Some(record)),
                    None => Err(store.foreign_entry()),
                },
            }
        })
    }

    fn save(&self, request: SaveRequest) -> BoxFuture<Result<SaveOutcome, StoreError>> {
        let store = self.clone();
        Box::pin(async move {
            let save = Save {
                key: store.keys().session(&request.id),
                expected: request
                    .expected_version
                    .map_or_else(String::new, |it| it.to_string()),
                version: request.version.to_string(),
                value: request.value,
                keep_for: milliseconds(request.keep_for),
            };
            if store.link().run(&save).await? {
                Ok(SaveOutcome::Saved)
            } else {
                Ok(SaveOutcome::Conflict)
            }
        })
    }

    fn delete(&self, id: String) -> BoxFuture<Result<(), StoreError>> {
        let store = self.clone();
        Box::pin(async move {
            let delete = Delete(store.keys().session(&id));
            store.link().run(&delete).await
        })
    }
}

/// What a string that we wrote contains.
fn record(stored: Vec<u8>) -> Option<StoredRecord> {
    let colon = stored.iter().take(21).position(|&byte| byte == b':')?;
    let version = std::str::from_utf8(stored.get(..colon)?).ok()?;
    let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    let version = is_number.then(|| version.parse().ok()).flatten()?;
    let value = Bytes::from(stored).slice(colon.saturating_add(1)..);
    Some(StoredRecord::new(version, value))
}

struct Load(String);

impl Call for Load {
    type Answer = Option<Vec<u8>>;

    async fn run(&self, mut connection: Connection) -> RedisResult<Self::Answer> {
        let mut get = redis::cmd("GET");
        get.arg(&self.0).query_async(&mut connection).await
    }
}

struct Save {
    key: String,
    expected: String,
    version: String,
    value: Bytes,
    keep_for: String,
}

impl Call for Save {
    type Answer = bool;

    async fn run(&self, connection: Connection) -> RedisResult<bool> {
        let arguments: [&[u8]; 4] = [
            self.expected.as_bytes(),
            self.version.as_bytes(),
            &self.value,
            self.keep_for.as_bytes(),
        ];
        scripts::run(&scripts::SAVE, &[&self.key], &arguments, connection).await
    }
}

struct Delete(String);

impl Call for Delete {
    type Answer = ();

    async fn run(&self, mut connection: Connection) -> RedisResult<()> {
        let mut delete = redis::cmd("DEL");
        let _: u64 = delete.arg(&self.0).query_async(&mut connection).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_its_version_and_the_sealed_session() {
        let parsed = |text: &str| record(text.into()).map(|it| (it.version, it.value));

        assert_eq!(parsed("7:a:b"), Some((7, Bytes::from("a:b"))));
        assert_eq!(
            parsed("18446744073709551615:"),
            Some((u64::MAX, Bytes::new()))
        );
        for foreign in [
            "",
            ":",
            "7",
            "+7:a",
            "a:b",
            "18446744073709551616:a",
            " 7:a",
            "\u{0}7:a",
        ] {
            assert!(parsed(foreign).is_none(), "{foreign:?}");
        }
        assert!(record(vec![0xff, b':', b'a']).is_none());
    }

    #[test]
    fn an_expiry_is_one_millisecond_to_a_hundred_years() {
        assert_eq!(milliseconds(Duration::ZERO), "1");
        assert_eq!(milliseconds(Duration::from_nanos(1_000_001)), "2");
        assert_eq!(milliseconds(Duration::from_secs(60)), "60000");
        assert_eq!(milliseconds(Duration::MAX), "3162240000000");
    }
}

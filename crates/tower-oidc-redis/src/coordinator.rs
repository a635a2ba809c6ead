//! `RefreshCoordinator`: a lock is a string with its owner, and expires.

use redis::RedisResult;
use tower_oidc::{
    BoxFuture, CoordinatorError, LockOutcome, LockRequest, RefreshCoordinator, StoreError,
    UnlockRequest,
};

use crate::client::Connection;
use crate::link::Call;
use crate::scripts;
use crate::sessions::milliseconds;
use crate::store::RedisStore;

impl RefreshCoordinator for RedisStore {
    fn lock(&self, request: LockRequest) -> BoxFuture<Result<LockOutcome, CoordinatorError>> {
        let store = self.clone();
        Box::pin(async move {
            let lock = Lock {
                keys: store.keys().lock_and_refreshed(&request.key),
                owner: request.owner,
                lock_for: milliseconds(request.lock_for),
            };
            let (is_taken, stored) = store.link().run(&lock).await.map_err(coordinator_error)?;
            if is_taken {
                Ok(LockOutcome::Taken { stored })
            } else {
                Ok(LockOutcome::HeldByAnother)
            }
        })
    }

    fn store_and_unlock(&self, request: UnlockRequest) -> BoxFuture<Result<(), CoordinatorError>> {
        let store = self.clone();
        Box::pin(async move {
            let unlock = StoreAndUnlock {
                keys: store.keys().lock_and_refreshed(&request.key),
                owner: request.owner,
                session: request
                    .session
                    .map(|session| (session.value, milliseconds(session.keep_for))),
            };
            store.link().run(&unlock).await.map_err(coordinator_error)
        })
    }
}

fn coordinator_error(error: StoreError) -> CoordinatorError {
    CoordinatorError::new(error.to_string())
}

struct Lock {
    keys: [String; 2],
    owner: String,
    lock_for: String,
}

impl Call for Lock {
    type Answer = (bool, Option<Vec<u8>>);

    async fn run(&self, connection: Connection) -> RedisResult<Self::Answer> {
        let [lock, refreshed] = &self.keys;
        let arguments = [self.owner.as_bytes(), self.lock_for.as_bytes()];
        scripts::run(&scripts::LOCK, &[lock, refreshed], &arguments, connection).await
    }
}

struct StoreAndUnlock {
    keys: [String; 2],
    owner: String,
    session: Option<(Vec<u8>, String)>,
}

impl Call for StoreAndUnlock {
    type Answer = ();

    async fn run(&self, connection: Connection) -> RedisResult<()> {
        let [lock, refreshed] = &self.keys;
        let mut arguments = vec![self.owner.as_bytes()];
        if let Some((value, keep_for)) = &self.session {
            arguments.extend([value.as_slice(), keep_for.as_bytes()]);
        }
        let script = &scripts::STORE_AND_UNLOCK;
        let _: u64 = scripts::run(script, &[lock, refreshed], &arguments, connection).await?;
        Ok(())
    }
}

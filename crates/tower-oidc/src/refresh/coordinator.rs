//! Refresh over several processes: a lock and the successor, shared through something that the
//! application has already.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use relying_party::BoxFuture;
use tokio::time::Instant;

use super::family::{Family, KEPT};
use crate::foreign::{self, NoAnswer};
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::frame::Frame;
use crate::shared::Shared;

/// Longer than others wait for the lock. What holds it for longer is so slow that they have gone on
/// without it, so it need not last for the longest possible refresh, and one whose holder has stopped
/// is soon free.
const LOCKED_FOR: Duration = Duration::from_secs(60);

/// Another instance holds the lock for the time of a token request: in a crowd ten seconds until its
/// turn, and ten for the answer.
const ACQUIRED_WITHIN: Duration = Duration::from_secs(22);

const RELEASED_WITHIN: Duration = Duration::from_secs(5);

/// Lets several instances of an application refresh as one. Without it, two instances that refresh
/// the same session at the same moment send the same refresh token; a provider that rotates them
/// without a grace period answers one of the two, or ends the grant.
///
/// It needs a lock and a value for each key, both with an expiry: two commands of most key-value
/// stores. What it stores is sealed with the cookie secret, and useless for anybody else.
///
/// ```
/// use std::time::Duration;
///
/// use tower_oidc::{BoxFuture, CoordinatorError, RefreshCoordinator};
/// # #[derive(Clone)] struct Store;
/// # impl Store {
/// #   async fn lock(&self, _: &str, _: Duration) -> Result<(), CoordinatorError> { Ok(()) }
/// #   async fn unlock(&self, _: &str) {}
/// #   async fn get(&self, _: &str) -> Result<Option<Vec<u8>>, CoordinatorError> { Ok(None) }
/// #   async fn set(&self, _: &str, _: Vec<u8>, _: Duration) {}
/// # }
///
/// impl RefreshCoordinator for Store {
///     fn acquire(
///         &self,
///         family: String,
///         lock_for: Duration,
///     ) -> BoxFuture<Result<Option<Vec<u8>>, CoordinatorError>> {
///         let store = self.clone();
///         Box::pin(async move {
///             store.lock(&family, lock_for).await?;
///             store.get(&family).await
///         })
///     }
///
///     fn release(&self, family: String, successor: Option<(Vec<u8>, Duration)>) -> BoxFuture<()> {
///         let store = self.clone();
///         Box::pin(async move {
///             if let Some((sealed, keep_for)) = successor {
///                 store.set(&family, sealed, keep_for).await;
///             }
///             store.unlock(&family).await;
///         })
///     }
/// }
/// ```
pub trait RefreshCoordinator: Send + Sync + 'static {
    /// Waits until no other instance holds the lock of `family`, takes it, and returns what was
    /// released last, if it has not expired. The lock ends by itself after `lock_for`: its holder
    /// may have stopped.
    ///
    /// # Errors
    ///
    /// If the lock cannot be had. The layer then refreshes without it, as if there were no
    /// coordinator; so it does if there is no answer within 22 seconds.
    fn acquire(
        &self,
        family: String,
        lock_for: Duration,
    ) -> BoxFuture<Result<Option<Vec<u8>>, CoordinatorError>>;

    /// Keeps the successor, if there is one, for as long as it says, and then gives the lock back.
    fn release(&self, family: String, successor: Option<(Vec<u8>, Duration)>) -> BoxFuture<()>;
}

/// The coordinator could not be reached, or did not give its lock.
#[derive(Clone, Debug)]
pub struct CoordinatorError(String);

impl CoordinatorError {
    /// An error that is logged with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for CoordinatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CoordinatorError {}

/// The lock of a family, held.
pub(super) struct Held {
    key: String,
    coordinator: Arc<dyn RefreshCoordinator>,
    successor: Option<Arc<Session>>,
    since: Instant,
}

pub(super) async fn acquire(shared: &Shared, session: &Session) -> Option<Held> {
    let coordinator = shared.settings.refresh_coordinator.as_ref()?;
    let key = key(&session.frame);
    let since = Instant::now();
    let acquired = {
        let (coordinator, key) = (Arc::clone(coordinator), key.clone());
        let acquire = move || coordinator.acquire(key, LOCKED_FOR);
        foreign::call(ACQUIRED_WITHIN, acquire).await
    };
    let acquired = acquired.unwrap_or_else(|no_answer| {
        Err(CoordinatorError::new(match no_answer {
            NoAnswer::Panicked => "it panicked",
            NoAnswer::NotInTime => "it did not answer in time",
        }))
    });
    match acquired {
        Ok(sealed) => Some(Held {
            successor: sealed.and_then(|sealed| open(shared, sealed)).map(Arc::new),
            coordinator: Arc::clone(coordinator),
            key,
            since,
        }),
        Err(error) => {
            tracing::warn!(%error, "a refresh goes on without its coordinator");
            None
        }
    }
}

impl Held {
    /// What another instance obtained meanwhile, if that is enough.
    pub(super) fn token_for(
        &self,
        shared: &Shared,
        family: &Family,
        target: &Target,
    ) -> Option<Arc<Session>> {
        let mut state = family.state();
        let theirs = self.newer_than(&state.newest)?;
        if state.is_ended() {
            return None;
        }
        let now = shared.now();
        state.publish(Arc::clone(theirs), &shared.lifetimes, now);
        let token = theirs.body.access_token(target)?;
        token
            .is_alive(now, shared.settings.refresh_leeway)
            .then(|| Arc::clone(theirs))
    }

    /// What another instance made of `ours`.
    pub(super) fn newer_than(&self, ours: &Session) -> Option<&Arc<Session>> {
        let (theirs, ours) = (self.successor.as_ref()?, &ours.frame);
        let is_newer = theirs.frame.session_id == ours.session_id
            && theirs.frame.provider == ours.provider
            && theirs.frame.generation > ours.generation;
        is_newer.then_some(theirs)
    }

    pub(super) async fn release(self, shared: &Shared, successor: Option<&Session>) {
        // By now it may be somebody else's.
        if self.since.elapsed() >= LOCKED_FOR {
            tracing::warn!("a refresh took longer than its lock lasts, and shares nothing");
            return;
        }
        let sealed = successor.and_then(|successor| {
            let plaintext = successor.encode(shared.now());
            shared
                .successor_sealer
                .seal(&plaintext, b"", shared.entropy.as_ref())
                .inspect_err(|error| tracing::warn!(%error, "a successor is not shared"))
                .ok()
        });
        let successor = sealed.map(|text| (text.into_bytes(), KEPT));
        let release = move || self.coordinator.release(self.key, successor);
        if foreign::call(RELEASED_WITHIN, release).await.is_err() {
            tracing::warn!("a coordinator did not take its lock back; it ends by itself");
        }
    }
}

fn open(shared: &Shared, sealed: Vec<u8>) -> Option<Session> {
    let opened = shared.successor_sealer.open(&sealed, b"").ok()?;
    Session::decode(opened.into_bytes()).ok()
}

/// Names the family to the coordinator.
fn key(frame: &Frame) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(frame.pseudonym("tower-oidc/refresh"))
}

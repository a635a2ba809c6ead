//! The origins with the keys of the cookie secrets, which may change while the layer runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use relying_party::Clock;

use crate::config_error::ConfigError;
use crate::format::time::UnixMillis;
use crate::layer::origins::Origins;

/// How often the secrets are loaded again, if requests come.
pub(crate) const INTERVAL: Duration = Duration::from_secs(30);

/// Loads the secrets at this time.
pub(crate) type LoadOrigins = dyn FnMut(UnixMillis) -> Reloaded + Send;

/// What came of loading the secrets.
pub(crate) struct Reloaded {
    /// `None`: nothing has changed.
    pub(crate) origins: Option<Arc<Origins>>,
    /// When another secret begins to seal.
    pub(crate) next_change: Option<UnixMillis>,
    pub(crate) result: Result<(), ConfigError>,
}

/// A request takes the origins once, so that all of its keys are those of the same secrets.
pub(crate) struct CurrentOrigins {
    current: ArcSwap<Origins>,
    /// `None`: the secrets never change.
    reload: Option<Reload>,
}

/// Requests reload the secrets, and not a timer: so it also works on hosts that freeze a process between requests,
/// and the first request after a pause already has the new ones.
struct Reload {
    clock: Arc<dyn Clock>,
    /// When the next request reloads them, in milliseconds since the Unix epoch.
    due: AtomicU64,
    load: Mutex<Box<LoadOrigins>>,
}

impl CurrentOrigins {
    pub(crate) fn fixed(origins: Arc<Origins>) -> Self {
        Self {
            current: ArcSwap::new(origins),
            reload: None,
        }
    }

    /// Origins that change with their secrets. `next_change` is when another one begins to seal.
    pub(crate) fn reloaded(
        origins: Arc<Origins>,
        clock: Arc<dyn Clock>,
        next_change: Option<UnixMillis>,
        load: Box<LoadOrigins>,
    ) -> Self {
        let due = due(UnixMillis::of(clock.now()), next_change);
        Self {
            current: ArcSwap::new(origins),
            reload: Some(Reload {
                clock,
                due: AtomicU64::new(due.0),
                load: Mutex::new(load),
            }),
        }
    }

    /// The origins for one request.
    pub(crate) fn for_request(&self) -> Guard<Arc<Origins>> {
        if let Some(reload) = &self.reload {
            let now = UnixMillis::of(reload.clock.now());
            if let Some(load) = reload.claim(now) {
                // The log says why, and the next request that is due tries again.
                let _failed = reload.run(load, now, &self.current);
            }
        }
        self.current.load()
    }

    /// The origins with the keys of now.
    pub(crate) fn now(&self) -> Arc<Origins> {
        self.current.load_full()
    }

    /// Loads the secrets now; `None` if they never change.
    pub(crate) fn reload(&self) -> Option<Result<(), ConfigError>> {
        let reload = self.reload.as_ref()?;
        let load = reload.load.lock().unwrap_or_else(PoisonError::into_inner);
        let now = UnixMillis::of(reload.clock.now());
        Some(reload.run(load, now, &self.current))
    }
}

type Load<'a> = MutexGuard<'a, Box<LoadOrigins>>;

impl Reload {
    /// Whether this request is the one that reloads the secrets. Others continue with those that are there.
    fn claim(&self, now: UnixMillis) -> Option<Load<'_>> {
        let due = UnixMillis(self.due.load(Ordering::Relaxed));
        // A clock that was set back must not put it off.
        if now < due && due.since(now) <= INTERVAL {
            return None;
        }
        let next = now.plus(INTERVAL);
        self.due
            .compare_exchange(due.0, next.0, Ordering::Relaxed, Ordering::Relaxed)
            .ok()?;
        match self.load.try_lock() {
            Ok(load) => Some(load),
            Err(TryLockError::Poisoned(load)) => Some(load.into_inner()),
            // Another one is at it.
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn run(
        &self,
        mut load: Load<'_>,
        now: UnixMillis,
        current: &ArcSwap<Origins>,
    ) -> Result<(), ConfigError> {
        let reloaded = load(now);
        if let Some(origins) = reloaded.origins {
            current.store(origins);
        }
        self.due
            .store(due(now, reloaded.next_change).0, Ordering::Relaxed);
        reloaded.result
    }
}

fn due(now: UnixMillis, next_change: Option<UnixMillis>) -> UnixMillis {
    let next = now.plus(INTERVAL);
    next_change.map_or(next, |change| change.min(next))
}
